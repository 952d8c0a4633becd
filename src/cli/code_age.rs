//! `--code-age`: the day on which code first mentioned each flag, for the clock that is named after it. Owns whose days are
//! asked for, and what is said where git cannot tell; the look through the commits is `history::traces`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::civil::Date;

use crate::history::traces;
use crate::registry;
use crate::settings::Settings;
use crate::source::Sources;
use crate::source::repository::Repository;

/// The day for each flag of the registry that code ever mentioned, by its key or another of its names.
///
/// # Errors
/// When the registry or the repository cannot be read.
pub fn of_registry(settings: &Settings, warnings: &mut Vec<String>) -> Result<BTreeMap<String, Date>> {
    let texts = registry::Texts::read(&settings.registries, &settings.declared, &settings.root, &registry::on_disk)?;
    let (registry, _) = texts.load(&mut Sources::default())?;
    let names: BTreeMap<&String, &Vec<String>> =
        registry.flags.values().map(|flag| (&flag.key, &flag.aliases)).collect();
    let asked = names.iter().flat_map(|(key, aliases)| std::iter::once(*key).chain(*aliases)).cloned().collect();
    let days = first_mentions(settings, &asked, warnings)?;
    let earliest = |key: &String, aliases: &[String]| {
        std::iter::once(key).chain(aliases).filter_map(|name| days.get(name)).min().copied()
    };
    Ok(names.into_iter().filter_map(|(key, aliases)| Some((key.clone(), earliest(key, aliases)?))).collect())
}

/// The day for each of the keys, those of the registry from the run's settings.
///
/// # Errors
/// When the repository cannot be read.
pub fn of_keys<'k>(
    settings: &Settings,
    keys: impl Iterator<Item = &'k str>,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Date>> {
    let mut days = settings.policy.code_since.clone();
    let unknown: BTreeSet<String> = keys.filter(|key| !days.contains_key(*key)).map(str::to_owned).collect();
    days.extend(first_mentions(settings, &unknown, warnings)?);
    Ok(days)
}

fn first_mentions(
    settings: &Settings,
    keys: &BTreeSet<String>,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Date>> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut say = |sentence: &str| {
        if warnings.iter().all(|known| known != sentence) {
            warnings.push(sentence.to_owned());
        }
    };
    let Some(repository) = Repository::open(&settings.root)? else {
        say("the project lies in no git repository with a commit: nothing is known of when flags came into code");
        return Ok(BTreeMap::new());
    };
    if repository.is_shallow() {
        say("the clone is shallow: what came into code before its first commit counts from there");
    }
    traces::first_mentions(&repository, keys)
}
