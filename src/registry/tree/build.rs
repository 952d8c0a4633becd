//! Fills a tree in the order of the text. Owns the stack of what is open, duplicate keys, and where a text is kept; each
//! notation says what comes next.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::error::Problem;
use super::{MAX_DEPTH, Packed, RawKind, RawNode, Root, Tree, Words, duplicate, too_deep};
use crate::source::Span;

/// Mappings of up to so many entries are searched, longer ones have an index: most mappings of a registry are short.
const SHORT: usize = 12;

/// How much text an entry takes at least, in registries of providers and of people.
const BYTES_PER_ENTRY: usize = 12;

/// An entry of a mapping.
#[derive(Clone, Copy, Debug)]
struct RawEntry {
    /// A text.
    key: RawNode,
    value: RawNode,
}

/// A tree that is being filled.
#[derive(Debug)]
pub(in super::super) struct Builder {
    tree: Tree,
    /// Entries and elements of what is open, those of the innermost last.
    entries: Vec<RawEntry>,
    items: Vec<RawNode>,
    stack: Vec<Level>,
}

/// A collection that is not finished.
#[derive(Debug)]
struct Level {
    start: usize,
    is_map: bool,
    /// How many entries and elements belong to what is around it.
    base: usize,
    key: Option<RawNode>,
    /// Where each key is, once it is no longer short.
    places: HashMap<String, usize>,
    /// Keys that came by a merge key: a later entry of their own replaces them.
    inherited: HashSet<usize>,
    /// Levels below it so far; what is shared brings those of its own.
    height: usize,
}

impl Builder {
    /// A tree of nothing, with room for about as much as such a text holds: what is not used is never touched.
    pub(in super::super) fn new(text: Arc<str>) -> Self {
        // Two lists: each is short enough for the room that the text took while it was read.
        let [keys, values] = [(); 2].map(|()| Vec::with_capacity(text.len() / BYTES_PER_ENTRY));
        let packed = Packed::new(text.len());
        let tree = Tree { text, extra: String::new(), packed, keys, values, items: Vec::new() };
        Self { tree, entries: Vec::new(), items: Vec::new(), stack: Vec::new() }
    }

    /// Whether a key comes next.
    pub(super) fn wants_key(&self) -> bool {
        self.stack.last().is_some_and(|level| level.is_map && level.key.is_none())
    }

    /// Keeps a text: mostly it stands in the document as it is, perhaps within quotes.
    pub(in super::super) fn words(&mut self, words: &str, at: &Span) -> Words {
        for span in [at.clone(), at.start + 1..at.end.saturating_sub(1)] {
            if self.tree.text.get(span.clone()) == Some(words) {
                return Words::new(span.start, words.len(), false);
            }
        }
        let start = self.tree.extra.len();
        self.tree.extra.push_str(words);
        Words::new(start, words.len(), true)
    }

    /// Begins a mapping.
    pub(in super::super) fn open_map(&mut self, at: Span) -> Result<(), Problem> {
        self.open(at, true)
    }

    /// Begins a list.
    pub(in super::super) fn open_list(&mut self, at: Span) -> Result<(), Problem> {
        self.open(at, false)
    }

    fn open(&mut self, at: Span, is_map: bool) -> Result<(), Problem> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        let base = if is_map { self.entries.len() } else { self.items.len() };
        self.stack.push(Level {
            start: at.start,
            is_map,
            base,
            key: None,
            places: HashMap::new(),
            inherited: HashSet::new(),
            height: 0,
        });
        Ok(())
    }

    /// The key of the next value.
    pub(in super::super) fn key(&mut self, words: Words, at: &Span) {
        let key = self.pack(RawKind::Text(words), at);
        if let Some(level) = self.stack.last_mut() {
            level.key = Some(key);
        }
    }

    /// The text of the key that waits for its value.
    pub(super) fn waiting_key(&self) -> Option<&str> {
        let key = self.stack.last()?.key?;
        Some(self.tree.key(key))
    }

    /// Takes the key that waits for its value back.
    pub(super) fn take_key(&mut self) {
        if let Some(level) = self.stack.last_mut() {
            level.key = None;
        }
    }

    /// A value as it is kept, which is put nowhere yet.
    pub(super) fn pack(&mut self, kind: RawKind, at: &Span) -> RawNode {
        self.tree.packed.put(&self.tree.text, kind, at)
    }

    /// A value without parts.
    pub(in super::super) fn value(&mut self, kind: RawKind, at: &Span) -> Result<Option<RawNode>, Problem> {
        let node = self.pack(kind, at);
        self.put(node, 0, at)
    }

    /// Ends the innermost collection. Yields it, and how many levels are below it.
    pub(in super::super) fn close(&mut self, end: usize) -> Option<(RawNode, usize)> {
        let level = self.stack.pop()?;
        let kind = if level.is_map {
            let start = self.tree.keys.len();
            let own = &self.entries[level.base..];
            self.tree.keys.extend(own.iter().map(|entry| entry.key));
            self.tree.values.extend(own.iter().map(|entry| entry.value));
            self.entries.truncate(level.base);
            RawKind::Map(start as u32, (self.tree.keys.len() - start) as u32)
        } else {
            let items = &mut self.tree.items;
            let start = items.len();
            items.extend(self.items.drain(level.base..));
            RawKind::List(start as u32, (items.len() - start) as u32)
        };
        Some((self.pack(kind, &(level.start..end.max(level.start))), level.height))
    }

    /// Ends the innermost collection and puts it where it belongs; the root once it is complete.
    pub(in super::super) fn end(&mut self, end: usize) -> Result<Option<RawNode>, Problem> {
        let Some((node, height)) = self.close(end) else { return Ok(None) };
        let at = self.span(node);
        self.put(node, height, &at)
    }

    /// Where a value stands.
    pub(super) fn span(&self, node: RawNode) -> Span {
        self.tree.packed.span(node)
    }

    /// Notes that something of that height is put here.
    pub(super) fn deepen(&mut self, height: usize, at: &Span) -> Result<(), Problem> {
        if self.stack.len() + height > MAX_DEPTH {
            return Err(too_deep(at.clone()));
        }
        if let Some(level) = self.stack.last_mut() {
            level.height = level.height.max(height + 1);
        }
        Ok(())
    }

    /// Puts a finished value where it belongs: `at` is where it is used, which for an alias is not where it stands. Yields
    /// the root.
    pub(super) fn put(&mut self, node: RawNode, height: usize, at: &Span) -> Result<Option<RawNode>, Problem> {
        self.deepen(height, at)?;
        let Some(level) = self.stack.last_mut() else { return Ok(Some(node)) };
        if !level.is_map {
            self.items.push(node);
            return Ok(None);
        }
        let key = level.key.take();
        let key =
            key.unwrap_or_else(|| self.pack(RawKind::Text(Words::new(at.start, 0, false)), &(at.start..at.start)));
        self.add(RawEntry { key, value: node }).map(|()| None)
    }

    /// Adds an entry; a key that is already there is an error that shows both places.
    fn add(&mut self, entry: RawEntry) -> Result<(), Problem> {
        let key = self.tree.key(entry.key);
        let found = self.place(key);
        let Some(level) = self.stack.last_mut() else { return Ok(()) };
        match found {
            Some(place) if level.inherited.remove(&place) => self.entries[place] = entry,
            Some(place) => {
                let first = self.span(self.entries[place].key);
                return Err(duplicate(key, self.span(entry.key), Some(first)));
            }
            None => self.push(entry),
        }
        Ok(())
    }

    /// Adds the entries of a mapping unless their keys are there; later entries of their own replace them. Yields how many
    /// it has, `None` for what is no mapping.
    pub(super) fn inherit(&mut self, node: RawNode) -> Option<usize> {
        let RawKind::Map(start, count) = self.kind(node) else { return None };
        for at in start..start + count {
            let entry = RawEntry { key: self.tree.keys[at as usize], value: self.tree.values[at as usize] };
            if self.place(self.tree.key(entry.key)).is_none() {
                let place = self.entries.len();
                self.push(entry);
                if let Some(level) = self.stack.last_mut() {
                    level.inherited.insert(place);
                }
            }
        }
        Some(count as usize)
    }

    fn kind(&self, node: RawNode) -> RawKind {
        self.tree.packed.kind(&self.tree.text, node)
    }

    /// The elements of a list.
    pub(super) fn items_of(&self, node: RawNode) -> Option<Vec<RawNode>> {
        let RawKind::List(start, count) = self.kind(node) else { return None };
        Some(self.tree.items[start as usize..][..count as usize].to_vec())
    }

    /// What messages call the node's type.
    pub(super) fn type_name(&self, node: RawNode) -> &'static str {
        self.tree.node(&node).type_name()
    }

    /// Whether the innermost mapping has the key.
    pub(in super::super) fn has(&self, key: &str) -> bool {
        self.place(key).is_some()
    }

    fn place(&self, key: &str) -> Option<usize> {
        let level = self.stack.last()?;
        let own = &self.entries[level.base..];
        if own.len() <= SHORT {
            own.iter().position(|entry| self.tree.key(entry.key) == key).map(|at| level.base + at)
        } else {
            level.places.get(key).copied()
        }
    }

    fn push(&mut self, entry: RawEntry) {
        self.entries.push(entry);
        let Some(level) = self.stack.last_mut() else { return };
        let count = self.entries[level.base..].len();
        // The index is made once it is needed, and kept up from there.
        let first = if count == SHORT + 1 { level.base } else { self.entries.len() - 1 };
        if count > SHORT {
            for place in first..self.entries.len() {
                level.places.insert(self.tree.key(self.entries[place].key).to_owned(), place);
            }
        }
    }

    /// Replaces what the entries of the innermost mapping say: something else may.
    pub(in super::super) fn replace_values(&mut self, why: &str) {
        let Some(level) = self.stack.last() else { return };
        let base = level.base;
        let words = self.words(why, &(0..0));
        for place in base..self.entries.len() {
            let at = self.span(self.entries[place].value);
            self.entries[place].value = self.pack(RawKind::Code(words), &at);
        }
    }

    /// The tree with that root.
    pub(in super::super) fn finish(self, root: RawNode) -> Root {
        Root { tree: self.tree.into(), node: root }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Notation, parse};
    use super::SHORT;

    #[test]
    fn a_second_key_is_seen_in_mappings_of_any_size() {
        for count in 1..=3 * SHORT {
            let keys: Vec<String> = (0..count).map(|key| format!("\"k{key}\": {{\"k{key}\": 0}}")).collect();
            let text = |more: &str| format!("{{{}{more}}}", keys.join(", "));
            assert!(parse(text(""), Notation::Json).is_ok(), "{count} keys");
            for key in 0..count {
                assert!(parse(text(&format!(", \"k{key}\": 1")), Notation::Json).is_err(), "k{key} of {count}");
            }
        }
    }
}
