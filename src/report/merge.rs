//! Joining documents of `check`: the shares of a project make the document of the whole, byte for byte; several projects
//! make one document with their names in front of the paths. Owns the order of a document, and what may be joined.

use std::collections::BTreeMap;
use std::path::Path;

use crate::report::json::{Report, Run, SCHEMA_VERSION};
use crate::report::shard::counted;

/// Puts every list of a document into the order of paths and places.
pub fn sort(report: &mut Report) {
    // As paths are sorted, part by part, not as texts are.
    let by = |left: &str, right: &str| Path::new(left).cmp(Path::new(right));
    report.diagnostics.sort_by(|left, right| {
        let key = |item: &super::json::Item| (item.start.offset, item.end.offset, item.rule.clone(), item.flag.clone());
        by(&left.path, &right.path).then_with(|| key(left).cmp(&key(right)))
    });
    report.checks.sort_by(|left, right| by(&left.path, &right.path).then(left.start.offset.cmp(&right.start.offset)));
    report
        .overrides
        .sort_by(|left, right| by(&left.path, &right.path).then(left.start.offset.cmp(&right.start.offset)));
    report
        .definitions
        .sort_by(|left, right| by(&left.path, &right.path).then(left.start.offset.cmp(&right.start.offset)));
    report.suppressions.sort_by(|left, right| by(&left.path, &right.path).then(left.line.cmp(&right.line)));
    report.left.sort_by(|left, right| by(&left.path, &right.path).then(left.line.cmp(&right.line)));
    report.skipped.sort_by(|left, right| by(&left.path, &right.path));
    report.broken.sort_by(|left, right| by(left, right));
}

/// Joins documents, in any order.
///
/// # Errors
/// When a share is missing or given twice, documents of several projects have no names, or versions differ.
pub fn merge(reports: Vec<Report>) -> Result<Report, String> {
    // The shares of a project come from one run: everything else about it is the same.
    let mut projects: Vec<(Run, BTreeMap<u32, Report>)> = Vec::new();
    for report in reports {
        if report.schema_version != SCHEMA_VERSION {
            return Err(format!(
                "a document has version {} of the format, this flag-sweep reads version {SCHEMA_VERSION}",
                report.schema_version
            ));
        }
        let run = Run { shard: None, ..report.run.clone() };
        let count = report.run.shard.map(|shard| shard.count);
        let index = report.run.shard.map_or(1, |shard| shard.index);
        let same = projects.iter_mut().find(|(known, shares)| {
            let counts = shares.values().next().map(|first| first.run.shard.map(|shard| shard.count));
            *known == run && count.is_some() && counts == Some(count)
        });
        match same {
            Some((_, shares)) if shares.contains_key(&index) => {
                return Err(format!("share {index} of {} is given twice", count.unwrap_or(1)));
            }
            Some((_, shares)) => {
                shares.insert(index, report);
            }
            None => projects.push((run, BTreeMap::from([(index, report)]))),
        }
    }
    let mut whole: Vec<Report> =
        projects.into_iter().map(|(run, shares)| join(run, shares)).collect::<Result<_, _>>()?;
    if whole.len() > 1 {
        let mut names: Vec<Option<String>> = whole.iter().map(|report| report.run.project.clone()).collect();
        names.sort();
        names.dedup();
        if names.len() < whole.len() || names.contains(&None) {
            return Err("documents of several projects are joined by name: give each `check` another --project NAME \
                        (or they are shares of runs that differ in day or registry)"
                .to_owned());
        }
        whole.iter_mut().for_each(name_paths);
        whole.sort_by(|left, right| left.run.project.cmp(&right.run.project));
    }
    let mut whole = whole.into_iter();
    let mut merged = whole.next().ok_or("no document was given")?;
    for mut report in whole {
        merged.run.project = None;
        let flags = merged.summary.flags + report.summary.flags;
        report.run.registries.retain(|origin| !merged.run.registries.contains(origin));
        merged.run.registries.append(&mut report.run.registries);
        merged.run.today = merged.run.today.max(report.run.today.clone());
        append(&mut merged, report);
        // The same key in two projects is two flags.
        merged.summary.flags = flags;
    }
    sort(&mut merged);
    Ok(merged)
}

/// Joins the shares of a project.
fn join(run: Run, shares: BTreeMap<u32, Report>) -> Result<Report, String> {
    let mut shares = shares.into_values();
    let mut joined = shares.next().ok_or("no document was given")?;
    let mut seen = 1;
    let count = joined.run.shard.map_or(1, |shard| shard.count);
    let first = joined.run.shard.map_or(1, |shard| shard.index);
    for share in shares {
        seen += 1;
        append(&mut joined, share);
    }
    if seen != count || first != 1 {
        return Err(format!("{seen} of {count} shares are given; the others are missing"));
    }
    joined.run = run;
    sort(&mut joined);
    Ok(joined)
}

fn append(to: &mut Report, mut from: Report) {
    let (left, right) = (to.summary.clone(), from.summary.clone());
    to.diagnostics.append(&mut from.diagnostics);
    to.checks.append(&mut from.checks);
    to.overrides.append(&mut from.overrides);
    to.definitions.append(&mut from.definitions);
    to.skipped.append(&mut from.skipped);
    to.suppressions.append(&mut from.suppressions);
    to.left.append(&mut from.left);
    to.broken.append(&mut from.broken);
    // Every share says these of the whole.
    from.limits.retain(|limit| !to.limits.contains(limit));
    to.limits.append(&mut from.limits);
    from.warnings.retain(|warning| !to.warnings.contains(warning));
    to.warnings.append(&mut from.warnings);
    to.summary = counted(&to.diagnostics, &left);
    to.summary.files += right.files;
    to.summary.skipped += right.skipped;
    to.summary.checks += right.checks;
    to.summary.suppressed += right.suppressed;
    to.summary.known += right.known;
    to.summary.fixed += right.fixed;
}

/// Puts the project's name in front of every path.
fn name_paths(report: &mut Report) {
    let Some(name) = report.run.project.clone() else { return };
    let prefix = |path: &mut String| *path = format!("{name}/{path}");
    for item in &mut report.diagnostics {
        prefix(&mut item.path);
        item.labels.iter_mut().for_each(|label| prefix(&mut label.path));
        item.fix.iter_mut().flat_map(|fix| &mut fix.edits).for_each(|edit| prefix(&mut edit.path));
    }
    report.checks.iter_mut().for_each(|item| prefix(&mut item.path));
    report.overrides.iter_mut().for_each(|item| prefix(&mut item.path));
    report.definitions.iter_mut().for_each(|item| prefix(&mut item.path));
    report.skipped.iter_mut().for_each(|item| prefix(&mut item.path));
    report.suppressions.iter_mut().for_each(|item| prefix(&mut item.path));
    report.left.iter_mut().for_each(|item| prefix(&mut item.path));
    report.broken.iter_mut().for_each(prefix);
    report.run.registries.iter_mut().for_each(|origin| *origin = format!("{name}/{origin}"));
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::report::formats::tests::report;
    use crate::report::json::{Report, Shard};
    use crate::report::shard::take;
    use crate::report::testing::outcome;

    fn share(index: u32, count: u32) -> Report {
        let mut report = report();
        take(&mut report, Shard { index, count }, &outcome());
        report
    }

    #[test]
    fn shares_make_the_whole_in_any_order() {
        for count in [1, 2, 5] {
            let shares = (1..=count).rev().map(|index| share(index, count)).collect();
            assert_eq!(merge(shares).expect("they fit"), report(), "{count}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let told = |reports: Vec<Report>| merge(reports).expect_err("they do not fit");
        assert_eq!(told(vec![share(1, 3), share(3, 3)]), "2 of 3 shares are given; the others are missing");
        assert_eq!(told(vec![share(1, 2), share(1, 2)]), "share 1 of 2 is given twice");
        assert!(told(vec![report(), report()]).starts_with("documents of several projects are joined by name"));
        assert_eq!(told(vec![]), "no document was given");
        assert!(told(vec![Report { schema_version: 9, ..report() }]).starts_with("a document has version 9"));
    }

    #[test]
    fn projects_are_told_apart_by_name() {
        let named = |name: &str| {
            let mut report = report();
            report.run.project = Some(name.to_owned());
            report
        };
        let both = merge(vec![named("web"), named("api")]).expect("they have names");
        assert_eq!(both.summary.warnings, 2 * report().summary.warnings);
        assert!(
            both.diagnostics[0].path.starts_with("api/") && both.run.registries == ["api/flags.yaml", "web/flags.yaml"]
        );
    }
}
