//! `unused-flag`: entries of the registry that no check names and no dynamic key could name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::dynamic_key::could_name;
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::resolve::Key;
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "unused-flag",
    severity: Severity::Warning,
    summary: "a flag in the registry that no code checks",
    explain: include_str!("../../docs/rules/unused-flag.md"),
    run,
};

/// Places in tests that are labelled; more are counted.
const SHOWN: usize = 3;

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if !context.has_registry() {
        return;
    }
    let mut used: BTreeMap<&str, Vec<&Location>> = BTreeMap::new();
    let mut in_tests: BTreeMap<&str, Vec<Location>> = BTreeMap::new();
    let mut dynamic: Vec<(&str, &str, &Location)> = Vec::new();
    for check in &context.project.checks {
        match &check.key {
            Key::Dynamic { prefix, suffix } => dynamic.push((prefix, suffix, &check.at)),
            Key::Known { flag, .. } => {
                let Some(flag) = context.registry.resolve(flag) else { continue };
                if check.in_test {
                    let at = Location { source: check.at.source, span: check.key_span.clone() };
                    in_tests.entry(&flag.key).or_default().push(at);
                } else {
                    used.entry(&flag.key).or_default().push(&check.at);
                }
            }
        }
    }
    let mut children: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for child in context.registry.flags.values() {
        for parent in child.requires.keys() {
            children.entry(parent).or_default().push(format!("`{}`", child.key));
        }
    }
    dynamic.sort();
    dynamic.dedup_by(|left, right| (left.0, left.1) == (right.0, right.1));
    let path = |at: &Location| context.project.sources.get(at.source).path.as_path();
    // Where the registry is a literal in the code, `leftover-definition` says the same of the same line.
    let said_by_definition = context.settings.severities.get("leftover-definition") != Some(&None);
    let definitions = context.project.definitions.iter().filter(|_| said_by_definition);
    let definitions: BTreeSet<(&Path, usize)> = definitions.map(|one| (path(&one.at), one.key_span.start)).collect();
    for flag in context.registry.flags.values() {
        if used.contains_key(flag.key.as_str()) || definitions.contains(&(path(&flag.at), flag.at.span.start)) {
            continue;
        }
        let names = || std::iter::once(&flag.key).chain(&flag.aliases);
        if dynamic.iter().any(|(prefix, suffix, _)| names().any(|name| could_name(prefix, suffix, name))) {
            continue;
        }
        let tests = in_tests.get(flag.key.as_str()).map_or(&[][..], Vec::as_slice);
        let mut notes = Vec::new();
        let message = if tests.is_empty() {
            format!("flag `{}` is in the registry, but no code checks it", flag.key)
        } else {
            format!("flag `{}` is in the registry, but only tests check it", flag.key)
        };
        if tests.len() > SHOWN {
            notes.push(format!("checked in {} more places in tests", tests.len() - SHOWN));
        }
        if !flag.owners.is_empty() {
            notes.push(format!("owned by {}", flag.owners.join(", ")));
        }
        if let Some(children) = children.get(flag.key.as_str()) {
            notes.push(format!("{} requires it, so the registry still needs it", children.join(", ")));
        }
        let label = |at: &Location| Label { at: at.clone(), message: "checked in a test".to_owned() };
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: Some(flag.key.clone()),
            at: flag.at.clone(),
            message,
            labels: tests.iter().take(SHOWN).map(label).collect(),
            notes,
            fix: None,
        });
    }
}
