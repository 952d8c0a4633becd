//! Branches with one commit each, written beside the user's work: neither files, index nor the current branch change, no
//! hook or filter runs, and nothing is pushed. Owns names of branches that git takes, whatever a flag is called.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;

/// Where a repository gets branches.
#[derive(Debug)]
pub struct Branches {
    repository: gix::Repository,
    head: gix::ObjectId,
    tree: gix::ObjectId,
    /// The project root, relative to the work tree.
    prefix: PathBuf,
}

/// What becomes of a file of the commit.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Relative to the project root.
    pub path: &'a Path,
    /// Its text in the commit.
    pub before: &'a str,
    /// Its new text; `None` when it goes.
    pub after: Option<&'a str>,
}

impl Branches {
    /// Opens the repository of a project.
    ///
    /// # Errors
    /// When there is none, it has no commit, or nobody is named as the author of commits.
    pub fn open(root: &Path) -> Result<Self> {
        // The user's own configuration says who commits; no program that any configuration names is run for that.
        let options = gix::open::Options::default().permissions(gix::open::Permissions::secure());
        let trust = gix::sec::trust::Mapping { full: options.clone(), reduced: options };
        let repository = gix::ThreadSafeRepository::discover_opts(root, Default::default(), trust)
            .map_err(|_| anyhow!("there is no git repository here"))?
            .to_thread_local();
        let work_tree = repository.workdir().and_then(|path| path.canonicalize().ok());
        let work_tree = work_tree.context("the git repository has no work tree")?;
        let prefix = root.strip_prefix(&work_tree).context("the project lies outside of the repository")?.to_owned();
        let head = repository.head_id().context("there is no commit yet")?.detach();
        let tree = repository.find_commit(head)?.tree_id()?.detach();
        let named = matches!(repository.committer(), Some(Ok(_))) && matches!(repository.author(), Some(Ok(_)));
        if !named {
            bail!("git does not know who commits; set `git config user.name` and `git config user.email`");
        }
        Ok(Self { repository, head, tree, prefix })
    }

    /// Whether there is a branch of that name.
    pub fn exists(&self, branch: &str) -> bool {
        self.repository.try_find_reference(&format!("refs/heads/{branch}")).is_ok_and(|found| found.is_some())
    }

    /// Makes a branch with one commit on top of the current one.
    ///
    /// # Errors
    /// When the commit holds other bytes than a change says, or the repository cannot be written.
    pub fn commit(&self, branch: &str, message: &str, changes: &[Change<'_>]) -> Result<()> {
        let mut tree = self.tree;
        for change in changes {
            tree = self.with(tree, change)?.unwrap_or(gix::ObjectId::empty_tree(self.repository.object_hash()));
        }
        let (Some(Ok(committer)), Some(Ok(author))) = (self.repository.committer(), self.repository.author()) else {
            bail!("git does not know who commits");
        };
        let name = format!("refs/heads/{branch}");
        self.repository.commit_as(committer, author, name.as_str(), message, tree, [self.head])?;
        Ok(())
    }

    /// The tree with one file changed; `None` when nothing is left in it.
    fn with(&self, tree: gix::ObjectId, change: &Change<'_>) -> Result<Option<gix::ObjectId>> {
        let path = self.prefix.join(change.path);
        let mut names = Vec::new();
        for part in path.components() {
            match part {
                Component::Normal(name) => names.push(name.as_encoded_bytes().to_vec()),
                _ => bail!("{} is no path inside the repository", path.display()),
            }
        }
        // Down to the folder that holds the file, then up again with new identities.
        let mut folders = Vec::new();
        let mut current = tree;
        for (depth, name) in names.iter().enumerate() {
            let folder = self.repository.find_tree(current)?.decode()?.to_owned();
            let is_last = depth + 1 == names.len();
            let position = folder.entries.iter().position(|entry| {
                entry.filename.as_bytes() == name.as_slice() && (is_last || entry.mode.kind() == EntryKind::Tree)
            });
            let position = position.with_context(|| format!("{} is not in the current commit", path.display()))?;
            current = folder.entries[position].oid;
            folders.push((folder, position));
        }
        if self.repository.find_blob(current)?.data != change.before.as_bytes() {
            bail!("git holds other bytes of {} than the file has, be it other line ends", path.display());
        }
        let mut new = match change.after {
            Some(after) => Some(self.repository.write_blob(after)?.detach()),
            None => None,
        };
        for (mut folder, position) in folders.into_iter().rev() {
            match new {
                Some(id) => folder.entries[position].oid = id,
                None => drop(folder.entries.remove(position)),
            }
            new = match folder.entries.is_empty() {
                true => None,
                false => Some(self.repository.write_object(&folder)?.detach()),
            };
        }
        Ok(new)
    }
}

/// A name for the branch of a flag. Two flags never get the same one; `digest` tells those apart whose keys had to be changed.
pub fn name(key: &str, digest: &str) -> String {
    const LONGEST: usize = 80;
    let is_plain =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || "-_.".contains(character);
    let mut name: String = key.chars().take(LONGEST).map(|c| if is_plain(c) { c } else { '-' }).collect();
    while name.contains("..") {
        name = name.replace("..", ".");
    }
    let trimmed = name.trim_matches(['.', '-']);
    let trimmed = trimmed.strip_suffix(".lock").unwrap_or(trimmed).trim_end_matches(['.', '-']);
    // Letters of different case are one file on some systems, so that only lower case stays as it is.
    if trimmed == key && !key.is_empty() {
        return format!("flag-sweep/{trimmed}");
    }
    let digest = &digest[..digest.len().min(8)];
    match trimmed {
        "" => format!("flag-sweep/{digest}"),
        _ => format!("flag-sweep/{trimmed}-{digest}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use super::name;
    use crate::report::fingerprint::digest;

    #[test]
    fn every_key_has_a_branch_of_its_own_that_git_takes() {
        let keys = [
            "new-ui",
            "New-UI",
            "new ui",
            "new/ui",
            "new..ui",
            "new.ui",
            ".hidden",
            "-rf",
            "--force",
            "x.lock",
            "@{u}",
            "@",
            "",
            " ",
            "a~1",
            "a^",
            "a:b",
            "a?*[",
            "a\\b",
            "a\nb",
            "\u{1b}[31m",
            "ü日本",
            "../../x",
            "HEAD",
            "refs/heads/main",
            "a.",
            "a.lock.lock",
            "$(touch x)",
            "`id`",
            "a;b",
            "a|b",
            "a'b\"",
            "con",
            "x-",
        ];
        let mut seen = BTreeSet::new();
        for key in keys.into_iter().map(str::to_owned).chain([("k".repeat(5000)), format!("{}x", "k".repeat(4999))]) {
            let name = name(&key, &digest(&[&key]));
            assert!(seen.insert(name.clone()), "{name} is the branch of two flags");
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_./".contains(&byte))
            );
            let git = Command::new("git").args(["check-ref-format", "--branch", &name]).output().expect("git runs");
            assert!(git.status.success(), "git refuses {name}");
        }
        assert_eq!(name("new-ui", "0"), "flag-sweep/new-ui");
    }
}
