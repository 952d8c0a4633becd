//! Which roles the nodes of Rust play for folding: the table of its constructs. What values and effects are is in `fold`.

use super::fold::{RESPELLING, UNWRAPPING, literal, method, operator};
use super::macros;
use crate::fix::syntax::{
    Comparison, Construct, Derivation, MatchArm, PartPattern, PartsArm, Pattern, Unwraps, right_nested_chain,
};
use crate::fix::tree::{NodeId, Tree};
use crate::value::Value;

/// What a node is to the evaluator; `None` for anything that it does not look into.
pub(super) fn read(tree: &Tree<'_>, node: NodeId) -> Option<Construct> {
    let field = |name: &str| tree.field(node, name);
    Some(match tree.kind(node) {
        "parenthesized_expression" => Construct::Paren(tree.named_children(node).next()?),
        "unary_expression" if tree.children(node).next().is_some_and(|first| tree.kind(first) == "!") => {
            Construct::Not(tree.named_children(node).next()?)
        }
        "binary_expression" => {
            let (left, right) = (field("left")?, field("right")?);
            match operator(tree, node)? {
                "&&" => Construct::And(left, right),
                "||" => Construct::Or(left, right),
                "==" => Construct::Compare(left, Comparison::Equal, right),
                "!=" => Construct::Compare(left, Comparison::NotEqual, right),
                "<" => Construct::Compare(left, Comparison::Less, right),
                "<=" => Construct::Compare(left, Comparison::AtMost, right),
                ">" => Construct::Compare(left, Comparison::Greater, right),
                ">=" => Construct::Compare(left, Comparison::AtLeast, right),
                _ => return None,
            }
        }
        "await_expression" => Construct::Same {
            operand: tree.named_children(node).next()?,
            unwraps: Unwraps::Future,
            arguments: Vec::new(),
        },
        "try_expression" => Construct::Same {
            operand: tree.named_children(node).next()?,
            unwraps: Unwraps::Result,
            arguments: Vec::new(),
        },
        "reference_expression" => {
            if tree.children(node).any(|child| tree.kind(child) == "mutable_specifier") {
                return None;
            }
            Construct::Same { operand: field("value")?, unwraps: Unwraps::Nothing, arguments: Vec::new() }
        }
        "call_expression" if macros::in_condition(tree, node) => {
            let operands: Vec<NodeId> = tree.named_children(field("arguments")?).collect();
            match (tree.text_of(field("function")?), operands.as_slice()) {
                ("not", [only]) => Construct::Not(*only),
                ("all", _) => Construct::All { operands, eager: false },
                ("any", _) => Construct::Any { operands, eager: false },
                _ => return None,
            }
        }
        "attribute_item" | "inner_attribute_item" => {
            let (name, condition, list) = macros::of_attribute(tree, node)?;
            match name {
                "cfg" if tree.kind(node) == "attribute_item" => {
                    Construct::Gate { condition, owner: Some(macros::owner(tree, node)?) }
                }
                "cfg" => Construct::Gate { condition, owner: None },
                _ => Construct::GatedAttributes { condition, list },
            }
        }
        "macro_invocation" => {
            let arguments: Vec<NodeId> = tree.named_children(tree.child_of_kind(node, "token_tree")?).collect();
            match (tree.text_of(field("macro")?), arguments.as_slice()) {
                ("cfg", [only]) if macros::in_condition(tree, *only) => {
                    Construct::Same { operand: *only, unwraps: Unwraps::Nothing, arguments: Vec::new() }
                }
                ("assert" | "debug_assert" | "ensure" | "anyhow::ensure", [condition, ..]) => {
                    Construct::Assert(*condition)
                }
                ("matches", [value, patterns]) => Construct::Compare(*value, Comparison::In, *patterns),
                _ => return None,
            }
        }
        "call_expression" => {
            let (value, method) = method(tree, node)?;
            let arguments: Vec<NodeId> = tree.named_children(field("arguments")?).collect();
            if let Some(construct) = derived(tree, node, value, method, &arguments) {
                return Some(construct);
            }
            let unwraps = if UNWRAPPING.contains(&method) {
                Unwraps::Result
            } else if RESPELLING.contains(&method) && arguments.is_empty() {
                Unwraps::Nothing
            } else {
                return None;
            };
            Construct::Same { operand: value, unwraps, arguments }
        }
        "if_expression" => right_nested_chain(tree, node, "if_expression")?,
        "match_expression" => {
            let body = field("body")?;
            if tree.kind(field("value")?) == "tuple_expression" {
                let arms: Option<Vec<PartsArm>> = tree
                    .named_children(body)
                    .filter(|arm| tree.kind(*arm) == "match_arm")
                    .map(|arm| {
                        let whole = tree.field(arm, "pattern")?;
                        parts_arm(tree, arm, whole, tree.field(arm, "value")?)
                    })
                    .collect();
                let subjects = tree.named_children(field("value")?).collect();
                return Some(Construct::MatchParts { subjects, arms: arms?, exhaustive: true });
            }
            let arms: Option<Vec<MatchArm>> = tree
                .named_children(body)
                .filter(|arm| tree.kind(*arm) == "match_arm")
                .map(|arm| {
                    let whole = tree.field(arm, "pattern")?;
                    let guarded = tree.field(whole, "condition").is_some();
                    let pattern = pattern(tree, whole);
                    Some(MatchArm { node: arm, pattern, guarded, body: tree.field(arm, "value")? })
                })
                .collect();
            Construct::Match { subject: field("value")?, arms: arms? }
        }
        "let_chain" => Construct::All { operands: tree.named_children(node).collect(), eager: false },
        "match_arm" => {
            let pattern = field("pattern")?;
            let condition = tree.field(pattern, "condition")?;
            Construct::Guarded { condition, guard: condition, shadows_rest: false, leaks: Vec::new() }
        }
        "let_condition" if tree.kind(field("value")?) == "tuple_expression" => Construct::LetParts {
            subjects: tree.named_children(field("value")?).collect(),
            arm: parts_arm(tree, node, field("pattern")?, node)?,
        },
        "while_expression" => Construct::While { condition: field("condition")?, otherwise: None },
        "let_declaration" => {
            let (name, value) = (field("pattern")?, field("value")?);
            let mutable = tree.children(node).any(|child| tree.kind(child) == "mutable_specifier");
            if tree.kind(name) != "identifier" || mutable || field("alternative").is_some() {
                return None;
            }
            Construct::Bind { name, value }
        }
        "expression_statement" => Construct::Statement(tree.named_children(node).next()?),
        "block" if tree.parent(node).is_some_and(|parent| tree.kind(parent) != "async_block") => Construct::Block,
        _ => return None,
    })
}

/// Method calls that follow from their receiver, and filters.
fn derived(tree: &Tree<'_>, node: NodeId, operand: NodeId, method: &str, arguments: &[NodeId]) -> Option<Construct> {
    let text = |argument: NodeId| match literal(tree, argument)? {
        Value::String(text) => Some(text),
        _ => None,
    };
    let by = match (method, arguments) {
        ("to_string", []) => Derivation::Text,
        ("to_lowercase" | "to_ascii_lowercase", []) => Derivation::Lower,
        ("to_uppercase" | "to_ascii_uppercase", []) => Derivation::Upper,
        ("trim", []) => Derivation::Trimmed,
        ("is_empty", []) => Derivation::IsEmpty,
        ("len", []) => Derivation::Length,
        ("starts_with", [part]) => Derivation::StartsWith(text(*part)?),
        ("ends_with", [part]) => Derivation::EndsWith(text(*part)?),
        ("eq_ignore_ascii_case", [other]) => Derivation::EqualsIgnoringCase(text(*other)?),
        ("contains", [value]) if tree.kind(operand) == "array_expression" => {
            return Some(Construct::Compare(*value, Comparison::In, operand));
        }
        ("contains", [part]) => Derivation::Contains(text(*part)?),
        ("filter", [closure]) if tree.kind(*closure) == "closure_expression" => {
            let condition = tree.field(*closure, "body")?;
            // What goes on as a chain never shows its type.
            let chained = tree.parent(node).is_some_and(|parent| tree.kind(parent) == "field_expression");
            let differs = (!chained).then_some("the type of the value would be another one");
            return Some(Construct::Filter { condition, collection: operand, differs });
        }
        _ => return None,
    };
    Some(Construct::Derived { operand, by })
}

/// An arm of a match of a tuple; `whole` is its pattern, with a guard or without.
fn parts_arm(tree: &Tree<'_>, node: NodeId, whole: NodeId, body: NodeId) -> Option<PartsArm> {
    let list =
        if tree.kind(whole) == "tuple_pattern" { Some(whole) } else { tree.child_of_kind(whole, "tuple_pattern") };
    let is_open = |list: &NodeId| tree.children(*list).all(|child| tree.kind(child) != "remaining_field_pattern");
    // `_` is a token of its own, not a named node.
    let part = |node: NodeId| {
        let text = tree.text_of(node);
        let pattern = match (text, literal(tree, node)) {
            ("_", _) => Pattern::Anything,
            (_, Some(value)) => Pattern::Values(vec![value]),
            _ => Pattern::Unclear,
        };
        let is_name = tree.kind(node) == "identifier" && text.starts_with(|c: char| c.is_lowercase());
        PartPattern { node, irrefutable: pattern == Pattern::Anything || is_name, pattern }
    };
    let items = |list: NodeId| {
        let item = |child: &NodeId| !tree.get(*child).extra && !matches!(tree.kind(*child), "(" | ")" | ",");
        tree.children(list).filter(item).collect::<Vec<_>>()
    };
    Some(PartsArm {
        node,
        parts: list.filter(is_open).map(|list| items(list).into_iter().map(part).collect()),
        anything: pattern(tree, whole) == Pattern::Anything,
        guarded: tree.field(whole, "condition").is_some(),
        body,
    })
}

fn pattern(tree: &Tree<'_>, pattern: NodeId) -> Pattern {
    if tree.children(pattern).next().is_some_and(|first| tree.text_of(first) == "_") {
        return Pattern::Anything;
    }
    let mut alternatives: Vec<NodeId> =
        tree.named_children(pattern).filter(|child| tree.field_of(*child) != Some("condition")).collect();
    // `a | b | c` nests to the left.
    while let Some(index) = alternatives.iter().position(|alternative| tree.kind(*alternative) == "or_pattern") {
        let nested = alternatives.remove(index);
        alternatives.extend(tree.named_children(nested));
    }
    let values: Option<Vec<Value>> = alternatives.iter().map(|alternative| literal(tree, *alternative)).collect();
    match values {
        Some(values) if !values.is_empty() => Pattern::Values(values),
        _ => Pattern::Unclear,
    }
}
