//! `dynamic-key`: checks whose key is put together at run time.

use super::context::is_asked_for;
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::resolve::Key;
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "dynamic-key",
    severity: Severity::Note,
    summary: "a check whose key is put together at run time",
    explain: include_str!("../../docs/rules/dynamic-key.md"),
    run,
};

/// Flags named in a note; more are counted.
const SHOWN: usize = 5;

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mut known: Vec<&str> = if context.has_registry() {
        context.registry.flags.keys().map(String::as_str).collect()
    } else {
        context.settings.decided.keys().map(String::as_str).collect()
    };
    known
        .extend(context.settings.only.iter().map(String::as_str).filter(|key| context.registry.resolve(key).is_none()));
    let restricted = !context.settings.only.is_empty() || !context.settings.decided.is_empty();
    for check in &context.project.checks {
        let Key::Dynamic { prefix, suffix } = &check.key else { continue };
        let possible: Vec<&str> = known.iter().copied().filter(|key| could_name(prefix, suffix, key)).collect();
        let asked = possible.iter().any(|key| is_asked_for(context.settings, context.registry, key));
        if restricted && !asked {
            continue;
        }
        let shape = match (prefix.as_str(), suffix.as_str()) {
            ("", "") => "nothing of it is constant".to_owned(),
            (prefix, "") => format!("only its beginning `{prefix}` is constant"),
            ("", suffix) => format!("only its end `{suffix}` is constant"),
            (prefix, suffix) => format!("only its beginning `{prefix}` and its end `{suffix}` are constant"),
        };
        let mut notes = Vec::new();
        if prefix.is_empty() && suffix.is_empty() {
            if context.has_registry() {
                notes.push("it could name any flag, so none is reported as unused".to_owned());
            }
        } else if !possible.is_empty() {
            let mut names: Vec<String> = possible.iter().take(SHOWN).map(|key| format!("`{key}`")).collect();
            if possible.len() > SHOWN {
                names.push(format!("{} more", possible.len() - SHOWN));
            }
            notes.push(format!("it could name {}", names.join(", ")));
        }
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: None,
            at: Location { source: check.at.source, span: check.key_span.clone() },
            message: format!("the key of this check is put together at run time, so its flag is not known; {shape}"),
            labels: Vec::new(),
            notes,
            fix: None,
        });
    }
}

/// Whether a key with a constant beginning and end could be this flag's.
pub(super) fn could_name(prefix: &str, suffix: &str, key: &str) -> bool {
    key.len() >= prefix.len() + suffix.len() && key.starts_with(prefix) && key.ends_with(suffix)
}
