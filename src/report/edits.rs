//! The edits that remove a flag, for formats that hold them. Owns that a fix is all of a flag or nothing: it stands at the
//! flag's first diagnostic, and only when every place of it goes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::fix::{self, Decision, Reach};
use crate::report::json::{Change, Report, positions};
use crate::run::Outcome;
use crate::source::Location;
use crate::source::read::Below;

/// Gives the first diagnostic of each flag its edits. The diagnostics of the document are those of the outcome.
pub fn attach(report: &mut Report, outcome: &mut Outcome, reach: Reach, root: &Path) {
    let mut by_flag: BTreeMap<String, Vec<Decision>> = BTreeMap::new();
    for decision in &outcome.decisions {
        let Some(key) = outcome.project.checks[decision.check].flag() else { continue };
        let key = outcome.registry.resolve(key).map_or(key, |flag| flag.key.as_str());
        by_flag.entry(key.to_owned()).or_default().push(decision.clone());
    }
    let mut seen = BTreeSet::new();
    for item in &mut report.diagnostics {
        let (Some(flag), Some(fix)) = (&item.flag, &mut item.fix) else { continue };
        let Some(decisions) = by_flag.get(flag).filter(|_| seen.insert(flag.clone())) else { continue };
        fix.edits = alone(outcome, decisions, reach, root).unwrap_or_default();
    }
}

/// What removes one flag by itself; `None` when something of it would stay, or a file would go.
fn alone(outcome: &mut Outcome, decisions: &[Decision], reach: Reach, root: &Path) -> Option<Vec<Change>> {
    let plan = fix::plan(&mut outcome.project, decisions, reach, &Below(root));
    let is_whole = plan.sites.iter().all(|site| site.applied)
        && plan.bugs.is_empty()
        && plan.files.iter().all(|file| !file.deleted);
    let sources = &outcome.project.sources;
    let change = |source, edit: &crate::source::edit::Edit| {
        let (start, end) = positions(&Location { source, span: edit.span.clone() }, sources);
        Change { path: sources.get(source).display_path(), start, end, replacement: edit.replacement.clone() }
    };
    let changes = plan.files.iter().flat_map(|file| file.edits.iter().map(|edit| change(file.source, edit)));
    is_whole.then(|| changes.collect())
}
