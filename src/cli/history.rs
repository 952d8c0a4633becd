//! `flag-sweep history`: what git knows about flags. Owns the choice between weeks and one flag's life, and where the text goes.

use anyhow::{Result, bail};

use super::args::{GlobalArgs, HistoryArgs, ListFormat};
use super::check::Ending;
use super::settings;
use super::terminal::Terminal;
use crate::history::{flag, weeks};
use crate::report::history as layout;
use crate::source::repository::Repository;

/// Runs the command.
///
/// # Errors
/// When options, configuration or paths make no sense, or the repository cannot be read.
pub fn history(global: &GlobalArgs, options: &HistoryArgs, terminal: &Terminal) -> Result<Ending> {
    let job = settings::prepare(global, &options.scan, &[])?;
    let Some(repository) = Repository::open(&job.settings.root)? else {
        bail!("the project lies in no git repository with a commit: there is no history to look at");
    };
    for warning in &job.warnings {
        terminal.warn(warning);
    }
    let _progress = terminal.progress("looking through the history");
    let text = match &options.flag {
        Some(flag) => {
            let life = flag::life(&repository, &job.settings, flag, &|_, _| ())?;
            match options.output_format {
                ListFormat::Text => layout::life_text(flag, &life),
                ListFormat::Json => layout::life_document(flag, &life),
            }
        }
        None => {
            let weeks = usize::try_from(options.since.div_ceil(7))?;
            let series = weeks::series(&repository, &job.settings, weeks, &|_, _| ())?;
            for problem in &series.problems {
                terminal.warn(problem);
            }
            if repository.is_shallow() {
                terminal.warn("the clone is shallow: what happened before its first commit is not known");
            }
            match options.output_format {
                ListFormat::Text => layout::weeks_table(&series.weeks),
                ListFormat::Json => layout::weeks_document(&series.weeks, &job.settings),
            }
        }
    };
    terminal.result(&text)?;
    Ok(Ending::Clean)
}
