//! Providers whose semantics were read in their sources or documentation: Statsig, Split, DevCycle, Optimizely; and documents
//! that only describe flags: GitLab, Open edX, Chromium, flag statuses of LaunchDarkly.

use flag_sweep::registry::model::RolloutState;
use flag_sweep::resolve::Projection;
use serde_json::{Value as Json, json};

use super::{each, flag, load, refused, seen, show};

/// An object with some fields replaced or added.
fn with(base: &Json, more: Json) -> Json {
    let mut all = base.clone();
    let (Json::Object(fields), Json::Object(more)) = (&mut all, more) else { panic!("objects") };
    fields.extend(more);
    all
}

#[test]
fn statsig_stops_at_the_first_rule_that_matches() {
    let public = json!([{"type": "public"}]);
    let email = json!([{"type": "email", "operator": "str_contains_any", "targetValue": ["@example.test"]}]);
    let rule = |conditions: &Json, share: Json| json!({"id": "r", "name": "r", "passPercentage": share, "conditions": conditions, "environments": null});
    let gate = json!({"id": "f", "name": "F", "isEnabled": true, "status": "In Progress", "type": "TEMPORARY",
        "createdTime": 1_705_450_774_719_i64, "lastModifiedTime": 1_705_626_260_086_i64, "tags": ["web"],
        "owner": {"ownerEmail": "ana@example.test"}, "holdoutIDs": [], "targetApps": [],
        "overrides": {"passingUserIDs": [], "failingUserIDs": []}});
    let rules = |rules: Json| with(&gate, json!({"rules": rules}));
    let everyone = rule(&public, json!(100));
    let cases = [
        (rules(json!([everyone])), "true"),
        (rules(json!([rule(&email, json!(100)), everyone])), "true"),
        // Who matches goes no further, even past its percentage.
        (rules(json!([rule(&email, json!(0)), everyone])), "targeted"),
        (rules(json!([rule(&email, json!(50)), everyone])), "targeted"),
        (rules(json!([rule(&public, json!(0)), everyone])), "false"),
        (rules(json!([rule(&public, json!(10))])), "partial"),
        (rules(json!([])), "false"),
        (rules(json!([rule(&json!([]), json!(100))])), "unknown"),
        (rules(json!([rule(&json!([{"type": "weather"}]), json!(100)), everyone])), "unknown"),
        (rules(json!([with(&everyone, json!({"environments": ["development"]}))])), "targeted"),
        (rules(json!([with(&everyone, json!({"pendingAutomatedRollouts": [{"time": 1}]}))])), "unknown"),
        (rules(json!([with(&everyone, json!({"schedule": 1}))])), "unknown"),
        (with(&rules(json!([everyone])), json!({"isEnabled": false})), "off false"),
        (with(&rules(json!([everyone])), json!({"holdoutIDs": ["h"]})), "unknown"),
        (with(&rules(json!([everyone])), json!({"status": "Paused"})), "unknown"),
        (with(&rules(json!([everyone])), json!({"overrides": {"failingUserIDs": ["u1"]}})), "targeted"),
        (with(&rules(json!([everyone])), json!({"overrides": null})), "true given no-identity-overrides"),
    ];
    each(&cases, |entry| json!({"data": [entry], "pagination": {"pageNumber": 1}}));
    each(&cases, |entry| json!({"data": entry}));
    let registry = load(&[("input.json", &json!({"data": [cases[0].0]}).to_string())]);
    let read = flag(&registry, "f");
    assert_eq!((read.permanent, read.owners.join(" ").as_str()), (Some(false), "ana@example.test"));
    assert_eq!(read.environments["*"].since.map(|day| day.to_string()).as_deref(), Some("2024-01-19"));
    let page = json!({"data": [cases[0].0], "pagination": {"nextPage": "/console/v1/gates?page=2"}}).to_string();
    assert!(refused(&page).contains("`nextPage` leads to a further page"));
}

#[test]
fn statsig_specifications_hold_everything() {
    let spec = |rules: Json| json!({"name": "f", "type": "feature_gate", "salt": "s", "enabled": true, "defaultValue": false, "rules": rules, "isDeviceBased": false, "idType": "userID", "entity": "feature_gate"});
    let rule = |share: u32| json!({"name": "r", "groupName": "r", "passPercentage": share, "conditions": [{"type": "public"}], "returnValue": true, "id": "r", "salt": "s"});
    let cases = [
        (spec(json!([rule(100)])), "true"),
        (spec(json!([rule(99)])), "partial"),
        (with(&spec(json!([rule(100)])), json!({"enabled": false})), "off false"),
        (with(&spec(json!([rule(100)])), json!({"delegate": "x"})), "unknown"),
        (with(&spec(json!([rule(100)])), json!({"entity": "layer"})), "unknown"),
        (
            with(
                &spec(json!([])),
                json!({"type": "dynamic_config", "entity": "dynamic_config", "defaultValue": {"a": 1}}),
            ),
            "{\"a\":1}",
        ),
    ];
    each(&cases, |entry| json!({"has_updates": true, "feature_gates": [entry], "dynamic_configs": []}));
    let both = json!({"feature_gates": [cases[0].0], "dynamic_configs": [cases[5].0]}).to_string();
    assert_eq!(show(&flag(&load(&[("input.json", &both)]), "f").environments["*"].state), "unknown");
}

#[test]
fn split_definitions_serve_texts() {
    let base = json!({"name": "f", "environment": {"id": "e", "name": "production"}, "trafficType": {"name": "user"},
        "killed": false, "treatments": [{"name": "on"}, {"name": "off"}], "defaultTreatment": "off",
        "trafficAllocation": 100, "rules": [], "defaultRule": [{"treatment": "on", "size": 100}],
        "creationTime": 1_705_450_774_719_i64, "lastUpdateTime": 1_705_626_260_086_i64});
    let rule = |name: &str| json!([{"buckets": [{"treatment": name, "size": 100}], "condition": {"combiner": "AND", "matchers": []}}]);
    let halves = json!([{"treatment": "on", "size": 50}, {"treatment": "off", "size": 50}]);
    let cases = [
        (json!({}), "\"on\""),
        (json!({"rules": rule("on")}), "\"on\""),
        (json!({"rules": rule("off")}), "targeted"),
        (json!({"defaultRule": halves}), "partial"),
        (json!({"defaultRule": [{"treatment": "on", "size": 90}]}), "unknown"),
        (json!({"trafficAllocation": 50}), "partial"),
        (json!({"trafficAllocation": 50, "defaultTreatment": "on"}), "\"on\""),
        (json!({"trafficAllocation": null}), "unknown"),
        (json!({"treatments": [{"name": "on"}, {"name": "off", "keys": ["u1"]}]}), "targeted"),
        (json!({"treatments": [{"name": "on", "segments": ["staff"]}, {"name": "off"}]}), "\"on\""),
        (json!({"killed": true}), "off \"off\""),
        (json!({"killed": "no"}), "unknown"),
        (json!({"prerequisites": [{"n": "parent", "ts": ["on"]}]}), "targeted"),
        (json!({"dynamicConfiguration": 1}), "unknown"),
    ];
    for (more, expected) in cases {
        let definition = with(&base, more);
        for document in [definition.clone(), json!({"objects": [definition], "totalCount": 1})] {
            let registry = load(&[("input.json", &document.to_string())]);
            let state = &flag(&registry, "f").environments["production"];
            assert_eq!(show(&state.state), expected, "{document}");
            assert_eq!(state.since.map(|day| day.to_string()).as_deref(), Some("2024-01-19"));
        }
    }
    assert!(refused(&json!({"objects": [base], "totalCount": 9}).to_string()).contains("`totalCount` is 9"));
}

#[test]
fn split_changes_are_what_sdks_evaluate() {
    let part = |name: &str, size: u32| json!({"treatment": name, "size": size});
    let condition = |kind: &str, matcher: &str, parts: Json| {
        json!({"conditionType": kind, "label": "l", "partitions": parts,
            "matcherGroup": {"combiner": "AND", "matchers": [{"matcherType": matcher, "negate": false}]}})
    };
    let everyone = condition("ROLLOUT", "ALL_KEYS", json!([part("on", 100), part("off", 0)]));
    let listed = |name: &str| condition("WHITELIST", "WHITELIST", json!([part(name, 100)]));
    let base = json!({"name": "f", "trafficTypeName": "user", "trafficAllocation": 100, "seed": 1, "status": "ACTIVE",
        "killed": false, "defaultTreatment": "off", "changeNumber": 1_705_626_260_086_i64, "algo": 2});
    let of = |conditions: Json, more: Json| with(&with(&base, json!({"conditions": conditions})), more);
    let cases = [
        (of(json!([everyone]), json!({})), "\"on\""),
        (of(json!([listed("on"), everyone]), json!({})), "\"on\""),
        (of(json!([listed("off"), everyone]), json!({})), "targeted"),
        (of(json!([]), json!({})), "\"off\""),
        (of(json!([everyone]), json!({"trafficAllocation": 20})), "partial"),
        // The allocation is for rollouts alone.
        (of(json!([listed("off")]), json!({"trafficAllocation": 20})), "\"off\""),
        (of(json!([condition("ROLLOUT", "MOON_PHASE", json!([part("on", 100)])), everyone]), json!({})), "unknown"),
        (of(json!([everyone]), json!({"killed": true})), "off \"off\""),
        (of(json!([everyone]), json!({"status": "ARCHIVED"})), "off \"control\""),
        (of(json!([everyone]), json!({"status": "PAUSED"})), "unknown"),
        (of(json!([everyone]), json!({"fallback": 1})), "unknown"),
    ];
    each(&cases, |entry| json!({"splits": [entry], "since": -1, "till": 1}));
    each(&cases, |entry| json!({"ff": {"d": [entry], "s": -1, "t": 1}, "rbs": {"d": [], "s": -1, "t": -1}}));
}

#[test]
fn devcycle_flags_are_variables() {
    let feature = json!({"_id": "1", "_project": "p", "key": "checkout", "type": "release", "status": "active",
        "createdAt": "2026-02-01T09:00:00Z", "variables": [{"key": "f", "type": "Boolean"}],
        "variations": [{"_id": "v1", "key": "on", "variables": {"f": true}},
            {"_id": "v2", "key": "off", "variables": {"f": false}}, {"_id": "v3", "key": "other", "variables": {}}]});
    let all = json!({"filters": {"operator": "and", "filters": [{"type": "all"}]}});
    let some =
        json!({"filters": {"operator": "and", "filters": [{"type": "user", "subType": "email", "values": ["a"]}]}});
    let target = |audience: &Json, parts: Json| json!({"_id": "t", "audience": audience, "distribution": parts});
    let part = |name: &str, share: f64| json!({"_variation": name, "percentage": share});
    let on = || json!([part("v1", 1.0)]);
    let cases = [
        (json!({"targets": [target(&all, on())]}), "true"),
        (json!({"targets": [target(&some, json!([part("v2", 1.0)])), target(&all, on())]}), "targeted"),
        (json!({"targets": [target(&some, on()), target(&all, on())]}), "true"),
        (json!({"targets": [target(&some, on())]}), "targeted"),
        (json!({"targets": []}), "fallback"),
        (json!({"targets": [target(&all, json!([part("v3", 1.0)]))]}), "fallback"),
        (json!({"targets": [target(&all, json!([part("v1", 0.5), part("v2", 0.5)]))]}), "partial"),
        (json!({"targets": [target(&all, json!([part("v1", 0.5)]))]}), "unknown"),
        (json!({"targets": [target(&all, json!([part("gone", 1.0)]))]}), "unknown"),
        (json!({"targets": [with(&target(&all, on()), json!({"rollout": {"type": "gradual"}}))]}), "unknown"),
        (json!({"targets": [target(&all, on())], "status": "inactive"}), "fallback"),
        (json!({"targets": [target(&all, on())], "schedule": 1}), "unknown"),
    ];
    let configuration = json!({"_environment": "production", "status": "active", "updatedAt": "2026-05-04T09:00:00Z"});
    for (more, expected) in cases {
        let document = json!([with(&feature, json!({"configurations": [with(&configuration, more)]}))]);
        let registry = load(&[("input.json", &document.to_string())]);
        let read = flag(&registry, "f");
        assert_eq!(show(&read.environments["production"].state), expected, "{document}");
        assert_eq!(read.created.map(|day| day.to_string()).as_deref(), Some("2026-02-01"));
    }
    let everyone = with(&configuration, json!({"targets": [target(&all, on())]}));
    let first = with(&feature, json!({"configurations": [everyone]}));
    let second = with(&first, json!({"key": "again"}));
    let registry = load(&[("input.json", &json!([first, second]).to_string())]);
    assert_eq!(show(&flag(&registry, "f").environments["production"].state), "unknown");
    let opted = with(&first, json!({"settings": {"optInEnabled": true}}));
    let registry = load(&[("input.json", &json!([opted]).to_string())]);
    assert_eq!(show(&flag(&registry, "f").environments["production"].state), "unknown");
}

#[test]
fn optimizely_rules_need_every_bucket() {
    let variation = |on: bool| json!({"id": if on { "v1" } else { "v2" }, "key": if on { "on" } else { "off" }, "featureEnabled": on, "variables": []});
    let rule = |on: bool, end: u32, audiences: Json| {
        json!({"id": "e", "key": "e", "status": "Running", "layerId": "r1", "audienceIds": audiences, "forcedVariations": {},
            "trafficAllocation": [{"entityId": if on { "v1" } else { "v2" }, "endOfRange": end}], "variations": [variation(on)]})
    };
    let everyone = rule(true, 10_000, json!([]));
    let document = |rules: Json, flag: Json, more: Json| {
        let base = json!({"id": "1", "key": "f", "rolloutId": "r1", "experimentIds": [], "variables": []});
        let root = json!({"version": "4", "revision": "6", "environmentKey": "production",
            "featureFlags": [with(&base, flag)], "rollouts": [{"id": "r1", "experiments": rules}], "experiments": [],
            "audiences": [], "holdouts": []});
        with(&root, more)
    };
    let plain = |rules: Json| document(rules, json!({}), json!({}));
    let experiment = |on: bool| json!({"experiments": [with(&rule(on, 10_000, json!([])), json!({"id": "x"}))]});
    let in_experiment = || json!({"experimentIds": ["x"]});
    let cases = [
        (plain(json!([everyone])), "true", "\"on\""),
        (plain(json!([rule(true, 5000, json!([]))])), "partial", "partial"),
        (plain(json!([rule(false, 10_000, json!(["a"])), everyone])), "targeted", "targeted"),
        (plain(json!([rule(true, 10_000, json!(["a"])), everyone])), "true", "\"on\""),
        (plain(json!([rule(false, 10_000, json!([]))])), "off false", "\"off\""),
        (plain(json!([])), "off false", "null"),
        (plain(json!([with(&everyone, json!({"status": "Paused"}))])), "targeted", "targeted"),
        (plain(json!([with(&everyone, json!({"cmab": {}}))])), "unknown", "unknown"),
        (
            plain(json!([with(
                &everyone,
                json!({"forcedVariations": {"u": "off"}, "variations": [variation(true), variation(false)]})
            )])),
            "targeted",
            "targeted",
        ),
        (document(json!([everyone]), json!({}), json!({"holdouts": [{"id": "h"}]})), "unknown", "unknown"),
        (document(json!([everyone]), in_experiment(), experiment(false)), "targeted", "targeted"),
        (document(json!([everyone]), in_experiment(), experiment(true)), "true", "\"on\""),
        (document(json!([everyone]), in_experiment(), json!({})), "unknown", "unknown"),
        (document(json!([everyone]), json!({"rolloutId": "gone"}), json!({})), "unknown", "unknown"),
        (document(json!([everyone]), json!({"rolloutId": ""}), json!({})), "off false", "null"),
    ];
    for (document, enabled, variant) in cases {
        let registry = load(&[("input.json", &document.to_string())]);
        let state = &flag(&registry, "f").environments["production"];
        let shown = (show(seen(state, Projection::Enabled)), show(seen(state, Projection::Variant)));
        assert_eq!(shown, (enabled.to_owned(), variant.to_owned()), "{document}");
    }
    // Variables have values of their own.
    let variables =
        document(json!([everyone]), json!({"variables": [{"id": "1", "key": "limit", "type": "integer"}]}), json!({}));
    let registry = load(&[("input.json", &variables.to_string())]);
    let state = &flag(&registry, "f").environments["production"];
    assert_eq!((show(&state.state).as_str(), show(seen(state, Projection::Value)).as_str()), ("true", "unknown"));
}

#[test]
fn gitlab_definitions_only_describe() {
    let definition = "name: new_checkout\nfeature_issue_url: https://example.test/1\nintroduced_by_url: https://example.test/2\n\
        rollout_issue_url: https://example.test/3\nmilestone: '17.2'\ntype: ops\ngroup: group::payments\ndefault_enabled: true\n";
    let registry = load(&[("new_checkout.yml", definition)]);
    let read = flag(&registry, "new_checkout");
    assert_eq!((read.kind.name(), read.owners.join(" ").as_str()), ("ops", "group::payments"));
    assert_eq!(
        (read.tags.join(" ").as_str(), show(&read.environments["*"].state).as_str()),
        ("milestone 17.2", "unknown")
    );
    let other = definition.replace("new_checkout", "old_search");
    let registry = load(&[("new_checkout.yml", definition), ("old_search.yml", &other)]);
    assert_eq!(registry.flags.len(), 2);
    let features = json!([{"name": "f", "state": "on", "gates": [{"key": "boolean", "value": true}],
        "definition": {"name": "f", "type": "experiment", "group": "group::web", "default_enabled": false}}]);
    let registry = load(&[("features.json", &features.to_string())]);
    let read = flag(&registry, "f");
    assert_eq!((read.kind.name(), show(&read.environments["*"].state).as_str()), ("experiment", "unknown"));
}

const ANNOTATED: &str = "from edx_toggles.toggles import WaffleFlag\n\n\
    # .. toggle_name: courses.new_outline\n# .. toggle_implementation: WaffleFlag\n# .. toggle_default: False\n\
    # .. toggle_description: Shows the outline that was\n#   drawn anew.\n# .. toggle_use_cases: temporary, open_edx\n\
    # .. toggle_creation_date: 2025-01-20\n# .. toggle_target_removal_date: 2025-06-20\n\
    NEW_OUTLINE = WaffleFlag('courses.new_outline', __name__)\n\n\
    # .. toggle_name: courses.breaker\n# .. toggle_use_cases: circuit_breaker\nBREAKER = None\n";

#[test]
fn open_edx_annotations_only_describe() {
    let report = "lms/toggles.py:\n\
        - {annotation_data: courses.new_outline, annotation_token: '.. toggle_name:', line_number: 3, report_group_id: 7}\n\
        - {annotation_data: [WaffleFlag], annotation_token: '.. toggle_implementation:', line_number: 4, report_group_id: 7}\n\
        - {annotation_data: Shows the outline that was drawn anew., annotation_token: '.. toggle_description:', line_number: 5, report_group_id: 7}\n\
        - {annotation_data: [temporary, open_edx], annotation_token: '.. toggle_use_cases:', line_number: 6, report_group_id: 7}\n\
        - {annotation_data: '2025-01-20', annotation_token: '.. toggle_creation_date:', line_number: 7, report_group_id: 7}\n\
        - {annotation_data: '2025-06-20', annotation_token: '.. toggle_target_removal_date:', line_number: 8, report_group_id: 7}\n\
        - {annotation_data: courses.breaker, annotation_token: '.. toggle_name:', line_number: 13, report_group_id: 8}\n\
        - {annotation_data: [circuit_breaker], annotation_token: '.. toggle_use_cases:', line_number: 14, report_group_id: 8}\n";
    for (name, text) in [("toggles.py", ANNOTATED), ("report.yaml", report)] {
        let registry = load(&[(name, text)]);
        let read = flag(&registry, "courses.new_outline");
        let days = [read.created, read.expires].map(|day| day.map(|day| day.to_string()).unwrap_or_default());
        assert_eq!(days, ["2025-01-20", "2025-06-20"], "{name}");
        assert_eq!(read.description.as_deref(), Some("Shows the outline that was drawn anew."), "{name}");
        assert_eq!((read.permanent, read.tags.join(" ").as_str()), (Some(false), "WaffleFlag"), "{name}");
        assert_eq!(show(&read.environments["*"].state), "unknown", "{name}");
        let breaker = flag(&registry, "courses.breaker");
        assert_eq!((breaker.kind.name(), breaker.permanent), ("kill-switch", Some(true)), "{name}");
    }
}

#[test]
fn a_description_goes_with_the_provider_that_knows_the_state() {
    let dump = r#"[{"model": "waffle.flag", "pk": 1, "fields": {"name": "courses.new_outline", "everyone": true}}]"#;
    for documents in
        [[("toggles.py", ANNOTATED), ("waffle.json", dump)], [("waffle.json", dump), ("toggles.py", ANNOTATED)]]
    {
        let registry = load(&documents);
        let read = flag(&registry, "courses.new_outline");
        assert_eq!(show(&read.environments["*"].state), "true");
        assert_eq!(
            (read.expires.map(|day| day.to_string()).as_deref(), read.provider),
            (Some("2025-06-20"), Some("django-waffle"))
        );
    }
}

#[test]
fn chromium_metadata_has_comments() {
    let text = "// Who owns which flag.\n[\n  // \"quoted\" // twice\n  {\"name\": \"enable-foo\", \"owners\": [\"ana@example.test\", \"//web/OWNERS\"],\n   \
        \"expiry_milestone\": 154}, /* kept */ {\"name\": \"enable-bar\", \"owners\": [], \"expiry_milestone\": -1}\n]\n";
    let registry = load(&[("flag-metadata.json", text)]);
    let foo = flag(&registry, "enable-foo");
    assert_eq!(
        (foo.owners.join(" ").as_str(), foo.tags.join(" ").as_str()),
        ("ana@example.test //web/OWNERS", "expires in M154")
    );
    assert_eq!(&text[foo.at.span.clone()], "\"enable-foo\"");
    assert_eq!((foo.permanent, flag(&registry, "enable-bar").permanent), (None, Some(true)));
    assert_eq!(show(&foo.environments["*"].state), "unknown");
}

#[test]
fn a_status_of_launchdarkly_proves_nothing_and_may_refute() {
    let served = |key: &str, on: bool| {
        json!({"key": key, "kind": "boolean", "_version": 1, "creationDate": 1_704_067_200_000_i64,
            "variations": [{"value": true}, {"value": false}],
            "environments": {"production": {"on": on, "lastModified": 1_714_521_600_000_i64, "targets": [], "contextTargets": [],
                "rules": [], "prerequisites": [], "fallthrough": {"variation": 0}, "offVariation": 1}}})
    };
    let flags = json!({"items": [served("launched", true), served("active", true), served("off", false)]}).to_string();
    let status = |key: &str, name: &str| {
        json!({"name": name, "lastRequested": "2026-05-01T10:00:00Z", "default": false,
            "_links": {"self": {"href": format!("/api/v2/flag-statuses/shop/production/{key}")}}})
    };
    let statuses =
        json!({"items": [status("launched", "launched"), status("active", "active"), status("off", "active")]})
            .to_string();
    let alone = load(&[("statuses.json", &statuses)]);
    assert!(alone.flags.values().all(|flag| show(&flag.environments["production"].state) == "unknown"));
    for documents in [
        [("flags.json", &*flags), ("statuses.json", &*statuses)],
        [("statuses.json", &*statuses), ("flags.json", &*flags)],
    ] {
        let registry = load(&documents);
        let shown = |key: &str| show(&flag(&registry, key).environments["production"].state);
        assert_eq!(
            (shown("launched"), shown("active"), shown("off")),
            ("true".into(), "unknown".into(), "off false".into())
        );
        let RolloutState::Unknown { why } = &flag(&registry, "active").environments["production"].state else {
            panic!("it is refuted");
        };
        assert!(why.contains("LaunchDarkly calls it `active`"), "{why}");
    }
    let one = json!({"key": "launched", "environments": {"production": {"name": "active", "lastRequested": null}}})
        .to_string();
    let registry = load(&[("flags.json", &flags), ("status.json", &one)]);
    assert_eq!(show(&flag(&registry, "launched").environments["production"].state), "unknown");
    // What is true everywhere is refuted in one environment.
    let sdk = r#"{"flags": {"active": {"on": true, "variations": [true, false], "fallthrough": {"variation": 0}}}}"#;
    let registry = load(&[("sdk.json", sdk), ("statuses.json", &statuses)]);
    assert_eq!(show(&flag(&registry, "active").environments["*"].state), "unknown");
}
