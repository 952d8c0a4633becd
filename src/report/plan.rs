//! What removing one flag does, for a reviewer to read before it is done: every check and override with what happens to it, what
//! goes with them, and what stays for a human. Owns the text; the plan itself is made by `fix`.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Applicability;
use crate::fix::Plan;
use crate::fix::names::{Binding, Names};
use crate::fix::tree::Tree;
use crate::project::Project;
use crate::report::escape;
use crate::report::paths::Base;
use crate::report::summary::plural;
use crate::source::{LineIndex, Location, Source, SourceId, Span};

/// The plans of one flag's removal: with safe fixes alone, and with those that are for review.
#[derive(Clone, Copy, Debug)]
pub struct Plans<'p> {
    /// With safe fixes alone.
    pub safe: &'p Plan,
    /// With all fixes.
    pub reviewed: &'p Plan,
}

/// The text; a flag without decided checks has none.
pub fn text(project: &Project, plans: Plans<'_>, base: &Base) -> String {
    let all = plans.reviewed;
    if all.sites.is_empty() {
        return String::new();
    }
    let (safe, review) = (applied(plans.safe), applied(all));
    let mut counts = vec![format!("{} with --fix", plural(safe, "check"))];
    if review > safe {
        counts.push(format!("{} more with --unsafe-fixes", review - safe));
    }
    if all.sites.len() > review {
        counts.push(format!("{} left to you", all.sites.len() - review));
    }
    let mut text = format!("\nplan: {}, in {}\n", counts.join(", "), plural(all.files.len(), "file"));
    for site in &all.sites {
        let check = &project.checks[site.check];
        let at = Location { source: check.at.source, span: check.key_span.clone() };
        let what = match site.applicability {
            Applicability::Manual => "left to you".to_owned(),
            level => format!("{}: {}", level.name(), site.title),
        };
        let why =
            if site.reasons.is_empty() { String::new() } else { format!(", because {}", site.reasons.join("; and ")) };
        text.push_str(&line(project, &at, &format!("{what}{why}"), base));
    }
    // Overrides that stay are among what is left.
    let pins: Vec<_> = all.pins.iter().filter(|pin| pin.applied).collect();
    if !pins.is_empty() {
        text.push_str("\nin tests:\n");
        for pin in pins {
            let what = format!("{}: {}, because {}", pin.applicability.name(), pin.title, pin.reasons.join("; and "));
            text.push_str(&line(project, &project.overrides[pin.pin].at, &what, base));
        }
    }
    let gone = gone(project, plans);
    if !gone.is_empty() {
        text.push_str("\nwith them go:\n");
        for (at, what) in gone {
            text.push_str(&line(project, &at, &what, base));
        }
    }
    for (heading, places) in [("to be reviewed", &all.reviewed), ("left to you", &all.left)] {
        if !places.is_empty() {
            text.push_str(&format!("\n{heading}:\n"));
            let lines: BTreeSet<String> = places.iter().map(|(at, reason)| line(project, at, reason, base)).collect();
            text.extend(lines);
        }
    }
    text
}

fn applied(plan: &Plan) -> usize {
    plan.sites.iter().filter(|site| site.applied).count()
}

fn line(project: &Project, at: &Location, what: &str, base: &Base) -> String {
    let source = project.sources.get(at.source);
    let (line, column) = LineIndex::new(&source.text).line_column(&source.text, at.span.start);
    format!("  {}:{line}:{column} {}\n", base.show(&source.path), escape::line(what))
}

/// Names that the files bind now and no longer bind then, other than in code that never runs.
fn gone(project: &Project, plans: Plans<'_>) -> Vec<(Location, String)> {
    let mut dead: BTreeMap<SourceId, Vec<&Span>> = BTreeMap::new();
    for site in &plans.reviewed.sites {
        dead.entry(project.checks[site.check].at.source).or_default().extend(&site.dead);
    }
    let mut list = Vec::new();
    for file in &plans.reviewed.files {
        let source = project.sources.get(file.source);
        let after = names(source, &file.after);
        let safely = plans.safe.files.iter().find(|safe| safe.source == file.source);
        let safely = safely.map(|safe| names(source, &safe.after));
        let inside = |span: &Span| {
            let spans = dead.get(&file.source).into_iter().flatten();
            spans.into_iter().any(|dead| dead.start <= span.start && span.end <= dead.end)
        };
        let mut said = BTreeSet::new();
        for ((name, what), spans) in names(source, &source.text) {
            let key = (name.clone(), what);
            let Some(span) = spans.into_iter().find(|span| !inside(span)) else { continue };
            if after.contains_key(&key) || !said.insert(name.clone()) {
                continue;
            }
            let level = match &safely {
                Some(safely) if !safely.contains_key(&key) => Applicability::Safe,
                _ => Applicability::Unsafe,
            };
            let at = Location { source: file.source, span };
            list.push((at, format!("{}: the {what} `{name}`", level.name())));
        }
    }
    list.sort_by_key(|(at, _)| (project.sources.get(at.source).path.clone(), at.span.start));
    list
}

/// Where a text binds which names, as what.
fn names(source: &Source, text: &str) -> BTreeMap<(String, &'static str), Vec<Span>> {
    let mut found: BTreeMap<(String, &'static str), Vec<Span>> = BTreeMap::new();
    let Some(language) = source.language else { return found };
    let code = language.read(text);
    let tree = Tree::of(text, &code, &|node| language.fold.part(text, node));
    for variable in Names::new(&tree, language.fold).variables {
        for (node, definition) in variable.definitions {
            let what = match definition.binding {
                Binding::Import => "import",
                Binding::Item => "definition",
                Binding::Parameter => "parameter",
                Binding::Simple | Binding::Member | Binding::Inline | Binding::Other => "variable",
            };
            found.entry((variable.name.clone(), what)).or_default().push(tree.span(node));
        }
    }
    found
}
