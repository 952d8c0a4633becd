//! Reads YAML 1.2 into the tree, from the events of the parser that serde-saphyr is built on: they carry the bytes of
//! every key and value, which its serde interface loses for mappings with free keys.
//!
//! Words are strict: only `true` and `false` are truth values, `on` and `off` stay text. Aliases share their node, so a
//! document cannot grow beyond its events; merge keys copy entries and are counted.

use std::collections::HashMap;
use std::sync::Arc;

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle};

use super::super::error::Problem;
use super::build::Builder;
use super::{MAX_MERGED, MAX_NODES, RawKind, RawNode, Root, too_large};
use crate::source::Span;

const MERGE: &str = "<<";

pub(super) fn parse(text: Arc<str>, mark: usize) -> Result<Root, Problem> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    let tree = Builder::new(Arc::clone(&text));
    let mut reader = Reader {
        tree,
        open: Vec::new(),
        anchors: HashMap::new(),
        root: RawNode::null(&(text.len()..text.len())),
        nodes: 0,
        merged: 0,
        documents: 0,
    };
    for event in Parser::new_from_str_with_options(&text[mark..], options) {
        let (event, span) = event.map_err(|error| {
            let start = (mark + error.marker().byte_offset().unwrap_or(0)).min(text.len());
            Problem::new(format!("not valid YAML: {}", error.info()), start..start, "the parser stopped here")
        })?;
        let span = span.byte_range().unwrap_or(0..0);
        reader.event(event, mark + span.start..mark + span.end)?;
    }
    Ok(reader.tree.finish(reader.root))
}

struct Reader {
    tree: Builder,
    /// The anchors of what is open; 0 is none.
    open: Vec<usize>,
    /// Finished nodes that have an anchor, and how many levels are below each; an alias brings those, which may be deeper
    /// than the text is nested.
    anchors: HashMap<usize, (RawNode, usize)>,
    root: RawNode,
    nodes: usize,
    merged: usize,
    documents: usize,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Problem::new("more than one YAML document", span, "the second one starts here")
                        .help("put each document into a file of its own"));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                self.scalar(&text, plain, anchor, &span)?;
            }
            Event::Alias(anchor) => {
                let Some((node, height)) = self.anchors.get(&anchor).copied() else {
                    return Err(Problem::new("an alias to a value that is not finished", span, "refers to itself"));
                };
                if self.tree.wants_key() {
                    return Err(Problem::new("an alias stands where a key is expected", span, "write the key out"));
                }
                self.put(node, height, &span)?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.begins(anchor, &span)?;
                self.tree.open_list(span)?;
            }
            Event::MappingStart(_, anchor, _) => {
                self.begins(anchor, &span)?;
                self.tree.open_map(span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (Some(anchor), Some((node, height))) = (self.open.pop(), self.tree.close(span.end)) else {
                    return Ok(());
                };
                self.finish(node, anchor, height, &self.tree.span(node))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn begins(&mut self, anchor: usize, span: &Span) -> Result<(), Problem> {
        if self.tree.wants_key() {
            let message = "a list or mapping stands where a key is expected";
            return Err(Problem::new(message, span.clone(), "keys are words"));
        }
        self.open.push(anchor);
        Ok(())
    }

    fn scalar(&mut self, text: &str, plain: bool, anchor: usize, span: &Span) -> Result<(), Problem> {
        let words = self.tree.words(text, span);
        if self.tree.wants_key() {
            self.tree.key(words, span);
            return Ok(());
        }
        let kind = if plain { resolve(text) } else { None };
        let node = self.tree.pack(kind.unwrap_or(RawKind::Text(words)), span);
        self.finish(node, anchor, 0, span)
    }

    fn finish(&mut self, node: RawNode, anchor: usize, height: usize, span: &Span) -> Result<(), Problem> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node, height));
        }
        self.put(node, height, span)
    }

    /// Puts a finished value where it belongs: `span` is where it is used, which for an alias is not where it stands.
    fn put(&mut self, node: RawNode, height: usize, span: &Span) -> Result<(), Problem> {
        self.count(span)?;
        if self.tree.waiting_key() == Some(MERGE) {
            self.tree.take_key();
            self.tree.deepen(height, span)?;
            self.merged += self.merge(node, span)?;
            if self.merged > MAX_MERGED {
                return Err(too_large(span.clone(), "entries by merge keys", MAX_MERGED));
            }
        } else if let Some(root) = self.tree.put(node, height, span)? {
            self.root = root;
        }
        Ok(())
    }

    fn count(&mut self, span: &Span) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES { Err(too_large(span.clone(), "values", MAX_NODES)) } else { Ok(()) }
    }

    /// `<<: *defaults`: the entries of the mapping (or of each of a list of mappings) that are not there yet.
    fn merge(&mut self, node: RawNode, span: &Span) -> Result<usize, Problem> {
        let mut count = 0;
        for node in self.tree.items_of(node).unwrap_or_else(|| vec![node]) {
            count += self.tree.inherit(node).ok_or_else(|| {
                let message = format!("`<<` merges mappings, but here it gets {}", self.tree.type_name(node));
                Problem::new(message, span.clone(), "not a mapping")
            })?;
        }
        Ok(count)
    }
}

/// The YAML 1.2 core schema for words without quotes; `None` for those that are text.
fn resolve(text: &str) -> Option<RawKind> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(RawKind::Null),
        "true" | "True" | "TRUE" => return Some(RawKind::Bool(true)),
        "false" | "False" | "FALSE" => return Some(RawKind::Bool(false)),
        _ => {}
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && let Ok(number) = i64::from_str_radix(digits, radix)
        {
            return Some(RawKind::int(number));
        }
    }
    RawKind::number(text)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, MAX_DEPTH, MAX_MERGED, Notation, parse};

    #[test]
    fn an_alias_is_as_deep_as_what_it_stands_for() {
        let nested = |inner: &str, levels: usize| format!("{}{inner}{}", "[".repeat(levels), "]".repeat(levels));
        for below in [0, 1, 10] {
            for above in [0, 1, MAX_DEPTH - below - 1] {
                // The mapping around both is a level as well.
                let fits = |above: usize| {
                    let text = format!("a: &a {}\nb: {}\n", nested("1", below), nested("*a", above));
                    parse(text.as_str(), Notation::Yaml).is_ok()
                };
                assert!(fits(above), "{below} below {above}");
                assert!(!fits(MAX_DEPTH - below), "{below} below too many");
            }
        }
    }

    #[test]
    fn several_mappings_are_merged_and_the_first_wins() {
        let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}\n";
        let root = parse(text, Notation::Yaml).expect("it is YAML");
        let Kind::Map(all) = root.node().kind() else { panic!("a mapping") };
        let Some(Kind::Map(merged)) = all.find("c").map(|entry| entry.value.kind()) else { panic!("a mapping") };
        let shown: Vec<String> =
            merged.iter().map(|entry| format!("{}: {:?}", entry.key, entry.value.kind())).collect();
        assert_eq!(shown, ["x: Int(1)", "y: Int(1)", "z: Int(3)"]);
    }

    #[test]
    fn merge_keys_bring_as_many_entries_as_the_limit() {
        let keys: String = (0..1000).map(|key| format!("k{key}: 0, ")).collect();
        // Those that are there already count as well, and take no room.
        let merged = |times: usize| format!("base: &base {{{keys}}}\nall: {{<<: [{}]}}\n", "*base, ".repeat(times));
        assert!(parse(merged(MAX_MERGED / 1000), Notation::Yaml).is_ok());
        assert!(parse(merged(MAX_MERGED / 1000 + 1), Notation::Yaml).is_err());
    }
}
