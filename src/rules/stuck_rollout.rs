//! `stuck-rollout`: one diagnostic per flag and environment whose gradual rollout is behind its schedule, or has not moved.

use jiff::civil::Date;

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::registry::model::{EnvironmentState, Flag, FlagKind, RolloutState};
use crate::registry::verdict::{EVERY, Verdict, describe, place};
use crate::value::Value;

pub(super) static RULE: Rule = Rule {
    code: "stuck-rollout",
    severity: Severity::Warning,
    summary: "a gradual rollout that is behind its schedule, or has not moved for too long",
    explain: include_str!("../../docs/rules/stuck-rollout.md"),
    run,
};

/// Shares that differ by less are the same.
const NEAR: f64 = 0.05;

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if !context.has_registry() {
        return;
    }
    for flag in context.registry.flags.values().filter(|flag| !flag.archived) {
        let Some(verdict) = context.verdicts.get(&flag.key) else { continue };
        for environment in required(verdict) {
            let Some(state) = flag.environments.get(environment).or_else(|| flag.environments.get(EVERY)) else {
                continue;
            };
            if state.since.is_some_and(|since| since > context.settings.today) {
                continue;
            }
            let found =
                behind(context, flag, environment, state).or_else(|| unmoved(context, flag, environment, state));
            if let Some((message, mut notes)) = found {
                if !flag.owners.is_empty() {
                    notes.push(format!("owned by {}", flag.owners.join(", ")));
                }
                notes.extend(verdict.freshness.iter().map(|one| format!("known from the snapshot {}", one.text)));
                diagnostics.push(Diagnostic {
                    rule: &RULE,
                    severity: RULE.severity,
                    flag: Some(flag.key.clone()),
                    at: state.at.clone(),
                    message,
                    labels: vec![Label { at: state.at.clone(), message: describe(&state.state) }],
                    notes,
                    fix: None,
                });
            }
        }
    }
}

fn required(verdict: &Verdict) -> impl Iterator<Item = &str> {
    verdict.evidence.iter().filter(|one| one.required).map(|one| one.environment.as_str())
}

/// The message and notes on a rollout that serves less than its schedule asks for today.
fn behind(
    context: &Context<'_>,
    flag: &Flag,
    environment: &str,
    state: &EnvironmentState,
) -> Option<(String, Vec<String>)> {
    let plan = state.schedule.as_ref()?;
    let today = context.settings.today;
    let served = share(&state.state)?;
    // On the day itself there is still time.
    let due = plan.due(today.yesterday().ok()?).filter(|due| due.percentage > served + NEAR)?;
    let message = format!(
        "the rollout of flag `{}` is behind its schedule in {}: {}% were due on {} ({}), and it is on for {}%",
        flag.key,
        place(&[environment.to_owned()]),
        due.percentage,
        due.day,
        ago(due.day, today),
        rounded(served)
    );
    let mut notes = Vec::new();
    if let Some(first) = plan.first_above(served + NEAR).filter(|first| first.day < due.day) {
        notes.push(format!("it fell behind on {}, when {}% were due", first.day, first.percentage));
    }
    if let Some(next) = plan.steps().find(|step| step.day > today) {
        notes.push(format!("the next step is {}% on {}", next.percentage, next.day));
    }
    Some((message, notes))
}

/// The message and notes on a rollout that has been at the same shares for too long.
fn unmoved(
    context: &Context<'_>,
    flag: &Flag,
    environment: &str,
    state: &EnvironmentState,
) -> Option<(String, Vec<String>)> {
    // What is meant to differ between contexts is not stuck.
    let temporary = matches!(flag.kind, FlagKind::Release | FlagKind::Experiment) && flag.permanent != Some(true);
    let RolloutState::Partial { .. } = &state.state else { return None };
    let (today, limit) = (context.settings.today, context.settings.policy.max_partial);
    let since = state.since.filter(|_| temporary)?;
    // A schedule may well leave it there until its next step.
    let waits = state.schedule.as_ref().is_some_and(|plan| plan.steps().any(|step| step.day > today));
    let days = (today - since).get_days();
    if waits || i64::from(days) <= i64::from(limit) {
        return None;
    }
    let message = format!(
        "the rollout of flag `{}` has not moved in {} since {since} ({days} days, at most {limit}): it serves {}",
        flag.key,
        place(&[environment.to_owned()]),
        describe(&state.state)
    );
    Some((
        message,
        vec!["finish the rollout, or take it back; `permanent: true` says that it is meant to stay".to_owned()],
    ))
}

/// For which percentage of the contexts a flag is on, where that can be told.
fn share(state: &RolloutState) -> Option<f64> {
    match state {
        RolloutState::Constant { value: Value::Bool(on), .. } | RolloutState::Off { value: Value::Bool(on), .. } => {
            Some(if *on { 100.0 } else { 0.0 })
        }
        RolloutState::Partial { lanes, .. } => {
            lanes.iter().find(|(value, _)| *value == Value::Bool(true)).and_then(|(_, share)| *share)
        }
        _ => None,
    }
}

fn rounded(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}

fn ago(day: Date, today: Date) -> String {
    match (today - day).get_days() {
        0 => "today".to_owned(),
        1 => "1 day ago".to_owned(),
        days => format!("{days} days ago"),
    }
}
