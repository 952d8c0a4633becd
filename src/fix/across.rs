//! From file to file: what code that goes in one file was the last to use, in another file goes as well, until nothing
//! changes; and what another file still needs stays. Owns the worklist; a single file is planned in `file`.
//!
//! Two sets per file drive it. `lost` names what removed code elsewhere mentioned: a definition or a passed-on import of
//! that name that nothing in its own file uses becomes a candidate. `needed` names what must stay: every candidate is
//! looked up in all files, as they would be. Both only grow, so this ends.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use super::elsewhere::{self, Candidate, Import, Kind, Needed};
use super::file::{self, FilePlan, Task};
use super::files::{Files, Parsed, Trees};
use super::index::{Hit, Index};
use super::mentions::{Mention, remaining};
use super::parameters::Parameters;
use super::{Decision, PinDecision, Plan, PlannedFile, Reach, Site, data, definitions};
use crate::diagnostic::Applicability;
use crate::project::Project;
use crate::resolve::FlagDefinition;
use crate::source::read::Bytes;
use crate::source::{Location, Source, SourceId, display_path};

/// A name in a file.
type Place = (usize, String);

/// So many files are parsed to see whether they mean a name that goes; of more, text that calls it is enough to keep it.
const MOST_PARSED: usize = 40;

pub(super) fn plan(
    project: &mut Project,
    decisions: &[Decision],
    pins: &[PinDecision],
    reach: Reach,
    bytes: &dyn Bytes,
) -> Plan {
    let (results, indexes, new, data, left) = {
        let files = Files::new(project, bytes);
        let trees = Trees::new(&files);
        let mut across = Across::new(&trees, decisions, pins, reach);
        across.run();
        let Across { mut results, indexes, data, left, .. } = across;
        let (data, stuck) = in_data(project, &data);
        let left: Vec<(Location, String)> = left.into_iter().chain(stuck).collect();
        results.retain(|_, planned| {
            !(planned.edits.is_empty()
                && planned.sites.is_empty()
                && planned.pins.is_empty()
                && planned.left.is_empty())
        });
        let unknown = results.keys().filter(|file| files.source(**file).is_none());
        let new: BTreeMap<usize, String> =
            unknown.filter_map(|file| Some((*file, files.text(*file)?.to_owned()))).collect();
        (results, indexes, new, data, left)
    };
    let known: HashMap<_, SourceId> = project
        .sources
        .iter()
        .filter(|(_, source)| source.language.is_some())
        .map(|(id, source)| (source.path.clone(), id))
        .collect();
    let mut plan = Plan::default();
    let mut sites: BTreeMap<usize, Site> = BTreeMap::new();
    for (file, planned) in results {
        let path = project.files[file].path.clone();
        let source = match (known.get(&path), new.get(&file)) {
            (Some(source), _) => *source,
            (None, Some(text)) => {
                let language = crate::language::by_name(project.files[file].language);
                project.sources.add(Source { path, text: text.as_str().into(), language })
            }
            (None, None) => continue,
        };
        sites.extend(indexes.get(&file).into_iter().flatten().copied().zip(planned.sites));
        plan.pins.extend(planned.pins);
        plan.bugs.extend(planned.bugs);
        plan.reviewed.extend(planned.reviewed.into_iter().map(|(span, reason)| (Location { source, span }, reason)));
        plan.left.extend(planned.left.into_iter().map(|(span, reason)| (Location { source, span }, reason)));
        if !planned.edits.is_empty() {
            let (edits, after, deleted) = (planned.edits, planned.after, planned.deleted);
            plan.files.push(PlannedFile { source, edits, after, deleted });
        }
    }
    plan.files.extend(data);
    plan.left.extend(left);
    plan.sites = sites.into_values().collect();
    plan.pins.sort_by_key(|site| site.pin);
    plan.files
        .sort_by(|left, right| project.sources.get(left.source).path.cmp(&project.sources.get(right.source).path));
    plan
}

/// Takes definitions out of data files; those that cannot be taken out are left, with the reason.
fn in_data(project: &Project, definitions: &[&FlagDefinition]) -> (Vec<PlannedFile>, Vec<(Location, String)>) {
    let mut by_source: BTreeMap<SourceId, Vec<&FlagDefinition>> = BTreeMap::new();
    for definition in definitions {
        by_source.entry(definition.at.source).or_default().push(definition);
    }
    let (mut planned, mut left) = (Vec::new(), Vec::new());
    for (source, definitions) in by_source {
        let of = project.sources.get(source);
        match data::without(&of.path, &of.text, &definitions) {
            Ok((edits, after)) => planned.push(PlannedFile { source, edits, after, deleted: false }),
            Err(reason) => {
                let place = |one: &&FlagDefinition| {
                    let at = Location { source, span: one.key_span.clone() };
                    (at, format!("this data entry declares `{}`; {reason}", one.flag))
                };
                left.extend(definitions.iter().map(place));
            }
        }
    }
    (planned, left)
}

/// What removed code mentioned: names of known files; and words, with the file that mentions them, that could be defined
/// anywhere or be members of anything.
#[derive(Debug, Default)]
struct Mentioned {
    places: BTreeSet<Place>,
    words: BTreeSet<Place>,
    members: BTreeSet<Place>,
}

/// What the files that define a name have to know.
struct Lost {
    names: BTreeSet<Place>,
    members: BTreeSet<Place>,
}

pub(super) struct Across<'f, 'd> {
    pub(super) trees: &'f Trees<'f>,
    pub(super) files: &'f Files<'f>,
    decisions: &'d [Decision],
    pub(super) level: Applicability,
    keep_definitions: bool,
    pub(super) index: Index,
    /// By file, in order of path.
    pub(super) tasks: BTreeMap<usize, Task<'d>>,
    pub(super) results: BTreeMap<usize, FilePlan>,
    pub(super) parameters: Parameters,
    /// Positions of the decisions of each file.
    indexes: BTreeMap<usize, Vec<usize>>,
    /// Definitions in files that are no code.
    data: Vec<&'d FlagDefinition>,
    /// Definitions that stay, with the reason.
    left: Vec<(Location, String)>,
}

impl<'f: 'd, 'd> Across<'f, 'd> {
    fn new(trees: &'f Trees<'f>, decisions: &'d [Decision], pins: &[PinDecision], reach: Reach) -> Self {
        let files = trees.files;
        let mut tasks: BTreeMap<usize, Task<'d>> = BTreeMap::new();
        let mut indexes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, decision) in decisions.iter().enumerate() {
            let source = files.project.checks[decision.check].at.source;
            let file = files.of_source(source).expect("checks are found in files that the walk found");
            tasks.entry(file).or_default().decisions.push(decision);
            indexes.entry(file).or_default().push(index);
        }
        for pin in pins {
            let source = files.project.overrides[pin.pin].at.source;
            let file = files.of_source(source).expect("overrides are found in files that the walk found");
            tasks.entry(file).or_default().pins.push(pin.clone());
        }
        Self {
            trees,
            files,
            decisions,
            level: reach.level,
            keep_definitions: reach.keep_definitions,
            index: Index::default(),
            tasks,
            results: BTreeMap::new(),
            parameters: Parameters::default(),
            indexes,
            data: Vec::new(),
            left: Vec::new(),
        }
    }

    fn run(&mut self) {
        self.settle(self.tasks.keys().copied().collect());
        // What declares a flag goes once it is known that none of its checks stays.
        let defined = self.define();
        self.settle(defined);
        self.speak();
    }

    /// Gives every file what it declares of flags that nothing checks any more.
    fn define(&mut self) -> BTreeSet<usize> {
        if self.keep_definitions {
            return BTreeSet::new();
        }
        let applied = self.indexes.iter().flat_map(|(file, indexes)| {
            let sites = self.results.get(file).map_or(&[][..], |planned| &planned.sites);
            indexes.iter().zip(sites).filter(|(_, site)| site.applied).map(|(index, _)| *index)
        });
        let sorted = definitions::sort(self.files.project, self.decisions, &applied.collect(), self.level);
        let mut changed = BTreeSet::new();
        for (source, definitions) in sorted.going {
            match self.files.of_source(source) {
                Some(file) => {
                    self.tasks.entry(file).or_default().definitions = definitions;
                    changed.insert(file);
                }
                None => self.data.extend(definitions),
            }
        }
        self.left = sorted.left;
        changed
    }

    /// Plans files until nothing changes in any.
    fn settle(&mut self, files: BTreeSet<usize>) {
        let mut todo = files;
        while !todo.is_empty() {
            let planned: Vec<(usize, FilePlan)> = todo
                .par_iter()
                .map(|file| {
                    let task = &self.tasks[file];
                    (*file, file::plan(self.files.project, self.trees.get(*file), task, self.level))
                })
                .collect();
            self.results.extend(planned);
            self.empty_files();
            let lost = self.lost();
            todo = self.hand_out(&lost);
            if todo.is_empty() {
                todo = self.take_back(&lost);
            }
            if todo.is_empty() {
                todo = self.drop_parameters();
            }
            if todo.is_empty() {
                todo = self.find_empty_files();
            }
        }
    }

    /// Gives every file the names that it defines or passes on, and that removed code elsewhere mentioned.
    fn hand_out(&mut self, lost: &Lost) -> BTreeSet<usize> {
        let mut changed = BTreeSet::new();
        for (file, name) in &lost.names {
            if self.tasks.entry(*file).or_default().lost.insert(name.clone()) {
                changed.insert(*file);
            }
        }
        for (file, name) in &lost.members {
            if self.tasks.entry(*file).or_default().lost_members.insert(name.clone()) {
                changed.insert(*file);
            }
        }
        changed
    }

    /// Every place where a name was defined or passed on that code which now goes in another file mentioned.
    fn lost(&mut self) -> Lost {
        let found: Vec<Mentioned> = self
            .results
            .par_iter()
            .filter(|(_, planned)| !planned.removed.is_empty())
            .filter_map(|(file, planned)| Some(self.mentioned(*file, self.trees.get(*file)?, planned)))
            .collect();
        let mut all = Mentioned::default();
        for some in found {
            all.places.extend(some.places);
            all.words.extend(some.words);
            all.members.extend(some.members);
        }
        let Mentioned { mut places, mut words, members } = all;
        // A file that only passes a name on points at the one that it comes from.
        let mut open: Vec<Place> = places.iter().cloned().collect();
        while let Some((file, name)) = open.pop() {
            let Some(parsed) = self.trees.get(file) else { continue };
            let named = |variable: &usize| parsed.names.variables[*variable].name == name;
            let Some(variable) = (0..parsed.names.variables.len()).find(named) else {
                words.insert((file, name));
                continue;
            };
            if !parsed.names.variables[variable].references.is_empty() {
                continue;
            }
            let from = parsed.import(variable).and_then(|import| self.place(file, &import));
            if let Some(place) = from
                && places.insert(place.clone())
            {
                open.push(place);
            }
        }
        self.index.look_up(self.files, words.iter().chain(&members).map(|(_, word)| word.as_str()));
        places.extend(self.only_definitions(&words));
        Lost { names: places, members: self.holding(&members) }
    }

    /// The names that the removed code of a file mentions.
    fn mentioned(&self, file: usize, parsed: &Parsed<'_>, planned: &FilePlan) -> Mentioned {
        let mut found = Mentioned::default();
        let syntax = parsed.language.fold;
        for node in parsed.identifiers_in(&planned.removed) {
            let word = || (file, parsed.tree.text_of(node).to_owned());
            if let Some(import) = parsed.variables.get(&node).map(|variable| parsed.imported(*variable)) {
                match import {
                    Some(Some(import)) => match self.place(file, &import) {
                        Some(place) => drop(found.places.insert(place)),
                        None => drop(found.words.insert((file, last_segment(&import.original).to_owned()))),
                    },
                    Some(None) => drop(found.words.insert(word())),
                    None => {}
                }
                continue;
            }
            let object = syntax.object_of(&parsed.tree, node);
            let module = object.and_then(|object| parsed.variables.get(&object)).and_then(|at| parsed.import(*at));
            if let Some(module) = module {
                let name = parsed.tree.text_of(node).to_owned();
                found.places.extend(self.submodule(file, &module).map(|module| (module, name)));
            }
            if object.is_some() || syntax.is_key(&parsed.tree, node) {
                // What a method says of itself is no use of it.
                let tree = &parsed.tree;
                let is_own = |outer| {
                    let name = tree.field(outer, "name").filter(|_| tree.field(outer, "body").is_some());
                    name.is_some_and(|name| tree.text_of(name) == tree.text_of(node))
                };
                if !tree.ancestors(node).any(is_own) {
                    found.members.insert(word());
                }
            } else {
                found.words.insert(word());
            }
        }
        found
    }

    /// The file of a module that an import binds as a whole: `from app import flags`, `import * as flags from "./flags"`.
    pub(super) fn submodule(&self, importer: usize, import: &Import) -> Option<usize> {
        if import.module == import.original {
            return self.files.module(importer, import);
        }
        let dot = if import.module.ends_with('.') { "" } else { "." };
        let below = Import { module: format!("{}{dot}{}", import.module, import.original), ..import.clone() };
        match self.files.family(importer) {
            "python" => self.files.module(importer, &below),
            _ => self.files.module(importer, import),
        }
    }

    /// The file and the name there that an import stands for.
    pub(super) fn place(&self, importer: usize, import: &Import) -> Option<Place> {
        Some((self.files.module(importer, import)?, last_segment(&import.original).to_owned()))
    }

    /// The one other file that defines a word, for words that nothing uses any more by the look of it.
    fn only_definitions(&self, words: &BTreeSet<Place>) -> Vec<Place> {
        let defined = |(from, word): &Place| {
            if self.is_used(*from, word) {
                return None;
            }
            let mut defining = self.others(*from, word).filter(|hit| hit.defines);
            let only = defining.next()?;
            let unique = defining.next().is_none() && only.file != *from;
            unique.then(|| (only.file, word.clone()))
        };
        words.iter().filter_map(defined).collect()
    }

    /// The files that hold a member's name, for those that nothing uses any more by the look of it.
    fn holding(&self, members: &BTreeSet<Place>) -> BTreeSet<Place> {
        let held = |(from, word): &Place| {
            let holding = || self.others(*from, word);
            let common = self.is_used(*from, word) || holding().count() > MOST_PARSED;
            let files: Vec<Place> =
                if common { Vec::new() } else { holding().map(|hit| (hit.file, word.clone())).collect() };
            files
        };
        members.iter().flat_map(held).collect()
    }

    /// The files of the same languages that hold a word.
    pub(super) fn others(&self, from: usize, word: &str) -> impl Iterator<Item = &Hit> {
        let family = self.files.family(from);
        self.index.hits(word).iter().filter(move |hit| self.files.family(hit.file) == family)
    }

    /// Whether a file in which nothing goes calls a word or takes it out of something.
    fn is_used(&self, from: usize, word: &str) -> bool {
        let untouched = |file: usize| self.results.get(&file).is_none_or(|planned| planned.removed.is_empty());
        self.others(from, word).any(|hit| hit.uses && !hit.defines && untouched(hit.file))
    }

    /// Keeps what another file needs, and what no removed code mentioned after all.
    fn take_back(&mut self, lost: &Lost) -> BTreeSet<usize> {
        let mut needed: Vec<(usize, Needed)> = Vec::new();
        let candidates: Vec<(usize, &[Candidate])> =
            self.results.iter().map(|(file, planned)| (*file, planned.candidates.as_slice())).collect();
        let after: HashMap<usize, &str> = self
            .results
            .iter()
            .filter(|(_, planned)| !planned.edits.is_empty())
            .map(|(file, planned)| (*file, planned.after.as_str()))
            .collect();
        let searched = elsewhere::search(self.files, &candidates, &after, self.level);
        needed.extend(searched.into_iter().flat_map(|(file, names)| names.into_iter().map(move |name| (file, name))));
        let open: Vec<(usize, Candidate)> = candidates
            .iter()
            .flat_map(|(file, list)| list.iter().map(move |candidate| (*file, candidate.clone())))
            .filter(|(_, candidate)| candidate.lost || !matches!(candidate.kind, Kind::Import(_)))
            .collect();
        for ((file, candidate), reason) in open.iter().zip(self.needs(&open)) {
            let mentioned = if candidate.kind == Kind::Member { &lost.members } else { &lost.names };
            let stale = candidate.lost && !mentioned.contains(&(*file, candidate.name.clone()));
            let reason = reason.or_else(|| stale.then(|| "nothing that goes used it".to_owned()));
            needed.extend(reason.map(|reason| (*file, Needed { name: candidate.name.clone(), reason })));
        }
        let mut changed = BTreeSet::new();
        for (file, name) in needed {
            let known = &mut self.tasks.entry(file).or_default().needed;
            if !known.iter().any(|each| each.name == name.name) {
                known.push(name);
                changed.insert(file);
            }
        }
        changed
    }

    /// For each candidate, why it must stay.
    fn needs(&mut self, candidates: &[(usize, Candidate)]) -> Vec<Option<String>> {
        self.index.look_up(self.files, candidates.iter().map(|(_, candidate)| candidate.name.as_str()));
        candidates.par_iter().map(|(file, candidate)| self.need(*file, candidate)).collect()
    }

    fn need(&self, file: usize, candidate: &Candidate) -> Option<String> {
        let name = &candidate.name;
        let family = self.files.family(file);
        let hits = || {
            let others = self.index.hits(name).iter();
            others.filter(|hit| hit.file != file && self.files.family(hit.file) == family)
        };
        let mentions = |other: usize| format!("{} mentions `{name}`", display_path(self.files.path(other)));
        let planned = |other: usize| self.results.get(&other).filter(|planned| !planned.removed.is_empty());
        if hits().count() > MOST_PARSED
            && let Some(hit) = hits().find(|hit| hit.uses && planned(hit.file).is_none())
        {
            return Some(mentions(hit.file));
        }
        hits().find_map(|hit| {
            let Some(parsed) = self.trees.get(hit.file) else { return Some(mentions(hit.file)) };
            let removed = planned(hit.file).map_or(&[][..], |planned| &planned.removed);
            let all = remaining(parsed, name, removed);
            all.iter().any(|mention| self.means(mention, hit.file, file, candidate)).then(|| mentions(hit.file))
        })
    }

    /// Whether a mention in a file may mean what a candidate of another file is.
    fn means(&self, mention: &Mention, file: usize, owner: usize, candidate: &Candidate) -> bool {
        let is_item = candidate.kind == Kind::Item;
        match mention {
            Mention::Own | Mention::Key => candidate.kind == Kind::Member || (!is_item && *mention == Mention::Own),
            Mention::Imported(import) => {
                let Some((from, original)) = self.place(file, import) else { return true };
                from == owner || !self.trees.get(from).is_some_and(|parsed| parsed.defines(&original))
            }
            Mention::Member | Mention::Unresolved | Mention::Text => true,
        }
    }

    /// Says of what stays for its level's sake that nothing uses it, where that is so.
    fn speak(&mut self) {
        for (file, span, reason) in self.kept_parameters() {
            self.results.entry(file).or_default().left.push((span, reason));
        }
        let open: Vec<(usize, usize, Candidate)> = self
            .results
            .iter()
            .flat_map(|(file, planned)| {
                planned.spared.iter().enumerate().map(move |(at, (_, candidate, _))| (*file, at, candidate.clone()))
            })
            .collect();
        let candidates: Vec<(usize, Candidate)> =
            open.iter().map(|(file, _, candidate)| (*file, candidate.clone())).collect();
        let needs = self.needs(&candidates);
        for ((file, at, _), need) in open.into_iter().zip(needs) {
            if let (None, Some(planned)) = (need, self.results.get_mut(&file)) {
                let (span, _, reason) = planned.spared[at].clone();
                planned.left.push((span, reason));
            }
        }
    }
}

/// The name that a path ends in.
fn last_segment(path: &str) -> &str {
    path.rsplit([':', '.']).next().unwrap_or(path)
}
