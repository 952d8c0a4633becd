//! What the grammar of Rust leaves as tokens: arguments of macros that are plain expressions, and conditions of compilation.
//! Owns which of them are parsed again for folding; what scanning finds in macros is its own affair.

use crate::fix::tree::{NodeId, Tree};

/// Macros whose arguments are expressions, evaluated as if they stood alone.
const PLAIN: &[&str] = &[
    "anyhow",
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "cfg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "ensure",
    "eprint",
    "eprintln",
    "error",
    "format",
    "format_args",
    "info",
    "matches",
    "panic",
    "print",
    "println",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

/// Attributes that hold a condition of compilation.
const CONDITIONS: &[&str] = &["cfg", "cfg_attr"];

/// The arguments of a macro, or a condition of compilation, parsed as a tuple or list at their place.
pub(super) fn part(text: &str, node: tree_sitter::Node<'_>) -> Option<tree_sitter::Tree> {
    if node.kind() != "token_tree" || text[node.byte_range()].starts_with('{') {
        return None;
    }
    let parent = node.parent()?;
    let name = match parent.kind() {
        "macro_invocation" => parent.child_by_field_name("macro")?,
        "attribute" => parent.named_child(0)?,
        _ => return None,
    };
    let name = text[name.byte_range()].rsplit("::").next().unwrap_or_default();
    let known = if parent.kind() == "attribute" { CONDITIONS } else { PLAIN };
    if !known.contains(&name) {
        return None;
    }
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&node.language()).ok()?;
    parser.set_included_ranges(&[node.range()]).ok()?;
    parser.parse(text, None)
}

/// `feature = "x"` around a key, where it decides what is compiled.
pub(super) fn condition(tree: &Tree<'_>, key: NodeId) -> Option<NodeId> {
    let node = tree.parent(key).filter(|parent| tree.kind(*parent) == "assignment_expression")?;
    let is_feature = tree.field(node, "left").is_some_and(|left| tree.text_of(left) == "feature");
    let attribute = tree.ancestors(node).find(|outer| tree.kind(*outer) == "attribute_item");
    let folds = attribute.is_none_or(|attribute| owner(tree, attribute).is_some());
    (is_feature && folds && in_condition(tree, node)).then_some(node)
}

/// Whether an expression is a part of a condition of compilation.
pub(super) fn in_condition(tree: &Tree<'_>, node: NodeId) -> bool {
    let mut inner = node;
    for outer in tree.ancestors(node) {
        match tree.kind(outer) {
            "arguments" | "call_expression" | "parenthesized_expression" => inner = outer,
            "token_tree" => {
                let Some(around) = tree.parent(outer) else { return false };
                let name = tree.named_children(around).next().map_or("", |name| tree.text_of(name));
                return match (tree.kind(around), name) {
                    ("attribute" | "macro_invocation", "cfg") => true,
                    // What follows the condition are attributes.
                    ("attribute", "cfg_attr") => tree.named_children(outer).next() == Some(inner),
                    _ => false,
                };
            }
            _ => return false,
        }
    }
    false
}

/// The condition of an attribute, and the node that lists it.
pub(super) fn of_attribute<'t>(tree: &Tree<'t>, attribute: NodeId) -> Option<(&'t str, NodeId, NodeId)> {
    let inner = tree.child_of_kind(attribute, "attribute")?;
    let name = tree.text_of(tree.named_children(inner).next()?);
    let list = tree.child_of_kind(inner, "token_tree").filter(|_| CONDITIONS.contains(&name))?;
    Some((name, tree.named_children(list).next()?, list))
}

/// What an attribute is about: what stands behind it and the other attributes.
pub(super) fn owner(tree: &Tree<'_>, attribute: NodeId) -> Option<NodeId> {
    let parent = tree.parent(attribute)?;
    match tree.kind(parent) {
        // These hold their attributes as children.
        "match_arm" | "field_initializer" | "shorthand_field_initializer" => return Some(parent),
        "source_file"
        | "declaration_list"
        | "block"
        | "field_declaration_list"
        | "enum_variant_list"
        | "parameters" => {}
        _ => return None,
    }
    let mut next = tree.next_named_sibling(attribute)?;
    while tree.kind(next) == "attribute_item" {
        next = tree.next_named_sibling(next)?;
    }
    Some(next)
}
