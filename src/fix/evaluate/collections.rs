//! What becomes of collections that are built, filtered and spread, and of values put into texts and elements. Owns what
//! each of these folds costs.

use super::{Evaluation, Evaluator, Outcome, demote};
use crate::diagnostic::Applicability;
use crate::fix::syntax::Construct;
use crate::fix::tree::NodeId;
use crate::value::Value;

impl Evaluator<'_> {
    /// A filter that lets everything through is its collection; one that lets nothing through is left as it is.
    pub(super) fn filter(
        &self,
        node: NodeId,
        (condition, collection): (NodeId, NodeId),
        differs: Option<&'static str>,
        state: &mut Evaluation,
    ) -> Outcome {
        if self.truth(condition, state) != Some(true) {
            return Outcome::Kept;
        }
        let causes = self.causes(condition, state);
        if let Some(reason) = differs {
            demote(state, &causes, Applicability::Unsafe, reason.to_owned());
        }
        let outcome = self.resolved(collection, state);
        self.settle(node, &[condition, collection], outcome, state)
    }

    /// A comprehension with a filter that lets nothing through is empty; what it goes through is no longer evaluated.
    pub(super) fn comprehension(&self, node: NodeId, clauses: &[NodeId], state: &mut Evaluation) -> Outcome {
        let is_false = |clause: &NodeId| matches!(state.outcomes.get(clause), Some(Outcome::Value(Value::Bool(false))));
        let Some(at) = clauses.iter().position(is_false) else { return Outcome::Kept };
        let causes = self.causes(clauses[at], state);
        if self.syntax.empty(self.tree, node).is_none() {
            let reason = "the filter never lets anything through: write the empty collection by hand";
            demote(state, &causes, Applicability::Manual, reason.to_owned());
            return Outcome::Kept;
        }
        for clause in &clauses[..at] {
            if !self.syntax.is_plain_collection(self.tree, *clause) {
                let reason = format!("{} would no longer be evaluated", self.quote(*clause));
                demote(state, &causes, Applicability::Unsafe, reason);
            }
        }
        state.dead.push((node, causes));
        self.settle(node, &[clauses[at]], Outcome::Empty, state)
    }

    /// A spread of nothing goes, one of a literal becomes its members.
    pub(super) fn spread(&self, node: NodeId, inner: NodeId, state: &mut Evaluation) -> Outcome {
        match state.outcomes.get(&self.bare(inner)).cloned() {
            Some(Outcome::Value(value)) if self.syntax.spreads_nothing(self.tree, node, &value) => {
                self.settle(node, &[inner], Outcome::Gone, state)
            }
            Some(Outcome::Node(survivor)) => match self.syntax.collection(self.tree, node, survivor) {
                Some(list) if self.tree.named_children(list).next().is_none() => {
                    self.settle(node, &[inner], Outcome::Gone, state)
                }
                Some(list) => self.settle(node, &[inner], Outcome::Lift(list), state),
                None => Outcome::Kept,
            },
            _ => Outcome::Kept,
        }
    }

    /// A value in a text is a part of the text once it is known.
    pub(super) fn interpolation(&self, node: NodeId, inner: NodeId, state: &mut Evaluation) -> Outcome {
        let value = match state.outcomes.get(&self.bare(inner)) {
            Some(Outcome::Value(value)) => Some(value.clone()),
            Some(Outcome::Node(survivor)) => self.syntax.literal(self.tree, *survivor),
            _ => None,
        };
        match value {
            Some(value) if self.syntax.spell(self.tree, node, &value).is_some() => {
                self.settle(node, &[inner], Outcome::Value(value), state)
            }
            _ => Outcome::Kept,
        }
    }

    /// A fragment that a fold left with one element is that element.
    pub(super) fn fragment(&self, node: NodeId, state: &mut Evaluation) -> Outcome {
        let mut only = None;
        let mut folded = Vec::new();
        for child in self.tree.named_children(node) {
            match (state.outcomes.get(&child), self.syntax.construct(self.tree, child)) {
                (Some(Outcome::Gone), _) => folded.push(child),
                (Some(Outcome::Lift(element)), Construct::Slot { .. }) if only.is_none() => {
                    folded.push(child);
                    only = Some(*element);
                }
                (_, _) if self.syntax.is_blank(self.tree, child) => {}
                (None | Some(Outcome::Kept), _) if only.is_none() && self.syntax.is_element(self.tree, child) => {
                    only = Some(child);
                }
                _ => return Outcome::Kept,
            }
        }
        match only {
            Some(element) if !folded.is_empty() && self.syntax.is_element(self.tree, element) => {
                self.settle(node, &folded, Outcome::Lift(element), state)
            }
            _ => Outcome::Kept,
        }
    }
}
