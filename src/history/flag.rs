//! The life of one flag: the commits that added or removed checks of it. Owns how these are found among all commits without
//! looking at every tree; what counts as a check is what a run says about the commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::outcome_at;
use crate::diagnostic::Applicability;
use crate::fix::Reach;
use crate::language;
use crate::load::Memo;
use crate::resolve::Key;
use crate::resolve::members::camel_case;
use crate::run::Outcome;
use crate::scan::prefilter::Prefilter;
use crate::settings::Settings;
use crate::source::read::BlobId;
use crate::source::repository::{Commit, Repository};

/// Rounds of looking for further names under which checks know the flag.
const MAX_ROUNDS: usize = 6;

/// A commit that changed how often a flag is checked.
#[derive(Clone, Debug)]
pub struct Event {
    /// The commit.
    pub commit: Commit,
    /// Checks that it added, by path.
    pub added: BTreeMap<PathBuf, usize>,
    /// Checks that it removed, by path.
    pub removed: BTreeMap<PathBuf, usize>,
    /// Checks after it.
    pub checks: usize,
}

/// What the history says about a flag.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Commits that changed the number of its checks in a file, oldest first.
    pub events: Vec<Event>,
    /// Checks in the newest commit.
    pub checks: usize,
    /// Commits that were looked at.
    pub commits: usize,
    /// Whether older commits exist than the clone has.
    pub shallow: bool,
}

impl Life {
    /// The first commit with a check.
    pub fn first_seen(&self) -> Option<&Event> {
        self.events.first()
    }

    /// The last commit that removed the last check, when none is left.
    pub fn extinct_since(&self) -> Option<&Event> {
        self.events.iter().rev().find(|event| event.checks == 0).filter(|_| self.checks == 0)
    }
}

/// Checks of the flag by path.
type Counts = BTreeMap<PathBuf, usize>;

struct Search<'r> {
    repository: &'r Repository,
    settings: Settings,
    names: BTreeSet<String>,
    memo: Memo,
    counts: HashMap<BlobId, Counts>,
}

impl Search<'_> {
    /// The checks of the flag in a commit; learns the names by which they know it.
    fn counts(&mut self, commit: &Commit, key: &str) -> Result<Counts> {
        if let Some(known) = self.counts.get(&commit.id) {
            return Ok(known.clone());
        }
        // Planning is not asked for: no flag is decided.
        let reach: Reach = Applicability::Safe.into();
        let outcome = outcome_at(self.repository, commit, &self.settings, reach, &self.memo)?;
        let mut counts = Counts::new();
        for check in &outcome.project.checks {
            let is_this = check
                .flag()
                .is_some_and(|flag| flag == key || outcome.registry.resolve(flag).is_some_and(|flag| flag.key == key));
            if is_this {
                let path = outcome.project.sources.get(check.at.source).path.clone();
                *counts.entry(path).or_default() += 1;
                self.learn(&outcome, &check.key, check.at.source, &check.key_span);
            }
        }
        self.counts.insert(commit.id, counts.clone());
        Ok(counts)
    }

    /// Words by which a check names the flag: a constant, a wrapper, a member.
    fn learn(&mut self, outcome: &Outcome, key: &Key, source: crate::source::SourceId, span: &crate::source::Span) {
        let sources = &outcome.project.sources;
        let mut texts = vec![sources.get(source).text.get(span.clone()).unwrap_or_default()];
        if let Key::Known { via, .. } = key {
            texts.extend(via.iter().map(|at| sources.text(at)).filter(|text| text.len() < 200));
        }
        for text in texts {
            let word = text.split(['(', '=']).next().unwrap_or_default();
            let last = word.rsplit(['.', ':', ' ']).next().unwrap_or_default().trim_matches(['"', '\'', '`', ' ']);
            // Shorter ones would stand in every file.
            if last.len() > 3 {
                self.names.insert(last.to_owned());
            }
        }
    }
}

/// Looks through all commits.
///
/// # Errors
/// When a commit or a registry cannot be read.
pub fn life(repository: &Repository, settings: &Settings, flag: &str, step: &dyn Fn(usize, usize)) -> Result<Life> {
    let mut commits = repository.commits()?;
    commits.reverse();
    let by_id: HashMap<BlobId, usize> = commits.iter().zip(0..).map(|(commit, index)| (commit.id, index)).collect();
    // The flag makes files worth a look that nothing else does.
    let mut settings = settings.clone();
    settings.only = vec![flag.to_owned()];
    let now = settings.clone();
    let mut search = Search {
        repository,
        settings: now,
        names: BTreeSet::from([flag.to_owned(), camel_case(flag)]),
        memo: Memo::default(),
        counts: HashMap::new(),
    };
    if let Some(head) = commits.last() {
        search.counts(&head.clone(), flag)?;
    }
    // What changed in each commit, against its first parent, in files that may hold code.
    let mut changed: Vec<Vec<BlobId>> = Vec::with_capacity(commits.len());
    for (done, commit) in commits.iter().enumerate() {
        step(done, commits.len());
        let parent = commit.parents.first().and_then(|parent| by_id.get(parent)).map(|index| &commits[*index]);
        let changes = repository.changes(parent, commit)?;
        let code = changes.into_iter().filter(|change| is_code(repository, &change.path));
        changed.push(code.flat_map(|change| [change.before, change.after]).flatten().collect());
    }
    let mut holds: HashMap<BlobId, bool> = HashMap::new();
    let mut sought = BTreeSet::new();
    let mut candidates: BTreeSet<usize> = BTreeSet::new();
    for _ in 0..MAX_ROUNDS {
        let new: BTreeSet<String> = search.names.difference(&sought).cloned().collect();
        if new.is_empty() {
            break;
        }
        let filter = Prefilter::new([], new.iter().map(String::as_str));
        sought.extend(new.iter().cloned());
        holds.clear();
        for (index, blobs) in changed.iter().enumerate() {
            for blob in blobs {
                let found = match holds.get(blob) {
                    Some(known) => *known,
                    None => {
                        let bytes = repository.blob(blob)?;
                        let found = bytes.len() as u64 <= settings.max_file_size
                            && filter.accepts(&String::from_utf8_lossy(&bytes));
                        holds.insert(*blob, found);
                        found
                    }
                };
                if found {
                    candidates.insert(index);
                }
            }
        }
        for index in candidates.clone() {
            let commit = commits[index].clone();
            search.counts(&commit, flag)?;
            for parent in &commit.parents {
                if let Some(parent) = by_id.get(parent) {
                    search.counts(&commits[*parent].clone(), flag)?;
                }
            }
        }
    }
    let mut life = Life { commits: commits.len(), shallow: repository.is_shallow(), ..Life::default() };
    for index in candidates {
        let commit = &commits[index];
        let after = search.counts(commit, flag)?;
        let mut parents = Vec::new();
        for parent in commit.parents.iter().filter_map(|parent| by_id.get(parent)) {
            parents.push(search.counts(&commits[*parent].clone(), flag)?);
        }
        // A merge did something itself only if it is like none of its parents.
        if parents.len() > 1 && merged(&parents, &after) {
            continue;
        }
        let before = parents.into_iter().next().unwrap_or_default();
        let (added, removed) = (more(&before, &after), more(&after, &before));
        if !(added.is_empty() && removed.is_empty()) {
            life.events.push(Event { commit: commit.clone(), added, removed, checks: after.values().sum() });
        }
    }
    if let Some(head) = commits.last() {
        life.checks = search.counts(&head.clone(), flag)?.values().sum();
    }
    Ok(life)
}

/// Whether every file has as many checks as in one of the parents.
fn merged(parents: &[Counts], after: &Counts) -> bool {
    let paths: BTreeSet<&PathBuf> = parents.iter().chain([after]).flat_map(BTreeMap::keys).collect();
    paths.into_iter().all(|path| parents.iter().any(|parent| parent.get(path) == after.get(path)))
}

/// By how much the second has more than the first.
fn more(before: &Counts, after: &Counts) -> Counts {
    let gain = |(path, count): (&PathBuf, &usize)| {
        let gain = count.saturating_sub(before.get(path).copied().unwrap_or(0));
        (gain > 0).then(|| (path.clone(), gain))
    };
    after.iter().filter_map(gain).collect()
}

fn is_code(repository: &Repository, path: &Path) -> bool {
    let inside = repository.in_project(path).is_some();
    inside && (language::by_path(path).is_some() || path.extension().is_none())
}
