//! LaunchDarkly, against what its SDK answered.

use flag_sweep::registry::model::FlagKind;
use flag_sweep::resolve::Projection;
use serde_json::Value as Json;

use super::{agrees, compare, flag, load, observed, refused, show};

#[test]
fn conclusions_are_what_the_sdk_answered() {
    let (document, answers) = observed("launchdarkly-observed.json");
    let registry = load(&[("input.json", &document)]);
    let read = |answer: &str| {
        let value = answer.split('/').next().unwrap_or_default();
        Some(serde_json::from_str(value).unwrap_or_else(|_| Json::String(value.to_owned())))
    };
    let mut answers = answers;
    for contexts in answers.as_object_mut().expect("answers by flag").values_mut() {
        // The standing axiom: contexts are valid.
        contexts.as_object_mut().expect("answers by context").remove("invalid_context");
    }
    let mut data = registry.clone();
    data.flags.retain(|_, flag| flag.environments.contains_key("*"));
    agrees(&data, "*", Projection::Enabled, &answers, read);
    compare(
        &data,
        "*",
        Projection::Enabled,
        &[
            ("full", "true"),
            ("off", "off false"),
            ("offnull", "fallback"),
            ("offtargets", "off false"),
            ("w100", "true"),
            ("w100b", "true"),
            // One in a hundred thousand gets the first one.
            ("wshort", "partial"),
            ("exp", "true"),
            ("emptyrule", "false"),
            ("samerule", "true"),
            ("tgt", "targeted"),
            ("tgtempty", "true"),
            // The recorded contexts were of no organisation.
            ("ctgt", "targeted"),
            ("pre", "true"),
            ("preoff", "false"),
            ("premiss", "false"),
            ("preonfalse", "true"),
            ("alwaysfalse", "false"),
            ("noft", "fallback"),
            ("badidx", "fallback"),
            ("ctxkind", "false"),
        ],
    );
    let mut values = registry.clone();
    values.flags.retain(|_, flag| !flag.environments.contains_key("*"));
    compare(&values, "local", Projection::Value, &[("simple", "true"), ("strv", "\"blue\"")]);
    assert_eq!(registry.informational, ["local"]);
}

/// A flag as the REST API shows it; `environment` replaces fields of production.
fn rest(environment: &str) -> String {
    format!(
        r#"{{"items": [{{"key": "new-checkout", "kind": "boolean", "_version": 9, "creationDate": 1704067200000,
        "temporary": true, "tags": ["web"], "_maintainer": {{"email": "ana@example.test"}}, "archived": false,
        "variations": [{{"_id": "v0", "value": true}}, {{"_id": "v1", "value": false}}],
        "environments": {{"production": {{"archived": false, "version": 41, "lastModified": 1714521600000,
        "offVariation": 1, "_environmentName": "Production", {environment}}}}}}}], "totalCount": 1}}"#
    )
}

#[test]
fn the_rest_api_says_since_when() {
    let full = r#""on": true, "targets": [], "rules": [], "prerequisites": [], "fallthrough": {"variation": 0}"#;
    let registry = load(&[("input.json", &rest(full))]);
    let checkout = flag(&registry, "new-checkout");
    let state = &checkout.environments["production"];
    assert_eq!(show(&state.state), "true");
    assert_eq!(state.since.map(|day| day.to_string()).as_deref(), Some("2024-05-01"));
    assert_eq!(checkout.created.map(|day| day.to_string()).as_deref(), Some("2024-01-01"));
    assert_eq!((checkout.permanent, &*checkout.owners), (Some(false), &["ana@example.test".to_owned()][..]));
    let tagged = rest(full).replace("\"web\"", "\"Kill Switch\"");
    assert_eq!(flag(&load(&[("input.json", &tagged)]), "new-checkout").kind, FlagKind::KillSwitch);
}

#[test]
fn what_is_left_out_or_not_understood_is_no_constant() {
    let rest_of = r#""targets": [], "rules": [], "prerequisites": [], "fallthrough": {"variation": 0}"#;
    for (fields, expected) in [
        (r#""on": true"#.to_owned(), "unknown"),
        (r#""on": false"#.to_owned(), "unknown"),
        (r#""on": true, "fallthrough": {"variation": 0}"#.to_owned(), "unknown"),
        (format!(r#""on": "yes", {rest_of}"#), "unknown"),
        (format!(r#""on": true, "guardedRollout": {{}}, {rest_of}"#), "unknown"),
        (format!(r#""on": false, {rest_of}"#), "off false"),
        (format!(r#""on": true, {}"#, rest_of.replace("\"rules\": []", "\"rules\": {}")), "unknown"),
        (format!(r#""on": true, {}"#, rest_of.replace("\"rules\": []", r#""rules": [{"variation": 1, "clauses": []}]"#)), "false"),
        (format!(r#""on": true, {}"#, rest_of.replace("\"rules\": []", r#""rules": [{"variation": 0}]"#)), "unknown"),
        (
            format!(
                r#""on": true, {}"#,
                rest_of.replace(
                    "\"rules\": []",
                    r#""rules": [{"variation": 0, "clauses": [{"attribute": "a", "op": "in", "values": [1]}], "schedule": {}}]"#
                )
            ),
            "unknown",
        ),
        (format!(r#""on": true, {}"#, rest_of.replace("\"prerequisites\": []", r#""prerequisites": [{"key": "p", "variation": 0}]"#)), "unknown"),
        (format!(r#""on": true, {}"#, rest_of.replace("{\"variation\": 0}", r#"{"rollout": {"variations": [{"variation": 0, "weight": 60000}, {"variation": 1, "weight": 40000}]}}"#)), "partial"),
        (format!(r#""on": true, {}"#, rest_of.replace("{\"variation\": 0}", r#"{"rollout": {"variations": [{"variation": 0, "weight": 100000}], "stages": []}}"#)), "unknown"),
        (format!(r#""on": true, {}"#, rest_of.replace("{\"variation\": 0}", r#"{"variation": 0, "progressive": {}}"#)), "unknown"),
    ] {
        let registry = load(&[("input.json", &rest(&fields))]);
        let shown = show(&flag(&registry, "new-checkout").environments["production"].state);
        assert_eq!(shown, expected, "{fields}");
    }
}

#[test]
fn a_page_of_several_is_refused() {
    let full = r#""on": true, "targets": [], "rules": [], "prerequisites": [], "fallthrough": {"variation": 0}"#;
    let more = rest(full).replace("\"totalCount\": 1", "\"totalCount\": 120");
    assert!(refused(&more).contains("`totalCount` is 120, and 1 are listed"));
    let next = rest(full)
        .replace("\"totalCount\": 1", r#""totalCount": 1, "_links": {"next": {"href": "/api/v2/flags?offset=1"}}"#);
    assert!(refused(&next).contains("leads to a further page"));
}

#[test]
fn a_prerequisite_that_is_come_to_twice_may_be_taken_for_a_circle() {
    let flag_of = |key: &str, parents: &str| {
        format!(
            r#""{key}": {{"key": "{key}", "on": true, "variations": [true, false], "offVariation": 1,
            "fallthrough": {{"variation": 0}}, "prerequisites": [{parents}]}}"#
        )
    };
    let (b, c) = (r#"{"key": "b", "variation": 1}"#, r#"{"key": "c", "variation": 1}"#);
    let text = format!(
        r#"{{"flags": {{{}, {}, {}, {}}}}}"#,
        flag_of("a", &format!("{b}, {b}")),
        flag_of("b", c),
        flag_of("c", ""),
        flag_of("d", &format!("{c}, {c}"))
    );
    let registry = load(&[("input.json", &text)]);
    let expected = [("a", "unknown"), ("b", "false"), ("c", "true"), ("d", "false")];
    compare(&registry, "*", Projection::Enabled, &expected);
}

#[test]
fn circles_of_prerequisites_are_unknown() {
    let flag_of = |key: &str, parent: &str| {
        format!(
            r#""{key}": {{"key": "{key}", "on": true, "variations": [true, false], "offVariation": 1,
            "fallthrough": {{"variation": 0}}, "prerequisites": [{{"key": "{parent}", "variation": 0}}]}}"#
        )
    };
    let text = format!(r#"{{"flags": {{{}, {}, {}}}}}"#, flag_of("a", "b"), flag_of("b", "a"), flag_of("c", "a"));
    let registry = load(&[("input.json", &text)]);
    compare(&registry, "*", Projection::Enabled, &[("a", "unknown"), ("b", "unknown"), ("c", "unknown")]);
    assert_eq!(flag(&registry, "a").children, ["b", "c"]);
}
