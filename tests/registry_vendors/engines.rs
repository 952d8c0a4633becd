//! flagd, GrowthBook, ConfigCat, Azure App Configuration and django-waffle, against what their engines answered.

use flag_sweep::resolve::Projection;
use flag_sweep::value::ValueType;
use serde_json::{Value as Json, json};

use super::{agrees, compare, flag, load, observed, refused, sample, seen, show, try_load};

/// `document` with a flag `f`, by `key → state`.
#[track_caller]
fn each(cases: &[(Json, &str)], document: impl Fn(&Json) -> Json) {
    for (entry, expected) in cases {
        let registry = load(&[("input.json", &document(entry).to_string())]);
        assert_eq!(show(&flag(&registry, "f").environments["*"].state), *expected, "{entry}");
    }
}

#[test]
fn flagd_is_as_its_engine_answered() {
    let (document, mut answers) = observed("flagd-observed.json");
    // Asked for a truth value, a flag of texts gives the fallback: that is judged at the check.
    answers.as_object_mut().expect("answers by flag").remove("typemis");
    let registry = load(&[("input.json", &document)]);
    agrees(&registry, "*", Projection::Enabled, &answers, |answer| match answer.split(' ').next() {
        Some("CODE_DEFAULT") => Some("CODE".into()),
        value => serde_json::from_str(value?).ok(),
    });
    compare(
        &registry,
        "*",
        Projection::Enabled,
        &[
            ("plain", "true"),
            ("disabled", "fallback"),
            ("nodefault", "fallback"),
            ("emptyT", "false"),
            ("frac100", "true given targetingKey"),
            ("frac1", "true given targetingKey"),
            ("fracvar", "true given email"),
            ("fracSame", "true"),
            ("fracTrueShort", "true given targetingKey"),
            ("iftrue", "true"),
            ("ifboth", "true"),
            ("retnull", "targeted"),
            ("badvar", "fallback"),
            ("typemis", "\"yes\""),
            ("shadow", "true"),
        ],
    );
    assert_eq!(flag(&registry, "typemis").value_type, ValueType::String);
}

#[test]
fn flagd_that_is_not_understood_is_no_constant() {
    let both = json!({"on": true, "off": false});
    let targeted =
        |targeting: Json| json!({"state": "ENABLED", "variants": both, "defaultVariant": "on", "targeting": targeting});
    let cases = [
        (json!({"state": "ENABLED", "variants": both, "defaultVariant": "gone"}), "unknown"),
        (json!({"state": "PAUSED", "variants": both, "defaultVariant": "on"}), "unknown"),
        (json!({"state": "ENABLED", "variants": both, "defaultVariant": "on", "schedule": {}}), "unknown"),
        (targeted(json!({"if": [{"<": [{"var": "age"}, 3]}, "on", "on"]})), "unknown"),
        (targeted(json!({"if": [{"sem_ver": [{"var": "v"}, ">", "1"]}, "off"]})), "unknown"),
        (targeted(json!({"if": [{"and": [{"var": "a"}, {"==": [{"var": "b"}, 1]}]}, "on"]})), "true"),
        (targeted(json!({"if": [{"and": [{"var": "a"}, {"method": ["x"]}]}, "on"]})), "unknown"),
        (targeted(json!({"var": "variant"})), "unknown"),
        (targeted(json!({"if": [false, "off"]})), "true"),
        // flagd compiles a rule whole: where no context leads, an operator that it does not know fails for all of them.
        (targeted(json!({"if": [true, "on", {"wink": [{"var": "a"}]}, "on"]})), "unknown"),
        (targeted(json!({"if": [true, "on", {"$ref": "nowhere"}]})), "unknown"),
        (targeted(json!({"$ref": "nowhere"})), "unknown"),
        (targeted(json!({"$ref": "known"})), "true"),
        (targeted(json!({"$ref": "nested"})), "unknown"),
        (targeted(json!({"fractional": [["on", 50], ["off", 50]]})), "partial"),
        (targeted(json!({"fractional": [["on", 50], [{"var": "x"}, 50]]})), "unknown"),
        (targeted(json!({"fractional": [["on", 50], ["off", 0]]})), "true"),
    ];
    each(
        &cases,
        |entry| json!({"flags": {"f": entry}, "$evaluators": {"known": {"if": [true, "on"]}, "nested": {"$ref": "known"}}}),
    );
}

#[test]
fn flagd_is_read_from_yaml_and_has_metadata() {
    let yaml = "flags:\n  f:\n    state: ENABLED\n    variants: {on: true, off: false}\n    defaultVariant: on\n    \
                metadata: {owner: web, created: '2026-02-01', kind: ops, tags: 'a, b'}\n";
    let (registry, _) = try_load(&[("flags.flagd.yaml", yaml)]).expect("it is valid");
    let flag = flag(&registry, "f");
    assert_eq!((show(&flag.environments["*"].state).as_str(), flag.kind.name()), ("true", "ops"));
    assert_eq!((&flag.owners[..], &flag.tags[..]), (&["web".to_owned()][..], &["a".to_owned(), "b".to_owned()][..]));
}

#[test]
fn growthbook_is_as_its_sdk_answered() {
    let (document, answers) = observed("growthbook-observed.json");
    let registry = load(&[("input.json", &document)]);
    let part = |word: &'static str| {
        move |answer: &str| serde_json::from_str::<Json>(answer.split(word).nth(1)?.split(" getF").next()?.trim()).ok()
    };
    agrees(&registry, "*", Projection::Value, &answers, part("getFeatureValue "));
    agrees(&registry, "*", Projection::Enabled, &answers, part("isOn "));
    compare(
        &registry,
        "*",
        Projection::Value,
        &[
            ("d", "true"),
            ("nod", "fallback"),
            ("force", "true"),
            ("cov1", "true given id"),
            ("cov0", "false"),
            ("cov1id", "true given company"),
            ("cond", "true"),
            ("gate", "fallback"),
            ("exp1", "partial"),
            ("strfalse", "\"false\""),
        ],
    );
    let on = |key: &str| show(seen(&flag(&registry, key).environments["*"], Projection::Enabled));
    assert_eq!(
        (on("nod"), on("gate"), on("exp1"), on("strfalse")),
        ("false".into(), "false".into(), "true".into(), "true".into())
    );
}

#[test]
fn growthbook_that_is_not_understood_is_no_constant() {
    let rule = |rule: Json| json!({"defaultValue": true, "rules": [rule]});
    let cases = [
        (rule(json!({"force": false, "condition": {"a": 1}})), "targeted"),
        (rule(json!({"force": true, "condition": {"a": 1}})), "true"),
        (rule(json!({"force": true, "condition": {"a": 1}, "until": 1})), "unknown"),
        (rule(json!({"force": null})), "fallback"),
        (rule(json!({"force": false, "coverage": null})), "unknown"),
        (rule(json!({"force": false, "namespace": ["a", 0, 1]})), "targeted"),
        (rule(json!({"force": false, "coverage": 1, "fallbackAttribute": "d"})), "targeted"),
        (rule(json!({"force": false, "parentConditions": [{"id": "p", "condition": {"value": true}}]})), "false"),
        (
            rule(json!({"force": false, "parentConditions": [{"id": "p", "condition": {"value": {"$ne": 1}}}]})),
            "targeted",
        ),
        (rule(json!({"force": false, "parentConditions": [{"id": "gone", "condition": {"value": true}}]})), "unknown"),
        (rule(json!({"force": false, "parentConditions": [{"id": "f", "condition": {"value": true}}]})), "unknown"),
        (json!({"defaultValue": true, "rules": [], "holdout": {}}), "unknown"),
    ];
    each(&cases, |entry| json!({"features": {"f": entry, "p": {"defaultValue": true}}}));
    assert!(refused(r#"{"features": {}, "encryptedFeatures": "abc"}"#).contains("the payload is encrypted"));
}

#[test]
fn configcat_is_as_its_engine_answered() {
    let (document, answers) = observed("configcat-observed.json");
    let registry = load(&[("input.json", &document)]);
    agrees(&registry, "*", Projection::Enabled, &answers, |answer| serde_json::from_str(answer).ok());
    compare(
        &registry,
        "*",
        Projection::Enabled,
        &[("full", "true"), ("pct", "true given user"), ("pct2", "true given Country"), ("rule", "targeted")],
    );
}

#[test]
fn configcat_that_is_not_understood_is_no_constant() {
    let on = json!({"b": true});
    let rule = |conditions: Json| json!({"t": 0, "v": on, "r": [{"c": conditions, "s": {"v": on}}]});
    let cases = [
        (json!({"t": 0, "v": {"s": "x"}}), "unknown"),
        (json!({"t": 7, "v": on}), "unknown"),
        (json!({"t": 0, "v": on, "w": 1}), "unknown"),
        (json!({"t": 0, "v": on, "p": [{"p": 50, "v": on}]}), "unknown"),
        (json!({"t": 0, "v": on, "p": [{"p": 100, "v": on}]}), "true"),
        (json!({"t": 0, "v": {"b": false}, "p": [{"p": 50, "v": on}, {"p": 50, "v": {"b": false}}]}), "partial"),
        (rule(json!([{"u": {"a": "Email", "c": 2, "l": ["@x"]}}])), "true"),
        (rule(json!([{"u": {"a": "Email", "c": 99, "l": ["@x"]}}])), "unknown"),
        (rule(json!([{"p": {"f": "other", "c": 0, "v": on}}])), "unknown"),
        (rule(json!([])), "unknown"),
    ];
    each(&cases, |entry| json!({"p": {"s": "salt"}, "f": {"f": entry}}));
}

#[test]
fn azure_is_as_its_library_answered() {
    let (document, answers) = observed("azure-observed.json");
    let registry = load(&[("input.json", &document)]);
    agrees(&registry, "*", Projection::Enabled, &answers, |answer| serde_json::from_str(answer).ok());
    compare(
        &registry,
        "*",
        Projection::Enabled,
        &[
            ("on", "true"),
            ("off", "off false"),
            ("t100", "true"),
            ("t100ex", "targeted"),
            // The recorded library had no filter of that name; an application may.
            ("custom", "unknown"),
            ("ovr", "unknown"),
            ("tw", "unknown"),
        ],
    );
}

#[test]
fn azure_filters_of_older_applications_are_read() {
    let document = json!({"FeatureManagement": {
        "a": true, "b": false, "c": {"EnabledFor": [{"Name": "AlwaysOn"}]}, "d": {"EnabledFor": []},
        "e": {"EnabledFor": [{"Name": "Percentage", "Parameters": {"Value": 50}}]},
        "g": {"RequirementType": "All", "EnabledFor": [{"Name": "AlwaysOn"}, {"Name": "Mine"}]},
        "h": {"EnabledFor": [{"Name": "AlwaysOn"}, {"Name": "Mine"}]},
        "i": {"EnabledFor": [{"Name": "AlwaysOn", "Until": 1}]},
    }});
    compare(
        &load(&[("appsettings.json", &document.to_string())]),
        "*",
        Projection::Enabled,
        &[
            ("a", "true"),
            ("b", "off false"),
            ("c", "true"),
            ("d", "unknown"),
            ("e", "partial"),
            ("g", "unknown"),
            ("h", "true"),
            ("i", "unknown"),
        ],
    );
}

#[test]
fn waffle_is_read_from_its_dump() {
    let registry = load(&[("input.json", &sample("waffle-dumpdata.json"))]);
    compare(
        &registry,
        "*",
        Projection::Enabled,
        &[
            ("everyone-yes", "true"),
            ("everyone-no", "off false"),
            ("pct", "partial"),
            // A fresh flag is on for superusers.
            ("unknown-default", "targeted"),
            ("never", "off false"),
            ("grp", "targeted"),
            ("sw-on", "true"),
            ("sw-off", "off false"),
            ("s100", "true"),
            ("s0", "off false"),
        ],
    );
    let state = &flag(&registry, "sw-on").environments["*"];
    assert_eq!(state.since.map(|day| day.to_string()).as_deref(), Some("2026-11-21"));
}

#[test]
fn waffle_of_your_own_is_unknown() {
    let switch = r#"{"model": "waffle.switch", "pk": 1, "fields": {"name": "f", "active": true}}"#;
    let same = r#"{"model": "waffle.sample", "pk": 1, "fields": {"name": "f", "percent": "100.0"}}"#;
    let own = r#"{"model": "shop.flag", "pk": 1, "fields": {"name": "f", "everyone": true, "superusers": false, "company": 3}}"#;
    let more = r#"{"model": "waffle.switch", "pk": 1, "fields": {"name": "f", "active": true, "tenant": 2}}"#;
    for (rows, expected) in [
        (switch.to_owned(), "true"),
        (format!("{switch}, {same}"), "unknown"),
        (own.to_owned(), "unknown"),
        (more.to_owned(), "unknown"),
    ] {
        let registry = load(&[("input.json", &format!("[{rows}]"))]);
        assert_eq!(show(&flag(&registry, "f").environments["*"].state), expected, "{rows}");
    }
}
