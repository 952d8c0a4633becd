//! Hostile and broken registries end in an error, never in a panic, an abort or a hang.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use flag_sweep::registry::model::Registry;
use flag_sweep::registry::{self, RegistryError};
use flag_sweep::source::Sources;
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_oneof, proptest};

/// Far more than any of these takes in a debug build, far less than a hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long this thread has had a processor for itself: a busy machine makes nothing slower by that clock. Systems that do
/// not say have the time of day.
fn busy(start: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn load(name: &str, text: &[u8]) -> Result<(Registry, Vec<String>), RegistryError> {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    std::fs::write(folder.path().join(name), text).expect("the scratch directory can be written");
    let start = Instant::now();
    let before = busy(start);
    let loaded = registry::load(&[PathBuf::from(name)], folder.path(), &mut Sources::default());
    let taken = busy(start).saturating_sub(before);
    assert!(taken < PATIENCE, "{name} took {taken:?}");
    loaded
}

fn message(name: &str, text: &str) -> String {
    match load(name, text.as_bytes()) {
        Ok(_) => panic!("{name} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_hundred_thousand_flags_load() {
    let mut yaml = String::from("flags:\n");
    let mut json = String::from("{\"flags\": {");
    let mut toml = String::from("[flags]\n");
    for number in 0..100_000 {
        let _ = writeln!(yaml, "  flag-{number}: {{owner: team-{}, state: on}}", number % 10);
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(json, "{comma}\"flag-{number}\": \"on\"");
        let _ = writeln!(toml, "flag-{number} = \"on\"");
    }
    json.push_str("}}");
    for (name, text) in [("flags.yaml", yaml), ("flags.json", json), ("flags.toml", toml)] {
        let (registry, _) = load(name, text.as_bytes()).expect("the registry is valid");
        assert_eq!(registry.flags.len(), 100_000, "{name}");
    }
}

#[test]
fn more_flags_are_refused_wherever_they_are_listed() {
    let mut yaml = String::from("flags:\n");
    let mut flagd = String::from("{\"flags\": {");
    for number in 0..=100_000 {
        let _ = writeln!(yaml, "  flag-{number}: on");
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(
            flagd,
            "{comma}\n\"flag-{number}\": {{\"state\": \"ENABLED\", \"variants\": {{\"on\": true}}, \"defaultVariant\": \"on\"}}"
        );
    }
    flagd.push_str("}}");
    for (name, text, place) in
        [("flags.yaml", yaml, "flags.yaml:100002:3"), ("flags.json", flagd, "flags.json:100002:1")]
    {
        let shown = message(name, &text);
        assert!(shown.contains("more than 100000 flags"), "{shown}");
        assert!(shown.contains(place), "{shown}");
        assert!(shown.len() < 1_000, "{shown}");
    }
}

#[test]
fn files_that_contradict_each_other_a_hundred_thousand_times_are_told_at_once() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let names = ["one.yaml", "other.yaml"].map(PathBuf::from);
    for (name, state) in names.iter().zip(["on", "off"]) {
        let mut text = String::from("flags:\n");
        for number in 0..100_000 {
            let _ = writeln!(text, "  flag-{number}: {state}");
        }
        std::fs::write(folder.path().join(name), text).expect("the scratch directory can be written");
    }
    let start = Instant::now();
    let before = busy(start);
    let error = registry::load(&names, folder.path(), &mut Sources::default()).expect_err("they contradict each other");
    let taken = busy(start).saturating_sub(before);
    assert!(taken < PATIENCE, "{taken:?}");
    assert!(error.to_string().contains("has a different state in one.yaml:2"), "{error}");
}

#[test]
fn a_hundred_thousand_mistakes_are_counted_and_some_shown() {
    let mut yaml = String::from("flags:\n");
    for number in 0..100_000 {
        let _ = writeln!(yaml, "  flag-{number}: {{state: on, requires: {{flga-{number}: on}}}}");
    }
    let shown = message("flags.yaml", &yaml);
    assert!(shown.contains("and 99980 more problems in flags.yaml"), "{}", &shown[shown.len() - 200..]);
    assert!(shown.len() < 20_000);
}

#[test]
fn deep_nesting_is_refused_in_every_notation() {
    let depth = 200_000;
    let (open, close) = ("[".repeat(depth), "]".repeat(depth));
    let braces = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    message("flags.yaml", &format!("flags: {open}{close}"));
    message("flags.json", &format!("{{\"flags\": {open}{close}}}"));
    message("flags.json", &braces);
    message("flags.yaml", &braces);
    message("flags.toml", &format!("flags = {open}{close}"));
    message("flags.toml", &format!("[flags]\n{}b = 1\n", "a.".repeat(depth)));
    // Brackets and dots together, each within the parser's own limit.
    let dotted = format!("{}a = ", "a.".repeat(70));
    message("flags.toml", &format!("{}1{}\n", format!("{dotted}{{ ").repeat(70) + &dotted, " }".repeat(70)));
    message("flags.toml", &format!("[{}b]\n", "a.".repeat(depth)));
    message("flags.toml", &format!("x = {{ {}b = 1 }}\n", "a.".repeat(depth)));
    let block: String = (0..5000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    message("flags.yaml", &block);
}

#[test]
fn dots_in_text_and_comments_are_no_nesting() {
    let dots = ".".repeat(300);
    let toml = format!(
        "# {dots}\n[flags.a]\nstate = \"on\" # {dots}\ndescription = \"\"\"\n{dots}\\\"{dots}\n\"\"\"\nnote = '{dots}'\n"
    );
    let numbers = "0.5, ".repeat(300);
    let toml = format!("{toml}[flags.b]\ntype = \"float\"\nvalues = [{numbers}]\n[flags.'c.d']\nstate = 'on'\n");
    if let Err(error) = load("flags.toml", toml.as_bytes()) {
        panic!("{error}");
    }
}

#[test]
fn aliases_cannot_make_a_document_grow() {
    let mut lines =
        String::from("flags:\n  l0: &l0 {type: json, values: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], state: unknown}\n");
    for level in 1..25 {
        let before = level - 1;
        let _ = writeln!(
            lines,
            "  l{level}: &l{level} {{values: [*l{before}, *l{before}, *l{before}, *l{before}], type: json, state: unknown}}"
        );
    }
    assert!(message("flags.yaml", &lines).contains("cannot be held as JSON"));

    let mut merged = String::from("flags:\n  base: &base\n");
    for number in 0..20_000 {
        let _ = writeln!(merged, "    key-{number}: on");
    }
    for number in 0..20_000 {
        let _ = writeln!(merged, "  flag-{number}: {{<<: *base}}");
    }
    assert!(message("flags.yaml", &merged).contains("entries by merge keys in one file"));
}

#[test]
fn a_circle_of_parents_does_not_hang() {
    let mut yaml = String::from("flags:\n");
    for number in 0..2000 {
        let _ = writeln!(yaml, "  f{number}: {{state: on, requires: {{f{}: on}}}}", (number + 1) % 2000);
    }
    let (registry, _) = load("flags.yaml", yaml.as_bytes()).expect("circles are for the verdict");
    assert_eq!(registry.flags.len(), 2000);
}

#[test]
fn what_is_no_text_is_refused() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let missing = registry::load(&[PathBuf::from("none.yaml")], folder.path(), &mut Sources::default());
    let shown = missing.expect_err("there is no such file").to_string();
    assert!(shown.starts_with("error: cannot read the registry none.yaml: "), "{shown}");
    assert!(load("flags.yaml", b"flags:\n  a: \0\n").expect_err("binary").to_string().contains("NUL bytes"));
    assert!(
        load("flags.yaml", b"flags:\n  a: \xff\n").expect_err("not UTF-8").to_string().contains("byte 12 is not UTF-8")
    );
}

#[test]
fn the_error_has_a_place_of_its_own() {
    let error = load("flags.yaml", b"flags:\n  a: on\n  b: onn\n").expect_err("`onn` is no state");
    assert_eq!((error.path.as_str(), error.position), ("flags.yaml", Some((3, 6))));
    assert_eq!(error.message, "flag `b` has the state `onn`, which is none");
}

#[test]
fn registries_are_found_only_where_the_content_is_one() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("the scratch directory can be written");
    };
    std::fs::create_dir(folder.path().join(".flag-sweep")).expect("the scratch directory can be written");
    write("flags.yaml", "flags:\n  a: on\n");
    write("flags.yml", "flags: [a, b]\n");
    write("flags.json", "{\"a\": true}");
    write("flags.toml", "[flags\n");
    write(".flag-sweep/flags.json", "{\"flags\": {\"a\": \"on\"}}");
    write(".flag-sweep/other.yaml", "flags:\n  a: on\n");
    let found: Vec<String> = registry::discover(folder.path())
        .iter()
        .map(|path| path.strip_prefix(folder.path()).unwrap_or(path).display().to_string())
        .collect();
    assert_eq!(found, ["flags.yaml", "flags.toml", ".flag-sweep/flags.json"]);
}

#[test]
fn flags_resolve_by_key_and_by_alias() {
    let (registry, _) = load("flags.yaml", b"flags:\n  new-cart: {state: on, aliases: [NEW_CART]}\n").expect("valid");
    for name in ["new-cart", "NEW_CART"] {
        assert_eq!(registry.resolve(name).map(|flag| flag.key.as_str()), Some("new-cart"));
    }
    assert!(registry.resolve("New-Cart").is_none());
}

/// Words that mean something to the readers, so that random texts reach beyond the parsers.
fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "flags",
            ":",
            "\n",
            "  ",
            "    ",
            "{",
            "}",
            "[",
            "]",
            ",",
            "a",
            "b",
            "on",
            "off",
            "25%",
            "100%",
            "state",
            "is",
            "value",
            "split",
            "by",
            "since",
            "2026-01-01",
            "requires",
            "environments",
            "required",
            "production",
            "&x",
            "*x",
            "<<",
            "\"",
            "'",
            "#",
            "=",
            ".",
            "-",
            "type",
            "json",
            "string",
            "int",
            "9999999999999999999999",
            "1e999",
            "é",
            "\u{feff}",
            "\\u",
            "\t",
            "\r\n",
            "null",
            "~",
            "|",
            ">",
            "? ",
            "!!str ",
            "%",
            "---",
            "lifetimes",
            "never",
            "aliases",
            "0x1",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn no_text_makes_the_readers_panic(text in words()) {
        for name in ["flags.yaml", "flags.json", "flags.toml", "flags"] {
            if let Err(error) = load(name, text.as_bytes()) {
                assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn no_damage_to_a_registry_makes_the_readers_panic(at in any::<prop::sample::Index>(), with in words()) {
        let yaml = include_str!("../fixtures/registry/native/all-yaml/input.yaml");
        let json = include_str!("../fixtures/registry/native/all-json/input.json");
        let toml = include_str!("../fixtures/registry/native/all-toml/input.toml");
        for (name, text) in [("flags.yaml", yaml), ("flags.json", json), ("flags.toml", toml)] {
            let mut at = at.index(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let damaged = format!("{}{with}{}", &text[..at], &text[at..]);
            if let Err(error) = load(name, damaged.as_bytes()) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}
