//! LaunchDarkly, with the engine of its Rust SDK.

use std::collections::HashMap;

use launchdarkly_server_sdk_evaluation::{Context, Flag, FlagValue, Segment, Store, evaluate};
use serde_json::{Value as Json, json};

use super::random::Random;
use super::{Answers, FLAGS, Recorded};

struct Data {
    flags: HashMap<String, Flag>,
    segments: HashMap<String, Segment>,
}

impl Store for Data {
    fn flag(&self, key: &str) -> Option<Flag> {
        self.flags.get(key).cloned()
    }

    fn segment(&self, key: &str) -> Option<Segment> {
        self.segments.get(key).cloned()
    }
}

fn clause(random: &mut Random) -> Json {
    if random.percent(15) {
        let segments = random.some(2, |random| random.pick(&["s1", "s2", "gone"]));
        return json!({"attribute": "", "op": "segmentMatch", "values": segments, "negate": random.percent(20)});
    }
    let op = random.pick(&["in", "startsWith", "contains", "lessThan", "matches", "before", "semVerEqual", "wink"]);
    // Attributes that are no reference make the flag malformed.
    let attribute = random.pick(&["key", "country", "plan", "kind", "/address/city", "/", "//", "/a~2"]);
    let mut clause = json!({"attribute": attribute, "op": op,
        "values": random.some(2, |random| random.pick(&[json!("DE"), json!("u1"), json!(3), json!("[")])),
        "negate": random.percent(20)});
    if random.percent(30) {
        clause["contextKind"] = json!(random.pick(&["user", "org"]));
    }
    clause
}

/// `variation` or `rollout`.
fn result(random: &mut Random, many: usize) -> Json {
    // Now and then a variation that does not exist.
    let variation = |random: &mut Random| if random.percent(2) { many } else { random.below(many) };
    match random.below(20) {
        0 => json!({}),
        1..=12 => json!({"variation": variation(random)}),
        _ => {
            let weights = random.some(3, |random| {
                let weight = random.pick(&[0, 0, 1, 50_000, 100_000, 100_000]);
                json!({"variation": variation(random), "weight": weight})
            });
            let mut rollout = json!({"variations": weights});
            if random.percent(30) {
                rollout["contextKind"] = json!("org");
            }
            if random.percent(30) {
                rollout["bucketBy"] = json!(random.pick(&["key", "country", "/", "/a/b"]));
            }
            if random.percent(20) {
                rollout["kind"] = json!(random.pick(&["rollout", "experiment"]));
                rollout["seed"] = json!(7);
            }
            json!({"rollout": rollout})
        }
    }
}

fn flag(random: &mut Random, number: usize) -> Json {
    let kinds = [
        vec![json!(true), json!(false)],
        vec![json!(true), json!(true), json!(false)],
        vec![json!("a"), json!("b")],
        vec![json!(1), json!(2.5)],
        vec![json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), json!([])],
    ];
    let variations = random.pick(&kinds);
    let many = variations.len();
    let target = |random: &mut Random| json!({"values": random.some(2, |random| random.pick(&["u1", "u2", "o1"])), "variation": random.below(many)});
    let mut flag = json!({"key": format!("f{number}"), "version": 1, "on": random.percent(85), "salt": "s",
        "variations": variations, "fallthrough": result(random, many), "rules": [], "prerequisites": [],
        "targets": if random.percent(25) { random.some(2, target) } else { Vec::new() }});
    if random.percent(85) {
        flag["offVariation"] = json!(random.below(many));
    }
    if random.percent(15) {
        let kinds = ["user", "org"];
        flag["contextTargets"] = json!(random.some(2, |random| {
            let mut one = target(random);
            one["contextKind"] = json!(random.pick(&kinds));
            one
        }));
    }
    if random.percent(35) {
        flag["rules"] = json!(random.some(2, |random| {
            let mut rule = result(random, many);
            rule["id"] = json!("r");
            rule["trackEvents"] = json!(false);
            rule["clauses"] = json!(random.some(2, clause));
            rule
        }));
    }
    if random.percent(30) {
        flag["prerequisites"] = json!(random.some(2, |random| {
            json!({"key": format!("f{}", random.below(FLAGS + 1)), "variation": random.below(2)})
        }));
    }
    flag
}

fn segment(random: &mut Random, key: &str) -> Json {
    let rules = random.some(1, |random| json!({"clauses": random.some(2, clause), "id": "x"}));
    json!({"key": key, "version": 1, "included": random.some(2, |random| random.pick(&["u1", "u3"])),
        "excluded": [], "rules": rules, "salt": "s"})
}

fn contexts() -> Vec<Context> {
    let mut contexts = vec![json!({"kind": "org", "key": "o1"}), json!({"kind": "org", "key": "o2", "country": "DE"})];
    for number in 0..60 {
        let mut user = json!({"key": format!("u{number}")});
        if number % 2 == 0 {
            user["country"] = json!(["DE", "US"][number / 2 % 2]);
        }
        if number % 3 == 0 {
            user["plan"] = json!(number);
        }
        if number % 5 == 0 {
            contexts.push(json!({"kind": "multi", "user": user.clone(), "org": {"key": format!("o{number}")}}));
        }
        user["kind"] = json!("user");
        contexts.push(user);
    }
    let read = |context| serde_json::from_value(context).expect("the engine reads its contexts");
    contexts.into_iter().map(read).collect()
}

fn answer(value: Option<&FlagValue>) -> Option<Json> {
    Some(match value? {
        FlagValue::Bool(on) => json!(on),
        FlagValue::Str(text) => json!(text),
        FlagValue::Number(number) => json!(number),
        FlagValue::Json(json) => json.clone(),
    })
}

/// A document and its answers.
pub(crate) fn record(seed: u64) -> Recorded {
    let mut random = Random::new(seed);
    let mut document = json!({"flags": {}, "segments": {}});
    let mut data = Data { flags: HashMap::new(), segments: HashMap::new() };
    for number in 0..FLAGS {
        let flag = flag(&mut random, number);
        // What the engine does not read would fail its whole document.
        let Ok(read) = serde_json::from_value::<Flag>(flag.clone()) else { continue };
        let key = format!("f{number}");
        data.flags.insert(key.clone(), read);
        document["flags"][key] = flag;
    }
    for key in ["s1", "s2"] {
        let segment = segment(&mut random, key);
        if let Ok(read) = serde_json::from_value::<Segment>(segment.clone()) {
            data.segments.insert(key.to_owned(), read);
            document["segments"][key] = segment;
        }
    }
    let mut answers = Answers::default();
    for context in contexts() {
        for (key, flag) in &data.flags {
            answers.add(key, answer(evaluate(&data, flag, &context, None).value));
        }
    }
    Recorded { document, answers: vec![("value", answers)] }
}
