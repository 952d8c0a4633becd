//! Words of a text: where they stand, and a table to look them up in that most words of a text do not get as far as. Owns no
//! meaning of words.

use std::collections::HashMap;

const IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = (at as u8).is_ascii_alphanumeric() || at as u8 == b'_';
        at += 1;
    }
    table
};

/// Whether a byte belongs to a word, as [`super::prefilter::is_word`] tells it.
pub(super) fn is_in_word(byte: u8) -> bool {
    IN_WORD[usize::from(byte)]
}

/// Hands over the start and end of every word of a text.
pub(super) fn words(text: &str, mut each: impl FnMut(usize, usize)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_in_word(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_in_word(bytes[at]) {
            at += 1;
        }
        each(start, at);
    }
}

/// A bit per word, told by some of its bytes.
const BITS: usize = 4096;

/// A table by words.
#[derive(Debug)]
pub(super) struct Lexicon<Value> {
    /// Whether there is a word with that bit.
    bits: [u64; BITS / 64],
    words: HashMap<Box<[u8]>, Value>,
}

impl<Value> Default for Lexicon<Value> {
    fn default() -> Self {
        Self { bits: [0; BITS / 64], words: HashMap::new() }
    }
}

impl<Value> Lexicon<Value> {
    /// A table of those words; an empty one is never found.
    pub(super) fn new<'text>(words: impl IntoIterator<Item = (&'text str, Value)>) -> Self {
        let mut lexicon = Self::default();
        for (word, value) in words {
            if let Some(bit) = bit(word.as_bytes()) {
                lexicon.bits[bit / 64] |= 1 << (bit % 64);
                lexicon.words.insert(word.as_bytes().into(), value);
            }
        }
        lexicon
    }

    /// What stands at a word.
    pub(super) fn get(&self, word: &[u8]) -> Option<&Value> {
        let bit = bit(word)?;
        if self.bits[bit / 64] & (1 << (bit % 64)) == 0 {
            return None;
        }
        self.words.get(word)
    }
}

fn bit(word: &[u8]) -> Option<usize> {
    let (first, last) = (usize::from(*word.first()?), usize::from(*word.last()?));
    let middle = usize::from(word[word.len() / 2]);
    Some((first ^ (last << 3) ^ (middle << 6) ^ (word.len() << 5)) % BITS)
}

#[cfg(test)]
mod tests {
    use super::{Lexicon, words};

    #[test]
    fn words_are_whole() {
        let mut found = Vec::new();
        let text = "a.is_on(b2, \"é_x\")_";
        words(text, |start, end| found.push(&text[start..end]));
        assert_eq!(found, ["a", "is_on", "b2", "_x", "_"]);
    }

    #[test]
    fn what_was_put_in_is_found() {
        let lexicon = Lexicon::new([("is_on", 1), ("x", 2), ("", 3)]);
        let get = |word: &str| lexicon.get(word.as_bytes()).copied();
        assert_eq!((get("is_on"), get("x"), get(""), get("is_of"), get("io_sn")), (Some(1), Some(2), None, None, None));
    }
}
