//! Where names stand in a text that is asked about many of them. Owns the search, and the table that takes its place; what is
//! a name, and what it does, is for others to say.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use compact_str::CompactString;

use super::Map;
use super::lexicon::{is_in_word, words};
use crate::source::Span;

/// So many names are searched for; of more, all words of the text are noted once.
const MOST_SEARCHES: usize = 16;

/// The words of one text.
#[derive(Debug, Default)]
pub struct WordIndex {
    searches: AtomicUsize,
    words: OnceLock<Map<CompactString, Vec<usize>>>,
}

impl WordIndex {
    /// Where a name stands within a part of the text, in order, with no ASCII letter, digit or `_` beside it. The text is the
    /// same each time.
    pub fn places<'a>(&'a self, text: &'a str, name: &'a str, part: Span) -> Box<dyn Iterator<Item = usize> + 'a> {
        if name.is_empty() {
            return Box::new(std::iter::empty());
        }
        let searches = self.searches.fetch_add(1, Ordering::Relaxed);
        if searches < MOST_SEARCHES || !name.bytes().all(is_in_word) {
            let bytes = text.as_bytes();
            let inside = bytes.get(part.clone()).unwrap_or_default();
            let found = memchr::memmem::find_iter(inside, name.as_bytes()).map(move |at| part.start + at);
            let goes_on = |at: Option<&u8>| at.is_some_and(|at| is_in_word(*at));
            return Box::new(found.filter(move |at| {
                !goes_on(at.checked_sub(1).and_then(|before| bytes.get(before))) && !goes_on(bytes.get(at + name.len()))
            }));
        }
        let words = self.words.get_or_init(|| {
            let mut places: Map<CompactString, Vec<usize>> = Map::default();
            words(text, |start, end| places.entry(text[start..end].into()).or_default().push(start));
            places
        });
        let places = words.get(name).map_or(&[][..], Vec::as_slice);
        let first = places.partition_point(|at| *at < part.start);
        Box::new(places[first..].iter().copied().take_while(move |at| *at + name.len() <= part.end))
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_SEARCHES, WordIndex};

    #[test]
    fn names_are_found_the_same_however_often_something_is_asked() {
        let text = "flag $flag flag$ flagged flag.flag éflag _flag (flag) $a $a.b a a";
        let index = WordIndex::default();
        let all =
            || ["flag", "$a", "a", "none", ""].map(|name| index.places(text, name, 5..text.len()).collect::<Vec<_>>());
        let first = all();
        assert_eq!(first.each_ref().map(Vec::len), [6, 2, 4, 0, 0]);
        (0..MOST_SEARCHES).for_each(|_| drop(index.places(text, "b", 0..1)));
        assert_eq!(all(), first);
    }

    #[test]
    fn a_part_of_the_text_has_names_that_lie_in_it() {
        let text = "ab cd ab cd ab";
        for searches in [0, MOST_SEARCHES] {
            let index = WordIndex::default();
            (0..searches).for_each(|_| drop(index.places(text, "cd", 0..1)));
            for (part, places) in [(1..13, vec![6]), (0..14, vec![0, 6, 12]), (12..14, vec![12]), (3..3, vec![])] {
                assert_eq!(index.places(text, "ab", part.clone()).collect::<Vec<_>>(), places, "{searches} {part:?}");
            }
        }
    }
}
