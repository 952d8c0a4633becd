//! DevCycle: features as the management API lists them. Owns their targeting; code reads variables, which each feature has
//! several of, so that a variable is the flag.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{Flag, FlagKind, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, common_type, day};
use super::steps::{Outcome, Step, When, settle};
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "devcycle", title: "DevCycle", recognises, read };

const KINDS: [(&str, FlagKind); 4] = [
    ("release", FlagKind::Release),
    ("experiment", FlagKind::Experiment),
    ("permission", FlagKind::Permission),
    ("ops", FlagKind::Ops),
];
const CONFIGURATION: [&str; 13] = [
    "_id",
    "_feature",
    "_environment",
    "_createdBy",
    "status",
    "startedAt",
    "updatedAt",
    "createdAt",
    "targets",
    "readonly",
    "hasStaticConfig",
    "environment",
    "type",
];
const TARGET: [&str; 6] = ["_id", "name", "audience", "distribution", "rollout", "bucketingKey"];

fn features<'a>(root: &At<'a>) -> Vec<At<'a>> {
    if root.is_map() { vec![root.clone()] } else { root.items() }
}

fn recognises(root: &At<'_>) -> bool {
    features(root).first().is_some_and(|at| {
        at.has("key") && at.has("variations") && (at.has("configurations") || at.has("_project")) && at.has("variables")
    })
}

fn read(reading: &mut Reading, root: &At<'_>) {
    let features = features(root);
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for key in features.iter().flat_map(variables) {
        *owners.entry(key).or_default() += 1;
    }
    let mut told = BTreeSet::new();
    for at in &features {
        if at.text("key").is_none() {
            reading.keyless(at, "key");
            continue;
        }
        for key in variables(at) {
            if !told.insert(key) {
                continue;
            }
            let mut flag = metadata(reading, at, key);
            let variations = at.list("variations");
            let values: Vec<Value> =
                variations.iter().filter_map(|one| one.get("variables")?.get(key)?.value()).collect();
            flag.value_type = common_type(values.iter());
            for value in values {
                if !flag.variations.contains(&value) {
                    flag.variations.push(value);
                }
            }
            let shared = owners.get(key).is_some_and(|owners| *owners > 1);
            states(reading, at, &mut flag, shared);
            reading.add(flag);
        }
    }
}

/// The keys of a feature's variables, each once.
fn variables<'a>(at: &At<'a>) -> BTreeSet<&'a str> {
    let listed = at.list("variables").into_iter().filter_map(|variable| variable.text("key")).collect::<Vec<_>>();
    let served = at.list("variations").into_iter().filter_map(|variation| variation.get("variables"));
    let served: Vec<&'a str> = served.flat_map(|variables| variables.map()).map(|entry| entry.key).collect();
    listed.into_iter().chain(served).collect()
}

fn metadata(reading: &mut Reading, at: &At<'_>, key: &str) -> Flag {
    let mut flag = reading.flag(key, at.field("key").unwrap_or(at.node));
    if let (Some(word), Some(node)) = (at.text("type"), at.field("type")) {
        flag.kind = reading.kind(word, node, &KINDS);
        flag.kind_given = true;
    }
    flag.tags = at.texts("tags");
    flag.created = day(at.field("createdAt"));
    flag.archived = at.text("status") == Some("archived");
    flag.description = at.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
    flag
}

fn states(reading: &Reading, at: &At<'_>, flag: &mut Flag, shared: bool) {
    if !at.has("configurations") {
        let why = at.because("the document has no `configurations`");
        let mut state = reading.state(RolloutState::Unknown { why }, None, at.node);
        state.summary = true;
        flag.environments.insert(EVERY.to_owned(), state);
    }
    for configuration in at.list("configurations") {
        let Some(environment) = configuration.text("_environment") else { continue };
        let state = if shared {
            RolloutState::Unknown { why: at.because("several features have this variable") }
        } else {
            state(at, &configuration, &flag.key)
        };
        let since = day(configuration.field("updatedAt"));
        flag.environments.insert(environment.to_owned(), reading.state(state, since, configuration.node));
    }
    if flag.environments.is_empty() {
        let why = at.because("no environment is configured");
        flag.environments.insert(EVERY.to_owned(), reading.state(RolloutState::Unknown { why }, None, at.node));
    }
}

/// Whom nothing targets gets the call's own fallback.
fn state(feature: &At<'_>, at: &At<'_>, variable: &str) -> RolloutState {
    if let Some(why) = at.stray(&CONFIGURATION) {
        return RolloutState::Unknown { why };
    }
    let settings = feature.get("settings");
    if settings.is_some_and(|settings| settings.truth("optInEnabled") == Some(true)) {
        return RolloutState::Unknown { why: feature.near("settings").because("users may opt in") };
    }
    match at.text("status") {
        Some("active") => {}
        Some("inactive") => return RolloutState::CallDefault { why: at.because("`status` is inactive") },
        _ => return RolloutState::Unknown { why: at.because("`status` is neither active nor inactive") },
    }
    if !at.is_list("targets") {
        return RolloutState::Unknown { why: at.because("no list of `targets`") };
    }
    let mut steps = Vec::new();
    for target in at.list("targets") {
        if let Some(why) = target.stray(&TARGET) {
            steps.push(Step::one(When::Unclear(why.clone()), Outcome::Unclear(why.clone()), why));
            continue;
        }
        let mut when = audience(&target);
        if target.field("rollout").is_some() {
            // Stages and dates: who is in changes by itself.
            when = when.and(When::Unclear(target.near("rollout").because("a rollout in time")));
        }
        steps.push(Step { when, gives: distribution(feature, &target, variable), why: target.because("a target") });
    }
    steps.push(Step::one(When::Always, Outcome::Fallback, at.because("no target is for everyone")));
    settle(&steps)
}

fn audience(target: &At<'_>) -> When {
    let filters = target.get("audience").and_then(|audience| audience.get("filters"));
    let Some(filters) = filters else { return When::Unclear(target.because("a target without `audience.filters`")) };
    if let Some(why) = filters.stray(&["operator", "filters"]) {
        return When::Unclear(why);
    }
    let list = filters.list("filters");
    let all = |filter: &At<'_>| filter.text("type") == Some("all") && filter.stray(&["type", "_audiences"]).is_none();
    let everyone = match filters.text("operator") {
        Some("and") => !list.is_empty() && list.iter().all(all),
        Some("or") => list.iter().any(all),
        _ => false,
    };
    if everyone { When::Always } else { When::Sometimes(filters.because("an audience")) }
}

fn distribution(feature: &At<'_>, target: &At<'_>, variable: &str) -> Vec<(Outcome, Option<f64>)> {
    let mut gives = Vec::new();
    let mut sum = 0.0;
    for part in target.list("distribution") {
        let proper = part.stray(&["_variation", "percentage"]).is_none();
        let share = part.number("percentage").filter(|share| *share >= 0.0 && proper);
        let (Some(share), Some(id)) = (share, part.text("_variation")) else {
            return vec![(Outcome::Unclear(part.because("a part without variation or percentage")), None)];
        };
        sum += share;
        if share > 0.0 {
            gives.push((served(feature, id, variable, &part), Some(100.0 * share)));
        }
    }
    if (sum - 1.0).abs() > 1e-9 {
        gives.push((Outcome::Unclear(target.because("percentages that do not add up to 1")), None));
    }
    gives
}

/// The variable's value in a variation, which targets name by its id or key.
fn served(feature: &At<'_>, id: &str, variable: &str, part: &At<'_>) -> Outcome {
    let variations = feature.list("variations");
    let named = variations.iter().find(|one| one.text("_id") == Some(id) || one.text("key") == Some(id));
    let Some(variation) = named else {
        return Outcome::Unclear(part.because("a variation that is not in the document"));
    };
    match variation.get("variables").map(|variables| variables.get(variable)) {
        Some(Some(value)) => {
            value.value().map_or_else(|| Outcome::Unclear(value.because("a value that cannot be held")), Outcome::Value)
        }
        Some(None) => Outcome::Fallback,
        None => Outcome::Unclear(variation.because("a variation without `variables`")),
    }
}
