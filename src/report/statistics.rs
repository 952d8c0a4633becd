//! How many diagnostics there are by rule, flag, owner or path. Owns the counting and the layout of the counts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::escape;
use crate::report::json::{Applicability, Item, Report};

/// What is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Code of the rule.
    Rule,
    /// Key of the flag.
    Flag,
    /// Owner of the flag; a diagnostic counts for each.
    Owner,
    /// File.
    Path,
}

/// A line of the statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The rule, flag, owner or path; null for none.
    pub name: Option<String>,
    /// Diagnostics.
    pub count: usize,
    /// Those that a safe fix answers.
    pub fixable: usize,
    /// Those that a fix with review answers.
    pub fixable_unsafe: usize,
}

/// The counts, the largest first.
pub fn count(report: &Report, by: Count) -> Vec<Row> {
    let mut rows: BTreeMap<Option<&str>, Row> = BTreeMap::new();
    for item in &report.diagnostics {
        for name in names(item, by) {
            let row = rows.entry(name).or_insert_with(|| Row { name: name.map(str::to_owned), ..Row::default() });
            row.count += 1;
            match item.fix.as_ref().map(|fix| fix.applicability) {
                Some(Applicability::Safe) => row.fixable += 1,
                Some(Applicability::Unsafe) => row.fixable_unsafe += 1,
                _ => {}
            }
        }
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    rows.sort_by_key(|row| Reverse(row.count));
    rows
}

fn names(item: &Item, by: Count) -> Vec<Option<&str>> {
    match by {
        Count::Rule => vec![Some(&item.rule)],
        Count::Flag => vec![item.flag.as_deref()],
        Count::Owner if item.owners.is_empty() => vec![None],
        Count::Owner => item.owners.iter().map(|owner| Some(owner.as_str())).collect(),
        Count::Path => vec![Some(&item.path)],
    }
}

/// One line per row: count, what fixes answer, name.
pub fn text(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let mark = match (row.fixable, row.fixable_unsafe) {
            (0, 0) => String::new(),
            (safe, 0) => format!("  [*] {safe}"),
            (safe, more) => format!("  [*] {safe} +{more} to be reviewed"),
        };
        format!("{:>6}  {}{mark}\n", row.count, escape::line(row.name.as_deref().unwrap_or("(none)")))
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{Count, count, text};
    use crate::report::formats::tests::report;

    #[test]
    fn diagnostics_are_counted() {
        let report = report();
        assert_eq!(text(&count(&report, Count::Rule)), "     2  stale-flag  [*] 0 +1 to be reviewed\n");
        assert_eq!(text(&count(&report, Count::Flag)), "     1  (none)\n     1  new-ui  [*] 0 +1 to be reviewed\n");
        assert_eq!(count(&report, Count::Owner).len(), 2);
        assert_eq!(count(&report, Count::Path)[0].count, 2);
    }
}
