//! GrowthBook: the payload that SDKs get. Owns its rules, as the vendor's SDK walks them; `isOn` and the value are
//! different projections, since `isOn` asks for truthiness.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{Premise, RolloutState};
use super::super::tree::Kind;
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, common_type};
use super::steps::{Outcome, Step, When, holds, order, settle};
use crate::resolve::Projection;
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "growthbook", title: "GrowthBook", recognises, read };

const RULE: [&str; 23] = [
    "id",
    "condition",
    "force",
    "coverage",
    "hashAttribute",
    "hashVersion",
    "variations",
    "weights",
    "key",
    "seed",
    "name",
    "phase",
    "meta",
    "tracks",
    "filters",
    "ranges",
    "range",
    "namespace",
    "parentConditions",
    "fallbackAttribute",
    "disableStickyBucketing",
    "bucketVersion",
    "minBucketVersion",
];
const PARENT: [&str; 3] = ["id", "condition", "gate"];

fn recognises(root: &At<'_>) -> bool {
    let rules = |at: &At<'_>| at.has("defaultValue") || at.has("rules") && !at.has("variations");
    root.text("encryptedFeatures").is_some()
        || root.get("features").is_some_and(|features| features.entries().iter().take(20).any(|(_, at)| rules(at)))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    if root.text("encryptedFeatures").is_some_and(|text| !text.is_empty()) {
        let at = root.near("encryptedFeatures");
        return reading.incomplete(at.node, "the payload is encrypted; ask for it with a key that is not");
    }
    let features = root.near("features").entries();
    let positions: BTreeMap<&str, usize> =
        features.iter().enumerate().map(|(position, (entry, _))| (entry.key, position)).collect();
    let parents_of = |at: &At<'_>| -> Vec<usize> {
        let rules = at.list("rules");
        let parents = rules.iter().flat_map(|rule| rule.list("parentConditions"));
        let all: BTreeSet<usize> =
            parents.filter_map(|parent| parent.text("id").and_then(|id| positions.get(id)).copied()).collect();
        all.into_iter().collect()
    };
    let named: Vec<Vec<usize>> = features.iter().map(|(_, at)| parents_of(at)).collect();
    let mut served: BTreeMap<&str, RolloutState> = BTreeMap::new();
    let mut flags: BTreeMap<usize, (RolloutState, RolloutState)> = BTreeMap::new();
    for position in order(&named) {
        let (entry, at) = &features[position];
        let steps = steps(at, &served);
        let value = settle(&steps);
        served.insert(entry.key, value.clone());
        flags.insert(position, (value, settle(&truthy(steps))));
    }
    for (position, (entry, at)) in features.iter().enumerate() {
        let circle = || {
            let why = at.because("its parents go in a circle, or hang on one");
            (RolloutState::Unknown { why: why.clone() }, RolloutState::Unknown { why })
        };
        let (value, enabled) = flags.remove(&position).unwrap_or_else(circle);
        let mut flag = reading.flag(entry.key, at.node);
        flag.at.span = entry.key_span.clone();
        let rules = at.list("rules");
        let mut values: Vec<Value> = at.get("defaultValue").and_then(|at| at.value()).into_iter().collect();
        values.extend(rules.iter().filter_map(|rule| rule.get("force").and_then(|at| at.value())));
        values.extend(rules.iter().flat_map(|rule| rule.list("variations")).filter_map(|at| at.value()));
        flag.value_type = common_type(values.iter());
        values.dedup();
        flag.variations = values;
        let mut state = reading.state(value.clone(), None, at.node);
        state.seen = vec![(Projection::Value, value), (Projection::Enabled, enabled)];
        flag.environments.insert(EVERY.to_owned(), state);
        reading.add(flag);
    }
}

/// The rules in order, then the default; nothing at all is the call's own fallback.
fn steps(at: &At<'_>, served: &BTreeMap<&str, RolloutState>) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(why) = at.stray(&["defaultValue", "rules"]) {
        return vec![unclear(why)];
    }
    if !at.is_list_or_absent("rules") {
        return vec![unclear(at.because("`rules` is no list"))];
    }
    for rule in at.list("rules") {
        add(&rule, served, &mut steps);
    }
    let default = at.near("defaultValue");
    let outcome = if at.field("defaultValue").is_some() { held(&default) } else { Outcome::Fallback };
    steps.push(Step::one(When::Always, outcome, default.because("no rule is left, so the default")));
    steps
}

fn held(at: &At<'_>) -> Outcome {
    match at.value() {
        Some(Value::Null) => Outcome::Fallback,
        Some(value) => Outcome::Value(value),
        None => Outcome::Unclear(at.because("a value that cannot be held")),
    }
}

fn unclear(why: String) -> Step {
    Step::one(When::Unclear(why.clone()), Outcome::Unclear(why.clone()), why)
}

fn add(rule: &At<'_>, served: &BTreeMap<&str, RolloutState>, steps: &mut Vec<Step>) {
    let null = rule.map().find(|entry| matches!(entry.value.kind(), Kind::Null) && entry.key != "force");
    if let Some(why) = rule.stray(&RULE).or_else(|| null.map(|entry| rule.because(&format!("`{}` is null", entry.key))))
    {
        return steps.push(unclear(why));
    }
    let mut when = When::Always;
    for parent in rule.list("parentConditions") {
        let holds = match parent.stray(&PARENT) {
            Some(stray) => When::Unclear(stray),
            None => parent_holds(&parent, served),
        };
        if parent.truth("gate") == Some(true) {
            let why = parent.because("a parent that has to be as it wants");
            steps.push(Step::one(holds.not(), Outcome::Fallback, why));
        } else {
            when = when.and(holds);
        }
    }
    if !rule.is_list_or_absent("parentConditions") {
        when = When::Unclear(rule.because("`parentConditions` is no list"));
    }
    if rule.field("condition").is_some() && !(rule.near("condition").is_map() && rule.is_empty("condition")) {
        when = when.and(When::Sometimes(rule.near("condition").because("a condition")));
    }
    for restriction in ["filters", "range", "namespace", "ranges", "fallbackAttribute"] {
        if rule.has(restriction) {
            when = when.and(When::Sometimes(rule.because(&format!("`{restriction}`"))));
        }
    }
    let by = rule.text("hashAttribute").filter(|text| !text.is_empty()).unwrap_or("id");
    if rule.has("force") {
        let when = when.and(covered(rule, by));
        let outcome = rule.get("force").map_or(Outcome::Fallback, |force| held(&force));
        return steps.push(Step::one(when, outcome, rule.because("a rule")));
    }
    if !rule.is_list_or_absent("variations") {
        return steps.push(unclear(rule.because("`variations` is no list")));
    }
    let variations = rule.list("variations");
    if variations.is_empty() {
        return;
    }
    let share = rule.number("coverage").unwrap_or(1.0).clamp(0.0, 1.0) * 100.0;
    let covered = if share == 0.0 { When::Never } else { When::Share(share, Some(by.to_owned())) };
    let when = when.and(covered);
    let gives = variations.iter().map(|variation| (held(variation), None)).collect();
    steps.push(Step { when, gives, why: rule.because("an experiment") });
}

/// For whom a forced value is: `coverage` needs something to bucket by, even if it is 1.
fn covered(rule: &At<'_>, by: &str) -> When {
    if !rule.has("coverage") {
        return When::Always;
    }
    let version = rule.whole("hashVersion").unwrap_or(1);
    match rule.number("coverage") {
        None => When::Unclear(rule.because("`coverage` is no number")),
        Some(0.0) => When::Never,
        Some(coverage) if coverage >= 1.0 && (1..=2).contains(&version) => {
            When::Given(vec![Premise::ContextKey(by.to_owned())])
        }
        Some(coverage) => When::Share(coverage.clamp(0.0, 1.0) * 100.0, Some(by.to_owned())),
    }
}

/// Whether a parent's value is the one that is wanted; only equality is folded.
fn parent_holds(parent: &At<'_>, served: &BTreeMap<&str, RolloutState>) -> When {
    let Some(id) = parent.text("id") else { return When::Unclear(parent.because("a parent without `id`")) };
    let Some(state) = served.get(id) else {
        return When::Unclear(parent.because(&format!("its parent `{id}` is not in the document")));
    };
    let condition = parent.near("condition");
    let wanted = match condition.entries().as_slice() {
        [(entry, at)] if entry.key == "value" => at.value(),
        _ => None,
    };
    match (wanted, state) {
        // Of values of different types, some SDKs compare what they convert to.
        (Some(wanted @ (Value::Bool(_) | Value::String(_))), RolloutState::Constant { value, .. })
            if value.value_type() == wanted.value_type() =>
        {
            holds(state, |value| *value == wanted, id)
        }
        (Some(Value::Bool(true)), RolloutState::CallDefault { .. }) => When::Never,
        // Some SDKs compare the text "null".
        (Some(Value::String(text)), RolloutState::CallDefault { .. }) if text != "null" => When::Never,
        (_, RolloutState::Unknown { why }) => When::Unclear(why.clone()),
        _ => When::Sometimes(parent.because(&format!("what `{id}` serves"))),
    }
}

/// The same steps for those who ask whether it is on.
fn truthy(steps: Vec<Step>) -> Vec<Step> {
    let on = |outcome: Outcome| match outcome {
        Outcome::Value(value) => Outcome::truth(match value {
            Value::Null => false,
            Value::Bool(on) => on,
            Value::Int(number) => number != 0,
            Value::Float(number) => number != 0.0,
            Value::String(text) => !text.is_empty(),
            Value::Json(_) => true,
        }),
        Outcome::Fallback => Outcome::truth(false),
        unclear => unclear,
    };
    let each =
        |step: Step| Step { gives: step.gives.into_iter().map(|(one, share)| (on(one), share)).collect(), ..step };
    steps.into_iter().map(each).collect()
}
