//! Diagnostics for people: source frames, or one line each. Owns the layout of both; the summary below them is in
//! `summary`.

use std::collections::BTreeMap;

use codespan_reporting::diagnostic as frames;
use codespan_reporting::files::{self, Files};
use codespan_reporting::term::{self, termcolor};

use crate::diagnostic::{Applicability, Diagnostic, FixSummary, Label, Severity};
use crate::report::escape;
use crate::report::paths::Base;
use crate::source::{LineIndex, Location, SourceId, Sources, Span};

/// A line longer than this, in bytes, is not shown in a frame: a registry on one line would fill the screen.
const LONGEST_LINE: usize = 400;

/// Source frames, one per diagnostic, with an empty line behind each.
pub fn frames(diagnostics: &[Diagnostic], sources: &Sources, base: &Base, color: bool) -> String {
    let shown = Shown::new(diagnostics, sources, base);
    let config = term::Config { start_context_lines: 2, end_context_lines: 1, ..term::Config::default() };
    let mut buffer = if color { termcolor::Buffer::ansi() } else { termcolor::Buffer::no_color() };
    for diagnostic in diagnostics {
        let framed = shown.diagnostic(diagnostic);
        // Neither writing to memory nor a span inside its own text can fail; the line says it all the same.
        if term::emit_to_write_style(&mut buffer, &config, &shown, &framed).is_err() {
            let path = base.show(&sources.get(diagnostic.at.source).path);
            let fallback = format!("{path}: {}\n", escape::line(&diagnostic.message));
            buffer.clear_color_and_write(&fallback);
        }
    }
    String::from_utf8_lossy(buffer.as_slice()).into_owned()
}

/// What `--fix` would do, in one line.
pub fn fix_line(fix: &FixSummary) -> String {
    let reasons =
        if fix.reasons.is_empty() { String::new() } else { format!(" because {}", fix.reasons.join(", and ")) };
    match fix.applicability {
        Applicability::Safe => format!("safe fix: {}", fix.title),
        Applicability::Unsafe => format!("unsafe fix: {}{reasons}", fix.title),
        Applicability::Manual => format!("no fix: {}{reasons}", fix.title),
    }
}

trait Append {
    fn clear_color_and_write(&mut self, text: &str);
}

impl Append for termcolor::Buffer {
    fn clear_color_and_write(&mut self, text: &str) {
        use std::io::Write;
        use termcolor::WriteColor;
        // Memory takes every write.
        let _ = self.reset();
        let _ = self.write_all(text.as_bytes());
    }
}

/// A source as frames show it.
struct File {
    name: String,
    text: String,
    index: LineIndex,
}

/// The sources that the diagnostics point into.
struct Shown {
    files: BTreeMap<SourceId, File>,
}

impl Shown {
    fn new(diagnostics: &[Diagnostic], sources: &Sources, base: &Base) -> Self {
        let mut shown = BTreeMap::new();
        for diagnostic in diagnostics {
            for at in std::iter::once(&diagnostic.at).chain(diagnostic.labels.iter().map(|label| &label.at)) {
                shown.entry(at.source).or_insert_with(|| {
                    let source = sources.get(at.source);
                    let text = escape::source(&source.text).into_owned();
                    let index = LineIndex::new(&text);
                    File { name: base.show(&source.path), text, index }
                });
            }
        }
        Self { files: shown }
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) -> frames::Diagnostic<SourceId> {
        let severity = match diagnostic.severity {
            Severity::Error => frames::Severity::Error,
            Severity::Warning => frames::Severity::Warning,
            Severity::Note => frames::Severity::Note,
        };
        let mut labels = Vec::new();
        let mut notes = Vec::new();
        let joined = self.joined(&diagnostic.labels);
        let places = joined.iter().map(|label| (&label.at, label.message.as_str(), false));
        for (at, message, primary) in std::iter::once((&diagnostic.at, "", true)).chain(places) {
            if self.fits(at) {
                let style = if primary { frames::LabelStyle::Primary } else { frames::LabelStyle::Secondary };
                let message = escape::line(message).into_owned();
                labels.push(frames::Label::new(style, at.source, self.trimmed(at)).with_message(message));
            } else {
                let (line, column) = self.line_column(at);
                let message = if message.is_empty() { "here" } else { message };
                let name = &self.files[&at.source].name;
                notes.push(format!("{name}:{line}:{column}: {}", escape::line(message)));
            }
        }
        notes.extend(diagnostic.notes.iter().map(|note| escape::lines(note).into_owned()));
        notes.extend(diagnostic.fix.as_ref().map(|fix| escape::line(&fix_line(fix)).into_owned()));
        frames::Diagnostic::new(severity)
            .with_code(diagnostic.rule.code)
            .with_message(escape::line(&diagnostic.message))
            .with_labels(labels)
            .with_notes(notes)
    }

    /// The labels, with neighbours that say the same and have only blanks between them made one: statements that never
    /// run are one block to the reader.
    fn joined(&self, labels: &[Label]) -> Vec<Label> {
        let mut joined: Vec<Label> = Vec::new();
        for label in labels {
            if let Some(last) = joined.last_mut()
                && last.at.source == label.at.source
                && last.message == label.message
                && last.at.span.end <= label.at.span.start
                && self.files[&label.at.source].text[last.at.span.end..label.at.span.start].trim().is_empty()
            {
                last.at.span.end = label.at.span.end;
            } else {
                joined.push(label.clone());
            }
        }
        joined
    }

    /// The span without the line ends and blanks behind it, which a frame would show as an empty line.
    fn trimmed(&self, at: &Location) -> Span {
        let covered = &self.files[&at.source].text[at.span.clone()];
        at.span.start..at.span.start + covered.trim_end().len()
    }

    /// Whether the lines at a location are short enough to be shown.
    fn fits(&self, at: &Location) -> bool {
        let File { text, index, .. } = &self.files[&at.source];
        let (first, last) = (index.line(at.span.start), index.line(at.span.end));
        (first..=last).all(|line| {
            let start = index.start(line).unwrap_or(text.len());
            index.start(line + 1).unwrap_or(text.len()) - start <= LONGEST_LINE
        })
    }

    fn line_column(&self, at: &Location) -> (usize, usize) {
        let File { text, index, .. } = &self.files[&at.source];
        index.line_column(text, at.span.start)
    }
}

impl<'a> Files<'a> for Shown {
    type FileId = SourceId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: SourceId) -> Result<&'a str, files::Error> {
        self.files.get(&id).map(|file| file.name.as_str()).ok_or(files::Error::FileMissing)
    }

    fn source(&'a self, id: SourceId) -> Result<&'a str, files::Error> {
        self.files.get(&id).map(|file| file.text.as_str()).ok_or(files::Error::FileMissing)
    }

    fn line_index(&'a self, id: SourceId, byte_index: usize) -> Result<usize, files::Error> {
        self.files.get(&id).map(|file| file.index.line(byte_index)).ok_or(files::Error::FileMissing)
    }

    fn line_range(&'a self, id: SourceId, line: usize) -> Result<std::ops::Range<usize>, files::Error> {
        let File { text, index, .. } = self.files.get(&id).ok_or(files::Error::FileMissing)?;
        let start = index.start(line).ok_or(files::Error::LineTooLarge { given: line, max: index.len() - 1 })?;
        Ok(start..index.start(line + 1).unwrap_or(text.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::frames;
    use crate::report::testing::{base, outcome};

    #[test]
    fn frames_show_code_registry_and_fix() {
        let outcome = outcome();
        let shown = frames(&outcome.diagnostics, &outcome.project.sources, &base(), false);
        insta::assert_snapshot!("frames", shown);
        assert!(!shown.contains(['\u{1b}', '\u{202e}']));
        let coloured = frames(&outcome.diagnostics, &outcome.project.sources, &base(), true);
        assert!(coloured.contains("\u{1b}[") && !coloured.contains("\u{1b}[31m \u{202e}"));
    }

    #[test]
    fn neighbouring_labels_are_one() {
        let mut outcome = outcome();
        let text = &outcome.project.sources.get(outcome.diagnostics[0].at.source).text;
        let first = text.find("legacy()").expect("it is in the code");
        let second = text.find("return \"old\"").expect("it is in the code");
        let label = outcome.diagnostics[0].labels[0].clone();
        let at = |span| crate::source::Location { source: label.at.source, span };
        let labels = [first..first + 8, second..second + 12].map(|span| {
            let at = at(span);
            crate::diagnostic::Label { at, message: "never runs".into() }
        });
        outcome.diagnostics[0].labels = labels.to_vec();
        let shown = frames(&outcome.diagnostics[..1], &outcome.project.sources, &base(), false);
        assert_eq!(shown.matches("never runs").count(), 1, "{shown}");
    }

    #[test]
    fn overlong_lines_are_named_instead_of_shown() {
        use std::sync::Arc;

        let mut outcome = outcome();
        let text = format!("x = \"{}\"\n", "y".repeat(5000));
        let mut sources = crate::source::Sources::default();
        let path = "long.py".into();
        let source = sources.add(crate::source::Source { path, text: Arc::from(text), language: None });
        outcome.diagnostics.truncate(1);
        outcome.diagnostics[0].at = crate::source::Location { source, span: 4..8 };
        outcome.diagnostics[0].labels.clear();
        let shown = frames(&outcome.diagnostics, &sources, &base(), false);
        assert!(shown.len() < 500 && shown.contains("= long.py:1:5: here"), "{shown}");
    }
}
