//! JSON lines: one object per line, told apart by `type` (docs/report-lines.schema.json).

use schemars::JsonSchema;
use serde::Serialize;

use super::{Format, Page};
use crate::report::json::{self, Item, Run, SkippedFile, Summary, Tool};

pub(super) static FORMAT: Format = Format {
    name: "json-lines",
    about: "one JSON object per line (docs/report-lines.schema.json)",
    edits: false,
    render,
};

/// A line.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    /// The first line: what the run looked at.
    Run {
        /// Version of this format, that of the JSON report.
        schema_version: u32,
        /// What wrote it.
        tool: &'a Tool,
        /// What the run looked at.
        run: &'a Run,
    },
    /// Something that was found.
    Diagnostic(&'a Item),
    /// A file that could not be looked at.
    Skipped(&'a SkippedFile),
    /// The last line: counts.
    Summary(&'a Summary),
}

pub(super) fn schema() -> schemars::Schema {
    schemars::schema_for!(Line<'_>)
}

fn render(page: &Page<'_>) -> String {
    let report = page.report;
    let first = Line::Run { schema_version: report.schema_version, tool: &report.tool, run: &report.run };
    let diagnostics = report.diagnostics.iter().map(Line::Diagnostic);
    let skipped = report.skipped.iter().map(Line::Skipped);
    let all = std::iter::once(first).chain(diagnostics).chain(skipped).chain([Line::Summary(&report.summary)]);
    all.map(|line| json::to_line(&line)).collect()
}
