//! Reads one file as text. Owns size, encoding and binary checks; does not know what the text means.

use std::fs;
use std::path::Path;

use crate::project::SkipReason;

/// A NUL byte among the first this many bytes makes a file binary, as git decides it.
const BINARY_WINDOW: usize = 8000;

/// Reads a file whole.
///
/// # Errors
/// The reason why it cannot be looked at: unreadable, larger than `max` bytes, binary, not UTF-8.
pub fn read(path: &Path, max: u64) -> Result<String, SkipReason> {
    let unreadable = |error: std::io::Error| SkipReason::Unreadable(error.to_string());
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > max {
        return Err(SkipReason::TooLarge(size));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    if memchr::memchr(0, &bytes[..bytes.len().min(BINARY_WINDOW)]).is_some() {
        return Err(SkipReason::Binary);
    }
    String::from_utf8(bytes).map_err(|error| SkipReason::NotUtf8(error.utf8_error().valid_up_to()))
}

/// Where bytes of files come from, for those who do no I/O themselves.
pub trait Bytes: Sync {
    /// The bytes of a file by its path relative to the root; `None` when they cannot be had.
    fn of(&self, path: &Path) -> Option<Vec<u8>>;
}

/// The files below a root.
#[derive(Clone, Copy, Debug)]
pub struct Below<'r>(pub &'r Path);

impl Bytes for Below<'_> {
    fn of(&self, path: &Path) -> Option<Vec<u8>> {
        fs::read(self.0.join(path)).ok()
    }
}

/// No files but those that are known already.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Bytes for Nothing {
    fn of(&self, _path: &Path) -> Option<Vec<u8>> {
        None
    }
}
