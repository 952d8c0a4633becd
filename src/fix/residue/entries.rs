//! Where the entry begins and ends by which code declares a flag: in a list, an object, a type, a class or a module. Owns how
//! it is taken out; whether it may go is decided in `definitions`.

use super::lists::{List, alternative};
use crate::fix::tree::{NodeId, Tree};
use crate::source::Span;
use crate::source::edit::Edit;

/// An entry that declares a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What goes.
    pub item: NodeId,
    /// What holds it.
    pub list: NodeId,
    /// How it goes.
    pub cut: Cut,
}

/// How an entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// With its comma, or as a line of a body.
    Listed,
    /// With its bar.
    Alternative,
    /// As a statement.
    Statement,
}

/// The entry of that span, in which the key stands.
pub fn locate(tree: &Tree<'_>, entry: &Span, key: &Span) -> Option<Entry> {
    let key = tree.at_span(key)?;
    // An arm is told without the comma behind it.
    let fits = |node: &NodeId| {
        let span = tree.span(*node);
        entry.start <= span.start && (span.end <= entry.end || tree.text[entry.end..span.end].trim() == ",")
    };
    let mut item = std::iter::once(key).chain(tree.ancestors(key)).take_while(fits).last()?;
    while tree.kind(item) == "attribute_item" {
        item = tree.next_named_sibling(item)?;
    }
    let list = tree.parent(item)?;
    let cut = match (tree.kind(list), tree.kind(item)) {
        ("union_type" | "or_pattern" | "union_pattern", _) => Cut::Alternative,
        ("block" | "module" | "program" | "source_file" | "statement_block", _) => Cut::Statement,
        ("declaration_list", kind) if kind.ends_with("_item") => Cut::Statement,
        (
            "array"
            | "array_expression"
            | "argument_list"
            | "class_body"
            | "dictionary"
            | "enum_body"
            | "enum_variant_list"
            | "expression_list"
            | "field_declaration_list"
            | "field_initializer_list"
            | "interface_body"
            | "list"
            | "match_block"
            | "object"
            | "object_type"
            | "set"
            | "subscript"
            | "token_tree"
            | "tuple"
            | "tuple_expression"
            | "type_parameter",
            _,
        ) => Cut::Listed,
        _ => return None,
    };
    Some(Entry { item, list, cut })
}

/// The edits that take out entries, statements left aside. `word` is what a comment of theirs speaks of.
pub fn cut(tree: &Tree<'_>, entries: &[Entry], word: &str) -> Vec<Edit> {
    let mut entries = entries.to_vec();
    entries.sort_by_key(|entry| (entry.cut, entry.list, entry.item));
    entries.dedup();
    let mut edits = Vec::new();
    for group in entries.chunk_by(|left, right| (left.cut, left.list) == (right.cut, right.list)) {
        let items: Vec<NodeId> = group.iter().map(|entry| entry.item).collect();
        match group[0].cut {
            Cut::Listed => edits.extend(List { tree, list: group[0].list, word }.without(&items)),
            Cut::Alternative => edits.extend(
                items
                    .iter()
                    .filter_map(|item| alternative(tree, *item))
                    .map(|span| Edit { span, replacement: String::new() }),
            ),
            Cut::Statement => {}
        }
    }
    edits
}
