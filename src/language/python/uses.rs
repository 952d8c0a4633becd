//! What an occurrence of a name does in Python, as far as a scan has to know: whether it binds the name anew, and where that is
//! known.

use tree_sitter::Node;

use crate::scan::{Field as _, Role};

/// What has names of its own.
const SCOPES: &[&str] = &["class_definition", "function_definition", "lambda", "module"];

/// The nearest of those around a node.
pub(super) fn scope_of(node: Node<'_>) -> Option<Node<'_>> {
    std::iter::successors(node.parent(), Node::parent).find(|outer| SCOPES.contains(&outer.kind()))
}

/// What an occurrence does.
pub(super) fn role(node: Node<'_>) -> Role<'_> {
    let Some(parent) = node.parent().filter(|_| node.kind() == "identifier") else { return Role::None };
    let is = |field: &'static str| parent.field(field) == Some(node);
    match parent.kind() {
        "attribute" if is("attribute") => Role::None,
        "keyword_argument" if is("name") => Role::None,
        // Those of the function or the file are meant.
        "global_statement" | "nonlocal_statement" => Role::Binds(None),
        "function_definition" | "class_definition" if is("name") => Role::Binds(scope_of(parent)),
        "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" if !is("left") => Role::Reads,
        "named_expression" | "default_parameter" | "typed_default_parameter" if !is("name") => Role::Reads,
        "for_in_clause" => Role::Binds(parent.parent()),
        "assignment"
        | "augmented_assignment"
        | "for_statement"
        | "named_expression"
        | "default_parameter"
        | "typed_default_parameter"
        | "typed_parameter"
        | "parameters"
        | "lambda_parameters"
        | "as_pattern_target"
        | "aliased_import"
        | "dotted_name"
        | "splat_pattern"
        | "delete_statement" => Role::Binds(scope_of(node)),
        "pattern_list" | "tuple_pattern" | "list_pattern" | "list_splat_pattern" | "dictionary_splat_pattern" => {
            Role::Binds(several(parent))
        }
        // `except E as (a, b)`, `with f() as [a, b]`: lists in the place of a name.
        "tuple" | "list" if is_in_target(parent) => Role::Binds(scope_of(node)),
        _ => Role::Reads,
    }
}

/// Where names are known that a pattern binds.
fn several(pattern: Node<'_>) -> Option<Node<'_>> {
    let owner =
        std::iter::successors(pattern.parent(), Node::parent).find(|outer| !outer.kind().ends_with("pattern"))?;
    match owner.kind() {
        "pattern_list" => several(owner),
        "for_in_clause" => owner.parent(),
        _ => scope_of(pattern),
    }
}

fn is_in_target(list: Node<'_>) -> bool {
    let outer =
        std::iter::successors(list.parent(), Node::parent).find(|outer| !matches!(outer.kind(), "tuple" | "list"));
    outer.is_some_and(|outer| outer.kind() == "as_pattern_target")
}
