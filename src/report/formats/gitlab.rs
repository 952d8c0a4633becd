//! Code Quality of GitLab: a list of what was found, shown in merge requests. Only the first of two entries with one
//! fingerprint is shown there, so that the path is a part of it.

use serde::Serialize;

use super::{Format, Page, story};
use crate::report::fingerprint::digest;
use crate::report::json::{self, Severity};

pub(super) static FORMAT: Format =
    Format { name: "gitlab", about: "Code Quality report of GitLab", edits: false, render };

#[derive(Serialize)]
struct Entry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Place,
    content: Content,
}

#[derive(Serialize)]
struct Place {
    path: String,
    positions: Positions,
    lines: Lines,
}

#[derive(Serialize)]
struct Positions {
    begin: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

#[derive(Serialize)]
struct Content {
    body: String,
}

fn render(page: &Page<'_>) -> String {
    let entry = |item: &json::Item| {
        let path = page.path(&item.path);
        let point = |at: &json::Position| Point { line: at.line, column: at.column };
        Entry {
            description: item.message.clone(),
            check_name: item.rule.clone(),
            fingerprint: digest(&[&item.fingerprint, &path]),
            severity: match item.severity {
                Severity::Note => "info",
                Severity::Warning => "minor",
                Severity::Error => "major",
            },
            location: Place {
                positions: Positions { begin: point(&item.start), end: point(&item.end) },
                lines: Lines { begin: item.start.line, end: item.end.line },
                path,
            },
            content: Content { body: story(item)[1..].join("\n\n") },
        }
    };
    json::to_text(&page.report.diagnostics.iter().map(entry).collect::<Vec<_>>())
}
