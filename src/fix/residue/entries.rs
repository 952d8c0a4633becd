//! Where the entry begins and ends by which code declares a flag: in a list, an object, a type, a class or a module. Owns how
//! it is taken out; whether it may go is decided in `definitions`.

use super::lists::{List, alternative};
use super::{Residue, Superfluous, is_in};
use crate::fix::elsewhere::{Candidate, Kind};
use crate::fix::layout::merge;
use crate::fix::tree::{NodeId, Tree};
use crate::resolve::FlagDefinition;
use crate::scan::definitions::DefinitionKind;
use crate::source::Span;
use crate::source::edit::Edit;

/// An entry that declares a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// What goes.
    item: NodeId,
    /// What holds it.
    list: NodeId,
    /// How it goes.
    cut: Cut,
}

/// How an entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    /// With its comma, or as a line of a body.
    Listed,
    /// With its bar.
    Alternative,
    /// As a statement.
    Statement,
}

/// Nodes that hold statements.
const BODIES: &[&str] = &["block", "module", "program", "source_file", "statement_block"];

/// Nodes that hold what is between bars; one of three is two in another one.
const ALTERNATIVES: &[&str] = &["or_pattern", "union_pattern", "union_type"];

/// The entry of that span, in which the key stands.
fn locate(tree: &Tree<'_>, entry: &Span, key: &Span) -> Option<Entry> {
    let key = tree.at_span(key)?;
    // An arm is told without the comma behind it.
    let fits = |node: &NodeId| {
        let span = tree.span(*node);
        entry.start <= span.start && (span.end <= entry.end || tree.text[entry.end..span.end].trim() == ",")
    };
    let is_body = |node: &NodeId| BODIES.contains(&tree.kind(*node));
    let climb = std::iter::once(key).chain(tree.ancestors(key));
    let mut item = climb.take_while(|node| fits(node) && !is_body(node)).last()?;
    while tree.kind(item) == "attribute_item" {
        item = tree.next_named_sibling(item)?;
    }
    let mut list = tree.parent(item)?;
    if let Some(outer) = tree.parent(list)
        && tree.named_children(list).next() == Some(item)
        && tree.kind(outer) == tree.kind(list)
        && !ALTERNATIVES.contains(&tree.kind(list))
        && tree.named_children(list).count() > 1
    {
        // `[["x", true], ["y", false]]`: the pair that the key begins is the entry. Of `[["x", "y"]]` nobody can say.
        let is_word = |node: NodeId| tree.kind(node).contains("string") && !tree.text_of(node).contains(' ');
        if tree.named_children(list).skip(1).any(is_word) {
            return None;
        }
        (item, list) = (list, outer);
    }
    let cut = match tree.kind(list) {
        choice if ALTERNATIVES.contains(&choice) => Cut::Alternative,
        body if BODIES.contains(&body) => Cut::Statement,
        "declaration_list" => Cut::Statement,
        "array"
        | "array_expression"
        | "argument_list"
        | "class_body"
        | "dictionary"
        | "enum_body"
        | "enum_variant_list"
        | "expression_list"
        | "field_declaration_list"
        | "field_initializer_list"
        | "interface_body"
        | "list"
        | "match_block"
        | "object"
        | "object_type"
        | "set"
        | "subscript"
        | "token_tree"
        | "tuple"
        | "tuple_expression"
        | "type_parameter" => Cut::Listed,
        _ => return None,
    };
    Some(Entry { item, list, cut })
}

/// The edits that take out entries. `word` is what a comment of theirs speaks of.
fn cut(tree: &Tree<'_>, entries: &[Entry], word: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for group in entries.chunk_by(|left, right| (left.cut, left.list) == (right.cut, right.list)) {
        let items: Vec<NodeId> = group.iter().map(|entry| entry.item).collect();
        if group[0].cut == Cut::Alternative {
            let bars = items.iter().filter_map(|item| alternative(tree, *item));
            edits.extend(bars.map(|span| Edit { span, replacement: String::new() }));
        } else {
            edits.extend(List { tree, list: group[0].list, word }.without(&items));
        }
    }
    edits
}

/// The edits that take one entry of a literal out, with the comment that belongs to it; `None` where it is part of
/// something else.
pub fn without(tree: &Tree<'_>, entry: &Span, key: &Span, word: &str) -> Option<Vec<Edit>> {
    let found = locate(tree, entry, key)?;
    (found.cut == Cut::Listed).then(|| cut(tree, &[found], word))
}

impl Residue<'_> {
    /// Takes out what declares the flags whose checks all go.
    pub(super) fn definitions(&self, removed: &[Span], found: &mut Superfluous) {
        let mut going: Vec<(&FlagDefinition, Entry)> = Vec::new();
        for definition in self.definitions {
            if is_in(removed, &definition.key_span) {
                continue;
            }
            let at = definition.key_span.clone();
            let what = definition.kind.name();
            let Some(entry) = locate(self.tree, &definition.at.span, &definition.key_span) else {
                found
                    .left
                    .push((at, format!("this {what} declares `{}`: it is part of something else", definition.flag)));
                continue;
            };
            going.push((definition, entry));
        }
        let gone: Vec<Span> = going.iter().map(|(_, entry)| self.tree.span(entry.item)).collect();
        let gone = merge(gone.into_iter().chain(removed.iter().cloned()).collect());
        let mut entries: Vec<Entry> = Vec::new();
        let mut word = "";
        for (definition, entry) in going {
            if let Some(name) = definition.name.as_deref().and_then(|name| name.rsplit(['.', ':']).next()) {
                if definition.kind == DefinitionKind::Arm {
                    // It goes with its variant, if that goes.
                    found.left.push((definition.key_span.clone(), format!("`{name}` is still in use")));
                    continue;
                }
                let kind = match definition.kind {
                    DefinitionKind::Constant | DefinitionKind::Declaration => Kind::Item,
                    _ => Kind::Member,
                };
                let reason = self.needed.iter().find(|needed| needed.name == name).map(|needed| needed.reason.clone());
                let reason = reason.or_else(|| self.uses(name, &gone).then(|| format!("`{name}` is still in use")));
                if let Some(reason) = reason {
                    found.left.push((definition.key_span.clone(), reason));
                    continue;
                }
                found.candidates.push(Candidate { name: name.to_owned(), kind, lost: false });
            }
            word = &definition.flag;
            entries.push(entry);
        }
        entries.sort_by_key(|entry| (entry.cut, entry.list, entry.item));
        entries.dedup();
        // Indentation has no brackets, and a body of which nothing is left needs a placeholder.
        let (indented, rest): (Vec<Entry>, Vec<Entry>) =
            entries.iter().partition(|entry| entry.cut == Cut::Statement && self.tree.kind(entry.list) == "block");
        found.statements.extend(indented.iter().map(|entry| entry.item));
        found.parts.extend(cut(self.tree, &rest, word));
    }

    /// Whether code that stays mentions a name. Comments and prose do not count.
    fn uses(&self, name: &str, gone: &[Span]) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let text = self.tree.text;
        text.match_indices(name).any(|(start, _)| {
            let span = start..start + name.len();
            let longer = text[..span.start].ends_with(is_word) || text[span.end..].starts_with(is_word);
            if longer || is_in(gone, &span) {
                return false;
            }
            let leaf = self.tree.leaf_at(start);
            let comment =
                std::iter::once(leaf).chain(self.tree.ancestors(leaf)).any(|outer| self.tree.get(outer).extra);
            let prose = self.tree.text_of(leaf).split_whitespace().count() > 1;
            !comment && !prose
        })
    }
}
