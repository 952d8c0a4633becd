//! What scanning needs to know about Python.

/// Scanning of Python.
pub struct Python;

impl crate::scan::Syntax for Python {}
