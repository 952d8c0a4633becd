//! Plans one file: rounds of evaluating, emitting and finding residue until nothing changes, with decisions dropped that
//! the level or the code does not allow. Owns the rounds, the traps and the check that the result parses.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::elsewhere::{Candidate, Kind, Needed};
use super::emit::{Emitted, Emitter};
use super::evaluate::{Evaluation, Evaluator, Outcome, Seed};
use super::files::Parsed;
use super::layout::merge;
use super::names::{Binding, Names};
use super::pins::{self, Change, PinDecision, PinSite, Pinned};
use super::residue::members::Members;
use super::residue::{ImportEdit, Residue, is_in};
use super::start::{Becomes, Known, Start};
use super::syntax::{Construct, Syntax};
use super::tree::{NodeId, Tree};
use super::{Decision, Site};
use crate::diagnostic::Applicability;
use crate::language::Language;
use crate::project::Project;
use crate::resolve::{FlagCheck, FlagDefinition};
use crate::source::Span;
use crate::source::edit::{self, Edit};
use crate::value::Value;

/// The plan of one file.
#[derive(Debug, Default)]
pub struct FilePlan {
    /// By decision.
    pub sites: Vec<Site>,
    /// By pin.
    pub pins: Vec<PinSite>,
    /// Sorted and disjoint; empty when nothing is to be done.
    pub edits: Vec<Edit>,
    /// What vanishes: sorted and disjoint.
    pub removed: Vec<Span>,
    /// The text after the edits; empty when there are none.
    pub after: String,
    /// Names that go and that other files may need.
    pub candidates: Vec<Candidate>,
    /// What stays although nothing reads it any more.
    pub left: Vec<(Span, String)>,
    /// What goes only because review was asked for: where, and what to look at.
    pub reviewed: Vec<(Span, String)>,
    /// What stays although nothing in this file reads it, to be said when no other file does either.
    pub spared: Vec<(Span, Candidate, String)>,
    /// Flags that were dropped because the result did not parse.
    pub bugs: Vec<String>,
    /// Whether the file itself goes.
    pub deleted: bool,
    /// Expressions whose value became known.
    pub values: HashMap<NodeId, Value>,
    /// Names of parameters that only removed code read.
    pub unused: Vec<NodeId>,
    /// Parameters of the task whose value could not be carried into the function, by their names.
    pub refused: Vec<NodeId>,
}

/// What is asked of one file.
#[derive(Clone, Debug, Default)]
pub struct Task<'d> {
    /// The checks in it that are decided.
    pub decisions: Vec<&'d Decision>,
    /// The places in it where tests pin flags that go.
    pub pins: Vec<PinDecision>,
    /// What declares flags that nothing checks any more.
    pub definitions: Vec<&'d FlagDefinition>,
    /// Names that must stay, with the reason.
    pub needed: Vec<Needed>,
    /// Names that code which goes in other files mentioned.
    pub lost: BTreeSet<String>,
    /// Members that code which goes in other files mentioned, of whatever object.
    pub lost_members: BTreeSet<String>,
    /// Parameters whose value is the same in every call, by their names.
    pub facts: BTreeMap<NodeId, Value>,
    /// Whether nothing needs the file once it holds nothing but imports.
    pub may_vanish: bool,
    /// Lists of parameters and arguments that lose entries.
    pub dropped: BTreeMap<NodeId, Vec<NodeId>>,
}

/// How a decision was demoted.
pub(super) type Demotions = BTreeMap<usize, (Applicability, BTreeSet<String>)>;

/// Rounds of growth within one evaluation: far more than any cascade of residue is deep.
const MOST_ROUNDS: usize = 200;

/// Plans the removal of the decided checks of one file, and of what only went with those of other files.
pub fn plan(project: &Project, parsed: Option<&Parsed<'_>>, task: &Task<'_>, level: Applicability) -> FilePlan {
    let (decisions, pins) = (&task.decisions, &task.pins);
    let manual = |reason: &str| {
        let site = |decision: &&Decision| Site {
            check: decision.check,
            title: "left alone".into(),
            applicability: Applicability::Manual,
            reasons: vec![reason.to_owned()],
            dead: Vec::new(),
            applied: false,
        };
        let pins = pins.iter().map(|pin| PinSite::left(pin.pin, reason)).collect();
        FilePlan { sites: decisions.iter().map(site).collect(), pins, ..FilePlan::default() }
    };
    let Some(parsed) = parsed else { return manual("the language is not known") };
    if let Some(problem) = parsed.problem {
        return manual(problem);
    }
    let Parsed { text, language, tree, names, .. } = parsed;
    let checks: Vec<&FlagCheck> = decisions.iter().map(|decision| &project.checks[decision.check]).collect();
    let mut builders: Vec<String> = checks.iter().flat_map(|check| check.builders.iter().cloned()).collect();
    builders.sort_unstable();
    builders.dedup();
    let mut file = File { language, tree, names, builders, task, types: parsed.types(), starts: Vec::new() };
    file.starts = decisions.iter().zip(&checks).map(|(decision, check)| file.start(decision, check)).collect();
    file.starts.extend(
        task.facts
            .iter()
            .map(|(name, value)| Ok(Known { node: *name, becomes: Becomes::Value(value.clone()), costs: Vec::new() })),
    );
    // Pins are decisions like any other, numbered behind the rest.
    let first_pin = file.starts.len();
    let pinned: Vec<Pinned<'_>> =
        pins.iter().map(|pin| Pinned { pin: &project.overrides[pin.pin], value: &pin.value }).collect();
    let starts = pins::starts(&file, &pinned);
    file.starts.extend(starts);
    let flag_of = |index: usize| {
        let pin = || index.checked_sub(first_pin).and_then(|pin| pinned.get(pin)).and_then(|pinned| pinned.pin.flag());
        checks.get(index).map_or_else(pin, |check| check.flag()).unwrap_or_default()
    };
    // Takes the sites of pins from behind those of the checks.
    let of_pins = |sites: &mut Vec<Site>| -> Vec<PinSite> {
        let tail = sites.split_off(first_pin);
        sites.truncate(decisions.len());
        pins.iter().zip(tail).map(|(pin, site)| PinSite::new(pin.pin, site)).collect()
    };

    let all: BTreeSet<usize> = (0..file.starts.len()).collect();
    // What each site could be, with review.
    let mut demotions = Demotions::new();
    let reviewed = file.solve(all.clone(), Applicability::Unsafe, &mut demotions);
    let check_of = |index: usize| decisions.get(index).map_or(0, |decision| decision.check);
    let mut sites: Vec<Site> =
        all.iter().map(|index| file.site(*index, check_of(*index), &reviewed, &demotions)).collect();

    let fits_level = |index: &usize| demotions.get(index).is_none_or(|(applicability, _)| *applicability <= level);
    let allowed = |dropped: &BTreeSet<String>| -> BTreeSet<usize> {
        let fits = |index: &usize| fits_level(index) && !dropped.contains(flag_of(*index));
        all.iter().copied().filter(fits).collect()
    };
    let mut bugs = BTreeSet::new();
    // What was looked at with review is the answer where review was asked for.
    let mut solved = match level {
        Applicability::Safe => file.solve(allowed(&bugs), level, &mut Demotions::new()),
        _ => reviewed,
    };
    if !file.parses(text, &solved.emitted.edits) {
        if !(task.facts.is_empty() && task.dropped.is_empty()) {
            let refused = task.facts.keys().copied().chain(task.dropped.values().flatten().copied()).collect();
            let pins = of_pins(&mut sites);
            return FilePlan { sites, pins, refused, ..FilePlan::default() };
        }
        let flags: BTreeSet<&str> = all.iter().map(|index| flag_of(*index)).filter(|flag| !flag.is_empty()).collect();
        for flag in flags {
            let alone = allowed(&bugs).into_iter().filter(|index| flag_of(*index) == flag).collect();
            let alone = file.solve(alone, level, &mut Demotions::new());
            if !file.parses(text, &alone.emitted.edits) {
                bugs.insert(flag.to_owned());
            }
        }
        solved = file.solve(allowed(&bugs), level, &mut Demotions::new());
        if !file.parses(text, &solved.emitted.edits) {
            bugs.extend(all.iter().map(|index| flag_of(*index)).filter(|flag| !flag.is_empty()).map(str::to_owned));
            solved = file.solve(BTreeSet::new(), level, &mut Demotions::new());
        }
        if !file.parses(text, &solved.emitted.edits) {
            // What only other files made superfluous: it stays here, and so they keep what it needs.
            let pins = of_pins(&mut sites);
            return FilePlan { sites, pins, ..FilePlan::default() };
        }
    }
    for (index, site) in sites.iter_mut().enumerate() {
        site.applied = solved.active.contains(&index);
        if bugs.contains(flag_of(index)) {
            site.applicability = Applicability::Manual;
            site.reasons = vec!["the fix would have broken the syntax: a bug in flag-sweep".into()];
        }
    }
    let after = if solved.emitted.edits.is_empty() { String::new() } else { edit::apply(text, &solved.emitted.edits) };
    let pins = of_pins(&mut sites);
    let path = || decisions.first().map(|decision| project.checks[decision.check].at.source);
    let path = path().map_or_else(String::new, |source| project.sources.get(source).display_path());
    let removed = merge(solved.emitted.removed);
    let unused = file.unused_parameters(&removed);
    let facts = task.facts.keys().zip(decisions.len()..);
    let refused = facts.filter(|(_, index)| !solved.active.contains(index)).map(|(name, _)| *name).collect();
    let known = solved.evaluation.outcomes.into_iter().filter_map(|(node, outcome)| match outcome {
        Outcome::Value(value) => Some((node, value)),
        _ => None,
    });
    FilePlan {
        sites,
        pins,
        edits: solved.emitted.edits,
        values: known.collect(),
        unused,
        refused,
        deleted: false,
        removed,
        after,
        candidates: solved.candidates,
        left: solved.left,
        reviewed: solved.reviewed,
        spared: solved.spared,
        bugs: bugs
            .into_iter()
            .map(|flag| format!("{path}: the fix for `{flag}` would have broken the syntax"))
            .collect(),
    }
}

/// What planning a file needs at hand.
pub(super) struct File<'f> {
    pub(super) language: &'static Language,
    pub(super) tree: &'f Tree<'f>,
    pub(super) names: &'f Names,
    pub(super) builders: Vec<String>,
    pub(super) task: &'f Task<'f>,
    pub(super) types: &'f Members,
    pub(super) starts: Vec<Start>,
}

/// A state in which nothing more changes.
pub(super) struct Solved {
    pub(super) active: BTreeSet<usize>,
    pub(super) evaluation: Evaluation,
    emitted: Emitted,
    candidates: Vec<Candidate>,
    left: Vec<(Span, String)>,
    spared: Vec<(Span, Candidate, String)>,
    /// What goes only because review was asked for.
    reviewed: Vec<(Span, String)>,
}

impl File<'_> {
    pub(super) fn syntax(&self) -> &'static dyn Syntax {
        self.language.fold
    }

    fn parses(&self, text: &str, edits: &[Edit]) -> bool {
        edits.is_empty()
            || edit::are_disjoint(edits) && self.language.read(&edit::apply(text, edits)).problem().is_none()
    }

    /// Evaluates until nothing changes. Decisions that may not be applied at the level are dropped; why is added to
    /// `demotions`.
    fn solve(&self, mut active: BTreeSet<usize>, level: Applicability, demotions: &mut Demotions) -> Solved {
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
            let (solved, dropped) = self.grow(&active, level, demotions);
            if !dropped {
                return Solved { active, ..solved };
            }
        }
    }

    /// One run up to the fixpoint of names and residue; the flag says whether a decision has to be dropped.
    fn grow(&self, active: &BTreeSet<usize>, level: Applicability, demotions: &mut Demotions) -> (Solved, bool) {
        let mut seeds: HashMap<NodeId, Seed> = HashMap::new();
        let mut superfluous: HashSet<NodeId> = HashSet::new();
        let mut bound: HashSet<NodeId> = HashSet::new();
        let mut inline: Vec<Span> = Vec::new();
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
                        }
                    }
                }
                Err(_) => {}
            }
        }
        let mut imports = Vec::new();
        let mut gone = Vec::new();
        let mut parts: Vec<Edit> = Vec::new();
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
            let mut worse = false;
            for (index, applicability, reason) in &evaluation.demotions {
                worse |= *applicability > level || *applicability == Applicability::Manual;
                note(demotions, *index, *applicability, reason);
            }
            for (causes, reason) in &emitted.refused {
                worse = true;
                for index in self.or_all(causes, active) {
                    note(demotions, index, Applicability::Manual, reason);
                }
            }
            let removed = merge(emitted.removed.clone());
            if !worse {
                for (causes, applicability, reason) in self.traps(&evaluation, &removed, &superfluous) {
                    worse |= applicability > level || applicability == Applicability::Manual;
                    for index in self.or_all(&causes, active) {
                        note(demotions, index, applicability, &reason);
                    }
                }
            }
            if worse {
                let active = BTreeSet::new();
                return (Solved { active, evaluation, emitted, candidates, left, spared, reviewed }, true);
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
                bound: &bound,
            };
            let before = (superfluous.len(), gone.len(), inline.len(), parts.len());
            let found = residue.find(&removed, &mut gone);
            superfluous.extend(found.statements);
            if self.changes_tests(active) {
                for change in pins::mocks::unused(self.tree, self.names, &removed) {
                    match change {
                        Change::Remove(node) => {
                            superfluous.insert(node);
                        }
                        Change::Cut(span) if !inline.contains(&span) => inline.push(span),
                        Change::Cut(_) | Change::Lift(..) => {}
                    }
                }
            }
            imports = found.imports;
            for span in found.names {
                if !inline.contains(&span) {
                    inline.push(span);
                }
            }
            for candidate in found.candidates {
                if !candidates.contains(&candidate) {
                    candidates.push(candidate);
                }
            }
            left = found.left;
            spared = found.spared;
            for part in found.parts {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            let stores = self.stores(&evaluation, &removed);
            superfluous.extend(stores.dead);
            for edit in stores.edits {
                if !parts.contains(&edit) {
                    parts.push(edit);
                }
            }
            for each in found.reviewed {
                if !reviewed.contains(&each) {
                    reviewed.push(each);
                }
            }
            let settled = (superfluous.len(), gone.len(), inline.len(), parts.len()) == before;
            if settled || rounds >= MOST_ROUNDS {
                reviewed.extend(emitted.reviewed.iter().cloned());
                if !settled {
                    let reason =
                        format!("what became unused was followed for {MOST_ROUNDS} rounds, and there may be more");
                    left.push((0..0, reason));
                }
                let active = BTreeSet::new();
                return (Solved { active, evaluation, emitted, candidates, left, spared, reviewed }, false);
            }
        }
    }

    /// Whether one of the decisions is about a pin.
    fn changes_tests(&self, active: &BTreeSet<usize>) -> bool {
        let is_pin = |index: &usize| matches!(self.starts[*index], Ok(Known { becomes: Becomes::Changed { .. }, .. }));
        active.iter().any(is_pin)
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
                || self.syntax().reads_names_at_runtime(self.tree, function)
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
            if !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
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
