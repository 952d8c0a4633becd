//! Commands of GitHub Actions, which become annotations, and the summary of a step. Owns their escaping and the cap: a step
//! shows ten annotations of each level and drops the rest in silence, so that we say what is left out.

use std::fmt::Write;

use super::{Format, Page, markdown, story};
use crate::report::escape;
use crate::report::json::{Item, Severity};
use crate::report::summary::plural;

pub(super) static FORMAT: Format =
    Format { name: "github", about: "annotations in GitHub Actions", edits: false, render };

/// Annotations of each level that a step shows.
const CAP: usize = 10;

fn render(page: &Page<'_>) -> String {
    let mut text = String::new();
    let items = page.worst_first();
    let mut left_out = 0;
    for level in [Severity::Error, Severity::Warning, Severity::Note] {
        let same: Vec<&&Item> = items.iter().filter(|item| item.severity == level).collect();
        same.iter().take(CAP).for_each(|item| text.push_str(&command(item, page)));
        left_out += same.len().saturating_sub(CAP);
    }
    if left_out > 0 {
        let _ = writeln!(
            text,
            "{} not annotated: GitHub shows {CAP} of each level; the summary of the step has all",
            plural(left_out, "diagnostic")
        );
    }
    text
}

fn command(item: &Item, page: &Page<'_>) -> String {
    let level = match item.severity {
        Severity::Note => "notice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    // What is left of a column makes no sense on an annotation over several lines.
    let columns = if item.start.line == item.end.line {
        format!(",col={},endColumn={}", item.start.column, item.end.column)
    } else {
        String::new()
    };
    format!(
        "::{level} file={},line={},endLine={}{columns},title={}::{}\n",
        property(&page.path(&item.path)),
        item.start.line,
        item.end.line,
        property(&format!("flag-sweep: {}", item.rule)),
        data(&story(item).join("\n")),
    )
}

/// The message of a command: line ends are kept, other control characters are written out.
fn data(text: &str) -> String {
    harmless(&escape::lines(text)).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text without the start of the older commands, which runners find anywhere in a line.
pub(super) fn harmless(text: &str) -> String {
    text.replace("##[", "## [")
}

/// The value of a property.
fn property(text: &str) -> String {
    let clean = harmless(&escape::line(text));
    clean.replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

/// What belongs into the file that GITHUB_STEP_SUMMARY names.
pub fn summary(page: &Page<'_>) -> String {
    markdown::render(page)
}
