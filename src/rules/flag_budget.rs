//! `flag-budget`: more flags than the team's policy allows, or too large a share of them stale.

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::registry::model::Flag;

pub(super) static RULE: Rule = Rule {
    code: "flag-budget",
    severity: Severity::Error,
    summary: "more flags, or more stale ones, than the policy allows",
    explain: include_str!("../../docs/rules/flag-budget.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let limits = &context.settings.policy.limits;
    if !context.has_registry() {
        return;
    }
    let flags: Vec<&Flag> = context.registry.flags.values().map(Box::as_ref).filter(|flag| !flag.archived).collect();
    let mut report = |flag: &Flag, message: String| {
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: None,
            at: flag.at.clone(),
            message,
            labels: Vec::new(),
            notes: Vec::new(),
            fix: None,
        });
    };
    // The flag that came last stands for all of them: there is no other place that is about their number.
    let last = flags.iter().max_by_key(|flag| (flag.created, flag.at.span.start));
    if let (Some(most), Some(last)) = (limits.max_flags, last)
        && flags.len() > most
    {
        report(last, format!("the registry has {} flags, and the policy allows {most}", flags.len()));
    }
    let is_stale = |flag: &&&Flag| {
        context
            .verdicts
            .get(&flag.key)
            .is_some_and(|verdict| verdict.expired || verdict.staleness.as_ref().is_some_and(|clock| !clock.review))
    };
    let stale: Vec<&&Flag> = flags.iter().filter(is_stale).collect();
    let first = stale.iter().min_by_key(|flag| (flag.created.is_none(), flag.created, flag.at.span.start));
    if let (Some(most), Some(first)) = (limits.max_stale_share, first)
        && stale.len() * 100 > flags.len() * most as usize
    {
        report(first, format!("{} of {} flags are stale, and the policy allows {most}%", stale.len(), flags.len()));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Run;

    const FLAGS: &str = "flags:\n  old: {created: 2025-01-01, state: {is: on, since: 2025-02-01}}\n  new: {created: 2026-05-30, state: 20%}\n  \
                         gone: {archived: true, state: on}\n";

    fn check(most: Option<usize>, share: Option<u32>, expected: &str) {
        let mut run = Run::new(FLAGS);
        (run.settings.policy.limits.max_flags, run.settings.policy.limits.max_stale_share) = (most, share);
        assert_eq!(run.show("flag-budget"), expected);
    }

    #[test]
    fn what_the_policy_allows_is_not_reported() {
        check(None, None, "");
        check(Some(2), Some(50), "");
        check(Some(1), None, "flags.yaml:3:3 error: the registry has 2 flags, and the policy allows 1");
        check(None, Some(49), "flags.yaml:2:3 error: 1 of 2 flags are stale, and the policy allows 49%");
    }
}
