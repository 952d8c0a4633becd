//! Which files are worth a parse: one pass over the bytes for every name that a check needs. Owns no reading.

use aho_corasick::AhoCorasick;

/// Literals of which a file must hold at least one.
#[derive(Debug)]
pub struct Prefilter {
    /// `None` when every file is worth a parse.
    automaton: Option<AhoCorasick>,
}

impl Prefilter {
    /// A filter for those literals; an empty one means that every file counts.
    pub fn new<'text>(literals: impl IntoIterator<Item = &'text str>) -> Self {
        let mut literals: Vec<&str> = literals.into_iter().collect();
        literals.sort_unstable();
        literals.dedup();
        if literals.iter().any(|literal| literal.is_empty()) {
            return Self { automaton: None };
        }
        Self { automaton: AhoCorasick::new(literals).ok() }
    }

    /// Whether the text holds one of the literals.
    pub fn accepts(&self, text: &str) -> bool {
        self.automaton.as_ref().is_none_or(|automaton| automaton.is_match(text))
    }
}

#[cfg(test)]
mod tests {
    use super::Prefilter;

    #[test]
    fn a_file_needs_one_of_the_literals() {
        let filter = Prefilter::new(["is_enabled", "variation"]);
        assert!(filter.accepts("x.bool_variation(y)") && !filter.accepts("nothing"));
        assert!(Prefilter::new([""]).accepts("nothing"));
        assert!(!Prefilter::new([]).accepts("nothing"));
    }
}
