//! Unleash, with the engine of its SDKs.

use serde_json::{Value as Json, json};
use unleash_yggdrasil::{ClientFeatures, Context, EngineState};

use super::random::Random;
use super::{Answers, CONTEXTS, Recorded, SALTS, words};

/// The first flags depend on no others, so that others can depend on them.
fn parents(flags: usize) -> usize {
    (flags / 3).max(2).min(flags)
}

fn constraint(random: &mut Random, odd: bool) -> Json {
    let operator = random.pick(&["IN", "NOT_IN", "STR_CONTAINS", "NUM_GT", "DATE_AFTER", "SEMVER_EQ"]);
    let name = match (odd, operator) {
        (true, _) => random.pick(&["country", "userId", "tenantId", "currentTime"]),
        (false, "DATE_AFTER") => "currentTime",
        (false, _) => random.pick(&["country", "userId", "tenantId"]),
    };
    let mut constraint = json!({"contextName": name,
        "operator": operator, "inverted": random.percent(20), "caseInsensitive": false});
    match operator {
        "IN" | "NOT_IN" | "STR_CONTAINS" => {
            constraint["values"] = json!(random.several(2, odd, |random| random.pick(&["DE", "US", "u1", "u2"])));
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

fn strategy(random: &mut Random, odd: bool) -> Json {
    let stickiness = random.pick(&["default", "default", "random", "userId", "sessionId", "tenantId"]);
    // Small shares would need many contexts to be met.
    let (least, most) = if odd { ("1", "99") } else { ("20", "80") };
    let rollout = random.pick(&["0", least, "50", most, "100", "100", "100"]);
    let percentage = json!({"percentage": rollout, "groupId": "g"});
    let mut strategy = match random.below(if odd { 12 } else { 11 }) {
        0..=5 => {
            json!({"name": "flexibleRollout", "parameters": {"rollout": rollout, "stickiness": stickiness, "groupId": "g"}})
        }
        6..=7 => json!({"name": "default", "parameters": {}}),
        8 => json!({"name": "gradualRolloutUserId", "parameters": percentage}),
        // SDKs disagree on who is left out at 100 %.
        9 if !odd && rollout == "100" => json!({"name": "default", "parameters": {}}),
        9 => json!({"name": "gradualRolloutRandom", "parameters": percentage}),
        10 => json!({"name": "userWithId", "parameters": {"userIds": "u1,u2"}}),
        _ => json!({"name": "betaUsers", "parameters": {}}),
    };
    if random.percent(25) {
        strategy["constraints"] = json!(random.some(2, |random| constraint(random, odd)));
    }
    if random.percent(15) {
        strategy["segments"] = json!(random.some(2, |random| random.pick(if odd { &[1, 2, 99] } else { &[1, 2, 1] })));
    }
    if random.percent(30) {
        strategy["variants"] = json!(variants(random));
    }
    strategy
}

fn feature(random: &mut Random, number: usize, flags: usize, odd: bool) -> Json {
    let mut feature = json!({"name": format!("f{number}"), "type": "release", "enabled": random.percent(85),
        "strategies": random.some(3, |random| strategy(random, odd))});
    if random.percent(20) {
        feature["variants"] = json!(variants(random));
    }
    // SDKs do not evaluate parents of parents; in odd documents, now and then a parent is not there.
    if random.percent(30) && (odd || number >= parents(flags)) {
        let dependencies = random.some(2, |random| {
            let mut dependency =
                json!({"feature": format!("f{}", random.below(if odd { flags + 2 } else { parents(flags) }))});
            if random.percent(50) {
                dependency["enabled"] = json!(random.percent(70));
            }
            if odd && random.percent(30) {
                dependency["variants"] = json!(random.some(2, |random| random.pick(&["red", "blue", "disabled"])));
            }
            dependency
        });
        feature["dependencies"] = json!(dependencies);
    }
    feature
}

/// A field of a context: absent, what the flag compares it with, what is beside that, or another value.
fn field(random: &mut Random, words: &[&'static str]) -> Option<String> {
    match random.below(4) {
        0 => None,
        1 => Some(format!("x{}", random.below(100_000))),
        2 => Some(random.pick(&["6", "1.2.3", "xDEx", "u1u2"]).to_owned()),
        _ if words.is_empty() => None,
        _ => Some(random.pick(words).to_owned()),
    }
}

fn context(random: &mut Random, words: &[&'static str]) -> Context {
    let mut context = json!({"properties": {}});
    for name in ["userId", "sessionId"] {
        if let Some(value) = field(random, words) {
            context[name] = json!(value);
        }
    }
    for name in ["country", "tenantId"] {
        if let Some(value) = field(random, words) {
            context["properties"][name] = json!(value);
        }
    }
    if random.percent(30) {
        context["currentTime"] = json!("2019-01-01T00:00:00Z");
    }
    serde_json::from_value(context).expect("the engine reads its contexts")
}

fn engine(document: &str) -> EngineState {
    let engine = EngineState::default();
    engine.apply_client_features(
        serde_json::from_str::<ClientFeatures>(document).expect("the engine reads its documents"),
    );
    engine
}

/// A document and its answers.
pub(crate) fn record(seed: u64, flags: usize) -> Recorded {
    let mut random = Random::new(seed);
    let odd = random.percent(25);
    let features: Vec<Json> = (0..flags).map(|number| feature(&mut random, number, flags, odd)).collect();
    let segments: Vec<Json> =
        [1, 2].map(|id| json!({"id": id, "constraints": random.some(1, |random| constraint(random, odd))})).into();
    let document = json!({"version": 2, "features": features, "segments": segments});
    let text = document.to_string();
    let shared = document["segments"].to_string() + &json!(features[..parents(flags)]).to_string();
    let (mut enabled, mut variant) = (Answers::default(), Answers::default());
    for salt in 0..SALTS {
        let engine = engine(&text.replace("\"groupId\":\"g\"", &format!("\"groupId\":\"g{salt}\"")));
        for (number, feature) in features.iter().enumerate() {
            let name = format!("f{number}");
            let text = (feature.to_string() + &shared).replace("u1,u2", "u1\",\"u2");
            let words = words(&text, &["DE", "US", "u1", "u2"]);
            for _ in 0..CONTEXTS {
                if !enabled.is_open(&name) && !variant.is_open(&name) {
                    break;
                }
                let context = context(&mut random, &words);
                enabled.add(&name, Some(json!(engine.is_enabled(&name, &context, &None))));
                variant.add(&name, Some(json!(engine.get_variant(&name, &context, &None).name)));
            }
        }
    }
    Recorded { document, answers: vec![("enabled", enabled), ("variant", variant)], odd }
}
