//! `flag-sweep flags`: what is known about every flag. Owns where the text goes; layouts are in `report`.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;

use anyhow::{Context, Result};
use jiff::civil::Date;

use super::args::{FlagsArgs, FlagsFormat, GlobalArgs};
use super::check::{Ending, notices};

use super::settings::Job;
use super::terminal::Terminal;
use super::{caching, code_age, settings};
use crate::diagnostic::Applicability;
use crate::report::rows::{self, Row};
use crate::report::{escape, flags, registry};
use crate::source::display_path;
use crate::source::owners::CodeOwners;

/// Runs `flags`.
///
/// # Errors
/// When options, configuration, registry or paths make no sense.
pub fn flags(global: &GlobalArgs, options: &FlagsArgs, terminal: &Terminal) -> Result<Ending> {
    let job = settings::prepare(global, &options.scan, &options.paths)?;
    let outcome = caching::look(&job, Applicability::Unsafe, terminal)?;
    let ending = notices(&job, &outcome, terminal);
    let rows = rows::rows(&outcome, &job.settings);
    let text = match options.output_format {
        FlagsFormat::Text => flags::table(&rows, terminal.width()),
        FlagsFormat::Json => flags::document(&rows, &job.settings, &outcome),
        FlagsFormat::Yaml => {
            let days = if job.code_age { code_age(&job, &rows, terminal)? } else { BTreeMap::new() };
            let owners = CodeOwners::read(&job.settings.root);
            let Some(text) = registry::registry(&rows, &outcome, &owners, &days) else {
                terminal.say("every flag that is checked is in the registry: nothing is written\n");
                return Ok(ending);
            };
            text
        }
    };
    match &options.output {
        None => terminal.result(&text)?,
        // What somebody has filled in is not overwritten.
        Some(path) => {
            let shown = || format!("cannot write {}", escape::line(&display_path(path)));
            let mut file = OpenOptions::new().write(true).create_new(true).open(path).with_context(shown)?;
            file.write_all(text.as_bytes()).with_context(shown)?;
        }
    }
    Ok(ending)
}

fn code_age(job: &Job, rows: &[Row], terminal: &Terminal) -> Result<BTreeMap<String, Date>> {
    let _progress = terminal.progress("looking through the history");
    let mut warnings = job.warnings.clone();
    let days = code_age::of_keys(&job.settings, rows.iter().map(|row| row.key.as_str()), &mut warnings)?;
    warnings.iter().skip(job.warnings.len()).for_each(|warning| terminal.warn(warning));
    Ok(days)
}
