//! Values of options on where what was found goes: formats, files, what is counted by, shares. Owns their spelling; the formats
//! are in `report::formats`.

use std::path::PathBuf;

use clap::ValueEnum;

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
