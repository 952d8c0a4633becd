//! `flag-sweep report`: flag debt as one document. Owns what it says, as plain data that is the JSON format as well
//! (docs/debt.schema.json); `make` fills it in, and each format only lays it out.

mod charts;
mod csv;
mod html;
mod make;
mod markdown;
mod merge;
mod nested;
mod page;
mod score;
mod since;
#[cfg(test)]
mod tests;
mod trend;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::weeks::Week;
use crate::report::json::{self, Run, SkippedFile, SuppressionItem, Tool};

pub use csv::csv;
pub use html::html;
pub use make::{Known, make};
pub use markdown::markdown;
pub use merge::merge;
pub use since::Earlier;
pub use words::Word;

/// Version of the document.
pub const SCHEMA_VERSION: u32 = 1;

/// The document.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Document {
    /// Version of this format.
    pub schema_version: u32,
    /// Who wrote it.
    pub tool: Tool,
    /// What the run looked at.
    pub run: Run,
    /// The counts.
    pub totals: Totals,
    /// How healthy the flags are; null without a registry, which nothing can be judged without.
    pub score: Option<Score>,
    /// What changed since an earlier report.
    pub since: Option<Change>,
    /// Debt week by week, oldest first; empty when it was not asked for.
    pub weeks: Vec<Week>,
    /// Where that leads.
    pub forecast: Option<Forecast>,
    /// Flags by age, youngest first; those of unknown age last.
    pub ages: Vec<AgeGroup>,
    /// What can be removed, the most worthwhile first.
    pub removals: Vec<Removal>,
    /// Who has how much of it, by name.
    pub owners: Vec<OwnerItem>,
    /// Flags of the registry that no code asks for, and flags in code that the registry does not know.
    pub orphans: Orphans,
    /// Checks that only run where another flag has decided already.
    pub nested: Vec<Nested>,
    /// Rollouts that stand between two values for longer than their kind may live.
    pub stuck: Vec<Stuck>,
    /// Removal dates that were moved to a later day.
    pub slipped: Vec<Slipped>,
    /// Comments in the code that hide diagnostics, those that end first on top.
    pub suppressions: Vec<SuppressionItem>,
    /// Every flag, by key.
    pub flags: Vec<FlagItem>,
    /// What the scan did not see.
    pub gaps: Gaps,
}

/// The counts.
#[derive(Clone, Copy, Debug, Default, JsonSchema, Deserialize, Serialize)]
pub struct Totals {
    /// Flags in the registry or checked in code.
    pub flags: usize,
    /// Of these, the stale, archived and removable ones.
    pub debt: usize,
    /// Of these, the ones of which checks can be replaced by a value now.
    pub removable: usize,
    /// Checks in code, tests included.
    pub checks: usize,
    /// Lines that can no longer run, each counted once.
    pub dead_lines: usize,
    /// Lines that the planned fix of all of them deletes.
    pub deleted_lines: usize,
    /// Lines that it puts in their place.
    pub inserted_lines: usize,
    /// Diagnostics of severity error.
    pub errors: usize,
    /// Diagnostics of severity warning.
    pub warnings: usize,
    /// Diagnostics of severity note.
    pub notes: usize,
    /// Code files that were looked at.
    pub files: usize,
}

/// How healthy the flags are, and why.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Score {
    /// 0 to 100.
    pub value: u32,
    /// How it is computed.
    #[serde(deserialize_with = "words::known")]
    pub formula: Word,
    /// What was taken off, and for what.
    pub deductions: Vec<Deduction>,
}

/// A part of the score's formula.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Deduction {
    /// For what.
    #[serde(deserialize_with = "words::known")]
    pub what: Word,
    /// How many flags.
    pub flags: usize,
    /// Of how many.
    pub of: usize,
    /// Points for all of them.
    pub weight: u32,
    /// Points taken off, in tenths.
    pub tenths: u32,
}

/// What changed since an earlier report.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Change {
    /// The day of the earlier report, as YYYY-MM-DD.
    pub day: String,
    /// By how much the score rose.
    pub score: Option<i64>,
    /// More flags than then.
    pub flags: i64,
    /// More debt than then.
    pub debt: i64,
    /// More checks than then.
    pub checks: i64,
    /// More dead lines than then.
    pub dead_lines: i64,
    /// Flags that are new.
    pub added: Vec<String>,
    /// Flags that are gone.
    pub removed: Vec<String>,
    /// Flags that became debt.
    pub became_debt: Vec<String>,
}

/// A line through the debt of the last weeks.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Forecast {
    /// Weeks that it goes through.
    pub weeks: usize,
    /// Flags of debt more in each week, in hundredths.
    pub slope_hundredths: i64,
    /// The day on which no debt is left at that pace, as YYYY-MM-DD; null when it does not shrink, or not within ten years.
    pub clear_on: Option<String>,
    /// What that means, in words.
    pub words: String,
}

/// Flags of an age, by what they serve.
#[derive(Clone, Debug, Default, JsonSchema, Deserialize, Serialize)]
pub struct AgeGroup {
    /// The ages.
    #[serde(deserialize_with = "words::known")]
    pub age: Word,
    /// Different values for different people.
    pub rolling: usize,
    /// One value for everybody.
    pub one_value: usize,
    /// Switched off.
    pub off: usize,
    /// Archived at the provider.
    pub archived: usize,
    /// Nothing is known.
    pub unknown: usize,
}

impl AgeGroup {
    /// The states in order, with their names.
    pub fn states(&self) -> [(&'static str, usize); 5] {
        [
            ("rolling out", self.rolling),
            ("one value", self.one_value),
            ("off", self.off),
            ("archived", self.archived),
            ("unknown", self.unknown),
        ]
    }
}

/// A flag that can be removed.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Removal {
    /// The flag.
    pub flag: String,
    /// What it is worth: dead lines, and five for each check that nobody has to read any more.
    pub value: usize,
    /// What it costs, in minutes: see the documentation.
    pub effort: usize,
    /// Lines that can no longer run.
    pub dead_lines: usize,
    /// Checks that a fix deals with.
    pub sites: usize,
    /// Files with such checks, by path.
    pub files: Vec<RemovalFile>,
    /// Places in tests that pin the flag.
    pub tests: usize,
    /// Days since creation, or else since the value became constant.
    pub age_days: Option<i64>,
    /// Who is to be asked.
    pub owners: Vec<String>,
    /// `safe`, `unsafe` or `manual`.
    #[serde(deserialize_with = "words::known")]
    pub level: Word,
    /// Why it is not safe.
    pub reasons: Vec<String>,
    /// What to run.
    pub command: String,
}

/// What goes from a file.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct RemovalFile {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// Checks in it.
    pub sites: usize,
    /// Lines that can no longer run, from 1, each with the last line.
    pub dead: Vec<(usize, usize)>,
}

/// An owner's share.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct OwnerItem {
    /// The name; empty for nobody.
    pub name: String,
    /// `registry`, `CODEOWNERS`, `last author` or `nobody`.
    #[serde(deserialize_with = "words::known")]
    pub source: Word,
    /// Flags.
    pub flags: usize,
    /// Of these, debt.
    pub debt: usize,
    /// Lines that can no longer run.
    pub dead_lines: usize,
    /// Age of the oldest, in days.
    pub oldest_days: Option<i64>,
}

/// Flags that one side does not know.
#[derive(Clone, Debug, Default, JsonSchema, Deserialize, Serialize)]
pub struct Orphans {
    /// In the registry, but in no code that was looked at.
    pub unused: Vec<Orphan>,
    /// In code, but not in the registry.
    pub unknown: Vec<Orphan>,
}

/// A flag that one side does not know.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Orphan {
    /// The flag.
    pub flag: String,
    /// Where, as `path:line`.
    pub at: String,
    /// A flag of the registry with nearly that name.
    pub near: Option<String>,
}

/// A check that only runs where another flag has decided already.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nested {
    /// The flag that decides whether the check runs.
    pub outer: String,
    /// The flag of the check.
    pub inner: String,
    /// Where the check is, as `path:line`.
    pub at: String,
    /// `inside` a branch of the outer flag, or in the `same condition`.
    #[serde(deserialize_with = "words::known")]
    pub how: Word,
}

/// A rollout that stands between two values.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Stuck {
    /// The flag.
    pub flag: String,
    /// What it serves, in words.
    pub state: String,
    /// Which clock has run out, in words.
    pub clock: String,
}

/// A removal date that was moved to a later day.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Slipped {
    /// The flag.
    pub flag: String,
    /// The first date, as YYYY-MM-DD.
    pub first: String,
    /// The date now.
    pub now: String,
    /// How many commits moved it.
    pub times: usize,
}

/// A flag.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct FlagItem {
    /// Its key.
    pub key: String,
    /// What it is for; null when the registry does not know it.
    #[serde(deserialize_with = "words::perhaps")]
    pub kind: Option<Word>,
    /// `rolling out`, `one value`, `off`, `archived` or `unknown`.
    #[serde(deserialize_with = "words::known")]
    pub state: Word,
    /// What each environment that counts serves, in words.
    pub serves: String,
    /// `remove`, `report`, `keep`, `unknown flag` or `no registry`.
    #[serde(deserialize_with = "words::known")]
    pub verdict: Word,
    /// Why it is not removed; empty when it may be.
    pub why: String,
    /// Whether it has outlived itself.
    pub debt: bool,
    /// Days since creation, or else since the value became constant.
    pub age_days: Option<i64>,
    /// The first day on which a commit of the history mentions it, where that was looked for.
    pub in_code_since: Option<String>,
    /// The removal date that somebody wrote down.
    pub expires: Option<String>,
    /// Who is to be asked.
    pub owners: Vec<String>,
    /// Checks in code that is no test.
    pub checks: usize,
    /// Checks in tests.
    pub test_checks: usize,
    /// Files with checks.
    pub files: usize,
    /// Lines that can no longer run.
    pub dead_lines: usize,
    /// Its first check, or else its entry in the registry, as `path:line`.
    pub at: Option<String>,
}

/// What the scan did not see.
#[derive(Clone, Debug, Default, JsonSchema, Deserialize, Serialize)]
pub struct Gaps {
    /// Files that could not be looked at.
    pub skipped: Vec<SkippedFile>,
    /// Files with syntax errors, which are reported on and never edited.
    pub broken: Vec<String>,
    /// Checks whose key is put together at run time.
    pub dynamic: Vec<DynamicKey>,
    /// Code in languages that this version does not read.
    pub languages: Vec<UnreadLanguage>,
    /// Bounds that were hit, and what is missing from this report, one sentence each.
    pub notes: Vec<String>,
}

/// A check whose key is put together at run time.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct DynamicKey {
    /// The constant beginning and end, with `…` between.
    pub key: String,
    /// Where, as `path:line`.
    pub at: String,
}

/// Code in a language that this version does not read.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct UnreadLanguage {
    /// The language.
    pub language: String,
    /// Files of it.
    pub files: usize,
}

/// The document as JSON.
pub fn json(document: &Document) -> String {
    json::to_text(document)
}
