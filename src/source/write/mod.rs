//! Puts changed texts back on disk, all of them or none. Owns every protection of the user's files: all targets are checked
//! and all new texts are on the disk before the first name changes; a journal says what is going on, so that a run that was
//! killed can be undone (see `recover`); each file changes places with its new text at once. Does not know why a file changes,
//! nor about git (see `git`).

mod disk;
#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::print_stdout, reason = "the figures are what a run is for")]
mod faults;
mod journal;
mod recover;

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use disk::{Disk, Os};
use journal::{Entry, Home, Journal, is_inside, staged_name};
pub use recover::{forget, undo};

/// A file and what it shall become.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// Relative to the root.
    pub path: &'a Path,
    /// The text as it was read.
    pub before: &'a str,
    /// The new text; `None` deletes the file.
    pub after: Option<&'a str>,
}

/// Why a file is not written.
#[derive(Debug)]
pub struct Refusal {
    /// Relative to the root.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

/// The reasons not to write a file.
#[derive(Debug)]
pub enum Reason {
    /// The bytes on disk are not those that were read.
    Changed,
    /// It is a symbolic link: what it points to may belong to somebody else.
    SymbolicLink,
    /// It has other names, which an atomic replacement would cut off.
    HardLinks(u64),
    /// It resolves to a place outside the root, or to one that belongs to git.
    OutsideRoot,
    /// It is no regular file.
    NotAFile,
    /// The operating system refused.
    Failed(io::Error),
    /// An earlier removal was interrupted.
    Unfinished,
    /// Another process writes to the project.
    Busy,
    /// The journal cannot be written or read.
    Journal(io::Error),
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => formatter.write_str("was changed by somebody else; what it holds now stays"),
            Self::SymbolicLink => formatter.write_str("is a symbolic link; name the file that it points to"),
            Self::HardLinks(count) => {
                write!(formatter, "has {count} names (hard links), which replacing it would split; copy it first")
            }
            Self::OutsideRoot => formatter.write_str("lies outside the project root"),
            Self::NotAFile => formatter.write_str("is not a regular file"),
            Self::Failed(error) => write!(formatter, "cannot be written: {error}"),
            Self::Unfinished => formatter
                .write_str("tells of an earlier removal that was interrupted; `flag-sweep undo` brings its files back"),
            Self::Busy => formatter.write_str("is in use: another flag-sweep writes to this project"),
            Self::Journal(error) => write!(formatter, "the journal cannot be written or read: {error}"),
        }
    }
}

/// What became of a set of targets.
#[derive(Debug, Default)]
pub struct Written {
    /// Files that now hold the new text: all of the targets, or none unless `stuck`.
    pub written: Vec<PathBuf>,
    /// What went wrong, by file. When there is anything, what was written before was put back.
    pub refused: Vec<Refusal>,
    /// Files that hold the new text and could not be put back; `flag-sweep undo` may do it.
    pub stuck: Vec<PathBuf>,
    /// Temporary files that could not be removed. They change no result.
    pub litter: Vec<PathBuf>,
}

impl Written {
    fn refuse(&mut self, path: &Path, reason: Reason) {
        self.refused.push(Refusal { path: path.to_owned(), reason });
    }
}

/// Writes all targets or none. `root` is canonical.
pub fn write(root: &Path, targets: &[Target<'_>]) -> Written {
    let changes: Vec<Change<'_>> = targets
        .iter()
        .map(|target| Change { path: target.path, old: Some(target.before), new: target.after, mode: None })
        .collect();
    transaction(&Os, root, &changes)
}

/// Whether a removal was interrupted in this project, and can be undone.
pub fn is_unfinished(root: &Path) -> bool {
    Home::of(root).is_unfinished()
}

/// One file of a transaction. Undoing one is another with `old` and `new` exchanged.
#[derive(Clone, Copy, Debug)]
struct Change<'a> {
    path: &'a Path,
    old: Option<&'a str>,
    new: Option<&'a str>,
    /// The mode of a file that is made anew.
    mode: Option<u32>,
}

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing but its temporary file, if it has one, exists.
    Untouched,
    /// It has changed places with the temporary file, which holds what was there.
    Exchanged,
    /// It was moved to the name of the temporary file.
    Moved,
    /// It has the new text, and what was there is gone: the file system cannot exchange names, or nothing was there.
    Replaced,
}

struct Step<'a> {
    change: Change<'a>,
    full: PathBuf,
    staged: PathBuf,
    stage: Stage,
}

fn transaction(disk: &dyn Disk, root: &Path, changes: &[Change<'_>]) -> Written {
    let mut result = Written::default();
    let mut seen = HashSet::new();
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut entries = Vec::new();
    let salt = salt();
    for change in changes.iter().filter(|change| change.old != change.new) {
        match check(disk, root, change) {
            Ok(full) => {
                // Where names differ in case only, two targets may be one file: it is written once.
                if !seen.insert(disk.canonicalize(&full).unwrap_or_else(|_| full.clone())) {
                    continue;
                }
                let name = staged_name(salt, steps.len());
                let mode = change.mode.or_else(|| mode(disk, &full));
                let staged = full.with_file_name(&name);
                entries.push(Entry::new(change.path, name, change.old, change.new, mode));
                steps.push(Step { change: *change, full, staged, stage: Stage::Untouched });
            }
            Err(reason) => result.refuse(change.path, reason),
        }
    }
    if !result.refused.is_empty() || steps.is_empty() {
        return result;
    }
    let home = Home::of(root);
    let here = home.directory().strip_prefix(root).unwrap_or(home.directory()).to_owned();
    let lock = match home.lock(disk) {
        Ok(lock) => lock,
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            result.refuse(&here, Reason::Busy);
            return result;
        }
        Err(error) => {
            result.refuse(&here, Reason::Journal(error));
            return result;
        }
    };
    if home.is_unfinished() {
        result.refuse(&here, Reason::Unfinished);
        return result;
    }
    if let Err(error) = home.begin(disk, &Journal::new(entries)) {
        // It may be there although the directory did not reach the disk.
        if home.is_unfinished() {
            let _ = home.abandon(disk);
        }
        result.refuse(&here, Reason::Journal(error));
        return result;
    }
    match carry_out(disk, root, &mut steps) {
        Ok(()) => {
            for step in &steps {
                // What was there before is in the journal as well.
                if step.stage != Stage::Replaced && disk.remove(&step.staged).is_err() {
                    result.litter.push(step.staged.clone());
                }
                result.written.push(step.change.path.to_owned());
            }
            if let Err(error) = home.finish(disk) {
                result.refuse(&here, Reason::Journal(error));
            }
        }
        Err((path, reason)) => {
            result.refuse(&path, reason);
            for step in steps.iter_mut().rev() {
                match put_back(disk, step) {
                    Ok(true) => {}
                    Ok(false) => result.refuse(step.change.path, Reason::Changed),
                    Err(_) => result.stuck.push(step.change.path.to_owned()),
                }
            }
            result.stuck.reverse();
            // What is stuck is left to `undo`.
            if result.stuck.is_empty()
                && let Err(error) = sync_directories(disk, &steps).and_then(|()| home.abandon(disk))
            {
                result.refuse(&here, Reason::Journal(error));
            }
        }
    }
    drop(lock);
    result
}

type Failure = (PathBuf, Reason);

/// New texts to the disk, then names, then a last look at what was replaced.
fn carry_out(disk: &dyn Disk, root: &Path, steps: &mut [Step<'_>]) -> Result<(), Failure> {
    let failed = |step: &Step<'_>, error| (step.change.path.to_owned(), Reason::Failed(error));
    for step in &*steps {
        if let Some(text) = step.change.new {
            let like = step.change.old.is_some().then_some(step.full.as_path());
            stage(disk, &step.staged, text, like, step.change.mode).map_err(|error| failed(step, error))?;
        }
    }
    for step in &mut *steps {
        // The first check was some writes ago.
        check(disk, root, &step.change).map_err(|reason| (step.change.path.to_owned(), reason))?;
        swap(disk, step).map_err(|error| failed(step, error))?;
        untouched(disk, step)?;
    }
    if let Err(error) = sync_directories(disk, steps) {
        return Err((steps[0].change.path.to_owned(), Reason::Failed(error)));
    }
    // An editor that had a file open may have written to what is about to be removed.
    steps.iter().try_for_each(|step| untouched(disk, step))
}

/// Whether what was replaced is what was read.
fn untouched(disk: &dyn Disk, step: &Step<'_>) -> Result<(), Failure> {
    if !matches!(step.stage, Stage::Exchanged | Stage::Moved) {
        return Ok(());
    }
    match disk.read(&step.staged) {
        Ok(bytes) if Some(bytes.as_slice()) == step.change.old.map(str::as_bytes) => Ok(()),
        Ok(_) => Err((step.change.path.to_owned(), Reason::Changed)),
        Err(error) => Err((step.change.path.to_owned(), Reason::Failed(error))),
    }
}

/// A new text under a temporary name, on the disk.
fn stage(disk: &dyn Disk, path: &Path, text: &str, like: Option<&Path>, mode: Option<u32>) -> io::Result<()> {
    let mut file = disk.create(path)?;
    disk.append(&mut file, text.as_bytes())?;
    match (like, mode) {
        (Some(like), _) => disk.resemble(&file, like)?,
        (None, Some(mode)) => disk.set_mode(&file, mode)?,
        (None, None) => {}
    }
    disk.sync(&file)
}

fn swap(disk: &dyn Disk, step: &mut Step<'_>) -> io::Result<()> {
    let Step { change, full, staged, stage } = step;
    *stage = match (change.old, change.new) {
        (_, None) => {
            disk.move_new(full, staged)?;
            Stage::Moved
        }
        (None, Some(_)) => {
            disk.move_new(staged, full)?;
            Stage::Replaced
        }
        (Some(_), Some(_)) => match disk.exchange(staged, full) {
            Ok(()) => Stage::Exchanged,
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                disk.replace(staged, full)?;
                Stage::Replaced
            }
            Err(error) => return Err(error),
        },
    };
    Ok(())
}

/// Takes one step back. `Ok(false)`: somebody changed the file after us, and what they wrote stays.
fn put_back(disk: &dyn Disk, step: &mut Step<'_>) -> io::Result<bool> {
    let Step { change, full, staged, stage } = step;
    let ours = |path: &Path| disk.read(path).is_ok_and(|bytes| Some(bytes.as_slice()) == change.new.map(str::as_bytes));
    let put = match *stage {
        Stage::Untouched => true,
        Stage::Exchanged if !ours(full) => false,
        Stage::Exchanged => {
            disk.exchange(staged, full)?;
            let put = ours(staged);
            if !put {
                // It was changed between the two: what is newer wins.
                disk.exchange(staged, full)?;
            }
            put
        }
        Stage::Moved => match disk.move_new(staged, full) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            other => other.map(|()| true)?,
        },
        Stage::Replaced if !ours(full) => false,
        Stage::Replaced => {
            match change.old {
                None => disk.remove(full)?,
                Some(old) => {
                    self::stage(disk, staged, old, Some(full), None)?;
                    disk.replace(staged, full)?;
                }
            }
            true
        }
    };
    *stage = Stage::Untouched;
    if disk.metadata(staged).is_ok() {
        disk.remove(staged)?;
    }
    Ok(put)
}

fn sync_directories(disk: &dyn Disk, steps: &[Step<'_>]) -> io::Result<()> {
    let directories: BTreeSet<&Path> = steps.iter().filter_map(|step| step.full.parent()).collect();
    directories.into_iter().try_for_each(|directory| disk.sync_directory(directory))
}

/// The file behind a change, when it may be written.
fn check(disk: &dyn Disk, root: &Path, change: &Change<'_>) -> Result<PathBuf, Reason> {
    let full = place(disk, root, change.path)?;
    let metadata = match disk.metadata(&full) {
        Err(error) if error.kind() == ErrorKind::NotFound && change.old.is_none() => return Ok(full),
        other => other.map_err(Reason::Failed)?,
    };
    if metadata.is_symlink() {
        return Err(Reason::SymbolicLink);
    }
    if !metadata.is_file() {
        return Err(Reason::NotAFile);
    }
    let names = link_count(&metadata);
    if names > 1 {
        return Err(Reason::HardLinks(names));
    }
    let bytes = disk.read(&full).map_err(Reason::Failed)?;
    if Some(bytes.as_slice()) != change.old.map(str::as_bytes) {
        return Err(Reason::Changed);
    }
    Ok(full)
}

/// Where a path leads: links among the parent directories are resolved, the name itself is left as it is.
fn place(disk: &dyn Disk, root: &Path, path: &Path) -> Result<PathBuf, Reason> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(Reason::OutsideRoot) };
    let parent = disk.canonicalize(&root.join(parent)).map_err(Reason::Failed)?;
    let full = parent.join(name);
    if full.strip_prefix(root).is_ok_and(is_inside) { Ok(full) } else { Err(Reason::OutsideRoot) }
}

/// Different from run to run, so that what a killed one left is in nobody's way.
fn salt() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    let hash = RandomState::new().hash_one(std::process::id());
    u32::try_from(hash & u64::from(u32::MAX)).expect("the value was masked to 32 bits")
}

#[cfg(unix)]
fn mode(disk: &dyn Disk, path: &Path) -> Option<u32> {
    disk.metadata(path).ok().map(|metadata| std::os::unix::fs::MetadataExt::mode(&metadata) & 0o7777)
}

#[cfg(not(unix))]
fn mode(_disk: &dyn Disk, _path: &Path) -> Option<u32> {
    None
}

#[cfg(unix)]
fn link_count(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

/// Other systems do not tell without opening the file; a replaced name there only splits from its siblings.
#[cfg(not(unix))]
fn link_count(_metadata: &fs::Metadata) -> u64 {
    1
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::{Path, PathBuf};

    use super::{Target, write};

    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a scratch directory can be made");
        let root = directory.path().canonicalize().expect("it exists");
        (directory, root)
    }

    fn put(root: &Path, name: &str, text: &str) {
        fs::write(root.join(name), text).expect("the scratch directory is writable");
    }

    fn text(root: &Path, name: &str) -> String {
        fs::read_to_string(root.join(name)).expect("the file exists")
    }

    fn target<'a>(path: &'a str, before: &'a str, after: &'a str) -> Target<'a> {
        Target { path: Path::new(path), before, after: Some(after) }
    }

    #[test]
    fn files_are_replaced_and_keep_their_mode() {
        let (_guard, root) = scratch();
        put(&root, "a.py", "old");
        put(&root, "gone.py", "old");
        fs::set_permissions(root.join("a.py"), fs::Permissions::from_mode(0o750)).expect("we own it");
        let delete = Target { path: Path::new("gone.py"), before: "old", after: None };
        let result = write(&root, &[target("a.py", "old", "new"), delete]);
        assert!(result.refused.is_empty(), "{result:?}");
        assert_eq!(text(&root, "a.py"), "new");
        assert!(!root.join("gone.py").exists());
        let mode = fs::metadata(root.join("a.py")).expect("it exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o750);
        let left: Vec<_> = fs::read_dir(&root).expect("it exists").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(left.len(), 2, "the file and the journal, no temporary file: {left:?}");
    }

    #[test]
    fn one_refusal_keeps_all_files() {
        let (_guard, root) = scratch();
        let (_other, outside) = scratch();
        for name in ["a.py", "changed.py", "linked.py"] {
            put(&root, name, "old");
        }
        put(&outside, "b.py", "old");
        fs::create_dir_all(root.join(".git/hooks")).expect("it is writable");
        put(&root, ".git/hooks/a.py", "old");
        symlink(root.join("a.py"), root.join("link.py")).expect("links can be made");
        symlink(&outside, root.join("away")).expect("links can be made");
        fs::hard_link(root.join("linked.py"), root.join("twin.py")).expect("links can be made");
        for (path, before, reason) in [
            ("changed.py", "older", "was changed by somebody else"),
            ("link.py", "old", "is a symbolic link"),
            ("away/b.py", "old", "lies outside the project root"),
            ("../b.py", "old", "lies outside the project root"),
            ("linked.py", "old", "has 2 names"),
            ("missing.py", "old", "cannot be written"),
            ("away", "old", "is a symbolic link"),
            (".git/hooks/a.py", "old", "lies outside the project root"),
        ] {
            let result = write(&root, &[target("a.py", "old", "new"), target(path, before, "new")]);
            assert_eq!(result.refused.len(), 1, "{path}");
            assert!(result.refused[0].reason.to_string().starts_with(reason), "{path}: {}", result.refused[0].reason);
            assert_eq!(text(&root, "a.py"), "old", "{path}");
        }
        assert_eq!(text(&outside, "b.py"), "old");
    }
}
