//! Unleash, with the engine of its SDKs.

use serde_json::{Value as Json, json};
use unleash_yggdrasil::{ClientFeatures, Context, EngineState};

use super::random::Random;
use super::{Answers, FLAGS, Recorded};

fn constraint(random: &mut Random) -> Json {
    let operator = random.pick(&["IN", "NOT_IN", "STR_CONTAINS", "NUM_GT", "DATE_AFTER", "SEMVER_EQ"]);
    let mut constraint = json!({"contextName": random.pick(&["country", "userId", "tenantId", "currentTime"]),
        "operator": operator, "inverted": random.percent(20), "caseInsensitive": false});
    match operator {
        "IN" | "NOT_IN" | "STR_CONTAINS" => {
            constraint["values"] = json!(random.some(2, |random| random.pick(&["DE", "US", "u1", "u2"])));
        }
        "NUM_GT" => constraint["value"] = json!("5"),
        "DATE_AFTER" => constraint["value"] = json!("2020-01-01T00:00:00Z"),
        _ => constraint["value"] = json!("1.2.3"),
    }
    constraint
}

fn variants(random: &mut Random) -> Vec<Json> {
    let mut names = vec!["red", "blue", "green"];
    let mut variants = random.some(2, |random| {
        let name = names.remove(random.below(names.len()));
        let stickiness = random.pick(&["default", "random", "userId", "tenantId"]);
        json!({"name": name, "weight": random.pick(&[0, 500, 1000]), "weightType": "variable", "stickiness": stickiness})
    });
    // The engine panics where no variant weighs anything.
    if variants.iter().all(|variant| variant["weight"] == 0)
        && let Some(first) = variants.first_mut()
    {
        first["weight"] = json!(1000);
    }
    variants
}

fn strategy(random: &mut Random) -> Json {
    let stickiness = random.pick(&["default", "default", "random", "userId", "sessionId", "tenantId"]);
    let rollout = random.pick(&["0", "1", "50", "99", "100", "100", "100"]);
    let percentage = json!({"percentage": rollout, "groupId": "g"});
    let mut strategy = match random.below(12) {
        0..=5 => {
            json!({"name": "flexibleRollout", "parameters": {"rollout": rollout, "stickiness": stickiness, "groupId": "g"}})
        }
        6..=7 => json!({"name": "default", "parameters": {}}),
        8 => json!({"name": "gradualRolloutUserId", "parameters": percentage}),
        9 => json!({"name": "gradualRolloutRandom", "parameters": percentage}),
        10 => json!({"name": "userWithId", "parameters": {"userIds": "u1,u2"}}),
        _ => json!({"name": "betaUsers", "parameters": {}}),
    };
    if random.percent(25) {
        strategy["constraints"] = json!(random.some(2, constraint));
    }
    if random.percent(15) {
        strategy["segments"] = json!(random.some(2, |random| random.pick(&[1, 2, 99])));
    }
    if random.percent(30) {
        strategy["variants"] = json!(variants(random));
    }
    strategy
}

fn feature(random: &mut Random, number: usize) -> Json {
    let mut feature = json!({"name": format!("f{number}"), "type": "release", "enabled": random.percent(85),
        "strategies": random.some(3, strategy)});
    if random.percent(20) {
        feature["variants"] = json!(variants(random));
    }
    if random.percent(30) {
        // Now and then a parent that is not there.
        let dependencies = random.some(2, |random| {
            let mut dependency = json!({"feature": format!("f{}", random.below(FLAGS + 2))});
            if random.percent(50) {
                dependency["enabled"] = json!(random.percent(70));
            }
            if random.percent(30) {
                dependency["variants"] = json!(random.some(2, |random| random.pick(&["red", "blue", "disabled"])));
            }
            dependency
        });
        feature["dependencies"] = json!(dependencies);
    }
    feature
}

fn contexts() -> Vec<Context> {
    let mut contexts = vec![json!({}), json!({"sessionId": "s1"}), json!({"properties": {"tenantId": "t1"}})];
    for number in 0..60 {
        let mut context = json!({"userId": format!("u{number}"), "properties": {}});
        if number % 2 == 0 {
            context["properties"]["country"] = json!(["DE", "US"][number / 2 % 2]);
        }
        if number % 3 == 0 {
            context["properties"]["tenantId"] = json!(format!("t{number}"));
        }
        if number % 5 == 0 {
            context["sessionId"] = json!(format!("s{number}"));
        }
        contexts.push(context);
    }
    let read = |context| serde_json::from_value(context).expect("the engine reads its contexts");
    contexts.into_iter().map(read).collect()
}

/// A document and its answers.
pub(crate) fn record(seed: u64) -> Recorded {
    let mut random = Random::new(seed);
    let features: Vec<Json> = (0..FLAGS).map(|number| feature(&mut random, number)).collect();
    let segments: Vec<Json> = [1, 2].map(|id| json!({"id": id, "constraints": random.some(1, constraint)})).into();
    let document = json!({"version": 2, "features": features, "segments": segments});
    let engine = EngineState::default();
    engine.apply_client_features(
        serde_json::from_value::<ClientFeatures>(document.clone()).expect("the engine reads its documents"),
    );
    let (mut enabled, mut variant) = (Answers::default(), Answers::default());
    for context in contexts() {
        for name in (0..FLAGS).map(|number| format!("f{number}")) {
            enabled.add(&name, Some(json!(engine.is_enabled(&name, &context, &None))));
            variant.add(&name, Some(json!(engine.get_variant(&name, &context, &None).name)));
        }
    }
    Recorded { document, answers: vec![("enabled", enabled), ("variant", variant)] }
}
