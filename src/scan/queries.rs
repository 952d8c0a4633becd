//! The languages' queries, compiled once. Owns no fact: see `collect`, and `query` for how they are matched.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::query::Query;
use crate::language::{LANGUAGES, Language};

type Compilations = BTreeMap<&'static str, Query>;

fn compiled(queries: impl Fn(&Language) -> &'static [(&'static str, &'static str)]) -> Compilations {
    LANGUAGES
        .iter()
        .map(|language| {
            let texts = queries(language).iter().map(|(_, text)| *text);
            let query = Query::new(&(language.grammar)(), texts, language.scan)
                .expect("a unit test compiles every embedded query");
            (language.name, query)
        })
        .collect()
}

/// What is asked of every file.
pub(super) static QUERIES: LazyLock<Compilations> = LazyLock::new(|| compiled(|language| language.scan.queries()));
/// What is asked of files that name a mapping of interest.
pub(super) static MAPPING_QUERIES: LazyLock<Compilations> =
    LazyLock::new(|| compiled(|language| language.scan.mapping_queries()));
