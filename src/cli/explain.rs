//! `flag-sweep explain`: the page of a rule, or the verdict on a flag with its evidence and the plan of its
//! removal. Owns telling the two apart.

use anyhow::{Result, bail};

use super::args::{ExplainArgs, GlobalArgs};
use super::check::{Ending, notices};
use super::settings::Job;
use super::terminal::Terminal;
use super::{caching, settings};
use crate::diagnostic::Applicability;
use crate::fix::{self, Decision};
use crate::registry::nearest;
use crate::report::escape;
use crate::report::plan::{self, Plans};
use crate::rules::{self, Context};
use crate::run::Outcome;
use crate::source::read::Below;

/// Runs the command.
///
/// # Errors
/// When the subject is neither a rule nor a flag, or as `check`.
pub fn explain(global: &GlobalArgs, options: &ExplainArgs, terminal: &Terminal) -> Result<Ending> {
    let subject = options.subject.as_str();
    if let Some(rule) = rules::by_code(subject) {
        terminal.result(&format!("{}\n", rule.explain.trim_end()))?;
        return Ok(Ending::Clean);
    }
    let job = settings::prepare(global, &options.scan, &options.paths)?;
    let mut outcome = caching::look(&job, Applicability::Unsafe, terminal)?;
    let context =
        Context::new(&outcome.project, &outcome.registry, &outcome.verdicts, &job.settings, Some(&outcome.plan));
    let Some(text) = rules::explain_flag(&context, subject) else {
        let in_code = outcome.project.checks.iter().filter_map(|check| check.flag());
        let flags = outcome.registry.flags.keys().map(String::as_str).chain(in_code);
        let shown = escape::line(subject);
        match nearest(subject, rules::RULES.iter().map(|rule| rule.code).chain(flags)) {
            Some(near) => bail!("`{shown}` is neither a rule nor a flag; did you mean `{}`?", escape::line(near)),
            None => bail!("`{shown}` is neither a rule nor a flag; `flag-sweep flags` lists the flags"),
        }
    };
    let ending = notices(&job, &outcome, terminal);
    let plan = plan_of(subject, &mut outcome, &job);
    terminal.result(&format!("{}\n{plan}", escape::lines(text.trim_end())))?;
    Ok(ending)
}

/// What removing this flag alone does, in words; empty when nothing of it is decided.
fn plan_of(subject: &str, outcome: &mut Outcome, job: &Job) -> String {
    let key = outcome.registry.resolve(subject).map_or(subject, |flag| flag.key.as_str());
    let is_this = |decision: &&Decision| {
        let found = outcome.project.checks[decision.check].flag().unwrap_or_default();
        found == key || outcome.registry.resolve(found).is_some_and(|flag| flag.key == key)
    };
    let decisions: Vec<Decision> = outcome.decisions.iter().filter(is_this).cloned().collect();
    let bytes = Below(&job.settings.root);
    let safe = fix::plan(&mut outcome.project, &decisions, Applicability::Safe, &bytes);
    let reviewed = fix::plan(&mut outcome.project, &decisions, Applicability::Unsafe, &bytes);
    plan::text(&outcome.project, Plans { safe: &safe, reviewed: &reviewed }, &job.base)
}
