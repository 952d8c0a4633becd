//! One run from settings to what is to be reported: the flow of the architecture as one function. Owns the order of the
//! steps and nothing of what they do; reads no clock, environment or current directory, and writes nothing.

use std::collections::BTreeMap;

use anyhow::Result;

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
    pub verdicts: BTreeMap<String, Verdict>,
    /// The checks that have one value for everybody.
    pub decisions: Vec<Decision>,
    /// What removing them does to the code.
    pub plan: Plan,
    /// What the rules found, sorted by path.
    pub diagnostics: Vec<Diagnostic>,
}

/// Looks at the code and the registry, judges, and plans the fixes as far as they may go.
///
/// # Errors
/// When a path cannot be walked, or a registry or a pattern cannot be read.
pub fn run(settings: &Settings, reach: impl Into<Reach>) -> Result<Outcome> {
    run_at(settings, reach, &Below(&settings.root), &Memo::default(), &registry::on_disk)
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
    let load_registry =
        |sources: &mut Sources| registry::load_with(&settings.registries, &settings.root, sources, reader);
    let (known, _) = load_registry(&mut Sources::default())?;
    let mut project = load::load_from(settings, &keys(&known), files, memo)?;
    // Diagnostics point into registry files too, so these join the sources of the project, behind the code.
    let (registry, warnings) = load_registry(&mut project.sources)?;
    let verdicts = verdicts(&registry, settings);
    let decisions = rules::decisions(&project, &verdicts, &registry, settings);
    let plan = fix::plan(&mut project, &decisions, reach, files);
    let diagnostics = rules::judge(&Context::new(&project, &registry, &verdicts, settings, Some(&plan)));
    Ok(Outcome { project, registry, warnings, verdicts, decisions, plan, diagnostics })
}

/// Every key that the code may name a flag by, with the flag's other names.
fn keys(registry: &Registry) -> Vec<(String, Vec<String>)> {
    registry.flags.values().map(|flag| (flag.key.clone(), flag.aliases.clone())).collect()
}
