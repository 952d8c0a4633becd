//! `flag-sweep flags`: what is known about every flag. Owns where the text goes; layouts are in `report`.

use anyhow::Result;

use super::args::{FlagsArgs, GlobalArgs, ListFormat};
use super::check::{Ending, notices};
use super::settings;
use super::terminal::Terminal;
use crate::diagnostic::Applicability;
use crate::report::{flags, rows};
use crate::run;

/// Runs `flags`.
///
/// # Errors
/// When options, configuration, registry or paths make no sense.
pub fn flags(global: &GlobalArgs, options: &FlagsArgs, terminal: &Terminal) -> Result<Ending> {
    let job = settings::prepare(global, &options.scan, &options.paths)?;
    let outcome = {
        let _progress = terminal.progress("looking for flags");
        run::run(&job.settings, Applicability::Unsafe)?
    };
    let ending = notices(&job, &outcome, terminal);
    let rows = rows::rows(&outcome, &job.settings);
    terminal.result(&match options.output_format {
        ListFormat::Text => flags::table(&rows, terminal.width()),
        ListFormat::Json => flags::document(&rows, &job.settings, &outcome),
    })?;
    Ok(ending)
}
