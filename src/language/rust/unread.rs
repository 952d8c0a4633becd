//! Attributes that the grammar cannot read: those on the fields of a pattern (`Point { #[cfg(unix)] x, .. }`). Owns telling
//! them from all others, in a file that seems to have syntax errors; what they say is read apart from the tree.

use std::borrow::Cow;
use std::ops::ControlFlow;

use tree_sitter::Tree;

use super::LANGUAGE;
use crate::language::template::Masked;
use crate::scan::walk;
use crate::source::Span;

/// The text without the attributes on fields of patterns; `None` when they are not what is wrong with its tree.
pub(super) fn mask<'text>(text: &'text str, tree: &Tree) -> Option<Masked<'text>> {
    let attributes = attributes(text);
    if !touch(text, tree, &attributes) {
        return None;
    }
    // Without any attribute, the tree tells which of them stand in a pattern.
    let tree = LANGUAGE.parse(&without(text, &attributes));
    if tree.root_node().has_error() {
        return None;
    }
    let field = |span: &Span| {
        let pattern = tree.root_node().descendant_for_byte_range(span.start, span.end)?;
        let mut cursor = pattern.walk();
        let mut fields = pattern.named_children(&mut cursor).filter(|field| field.start_byte() >= span.end);
        (pattern.kind() == "struct_pattern").then(|| fields.find(|field| !field.is_extra()))?
    };
    let hidden: Vec<(Span, usize)> =
        attributes.into_iter().filter_map(|span| Some((span.clone(), field(&span)?.end_byte()))).collect();
    let spans: Vec<Span> = hidden.iter().map(|(span, _)| span.clone()).collect();
    let text = Cow::Owned(without(text, &spans));
    (!hidden.is_empty()).then_some(Masked { text, parts: Vec::new(), is_whole: true, kept: None, hidden })
}

/// Whether an error of the tree stands at one of the spans, which are sorted: what the parser stumbles over is part of the
/// error, or follows it.
fn touch(text: &str, tree: &Tree, spans: &[Span]) -> bool {
    let mut found = false;
    walk(&mut tree.walk(), |node| {
        if found || !node.has_error() {
            return ControlFlow::Break(());
        }
        if node.is_error() || node.is_missing() {
            let end = after_blanks(text, node.end_byte());
            let first = spans.partition_point(|span| span.end < node.start_byte());
            found |= spans.get(first).is_some_and(|span| span.start <= end);
        }
        ControlFlow::Continue(())
    });
    found
}

/// Where the white space and comments behind a place end.
fn after_blanks(text: &str, start: usize) -> usize {
    let mut rest = text.get(start..).unwrap_or("");
    loop {
        rest = rest.trim_start();
        let comment = match rest.get(..2) {
            Some("//") => rest.find('\n'),
            Some("/*") => rest.find("*/").map(|end| end + 2),
            _ => Some(0),
        };
        match comment {
            Some(0) => return text.len() - rest.len(),
            // A comment that does not end reaches to the end of the text.
            None => return text.len(),
            Some(end) => rest = &rest[end..],
        }
    }
}

/// A text with white space in place of some spans.
fn without(text: &str, spans: &[Span]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for byte in spans.iter().flat_map(|span| span.clone()).filter(|at| text.as_bytes()[*at] != b'\n') {
        bytes[byte] = b' ';
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// What looks like an attribute, be it in a comment or a string; sorted, without those inside of others.
fn attributes(text: &str) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for (start, _) in text.match_indices("#[") {
        if found.last().is_none_or(|last| last.end <= start) {
            // Brackets that never close would be looked for again and again.
            let Some(end) = end(text, start) else { break };
            found.push(start..end);
        }
    }
    found
}

/// The end of the brackets behind a `#`.
fn end(text: &str, start: usize) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate().skip(start + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' if !quoted => depth += 1,
            b']' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::mask;
    use crate::language::rust::LANGUAGE;

    #[test]
    fn only_attributes_on_fields_of_patterns_are_left_out() {
        let text = "fn f(s: S) { match s {\n #[cfg(a)]\n S { #[cfg(b)] x, #[cfg(c)] #[cfg(\"]\")] y: 1, .. } => 1,\n _ => 2 } }";
        let masked = mask(text, &LANGUAGE.parse(text)).expect("the pattern is all that cannot be read");
        assert_eq!(masked.text.len(), text.len());
        let hidden: Vec<(&str, &str)> =
            masked.hidden.iter().map(|(span, end)| (&text[span.clone()], &text[span.end..*end])).collect();
        assert_eq!(hidden, [("#[cfg(b)]", " x"), ("#[cfg(c)]", " #[cfg(\"]\")] y: 1"), ("#[cfg(\"]\")]", " y: 1"),]);
        assert!(masked.text.contains("#[cfg(a)]"));
    }

    #[test]
    fn what_has_other_errors_is_not_read() {
        for text in
            ["fn f() { let S { #[cfg(b)] x } = s; let = }", "fn f() { \"#[a]\"; let = }", "fn f() { #[", "fn f() {}"]
        {
            assert!(mask(text, &LANGUAGE.parse(text)).is_none(), "{text}");
        }
    }

    #[test]
    fn an_attribute_is_found_wherever_the_parser_stumbles() {
        for pattern in
            ["S { #[cfg(b)] x, .. }", "S { // why\n /* or */ #[cfg(b)] x }", "S { x, /* a */ #[cfg(b)] ref y }"]
        {
            for text in [
                format!("fn f(s: S) {{ let {pattern} = s; g() }}"),
                format!("fn f(s: S) {{ match s {{ {pattern} => 1, _ => 2 }} }}"),
                format!("fn f(s: S) {{ if let {pattern} = s {{}} }}\n#[a]\nfn g() {{}}"),
                format!("fn f({pattern}: S) {{}}"),
                format!("fn f() {{ g(|{pattern}| 1) }}"),
                format!("fn f(s: S) {{ while let Some({pattern}) = s {{ let a = [1, 2]; }} }}"),
                format!("fn f(s: S) {{ matches(s, {{ match s {{ (A | {pattern}, 1) => {{ }} }} }}) }}"),
            ] {
                let tree = LANGUAGE.parse(&text);
                assert!(tree.root_node().has_error() && mask(&text, &tree).is_some(), "{text}");
            }
        }
    }
}
