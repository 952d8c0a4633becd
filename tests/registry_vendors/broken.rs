//! Documents that are truncated, empty, of nobody, or of two; and native files laid over vendors' documents.

use flag_sweep::resolve::Projection;

use super::{compare, flag, load, refused, sample, show, try_load};

/// Every recorded document of a provider as it is given.
fn documents() -> Vec<(&'static str, String)> {
    let plain = [
        "unleash-client-features-production.json",
        "unleash-admin-features-detail.json",
        "unleash-admin-search-features.json",
        "unleash-export-production.json",
        "waffle-dumpdata.json",
    ];
    let recorded = ["launchdarkly", "flagd", "growthbook", "configcat", "azure"];
    let plain = plain.into_iter().map(|name| (name, sample(name)));
    plain.chain(recorded.into_iter().map(|name| (name, super::observed(&format!("{name}-observed.json")).0))).collect()
}

#[test]
fn truncated_documents_are_refused() {
    for (name, text) in documents() {
        for part in 1..20 {
            let mut end = text.trim_end().len() * part / 20;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let message = refused(&text[..end]);
            assert!(message.contains("not valid JSON"), "{name} to {end}: {message}");
        }
    }
}

#[test]
fn documents_without_flags_are_refused() {
    for text in [
        r#"{"version": 2, "features": []}"#,
        r#"{"items": [], "totalCount": 0}"#,
        r#"{"flags": {}, "segments": {}}"#,
        r#"{"flagValues": {}}"#,
        r#"{"featureStrategies": [], "featureEnvironments": [], "features": []}"#,
        "[]",
        "{}",
    ] {
        let message = refused(text);
        assert!(message.contains("error"), "{text}: {message}");
    }
    assert!(refused("{\"data\": []}").contains("LaunchDarkly"), "{}", refused("{\"data\": []}"));
}

#[test]
fn a_flag_that_is_listed_twice_is_refused() {
    let feature = r#"{"name": "f", "type": "release", "enabled": true, "strategies": []}"#;
    let message = refused(&format!(r#"{{"version": 2, "features": [{feature}, {feature}]}}"#));
    assert!(message.contains("flag `f` is listed twice"), "{message}");
}

const UNLEASH: &str = r#"{"version": 2, "query": {"environment": "production"}, "features": [
    {"name": "full", "type": "release", "enabled": true, "strategies": []},
    {"name": "half", "type": "release", "enabled": true, "strategies": [
        {"name": "flexibleRollout", "parameters": {"rollout": "50", "stickiness": "default"}}]}]}"#;

#[test]
fn a_native_file_adds_metadata_and_caution() {
    let native = "flags:\n  full: {kind: ops, owner: web, expires: 2027-01-01, aliases: [FULL]}\n  half: {state: unknown}\n  mine: on\n";
    for documents in [[("u.json", UNLEASH), ("flags.yaml", native)], [("flags.yaml", native), ("u.json", UNLEASH)]] {
        let registry = load(&documents);
        let full = flag(&registry, "full");
        assert_eq!((full.kind.name(), &*full.owners), ("ops", &["web".to_owned()][..]));
        assert_eq!(registry.resolve("FULL").map(|flag| flag.key.as_str()), Some("full"));
        assert_eq!(show(&full.environments["production"].state), "true");
        assert_eq!(show(&flag(&registry, "half").environments["production"].state), "unknown");
        assert_eq!(show(&flag(&registry, "mine").environments["*"].state), "true");
    }
    let dated = "flags:\n  full: {state: {production: {is: on, since: 2026-01-01}}}\n";
    let registry = load(&[("u.json", UNLEASH), ("flags.yaml", dated)]);
    let since = flag(&registry, "full").environments["production"].since;
    assert_eq!(since.map(|day| day.to_string()).as_deref(), Some("2026-01-01"));
}

#[test]
fn a_native_file_adds_no_certainty() {
    for (native, expected) in [
        (
            "flags:\n  half: on\n",
            "flag `half` is declared to serve `true` to everyone (declared `on`), but the provider: `true` to 50%",
        ),
        ("flags:\n  full: off\n", "flag `full` is declared to serve off"),
        ("flags:\n  full: {state: {staging: on}}\n", "flag `full` has no environment `staging` at the provider"),
        (
            "flags:\n  full: {type: string}\n",
            "flag `full` is declared to be of type string, and the provider says bool",
        ),
    ] {
        let error = try_load(&[("u.json", UNLEASH), ("flags.yaml", native)]).expect_err(native).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn documents_that_contradict_each_other_leave_a_flag_unknown() {
    let other = UNLEASH.replace(
        "\"name\": \"full\", \"type\": \"release\", \"enabled\": true",
        "\"name\": \"full\", \"type\": \"release\", \"enabled\": false",
    );
    let registry = load(&[("a.json", UNLEASH), ("b.json", &other)]);
    compare(&registry, "production", Projection::Enabled, &[("full", "unknown"), ("half", "partial")]);
    let launchdarkly = r#"{"flags": {"full": {"on": true, "variations": [true], "fallthrough": {"variation": 0}}}}"#;
    let registry = load(&[("a.json", UNLEASH), ("b.json", launchdarkly)]);
    assert!(flag(&registry, "full").environments.values().all(|state| show(&state.state) == "unknown"));
}

#[test]
fn environments_that_are_null_are_none() {
    let list = r#"{"items": [{"key": "full", "kind": "boolean", "on": true, "variations": [{"value": true}, {"value": false}],
        "fallthrough": {"variation": 0}, "environments": null}], "totalCount": 1}"#;
    let registry = load(&[("launchdarkly.json", list)]);
    let states: Vec<(&str, String)> =
        flag(&registry, "full").environments.iter().map(|(name, state)| (name.as_str(), show(&state.state))).collect();
    assert_eq!(states, [("*", "unknown".to_owned())]);
}
