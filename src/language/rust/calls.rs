//! Functions and calls of Rust.

use super::fold::Rust;
use crate::fix::calls::{Argument, Call, Calls, NO_FUNCTION, Parameter, Signature};
use crate::fix::tree::{NodeId, Tree};

impl Calls for Rust {
    fn function_name(&self, tree: &Tree<'_>, function: NodeId) -> Option<NodeId> {
        (tree.kind(function) == "function_item").then(|| tree.field(function, "name")).flatten()
    }

    fn signature(&self, tree: &Tree<'_>, function: NodeId) -> Result<Signature, &'static str> {
        let list = tree.field(function, "parameters").ok_or(NO_FUNCTION)?;
        let mut parameters = Vec::new();
        for node in tree.named_children(list) {
            match tree.kind(node) {
                "parameter" => {
                    let name = tree.field(node, "pattern").filter(|name| tree.kind(*name) == "identifier");
                    let generic = tree.field(node, "type").is_some_and(|kind| tree.text_of(kind).contains("impl "));
                    if generic {
                        return Err("it is generic");
                    }
                    parameters.push(Parameter { node, name, default: None, named_only: false });
                }
                "self_parameter" => return Err("it is a method"),
                _ => return Err("some of its parameters have attributes"),
            }
        }
        if tree.field(function, "type_parameters").is_some() {
            return Err("it is generic");
        }
        Ok(Signature { list, parameters, fallback: None })
    }

    fn call_of(&self, tree: &Tree<'_>, callee: NodeId) -> Option<Option<Call>> {
        let function = match tree.parent(callee) {
            Some(parent) if tree.kind(parent) == "scoped_identifier" && tree.field_of(callee) == Some("name") => parent,
            _ => callee,
        };
        let call = tree.parent(function).filter(|call| tree.kind(*call) == "call_expression")?;
        if tree.field_of(function) != Some("function") {
            return None;
        }
        let list = tree.field(call, "arguments")?;
        let arguments = tree.named_children(list).map(|node| Argument { node, name: None, value: node }).collect();
        Some(Some(Call { list, arguments }))
    }

    fn callee_of(&self, tree: &Tree<'_>, value: NodeId) -> Option<NodeId> {
        let list = tree.parent(value).filter(|list| tree.kind(*list) == "arguments")?;
        let function = tree.parent(list).and_then(|call| tree.field(call, "function"))?;
        match tree.kind(function) {
            "identifier" => Some(function),
            "scoped_identifier" => tree.field(function, "name"),
            _ => None,
        }
    }
}
