//! The members that are taken out of an object: by a pattern, or by reading them. Owns where they stand; does not know which
//! objects hold flags.

use compact_str::{CompactString, ToCompactString as _};
use tree_sitter::Node;

use super::scan::{named, outside, property_name};
use super::uses::role;
use crate::scan::facts::Member;
use crate::scan::{Above, Field as _, MAX_DEPTH, Uses, text_of};

/// The members that an object pattern takes, with the names they are bound to.
pub(super) fn members(pattern: Node<'_>) -> Vec<(Node<'_>, Node<'_>)> {
    named(pattern)
        .into_iter()
        .filter_map(entry)
        .filter(|(_, value)| matches!(value.kind(), "identifier" | "shorthand_property_identifier_pattern"))
        .collect()
}

/// The members that an object pattern takes out of one of its entries: `{ flags: { newMenu: shown } }`.
pub(super) fn held(pattern: Node<'_>) -> Vec<(Node<'_>, Node<'_>, Node<'_>)> {
    if pattern.kind() != "object_pattern" {
        return Vec::new();
    }
    let inner = named(pattern).into_iter().filter_map(entry).filter(|(_, value)| value.kind() == "object_pattern");
    inner.flat_map(|(holder, inner)| members(inner).into_iter().map(move |(key, local)| (holder, key, local))).collect()
}

/// What an entry of an object pattern takes: the name, and the name or pattern that it is bound to.
fn entry(entry: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let entry = match entry.kind() {
        "object_assignment_pattern" => entry.field("left")?,
        _ => entry,
    };
    match entry.kind() {
        "shorthand_property_identifier_pattern" => Some((entry, entry)),
        "pair_pattern" => {
            let name = entry.field("key").filter(|key| key.kind() != "computed_property_name")?;
            Some((name, assigned(entry.field("value")?)))
        }
        _ => None,
    }
}

/// A pattern without its default.
fn assigned(value: Node<'_>) -> Node<'_> {
    match value.kind() {
        "assignment_pattern" => value.field("left").unwrap_or(value),
        _ => value,
    }
}

/// `const { a } = f()`, `const [a] = f()`, `f().a`, and `const x = f()` followed by `x.a` or `const { a } = x` in the same
/// block; and whether anything else may become of it.
pub(super) fn taken<'tree>(call: Node<'tree>, above: Above<'_, 'tree>, uses: &Uses<'_>) -> (Vec<Member>, bool) {
    let text = uses.text();
    let outer = outside(call, above);
    let Some(parent) = above.parent(outer) else { return (Vec::new(), true) };
    if let Some(read) = read_member(parent, outer, text) {
        return (vec![read], false);
    }
    let name = match parent.kind() {
        "variable_declarator" => parent.field("name"),
        _ => None,
    };
    let Some(name) = name else { return (Vec::new(), true) };
    let around = block(parent, above);
    if name.kind() == "identifier" {
        return uses_of(name, around, uses);
    }
    let (mut taken, rest) = bound(name, text, MAX_DEPTH);
    for member in taken.iter_mut().filter(|member| member.inner.is_empty()) {
        let local = name.descendant_for_byte_range(member.span.start, member.span.end);
        if let Some(local) = local.filter(|local| !local.kind().ends_with("_pattern") || local.child_count() == 0) {
            (member.inner, member.rest) = uses_of(local, around, uses);
        }
    }
    (taken, rest)
}

/// What a pattern takes out of an object or an array, and whether it takes more than that.
fn bound(pattern: Node<'_>, text: &str, depth: usize) -> (Vec<Member>, bool) {
    let Some(depth) = depth.checked_sub(1) else { return (Vec::new(), true) };
    let member = |name: CompactString, name_node: Node<'_>, value: Node<'_>| {
        let (inner, rest) = match value.kind() {
            "object_pattern" | "array_pattern" => bound(value, text, depth),
            _ => (Vec::new(), true),
        };
        Member { name, name_span: name_node.byte_range(), span: value.byte_range(), inner, rest }
    };
    let mut result = Vec::new();
    match pattern.kind() {
        "object_pattern" => {
            let entries = named(pattern);
            for (name, value) in entries.iter().copied().filter_map(entry) {
                result.push(member(key_of(name, text), name, value));
            }
            let rest = result.len() != entries.len();
            (result, rest)
        }
        "array_pattern" => {
            let (mut position, mut rest) = (0usize, false);
            for child in pattern.children(&mut pattern.walk()).filter(|child| !child.is_extra()) {
                match child.kind() {
                    "," => position += 1,
                    "rest_pattern" => rest = true,
                    _ if child.is_named() => {
                        let value = assigned(child);
                        result.push(member(position.to_compact_string(), value, value));
                    }
                    _ => {}
                }
            }
            (result, rest)
        }
        _ => (result, true),
    }
}

fn key_of(name: Node<'_>, text: &str) -> CompactString {
    property_name(name, text).unwrap_or_else(|| text_of(name, text).into())
}

/// The block around a node.
fn block<'tree>(node: Node<'tree>, above: Above<'_, 'tree>) -> Node<'tree> {
    let mut around = node;
    while let Some(next) = above.parent(around)
        && !matches!(around.kind(), "statement_block" | "program")
    {
        around = next;
    }
    around
}

/// The members that are read of a name in the block around it, and whether there is more.
fn uses_of(name: Node<'_>, around: Node<'_>, uses: &Uses<'_>) -> (Vec<Member>, bool) {
    let Some(reads) = uses.reads(name, around, role) else { return (Vec::new(), true) };
    let (mut members, mut rest) = (Vec::new(), false);
    for node in reads {
        use_of(node, uses.text(), &mut members, &mut rest);
    }
    (members, rest)
}

fn use_of(node: Node<'_>, text: &str, members: &mut Vec<Member>, rest: &mut bool) {
    let Some(parent) = node.parent() else { return };
    if let Some(read) = read_member(parent, node, text) {
        members.push(read);
        return;
    }
    let pattern = (parent.kind() == "variable_declarator" && parent.field("value") == Some(node))
        .then(|| parent.field("name"))
        .flatten()
        .filter(|pattern| pattern.kind() == "object_pattern");
    match pattern {
        Some(pattern) => {
            let (taken, more) = bound(pattern, text, MAX_DEPTH);
            members.extend(taken);
            *rest |= more;
        }
        None => *rest = true,
    }
}

/// The member that an expression reads from an object.
fn read_member(expression: Node<'_>, object: Node<'_>, text: &str) -> Option<Member> {
    let (name, read) = member_of(expression, object)?;
    let outer = outside(read, Above::default());
    // What is called is a method.
    if outer.parent().is_some_and(|call| call.field("function") == Some(outer)) {
        return None;
    }
    let mut member = Member {
        name: key_of(name, text),
        name_span: name.byte_range(),
        span: read.byte_range(),
        inner: Vec::new(),
        rest: true,
    };
    if let Some(parent) = outer.parent()
        && let Some((name, read)) = member_of(parent, outer)
    {
        let inner = Member {
            name: key_of(name, text),
            name_span: name.byte_range(),
            span: read.byte_range(),
            inner: Vec::new(),
            rest: true,
        };
        (member.inner, member.rest) = (vec![inner], false);
    }
    Some(member)
}

fn member_of<'tree>(expression: Node<'tree>, object: Node<'tree>) -> Option<(Node<'tree>, Node<'tree>)> {
    if expression.field("object") != Some(object) {
        return None;
    }
    match expression.kind() {
        "member_expression" => Some((expression.field("property")?, expression)),
        "subscript_expression" => {
            let index = expression.field("index");
            Some((index.filter(|index| matches!(index.kind(), "string" | "number"))?, expression))
        }
        _ => None,
    }
}
