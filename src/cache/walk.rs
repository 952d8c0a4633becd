//! A random walk: after every change of a small project, its report with the cache is the one without. `WALK=n` says how many
//! changes there are.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;

use clap::Parser as _;

use super::{Cache, files};
use crate::cli::args::{Cli, Command};
use crate::cli::settings::{Job, prepare};
use crate::diagnostic::Applicability;
use crate::report::json::{self, Fixed};
use crate::report::summary;
use crate::run;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap_or(0)
    }

    fn pick<'list, T: ?Sized>(&mut self, list: &[&'list T]) -> &'list T {
        list[self.roll(list.len())]
    }
}

/// Keys of equal length, so that one may take the place of the other without changing the size of a file.
const KEYS: [&str; 5] = ["new-tax", "new-nav", "old-nav", "dark-ui", "fast-io"];
/// Names of functions that ask for flags.
const ASKS: [&str; 3] = ["is_on", "is_up", "has_it"];

/// What a file may hold; `KEY` and `ASK` stand for one of those above.
const PYTHON: [&str; 8] = [
    "import waffle\n\ndef ASK(name):\n    return waffle.switch_is_active(name)\n",
    "import waffle\n\ndef view(request):\n    if waffle.flag_is_active(request, \"KEY\"):\n        return 1\n    return 2\n",
    "TAX = \"KEY\"\nNAV = \"KEY\"\nFLAGS = {\"KEY\": False, \"KEY\": True}\n",
    "from a0 import ASK\nfrom a1 import TAX\n\ndef f():\n    name = TAX\n    return 1 if ASK(name) else 2\n",
    "import a0\n\ndef g(x):\n    if a0.ASK(\"KEY\") and x:\n        return x\n    return a0.ASK(x)\n",
    "import waffle  # flag-sweep: ignore\n\non = waffle.switch_is_active(\"KEY\")\nnav = waffle.switch_is_active(\"KEY\")\n",
    "def broken(:\n    return waffle.switch_is_active(\"KEY\")\n",
    "import app\n\nvalue = app.special(\"KEY\")\nother = app.special(\"KEY\", 1)\n",
];
const TYPESCRIPT: [&str; 6] = [
    "import { useFlag } from \"@unleash/proxy-client-react\";\nexport const ASK = (name: string) => useFlag(name);\n",
    "import { useFlag } from \"@unleash/proxy-client-react\";\nexport function A() {\n  const on = useFlag(\"KEY\");\n  return on ? 1 : 2;\n}\n",
    "export const TAX = \"KEY\";\nexport enum Flag { Nav = \"KEY\", Ui = \"KEY\" }\n",
    "import { ASK } from \"./a0\";\nimport { TAX, Flag } from \"./a1\";\nexport const t = ASK(TAX) ? ASK(Flag.Nav) : ASK(\"KEY\");\n",
    "import { useFlag as asked } from \"@unleash/proxy-client-react\";\nexport const b = () => asked(\"KEY\") && asked(\"KEY\");\n",
    "// KEY is named here, and asked for nowhere\nexport const text = \"KEY\";\n",
];
const RUST: [&str; 4] = [
    "use open_feature::Client;\n\npub async fn ASK(client: &Client, name: &str) -> bool {\n    client.get_bool_value(name, None, None).await.unwrap_or(false)\n}\n",
    "use open_feature::Client;\n\npub async fn f(client: &Client) -> u8 {\n    if client.get_bool_value(\"KEY\", None, None).await.unwrap_or(false) { 1 } else { 2 }\n}\n",
    "use crate::a0::ASK;\n\npub const TAX: &str = \"KEY\";\npub async fn g(client: &open_feature::Client) -> bool {\n    ASK(client, TAX).await && ASK(client, \"KEY\").await\n}\n",
    "#[cfg(feature = \"KEY\")]\nmod a {}\npub const ALL: &[&str] = &[\"KEY\", \"KEY\"];\n",
];
const ENDINGS: [(&str, &[&str]); 3] = [("py", &PYTHON), ("ts", &TYPESCRIPT), ("rs", &RUST)];
const NUMBERS: usize = 4;

fn fill(template: &str, dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut rest = template;
    let ask = dice.pick(&ASKS);
    while let Some((before, after)) = rest.split_once("KEY") {
        text.push_str(before);
        text.push_str(dice.pick(&KEYS));
        rest = after;
    }
    text.push_str(rest);
    text.replace("ASK", ask)
}

fn path(dice: &mut Dice) -> (String, &'static [&'static str]) {
    let (ending, templates) = ENDINGS[dice.roll(ENDINGS.len())];
    (format!("a{}.{ending}", dice.roll(NUMBERS)), templates)
}

/// All files of a branch.
type Tree = BTreeMap<String, String>;

fn tree(dice: &mut Dice) -> Tree {
    let mut tree = Tree::new();
    for (ending, templates) in ENDINGS {
        for number in 0..NUMBERS {
            // Those that others import are there at first.
            let template =
                if number < 3 { templates[[0, 2, 3][number] % templates.len()] } else { dice.pick(templates) };
            tree.insert(format!("a{number}.{ending}"), fill(template, dice));
        }
    }
    tree
}

fn registry(dice: &mut Dice) -> String {
    let mut text = "flags:\n".to_owned();
    for key in KEYS.iter().filter(|_| dice.roll(5) > 0).collect::<Vec<_>>() {
        let state = dice.pick(&["on", "off", "50%"]);
        let expires = dice.pick(&["", ", expires: 2026-03-01", ", expires: 2026-04-01"]);
        text.push_str(&format!("  {key}: {{state: {state}, since: 2025-0{}-01{expires}}}\n", dice.roll(9) + 1));
    }
    text
}

fn configuration(dice: &mut Dice) -> String {
    let checks = dice.pick(&[
        "",
        "[[checks]]\nlanguage = \"python\"\npattern = \"app.special($KEY)\"\n",
        "[[checks]]\nlanguage = \"python\"\npattern = \"app.special($KEY, $_)\"\nnegated = true\n",
        "[[checks]]\nlanguage = \"python\"\npattern = \"app.special($KEY)\"\nkeys = \"new-*\"\n",
    ]);
    let staleness = dice.pick(&["", "[staleness]\nstale-after = \"300d\"\n", "exclude = [\"a3.*\"]\n"]);
    // A table of the file ends where the next begins.
    format!(
        "{}{checks}{}",
        if staleness.starts_with('e') { staleness } else { "" },
        if staleness.starts_with('[') { staleness } else { "" }
    )
}

struct Walk {
    guard: tempfile::TempDir,
    dice: Dice,
    branches: [Tree; 2],
    branch: usize,
    day: usize,
    /// What the last change was.
    did: String,
    /// Entries that were of use.
    hits: usize,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let branches = [tree(&mut dice), tree(&mut dice)];
        let guard = tempfile::tempdir().expect("a scratch directory can be made");
        let mut walk = Self { guard, dice, branches, branch: 0, day: 0, did: "start".to_owned(), hits: 0 };
        fs::create_dir(walk.root()).expect("it is new");
        walk.switch(0);
        let (flags, config) = (registry(&mut walk.dice), configuration(&mut walk.dice));
        walk.put("flags.yaml", &flags);
        walk.put("flag-sweep.toml", &config);
        walk
    }

    fn root(&self) -> PathBuf {
        self.guard.path().canonicalize().expect("it exists").join("project")
    }

    fn cache(&self) -> PathBuf {
        self.guard.path().canonicalize().expect("it exists").join("cache")
    }

    fn put(&self, path: &str, text: &str) {
        fs::write(self.root().join(path), text).expect("it can be written");
    }

    fn switch(&mut self, branch: usize) {
        for path in self.branches[self.branch].keys() {
            let _ = fs::remove_file(self.root().join(path));
        }
        self.branch = branch;
        for (path, text) in &self.branches[branch] {
            self.put(path, text);
        }
    }

    fn set(&mut self, path: String, text: String) {
        self.put(&path, &text);
        self.branches[self.branch].insert(path, text);
    }

    fn remove(&mut self, path: &str) -> Option<String> {
        let text = self.branches[self.branch].remove(path)?;
        fs::remove_file(self.root().join(path)).expect("it is there");
        Some(text)
    }

    fn step(&mut self) {
        let (path, templates) = path(&mut self.dice);
        let full = self.root().join(&path);
        match self.dice.roll(12) {
            0..=2 => {
                let template = self.dice.pick(templates);
                let text = fill(template, &mut self.dice);
                self.did = format!("{path} is written");
                self.set(path, text);
            }
            3..=4 => {
                let Some(text) = self.branches[self.branch].get(&path) else { return };
                let (from, to) = (self.dice.pick(&KEYS), self.dice.pick(&KEYS));
                let text = text.replacen(from, to, 1);
                let before = fs::metadata(&full).and_then(|at| at.modified()).expect("it is there");
                self.did = format!("{path} changes and keeps its size and time: {from} is {to}");
                self.set(path, text);
                let file = File::options().write(true).open(&full).expect("it is there");
                file.set_modified(before).expect("it is ours");
            }
            5 => {
                self.did = format!("{path} goes");
                self.remove(&path);
            }
            6 => {
                let (other, _) = self::path(&mut self.dice);
                self.did = format!("{path} becomes {other}");
                if let Some(text) = self.remove(&path) {
                    self.set(other, text);
                }
            }
            7 => {
                let other = 1 - self.branch;
                self.did = format!("branch {other}");
                self.switch(other);
            }
            8 => {
                let text = registry(&mut self.dice);
                self.did = format!("the registry is\n{text}");
                self.put("flags.yaml", &text);
            }
            9 => {
                let text = configuration(&mut self.dice);
                self.did = format!("the configuration is\n{text}");
                self.put("flag-sweep.toml", &text);
            }
            10 => {
                self.day += 1 + self.dice.roll(40);
                self.did = format!("day {}", self.day);
            }
            _ => self.harm(),
        }
    }

    /// Does something to the cache that a disk or another program may do.
    fn harm(&mut self) {
        let Some((_, file)) = files(&self.cache()).pop() else { return };
        let mut bytes = fs::read(&file).expect("it is there");
        let at = self.dice.roll(bytes.len().max(1));
        self.did = match self.dice.roll(3) {
            0 => {
                fs::remove_file(&file).expect("it is ours");
                return;
            }
            1 => {
                bytes.truncate(at);
                format!("the cache is cut off at {at}")
            }
            _ => {
                bytes[at] = bytes[at].wrapping_add(1);
                format!("the cache is changed at {at}")
            }
        };
        fs::write(&file, bytes).expect("it is ours");
    }

    fn job(&self) -> Job {
        let first = "2026-01-01".parse::<jiff::civil::Date>().expect("it is a day");
        let days = i64::try_from(self.day % 900).unwrap_or(0);
        let today = first.checked_add(jiff::Span::new().days(days)).expect("it is a day");
        let words = [
            "flag-sweep".to_owned(),
            "check".to_owned(),
            self.root().display().to_string(),
            format!("--root={}", self.root().display()),
            format!("--cache-dir={}", self.cache().display()),
            format!("--today={today}"),
        ];
        let cli = Cli::try_parse_from(words).expect("the options are fine");
        let Command::Check(options) = &cli.command else { unreachable!("it is `check`") };
        prepare(&cli.global, &options.scan, &options.paths).expect("the project is fine")
    }

    fn report(job: &Job, cache: &Cache) -> String {
        let outcome = run::run_with(&job.settings, Applicability::Unsafe, cache).expect("the project is fine");
        let counts = summary::count(&outcome.project, &outcome.registry, &outcome.diagnostics);
        json::report(&job.settings, &outcome, &counts, &job.warnings, &Fixed::default())
    }

    /// The reports with the cache and without it. What the run found is kept as a run keeps it.
    fn look(&mut self) -> (String, String) {
        let job = self.job();
        let cache = job.caching.cache.clone().eager();
        let with = Self::report(&job, &cache);
        cache.save().expect("the directory can be written");
        self.hits += cache.hits();
        (with, Self::report(&job, &Cache::default()))
    }
}

#[test]
fn a_random_walk_shows_no_difference() {
    let steps = std::env::var("WALK").ok().and_then(|value| value.parse().ok()).unwrap_or(30);
    let mut walk = Walk::new(0x5eed_f1a6);
    let (mut checks, mut different) = (0, std::collections::BTreeSet::new());
    for number in 0..steps {
        walk.step();
        let (with, without) = walk.look();
        assert_eq!(with, without, "after change {number}: {}", walk.did);
        checks += with.matches("\"rule\"").count();
        different.insert(super::Namer::new("report").and(&with).name());
    }
    // It would show nothing if the project had nothing to say, or the cache were never of use.
    assert!(checks > steps && walk.hits > 3 * steps, "{checks} diagnostics, {} hits", walk.hits);
    assert!(different.len() > steps / 2, "{} reports of {steps} differ", different.len());
}
