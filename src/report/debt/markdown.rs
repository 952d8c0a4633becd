//! `report --format markdown`: flag debt for a wiki page or a pull request comment. Owns its layout and how it stays short
//! enough for a comment; everything from the repository is escaped.

use std::fmt::Write;

use super::{Document, Removal};
use crate::report::escape::{markdown as plain, markdown_code as code};
use crate::report::summary::plural;

/// What a comment may hold, in bytes, with room for what people put around it.
const LONGEST: usize = 60_000;
/// Rows of a table that are shown, from generous to what always fits.
const ROWS: [usize; 5] = [usize::MAX, 200, 50, 20, 5];

/// The whole report; tables are cut, with a note of it, until the text fits a comment.
pub fn markdown(document: &Document) -> String {
    let mut text = String::new();
    for rows in ROWS {
        text = with_rows(document, rows);
        if text.len() <= LONGEST {
            break;
        }
    }
    text
}

fn with_rows(document: &Document, rows: usize) -> String {
    let mut text = format!("# Feature flag debt\n\nAs of {}", document.run.today);
    if document.run.registries.is_empty() {
        text.push_str(", without a registry: nothing is known of rollout, age and owners");
    } else {
        let origins: Vec<String> = document.run.registries.iter().map(|origin| code(origin)).collect();
        let _ = write!(text, ", from {}", origins.join(", "));
    }
    text.push_str(".\n");
    totals(&mut text, document);
    weeks(&mut text, document);
    ages(&mut text, document);
    removals(&mut text, document, rows);
    owners(&mut text, document, rows);
    rollouts(&mut text, document, rows);
    orphans(&mut text, document, rows);
    gaps(&mut text, document, rows);
    text
}

/// The first rows of a table, and how many more there are.
fn shown<T>(text: &mut String, rows: usize, items: &[T], mut line: impl FnMut(&mut String, &T)) {
    for item in items.iter().take(rows) {
        line(text, item);
    }
    if items.len() > rows {
        let _ = writeln!(text, "\n… and {} more.", items.len() - rows);
    }
}

fn totals(text: &mut String, document: &Document) {
    let (totals, since) = (&document.totals, document.since.as_ref());
    if let Some(score) = &document.score {
        let _ = write!(text, "\n**Score {} of 100**", score.value);
        if let Some(change) = since.and_then(|since| since.score) {
            let _ = write!(text, " ({change:+})");
        }
        let _ = writeln!(text, " = {}", score.formula);
    }
    text.push_str("\n## Totals\n\n| | |\n|---|---:|\n");
    for (name, value, change) in [
        ("Flags", totals.flags, since.map(|since| since.flags)),
        ("… that are debt (stale, archived or removable)", totals.debt, since.map(|since| since.debt)),
        ("… that can be removed from code now", totals.removable, None),
        ("Checks in code", totals.checks, since.map(|since| since.checks)),
        ("Lines that can no longer run", totals.dead_lines, since.map(|since| since.dead_lines)),
        ("Lines that the removal of all deletes", totals.deleted_lines, None),
        ("Errors", totals.errors, None),
        ("Warnings", totals.warnings, None),
        ("Notes", totals.notes, None),
        ("Files looked at", totals.files, None),
    ] {
        let change = change.map(|change| format!(" ({change:+})")).unwrap_or_default();
        let _ = writeln!(text, "| {name} | {value}{change} |");
    }
    let Some(since) = since else { return };
    let _ = writeln!(text, "\nCompared with {}:\n", plain(&since.day));
    for (name, flags) in [("new", &since.added), ("gone", &since.removed), ("became debt", &since.became_debt)] {
        let shown: Vec<String> = flags.iter().take(50).map(|flag| code(flag)).collect();
        let more =
            if flags.len() > shown.len() { format!(" and {} more", flags.len() - shown.len()) } else { String::new() };
        let _ = writeln!(
            text,
            "- {} {name}{}{}{more}",
            flags.len(),
            if flags.is_empty() { "" } else { ": " },
            shown.join(", ")
        );
    }
}

fn weeks(text: &mut String, document: &Document) {
    let (Some(first), Some(last)) = (document.weeks.first(), document.weeks.last()) else { return };
    text.push_str("\n## Trend\n\n| Week | Flags | Debt | Checks | Dead lines |\n|---|---:|---:|---:|---:|\n");
    // A line for about every month.
    let step = document.weeks.len().div_ceil(12).max(1);
    let mut chosen: Vec<_> = document.weeks.iter().rev().step_by(step).collect();
    chosen.reverse();
    if chosen.first().is_some_and(|week| week.day != first.day) {
        chosen.insert(0, first);
    }
    for week in chosen {
        let debt = &week.debt;
        let _ =
            writeln!(text, "| {} | {} | {} | {} | {} |", week.day, debt.flags, debt.debt, debt.checks, debt.dead_lines);
    }
    if let Some(forecast) = &document.forecast {
        let _ = writeln!(text, "\nOver the {} weeks before {} {}.", forecast.weeks, last.day, forecast.words);
    }
}

fn ages(text: &mut String, document: &Document) {
    text.push_str(
        "\n## Age\n\n| Age | Rolling out | One value | Off | Archived | Unknown |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for group in &document.ages {
        let counts: Vec<String> = group.states().iter().map(|(_, count)| count.to_string()).collect();
        let _ = writeln!(text, "| {} | {} |", group.age, counts.join(" | "));
    }
}

fn removals(text: &mut String, document: &Document, rows: usize) {
    text.push_str("\n## Removals, the most worthwhile first\n\n");
    if document.removals.is_empty() {
        text.push_str("None: no check can be replaced by a value.\n");
        return;
    }
    text.push_str(
        "| Flag | Dead lines | Checks | Files | Tests | Age | Owner | Fix | Worth | Minutes | Command |\n\
         |---|---:|---:|---:|---:|---:|---|---|---:|---:|---|\n",
    );
    shown(text, rows, &document.removals, |text, removal: &Removal| {
        let fix = match removal.level {
            "safe" => "safe",
            "unsafe" => "to be reviewed",
            _ => "partly by hand",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {fix} | {} | {} | {} |",
            code(&removal.flag),
            removal.dead_lines,
            removal.sites,
            removal.files.len(),
            removal.tests,
            days(removal.age_days),
            if removal.owners.is_empty() { "–".to_owned() } else { plain(&removal.owners.join(", ")) },
            removal.value,
            removal.effort,
            code(&removal.command)
        );
    });
}

fn days(days: Option<i64>) -> String {
    days.map_or("?".to_owned(), |days| format!("{days} d"))
}

fn owners(text: &mut String, document: &Document, rows: usize) {
    text.push_str(
        "\n## Owners\n\n| Owner | According to | Flags | Debt | Dead lines | Oldest |\n|---|---|---:|---:|---:|---:|\n",
    );
    shown(text, rows, &document.owners, |text, owner| {
        let name = if owner.name.is_empty() { "*nobody*".to_owned() } else { plain(&owner.name) };
        let oldest = days(owner.oldest_days);
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {oldest} |",
            owner.source, owner.flags, owner.debt, owner.dead_lines
        );
    });
}

fn rollouts(text: &mut String, document: &Document, rows: usize) {
    if !document.stuck.is_empty() {
        text.push_str("\n## Rollouts that stand still\n\n");
        shown(text, rows, &document.stuck, |text, stuck| {
            let _ = writeln!(text, "- {}: {}; {}", code(&stuck.flag), plain(&stuck.state), plain(&stuck.clock));
        });
    }
    if !document.slipped.is_empty() {
        text.push_str("\n## Removal dates that were moved\n\n");
        shown(text, rows, &document.slipped, |text, slipped| {
            let times = plural(slipped.times, "time");
            let _ = writeln!(text, "- {}: {times}, from {} to {}", code(&slipped.flag), slipped.first, slipped.now);
        });
    }
    if !document.suppressions.is_empty() {
        text.push_str("\n## Ignored by comments\n\n");
        shown(text, rows, &document.suppressions, |text, comment| {
            let place = code(&format!("{}:{}", comment.path, comment.line));
            let names = comment.names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
            let until = match &comment.until {
                Some(day) if comment.expired => format!("ended {day}"),
                Some(day) => format!("until {day}"),
                None => "without an end".to_owned(),
            };
            let reason = if comment.reason.is_empty() { "no reason".to_owned() } else { plain(&comment.reason) };
            let _ = writeln!(text, "- {place}: {names}, {until}: {reason}");
        });
    }
    if !document.nested.is_empty() {
        text.push_str("\n## Flags nested in flags\n\n");
        shown(text, rows, &document.nested, |text, nested| {
            let (inner, outer) = (code(&nested.inner), code(&nested.outer));
            let how = if nested.how == "inside" { "inside a branch of" } else { "in one condition with" };
            let _ = writeln!(text, "- {inner} {how} {outer} ({})", code(&nested.at));
        });
    }
}

fn orphans(text: &mut String, document: &Document, rows: usize) {
    if document.run.registries.is_empty() {
        return;
    }
    text.push_str("\n## Orphans\n");
    for (title, orphans) in [
        ("In the registry, but in no code that was looked at", &document.orphans.unused),
        ("In code, but not in the registry", &document.orphans.unknown),
    ] {
        let _ = writeln!(text, "\n{title}: {}.", orphans.len());
        if !orphans.is_empty() {
            text.push('\n');
        }
        shown(text, rows, orphans, |text, orphan| {
            let near = orphan.near.as_ref().map(|near| format!(", did you mean {}?", code(near))).unwrap_or_default();
            let _ = writeln!(text, "- {} ({}){near}", code(&orphan.flag), code(&orphan.at));
        });
    }
}

fn gaps(text: &mut String, document: &Document, rows: usize) {
    let gaps = &document.gaps;
    text.push_str("\n## What the scan did not see\n\n");
    let _ = writeln!(text, "{} whose key is put together at run time.", plural(gaps.dynamic.len(), "check"));
    if !gaps.dynamic.is_empty() {
        text.push('\n');
    }
    shown(text, rows, &gaps.dynamic, |text, dynamic| {
        let _ = writeln!(text, "- {} ({})", code(&dynamic.key), code(&dynamic.at));
    });
    text.push('\n');
    shown(text, rows, &gaps.skipped, |text, skipped| {
        let _ = writeln!(text, "- {}: {}", code(&skipped.path), plain(&skipped.reason));
    });
    shown(text, rows, &gaps.broken, |text, path| {
        let _ = writeln!(text, "- {}: syntax errors, reported on but never edited", code(path));
    });
    for language in &gaps.languages {
        let _ =
            writeln!(text, "- {} in {}, which is not read", plural(language.files, "file"), plain(&language.language));
    }
    shown(text, rows, &gaps.notes, |text, note| {
        let _ = writeln!(text, "- {}", plain(note));
    });
}
