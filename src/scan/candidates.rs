//! Calls that may ask for a flag although nothing is known of what is called: their key is a constant. Owns what makes an
//! argument a key; does not judge what is called.

use super::Capture;
use super::facts::ExprKind;
use super::queries::QUERIES;
use crate::language::Language;
use crate::source::Span;
use crate::value::Value;

/// A call with a constant that may be a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedCall {
    /// The last name of what is called.
    pub name: String,
    /// What it is called on, by its last name; empty when that has none.
    pub receiver: Option<String>,
    /// Which argument the key is.
    pub position: usize,
    /// How many arguments there are.
    pub arguments: usize,
    /// The key, or the name of the constant that holds it.
    pub key: String,
    /// Whether the key is written as a text.
    pub literal: bool,
    /// Where the key is written.
    pub key_span: Span,
    /// The whole call.
    pub span: Span,
}

/// Keys stand among the first arguments.
const POSITIONS: usize = 2;

/// The calls of a text whose key is a constant, in order.
pub fn keyed_calls(language: &'static Language, text: &str) -> Vec<KeyedCall> {
    let code = language.read(text);
    let text = code.text(text);
    let syntax = language.scan;
    let mut calls = Vec::new();
    let is_whole = QUERIES[language.name].run(code.tree.root_node(), text, |found| {
        let (Some(node), Some(function), Some(list)) =
            (found.get(Capture::Call), found.get(Capture::CallFunction), found.get(Capture::CallArguments))
        else {
            return;
        };
        let Some(name) = syntax.callee_name(function, text).filter(|_| !node.has_error()) else { return };
        let arguments = syntax.arguments(list, text);
        let constant = |value| match syntax.expression(value, text).kind {
            ExprKind::Literal(Value::String(key)) if is_key(&key) => Some((key, true)),
            ExprKind::Member(_, name) | ExprKind::Name(name) if is_constant(&name) => Some((name.into(), false)),
            _ => None,
        };
        let positional = arguments.iter().take_while(|argument| argument.keyword.is_none() && !argument.spread);
        let key = positional
            .take(POSITIONS)
            .enumerate()
            .find_map(|(at, argument)| Some((at, argument.value.byte_range(), constant(argument.value)?)));
        let Some((position, key_span, (key, literal))) = key else { return };
        let receiver = match syntax.expression(function, text).kind {
            ExprKind::Member(object, _) => Some(object.last_name().unwrap_or("").to_owned()),
            _ => None,
        };
        let (name, span) = (name.to_owned(), node.byte_range());
        calls.push(KeyedCall { name, receiver, position, arguments: arguments.len(), key, literal, key_span, span });
    });
    if !is_whole {
        calls.clear();
    }
    calls.sort_by_key(|call| (call.span.start, std::cmp::Reverse(call.span.end)));
    calls
}

/// Whether a text looks like the key of something: one word, whatever joins its parts.
fn is_key(text: &str) -> bool {
    (3..=80).contains(&text.len())
        && text.starts_with(|at: char| at.is_ascii_alphanumeric())
        && text.chars().all(|at| at.is_ascii_alphanumeric() || "_-.:".contains(at))
        && text.contains(|at: char| at.is_ascii_alphabetic())
}

/// Whether a name is spelled as constants are.
fn is_constant(name: &str) -> bool {
    let upper = name.chars().all(|at| at.is_ascii_uppercase() || at.is_ascii_digit() || at == '_');
    name.len() > 2 && name.starts_with(|at: char| at.is_ascii_uppercase()) && upper
}
