//! Every folder under `fixtures/fix/<language>/` is three tests: its `input/` with the values of `flags.toml` becomes
//! `expected/`, byte for byte; what the plan says about it is `said.txt`; and the properties that hold for every fix hold for
//! it, the other way round too. `UPDATE_EXPECTED=1` rewrites `expected/` and `said.txt`. Owns no cases: those are folders.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use flag_sweep::diagnostic::Applicability;
use flag_sweep::fix::{self, Decision, Plan};
use flag_sweep::project::Project;
use flag_sweep::report;
use flag_sweep::resolve::Effect;
use flag_sweep::settings::{CheckPattern, Policy, Settings};
use flag_sweep::source::Location;
use flag_sweep::source::edit;
use flag_sweep::source::read::Below;
use flag_sweep::source::write::Target;
use flag_sweep::value::{Value, ValueType};
use libtest_mimic::{Arguments, Failed, Trial};

/// Texts of a tree by path relative to its root.
type Tree = BTreeMap<String, String>;

/// A folder of `fixtures/fix/<language>/`.
#[derive(Clone)]
struct Case {
    folder: PathBuf,
    level: Applicability,
    flags: BTreeMap<String, Value>,
    checks: Vec<CheckPattern>,
    overrides: Vec<CheckPattern>,
}

/// What a fix makes of a tree, and what it says about it.
struct Outcome {
    after: Tree,
    plan: Plan,
    broken: usize,
    /// What the plan says, for people.
    said: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fix");
    let mut trials = Vec::new();
    for language in folders(&root) {
        for folder in folders(&language) {
            let name = format!("{}/{}", file_name(&language), file_name(&folder));
            let (bytes, said, properties) = (folder.clone(), folder.clone(), folder);
            trials.push(Trial::test(name.clone(), move || becomes_expected(&Case::read(bytes)?).map_err(Failed::from)));
            trials.push(Trial::test(format!("{name}/said"), move || {
                says_what_is_expected(&Case::read(said)?).map_err(Failed::from)
            }));
            trials.push(Trial::test(format!("{name}/properties"), move || {
                properties_hold(&Case::read(properties)?).map_err(Failed::from)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

impl Case {
    fn read(folder: PathBuf) -> Result<Self, String> {
        let path = folder.join("flags.toml");
        let text = fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let table: toml::Table = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
        let mut case = Self {
            folder,
            level: Applicability::Safe,
            flags: BTreeMap::new(),
            checks: Vec::new(),
            overrides: Vec::new(),
        };
        for (key, value) in &table {
            match (key.as_str(), value) {
                ("level", toml::Value::String(level)) if level == "safe" => case.level = Applicability::Safe,
                ("level", toml::Value::String(level)) if level == "unsafe" => case.level = Applicability::Unsafe,
                ("flags", toml::Value::Table(flags)) => {
                    for (flag, value) in flags {
                        case.flags.insert(flag.clone(), flag_value(value)?);
                    }
                }
                ("checks", toml::Value::Array(checks)) => {
                    for (at, check) in checks.iter().enumerate() {
                        case.checks.push(pattern(check, at)?);
                    }
                }
                ("overrides", toml::Value::Array(overrides)) => {
                    for (at, entry) in overrides.iter().enumerate() {
                        let pins = entry.get("value").and_then(toml::Value::as_bool);
                        case.overrides.push(CheckPattern { pins, ..pattern(entry, at)? });
                    }
                }
                (key, value) => return Err(format!("{}: `{key} = {value}` means nothing here", path.display())),
            }
        }
        if case.flags.is_empty() {
            return Err(format!("{}: no flag is decided", path.display()));
        }
        Ok(case)
    }

    fn input(&self) -> Result<Tree, String> {
        let tree = read_tree(&self.folder.join("input"))?;
        if tree.is_empty() { Err(format!("{}: input/ holds no file", self.folder.display())) } else { Ok(tree) }
    }

    /// The same case with every truth value turned round.
    fn opposite(&self) -> Self {
        let mut opposite = self.clone();
        for value in opposite.flags.values_mut() {
            if let Value::Bool(on) = value {
                *on = !*on;
            }
        }
        opposite
    }
}

fn flag_value(value: &toml::Value) -> Result<Value, String> {
    match value {
        toml::Value::Boolean(on) => Ok(Value::Bool(*on)),
        toml::Value::Integer(number) => Ok(Value::Int(*number)),
        toml::Value::Float(number) => Ok(Value::Float(*number)),
        toml::Value::String(text) => Ok(Value::String(text.clone())),
        other => Err(format!("a flag cannot be {other}")),
    }
}

fn pattern(check: &toml::Value, at: usize) -> Result<CheckPattern, String> {
    let text = |key: &str| check.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let returns = text("returns").unwrap_or_else(|| "bool".to_owned());
    Ok(CheckPattern {
        languages: vec![text("language").ok_or("a check names its language")?],
        pattern: text("pattern").ok_or("a check has a pattern")?,
        keys: text("keys"),
        returns: ValueType::from_name(&returns).ok_or_else(|| format!("there is no type `{returns}`"))?,
        negated: check.get("negated").and_then(toml::Value::as_bool).unwrap_or(false),
        effect: match text("effect").as_deref() {
            Some("guard") => Effect::Guard,
            Some("presence") => Effect::Presence,
            None | Some("value") => Effect::Value,
            Some(other) => return Err(format!("there is no effect `{other}`")),
        },
        origin: format!("flags.toml: check {}", at + 1),
        ..CheckPattern::default()
    })
}

/// The input becomes the expected tree, byte for byte.
fn becomes_expected(case: &Case) -> Result<(), String> {
    let outcome = run(case, &case.input()?)?;
    let folder = case.folder.join("expected");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        return write_tree(&folder, &outcome.after);
    }
    let expected = read_tree(&folder)?;
    compare(&expected, &outcome.after, &outcome.plan)
}

/// The plan says what is expected: who may apply what for which reasons, and what is left.
fn says_what_is_expected(case: &Case) -> Result<(), String> {
    let path = case.folder.join("said.txt");
    let said = run(case, &case.input()?)?.said;
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        return fs::write(&path, said).map_err(|error| format!("cannot write {}: {error}", path.display()));
    }
    let expected = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}; UPDATE_EXPECTED=1 writes it", path.display()))?;
    if expected == said {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), said.as_str());
    Err(diff.unified_diff().header("said.txt", "the plan says").to_string())
}

/// Every sentence of a plan, with its place in the input.
fn said(project: &Project, plan: &Plan) -> String {
    let place = |at: &Location| {
        let (line, column) = project.sources.line_column(at);
        format!("{}:{line}:{column}", project.sources.get(at.source).display_path())
    };
    let mut said = String::new();
    let mut site = |at: &Location, title: &str, applicability: Applicability, applied: bool, reasons: &[String]| {
        let applied = if applied { "applied" } else { "left" };
        said.push_str(&format!("{} {title} [{}, {applied}]\n", place(at), applicability.name()));
        said.extend(reasons.iter().map(|reason| format!("    {reason}\n")));
    };
    for one in &plan.sites {
        site(&project.checks[one.check].at, &one.title, one.applicability, one.applied, &one.reasons);
    }
    for one in &plan.pins {
        site(&project.overrides[one.pin].at, &one.title, one.applicability, one.applied, &one.reasons);
    }
    for (what, places) in [("left", &plan.left), ("to review", &plan.reviewed)] {
        said.extend(places.iter().map(|(at, reason)| format!("{} {what}: {reason}\n", place(at))));
    }
    said
}

/// What holds for every fix, whatever it is about.
fn properties_hold(case: &Case) -> Result<(), String> {
    let input = case.input()?;
    let expected = read_tree(&case.folder.join("expected"))?;
    let outcome = run(case, &input)?;
    settled(case, &outcome).map_err(|why| format!("as given: {why}"))?;
    for (variant, change) in VARIANTS {
        let outcome = run(case, &changed(&input, change))?;
        compare(&changed(&expected, change), &outcome.after, &outcome.plan)
            .map_err(|why| format!("{variant}: {why}"))?;
        settled(case, &outcome).map_err(|why| format!("{variant}: {why}"))?;
    }
    let opposite = case.opposite();
    if opposite.flags != case.flags {
        settled(&opposite, &run(&opposite, &input)?).map_err(|why| format!("decided the other way: {why}"))?;
    }
    let broken = changed(&input, |text| format!("{text}\n(\n{{% endif %}}\n"));
    let outcome = run(case, &broken)?;
    if outcome.broken == 0 {
        return Err("an unclosed parenthesis, or a tag that ends nothing, is not seen as broken syntax".to_owned());
    }
    compare(&broken, &outcome.after, &outcome.plan)
        .map_err(|why| format!("a file with a syntax error was edited: {why}"))
}

/// A change of a text, with words for it.
type Variant = (&'static str, fn(&str) -> String);

/// Changes of the input that lead to the same change of the output.
const VARIANTS: [Variant; 3] = [
    ("with CRLF line ends", |text| text.replace("\r\n", "\n").replace('\n', "\r\n")),
    ("with LF line ends", |text| text.replace("\r\n", "\n")),
    ("without a final line end", |text| text.trim_end_matches(['\r', '\n']).to_owned()),
];

fn changed(tree: &Tree, change: impl Fn(&str) -> String) -> Tree {
    tree.iter().map(|(path, text)| (path.clone(), change(text))).collect()
}

/// The result is valid, final, and without the decided checks, but for those that the plan says it left.
fn settled(case: &Case, outcome: &Outcome) -> Result<(), String> {
    let again = run(case, &outcome.after)?;
    compare(&outcome.after, &again.after, &again.plan)
        .map_err(|why| format!("a second fix changes something: {why}"))?;
    if again.broken > outcome.broken {
        return Err(format!("the result does not parse:\n{}", shown(&outcome.after)));
    }
    let left = outcome.plan.sites.iter().filter(|site| !site.applied).count();
    if again.plan.sites.len() > left {
        return Err(format!(
            "{} decided checks are left, and the plan admits {left}:\n{}",
            again.plan.sites.len(),
            shown(&outcome.after)
        ));
    }
    Ok(())
}

/// Fixes a tree, with the consistency of the plan itself checked.
fn run(case: &Case, input: &Tree) -> Result<Outcome, String> {
    let directory = tempfile::tempdir().map_err(|error| format!("cannot make a scratch directory: {error}"))?;
    let root =
        directory.path().canonicalize().map_err(|error| format!("cannot resolve the scratch directory: {error}"))?;
    write_tree(&root, input)?;
    let mut project = load(case, &root)?;
    let decisions: Vec<Decision> = project
        .checks
        .iter()
        .enumerate()
        .filter_map(|(check, found)| Some(Decision { check, value: case.flags.get(found.flag()?)?.clone() }))
        .collect();
    let plan = fix::plan(&mut project, &decisions, case.level, &Below(&root));
    if !plan.bugs.is_empty() {
        return Err(format!("verification dropped {:?}", plan.bugs));
    }
    if plan.sites.len() != decisions.len() {
        return Err(format!("{} decisions, but {} sites", decisions.len(), plan.sites.len()));
    }
    let mut after = input.clone();
    for file in &plan.files {
        let source = project.sources.get(file.source);
        let path = source.display_path();
        for pair in file.edits.windows(2) {
            if pair[0].span.end > pair[1].span.start {
                return Err(format!("{path}: edits {:?} and {:?} overlap or are out of order", pair[0], pair[1]));
            }
        }
        if edit::apply(&source.text, &file.edits) != file.after {
            return Err(format!("{path}: the edits do not lead to the planned text"));
        }
        if *source.text == *file.after {
            return Err(format!("{path}: planned, but unchanged"));
        }
        if file.deleted {
            after.remove(&path);
        } else {
            after.insert(path, file.after.clone());
        }
    }
    git_takes(&project, &plan, &root)?;
    let said = said(&project, &plan);
    Ok(Outcome { after, plan, broken: project.broken.len(), said })
}

/// The plan's diff is what `git apply` takes on the tree it was made for.
fn git_takes(project: &Project, plan: &Plan, root: &Path) -> Result<(), String> {
    let sources: Vec<_> = plan.files.iter().map(|file| (project.sources.get(file.source), file)).collect();
    let targets: Vec<Target<'_>> = sources
        .iter()
        .map(|(source, file)| Target {
            path: &source.path,
            before: &source.text,
            after: (!file.deleted).then_some(&file.after),
        })
        .collect();
    if targets.is_empty() {
        return Ok(());
    }
    let diff = report::diff::diff(&targets);
    let mut git = Command::new("git")
        .args(["apply", "--check", "-"])
        .current_dir(root)
        .env("GIT_CEILING_DIRECTORIES", root)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start git: {error}"))?;
    let mut input = git.stdin.take().ok_or("git takes no input")?;
    input.write_all(diff.as_bytes()).map_err(|error| format!("cannot write to git: {error}"))?;
    drop(input);
    let done = git.wait_with_output().map_err(|error| format!("cannot wait for git: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("git apply refuses the diff: {}\n{diff}", String::from_utf8_lossy(&done.stderr)))
}

/// Walks, reads, scans and resolves a tree on disk.
fn load(case: &Case, root: &Path) -> Result<Project, String> {
    let settings = Settings {
        root: root.to_owned(),
        here: PathBuf::new(),
        paths: vec![root.to_owned()],
        today: jiff::civil::date(2026, 11, 21),
        exclude: Vec::new(),
        max_file_size: 1 << 20,
        checks: case.checks.clone(),
        overrides: case.overrides.clone(),
        registries: Vec::new(),
        declared: Vec::new(),
        decided: case.flags.clone(),
        only: Vec::new(),
        policy: Policy::default(),
        severities: BTreeMap::new(),
        slips: Vec::new(),
        providers: flag_sweep::provider::embedded(),
    };
    let keys: Vec<(String, Vec<String>)> = case.flags.keys().map(|key| (key.clone(), Vec::new())).collect();
    flag_sweep::load::load(&settings, &keys).map_err(|error| format!("cannot load the input: {error:#}"))
}

fn compare(expected: &Tree, actual: &Tree, plan: &Plan) -> Result<(), String> {
    let mut report = String::new();
    for path in expected.keys().chain(actual.keys().filter(|path| !expected.contains_key(*path))) {
        let (Some(wanted), Some(got)) = (expected.get(path), actual.get(path)) else {
            report.push_str(&format!("{path} is only on one side\n"));
            continue;
        };
        if wanted != got {
            let diff = similar::TextDiff::from_lines(wanted.as_str(), got.as_str());
            let diff = diff.unified_diff().header(&format!("expected/{path}"), &format!("actual/{path}")).to_string();
            // Line ends are part of the comparison, and would not be seen otherwise.
            report.push_str(&diff.replace('\r', "␍"));
        }
    }
    if report.is_empty() {
        return Ok(());
    }
    for site in &plan.sites {
        let what = if site.applied { "applied" } else { "left" };
        report.push_str(&format!("{what}: {} [{}] {:?}\n", site.title, site.applicability.name(), site.reasons));
    }
    for pin in &plan.pins {
        let what = if pin.applied { "applied" } else { "left" };
        report.push_str(&format!("{what}: {} [{}] {:?}\n", pin.title, pin.applicability.name(), pin.reasons));
    }
    if plan.sites.is_empty() {
        report.push_str("no check of a decided flag was found\n");
    }
    report.push_str("UPDATE_EXPECTED=1 cargo test --test fix -- <name> accepts the actual text\n");
    Err(report)
}

fn shown(tree: &Tree) -> String {
    tree.iter().map(|(path, text)| format!("--- {path}\n{text}\n")).collect()
}

/// Folders of a folder, sorted; none when there is no such folder.
fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_tree(root: &Path) -> Result<Tree, String> {
    if !root.is_dir() {
        return Err(format!("{} is missing; a case without it tests nothing", root.display()));
    }
    let mut tree = Tree::new();
    let mut pending = vec![root.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in
            fs::read_dir(&folder).map_err(|error| format!("cannot list {}: {error}", folder.display()))?.flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let relative = path.strip_prefix(root).expect("the entry lies below the folder that was listed");
            tree.insert(flag_sweep::source::display_path(relative), text);
        }
    }
    Ok(tree)
}

fn write_tree(root: &Path, tree: &Tree) -> Result<(), String> {
    for (path, text) in tree {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| format!("cannot create {}: {error}", parent.display()))?;
        }
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}
