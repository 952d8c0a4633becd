//! Under which name the facts of a text are kept in the cache. Owns what they depend on besides the text: whatever scanning is
//! given has to be named here, so everything is taken apart field by field.

use std::collections::{BTreeMap, BTreeSet};

use super::Loader;
use crate::cache::{Name, Namer};
use crate::language::{self, Language};
use crate::scan::Interest;
use crate::scan::hits::Words;
use crate::settings::CheckPattern;

/// What all facts of a run depend on: the patterns, by their place in the list.
pub(super) fn of_patterns(checks: &[CheckPattern]) -> Name {
    checks
        .iter()
        .fold(Namer::new("patterns"), |namer, check| {
            let CheckPattern {
                languages,
                pattern,
                keys,
                returns,
                negated,
                effect,
                loose,
                pins,
                target,
                entered,
                provider,
                // For messages.
                origin: _,
            } = check;
            let rest =
                format!("{keys:?} {returns:?} {negated} {effect:?} {loose} {pins:?} {target} {entered} {provider:?}");
            namer.list(languages.iter()).and(pattern).and(rest)
        })
        .name()
}

/// What all facts of a language depend on in a round.
pub(super) fn of_interest(language: &str, patterns: &Name, interest: &Interest) -> Name {
    let Interest { names, restricted, objects, mappings, fields, properties, parameters } = interest;
    let mut namer = Namer::new("interest").and(language).and(patterns);
    for set in [names, objects, mappings, fields, properties, parameters] {
        namer = namer.list(set.iter());
    }
    namer = namer.list(restricted.keys());
    restricted.values().fold(namer, |namer, receivers| namer.list(receivers.iter())).name()
}

/// The facts of a text, or of the `whole` text.
pub(super) fn facts(language: &Language, of_interest: &Name, text: &str, whole: bool) -> Name {
    Namer::new(if whole { "whole" } else { "facts" }).and(language.name).and(of_interest).and(text).name()
}

impl Loader<'_> {
    /// What is looked for in the texts of each language among some files, and the name of all that.
    pub(super) fn words(&self, files: &[usize]) -> BTreeMap<&'static str, (Words, Name)> {
        let languages: BTreeSet<&'static str> = files.iter().map(|index| self.files[*index].language).collect();
        let words = |name| {
            let interest = &self.interests[name];
            let words = Words::new(language::by_name(name)?, interest, &self.patterns);
            Some((name, (words, of_interest(name, &self.of_patterns, interest))))
        };
        languages.into_iter().filter_map(words).collect()
    }
}
