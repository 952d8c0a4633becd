//! The rules: one table, one file per rule. Owns what a rule is, what it reads, and how its diagnostics are ordered and
//! given their severity; knows nothing of how they are shown.

mod archived_flag;
mod context;
mod dynamic_key;
mod expired_flag;
mod expired_suppression;
mod explain;
mod fallback_mismatch;
mod flag_budget;
mod leftover_definition;
mod missing_fallback;
mod missing_metadata;
mod moved_removal_date;
mod stale_flag;
mod stuck_rollout;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod unknown_flag;
mod unused_flag;
mod unused_suppression;

use crate::diagnostic::{Diagnostic, Severity};

pub use context::{Context, decisions};
pub use explain::explain_flag;

/// A lint: its identity as data.
pub struct Rule {
    /// Kebab-case code that reads after "allow".
    pub code: &'static str,
    /// Its severity unless the configuration says otherwise.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Its page, as Markdown: what `explain` prints.
    pub explain: &'static str,
    /// Finds its diagnostics. Severity is the rule's own; the table applies the configuration.
    pub run: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code)
    }
}

/// Every rule, sorted by code.
pub static RULES: [&Rule; 15] = [
    &archived_flag::RULE,
    &dynamic_key::RULE,
    &expired_flag::RULE,
    &expired_suppression::RULE,
    &fallback_mismatch::RULE,
    &flag_budget::RULE,
    &leftover_definition::RULE,
    &missing_fallback::RULE,
    &missing_metadata::RULE,
    &moved_removal_date::RULE,
    &stale_flag::RULE,
    &stuck_rollout::RULE,
    &unknown_flag::RULE,
    &unused_flag::RULE,
    &unused_suppression::RULE,
];

/// The rules on what other rules' diagnostics are hidden by: they run last, and nothing hides what they find.
const LAST: [&str; 2] = ["expired-suppression", "unused-suppression"];

/// The rule of that code.
pub fn by_code(code: &str) -> Option<&'static Rule> {
    RULES.into_iter().find(|rule| rule.code == code)
}

/// Runs every rule that is not off, and leaves out what comments in the code hide. Sorted by path, span and rule.
pub fn judge(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let (last, first): (Vec<&Rule>, Vec<&Rule>) = RULES.into_iter().partition(|rule| LAST.contains(&rule.code));
    first.into_iter().for_each(|rule| run(rule, context, &mut diagnostics));
    diagnostics.retain(|diagnostic| context.is_asked_for(diagnostic));
    context.hide(&mut diagnostics);
    last.into_iter().for_each(|rule| run(rule, context, &mut diagnostics));
    diagnostics.sort_by(|left, right| {
        let path = |diagnostic: &Diagnostic| &context.project.sources.get(diagnostic.at.source).path;
        let span = |diagnostic: &Diagnostic| (diagnostic.at.span.start, diagnostic.at.span.end);
        path(left)
            .cmp(path(right))
            .then_with(|| span(left).cmp(&span(right)))
            .then_with(|| left.rule.code.cmp(right.rule.code))
            .then_with(|| left.flag.cmp(&right.flag))
    });
    diagnostics
}

/// Runs one rule, unless it is off.
fn run(rule: &Rule, context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let severity = match context.settings.severities.get(rule.code) {
        Some(None) => return,
        Some(Some(severity)) => *severity,
        None => rule.severity,
    };
    let first = diagnostics.len();
    (rule.run)(context, diagnostics);
    for diagnostic in &mut diagnostics[first..] {
        // What a rule calls a mere note (a flag to look at again) stays one, however severe the rule is.
        diagnostic.severity =
            if diagnostic.severity < rule.severity { diagnostic.severity.min(severity) } else { severity };
    }
}
