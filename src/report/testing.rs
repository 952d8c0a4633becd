//! A made-up run for the tests of the output formats: two checks, a registry line, a hostile path and a skipped file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::date;

use crate::diagnostic::{Applicability, Diagnostic, FixSummary, Label, Severity};
use crate::fix::{Plan, Site};
use crate::language;
use crate::project::{CodeFile, Project, SkipReason, Skipped};
use crate::registry::model::{EnvironmentState, Flag, FlagKind, Registry, RolloutState};
use crate::registry::verdict::verdicts;
use crate::report::paths::Base;
use crate::resolve::{Confidence, FlagCheck, Key, Projection};
use crate::run::Outcome;
use crate::settings::{Policy, Settings};
use crate::source::{Location, Source, SourceId, Sources, Span};
use crate::value::{Value, ValueType};

const CODE: &str = "\
from flags import client

def page(user):
    if client.is_enabled(\"new-ui\"):
        return \"new\"
    else:
        legacy()
        return \"old\"

x = client.is_enabled(\"flag-\" + user)  # \u{1b}[31m \u{202e}
";
const REGISTRY: &str = "flags:\n  new-ui: on  # ü\n  unused: {state: off}\n";

pub(crate) fn settings() -> Settings {
    Settings {
        root: PathBuf::from("/project"),
        here: PathBuf::new(),
        paths: vec![PathBuf::from("/project")],
        today: date(2026, 5, 1),
        exclude: Vec::new(),
        max_file_size: 1000,
        checks: Vec::new(),
        overrides: Vec::new(),
        registries: vec![PathBuf::from("flags.yaml")],
        declared: Vec::new(),
        decided: BTreeMap::new(),
        only: Vec::new(),
        policy: Policy::default(),
        severities: BTreeMap::new(),
        slips: Vec::new(),
        providers: crate::provider::embedded(),
    }
}

fn span(text: &str, part: &str) -> Span {
    let start = text.find(part).expect("the part is in the text");
    start..start + part.len()
}

fn check(source: SourceId, text: &str, argument: &str, key: Key) -> FlagCheck {
    FlagCheck {
        at: Location { source, span: span(text, &format!("client.is_enabled({argument})")) },
        key_span: span(text, argument),
        key,
        provider: "unleash".into(),
        returns: ValueType::Bool,
        projection: Projection::Enabled,
        negated: false,
        fallback: None,
        lacks_fallback: false,
        arguments: Vec::new(),
        builders: Vec::new(),
        evidence: "`client` is imported on line 1".into(),
        confidence: Confidence::High,
        in_test: false,
        awaited: false,
        in_macro: false,
        effect: crate::resolve::Effect::Value,
        choice: None,
        fallible: false,
        caveats: Vec::new(),
    }
}

fn flag(key: &str, at: Location) -> Flag {
    let state = RolloutState::Constant { value: Value::Bool(true), premises: Vec::new(), why: "declared `on`".into() };
    let on = EnvironmentState::plain(state, Some(date(2026, 1, 1)), at.clone());
    Flag {
        children: Vec::new(),
        provider: None,
        snapshots: Vec::new(),
        key: key.into(),
        aliases: Vec::new(),
        value_type: ValueType::Bool,
        variations: Vec::new(),
        kind: FlagKind::Release,
        kind_given: false,
        permanent: None,
        archived: false,
        created: Some(date(2026, 1, 1)),
        expires: None,
        owners: vec!["team|web <@web>".into()],
        tags: Vec::new(),
        description: None,
        requires: BTreeMap::new(),
        environments: [("production".to_owned(), on)].into(),
        at,
    }
}

/// Started in the root.
pub(super) fn base() -> Base {
    Base::new(&settings().root, &settings().root)
}

/// The run.
pub(super) fn outcome() -> Outcome {
    let mut sources = Sources::default();
    let path = PathBuf::from("src/a\nb\u{1b}.py");
    let code = sources.add(Source { path: path.clone(), text: Arc::from(CODE), language: language::by_name("python") });
    let yaml = sources.add(Source { path: "flags.yaml".into(), text: Arc::from(REGISTRY), language: None });
    let known = check(code, CODE, "\"new-ui\"", Key::Known { flag: "new-ui".into(), via: Vec::new() });
    let dynamic = check(code, CODE, "\"flag-\" + user", Key::Dynamic { prefix: "flag-".into(), suffix: String::new() });
    let dead = span(CODE, "    else:\n        legacy()\n        return \"old\"\n");
    let declared = Location { source: yaml, span: span(REGISTRY, "new-ui") };
    let title = "keep the first branch".to_owned();
    let reasons = vec!["`legacy()` may have effects".to_owned()];
    let diagnostics = vec![
        Diagnostic {
            rule: crate::rules::by_code("stale-flag").expect("the rule exists"),
            severity: Severity::Warning,
            flag: Some("new-ui".into()),
            at: Location { source: code, span: known.key_span.clone() },
            message: "flag `new-ui` serves `true` to everyone since 2026-01-01; this check is always `true`".into(),
            labels: vec![
                Label { at: Location { source: code, span: dead.clone() }, message: "never runs".into() },
                Label { at: declared.clone(), message: "declared `on`".into() },
            ],
            notes: vec!["it has served one value for 120 days".into()],
            fix: Some(FixSummary {
                title: title.clone(),
                applicability: Applicability::Unsafe,
                reasons: reasons.clone(),
            }),
        },
        Diagnostic {
            rule: crate::rules::by_code("stale-flag").expect("the rule exists"),
            severity: Severity::Note,
            flag: None,
            at: Location { source: code, span: dynamic.key_span.clone() },
            message: "the key is put together at run time".into(),
            labels: Vec::new(),
            notes: Vec::new(),
            fix: None,
        },
    ];
    let flags = [("new-ui", declared), ("unused", Location { source: yaml, span: span(REGISTRY, "unused") })];
    let registry = Registry {
        flags: flags.into_iter().map(|(key, at)| (key.to_owned(), Box::new(flag(key, at)))).collect(),
        origins: vec!["flags.yaml".into()],
        ..Registry::default()
    };
    let skipped_path = PathBuf::from("src/latin.py");
    let project = Project {
        root: PathBuf::from("/project"),
        sources,
        files: vec![CodeFile { path, language: "python" }, CodeFile { path: skipped_path.clone(), language: "python" }],
        checks: vec![known, dynamic],
        skipped: vec![Skipped { path: skipped_path, reason: SkipReason::NotUtf8(7) }],
        broken: Vec::new(),
        limits: vec!["constants are followed through 8 files at most".into()],
        ..Project::default()
    };
    let site =
        Site { check: 0, title, applicability: Applicability::Unsafe, reasons, dead: vec![dead], applied: false };
    let verdicts = verdicts(&registry, &settings());
    Outcome {
        verdicts,
        project,
        registry,
        warnings: Vec::new(),
        decisions: Vec::new(),
        plan: Plan { sites: vec![site], ..Plan::default() },
        diagnostics,
        suppressions: Vec::new(),
        known: 0,
    }
}
