//! What each fuzz target does with its bytes, and what must hold whatever they are: no panic, places inside the text, and for
//! fixes a result that parses, that is what the edits say, and that a second fix leaves alone. Shared with `tests/hostile`, which
//! runs the targets on their corpus and on changes of it without a fuzzer. Nothing is read from disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use flag_sweep::cli::config;
use flag_sweep::diagnostic::Applicability;
use flag_sweep::fix::{self, Decision};
use flag_sweep::language;
use flag_sweep::load::{self, Memo};
use flag_sweep::project::{CodeFile, SkipReason};
use flag_sweep::provider::{self, Providers};
use flag_sweep::registry::input::{Input, Place};
use flag_sweep::registry::verdict::verdicts;
use flag_sweep::registry::{self, Texts};
use flag_sweep::rules::RULES;
use flag_sweep::run;
use flag_sweep::settings::{CheckPattern, Policy, Settings};
use flag_sweep::source::read::{Bytes, Files, Nothing};
use flag_sweep::source::walk::Walked;
use flag_sweep::source::{Sources, edit};
use flag_sweep::value::Value;

/// What a target does with its bytes; a sentence when something does not hold.
pub(crate) type Target = fn(&[u8]) -> Result<(), String>;

/// Every target by its name, which is that of its folder below `corpus`.
pub(crate) const TARGETS: [(&str, Target); 7] = [
    ("scan", scan),
    ("fold", fold),
    ("fix", fix),
    ("registry", registry),
    ("config", config),
    ("patterns", patterns),
    ("suppressions", suppressions),
];

/// The endings of file names that the first byte chooses from.
const ENDINGS: [&str; 8] = ["py", "ts", "tsx", "js", "rs", "jinja", "vue", "svelte"];

/// Nobody's SDK. By a profile, to look for everybody's is nearly all of a run on a small text.
static NONE: LazyLock<Providers> = LazyLock::new(Providers::default);

/// One file in memory.
struct Single<'t> {
    path: PathBuf,
    text: &'t str,
}

impl Bytes for Single<'_> {
    fn of(&self, path: &Path) -> Option<Vec<u8>> {
        (path == self.path).then(|| self.text.as_bytes().to_vec())
    }
}

impl Files for Single<'_> {
    fn walk(&self, _settings: &Settings) -> anyhow::Result<Walked> {
        let file =
            language::by_path(&self.path).map(|found| CodeFile { path: self.path.clone(), language: found.name });
        Ok(Walked { files: file.into_iter().collect(), ..Walked::default() })
    }

    fn read(&self, path: &Path, _max: u64) -> Result<String, SkipReason> {
        self.of(path).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(SkipReason::Binary)
    }
}

/// The first byte, and the rest where it is a text that a file may hold.
fn split(data: &[u8]) -> Option<(usize, &str)> {
    let (first, rest) = data.split_first()?;
    let text = std::str::from_utf8(rest).ok().filter(|text| !text.contains('\0'))?;
    Some((usize::from(*first), text))
}

fn settings(language: &str, pattern: &str, decided: BTreeMap<String, Value>) -> Settings {
    Settings {
        root: PathBuf::from("/nowhere"),
        here: PathBuf::new(),
        paths: vec![PathBuf::from("/nowhere")],
        today: jiff::civil::date(2026, 11, 21),
        exclude: Vec::new(),
        max_file_size: 1 << 20,
        checks: vec![CheckPattern {
            languages: vec![language.to_owned()],
            pattern: pattern.to_owned(),
            origin: "test".to_owned(),
            ..CheckPattern::default()
        }],
        overrides: Vec::new(),
        registries: Vec::new(),
        declared: Vec::new(),
        decided,
        only: Vec::new(),
        policy: Policy::default(),
        severities: BTreeMap::new(),
        slips: Vec::new(),
        providers: provider::embedded(),
    }
}

/// A file with the ending that the first byte chooses.
fn file(first: usize, text: &str) -> (Single<'_>, &'static str) {
    let path = PathBuf::from(format!("a.{}", ENDINGS[first % ENDINGS.len()]));
    let language = language::by_path(&path).expect("the endings are those of languages").name;
    (Single { path, text }, language)
}

fn decided(flags: &[String], on: bool) -> BTreeMap<String, Value> {
    flags.iter().map(|flag| (flag.clone(), Value::Bool(on))).collect()
}

/// A whole run without a registry: every place lies in its text.
fn whole(files: &Single<'_>, settings: &Settings) -> Result<(), String> {
    let Ok(outcome) = run::run_at(settings, Applicability::Unsafe, files, &Memo::default(), &registry::on_disk) else {
        return Ok(());
    };
    for diagnostic in &outcome.diagnostics {
        let places = diagnostic.labels.iter().map(|label| &label.at).chain([&diagnostic.at]);
        for at in places {
            if outcome.project.sources.get(at.source).text.get(at.span.clone()).is_none() {
                return Err(format!("{} is at {:?}, which is no piece of the text", diagnostic.message, at.span));
            }
        }
    }
    Ok(())
}

/// Looks at a text and fixes it; the text that results.
///
/// # Errors
/// When the result does not parse, is not what the edits say, or is in another file.
pub(crate) fn fixed(
    ending: &str,
    text: &str,
    decided: &BTreeMap<String, Value>,
    level: Applicability,
) -> Result<Option<String>, String> {
    let files = Single { path: PathBuf::from(format!("a.{ending}")), text };
    let language = language::by_path(&files.path).ok_or("the language is not known")?;
    let mut settings = settings(language.name, "enabled($KEY)", decided.clone());
    // A text that has a check of its own needs no SDK.
    if text.contains("enabled(\"") {
        settings.providers = &NONE;
    }
    let keys: Vec<(String, Vec<String>)> = decided.keys().map(|key| (key.clone(), Vec::new())).collect();
    let mut project =
        load::load_from(&settings, &keys, &files, &Memo::default()).map_err(|error| format!("{error:#}"))?;
    let decisions: Vec<Decision> = project
        .checks
        .iter()
        .enumerate()
        .filter_map(|(check, found)| Some(Decision { check, value: decided.get(found.flag()?)?.clone() }))
        .collect();
    let plan = fix::plan(&mut project, &decisions, level, &Nothing);
    if !plan.bugs.is_empty() {
        return Err(format!("verification dropped {:?}", plan.bugs));
    }
    let Some(file) = plan.files.first() else { return Ok(None) };
    if plan.files.len() > 1 || project.sources.get(file.source).path != files.path {
        return Err("a file was planned that is none of the project".to_owned());
    }
    if !edit::are_disjoint(&file.edits) || edit::apply(text, &file.edits) != file.after {
        return Err("text outside the edits changed".to_owned());
    }
    if language.read(text).problem().is_some() {
        return Err("a file with a problem is edited".to_owned());
    }
    if language.read(&file.after).problem().is_some() {
        return Err(format!("the result does not parse:\n{}", file.after));
    }
    Ok((!file.deleted).then(|| file.after.clone()))
}

/// Fixes a text, and what came of it again; whether anything was edited.
///
/// # Errors
/// As [`fixed`], and when the second fix changes something.
pub(crate) fn final_fix(
    ending: &str,
    text: &str,
    flags: &[String],
    on: bool,
    level: Applicability,
) -> Result<bool, String> {
    let decided = decided(flags, on);
    let Some(after) = fixed(ending, text, &decided, level)? else { return Ok(false) };
    match fixed(ending, &after, &decided, level)? {
        Some(again) if again != after => Err(format!("a second fix changes:\n{after}\nto\n{again}")),
        _ => Ok(true),
    }
}

/// Any file in any language, looked at with all rules.
fn scan(data: &[u8]) -> Result<(), String> {
    let Some((first, text)) = split(data) else { return Ok(()) };
    let (files, language) = file(first, text);
    whole(&files, &settings(language, "enabled($KEY)", BTreeMap::new()))
}

/// A condition and both its values, in each kind of language.
fn fold(data: &[u8]) -> Result<(), String> {
    let Some((first, text)) = split(data) else { return Ok(()) };
    let code = [
        ("py", format!("def f():\n    if {text}:\n        a()\n    else:\n        b()\n")),
        ("ts", format!("function f() {{ if ({text}) {{ a(); }} else {{ b(); }} return {text}; }}\n")),
        ("rs", format!("fn f() {{ if {text} {{ a(); }} else {{ b(); }} }}\n")),
        ("jinja", format!("{{% if {text} %}}a{{% else %}}b{{% endif %}}\n")),
    ];
    let (ending, code) = &code[first % code.len()];
    both(ending, code, first)
}

/// Any file, fixed.
fn fix(data: &[u8]) -> Result<(), String> {
    let Some((first, text)) = split(data) else { return Ok(()) };
    both(ENDINGS[first % ENDINGS.len()], text, first)
}

fn both(ending: &str, code: &str, first: usize) -> Result<(), String> {
    let flags = ["x".to_owned(), "y".to_owned()];
    let level = if first & 64 == 0 { Applicability::Unsafe } else { Applicability::Safe };
    final_fix(ending, code, &flags, first & 128 == 0, level).map(drop)
}

/// A registry of any notation, judged; a mapping in a program among them.
fn registry(data: &[u8]) -> Result<(), String> {
    let Some((first, text)) = split(data) else { return Ok(()) };
    let name = ["flags.yaml", "flags.json", "flags.toml", "flags.py", "flags.ts"][first % 5];
    let mut settings = settings("python", "enabled($KEY)", BTreeMap::new());
    let program = language::by_path(Path::new(name)).is_some();
    if program {
        settings.declared.push(Input {
            place: Place::File(PathBuf::from("/nowhere").join(name), None),
            mapping: Some("FLAGS".to_owned()),
            environment: None,
            applies: Vec::new(),
            semantics: None,
            origin: "test".to_owned(),
        });
    } else {
        settings.registries.push(PathBuf::from(name));
    }
    let reader = |_: &Path| Ok(text.to_owned());
    let Ok(texts) = Texts::read(&settings.registries, &settings.declared, &settings.root, &reader) else {
        return Ok(());
    };
    let mut sources = Sources::default();
    if let Ok((found, _)) = texts.load(&mut sources) {
        for (key, verdict) in verdicts(&found, &settings) {
            if verdict.removal().is_some() && verdict.constant().is_none() {
                return Err(format!("`{key}` may be removed and is no constant"));
            }
        }
    }
    Ok(())
}

/// A configuration.
fn config(data: &[u8]) -> Result<(), String> {
    let Some((first, text)) = split(data) else { return Ok(()) };
    let name = ["flag-sweep.toml", "pyproject.toml"][first % 2];
    let _ = config::parse(text, Path::new(name), name, &RULES.map(|rule| rule.code));
    Ok(())
}

/// In the first line a check of one's own, in the others code that it may match.
fn patterns(data: &[u8]) -> Result<(), String> {
    let Some((first, text)) = split(data) else { return Ok(()) };
    let (pattern, code) = text.split_once('\n').unwrap_or((text, text));
    let (files, language) = file(first, code);
    let settings = settings(language, pattern, decided(&["x".to_owned()], true));
    whole(&files, &Settings { providers: &NONE, ..settings })
}

/// A comment on a check.
fn suppressions(data: &[u8]) -> Result<(), String> {
    let Some((first, text)) = split(data) else { return Ok(()) };
    let text = text.replace(['\n', '\r'], " ");
    let code = match first % 3 {
        0 => format!("# flag-sweep: {text}\nif enabled(\"x\"):\n    a()\n"),
        1 => format!("if enabled(\"x\"):  # flag-sweep: {text}\n    a()\n"),
        _ => format!("# flag-sweep:{text}\nif enabled(\"x\"):  # flag-sweep: file-{text}\n    a()\n"),
    };
    let (files, language) = file(0, &code);
    let settings = settings(language, "enabled($KEY)", decided(&["x".to_owned()], true));
    whole(&files, &Settings { providers: &NONE, ..settings })
}
