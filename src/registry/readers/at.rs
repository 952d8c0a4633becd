//! A place in a vendor's document: a node and the JSON pointer that leads to it. Owns looking at the tree; gives nothing a
//! meaning.

use std::rc::Rc;

use super::super::tree::{Entry, Kind, Map, Node};
use crate::value::Value;

/// Values of type json with more parts than this are not held.
const MAX_PARTS: usize = 10_000;

/// A node and how it is reached from the root.
#[derive(Clone, Debug)]
pub(in super::super) struct At<'a> {
    /// The node.
    pub(super) node: Node<'a>,
    trail: Trail<'a>,
}

/// The way to a node, last step first: most are looked at and never named, so that the pointer is made when asked for.
type Trail<'a> = Option<Rc<Step<'a>>>;

#[derive(Debug)]
struct Step<'a> {
    before: Trail<'a>,
    last: Last<'a>,
}

/// The last step.
#[derive(Debug)]
enum Last<'a> {
    /// A pointer of its own, to where the document begins.
    Pointer(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// The document itself.
    pub(in super::super) fn root(node: Node<'a>) -> Self {
        Self { node, trail: None }
    }

    /// A document that stands at `pointer` in the file.
    pub(in super::super) fn part(node: Node<'a>, pointer: &'a str) -> Self {
        Self { node, trail: Some(Rc::new(Step { before: None, last: Last::Pointer(pointer) })) }
    }

    fn below(&self, last: Last<'a>, node: Node<'a>) -> Self {
        Self { node, trail: Some(Rc::new(Step { before: self.trail.clone(), last })) }
    }

    /// RFC 6901.
    pub(super) fn pointer(&self) -> String {
        let mut steps = Vec::new();
        let mut at = &self.trail;
        while let Some(step) = at {
            steps.push(&step.last);
            at = &step.before;
        }
        let mut pointer = String::new();
        for step in steps.into_iter().rev() {
            match step {
                Last::Pointer(text) => pointer.push_str(text),
                Last::Key(key) if key.contains(['~', '/']) => {
                    pointer.push('/');
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                }
                Last::Key(key) => {
                    pointer.push('/');
                    pointer.push_str(key);
                }
                Last::Index(index) => {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                }
            }
        }
        pointer
    }

    /// The entries of a mapping; none of anything else.
    pub(super) fn map(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        self.mapping().into_iter().flat_map(Map::iter)
    }

    fn mapping(&self) -> Option<Map<'a>> {
        match self.node.kind() {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    fn entry(&self, key: &str) -> Option<Entry<'a>> {
        self.mapping()?.find(key)
    }

    /// The node below a key that says something: `null` says nothing.
    pub(in super::super) fn field(&self, key: &str) -> Option<Node<'a>> {
        let entry = self.entry(key)?;
        (!matches!(entry.value.kind(), Kind::Null)).then_some(entry.value)
    }

    /// Whether a key is there, be it with `null`.
    pub(in super::super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// The place below a key that says something.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let entry = self.entry(key).filter(|entry| !matches!(entry.value.kind(), Kind::Null))?;
        // What names the step has to live as long as the tree: the tree's own key does.
        Some(self.below(Last::Key(entry.key), entry.value))
    }

    /// The place below a key, else the place itself: for messages about what may be missing.
    pub(super) fn near(&self, key: &str) -> Self {
        self.get(key).unwrap_or_else(|| self.clone())
    }

    /// The text below a key.
    pub(in super::super) fn text(&self, key: &str) -> Option<&'a str> {
        match self.field(key)?.kind() {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value below a key.
    pub(super) fn truth(&self, key: &str) -> Option<bool> {
        match self.field(key)?.kind() {
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
        match self.field(key)?.kind() {
            Kind::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The elements of this list; none of anything else.
    pub(super) fn items(&self) -> Vec<Self> {
        match self.node.kind() {
            Kind::List(items) => {
                items.iter().enumerate().map(|(index, item)| self.below(Last::Index(index), item)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The elements of the list below a key.
    pub(in super::super) fn list(&self, key: &str) -> Vec<Self> {
        self.get(key).map(|list| list.items()).unwrap_or_default()
    }

    /// The entries of this mapping with their places.
    pub(super) fn entries(&self) -> Vec<(Entry<'a>, Self)> {
        let below = |entry: Entry<'a>| {
            let at = self.below(Last::Key(entry.key), entry.value);
            (entry, at)
        };
        self.map().map(below).collect()
    }

    /// The node as text.
    pub(super) fn word(&self) -> Option<&'a str> {
        match self.node.kind() {
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
        let texts = self.list(key).into_iter().filter_map(|item| match item.node.kind() {
            Kind::Text(text) => Some(text.to_owned()),
            _ => None,
        });
        texts.collect()
    }

    /// Whether nothing, an empty list or an empty mapping stands below a key.
    pub(super) fn is_empty(&self, key: &str) -> bool {
        self.field(key).is_none_or(|node| match node.kind() {
            Kind::List(items) => items.is_empty(),
            Kind::Map(entries) => entries.is_empty(),
            _ => false,
        })
    }

    /// Whether a list, or nothing at all, stands below a key.
    pub(super) fn is_list_or_absent(&self, key: &str) -> bool {
        self.field(key).is_none_or(|node| matches!(node.kind(), Kind::List(_)))
    }

    /// Whether a list stands below a key.
    pub(super) fn is_list(&self, key: &str) -> bool {
        self.field(key).is_some_and(|node| matches!(node.kind(), Kind::List(_)))
    }

    /// Whether it is a mapping.
    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.kind(), Kind::Map(_))
    }

    /// The first key that is not among the known ones, as the reason why nothing can be concluded.
    pub(super) fn stray(&self, known: &[&str]) -> Option<String> {
        if !self.is_map() {
            return Some(self.because("this is not a mapping"));
        }
        let stray = self.map().find(|entry| !known.contains(&entry.key))?;
        Some(self.below(Last::Key(stray.key), stray.value).because("a field that is not known"))
    }

    /// "rule 2 is for everyone, `/flags/x/rules/1`".
    pub(super) fn because(&self, what: &str) -> String {
        let pointer = self.pointer();
        let pointer = if pointer.is_empty() { "/" } else { &pointer };
        format!("{what}, `{pointer}`")
    }

    /// The node as a value. `None` for what cannot be held exactly.
    pub(super) fn value(&self) -> Option<Value> {
        Some(match self.node.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(on) => Value::Bool(on),
            Kind::Int(number) => Value::Int(number),
            Kind::Float(number) => Value::Float(number),
            Kind::Huge | Kind::Code(_) => return None,
            Kind::Text(text) => Value::String(text.to_owned()),
            Kind::List(_) | Kind::Map(_) => {
                Value::Json(super::super::native::json(self.node.kind(), &mut MAX_PARTS.clone())?.to_string())
            }
        })
    }
}

/// A node as a number.
pub(super) fn number(node: Node<'_>) -> Option<f64> {
    match node.kind() {
        Kind::Int(number) => Some(number as f64),
        Kind::Float(number) => Some(number),
        _ => None,
    }
}
