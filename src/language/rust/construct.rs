//! Which roles the nodes of Rust play for folding: the table of its constructs. What values and effects are is in `fold`.

use super::fold::{RESPELLING, UNWRAPPING, literal, method, operator};
use crate::fix::syntax::{Comparison, Construct, MatchArm, Pattern, Unwraps, right_nested_chain};
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
        "call_expression" => {
            let (value, method) = method(tree, node)?;
            let arguments: Vec<NodeId> = tree.named_children(field("arguments")?).collect();
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
        "let_chain" => Construct::All(tree.named_children(node).collect()),
        "match_arm" => {
            let pattern = field("pattern")?;
            let condition = tree.field(pattern, "condition")?;
            Construct::Guarded { condition, guard: condition, shadows_rest: false }
        }
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
