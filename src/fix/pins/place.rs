//! Where a pin stands: a statement, a decorator, what a `with` enters, an entry of a mapping, a link of a chain of calls.
//! Owns what is taken out of the text for the pin alone to go.

use std::collections::BTreeMap;

use super::{Change, TestSyntax};
use crate::fix::residue::item_spans;
use crate::fix::residue::lists::ends_line;
use crate::fix::tree::{NodeId, Tree};
use crate::resolve::FlagOverride;
use crate::source::{line_end, line_start};

/// Where a pin stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The call, assignment or decorator.
    pub(super) at: NodeId,
    /// The flag's key in it.
    pub(super) key: NodeId,
    /// The collection that the pin is an entry of, and the entry.
    pub(super) entry: Option<(NodeId, NodeId)>,
    /// The statement that it is alone in.
    pub(super) statement: Option<NodeId>,
    /// The `with` statement that it is what is entered of, and its block.
    pub(super) block: Option<(NodeId, NodeId)>,
    /// What is entered there.
    pub(super) item: Option<NodeId>,
    /// The definition that it decorates, all of it.
    pub(super) decorates: Option<NodeId>,
}

/// Reads where a pin stands.
pub(super) fn read(tree: &Tree<'_>, syntax: &dyn TestSyntax, pin: &FlagOverride) -> Result<Place, String> {
    let unreadable = "the pin stands where it cannot be read";
    let at = tree.at_span(&pin.at.span).ok_or(unreadable)?;
    let key = tree.at_span(&pin.key_span).ok_or(unreadable)?;
    let entry = entry(tree, at, key);
    let decorates = if pin.decorator {
        let definition = tree.parent(at).ok_or(unreadable)?;
        Some(definition)
    } else {
        None
    };
    let item = with_item(tree, at);
    let block = match item {
        Some(item) => {
            let statement =
                tree.ancestors(item).find(|outer| tree.kind(*outer) == "with_statement").ok_or(unreadable)?;
            let body = tree.field(statement, "body").ok_or(unreadable)?;
            if let Some(name) = target(tree, item)
                && mentions(tree, body, tree.text_of(name))
            {
                return Err("what the block enters is used in it".into());
            }
            Some((statement, body))
        }
        None => None,
    };
    let statement = syntax.statement(tree, at);
    Ok(Place { at, key, entry, statement, block, item, decorates })
}

fn with_item(tree: &Tree<'_>, at: NodeId) -> Option<NodeId> {
    tree.ancestors(at).take(2).find(|outer| tree.kind(*outer) == "with_item").filter(|item| {
        let value = tree.field(*item, "value");
        value == Some(at)
            || value
                .is_some_and(|value| tree.kind(value) == "as_pattern" && tree.named_children(value).next() == Some(at))
    })
}

/// The name that `as` binds.
fn target(tree: &Tree<'_>, item: NodeId) -> Option<NodeId> {
    tree.subtree(item).find(|node| tree.kind(*node) == "as_pattern_target")
}

fn mentions(tree: &Tree<'_>, within: NodeId, name: &str) -> bool {
    tree.subtree(within).any(|node| tree.kind(node).contains("identifier") && tree.text_of(node) == name)
}

/// The innermost collection in the pin whose entry the key belongs to.
fn entry(tree: &Tree<'_>, at: NodeId, key: NodeId) -> Option<(NodeId, NodeId)> {
    let mut item = key;
    for outer in tree.ancestors(key).take_while(|outer| *outer != at) {
        match tree.kind(outer) {
            "dictionary" | "object" | "list" | "array" | "array_expression" => return Some((outer, item)),
            "argument_list" if tree.kind(item) == "keyword_argument" && tree.field(item, "name") == Some(key) => {
                return Some((outer, item));
            }
            "pair" if tree.field(outer, "key").is_some_and(|name| tree.contains(name, key)) => item = outer,
            "keyword_argument" => item = outer,
            "computed_property_name" => {}
            _ => return None,
        }
    }
    None
}

/// What is taken out for a pin to go. `gone` holds the entries that go, by collection.
pub(super) fn changes(
    tree: &Tree<'_>,
    syntax: &dyn TestSyntax,
    place: &Place,
    gone: &BTreeMap<NodeId, Vec<NodeId>>,
) -> Result<Vec<Change>, String> {
    if let Some((collection, _)) = place.entry
        && let Some(cut) = entries(tree, place, collection, gone)
    {
        return Ok(cut);
    }
    if let Some(definition) = place.decorates {
        let mut changes = vec![Change::Remove(place.at)];
        if let Some(injected) = syntax.injected(tree, place.at) {
            let name = tree.text_of(injected.name);
            let body = tree.subtree(definition).find(|node| tree.kind(*node) == "block");
            if body.is_some_and(|body| mentions(tree, body, name)) {
                return Err(format!("the test uses `{name}`, which the decorator hands to it"));
            }
            let items: Vec<NodeId> = tree.named_children(injected.list).collect();
            changes.extend(item_spans(tree, &items, &[injected.parameter]).into_iter().map(Change::Cut));
        }
        return Ok(changes);
    }
    if let Some((statement, body)) = place.block {
        let items: Vec<NodeId> = tree
            .subtree(statement)
            .take_while(|node| *node < body)
            .filter(|node| tree.kind(*node) == "with_item")
            .collect();
        let going = gone.get(&statement).map_or(&[][..], Vec::as_slice);
        if items.iter().all(|item| going.contains(item)) {
            return Ok(vec![Change::Lift(statement, body)]);
        }
        return Ok(item_spans(tree, &items, going).into_iter().map(Change::Cut).collect());
    }
    let receiver = receiver(tree, place.at);
    // Where the key is in what the method is called on, that is a part of the pin.
    let chained = receiver.is_some_and(|receiver| has_call(tree, receiver) && !tree.contains(receiver, place.key));
    if let Some(statement) = place.statement.filter(|_| !chained) {
        let mut changes = vec![Change::Remove(statement)];
        // A block needs no semicolon, and one behind it is a statement of its own.
        let next = tree.next_named_sibling(statement).filter(|next| tree.kind(*next) == "empty_statement");
        if let Some(next) = next.filter(|next| tree.span(*next).start == tree.span(statement).end) {
            let (start, end) = (tree.span(statement).start, tree.span(next).end);
            let (first, last) = (line_start(tree.text, start), line_end(tree.text, end));
            let behind = &tree.text[end..last];
            changes.push(Change::Cut(if !ends_line(behind) {
                start..end + behind.len() - behind.trim_start().len()
            } else if tree.text[first..start].trim().is_empty() {
                first..last
            } else {
                tree.text[..start].trim_end().len()..end
            }));
        }
        return Ok(changes);
    }
    let goes_on = tree.parent(place.at).is_some_and(|parent| is_member(tree, parent));
    match receiver {
        // A link of a chain: what is called on it is called on what is before it.
        Some(receiver) if chained || goes_on => Ok(vec![Change::Cut(tree.span(receiver).end..tree.span(place.at).end)]),
        _ => Err("the value of the pin is used where it stands".into()),
    }
}

/// What a method is called on.
fn receiver(tree: &Tree<'_>, call: NodeId) -> Option<NodeId> {
    let function = tree.field(call, "function")?;
    let object = ["object", "value"].into_iter().find_map(|field| tree.field(function, field));
    object.filter(|_| is_member(tree, function))
}

/// Whether a node takes a member out of something: a call in it is that something, since the member is a name.
fn is_member(tree: &Tree<'_>, node: NodeId) -> bool {
    matches!(tree.kind(node), "attribute" | "member_expression" | "field_expression")
}

fn has_call(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.subtree(node).any(|inner| matches!(tree.kind(inner), "call" | "call_expression"))
}

/// The cuts that take entries out of a collection which keeps others; `None` where the call goes with its last entry.
fn entries(
    tree: &Tree<'_>,
    place: &Place,
    collection: NodeId,
    gone: &BTreeMap<NodeId, Vec<NodeId>>,
) -> Option<Vec<Change>> {
    let going = gone.get(&collection)?;
    let items: Vec<NodeId> = tree.named_children(collection).collect();
    let cut = |items: &[NodeId], going: &[NodeId]| -> Vec<Change> {
        item_spans(tree, items, going).into_iter().map(Change::Cut).collect()
    };
    if items.iter().any(|item| !going.contains(item)) {
        return Some(cut(&items, going));
    }
    // A keyword whose mapping is empty goes, where it is not the last one.
    let holder = tree.parent(collection).filter(|holder| tree.kind(*holder) == "keyword_argument")?;
    let list = tree.parent(holder).filter(|_| tree.contains(place.at, holder))?;
    let others: Vec<NodeId> = tree.named_children(list).collect();
    others
        .iter()
        .any(|other| *other != holder && tree.kind(*other) == "keyword_argument")
        .then(|| cut(&others, &[holder]))
}
