//! Kinds of node of JavaScript and TypeScript that a scan need not enter where they hold nothing of interest, and how bodies of functions
//! look that it need not parse. Owns the lists; what is of interest is in `scan::hits`.

use crate::scan::outline::Bodies;

/// How many kinds of node of markup there are in [`QUIET`].
pub(super) const MARKUP: usize = 6;
/// Expressions and types that bind no name but by assignment, markup first. What a function in one binds is known in it only.
pub(super) static QUIET: [&str; 44] = [
    "jsx_attribute",
    "jsx_closing_element",
    "jsx_element",
    "jsx_expression",
    "jsx_opening_element",
    "jsx_self_closing_element",
    "arguments",
    "array",
    "array_type",
    "as_expression",
    "await_expression",
    "binary_expression",
    "call_expression",
    "generic_type",
    "import_clause",
    "import_statement",
    "interface_declaration",
    "intersection_type",
    "member_expression",
    "new_expression",
    "non_null_expression",
    "object",
    "object_type",
    "pair",
    "parenthesized_expression",
    "return_statement",
    "satisfies_expression",
    "spread_element",
    "string",
    "subscript_expression",
    "template_string",
    "template_substitution",
    "ternary_expression",
    "throw_statement",
    "type_alias_declaration",
    "type_annotation",
    "type_arguments",
    "type_parameters",
    "unary_expression",
    "union_type",
    "function_type",
    "tuple_type",
    "lookup_type",
    "conditional_type",
];

/// Statements and blocks of functions, whose names nobody sees outside.
pub(super) const STATEMENTS: &[&str] = &[
    "catch_clause",
    "do_statement",
    "else_clause",
    "expression_statement",
    "finally_clause",
    "for_in_statement",
    "for_statement",
    "if_statement",
    "lexical_declaration",
    "statement_block",
    "switch_body",
    "switch_case",
    "switch_statement",
    "try_statement",
    "variable_declaration",
    "while_statement",
];

/// What makes one more than that.
pub(super) const STATEMENT_MARKS: &[&str] =
    &["++", "--", "class", "enum", "function", "import", "module", "namespace", "require", "return"];

/// Where an arrow function may get a name: `f = (x) => …`, `f = async x => …`. A parenthesis may be anything else.
pub(super) fn named_functions(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'=', bytes).filter(|sign| {
        let rest = text[sign + 1..].trim_start();
        let rest = rest.strip_prefix("async").map_or(rest, str::trim_start);
        if rest.starts_with(['(', '<', '/']) {
            return true;
        }
        let name = rest.find(|at: char| !at.is_alphanumeric() && !matches!(at, '_' | '$')).unwrap_or(rest.len());
        name > 0 && rest[name..].trim_start().starts_with("=>")
    })
}

/// Bodies of functions.
pub(super) static BODIES: Bodies = Bodies {
    heads,
    carries,
    continues: |line| line.starts_with([')', ']', '}']) && !line.ends_with([';', ',']),
    closes: Some('}'),
    nothing: "",
    comment: "//",
    block: "statement_block",
    tokens: &["template_string"],
    pairs: &["`"],
    comments: &[("/*", "*/")],
    marks: &["class", "import", "require"],
    first: &["enum", "module", "namespace"],
};

/// Whether a line may begin a function: `function f(a) {`, `async f(`, `f = (a) => {`, `.then((a) => {`.
fn heads(line: &str) -> bool {
    if line.ends_with("=> {") {
        return true;
    }
    let mut words = line.split(|at: char| !at.is_alphanumeric() && !matches!(at, '_' | '$'));
    let first = words.next().unwrap_or("");
    let is_function = line.contains("function");
    let other = [
        "case",
        "catch",
        "class",
        "else",
        "for",
        "if",
        "interface",
        "return",
        "switch",
        "throw",
        "type",
        "while",
        "with",
        "",
    ];
    if !is_function && (other.contains(&first) || words.any(|word| matches!(word, "class" | "interface"))) {
        return false;
    }
    line.contains('(') && carries(line) || line.ends_with(['(', '[']) || line.ends_with("({")
}

/// Whether the body of a function may begin behind a line: `) {`, `}: Props): T {`, `}) => {`.
fn carries(line: &str) -> bool {
    let Some(before) = line.strip_suffix('{').map(str::trim_end) else { return false };
    before.ends_with(')') || before.ends_with("=>") || before.contains("):") && !before.ends_with([':', '=', '(', ','])
}
