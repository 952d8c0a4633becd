//! What scanning needs to know about Rust.

/// Scanning of Rust.
pub struct Rust;

impl crate::scan::Syntax for Rust {}
