//! Reads YAML 1.2 into the tree, from the events of the parser that serde-saphyr is built on: they carry the bytes of
//! every key and value, which its serde interface loses for mappings with free keys.
//!
//! Words are strict: only `true` and `false` are truth values, `on` and `off` stay text. Aliases share their node, so a
//! document cannot grow beyond its events; merge keys copy entries and are counted.

use std::collections::HashMap;
use std::rc::Rc;

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle};

use super::super::error::Problem;
use super::{Entries, Entry, Kind, MAX_DEPTH, MAX_MERGED, MAX_NODES, Node, Open, number, too_deep, too_large};
use crate::source::Span;

const MERGE: &str = "<<";

pub(super) fn parse(text: &str, mark: usize) -> Result<Rc<Node>, Problem> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    let mut builder = Builder {
        stack: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        nodes: 0,
        merged: 0,
        end: text.len(),
        documents: 0,
    };
    for event in Parser::new_from_str_with_options(&text[mark..], options) {
        let (event, span) = event.map_err(|error| {
            let start = (mark + error.marker().byte_offset().unwrap_or(0)).min(text.len());
            Problem::new(format!("not valid YAML: {}", error.info()), start..start, "the parser stopped here")
        })?;
        let span = span.byte_range().unwrap_or(0..0);
        builder.event(event, mark + span.start..mark + span.end)?;
    }
    Ok(builder.root.unwrap_or_else(|| Rc::new(Node { span: text.len()..text.len(), kind: Kind::Null })))
}

/// A collection that is not finished.
struct Level {
    open: Open,
    anchor: usize,
    /// Levels below it so far; an alias brings those of its node, which may be deeper than the text is nested.
    height: usize,
}

struct Builder {
    stack: Vec<Level>,
    /// Finished nodes that have an anchor, and how many levels are below each.
    anchors: HashMap<usize, (Rc<Node>, usize)>,
    root: Option<Rc<Node>>,
    nodes: usize,
    merged: usize,
    documents: usize,
    end: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Problem::new("more than one YAML document", span, "the second one starts here")
                        .help("put each document into a file of its own"));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                self.scalar(&text, plain, anchor, span)?;
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err(Problem::new("an alias to a value that is not finished", span, "refers to itself"));
                };
                let (node, height) = (Rc::clone(&node.0), node.1);
                if self.wants_key() {
                    return Err(Problem::new("an alias stands where a key is expected", span, "write the key out"));
                }
                self.put(node, height, span)?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(Open::List { span: span.clone(), items: Vec::new() }, anchor, span)?;
            }
            Event::MappingStart(_, anchor, _) => {
                let open = Open::Map { span: span.clone(), entries: Entries::default(), key: None };
                self.open(open, anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Level { open, anchor, height }) = self.stack.pop() else { return Ok(()) };
                let node = Rc::new(match open {
                    Open::List { span: start, items } => {
                        Node { span: start.start..span.end.max(start.end), kind: Kind::List(items) }
                    }
                    Open::Map { span: start, entries, .. } => {
                        Node { span: start.start..span.end.max(start.end), kind: Kind::Map(entries.list) }
                    }
                });
                let span = node.span.clone();
                self.finish(node, anchor, height, span)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, open: Open, anchor: usize, span: Span) -> Result<(), Problem> {
        if self.wants_key() {
            return Err(Problem::new("a list or mapping stands where a key is expected", span, "keys are words"));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.stack.push(Level { open, anchor, height: 0 });
        Ok(())
    }

    fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some(Level { open: Open::Map { key: None, .. }, .. }))
    }

    fn scalar(&mut self, text: &str, plain: bool, anchor: usize, span: Span) -> Result<(), Problem> {
        if let Some(Level { open: Open::Map { key: key @ None, .. }, .. }) = self.stack.last_mut() {
            *key = Some((text.to_owned(), span));
            return Ok(());
        }
        let kind = if plain { resolve(text) } else { Kind::Text(text.to_owned()) };
        let node = Rc::new(Node { span: span.clone(), kind });
        self.finish(node, anchor, 0, span)
    }

    fn finish(&mut self, node: Rc<Node>, anchor: usize, height: usize, span: Span) -> Result<(), Problem> {
        if anchor != 0 {
            self.anchors.insert(anchor, (Rc::clone(&node), height));
        }
        self.put(node, height, span)
    }

    /// Puts a finished value where it belongs: `span` is where it is used, which for an alias is not where it stands.
    fn put(&mut self, node: Rc<Node>, height: usize, span: Span) -> Result<(), Problem> {
        self.nodes += 1;
        if self.stack.len() + height > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let Some(level) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        level.height = level.height.max(height + 1);
        match &mut level.open {
            Open::List { items, .. } => items.push(node),
            Open::Map { entries, key, .. } => {
                let (key, key_span) = key.take().unwrap_or_else(|| (String::new(), self.end..self.end));
                if key == MERGE {
                    self.merged += merge(entries, &node, &span)?;
                    if self.merged > MAX_MERGED {
                        return Err(too_large(span, "entries by merge keys", MAX_MERGED));
                    }
                } else {
                    entries.add(Entry { key, key_span, value: node })?;
                }
            }
        }
        if self.nodes > MAX_NODES { Err(too_large(span, "values", MAX_NODES)) } else { Ok(()) }
    }
}

/// `<<: *defaults`: the entries of the mapping (or of each of a list of mappings) that are not there yet.
fn merge(entries: &mut Entries, node: &Node, span: &Span) -> Result<usize, Problem> {
    let one = |entries: &mut Entries, node: &Node| {
        let Kind::Map(inherited) = &node.kind else {
            let message = format!("`<<` merges mappings, but here it gets {}", node.type_name());
            return Err(Problem::new(message, span.clone(), "not a mapping"));
        };
        inherited.iter().for_each(|entry| entries.inherit(entry));
        Ok(inherited.len())
    };
    match &node.kind {
        Kind::List(items) => items.iter().try_fold(0, |count, item| Ok(count + one(entries, item)?)),
        _ => one(entries, node),
    }
}

/// The YAML 1.2 core schema for words without quotes.
fn resolve(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        _ => {}
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && let Ok(number) = i64::from_str_radix(digits, radix)
        {
            return Kind::Int(number);
        }
    }
    number(text).unwrap_or_else(|| Kind::Text(text.to_owned()))
}
