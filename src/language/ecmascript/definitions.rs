//! Where JavaScript and TypeScript declare flags: what the parent of a node is to a definition. Owns no climbing (see
//! `scan::definitions`).

use tree_sitter::Node;

use crate::scan::definitions::{Around, DefinitionKind, is_label, unquoted};
use crate::scan::text_of;

pub(super) fn around<'text>(node: Node<'_>, parent: Node<'_>, text: &'text str) -> Around<'text> {
    let field = |name: &str| parent.child_by_field_name(name);
    let named = |name: &str| field(name).map_or("", |node| text_of(node, text));
    let statement = |kind, name| Around::Statement { kind, span: parent.byte_range(), name };
    match parent.kind() {
        "pair" if field("key") == Some(node) => Around::Entry(None),
        "pair" => match field("key").map_or("", |key| unquoted(key, text)) {
            label if node.kind() == "string" && is_label(label) => Around::Nothing,
            name => Around::Entry(Some(name)),
        },
        "array" => Around::Elements,
        "union_type" => Around::Alternatives,
        "call_expression" if field("function") != Some(node) => Around::Call(named("function")),
        "new_expression" if field("constructor") != Some(node) => Around::Call(named("constructor")),
        "enum_body" => Around::Statement { kind: DefinitionKind::EnumMember, span: node.byte_range(), name: None },
        "enum_assignment" => {
            let name = field("name").filter(|name| *name != node).map(|name| text_of(name, text));
            statement(DefinitionKind::EnumMember, name)
        }
        "variable_declarator" if field("value") == Some(node) => Around::Statement {
            kind: DefinitionKind::Constant,
            span: declaration(parent).byte_range(),
            name: Some(named("name")),
        },
        "public_field_definition" if field("value") == Some(node) => {
            statement(DefinitionKind::ClassAttribute, Some(named("name")))
        }
        "public_field_definition" if field("name") == Some(node) => statement(DefinitionKind::ClassAttribute, None),
        "property_signature" if field("name") == Some(node) => statement(DefinitionKind::Field, None),
        "expression_statement" => statement(DefinitionKind::Declaration, None),
        "assignment_expression" if field("right") == Some(node) => Around::Scope(named("left")),
        "type_alias_declaration" | "interface_declaration" | "class_declaration" | "enum_declaration" => {
            Around::Scope(named("name"))
        }
        "function_declaration" | "arrow_function" | "function_expression" | "method_definition" => {
            Around::Function(named("name"))
        }
        "arguments"
        | "object"
        | "parenthesized_expression"
        | "as_expression"
        | "satisfies_expression"
        | "literal_type"
        | "object_type"
        | "interface_body"
        | "class_body"
        | "lexical_declaration"
        | "variable_declaration"
        | "export_statement" => Around::Nothing,
        "program" => Around::Top,
        _ => Around::Stop,
    }
}

/// The statement of a declarator, when it declares nothing else.
fn declaration(declarator: Node<'_>) -> Node<'_> {
    let Some(list) = declarator.parent().filter(|list| list.named_child_count() == 1) else { return declarator };
    list.parent().filter(|export| export.kind() == "export_statement").unwrap_or(list)
}
