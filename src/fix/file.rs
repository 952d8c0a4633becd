//! Plans one file: what is asked of it, the plan that comes of it, and the check that the result parses. The rounds are in
//! `solve`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::elsewhere::{Candidate, Needed};
use super::evaluate::Outcome;
use super::files::Parsed;
use super::layout::merge;
use super::names::Names;
use super::pins::{self, PinDecision, PinSite, Pinned};
use super::residue::members::Members;
use super::solve::Demotions;
use super::start::Start;
use super::syntax::Syntax;
use super::texts::Texts;
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
    let Parsed { text, language, tree, names, hidden, .. } = parsed;
    let checks: Vec<&FlagCheck> = decisions.iter().map(|decision| &project.checks[decision.check]).collect();
    let mut builders: Vec<String> = checks.iter().flat_map(|check| check.builders.iter().cloned()).collect();
    builders.sort_unstable();
    builders.dedup();
    let flags = checks.iter().map(|check| check.flag().unwrap_or_default().to_owned()).collect();
    let (types, texts) = (parsed.types(), &parsed.texts);
    let mut file = File { language, tree, names, hidden, builders, task, types, texts, starts: Vec::new(), flags };
    file.starts = decisions.iter().zip(&checks).map(|(decision, check)| file.start(decision, check)).collect();
    let facts: Vec<Start> = task.facts.iter().map(|(name, value)| file.start_of_name(*name, value)).collect();
    file.starts.extend(facts);
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
    let stuck = reviewed.stuck;
    let check_of = |index: usize| decisions.get(index).map_or(0, |decision| decision.check);
    let mut dead: HashMap<usize, Vec<Span>> = HashMap::new();
    for (node, causes) in &reviewed.evaluation.dead {
        causes.iter().for_each(|cause| dead.entry(*cause).or_default().push(tree.span(*node)));
    }
    let site = |index: &usize| {
        let dead = dead.remove(index).unwrap_or_default();
        file.site((*index, check_of(*index)), dead, &reviewed, &demotions)
    };
    let mut sites: Vec<Site> = all.iter().map(site).collect();

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
    let stuck = stuck || solved.stuck;
    if stuck || !file.parses(text, &solved.emitted.edits) {
        if stuck || !(task.facts.is_empty() && task.dropped.is_empty()) {
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
    // What a value from elsewhere costs is no decision's reason.
    let mut reviewed = solved.reviewed;
    for (name, index) in facts.clone().filter(|(_, index)| solved.active.contains(index)) {
        for reason in demotions.get(&index).into_iter().flat_map(|(_, reasons)| reasons) {
            reviewed.push((tree.span(*name), reason.clone()));
        }
    }
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
        reviewed,
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
    /// What the tree does not show although it is code, each with the end of what it belongs to.
    hidden: &'f [(Span, usize)],
    pub(super) builders: Vec<String>,
    pub(super) task: &'f Task<'f>,
    pub(super) types: &'f Members,
    pub(super) texts: &'f Texts,
    pub(super) starts: Vec<Start>,
    /// The flag of each check that is decided, by decision.
    pub(super) flags: Vec<String>,
}

impl File<'_> {
    pub(super) fn syntax(&self) -> &'static dyn Syntax {
        self.language.fold
    }

    fn parses(&self, text: &str, edits: &[Edit]) -> bool {
        edits.is_empty()
            || edit::are_disjoint(edits)
                && !self.parts_hidden(text, edits)
                && self.language.read(&edit::apply(text, edits)).problem().is_none()
    }

    /// Whether edits would take what the tree does not show from what it belongs to. To indent both alike takes nothing.
    fn parts_hidden(&self, text: &str, edits: &[Edit]) -> bool {
        let is_blank = |edit: &Edit| text[edit.span.clone()].trim().is_empty() && edit.replacement.trim().is_empty();
        self.hidden.iter().any(|(hidden, end)| {
            edits.iter().any(|edit| {
                let touches = edit.span.start < *end && hidden.start < edit.span.end && !is_blank(edit);
                touches && !(edit.span.start <= hidden.start && *end <= edit.span.end)
            })
        })
    }
}
