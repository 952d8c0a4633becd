//! Flags that data files next to the code declare: entries of YAML and JSON whose key, or element, is a flag's key. Owns the
//! choice of entries; notations are read in `tree`.

use std::path::Path;

use super::tree::{self, Kind, Node, Notation};
use crate::scan::definitions::{Defined, DefinitionKind, is_label};
use crate::source::{Span, line_start};

/// The entries of a document that declare one of the keys. A document that cannot be read declares nothing.
pub fn definitions(path: &Path, text: &str, is_key: impl Fn(&str) -> bool) -> Vec<Defined> {
    let notation = Notation::of(path, text);
    let Ok(root) = tree::parse(text, notation) else { return Vec::new() };
    let mut found = Vec::new();
    let mut stack: Vec<(Node<'_>, Vec<String>)> = vec![(root.node(), Vec::new())];
    while let Some((node, around)) = stack.pop() {
        let mut add = |key: &str, key_span: &Span, span: Span, name: Option<String>| {
            found.push(Defined {
                key: key.to_owned(),
                key_span: key_span.clone(),
                span,
                kind: DefinitionKind::Data,
                name,
                is_name: false,
                around: around.iter().rev().cloned().collect(),
            });
        };
        match node.kind() {
            Kind::Map(entries) => {
                for entry in entries.iter() {
                    let whole = whole(text, notation, &entry.key_span, entry.value);
                    if is_key(entry.key) {
                        add(entry.key, &entry.key_span, whole, None);
                        continue;
                    }
                    match entry.value.kind() {
                        Kind::Text(value) if is_key(value) && !is_label(entry.key) => {
                            add(value, &entry.value.span(), whole, Some(entry.key.to_owned()));
                        }
                        Kind::Map(_) | Kind::List(_) => {
                            let below = around.iter().cloned().chain([entry.key.to_owned()]).collect();
                            stack.push((entry.value, below));
                        }
                        _ => {}
                    }
                }
            }
            Kind::List(items) => {
                for item in items.iter() {
                    match item.kind() {
                        Kind::Text(value) if is_key(value) => add(value, &item.span(), item.span(), None),
                        Kind::Map(entries) => {
                            let label = entries.iter().find_map(|entry| match entry.value.kind() {
                                Kind::Text(value) if is_label(entry.key) && is_key(value) => Some((value, entry)),
                                _ => None,
                            });
                            match label {
                                Some((value, entry)) => add(value, &entry.value.span(), item.span(), None),
                                None => stack.push((item, around.clone())),
                            }
                        }
                        Kind::List(_) => stack.push((item, around.clone())),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    found.sort_by_key(|one| (one.span.start, one.span.end));
    found
}

/// Whether a document is JSON by its name and beginning.
pub fn is_json(path: &Path, text: &str) -> bool {
    Notation::of(path, text) == Notation::Json
}

/// Whether a document can be read.
pub fn is_readable(path: &Path, text: &str) -> bool {
    tree::parse(text, Notation::of(path, text)).is_ok()
}

/// From the key to the end of its value. In YAML, a block ends before the next line that is not deeper than the key.
pub(super) fn whole(text: &str, notation: Notation, key: &Span, value: Node<'_>) -> Span {
    let flat = !matches!(value.kind(), Kind::Map(_) | Kind::List(_));
    if notation == Notation::Json || flat || text[value.span()].starts_with(['{', '[']) {
        return key.start..value.span().end.max(key.end);
    }
    let line = line_start(text, key.start);
    let indent = key.start - line;
    let mut end = key.end;
    let mut at = line;
    for (number, content) in text[line..].split_inclusive('\n').enumerate() {
        let depth = content.len() - content.trim_start().len();
        let blank = content.trim().is_empty();
        if number > 0 && !blank && (depth < indent || depth == indent && !content.trim_start().starts_with('-')) {
            break;
        }
        if !blank {
            end = at + content.trim_end().len();
        }
        at += content.len();
    }
    key.start..end
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::definitions;

    fn found(path: &str, text: &str) -> Vec<(String, String)> {
        let known = |key: &str| matches!(key, "new-checkout" | "old");
        definitions(Path::new(path), text, known).into_iter().map(|one| (one.key, text[one.span].to_owned())).collect()
    }

    #[test]
    fn entries_and_elements_are_found() {
        let yaml = "flags:\n  new-checkout:\n    on: true\n\n    why: x\n  other: 1\nlist:\n  - old\n  - name: old\n    on: 1\n";
        let shown: Vec<(String, String)> = found("flags.yaml", yaml);
        assert_eq!(shown[0], ("new-checkout".into(), "new-checkout:\n    on: true\n\n    why: x".into()));
        assert_eq!(shown[1], ("old".into(), "old".into()));
        assert_eq!(shown[2].0, "old");
        let json = r#"{"features": {"new-checkout": {"on": true}, "x": ["old"]}}"#;
        let shown = found("config.json", json);
        assert_eq!(shown[0], ("new-checkout".into(), r#""new-checkout": {"on": true}"#.into()));
        assert_eq!(shown[1], ("old".into(), "\"old\"".into()));
    }

    #[test]
    fn texts_that_are_no_key_and_names_of_other_things_are_left() {
        let yaml = "launch: new-checkout\nname: old\nlists:\n  - - old\n    - other\n  - name: other\n    gate: new-checkout\n  \
                    - gate: other\nold:\n- a\n- b\nnext: 1\n";
        let shown: Vec<String> = found("limits.yaml", yaml).into_iter().map(|(_, text)| text).collect();
        assert_eq!(shown, ["launch: new-checkout", "old", "gate: new-checkout", "old:\n- a\n- b"]);
    }

    #[test]
    fn what_cannot_be_read_declares_nothing() {
        assert!(found("config.json", "{\"new-checkout\": ").is_empty());
    }
}
