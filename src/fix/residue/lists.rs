//! How entries leave a list: with their separator, the comment that speaks of them, their attributes, and the line when
//! they are alone on it. Owns text around entries; what goes is decided elsewhere.

use crate::fix::tree::{NodeId, Tree};
use crate::source::edit::Edit;
use crate::source::{Span, line_end, line_start};

/// Nodes before an entry that belong to it.
const ATTRIBUTES: &[&str] = &["attribute_item", "decorator"];

/// Entries of one list, of which some go.
#[derive(Debug)]
pub struct List<'l> {
    /// The tree.
    pub tree: &'l Tree<'l>,
    /// What holds the entries.
    pub list: NodeId,
    /// A word of which a comment speaks when it belongs to what goes.
    pub word: &'l str,
}

impl List<'_> {
    /// The entries, attributes and comments left out.
    pub fn items(&self) -> Vec<NodeId> {
        let tree = self.tree;
        let is_item = |node: &NodeId| {
            let kind = tree.kind(*node);
            !ATTRIBUTES.contains(&kind) && !kind.ends_with("comment") && tree.field_of(*node) != Some("module_name")
        };
        tree.named_children(self.list).filter(is_item).collect()
    }

    /// The edits that take the entries `gone` (sorted) out.
    pub fn without(&self, gone: &[NodeId]) -> Vec<Edit> {
        let items = self.items();
        let is_gone = |index: usize| gone.contains(&items[index]);
        let mut edits = Vec::new();
        if items.iter().all(|item| gone.contains(item)) {
            let span = self.tree.span(self.list);
            if self.tree.kind(self.list) == "expression_list" {
                // A tuple without brackets needs them once it is empty.
                return vec![Edit { span, replacement: "()".to_owned() }];
            }
            if self.is_bare() {
                return vec![deletion(span.start + 1..span.end - 1)];
            }
        }
        let mut index = 0;
        while index < items.len() {
            if !is_gone(index) {
                index += 1;
                continue;
            }
            let first = index;
            while index < items.len() && is_gone(index) {
                index += 1;
            }
            let previous = first.checked_sub(1).map(|at| items[at]);
            let next = items.get(index).copied();
            self.run(&items[first..index], previous, next, &mut edits);
        }
        edits.extend(self.comma_of_a_single_element(&items, gone));
        edits
    }

    /// Whether the list holds nothing but entries between two brackets.
    fn is_bare(&self) -> bool {
        let text = self.tree.text_of(self.list);
        text.starts_with(['{', '[', '('])
            && text.ends_with(['}', ']', ')'])
            && !self.tree.children(self.list).any(|child| self.tree.get(child).extra)
    }

    /// A tuple of one element needs its comma.
    fn comma_of_a_single_element(&self, items: &[NodeId], gone: &[NodeId]) -> Option<Edit> {
        let kept: Vec<NodeId> = items.iter().copied().filter(|item| !gone.contains(item)).collect();
        let [only] = kept.as_slice() else { return None };
        let end = self.tree.span(*only).end;
        (self.is_tuple() && self.comma_behind(end).is_none())
            .then(|| Edit { span: end..end, replacement: ",".to_owned() })
    }

    fn is_tuple(&self) -> bool {
        matches!(self.tree.kind(self.list), "expression_list" | "tuple")
    }

    /// Takes out neighbours that go together.
    fn run(&self, run: &[NodeId], previous: Option<NodeId>, next: Option<NodeId>, edits: &mut Vec<Edit>) {
        let (tree, text) = (self.tree, self.tree.text);
        let (first, last) = (run[0], run[run.len() - 1]);
        let start = self.with_attributes(first);
        let end = tree.span(last).end;
        let comma = self.comma_behind(end);
        let item_end = comma.unwrap_or(end);
        let line_start = line_start(text, start);
        let line_end = line_end(text, item_end);
        let starts_line = line_start >= tree.span(self.list).start && text[line_start..start].trim().is_empty();
        if starts_line && self.ends_line(item_end, line_end) {
            edits.push(deletion(self.comment_above(line_start, line_end, run)..line_end));
            if let (None, None, Some(previous)) = (comma, next, previous)
                && let Some(comma) = self.comma_behind(tree.span(previous).end)
            {
                edits.push(deletion(comma - 1..comma));
            }
            return;
        }
        let span = match (previous, next) {
            (_, Some(next)) if !text[item_end..self.with_attributes(next)].contains('\n') => {
                self.with_comments(first)..self.with_comments(next)
            }
            (Some(previous), Some(_)) => {
                let before = tree.span(previous).end;
                self.comma_behind(before).unwrap_or(before)..item_end
            }
            (Some(previous), None) if comma.is_some() => tree.span(previous).end..end,
            (Some(previous), None) => {
                // A tuple keeps the comma of its last element.
                let before = tree.span(previous).end;
                let only = self.is_tuple() && self.items().first() == Some(&previous);
                (if only { self.comma_behind(before).unwrap_or(before) } else { before })..end
            }
            // The next one takes its place behind the bracket.
            (None, Some(next))
                if self.ends_line(item_end, line_end)
                    && text[line_end..self.with_attributes(next)].trim().is_empty() =>
            {
                start..self.with_attributes(next)
            }
            (None, _) => start..item_end,
        };
        edits.push(deletion(span));
    }

    /// Where an entry starts with what is written before it and belongs to it.
    fn with_attributes(&self, item: NodeId) -> usize {
        let mut start = self.tree.span(item).start;
        let before: Vec<NodeId> = self
            .tree
            .children(self.list)
            .take_while(|sibling| *sibling < item)
            .filter(|sibling| self.tree.get(*sibling).named)
            .collect();
        for sibling in before.into_iter().rev() {
            if !ATTRIBUTES.contains(&self.tree.kind(sibling)) {
                break;
            }
            start = self.tree.span(sibling).start;
        }
        start
    }

    /// Where an entry starts with the comments in front of it on its line.
    fn with_comments(&self, item: NodeId) -> usize {
        let mut start = self.with_attributes(item);
        let before: Vec<NodeId> = self.tree.children(self.list).take_while(|sibling| *sibling < item).collect();
        for sibling in before.into_iter().rev() {
            let span = self.tree.span(sibling);
            if span.start >= start {
                continue;
            }
            if !self.tree.get(sibling).extra || !self.tree.text[span.end..start].trim_matches([' ', '\t']).is_empty() {
                break;
            }
            start = span.start;
        }
        start
    }

    /// The end of the separator behind an offset, comments before it left out.
    fn comma_behind(&self, offset: usize) -> Option<usize> {
        let behind = self.tree.text[offset..].trim_start();
        behind.starts_with([',', ';']).then(|| self.tree.text.len() - behind.len() + 1)
    }

    /// Whether nothing but a comment follows on the line.
    fn ends_line(&self, from: usize, to: usize) -> bool {
        ends_line(&self.tree.text[from..to])
    }

    /// Where the comment lines above start that speak of what goes and of nothing behind it.
    fn comment_above(&self, line: usize, line_end: usize, run: &[NodeId]) -> usize {
        let text = self.tree.text;
        let mut start = line;
        for comment in self
            .tree
            .children(self.list)
            .filter(|child| self.tree.get(*child).extra)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            let span = self.tree.span(comment);
            if span.start >= start {
                continue;
            }
            let own = line_start(text, span.start);
            let alone = text[own..span.start].trim().is_empty();
            // What documents the module is not of its first item.
            let of_module = ["//!", "/*!"].iter().any(|mark| text[span.start..].starts_with(mark));
            // The comment may hold its line end.
            if !alone
                || of_module
                || text[span.start..start].trim_end() != text[span.clone()].trim_end()
                || blank_between(text, &span, start)
            {
                break;
            }
            start = own;
        }
        // What begins a file heads all of it, unless it documents what is below.
        let heads = start == 0 && (!text.starts_with("///") || text.starts_with("/// <"));
        if start == line || heads {
            return line;
        }
        let comment = text[start..line].trim_start();
        let documents = ["/**", "///"].iter().any(|doc| comment.starts_with(doc));
        let speaks = !self.word.is_empty() && text[start..line].contains(self.word);
        let is_long = run.len() == 1 && text[self.tree.span(run[0])].contains('\n');
        let next = text[line_end..].lines().next().unwrap_or_default().trim();
        let closes = next.is_empty() || is_comment(next) || next.starts_with(['}', ']', ')']);
        // A comment between entries speaks of the one below it; behind a blank line or the bracket it may head several.
        let before = text[..start].trim_end_matches([' ', '\t']).strip_suffix('\n').unwrap_or_default();
        let follows = before.trim_end_matches('\r').ends_with(',');
        if documents || speaks || is_long || closes || follows { start } else { line }
    }
}

/// A part of `a | b | c` with the bar that ties it to its neighbour; `None` for one that is alone.
pub fn alternative(tree: &Tree<'_>, item: NodeId) -> Option<Span> {
    let (text, span) = (tree.text, tree.span(item));
    let before = text[..span.start].trim_end();
    let behind = text[span.end..].trim_start();
    if before.ends_with('|') {
        let bar = before.len() - 1;
        let lead = text[..bar].trim_end();
        let is_first =
            !lead.ends_with(|c: char| matches!(c, '\'' | '"' | ')' | ']' | '}') || c.is_alphanumeric() || c == '_');
        return (!is_first || behind.starts_with('|')).then_some(lead.len()..span.end);
    }
    let rest = behind.strip_prefix('|')?.trim_start();
    Some(span.start..text.len() - rest.len())
}

/// Whether nothing but a comment stands in the rest of a line, all of it.
pub fn ends_line(rest: &str) -> bool {
    let rest = rest.trim();
    match rest.strip_prefix("/*") {
        Some(comment) => comment.find("*/").is_some_and(|end| end + "*/".len() == comment.len()),
        None => rest.is_empty() || is_comment(rest),
    }
}

/// Whether a line is a comment.
pub fn is_comment(line: &str) -> bool {
    ["//", "#", "/*"].iter().any(|marker| line.starts_with(marker))
}

fn deletion(span: Span) -> Edit {
    Edit { span, replacement: String::new() }
}

/// Whether a blank line stands between a comment and what follows.
pub fn blank_between(text: &str, comment: &Span, next: usize) -> bool {
    let end = comment.start + text[comment.clone()].trim_end().len();
    text[end..next].matches('\n').count() > 1
}
