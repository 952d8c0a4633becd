//! Checks that only run where another flag has decided already: two flags make four programs. Owns how that is seen in a
//! tree; which nodes are conditions is the language's to say.

use std::collections::BTreeMap;

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use super::Nested;
use crate::fix::construct::Construct;
use crate::fix::tree::{NodeId, Tree};
use crate::resolve::FlagCheck;
use crate::run::Outcome;
use crate::source::SourceId;

/// All of them, sorted.
pub(super) fn nested<'o>(outcome: &'o Outcome, name_of: impl Fn(&'o str) -> &'o str + Sync) -> Vec<Nested> {
    let mut by_file: BTreeMap<SourceId, Vec<(&FlagCheck, &str)>> = BTreeMap::new();
    for check in outcome.project.checks.iter().filter(|check| !check.in_test) {
        if let Some(flag) = check.flag() {
            by_file.entry(check.at.source).or_default().push((check, name_of(flag)));
        }
    }
    by_file.retain(|_, checks| checks.iter().any(|(_, flag)| *flag != checks[0].1));
    let mut found: Vec<Nested> =
        by_file.into_par_iter().flat_map_iter(|(source, checks)| in_file(outcome, source, &checks)).collect();
    found.sort();
    found.dedup();
    found
}

fn in_file(outcome: &Outcome, source: SourceId, checks: &[(&FlagCheck, &str)]) -> Vec<Nested> {
    let file = outcome.project.sources.get(source);
    let Some(language) = file.language else { return Vec::new() };
    let code = language.read(&file.text);
    let tree = Tree::of(&file.text, &code, &|node| language.fold.part(&file.text, node));
    let nodes: Vec<(NodeId, &str)> =
        checks.iter().filter_map(|(check, flag)| Some((tree.at_span(&check.at.span)?, *flag))).collect();
    // Flags by the conditions that ask for them; every check goes up its own ancestors once.
    let mut asked: BTreeMap<NodeId, Vec<(NodeId, &str)>> = BTreeMap::new();
    for (node, flag) in &nodes {
        for outer in tree.ancestors(*node).chain([*node]) {
            asked.entry(outer).or_default().push((*node, *flag));
        }
    }
    let mut found = Vec::new();
    for ((check, _), (node, flag)) in checks.iter().zip(&nodes) {
        for outer in tree.ancestors(*node) {
            let conditions: Vec<NodeId> = match language.fold.construct(&tree, outer) {
                Construct::Chain { arms, .. } => arms.iter().map(|arm| arm.condition).collect(),
                Construct::Ternary { condition, .. } | Construct::While { condition, .. } => vec![condition],
                Construct::And(left, right) | Construct::Or(left, right) => vec![left, right],
                _ => continue,
            };
            let how = match language.fold.construct(&tree, outer) {
                Construct::And(..) | Construct::Or(..) => "same condition",
                _ => "inside",
            };
            for condition in conditions.into_iter().filter(|condition| !tree.contains(*condition, *node)) {
                for (other, of) in asked.get(&condition).into_iter().flatten() {
                    // Of two in one condition, the first is the outer one.
                    if of != flag && (how == "inside" || other < node) {
                        let line = outcome.project.sources.line_column(&check.at).0;
                        let at = format!("{}:{line}", file.display_path());
                        found.push(Nested { outer: (*of).to_owned(), inner: (*flag).to_owned(), at, how });
                    }
                }
            }
        }
    }
    found
}
