//! Ways through a syntax tree, without recursion. Owns the order only.

use std::ops::ControlFlow;

use tree_sitter::{Node, TreeCursor};

/// Visits a node and all below it in order, without recursion; `Break` skips what is below the node.
pub fn walk<'tree>(cursor: &mut TreeCursor<'tree>, mut visit: impl FnMut(Node<'tree>) -> ControlFlow<()>) {
    let mut depth = 0usize;
    loop {
        let below = visit(cursor.node()).is_continue();
        if below && cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        loop {
            if depth == 0 {
                return;
            }
            if cursor.goto_next_sibling() {
                break;
            }
            cursor.goto_parent();
            depth -= 1;
        }
    }
}

/// Visits the leaves of a node with their parents.
pub(super) fn leaves<'tree>(node: Node<'tree>, mut visit: impl FnMut(Node<'tree>, Option<Node<'tree>>)) {
    if node.child_count() == 0 {
        return visit(node, node.parent());
    }
    let mut parents = Vec::new();
    let mut cursor = node.walk();
    loop {
        let node = cursor.node();
        if cursor.goto_first_child() {
            parents.push(node);
            continue;
        }
        visit(node, parents.last().copied());
        while !cursor.goto_next_sibling() {
            parents.pop();
            if parents.is_empty() || !cursor.goto_parent() {
                return;
            }
        }
    }
}
