//! Puts changed texts back on disk. Owns every protection of the user's files: all targets are checked before the first
//! is written, each is replaced atomically, and what was written is put back when a later one fails. Does not know why a
//! file changes, nor about git (see `git`).

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use atomic_write_file::AtomicWriteFile;
use same_file::Handle;

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
    /// It resolves to a place outside the root.
    OutsideRoot,
    /// It is no regular file.
    NotAFile,
    /// The operating system refused.
    Failed(io::Error),
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => formatter.write_str("changed while flag-sweep ran; run it again"),
            Self::SymbolicLink => formatter.write_str("is a symbolic link; name the file that it points to"),
            Self::HardLinks(count) => {
                write!(formatter, "has {count} names (hard links), which replacing it would split; copy it first")
            }
            Self::OutsideRoot => formatter.write_str("lies outside the project root"),
            Self::NotAFile => formatter.write_str("is not a regular file"),
            Self::Failed(error) => write!(formatter, "cannot be written: {error}"),
        }
    }
}

/// What became of a set of targets.
#[derive(Debug, Default)]
pub struct Written {
    /// Files that now hold the new text.
    pub written: Vec<PathBuf>,
    /// Files that were not written, with the reason. When there are any, nothing else was written either, except for
    /// what `written` lists because it could not be put back.
    pub refused: Vec<Refusal>,
}

/// Writes all targets or none. `root` is canonical.
pub fn write(root: &Path, targets: &[Target<'_>]) -> Written {
    let mut result = Written::default();
    let mut seen = HashSet::new();
    let mut wanted = Vec::new();
    for target in targets {
        match check(root, target) {
            // Where names differ in case only, two targets may be one file: it is written once.
            Ok((full, handle)) => {
                if seen.insert(handle) {
                    wanted.push((target, full));
                }
            }
            Err(reason) => result.refused.push(Refusal { path: target.path.to_owned(), reason }),
        }
    }
    // Handles keep files open.
    drop(seen);
    if !result.refused.is_empty() {
        return result;
    }
    for (position, (target, full)) in wanted.iter().enumerate() {
        // The first check was some writes ago.
        let replaced = check(root, target).and_then(|_| replace(full, target.after).map_err(Reason::Failed));
        let Err(reason) = replaced else {
            result.written.push(target.path.to_owned());
            continue;
        };
        result.refused.push(Refusal { path: target.path.to_owned(), reason });
        result.written = put_back(&wanted[..position]);
        break;
    }
    result
}

/// Restores what was written; returns the files where that failed, or that somebody changed since.
fn put_back(written: &[(&Target<'_>, PathBuf)]) -> Vec<PathBuf> {
    let stuck = written.iter().filter(|(target, full)| {
        let ours = match target.after {
            Some(after) => fs::read(full).is_ok_and(|bytes| bytes == after.as_bytes()),
            None => !full.exists(),
        };
        !ours || replace(full, Some(target.before)).is_err()
    });
    stuck.map(|(target, _)| target.path.to_owned()).collect()
}

/// The file behind a target, when it may be written.
fn check(root: &Path, target: &Target<'_>) -> Result<(PathBuf, Handle), Reason> {
    let (Some(parent), Some(name)) = (target.path.parent(), target.path.file_name()) else {
        return Err(Reason::OutsideRoot);
    };
    // Links among the parent directories are resolved; the name itself must not be one.
    let parent = root.join(parent).canonicalize().map_err(Reason::Failed)?;
    if !parent.starts_with(root) {
        return Err(Reason::OutsideRoot);
    }
    let full = parent.join(name);
    let metadata = fs::symlink_metadata(&full).map_err(Reason::Failed)?;
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
    if fs::read(&full).map_err(Reason::Failed)? != target.before.as_bytes() {
        return Err(Reason::Changed);
    }
    let handle = Handle::from_path(&full).map_err(Reason::Failed)?;
    Ok((full, handle))
}

/// By temporary file in the same directory, fsync and rename; mode and, where permitted, owner are kept.
fn replace(path: &Path, text: Option<&str>) -> io::Result<()> {
    let Some(text) = text else { return fs::remove_file(path) };
    let mut file = AtomicWriteFile::open(path)?;
    file.write_all(text.as_bytes())?;
    file.commit()
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
        assert_eq!(fs::read_dir(&root).expect("it exists").count(), 1, "no temporary file is left");
    }

    #[test]
    fn one_refusal_keeps_all_files() {
        let (_guard, root) = scratch();
        let (_other, outside) = scratch();
        for name in ["a.py", "changed.py", "linked.py"] {
            put(&root, name, "old");
        }
        put(&outside, "b.py", "old");
        symlink(root.join("a.py"), root.join("link.py")).expect("links can be made");
        symlink(&outside, root.join("away")).expect("links can be made");
        fs::hard_link(root.join("linked.py"), root.join("twin.py")).expect("links can be made");
        for (path, before, reason) in [
            ("changed.py", "older", "changed while flag-sweep ran"),
            ("link.py", "old", "is a symbolic link"),
            ("away/b.py", "old", "lies outside the project root"),
            ("../b.py", "old", "lies outside the project root"),
            ("linked.py", "old", "has 2 names"),
            ("missing.py", "old", "cannot be written"),
            ("away", "old", "is a symbolic link"),
        ] {
            let result = write(&root, &[target("a.py", "old", "new"), target(path, before, "new")]);
            assert_eq!(result.refused.len(), 1, "{path}");
            assert!(result.refused[0].reason.to_string().starts_with(reason), "{path}: {}", result.refused[0].reason);
            assert_eq!(text(&root, "a.py"), "old", "{path}");
        }
        assert_eq!(text(&outside, "b.py"), "old");
    }

    #[test]
    fn a_failing_write_puts_the_earlier_ones_back() {
        let (_guard, root) = scratch();
        put(&root, "a.py", "old");
        // The longest name there is: the temporary file beside it cannot be made, whoever runs the test.
        let long = format!("{}.py", "b".repeat(252));
        put(&root, &long, "old");
        let result = write(&root, &[target("a.py", "old", "new"), target(&long, "old", "new")]);
        assert!(result.written.is_empty());
        assert!(result.refused[0].reason.to_string().starts_with("cannot be written"), "{result:?}");
        assert_eq!((text(&root, "a.py"), text(&root, &long)), ("old".into(), "old".into()));
    }
}
