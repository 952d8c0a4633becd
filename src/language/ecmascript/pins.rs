//! How tests are written in JavaScript and TypeScript: calls of `it`, `describe` and `beforeEach` with a function.

use super::cases;
use crate::fix::pins::{Cases, Part, Role, TestSyntax};
use crate::fix::tree::{NodeId, Tree};

/// Tests of jest, vitest, mocha, jasmine, cypress and playwright.
pub(super) struct Tests;

impl TestSyntax for Tests {
    fn part(&self, tree: &Tree<'_>, node: NodeId) -> Option<Part> {
        match tree.kind(node) {
            "call_expression" => call(tree, node),
            "function_declaration" => {
                let name = tree.text_of(tree.field(node, "name")?).to_owned();
                Some(Part { role: Role::Helper, whole: node, name })
            }
            "variable_declarator" => {
                let value = tree.field(node, "value")?;
                let is_function = matches!(tree.kind(value), "arrow_function" | "function_expression");
                let name = tree.text_of(tree.field(node, "name")?).to_owned();
                is_function.then_some(Part { role: Role::Helper, whole: tree.parent(node)?, name })
            }
            _ => None,
        }
    }

    fn statement(&self, tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
        let mut at = node;
        while let Some(parent) = tree.parent(at) {
            match tree.kind(parent) {
                "await_expression" | "parenthesized_expression" | "unary_expression" => at = parent,
                "expression_statement" => return Some(parent),
                // All that a hook does: `beforeEach(() => mockFlags({ x: true }))`.
                "arrow_function" if tree.field(parent, "body") == Some(at) => {
                    let call = tree.ancestors(parent).nth(1)?;
                    let part = call_of(tree, call, parent)?;
                    return (part.role == Role::Hook).then_some(part.whole);
                }
                _ => return None,
            }
        }
        None
    }

    fn comment(&self) -> &'static str {
        "//"
    }

    fn cases(&self, tree: &Tree<'_>, name: NodeId) -> Option<Result<Cases, String>> {
        cases::cases(tree, name)
    }
}

/// The part that a call is when a function is its last argument.
fn call_of(tree: &Tree<'_>, node: NodeId, function: NodeId) -> Option<Part> {
    let list = tree.parent(function)?;
    (tree.parent(list) == Some(node) && tree.kind(node) == "call_expression").then(|| call(tree, node)).flatten()
}

pub(super) fn call(tree: &Tree<'_>, node: NodeId) -> Option<Part> {
    let function = tree.field(node, "function")?;
    let first = tree.subtree(function).find(|inner| tree.kind(*inner) == "identifier")?;
    let role = match tree.text_of(first) {
        "it" | "test" | "specify" | "fit" | "xit" | "xtest" => {
            // `test.describe`, `test.beforeEach` of playwright.
            match tree.field(function, "property").map(|property| tree.text_of(property)) {
                Some("describe") => Role::Group,
                Some("beforeEach" | "beforeAll" | "afterEach" | "afterAll") => Role::Hook,
                _ => Role::Test,
            }
        }
        "describe" | "context" | "suite" | "fdescribe" | "xdescribe" => Role::Group,
        "beforeEach" | "beforeAll" | "before" | "afterEach" | "afterAll" | "after" => Role::Hook,
        _ => return None,
    };
    let list = tree.field(node, "arguments")?;
    let runs = |argument: NodeId| matches!(tree.kind(argument), "arrow_function" | "function_expression");
    if !tree.named_children(list).any(runs) {
        return None;
    }
    let whole = tree.parent(node).filter(|parent| tree.kind(*parent) == "expression_statement")?;
    let name = tree.named_children(list).next().filter(|title| !runs(*title));
    let name = name.map_or_else(|| tree.text_of(first), |title| tree.text_of(title).trim_matches(['"', '\'', '`']));
    Some(Part { role, whole, name: name.to_owned() })
}
