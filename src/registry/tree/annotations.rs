//! Reads annotations out of the comments of source code: `# .. toggle_name: x` and the lines that belong to it. Owns where
//! they stand; what they mean is for the reader of their format.

use std::sync::Arc;

use super::super::error::Problem;
use super::build::Builder;
use super::{RawKind, RawNode, Root};
use crate::source::Span;

/// What begins a group of annotations.
const FIRST: &str = "toggle_name";

/// Whether a comment of the text has an annotation that begins a group.
pub(super) fn are_in(text: &str) -> bool {
    text.contains(FIRST) && lines(text).any(|(_, line)| annotation(line).is_some_and(|(name, _)| name == FIRST))
}

/// The lines and where they start.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end())
    })
}

/// What follows the sign of a comment.
fn comment(line: &str) -> Option<&str> {
    let code = line.trim_start();
    let sign = ["#", "//", "*"].into_iter().find(|sign| code.starts_with(sign))?;
    Some(code[sign.len()..].trim_start_matches(['#', '/']))
}

/// `.. name: data` of a comment: the name, and where the data starts in the line.
fn annotation(line: &str) -> Option<(&str, usize)> {
    let text = comment(line)?.trim_start().strip_prefix(".. ")?;
    let (name, data) = text.split_once(':')?;
    let data = data.trim_start();
    let proper = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (proper && name.starts_with("toggle_")).then_some((name, line.len() - data.len()))
}

/// An annotation: its name and where that stands, its data and where they stand.
type Annotation = (String, Span, Span, String);

/// A list with a mapping for each group.
pub(super) fn parse(text: Arc<str>) -> Result<Root, Problem> {
    let mut groups: Vec<(Span, Vec<Annotation>)> = Vec::new();
    let mut open: Option<Annotation> = None;
    for (start, line) in lines(&text) {
        match (annotation(line), comment(line)) {
            (Some((name, data)), _) => {
                close(&mut groups, open.take());
                if name == FIRST {
                    groups.push((start..start, Vec::new()));
                }
                let key = start + line.find(name).unwrap_or(0);
                let span = start + data..start + line.len();
                open = Some((name.to_owned(), key..key + name.len(), span, line[data..].to_owned()));
            }
            // More of the same: deeper than the annotation, as its documentation wants.
            (None, Some(more)) if more.starts_with("  ") => {
                if let Some((.., span, data)) = &mut open {
                    data.push(' ');
                    data.push_str(more.trim());
                    span.end = start + line.len();
                }
            }
            _ => close(&mut groups, open.take()),
        }
    }
    close(&mut groups, open);
    let mut tree = Builder::new(Arc::clone(&text));
    tree.open_list(0..text.len())?;
    for (span, annotations) in groups {
        tree.open_map(span.clone())?;
        for (key, key_span, at, data) in annotations {
            let words = tree.words(&key, &key_span);
            tree.key(words, &key_span);
            let words = tree.words(&data, &at);
            tree.value(RawKind::Text(words), &at)?;
        }
        tree.end(span.end)?;
    }
    let root = tree.end(text.len())?;
    Ok(tree.finish(root.unwrap_or_else(|| RawNode::null(&(0..0)))))
}

/// Adds an annotation to its group. What is said twice of a toggle keeps what was said first.
fn close(groups: &mut [(Span, Vec<Annotation>)], annotation: Option<Annotation>) {
    let (Some((group, annotations)), Some(annotation)) = (groups.last_mut(), annotation) else { return };
    group.end = group.end.max(annotation.2.end);
    if annotations.iter().all(|(name, ..)| *name != annotation.0) {
        annotations.push(annotation);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::{are_in, parse};

    #[test]
    fn annotations_are_read_out_of_comments() {
        let text = "x = 1\n# .. toggle_name: a.b\n# .. toggle_description: First\n#   second: line.\n# .. toggle_tickets:\nB = 1\n    # .. toggle_name: c\n";
        assert!(are_in(text) && !are_in("s = 'toggle_name'\n# toggle_name: x\n"));
        let root = parse(text.into()).expect("annotations are no problem");
        let Kind::List(groups) = root.node().kind() else { panic!("a list") };
        let shown: Vec<Vec<(&str, &str)>> = groups
            .iter()
            .map(|group| {
                let Kind::Map(entries) = group.kind() else { panic!("mappings") };
                let texts = entries.iter().map(|entry| match entry.value.kind() {
                    Kind::Text(data) => {
                        assert_eq!(&text[entry.key_span.clone()], entry.key);
                        (entry.key, data)
                    }
                    other => panic!("texts, not {other:?}"),
                });
                texts.collect()
            })
            .collect();
        let first = [("toggle_name", "a.b"), ("toggle_description", "First second: line."), ("toggle_tickets", "")];
        assert_eq!(shown, [first.to_vec(), vec![("toggle_name", "c")]]);
    }

    #[test]
    fn what_only_looks_like_an_annotation_is_none() {
        let text = "# .. toggle_name: a\n# .. toggle_Owner: ana\n# .. toggle_target: x\n# a comment of its own\n#   that goes on\n\
                    # .. toggle_tags: one\n#   two\n# .. note: three\n#   four\n# .. toggle_life: y\n";
        let root = parse(text.into()).expect("annotations are no problem");
        let Kind::List(groups) = root.node().kind() else { panic!("a list") };
        let Some(Kind::Map(entries)) = groups.iter().next().map(|group| group.kind()) else { panic!("a mapping") };
        let found: Vec<(&str, &str)> = entries.iter().map(|entry| (entry.key, &text[entry.value.span()])).collect();
        let lines =
            [("toggle_name", "a"), ("toggle_target", "x"), ("toggle_tags", "one\n#   two"), ("toggle_life", "y")];
        assert_eq!(found, lines);
    }
}
