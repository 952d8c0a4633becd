//! `flag-sweep flags` and `flag-sweep report`: what is known about every flag. Owns where the text goes; layouts are in
//! `report`.

use std::fs;

use anyhow::{Context, Result};

use super::args::{FlagsArgs, GlobalArgs, ListFormat, ReportArgs, ReportFormat};
use super::check::{Ending, notices};
use super::settings;
use super::terminal::Terminal;
use crate::diagnostic::Applicability;
use crate::report::{escape, flags, markdown, rows};
use crate::run;
use crate::source::display_path;

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

/// Runs `report`.
///
/// # Errors
/// As [`fn@flags`], and when the file cannot be written.
pub fn report(global: &GlobalArgs, options: &ReportArgs, terminal: &Terminal) -> Result<Ending> {
    let job = settings::prepare(global, &options.scan, &options.paths)?;
    let outcome = {
        let _progress = terminal.progress("looking for flags");
        run::run(&job.settings, Applicability::Unsafe)?
    };
    let ending = notices(&job, &outcome, terminal);
    let rows = rows::rows(&outcome, &job.settings);
    let text = match options.format {
        ReportFormat::Markdown => markdown::report(&rows, &outcome, &job.settings),
    };
    match &options.output {
        None => terminal.result(&text)?,
        Some(path) => fs::write(path, &text)
            .with_context(|| format!("cannot write the report to {}", escape::line(&display_path(path))))?,
    }
    Ok(ending)
}
