//! Which roles the nodes of JavaScript and TypeScript play for folding: the table of its constructs. What values and effects
//! are is in `fold`.

use super::fold::{bare, is_child_of_element, literal, operator};
use crate::fix::syntax::{Comparison, Construct, Derivation, MatchArm, Pattern, Unwraps, right_nested_chain};
use crate::fix::tree::{NodeId, Tree};
use crate::value::Value;

/// What a node is to the evaluator; `None` for anything that it does not look into.
pub(super) fn read(tree: &Tree<'_>, node: NodeId) -> Option<Construct> {
    let field = |name: &str| tree.field(node, name);
    let first = || tree.named_children(node).next();
    Some(match tree.kind(node) {
        "parenthesized_expression" => Construct::Paren(first()?),
        "unary_expression" if operator(tree, node) == Some("!") => Construct::Not(field("argument")?),
        "binary_expression" => {
            let (left, right) = (field("left")?, field("right")?);
            match operator(tree, node)? {
                "&&" => Construct::And(left, right),
                "||" => Construct::Or(left, right),
                "??" => Construct::Coalesce(left, right),
                "<" => Construct::Compare(left, Comparison::Less, right),
                "<=" => Construct::Compare(left, Comparison::AtMost, right),
                ">" => Construct::Compare(left, Comparison::Greater, right),
                ">=" => Construct::Compare(left, Comparison::AtLeast, right),
                "===" => Construct::Compare(left, Comparison::Equal, right),
                "!==" => Construct::Compare(left, Comparison::NotEqual, right),
                "==" => Construct::Compare(left, Comparison::Alike, right),
                "!=" => Construct::Compare(left, Comparison::Unalike, right),
                _ => return None,
            }
        }
        "ternary_expression" => Construct::Ternary {
            condition: field("condition")?,
            then: field("consequence")?,
            otherwise: field("alternative")?,
        },
        "await_expression" => Construct::Same { operand: first()?, unwraps: Unwraps::Future, arguments: Vec::new() },
        "as_expression" | "satisfies_expression" | "non_null_expression" => {
            Construct::Same { operand: first()?, unwraps: Unwraps::Nothing, arguments: Vec::new() }
        }
        "call_expression" => call(tree, node)?,
        "member_expression" if tree.field(node, "property").is_some_and(|name| tree.text_of(name) == "length") => {
            Construct::Derived { operand: field("object")?, by: Derivation::Length }
        }
        "template_substitution" => Construct::Interpolation(first()?),
        "jsx_element" if is_fragment(tree, node) => Construct::Fragment,
        "if_statement" => right_nested_chain(tree, node, "if_statement")?,
        "switch_statement" => Construct::Match { subject: field("value")?, arms: cases(tree, field("body")?)? },
        "do_statement" => {
            let body = field("body")?;
            let jumps =
                tree.subtree(body).any(|inner| matches!(tree.kind(inner), "break_statement" | "continue_statement"));
            Construct::DoWhile { condition: field("condition")?, body, jumps }
        }
        "for_statement" => {
            let first = field("initializer").filter(|first| tree.kind(*first) != "empty_statement");
            Construct::For { first, condition: field("condition")? }
        }
        "while_statement" => Construct::While { condition: field("condition")?, otherwise: None },
        "lexical_declaration" | "variable_declaration" => {
            let parts: Vec<NodeId> = tree.named_children(node).collect();
            let [only] = parts.as_slice() else { return None };
            let (name, value) = (tree.field(*only, "name")?, tree.field(*only, "value")?);
            if tree.kind(name) != "identifier" {
                return None;
            }
            Construct::Bind { name, value }
        }
        "expression_statement" => Construct::Statement(first()?),
        "jsx_expression" if tree.kind(first()?) == "spread_element" => {
            Construct::Spread(tree.named_children(first()?).next()?)
        }
        "jsx_expression" => Construct::Slot { inner: first()?, shows: is_shown(tree, node) },
        "spread_element" if matches!(tree.kind(tree.parent(node)?), "object" | "array" | "arguments") => {
            Construct::Spread(first()?)
        }
        "array" if is_dependency_list(tree, node) => Construct::Dependencies,
        "program" | "statement_block" | "switch_case" | "switch_default" => Construct::Block,
        _ => return None,
    })
}

/// Hooks that yield what a function of theirs yields: `useSelector((state) => state.isOn("x"))`, `useMemo(() => x, [])`.
fn selected(tree: &Tree<'_>, hook: NodeId, function: NodeId, arguments: usize) -> Option<Construct> {
    let name = tree.text_of(hook);
    if tree.kind(function) != "arrow_function"
        || !name.starts_with("use")
        || tree.child_of_kind(function, "async").is_some()
    {
        return None;
    }
    let value = tree.field(function, "body").filter(|body| tree.kind(*body) != "statement_block")?;
    match arguments {
        1 if name.ends_with("Selector") || name.ends_with("Store") => Some(Construct::Selected { value, by: hook }),
        2 if name == "useMemo" => {
            Some(Construct::Same { operand: value, unwraps: Unwraps::Nothing, arguments: Vec::new() })
        }
        _ => None,
    }
}

/// Calls that follow from their operand, and filters.
fn call(tree: &Tree<'_>, node: NodeId) -> Option<Construct> {
    let arguments: Vec<NodeId> = tree.named_children(tree.field(node, "arguments")?).collect();
    if arguments.iter().any(|argument| tree.kind(*argument) == "spread_element") {
        return None;
    }
    let function = tree.field(node, "function")?;
    let text = |argument: NodeId| match literal(tree, argument)? {
        Value::String(text) => Some(text),
        _ => None,
    };
    if tree.kind(function) == "member_expression" {
        let operand = tree.field(function, "object")?;
        let by = match (tree.text_of(tree.field(function, "property")?), arguments.as_slice()) {
            ("toString", []) => Derivation::Text,
            ("toLowerCase", []) => Derivation::Lower,
            ("toUpperCase", []) => Derivation::Upper,
            ("trim", []) => Derivation::Trimmed,
            ("startsWith", [part]) => Derivation::StartsWith(text(*part)?),
            ("endsWith", [part]) => Derivation::EndsWith(text(*part)?),
            ("includes", [value]) if tree.kind(bare(tree, operand)) == "array" => {
                return Some(Construct::Compare(*value, Comparison::In, operand));
            }
            ("includes", [part]) => Derivation::Contains(text(*part)?),
            ("filter", [predicate]) if tree.kind(*predicate) == "arrow_function" => {
                let condition = tree.field(*predicate, "body")?;
                let same = "the result is the collection itself, not a copy of it";
                // What is made here has no other name.
                let made = |call: NodeId| {
                    let name = tree.field(call, "function").and_then(|function| tree.field(function, "property"));
                    name.is_some_and(|name| {
                        let makers = [
                            "concat", "entries", "filter", "flatMap", "from", "keys", "map", "slice", "split", "values",
                        ];
                        makers.contains(&tree.text_of(name))
                    })
                };
                let fresh = tree.kind(operand) == "array" || (tree.kind(operand) == "call_expression" && made(operand));
                return Some(Construct::Filter { condition, collection: operand, differs: (!fresh).then_some(same) });
            }
            _ => return None,
        };
        return Some(Construct::Derived { operand, by });
    }
    if let [selector, ..] = arguments.as_slice()
        && let Some(selected) = selected(tree, function, *selector, arguments.len())
    {
        return Some(selected);
    }
    Some(match (tree.text_of(function), arguments.as_slice()) {
        ("Boolean", [only]) => Construct::Truth(*only),
        ("Number", [only]) => Construct::Derived { operand: *only, by: Derivation::Number },
        ("String", [only]) => Construct::Derived { operand: *only, by: Derivation::Text },
        _ => return None,
    })
}

/// Whether an element has tags without a name.
fn is_fragment(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.field(node, "open_tag").is_some_and(|tag| tree.named_children(tag).next().is_none())
}

/// Whether a slot stands where nothing may be shown. Between lines of text it keeps them apart.
fn is_shown(tree: &Tree<'_>, slot: NodeId) -> bool {
    let Some(element) = tree.parent(slot).filter(|_| is_child_of_element(tree, slot)) else { return false };
    let children: Vec<NodeId> = tree.children(element).collect();
    let Some(at) = children.iter().position(|child| *child == slot) else { return false };
    let is_text = |index: Option<usize>| {
        let sibling = index.and_then(|index| children.get(index)).copied();
        sibling.is_some_and(|sibling| tree.kind(sibling) == "jsx_text" && !tree.text_of(sibling).trim().is_empty())
    };
    !(is_text(at.checked_sub(1)) && is_text(Some(at + 1)))
}

/// `useEffect(() => …, [a, b])`: the values that a hook compares.
fn is_dependency_list(tree: &Tree<'_>, node: NodeId) -> bool {
    let call = || {
        let list = tree.parent(node).filter(|list| tree.kind(*list) == "arguments")?;
        let first = tree.named_children(list).next()?;
        let function = tree.field(tree.parent(list)?, "function")?;
        let name = tree.text_of(function).rsplit('.').next().unwrap_or_default();
        let is_hook = name.strip_prefix("use").is_some_and(|rest| rest.starts_with(char::is_uppercase));
        let takes_function = matches!(tree.kind(first), "arrow_function" | "function_expression");
        Some(is_hook && takes_function && first != node && tree.next_named_sibling(node).is_none())
    };
    call().unwrap_or(false)
}

/// The cases of a `switch`, the default last, as far as each one ends by itself; cases without statements belong to the
/// next one that has some. `None` when control may run from one case into another, or leaves one in the middle.
fn cases(tree: &Tree<'_>, body: NodeId) -> Option<Vec<MatchArm>> {
    let mut arms = Vec::new();
    let mut default = None;
    let mut values = Vec::new();
    let mut clear = true;
    let mut seen: Vec<Value> = Vec::new();
    let mut is_default = false;
    let all: Vec<NodeId> = tree.named_children(body).collect();
    for (index, case) in all.iter().enumerate() {
        match tree.field(*case, "value") {
            Some(value) => match literal(tree, value) {
                // The first one counts, which may share its statements with the default.
                Some(value) if seen.contains(&value) => return None,
                Some(value) => {
                    seen.push(value.clone());
                    values.push(value);
                }
                None => clear = false,
            },
            None => is_default = true,
        }
        let statements: Vec<NodeId> = statements_of(tree, *case).collect();
        let last = index + 1 == all.len();
        if statements.is_empty() && !last {
            continue;
        }
        if !last && !ends(tree, &statements) {
            return None;
        }
        if has_inner_break(tree, *case) {
            return None;
        }
        let values = std::mem::take(&mut values);
        let pattern = match (std::mem::take(&mut is_default), std::mem::replace(&mut clear, true)) {
            (true, _) => Pattern::Anything,
            (false, true) => Pattern::Values(values),
            (false, false) => Pattern::Unclear,
        };
        let arm = MatchArm { node: *case, pattern, guarded: false, body: *case };
        if arm.pattern == Pattern::Anything { default = Some(arm) } else { arms.push(arm) }
    }
    arms.extend(default);
    Some(arms)
}

/// The statements of a case.
pub(super) fn statements_of(tree: &Tree<'_>, case: NodeId) -> impl Iterator<Item = NodeId> {
    tree.children(case).filter(move |child| tree.field_of(*child) == Some("body") && !tree.get(*child).extra)
}

fn ends(tree: &Tree<'_>, statements: &[NodeId]) -> bool {
    let Some(last) = statements.last() else { return false };
    let jump = |node: NodeId| {
        matches!(tree.kind(node), "break_statement" | "return_statement" | "throw_statement" | "continue_statement")
    };
    jump(*last) || (tree.kind(*last) == "statement_block" && tree.named_children(*last).last().is_some_and(jump))
}

/// Whether a case holds a `break` of its own `switch` that is not its last statement.
fn has_inner_break(tree: &Tree<'_>, case: NodeId) -> bool {
    tree.subtree(case).any(|node| {
        if tree.kind(node) != "break_statement" || tree.field(node, "label").is_some() {
            return false;
        }
        let parent = tree.parent(node).unwrap_or(0);
        let is_last = tree.next_named_sibling(node).is_none();
        let is_final = is_last
            && (parent == case || (tree.kind(parent) == "statement_block" && tree.parent(parent) == Some(case)));
        let target = tree.ancestors(node).find(|outer| {
            matches!(
                tree.kind(*outer),
                "switch_case"
                    | "switch_default"
                    | "for_statement"
                    | "for_in_statement"
                    | "while_statement"
                    | "do_statement"
            )
        });
        !is_final && target == Some(case)
    })
}
