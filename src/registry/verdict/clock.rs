//! The clocks that make a flag stale. Owns which clock applies to which kind and when it has run out.

use std::sync::Arc;

use jiff::civil::Date;

use super::super::model::{Flag, FlagKind, Registry};
use super::Rollout;
use super::join::Joined;
use crate::settings::Policy;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Time at one value everywhere.
    OneValue,
    /// Time since creation, against the general cap.
    Age,
    /// Time since creation, against the lifetime that the registry sets for the kind.
    Lifetime,
    /// Time since code first mentioned the flag, against the same limit as its age.
    CodeAge,
    /// At one value everywhere, and nothing says since when.
    Undated,
}

impl Clock {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneValue => "one-value",
            Self::Age => "age",
            Self::Lifetime => "lifetime",
            Self::CodeAge => "code-age",
            Self::Undated => "undated",
        }
    }
}

/// The reading of a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staleness {
    /// Which.
    pub clock: Clock,
    /// Since when it runs; `None` for [`Clock::Undated`].
    pub since: Option<Date>,
    /// How many days it has run; `None` for [`Clock::Undated`].
    pub days: Option<i64>,
    /// After how many days it has run out.
    pub limit: u32,
    /// In which environments.
    pub environments: Arc<[String]>,
    /// Whether it has run out.
    pub fired: bool,
    /// Whether the flag should only be looked at again, since it may well be meant to stay.
    pub review: bool,
}

impl Staleness {
    /// "served one value since 2026-03-01 (265 days, stale after 30)".
    pub fn describe(&self) -> String {
        let Some((since, days)) = self.since.zip(self.days) else {
            return format!("has served one value since an unknown date (stale after {} days)", self.limit);
        };
        let limit = self.limit;
        match self.clock {
            Clock::OneValue | Clock::Undated => {
                format!("has served one value since {since} ({days} days, stale after {limit})")
            }
            Clock::Age => format!("was created on {since} ({days} days ago, stale after {limit})"),
            Clock::Lifetime => {
                format!("was created on {since} ({days} days ago, the registry gives its kind {limit})")
            }
            Clock::CodeAge => format!("came into code on {since} ({days} days ago, stale after {limit})"),
        }
    }
}

/// Whole days from one day to another; negative when `since` is later.
pub(super) fn days(since: Date, today: Date) -> i64 {
    i64::from((today - since).get_days())
}

/// Reads every clock that applies, the most telling first.
pub(super) fn readings(
    registry: &Registry,
    flag: &Flag,
    joined: &Joined,
    policy: &Policy,
    today: Date,
) -> Vec<Staleness> {
    if flag.archived || flag.permanent == Some(true) {
        return Vec::new();
    }
    let temporary = matches!(flag.kind, FlagKind::Release | FlagKind::Experiment);
    let (at_one_value, age) = match registry.lifetimes.by_kind.get(&flag.kind) {
        Some(None) => return Vec::new(),
        Some(Some(lifetime)) => (one_value_limit(flag.kind, policy), Some((Clock::Lifetime, *lifetime))),
        None => (one_value_limit(flag.kind, policy), temporary.then_some((Clock::Age, policy.hard_cap))),
    };
    let reading = |clock, since: Option<Date>, limit: u32| {
        let days = since.map(|since| days(since, today));
        let fired = days.is_none_or(|days| days >= i64::from(limit));
        let environments = Arc::clone(&joined.environments);
        Staleness { clock, since, days, limit, environments, fired, review: !temporary }
    };
    let mut readings = Vec::new();
    let constant = matches!(&joined.rollout, Rollout::Everyone { premises, .. } if premises.is_empty());
    if let Some(limit) = at_one_value.filter(|_| constant && joined.since.is_some()) {
        readings.push(reading(Clock::OneValue, joined.since, limit));
    }
    if let Some((clock, limit)) = age
        && let Some(created) = flag.created
    {
        readings.push(reading(clock, Some(created), limit));
    }
    let in_code = policy.code_since.get(&flag.key).copied();
    if let Some((_, limit)) = age
        && let Some(first) = in_code
    {
        readings.push(reading(Clock::CodeAge, Some(first), limit));
    }
    // A flag younger than the limit cannot have been at one value for longer; one that nobody dated is as young as code
    // says.
    let young = |limit: u32| flag.created.or(in_code).is_some_and(|first| days(first, today) < i64::from(limit));
    if let Some(limit) = at_one_value.filter(|limit| constant && joined.since.is_none() && !young(*limit)) {
        readings.push(reading(Clock::Undated, None, limit));
    }
    readings.shrink_to_fit();
    readings
}

fn one_value_limit(kind: FlagKind, policy: &Policy) -> Option<u32> {
    match kind {
        FlagKind::Release | FlagKind::Experiment => Some(policy.stale_after),
        FlagKind::Ops => Some(policy.ops_review),
        FlagKind::KillSwitch | FlagKind::Permission | FlagKind::Config | FlagKind::Migration => None,
    }
}
