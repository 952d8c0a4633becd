//! JavaScript, TypeScript and TSX: one implementation, three entries in the table. See `scan` and `fold` beside this file.
//!
//! JavaScript is read with the TSX grammar: it parses everything that the JavaScript grammar parses (measured on ten
//! packages), type annotations of Flow besides, and both then have the same nodes and the same queries.

mod calls;
mod cases;
mod construct;
mod definitions;
mod elements;
mod entries;
pub mod fold;
mod imports;
mod literal;
mod members;
mod names;
mod pins;
mod precedence;
mod quiet;
pub mod scan;
mod supers;
mod uses;

use super::Language;

/// Plain JavaScript, with JSX.
pub static JAVASCRIPT: Language = Language {
    name: "javascript",
    family: "javascript",
    extensions: &["js", "jsx", "mjs", "cjs"],
    interpreters: &["node", "nodejs", "bun", "deno"],
    grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(),
    mask: None,
    reread: None,
    caveat: |_| None,
    scan: &scan::WITH_ELEMENTS,
    fold: &fold::EcmaScript,
};

/// TypeScript with JSX.
pub static TSX: Language = Language {
    name: "tsx",
    family: "javascript",
    extensions: &["tsx"],
    interpreters: &[],
    grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(),
    mask: None,
    reread: None,
    caveat: |_| None,
    scan: &scan::WITH_ELEMENTS,
    fold: &fold::EcmaScript,
};

/// TypeScript without JSX, where `<T>x` is a type assertion.
pub static TYPESCRIPT: Language = Language {
    name: "typescript",
    family: "javascript",
    extensions: &["ts", "mts", "cts"],
    interpreters: &["ts-node", "tsx"],
    grammar: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    mask: None,
    reread: None,
    caveat: |_| None,
    scan: &scan::WITHOUT_ELEMENTS,
    fold: &fold::EcmaScript,
};
