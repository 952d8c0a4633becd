//! Flagsmith: environment documents, and what the administrator's list adds.

use flag_sweep::resolve::Projection;
use serde_json::{Value as Json, json};

use super::{flag, load, refused, seen, show};

/// A feature state with further fields.
fn state(enabled: bool, more: &Json) -> Json {
    let mut state = json!({"feature": {"id": 9, "name": "f", "type": "STANDARD"}, "enabled": enabled,
        "feature_state_value": "blue", "featurestate_uuid": "u", "multivariate_feature_state_values": []});
    let fields = more.as_object().expect("an object").clone();
    state.as_object_mut().expect("an object").extend(fields);
    state
}

fn document(state: &Json, segments: &Json, identities: &Json, complete: bool) -> String {
    json!({"id": 1, "api_key": "k", "name": "Production", "use_identity_overrides_in_local_eval": complete,
        "project": {"id": 1, "name": "Shop", "hide_disabled_flags": false, "segments": segments,
            "organisation": {"id": 1, "name": "Acme", "stop_serving_flags": false}},
        "feature_states": [state], "identity_overrides": identities})
    .to_string()
}

#[track_caller]
fn expect(text: &str, enabled: &str, value: &str) {
    let registry = load(&[("input.json", text)]);
    let state = &flag(&registry, "f").environments["Production"];
    assert_eq!(
        (show(&state.state).as_str(), show(seen(state, Projection::Value)).as_str()),
        (enabled, value),
        "{text}"
    );
}

#[test]
fn a_feature_is_the_same_for_all_unless_something_overrides_it() {
    let none = json!([]);
    let plain = state(true, &json!({}));
    expect(&document(&plain, &none, &none, true), "true", "\"blue\"");
    // Without the overrides of identities the document proves nothing.
    expect(
        &document(&plain, &none, &none, false),
        "true given no-identity-overrides",
        "\"blue\" given no-identity-overrides",
    );
    // A feature that is disabled still has a value.
    expect(&document(&state(false, &json!({})), &none, &none, true), "off false", "\"blue\"");
    expect(&document(&state(true, &json!({"scheduled": 1})), &none, &none, true), "unknown", "unknown");
    let identity = json!([{"identifier": "u7", "identity_features": [state(false, &json!({}))]}]);
    expect(&document(&plain, &none, &identity, true), "targeted", "\"blue\"");
}

#[test]
fn segments_and_variants_are_followed() {
    let none = json!([]);
    let plain = state(true, &json!({}));
    let segment = |rules: Json| json!([{"id": 5, "name": "beta", "rules": rules, "feature_states": [state(false, &json!({"feature_state_value": "red"}))]}]);
    let all = json!([{"type": "ALL", "rules": [], "conditions": []}]);
    expect(&document(&plain, &segment(all), &none, true), "targeted", "targeted");
    // A segment without rules matches nobody.
    expect(&document(&plain, &segment(json!([])), &none, true), "true", "\"blue\"");
    let variants = |shares: &[(f64, &str)]| {
        let variants: Vec<Json> = shares
            .iter()
            .map(|(share, value)| json!({"id": 1, "percentage_allocation": share, "multivariate_feature_option": {"id": 4, "value": value}}))
            .collect();
        state(true, &json!({"multivariate_feature_state_values": variants}))
    };
    expect(&document(&variants(&[(100.0, "green")]), &none, &none, true), "true", "\"green\" given identity");
    expect(&document(&variants(&[(100.0, "blue")]), &none, &none, true), "true", "\"blue\"");
    expect(&document(&variants(&[(50.0, "green")]), &none, &none, true), "true", "partial");
    expect(&document(&variants(&[(0.0, "green")]), &none, &none, true), "true", "\"blue\"");
}

#[test]
fn the_flags_api_shows_defaults_only() {
    let text = json!([{"id": 70, "feature": {"id": 9, "name": "f", "type": "STANDARD"}, "enabled": true}]).to_string();
    let registry = load(&[("input.json", &text)]);
    let state = &flag(&registry, "f").environments["*"];
    assert!(state.summary && show(&state.state) == "unknown");
}

#[test]
fn the_administrators_list_counts_overrides() {
    let list = |segments: u32, complete: bool, next: Json| {
        json!({"count": 1, "next": next, "previous": null, "results": [{"id": 9, "name": "f", "type": "STANDARD",
            "created_date": "2026-02-01T09:00:00Z", "multivariate_options": [], "is_archived": false,
            "last_modified_in_current_environment": "2026-03-01T09:00:00Z",
            "num_segment_overrides": segments, "num_identity_overrides": 0, "is_num_identity_overrides_complete": complete,
            "environment_feature_state": {"enabled": true, "feature_state_value": "blue"}}]})
        .to_string()
    };
    for (segments, complete, expected) in [(0, true, "true"), (1, true, "unknown"), (0, false, "unknown")] {
        let registry = load(&[("input.json", &list(segments, complete, Json::Null))]);
        let state = &flag(&registry, "f").environments["*"];
        assert_eq!(show(&state.state), expected);
        assert_eq!(state.since.map(|day| day.to_string()).as_deref(), Some("2026-03-01"));
    }
    assert!(refused(&list(0, true, json!("https://flags.example.test/?page=2"))).contains("leads to a further page"));
}
