//! From settings to a project: walk, read, prefilter, scan, resolve, in rounds until nothing new is of interest. Owns the
//! order and the I/O of it; `scan` and `resolve` do none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::language;
use crate::project::{CodeFile, Project, Skipped};
use crate::provider;
use crate::resolve::modules::Modules;
use crate::resolve::scripts::{Mapping, ScriptRoots};
use crate::resolve::{FlagCheck, Key, KeySet, World, resolve};
use crate::scan::facts::FileFacts;
use crate::scan::pattern::Pattern;
use crate::scan::prefilter::Prefilter;
use crate::scan::{self, Interest};
use crate::settings::Settings;
use crate::source::{Location, Source, SourceId, Sources, display_path, read, walk};

/// Rounds of looking for what the round before found of interest.
const MAX_ROUNDS: usize = 12;

/// Reads and scans the code of a project and finds its checks. `registry_keys` are the keys that a registry knows, each with
/// its aliases; none is fine.
///
/// # Errors
/// When a path cannot be walked, or a check pattern is malformed. Files that cannot be read are listed in the project.
pub fn load(settings: &Settings, registry_keys: &[(String, Vec<String>)]) -> Result<Project> {
    let mut patterns = Vec::new();
    for (index, check) in settings.checks.iter().enumerate() {
        patterns.extend(Pattern::compile(index, check)?);
    }
    let walked = walk::walk(settings)?;
    let keys: KeySet =
        registry_keys.iter().flat_map(|(key, aliases)| [key].into_iter().chain(aliases)).cloned().collect();
    let modules = Modules::new(&walked.files, &crate_names(settings, &walked.files))
        .with_scripts(script_roots(settings, &walked.files));
    let mut loader = Loader {
        settings,
        patterns,
        keys,
        facts: (0..walked.files.len()).map(|_| None).collect(),
        texts: vec![None; walked.files.len()],
        skipped: walked.skipped.into_iter().collect(),
        interests: language::LANGUAGES.iter().map(|language| (language.name, base_interest(language.name))).collect(),
        files: walked.files,
    };
    loader.first_round();

    let mut limits = BTreeSet::new();
    for check in &settings.checks {
        for name in check.languages.iter().filter(|name| language::KNOWN_BUT_NOT_READ.contains(&name.as_str())) {
            limits.insert(format!("the check pattern at {} has no effect on {name}: it is not read yet", check.origin));
        }
    }
    for round in 0.. {
        let outcome = resolve(&World {
            code: &loader.files,
            files: &loader.facts,
            texts: &loader.texts,
            modules: &modules,
            checks: &settings.checks,
            patterns: &loader.patterns,
            keys: &loader.keys,
        });
        limits.extend(outcome.limits);
        let more = round < MAX_ROUNDS && loader.next_round(&outcome.wanted, &outcome.names);
        if round == MAX_ROUNDS && loader.would_continue(&outcome.wanted, &outcome.names) {
            limits.insert(format!("imports and wrapping functions are followed for {MAX_ROUNDS} rounds"));
        }
        if !more {
            return Ok(loader.finish(outcome.checks, limits));
        }
    }
    unreachable!("the loop above ends by returning")
}

struct Loader<'run> {
    settings: &'run Settings,
    patterns: Vec<Pattern>,
    keys: KeySet,
    files: Vec<CodeFile>,
    facts: Vec<Option<FileFacts>>,
    texts: Vec<Option<Arc<str>>>,
    skipped: BTreeSet<Skipped>,
    /// Per language.
    interests: BTreeMap<&'static str, Interest>,
}

type Loaded = (usize, Result<Option<(Arc<str>, FileFacts)>, Skipped>);

fn base_interest(language: &str) -> Interest {
    let names = provider::catalogue(language).into_iter().flat_map(provider::Catalogue::names);
    Interest { names: names.map(str::to_owned).collect() }
}

impl Loader<'_> {
    /// Reads everything and scans what may hold a check.
    fn first_round(&mut self) {
        let filters: BTreeMap<&str, Prefilter> = self
            .interests
            .iter()
            .map(|(language, interest)| {
                let patterns = self.patterns.iter().filter(|pattern| pattern.language.name == *language);
                let literals = interest
                    .names
                    .iter()
                    .chain(&self.keys)
                    .map(String::as_str)
                    .filter(|literal| !literal.is_empty())
                    .chain(patterns.map(|pattern| pattern.literal().unwrap_or("")));
                (*language, Prefilter::new(literals))
            })
            .collect();
        let all = (0..self.files.len()).collect();
        self.scan(all, &BTreeSet::new(), |language, text| {
            filters.get(language).is_some_and(|filter| filter.accepts(text))
        });
    }

    fn new_names(&self, language: &str, names: &BTreeSet<String>) -> Vec<String> {
        let interest = self.interests.get(language);
        names.iter().filter(|name| interest.is_some_and(|interest| !interest.names.contains(*name))).cloned().collect()
    }

    fn would_continue(&self, wanted: &BTreeSet<usize>, names: &BTreeSet<String>) -> bool {
        let unread = wanted.iter().any(|file| self.facts[*file].is_none() && !self.is_skipped(*file));
        unread || language::LANGUAGES.iter().any(|language| !self.new_names(language.name, names).is_empty())
    }

    fn is_skipped(&self, file: usize) -> bool {
        self.skipped.iter().any(|skipped| skipped.path == self.files[file].path)
    }

    /// Scans the files that were wanted, and all that hold a new name. Whether there was anything to do.
    fn next_round(&mut self, wanted: &BTreeSet<usize>, names: &BTreeSet<String>) -> bool {
        let mut todo: BTreeSet<usize> =
            wanted.iter().copied().filter(|file| self.facts[*file].is_none() && !self.is_skipped(*file)).collect();
        let wanted = todo.clone();
        let mut filters = BTreeMap::new();
        for language in language::LANGUAGES {
            let new = self.new_names(language.name, names);
            if new.is_empty() {
                continue;
            }
            filters.insert(language.name, Prefilter::new(new.iter().map(String::as_str)));
            self.interests.entry(language.name).or_default().names.extend(new);
            let same = self.files.iter().enumerate().filter(|(_, file)| file.language == language.name);
            todo.extend(same.map(|(index, _)| index));
        }
        if todo.is_empty() {
            return false;
        }
        let skipped: BTreeSet<&Path> = self.skipped.iter().map(|skipped| skipped.path.as_path()).collect();
        let todo = todo.into_iter().filter(|file| !skipped.contains(self.files[*file].path.as_path())).collect();
        self.scan(todo, &wanted, |language, text| filters.get(language).is_some_and(|filter| filter.accepts(text)));
        true
    }

    /// Reads and scans those of the files that are accepted, and all of `always`.
    fn scan(&mut self, files: Vec<usize>, always: &BTreeSet<usize>, accepts: impl Fn(&str, &str) -> bool + Sync) {
        let loaded: Vec<Loaded> = files
            .into_par_iter()
            .map(|index| {
                let file = &self.files[index];
                let text = match &self.texts[index] {
                    Some(text) => Arc::clone(text),
                    None => match read::read(&self.settings.root.join(&file.path), self.settings.max_file_size) {
                        Ok(text) => Arc::from(text),
                        Err(reason) => return (index, Err(Skipped { path: file.path.clone(), reason })),
                    },
                };
                if !always.contains(&index) && !accepts(file.language, &text) {
                    return (index, Ok(None));
                }
                let Some(language) = language::by_name(file.language) else { return (index, Ok(None)) };
                let facts = scan::scan(language, &text, &self.interests[file.language], &self.patterns);
                (index, Ok(Some((text, facts))))
            })
            .collect();
        for (index, loaded) in loaded {
            match loaded {
                Ok(Some((text, facts))) => {
                    self.texts[index] = Some(text);
                    self.facts[index] = Some(facts);
                }
                Ok(None) => {}
                Err(skipped) => {
                    self.skipped.insert(skipped);
                }
            }
        }
    }

    /// Gives the scanned files their ids, in order of path.
    fn finish(self, checks: Vec<FlagCheck>, mut limits: BTreeSet<String>) -> Project {
        let mut sources = Sources::default();
        let mut broken = Vec::new();
        let mut ids = BTreeMap::new();
        for (index, (file, facts)) in self.files.iter().zip(&self.facts).enumerate() {
            let (Some(facts), Some(text)) = (facts, &self.texts[index]) else { continue };
            let language = language::by_name(file.language);
            let id = sources.add(Source { path: file.path.clone(), text: Arc::clone(text), language });
            ids.insert(SourceId(u32::try_from(index).unwrap_or(u32::MAX)), id);
            if facts.broken {
                broken.push(id);
            }
            limits.extend(facts.limits.iter().map(|limit| format!("{}: {limit}", display_path(&file.path))));
        }
        let place = |at: &Location| {
            let source = *ids.get(&at.source).expect("checks and constants are found in scanned files only");
            Location { source, span: at.span.clone() }
        };
        let mut checks: Vec<FlagCheck> = checks
            .into_iter()
            .map(|mut check| {
                check.at = place(&check.at);
                if let Key::Known { via, .. } = &mut check.key {
                    *via = via.iter().map(place).collect();
                }
                check
            })
            .collect();
        checks.sort_by(|left, right| left.at.cmp(&right.at));
        Project {
            root: self.settings.root.clone(),
            sources,
            files: self.files,
            checks,
            skipped: self.skipped.into_iter().collect(),
            broken,
            limits: limits.into_iter().collect(),
        }
    }
}

/// The package name of each crate in the tree, by folder. A manifest that cannot be read leaves the folder's name in charge.
fn crate_names(settings: &Settings, files: &[CodeFile]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.ends_with("src/lib.rs")) {
        let Some(folder) = file.path.parent().and_then(Path::parent) else { continue };
        let manifest = settings.root.join(folder).join("Cargo.toml");
        let Ok(text) = read::read(&manifest, settings.max_file_size) else { continue };
        let Ok(table) = text.parse::<toml::Table>() else { continue };
        let name = table.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str());
        if let Some(name) = name {
            names.insert(display_path(folder), name.to_owned());
        }
    }
    names
}

/// What `package.json` and `tsconfig.json` in the folders above the code say about module specifiers. What cannot be read
/// says nothing.
fn script_roots(settings: &Settings, files: &[CodeFile]) -> ScriptRoots {
    let mut folders = BTreeSet::new();
    let is_script = |file: &&CodeFile| language::by_name(file.language).is_some_and(|at| at.family == "javascript");
    for file in files.iter().filter(is_script) {
        for folder in file.path.ancestors().skip(1) {
            if !folders.insert(folder.to_path_buf()) {
                break;
            }
        }
    }
    let mut roots = ScriptRoots::default();
    for folder in folders {
        let shown = display_path(&folder);
        let shown = if shown == "." { String::new() } else { shown };
        let manifest = |name: &str| read::read(&settings.root.join(&folder).join(name), settings.max_file_size).ok();
        let package = manifest("package.json").and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        if let Some(name) = package.as_ref().and_then(|package| package.get("name")).and_then(|name| name.as_str()) {
            roots.packages.entry(name.to_owned()).or_insert_with(|| shown.clone());
        }
        let config = manifest("tsconfig.json").or_else(|| manifest("jsconfig.json"));
        if let Some(mapping) = config.and_then(|text| Mapping::read(&shown, &text)) {
            roots.mappings.insert(shown, mapping);
        }
    }
    roots
}
