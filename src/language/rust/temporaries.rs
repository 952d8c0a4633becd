//! How long temporary values of Rust live. The right operand of `&&` and `||` drops its own at once; in its place they may
//! live to the end of the statement, and a lock with them. Owns where that makes a difference.

use crate::fix::tree::{NodeId, Tree};

/// Whether temporaries of `survivor`, the right operand of `node`, would live longer in the place of `node`.
pub(super) fn outlive(tree: &Tree<'_>, node: NodeId, survivor: NodeId) -> bool {
    has_temporaries(tree, survivor) && !drops_at_once(tree, node)
}

/// Whether what a call yields is used where it stands, and not stored.
fn has_temporaries(tree: &Tree<'_>, expression: NodeId) -> bool {
    tree.subtree(expression).any(|node| {
        let yields =
            matches!(tree.kind(node), "call_expression" | "await_expression" | "try_expression" | "macro_invocation");
        let used = tree.parent(node).map(|parent| (tree.kind(parent), tree.field_of(node)));
        yields && matches!(used, Some(("field_expression", Some("value")) | ("reference_expression", _)))
    })
}

/// Whether temporaries end with an expression in that place.
fn drops_at_once(tree: &Tree<'_>, node: NodeId) -> bool {
    let mut inner = node;
    for outer in tree.ancestors(node) {
        match (tree.kind(outer), tree.field_of(inner)) {
            ("parenthesized_expression" | "unary_expression", _) => {}
            ("binary_expression", Some("right")) => {
                let lazy = tree.field(outer, "operator").is_some_and(|word| matches!(tree.text_of(word), "&&" | "||"));
                return lazy;
            }
            ("binary_expression", _) => {}
            ("if_expression" | "while_expression", Some("condition")) | ("let_declaration", Some("value")) => {
                return true;
            }
            ("match_pattern", Some("condition")) | ("expression_statement" | "closure_expression", _) => return true,
            ("return_expression", _) => {}
            // At the end of a function they are dropped behind its locals.
            ("block", _) => {
                return !tree.named_children(outer).any(|statement| tree.kind(statement) == "let_declaration")
                    && tree.parent(outer).is_some_and(|owner| tree.kind(owner) == "function_item");
            }
            _ => return false,
        }
        inner = outer;
    }
    false
}
