//! LaunchDarkly, with the engine of its Rust SDK.

use std::collections::HashMap;

use launchdarkly_server_sdk_evaluation::{Context, Flag, FlagValue, Segment, Store, evaluate};
use serde_json::{Value as Json, json};

use super::random::Random;
use super::{Answers, CONTEXTS, Recorded, SALTS, words};

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

/// More clauses than this are not met by one context.
const MAX_CLAUSES: usize = 1000;

fn clause(random: &mut Random, odd: bool, nested: bool) -> Json {
    if random.percent(15) && (odd || !nested) {
        let names = if odd { ["s1", "s2", "gone"] } else { ["s1", "s2", "s1"] };
        let segments = random.several(2, odd, |random| random.pick(&names));
        return json!({"attribute": "", "op": "segmentMatch", "values": segments, "negate": random.percent(20)});
    }
    // Attributes that are no reference make the flag malformed.
    let attributes: &[&str] = &["key", "country", "plan", "/address/city", "kind", "/", "//", "/a~2"];
    let attribute = random.pick(if odd { attributes } else { &attributes[..4] });
    let (op, operands) = if odd {
        let ops = ["in", "startsWith", "contains", "lessThan", "matches", "before", "semVerEqual", "wink"];
        (random.pick(&ops), vec![json!("DE"), json!("u1"), json!(3), json!("[")])
    } else {
        let texts = vec![json!("DE"), json!("u1")];
        random.pick(&[
            ("in", texts.clone()),
            ("in", texts.clone()),
            ("startsWith", texts.clone()),
            ("contains", texts),
            ("lessThan", vec![json!(3)]),
            ("semVerEqual", vec![json!("1.2.3")]),
        ])
    };
    let mut clause = json!({"attribute": attribute, "op": op,
        "values": random.several(2, odd, |random| random.pick(&operands)), "negate": random.percent(20)});
    if random.percent(30) {
        clause["contextKind"] = json!(random.pick(&["user", "org"]));
    }
    clause
}

/// `variation` or `rollout`.
fn result(random: &mut Random, many: usize, odd: bool) -> Json {
    // Now and then a variation that does not exist.
    let variation = |random: &mut Random| if odd && random.percent(4) { many } else { random.below(many) };
    match random.below(20) {
        0 if odd => json!({}),
        0..=12 => json!({"variation": variation(random)}),
        _ => {
            let weights = random.several(3, odd, |random| {
                let weight = random.pick(if odd { &[0, 1, 50_000, 100_000] } else { &[0, 20_000, 50_000, 100_000] });
                json!({"variation": variation(random), "weight": weight})
            });
            let mut rollout = json!({"variations": weights});
            if random.percent(30) {
                rollout["contextKind"] = json!("org");
            }
            if random.percent(30) {
                rollout["bucketBy"] = json!(random.pick(if odd {
                    &["key", "country", "/", "/a/b"]
                } else {
                    &["key", "country", "key", "country"]
                }));
            }
            if random.percent(20) {
                rollout["kind"] = json!(random.pick(&["rollout", "experiment"]));
                rollout["seed"] = json!(7);
            }
            json!({"rollout": rollout})
        }
    }
}

fn flag(random: &mut Random, number: usize, flags: usize, odd: bool) -> Json {
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
        "variations": variations, "fallthrough": result(random, many, odd), "rules": [], "prerequisites": [],
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
            let mut rule = result(random, many, odd);
            rule["id"] = json!("r");
            rule["trackEvents"] = json!(false);
            rule["clauses"] = json!(random.several(2, odd, |random| clause(random, odd, false)));
            rule
        }));
    }
    // In odd documents, prerequisites may go in circles, be shared, or lead nowhere.
    if random.percent(30) && (odd || number > 0) {
        let (most, among) = if odd { (2, flags + 1) } else { (1, number) };
        flag["prerequisites"] = json!(random.some(most, |random| {
            json!({"key": format!("f{}", random.below(among)), "variation": random.below(2)})
        }));
    }
    flag
}

fn segment(random: &mut Random, key: &str, odd: bool) -> Json {
    let rules = random
        .some(1, |random| json!({"clauses": random.several(2, odd, |random| clause(random, odd, true)), "id": "x"}));
    json!({"key": key, "version": 1, "included": random.some(2, |random| random.pick(&["u1", "u3"])),
        "excluded": [], "rules": rules, "salt": "s"})
}

/// A part of a context: attributes absent, what flags compare them with, what is beside that, or another value.
fn part(random: &mut Random, words: &[&'static str]) -> Json {
    let mut part = json!({"key": format!("k{}", random.below(100_000))});
    if random.percent(30) && !words.is_empty() {
        part["key"] = json!(random.pick(words));
    }
    let value = |random: &mut Random| match random.below(5) {
        0 => None,
        1 => Some(json!(format!("x{}", random.below(100_000)))),
        2 => Some(random.pick(&[json!(2), json!(3), json!(4), json!("1.2.3"), json!("DEx"), json!(["DE", "u1"])])),
        _ if words.is_empty() => None,
        _ => Some(json!(random.pick(words))),
    };
    for name in ["country", "plan"] {
        if let Some(value) = value(random) {
            part[name] = value;
        }
    }
    if let Some(city) = value(random) {
        part["address"] = json!({"city": city});
    }
    part
}

/// A context that clauses may match, all of them at once: rules of two clauses are hardly hit by chance.
fn aimed(random: &mut Random, words: &[&'static str], document: &Json, clauses: &Json) -> Json {
    let mut context = json!({"kind": "multi", "user": part(random, words), "org": part(random, words)});
    let mut clauses: Vec<&Json> = clauses.as_array().into_iter().flatten().collect();
    // Segments of odd documents may lead to each other in a circle.
    let mut left = MAX_CLAUSES;
    while let Some(clause) = clauses.pop().filter(|_| left > 0) {
        left -= 1;
        let Some(wanted) =
            clause["values"].as_array().filter(|values| !values.is_empty()).map(|values| random.pick(values))
        else {
            continue;
        };
        let kind = clause["contextKind"].as_str().unwrap_or("user").to_owned();
        let met = clause["negate"] != true;
        let value = match clause["op"].as_str() {
            Some("segmentMatch") if met => {
                let segment = &document["segments"][wanted.as_str().unwrap_or_default()];
                match (segment["included"].get(0), segment["rules"].get(0)) {
                    (Some(key), _) => context["user"]["key"] = key.clone(),
                    (None, Some(rule)) => clauses.extend(rule["clauses"].as_array().into_iter().flatten()),
                    (None, None) => {}
                }
                continue;
            }
            Some("segmentMatch") => continue,
            Some("lessThan") => json!(if met { 2 } else { 4 }),
            _ if met => wanted,
            _ => json!("other"),
        };
        match clause["attribute"].as_str() {
            // Without a kind it is the name of an attribute, no reference.
            Some(name @ "/address/city") if clause["contextKind"].is_null() => context["user"][name] = value,
            Some("/address/city") => context[kind.as_str()]["address"] = json!({"city": value}),
            Some(name @ ("country" | "plan")) => context[kind.as_str()][name] = value,
            Some("key") if value.is_string() => context[kind.as_str()]["key"] = value,
            _ => {}
        }
    }
    context
}

fn context(random: &mut Random, words: &[&'static str], (document, flags): (&Json, usize), key: &str) -> Context {
    let own = &document["flags"][key]["rules"];
    let any = &document["flags"][format!("f{}", random.below(flags))]["rules"];
    let rules = if random.percent(60) { own } else { any };
    let rule = rules.as_array().filter(|rules| !rules.is_empty()).map(|rules| random.pick(rules));
    if let Some(rule) = rule.filter(|_| random.percent(50)) {
        let context = aimed(random, words, document, &rule["clauses"]);
        return serde_json::from_value(context).expect("the engine reads its contexts");
    }
    let context = match random.below(4) {
        0 => json!({"kind": "multi", "user": part(random, words), "org": part(random, words)}),
        1 => {
            let mut one = part(random, words);
            one["kind"] = json!("org");
            one
        }
        _ => {
            let mut one = part(random, words);
            one["kind"] = json!("user");
            one
        }
    };
    serde_json::from_value(context).expect("the engine reads its contexts")
}

fn answer(value: Option<&FlagValue>) -> Option<Json> {
    Some(match value? {
        FlagValue::Bool(on) => json!(on),
        FlagValue::Str(text) => json!(text),
        FlagValue::Number(number) => json!(number),
        FlagValue::Json(json) => json.clone(),
    })
}

/// The document as the engine holds it, with other buckets. What it does not read would fail a whole document.
fn data(document: &Json, salt: usize) -> Data {
    let text = document.to_string().replace("\"salt\":\"s\"", &format!("\"salt\":\"s{salt}\""));
    let dealt: Json = serde_json::from_str(&text).expect("it is JSON");
    let mut data = Data { flags: HashMap::new(), segments: HashMap::new() };
    for (key, flag) in dealt["flags"].as_object().expect("an object") {
        data.flags.insert(key.clone(), serde_json::from_value(flag.clone()).expect("it was read before"));
    }
    for (key, segment) in dealt["segments"].as_object().expect("an object") {
        data.segments.insert(key.clone(), serde_json::from_value(segment.clone()).expect("it was read before"));
    }
    data
}

/// A document and its answers.
pub(crate) fn record(seed: u64, flags: usize) -> Recorded {
    let mut random = Random::new(seed);
    let odd = random.percent(25);
    let mut document = json!({"flags": {}, "segments": {}});
    for number in 0..flags {
        let flag = flag(&mut random, number, flags, odd);
        if serde_json::from_value::<Flag>(flag.clone()).is_ok() {
            document["flags"][format!("f{number}")] = flag;
        }
    }
    for key in ["s1", "s2"] {
        let segment = segment(&mut random, key, odd);
        if serde_json::from_value::<Segment>(segment.clone()).is_ok() {
            document["segments"][key] = segment;
        }
    }
    let words = words(&document.to_string(), &["DE", "u1", "u2", "u3", "o1"]);
    let mut answers = Answers::default();
    for salt in 0..SALTS {
        let data = data(&document, salt);
        for number in 0..flags {
            let key = format!("f{number}");
            let Some(flag) = data.flags.get(&key) else { continue };
            for _ in 0..CONTEXTS {
                if !answers.is_open(&key) {
                    break;
                }
                let context = context(&mut random, &words, (&document, flags), &key);
                answers.add(&key, answer(evaluate(&data, flag, &context, None).value));
            }
        }
    }
    Recorded { document, answers: vec![("value", answers)], odd }
}
