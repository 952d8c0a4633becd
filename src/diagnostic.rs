//! What a run tells the user: diagnostics with labels, and the summary of the fix that goes with one.
//! Owns no rendering (see `report`), no edits (see `source::edit`) and no opinions (see `rules`).

use crate::rules::Rule;
use crate::source::Location;

/// How bad a diagnostic is; ordered, so that `--fail-on` is one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing, nothing to do.
    Note,
    /// Debt: something to do.
    Warning,
    /// Wrong: something that misbehaves or is past its date.
    Error,
}

impl Severity {
    /// The name used in options, configuration and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Who may apply a fix; ordered: a fix applies if its applicability is at most what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// Same behaviour for the decided value, whatever the rest of the program does.
    Safe,
    /// Needs review: each such fix carries its reason.
    Unsafe,
    /// Shown only: a human has to do it.
    Manual,
}

impl Applicability {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Manual => "manual",
        }
    }
}

/// A second place that a diagnostic points at: the dead branch, the registry line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub at: Location,
    /// What the place has to do with it: lower case, no final period.
    pub message: String,
}

/// What `--fix` would do about a diagnostic. The edits themselves are planned for all flags of a run together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixSummary {
    /// What happens, e.g. "keep the first branch".
    pub title: String,
    /// Who may apply it.
    pub applicability: Applicability,
    /// Why it is not safe; empty when it is.
    pub reasons: Vec<String>,
}

/// One thing a rule found.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// Its severity after the configuration has had its say.
    pub severity: Severity,
    /// The flag it is about, where it is about one.
    pub flag: Option<String>,
    /// The primary location.
    pub at: Location,
    /// The fact and its consequence: lower case, no final period, flag names in backquotes.
    pub message: String,
    /// Further locations.
    pub labels: Vec<Label>,
    /// Evidence and advice, one sentence each.
    pub notes: Vec<String>,
    /// What a fix would do, for diagnostics that one answers.
    pub fix: Option<FixSummary>,
}
