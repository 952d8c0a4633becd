//! The JSON report of `check`: one document with a versioned schema (docs/report.schema.json). The types here are the
//! published format and nothing else; core types carry no serialization.

use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::report::checks::{self, CheckItem, DefinitionItem, OverrideItem};
use crate::report::left::Left;
use crate::report::summary::{self, Counts};
use crate::run::Outcome;
use crate::settings::Settings;
use crate::source::{Location, Sources, display_path};

/// Version of the format: raised when a field changes its meaning or goes, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// The report of one run of `flag-sweep check`.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Report {
    /// Version of this format.
    pub schema_version: u32,
    /// What wrote the report.
    pub tool: Tool,
    /// What the run looked at.
    pub run: Run,
    /// What was found, sorted by location.
    pub diagnostics: Vec<Item>,
    /// Every check in the code, sorted by location, with the evidence for it.
    pub checks: Vec<CheckItem>,
    /// Every place that pins a flag in a test, sorted by location.
    pub overrides: Vec<OverrideItem>,
    /// Every place that declares a flag, sorted by location.
    pub definitions: Vec<DefinitionItem>,
    /// Files that could not be looked at, sorted by path.
    pub skipped: Vec<SkippedFile>,
    /// Files with syntax errors: reported on, never edited.
    pub broken: Vec<String>,
    /// Bounds that the analysis hit, one sentence each.
    pub limits: Vec<String>,
    /// What the configuration or the registry leave doubtful, one sentence each.
    pub warnings: Vec<String>,
    /// What a fix leaves for a human; the lines are those after the fix. Empty unless `--fix` was given.
    pub left: Vec<LeftItem>,
    /// Counts.
    pub summary: Summary,
}

/// What wrote a report.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Tool {
    /// Always `flag-sweep`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl Tool {
    /// This program.
    pub const THIS: Self = Self { name: "flag-sweep", version: env!("CARGO_PKG_VERSION") };
}

/// What a run looked at.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Run {
    /// The day against which ages are measured, as YYYY-MM-DD.
    pub today: String,
    /// Registry files that were read.
    pub registries: Vec<String>,
    /// Unit of every column: `unicode-scalar-value`, counted from 1. Offsets are bytes of the file, counted from 0.
    pub column_unit: &'static str,
}

impl Run {
    /// What a run looked at.
    pub fn new(settings: &Settings, outcome: &Outcome) -> Self {
        Self {
            today: settings.today.to_string(),
            registries: outcome.registry.origins.clone(),
            column_unit: "unicode-scalar-value",
        }
    }
}

/// One diagnostic.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Item {
    /// Code of the rule.
    pub rule: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: Severity,
    /// The flag it is about; null when it is about none that is known.
    pub flag: Option<String>,
    /// The fact and its consequence.
    pub message: String,
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends (exclusive).
    pub end: Position,
    /// Further places.
    pub labels: Vec<ItemLabel>,
    /// Evidence and advice.
    pub notes: Vec<String>,
    /// What a fix would do; null when no fix answers the diagnostic.
    pub fix: Option<Fix>,
}

/// How bad a diagnostic is.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, nothing to do.
    Note,
    /// Debt.
    Warning,
    /// Wrong.
    Error,
}

/// A place in a file.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1; see `run.column_unit`.
    pub column: usize,
    /// Byte of the file, from 0.
    pub offset: usize,
}

/// A further place of a diagnostic.
#[derive(Debug, JsonSchema, Serialize)]
pub struct ItemLabel {
    /// What the place has to do with it.
    pub message: String,
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends (exclusive).
    pub end: Position,
}

/// What a fix would do.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Fix {
    /// Who may apply it.
    pub applicability: Applicability,
    /// What happens.
    pub title: String,
    /// Why it is not safe; empty when it is.
    pub reasons: Vec<String>,
}

/// Who may apply a fix.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// `--fix`.
    Safe,
    /// `--fix --unsafe-fixes`.
    Unsafe,
    /// A human.
    Manual,
}

/// A file that could not be looked at.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct SkippedFile {
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// `not UTF-8`, `binary`, `too large`, `minified` or `unreadable`.
    pub kind: &'static str,
    /// Why, in words.
    pub reason: String,
}

/// Something that a fix leaves for a human.
#[derive(Debug, JsonSchema, Serialize)]
pub struct LeftItem {
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1; see `run.column_unit`.
    pub column: usize,
    /// What stays, and why.
    pub reason: String,
}

/// What a fix did.
#[derive(Clone, Debug, Default)]
pub struct Fixed {
    /// How many checks it removed.
    pub checks: usize,
    /// What it left.
    pub left: Vec<Left>,
}

/// Counts over the run.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Summary {
    /// Diagnostics of severity error.
    pub errors: usize,
    /// Diagnostics of severity warning.
    pub warnings: usize,
    /// Diagnostics of severity note.
    pub notes: usize,
    /// Diagnostics that `--fix` answers.
    pub fixable: usize,
    /// Diagnostics that `--fix` answers only together with `--unsafe-fixes`.
    pub fixable_unsafe: usize,
    /// Checks that this run removed from the code.
    pub fixed: usize,
    /// Flags in the registry or checked in code under a known key.
    pub flags: usize,
    /// Checks in code.
    pub checks: usize,
    /// Code files that were looked at.
    pub files: usize,
    /// Files that could not be looked at.
    pub skipped: usize,
}

/// The document, pretty-printed, with a line end.
pub fn report(settings: &Settings, outcome: &Outcome, counts: &Counts, warnings: &[String], fixed: &Fixed) -> String {
    let sources = &outcome.project.sources;
    to_text(&Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool::THIS,
        run: Run::new(settings, outcome),
        diagnostics: outcome.diagnostics.iter().map(|diagnostic| item(diagnostic, sources)).collect(),
        checks: checks::checks(&outcome.project),
        overrides: checks::overrides(&outcome.project),
        definitions: checks::definitions(&outcome.project),
        skipped: skipped(outcome),
        broken: outcome.project.broken.iter().map(|id| sources.get(*id).display_path()).collect(),
        limits: outcome.project.limits.clone(),
        warnings: warnings.iter().chain(&outcome.warnings).cloned().collect(),
        left: fixed.left.iter().map(left_item).collect(),
        summary: Summary {
            errors: counts.errors,
            warnings: counts.warnings,
            notes: counts.notes,
            fixable: counts.safe,
            fixable_unsafe: counts.needs_unsafe,
            fixed: fixed.checks,
            flags: counts.flags,
            checks: counts.checks,
            files: counts.files,
            skipped: counts.skipped,
        },
    })
}

/// Files that could not be looked at.
pub fn skipped(outcome: &Outcome) -> Vec<SkippedFile> {
    let file = |skipped: &crate::project::Skipped| SkippedFile {
        path: display_path(&skipped.path),
        kind: summary::kind(&skipped.reason),
        reason: summary::reason(&skipped.reason),
    };
    outcome.project.skipped.iter().map(file).collect()
}

/// A document as text. Control characters are escapes in JSON, bidirectional ones too, so that it can be looked at.
pub fn to_text(document: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(document).expect("the types hold only text, numbers and lists");
    let mut safe = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        match character {
            // Outside strings JSON is ASCII, so these stand inside one.
            '\u{7F}'..='\u{9F}'
            | '\u{61C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}' => safe.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => safe.push(character),
        }
    }
    safe.push('\n');
    safe
}

fn left_item(left: &Left) -> LeftItem {
    LeftItem { path: display_path(&left.path), line: left.line, column: left.column, reason: left.reason.clone() }
}

fn item(diagnostic: &Diagnostic, sources: &Sources) -> Item {
    let (start, end) = positions(&diagnostic.at, sources);
    Item {
        rule: diagnostic.rule.code,
        severity: match diagnostic.severity {
            crate::diagnostic::Severity::Note => Severity::Note,
            crate::diagnostic::Severity::Warning => Severity::Warning,
            crate::diagnostic::Severity::Error => Severity::Error,
        },
        flag: diagnostic.flag.clone(),
        message: diagnostic.message.clone(),
        path: sources.get(diagnostic.at.source).display_path(),
        start,
        end,
        labels: diagnostic
            .labels
            .iter()
            .map(|label| {
                let (start, end) = positions(&label.at, sources);
                let path = sources.get(label.at.source).display_path();
                ItemLabel { message: label.message.clone(), path, start, end }
            })
            .collect(),
        notes: diagnostic.notes.clone(),
        fix: diagnostic.fix.as_ref().map(|fix| Fix {
            applicability: match fix.applicability {
                crate::diagnostic::Applicability::Safe => Applicability::Safe,
                crate::diagnostic::Applicability::Unsafe => Applicability::Unsafe,
                crate::diagnostic::Applicability::Manual => Applicability::Manual,
            },
            title: fix.title.clone(),
            reasons: fix.reasons.clone(),
        }),
    }
}

fn positions(at: &Location, sources: &Sources) -> (Position, Position) {
    let position = |offset| {
        let (line, column) = sources.position(at.source, offset);
        Position { line, column, offset }
    };
    (position(at.span.start), position(at.span.end))
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;

    use super::{Fixed, Report, report};
    use crate::report::summary::count;
    use crate::report::testing::{outcome, settings};

    /// Fails when the schema below docs/ is not the one of the types (UPDATE_EXPECTED=1 rewrites it), or the text does not fit it.
    pub(in crate::report) fn check_schema(name: &str, schema: &schemars::Schema, text: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        let current = super::to_text(schema);
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::create_dir_all(path.parent().expect("it lies in docs")).expect("the tree is writable");
            std::fs::write(&path, &current).expect("the tree is writable");
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            published == current,
            "docs/{name} is not current; run the tests with UPDATE_EXPECTED=1 and look at the change"
        );
        let validator = jsonschema::validator_for(schema.as_value()).expect("it is a schema");
        let document = serde_json::from_str(text).expect("it is JSON");
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}\n{text}");
    }

    #[test]
    fn the_report_fits_its_published_schema() {
        let (outcome, settings) = (outcome(), settings());
        let counts = count(&outcome.project, &outcome.registry, &outcome.diagnostics);
        let text = report(&settings, &outcome, &counts, &["odd".to_owned()], &Fixed::default());
        check_schema("report.schema.json", &schemars::schema_for!(Report), &text);
        insta::assert_snapshot!("json", text);
        assert!(!text.contains(['\u{1b}', '\u{202e}']));
    }
}
