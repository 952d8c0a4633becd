//! `unused-suppression`: a comment that hides nothing, or that is not understood.

use std::collections::BTreeSet;

use super::{Context, RULES, Rule, by_code};
use crate::diagnostic::{Diagnostic, Severity};
use crate::registry::nearest;
use crate::suppress::Suppression;

pub(super) static RULE: Rule = Rule {
    code: "unused-suppression",
    severity: Severity::Warning,
    summary: "a comment that hides no diagnostic",
    explain: include_str!("../../docs/rules/unused-suppression.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let keys: BTreeSet<&str> = context.project.checks.iter().filter_map(|check| check.flag()).collect();
    for suppression in context.suppressions().iter() {
        let message = match &suppression.problem {
            Some(problem) => format!("this comment hides nothing: {problem}"),
            None if suppression.hides > 0 || suppression.is_expired(context.settings.today) => continue,
            None => match unknown(suppression, context, &keys) {
                Some(message) => message,
                None if is_undecided(suppression, context) => continue,
                None => format!("nothing is left that `ignore[{}]` hides", suppression.names.join(", ")),
            },
        };
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: None,
            at: suppression.at.clone(),
            message,
            labels: Vec::new(),
            notes: vec!["take the comment out, or correct it".to_owned()],
            fix: None,
        });
    }
}

/// A name in the brackets that is neither a rule nor a flag.
fn unknown(suppression: &Suppression, context: &Context<'_>, keys: &BTreeSet<&str>) -> Option<String> {
    let is_flag = |name: &str| keys.contains(name) || context.registry.resolve(name).is_some();
    let name = suppression.names.iter().find(|name| by_code(name).is_none() && !is_flag(name))?;
    let near = nearest(name, RULES.iter().map(|rule| rule.code).chain(keys.iter().copied()));
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Some(format!("this comment hides nothing: `{name}` is neither a rule nor a flag{hint}"))
}

/// Whether a rule that it names did not run, or not for all flags: then nobody knows what it would hide.
fn is_undecided(suppression: &Suppression, context: &Context<'_>) -> bool {
    let settings = context.settings;
    let is_off = |code: &str| settings.severities.get(code) == Some(&None);
    let rules: Vec<&str> =
        suppression.names.iter().map(String::as_str).filter(|name| by_code(name).is_some()).collect();
    !settings.only.is_empty()
        || !settings.decided.is_empty()
        || !context.has_registry()
        || rules.into_iter().any(is_off)
}
