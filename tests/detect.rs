//! One test per folder `fixtures/detect/<language>/<case>/`: loads `input/` with the patterns of `settings.toml` and compares
//! the checks with `expected.txt`. `UPDATE_EXPECTED=1` rewrites the files. With arguments `--print DIR [PATTERNS.toml]` it
//! prints the checks of any tree instead.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use flag_sweep::load::load;
use flag_sweep::project::{Project, SkipReason};
use flag_sweep::resolve::{Effect, FlagCheck, Key};
use flag_sweep::settings::{CheckPattern, Policy, Settings};
use flag_sweep::value::{Value, ValueType};
use libtest_mimic::{Arguments, Failed, Trial};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseSettings {
    #[serde(default)]
    checks: Vec<CaseCheck>,
    /// How tests pin flags.
    #[serde(default)]
    overrides: Vec<CaseCheck>,
    /// Keys that are decided by hand.
    #[serde(default)]
    decided: Vec<String>,
    /// Keys that the registry knows.
    #[serde(default)]
    registry: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseCheck {
    language: String,
    pattern: String,
    keys: Option<String>,
    returns: Option<String>,
    #[serde(default)]
    negated: bool,
    effect: Option<String>,
    spelling: Option<String>,
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if words.get(1).is_some_and(|word| word == "--print") {
        let folder = PathBuf::from(words.get(2).expect("--print takes a folder"));
        let settings = words.get(3).map(|path| fs::read_to_string(path).expect("the patterns can be read"));
        let started = std::time::Instant::now();
        let project = project(&folder, settings.as_deref().unwrap_or("")).expect("the folder can be loaded");
        let took = started.elapsed();
        #[expect(clippy::print_stdout, reason = "this mode is for a person at a terminal")]
        {
            print!("{}", describe(&project));
            let started = std::time::Instant::now();
            let sources: Vec<_> = project.sources.iter().map(|(_, source)| source).collect();
            sources.par_iter().for_each(|source| {
                source.language.map(|language| language.parse(&source.text));
            });
            let bare = started.elapsed();
            let ratio = took.as_secs_f64() / bare.as_secs_f64().max(1e-9);
            println!("parsing these files again took {bare:.2?}: loading costs {ratio:.2} of it");
            println!(
                "{} checks in {} files of {}, {took:.2?}",
                project.checks.len(),
                project.sources.iter().count(),
                project.files.len()
            );
        }
        return;
    }
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials()).exit();
}

fn trials() -> Vec<Trial> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/detect");
    let mut trials = Vec::new();
    for language in folders(&fixtures) {
        for case in folders(&language) {
            let name = case.strip_prefix(&fixtures).expect("cases lie below the fixtures").display().to_string();
            trials.push(Trial::test(name, move || run(&case)));
        }
    }
    assert!(trials.len() >= 40, "the fixtures are found");
    trials.push(Trial::test("the number of threads changes nothing", threads));
    trials.push(Trial::test("deep nesting ends", nesting));
    trials.push(Trial::test("constants in circles end", circles));
    trials
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be listed").path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn project(folder: &Path, settings: &str) -> anyhow::Result<Project> {
    let case: CaseSettings = toml::from_str(settings)?;
    let root = folder.canonicalize()?;
    let pattern = |(index, check): (usize, CaseCheck)| CheckPattern {
        languages: vec![check.language],
        pattern: check.pattern,
        keys: check.keys,
        returns: check.returns.and_then(|name| ValueType::from_name(&name)).unwrap_or(ValueType::Bool),
        negated: check.negated,
        effect: match check.effect.as_deref() {
            Some("guard") => Effect::Guard,
            Some("presence") => Effect::Presence,
            _ => Effect::Value,
        },
        loose: check.spelling.as_deref() == Some("loose"),
        origin: format!("settings.toml, check {}", index + 1),
        ..CheckPattern::default()
    };
    let checks = case.checks.into_iter().enumerate().map(pattern);
    let overrides = case.overrides.into_iter().enumerate().map(pattern).collect();
    let decided = case.decided.into_iter().map(|key| (key, Value::Bool(true))).collect();
    let settings = Settings {
        root: root.clone(),
        here: PathBuf::new(),
        paths: vec![root],
        today: jiff::civil::date(2026, 1, 1),
        exclude: Vec::new(),
        max_file_size: 4 << 20,
        checks: checks.collect(),
        overrides,
        registries: Vec::new(),
        declared: Vec::new(),
        decided,
        only: Vec::new(),
        policy: Policy::default(),
        severities: std::collections::BTreeMap::new(),
        slips: Vec::new(),
        providers: flag_sweep::provider::embedded(),
    };
    let keys: Vec<(String, Vec<String>)> = case.registry.into_iter().map(|key| (key, Vec::new())).collect();
    load(&settings, &keys)
}

/// All fixtures as one tree, with one thread and with several.
fn threads() -> Result<(), Failed> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/detect");
    let with = |count: usize| -> Result<String, Failed> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build()?;
        Ok(pool.install(|| project(&fixtures, "")).map(|project| describe(&project))?)
    };
    let one = with(1)?;
    if one.is_empty() || one != with(8)? {
        return Err("the checks of all fixtures depend on the number of threads, or there are none".into());
    }
    Ok(())
}

fn checks_of(name: &str, text: &str) -> Result<Project, Failed> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join(name), text)?;
    Ok(project(folder.path(), "")?)
}

/// What is nested deeper than any stack of recursive calls would take ends well: it is read as far as it can be, and a file
/// beyond that is skipped and counted as such.
fn nesting() -> Result<(), Failed> {
    for (depth, is_read) in [(900, true), (20_000, false)] {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        let python =
            format!("import waffle\nwaffle.switch_is_active({open}'deep'{close})\nwaffle.switch_is_active('flat')\n");
        let project = checks_of("a.py", &python)?;
        let keys: Vec<Option<&str>> = project.checks.iter().map(FlagCheck::flag).collect();
        let expected: &[Option<&str>] = if is_read { &[None, Some("flat")] } else { &[] };
        let too_deep = project.skipped.iter().filter(|file| matches!(file.reason, SkipReason::TooDeep)).count();
        if keys != expected || too_deep != usize::from(!is_read) {
            return Err(format!("python, {depth} levels: {keys:?}, {too_deep} skipped").into());
        }
        let calls = "unleash.is_enabled_str(".repeat(depth / 2);
        let rust = format!(
            "fn f() {{ {calls}\"deep\"{} ; unleash.is_enabled_str(\"flat\", None, true); }}\n",
            ")".repeat(depth / 2)
        );
        let project = checks_of("a.rs", &rust)?;
        let finds = project.checks.iter().any(|check| check.flag() == Some("flat"));
        let too_deep = project.skipped.iter().any(|file| matches!(file.reason, SkipReason::TooDeep));
        if finds != is_read || too_deep == is_read {
            return Err(format!("rust, {depth} levels: {} checks, too deep: {too_deep}", project.checks.len()).into());
        }
    }
    Ok(())
}

/// Names that are defined by each other, and a text that doubles with each of many constants.
fn circles() -> Result<(), Failed> {
    let mut text = "import waffle\nA = B + 'x'\nB = A\nfrom a import C as D, D as C\nK0 = 'k'\n".to_owned();
    for at in 1..60 {
        writeln!(text, "K{at} = K{} + K{}", at - 1, at - 1)?;
    }
    for at in 0..5000 {
        writeln!(text, "L{at} = L{}\nM{at} = M{}()", at + 1, at + 1)?;
    }
    text.push_str("L0.switch_is_active(L0)\nM0.switch_is_active('m')\n");
    text.push_str("waffle.switch_is_active(A)\nwaffle.switch_is_active(C)\nwaffle.switch_is_active(K59)\n");
    let project = checks_of("a.py", &text)?;
    let known = project.checks.iter().filter(|check| check.flag().is_some()).count();
    if project.checks.len() != 3 || known != 0 || project.limits.is_empty() {
        return Err(describe(&project).into());
    }
    Ok(())
}

fn run(case: &Path) -> Result<(), Failed> {
    let settings = fs::read_to_string(case.join("settings.toml")).unwrap_or_default();
    let actual = match project(&case.join("input"), &settings) {
        Ok(project) => describe(&project),
        Err(error) => format!("error: {error:#}\n"),
    };
    let path = case.join("expected.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, &actual)?;
        return Ok(());
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if actual == expected {
        return Ok(());
    }
    Err(format!("--- expected\n{expected}--- actual\n{actual}--- (UPDATE_EXPECTED=1 rewrites {})", path.display())
        .into())
}

fn describe(project: &Project) -> String {
    let mut text = String::new();
    for check in &project.checks {
        let (line, column) = project.sources.line_column(&check.at);
        let path = project.sources.get(check.at.source).display_path();
        let key = match &check.key {
            Key::Known { flag, .. } => flag.clone(),
            Key::Dynamic { prefix, suffix } => format!("{prefix}{{…}}{suffix}"),
        };
        let fallback = match &check.fallback {
            None => "-".to_owned(),
            Some(fallback) => fallback.value.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string),
        };
        let returns = check.returns.name();
        let marks = marks(check);
        writeln!(
            text,
            "{path}:{line}:{column} {key} {} {returns} {fallback} {:?}{marks} {}",
            check.provider, check.confidence, check.evidence
        )
        .expect("writing to a string succeeds");
        if let Key::Known { via, .. } = &check.key {
            for at in via {
                let (line, _) = project.sources.line_column(at);
                let path = project.sources.get(at.source).display_path();
                writeln!(text, "    via {path}:{line}").expect("writing to a string succeeds");
            }
        }
    }
    for pin in &project.overrides {
        let (line, column) = project.sources.line_column(&pin.at);
        let path = project.sources.get(pin.at.source).display_path();
        let key = match &pin.key {
            Key::Known { flag, .. } => flag.clone(),
            Key::Dynamic { prefix, suffix } => format!("{prefix}{{…}}{suffix}"),
        };
        let value = pin.value.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
        let marks = [(pin.in_test, " test"), (pin.decorator, " decorator")];
        let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
        writeln!(
            text,
            "override {path}:{line}:{column} {key} = {value} {} {:?}{marks} {}",
            pin.provider, pin.confidence, pin.evidence
        )
        .expect("writing to a string succeeds");
    }
    for definition in &project.definitions {
        let (line, column) = project.sources.line_column(&definition.at);
        let path = project.sources.get(definition.at.source).display_path();
        let name = definition.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let whole = project.sources.text(&definition.at).lines().map(str::trim).collect::<Vec<_>>().join("⏎");
        let (kind, mentions) = (definition.kind.name(), definition.mentions);
        let days: String = [("made", definition.created), ("until", definition.removal)]
            .into_iter()
            .filter_map(|(word, day)| Some(format!(" {word} {}", day?)))
            .collect();
        writeln!(
            text,
            "definition {path}:{line}:{column} {} {kind}{name} `{whole}`{days} mentions {mentions}, {}",
            definition.flag, definition.evidence
        )
        .expect("writing to a string succeeds");
    }
    for id in &project.broken {
        let source = project.sources.get(*id);
        let line = source.language.map_or(0, |language| first_error(&language.parse(&source.text)));
        writeln!(text, "broken {}:{line}", source.display_path()).expect("writing to a string succeeds");
    }
    for skipped in &project.skipped {
        writeln!(text, "skipped {} {:?}", skipped.path.display(), skipped.reason)
            .expect("writing to a string succeeds");
    }
    for limit in &project.limits {
        writeln!(text, "limit {limit}").expect("writing to a string succeeds");
    }
    text
}

/// 1-based line of the first error of a tree.
fn first_error(tree: &tree_sitter::Tree) -> usize {
    let mut node = tree.root_node();
    loop {
        let below = node.children(&mut node.walk()).find(|child| child.has_error());
        match below {
            Some(child) if !node.is_error() => node = child,
            _ => return node.start_position().row + 1,
        }
    }
}

fn marks(check: &FlagCheck) -> String {
    let mut marks = Vec::new();
    let caveats = check.caveats.join("; ");
    for (set, mark) in [
        (check.negated, "negated"),
        (check.in_test, "test"),
        (check.in_macro, "macro"),
        (check.effect == Effect::Guard, "guard"),
        (check.effect == Effect::Object, "object"),
        (check.effect == Effect::Presence, "presence"),
        (check.effect == Effect::Choice, "choice"),
        (check.effect == Effect::Text, "text"),
        (check.effect == Effect::Component, "component"),
        (check.fallible, "fallible"),
        (!caveats.is_empty(), caveats.as_str()),
    ] {
        if set {
            marks.push(mark);
        }
    }
    if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(", ")) }
}
