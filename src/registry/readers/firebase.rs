//! Firebase Remote Config: the template. Owns its parameters and conditional values.

use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::Reading;
use super::steps::{Outcome, Step, When, settle};
use crate::value::{Value, ValueType};

pub(super) const FORMAT: Format = Format { name: "firebase", title: "Firebase Remote Config", recognises, read };

const PARAMETER: [&str; 4] = ["defaultValue", "conditionalValues", "description", "valueType"];

fn groups<'a>(root: &At<'a>) -> Vec<At<'a>> {
    let more = root.get("parameterGroups").map(|groups| groups.entries()).unwrap_or_default();
    root.get("parameters")
        .into_iter()
        .chain(more.into_iter().filter_map(|(_, group)| group.get("parameters")))
        .collect()
}

fn recognises(root: &At<'_>) -> bool {
    let parameter =
        |at: &At<'_>| at.get("defaultValue").is_some_and(|value| value.is_map()) || at.has("conditionalValues");
    groups(root).iter().any(|group| group.entries().iter().take(20).any(|(_, at)| parameter(at)))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    // Without their list none of them is known not to be declared.
    let conditions: Option<Vec<&str>> = root
        .is_list("conditions")
        .then(|| root.list("conditions").iter().filter_map(|condition| condition.text("name")).collect());
    for group in groups(root) {
        for (entry, at) in group.entries() {
            let mut flag = reading.flag(entry.key, at.node);
            flag.at.span = entry.key_span.clone();
            flag.description = at.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
            flag.value_type = match at.text("valueType") {
                Some("BOOLEAN") => ValueType::Bool,
                Some("NUMBER") => ValueType::Float,
                _ => ValueType::String,
            };
            let state = settle(&steps(&at, conditions.as_deref(), flag.value_type));
            flag.environments.insert(EVERY.to_owned(), reading.state(state, None, at.node));
            reading.add(flag);
        }
    }
}

fn steps(at: &At<'_>, conditions: Option<&[&str]>, wanted: ValueType) -> Vec<Step> {
    if let Some(why) = at.stray(&PARAMETER) {
        return vec![Step::one(When::Always, Outcome::Unclear(why.clone()), why)];
    }
    let mut steps = Vec::new();
    if at.get("conditionalValues").is_some_and(|values| !values.is_map()) {
        let why = at.because("`conditionalValues` is no mapping");
        steps.push(Step::one(When::Unclear(why.clone()), Outcome::Unclear(why.clone()), why));
    }
    for (entry, value) in at.get("conditionalValues").map(|values| values.entries()).unwrap_or_default() {
        // A condition that is not declared is never met.
        if conditions.is_none_or(|declared| declared.contains(&entry.key)) {
            let why = value.because("a condition");
            steps.push(Step::one(When::Sometimes(why.clone()), outcome(&value, wanted), why));
        }
    }
    let default = match at.get("defaultValue") {
        Some(default) => outcome(&default, wanted),
        None => Outcome::Fallback,
    };
    steps.push(Step::one(When::Always, default, at.near("defaultValue").because("the default value")));
    steps
}

/// Values are texts, whatever their type.
fn outcome(at: &At<'_>, wanted: ValueType) -> Outcome {
    if at.truth("useInAppDefault") == Some(true) && at.stray(&["useInAppDefault"]).is_none() {
        return Outcome::Fallback;
    }
    let text = at.text("value").filter(|_| at.stray(&["value"]).is_none());
    let value = text.and_then(|text| match wanted {
        ValueType::Bool => text.parse().ok().map(Value::Bool),
        ValueType::Float => match text.parse::<i64>() {
            Ok(number) => Some(Value::Int(number)),
            Err(_) => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float),
        },
        _ => Some(Value::String(text.to_owned())),
    });
    value.map_or_else(|| Outcome::Unclear(at.because("a value that is not known")), Outcome::Value)
}
