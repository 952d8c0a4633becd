//! Which files hold a word. Owns one pass over the bytes of all files per set of new words, so that no pair of a name and a
//! file is looked at twice; reads text and not syntax.

use std::collections::{BTreeSet, HashMap, HashSet};

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
        let sought: HashSet<&[u8]> = new.iter().map(|word| word.as_bytes()).collect();
        let found: Vec<Vec<(String, Hit)>> = (0..files.len())
            .into_par_iter()
            .map(|file| files.with_bytes(file, |text| hits(text, &sought, file)))
            .collect();
        for word in new {
            self.hits.insert(word.to_owned(), Vec::new());
        }
        for (word, hit) in found.into_iter().flatten() {
            self.hits.entry(word).or_default().push(hit);
        }
    }

    /// The files that hold a word, in order.
    pub fn hits(&self, word: &str) -> &[Hit] {
        self.hits.get(word).map_or(&[], Vec::as_slice)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// What one text says about the words that it holds.
fn hits(text: &[u8], sought: &HashSet<&[u8]>, file: usize) -> Vec<(String, Hit)> {
    let mut found: HashMap<&[u8], Hit> = HashMap::new();
    let mut at = 0;
    while at < text.len() {
        if !is_word(text[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < text.len() && is_word(text[at]) {
            at += 1;
        }
        let word = &text[start..at];
        if !sought.contains(word) {
            continue;
        }
        let before = text[..start].trim_ascii_end();
        let defines = defined(text, start, at);
        let member = before.ends_with(b".") && !before.ends_with(b"..");
        let uses = member || (!defines && text.get(at) == Some(&b'('));
        let hit = found.entry(word).or_insert(Hit { file, defines: false, uses: false });
        hit.defines |= defines;
        hit.uses |= uses;
    }
    found.into_iter().map(|(word, hit)| (String::from_utf8_lossy(word).into_owned(), hit)).collect()
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
    use std::collections::HashSet;

    use super::hits;

    #[test]
    fn words_are_found_whole_with_what_is_done_to_them() {
        let sought: HashSet<&[u8]> = HashSet::from([b"check".as_slice(), b"LIMIT"]);
        let find = |text: &str| {
            let mut found: Vec<String> = hits(text.as_bytes(), &sought, 0)
                .into_iter()
                .map(|(word, hit)| format!("{word} {} {}", hit.defines, hit.uses))
                .collect();
            found.sort();
            found.join(", ")
        };
        assert_eq!(find("recheck checks _check"), "");
        assert_eq!(find("def check(): pass"), "check true false");
        assert_eq!(find("x = check()\nLIMIT = 3\n"), "LIMIT true false, check false true");
        assert_eq!(find("from a import check\nobject.LIMIT == 3"), "LIMIT false true, check false false");
    }
}
