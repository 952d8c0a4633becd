//! `expired-flag`: checks of a flag whose removal date has passed. An entry that nothing checks is for `unused-flag`.

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "expired-flag",
    severity: Severity::Error,
    summary: "a check of a flag that should have been removed by now",
    explain: include_str!("../../docs/rules/expired-flag.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if !context.has_registry() {
        return;
    }
    for (index, check) in context.project.checks.iter().enumerate() {
        let Some(flag) = context.flag_of(check) else { continue };
        let Some(expires) = flag.expires.filter(|expires| *expires < context.settings.today) else { continue };
        let days = (context.settings.today - expires).get_days();
        let mut notes = Vec::new();
        if let Some((_, verdict)) = context.judged(check) {
            notes.push(format!("it {}", verdict.summary));
            if let Some(why) = verdict.obstacle() {
                notes.push(format!("not removed: {why}"));
            }
        }
        if !flag.owners.is_empty() {
            notes.push(format!("owned by {}", flag.owners.join(", ")));
        }
        let mut labels = vec![Label { at: flag.at.clone(), message: format!("expires {expires}") }];
        let fix = context.fix(index, &mut labels);
        let past = if days == 1 { "1 day ago".to_owned() } else { format!("{days} days ago") };
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: Some(flag.key.clone()),
            at: Location { source: check.at.source, span: check.key_span.clone() },
            message: format!("flag `{}` was to be removed by {expires}, {past}", flag.key),
            labels,
            notes,
            fix,
        });
    }
}
