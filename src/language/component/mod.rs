//! Components of Vue and Svelte: markup with scripts in it. Owns the table entries and where the scripts stand; these are read
//! as TypeScript, so scanning them is its. What the markup reads of a script is not known, so nothing is edited.

use super::Language;
use super::ecmascript::{fold, scan};
use super::template::Masked;
use crate::source::Span;
use std::borrow::Cow;

/// Why a component is left alone.
const KEPT: &str = "the markup of a component is not read, and it may use what its script binds: change it by hand";

/// Components of Vue.
pub static VUE: Language = Language {
    name: "vue",
    family: "javascript",
    extensions: &["vue"],
    interpreters: &[],
    grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(),
    mask: Some(mask),
    reread: None,
    caveat: |_| None,
    scan: &scan::WITH_ELEMENTS,
    fold: &fold::EcmaScript,
};

/// Components of Svelte.
pub static SVELTE: Language = Language { name: "svelte", extensions: &["svelte"], ..VUE };

/// All but the scripts becomes white space.
pub fn mask(text: &str) -> Masked<'_> {
    let bytes = text.as_bytes();
    let mut masked: Vec<u8> =
        bytes.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { *byte } else { b' ' }).collect();
    for script in scripts(text) {
        masked[script.clone()].copy_from_slice(&bytes[script]);
    }
    let masked = String::from_utf8(masked).unwrap_or_else(|_| " ".repeat(text.len()));
    Masked { text: Cow::Owned(masked), parts: Vec::new(), is_whole: true, kept: Some(KEPT), hidden: Vec::new() }
}

/// What stands between `<script …>` and `</script>`, comments of the markup left out.
fn scripts(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('<') {
        let start = at + next;
        let rest = &text[start..];
        if rest.starts_with("<!--") {
            at = rest.find("-->").map_or(text.len(), |end| start + end);
            continue;
        }
        at = start + 1;
        let Some(tag) = rest.strip_prefix("<script").filter(|tag| tag.starts_with([' ', '\t', '\r', '\n', '>'])) else {
            continue;
        };
        let Some(length) = end_of_tag(tag) else { break };
        let from = text.len() - tag.len() + length + 1;
        let Some(end) = text[from..].find("</script") else { break };
        // Data and other languages are no script.
        let attributes = &tag[..length];
        if !["application/json", "application/ld", "text/x", "coffee"].iter().any(|kind| attributes.contains(kind)) {
            found.push(from..from + end);
        }
        at = from + end;
    }
    found
}

/// Where the `>` of a tag stands, texts of attributes left aside.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes().position(|byte| {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None => return byte == b'>',
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn only_scripts_are_code() {
        for (text, code) in [
            ("<p>{{ a }}</p>\n<script>b()</script>", "b()"),
            (
                "<script setup lang=\"ts\" generic=\"T extends A<B>\">\nconst ä = 1;\n</script>\n<style>p {}</style>",
                "const ä = 1;",
            ),
            ("<!-- <script>old()</script> --><script lang='ts'>new_()</script>", "new_()"),
            ("<script type=\"application/json\">{}</script><scripted>no</scripted>", ""),
            ("<script>one()</script>\n<script setup>two()</script>", "one() two()"),
            ("<script>never ends", ""),
            ("<script never=\"ends>", ""),
            ("<", ""),
        ] {
            let masked = mask(text);
            assert_eq!(masked.text.len(), text.len(), "{text}");
            assert_eq!(masked.text.split_whitespace().collect::<Vec<_>>().join(" "), code, "{text}");
        }
    }
}
