//! Reads JSON into the tree. serde_json decides what is JSON and decodes strings and numbers; this file only keeps the
//! positions and the duplicate keys, neither of which serde_json shows. Comments are white space, as some vendors have them.

use std::sync::Arc;

use serde::de::IgnoredAny;

use super::super::error::Problem;
use super::build::Builder;
use super::{RawKind, RawNode, Root, Words};
use crate::source::LineIndex;

pub(super) fn parse(text: Arc<str>, mark: usize) -> Result<Root, Problem> {
    match strict(&text, mark, &text) {
        Err(problem) => match without_comments(&text) {
            // Strings are no comments, and stand in both texts at the same places.
            Some(masked) => strict(&masked, mark, &text),
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
                let end = string_length(rest.as_bytes());
                masked.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'/', b'*', inner @ ..] => memchr::memmem::find(inner, b"*/").map_or(rest.len(), |at| at + 4),
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

fn strict(text: &str, mark: usize, shown: &Arc<str>) -> Result<Root, Problem> {
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
    let mut reader = Reader { text, at: mark, tree: Builder::new(Arc::clone(shown)) };
    loop {
        if let Some(root) = reader.step()? {
            return Ok(reader.tree.finish(root));
        }
    }
}

/// Walks a text that is known to be JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    tree: Builder,
}

impl Reader<'_> {
    /// Reads one token; the root once it is complete.
    fn step(&mut self) -> Result<Option<RawNode>, Problem> {
        let bytes = self.text.as_bytes();
        let gap = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':');
        self.at += bytes[self.at..].iter().take_while(gap).count();
        let start = self.at;
        self.at += 1;
        match bytes.get(start) {
            Some(b'{') => self.tree.open_map(start..start + 1).map(|()| None),
            Some(b'[') => self.tree.open_list(start..start + 1).map(|()| None),
            Some(b'}' | b']') => self.tree.end(start + 1),
            Some(b'"') => {
                let length = string_length(&bytes[start..]);
                self.at = start + length;
                let span = start..self.at;
                let inner = start + 1..self.at - 1;
                // Most strings are what they look like.
                let words = if memchr::memchr(b'\\', &bytes[inner.clone()]).is_some() {
                    let text = serde_json::from_str::<String>(&self.text[span.clone()]).map_err(|error| {
                        Problem::new(format!("not valid JSON: {error}"), span.clone(), "this string cannot be decoded")
                    })?;
                    self.tree.words(&text, &(0..0))
                } else {
                    Words::new(inner.start, inner.len(), false)
                };
                if self.tree.wants_key() {
                    self.tree.key(words, &span);
                    return Ok(None);
                }
                self.tree.value(RawKind::Text(words), &span)
            }
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
                let rest = &bytes[start.min(bytes.len())..];
                let span = start..start + rest.iter().position(ends).unwrap_or(rest.len());
                self.at = span.end;
                let kind = match &self.text[span.clone()] {
                    "true" => RawKind::Bool(true),
                    "false" => RawKind::Bool(false),
                    "null" => RawKind::Null,
                    word => match RawKind::number(word) {
                        Some(number) => number,
                        None => RawKind::Text(self.tree.words(word, &span)),
                    },
                };
                self.tree.value(kind, &span)
            }
        }
    }
}

/// The length of the string literal at the start of the text, its quotes included.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'\\', b'"', rest)) {
        at += next + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    bytes.len()
}
