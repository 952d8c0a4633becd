//! What an identifier does in JavaScript and TypeScript: binds, reads or neither; and what an import brings in.

use crate::fix::names::{Binding, Definition, Occurrence};
use crate::fix::syntax::{Assignment, ImportPart, Keyword};
use crate::fix::tree::{NodeId, Tree};

/// Functions, whose parameters are names of their own.
pub(super) const FUNCTIONS: &[&str] = &[
    "arrow_function",
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "method_definition",
];

/// Nodes that open a scope for `let`, `const`, classes and functions.
const BLOCKS: &[&str] =
    &["class_static_block", "for_in_statement", "for_statement", "program", "statement_block", "switch_body"];

/// What an identifier does where it stands.
pub(super) fn occurrence(tree: &Tree<'_>, node: NodeId) -> Occurrence {
    let kind = tree.kind(node);
    match kind {
        "identifier" | "shorthand_property_identifier_pattern" | "type_identifier" => {}
        "shorthand_property_identifier" => return Occurrence::Reference,
        _ => return Occurrence::None,
    }
    let Some(parent) = tree.parent(node) else { return Occurrence::None };
    let field = tree.field_of(node);
    match (tree.kind(parent), field) {
        ("import_specifier", Some("name")) if tree.field(parent, "alias").is_some() => Occurrence::None,
        ("import_specifier" | "import_clause" | "namespace_import" | "import_require_clause", _) => import(tree, node),
        ("export_specifier", Some("name")) => {
            let from = tree.ancestors(node).nth(2).is_some_and(|statement| tree.field(statement, "source").is_some());
            if from { Occurrence::None } else { Occurrence::Unclear }
        }
        ("export_specifier" | "namespace_export" | "jsx_namespace_name" | "index_signature", _) => Occurrence::None,
        // A value cannot stand there.
        ("type_query", _) => Occurrence::Unclear,
        ("nested_identifier" | "nested_type_identifier", Some("property" | "name")) => Occurrence::None,
        (
            "function_declaration"
            | "generator_function_declaration"
            | "class_declaration"
            | "abstract_class_declaration"
            | "enum_declaration"
            | "interface_declaration"
            | "type_alias_declaration"
            | "function_signature"
            | "internal_module"
            | "module",
            Some("name"),
        ) => define(tree, parent, Binding::Item, tree.parent(parent).unwrap_or(0)),
        ("function_expression" | "generator_function" | "class", Some("name")) => {
            define_in(tree, parent, Binding::Item, parent)
        }
        ("arrow_function", Some("parameter")) => define_in(tree, parent, Binding::Parameter, parent),
        ("assignment_expression" | "augmented_assignment_expression", Some("left")) | ("update_expression", _) => {
            Occurrence::Unclear
        }
        ("catch_clause", Some("parameter")) => define_in(tree, parent, Binding::Other, parent),
        ("for_in_statement", Some("left")) => for_in(tree, node, parent),
        ("variable_declarator", Some("name")) => declarator(tree, node, parent),
        ("required_parameter" | "optional_parameter", Some("pattern" | "name")) => parameter(tree, node),
        ("pair_pattern", Some("value")) | ("array_pattern" | "rest_pattern", _) => pattern(tree, node),
        ("assignment_pattern" | "object_assignment_pattern", Some("left")) => pattern(tree, node),
        _ if kind == "shorthand_property_identifier_pattern" => pattern(tree, node),
        _ => Occurrence::Reference,
    }
}

/// A name inside a pattern: what is around the pattern says what it binds.
fn pattern(tree: &Tree<'_>, node: NodeId) -> Occurrence {
    let mut inner = node;
    for outer in tree.ancestors(node) {
        match tree.kind(outer) {
            "variable_declarator" => return destructured(tree, node, outer),
            "required_parameter" | "optional_parameter" => return parameter(tree, node),
            "for_in_statement" => return for_in(tree, inner, outer),
            "catch_clause" => return define_in(tree, outer, Binding::Other, outer),
            "object_pattern"
            | "array_pattern"
            | "pair_pattern"
            | "rest_pattern"
            | "assignment_pattern"
            | "object_assignment_pattern" => inner = outer,
            _ => return Occurrence::Unclear,
        }
    }
    Occurrence::Unclear
}

/// The statement of a declarator that is alone in it.
fn sole_statement(tree: &Tree<'_>, declarator: NodeId) -> Option<NodeId> {
    let statement = tree.parent(declarator)?;
    let alone = tree.named_children(statement).filter(|child| tree.kind(*child) == "variable_declarator").count() == 1;
    let declares = matches!(tree.kind(statement), "lexical_declaration" | "variable_declaration");
    // In the head of a loop it is no statement of its own.
    let in_head = tree.parent(statement).is_some_and(|around| tree.kind(around) == "for_statement");
    (alone && declares && !in_head).then_some(statement)
}

fn declarator(tree: &Tree<'_>, node: NodeId, declarator: NodeId) -> Occurrence {
    let statement = sole_statement(tree, declarator);
    let binding = match statement {
        Some(_) if is_require(tree, declarator) => Binding::Import,
        Some(_) if tree.field(declarator, "value").is_some() => Binding::Simple,
        _ => Binding::Other,
    };
    variable(tree, statement.unwrap_or(declarator), binding, node)
}

/// A name in a destructuring declaration. Members of a plain object pattern can go one by one.
fn destructured(tree: &Tree<'_>, node: NodeId, declarator: NodeId) -> Occurrence {
    let statement = sole_statement(tree, declarator);
    let is_member = member_of(tree, node).is_some_and(|(list, _)| tree.parent(list) == Some(declarator));
    let binding = match statement {
        Some(_) if is_member && is_require(tree, declarator) => Binding::Import,
        Some(_) if is_member => Binding::Member,
        _ => Binding::Other,
    };
    variable(tree, statement.unwrap_or(declarator), binding, node)
}

/// The object pattern around a bound name, and the member of it that the name stands in.
fn member_of(tree: &Tree<'_>, node: NodeId) -> Option<(NodeId, NodeId)> {
    let mut item = node;
    for outer in tree.ancestors(node) {
        match tree.kind(outer) {
            "object_pattern" => return Some((outer, item)),
            "pair_pattern" | "object_assignment_pattern" | "assignment_pattern" => item = outer,
            _ => return None,
        }
    }
    None
}

fn variable(tree: &Tree<'_>, statement: NodeId, binding: Binding, node: NodeId) -> Occurrence {
    let is_var = tree.ancestors(node).take(8).any(|outer| tree.kind(outer) == "variable_declaration");
    if !is_var {
        return define(tree, statement, binding, tree.parent(statement).unwrap_or(0));
    }
    let function = tree.ancestors(node).find(|outer| FUNCTIONS.contains(&tree.kind(*outer)));
    let scope = function.and_then(|function| tree.field(function, "body")).unwrap_or(0);
    // Before it, and where it is not reached, the name is `undefined` and no error.
    let settled = || {
        let (name, first) = (tree.text_of(node), tree.span(scope).start);
        let before = &tree.text[first..tree.span(node).start];
        // In the text: there may be thousands.
        let is_name = |(at, name): (usize, &str)| {
            let found = tree.at_span(&(first + at..first + at + name.len()));
            found.is_some_and(|each| tree.kind(each).contains("identifier"))
        };
        tree.parent(statement) == Some(scope) && !before.match_indices(name).any(is_name)
    };
    let binding = if binding == Binding::Simple && !settled() { Binding::Other } else { binding };
    define_in(tree, statement, binding, scope)
}

fn for_in(tree: &Tree<'_>, node: NodeId, statement: NodeId) -> Occurrence {
    match tree.field(statement, "kind") {
        Some(_) if tree.field_of(node) == Some("left") => define_in(tree, statement, Binding::Other, statement),
        _ => Occurrence::Unclear,
    }
}

fn parameter(tree: &Tree<'_>, node: NodeId) -> Occurrence {
    let around = tree.ancestors(node).find(|outer| tree.kind(*outer) == "formal_parameters");
    match around.and_then(|list| tree.parent(list)) {
        Some(function) if FUNCTIONS.contains(&tree.kind(function)) => {
            define_in(tree, function, Binding::Parameter, function)
        }
        // The name of a parameter in a type.
        _ => Occurrence::None,
    }
}

fn import(tree: &Tree<'_>, node: NodeId) -> Occurrence {
    match tree.ancestors(node).find(|outer| tree.kind(*outer) == "import_statement") {
        Some(statement) => define(tree, statement, Binding::Import, statement),
        None => Occurrence::Unclear,
    }
}

fn is_require(tree: &Tree<'_>, declarator: NodeId) -> bool {
    tree.field(declarator, "value").is_some_and(|value| {
        tree.kind(value) == "call_expression"
            && tree.field(value, "function").is_some_and(|function| tree.text_of(function) == "require")
    })
}

/// A definition in the nearest block around `from`, itself included.
fn define(tree: &Tree<'_>, statement: NodeId, binding: Binding, from: NodeId) -> Occurrence {
    let scope = std::iter::once(from).chain(tree.ancestors(from)).find(|outer| BLOCKS.contains(&tree.kind(*outer)));
    define_in(tree, statement, binding, scope.unwrap_or(0))
}

fn define_in(tree: &Tree<'_>, statement: NodeId, binding: Binding, scope: NodeId) -> Occurrence {
    let exported = tree.parent(statement).is_some_and(|parent| tree.kind(parent) == "export_statement");
    let shared = exported || (scope == 0 && binding != Binding::Import && !is_module(tree));
    let visible = if scope == 0 { 0..tree.text.len() + 1 } else { tree.span(scope) };
    Occurrence::Definition(Definition { binding, visible, scope, hoisted: true, direct_only: false, shared, statement })
}

/// Whether the names of a file are its own: it imports or exports something.
pub(super) fn is_module(tree: &Tree<'_>) -> bool {
    tree.is_module(|tree| {
        tree.named_children(0).any(|statement| {
            matches!(tree.kind(statement), "import_statement" | "export_statement")
                || tree.text_of(statement).contains("require(")
                || tree.text_of(statement).contains("module.exports")
        })
    })
}

/// Whether a file opens with `"use strict"`: its functions belong to the block that they stand in.
pub(super) fn is_strict(tree: &Tree<'_>) -> bool {
    tree.named_children(0)
        .take_while(|statement| matches!(tree.text_of(*statement).as_bytes().first(), Some(b'"' | b'\'')))
        .any(|statement| tree.text_of(statement)[1..].starts_with("use strict"))
}

/// Names of members where they are written down, members of `this`, and attributes of elements.
pub(super) fn is_key(tree: &Tree<'_>, node: NodeId) -> bool {
    let Some(parent) = tree.parent(node) else { return false };
    if !matches!(tree.kind(node), "property_identifier" | "private_property_identifier") {
        return false;
    }
    tree.kind(parent) != "member_expression"
        || tree.field(parent, "object").is_some_and(|object| tree.kind(object) == "this")
}

/// What the member that an identifier names is taken out of.
pub(super) fn object_of(tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
    let parent = tree.parent(node).filter(|parent| tree.kind(*parent) == "member_expression")?;
    tree.field(parent, "object").filter(|object| *object != node)
}

/// The part of an import, or of a destructuring declaration, that brings in a name.
pub(super) fn import_part(tree: &Tree<'_>, name: NodeId) -> Option<ImportPart> {
    let statement = tree.ancestors(name).find(|outer| {
        matches!(tree.kind(*outer), "import_statement" | "lexical_declaration" | "variable_declaration")
    })?;
    if tree.kind(statement) != "import_statement" {
        let text = tree.text_of(name).to_owned();
        let part = |item, list: Option<NodeId>| {
            let member = list.is_some();
            Some(ImportPart { statement, item, list, module: String::new(), original: text, member })
        };
        return match member_of(tree, name) {
            Some((list, item)) => {
                // What is left for `...rest` depends on what is named before it.
                let rest = tree.named_children(list).any(|member| tree.kind(member) == "rest_pattern");
                if rest { None } else { part(item, Some(list)) }
            }
            None => part(statement, None),
        };
    }
    let source = tree.field(statement, "source").map_or("", |source| tree.text_of(source));
    let clause = tree.named_children(statement).find(|child| tree.kind(*child) == "import_clause");
    let parts = clause.map_or(1, |clause| tree.named_children(clause).count());
    let specifier = tree.parent(name).filter(|parent| tree.kind(*parent) == "import_specifier");
    let (item, list) = match specifier.and_then(|specifier| Some((specifier, tree.parent(specifier)?))) {
        Some((specifier, list)) if tree.named_children(list).count() > 1 => (specifier, Some(list)),
        Some((_, list)) => (list, clause.filter(|_| parts > 1)),
        None => {
            let item = tree.parent(name).filter(|parent| tree.kind(*parent) == "namespace_import").unwrap_or(name);
            (item, clause.filter(|_| parts > 1))
        }
    };
    Some(ImportPart {
        statement,
        item,
        list,
        module: source.to_owned(),
        original: tree.text_of(name).to_owned(),
        member: false,
    })
}

/// The statement `let name = value;` or `name = value;`.
pub(super) fn assignment(tree: &Tree<'_>, name: NodeId) -> Option<Assignment> {
    let at = tree.parent(name)?;
    match (tree.kind(at), tree.field_of(name)) {
        ("variable_declarator", Some("name")) if tree.kind(name) == "identifier" => {
            let statement = sole_statement(tree, at)?;
            let word = tree.children(statement).find(|child| tree.kind(*child) == "let")?;
            let listed = |parent: NodeId| matches!(tree.kind(parent), "program" | "statement_block");
            let keyword = Some(Keyword { span: tree.span(word), constant: Some("const") });
            let declared_type = tree.field(at, "type").map(|declared| tree.text_of(declared).to_owned());
            let value = tree.field(at, "value");
            tree.parent(statement).is_some_and(listed).then_some(Assignment {
                statement,
                value,
                keyword,
                declared_type,
            })
        }
        ("assignment_expression", Some("left")) => {
            let statement = tree.parent(at).filter(|parent| tree.kind(*parent) == "expression_statement")?;
            let value = tree.field(at, "right");
            Some(Assignment { statement, value, keyword: None, declared_type: None })
        }
        _ => None,
    }
}
