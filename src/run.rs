//! One run from settings to what is to be reported: the flow of the architecture as one function. Owns the order of the
//! steps and nothing of what they do; reads no clock, environment or current directory, and writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::cache::Cache;
use crate::diagnostic::Diagnostic;
use crate::fix::{self, Decision, Plan, Reach};
use crate::load::{self, Memo};
use crate::project::Project;
use crate::registry;
use crate::registry::model::Registry;
use crate::registry::verdict::{Verdict, verdicts};
use crate::rules::{self, Context};
use crate::settings::Settings;
use crate::source::Sources;
use crate::source::read::{Below, Files};
use crate::suppress::{self, Suppression};

/// Everything that a run found out, for the output formats.
#[derive(Debug)]
pub struct Outcome {
    /// The code.
    pub project: Project,
    /// What is known about flags.
    pub registry: Registry,
    /// What the registry files leave doubtful, one sentence each.
    pub warnings: Vec<String>,
    /// What is concluded about each flag.
    pub verdicts: BTreeMap<String, Box<Verdict>>,
    /// The checks that have one value for everybody.
    pub decisions: Vec<Decision>,
    /// What removing them does to the code.
    pub plan: Plan,
    /// What the rules found, sorted by path.
    pub diagnostics: Vec<Diagnostic>,
    /// Comments that hide diagnostics, in order of file and place.
    pub suppressions: Vec<Suppression>,
    /// Diagnostics that a baseline knows and that are left out.
    pub known: usize,
}

/// Looks at the code and the registry, judges, and plans the fixes as far as they may go.
///
/// # Errors
/// When a path cannot be walked, or a registry or a pattern cannot be read.
pub fn run(settings: &Settings, reach: impl Into<Reach>) -> Result<Outcome> {
    run_with(settings, reach, &Cache::default())
}

/// As [`run`], with what earlier runs found in the same texts.
///
/// # Errors
/// As [`run`].
pub fn run_with(settings: &Settings, reach: impl Into<Reach>, cache: &Cache) -> Result<Outcome> {
    run_at(settings, reach, &Below(settings.near()), &Memo::with(cache), &registry::on_disk)
}

/// As [`run`], with the files and the registries of another time.
///
/// # Errors
/// As [`run`].
pub fn run_at(
    settings: &Settings,
    reach: impl Into<Reach>,
    files: &dyn Files,
    memo: &Memo,
    reader: registry::Reader<'_>,
) -> Result<Outcome> {
    let texts = registry::Texts::read(&settings.registries, &settings.declared, &settings.root, reader)?;
    let mut own = Sources::default();
    let (mut registry, warnings) = texts.load(&mut own)?;
    drop(texts);
    let mut project = load::load_from(settings, &keys(&registry), files, memo)?;
    // Diagnostics point into registry files too, so these join the sources of the project, behind the code.
    registry.shift(project.sources.append(own));
    let verdicts = verdicts(&registry, settings);
    let suppressions = suppress::find(&project);
    let mut decisions = rules::decisions(&project, &verdicts, &registry, settings);
    let kept = kept(&project, &registry, &suppressions, &decisions, settings);
    decisions.retain(|decision| !kept.contains(&decision.check));
    let mut plan = fix::plan(&mut project, &decisions, reach, files);
    plan.left.extend(kept.into_iter().map(|check| (project.checks[check].at.clone(), KEPT.to_owned())));
    let context = Context::new(&project, &registry, &verdicts, settings, Some(&plan)).with_suppressions(suppressions);
    let diagnostics = rules::judge(&context);
    let suppressions = context.suppressions().clone();
    Ok(Outcome { project, registry, warnings, verdicts, decisions, plan, diagnostics, suppressions, known: 0 })
}

/// Why a check stays that a comment speaks of.
const KEPT: &str = "this check is kept, since a comment tells flag-sweep to ignore it";

/// The decided checks that comments keep.
fn kept(
    project: &Project,
    registry: &Registry,
    suppressions: &[Suppression],
    decisions: &[Decision],
    settings: &Settings,
) -> BTreeSet<usize> {
    let index = suppress::Index::new(project, registry, suppressions, settings.today);
    let checks = decisions.iter().map(|decision| decision.check);
    checks.filter(|check| index.keeps(suppressions, &project.checks[*check])).collect()
}

/// Every key that the code may name a flag by, with the flag's other names.
fn keys(registry: &Registry) -> Vec<(String, Vec<String>)> {
    registry.flags.values().map(|flag| (flag.key.clone(), flag.aliases.clone())).collect()
}
