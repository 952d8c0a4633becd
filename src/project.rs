//! The code under analysis after scanning and resolving: what rules, fixes and reports read. Owns no logic.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::language::Unparsed;
use crate::resolve::modules::Modules;
use crate::resolve::{FlagCheck, FlagDefinition, FlagOverride};
use crate::source::{SourceId, Sources};

/// A file that was not looked at, and why. None is dropped in silence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Path relative to the root.
    pub path: PathBuf,
    /// Why.
    pub reason: SkipReason,
}

/// Why a file was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// Not UTF-8, with the offset of the first bad byte.
    NotUtf8(usize),
    /// Holds NUL bytes near its start.
    Binary,
    /// Larger than the limit, with its size in bytes.
    TooLarge(u64),
    /// The output of a bundler, with the bytes of a line on average.
    Minified(usize),
    /// Nested deeper than [`crate::scan::MAX_LEVELS`].
    TooDeep,
    /// More than the parser can do.
    Unparsed(Unparsed),
    /// The operating system refused, with its words. Makes the exit code 2.
    Unreadable(String),
}

/// A file in a known language that the walk found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeFile {
    /// Path relative to the root.
    pub path: PathBuf,
    /// Name of its language in [`crate::language::LANGUAGES`].
    pub language: &'static str,
}

/// Everything that is known about the code.
#[derive(Debug, Default)]
pub struct Project {
    /// Absolute, canonical root; all paths are relative to it and nothing outside is written.
    pub root: PathBuf,
    /// Files that were parsed, data files with definitions, then registry files.
    pub sources: Sources,
    /// Every code file that the walk found, sorted, parsed or not.
    pub files: Vec<CodeFile>,
    /// Which file a module path names.
    pub modules: Modules,
    /// Every check, sorted by location.
    pub checks: Vec<FlagCheck>,
    /// Every place that pins a flag in a test, sorted by location. None of them is a check.
    pub overrides: Vec<FlagOverride>,
    /// Every place that declares a flag, sorted by location. None of them is a check.
    pub definitions: Vec<FlagDefinition>,
    /// Files that could not be looked at, sorted by path.
    pub skipped: Vec<Skipped>,
    /// Files in languages that are known and not read, by language.
    pub unread: BTreeMap<&'static str, usize>,
    /// Parsed sources whose tree holds errors: reported on, never edited.
    pub broken: Vec<SourceId>,
    /// Bounds that resolution hit, one sentence each. No limit is silent.
    pub limits: Vec<String>,
}
