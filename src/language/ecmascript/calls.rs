//! Functions and calls of JavaScript and TypeScript.

use super::fold::EcmaScript;
use crate::fix::calls::{Argument, Call, Calls, NO_FUNCTION, Parameter, Signature};
use crate::fix::tree::{NodeId, Tree};

impl Calls for EcmaScript {
    fn function_name(&self, tree: &Tree<'_>, function: NodeId) -> Option<NodeId> {
        match tree.kind(function) {
            "function_declaration" => tree.field(function, "name"),
            "arrow_function" | "function_expression" => {
                let declarator = tree.parent(function).filter(|outer| tree.kind(*outer) == "variable_declarator")?;
                let constant = tree.parent(declarator).is_some_and(|outer| tree.text_of(outer).starts_with("const "));
                let name = tree.field(declarator, "name")?;
                (constant && tree.kind(name) == "identifier" && tree.field(declarator, "type").is_none())
                    .then_some(name)
            }
            _ => None,
        }
    }

    fn signature(&self, tree: &Tree<'_>, function: NodeId) -> Result<Signature, &'static str> {
        let list = tree.field(function, "parameters").ok_or(NO_FUNCTION)?;
        let reads_all =
            tree.subtree(function).any(|node| tree.kind(node) == "identifier" && tree.text_of(node) == "arguments");
        if reads_all {
            return Err("it reads `arguments`");
        }
        if let Some((pattern, default)) = properties(tree, list) {
            let fallback = default.map(|object| entries(tree, object).ok_or("its default cannot be taken apart"));
            return properties_of(tree, pattern, fallback.transpose()?);
        }
        // A component takes the attributes of its elements as one object, whatever they are.
        let is_component = self
            .function_name(tree, function)
            .is_some_and(|name| tree.text_of(name).starts_with(|c: char| c.is_ascii_uppercase()))
            && tree.subtree(function).any(|node| tree.kind(node).starts_with("jsx_"));
        if is_component {
            return Err("it takes its properties as one object");
        }
        let mut parameters = Vec::new();
        for node in tree.named_children(list) {
            // JavaScript is read with the grammar of TypeScript, which wraps every parameter.
            let (pattern, default) = match tree.kind(node) {
                "required_parameter" | "optional_parameter" => (tree.field(node, "pattern"), tree.field(node, "value")),
                _ => return Err("its parameters cannot be told apart"),
            };
            let pattern = pattern.ok_or("its parameters cannot be told apart")?;
            if tree.kind(pattern) == "rest_pattern" {
                return Err("it takes any number of arguments");
            }
            let name = (tree.kind(pattern) == "identifier").then_some(pattern);
            parameters.push(Parameter { node, name, default, named_only: false });
        }
        Ok(Signature { list, parameters, fallback: None })
    }

    fn call_of(&self, tree: &Tree<'_>, callee: NodeId) -> Option<Option<Call>> {
        let element = tree.parent(callee).filter(|_| tree.field_of(callee) == Some("name"));
        if let Some(list) = element.filter(|outer| ELEMENTS.contains(&tree.kind(*outer))) {
            return Some(attributes(tree, list));
        }
        let function = match tree.parent(callee) {
            Some(parent) if tree.kind(parent) == "member_expression" && tree.field_of(callee) == Some("property") => {
                parent
            }
            _ => callee,
        };
        let call = tree.parent(function).filter(|call| tree.kind(*call) == "call_expression")?;
        if tree.field_of(function) != Some("function") {
            return None;
        }
        let list = tree.field(call, "arguments").filter(|list| tree.kind(*list) == "arguments");
        let Some(list) = list else { return Some(None) };
        let mut arguments = Vec::new();
        for node in tree.named_children(list) {
            if tree.kind(node) == "spread_element" {
                return Some(None);
            }
            arguments.push(Argument { node, name: None, value: node });
        }
        Some(Some(Call { list, arguments }))
    }

    fn by_name(&self, tree: &Tree<'_>, call: &Call) -> Option<Call> {
        let [object] = call.arguments.as_slice() else { return None };
        entries(tree, object.value)
    }

    fn emptied(&self, tree: &Tree<'_>, list: NodeId) -> Option<(NodeId, NodeId)> {
        match tree.kind(list) {
            "object" => Some((tree.parent(list).filter(|outer| tree.kind(*outer) == "arguments")?, list)),
            "object_pattern" => {
                let parameter = tree.parent(list)?;
                Some((tree.parent(parameter)?, parameter))
            }
            _ => None,
        }
    }

    fn written_type(&self, tree: &Tree<'_>, list: NodeId, name: NodeId) -> Option<(NodeId, NodeId)> {
        let written = tree.parent(list).and_then(|parameter| tree.field(parameter, "type"))?;
        let is_member = |node: NodeId| tree.kind(node) == "property_signature";
        let member = tree.subtree(written).find(|node| {
            let own = tree.field(*node, "name").is_some_and(|own| tree.text_of(own) == tree.text_of(name));
            is_member(*node) && own && !tree.ancestors(*node).take_while(|outer| *outer != written).any(is_member)
        })?;
        Some((tree.parent(member)?, member))
    }

    fn callee_of(&self, tree: &Tree<'_>, value: NodeId) -> Option<NodeId> {
        let slot = tree.parent(value).filter(|slot| tree.kind(*slot) == "jsx_expression");
        if let Some(attribute) = slot.and_then(|slot| tree.parent(slot)).filter(|at| tree.kind(*at) == "jsx_attribute")
        {
            let name = tree.field(tree.parent(attribute)?, "name")?;
            return (tree.kind(name) == "identifier").then_some(name);
        }
        let list = tree.parent(value).filter(|list| tree.kind(*list) == "arguments")?;
        let call = tree.parent(list).filter(|call| tree.kind(*call) == "call_expression")?;
        let function = tree.field(call, "function")?;
        match tree.kind(function) {
            "identifier" => Some(function),
            "member_expression" => tree.field(function, "property"),
            _ => None,
        }
    }
}

/// Elements with attributes.
const ELEMENTS: &[&str] = &["jsx_opening_element", "jsx_self_closing_element"];

/// The pattern by which a component takes its properties, when it takes nothing else, and what it takes where it is given
/// nothing.
fn properties(tree: &Tree<'_>, list: NodeId) -> Option<(NodeId, Option<NodeId>)> {
    let mut parameters = tree.named_children(list);
    let only = parameters.next().filter(|_| parameters.next().is_none())?;
    let pattern = tree.field(only, "pattern").filter(|pattern| tree.kind(*pattern) == "object_pattern")?;
    Some((pattern, tree.field(only, "value")))
}

/// The properties of a component as parameters that only a name can fill.
fn properties_of(tree: &Tree<'_>, list: NodeId, fallback: Option<Call>) -> Result<Signature, &'static str> {
    let mut parameters = Vec::new();
    for node in tree.named_children(list) {
        let (name, default) = match tree.kind(node) {
            "shorthand_property_identifier_pattern" => (Some(node), None),
            "object_assignment_pattern" => (tree.field(node, "left"), tree.field(node, "right")),
            // Known under another name inside.
            "pair_pattern" => (None, None),
            _ => return Err("it takes any number of properties"),
        };
        let plain = |name: &NodeId| tree.kind(*name).ends_with("_pattern") && tree.text_of(*name) != "children";
        parameters.push(Parameter { node, name: name.filter(plain), default, named_only: true });
    }
    Ok(Signature { list, parameters, fallback })
}

/// The entries of an object as arguments that are given by name.
fn entries(tree: &Tree<'_>, object: NodeId) -> Option<Call> {
    let list = Some(object).filter(|object| tree.kind(*object) == "object")?;
    let entry = |node: NodeId| match tree.kind(node) {
        "shorthand_property_identifier" => Some(Argument { node, name: Some(node), value: node }),
        "pair" => {
            let name = tree.field(node, "key").filter(|key| tree.kind(*key) == "property_identifier")?;
            Some(Argument { node, name: Some(name), value: tree.field(node, "value")? })
        }
        _ => None,
    };
    Some(Call { list, arguments: tree.named_children(list).map(entry).collect::<Option<_>>()? })
}

/// The attributes of an element as arguments that are given by name.
fn attributes(tree: &Tree<'_>, list: NodeId) -> Option<Call> {
    let mut arguments = Vec::new();
    for node in tree.named_children(list).filter(|node| tree.field_of(*node) != Some("name")) {
        if tree.kind(node) == "type_arguments" {
            continue;
        }
        if tree.kind(node) != "jsx_attribute" {
            return None;
        }
        let mut parts = tree.named_children(node);
        let name = parts.next()?;
        let value = match parts.next() {
            Some(slot) if tree.kind(slot) == "jsx_expression" => tree.named_children(slot).next()?,
            Some(text) => text,
            None => node,
        };
        arguments.push(Argument { node, name: Some(name), value });
    }
    Some(Call { list, arguments })
}
