//! Which files are worth a parse: one look at the words of a text for every name that a check needs, and one at its bytes for what
//! stands within or between words. Owns no reading.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, Input, MatchKind};

use super::lexicon::{Lexicon, coded_words, is_in_word, words};
use super::vocabulary::Vocabulary;
use crate::source::Span;

/// Up to so many bytes, words make a table with a row per state: twice as fast as what is built for more of them.
const MAX_TABLE: usize = 16 << 10;

/// A search for words in many texts; `None` when there are too many.
pub(super) fn automaton(words: &[&str]) -> Option<AhoCorasick> {
    searches(words.len(), words.iter().map(|word| word.len()).sum()).build(words).ok()
}

/// Few words are best looked for by what the crate chooses.
fn searches(words: usize, bytes: usize) -> AhoCorasickBuilder {
    let mut builder = AhoCorasickBuilder::new();
    builder.kind((words > PACKED && bytes <= MAX_TABLE).then_some(AhoCorasickKind::DFA));
    builder
}

/// What a file is looked through for: literals of which it must hold at least one to be worth a parse, and signs, which say
/// something about the project.
#[derive(Debug)]
pub struct Prefilter {
    /// Names and signs, by a word in them.
    by_word: Lexicon<usize>,
    /// What may stand anywhere, or holds no word; `None` when that is too much to look for.
    anywhere: Option<Vec<Texts>>,
    words: Vec<Word>,
    /// How many of the words are literals: names, then parts of a text, each in their order. Signs are behind them.
    literals: usize,
    /// Whether every file is worth a parse.
    is_open: bool,
}

/// Up to so many texts are looked for by their first bytes (Teddy), five times as fast as by a table.
const PACKED: usize = 64;
/// More than so many times that are looked for by a table at once.
const MAX_SEARCHES: usize = 3;
/// So many bytes of a text are looked for, and the rest is compared where they stand: what repeats itself may stand at every byte.
const HEAD: usize = 64;

/// A search for the heads of texts, all of them wherever they stand.
#[derive(Debug)]
struct Texts {
    search: AhoCorasick,
    /// For each head, whose it is among the words of the filter, and the longest other head that it begins with.
    known: Vec<(Vec<usize>, Option<usize>)>,
}

impl Texts {
    /// For words of a filter by the heads of their texts.
    fn new(texts: &[(&[u8], Vec<usize>)]) -> Option<Self> {
        let mut known: Vec<(Vec<usize>, Option<usize>)> = Vec::with_capacity(texts.len());
        for (number, (text, positions)) in texts.iter().enumerate() {
            // They are sorted: what a text begins with is the one before it, or what that begins with.
            let mut shorter = number.checked_sub(1);
            while let Some(other) = shorter.filter(|other| !text.starts_with(texts[*other].0)) {
                shorter = known[other].1;
            }
            known.push((positions.clone(), shorter));
        }
        let mut builder = searches(texts.len(), texts.iter().map(|(text, _)| text.len()).sum());
        let search = builder.match_kind(MatchKind::LeftmostLongest).build(texts.iter().map(|(text, _)| text)).ok()?;
        Some(Self { search, known })
    }

    /// Hands over each word of the filter that may stand somewhere, and where it starts.
    fn each(&self, text: &str, mut each: impl FnMut(usize, usize)) {
        let mut from = 0;
        while let Some(found) = self.search.find(Input::new(text.as_bytes()).range(from..)) {
            let mut at = Some(found.pattern().as_usize());
            while let Some((positions, shorter)) = at.map(|at| &self.known[at]) {
                positions.iter().for_each(|position| each(*position, found.start()));
                at = *shorter;
            }
            from = found.start() + 1;
        }
    }
}

#[derive(Debug)]
struct Word {
    text: String,
    kind: Kind,
    /// A word in the text by which it is found, for what is no part of a text and holds one. Where it stands, that is a whole word.
    by: Option<Span>,
}

impl Word {
    fn is_part(&self) -> bool {
        self.kind == Kind::Part
    }

    /// Whether it stands there and counts.
    fn counts(&self, text: &str, start: usize) -> bool {
        let end = start + self.text.len();
        let Some(there) = text.as_bytes().get(start..end) else { return false };
        let is_same = || *there == *self.text.as_bytes();
        let is_like = || there.eq_ignore_ascii_case(self.text.as_bytes());
        match self.kind {
            Kind::Part => is_same(),
            Kind::Name => is_same() && is_word(text, start, end),
            Kind::Sign => is_like() && is_word(text, start, end),
            Kind::Object => is_like() && is_word(text, start, end) && has_member(&text[end..]),
        }
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
        let word = |text: &str, kind| Word { text: text.to_owned(), kind, by: None };
        let mut words: Vec<Word> = names.iter().map(|text| word(text, Kind::Name)).collect();
        words.extend(parts.iter().map(|text| word(text, Kind::Part)));
        let literals = words.len();
        let kind = |is_object| if is_object { Kind::Object } else { Kind::Sign };
        words.extend(signs.into_iter().map(|(text, is_object)| word(text, kind(is_object))));
        for (at, by) in telling(&words).into_iter().enumerate() {
            words[at].by = by;
        }
        let by = words.iter().enumerate().filter_map(|(at, word)| Some((&word.text[word.by.clone()?], at)));
        let by_word = Lexicon::new(by);
        let mut texts: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (at, word) in words.iter().enumerate().filter(|(_, word)| word.by.is_none()) {
            texts.entry(&word.text.as_bytes()[..word.text.len().min(HEAD)]).or_default().push(at);
        }
        let texts: Vec<(&[u8], Vec<usize>)> = texts.into_iter().collect();
        let size = if texts.len() <= MAX_SEARCHES * PACKED { PACKED } else { texts.len() };
        let anywhere: Option<Vec<Texts>> = texts.chunks(size).map(Texts::new).collect();
        is_open |= anywhere.is_none();
        Self { by_word, anywhere, words, literals, is_open }
    }

    /// Whether every text is accepted, so that none is looked at.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether the text holds one of the literals.
    pub fn accepts(&self, text: &str) -> bool {
        let mut accepts = self.is_open;
        if !accepts {
            self.each(text, |at| accepts |= at < self.literals, |_| ());
        }
        accepts
    }

    /// What the text holds, all that may stand anywhere when that is too much to look for, and its words.
    pub fn look(&self, text: &str) -> (Found, Vocabulary) {
        let (mut found, mut vocabulary) = (Vec::new(), Vocabulary::with_room_for(text.len()));
        self.each(text, |at| found.push(at), |code| vocabulary.add(code));
        found.sort_unstable();
        found.dedup();
        let signs = found.split_off(found.partition_point(|at| *at < self.literals));
        let found = Found { signs: signs.into_iter().map(|at| at - self.literals).collect(), literals: found };
        (found, vocabulary)
    }

    /// Hands over what the text holds, by positions, and the code of each of its words.
    fn each(&self, text: &str, mut each: impl FnMut(usize), mut word: impl FnMut(u32)) {
        match &self.anywhere {
            Some(anywhere) => {
                let mut counted = |at: usize, start| {
                    if self.words[at].counts(text, start) {
                        each(at);
                    }
                };
                anywhere.iter().for_each(|texts| texts.each(text, &mut counted));
            }
            None => (0..self.words.len()).filter(|at| self.words[*at].by.is_none()).for_each(&mut each),
        }
        coded_words(text, |start, end, code| {
            word(code);
            for at in self.by_word.in_any_case(&text.as_bytes()[start..end], code) {
                let word = &self.words[*at];
                let before = word.by.as_ref().map_or(0, |by| by.start);
                if start.checked_sub(before).is_some_and(|start| word.counts(text, start)) {
                    each(*at);
                }
            }
        });
    }

    /// For each literal, whether it is a name, or part, of that kind.
    pub fn among(&self, name: impl Fn(&str) -> bool, part: impl Fn(&str) -> bool) -> Vec<bool> {
        let literals = self.words[..self.literals].iter();
        literals.map(|word| if word.is_part() { part(&word.text) } else { name(&word.text) }).collect()
    }
}

/// So many names with the same word in them are compared where it stands.
const FEW: usize = 16;

/// For each word of a filter that is no part of a text, the longest word in its text that few others hold: a thousand keys may
/// all begin with `flag-`, and code is full of numbers.
fn telling(all: &[Word]) -> Vec<Option<Span>> {
    let mut holders: HashMap<&str, usize> = HashMap::new();
    for Word { text, .. } in all.iter().filter(|word| !word.is_part()) {
        words(text, |start, end| *holders.entry(&text[start..end]).or_default() += 1);
    }
    let telling = |Word { text, .. }: &Word| {
        let mut spans = Vec::new();
        words(text, |start, end| spans.push(start..end));
        spans.into_iter().min_by_key(|span| (holders[&text[span.clone()]].max(FEW), Reverse(span.len())))
    };
    all.iter().map(|word| if word.is_part() { None } else { telling(word) }).collect()
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
    let inside = |byte: Option<&u8>| byte.is_some_and(|byte| is_in_word(*byte));
    let bytes = text.as_bytes();
    let before = |at: usize| at.checked_sub(1).and_then(|before| bytes.get(before));
    // What begins with a dot is a member of anything, and what ends in a bracket is called with anything.
    let begins = !inside(bytes.get(start)) || !inside(before(start));
    begins && (!inside(before(end)) || !inside(bytes.get(end)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Found, Prefilter};

    fn signs<const N: usize>(signs: [(&str, bool); N], text: &str) -> Vec<usize> {
        Prefilter::with_signs([], [], signs).look(text).0.signs
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
        assert_eq!(filter.look("flags.is_on, flags.is_on").0.literals, [0, 2, 3]);
        assert!(Prefilter::new([], [""]).is_open() && !filter.is_open());
        // Literals keep their case beside signs, which are found in an open filter too.
        let filter = Prefilter::with_signs(["is_on"], ["flags."], [("is_on", false), ("gb", true)]);
        assert_eq!(filter.look("IS_ON Flags. GB.x").0, Found { signs: vec![0, 1], literals: vec![] });
        assert_eq!(filter.look("is_on flags.").0, Found { signs: vec![0], literals: vec![0, 1] });
        assert!(filter.accepts("is_on") && !filter.accepts("IS_ON GB.x"));
        let open = Prefilter::with_signs(["is_on"], [""], [("gb", true)]);
        assert!(open.is_open() && open.look("gb.is_on").0 == Found { signs: vec![0], literals: vec![] });
        // A name is found behind and within what only looks like one.
        assert!(Prefilter::new(["on", "on_on"], []).accepts("upon_on on"));
        assert!(Prefilter::new([".on"], []).accepts("self.on") && !Prefilter::new([".on"], []).accepts("self.once"));
        assert!(
            Prefilter::new(["on("], []).accepts("on(x)") && !Prefilter::new(["on("], []).accepts("upon(x), on (x)")
        );
    }

    #[test]
    fn all_texts_are_found_however_many_they_are_and_wherever_they_overlap() {
        let text = "ab.abc(abcd) x.ab [\"ab-cd\"] ABC ab_ab é.ab";
        // Every part of the text of up to nine bytes, some of them twice as many as there are, and none.
        let parts: Vec<&str> = (0..text.len())
            .flat_map(|start| (start + 1..=text.len().min(start + 9)).filter_map(move |end| text.get(start..end)))
            .collect();
        for count in [1, 7, 64, 65, 130, parts.len()] {
            let step = parts.len() / count;
            let chosen: BTreeSet<&str> = parts.iter().step_by(step.max(1)).copied().collect();
            let absent: Vec<String> = chosen.iter().map(|part| format!("{part}~")).collect();
            let filter = Prefilter::new([], chosen.iter().copied().chain(absent.iter().map(String::as_str)));
            let found: BTreeSet<usize> = filter.look(text).0.literals.into_iter().collect();
            let expected = filter.among(|_| false, |part| text.contains(part));
            assert_eq!(found, (0..expected.len()).filter(|at| expected[*at]).collect(), "{count}");
            assert_eq!(found.len(), chosen.len());
        }
        // Of long ones the head is looked for.
        let long = |letters: usize| "x".repeat(letters);
        let parts = [long(64), long(65), long(200), long(201), long(64) + "y", long(63) + "y", "x".to_owned()];
        let filter = Prefilter::new([], parts.iter().map(String::as_str));
        let expected = filter.among(|_| false, |part| long(200).contains(part));
        let found = filter.look(&long(200)).0.literals;
        assert_eq!(found, (0..parts.len()).filter(|at| expected[*at]).collect::<Vec<_>>());
        // Names by a word in them, wherever it stands in the name, and those that hold none.
        let names = ["ab.abc(", ".ab", "(abcd)", "ab", "abc", "bc", "[\"ab-cd\"]", "é.ab", "é", "ab_", "x.a"];
        let filter = Prefilter::new(names, []);
        let found = filter.look(text).0.literals;
        let expected = filter.among(|name| !["bc", "ab_", "x.a"].contains(&name), |_| false);
        assert_eq!(found, (0..names.len()).filter(|at| expected[*at]).collect::<Vec<_>>());
    }

    #[test]
    fn names_are_found_by_what_tells_them_from_others() {
        let keys: Vec<String> = (0..1000).map(|number| format!("flag-{}-{number}", number / 10)).collect();
        let filter = Prefilter::new(keys.iter().map(String::as_str), []);
        let by = |word: &super::Word| word.text[word.by.clone().expect("it holds words")].to_owned();
        // Hundreds hold the others: of one `flag`, of ten the number in the middle.
        assert!(filter.words.iter().filter(|word| by(word) == "flag").count() == 0);
        let found =
            filter.look("x = [flag-7-70, flag-7-71, \"flag-8-70\", flag-99-9999, aflag-9-90, flag-9-90a]").0.literals;
        let expected = filter.among(|name| name == "flag-7-70" || name == "flag-7-71", |_| false);
        assert_eq!(found, (0..keys.len()).filter(|at| expected[*at]).collect::<Vec<_>>());
    }
}
