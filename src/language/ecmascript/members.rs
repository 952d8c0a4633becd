//! The members that are taken out of an object: by a pattern, or by reading them. Owns where they stand; does not know which
//! objects hold flags.

use tree_sitter::Node;

use super::scan::{named, outside};
use crate::scan::text_of;

/// The members that an object pattern takes, with the names they are bound to.
pub(super) fn members(pattern: Node<'_>) -> Vec<(Node<'_>, Node<'_>)> {
    named(pattern)
        .into_iter()
        .filter_map(|member| match member.kind() {
            "object_assignment_pattern" => member.child_by_field_name("left"),
            _ => Some(member),
        })
        .filter_map(|member| match member.kind() {
            "shorthand_property_identifier_pattern" => Some((member, member)),
            "pair_pattern" => {
                let value = member.child_by_field_name("value")?;
                let local = match value.kind() {
                    "assignment_pattern" => value.child_by_field_name("left")?,
                    _ => value,
                };
                let name = member.child_by_field_name("key").filter(|key| key.kind() != "computed_property_name")?;
                (local.kind() == "identifier").then_some((name, local))
            }
            _ => None,
        })
        .collect()
}

/// `const { a } = f()`, `f().a`, and `const x = f()` followed by `x.a` or `const { a } = x` in the same function.
pub(super) fn taken<'tree>(call: Node<'tree>, text: &str) -> Vec<(Node<'tree>, Node<'tree>)> {
    let outer = outside(call);
    let Some(parent) = outer.parent() else { return Vec::new() };
    if let Some(member) = read_member(parent, outer) {
        return vec![member];
    }
    let name = match parent.kind() {
        "variable_declarator" => parent.child_by_field_name("name"),
        _ => None,
    };
    let Some(name) = name else { return Vec::new() };
    if name.kind() == "object_pattern" {
        return members(name);
    }
    if name.kind() != "identifier" {
        return Vec::new();
    }
    let mut around = parent;
    while let Some(next) = around.parent()
        && !matches!(around.kind(), "statement_block" | "program")
    {
        around = next;
    }
    let mut result = Vec::new();
    crate::scan::walk(&mut around.walk(), |node| {
        if node.kind() == "identifier"
            && text_of(node, text) == text_of(name, text)
            && let Some(parent) = node.parent()
        {
            result.extend(read_member(parent, node));
            if parent.kind() == "variable_declarator"
                && parent.child_by_field_name("value") == Some(node)
                && let Some(pattern) = parent.child_by_field_name("name").filter(|at| at.kind() == "object_pattern")
            {
                result.extend(members(pattern));
            }
        }
        std::ops::ControlFlow::Continue(())
    });
    result
}

/// The member that an expression reads from an object.
fn read_member<'tree>(expression: Node<'tree>, object: Node<'tree>) -> Option<(Node<'tree>, Node<'tree>)> {
    if expression.child_by_field_name("object") != Some(object) {
        return None;
    }
    match expression.kind() {
        "member_expression" => Some((expression.child_by_field_name("property")?, expression)),
        "subscript_expression" => {
            let index = expression.child_by_field_name("index").filter(|index| index.kind() == "string")?;
            Some((index, expression))
        }
        _ => None,
    }
}
