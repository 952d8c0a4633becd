//! Reads TOML into the tree, from the spanned tables of the `toml` crate, which also refuses duplicate keys.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::super::error::Problem;
use super::build::Builder;
use super::{MAX_DEPTH, RawKind, RawNode, Root, duplicate, too_deep};
use crate::source::Span;

pub(super) fn parse(text: Arc<str>, mark: usize) -> Result<Root, Problem> {
    let body = &text[mark..];
    if let Some(at) = too_deep_at(body) {
        return Err(too_deep(mark + at..mark + at));
    }
    let table = DeTable::parse(body).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let span = mark + span.start..mark + span.end;
        if error.message() == "duplicate key" {
            return duplicate(text.get(span.clone()).unwrap_or_default().trim(), span, None);
        }
        Problem::new(format!("not valid TOML: {}", error.message()), span, "the parser stopped here")
    })?;
    let mut tree = Builder::new(Arc::clone(&text));
    let root = node(&mut tree, &DeValue::Table(table.into_inner()), mark..mark, mark)?;
    Ok(tree.finish(root.unwrap_or_else(|| RawNode::null(&(0..0)))))
}

/// Recursion is bounded by `MAX_DEPTH`, which the builder holds.
fn node(tree: &mut Builder, value: &DeValue<'_>, span: Span, mark: usize) -> Result<Option<RawNode>, Problem> {
    let place = |span: Span| mark + span.start..mark + span.end;
    let kind = match value {
        DeValue::String(text) => RawKind::Text(tree.words(text, &span)),
        DeValue::Integer(whole) => match i64::from_str_radix(whole.as_str(), whole.radix()) {
            Ok(whole) => RawKind::int(whole),
            Err(_) => RawKind::Huge,
        },
        DeValue::Float(float) => RawKind::number(float.as_str()).unwrap_or(RawKind::Huge),
        DeValue::Boolean(on) => RawKind::Bool(*on),
        DeValue::Datetime(date) => RawKind::Text(tree.words(&date.to_string(), &span)),
        DeValue::Array(items) => {
            tree.open_list(span.clone())?;
            for item in items.iter() {
                node(tree, item.get_ref(), place(item.span()), mark)?;
            }
            return tree.end(span.end);
        }
        DeValue::Table(table) => {
            tree.open_map(span.clone())?;
            let mut entries: Vec<_> = table.iter().collect();
            entries.sort_by_key(|(key, _)| key.span().start);
            for (key, value) in entries {
                let at = place(key.span());
                let words = tree.words(key.get_ref(), &at);
                tree.key(words, &at);
                node(tree, value.get_ref(), place(value.span()), mark)?;
            }
            return tree.end(span.end);
        }
    };
    tree.value(kind, &span)
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
