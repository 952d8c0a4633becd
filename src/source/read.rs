//! Reads one file as text. Owns size, encoding and binary checks; does not know what the text means.

use std::io::Read as _;
use std::path::Path;
use std::{fs, io};

use anyhow::Result;

use super::walk::{self, Walked};
use crate::project::SkipReason;
use crate::settings::Settings;

/// A NUL byte among the first this many bytes makes a file binary, as git decides it.
const BINARY_WINDOW: usize = 8000;

/// Reads a file whole that somebody named.
///
/// # Errors
/// The reason why it cannot be looked at: unreadable, no regular file, larger than `max` bytes, binary, not UTF-8.
pub fn read(path: &Path, max: u64) -> Result<String, SkipReason> {
    let unreadable = |error: io::Error| SkipReason::Unreadable(error.to_string());
    // Opening a device may already do something.
    fs::metadata(path).and_then(|about| regular_only(&about)).map_err(unreadable)?;
    let mut text = String::new();
    read_into(path, max, &mut text)?;
    Ok(text)
}

/// Reads a file whole that a walk found, so a regular one, in place of what `into` holds; its room is used again. After an error
/// it is empty.
///
/// # Errors
/// As [`read`].
pub fn read_into(path: &Path, max: u64, into: &mut String) -> Result<(), SkipReason> {
    let unreadable = |error: io::Error| SkipReason::Unreadable(error.to_string());
    let mut bytes = std::mem::take(into).into_bytes();
    bytes.clear();
    let mut file = open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    regular_only(&about).map_err(unreadable)?;
    if about.len() > max {
        return Err(SkipReason::TooLarge(about.len()));
    }
    match usize::try_from(about.len()).map_err(io::Error::other).map_err(unreadable)? {
        // What the system makes up as it is read has no size.
        0 => file.read_to_end(&mut bytes).map(drop),
        // Without asking for its size again, and for what is behind its end.
        size => {
            bytes.resize(size, 0);
            file.read_exact(&mut bytes)
        }
    }
    .map_err(unreadable)?;
    *into = text(bytes)?;
    Ok(())
}

/// What was read as text.
///
/// # Errors
/// The reason why it is none: binary, not UTF-8.
pub fn text(bytes: Vec<u8>) -> Result<String, SkipReason> {
    if memchr::memchr(0, &bytes[..bytes.len().min(BINARY_WINDOW)]).is_some() {
        return Err(SkipReason::Binary);
    }
    String::from_utf8(bytes).map_err(|error| SkipReason::NotUtf8(error.utf8_error().valid_up_to()))
}

/// Opens a file, without waiting for somebody at the other end of a pipe that has taken its place.
fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

fn regular_only(about: &fs::Metadata) -> io::Result<()> {
    if about.is_file() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")) }
}

/// The bytes of a regular file, links followed. A device or a pipe is refused: reading one may never end.
///
/// # Errors
/// When there is none, or the operating system refuses.
pub fn regular(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    regular_only(&fs::metadata(path)?)?;
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The same as text.
///
/// # Errors
/// As [`regular`], or when it is not UTF-8.
pub fn regular_text(path: &Path) -> io::Result<String> {
    String::from_utf8(regular(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

/// Smaller files are worth no rule.
const MIN_BUNDLE: usize = 4 << 10;
/// A text with more bytes to a line than this was written by a tool, for a browser.
const MAX_LINE: usize = 1000;

/// The bytes of a line on average, when they are so many that the text is a bundle: nobody edits it, and the letters that name
/// its functions stand for something else in each file.
pub fn minified(text: &str) -> Option<usize> {
    if text.len() < MIN_BUNDLE {
        return None;
    }
    // What a compiler appends for debuggers is no code. Looking for it from the front is many times as fast.
    let mark = b"\n//# sourceMappingURL=";
    let end = memchr::memmem::find(text.as_bytes(), mark).and_then(|_| memchr::memmem::rfind(text.as_bytes(), mark));
    let text = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let average = text.len() / (memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1);
    (text.len() >= MIN_BUNDLE && average > MAX_LINE).then_some(average)
}

/// Where bytes of files come from, for those who do no I/O themselves.
pub trait Bytes: Sync {
    /// The bytes of a file by its path relative to the root; `None` when they cannot be had.
    fn of(&self, path: &Path) -> Option<Vec<u8>>;
}

/// What a file holds, whatever its name and place.
pub type BlobId = [u8; 20];

/// Where the files of a project are: below a directory, or in a commit.
pub trait Files: Bytes {
    /// The files below the paths of the settings.
    ///
    /// # Errors
    /// When a given path cannot be walked, or an exclusion is malformed.
    fn walk(&self, settings: &Settings) -> Result<Walked>;

    /// Reads a file whole, by its path relative to the root.
    ///
    /// # Errors
    /// The reason why it cannot be looked at: see [`read`].
    fn read(&self, path: &Path, max: u64) -> Result<String, SkipReason>;

    /// As [`Files::read`], in place of what `into` holds; its room may be used again. After an error it is empty.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn read_into(&self, path: &Path, max: u64, into: &mut String) -> Result<(), SkipReason> {
        into.clear();
        *into = self.read(path, max)?;
        Ok(())
    }

    /// What the file holds, where that is known without reading it: what was found out about it once need not be again.
    fn id(&self, _path: &Path) -> Option<BlobId> {
        None
    }
}

/// The files below a root.
#[derive(Clone, Copy, Debug)]
pub struct Below<'r>(pub &'r Path);

impl Bytes for Below<'_> {
    fn of(&self, path: &Path) -> Option<Vec<u8>> {
        regular(&self.0.join(path)).ok()
    }
}

impl Files for Below<'_> {
    fn walk(&self, settings: &Settings) -> Result<Walked> {
        walk::walk(settings)
    }

    fn read(&self, path: &Path, max: u64) -> Result<String, SkipReason> {
        let mut text = String::new();
        read_into(&self.0.join(path), max, &mut text)?;
        Ok(text)
    }

    fn read_into(&self, path: &Path, max: u64, into: &mut String) -> Result<(), SkipReason> {
        read_into(&self.0.join(path), max, into)
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

#[cfg(test)]
mod tests {
    use super::minified;

    #[test]
    fn long_lines_all_over_a_large_text_make_a_bundle() {
        let statement = "a(b,c);".repeat(400);
        assert_eq!(minified(&statement), None);
        assert!(minified(&format!("{statement}\n").repeat(20)).is_some());
        // The rest is for debuggers.
        let mapped = format!("{}//# sourceMappingURL=data:{statement}{statement}", "let a = f(b);\n".repeat(2));
        assert_eq!(minified(&mapped), None);
        // One long line among many, as a table of data has.
        assert_eq!(minified(&format!("{}{statement}", "let a = f(b);\n".repeat(2000))), None);
    }
}
