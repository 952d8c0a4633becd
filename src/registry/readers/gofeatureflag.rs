//! GO Feature Flag: its configuration in YAML, JSON or TOML. Owns its targeting and percentages.

use super::super::model::{Premise, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, common_type};
use super::steps::{Outcome, Step, When, settle};

pub(super) const FORMAT: Format = Format { name: "gofeatureflag", title: "GO Feature Flag", recognises, read };

const FLAG: [&str; 8] =
    ["variations", "targeting", "defaultRule", "disable", "version", "metadata", "bucketingKey", "trackEvents"];
const RULE: [&str; 5] = ["name", "query", "variation", "percentage", "disable"];

fn recognises(root: &At<'_>) -> bool {
    let flag =
        |at: &At<'_>| at.has("defaultRule") && at.get("variations").is_some_and(|variations| variations.is_map());
    root.entries().iter().take(20).any(|(_, at)| flag(at))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    for (entry, at) in root.entries() {
        let mut flag = reading.flag(entry.key, at.node);
        flag.at.span = entry.key_span.clone();
        let values: Vec<_> = at.near("variations").entries().into_iter().filter_map(|(_, at)| at.value()).collect();
        flag.value_type = common_type(values.iter());
        flag.variations = values;
        let metadata = at.near("metadata");
        flag.owners = metadata.text("owner").into_iter().map(str::to_owned).collect();
        flag.description = metadata.text("description").map(str::to_owned);
        let state = state(&at);
        flag.environments.insert(EVERY.to_owned(), reading.state(state, None, at.node));
        reading.add(flag);
    }
}

fn state(at: &At<'_>) -> RolloutState {
    if let Some(why) = at.stray(&FLAG) {
        return RolloutState::Unknown { why };
    }
    match (at.field("disable"), at.truth("disable")) {
        (None, _) | (_, Some(false)) => {}
        (_, Some(true)) => return RolloutState::CallDefault { why: at.because("`disable` is true") },
        _ => return RolloutState::Unknown { why: at.because("`disable` is not true or false") },
    }
    let key = at.text("bucketingKey").unwrap_or("targetingKey");
    let lacking = || When::Unless(vec![Premise::ContextKey(key.to_owned())]);
    let mut steps = Vec::new();
    if at.field("bucketingKey").is_some() {
        let why = at.because("without `bucketingKey` every call gets its fallback");
        steps.push(Step::one(lacking(), Outcome::Fallback, why));
    }
    if !at.is_list_or_absent("targeting") {
        return RolloutState::Unknown { why: at.because("`targeting` is no list") };
    }
    let rules = at.list("targeting").into_iter().map(|rule| (rule, false));
    for (rule, last) in rules.chain([(at.near("defaultRule"), true)]) {
        if !last && rule.truth("disable") == Some(true) {
            continue;
        }
        let when = match (rule.stray(&RULE), rule.field("query"), rule.text("query")) {
            (Some(why), _, _) => {
                steps.push(Step::one(When::Unclear(why.clone()), Outcome::Unclear(why.clone()), why));
                When::Always
            }
            (None, None, _) | (None, _, Some("")) => When::Always,
            _ => When::Sometimes(rule.because("a query")),
        };
        if rule.field("percentage").is_some() {
            let lacks = if when == When::Always { lacking() } else { when.clone() };
            steps.push(Step::one(lacks, Outcome::Fallback, rule.because("a percentage without a key")));
        }
        steps.push(Step { when, gives: gives(&rule, &at.near("variations")), why: rule.because("a rule") });
    }
    settle(&steps)
}

fn gives(rule: &At<'_>, variations: &At<'_>) -> Vec<(Outcome, Option<f64>)> {
    let named = |name: &str| match variations.get(name).and_then(|at| at.value()) {
        Some(value) => Outcome::Value(value),
        None => Outcome::Unclear(rule.because(&format!("`{name}` is none of the variations"))),
    };
    match (rule.text("variation"), rule.get("percentage")) {
        (Some(name), None) => vec![(named(name), None)],
        (None, Some(percentage)) => {
            let mut gives = Vec::new();
            for (entry, share) in percentage.entries() {
                match super::at::number(share.node) {
                    Some(0.0) => {}
                    Some(share) if share > 0.0 => gives.push((named(entry.key), Some(share))),
                    _ => gives.push((Outcome::Unclear(share.because("no percentage")), None)),
                }
            }
            if gives.is_empty() {
                gives.push((Outcome::Unclear(percentage.because("no share")), None));
            }
            gives
        }
        _ => vec![(Outcome::Unclear(rule.because("a rule without a variation")), None)],
    }
}
