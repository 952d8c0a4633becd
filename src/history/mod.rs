//! Flags over time: what a run would have said in the past, from git objects. Owns which commits are asked and what is kept
//! between them; every number comes from the same run that looks at a directory.

pub mod flag;
pub mod slips;
#[cfg(test)]
mod tests;
pub mod traces;
pub mod weeks;

use std::path::Path;

use anyhow::Result;

use crate::fix::Reach;
use crate::load::Memo;
use crate::registry;
use crate::run::{Outcome, run_at};
use crate::settings::Settings;
use crate::source::read;
use crate::source::repository::{Commit, Repository};

/// What a run says about a commit on a day. Registry files are those of the commit where it has them, else those of today.
///
/// # Errors
/// When the commit or a registry cannot be read.
pub fn outcome_at(
    repository: &Repository,
    commit: &Commit,
    settings: &Settings,
    reach: impl Into<Reach>,
    memo: &Memo,
) -> Result<Outcome> {
    let snapshot = repository.snapshot(commit, settings.max_file_size)?;
    let reader = |full: &Path| {
        let inside = full.canonicalize().unwrap_or_else(|_| full.to_owned());
        let of_commit = inside.strip_prefix(&settings.root).ok().and_then(|path| repository.file(commit, path));
        match of_commit {
            Some(bytes) => read::text(bytes.to_vec()),
            None => registry::on_disk(full),
        }
    };
    run_at(settings, reach, &snapshot, memo, &reader)
}
