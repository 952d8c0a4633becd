//! `report --format csv`: a line per flag, for a spreadsheet. Owns columns and quoting; a cell never becomes a formula.

use super::{Document, FlagItem};

const HEADER: &str = "flag,kind,state,serves,verdict,why,debt,age_days,in_code_since,expires,owners,checks,test_checks,\
                      files,dead_lines,fix,value,effort_minutes,command,at";

/// The table.
pub fn csv(document: &Document) -> String {
    let mut text = format!("{HEADER}\r\n");
    for flag in &document.flags {
        let removal = document.removals.iter().find(|removal| removal.flag == flag.key);
        let cells = [
            flag.key.clone(),
            flag.kind.unwrap_or_default().to_owned(),
            flag.state.to_owned(),
            flag.serves.clone(),
            flag.verdict.to_owned(),
            flag.why.clone(),
            flag.debt.to_string(),
            number(flag.age_days),
            flag.in_code_since.clone().unwrap_or_default(),
            flag.expires.clone().unwrap_or_default(),
            flag.owners.join(" "),
            flag.checks.to_string(),
            flag.test_checks.to_string(),
            flag.files.to_string(),
            flag.dead_lines.to_string(),
            removal.map(|removal| removal.level.to_owned()).unwrap_or_default(),
            removal.map(|removal| removal.value.to_string()).unwrap_or_default(),
            removal.map(|removal| removal.effort.to_string()).unwrap_or_default(),
            removal.map(|removal| removal.command.clone()).unwrap_or_default(),
            place(flag),
        ];
        text.push_str(&cells.map(|cell| quoted(&cell)).join(","));
        text.push_str("\r\n");
    }
    text
}

fn place(flag: &FlagItem) -> String {
    flag.at.clone().unwrap_or_default()
}

fn number(number: Option<i64>) -> String {
    // Ages of flags from the future are negative, and a minus begins a formula.
    number.map(|number| number.max(0).to_string()).unwrap_or_default()
}

/// A cell. What a spreadsheet would calculate gets an apostrophe in front, which it shows as text.
fn quoted(cell: &str) -> String {
    let clean: String = cell
        .chars()
        .map(|character| if crate::report::escape::is_control(character) { ' ' } else { character })
        .collect();
    let is_formula = |text: &str| {
        text.trim_start().starts_with(['=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'])
    };
    let safe = if is_formula(&clean) { format!("'{clean}") } else { clean };
    if safe.contains(['"', ',', ';', '\'', ' ']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}
