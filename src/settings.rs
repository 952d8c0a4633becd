//! What a run is asked to do, with every default decided: the command line layer makes it from options, configuration,
//! clock and environment; nothing below reads any of those. Owns no parsing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::diagnostic::Severity;
use crate::provider::Providers;
use crate::registry::input::Input;
use crate::resolve::Effect;
use crate::value::{Value, ValueType};

/// Everything that decides the result of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Absolute, canonical project root.
    pub root: PathBuf,
    /// The directory that the process is in; empty when that is not known.
    pub here: PathBuf,
    /// Files and directories to look at, inside the root.
    pub paths: Vec<PathBuf>,
    /// The day against which ages are measured.
    pub today: Date,
    /// Globs of paths to leave out, on top of ignore files.
    pub exclude: Vec<String>,
    /// Larger files are skipped and reported, in bytes.
    pub max_file_size: u64,
    /// The user's own checks, in order.
    pub checks: Vec<CheckPattern>,
    /// The user's own ways of pinning a flag in a test, in order. They never count as checks.
    pub overrides: Vec<CheckPattern>,
    /// The providers that are looked for.
    pub providers: &'static Providers,
    /// Registry files, in order; none is allowed.
    pub registries: Vec<PathBuf>,
    /// Registries that the configuration describes, in order.
    pub declared: Vec<Input>,
    /// Flags decided by hand (`--flag KEY=VALUE`): then no registry is read and only these are judged.
    pub decided: BTreeMap<String, Value>,
    /// Flags to which the run is restricted (`--flag KEY`); empty means all.
    pub only: Vec<String>,
    /// How long flags may live, and what may be removed.
    pub policy: Policy,
    /// Severity per rule code; `None` turns a rule off. Rules that are absent keep their own.
    pub severities: BTreeMap<String, Option<Severity>>,
    /// Removal dates that were moved, as far as the policy asks for them.
    pub slips: Vec<Slip>,
}

impl Settings {
    /// What paths below the root are joined to for the system, which goes through every directory that a name begins with: nothing
    /// when the process is in the root.
    pub fn near(&self) -> &Path {
        if self.here == self.root { Path::new("") } else { &self.root }
    }
}

/// A check that the user describes by pasting a line of code with `$KEY` in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckPattern {
    /// Names of languages in [`crate::language::LANGUAGES`] it applies to.
    pub languages: Vec<String>,
    /// The line of code.
    pub pattern: String,
    /// Glob over keys; `None` accepts every key.
    pub keys: Option<String>,
    /// What it returns.
    pub returns: ValueType,
    /// True when it yields true while the flag is off.
    pub negated: bool,
    /// What it does with the flag.
    pub effect: Effect,
    /// Whether keys are the same that differ in case and in what separates their words.
    pub loose: bool,
    /// What an override pins the flag to where the pattern has no `$VALUE`.
    pub pins: Option<bool>,
    /// Whether the key is the path of a predicate: `mock.patch("app.is_new", return_value=True)`.
    pub target: bool,
    /// Whether it counts only where the call is what a `with` statement enters.
    pub entered: bool,
    /// The provider file it comes from, for patterns that are built in: these count in tests, for keys that are known.
    pub provider: Option<&'static str>,
    /// Where it was given, for messages: "flag-sweep.toml:12" or "--check 1".
    pub origin: String,
}

/// When a flag counts as debt, and which flags may be removed. Periods are days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Release and experiment flags are stale after this long at one value.
    pub stale_after: u32,
    /// ... and in any case after this long since creation.
    pub hard_cap: u32,
    /// Ops flags get a review note after this long at one value.
    pub ops_review: u32,
    /// A rollout that has stood still for longer is stuck.
    pub max_partial: u32,
    /// A constant must have been quiet this long before it is removed.
    pub min_stable: u32,
    /// Whether flags that are off may be removed (deletes the branch for *on*).
    pub remove_off: bool,
    /// Whether a constant without a date may be removed.
    pub trust_undated: bool,
    /// What a snapshot says is not acted upon once it is older than this.
    pub max_snapshot_age: u32,
    /// Environments that must agree; empty leaves it to the registry.
    pub required: Vec<String>,
    /// Premises that hold of every call in this project, by name, with the reason.
    pub accepted: BTreeMap<String, String>,
    /// What the team allows itself.
    pub limits: Limits,
    /// The day on which code first mentioned each flag, where that was asked for: a clock beside the registry's.
    pub code_since: BTreeMap<String, Date>,
}

/// What a team wants of its flags; nothing of it by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// What every flag of the registry has to say.
    pub metadata: Vec<Metadata>,
    /// How many flags the registry may have.
    pub max_flags: Option<usize>,
    /// How many percent of them may be stale.
    pub max_stale_share: Option<u32>,
    /// Whether every check that can name a fallback has to.
    pub fallbacks: bool,
    /// How often a removal date may be moved to a later day.
    pub max_moves: Option<usize>,
}

/// A removal date that commits moved to a later day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The flag.
    pub flag: String,
    /// The first date that it had.
    pub first: Date,
    /// The date that it has now.
    pub now: Date,
    /// How many commits moved it to a later day.
    pub times: usize,
}

/// What a flag of the registry may have to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metadata {
    /// Who owns it.
    Owner,
    /// What it is about.
    Description,
    /// What it is for: release, experiment, ops.
    Kind,
    /// When it was made.
    Created,
    /// When it is to be removed; not asked of flags that are meant to stay.
    RemovalDate,
}

impl Metadata {
    /// All of it.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Description, Self::Kind, Self::Created, Self::RemovalDate];

    /// The name used in configuration and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Description => "description",
            Self::Kind => "kind",
            Self::Created => "created",
            Self::RemovalDate => "removal-date",
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            stale_after: 30,
            hard_cap: 90,
            ops_review: 90,
            max_partial: 30,
            min_stable: 14,
            remove_off: false,
            trust_undated: false,
            max_snapshot_age: 14,
            required: Vec::new(),
            accepted: BTreeMap::new(),
            limits: Limits::default(),
            code_since: BTreeMap::new(),
        }
    }
}
