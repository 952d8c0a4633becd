//! One test per folder below `fixtures/registry/native` and, for documents of vendors, `fixtures/registry/read`: its `input.*`
//! files are loaded together, and the flags or the error must be what `expected.txt` says. One test per file of
//! `fixtures/registry/answers`: what is concluded from its documents is the text beside it, so that no change of it goes
//! unnoticed (whether it is right is for `registry_vendors` to say). `UPDATE_EXPECTED=1` rewrites the expectations.
//!
//! A native registry that loads also fits the published JSON Schema.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use flag_sweep::registry::{self, model::Registry, verdict};
use flag_sweep::source::{Location, Sources};
use libtest_mimic::{Arguments, Failed, Trial};

/// Characters of a text in an expectation.
const LONGEST: usize = 60;

fn main() {
    let arguments = Arguments::from_args();
    let name = |case: &Path| case.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let native = entries("native").into_iter().map(|case| Trial::test(name(&case), move || run(&case, true)));
    let mut trials: Vec<Trial> = native.collect();
    trials.extend(
        entries("read").into_iter().map(|case| Trial::test(format!("read/{}", name(&case)), move || run(&case, false))),
    );
    let recorded = entries("answers").into_iter().filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    trials.extend(
        recorded.map(|path| Trial::test(format!("answers/{}", name(&path)), move || concluded_from_answers(&path))),
    );
    trials.push(Trial::test("examples in the guide", examples));
    libtest_mimic::run(&arguments, trials).exit();
}

/// What stands in a folder below `fixtures/registry`, sorted.
fn entries(folder: &str) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/registry").join(folder))
            .expect("the fixtures are part of the repository")
            .map(|entry| entry.expect("the fixtures can be listed").path())
            .collect();
    entries.sort();
    entries
}

fn run(case: &Path, native: bool) -> Result<(), Failed> {
    let inputs = inputs(case)?;
    let mut sources = Sources::default();
    let loaded = registry::load(&inputs, case, &mut sources);
    let actual = match &loaded {
        Ok((registry, warnings)) => {
            for input in inputs.iter().filter(|_| native) {
                fits_schema(case, input)?;
            }
            show(registry, warnings, &sources)
        }
        Err(error) => format!("{error}\n"),
    };
    compare(&case.join("expected.txt"), &actual)
}

/// A line per flag and projection of every recorded document.
fn concluded_from_answers(path: &Path) -> Result<(), Failed> {
    let mut text = String::new();
    for (number, line) in fs::read_to_string(path)?.lines().enumerate() {
        let recorded: serde_json::Value = serde_json::from_str(line)?;
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("input.json"), recorded["document"].to_string())?;
        let (registry, _) = registry::load(&["input.json".into()], folder.path(), &mut Sources::default())
            .map_err(|error| error.to_string())?;
        for flag in registry.flags.values() {
            for (environment, state) in &flag.environments {
                let _ = writeln!(text, "{number} {} {environment}: {}", flag.key, verdict::describe(&state.state));
                for (projection, state) in &state.seen {
                    let _ = writeln!(text, "    {projection:?}: {}", verdict::describe(state));
                }
            }
        }
    }
    compare(&path.with_extension("txt"), &text)
}

/// Every example of the guide that declares flags loads and fits the schema.
fn examples() -> Result<(), Failed> {
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/registries/native.md"))?;
    let mut count = 0;
    for block in guide.split("```").skip(1).step_by(2) {
        let (notation, text) = block.split_once('\n').unwrap_or_default();
        if !text.contains("flags") || text.contains("yaml-language-server") {
            continue;
        }
        let folder = tempfile::tempdir()?;
        let input = PathBuf::from(format!("input.{notation}"));
        fs::write(folder.path().join(&input), text)?;
        let (_, warnings) = registry::load(std::slice::from_ref(&input), folder.path(), &mut Sources::default())
            .map_err(|error| error.to_string())?;
        if !warnings.is_empty() {
            return Err(warnings.join("; ").into());
        }
        fits_schema(folder.path(), &input)?;
        count += 1;
    }
    if count == 4 { Ok(()) } else { Err(format!("the guide has {count} examples").into()) }
}

fn inputs(case: &Path) -> Result<Vec<PathBuf>, Failed> {
    let mut inputs = Vec::new();
    for entry in fs::read_dir(case)? {
        let path = entry?.path();
        if path.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("input")) {
            inputs.push(PathBuf::from(path.file_name().unwrap_or_default()));
        }
    }
    inputs.sort();
    if inputs.is_empty() { Err("no input file".into()) } else { Ok(inputs) }
}

fn compare(path: &Path, actual: &str) -> Result<(), Failed> {
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        return Ok(fs::write(path, actual)?);
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    let difference = similar::TextDiff::from_lines(expected.as_str(), actual);
    Err(format!("{}\nset UPDATE_EXPECTED=1 to accept", difference.unified_diff().header("expected", "actual")).into())
}

/// The registry in one normal form, whatever it was written in.
fn show(registry: &Registry, warnings: &[String], sources: &Sources) -> String {
    let mut text = String::new();
    let place = |at: &Location| {
        let (line, column) = sources.line_column(at);
        let text = sources.text(at);
        // Whole documents say nothing that they do not say above.
        let text = if text.chars().count() > LONGEST {
            format!("{}…", text.chars().take(LONGEST).collect::<String>())
        } else {
            text.to_owned()
        };
        format!("{}:{line}:{column} {text:?}", sources.get(at.source).display_path())
    };
    for warning in warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    let _ = writeln!(text, "required: {}", registry.required.join(", "));
    let _ = writeln!(text, "informational: {}", registry.informational.join(", "));
    for (kind, days) in &registry.lifetimes.by_kind {
        let _ = writeln!(text, "lifetime of {}: {days:?}", kind.name());
    }
    let _ = writeln!(text, "min-stable: {:?}", registry.lifetimes.min_stable);
    for flag in registry.flags.values() {
        let _ =
            writeln!(text, "\n{} ({} {}) at {}", flag.key, flag.kind.name(), flag.value_type.name(), place(&flag.at));
        for (name, list) in [("owners", &flag.owners), ("tags", &flag.tags), ("aliases", &flag.aliases)] {
            if !list.is_empty() {
                let _ = writeln!(text, "  {name}: {}", list.join(" | "));
            }
        }
        if let Some(description) = &flag.description {
            let _ = writeln!(text, "  description: {description:?}");
        }
        for (name, date) in [("created", flag.created), ("expires", flag.expires)] {
            if let Some(date) = date {
                let _ = writeln!(text, "  {name}: {date}");
            }
        }
        if let Some(permanent) = flag.permanent {
            let _ = writeln!(text, "  permanent: {permanent}");
        }
        if flag.archived {
            let _ = writeln!(text, "  archived");
        }
        if let Some(provider) = flag.provider {
            let _ = writeln!(text, "  provider: {provider}");
        }
        if !flag.children.is_empty() {
            let _ = writeln!(text, "  children: {}", flag.children.join(", "));
        }
        if !flag.variations.is_empty() {
            let values: Vec<String> = flag.variations.iter().map(ToString::to_string).collect();
            let _ = writeln!(text, "  values: {}", values.join(" | "));
        }
        for (parent, value) in &flag.requires {
            let _ = writeln!(text, "  requires {parent} = {value}");
        }
        for (name, state) in &flag.environments {
            let since = state.since.map_or_else(String::new, |since| format!(", since {since}"));
            let _ = writeln!(text, "  {name}: {}{since} at {}", verdict::describe(&state.state), place(&state.at));
            for (projection, state) in &state.seen {
                let _ = writeln!(text, "    {projection:?}: {}", verdict::describe(state));
            }
            if let Some(schedule) = &state.schedule {
                let _ = writeln!(text, "    schedule: {schedule:?}");
            }
            if state.summary {
                let _ = writeln!(text, "    summary");
            }
            if let Some(why) = &state.refuted {
                let _ = writeln!(text, "    refuted: {why}");
            }
        }
    }
    text
}

/// What loads also fits the schema that editors use.
fn fits_schema(case: &Path, input: &Path) -> Result<(), Failed> {
    let path = case.join(input);
    let text = fs::read_to_string(&path)?;
    let text = text.trim_start_matches('\u{feff}');
    let document: serde_json::Value = match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => toml::from_str::<toml::Value>(text).map(plain_dates)?,
        Some("json") => serde_json::from_str(text)?,
        Some("flags") => return Ok(()),
        _ => {
            let options = serde_saphyr::options! { strict_booleans: true };
            serde_saphyr::from_str_with_options(text, options)?
        }
    };
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/registries/native.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&fs::read_to_string(schema)?)?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(format!("{} loads, but does not fit the schema: {}", input.display(), errors.join("; ")).into())
}

/// TOML dates are text in the other notations.
fn plain_dates(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(plain_dates).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, plain_dates(value))).collect(),
        other => serde_json::to_value(other).unwrap_or_default(),
    }
}
