//! Functions and calls of Python.

use super::fold::Python;
use crate::fix::calls::{Argument, Call, Calls, NO_FUNCTION, Parameter, Signature};
use crate::fix::tree::{NodeId, Tree};

impl Calls for Python {
    fn function_name(&self, tree: &Tree<'_>, function: NodeId) -> Option<NodeId> {
        (tree.kind(function) == "function_definition").then(|| tree.field(function, "name")).flatten()
    }

    fn signature(&self, tree: &Tree<'_>, function: NodeId) -> Result<Signature, &'static str> {
        let list = tree.field(function, "parameters").ok_or(NO_FUNCTION)?;
        if tree.parent(function).is_some_and(|parent| tree.kind(parent) == "decorated_definition") {
            return Err("it is decorated");
        }
        let mut parameters = Vec::new();
        let mut named_only = false;
        for node in tree.named_children(list) {
            let name = || {
                tree.field(node, "name")
                    .or_else(|| tree.named_children(node).next())
                    .filter(|name| tree.kind(*name) == "identifier")
            };
            match tree.kind(node) {
                "identifier" => parameters.push(Parameter { node, name: Some(node), default: None, named_only }),
                "default_parameter" | "typed_default_parameter" => {
                    parameters.push(Parameter { node, name: name(), default: tree.field(node, "value"), named_only });
                }
                "typed_parameter" if name().is_some() => {
                    parameters.push(Parameter { node, name: name(), default: None, named_only });
                }
                "keyword_separator" => named_only = true,
                "positional_separator" => return Err("some of its parameters have no names to the outside"),
                _ => return Err("it takes any number of arguments"),
            }
        }
        Ok(Signature { list, parameters, fallback: None })
    }

    fn call_of(&self, tree: &Tree<'_>, callee: NodeId) -> Option<Option<Call>> {
        let function = match tree.parent(callee) {
            Some(parent) if tree.kind(parent) == "attribute" && tree.field_of(callee) == Some("attribute") => parent,
            _ => callee,
        };
        let call = tree.parent(function).filter(|call| tree.kind(*call) == "call")?;
        if tree.field_of(function) != Some("function") {
            return None;
        }
        let list = tree.field(call, "arguments")?;
        if tree.kind(list) != "argument_list" {
            return Some(None);
        }
        let mut arguments = Vec::new();
        for node in tree.named_children(list) {
            match tree.kind(node) {
                "list_splat" | "dictionary_splat" => return Some(None),
                "keyword_argument" => match tree.field(node, "value") {
                    Some(value) => arguments.push(Argument { node, name: tree.field(node, "name"), value }),
                    None => return Some(None),
                },
                _ => arguments.push(Argument { node, name: None, value: node }),
            }
        }
        Some(Some(Call { list, arguments }))
    }

    fn stranded(&self, tree: &Tree<'_>, list: NodeId, gone: &[NodeId]) -> Option<NodeId> {
        let star = tree.child_of_kind(list, "keyword_separator")?;
        let mut behind = tree.named_children(list).filter(|entry| *entry > star);
        behind.all(|entry| gone.contains(&entry)).then_some(star)
    }

    fn callee_of(&self, tree: &Tree<'_>, value: NodeId) -> Option<NodeId> {
        let mut list = tree.parent(value)?;
        if tree.kind(list) == "keyword_argument" {
            list = tree.parent(list)?;
        }
        let call = tree.parent(list).filter(|_| tree.kind(list) == "argument_list")?;
        let function = tree.field(call, "function")?;
        match tree.kind(function) {
            "identifier" => Some(function),
            "attribute" => tree.field(function, "attribute"),
            _ => None,
        }
    }
}
