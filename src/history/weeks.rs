//! Debt week by week. Owns the days that are looked at, the commit of each, and the numbers; forecasts are in `report`.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::outcome_at;
use crate::diagnostic::Applicability;
use crate::load::Memo;
use crate::report::rows::{self, Row};
use crate::run::Outcome;
use crate::settings::Settings;
use crate::source::repository::{Commit, Repository};

/// Debt at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Week {
    /// The day, as YYYY-MM-DD. Ages are measured against it.
    pub day: String,
    /// The newest commit of the main line at the end of that day (UTC); empty where several projects are joined.
    pub commit: String,
    /// The numbers.
    #[serde(flatten)]
    pub debt: Debt,
}

/// The numbers that make a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Debt {
    /// Flags in the registry or checked in code.
    pub flags: usize,
    /// Of these, the stale, archived and removable ones.
    pub debt: usize,
    /// Checks in code, tests included.
    pub checks: usize,
    /// Lines that can no longer run.
    pub dead_lines: usize,
}

impl Debt {
    /// The numbers of a run.
    pub fn of(rows: &[Row], outcome: &Outcome) -> Self {
        Self {
            flags: rows.len(),
            debt: rows.iter().filter(|row| row.is_debt()).count(),
            checks: outcome.project.checks.len(),
            dead_lines: rows::dead_lines(outcome),
        }
    }
}

/// Debt over time.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// The weeks, oldest first.
    pub weeks: Vec<Week>,
    /// What could not be looked at, one sentence each.
    pub problems: Vec<String>,
}

/// Every seventh day up to today, oldest first, as far back as the history or the number of weeks reaches, with its commit.
///
/// # Errors
/// When a commit cannot be read.
pub fn days(repository: &Repository, today: Date, weeks: usize) -> Result<Vec<(Date, Commit)>> {
    let line = repository.main_line(repository.head()?)?;
    let mut commits = line.into_iter().peekable();
    let mut found = Vec::new();
    for back in 0..=weeks {
        let Ok(day) =
            i64::try_from(back).map_err(anyhow::Error::from).and_then(|back| Ok(today.checked_sub(back.weeks())?))
        else {
            break;
        };
        // The main line is in order of its commits; their clocks may not be.
        while commits.peek().is_some_and(|commit| commit.day() > day) {
            commits.next();
        }
        let Some(commit) = commits.peek() else { break };
        found.push((day, commit.clone()));
    }
    found.reverse();
    Ok(found)
}

/// The series. `step` is told after each week how many of how many are done.
///
/// # Errors
/// When a commit cannot be read. A registry that cannot be read as it was leaves its weeks out, with a sentence that says so.
pub fn series(
    repository: &Repository,
    settings: &Settings,
    weeks: usize,
    step: &dyn Fn(usize, usize),
) -> Result<Series> {
    let days = days(repository, settings.today, weeks)?;
    let memo = Memo::default();
    let mut series = Series::default();
    let mut problems = BTreeSet::new();
    for (done, (day, commit)) in days.iter().enumerate() {
        step(done, days.len());
        let then = Settings { today: *day, ..settings.clone() };
        match outcome_at(repository, commit, &then, Applicability::Unsafe, &memo) {
            Ok(outcome) => {
                let rows = rows::rows(&outcome, &then);
                let debt = Debt::of(&rows, &outcome);
                series.weeks.push(Week { day: day.to_string(), commit: commit.short(), debt });
            }
            Err(error) if error.is::<crate::registry::RegistryError>() => {
                problems
                    .insert(format!("the registry of commit {} cannot be read: its week is left out", commit.short()));
            }
            Err(error) => return Err(error),
        }
    }
    series.problems = problems.into_iter().collect();
    Ok(series)
}
