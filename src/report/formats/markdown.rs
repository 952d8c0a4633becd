//! What was found as tables of Markdown, for a comment on a change or the summary of a step.

use std::fmt::Write;

use super::{Format, Page, severity};
use crate::report::escape::{markdown, markdown_code};
use crate::report::json::Applicability;
use crate::report::summary::plural;

pub(super) static FORMAT: Format =
    Format { name: "markdown", about: "a table, for comments on changes", edits: false, render };

pub(super) fn render(page: &Page<'_>) -> String {
    let report = page.report;
    let counts = &report.summary;
    let mut text = String::from("## flag-sweep\n\n");
    let scanned = format!("{} in {} scanned", plural(counts.flags, "flag"), plural(counts.files, "file"));
    if report.diagnostics.is_empty() {
        let _ = writeln!(text, "All checks passed: {scanned}.");
    } else {
        let kinds = [(counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note")];
        let kinds: Vec<String> =
            kinds.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| plural(*count, noun)).collect();
        let _ = writeln!(text, "{}; {scanned}.\n", kinds.join(", "));
        text.push_str("| | Rule | Place | Flag | What | Owner | Fix |\n|---|---|---|---|---|---|---|\n");
    }
    for item in page.worst_first() {
        let place = format!("{}:{}", page.path(&item.path), item.start.line);
        let fix = match item.fix.as_ref().map(|fix| fix.applicability) {
            Some(Applicability::Safe) => "safe",
            Some(Applicability::Unsafe) => "to be reviewed",
            Some(Applicability::Manual) => "by hand",
            None => "",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {fix} |",
            severity(item.severity),
            markdown_code(&item.rule),
            markdown_code(&place),
            item.flag.as_deref().map(markdown_code).unwrap_or_default(),
            markdown(&item.message),
            markdown(&item.owners.join(", ")),
        );
    }
    if counts.skipped > 0 {
        let _ = writeln!(text, "\n{} could not be looked at.", plural(counts.skipped, "file"));
    }
    text
}
