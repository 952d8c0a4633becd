//! `flag-sweep retire`: what remains to be done for a flag that nothing checks any more, and doing it. Owns the refusal while
//! anything may still ask for the flag, and that nothing is begun that cannot be finished.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};

use super::args::{GlobalArgs, RetireArgs, ScanArgs};
use super::check::{self, Ending};
use super::server;
use super::settings::{self, Job};
use super::terminal::Terminal;
use crate::diagnostic::Applicability;
use crate::fix::Reach;
use crate::pull::client::Event;
use crate::pull::provider;
use crate::pull::retire::{self, Step};
use crate::registry::holders::{self, Fetched, Holder, InTable, Written};
use crate::registry::model::Flag;
use crate::registry::nearest;
use crate::registry::table::Connection;
use crate::report::summary::plural;
use crate::report::{diff, escape};
use crate::run::{self, Outcome};
use crate::settings::Settings;
use crate::source::Location;
use crate::source::write::{self, Target};

/// One thing that remains to be done.
enum Todo {
    /// A request to a provider.
    Ask(&'static provider::Provider, Step, String),
    /// Rows of a table.
    Delete(InTable),
    /// An entry of a file that people write, and the text without it.
    Entry(Written, String),
    /// Something that only people can do, in words.
    ByHand(String),
}

/// Runs the command.
///
/// # Errors
/// When the flag is not known, something may still ask for it, or a step fails.
pub fn retire(global: &GlobalArgs, options: &RetireArgs, terminal: &Terminal) -> Result<Ending> {
    let scan = ScanArgs {
        registries: options.registries.clone(),
        databases: options.databases.clone(),
        checks: options.checks.clone(),
        ..ScanArgs::default()
    };
    // Part of a project cannot tell that nothing checks a flag.
    let root = settings::prepare(global, &scan, &[])?.settings.root;
    let job = settings::prepare(global, &scan, &[root])?;
    let outcome = {
        let _progress = terminal.progress("looking for checks");
        run::run(&job.settings, Reach::from(Applicability::Safe))?
    };
    let unread = check::notices(&job, &outcome, terminal);
    if unread > Ending::Clean {
        bail!("what could not be looked at may hold a check of the flag, so nothing is retired");
    }
    let Some(flag) = outcome.registry.resolve(&options.flag) else {
        let hint = match nearest(&options.flag, outcome.registry.flags.keys().map(String::as_str)) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        bail!("no registry holds the flag `{}`{hint}", escape::line(&options.flag));
    };
    let blockers = blockers(&job, &outcome, flag);
    let key = escape::line(&flag.key).into_owned();
    if !blockers.is_empty() {
        terminal.result(&blockers.iter().fold(String::new(), |text, one| text + &format!("{one}\n")))?;
        bail!("`{key}` is still in use ({}), so it is not retired", plural(blockers.len(), "place"));
    }
    let mut todos = todos(&job, options, &outcome, flag)?;
    if todos.is_empty() && !flag.archived {
        // A registry in which the entry is not found again.
        let place = line(&job, &outcome, &flag.at);
        todos.push(Todo::ByHand(format!("take its entry out of the registry, {place}")));
    }
    terminal.result(&list(&todos, &key, &job, &declared(&job, &outcome, flag, &todos)))?;
    if !options.apply {
        if todos.iter().any(|todo| !matches!(todo, Todo::ByHand(_))) {
            terminal.say("nothing was changed; --apply does what a program can do\n");
        }
        return Ok(Ending::Clean);
    }
    apply(&job, options, todos, terminal)
}

/// What may still ask for the flag, one line each.
fn blockers(job: &Job, outcome: &Outcome, flag: &Flag) -> Vec<String> {
    let project = &outcome.project;
    let names: Vec<&str> = std::iter::once(&flag.key).chain(&flag.aliases).map(String::as_str).collect();
    let mut blockers = Vec::new();
    for check in &project.checks {
        if check.flag().is_some_and(|key| names.contains(&key)) {
            blockers.push(format!("{}: a check of it", line(job, outcome, &check.at)));
        } else if names.iter().any(|name| check.key.could_name(name)) {
            blockers.push(format!(
                "{}: the key of this check is put together at run time and could name it",
                line(job, outcome, &check.at)
            ));
        }
    }
    let needs = |other: &&Flag| other.requires.keys().any(|parent| names.contains(&parent.as_str()));
    for child in
        outcome.registry.flags.values().map(Box::as_ref).filter(needs).map(|child| &child.key).chain(&flag.children)
    {
        blockers.push(format!("the flag `{}` depends on it", escape::line(child)));
    }
    blockers.sort();
    blockers.dedup();
    blockers
}

fn line(job: &Job, outcome: &Outcome, at: &Location) -> String {
    let sources = &outcome.project.sources;
    format!("{}:{}", job.base.show(&sources.get(at.source).path), sources.line_column(at).0)
}

/// Where code still declares the flag: no check, but somebody has to look, unless it is the entry that goes.
fn declared(job: &Job, outcome: &Outcome, flag: &Flag, todos: &[Todo]) -> Vec<String> {
    let names: Vec<String> = std::iter::once(&flag.key).chain(&flag.aliases).cloned().collect();
    let own = outcome.project.definitions.iter().filter(|one| names.contains(&one.flag));
    let goes = |at: &Location| {
        todos.iter().any(|todo| match todo {
            Todo::Entry(written, _) => {
                let entry = written.entry(&names).filter(|_| is_in(written, job, outcome, at));
                entry.is_some_and(|entry| entry.start <= at.span.start && at.span.start <= entry.end)
            }
            _ => false,
        })
    };
    let own = own.filter(|one| !goes(&one.at));
    own.map(|one| format!("{} still declares it ({})", line(job, outcome, &one.at), one.kind.name())).collect()
}

fn todos(job: &Job, options: &RetireArgs, outcome: &Outcome, flag: &Flag) -> Result<Vec<Todo>> {
    let mut names = vec![flag.key.clone()];
    names.extend(flag.aliases.iter().cloned());
    let mut todos: Vec<Todo> = Vec::new();
    let Settings { registries, declared, root, .. } = &job.settings;
    for holder in holders::holders(registries, declared, root, &names)? {
        match holder {
            Holder::Written(written) => {
                let mentioned =
                    outcome.project.definitions.iter().any(|one| {
                        one.mentions > 0 && names.contains(&one.flag) && is_in(&written, job, outcome, &one.at)
                    });
                let by_hand = |why: &str| Todo::ByHand(format!("take its entry out of {}: {why}", written.shown));
                todos.push(match written.without(&names) {
                    Ok(_) if mentioned => by_hand("other code still mentions it"),
                    Ok(after) => Todo::Entry(written, after),
                    Err(why) => by_hand(&why),
                });
            }
            Holder::Table(rows) => todos.push(Todo::Delete(rows)),
            Holder::Fetched(fetched) => {
                let is_known = |todo: &Todo| matches!(todo, Todo::Ask(other, ..) if other.name == fetched.provider);
                if !flag.archived && !todos.iter().any(is_known) {
                    todos.push(at_provider(options, flag, &fetched)?);
                }
            }
        }
    }
    Ok(todos)
}

fn is_in(written: &Written, job: &Job, outcome: &Outcome, at: &Location) -> bool {
    job.settings.root.join(&outcome.project.sources.get(at.source).path) == written.path
}

/// What retires a flag at its provider.
fn at_provider(options: &RetireArgs, flag: &Flag, fetched: &Fetched) -> Result<Todo> {
    let known = provider::by_name(fetched.provider).and_then(|provider| Some((provider, provider.retire.as_ref()?)));
    let Some((provider, retiring)) = known else {
        let what = format!("archive it at its provider ({}, from {})", fetched.provider, fetched.shown);
        return Ok(Todo::ByHand(what));
    };
    let own = server::settings(provider, &options.server)?;
    let fetched_of = fetched.snapshot.as_ref().and_then(|snapshot| snapshot.project.clone());
    let default = provider.project.as_ref().and_then(|project| project.default.clone());
    let project = options.server.project.clone().or(fetched_of).or(own.project).or(default);
    let documents = documents(&fetched.text);
    Ok(match retire::step(provider, retiring, project.as_deref(), &flag.key, &documents) {
        Ok(step) => Todo::Ask(provider, step, project.unwrap_or_default()),
        Err(why) => Todo::ByHand(format!("{} it at {}: {why}", retiring.what, provider.title)),
    })
}

/// The provider's documents in a registry file.
fn documents(text: &str) -> Vec<serde_json::Value> {
    let Ok(whole) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    match whole.get("documents").and_then(serde_json::Value::as_array) {
        Some(parts) => parts.iter().filter_map(|part| part.get("document").cloned()).collect(),
        None => vec![whole],
    }
}

/// The steps as they are printed. A shell takes the requests as they stand.
fn list(todos: &[Todo], key: &str, job: &Job, declared: &[String]) -> String {
    let mut text = format!("nothing checks `{key}` any more; what remains:\n");
    if todos.is_empty() && declared.is_empty() {
        text.push_str("  nothing\n");
    }
    for todo in todos {
        match todo {
            Todo::Ask(provider, step, project) => {
                let place =
                    if project.is_empty() { String::new() } else { format!(", project {}", escape::line(project)) };
                let _ = writeln!(text, "  {} it at {}{place}:", step.what, provider.title);
                let address = provider.url.clone().unwrap_or_else(|| format!("${}_URL", provider.name.to_uppercase()));
                let mut command = format!("    curl -X {} \"{address}{}\"", step.method, step.path);
                for (name, value) in &step.headers {
                    let _ = write!(command, " -H \"{name}: {value}\"");
                }
                if let Some((body, kind)) = &step.body {
                    let _ = write!(command, " -H \"Content-Type: {kind}\" -d '{body}'");
                }
                let _ = writeln!(text, "{command}");
            }
            Todo::Delete(InTable { shown, rows, .. }) => {
                let count: u64 = rows.iter().map(|rows| rows.count).sum();
                let what = plural(usize::try_from(count).unwrap_or(usize::MAX), "row");
                let _ = writeln!(text, "  delete it from {} ({what}):", escape::line(shown));
                for rows in rows {
                    let _ = writeln!(text, "    {}", escape::line(&rows.statement()));
                }
            }
            Todo::Entry(holder, after) => {
                let relative = holder.path.strip_prefix(&job.settings.root).unwrap_or(&holder.path);
                let _ = writeln!(text, "  take its entry out of {}:", job.base.show(relative));
                let target = Target { path: relative, before: &holder.text, after: Some(after) };
                for line in diff::diff(&[target]).lines() {
                    let _ = writeln!(text, "    {}", escape::line(line));
                }
            }
            Todo::ByHand(what) => {
                let _ = writeln!(text, "  by hand: {}", escape::line(what));
            }
        }
    }
    for one in declared {
        let _ = writeln!(text, "  by hand: {one}");
    }
    text
}

/// Requests and statements first, since they may fail: a file without its entry would say that all is done.
fn apply(job: &Job, options: &RetireArgs, todos: Vec<Todo>, terminal: &Terminal) -> Result<Ending> {
    let notify = |event: Event| {
        if let Event::Waits(why, pause) = event {
            terminal.detail(&escape::line(&format!("{why}; waiting {:.1} seconds", pause.as_secs_f64())));
        }
    };
    let tables: Vec<(&Connection, &InTable)> = todos
        .iter()
        .filter_map(|todo| if let Todo::Delete(rows) = todo { Some(rows) } else { None })
        .map(|rows| match &rows.connection {
            Some(connection) => Ok((connection, rows)),
            None => Err(anyhow!("its rows are known from a snapshot only; name the database with --database")),
        })
        .collect::<Result<_>>()?;
    let entries: Vec<(PathBuf, &Written, &String)> = todos
        .iter()
        .filter_map(|todo| match todo {
            Todo::Entry(holder, after) => Some((holder, after)),
            _ => None,
        })
        .map(|(holder, after)| {
            let path = holder.path.canonicalize().unwrap_or_else(|_| holder.path.clone());
            (path.strip_prefix(&job.settings.root).map(ToOwned::to_owned).unwrap_or(path), holder, after)
        })
        .collect();
    let targets: Vec<Target<'_>> =
        entries.iter().map(|(path, holder, after)| Target { path, before: &holder.text, after: Some(after) }).collect();
    if !targets.is_empty() && check::is_dirty(job, &targets, options.allow_dirty, terminal) {
        return Ok(Ending::Error);
    }
    let mut ready = Vec::new();
    for todo in &todos {
        if let Todo::Ask(provider, step, _) = todo {
            let own = server::settings(provider, &options.server)?;
            let tokens = server::tokens(provider, &own)?;
            ready.push((
                server::client(server::origin(provider, &own)?, &options.server, &notify)?,
                step,
                tokens,
                provider,
            ));
        }
    }
    for (client, step, tokens, provider) in &ready {
        retire::apply(client, step, tokens)?;
        terminal.say(&format!("done: {} at {}; pull again for what is left there\n", step.what, provider.title));
    }
    for (connection, InTable { shown, rows, .. }) in tables {
        if let Err(why) = connection.delete(rows) {
            bail!("{}: {}", escape::line(shown), escape::line(&why));
        }
        terminal.say(&format!("done: its rows in {} are deleted\n", escape::line(shown)));
    }
    if !targets.is_empty() {
        let result = write::write(&job.settings.root, &targets);
        for refused in &result.refused {
            terminal.error(&format!("{}: {}", job.base.show(&refused.path), refused.reason));
        }
        if !result.refused.is_empty() {
            return Ok(Ending::Error);
        }
        for path in &result.written {
            terminal.say(&format!("done: the entry in {} is gone\n", job.base.show(path)));
        }
    }
    let left = todos.iter().filter(|todo| matches!(todo, Todo::ByHand(_))).count();
    if left == 0 {
        return Ok(Ending::Clean);
    }
    terminal.warn(&format!("{} left to do by hand", plural(left, "step")));
    Ok(Ending::Diagnostics)
}
