//! `archived-flag`: checks of a flag that the provider no longer serves.

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "archived-flag",
    severity: Severity::Warning,
    summary: "a check of a flag that is archived in the registry",
    explain: include_str!("../../docs/rules/archived-flag.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if !context.has_registry() {
        return;
    }
    for check in &context.project.checks {
        let Some(flag) = context.flag_of(check) else { continue };
        if !flag.archived {
            continue;
        }
        let fallback = check.fallback.as_ref().and_then(|fallback| fallback.value.as_ref());
        let gets = fallback.map_or_else(|| "the SDK's default".to_owned(), |value| format!("its fallback `{value}`"));
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: Some(flag.key.clone()),
            at: Location { source: check.at.source, span: check.key_span.clone() },
            message: format!("flag `{}` is archived, so this check most likely gets {gets}", flag.key),
            labels: vec![Label { at: flag.at.clone(), message: "archived".to_owned() }],
            notes: vec![format!(
                "not removed: what an archived flag serves depends on the provider; `--flag {}=VALUE` decides it by hand",
                flag.key
            )],
            fix: None,
        });
    }
}
