//! `stale-flag`: one diagnostic per check of a flag whose time is up, and per check of a flag decided by hand.

use std::collections::BTreeSet;

use super::context::{is_certain, is_stale, yields};
use super::dynamic_key::could_name;
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::registry::verdict::{Clock, Rollout, Staleness, Verdict, place};
use crate::resolve::{FlagCheck, Key};
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "stale-flag",
    severity: Severity::Warning,
    summary: "a check of a flag that has served one value for too long, or is too old",
    explain: include_str!("../../docs/rules/stale-flag.md"),
    run,
};

/// Places of dynamic keys named in a note; more are counted.
const SHOWN: usize = 3;

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let dynamic: Vec<&FlagCheck> = context.project.checks.iter().filter(|check| check.flag().is_none()).collect();
    for (index, check) in context.project.checks.iter().enumerate() {
        let Some((key, _)) = context.judged(check) else { continue };
        // Whether the flag is stale is a property of the flag; what this check yields, of its projection.
        let Some(flag) = context.flag_verdict(check, key) else { continue };
        if is_stale(&flag, context.settings) {
            diagnostics.push(diagnose(context, index, check, &flag, &dynamic));
        }
    }
}

fn diagnose(
    context: &Context<'_>,
    index: usize,
    check: &FlagCheck,
    flag: &Verdict,
    dynamic: &[&FlagCheck],
) -> Diagnostic {
    let here = context.judged(check).map(|(_, verdict)| verdict);
    let seen = here.as_deref().unwrap_or(flag);
    let mut labels = evidence_labels(flag, context);
    let mut notes = Vec::new();
    if let Some(clock) = &flag.staleness {
        notes.push(clock_note(context, flag, clock));
    }
    let yielded = seen.constant().map(|value| (value, yields(check, value)));
    if let Some((value, None)) = &yielded {
        notes.push(format!(
            "not removed: the flag's value `{value}` does not fit a check that returns {}",
            check.returns.name()
        ));
    } else if let Some(why) = seen.obstacle() {
        notes.push(format!("not removed: {why}"));
    } else if !is_certain(check) {
        notes.push(format!("not removed: it is not certain that this is a check; {}", check.evidence));
    }
    notes.extend(flag.mentions.iter().cloned());
    notes.extend(flag.freshness.iter().map(|snapshot| format!("known from the snapshot {}", snapshot.text)));
    if seen.removal().is_some() {
        notes.extend(dynamic_note(context, &flag.flag, dynamic));
    }
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
        (Clock::Age | Clock::Lifetime | Clock::CodeAge, Some((since, days))) => {
            let still = match flag.rollout {
                Rollout::Everyone { .. } => "",
                _ => "still ",
            };
            let came = if clock.clock == Clock::CodeAge { "came into code" } else { "was created" };
            format!("{kind} `{key}` {came} on {since} ({days} days ago) and {still}{}{advice}", flag.summary)
        }
        _ => format!("{kind} `{key}` {} since an unknown date{advice}", flag.summary),
    }
}

/// Which clock ran out: "clock: 92 of 30 days at one value in production, since 2026-03-01 (flags.yaml:8)".
fn clock_note(context: &Context<'_>, flag: &Verdict, clock: &Staleness) -> String {
    let stated = flag.evidence.iter().filter(|one| one.required).filter_map(|one| Some(context.line(one.at.as_ref()?)));
    let stated: BTreeSet<String> = stated.collect();
    let stated = stated.into_iter().collect::<Vec<_>>().join(", ");
    let declared = context.registry.flags.get(&flag.flag).map(|entry| context.line(&entry.at)).unwrap_or_default();
    let (limit, kind, place) = (clock.limit, flag.kind.name(), place(&clock.environments));
    let Some((since, days)) = clock.since.zip(clock.days) else {
        return format!("clock: at one value in {place} for an unknown time, the limit is {limit} days ({stated})");
    };
    match clock.clock {
        Clock::OneValue | Clock::Undated => {
            format!("clock: {days} of {limit} days at one value in {place}, since {since} ({stated})")
        }
        Clock::Age => format!("clock: {days} of {limit} days since its creation on {since} ({declared})"),
        Clock::CodeAge => format!("clock: {days} of {limit} days since code first mentioned it on {since} (git)"),
        Clock::Lifetime => format!(
            "clock: {days} of the {limit} days that the registry gives {kind} flags, since its creation on {since} ({declared})"
        ),
    }
}

/// Keys put together at run time that could name the flag: its removal must not hide them.
fn dynamic_note(context: &Context<'_>, key: &str, dynamic: &[&FlagCheck]) -> Option<String> {
    let aliases = context.registry.flags.get(key).map_or(&[][..], |flag| flag.aliases.as_slice());
    let could = |check: &&&FlagCheck| match &check.key {
        Key::Dynamic { prefix, suffix } => {
            could_name(prefix, suffix, key) || aliases.iter().any(|alias| could_name(prefix, suffix, alias))
        }
        Key::Known { .. } => false,
    };
    let places: Vec<String> = dynamic.iter().filter(could).map(|check| context.line(&check.at)).collect();
    let more = if places.len() > SHOWN { format!(" and {} more places", places.len() - SHOWN) } else { String::new() };
    let shown = places.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    (!places.is_empty())
        .then(|| format!("possibly also used at {shown}{more}, where the key is put together at run time"))
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
