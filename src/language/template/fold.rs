//! What folding needs to know about templates: which parts choose, and that names are not followed. Expressions are
//! Python's. A name that a tag sets is left alone: other templates may read it, and scopes differ between engines.

use super::loads;
use super::outline::is_conditional;
use crate::fix::calls::{Call, Calls, NO_FUNCTION, Signature};
use crate::fix::names::{Definition, Occurrence};
use crate::fix::syntax::{Arm, Construct, Effect, ImportPart, Item, Layout, Syntax};
use crate::fix::tree::{NodeId, Tree};
use crate::language::python::fold::Python;
use crate::source::Span;
use crate::source::edit::Edit;
use crate::value::Value;

/// Folding of templates.
pub(super) struct Template;

/// The expression of a tag; the tag itself where it has none that can be read.
fn condition(tree: &Tree<'_>, tag: NodeId) -> NodeId {
    tree.named_children(tag).next().unwrap_or(tag)
}

/// The first word of a tag.
fn word<'t>(tree: &Tree<'t>, tag: NodeId) -> &'t str {
    let inner = tree.text_of(tag).trim_start_matches(['{', '%', '-', '+']).trim_start();
    &inner[..inner.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inner.len())]
}

fn choice(tree: &Tree<'_>, node: NodeId) -> Option<Construct> {
    let parts: Vec<NodeId> = tree.named_children(node).collect();
    let mut arms = Vec::new();
    let mut otherwise = None;
    for pair in parts.chunks_exact(2) {
        let [tag, body] = pair else { return None };
        if arms.is_empty() || is_conditional(word(tree, *tag)) {
            arms.push(Arm { node: *tag, condition: condition(tree, *tag), body: *body });
        } else if otherwise.replace(*body).is_some() {
            return None;
        }
    }
    Some(Construct::Chain { arms, otherwise })
}

impl Calls for Template {
    fn function_name(&self, _tree: &Tree<'_>, _function: NodeId) -> Option<NodeId> {
        None
    }

    fn signature(&self, _tree: &Tree<'_>, _function: NodeId) -> Result<Signature, &'static str> {
        Err(NO_FUNCTION)
    }

    fn call_of(&self, _tree: &Tree<'_>, _callee: NodeId) -> Option<Option<Call>> {
        None
    }

    fn callee_of(&self, _tree: &Tree<'_>, _value: NodeId) -> Option<NodeId> {
        None
    }
}

impl Syntax for Template {
    fn layout(&self) -> Layout {
        Layout::Tagged
    }

    fn construct(&self, tree: &Tree<'_>, node: NodeId) -> Construct {
        match tree.kind(node) {
            "template_choice" => choice(tree, node).unwrap_or(Construct::Other),
            "template_tag" | "template_body" | "template_output" | "module" => Construct::Other,
            _ => Python.construct(tree, node),
        }
    }

    fn booleans_are_exact(&self) -> bool {
        Python.booleans_are_exact()
    }

    fn is_boolean(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        Python.is_boolean(tree, node)
    }

    fn truthy(&self, value: &Value) -> Option<bool> {
        Python.truthy(value)
    }

    fn are_equal(&self, left: &Value, right: &Value) -> bool {
        Python.are_equal(left, right)
    }

    fn literal(&self, tree: &Tree<'_>, node: NodeId) -> Option<Value> {
        Python.literal(tree, node)
    }

    fn literals(&self, tree: &Tree<'_>, node: NodeId) -> Option<Vec<Value>> {
        Python.literals(tree, node)
    }

    fn spell(&self, tree: &Tree<'_>, node: NodeId, value: &Value) -> Option<String> {
        Python.spell(tree, node, value)
    }

    fn effect(&self, tree: &Tree<'_>, node: NodeId, builders: &[String]) -> Effect {
        Python.effect(tree, node, builders)
    }

    fn precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8 {
        Python.precedence(tree, node)
    }

    fn required_precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8 {
        Python.required_precedence(tree, node)
    }

    fn endless_loop(&self) -> Option<&'static str> {
        None
    }

    fn is_jump(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        false
    }

    fn occurrence(&self, _tree: &Tree<'_>, _node: NodeId) -> Occurrence {
        Occurrence::None
    }

    fn is_verbatim(&self, _kind: &str) -> bool {
        false
    }

    fn mentions<'t>(&self, _tree: &Tree<'t>, _node: NodeId) -> Vec<&'t str> {
        Vec::new()
    }

    fn anchor(&self, _tree: &Tree<'_>, _node: NodeId) -> Option<&'static str> {
        None
    }

    fn function_of(&self, _tree: &Tree<'_>, _node: NodeId) -> NodeId {
        0
    }

    fn reads_names_at_runtime(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        true
    }

    fn item(&self, _tree: &Tree<'_>, _name: NodeId, _definition: &Definition) -> Option<Item> {
        None
    }

    fn is_key(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        false
    }

    fn object_of(&self, _tree: &Tree<'_>, _node: NodeId) -> Option<NodeId> {
        None
    }

    fn unused_loads(&self, tree: &Tree<'_>, live: &dyn Fn(&Span) -> bool) -> Vec<Edit> {
        loads::unused(tree, live)
    }

    fn import_part(&self, _tree: &Tree<'_>, _name: NodeId) -> Option<ImportPart> {
        None
    }
}
