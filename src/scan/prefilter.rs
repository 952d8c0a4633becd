//! Which files are worth a parse: one pass over the bytes for every name that a check needs. Owns no reading.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};

/// Up to so many bytes, words make a table with a row per state: twice as fast as what is built for more of them.
const MAX_TABLE: usize = 16 << 10;

/// A search for words in many texts; `None` when there are too many.
pub(super) fn automaton(words: &[&str], any_case: bool) -> Option<AhoCorasick> {
    let small = words.iter().map(|word| word.len()).sum::<usize>() <= MAX_TABLE;
    // Few words are best looked for by what the crate chooses.
    let kind = (small && words.len() > 64).then_some(AhoCorasickKind::DFA);
    AhoCorasickBuilder::new().ascii_case_insensitive(any_case).kind(kind).build(words).ok()
}

/// Literals of which a file must hold at least one.
#[derive(Debug)]
pub struct Prefilter {
    /// `None` when every file is worth a parse.
    automaton: Option<AhoCorasick>,
    /// Whether a literal is no part of a longer name.
    whole: bool,
}

impl Prefilter {
    /// A filter for those literals; an empty one means that every file counts.
    pub fn new<'text>(literals: impl IntoIterator<Item = &'text str>) -> Self {
        Self::made(literals, |literals| automaton(literals, false))
    }

    /// The same for a small part of the files: a table would cost more than it saves.
    pub fn for_few<'text>(literals: impl IntoIterator<Item = &'text str>) -> Self {
        Self::made(literals, |literals| AhoCorasick::new(literals).ok())
    }

    fn made<'text>(
        literals: impl IntoIterator<Item = &'text str>,
        make: impl FnOnce(&[&str]) -> Option<AhoCorasick>,
    ) -> Self {
        let mut literals: Vec<&str> = literals.into_iter().collect();
        literals.sort_unstable();
        literals.dedup();
        if literals.iter().any(|literal| literal.is_empty()) {
            return Self { automaton: None, whole: false };
        }
        Self { automaton: make(&literals), whole: false }
    }

    /// A filter for those names, as names of their own.
    pub fn names<'text>(names: impl IntoIterator<Item = &'text str>) -> Self {
        Self { whole: true, ..Self::new(names) }
    }

    /// Whether the text holds one of the literals.
    pub fn accepts(&self, text: &str) -> bool {
        self.automaton.as_ref().is_none_or(|automaton| match self.whole {
            true => automaton.find_overlapping_iter(text).any(|found| is_word(text, found.start(), found.end())),
            false => automaton.is_match(text),
        })
    }
}

/// Tells which of some words a text holds, whatever their case. A word is no part of another.
#[derive(Debug)]
pub struct Finder {
    automaton: Option<AhoCorasick>,
    /// How many words there are.
    count: usize,
}

impl Finder {
    /// A finder of those words.
    pub fn new<'text>(words: impl IntoIterator<Item = &'text str>) -> Self {
        let words: Vec<&str> = words.into_iter().collect();
        let count = words.len();
        Self { automaton: automaton(&words, true), count }
    }

    /// The positions of the words that the text holds; of all words when they are too many to look for.
    pub fn find(&self, text: &str) -> Vec<usize> {
        let Some(automaton) = &self.automaton else { return (0..self.count).collect() };
        let mut found: Vec<usize> = automaton
            .find_overlapping_iter(text)
            .filter(|found| is_word(text, found.start(), found.end()))
            .map(|found| found.pattern().as_usize())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

pub(super) fn is_word(text: &str, start: usize, end: usize) -> bool {
    let inside = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = text.as_bytes();
    // What begins with a dot is a member of anything.
    let begins = !inside(bytes.get(start)) || !inside(start.checked_sub(1).and_then(|before| bytes.get(before)));
    begins && !inside(bytes.get(end))
}

#[cfg(test)]
mod tests {
    use super::{Finder, Prefilter};

    #[test]
    fn words_are_found_whatever_their_case() {
        let finder = Finder::new(["ld", "ldclient", "gutter"]);
        assert_eq!(finder.find("import LDClient, old"), [1]);
        assert!(finder.find("nothing").is_empty());
    }

    #[test]
    fn a_file_needs_one_of_the_literals() {
        let filter = Prefilter::new(["is_enabled", "variation"]);
        assert!(filter.accepts("x.bool_variation(y)") && !filter.accepts("nothing"));
        assert!(Prefilter::new([""]).accepts("nothing"));
        assert!(!Prefilter::new([]).accepts("nothing"));
        let names = Prefilter::names(["on"]);
        assert!(names.accepts("if on()") && !names.accepts("button.once()"));
        assert!(Prefilter::names([".on"]).accepts("self.on") && !Prefilter::names([".on"]).accepts("self.once"));
    }
}
