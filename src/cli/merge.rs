//! `flag-sweep report --merge`: documents of `check` joined into one. Owns reading and writing them; what may be joined is in
//! `report::merge`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use super::args::{OutputFormat, ReportArgs};
use super::check::Ending;
use super::output;
use super::terminal::Terminal;
use crate::report::formats::Page;
use crate::report::json::Report;
use crate::report::{escape, merge};
use crate::source::display_path;

/// Runs `report --merge`.
///
/// # Errors
/// When a document cannot be read, or they do not fit together.
pub fn merge(options: &ReportArgs, terminal: &Terminal) -> Result<Ending> {
    let reports = options.merge.iter().map(|path| read(path)).collect::<Result<Vec<Report>>>()?;
    let merged = merge::merge(reports).map_err(|why| anyhow!("the documents cannot be joined: {why}"))?;
    let Some(format) = options.output_format.format() else {
        return Err(anyhow!(
            "--output-format {} needs the sources; name another format for a joined document",
            if options.output_format == OutputFormat::Text { "text" } else { "of that name" }
        ));
    };
    let body = (format.render)(&Page { report: &merged, base: None });
    match &options.output {
        Some(path) => output::write(path, &body)?,
        None => terminal.result(&body)?,
    }
    Ok(Ending::Clean)
}

fn read(path: &Path) -> Result<Report> {
    let shown = escape::line(&display_path(path)).into_owned();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    serde_json::from_str(&text).with_context(|| format!("{shown} is no JSON document of `flag-sweep check`"))
}
