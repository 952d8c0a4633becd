//! Kinds of node of Rust that a scan need not enter where they hold nothing of interest, and how bodies of functions
//! look that it need not parse. Owns the lists; what is of interest is in `scan::hits`.

use crate::scan::outline::Bodies;

/// Expressions, types and paths that hold no block, statement or item unless one of the marks says so. What a closure binds is
/// known in it only.
pub(super) const QUIET: &[&str] = &[
    "arguments",
    "array_expression",
    "attribute_item",
    "await_expression",
    "binary_expression",
    "call_expression",
    "closure_parameters",
    "field_expression",
    "generic_function",
    "generic_type",
    "index_expression",
    "inner_attribute_item",
    "macro_invocation",
    "parameters",
    "parenthesized_expression",
    "range_expression",
    "reference_expression",
    "reference_type",
    "return_expression",
    "scoped_identifier",
    "scoped_type_identifier",
    "string_literal",
    "struct_expression",
    "token_tree",
    "try_expression",
    "tuple_expression",
    "tuple_type",
    "type_arguments",
    "type_cast_expression",
    "type_parameters",
    "unary_expression",
    "use_declaration",
    "visibility_modifier",
    "where_clause",
];

/// Statements and blocks of functions, whose names nobody sees outside.
pub(super) const STATEMENTS: &[&str] = &[
    "async_block",
    "block",
    "else_clause",
    "expression_statement",
    "for_expression",
    "if_expression",
    "let_declaration",
    "loop_expression",
    "match_arm",
    "match_block",
    "match_expression",
    "unsafe_block",
    "while_expression",
];

/// What makes one more than that.
pub(super) const STATEMENT_MARKS: &[&str] =
    &["cfg", "cfg_attr", "enum", "fn", "impl", "mod", "return", "struct", "trait", "use"];

/// Where a closure may get a name: `let f = |x| …`, `= move |x| …`.
pub(super) fn named_closures(text: &str) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(b'|', text.as_bytes()).filter(|bar| {
        let before = text[..*bar].trim_end();
        let words = before.trim_end_matches(|at: char| at.is_ascii_lowercase() || at.is_whitespace());
        words.ends_with('=') || before.ends_with("*/")
    })
}

/// Whether the text before an item may end in an attribute, comments left out.
pub(super) fn may_have_attribute(before: &str) -> bool {
    let lines = before.trim_end().lines().rev().map(str::trim_start);
    let last = lines.filter(|line| !line.starts_with("//")).find(|line| !line.is_empty()).map(str::trim_end);
    last.is_some_and(|line| line.contains("//") || !line.ends_with(['{', '}', ';', ',']))
}

/// Bodies of functions. What they hold is known inside only, but for implementations.
pub(super) static BODIES: Bodies = Bodies {
    heads: |line| (line.starts_with("fn ") || line.contains(" fn ")) && !line.ends_with([';', '}']),
    carries: |line| line.ends_with('{'),
    continues: |line| line.starts_with([')', '-', '{']) || line.starts_with("where"),
    closes: Some('}'),
    nothing: "",
    comment: "//",
    block: "block",
    tokens: &["raw_string_literal", "string_literal", "token_tree"],
    pairs: &[],
    comments: &[("/*", "*/")],
    marks: &["cfg", "cfg_attr"],
    first: &["enum", "impl", "mod", "struct", "trait", "use"],
};
