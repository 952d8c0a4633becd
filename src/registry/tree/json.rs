//! Reads JSON into the tree. serde_json decides what is JSON and decodes strings and numbers; this file only keeps the
//! positions and the duplicate keys, neither of which serde_json shows. Comments are white space, as some vendors have them.

use std::rc::Rc;

use serde::de::IgnoredAny;

use super::super::error::Problem;
use super::{Entries, Entry, Kind, MAX_DEPTH, Node, Open, number, too_deep};
use crate::source::{LineIndex, Span};

pub(super) fn parse(text: &str, mark: usize) -> Result<Rc<Node>, Problem> {
    match strict(text, mark) {
        Err(problem) => match without_comments(text) {
            Some(masked) => strict(&masked, mark),
            None => Err(problem),
        },
        read => read,
    }
}

/// The same text with spaces for comments, byte for byte. `None` when there is none.
fn without_comments(text: &str) -> Option<String> {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(['"', '/']) {
        masked.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = match rest.as_bytes() {
            [b'"', ..] => {
                let end = string_length(rest).min(rest.len());
                masked.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |at| at + 2),
            _ => return None,
        };
        found = true;
        masked
            .extend(rest[..end].bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }));
        rest = &rest[end..];
    }
    masked.push_str(rest);
    found.then_some(masked)
}

fn strict(text: &str, mark: usize) -> Result<Rc<Node>, Problem> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(&text[mark..]) {
        let index = LineIndex::new(text);
        let line = index.start(error.line().saturating_sub(1)).unwrap_or(text.len());
        let first = if error.line() <= 1 { mark } else { 0 };
        let mut at = (line + first + error.column().saturating_sub(1)).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        return Err(Problem::new(format!("not valid JSON: {message}"), at..at, "the parser stopped here"));
    }
    let mut reader = Reader { text, at: mark, stack: Vec::new() };
    loop {
        if let Some(root) = reader.step()? {
            return Ok(root);
        }
    }
}

/// Walks a text that is known to be JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    stack: Vec<Open>,
}

impl Reader<'_> {
    /// Reads one token; the root once it is complete.
    fn step(&mut self) -> Result<Option<Rc<Node>>, Problem> {
        let rest = &self.text[self.at..];
        let rest = rest.trim_start_matches([' ', '\t', '\r', '\n', ',', ':']);
        self.at = self.text.len() - rest.len();
        let start = self.at;
        match rest.as_bytes().first() {
            Some(b'{') => self.open(Open::Map { span: start..start + 1, entries: Entries::default(), key: None }),
            Some(b'[') => self.open(Open::List { span: start..start + 1, items: Vec::new() }),
            Some(b'}' | b']') => {
                self.at += 1;
                match self.stack.pop() {
                    Some(Open::Map { span, entries, .. }) => self.put(span.start..start + 1, Kind::Map(entries.list)),
                    Some(Open::List { span, items }) => self.put(span.start..start + 1, Kind::List(items)),
                    None => Ok(None),
                }
            }
            Some(b'"') => {
                let length = string_length(rest);
                self.at += length;
                let span = start..self.at;
                let inner = &rest[1..length - 1];
                // Most strings are what they look like.
                let text = if inner.contains('\\') {
                    serde_json::from_str::<String>(&rest[..length]).map_err(|error| {
                        Problem::new(format!("not valid JSON: {error}"), span.clone(), "this string cannot be decoded")
                    })?
                } else {
                    inner.to_owned()
                };
                match self.stack.last_mut() {
                    Some(Open::Map { key: key @ None, .. }) => {
                        *key = Some((text, span));
                        Ok(None)
                    }
                    _ => self.put(span, Kind::Text(text)),
                }
            }
            _ => {
                let length = rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
                self.at += length;
                let word = &rest[..length];
                let kind = match word {
                    "true" => Kind::Bool(true),
                    "false" => Kind::Bool(false),
                    "null" => Kind::Null,
                    _ => number(word).unwrap_or_else(|| Kind::Text(word.to_owned())),
                };
                self.put(start..self.at, kind)
            }
        }
    }

    fn open(&mut self, open: Open) -> Result<Option<Rc<Node>>, Problem> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(self.at..self.at + 1));
        }
        self.at += 1;
        self.stack.push(open);
        Ok(None)
    }

    fn put(&mut self, span: Span, kind: Kind) -> Result<Option<Rc<Node>>, Problem> {
        let node = Rc::new(Node { span, kind });
        match self.stack.last_mut() {
            None => return Ok(Some(node)),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => {
                let (key, key_span) = key.take().unwrap_or_default();
                entries.add(Entry { key, key_span, value: node })?;
            }
        }
        Ok(None)
    }
}

/// The length of the string literal at the start of the text, its quotes included.
fn string_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}
