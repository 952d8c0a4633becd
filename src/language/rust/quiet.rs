//! Kinds of node of Rust that a scan need not enter where they hold nothing of interest. Owns the list; what is of interest is
//! in `scan::hits`.

/// Expressions, types and paths that hold no block, statement or item unless one of the marks says so. What a closure binds is
/// known in it only.
pub(super) const QUIET: &[&str] = &[
    "arguments",
    "array_expression",
    "attribute_item",
    "await_expression",
    "binary_expression",
    "call_expression",
    "field_expression",
    "generic_function",
    "generic_type",
    "index_expression",
    "inner_attribute_item",
    "macro_invocation",
    "parenthesized_expression",
    "range_expression",
    "reference_expression",
    "reference_type",
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
