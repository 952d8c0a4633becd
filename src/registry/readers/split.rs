//! Split (Harness FME): definitions as the administrator's API lists them, and the changes that SDKs get. Owns targets,
//! rules, traffic allocation; values are the names of treatments.

use super::super::model::RolloutState;
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, cautious_kind, day};
use super::steps::{Outcome, Step, When, settle};
use crate::value::{Value, ValueType};

pub(super) const FORMAT: Format = Format { name: "split", title: "Split", recognises, read };

/// What is served for a flag that does not exist.
const CONTROL: &str = "control";

const DEFINITION: [&str; 24] = [
    "id",
    "name",
    "description",
    "environment",
    "trafficType",
    "killed",
    "treatments",
    "defaultTreatment",
    "baselineTreatment",
    "trafficAllocation",
    "rules",
    "defaultRule",
    "prerequisites",
    "creationTime",
    "lastUpdateTime",
    "lastTrafficReceivedAt",
    "tags",
    "owners",
    "rolloutStatus",
    "flagSets",
    "impressionsDisabled",
    "openChangeRequestId",
    "url",
    "comment",
];
const TREATMENT: [&str; 6] = ["name", "configurations", "description", "keys", "segments", "largeSegments"];
const SPLIT: [&str; 18] = [
    "name",
    "trafficTypeName",
    "trafficAllocation",
    "trafficAllocationSeed",
    "seed",
    "status",
    "killed",
    "defaultTreatment",
    "changeNumber",
    "algo",
    "configurations",
    "conditions",
    "sets",
    "prerequisites",
    "impressionsDisabled",
    "trafficTypeId",
    "id",
    "orgId",
];
const CONDITION: [&str; 4] = ["conditionType", "matcherGroup", "partitions", "label"];
/// Other matchers make an SDK that does not know them answer `control`.
const MATCHERS: [&str; 17] = [
    "ALL_KEYS",
    "IN_SEGMENT",
    "WHITELIST",
    "EQUAL_TO",
    "GREATER_THAN_OR_EQUAL_TO",
    "LESS_THAN_OR_EQUAL_TO",
    "BETWEEN",
    "EQUAL_TO_SET",
    "PART_OF_SET",
    "CONTAINS_ALL_OF_SET",
    "CONTAINS_ANY_OF_SET",
    "STARTS_WITH",
    "ENDS_WITH",
    "CONTAINS_STRING",
    "IN_SPLIT_TREATMENT",
    "EQUAL_TO_BOOLEAN",
    "MATCHES_STRING",
];

fn changes<'a>(root: &At<'a>) -> Vec<At<'a>> {
    match root.get("ff") {
        Some(flags) => flags.list("d"),
        None => root.list("splits"),
    }
}

fn definitions<'a>(root: &At<'a>) -> Vec<At<'a>> {
    if root.has("objects") { root.list("objects") } else { vec![root.clone()] }
}

fn recognises(root: &At<'_>) -> bool {
    changes(root).first().is_some_and(|at| at.has("conditions") && at.has("defaultTreatment"))
        || definitions(root).first().is_some_and(|at| at.has("treatments") && at.has("defaultTreatment"))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    for at in changes(root) {
        let Some(name) = at.text("name") else {
            reading.keyless(&at, "name");
            continue;
        };
        let mut flag = reading.flag(name, at.field("name").unwrap_or(at.node));
        flag.value_type = ValueType::String;
        flag.archived = at.text("status") == Some("ARCHIVED");
        let since = day(at.field("changeNumber"));
        flag.environments.insert(EVERY.to_owned(), reading.state(change(&at), since, at.node));
        reading.add(flag);
    }
    if !changes(root).is_empty() {
        let (document, since) = root.get("ff").map_or_else(|| (root.clone(), "since"), |flags| (flags, "s"));
        // The first answer is about what changed since -1.
        if document.whole(since).is_some_and(|moment| moment >= 0) {
            reading.incomplete(document.near(since).node, "it lists only what changed since then");
        }
        return;
    }
    let listed = definitions(root);
    reading.counted(root, "totalCount", listed.len());
    for at in listed {
        let Some(name) = at.text("name") else {
            reading.keyless(&at, "name");
            continue;
        };
        let mut flag = reading.flag(name, at.field("name").unwrap_or(at.node));
        flag.value_type = ValueType::String;
        let names = at.list("treatments");
        flag.variations = names
            .iter()
            .filter_map(|treatment| treatment.text("name"))
            .map(|name| Value::String(name.to_owned()))
            .collect();
        flag.description = at.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
        flag.tags = at.list("tags").iter().filter_map(|tag| tag.text("name")).map(str::to_owned).collect();
        flag.kind = cautious_kind(&flag.tags).unwrap_or_default();
        flag.created = day(at.field("creationTime"));
        let environment = at.get("environment").and_then(|environment| environment.text("name")).unwrap_or(EVERY);
        let since = day(at.field("lastUpdateTime"));
        flag.environments.insert(environment.to_owned(), reading.state(definition(&at), since, at.node));
        reading.add(flag);
    }
}

fn treatment(at: &At<'_>, key: &str) -> Outcome {
    match at.text(key) {
        Some(name) => Outcome::Value(Value::String(name.to_owned())),
        None => Outcome::Unclear(at.because(&format!("no `{key}`"))),
    }
}

fn unclear(why: String) -> Step {
    Step::one(When::Unclear(why.clone()), Outcome::Unclear(why.clone()), why)
}

/// Killed flags serve their default treatment to all. `None` while it is not killed.
fn killed(at: &At<'_>, default: &Outcome) -> Option<RolloutState> {
    match (at.truth("killed"), default) {
        (Some(false), _) => None,
        (Some(true), Outcome::Value(value)) => {
            Some(RolloutState::Off { value: value.clone(), why: at.because("`killed` is true") })
        }
        _ => Some(RolloutState::Unknown { why: at.because("whether it is killed, or what then, is not known") }),
    }
}

/// Prerequisites and the traffic that is not allocated, both of which get the default treatment.
fn left_out(at: &At<'_>, default: &Outcome) -> (Vec<Step>, Vec<Step>) {
    let mut unmet = Vec::new();
    if !at.is_empty("prerequisites") {
        let why = at.near("prerequisites").because("prerequisites");
        unmet.push(Step::one(When::Sometimes(why.clone()), default.clone(), why));
    }
    let rest = match at.number("trafficAllocation") {
        Some(100.0) => Vec::new(),
        Some(share) if (0.0..100.0).contains(&share) => {
            let when = When::Share(100.0 - share, None);
            vec![Step::one(when, default.clone(), at.because("traffic that is not allocated"))]
        }
        _ => vec![unclear(at.because("no `trafficAllocation`"))],
    };
    (unmet, rest)
}

/// The treatments of a rule that somebody gets.
fn partitions(list: &[At<'_>], at: &At<'_>) -> Vec<(Outcome, Option<f64>)> {
    let mut gives = Vec::new();
    let mut sum = 0.0;
    for part in list {
        let share = part.number("size").filter(|share| *share >= 0.0 && part.stray(&["treatment", "size"]).is_none());
        let Some(share) = share else {
            return vec![(Outcome::Unclear(part.because("a part without treatment or size")), None)];
        };
        sum += share;
        if share > 0.0 {
            gives.push((treatment(part, "treatment"), Some(share)));
        }
    }
    if sum != 100.0 {
        gives.push((Outcome::Unclear(at.because("sizes that do not add up to 100")), None));
    }
    gives
}

/// A definition of the administrator's API: keys, rules, default rule.
fn definition(at: &At<'_>) -> RolloutState {
    if let Some(why) = at.stray(&DEFINITION) {
        return RolloutState::Unknown { why };
    }
    let default = treatment(at, "defaultTreatment");
    if let Some(state) = killed(at, &default) {
        return state;
    }
    for list in ["rules", "treatments", "defaultRule"] {
        if !at.is_list(list) {
            return RolloutState::Unknown { why: at.because(&format!("no list of `{list}`")) };
        }
    }
    let (mut steps, rest) = left_out(at, &default);
    for named in at.list("treatments") {
        if let Some(why) = named.stray(&TREATMENT) {
            steps.push(unclear(why));
        } else if ["keys", "segments", "largeSegments"].iter().any(|list| !named.is_empty(list)) {
            let why = named.because("targets by key or segment");
            steps.push(Step::one(When::Sometimes(why.clone()), treatment(&named, "name"), why));
        }
    }
    steps.extend(rest);
    for rule in at.list("rules") {
        let why = rule.because("a rule");
        if let Some(why) = rule.stray(&["buckets", "condition"]) {
            steps.push(unclear(why));
        } else {
            let gives = partitions(&rule.list("buckets"), &rule);
            steps.push(Step { when: When::Sometimes(why.clone()), gives, why });
        }
    }
    let gives = partitions(&at.list("defaultRule"), at);
    steps.push(Step { when: When::Always, gives, why: at.near("defaultRule").because("the default rule") });
    settle(&steps)
}

/// A flag as SDKs get it: one list of conditions, those of whitelists before the allocation of traffic.
fn change(at: &At<'_>) -> RolloutState {
    if let Some(why) = at.stray(&SPLIT) {
        return RolloutState::Unknown { why };
    }
    match at.text("status") {
        Some("ACTIVE") => {}
        Some("ARCHIVED") => {
            let why = at.because("`status` is ARCHIVED");
            return RolloutState::Off { value: Value::String(CONTROL.to_owned()), why };
        }
        _ => return RolloutState::Unknown { why: at.because("`status` is neither ACTIVE nor ARCHIVED") },
    }
    let default = treatment(at, "defaultTreatment");
    if let Some(state) = killed(at, &default) {
        return state;
    }
    if !at.is_list("conditions") {
        return RolloutState::Unknown { why: at.because("no list of `conditions`") };
    }
    let (mut steps, mut rest) = left_out(at, &default);
    for condition in at.list("conditions") {
        if let Some(why) = condition.stray(&CONDITION) {
            steps.push(unclear(why));
            continue;
        }
        match condition.text("conditionType") {
            Some("WHITELIST") => {}
            Some("ROLLOUT") => steps.append(&mut rest),
            _ => steps.push(unclear(condition.because("a condition that is neither of a whitelist nor of a rollout"))),
        }
        let matchers = condition.get("matcherGroup").map(|group| group.list("matchers")).unwrap_or_default();
        let odd = |matcher: &&At<'_>| !matcher.text("matcherType").is_some_and(|kind| MATCHERS.contains(&kind));
        if let Some(odd) = matchers.iter().find(odd) {
            steps.push(unclear(odd.because("a matcher that not every SDK knows")));
        }
        let everyone = |matcher: &At<'_>| {
            matcher.text("matcherType") == Some("ALL_KEYS") && matcher.truth("negate") == Some(false)
        };
        let when = match matchers.as_slice() {
            [] => When::Unclear(condition.because("a condition without matchers")),
            all if all.iter().all(everyone) => When::Always,
            _ => When::Sometimes(condition.because("a condition")),
        };
        let gives = partitions(&condition.list("partitions"), &condition);
        steps.push(Step { when, gives, why: condition.because("a condition") });
    }
    steps.push(Step::one(When::Always, default, at.because("no condition holds, so the default treatment")));
    settle(&steps)
}
