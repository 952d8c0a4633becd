//! The smallest document on the page of each provider, and what becomes of it when something is wrong with it: a field that
//! nobody knows, a value of another type, an end that is missing. Owns the table of places where that does not matter.

use std::fs;
use std::path::Path;

use flag_sweep::registry::model::Registry;
use serde_json::{Value as Json, json};

use super::{only, try_load};

/// Pages whose documents only describe flags.
const DESCRIBE: [&str; 3] = ["chromium", "gitlab", "openedx"];

/// Pages and their document: name, file name, text.
fn pages() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/registries");
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).expect("the pages are part of the repository") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("pages are texts");
        let Some((_, rest)) = text.split_once("smallest") else { continue };
        let Some((_, block)) = rest.split_once("```") else { continue };
        let (language, block) = block.split_once('\n').expect("a block has lines");
        let block = block.split("```").next().unwrap_or_default().to_owned();
        let file = match language.trim() {
            "json" => "input.json",
            "yaml" => "input.yaml",
            "toml" => "input.toml",
            _ => "input.py",
        };
        pages.push((name, file.to_owned(), block));
    }
    pages.sort();
    pages.retain(|(name, ..)| name != "native");
    pages
}

/// Whether some flag has one value for everyone.
fn concludes(registry: &Registry) -> bool {
    let mut states = registry.flags.values().flat_map(|flag| flag.environments.values());
    states.any(|state| only(&state.state).is_some())
}

/// Every place of a document, as a pointer.
fn places(node: &Json, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match node {
        Json::Object(fields) => fields.iter().for_each(|(key, below)| places(below, &format!("{at}/{key}"), found)),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, below)| places(below, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// Documents whose parts are changed; those that pages have in YAML once more in JSON.
fn json_pages() -> impl Iterator<Item = (String, Json)> {
    let flagpole = r#"{"features": {"feature.organizations:new-checkout": {"enabled": true, "owner": {"team": "web"},
        "segments": [{"name": "GA", "rollout": 100, "conditions": []}]}}}"#;
    let goff = r#"{"new-checkout": {"variations": {"on": true, "off": false}, "defaultRule": {"variation": "on"}}}"#;
    pages().into_iter().filter(|(name, ..)| !DESCRIBE.contains(&name.as_str())).map(move |(name, _, text)| {
        let text = match name.as_str() {
            "flagpole" => flagpole.to_owned(),
            "gofeatureflag" => goff.to_owned(),
            _ => text,
        };
        let document = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        (name, document)
    })
}

#[test]
fn the_smallest_document_of_each_page_is_read() {
    let pages = pages();
    assert!(pages.len() > 20, "pages have a smallest document: {pages:?}");
    for (name, file, text) in pages {
        let (registry, _) = try_load(&[(&file, &text)]).unwrap_or_else(|error| panic!("{name}: {error}"));
        let describes = DESCRIBE.contains(&name.as_str());
        // Without its overrides, or an identity, these hold under a premise.
        assert_eq!(concludes(&registry), !describes, "{name}: {registry:#?}");
    }
}

/// Places where a field that nobody knows decides nothing: around the flags (where another flag may stand), in metadata, and
/// beside the values of variations.
const LENIENT: [(&str, &str); 42] = [
    ("appconfig", ""),
    ("appconfig", "/flags"),
    ("appconfig", "/flags/new-checkout"),
    ("appconfig", "/values"),
    ("appconfig", "/values/new-checkout"),
    ("azure", ""),
    ("azure", "/feature_management"),
    ("configcat", ""),
    ("configcat", "/p"),
    ("configcat", "/f"),
    ("configcat", "/f/newCheckout/v"),
    ("devcycle", "/0"),
    ("devcycle", "/0/variables/0"),
    ("devcycle", "/0/variations/0"),
    ("devcycle", "/0/variations/0/variables"),
    ("devcycle", "/0/configurations/0/targets/0/audience"),
    ("firebase", ""),
    ("firebase", "/parameters"),
    ("flagd", ""),
    ("flagd", "/flags"),
    ("flagd", "/flags/new-checkout/variants"),
    ("flagpole", ""),
    ("flagpole", "/features"),
    ("flagpole", "/features/feature.organizations:new-checkout/owner"),
    ("flagsmith", ""),
    ("flagsmith", "/project"),
    ("flagsmith", "/feature_states/0/feature"),
    ("flipper", ""),
    ("flipper", "/features"),
    ("gofeatureflag", ""),
    ("gofeatureflag", "/new-checkout/variations"),
    ("growthbook", ""),
    ("growthbook", "/features"),
    ("launchdarkly", ""),
    ("launchdarkly", "/flags"),
    ("optimizely", ""),
    ("posthog", ""),
    ("split", "/environment"),
    ("statsig", ""),
    ("unleash", ""),
    ("unleash", "/query"),
    ("waffle", "/0"),
];

/// Places whose type does not matter: metadata, values of any type, what nobody gets, and lists that `null` leaves empty.
const INDIFFERENT: [(&str, &str); 68] = [
    ("appconfig", "/version"),
    ("appconfig", "/flags/new-checkout"),
    ("appconfig", "/flags/new-checkout/name"),
    ("azure", "/feature_management/feature_flags/0/enabled"),
    ("configcat", "/p"),
    ("configcat", "/p/s"),
    ("devcycle", "/0/_project"),
    ("devcycle", "/0/type"),
    ("devcycle", "/0/status"),
    ("devcycle", "/0/variables"),
    ("devcycle", "/0/variables/0"),
    ("devcycle", "/0/variables/0/key"),
    ("devcycle", "/0/variations/0/key"),
    ("devcycle", "/0/variations/0/variables/new-checkout"),
    ("firebase", "/parameters/new_checkout/valueType"),
    ("flagd", "/flags/new-checkout"),
    ("flagd", "/flags/new-checkout/variants/on"),
    ("flagd", "/flags/new-checkout/variants/off"),
    ("flagpole", "/features/feature.organizations:new-checkout/owner"),
    ("flagpole", "/features/feature.organizations:new-checkout/owner/team"),
    ("flagpole", "/features/feature.organizations:new-checkout/segments/0/name"),
    ("flagpole", "/features/feature.organizations:new-checkout/segments/0/conditions"),
    ("flagsmith", "/name"),
    ("flagsmith", "/project/segments"),
    ("flagsmith", "/project/hide_disabled_flags"),
    ("flagsmith", "/identity_overrides"),
    ("flagsmith", "/feature_states/0/feature/id"),
    ("flagsmith", "/feature_states/0/feature/type"),
    ("flagsmith", "/feature_states/0/feature_state_value"),
    ("flipper", "/version"),
    ("flipper", "/features/new_checkout/boolean"),
    ("flipper", "/features/new_checkout/actors"),
    ("flipper", "/features/new_checkout/groups"),
    ("flipper", "/features/new_checkout/percentage_of_actors"),
    ("flipper", "/features/new_checkout/percentage_of_time"),
    ("flipper", "/features/new_checkout/expression"),
    ("gofeatureflag", "/new-checkout/variations/on"),
    ("gofeatureflag", "/new-checkout/variations/off"),
    ("growthbook", "/features/new-checkout/defaultValue"),
    ("growthbook", "/features/new-checkout/rules"),
    ("growthbook", "/features/new-checkout/rules/0/force"),
    ("launchdarkly", "/flags/new-checkout"),
    ("launchdarkly", "/flags/new-checkout/variations/0"),
    ("launchdarkly", "/flags/new-checkout/variations/1"),
    ("launchdarkly", "/flags/new-checkout/offVariation"),
    ("optimizely", "/version"),
    ("optimizely", "/environmentKey"),
    ("optimizely", "/featureFlags/0/id"),
    ("optimizely", "/featureFlags/0/experimentIds"),
    ("optimizely", "/featureFlags/0/variables"),
    ("optimizely", "/rollouts/0/experiments/0/id"),
    ("optimizely", "/rollouts/0/experiments/0/key"),
    ("optimizely", "/rollouts/0/experiments/0/variations/0/key"),
    ("posthog", "/flags/0/filters/groups/0/properties"),
    ("posthog", "/flags/0/filters/groups/0/rollout_percentage"),
    ("split", "/environment"),
    ("split", "/environment/name"),
    ("split", "/treatments/0/name"),
    ("split", "/treatments/1/name"),
    ("split", "/defaultTreatment"),
    ("statsig", "/data/0/rules/0/name"),
    ("unleash", "/version"),
    ("unleash", "/query"),
    ("unleash", "/query/environment"),
    ("unleash", "/features/0/type"),
    ("unleash", "/features/0/strategies/0/parameters/groupId"),
    ("waffle", "/0/pk"),
    ("waffle", "/0/fields/modified"),
];

fn is_in(table: &[(&str, &str)], page: &str, place: &str) -> bool {
    table.iter().any(|(name, pointer)| *name == page && *pointer == place)
}

#[test]
fn a_field_that_nobody_knows_is_no_constant() {
    let mut complaints = Vec::new();
    for (name, document) in json_pages() {
        let mut all = Vec::new();
        places(&document, "", &mut all);
        for place in all {
            let mut changed = document.clone();
            let Some(Json::Object(fields)) = changed.pointer_mut(&place) else { continue };
            fields.insert("zzzUnknown".to_owned(), json!(1));
            let constant =
                try_load(&[("input.json", &changed.to_string())]).is_ok_and(|(registry, _)| concludes(&registry));
            if constant != is_in(&LENIENT, &name, &place) {
                complaints.push(format!("    (\"{name}\", \"{place}\"),"));
            }
        }
    }
    assert!(complaints.is_empty(), "constant all the same, or no longer:\n{}", complaints.join("\n"));
}

#[test]
fn a_value_of_another_type_is_no_constant() {
    let others = [json!(null), json!(true), json!(7), json!("x"), json!([]), json!([null]), json!({"x": 1})];
    let mut complaints = Vec::new();
    for (name, document) in json_pages() {
        let mut all = Vec::new();
        places(&document, "", &mut all);
        for place in all {
            let mut constant = Vec::new();
            for other in &others {
                let mut changed = document.clone();
                let Some(node) = changed.pointer_mut(&place) else { continue };
                if std::mem::discriminant(node) == std::mem::discriminant(other) {
                    continue;
                }
                *node = other.clone();
                if try_load(&[("input.json", &changed.to_string())]).is_ok_and(|(registry, _)| concludes(&registry)) {
                    constant.push(other.to_string());
                }
            }
            if constant.is_empty() == is_in(&INDIFFERENT, &name, &place) {
                complaints.push(format!("    (\"{name}\", \"{place}\"), // {}", constant.join(" ")));
            }
        }
    }
    assert!(complaints.is_empty(), "constant all the same, or no longer:\n{}", complaints.join("\n"));
}

#[test]
fn an_end_that_is_missing_is_an_error() {
    for (name, file, text) in pages() {
        let text = text.trim_end();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let loaded = try_load(&[(&file, &text[..end])]);
            // What is cut out of YAML or of comments may be whole.
            let concluded = loaded.is_ok_and(|(registry, _)| file.ends_with(".json") || concludes(&registry));
            assert!(!concluded, "{name} to {end}");
        }
    }
}
