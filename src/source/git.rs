//! Whether files are committed and unmodified, so that a fix can be undone. Owns reading the repository, with gix only:
//! no program is run, whatever the repository configures. Writes nothing.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use gix::bstr::BStr;
use gix::sec::trust::Mapping;

/// A file that git could not bring back, or that mixes with changes of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirty {
    /// As it was given.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

/// Why a file counts as dirty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It lies in no git repository.
    NoRepository,
    /// The repository cannot be read.
    UnreadableRepository,
    /// Git does not know it.
    Untracked,
    /// It differs from the index.
    Modified,
    /// The index differs from the last commit.
    Staged,
}

impl Reason {
    /// The words for messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoRepository => "in no git repository",
            Self::UnreadableRepository => "in a git repository that cannot be read",
            Self::Untracked => "not tracked by git",
            Self::Modified => "modified",
            Self::Staged => "staged but not committed",
        }
    }
}

/// Those of the files (relative to the root) that are not committed and unmodified.
pub fn dirty(root: &Path, files: &[&Path]) -> Vec<Dirty> {
    // Nested repositories are possible, so every directory is asked for its own; most share one.
    let mut by_directory: HashMap<PathBuf, usize> = HashMap::new();
    let mut by_work_tree: HashMap<PathBuf, usize> = HashMap::new();
    let mut repositories: Vec<Result<Repository, Reason>> = Vec::new();
    let mut found = Vec::new();
    for path in files {
        let full = root.join(path);
        let directory = full.parent().unwrap_or(root).to_owned();
        let index = *by_directory.entry(directory.clone()).or_insert_with(|| {
            let repository = Repository::discover(&directory);
            if let Ok(repository) = &repository
                && let Some(known) = by_work_tree.get(&repository.work_tree)
            {
                return *known;
            }
            if let Ok(repository) = &repository {
                by_work_tree.insert(repository.work_tree.clone(), repositories.len());
            }
            repositories.push(repository);
            repositories.len() - 1
        });
        let standing = match &repositories[index] {
            Ok(repository) => repository.standing(&full),
            Err(reason) => Err(*reason),
        };
        if let Err(reason) = standing {
            found.push(Dirty { path: path.to_path_buf(), reason });
        }
    }
    found
}

struct Repository {
    git: gix::Repository,
    index: gix::worktree::IndexPersistedOrInMemory,
    work_tree: PathBuf,
}

impl Repository {
    fn discover(directory: &Path) -> Result<Self, Reason> {
        let git = open(directory)?;
        let work_tree = git.workdir().and_then(|path| path.canonicalize().ok()).ok_or(Reason::NoRepository)?;
        let index = git.index_or_load_from_head_or_empty().map_err(|_| Reason::UnreadableRepository)?;
        Ok(Self { git, index, work_tree })
    }

    /// Whether the file is the same in the work tree, the index and the last commit.
    fn standing(&self, full: &Path) -> Result<(), Reason> {
        let relative = full.strip_prefix(&self.work_tree).map_err(|_| Reason::Untracked)?;
        let path =
            gix::path::to_unix_separators_on_windows(gix::path::into_bstr(relative).map_err(|_| Reason::Untracked)?);
        let path: &BStr = path.as_ref();
        let entry = self.index.entry_by_path(path).ok_or(Reason::Untracked)?;
        let bytes = fs::read(full).map_err(|_| Reason::Modified)?;
        let metadata = fs::metadata(full).map_err(|_| Reason::Modified)?;
        // With `core.autocrlf` the repository holds `\n`. A file whose time and size are as git left them, and that
        // is equal but for line ends, was not touched; whoever changed the line ends changed the size.
        let same = self.hash(&bytes) == Some(entry.id)
            || (is_as_git_left_it(&metadata, entry) && self.hash(&with_unix_line_ends(&bytes)) == Some(entry.id));
        if !same {
            return Err(Reason::Modified);
        }
        let committed = self
            .git
            .head_tree()
            .ok()
            .and_then(|tree| tree.lookup_entry_by_path(relative).ok().flatten())
            .is_some_and(|committed| committed.object_id() == entry.id);
        if committed { Ok(()) } else { Err(Reason::Staged) }
    }

    fn hash(&self, bytes: &[u8]) -> Option<gix::ObjectId> {
        gix::objs::compute_hash(self.git.object_hash(), gix::objs::Kind::Blob, bytes).ok()
    }
}

/// The repository around a directory.
pub(super) fn open(directory: &Path) -> Result<gix::Repository, Reason> {
    // Only the repository's own configuration, no environment, and no asking a `git` program for more.
    let options = gix::open::Options::default().permissions(gix::open::Permissions::isolated());
    let trust = Mapping { full: options.clone(), reduced: options };
    match gix::ThreadSafeRepository::discover_opts(directory, Default::default(), trust) {
        Ok(git) => Ok(git.to_thread_local()),
        Err(_) if has_git(directory) => Err(Reason::UnreadableRepository),
        Err(_) => Err(Reason::NoRepository),
    }
}

fn has_git(directory: &Path) -> bool {
    directory.ancestors().any(|ancestor| ancestor.join(".git").exists())
}

fn is_as_git_left_it(metadata: &Metadata, entry: &gix::index::Entry) -> bool {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let known = &entry.stat;
    metadata.len() == u64::from(known.size)
        && modified.is_some_and(|time| time.as_secs() == u64::from(known.mtime.secs))
}

fn with_unix_line_ends(bytes: &[u8]) -> Vec<u8> {
    let kept = |at: &usize| bytes[*at] != b'\r' || bytes.get(at + 1) != Some(&b'\n');
    (0..bytes.len()).filter(kept).map(|at| bytes[at]).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Reason, dirty};
    use crate::support::Scratch;

    /// A repository with two committed files.
    fn repository() -> Scratch {
        let scratch = Scratch::new();
        scratch.put("a.py", "a\n");
        scratch.put("src/b.py", "b\n");
        scratch.commit();
        scratch
    }

    impl Scratch {
        fn check(&self, name: &str, expected: Option<Reason>) {
            let found = dirty(&self.root, &[Path::new(name)]).first().map(|dirty| dirty.reason);
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn committed_and_unmodified_files_are_clean() {
        let scratch = repository();
        scratch.check("a.py", None);
        scratch.check("src/b.py", None);
        // What happens to other files does not matter.
        scratch.put("other.py", "x\n");
        scratch.put("src/b.py", "changed\n");
        scratch.check("a.py", None);
        // Neither does a touched time.
        scratch.put("a.py", "a\n");
        scratch.check("a.py", None);
    }

    #[test]
    fn everything_else_is_dirty() {
        let scratch = repository();
        scratch.put("a.py", "b\n");
        scratch.check("a.py", Some(Reason::Modified));
        scratch.git(&["add", "a.py"]);
        scratch.check("a.py", Some(Reason::Staged));
        scratch.put("new.py", "x\n");
        scratch.check("new.py", Some(Reason::Untracked));
        scratch.git(&["add", "-N", "new.py"]);
        scratch.check("new.py", Some(Reason::Modified));
        scratch.put(".git/index", "nonsense");
        scratch.check("a.py", Some(Reason::UnreadableRepository));
        Scratch::new().check("a.py", Some(Reason::NoRepository));
        let unborn = Scratch::new();
        unborn.git(&["init", "-q"]);
        unborn.put("a.py", "a\n");
        unborn.check("a.py", Some(Reason::Untracked));
        unborn.git(&["add", "a.py"]);
        unborn.check("a.py", Some(Reason::Staged));
    }

    #[test]
    fn converted_line_ends_are_no_modification() {
        let scratch = repository();
        scratch.git(&["config", "core.autocrlf", "true"]);
        fs::remove_file(scratch.root.join("a.py")).expect("it exists");
        scratch.git(&["checkout", "a.py"]);
        assert_eq!(fs::read(scratch.root.join("a.py")).expect("it exists"), b"a\r\n");
        scratch.check("a.py", None);
        scratch.put("src/b.py", "b\r\nc\r\n");
        scratch.check("src/b.py", Some(Reason::Modified));
    }

    #[test]
    fn nested_repositories_are_their_own() {
        let scratch = repository();
        scratch.git(&["init", "-q", "inner"]);
        scratch.put("inner/c.py", "c\n");
        scratch.check("inner/c.py", Some(Reason::Untracked));
        scratch.git(&["-C", "inner", "add", "c.py"]);
        scratch.git(&["-C", "inner", "commit", "-qm", "x"]);
        scratch.check("inner/c.py", None);
        scratch.check("a.py", None);
    }

    #[cfg(unix)]
    #[test]
    fn no_program_of_the_repository_runs() {
        use std::os::unix::fs::PermissionsExt;

        let scratch = repository();
        let canary = scratch.root.join("ran");
        scratch.put("hook.sh", format!("#!/bin/sh\ntouch '{}'\ncat\n", canary.display()));
        let hook = scratch.root.join("hook.sh");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("we own it");
        let hook = hook.to_str().expect("scratch paths are UTF-8");
        scratch.put(".git/info/attributes", "*.py filter=x diff=x\n");
        let text = fs::read_to_string(scratch.root.join(".git/config")).expect("it exists");
        let extra = format!(
            "[core]\n\tfsmonitor = {hook}\n\tpager = {hook}\n[filter \"x\"]\n\tclean = {hook}\n\tprocess = {hook}\n\
             [diff \"x\"]\n\ttextconv = {hook}\n"
        );
        scratch.put(".git/config", &(text + &extra));
        scratch.put("a.py", "a\n");
        scratch.check("a.py", None);
        assert!(!canary.exists());
    }
}
