//! Damaged code: the input of every fixture, cut off somewhere or changed at random, is looked at and fixed without a panic, and
//! what a fix makes of it parses, is what the edits say, and is final. The same oracle as the targets below `fuzz/`, without
//! a fuzzer. `DAMAGE=n` sets how often each file is changed and cut.

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use flag_sweep::diagnostic::Applicability;
use flag_sweep::language;

use super::oracles;

/// A small generator, the same numbers in every run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// A number below another.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % end.max(1)
    }
}

/// What code is made of, and what breaks it.
const PIECES: [&str; 24] = [
    "(", ")", "{", "}", "[", "]", "\"", "'", "\n", "\n    ", "\t", ";", ":", ",", " if ", " else ", " not ", "!",
    " and ", "//", "#", "\u{feff}", "é", "\0",
];

/// A text with up to five small changes.
pub(crate) fn changed(text: &str, numbers: &mut Numbers) -> String {
    let mut text = text.to_owned();
    for _ in 0..=numbers.below(4) {
        let edge = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (one, other) = (edge(numbers.below(text.len() + 1)), edge(numbers.below(text.len() + 1)));
        let (start, end) = (one.min(other), one.max(other));
        // Mostly short pieces: what is left should still be code.
        let end = edge(end.min(start + numbers.below(40)));
        let piece = match numbers.below(4) {
            0 => String::new(),
            1 => text[start..end].repeat(2),
            2 => PIECES[numbers.below(PIECES.len())].to_owned(),
            _ => PIECES[numbers.below(PIECES.len())].to_owned() + &text[start..end],
        };
        text.replace_range(start..end.max(start), &piece);
    }
    text
}

struct Fixture {
    name: String,
    ending: String,
    text: String,
    flags: Vec<String>,
}

/// The code files of the fixtures in a language.
fn fixtures(name: &str) -> Vec<Fixture> {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fix").join(name);
    let mut open = vec![folder.clone()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("the fixtures are part of the repository").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.components().any(|part| part.as_os_str() == "input") && language::by_path(&path).is_some() {
                let case: PathBuf =
                    path.ancestors().find(|above| above.ends_with("input")).map_or_else(PathBuf::new, Path::to_owned);
                let decided = fs::read_to_string(case.with_file_name("flags.toml")).unwrap_or_default();
                let table: toml::Table = decided.parse().expect("the decisions of a fixture are TOML");
                let flags =
                    table.get("flags").and_then(toml::Value::as_table).map(|flags| flags.keys().cloned().collect());
                let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
                if let Ok(text) = fs::read_to_string(&path) {
                    let name = path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
                    found.push(Fixture { name, ending, text, flags: flags.unwrap_or_default() });
                }
            }
        }
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found
}

fn judge(fixture: &Fixture, text: &str, number: usize) -> Result<bool, String> {
    let level = if number.is_multiple_of(2) { Applicability::Unsafe } else { Applicability::Safe };
    oracles::final_fix(&fixture.ending, text, &fixture.flags, number % 4 < 2, level)
}

fn damage(name: &str) {
    let budget = std::env::var("DAMAGE").ok().and_then(|text| text.parse().ok()).unwrap_or(0_usize);
    let mut complaints = Vec::new();
    let (mut tried, mut edited) = (0, 0);
    for (position, fixture) in fixtures(name).iter().enumerate() {
        // Without a budget, a few of all fixtures.
        let rounds = if budget == 0 { usize::from(position % 8 == 0) } else { budget };
        let mut numbers = Numbers(position as u64 + 1);
        for round in 0..rounds * 2 {
            let text = if round % 2 == 0 {
                changed(&fixture.text, &mut numbers)
            } else {
                let at = numbers.below(fixture.text.len());
                fixture.text[..(0..=at).rev().find(|at| fixture.text.is_char_boundary(*at)).unwrap_or(0)].to_owned()
            };
            tried += 1;
            let judged = panic::catch_unwind(AssertUnwindSafe(|| judge(fixture, &text, numbers.below(4))));
            match judged {
                Ok(Ok(was_edited)) => edited += usize::from(was_edited),
                Ok(Err(why)) => complaints.push(format!("{}: {why}\n--- input\n{text}", fixture.name)),
                Err(_) => complaints.push(format!("{}: panic\n--- input\n{text}", fixture.name)),
            }
        }
    }
    println!("{name}: {tried} damaged files, {edited} of them fixed, {} complaints", complaints.len());
    assert!(
        complaints.is_empty(),
        "{} of {tried}:\n{}",
        complaints.len(),
        complaints[..complaints.len().min(8)].join("\n====\n")
    );
}

#[test]
fn damaged_python_is_looked_at_and_fixed() {
    damage("python");
}

#[test]
fn damaged_javascript_is_looked_at_and_fixed() {
    damage("javascript");
    damage("typescript");
    damage("tsx");
}

#[test]
fn damaged_rust_is_looked_at_and_fixed() {
    damage("rust");
}

#[test]
fn damaged_templates_are_looked_at_and_fixed() {
    damage("jinja");
    damage("vue");
    damage("svelte");
}
