//! Comments that switch diagnostics off: `# flag-sweep: ignore[stale-flag] until=2027-01-31 reason`. Owns what such a comment
//! says, which lines it is about, and what it hides; the rules on comments that hide nothing are in `rules`.

mod comments;
mod directive;
pub mod insert;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::civil::Date;

use crate::diagnostic::Diagnostic;
use crate::project::Project;
use crate::registry::model::Registry;
use crate::resolve::FlagCheck;
use crate::source::{Location, SourceId};

pub use comments::comments;
pub use directive::MARKER;

/// A comment that switches diagnostics off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// What it says, from the marker to the end of the reason.
    pub at: Location,
    /// Codes of rules and keys of flags, as written.
    pub names: Vec<String>,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// Why; empty when it does not say.
    pub reason: String,
    /// What it is about.
    pub scope: Scope,
    /// Why it is not understood and switches nothing off.
    pub problem: Option<String>,
    /// How many diagnostics it hides.
    pub hides: usize,
}

/// What a suppression is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole file.
    File,
    /// What begins, ends or goes on in this line, from 0.
    Line(usize),
}

impl Suppression {
    /// Whether its last day has passed.
    pub fn is_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// Whether it switches something off on that day.
    pub fn holds(&self, today: Date) -> bool {
        self.problem.is_none() && !self.is_expired(today)
    }

    /// Whether it names the rule, or the flag by one of its names.
    fn is_about(&self, rule: &str, flag: Option<&str>, registry: &Registry) -> bool {
        let is_flag = |name: &str| {
            flag.is_some_and(|flag| flag == name || registry.resolve(name).is_some_and(|found| found.key == flag))
        };
        self.names.iter().any(|name| name == rule || is_flag(name))
    }
}

/// Every suppression in the code of a project, in order of file and place.
pub fn find(project: &Project) -> Vec<Suppression> {
    let mut found = Vec::new();
    for (id, source) in project.sources.iter() {
        let Some(language) = source.language.filter(|_| source.text.contains(MARKER)) else { continue };
        found.extend(in_text(id, &source.text, language));
    }
    found
}

/// The suppressions of one text.
pub fn in_text(source: SourceId, text: &str, language: &crate::language::Language) -> Vec<Suppression> {
    directive::read(source, text, &comments(text, language))
}

/// The suppressions of a run by file, and where the checks are that diagnostics point into.
pub struct Index<'a> {
    project: &'a Project,
    registry: &'a Registry,
    by_source: HashMap<SourceId, Vec<usize>>,
    /// Checks by the start of their key and of their fallback.
    checks: HashMap<(SourceId, usize), &'a FlagCheck>,
}

impl<'a> Index<'a> {
    /// Indexes the suppressions that hold on that day.
    pub fn new(project: &'a Project, registry: &'a Registry, list: &[Suppression], today: Date) -> Self {
        let mut by_source: HashMap<SourceId, Vec<usize>> = HashMap::new();
        for (index, suppression) in list.iter().enumerate().filter(|(_, one)| one.holds(today)) {
            by_source.entry(suppression.at.source).or_default().push(index);
        }
        let mut checks = HashMap::new();
        for check in project.checks.iter().filter(|check| by_source.contains_key(&check.at.source)) {
            checks.insert((check.at.source, check.key_span.start), check);
            if let Some(fallback) = &check.fallback {
                checks.entry((check.at.source, fallback.span.start)).or_insert(check);
            }
        }
        Self { project, registry, by_source, checks }
    }

    /// The suppressions that hide a diagnostic.
    pub fn hiding(&self, list: &[Suppression], diagnostic: &Diagnostic) -> Vec<usize> {
        let at = &diagnostic.at;
        if !self.by_source.contains_key(&at.source) {
            return Vec::new();
        }
        let check = self.checks.get(&(at.source, at.span.start));
        let whole = check.map_or_else(|| at.clone(), |check| check.at.clone());
        self.covering(list, &whole, diagnostic.rule.code, diagnostic.flag.as_deref())
    }

    /// Whether a check is one that a fix leaves alone: a report that it is stale is switched off.
    pub fn keeps(&self, list: &[Suppression], check: &FlagCheck) -> bool {
        let flag = check.flag().map(|key| self.registry.resolve(key).map_or(key, |flag| flag.key.as_str()));
        ["stale-flag", "expired-flag"].iter().any(|rule| !self.covering(list, &check.at, rule, flag).is_empty())
    }

    fn covering(&self, list: &[Suppression], at: &Location, rule: &str, flag: Option<&str>) -> Vec<usize> {
        let Some(here) = self.by_source.get(&at.source) else { return Vec::new() };
        let sources = &self.project.sources;
        let lines = sources.position(at.source, at.span.start).0 - 1..=sources.position(at.source, at.span.end).0 - 1;
        let covers = |index: &usize| match list[*index].scope {
            Scope::File => true,
            Scope::Line(line) => lines.contains(&line),
        };
        let about = |index: &usize| list[*index].is_about(rule, flag, self.registry);
        here.iter().copied().filter(|index| covers(index) && about(index)).collect()
    }
}
