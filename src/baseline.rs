//! Known debt: what was there when a team began, so that only what comes on top is reported. Owns the file, and which
//! diagnostics it covers; reads no code.
//!
//! An entry says how many diagnostics of a rule are known for a flag in a file, not where: lines move. What is known for a flag
//! in one file also covers it in another when the first no longer has it, so that renamed files and moved functions are not
//! new; what counts is whether there is more of it in the tree than before.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::source::Sources;

/// The name of the file in the project root.
pub const FILE_NAME: &str = "flag-sweep-baseline.json";

/// Version of the format.
const VERSION: u32 = 1;

/// Rule and flag; no flag for what is about none that is known.
type Kind = (String, Option<String>);

/// What is known of one kind in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    count: usize,
    /// What the lines say, where that is known: tells which of several is the new one.
    hints: Vec<String>,
}

/// Known diagnostics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    kinds: BTreeMap<Kind, BTreeMap<String, Known>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    entries: Vec<Entry>,
}

/// A line of the file.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Code of the rule.
    pub rule: String,
    /// The flag.
    pub flag: Option<String>,
    /// The file, relative to the project root.
    pub path: String,
    /// How many.
    pub count: usize,
}

/// What a baseline says of a run.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// For each diagnostic, whether it is known.
    pub known: Vec<bool>,
    /// What the baseline knows and the run no longer finds.
    pub gone: Vec<Entry>,
}

impl Baseline {
    /// Everything that a run found.
    pub fn of(diagnostics: &[Diagnostic], sources: &Sources) -> Self {
        let mut baseline = Self::default();
        for diagnostic in diagnostics {
            baseline.add(diagnostic, sources, None);
        }
        baseline
    }

    /// Everything that a run found, with the texts of the lines. These are not written to a file.
    pub fn with_hints(
        diagnostics: &[Diagnostic],
        sources: &Sources,
        mut hint: impl FnMut(&Diagnostic) -> String,
    ) -> Self {
        let mut baseline = Self::default();
        for diagnostic in diagnostics {
            baseline.add(diagnostic, sources, Some(hint(diagnostic)));
        }
        baseline
    }

    fn add(&mut self, diagnostic: &Diagnostic, sources: &Sources, hint: Option<String>) {
        let path = sources.get(diagnostic.at.source).display_path();
        let known = self.kinds.entry(kind(diagnostic)).or_default().entry(path).or_default();
        known.count += 1;
        known.hints.extend(hint);
    }

    /// Takes in another.
    pub fn join(&mut self, other: Self) {
        for (kind, paths) in other.kinds {
            for (path, known) in paths {
                let here = self.kinds.entry(kind.clone()).or_default().entry(path).or_default();
                here.count += known.count;
                here.hints.extend(known.hints);
            }
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it is no baseline, with the reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.version != VERSION {
            return Err(format!("it has version {}, this flag-sweep reads version {VERSION}", file.version));
        }
        let mut baseline = Self::default();
        for entry in file.entries {
            let paths = baseline.kinds.entry((entry.rule, entry.flag)).or_default();
            paths.entry(entry.path).or_default().count += entry.count;
        }
        Ok(baseline)
    }

    /// The file: one entry per line, sorted, so that merges of it are easy.
    pub fn to_text(&self) -> String {
        let lines: Vec<String> =
            self.entries().iter().map(|entry| crate::report::json::to_line(entry).trim_end().to_owned()).collect();
        let separator = if lines.is_empty() { "" } else { "\n" };
        let body = lines.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join(",\n");
        format!("{{\n  \"version\": {VERSION},\n  \"entries\": [{separator}{body}{separator}  ]\n}}\n")
    }

    /// Its entries, by path, rule and flag.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for ((rule, flag), paths) in &self.kinds {
            for (path, known) in paths.iter().filter(|(_, known)| known.count > 0) {
                entries.push(Entry { rule: rule.clone(), flag: flag.clone(), path: path.clone(), count: known.count });
            }
        }
        let key = |entry: &Entry| (entry.path.clone(), entry.rule.clone(), entry.flag.clone());
        entries.sort_by_key(key);
        entries
    }

    /// How many diagnostics it knows.
    pub fn len(&self) -> usize {
        self.kinds.values().flat_map(BTreeMap::values).map(|known| known.count).sum()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tells what is known. `looked_at` says whether a file would have been found, had it something: what lies elsewhere is
    /// neither gone nor free to cover other files.
    pub fn compare(
        &self,
        diagnostics: &[Diagnostic],
        sources: &Sources,
        looked_at: impl Fn(&str) -> bool,
        mut hint: impl FnMut(&Diagnostic) -> String,
    ) -> Compared {
        let mut found: BTreeMap<Kind, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
        for (index, diagnostic) in diagnostics.iter().enumerate() {
            let path = sources.get(diagnostic.at.source).display_path();
            found.entry(kind(diagnostic)).or_default().entry(path).or_default().push(index);
        }
        let mut compared = Compared { known: vec![false; diagnostics.len()], gone: Vec::new() };
        let nothing = BTreeMap::new();
        let kinds: BTreeSet<Kind> = self.kinds.keys().chain(found.keys()).cloned().collect();
        for kind in &kinds {
            let (known, here) = (self.kinds.get(kind).unwrap_or(&nothing), found.remove(kind).unwrap_or_default());
            let mut hint = |index: usize| hint(&diagnostics[index]);
            let gone = cover(known, here, &looked_at, &mut hint, &mut compared.known);
            let entry = |(path, count)| Entry { rule: kind.0.clone(), flag: kind.1.clone(), path, count };
            compared.gone.extend(gone.into_iter().map(entry));
        }
        compared
    }

    /// Only what is still found, where it is now; what lies in files that were not looked at stays.
    pub fn pruned(
        &self,
        diagnostics: &[Diagnostic],
        sources: &Sources,
        compared: &Compared,
        looked_at: impl Fn(&str) -> bool,
    ) -> Self {
        let mut pruned = Self::default();
        for (kind, paths) in &self.kinds {
            for (path, known) in paths.iter().filter(|(path, _)| !looked_at(path)) {
                pruned.kinds.entry(kind.clone()).or_default().insert(path.clone(), known.clone());
            }
        }
        for (diagnostic, _) in diagnostics.iter().zip(&compared.known).filter(|(_, known)| **known) {
            let path = sources.get(diagnostic.at.source).display_path();
            if looked_at(&path) {
                pruned.add(diagnostic, sources, None);
            }
        }
        pruned
    }
}

fn kind(diagnostic: &Diagnostic) -> Kind {
    (diagnostic.rule.code.to_owned(), diagnostic.flag.clone())
}

/// Marks what is known of one kind, and returns what is known but not found, by path.
fn cover(
    known: &BTreeMap<String, Known>,
    mut found: BTreeMap<String, Vec<usize>>,
    looked_at: &dyn Fn(&str) -> bool,
    hint: &mut dyn FnMut(usize) -> String,
    marks: &mut [bool],
) -> BTreeMap<String, usize> {
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    // First each file by itself: the lines that were there before, then from the top.
    for (path, known) in known {
        let mut open = found.remove(path).unwrap_or_default();
        let mut allowed = known.count;
        let mut hints = known.hints.clone();
        open.retain(|index| {
            if hints.is_empty() || allowed == 0 {
                return true;
            }
            let hint = hint(*index);
            let Some(at) = hints.iter().position(|known| *known == hint) else { return true };
            hints.swap_remove(at);
            marks[*index] = true;
            allowed -= 1;
            false
        });
        let covered = open.len().min(allowed);
        open.drain(..covered).for_each(|index| marks[index] = true);
        if !open.is_empty() {
            found.insert(path.clone(), open);
        } else if allowed > covered && looked_at(path) {
            left.insert(path.clone(), allowed - covered);
        }
    }
    // Then what moved: to a file of the same name first, then to files that had nothing of the kind, then to others.
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    for same_name in [true, false] {
        let mut paths: Vec<&String> = found.keys().collect();
        paths.sort_by_key(|path| known.contains_key(*path));
        let paths: Vec<String> = paths.into_iter().cloned().collect();
        for path in paths {
            let Some(open) = found.get_mut(&path) else { continue };
            for (from, count) in &mut left {
                if same_name && name(from) != name(&path) {
                    continue;
                }
                let covered = open.len().min(*count);
                open.drain(..covered).for_each(|index| marks[index] = true);
                *count -= covered;
            }
            left.retain(|_, count| *count > 0);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Baseline;
    use crate::diagnostic::{Diagnostic, Severity};
    use crate::source::{Location, Source, Sources};

    /// A diagnostic per `path flag text`; the texts are hints.
    fn run(found: &[&str]) -> (Vec<Diagnostic>, Sources) {
        let mut sources = Sources::default();
        let one = |line: &&str| {
            let mut words = line.split(' ');
            let (path, flag) = (words.next().expect("it has a path"), words.next().expect("it has a flag"));
            let text = Arc::from(words.next().unwrap_or_default());
            let source = sources.add(Source { path: path.into(), text, language: None });
            Diagnostic {
                rule: crate::rules::by_code("stale-flag").expect("the rule exists"),
                severity: Severity::Warning,
                flag: Some(flag.to_owned()),
                at: Location { source, span: 0..0 },
                message: String::new(),
                labels: Vec::new(),
                notes: Vec::new(),
                fix: None,
            }
        };
        (found.iter().map(one).collect(), sources)
    }

    /// What is new, and what is gone.
    fn check(before: &[&str], now: &[&str], new: &[&str], gone: &[&str]) {
        let (diagnostics, sources) = run(before);
        let baseline = Baseline::parse(&Baseline::of(&diagnostics, &sources).to_text()).expect("it reads itself");
        let (diagnostics, sources) = run(now);
        let looked_at = |path: &str| !path.starts_with("elsewhere/");
        let compared = baseline.compare(&diagnostics, &sources, looked_at, |_| String::new());
        let fresh: Vec<&str> =
            now.iter().zip(&compared.known).filter(|(_, known)| !**known).map(|(line, _)| *line).collect();
        assert_eq!(fresh, new, "{before:?} to {now:?}");
        let left: Vec<String> = compared
            .gone
            .iter()
            .map(|entry| format!("{} {} {}", entry.path, entry.flag.as_deref().unwrap_or("-"), entry.count))
            .collect();
        assert_eq!(left, gone, "{before:?} to {now:?}");
        // What is pruned covers the same, and nothing of it is gone.
        let pruned = baseline.pruned(&diagnostics, &sources, &compared, looked_at);
        let again = pruned.compare(&diagnostics, &sources, looked_at, |_| String::new());
        assert_eq!(again.known, compared.known);
        assert!(again.gone.is_empty());
    }

    #[test]
    fn what_is_known_is_counted_per_file() {
        check(&["a.py x", "a.py x", "b.py x"], &["a.py x", "a.py x", "b.py x"], &[], &[]);
        check(&["a.py x"], &["a.py x", "a.py x"], &["a.py x"], &[]);
        check(&["a.py x"], &["a.py y"], &["a.py y"], &["a.py x 1"]);
        check(&["a.py x", "a.py x"], &["a.py x"], &[], &["a.py x 1"]);
        check(&[], &[], &[], &[]);
    }

    #[test]
    fn moved_code_is_not_new_and_one_more_is() {
        check(&["a.py x", "b.py x"], &["src/a.py x", "c.py x"], &[], &[]);
        // Files that take each other's names.
        check(&["a.py x", "a.py x", "b.py x"], &["a.py x", "b.py x", "b.py x"], &[], &[]);
        check(&["a.py x", "d.py x"], &["d.py x", "d.py x", "moved/a.py x"], &["d.py x"], &[]);
        check(&["elsewhere/a.py x"], &["b.py x"], &["b.py x"], &[]);
    }

    #[test]
    fn lines_tell_which_is_new() {
        let (diagnostics, sources) = run(&["a.py x old"]);
        let hint = |sources: &Sources, one: &Diagnostic| sources.get(one.at.source).text.to_string();
        let baseline = Baseline::with_hints(&diagnostics, &sources, |one| hint(&sources, one));
        let (diagnostics, sources) = run(&["a.py x new", "a.py x old"]);
        let compared = baseline.compare(&diagnostics, &sources, |_| true, |one| hint(&sources, one));
        assert_eq!(compared.known, [false, true]);
    }

    #[test]
    fn other_files_are_refused() {
        for text in
            ["", "[]", "{\"version\": 2, \"entries\": []}", "{\"version\": 1, \"entries\": [{\"rule\": \"x\"}]}"]
        {
            assert!(Baseline::parse(text).is_err(), "{text}");
        }
    }
}
