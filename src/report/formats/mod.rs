//! What `check` found, in the formats of other tools: one table, one file per format, all of them from the document that is
//! also the JSON report. Owns the table and how a document is looked at; no format knows another.

mod checkstyle;
mod concise;
mod github;
mod gitlab;
mod junit;
mod lines;
mod markdown;
mod rdjson;
mod sarif;
#[cfg(test)]
pub(in crate::report) mod tests;
mod xml;

use std::path::Path;

use crate::report::escape;
use crate::report::json::{self, Item, Report, Severity};
use crate::report::paths::Base;
use crate::source::display_path;

pub use github::summary as github_summary;

/// A way to write down what was found.
pub struct Format {
    /// Its name in options.
    pub name: &'static str,
    /// What it is for, in one line.
    pub about: &'static str,
    /// Whether it holds the edits of fixes.
    pub edits: bool,
    /// Writes it.
    pub render: fn(&Page<'_>) -> String,
}

impl std::fmt::Debug for Format {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// Every format that is made from a document, sorted by name. Source frames (`text`) need the sources and are not among
/// them.
pub static FORMATS: [&Format; 10] = [
    &checkstyle::FORMAT,
    &concise::FORMAT,
    &github::FORMAT,
    &gitlab::FORMAT,
    &JSON,
    &lines::FORMAT,
    &junit::FORMAT,
    &markdown::FORMAT,
    &rdjson::FORMAT,
    &sarif::FORMAT,
];

static JSON: Format = Format {
    name: "json",
    about: "one JSON document (docs/report.schema.json)",
    edits: false,
    render: |page| json::to_text(page.report),
};

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.into_iter().find(|format| format.name == name)
}

/// A document, and from where it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The document.
    pub report: &'a Report,
    /// Where flag-sweep was started; paths stay relative to the root without it.
    pub base: Option<&'a Base>,
}

impl Page<'_> {
    /// A path as other tools find it: from where flag-sweep was started, which in CI is the repository. No reader takes an
    /// empty one, which a stored document may hold.
    fn path(&self, path: &str) -> String {
        if path.is_empty() {
            return ".".to_owned();
        }
        let below = self.base.and_then(|base| base.below(Path::new(path)));
        below.map_or_else(|| path.to_owned(), |path| display_path(&path))
    }

    /// A path as one line of a terminal shows it.
    fn shown(&self, path: &str) -> String {
        self.base.map_or_else(|| escape::line(path).into_owned(), |base| base.show(Path::new(path)))
    }

    /// The diagnostics, the worst first, else in their order.
    fn worst_first(&self) -> Vec<&Item> {
        let mut items: Vec<&Item> = self.report.diagnostics.iter().collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.severity));
        items
    }
}

/// The schema of the documents of a format, for those that are ours.
pub fn line_schema() -> schemars::Schema {
    lines::schema()
}

/// What a diagnostic says, with its notes and its fix, one sentence per line. The first is never empty.
fn story(item: &Item) -> Vec<String> {
    let message = if item.message.is_empty() { &item.rule } else { &item.message };
    let mut story = vec![message.clone()];
    story.extend(item.notes.iter().cloned());
    story.extend(item.fix.as_ref().map(fix_line));
    story
}

/// What a fix does, in one line.
fn fix_line(fix: &json::Fix) -> String {
    let reasons =
        if fix.reasons.is_empty() { String::new() } else { format!(" because {}", fix.reasons.join(", and ")) };
    match fix.applicability {
        json::Applicability::Safe => format!("safe fix: {}", fix.title),
        json::Applicability::Unsafe => format!("unsafe fix: {}{reasons}", fix.title),
        json::Applicability::Manual => format!("no fix: {}{reasons}", fix.title),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
