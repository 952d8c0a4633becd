//! `flag-sweep report --format markdown`: flag debt for a wiki page or a pull request. Owns its sections and their order;
//! everything from the repository is escaped, and nothing depends on clock or hash order.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diagnostic::Applicability;
use crate::report::escape::{markdown, markdown_code, shell};
use crate::report::rows::Row;
use crate::report::summary::{self, plural};
use crate::resolve::Key;
use crate::run::Outcome;
use crate::settings::Settings;
use crate::source::{Location, display_path};

/// Age buckets: upper bound in days, and heading.
const BUCKETS: [(i64, &str); 5] =
    [(30, "0–30 d"), (90, "30–90 d"), (180, "90–180 d"), (365, "180–365 d"), (i64::MAX, "> 365 d")];

/// The whole report.
pub fn report(rows: &[Row], outcome: &Outcome, settings: &Settings) -> String {
    let mut text = format!("# Feature flag debt\n\nAs of {}", settings.today);
    if outcome.registry.origins.is_empty() {
        text.push_str(", without a registry: nothing is known of rollout, age and owners");
    } else {
        let origins: Vec<String> = outcome.registry.origins.iter().map(|origin| markdown_code(origin)).collect();
        let _ = write!(text, ", from {}", origins.join(", "));
    }
    text.push_str(".\n");
    totals(&mut text, rows, outcome);
    ages(&mut text, rows);
    removals(&mut text, rows);
    owners(&mut text, rows);
    orphans(&mut text, rows, outcome);
    dynamic(&mut text, outcome);
    gaps(&mut text, outcome);
    text
}

fn totals(text: &mut String, rows: &[Row], outcome: &Outcome) {
    let counts = summary::count(&outcome.project, &outcome.registry, &outcome.diagnostics);
    let debt = rows.iter().filter(|row| row.is_debt()).count();
    let removable = rows.iter().filter(|row| row.fix.is_some()).count();
    let dead: usize = rows.iter().map(|row| row.dead_lines).sum();
    text.push_str("\n## Totals\n\n| | |\n|---|---:|\n");
    for (name, value) in [
        ("Flags", rows.len()),
        ("… that are debt (stale, archived or removable)", debt),
        ("… that can be removed from code now", removable),
        ("Checks in code", counts.checks),
        ("Lines that can no longer run", dead),
        ("Errors", counts.errors),
        ("Warnings", counts.warnings),
        ("Notes", counts.notes),
        ("Files looked at", counts.files),
    ] {
        let _ = writeln!(text, "| {name} | {value} |");
    }
}

fn ages(text: &mut String, rows: &[Row]) {
    text.push_str("\n## Age\n\n| Age | Flags | of these debt |\n|---|---:|---:|\n");
    let mut from = i64::MIN;
    for (until, name) in BUCKETS {
        let inside: Vec<&Row> =
            rows.iter().filter(|row| row.age.is_some_and(|age| from < age && age <= until)).collect();
        let debt = inside.iter().filter(|row| row.is_debt()).count();
        let _ = writeln!(text, "| {name} | {} | {debt} |", inside.len());
        from = until;
    }
    let unknown: Vec<&Row> = rows.iter().filter(|row| row.age.is_none()).collect();
    let debt = unknown.iter().filter(|row| row.is_debt()).count();
    let _ = writeln!(text, "| unknown | {} | {debt} |", unknown.len());
}

fn removals(text: &mut String, rows: &[Row]) {
    let mut wanted: Vec<&Row> = rows.iter().filter(|row| row.fix.is_some()).collect();
    wanted.sort_by_key(|row| (Reverse((row.dead_lines, row.sites, row.age)), &row.key));
    text.push_str("\n## Removals, most valuable first\n\n");
    if wanted.is_empty() {
        text.push_str("None: no check can be replaced by a value.\n");
        return;
    }
    text.push_str(
        "| Flag | Dead lines | Sites | Files | Age | Owner | Fix | Command |\n|---|---:|---:|---:|---:|---|---|---|\n",
    );
    for row in wanted {
        let (fix, command) = match row.fix {
            Some(Applicability::Safe) => ("safe", format!("flag-sweep --fix --flag {}", shell(&row.key))),
            Some(Applicability::Unsafe) => {
                ("to be reviewed", format!("flag-sweep --fix --unsafe-fixes --flag {}", shell(&row.key)))
            }
            _ => ("partly by hand", format!("flag-sweep --fix --unsafe-fixes --flag {}", shell(&row.key))),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {fix} | {} |",
            markdown_code(&row.key),
            row.dead_lines,
            row.sites,
            row.files,
            row.age.map_or("?".to_owned(), |days| format!("{days} d")),
            owner(row),
            markdown_code(&command)
        );
    }
}

fn owner(row: &Row) -> String {
    if row.owners.is_empty() { "–".to_owned() } else { markdown(&row.owners.join(", ")) }
}

fn owners(text: &mut String, rows: &[Row]) {
    let mut by_owner: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        for owner in &row.owners {
            by_owner.entry(owner).or_default().push(row);
        }
        if row.owners.is_empty() {
            by_owner.entry("").or_default().push(row);
        }
    }
    text.push_str("\n## Owners\n\n| Owner | Flags | Debt | Dead lines | Oldest |\n|---|---:|---:|---:|---:|\n");
    for (owner, rows) in by_owner {
        let debt = rows.iter().filter(|row| row.is_debt()).count();
        let dead: usize = rows.iter().map(|row| row.dead_lines).sum();
        let oldest = rows.iter().filter_map(|row| row.age).max().map_or("?".to_owned(), |days| format!("{days} d"));
        let name = if owner.is_empty() { "*nobody*".to_owned() } else { markdown(owner) };
        let _ = writeln!(text, "| {name} | {} | {debt} | {dead} | {oldest} |", rows.len());
    }
}

fn orphans(text: &mut String, rows: &[Row], outcome: &Outcome) {
    if outcome.registry.origins.is_empty() {
        return;
    }
    text.push_str("\n## Orphans\n");
    let unused: Vec<&Row> = rows.iter().filter(|row| row.kind.is_some() && row.checks + row.test_checks == 0).collect();
    let unknown: Vec<&Row> = rows.iter().filter(|row| row.kind.is_none() && row.checks + row.test_checks > 0).collect();
    let _ = writeln!(text, "\nIn the registry, but in no code that was looked at: {}.", unused.len());
    gap(text, &unused);
    for row in unused {
        let at = outcome.registry.flags.get(&row.key).map(|flag| place(&flag.at, outcome)).unwrap_or_default();
        let _ = writeln!(text, "- {} ({at})", markdown_code(&row.key));
    }
    let _ = writeln!(text, "\nIn code, but not in the registry: {}.", unknown.len());
    gap(text, &unknown);
    for row in unknown {
        let at = row.first.as_ref().map(|at| place(at, outcome)).unwrap_or_default();
        let _ = writeln!(text, "- {} ({at})", markdown_code(&row.key));
    }
}

fn dynamic(text: &mut String, outcome: &Outcome) {
    let dynamic: Vec<_> =
        outcome.project.checks.iter().filter(|check| matches!(check.key, Key::Dynamic { .. })).collect();
    let _ = writeln!(
        text,
        "\n## Dynamic keys\n\n{} whose key is put together at run time.",
        plural(dynamic.len(), "check")
    );
    gap(text, &dynamic);
    for check in dynamic {
        let Key::Dynamic { prefix, suffix } = &check.key else { continue };
        let _ = writeln!(text, "- {} ({})", markdown_code(&format!("{prefix}…{suffix}")), place(&check.at, outcome));
    }
}

fn gaps(text: &mut String, outcome: &Outcome) {
    let project = &outcome.project;
    text.push_str("\n## What the scan did not see\n\n");
    if project.skipped.is_empty() && project.broken.is_empty() && project.limits.is_empty() {
        text.push_str("Nothing was left out among the files that are read.\n");
    }
    for skipped in &project.skipped {
        let path = markdown_code(&display_path(&skipped.path));
        let _ = writeln!(text, "- {path}: {}", markdown(&summary::reason(&skipped.reason)));
    }
    for source in &project.broken {
        let path = markdown_code(&project.sources.get(*source).display_path());
        let _ = writeln!(text, "- {path}: syntax errors, reported on but never edited");
    }
    for limit in &project.limits {
        let _ = writeln!(text, "- {}", markdown(limit));
    }
}

/// The empty line before a list, if there is one.
fn gap<T>(text: &mut String, list: &[T]) {
    if !list.is_empty() {
        text.push('\n');
    }
}

fn place(at: &Location, outcome: &Outcome) -> String {
    let (line, _) = outcome.project.sources.line_column(at);
    markdown_code(&format!("{}:{line}", outcome.project.sources.get(at.source).display_path()))
}

#[cfg(test)]
mod tests {
    use super::report;
    use crate::report::rows::rows;
    use crate::report::testing::{outcome, settings};

    #[test]
    fn the_report_is_complete_and_escaped() {
        let (outcome, settings) = (outcome(), settings());
        let shown = report(&rows(&outcome, &settings), &outcome, &settings);
        insta::assert_snapshot!("markdown", shown);
        assert!(!shown.contains("<@web>"));
    }
}
