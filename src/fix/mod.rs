//! Removing flags from code: fold, residue, verify. Knows nothing of registries: it is told "this check is this value".
//!
//! Within a file, known values seed an [`evaluate`](mod@evaluate)d tree, [`emit`] turns the outcomes into edits, [`names`]
//! and [`residue`] find what the edits left unused, and the round starts again until nothing changes. [`across`] carries
//! what went in one file to those that defined it or passed it on, and takes back what another file still needs.

pub mod across;
mod aliases;
pub mod calls;
mod comments;
pub mod construct;
pub mod data;
pub mod definitions;
pub mod elsewhere;
pub mod emit;
mod empty;
pub mod evaluate;
pub mod file;
pub mod files;
mod hollow;
pub mod index;
pub mod layout;
pub mod member;
pub mod mentions;
pub mod names;
mod parameters;
pub mod pins;
pub mod residue;
mod solve;
mod start;
mod stores;
mod supers;
pub mod syntax;
mod texts;
mod title;
mod traps;
pub mod tree;

pub use self::pins::{PinDecision, PinSite};
pub use self::syntax::Syntax;
use crate::diagnostic::Applicability;
use crate::project::Project;
use crate::source::edit::Edit;
use crate::source::read::Bytes;
use crate::source::{Location, SourceId, Span};
use crate::value::Value;

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
    /// What happens to the places where tests pin the flags that go, in order of the project's overrides.
    pub pins: Vec<PinSite>,
    /// Leftovers that stay, with the reason: a local whose value may have an effect, an import that others use.
    pub left: Vec<(Location, String)>,
    /// What goes, beyond the sites, only because review was asked for: where, and what to look at.
    pub reviewed: Vec<(Location, String)>,
    /// Fixes that were dropped because verification failed, a sentence each with path and flag: bugs of flag-sweep, to be
    /// reported as such.
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
    /// Whether the file itself goes, since the edits leave nothing in it.
    pub deleted: bool,
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

/// How far a plan may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Up to which applicability.
    pub level: Applicability,
    /// Whether what declares a flag stays, although nothing checks the flag any more.
    pub keep_definitions: bool,
}

impl From<Applicability> for Reach {
    fn from(level: Applicability) -> Self {
        Self { level, keep_definitions: false }
    }
}

/// Plans the removal of all decided checks, as far as it may go. Files of the project that were not parsed yet are read
/// through `bytes` when they may mention a name that goes; those that change join the project's sources.
pub fn plan(project: &mut Project, decisions: &[Decision], reach: impl Into<Reach>, bytes: &dyn Bytes) -> Plan {
    let reach = reach.into();
    let pins = pins::decided(project, decisions);
    let mut plan = across::plan(project, decisions, &pins, reach, bytes);
    if reach.level >= Applicability::Unsafe {
        // A flag is pinned for as long as something checks it.
        let kept = pins::kept(project, &plan.sites);
        let (stay, go) = kept.split(project, pins);
        if !stay.is_empty() {
            plan = across::plan(project, decisions, &go, reach, bytes);
            plan.pins.extend(stay);
            plan.pins.sort_by_key(|site| site.pin);
        }
    }
    plan.left.extend(pins::left(project, &plan.pins));
    plan
}
