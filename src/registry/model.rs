//! The provider-neutral model of a flag registry (reference: registries, section 10). Owns the types only; formats are
//! read beside this file, conclusions are drawn in `verdict`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

pub use super::environments::Environments;
pub use super::freshness::Dated;
pub use super::premise::Premise;
pub use super::projects::Project;
pub use super::schedule::Schedule;
use crate::resolve::Projection;
use crate::source::Location;
use crate::value::{Value, ValueType};

/// All flags of a run, by key.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Flags by key, byte-exact. A flag is large, and the nodes of a map are half empty: these hold pointers.
    pub flags: BTreeMap<String, Box<Flag>>,
    /// Environments that must agree before a flag counts as rolled out; empty means every environment a flag names.
    pub required: Vec<String>,
    /// Environments that are only mentioned.
    pub informational: Vec<String>,
    /// Lifetimes and `min-stable` that the registry file itself sets.
    pub lifetimes: Lifetimes,
    /// Where it was read from, for messages: display paths.
    pub origins: Vec<String>,
    /// Key by alias, for all aliases of all flags.
    pub aliases: BTreeMap<String, String>,
    /// The snapshots among what was read, with their age and what they lack.
    pub snapshots: Vec<Arc<Dated>>,
    /// Registries of parts of the code; empty when all code asks the same.
    pub projects: Vec<Project>,
    /// Whether a registry may have more flags than it shows.
    pub open: bool,
}

impl Registry {
    /// The flag of that key, or that has it as an alias.
    pub fn resolve(&self, key: &str) -> Option<&Flag> {
        self.flags.get(key).or_else(|| self.flags.get(self.aliases.get(key)?)).map(Box::as_ref)
    }

    /// Whether flags were read from anywhere. Without a registry nothing is known, and no flag is unknown.
    pub fn is_loaded(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Whether a flag that it does not have may exist all the same.
    pub fn is_incomplete(&self) -> bool {
        self.open || self.snapshots.iter().any(|snapshot| !snapshot.is_full())
    }
}

/// Overrides of the default staleness periods, in days. `Some(None)` is `never`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifetimes {
    /// By kind: days since creation after which a flag of the kind has outlived itself.
    pub by_kind: BTreeMap<FlagKind, Option<u32>>,
    /// Quiet time before a constant counts, in days.
    pub min_stable: Option<u32>,
}

/// A flag as the registry describes it.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The key, byte-exact.
    pub key: String,
    /// Other names seen in code.
    pub aliases: Vec<String>,
    /// Type of its values.
    pub value_type: ValueType,
    /// Values it can serve, when listed.
    pub variations: Vec<Value>,
    /// What it is for.
    pub kind: FlagKind,
    /// Whether a document says what it is for.
    pub kind_given: bool,
    /// Whether it is meant to stay: `None` when nothing says so.
    pub permanent: Option<bool>,
    /// Archived or deleted at the provider.
    pub archived: bool,
    /// Day of creation (UTC).
    pub created: Option<Date>,
    /// Explicit removal date.
    pub expires: Option<Date>,
    /// Owners, as written.
    pub owners: Vec<String>,
    /// Tags, as written.
    pub tags: Vec<String>,
    /// One line about it.
    pub description: Option<String>,
    /// Parents that must hold for this flag to be evaluated as stated.
    pub requires: BTreeMap<String, Value>,
    /// Flags that need a value of this one.
    pub children: Vec<String>,
    /// State per environment; the key `*` means every environment.
    pub environments: Environments,
    /// The provider whose document it was read from; `None` when it is declared by hand.
    pub provider: Option<&'static str>,
    /// The snapshots that it was read from; none when what it was read from has no day.
    pub snapshots: Vec<Arc<Dated>>,
    /// Where the entry stands in the registry file.
    pub at: Location,
}

impl Flag {
    /// Whether what it serves looks different through this projection.
    pub fn tells_apart(&self, projection: Projection) -> bool {
        self.environments.values().any(|state| state.seen(projection).is_some())
    }

    /// Gives back what its lists and texts took to grow: there may be fifty thousand flags, and a list of one has room for
    /// four.
    pub(super) fn fit(&mut self) {
        self.aliases.shrink_to_fit();
        self.variations.shrink_to_fit();
        self.owners.shrink_to_fit();
        self.tags.shrink_to_fit();
        self.children.shrink_to_fit();
        self.snapshots.shrink_to_fit();
        self.environments.values_mut().for_each(EnvironmentState::fit);
    }
}

/// What a flag is for. Decides how long it may live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlagKind {
    /// Rolls out a feature, then goes. Also what a flag without a kind counts as.
    #[default]
    Release,
    /// Compares variations, then goes.
    Experiment,
    /// Steers operation.
    Ops,
    /// Turns something off in an emergency. Never removed.
    KillSwitch,
    /// Grants something to some. Never removed.
    Permission,
    /// Holds configuration.
    Config,
    /// Moves data or traffic in stages.
    Migration,
}

impl FlagKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 7] =
        [Self::Release, Self::Experiment, Self::Ops, Self::KillSwitch, Self::Permission, Self::Config, Self::Migration];

    /// The name used in registry files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Experiment => "experiment",
            Self::Ops => "ops",
            Self::KillSwitch => "kill-switch",
            Self::Permission => "permission",
            Self::Config => "config",
            Self::Migration => "migration",
        }
    }
}

/// What one environment serves, and since when.
#[derive(Clone, Debug)]
pub struct EnvironmentState {
    /// What it serves, as the flag's type suggests to ask.
    pub state: RolloutState,
    /// What it serves when asked otherwise, where the document tells that apart.
    pub seen: Vec<(Projection, RolloutState)>,
    /// The document leaves out what decides, so that another one may say more.
    pub summary: bool,
    /// Why it cannot be one value for everyone, whatever another document concludes: what somebody observed.
    pub refuted: Option<String>,
    /// The day since which it has been so.
    pub since: Option<Date>,
    /// How it is planned to go on.
    pub schedule: Option<Schedule>,
    /// Where the registry says so.
    pub at: Location,
}

impl EnvironmentState {
    /// A state that looks the same from every side.
    pub fn plain(state: RolloutState, since: Option<Date>, at: Location) -> Self {
        Self { state, seen: Vec::new(), summary: false, refuted: None, since, schedule: None, at }
    }

    fn fit(&mut self) {
        self.seen.shrink_to_fit();
        let seen = self.seen.iter_mut().map(|(_, state)| state);
        [&mut self.state].into_iter().chain(seen).for_each(RolloutState::fit);
    }

    /// What it serves as seen through a projection, where the document says so.
    pub fn seen(&self, projection: Projection) -> Option<&RolloutState> {
        self.seen.iter().find(|(which, _)| *which == projection).map(|(_, state)| state)
    }
}

/// What a flag serves in an environment.
#[derive(Clone, Debug, PartialEq)]
pub enum RolloutState {
    /// The same value for every context.
    Constant {
        /// That value.
        value: Value,
        /// Conditions under which it holds; empty means always.
        premises: Vec<Premise>,
        /// Why, e.g. "declared `on`".
        why: String,
    },
    /// Switched off at its master switch: constant, but a different policy, since removing it deletes the *on* branch.
    Off {
        /// The value served while off.
        value: Value,
        /// Why.
        why: String,
    },
    /// Every call gets its own fallback.
    CallDefault {
        /// Why.
        why: String,
    },
    /// Different values for shares of the contexts.
    Partial {
        /// Value and percentage (0 to 100), in the order of the registry.
        lanes: Vec<(Value, Option<f64>)>,
        /// The attribute that contexts are bucketed by, where stated.
        by: Option<String>,
    },
    /// Different values by rule, list or segment.
    Targeted {
        /// By what, e.g. "partners segment".
        why: String,
    },
    /// Nothing can be concluded.
    Unknown {
        /// Why.
        why: String,
    },
}

impl RolloutState {
    fn fit(&mut self) {
        match self {
            Self::Constant { premises, why, .. } => {
                premises.shrink_to_fit();
                why.shrink_to_fit();
            }
            Self::Partial { lanes, .. } => lanes.shrink_to_fit(),
            Self::Off { why, .. } | Self::CallDefault { why } | Self::Targeted { why } | Self::Unknown { why } => {
                why.shrink_to_fit();
            }
        }
    }
}
