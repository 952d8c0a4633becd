//! A scratch directory with a project in it, and git for it. Owns what tests of several kinds need before they begin; what they
//! look at is theirs. Unit tests read this file as well.

#![allow(dead_code, reason = "no test needs all of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A directory that goes with the value.
pub(crate) struct Scratch {
    _guard: tempfile::TempDir,
    /// The directory, without links in its path.
    pub(crate) root: PathBuf,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let guard = tempfile::tempdir().expect("a scratch directory can be made");
        let root = guard.path().canonicalize().expect("it exists");
        Self { _guard: guard, root }
    }

    /// Writes a file, and makes its folders.
    pub(crate) fn put(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        put(&self.root, name, text);
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.root.join(name)).expect("the file exists")
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Output {
        git(&self.root, None, arguments)
    }

    /// Everything there is, as one commit.
    pub(crate) fn commit(&self) {
        self.git(&["init", "-q"]);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", "x"]);
    }
}

/// Writes a file below a directory, and makes its folders.
pub(crate) fn put(root: &Path, name: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("the name is below the root")).expect("it is writable");
    fs::write(path, text).expect("the directory is writable");
}

/// Runs git in a directory, on a day (`2026-01-31`, at noon) or today, and fails when git does.
#[track_caller]
pub(crate) fn git(root: &Path, day: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    // The tests may themselves run below a hook of git.
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    if let Some(day) = day {
        let time = format!("{day}T12:00:00Z");
        command.env("GIT_AUTHOR_DATE", &time).env("GIT_COMMITTER_DATE", &time);
    }
    let identity = ["-c", "user.name=Ann", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    let output = command.args(identity).args(arguments).current_dir(root).output().expect("git runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {told}");
    output
}
