//! Where the comments of a text are: what the grammar says is one, whatever it looks like. Owns the walk; reads no comment.

use crate::language::Language;
use crate::language::template;
use crate::source::Span;

/// The comments, in order.
pub fn comments(text: &str, language: &Language) -> Vec<Span> {
    if language.name == "jinja" {
        return template::comments(text);
    }
    let code = language.read(text);
    let mut cursor = code.tree.walk();
    let mut found = Vec::new();
    // Down, then right, then up: no recursion, however deep the tree.
    loop {
        let node = cursor.node();
        let is_comment = node.is_extra() && node.kind().contains("comment");
        if is_comment {
            found.push(node.byte_range());
        }
        if !is_comment && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}
