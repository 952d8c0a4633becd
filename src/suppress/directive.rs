//! What a comment says: `flag-sweep: ignore[names] until=DAY reason`, or `ignore-file`. Owns the notation, and which line a
//! comment is about: its own when it stands behind code, else the next that holds code.

use jiff::civil::Date;

use super::{Scope, Suppression};
use crate::source::{LineIndex, Location, SourceId, Span};

/// How a comment starts to speak to us.
pub const MARKER: &str = "flag-sweep:";

/// What ends a comment and is no part of a reason.
const ENDINGS: [&str; 3] = ["*/", "#}", "-->"];

/// The directives in the comments of a text.
pub(super) fn read(source: SourceId, text: &str, comments: &[Span]) -> Vec<Suppression> {
    let index = LineIndex::new(text);
    let mut found = Vec::new();
    for (position, comment) in comments.iter().enumerate() {
        for (at, _) in text[comment.clone()].match_indices(MARKER) {
            let start = comment.start + at;
            let end = text[start..comment.end].find('\n').map_or(comment.end, |end| start + end);
            let body = without_ending(&text[start + MARKER.len()..end]);
            let Some(said) = parse(body) else { continue };
            let span = start..start + MARKER.len() + body.len();
            let line = match said.whole_file {
                true => Scope::File,
                false => Scope::Line(line_of(text, &index, comments, position)),
            };
            found.push(Suppression {
                at: Location { source, span },
                names: said.names,
                until: said.until,
                reason: said.reason,
                scope: line,
                problem: said.problem,
                hides: 0,
            });
        }
    }
    found
}

fn without_ending(body: &str) -> &str {
    let body = body.trim_end();
    ENDINGS.iter().find_map(|ending| body.strip_suffix(ending)).unwrap_or(body).trim_end()
}

/// The line that a comment is about, from 0.
fn line_of(text: &str, index: &LineIndex, comments: &[Span], position: usize) -> usize {
    let comment = &comments[position];
    let line = index.line(comment.start);
    let before = text[index.start(line).unwrap_or(0)..comment.start].trim();
    // In JSX, braces are around a comment.
    if !matches!(before, "" | "{") {
        return line;
    }
    let mut at = comment.end;
    let mut next = position + 1;
    let mut braces = usize::from(before == "{");
    loop {
        let rest = &text[at..];
        let skipped = rest.len() - rest.trim_start().len();
        at += skipped;
        if braces > 0 && text[at..].starts_with('}') {
            (at, braces) = (at + 1, 0);
        } else if text[at..].starts_with("{/*") && comments.get(next).is_some_and(|other| other.start == at + 1) {
            (at, braces) = (at + 1, 1);
        } else if let Some(other) = comments.get(next).filter(|other| other.start <= at) {
            (at, next) = (other.end.max(at), next + 1);
        } else {
            return if at >= text.len() { line } else { index.line(at) };
        }
    }
}

struct Said {
    whole_file: bool,
    names: Vec<String>,
    until: Option<Date>,
    reason: String,
    problem: Option<String>,
}

/// What stands behind the marker; `None` when it is no directive, but a sentence about us.
fn parse(body: &str) -> Option<Said> {
    let body = body.trim_start();
    let rest = body.strip_prefix("ignore")?;
    let (whole_file, rest) = match rest.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_') {
        return None;
    }
    let wrong = |problem: &str| Said {
        whole_file,
        names: Vec::new(),
        until: None,
        reason: String::new(),
        problem: Some(problem.to_owned()),
    };
    let Some((names, rest)) = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return Some(wrong("it does not say what it ignores; write `ignore[stale-flag]` or `ignore[a-flags-key]`"));
    };
    let names: Vec<String> =
        names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Some(wrong("its brackets are empty; write `ignore[stale-flag]` or `ignore[a-flags-key]`"));
    }
    let mut said = Said { whole_file, names, until: None, reason: rest.trim().to_owned(), problem: None };
    if let Some(rest) = said.reason.strip_prefix("until=") {
        let (day, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        match day.parse() {
            Ok(day) => said.until = Some(day),
            Err(_) => said.problem = Some("its `until=` is no day; write `until=2027-01-31`".to_owned()),
        }
        said.reason = reason.trim().to_owned();
    }
    Some(said)
}
