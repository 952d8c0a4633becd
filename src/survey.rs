//! What a project that nobody has configured seems to use: known SDKs, and functions that look like a flag API of its own.
//! Owns what makes a function look like one; writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::language;
use crate::project::Project;
use crate::resolve::FlagCheck;
use crate::scan::candidates::{KeyedCall, keyed_calls};
use crate::scan::prefilter::Prefilter;
use crate::settings::Settings;
use crate::source::{LineIndex, display_path, read};

/// Words of names that ask for flags.
const SPEAKS: &[&str] = &["feature", "flag", "toggle", "experiment", "rollout", "killswitch", "kill_switch"];
/// How a name begins or ends that asks something; with one of the words before in its receiver it is about flags.
const ASKS: &[&str] = &[
    "is",
    "has",
    "get",
    "enabled",
    "active",
    "on",
    "check",
    "value",
    "allows",
    "variation",
    "should",
    "use",
    "read",
    "evaluate",
];
/// How the name begins of what changes, declares or pins something.
const CHANGES: &[&str] = &[
    "set",
    "add",
    "create",
    "register",
    "delete",
    "remove",
    "update",
    "mock",
    "override",
    "enable",
    "disable",
    "with",
    "define",
    "declare",
    "new",
    "reset",
    "clear",
    "toggle",
    "log",
    "track",
    "send",
    "parse",
    "patch",
    "describe",
    "watch",
    "monitor",
    "subscribe",
    "observe",
    "listen",
    "unwatch",
    "unsubscribe",
];
/// Words of names that yield something about a flag, and not what it serves.
const ABOUT: &[&str] =
    &["name", "display", "label", "title", "description", "level", "default", "type", "url", "owner"];
/// Receivers of methods that read options of a command line.
const OPTIONS: &[&str] =
    &["args", "matches", "cmd", "cli", "parser", "subcommand", "app", "command", "opts", "options"];
/// How keys begin that are flags whatever is called with them.
const PREFIXES: &[&str] =
    &["feature_", "feature-", "feature.", "flag_", "flag-", "ff_", "ff-", "toggle_", "experiment_"];
/// Names that ask for a flag by themselves.
const BARE: &[&str] = &["feature", "flag", "toggle", "experiment", "featureflag", "featuretoggle"];
/// Folders of code that others wrote.
const FOREIGN: &[&str] = &["vendor", "vendored", "third_party", "third-party", "node_modules", "dist"];
/// How many examples are kept.
const EXAMPLES: usize = 3;

/// A place in the code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path with `/`.
    pub path: String,
    /// 1-based.
    pub line: usize,
    /// The key that stands there.
    pub key: String,
}

/// A known SDK that is in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// How many checks were found.
    pub checks: usize,
    /// How many flags they name.
    pub keys: BTreeSet<String>,
    /// Some of them.
    pub examples: Vec<Place>,
    /// Why the first of them counts.
    pub evidence: String,
}

/// A function that looks like a flag API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// As `language` of a check pattern.
    pub languages: BTreeSet<&'static str>,
    /// The pattern that finds its calls.
    pub pattern: String,
    /// Glob over keys, where others are no flags.
    pub keys: Option<String>,
    /// How many calls there are.
    pub calls: usize,
    /// How many keys they name.
    pub distinct: usize,
    /// How many more calls there are whose key is not known.
    pub dynamic: usize,
    /// Some of them.
    pub examples: Vec<Place>,
    /// Why it may be something else; then it is for a person to decide.
    pub doubt: Option<&'static str>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Per provider.
    pub used: BTreeMap<String, Used>,
    /// Surest first, then most calls first.
    pub candidates: Vec<Candidate>,
}

/// A call with its file.
struct Found {
    file: usize,
    call: KeyedCall,
    line: usize,
}

/// Looks at a project that was loaded without patterns. `known` are the keys of its registry.
pub fn survey(settings: &Settings, project: &Project, known: &BTreeSet<String>) -> Survey {
    let mut survey = Survey::default();
    let mut explained = BTreeSet::new();
    for check in &project.checks {
        let (line, _) = project.sources.line_column(&check.at);
        let path = project.sources.get(check.at.source).display_path();
        let used = survey.used.entry(check.provider.clone()).or_default();
        used.checks += 1;
        if used.evidence.is_empty() {
            used.evidence.clone_from(&check.evidence);
        }
        if let Some(key) = check.flag() {
            used.keys.insert(key.to_owned());
            if used.examples.len() < EXAMPLES {
                used.examples.push(Place { path: path.clone(), line, key: key.to_owned() });
            }
        }
        explained.extend([(path.clone(), check.at.span.start), (path, check.key_span.start)]);
    }
    for pin in &project.overrides {
        explained.insert((project.sources.get(pin.at.source).display_path(), pin.at.span.start));
    }

    let mut groups: BTreeMap<(&str, bool, String, usize), Vec<Found>> = BTreeMap::new();
    for found in calls(settings, project, known) {
        let path = display_path(&project.files[found.file].path);
        let Some(language) = language::by_name(project.files[found.file].language) else { continue };
        let is_explained = |at: usize| explained.contains(&(path.clone(), at));
        if is_explained(found.call.span.start) || is_explained(found.call.key_span.start) {
            continue;
        }
        let call = &found.call;
        let group = (language.family, call.receiver.is_some(), call.name.clone(), call.position);
        groups.entry(group).or_default().push(found);
    }
    let is_option = |group: &&Vec<Found>| group.iter().any(|found| is_options(found.call.receiver.as_deref()));
    let options: BTreeSet<String> =
        groups.values().filter(is_option).flatten().map(|found| found.call.key.clone()).collect();
    survey.candidates = groups.into_values().filter_map(|group| candidate(&group, project, known, &options)).collect();
    survey.candidates.sort_by(|left, right| {
        let order = |at: &Candidate| (at.doubt.is_some(), std::cmp::Reverse(at.calls));
        order(left).cmp(&order(right)).then_with(|| left.pattern.cmp(&right.pattern))
    });
    survey
}

/// The calls with a constant key in files that hold a word about flags, in order. Test code shows how flags are pinned, not
/// how they are asked for.
fn calls(settings: &Settings, project: &Project, known: &BTreeSet<String>) -> Vec<Found> {
    let mut words: Vec<String> = known.iter().cloned().collect();
    for word in SPEAKS {
        let (first, rest) = word.split_at(1);
        words.extend([(*word).to_owned(), word.to_uppercase(), format!("{}{rest}", first.to_uppercase())]);
    }
    let filter = Prefilter::new([], words.iter().map(String::as_str));
    let files: Vec<usize> = (0..project.files.len()).collect();
    let found: Vec<Vec<Found>> = files
        .par_iter()
        .map(|file| {
            let code = &project.files[*file];
            if code.path.iter().any(|part| FOREIGN.iter().any(|folder| part == *folder)) {
                return Vec::new();
            }
            let text = read::read(&settings.root.join(&code.path), settings.max_file_size).unwrap_or_default();
            let Some(language) = language::by_name(code.language) else { return Vec::new() };
            if !filter.accepts(&text) || language.scan.is_test_file(&display_path(&code.path), &text) {
                return Vec::new();
            }
            let lines = LineIndex::new(&text);
            let place =
                |call: KeyedCall| Found { file: *file, line: lines.line_column(&text, call.span.start).0, call };
            keyed_calls(language, &text).into_iter().map(place).collect()
        })
        .collect();
    found.into_iter().flatten().collect()
}

fn speaks(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SPEAKS.iter().any(|word| name.contains(word))
}

/// The words of a name, in lower case: `isFeatureEnabled`, `is_feature_enabled`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for at in name.chars() {
        if !at.is_alphanumeric() {
            before = '_';
            continue;
        }
        if before == '_' || (at.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(at.to_lowercase());
        }
        before = at;
    }
    words
}

/// Whether a receiver holds the options of a command line, as far as its name tells.
fn is_options(receiver: Option<&str>) -> bool {
    receiver.is_some_and(|receiver| OPTIONS.contains(&receiver.to_ascii_lowercase().as_str()))
}

/// `options` are keys that are read from options of a command line somewhere.
fn candidate(
    group: &[Found],
    project: &Project,
    known: &BTreeSet<String>,
    options: &BTreeSet<String>,
) -> Option<Candidate> {
    let first = &group.first()?.call;
    let parts = words(&first.name);
    if parts.first().is_some_and(|word| CHANGES.contains(&word.as_str())) {
        return None;
    }
    // By name: every call counts. By the beginning of keys, or a registry: those calls.
    let mut receivers: BTreeMap<&str, usize> = BTreeMap::new();
    for found in group {
        *receivers.entry(found.call.receiver.as_deref().unwrap_or("")).or_default() += 1;
    }
    let (receiver, most) = receivers.iter().max_by_key(|(_, count)| **count).map(|(name, count)| (*name, *count))?;
    let asks = parts.iter().any(|word| ASKS.contains(&word.as_str()));
    let by_name = speaks(&first.name);
    let by_receiver = asks && speaks(receiver) && !receiver.is_empty();
    let prefix = PREFIXES.iter().find(|prefix| {
        let keys: BTreeSet<&str> =
            group.iter().map(|at| at.call.key.as_str()).filter(|key| key.starts_with(**prefix)).collect();
        keys.len() > 1
    });
    let in_registry = group.iter().filter(|found| known.contains(&found.call.key)).count();
    let (own, keys): (Vec<&Found>, Option<String>) = if by_name || by_receiver {
        let own = group.iter().filter(|at| by_name || at.call.receiver.as_deref() == Some(receiver));
        (own.filter(|at| at.call.literal || by_name).collect(), None)
    } else if let Some(prefix) = prefix {
        let own = group.iter().filter(|at| at.call.literal && at.call.key.starts_with(*prefix));
        (own.collect(), Some(format!("{prefix}*")))
    } else if in_registry * 2 > group.len() && in_registry > 1 {
        (group.iter().collect(), None)
    } else {
        return None;
    };
    let distinct: BTreeSet<&str> = own.iter().map(|at| at.call.key.as_str()).collect();
    let declared = distinct.iter().filter(|key| options.contains(**key)).count();
    let bare = BARE.contains(&parts.concat().as_str()) && first.position == 0;
    let says = asks || bare;
    let doubt = if is_options(Some(receiver)) || declared * 2 > distinct.len() {
        Some("it may read options of a command line")
    } else if parts.iter().any(|word| ABOUT.contains(&word.as_str())) {
        Some("it may yield something about the flag, and not what the flag serves")
    } else if !says {
        Some("its name does not say that it asks for a flag")
    } else if distinct.len() < 2 {
        Some("it is called with one key only")
    } else {
        None
    };
    let mut languages = BTreeSet::new();
    for found in &own {
        let name = project.files[found.file].language;
        languages.insert(if name == "tsx" { "typescript" } else { name });
    }
    let called = match &first.receiver {
        None => first.name.clone(),
        // One receiver is a part of what it is called; several are variables.
        Some(_) if by_receiver || (most * 10 >= group.len() * 9 && is_type(receiver)) => {
            format!("{receiver}.{}", first.name)
        }
        Some(_) => format!("$_.{}", first.name),
    };
    let before = "$_, ".repeat(first.position);
    let more = own.iter().any(|at| at.call.arguments > first.position + 1);
    let pattern = format!("{called}({before}$KEY{})", if more { ", $$$" } else { "" });
    let place = |at: &&Found| Place {
        path: display_path(&project.files[at.file].path),
        line: at.line,
        key: at.call.key.clone(),
    };
    Some(Candidate {
        languages,
        pattern,
        keys,
        calls: own.len(),
        distinct: distinct.len(),
        dynamic: 0,
        examples: own.iter().take(EXAMPLES).map(place).collect(),
        doubt,
    })
}

/// Counts what a suggestion finds when it is tried.
pub fn count<'run>(candidate: &mut Candidate, project: &Project, checks: impl Iterator<Item = &'run FlagCheck>) {
    let mut keys = BTreeSet::new();
    (candidate.calls, candidate.dynamic) = (0, 0);
    candidate.examples.clear();
    for check in checks {
        let Some(key) = check.flag() else {
            candidate.dynamic += 1;
            continue;
        };
        candidate.calls += 1;
        keys.insert(key);
        if candidate.examples.len() < EXAMPLES {
            let (line, _) = project.sources.line_column(&check.at);
            let path = project.sources.get(check.at.source).display_path();
            candidate.examples.push(Place { path, line, key: key.to_owned() });
        }
    }
    candidate.distinct = keys.len();
}

/// Whether a name is that of a class or module, not of a variable.
fn is_type(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}
