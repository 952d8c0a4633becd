//! Which words a text may hold, in an eighth of its bytes at most: the index by which a file is left unread when names turn out to
//! matter after it was. Owns no reading.

use super::lexicon::coded_words;

/// Texts of fewer bytes have as much room as one of so many.
const LEAST: usize = 128;
/// More texts are not asked for one by one.
const MANY: usize = 1000;

/// The words of a text, told by some of their bytes: each that the text holds is among them, and one in some twenty that it does not.
#[derive(Clone, Debug)]
pub struct Vocabulary(Box<[u64]>);

impl Vocabulary {
    /// With room for the words of a text of so many bytes.
    pub(super) fn with_room_for(bytes: usize) -> Self {
        let bits = (bytes / 2).max(LEAST).next_power_of_two();
        Self(vec![0; bits / 64].into())
    }

    /// Adds a word by its code.
    pub(super) fn add(&mut self, code: u32) {
        let (number, bit) = self.place(code);
        self.0[number] |= bit;
    }

    fn holds(&self, code: u32) -> bool {
        let (number, bit) = self.place(code);
        self.0[number] & bit != 0
    }

    /// The highest bits of a code depend on all of it.
    fn place(&self, code: u32) -> (usize, u64) {
        let at = (u64::from(code) * self.0.len() as u64 * 64) >> 32;
        ((at / 64) as usize, 1 << (at % 64))
    }

    /// Whether the text may hold one of those.
    pub fn may_hold(&self, terms: &Terms) -> bool {
        terms.0.as_ref().is_none_or(|texts| texts.iter().any(|words| words.iter().all(|word| self.holds(*word))))
    }
}

/// Names and keys that a text is asked for: each may stand where nothing beside it belongs to a longer word.
#[derive(Debug)]
pub struct Terms(Option<Vec<Box<[u32]>>>);

impl Terms {
    /// For any of those; when they are very many, every text may hold one.
    pub fn new<'text>(texts: impl IntoIterator<Item = &'text str>) -> Self {
        let mut terms = Vec::new();
        for text in texts {
            if terms.len() == MANY {
                return Self(None);
            }
            let mut codes = Vec::new();
            coded_words(text, |_, _, code| codes.push(code));
            terms.push(codes.into());
        }
        Self(Some(terms))
    }
}

#[cfg(test)]
mod tests {
    use super::{MANY, Terms, Vocabulary};
    use crate::scan::prefilter::Prefilter;

    fn vocabulary(text: &str) -> Vocabulary {
        Prefilter::new([], []).look(text).1
    }

    #[test]
    fn what_a_text_holds_is_among_its_words_however_long_it_is() {
        for length in [0, 1, 100, 10_000] {
            let text = format!("{}\nif flags.is_on(\"new-menu\", k\u{e4}se): x.y", "word1 word2 ".repeat(length));
            for held in ["is_on", "new-menu", "flags.is_on", ".y", "\u{e4}se", "-", "", "x"] {
                assert!(vocabulary(&text).may_hold(&Terms::new([held])), "{held}, {length}");
            }
        }
    }

    #[test]
    fn few_texts_are_read_for_nothing() {
        let vocabulary = vocabulary("def is_new_menu_on(client): return client.is_enabled(NEW_MENU)");
        let absent = (0..1000).filter(|number| vocabulary.may_hold(&Terms::new([&*format!("name_{number}x")]))).count();
        assert!(absent < 100, "{absent}");
        assert!(!vocabulary.may_hold(&Terms::new(["client.is_on", "old-menu"])));
        assert!(vocabulary.may_hold(&Terms::new(["client.is_on", "client"])));
        assert!(!vocabulary.may_hold(&Terms::new([])));
        let many: Vec<String> = (0..=MANY).map(|number| format!("name-{number}")).collect();
        assert!(vocabulary.may_hold(&Terms::new(many.iter().map(String::as_str))));
    }
}
