//! What a fold must not do in silence: names that lose their binding, functions that lose what makes them what they are.
//! Owns the traps that concern a whole file; those of one node are where it is evaluated.

use std::collections::{BTreeMap, HashSet};

use super::evaluate::Evaluation;
use super::file::File;
use super::names::Binding;
use super::residue::is_in;
use super::tree::NodeId;
use crate::diagnostic::Applicability;
use crate::source::Span;

impl File<'_> {
    /// What a fold must not do in silence, with the decisions that would do it.
    pub(super) fn traps(
        &self,
        evaluation: &Evaluation,
        removed: &[Span],
        superfluous: &HashSet<NodeId>,
    ) -> Vec<(Vec<usize>, Applicability, String)> {
        let mut traps = Vec::new();
        let goes = |node: NodeId| is_in(removed, &self.tree.span(node));
        let causes = |node: NodeId| {
            let mut causes: Vec<usize> = evaluation
                .dead
                .iter()
                .filter(|(dead, _)| self.tree.contains(*dead, node))
                .flat_map(|(_, causes)| causes.iter().copied())
                .collect();
            causes.sort_unstable();
            causes.dedup();
            causes
        };
        for variable in &self.names.variables {
            let by_residue = variable.definitions.iter().any(|(name, definition)| {
                superfluous.contains(&definition.statement)
                    || definition.binding == Binding::Import
                        && evaluation.dead.iter().all(|(dead, _)| !self.tree.contains(*dead, *name))
            });
            // Another definition of the name is compiled in its place.
            let gated = |name: &NodeId| evaluation.gated.iter().any(|owner| self.tree.contains(*owner, *name));
            let replaced = || {
                self.names.variables.iter().any(|other| {
                    other.name == variable.name
                        && other.definitions.iter().any(|(name, definition)| {
                            !goes(*name) && definition.scope == variable.definitions[0].1.scope
                        })
                })
            };
            if variable.definitions.iter().all(|(name, _)| gated(name)) && replaced() {
                continue;
            }
            if by_residue || !variable.definitions.iter().all(|(name, _)| goes(*name)) {
                continue;
            }
            let first = variable.definitions[0].0;
            if variable.references.iter().any(|reference| !goes(*reference)) {
                let reason =
                    format!("`{}` is bound only in code that would go, and read in code that stays", variable.name);
                traps.push((causes(first), Applicability::Manual, reason));
            }
        }
        let mut anchors: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        for node in self.tree.all() {
            if self.tree.get(node).named && self.syntax().anchor(self.tree, node).is_some() {
                anchors.entry(self.syntax().function_of(self.tree, node)).or_default().push(node);
            }
        }
        for (function, nodes) in anchors {
            if !goes(function) && nodes.iter().all(|node| goes(*node)) {
                let causes = nodes.iter().flat_map(|node| causes(*node)).collect();
                let reason = self.syntax().anchor(self.tree, nodes[0]).unwrap_or_default();
                traps.push((causes, Applicability::Manual, reason.into()));
            }
        }
        traps
    }
}
