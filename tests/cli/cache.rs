//! What is kept between runs, as a user meets it: nothing changes but the time, and nothing turns up in the project.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use libtest_mimic::Failed;

use super::{Case, Scratch, expect, told};

pub(super) const CASES: &[Case] = &[
    ("cache-makes-no-difference", cache_makes_no_difference),
    ("cache-is-not-for-changes", cache_is_not_for_changes),
    ("cache-that-cannot-be-written-is-no-error", cache_that_cannot_be_written_is_no_error),
    ("cache-in-the-project-is-not-used", cache_in_the_project_is_not_used),
    ("cache-is-cleaned", cache_is_cleaned),
];

/// A project of which enough is parsed for it to be worth keeping, and the user's directory.
struct Project {
    scratch: Scratch,
    home: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let scratch = Scratch::new();
        let filler = "def total(lines):\n    return sum(line.amount for line in lines)\n".repeat(800);
        for number in 0..3 {
            let check = format!("import waffle\n\nif waffle.switch_is_active(\"flag-{number}\"):\n    print(1)\n");
            scratch.put(format!("app/part{number}.py"), format!("{check}\n\n{filler}"));
        }
        scratch.put("flags.yaml", "flags:\n  flag-0: {state: on, since: 2025-01-01}\n  flag-1: 50%\n");
        Self { scratch, home: tempfile::tempdir().expect("a scratch directory can be made") }
    }

    fn directory(&self) -> PathBuf {
        self.home.path().join("flag-sweep")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.scratch.command(arguments);
        command.env("XDG_CACHE_HOME", self.home.path()).output().expect("the binary was built")
    }

    /// What is kept.
    fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.directory()) else { return Vec::new() };
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "facts")).collect()
    }
}

const CHECK: [&str; 5] = ["check", ".", "--today=2026-11-21", "--output-format=json", "--exit-zero"];

fn all(root: &Path) -> BTreeSet<PathBuf> {
    ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .build()
        .map(|entry| entry.expect("it can be listed").into_path())
        .collect()
}

fn cache_makes_no_difference() -> Result<(), Failed> {
    let project = Project::new();
    let before = all(&project.scratch.root);
    let without = project.run(&[&CHECK[..], &["--no-cache"]].concat());
    expect(&without, 0, "flag-0")?;
    assert!(!project.directory().exists(), "--no-cache keeps something");
    let first = project.run(&CHECK);
    assert_eq!(project.files().len(), 1);
    let second = project.run(&CHECK);
    assert_eq!((told(&first), told(&second)), (told(&without), told(&without)));
    assert_eq!(all(&project.scratch.root), before, "something turned up in the project");
    // Another text of the same length and time.
    let path = project.scratch.root.join("app/part1.py");
    let time = fs::metadata(&path)?.modified()?;
    project.scratch.put("app/part1.py", project.scratch.text("app/part1.py").replace("flag-1", "flag-7"));
    fs::File::options().write(true).open(&path)?.set_modified(time)?;
    let changed = project.run(&CHECK);
    expect(&changed, 0, "flag-7")?;
    assert_eq!(told(&changed), told(&project.run(&[&CHECK[..], &["--no-cache"]].concat())));
    // Elsewhere, when that is asked for.
    let elsewhere = project.home.path().join("elsewhere");
    project.run(&[&CHECK[..], &["--cache-dir", &elsewhere.display().to_string()]].concat());
    assert!(elsewhere.join("CACHEDIR.TAG").exists());
    Ok(())
}

/// What decides an edit is found out from the files alone.
fn cache_is_not_for_changes() -> Result<(), Failed> {
    let project = Project::new();
    for more in [
        &["--diff", "--exit-zero"][..],
        &["--output-format=rdjson", "--exit-zero"],
        &["--output", "sarif=flags.sarif", "--exit-zero"],
        &["--add-ignore=later", "--allow-dirty"],
        &["--fix", "--allow-dirty", "--exit-zero"],
    ] {
        let output = project.run(&[&["check", ".", "--today=2026-11-21"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        assert!(!project.directory().exists(), "{more:?} used the cache");
    }
    Ok(())
}

fn cache_that_cannot_be_written_is_no_error() -> Result<(), Failed> {
    let project = Project::new();
    let without = project.run(&[&CHECK[..], &["--no-cache"]].concat());
    fs::write(project.directory(), "a file in the place of the directory")?;
    assert_eq!(told(&project.run(&CHECK)), told(&without));
    expect(&project.run(&[&CHECK[..], &["-v"]].concat()), 0, "the cache was not written")
}

fn cache_in_the_project_is_not_used() -> Result<(), Failed> {
    let project = Project::new();
    let root = &project.scratch.root;
    let before = all(root);
    expect(
        &project.run(&[&CHECK[..], &["--cache-dir", ".flag-sweep-cache"]].concat()),
        2,
        "so a repository could bring its own",
    )?;
    let home = root.join(".cache");
    let inside = |more: &[&str]| {
        let mut command = project.scratch.command(&[&CHECK[..], more].concat());
        command.env("XDG_CACHE_HOME", &home).output().expect("the binary was built")
    };
    expect(&inside(&["-v"]), 0, "no cache is used")?;
    assert_eq!(told(&inside(&[])), told(&project.run(&CHECK)));
    assert_eq!(all(root), before);
    // The project may be a part of a repository.
    fs::create_dir(root.join(".git"))?;
    let part = [&CHECK[..1], &["app", "--root=app", "--cache-dir=kept", "--exit-zero"]].concat();
    expect(&project.run(&part), 2, "so a repository could bring its own")?;
    // A link that leads there is where it leads.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(root, project.home.path().join("link"))?;
        let link = project.home.path().join("link/kept").display().to_string();
        expect(&project.run(&[&CHECK[..], &["--cache-dir", &link]].concat()), 2, "lies in the project")?;
    }
    Ok(())
}

fn cache_is_cleaned() -> Result<(), Failed> {
    let project = Project::new();
    project.run(&CHECK);
    assert_eq!(project.files().len(), 1);
    expect(&project.run(&["clean"]), 0, "removed what was kept of 1 project")?;
    assert!(!project.directory().exists());
    expect(&project.run(&["clean"]), 0, "removed what was kept of 0 projects")
}
