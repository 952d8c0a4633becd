//! A share of a run: every share looks at the whole tree, since a check may be reached through any file, and reports what lies
//! in its own files. Owns which file belongs to which share; joining them is in `merge`.

use std::path::Path;

use crate::report::fingerprint::digest;
use crate::report::json::{Item, Report, Severity, Shard, Summary};
use crate::run::Outcome;
use crate::source::display_path;

impl Shard {
    /// Whether a file belongs to the share. Decided by its path alone.
    pub fn holds(self, path: &str) -> bool {
        let number = u32::from_str_radix(&digest(&[path])[..8], 16).unwrap_or(0);
        number % self.count == self.index - 1
    }
}

/// Leaves the share's diagnostics.
pub fn take_diagnostics(outcome: &mut Outcome, share: Shard) {
    let sources = &outcome.project.sources;
    outcome.diagnostics.retain(|diagnostic| share.holds(&sources.get(diagnostic.at.source).display_path()));
}

/// Leaves the share of a document.
pub fn take(report: &mut Report, share: Shard, outcome: &Outcome) {
    report.run.shard = Some(share);
    report.diagnostics.retain(|item| share.holds(&item.path));
    report.checks.retain(|item| share.holds(&item.path));
    report.overrides.retain(|item| share.holds(&item.path));
    report.definitions.retain(|item| share.holds(&item.path));
    report.skipped.retain(|item| share.holds(&item.path));
    report.suppressions.retain(|item| share.holds(&item.path));
    report.left.retain(|item| share.holds(&item.path));
    report.broken.retain(|path| share.holds(path));
    let is_read = |path: &Path| outcome.project.skipped.iter().all(|skipped| skipped.path != path);
    let files = outcome.project.files.iter().filter(|file| share.holds(&display_path(&file.path)));
    report.summary = Summary {
        files: files.filter(|file| is_read(&file.path)).count(),
        skipped: report.skipped.len(),
        checks: report.checks.len(),
        suppressed: report.suppressions.iter().map(|item| item.hides).sum(),
        // What is left out has no place in the document: the first share counts it.
        known: if share.index == 1 { report.summary.known } else { 0 },
        fixed: if share.index == 1 { report.summary.fixed } else { 0 },
        ..counted(&report.diagnostics, &report.summary)
    };
}

/// The summary with the counts of these diagnostics.
pub(super) fn counted(items: &[Item], summary: &Summary) -> Summary {
    let severity = |wanted| items.iter().filter(|item| item.severity == wanted).count();
    let fixable =
        |wanted| items.iter().filter_map(|item| item.fix.as_ref()).filter(|fix| fix.applicability == wanted).count();
    Summary {
        errors: severity(Severity::Error),
        warnings: severity(Severity::Warning),
        notes: severity(Severity::Note),
        fixable: fixable(super::json::Applicability::Safe),
        fixable_unsafe: fixable(super::json::Applicability::Unsafe),
        ..summary.clone()
    }
}
