//! `flag-sweep check`: report, show a diff, or fix. Owns the order of these and the exit code; finds nothing itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::args::{CheckArgs, FailOn, GlobalArgs};
use super::settings::{self, Job};
use super::terminal::Terminal;
use super::{add_ignore, caching, known, output};
use crate::diagnostic::Applicability;
use crate::fix::Reach;
use crate::language::LANGUAGES;
use crate::project::SkipReason;
use crate::registry::nearest;
use crate::report::json::Fixed;
use crate::report::paths::Base;
use crate::report::summary::plural;
use crate::report::{diff, escape, left, pins, shard, show_checks, summary};
use crate::run::{Outcome, run as look};
use crate::source::write::{self, Target};
use crate::source::{self, display_path, git};

/// How a run ended; the worst of what happened counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Nothing to report.
    Clean,
    /// Diagnostics that matter remain.
    Diagnostics,
    /// Something could not be done.
    Error,
}

/// Runs the command.
///
/// # Errors
/// When options, configuration, registry or paths make no sense.
pub fn check(global: &GlobalArgs, options: &CheckArgs, terminal: &Terminal) -> Result<Ending> {
    run(global, options, options.fix, terminal)
}

/// Runs `fix`: the same with fixes applied, unless only a diff is asked for.
///
/// # Errors
/// As [`fn@check`].
pub fn fix_all(global: &GlobalArgs, options: &CheckArgs, terminal: &Terminal) -> Result<Ending> {
    run(global, options, !options.diff, terminal)
}

fn run(global: &GlobalArgs, options: &CheckArgs, apply: bool, terminal: &Terminal) -> Result<Ending> {
    let job = settings::prepare(global, &options.scan, &options.paths)?;
    let level = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let reach = Reach { level, keep_definitions: options.keep_definitions };
    let mut outcome = if apply || options.diff || options.add_ignore.is_some() || output::holds_edits(options) {
        let _progress = terminal.progress("looking for flags");
        look(&job.settings, reach)?
    } else {
        caching::look(&job, reach, terminal)?
    };
    let mut ending = notices(&job, &outcome, terminal);
    if outcome.project.files.is_empty() {
        let languages: Vec<&str> = LANGUAGES.iter().map(|language| language.name).collect();
        let message = &format!(
            "no code file was found; name a directory with files in {}, or look at ignore files and --exclude",
            languages.join(", ")
        );
        if options.error_on_no_input {
            terminal.error(message);
            ending = Ending::Error;
        } else {
            terminal.warn(message);
        }
    }
    if options.show_checks {
        terminal.result(&show_checks::show_checks(&outcome, &job.settings, &job.base))?;
        return Ok(ending);
    }
    if apply || options.diff {
        if is_refused(&job, &outcome, terminal) {
            return Ok(Ending::Error);
        }
    } else if !is_informed(&job, &outcome) && !outcome.project.checks.is_empty() {
        let checks = plural(outcome.project.checks.len(), "check");
        terminal.warn(&format!("{NO_REGISTRY}, so nothing is known of the flags of {checks}; {HOW_TO_INFORM}"));
    }
    let targets = targets(&outcome);
    if options.diff {
        terminal.result(&diff_from_here(&job, &targets, terminal))?;
        let counts = summary::count(&outcome.project, &outcome.registry, &outcome.diagnostics);
        let removed = outcome.plan.sites.iter().filter(|site| site.applied).count();
        let tests = pins::applied(&outcome);
        terminal.say(&format!(
            "would remove {}{tests} in {}\n",
            plural(removed, "check"),
            plural(targets.len(), "file")
        ));
        terminal.say(&pins::text(&outcome, &job.base));
        terminal.say(&left::reviewed_text(&left::reviewed(&outcome), &job.base));
        terminal.say(&left::text(&left::left(&outcome), &job.base));
        terminal.say(&summary::text(&counts, &outcome.project, summary::Hidden::of(&outcome)));
        let changes = if targets.is_empty() || options.exit_zero { Ending::Clean } else { Ending::Diagnostics };
        return Ok(ending.max(changes));
    }
    let mut fixed = Fixed::default();
    if apply && !targets.is_empty() {
        let removed = outcome.plan.sites.iter().filter(|site| site.applied).count();
        if fix(&job, &targets, options.allow_dirty, terminal) {
            fixed = Fixed { checks: removed, left: left::left(&outcome) };
            let tests = pins::applied(&outcome);
            terminal.say(&format!(
                "removed {}{tests} in {}\n",
                plural(removed, "check"),
                plural(targets.len(), "file")
            ));
            terminal.say(&pins::text(&outcome, &job.base));
            terminal.say(&left::reviewed_text(&left::reviewed(&outcome), &job.base));
            terminal.say(&left::text(&fixed.left, &job.base));
            // What is left is reported as it is now: a second look at the files, with new line numbers.
            let _progress = terminal.progress("looking at what is left");
            outcome = look(&job.settings, reach)?;
        } else {
            ending = Ending::Error;
        }
    }
    ending = ending.max(known::leave_out(&job, options, &mut outcome, terminal)?);
    if let Some(reason) = &options.add_ignore {
        return add_ignore::add_ignore(&job, options, &outcome, reason, terminal);
    }
    if let Some(share) = options.shard {
        shard::take_diagnostics(&mut outcome, share);
    }
    output::output(&job, options, &mut outcome, &fixed, terminal)?;
    let fail_on = options.fail_on.or(job.fail_on).unwrap_or(FailOn::Warning).severity();
    let severe = |least| outcome.diagnostics.iter().filter(|diagnostic| diagnostic.severity >= least).count();
    let fails = fail_on.is_some_and(|least| severe(least) > options.max_findings);
    Ok(if fails && !options.exit_zero { ending.max(Ending::Diagnostics) } else { ending })
}

/// Says what every command has to say about a run, and whether it makes it an error.
pub fn notices(job: &Job, outcome: &Outcome, terminal: &Terminal) -> Ending {
    let mut ending = Ending::Clean;
    if let Some(config) = &job.config {
        terminal.detail(&format!("configuration: {}", escape::line(&display_path(config))));
    }
    for origin in &outcome.registry.origins {
        terminal.detail(&format!("registry: {}", job.base.show(Path::new(origin))));
    }
    for snapshot in &outcome.registry.snapshots {
        terminal.detail(&format!("snapshot {}", escape::line(&snapshot.describe(job.settings.today))));
    }
    for why in untrusted(job, outcome) {
        terminal.warn(&escape::line(&why));
    }
    for warning in job.warnings.iter().chain(&outcome.warnings).chain(&outcome.project.limits) {
        terminal.warn(warning);
    }
    for flag in undecided(job, outcome) {
        terminal.warn(&flag);
    }
    if write::is_unfinished(&job.settings.root) {
        terminal.warn("an earlier removal was interrupted; `flag-sweep undo` brings its files back");
    }
    for skipped in &outcome.project.skipped {
        if matches!(skipped.reason, SkipReason::Unreadable(_)) {
            terminal.error(&summary::skipped(skipped, &job.base));
            ending = Ending::Error;
        } else {
            terminal.detail(&summary::skipped(skipped, &job.base));
        }
    }
    for source in &outcome.project.broken {
        let path = job.base.show(&outcome.project.sources.get(*source).path);
        terminal.detail(&format!("syntax errors in {path}: it will not be edited"));
    }
    for bug in &outcome.plan.bugs {
        terminal
            .error(&format!("{}, so it was dropped: this is a bug of flag-sweep, please report it", escape::line(bug)));
        ending = Ending::Error;
    }
    ending
}

const NO_REGISTRY: &str = "no registry was found";
const HOW_TO_INFORM: &str = "name one with `--registry FILE`, fetch one with `flag-sweep pull`, write a first one with `flag-sweep flags \
                             --output-format yaml`, or decide a flag with `--flag KEY=VALUE`";

/// Whether anything says what flags serve: a registry, or the command line.
fn is_informed(job: &Job, outcome: &Outcome) -> bool {
    outcome.registry.is_loaded() || !job.settings.decided.is_empty()
}

/// Says why nothing at all is fixed, if so. Without a registry, what looks done would only be unknown. And nothing is
/// fixed while a registry may not be true: not even what another registry is sure of, since the run would look as if it
/// had done everything.
pub(super) fn is_refused(job: &Job, outcome: &Outcome, terminal: &Terminal) -> bool {
    let mut refusals = untrusted(job, outcome);
    if !is_informed(job, outcome) {
        refusals.push(format!("{NO_REGISTRY}; {HOW_TO_INFORM}"));
    }
    for why in &refusals {
        terminal.error(&escape::line(&format!("nothing is fixed: {why}")));
    }
    !refusals.is_empty()
}

/// Why the snapshots are not good enough to fix anything, one sentence each.
fn untrusted(job: &Job, outcome: &Outcome) -> Vec<String> {
    let (policy, today) = (&job.settings.policy, job.settings.today);
    outcome.registry.snapshots.iter().filter_map(|snapshot| snapshot.untrusted(policy, today)).collect()
}

/// Flags that were named on the command line and that nothing knows, one sentence each.
fn undecided(job: &Job, outcome: &Outcome) -> Vec<String> {
    let in_code: BTreeSet<&str> = outcome.project.checks.iter().filter_map(|check| check.flag()).collect();
    let named = job.settings.decided.keys().chain(&job.settings.only);
    let unknown = named.filter(|key| !in_code.contains(key.as_str()) && outcome.registry.resolve(key).is_none());
    let sentence = |key: &String| {
        let near = match nearest(key, in_code.iter().copied()) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        format!("no check of flag `{key}` was found{near}")
    };
    unknown.map(sentence).collect()
}

/// The plan as files to write, in the order of the plan, which is by path.
fn targets(outcome: &Outcome) -> Vec<Target<'_>> {
    let target = |file: &'_ crate::fix::PlannedFile| file.source;
    let mut targets = Vec::new();
    for file in &outcome.plan.files {
        let source = outcome.project.sources.get(target(file));
        let after = (!file.deleted).then_some(file.after.as_str());
        targets.push(Target { path: &source.path, before: &source.text, after });
    }
    targets.sort_by(|left, right| left.path.cmp(right.path));
    targets
}

/// The diff with paths from where flag-sweep was started, so that `git apply` finds the files there. When some lie
/// elsewhere, all paths stay relative to the root.
fn diff_from_here(job: &Job, targets: &[Target<'_>], terminal: &Terminal) -> String {
    let here: Option<Vec<PathBuf>> = targets.iter().map(|target| job.base.below(target.path)).collect();
    let Some(here) = here else {
        let root = escape::line(&display_path(&job.settings.root)).into_owned();
        terminal.warn(&format!("the paths of the diff are relative to {root}: apply it there"));
        return diff::diff(targets);
    };
    let moved = targets.iter().zip(&here).map(|(target, path)| Target { path, ..target.clone() });
    diff::diff(&moved.collect::<Vec<_>>())
}

/// Whether a target could not be brought back, which is said and forbids all of them.
pub fn is_dirty(job: &Job, targets: &[Target<'_>], allow_dirty: bool, terminal: &Terminal) -> bool {
    if allow_dirty {
        return false;
    }
    let paths: Vec<&Path> = targets.iter().map(|target| target.path).collect();
    let dirty = git::dirty(&job.settings.root, &paths);
    if !dirty.is_empty() {
        terminal.error(&refusal(&dirty, &job.base));
    }
    !dirty.is_empty()
}

/// Writes all targets, or says why none was written.
fn fix(job: &Job, targets: &[Target<'_>], allow_dirty: bool, terminal: &Terminal) -> bool {
    if is_dirty(job, targets, allow_dirty, terminal) {
        return false;
    }
    let result = write::write(&job.settings.root, targets);
    for refused in &result.refused {
        terminal.error(&format!("{}: {}", job.base.show(&refused.path), refused.reason));
    }
    for path in &result.litter {
        let shown = source::display_path(path.strip_prefix(&job.settings.root).unwrap_or(path));
        terminal.warn(&format!("the temporary file {} could not be removed", escape::line(&shown)));
    }
    for path in &result.stuck {
        let shown = job.base.show(path);
        terminal.error(&format!("{shown} was changed and could not be put back; `flag-sweep undo` tries again"));
    }
    if result.refused.is_empty() {
        return true;
    }
    if result.stuck.is_empty() && result.written.is_empty() {
        terminal.error("no file was changed: a flag is removed everywhere or nowhere");
    } else if result.stuck.is_empty() {
        terminal.error("all files were changed, and `flag-sweep undo` may not bring them back");
    }
    false
}

pub(super) fn refusal(dirty: &[git::Dirty], base: &Base) -> String {
    let mut message = String::from("no file was changed: these would be fixed, and could not be brought back\n");
    for file in dirty {
        message.push_str(&format!("  {} ({})\n", base.show(&file.path), file.reason.words()));
    }
    let outside = dirty.iter().all(|file| file.reason == git::Reason::NoRepository);
    message.push_str(if outside {
        "put the project under git first, or pass --allow-dirty"
    } else {
        "commit or stash them, or pass --allow-dirty"
    });
    message
}
