//! What a fold must not do in silence: names that lose their binding, functions that lose what makes them what they are.
//! Owns the traps that concern a whole file; those of one node are where it is evaluated.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::evaluate::{Evaluation, quote};
use super::file::File;
use super::names::Binding;
use super::residue::is_in;
use super::start::{Becomes, Known};
use super::tree::NodeId;
use crate::diagnostic::Applicability;
use crate::source::Span;

impl File<'_> {
    /// What a fold must not do in silence, with the decisions of `active` that would do it.
    pub(super) fn traps(
        &self,
        active: &BTreeSet<usize>,
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
        self.lost_guards(active, removed, &mut traps);
        traps
    }

    /// Checks that hold only where an object is there, and what would read that object without asking.
    fn lost_guards(
        &self,
        active: &BTreeSet<usize>,
        removed: &[Span],
        traps: &mut Vec<(Vec<usize>, Applicability, String)>,
    ) {
        // By function and object: the checks that ask for it.
        let mut guards: HashMap<(NodeId, &str), Vec<(usize, NodeId)>> = HashMap::new();
        for index in active {
            // What is not there counts as off.
            let Ok(Known { node, becomes: Becomes::Value(value), .. }) = &self.starts[*index] else { continue };
            if self.syntax().truthy(value) == Some(false) {
                continue;
            }
            for object in self.syntax().asked_for(self.tree, *node) {
                let function = self.syntax().function_of(self.tree, *node);
                guards.entry((function, self.tree.text_of(object))).or_default().push((*index, *node));
            }
        }
        let functions: BTreeSet<NodeId> = guards.keys().map(|(function, _)| *function).collect();
        for function in functions {
            for read in self.tree.subtree(function) {
                let Some(object) = self.syntax().needed(self.tree, read) else { continue };
                let text = self.tree.text_of(object);
                let Some(checks) = guards.get_mut(&(function, text)).filter(|_| !is_in(removed, &self.tree.span(read)))
                else {
                    continue;
                };
                let before: Vec<usize> =
                    checks.extract_if(.., |(_, check)| *check < read).map(|(index, _)| index).collect();
                if !before.is_empty() {
                    let (object, read) = (quote(text), quote(self.tree.text_of(read)));
                    let reason = format!("the check asks whether {object} is there, and {read} takes that for granted");
                    traps.push((before, Applicability::Unsafe, reason));
                }
            }
        }
    }
}
