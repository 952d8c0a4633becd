//! The JSON report of `check`: one document with a versioned schema (docs/report.schema.json). The types here are the
//! published format and nothing else; core types carry no serialization.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::report::checks::{self, CheckItem, DefinitionItem, OverrideItem};
use crate::report::fingerprint::Fingerprints;
use crate::report::left::Left;
use crate::report::merge;
use crate::report::summary::{self, Counts};
use crate::run::Outcome;
use crate::settings::Settings;
use crate::source::{Location, Sources, display_path};

/// Version of the format: raised when a field changes its meaning or goes, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// The report of one run of `flag-sweep check`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
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
    /// Comments in the code that hide diagnostics, sorted by location.
    #[serde(default)]
    pub suppressions: Vec<SuppressionItem>,
    /// What a fix leaves for a human; the lines are those after the fix. Empty unless `--fix` was given.
    pub left: Vec<LeftItem>,
    /// Counts.
    pub summary: Summary,
}

/// What wrote a report.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Tool {
    /// Always `flag-sweep`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Self {
        Self { name: "flag-sweep".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// What a run looked at.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Run {
    /// The day against which ages are measured, as YYYY-MM-DD.
    pub today: String,
    /// Registry files that were read.
    pub registries: Vec<String>,
    /// Unit of every column: `unicode-scalar-value`, counted from 1. Offsets are bytes of the file, counted from 0.
    pub column_unit: String,
    /// The share of the project that the document holds; null when it is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// What the project is called where documents of several are joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// A share of a project: documents of all shares make the document of the whole.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Shard {
    /// Which one, from 1.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl Run {
    /// What a run looked at.
    pub fn new(settings: &Settings, outcome: &Outcome) -> Self {
        Self {
            today: settings.today.to_string(),
            registries: outcome.registry.origins.clone(),
            column_unit: "unicode-scalar-value".to_owned(),
            shard: None,
            project: None,
        }
    }
}

/// One diagnostic.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Item {
    /// Code of the rule.
    pub rule: String,
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
    /// Who owns the flag, as the registry has it.
    #[serde(default)]
    pub owners: Vec<String>,
    /// Stays the same when lines move or the file gets another name: made from rule, flag, the text of the line, and the
    /// position among equals in the file.
    #[serde(default)]
    pub fingerprint: String,
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
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
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1; see `run.column_unit`.
    pub column: usize,
    /// Byte of the file, from 0.
    pub offset: usize,
    /// Column, from 1, in bytes.
    pub byte_column: usize,
}

/// A further place of a diagnostic.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
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
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Fix {
    /// Who may apply it.
    pub applicability: Applicability,
    /// What happens.
    pub title: String,
    /// Why it is not safe; empty when it is.
    pub reasons: Vec<String>,
    /// What removes the flag everywhere, in formats for tools that apply it: given once, at the first diagnostic of a flag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Change>,
}

/// An edit of a fix.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Change {
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// Where what goes begins.
    pub start: Position,
    /// Where it ends (exclusive).
    pub end: Position,
    /// What comes instead.
    pub replacement: String,
}

/// Who may apply a fix.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
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
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SkippedFile {
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// `not UTF-8`, `binary`, `too large`, `minified`, `too deep`, `too many comments`, `too many indentations`, `too long to parse` or `unreadable`.
    pub kind: String,
    /// Why, in words.
    pub reason: String,
}

/// A comment in the code that hides diagnostics.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SuppressionItem {
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Codes of rules and keys of flags, as written.
    pub names: Vec<String>,
    /// The last day on which it holds, as YYYY-MM-DD.
    pub until: Option<String>,
    /// Why; empty when it does not say.
    pub reason: String,
    /// Whether its last day has passed.
    pub expired: bool,
    /// How many diagnostics it hides.
    pub hides: usize,
}

/// Something that a fix leaves for a human.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
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
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
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
    /// Diagnostics that comments in the code hide.
    #[serde(default)]
    pub suppressed: usize,
    /// Diagnostics that the baseline knows.
    #[serde(default)]
    pub known: usize,
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
    to_text(&document(settings, outcome, counts, warnings, fixed))
}

/// The document.
pub fn document(settings: &Settings, outcome: &Outcome, counts: &Counts, warnings: &[String], fixed: &Fixed) -> Report {
    let sources = &outcome.project.sources;
    let mut report = Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        run: Run::new(settings, outcome),
        diagnostics: items(outcome),
        checks: checks::checks(&outcome.project),
        overrides: checks::overrides(&outcome.project),
        definitions: checks::definitions(&outcome.project),
        skipped: skipped(outcome),
        broken: outcome.project.broken.iter().map(|id| sources.get(*id).display_path()).collect(),
        limits: outcome.project.limits.clone(),
        warnings: warnings.iter().chain(&outcome.warnings).cloned().collect(),
        suppressions: suppressions(settings, outcome),
        left: fixed.left.iter().map(left_item).collect(),
        summary: Summary {
            errors: counts.errors,
            warnings: counts.warnings,
            notes: counts.notes,
            fixable: counts.safe,
            fixable_unsafe: counts.needs_unsafe,
            fixed: fixed.checks,
            suppressed: outcome.suppressions.iter().map(|suppression| suppression.hides).sum(),
            known: outcome.known,
            flags: counts.flags,
            checks: counts.checks,
            files: counts.files,
            skipped: counts.skipped,
        },
    };
    merge::sort(&mut report);
    report
}

/// The comments that hide diagnostics, in order of file and place.
pub fn suppressions(settings: &Settings, outcome: &Outcome) -> Vec<SuppressionItem> {
    let sources = &outcome.project.sources;
    let item = |suppression: &crate::suppress::Suppression| SuppressionItem {
        path: sources.get(suppression.at.source).display_path(),
        line: sources.line_column(&suppression.at).0,
        names: suppression.names.clone(),
        until: suppression.until.map(|day| day.to_string()),
        reason: suppression.reason.clone(),
        expired: suppression.is_expired(settings.today),
        hides: suppression.hides,
    };
    outcome.suppressions.iter().map(item).collect()
}

/// Every diagnostic, with its owners and its fingerprint.
fn items(outcome: &Outcome) -> Vec<Item> {
    let sources = &outcome.project.sources;
    let mut prints = Fingerprints::default();
    let item = |diagnostic: &Diagnostic| {
        let mut item = item(diagnostic, sources);
        let flag = diagnostic.flag.as_ref().and_then(|key| outcome.registry.flags.get(key));
        item.owners = flag.map(|flag| flag.owners.clone()).unwrap_or_default();
        item.fingerprint = prints.of(diagnostic, sources);
        item
    };
    outcome.diagnostics.iter().map(item).collect()
}

/// Files that could not be looked at.
pub fn skipped(outcome: &Outcome) -> Vec<SkippedFile> {
    let file = |skipped: &crate::project::Skipped| SkippedFile {
        path: display_path(&skipped.path),
        kind: summary::kind(&skipped.reason).to_owned(),
        reason: summary::reason(&skipped.reason),
    };
    outcome.project.skipped.iter().map(file).collect()
}

/// A document as text. Control characters are escapes in JSON, bidirectional ones too, so that it can be looked at.
pub fn to_text(document: &impl Serialize) -> String {
    visible(&serde_json::to_string_pretty(document).expect("the types hold only text, numbers and lists"))
}

/// A document as one line.
pub fn to_line(document: &impl Serialize) -> String {
    visible(&serde_json::to_string(document).expect("the types hold only text, numbers and lists"))
}

fn visible(text: &str) -> String {
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
        rule: diagnostic.rule.code.to_owned(),
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
            edits: Vec::new(),
        }),
        owners: Vec::new(),
        fingerprint: String::new(),
    }
}

/// Where a location begins and ends.
pub fn positions(at: &Location, sources: &Sources) -> (Position, Position) {
    let position = |offset| {
        let (line, column) = sources.position(at.source, offset);
        Position { line, column, offset, byte_column: sources.byte_column(at.source, offset) }
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
