//! A registry document as a tree with spans, whatever its notation, so that the meaning is written once.
//! Owns the tree and the choice of notation; each notation is read beside this file, meaning is given in `native`.
//!
//! A registry may have fifty thousand flags and millions of values, so the tree is lists of small records that point into
//! the text, not a box per value. [`Node`] and [`Kind`] show them as a tree.

mod annotations;
pub(super) mod build;
mod json;
mod packed;
mod toml;
mod yaml;

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::error::Problem;
use crate::source::Span;
use packed::Packed;
pub(super) use packed::RawNode;

/// Deeper nesting is refused. A registry needs six levels; values of type json may need some more.
pub(super) const MAX_DEPTH: usize = 64;

/// Larger documents are refused, in nodes: 10^5 flags in long form have about two million.
const MAX_NODES: usize = 5_000_000;

/// More entries than this do not come by merge keys, the one way in which a document may grow beyond its length.
const MAX_MERGED: usize = 500_000;

/// Longer texts are refused, in bytes: places are 32-bit numbers. Files are refused long before.
const MAX_TEXT: usize = 1 << 30;

/// A place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    start: u32,
    end: u32,
}

impl Place {
    /// A place within `MAX_TEXT`.
    fn new(span: &Span) -> Self {
        Self { start: span.start as u32, end: span.end as u32 }
    }

    fn span(self) -> Span {
        self.start as usize..self.end as usize
    }
}

/// Where the words of a text are: in the document, or among those that the document writes otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    start: u32,
    /// The length, and whether they are extra in the highest bit.
    length: u32,
}

impl Words {
    const EXTRA: u32 = 1 << 31;

    fn new(start: usize, length: usize, extra: bool) -> Self {
        Self { start: start as u32, length: length as u32 | if extra { Self::EXTRA } else { 0 } }
    }
}

/// What a node is, before it is packed. Collections are ranges of the lists of the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RawKind {
    Null,
    Bool(bool),
    Int([u32; 2]),
    Float([u32; 2]),
    Huge,
    Text(Words),
    List(u32, u32),
    Map(u32, u32),
    Code(Words),
}

impl RawKind {
    /// A whole number.
    pub(super) fn int(number: i64) -> Self {
        let bits = number as u64;
        Self::Int([bits as u32, (bits >> 32) as u32])
    }

    /// A finite number.
    pub(super) fn float(number: f64) -> Self {
        let bits = number.to_bits();
        Self::Float([bits as u32, (bits >> 32) as u32])
    }

    /// A number in plain decimal notation. `None` when the text is no number.
    fn number(text: &str) -> Option<Self> {
        if let Ok(whole) = text.parse::<i64>() {
            return Some(Self::int(whole));
        }
        let digits = text.trim_start_matches(['-', '+']);
        if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return None;
        }
        let float = text.parse::<f64>().ok()?;
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        Some(if whole || !float.is_finite() { Self::Huge } else { Self::float(float) })
    }
}

fn bits(halves: [u32; 2]) -> u64 {
    u64::from(halves[0]) | u64::from(halves[1]) << 32
}

/// All values of a document.
#[derive(Debug)]
pub(super) struct Tree {
    text: Arc<str>,
    /// What the document writes otherwise.
    extra: String,
    packed: Packed,
    /// Keys of entries, and their values.
    keys: Vec<RawNode>,
    values: Vec<RawNode>,
    items: Vec<RawNode>,
}

impl Tree {
    fn words(&self, words: Words) -> &str {
        let length = (words.length & !Words::EXTRA) as usize;
        let text = if words.length & Words::EXTRA == 0 { &*self.text } else { &self.extra };
        &text[words.start as usize..][..length]
    }

    fn key(&self, key: RawNode) -> &str {
        self.words(self.packed.key(key))
    }

    fn node<'t>(&'t self, raw: &RawNode) -> Node<'t> {
        Node { tree: self, raw: *raw }
    }
}

/// A document, or a part of one, that keeps the tree alive.
#[derive(Clone, Debug)]
pub(super) struct Root {
    tree: Rc<Tree>,
    node: RawNode,
}

impl Root {
    /// The value.
    pub(super) fn node(&self) -> Node<'_> {
        self.tree.node(&self.node)
    }

    /// A part of the same document.
    pub(super) fn part(&self, node: Node<'_>) -> Self {
        Self { tree: Rc::clone(&self.tree), node: node.raw }
    }

    /// Whether they are the same part of the same document.
    pub(super) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.tree, &other.tree) && self.node == other.node
    }
}

/// A value in a document and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    tree: &'t Tree,
    raw: RawNode,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?} at {:?}", self.kind(), self.span())
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'t> {
    /// No value.
    Null,
    /// A truth value; never the YAML 1.1 words `on`, `off`, `yes`, `no`, which stay text.
    Bool(bool),
    /// A whole number in 64 bits.
    Int(i64),
    /// A finite number with a fraction or an exponent.
    Float(f64),
    /// A number that fits neither.
    Huge,
    /// Text, or a date.
    Text(&'t str),
    /// A sequence.
    List(List<'t>),
    /// A mapping, in the order of the file, each key once.
    Map(Map<'t>),
    /// An expression of a program that is no literal: its beginning.
    Code(&'t str),
}

impl<'t> Node<'t> {
    /// Its bytes in the file; for block collections at least their beginning.
    pub(super) fn span(self) -> Span {
        self.tree.packed.span(self.raw)
    }

    /// What it is.
    pub(super) fn kind(self) -> Kind<'t> {
        let tree = self.tree;
        match tree.packed.kind(&tree.text, self.raw) {
            RawKind::Null => Kind::Null,
            RawKind::Bool(on) => Kind::Bool(on),
            RawKind::Int(halves) => Kind::Int(bits(halves) as i64),
            RawKind::Float(halves) => Kind::Float(f64::from_bits(bits(halves))),
            RawKind::Huge => Kind::Huge,
            RawKind::Text(words) => Kind::Text(tree.words(words)),
            RawKind::Code(words) => Kind::Code(tree.words(words)),
            RawKind::List(start, count) => {
                Kind::List(List { tree, raw: &tree.items[start as usize..][..count as usize] })
            }
            RawKind::Map(start, count) => {
                let range = start as usize..start as usize + count as usize;
                Kind::Map(Map { tree, keys: &tree.keys[range.clone()], values: &tree.values[range] })
            }
        }
    }

    /// What messages call the node's type.
    pub(super) fn type_name(self) -> &'static str {
        self.kind().type_name()
    }
}

impl Kind<'_> {
    /// What messages call it.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a truth value",
            Self::Int(_) | Self::Float(_) | Self::Huge => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Code(_) => "an expression",
        }
    }
}

/// The elements of a sequence.
#[derive(Clone, Copy)]
pub(super) struct List<'t> {
    tree: &'t Tree,
    raw: &'t [RawNode],
}

impl<'t> List<'t> {
    /// How many there are.
    pub(super) fn len(self) -> usize {
        self.raw.len()
    }

    /// Whether there is none.
    pub(super) fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// The element at a position.
    pub(super) fn get(self, at: usize) -> Option<Node<'t>> {
        self.raw.get(at).map(|raw| self.tree.node(raw))
    }

    /// All of them.
    pub(super) fn iter(self) -> impl ExactSizeIterator<Item = Node<'t>> {
        self.raw.iter().map(move |raw| self.tree.node(raw))
    }
}

impl std::fmt::Debug for List<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

/// A key of a mapping and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t> {
    /// The key's text.
    pub(super) key: &'t str,
    /// Where the key stands.
    pub(super) key_span: Span,
    /// Its value.
    pub(super) value: Node<'t>,
}

/// The entries of a mapping.
#[derive(Clone, Copy)]
pub(super) struct Map<'t> {
    tree: &'t Tree,
    keys: &'t [RawNode],
    values: &'t [RawNode],
}

impl<'t> Map<'t> {
    /// How many there are.
    pub(super) fn len(self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub(super) fn is_empty(self) -> bool {
        self.keys.is_empty()
    }

    fn entry(self, (key, value): (&RawNode, &RawNode)) -> Entry<'t> {
        Entry { key: self.tree.key(*key), key_span: self.tree.packed.span(*key), value: self.tree.node(value) }
    }

    /// All of them.
    pub(super) fn iter(self) -> impl ExactSizeIterator<Item = Entry<'t>> {
        self.keys.iter().zip(self.values).map(move |entry| self.entry(entry))
    }

    /// The entry of a key.
    pub(super) fn find(self, key: &str) -> Option<Entry<'t>> {
        let mut found = self.keys.iter().zip(self.values);
        found.find(|(own, _)| self.tree.key(**own) == key).map(|entry| self.entry(entry))
    }
}

impl std::fmt::Debug for Map<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_map().entries(self.iter().map(|entry| (entry.key, entry.value))).finish()
    }
}

/// The notations that a registry may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    Json,
    Toml,
    Yaml,
    /// Comments of source code.
    Annotations,
}

impl Notation {
    /// By extension, else by content: source code has annotations in comments, JSON starts with a brace, TOML has a line that is a `[header]` or `key = value`.
    pub(super) fn of(path: &Path, text: &str) -> Self {
        match path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Self::Json,
            Some("toml") => Self::Toml,
            Some("yaml" | "yml") => Self::Yaml,
            _ if annotations::are_in(text) => Self::Annotations,
            _ => Self::of_content(text),
        }
    }

    fn of_content(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim_start().starts_with('{') {
            return Self::Json;
        }
        let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let Some(first) = first else { return Self::Yaml };
        let equals = first.find('=');
        let colon = first.find(": ");
        if first.starts_with('[') || equals.is_some_and(|equals| colon.is_none_or(|colon| equals < colon)) {
            Self::Toml
        } else {
            Self::Yaml
        }
    }
}

/// Reads a document. Spans count from the start of `text`, a byte order mark included.
pub(super) fn parse(text: impl Into<Arc<str>>, notation: Notation) -> Result<Root, Problem> {
    let text = text.into();
    if text.len() > MAX_TEXT {
        return Err(too_large(0..0, "bytes", MAX_TEXT));
    }
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    match notation {
        Notation::Json => json::parse(text, mark),
        Notation::Toml => toml::parse(text, mark),
        Notation::Yaml => yaml::parse(text, mark),
        Notation::Annotations => annotations::parse(text),
    }
}

fn duplicate(key: &str, at: Span, first: Option<Span>) -> Problem {
    let problem = Problem::new(format!("duplicate key `{key}`"), at, "given a second time")
        .help("only one of the two can be meant: remove or rename the other");
    match first {
        Some(first) => problem.label(first, "first given here"),
        None => problem,
    }
}

fn too_deep(at: Span) -> Problem {
    Problem::new(format!("nested deeper than {MAX_DEPTH} levels"), at, "the limit is reached here")
}

fn too_large(at: Span, what: &str, limit: usize) -> Problem {
    Problem::new(format!("more than {limit} {what} in one file"), at, "the limit is reached here")
        .help("split the registry into several files")
}
