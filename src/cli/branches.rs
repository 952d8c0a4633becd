//! `flag-sweep fix --branch-per-flag`: a branch with one commit for each flag that goes as a whole. Owns which flags these
//! are, and what the commits say.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use super::args::{CheckArgs, GlobalArgs};
use super::check::{Ending, is_refused, notices, refusal};
use super::settings::{self, Job};
use super::terminal::Terminal;
use crate::diagnostic::Applicability;
use crate::fix::{self, Decision, Plan, Reach};
use crate::report::fingerprint::digest;
use crate::report::summary::plural;
use crate::report::{escape, left};
use crate::run::{self, Outcome};
use crate::source::branches::{Branches, Change, name};
use crate::source::git;
use crate::source::owners::CodeOwners;
use crate::source::read::Below;

/// Runs the command.
///
/// # Errors
/// As `check`, and when the repository cannot be written.
pub fn branches(global: &GlobalArgs, options: &CheckArgs, terminal: &Terminal) -> Result<Ending> {
    let job = settings::prepare(global, &options.scan, &options.paths)?;
    let level = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let reach = Reach { level, keep_definitions: options.keep_definitions };
    let repository = Branches::open(&job.settings.root)?;
    let mut outcome = {
        let _progress = terminal.progress("looking for flags");
        run::run(&job.settings, reach)?
    };
    let mut ending = notices(&job, &outcome, terminal);
    if is_refused(&job, &outcome, terminal) {
        return Ok(Ending::Error);
    }
    let code_owners = CodeOwners::read(&job.settings.root);
    let mut by_flag: BTreeMap<String, Vec<Decision>> = BTreeMap::new();
    for decision in &outcome.decisions {
        let Some(key) = outcome.project.checks[decision.check].flag() else { continue };
        let key = outcome.registry.resolve(key).map_or(key, |flag| flag.key.as_str());
        by_flag.entry(key.to_owned()).or_default().push(decision.clone());
    }
    let (mut made, mut there, mut by_hand) = (0, 0, 0);
    for (key, decisions) in by_flag {
        let branch = name(&key, &digest(&[&key]));
        if repository.exists(&branch) {
            terminal.say(&format!("{branch} exists already and is left as it is\n"));
            there += 1;
            continue;
        }
        outcome.plan = fix::plan(&mut outcome.project, &decisions, reach, &Below(&job.settings.root));
        let plan = &outcome.plan;
        // A flag is removed everywhere or nowhere.
        if plan.files.is_empty() || !plan.bugs.is_empty() || plan.sites.iter().any(|site| !site.applied) {
            terminal.say(&format!("no branch for `{}`: not all of it can be removed\n", escape::line(&key)));
            by_hand += 1;
            continue;
        }
        let sources = &outcome.project.sources;
        let changes: Vec<Change<'_>> = plan
            .files
            .iter()
            .map(|file| {
                let source = sources.get(file.source);
                let after = (!file.deleted).then_some(file.after.as_str());
                Change { path: &source.path, before: &source.text, after }
            })
            .collect();
        let paths: Vec<&Path> = changes.iter().map(|change| change.path).collect();
        let dirty = git::dirty(&job.settings.root, &paths);
        if !dirty.is_empty() {
            bail!("{}", refusal(&dirty, &job.base).replace(", or pass --allow-dirty", ""));
        }
        match repository.commit(&branch, &message(&key, &outcome, plan, &job, &code_owners), &changes) {
            Ok(()) => {
                terminal.result(&format!("{branch}\n"))?;
                made += 1;
            }
            Err(error) => {
                terminal.error(&format!("no branch for `{}`: {error:#}", escape::line(&key)));
                ending = Ending::Error;
            }
        }
    }
    terminal.say(&format!(
        "{} made, {there} there already, {} to be removed by hand or with --unsafe-fixes\n",
        plural(made, "branch").replace("branchs", "branches"),
        plural(by_hand, "flag")
    ));
    Ok(ending)
}

/// What the commit says: the fact, its evidence, what to look at, and whom to ask.
fn message(key: &str, outcome: &Outcome, plan: &Plan, job: &Job, code_owners: &CodeOwners) -> String {
    let mut lines = vec![format!("Remove the flag {key}"), String::new()];
    if let Some(verdict) = outcome.verdicts.get(key) {
        lines.push(format!("Flag `{key}` {}.", verdict.summary));
        let evidence = verdict.evidence.iter().map(|one| {
            let since = one.since.map(|day| format!(" since {day}")).unwrap_or_default();
            format!("- {}: {}{since}", one.environment, one.text)
        });
        lines.extend(evidence);
    }
    let level = plan.sites.iter().map(|site| site.applicability).max().unwrap_or(Applicability::Safe);
    lines.push(String::new());
    lines.push(format!(
        "{} in {} removed ({}), as of {}.",
        plural(plan.sites.len(), "check"),
        plural(plan.files.len(), "file"),
        level.name(),
        job.settings.today
    ));
    let place = |one: &left::Left| format!("{}:{}: {}", crate::source::display_path(&one.path), one.line, one.reason);
    let reviewed =
        left::reviewed(outcome).iter().map(|one| format!("To be reviewed: {}", place(one))).collect::<Vec<_>>();
    let left = left::left(outcome).iter().map(|one| format!("Left: {}", place(one))).collect::<Vec<_>>();
    if !reviewed.is_empty() || !left.is_empty() {
        lines.push(String::new());
    }
    lines.extend(reviewed);
    lines.extend(left);
    let owners = reviewers(key, outcome, plan, code_owners);
    if !owners.is_empty() {
        lines.push(String::new());
        lines.push(format!("Suggested reviewer: {}", owners.join(", ")));
    }
    // No text of the repository starts a line of its own.
    lines.iter().map(|line| format!("{}\n", escape::line(line))).collect()
}

/// The flag's owners by the registry, else those of the files in which its checks are, by CODEOWNERS.
fn reviewers(key: &str, outcome: &Outcome, plan: &Plan, code_owners: &CodeOwners) -> Vec<String> {
    let owners = outcome.registry.flags.get(key).map(|flag| flag.owners.clone()).unwrap_or_default();
    if !owners.is_empty() {
        return owners;
    }
    let mut found: Vec<String> = Vec::new();
    for site in &plan.sites {
        let source = outcome.project.checks[site.check].at.source;
        for owner in code_owners.of(&outcome.project.sources.get(source).path) {
            if !found.contains(owner) {
                found.push(owner.clone());
            }
        }
    }
    found
}
