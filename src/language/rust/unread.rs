//! Attributes that the grammar cannot read: those on the fields of a pattern (`Point { #[cfg(unix)] x, .. }`). Owns telling
//! them from all others, in a file that seems to have syntax errors; what they say is read apart from the tree.

use std::borrow::Cow;

use super::LANGUAGE;
use crate::language::template::Masked;
use crate::source::Span;

/// The text without the attributes on fields of patterns; `None` when they are not what is wrong with it.
pub(super) fn mask(text: &str) -> Option<Masked<'_>> {
    let attributes = attributes(text);
    // Without any attribute, the tree tells which of them stand in a pattern.
    let tree = LANGUAGE.parse(&without(text, &attributes));
    if attributes.is_empty() || tree.root_node().has_error() {
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

    #[test]
    fn only_attributes_on_fields_of_patterns_are_left_out() {
        let text = "fn f(s: S) { match s {\n #[cfg(a)]\n S { #[cfg(b)] x, #[cfg(c)] #[cfg(\"]\")] y: 1, .. } => 1,\n _ => 2 } }";
        let masked = mask(text).expect("the pattern is all that cannot be read");
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
            assert!(mask(text).is_none(), "{text}");
        }
    }
}
