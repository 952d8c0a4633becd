//! The score: one number from 0 to 100, with the formula that is printed beside it. Owns the weights.

use super::{Deduction, Score};
use crate::report::rows::Row;

/// Printed as it is.
pub(super) const FORMULA: &str = "100 − 60 × debt ÷ flags − 20 × temporary flags older than a year ÷ flags − 10 × flags \
                                  without an owner ÷ flags − 10 × orphans ÷ flags, rounded down";

/// Days after which a flag that should have been temporary is old.
const OLD: i64 = 365;

/// The score of a set of flags; one without any is in the best of health.
pub(super) fn score(rows: &[Row], owned: impl Fn(&Row) -> bool) -> Score {
    let of = rows.len();
    let temporary = |row: &Row| matches!(row.kind, Some("release" | "experiment"));
    let old = |row: &Row| temporary(row) && row.age.is_some_and(|age| age > OLD);
    let orphan = |row: &Row| row.kind.is_none() || row.checks + row.test_checks == 0;
    let count = |which: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| which(row)).count();
    let counts = [count(&Row::is_debt), count(&old), count(&|row| !owned(row)), count(&orphan)];
    of_counts(&counts, of)
}

/// The score of the flags of two projects together.
pub(super) fn together(left: &Score, right: &Score) -> Score {
    let counts: [usize; 4] = [0, 1, 2, 3]
        .map(|at| [left, right].into_iter().filter_map(|score| score.deductions.get(at)).map(|part| part.flags).sum());
    let of: usize = [left, right].into_iter().filter_map(|score| score.deductions.first()).map(|part| part.of).sum();
    of_counts(&counts, of)
}

/// What is counted, and how many points all flags of the kind would cost.
const PARTS: [(&str, u32); 4] = [
    ("stale, archived or removable", 60),
    ("temporary, and older than a year", 20),
    ("without an owner", 10),
    ("known to one side only", 10),
];

/// The texts of a score.
pub(super) const WORDS: [&str; 5] = [FORMULA, PARTS[0].0, PARTS[1].0, PARTS[2].0, PARTS[3].0];

fn of_counts(counts: &[usize; 4], of: usize) -> Score {
    let deductions: Vec<Deduction> = PARTS
        .into_iter()
        .zip(counts)
        .map(|((what, weight), flags)| {
            let flags = *flags;
            let tenths = if of == 0 { 0 } else { u64::from(weight) * 10 * flags as u64 / of as u64 };
            Deduction { what, flags, of, weight, tenths: u32::try_from(tenths).unwrap_or(u32::MAX) }
        })
        .collect();
    // In one fraction, so that four roundings do not add up.
    let lost: u64 = deductions.iter().map(|part| u64::from(part.weight) * part.flags as u64).sum();
    let lost = if of == 0 { 0 } else { lost.div_ceil(of as u64) };
    Score { value: u32::try_from(100u64.saturating_sub(lost)).unwrap_or(0), formula: FORMULA, deductions }
}
