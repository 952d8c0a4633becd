//! Reads TOML into the tree, from the spanned tables of the `toml` crate, which also refuses duplicate keys.

use std::rc::Rc;

use toml::de::{DeTable, DeValue};

use super::super::error::Problem;
use super::{Entry, Kind, MAX_DEPTH, Node, duplicate, number, too_deep};
use crate::source::Span;

pub(super) fn parse(text: &str, mark: usize) -> Result<Rc<Node>, Problem> {
    let body = &text[mark..];
    if let Some(at) = too_deep_at(body) {
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

/// Recursion is bounded by `MAX_DEPTH`.
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

/// Where brackets and dotted keys together go deeper than `MAX_DEPTH`. The parser bounds each of them, but not both:
/// seventy inline tables of seventy dots each overflow its stack. Counts outside strings and comments.
fn too_deep_at(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // Dots since the last comma, here and before each open bracket, and all of those together.
    let (mut dots, mut open, mut outer) = (0_usize, Vec::new(), 0_usize);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => {
                at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
                continue;
            }
            quote @ (b'"' | b'\'') => {
                at = end_of_string(bytes, at, quote);
                continue;
            }
            b'.' => dots += 1,
            b',' => dots = 0,
            b'\n' if open.is_empty() => dots = 0,
            b'[' | b'{' => {
                open.push(dots);
                outer += dots + 1;
                dots = 0;
            }
            b']' | b'}' => {
                dots = open.pop().unwrap_or(0);
                outer = outer.saturating_sub(dots + 1);
            }
            _ => {}
        }
        if outer + dots > MAX_DEPTH {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The end of the string that starts here. A string that is not closed ends with its line: the parser reports it.
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
