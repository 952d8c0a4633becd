//! The rules: one table, one file per rule.

/// A lint: its identity as data.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case code that reads after "allow".
    pub code: &'static str,
}
