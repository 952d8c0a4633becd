//! Output formats: one file each, and what they share. The only place that knows colour, JSON and Markdown; decides
//! nothing about flags.

pub mod checks;
pub mod debt;
pub mod diff;
pub mod edits;
pub mod escape;
pub mod fingerprint;
pub mod flags;
pub mod foreign;
pub mod formats;
pub mod frame;
pub mod history;
pub mod json;
pub mod left;
pub mod merge;
pub mod paths;
pub mod pins;
pub mod plan;
pub mod registry;
pub mod rows;
pub mod shard;
pub mod show_checks;
pub mod starter;
pub mod statistics;
pub mod summary;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
