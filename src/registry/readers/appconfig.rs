//! AWS AppConfig: the document of a feature flag profile (`AWS.AppConfig.FeatureFlags`). Owns its values and variants.

use super::super::model::RolloutState;
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, day};
use super::steps::{Outcome, Step, When, settle};
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "appconfig", title: "AWS AppConfig", recognises, read };

const VARIANT: [&str; 4] = ["name", "enabled", "rule", "attributeValues"];

fn recognises(root: &At<'_>) -> bool {
    let switched = |at: &At<'_>| at.has("enabled") || at.has("_variants");
    root.get("flags").is_some_and(|flags| flags.is_map())
        && root.get("values").is_some_and(|values| values.entries().iter().take(20).any(|(_, at)| switched(at)))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    let values = root.near("values");
    for (entry, at) in root.near("flags").entries() {
        let mut flag = reading.flag(entry.key, at.node);
        flag.at.span = entry.key_span.clone();
        flag.description = at.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
        flag.created = day(at.field("_createdAt"));
        flag.expires = at.get("_deprecation").and_then(|deprecation| day(deprecation.field("date")));
        let value = values.get(entry.key);
        let state = match &value {
            Some(value) => state(value),
            None => RolloutState::Unknown { why: at.because("no value") },
        };
        let since = value.as_ref().and_then(|value| day(value.field("_updatedAt")));
        flag.environments.insert(EVERY.to_owned(), reading.state(state, since, at.node));
        reading.add(flag);
    }
}

fn state(at: &At<'_>) -> RolloutState {
    // Names without an underscore are attributes.
    let odd = at
        .map()
        .find(|entry| entry.key.starts_with('_') && !["_variants", "_createdAt", "_updatedAt"].contains(&entry.key));
    if let Some(entry) = odd {
        return RolloutState::Unknown { why: at.because(&format!("`{}` is not known", entry.key)) };
    }
    if at.field("_variants").is_none() {
        return match at.truth("enabled") {
            Some(true) => {
                let why = at.because("`enabled` is true");
                RolloutState::Constant { value: Value::Bool(true), premises: Vec::new(), why }
            }
            Some(false) => RolloutState::Off { value: Value::Bool(false), why: at.because("`enabled` is false") },
            None => RolloutState::Unknown { why: at.because("`enabled` is not true or false") },
        };
    }
    let mut steps = Vec::new();
    for variant in at.list("_variants") {
        let when = match (variant.stray(&VARIANT), variant.has("rule")) {
            (Some(why), _) => When::Unclear(why),
            (None, true) => When::Sometimes(variant.because("a rule")),
            (None, false) => When::Always,
        };
        let outcome = match variant.truth("enabled") {
            Some(on) => Outcome::truth(on),
            None => Outcome::Unclear(variant.because("`enabled` is not true or false")),
        };
        steps.push(Step::one(when, outcome, variant.because("a variant")));
    }
    let why = at.because("no variant is without a rule");
    steps.push(Step::one(When::Always, Outcome::Unclear(why.clone()), why));
    settle(&steps)
}
