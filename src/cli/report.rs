//! `flag-sweep report`: flag debt as one document. Owns what is asked of git beside the run, and where the text goes; what the
//! document says is decided in `report::debt`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::args::{GlobalArgs, ReportArgs, ReportFormat};
use super::check::{Ending, notices};

use super::settings::Job;
use super::terminal::Terminal;
use super::{caching, code_age, settings};
use crate::diagnostic::Applicability;
use crate::history::{slips, traces, weeks};
use crate::report::debt::{self, Document, Earlier, Known};
use crate::report::escape;
use crate::report::rows::{self, Row};
use crate::run::Outcome;
use crate::source::display_path;
use crate::source::owners::CodeOwners;
use crate::source::repository::Repository;

/// How far an HTML report looks back unless it is told otherwise.
const YEAR: u32 = 364;

/// Runs the command.
///
/// # Errors
/// When options, configuration, registry or paths make no sense, or the file cannot be written.
pub fn report(global: &GlobalArgs, options: &ReportArgs, terminal: &Terminal) -> Result<Ending> {
    let job = settings::prepare(global, &options.scan, &options.paths)?;
    let earlier = options.since.as_ref().map(|path| {
        let shown = || format!("cannot compare with {}", escape::line(&display_path(path)));
        Earlier::read(&fs::read_to_string(path).with_context(shown)?).with_context(shown)
    });
    let earlier = earlier.transpose()?;
    let outcome = caching::look(&job, Applicability::Unsafe, terminal)?;
    let ending = notices(&job, &outcome, terminal);
    let rows = rows::rows(&outcome, &job.settings);
    let known = {
        let _progress = terminal.progress("looking through the history");
        known(options, &job, &outcome, &rows, earlier.as_ref())?
    };
    let document = debt::make(&rows, &outcome, &job.settings, known);
    let text = text(&document, options.format);
    match &options.output {
        None => terminal.result(&text)?,
        Some(path) => fs::write(path, &text)
            .with_context(|| format!("cannot write the report to {}", escape::line(&display_path(path))))?,
    }
    Ok(ending)
}

/// A report in a format.
pub(super) fn text(document: &Document, format: ReportFormat) -> String {
    match format {
        ReportFormat::Html => debt::html(document),
        ReportFormat::Markdown => debt::markdown(document),
        ReportFormat::Json => debt::json(document),
        ReportFormat::Csv => debt::csv(document),
    }
}

/// What git and CODEOWNERS add to a run.
fn known<'k>(
    options: &ReportArgs,
    job: &Job,
    outcome: &Outcome,
    rows: &[Row],
    since: Option<&'k Earlier>,
) -> Result<Known<'k>> {
    let mut known = Known {
        since,
        code_owners: CodeOwners::read(&job.settings.root),
        project: options.project.clone(),
        ..Known::default()
    };
    let period = options.history.unwrap_or(if options.format == ReportFormat::Html { YEAR } else { 0 });
    let Some(repository) = Repository::open(&job.settings.root)? else {
        if period > 0 || job.code_age {
            known.notes.push("the project lies in no git repository with a commit: no history is shown".to_owned());
        }
        return Ok(known);
    };
    if period > 0 {
        let weeks = usize::try_from(period.div_ceil(7))?;
        known.series = weeks::series(&repository, &job.settings, weeks, &|_, _| ())?;
        let moved = slips::slips(&repository, &job.settings, None)?;
        known.slips = moved.slips;
        known.notes.extend(moved.problems);
    }
    if job.code_age {
        let keys = rows.iter().map(|row| row.key.as_str());
        known.in_code_since = code_age::of_keys(&job.settings, keys, &mut Vec::new())?;
    }
    if (period > 0 || job.code_age) && repository.is_shallow() {
        known.notes.push("the clone is shallow: what happened before its first commit is not known".to_owned());
    }
    if period > 0 {
        let unowned = rows.iter().filter(|row| row.owners.is_empty()).filter_map(|row| row.first.as_ref());
        let paths: BTreeSet<PathBuf> = unowned
            .map(|at| outcome.project.sources.get(at.source).path.clone())
            .filter(|path| known.code_owners.of(path).is_empty())
            .collect();
        let authors = traces::last_authors(&repository, &paths)?;
        known.last_authors =
            authors.iter().map(|(path, name)| (display_path(path), name.clone())).collect::<BTreeMap<_, _>>();
    }
    Ok(known)
}
