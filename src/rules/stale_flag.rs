//! `stale-flag`: one diagnostic per check of a flag whose time is up, and per check of a flag decided by hand.

use std::collections::BTreeSet;

use super::context::{is_stale, yields};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::registry::verdict::{Clock, Rollout, Verdict, place};
use crate::resolve::FlagCheck;
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "stale-flag",
    severity: Severity::Warning,
    summary: "a check of a flag that has served one value for too long, or is too old",
    explain: include_str!("../../docs/rules/stale-flag.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for (index, check) in context.project.checks.iter().enumerate() {
        let Some((key, _)) = context.judged(check) else { continue };
        // Whether the flag is stale is a property of the flag; what this check yields, of its projection.
        let Some(flag) = context.verdicts.get(key) else { continue };
        if is_stale(flag, context.settings) {
            diagnostics.push(diagnose(context, index, check, flag));
        }
    }
}

fn diagnose(context: &Context<'_>, index: usize, check: &FlagCheck, flag: &Verdict) -> Diagnostic {
    let here = context.judged(check).map(|(_, verdict)| verdict);
    let seen = here.as_deref().unwrap_or(flag);
    let mut labels = evidence_labels(flag, context);
    let mut notes = Vec::new();
    if let Some(clock) = &flag.staleness {
        let lines: BTreeSet<String> = flag
            .evidence
            .iter()
            .filter(|one| one.required)
            .filter_map(|one| Some(context.line(one.at.as_ref()?)))
            .collect();
        let lines: Vec<String> = lines.into_iter().collect();
        let by = if lines.is_empty() { String::new() } else { format!(" according to {}", lines.join(", ")) };
        notes.push(format!("it {} in {}{by}", clock.describe(), place(&clock.environments)));
    }
    let yielded = seen.constant().map(|value| (value, yields(check, value)));
    if let Some((value, None)) = &yielded {
        notes.push(format!(
            "not removed: the flag's value `{value}` does not fit a check that returns {}",
            check.returns.name()
        ));
    } else if let Some(why) = seen.obstacle() {
        notes.push(format!("not removed: {why}"));
    }
    notes.extend(flag.mentions.iter().cloned());
    if check.negated {
        notes.push("this check is negated: it is true while the flag is off".to_owned());
    }
    let fix = context.fix(index, &mut labels);
    let consequence = match yielded {
        Some((_, Some(value))) => format!("; this check is always `{value}`"),
        _ => String::new(),
    };
    let review = flag.staleness.as_ref().is_some_and(|clock| clock.review);
    Diagnostic {
        rule: &RULE,
        severity: if review { Severity::Note } else { RULE.severity },
        flag: Some(flag.flag.clone()),
        at: Location { source: check.at.source, span: check.key_span.clone() },
        message: format!("{}{consequence}", fact(flag, review)),
        labels,
        notes,
        fix,
    }
}

fn fact(flag: &Verdict, review: bool) -> String {
    let key = &flag.flag;
    let Some(clock) = &flag.staleness else { return format!("flag `{key}` {}", flag.summary) };
    let kind = if review { format!("{} flag", flag.kind.name()) } else { "flag".to_owned() };
    let advice = if review { ", see whether it is still needed" } else { "" };
    match (clock.clock, clock.since.zip(clock.days)) {
        (Clock::OneValue, Some((since, days))) => {
            format!("{kind} `{key}` {} since {since} ({days} days){advice}", flag.summary)
        }
        (Clock::Age | Clock::Lifetime, Some((since, days))) => {
            let still = match flag.rollout {
                Rollout::Everyone { .. } => "",
                _ => "still ",
            };
            format!("{kind} `{key}` was created on {since} ({days} days ago) and {still}{}{advice}", flag.summary)
        }
        _ => format!("{kind} `{key}` {} since an unknown date{advice}", flag.summary),
    }
}

/// One label per line of the registry that the verdict rests on.
pub(super) fn evidence_labels(flag: &Verdict, context: &Context<'_>) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    for one in flag.evidence.iter().filter(|one| one.required) {
        let Some(at) = &one.at else { continue };
        if labels.iter().all(|label| label.at != *at) {
            labels.push(Label { at: at.clone(), message: one.text.clone() });
        }
    }
    if labels.is_empty()
        && let Some(entry) = context.registry.flags.get(&flag.flag)
    {
        labels.push(Label { at: entry.at.clone(), message: "declared here".to_owned() });
    }
    labels
}
