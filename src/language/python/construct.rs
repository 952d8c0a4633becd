//! Which roles the nodes of Python play for folding: the table of its constructs. What values and effects are is in `fold`.

use super::fold::{literal, operator};
use crate::fix::syntax::{Arm, Comparison, Construct, Derivation, MatchArm, PartPattern, PartsArm, Pattern, Unwraps};
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
                "is" | "is not" if !operands.iter().any(|operand| is_singleton(tree, *operand)) => Comparison::Object,
                "is" => Comparison::Identical,
                "is not" => Comparison::NotIdentical,
                "in" => Comparison::In,
                "not in" => Comparison::NotIn,
                "<" => Comparison::Less,
                "<=" => Comparison::AtMost,
                ">" => Comparison::Greater,
                ">=" => Comparison::AtLeast,
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
            // `(x := a if c else b)` binds whichever is chosen; the grammar reads `x := a` as the first choice.
            if tree.kind(*then) == "named_expression" {
                return None;
            }
            Construct::Ternary { condition: *condition, then: *then, otherwise: *otherwise }
        }
        "await" => Construct::Same {
            operand: tree.named_children(node).next()?,
            unwraps: Unwraps::Future,
            arguments: Vec::new(),
        },
        "call" => call(tree, node)?,
        "list_splat" | "dictionary_splat" => Construct::Spread(tree.named_children(node).next()?),
        "interpolation" if tree.named_children(node).count() == 1 => {
            if tree.children(node).any(|child| tree.kind(child) == "=") {
                return None;
            }
            Construct::Interpolation(field("expression")?)
        }
        "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
            Construct::Comprehension { clauses: tree.named_children(node).skip(1).collect() }
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
            if let Some(parts) = match_parts(tree, node, &subjects) {
                return Some(parts);
            }
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
            Construct::Guarded {
                condition,
                guard,
                shadows_rest: everything && tree.next_named_sibling(node).is_some(),
                leaks: captures(tree, pattern),
            }
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

/// Calls that follow from their operand, and those of a list of conditions.
fn call(tree: &Tree<'_>, node: NodeId) -> Option<Construct> {
    let list = tree.field(node, "arguments")?;
    let arguments: Vec<NodeId> = tree.named_children(list).collect();
    let plain = |argument: &NodeId| {
        !matches!(tree.kind(*argument), "keyword_argument" | "list_splat" | "dictionary_splat" | "generator_expression")
    };
    if tree.kind(list) != "argument_list" || !arguments.iter().all(plain) {
        return None;
    }
    let function = tree.field(node, "function")?;
    let text = |argument: NodeId| match literal(tree, argument)? {
        Value::String(text) => Some(text),
        _ => None,
    };
    if tree.kind(function) == "attribute" {
        let operand = tree.field(function, "object")?;
        let by = match (tree.text_of(tree.field(function, "attribute")?), arguments.as_slice()) {
            ("lower" | "casefold", []) => Derivation::Lower,
            ("upper", []) => Derivation::Upper,
            ("strip", []) => Derivation::Trimmed,
            ("startswith", [part]) => Derivation::StartsWith(text(*part)?),
            ("endswith", [part]) => Derivation::EndsWith(text(*part)?),
            _ => return None,
        };
        return Some(Construct::Derived { operand, by });
    }
    let listed = |argument: NodeId| {
        let operands: Vec<NodeId> = tree.named_children(argument).collect();
        (matches!(tree.kind(argument), "list" | "tuple" | "set") && operands.iter().all(plain)).then_some(operands)
    };
    Some(match (tree.text_of(function), arguments.as_slice()) {
        ("bool", [only]) => Construct::Truth(*only),
        ("int", [only]) => Construct::Derived { operand: *only, by: Derivation::Number },
        ("str", [only]) => Construct::Derived { operand: *only, by: Derivation::Text },
        ("len", [only]) => Construct::Derived { operand: *only, by: Derivation::Length },
        ("all", [only]) => Construct::All { operands: listed(*only)?, eager: true },
        ("any", [only]) => Construct::Any { operands: listed(*only)?, eager: true },
        ("filter", [lambda, collection]) if tree.kind(*lambda) == "lambda" => {
            // These go through it at once.
            let around = tree.parent(node).and_then(|list| tree.parent(list));
            let at_once = around.and_then(|call| tree.field(call, "function")).is_some_and(|name| {
                matches!(tree.text_of(name), "list" | "tuple" | "set" | "frozenset" | "sorted" | "any" | "all" | "sum")
            });
            Construct::Filter {
                condition: tree.field(*lambda, "body")?,
                collection: *collection,
                differs: (!at_once).then_some("the result is the collection itself, which can be gone through again"),
            }
        }
        _ => return None,
    })
}

/// The names that a pattern binds.
fn captures(tree: &Tree<'_>, pattern: NodeId) -> Vec<NodeId> {
    let binds = |node: &NodeId| {
        let Some(parent) = tree.parent(*node).filter(|_| tree.kind(*node) == "identifier") else { return false };
        let around = tree.parent(parent).map(|around| tree.kind(around));
        match tree.kind(parent) {
            // A class, a value behind dots, or the name of a keyword is read.
            "dotted_name" => around == Some("case_pattern") && tree.named_children(parent).count() == 1,
            "keyword_pattern" | "class_pattern" => false,
            _ => true,
        }
    };
    tree.subtree(pattern).filter(binds).collect()
}

/// Whether an operand is a literal that there is only one object of.
fn is_singleton(tree: &Tree<'_>, node: NodeId) -> bool {
    matches!(tree.kind(node), "true" | "false" | "none")
}

/// A match on several values at once: `match a, b:`, `match (a, b):`.
fn match_parts(tree: &Tree<'_>, node: NodeId, subjects: &[NodeId]) -> Option<Construct> {
    let subjects: Vec<NodeId> = match subjects {
        [only] if tree.kind(*only) == "tuple" => tree.named_children(*only).collect(),
        [_, _, ..] => subjects.to_vec(),
        _ => return None,
    };
    let cases = tree.named_children(tree.field(node, "body")?).filter(|case| tree.kind(*case) == "case_clause");
    let arm = |case: NodeId| {
        let patterns: Vec<NodeId> =
            tree.named_children(case).filter(|child| tree.kind(*child) == "case_pattern").collect();
        let parts = match patterns.as_slice() {
            [only] => match tree.named_children(*only).next() {
                Some(list) if matches!(tree.kind(list), "tuple_pattern" | "list_pattern") => {
                    Some(tree.named_children(list).collect::<Vec<_>>())
                }
                _ => None,
            },
            _ => Some(patterns.clone()),
        };
        let part = |node: NodeId| {
            let is_name = tree.text_of(node).chars().all(|c| c.is_alphanumeric() || c == '_')
                && tree.named_children(node).next().is_none_or(|inner| tree.kind(inner) == "dotted_name");
            PartPattern { node, pattern: one_pattern(tree, node), irrefutable: is_name }
        };
        Some(PartsArm {
            node: case,
            anything: matches!(patterns.as_slice(), [only] if tree.text_of(*only) == "_"),
            parts: parts.map(|parts| parts.into_iter().map(part).collect()),
            guarded: tree.field(case, "guard").is_some(),
            body: tree.field(case, "consequence")?,
        })
    };
    let arms: Option<Vec<PartsArm>> = cases.map(arm).collect();
    Some(Construct::MatchParts { subjects, arms: arms?, exhaustive: false })
}

fn pattern(tree: &Tree<'_>, case: NodeId) -> Pattern {
    let patterns: Vec<NodeId> = tree.named_children(case).filter(|child| tree.kind(*child) == "case_pattern").collect();
    match patterns.as_slice() {
        [pattern] => one_pattern(tree, *pattern),
        _ => Pattern::Unclear,
    }
}

fn one_pattern(tree: &Tree<'_>, pattern: NodeId) -> Pattern {
    if tree.text_of(pattern) == "_" {
        return Pattern::Anything;
    }
    let union = tree.named_children(pattern).next().filter(|only| tree.kind(*only) == "union_pattern");
    // The sign of a number is a token before it.
    let mut negative = false;
    let mut values = Vec::new();
    for part in tree.children(union.unwrap_or(pattern)) {
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
