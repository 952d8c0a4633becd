//! What a file still says about a name that another file would lose. Owns the distinction between a name that may be that
//! one, a name of the file's own, and text that only looks like it; answers from syntax, never from text alone.

use super::elsewhere::Import;
use super::files::Parsed;
use super::names::{Binding, Occurrence};
use super::residue::is_in;
use super::tree::NodeId;
use crate::source::Span;

/// What a name is where a file mentions it.
#[derive(Clone, Debug, PartialEq)]
pub enum Mention {
    /// A variable, function or parameter of the file itself.
    Own,
    /// A name that the file imports, or a read of it.
    Imported(Import),
    /// A key, a keyword of a call or a member of the object itself: no name of a module.
    Key,
    /// A member of something.
    Member,
    /// A name that nothing in the file binds, or that is bound in a way that is not read.
    Unresolved,
    /// A string that consists of a name or a path.
    Text,
}

/// Everything that a file says about a name outside of what is removed, which is sorted and disjoint. Comments and prose
/// say nothing.
pub fn remaining(parsed: &Parsed<'_>, name: &str, removed: &[Span]) -> Vec<Mention> {
    nodes(parsed, name, removed).into_iter().map(|(mention, _)| mention).collect()
}

/// The same, each with the identifier that it is.
pub fn nodes(parsed: &Parsed<'_>, name: &str, removed: &[Span]) -> Vec<(Mention, Option<NodeId>)> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let mut found = Vec::new();
    for start in parsed.texts.places(parsed.text, name, is_word) {
        let span = start..start + name.len();
        if is_in(removed, &span) {
            continue;
        }
        if parsed.problem.is_some() {
            found.push((Mention::Unresolved, None));
            continue;
        }
        found.extend(at(parsed, &span));
    }
    found
}

/// What the name at a span is; `None` for comments and prose.
fn at(parsed: &Parsed<'_>, span: &Span) -> Option<(Mention, Option<NodeId>)> {
    let tree = &parsed.tree;
    match tree.at_span(span).filter(|node| tree.kind(*node).contains("identifier")) {
        Some(node) => Some((identifier(parsed, node), Some(node))),
        None => {
            let around = tree.leaf_at(span.start);
            let mut outer = std::iter::once(around).chain(tree.ancestors(around));
            if outer.any(|outer| tree.get(outer).extra) || tree.kind(around) == "jsx_text" {
                return None;
            }
            let prose = tree.text_of(around).split_whitespace().count() > 1;
            let is_text = tree.kind(around).contains("string");
            (!(is_text && prose)).then_some((Mention::Text, None))
        }
    }
}

fn identifier(parsed: &Parsed<'_>, node: NodeId) -> Mention {
    let syntax = parsed.language.fold;
    if let Some(variable) = parsed.variables.get(&node) {
        let definitions = &parsed.names.variables[*variable].definitions;
        if definitions.iter().all(|(_, definition)| definition.binding != Binding::Import) {
            return Mention::Own;
        }
        return parsed.import(*variable).map_or(Mention::Unresolved, Mention::Imported);
    }
    match syntax.occurrence(&parsed.tree, node) {
        Occurrence::None if syntax.is_key(&parsed.tree, node) => Mention::Key,
        Occurrence::None => Mention::Member,
        _ => Mention::Unresolved,
    }
}
