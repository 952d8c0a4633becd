//! Where Rust declares flags: what the parent of a node is to a definition. Owns no climbing (see `scan::definitions`).

use tree_sitter::Node;

use crate::scan::definitions::{Around, DefinitionKind};
use crate::scan::text_of;

pub(super) fn around<'text>(node: Node<'_>, parent: Node<'_>, text: &'text str) -> Around<'text> {
    let field = |name: &str| parent.child_by_field_name(name);
    let named = |name: &str| field(name).map_or("", |node| text_of(node, text));
    let statement = |kind, name| Around::Statement { kind, span: parent.byte_range(), name };
    match parent.kind() {
        "const_item" | "static_item" if field("value") == Some(node) => {
            statement(DefinitionKind::Constant, Some(named("name")))
        }
        "enum_variant" if field("name") == Some(node) => statement(DefinitionKind::EnumMember, None),
        "enum_variant" => statement(DefinitionKind::EnumMember, Some(named("name"))),
        "field_declaration" if field("name") == Some(node) => statement(DefinitionKind::Field, None),
        "attribute_item" => attributed(parent, text),
        "array_expression" => Around::Elements,
        "struct_expression" => Around::Call(named("name")),
        "field_initializer" if field("field") == Some(node) => Around::Entry(None),
        "call_expression" if field("function") != Some(node) => Around::Call(named("function")),
        "match_arm" if field("value") == Some(node) => Around::Statement {
            kind: DefinitionKind::Arm,
            span: parent.start_byte()..node.end_byte(),
            name: Some(named("pattern")),
        },
        "enum_item" | "struct_item" | "mod_item" | "trait_item" => Around::Scope(named("name")),
        "impl_item" => Around::Scope(named("type")),
        "function_item" => Around::Function(named("name")),
        "token_tree"
        | "attribute"
        | "arguments"
        | "tuple_expression"
        | "reference_expression"
        | "field_initializer"
        | "field_initializer_list"
        | "enum_variant_list"
        | "field_declaration_list"
        | "declaration_list"
        | "match_block"
        | "match_expression"
        | "block"
        | "expression_statement"
        | "parenthesized_expression" => Around::Nothing,
        "source_file" => Around::Top,
        _ => Around::Stop,
    }
}

/// `#[serde(rename = "new-checkout")] NewCheckout`: the member with its attributes.
fn attributed<'text>(attribute: Node<'_>, text: &'text str) -> Around<'text> {
    let mut member = attribute.next_named_sibling();
    while let Some(next) = member.filter(|next| next.kind() == "attribute_item" || next.is_extra()) {
        member = next.next_named_sibling();
    }
    let kind = match member.map(|member| member.kind()) {
        Some("enum_variant") => DefinitionKind::EnumMember,
        Some("field_declaration") => DefinitionKind::Field,
        _ => return Around::Stop,
    };
    let mut first = attribute;
    while let Some(before) = first.prev_named_sibling().filter(|before| before.kind() == "attribute_item") {
        first = before;
    }
    let end = member.map_or(attribute.end_byte(), |member| member.end_byte());
    let name = member.and_then(|member| member.child_by_field_name("name")).map(|name| text_of(name, text));
    Around::Statement { kind, span: first.start_byte()..end, name }
}
