//! What the registry lets us conclude about a flag. Pure: registry, policy and day in, verdict out. Owns which flags may
//! be removed, which clock makes a flag stale and what is said as evidence; knows nothing of code, and of registry formats
//! only the model.
//!
//! The bias is one-sided: whatever is missing, unrecognised, conditional or contradictory leads away from removal.

mod clock;
mod join;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::freshness::Dated;
use super::model::{Flag, FlagKind, Premise, Registry, RolloutState};
use super::premise::together;
use crate::resolve::Projection;
use crate::settings::{Policy, Settings};
use crate::source::Location;
use crate::value::Value;

pub use clock::{Clock, Staleness};

/// The name that stands for every environment.
pub const EVERY: &str = "*";

/// What is concluded about a flag, with everything that led there.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The flag's key.
    pub flag: String,
    /// What it is for.
    pub kind: FlagKind,
    /// What may be done.
    pub conclusion: Conclusion,
    /// What all environments that must agree serve, taken together.
    pub rollout: Rollout,
    /// One phrase after the flag's name: "serves `true` to everyone in production".
    pub summary: String,
    /// The day since which the value has been the same everywhere, when every environment has a date.
    pub since: Option<Date>,
    /// Each environment and what the registry says of it, those that must agree first.
    pub evidence: Vec<Evidence>,
    /// What removal would change in environments that are only mentioned, one sentence each.
    pub mentions: Vec<String>,
    /// Every clock that applies to the flag, run out or not.
    pub clocks: Vec<Staleness>,
    /// The clock that makes it stale: the first that has run out.
    pub staleness: Option<Staleness>,
    /// Its removal date has passed.
    pub expired: bool,
    /// The snapshots that this follows from.
    pub freshness: Vec<Freshness>,
    /// Decided on the command line instead of by a registry.
    pub decided: bool,
}

/// How old a snapshot is, and whether it holds everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The file, the provider, the time, the age and what is missing, in words.
    pub text: String,
    /// When it was fetched (RFC 3339).
    pub fetched_at: String,
    /// Whole days since.
    pub age: u32,
    /// Whether it holds everything.
    pub complete: bool,
}

/// What may be done about a flag.
#[derive(Clone, Debug, PartialEq)]
pub enum Conclusion {
    /// Its checks may be replaced by this value.
    Remove {
        /// The value that everybody gets.
        value: Value,
    },
    /// Something is to be decided by a human.
    Report {
        /// Why it is not removed.
        why: String,
    },
    /// Nothing is to be done.
    Keep {
        /// Why.
        why: String,
    },
}

/// What the environments that must agree serve, taken together.
#[derive(Clone, Debug, PartialEq)]
pub enum Rollout {
    /// The same value for everybody.
    Everyone {
        /// That value.
        value: Value,
        /// Whether it is served because the flag is switched off somewhere.
        off: bool,
        /// Conditions under which it holds.
        premises: Vec<Premise>,
    },
    /// Every call gets its own fallback.
    CallDefault,
    /// Shares of the contexts get different values.
    Partial,
    /// Some contexts get other values than others.
    Targeted,
    /// Environments serve different values.
    Divergent,
    /// Nothing can be concluded.
    Unknown {
        /// Why.
        why: String,
    },
}

/// What one environment serves, and which line of the registry says so.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The environment; [`EVERY`] for all.
    pub environment: String,
    /// Whether it must agree; else it is only mentioned.
    pub required: bool,
    /// What it serves, in words: "`true` to everyone (declared `on`)".
    pub text: String,
    /// Since when.
    pub since: Option<Date>,
    /// Where the registry says so; `None` on the command line or when it says nothing.
    pub at: Option<Location>,
}

impl Verdict {
    /// The verdict on a flag that is decided by hand.
    pub fn decided(flag: &str, value: Value) -> Self {
        let text = format!("`{value}`, decided on the command line");
        Self {
            flag: flag.to_owned(),
            kind: FlagKind::Release,
            conclusion: Conclusion::Remove { value: value.clone() },
            summary: format!("is decided to be `{value}` on the command line"),
            rollout: Rollout::Everyone { value, off: false, premises: Vec::new() },
            since: None,
            evidence: vec![Evidence { environment: EVERY.to_owned(), required: true, text, since: None, at: None }],
            mentions: Vec::new(),
            clocks: Vec::new(),
            staleness: None,
            expired: false,
            freshness: Vec::new(),
            decided: true,
        }
    }

    /// The value that everybody gets without any condition, removable or not.
    pub fn constant(&self) -> Option<&Value> {
        match &self.rollout {
            Rollout::Everyone { value, premises, .. } if premises.is_empty() => Some(value),
            _ => None,
        }
    }

    /// The value that checks may be replaced by.
    pub fn removal(&self) -> Option<&Value> {
        match &self.conclusion {
            Conclusion::Remove { value } => Some(value),
            _ => None,
        }
    }

    /// Why it is not removed; `None` when it may be.
    pub fn obstacle(&self) -> Option<&str> {
        match &self.conclusion {
            Conclusion::Remove { .. } => None,
            Conclusion::Report { why } | Conclusion::Keep { why } => Some(why),
        }
    }
}

/// The verdicts of a run by flag: those on the flags decided by hand if there are any, else one per flag of the registry,
/// each for the projection that its type suggests.
pub fn verdicts(registry: &Registry, settings: &Settings) -> BTreeMap<String, Box<Verdict>> {
    if !settings.decided.is_empty() {
        let decided = settings.decided.iter();
        return decided.map(|(flag, value)| (flag.clone(), Box::new(Verdict::decided(flag, value.clone())))).collect();
    }
    let judge = |flag: &Flag| {
        let home = registry.home(&flag.key);
        verdict(home, flag, natural(flag), &settings.policy, settings.today)
    };
    registry.flags.iter().map(|(key, flag)| (key.clone(), Box::new(judge(flag)))).collect()
}

/// The projection under which a flag is judged as such.
pub fn natural(flag: &Flag) -> Projection {
    if flag.value_type == crate::value::ValueType::Bool { Projection::Enabled } else { Projection::Value }
}

/// Judges a flag as seen through a projection.
pub fn verdict(registry: &Registry, flag: &Flag, projection: Projection, policy: &Policy, today: Date) -> Verdict {
    let scope = join::Scope::of(registry, flag, policy);
    let joined = join::join(registry, flag, projection, &scope, policy, today);
    let clocks = clock::readings(registry, flag, &joined, policy, today);
    let staleness = clocks.iter().find(|clock| clock.fired).cloned();
    let conclusion = conclude(registry, flag, &joined, policy, today, staleness.is_some());
    let mentions = join::mentions(flag, &joined, &scope);
    Verdict {
        flag: flag.key.clone(),
        kind: flag.kind,
        conclusion,
        summary: joined.summary,
        rollout: joined.rollout,
        since: joined.since,
        evidence: joined.evidence,
        mentions,
        clocks,
        staleness,
        expired: flag.expires.is_some_and(|expires| expires < today),
        freshness: flag.snapshots.iter().map(|snapshot| freshness(snapshot, today)).collect(),
        decided: false,
    }
}

fn freshness(snapshot: &Dated, today: Date) -> Freshness {
    Freshness {
        text: snapshot.describe(today),
        fetched_at: snapshot.fetched_at.to_string(),
        age: snapshot.age(today),
        complete: snapshot.missing.is_empty(),
    }
}

fn conclude(
    registry: &Registry,
    flag: &Flag,
    joined: &join::Joined,
    policy: &Policy,
    today: Date,
    stale: bool,
) -> Conclusion {
    let hold = |why: String| if stale { Conclusion::Report { why } } else { Conclusion::Keep { why } };
    if let Some(why) = flag.snapshots.iter().find_map(|snapshot| snapshot.untrusted(policy, today)) {
        return hold(why);
    }
    if flag.archived {
        return Conclusion::Report {
            why: "it is archived, so what checks of it get depends on the provider".to_owned(),
        };
    }
    if flag.permanent == Some(true) {
        return hold("it is declared permanent".to_owned());
    }
    if !matches!(flag.kind, FlagKind::Release | FlagKind::Experiment) {
        return hold(format!("{} flags are never removed", flag.kind.name()));
    }
    let (value, off) = match &joined.rollout {
        Rollout::Everyone { value, premises, .. } if !premises.is_empty() => {
            return hold(format!("it serves `{value}` only provided that {}", together(premises)));
        }
        Rollout::Everyone { value, off, .. } => (value, *off),
        Rollout::CallDefault => return hold("every call gets its own fallback".to_owned()),
        Rollout::Partial => return hold("it is still splitting".to_owned()),
        Rollout::Targeted => return hold("it serves different values to different contexts".to_owned()),
        Rollout::Divergent => {
            return Conclusion::Report { why: "the environments serve different values".to_owned() };
        }
        Rollout::Unknown { why } => return hold(why.clone()),
    };
    if (off || *value == Value::Bool(false)) && !policy.remove_off {
        let how = if off { "it is off" } else { "it serves `false`" };
        return hold(format!("{how}, and removing it deletes the code for *on*; `remove-off` allows that"));
    }
    let quiet = registry.lifetimes.min_stable.unwrap_or(0).max(policy.min_stable);
    match joined.since {
        Some(since) if clock::days(since, today) < i64::from(quiet) => hold(format!(
            "it has served this value for {} of the {quiet} days that it must be stable",
            clock::days(since, today)
        )),
        None if !policy.trust_undated => {
            hold("the registry does not say since when; add `since`, or allow it with `--trust-undated`".to_owned())
        }
        _ => Conclusion::Remove { value: value.clone() },
    }
}

/// What a state serves, in words.
pub fn describe(state: &RolloutState) -> String {
    match state {
        RolloutState::Constant { value, premises, why } if premises.is_empty() => {
            format!("`{value}` to everyone ({why})")
        }
        RolloutState::Constant { value, premises, why } => {
            format!("`{value}` provided that {} ({why})", together(premises))
        }
        RolloutState::Off { value, why } => format!("off, `{value}` to everyone ({why})"),
        RolloutState::CallDefault { why } => format!("every call's own fallback ({why})"),
        RolloutState::Partial { lanes, by } => {
            let shares: Vec<String> = lanes
                .iter()
                .map(|(value, share)| match share {
                    Some(share) => format!("`{value}` to {share}%"),
                    None => format!("`{value}` to some"),
                })
                .collect();
            let by = by.as_ref().map_or_else(String::new, |by| format!(", split by `{by}`"));
            format!("{}{by}", shares.join(", "))
        }
        RolloutState::Targeted { why } => format!("different values by {why}"),
        RolloutState::Unknown { why } => format!("unknown: {why}"),
    }
}

/// "production and eu", "every environment".
pub fn place(environments: &[String]) -> String {
    let names: Vec<&str> =
        environments.iter().map(|name| if name == EVERY { "every environment" } else { name.as_str() }).collect();
    match names.as_slice() {
        [] => "no environment".to_owned(),
        [only] => (*only).to_owned(),
        [first, second] => format!("{first} and {second}"),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
