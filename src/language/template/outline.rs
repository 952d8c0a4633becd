//! Where the tags of a template stand, how they nest, and which of their text is an expression. Owns the lexing of
//! `{% %}`, `{{ }}` and `{# #}` and the masked text: as long as the template, with nothing but its expressions in it, as
//! statements of Python. Does not read expressions.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::source::Span;

/// A part of a template around its expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Index into [`KINDS`].
    pub kind: u16,
    /// Its bytes.
    pub span: Span,
    /// How many parts are around it.
    pub depth: usize,
}

impl Part {
    /// Whether nothing in it can be replaced by itself.
    pub fn is_opaque(&self) -> bool {
        self.kind == OTHER
    }
}

/// The names of the kinds of parts.
pub const KINDS: &[&str] = &["template_choice", "template_tag", "template_body", "template_output", "template_other"];

const CHOICE: u16 = 0;
const TAG: u16 = 1;
const BODY: u16 = 2;
const OUTPUT: u16 = 3;
/// A tag of which no part is an expression by itself.
const OTHER: u16 = 4;

/// A text of which only parts are code.
#[derive(Debug)]
pub struct Masked<'t> {
    /// As long as the original, with white space where that is not code.
    pub text: Cow<'t, str>,
    /// What is around the code, outermost first, in source order.
    pub parts: Vec<Part>,
    /// Whether the parts fit together; where they do not, nothing is known of what runs when.
    pub is_whole: bool,
    /// Why nothing of the file may be edited, where that is so of every file of its kind.
    pub kept: Option<&'static str>,
    /// What is code and was left out because the grammar cannot read it, each with the end of what it belongs to. The text
    /// around the code is code as well then.
    pub hidden: Vec<(Span, usize)>,
}

/// One `{% … %}` or `{{ … }}`.
#[derive(Debug)]
struct Tag {
    span: Span,
    /// Its first word; empty for an expression that is put out.
    name: Span,
    /// What stands behind its name.
    rest: Span,
}

/// Tags whose text is not looked into.
const VERBATIM: [&str; 3] = ["comment", "raw", "verbatim"];

/// Tags that always have an end of their own.
const ALWAYS_ENDED: [&str; 3] = ["block", "for", "if"];

/// Tags that choose by a condition.
const CONDITIONAL: [&str; 2] = ["elif", "if"];

/// Finds the tags of a template.
pub fn mask(text: &str) -> Masked<'_> {
    let tags = tags(text);
    let mut bytes = vec![b' '; text.len()];
    for tag in &tags {
        write(text, tag, &mut bytes);
    }
    let masked = String::from_utf8(bytes).unwrap_or_else(|_| " ".repeat(text.len()));
    let (parts, is_whole) = nest(text, &tags);
    Masked { text: Cow::Owned(masked), parts, is_whole, kept: None, hidden: Vec::new() }
}

/// The comments of a template.
pub fn comments(text: &str) -> Vec<Span> {
    let mut comments = Vec::new();
    scan(text, &mut comments);
    comments
}

fn tags(text: &str) -> Vec<Tag> {
    scan(text, &mut Vec::new())
}

fn scan(text: &str, comments: &mut Vec<Span>) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'{', &text.as_bytes()[at..]) {
        let start = at + found;
        at = start + 1;
        let close = match text.as_bytes().get(at) {
            Some(b'#') => {
                at = text[at..].find("#}").map_or(text.len(), |end| at + end + 2);
                comments.push(start..at);
                continue;
            }
            Some(b'%') => "%}",
            Some(b'{') => "}}",
            _ => continue,
        };
        let Some(end) = closing(text, start + 2, close) else { continue };
        let inner = &text[start + 2..end];
        let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
        let inner = inner.strip_suffix(['-', '+']).unwrap_or(inner).trim_end();
        let behind = start + 2 + usize::from(text[start + 2..end].starts_with(['-', '+'])) + inner.len();
        let inner = inner.trim_start();
        let from = behind - inner.len();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let name = match close {
            "%}" => from..from + inner.find(|c| !is_word(c)).unwrap_or(inner.len()),
            _ => from..from,
        };
        let rest = &text[name.end..behind];
        let rest = behind - rest.trim_start().len()..behind;
        at = end + close.len();
        let word = &text[name.clone()];
        tags.push(Tag { span: start..at, name, rest });
        if VERBATIM.contains(&word) {
            at = ending(text, at, word).unwrap_or(at);
        }
    }
    tags
}

/// Where the closing of a tag stands, strings left aside; an apostrophe that is none of a string's does not hide it.
fn closing(text: &str, from: usize, close: &str) -> Option<usize> {
    let plain = from + text[from..].find(close)?;
    let mut quote = None;
    for (offset, byte) in text.as_bytes()[from..].iter().enumerate() {
        match quote {
            Some(open) if *byte == open => quote = None,
            None if matches!(byte, b'"' | b'\'') => quote = Some(*byte),
            None if text.as_bytes()[from + offset..].starts_with(close.as_bytes()) => return Some(from + offset),
            _ => {}
        }
        if *byte == b'\n' && quote.is_some() {
            return Some(plain);
        }
    }
    Some(plain)
}

/// Where `{% end<name>` stands.
fn ending(text: &str, from: usize, name: &str) -> Option<usize> {
    let mut at = from;
    while let Some(found) = text[at..].find("{%") {
        let start = at + found;
        let inner = text[start + 2..].trim_start_matches(['-', '+', ' ', '\t', '\n', '\r']);
        if inner.strip_prefix("end").is_some_and(|rest| rest.starts_with(name)) {
            return Some(start);
        }
        at = start + 2;
    }
    None
}

/// Writes what of a tag is an expression, as a statement of Python, where it stands: the condition of `{% if x %}`, the
/// assignment of `{% set x = y %}`, `{{ x }}`, any other tag with a text as a call with it, so that `{% flag "x" %}` is
/// `flag("x")`, and `{% load x y %}` as `import x,y`.
fn write(text: &str, tag: &Tag, bytes: &mut [u8]) {
    let name = &text[tag.name.clone()];
    let rest = &text[tag.rest.clone()];
    let code = match name {
        "" | "if" | "elif" | "set" => tag.rest.clone(),
        "load" => return write_load(text, tag, bytes),
        _ => {
            let Some(quote) = rest.bytes().next().filter(|byte| matches!(byte, b'"' | b'\'')) else { return };
            let Some(length) = rest[1..].bytes().position(|byte| byte == quote) else { return };
            let argument = tag.rest.start..tag.rest.start + length + 2;
            if argument.start == tag.name.end {
                return;
            }
            tag.name.start..argument.end
        }
    };
    let is_call = !matches!(name, "" | "if" | "elif" | "set");
    let mut code_text: Vec<u8> = text.as_bytes()[code.clone()].iter().map(|byte| line_end_to_space(*byte)).collect();
    if is_call {
        for byte in &mut code_text[tag.name.len()..tag.rest.start - tag.name.start] {
            *byte = b' ';
        }
        code_text[tag.name.len()] = b'(';
        code_text.push(b')');
    }
    let is_code = std::str::from_utf8(&code_text).is_ok_and(is_expression);
    if !is_code || code.start + code_text.len() >= tag.span.end {
        return;
    }
    bytes[code.start..code.start + code_text.len()].copy_from_slice(&code_text);
    bytes[tag.span.end - 1] = b';';
}

/// Writes the libraries that a tag loads as an import.
fn write_load(text: &str, tag: &Tag, bytes: &mut [u8]) {
    let rest = &text[tag.rest.clone()];
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b' '));
    let words: Vec<&str> = rest.split(' ').collect();
    let keyword = b"import ";
    if !is_plain || words.contains(&"") || words.contains(&"from") || tag.rest.start - tag.span.start < keyword.len() {
        return;
    }
    bytes[tag.rest.start - keyword.len()..tag.rest.start].copy_from_slice(keyword);
    let list: Vec<u8> = rest.bytes().map(|byte| if byte == b' ' { b',' } else { byte }).collect();
    bytes[tag.rest.clone()].copy_from_slice(&list);
    bytes[tag.span.end - 1] = b';';
}

fn line_end_to_space(byte: u8) -> u8 {
    if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }
}

/// Whether Python reads a text as one expression or assignment.
fn is_expression(text: &str) -> bool {
    let tree = super::LANGUAGE.parse(text);
    let root = tree.root_node();
    let mut cursor = root.walk();
    let mut statements = root.named_children(&mut cursor);
    let (Some(first), None) = (statements.next(), statements.next()) else { return false };
    !root.has_error() && first.kind() == "expression_statement" && first.named_child_count() == 1
}

/// The parts of a template, and whether its tags fit together.
fn nest(text: &str, tags: &[Tag]) -> (Vec<Part>, bool) {
    let named = |tag: &Tag| text[tag.name.clone()].to_owned();
    let ends: HashSet<String> =
        tags.iter().filter_map(|tag| text[tag.name.clone()].strip_prefix("end").map(str::to_owned)).collect();
    let mut parts: Vec<Part> = Vec::new();
    // What is open: its name, its part when it chooses, and whether its last body is.
    let mut open: Vec<(String, Option<usize>, Option<usize>)> = Vec::new();
    let mut depth = 0;
    for tag in tags {
        let name = named(tag);
        let word = name.as_str();
        if word.is_empty() {
            parts.push(Part { kind: OUTPUT, span: tag.span.clone(), depth });
            continue;
        }
        if let Some(ended) = word.strip_prefix("end") {
            let Some((opened, choice, body)) = open.pop() else { return (Vec::new(), false) };
            if !ended.is_empty() && ended != opened {
                return (Vec::new(), false);
            }
            if let Some((choice, body)) = choice.zip(body) {
                parts[body].span.end = tag.span.start;
                parts[choice].span.end = tag.span.end;
                depth -= 2;
                parts.push(Part { kind: TAG, span: tag.span.clone(), depth: depth + 1 });
            }
            continue;
        }
        if matches!(word, "else" | "elif") {
            let Some((_, Some(_), body)) = open.last_mut() else {
                // The `else` of a loop.
                if open.is_empty() {
                    return (Vec::new(), false);
                }
                parts.push(Part { kind: TAG, span: tag.span.clone(), depth });
                continue;
            };
            if let Some(body) = *body {
                parts[body].span.end = tag.span.start;
            }
            parts.push(Part { kind: TAG, span: tag.span.clone(), depth: depth - 1 });
            *body = Some(parts.len());
            parts.push(Part { kind: BODY, span: tag.span.end..tag.span.end, depth: depth - 1 });
            continue;
        }
        let opens = ALWAYS_ENDED.contains(&word)
            || ends.contains(word) && !(word == "set" && text[tag.rest.clone()].contains('='));
        // Whether `{% name "text" %}` shows what it holds by a condition is not known here; if no check is one, it stays.
        let chooses = opens && (word == "if" || text[tag.rest.clone()].starts_with(['"', '\'']));
        if chooses {
            let choice = parts.len();
            parts.push(Part { kind: CHOICE, span: tag.span.clone(), depth });
            parts.push(Part { kind: TAG, span: tag.span.clone(), depth: depth + 1 });
            parts.push(Part { kind: BODY, span: tag.span.end..tag.span.end, depth: depth + 1 });
            open.push((name, Some(choice), Some(choice + 2)));
            depth += 2;
        } else {
            let kind = if matches!(word, "if" | "set") { TAG } else { OTHER };
            parts.push(Part { kind, span: tag.span.clone(), depth });
            if opens {
                open.push((name, None, None));
            }
        }
    }
    if open.is_empty() { (parts, true) } else { (Vec::new(), false) }
}

/// The condition keyword of a tag, as it is written.
pub(super) fn is_conditional(word: &str) -> bool {
    CONDITIONAL.contains(&word)
}
