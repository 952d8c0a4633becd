//! How tightly the operators of JavaScript bind, and where parentheses are needed for other reasons.

use crate::fix::tree::{NodeId, Tree};

const SEQUENCE: u8 = 1;
const ASSIGNMENT: u8 = 2;
const CONDITIONAL: u8 = 3;
const COALESCE: u8 = 4;
const UNARY: u8 = 16;
const POSTFIX: u8 = 17;
const CALL: u8 = 19;
const PRIMARY: u8 = 20;

fn of_operator(operator: &str) -> u8 {
    match operator {
        "??" => COALESCE,
        "||" => 5,
        "&&" => 6,
        "|" => 7,
        "^" => 8,
        "&" => 9,
        "==" | "!=" | "===" | "!==" => 10,
        "<<" | ">>" | ">>>" => 12,
        "+" | "-" => 13,
        "*" | "/" | "%" => 14,
        "**" => 15,
        _ => 11,
    }
}

fn operator<'t>(tree: &Tree<'t>, node: NodeId) -> &'t str {
    tree.field(node, "operator").map_or("", |operator| tree.text_of(operator))
}

/// How tightly an expression binds.
pub(super) fn of(tree: &Tree<'_>, node: NodeId) -> u8 {
    match tree.kind(node) {
        "sequence_expression" => SEQUENCE,
        "arrow_function" | "assignment_expression" | "augmented_assignment_expression" | "yield_expression" => {
            ASSIGNMENT
        }
        "ternary_expression" => CONDITIONAL,
        "binary_expression" => of_operator(operator(tree, node)),
        "as_expression" | "satisfies_expression" => 11,
        "unary_expression" | "await_expression" | "type_assertion" => UNARY,
        "update_expression" => POSTFIX,
        "call_expression" | "member_expression" | "subscript_expression" | "non_null_expression" => CALL,
        "new_expression" if tree.field(node, "arguments").is_none() => 18,
        _ => PRIMARY,
    }
}

/// How tightly an expression must bind to stand where `node` stands.
pub(super) fn required(tree: &Tree<'_>, node: NodeId) -> u8 {
    let Some(parent) = tree.parent(node) else { return 0 };
    if is_condition(tree, node) {
        return u8::MAX;
    }
    match (tree.kind(parent), tree.field_of(node)) {
        ("binary_expression", field) => match (operator(tree, parent), field) {
            // `??` does not mix with the others without parentheses.
            ("??", _) => 7,
            ("**", Some("left")) => POSTFIX,
            ("**", _) => 15,
            (operator, Some("right")) => of_operator(operator) + 1,
            (operator, _) => of_operator(operator),
        },
        ("as_expression" | "satisfies_expression", _) => 11,
        ("unary_expression" | "await_expression" | "type_assertion", _) => UNARY,
        ("update_expression", _) => CALL,
        ("member_expression" | "subscript_expression", Some("object"))
        | ("call_expression", Some("function"))
        | ("non_null_expression" | "extends_clause" | "decorator", _) => CALL,
        ("new_expression", Some("constructor")) => PRIMARY,
        ("ternary_expression", Some("condition")) => COALESCE,
        (
            "ternary_expression"
            | "spread_element"
            | "arguments"
            | "array"
            | "pair"
            | "variable_declarator"
            | "assignment_expression"
            | "augmented_assignment_expression"
            | "assignment_pattern"
            | "object_assignment_pattern"
            | "required_parameter"
            | "optional_parameter"
            | "computed_property_name"
            | "jsx_expression"
            | "public_field_definition"
            | "enum_assignment"
            | "export_statement"
            | "yield_expression"
            | "arrow_function",
            _,
        )
        | ("for_in_statement", Some("right")) => ASSIGNMENT,
        _ => 0,
    }
}

/// Whether a node is the parentheses that belong to a statement: `if (…)`.
pub(super) fn is_condition(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.kind(node) == "parenthesized_expression"
        && matches!(tree.field_of(node), Some("condition" | "value" | "object"))
        && tree.parent(node).is_some_and(|parent| {
            matches!(
                tree.kind(parent),
                "if_statement" | "while_statement" | "do_statement" | "switch_statement" | "with_statement"
            )
        })
}

/// Whether an expression cannot stand in a place as it is: it binds too loosely, or would be read as a block or a
/// declaration at the start of an arrow's body or of a statement.
pub(super) fn needs_parentheses(tree: &Tree<'_>, place: NodeId, expression: NodeId) -> bool {
    if of(tree, expression) < required(tree, place)
        || continues_chain(tree, place, expression)
        || starts_for_in(tree, place, expression)
    {
        return true;
    }
    if tree.kind(expression) == "number" && tree.field_of(place) == Some("object") {
        // `1.k` is no expression.
        return true;
    }
    let first = tree.text_of(expression).trim_start();
    let word = first.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_object = first.starts_with('{');
    if !is_object && !matches!(word, "function" | "class" | "let" | "async") {
        return false;
    }
    let start = tree.span(place).start;
    let mut inner = place;
    for outer in tree.ancestors(place) {
        match tree.kind(outer) {
            "arrow_function" if tree.field_of(inner) == Some("body") => return is_object,
            "expression_statement" => return true,
            "export_statement" => return !is_object,
            _ if tree.span(outer).start != start => return false,
            _ => inner = outer,
        }
    }
    false
}

/// Whether `?.` in an expression would skip what stands behind its place as well: `(a?.b).c` is not `a?.b.c`.
fn continues_chain(tree: &Tree<'_>, place: NodeId, expression: NodeId) -> bool {
    // `!` does not end a chain.
    let mut place = place;
    while let Some(outer) = tree.parent(place).filter(|outer| tree.kind(*outer) == "non_null_expression") {
        place = outer;
    }
    let continued = matches!(
        (tree.parent(place).map(|parent| tree.kind(parent)), tree.field_of(place)),
        (Some("member_expression" | "subscript_expression"), Some("object"))
            | (Some("call_expression"), Some("function"))
    );
    let mut at = Some(expression);
    while let Some(link) = at.filter(|_| continued) {
        if tree.children(link).any(|child| tree.kind(child) == "optional_chain" || tree.text_of(child) == "?.") {
            return true;
        }
        at = match tree.kind(link) {
            "member_expression" | "subscript_expression" => tree.field(link, "object"),
            "call_expression" => tree.field(link, "function"),
            "non_null_expression" => tree.named_children(link).next(),
            _ => None,
        };
    }
    false
}

/// Whether an `in` would be taken for that of a loop's head: `for (let i = a in b; …)`.
fn starts_for_in(tree: &Tree<'_>, place: NodeId, expression: NodeId) -> bool {
    let ends = |outer: &NodeId| {
        let kind = tree.kind(*outer);
        kind.ends_with("_block") || matches!(kind, "arguments" | "parenthesized_expression")
    };
    tree.kind(expression) == "binary_expression"
        && operator(tree, expression) == "in"
        && std::iter::once(place)
            .chain(tree.ancestors(place).take_while(|outer| !ends(outer)))
            .any(|outer| tree.field_of(outer) == Some("initializer"))
}

/// Why an expression that was an operand must not stand alone in a place: there it is a reference and no value.
pub(super) fn refuses_alone(tree: &Tree<'_>, place: NodeId, expression: NodeId) -> Option<&'static str> {
    let mut expression = expression;
    while tree.kind(expression) == "parenthesized_expression" {
        expression = tree.named_children(expression).next()?;
    }
    let is_member = matches!(tree.kind(expression), "member_expression" | "subscript_expression");
    if !is_member && tree.text_of(expression) != "eval" {
        return None;
    }
    let mut place = place;
    while tree.kind(tree.parent(place)?) == "parenthesized_expression" {
        place = tree.parent(place)?;
    }
    let around = tree.parent(place)?;
    match (tree.kind(around), tree.field_of(place)) {
        ("call_expression", Some("function")) => Some("a function that was called without a receiver would get one"),
        ("unary_expression", _) if operator(tree, around) == "delete" => {
            Some("`delete` would remove a member that it was only given the value of")
        }
        _ => None,
    }
}
