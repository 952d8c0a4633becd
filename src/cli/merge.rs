//! `flag-sweep report --merge`: documents of `check`, or reports, joined into one. Owns reading and writing them; what may be
//! joined is in `report::merge` and `report::debt::merge`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use super::args::{OutputFormat, ReportArgs};
use super::check::Ending;
use super::output;
use super::report;
use super::terminal::Terminal;
use crate::report::debt::{self, Document, Earlier};
use crate::report::formats::Page;
use crate::report::json::Report;
use crate::report::{escape, foreign, merge};
use crate::source::display_path;

/// Runs `report --merge`.
///
/// # Errors
/// When a document cannot be read, or they do not fit together.
pub fn merge(options: &ReportArgs, terminal: &Terminal) -> Result<Ending> {
    let texts = options.merge.iter().map(|path| text(path)).collect::<Result<Vec<(String, String)>>>()?;
    if texts.iter().all(|(_, text)| is_debt(text)) {
        return debt_reports(&texts, options, terminal);
    }
    let reports = texts.iter().map(|(shown, text)| read(shown, text)).collect::<Result<Vec<Report>>>()?;
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

fn text(path: &Path) -> Result<(String, String)> {
    let shown = escape::line(&display_path(path)).into_owned();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    foreign::plausible(&text).map_err(|why| anyhow!("{shown} cannot be joined: {why}"))?;
    Ok((shown, text))
}

fn read(shown: &str, text: &str) -> Result<Report> {
    serde_json::from_str(text).with_context(|| format!("{shown} is no JSON document of `flag-sweep check`"))
}

/// Whether a document is one of `report`: it has totals, where one of `check` has a summary.
fn is_debt(text: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Head {
        totals: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_str::<Head>(text).is_ok_and(|head| head.totals.is_some())
}

fn debt_reports(texts: &[(String, String)], options: &ReportArgs, terminal: &Terminal) -> Result<Ending> {
    let read = |(shown, text): &(String, String)| {
        serde_json::from_str::<Document>(text)
            .with_context(|| format!("{shown} is not what `flag-sweep report --format json` writes"))
    };
    let documents = texts.iter().map(read).collect::<Result<Vec<Document>>>()?;
    let mut merged = debt::merge(documents).map_err(|why| anyhow!("the reports cannot be joined: {why}"))?;
    if let Some(path) = &options.since {
        let shown = || format!("cannot compare with {}", escape::line(&display_path(path)));
        let earlier = Earlier::read(&fs::read_to_string(path).with_context(shown)?).with_context(shown)?;
        merged.since = Some(earlier.change(&merged));
    }
    let body = report::text(&merged, options.format);
    match &options.output {
        Some(path) => output::write(path, &body)?,
        None => terminal.result(&body)?,
    }
    Ok(Ending::Clean)
}
