//! Finds whole keys in texts: at words that a key begins with, by a table of all keys. Owns what stands alone; what a place means is
//! judged in `definitions`.

use std::collections::{BTreeSet, HashMap};

use super::lexicon::{Codes, code, coded_words, is_in_word};
use crate::source::Span;

/// Finds the keys of flags in texts.
#[derive(Debug)]
pub struct KeyFinder<'keys> {
    keys: HashMap<&'keys [u8], &'keys str>,
    first: First,
    /// The length of the longest key.
    longest: usize,
    /// The most places in a key where it could end: one for a plain word, two for `a.b`.
    ends: usize,
}

/// What keys begin with.
#[derive(Debug)]
enum First {
    /// All of them with words, of these codes.
    Words(Box<Codes>),
    /// Any of these bytes.
    Bytes(Box<[bool; 256]>),
}

/// Whether a byte beside a key makes it a part of something longer.
fn is_inside(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Where something that starts there could end: before what is no part of a word.
fn ends(bytes: &[u8], start: usize) -> impl Iterator<Item = usize> {
    (start + 1..=bytes.len()).filter(|end| bytes.get(*end).is_none_or(|next| !is_inside(*next)))
}

/// The word that a key begins with.
fn first(key: &str) -> Option<u32> {
    let end = key.bytes().position(|byte| !is_in_word(byte)).unwrap_or(key.len());
    code(&key.as_bytes()[..end])
}

impl<'keys> KeyFinder<'keys> {
    /// A finder of those keys; empty ones are left out.
    pub fn new(keys: &'keys BTreeSet<String>) -> Self {
        let keys = || keys.iter().map(String::as_str).filter(|key| !key.is_empty());
        let codes: Option<Vec<u32>> = keys().map(first).collect();
        let bytes = || {
            let mut bytes = [false; 256];
            keys().for_each(|key| bytes[usize::from(key.as_bytes()[0])] = true);
            bytes
        };
        Self {
            first: codes.map_or_else(
                || First::Bytes(Box::new(bytes())),
                |codes| First::Words(Box::new(codes.into_iter().collect())),
            ),
            longest: keys().map(str::len).max().unwrap_or(0),
            ends: keys().map(|key| ends(key.as_bytes(), 0).count()).max().unwrap_or(0),
            keys: keys().map(|key| (key.as_bytes(), key)).collect(),
        }
    }

    /// Where whole keys stand, in order; the longest where several do.
    pub fn find(&self, text: &str) -> Vec<(&'keys str, Span)> {
        let bytes = text.as_bytes();
        let mut found: Vec<(&'keys str, Span)> = Vec::new();
        let mut at = |start: usize| {
            // Nothing begins within a word, right behind one, and within what was found.
            let is_free = start == 0 || !is_inside(bytes[start - 1]);
            if is_free
                && found.last().is_none_or(|(_, before)| before.end <= start)
                && let Some((key, end)) = self.at(bytes, start)
            {
                found.push((key, start..end));
            }
        };
        match &self.first {
            First::Words(codes) => coded_words(text, |start, _, code| {
                if codes.holds(code) {
                    at(start);
                }
            }),
            First::Bytes(first) => (0..bytes.len()).filter(|start| first[usize::from(bytes[*start])]).for_each(at),
        }
        found
    }

    /// The longest key that stands there.
    fn at(&self, bytes: &[u8], start: usize) -> Option<(&'keys str, usize)> {
        let bytes = &bytes[..bytes.len().min(start + self.longest + 1)];
        let ends = ends(bytes, start).take(self.ends).filter(|end| end - start <= self.longest);
        ends.filter_map(|end| Some((*self.keys.get(&bytes[start..end])?, end))).last()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{First, KeyFinder};

    #[test]
    fn whole_keys_are_found_wherever_they_stand() {
        // With a key that begins with no word, and without.
        let words = ["", "new", "new-menu", "billing.v2", "billing", "a b", "c/d", "b", "k\u{e4}se", "end."];
        let words: BTreeSet<String> = words.map(str::to_owned).into();
        let all: BTreeSet<String> = words.iter().cloned().chain(["$x".to_owned()]).collect();
        let finders = [KeyFinder::new(&words), KeyFinder::new(&all)];
        for (text, expected) in [
            ("new", &["new"][..]),
            ("new-menu new_menu news", &["new-menu"]),
            ("\"billing.v2\", 'billing.v3'", &["billing.v2", "billing"]),
            ("billing.v22", &["billing"]),
            ("x.a b c/d", &["a b", "c/d"]),
            ("xa b", &["b"]),
            ("xa.b a.b-c -b b", &["b", "b"]),
            ("$x y$x new", &["$x", "new"]),
            ("k\u{e4}se new", &["käse", "new"]),
            ("end. new", &["end.", "new"]),
            ("new new", &["new", "new"]),
            ("(new,new)", &["new", "new"]),
            ("", &[]),
        ] {
            for finder in &finders {
                let found = finder.find(text);
                let shown: Vec<&str> = found.iter().map(|(key, _)| *key).collect();
                let expected = expected.iter().filter(|key| **key != "$x" || matches!(finder.first, First::Bytes(_)));
                assert_eq!(shown, expected.copied().collect::<Vec<_>>(), "{text}");
                assert!(found.iter().all(|(key, span)| &text[span.clone()] == *key), "{text}");
            }
        }
    }
}
