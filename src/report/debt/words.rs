//! The words of a report that are ours. Owns reading them back: what is markup or part of a sentence when it is printed has to
//! be one of these, whoever wrote the document.

use serde::{Deserialize, Deserializer, de};

use super::{make, score};
use crate::registry::model::FlagKind;

/// One of our own words: never a text from a repository.
pub type Word = &'static str;

/// States, verdicts, levels, sources of owners, and how flags are nested.
const WORDS: [&str; 19] = [
    "rolling out",
    "one value",
    "off",
    "archived",
    "unknown",
    "remove",
    "report",
    "keep",
    "unknown flag",
    "no registry",
    "safe",
    "unsafe",
    "manual",
    "registry",
    "CODEOWNERS",
    "last author",
    "nobody",
    "inside",
    "same condition",
];

fn find(text: &str) -> Option<Word> {
    let own = WORDS.into_iter().chain(FlagKind::ALL.map(FlagKind::name)).chain(score::WORDS).chain(make::age_words());
    own.into_iter().find(|word| *word == text)
}

fn own<E: de::Error>(text: &str) -> Result<Word, E> {
    find(text).ok_or_else(|| E::custom(format!("`{text}` is no word of such a report")))
}

/// Reads one of our own words.
pub(super) fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    own(&String::deserialize(deserializer)?)
}

/// Reads one of our own words, or nothing.
pub(super) fn perhaps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Word>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map(|text| own(&text)).transpose()
}
