//! Which files hold a word. Owns one pass over the bytes of all files per set of new words, so that no pair of a name and a
//! file is looked at twice; reads text and not syntax.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aho_corasick::{AhoCorasick, MatchKind};
use rayon::prelude::*;

use super::files::Files;

/// What the text of a file says about a word that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The file.
    pub file: usize,
    /// A keyword or an assignment before or behind the word looks as if it were defined here.
    pub defines: bool,
    /// It is called, or a member of something.
    pub uses: bool,
}

/// The files of each word that was asked for so far.
#[derive(Debug, Default)]
pub struct Index {
    hits: HashMap<String, Vec<Hit>>,
}

/// Words behind which a name is defined.
const DEFINING: &[&[u8]] = &[
    b"def",
    b"class",
    b"fn",
    b"function",
    b"const",
    b"let",
    b"var",
    b"static",
    b"struct",
    b"enum",
    b"type",
    b"interface",
    b"trait",
];

impl Index {
    /// Looks for words that were not looked for before.
    pub fn look_up<'w>(&mut self, files: &Files<'_>, words: impl IntoIterator<Item = &'w str>) {
        let new: BTreeSet<&str> = words.into_iter().filter(|word| !self.hits.contains_key(*word)).collect();
        if new.is_empty() {
            return;
        }
        // What is no word as a whole stands nowhere as one.
        let is_whole = |word: &&str| !word.is_empty() && word.bytes().all(is_word);
        let (sought, never): (Vec<&str>, Vec<&str>) = new.into_iter().partition(is_whole);
        let finder = finder(&sought);
        let found: Vec<Vec<(usize, Hit)>> = (0..files.len())
            .into_par_iter()
            .map(|file| files.with_bytes(file, |text| hits(text, &finder, file)))
            .collect();
        let mut by_word: Vec<Vec<Hit>> = vec![Vec::new(); sought.len()];
        for (word, hit) in found.into_iter().flatten() {
            by_word[word].push(hit);
        }
        self.hits.extend(never.into_iter().map(|word| (word.to_owned(), Vec::new())));
        self.hits.extend(sought.into_iter().map(str::to_owned).zip(by_word));
    }

    /// The files that hold a word, in order.
    pub fn hits(&self, word: &str) -> &[Hit] {
        self.hits.get(word).map_or(&[], Vec::as_slice)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// A search for words. The longest at a place is the one that may be whole: a shorter one would end inside of a word. A match
/// that is not whole hides none that is, since no word reaches over the end of another.
fn finder(words: &[&str]) -> AhoCorasick {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(words)
        .expect("the names that one fix asks for have less than two billion characters")
}

/// What one text says about the words that it holds, by their numbers.
fn hits(text: &[u8], finder: &AhoCorasick, file: usize) -> Vec<(usize, Hit)> {
    let mut found: BTreeMap<usize, Hit> = BTreeMap::new();
    for hit in finder.find_iter(text) {
        let (start, end) = (hit.start(), hit.end());
        let is_inside = |at: Option<&u8>| at.copied().is_some_and(is_word);
        if is_inside(text[..start].last()) || is_inside(text.get(end)) {
            continue;
        }
        let before = text[..start].trim_ascii_end();
        let defines = defined(text, start, end);
        let member = before.ends_with(b".") && !before.ends_with(b"..");
        let uses = member || (!defines && text.get(end) == Some(&b'('));
        let hit = found.entry(hit.pattern().as_usize()).or_insert(Hit { file, defines: false, uses: false });
        hit.defines |= defines;
        hit.uses |= uses;
    }
    found.into_iter().collect()
}

/// Whether a word looks as if it were defined where it stands.
fn defined(text: &[u8], start: usize, end: usize) -> bool {
    let before = text[..start].trim_ascii_end();
    let word = before.iter().rposition(|byte| !is_word(*byte)).map_or(before, |at| &before[at + 1..]);
    if DEFINING.contains(&word) {
        return true;
    }
    let starts_line = start == 0 || text[start - 1] == b'\n';
    let behind = text[end..].trim_ascii_start();
    starts_line && (behind.starts_with(b":") || behind.starts_with(b"=") && !behind.starts_with(b"=="))
}

#[cfg(test)]
mod tests {
    use super::{finder, hits};

    fn find(words: &[&str], text: &str) -> String {
        let found = hits(text.as_bytes(), &finder(words), 0);
        let shown = found.into_iter().map(|(word, hit)| format!("{} {} {}", words[word], hit.defines, hit.uses));
        shown.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn words_are_found_whole_with_what_is_done_to_them() {
        let find = |text: &str| find(&["LIMIT", "check"], text);
        assert_eq!(find("recheck checks _check"), "");
        assert_eq!(find("def check(): pass"), "check true false");
        assert_eq!(find("x = check()\nLIMIT = 3\n"), "LIMIT true false, check false true");
        assert_eq!(find("from a import check\nobject.LIMIT == 3"), "LIMIT false true, check false false");
    }

    #[test]
    fn words_that_hold_each_other_are_told_apart() {
        let words = ["ab", "abab", "b", "ü"];
        assert_eq!(find(&words, "xabab ab"), "ab false false");
        assert_eq!(find(&words, "ab abab b"), "ab false false, abab false false, b false false");
        assert_eq!(find(&words, "ababab aab"), "");
        assert_eq!(find(&words, "a-b"), "b false false");
        assert_eq!(find(&words, "über ü"), "ü false false");
    }
}
