//! Assignments that a fold brought together or left alone: a first value that is never read, and variables that nothing
//! assigns to any more. Owns the proof; what assigns in a language is its syntax's answer.

use super::evaluate::{Evaluation, Outcome};
use super::file::File;
use super::names::Variable;
use super::residue::is_in;
use super::syntax::{Assignment, Construct, Folded, is_inert};
use super::tree::NodeId;
use crate::source::Span;
use crate::source::edit::Edit;

/// What becomes of assignments.
#[derive(Debug, Default)]
pub(super) struct Stores {
    /// Statements whose value nobody reads.
    pub(super) dead: Vec<NodeId>,
    /// Keywords that change, and declarations that move to the assignment that stays.
    pub(super) edits: Vec<Edit>,
}

impl File<'_> {
    /// Finds what this fix did to assignments. `removed` is sorted and disjoint.
    pub(super) fn stores(&self, evaluation: &Evaluation, removed: &[Span]) -> Stores {
        let mut stores = Stores::default();
        for variable in &self.names.variables {
            let live = |node: &NodeId| !is_in(removed, &self.tree.span(*node));
            let Some((first, definition)) = variable.definitions.first() else { continue };
            if definition.shared || !live(first) {
                continue;
            }
            let Some(assignment) = self.syntax().assignment(self.tree, *first) else { continue };
            if self.names.are_read_at_runtime(self.tree, self.syntax().function_of(self.tree, *first)) {
                continue;
            }
            self.settle(variable, *first, &assignment, evaluation, &live, &mut stores);
        }
        stores
    }

    fn settle(
        &self,
        variable: &Variable,
        first: NodeId,
        assignment: &Assignment,
        evaluation: &Evaluation,
        live: &dyn Fn(&NodeId) -> bool,
        stores: &mut Stores,
    ) {
        let others = || {
            let definitions = variable.definitions.iter().map(|(name, _)| *name).filter(|name| *name != first);
            definitions.chain(variable.references.iter().copied())
        };
        let only_read = |node: &NodeId| {
            let defines = variable.definitions.iter().any(|(name, _)| name == node);
            !defines && self.syntax().only_reads(self.tree, *node)
        };
        let mut writes: Vec<NodeId> = others().filter(|node| live(node) && !only_read(node)).collect();
        writes.sort_unstable();
        if let Some(second) = writes.first()
            && let Some(next) = self.syntax().assignment(self.tree, *second)
            && self.meets(variable, first, assignment, *second, &next, evaluation, live)
        {
            stores.dead.push(assignment.statement);
            if let Some(keyword) = &assignment.keyword {
                let span = self.tree.span(*second);
                let word = match keyword.constant {
                    Some(constant) if writes.len() == 1 => constant,
                    _ => &self.tree.text[keyword.span.clone()],
                };
                stores.edits.push(Edit { span: span.start..span.start, replacement: format!("{word} ") });
                if let Some(replacement) = assignment.declared_type.clone() {
                    stores.edits.push(Edit { span: span.end..span.end, replacement });
                }
            }
            return;
        }
        let lost_a_write = others().any(|node| !live(&node) && !only_read(&node));
        if let Some(keyword) = &assignment.keyword
            && let Some(constant) = keyword.constant
            && assignment.value.is_some()
            && writes.is_empty()
            && lost_a_write
        {
            stores.edits.push(Edit { span: keyword.span.clone(), replacement: constant.to_owned() });
        }
    }

    /// Whether, because of a fold, the second of two assignments follows in the block of the first, and nothing can see the
    /// value of the first.
    #[expect(clippy::too_many_arguments, reason = "two assignments with the names they are made to")]
    fn meets(
        &self,
        variable: &Variable,
        first: NodeId,
        assignment: &Assignment,
        second: NodeId,
        next: &Assignment,
        evaluation: &Evaluation,
        live: &dyn Fn(&NodeId) -> bool,
    ) -> bool {
        let Some(block) = self.tree.parent(assignment.statement) else { return false };
        if next.keyword.is_some() || next.value.is_none() || !self.comes_to(next.statement, block, evaluation) {
            return false;
        }
        let inert = |value| is_inert(self.syntax(), self.tree, value, &self.builders, &|_| Folded::Stays);
        if !assignment.value.is_none_or(inert) {
            return false;
        }
        // What catches an exception could see the first value.
        let function = self.syntax().function_of(self.tree, first);
        let mut around = self.tree.ancestors(assignment.statement).take_while(|outer| *outer != function);
        if around.any(|outer| matches!(self.tree.kind(outer), "try_statement" | "with_statement")) {
            return false;
        }
        let between = self.tree.span(assignment.statement).end..self.tree.span(next.statement).end;
        variable.references.iter().filter(|node| live(node) && **node != second).all(|node| {
            !between.contains(&self.tree.span(*node).start) && self.syntax().function_of(self.tree, *node) == function
        })
    }

    /// Whether folds put a statement into that block, which it was not in before.
    fn comes_to(&self, statement: NodeId, block: NodeId, evaluation: &Evaluation) -> bool {
        let Some(mut inner) = self.tree.parent(statement) else { return false };
        let mut moved = false;
        while inner != block {
            let lifts = |outer: &NodeId| evaluation.outcomes.get(outer) == Some(&Outcome::Lift(inner));
            let outer = self.tree.ancestors(inner).take_while(|outer| *outer != block).find(lifts);
            let Some(outer) = outer else { return false };
            // An expression that is a statement has a node for each.
            let mut around = self
                .tree
                .ancestors(outer)
                .skip_while(|around| matches!(self.syntax().construct(self.tree, *around), Construct::Statement(_)));
            let Some(next) = around.next() else { return false };
            inner = next;
            moved = true;
        }
        moved
    }
}
