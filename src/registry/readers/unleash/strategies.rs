//! What the strategies, variants and dependencies of an Unleash feature come to. Owns their meaning, as the vendor's SDKs
//! and the server have it; knows nothing of the documents' shapes.

use super::super::super::model::{Premise, RolloutState};
use super::super::super::tree::Kind;
use super::super::at::{At, number};
use super::super::possible::{Condition, possible};
use super::super::steps::{Outcome, Step, When, holds, settle};
use super::Parent;
use crate::value::Value;

const STRATEGY: [&str; 11] = [
    "id",
    "name",
    "featureName",
    "environment",
    "title",
    "disabled",
    "sortOrder",
    "parameters",
    "constraints",
    "segments",
    "variants",
];
const FLEXIBLE: [&str; 3] = ["rollout", "stickiness", "groupId"];
const VARIANT: [&str; 6] = ["name", "weight", "weightType", "stickiness", "payload", "overrides"];
const CONSTRAINT: [&str; 6] = ["contextName", "operator", "values", "value", "inverted", "caseInsensitive"];
const DEPENDENCY: [&str; 3] = ["feature", "enabled", "variants"];

/// A condition on a parent, and where it stands.
pub(super) struct Gate {
    when: When,
    why: String,
}

/// A dependency as a condition. `find` yields what the parent serves in the same environment.
pub(super) fn gate<'s>(dependency: &At<'_>, find: impl Fn(&str) -> Option<&'s Parent>) -> Gate {
    let gate = |when| Gate { when, why: dependency.because("a flag that it depends on") };
    if let Some(stray) = dependency.stray(&DEPENDENCY) {
        return gate(When::Unclear(stray));
    }
    let Some(name) = dependency.text("feature") else {
        return gate(When::Unclear(dependency.because("a dependency without `feature`")));
    };
    let Some(parent) = find(name) else {
        return gate(When::Unclear(dependency.because(&format!("its parent `{name}` is not in the document"))));
    };
    if let Some(odd) = parent.odd {
        return gate(When::Unclear(dependency.because(&format!("of its parent `{name}`: {odd}"))));
    }
    let wanted = match dependency.field("enabled") {
        None => true,
        Some(_) => match dependency.truth("enabled") {
            Some(wanted) => wanted,
            None => return gate(When::Unclear(dependency.because("`enabled` is not true or false"))),
        },
    };
    let enabled = holds(&parent.enabled, |value| *value == Value::Bool(wanted), name);
    if dependency.is_empty("variants") {
        return gate(enabled);
    }
    if !wanted {
        return gate(When::Unclear(dependency.because("a variant of a parent that has to be off")));
    }
    let names = dependency.texts("variants");
    let none = |value: &Value| *value == Value::String("disabled".to_owned());
    if !names.iter().any(|name| name == "disabled") && holds(&parent.variant, none, name) == When::Always {
        return gate(When::Unclear(
            dependency.because("a variant of a parent without any, which SDKs read differently"),
        ));
    }
    let variant = holds(&parent.variant, |value| matches!(value, Value::String(name) if names.contains(name)), name);
    gate(enabled.and(variant))
}

fn closed(gates: &[Gate], outcome: &Outcome) -> Vec<Step> {
    gates.iter().map(|gate| Step::one(gate.when.clone().not(), outcome.clone(), gate.why.clone())).collect()
}

/// Strategies that some SDKs cannot read, upon which they take the whole feature for off. `segments` are the numbers of
/// those that the document has, `None` where it leaves them to the server.
pub(super) fn doubts(strategies: &[&At<'_>], segments: Option<&[i64]>) -> Option<String> {
    strategies.iter().find_map(|strategy| {
        let missing = strategy.list("segments").into_iter().find(|segment| match (segment.node.kind(), segments) {
            (Kind::Int(number), Some(known)) => !known.contains(&number),
            (Kind::Int(_), None) => false,
            _ => true,
        });
        if let Some(missing) = missing {
            return Some(missing.because("a segment that the document does not have"));
        }
        let odd = |key: &str| {
            let text = strategy.get("parameters").and_then(|parameters| parameters.text(key));
            text.is_some_and(|text| !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/ ".contains(&byte)))
        };
        if odd("stickiness")
            || odd("groupId")
            || matches!(strategy.text("name"), Some("remoteAddress" | "applicationHostname"))
        {
            return Some(strategy.because("a strategy that SDKs read differently"));
        }
        strategy
            .list("constraints")
            .iter()
            .find(|constraint| !is_proper(constraint))
            .map(|constraint| constraint.because("a constraint that not every SDK can read"))
    })
}

/// Whether every SDK can read a constraint.
pub(super) fn is_proper(constraint: &At<'_>) -> bool {
    let name = constraint.text("contextName").unwrap_or_default();
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let values = constraint.list("values");
    let listed = !values.is_empty() && values.iter().all(|value| matches!(value.node.kind(), Kind::Text(_)));
    let value = constraint.text("value").unwrap_or_default();
    let operand = match constraint.text("operator").unwrap_or_default() {
        "IN" | "NOT_IN" | "STR_CONTAINS" | "STR_STARTS_WITH" | "STR_ENDS_WITH" => listed,
        "NUM_EQ" | "NUM_GT" | "NUM_GTE" | "NUM_LT" | "NUM_LTE" => {
            !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
        }
        "DATE_AFTER" | "DATE_BEFORE" => value.parse::<jiff::Timestamp>().is_ok(),
        "SEMVER_EQ" | "SEMVER_GT" | "SEMVER_LT" => {
            let parts: Vec<&str> = value.split('.').collect();
            parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
        }
        _ => false,
    };
    named && operand && constraint.stray(&CONSTRAINT).is_none()
}

/// Whether the feature is on: all gates open, and any strategy for it; without strategies always.
pub(super) fn enabled(gates: &[Gate], strategies: &[&At<'_>], at: &At<'_>) -> RolloutState {
    let mut steps = closed(gates, &Outcome::truth(false));
    for strategy in strategies {
        steps.push(Step::one(applies(strategy), Outcome::truth(true), strategy.because("a strategy is for everyone")));
    }
    let (otherwise, why) =
        if strategies.is_empty() { (true, "enabled, without any strategy") } else { (false, "no strategy applies") };
    steps.push(Step::one(When::Always, Outcome::truth(otherwise), at.because(why)));
    settle(&steps)
}

/// The name of the variant: that of the first strategy that applies and has variants, else that of the feature.
pub(super) fn variant(gates: &[Gate], strategies: &[&At<'_>], own: &[At<'_>], at: &At<'_>) -> RolloutState {
    let none = Outcome::Value(Value::String("disabled".to_owned()));
    let mut steps = closed(gates, &none);
    let of_feature = |when: When| {
        if own.is_empty() {
            return vec![Step::one(when, none.clone(), at.because("there are no variants"))];
        }
        let overridden = own.iter().any(|variant| !variant.is_empty("overrides"));
        let names = own.iter().filter_map(|variant| variant.text("name"));
        let all = names.map(|name| (Outcome::Value(Value::String(name.to_owned())), None)).collect();
        let mut steps = Vec::new();
        if overridden {
            let to = when.clone().and(When::Sometimes("overrides of a variant".to_owned()));
            steps.push(Step { when: to, gives: all, why: at.because("overrides of a variant") });
        }
        steps.push(pick(when, own, at));
        steps
    };
    for strategy in strategies {
        let when = applies(strategy);
        let variants = strategy.list("variants");
        if !strategy.is_list_or_absent("variants") {
            steps.push(unclear(when, strategy.because("`variants` is no list")));
        } else if variants.is_empty() {
            steps.extend(of_feature(when));
        } else {
            steps.push(pick(when, &variants, strategy));
        }
    }
    if strategies.is_empty() {
        steps.extend(of_feature(When::Always));
    } else {
        steps.push(Step::one(When::Always, none.clone(), at.because("no strategy applies")));
    }
    settle(&steps)
}

fn unclear(when: When, why: String) -> Step {
    Step::one(when, Outcome::Unclear(why.clone()), why)
}

/// One of the variants that weigh something.
fn pick(when: When, variants: &[At<'_>], at: &At<'_>) -> Step {
    let mut gives = Vec::new();
    let mut total = 0.0;
    for variant in variants {
        if let Some(stray) = variant.stray(&VARIANT) {
            return unclear(when, stray);
        }
        let (Some(name), Some(weight)) = (variant.text("name"), variant.number("weight")) else {
            return unclear(when, variant.because("a variant without name or weight"));
        };
        if weight < 0.0 {
            return unclear(when, variant.because("a variant of negative weight"));
        }
        if weight > 0.0 {
            total += weight;
            gives.push((Outcome::Value(Value::String(name.to_owned())), Some(weight)));
        }
    }
    if gives.is_empty() {
        return unclear(when, at.because("no variant weighs anything"));
    }
    for (_, share) in &mut gives {
        *share = share.map(|weight| 100.0 * weight / total);
    }
    Step { when, gives, why: at.because("variants by weight") }
}

/// For whom a strategy applies.
fn applies(strategy: &At<'_>) -> When {
    if let Some(stray) = strategy.stray(&STRATEGY) {
        return When::Unclear(stray);
    }
    let Some(name) = strategy.text("name") else {
        return When::Unclear(strategy.because("a strategy without a name"));
    };
    let mut when = rollout(name, strategy);
    for (list, what) in [("constraints", "constraints"), ("segments", "segments")] {
        if !strategy.is_list_or_absent(list) {
            when = when.and(When::Unclear(strategy.because(&format!("`{list}` is no list"))));
        } else if !strategy.is_empty(list) {
            when = when.and(When::Sometimes(strategy.near(list).because(what)));
        }
    }
    let constraints = strategy.list("constraints");
    let compared: Vec<Condition<'_>> = constraints.iter().filter_map(compared).collect();
    if possible(&compared) { when } else { When::Never }
}

/// A constraint as one that others may contradict. `None` when nothing can be said of it.
fn compared<'a>(constraint: &At<'a>) -> Option<Condition<'a>> {
    let attribute = constraint.text("contextName").filter(|name| *name != "currentTime")?;
    let inverted = constraint.truth("inverted").unwrap_or_default();
    let folded = constraint.field("caseInsensitive").is_some() && constraint.truth("caseInsensitive") != Some(false);
    if !is_proper(constraint) || constraint.field("inverted").is_some() && constraint.truth("inverted").is_none() {
        return None;
    }
    let operator = constraint.text("operator")?;
    let values: Vec<&'a str> = constraint.list("values").into_iter().filter_map(|value| value.word()).collect();
    let only = matches!((operator, inverted), ("IN", false) | ("NOT_IN", true)).then(|| values.clone());
    let meets = move |value: &str| {
        let any = |test: fn(&str, &str) -> bool| values.iter().any(|part| test(value, part));
        let met = match operator {
            "IN" => any(|value, part| value == part),
            "NOT_IN" => !any(|value, part| value == part),
            "STR_CONTAINS" if !folded => any(|value, part| value.contains(part)),
            "STR_STARTS_WITH" if !folded => any(|value, part| value.starts_with(part)),
            "STR_ENDS_WITH" if !folded => any(|value, part| value.ends_with(part)),
            _ => return None,
        };
        Some(met != inverted)
    };
    Some(Condition { attribute: attribute.to_owned(), only, meets: Box::new(meets) })
}

fn rollout(name: &str, strategy: &At<'_>) -> When {
    let key = |key: &str| vec![Premise::ContextKey(key.to_owned())];
    match name {
        "default" => When::Always,
        "flexibleRollout" => {
            let Some(parameters) = strategy.get("parameters") else {
                return When::Unclear(strategy.because("`flexibleRollout` without `parameters`"));
            };
            if let Some(stray) = parameters.stray(&FLEXIBLE) {
                return When::Unclear(stray);
            }
            let Some(stickiness) = parameters.text("stickiness") else {
                return When::Unclear(parameters.because("no `stickiness`"));
            };
            let sticky = !matches!(stickiness, "default" | "random");
            match percentage(&parameters, "rollout") {
                None => When::Unclear(parameters.because("`rollout` is no percentage")),
                Some(0.0) => When::Never,
                Some(100.0) if sticky => When::Given(key(stickiness)),
                Some(100.0) => When::Always,
                Some(share) => When::Share(share, Some(stickiness.to_owned())),
            }
        }
        "gradualRolloutUserId" | "gradualRolloutSessionId" | "gradualRolloutRandom" => {
            let by = match name {
                "gradualRolloutUserId" => Some("userId"),
                "gradualRolloutSessionId" => Some("sessionId"),
                _ => None,
            };
            match (strategy.get("parameters").and_then(|parameters| percentage(&parameters, "percentage")), by) {
                (None, _) => When::Unclear(strategy.because("`percentage` is no percentage")),
                (Some(0.0), _) => When::Never,
                (Some(100.0), Some(by)) => When::Given(key(by)),
                // Without a key each call draws a number; that no SDK draws one beyond 100 is not known.
                (Some(share), by) => When::Share(share, by.map(str::to_owned)),
            }
        }
        "userWithId" | "remoteAddress" | "applicationHostname" => {
            When::Sometimes(strategy.because(&format!("strategy `{name}`")))
        }
        _ => When::Unclear(strategy.because(&format!("`{name}` is a strategy of your own"))),
    }
}

/// A percentage, which Unleash writes as text.
fn percentage(parameters: &At<'_>, key: &str) -> Option<f64> {
    let percentage = match parameters.text(key) {
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
        Some(_) => return None,
        None => number(parameters.field(key)?)?,
    };
    (0.0..=100.0).contains(&percentage).then_some(percentage)
}
