//! Names for diagnostics that outlive moved lines, so that a service knows one again. Owns what they are made from.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::source::{Location, SourceId, Sources};

/// Gives out fingerprints, in the order of the diagnostics.
#[derive(Debug, Default)]
pub struct Fingerprints {
    /// How often each was given out for a file.
    seen: HashMap<(SourceId, String), usize>,
    lines: Lines,
}

impl Fingerprints {
    /// The fingerprint of the next diagnostic: rule, flag, the words of its line, and how many like it stand above it in the
    /// file. Neither path nor line number is a part of it.
    pub fn of(&mut self, diagnostic: &Diagnostic, sources: &Sources) -> String {
        let source = diagnostic.at.source;
        let words = self.lines.words(&diagnostic.at, sources);
        let flag = diagnostic.flag.as_deref().unwrap_or_default();
        let base = digest(&[diagnostic.rule.code, flag, &words]);
        let above = self.seen.entry((source, base.clone())).or_default();
        *above += 1;
        if *above == 1 { base } else { digest(&[&base, &above.to_string()]) }
    }
}

/// The words of a line of more bytes are digested once.
const LONG: usize = 4096;

/// What the lines of diagnostics say.
#[derive(Debug, Default)]
pub struct Lines {
    /// What stands for the words of long lines, by where they start: a file of one line may hold a million diagnostics.
    long: HashMap<(SourceId, usize), String>,
}

impl Lines {
    /// The line at a location, its white space made even; a digest of that for a long line.
    pub fn words(&mut self, at: &Location, sources: &Sources) -> Cow<'_, str> {
        let span = sources.line_span(at.source, at.span.start);
        let line = &sources.get(at.source).text[span.clone()];
        let words = || line.split_whitespace().collect::<Vec<_>>().join(" ");
        if span.len() <= LONG {
            return Cow::Owned(words());
        }
        Cow::Borrowed(self.long.entry((at.source, span.start)).or_insert_with(|| digest(&[&words()])))
    }
}

/// A digest of texts: 40 hexadecimal digits. It tells things apart and guards nothing.
pub fn digest(parts: &[&str]) -> String {
    // The length in front keeps `ab`, `c` from being `a`, `bc`.
    let text: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, text.as_bytes())
        .map_or_else(|_| "0".repeat(40), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Fingerprints, LONG, digest};
    use crate::report::testing::outcome;
    use crate::source::{Location, Source, Sources};

    #[test]
    fn equals_are_numbered_and_lines_may_move() {
        let outcome = outcome();
        let mut prints = Fingerprints::default();
        let first = prints.of(&outcome.diagnostics[0], &outcome.project.sources);
        let again = prints.of(&outcome.diagnostics[0], &outcome.project.sources);
        assert!(first.len() == 40 && first != again);
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }

    #[test]
    fn what_stands_on_a_long_line_has_fingerprints_of_its_own() {
        let mut sources = Sources::default();
        let mut line = |text: &str| {
            let text = format!("first\n{text}{}\nlast", " a".repeat(LONG)).into();
            sources.add(Source { path: "a.py".into(), text, language: None })
        };
        let (one, other, spaced) = (line("x"), line("y"), line("x   "));
        let mut prints = Fingerprints::default();
        let mut of = |source, start| {
            let at = Location { source, span: start..start + 1 };
            prints.of(&crate::diagnostic::Diagnostic { at, ..outcome().diagnostics[0].clone() }, &sources)
        };
        let first = of(one, 6);
        assert_ne!(first, of(one, 10), "equals on a line are numbered");
        assert_ne!(first, of(other, 6), "another line");
        assert_eq!(first, of(spaced, 6), "white space is made even");
    }
}
