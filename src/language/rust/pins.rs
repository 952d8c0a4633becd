//! How tests are written in Rust: functions with a test attribute, in modules.

use crate::fix::pins::{Part, Role, TestSyntax};
use crate::fix::tree::{NodeId, Tree};

/// Tests of the standard harness and of attributes that are called like it.
pub(super) struct Tests;

impl TestSyntax for Tests {
    fn part(&self, tree: &Tree<'_>, node: NodeId) -> Option<Part> {
        let role = match tree.kind(node) {
            "mod_item" => Role::Group,
            "function_item" if is_test(tree, node) => Role::Test,
            "function_item" => Role::Helper,
            _ => return None,
        };
        Some(Part { role, whole: node, name: tree.text_of(tree.field(node, "name")?).to_owned() })
    }

    fn statement(&self, tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
        let mut at = node;
        while let Some(parent) = tree.parent(at) {
            match tree.kind(parent) {
                "await_expression" | "try_expression" | "parenthesized_expression" => at = parent,
                "expression_statement" => return Some(parent),
                // `unsafe { env::set_var("X", "1") };`
                "block" if tree.named_children(parent).count() == 1 => at = parent,
                "unsafe_block" => at = parent,
                _ => return None,
            }
        }
        None
    }

    fn comment(&self) -> &'static str {
        "//"
    }
}

fn is_test(tree: &Tree<'_>, function: NodeId) -> bool {
    let mut above = tree.previous_named_sibling(function);
    while let Some(attribute) = above.filter(|above| tree.kind(*above) == "attribute_item") {
        let text = tree.text_of(attribute);
        let name = text.trim_start_matches("#[").split(['(', ']']).next().unwrap_or_default();
        let last = name.rsplit("::").next().unwrap_or_default().trim();
        if last == "test" || last.ends_with("_test") || last == "rstest" {
            return true;
        }
        above = tree.previous_named_sibling(attribute);
    }
    false
}
