//! How tests are written in Python: functions and classes by name, fixtures and hooks, and what `mock.patch` hands over.

use std::collections::BTreeMap;
use std::iter;

use super::cases;
use crate::fix::pins::{Cases, Change, Injected, Part, Role, TestSyntax};
use crate::fix::residue::item_spans;
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

    fn cases(&self, tree: &Tree<'_>, name: NodeId) -> Option<Result<Cases, String>> {
        cases::cases(tree, name)
    }

    fn requests(&self, tree: &Tree<'_>, function: NodeId, live: &dyn Fn(NodeId) -> bool) -> Option<Vec<Change>> {
        requests(tree, function, live)
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

/// Whether pytest fills a parameter of a test with a fixture of its name, and nothing else does.
pub(super) fn injects(tree: &Tree<'_>, function: NodeId, parameter: NodeId) -> bool {
    let test = Tests.part(tree, function).is_some_and(|part| part.role == Role::Test);
    // Tests of `unittest` get nothing by name.
    let class = tree.ancestors(function).find(|outer| tree.kind(*outer) == "class_definition");
    let bases = class.and_then(|class| tree.field(class, "superclasses"));
    let plain = matches!(tree.kind(parameter), "identifier" | "typed_parameter")
        && !matches!(tree.text_of(parameter), "self" | "cls");
    let unittest = bases.is_some_and(|bases| tree.text_of(bases).contains("TestCase"));
    if !test || unittest || !plain {
        return false;
    }
    let name = tree.subtree(parameter).find(|inner| tree.kind(*inner) == "identifier").unwrap_or(parameter);
    let known = |decorator: NodeId| {
        let called = tree.named_children(decorator).next();
        let called = called.map(|call| tree.field(call, "function").unwrap_or(call));
        let called = called.map_or("", |function| tree.text_of(function));
        called.starts_with("pytest.mark.")
            || ["patch", "patch.object", "patch.dict"].iter().any(|patch| {
                called.strip_suffix(patch).is_some_and(|module| module.is_empty() || module.ends_with('.'))
            })
    };
    // Mocks are handed over by position, before what has a name.
    let around = iter::once(function).chain(class).flat_map(|definition| decorators(tree, definition));
    let mocks = around.filter(|decorator| hands_over(tree, *decorator)).count();
    let own = usize::from(class.is_some());
    let behind = tree.field(function, "parameters").is_some_and(|list| {
        tree.named_children(list).position(|each| each == parameter).is_some_and(|position| position >= mocks + own)
    });
    let marks = behind && decorators(tree, function).all(known);
    // A list of cases fills parameters by their names, be it over the test, its class or in a variable.
    let is_named = |text: NodeId| {
        tree.kind(text) == "string_content"
            && tree.text_of(text).split(',').any(|word| word.trim() == tree.text_of(name))
    };
    let unclear = |call: NodeId| {
        let called = tree.field(call, "function").map_or("", |function| tree.text_of(function));
        let names = tree.field(call, "arguments").and_then(|list| tree.named_children(list).next());
        called.ends_with("parametrize")
            && names.is_none_or(|names| !matches!(tree.kind(names), "list" | "string" | "tuple"))
    };
    marks && !tree.all().any(|node| is_named(node) || tree.kind(node) == "call" && unclear(node))
}

/// What goes for a fixture to go: the parameters by which tests ask for it, and its name in `usefixtures`.
fn requests(tree: &Tree<'_>, fixture: NodeId, live: &dyn Fn(NodeId) -> bool) -> Option<Vec<Change>> {
    let own = tree.field(fixture, "name")?;
    let name = tree.text_of(own);
    let given = |decorator: NodeId| {
        tree.subtree(decorator).any(|node| {
            let keyword = tree.field(node, "name").filter(|_| tree.kind(node) == "keyword_argument");
            keyword.is_some_and(|keyword| matches!(tree.text_of(keyword), "name" | "params"))
        })
    };
    if decorators(tree, fixture).count() != 1 || decorators(tree, fixture).any(given) {
        return None;
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut lists: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
    for (start, _) in tree.text.match_indices(name) {
        let span = start..start + name.len();
        let longer = tree.text[..span.start].ends_with(is_word) || tree.text[span.end..].starts_with(is_word);
        let node = tree.leaf_at(span.start);
        if longer || node == own || !live(node) || tree.get(node).extra {
            continue;
        }
        let parent = tree.parent(node)?;
        let (item, list) = match tree.kind(parent) {
            "parameters" if tree.span(node) == span => (node, parent),
            // `usefixtures("name")`
            "string" if tree.span(node) == span => (parent, tree.parent(parent)?),
            _ => return None,
        };
        let asks = match tree.kind(list) {
            "parameters" => {
                let function = tree.parent(list)?;
                let role = Tests.part(tree, function).map(|part| part.role);
                let reads =
                    |other: NodeId| tree.kind(other) == "identifier" && tree.text_of(other) == name && live(other);
                let body = tree.field(function, "body")?;
                matches!(role, Some(Role::Test | Role::Fixture | Role::Hook)) && !tree.subtree(body).any(reads)
            }
            "argument_list" => {
                let call = tree.parent(list)?;
                let called = tree.field(call, "function").map_or("", |function| tree.text_of(function));
                let decorates = tree.parent(call).is_some_and(|outer| tree.kind(outer) == "decorator");
                decorates && called.ends_with("usefixtures")
            }
            _ => false,
        };
        if !asks {
            return None;
        }
        lists.entry(list).or_default().push(item);
    }
    let mut changes = Vec::new();
    for (list, gone) in lists {
        let items: Vec<NodeId> = tree.named_children(list).filter(|child| !tree.get(*child).extra).collect();
        if tree.kind(list) == "argument_list" && gone.len() == items.len() {
            changes.push(Change::Remove(tree.ancestors(list).nth(1)?));
        } else {
            changes.extend(item_spans(tree, &items, &gone).into_iter().map(Change::Cut));
        }
    }
    Some(changes)
}

pub(super) fn decorators<'t>(tree: &'t Tree<'_>, function: NodeId) -> impl Iterator<Item = NodeId> + 't {
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
