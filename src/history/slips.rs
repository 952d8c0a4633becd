//! Removal dates that commits moved to a later day. Owns which versions of the registry are read; what a file says is the
//! registry's business, and how many moves are too many is a rule's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use jiff::civil::Date;

use crate::registry::input::Input;
use crate::registry::{RegistryError, Texts, on_disk};
use crate::settings::{Settings, Slip};
use crate::source::Sources;
use crate::source::read::{self, BlobId};
use crate::source::repository::{Commit, Repository};

/// What the history of the registry files says about removal dates.
#[derive(Clone, Debug, Default)]
pub struct Slips {
    /// One for each flag whose date was moved to a later day, by flag.
    pub slips: Vec<Slip>,
    /// What could not be read, one sentence each.
    pub problems: Vec<String>,
}

/// Every flag of a version of the registry, with its removal date.
type Removals = Vec<(String, Option<Date>)>;

/// The registry files that lie in the repository, as a run names them, each with its place from the project's root.
struct Files {
    paths: Vec<(PathBuf, PathBuf)>,
    inputs: Vec<(Input, PathBuf)>,
}

impl Files {
    fn of(settings: &Settings) -> Self {
        let path = |path: &PathBuf| Some((path.clone(), at(settings, path)?));
        let input = |input: &Input| Some((input.clone(), at(settings, input.file()?)?));
        Self {
            paths: settings.registries.iter().filter_map(path).collect(),
            inputs: settings.declared.iter().filter_map(input).collect(),
        }
    }

    /// Where they lie.
    fn places(&self) -> impl Iterator<Item = &PathBuf> {
        self.paths.iter().map(|(_, place)| place).chain(self.inputs.iter().map(|(_, place)| place))
    }

    /// What a run is given of those that there are.
    fn given(&self, there: &dyn Fn(&Path) -> bool) -> (Vec<PathBuf>, Vec<Input>) {
        let paths = self.paths.iter().filter(|(_, place)| there(place)).map(|(path, _)| path.clone());
        let inputs = self.inputs.iter().filter(|(_, place)| there(place)).map(|(input, _)| input.clone());
        (paths.collect(), inputs.collect())
    }
}

/// Looks at every version of the registry on the main line: up to a commit, or to the one on disk.
///
/// # Errors
/// When a commit cannot be read.
pub fn slips(repository: &Repository, settings: &Settings, until: Option<&BlobId>) -> Result<Slips> {
    let files = Files::of(settings);
    let mut found = Slips::default();
    if files.places().next().is_none() {
        return Ok(found);
    }
    let mut dates = Dates::default();
    let mut before: Vec<Option<BlobId>> = Vec::new();
    let mut seen: BTreeMap<Vec<Option<BlobId>>, Option<Removals>> = BTreeMap::new();
    let last = until.map_or_else(|| repository.head(), |id| repository.commit(id))?;
    for commit in repository.main_line(last)?.iter().rev() {
        let now: Vec<Option<BlobId>> = files.places().map(|place| repository.file_id(commit, place)).collect();
        if now == before || now.iter().all(Option::is_none) {
            continue;
        }
        let known = seen.entry(now.clone()).or_insert_with(|| read_at(repository, commit, settings, &files).ok());
        match known {
            Some(removals) => dates.add(removals),
            None => found.problems.push(format!(
                "the registry of commit {} cannot be read: removal dates that it moved are not counted",
                commit.short()
            )),
        }
        before = now;
    }
    // What is not committed yet; if that cannot be read, the run itself says so.
    if until.is_none()
        && let Ok(removals) = removals(files.given(&|_| true), settings, &on_disk)
    {
        dates.add(&removals);
    }
    found.slips = dates.by_flag.into_values().filter(|slip| slip.times > 0).collect();
    Ok(found)
}

/// Where a registry file lies, from the project's root.
fn at(settings: &Settings, path: &Path) -> Option<PathBuf> {
    let full = settings.root.join(path);
    full.canonicalize().unwrap_or(full).strip_prefix(&settings.root).ok().map(Path::to_owned)
}

#[derive(Default)]
struct Dates {
    by_flag: BTreeMap<String, Slip>,
}

impl Dates {
    fn add(&mut self, removals: &[(String, Option<Date>)]) {
        let named: BTreeSet<&String> = removals.iter().map(|(flag, _)| flag).collect();
        // What was taken out and comes back is another flag.
        self.by_flag.retain(|flag, _| named.contains(flag));
        // A date that is missing for a while has not been kept by that.
        for (flag, day) in removals.iter().filter_map(|(flag, day)| Some((flag, (*day)?))) {
            let new = || Slip { flag: flag.clone(), first: day, now: day, times: 0 };
            let slip = self.by_flag.entry(flag.clone()).or_insert_with(new);
            slip.times += usize::from(day > slip.now);
            slip.now = day;
        }
    }
}

/// The removal dates that the registry of a commit states.
fn read_at(
    repository: &Repository,
    commit: &Commit,
    settings: &Settings,
    files: &Files,
) -> Result<Removals, RegistryError> {
    let given = files.given(&|place| repository.file_id(commit, place).is_some());
    let reader = |full: &Path| {
        let of_commit = at(settings, full).and_then(|path| repository.file(commit, &path));
        of_commit.map_or_else(|| on_disk(full), |bytes| read::text(bytes.to_vec()))
    };
    removals(given, settings, &reader)
}

fn removals(
    (paths, inputs): (Vec<PathBuf>, Vec<Input>),
    settings: &Settings,
    reader: crate::registry::Reader<'_>,
) -> Result<Removals, RegistryError> {
    let (registry, _) = Texts::read(&paths, &inputs, &settings.root, reader)?.load(&mut Sources::default())?;
    Ok(registry.flags.values().map(|flag| (flag.key.clone(), flag.expires)).collect())
}
