//! Statsig: gates as the console lists them, and the specifications that server SDKs download. Owns their rules, the first
//! matching one of which decides, whatever its percentage says.

use std::collections::BTreeSet;

use super::super::model::{FlagKind, Premise, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, cautious_kind, day};
use super::steps::{Outcome, Step, When, settle};
use crate::value::{Value, ValueType};

pub(super) const FORMAT: Format = Format { name: "statsig", title: "Statsig", recognises, read };

/// Fields of a gate that do not decide what it serves.
const GATE: [&str; 34] = [
    "id",
    "name",
    "description",
    "idType",
    "isEnabled",
    "status",
    "type",
    "typeReason",
    "createdTime",
    "creatorID",
    "creatorName",
    "creatorEmail",
    "lastModifiedTime",
    "lastModifierID",
    "lastModifierName",
    "lastModifierEmail",
    "owner",
    "team",
    "teamID",
    "tags",
    "targetApps",
    "holdoutIDs",
    "checksPerHour",
    "rules",
    "overrides",
    "measureMetricLifts",
    "monitoringMetrics",
    "stalenessReason",
    "isTemplate",
    "version",
    "reviewSettings",
    "allocatedLayers",
    "createdTimeISO",
    "permalink",
];
const RULE: [&str; 8] = [
    "id",
    "baseID",
    "name",
    "passPercentage",
    "conditions",
    "environments",
    "pendingAutomatedRollouts",
    "automatedRollouts",
];
const SPEC: [&str; 13] = [
    "name",
    "type",
    "salt",
    "enabled",
    "defaultValue",
    "rules",
    "isDeviceBased",
    "idType",
    "entity",
    "version",
    "checksum",
    "targetAppIDs",
    "explicitParameters",
];
const SPEC_RULE: [&str; 9] =
    ["name", "groupName", "passPercentage", "conditions", "returnValue", "id", "salt", "isDeviceBased", "idType"];
const CONDITION: [&str; 8] =
    ["type", "operator", "targetValue", "field", "additionalValues", "isDeviceBased", "idType", "customID"];
/// Other types make an SDK that does not know them give the gate up.
const CONDITIONS: [&str; 26] = [
    "public",
    "passes_gate",
    "fails_gate",
    "passes_segment",
    "fails_segment",
    "user_id",
    "unit_id",
    "email",
    "country",
    "locale",
    "app_version",
    "browser_name",
    "browser_version",
    "os_name",
    "os_version",
    "device_model",
    "ip_address",
    "custom_field",
    "user_field",
    "environment_field",
    "environment",
    "ip_based",
    "ua_based",
    "user_bucket",
    "current_time",
    "time",
];

fn gates<'a>(root: &At<'a>) -> Vec<At<'a>> {
    match root.get("data") {
        Some(data) if data.is_map() => vec![data],
        Some(data) => data.items(),
        None => vec![root.clone()],
    }
}

fn recognises(root: &At<'_>) -> bool {
    let gate = |at: &At<'_>| at.has("id") && at.has("isEnabled") && at.has("rules");
    let spec = |at: &At<'_>| at.has("name") && at.has("enabled") && at.has("defaultValue") && at.has("rules");
    root.list("feature_gates").iter().chain(&root.list("dynamic_configs")).take(1).any(spec)
        || gates(root).first().is_some_and(gate)
}

fn read(reading: &mut Reading, root: &At<'_>) {
    if root.has("feature_gates") || root.has("dynamic_configs") {
        return specifications(reading, root);
    }
    if let Some(pages) = root.get("pagination")
        && pages.field("nextPage").is_some()
    {
        reading.incomplete(pages.node, "`nextPage` leads to a further page");
    }
    for at in gates(root) {
        let Some(id) = at.text("id") else {
            reading.keyless(&at, "id");
            continue;
        };
        let mut flag = reading.flag(id, at.field("id").unwrap_or(at.node));
        flag.tags = at.texts("tags");
        flag.kind = cautious_kind(&flag.tags).unwrap_or_default();
        flag.permanent = match at.text("type") {
            Some("PERMANENT") => Some(true),
            Some("TEMPORARY") => Some(false),
            _ => None,
        };
        flag.created = day(at.field("createdTime"));
        flag.archived = at.text("status").is_some_and(|status| status.eq_ignore_ascii_case("archived"));
        flag.description = at.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
        let owner = at.get("owner").and_then(|owner| owner.text("ownerEmail"));
        flag.owners =
            owner.into_iter().chain(at.text("team")).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let state = gate(&at);
        flag.environments.insert(EVERY.to_owned(), reading.state(state, day(at.field("lastModifiedTime")), at.node));
        reading.add(flag);
    }
}

fn gate(at: &At<'_>) -> RolloutState {
    let unknown = |why: String| RolloutState::Unknown { why };
    if let Some(why) = at.stray(&GATE) {
        return unknown(why);
    }
    for list in ["holdoutIDs", "targetApps"] {
        if !at.is_empty(list) {
            return unknown(at.near(list).because("who is left out is not in the document"));
        }
    }
    match at.truth("isEnabled") {
        Some(true) => {}
        Some(false) => return RolloutState::Off { value: Value::Bool(false), why: at.because("`isEnabled` is false") },
        None => return unknown(at.because("`isEnabled` is not true or false")),
    }
    let mut steps = Vec::new();
    match at.get("overrides") {
        None => {
            let why = at.because("the overrides of the gate are not in the document");
            let when = When::Unless(vec![Premise::NoIdentityOverrides]);
            steps.push(Step::one(when, Outcome::Unclear(why.clone()), why));
        }
        Some(overrides) => {
            if overrides.entries().iter().any(|(entry, _)| !overrides.is_empty(entry.key)) || !overrides.is_map() {
                let why = overrides.because("overrides");
                let gives = [true, false].map(|on| (Outcome::truth(on), None)).into();
                steps.push(Step { when: When::Sometimes(why.clone()), gives, why });
            }
        }
    }
    let served = (Outcome::truth(true), Outcome::truth(false));
    rules(at, &RULE, |_| served.0.clone(), &served.1, &mut steps);
    let launched = at.text("status").is_none_or(|status| {
        ["In Progress", "Launched", "Disabled", "Archived"].iter().any(|known| known.eq_ignore_ascii_case(status))
    });
    let state = settle(&steps);
    if launched { state } else { unknown(at.near("status").because("a `status` that is not known")) }
}

/// The rules in order. Who matches one goes no further: past its percentage there is the default.
fn rules(at: &At<'_>, known: &[&str], passed: impl Fn(&At<'_>) -> Outcome, default: &Outcome, steps: &mut Vec<Step>) {
    if !at.is_list("rules") {
        return steps.push(unclear(at.because("no list of `rules`")));
    }
    for rule in at.list("rules") {
        if let Some(why) = rule.stray(known) {
            steps.push(unclear(why));
            continue;
        }
        let conditions = rule.list("conditions");
        let odd =
            conditions.iter().find(|condition| !condition.text("type").is_some_and(|kind| CONDITIONS.contains(&kind)));
        if let Some(odd) = odd {
            steps.push(unclear(odd.because("a condition that is not known")));
        }
        if conditions.is_empty() {
            steps.push(unclear(rule.because("a rule without conditions")));
        }
        let public =
            |condition: &At<'_>| condition.text("type") == Some("public") && condition.stray(&CONDITION).is_none();
        let everyone = conditions.iter().all(public);
        let mut when = if everyone { When::Always } else { When::Sometimes(rule.because("conditions")) };
        if !rule.is_empty("environments") {
            when = when.and(When::Sometimes(rule.near("environments").because("only in some environments")));
        }
        for pending in ["pendingAutomatedRollouts", "automatedRollouts"] {
            if !rule.is_empty(pending) {
                steps.push(unclear(rule.near(pending).because("its percentage is going to change")));
            }
        }
        let gives = match rule.number("passPercentage") {
            Some(0.0) => vec![(default.clone(), None)],
            Some(100.0) => vec![(passed(&rule), None)],
            Some(share) if share > 0.0 && share < 100.0 => {
                vec![(passed(&rule), Some(share)), (default.clone(), Some(100.0 - share))]
            }
            _ => vec![(Outcome::Unclear(rule.because("`passPercentage` is no percentage")), None)],
        };
        steps.push(Step { when, gives, why: rule.because("a rule") });
    }
    steps.push(Step::one(When::Always, default.clone(), at.because("no rule matches")));
}

fn unclear(why: String) -> Step {
    Step::one(When::Unclear(why.clone()), Outcome::Unclear(why.clone()), why)
}

/// What server SDKs evaluate: overrides and holdouts are rules of it.
fn specifications(reading: &mut Reading, root: &At<'_>) {
    let gates = root.list("feature_gates");
    let configs = root.list("dynamic_configs");
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let twice: BTreeSet<&str> =
        gates.iter().chain(&configs).filter_map(|at| at.text("name")).filter(|name| !names.insert(name)).collect();
    let mut told = BTreeSet::new();
    for at in gates.iter().chain(&configs) {
        let Some(name) = at.text("name") else {
            reading.keyless(at, "name");
            continue;
        };
        // Segments and holdouts are asked for by other gates, never by code.
        if matches!(at.text("entity"), Some("segment" | "holdout")) || !told.insert(name) {
            continue;
        }
        let mut flag = reading.flag(name, at.field("name").unwrap_or(at.node));
        if matches!(at.text("entity"), Some("experiment" | "autotune")) {
            flag.kind = FlagKind::Experiment;
        }
        if at.text("type") == Some("dynamic_config") {
            flag.value_type = ValueType::Json;
        }
        let state = if twice.contains(name) {
            RolloutState::Unknown { why: at.because("a gate and a configuration have this name") }
        } else {
            specification(at)
        };
        flag.environments.insert(EVERY.to_owned(), reading.state(state, None, at.node));
        reading.add(flag);
    }
}

fn specification(at: &At<'_>) -> RolloutState {
    if let Some(why) = at.stray(&SPEC) {
        return RolloutState::Unknown { why };
    }
    if !matches!(at.text("entity"), Some("feature_gate" | "dynamic_config" | "experiment")) {
        return RolloutState::Unknown { why: at.because("an `entity` that is not known") };
    }
    let held = |at: Option<At<'_>>, why: String| {
        at.and_then(|at| at.value()).map_or_else(|| Outcome::Unclear(why), Outcome::Value)
    };
    let default = held(at.get("defaultValue"), at.because("no `defaultValue`"));
    match (at.truth("enabled"), &default) {
        (Some(true), _) => {}
        (Some(false), Outcome::Value(value)) => {
            return RolloutState::Off { value: value.clone(), why: at.because("`enabled` is false") };
        }
        _ => return RolloutState::Unknown { why: at.because("`enabled` is not true or false") },
    }
    let mut steps = Vec::new();
    let passed = |rule: &At<'_>| held(rule.get("returnValue"), rule.because("no `returnValue`"));
    rules(at, &SPEC_RULE, passed, &default, &mut steps);
    settle(&steps)
}
