//! Flagsmith, with the engine of its SDKs.

use flagsmith_flag_engine::engine::get_evaluation_result;
use flagsmith_flag_engine::engine_eval::mappers::{
    add_identity_to_context, environment_to_context, remove_identity_from_context,
};
use flagsmith_flag_engine::environments::Environment;
use flagsmith_flag_engine::identities::Trait;
use flagsmith_flag_engine::types::{FlagsmithValue, FlagsmithValueType};
use serde_json::{Value as Json, json};

use super::random::Random;
use super::{Answers, Recorded};

const VALUES: [&str; 3] = ["blue", "green", "red"];

fn state(random: &mut Random, number: usize) -> Json {
    let mut rest = 100;
    let variants = random.some(2, |random| {
        let share = random.pick(&[0, 50, 100]).min(rest);
        rest -= share;
        json!({"id": 1, "percentage_allocation": share, "mv_fs_value_uuid": format!("m{}", random.below(1000)),
            "multivariate_feature_option": {"id": 4, "value": random.pick(&VALUES)}})
    });
    let values = [Json::Null, json!("blue"), json!("green"), json!(7), json!(true)];
    json!({"feature": {"id": number, "name": format!("f{number}"), "type": "STANDARD"}, "enabled": random.percent(60),
        "feature_state_value": random.pick(&values), "featurestate_uuid": format!("u{number}"), "django_id": number,
        "multivariate_feature_state_values": if random.percent(30) { variants } else { Vec::new() }})
}

/// Of documents that are not odd, none leaves out everybody: a share of 0 reaches one hash in ten thousand, which is hardly met,
/// and conditions that contradict each other are not looked for in segments.
fn condition(random: &mut Random, odd: bool, properties: &mut Vec<&'static str>) -> Json {
    let operator = random.pick(&["EQUAL", "NOT_EQUAL", "CONTAINS", "IS_SET", "IS_NOT_SET", "PERCENTAGE_SPLIT"]);
    let value = match operator {
        "PERCENTAGE_SPLIT" if odd => random.pick(&["0", "50", "100"]),
        "PERCENTAGE_SPLIT" => "50",
        _ => "pro",
    };
    let at = random.below(properties.len());
    let property = if odd { properties[at] } else { properties.remove(at) };
    json!({"operator": operator, "property_": property, "value": value})
}

fn segment(random: &mut Random, id: usize, flags: usize, odd: bool) -> Json {
    // SDKs disagree on whom a rule without conditions matches.
    let rules = random.several(1, odd, |random| {
        let mut properties = vec!["plan", "country"];
        let conditions = random.several(2, odd, |random| condition(random, odd, &mut properties));
        json!({"type": random.pick(&["ALL", "ANY", "NONE"]), "rules": [], "conditions": conditions})
    });
    let mut states: Vec<Json> = Vec::new();
    for _ in 0..random.below(4) {
        let mut state = state_of_any(random, flags);
        state["feature_segment"] = json!({"priority": random.below(3)});
        states.push(state);
    }
    let states = distinct(states, odd, |state| &state["feature"]["id"]);
    json!({"id": id, "name": format!("s{id}"), "rules": rules, "feature_states": states})
}

/// Without those that have what one before has, which only odd documents hold.
fn distinct(all: Vec<Json>, odd: bool, by: fn(&Json) -> &Json) -> Vec<Json> {
    let mut kept: Vec<Json> = Vec::new();
    for one in all {
        if odd || !kept.iter().any(|known| by(known) == by(&one)) {
            kept.push(one);
        }
    }
    kept
}

fn state_of_any(random: &mut Random, flags: usize) -> Json {
    let number = random.below(flags) + 1;
    state(random, number)
}

fn answer(value: &FlagsmithValue) -> Json {
    match value.value_type {
        FlagsmithValueType::None => Json::Null,
        FlagsmithValueType::String => json!(value.value),
        _ => serde_json::from_str(&value.value.to_lowercase()).unwrap_or(Json::Null),
    }
}

/// A document and its answers.
pub(crate) fn record(seed: u64, flags: usize) -> Recorded {
    let mut random = Random::new(seed);
    let odd = random.percent(25);
    let states: Vec<Json> = (1..=flags).map(|number| state(&mut random, number)).collect();
    let segments: Vec<Json> = (1..4).map(|id| segment(&mut random, id, flags, odd)).collect();
    let identities = random.some(2, |random| {
        let own = random.some(2, |random| state_of_any(random, flags));
        let own = distinct(own, odd, |state| &state["feature"]["id"]);
        json!({"identifier": random.pick(&["u1", "u2"]), "environment_api_key": "k",
            "created_date": "2022-03-02T12:31:05.309861", "identity_features": own, "identity_traits": []})
    });
    let identities = distinct(identities, odd, |identity| &identity["identifier"]);
    let document = json!({"id": 1, "api_key": "k", "name": "Production",
        "use_identity_overrides_in_local_eval": true,
        "project": {"id": 1, "name": "Shop", "hide_disabled_flags": false, "segments": segments,
            "organisation": {"id": 1, "name": "Acme", "feature_analytics": false, "stop_serving_flags": false,
                "persist_trait_data": true}},
        "feature_states": states, "identity_overrides": identities});
    let environment: Environment = serde_json::from_value(document.clone()).expect("the engine reads its documents");
    let context = environment_to_context(environment);
    let mut contexts = vec![context.clone(), remove_identity_from_context(&context)];
    for number in 0..60 {
        let text = |value: &str| serde_json::from_value(json!(value)).expect("a value");
        let mut traits = Vec::new();
        let values = [None, Some("pro"), Some("free"), Some("xprox")];
        for (name, value) in [("plan", values[number % 4]), ("country", values[number / 4 % 4])] {
            if let Some(value) = value {
                traits.push(Trait { trait_key: name.to_owned(), trait_value: text(value) });
            }
        }
        contexts.push(add_identity_to_context(&context, &format!("u{number}"), &traits));
    }
    let (mut enabled, mut value) = (Answers::default(), Answers::default());
    for context in &contexts {
        for (name, flag) in get_evaluation_result(context).flags {
            enabled.add(&name, Some(json!(flag.enabled)));
            value.add(&name, Some(answer(&flag.value)));
        }
    }
    Recorded { document, answers: vec![("enabled", enabled), ("value", value)], odd }
}
