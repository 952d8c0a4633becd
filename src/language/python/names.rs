//! What an identifier does in Python: binds, reads or neither; and what an import statement brings in.

use crate::fix::names::{Binding, Definition, Occurrence};
use crate::fix::syntax::{Assignment, ImportPart};
use crate::fix::tree::{NodeId, Tree};

/// Nodes that open a scope for the names bound in them.
const SCOPES: &[&str] = &[
    "class_definition",
    "dictionary_comprehension",
    "function_definition",
    "generator_expression",
    "lambda",
    "list_comprehension",
    "set_comprehension",
];

/// What an identifier does where it stands.
pub(super) fn occurrence(tree: &Tree<'_>, node: NodeId) -> Occurrence {
    if tree.kind(node) != "identifier" {
        return Occurrence::None;
    }
    let Some(parent) = tree.parent(node) else { return Occurrence::None };
    let field = tree.field_of(node);
    match (tree.kind(parent), field) {
        ("attribute", Some("attribute")) | ("keyword_argument", Some("name")) => Occurrence::None,
        ("global_statement" | "nonlocal_statement" | "delete_statement", _) => Occurrence::Unclear,
        ("function_definition" | "class_definition", Some("name")) => {
            define(tree, parent, Binding::Item, tree.parent(parent).unwrap_or(0))
        }
        ("aliased_import", Some("alias")) => define_import(tree, node),
        ("aliased_import", _) => Occurrence::None,
        ("dotted_name", _) => dotted(tree, node, parent),
        ("named_expression", Some("name")) => define(tree, parent, Binding::Inline, skip_comprehensions(tree, node)),
        ("assignment", Some("left")) => {
            let statement = tree.parent(parent).filter(|outer| tree.kind(*outer) == "expression_statement");
            let has_value = tree.field(parent, "right").is_some();
            let chained = tree.field(parent, "right").is_some_and(|right| tree.kind(right) == "assignment");
            match statement {
                Some(statement) if has_value && !chained => define(tree, statement, Binding::Simple, parent),
                _ => define(tree, parent, Binding::Other, parent),
            }
        }
        // Bound and read at once: never alone what keeps a variable.
        ("augmented_assignment", Some("left")) => Occurrence::Unclear,
        ("default_parameter" | "typed_default_parameter", Some("name")) => parameter(tree, node),
        ("parameters" | "lambda_parameters", _) => parameter(tree, node),
        ("typed_parameter", None) => parameter(tree, node),
        ("list_splat_pattern" | "dictionary_splat_pattern", _) if in_parameters(tree, parent) => parameter(tree, node),
        ("for_statement" | "for_in_clause", Some("left")) => define(tree, parent, Binding::Other, parent),
        ("as_pattern_target", _) => define(tree, parent, Binding::Other, parent),
        ("case_pattern" | "splat_pattern", _) => Occurrence::Unclear,
        ("as_pattern", _) if tree.parent(parent).is_some_and(|outer| tree.kind(outer) == "case_pattern") => {
            Occurrence::Unclear
        }
        ("keyword_pattern", _) => Occurrence::None,
        _ if is_target(tree, node) => define(tree, parent, Binding::Other, parent),
        _ => Occurrence::Reference,
    }
}

fn dotted(tree: &Tree<'_>, node: NodeId, dotted_name: NodeId) -> Occurrence {
    let Some(owner) = tree.parent(dotted_name) else { return Occurrence::None };
    let first = tree.named_children(dotted_name).next() == Some(node);
    match (tree.kind(owner), tree.field_of(dotted_name)) {
        ("import_statement", _) if first => define_import(tree, node),
        ("import_from_statement", Some("name")) => define_import(tree, node),
        (
            "import_statement"
            | "import_from_statement"
            | "future_import_statement"
            | "aliased_import"
            | "relative_import",
            _,
        ) => Occurrence::None,
        // The class of a pattern is read; what its members are bound to is not.
        ("case_pattern" | "keyword_pattern", _) if tree.named_children(dotted_name).count() == 1 => Occurrence::Unclear,
        _ if first => Occurrence::Reference,
        _ => Occurrence::None,
    }
}

/// Whether an identifier is one of several assigned names: `a, b = ...`, `for i, j in ...`, `with x as (a, b)`.
fn is_target(tree: &Tree<'_>, node: NodeId) -> bool {
    let mut inner = node;
    for outer in tree.ancestors(node) {
        match tree.kind(outer) {
            "pattern_list" | "tuple_pattern" | "list_pattern" | "list_splat_pattern" | "tuple" | "list" => {
                inner = outer
            }
            "assignment" | "for_statement" | "for_in_clause" => return tree.field_of(inner) == Some("left"),
            "as_pattern_target" => return true,
            _ => return false,
        }
    }
    false
}

fn in_parameters(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.ancestors(node).take(3).any(|outer| matches!(tree.kind(outer), "parameters" | "lambda_parameters"))
}

fn parameter(tree: &Tree<'_>, node: NodeId) -> Occurrence {
    let function = tree.ancestors(node).find(|outer| matches!(tree.kind(*outer), "function_definition" | "lambda"));
    match function {
        Some(function) => define(tree, function, Binding::Parameter, node),
        None => Occurrence::Unclear,
    }
}

fn define_import(tree: &Tree<'_>, node: NodeId) -> Occurrence {
    let statement = tree.ancestors(node).find(|outer| {
        matches!(tree.kind(*outer), "import_statement" | "import_from_statement" | "future_import_statement")
    });
    match statement {
        Some(statement) if tree.kind(statement) != "future_import_statement" => {
            define(tree, statement, Binding::Import, statement)
        }
        _ => Occurrence::None,
    }
}

fn skip_comprehensions(tree: &Tree<'_>, node: NodeId) -> NodeId {
    tree.ancestors(node)
        .find(|outer| matches!(tree.kind(*outer), "function_definition" | "lambda" | "class_definition" | "module"))
        .and_then(|scope| tree.children(scope).last())
        .unwrap_or(node)
}

/// A definition in the nearest scope around `from`.
fn define(tree: &Tree<'_>, statement: NodeId, binding: Binding, from: NodeId) -> Occurrence {
    let scope = std::iter::once(from).chain(tree.ancestors(from)).find(|outer| SCOPES.contains(&tree.kind(*outer)));
    let definition = match scope {
        Some(scope) => {
            let visible = match tree.kind(scope) {
                "function_definition" | "class_definition" | "lambda" => {
                    tree.field(scope, "body").map_or(tree.span(scope), |body| tree.span(body))
                }
                _ => tree.span(scope),
            };
            let is_class = tree.kind(scope) == "class_definition";
            Definition { binding, visible, scope, hoisted: true, direct_only: is_class, shared: is_class, statement }
        }
        None => Definition {
            binding,
            visible: 0..tree.text.len() + 1,
            scope: 0,
            hoisted: true,
            direct_only: false,
            shared: true,
            statement,
        },
    };
    Occurrence::Definition(definition)
}

/// Keywords of calls, members of the object itself, and the path of a module.
pub(super) fn is_key(tree: &Tree<'_>, node: NodeId) -> bool {
    let Some(parent) = tree.parent(node) else { return false };
    match (tree.kind(parent), tree.field_of(node)) {
        ("keyword_argument", Some("name")) => true,
        ("attribute", Some("attribute")) => {
            tree.field(parent, "object").is_some_and(|object| matches!(tree.text_of(object), "self" | "cls"))
        }
        ("dotted_name", _) => tree.field_of(parent) == Some("module_name"),
        _ => false,
    }
}

/// What the member that an identifier names is taken out of.
pub(super) fn object_of(tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
    let parent = tree.parent(node).filter(|parent| tree.kind(*parent) == "attribute")?;
    tree.field(parent, "object").filter(|object| *object != node)
}

/// The part of an import that brings in a name.
pub(super) fn import_part(tree: &Tree<'_>, name: NodeId) -> Option<ImportPart> {
    let statement =
        tree.ancestors(name).find(|outer| matches!(tree.kind(*outer), "import_statement" | "import_from_statement"))?;
    let item = std::iter::once(name).chain(tree.ancestors(name)).take_while(|node| *node != statement).last()?;
    let items: Vec<NodeId> = tree.children(statement).filter(|child| tree.field_of(*child) == Some("name")).collect();
    let original = match tree.kind(item) {
        "aliased_import" => tree.field(item, "name").map(|name| tree.text_of(name))?,
        _ => tree.text_of(item),
    };
    let module = tree.field(statement, "module_name").map_or(original, |module| tree.text_of(module));
    let line_end = tree.text[tree.span(statement).end..].lines().next().unwrap_or_default();
    if line_end.contains("noqa") || tree.text_of(statement).contains("noqa") {
        return None;
    }
    Some(ImportPart {
        statement,
        item,
        list: (items.len() > 1).then_some(statement),
        module: module.to_owned(),
        original: original.to_owned(),
        member: false,
    })
}

/// The statement `name = value`.
pub(super) fn assignment(tree: &Tree<'_>, name: NodeId) -> Option<Assignment> {
    let at = tree.parent(name).filter(|parent| tree.kind(*parent) == "assignment")?;
    let statement = tree.parent(at).filter(|parent| tree.kind(*parent) == "expression_statement")?;
    let plain = tree.field(at, "left") == Some(name) && tree.field(at, "type").is_none();
    let value = tree.field(at, "right").filter(|_| plain)?;
    let chained = tree.kind(value) == "assignment" || tree.named_children(statement).count() > 1;
    (!chained).then_some(Assignment { statement, value: Some(value), keyword: None, declared_type: None })
}
