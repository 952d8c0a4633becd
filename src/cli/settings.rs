//! From options, configuration, clock and current directory to [`Settings`]. Owns which of them wins, and the project
//! root; the only place that asks what day it is or where it was started.

use std::collections::BTreeMap;
use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::{FailOn, GlobalArgs, ScanArgs};
use super::caching::{self, Caching};
use super::config::{self, Config};
use super::{code_age, policies, registries};
use crate::provider::{self, Provider, Providers};
use crate::registry::nearest;
use crate::report::escape;
use crate::report::paths::Base;
use crate::rules::RULES;
use crate::settings::{CheckPattern, Policy, Settings};
use crate::source::read::regular_text;
use crate::value::Value;
use crate::{language, registry, source};

/// Larger files are generated or data; nobody writes 4 MiB of code by hand.
const MAX_FILE_SIZE: u64 = 4 * 1024 * 1024;

/// The rules that need to see the whole project.
const WHOLE_PROJECT: [&str; 2] = ["leftover-definition", "unused-flag"];

/// What a command works with.
#[derive(Debug)]
pub struct Job {
    /// What decides the result of the run.
    pub settings: Settings,
    /// Lowest severity that fails it, from the configuration.
    pub fail_on: Option<FailOn>,
    /// The baseline that the configuration names.
    pub baseline: Option<PathBuf>,
    /// What the configuration asks for and does not get.
    pub warnings: Vec<String>,
    /// How paths are shown.
    pub base: Base,
    /// The configuration file, for `--verbose`.
    pub config: Option<PathBuf>,
    /// Whether age in code is asked for.
    pub code_age: bool,
    /// What earlier runs found.
    pub caching: Caching,
}

/// Decides everything.
///
/// # Errors
/// When a path, the configuration or an option makes no sense.
pub fn prepare(global: &GlobalArgs, scan: &ScanArgs, paths: &[PathBuf]) -> Result<Job> {
    let here = env::current_dir().context("cannot tell the current directory")?;
    let paths: Vec<PathBuf> = if paths.is_empty() {
        vec![global.root.as_ref().map_or_else(|| here.clone(), |root| here.join(root))]
    } else {
        paths.iter().map(|path| here.join(path)).collect()
    };
    let (root, found) = root(&here, global, &paths)?;
    let config = match &global.config {
        Some(path) => Some(here.join(path)),
        None if global.isolated => None,
        None => found.map(|path| within(&root, path, &here)).transpose()?,
    };
    let mut config = match config {
        Some(path) => config::read(&path, &shown(&path, &here), &RULES.map(|rule| rule.code))?,
        None => Config::default(),
    };
    let mut warnings = std::mem::take(&mut config.warnings);
    let (decided, only) = flags(&scan.flags)?;
    if !decided.is_empty() && !scan.registries.is_empty() {
        warnings.push("--flag KEY=VALUE decides flags without a registry: --registry is not read".to_owned());
    }
    let described = std::mem::take(&mut config.described);
    // `--registry` takes the place of all that the configuration names.
    let declared = if scan.no_registry || !decided.is_empty() || !scan.registries.is_empty() {
        Vec::new()
    } else {
        let base = config.path.as_deref().and_then(Path::parent).unwrap_or(&root);
        let databases = registries::databases(&scan.databases, &here)?;
        registries::connect(described, base, &databases, |name| env::var(name).ok(), (&root, &here))?
    };
    let registries = if scan.no_registry || !decided.is_empty() {
        Vec::new()
    } else if !scan.registries.is_empty() {
        scan.registries.iter().map(|path| here.join(path)).collect()
    } else if !config.registries.is_empty() {
        let base = config.path.as_deref().and_then(Path::parent).unwrap_or(&root);
        config.registries.iter().map(|path| within(&root, base.join(path), &here)).collect::<Result<_>>()?
    } else if declared.is_empty() {
        registry::discover(&root)
    } else {
        Vec::new()
    };
    let providers = providers(&here, &root, &config, &scan.providers)?;
    let mut checks = config.checks;
    for (position, text) in scan.checks.iter().enumerate() {
        checks.push(check_pattern(text, position + 1)?);
    }
    let baseline = config.baseline.as_ref().map(|path| {
        let base = config.path.as_deref().and_then(Path::parent).unwrap_or(&root);
        base.join(path)
    });
    let mut exclude = config.exclude;
    exclude.extend(scan.exclude.iter().cloned());
    let mut severities = config.severities;
    let is_whole = paths.iter().any(|path| path.canonicalize().is_ok_and(|path| path == root));
    if !is_whole {
        // A flag that a part of the project does not check may be checked in the rest; who asks for the rule gets it.
        for rule in WHOLE_PROJECT {
            severities.entry(rule.to_owned()).or_insert(None);
        }
    }
    let defaults = Policy::default();
    let staleness = config.staleness;
    let mut settings = Settings {
        root,
        here,
        paths,
        today: scan.today.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date()),
        exclude,
        max_file_size: scan.max_file_size.unwrap_or(MAX_FILE_SIZE),
        checks,
        overrides: config.overrides,
        providers,
        registries,
        declared,
        decided,
        only,
        policy: Policy {
            stale_after: staleness.stale_after.unwrap_or(defaults.stale_after),
            hard_cap: staleness.hard_cap.unwrap_or(defaults.hard_cap),
            ops_review: staleness.ops_review.unwrap_or(defaults.ops_review),
            max_partial: staleness.max_partial.unwrap_or(defaults.max_partial),
            min_stable: scan.min_stable.or(staleness.min_stable).unwrap_or(defaults.min_stable),
            max_snapshot_age: scan.max_snapshot_age.or(staleness.max_snapshot_age).unwrap_or(defaults.max_snapshot_age),
            remove_off: scan.remove_off || staleness.remove_off,
            trust_undated: scan.trust_undated || staleness.trust_undated,
            required: config.required,
            accepted: config.accepted,
            limits: config.limits,
            code_since: BTreeMap::new(),
        },
        severities,
        slips: Vec::new(),
    };
    settings.slips = policies::slips(&settings, &mut warnings)?;
    let code_age = scan.code_age || staleness.code_age;
    if code_age && settings.decided.is_empty() {
        settings.policy.code_since = code_age::of_registry(&settings, &mut warnings)?;
    }
    let caching = caching::of(&scan.cache, &settings.root, &settings.here, &|name| env::var_os(name))?;
    let here = &settings.here;
    let base = Base::new(&settings.root, &here.canonicalize().unwrap_or_else(|_| here.clone()));
    Ok(Job { settings, caching, base, fail_on: config.fail_on, baseline, warnings, config: config.path, code_age })
}

/// The project root for commands that only need to know where the project is.
///
/// # Errors
/// When there is no such directory.
pub fn project_root(global: &GlobalArgs) -> Result<(PathBuf, Base)> {
    let here = env::current_dir().context("cannot tell the current directory")?;
    let start = global.root.as_ref().map_or_else(|| here.clone(), |root| here.join(root));
    let (root, _) = root(&here, global, &[start])?;
    let base = Base::new(&root, &here.canonicalize().unwrap_or(here));
    Ok((root, base))
}

/// A file that the project names, which may lie in the repository around it and nowhere else: what a file is that cannot be
/// read shows its lines, and those of somebody's keys are nobody's business.
pub(super) fn within(root: &Path, path: PathBuf, here: &Path) -> Result<PathBuf> {
    match path.canonicalize() {
        Ok(full) if !full.starts_with(repository(root)) => {
            let shown = shown(&path, here);
            bail!("{} leads out of the project; name it with an option if it is meant", escape::line(&shown))
        }
        _ => Ok(path),
    }
}

/// The repository around a project, or the project itself: what may have come from elsewhere as a whole.
pub(super) fn repository(root: &Path) -> &Path {
    root.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(root)
}

/// The embedded providers with those of the configuration and of the command line, each of which has to be valid.
fn providers(here: &Path, root: &Path, config: &Config, given: &[PathBuf]) -> Result<&'static Providers> {
    let base = config.path.as_deref().and_then(Path::parent).unwrap_or(root);
    let configured = config.providers.iter().map(|path| within(root, base.join(path), here));
    let mut more: Vec<Provider> = Vec::new();
    for path in configured.chain(given.iter().map(|path| Ok(here.join(path)))) {
        let path = path?;
        let shown = shown(&path, here);
        let text = regular_text(&path).with_context(|| format!("cannot read the provider file {shown}"))?;
        let read = Provider::parse(&text)
            .map_err(|why| anyhow!("the provider file {shown} is not valid: {}", why.trim_end()))?;
        more.retain(|other| other.name != read.name);
        more.push(read);
    }
    Ok(provider::embedded_and(more))
}

/// The project root, and the configuration file that marks it if one does.
fn root(here: &Path, global: &GlobalArgs, paths: &[PathBuf]) -> Result<(PathBuf, Option<PathBuf>)> {
    let canonical = |path: &Path| {
        path.canonicalize().map_err(|error| {
            let (path, directory) = (shown(path, here), source::display_path(here));
            let (path, directory) = (escape::line(&path), escape::line(&directory));
            if error.kind() == ErrorKind::NotFound {
                anyhow!("{path} does not exist in {directory}; check its spelling, or where flag-sweep is started")
            } else {
                anyhow!("cannot look at {path}: {error}")
            }
        })
    };
    let mut directories = Vec::new();
    for path in paths {
        let full = canonical(path)?;
        directories.push(if full.is_dir() { full } else { full.parent().unwrap_or(&full).to_owned() });
    }
    let base = canonical(here)?;
    let first = directories.first().cloned().unwrap_or_else(|| base.clone());
    // Below the current directory, all paths are one project. Elsewhere the first one says which project is meant: a
    // link that leads away must not make the root that of everything.
    let start = if directories.iter().all(|directory| directory.starts_with(&base)) {
        let shared = |ancestor: &&Path| directories.iter().all(|directory| directory.starts_with(ancestor));
        first.ancestors().find(shared).unwrap_or(&base).to_owned()
    } else {
        first
    };
    let fixed = match &global.root {
        Some(root) => {
            let full = canonical(&here.join(root))?;
            if !full.is_dir() {
                bail!("--root {} is not a directory", escape::line(&shown(root, here)));
            }
            Some(full)
        }
        None => None,
    };
    for directory in start.ancestors() {
        let config = if global.isolated { None } else { config::in_directory(directory) };
        if config.is_some() || fixed.as_deref() == Some(directory) || directory.join(".git").exists() {
            return Ok((fixed.unwrap_or_else(|| directory.to_owned()), config));
        }
    }
    let root = fixed.unwrap_or(if start.starts_with(&base) { base } else { start });
    Ok((root, None))
}

/// A path as the user would write it here.
fn shown(path: &Path, here: &Path) -> String {
    source::display_path(path.strip_prefix(here).unwrap_or(path))
}

/// `--flag KEY=VALUE` and `--flag KEY`.
fn flags(arguments: &[String]) -> Result<(BTreeMap<String, Value>, Vec<String>)> {
    let mut decided = BTreeMap::new();
    let mut only = Vec::new();
    for argument in arguments {
        match argument.split_once('=') {
            Some(("", _)) => bail!("--flag {} has no key; write --flag KEY=VALUE", escape::line(argument)),
            Some((key, value)) => {
                let value = Value::from_argument(value);
                let shown = value.to_string();
                if let Some(other) = decided.insert(key.to_owned(), value)
                    && other.to_string() != shown
                {
                    bail!("--flag {} is given twice, as {other} and as {shown}", escape::line(key));
                }
            }
            None if argument.is_empty() => bail!("--flag has no key; write --flag KEY or --flag KEY=VALUE"),
            None => only.push(argument.clone()),
        }
    }
    if !decided.is_empty() && !only.is_empty() {
        bail!(
            "--flag {} has no value while others have; decide all of them (KEY=VALUE) or none",
            escape::line(&only[0])
        );
    }
    Ok((decided, only))
}

/// `--check 'python: state.get_config($KEY, $FALLBACK)'`.
fn check_pattern(text: &str, number: usize) -> Result<CheckPattern> {
    let Some((name, pattern)) = text.split_once(':') else {
        bail!("--check `{}` names no language; write --check 'python: is_on($KEY)'", escape::line(text));
    };
    let name = name.trim();
    if language::by_name(name).is_none() {
        let known: Vec<&str> = language::LANGUAGES.iter().map(|language| language.name).collect();
        if language::KNOWN_BUT_NOT_READ.contains(&name) {
            bail!("--check for {name} is not possible: this version reads {}", known.join(", "));
        }
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("this version reads {}", known.join(", ")),
        };
        bail!("--check `{}` names the unknown language `{}`; {hint}", escape::line(text), escape::line(name));
    }
    Ok(CheckPattern {
        languages: vec![name.to_owned()],
        pattern: pattern.trim().to_owned(),
        origin: format!("--check {number}"),
        ..CheckPattern::default()
    })
}

#[cfg(test)]
mod tests {
    use super::{check_pattern, flags};
    use crate::value::Value;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn flags_are_decided_or_chosen() {
        let (decided, only) = flags(&words(&["a=true", "b=\"v2\"", "c=3", "url=a=b"])).expect("they are well-formed");
        assert_eq!(decided["a"], Value::Bool(true));
        assert_eq!(decided["b"], Value::String("v2".into()));
        assert_eq!(decided["c"], Value::Int(3));
        assert_eq!(decided["url"], Value::String("a=b".into()));
        assert!(only.is_empty());
        assert_eq!(flags(&words(&["a", "b"])).expect("they are well-formed").1, ["a", "b"]);
        for (list, expected) in [
            (&["=true"][..], "--flag =true has no key"),
            (&[""], "--flag has no key"),
            (&["a=1", "a=2"], "--flag a is given twice, as 1 and as 2"),
            (&["a=1", "b"], "--flag b has no value while others have"),
        ] {
            let error = flags(&words(list)).expect_err("it makes no sense").to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn checks_name_a_language() {
        let check = check_pattern("python: state.get($KEY)", 2).expect("it is well-formed");
        assert_eq!((check.languages, check.pattern.as_str()), (words(&["python"]), "state.get($KEY)"));
        assert_eq!(check.origin, "--check 2");
        for (text, expected) in [
            ("f($KEY)", "--check `f($KEY)` names no language"),
            ("pyton: f($KEY)", "--check `pyton: f($KEY)` names the unknown language `pyton`; did you mean `python`?"),
            (
                "kotlin: f($KEY)",
                "--check for kotlin is not possible: this version reads javascript, jinja, python, rust, svelte, tsx, typescript, vue",
            ),
        ] {
            let error = check_pattern(text, 1).expect_err(text).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
