//! Removing flags from code: fold, residue, verify. Knows nothing of registries: it is told "this check is this value".
//!
//! [`plan`] works file by file: known values seed an [`evaluate`](mod@evaluate)d tree, [`emit`] turns the outcomes into
//! edits, [`names`] and [`residue`] find what the edits left unused, and the round starts again until nothing changes.

pub mod elsewhere;
pub mod emit;
pub mod evaluate;
pub mod file;
pub mod layout;
pub mod names;
pub mod pins;
pub mod residue;
mod start;
pub mod syntax;
pub mod tree;

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

pub use self::pins::{PinDecision, PinSite};
pub use self::syntax::Syntax;
use crate::diagnostic::Applicability;
use crate::project::Project;
use crate::source::edit::Edit;
use crate::source::{Location, SourceId, Span};
use crate::value::Value;

/// "This check is this value": an index into [`Project::checks`] and the value that the flag has for everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Index into [`Project::checks`].
    pub check: usize,
    /// The flag's value, before coercion to the check's type and before its negation.
    pub value: Value,
}

/// What would be done to the project, all decisions together.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Files with edits, sorted by path.
    pub files: Vec<PlannedFile>,
    /// One entry per decision, in the order given.
    pub sites: Vec<Site>,
    /// What happens to the places where tests pin the flags that go, in order of the project's overrides.
    pub pins: Vec<PinSite>,
    /// Leftovers that stay, with the reason: a local whose value may have an effect, an import that others use.
    pub left: Vec<(Location, String)>,
    /// Flags whose fix was dropped because verification failed: bugs of flag-sweep, to be reported as such.
    pub bugs: Vec<String>,
}

/// The edits of one file.
#[derive(Clone, Debug)]
pub struct PlannedFile {
    /// Which source.
    pub source: SourceId,
    /// Sorted and disjoint.
    pub edits: Vec<Edit>,
    /// The text after the edits.
    pub after: String,
}

/// What happens to one decided check.
#[derive(Clone, Debug)]
pub struct Site {
    /// Index into [`Project::checks`].
    pub check: usize,
    /// What happens, e.g. "keep the first branch", or what a human has to do.
    pub title: String,
    /// Who may apply it.
    pub applicability: Applicability,
    /// Why it is not safe; empty when it is.
    pub reasons: Vec<String>,
    /// Code that goes because it can no longer run.
    pub dead: Vec<Span>,
    /// Whether the plan's edits include it (its applicability is at most the level asked for, and it was understood).
    pub applied: bool,
}

/// Plans the removal of all decided checks, up to an applicability. Reads the project's sources and, to learn whether
/// another file needs an import, its files; writes nothing.
pub fn plan(project: &Project, decisions: &[Decision], level: Applicability) -> Plan {
    let pins = pins::decided(project, decisions);
    let mut plan = plan_with(project, decisions, &pins, level);
    // A flag is pinned for as long as something checks it.
    let sites: Vec<(usize, bool)> = plan.sites.iter().map(|site| (site.check, site.applied)).collect();
    let kept = pins::kept(project, &sites);
    let is_kept = |pin: usize| project.overrides[pin].flag().and_then(|flag| kept.get(flag));
    if level >= Applicability::Unsafe && pins.iter().any(|pin| is_kept(pin.pin).is_some()) {
        let (stay, go): (Vec<PinDecision>, Vec<PinDecision>) =
            pins.into_iter().partition(|pin| is_kept(pin.pin).is_some());
        plan = plan_with(project, decisions, &go, level);
        let left = |pin: &PinDecision| PinSite::left(pin.pin, is_kept(pin.pin).map_or("", String::as_str));
        plan.pins.extend(stay.iter().map(left));
        plan.pins.sort_by_key(|site| site.pin);
    }
    for site in plan.pins.iter().filter(|site| site.applicability == Applicability::Manual) {
        let pin = &project.overrides[site.pin];
        let flag = pin.flag().unwrap_or_default();
        plan.left.push((pin.at.clone(), format!("the override of `{flag}` stays: {}", site.reasons.join("; "))));
    }
    plan
}

fn plan_with(project: &Project, decisions: &[Decision], pins: &[PinDecision], level: Applicability) -> Plan {
    let mut pins_of: HashMap<SourceId, Vec<PinDecision>> = HashMap::new();
    for pin in pins {
        pins_of.entry(project.overrides[pin.pin].at.source).or_default().push(pin.clone());
    }
    let mut by_source: BTreeMap<SourceId, Vec<usize>> = BTreeMap::new();
    for (index, decision) in decisions.iter().enumerate() {
        by_source.entry(project.checks[decision.check].at.source).or_default().push(index);
    }
    for source in pins_of.keys() {
        by_source.entry(*source).or_default();
    }
    let files: Vec<(SourceId, Vec<usize>)> = by_source.into_iter().collect();
    let plan_file = |source: SourceId, indexes: &[usize], needed: &[elsewhere::Needed]| {
        let here: Vec<&Decision> = indexes.iter().map(|index| &decisions[*index]).collect();
        file::plan(project, source, &here, pins_of.get(&source).map_or(&[], Vec::as_slice), level, needed)
    };
    let mut results: Vec<file::FilePlan> =
        files.par_iter().map(|(source, indexes)| plan_file(*source, indexes, &[])).collect();
    // Names that a plan removes and that another file needs stay: such files are planned again, until no plan takes what
    // another one leaves in use. What is needed only grows, so this ends.
    let mut needed: HashMap<SourceId, Vec<elsewhere::Needed>> = HashMap::new();
    loop {
        let candidates: Vec<(SourceId, &[elsewhere::Candidate])> =
            files.iter().zip(&results).map(|((source, _), planned)| (*source, planned.candidates.as_slice())).collect();
        let after: HashMap<SourceId, &str> = files
            .iter()
            .zip(&results)
            .filter(|(_, planned)| !planned.edits.is_empty())
            .map(|((source, _), planned)| (*source, planned.after.as_str()))
            .collect();
        let found = elsewhere::search(project, &candidates, &after, level);
        let mut changed: HashSet<SourceId> = HashSet::new();
        for (source, names) in found {
            let known = needed.entry(source).or_default();
            for name in names {
                if !known.iter().any(|each| each.name == name.name) {
                    known.push(name);
                    changed.insert(source);
                }
            }
        }
        if changed.is_empty() {
            break;
        }
        let again: Vec<(usize, file::FilePlan)> = files
            .par_iter()
            .enumerate()
            .filter(|(_, (source, _))| changed.contains(source))
            .map(|(index, (source, indexes))| (index, plan_file(*source, indexes, &needed[source])))
            .collect();
        for (index, planned) in again {
            results[index] = planned;
        }
    }
    let mut plan = Plan::default();
    let mut sites: BTreeMap<usize, Site> = BTreeMap::new();
    for ((source, indexes), planned) in files.into_iter().zip(results) {
        sites.extend(indexes.into_iter().zip(planned.sites));
        plan.bugs.extend(planned.bugs);
        plan.pins.extend(planned.pins);
        plan.left.extend(planned.left.into_iter().map(|(span, reason)| (Location { source, span }, reason)));
        if !planned.edits.is_empty() {
            plan.files.push(PlannedFile { source, edits: planned.edits, after: planned.after });
        }
    }
    plan.sites = sites.into_values().collect();
    plan.pins.sort_by_key(|site| site.pin);
    plan.files
        .sort_by(|left, right| project.sources.get(left.source).path.cmp(&project.sources.get(right.source).path));
    plan
}
