//! Where the cache lies and who uses it: a directory of the user, outside of every project. Owns that choice. A run that changes
//! files, or prints a change for others to apply, looks at the files alone and does not come by here.

use std::env;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use anyhow::{Result, bail};

use super::args::{CacheArgs, CleanArgs};
use super::check::Ending;
use super::settings::{Job, repository};
use super::terminal::Terminal;
use crate::cache::{self, Cache};
use crate::fix::Reach;
use crate::report::escape;
use crate::report::summary::plural;
use crate::run::{self, Outcome};
use crate::source::display_path;

/// The cache of a run, and why there is none where that may surprise.
#[derive(Clone, Debug, Default)]
pub struct Caching {
    /// What earlier runs found.
    pub cache: Cache,
    why_none: Option<String>,
}

/// What a variable of the environment holds.
type Variable<'run> = &'run dyn Fn(&str) -> Option<OsString>;

/// The directory of a user for what programs can make again. Relative ones do not count, as the specification of them says.
fn directory(variable: Variable<'_>) -> Option<PathBuf> {
    let directory = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = directory("XDG_CACHE_HOME")
        .or_else(|| directory("LOCALAPPDATA").filter(|_| cfg!(windows)))
        .or_else(|| directory("HOME").map(|home| home.join(".cache")))?;
    Some(caches.join("flag-sweep"))
}

/// Where a directory is that need not exist yet: links are followed as far as there are any.
fn real(path: &Path) -> Option<PathBuf> {
    let (there, full) = path.ancestors().find_map(|there| Some((there, there.canonicalize().ok()?)))?;
    let rest = path.strip_prefix(there).ok()?;
    rest.components().all(|part| matches!(part, Component::Normal(_))).then(|| full.join(rest))
}

/// Decides which cache the runs on a project use.
///
/// # Errors
/// When the directory that was asked for lies in the project: what came with a repository is not believed.
pub(crate) fn of(options: &CacheArgs, root: &Path, here: &Path, variable: Variable<'_>) -> Result<Caching> {
    if options.no_cache {
        return Ok(Caching::default());
    }
    let Some(directory) = options.cache_dir.as_ref().map(|given| here.join(given)).or_else(|| directory(variable))
    else {
        return Ok(Caching::default());
    };
    let shown = escape::line(&display_path(&directory)).into_owned();
    let project = repository(root);
    match real(&directory) {
        Some(full) if !full.starts_with(project) => {
            Ok(Caching { cache: Cache::new(&full, root, &this_program()), why_none: None })
        }
        _ if options.cache_dir.is_some() => bail!(
            "the cache directory {shown} lies in the project, so a repository could bring its own; name one outside, or use \
             --no-cache"
        ),
        _ => {
            let why = format!("no cache is used: {shown} lies in the project, so a repository could bring its own");
            Ok(Caching { cache: Cache::default(), why_none: Some(why) })
        }
    }
}

/// What tells this program from another version of it, and from another build of the same.
fn this_program() -> String {
    let file = env::current_exe().and_then(std::fs::metadata).ok();
    let written = file.as_ref().and_then(|file| file.modified().ok());
    format!("{} {:?} {written:?}", env!("CARGO_PKG_VERSION"), file.map(|file| file.len()))
}

/// Looks at a project for a result that changes no file, with what earlier runs found in the same texts.
///
/// # Errors
/// As [`run::run`].
pub(super) fn look(job: &Job, reach: impl Into<Reach>, terminal: &Terminal) -> Result<Outcome> {
    let Caching { cache, why_none } = &job.caching;
    let outcome = {
        let _progress = terminal.progress("looking for flags");
        run::run_with(&job.settings, reach, cache)?
    };
    why_none.iter().for_each(|why| terminal.detail(why));
    if let Err(error) = cache.save() {
        terminal.detail(&format!("the cache was not written, so the next run finds out all of this again: {error}"));
    }
    Ok(outcome)
}

/// Runs `clean`.
///
/// # Errors
/// When there is no directory for it, or a file cannot be removed.
pub fn clean(options: &CleanArgs, terminal: &Terminal) -> Result<Ending> {
    let Some(directory) = options.cache_dir.clone().or_else(|| directory(&|name| env::var_os(name))) else {
        bail!("nothing says where the user's files are (HOME is not set), so there is no cache");
    };
    let shown = escape::line(&display_path(&directory)).into_owned();
    match cache::clean(&directory) {
        Ok(projects) => {
            terminal.say(&format!("removed what was kept of {} in {shown}\n", plural(projects, "project")));
            Ok(Ending::Clean)
        }
        Err(error) => bail!("cannot clean {shown}: {error}"),
    }
}
