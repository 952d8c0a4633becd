//! Which roles the nodes of Python play for folding: the table of its constructs. What values and effects are is in `fold`.

use super::fold::{literal, operator};
use crate::fix::syntax::{Arm, Comparison, Construct, MatchArm, Pattern, Unwraps};
use crate::fix::tree::{NodeId, Tree};
use crate::value::Value;

/// What a node is to the evaluator; `None` for anything that it does not look into.
pub(super) fn read(tree: &Tree<'_>, node: NodeId) -> Option<Construct> {
    let field = |name: &str| tree.field(node, name);
    Some(match tree.kind(node) {
        "parenthesized_expression" => Construct::Paren(tree.named_children(node).next()?),
        "not_operator" => Construct::Not(field("argument")?),
        "boolean_operator" if operator(tree, node) == Some("and") => Construct::And(field("left")?, field("right")?),
        "boolean_operator" => Construct::Or(field("left")?, field("right")?),
        "comparison_operator" => {
            let operands: Vec<NodeId> = tree.named_children(node).collect();
            let [left, right] = operands.as_slice() else { return None };
            let words: Vec<&str> =
                tree.children(node).filter(|child| !tree.get(*child).named).map(|child| tree.kind(child)).collect();
            let comparison = match words.join(" ").as_str() {
                "==" => Comparison::Equal,
                "!=" | "<>" => Comparison::NotEqual,
                // Of numbers and texts there may be one object or several.
                "is" | "is not" if !operands.iter().any(|operand| is_singleton(tree, *operand)) => return None,
                "is" => Comparison::Identical,
                "is not" => Comparison::NotIdentical,
                "in" => Comparison::In,
                "not in" => Comparison::NotIn,
                _ => return None,
            };
            let is_collection = |operand: NodeId| matches!(tree.kind(operand), "tuple" | "list" | "set");
            if is_collection(*left) {
                return None;
            }
            let collection = is_collection(*right);
            if matches!(comparison, Comparison::In | Comparison::NotIn) != collection {
                return None;
            }
            Construct::Compare(*left, comparison, *right)
        }
        "conditional_expression" => {
            let parts: Vec<NodeId> = tree.named_children(node).collect();
            let [then, condition, otherwise] = parts.as_slice() else { return None };
            Construct::Ternary { condition: *condition, then: *then, otherwise: *otherwise }
        }
        "await" => Construct::Same {
            operand: tree.named_children(node).next()?,
            unwraps: Unwraps::Future,
            arguments: Vec::new(),
        },
        "call" if field("function").is_some_and(|name| tree.text_of(name) == "bool") => {
            let arguments: Vec<NodeId> = tree.named_children(field("arguments")?).collect();
            match arguments.as_slice() {
                [only] if !matches!(tree.kind(*only), "keyword_argument" | "list_splat" | "dictionary_splat") => {
                    Construct::Truth(*only)
                }
                _ => return None,
            }
        }
        "if_statement" => {
            let mut arms = vec![Arm { node, condition: field("condition")?, body: field("consequence")? }];
            let mut otherwise = None;
            for child in tree.named_children(node) {
                match tree.kind(child) {
                    "elif_clause" => arms.push(Arm {
                        node: child,
                        condition: tree.field(child, "condition")?,
                        body: tree.field(child, "consequence")?,
                    }),
                    "else_clause" => otherwise = Some(tree.field(child, "body")?),
                    _ => {}
                }
            }
            Construct::Chain { arms, otherwise }
        }
        "while_statement" => {
            let otherwise = field("alternative").and_then(|clause| tree.field(clause, "body"));
            Construct::While { condition: field("condition")?, otherwise }
        }
        "assert_statement" => Construct::Assert(tree.named_children(node).next()?),
        "if_clause" => {
            // The guard of a `case` is part of its pattern.
            if tree.field_of(node) == Some("guard") {
                return None;
            }
            Construct::Guard(tree.named_children(node).next()?)
        }
        "match_statement" => {
            let subjects: Vec<NodeId> =
                tree.children(node).filter(|child| tree.field_of(*child) == Some("subject")).collect();
            let [subject] = subjects.as_slice() else { return None };
            let cases = tree.named_children(field("body")?).filter(|case| tree.kind(*case) == "case_clause");
            let arms: Option<Vec<MatchArm>> = cases
                .map(|case| {
                    Some(MatchArm {
                        node: case,
                        pattern: pattern(tree, case),
                        guarded: tree.field(case, "guard").is_some(),
                        body: tree.field(case, "consequence")?,
                    })
                })
                .collect();
            Construct::Match { subject: *subject, arms: arms? }
        }
        "named_expression" => Construct::Walrus(field("value")?),
        "case_clause" => {
            let guard = field("guard")?;
            // Arms of a match over several subjects are not judged, so that none goes.
            let subjects = tree.parent(node).and_then(|body| tree.parent(body)).map(|statement| {
                tree.children(statement).filter(|child| tree.field_of(*child) == Some("subject")).count()
            });
            if subjects != Some(1) {
                return None;
            }
            let condition = tree.named_children(guard).next()?;
            let pattern = tree.child_of_kind(node, "case_pattern")?;
            // A name or `_` matches everything, and Python refuses arms behind such a pattern.
            let everything = tree.text_of(pattern).chars().all(|c| c.is_alphanumeric() || c == '_');
            Construct::Guarded { condition, guard, shadows_rest: everything && tree.next_named_sibling(node).is_some() }
        }
        "assignment" => {
            let (name, value) = (field("left")?, field("right")?);
            let statement = tree.parent(node).is_some_and(|parent| tree.kind(parent) == "expression_statement");
            if !statement || tree.kind(name) != "identifier" {
                return None;
            }
            Construct::Bind { name, value }
        }
        "expression_statement" => {
            let parts: Vec<NodeId> = tree.named_children(node).collect();
            match parts.as_slice() {
                [only] => Construct::Statement(*only),
                _ => return None,
            }
        }
        "block" | "module" => Construct::Block,
        _ => return None,
    })
}

/// Whether an operand is a literal that there is only one object of.
fn is_singleton(tree: &Tree<'_>, node: NodeId) -> bool {
    matches!(tree.kind(node), "true" | "false" | "none")
}

fn pattern(tree: &Tree<'_>, case: NodeId) -> Pattern {
    let patterns: Vec<NodeId> = tree.named_children(case).filter(|child| tree.kind(*child) == "case_pattern").collect();
    let [pattern] = patterns.as_slice() else { return Pattern::Unclear };
    if tree.text_of(*pattern) == "_" {
        return Pattern::Anything;
    }
    let union = tree.named_children(*pattern).next().filter(|only| tree.kind(*only) == "union_pattern");
    // The sign of a number is a token before it.
    let mut negative = false;
    let mut values = Vec::new();
    for part in tree.children(union.unwrap_or(*pattern)) {
        match tree.kind(part) {
            "-" => negative = true,
            "|" => {}
            _ => {
                values.push(match (literal(tree, part), negative) {
                    (Some(Value::Int(number)), true) => number.checked_neg().map(Value::Int),
                    (Some(Value::Float(number)), true) => Some(Value::Float(-number)),
                    (value, false) => value,
                    _ => None,
                });
                negative = false;
            }
        }
    }
    let values: Option<Vec<Value>> = values.into_iter().collect();
    match values {
        Some(values) if !values.is_empty() => Pattern::Values(values),
        _ => Pattern::Unclear,
    }
}
