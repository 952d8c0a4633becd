//! Files as the rest sees them: text, spans, locations, lines. Owns walking, reading, edits and writing (in its
//! submodules); does not know what the text means.

pub mod branches;
pub mod edit;
pub mod git;
pub mod owners;
pub mod read;
pub mod repository;
pub mod snapshot;
pub mod tree;
pub mod walk;
pub mod write;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::language::Language;

/// A range of bytes in a source.
pub type Span = Range<usize>;

/// Index of a source in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A span in a source. Ordered by source, then start, then end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// Which source.
    pub source: SourceId,
    /// Which bytes of it.
    pub span: Span,
}

impl PartialOrd for Location {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Location {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.source, self.span.start, self.span.end).cmp(&(other.source, other.span.start, other.span.end))
    }
}

/// A file that was read: code, or a registry that diagnostics point into.
#[derive(Clone, Debug)]
pub struct Source {
    /// Relative to the project root where it lies inside, with `/` between components when shown.
    pub path: PathBuf,
    /// The whole text, byte for byte as on disk (a byte order mark included).
    pub text: Arc<str>,
    /// Its language; `None` for registry files.
    pub language: Option<&'static Language>,
}

impl Source {
    /// The path as reports show it: `/` between components, undecodable bytes replaced.
    pub fn display_path(&self) -> String {
        display_path(&self.path)
    }
}

/// A relative path with `/` between its components, as reports and patterns use it.
pub fn display_path(path: &Path) -> String {
    let mut shown = String::new();
    for component in path.components() {
        if !shown.is_empty() && !shown.ends_with('/') {
            shown.push('/');
        }
        shown.push_str(&component.as_os_str().to_string_lossy());
    }
    shown
}

/// Where the line of an offset starts.
pub fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |at| at + 1)
}

/// Where it ends, its line end included.
pub fn line_end(text: &str, offset: usize) -> usize {
    text[offset..].find('\n').map_or(text.len(), |at| offset + at + 1)
}

/// All sources of a run, sorted by path among code files; ids are stable within the run.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
    /// Line index of each source, made when it is first asked for.
    lines: Vec<OnceLock<LineIndex>>,
}

impl Sources {
    /// Adds a source and returns its id.
    pub fn add(&mut self, source: Source) -> SourceId {
        let id = SourceId(u32::try_from(self.list.len()).expect("fewer than 2^32 sources"));
        self.list.push(source);
        self.lines.push(OnceLock::new());
        id
    }

    /// Adds the sources of another list, in their order. Yields by how much their ids grow.
    pub fn append(&mut self, more: Self) -> u32 {
        let by = u32::try_from(self.list.len()).expect("fewer than 2^32 sources");
        for source in more.list {
            self.add(source);
        }
        by
    }

    /// The source of that id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.list[id.0 as usize]
    }

    /// The text at a location.
    pub fn text(&self, at: &Location) -> &str {
        &self.get(at.source).text[at.span.clone()]
    }

    /// All sources with their ids, in order of id.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0u32..).map(SourceId).zip(&self.list)
    }

    /// 1-based line and 1-based column (in characters) of the start of a location.
    pub fn line_column(&self, at: &Location) -> (usize, usize) {
        self.position(at.source, at.span.start)
    }

    /// 1-based line and 1-based column (in characters) of a byte offset.
    pub fn position(&self, source: SourceId, offset: usize) -> (usize, usize) {
        let text = &self.get(source).text;
        self.lines[source.0 as usize].get_or_init(|| LineIndex::new(text)).line_column(text, offset)
    }

    /// 1-based column of a byte offset, in bytes.
    pub fn byte_column(&self, source: SourceId, offset: usize) -> usize {
        offset - self.line_span(source, offset).start + 1
    }

    /// The bytes of the line that holds an offset, its end included.
    pub fn line_span(&self, source: SourceId, offset: usize) -> Span {
        let text = &self.get(source).text;
        let index = self.lines[source.0 as usize].get_or_init(|| LineIndex::new(text));
        let line = index.line(offset);
        index.start(line).unwrap_or(0)..index.start(line + 1).unwrap_or(text.len())
    }
}

/// Offsets of line starts, so that a position is found by bisection.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
    /// How many characters start before each [`BLOCK`] of the text, made when a column far from its line's start is asked for: a
    /// file may be one line with a million places.
    characters: OnceLock<Vec<usize>>,
}

/// Bytes between two counts of characters.
const BLOCK: usize = 1024;

impl LineIndex {
    /// Indexes a text. Lines end in `\n`; a `\r` before it belongs to the line.
    pub fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(ends).collect(), characters: OnceLock::new() }
    }

    /// 0-based line that holds the byte offset.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// Byte offset at which a 0-based line starts; the end of the index for lines past the last.
    pub fn start(&self, line: usize) -> Option<usize> {
        self.starts.get(line).copied()
    }

    /// How many lines there are; a text that ends in a line end has an empty last line.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never true: even an empty text has one line.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// 1-based line and 1-based column in characters.
    pub fn line_column(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        let start = self.starts[line];
        if offset - start < BLOCK {
            return (line + 1, text[start..offset].chars().count() + 1);
        }
        (line + 1, self.characters_before(text, offset) - self.characters_before(text, start) + 1)
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        let starts = |bytes: &[u8]| bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let counted = self.characters.get_or_init(|| {
            let blocks = text.as_bytes().chunks(BLOCK).scan(0, |before, block| {
                let here = *before;
                *before += starts(block);
                Some(here)
            });
            blocks.collect()
        });
        let block = (offset / BLOCK).min(counted.len().saturating_sub(1));
        counted.get(block).copied().unwrap_or(0) + starts(&text.as_bytes()[block * BLOCK..offset])
    }
}

#[cfg(test)]
mod tests {
    use super::LineIndex;

    #[test]
    fn columns_far_from_the_start_of_their_line_are_characters_too() {
        let text = format!("first\n{}\nlast", "aé語🙂".repeat(1_000));
        let index = LineIndex::new(&text);
        let mut last = (1, 0);
        for (offset, _) in text.char_indices() {
            let found = index.line_column(&text, offset);
            let next = if text[..offset].ends_with('\n') { (last.0 + 1, 1) } else { (last.0, last.1 + 1) };
            assert_eq!(found, next, "at byte {offset}");
            last = found;
        }
        assert_eq!(index.line_column(&text, text.len()), (3, 5));
        let whole = "b".repeat(2_048);
        assert_eq!(LineIndex::new(&whole).line_column(&whole, 2_048), (1, 2_049));
    }
}
