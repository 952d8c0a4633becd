//! The last lines of a run: counts, what was skipped, what `--fix` can do. Owns their words.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::language::Unparsed;
use crate::project::{Project, SkipReason, Skipped};
use crate::registry::model::Registry;
use crate::report::escape;
use crate::report::paths::Base;
use crate::run::Outcome;
use crate::scan::MAX_LEVELS;

/// Counts over one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Diagnostics of severity error.
    pub errors: usize,
    /// Diagnostics of severity warning.
    pub warnings: usize,
    /// Diagnostics of severity note.
    pub notes: usize,
    /// Diagnostics that `--fix` answers.
    pub safe: usize,
    /// Diagnostics that `--fix` answers only together with `--unsafe-fixes`.
    pub needs_unsafe: usize,
    /// Flags in the registry or checked in code under a known key.
    pub flags: usize,
    /// Checks in code.
    pub checks: usize,
    /// Code files that were looked at.
    pub files: usize,
    /// Files that could not be looked at.
    pub skipped: usize,
    /// Files with syntax errors, which are never edited.
    pub broken: usize,
}

/// How many diagnostics are left out, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Known to the baseline, or there before the change.
    pub known: usize,
    /// Hidden by comments in the code.
    pub suppressed: usize,
}

impl Hidden {
    /// What a run leaves out.
    pub fn of(outcome: &Outcome) -> Self {
        let suppressed = outcome.suppressions.iter().map(|suppression| suppression.hides).sum();
        Self { known: outcome.known, suppressed }
    }
}

/// Counts a run.
pub fn count(project: &Project, registry: &Registry, diagnostics: &[Diagnostic]) -> Counts {
    let severity = |wanted| diagnostics.iter().filter(|diagnostic| diagnostic.severity == wanted).count();
    let fixable = |wanted| {
        let fixes = diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
        fixes.filter(|fix| fix.applicability == wanted).count()
    };
    let mut flags: BTreeSet<&str> = registry.flags.keys().map(String::as_str).collect();
    flags.extend(project.checks.iter().filter_map(|check| check.flag()));
    let unread: BTreeSet<_> = project.skipped.iter().map(|skipped| &skipped.path).collect();
    Counts {
        errors: severity(Severity::Error),
        warnings: severity(Severity::Warning),
        notes: severity(Severity::Note),
        safe: fixable(Applicability::Safe),
        needs_unsafe: fixable(Applicability::Unsafe),
        flags: flags.len(),
        checks: project.checks.len(),
        files: project.files.iter().filter(|file| !unread.contains(&file.path)).count(),
        skipped: project.skipped.len(),
        broken: project.broken.len(),
    }
}

/// The summary below the diagnostics.
pub fn text(counts: &Counts, project: &Project, hidden: Hidden) -> String {
    let scanned = format!("{} in {} scanned", plural(counts.flags, "flag"), plural(counts.files, "file"));
    let mut found = Vec::new();
    for (count, name) in [(counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note")] {
        if count > 0 {
            found.push(plural(count, name));
        }
    }
    let mut text = if project.files.is_empty() && found.is_empty() {
        "nothing was looked at: no code file was found".to_owned()
    } else if found.is_empty() {
        format!("all checks passed: {scanned}")
    } else {
        format!("{}; {scanned}", found.join(", "))
    };
    if counts.skipped > 0 {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for skipped in &project.skipped {
            *kinds.entry(kind(&skipped.reason)).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        text.push_str(&format!(", {} skipped ({})", counts.skipped, kinds.join(", ")));
    }
    if counts.broken > 0 {
        let verb = if counts.broken == 1 { "has" } else { "have" };
        text.push_str(&format!(
            "; {} {verb} syntax errors and will not be edited (`-v` lists them)",
            plural(counts.broken, "file")
        ));
    }
    let hidden: Vec<String> =
        [(hidden.known, "in the baseline or there before"), (hidden.suppressed, "ignored by comments")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, why)| format!("{count} {why}"))
            .collect();
    if !hidden.is_empty() {
        text.push_str(&format!("; not shown: {}", hidden.join(", ")));
    }
    text.push('\n');
    match (counts.safe, counts.needs_unsafe) {
        (0, 0) => {}
        (0, more) => text.push_str(&format!("[*] {more} fixable with `--fix --unsafe-fixes`, to be reviewed\n")),
        (safe, 0) => text.push_str(&format!("[*] {safe} fixable with `--fix`\n")),
        (safe, more) => {
            text.push_str(&format!("[*] {safe} fixable with `--fix` ({more} more with `--unsafe-fixes`)\n"))
        }
    }
    text
}

/// One line about a file that was not looked at.
pub fn skipped(skipped: &Skipped, base: &Base) -> String {
    format!("skipped {}: {}", base.show(&skipped.path), escape::line(&reason(&skipped.reason)))
}

/// Why a file was not looked at, in words.
pub fn reason(reason: &SkipReason) -> String {
    match reason {
        SkipReason::NotUtf8(offset) => format!("not UTF-8 (first bad byte at offset {offset})"),
        SkipReason::Binary => "binary".to_owned(),
        SkipReason::TooLarge(size) => format!("{size} bytes are more than --max-file-size allows"),
        SkipReason::Minified(line) => format!("minified ({line} bytes to a line)"),
        SkipReason::TooDeep => format!("nested more than {MAX_LEVELS} levels deep"),
        SkipReason::Unparsed(why) => why.to_string(),
        SkipReason::Unreadable(error) => format!("cannot be read: {error}"),
    }
}

/// The kind of a reason, as reports name it.
pub fn kind(reason: &SkipReason) -> &'static str {
    match reason {
        SkipReason::NotUtf8(_) => "not UTF-8",
        SkipReason::Binary => "binary",
        SkipReason::TooLarge(_) => "too large",
        SkipReason::Minified(_) => "minified",
        SkipReason::TooDeep => "too deep",
        SkipReason::Unparsed(Unparsed::Comments(_)) => "too many comments",
        SkipReason::Unparsed(Unparsed::Indentations(_)) => "too many indentations",
        SkipReason::Unparsed(Unparsed::Work) => "too long to parse",
        SkipReason::Unreadable(_) => "unreadable",
    }
}

/// `1 file`, `2 files`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::{Hidden, count, text};
    use crate::report::testing::outcome;

    #[test]
    fn the_summary_counts() {
        let mut outcome = outcome();
        let counts = count(&outcome.project, &outcome.registry, &outcome.diagnostics);
        let expected = "1 warning, 1 note; 2 flags in 1 file scanned, 1 skipped (1 not UTF-8)\n\
                        [*] 1 fixable with `--fix --unsafe-fixes`, to be reviewed\n";
        assert_eq!(text(&counts, &outcome.project, Hidden::default()), expected);
        outcome.project.skipped.clear();
        let counts = count(&outcome.project, &outcome.registry, &[]);
        let hidden = Hidden { known: 3, suppressed: 1 };
        assert_eq!(
            text(&counts, &outcome.project, hidden),
            "all checks passed: 2 flags in 2 files scanned; not shown: 3 in the baseline or there before, 1 ignored by comments\n"
        );
    }
}
