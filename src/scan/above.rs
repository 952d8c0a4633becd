//! What is around a node. tree-sitter finds a parent by going down from the root; a walk has just come that way. Owns the list of
//! those that were passed.

use tree_sitter::Node;

/// How many levels up are remembered: what is asked of a call seldom looks further.
pub(super) const LEVELS: usize = 5;

/// A node's ancestors, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Above<'list, 'tree> {
    /// Outermost first; the node itself is last.
    known: &'list [Node<'tree>],
}

impl<'list, 'tree> Above<'list, 'tree> {
    /// Of the last of those nodes; each is a child of the one before.
    pub(super) fn new(known: &'list [Node<'tree>]) -> Self {
        Self { known }
    }

    /// Those nodes.
    pub(super) fn nodes(&self) -> &'list [Node<'tree>] {
        self.known
    }

    /// The parent of the node, or of one above it.
    pub fn parent(&self, node: Node<'tree>) -> Option<Node<'tree>> {
        match self.known.iter().rposition(|known| *known == node) {
            Some(at) if at > 0 => Some(self.known[at - 1]),
            _ => node.parent(),
        }
    }
}
