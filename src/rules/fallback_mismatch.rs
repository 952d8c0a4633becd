//! `fallback-mismatch`: the fallback in the code differs from what everybody gets, so an outage changes behaviour.

use super::context::yields;
use super::stale_flag::evidence_labels;
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "fallback-mismatch",
    severity: Severity::Note,
    summary: "a fallback that differs from the value which everybody gets",
    explain: include_str!("../../docs/rules/fallback-mismatch.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if !context.has_registry() {
        return;
    }
    for check in &context.project.checks {
        let Some(written) = check.fallback.as_ref() else { continue };
        let Some(fallback) = written.value.as_ref() else { continue };
        let Some((key, verdict)) = context.judged(check) else { continue };
        let Some(served) = verdict.constant().and_then(|value| yields(check, value)) else { continue };
        if verdict.decided || context.flag_of(check).is_none_or(|flag| flag.archived) || served.matches(fallback) {
            continue;
        }
        let mut notes = vec![format!("flag `{key}` {}", verdict.summary)];
        if verdict.removal().is_some() {
            notes.push("removing the check makes the outage behave like normal operation".to_owned());
        }
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: Some(key.to_owned()),
            at: Location { source: check.at.source, span: written.span.clone() },
            message: format!(
                "the fallback `{fallback}` differs from `{served}`, which flag `{key}` serves to everyone; in an outage the program behaves differently"
            ),
            labels: evidence_labels(&verdict, context),
            notes,
            fix: None,
        });
    }
}
