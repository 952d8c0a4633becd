//! What is known about flags. Owns reading registry files and the verdict; knows nothing of code.

pub mod data;
mod entry_toml;
mod error;
pub mod holders;
mod merge;
pub mod model;
mod native;
mod nearest;
mod overlay;
mod premise;
mod readers;
pub mod snapshot;
mod tree;
pub mod verdict;

pub use error::RegistryError;
pub use nearest::nearest;
pub use overlay::is_production;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::project::SkipReason;
use crate::source::read;
use crate::source::{Source, SourceId, Sources, display_path};
use model::Registry;
use snapshot::Snapshot;
use tree::Notation;

/// Larger registry files are refused, in bytes.
const MAX_FILE_SIZE: u64 = 256 * 1024 * 1024;

/// Where a registry is looked for when none is named.
const DISCOVERED: [&str; 8] = [
    "flags.yaml",
    "flags.yml",
    "flags.json",
    "flags.toml",
    ".flag-sweep/flags.yaml",
    ".flag-sweep/flags.yml",
    ".flag-sweep/flags.json",
    ".flag-sweep/flags.toml",
];

/// Reads registry files and merges them. Each becomes a source, so that diagnostics can point into it. Relative paths
/// are taken from the root; without any path the registry counts as not loaded. Yields the registry and the warnings, each as `path:line:column: message`.
///
/// # Errors
/// When a file cannot be read, is not a registry, declares no flag, or contradicts itself or another one.
pub fn load(paths: &[PathBuf], root: &Path, sources: &mut Sources) -> Result<(Registry, Vec<String>), RegistryError> {
    load_with(paths, root, sources, &on_disk)
}

/// Reads a registry file, by its absolute path.
pub type Reader<'r> = &'r dyn Fn(&Path) -> Result<String, SkipReason>;

/// The reader of what lies on disk.
///
/// # Errors
/// As [`read::read`].
pub fn on_disk(full: &Path) -> Result<String, SkipReason> {
    read::read(full, MAX_FILE_SIZE)
}

/// As [`load`], with somebody else to read the files: the registry as it was in a commit.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    paths: &[PathBuf],
    root: &Path,
    sources: &mut Sources,
    reader: Reader<'_>,
) -> Result<(Registry, Vec<String>), RegistryError> {
    let mut documents = Vec::new();
    let mut snapshots = Vec::new();
    let mut seen = Vec::new();
    for path in paths {
        let full = root.join(path);
        let canonical = full.canonicalize().unwrap_or_else(|_| full.clone());
        let shown = canonical.strip_prefix(root).or(full.strip_prefix(root)).unwrap_or(path).to_owned();
        if seen.contains(&canonical) {
            continue;
        }
        let name = display_path(&shown);
        let text = reader(&full).map_err(|reason| unreadable(&name, &reason))?;
        let text: Arc<str> = text.into();
        let notation = Notation::of(&full, &text);
        let root = tree::parse(&text, notation).map_err(|problem| RegistryError::at(&name, &text, vec![problem]))?;
        let source = sources.add(Source { path: shown, text: Arc::clone(&text), language: None });
        seen.push(canonical);
        snapshots.extend(add(&mut documents, name, text, source, root)?);
    }
    let (mut registry, warnings) = merge::merge(&documents)?;
    registry.snapshots = snapshots;
    Ok((registry, warnings))
}

/// Adds a file's document, or all those of a snapshot; yields what the snapshot says about itself.
fn add(
    documents: &mut Vec<merge::Document>,
    name: String,
    text: Arc<str>,
    source: SourceId,
    root: Rc<tree::Node>,
) -> Result<Option<Snapshot>, RegistryError> {
    let read = snapshot::read(&root).map_err(|problem| RegistryError::at(&name, &text, vec![problem]))?;
    let Some((snapshot, parts)) = read else {
        documents.push(merge::Document { name, text, source, root, part: None });
        return Ok(None);
    };
    for part in parts {
        let (name, text, root) = (name.clone(), Arc::clone(&text), Rc::clone(&part.document));
        let part =
            merge::Part { provider: snapshot.provider.clone(), pointer: part.pointer, environment: part.environment };
        documents.push(merge::Document { name, text, source, root, part: Some(part) });
    }
    Ok(Some(snapshot))
}

/// Reads a snapshot that is about to be written, so that none is kept that cannot be used.
///
/// # Errors
/// When it is none, or its documents are not what the provider is known to send.
pub fn check(text: &str) -> Result<Registry, RegistryError> {
    let name = "the answer";
    let parsed: Arc<str> = text.into();
    let root = tree::parse(text, Notation::Json).map_err(|problem| RegistryError::at(name, text, vec![problem]))?;
    let mut documents = Vec::new();
    let source = Sources::default().add(Source { path: PathBuf::new(), text: Arc::clone(&parsed), language: None });
    add(&mut documents, name.to_owned(), parsed, source, root)?;
    merge::merge(&documents).map(|(registry, _)| registry)
}

fn unreadable(name: &str, reason: &SkipReason) -> RegistryError {
    let advice = "check `--registry` and `registries` in the configuration";
    match reason {
        SkipReason::Unreadable(why) => RegistryError::unreadable(name, why, advice),
        SkipReason::Binary => RegistryError::unreadable(name, "it holds NUL bytes, so it is not text", advice),
        SkipReason::NotUtf8(at) => {
            RegistryError::unreadable(name, &format!("byte {at} is not UTF-8"), "save the file as UTF-8")
        }
        SkipReason::Minified(_) => RegistryError::unreadable(name, "it is minified code", advice),
        SkipReason::TooLarge(size) => RegistryError::unreadable(
            name,
            &format!("it has {size} bytes, the limit is {MAX_FILE_SIZE}"),
            "split it into several files",
        ),
    }
}

/// Registry files at their usual places below the root, those whose content looks like one: a mapping below `flags`.
/// A file that cannot be parsed counts when a line of it begins the way `flags` does, so that loading reports it
/// instead of nobody noticing.
pub fn discover(root: &Path) -> Vec<PathBuf> {
    let candidates = DISCOVERED.iter().map(|name| root.join(name));
    let mut found: Vec<PathBuf> = candidates.filter(|path| path.is_file() && looks_native(path)).collect();
    // What `pull` wrote comes last: a native file is laid over it whatever the order.
    let pulled = std::fs::read_dir(root.join(FOLDER)).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut pulled: Vec<PathBuf> = pulled.filter(|path| path.is_file() && is_snapshot_name(path)).collect();
    pulled.sort();
    found.extend(pulled);
    found
}

/// The folder in the root for what concerns flags only.
pub const FOLDER: &str = ".flag-sweep";

fn is_snapshot_name(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(snapshot::SUFFIX))
}

fn looks_native(path: &Path) -> bool {
    let Ok(text) = read::read(path, MAX_FILE_SIZE) else { return false };
    match tree::parse(&text, Notation::of(path, &text)) {
        Ok(root) => native::looks_native(&root) && matches!(readers::recognise(&root), Ok(None)),
        Err(_) => text
            .lines()
            .map(str::trim_start)
            .any(|line| ["flags:", "\"flags\"", "[flags", "flags."].iter().any(|start| line.starts_with(start))),
    }
}
