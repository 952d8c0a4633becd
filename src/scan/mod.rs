//! Per-file facts: calls that may be checks, constants, functions, imports. States facts and holds no opinions; does no I/O.

/// What scanning asks of a language.
pub trait Syntax: Sync {}
