//! Code Quality of GitLab: a list of what was found, shown in merge requests. Only the first of two entries with one
//! fingerprint is shown there, so that the path is a part of it. An entry is an issue as Code Climate describes it, which other
//! readers want whole: one of two kinds of location, a description in a single line.

use serde::Serialize;

use super::{Format, Page, story};
use crate::report::escape;
use crate::report::fingerprint::digest;
use crate::report::json::{self, Severity};

pub(super) static FORMAT: Format =
    Format { name: "gitlab", about: "Code Quality report of GitLab", edits: false, render };

#[derive(Serialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: &'static str,
    categories: [&'static str; 1],
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
    lines: Lines,
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
        let story = story(item);
        Entry {
            kind: "issue",
            categories: ["Clarity"],
            description: escape::line(&story[0]).into_owned(),
            check_name: item.rule.clone(),
            fingerprint: digest(&[&item.fingerprint, &path]),
            severity: match item.severity {
                Severity::Note => "info",
                Severity::Warning => "minor",
                Severity::Error => "major",
            },
            location: Place { lines: Lines { begin: item.start.line, end: item.end.line }, path },
            content: Content { body: story[1..].join("\n\n") },
        }
    };
    json::to_text(&page.report.diagnostics.iter().map(entry).collect::<Vec<_>>())
}
