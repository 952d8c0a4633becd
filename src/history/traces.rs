//! What the commits say about files and words without a scan: who changed a file last, when a key was first mentioned. Owns
//! one pass over the commits for each.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::PathBuf;

use aho_corasick::AhoCorasick;
use anyhow::{Context, Result};
use jiff::civil::Date;

use crate::language;
use crate::source::read::BlobId;
use crate::source::repository::Repository;

/// The author of the newest commit, merges left out, that changed each of the files (relative to the project's root).
///
/// # Errors
/// When a commit cannot be read.
pub fn last_authors(repository: &Repository, paths: &BTreeSet<PathBuf>) -> Result<BTreeMap<PathBuf, String>> {
    let mut open = paths.clone();
    let mut authors = BTreeMap::new();
    if open.is_empty() {
        return Ok(authors);
    }
    for commit in repository.commits()?.iter().filter(|commit| commit.parents.len() < 2) {
        let parent = commit.parents.first().map(|parent| repository.commit(parent)).transpose()?;
        for change in repository.changes(parent.as_ref(), commit)? {
            let Some(path) = repository.in_project(&change.path) else { continue };
            if open.remove(path) {
                authors.insert(path.to_owned(), commit.author.clone());
            }
        }
        if open.is_empty() {
            break;
        }
    }
    Ok(authors)
}

/// Whether a key is not a part of a longer one.
fn stands_alone(text: &[u8], at: Range<usize>, key: &str) -> bool {
    let goes_on = |byte: &u8| {
        byte.is_ascii_alphanumeric() || b"_-".contains(byte) || !byte.is_ascii() || *byte == b'.' && key.contains('.')
    };
    !text[..at.start].last().is_some_and(goes_on) && !text[at.end..].first().is_some_and(goes_on)
}

/// The day of the first commit in which code mentions each of the keys.
///
/// # Errors
/// When a commit or a blob cannot be read.
pub fn first_mentions(repository: &Repository, keys: &BTreeSet<String>) -> Result<BTreeMap<String, Date>> {
    let keys: Vec<&String> = keys.iter().filter(|key| !key.is_empty()).collect();
    let finder = AhoCorasick::new(&keys).context("the keys do not fit into one search")?;
    let mut found: BTreeMap<String, Date> = BTreeMap::new();
    let mut seen: HashSet<BlobId> = HashSet::new();
    for commit in repository.commits()?.iter().rev() {
        if found.len() == keys.len() {
            break;
        }
        let parent = commit.parents.first().map(|parent| repository.commit(parent)).transpose()?;
        for change in repository.changes(parent.as_ref(), commit)? {
            let (Some(path), Some(blob)) = (repository.in_project(&change.path), change.after) else { continue };
            if language::by_path(path).is_none() || !seen.insert(blob) {
                continue;
            }
            let bytes = repository.blob(&blob)?;
            // Keys may lie in each other.
            for hit in finder.find_overlapping_iter(bytes.as_ref()) {
                let key = keys[hit.pattern().as_usize()];
                if !found.contains_key(key) && stands_alone(&bytes, hit.range(), key) {
                    found.insert(key.clone(), commit.day());
                }
            }
        }
    }
    Ok(found)
}
