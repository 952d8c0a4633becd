//! What was found in texts, kept between runs under a name that is made of everything it depends on. Owns these names, what is
//! kept and for how long; the bytes of the file are in `store`, and where it lies is for the command line to say. Nothing here
//! decides a result: whatever cannot be read is found out again.

#[cfg(test)]
mod forged;
mod store;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk;

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};
use std::{fmt, fs, io};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use store::Store;

/// The name of something that is kept: a digest of what it was made from, which nobody can make another text for.
pub type Name = [u8; 32];

/// Less new text than this is not worth a file: it is scanned in the time that writing takes.
const WORTH: usize = 64 << 10;

/// What was of no use for so many writes is dropped; until then a branch that one comes back to is known.
const MAX_AGE: u32 = 8;

/// The largest file that is read or written. What was of no use for longest is dropped first.
const MAX_BYTES: usize = 128 << 20;

/// Files of projects that nobody looked at for so long are removed.
const FORGOTTEN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Of how many projects there is a file at most.
const MAX_FILES: usize = 100;

/// How the names of its files end.
const ENDING: &str = ".facts";

/// How they begin while they are written.
const WRITING: &str = ".flag-sweep-";

/// What tells backup programs and git that a directory can be made again.
const MARKS: [(&str, &str); 2] = [
    (
        "CACHEDIR.TAG",
        "Signature: 8a477f597d28d172789f06886806bc55\n# What flag-sweep found in files. It can be removed at any time.\n",
    ),
    (".gitignore", "*\n"),
];

/// Puts a name together, part by part.
#[derive(Clone, Debug)]
pub struct Namer(Sha256);

impl Namer {
    /// For one kind of thing.
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).and(kind)
    }

    /// One more text: its length goes before it, so that parts do not run into each other.
    #[must_use]
    pub fn and(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// A list, whose length goes before it.
    #[must_use]
    pub fn list<T: AsRef<[u8]>>(self, parts: impl ExactSizeIterator<Item = T>) -> Self {
        let length = (parts.len() as u64).to_le_bytes();
        parts.fold(self.and(length), Self::and)
    }

    /// The name of all that.
    pub fn name(self) -> Name {
        self.0.finalize().into()
    }
}

/// What earlier runs found, or nothing. Copies are the same cache.
#[derive(Clone, Debug, Default)]
pub struct Cache(Option<Arc<Kept>>);

struct Kept {
    path: PathBuf,
    tool: Name,
    worth: usize,
    /// What is in the file, read when something is asked for.
    old: OnceLock<Store>,
    new: Mutex<HashMap<Name, Vec<u8>>>,
    /// Bytes of text for which there was nothing.
    missed: AtomicUsize,
}

impl fmt::Debug for Kept {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Kept").field("path", &self.path).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a thread that panicked left is still true: entries are put in whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cache {
    /// The cache of a project, in a file of its own below a directory. `tool` is what tells one program from another: what
    /// one of them found is nothing to the next. Nothing is read or made yet.
    pub fn new(directory: &Path, root: &Path, tool: &str) -> Self {
        let tool = Namer::new("tool").and(tool).name();
        let project = Namer::new("project").and(tool).and(root.as_os_str().as_encoded_bytes()).name();
        let mut file: String = project[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        file.push_str(ENDING);
        Self(Some(Arc::new(Kept::new(directory.join(file), tool, WORTH))))
    }

    /// The same, written however little is new.
    #[must_use]
    pub fn eager(self) -> Self {
        Self(self.0.map(|kept| Arc::new(Kept::new(kept.path.clone(), kept.tool, 0))))
    }

    /// How many entries of the file were of use.
    #[cfg(test)]
    fn hits(&self) -> usize {
        let old = self.0.as_ref().and_then(|kept| kept.old.get());
        old.map_or(0, |old| old.rows().filter(|(_, used, ..)| *used).count())
    }

    /// What is kept under a name, or else what is made now. `cost` is how many bytes have to be looked at to make it.
    pub fn get_or<T: Serialize + DeserializeOwned>(
        &self,
        name: impl FnOnce() -> Name,
        cost: usize,
        make: impl FnOnce() -> T,
    ) -> T {
        let Some(kept) = &self.0 else { return make() };
        let name = name();
        if let Some(known) = kept.find(&name) {
            return known;
        }
        let made = make();
        // What cannot be written as bytes is found out each time.
        if let Ok(bytes) = postcard::to_allocvec(&made) {
            kept.missed.fetch_add(cost, Ordering::Relaxed);
            lock(&kept.new).insert(name, bytes);
        }
        made
    }

    /// Keeps what is new, if it is worth a file.
    ///
    /// # Errors
    /// When the operating system refuses. Then the next run finds out again what this one did.
    pub fn save(&self) -> io::Result<()> {
        let Some(kept) = &self.0 else { return Ok(()) };
        let new = lock(&kept.new);
        if new.is_empty() || kept.missed.load(Ordering::Relaxed) < kept.worth {
            return Ok(());
        }
        let empty = Store::default();
        let old = kept.old.get().unwrap_or(&empty);
        let mut rows: Vec<(u32, &Name, &[u8])> = new.iter().map(|(name, bytes)| (0, name, bytes.as_slice())).collect();
        for (name, used, age, bytes) in old.rows() {
            let age = if used { 0 } else { age.saturating_add(1) };
            if age <= MAX_AGE && !new.contains_key(name) {
                rows.push((age, name, bytes));
            }
        }
        rows.sort_unstable_by_key(|(age, name, _)| (*age, *name));
        let mut size = 0;
        let fits = rows.partition_point(|(.., bytes)| {
            size += bytes.len() + store::ROW;
            size <= MAX_BYTES / 2
        });
        rows.truncate(fits);
        let directory = kept.path.parent().unwrap_or(Path::new("."));
        make_directory(directory)?;
        let mut file = tempfile::Builder::new().prefix(WRITING).suffix(ENDING).tempfile_in(directory)?;
        file.write_all(&store::write(&kept.tool, rows))?;
        // A rename: a link in its place is replaced, not followed, and who reads meanwhile sees the old file or the new one.
        file.persist(&kept.path).map_err(|error| error.error)?;
        forget(directory);
        Ok(())
    }
}

impl Kept {
    fn new(path: PathBuf, tool: Name, worth: usize) -> Self {
        Self { path, tool, worth, old: OnceLock::new(), new: Mutex::default(), missed: AtomicUsize::new(0) }
    }

    fn find<T: DeserializeOwned>(&self, name: &Name) -> Option<T> {
        if let Some(bytes) = lock(&self.new).get(name) {
            return postcard::from_bytes(bytes).ok();
        }
        let old = self.old.get_or_init(|| read(&self.path, &self.tool).unwrap_or_default());
        postcard::from_bytes(old.find(name)?).ok()
    }
}

/// What a file says, if it is one of ours and whole.
fn read(path: &Path, tool: &Name) -> Option<Store> {
    let about = fs::symlink_metadata(path).ok()?;
    let fits = usize::try_from(about.len()).is_ok_and(|size| size <= MAX_BYTES);
    if !about.is_file() || !fits {
        return None;
    }
    Store::parse(fs::read(path).ok()?, tool)
}

/// The directory. One that is made here tells backup programs and git to leave it alone; one that holds something already is
/// not ours to mark.
fn make_directory(directory: &Path) -> io::Result<()> {
    let mut make = fs::DirBuilder::new();
    make.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(directory)?;
    if fs::read_dir(directory)?.next().is_none() {
        for (name, text) in MARKS {
            fs::write(directory.join(name), text)?;
        }
    }
    Ok(())
}

/// Whether a name is one that the files here are given, whole or being written.
fn is_ours(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(ENDING) else { return false };
    stem.starts_with(WRITING) || stem.len() == 32 && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The files of a cache in a directory, with the time when each was written.
fn files(directory: &Path) -> Vec<(SystemTime, PathBuf)> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let entries = entries.filter_map(Result::ok).filter(|entry| entry.file_name().to_str().is_some_and(is_ours));
    let written = |entry: &fs::DirEntry| {
        let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        about.modified().ok()
    };
    entries.filter_map(|entry| Some((written(&entry)?, entry.path()))).collect()
}

/// Removes the files that nobody needs any more, those of writes that were interrupted among them.
fn forget(directory: &Path) {
    let mut files = files(directory);
    files.sort_unstable_by(|left, right| right.cmp(left));
    let is_old = |at: &SystemTime| at.elapsed().is_ok_and(|age| age > FORGOTTEN);
    for (_, path) in
        files.iter().enumerate().filter(|(rank, (at, _))| *rank >= MAX_FILES || is_old(at)).map(|(_, at)| at)
    {
        // Somebody else may have removed it, and whoever may not remove it leaves it.
        let _ = fs::remove_file(path);
    }
}

/// Removes all that a cache directory holds of ours, and the directory when nothing else is in it. Yields how many files of
/// projects there were.
///
/// # Errors
/// When the operating system refuses.
pub fn clean(directory: &Path) -> io::Result<usize> {
    let files = files(directory);
    for (_, path) in &files {
        fs::remove_file(path)?;
    }
    // What is not ours stays, and then so does what keeps it out of git.
    let is_mark = |entry: &fs::DirEntry| {
        let text = MARKS.iter().find(|(name, _)| entry.file_name() == *name).map(|(_, text)| *text);
        text.is_some() && fs::read_to_string(entry.path()).ok().as_deref() == text
    };
    if fs::read_dir(directory).is_ok_and(|entries| entries.filter_map(Result::ok).all(|entry| is_mark(&entry))) {
        for (name, _) in MARKS {
            let _ = fs::remove_file(directory.join(name));
        }
        let _ = fs::remove_dir(directory);
    }
    Ok(files.len())
}
