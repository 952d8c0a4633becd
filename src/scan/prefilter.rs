//! Which files are worth a parse: one pass over the bytes for every name that a check needs. Owns no reading.

use std::collections::BTreeSet;

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
    /// Names, which are no part of a longer name, then parts of a text, each in their order.
    literals: Vec<String>,
    /// How many of them are names.
    names: usize,
}

impl Prefilter {
    /// A filter for those names and parts of a text; an empty part means that every file counts.
    pub fn new<'text>(
        names: impl IntoIterator<Item = &'text str>,
        parts: impl IntoIterator<Item = &'text str>,
    ) -> Self {
        let names: BTreeSet<&str> = names.into_iter().collect();
        let parts: BTreeSet<&str> = parts.into_iter().collect();
        if parts.contains("") || names.contains("") {
            return Self { automaton: None, literals: Vec::new(), names: 0 };
        }
        let literals: Vec<&str> = names.iter().chain(&parts).copied().collect();
        let automaton = automaton(&literals, false);
        Self { automaton, literals: literals.into_iter().map(str::to_owned).collect(), names: names.len() }
    }

    /// Whether every text is accepted, so that none is looked at.
    pub fn is_open(&self) -> bool {
        self.automaton.is_none()
    }

    /// Whether the text holds one of the literals.
    pub fn accepts(&self, text: &str) -> bool {
        match &self.automaton {
            None => true,
            Some(automaton) if self.names == 0 => automaton.is_match(text),
            Some(automaton) => self.found(automaton, text).next().is_some(),
        }
    }

    /// The positions of the literals that the text holds.
    pub fn find(&self, text: &str) -> Vec<usize> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        in_order(self.found(automaton, text))
    }

    fn found<'run>(&'run self, automaton: &'run AhoCorasick, text: &'run str) -> impl Iterator<Item = usize> + 'run {
        let counts = |id: usize, start: usize, end: usize| id >= self.names || is_word(text, start, end);
        automaton
            .find_overlapping_iter(text)
            .filter(move |found| counts(found.pattern().as_usize(), found.start(), found.end()))
            .map(|found| found.pattern().as_usize())
    }

    /// For each literal, whether it is among those names or parts.
    pub fn among(&self, names: &BTreeSet<&str>, parts: &BTreeSet<String>) -> Vec<bool> {
        let is_among = |(position, literal): (usize, &String)| match position < self.names {
            true => names.contains(literal.as_str()),
            false => parts.contains(literal),
        };
        self.literals.iter().enumerate().map(is_among).collect()
    }
}

/// Tells which of some words a text holds, whatever their case. A word is no part of another.
#[derive(Debug)]
pub struct Finder {
    automaton: Option<AhoCorasick>,
    /// For each word, whether it only counts where a member of it is taken.
    objects: Vec<bool>,
}

impl Finder {
    /// A finder of those words, each with whether it only counts where a member of it is taken.
    pub fn new<'text>(words: impl IntoIterator<Item = (&'text str, bool)>) -> Self {
        let (words, objects): (Vec<&str>, Vec<bool>) = words.into_iter().unzip();
        Self { automaton: automaton(&words, true), objects }
    }

    /// The positions of the words that the text holds; of all words when they are too many to look for.
    pub fn find(&self, text: &str) -> Vec<usize> {
        let Some(automaton) = &self.automaton else { return (0..self.objects.len()).collect() };
        let found = automaton
            .find_overlapping_iter(text)
            .filter(|found| is_word(text, found.start(), found.end()))
            .filter(|found| !self.objects[found.pattern().as_usize()] || has_member(&text[found.end()..]));
        in_order(found.map(|found| found.pattern().as_usize()))
    }
}

/// Each position once.
fn in_order(positions: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut found: Vec<usize> = positions.collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether the text behind a name takes a member of it: `.on`, `?.on`, `!.on`, `().on`, on the next line or behind a comment.
fn has_member(behind: &str) -> bool {
    let mut rest = behind.trim_start();
    loop {
        rest = match rest.as_bytes() {
            [b'?' | b'!' | b'(' | b')' | b'\\', ..] => rest[1..].trim_start(),
            [b'#', ..] | [b'/', b'/', ..] => rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start(),
            [b'.', ..] => {
                let member = rest[1..].trim_start();
                return member.starts_with(|letter: char| letter.is_alphabetic() || "_#[(".contains(letter));
            }
            _ => return false,
        };
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
    use std::collections::BTreeSet;

    use super::{Finder, Prefilter};

    #[test]
    fn words_are_found_whatever_their_case() {
        let finder = Finder::new([("ld", false), ("ldclient", false), ("gutter", false)]);
        assert_eq!(finder.find("import LDClient, old"), [1]);
        assert!(finder.find("nothing").is_empty());
    }

    #[test]
    fn objects_are_found_where_a_member_is_taken() {
        let finder = Finder::new([("gb", true)]);
        for text in [
            "gb.on",
            "self.gb.is_on()",
            "gb?.on",
            "gb!.on",
            "gb()\n  .on",
            "(gb).on",
            "gb // the client\n.on",
            "gb?.[x]",
        ] {
            assert_eq!(finder.find(text), [0], "{text}");
        }
        for text in ["12 GB. ", "gb", "gb = 1.5", "GB.3", "\"gb\", x.on", "(12 GB), x.on", "gb /.x"] {
            assert!(finder.find(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_file_needs_one_of_the_literals() {
        let filter = Prefilter::new([], ["is_enabled", "variation"]);
        assert!(filter.accepts("x.bool_variation(y)") && !filter.accepts("nothing"));
        assert!(Prefilter::new([], [""]).accepts("nothing"));
        assert!(!Prefilter::new([], []).accepts("nothing"));
        let names = Prefilter::new(["on"], ["_off"]);
        assert!(names.accepts("if on()") && !names.accepts("button.once()") && names.accepts("is_offline"));
        let filter = Prefilter::new(["is_on", "on"], ["on", "flags."]);
        let (names, parts) = (BTreeSet::from(["on"]), BTreeSet::from(["flags.".to_owned()]));
        assert_eq!(filter.among(&names, &parts), [false, true, true, false]);
        assert_eq!(filter.find("flags.is_on, flags.is_on"), [0, 2, 3]);
        assert!(Prefilter::new([], [""]).is_open() && !filter.is_open());
        // A name is found behind and within what only looks like one.
        assert!(Prefilter::new(["on", "on_on"], []).accepts("upon_on on"));
        assert!(Prefilter::new([".on"], []).accepts("self.on") && !Prefilter::new([".on"], []).accepts("self.once"));
    }
}
