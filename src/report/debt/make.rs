//! Fills in the document from a run: the only place of the report that looks at code, registry and plan. Owns what counts as
//! what; measures nothing that a run did not.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    AgeGroup, Document, DynamicKey, FlagItem, Gaps, Orphan, Orphans, OwnerItem, Removal, RemovalFile, SCHEMA_VERSION,
    Slipped, Stuck, Totals, UnreadLanguage, nested, score, trend,
};
use crate::diagnostic::Applicability;
use crate::history::weeks::Series;
use crate::language::LANGUAGES;
use crate::registry::nearest;
use crate::registry::verdict::Rollout;
use crate::report::escape::shell;
use crate::report::json::{self, Run, Tool};
use crate::report::rows::{self, Row};
use crate::report::summary;
use crate::resolve::Key;
use crate::run::Outcome;
use crate::settings::{Settings, Slip};
use crate::source::owners::CodeOwners;
use crate::source::{Location, display_path};
use crate::value::Value;

/// Age groups: upper bound in days, and name.
const AGES: [(i64, &str); 5] = [
    (30, "up to 30 days"),
    (90, "30 to 90 days"),
    (180, "90 to 180 days"),
    (365, "180 days to a year"),
    (i64::MAX, "over a year"),
];

/// The names of the age groups, in order.
pub(super) fn age_words() -> impl Iterator<Item = &'static str> {
    AGES.iter().map(|(_, age)| *age).chain([UNKNOWN_AGE])
}

/// The group of flags without any date.
const UNKNOWN_AGE: &str = "unknown age";

/// What the command line layer found out beside the run.
#[derive(Debug, Default)]
pub struct Known<'k> {
    /// Debt over time.
    pub series: Series,
    /// Removal dates that were moved.
    pub slips: Vec<Slip>,
    /// Who owns which paths.
    pub code_owners: CodeOwners,
    /// Who changed a file last, by path, where nobody else is known.
    pub last_authors: BTreeMap<String, String>,
    /// The first day on which history mentions a flag, by key.
    pub in_code_since: BTreeMap<String, Date>,
    /// What the project is called where reports of several are joined.
    pub project: Option<String>,
    /// An earlier report to compare with.
    pub since: Option<&'k super::Earlier>,
    /// What is missing, one sentence each.
    pub notes: Vec<String>,
}

/// The document.
pub fn make(rows: &[Row], outcome: &Outcome, settings: &Settings, known: Known<'_>) -> Document {
    let work = Work { outcome, known: &known };
    let counts = summary::count(&outcome.project, &outcome.registry, &outcome.diagnostics);
    let (deleted_lines, inserted_lines) = changed_lines(outcome);
    let name_of = |name| rows::name_of(name, outcome);
    let owned = |row: &Row| !work.owners(row).1.is_empty();
    let mut document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        run: Run { project: known.project.clone(), ..Run::new(settings, outcome) },
        totals: Totals {
            flags: rows.len(),
            debt: rows.iter().filter(|row| row.is_debt()).count(),
            removable: rows.iter().filter(|row| row.fix.is_some()).count(),
            checks: counts.checks,
            dead_lines: rows::dead_lines(outcome),
            deleted_lines,
            inserted_lines,
            errors: counts.errors,
            warnings: counts.warnings,
            notes: counts.notes,
            files: counts.files,
        },
        score: outcome.registry.is_loaded().then(|| score::score(rows, owned)),
        since: None,
        weeks: known.series.weeks.clone(),
        forecast: trend::forecast(&known.series.weeks, settings.today),
        ages: work.ages(rows),
        removals: work.removals(rows),
        owners: work.owner_items(rows),
        orphans: work.orphans(rows),
        nested: nested::nested(outcome, name_of),
        stuck: work.stuck(rows),
        slipped: known
            .slips
            .iter()
            .map(|slip| Slipped {
                flag: slip.flag.clone(),
                first: slip.first.to_string(),
                now: slip.now.to_string(),
                times: slip.times,
            })
            .collect(),
        suppressions: suppressions(settings, outcome),
        flags: rows.iter().map(|row| work.flag(row)).collect(),
        gaps: work.gaps(),
    };
    document.since = known.since.map(|earlier| earlier.change(&document));
    document
}

/// Those that are over first, then those that end soonest; what never ends stands last.
fn suppressions(settings: &Settings, outcome: &Outcome) -> Vec<json::SuppressionItem> {
    let mut found = json::suppressions(settings, outcome);
    found.sort_by(|left, right| {
        let key = |one: &json::SuppressionItem| (one.until.is_none(), one.until.clone(), one.path.clone(), one.line);
        key(left).cmp(&key(right))
    });
    found
}

struct Work<'w> {
    outcome: &'w Outcome,
    known: &'w Known<'w>,
}

impl Work<'_> {
    fn place(&self, at: &Location) -> String {
        let sources = &self.outcome.project.sources;
        format!("{}:{}", sources.get(at.source).display_path(), sources.line_column(at).0)
    }

    /// Who is to be asked about a flag, and who says so.
    fn owners(&self, row: &Row) -> (&'static str, Vec<String>) {
        if !row.owners.is_empty() {
            return ("registry", row.owners.clone());
        }
        let Some(first) = &row.first else { return ("nobody", Vec::new()) };
        let path = &self.outcome.project.sources.get(first.source).path;
        let of_path = self.known.code_owners.of(path);
        if !of_path.is_empty() {
            return ("CODEOWNERS", of_path.to_vec());
        }
        match self.known.last_authors.get(&display_path(path)) {
            Some(author) => ("last author", vec![author.clone()]),
            None => ("nobody", Vec::new()),
        }
    }

    fn state(&self, row: &Row) -> &'static str {
        let Some(verdict) = self.outcome.verdicts.get(&row.key) else { return "unknown" };
        match &verdict.rollout {
            _ if row.archived => "archived",
            Rollout::Everyone { off: true, .. } | Rollout::Everyone { value: Value::Bool(false), .. } => "off",
            Rollout::Everyone { .. } => "one value",
            Rollout::Partial | Rollout::Targeted | Rollout::Divergent => "rolling out",
            Rollout::CallDefault | Rollout::Unknown { .. } => "unknown",
        }
    }

    fn ages(&self, rows: &[Row]) -> Vec<AgeGroup> {
        let mut groups: Vec<AgeGroup> = AGES.iter().map(|(_, age)| AgeGroup { age, ..AgeGroup::default() }).collect();
        groups.push(AgeGroup { age: UNKNOWN_AGE, ..AgeGroup::default() });
        for row in rows {
            let index = match row.age {
                Some(age) => AGES.iter().position(|(until, _)| age <= *until).unwrap_or(AGES.len() - 1),
                None => AGES.len(),
            };
            let group = &mut groups[index];
            *match self.state(row) {
                "rolling out" => &mut group.rolling,
                "one value" => &mut group.one_value,
                "off" => &mut group.off,
                "archived" => &mut group.archived,
                _ => &mut group.unknown,
            } += 1;
        }
        groups
    }

    fn removals(&self, rows: &[Row]) -> Vec<Removal> {
        let outcome = self.outcome;
        let mut sites: BTreeMap<&str, Vec<&crate::fix::Site>> = BTreeMap::new();
        for site in &outcome.plan.sites {
            if let Some(flag) = outcome.project.checks[site.check].flag() {
                sites.entry(rows::name_of(flag, outcome)).or_default().push(site);
            }
        }
        let mut pins: BTreeMap<&str, usize> = BTreeMap::new();
        for pin in &outcome.plan.pins {
            if let Some(flag) = outcome.project.overrides[pin.pin].flag() {
                *pins.entry(rows::name_of(flag, outcome)).or_default() += 1;
            }
        }
        let mut removals: Vec<Removal> = Vec::new();
        for row in rows {
            let (Some(level), Some(sites)) = (row.fix, sites.get(row.key.as_str())) else { continue };
            let tests = pins.get(row.key.as_str()).copied().unwrap_or(0);
            removals.push(self.removal(row, level, sites, tests));
        }
        // By value for effort, as a fraction: no rounding decides the order.
        removals.sort_by(|left, right| {
            let (ours, theirs) = (left.value * right.effort, right.value * left.effort);
            theirs
                .cmp(&ours)
                .then_with(|| Reverse(left.value).cmp(&Reverse(right.value)))
                .then(left.flag.cmp(&right.flag))
        });
        removals
    }

    fn removal(&self, row: &Row, level: Applicability, sites: &[&crate::fix::Site], tests: usize) -> Removal {
        let sources = &self.outcome.project.sources;
        let mut files: BTreeMap<String, RemovalFile> = BTreeMap::new();
        let mut reasons = BTreeSet::new();
        for site in sites {
            let source = self.outcome.project.checks[site.check].at.source;
            let path = sources.get(source).display_path();
            let file = files.entry(path.clone()).or_insert_with(|| RemovalFile { path, sites: 0, dead: Vec::new() });
            file.sites += 1;
            for span in &site.dead {
                // From the first to the last character that is seen.
                let text = sources.get(source).text.get(span.clone()).unwrap_or_default();
                let first = span.start + text.len() - text.trim_start().len();
                let last = span.start + text.trim_end().len();
                file.dead.push((sources.position(source, first).0, sources.position(source, last.max(first)).0));
            }
            reasons.extend(site.reasons.iter().cloned());
        }
        for file in files.values_mut() {
            file.dead.sort_unstable();
            file.dead.dedup();
        }
        let (hard, more) = match level {
            Applicability::Safe => (1, ""),
            Applicability::Unsafe => (2, "--unsafe-fixes "),
            Applicability::Manual => (4, "--unsafe-fixes "),
        };
        Removal {
            flag: row.key.clone(),
            value: row.dead_lines + 5 * sites.len(),
            effort: (5 + sites.len() + 2 * files.len() + 3 * tests) * hard,
            dead_lines: row.dead_lines,
            sites: sites.len(),
            files: files.into_values().collect(),
            tests,
            age_days: row.age,
            owners: self.owners(row).1,
            level: level.name(),
            reasons: reasons.into_iter().collect(),
            command: format!("flag-sweep --fix {more}--flag {}", shell(&row.key)),
        }
    }

    fn owner_items(&self, rows: &[Row]) -> Vec<OwnerItem> {
        let mut items: BTreeMap<(String, &'static str), OwnerItem> = BTreeMap::new();
        for row in rows {
            let (source, mut owners) = self.owners(row);
            if owners.is_empty() {
                owners.push(String::new());
            }
            for name in owners {
                let item = items.entry((name.clone(), source)).or_insert_with(|| OwnerItem {
                    name,
                    source,
                    flags: 0,
                    debt: 0,
                    dead_lines: 0,
                    oldest_days: None,
                });
                item.flags += 1;
                item.debt += usize::from(row.is_debt());
                item.dead_lines += row.dead_lines;
                item.oldest_days = item.oldest_days.max(row.age);
            }
        }
        items.into_values().collect()
    }

    fn orphans(&self, rows: &[Row]) -> Orphans {
        let registry = &self.outcome.registry;
        if !registry.is_loaded() {
            return Orphans::default();
        }
        let is_checked = |row: &&Row| row.checks + row.test_checks > 0;
        let near = |key: &str| nearest(key, registry.flags.keys().map(String::as_str)).map(str::to_owned);
        let unused = rows.iter().filter(|row| row.kind.is_some() && !is_checked(row)).map(|row| Orphan {
            flag: row.key.clone(),
            at: registry.flags.get(&row.key).map(|flag| self.place(&flag.at)).unwrap_or_default(),
            near: None,
        });
        let unknown = rows.iter().filter(|row| row.kind.is_none() && is_checked(row)).map(|row| Orphan {
            flag: row.key.clone(),
            at: row.first.as_ref().map(|at| self.place(at)).unwrap_or_default(),
            near: near(&row.key),
        });
        Orphans { unused: unused.collect(), unknown: unknown.collect() }
    }

    fn stuck(&self, rows: &[Row]) -> Vec<Stuck> {
        let stuck = |row: &Row| {
            let verdict = self.outcome.verdicts.get(&row.key)?;
            let clock = verdict.staleness.as_ref()?;
            (self.state(row) == "rolling out").then(|| Stuck {
                flag: row.key.clone(),
                state: serves(row),
                clock: clock.describe(),
            })
        };
        rows.iter().filter_map(stuck).collect()
    }

    fn flag(&self, row: &Row) -> FlagItem {
        let flag = self.outcome.registry.flags.get(&row.key);
        let at = row.first.as_ref().or(flag.map(|flag| &flag.at));
        FlagItem {
            key: row.key.clone(),
            kind: row.kind,
            state: self.state(row),
            serves: serves(row),
            verdict: row.verdict,
            why: row.why.clone(),
            debt: row.is_debt(),
            age_days: row.age,
            in_code_since: self.known.in_code_since.get(&row.key).map(Date::to_string),
            expires: flag.and_then(|flag| flag.expires).map(|day| day.to_string()),
            owners: self.owners(row).1,
            checks: row.checks,
            test_checks: row.test_checks,
            files: row.files,
            dead_lines: row.dead_lines,
            at: at.map(|at| self.place(at)),
        }
    }

    fn gaps(&self) -> Gaps {
        let project = &self.outcome.project;
        let dynamic = project.checks.iter().filter_map(|check| match &check.key {
            Key::Dynamic { prefix, suffix } => {
                Some(DynamicKey { key: format!("{prefix}…{suffix}"), at: self.place(&check.at) })
            }
            Key::Known { .. } => None,
        });
        let mut notes = self.known.notes.clone();
        notes.extend(self.known.series.problems.iter().cloned());
        notes.extend(project.limits.iter().cloned());
        let read: Vec<&str> = LANGUAGES.iter().map(|language| language.name).collect();
        notes.push(format!("languages that are read: {}", read.join(", ")));
        Gaps {
            skipped: json::skipped(self.outcome),
            broken: project.broken.iter().map(|source| project.sources.get(*source).display_path()).collect(),
            dynamic: dynamic.collect(),
            languages: project
                .unread
                .iter()
                .map(|(language, files)| UnreadLanguage { language: (*language).to_owned(), files: *files })
                .collect(),
            notes,
        }
    }
}

/// What the environments that count serve.
fn serves(row: &Row) -> String {
    let required = row.states.iter().filter(|state| state.required);
    let one = |state: &rows::State| match state.environment.as_str() {
        "*" => state.text.clone(),
        environment => format!("{environment}: {}", state.text),
    };
    required.map(one).collect::<Vec<_>>().join("; ")
}

/// Lines that the planned fix deletes and inserts.
fn changed_lines(outcome: &Outcome) -> (usize, usize) {
    let (mut deleted, mut inserted) = (0, 0);
    for file in &outcome.plan.files {
        let before = outcome.project.sources.get(file.source).text.lines().count();
        if file.deleted {
            deleted += before;
            continue;
        }
        let text = &outcome.project.sources.get(file.source).text;
        for change in similar::TextDiff::from_lines(text.as_ref(), file.after.as_str()).iter_all_changes() {
            match change.tag() {
                similar::ChangeTag::Delete => deleted += 1,
                similar::ChangeTag::Insert => inserted += 1,
                similar::ChangeTag::Equal => {}
            }
        }
    }
    (deleted, inserted)
}
