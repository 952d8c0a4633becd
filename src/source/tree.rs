//! A commit's files in a directory, to be looked at like any project. Owns reading them from the repository, with gix only:
//! nothing is checked out, no filter or program of the repository runs, and links are left out.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use gix::bstr::ByteSlice;

use super::read::BlobId;

/// Where a name and the current commit part, and how the project lies in the repository.
#[derive(Debug)]
pub struct MergeBase {
    repository: gix::Repository,
    commit: gix::ObjectId,
    /// The project root, relative to the work tree.
    prefix: PathBuf,
}

impl MergeBase {
    /// The merge base of the current commit and the named one.
    ///
    /// # Errors
    /// When there is no repository, the name means nothing, or the two share no history that is here.
    pub fn find(root: &Path, name: &str) -> Result<Self> {
        let repository = super::git::open(root).map_err(|_| anyhow!("there is no git repository here"))?;
        let work_tree = repository.workdir().and_then(|path| path.canonicalize().ok());
        let work_tree = work_tree.context("the git repository has no work tree")?;
        let prefix = root.strip_prefix(&work_tree).context("the project lies outside of the repository")?.to_owned();
        let shallow = if repository.is_shallow().unwrap_or(false) {
            "; the clone is shallow, so fetch its history first (in GitHub Actions: `fetch-depth: 0`)"
        } else {
            ""
        };
        let other = repository
            .rev_parse_single(name)
            .map_err(|_| anyhow!("git knows no commit by that name{shallow}"))?
            .object()
            .and_then(gix::Object::peel_tags_to_end)
            .ok()
            .and_then(|object| object.try_into_commit().ok())
            .with_context(|| format!("it names no commit{shallow}"))?
            .id;
        let head = repository.head_id().context("there is no commit yet")?.detach();
        let commit = repository
            .merge_base(head, other)
            .ok()
            .flatten()
            .with_context(|| format!("it shares no history with the current commit{shallow}"))?
            .detach();
        Ok(Self { repository, commit, prefix })
    }

    /// The commit.
    pub fn id(&self) -> Option<BlobId> {
        self.commit.as_bytes().try_into().ok()
    }

    /// Writes the files of the project, as they were, below a directory. Larger files are left out, as every run does.
    ///
    /// # Errors
    /// When objects are missing or the directory cannot be written.
    pub fn export(&self, target: &Path, max_file_size: u64) -> Result<()> {
        let tree = self.repository.find_commit(self.commit)?.tree()?;
        let entries = tree.traverse().breadthfirst.files().context("cannot list the files of the merge base")?;
        for entry in entries.iter().filter(|entry| entry.mode.is_blob()) {
            let Ok(path) = gix::path::from_bstr(entry.filepath.as_bstr()) else { continue };
            let Ok(path) = path.strip_prefix(&self.prefix) else { continue };
            // A tree is made by others: nothing in it leads out of the directory.
            if !path.components().all(|part| matches!(part, Component::Normal(name) if !is_git(name))) {
                bail!("the merge base holds a file with a name that is none");
            }
            if self.repository.find_header(entry.oid)?.size() > max_file_size {
                continue;
            }
            let full = target.join(path);
            if let Some(parent) = full.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(full, &self.repository.find_object(entry.oid)?.data)?;
        }
        Ok(())
    }
}

fn is_git(name: &std::ffi::OsStr) -> bool {
    name.to_string_lossy().eq_ignore_ascii_case(".git")
}
