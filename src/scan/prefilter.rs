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

/// What a file is looked through for: literals of which it must hold at least one to be worth a parse, and signs, which say
/// something about the project. One pass over a text finds both.
#[derive(Debug)]
pub struct Prefilter {
    automaton: Option<AhoCorasick>,
    words: Vec<Word>,
    /// How many of the words are literals: names, then parts of a text, each in their order. Signs are behind them.
    literals: usize,
    /// Whether every file is worth a parse.
    is_open: bool,
}

#[derive(Debug)]
struct Word {
    text: String,
    kind: Kind,
}

impl Word {
    fn is_part(&self) -> bool {
        self.kind == Kind::Part
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// No part of a longer name.
    Name,
    /// Part of a text.
    Part,
    /// No part of a longer name, in any case.
    Sign,
    /// The same, and a member of it is taken.
    Object,
}

/// What a text holds, by position: of a literal among the literals, of a sign among the signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Signs of the project.
    pub signs: Vec<usize>,
    /// Literals.
    pub literals: Vec<usize>,
}

impl Prefilter {
    /// A filter for those names and parts of a text; an empty part means that every file counts.
    pub fn new<'text>(
        names: impl IntoIterator<Item = &'text str>,
        parts: impl IntoIterator<Item = &'text str>,
    ) -> Self {
        Self::with_signs(names, parts, [])
    }

    /// The same, and signs, which count in any case, each with whether it only does where a member of it is taken.
    pub fn with_signs<'text>(
        names: impl IntoIterator<Item = &'text str>,
        parts: impl IntoIterator<Item = &'text str>,
        signs: impl IntoIterator<Item = (&'text str, bool)>,
    ) -> Self {
        let mut names: BTreeSet<&str> = names.into_iter().collect();
        let mut parts: BTreeSet<&str> = parts.into_iter().collect();
        let mut is_open = parts.contains("") || names.contains("");
        if is_open {
            (names, parts) = Default::default();
        }
        let word = |text: &str, kind| Word { text: text.to_owned(), kind };
        let mut words: Vec<Word> = names.iter().map(|text| word(text, Kind::Name)).collect();
        words.extend(parts.iter().map(|text| word(text, Kind::Part)));
        let literals = words.len();
        let kind = |is_object| if is_object { Kind::Object } else { Kind::Sign };
        words.extend(signs.into_iter().map(|(text, is_object)| word(text, kind(is_object))));
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let automaton = automaton(&texts, literals < words.len());
        is_open |= automaton.is_none();
        Self { automaton, words, literals, is_open }
    }

    /// Whether every text is accepted, so that none is looked at.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether the text holds one of the literals.
    pub fn accepts(&self, text: &str) -> bool {
        let has_parts_only = self.literals == self.words.len() && self.words.first().is_some_and(Word::is_part);
        match &self.automaton {
            _ if self.is_open => true,
            // The first one that is found will do, wherever it stands.
            Some(automaton) if has_parts_only => automaton.is_match(text),
            _ => self.found(text).any(|at| at < self.literals),
        }
    }

    /// What the text holds; all signs when there are too many words to look for.
    pub fn find(&self, text: &str) -> Found {
        let mut found: Vec<usize> = match self.automaton {
            Some(_) => self.found(text).collect(),
            None => (self.literals..self.words.len()).collect(),
        };
        found.sort_unstable();
        found.dedup();
        let signs = found.split_off(found.partition_point(|at| *at < self.literals));
        Found { signs: signs.into_iter().map(|at| at - self.literals).collect(), literals: found }
    }

    fn found<'run>(&'run self, text: &'run str) -> impl Iterator<Item = usize> + 'run {
        let counts = |word: &Word, start: usize, end: usize| {
            // The search is in any case if one of the words is.
            let is_same = || text.as_bytes()[start..end] == *word.text.as_bytes();
            match word.kind {
                Kind::Part => is_same(),
                Kind::Name => is_same() && is_word(text, start, end),
                Kind::Sign => is_word(text, start, end),
                Kind::Object => is_word(text, start, end) && has_member(&text[end..]),
            }
        };
        let all = self.automaton.iter().flat_map(move |automaton| automaton.find_overlapping_iter(text));
        all.map(|found| (found.pattern().as_usize(), found.start(), found.end()))
            .filter(move |(at, start, end)| counts(&self.words[*at], *start, *end))
            .map(|(at, ..)| at)
    }

    /// For each literal, whether it is a name, or part, of that kind.
    pub fn among(&self, name: impl Fn(&str) -> bool, part: impl Fn(&str) -> bool) -> Vec<bool> {
        let literals = self.words[..self.literals].iter();
        literals.map(|word| if word.is_part() { part(&word.text) } else { name(&word.text) }).collect()
    }
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
    let before = |at: usize| at.checked_sub(1).and_then(|before| bytes.get(before));
    // What begins with a dot is a member of anything, and what ends in a bracket is called with anything.
    let begins = !inside(bytes.get(start)) || !inside(before(start));
    begins && (!inside(before(end)) || !inside(bytes.get(end)))
}

#[cfg(test)]
mod tests {
    use super::{Found, Prefilter};

    fn signs<const N: usize>(signs: [(&str, bool); N], text: &str) -> Vec<usize> {
        Prefilter::with_signs([], [], signs).find(text).signs
    }

    #[test]
    fn words_are_found_whatever_their_case() {
        let words = [("ld", false), ("ldclient", false), ("gutter", false)];
        assert_eq!(signs(words, "import LDClient, old"), [1]);
        assert!(signs(words, "nothing").is_empty());
    }

    #[test]
    fn objects_are_found_where_a_member_is_taken() {
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
            assert_eq!(signs([("gb", true)], text), [0], "{text}");
        }
        for text in ["12 GB. ", "gb", "gb = 1.5", "GB.3", "\"gb\", x.on", "(12 GB), x.on", "gb /.x"] {
            assert!(signs([("gb", true)], text).is_empty(), "{text}");
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
        assert_eq!(filter.among(|name| name == "on", |part| part == "flags."), [false, true, true, false]);
        assert_eq!(filter.find("flags.is_on, flags.is_on").literals, [0, 2, 3]);
        assert!(Prefilter::new([], [""]).is_open() && !filter.is_open());
        // Literals keep their case beside signs, which are found in an open filter too.
        let filter = Prefilter::with_signs(["is_on"], ["flags."], [("is_on", false), ("gb", true)]);
        assert_eq!(filter.find("IS_ON Flags. GB.x"), Found { signs: vec![0, 1], literals: vec![] });
        assert_eq!(filter.find("is_on flags."), Found { signs: vec![0], literals: vec![0, 1] });
        assert!(filter.accepts("is_on") && !filter.accepts("IS_ON GB.x"));
        let open = Prefilter::with_signs(["is_on"], [""], [("gb", true)]);
        assert!(open.is_open() && open.find("gb.is_on") == Found { signs: vec![0], literals: vec![] });
        // A name is found behind and within what only looks like one.
        assert!(Prefilter::new(["on", "on_on"], []).accepts("upon_on on"));
        assert!(Prefilter::new([".on"], []).accepts("self.on") && !Prefilter::new([".on"], []).accepts("self.once"));
        assert!(
            Prefilter::new(["on("], []).accepts("on(x)") && !Prefilter::new(["on("], []).accepts("upon(x), on (x)")
        );
    }
}
