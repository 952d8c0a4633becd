//! `flag-sweep history`: debt week by week, or the life of one flag, as text and as JSON (docs/history.schema.json,
//! docs/life.schema.json). Owns both layouts; the contents come from `history`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use schemars::JsonSchema;
use serde::Serialize;

use crate::history::flag::{Event, Life};
use crate::history::weeks::Week;
use crate::report::escape;
use crate::report::json::{self, Tool};
use crate::report::summary::plural;
use crate::settings::Settings;
use crate::source::display_path;
use crate::source::repository::hex;

/// The weeks as a table.
pub fn weeks_table(weeks: &[Week]) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(["DAY", "COMMIT", "FLAGS", "DEBT", "CHECKS", "DEAD LINES"]);
    for week in weeks {
        let numbers = [week.debt.flags, week.debt.debt, week.debt.checks, week.debt.dead_lines];
        let mut cells = vec![week.day.clone(), week.commit.clone()];
        cells.extend(numbers.map(|number| number.to_string()));
        table.add_row(cells);
    }
    for column in 2..6 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(&line).trim_end())).collect()
}

#[derive(Serialize, JsonSchema)]
struct Weeks<'a> {
    /// Version of this format.
    schema_version: u32,
    tool: Tool,
    /// The day of the last week, as YYYY-MM-DD.
    today: String,
    weeks: &'a [Week],
}

/// The weeks as one JSON document.
pub fn weeks_document(weeks: &[Week], settings: &Settings) -> String {
    json::to_text(&Weeks { schema_version: 1, tool: Tool::this(), today: settings.today.to_string(), weeks })
}

/// A flag's life in words, newest commit last.
pub fn life_text(flag: &str, life: &Life) -> String {
    let mut text = format!("flag `{}`", escape::line(flag));
    match (life.first_seen(), life.extinct_since()) {
        (None, _) => text.push_str(&format!(": no check of it in {}\n", plural(life.commits, "commit"))),
        (Some(first), extinct) => {
            text.push_str(&format!(": first checked {} in {}", first.commit.day(), first.commit.short()));
            match extinct {
                Some(last) => {
                    text.push_str(&format!("; last check removed {} in {}", last.commit.day(), last.commit.short()));
                }
                None => text.push_str(&format!("; {} now", plural(life.checks, "check"))),
            }
            text.push('\n');
        }
    }
    if life.shallow {
        text.push_str("the clone is shallow: what happened before its first commit is not known\n");
    }
    for event in &life.events {
        let (added, removed) = (total(&event.added), total(&event.removed));
        let change = match (added, removed) {
            (added, 0) => format!("+{added}"),
            (0, removed) => format!("-{removed}"),
            (added, removed) if added == removed => format!("moved {added}"),
            (added, removed) => format!("+{added} -{removed}"),
        };
        text.push_str(&format!(
            "\n{} {} {change}, {} left: {} ({})\n",
            event.commit.day(),
            event.commit.short(),
            plural(event.checks, "check"),
            escape::line(&event.commit.summary),
            escape::line(&event.commit.author),
        ));
        for (sign, paths) in [('+', &event.added), ('-', &event.removed)] {
            for (path, count) in paths {
                text.push_str(&format!("  {sign}{count} {}\n", escape::line(&display_path(path))));
            }
        }
    }
    text
}

fn total(paths: &BTreeMap<PathBuf, usize>) -> usize {
    paths.values().sum()
}

#[derive(Serialize, JsonSchema)]
struct LifeDocument<'a> {
    /// Version of this format.
    schema_version: u32,
    tool: Tool,
    flag: &'a str,
    /// Commits that were looked at.
    commits: usize,
    /// Whether older commits exist than the clone has.
    shallow: bool,
    /// Checks in the newest commit.
    checks: usize,
    /// The first day with a check.
    first_seen: Option<String>,
    /// The day on which the last check went, when none is left.
    extinct_since: Option<String>,
    events: Vec<EventItem>,
}

#[derive(Serialize, JsonSchema)]
struct EventItem {
    day: String,
    commit: String,
    author: String,
    summary: String,
    /// Checks after the commit.
    checks: usize,
    /// Checks added, by path.
    added: BTreeMap<String, usize>,
    /// Checks removed, by path.
    removed: BTreeMap<String, usize>,
}

/// A flag's life as one JSON document.
pub fn life_document(flag: &str, life: &Life) -> String {
    let day = |event: &Event| event.commit.day().to_string();
    let paths = |paths: &BTreeMap<PathBuf, usize>| paths.iter().map(|(path, n)| (display_path(path), *n)).collect();
    json::to_text(&LifeDocument {
        schema_version: 1,
        tool: Tool::this(),
        flag,
        commits: life.commits,
        shallow: life.shallow,
        checks: life.checks,
        first_seen: life.first_seen().map(day),
        extinct_since: life.extinct_since().map(day),
        events: life
            .events
            .iter()
            .map(|event| EventItem {
                day: day(event),
                commit: hex(&event.commit.id),
                author: event.commit.author.clone(),
                summary: event.commit.summary.clone(),
                checks: event.checks,
                added: paths(&event.added),
                removed: paths(&event.removed),
            })
            .collect(),
    })
}
