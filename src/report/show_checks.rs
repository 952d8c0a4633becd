//! `--show-checks`: what each provider and each pattern matched. Owns its layout only.

use std::collections::BTreeMap;

use crate::report::checks;
use crate::report::escape;
use crate::report::paths::Base;
use crate::report::summary::plural;
use crate::resolve::{FlagCheck, Key};
use crate::run::Outcome;
use crate::settings::Settings;

/// A section per provider or pattern, sorted, with one line per check; patterns that matched nothing are listed too.
pub fn show_checks(outcome: &Outcome, settings: &Settings, base: &Base) -> String {
    let mut sections: BTreeMap<String, Vec<&FlagCheck>> = BTreeMap::new();
    for (position, pattern) in settings.checks.iter().enumerate() {
        sections.insert(title(&format!("checks[{}]", position + 1), Some(pattern)), Vec::new());
    }
    for check in &outcome.project.checks {
        sections.entry(title(&check.provider, pattern_of(check, settings))).or_default().push(check);
    }
    let mut text = String::new();
    for (title, checks) in &sections {
        text.push_str(&format!("{title}: {}\n", plural(checks.len(), "check")));
        for check in checks {
            text.push_str(&format!("  {}\n", line(check, outcome, base)));
        }
    }
    if sections.is_empty() {
        text.push_str("no check was found, and no pattern is configured\n");
    }
    text
}

/// A line per check, with the evidence for it and how sure that is.
pub fn evidence(outcome: &Outcome, base: &Base) -> Vec<String> {
    let one = |check: &FlagCheck| {
        format!("check at {}, confidence {}", line(check, outcome, base), checks::confidence(check.confidence))
    };
    outcome.project.checks.iter().map(one).collect()
}

fn title(provider: &str, pattern: Option<&crate::settings::CheckPattern>) -> String {
    match pattern {
        Some(pattern) => format!(
            "{} `{}` ({})",
            escape::line(provider),
            escape::line(&pattern.pattern),
            escape::line(&pattern.origin)
        ),
        None => escape::line(provider).into_owned(),
    }
}

/// The user pattern behind a provider name such as `checks[2]`.
fn pattern_of<'a>(check: &FlagCheck, settings: &'a Settings) -> Option<&'a crate::settings::CheckPattern> {
    let number: usize = check.provider.strip_prefix("checks[")?.strip_suffix(']')?.parse().ok()?;
    settings.checks.get(number.checked_sub(1)?)
}

fn line(check: &FlagCheck, outcome: &Outcome, base: &Base) -> String {
    let sources = &outcome.project.sources;
    let (line, column) = sources.line_column(&check.at);
    let path = base.show(&sources.get(check.at.source).path);
    let key = match &check.key {
        Key::Known { flag, .. } => format!("`{}`", escape::line(flag)),
        Key::Dynamic { prefix, suffix } => format!("dynamic `{}…{}`", escape::line(prefix), escape::line(suffix)),
    };
    let code = sources.text(&check.at);
    let first = code.lines().next().unwrap_or_default();
    let shown: String = first.chars().take(100).collect();
    let more = if shown.len() < code.len() { " …" } else { "" };
    format!("{path}:{line}:{column}: {key} {}{more} ({})", escape::line(&shown), escape::line(&check.evidence))
}
