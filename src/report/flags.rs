//! `flag-sweep flags`: every flag as a table, or as one JSON document (docs/flags.schema.json). Owns both layouts; the
//! contents come from `rows`.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::escape;
use crate::report::json::{self, Run, SkippedFile, Tool};
use crate::report::rows::Row;
use crate::report::summary::plural;
use crate::run::Outcome;
use crate::settings::Settings;
use crate::source::Location;

/// The table, with a header line.
pub fn table(rows: &[Row], width: Option<u16>) -> String {
    if rows.is_empty() {
        return "no flags\n".to_owned();
    }
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(["FLAG", "KIND", "STATE", "AGE", "OWNER", "CHECKS", "FILES", "VERDICT"]);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    for row in rows {
        table.add_row(cells(row));
    }
    for column in [3, 5, 6] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines = table.lines().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(&line).trim_end()));
    lines.collect()
}

fn cells(row: &Row) -> [String; 8] {
    let required: Vec<_> = row.states.iter().filter(|state| state.required).collect();
    let states = match required.as_slice() {
        [] => "-".to_owned(),
        states => {
            let one = |state: &&&crate::report::rows::State| match state.environment.as_str() {
                "*" => state.text.clone(),
                environment => format!("{environment}: {}", state.text),
            };
            states.iter().map(|state| one(&state)).collect::<Vec<_>>().join("; ")
        }
    };
    let mut checks = match row.test_checks {
        0 => row.checks.to_string(),
        tests => format!("{} +{tests} test", row.checks),
    };
    if !row.possible.is_empty() {
        checks.push_str(&format!(" +{} possible", row.possible.len()));
    }
    let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let verdict = match (row.verdict, row.stale) {
        ("remove", _) if row.checks + row.test_checks == 0 && !row.possible.is_empty() => {
            "keep: a key put together at run time could name it".to_owned()
        }
        ("remove", _) if row.checks + row.test_checks == 0 => match row.definitions.len() {
            0 => "remove from the registry: no check left".to_owned(),
            count => format!("remove from the registry and {}: no check left", plural(count, "definition")),
        },
        ("report" | "keep", _) if !row.why.is_empty() => format!("{}: {}", row.verdict, row.why),
        ("remove", true) => "remove: stale".to_owned(),
        (verdict, _) => verdict.to_owned(),
    };
    [
        row.key.clone(),
        or_dash(row.kind.unwrap_or_default().to_owned()),
        states,
        row.age.map_or("-".to_owned(), |days| format!("{days} d")),
        or_dash(row.owners.join(", ")),
        checks,
        row.files.to_string(),
        verdict,
    ]
    .map(|cell| escape::line(&cell).into_owned())
}

/// The flags of one run.
#[derive(Debug, JsonSchema, Serialize)]
pub struct List {
    /// Version of this format.
    pub schema_version: u32,
    /// What wrote the list.
    pub tool: Tool,
    /// What the run looked at.
    pub run: Run,
    /// Every flag of the registry or the code, sorted by key.
    pub flags: Vec<Item>,
    /// Files that could not be looked at, sorted by path.
    pub skipped: Vec<SkippedFile>,
}

/// One flag.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Item {
    /// Its key.
    pub key: String,
    /// What it is for; null when the registry does not know the flag.
    pub kind: Option<&'static str>,
    /// What each environment serves.
    pub states: Vec<ItemState>,
    /// Day of creation, as YYYY-MM-DD.
    pub created: Option<String>,
    /// The day since which the value has been the same everywhere, as YYYY-MM-DD.
    pub since: Option<String>,
    /// Days since creation, or else since the value became constant.
    pub age_days: Option<i64>,
    /// Owners, as written.
    pub owners: Vec<String>,
    /// Whether it is archived at the provider.
    pub archived: bool,
    /// Checks in code that is no test.
    pub checks: usize,
    /// Checks in tests.
    pub test_checks: usize,
    /// Checks whose key is put together at run time and could be this flag's, as `path:line`.
    pub possibly_used: Vec<String>,
    /// Places that declare it, as `path:line`.
    pub definitions: Vec<String>,
    /// Files with checks.
    pub files: usize,
    /// Lines of code that can no longer run.
    pub dead_lines: usize,
    /// `remove`, `report`, `keep`, `unknown flag` or `no registry`.
    pub verdict: &'static str,
    /// Why it is not removed; null when it may be.
    pub why: Option<String>,
    /// Whether it has outlived itself.
    pub stale: bool,
    /// `safe`, `unsafe` or `manual`; null when there is nothing to fix.
    pub fix: Option<&'static str>,
}

/// What an environment serves.
#[derive(Debug, JsonSchema, Serialize)]
pub struct ItemState {
    /// Its name; `*` for every environment.
    pub environment: String,
    /// Whether it must agree before the flag is removed.
    pub required: bool,
    /// What it serves, in words.
    pub serves: String,
    /// Since when, as YYYY-MM-DD.
    pub since: Option<String>,
}

/// The JSON document.
pub fn document(rows: &[Row], settings: &Settings, outcome: &Outcome) -> String {
    json::to_text(&List {
        schema_version: json::SCHEMA_VERSION,
        tool: Tool::this(),
        run: Run::new(settings, outcome),
        flags: rows.iter().map(|row| item(row, outcome)).collect(),
        skipped: json::skipped(outcome),
    })
}

fn item(row: &Row, outcome: &Outcome) -> Item {
    let sources = &outcome.project.sources;
    let line = |at: &Location| format!("{}:{}", sources.get(at.source).display_path(), sources.line_column(at).0);
    Item {
        key: row.key.clone(),
        kind: row.kind,
        states: row
            .states
            .iter()
            .map(|state| ItemState {
                environment: state.environment.clone(),
                required: state.required,
                serves: state.text.clone(),
                since: state.since.map(|date| date.to_string()),
            })
            .collect(),
        created: row.created.map(|date| date.to_string()),
        since: row.since.map(|date| date.to_string()),
        age_days: row.age,
        owners: row.owners.clone(),
        archived: row.archived,
        checks: row.checks,
        test_checks: row.test_checks,
        possibly_used: row.possible.iter().map(line).collect(),
        definitions: row.definitions.iter().map(line).collect(),
        files: row.files,
        dead_lines: row.dead_lines,
        verdict: row.verdict,
        why: (!row.why.is_empty()).then(|| row.why.clone()),
        stale: row.stale,
        fix: row.fix.map(|fix| fix.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::{List, document, table};
    use crate::report::json::tests::check_schema;
    use crate::report::rows::rows;
    use crate::report::testing::{outcome, settings};

    #[test]
    fn the_table_is_aligned() {
        let (outcome, settings) = (outcome(), settings());
        insta::assert_snapshot!("flags", table(&rows(&outcome, &settings), None));
    }

    #[test]
    fn the_list_fits_its_published_schema() {
        let (outcome, settings) = (outcome(), settings());
        let text = document(&rows(&outcome, &settings), &settings, &outcome);
        check_schema("flags.schema.json", &schemars::schema_for!(List), &text);
    }
}
