//! What reads a name that holds what a call yields. Owns where names stand in a text, and where another binding hides one;
//! what an occurrence does is the language's answer.

use std::cmp::Reverse;

use tree_sitter::Node;

use super::WordIndex;
use super::text_of;
use crate::source::Span;

/// What an occurrence of a name does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role<'tree> {
    /// Neither: it is another name that is written the same.
    None,
    /// It reads the name.
    Reads,
    /// It binds the name within that node; `None` when that may be anywhere.
    Binds(Option<Node<'tree>>),
}

/// The names of a text.
#[derive(Debug)]
pub struct Uses<'text> {
    text: &'text str,
    index: WordIndex,
}

impl<'text> Uses<'text> {
    /// Of that text; nothing is searched yet.
    pub fn new(text: &'text str) -> Self {
        Self { text, index: WordIndex::default() }
    }

    /// The text.
    pub fn text(&self) -> &'text str {
        self.text
    }

    /// What reads the name that `binding` binds, in order, in the node `around` it where the name is known; `None` when it
    /// may hold something else there.
    pub fn reads<'tree>(
        &self,
        binding: Node<'tree>,
        around: Node<'tree>,
        role: impl Fn(Node<'tree>) -> Role<'tree>,
    ) -> Option<Vec<Node<'tree>>> {
        let name = text_of(binding, self.text);
        let (mut reads, mut hidden): (Vec<Node<'tree>>, Vec<Span>) = (Vec::new(), Vec::new());
        for start in self.index.places(self.text, name, around.byte_range()) {
            let end = start + name.len();
            if !self.is_whole(start, end) {
                continue;
            }
            let node = around.descendant_for_byte_range(start, end).filter(|node| node.byte_range() == (start..end));
            let Some(node) = node.filter(|node| *node != binding) else { continue };
            match role(node) {
                Role::None => {}
                Role::Reads => reads.push(node),
                Role::Binds(Some(scope)) if scope != around && is_within(&scope.byte_range(), &around.byte_range()) => {
                    hidden.push(scope.byte_range());
                }
                Role::Binds(_) => return None,
            }
        }
        // Nodes are inside one another or apart: the outermost are enough, and lie in order.
        hidden.sort_by_key(|span| (span.start, Reverse(span.end)));
        hidden.dedup_by(|next, kept| is_within(next, kept));
        reads.retain(|node| {
            let before = hidden.partition_point(|span| span.start <= node.start_byte());
            before.checked_sub(1).is_none_or(|last| hidden[last].end <= node.start_byte())
        });
        Some(reads)
    }

    /// Whether no `$` or letter of another alphabet stands beside it.
    fn is_whole(&self, start: usize, end: usize) -> bool {
        let bytes = self.text.as_bytes();
        let goes_on = |at: Option<&u8>| at.is_some_and(|at| *at == b'$' || *at > 127);
        !goes_on(start.checked_sub(1).and_then(|before| bytes.get(before))) && !goes_on(bytes.get(end))
    }
}

fn is_within(inner: &Span, outer: &Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
