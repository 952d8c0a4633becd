//! What is wrong with a registry file, shown at its line. Owns the frame; does not know the formats.

use std::fmt;

use codespan_reporting::diagnostic::{Diagnostic, Label};
use codespan_reporting::files::SimpleFile;
use codespan_reporting::term;

use crate::source::{LineIndex, Span};

/// Further problems of a load are counted instead of shown.
const MAX_SHOWN: usize = 20;

/// Longer lines are not shown, in bytes: a document of a provider may be one line of megabytes.
const LONG_LINE: usize = 500;

/// One thing that is wrong, with its places in one file.
#[derive(Debug)]
pub(super) struct Problem {
    message: String,
    at: Span,
    here: String,
    labels: Vec<(Span, String)>,
    notes: Vec<String>,
}

impl Problem {
    /// A problem at a place; `here` is written below the caret.
    pub(super) fn new(message: impl Into<String>, at: Span, here: impl Into<String>) -> Self {
        Self { message: message.into(), at, here: here.into(), labels: Vec::new(), notes: Vec::new() }
    }

    /// Adds a second place in the same file.
    pub(super) fn label(mut self, at: Span, message: impl Into<String>) -> Self {
        self.labels.push((at, message.into()));
        self
    }

    /// Adds what to do about it.
    pub(super) fn help(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// "flags.yaml:3:5: message", for warnings.
    pub(super) fn one_line(&self, path: &str, text: &str) -> String {
        let (line, column) = position(text, &self.at);
        let mut shown = format!("{path}:{line}:{column}: {}", self.message);
        for note in &self.notes {
            shown.push_str("; ");
            shown.push_str(note);
        }
        plain(&shown)
    }

    fn render(&self, path: &str, text: &str) -> String {
        let places = std::iter::once(&self.at).chain(self.labels.iter().map(|(span, _)| span));
        if places.into_iter().any(|span| line_around(text, span.start).len() > LONG_LINE) {
            return self.without_lines(path, text);
        }
        let file = SimpleFile::new(path, text);
        let within = |span: &Span| span.start.min(text.len())..span.end.min(text.len());
        let mut labels = vec![Label::primary((), within(&first_line(text, &self.at))).with_message(&self.here)];
        for (span, message) in &self.labels {
            labels.push(Label::secondary((), within(&first_line(text, span))).with_message(message));
        }
        let diagnostic =
            Diagnostic::error().with_message(&self.message).with_labels(labels).with_notes(self.notes.clone());
        match term::emit_into_string(&term::Config::default(), &file, &diagnostic) {
            Ok(frame) => plain(frame.trim_end()),
            Err(_) => self.one_line(path, text),
        }
    }

    /// The frame without what the lines say.
    fn without_lines(&self, path: &str, text: &str) -> String {
        let mut shown = format!("error: {}", self.message);
        let places = std::iter::once((&self.at, &self.here)).chain(self.labels.iter().map(|(span, here)| (span, here)));
        for (span, here) in places {
            let (line, column) = position(text, span);
            shown.push_str(&format!("\n  ┌─ {path}:{line}:{column}"));
            if !here.is_empty() {
                shown.push_str(&format!(": {here}"));
            }
        }
        for note in &self.notes {
            shown.push_str(&format!("\n  = {note}"));
        }
        plain(&shown)
    }
}

/// The line that holds an offset.
fn line_around(text: &str, offset: usize) -> &str {
    let bytes = text.as_bytes();
    let offset = offset.min(bytes.len());
    let start = memchr::memrchr(b'\n', &bytes[..offset]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &bytes[offset..]).map_or(bytes.len(), |at| offset + at);
    &text[start..end]
}

/// A span that runs over several lines is shown at its first.
fn first_line(text: &str, span: &Span) -> Span {
    let rest = text.get(span.clone()).unwrap_or_default();
    span.start..span.start + rest.lines().next().unwrap_or_default().trim_end().len()
}

fn position(text: &str, span: &Span) -> (usize, usize) {
    LineIndex::new(text).line_column(text, span.start.min(text.len()))
}

/// Text from files does not steer a terminal.
fn plain(text: &str) -> String {
    let unsafe_character = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(unsafe_character) {
        return text.to_owned();
    }
    text.chars().map(|c| if unsafe_character(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Why registry files cannot be used. Its display is the whole message, with source frames, without a final line end.
#[derive(Clone, Debug)]
pub struct RegistryError {
    frames: Vec<String>,
    more: usize,
    /// The first problem's message alone.
    pub message: String,
    /// Display path of the file that the first problem is in.
    pub path: String,
    /// 1-based line and column of the first problem, where it has a place.
    pub position: Option<(usize, usize)>,
}

impl RegistryError {
    /// A file that cannot be read at all.
    pub(super) fn unreadable(path: &str, why: &str, advice: &str) -> Self {
        let message = format!("cannot read the registry {path}: {why}");
        Self {
            frames: vec![plain(&format!("error: {message}\n  = {advice}"))],
            more: 0,
            message: plain(&message),
            path: path.to_owned(),
            position: None,
        }
    }

    /// Problems of one file, of which there is at least one, in the order of the file.
    pub(super) fn at(path: &str, text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.at.start);
        let more = problems.len().saturating_sub(MAX_SHOWN);
        problems.truncate(MAX_SHOWN);
        let first = problems.first();
        Self {
            frames: problems.iter().map(|problem| problem.render(path, text)).collect(),
            more,
            message: first.map(|problem| plain(&problem.message)).unwrap_or_default(),
            path: path.to_owned(),
            position: first.map(|problem| position(text, &problem.at)),
        }
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.frames.join("\n\n"))?;
        if self.more > 0 {
            write!(formatter, "\n\n... and {} more problems in {}", self.more, self.path)?;
        }
        Ok(())
    }
}

impl std::error::Error for RegistryError {}

#[cfg(test)]
mod tests {
    use super::{LONG_LINE, Problem, RegistryError};

    #[test]
    fn a_line_is_as_long_as_what_stands_between_its_ends() {
        for (length, shown) in [(LONG_LINE, true), (LONG_LINE + 1, false)] {
            let text = format!("\n{{ }}{}\n", " ".repeat(length - 3));
            let error = RegistryError::at("a.json", &text, vec![Problem::new("a flag without `key`", 3..4, "here")]);
            assert_eq!(error.to_string().contains("2 │ { }"), shown, "{error}");
        }
    }

    #[test]
    fn a_line_of_megabytes_is_not_shown() {
        let problem = || vec![Problem::new("a flag without `key`", 2..3, "here").help("pull it again")];
        let short = RegistryError::at("a.json", "{ }", problem()).to_string();
        assert!(short.contains("1 │ { }"), "{short}");
        let long = RegistryError::at("a.json", &format!("{{ }}{}", " ".repeat(1000)), problem()).to_string();
        assert_eq!(long, "error: a flag without `key`\n  ┌─ a.json:1:3: here\n  = pull it again");
    }
}
