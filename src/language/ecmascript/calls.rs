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
        Ok(Signature { list, parameters })
    }

    fn call_of(&self, tree: &Tree<'_>, callee: NodeId) -> Option<Option<Call>> {
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

    fn callee_of(&self, tree: &Tree<'_>, value: NodeId) -> Option<NodeId> {
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
