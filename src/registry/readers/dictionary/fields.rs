//! Values of fields as tables, data files and programs hold them: truth values without a type for them, shares, lists in
//! texts, moments without a zone. Owns what they say; what follows is decided in the parent module.

use jiff::civil::{Date, DateTime};

use super::super::super::tree::{Kind, Node};
use super::super::at::{At, number};
use super::super::reading::day;

pub(super) fn text(at: &At<'_>) -> Option<String> {
    match at.node.kind() {
        Kind::Text(text) => Some(text.to_owned()),
        _ => None,
    }
}

pub(super) fn texts(at: &At<'_>) -> Vec<String> {
    match at.node.kind() {
        Kind::Text(text) if !text.is_empty() => vec![text.to_owned()],
        _ => at.items().iter().filter_map(text).collect(),
    }
}

/// A word: text, or the last name of an expression (`RolloutStrategy.PERCENTAGE`).
pub(super) fn word(at: &At<'_>) -> Option<String> {
    match at.node.kind() {
        Kind::Text(text) => Some(text.to_owned()),
        Kind::Code(code) if code.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')) => {
            Some(code.to_owned())
        }
        _ => None,
    }
}

/// Truth values as tables hold them: SQLite has no type for them, and drivers print `t` and `f`.
pub(super) fn truth(at: &At<'_>) -> Option<bool> {
    match at.node.kind() {
        Kind::Bool(on) => Some(on),
        Kind::Int(1) => Some(true),
        Kind::Int(0) => Some(false),
        Kind::Text(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Some(true),
            "false" | "f" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn share(at: &At<'_>) -> Option<f64> {
    let number = match at.node.kind() {
        Kind::Text(text) => text.trim().trim_end_matches('%').trim_end().parse().ok(),
        _ => number(at.node),
    };
    number.filter(|share: &f64| (0.0..=100_000.0).contains(share))
}

/// How many a list of users names: a list, JSON in a text, or words between commas.
pub(super) fn list(at: &At<'_>) -> Option<usize> {
    match at.node.kind() {
        Kind::List(items) => Some(items.len()),
        Kind::Text(text) => match text.trim() {
            "" | "null" => Some(0),
            json if json.starts_with('[') => {
                serde_json::from_str::<Vec<serde_json::Value>>(json).ok().map(|items| items.len())
            }
            words => Some(words.split(',').filter(|word| !word.trim().is_empty()).count()),
        },
        _ => None,
    }
}

/// The day of a moment, which is in UTC where it does not say.
pub(super) fn moment(node: Node<'_>) -> Option<Date> {
    day(Some(node)).or_else(|| match node.kind() {
        Kind::Text(text) => text.parse::<DateTime>().ok().map(|at| at.date()),
        _ => None,
    })
}
