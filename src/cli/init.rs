//! `flag-sweep init`: looks at a project and writes its first flag-sweep.toml. Owns where the file goes, and that none is ever
//! overwritten; what is looked for is in `survey`, the layout in `report::starter`.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use anyhow::{Context, Result, anyhow};

use super::args::{GlobalArgs, InitArgs, ScanArgs};
use super::check::Ending;
use super::config;
use super::settings;
use super::terminal::Terminal;
use crate::load;
use crate::registry;
use crate::report::escape;
use crate::report::starter::starter;
use crate::report::summary::plural;
use crate::settings::{CheckPattern, Settings};
use crate::source::{Sources, display_path};
use crate::survey::{self, Survey};

/// Runs `init`.
///
/// # Errors
/// When the path makes no sense, there is a configuration already, or it cannot be written.
pub fn init(global: &GlobalArgs, options: &InitArgs, terminal: &Terminal) -> Result<Ending> {
    let paths: Vec<_> = options.path.iter().cloned().collect();
    let scan = ScanArgs { exclude: options.exclude.clone(), ..ScanArgs::default() };
    let mut settings = settings::prepare(global, &scan, &paths)?.settings;
    let folder = match &options.path {
        Some(path) if path.is_dir() => path.canonicalize()?,
        _ => settings.root.clone(),
    };
    let path = folder.join(config::FILE_NAME);
    let shown = escape::line(&display_path(&path)).into_owned();
    if !options.stdout && path.exists() {
        return Err(taken(&shown));
    }
    // A project that is looked at again is looked at as if nothing was configured.
    settings.checks.clear();
    settings.overrides.clear();
    settings.registries = registry::discover(&folder);
    let known: BTreeSet<String> = match registry::load(&settings.registries, &settings.root, &mut Sources::default()) {
        Ok((registry, _)) => registry.flags.keys().cloned().collect(),
        Err(error) => {
            terminal.warn(&format!("the registry that was found cannot be read, its keys are not looked for: {error}"));
            BTreeSet::new()
        }
    };
    let survey = {
        let _progress = terminal.progress("looking for flags");
        look(&settings, &known)?
    };
    let registries: Vec<String> =
        settings.registries.iter().map(|path| display_path(path.strip_prefix(&folder).unwrap_or(path))).collect();
    let text = starter(&survey, &registries);
    if options.stdout {
        terminal.result(&text)?;
    } else {
        // Not even a file that appeared meanwhile is overwritten.
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(taken(&shown)),
            Err(error) => return Err(error).with_context(|| format!("cannot write {shown}")),
        };
        file.write_all(text.as_bytes()).with_context(|| format!("cannot write {shown}"))?;
    }
    let sure = survey.candidates.iter().filter(|candidate| candidate.doubt.is_none()).count();
    let checks = survey.used.values().map(|used| used.checks).sum();
    terminal.say(&format!(
        "{}{} of {} found without configuration; {} suggested, {} to decide\n",
        if options.stdout { String::new() } else { format!("wrote {}: ", config::FILE_NAME) },
        plural(checks, "check"),
        plural(survey.used.len(), "provider"),
        plural(sure, "pattern"),
        survey.candidates.len() - sure,
    ));
    Ok(Ending::Clean)
}

fn taken(shown: &str) -> anyhow::Error {
    anyhow!("{shown} exists already and is left as it is; `--stdout` prints what would be written")
}

/// A survey of which every suggestion was tried: one that finds nothing is none, and what is counted is what it
/// finds.
fn look(settings: &Settings, known: &BTreeSet<String>) -> Result<Survey> {
    let keys: Vec<(String, Vec<String>)> = known.iter().map(|key| (key.clone(), Vec::new())).collect();
    let project = load::load(settings, &keys)?;
    let mut survey = survey::survey(settings, &project, known);
    let pattern = |(index, candidate): (usize, &survey::Candidate)| CheckPattern {
        languages: candidate.languages.iter().map(|name| (*name).to_owned()).collect(),
        pattern: candidate.pattern.clone(),
        keys: candidate.keys.clone(),
        origin: format!("suggestion {}", index + 1),
        ..CheckPattern::default()
    };
    let tried = Settings { checks: survey.candidates.iter().enumerate().map(pattern).collect(), ..settings.clone() };
    let project = load::load(&tried, &keys)?;
    for (index, candidate) in survey.candidates.iter_mut().enumerate() {
        let provider = format!("checks[{}]", index + 1);
        let live = project.checks.iter().filter(|check| check.provider == provider && !check.in_test);
        survey::count(candidate, &project, live);
    }
    // Where most keys are not known, what is called takes anything.
    survey.candidates.retain(|candidate| candidate.distinct > 0 && candidate.dynamic <= candidate.calls);
    Ok(survey)
}
