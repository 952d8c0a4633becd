//! Joining debt reports of several projects into one. Owns what is added up and how flags and paths are told apart; whatever a
//! report computes from others of its numbers is computed anew.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{AgeGroup, Document, Gaps, Orphans, OwnerItem, SCHEMA_VERSION, Totals, UnreadLanguage, score, trend};
use crate::history::weeks::{Debt, Week};
use crate::report::json::Run;

/// Joins reports, in any order. A report by itself stays as it is.
///
/// # Errors
/// When there is none, two have the same name or none, or days or versions differ.
pub fn merge(mut documents: Vec<Document>) -> Result<Document, String> {
    for document in &documents {
        if document.schema_version != SCHEMA_VERSION {
            let other = document.schema_version;
            return Err(format!("a report has version {other}, this flag-sweep reads version {SCHEMA_VERSION}"));
        }
    }
    if documents.len() < 2 {
        return documents.pop().ok_or_else(|| "no report was given".to_owned());
    }
    let names: BTreeSet<&str> = documents.iter().filter_map(|document| document.run.project.as_deref()).collect();
    if names.len() < documents.len() {
        return Err(
            "reports of several projects are joined by name: give each `report` another --project NAME".to_owned()
        );
    }
    let days: BTreeSet<&str> = documents.iter().map(|document| document.run.today.as_str()).collect();
    if days.len() > 1 {
        let days: Vec<&str> = days.into_iter().collect();
        return Err(format!(
            "the reports are of several days: {}; give each `report` the same --today",
            days.join(", ")
        ));
    }
    documents.iter_mut().for_each(name);
    documents.sort_by(|left, right| left.run.project.cmp(&right.run.project));
    let mut merged = documents.remove(0);
    merged.run = Run { project: None, ..merged.run };
    merged.since = None;
    for document in documents {
        add(&mut merged, document);
    }
    merged.forecast = merged.run.today.parse::<Date>().ok().and_then(|today| trend::forecast(&merged.weeks, today));
    merged.removals.sort_by(|left, right| {
        let (ours, theirs) = (left.value * right.effort, right.value * left.effort);
        theirs.cmp(&ours).then_with(|| Reverse(left.value).cmp(&Reverse(right.value))).then(left.flag.cmp(&right.flag))
    });
    merged.flags.sort_by(|left, right| left.key.cmp(&right.key));
    merged.suppressions.sort_by(|left, right| {
        (left.until.is_none(), &left.until, &left.path, left.line).cmp(&(
            right.until.is_none(),
            &right.until,
            &right.path,
            right.line,
        ))
    });
    Ok(merged)
}

/// Puts the project's name in front of every flag and path. Commands stay: they are run in the project.
fn name(document: &mut Document) {
    let Some(project) = document.run.project.clone() else { return };
    let prefix = |text: &mut String| {
        if !text.is_empty() {
            *text = format!("{project}/{text}");
        }
    };
    document.run.registries.iter_mut().for_each(prefix);
    for removal in &mut document.removals {
        prefix(&mut removal.flag);
        removal.files.iter_mut().for_each(|file| prefix(&mut file.path));
    }
    for orphan in document.orphans.unused.iter_mut().chain(&mut document.orphans.unknown) {
        prefix(&mut orphan.flag);
        prefix(&mut orphan.at);
    }
    for nested in &mut document.nested {
        [&mut nested.outer, &mut nested.inner, &mut nested.at].into_iter().for_each(prefix);
    }
    document.stuck.iter_mut().for_each(|stuck| prefix(&mut stuck.flag));
    document.slipped.iter_mut().for_each(|slipped| prefix(&mut slipped.flag));
    document.suppressions.iter_mut().for_each(|comment| prefix(&mut comment.path));
    for flag in &mut document.flags {
        prefix(&mut flag.key);
        flag.at.iter_mut().for_each(prefix);
    }
    document.gaps.skipped.iter_mut().for_each(|skipped| prefix(&mut skipped.path));
    document.gaps.broken.iter_mut().for_each(prefix);
    document.gaps.dynamic.iter_mut().for_each(|dynamic| prefix(&mut dynamic.at));
}

fn add(to: &mut Document, from: Document) {
    to.run.registries.extend(from.run.registries);
    to.totals = totals(&to.totals, &from.totals);
    to.score = match (to.score.take(), from.score) {
        (Some(left), Some(right)) => Some(score::together(&left, &right)),
        // What one project is worth says nothing about one without a registry.
        (left, right) => left.or(right),
    };
    to.weeks = weeks(&to.weeks, &from.weeks);
    for (group, more) in to.ages.iter_mut().zip(from.ages) {
        *group = ages(group, &more);
    }
    to.removals.extend(from.removals);
    to.owners = owners(to.owners.iter().chain(&from.owners));
    let Orphans { unused, unknown } = from.orphans;
    to.orphans.unused.extend(unused);
    to.orphans.unknown.extend(unknown);
    to.nested.extend(from.nested);
    to.stuck.extend(from.stuck);
    to.slipped.extend(from.slipped);
    to.suppressions.extend(from.suppressions);
    to.flags.extend(from.flags);
    let Gaps { skipped, broken, dynamic, languages, notes } = from.gaps;
    to.gaps.skipped.extend(skipped);
    to.gaps.broken.extend(broken);
    to.gaps.dynamic.extend(dynamic);
    for UnreadLanguage { language, files } in languages {
        match to.gaps.languages.iter_mut().find(|known| known.language == language) {
            Some(known) => known.files += files,
            None => to.gaps.languages.push(UnreadLanguage { language, files }),
        }
    }
    to.gaps.languages.sort_by(|left, right| left.language.cmp(&right.language));
    for note in notes {
        if !to.gaps.notes.contains(&note) {
            to.gaps.notes.push(note);
        }
    }
}

fn totals(left: &Totals, right: &Totals) -> Totals {
    Totals {
        flags: left.flags + right.flags,
        debt: left.debt + right.debt,
        removable: left.removable + right.removable,
        checks: left.checks + right.checks,
        dead_lines: left.dead_lines + right.dead_lines,
        deleted_lines: left.deleted_lines + right.deleted_lines,
        inserted_lines: left.inserted_lines + right.inserted_lines,
        errors: left.errors + right.errors,
        warnings: left.warnings + right.warnings,
        notes: left.notes + right.notes,
        files: left.files + right.files,
    }
}

/// The sums of each day; a project that is younger than another has nothing before.
fn weeks(left: &[Week], right: &[Week]) -> Vec<Week> {
    let mut by_day: BTreeMap<String, Week> = BTreeMap::new();
    for week in left.iter().chain(right) {
        match by_day.get_mut(&week.day) {
            None => drop(by_day.insert(week.day.clone(), week.clone())),
            Some(sum) => {
                sum.commit = String::new();
                sum.debt = Debt {
                    flags: sum.debt.flags + week.debt.flags,
                    debt: sum.debt.debt + week.debt.debt,
                    checks: sum.debt.checks + week.debt.checks,
                    dead_lines: sum.debt.dead_lines + week.debt.dead_lines,
                };
            }
        }
    }
    by_day.into_values().collect()
}

fn ages(left: &AgeGroup, right: &AgeGroup) -> AgeGroup {
    AgeGroup {
        age: left.age,
        rolling: left.rolling + right.rolling,
        one_value: left.one_value + right.one_value,
        off: left.off + right.off,
        archived: left.archived + right.archived,
        unknown: left.unknown + right.unknown,
    }
}

fn owners<'o>(items: impl Iterator<Item = &'o OwnerItem>) -> Vec<OwnerItem> {
    let mut joined: BTreeMap<(&str, &str), OwnerItem> = BTreeMap::new();
    for item in items {
        match joined.get_mut(&(item.name.as_str(), item.source)) {
            None => drop(joined.insert((&item.name, item.source), item.clone())),
            Some(known) => {
                known.flags += item.flags;
                known.debt += item.debt;
                known.dead_lines += item.dead_lines;
                known.oldest_days = known.oldest_days.max(item.oldest_days);
            }
        }
    }
    joined.into_values().collect()
}
