//! `moved-removal-date`: a removal date that was moved to a later day more often than the team's policy allows.

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "moved-removal-date",
    severity: Severity::Warning,
    summary: "a removal date that was moved more often than the policy allows",
    explain: include_str!("../../docs/rules/moved-removal-date.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(most) = context.settings.policy.limits.max_moves.filter(|_| context.has_registry()) else { return };
    for slip in context.settings.slips.iter().filter(|slip| slip.times > most) {
        let Some(flag) = context.registry.flags.get(&slip.flag).filter(|flag| !flag.archived) else { continue };
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: Some(flag.key.clone()),
            at: flag.at.clone(),
            message: format!(
                "the removal date of flag `{}` was moved {}, from {} to {}, and the policy allows {most}",
                flag.key,
                often(slip.times),
                slip.first,
                slip.now
            ),
            labels: Vec::new(),
            notes: Vec::new(),
            fix: None,
        });
    }
}

fn often(times: usize) -> String {
    match times {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{times} times"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::rules::testing::Run;
    use crate::settings::Slip;

    #[test]
    fn more_moves_than_allowed_are_reported() {
        let moved = |most: Option<usize>| {
            let run = Run::new("flags:\n  a: {expires: 2026-09-01, state: 20%}\n  b: {archived: true, state: on}\n");
            let slip =
                |flag: &str| Slip { flag: flag.to_owned(), first: date(2026, 3, 1), now: date(2026, 9, 1), times: 2 };
            run.settings(|settings| {
                settings.slips = vec![slip("a"), slip("b"), slip("gone")];
                settings.policy.limits.max_moves = most;
            })
            .show("moved-removal-date")
        };
        assert_eq!(moved(None), "");
        assert_eq!(moved(Some(2)), "");
        assert_eq!(
            moved(Some(1)),
            "flags.yaml:2:3 warning: the removal date of flag `a` was moved twice, from 2026-03-01 to 2026-09-01, and the policy allows 1"
        );
    }
}
