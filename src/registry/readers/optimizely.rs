//! Optimizely Feature Experimentation: the datafile of an environment. Owns experiments and rollouts of a flag; whether it is
//! on and the key of its variation are different projections, and variables have values of their own.

use std::collections::BTreeMap;

use super::super::model::{FlagKind, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::Reading;
use super::steps::{Outcome, Step, When, settle};
use crate::resolve::Projection;
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "optimizely", title: "Optimizely", recognises, read };

/// The end of the last bucket.
const ALL: f64 = 10_000.0;

const FLAG: [&str; 5] = ["id", "key", "rolloutId", "experimentIds", "variables"];
const RULE: [&str; 10] = [
    "id",
    "key",
    "status",
    "layerId",
    "audienceIds",
    "audienceConditions",
    "trafficAllocation",
    "forcedVariations",
    "variations",
    "name",
];
const VARIATION: [&str; 5] = ["id", "key", "name", "featureEnabled", "variables"];

fn recognises(root: &At<'_>) -> bool {
    root.has("rollouts") && root.list("featureFlags").first().is_some_and(|at| at.has("key") && at.has("rolloutId"))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    let mut rollouts: BTreeMap<&str, At<'_>> = BTreeMap::new();
    for rollout in root.list("rollouts") {
        if let Some(id) = rollout.text("id") {
            rollouts.insert(id, rollout);
        }
    }
    let groups = root.list("groups");
    let mut experiments: BTreeMap<&str, At<'_>> = BTreeMap::new();
    for experiment in
        root.list("experiments").into_iter().chain(groups.iter().flat_map(|group| group.list("experiments")))
    {
        if let Some(id) = experiment.text("id") {
            experiments.insert(id, experiment);
        }
    }
    let held_out = !root.is_empty("holdouts");
    let environment = root.text("environmentKey").filter(|key| !key.is_empty()).unwrap_or(EVERY);
    for at in root.list("featureFlags") {
        let Some(key) = at.text("key") else {
            reading.keyless(&at, "key");
            continue;
        };
        let mut flag = reading.flag(key, at.field("key").unwrap_or(at.node));
        if !at.is_empty("experimentIds") {
            flag.kind = FlagKind::Experiment;
        }
        let steps = if held_out {
            vec![unclear(root.near("holdouts").because("who is held out of everything is not concluded upon"))]
        } else {
            steps(&at, &rollouts, &experiments)
        };
        let enabled = settle(&steps.iter().map(|step| seen(step, |served| served.enabled.clone())).collect::<Vec<_>>());
        let variant = settle(&steps.iter().map(|step| seen(step, |served| served.key.clone())).collect::<Vec<_>>());
        let mut state = reading.state(off(enabled), None, at.node);
        state.seen.push((Projection::Variant, variant));
        if !at.is_empty("variables") {
            let why = at.near("variables").because("variables have values of their own");
            state.seen.push((Projection::Value, RolloutState::Unknown { why }));
        }
        flag.environments.insert(environment.to_owned(), state);
        reading.add(flag);
    }
}

/// A flag that is on for nobody.
fn off(state: RolloutState) -> RolloutState {
    match state {
        RolloutState::Constant { value: Value::Bool(false), premises, why } if premises.is_empty() => {
            RolloutState::Off { value: Value::Bool(false), why }
        }
        other => other,
    }
}

/// What a user who is bucketed gets.
#[derive(Clone)]
struct Served {
    enabled: Outcome,
    key: Outcome,
}

/// A step before it is asked whether it is on or which variation it is.
struct Rule {
    when: When,
    gives: Vec<(Served, Option<f64>)>,
    why: String,
}

fn seen(rule: &Rule, which: impl Fn(&Served) -> Outcome) -> Step {
    let gives = rule.gives.iter().map(|(served, share)| (which(served), *share)).collect();
    Step { when: rule.when.clone(), gives, why: rule.why.clone() }
}

fn both(outcome: Outcome) -> Served {
    Served { enabled: outcome.clone(), key: outcome }
}

fn unclear(why: String) -> Rule {
    Rule { when: When::Unclear(why.clone()), gives: vec![(both(Outcome::Unclear(why.clone())), None)], why }
}

/// Experiments first, then the rules of the rollout, the last of which is for everyone else; who is in none is off.
fn steps(at: &At<'_>, rollouts: &BTreeMap<&str, At<'_>>, experiments: &BTreeMap<&str, At<'_>>) -> Vec<Rule> {
    if let Some(why) = at.stray(&FLAG) {
        return vec![unclear(why)];
    }
    let mut steps = Vec::new();
    if !at.is_list_or_absent("experimentIds") {
        steps.push(unclear(at.because("`experimentIds` is no list")));
    }
    let ids = at.texts("experimentIds");
    if ids.len() != at.list("experimentIds").len() {
        steps.push(unclear(at.because("an experiment without an id")));
    }
    for id in ids {
        match experiments.get(id.as_str()) {
            Some(experiment) => steps.extend(rule(experiment, true)),
            None => steps.push(unclear(at.because(&format!("experiment `{id}` is not in the document")))),
        }
    }
    match at.text("rolloutId") {
        Some("") => {}
        Some(id) => match rollouts.get(id) {
            Some(rollout) if rollout.is_list("experiments") && rollout.stray(&["id", "experiments"]).is_none() => {
                steps.extend(rollout.list("experiments").iter().flat_map(|one| rule(one, false)));
            }
            _ => steps.push(unclear(at.because(&format!("rollout `{id}` is not in the document")))),
        },
        None => steps.push(unclear(at.because("no `rolloutId`"))),
    }
    let none = Served { enabled: Outcome::truth(false), key: Outcome::Value(Value::Null) };
    steps.push(Rule { when: When::Always, gives: vec![(none, None)], why: at.because("no rule is for everyone") });
    steps
}

/// One rule: for whom it is, and the variations that it has buckets for.
fn rule(at: &At<'_>, experiment: bool) -> Vec<Rule> {
    if let Some(why) = at.stray(&RULE) {
        return vec![unclear(why)];
    }
    for list in ["audienceIds", "trafficAllocation", "variations"] {
        if !at.is_list(list) {
            return vec![unclear(at.because(&format!("`{list}` is no list")))];
        }
    }
    let variations = at.list("variations");
    let mut rules = Vec::new();
    if !at.is_empty("forcedVariations") {
        let gives = variations.iter().map(|variation| (served(variation), None)).collect();
        let why = at.near("forcedVariations").because("variations that are forced on users");
        rules.push(Rule { when: When::Sometimes(why.clone()), gives, why });
    }
    let mut when = When::Always;
    if !at.is_empty("audienceIds") || !at.is_empty("audienceConditions") {
        when = when.and(When::Sometimes(at.because("audiences")));
    }
    match at.text("status") {
        Some("Running") if !experiment => {}
        _ => when = when.and(When::Sometimes(at.because("an experiment, or what does not run"))),
    }
    let mut gives = Vec::new();
    let mut start = 0.0;
    let mut rest = false;
    for bucket in at.list("trafficAllocation") {
        let proper = bucket.stray(&["entityId", "endOfRange"]).is_none();
        let end = bucket.number("endOfRange").filter(|end| *end >= start && proper);
        let (Some(end), Some(id)) = (end, bucket.text("entityId")) else {
            return vec![unclear(bucket.because("a bucket without variation or end"))];
        };
        if end > start {
            match variations.iter().find(|variation| variation.text("id") == Some(id)) {
                Some(variation) => gives.push((served(variation), Some((end - start) / ALL * 100.0))),
                // No variation has no id.
                None if id.is_empty() => rest = true,
                None => return vec![unclear(bucket.because("a variation that is not in the document"))],
            }
        }
        start = end;
    }
    if start < ALL || rest {
        when = when.and(When::Share((start / ALL * 100.0).min(100.0), None));
    }
    if !gives.is_empty() {
        rules.push(Rule { when, gives, why: at.because("a rule") });
    }
    rules
}

fn served(variation: &At<'_>) -> Served {
    if let Some(why) = variation.stray(&VARIATION) {
        return both(Outcome::Unclear(why));
    }
    let unclear = |why: &str| Outcome::Unclear(variation.because(why));
    Served {
        enabled: match variation.truth("featureEnabled") {
            Some(on) => Outcome::truth(on),
            None => unclear("`featureEnabled` is not true or false"),
        },
        key: match variation.text("key") {
            Some(key) => Outcome::Value(Value::String(key.to_owned())),
            None => unclear("a variation without `key`"),
        },
    }
}
