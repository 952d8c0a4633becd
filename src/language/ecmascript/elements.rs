//! Elements of JSX as calls of their components: attributes are named arguments. Owns where they stand.

use tree_sitter::Node;

use super::scan::named;
use crate::scan::{ArgumentNode, text_of};

/// Whether a node is a tag that may hold attributes.
pub(super) fn is_tag(node: Node<'_>) -> bool {
    matches!(node.kind(), "jsx_opening_element" | "jsx_self_closing_element")
}

/// The element that a tag is, or begins.
pub(super) fn whole(tag: Node<'_>) -> Node<'_> {
    tag.parent().filter(|parent| parent.kind() == "jsx_element").unwrap_or(tag)
}

/// The attributes of a tag. One without a value is there for its name; a list of one thing stands for that thing.
pub(super) fn attributes<'tree>(tag: Node<'tree>, text: &'tree str) -> Vec<ArgumentNode<'tree>> {
    let mut result = Vec::new();
    for node in named(tag) {
        match node.kind() {
            "jsx_attribute" => {
                let parts = named(node);
                let Some(name) = parts.first() else { continue };
                let value = parts.get(1).copied().map_or(*name, only);
                result.push(ArgumentNode { node, value, keyword: Some(text_of(*name, text)), spread: false });
            }
            "jsx_expression" => result.push(ArgumentNode { node, value: node, keyword: None, spread: true }),
            _ => {}
        }
    }
    result
}

/// What the braces hold, and what a list of one thing holds.
fn only(value: Node<'_>) -> Node<'_> {
    let inside = match value.kind() {
        "jsx_expression" => named(value).first().copied().unwrap_or(value),
        _ => value,
    };
    match (inside.kind(), named(inside).as_slice()) {
        ("array", [one]) => *one,
        _ => inside,
    }
}
