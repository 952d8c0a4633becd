//! What a name does as a member in Rust: of a struct, an enumeration, an `impl`, an array, a match. Owns the table of node
//! kinds; what becomes of members is decided in `fix/residue`.

use crate::fix::member::{Declared, Holder, Kind, Member, Receiver, Role, around};
use crate::fix::tree::{NodeId, Tree};

/// The role of a field, a variant, a function of a type, or of a text in a list.
pub(super) fn member(tree: &Tree<'_>, node: NodeId) -> Option<Member> {
    let parent = tree.parent(node)?;
    let list = tree.parent(parent)?;
    let field = tree.field_of(node);
    let declares = |kind| {
        let private = !tree.children(parent).any(|child| tree.kind(child) == "visibility_modifier");
        Role::Declares(Declared { kind, private })
    };
    Some(match (tree.kind(node), tree.kind(parent), field) {
        ("field_identifier", "field_declaration", Some("name")) => {
            Member { role: declares(Kind::Field), item: parent, list, value: None }
        }
        ("identifier", "enum_variant", Some("name")) => {
            let item = around(tree, parent, &["enum_item"])?;
            let private = !tree.children(item).any(|child| tree.kind(child) == "visibility_modifier");
            let role = Role::Declares(Declared { kind: Kind::Variant, private });
            Member { role, item: parent, list, value: None }
        }
        ("identifier", "function_item", Some("name")) => {
            let owner = tree.parent(list).filter(|owner| tree.kind(*owner) == "impl_item")?;
            if tree.kind(list) != "declaration_list" || tree.field(owner, "trait").is_some() {
                return None;
            }
            Member { role: declares(Kind::Method), item: parent, list, value: None }
        }
        ("field_identifier", "field_initializer", Some("field")) => {
            Member { role: Role::Fills(owner(tree, list)), item: parent, list, value: tree.field(parent, "value") }
        }
        ("identifier", "shorthand_field_initializer", _) => {
            Member { role: Role::Fills(owner(tree, list)), item: parent, list, value: None }
        }
        ("field_identifier", "field_expression", Some("field")) => {
            let object = tree.field(parent, "value")?;
            let receiver = match tree.kind(object) {
                "self" => Receiver::Own,
                "identifier" => Receiver::Named(tree.text_of(object).to_owned()),
                _ => Receiver::Other,
            };
            let called = tree.field_of(parent) == Some("function");
            let role = if called { Role::Calls(receiver) } else { Role::Reads(receiver) };
            Member { role, item: node, list: parent, value: None }
        }
        ("field_identifier" | "shorthand_field_identifier", "field_pattern", _) => {
            Member { role: Role::Reads(Receiver::Other), item: parent, list, value: None }
        }
        ("identifier", "scoped_identifier", Some("name"))
        | ("type_identifier", "scoped_type_identifier", Some("name")) => {
            let path = tree.field(parent, "path")?;
            let last = tree.text_of(path).rsplit("::").next().unwrap_or_default();
            let receiver = if last == "Self" { Receiver::Own } else { Receiver::Named(last.to_owned()) };
            let called = tree.field_of(parent) == Some("function");
            let role = if called { Role::Calls(receiver) } else { Role::Reads(receiver) };
            Member { role, item: node, list: parent, value: None }
        }
        ("string_literal", "array_expression", _) => {
            Member { role: Role::Element, item: node, list: parent, value: None }
        }
        ("string_literal", "match_pattern" | "or_pattern", _) => {
            let arm = around(tree, node, &["match_arm"])?;
            let pattern = tree.field(arm, "pattern")?;
            let alone = tree.parent(node) == Some(pattern) && tree.field(pattern, "condition").is_none();
            if !alone {
                return Some(Member { role: Role::Element, item: node, list: parent, value: None });
            }
            Member { role: Role::Arm, item: arm, list: tree.parent(arm)?, value: None }
        }
        _ => return None,
    })
}

/// The type of a struct literal.
fn owner(tree: &Tree<'_>, list: NodeId) -> Option<String> {
    let literal = tree.parent(list)?;
    let name = tree.field(literal, "name")?;
    let name = tree.text_of(name).split('<').next()?.rsplit("::").next()?.to_owned();
    if name != "Self" {
        return Some(name);
    }
    let owner = around(tree, literal, &["impl_item"])?;
    let name = tree.text_of(tree.field(owner, "type")?);
    Some(name.split('<').next()?.to_owned())
}

/// The type of a declared member. Functions with attributes of frameworks are left alone.
pub(super) fn holder(tree: &Tree<'_>, member: &Member) -> Option<Holder> {
    let owner = tree
        .ancestors(member.item)
        .find(|outer| matches!(tree.kind(*outer), "impl_item" | "struct_item" | "enum_item"))?;
    let name = tree.field(owner, if tree.kind(owner) == "impl_item" { "type" } else { "name" })?;
    let name = tree.text_of(name).split('<').next()?.to_owned();
    let harmless = ["#[inline", "#[must_use", "#[allow(", "#[cold", "#[expect(", "#[doc", "#[default"];
    let known = |attribute: NodeId| harmless.iter().any(|start| tree.text_of(attribute).starts_with(start));
    let attributes = attributes(tree, member.item);
    // `#[wasm_bindgen] impl`, `#[pymethods] impl`.
    let exported = tree.kind(owner) == "impl_item" && !self::attributes(tree, owner).is_empty();
    (attributes.into_iter().all(known) && !exported).then_some(Holder {
        node: owner,
        name,
        apart: true,
        derived: false,
    })
}

/// The attributes above a node.
fn attributes(tree: &Tree<'_>, node: NodeId) -> Vec<NodeId> {
    let above = |node: &NodeId| tree.previous_named_sibling(*node).filter(|at| tree.kind(*at) == "attribute_item");
    std::iter::successors(above(&node), above).collect()
}

/// Whether what is derived for its type shows or compares a field, so that it is part of what the program does.
pub(super) fn derives_from(tree: &Tree<'_>, member: &Member) -> bool {
    let Role::Declares(Declared { kind: Kind::Field, .. }) = &member.role else { return false };
    let owner = tree.ancestors(member.item).find(|outer| matches!(tree.kind(*outer), "struct_item" | "enum_item"));
    let shown = ["Debug", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];
    let derives = owner.into_iter().flat_map(|owner| attributes(tree, owner)).map(|at| tree.text_of(at));
    let mut names = derives.filter(|text| text.contains("derive")).flat_map(|text| text.split(['(', ',', ')']));
    names.any(|name| shown.contains(&name.trim().rsplit("::").next().unwrap_or_default()))
}

/// Why a member may be used without being named.
pub(super) fn uses_members(tree: &Tree<'_>, member: &Member) -> Option<&'static str> {
    let Role::Declares(declared) = &member.role else { return None };
    let owner = tree.ancestors(member.item).find(|outer| matches!(tree.kind(*outer), "struct_item" | "enum_item"))?;
    let texts: Vec<&str> = attributes(tree, owner).into_iter().map(|at| tree.text_of(at)).collect();
    let has = |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
    if has(&["Serialize", "Deserialize", "serde", "Encode", "Decode", "Archive"]) {
        return Some("its type is serialised");
    }
    if has(&["repr("]) {
        return Some("the layout of its type is fixed");
    }
    let known = ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];
    let derives = texts.iter().filter_map(|text| text.strip_prefix("#[derive(")?.strip_suffix(")]"));
    if derives.flat_map(|list| list.split(',')).any(|one| !one.trim().is_empty() && !known.contains(&one.trim())) {
        return Some("what is derived for its type may use it");
    }
    let numbered = declared.kind == Kind::Variant
        && tree.named_children(member.list).any(|variant| tree.field(variant, "value").is_some());
    numbered.then_some("the variants of its type are numbered")
}
