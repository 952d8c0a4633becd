//! The rounds of one file: evaluate, emit, carry values through names, find residue, until nothing changes, with decisions
//! dropped that the level or the code does not allow. Owns when a round ends; what a node becomes is evaluated elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::elsewhere::{Candidate, Kind};
use super::emit::{Emitted, Emitter};
use super::evaluate::{Evaluation, Evaluator, Outcome, Seed};
use super::file::File;
use super::layout::merge;
use super::names::Binding;
use super::pins::{self, Change};
use super::residue::{ImportEdit, Residue, is_in};
use super::start::{Becomes, Known};
use super::syntax::Construct;
use super::tree::NodeId;
use crate::diagnostic::Applicability;
use crate::source::Span;
use crate::source::edit::Edit;
use crate::value::Value;

/// How a decision was demoted.
pub(super) type Demotions = BTreeMap<usize, (Applicability, BTreeSet<String>)>;

/// Rounds of growth within one evaluation: far more than any cascade of residue is deep.
const MOST_ROUNDS: usize = 200;

/// A state in which nothing more changes.
pub(super) struct Solved {
    pub(super) active: BTreeSet<usize>,
    pub(super) evaluation: Evaluation,
    pub(super) emitted: Emitted,
    pub(super) candidates: Vec<Candidate>,
    pub(super) left: Vec<(Span, String)>,
    pub(super) spared: Vec<(Span, Candidate, String)>,
    /// What goes only because review was asked for.
    pub(super) reviewed: Vec<(Span, String)>,
    /// Whether what other files ask for cannot be done here, whatever is decided: nothing of this holds then.
    pub(super) stuck: bool,
}

/// How one run up to the fixpoint ended.
enum Grown {
    Settled,
    /// A decision has to be dropped.
    Demoted,
    /// Parameters that go, or that carry a value, would break the file.
    Stuck,
}

impl File<'_> {
    /// Evaluates until nothing changes. Decisions that may not be applied at the level are dropped; why is added to
    /// `demotions`.
    pub(super) fn solve(&self, mut active: BTreeSet<usize>, level: Applicability, demotions: &mut Demotions) -> Solved {
        for index in active.clone() {
            match &self.starts[index] {
                Ok(known) => {
                    for (applicability, reason) in &known.costs {
                        note(demotions, index, *applicability, reason);
                    }
                }
                Err(reason) => note(demotions, index, Applicability::Manual, reason),
            }
        }
        loop {
            active.retain(|index| {
                demotions
                    .get(index)
                    .is_none_or(|(applicability, _)| *applicability <= level && *applicability < Applicability::Manual)
            });
            let (solved, grown) = self.grow(&active, level, demotions);
            let drops = |index: &usize| demotions.get(index).is_some_and(|(applicability, _)| *applicability > level);
            match grown {
                Grown::Settled => return Solved { active, ..solved },
                Grown::Demoted if active.iter().any(drops) => {}
                Grown::Demoted | Grown::Stuck => return Solved { active, stuck: true, ..solved },
            }
        }
    }

    /// One run up to the fixpoint of names and residue.
    fn grow(&self, active: &BTreeSet<usize>, level: Applicability, demotions: &mut Demotions) -> (Solved, Grown) {
        let mut seeds: HashMap<NodeId, Seed> = HashMap::new();
        let mut superfluous: HashSet<NodeId> = HashSet::new();
        let mut bound: HashSet<NodeId> = HashSet::new();
        let mut inline: Vec<Span> = Vec::new();
        let mut parts: Vec<Edit> = Vec::new();
        // What goes with pins, by decision.
        let mut changed: Vec<(NodeId, Vec<usize>)> = Vec::new();
        for index in active {
            match &self.starts[*index] {
                Ok(Known { node, becomes: Becomes::Value(value), .. }) => {
                    let seed = Seed { outcome: Outcome::Value(value.clone()), decisions: vec![*index] };
                    match self.names.by_definition.get(node) {
                        // The name itself stays until nothing reads it.
                        Some(variable) => {
                            bound.insert(*node);
                            let references = &self.names.variables[*variable].references;
                            seeds.extend(references.iter().map(|reference| (*reference, seed.clone())));
                        }
                        None => {
                            seeds.insert(*node, seed);
                        }
                    }
                }
                Ok(Known { node, becomes: Becomes::Node(chosen), .. }) => {
                    seeds.insert(*node, Seed { outcome: Outcome::Node(*chosen), decisions: vec![*index] });
                }
                Ok(Known { node, becomes: Becomes::Nothing, .. }) => {
                    superfluous.insert(*node);
                }
                Ok(Known { becomes: Becomes::Changed { changes, .. }, .. }) => {
                    for change in changes {
                        match change {
                            Change::Remove(node) => {
                                superfluous.insert(*node);
                                changed.push((*node, vec![*index]));
                            }
                            Change::Lift(node, body) => {
                                let seed = Seed { outcome: Outcome::Lift(*body), decisions: vec![*index] };
                                seeds.insert(*node, seed);
                            }
                            Change::Cut(span) => inline.push(span.clone()),
                            Change::Replace(span, text) => {
                                let edit = Edit { span: span.clone(), replacement: text.clone() };
                                add_new(&mut parts, [edit]);
                            }
                            Change::Decide(name, value) => {
                                let seed = Seed { outcome: Outcome::Value(value.clone()), decisions: vec![*index] };
                                let variable = self.names.by_definition.get(name);
                                let references = variable.map(|variable| &self.names.variables[*variable].references);
                                seeds.extend(references.into_iter().flatten().map(|each| (*each, seed.clone())));
                            }
                        }
                    }
                }
                Err(_) => {}
            }
        }
        let mut imports = Vec::new();
        let mut gone = BTreeMap::new();
        // Names whose place another name takes.
        let mut moved: HashSet<NodeId> = HashSet::new();
        let mut candidates = Vec::new();
        let mut left = Vec::new();
        let mut spared = Vec::new();
        let mut reviewed: Vec<(Span, String)> = Vec::new();
        let mut kept_names: HashSet<NodeId> = HashSet::new();
        let mut rounds = 0;
        loop {
            rounds += 1;
            let evaluator = Evaluator {
                tree: self.tree,
                syntax: self.syntax(),
                seeds: &seeds,
                superfluous: &superfluous,
                dropped: &self.task.dropped,
                builders: &self.builders,
                level,
            };
            let mut evaluation = evaluator.run();
            evaluation.dead.extend(changed.iter().cloned());
            let emitted = Emitter::new(self.tree, self.syntax(), &evaluation, level)
                .run(imports.iter().map(|import: &ImportEdit| &import.span).chain(&inline), &parts);
            let (mut worse, mut stuck) = (false, false);
            for (index, applicability, reason) in &evaluation.demotions {
                worse |= *applicability > level || *applicability == Applicability::Manual;
                note(demotions, *index, *applicability, reason);
            }
            for (causes, reason) in &emitted.refused {
                worse = true;
                stuck |= self.is_from_elsewhere(causes);
                for index in self.or_all(causes, active) {
                    note(demotions, index, Applicability::Manual, reason);
                }
            }
            let removed = merge(emitted.removed.clone());
            // What still reads a parameter that goes may itself become superfluous in a later round.
            let mut open = Vec::new();
            if !worse {
                for (causes, applicability, reason) in self.traps(active, &evaluation, &removed, &superfluous) {
                    if applicability == Applicability::Manual && self.is_from_elsewhere(&causes) {
                        open.push(reason);
                        continue;
                    }
                    worse |= applicability > level || applicability == Applicability::Manual;
                    for index in self.or_all(&causes, active) {
                        note(demotions, index, applicability, &reason);
                    }
                }
            }
            if worse {
                let active = BTreeSet::new();
                let grown = if stuck { Grown::Stuck } else { Grown::Demoted };
                return (Solved { active, evaluation, emitted, candidates, left, spared, reviewed, stuck }, grown);
            }
            let grew = self.propagate(&evaluation, &mut seeds, &kept_names)
                || self.propagate_fields(&evaluation, &mut seeds, level, &mut candidates)
                || self.keep_repeated(&evaluation, &removed, &bound, &mut seeds, &mut kept_names);
            if grew && rounds < MOST_ROUNDS {
                continue;
            }
            let residue = Residue {
                tree: self.tree,
                syntax: self.syntax(),
                names: self.names,
                builders: &self.builders,
                level,
                evaluation: &evaluation,
                needed: &self.task.needed,
                lost: &self.task.lost,
                lost_members: &self.task.lost_members,
                definitions: &self.task.definitions,
                types: self.types,
                texts: self.texts,
                bound: &bound,
                moved: &moved,
            };
            let before = (superfluous.len(), gone.len(), inline.len(), parts.len());
            let found = residue.find(&removed, &mut gone);
            superfluous.extend(found.statements);
            if self.changes_tests(active) {
                go(pins::mocks::unused(self.tree, self.names, &removed), &mut superfluous, &mut inline);
            }
            imports = found.imports;
            add_new(&mut inline, found.names);
            add_new(&mut candidates, found.candidates);
            left = found.left;
            let comments = self.comments(active, &evaluation, &removed);
            left.extend(comments.left);
            add_new(&mut inline, comments.gone);
            spared = found.spared;
            add_new(&mut parts, found.parts);
            let stores = self.stores(&evaluation, &removed);
            superfluous.extend(stores.dead);
            add_new(&mut parts, stores.edits);
            let aliases = self.aliases(&evaluation, &removed, level);
            superfluous.extend(aliases.statements);
            moved.extend(aliases.moved);
            reviewed.extend(aliases.said);
            let live = |span: &Span| !is_in(&removed, span);
            add_new(&mut parts, self.syntax().unused_loads(self.tree, &live).into_iter().chain(aliases.edits));
            let supers = self.supers(&evaluation, &removed, level);
            superfluous.extend(supers.statements);
            add_new(&mut parts, supers.parts);
            match level {
                Applicability::Safe => left.extend(supers.said),
                _ => reviewed.extend(supers.said),
            }
            let hollow = self.hollow(&evaluation, &removed, level);
            go(hollow.changes, &mut superfluous, &mut inline);
            add_new(&mut candidates, hollow.candidates);
            add_new(&mut reviewed, found.reviewed.into_iter().chain(hollow.said));
            let settled = (superfluous.len(), gone.len(), inline.len(), parts.len()) == before;
            if settled || rounds >= MOST_ROUNDS {
                if !open.is_empty() {
                    for index in active {
                        open.iter().for_each(|reason| note(demotions, *index, Applicability::Manual, reason));
                    }
                    let active = BTreeSet::new();
                    let solved =
                        Solved { active, evaluation, emitted, candidates, left, spared, reviewed, stuck: true };
                    return (solved, Grown::Stuck);
                }
                reviewed.extend(emitted.reviewed.iter().cloned());
                if !settled {
                    let reason =
                        format!("what became unused was followed for {MOST_ROUNDS} rounds, and there may be more");
                    left.push((0..0, reason));
                }
                let active = BTreeSet::new();
                let solved = Solved { active, evaluation, emitted, candidates, left, spared, reviewed, stuck: false };
                return (solved, Grown::Settled);
            }
        }
    }

    /// Whether one of the decisions is about a pin.
    fn changes_tests(&self, active: &BTreeSet<usize>) -> bool {
        let is_pin = |index: &usize| matches!(self.starts[*index], Ok(Known { becomes: Becomes::Changed { .. }, .. }));
        active.iter().any(is_pin)
    }

    /// Whether what would break is no decision's work but that of parameters which go.
    fn is_from_elsewhere(&self, causes: &[usize]) -> bool {
        causes.is_empty() && !(self.task.facts.is_empty() && self.task.dropped.is_empty())
    }

    fn or_all(&self, causes: &[usize], active: &BTreeSet<usize>) -> Vec<usize> {
        if causes.is_empty() { active.iter().copied().collect() } else { causes.to_vec() }
    }

    /// Names bound once to a known value: their readers are known too.
    fn propagate(&self, evaluation: &Evaluation, seeds: &mut HashMap<NodeId, Seed>, kept: &HashSet<NodeId>) -> bool {
        let before = seeds.len();
        for (name, _, value, decisions) in &evaluation.bound {
            let Some(variable) = self.names.by_definition.get(name).map(|index| &self.names.variables[*index]) else {
                continue;
            };
            let [(_, definition)] = variable.definitions.as_slice() else { continue };
            let function = self.syntax().function_of(self.tree, *name);
            if variable.unclear
                || definition.shared
                || definition.binding != Binding::Simple
                || self.names.are_read_at_runtime(self.tree, function)
            {
                continue;
            }
            for reference in &variable.references {
                let is_name = self.tree.text_of(*reference) == variable.name;
                // Most macros would only show the value: there the name says more.
                let in_macro = self.tree.ancestors(*reference).take(2).collect::<Vec<_>>();
                let in_macro = matches!(in_macro.as_slice(), [tokens, around]
                    if self.tree.kind(*tokens) == "token_tree"
                        && self.syntax().construct(self.tree, *around) == Construct::Other);
                if is_name
                    && !in_macro
                    && !kept.contains(reference)
                    && !self.syntax().shows_source(self.tree, *reference)
                {
                    seeds.entry(*reference).or_insert_with(|| Seed {
                        outcome: Outcome::Value(value.clone()),
                        decisions: decisions.clone(),
                    });
                }
            }
        }
        seeds.len() > before
    }

    /// Fields that are assigned once: what reads them is known too, if no other file speaks of a field of that name. That
    /// the object is whole before anything reads it is for a reviewer to see.
    fn propagate_fields(
        &self,
        evaluation: &Evaluation,
        seeds: &mut HashMap<NodeId, Seed>,
        level: Applicability,
        candidates: &mut Vec<Candidate>,
    ) -> bool {
        let before = seeds.len();
        for field in self.types.once().iter().filter(|_| level >= Applicability::Unsafe) {
            let Some(Outcome::Value(value)) = evaluation.outcomes.get(&field.value) else { continue };
            if self.task.needed.iter().any(|needed| needed.name == field.name) {
                continue;
            }
            let decisions = evaluation.causes.get(&field.value).cloned().unwrap_or_default();
            for read in &field.reads {
                let seed = || Seed { outcome: Outcome::Value(value.clone()), decisions: decisions.clone() };
                seeds.entry(*read).or_insert_with(seed);
            }
            let candidate = Candidate { name: field.name.clone(), kind: Kind::Member, lost: false };
            add_new(candidates, [candidate]);
        }
        seeds.len() > before
    }

    /// A value that would be written out several times, or within a string, stays behind its name.
    fn keep_repeated(
        &self,
        evaluation: &Evaluation,
        removed: &[Span],
        bound: &HashSet<NodeId>,
        seeds: &mut HashMap<NodeId, Seed>,
        kept: &mut HashSet<NodeId>,
    ) -> bool {
        let before = kept.len();
        for variable in &self.names.variables {
            if variable.definitions.iter().any(|(name, _)| bound.contains(name)) {
                continue;
            }
            let plain: Vec<NodeId> = variable
                .references
                .iter()
                .copied()
                .filter(|reference| {
                    let parent = self.tree.parent(*reference).unwrap_or(0);
                    matches!(seeds.get(reference), Some(Seed { outcome: Outcome::Value(value), .. }) if !matches!(value, Value::Bool(_)))
                        && matches!(evaluation.outcomes.get(&parent), Some(Outcome::Kept))
                })
                .collect();
            let unreachable =
                |reference: &NodeId| !seeds.contains_key(reference) && !is_in(removed, &self.tree.span(*reference));
            let in_string = plain.iter().any(|reference| {
                self.tree.ancestors(*reference).take(2).any(|outer| self.tree.kind(outer) == "interpolation")
            });
            let others = variable.references.iter().any(unreachable);
            let is_text = plain
                .first()
                .and_then(|reference| seeds.get(reference))
                .is_some_and(|seed| matches!(seed.outcome, Outcome::Value(Value::String(_))));
            if plain.len() > 1 || in_string || is_text || (others && !plain.is_empty()) {
                for reference in plain {
                    seeds.remove(&reference);
                    kept.insert(reference);
                }
            }
        }
        kept.len() > before
    }
}

fn note(demotions: &mut Demotions, index: usize, applicability: Applicability, reason: &str) {
    let entry = demotions.entry(index).or_insert((applicability, BTreeSet::new()));
    entry.0 = entry.0.max(applicability);
    entry.1.insert(reason.to_owned());
}

/// Adds what a list does not hold yet.
fn add_new<T: PartialEq>(list: &mut Vec<T>, items: impl IntoIterator<Item = T>) {
    for item in items {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// Takes over what goes because of what went before: it decides nothing, so nothing takes the place of anything.
fn go(changes: Vec<Change>, superfluous: &mut HashSet<NodeId>, inline: &mut Vec<Span>) {
    for change in changes {
        match change {
            Change::Remove(node) => {
                superfluous.insert(node);
            }
            Change::Cut(span) => add_new(inline, [span]),
            Change::Lift(..) | Change::Replace(..) | Change::Decide(..) => {}
        }
    }
}
