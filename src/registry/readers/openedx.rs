//! Open edX: toggles as they are annotated in comments of the source, or as the report of `code_annotations` lists them. Owns
//! metadata only: what a toggle is set to is in the database.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::FlagKind;
use super::Format;
use super::at::At;
use super::reading::{Reading, day};

pub(super) const FORMAT: Format = Format { name: "openedx", title: "Open edX", recognises, read };

/// The annotation that begins a toggle.
const NAME: &str = "toggle_name";

fn reported<'a>(root: &At<'a>) -> impl Iterator<Item = At<'a>> + use<'a> {
    root.entries().into_iter().flat_map(|(_, file)| file.items())
}

/// `.. toggle_name:` of a report.
fn token<'a>(at: &At<'a>) -> Option<&'a str> {
    Some(at.text("annotation_token")?.trim_start_matches(['.', ' ']).trim_end_matches(':'))
}

fn recognises(root: &At<'_>) -> bool {
    root.items().first().is_some_and(|at| at.has(NAME))
        || root.is_map() && reported(root).take(50).any(|at| token(&at) == Some(NAME))
}

/// What annotations say about a toggle, by annotation.
type Said<'a> = BTreeMap<&'a str, At<'a>>;

fn read(reading: &mut Reading, root: &At<'_>) {
    let mut toggles: Vec<Said<'_>> = Vec::new();
    if root.is_map() {
        let mut groups: BTreeMap<(String, i64), Said<'_>> = BTreeMap::new();
        for (entry, file) in root.entries() {
            for (position, at) in file.items().into_iter().enumerate() {
                // Without a group of its own, a toggle begins with its name.
                let fallback = i64::try_from(position).unwrap_or(i64::MAX);
                let group = at.whole("report_group_id").unwrap_or(-1 - fallback);
                let (Some(name), Some(data)) = (token(&at), at.get("annotation_data")) else { continue };
                if name.starts_with("toggle_") {
                    groups.entry((entry.key.to_owned(), group)).or_default().insert(name, data);
                }
            }
        }
        toggles.extend(groups.into_values().filter(|said| said.contains_key(NAME)));
    } else {
        for at in root.items() {
            toggles.push(at.entries().into_iter().map(|(entry, at)| (entry.key, at)).collect());
        }
    }
    let mut told = BTreeSet::new();
    for said in toggles {
        let Some((at, name)) = said.get(NAME).and_then(|at| Some((at, at.word()?))) else {
            if let Some(at) = said.values().next() {
                reading.keyless(at, NAME);
            }
            continue;
        };
        if !told.insert(name) {
            let message = format!("toggle `{name}` is annotated twice, the first one counts");
            reading.warnings.push(super::super::error::Problem::new(message, at.node.span(), "here again"));
            continue;
        }
        let mut flag = reading.flag(name, at.node);
        let words = said.get("toggle_use_cases").map(At::words).unwrap_or_default();
        flag.kind = kind(&words);
        flag.kind_given = !words.is_empty();
        flag.permanent = (!words.is_empty()).then(|| !words.iter().any(|word| word == "temporary"));
        flag.created = said.get("toggle_creation_date").and_then(|at| day(Some(at.node)));
        flag.expires = said.get("toggle_target_removal_date").and_then(|at| day(Some(at.node)));
        flag.description = said.get("toggle_description").and_then(At::word).map(str::to_owned);
        flag.tags = said.get("toggle_implementation").map(At::words).unwrap_or_default();
        reading.describe(flag, at, at.because("annotations say what a toggle is for, not what it is set to"));
    }
}

fn kind(words: &[String]) -> FlagKind {
    let any = |word: &str| words.iter().any(|one| one == word);
    if any("circuit_breaker") {
        FlagKind::KillSwitch
    } else if any("vip") {
        FlagKind::Permission
    } else if any("temporary") || words.is_empty() {
        FlagKind::Release
    } else {
        FlagKind::Config
    }
}
