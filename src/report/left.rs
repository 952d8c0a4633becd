//! What a fix leaves for a human, at the lines that it has after the fix. Owns the move of positions; the plan says what
//! and why.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::report::escape;
use crate::report::paths::Base;
use crate::run::Outcome;
use crate::source::edit::Edit;
use crate::source::{LineIndex, Location};

/// A leftover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Relative to the root.
    pub path: PathBuf,
    /// Line after the fix, from 1.
    pub line: usize,
    /// Column after the fix, from 1, in characters.
    pub column: usize,
    /// What stays, and why.
    pub reason: String,
}

/// All leftovers of the plan, sorted.
pub fn left(outcome: &Outcome) -> Vec<Left> {
    let mut list = moved_to(outcome, &outcome.plan.left);
    list.extend(possible(outcome));
    sort(&mut list);
    list
}

/// What goes only because review was asked for, sorted.
pub fn reviewed(outcome: &Outcome) -> Vec<Left> {
    moved_to(outcome, &outcome.plan.reviewed)
}

fn moved_to(outcome: &Outcome, places: &[(Location, String)]) -> Vec<Left> {
    let sources = &outcome.project.sources;
    let mut list: Vec<Left> = Vec::new();
    for (at, reason) in places {
        let planned = outcome.plan.files.iter().find(|file| file.source == at.source);
        let (line, column) = match planned {
            Some(file) => LineIndex::new(&file.after).line_column(&file.after, moved(at.span.start, &file.edits)),
            None => sources.line_column(at),
        };
        list.push(Left { path: sources.get(at.source).path.clone(), line, column, reason: reason.clone() });
    }
    sort(&mut list);
    list
}

fn sort(list: &mut [Left]) {
    list.sort_by(|left, right| {
        let key = |left: &Left| (left.path.clone(), left.line, left.column);
        key(left).cmp(&key(right)).then_with(|| left.reason.cmp(&right.reason))
    });
}

/// Checks whose key is put together at run time and could be that of a flag which the plan removes.
fn possible(outcome: &Outcome) -> Vec<Left> {
    let checks = &outcome.project.checks;
    let applied = outcome.plan.sites.iter().filter(|site| site.applied);
    let removed: BTreeSet<&str> = applied.filter_map(|site| checks[site.check].flag()).collect();
    let sources = &outcome.project.sources;
    let mut list = Vec::new();
    for check in checks.iter().filter(|check| check.flag().is_none() && !check.in_test) {
        let flags: Vec<&str> = removed.iter().copied().filter(|flag| check.key.could_name(flag)).collect();
        let Some(first) = flags.first() else { continue };
        let more =
            if flags.len() > 1 { format!(" and {} more of those removed", flags.len() - 1) } else { String::new() };
        let planned = outcome.plan.files.iter().find(|file| file.source == check.at.source);
        let (line, column) = match planned {
            Some(file) => LineIndex::new(&file.after).line_column(&file.after, moved(check.at.span.start, &file.edits)),
            None => sources.line_column(&check.at),
        };
        let reason = format!(
            "the key of this check is put together at run time and could name `{first}`{more}: see that it does not \
             before the flag is deleted"
        );
        list.push(Left { path: sources.get(check.at.source).path.clone(), line, column, reason });
    }
    list
}

/// One line each.
pub fn text(list: &[Left], base: &Base) -> String {
    lines(list, "left to you", base)
}

/// One line for each change that is for a reviewer.
pub fn reviewed_text(list: &[Left], base: &Base) -> String {
    lines(list, "to be reviewed", base)
}

fn lines(list: &[Left], what: &str, base: &Base) -> String {
    let line = |left: &Left| {
        let Left { path, line, column, reason } = left;
        format!("{}:{line}:{column}: {what}: {}\n", base.show(path), escape::line(reason))
    };
    list.iter().map(line).collect()
}

/// Where an offset of the old text lies in the new one; inside an edit, at its start.
fn moved(offset: usize, edits: &[Edit]) -> usize {
    let mut delta: isize = 0;
    for edit in edits {
        if edit.span.start >= offset {
            break;
        }
        if edit.span.end > offset {
            return edit.span.start.saturating_add_signed(delta);
        }
        delta += isize::try_from(edit.replacement.len()).unwrap_or(isize::MAX)
            - isize::try_from(edit.span.len()).unwrap_or(isize::MAX);
    }
    offset.saturating_add_signed(delta)
}

#[cfg(test)]
mod tests {
    use super::{Left, moved, text};
    use crate::report::testing::base;
    use crate::source::edit::Edit;

    #[test]
    fn offsets_move_with_the_edits() {
        let edits = [
            Edit { span: 2..5, replacement: "x".into() },
            Edit { span: 8..8, replacement: "yy".into() },
            Edit { span: 10..12, replacement: String::new() },
        ];
        for (old, new) in [(0, 0), (2, 2), (3, 2), (5, 3), (8, 6), (9, 9), (11, 10), (12, 10)] {
            assert_eq!(moved(old, &edits), new, "{old}");
        }
    }

    #[test]
    fn leftovers_are_lines() {
        let left = Left { path: "a\n.py".into(), line: 3, column: 1, reason: "`x` may have effects".into() };
        assert_eq!(text(&[left], &base()), "a\\n.py:3:1: left to you: `x` may have effects\n");
    }
}
