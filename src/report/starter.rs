//! The configuration that `init` writes: what a survey found, as comments and as settings. Owns its layout; the settings in it
//! are valid.

use std::fmt::Write as _;

use crate::report::escape;
use crate::report::summary::plural;
use crate::survey::{Candidate, Place, Survey};

/// More suggestions than this are counted only.
const MAX_SUGGESTIONS: usize = 20;

/// The text of a flag-sweep.toml. `registries` are paths relative to it.
pub fn starter(survey: &Survey, registries: &[String]) -> String {
    let mut text =
        "# Written by `flag-sweep init`; `flag-sweep check --show-checks` prints what is found with it.\n\n".to_owned();
    if registries.is_empty() {
        text.push_str(
            "# No registry was found: what is known about flags stands in such a file.\n# registry = \"flags.yaml\"\n",
        );
    } else {
        let list: Vec<String> = registries.iter().map(|path| quoted(path)).collect();
        let _ = writeln!(text, "registry = [{}]", list.join(", "));
    }
    text.push('\n');
    if survey.used.is_empty() {
        text.push_str("# No SDK that is known without configuration was found.\n");
    } else {
        text.push_str("# Found without configuration:\n");
    }
    for (name, used) in &survey.used {
        let keys = plural(used.keys.len(), "flag");
        let _ = writeln!(text, "#   {name}: {} of {keys}{}", plural(used.checks, "check"), such_as(&used.examples));
        let _ = writeln!(text, "#     {}", escape::line(&used.evidence));
    }
    for candidate in survey.candidates.iter().take(MAX_SUGGESTIONS) {
        text.push('\n');
        text.push_str(&suggestion(candidate));
    }
    let more = survey.candidates.len().saturating_sub(MAX_SUGGESTIONS);
    if more > 0 {
        let _ = writeln!(text, "\n# {} more that look alike are left out.", plural(more, "function"));
    }
    text
}

fn suggestion(candidate: &Candidate) -> String {
    let (calls, keys) = (plural(candidate.calls, "call"), plural(candidate.distinct, "key"));
    let more = match candidate.dynamic {
        0 => String::new(),
        more => format!(", and {more} with a key that is not known"),
    };
    let found = format!("{calls} with {keys}{}{more}", such_as(&candidate.examples));
    let mut text = match candidate.doubt {
        None => format!("# {found}\n"),
        Some(doubt) => format!("# Not sure, {doubt}: {found}\n"),
    };
    let start = if candidate.doubt.is_some() { "# " } else { "" };
    let languages: Vec<String> = candidate.languages.iter().map(|name| quoted(name)).collect();
    let languages = if languages.len() == 1 { languages.concat() } else { format!("[{}]", languages.join(", ")) };
    let _ = writeln!(text, "{start}[[checks]]\n{start}language = {languages}");
    let _ = writeln!(text, "{start}pattern = {}", quoted(&candidate.pattern));
    if let Some(keys) = &candidate.keys {
        let _ = writeln!(text, "{start}keys = {}", quoted(keys));
    }
    text
}

fn such_as(places: &[Place]) -> String {
    let shown: Vec<String> =
        places.iter().map(|at| format!("{}:{} `{}`", escape::line(&at.path), at.line, escape::line(&at.key))).collect();
    if shown.is_empty() { String::new() } else { format!(", such as {}", shown.join(", ")) }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
