//! Kinds of node of Python that a scan need not enter where they hold nothing of interest. Owns the list; what is of interest is
//! in `scan::hits`.

/// Expressions that bind no name but by `:=` and `for`.
pub(super) const QUIET: &[&str] = &[
    "argument_list",
    "assert_statement",
    "attribute",
    "binary_operator",
    "boolean_operator",
    "call",
    "comparison_operator",
    "concatenated_string",
    "conditional_expression",
    "delete_statement",
    "dictionary",
    "dotted_name",
    "expression_list",
    "import_from_statement",
    "import_statement",
    "list",
    "not_operator",
    "parenthesized_expression",
    "raise_statement",
    "set",
    "string",
    "subscript",
    "tuple",
    "type",
    "typed_parameter",
    "unary_operator",
];
