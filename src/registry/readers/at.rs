//! A place in a vendor's document: a node and the JSON pointer that leads to it. Owns looking at the tree; gives nothing a
//! meaning.

use super::super::tree::{Entry, Kind, Node};
use crate::value::Value;

/// Values of type json with more parts than this are not held.
const MAX_PARTS: usize = 10_000;

/// A node and how it is reached from the root.
#[derive(Clone, Debug)]
pub(in super::super) struct At<'a> {
    /// The node.
    pub(super) node: &'a Node,
    /// RFC 6901.
    pub(super) pointer: String,
}

impl<'a> At<'a> {
    /// The document itself.
    pub(in super::super) fn root(node: &'a Node) -> Self {
        Self { node, pointer: String::new() }
    }

    /// A document that stands at `pointer` in the file.
    pub(in super::super) fn part(node: &'a Node, pointer: &str) -> Self {
        Self { node, pointer: pointer.to_owned() }
    }

    fn below(&self, key: &str, node: &'a Node) -> Self {
        let key = if key.contains(['~', '/']) { &key.replace('~', "~0").replace('/', "~1") } else { key };
        Self { node, pointer: format!("{}/{key}", self.pointer) }
    }

    /// The entries of a mapping; none of anything else.
    pub(super) fn map(&self) -> &'a [Entry] {
        match &self.node.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The node below a key that says something: `null` says nothing.
    pub(in super::super) fn field(&self, key: &str) -> Option<&'a Node> {
        let entry = self.map().iter().find(|entry| entry.key == key)?;
        (!matches!(entry.value.kind, Kind::Null)).then_some(&*entry.value)
    }

    /// Whether a key is there, be it with `null`.
    pub(in super::super) fn has(&self, key: &str) -> bool {
        self.map().iter().any(|entry| entry.key == key)
    }

    /// The place below a key that says something.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.field(key).map(|node| self.below(key, node))
    }

    /// The place below a key, else the place itself: for messages about what may be missing.
    pub(super) fn near(&self, key: &str) -> Self {
        self.get(key).unwrap_or_else(|| self.clone())
    }

    /// The text below a key.
    pub(in super::super) fn text(&self, key: &str) -> Option<&'a str> {
        match &self.field(key)?.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value below a key.
    pub(super) fn truth(&self, key: &str) -> Option<bool> {
        match self.field(key)?.kind {
            Kind::Bool(on) => Some(on),
            _ => None,
        }
    }

    /// The number below a key.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        number(self.field(key)?)
    }

    /// The whole number below a key.
    pub(in super::super) fn whole(&self, key: &str) -> Option<i64> {
        match self.field(key)?.kind {
            Kind::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The elements of this list; none of anything else.
    pub(super) fn items(&self) -> Vec<Self> {
        match &self.node.kind {
            Kind::List(items) => {
                items.iter().enumerate().map(|(index, item)| self.below(&index.to_string(), item)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The elements of the list below a key.
    pub(in super::super) fn list(&self, key: &str) -> Vec<Self> {
        self.get(key).map(|list| list.items()).unwrap_or_default()
    }

    /// The entries of this mapping with their places.
    pub(super) fn entries(&self) -> Vec<(&'a Entry, Self)> {
        self.map().iter().map(|entry| (entry, self.below(&entry.key, &entry.value))).collect()
    }

    /// The node as text.
    pub(super) fn word(&self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The words of a list, or of a text that separates them by commas.
    pub(super) fn words(&self) -> Vec<String> {
        let items = self.items();
        let texts = items.iter().chain([self]).filter_map(Self::word);
        texts
            .flat_map(|text| text.split(','))
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect()
    }

    /// Texts of the list below a key.
    pub(in super::super) fn texts(&self, key: &str) -> Vec<String> {
        let texts = self.list(key).into_iter().filter_map(|item| match &item.node.kind {
            Kind::Text(text) => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    }

    /// Whether nothing, an empty list or an empty mapping stands below a key.
    pub(super) fn is_empty(&self, key: &str) -> bool {
        self.field(key).is_none_or(|node| match &node.kind {
            Kind::List(items) => items.is_empty(),
            Kind::Map(entries) => entries.is_empty(),
            _ => false,
        })
    }

    /// Whether a list, or nothing at all, stands below a key.
    pub(super) fn is_list_or_absent(&self, key: &str) -> bool {
        self.field(key).is_none_or(|node| matches!(node.kind, Kind::List(_)))
    }

    /// Whether a list stands below a key.
    pub(super) fn is_list(&self, key: &str) -> bool {
        self.field(key).is_some_and(|node| matches!(node.kind, Kind::List(_)))
    }

    /// Whether it is a mapping.
    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.kind, Kind::Map(_))
    }

    /// The first key that is not among the known ones, as the reason why nothing can be concluded.
    pub(super) fn stray(&self, known: &[&str]) -> Option<String> {
        if !self.is_map() {
            return Some(self.because("this is not a mapping"));
        }
        let stray = self.map().iter().find(|entry| !known.contains(&entry.key.as_str()))?;
        Some(self.below(&stray.key, &stray.value).because("a field that is not known"))
    }

    /// "rule 2 is for everyone, `/flags/x/rules/1`".
    pub(super) fn because(&self, what: &str) -> String {
        let pointer = if self.pointer.is_empty() { "/" } else { &self.pointer };
        format!("{what}, `{pointer}`")
    }

    /// The node as a value. `None` for what cannot be held exactly.
    pub(super) fn value(&self) -> Option<Value> {
        Some(match &self.node.kind {
            Kind::Null => Value::Null,
            Kind::Bool(on) => Value::Bool(*on),
            Kind::Int(number) => Value::Int(*number),
            Kind::Float(number) => Value::Float(*number),
            Kind::Huge | Kind::Code(_) => return None,
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(_) | Kind::Map(_) => {
                Value::Json(super::super::native::json(self.node, &mut MAX_PARTS.clone())?.to_string())
            }
        })
    }
}

/// A node as a number.
pub(super) fn number(node: &Node) -> Option<f64> {
    match node.kind {
        Kind::Int(number) => Some(number as f64),
        Kind::Float(number) => Some(number),
        _ => None,
    }
}
