//! Comments that speak of a flag which goes. Owns which of them go with the check below them, and which are left to people;
//! comments that belong to code which goes are deleted with it, by what lays out the edits.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Evaluation, Outcome};
use super::file::File;
use super::residue::is_in;
use super::syntax::Construct;
use super::tree::NodeId;
use crate::source::{Span, line_end, line_start};

/// What becomes of comments.
#[derive(Debug, Default)]
pub(super) struct Comments {
    /// Whole lines that go.
    pub(super) gone: Vec<Span>,
    /// What people should look at: where, and why.
    pub(super) left: Vec<(Span, String)>,
}

/// How a note starts that somebody left for later.
const MARKERS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

/// Words for what is to be done.
const REMOVALS: &[&str] = &["clean", "delete", "drop", "get rid", "remov", "retire"];

/// Words for what it is to be done with, where the note stands above a check.
const FLAGS: &[&str] = &["feature", "flag", "gate", "roll out", "rolled out", "rollout", "switch", "toggle", "waffle"];

/// A run of comments on lines of their own, one below the other.
struct Block {
    /// Its comments.
    span: Span,
    /// Its lines, the last line's end included.
    lines: Span,
}

impl File<'_> {
    /// Looks at the comments of the file. `removed` is sorted and disjoint.
    pub(super) fn comments(&self, active: &BTreeSet<usize>, evaluation: &Evaluation, removed: &[Span]) -> Comments {
        let mut found = Comments::default();
        let flags: BTreeSet<&str> =
            active.iter().filter_map(|index| self.flags.get(*index)).map(String::as_str).collect();
        let stays =
            |flag: &str| self.flags.iter().enumerate().any(|(index, it)| it == flag && !active.contains(&index));
        let flags: Vec<&str> = flags.into_iter().filter(|flag| !stays(flag)).collect();
        if flags.is_empty() {
            return found;
        }
        let anchors = self.anchors(evaluation);
        for block in self.blocks() {
            if is_in(removed, &block.span) {
                continue;
            }
            let text = &self.tree.text[block.span.clone()];
            let named = flags.iter().find(|flag| names(text, flag));
            let anchored = anchors.contains(&block.lines.end);
            let lower = text.to_lowercase();
            let about = named.is_some() || anchored && FLAGS.iter().any(|word| lower.contains(word));
            if anchored && about && is_note(text) && REMOVALS.iter().any(|word| lower.contains(word)) {
                found.gone.push(block.lines);
            } else if let Some(flag) = named {
                found.left.push((block.span, format!("this comment speaks of `{flag}`: see whether it still holds")));
            }
        }
        found
    }

    /// The starts of the lines with which statements begin that something was folded in, or that go.
    fn anchors(&self, evaluation: &Evaluation) -> BTreeSet<usize> {
        let gone = evaluation.outcomes.iter().filter(|(_, outcome)| **outcome == Outcome::Gone).map(|(node, _)| *node);
        let mut anchors = BTreeSet::new();
        for node in evaluation.causes.keys().copied().chain(gone) {
            let is_statement = |node: &NodeId| {
                let parent = self.tree.parent(*node);
                parent.is_some_and(|parent| self.syntax().construct(self.tree, parent) == Construct::Block)
            };
            let statement = std::iter::once(node).chain(self.tree.ancestors(node)).find(is_statement);
            for node in statement.into_iter().chain([node]) {
                anchors.insert(line_start(self.tree.text, self.tree.span(node).start));
            }
        }
        anchors
    }

    /// The comments that stand on lines of their own, those below each other as one.
    fn blocks(&self) -> Vec<Block> {
        let text = self.tree.text;
        let mut blocks: BTreeMap<usize, Block> = BTreeMap::new();
        for node in self.tree.all().filter(|node| self.tree.get(*node).extra) {
            let mut span = self.tree.span(node);
            // Some grammars take the line end for a part of the comment.
            span.end = span.start + text[span.clone()].trim_end().len();
            let lines = line_start(text, span.start)..line_end(text, span.end);
            let (before, behind) = (&text[lines.start..span.start], &text[span.end..lines.end]);
            let documents = ["///", "//!", "/**"].iter().any(|start| text[span.clone()].starts_with(start));
            if !self.tree.kind(node).contains("comment")
                || documents
                || !(before.trim().is_empty() && behind.trim().is_empty())
            {
                continue;
            }
            // One comment below another goes on with it, unless it is a note of its own.
            let above = blocks.last_key_value().map(|(start, _)| *start);
            if let Some(block) = above.and_then(|above| blocks.get_mut(&above))
                && block.lines.end == lines.start
                && !is_note(&text[span.clone()])
            {
                block.span.end = span.end;
                block.lines.end = lines.end;
            } else {
                blocks.insert(lines.start, Block { span, lines });
            }
        }
        blocks.into_values().collect()
    }
}

/// Whether a comment starts as a note for later.
fn is_note(comment: &str) -> bool {
    let start = comment.trim_start_matches(|c: char| !c.is_alphanumeric());
    MARKERS.iter().any(|marker| {
        let behind = start.strip_prefix(marker);
        behind.is_some_and(|behind| !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

/// Whether a comment names a flag: by a key that is no word of a language, or by one in quotes.
fn names(comment: &str, flag: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let plain = flag.chars().all(char::is_alphabetic);
    comment.match_indices(flag).any(|(at, found)| {
        let (before, behind) = (&comment[..at], &comment[at + found.len()..]);
        let quoted = before.ends_with(['"', '\'', '`']) && behind.starts_with(['"', '\'', '`']);
        quoted || !plain && !before.ends_with(is_word) && !behind.starts_with(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::is_note;

    #[test]
    fn a_note_starts_with_a_marker_that_is_a_word() {
        assert!(is_note("# TODO: later"));
        assert!(is_note("/* TODO"));
        assert!(!is_note("# TODOS of the shop"));
        assert!(!is_note("# TODO_LIST holds them"));
        assert!(!is_note("# see TODO"));
    }
}
