//! Seams to parts of the flow that are built beside the command line: each function is one call once they are in. Owns
//! nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use jiff::civil::Date;

use crate::diagnostic::Diagnostic;
use crate::fix::{Decision, Plan};
use crate::project::Project;
use crate::registry::model::Registry;
use crate::rules::Rule;
use crate::settings::Settings;
use crate::source::{Source, Sources, read, walk};

/// Codes of all rules, sorted.
pub(crate) fn rule_codes() -> Vec<&'static str> {
    rules().iter().map(|rule| rule.code).collect()
}

/// All rules, sorted by code.
pub(crate) fn rules() -> &'static [&'static Rule] {
    &[]
}

/// The page of a rule.
pub(crate) fn explain_rule(_rule: &Rule) -> &'static str {
    ""
}

/// Registry files that a root holds under conventional names.
pub(crate) fn discover(_root: &Path) -> Vec<PathBuf> {
    Vec::new()
}

/// Walks, reads, scans and resolves.
pub(crate) fn load_project(settings: &Settings, _keys: &[(String, Vec<String>)]) -> Result<Project> {
    let walked = walk::walk(settings)?;
    let mut project = Project { root: settings.root.clone(), skipped: walked.skipped, ..Project::default() };
    for file in &walked.files {
        match read::read(&settings.root.join(&file.path), settings.max_file_size) {
            Ok(text) => {
                let language = crate::language::by_name(file.language);
                let source = Source { path: file.path.clone(), text: Arc::from(text), language };
                let broken = language.is_some_and(|language| language.parse(&source.text).root_node().has_error());
                let id = project.sources.add(source);
                if broken {
                    project.broken.push(id);
                }
            }
            Err(reason) => project.skipped.push(crate::project::Skipped { path: file.path.clone(), reason }),
        }
    }
    project.files = walked.files;
    project.skipped.sort();
    Ok(project)
}

/// Reads registry files.
pub(crate) fn load(_paths: &[PathBuf], _root: &Path, _sources: &mut Sources) -> Result<(Registry, Vec<String>)> {
    Ok((Registry::default(), Vec::new()))
}

/// What rules read.
pub(crate) struct Context;

impl Context {
    /// Puts it together.
    pub(crate) fn new(
        _project: &Project,
        _registry: &Registry,
        _verdicts: &BTreeMap<String, Verdict>,
        _settings: &Settings,
        _plan: Option<&Plan>,
    ) -> Self {
        Self
    }
}

/// What the rules say.
pub(crate) fn judge(_context: &Context) -> Vec<Diagnostic> {
    Vec::new()
}

/// Why a flag is judged so.
pub(crate) fn explain_flag(_context: &Context, _name: &str) -> Option<String> {
    None
}

/// The checks that have one value.
pub(crate) fn decisions(
    _project: &Project,
    _verdicts: &BTreeMap<String, Verdict>,
    _registry: &Registry,
    _settings: &Settings,
) -> Vec<Decision> {
    Vec::new()
}

/// What is concluded about one flag, for tables.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// `remove`, `report` or `keep`.
    pub conclusion: &'static str,
    /// Why it is not removed; empty when it may be.
    pub why: String,
    /// The day since which the value has been the same everywhere.
    pub since: Option<Date>,
    /// Whether a clock says that it has outlived itself.
    pub stale: bool,
    /// Each environment, whether it must agree, what it serves, and since when.
    pub states: Vec<(String, bool, String, Option<Date>)>,
}

/// The verdicts of a run by flag.
pub(crate) fn verdicts(_registry: &Registry, _settings: &Settings) -> BTreeMap<String, Verdict> {
    BTreeMap::new()
}

/// A rule for the tests of the output formats.
#[cfg(test)]
pub(crate) fn any_rule() -> &'static Rule {
    &Rule { code: "stale-flag" }
}
