//! Flipper: its export. Owns its gates, any of which turns a feature on.

use super::super::model::{Premise, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::Reading;
use super::steps::{Outcome, Step, When, settle};
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "flipper", title: "Flipper", recognises, read };

const GATES: [&str; 6] = ["boolean", "actors", "groups", "percentage_of_actors", "percentage_of_time", "expression"];

fn recognises(root: &At<'_>) -> bool {
    let gates = |at: &At<'_>| at.has("boolean") && at.has("actors") && at.has("percentage_of_actors");
    root.get("features").is_some_and(|features| features.entries().iter().take(20).any(|(_, at)| gates(at)))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    for (entry, at) in root.near("features").entries() {
        let mut flag = reading.flag(entry.key, at.node);
        flag.at.span = entry.key_span.clone();
        let state = state(&at);
        flag.environments.insert(EVERY.to_owned(), reading.state(state, None, at.node));
        reading.add(flag);
    }
}

fn state(at: &At<'_>) -> RolloutState {
    if let Some(why) = at.stray(&GATES) {
        return RolloutState::Unknown { why };
    }
    let on = |when, gate: &str| Step::one(when, Outcome::truth(true), at.near(gate).because(&format!("gate `{gate}`")));
    let unclear = |gate: &str| on(When::Unclear(at.near(gate).because(&format!("gate `{gate}`"))), gate);
    let mut steps = Vec::new();
    match (at.field("boolean"), at.text("boolean"), at.truth("boolean")) {
        (None, _, _) | (_, Some("false"), _) | (_, _, Some(false)) => {}
        (_, Some("true"), _) | (_, _, Some(true)) => steps.push(on(When::Always, "boolean")),
        _ => steps.push(unclear("boolean")),
    }
    for gate in ["actors", "groups"] {
        if !at.is_list_or_absent(gate) {
            steps.push(unclear(gate));
        } else if !at.is_empty(gate) {
            steps.push(on(When::Sometimes(at.near(gate).because(&format!("gate `{gate}`"))), gate));
        }
    }
    for gate in ["percentage_of_actors", "percentage_of_time"] {
        let share = at.number(gate).or_else(|| at.text(gate).and_then(|text| text.parse().ok()));
        match share {
            None if at.field(gate).is_none() => {}
            Some(0.0) => {}
            Some(share) if share >= 100.0 && gate == "percentage_of_time" => steps.push(on(When::Always, gate)),
            Some(share) if share >= 100.0 => steps.push(on(When::Given(vec![Premise::Actor]), gate)),
            Some(share) if share > 0.0 => steps.push(on(When::Share(share, None), gate)),
            _ => steps.push(unclear(gate)),
        }
    }
    if at.field("expression").is_some() {
        steps.push(on(When::Sometimes(at.near("expression").because("gate `expression`")), "expression"));
    }
    if steps.is_empty() {
        return RolloutState::Off { value: Value::Bool(false), why: at.because("no gate is open") };
    }
    steps.push(Step::one(When::Always, Outcome::truth(false), at.because("no gate is open")));
    settle(&steps)
}
