//! Reviewdog Diagnostic Format: what reviewdog posts on changes. Columns are bytes, ends are exclusive.

use serde::Serialize;

use super::{Format, Page, story};
use crate::report::json::{self, Position, Severity};

pub(super) static FORMAT: Format = Format { name: "rdjson", about: "Reviewdog Diagnostic Format", edits: true, render };

#[derive(Serialize)]
struct Document {
    source: Source,
    diagnostics: Vec<Entry>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Entry {
    message: String,
    location: Place,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
}

#[derive(Serialize)]
struct Place {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Code {
    value: String,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

fn render(page: &Page<'_>) -> String {
    let entry = |item: &json::Item| Entry {
        message: story(item).join("\n"),
        location: Place { path: page.path(&item.path), range: range(&item.start, &item.end) },
        severity: match item.severity {
            Severity::Note => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
        },
        code: Code { value: item.rule.clone() },
        suggestions: suggestion(item).into_iter().collect(),
    };
    json::to_text(&Document {
        source: Source { name: "flag-sweep" },
        diagnostics: page.report.diagnostics.iter().map(entry).collect(),
    })
}

/// A suggestion is taken by itself, so a fix is one only when a single edit is all of it.
fn suggestion(item: &json::Item) -> Option<Suggestion> {
    match item.fix.as_ref()?.edits.as_slice() {
        [edit] if edit.path == item.path => {
            Some(Suggestion { range: range(&edit.start, &edit.end), text: edit.replacement.clone() })
        }
        _ => None,
    }
}

fn range(start: &Position, end: &Position) -> Range {
    let point = |at: &Position| Point { line: at.line, column: at.byte_column };
    Range { start: point(start), end: point(end) }
}
