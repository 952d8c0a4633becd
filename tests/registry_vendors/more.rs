//! Providers whose semantics were read in their sources or documentation: PostHog, GO Feature Flag, AWS AppConfig, Firebase
//! Remote Config, Sentry Flagpole, Flipper.

use flag_sweep::resolve::Projection;
use serde_json::{Value as Json, json};

use super::{each, flag, load, refused, seen, show, try_load};

#[test]
fn posthog_conditions_are_alternatives() {
    let document = |filters: &Json| json!({"flags": [{"id": 1, "key": "f", "name": "", "active": true, "deleted": false, "filters": filters}], "cohorts": {}});
    let all = json!({"properties": [], "rollout_percentage": 100, "variant": null});
    let some = json!({"properties": [{"key": "email"}], "rollout_percentage": 100});
    let cases = [
        (json!({"groups": [all]}), "true"),
        (json!({"groups": [{"properties": []}]}), "true"),
        (json!({"groups": [some, all]}), "true"),
        (json!({"groups": [some]}), "targeted"),
        (json!({"groups": []}), "false"),
        (json!({"groups": [{"properties": [], "rollout_percentage": 40}]}), "partial"),
        (json!({"groups": [all], "aggregation_group_type_index": 0}), "true given group:0"),
        (json!({"groups": [all], "holdout": {"id": 3}}), "unknown"),
        (json!({"groups": [all], "super_groups": null, "early_exit": false}), "true"),
        (json!({"groups": [{"properties": [], "rollout_percentage": 100, "until": 1}]}), "unknown"),
        (json!({}), "unknown"),
    ];
    each(&cases, document);
    let variants = |shares: [u32; 2]| {
        json!({"groups": [all], "multivariate": {"variants": [
            {"key": "a", "rollout_percentage": shares[0]}, {"key": "b", "rollout_percentage": shares[1]}]}})
    };
    for (filters, expected) in
        [(variants([100, 0]), "\"a\""), (variants([50, 50]), "partial"), (variants([90, 0]), "unknown")]
    {
        let registry = load(&[("input.json", &document(&filters).to_string())]);
        let state = &flag(&registry, "f").environments["*"];
        assert_eq!((show(&state.state).as_str(), show(seen(state, Projection::Value)).as_str()), ("true", expected));
    }
    let own = document(&json!({"groups": [all]}))
        .to_string()
        .replace("\"deleted\":false", "\"ensure_experience_continuity\":true");
    assert_eq!(show(&flag(&load(&[("input.json", &own)]), "f").environments["*"].state), "unknown");
    let page =
        json!({"next": "https://x", "results": [{"key": "f", "active": true, "filters": {"groups": []}}]}).to_string();
    assert!(refused(&page).contains("leads to a further page"));
}

#[test]
fn go_feature_flag_percentages_need_a_key() {
    let both = json!({"on": true, "off": false});
    let served = |rule: Json| json!({"variations": both, "defaultRule": rule});
    let cases = [
        (served(json!({"variation": "on"})), "true"),
        (served(json!({"variation": "gone"})), "unknown"),
        (served(json!({"percentage": {"on": 100, "off": 0}})), "true given targetingKey"),
        (served(json!({"percentage": {"on": 50, "off": 50}})), "partial"),
        (served(json!({"progressiveRollout": {}})), "unknown"),
        (json!({"variations": both, "defaultRule": {"variation": "on"}, "disable": true}), "fallback"),
        (json!({"variations": both, "defaultRule": {"variation": "on"}, "experimentation": {}}), "unknown"),
        (json!({"variations": both, "defaultRule": {"variation": "on"}, "scheduledRollout": []}), "unknown"),
        (json!({"variations": both, "defaultRule": {"variation": "on"}, "bucketingKey": "team"}), "true given team"),
        (
            json!({"variations": both, "defaultRule": {"variation": "on"}, "targeting": [{"query": "a eq 1", "variation": "off"}]}),
            "targeted",
        ),
        (
            json!({"variations": both, "defaultRule": {"variation": "on"}, "targeting": [{"query": "a eq 1", "variation": "on"}]}),
            "true",
        ),
        (
            json!({"variations": both, "defaultRule": {"variation": "on"}, "targeting": [{"query": "a eq 1", "variation": "off", "disable": true}]}),
            "true",
        ),
    ];
    each(&cases, |entry| json!({"f": entry}));
    let toml = "[f]\nvariations = {on = true, off = false}\ndefaultRule = {variation = \"on\"}\n";
    let (registry, _) = try_load(&[("flags.goff.toml", toml)]).expect("it is valid");
    assert_eq!(show(&flag(&registry, "f").environments["*"].state), "true");
}

#[test]
fn appconfig_variants_are_followed() {
    let variants = |rest: bool| json!({"_variants": [{"name": "b", "enabled": true, "rule": "(eq $tier \"b\")"}, {"name": "default", "enabled": rest}]});
    let cases = [
        (json!({"enabled": true, "limit": 5}), "true"),
        (json!({"enabled": false}), "off false"),
        (json!({"enabled": "yes"}), "unknown"),
        (json!({"enabled": true, "_schedule": 1}), "unknown"),
        (variants(true), "true"),
        (variants(false), "targeted"),
    ];
    let document = |entry: &Json| {
        json!({"version": "1", "values": {"f": entry},
            "flags": {"f": {"name": "F", "_deprecation": {"status": "planned", "date": "2026-09-01"}}}})
    };
    each(&cases, document);
    let registry = load(&[("input.json", &document(&cases[0].0).to_string())]);
    assert_eq!(flag(&registry, "f").expires.map(|day| day.to_string()).as_deref(), Some("2026-09-01"));
}

#[test]
fn firebase_values_are_texts_of_a_type() {
    let cases = [
        (json!({"defaultValue": {"value": "true"}, "valueType": "BOOLEAN"}), "true"),
        (json!({"defaultValue": {"value": "true"}, "valueType": "STRING"}), "\"true\""),
        (json!({"defaultValue": {"value": "yes"}, "valueType": "BOOLEAN"}), "unknown"),
        (json!({"defaultValue": {"useInAppDefault": true}, "valueType": "BOOLEAN"}), "fallback"),
        (json!({"defaultValue": {"value": "5"}, "valueType": "NUMBER"}), "5"),
        (json!({"defaultValue": {"rolloutValue": {"rolloutId": "r"}}, "valueType": "BOOLEAN"}), "unknown"),
        (
            json!({"defaultValue": {"value": "true"}, "conditionalValues": {"ios": {"value": "false"}}, "valueType": "BOOLEAN"}),
            "targeted",
        ),
        (
            json!({"defaultValue": {"value": "true"}, "conditionalValues": {"ios": {"value": "true"}}, "valueType": "BOOLEAN"}),
            "true",
        ),
        // A condition that is not declared is never met.
        (
            json!({"defaultValue": {"value": "true"}, "conditionalValues": {"gone": {"value": "false"}}, "valueType": "BOOLEAN"}),
            "true",
        ),
    ];
    each(
        &cases,
        |entry| json!({"conditions": [{"name": "ios", "expression": "device.os == 'ios'"}], "parameters": {"f": entry}}),
    );
    each(
        &cases,
        |entry| json!({"conditions": [{"name": "ios", "expression": "x"}], "parameters": {}, "parameterGroups": {"g": {"parameters": {"f": entry}}}}),
    );
}

#[test]
fn flagpole_stops_at_the_first_segment() {
    let feature = |segments: Json| json!({"enabled": true, "owner": {"team": "web"}, "segments": segments});
    let some = json!([{"property": "org", "operator": "in", "value": [1]}]);
    let cases = [
        (feature(json!([{"name": "GA", "rollout": 100, "conditions": []}])), "true"),
        (feature(json!([{"name": "GA", "rollout": 99, "conditions": []}])), "partial"),
        (feature(json!([{"name": "GA", "conditions": []}])), "unknown"),
        (feature(json!([])), "false"),
        (feature(json!([{"rollout": 0, "conditions": some}, {"rollout": 100}])), "targeted"),
        (feature(json!([{"rollout": 100, "conditions": some}, {"rollout": 100}])), "true"),
        (json!({"enabled": false, "segments": []}), "off false"),
        (json!({"owner": {}, "segments": [{"rollout": 100}]}), "unknown"),
    ];
    each(&cases, |entry| json!({"features": {"feature.f": entry}}));
}

#[test]
fn flipper_gates_are_alternatives() {
    let gates = |more: Json| {
        let mut gates = json!({"boolean": null, "actors": [], "groups": [], "percentage_of_actors": null,
            "percentage_of_time": null, "expression": null});
        gates.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        gates
    };
    let cases = [
        (gates(json!({})), "off false"),
        (gates(json!({"boolean": "true"})), "true"),
        (gates(json!({"boolean": "maybe"})), "unknown"),
        (gates(json!({"actors": ["User;1"]})), "targeted"),
        (gates(json!({"actors": ["User;1"], "boolean": "true"})), "true"),
        (gates(json!({"percentage_of_actors": "100"})), "true given actor"),
        (gates(json!({"percentage_of_actors": "40"})), "partial"),
        (gates(json!({"percentage_of_time": "100"})), "true"),
        (gates(json!({"expression": {"Equal": []}})), "targeted"),
        (gates(json!({"tenants": []})), "unknown"),
    ];
    each(&cases, |entry| json!({"version": 1, "features": {"f": entry}}));
}
