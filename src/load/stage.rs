//! The stages of a load, for those who measure it: the load itself has no clock. Owns their names.

/// What was done since the stage before. Stages may come several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Every file was found and read, and it is known which may be worth a parse.
    Read,
    /// Files were parsed, and their facts taken.
    Scan,
    /// Facts were joined across files.
    Resolve,
    /// The keys of flags were looked for in every file.
    Search,
    /// The definitions among them were told from the rest.
    Definitions,
}
