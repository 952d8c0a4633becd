//! What is left out of a report because it is not new: the baseline, and the merge base of a change. Owns the files and the
//! comparison tree; what counts as known is in `baseline`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use super::args::CheckArgs;
use super::check::Ending;
use super::settings::Job;
use super::terminal::Terminal;
use crate::baseline::{Baseline, Compared, FILE_NAME};
use crate::diagnostic::{Applicability, Diagnostic};
use crate::history::slips;
use crate::report::escape;
use crate::report::fingerprint::Lines;
use crate::report::summary::plural;
use crate::run::{self, Outcome};
use crate::settings::{Settings, Slip};
use crate::source::repository::Repository;
use crate::source::tree::MergeBase;
use crate::source::{Sources, display_path};

/// Leaves out what is known. The ending says whether the baseline itself is at fault.
///
/// # Errors
/// When the baseline or the commit cannot be read.
pub fn leave_out(job: &Job, options: &CheckArgs, outcome: &mut Outcome, terminal: &Terminal) -> Result<Ending> {
    let mut ending = Ending::Clean;
    let given = options.baseline.is_some() || job.baseline.is_some();
    let path = path(job, options.baseline.as_deref());
    if !options.no_baseline && (given || path.is_file()) {
        let compared = compare(&read(&path)?, outcome, job);
        let gone: usize = compared.gone.iter().map(|entry| entry.count).sum();
        retain(outcome, &compared);
        if gone > 0 {
            let more = compared.gone.first().map(|entry| {
                let flag = entry.flag.as_deref().map(|flag| format!(" of `{flag}`")).unwrap_or_default();
                format!("{}{flag} in {}", entry.rule, entry.path)
            });
            let message = format!(
                "{} of the baseline {} no longer found, such as {}; `flag-sweep baseline prune` takes them out",
                plural(gone, "diagnostic"),
                if gone == 1 { "is" } else { "are" },
                more.unwrap_or_default()
            );
            if options.strict_baseline {
                terminal.error(&message);
                ending = Ending::Diagnostics;
            } else {
                terminal.warn(&message);
            }
        }
    }
    if let Some(name) = &options.new_from {
        let _progress = terminal.progress("looking at the merge base");
        let before = before(job, name).with_context(|| format!("cannot compare with `{}`", escape::line(name)))?;
        let sources = &before.project.sources;
        let known = Baseline::with_hints(&before.diagnostics, sources, hints(sources));
        let compared = compare(&known, outcome, job);
        retain(outcome, &compared);
    }
    Ok(ending)
}

/// The baseline of a job.
pub fn path(job: &Job, given: Option<&Path>) -> PathBuf {
    let default = || job.settings.root.join(FILE_NAME);
    given.map(Path::to_owned).or_else(|| job.baseline.clone()).unwrap_or_else(default)
}

/// Reads a baseline.
///
/// # Errors
/// When it cannot be read, or is none.
pub fn read(path: &Path) -> Result<Baseline> {
    let shown = escape::line(&display_path(path)).into_owned();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the baseline {shown}"))?;
    Baseline::parse(&text).map_err(|why| anyhow!("{shown} is no baseline: {why}"))
}

/// Compares a run with what is known.
pub fn compare(baseline: &Baseline, outcome: &Outcome, job: &Job) -> Compared {
    let sources = &outcome.project.sources;
    baseline.compare(&outcome.diagnostics, sources, |path| looked_at(job, path), hints(sources))
}

/// What the line of a diagnostic says.
fn hints(sources: &Sources) -> impl FnMut(&Diagnostic) -> String + '_ {
    let mut lines = Lines::default();
    move |diagnostic| lines.words(&diagnostic.at, sources).into_owned()
}

/// Whether a file would have been looked at, or is gone.
pub fn looked_at(job: &Job, path: &str) -> bool {
    let full = job.settings.root.join(path);
    !full.exists()
        || job.settings.paths.iter().any(|given| given.canonicalize().is_ok_and(|given| full.starts_with(given)))
}

fn retain(outcome: &mut Outcome, compared: &Compared) {
    let mut known = compared.known.iter();
    outcome.diagnostics.retain(|_| !known.next().copied().unwrap_or(false));
    outcome.known += compared.known.iter().filter(|known| **known).count();
}

/// The same look at the files of the merge base.
fn before(job: &Job, name: &str) -> Result<Outcome> {
    let settings = &job.settings;
    let base = MergeBase::find(&settings.root, name)?;
    let directory = tempfile::tempdir().context("cannot make a temporary directory")?;
    let root = directory.path().canonicalize().context("the temporary directory went away")?;
    base.export(&root, settings.max_file_size)?;
    let there = |path: &Path| {
        let inside = path.canonicalize().ok().and_then(|path| Some(path.strip_prefix(&settings.root).ok()?.to_owned()));
        inside.map(|inside| root.join(inside))
    };
    // A registry that the commit does not have is the one of today: a snapshot, or a file elsewhere.
    let registry = |path: &PathBuf| {
        let full = settings.root.join(path);
        there(&full).filter(|path| path.is_file()).unwrap_or(full)
    };
    let then = Settings {
        paths: settings.paths.iter().filter_map(|path| there(path)).filter(|path| path.exists()).collect(),
        registries: settings.registries.iter().map(registry).collect(),
        slips: moved_before(settings, &base)?,
        root: root.clone(),
        ..settings.clone()
    };
    run::run_with(&then, Applicability::Safe, &job.caching.cache)
}

/// The removal dates that had been moved when the change began.
fn moved_before(settings: &Settings, base: &MergeBase) -> Result<Vec<Slip>> {
    if settings.slips.is_empty() {
        return Ok(Vec::new());
    }
    let repository = Repository::open(&settings.root)?;
    let found = repository.map(|repository| slips::slips(&repository, settings, base.id().as_ref())).transpose()?;
    Ok(found.unwrap_or_default().slips)
}
