//! `expired-suppression`: a comment whose last day has passed, so that it hides nothing any more.

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "expired-suppression",
    severity: Severity::Warning,
    summary: "a comment that hid diagnostics until a day that has passed",
    explain: include_str!("../../docs/rules/expired-suppression.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for suppression in context.suppressions().iter().filter(|one| one.problem.is_none()) {
        let Some(until) = suppression.until.filter(|_| suppression.is_expired(context.settings.today)) else {
            continue;
        };
        let names = suppression.names.join(", ");
        let notes = match suppression.reason.as_str() {
            "" => Vec::new(),
            reason => vec![format!("the reason was: {reason}")],
        };
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: None,
            at: suppression.at.clone(),
            message: format!("`ignore[{names}]` expired on {until}; what it hid is reported again"),
            labels: Vec::new(),
            notes,
            fix: None,
        });
    }
}
