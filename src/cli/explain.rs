//! `flag-sweep explain`: the page of a rule, or the verdict on a flag with its evidence. Owns telling the two apart.

use anyhow::{Result, bail};

use super::args::{ExplainArgs, GlobalArgs};
use super::check::{Ending, notices};
use super::settings;
use super::terminal::Terminal;
use crate::diagnostic::Applicability;
use crate::registry::nearest;
use crate::report::escape;
use crate::rules::{self, Context};
use crate::run;

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
    let outcome = {
        let _progress = terminal.progress("looking for flags");
        run::run(&job.settings, Applicability::Unsafe)?
    };
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
    terminal.result(&format!("{}\n", escape::lines(text.trim_end())))?;
    Ok(ending)
}
