//! Reads TOML into the tree, from the spanned tables of the `toml` crate, which also refuses duplicate keys.

use std::rc::Rc;

use toml::de::{DeTable, DeValue};

use super::super::error::Problem;
use super::{Entry, Kind, MAX_DEPTH, Node, duplicate, number, too_deep};
use crate::source::Span;

pub(super) fn parse(text: &str, mark: usize) -> Result<Rc<Node>, Problem> {
    let body = &text[mark..];
    if let Some(at) = dotted_too_deep(body) {
        return Err(too_deep(mark + at..mark + at + 1));
    }
    let table = DeTable::parse(body).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let span = mark + span.start..mark + span.end;
        if error.message() == "duplicate key" {
            return duplicate(text.get(span.clone()).unwrap_or_default().trim(), span, None);
        }
        Problem::new(format!("not valid TOML: {}", error.message()), span, "the parser stopped here")
    })?;
    let span = table.span();
    node(&DeValue::Table(table.into_inner()), mark + span.start..mark + span.end, mark, 0)
}

/// Recursion is bounded by `MAX_DEPTH`; the parser itself refuses arrays nested deeper than 80.
fn node(value: &DeValue<'_>, span: Span, mark: usize, depth: usize) -> Result<Rc<Node>, Problem> {
    if depth > MAX_DEPTH {
        return Err(too_deep(span));
    }
    let place = |span: Span| mark + span.start..mark + span.end;
    let kind = match value {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(whole) => match i64::from_str_radix(whole.as_str(), whole.radix()) {
            Ok(whole) => Kind::Int(whole),
            Err(_) => Kind::Huge,
        },
        DeValue::Float(float) => number(float.as_str()).unwrap_or(Kind::Huge),
        DeValue::Boolean(on) => Kind::Bool(*on),
        DeValue::Datetime(date) => Kind::Text(date.to_string()),
        DeValue::Array(items) => Kind::List(
            items
                .iter()
                .map(|item| node(item.get_ref(), place(item.span()), mark, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => {
            let mut entries = table
                .iter()
                .map(|(key, value)| {
                    let value = node(value.get_ref(), place(value.span()), mark, depth + 1)?;
                    Ok(Entry { key: key.get_ref().to_string(), key_span: place(key.span()), value })
                })
                .collect::<Result<Vec<_>, Problem>>()?;
            entries.sort_by_key(|entry| entry.key_span.start);
            Kind::Map(entries)
        }
    };
    Ok(Rc::new(Node { span, kind }))
}

/// Where a dotted key goes deeper than `MAX_DEPTH`. The parser bounds brackets but not dots, and the tables that dots
/// make are freed recursively, so that a line of a million dots would end the process. Counts dots between the
/// characters that end a key, outside strings and comments.
fn dotted_too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut dots) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'#' => at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at),
            quote @ (b'"' | b'\'') => {
                at = end_of_string(bytes, at, quote);
                continue;
            }
            b'.' => {
                dots += 1;
                if dots > MAX_DEPTH {
                    return Some(at);
                }
            }
            b'\n' | b'=' | b'[' | b']' | b'{' | b'}' | b',' => dots = 0,
            _ => {}
        }
        at += 1;
    }
    None
}

fn end_of_string(bytes: &[u8], start: usize, quote: u8) -> usize {
    let triple = [quote; 3];
    let long = bytes[start..].starts_with(&triple);
    let mut at = start + if long { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !long => return at,
            byte if byte == quote && !long => return at + 1,
            byte if byte == quote && bytes[at..].starts_with(&triple) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
