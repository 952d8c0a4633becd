//! How tests are written in Python: functions and classes by name, fixtures and hooks, and what `mock.patch` hands over.

use crate::fix::pins::{Injected, Part, Role, TestSyntax};
use crate::fix::tree::{NodeId, Tree};

/// Tests of pytest and unittest.
pub(super) struct Tests;

/// Methods that run around every test of a class, and functions around those of a module.
const HOOKS: &[&str] = &[
    "asyncSetUp",
    "setUp",
    "setUpClass",
    "setUpModule",
    "setUpTestData",
    "setup",
    "setup_class",
    "setup_function",
    "setup_method",
    "setup_module",
];

impl TestSyntax for Tests {
    fn part(&self, tree: &Tree<'_>, node: NodeId) -> Option<Part> {
        let role = match tree.kind(node) {
            "class_definition" => Role::Group,
            "function_definition" => {
                let name = tree.text_of(tree.field(node, "name")?);
                if decorators(tree, node).any(|decorator| tree.text_of(decorator).contains("fixture")) {
                    Role::Fixture
                } else if name.starts_with("test") {
                    Role::Test
                } else if HOOKS.contains(&name) {
                    Role::Hook
                } else {
                    Role::Helper
                }
            }
            _ => return None,
        };
        let whole = tree.parent(node).filter(|parent| tree.kind(*parent) == "decorated_definition").unwrap_or(node);
        Some(Part { role, whole, name: tree.text_of(tree.field(node, "name")?).to_owned() })
    }

    fn statement(&self, tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
        let mut at = node;
        while let Some(parent) = tree.parent(at) {
            match tree.kind(parent) {
                "await" | "parenthesized_expression" => at = parent,
                "expression_statement" => return Some(parent),
                // `self.switch = Switch.objects.create(…)`, when nothing else speaks of it.
                "assignment" if tree.field(parent, "right") == Some(at) => {
                    let target = tree.field(parent, "left")?;
                    let name = tree.field(target, "attribute").unwrap_or(target);
                    let used = |other: NodeId| {
                        other != name
                            && tree.kind(other) == "identifier"
                            && tree.text_of(other) == tree.text_of(name)
                            && tree.field(tree.parent(other).unwrap_or(0), "name").is_none_or(|word| word != other)
                    };
                    let unused = tree.kind(name) == "identifier" && !tree.all().any(used);
                    return tree.parent(parent).filter(|_| unused);
                }
                _ => return None,
            }
        }
        None
    }

    fn comment(&self) -> &'static str {
        "#"
    }

    fn injected(&self, tree: &Tree<'_>, decorator: NodeId) -> Option<Injected> {
        if !hands_over(tree, decorator) {
            return None;
        }
        let definition = tree.parent(decorator)?;
        let function = tree.field(definition, "definition")?;
        let list = tree.field(function, "parameters")?;
        // The decorator next to the function hands over the first parameter behind `self`.
        let below = tree
            .children(definition)
            .filter(|child| tree.kind(*child) == "decorator" && *child > decorator && hands_over(tree, *child))
            .count();
        let method = tree.ancestors(definition).nth(1).is_some_and(|outer| tree.kind(outer) == "class_definition");
        let parameter = tree.named_children(list).nth(below + usize::from(method))?;
        let name = tree.subtree(parameter).find(|inner| tree.kind(*inner) == "identifier")?;
        Some(Injected { list, parameter, name })
    }
}

fn decorators<'t>(tree: &'t Tree<'_>, function: NodeId) -> impl Iterator<Item = NodeId> + 't {
    let definition = tree.parent(function).filter(|parent| tree.kind(*parent) == "decorated_definition");
    let children = definition.map(|definition| tree.children(definition));
    children.into_iter().flatten().filter(|child| tree.kind(*child) == "decorator")
}

/// Whether a decorator is a `patch` without a replacement of its own: it hands the mock to the function.
fn hands_over(tree: &Tree<'_>, decorator: NodeId) -> bool {
    let Some(call) = tree.named_children(decorator).next().filter(|call| tree.kind(*call) == "call") else {
        return false;
    };
    let (Some(function), Some(list)) = (tree.field(call, "function"), tree.field(call, "arguments")) else {
        return false;
    };
    let object = tree.text_of(function).ends_with("patch.object");
    if !(object || tree.text_of(function).ends_with("patch")) {
        return false;
    }
    let keyword = |argument: NodeId| tree.field(argument, "name").map(|name| tree.text_of(name));
    let arguments: Vec<NodeId> = tree.named_children(list).collect();
    let positional = arguments.iter().filter(|argument| keyword(**argument).is_none()).count();
    positional <= 1 + usize::from(object) && !arguments.iter().any(|argument| keyword(*argument) == Some("new"))
}
