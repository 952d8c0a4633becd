//! Words of a text: where they stand, and a table to look them up in that most words of a text do not get as far as. Owns no
//! meaning of words.

use super::Map;

/// Whether a byte belongs to a word: ASCII letters, digits and `_`.
pub(super) fn is_in_word(byte: u8) -> bool {
    // Without a branch or a table, so that many bytes are told at once.
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10) | (byte == b'_')
}

/// A text is looked at by so many bytes at once.
const BLOCK: usize = 64;

/// A bit per byte, the first one lowest: whether it belongs to a word.
fn inside(block: &[u8; BLOCK]) -> u64 {
    let told = block.map(|byte| u64::from(is_in_word(byte)) as u8);
    let (eights, _) = told.as_chunks::<8>();
    // The product has in its highest byte one bit of each of eight bytes that are 0 or 1, in their order.
    let gathered = eights.iter().map(|eight| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56);
    gathered.enumerate().fold(0, |bits, (number, eight)| bits | eight << (8 * number))
}

/// Hands over the start and end of every word of a text.
pub(super) fn words(text: &str, mut each: impl FnMut(usize, usize)) {
    let (mut open, mut last) = (None, 0);
    let mut edges_of = |block: &[u8; BLOCK], from: usize| {
        let inside = inside(block);
        // Where a word begins, and behind where it ends.
        let mut edges = inside ^ (inside << 1 | last);
        last = inside >> (BLOCK - 1);
        while edges != 0 {
            let at = from + edges.trailing_zeros() as usize;
            edges &= edges - 1;
            match open.take() {
                Some(start) => each(start, at),
                None => open = Some(at),
            }
        }
    };
    let (blocks, rest) = text.as_bytes().as_chunks::<BLOCK>();
    for (number, block) in blocks.iter().enumerate() {
        edges_of(block, number * BLOCK);
    }
    // Ends what is open.
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    edges_of(&block, blocks.len() * BLOCK);
}

/// The same, with the code of each word.
pub(super) fn coded_words(text: &str, mut each: impl FnMut(usize, usize, u32)) {
    words(text, |start, end| {
        if let Some(code) = code(&text.as_bytes()[start..end]) {
            each(start, end, code);
        }
    });
}

/// A bit per word, told by some of its bytes.
const BITS: usize = 1 << 14;

/// Codes of words, each with a few others.
#[derive(Debug)]
pub(super) struct Codes([u64; BITS / 64]);

impl Codes {
    /// Whether the code may be among them.
    pub(super) fn holds(&self, code: u32) -> bool {
        let bit = bit(code);
        self.0[usize::from(bit / 64)] & (1 << (bit % 64)) != 0
    }
}

impl FromIterator<u32> for Codes {
    fn from_iter<Each: IntoIterator<Item = u32>>(codes: Each) -> Self {
        let mut found = Self([0; BITS / 64]);
        for bit in codes.into_iter().map(bit) {
            found.0[usize::from(bit / 64)] |= 1 << (bit % 64);
        }
        found
    }
}

/// A table by words.
#[derive(Debug)]
pub(super) struct Lexicon<Value> {
    codes: Codes,
    /// The words with a bit.
    words: Map<u16, Vec<Known<Value>>>,
}

#[derive(Debug)]
struct Known<Value> {
    word: Box<[u8]>,
    value: Value,
}

impl<Value> Default for Lexicon<Value> {
    fn default() -> Self {
        Self::new([])
    }
}

impl<Value> Lexicon<Value> {
    /// A table of those words, some of which may be the same; an empty one is never found.
    pub(super) fn new<'text>(all: impl IntoIterator<Item = (&'text str, Value)>) -> Self {
        let mut words: Map<u16, Vec<Known<Value>>> = Map::default();
        let add = |(word, value): (&str, Value)| {
            let code = code(word.as_bytes())?;
            words.entry(bit(code)).or_default().push(Known { word: word.as_bytes().into(), value });
            Some(code)
        };
        Self { codes: all.into_iter().filter_map(add).collect(), words }
    }

    /// What stands at a word.
    pub(super) fn get(&self, word: &[u8]) -> Option<&Value> {
        self.near(code(word)?).iter().find(|known| *known.word == *word).map(|known| &known.value)
    }

    /// What stands at a word with that code and at those that differ from it in case.
    pub(super) fn in_any_case(&self, word: &[u8], code: u32) -> impl Iterator<Item = &Value> {
        self.near(code).iter().filter(move |known| known.word.eq_ignore_ascii_case(word)).map(|known| &known.value)
    }

    /// Few words, all with that code among them.
    fn near(&self, code: u32) -> &[Known<Value>] {
        self.codes.holds(code).then(|| self.words.get(&bit(code))).flatten().map_or(&[], Vec::as_slice)
    }
}

fn bit(code: u32) -> u16 {
    (code >> (32 - BITS.trailing_zeros())) as u16
}

/// A number for a word, told by some of its bytes; the same in any case, and none for an empty word. Its highest bits depend on
/// all of it.
pub(super) fn code(word: &[u8]) -> Option<u32> {
    let at = |at: usize| u32::from(word[at] | 0x20);
    let last = word.len().checked_sub(1)?;
    let some = [at(0), at(last), at(word.len() / 2), word.len() as u32 & 0xFF];
    let number = some.iter().rev().fold(0, |number, byte| number << 8 | byte);
    Some(number.wrapping_mul(0x9E37_79B1))
}

#[cfg(test)]
mod tests {
    use super::{Lexicon, code, is_in_word, words};

    fn found(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        words(text, |start, end| found.push(&text[start..end]));
        found
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(found("a.is_on(b2, \"é_x\")_"), ["a", "is_on", "b2", "_x", "_"]);
        for byte in 0..=u8::MAX {
            assert_eq!(is_in_word(byte), byte.is_ascii_alphanumeric() || byte == b'_', "{byte}");
        }
    }

    #[test]
    fn words_are_whole_wherever_they_stand_in_a_long_text() {
        assert!(found("").is_empty() && found(&" ".repeat(200)).is_empty());
        for before in 0..130 {
            for length in [1, 2, 63, 64, 65, 128, 150] {
                let (space, word) = (".".repeat(before), "w".repeat(length));
                assert_eq!(found(&format!("{space}{word}")), [word.as_str()], "{before}, {length}");
                assert_eq!(found(&format!("{space}{word}-b")), [word.as_str(), "b"], "{before}, {length}");
            }
        }
    }

    #[test]
    fn what_was_put_in_is_found() {
        let lexicon = Lexicon::new([("is_on", 1), ("x", 2), ("", 3), ("IS_ON", 4)]);
        let get = |word: &str| lexicon.get(word.as_bytes()).copied();
        assert_eq!((get("is_on"), get("x"), get(""), get("is_of"), get("Is_on")), (Some(1), Some(2), None, None, None));
        let in_any_case =
            |word: &[u8]| lexicon.in_any_case(word, code(word).expect("no empty word")).copied().collect::<Vec<_>>();
        assert_eq!(in_any_case(b"Is_on"), [1, 4]);
        assert!(in_any_case(b"ix_on").is_empty() && code(b"").is_none());
    }
}
