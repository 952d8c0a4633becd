//! The members that are read from a mapping which a call yields. Owns where they stand; does not know which calls yield flags.

use tree_sitter::Node;

use super::scan::outside;
use super::uses::{role, scope_of};
use crate::scan::definitions::unquoted;
use crate::scan::facts::Member;
use crate::scan::{Above, Field as _, Syntax as _, Uses, text_of};

/// `f()["a"]`, `f().get("a")`, `f().a`, and `x = f()` followed by the same of `x` in the same function.
pub(super) fn taken<'tree>(call: Node<'tree>, above: Above<'_, 'tree>, uses: &Uses<'_>) -> Vec<Member> {
    let text = uses.text();
    let outer = outside(call, above);
    let Some(parent) = above.parent(outer) else { return Vec::new() };
    if let Some(member) = read_member(outer, parent, text) {
        return vec![member];
    }
    let name = match parent.kind() {
        "assignment" if parent.field("right") == Some(outer) => parent.field("left"),
        _ => None,
    };
    let Some(name) = name.filter(|name| name.kind() == "identifier") else { return Vec::new() };
    // What a class binds is read by other names.
    let around = scope_of(parent).filter(|around| around.kind() != "class_definition");
    let reads = around.and_then(|around| uses.reads(name, around, role)).unwrap_or_default();
    reads.into_iter().filter_map(|node| read_member(node, node.parent()?, text)).collect()
}

/// The member that is read from an object or a mapping.
fn read_member(object: Node<'_>, parent: Node<'_>, text: &str) -> Option<Member> {
    let is_string = |node: &Node<'_>| node.kind() == "string";
    let member = |name: Node<'_>, whole: Node<'_>| {
        let inner = value_of(whole, text);
        Member {
            name: unquoted(name, text).into(),
            name_span: name.byte_range(),
            span: whole.byte_range(),
            rest: inner.is_none(),
            inner: inner.into_iter().collect(),
        }
    };
    match parent.kind() {
        "subscript" if parent.field("value") == Some(object) => {
            let key = parent.field("subscript").filter(is_string)?;
            super::scan::Python.is_read(parent).then(|| member(key, parent))
        }
        "attribute" if parent.field("object") == Some(object) => {
            let name = parent.field("attribute")?;
            let call = parent.parent().filter(|call| call.field("function") == Some(parent));
            let Some(call) = call else {
                return super::scan::Python.is_read(parent).then(|| member(name, parent));
            };
            let key = call.field("arguments")?.named_child(0).filter(is_string)?;
            (text_of(name, text) == "get").then(|| member(key, call))
        }
        _ => None,
    }
}

/// The attribute that is read at once from a member: `f()["a"].value`.
fn value_of(member: Node<'_>, text: &str) -> Option<Member> {
    let outer = outside(member, Above::default());
    let parent = outer.parent().filter(|parent| parent.kind() == "attribute")?;
    let name = parent.field("attribute")?;
    (parent.field("object") == Some(outer) && super::scan::Python.is_read(parent)).then(|| Member {
        name: text_of(name, text).into(),
        name_span: name.byte_range(),
        span: parent.byte_range(),
        inner: Vec::new(),
        rest: true,
    })
}
