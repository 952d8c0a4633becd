//! What becomes of conditions of compilation. Owns what goes with what is not compiled; how it is deleted is for `emit`.

use super::{Evaluation, Evaluator, Outcome, demote};
use crate::diagnostic::Applicability;
use crate::fix::syntax::Construct;
use crate::fix::tree::NodeId;

impl Evaluator<'_> {
    /// `#[cfg(x)]` goes where it always holds, with what it stands on where it never does.
    pub(super) fn gate(
        &self,
        node: NodeId,
        condition: NodeId,
        owner: Option<NodeId>,
        state: &mut Evaluation,
    ) -> Outcome {
        let Some(compiled) = self.truth(condition, state) else { return Outcome::Kept };
        let causes = self.causes(condition, state);
        match owner {
            None if !compiled => {
                let reason = "nothing of what is around the attribute is compiled: remove it by hand";
                demote(state, &causes, Applicability::Manual, reason.to_owned());
                return Outcome::Kept;
            }
            Some(owner) if !compiled => {
                state.dead.push((owner, causes.clone()));
                state.gated.insert(owner);
                state.causes.insert(owner, causes);
                state.outcomes.insert(owner, Outcome::Gone);
            }
            // A block that was only there for its attribute.
            Some(owner)
                if matches!(state.outcomes.get(&owner), None | Some(Outcome::Kept)) && self.gates(owner) == 1 =>
            {
                if let Construct::Statement(block) = self.syntax.construct(self.tree, owner)
                    && self.syntax.construct(self.tree, block) == Construct::Block
                {
                    state.causes.insert(owner, causes);
                    state.outcomes.insert(owner, Outcome::Lift(block));
                }
            }
            _ => {}
        }
        self.settle(node, &[condition], Outcome::Gone, state)
    }

    /// How many attributes stand on something.
    fn gates(&self, owner: NodeId) -> usize {
        let attributes = std::iter::successors(self.tree.previous_named_sibling(owner), |before| {
            self.tree.previous_named_sibling(*before)
        });
        attributes.take_while(|before| self.tree.kind(*before) == "attribute_item").count()
    }
}
