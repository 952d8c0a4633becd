//! The verdict on one flag in words, with its evidence and every site. Owns the text; the command line prints it.

use std::fmt::Write;

use super::Context;
use crate::registry::verdict::{Conclusion, EVERY, Verdict};
use crate::source::Location;

/// Explains why a flag is judged as it is: verdict, clocks, evidence by environment with the registry's lines, checks, and
/// what stays for a human. What a fix does is for the plan to say. `None` when neither the registry nor the code knows the flag.
pub fn explain_flag(context: &Context<'_>, name: &str) -> Option<String> {
    let flag = context.registry.resolve(name);
    let key = flag.map_or(name, |flag| flag.key.as_str());
    let verdict = context.verdicts.get(key).map(Box::as_ref);
    let sites: Vec<usize> = sites(context, key);
    if flag.is_none() && verdict.is_none() && sites.is_empty() {
        return None;
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut text, context, name, key, verdict, &sites);
    Some(text)
}

fn sites(context: &Context<'_>, key: &str) -> Vec<usize> {
    let names = |found: &str| found == key || context.registry.resolve(found).is_some_and(|flag| flag.key == key);
    let checks = context.project.checks.iter().enumerate();
    checks.filter(|(_, check)| check.flag().is_some_and(names)).map(|(index, _)| index).collect()
}

fn write_all(
    text: &mut String,
    context: &Context<'_>,
    name: &str,
    key: &str,
    verdict: Option<&Verdict>,
    sites: &[usize],
) -> std::fmt::Result {
    writeln!(text, "flag `{key}`{}", if name == key { String::new() } else { format!(" (`{name}` is an alias)") })?;
    if let Some(flag) = context.registry.flags.get(key) {
        describe_flag(text, context, flag)?;
    }
    match verdict {
        Some(verdict) => describe_verdict(text, context, verdict)?,
        None => writeln!(text, "\nverdict: none, since the flag is not in the registry")?,
    }
    describe_sites(text, context, sites)?;
    describe_rest(text, context, key)
}

fn describe_flag(text: &mut String, context: &Context<'_>, flag: &crate::registry::model::Flag) -> std::fmt::Result {
    if let Some(description) = &flag.description {
        writeln!(text, "  {description}")?;
    }
    writeln!(text, "  declared at {}", context.line(&flag.at))?;
    let permanent = if flag.permanent == Some(true) { ", permanent" } else { "" };
    let archived = if flag.archived { ", archived" } else { "" };
    writeln!(text, "  {} flag of type {}{permanent}{archived}", flag.kind.name(), flag.value_type.name())?;
    for (what, names) in [("owner", &flag.owners), ("tags", &flag.tags), ("aliases", &flag.aliases)] {
        if !names.is_empty() {
            writeln!(text, "  {what}: {}", names.join(", "))?;
        }
    }
    for (what, date) in [("created", flag.created), ("expires", flag.expires)] {
        if let Some(date) = date {
            writeln!(text, "  {what}: {date}")?;
        }
    }
    for (parent, value) in &flag.requires {
        writeln!(text, "  requires `{parent}` to be `{value}`")?;
    }
    Ok(())
}

fn describe_verdict(text: &mut String, context: &Context<'_>, verdict: &Verdict) -> std::fmt::Result {
    match &verdict.conclusion {
        Conclusion::Remove { value } => writeln!(text, "\nverdict: remove, checks become `{value}`")?,
        Conclusion::Report { why } => writeln!(text, "\nverdict: report, not removed: {why}")?,
        Conclusion::Keep { why } => writeln!(text, "\nverdict: keep: {why}")?,
    }
    writeln!(text, "  it {}", verdict.summary)?;
    for clock in &verdict.clocks {
        let state = if clock.fired { "ran out" } else { "still runs" };
        writeln!(text, "  clock `{}` {state}: it {}", clock.clock.name(), clock.describe())?;
    }
    if verdict.clocks.is_empty() && !verdict.decided {
        writeln!(text, "  no clock applies, so it never becomes stale")?;
    }
    writeln!(text, "\nevidence:")?;
    for one in &verdict.evidence {
        let environment = if one.environment == EVERY { "every environment" } else { &one.environment };
        let required = if one.required { "" } else { " (informational)" };
        let since = one.since.map_or_else(String::new, |since| format!(", since {since}"));
        let at = one.at.as_ref().map_or_else(String::new, |at| format!(" [{}]", context.line(at)));
        writeln!(text, "  {environment}{required}: {}{since}{at}", one.text)?;
    }
    for mention in &verdict.mentions {
        writeln!(text, "  {mention}")?;
    }
    for snapshot in &verdict.freshness {
        writeln!(text, "  snapshot {}", snapshot.text)?;
    }
    Ok(())
}

fn describe_sites(text: &mut String, context: &Context<'_>, sites: &[usize]) -> std::fmt::Result {
    if sites.is_empty() {
        return writeln!(text, "\nchecks: none");
    }
    writeln!(text, "\nchecks: {}", sites.len())?;
    for &index in sites {
        let check = &context.project.checks[index];
        let at = Location { source: check.at.source, span: check.key_span.clone() };
        let (line, column) = context.line_column(&at);
        let path = context.project.sources.get(at.source).display_path();
        let test = if check.in_test { ", in a test" } else { "" };
        let negated = if check.negated { ", negated" } else { "" };
        writeln!(text, "  {path}:{line}:{column} by {}{test}{negated}: {}", check.provider, check.evidence)?;
        if context.site(index).is_none()
            && let Some((_, verdict)) = context.judged(check)
            && let Some(why) = verdict.obstacle()
        {
            writeln!(text, "    stays: {why}")?;
        }
    }
    Ok(())
}

fn describe_rest(text: &mut String, context: &Context<'_>, key: &str) -> std::fmt::Result {
    let mut rest = Vec::new();
    for flag in context.registry.flags.values() {
        if let Some(value) = flag.requires.get(key) {
            rest.push(format!("flag `{}` requires it to be `{value}`: change that before deleting it", flag.key));
        }
    }
    let names: Vec<&str> = match context.registry.flags.get(key) {
        Some(flag) => std::iter::once(&flag.key).chain(&flag.aliases).map(String::as_str).collect(),
        None => vec![key],
    };
    for check in &context.project.checks {
        if let crate::resolve::Key::Dynamic { prefix, suffix } = &check.key
            && names.iter().any(|name| super::dynamic_key::could_name(prefix, suffix, name))
        {
            rest.push(format!("the key at {} is put together at run time and could name it", context.line(&check.at)));
        }
    }
    if let Some(flag) = context.registry.flags.get(key)
        && context.verdicts.get(key).is_some_and(|verdict| verdict.removal().is_some())
    {
        rest.push(format!(
            "the entry at {} stays until someone deletes it, as does the flag at its provider",
            context.line(&flag.at)
        ));
    }
    if rest.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nfor a human:")?;
    rest.iter().try_for_each(|line| writeln!(text, "  {line}"))
}
