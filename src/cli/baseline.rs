//! `flag-sweep baseline`: the file of known diagnostics is written. Owns when it may be, and what is said about it.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use anyhow::{Context, Result, anyhow};

use super::args::{BaselineAction, BaselineArgs, GlobalArgs};
use super::check::{Ending, notices};
use super::terminal::Terminal;
use super::{caching, known, output, settings};
use crate::baseline::Baseline;
use crate::diagnostic::Applicability;
use crate::report::escape;
use crate::report::summary::plural;
use crate::source::display_path;

/// Runs `baseline`.
///
/// # Errors
/// As `check`, and when the file cannot be written, or exists already and is to be created.
pub fn baseline(global: &GlobalArgs, options: &BaselineArgs, terminal: &Terminal) -> Result<Ending> {
    let (BaselineAction::Create(with) | BaselineAction::Update(with) | BaselineAction::Prune(with)) = &options.action;
    let job = settings::prepare(global, &with.scan, &with.paths)?;
    let path = known::path(&job, with.file.as_deref());
    let shown = escape::line(&display_path(&path)).into_owned();
    let exists = || anyhow!("{shown} exists already; `flag-sweep baseline update` writes it anew");
    if matches!(options.action, BaselineAction::Create(_)) && path.exists() {
        return Err(exists());
    }
    let outcome = caching::look(&job, Applicability::Safe, terminal)?;
    let ending = notices(&job, &outcome, terminal);
    if ending == Ending::Error {
        return Err(anyhow!("no baseline is written: the run did not see everything"));
    }
    let sources = &outcome.project.sources;
    let written = match &options.action {
        BaselineAction::Create(_) | BaselineAction::Update(_) => {
            let old = if path.exists() { known::read(&path)? } else { Baseline::default() };
            // What lies in files that were not looked at stays as it is.
            let nothing = old.compare(&[], sources, |_| true, |_| String::new());
            let found = Baseline::of(&outcome.diagnostics, sources);
            let paths: BTreeSet<String> = found.entries().into_iter().map(|entry| entry.path).collect();
            let is_seen = |path: &str| paths.contains(path) || known::looked_at(&job, path);
            let mut new = old.pruned(&[], sources, &nothing, is_seen);
            new.join(found);
            new
        }
        BaselineAction::Prune(_) => {
            let old = known::read(&path)?;
            let compared = known::compare(&old, &outcome, &job);
            old.pruned(&outcome.diagnostics, sources, &compared, |path| known::looked_at(&job, path))
        }
    };
    let text = written.to_text();
    if matches!(options.action, BaselineAction::Create(_)) {
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => file.write_all(text.as_bytes()).with_context(|| format!("cannot write {shown}"))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(exists()),
            Err(error) => return Err(error).with_context(|| format!("cannot write {shown}")),
        }
    } else {
        output::write(&path, &text)?;
    }
    terminal.say(&format!("{shown}: {} known\n", plural(written.len(), "diagnostic")));
    Ok(ending)
}
