//! What becomes of matches on tuples of which some parts are known. Owns which arms can never match and which parts go.

use super::{Evaluation, Evaluator, Outcome, demote};
use crate::diagnostic::Applicability;
use crate::fix::syntax::{PartsArm, Pattern};
use crate::fix::tree::NodeId;
use crate::value::Value;

impl Evaluator<'_> {
    pub(super) fn match_parts(
        &self,
        node: NodeId,
        subjects: &[NodeId],
        arms: &[PartsArm],
        exhaustive: bool,
        state: &mut Evaluation,
    ) -> Outcome {
        let known: Vec<Option<Value>> = subjects.iter().map(|subject| self.value(*subject, state)).collect();
        if known.iter().all(Option::is_none) {
            let nodes: Vec<NodeId> = arms.iter().map(|arm| arm.node).collect();
            return self.without_arms(node, subjects, &nodes, state);
        }
        let decided: Vec<NodeId> =
            subjects.iter().zip(&known).filter(|(_, value)| value.is_some()).map(|(subject, _)| *subject).collect();
        let causes: Vec<usize> = decided.iter().flat_map(|subject| self.causes(*subject, state)).collect();
        let goes = |arm: &PartsArm, state: &Evaluation| state.outcomes.get(&arm.node) == Some(&Outcome::Gone);
        let mut kept: Vec<&PartsArm> =
            arms.iter().filter(|arm| !goes(arm, state) && self.may_match(arm, &known)).collect();
        // The first arm that always matches is the last one that can.
        let open = |arm: &PartsArm| arm.guarded && !matches!(state.outcomes.get(&arm.node), Some(Outcome::Operands(_)));
        let always = |arm: &&PartsArm| {
            let rest = |(at, part): (usize, &crate::fix::syntax::PartPattern)| known[at].is_some() || part.irrefutable;
            !open(arm) && (arm.anything || arm.parts.as_ref().is_some_and(|parts| parts.iter().enumerate().all(rest)))
        };
        if let Some(last) = kept.iter().position(always) {
            kept.truncate(last + 1);
        }
        let unclear = |arm: &&PartsArm| match &arm.parts {
            None => !arm.anything,
            Some(parts) => {
                parts.len() != subjects.len()
                    || parts.iter().zip(&known).any(|(part, value)| value.is_some() && part.pattern == Pattern::Unclear)
            }
        };
        if let Some(arm) = kept.iter().find(|arm| unclear(arm)) {
            let reason = format!("the pattern {} binds or hides a part that is known", self.quote_line(arm.node));
            demote(state, &causes, Applicability::Manual, reason);
            return Outcome::Kept;
        }
        let rest: Vec<NodeId> = subjects.iter().copied().filter(|subject| !decided.contains(subject)).collect();
        let inert = rest.iter().all(|subject| self.is_inert(*subject, state));
        let binds = |arm: &PartsArm| {
            arm.parts
                .iter()
                .flatten()
                .zip(&known)
                .any(|(part, value)| value.is_none() && part.pattern != Pattern::Anything)
        };
        let outcome = match kept.first() {
            None if inert => Outcome::Gone,
            Some(arm) if always(arm) && !binds(arm) && inert => Outcome::Lift(arm.body),
            _ if rest.is_empty() || kept.is_empty() => {
                let reason = "what is left of the match has to be evaluated, and no arm would be left".to_owned();
                demote(state, &causes, Applicability::Manual, reason);
                return Outcome::Kept;
            }
            _ => {
                // A value that moved into the tuple was dropped with it.
                for subject in rest.iter().filter(|subject| exhaustive && self.syntax.is_place(self.tree, **subject)) {
                    let reason = format!("{} may be dropped later than before", self.quote(*subject));
                    demote(state, &causes, Applicability::Unsafe, reason);
                }
                let parts = known.iter().enumerate().filter(|(_, value)| value.is_some()).map(|(at, _)| at);
                Outcome::Parts(parts.collect())
            }
        };
        let gone: Vec<NodeId> =
            arms.iter().filter(|arm| !kept.iter().any(|each| each.node == arm.node)).map(|arm| arm.node).collect();
        for arm in arms.iter().filter(|arm| gone.contains(&arm.node)) {
            state.dead.push((arm.body, causes.clone()));
            state.outcomes.insert(arm.node, Outcome::Gone);
        }
        self.settle(node, &decided, outcome, state)
    }

    pub(super) fn let_parts(
        &self,
        node: NodeId,
        subjects: &[NodeId],
        arm: &PartsArm,
        state: &mut Evaluation,
    ) -> Outcome {
        let known: Vec<Option<Value>> = subjects.iter().map(|subject| self.value(*subject, state)).collect();
        let decided: Vec<NodeId> =
            subjects.iter().zip(&known).filter(|(_, value)| value.is_some()).map(|(subject, _)| *subject).collect();
        let Some(parts) = arm.parts.as_ref().filter(|parts| parts.len() == subjects.len()) else {
            return Outcome::Kept;
        };
        if decided.is_empty() {
            return Outcome::Kept;
        }
        let causes: Vec<usize> = decided.iter().flat_map(|subject| self.causes(*subject, state)).collect();
        let rest: Vec<NodeId> = subjects.iter().copied().filter(|subject| !decided.contains(subject)).collect();
        if !self.may_match(arm, &known) {
            for subject in &rest {
                if self.is_inert(*subject, state) {
                    continue;
                }
                let reason = format!("{} would no longer be evaluated", self.quote(*subject));
                demote(state, &causes, Applicability::Unsafe, reason);
            }
            return self.settle(node, &decided, Outcome::Value(Value::Bool(false)), state);
        }
        let unclear = parts.iter().zip(&known).any(|(part, value)| value.is_some() && part.pattern == Pattern::Unclear);
        if unclear || rest.is_empty() {
            let reason = "the pattern binds or hides a part that is known".to_owned();
            demote(state, &causes, Applicability::Manual, reason);
            return Outcome::Kept;
        }
        for subject in rest.iter().filter(|subject| self.syntax.is_place(self.tree, **subject)) {
            let reason = format!("{} may be dropped later than before", self.quote(*subject));
            demote(state, &causes, Applicability::Unsafe, reason);
        }
        let gone = known.iter().enumerate().filter(|(_, value)| value.is_some()).map(|(at, _)| at).collect();
        self.settle(node, &decided, Outcome::Parts(gone), state)
    }

    /// Whether an arm is one that the known parts do not rule out.
    fn may_match(&self, arm: &PartsArm, known: &[Option<Value>]) -> bool {
        let Some(parts) = arm.parts.as_ref().filter(|parts| parts.len() == known.len()) else { return true };
        parts.iter().zip(known).all(|(part, value)| match (&part.pattern, value) {
            (Pattern::Values(values), Some(value)) => values.iter().any(|each| self.syntax.selects(each, value)),
            _ => true,
        })
    }
}
