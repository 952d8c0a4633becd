//! Pins: where tests hold a flag at a value. Owns what becomes of a pin once its flag is gone: the pin alone goes, or the
//! test that asks for the losing value. How a language writes tests is in its own `pins`; where a pin stands is in `place`.

mod cases;
mod helpers;
pub(super) mod mocks;
mod place;
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::file::File;
use super::start::{Becomes, Known, Start};
use super::tree::{NodeId, Tree};
use super::{Decision, Site};
use crate::diagnostic::Applicability;
use crate::project::Project;
use crate::resolve::FlagOverride;
use crate::source::{Location, Span};
use crate::value::Value;

pub use cases::Cases;
pub use tests::{Injected, Part, Role, TestSyntax, removal};

use place::Place;

/// "This pin holds a flag that has this value for everybody": an index into [`crate::project::Project::overrides`].
#[derive(Clone, Debug, PartialEq)]
pub struct PinDecision {
    /// Index into [`crate::project::Project::overrides`].
    pub pin: usize,
    /// The flag's value.
    pub value: Value,
}

/// A change that a pin leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A statement, definition or decorator goes.
    Remove(NodeId),
    /// The statements of the block take the place of the statement around it.
    Lift(NodeId, NodeId),
    /// These bytes go.
    Cut(Span),
    /// These bytes become that text.
    Replace(Span, String),
    /// The name that is bound there has that value wherever it is read.
    Decide(NodeId, Value),
}

/// What happens to one pin of a removed flag.
#[derive(Clone, Debug)]
pub struct PinSite {
    /// Index into [`crate::project::Project::overrides`].
    pub pin: usize,
    /// What happens: "remove the override", "delete the test `name`".
    pub title: String,
    /// Who may apply it: never less than review.
    pub applicability: Applicability,
    /// Why it needs review, or why it stays.
    pub reasons: Vec<String>,
    /// Whether the plan's edits include it.
    pub applied: bool,
}

impl PinSite {
    /// The reason that says nothing but that it is test code.
    pub const PLAIN: &'static str = "it is test code";

    pub(super) fn new(pin: usize, site: Site) -> Self {
        let Site { title, applicability, reasons, applied, .. } = site;
        Self { pin, title, applicability, reasons, applied }
    }

    pub(super) fn left(pin: usize, reason: &str) -> Self {
        let (title, applicability) = ("left alone".to_owned(), Applicability::Manual);
        Self { pin, title, applicability, reasons: vec![reason.to_owned()], applied: false }
    }
}

/// The pins of decided flags. A flag whose checks have different values says nothing about its pins.
pub(super) fn decided(project: &Project, decisions: &[Decision]) -> Vec<PinDecision> {
    let mut values: BTreeMap<&str, Option<&Value>> = BTreeMap::new();
    for decision in decisions {
        let Some(flag) = project.checks[decision.check].flag() else { continue };
        let value = values.entry(flag).or_insert(Some(&decision.value));
        *value = value.filter(|known| **known == decision.value);
    }
    let decide = |(pin, found): (usize, &FlagOverride)| {
        let value = (*values.get(found.flag()?)?)?;
        Some(PinDecision { pin, value: value.clone() })
    };
    project.overrides.iter().enumerate().filter_map(decide).collect()
}

/// Flags of which a check stays, each with a phrase that says where: what a test pins still counts there.
pub(super) struct Kept(BTreeMap<String, String>);

/// See [`Kept`].
pub(super) fn kept(project: &Project, sites: &[Site]) -> Kept {
    let applied: BTreeSet<usize> = sites.iter().filter(|site| site.applied).map(|site| site.check).collect();
    let mut kept = BTreeMap::new();
    for (_, check) in project.checks.iter().enumerate().filter(|(index, _)| !applied.contains(index)) {
        if let Some(flag) = check.flag() {
            let (line, _) = project.sources.line_column(&check.at);
            let path = project.sources.get(check.at.source).display_path();
            kept.entry(flag.to_owned()).or_insert_with(|| format!("the check at {path}:{line} stays"));
        }
    }
    Kept(kept)
}

impl Kept {
    /// The pins that stay, with the reason, and those that may go.
    pub(super) fn split(&self, project: &Project, pins: Vec<PinDecision>) -> (Vec<PinSite>, Vec<PinDecision>) {
        let (mut stay, mut go) = (Vec::new(), Vec::new());
        for pin in pins {
            match project.overrides[pin.pin].flag().and_then(|flag| self.0.get(flag)) {
                Some(reason) => stay.push(PinSite::left(pin.pin, reason)),
                None => go.push(pin),
            }
        }
        (stay, go)
    }
}

/// What is said about the pins that a human has to look at.
pub(super) fn left(project: &Project, pins: &[PinSite]) -> Vec<(Location, String)> {
    let manual = pins.iter().filter(|site| site.applicability == Applicability::Manual);
    let say = |site: &PinSite| {
        let pin = &project.overrides[site.pin];
        let flag = pin.flag().unwrap_or_default();
        (pin.at.clone(), format!("the override of `{flag}` stays: {}", site.reasons.join("; ")))
    };
    manual.map(say).collect()
}

/// What the planning of a file knows about its pins.
pub(super) struct Pinned<'p> {
    pub(super) pin: &'p FlagOverride,
    pub(super) value: &'p Value,
}

/// Whether a pin holds the flag at the value that it has anyway; `None` where that cannot be told.
fn wins(pin: &FlagOverride, value: &Value) -> Option<bool> {
    matches(pin.value.as_ref().filter(|pinned| **pinned != Value::Null)?, value)
}

/// Whether a pinned value is the value that a flag has.
fn matches(pinned: &Value, value: &Value) -> Option<bool> {
    let wanted = value.coerce(pinned.value_type())?;
    match (pinned, &wanted) {
        // The environment and settings hold truth values as text.
        (Value::String(text), _) => match value {
            Value::Bool(on) => Some(truth(text)? == *on),
            Value::String(_) => Some(pinned.matches(value)),
            _ => None,
        },
        _ => Some(pinned.matches(&wanted)),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "on" | "yes" => Some(true),
        "0" | "false" | "off" | "no" | "" => Some(false),
        _ => None,
    }
}

/// Where the changes for the pins of a file start. One entry per pin, in order.
pub(super) fn starts(file: &File<'_>, pins: &[Pinned<'_>]) -> Vec<Start> {
    let Some(syntax) = file.syntax().tests() else {
        return pins.iter().map(|_| Err("how tests are written in this language is not known".to_owned())).collect();
    };
    let places: Vec<Result<Place, String>> =
        pins.iter().map(|pinned| place::read(file.tree, syntax, pinned.pin)).collect();
    let mut reader =
        Reader { file, tree: file.tree, syntax, gone: gone(places.iter().flatten()), pins, places: &places };
    let all = |reader: &Reader<'_>| -> Vec<Start> { (0..pins.len()).map(|index| reader.start(index)).collect() };
    let mut starts = all(&reader);
    if starts.iter().any(Result::is_err) {
        // What stays keeps its place among what goes.
        reader.gone = gone(places.iter().zip(&starts).filter(|(_, start)| start.is_ok()).flat_map(|(place, _)| place));
        starts = all(&reader);
    }
    starts
}

/// Entries of one mapping, and what one `with` enters, go together, and what holds them with the last: what goes, by that.
fn gone<'p>(places: impl Iterator<Item = &'p Place>) -> BTreeMap<NodeId, Vec<NodeId>> {
    let mut gone: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
    for place in places {
        let entered = place.block.zip(place.item).map(|((statement, _), item)| (statement, item));
        for (holder, item) in place.entry.into_iter().chain(entered) {
            gone.entry(holder).or_default().push(item);
        }
    }
    for items in gone.values_mut() {
        items.sort_unstable();
        items.dedup();
    }
    gone
}

struct Reader<'r> {
    file: &'r File<'r>,
    tree: &'r Tree<'r>,
    syntax: &'r dyn TestSyntax,
    gone: BTreeMap<NodeId, Vec<NodeId>>,
    pins: &'r [Pinned<'r>],
    places: &'r [Result<Place, String>],
}

impl Reader<'_> {
    fn start(&self, index: usize) -> Start {
        let Pinned { pin, value } = &self.pins[index];
        let place = self.places[index].as_ref().map_err(Clone::clone)?;
        let Some(wins) = wins(pin, value) else {
            if let Some(start) = self.cases(index).or_else(|| self.helped(index)) {
                return start;
            }
            return Err("what the test pins the flag to is not known".into());
        };
        let around = self.around(place);
        let shown = pin.value.as_ref().map(ToString::to_string).unwrap_or_default();
        let known = |changes: Vec<Change>, title: String, reason: String| {
            Ok(Known {
                node: place.at,
                becomes: Becomes::Changed { changes, title },
                costs: vec![(Applicability::Unsafe, reason)],
            })
        };
        if wins {
            let changes = place::changes(self.tree, self.syntax, place, &self.gone)?;
            return known(changes, "remove the override".into(), PinSite::PLAIN.into());
        }
        let group_of = |hook: &Part| place.statement.and_then(|statement| self.group_of(statement, hook));
        match around {
            Some(part)
                if part.role == Role::Test || (part.role == Role::Group && place.decorates == Some(part.whole)) =>
            {
                if let Some(region) = self.region(index, &part)? {
                    let reason = format!("what the test does with the flag at `{shown}` goes");
                    return known(region, "remove the part of the test for the other value".into(), reason);
                }
                let kind = if part.role == Role::Test { "test" } else { "group of tests" };
                let title = format!("delete the {kind} `{}`", part.name);
                let reason = format!("it pins the flag to `{shown}`");
                known(tests::removal(self.tree, self.syntax, &part), title, reason)
            }
            Some(part) if part.role == Role::Hook && group_of(&part).is_some() => {
                let Some(group) = group_of(&part) else { return Err("the hook has no group".into()) };
                let title = format!("delete the group of tests `{}`", group.name);
                known(
                    tests::removal(self.tree, self.syntax, &group),
                    title,
                    format!("all of it runs with the flag at `{shown}`"),
                )
            }
            other => {
                let changes = place::changes(self.tree, self.syntax, place, &self.gone)?;
                let name = other.map_or_else(|| "this file".to_owned(), |part| format!("`{}`", part.name));
                let reason =
                    format!("tests that use {name} ran with the flag at `{shown}`, see whether they still hold");
                known(changes, "remove the override".into(), reason)
            }
        }
    }

    /// The part of the tests that a pin stands in: the test, where there is one.
    fn around(&self, place: &Place) -> Option<Part> {
        match place.decorates {
            Some(definition) => self.tree.subtree(definition).find_map(|node| self.syntax.part(self.tree, node)),
            None => self.part_around(place.at),
        }
    }

    /// The part of the tests that a node stands in: the test, where there is one.
    fn part_around(&self, node: NodeId) -> Option<Part> {
        let parts: Vec<Part> =
            self.tree.ancestors(node).filter_map(|outer| self.syntax.part(self.tree, outer)).collect();
        let test = parts.iter().position(|part| part.role == Role::Test);
        parts.into_iter().nth(test.unwrap_or(0))
    }

    /// What of a test goes where it pins the flag to both values, one after the other: from the losing pin on. `None` where
    /// it pins the losing value only.
    fn region(&self, index: usize, part: &Part) -> Result<Option<Vec<Change>>, String> {
        let own = self.places[index].as_ref().map_err(Clone::clone)?;
        let same = |other: usize| self.pins[other].pin.flag() == self.pins[index].pin.flag();
        let inside = (0..self.pins.len())
            .filter(|other| *other != index && same(*other))
            .filter(|other| self.places[*other].as_ref().is_ok_and(|place| self.tree.contains(part.whole, place.at)));
        let winners: Vec<usize> =
            inside.filter(|other| wins(self.pins[*other].pin, self.pins[*other].value) != Some(false)).collect();
        if winners.is_empty() {
            return Ok(None);
        }
        // A block of its own goes alone.
        if let Some((statement, _)) = own.block {
            let nested = winners
                .iter()
                .any(|other| self.places[*other].as_ref().is_ok_and(|place| self.tree.contains(statement, place.at)));
            let decorated = winners.iter().any(|other| {
                self.places[*other]
                    .as_ref()
                    .is_ok_and(|place| place.decorates.is_some() || self.tree.contains(place.at, statement))
            });
            if !nested && !decorated {
                return Ok(Some(vec![Change::Remove(statement)]));
            }
        }
        let both = "the test pins the flag to both values: take apart by hand what belongs to which";
        let Some(statement) = own.statement else { return Err(both.into()) };
        let block = self.tree.parent(statement);
        let before = winners.iter().all(|other| {
            self.places[*other].as_ref().is_ok_and(|place| {
                place.statement.is_some_and(|other| self.tree.parent(other) == block && other < statement)
            })
        });
        let Some(block) = block.filter(|_| before) else { return Err(both.into()) };
        let rest = self.tree.named_children(block).filter(|each| *each >= statement);
        Ok(Some(rest.map(Change::Remove).collect()))
    }

    /// The group that a hook sets up, where the statement is all that the hook does and the group lies within another: then
    /// the group is about the flag.
    fn group_of(&self, statement: NodeId, hook: &Part) -> Option<Part> {
        let body = self.tree.parent(statement)?;
        // A hook whose function is an expression is that statement.
        let alone = statement == hook.whole || self.tree.named_children(body).count() == 1;
        let mut groups = self.tree.ancestors(hook.whole).filter_map(|outer| self.syntax.part(self.tree, outer));
        let group = groups.next().filter(|group| group.role == Role::Group)?;
        (alone && groups.next().is_some_and(|outer| outer.role == Role::Group)).then_some(group)
    }
}
