//! Entries of data files that declare a flag: how they leave JSON and YAML, with comments and order kept. Owns the text; which
//! entries go is decided in `definitions`. A result that does not read back is dropped.

use std::path::Path;

use super::layout::merge;
use crate::registry::data::{is_json, is_readable};
use crate::resolve::FlagDefinition;
use crate::source::edit::{self, Edit};
use crate::source::{Span, line_end, line_start};

/// The edits that take entries out of a data file, and the text after them; or why that cannot be done.
pub fn without(path: &Path, text: &str, definitions: &[&FlagDefinition]) -> Result<(Vec<Edit>, String), String> {
    let json = is_json(path, text);
    let spans = definitions.iter().map(|definition| {
        if json || !is_block(text, &definition.at.span) {
            Ok(listed(text, &definition.at.span))
        } else {
            block(text, &definition.at.span).map(|span| (span, None))
        }
    });
    let spans: Vec<(Span, Option<Span>)> = spans.collect::<Result<_, String>>()?;
    let edits: Vec<Edit> =
        merge(spans.into_iter().flat_map(|(span, more)| std::iter::once(span).chain(more)).collect())
            .into_iter()
            .map(|span| Edit { span, replacement: String::new() })
            .collect();
    let after = edit::apply(text, &edits);
    if is_readable(path, &after) {
        Ok((edits, after))
    } else {
        Err("taking it out would break the file: do it by hand".to_owned())
    }
}

/// The text without one entry, whatever it declares; or why that cannot be done.
pub fn cut(path: &Path, text: &str, entry: &Span) -> Result<String, String> {
    let (span, more) =
        if is_json(path, text) || !is_block(text, entry) { listed(text, entry) } else { (block(text, entry)?, None) };
    let spans = merge(std::iter::once(span).chain(more).collect());
    let edits: Vec<Edit> = spans.into_iter().map(|span| Edit { span, replacement: String::new() }).collect();
    Ok(edit::apply(text, &edits))
}

/// Whether nothing but a comment stands in the rest of a line.
fn ends_line(rest: &str) -> bool {
    let rest = rest.trim();
    rest.is_empty() || rest.starts_with('#')
}

/// Whether an entry of YAML stands on lines of its own. Within brackets a comma or another entry may follow.
fn is_block(text: &str, span: &Span) -> bool {
    let before = text[line_start(text, span.start)..span.start].trim();
    let end = span.start + text[span.clone()].trim_end().len();
    before.chars().all(|c| c == '-' || c == ' ') && ends_line(&text[end..line_end(text, end)])
}

/// An entry between commas.
fn listed(text: &str, span: &Span) -> (Span, Option<Span>) {
    let behind = text[span.end..].trim_start();
    let comma = behind.starts_with(',').then(|| text.len() - behind.len() + 1);
    let end = comma.unwrap_or(span.end);
    let (start_of_line, end_of_line) = (line_start(text, span.start), line_end(text, end));
    let alone = text[start_of_line..span.start].trim().is_empty() && ends_line(&text[end..end_of_line]);
    let before = text[..span.start].trim_end();
    let dangling = (comma.is_none() && before.ends_with(',')).then(|| before.len() - 1..before.len());
    if alone {
        return (start_of_line..end_of_line, dangling);
    }
    match (comma, dangling) {
        (Some(end), _) => {
            let blanks = text[end..].len() - text[end..].trim_start_matches([' ', '\t']).len();
            (span.start..end + blanks, None)
        }
        (None, Some(dangling)) => (dangling.start..span.end, None),
        (None, None) => (span.clone(), None),
    }
}

/// An entry on lines of its own, with the comment that stands between it and the entry above.
fn block(text: &str, span: &Span) -> Result<Span, String> {
    let mut start = line_start(text, span.start);
    let mut end = line_end(text, span.end.saturating_sub(1).max(span.start));
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let own = indentation(&text[start..]);
    let next = text[end..].lines().find(|line| !line.trim().is_empty());
    let previous = text[..start].lines().rev().find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
    let is_sibling = |line: Option<&str>| line.is_some_and(|line| indentation(line) == own);
    let opens = previous.is_some_and(|line| indentation(line) < own);
    if opens && !is_sibling(next) || previous.is_none() && next.is_none() {
        return Err("it is the only entry: take it out by hand".to_owned());
    }
    let mut above = start;
    while above > 0 {
        let line = line_start(text, above - 1);
        if !text[line..above].trim_start().starts_with('#') || indentation(&text[line..above]) != own {
            break;
        }
        above = line;
    }
    let is_blank = |line: Span| text[line].trim().is_empty();
    let is_behind_blank = |at: usize| at > 0 && is_blank(line_start(text, at - 1)..at);
    let follows_blank = end < text.len() && is_blank(end..line_end(text, end));
    // A comment behind a blank line may speak of all that follow.
    let heads = above == 0 || is_behind_blank(above);
    if !heads || follows_blank || end == text.len() {
        start = above;
    }
    // No blank line more than before stays, and none at the end; a text without a last line end stays without.
    if end == text.len() {
        if is_behind_blank(start) {
            start = line_start(text, start - 1);
        }
        if !text.ends_with('\n') {
            start = text[..start].trim_end_matches(['\r', '\n']).len();
        }
    } else if follows_blank && (start == 0 || is_behind_blank(start)) {
        end = line_end(text, end);
    }
    Ok(start..end)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::without;
    use crate::resolve::FlagDefinition;
    use crate::scan::definitions::DefinitionKind;
    use crate::source::{Location, SourceId};

    fn check(path: &str, text: &str, entry: &str) -> Result<String, String> {
        let start = text.find(entry).expect("the entry is there");
        let span = start..start + entry.len();
        let definition = FlagDefinition {
            at: Location { source: SourceId(0), span: span.clone() },
            key_span: span,
            flag: "x".into(),
            kind: DefinitionKind::Data,
            name: None,
            container: None,
            evidence: String::new(),
            created: None,
            removal: None,
            mentions: 0,
        };
        without(Path::new(path), text, &[&definition]).map(|(_, after)| after)
    }

    #[test]
    fn entries_leave_json_with_their_comma() {
        assert_eq!(check("a.json", "{\n  \"a\": 1,\n  \"x\": 2\n}\n", "\"x\": 2").as_deref(), Ok("{\n  \"a\": 1\n}\n"));
        assert_eq!(
            check("a.json", "{\n  \"x\": {\n  },\n  \"a\": 1\n}", "\"x\": {\n  }").as_deref(),
            Ok("{\n  \"a\": 1\n}")
        );
        assert_eq!(check("a.json", "[\"a\", \"x\"]", "\"x\"").as_deref(), Ok("[\"a\"]"));
        assert_eq!(check("a.json", "[\"x\", \"a\"]", "\"x\"").as_deref(), Ok("[\"a\"]"));
        assert_eq!(check("a.json", "[\"x\"]", "\"x\"").as_deref(), Ok("[]"));
    }

    #[test]
    fn entries_leave_yaml_with_their_lines() {
        let text = "features:\n  # first\n  a: 1\n  # why\n  x:\n    on: true\n  b: 2 # two\n";
        assert_eq!(
            check("a.yaml", text, "x:\n    on: true").as_deref(),
            Ok("features:\n  # first\n  a: 1\n  b: 2 # two\n")
        );
        assert_eq!(check("a.yaml", "features:\n  - a\n  - x\n", "x").as_deref(), Ok("features:\n  - a\n"));
        assert!(check("a.yaml", "features: [a, x]\n", "x]").is_err());
        assert_eq!(check("a.yaml", "features: [\n  a, x\n]\n", "x").as_deref(), Ok("features: [\n  a\n]\n"));
        assert!(check("a.yaml", "features:\n  x: 1\nother: 2\n", "x: 1").is_err());
        assert_eq!(check("a.yaml", "x: 1\nother: 2\n", "x: 1").as_deref(), Ok("other: 2\n"));
    }
}
