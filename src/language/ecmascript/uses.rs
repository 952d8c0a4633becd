//! What an occurrence of a name does in JavaScript and TypeScript, as far as a scan has to know: whether it binds the name
//! anew, and where that is known.

use tree_sitter::Node;

use super::names::FUNCTIONS;
use crate::scan::{Field as _, Role};

/// Nodes in which a `let`, `const`, class or function is known that is declared directly in them.
const BLOCKS: &[&str] = &["class_static_block", "for_statement", "program", "statement_block", "switch_body"];

/// What an occurrence does.
pub(super) fn role(node: Node<'_>) -> Role<'_> {
    match node.kind() {
        "identifier" | "shorthand_property_identifier" | "shorthand_property_identifier_pattern" => {}
        _ => return Role::None,
    }
    let Some(parent) = node.parent() else { return Role::Reads };
    let is = |field: &'static str| parent.field(field) == Some(node);
    match parent.kind() {
        "import_specifier" if is("name") && parent.field("alias").is_some() => Role::None,
        "import_specifier" | "import_clause" | "namespace_import" | "import_require_clause" => Role::Binds(None),
        "function_declaration"
        | "generator_function_declaration"
        | "class_declaration"
        | "abstract_class_declaration"
        | "enum_declaration"
        | "function_signature"
        | "internal_module"
        | "module"
            if is("name") =>
        {
            Role::Binds(up(parent, BLOCKS))
        }
        "function_expression" | "generator_function" | "class" if is("name") => Role::Binds(Some(parent)),
        "variable_declarator" if !is("name") => Role::Reads,
        "for_in_statement" if !is("left") => Role::Reads,
        "required_parameter" | "optional_parameter" if !is("pattern") => Role::Reads,
        "assignment_pattern"
        | "object_assignment_pattern"
        | "assignment_expression"
        | "augmented_assignment_expression"
            if !is("left") =>
        {
            Role::Reads
        }
        "arrow_function" if !is("parameter") => Role::Reads,
        "catch_clause" if !is("parameter") => Role::Reads,
        "variable_declarator"
        | "for_in_statement"
        | "required_parameter"
        | "optional_parameter"
        | "formal_parameters"
        | "arrow_function"
        | "catch_clause"
        | "assignment_pattern"
        | "object_assignment_pattern"
        | "object_pattern"
        | "pair_pattern"
        | "array_pattern"
        | "rest_pattern"
        | "assignment_expression"
        | "augmented_assignment_expression"
        | "update_expression" => Role::Binds(bound(node)),
        _ => Role::Reads,
    }
}

/// Where a name is known that a pattern binds; `None` when what is around it only assigns.
fn bound(name: Node<'_>) -> Option<Node<'_>> {
    let mut at = name;
    while let Some(outer) = at.parent() {
        match outer.kind() {
            "variable_declarator" => {
                let statement = outer.parent()?;
                let is_var = statement.kind() == "variable_declaration";
                return up(statement, if is_var { FUNCTIONS } else { BLOCKS });
            }
            "for_in_statement" => {
                let kind = outer.field("kind")?;
                return if kind.kind() == "var" { up(outer, FUNCTIONS) } else { Some(outer) };
            }
            // Those of a type are known in the type.
            "formal_parameters" => return outer.parent(),
            "arrow_function" | "catch_clause" => return Some(outer),
            "object_pattern"
            | "array_pattern"
            | "pair_pattern"
            | "rest_pattern"
            | "assignment_pattern"
            | "object_assignment_pattern"
            | "required_parameter"
            | "optional_parameter" => at = outer,
            _ => return None,
        }
    }
    None
}

/// The nearest node around of one of those kinds.
fn up<'tree>(node: Node<'tree>, kinds: &[&str]) -> Option<Node<'tree>> {
    std::iter::successors(node.parent(), Node::parent).find(|outer| kinds.contains(&outer.kind()))
}
