//! Where user patterns fit. Owns structural comparison: comments, commas, quotes and spelling of literals never matter.

use tree_sitter::Node;

use super::collect::Region;
use super::facts::{FileFacts, PatternKey, PatternMatch};
use super::pattern::{ArgumentShape, Pattern, Shape};
use super::{Above, ArgumentNode, Field as _, Syntax, text_of};
use crate::value::Value;

/// Keywords that name a key, never a fallback, and the reverse.
const KEY_WORDS: &[&str] =
    &["key", "flag", "flag_key", "flag_name", "feature", "feature_name", "name", "toggle", "switch"];
const FALLBACK_WORDS: &[&str] = &["default", "default_value", "fallback", "otherwise"];
/// More keyword arguments than this are tried in the order of the text only.
const MAX_REORDERED: usize = 4;

/// Nodes at which patterns may fit.
pub(super) struct Candidates<'run, 'tree> {
    patterns: Vec<(&'run Pattern, u16)>,
    nodes: Vec<Node<'tree>>,
}

impl<'run, 'tree> Candidates<'run, 'tree> {
    /// None yet; only patterns that may fit somewhere in a text of the region are tried.
    pub(super) fn new(region: &Region<'run>, text: &str) -> Self {
        let patterns = region
            .patterns
            .iter()
            .filter(|pattern| pattern.language == region.language && pattern.may_match(text))
            .filter_map(|pattern| Some((pattern, pattern.root_kind()?)))
            .collect();
        Self { patterns, nodes: Vec::new() }
    }

    /// Looks at a node during a walk over the tree.
    pub(super) fn see(&mut self, node: Node<'tree>) {
        if !self.patterns.is_empty() {
            let kind = node.kind_id();
            if self.patterns.iter().any(|(_, wanted)| kind == *wanted) {
                self.nodes.push(node);
            }
        }
    }

    /// Adds the matches at the nodes that were seen.
    pub(super) fn fit(self, region: &Region<'_>, facts: &mut FileFacts) {
        for node in self.nodes {
            for (pattern, _) in self.patterns.iter().filter(|(_, kind)| node.kind_id() == *kind) {
                fit(region, pattern, node, facts);
            }
        }
    }
}

#[derive(Clone, Default)]
struct Found<'tree> {
    key: Option<(PatternKey, Node<'tree>)>,
    fallback: Option<Node<'tree>>,
    /// Members that are keys: key, the node that names it, the node that holds the value.
    members: Vec<(String, Node<'tree>, Node<'tree>)>,
    value: Option<Node<'tree>>,
    /// Entries of a mapping, elements of a list or keyword arguments that are keys: key, the node that names it, its value.
    entries: Vec<(PatternKey, Node<'tree>, Option<Node<'tree>>)>,
    on: Option<Node<'tree>>,
    off: Option<Node<'tree>>,
}

fn fit(region: &Region<'_>, pattern: &Pattern, node: Node<'_>, facts: &mut FileFacts) {
    let (syntax, text) = (region.language.scan, region.text);
    if node.has_error() {
        return;
    }
    let mut found = Found::default();
    if !fits(&pattern.root, node, text, syntax, &mut found) {
        return;
    }
    for (key, name, holder) in found.members.into_iter().filter(|(key, ..)| pattern.accepts(key)) {
        facts.matches.push(PatternMatch {
            pattern: pattern.index,
            span: holder.byte_range(),
            key: PatternKey::Name(key),
            key_span: name.byte_range(),
            fallback: None,
            value: None,
            choice: None,
            arguments: Vec::new(),
            scope: facts.scope_at(node.start_byte()),
            in_macro: region.in_macro,
            decorator: None,
            builders: pattern.names().to_vec(),
        });
    }
    let is_entered = |node: Node<'_>| {
        let parent =
            node.parent().map(|parent| if parent.kind() == "as_pattern" { parent.parent() } else { Some(parent) });
        parent.flatten().is_some_and(|parent| parent.kind() == "with_item")
    };
    if pattern.entered && !is_entered(node) {
        return;
    }
    for (key, name, value) in found.entries {
        facts.matches.push(PatternMatch {
            pattern: pattern.index,
            span: node.byte_range(),
            key,
            key_span: name.byte_range(),
            fallback: None,
            value: value.map(|node| (node.byte_range(), syntax.expression(node, text))),
            choice: None,
            arguments: Vec::new(),
            decorator: syntax.decorator(node, Above::default(), text),
            builders: Vec::new(),
            scope: facts.scope_at(node.start_byte()),
            in_macro: region.in_macro,
        });
    }
    let Some((key, key_node)) = found.key else { return };
    let is_call = node.field("arguments");
    if is_call.is_none() && !syntax.is_read(node) {
        return;
    }
    if let PatternKey::Name(name) = &key
        && !pattern.accepts(name)
    {
        return;
    }
    let arguments = is_call.map(|list| syntax.arguments(list, text)).unwrap_or_default();
    facts.matches.push(PatternMatch {
        pattern: pattern.index,
        span: node.byte_range(),
        key,
        key_span: key_node.byte_range(),
        fallback: found.fallback.map(|node| (node.byte_range(), syntax.expression(node, text))),
        value: found.value.map(|node| (node.byte_range(), syntax.expression(node, text))),
        choice: found.on.zip(found.off).map(|(on, off)| (on.byte_range(), off.byte_range())),
        arguments: arguments.iter().map(|argument| argument.node.byte_range()).collect(),
        decorator: syntax.decorator(node, Above::default(), text),
        builders: Vec::new(),
        scope: facts.scope_at(node.start_byte()),
        in_macro: region.in_macro,
    });
}

/// Goes as deep as the pattern does, which is bounded when it is read.
fn fits<'tree>(
    shape: &Shape,
    node: Node<'tree>,
    text: &'tree str,
    syntax: &dyn Syntax,
    found: &mut Found<'tree>,
) -> bool {
    let affixes = |name: &str, prefix: &str, suffix: &str| {
        let key = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
        key.filter(|key| !key.is_empty()).map(str::to_owned)
    };
    match shape {
        Shape::Any => true,
        Shape::Fallback => {
            found.fallback = Some(node);
            true
        }
        Shape::Value => {
            found.value = Some(node);
            true
        }
        Shape::On => {
            found.on = Some(node);
            true
        }
        Shape::Off => {
            found.off = Some(node);
            true
        }
        Shape::Declared { call, by, index, keyword } => {
            if fits(call, node, text, syntax, found) {
                return true;
            }
            let object = syntax.expression(node, text);
            if object.last_name().is_none() {
                return false;
            }
            let key = PatternKey::Declared { object, by: by.clone(), index: *index, keyword: keyword.clone() };
            found.key = Some((key, node));
            true
        }
        Shape::Key => {
            let key = syntax.expression(node, text);
            found.key = Some((PatternKey::Expression(key), node));
            true
        }
        Shape::Receiver => {
            found.key = Some((PatternKey::Receiver(syntax.expression(node, text)), node));
            true
        }
        Shape::KeyName { kind, prefix, suffix } => {
            let Some(key) = affixes(text_of(node, text), prefix, suffix) else { return false };
            found.key = Some((PatternKey::Name(key), node));
            node.kind_id() == *kind
        }
        Shape::Member { kind, prefix, suffix } => {
            let members = syntax.members(node).into_iter().filter_map(|(name, holder)| {
                Some((affixes(text_of(name, text).trim_matches(['"', '\'']), prefix, suffix)?, name, holder))
            });
            found.members.extend(members);
            node.kind_id() == *kind && !found.members.is_empty()
        }
        Shape::Entries { kind, value } => {
            if node.kind_id() != *kind {
                return false;
            }
            for entry in syntax.entries(node) {
                let mut inner = Found::default();
                if let (Some(shape), Some(value)) = (value, entry.value)
                    && !fits(shape, value, text, syntax, &mut inner)
                {
                    continue;
                }
                let is_name = matches!(entry.key.kind(), "property_identifier" | "shorthand_property_identifier");
                let key = if is_name {
                    PatternKey::Name(text_of(entry.key, text).to_owned())
                } else {
                    PatternKey::Expression(syntax.expression(entry.key, text))
                };
                found.entries.push((key, entry.key, inner.value));
            }
            !found.entries.is_empty()
        }
        Shape::KeyText { prefix, suffix } => match syntax.literal(node, text) {
            Some(Value::String(content)) => {
                let Some(key) = affixes(&content, prefix, suffix) else { return false };
                found.key = Some((PatternKey::Name(key), node));
                true
            }
            _ => false,
        },
        Shape::Leaf { kind, text: wanted } => {
            let node = if node.kind_id() == *kind { node } else { syntax.plain(node) };
            // `a?.b` is `a.b` where there is an `a`.
            (node.kind_id() == *kind && text_of(node, text) == wanted) || (wanted == "." && text_of(node, text) == "?.")
        }
        Shape::Literal(value) => syntax.literal(node, text).as_ref() == Some(value),
        Shape::Arguments { kind, list } => {
            node.kind_id() == *kind && arguments_fit(list, syntax.arguments(node, text), text, syntax, found)
        }
        Shape::Node { kind, parts } => {
            let node = if node.kind_id() == *kind { node } else { syntax.plain(node) };
            if node.kind_id() != *kind {
                return false;
            }
            let mut cursor = node.walk();
            let mut children = node.children(&mut cursor).filter(|child| !syntax.is_decoration(*child));
            parts.iter().all(|part| children.next().is_some_and(|child| fits(part, child, text, syntax, found)))
                && children.next().is_none()
        }
    }
}

/// Keywords of the pattern first; then what is left in order, keyword arguments of the code in any order that fits.
fn arguments_fit<'tree>(
    list: &[ArgumentShape],
    mut arguments: Vec<ArgumentNode<'tree>>,
    text: &'tree str,
    syntax: &dyn Syntax,
    found: &mut Found<'tree>,
) -> bool {
    let mut positional = Vec::new();
    for shape in list {
        let (Some(keyword), Some(value)) = (&shape.keyword, &shape.value) else {
            positional.push(shape);
            continue;
        };
        if shape.any_keyword {
            let (named, rest): (Vec<_>, Vec<_>) =
                arguments.into_iter().partition(|argument| argument.keyword.is_some() && !argument.spread);
            arguments = rest;
            for argument in named {
                let mut inner = Found::default();
                let (Some(keyword), Some(name)) = (argument.keyword, argument.node.child(0)) else { continue };
                if fits(value, argument.value, text, syntax, &mut inner) {
                    found.entries.push((PatternKey::Name(keyword.to_owned()), name, inner.value));
                }
            }
            if found.entries.is_empty() {
                return false;
            }
            continue;
        }
        let Some(at) = arguments.iter().position(|argument| argument.keyword == Some(keyword)) else { return false };
        if !fits(value, arguments[at].value, text, syntax, found) {
            return false;
        }
        arguments.remove(at);
    }
    let first = arguments.iter().position(|argument| argument.keyword.is_some()).unwrap_or(arguments.len());
    for order in orders(arguments.len() - first) {
        let mut ordered = arguments[..first].to_vec();
        ordered.extend(order.iter().map(|at| arguments[first + at].clone()));
        let mut attempt = found.clone();
        if sequence_fits(&positional, &ordered, text, syntax, &mut attempt) {
            *found = attempt;
            return true;
        }
    }
    false
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut result = vec![Vec::new()];
    if count > MAX_REORDERED {
        return vec![(0..count).collect()];
    }
    for _ in 0..count {
        result = result
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..count)
                    .filter(|next| !order.contains(next))
                    .map(|next| [order.as_slice(), &[next]].concat())
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    result
}

fn sequence_fits<'tree>(
    shapes: &[&ArgumentShape],
    arguments: &[ArgumentNode<'tree>],
    text: &'tree str,
    syntax: &dyn Syntax,
    found: &mut Found<'tree>,
) -> bool {
    let Some((shape, shapes)) = shapes.split_first() else { return arguments.is_empty() };
    let Some(value) = &shape.value else {
        return (0..=arguments.len()).any(|skipped| {
            let mut attempt = found.clone();
            let fits = sequence_fits(shapes, &arguments[skipped..], text, syntax, &mut attempt);
            if fits {
                *found = attempt;
            }
            fits
        });
    };
    let Some((argument, arguments)) = arguments.split_first() else { return false };
    if argument.spread || contradicts(value, argument) {
        return false;
    }
    fits(value, argument.value, text, syntax, found) && sequence_fits(shapes, arguments, text, syntax, found)
}

/// Whether a keyword says that the argument is something else.
fn contradicts(shape: &Shape, argument: &ArgumentNode<'_>) -> bool {
    let Some(keyword) = argument.keyword else { return false };
    match shape {
        Shape::Key => FALLBACK_WORDS.contains(&keyword),
        Shape::Fallback => KEY_WORDS.contains(&keyword),
        _ => false,
    }
}
