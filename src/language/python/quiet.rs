//! Kinds of node of Python that a scan need not enter where they hold nothing of interest, and how bodies of functions
//! look that it need not parse. Owns the lists; what is of interest is in `scan::hits`.

use crate::scan::outline::Bodies;

/// Expressions that bind no name but by `:=` and `for`.
pub(super) const QUIET: &[&str] = &[
    "argument_list",
    "assert_statement",
    "attribute",
    "await",
    "binary_operator",
    "boolean_operator",
    "call",
    "comparison_operator",
    "concatenated_string",
    "conditional_expression",
    "decorator",
    "delete_statement",
    "dictionary",
    "dotted_name",
    "expression_list",
    "import_from_statement",
    "import_statement",
    "lambda_parameters",
    "list",
    "not_operator",
    "parameters",
    "parenthesized_expression",
    "raise_statement",
    "return_statement",
    "set",
    "string",
    "subscript",
    "tuple",
    "type",
    "typed_parameter",
    "unary_operator",
    "yield",
];

/// Statements and blocks of functions, whose names nobody sees outside.
pub(super) const STATEMENTS: &[&str] = &[
    "block",
    "case_clause",
    "elif_clause",
    "else_clause",
    "except_clause",
    "expression_statement",
    "finally_clause",
    "for_statement",
    "if_statement",
    "match_statement",
    "try_statement",
    "while_statement",
    "with_statement",
];

/// What makes one more than that.
pub(super) const STATEMENT_MARKS: &[&str] = &["class", "def", "global", "import", "lambda", "return"];

/// Bodies of functions. What a function imports, or sets for the file, is known outside of it.
pub(super) static BODIES: Bodies = Bodies {
    heads: |line| line.starts_with("def ") || line.starts_with("async def "),
    carries: |line| line.ends_with(':'),
    continues: |line| line.starts_with([')', ']', '}']),
    closes: None,
    nothing: "pass",
    comment: "#",
    block: "block",
    tokens: &["string"],
    pairs: &["\"\"\"", "'''"],
    comments: &[],
    marks: &[],
    first: &["class", "from", "global", "import"],
};
