//! What becomes of statements. Owns `if` chains, matches, blocks, and what can no longer be reached after a fold.

use super::{ChainPlan, Evaluation, Evaluator, Outcome, demote};
use crate::diagnostic::Applicability;
use crate::fix::syntax::{Arm, Construct, MatchArm, Pattern};
use crate::fix::tree::NodeId;

impl Evaluator<'_> {
    pub(super) fn chain(
        &self,
        node: NodeId,
        arms: &[Arm],
        otherwise: Option<NodeId>,
        state: &mut Evaluation,
    ) -> Outcome {
        let mut plan = ChainPlan { kept: Vec::new(), becomes_else: None, keeps_else: otherwise.is_some() };
        let mut causes = Vec::new();
        for (index, arm) in arms.iter().enumerate() {
            if plan.becomes_else.is_some() {
                plan.kept.push(false);
                state.dead.push((arm.body, causes.clone()));
                continue;
            }
            match self.truth(arm.condition, state) {
                Some(truth) => {
                    causes.extend(self.causes(arm.condition, state));
                    plan.kept.push(truth);
                    if truth {
                        plan.becomes_else = Some(index);
                    } else {
                        state.dead.push((arm.body, causes.clone()));
                    }
                }
                None => plan.kept.push(true),
            }
        }
        if plan.becomes_else.is_some()
            && let Some(body) = otherwise
        {
            plan.keeps_else = false;
            state.dead.push((body, causes.clone()));
        }
        // Arms that a fold inside has emptied, from the last one on.
        let emptied = |body: NodeId, state: &Evaluation| {
            matches!(state.outcomes.get(&body), Some(Outcome::Block { empty: true, .. }))
        };
        if let Some(body) = otherwise
            && plan.keeps_else
            && emptied(body, state)
        {
            plan.keeps_else = false;
        }
        if let Some(index) = plan.becomes_else
            && emptied(arms[index].body, state)
        {
            plan.kept[index] = false;
            plan.becomes_else = None;
        }
        if !plan.keeps_else && plan.becomes_else.is_none() {
            for (index, arm) in arms.iter().enumerate().rev() {
                if plan.kept[index] {
                    let goes = emptied(arm.body, state) && self.is_inert(arm.condition, state);
                    if !goes || !self.is_statement(node) {
                        break;
                    }
                    plan.kept[index] = false;
                }
            }
        }
        if plan.keeps_else == otherwise.is_some() && plan.becomes_else.is_none() && plan.kept.iter().all(|kept| *kept) {
            return Outcome::Kept;
        }
        for cause in &causes {
            state.tops.insert(*cause, node);
        }
        state.causes.insert(node, causes);
        let first = plan.kept.iter().position(|kept| *kept);
        match (first, plan.becomes_else) {
            (Some(first), Some(index)) if first == index => Outcome::Lift(arms[index].body),
            (None, _) => match otherwise {
                Some(body) if plan.keeps_else => Outcome::Lift(body),
                _ => Outcome::Gone,
            },
            _ => Outcome::Chain(plan),
        }
    }

    pub(super) fn choose(&self, node: NodeId, subject: NodeId, arms: &[MatchArm], state: &mut Evaluation) -> Outcome {
        let Some(value) = self.value(subject, state) else {
            let nodes: Vec<NodeId> = arms.iter().map(|arm| arm.node).collect();
            return self.without_arms(node, &[subject], &nodes, state);
        };
        let causes = self.causes(subject, state);
        let mut chosen = None;
        for (index, arm) in arms.iter().enumerate() {
            let guard = state.outcomes.get(&arm.node);
            if guard == Some(&Outcome::Gone) {
                continue;
            }
            let open = arm.guarded && !matches!(guard, Some(Outcome::Operands(_)));
            let matches = match &arm.pattern {
                Pattern::Values(values) => values.iter().any(|each| self.syntax.selects(each, &value)),
                Pattern::Anything | Pattern::Unclear => true,
            };
            if matches && (open || arm.pattern == Pattern::Unclear) {
                let reason = format!("the pattern {} binds a name or has a guard", self.quote_line(arm.node));
                demote(state, &causes, Applicability::Manual, reason);
                return Outcome::Kept;
            }
            if matches {
                chosen = Some(index);
                break;
            }
        }
        for (index, arm) in arms.iter().enumerate() {
            if Some(index) != chosen {
                state.dead.push((arm.body, causes.clone()));
            }
        }
        let outcome = match chosen {
            Some(index) => Outcome::Lift(arms[index].body),
            None => Outcome::Gone,
        };
        self.settle(node, &[subject], outcome, state)
    }

    /// What an arm would take with it whose guard never holds: its pattern binds names before that is asked.
    pub(super) fn leak(&self, arm: NodeId, names: &[NodeId]) -> Option<(Applicability, String)> {
        let function = self.syntax.function_of(self.tree, arm);
        let inside = self.tree.subtree(arm);
        for name in names {
            let text = self.tree.text_of(*name);
            let says = |node: NodeId| {
                !inside.contains(&node) && self.tree.kind(node) == "identifier" && self.tree.text_of(node) == text
            };
            if self.tree.subtree(function).any(says) {
                let reason = format!("the pattern binds `{text}` whatever its guard says, and it is used elsewhere");
                return Some((Applicability::Manual, reason));
            }
        }
        let name = self.tree.text_of(*names.first()?);
        (function == 0).then(|| {
            let reason =
                format!("`{name}` is bound by the pattern whatever its guard says, and can be used from outside");
            (Applicability::Unsafe, reason)
        })
    }

    /// A match on what is not known: it goes when guards that never hold take every arm, and what it asks needs no
    /// evaluation.
    pub(super) fn without_arms(
        &self,
        node: NodeId,
        subjects: &[NodeId],
        arms: &[NodeId],
        state: &mut Evaluation,
    ) -> Outcome {
        if arms.is_empty() || arms.iter().any(|arm| state.outcomes.get(arm) != Some(&Outcome::Gone)) {
            return Outcome::Kept;
        }
        let Some(asked) = subjects.iter().find(|subject| !self.is_inert(**subject, state)) else {
            return self.settle(node, arms, Outcome::Gone, state);
        };
        let reason = format!("no arm would be left, but {} has to be evaluated", self.quote(*asked));
        for arm in arms {
            demote(state, &self.causes(*arm, state), Applicability::Manual, reason.clone());
        }
        Outcome::Kept
    }

    pub(super) fn block(&self, node: NodeId, state: &mut Evaluation) -> Outcome {
        let mut cut = None;
        let mut left = false;
        let mut leaves: Option<Vec<usize>> = None;
        // Functions that are known in the whole block stay where they are, and what is around them goes one by one.
        let keeps = |statement: NodeId| self.syntax.is_hoisted(self.tree, statement);
        let one_by_one = self.tree.named_children(node).any(keeps);
        for statement in self.tree.named_children(node) {
            if let Some(causes) = &leaves {
                if keeps(statement) {
                    continue;
                }
                if one_by_one {
                    state.outcomes.insert(statement, Outcome::Gone);
                } else {
                    cut = cut.or(Some(statement));
                }
                state.dead.push((statement, causes.clone()));
                continue;
            }
            left |= state.outcomes.get(&statement) != Some(&Outcome::Gone);
            if state.newly_left.contains(&statement) {
                leaves = Some(self.causes_within(statement, state));
            }
        }
        match (left, cut) {
            (true, None) => Outcome::Kept,
            (left, cut) => Outcome::Block { empty: !left, cut },
        }
    }

    /// Whether control never goes past a node after the folds, and a fold is the reason. Children come first, so their
    /// answers are there already.
    pub(super) fn newly_left(
        &self,
        node: NodeId,
        construct: &Construct,
        outcome: &Outcome,
        state: &Evaluation,
    ) -> bool {
        match (outcome, construct) {
            (Outcome::Lift(body), _) => self.leaves(*body, state),
            (Outcome::Chain(plan), Construct::Chain { arms, otherwise }) => {
                let closes = plan.becomes_else.is_some() || plan.keeps_else;
                let bodies = arms.iter().zip(&plan.kept).filter(|(_, kept)| **kept).map(|(arm, _)| arm.body);
                closes && bodies.chain(otherwise.filter(|_| plan.keeps_else)).all(|body| self.leaves(body, state))
            }
            (Outcome::Kept, Construct::Statement(inner)) => state.newly_left.contains(inner),
            (Outcome::Kept | Outcome::Block { .. }, Construct::Block) => {
                !self.is_labelled(node)
                    && self.tree.named_children(node).any(|statement| state.newly_left.contains(&statement))
            }
            _ => false,
        }
    }

    /// Whether a block has a label: a jump in it may be one to its end.
    fn is_labelled(&self, block: NodeId) -> bool {
        self.tree.children(block).any(|child| self.tree.kind(child) == "label")
    }

    /// Whether control never goes past a node, by a fold in it or by its form.
    pub(super) fn leaves(&self, node: NodeId, state: &Evaluation) -> bool {
        if state.newly_left.contains(&node) || self.syntax.is_jump(self.tree, node) {
            return true;
        }
        let gone = |statement: &NodeId| state.outcomes.get(statement) == Some(&Outcome::Gone);
        let leaves =
            |statement: NodeId| state.newly_left.contains(&statement) || self.syntax.is_jump(self.tree, statement);
        let stays = || self.tree.named_children(node).filter(|each| !gone(each));
        self.syntax.construct(self.tree, node) == Construct::Block
            && !self.is_labelled(node)
            && stays().any(leaves)
            // What stood behind a jump before would become the value of what is around the block.
            && stays().last().is_some_and(|last| leaves(last) || !self.syntax.is_tail(self.tree, last))
    }
}
