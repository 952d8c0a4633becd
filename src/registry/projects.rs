//! Several projects in one repository: registries that hold for some of the code only. Owns which registry a place in the
//! code asks; what each of them says is merged in `merge`.

use std::collections::BTreeSet;
use std::path::Path;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::error::RegistryError;
use super::merge::{self, Document};
use super::model::{EnvironmentState, Flag, Registry, RolloutState};
use super::readers;
use super::verdict::EVERY;
use crate::source::SourceId;

/// The registry of a part of the code.
#[derive(Clone, Debug)]
pub struct Project {
    /// The code; `None` for all that no other project has.
    code: Option<GlobSet>,
    /// What is known about its flags.
    registry: Registry,
}

impl Registry {
    /// The flag that a check of that key in that file asks for, and the registry that it is in. A flag that several
    /// registries have, where nobody says which one the file asks, is the one that is known of nothing.
    pub fn asked(&self, key: &str, path: &Path) -> Option<(&Self, &Flag)> {
        if self.projects.is_empty() {
            return Some((self, self.resolve(key)?));
        }
        let found = |project: &'_ &Project| project.registry.resolve(key).is_some();
        let in_project = |project: &Project| project.code.as_ref().is_some_and(|code| code.is_match(path));
        let mut own = self.projects.iter().filter(|project| in_project(project)).filter(found);
        let project = match (own.next(), own.next()) {
            (Some(_), Some(_)) => return Some((self, self.resolve(key)?)),
            (Some(only), None) => only,
            (None, _) => self.projects.iter().filter(|project| project.code.is_none()).find(found)?,
        };
        Some((&project.registry, project.registry.resolve(key)?))
    }

    /// Moves all places to sources whose ids are greater by so much.
    pub fn shift(&mut self, by: u32) {
        for flag in self.flags.values_mut() {
            flag.at.source.0 += by;
            for state in flag.environments.values_mut() {
                state.at.source.0 += by;
            }
        }
        for project in &mut self.projects {
            project.registry.shift(by);
        }
    }

    /// The registry that a flag comes from, where there is one such.
    pub fn home(&self, key: &str) -> &Self {
        let mut homes = self.projects.iter().filter(|project| project.registry.flags.contains_key(key));
        match (homes.next(), homes.next()) {
            (Some(only), None) => &only.registry,
            _ => self,
        }
    }
}

/// Gives documents their meaning: all together, or by the code that asks them.
pub(super) fn merge(documents: &[Document]) -> Result<(Registry, Vec<String>), RegistryError> {
    let mapped: BTreeSet<&[String]> = documents.iter().map(code).filter(|code| !code.is_empty()).collect();
    if mapped.is_empty() {
        return merge::merge(documents);
    }
    let mut all = Registry::default();
    let mut warnings: Vec<String> = Vec::new();
    for part in mapped.into_iter().chain([&[][..]]) {
        // What is written by hand for no project in particular is laid over each.
        let of_part: Vec<Document> = documents
            .iter()
            .filter(|document| code(document) == part || code(document).is_empty() && is_native(document))
            .cloned()
            .collect();
        let own: BTreeSet<SourceId> =
            of_part.iter().filter(|document| code(document) == part).map(|document| document.source).collect();
        if own.is_empty() {
            continue;
        }
        let (mut registry, said) = merge::merge(&of_part)?;
        registry.flags.retain(|_, flag| own.contains(&flag.at.source));
        warnings.extend(said.into_iter().filter(|warning| !warnings.contains(warning)).collect::<Vec<_>>());
        let code = if part.is_empty() { None } else { Some(globs(part)) };
        join(&mut all, &registry);
        all.projects.push(Project { code, registry });
    }
    Ok((all, warnings))
}

/// The globs of the code that asks a document.
fn code(document: &Document) -> &[String] {
    document.input.as_ref().map_or(&[], |input| input.applies.as_slice())
}

fn is_native(document: &Document) -> bool {
    let in_house = document.input.as_ref().is_some_and(|input| input.is_in_house());
    !in_house && document.part.is_none() && matches!(readers::recognise(document.root.node()), Ok(None))
}

/// Globs that the configuration has checked.
fn globs(list: &[String]) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in list.iter().filter_map(|glob| Glob::new(glob).ok()) {
        builder.add(glob);
    }
    builder.build().unwrap_or_else(|_| GlobSet::empty())
}

/// Adds what a project knows to what is known at all.
fn join(all: &mut Registry, more: &Registry) {
    for (key, flag) in &more.flags {
        match all.flags.get_mut(key) {
            None => drop(all.flags.insert(key.clone(), flag.clone())),
            Some(first) => {
                let why =
                    "registries of several projects have a flag of this key, and each check asks its own".to_owned();
                let state = EnvironmentState::plain(RolloutState::Unknown { why }, None, first.at.clone());
                first.environments = [(EVERY.to_owned(), state)].into();
                first.snapshots.clear();
            }
        }
    }
    for (alias, key) in &more.aliases {
        all.aliases.entry(alias.clone()).or_insert_with(|| key.clone());
    }
    for name in &more.required {
        if !all.required.contains(name) {
            all.required.push(name.clone());
        }
    }
    for name in &more.origins {
        if !all.origins.contains(name) {
            all.origins.push(name.clone());
        }
    }
    all.open |= more.open;
    for snapshot in &more.snapshots {
        if !all.snapshots.contains(snapshot) {
            all.snapshots.push(snapshot.clone());
        }
    }
}
