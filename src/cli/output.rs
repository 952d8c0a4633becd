//! Where what `check` found goes: standard output in one format, files in others, the summary of a step in GitHub Actions.
//! Owns files and streams; layouts are in `report::formats`.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use super::args::{By, CheckArgs, OutputFormat};
use super::settings::Job;
use super::terminal::Terminal;
use crate::diagnostic::Applicability;
use crate::fix::Reach;
use crate::report::formats::{self, Page};
use crate::report::json::{self, Fixed, Report};
use crate::report::statistics::{self, Count};
use crate::report::{edits, escape, pins, shard, show_checks, summary, text};
use crate::run::Outcome;
use crate::source::display_path;

/// GitHub takes no larger summary of a step, in bytes.
const LARGEST_SUMMARY: usize = 1 << 20;

fn wanted(options: &CheckArgs) -> impl Iterator<Item = OutputFormat> {
    options.outputs.iter().map(|output| output.format).chain([options.output_format])
}

/// Whether edits are among what was asked for.
pub(super) fn holds_edits(options: &CheckArgs) -> bool {
    wanted(options).filter_map(OutputFormat::format).any(|format| format.edits)
}

/// Writes everything that was asked for.
///
/// # Errors
/// When a stream or a file cannot be written.
pub fn output(job: &Job, options: &CheckArgs, outcome: &mut Outcome, fixed: &Fixed, terminal: &Terminal) -> Result<()> {
    if terminal.verbose {
        for line in show_checks::evidence(outcome, &job.base) {
            terminal.detail(&line);
        }
    }
    let counts = summary::count(&outcome.project, &outcome.registry, &outcome.diagnostics);
    let mut report = None;
    if wanted(options).any(|format| format != OutputFormat::Text) || options.statistics.is_some() {
        let mut document = json::document(&job.settings, outcome, &counts, &job.warnings, fixed);
        if holds_edits(options) {
            let level = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
            let reach = Reach { level, keep_definitions: options.keep_definitions };
            edits::attach(&mut document, outcome, reach, &job.settings.root);
        }
        document.run.project = options.project.clone();
        if let Some(share) = options.shard {
            shard::take(&mut document, share, outcome);
        }
        report = Some(document);
    }
    for file in &options.outputs {
        let body = match (file.format.format(), &report) {
            (Some(format), Some(report)) => (format.render)(&page(report, file.format, job)),
            _ => text::frames(&outcome.diagnostics, &outcome.project.sources, &job.base, false),
        };
        write(&file.path, &body)?;
    }
    let last_words =
        format!("{}{}", summary::text(&counts, &outcome.project, summary::Hidden::of(outcome)), pins::waiting(outcome));
    if let (Some(by), Some(report)) = (options.statistics, &report) {
        let by = match by {
            By::Rule => Count::Rule,
            By::Flag => Count::Flag,
            By::Owner => Count::Owner,
            By::Path => Count::Path,
        };
        let rows = statistics::count(report, by);
        terminal.result(&match options.output_format {
            OutputFormat::Json => json::to_text(&rows),
            _ => statistics::text(&rows),
        })?;
        terminal.say(&last_words);
        return Ok(());
    }
    match (options.output_format.format(), &report) {
        (Some(format), Some(report)) => {
            let page = page(report, options.output_format, job);
            terminal.result(&(format.render)(&page))?;
            if options.output_format == OutputFormat::Github {
                summarize(&page)?;
            }
            terminal.say(&last_words);
            Ok(())
        }
        _ => {
            let sources = &outcome.project.sources;
            terminal.result(&text::frames(&outcome.diagnostics, sources, &job.base, terminal.color))?;
            terminal.summary(&last_words)
        }
    }
}

/// Our own formats name files as the project has them, those of other tools as the repository has them.
fn page<'a>(report: &'a Report, format: OutputFormat, job: &'a Job) -> Page<'a> {
    let is_ours = matches!(format, OutputFormat::Json | OutputFormat::JsonLines);
    Page { report, base: (!is_ours).then_some(&job.base) }
}

/// Writes a result to a file.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, body: &str) -> Result<()> {
    fs::write(path, body).with_context(|| format!("cannot write {}", escape::line(&display_path(path))))
}

/// Adds to the summary of the step, where GitHub Actions asks for one.
fn summarize(page: &Page<'_>) -> Result<()> {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    let mut body = formats::github_summary(page);
    if body.len() > LARGEST_SUMMARY {
        let fits = body.char_indices().take_while(|(at, _)| *at < LARGEST_SUMMARY - 200);
        let end = fits.filter(|(_, character)| *character == '\n').last().map_or(0, |(at, _)| at);
        body.truncate(end);
        body.push_str("\n\nThe rest is left out: GitHub takes no larger summary.\n");
    }
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(body.as_bytes()))
        .context("cannot write the summary of the step, which GITHUB_STEP_SUMMARY names")
}
