//! Lets every call to the operating system fail, or be the last one of the process, and looks at what is on the disk: each file
//! is the old or the new one, and after `undo` all are old or all are new. Owns the faults; what is asked of them is in
//! `docs/safety.md`. `FLAG_SWEEP_FAULTS=10000` sets how many are injected.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::disk::{Disk, Os};
use super::recover::undo_on;
use super::{Change, Reason, transaction};

/// What happens at the chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It fails, and those after it work.
    Once(ErrorKind),
    /// It and all after it fail, as on a disk that is full or was unplugged.
    FromThenOn(ErrorKind),
    /// The process dies before it.
    KillBefore,
    /// The process dies after it; a write has written a half.
    KillAfter,
    /// Somebody saves another text to the file with that number just before it, under a new inode or in place.
    Edit { file: usize, in_place: bool },
}

struct Faulty<'a> {
    root: &'a Path,
    at: usize,
    fault: Option<Fault>,
    calls: Cell<usize>,
    dead: Cell<bool>,
    log: RefCell<Vec<&'static str>>,
}

const EDITED: &str = "what the user saved meanwhile\n";

impl<'a> Faulty<'a> {
    fn new(root: &'a Path, at: usize, fault: Option<Fault>) -> Self {
        Self { root, at, fault, calls: Cell::new(0), dead: Cell::new(false), log: RefCell::default() }
    }

    /// Whether the process goes on after the call; an error is the call's result.
    fn call(&self, name: &'static str) -> io::Result<bool> {
        let number = self.calls.get();
        self.calls.set(number + 1);
        self.log.borrow_mut().push(name);
        let killed = || io::Error::other("the process is dead");
        if self.dead.get() {
            return Err(killed());
        }
        match self.fault {
            Some(Fault::Once(kind)) if number == self.at => Err(kind.into()),
            Some(Fault::FromThenOn(kind)) if number >= self.at => Err(kind.into()),
            Some(Fault::KillBefore) if number == self.at => {
                self.dead.set(true);
                Err(killed())
            }
            Some(Fault::KillAfter) if number == self.at => {
                self.dead.set(true);
                Ok(false)
            }
            Some(Fault::Edit { file, in_place }) if number == self.at => {
                let path = self.root.join(NAMES[file]);
                if in_place {
                    // A file that has just been removed or not been made yet has no inode to write to.
                    if path.exists() {
                        fs::write(path, EDITED)?;
                    }
                } else {
                    let new = self.root.join("editor-swap");
                    fs::write(&new, EDITED)?;
                    fs::rename(new, path)?;
                }
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    fn through<T>(&self, name: &'static str, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let lives = self.call(name)?;
        let result = work();
        if lives { result } else { Err(io::Error::other("the process is dead")) }
    }
}

impl Disk for Faulty<'_> {
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.through("canonicalize", || Os.canonicalize(path))
    }
    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.through("metadata", || Os.metadata(path))
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.through("read", || Os.read(path))
    }
    fn create(&self, path: &Path) -> io::Result<File> {
        self.through("create", || Os.create(path))
    }
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        match self.call("append") {
            Ok(true) => Os.append(file, bytes),
            // A half of it arrives.
            Ok(false) => Os.append(file, &bytes[..bytes.len() / 2]).and(Err(io::Error::other("the process is dead"))),
            Err(error) => {
                if !self.dead.get() {
                    Os.append(file, &bytes[..bytes.len() / 2])?;
                }
                Err(error)
            }
        }
    }
    fn resemble(&self, file: &File, like: &Path) -> io::Result<()> {
        self.through("resemble", || Os.resemble(file, like))
    }
    fn set_mode(&self, file: &File, mode: u32) -> io::Result<()> {
        self.through("set_mode", || Os.set_mode(file, mode))
    }
    fn sync(&self, _file: &File) -> io::Result<()> {
        // The memory of this machine outlives a process that is only said to be dead.
        self.through("sync", || Ok(()))
    }
    fn sync_directory(&self, _path: &Path) -> io::Result<()> {
        self.through("sync_directory", || Ok(()))
    }
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        self.through("exchange", || Os.exchange(one, other))
    }
    fn move_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.through("move_new", || Os.move_new(from, to))
    }
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.through("replace", || Os.replace(from, to))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.through("remove", || Os.remove(path))
    }
    fn make_directory(&self, path: &Path) -> io::Result<()> {
        self.through("make_directory", || Os.make_directory(path))
    }
}

/// A file system that cannot exchange names.
struct Plain<'a>(Faulty<'a>);

impl Disk for Plain<'_> {
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.0.canonicalize(path)
    }
    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.0.metadata(path)
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.read(path)
    }
    fn create(&self, path: &Path) -> io::Result<File> {
        self.0.create(path)
    }
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.0.append(file, bytes)
    }
    fn resemble(&self, file: &File, like: &Path) -> io::Result<()> {
        self.0.resemble(file, like)
    }
    fn set_mode(&self, file: &File, mode: u32) -> io::Result<()> {
        self.0.set_mode(file, mode)
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        self.0.sync(file)
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.0.sync_directory(path)
    }
    fn exchange(&self, _one: &Path, _other: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    fn move_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.move_new(from, to)
    }
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.replace(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }
    fn make_directory(&self, path: &Path) -> io::Result<()> {
        self.0.make_directory(path)
    }
}

/// Three that change, one that goes, below two directories.
const NAMES: [&str; 4] = ["a.py", "b.py", "src/c.py", "src/gone.py"];

fn old(name: &str) -> String {
    format!("old text of {name}, which is not short\n")
}

fn new(name: &str) -> Option<String> {
    (name != "src/gone.py").then(|| format!("new {name}\n"))
}

type Tree = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// Everything below a directory, journals and locks apart.
fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("it can be listed").flatten() {
            let path = entry.path();
            if path.ends_with(".flag-sweep-undo") {
                continue;
            }
            let metadata = fs::symlink_metadata(&path).expect("it exists");
            if metadata.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).expect("it lies below the root").to_owned();
                found.insert(name, (metadata.permissions().mode(), fs::read(&path).expect("it is readable")));
            }
        }
    }
    found
}

struct Case {
    _guard: tempfile::TempDir,
    root: PathBuf,
    old: Tree,
    new: Tree,
}

impl Case {
    fn new() -> Self {
        // In memory where there is such a place: what is counted here is calls, not disks.
        let memory = Path::new("/dev/shm");
        let guard = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let guard = guard.expect("a scratch directory can be made");
        let root = guard.path().canonicalize().expect("it exists");
        fs::create_dir(root.join("src")).expect("it is writable");
        for (number, name) in (0_u32..).zip(NAMES) {
            fs::write(root.join(name), old(name)).expect("it is writable");
            let mode = fs::Permissions::from_mode(0o640 + number);
            fs::set_permissions(root.join(name), mode).expect("it is ours");
        }
        fs::write(root.join("other.txt"), "nobody's business").expect("it is writable");
        let before = tree(&root);
        let after = before
            .iter()
            .filter_map(|(path, (mode, bytes))| {
                let name = path.to_str().expect("the names are UTF-8");
                let bytes = if NAMES.contains(&name) { new(name)?.into_bytes() } else { bytes.clone() };
                Some((path.clone(), (*mode, bytes)))
            })
            .collect();
        Self { _guard: guard, root, old: before, new: after }
    }

    fn write(&self, disk: &dyn Disk) -> super::Written {
        let texts: Vec<(String, Option<String>)> = NAMES.iter().map(|name| (old(name), new(name))).collect();
        let changes: Vec<Change<'_>> = NAMES
            .iter()
            .zip(&texts)
            .map(|(name, (old, new))| Change { path: Path::new(name), old: Some(old), new: new.as_deref(), mode: None })
            .collect();
        transaction(disk, &self.root, &changes)
    }

    /// Each file is the old or the new one, and nothing but temporary files was added.
    fn no_file_is_torn(&self, what: &str) {
        let now = tree(&self.root);
        for (path, found) in &now {
            let name = path.file_name().unwrap_or_default();
            let known = [self.old.get(path), self.new.get(path)].contains(&Some(found));
            assert!(known || super::journal::is_staged(name), "{what}: {} is torn: {found:?}", path.display());
        }
        for path in self.old.keys().filter(|path| !now.contains_key(*path)) {
            assert!(!self.new.contains_key(path), "{what}: {} is gone", path.display());
        }
    }

    fn is(&self, expected: &Tree, what: &str) {
        let now = tree(&self.root);
        let shown = |tree: &Tree| {
            let line = |(path, (mode, bytes)): (&PathBuf, &(u32, Vec<u8>))| {
                format!("{} {mode:o} {}", path.display(), String::from_utf8_lossy(bytes))
            };
            tree.iter().map(line).collect::<Vec<_>>()
        };
        assert!(now == *expected, "{what}: expected {:#?}, found {:#?}", shown(expected), shown(&now));
    }
}

/// How many faults are injected, by test.
fn budget(few: usize) -> usize {
    std::env::var("FLAG_SWEEP_FAULTS").ok().and_then(|text| text.parse().ok()).unwrap_or(few)
}

/// Runs a removal with each fault at each call, until the budget is spent; at least once with all of them.
fn every_fault(few: usize, faults: &[Fault], judge: impl Fn(&Case, &super::Written, &str), plain: bool) -> usize {
    let mut injected = 0;
    while injected < budget(few) {
        for fault in faults {
            for at in 0.. {
                let case = Case::new();
                let disk = Faulty::new(&case.root, at, Some(*fault));
                let (written, disk) = if plain {
                    let disk = Plain(disk);
                    (case.write(&disk), disk.0)
                } else {
                    (case.write(&disk), disk)
                };
                if disk.calls.get() <= at {
                    break;
                }
                let name = disk.log.borrow()[at];
                judge(&case, &written, &format!("{fault:?} at call {at} ({name})"));
                injected += 1;
            }
        }
    }
    println!("{injected} faults injected");
    injected
}

#[test]
fn without_a_fault_all_is_written_and_undone_and_done_again() {
    for plain in [false, true] {
        let case = Case::new();
        let disk = Faulty::new(&case.root, usize::MAX, None);
        let disk: Box<dyn Disk> = if plain { Box::new(Plain(disk)) } else { Box::new(disk) };
        let written = case.write(&*disk);
        assert!(written.refused.is_empty() && written.litter.is_empty(), "{written:?}");
        case.is(&case.new, "written");
        for expected in [&case.old, &case.new, &case.old] {
            let undone = undo_on(&*disk, &case.root);
            assert!(undone.found && !undone.interrupted && undone.refused.is_empty(), "{undone:?}");
            assert_eq!(undone.restored.len(), NAMES.len());
            case.is(expected, "undone");
        }
    }
}

#[test]
fn an_error_at_any_call_changes_nothing() {
    let errors = [
        Fault::Once(ErrorKind::StorageFull),
        Fault::Once(ErrorKind::FileTooLarge),
        Fault::Once(ErrorKind::PermissionDenied),
        Fault::Once(ErrorKind::ReadOnlyFilesystem),
    ];
    for plain in [false, true] {
        every_fault(
            100,
            &errors,
            |case, written, what| {
                case.no_file_is_torn(what);
                let failed = !written.refused.is_empty() || !written.litter.is_empty();
                let unimportant = ["metadata", "canonicalize"].iter().any(|call| what.contains(call));
                assert!(failed || unimportant || tree(&case.root) == case.new, "{what}: nobody is told");
                if written.stuck.is_empty() && written.litter.is_empty() && !written.written.is_empty() {
                    case.is(&case.new, what);
                } else if written.stuck.is_empty() && written.written.is_empty() {
                    let now: Tree = tree(&case.root);
                    for (path, found) in &case.old {
                        assert_eq!(now.get(path), Some(found), "{what}: {}", path.display());
                    }
                }
                settle(case, what);
            },
            plain,
        );
    }
}

#[test]
fn a_disk_that_is_gone_for_good_tears_no_file() {
    let faults = [ErrorKind::StorageFull, ErrorKind::Other, ErrorKind::ReadOnlyFilesystem].map(Fault::FromThenOn);
    for plain in [false, true] {
        every_fault(
            100,
            &faults,
            |case, written, what| {
                case.no_file_is_torn(what);
                assert!(!written.refused.is_empty() || !written.litter.is_empty(), "{what}: nobody is told");
                settle(case, what);
            },
            plain,
        );
    }
}

#[test]
fn a_process_that_is_killed_at_any_call_tears_no_file() {
    for plain in [false, true] {
        every_fault(
            100,
            &[Fault::KillBefore, Fault::KillAfter],
            |case, _, what| {
                case.no_file_is_torn(what);
                // The next removal does not start on what is left.
                if super::is_unfinished(&case.root) {
                    let next = case.write(&Faulty::new(&case.root, usize::MAX, None));
                    assert!(!next.refused.is_empty() && next.written.is_empty(), "{what}: {next:?}");
                }
                settle(case, what);
            },
            plain,
        );
    }
}

/// After `undo`, which may itself be killed at any call, all files are old or all are new.
fn settle(case: &Case, what: &str) {
    let was_unfinished = super::is_unfinished(&case.root);
    for at in 0.. {
        if !super::is_unfinished(&case.root) {
            break;
        }
        let disk = Faulty::new(&case.root, at, Some(Fault::KillBefore));
        let _ = undo_on(&disk, &case.root);
        case.no_file_is_torn(&format!("{what}, undone until call {at}"));
    }
    let now = tree(&case.root);
    if was_unfinished {
        case.is(&case.old, what);
        return;
    }
    // Temporary files that could not be removed are told of, and are no harm.
    let now: Tree =
        now.into_iter().filter(|(path, _)| !super::journal::is_staged(path.file_name().unwrap_or_default())).collect();
    assert!(now == case.old || now == case.new, "{what}: some files are old and some are new");
}

#[test]
fn what_somebody_saves_meanwhile_is_never_lost() {
    let edits: Vec<Fault> =
        (0..NAMES.len()).flat_map(|file| [false, true].map(|in_place| Fault::Edit { file, in_place })).collect();
    every_fault(
        200,
        &edits,
        |case, written, what| {
            let edited: Vec<PathBuf> = tree(&case.root)
                .into_iter()
                .filter(|(_, (_, bytes))| bytes == EDITED.as_bytes())
                .map(|(path, _)| path)
                .collect();
            let in_place = what.contains("in_place: true");
            // Nothing was there to be edited in place once the file had gone.
            let gone = in_place && what.contains("file: 3") && edited.is_empty();
            assert!(
                gone || edited.len() == 1 && NAMES.contains(&edited[0].to_str().unwrap_or_default()),
                "{what}: {edited:?} {written:?}"
            );
            let mut now = tree(&case.root);
            now.retain(|path, _| !edited.contains(path));
            let rest = |tree: &Tree| {
                let mut tree = tree.clone();
                tree.retain(|path, _| !edited.contains(path));
                tree
            };
            assert!(now == rest(&case.old) || now == rest(&case.new), "{what}: the others are mixed: {written:?}");
        },
        false,
    );
}

#[test]
fn a_parallel_editor_loses_nothing() {
    let mut conflicts = 0;
    for round in 0..budget(50) {
        let case = Case::new();
        let started = AtomicBool::new(false);
        let written = thread::scope(|scope| {
            let editor = scope.spawn(|| {
                started.store(true, Ordering::Release);
                for _ in 0..(round % 400) * 25 {
                    std::hint::spin_loop();
                }
                let path = case.root.join(NAMES[round % 3]);
                if round % 2 == 0 {
                    let new = case.root.join("editor-swap");
                    fs::write(&new, EDITED).and_then(|()| fs::rename(new, path)).expect("it is writable");
                } else {
                    fs::write(path, EDITED).expect("it is writable");
                }
            });
            while !started.load(Ordering::Acquire) {
                std::hint::spin_loop();
            }
            let written = case.write(&Faulty::new(&case.root, usize::MAX, None));
            editor.join().expect("the editor does not panic");
            written
        });
        conflicts += usize::from(!written.refused.is_empty());
        let kept = fs::read_to_string(case.root.join(NAMES[round % 3])).expect("it exists");
        assert_eq!(kept, EDITED, "round {round}: {written:?}");
    }
    println!("{} races, {conflicts} of them conflicts, 0 lost updates", budget(50));
}

#[test]
fn a_file_that_changed_since_is_not_undone() {
    let case = Case::new();
    let disk = Faulty::new(&case.root, usize::MAX, None);
    assert!(case.write(&disk).refused.is_empty());
    fs::write(case.root.join("b.py"), EDITED).expect("it is writable");
    let undone = undo_on(&disk, &case.root);
    assert!(undone.restored.is_empty() && matches!(undone.refused[0].reason, Reason::Changed), "{undone:?}");
    assert_eq!(fs::read_to_string(case.root.join("a.py")).ok(), new("a.py"));
}

#[test]
fn a_journal_that_came_with_the_project_reaches_no_other_file() {
    let outside = tempfile::tempdir().expect("a scratch directory can be made");
    fs::write(outside.path().join("x"), "secret").expect("it is writable");
    let away = outside.path().join("x").display().to_string();
    for (name, path, staged) in [
        ("last.json", "../x", ".flag-sweep-0-0.tmp"),
        ("last.json", away.as_str(), ".flag-sweep-0-0.tmp"),
        ("unfinished.json", ".git/hooks/pre-commit", ".flag-sweep-0-0.tmp"),
        ("unfinished.json", "src/.GIT/hooks/pre-commit", ".flag-sweep-0-0.tmp"),
        ("unfinished.json", "a.py", "../other.txt"),
        ("unfinished.json", "a.py", "other.txt"),
        ("unfinished.json", "link/x", ".flag-sweep-0-0.tmp"),
        ("last.json", "link/x", ".flag-sweep-0-0.tmp"),
    ] {
        let case = Case::new();
        std::os::unix::fs::symlink(outside.path(), case.root.join("link")).expect("links can be made");
        fs::create_dir(case.root.join(".flag-sweep-undo")).expect("it is writable");
        let entry =
            serde_json::json!({"path": path, "staged": staged, "before": "bad", "after": "secret", "mode": 0o755});
        let journal = serde_json::json!({"version": 1, "entries": [entry]}).to_string();
        fs::write(case.root.join(".flag-sweep-undo").join(name), journal).expect("it is writable");
        let undone = undo_on(&Os, &case.root);
        assert!(!undone.refused.is_empty() && undone.restored.is_empty(), "{path}: {undone:?}");
        assert!(!case.root.join(".git").exists() && case.root.join("other.txt").exists());
        assert_eq!(fs::read_to_string(outside.path().join("x")).ok().as_deref(), Some("secret"));
    }
}

#[test]
fn a_home_that_leads_away_is_refused() {
    let outside = tempfile::tempdir().expect("a scratch directory can be made");
    let case = Case::new();
    std::os::unix::fs::symlink(outside.path(), case.root.join(".flag-sweep-undo")).expect("links can be made");
    let written = case.write(&Os);
    assert!(matches!(written.refused[0].reason, Reason::Journal(_)), "{written:?}");
    assert_eq!(fs::read_dir(outside.path()).expect("it can be listed").count(), 0);
    let victim = outside.path().join("victim");
    for name in ["lock", "new.json", "unfinished.json", "last.json", ".gitignore"] {
        let case = Case::new();
        let home = case.root.join(".flag-sweep-undo");
        fs::create_dir(&home).expect("it is writable");
        std::os::unix::fs::symlink(&victim, home.join(name)).expect("links can be made");
        let written = case.write(&Os);
        assert!(!victim.exists(), "{name}: {written:?}");
        let _ = undo_on(&Os, &case.root);
        assert!(!victim.exists(), "{name}");
    }
}
