//! The files of a commit, as a checkout of it would have them. Owns which of them a walk finds: ignore files in the commit
//! count as they do on disk. Reads no repository (see [`super::repository`]) and no directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::overrides::Override;

use super::read::{self, BlobId, Bytes, Files};
use super::walk::{self, Walked};
use crate::language;
use crate::project::{CodeFile, SkipReason};
use crate::settings::Settings;

/// Names of files with ignore rules, the strongest kind first.
pub(super) const IGNORES: [&str; 3] = [".flagsweepignore", ".ignore", ".gitignore"];

/// What a file of a commit holds.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its identity.
    pub id: BlobId,
    /// Its bytes; `None` for what no run looks at: images, archives.
    pub bytes: Option<Arc<[u8]>>,
    /// Its size.
    pub size: u64,
}

/// The regular files of a commit, by their paths from the top of the repository.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    files: BTreeMap<PathBuf, Content>,
    /// The top of the work tree that they would lie in.
    top: PathBuf,
    /// The project root below it.
    prefix: PathBuf,
    /// Rules that lie outside of commits, weaker than those inside: the repository's own, then the user's.
    outside: Vec<Arc<Gitignore>>,
}

impl Snapshot {
    /// A snapshot of files for a project whose root lies below the top.
    pub fn new(files: BTreeMap<PathBuf, Content>, top: PathBuf, prefix: PathBuf, outside: Vec<Arc<Gitignore>>) -> Self {
        Self { files, top, prefix, outside }
    }

    fn content(&self, path: &Path) -> Option<&Content> {
        self.files.get(&normal(&self.prefix.join(path)))
    }

    /// Every folder with files, and what lies in it by name: whether that is a folder.
    fn folders(&self) -> BTreeMap<PathBuf, BTreeMap<PathBuf, bool>> {
        let mut folders: BTreeMap<PathBuf, BTreeMap<PathBuf, bool>> = BTreeMap::new();
        for path in self.files.keys() {
            let mut inner = (path.as_path(), false);
            for folder in path.ancestors().skip(1) {
                let entries = folders.entry(folder.to_owned()).or_default();
                if entries.insert(inner.0.to_owned(), inner.1).is_some() {
                    break;
                }
                inner = (folder, true);
            }
        }
        folders
    }

    /// The rules that a folder holds, one matcher for each kind of file.
    fn rules(&self, folder: &Path) -> [Option<Gitignore>; 3] {
        IGNORES.map(|name| {
            let bytes = self.files.get(&folder.join(name))?.bytes.clone()?;
            let mut builder = GitignoreBuilder::new(self.top.join(folder));
            for line in String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').lines() {
                // A malformed line ignores nothing, as on disk.
                let _ = builder.add_line(None, line);
            }
            builder.build().ok()
        })
    }

    fn is_ignored(
        &self,
        path: &Path,
        is_dir: bool,
        overrides: &Override,
        rules: &BTreeMap<PathBuf, [Option<Gitignore>; 3]>,
    ) -> bool {
        let full = self.top.join(path);
        match overrides.matched(&full, is_dir) {
            Match::None => {}
            decided => return decided.is_ignore(),
        }
        for kind in 0..IGNORES.len() {
            for folder in path.ancestors().skip(1) {
                let Some(Some(matcher)) = rules.get(folder).map(|rules| &rules[kind]) else { continue };
                match matcher.matched(&full, is_dir) {
                    Match::None => {}
                    decided => return decided.is_ignore(),
                }
            }
        }
        for matcher in &self.outside {
            match matcher.matched(&full, is_dir) {
                Match::None => {}
                decided => return decided.is_ignore(),
            }
        }
        path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    }

    fn add(&self, path: &Path, found: &mut (BTreeSet<CodeFile>, BTreeSet<PathBuf>)) {
        let Ok(path) = path.strip_prefix(&self.prefix) else { return };
        let language = if path.extension().is_some() {
            language::by_path(path)
        } else {
            let bytes = self.of(path).unwrap_or_default();
            language::by_first_line(&String::from_utf8_lossy(&bytes[..bytes.len().min(128)]))
        };
        match language {
            Some(language) => {
                found.0.insert(CodeFile { path: path.to_owned(), language: language.name });
            }
            None if walk::may_declare(path) => {
                found.1.insert(path.to_owned());
            }
            None => {}
        }
    }
}

/// Without `.` components.
fn normal(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

impl Bytes for Snapshot {
    fn of(&self, path: &Path) -> Option<Vec<u8>> {
        Some(self.content(path)?.bytes.as_ref()?.to_vec())
    }
}

impl Files for Snapshot {
    fn walk(&self, settings: &Settings) -> Result<Walked> {
        let overrides = walk::overrides(settings)?;
        let folders = self.folders();
        let rules: BTreeMap<PathBuf, [Option<Gitignore>; 3]> =
            folders.keys().map(|folder| (folder.clone(), self.rules(folder))).collect();
        let mut found = (BTreeSet::new(), BTreeSet::new());
        let mut todo: Vec<PathBuf> = Vec::new();
        for path in &settings.paths {
            let full = path.canonicalize().unwrap_or_else(|_| settings.root.join(path));
            let Ok(relative) = full.strip_prefix(&settings.root) else { continue };
            let path = normal(&self.prefix.join(relative));
            if self.files.contains_key(&path) {
                self.add(&path, &mut found);
            } else {
                todo.push(path);
            }
        }
        while let Some(folder) = todo.pop() {
            for (path, is_dir) in folders.get(&folder).into_iter().flatten() {
                if self.is_ignored(path, *is_dir, &overrides, &rules) {
                    continue;
                }
                if *is_dir { todo.push(path.clone()) } else { self.add(path, &mut found) }
            }
        }
        Ok(Walked {
            files: found.0.into_iter().collect(),
            data: found.1.into_iter().collect(),
            skipped: Vec::new(),
            unread: BTreeMap::new(),
        })
    }

    fn read(&self, path: &Path, max: u64) -> Result<String, SkipReason> {
        let missing = || SkipReason::Unreadable("not in the commit".to_owned());
        let content = self.content(path).ok_or_else(missing)?;
        if content.size > max {
            return Err(SkipReason::TooLarge(content.size));
        }
        read::text(content.bytes.as_ref().ok_or_else(missing)?.to_vec())
    }

    fn id(&self, path: &Path) -> Option<BlobId> {
        self.content(path).map(|content| content.id)
    }
}
