//! Projects in memory for the tests of rules: a registry in YAML, code in which `<key>` marks each check, and the
//! diagnostics of one rule as lines of text.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::date;

use super::{Context, by_code, decisions, judge};
use crate::diagnostic::{Applicability, Diagnostic};
use crate::fix::{Plan, Site};
use crate::language;
use crate::project::Project;
use crate::registry::model::Registry;
use crate::registry::verdict::verdicts;
use crate::registry::{self};
use crate::resolve::{Confidence, Fallback, FlagCheck, Key, Projection};
use crate::settings::{Policy, Settings};
use crate::source::{Location, Source};
use crate::value::{Value, ValueType};

/// A run in memory on 2026-06-01.
pub(super) struct Run {
    pub(super) project: Project,
    pub(super) registry: Registry,
    pub(super) settings: Settings,
}

impl Run {
    /// A run with a registry; an empty text means that there is none.
    pub(super) fn new(flags: &str) -> Self {
        let root = tempfile::tempdir().expect("a scratch directory can be made");
        let mut project = Project::default();
        let mut registry = Registry::default();
        if !flags.is_empty() {
            std::fs::write(root.path().join("flags.yaml"), flags).expect("the scratch directory can be written");
            let paths = [PathBuf::from("flags.yaml")];
            (registry, _) = registry::load(&paths, root.path(), &mut project.sources)
                .unwrap_or_else(|error| panic!("the registry of the test is valid:\n{error}"));
        }
        let settings = Settings {
            root: PathBuf::new(),
            here: PathBuf::new(),
            paths: Vec::new(),
            today: date(2026, 6, 1),
            exclude: Vec::new(),
            max_file_size: u64::MAX,
            checks: Vec::new(),
            overrides: Vec::new(),
            registries: Vec::new(),
            declared: Vec::new(),
            decided: BTreeMap::new(),
            only: Vec::new(),
            policy: Policy::default(),
            severities: BTreeMap::new(),
            slips: Vec::new(),
            providers: crate::provider::embedded(),
        };
        Self { project, registry, settings }
    }

    /// Adds a file: `<key>` is a check of that key, `<prefix*suffix>` one of a dynamic key.
    pub(super) fn file(mut self, path: &str, text: &str) -> Self {
        let source = self.project.sources.add(Source {
            path: path.into(),
            text: text.into(),
            language: language::by_path(path.as_ref()),
        });
        for (start, _) in text.match_indices('<') {
            let end = start + text[start..].find('>').expect("every `<` is closed");
            let key = &text[start + 1..end];
            let key = match key.split_once('*') {
                Some((prefix, suffix)) => Key::Dynamic { prefix: prefix.into(), suffix: suffix.into() },
                None => Key::Known { flag: key.into(), via: Vec::new() },
            };
            self.project.checks.push(FlagCheck {
                at: Location { source, span: start..end + 1 },
                key_span: start + 1..end,
                key,
                provider: "test".into(),
                returns: ValueType::Bool,
                projection: Projection::Enabled,
                negated: false,
                fallback: None,
                lacks_fallback: false,
                arguments: Vec::new(),
                builders: Vec::new(),
                evidence: "the test says so".into(),
                confidence: Confidence::High,
                in_test: path.contains("test"),
                awaited: false,
                in_macro: false,
                effect: crate::resolve::Effect::Value,
                choice: None,
                fallible: false,
                caveats: Vec::new(),
            });
        }
        self
    }

    /// Changes every check.
    pub(super) fn checks(mut self, change: impl Fn(&mut FlagCheck)) -> Self {
        self.project.checks.iter_mut().for_each(change);
        self
    }

    /// Gives every check a fallback, written where its key is.
    pub(super) fn fallback(self, value: Value) -> Self {
        self.checks(|check| {
            check.fallback = Some(Fallback { span: check.key_span.clone(), value: Some(value.clone()) })
        })
    }

    /// Changes the settings.
    pub(super) fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The diagnostics of one rule, all others being off.
    pub(super) fn diagnostics(&self, code: &str) -> Vec<Diagnostic> {
        let mut settings = self.settings.clone();
        for rule in super::RULES {
            if rule.code != code {
                settings.severities.insert(rule.code.to_owned(), None);
            }
        }
        let verdicts = verdicts(&self.registry, &settings);
        let plan = self.plan();
        judge(&Context::new(&self.project, &self.registry, &verdicts, &settings, Some(&plan)))
    }

    /// A plan that folds each decided check and kills the bytes after it.
    fn plan(&self) -> Plan {
        let verdicts = verdicts(&self.registry, &self.settings);
        let decisions = decisions(&self.project, &verdicts, &self.registry, &self.settings);
        let sites = decisions.iter().map(|decision| {
            let end = self.project.checks[decision.check].at.span.end;
            Site {
                check: decision.check,
                title: "keep the first branch".into(),
                applicability: Applicability::Safe,
                reasons: Vec::new(),
                dead: std::iter::once(end..end + 1).collect(),
                applied: true,
            }
        });
        Plan { sites: sites.collect(), ..Plan::default() }
    }

    /// Keys and values of the decided checks.
    pub(super) fn decided(&self) -> Vec<(String, Value)> {
        let verdicts = verdicts(&self.registry, &self.settings);
        let key = |check: usize| self.project.checks[check].flag().unwrap_or_default().to_owned();
        let decisions = decisions(&self.project, &verdicts, &self.registry, &self.settings);
        decisions.into_iter().map(|decision| (key(decision.check), decision.value)).collect()
    }

    /// The diagnostics of one rule as text: place, severity and message, then labels, notes and fix, indented.
    pub(super) fn show(&self, code: &str) -> String {
        assert!(by_code(code).is_some(), "`{code}` is in the table");
        let place = |at: &Location| {
            let (line, column) = self.project.sources.line_column(at);
            format!("{}:{line}:{column}", self.project.sources.get(at.source).display_path())
        };
        let mut lines = Vec::new();
        for found in self.diagnostics(code) {
            lines.push(format!("{} {}: {}", place(&found.at), found.severity.name(), found.message));
            lines.extend(found.labels.iter().map(|label| format!("  {} {}", place(&label.at), label.message)));
            lines.extend(found.notes.iter().map(|note| format!("  note: {note}")));
            lines.extend(found.fix.iter().map(|fix| format!("  fix: {} ({})", fix.title, fix.applicability.name())));
        }
        lines.join("\n")
    }

    /// What `explain FLAG` prints.
    pub(super) fn explain(&self, name: &str) -> Option<String> {
        let verdicts = verdicts(&self.registry, &self.settings);
        let plan = self.plan();
        super::explain_flag(&Context::new(&self.project, &self.registry, &verdicts, &self.settings, Some(&plan)), name)
    }
}
