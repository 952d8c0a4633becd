//! Python: what differs from other languages. See `scan` and `fold` beside this file.

mod calls;
mod cases;
mod comments;
mod construct;
mod definitions;
mod entries;
pub mod fold;
mod indentation;
mod members;
mod names;
mod pins;
mod quiet;
pub mod scan;
mod supers;
mod uses;

use super::Language;

/// The table entry.
pub static LANGUAGE: Language = Language {
    name: "python",
    family: "python",
    extensions: &["py", "pyi", "pyw"],
    interpreters: &["python", "pypy"],
    grammar: || tree_sitter_python::LANGUAGE.into(),
    mask: None,
    reread: None,
    caveat: |_| None,
    scan: &scan::Python,
    fold: &fold::Python,
};
