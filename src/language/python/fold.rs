//! What folding needs to know about Python.

/// Folding of Python.
pub struct Python;

impl crate::fix::Syntax for Python {}
