//! The languages' queries, compiled once, and how they are run. Owns no fact: see `collect`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use tree_sitter::{Node, Query, QueryCursor, StreamingIterator};

use super::CAPTURES;
use crate::language::{LANGUAGES, Language};

/// A query and what its captures are.
pub(super) struct Compiled {
    query: Query,
    /// Per capture index of the query, the index into [`CAPTURES`].
    captures: Vec<usize>,
}

type Compilations = BTreeMap<&'static str, Compiled>;

fn compiled(queries: impl Fn(&Language) -> &'static [(&'static str, &'static str)]) -> Compilations {
    LANGUAGES
        .iter()
        .map(|language| {
            let text: String = queries(language).iter().map(|(_, text)| *text).collect();
            let query = Query::new(&(language.grammar)(), &text).expect("a unit test compiles every embedded query");
            let known = |name: &&str| CAPTURES.binary_search(name).expect("a unit test checks every capture name");
            let captures = query.capture_names().iter().map(known).collect();
            (language.name, Compiled { query, captures })
        })
        .collect()
}

/// What is asked of every file.
pub(super) static QUERIES: LazyLock<Compilations> = LazyLock::new(|| compiled(|language| language.scan.queries()));
/// What is asked of files that name a mapping of interest.
pub(super) static MAPPING_QUERIES: LazyLock<Compilations> =
    LazyLock::new(|| compiled(|language| language.scan.mapping_queries()));

/// The nodes of one match, by capture.
pub(super) struct Captured<'tree>([Option<Node<'tree>>; CAPTURES.len()]);

impl<'tree> Captured<'tree> {
    pub(super) fn get(&self, name: &str) -> Option<Node<'tree>> {
        self.0[CAPTURES.binary_search(&name).ok()?]
    }
}

/// Runs a query and hands over the nodes of each match.
pub(super) fn run_query<'tree>(
    compiled: &Compiled,
    root: Node<'tree>,
    text: &str,
    mut each: impl FnMut(&Captured<'tree>),
) {
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(&compiled.query, root, text.as_bytes());
    while let Some(found) = matches.next() {
        let mut nodes = [None; CAPTURES.len()];
        for capture in found.captures() {
            nodes[compiled.captures[capture.index as usize]] = Some(capture.node);
        }
        each(&Captured(nodes));
    }
}
