//! Names in what a file says without naming them by its syntax: its whole text, and its strings. Owns tables of both, made when
//! they are needed: a fix may ask about thousands of names.

use std::collections::HashMap;
use std::sync::OnceLock;

use compact_str::CompactString;

use super::tree::{NodeId, Tree};
use crate::scan::WordIndex;

/// The texts of a file.
#[derive(Debug, Default)]
pub struct Texts {
    words: WordIndex,
    strings: OnceLock<HashMap<CompactString, Vec<NodeId>>>,
}

impl Texts {
    /// Where a name stands in the file's text with nothing beside it that belongs to a word.
    pub fn places<'a>(
        &'a self,
        text: &'a str,
        name: &'a str,
        is_word: impl Fn(char) -> bool + Copy + 'a,
    ) -> impl Iterator<Item = usize> + 'a {
        self.words.places(text, name, 0..text.len()).filter(move |start| {
            !text[..*start].ends_with(is_word) && !text[*start + name.len()..].starts_with(is_word)
        })
    }

    /// The strings that mention a name: exports, forward references, targets of patches. Prose is no reference, nor is what
    /// documents; a flag's key is no name.
    pub fn strings(&self, tree: &Tree<'_>, name: &str) -> &[NodeId] {
        let strings = self.strings.get_or_init(|| {
            let mut strings: HashMap<CompactString, Vec<NodeId>> = HashMap::new();
            for node in tree.all().filter(|node| tree.kind(*node) == "string_content") {
                let text = tree.text_of(node);
                let documents = tree.ancestors(node).nth(1).is_some_and(|at| tree.kind(at) == "expression_statement");
                if documents || text.split_whitespace().nth(1).is_some() {
                    continue;
                }
                for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')) {
                    let known = strings.entry(word.into()).or_default();
                    if known.last() != Some(&node) {
                        known.push(node);
                    }
                }
            }
            strings
        });
        strings.get(name).map_or(&[], Vec::as_slice)
    }
}
