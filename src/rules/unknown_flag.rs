//! `unknown-flag`: checks whose key the registry does not have.

use std::collections::BTreeMap;

use super::context::is_certain;
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::registry::nearest;
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "unknown-flag",
    severity: Severity::Warning,
    summary: "a check of a key that is not in the registry",
    explain: include_str!("../../docs/rules/unknown-flag.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    // What was not fetched may well exist.
    if !context.has_registry() || context.registry.is_incomplete() {
        return;
    }
    let registry = context.registry;
    let names = || registry.flags.keys().chain(registry.aliases.keys()).map(String::as_str);
    // A key is looked up once, however many checks it has.
    let mut meant: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for check in &context.project.checks {
        // A mere hint is a check because the registry has its key, or it is none. The switches that a project keeps in a mapping
        // or in its environment need not be in any registry.
        let unknown = |key: &&str| {
            is_certain(check)
                && !context.settings.providers.is_idiom(&check.provider)
                && registry.asked(key, &context.project.sources.get(check.at.source).path).is_none()
        };
        let Some(key) = check.flag().filter(unknown) else { continue };
        let meant = *meant.entry(key).or_insert_with(|| nearest(key, names()));
        let flag = meant.and_then(|name| registry.resolve(name));
        let question = meant.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: Some(key.to_owned()),
            at: Location { source: check.at.source, span: check.key_span.clone() },
            message: format!("flag `{key}` is not in the registry{question}"),
            labels: flag
                .map(|flag| Label { at: flag.at.clone(), message: "the nearest one".to_owned() })
                .into_iter()
                .collect(),
            notes: vec![
                format!("looked in {}", registry.origins.join(", ")),
                format!("detected because {}", check.evidence),
            ],
            fix: None,
        });
    }
}
