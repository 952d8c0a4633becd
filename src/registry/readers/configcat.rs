//! ConfigCat: the config JSON of version 6 that SDKs download. Owns its settings, rules and percentage options.

use super::super::model::{Premise, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, common_type};
use super::steps::{Outcome, Step, When, settle};
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "configcat", title: "ConfigCat", recognises, read };

const SETTING: [&str; 6] = ["t", "a", "r", "p", "v", "i"];
const RULE: [&str; 4] = ["c", "s", "p", "i"];
const OPTION: [&str; 3] = ["p", "v", "i"];
const USER: [&str; 5] = ["a", "c", "s", "d", "l"];
/// Comparators of conditions on users are numbered up to this one.
const LAST_COMPARATOR: i64 = 35;

fn recognises(root: &At<'_>) -> bool {
    root.has("p") && root.get("f").is_some_and(|settings| settings.entries().iter().any(|(_, at)| at.has("v")))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    for (entry, at) in root.near("f").entries() {
        let mut flag = reading.flag(&entry.key, at.node);
        flag.at.span = entry.key_span.clone();
        let kind = at.whole("t");
        let mut served: Vec<Value> = Vec::new();
        let steps = steps(&at, kind);
        for (outcome, _) in steps.iter().flat_map(|step| &step.gives) {
            if let Outcome::Value(value) = outcome
                && !served.contains(value)
            {
                served.push(value.clone());
            }
        }
        flag.value_type = common_type(served.iter());
        flag.variations = served;
        let state = match at.stray(&SETTING) {
            Some(why) => RolloutState::Unknown { why },
            None => settle(&steps),
        };
        flag.environments.insert(EVERY.to_owned(), reading.state(state, None, at.node));
        reading.add(flag);
    }
}

fn steps(at: &At<'_>, kind: Option<i64>) -> Vec<Step> {
    let mut steps = Vec::new();
    for list in ["r", "p"] {
        if !at.is_list_or_absent(list) {
            steps.push(unclear(at.because(&format!("`{list}` is no list"))));
        }
    }
    for rule in at.list("r") {
        if let Some(why) = rule.stray(&RULE) {
            steps.push(unclear(why));
            continue;
        }
        let conditions = rule.list("c");
        if let Some(why) = conditions.iter().find_map(doubtful) {
            steps.push(unclear(why));
        }
        let why = rule.because("a rule");
        if conditions.is_empty() {
            steps.push(unclear(rule.because("a rule without conditions")));
        }
        let gives = match rule.get("s") {
            Some(served) if !rule.has("p") => vec![(value(&served, kind), None)],
            _ => options(&rule, kind).unwrap_or_else(|why| vec![(Outcome::Unclear(why), None)]),
        };
        steps.push(Step { when: When::Sometimes(why.clone()), gives, why });
    }
    if !at.is_empty("p") {
        let premise = match (at.text("a"), at.field("a")) {
            (Some("Identifier"), _) | (None, None) => Premise::UserObject,
            (Some(attribute), _) => Premise::ContextKey(attribute.to_owned()),
            (None, Some(_)) => Premise::Bucket,
        };
        let why = at.near("p").because("percentage options");
        match options(at, kind) {
            Ok(gives) => steps.push(Step { when: When::Given(vec![premise]), gives, why }),
            Err(why) => steps.push(unclear(why)),
        }
    }
    steps.push(Step::one(When::Always, value(at, kind), at.near("v").because("the value when no rule applies")));
    steps
}

fn unclear(why: String) -> Step {
    Step::one(When::Unclear(why.clone()), Outcome::Unclear(why.clone()), why)
}

/// Options that somebody gets. They have to cover everybody, else evaluation fails.
fn options(at: &At<'_>, kind: Option<i64>) -> Result<Vec<(Outcome, Option<f64>)>, String> {
    let mut gives = Vec::new();
    let mut sum = 0.0;
    for option in at.list("p") {
        if let Some(why) = option.stray(&OPTION) {
            return Err(why);
        }
        let share = option.number("p").filter(|share| *share >= 0.0);
        let Some(share) = share else { return Err(option.because("`p` is no percentage")) };
        sum += share;
        if share > 0.0 {
            gives.push((value(&option, kind), Some(share)));
        }
    }
    if sum == 100.0 { Ok(gives) } else { Err(at.because("percentages that do not add up to 100")) }
}

/// The value below `v`, of the setting's type.
fn value(at: &At<'_>, kind: Option<i64>) -> Outcome {
    let held = at.get("v").and_then(|held| match kind {
        Some(0) => held.truth("b").map(Value::Bool),
        Some(1) => held.text("s").map(|text| Value::String(text.to_owned())),
        Some(2) => held.whole("i").map(Value::Int),
        Some(3) => held.number("d").map(Value::Float),
        _ => None,
    });
    held.map_or_else(|| Outcome::Unclear(at.because("a value that is not of the setting's type")), Outcome::Value)
}

/// Why a condition may fail the evaluation.
fn doubtful(condition: &At<'_>) -> Option<String> {
    let Some(user) = condition.get("u") else {
        return Some(condition.because("a condition on a segment or another flag"));
    };
    let proper = condition.stray(&["u"]).is_none()
        && user.stray(&USER).is_none()
        && user.text("a").is_some()
        && user.whole("c").is_some_and(|comparator| (0..=LAST_COMPARATOR).contains(&comparator));
    (!proper).then(|| condition.because("a condition that is not known"))
}
