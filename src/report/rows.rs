//! What tables say about each flag: registry, verdict, code and plan joined. Owns the joining; layouts are in `flags` and
//! `markdown`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::diagnostic::Applicability;
use crate::fix::Site;
use crate::registry::verdict::{Conclusion, Evidence, Verdict};
use crate::resolve::{FlagCheck, Key};
use crate::run::Outcome;
use crate::settings::Settings;
use crate::source::{Location, SourceId, Span};

/// One flag.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its key.
    pub key: String,
    /// Its first check in code.
    pub first: Option<Location>,
    /// What it is for; `None` when the registry does not know the flag.
    pub kind: Option<&'static str>,
    /// What each environment serves, those that must agree first.
    pub states: Vec<State>,
    /// Day of creation.
    pub created: Option<Date>,
    /// The day since which the value has been the same everywhere.
    pub since: Option<Date>,
    /// Days since creation, or else since the value became constant.
    pub age: Option<i64>,
    /// Owners, as written.
    pub owners: Vec<String>,
    /// Checks in code that is no test.
    pub checks: usize,
    /// Checks in tests.
    pub test_checks: usize,
    /// Checks whose key is put together at run time and could be this flag's, with a constant beginning or end.
    pub possible: Vec<Location>,
    /// Places that declare it.
    pub definitions: Vec<Location>,
    /// Files with checks.
    pub files: usize,
    /// `remove`, `report`, `keep`, `unknown flag` or `no registry`.
    pub verdict: &'static str,
    /// Why it is not removed; empty when it may be.
    pub why: String,
    /// Whether a clock says that the flag has outlived itself.
    pub stale: bool,
    /// Whether it is archived at the provider.
    pub archived: bool,
    /// Places that a fix touches.
    pub sites: usize,
    /// Lines of code that can no longer run.
    pub dead_lines: usize,
    /// Who may apply the whole fix; `None` when there is nothing to fix.
    pub fix: Option<Applicability>,
}

impl Row {
    /// Whether it has outlived itself: stale, archived, or served as one value to everyone for long enough to go.
    pub fn is_debt(&self) -> bool {
        self.stale || self.archived || self.verdict == "remove"
    }
}

/// What an environment serves.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name; `*` for every environment.
    pub environment: String,
    /// Whether it must agree before the flag is removed.
    pub required: bool,
    /// What it serves, in words.
    pub text: String,
    /// Since when.
    pub since: Option<Date>,
}

/// A row per flag of the registry or the code, sorted by key.
pub fn rows(outcome: &Outcome, settings: &Settings) -> Vec<Row> {
    let mut checks: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, check) in outcome.project.checks.iter().enumerate() {
        if let Some(key) = check.flag() {
            checks.entry(name_of(key, outcome)).or_default().push(index);
        }
    }
    let mut keys: BTreeSet<&str> = outcome.registry.flags.keys().map(String::as_str).collect();
    keys.extend(checks.keys());
    keys.extend(settings.decided.keys().map(String::as_str));
    if !settings.only.is_empty() || !settings.decided.is_empty() {
        let only: BTreeSet<&str> = settings.only.iter().map(|name| name_of(name, outcome)).collect();
        keys.retain(|key| only.contains(key) || settings.decided.contains_key(*key));
    }
    let none = Vec::new();
    let sites: BTreeMap<usize, &Site> = outcome.plan.sites.iter().map(|site| (site.check, site)).collect();
    let row_of = |key: &str| {
        let checks = checks.get(key).unwrap_or(&none);
        let sites: Vec<&Site> = checks.iter().filter_map(|check| sites.get(check).copied()).collect();
        row(key, checks, &sites, outcome, settings)
    };
    keys.into_iter().map(row_of).collect()
}

/// The key of the flag that goes by a name.
pub fn name_of<'a>(name: &'a str, outcome: &'a Outcome) -> &'a str {
    outcome.registry.resolve(name).map_or(name, |flag| flag.key.as_str())
}

/// Lines of code that can no longer run, over all flags: where flags are nested, each line counts once.
pub fn dead_lines(outcome: &Outcome) -> usize {
    let mut spans: BTreeMap<SourceId, Vec<Span>> = BTreeMap::new();
    for site in &outcome.plan.sites {
        let source = outcome.project.checks[site.check].at.source;
        spans.entry(source).or_default().extend(site.dead.iter().cloned());
    }
    let mut lines = 0;
    for (source, mut spans) in spans {
        spans.sort_by_key(|span| (span.start, span.end));
        let text = &outcome.project.sources.get(source).text;
        let mut end = 0;
        for span in spans {
            let start = span.start.max(end);
            if start < span.end {
                lines += text.get(start..span.end).unwrap_or_default().lines().count();
                end = span.end;
            }
        }
    }
    lines
}

/// Whether a check has a key that is put together at run time, of which a constant part fits one of the flag's names. A key of
/// which nothing is constant fits every flag, and says nothing about this one.
fn hints_at(check: &FlagCheck, key: &str, outcome: &Outcome) -> bool {
    let Key::Dynamic { prefix, suffix } = &check.key else { return false };
    let aliases = outcome.registry.flags.get(key).map_or(&[][..], |flag| flag.aliases.as_slice());
    let fits = check.key.could_name(key) || aliases.iter().any(|alias| check.key.could_name(alias));
    fits && !(prefix.is_empty() && suffix.is_empty())
}

fn row(key: &str, checks: &[usize], sites: &[&Site], outcome: &Outcome, settings: &Settings) -> Row {
    let flag = outcome.registry.flags.get(key);
    let all: Vec<&FlagCheck> = checks.iter().map(|index| &outcome.project.checks[*index]).collect();
    let files: BTreeSet<SourceId> = all.iter().map(|check| check.at.source).collect();
    let test_checks = all.iter().filter(|check| check.in_test).count();
    let verdict = outcome.verdicts.get(key).map(Box::as_ref);
    let dead_lines = sites
        .iter()
        .flat_map(|site| site.dead.iter().map(|span| (outcome.project.checks[site.check].at.source, span.clone())))
        .map(|(source, span)| outcome.project.sources.get(source).text[span].lines().count())
        .sum();
    let created = flag.and_then(|flag| flag.created);
    let since = verdict.and_then(|verdict| verdict.since);
    let days = |date: Date| i64::from((settings.today - date).get_days());
    let unjudged = if outcome.registry.origins.is_empty() { "no registry" } else { "unknown flag" };
    Row {
        key: key.to_owned(),
        first: all.first().map(|check| check.at.clone()),
        kind: flag.map(|flag| flag.kind.name()),
        states: verdict.map(states).unwrap_or_default(),
        created,
        since,
        age: created.or(since).map(days),
        owners: flag.map(|flag| flag.owners.clone()).unwrap_or_default(),
        checks: all.len() - test_checks,
        test_checks,
        possible: outcome
            .project
            .checks
            .iter()
            .filter(|check| hints_at(check, key, outcome))
            .map(|check| check.at.clone())
            .collect(),
        definitions: outcome
            .project
            .definitions
            .iter()
            .filter(|definition| name_of(&definition.flag, outcome) == key)
            .map(|definition| definition.at.clone())
            .collect(),
        files: files.len(),
        verdict: verdict.map_or(unjudged, |verdict| match verdict.conclusion {
            Conclusion::Remove { .. } => "remove",
            Conclusion::Report { .. } => "report",
            Conclusion::Keep { .. } => "keep",
        }),
        why: verdict.and_then(Verdict::obstacle).unwrap_or_default().to_owned(),
        stale: verdict.is_some_and(|verdict| verdict.expired || verdict.staleness.is_some()),
        archived: flag.is_some_and(|flag| flag.archived),
        sites: sites.len(),
        dead_lines,
        fix: sites.iter().map(|site| site.applicability).max(),
    }
}

fn states(verdict: &Verdict) -> Vec<State> {
    let state = |evidence: &Evidence| State {
        environment: evidence.environment.clone(),
        required: evidence.required,
        text: evidence.text.clone(),
        since: evidence.since,
    };
    verdict.evidence.iter().map(state).collect()
}
