//! Rust: what differs from other languages. See `scan` and `fold` beside this file.

mod calls;
mod construct;
mod definitions;
mod entries;
pub mod fold;
mod macros;
mod names;
mod pins;
mod quiet;
pub mod scan;
mod temporaries;
mod unread;

use super::Language;

/// The table entry.
pub static LANGUAGE: Language = Language {
    name: "rust",
    family: "rust",
    extensions: &["rs"],
    interpreters: &["rust-script"],
    grammar: || tree_sitter_rust::LANGUAGE.into(),
    mask: None,
    reread: Some(unread::mask),
    caveat: |_| None,
    scan: &scan::Rust,
    fold: &fold::Rust,
};
