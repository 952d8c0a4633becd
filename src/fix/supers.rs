//! Methods that do nothing but call what they override, because of this fix. Owns the decision that one goes; how a language
//! hands its parameters on is its syntax's answer.

use super::evaluate::{Evaluation, Outcome};
use super::file::File;
use super::residue::is_in;
use super::residue::lists::List;
use super::syntax::Construct;
use super::tree::NodeId;
use crate::diagnostic::Applicability;
use crate::source::Span;
use crate::source::edit::Edit;

/// What becomes of such methods.
#[derive(Debug, Default)]
pub(super) struct Supers {
    /// Statements that go.
    pub(super) statements: Vec<NodeId>,
    /// The same where what holds the method is no block.
    pub(super) parts: Vec<Edit>,
    /// What goes with review, and what stays without: where, and why.
    pub(super) said: Vec<(Span, String)>,
}

impl File<'_> {
    /// What stays where it is while something in it changes, in the order of the file.
    pub(super) fn touched(&self, evaluation: &Evaluation, removed: &[Span]) -> Vec<NodeId> {
        let stays =
            |node: &NodeId, outcome: &Outcome| *outcome == Outcome::Kept && !is_in(removed, &self.tree.span(*node));
        let kept = evaluation.outcomes.iter().filter(|(node, outcome)| stays(node, outcome));
        let mut touched: Vec<NodeId> = kept.map(|(node, _)| *node).collect();
        touched.sort_unstable();
        touched
    }

    /// Finds methods that lost all but the call of what they override. `removed` is sorted and disjoint.
    pub(super) fn supers(&self, evaluation: &Evaluation, removed: &[Span], level: Applicability) -> Supers {
        let mut found = Supers::default();
        for method in self.touched(evaluation, removed) {
            let Some(body) = self.tree.field(method, "body") else { continue };
            let Some(only) = self.only_statement(body, evaluation, removed) else { continue };
            let Some(name) = self.syntax().passes_on(self.tree, method, only) else { continue };
            let text = self.tree.text_of(name);
            let reason = if level >= Applicability::Unsafe {
                let Some(list) = self.tree.parent(method) else { continue };
                if self.syntax().construct(self.tree, list) == Construct::Block {
                    found.statements.push(method);
                } else {
                    found.parts.extend(List { tree: self.tree, list, word: text }.without(&[method]));
                }
                format!("`{text}` only calls the method that it overrides any more, with the same arguments")
            } else {
                format!("`{text}` only calls the method that it overrides any more, but may take less than that one")
            };
            found.said.push((self.tree.span(name), reason));
        }
        found
    }

    /// The one statement that a body comes down to, documentation left out; `None` where more is left, or a comment.
    fn only_statement(&self, body: NodeId, evaluation: &Evaluation, removed: &[Span]) -> Option<NodeId> {
        let mut block = body;
        let mut lost = false;
        loop {
            let stays = |node: &NodeId| !is_in(removed, &self.tree.span(*node));
            let (left, gone): (Vec<NodeId>, Vec<NodeId>) =
                self.tree.children(block).filter(|child| self.tree.get(*child).named).partition(stays);
            lost |= !gone.is_empty();
            let mut left = left.into_iter().filter(|part| !self.syntax().documents(self.tree, *part));
            let only = left.next().filter(|only| left.next().is_none() && !self.tree.get(*only).extra)?;
            match evaluation.outcomes.get(&only) {
                None => return lost.then_some(only),
                // Its statements take its place.
                Some(Outcome::Lift(inner)) => {
                    lost = true;
                    block = *inner;
                }
                Some(_) => return None,
            }
        }
    }
}
