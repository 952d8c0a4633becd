//! Vendors' documents: what is concluded from each of the recorded ones, beside what the vendor's own engine answered.
//! Owns loading and showing; each provider's cases are in a file of its own.

mod answers;
mod broken;
mod engines;
mod flagsmith;
mod further;
mod launchdarkly;
mod more;
mod smallest;
mod unleash;

use std::path::{Path, PathBuf};

use flag_sweep::registry::model::{EnvironmentState, Flag, Registry, RolloutState};
use flag_sweep::registry::{self, RegistryError};
use flag_sweep::resolve::Projection;
use flag_sweep::source::Sources;
use flag_sweep::value::Value;
use serde_json::Value as Json;

/// A recorded document.
fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/registry/vendors").join(name);
    std::fs::read_to_string(path).expect("the fixtures are part of the repository")
}

/// Loads documents together, each under its name.
fn try_load(documents: &[(&str, &str)]) -> Result<(Registry, Vec<String>), RegistryError> {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let mut paths = Vec::new();
    for (name, text) in documents {
        std::fs::write(folder.path().join(name), text).expect("the scratch directory can be written");
        paths.push(PathBuf::from(name));
    }
    registry::load(&paths, folder.path(), &mut Sources::default())
}

#[track_caller]
fn load(documents: &[(&str, &str)]) -> Registry {
    match try_load(documents) {
        Ok((registry, _)) => registry,
        Err(error) => panic!("{error}"),
    }
}

/// The message of a document that is refused.
#[track_caller]
fn refused(text: &str) -> String {
    match try_load(&[("input.json", text)]) {
        Ok((registry, _)) => panic!("accepted: {registry:#?}"),
        Err(error) => error.to_string(),
    }
}

fn seen(state: &EnvironmentState, projection: Projection) -> &RolloutState {
    state.seen(projection).unwrap_or(&state.state)
}

/// "true", "true given userId", "off false", "fallback", "partial", "targeted", "unknown".
fn show(state: &RolloutState) -> String {
    match state {
        RolloutState::Constant { value, premises, .. } if premises.is_empty() => value.to_string(),
        RolloutState::Constant { value, premises, .. } => {
            let names: Vec<String> = premises.iter().map(|premise| premise.name()).collect();
            format!("{value} given {}", names.join(" and "))
        }
        RolloutState::Off { value, .. } => format!("off {value}"),
        RolloutState::CallDefault { .. } => "fallback".to_owned(),
        RolloutState::Partial { .. } => "partial".to_owned(),
        RolloutState::Targeted { .. } => "targeted".to_owned(),
        RolloutState::Unknown { .. } => "unknown".to_owned(),
    }
}

/// The only value there is, without any condition.
fn only(state: &RolloutState) -> Option<&Value> {
    match state {
        RolloutState::Constant { value, premises, .. } if premises.is_empty() => Some(value),
        RolloutState::Off { value, .. } => Some(value),
        _ => None,
    }
}

fn flag<'a>(registry: &'a Registry, key: &str) -> &'a Flag {
    registry.flags.get(key).unwrap_or_else(|| panic!("`{key}` was not read"))
}

/// `document` around a flag `f`, by `entry → state`.
#[track_caller]
fn each(cases: &[(Json, &str)], document: impl Fn(&Json) -> Json) {
    for (entry, expected) in cases {
        let registry = load(&[("input.json", &document(entry).to_string())]);
        assert_eq!(show(&flag(&registry, "f").environments["*"].state), *expected, "{entry}");
    }
}

/// Compares `key → state` in an environment with what is expected; every flag has to be listed.
#[track_caller]
fn compare(registry: &Registry, environment: &str, projection: Projection, expected: &[(&str, &str)]) {
    let mut differences = Vec::new();
    for (key, wanted) in expected {
        let shown = flag(registry, key).environments.get(environment).map(|state| show(seen(state, projection)));
        if shown.as_deref() != Some(*wanted) {
            differences.push(format!("{key}: expected {wanted}, concluded {shown:?}"));
        }
    }
    for key in registry.flags.keys() {
        if !expected.iter().any(|(known, _)| known == key) {
            differences.push(format!("{key} is not in the table"));
        }
    }
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}

/// A recorded pair of document and answers.
fn observed(name: &str) -> (String, Json) {
    let recorded: Json = serde_json::from_str(&sample(name)).expect("the fixture is JSON");
    (recorded["document"].to_string(), recorded["observed"].clone())
}

/// Whenever one value is concluded, the engine must have answered it in every context; whenever the call's fallback is,
/// it must have answered that.
#[track_caller]
fn agrees(
    registry: &Registry,
    environment: &str,
    projection: Projection,
    answers: &Json,
    read: impl Fn(&str) -> Option<Json>,
) {
    let mut constants = 0;
    for (key, contexts) in answers.as_object().expect("answers by flag") {
        let Some(flag) = registry.flags.get(key) else { continue };
        let state = seen(&flag.environments[environment], projection);
        for (context, answer) in contexts.as_object().expect("answers by context") {
            let answer = answer.as_str().expect("answers are texts");
            if let (Some(value), Some(answered)) = (only(state), read(answer)) {
                let answered = match answered {
                    Json::String(text) => Value::String(text),
                    other => Value::from_argument(&other.to_string()),
                };
                assert_eq!(*value, answered, "{key} in {context}: {state:?}");
                constants += 1;
            }
            if matches!(state, RolloutState::CallDefault { .. }) {
                assert!(read(answer).is_none_or(|answer| answer == "CODE"), "{key} in {context}: {answer}");
            }
        }
    }
    assert!(constants > 0, "nothing was compared");
}
