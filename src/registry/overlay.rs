//! Several documents about the same flags: pages of one provider, and a native file over them. Owns which of them wins:
//! a full document over a list, and of two that contradict each other neither. A native file adds metadata and caution,
//! never certainty.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::Problem;
use super::model::{EnvironmentState, Flag, FlagKind, Registry, RolloutState};
use super::native::{Given, Reader};
use super::premise::together;
use super::verdict::{EVERY, describe};
use crate::resolve::Projection;
use crate::source::Location;
use crate::value::Value;

/// Adds what a document says about a flag that leaves its state open, whoever wrote it.
pub(super) fn annotate(first: &mut Flag, description: Flag) {
    metadata(first, description.metadata());
}

/// Adds what a further document of a vendor says about a flag. `same_provider` tells whether both are of one vendor.
pub(super) fn add(first: &mut Flag, more: Flag, same_provider: bool, others: &str) {
    let details = more.metadata();
    for snapshot in &more.snapshots {
        if !first.snapshots.contains(snapshot) {
            first.snapshots.push(Arc::clone(snapshot));
        }
    }
    if !same_provider {
        // One key, two providers: which of them the code asks cannot be told.
        let why = format!("two providers have a flag of this key, one in {others}");
        for state in first.environments.values_mut() {
            doubt(state, &why);
        }
        let at = more.at.clone();
        for (name, _) in more.environments {
            first.environments.insert_new(name, || unknown(why.clone(), at.clone()));
        }
        return metadata(first, details);
    }
    let contradiction = format!(
        "two documents contradict each other about it, one of them {others}; `paths` in `[[registries]]` maps two projects to their code"
    );
    // What one document says of every environment it says of those, too, that only the other one names.
    let of_all = |flag: &Flag| flag.environments.get(EVERY).filter(|state| !state.summary).cloned();
    let (own, other) = (of_all(first), of_all(&more));
    if let Some(other) = &other {
        let only = |name: &&String| *name != EVERY && !more.environments.contains_key(name);
        let named: Vec<String> = first.environments.keys().filter(only).cloned().collect();
        for name in named {
            if let Some(known) = first.environments.get_mut(&name).filter(|known| contradicts(known, other)) {
                doubt(known, &contradiction);
            }
        }
    }
    for (name, mut state) in more.environments {
        if !first.environments.contains_key(&name) && own.as_ref().is_some_and(|own| contradicts(&state, own)) {
            doubt(&mut state, &contradiction);
        }
        let refuted = state.refuted.clone().or_else(|| first.environments.get(&name)?.refuted.clone());
        match first.environments.get_mut(&name) {
            None => drop(first.environments.insert(name.clone(), state)),
            Some(known) if known.summary => {
                let since = state.since.or(known.since);
                *known = EnvironmentState { since, ..state };
            }
            Some(known) if state.summary => known.since = known.since.or(state.since),
            Some(known) if known.state == state.state && known.seen == state.seen => {
                // The later date, or none, is the more cautious one.
                known.since = known.since.zip(state.since).map(|(left, right)| left.max(right));
            }
            Some(known) if same_value(&known.state, &state.state) => {
                known.seen = agreed(known, &state, &contradiction);
                known.since = known.since.zip(state.since).map(|(left, right)| left.max(right));
            }
            Some(known) => doubt(known, &contradiction),
        }
        if let (Some(why), Some(known)) = (refuted, first.environments.get_mut(&name)) {
            refute(known, why);
        }
    }
    // What is true everywhere is true of an environment that a document only names.
    if first.environments.get(EVERY).is_some_and(|state| !state.summary) {
        let named: Vec<String> =
            first.environments.iter().filter(|(_, state)| state.summary).map(|(name, _)| name.clone()).collect();
        for name in named {
            let refuted = first.environments.remove(&name).and_then(|state| state.refuted);
            if let (Some(why), Some(every)) = (refuted, first.environments.get_mut(EVERY)) {
                refute(every, why);
            }
        }
    }
    // A list without environments says nothing that another document does not say better.
    if first.environments.len() > 1 && first.environments.get(EVERY).is_some_and(|state| state.summary) {
        first.environments.remove(EVERY);
    }
    if first.value_type != more.value_type {
        first.value_type = crate::value::ValueType::Any;
    }
    metadata(first, details);
}

/// What a document says about every environment holds for the one that its file is about.
pub(super) fn place(flag: &mut Flag, environment: &str) {
    if let Some(state) = flag.environments.remove(EVERY) {
        flag.environments.insert_new(environment.to_owned(), || state);
    }
}

/// The same value with the same premises, for whatever reasons.
fn same_value(left: &RolloutState, right: &RolloutState) -> bool {
    match (left, right) {
        (
            RolloutState::Constant { value: left, premises: given, .. },
            RolloutState::Constant { value: right, premises, .. },
        ) => left == right && given == premises,
        (RolloutState::Off { value: left, .. }, RolloutState::Off { value: right, .. }) => left == right,
        _ => false,
    }
}

/// Whether a document says something else of an environment than another one says of all.
fn contradicts(named: &EnvironmentState, of_all: &EnvironmentState) -> bool {
    let alike = |left: &RolloutState, right: &RolloutState| left == right || same_value(left, right);
    let views = agreed(named, of_all, "");
    !named.summary
        && (!alike(&named.state, &of_all.state)
            || views.iter().any(|(which, state)| named.seen(*which).unwrap_or(&named.state) != state))
}

/// What both say of each projection that one of them tells apart; where they differ, neither counts.
fn agreed(left: &EnvironmentState, right: &EnvironmentState, contradiction: &str) -> Vec<(Projection, RolloutState)> {
    let told_apart = |which: &Projection| left.seen(*which).or(right.seen(*which)).is_some();
    let view = |which| {
        let (own, other) = (left.seen(which).unwrap_or(&left.state), right.seen(which).unwrap_or(&right.state));
        let agree = own == other || same_value(own, other);
        (which, if agree { own.clone() } else { RolloutState::Unknown { why: contradiction.to_owned() } })
    };
    [Projection::Enabled, Projection::Value, Projection::Variant].into_iter().filter(told_apart).map(view).collect()
}

fn unknown(why: String, at: Location) -> EnvironmentState {
    EnvironmentState::plain(RolloutState::Unknown { why }, None, at)
}

fn doubt(state: &mut EnvironmentState, why: &str) {
    *state = unknown(why.to_owned(), state.at.clone());
}

/// Takes a constant back that somebody saw not to be one.
fn refute(state: &mut EnvironmentState, why: String) {
    let constant = |state: &RolloutState| matches!(state, RolloutState::Constant { .. });
    if constant(&state.state) || state.seen.iter().any(|(_, state)| constant(state)) {
        doubt(state, &format!("its rules say one value for everyone, but {why}"));
    }
    state.refuted = Some(why);
}

/// What a document says about a flag besides what it serves.
struct Metadata {
    kind: FlagKind,
    kind_given: bool,
    permanent: Option<bool>,
    archived: bool,
    created: Option<jiff::civil::Date>,
    expires: Option<jiff::civil::Date>,
    description: Option<String>,
    lists: [Vec<String>; 4],
}

impl Flag {
    fn metadata(&self) -> Metadata {
        Metadata {
            kind: self.kind,
            kind_given: self.kind_given,
            permanent: self.permanent,
            archived: self.archived,
            created: self.created,
            expires: self.expires,
            description: self.description.clone(),
            lists: [self.owners.clone(), self.tags.clone(), self.aliases.clone(), self.children.clone()],
        }
    }
}

fn metadata(first: &mut Flag, more: Metadata) {
    if is_removable(first.kind) {
        first.kind = more.kind;
    }
    first.kind_given |= more.kind_given;
    first.permanent = if more.permanent == Some(true) { Some(true) } else { first.permanent.or(more.permanent) };
    first.archived |= more.archived;
    first.created = first.created.or(more.created);
    first.expires = first.expires.or(more.expires);
    first.description = first.description.take().or(more.description);
    let lists = [&mut first.owners, &mut first.tags, &mut first.aliases, &mut first.children];
    for (known, added) in lists.into_iter().zip(more.lists) {
        let seen: BTreeSet<String> = known.iter().cloned().collect();
        known.extend(added.into_iter().filter(|name| !seen.contains(name)));
    }
}

fn is_removable(kind: FlagKind) -> bool {
    matches!(kind, FlagKind::Release | FlagKind::Experiment)
}

/// Lays what a native file declares about a flag over what a provider's document says of it.
pub(super) fn declare(first: &mut Flag, declared: Flag, given: Given, place: &str, reader: &mut Reader) {
    let mut problem = |message: String, at: &Location, help: &str| {
        let here = format!("the provider's document is {place}");
        reader.problems.push(Problem::new(message, at.span.clone(), here).help(help.to_owned()));
    };
    if given.value_type && declared.value_type != first.value_type {
        let (own, other) = (declared.value_type.name(), first.value_type.name());
        let message = format!("flag `{}` is declared to be of type {own}, and the provider says {other}", first.key);
        return problem(message, &declared.at, "leave `type` to the provider's document");
    }
    if given.kind && !is_removable(first.kind) && is_removable(declared.kind) {
        let (own, other) = (declared.kind.name(), first.kind.name());
        let message = format!("flag `{}` is declared to be of kind {own}, and the provider says {other}", first.key);
        return problem(message, &declared.at, "change the kind at the provider; a native file only adds caution");
    }
    let details = declared.metadata();
    if given.state {
        for (name, state) in declared.environments {
            let known: Vec<&mut EnvironmentState> = if name == EVERY {
                first.environments.values_mut().collect()
            } else {
                first.environments.get_mut(&name).into_iter().collect()
            };
            if known.is_empty() {
                let message = format!("flag `{}` has no environment `{name}` at the provider", first.key);
                problem(message, &state.at, "declare states of flags that the provider does not have, or of none");
            }
            for known in known {
                if let Some(reason) = &given.overrides {
                    replace(known, &state, place, reason);
                } else if let Err(says) = caution(known, &state) {
                    let own = describe(&state.state);
                    let message = format!("flag `{}` is declared to serve {own}, but the provider: {says}", first.key);
                    problem(message, &state.at, CAUTION);
                }
            }
        }
    } else if let Some(plan) = declared.environments.get(EVERY).and_then(|state| state.schedule.as_ref()) {
        for known in first.environments.values_mut() {
            known.schedule = Some(plan.clone());
        }
    }
    if given.kind {
        first.kind = declared.kind;
    }
    let kind = first.kind;
    metadata(first, Metadata { kind, ..details });
}

/// What a native file may do to what a provider says.
const CAUTION: &str = "a native file adds caution to what a provider says, never certainty, unless it says `override: true` \
                       and a `reason`";

/// Takes over a state whatever the provider says, with both in the reason.
fn replace(known: &mut EnvironmentState, declared: &EnvironmentState, place: &str, reason: &str) {
    let said = format!("overrides {place}, which says {}", describe(&known.state));
    let mut state = declared.state.clone();
    match &mut state {
        RolloutState::Constant { why, .. }
        | RolloutState::Off { why, .. }
        | RolloutState::CallDefault { why }
        | RolloutState::Targeted { why }
        | RolloutState::Unknown { why } => {
            let reason = if why.contains(reason) { String::new() } else { format!(": {reason}") };
            *why = format!("{why}; {said}{reason}");
        }
        RolloutState::Partial { .. } => {}
    }
    let schedule = declared.schedule.clone().or(known.schedule.take());
    *known = EnvironmentState { schedule, ..EnvironmentState::plain(state, declared.since, declared.at.clone()) };
}

/// Takes over a more cautious state. An error when the declared one is more certain than the known one.
fn caution(known: &mut EnvironmentState, declared: &EnvironmentState) -> Result<(), String> {
    match &declared.state {
        RolloutState::Constant { value, .. } | RolloutState::Off { value, .. } => match &known.state {
            RolloutState::Constant { value: served, .. } | RolloutState::Off { value: served, .. }
                if served == value =>
            {
                known.schedule = declared.schedule.clone().or(known.schedule.take());
                known.since = match (known.since, declared.since) {
                    (Some(known), Some(declared)) => Some(known.max(declared)),
                    (known, declared) => known.or(declared),
                };
                let seen = known.seen.iter_mut().map(|(_, state)| state);
                for state in std::iter::once(&mut known.state).chain(seen) {
                    let RolloutState::Constant { premises: more, .. } = &declared.state else { continue };
                    match state {
                        RolloutState::Constant { premises, .. } => {
                            premises.extend(more.iter().cloned());
                            premises.sort();
                            premises.dedup();
                        }
                        RolloutState::Off { .. } if more.is_empty() => {}
                        // As in a native file alone: nothing is off provided that something holds.
                        RolloutState::Off { value: Value::Bool(false), why } => {
                            let (value, premises, why) = (Value::Bool(false), more.clone(), why.clone());
                            *state = RolloutState::Constant { value, premises, why };
                        }
                        RolloutState::Off { why, .. } => {
                            let why = format!("off ({why}), provided that {}", together(more));
                            *state = RolloutState::Unknown { why };
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
            state => Err(describe(state)),
        },
        state => {
            let schedule = declared.schedule.clone().or(known.schedule.take());
            *known = EnvironmentState { schedule, ..EnvironmentState::plain(state.clone(), None, declared.at.clone()) };
            Ok(())
        }
    }
}

/// Environments that must agree when nobody says so: those that are production by their type or name, if any are.
pub(super) fn settle(registry: &mut Registry, production: &BTreeSet<String>, informational: &BTreeSet<String>) {
    if !registry.required.is_empty() || !registry.informational.is_empty() {
        return;
    }
    let names: BTreeSet<&String> =
        registry.flags.values().flat_map(|flag| flag.environments.keys()).filter(|name| *name != EVERY).collect();
    let (required, others): (Vec<&String>, Vec<&String>) =
        names.into_iter().partition(|name| production.contains(*name) || is_production(name));
    if !required.is_empty() {
        let (required, others) = (required.into_iter().cloned().collect(), others.into_iter().cloned().collect());
        registry.required = required;
        registry.informational = others;
    } else {
        registry.informational = informational.iter().cloned().collect();
    }
}

/// Whether an environment is production by its name.
pub fn is_production(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_lowercase);
    words.any(|word| matches!(word.as_str(), "prod" | "production" | "prd" | "live"))
}
