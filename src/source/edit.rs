//! Edits: a span and what replaces it. Owns applying a sorted, disjoint list to a text; does not decide any.

use super::Span;

/// Replaces a span; an empty replacement deletes it, an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go.
    pub span: Span,
    /// The text that comes.
    pub replacement: String,
}

/// Whether edits are sorted by start and do not overlap.
pub fn are_disjoint(edits: &[Edit]) -> bool {
    edits.iter().all(|edit| edit.span.start <= edit.span.end)
        && edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start)
}

/// Applies edits that are sorted by start and disjoint.
///
/// # Panics
/// When they are not: an invariant of whoever planned them.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        assert!(at <= edit.span.start && edit.span.start <= edit.span.end, "edits are sorted and disjoint");
        result.push_str(&text[at..edit.span.start]);
        result.push_str(&edit.replacement);
        at = edit.span.end;
    }
    result.push_str(&text[at..]);
    result
}

#[cfg(test)]
mod tests {
    use super::{Edit, apply};

    #[test]
    fn edits_apply_in_order() {
        let edits = [
            Edit { span: 0..1, replacement: String::new() },
            Edit { span: 2..2, replacement: "-".into() },
            Edit { span: 3..4, replacement: "X".into() },
        ];
        assert_eq!(apply("abcd", &edits), "b-cX");
    }
}
