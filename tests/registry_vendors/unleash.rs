//! Unleash, against what a server printed and its SDK answered in 251 contexts.

use flag_sweep::registry::model::FlagKind;
use flag_sweep::resolve::Projection;
use serde_json::Value as Json;

use super::{compare, flag, load, only, refused, sample, seen, show, try_load};

/// By flag: `enabled` in production.
const PRODUCTION: [(&str, &str); 29] = [
    ("ab-hero", "true"),
    ("beta-search", "partial"),
    ("child-inverted", "false"),
    ("child-of-beta", "partial"),
    ("child-of-full", "true"),
    ("child-variant", "partial"),
    ("completed-flag", "true"),
    ("custom-strategy", "unknown"),
    ("dark-mode", "true"),
    ("deleted-strategies", "off false"),
    ("disabled-after", "off false"),
    ("disabled-strategy", "true"),
    ("env-variants", "true"),
    ("eu-billing", "targeted"),
    ("impression", "false"),
    ("imported-alldisabled", "true"),
    ("imported-empty", "true"),
    ("kill-payments", "off false"),
    ("mixed-disabled", "partial"),
    ("new-checkout", "true"),
    ("on-no-strategy", "true"),
    ("prod-only", "true"),
    ("seg-flag", "targeted"),
    ("single-variant", "true"),
    ("stale-flag", "true"),
    ("sticky-random", "true"),
    ("sticky-tenant", "true given tenantId"),
    ("sticky-user", "true given userId"),
    ("user-ids", "true"),
];

#[test]
fn every_document_leads_to_the_same_conclusions() {
    for name in ["unleash-client-features-production", "unleash-admin-features-detail", "unleash-export-production"] {
        let registry = load(&[("input.json", &sample(&format!("{name}.json")))]);
        compare(&registry, "production", Projection::Enabled, &PRODUCTION);
        let variant = |key: &str| show(seen(&flag(&registry, key).environments["production"], Projection::Variant));
        assert_eq!(variant("ab-hero"), "partial", "{name}");
        assert_eq!(variant("single-variant"), "\"red\"", "{name}");
        assert_eq!(variant("new-checkout"), "\"disabled\"", "{name}");
        assert_eq!(variant("kill-payments"), "off \"disabled\"", "{name}");
    }
}

#[test]
fn constants_are_what_the_sdk_answered() {
    let registry = load(&[("input.json", &sample("unleash-client-features-production.json"))]);
    let recorded: Json = serde_json::from_str(&sample("unleash-expected.json")).expect("the fixture is JSON");
    let mut constants = 0;
    for (key, answers) in recorded["observed"].as_object().expect("answers by flag") {
        let on = answers["true_of_251_contexts"].as_u64().expect("a count");
        let Some(value) = only(&flag(&registry, key).environments["production"].state) else { continue };
        assert_eq!(on, if value.to_string() == "true" { 251 } else { 0 }, "{key}");
        constants += 1;
    }
    assert_eq!(constants, 16);
}

#[test]
fn lists_say_nothing_of_what_is_served_until_another_document_does() {
    let list = sample("unleash-admin-search-features.json");
    let registry = load(&[("list.json", &list)]);
    for flag in registry.flags.values() {
        assert!(flag.environments.values().all(|state| show(&state.state) == "unknown"), "{flag:#?}");
    }
    let client = sample("unleash-client-features-production.json");
    for documents in
        [[("list.json", &*list), ("client.json", &*client)], [("client.json", &*client), ("list.json", &*list)]]
    {
        let registry = load(&documents);
        compare(&registry, "production", Projection::Enabled, &PRODUCTION);
        let checkout = flag(&registry, "new-checkout");
        assert_eq!(checkout.created.map(|day| day.to_string()).as_deref(), Some("2026-11-21"));
        assert_eq!(
            (&registry.required[..], &registry.informational[..]),
            (&["production".to_owned()][..], &["development".to_owned()][..])
        );
    }
    let project = load(&[("list.json", &sample("unleash-admin-project-features.json"))]);
    assert!(project.flags.values().flat_map(|flag| flag.environments.values()).all(|state| state.summary));
}

#[test]
fn one_environment_per_document_adds_up() {
    let production = sample("unleash-export-production.json");
    let development = sample("unleash-export-development.json");
    let registry = load(&[("production.json", &production), ("development.json", &development)]);
    let states = &flag(&registry, "new-checkout").environments;
    assert_eq!(states.keys().collect::<Vec<_>>(), ["development", "production"]);
    assert_eq!(registry.required, ["production"]);
}

#[test]
fn metadata_is_read() {
    let registry = load(&[("input.json", &sample("unleash-admin-feature-new-checkout.json"))]);
    let checkout = flag(&registry, "new-checkout");
    assert_eq!(checkout.children, ["child-inverted", "child-of-full"]);
    assert_eq!(checkout.description.as_deref(), Some("new-checkout sample"));
    let archived = load(&[("input.json", &sample("unleash-admin-archive.json"))]);
    assert!(archived.flags.values().all(|flag| flag.archived) && !archived.flags.is_empty());
    let all = load(&[("input.json", &sample("unleash-admin-features-detail.json"))]);
    assert_eq!(flag(&all, "kill-payments").kind, FlagKind::KillSwitch);
    assert_eq!(flag(&all, "impression").kind, FlagKind::Ops);
    let odd = r#"{"version": 2, "features": [{"name": "f", "type": "acme", "enabled": true, "strategies": []}]}"#;
    let (registry, warnings) = try_load(&[("input.json", odd)]).expect("it is valid");
    assert_eq!(flag(&registry, "f").kind, FlagKind::Permission);
    assert!(warnings[0].contains("`acme` is no kind of flag that is known"), "{warnings:?}");
}

fn client(strategies: &str) -> String {
    format!(
        r#"{{"version": 2, "segments": [{{"id": 1, "constraints": []}}], "features": [
            {{"name": "f", "type": "release", "enabled": true, "strategies": [{strategies}]}}]}}"#
    )
}

#[test]
fn what_is_not_understood_is_no_constant() {
    let full = r#"{"name": "flexibleRollout", "parameters": {"rollout": "100", "stickiness": "default"}"#;
    for (strategies, expected) in [
        ("", "true"),
        (&*format!("{full}}}"), "true"),
        (&format!("{full}, \"constraints\": [], \"segments\": []}}"), "true"),
        // Some SDKs take a feature with a segment that is missing for off.
        (&format!("{full}, \"segments\": [7]}}"), "unknown"),
        (&format!("{full}, \"segments\": [7]}}, {full}}}"), "unknown"),
        (&format!("{full}, \"segments\": [1]}}"), "targeted"),
        (&format!("{full}, \"segments\": [1]}}, {full}}}"), "true"),
        (
            &format!(
                "{full}, \"constraints\": [{{\"contextName\": \"a\", \"operator\": \"NUM_GT\", \"value\": \"x\"}}]}}, {full}}}"
            ),
            "unknown",
        ),
        (&format!("{full}, \"segments\": 7}}"), "unknown"),
        (&format!("{full}, \"constraints\": {{}}}}"), "unknown"),
        (&format!("{full}, \"until\": \"2027-01-01\"}}"), "unknown"),
        (&format!("{full}, \"until\": \"2027-01-01\"}}, {full}}}"), "true"),
        (r#"{"name": "flexibleRollout"}"#, "unknown"),
        (r#"{"name": "flexibleRollout", "parameters": {"rollout": "100"}}"#, "unknown"),
        (r#"{"name": "flexibleRollout", "parameters": {"rollout": "1e2", "stickiness": "default"}}"#, "unknown"),
        (r#"{"name": "flexibleRollout", "parameters": {"rollout": "101", "stickiness": "default"}}"#, "unknown"),
        (r#"{"name": "gradualRolloutUserId", "parameters": {"percentage": "100"}}"#, "true given userId"),
        (r#"{"name": "gradualRolloutRandom", "parameters": {"percentage": "100"}}"#, "partial"),
        (r#"{"name": "userWithId", "parameters": {"userIds": "1"}}"#, "targeted"),
        (r#"{"name": "betaUsers"}"#, "unknown"),
        (r#"{"name": "betaUsers"}, {"name": "default"}"#, "true"),
        (r#"{"parameters": {}}"#, "unknown"),
    ] {
        let registry = load(&[("input.json", &client(strategies))]);
        assert_eq!(show(&flag(&registry, "f").environments["*"].state), expected, "{strategies}");
    }
}

#[test]
fn dependencies_that_cannot_be_followed_are_unknown() {
    let feature = |name: &str, dependencies: &str| {
        format!(
            r#"{{"name": "{name}", "type": "release", "enabled": true, "strategies": [], "dependencies": [{dependencies}]}}"#
        )
    };
    let on = |parent: &str| format!(r#"{{"feature": "{parent}"}}"#);
    for (features, expected) in [
        (vec![feature("f", &on("p")), feature("p", "")], "true"),
        (vec![feature("f", &on("p"))], "unknown"),
        (vec![feature("f", &on("f"))], "unknown"),
        (vec![feature("f", &on("p")), feature("p", &on("f"))], "unknown"),
        (vec![feature("f", &on("p")), feature("p", &on("g")), feature("g", "")], "unknown"),
        (vec![feature("f", r#"{"feature": "p", "enabled": false}"#), feature("p", "")], "false"),
        (vec![feature("f", r#"{"feature": "p", "when": "later"}"#), feature("p", "")], "unknown"),
        (vec![feature("f", r#"{"feature": "p", "variants": ["red"]}"#), feature("p", "")], "unknown"),
    ] {
        let text = format!(r#"{{"version": 2, "features": [{}]}}"#, features.join(", "));
        let registry = load(&[("input.json", &text)]);
        assert_eq!(show(&flag(&registry, "f").environments["*"].state), expected, "{text}");
    }
}

#[test]
fn what_was_counted_lately_may_refute_a_constant() {
    let text = sample("unleash-admin-feature-new-checkout.json").replace("\"no\": 0", "\"no\": 3");
    let registry = load(&[("input.json", &text)]);
    assert_eq!(show(&flag(&registry, "new-checkout").environments["production"].state), "unknown");
}

#[test]
fn a_page_of_several_is_refused() {
    let text = sample("unleash-admin-search-features.json").replace("\"total\": ", "\"total\": 1");
    assert!(refused(&text).contains("the document does not hold all flags: `total` is 1"), "{}", refused(&text));
}
