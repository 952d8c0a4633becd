//! Random flags and what the engines of vendors answered for them: whenever one value is concluded without a premise, it is
//! the only answer in any context. The recorded ones were written by `tests/engines`; `ENGINE_ANSWERS=FOLDER` takes more.

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

/// Compares all recorded flags; the share of those with one answer that are called so is printed and has to be at least this.
#[expect(clippy::print_stdout, reason = "the share is what somebody who runs this wants to see")]
#[track_caller]
fn agree(engine: &str, projection: &str, share: f64) {
    let path = folder().join(format!("{engine}.jsonl"));
    let text = std::fs::read_to_string(&path).expect("answers are recorded by `tests/engines`");
    let (mut flags, mut constant, mut called) = (0_usize, 0_usize, 0_usize);
    for line in text.lines() {
        let recorded: Json = serde_json::from_str(line).expect("one document per line");
        let document = recorded["document"].to_string();
        let registry = load(&[("input.json", &document)]);
        for (key, answers) in recorded["answers"][projection].as_object().expect("answers by flag") {
            let answers: Vec<Option<&Json>> =
                answers.as_array().expect("a list").iter().map(|answer| answer.get(0)).collect();
            let environment = flag(&registry, key).environments.values().next().expect("one environment");
            let state = match projection {
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
            flags += 1;
            constant += usize::from(answers.len() == 1);
            called += usize::from(answers.len() == 1 && (concluded.is_some() || is_fallback));
        }
    }
    let reached = 100.0 * called as f64 / constant.max(1) as f64;
    println!(
        "{engine} {projection}: {flags} flags, no counterexample; {called} of {constant} with one answer are called so ({reached:.1}%)"
    );
    assert!(
        reached >= share,
        "{engine} {projection}: only {reached:.1}% of the flags with one answer are called constant"
    );
}

#[test]
fn unleash_answers_what_is_concluded() {
    agree("unleash", "enabled", 0.0);
    agree("unleash", "variant", 0.0);
}

#[test]
fn launchdarkly_answers_what_is_concluded() {
    agree("launchdarkly", "value", 0.0);
}

#[test]
fn flagsmith_answers_what_is_concluded() {
    agree("flagsmith", "enabled", 0.0);
    agree("flagsmith", "value", 0.0);
}
