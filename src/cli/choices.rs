//! Values of options: colours, formats, files, what fails a run, what is counted by, shares, days and sizes. Owns their
//! spelling; the formats are in `report::formats`.

use std::path::PathBuf;

use clap::ValueEnum;
use jiff::civil::Date;

use crate::diagnostic::Severity;
use crate::report::formats::{self, Format};
use crate::report::json::Shard;

/// How diagnostics are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Source frames and a summary
    #[value(alias = "full")]
    Text,
    /// One line per diagnostic
    Concise,
    /// One JSON document (docs/report.schema.json)
    Json,
    /// One JSON object per line (docs/report-lines.schema.json)
    JsonLines,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations in GitHub Actions, and the summary of the step
    Github,
    /// Code Quality report of GitLab
    Gitlab,
    /// Reviewdog Diagnostic Format
    Rdjson,
    /// JUnit XML
    Junit,
    /// Checkstyle XML
    Checkstyle,
    /// A table, for comments on changes
    Markdown,
}

impl OutputFormat {
    /// Its format in [`formats::FORMATS`]; `None` for source frames, which need the sources.
    pub fn format(self) -> Option<&'static Format> {
        formats::by_name(self.to_possible_value()?.get_name())
    }
}

/// A file to write, and how.
#[derive(Clone, Debug)]
pub struct OutputFile {
    /// How.
    pub format: OutputFormat,
    /// Where.
    pub path: PathBuf,
}

/// What diagnostics are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Code of the rule
    Rule,
    /// Key of the flag
    Flag,
    /// Owner of the flag
    Owner,
    /// File
    Path,
}

/// Reads `sarif=flags.sarif`.
///
/// # Errors
/// What was expected, when it is something else.
pub fn parse_output(text: &str) -> Result<OutputFile, String> {
    let expected = "expected FORMAT=FILE, such as sarif=flags.sarif";
    let (name, path) = text.split_once('=').ok_or(expected)?;
    let format = OutputFormat::from_str(name, false).map_err(|_| {
        let names: Vec<String> = OutputFormat::value_variants()
            .iter()
            .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
            .collect();
        format!("`{name}` is no format; formats: {}", names.join(", "))
    })?;
    if path.is_empty() { Err(expected.to_owned()) } else { Ok(OutputFile { format, path: path.into() }) }
}

/// Reads `1/4`.
///
/// # Errors
/// What was expected, when it is something else.
pub fn parse_shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    match numbers {
        Some((index, count)) if (1..=count).contains(&index) => Ok(Shard { index, count }),
        _ => Err("expected a share such as 1/4, counted from 1".to_owned()),
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On terminals, unless NO_COLOR is set; everywhere when CLICOLOR_FORCE is
    Auto,
    /// Even into pipes
    Always,
    /// Not at all
    Never,
}

/// How lists are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table
    Text,
    /// One JSON document
    Json,
}

/// Formats of `flags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FlagsFormat {
    /// A table
    Text,
    /// One JSON document
    Json,
    /// A registry file of the flags that are checked and that no registry knows, to be filled in
    Yaml,
}

/// Formats of `report`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One file for a browser, with curves over git history
    Html,
    /// Markdown, for a wiki page or a pull request comment
    Markdown,
    /// One JSON document (docs/debt.schema.json)
    Json,
    /// A line per flag, for a spreadsheet
    Csv,
}

/// Lowest severity that fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors only
    Error,
    /// Warnings and errors
    Warning,
    /// Any diagnostic
    Note,
    /// Nothing
    Never,
}

impl FailOn {
    /// The least severity that fails a run; `None` when nothing does.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }

    /// Reads the configuration's spelling.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::from_str(name, false).ok()
    }
}

/// Reads a day.
pub(super) fn parse_date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "expected a day as YYYY-MM-DD".to_owned())
}

/// Reads a size: bytes, or with the suffix K or M (1024-based).
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.strip_suffix(['K', 'k']) {
        Some(digits) => (digits, 1024),
        None => match text.strip_suffix(['M', 'm']) {
            Some(digits) => (digits, 1024 * 1024),
            None => (text, 1),
        },
    };
    let number: Option<u64> = digits.parse().ok();
    number.and_then(|number| number.checked_mul(unit)).ok_or_else(|| "expected a size such as 500K or 4M".to_owned())
}

/// Reads a period in days: `30d`, `6w`.
///
/// # Errors
/// What was expected, when it is something else.
pub fn parse_period(text: &str) -> Result<u32, String> {
    let (digits, days) = match (text.strip_suffix('d'), text.strip_suffix('w')) {
        (Some(digits), _) => (digits, 1),
        (_, Some(digits)) => (digits, 7),
        _ => ("", 1),
    };
    let number: Option<u32> = digits.parse().ok();
    number.and_then(|number| number.checked_mul(days)).ok_or_else(|| "expected a period such as 30d or 6w".to_owned())
}
