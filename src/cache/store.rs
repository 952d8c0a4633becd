//! The bytes of a cache file: a head, a table sorted by name, then what is kept. Owns their layout and the proof that they are
//! what was written: the table has a digest, and so has every entry, looked at when it is read.

use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use super::Name;

const MAGIC: &[u8; 20] = b"flag-sweep facts  1\n";
/// Magic, tool, number of rows, digest of all that and the table.
const HEAD: usize = 20 + 32 + 8 + 32;
const DIGEST: usize = HEAD - 32;
/// Bytes of a row: name, digest of the entry, where it starts, its length, its age.
pub(super) const ROW: usize = 32 + 16 + 8 + 4 + 4;

/// A file that was read.
#[derive(Debug, Default)]
pub(super) struct Store {
    bytes: Vec<u8>,
    /// Whether a row was of use.
    used: Vec<AtomicBool>,
}

struct Row<'bytes> {
    name: &'bytes Name,
    digest: &'bytes [u8],
    entry: std::ops::Range<usize>,
    age: u32,
}

/// Bytes of a number; all rows are of full length.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn digest(name: &Name, entry: &[u8]) -> [u8; 16] {
    let whole: [u8; 32] = Sha256::new().chain_update(name).chain_update(entry).finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&whole[..16]);
    first
}

fn digest_of_table(head: &[u8], table: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(head).chain_update(table).finalize().into()
}

impl Store {
    /// Reads a file; `None` when it is not whole, of another layout, or of another tool.
    pub(super) fn parse(bytes: Vec<u8>, tool: &Name) -> Option<Self> {
        let head = bytes.get(..HEAD)?;
        if !head.starts_with(MAGIC) || head[20..52] != *tool {
            return None;
        }
        let rows = usize::try_from(number(&head[52..60])).ok()?;
        let table = bytes.get(HEAD..HEAD.checked_add(rows.checked_mul(ROW)?)?)?;
        if head[DIGEST..] != digest_of_table(&head[..DIGEST], table) {
            return None;
        }
        Some(Self { bytes, used: (0..rows).map(|_| AtomicBool::new(false)).collect() })
    }

    fn row(&self, index: usize) -> Option<Row<'_>> {
        let row = self.bytes.get(HEAD + index * ROW..HEAD + (index + 1) * ROW)?;
        let start = usize::try_from(number(&row[48..56])).ok()?;
        let end = start.checked_add(usize::try_from(number(&row[56..60])).ok()?)?;
        let age = u32::try_from(number(&row[60..64])).ok()?;
        Some(Row { name: row[..32].try_into().ok()?, digest: &row[32..48], entry: start..end, age })
    }

    /// What is kept under a name.
    pub(super) fn find(&self, name: &Name) -> Option<&[u8]> {
        let (mut low, mut high) = (0, self.used.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.row(middle)?.name < name { low = middle + 1 } else { high = middle }
        }
        let row = self.row(low).filter(|row| row.name == name && low < self.used.len())?;
        let entry = self.bytes.get(row.entry)?;
        if *row.digest != digest(name, entry) {
            return None;
        }
        self.used[low].store(true, Ordering::Relaxed);
        Some(entry)
    }

    /// All rows: name, whether it was of use, age, what is kept.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&Name, bool, u32, &[u8])> {
        self.used.iter().enumerate().filter_map(|(index, used)| {
            let row = self.row(index)?;
            let entry = self.bytes.get(row.entry).filter(|entry| *row.digest == digest(row.name, entry))?;
            Some((row.name, used.load(Ordering::Relaxed), row.age, entry))
        })
    }
}

/// The bytes of a file that holds those rows, each with its age.
pub(super) fn write(tool: &Name, mut rows: Vec<(u32, &Name, &[u8])>) -> Vec<u8> {
    rows.sort_unstable_by_key(|(_, name, _)| *name);
    let size: usize = rows.iter().map(|(.., entry)| entry.len() + ROW).sum();
    let mut bytes = Vec::with_capacity(HEAD + size);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(tool);
    bytes.extend_from_slice(&(rows.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&[0; 32]);
    let mut start = HEAD + rows.len() * ROW;
    for (age, name, entry) in &rows {
        bytes.extend_from_slice(*name);
        bytes.extend_from_slice(&digest(name, entry));
        bytes.extend_from_slice(&(start as u64).to_le_bytes());
        // Longer ones are not kept: see `MAX_BYTES`.
        bytes.extend_from_slice(&u32::try_from(entry.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(&age.to_le_bytes());
        start += entry.len();
    }
    let digest = digest_of_table(&bytes[..DIGEST], &bytes[HEAD..]);
    bytes[DIGEST..HEAD].copy_from_slice(&digest);
    for (.., entry) in &rows {
        bytes.extend_from_slice(entry);
    }
    bytes
}
