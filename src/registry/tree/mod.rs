//! A registry document as a tree with spans, whatever its notation, so that the meaning is written once.
//! Owns the tree and the choice of notation; each notation is read beside this file, meaning is given in `native`.

mod annotations;
mod json;
mod toml;
mod yaml;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use super::error::Problem;
use crate::source::Span;

/// Deeper nesting is refused. A registry needs six levels; values of type json may need some more.
pub(super) const MAX_DEPTH: usize = 64;

/// Larger documents are refused, in nodes: 10^5 flags in long form have about two million.
const MAX_NODES: usize = 5_000_000;

/// More entries than this do not come by merge keys, the one way in which a document may grow beyond its length.
const MAX_MERGED: usize = 500_000;

/// A value in a document and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    /// Its bytes in the file; for block collections at least their beginning.
    pub(super) span: Span,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
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
    Text(String),
    /// A sequence. Shared, since YAML aliases may name a node many times.
    List(Vec<Rc<Node>>),
    /// A mapping, in the order of the file, each key once.
    Map(Vec<Entry>),
    /// An expression of a program that is no literal: its beginning.
    Code(String),
}

impl Node {
    /// What messages call the node's type.
    pub(super) fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a truth value",
            Kind::Int(_) | Kind::Float(_) | Kind::Huge => "a number",
            Kind::Text(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Code(_) => "an expression",
        }
    }
}

/// A key of a mapping and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key's text.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) key_span: Span,
    /// Its value.
    pub(super) value: Rc<Node>,
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
pub(super) fn parse(text: &str, notation: Notation) -> Result<Rc<Node>, Problem> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    match notation {
        Notation::Json => json::parse(text, mark),
        Notation::Toml => toml::parse(text, mark),
        Notation::Yaml => yaml::parse(text, mark),
        Notation::Annotations => Ok(annotations::parse(text)),
    }
}

/// A mapping or sequence that is being filled, on the explicit stack of a notation's reader.
#[derive(Debug)]
enum Open {
    List { span: Span, items: Vec<Rc<Node>> },
    Map { span: Span, entries: Entries, key: Option<(String, Span)> },
}

/// Mappings of up to so many entries are searched, longer ones have an index: most mappings of a registry are short.
const SHORT: usize = 12;

/// The entries of a mapping, each key once.
#[derive(Debug, Default)]
pub(super) struct Entries {
    list: Vec<Entry>,
    /// Places in the list of those that came by a merge key.
    inherited: HashSet<usize>,
    /// Where each key is in the list, once it is no longer short.
    places: HashMap<String, usize>,
}

impl Entries {
    /// Adds an entry; a key that is already there is an error that shows both places.
    pub(super) fn add(&mut self, entry: Entry) -> Result<(), Problem> {
        match self.place(&entry.key) {
            Some(place) if self.inherited.remove(&place) => self.list[place] = entry,
            Some(place) => {
                let first = self.list[place].key_span.clone();
                return Err(duplicate(&entry.key, entry.key_span, Some(first)));
            }
            None => self.push(entry),
        }
        Ok(())
    }

    /// All of them.
    pub(super) fn into_list(mut self) -> Vec<Entry> {
        self.list.shrink_to_fit();
        self.list
    }

    /// Adds an entry unless its key is there; a later entry of its own replaces it.
    fn inherit(&mut self, entry: &Entry) {
        if self.place(&entry.key).is_none() {
            self.inherited.insert(self.list.len());
            self.push(entry.clone());
        }
    }

    fn place(&self, key: &str) -> Option<usize> {
        if self.list.len() <= SHORT {
            self.list.iter().position(|entry| entry.key == key)
        } else {
            self.places.get(key).copied()
        }
    }

    fn push(&mut self, entry: Entry) {
        if self.list.len() == SHORT {
            self.places = self.list.iter().enumerate().map(|(place, entry)| (entry.key.clone(), place)).collect();
        }
        if self.list.len() >= SHORT {
            self.places.insert(entry.key.clone(), self.list.len());
        }
        self.list.push(entry);
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

/// A number in plain decimal notation. `None` when the text is no number.
fn number(text: &str) -> Option<Kind> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Kind::Int(whole));
    }
    let digits = text.trim_start_matches(['-', '+']);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !digits.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let float = text.parse::<f64>().ok()?;
    let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    Some(if whole || !float.is_finite() { Kind::Huge } else { Kind::Float(float) })
}
