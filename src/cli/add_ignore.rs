//! `check --add-ignore`: a comment beside every diagnostic in code. Owns the writing of the files; where a comment can stand is
//! in `suppress::insert`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use super::args::CheckArgs;
use super::check::{Ending, refusal};
use super::settings::Job;
use super::terminal::Terminal;
use crate::report::escape;
use crate::report::summary::plural;
use crate::run::Outcome;
use crate::source::write::{self, Target};
use crate::source::{SourceId, git};
use crate::suppress::insert::insert;

/// Writes the comments.
///
/// # Errors
/// When files are modified or cannot be written.
pub fn add_ignore(
    job: &Job,
    options: &CheckArgs,
    outcome: &Outcome,
    reason: &str,
    terminal: &Terminal,
) -> Result<Ending> {
    if reason.contains(['*', '#', '[', ']']) || reason.contains("-->") {
        bail!("--add-ignore: a reason cannot hold `*`, `#`, brackets or `-->`, which end a comment somewhere");
    }
    let sources = &outcome.project.sources;
    let mut wanted: BTreeMap<SourceId, BTreeMap<usize, Vec<String>>> = BTreeMap::new();
    let mut by_hand = Vec::new();
    for diagnostic in &outcome.diagnostics {
        let (line, _) = sources.line_column(&diagnostic.at);
        let source = sources.get(diagnostic.at.source);
        let is_hygiene = ["unused-suppression", "expired-suppression"].contains(&diagnostic.rule.code);
        if source.language.is_none() || outcome.project.broken.contains(&diagnostic.at.source) || is_hygiene {
            by_hand.push((diagnostic.at.source, line - 1));
            continue;
        }
        let names = wanted.entry(diagnostic.at.source).or_default().entry(line - 1).or_default();
        if !names.iter().any(|name| name == diagnostic.rule.code) {
            names.push(diagnostic.rule.code.to_owned());
        }
    }
    let mut texts = Vec::new();
    let mut added = 0;
    for (id, lines) in &wanted {
        let source = sources.get(*id);
        let Some(language) = source.language else { continue };
        let lines: Vec<(usize, Vec<String>)> = lines.iter().map(|(line, names)| (*line, names.clone())).collect();
        let (text, without) = insert(&source.text, language, &lines, reason);
        added += lines.len() - without.len();
        by_hand.extend(without.into_iter().map(|line| (*id, line)));
        if *text != *source.text {
            texts.push((source, text));
        }
    }
    if !options.allow_dirty {
        let paths: Vec<&Path> = texts.iter().map(|(source, _)| source.path.as_path()).collect();
        let dirty = git::dirty(&job.settings.root, &paths);
        if !dirty.is_empty() {
            bail!("{}", refusal(&dirty, &job.base));
        }
    }
    let targets: Vec<Target<'_>> = texts
        .iter()
        .map(|(source, text)| Target { path: &source.path, before: &source.text, after: Some(text) })
        .collect();
    let result = write::write(&job.settings.root, &targets);
    for refused in &result.refused {
        terminal.error(&format!("{}: {}", job.base.show(&refused.path), refused.reason));
    }
    if !result.refused.is_empty() {
        return Ok(Ending::Error);
    }
    terminal.say(&format!("added {} in {}\n", plural(added, "comment"), plural(targets.len(), "file")));
    for (id, line) in &by_hand {
        let path = job.base.show(&sources.get(*id).path);
        terminal.say(&format!(
            "{path}:{}: left to you: no comment can stand here\n",
            escape::line(&(line + 1).to_string())
        ));
    }
    Ok(if by_hand.is_empty() || options.exit_zero { Ending::Clean } else { Ending::Diagnostics })
}
