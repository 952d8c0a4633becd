//! `flag-sweep pull`: fetches what a provider knows of its flags and writes one snapshot. Owns where the file goes and who
//! may read it; what is fetched is decided in `pull`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use atomic_write_file::OpenOptions;
use jiff::Timestamp;

use super::args::{GlobalArgs, PullArgs, ScanArgs};
use super::check::Ending;
use super::pull_sql;
use super::server;
use super::settings;
use super::terminal::Terminal;
use crate::pull::client::Event;
use crate::pull::{self, Request};
use crate::registry::{FOLDER, snapshot};
use crate::report::escape;
use crate::report::summary::plural;
use crate::source::display_path;

/// Runs the command.
///
/// # Errors
/// When the server is not named, anything of it cannot be fetched, or the file cannot be written. Then no file is written.
pub fn pull(global: &GlobalArgs, options: &PullArgs, terminal: &Terminal) -> Result<Ending> {
    if options.provider == pull_sql::NAME {
        return pull_sql::pull(global, options, terminal);
    }
    if !options.databases.is_empty() {
        bail!("--database belongs to `pull {}`; the server of a provider is --url", pull_sql::NAME);
    }
    let provider = server::provider(&options.provider)?;
    let own = server::settings(provider, &options.server)?;
    let origin = server::origin(provider, &own)?;
    let project =
        match &provider.project {
            None => None,
            Some(project) => Some(own.project.clone().or_else(|| project.default.clone()).with_context(|| {
                format!("name the project of {} with --project: its {}", provider.title, project.what)
            })?),
        };
    let tokens = server::tokens(provider, &own)?;
    let path = path(global, options)?;
    let request = Request {
        provider,
        project,
        environments: if options.environment.is_empty() { own.environments } else { options.environment.clone() },
        tokens,
        now: Timestamp::now(),
    };
    let pulled = {
        let progress = terminal.progress("fetching flags");
        let notify = |event: Event| match event {
            Event::Flags(count) => progress.say(format!("fetching flags: {count}")),
            Event::Waits(why, pause) => {
                terminal.detail(&escape::line(&format!("{why}; waiting {:.1} seconds", pause.as_secs_f64())));
            }
        };
        pull::pull(&request, &server::client(origin, &options.server, &notify)?)?
    };
    let shown = escape::line(&display_path(&path)).into_owned();
    write(&path, pulled.text.as_bytes()).with_context(|| format!("cannot write {shown}"))?;
    for missing in &pulled.snapshot.missing {
        terminal.warn(&format!("the snapshot lacks {missing}; flags that it may decide stay unknown"));
    }
    terminal.say(&format!(
        "wrote {shown}: {} of {}, {}\n",
        plural(pulled.flags, "flag"),
        provider.title,
        plural(pulled.snapshot.environments.len(), "environment"),
    ));
    Ok(Ending::Clean)
}

/// Where the snapshot goes: where the user says, else into the folder in which `check` finds it.
pub(super) fn path(global: &GlobalArgs, options: &PullArgs) -> Result<PathBuf> {
    if let Some(path) = &options.output {
        return Ok(std::path::absolute(path)?);
    }
    let root = settings::prepare(global, &ScanArgs { no_registry: true, ..ScanArgs::default() }, &[])?.settings.root;
    let folder = root.join(FOLDER);
    if folder.is_symlink() {
        bail!("{FOLDER} is a symbolic link, which may lead anywhere; name the file with --output");
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {FOLDER}"))?;
    Ok(folder.join(format!("{}{}", options.provider, snapshot::SUFFIX)))
}

/// Writes the file at once, for its owner only: it says what is being released to whom.
pub(super) fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use atomic_write_file::unix::OpenOptionsExt as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        options.preserve_mode(false).preserve_owner(false).mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.commit()
}
