//! Histories of a few commits: what they say, against what a run on a checkout of each commit says.

use std::path::{Path, PathBuf};

use jiff::civil::date;

use super::{flag, slips, traces, weeks};
use crate::diagnostic::Applicability;
use crate::registry;
use crate::report::rows;
use crate::report::testing;
use crate::run;
use crate::settings::Settings;
use crate::source::repository::Repository;
use crate::support::{self, Scratch};

/// A scratch directory whose commits have days.
struct Dated(Scratch);

impl std::ops::Deref for Dated {
    type Target = Scratch;

    fn deref(&self) -> &Scratch {
        &self.0
    }
}

impl Dated {
    fn new() -> Self {
        let scratch = Self(Scratch::new());
        scratch.git("2026-01-01", &["init", "-q", "-b", "main"]);
        scratch
    }

    fn git(&self, day: &str, arguments: &[&str]) {
        support::git(&self.root, Some(day), arguments);
    }

    fn commit(&self, day: &str, message: &str) {
        self.git(day, &["add", "-A"]);
        self.git(day, &["commit", "-qm", message]);
    }

    fn settings(&self) -> Settings {
        Settings {
            root: self.root.clone(),
            paths: vec![self.root.clone()],
            today: date(2026, 3, 2),
            registries: vec![self.root.join("flags.yaml")],
            max_file_size: 100_000,
            ..testing::settings()
        }
    }

    fn repository(&self) -> Repository {
        Repository::open(&self.root).expect("it is readable").expect("it has a commit")
    }
}

const HEAD: &str = "from UnleashClient import UnleashClient\nclient = UnleashClient()\n";

fn code(keys: &[&str]) -> String {
    let check = |key: &&str| {
        format!("def {key}():\n    if client.is_enabled(\"{key}\"):\n        return 1\n    x = 2\n    return x\n")
    };
    format!("{HEAD}{}", keys.iter().map(check).collect::<String>())
}

fn flags(ends: &str) -> String {
    format!("flags:\n  old: {{state: on, since: 2025-01-01, expires: {ends}}}\n  young: 50%\n")
}

/// Five commits: flags come, a file moves, one flag goes; ignored, hidden and broken files are among them.
fn project() -> Dated {
    let scratch = Dated::new();
    scratch.put("flags.yaml", flags("2026-02-01"));
    scratch.put("app/one.py", code(&["old", "young"]));
    scratch.put("app/generated/two.py", code(&["old"]));
    scratch.put(".gitignore", "generated/\n");
    scratch.put(".hidden/three.py", code(&["old"]));
    scratch.put("app/keys.py", "OLD_PAGE = \"old\"\n");
    scratch.git("2026-01-05", &["add", "-A", "-f"]);
    scratch.git("2026-01-05", &["commit", "-qm", "first"]);
    scratch.put("app/four.py", format!("from app.keys import OLD_PAGE\n{HEAD}print(client.is_enabled(OLD_PAGE))\n"));
    scratch.commit("2026-01-20", "by a constant");
    scratch.put("flags.yaml", flags("2026-05-01"));
    scratch.put("app/broken.py", "def (:\n");
    scratch.commit("2026-02-03", "not yet");
    scratch.git("2026-02-10", &["mv", "app/four.py", "app/five.py"]);
    scratch.commit("2026-02-10", "moved");
    scratch.put("app/one.py", code(&["young"]));
    scratch.git("2026-02-24", &["rm", "-q", "app/five.py"]);
    scratch.commit("2026-02-24", "old is gone");
    scratch
}

#[test]
fn weeks_are_what_a_run_on_a_checkout_says() {
    let scratch = project();
    let settings = scratch.settings();
    let series = weeks::series(&scratch.repository(), &settings, 52, &|_, _| ()).expect("it is readable");
    let days: Vec<&str> = series.weeks.iter().map(|week| week.day.as_str()).collect();
    assert_eq!((days.len(), days[0], days[days.len() - 1]), (9, "2026-01-05", "2026-03-02"));
    assert_eq!((series.weeks[0].debt.checks, series.weeks[0].debt.dead_lines), (2, 2));
    assert_eq!(series.problems, Vec::<String>::new());
    for week in series.weeks {
        scratch.git("2026-03-01", &["checkout", "-q", &week.commit]);
        let then = Settings { today: week.day.parse().expect("it is a day"), ..settings.clone() };
        let outcome = run::run(&then, Applicability::Unsafe).expect("the project is fine");
        assert_eq!(weeks::Debt::of(&rows::rows(&outcome, &then), &outcome), week.debt, "{}", week.day);
    }
}

#[test]
fn removal_dates_that_move_are_counted_by_commit() {
    let scratch = project();
    let count = |scratch: &Dated, until: Option<&crate::source::read::BlobId>| {
        let found = slips::slips(&scratch.repository(), &scratch.settings(), until).expect("it is readable");
        let shown = |slip: &crate::settings::Slip| format!("{} {} {} {}", slip.flag, slip.first, slip.now, slip.times);
        (found.slips.iter().map(shown).collect::<Vec<_>>().join(", "), found.problems.len())
    };
    assert_eq!(count(&scratch, None), ("old 2026-02-01 2026-05-01 1".to_owned(), 0));
    let before = scratch.repository().head().expect("it is readable");
    // Earlier is no slip, a date that is away for a while is, and what is not committed counts.
    scratch.put("flags.yaml", flags("2026-04-01"));
    scratch.commit("2026-02-25", "sooner");
    scratch.put("flags.yaml", "flags: [");
    scratch.commit("2026-02-25", "broken");
    scratch.put("flags.yaml", flags("2026-04-01").replace(", expires: 2026-04-01", ""));
    scratch.commit("2026-02-26", "no date");
    scratch.put("flags.yaml", flags("2026-08-01"));
    assert_eq!(count(&scratch, None), ("old 2026-02-01 2026-08-01 2".to_owned(), 1));
    assert_eq!(count(&scratch, Some(&before.id)), ("old 2026-02-01 2026-05-01 1".to_owned(), 0));
}

#[test]
fn a_project_may_lie_below_the_top_of_its_repository() {
    let scratch = project();
    let settings = Settings {
        root: scratch.root.join("app"),
        paths: vec![scratch.root.join("app")],
        registries: Vec::new(),
        declared: Vec::new(),
        ..scratch.settings()
    };
    let repository = Repository::open(&settings.root).expect("it is readable").expect("it has a commit");
    let series = weeks::series(&repository, &settings, 6, &|_, _| ()).expect("it is readable");
    let checks: Vec<usize> = series.weeks.iter().map(|week| week.debt.checks).collect();
    // `app.keys` is `keys` from here, and the constant is found all the same or not at all, as on disk.
    scratch.git("2026-03-01", &["checkout", "-q", &series.weeks[3].commit]);
    let outcome = run::run(&settings, Applicability::Safe).expect("the project is fine");
    assert_eq!(checks[3], outcome.project.checks.len());
    assert_eq!(checks.last(), Some(&1));
}

fn life(scratch: &Dated, key: &str) -> flag::Life {
    flag::life(&scratch.repository(), &scratch.settings(), key, &|_, _| ()).expect("it is readable")
}

#[test]
fn a_life_has_every_commit_that_changed_the_checks() {
    let scratch = project();
    let life = life(&scratch, "old");
    let shown: Vec<_> = life
        .events
        .iter()
        .map(|event| {
            let sum = |paths: &std::collections::BTreeMap<PathBuf, usize>| paths.values().sum::<usize>();
            (event.commit.summary.as_str(), sum(&event.added), sum(&event.removed), event.checks)
        })
        .collect();
    assert_eq!(shown, [("first", 1, 0, 1), ("by a constant", 1, 0, 2), ("moved", 1, 1, 2), ("old is gone", 0, 2, 0)]);
    assert_eq!(life.extinct_since().map(|event| event.commit.day()), Some(date(2026, 2, 24)));
    assert_eq!(life.commits, 5);
}

#[test]
fn merges_do_what_their_branches_did() {
    let scratch = project();
    scratch.git("2026-02-25", &["checkout", "-q", "-b", "side"]);
    scratch.put("app/side.py", code(&["young"]));
    scratch.commit("2026-02-25", "on the side");
    scratch.git("2026-02-26", &["checkout", "-q", "main"]);
    scratch.put("other.txt", "x\n");
    scratch.commit("2026-02-26", "meanwhile");
    scratch.git("2026-02-27", &["merge", "-q", "--no-ff", "-m", "merged", "side"]);
    let life = life(&scratch, "young");
    let shown: Vec<&str> = life.events.iter().map(|event| event.commit.summary.as_str()).collect();
    assert_eq!(shown, ["first", "on the side"]);
    assert_eq!((life.checks, life.extinct_since().is_none()), (2, true));
}

#[test]
fn traces_need_no_scan() {
    let scratch = project();
    let repository = scratch.repository();
    let paths = ["app/one.py", "app/keys.py", "nowhere.py"].map(PathBuf::from).into_iter().collect();
    let authors = traces::last_authors(&repository, &paths).expect("it is readable");
    assert_eq!(authors.get(Path::new("app/one.py")).map(String::as_str), Some("Ann"));
    assert_eq!(authors.len(), 2);
    let keys = ["old", "young", "never"].map(str::to_owned).into_iter().collect();
    let days = traces::first_mentions(&repository, &keys).expect("it is readable");
    assert_eq!(days.get("old"), Some(&date(2026, 1, 5)));
    assert_eq!(days.len(), 2);
}

#[test]
fn a_part_of_a_longer_key_is_no_mention() {
    let scratch = project();
    scratch.put("app/two.py", "on('old-menu'), on('very_menu'), on('menus'), on('x.app.bar'), on('über')\n");
    scratch.commit("2026-02-25", "others");
    scratch.put("app/two.py", "flags.menu.on(), on('app.bar')\n");
    scratch.commit("2026-02-27", "themselves");
    let keys = ["menu", "app.bar", "x.app", "ber"].map(str::to_owned).into_iter().collect();
    let days = traces::first_mentions(&scratch.repository(), &keys).expect("it is readable");
    let found: Vec<_> = days.iter().map(|(key, day)| (key.as_str(), *day)).collect();
    assert_eq!(found, [("app.bar", date(2026, 2, 27)), ("menu", date(2026, 2, 27))]);
}

#[test]
fn there_may_be_no_history() {
    let guard = tempfile::tempdir().expect("a scratch directory can be made");
    assert!(Repository::open(guard.path()).expect("nothing is wrong").is_none());
    let scratch = Dated::new();
    assert!(Repository::open(&scratch.root).expect("nothing is wrong").is_none());
    assert!(registry::on_disk(&scratch.root.join("flags.yaml")).is_err());
}
