//! Joins what the environments serve into one rollout. Owns which environments count, what parents do to a state, and the
//! words for the result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::super::model::{EnvironmentState, Flag, Premise, Registry, RolloutState};
use super::super::premise::together;
use super::{EVERY, Evidence, Rollout, describe, place};
use crate::resolve::Projection;
use crate::settings::Policy;
use crate::source::Location;
use crate::value::{Value, ValueType};

/// A flag with more ancestors than this is not concluded upon.
const MAX_ANCESTORS: usize = 200;

/// Which environments count for a flag.
pub(super) struct Scope {
    required: Vec<String>,
    mentioned: Vec<String>,
}

impl Scope {
    /// The policy's environments, else the registry's, else all that the flag names and nobody calls informational.
    pub(super) fn of(registry: &Registry, flag: &Flag, policy: &Policy) -> Self {
        let named = || flag.environments.keys().filter(|name| !registry.informational.contains(name)).cloned();
        let required = [&policy.required, &registry.required].into_iter().find(|names| !names.is_empty());
        let required = required.map_or_else(|| named().collect(), Vec::clone);
        let mentioned = registry.informational.iter().chain(flag.environments.keys());
        let mentioned: BTreeSet<&String> =
            mentioned.filter(|name| !required.contains(name) && name.as_str() != EVERY).collect();
        let mentioned = mentioned.into_iter().filter(|name| state_in(flag, name).is_some()).cloned().collect();
        Self { required, mentioned }
    }
}

/// The result of joining.
pub(super) struct Joined {
    pub(super) rollout: Rollout,
    pub(super) summary: String,
    pub(super) since: Option<Date>,
    pub(super) environments: Arc<[String]>,
    pub(super) evidence: Vec<Evidence>,
}

/// A state after projection, parents and dates had their say.
struct Effective {
    environment: String,
    state: RolloutState,
    since: Option<Date>,
    at: Option<Location>,
}

pub(super) fn join(
    registry: &Registry,
    flag: &Flag,
    projection: Projection,
    scope: &Scope,
    policy: &Policy,
    today: Date,
) -> Joined {
    let ancestors = ancestors(registry, flag);
    let effective: Vec<Effective> = scope
        .required
        .iter()
        .map(|name| accept(effective(registry, flag, projection, name, &ancestors, policy, today), policy))
        .collect();
    let rollout = rollout(&effective);
    let since = match &rollout {
        Rollout::Everyone { .. } => {
            effective.iter().map(|one| one.since).collect::<Option<Vec<_>>>().and_then(|dates| dates.into_iter().max())
        }
        _ => None,
    };
    let mut summary = summary(&rollout, &effective, &scope.required);
    summary.shrink_to_fit();
    let evidence = evidence(flag, scope, effective);
    Joined { rollout, summary, since, environments: scope.required.as_slice().into(), evidence }
}

fn state_in<'a>(flag: &'a Flag, environment: &str) -> Option<&'a EnvironmentState> {
    flag.environments.get(environment).or_else(|| flag.environments.get(EVERY))
}

fn effective(
    registry: &Registry,
    flag: &Flag,
    projection: Projection,
    environment: &str,
    ancestors: &Result<Vec<Edge<'_>>, String>,
    policy: &Policy,
    today: Date,
) -> Effective {
    let unknown = |why: String, at| Effective {
        environment: environment.to_owned(),
        state: RolloutState::Unknown { why },
        since: None,
        at,
    };
    let Some(stated) = state_in(flag, environment) else {
        return unknown(format!("the registry says nothing about {environment}"), None);
    };
    let at = Some(stated.at.clone());
    let state = match (stated.seen(projection), unreadable(flag, projection)) {
        (Some(state), _) => state,
        (None, None) => &stated.state,
        (None, Some(why)) => return unknown(why, at),
    };
    let mut since = stated.since;
    if let Some(start) = since.filter(|since| *since > today) {
        return unknown(format!("the state is declared from {start} on, which is still to come"), at);
    }
    match ancestors {
        Err(why) => return unknown(why.clone(), at),
        Ok(edges) => {
            for edge in edges {
                match parent_since(registry, edge, environment, policy, today) {
                    Err(why) => return unknown(why, at),
                    Ok(parent) => since = since.zip(parent).map(|(own, parent)| own.max(parent)),
                }
            }
        }
    }
    Effective { environment: environment.to_owned(), state: state.clone(), since, at }
}

/// Takes away the premises that the configuration accepts, and says so beside the reason.
fn accept(mut effective: Effective, policy: &Policy) -> Effective {
    if let RolloutState::Constant { premises, why, .. } = &mut effective.state {
        premises.retain(|premise| {
            let accepted = policy.accepted.get(&premise.name());
            if let Some(reason) = accepted {
                *why = format!("{why}; accepted that {premise}: {reason}");
            }
            accepted.is_none()
        });
    }
    effective
}

/// Why a projection cannot be read off what the registry declares.
fn unreadable(flag: &Flag, projection: Projection) -> Option<String> {
    let type_name = flag.value_type.name();
    match (projection, flag.value_type) {
        (Projection::Enabled, ValueType::Bool | ValueType::Any) | (Projection::Value, _) => None,
        (Projection::Variant, ValueType::String | ValueType::Any) => None,
        (Projection::Enabled, _) => {
            Some(format!("the registry declares which {type_name} it serves, not whether it is enabled"))
        }
        (Projection::Variant, _) => {
            Some(format!("the registry declares which {type_name} it serves, not the name of a variation"))
        }
    }
}

/// "This flag needs that value of this parent."
struct Edge<'a> {
    child: &'a str,
    parent: &'a Flag,
    needed: &'a Value,
}

/// All edges above a flag. An error when one leads nowhere, in a circle, or when there are too many.
fn ancestors<'a>(registry: &'a Registry, flag: &'a Flag) -> Result<Vec<Edge<'a>>, String> {
    let mut edges = Vec::new();
    let mut seen: BTreeMap<&str, &Flag> = BTreeMap::from([(flag.key.as_str(), flag)]);
    let mut queue = vec![flag];
    while let Some(child) = queue.pop() {
        for (name, needed) in &child.requires {
            let parent = registry.flags.get(name);
            let Some(parent) = parent else {
                return Err(format!("`{}` requires `{name}`, which is not in the registry", child.key));
            };
            if edges.len() >= MAX_ANCESTORS {
                return Err(format!("more than {MAX_ANCESTORS} flags stand above it"));
            }
            edges.push(Edge { child: &child.key, parent, needed });
            if seen.insert(&parent.key, parent).is_none() {
                queue.push(parent);
            }
        }
    }
    // Flags without open parents are taken away until none is left, or only circles.
    let mut open: BTreeSet<&str> = seen.keys().copied().collect();
    loop {
        let free = open
            .iter()
            .copied()
            .find(|name| !edges.iter().any(|edge| edge.child == *name && open.contains(edge.parent.key.as_str())));
        match free {
            Some(name) => drop(open.remove(name)),
            None if open.is_empty() => return Ok(edges),
            None => {
                let names: Vec<String> = open.iter().map(|name| format!("`{name}`")).collect();
                return Err(format!("`requires` goes in a circle among {}", names.join(", ")));
            }
        }
    }
}

/// Since when a parent has had the needed value in an environment.
fn parent_since(
    registry: &Registry,
    edge: &Edge<'_>,
    environment: &str,
    policy: &Policy,
    today: Date,
) -> Result<Option<Date>, String> {
    let Edge { child, parent, needed } = edge;
    let key = &parent.key;
    if parent.archived {
        return Err(format!("`{child}` requires `{key}`, which is archived"));
    }
    if let Some(why) = parent.snapshots.iter().find_map(|snapshot| snapshot.untrusted(policy, today)) {
        return Err(format!("`{child}` requires `{key}`, and {why}"));
    }
    let places: Vec<&str> = match environment {
        // The child says the same for every environment, so its parent has to hold in each that counts for the parent.
        EVERY => parent
            .environments
            .keys()
            .filter(|name| !registry.informational.contains(name))
            .map(String::as_str)
            .collect(),
        _ => vec![environment],
    };
    let mut latest = Some(Date::MIN);
    if places.is_empty() {
        return Err(format!("`{child}` requires `{key}`, of which nothing is known"));
    }
    for name in places {
        let Some(stated) = state_in(parent, name) else {
            return Err(format!("`{child}` requires `{key}`, of which nothing is known in {name}"));
        };
        let served = match &stated.state {
            RolloutState::Constant { value, premises, .. } if premises.is_empty() => value,
            RolloutState::Off { value, .. } => value,
            _ => {
                let place = place(&[name.to_owned()]);
                return Err(format!(
                    "`{child}` requires `{key}` to be `{needed}`, which is not so for everyone in {place}"
                ));
            }
        };
        if served != *needed {
            let place = place(&[name.to_owned()]);
            return Err(format!("`{child}` requires `{key}` to be `{needed}`, but it serves `{served}` in {place}"));
        }
        if let Some(start) = stated.since.filter(|since| *since > today) {
            let place = place(&[name.to_owned()]);
            return Err(format!(
                "`{child}` requires `{key}` to be `{needed}`, which is declared from {start} on in {place}, still to come"
            ));
        }
        latest = latest.zip(stated.since).map(|(latest, since)| latest.max(since));
    }
    Ok(latest)
}

/// The join over the environments that must agree: unknown beats splitting beats constants, and constants must be equal.
fn rollout(states: &[Effective]) -> Rollout {
    if states.is_empty() {
        return Rollout::Unknown { why: "the registry says nothing about any environment that counts".to_owned() };
    }
    for one in states {
        if let RolloutState::Unknown { why } = &one.state {
            return Rollout::Unknown { why: why.clone() };
        }
    }
    let any = |wanted: fn(&RolloutState) -> bool| states.iter().any(|one| wanted(&one.state));
    if any(|state| matches!(state, RolloutState::Partial { .. })) {
        return Rollout::Partial;
    }
    if any(|state| matches!(state, RolloutState::Targeted { .. })) {
        return Rollout::Targeted;
    }
    if any(|state| matches!(state, RolloutState::CallDefault { .. })) {
        let all = states.iter().all(|one| matches!(one.state, RolloutState::CallDefault { .. }));
        return if all { Rollout::CallDefault } else { Rollout::Divergent };
    }
    let mut result: Option<(Value, bool, Vec<Premise>)> = None;
    for one in states {
        let (value, is_off, conditions) = match &one.state {
            RolloutState::Constant { value, premises, .. } => (value, false, premises.as_slice()),
            RolloutState::Off { value, .. } => (value, true, &[][..]),
            _ => continue,
        };
        match &mut result {
            None => result = Some((value.clone(), is_off, conditions.to_vec())),
            Some((known, ..)) if known != value => return Rollout::Divergent,
            Some((_, off, premises)) => {
                *off |= is_off;
                let new: Vec<Premise> = conditions.iter().filter(|one| !premises.contains(one)).cloned().collect();
                premises.extend(new);
            }
        }
    }
    match result {
        Some((value, off, premises)) => Rollout::Everyone { value, off, premises },
        None => Rollout::Unknown { why: "no environment serves a value".to_owned() },
    }
}

fn summary(rollout: &Rollout, states: &[Effective], required: &[String]) -> String {
    let place_of_all = place(required);
    let each = || {
        let lines = states.iter().map(|one| {
            let place = place(std::slice::from_ref(&one.environment));
            format!("{} in {place}", describe(&one.state))
        });
        lines.collect::<Vec<_>>().join("; ")
    };
    match rollout {
        Rollout::Everyone { value, off, premises } if premises.is_empty() => {
            let off = if *off { "is off and " } else { "" };
            format!("{off}serves `{value}` to everyone in {place_of_all}")
        }
        Rollout::Everyone { value, premises, .. } => {
            format!("serves `{value}` in {place_of_all}, provided that {}", together(premises))
        }
        Rollout::CallDefault => format!("leaves every call its own fallback in {place_of_all}"),
        Rollout::Partial | Rollout::Targeted | Rollout::Divergent => format!("serves {}", each()),
        Rollout::Unknown { why } => format!("is unknown: {why}"),
    }
}

fn evidence(flag: &Flag, scope: &Scope, states: Vec<Effective>) -> Vec<Evidence> {
    let required = states.into_iter().map(|one| Evidence {
        text: describe(&one.state),
        environment: one.environment,
        required: true,
        since: one.since,
        at: one.at,
    });
    let mentioned = scope.mentioned.iter().filter_map(|name| {
        let stated = state_in(flag, name)?;
        Some(Evidence {
            environment: name.clone(),
            required: false,
            text: describe(&stated.state),
            since: stated.since,
            at: Some(stated.at.clone()),
        })
    });
    let mut evidence = Vec::with_capacity(scope.required.len() + scope.mentioned.len());
    evidence.extend(required.chain(mentioned));
    evidence.iter_mut().for_each(|one: &mut Evidence| one.text.shrink_to_fit());
    evidence
}

/// What removal changes in environments that are only mentioned.
pub(super) fn mentions(flag: &Flag, joined: &Joined, scope: &Scope) -> Vec<String> {
    let Rollout::Everyone { value: kept, .. } = &joined.rollout else { return Vec::new() };
    let differing = scope.mentioned.iter().filter_map(|name| {
        let stated = state_in(flag, name)?;
        match &stated.state {
            RolloutState::Constant { value, premises, .. } if premises.is_empty() && value == kept => None,
            RolloutState::Off { value, .. } if value == kept => None,
            state => Some(format!("{name} serves {}; removal makes it `{kept}` there", describe(state))),
        }
    });
    differing.collect()
}
