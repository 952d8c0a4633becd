//! Libraries of tags that a template of Django loads: which of them nothing in the template uses any more. Owns what the
//! libraries of feature flags define; a library that is not in the list stays.

use crate::fix::tree::{NodeId, Tree};
use crate::source::edit::Edit;
use crate::source::{Span, line_end, line_start};

/// Libraries, each with all the tags and filters that it defines.
const LIBRARIES: &[(&str, &[&str])] = &[("waffle_tags", &["flag", "sample", "switch", "wafflejs"])];

/// What goes of the tags that load libraries, given what else goes. `live` says whether a tag stays.
pub(super) fn unused(tree: &Tree<'_>, live: &dyn Fn(&Span) -> bool) -> Vec<Edit> {
    let tags: Vec<NodeId> = tree.all().filter(|node| tree.kind(*node).starts_with("template_")).collect();
    let word = |tag: NodeId| {
        let inner = tree.text_of(tag).trim_start_matches(['{', '%', '-', '+']).trim_start();
        inner.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
    };
    let is_tag = |tag: &NodeId| matches!(tree.kind(*tag), "template_tag" | "template_other" | "template_choice");
    let went = |names: &[&str]| {
        let mut used = tags.iter().copied().filter(|tag| is_tag(tag) && names.contains(&word(*tag))).peekable();
        // What was loaded for nothing before stays.
        used.peek().is_some() && used.all(|tag| !live(&head(tree, tag)))
    };
    let mut edits = Vec::new();
    for tag in tags.iter().copied().filter(|tag| tree.kind(*tag) == "template_other" && word(*tag) == "load") {
        let span = tree.span(tag);
        let text = tree.text_of(tag);
        let Some(inner) = text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}")) else { continue };
        let loaded: Vec<&str> = inner.split_whitespace().skip(1).collect();
        let gone: Vec<&str> = loaded
            .iter()
            .copied()
            .filter(|library| LIBRARIES.iter().any(|(name, names)| name == library && went(names)))
            .collect();
        if gone.is_empty() || loaded.contains(&"from") || !live(&span) {
            continue;
        }
        if gone.len() == loaded.len() {
            edits.push(Edit { span: with_line(tree.text, span), replacement: String::new() });
            continue;
        }
        for library in gone {
            // Each is a word of its own, and never the first one.
            let Some(at) = text.match_indices(library).map(|(at, _)| at).find(|at| {
                let around = [text[..*at].chars().next_back(), text[at + library.len()..].chars().next()];
                around.iter().all(|c| c.is_some_and(char::is_whitespace))
            }) else {
                continue;
            };
            let before = text[..at].trim_end().len();
            let cut = span.start + before..span.start + at + library.len();
            edits.push(Edit { span: cut, replacement: String::new() });
        }
    }
    edits
}

/// The tag that a part of a template starts with.
fn head(tree: &Tree<'_>, part: NodeId) -> Span {
    let span = tree.span(part);
    let end = tree.text[span.clone()].find("%}").map_or(span.end, |end| span.start + end + 2);
    span.start..end
}

/// A tag with the line that it stands on alone.
fn with_line(text: &str, span: Span) -> Span {
    let (start, end) = (line_start(text, span.start), line_end(text, span.end));
    let alone = text[start..span.start].trim().is_empty() && text[span.end..end].trim().is_empty();
    if alone { start..end } else { span }
}
