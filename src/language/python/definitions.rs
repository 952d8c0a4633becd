//! Where Python declares flags: what the parent of a node is to a definition. Owns no climbing (see `scan::definitions`).

use tree_sitter::Node;

use crate::scan::definitions::{Around, DefinitionKind, is_label, unquoted};
use crate::scan::text_of;

pub(super) fn around<'text>(node: Node<'_>, parent: Node<'_>, text: &'text str) -> Around<'text> {
    let field = |name: &str| parent.child_by_field_name(name);
    let named = |name: &str| field(name).map_or("", |node| text_of(node, text));
    match parent.kind() {
        "pair" if field("key") == Some(node) => Around::Entry(None),
        "pair" => match field("key").map_or("", |key| unquoted(key, text)) {
            label if node.kind() == "string" && is_label(label) => Around::Nothing,
            name => Around::Entry(Some(name)),
        },
        "keyword_argument" if field("name") == Some(node) => Around::Entry(None),
        "list" | "set" => Around::Elements,
        // One of several pairs or triples that begin with the key.
        "tuple" if parent.parent().is_some_and(|at| matches!(at.kind(), "list" | "set" | "tuple")) => Around::Nothing,
        "tuple" | "expression_list" => Around::Elements,
        "subscript" if named("value").ends_with("Literal") && field("value") != Some(node) => Around::Alternatives,
        "type_parameter" => Around::Alternatives,
        "call" if field("function") != Some(node) => Around::Call(named("function")),
        "assignment" => {
            let kind = kind_of(parent, text);
            let span = parent.byte_range();
            match field("left") {
                Some(left) if left == node => Around::Statement { kind, span, name: None },
                Some(left) => Around::Statement { kind, span, name: Some(text_of(left, text)) },
                None => Around::Stop,
            }
        }
        "expression_statement" => {
            Around::Statement { kind: DefinitionKind::Declaration, span: parent.byte_range(), name: None }
        }
        "class_definition" => Around::Scope(named("name")),
        "function_definition" => Around::Function(named("name")),
        "keyword_argument"
        | "argument_list"
        | "parenthesized_expression"
        | "dictionary"
        | "type"
        | "generic_type"
        | "block"
        | "decorated_definition"
        | "if_statement"
        | "else_clause"
        | "elif_clause"
        | "try_statement"
        | "except_clause"
        | "type_alias_statement" => Around::Nothing,
        "module" => Around::Top,
        _ => Around::Stop,
    }
}

fn kind_of(assignment: Node<'_>, text: &str) -> DefinitionKind {
    let class = assignment
        .parent()
        .and_then(|statement| statement.parent())
        .filter(|block| block.kind() == "block")
        .and_then(|block| block.parent())
        .filter(|class| class.kind() == "class_definition");
    let Some(class) = class else { return DefinitionKind::Constant };
    let bases = class.child_by_field_name("superclasses").map_or("", |bases| text_of(bases, text));
    if bases.contains("Enum") || bases.contains("Choices") {
        DefinitionKind::EnumMember
    } else {
        DefinitionKind::ClassAttribute
    }
}
