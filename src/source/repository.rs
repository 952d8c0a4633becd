//! The history of a project: commits, what changed in each, and the files of one, read from git objects with gix. No program
//! is run, whatever the repository configures, and nothing is written or checked out.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use gix::objs::tree::EntryKind;
use gix::objs::{FindExt, TreeRefIter};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::git;
use super::read::BlobId;
use super::snapshot::{Content, IGNORES, Snapshot};
use super::walk;
use crate::language;

/// Blobs are kept up to this many bytes together; what is more is read again when it is needed again.
const KEPT: usize = 1 << 30;
/// Trees and commits that gix keeps decoded, in bytes.
const CACHE: usize = 64 << 20;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its identity.
    pub id: BlobId,
    /// Those of its parents that the clone has.
    pub parents: Vec<BlobId>,
    /// When it was committed.
    pub time: Timestamp,
    /// Who wrote it.
    pub author: String,
    /// The first line of its message.
    pub summary: String,
    tree: BlobId,
}

impl Commit {
    /// The day it was committed on, in UTC.
    pub fn day(&self) -> Date {
        self.time.to_zoned(TimeZone::UTC).date()
    }

    /// The first characters of its identity, as git shows them.
    pub fn short(&self) -> String {
        hex(&self.id)[..12].to_owned()
    }
}

/// An identity as git writes it.
pub fn hex(id: &BlobId) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A regular file that differs between two trees, with what it holds in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From the top of the repository.
    pub path: PathBuf,
    /// Before; `None` when it is new.
    pub before: Option<BlobId>,
    /// After; `None` when it went.
    pub after: Option<BlobId>,
}

/// What was read, and how much that is.
#[derive(Default)]
struct Blobs {
    kept: HashMap<BlobId, Arc<[u8]>>,
    size: usize,
}

/// The repository that a project lies in.
pub struct Repository {
    git: gix::Repository,
    top: PathBuf,
    prefix: PathBuf,
    outside: Vec<Arc<Gitignore>>,
    blobs: RefCell<Blobs>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Repository").field("top", &self.top).finish_non_exhaustive()
    }
}

struct Entry {
    path: PathBuf,
    kind: EntryKind,
    id: BlobId,
}

fn raw(id: &gix::oid) -> Option<BlobId> {
    id.as_bytes().try_into().ok()
}

fn object(id: &BlobId) -> gix::ObjectId {
    gix::ObjectId::from_bytes_or_panic(id)
}

impl Repository {
    /// The repository around a project's root; `None` when there is none, or no commit in it.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn open(root: &Path) -> Result<Option<Self>> {
        let mut git = match git::open(root) {
            Ok(git) => git,
            Err(git::Reason::NoRepository) => return Ok(None),
            Err(reason) => return Err(anyhow!("the project lies {}", reason.words())),
        };
        git.object_cache_size_if_unset(CACHE);
        let Some(top) = git.workdir().and_then(|path| path.canonicalize().ok()) else { return Ok(None) };
        let Ok(prefix) = root.strip_prefix(&top).map(Path::to_owned) else { return Ok(None) };
        if git.head_id().is_err() {
            return Ok(None);
        }
        let mut excluded = GitignoreBuilder::new(&top);
        // What cannot be read ignores nothing, as in a walk on disk.
        let _ = excluded.add(git.common_dir().join("info/exclude"));
        let outside = excluded.build().ok().into_iter().chain([Gitignore::global().0]).map(Arc::new).collect();
        Ok(Some(Self { git, top, prefix, outside, blobs: RefCell::default() }))
    }

    /// Whether older commits exist than the clone has, as far as can be told.
    pub fn is_shallow(&self) -> bool {
        self.git.is_shallow().unwrap_or(true)
    }

    /// The commit that is checked out.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn head(&self) -> Result<Commit> {
        let id = self.git.head_id().context("the repository has no commit")?;
        self.commit(&raw(&id).context("the repository does not use SHA-1")?)
    }

    /// A commit.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn commit(&self, id: &BlobId) -> Result<Commit> {
        let unreadable = || format!("commit {} cannot be read", hex(id));
        let commit = self.git.find_commit(object(id)).with_context(unreadable)?;
        let decoded = commit.decode().with_context(unreadable)?;
        let time = decoded.committer().map(|committer| committer.seconds()).unwrap_or_default();
        let known = |parent: &BlobId| self.git.has_object(object(parent));
        Ok(Commit {
            id: *id,
            parents: decoded.parents().filter_map(|parent| raw(&parent)).filter(known).collect(),
            time: Timestamp::from_second(time).unwrap_or_default(),
            author: decoded.author().map(|author| author.name.to_string()).unwrap_or_default(),
            summary: decoded.message().summary().to_string(),
            tree: raw(&decoded.tree()).with_context(unreadable)?,
        })
    }

    /// All commits that led to the one that is checked out, newest first by the day of commit, that one first.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn commits(&self) -> Result<Vec<Commit>> {
        let head = self.head()?;
        let mut seen = std::collections::HashSet::from([head.id]);
        let mut waiting = std::collections::BinaryHeap::from([(head.time, head.id)]);
        let mut known = HashMap::from([(head.id, head)]);
        let mut commits = Vec::new();
        while let Some((_, id)) = waiting.pop() {
            let Some(commit) = known.remove(&id) else { continue };
            for parent in &commit.parents {
                if seen.insert(*parent) {
                    let parent = self.commit(parent)?;
                    waiting.push((parent.time, parent.id));
                    known.insert(parent.id, parent);
                }
            }
            commits.push(commit);
        }
        Ok(commits)
    }

    /// The commits that were checked out one after the other on the main line up to one, newest first.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn main_line(&self, last: Commit) -> Result<Vec<Commit>> {
        let mut commits = vec![last];
        while let Some(parent) = commits.last().and_then(|commit| commit.parents.first()) {
            commits.push(self.commit(parent)?);
        }
        Ok(commits)
    }

    /// The files in the folder of a tree.
    fn entries(&self, tree: &BlobId, folder: &Path) -> Result<Vec<Entry>> {
        let mut buffer = Vec::new();
        let unreadable = || format!("tree {} cannot be read", hex(tree));
        let found: TreeRefIter<'_> =
            self.git.objects.find_tree_iter(&object(tree), &mut buffer).with_context(unreadable)?;
        let mut entries = Vec::new();
        for entry in found {
            let entry = entry.map_err(|error| anyhow!("{}: {error}", unreadable()))?;
            let name =
                gix::path::from_bstr(entry.filename).map_err(|_| anyhow!("{}: a name is not text", unreadable()))?;
            let Some(id) = raw(entry.oid) else { continue };
            entries.push(Entry { path: folder.join(name), kind: entry.mode.kind(), id });
        }
        Ok(entries)
    }

    /// The regular files that differ between two commits, `None` standing for an empty tree.
    ///
    /// # Errors
    /// When a tree cannot be read.
    pub fn changes(&self, before: Option<&Commit>, after: &Commit) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        let mut folders = vec![(PathBuf::new(), before.map(|commit| commit.tree), Some(after.tree))];
        while let Some((folder, before, after)) = folders.pop() {
            if before == after {
                continue;
            }
            let mut sides: BTreeMap<PathBuf, [Option<Entry>; 2]> = BTreeMap::new();
            for (side, tree) in [before, after].into_iter().enumerate() {
                let Some(tree) = tree else { continue };
                for entry in self.entries(&tree, &folder)? {
                    let sides = sides.entry(entry.path.clone()).or_default();
                    sides[side] = Some(entry);
                }
            }
            for (path, sides) in sides {
                let of = |wanted: fn(EntryKind) -> bool| {
                    sides.each_ref().map(|side| side.as_ref().filter(|side| wanted(side.kind)).map(|side| side.id))
                };
                let [before, after] = of(|kind| kind == EntryKind::Tree);
                if before != after {
                    folders.push((path.clone(), before, after));
                }
                let [before, after] = of(|kind| matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable));
                if before != after {
                    changes.push(Change { path, before, after });
                }
            }
        }
        changes.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(changes)
    }

    /// The bytes of a blob.
    ///
    /// # Errors
    /// When the clone does not have it.
    pub fn blob(&self, id: &BlobId) -> Result<Arc<[u8]>> {
        if let Some(known) = self.blobs.borrow().kept.get(id) {
            return Ok(Arc::clone(known));
        }
        let found = self.git.find_blob(object(id));
        let bytes: Arc<[u8]> = found
            .with_context(|| format!("blob {} cannot be read: history needs a complete clone", hex(id)))?
            .data
            .as_slice()
            .into();
        let blobs = &mut *self.blobs.borrow_mut();
        if blobs.size + bytes.len() <= KEPT {
            blobs.size += bytes.len();
            blobs.kept.insert(*id, Arc::clone(&bytes));
        }
        Ok(bytes)
    }

    /// The files of a commit. Of those that no run looks at, and of larger ones than `max`, the bytes are left out.
    ///
    /// # Errors
    /// When the clone does not have one of them.
    pub fn snapshot(&self, commit: &Commit, max: u64) -> Result<Snapshot> {
        let mut files = BTreeMap::new();
        let mut folders = vec![(PathBuf::new(), commit.tree)];
        while let Some((folder, tree)) = folders.pop() {
            for entry in self.entries(&tree, &folder)? {
                match entry.kind {
                    EntryKind::Tree => folders.push((entry.path, entry.id)),
                    EntryKind::Blob | EntryKind::BlobExecutable => {
                        let content = self.content(&entry, max)?;
                        files.insert(entry.path, content);
                    }
                    EntryKind::Link | EntryKind::Commit => {}
                }
            }
        }
        Ok(Snapshot::new(files, self.top.clone(), self.prefix.clone(), self.outside.clone()))
    }

    fn content(&self, entry: &Entry, max: u64) -> Result<Content> {
        if !is_looked_at(&entry.path) {
            return Ok(Content { id: entry.id, bytes: None, size: 0 });
        }
        let known = self.blobs.borrow().kept.get(&entry.id).cloned();
        if let Some(bytes) = known {
            return Ok(Content { id: entry.id, size: bytes.len() as u64, bytes: Some(bytes) });
        }
        let header = self.git.find_header(object(&entry.id));
        let size = header.with_context(|| format!("blob {} cannot be read", hex(&entry.id)))?.size();
        let bytes = if size > max { None } else { Some(self.blob(&entry.id)?) };
        Ok(Content { id: entry.id, bytes, size })
    }

    /// The identity of what the commit's tree has at a path from the project's root; `None` when there is no such file.
    pub fn file_id(&self, commit: &Commit, path: &Path) -> Option<BlobId> {
        let tree = self.git.find_tree(object(&commit.tree)).ok()?;
        let entry = tree.lookup_entry_by_path(self.prefix.join(path)).ok().flatten()?;
        if !entry.mode().is_blob() {
            return None;
        }
        raw(&entry.object_id())
    }

    /// The bytes of that file.
    pub fn file(&self, commit: &Commit, path: &Path) -> Option<Arc<[u8]>> {
        self.blob(&self.file_id(commit, path)?).ok()
    }

    /// Whether a path lies below the project's root; then the path from there.
    pub fn in_project<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        path.strip_prefix(&self.prefix).ok()
    }
}

/// Whether a run may ask for what a file of that name holds.
fn is_looked_at(path: &Path) -> bool {
    let Some(ending) = path.extension().and_then(|ending| ending.to_str()) else { return true };
    language::by_path(path).is_some()
        || walk::may_declare(path)
        || matches!(ending, "json" | "toml" | "yaml" | "yml")
        || path.file_name().is_some_and(|name| IGNORES.iter().any(|ignore| name == *ignore))
}
