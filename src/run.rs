//! One run from settings to what is to be reported: the flow of the architecture as one function. Owns the order of the
//! steps and nothing of what they do; reads no clock, environment or current directory, and writes nothing.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::diagnostic::{Applicability, Diagnostic, FixSummary, Label};
use crate::fix::{self, Decision, Plan, Site};
use crate::parts;
use crate::project::Project;
use crate::registry::model::Registry;
use crate::settings::Settings;
use crate::source::{Location, Sources};

/// Rules whose diagnostics a fold answers.
const REMOVED_BY_FIX: [&str; 4] = ["archived-flag", "expired-flag", "redundant-check", "stale-flag"];

/// Everything that a run found out, for the output formats.
#[derive(Debug)]
pub struct Outcome {
    /// The code.
    pub project: Project,
    /// What is known about flags.
    pub registry: Registry,
    /// What the registry files leave doubtful, one sentence each.
    pub warnings: Vec<String>,
    /// What the rules found, sorted by location.
    pub diagnostics: Vec<Diagnostic>,
    /// The checks that have one value for everybody.
    pub decisions: Vec<Decision>,
    /// What removing them does to the code.
    pub plan: Plan,
}

/// Looks at the code and the registry, judges, and plans the fixes up to an applicability.
///
/// # Errors
/// When a path cannot be walked, or a registry or a pattern cannot be read.
pub fn run(settings: &Settings, level: Applicability) -> Result<Outcome> {
    let (known, _) = parts::registry(settings, &mut Sources::default())?;
    let mut project = parts::load(settings, &parts::keys(&known))?;
    // Diagnostics point into registry files too, so they join the sources of the project, behind the code.
    let (registry, warnings) = parts::registry(settings, &mut project.sources)?;
    let decisions = parts::decisions(&project, &registry, settings);
    let plan = fix::plan(&project, &decisions, level);
    let mut diagnostics = parts::judge(&project, &registry, settings);
    attach_fixes(&mut diagnostics, &project, &plan);
    diagnostics
        .sort_by(|left, right| (&left.at, left.rule.code, &left.flag).cmp(&(&right.at, right.rule.code, &right.flag)));
    Ok(Outcome { project, registry, warnings, diagnostics, decisions, plan })
}

/// Tells each diagnostic about a decided check what the plan does there, and labels the code that can no longer run.
fn attach_fixes(diagnostics: &mut [Diagnostic], project: &Project, plan: &Plan) {
    let mut sites: BTreeMap<Location, &Site> = BTreeMap::new();
    for site in &plan.sites {
        let check = &project.checks[site.check];
        sites.insert(check.at.clone(), site);
        sites.insert(Location { source: check.at.source, span: check.key_span.clone() }, site);
    }
    for diagnostic in diagnostics
        .iter_mut()
        .filter(|diagnostic| diagnostic.fix.is_none() && REMOVED_BY_FIX.contains(&diagnostic.rule.code))
    {
        let Some(site) = sites.get(&diagnostic.at) else { continue };
        diagnostic.fix = Some(FixSummary {
            title: site.title.clone(),
            applicability: site.applicability,
            reasons: site.reasons.clone(),
        });
        diagnostic.labels.extend(site.dead.iter().map(|span| Label {
            at: Location { source: diagnostic.at.source, span: span.clone() },
            message: "this can no longer run".to_owned(),
        }));
    }
}
