//! Mocks of modules that only pinned a flag: `jest.mock('flags')` and `vi.mock('flags', () => ({ useFlags: mocks.useFlags }))`
//! go with the last thing that was done to them. Owns that decision; knows no provider.

use std::collections::BTreeMap;

use super::Change;
use crate::fix::names::Names;
use crate::fix::residue::{is_in, item_spans};
use crate::fix::tree::{NodeId, Tree};
use crate::source::Span;

/// What goes because only what `removed` covers used it. `removed` is sorted and disjoint.
pub(in crate::fix) fn unused(tree: &Tree<'_>, names: &Names, removed: &[Span]) -> Vec<Change> {
    let reader = Reader { tree, names, removed };
    let mut changes = Vec::new();
    // Members of shared mocks that go, by the declaration that makes them.
    let mut consumed: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
    for statement in tree.all().filter(|node| tree.kind(*node) == "expression_statement") {
        if is_in(removed, &tree.span(statement)) {
            continue;
        }
        if let Some(used) = reader.mock(statement) {
            changes.push(Change::Remove(statement));
            for (declaration, member) in used {
                consumed.entry(declaration).or_default().push(member);
            }
        }
    }
    for (declaration, mut members) in consumed {
        members.sort_unstable();
        members.dedup();
        let items: Vec<NodeId> = members
            .first()
            .and_then(|member| tree.parent(*member))
            .map(|list| tree.named_children(list).collect())
            .unwrap_or_default();
        if members.contains(&declaration) || items.iter().all(|item| members.contains(item)) {
            changes.push(Change::Remove(declaration));
        } else {
            changes.extend(item_spans(tree, &items, &members).into_iter().map(Change::Cut));
        }
    }
    changes
}

struct Reader<'r> {
    tree: &'r Tree<'r>,
    names: &'r Names,
    removed: &'r [Span],
}

/// A declaration, and the member of its object that is meant; the declaration itself where it is one mock.
type Used = (NodeId, NodeId);

impl Reader<'_> {
    fn goes(&self, node: NodeId) -> bool {
        is_in(self.removed, &self.tree.span(node))
    }

    /// Whether something inside a node goes.
    fn loses(&self, node: NodeId) -> bool {
        let span = self.tree.span(node);
        let first = self.removed.partition_point(|each| each.end <= span.start);
        self.removed.get(first).is_some_and(|each| each.start < span.end)
    }

    /// For a statement that mocks a module and is not needed any more: what its factory used.
    fn mock(&self, statement: NodeId) -> Option<Vec<Used>> {
        let tree = self.tree;
        let call = tree.named_children(statement).next().filter(|call| tree.kind(*call) == "call_expression")?;
        let function = tree.text_of(tree.field(call, "function")?);
        if !matches!(function, "jest.mock" | "vi.mock" | "jest.doMock" | "vi.doMock") {
            return None;
        }
        let arguments: Vec<NodeId> = tree.named_children(tree.field(call, "arguments")?).collect();
        let module = |node: NodeId| tree.text_of(node).trim_matches(['"', '\'', '`']);
        let mocked = module(*arguments.first()?);
        let imports: Vec<NodeId> = tree
            .named_children(0)
            .filter(|node| tree.kind(*node) == "import_statement")
            .filter(|node| tree.field(*node, "source").is_some_and(|source| module(source) == mocked))
            .collect();
        if imports.iter().any(|import| !self.goes(*import)) {
            return None;
        }
        match arguments.as_slice() {
            [_] if !imports.is_empty() => Some(Vec::new()),
            [_, factory] => {
                let object = self.returned(*factory)?;
                let pairs: Vec<NodeId> =
                    tree.named_children(object).filter(|child| tree.kind(*child) != "spread_element").collect();
                if pairs.is_empty() {
                    return None;
                }
                let mut used = Vec::new();
                for pair in pairs {
                    used.extend(self.dead(tree.field(pair, "value").unwrap_or(pair))?);
                }
                Some(used)
            }
            _ => None,
        }
    }

    /// The object that a function returns.
    fn returned(&self, function: NodeId) -> Option<NodeId> {
        let body = self.tree.field(function, "body")?;
        let mut at = match self.tree.kind(body) {
            "statement_block" => {
                let last = self.tree.named_children(body).last()?;
                (self.tree.kind(last) == "return_statement").then(|| self.tree.named_children(last).next()).flatten()?
            }
            _ => body,
        };
        while self.tree.kind(at) == "parenthesized_expression" {
            at = self.tree.named_children(at).next()?;
        }
        (self.tree.kind(at) == "object").then_some(at)
    }

    /// For a mock that nothing but what goes was done to: what declares it.
    fn dead(&self, value: NodeId) -> Option<Option<Used>> {
        let tree = self.tree;
        match tree.kind(value) {
            "call_expression" => (is_mock(tree, value) && self.loses(value)).then_some(None),
            "identifier" | "shorthand_property_identifier" => {
                let variable = self.names.variables.iter().find(|variable| variable.references.contains(&value))?;
                let [(name, definition)] = variable.definitions.as_slice() else { return None };
                let made = tree.field(tree.parent(*name)?, "value")?;
                let others: Vec<NodeId> = variable.references.iter().copied().filter(|each| *each != value).collect();
                let unused = !variable.unclear && others.iter().all(|each| self.goes(*each));
                let pinned = self.loses(made) || !others.is_empty();
                (is_mock(tree, made) && unused && pinned).then_some(Some((definition.statement, definition.statement)))
            }
            "member_expression" => {
                let (object, property) = (tree.field(value, "object")?, tree.field(value, "property")?);
                let property = tree.text_of(property);
                let variable = self.names.variables.iter().find(|variable| variable.references.contains(&object))?;
                let [(name, definition)] = variable.definitions.as_slice() else { return None };
                let made = tree.field(tree.parent(*name)?, "value")?;
                let hoisted =
                    tree.field(made, "function").is_some_and(|function| tree.text_of(function) == "vi.hoisted");
                let factory = tree.named_children(tree.field(made, "arguments").filter(|_| hoisted)?).next()?;
                let pairs: Vec<NodeId> = tree.named_children(self.returned(factory)?).collect();
                let key = |pair: &&NodeId| tree.field(**pair, "key").is_some_and(|key| tree.text_of(key) == property);
                let pair = *pairs.iter().find(key)?;
                let mock = tree.field(pair, "value").filter(|mock| is_mock(tree, *mock))?;
                let same = |reference: &NodeId| {
                    tree.parent(*reference).is_none_or(|member| {
                        // Another use of the object as a whole may reach the member.
                        tree.field(member, "property").is_none_or(|other| tree.text_of(other) == property)
                    })
                };
                let others: Vec<NodeId> =
                    variable.references.iter().copied().filter(|each| *each != object && same(each)).collect();
                let unused = !variable.unclear && others.iter().all(|each| self.goes(*each));
                let pinned = self.loses(mock) || !others.is_empty();
                (unused && pinned).then_some(Some((definition.statement, pair)))
            }
            _ => None,
        }
    }
}

/// Whether an expression makes a mock: `vi.fn()`, with what is done to it at once.
fn is_mock(tree: &Tree<'_>, node: NodeId) -> bool {
    let text = tree.text_of(node);
    ["vi.fn(", "jest.fn(", "vi.fn<", "jest.fn<"].iter().any(|start| text.starts_with(start))
}
