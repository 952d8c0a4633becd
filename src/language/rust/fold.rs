//! What folding needs to know about Rust.

/// Folding of Rust.
pub struct Rust;

impl crate::fix::Syntax for Rust {}
