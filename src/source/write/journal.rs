//! The journal of a removal: which files change, from what to what, written down before the first of them is touched. Owns
//! where it lies, its form, and that one process at a time works on a project; does not touch the files that it names.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::Disk;

/// What every temporary file of ours begins with, so that nothing else is ever cleaned away.
pub(super) const STAGED: &str = ".flag-sweep-";
/// What it ends with.
pub(super) const STAGED_END: &str = ".tmp";
/// Rises with the form.
const VERSION: u32 = 1;
/// The journal of a removal that goes on, or was interrupted.
const UNFINISHED: &str = "unfinished.json";
/// The journal of the last removal that was finished.
const LAST: &str = "last.json";

/// The form of the file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    version: u32,
    pub(super) entries: Vec<Entry>,
}

/// One file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    path: Name,
    /// Name of the temporary file beside it.
    pub(super) staged: String,
    /// Its text before; `None` when there was no such file.
    pub(super) before: Option<String>,
    /// Its text after; `None` when the file goes.
    pub(super) after: Option<String>,
    /// Its mode, for a file that has to be made anew.
    pub(super) mode: Option<u32>,
}

/// A path: text, or bytes where it is none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Bytes(Vec<u8>),
}

impl Journal {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        Self { version: VERSION, entries }
    }
}

impl Entry {
    pub(super) fn new(
        path: &Path,
        staged: String,
        before: Option<&str>,
        after: Option<&str>,
        mode: Option<u32>,
    ) -> Self {
        let path = match path.to_str() {
            Some(text) => Name::Text(text.to_owned()),
            None => Name::Bytes(path.as_os_str().as_encoded_bytes().to_vec()),
        };
        Self { path, staged, before: before.map(str::to_owned), after: after.map(str::to_owned), mode }
    }

    /// The path relative to the root, when it is one that flag-sweep writes: a journal may have come with the project.
    pub(super) fn path(&self) -> Option<PathBuf> {
        let name = match &self.path {
            Name::Text(text) => OsString::from(text),
            #[cfg(unix)]
            Name::Bytes(bytes) => std::os::unix::ffi::OsStringExt::from_vec(bytes.clone()),
            #[cfg(not(unix))]
            Name::Bytes(_) => return None,
        };
        let path = PathBuf::from(name);
        let staged = Path::new(&self.staged);
        let ours = self.staged.starts_with(STAGED) && self.staged.ends_with(STAGED_END);
        (is_inside(&path) && ours && staged.file_name() == Some(staged.as_os_str())).then_some(path)
    }
}

/// Whether a relative path stays below where it starts, and out of what git and its hooks live in.
pub(super) fn is_inside(path: &Path) -> bool {
    let plain = |component: Component<'_>| match component {
        Component::Normal(name) => !name.eq_ignore_ascii_case(".git"),
        _ => false,
    };
    path.file_name().is_some() && path.components().all(plain)
}

/// Where the journals of a project lie.
#[derive(Clone, Debug)]
pub(super) struct Home {
    directory: PathBuf,
    hidden_from_git: bool,
}

impl Home {
    /// In the repository's own directory, where it is in nobody's way; without one, in a directory of its own.
    pub(super) fn of(root: &Path) -> Self {
        let git = root.join(".git");
        let has_git = fs::symlink_metadata(&git).is_ok_and(|metadata| metadata.is_dir());
        let directory = if has_git { git.join("flag-sweep") } else { root.join(".flag-sweep-undo") };
        Self { directory, hidden_from_git: has_git }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    fn unfinished(&self) -> PathBuf {
        self.directory.join(UNFINISHED)
    }

    fn last(&self) -> PathBuf {
        self.directory.join(LAST)
    }

    /// Whether there is a removal that was not finished.
    pub(super) fn is_unfinished(&self) -> bool {
        self.is_directory() && fs::symlink_metadata(self.unfinished()).is_ok()
    }

    fn is_directory(&self) -> bool {
        fs::symlink_metadata(&self.directory).is_ok_and(|metadata| metadata.is_dir())
    }

    /// Makes the directory and takes the lock, which goes with the value.
    pub(super) fn lock(&self, disk: &dyn Disk) -> io::Result<Lock> {
        // A link would lead out of the project: `make_directory` refuses it.
        disk.make_directory(&self.directory)?;
        if !self.hidden_from_git {
            let ignore = self.directory.join(".gitignore");
            if disk.metadata(&ignore).is_err() {
                disk.append(&mut disk.create(&ignore)?, b"*\n")?;
            }
        }
        let path = self.directory.join("lock");
        if disk.metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(io::Error::new(ErrorKind::InvalidInput, "the lock is not a regular file"));
        }
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
            // Where there are no locks, the journal itself still stops the second one.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(Lock { _file: file }),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Writes down what is about to happen. Nothing may have been touched.
    pub(super) fn begin(&self, disk: &dyn Disk, journal: &Journal) -> io::Result<()> {
        let text = serde_json::to_vec(journal)?;
        let new = self.directory.join("new.json");
        // Of a run that was killed while it wrote.
        if disk.metadata(&new).is_ok() {
            disk.remove(&new)?;
        }
        let mut file = disk.create(&new)?;
        let written = disk.append(&mut file, &text).and_then(|()| disk.sync(&file));
        drop(file);
        let begun = written.and_then(|()| disk.move_new(&new, &self.unfinished()));
        if begun.is_err() {
            let _ = disk.remove(&new);
        }
        begun.and_then(|()| disk.sync_directory(&self.directory))
    }

    /// All of it happened: what was unfinished is the last removal.
    pub(super) fn finish(&self, disk: &dyn Disk) -> io::Result<()> {
        disk.replace(&self.unfinished(), &self.last())?;
        disk.sync_directory(&self.directory)
    }

    /// None of it happened.
    pub(super) fn abandon(&self, disk: &dyn Disk) -> io::Result<()> {
        disk.remove(&self.unfinished())?;
        disk.sync_directory(&self.directory)
    }

    /// The removal that was not finished.
    pub(super) fn read_unfinished(&self, disk: &dyn Disk) -> io::Result<Option<Journal>> {
        read(disk, &self.unfinished())
    }

    /// The last removal that was finished.
    pub(super) fn read_last(&self, disk: &dyn Disk) -> io::Result<Option<Journal>> {
        read(disk, &self.last())
    }

    /// Forgets everything.
    pub(super) fn forget(&self, disk: &dyn Disk) -> io::Result<()> {
        for path in [self.unfinished(), self.last()] {
            if disk.metadata(&path).is_ok() {
                disk.remove(&path)?;
            }
        }
        Ok(())
    }
}

/// While it lives, nobody else writes to the project.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

fn read(disk: &dyn Disk, path: &Path) -> io::Result<Option<Journal>> {
    let bytes = match disk.read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let damaged = |what: String| io::Error::new(ErrorKind::InvalidData, what);
    let journal: Journal = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    if journal.version != VERSION {
        return Err(damaged(format!("it is of another version of flag-sweep ({})", journal.version)));
    }
    if let Some(entry) = journal.entries.iter().find(|entry| entry.path().is_none()) {
        return Err(damaged(format!("it names a file that flag-sweep does not write ({:?})", shown(&entry.path))));
    }
    Ok(Some(journal))
}

fn shown(name: &Name) -> String {
    match name {
        Name::Text(text) => text.clone(),
        Name::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A name for the temporary file of the entry with that number; `salt` differs from run to run.
pub(super) fn staged_name(salt: u32, number: usize) -> String {
    format!("{STAGED}{salt:08x}-{number}{STAGED_END}")
}

/// Whether a file is a temporary one of ours by its name.
pub(super) fn is_staged(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(STAGED) && name.ends_with(STAGED_END))
}
