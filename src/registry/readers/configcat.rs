//! ConfigCat: the config JSON of version 6 that SDKs download. Owns its settings, rules and percentage options; conditions are
//! read in `conditions`.

mod conditions;

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{Premise, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, common_type};
use super::steps::{Outcome, Step, When, order, settle};
use crate::value::Value;
use conditions::{Known, Parent};

pub(super) const FORMAT: Format = Format { name: "configcat", title: "ConfigCat", recognises, read };

const SETTING: [&str; 6] = ["t", "a", "r", "p", "v", "i"];
const RULE: [&str; 4] = ["c", "s", "p", "i"];
const OPTION: [&str; 3] = ["p", "v", "i"];

fn recognises(root: &At<'_>) -> bool {
    root.has("p") && root.get("f").is_some_and(|settings| settings.entries().iter().any(|(_, at)| at.has("v")))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    let settings = root.near("f").entries();
    let positions: BTreeMap<&str, usize> =
        settings.iter().enumerate().map(|(position, (entry, _))| (entry.key, position)).collect();
    let named: Vec<Vec<usize>> = settings
        .iter()
        .map(|(_, at)| {
            let rules = at.list("r");
            let conditions = rules.iter().flat_map(|rule| rule.list("c"));
            let keys = conditions.filter_map(|condition| condition.get("p")?.text("f"));
            let parents: BTreeSet<usize> = keys.filter_map(|key| positions.get(key).copied()).collect();
            parents.into_iter().collect()
        })
        .collect();
    let mut known = Known { segments: conditions::segments(root), settings: BTreeMap::new() };
    let mut read: BTreeMap<usize, (Vec<Step>, RolloutState)> = BTreeMap::new();
    for position in order(&named) {
        let (entry, at) = &settings[position];
        let kind = at.whole("t");
        let steps = steps(at, kind, &known);
        let (state, sound) = match at.stray(&SETTING) {
            Some(why) => (RolloutState::Unknown { why }, false),
            None => (settle(&steps), !steps.iter().any(Step::is_unclear)),
        };
        known.settings.insert(entry.key, Parent { kind, state: state.clone(), sound });
        read.insert(position, (steps, state));
    }
    for (position, (entry, at)) in settings.into_iter().enumerate() {
        let (steps, state) = read.remove(&position).unwrap_or_else(|| {
            let why = at.because("its prerequisites go in a circle, or hang on one");
            (Vec::new(), RolloutState::Unknown { why })
        });
        let mut flag = reading.flag(entry.key, at.node);
        flag.at.span = entry.key_span.clone();
        let mut served: Vec<Value> = Vec::new();
        for (outcome, _) in steps.iter().flat_map(|step| &step.gives) {
            if let Outcome::Value(value) = outcome
                && !served.contains(value)
            {
                served.push(value.clone());
            }
        }
        flag.value_type = common_type(served.iter());
        flag.variations = served;
        flag.environments.insert(EVERY.to_owned(), reading.state(state, None, at.node));
        reading.add(flag);
    }
}

fn steps(at: &At<'_>, kind: Option<i64>, known: &Known<'_>) -> Vec<Step> {
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
        let why = rule.because("a rule");
        let when = match conditions::met(&rule, known) {
            Ok(when) => when,
            Err(why) => {
                steps.push(unclear(why.clone()));
                When::Unclear(why)
            }
        };
        let (when, gives) = match rule.get("s") {
            Some(served) if !rule.has("p") => (when, vec![(value(&served, kind), None)]),
            _ => {
                let gives = options(&rule, kind).unwrap_or_else(|why| vec![(Outcome::Unclear(why), None)]);
                (when.and(When::Given(vec![bucketed(at)])), gives)
            }
        };
        steps.push(Step { when, gives, why });
    }
    if !at.is_empty("p") {
        let why = at.near("p").because("percentage options");
        match options(at, kind) {
            Ok(gives) => steps.push(Step { when: When::Given(vec![bucketed(at)]), gives, why }),
            Err(why) => steps.push(unclear(why)),
        }
    }
    steps.push(Step::one(When::Always, value(at, kind), at.near("v").because("the value when no rule applies")));
    steps
}

/// What percentage options of a setting need: the attribute that they bucket by.
fn bucketed(at: &At<'_>) -> Premise {
    match (at.text("a"), at.field("a")) {
        (Some("Identifier"), _) | (None, None) => Premise::UserObject,
        (Some(attribute), _) => Premise::ContextKey(attribute.to_owned()),
        (None, Some(_)) => Premise::Bucket,
    }
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
