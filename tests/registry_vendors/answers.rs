//! Random flags and what the engines of vendors answered for them: whenever one value is concluded without a premise, it is
//! the only answer in any context. The recorded ones were written by `tests/engines`; `ENGINE_ANSWERS=FOLDER` takes more,
//! `ENGINE_MISSES=NUMBER` shows flags with one answer that are not called constant.
//!
//! Contexts are drawn from the values that the flags compare with, and buckets are dealt several times, so that a rule that can
//! be hit is hit. Documents that the vendor's own tools refuse to save, and SDKs read differently, are marked `odd`: nothing
//! wrong may be concluded from them either, but to call them constant is not asked for.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flag_sweep::registry::model::RolloutState;
use flag_sweep::resolve::Projection;
use flag_sweep::value::Value;
use serde_json::Value as Json;

use super::{flag, load, only, seen};

fn folder() -> PathBuf {
    let recorded = || Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/registry/answers");
    std::env::var_os("ENGINE_ANSWERS").map_or_else(recorded, PathBuf::from)
}

fn same(value: &Value, answer: &Json) -> bool {
    match (value, answer) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(on), Json::Bool(answer)) => on == answer,
        (Value::String(text), Json::String(answer)) => text == answer,
        (Value::Int(number), answer) => answer.as_f64() == Some(*number as f64),
        (Value::Float(number), answer) => answer.as_f64() == Some(*number),
        (Value::Json(text), answer) => serde_json::from_str::<Json>(text).is_ok_and(|value| value == *answer),
        _ => false,
    }
}

/// What a document says about a flag, for people.
fn entry(document: &Json, key: &str) -> String {
    match document {
        Json::Object(fields) => match fields.get(key) {
            Some(entry) => entry.to_string(),
            None => fields.values().map(|below| entry(below, key)).find(|shown| !shown.is_empty()).unwrap_or_default(),
        },
        Json::Array(items) => {
            let named = |item: &&Json| item["name"] == key || item["feature"]["name"] == key;
            items.iter().find(named).map(ToString::to_string).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// What was compared of a projection.
#[derive(Default)]
struct Count {
    flags: usize,
    odd: usize,
    /// Not odd, and with one answer.
    constant: usize,
    /// Those of them that are called so.
    called: usize,
}

/// Compares all recorded flags; the share of those with one answer that are called so is printed and has to be at least this.
/// There may be more documents than fit into memory.
#[expect(clippy::print_stdout, reason = "the share is what somebody who runs this wants to see")]
#[track_caller]
fn agree(engine: &str, projections: &[&str], share: f64) {
    let path = folder().join(format!("{engine}.jsonl"));
    let file = std::fs::File::open(path).expect("answers are recorded by `tests/engines`");
    let mut misses = std::env::var("ENGINE_MISSES").ok().and_then(|number| number.parse().ok()).unwrap_or(0_usize);
    let (mut documents, mut asked) = (0_usize, 0_u64);
    let mut counts: Vec<Count> = projections.iter().map(|_| Count::default()).collect();
    for line in BufReader::new(file).lines() {
        let recorded: Json = serde_json::from_str(&line.expect("text")).expect("one document per line");
        let document = recorded["document"].to_string();
        let registry = load(&[("input.json", &document)]);
        documents += 1;
        asked += recorded["asked"].as_u64().unwrap_or(0);
        for (projection, count) in projections.iter().zip(&mut counts) {
            for (key, answers) in recorded["answers"][projection].as_object().expect("answers by flag") {
                let answers: Vec<Option<&Json>> =
                    answers.as_array().expect("a list").iter().map(|answer| answer.get(0)).collect();
                let environment = flag(&registry, key).environments.values().next().expect("one environment");
                let state = match *projection {
                    "enabled" => seen(environment, Projection::Enabled),
                    "variant" => seen(environment, Projection::Variant),
                    _ => seen(environment, Projection::Value),
                };
                let is_fallback = matches!(state, RolloutState::CallDefault { .. });
                let concluded = only(state);
                let agrees = |answer: &Option<&Json>| match (concluded, answer) {
                    (Some(value), Some(answer)) => same(value, answer),
                    (Some(_), None) => false,
                    (None, answer) => !is_fallback || answer.is_none(),
                };
                assert!(answers.iter().all(agrees), "`{key}`: concluded {state:?}, answered {answers:?}\n{document}");
                count.flags += 1;
                if recorded["odd"] == true {
                    count.odd += 1;
                    continue;
                }
                let found = concluded.is_some() || is_fallback;
                count.constant += usize::from(answers.len() == 1);
                count.called += usize::from(answers.len() == 1 && found);
                if answers.len() == 1 && !found && misses > 0 {
                    misses -= 1;
                    println!("missed `{key}`, always {answers:?}: {state:?}\n  {}", entry(&recorded["document"], key));
                }
            }
        }
    }
    for (projection, Count { flags, odd, constant, called }) in projections.iter().zip(counts) {
        let reached = 100.0 * called as f64 / constant.max(1) as f64;
        println!(
            "{engine} {projection}: {documents} documents, {flags} flags, {asked} questions, no counterexample; of the {} flags that are not odd, {called} of {constant} with one answer are called so ({reached:.1}%)",
            flags - odd
        );
        assert!(
            reached >= share,
            "{engine} {projection}: only {reached:.1}% of the flags with one answer are called constant"
        );
    }
}

#[test]
fn unleash_answers_what_is_concluded() {
    agree("unleash", &["enabled", "variant"], 95.0);
}

#[test]
fn flagd_answers_what_is_concluded() {
    agree("flagd", &["value"], 95.0);
}

#[test]
fn growthbook_answers_what_is_concluded() {
    agree("growthbook", &["enabled", "value"], 95.0);
}

#[test]
fn configcat_answers_what_is_concluded() {
    agree("configcat", &["value"], 95.0);
}

#[test]
fn launchdarkly_answers_what_is_concluded() {
    agree("launchdarkly", &["value"], 95.0);
}

#[test]
fn flagsmith_answers_what_is_concluded() {
    agree("flagsmith", &["enabled", "value"], 95.0);
}
