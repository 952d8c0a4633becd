//! Removing flags from code: fold, residue, verify. Knows nothing of registries: it is told "this check is this value".

use crate::diagnostic::Applicability;
use crate::project::Project;
use crate::source::edit::Edit;
use crate::source::{SourceId, Span};
use crate::value::Value;

/// What folding asks of a language.
pub trait Syntax: Sync {}

/// "This check is this value": an index into [`Project::checks`] and the value that the flag has for everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Index into [`Project::checks`].
    pub check: usize,
    /// The flag's value, before coercion to the check's type and before its negation.
    pub value: Value,
}

/// What would be done to the project, all decisions together.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Files with edits, sorted by path.
    pub files: Vec<PlannedFile>,
    /// One entry per decision, in the order given.
    pub sites: Vec<Site>,
    /// Flags whose fix was dropped because verification failed: bugs of flag-sweep, to be reported as such.
    pub bugs: Vec<String>,
}

/// The edits of one file.
#[derive(Clone, Debug)]
pub struct PlannedFile {
    /// Which source.
    pub source: SourceId,
    /// Sorted and disjoint.
    pub edits: Vec<Edit>,
    /// The text after the edits.
    pub after: String,
}

/// What happens to one decided check.
#[derive(Clone, Debug)]
pub struct Site {
    /// Index into [`Project::checks`].
    pub check: usize,
    /// What happens, e.g. "keep the first branch", or what a human has to do.
    pub title: String,
    /// Who may apply it.
    pub applicability: Applicability,
    /// Why it is not safe; empty when it is.
    pub reasons: Vec<String>,
    /// Code that goes because it can no longer run.
    pub dead: Vec<Span>,
    /// Whether the plan's edits include it (its applicability is at most the level asked for, and it was understood).
    pub applied: bool,
}

/// Plans the removal of all decided checks, up to an applicability. Pure: reads the project's sources, writes nothing.
pub fn plan(_project: &Project, _decisions: &[Decision], _level: Applicability) -> Plan {
    Plan::default()
}
