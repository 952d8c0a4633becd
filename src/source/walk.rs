//! Finds the code files below the given paths. Owns ignore files, exclusion and the choice of language by name or `#!`
//! line; does not read files beyond that line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use ignore::overrides::{Override, OverrideBuilder};
use ignore::{WalkBuilder, WalkState};

use crate::language;
use crate::project::{CodeFile, SkipReason, Skipped};
use crate::settings::Settings;

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// Code files in a language that is read, sorted by path, each once.
    pub files: Vec<CodeFile>,
    /// Data files that may declare flags, by their names, sorted by path.
    pub data: Vec<PathBuf>,
    /// Files in languages that are known and not read, by language.
    pub unread: BTreeMap<&'static str, usize>,
    /// Entries that could not be looked at.
    pub skipped: Vec<Skipped>,
}

/// Walks the paths of the settings. Hidden files and what `.gitignore`, `.ignore` and `.flagsweepignore` name are left
/// out, except for paths that were given explicitly. Symbolic links are not followed.
///
/// # Errors
/// When a given path does not exist, lies outside the root, or an exclusion glob is malformed.
pub fn walk(settings: &Settings) -> Result<Walked> {
    let Some((first, rest)) = settings.paths.split_first() else { bail!("no path was given to look at") };
    for path in &settings.paths {
        let full = path.canonicalize().with_context(|| format!("cannot look at {}", path.display()))?;
        if !full.starts_with(&settings.root) {
            bail!(
                "{} lies outside the project root {}; run flag-sweep there, or name the root with --root",
                path.display(),
                settings.root.display()
            );
        }
    }
    let near = settings.near();
    let named = |path: &Path| {
        let path = near.join(relative(&settings.root, &absolute(&settings.root, path)));
        if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
    };
    let mut builder = WalkBuilder::new(named(first));
    for path in rest {
        builder.add(named(path));
    }
    // Those of the given directories and of all between them and the root are read before any entry is seen.
    for path in &settings.paths {
        let full = absolute(&settings.root, path);
        for directory in full.ancestors().take_while(|directory| directory.starts_with(&settings.root)) {
            if let Some(name) = odd_ignore_file(directory) {
                bail!("{} is not a regular file", relative(&settings.root, &directory.join(name)).display());
            }
        }
    }
    let odd = Arc::new(Mutex::new(BTreeSet::new()));
    let (root, found_odd) = (settings.root.clone(), Arc::clone(&odd));
    builder.filter_entry(move |entry| {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        let Some(name) = is_directory.then(|| odd_ignore_file(entry.path())).flatten() else { return true };
        let path = relative(&root, entry.path());
        let reason = SkipReason::Unreadable(format!("its {name} is not a regular file"));
        found_odd.lock().expect("no walker thread panics while it holds the lock").insert(Skipped { path, reason });
        false
    });
    builder
        .add_custom_ignore_filename(".flagsweepignore")
        .overrides(overrides(settings)?)
        .require_git(false)
        .threads(rayon::current_num_threads())
        .follow_links(false);

    let found = Mutex::new((BTreeSet::new(), BTreeSet::new(), BTreeSet::new()));
    // One name may be found on two ways.
    let unread = Mutex::new(BTreeSet::new());
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            let (files, skipped, data) = &mut (Vec::new(), Vec::new(), Vec::new());
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    let path = relative(&settings.root, entry.path());
                    match language_of(entry.path()) {
                        Ok(Some(language)) => files.push(CodeFile { path, language: language.name }),
                        Ok(None) if may_declare(&path) => data.push(path),
                        Ok(None) => {
                            if let Some(language) = language::unread(&path) {
                                let mut unread =
                                    unread.lock().expect("no walker thread panics while it holds the lock");
                                unread.insert((language, path));
                            }
                        }
                        Err(error) => {
                            skipped.push(Skipped { path, reason: SkipReason::Unreadable(error.to_string()) });
                        }
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let path = path_of(&error).map(|path| relative(&settings.root, path)).unwrap_or_default();
                    skipped.push(Skipped { path, reason: SkipReason::Unreadable(error.to_string()) });
                }
            }
            if !files.is_empty() || !skipped.is_empty() || !data.is_empty() {
                let mut found = found.lock().expect("no walker thread panics while it holds the lock");
                found.0.extend(files.drain(..));
                found.1.extend(skipped.drain(..));
                found.2.extend(data.drain(..));
            }
            WalkState::Continue
        })
    });
    let (files, mut skipped, data) = found.into_inner().expect("no walker thread panics while it holds the lock");
    skipped.append(&mut odd.lock().expect("the walk is over"));
    let unread = unread.into_inner().expect("no walker thread panics while it holds the lock");
    Ok(Walked {
        unread: count(unread),
        files: files.into_iter().collect(),
        data: data.into_iter().collect(),
        skipped: skipped.into_iter().collect(),
    })
}

/// A file of patterns in a directory that is no regular file: reading a device or a pipe may never end.
fn odd_ignore_file(directory: &Path) -> Option<&'static str> {
    // For every directory: the path is put together once.
    let mut path = directory.join(".gitignore");
    [".gitignore", ".ignore", ".flagsweepignore"].into_iter().find(|name| {
        path.set_file_name(name);
        path.metadata().is_ok_and(|metadata| !metadata.is_file())
    })
}

/// The exclusions of the settings.
pub(super) fn overrides(settings: &Settings) -> Result<Override> {
    let mut overrides = OverrideBuilder::new(&settings.root);
    for glob in &settings.exclude {
        overrides.add(&format!("!{glob}")).with_context(|| format!("exclude pattern `{glob}` is malformed"))?;
    }
    overrides.build().context("the exclude patterns do not fit together")
}

/// How many files of each language.
pub(super) fn count(unread: BTreeSet<(&'static str, PathBuf)>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for (language, _) in unread {
        *counts.entry(language).or_insert(0) += 1;
    }
    counts
}

fn absolute(root: &Path, path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| root.join(path))
}

fn relative(root: &Path, path: &Path) -> PathBuf {
    [root, Path::new(".")].iter().find_map(|root| path.strip_prefix(root).ok()).unwrap_or(path).to_owned()
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// Whether a file is data of a kind, and with a name, under which projects keep flags.
pub(super) fn may_declare(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    if name == "Cargo.toml" {
        return true;
    }
    if !matches!(path.extension().and_then(|ending| ending.to_str()), Some("yaml" | "yml" | "json")) {
        return false;
    }
    let words = ["flag", "feature", "toggle", "experiment", "config", "setting", "default", "switch", "values"];
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or("");
    let manifests = ["tsconfig", "jsconfig", "package"];
    let speaks = |text: &str| words.iter().any(|word| text.to_ascii_lowercase().contains(word));
    (speaks(name) || speaks(folder)) && !manifests.iter().any(|manifest| name.starts_with(manifest))
}

/// By extension; a file without one is asked for its `#!` line, of which at most 128 bytes are read.
fn language_of(path: &Path) -> std::io::Result<Option<&'static language::Language>> {
    if path.extension().is_some() {
        return Ok(language::by_path(path));
    }
    let mut start = Vec::with_capacity(128);
    std::fs::File::open(path)?.take(128).read_to_end(&mut start)?;
    Ok(language::by_first_line(&String::from_utf8_lossy(&start)))
}
