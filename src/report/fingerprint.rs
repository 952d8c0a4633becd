//! Names for diagnostics that outlive moved lines, so that a service knows one again. Owns what they are made from.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Sources};

/// Gives out fingerprints, in the order of the diagnostics.
#[derive(Debug, Default)]
pub struct Fingerprints {
    /// How often each was given out for a file.
    seen: HashMap<(SourceId, String), usize>,
}

impl Fingerprints {
    /// The fingerprint of the next diagnostic: rule, flag, the words of its line, and how many like it stand above it in the
    /// file. Neither path nor line number is a part of it.
    pub fn of(&mut self, diagnostic: &Diagnostic, sources: &Sources) -> String {
        let source = diagnostic.at.source;
        let words = words(&sources.get(source).text[sources.line_span(source, diagnostic.at.span.start)]);
        let flag = diagnostic.flag.as_deref().unwrap_or_default();
        let base = digest(&[diagnostic.rule.code, flag, &words]);
        let above = self.seen.entry((source, base.clone())).or_default();
        *above += 1;
        if *above == 1 { base } else { digest(&[&base, &above.to_string()]) }
    }
}

/// A line, its white space made even.
pub fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
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
    use super::{Fingerprints, digest};
    use crate::report::testing::outcome;

    #[test]
    fn equals_are_numbered_and_lines_may_move() {
        let outcome = outcome();
        let mut prints = Fingerprints::default();
        let first = prints.of(&outcome.diagnostics[0], &outcome.project.sources);
        let again = prints.of(&outcome.diagnostics[0], &outcome.project.sources);
        assert!(first.len() == 40 && first != again);
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }
}
