//! Brings back what a removal changed: `undo`, of one that was interrupted as of one that was finished. Owns what is concluded
//! from a journal and from the files as they are now; writes through the same transaction as a removal does.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::disk::{Disk, Os};
use super::journal::{Entry, Home, is_staged};
use super::{Change, Reason, Refusal, link_count, place, stage, transaction};

/// What `undo` did.
#[derive(Debug, Default)]
pub struct Undone {
    /// Whether there was something to undo.
    pub found: bool,
    /// Whether it was a removal that had been interrupted.
    pub interrupted: bool,
    /// Files that hold again what they held before.
    pub restored: Vec<PathBuf>,
    /// What stands in the way. When there is anything, nothing was restored but `stuck`'s opposite: see there.
    pub refused: Vec<Refusal>,
    /// Files that could not be put back after another one failed.
    pub stuck: Vec<PathBuf>,
}

impl Undone {
    fn refuse(mut self, path: &Path, reason: Reason) -> Self {
        self.refused.push(Refusal { path: path.to_owned(), reason });
        self
    }
}

/// Undoes the removal that was interrupted, else the last one. `root` is canonical. Undoing twice does it again.
pub fn undo(root: &Path) -> Undone {
    undo_on(&Os, root)
}

/// Forgets the journals, and leaves all files as they are.
///
/// # Errors
/// When they cannot be removed.
pub fn forget(root: &Path) -> io::Result<()> {
    let home = Home::of(root);
    if Os.metadata(home.directory()).is_err() {
        return Ok(());
    }
    let _lock = home.lock(&Os)?;
    home.forget(&Os)
}

pub(super) fn undo_on(disk: &dyn Disk, root: &Path) -> Undone {
    let home = Home::of(root);
    let here = home.directory().strip_prefix(root).unwrap_or(home.directory()).to_owned();
    let mut result = Undone::default();
    match disk.metadata(home.directory()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return result,
        Err(error) => return result.refuse(&here, Reason::Journal(error)),
        Ok(_) => {}
    }
    let lock = match home.lock(disk) {
        Ok(lock) => lock,
        Err(error) if error.kind() == ErrorKind::WouldBlock => return result.refuse(&here, Reason::Busy),
        Err(error) => return result.refuse(&here, Reason::Journal(error)),
    };
    match home.read_unfinished(disk) {
        Err(error) => return result.refuse(&here, Reason::Journal(error)),
        Ok(Some(journal)) => {
            (result.found, result.interrupted) = (true, true);
            let mut result = take_back(disk, root, &journal.entries, result);
            if result.refused.is_empty()
                && let Err(error) = home.abandon(disk)
            {
                result.refused.push(Refusal { path: here, reason: Reason::Journal(error) });
            }
            return result;
        }
        Ok(None) => {}
    }
    let journal = match home.read_last(disk) {
        Err(error) => return result.refuse(&here, Reason::Journal(error)),
        Ok(None) => return result,
        Ok(Some(journal)) => journal,
    };
    // The transaction takes the lock itself.
    drop(lock);
    result.found = true;
    let paths: Vec<PathBuf> = journal.entries.iter().filter_map(Entry::path).collect();
    let changes: Vec<Change<'_>> = journal
        .entries
        .iter()
        .zip(&paths)
        .map(|(entry, path)| Change {
            path,
            old: entry.after.as_deref(),
            new: entry.before.as_deref(),
            mode: entry.mode,
        })
        .collect();
    let written = transaction(disk, root, &changes);
    Undone { restored: written.written, refused: written.refused, stuck: written.stuck, ..result }
}

/// What brings one file back.
enum Way {
    /// It is as it was; a temporary file may be left.
    Clean,
    /// What was there lies under the temporary name.
    Exchange,
    /// It was moved to the temporary name.
    MoveBack,
    /// It is made anew from the journal.
    Rewrite,
    /// It was not there.
    Remove,
}

/// Finds out about all files first: one that somebody changed keeps all as they are.
fn take_back(disk: &dyn Disk, root: &Path, entries: &[Entry], mut result: Undone) -> Undone {
    let mut ways = Vec::new();
    for entry in entries {
        let path = entry.path().unwrap_or_default();
        match way(disk, root, &path, entry) {
            Ok((full, way)) => ways.push((path, full, way, entry)),
            Err(reason) => result.refused.push(Refusal { path, reason }),
        }
    }
    if !result.refused.is_empty() {
        return result;
    }
    for (path, full, way, entry) in ways {
        let staged = full.with_file_name(&entry.staged);
        match bring_back(disk, &full, &staged, &way, entry) {
            Ok(()) if matches!(way, Way::Clean) => {}
            Ok(()) => result.restored.push(path),
            // The journal stays, and so what is left can be tried again.
            Err(error) => {
                return result.refuse(&path, Reason::Failed(error));
            }
        }
    }
    result
}

fn way(disk: &dyn Disk, root: &Path, path: &Path, entry: &Entry) -> Result<(PathBuf, Way), Reason> {
    let full = place(disk, root, path)?;
    let now = text(disk, &full)?;
    let staged = text(disk, &full.with_file_name(&entry.staged))?;
    let (old, new) = (entry.before.as_deref().map(str::as_bytes), entry.after.as_deref().map(str::as_bytes));
    // Killed while it was written, it holds a beginning of the new text, or on the way back of the old one.
    let scrap = |bytes: &[u8]| [old, new].into_iter().flatten().any(|text| text.starts_with(bytes));
    let way = if now.as_deref() == old {
        if staged.as_deref().is_some_and(|bytes| !scrap(bytes)) {
            return Err(Reason::Changed);
        }
        Way::Clean
    } else if now.as_deref() == new {
        match (&staged, old) {
            (_, None) => Way::Remove,
            (Some(_), Some(_)) if now.is_none() => Way::MoveBack,
            // What lies there is newer than the journal when an editor was faster than the kill: it wins.
            (Some(bytes), Some(text)) if bytes == text || !scrap(bytes) => Way::Exchange,
            (_, Some(_)) => Way::Rewrite,
        }
    } else {
        return Err(Reason::Changed);
    };
    Ok((full, way))
}

/// The bytes under a name; `None` when there is nothing.
fn text(disk: &dyn Disk, path: &Path) -> Result<Option<Vec<u8>>, Reason> {
    let metadata = match disk.metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.map_err(Reason::Failed)?,
    };
    if metadata.is_symlink() {
        return Err(Reason::SymbolicLink);
    }
    if !metadata.is_file() {
        return Err(Reason::NotAFile);
    }
    if link_count(&metadata) > 1 {
        return Err(Reason::HardLinks(link_count(&metadata)));
    }
    disk.read(path).map(Some).map_err(Reason::Failed)
}

fn bring_back(disk: &dyn Disk, full: &Path, staged: &Path, way: &Way, entry: &Entry) -> io::Result<()> {
    let clean = || match disk.metadata(staged) {
        Ok(_) if staged.file_name().is_some_and(is_staged) => disk.remove(staged),
        _ => Ok(()),
    };
    match way {
        Way::Clean => {}
        Way::Exchange => match disk.exchange(staged, full) {
            Err(error) if error.kind() == ErrorKind::Unsupported => disk.replace(staged, full)?,
            other => other?,
        },
        Way::MoveBack => disk.move_new(staged, full)?,
        Way::Remove => disk.remove(full)?,
        Way::Rewrite => {
            clean()?;
            let like = entry.after.is_some().then_some(full);
            stage(disk, staged, entry.before.as_deref().unwrap_or_default(), like, entry.mode)?;
            match like {
                Some(_) => disk.replace(staged, full)?,
                None => disk.move_new(staged, full)?,
            }
        }
    }
    clean()?;
    full.parent().map_or(Ok(()), |directory| disk.sync_directory(directory))
}
