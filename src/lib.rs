//! flag-sweep finds feature-flag checks in a codebase, joins them with what the flag registry says, reports the flags that
//! have become debt, and rewrites the code so that only the winning branch remains.
//!
//! Modules, in reading order:

pub mod baseline;
pub mod cache;
pub mod cli;
pub mod diagnostic;
pub mod fix;
pub mod history;
pub mod language;
pub mod load;
pub mod project;
pub mod provider;
pub mod pull;
pub mod registry;
pub mod report;
pub mod resolve;
pub mod rules;
pub mod run;
pub mod scan;
pub mod settings;
pub mod source;
#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;
pub mod suppress;
pub mod survey;
pub mod value;
