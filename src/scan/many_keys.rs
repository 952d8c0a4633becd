//! Finds whole keys in texts by a table of the keys. Owns the search for more keys than an automaton is quickly built for:
//! fifty thousand take one half a second. Few keys are looked for in `definitions`, which is faster per text.

use std::collections::HashMap;

use crate::source::Span;

/// Many keys, to be found where they stand alone.
#[derive(Debug)]
pub(super) struct ManyKeys<'keys> {
    keys: HashMap<&'keys [u8], &'keys str>,
    /// Bytes that a key begins with.
    first: [bool; 256],
    /// The length of the longest key.
    longest: usize,
    /// The most places in a key where it could end: one for a plain word, two for `a.b`.
    ends: usize,
}

/// Whether a byte beside a key makes it a part of something longer.
pub(super) fn is_inside(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Where something that starts there could end: before what is no part of a word.
fn ends(bytes: &[u8], start: usize) -> impl Iterator<Item = usize> {
    (start + 1..=bytes.len()).filter(|end| bytes.get(*end).is_none_or(|next| !is_inside(*next)))
}

impl<'keys> ManyKeys<'keys> {
    pub(super) fn new(keys: &[&'keys str]) -> Self {
        let mut first = [false; 256];
        for byte in keys.iter().filter_map(|key| key.as_bytes().first()) {
            first[usize::from(*byte)] = true;
        }
        Self {
            first,
            longest: keys.iter().map(|key| key.len()).max().unwrap_or(0),
            ends: keys.iter().map(|key| ends(key.as_bytes(), 0).count()).max().unwrap_or(0),
            keys: keys.iter().map(|key| (key.as_bytes(), *key)).collect(),
        }
    }

    /// Where whole keys stand, in order; the longest where several do.
    pub(super) fn find(&self, text: &str) -> Vec<(&'keys str, Span)> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if let Some((key, end)) = self.at(bytes, at) {
                found.push((key, at..end));
                at = end;
                // What follows at once stands beside a word.
                if !bytes.get(at - 1).is_some_and(|last| is_inside(*last)) {
                    continue;
                }
            } else if !is_inside(*byte) {
                at += 1;
                continue;
            }
            // Within a word, and right behind it, nothing begins.
            at += bytes[at..].iter().take_while(|byte| is_inside(**byte)).count() + 1;
        }
        found
    }

    /// The longest key that stands there.
    fn at(&self, bytes: &[u8], start: usize) -> Option<(&'keys str, usize)> {
        if !self.first[usize::from(bytes[start])] {
            return None;
        }
        let bytes = &bytes[..bytes.len().min(start + self.longest + 1)];
        let ends = ends(bytes, start).take(self.ends).filter(|end| end - start <= self.longest);
        ends.filter_map(|end| Some((*self.keys.get(&bytes[start..end])?, end))).last()
    }
}

#[cfg(test)]
mod tests {
    use super::ManyKeys;

    #[test]
    fn whole_keys_are_found_wherever_they_stand() {
        let keys = ["new", "new-menu", "billing.v2", "billing", "a b", "c/d", "$x", "käse", "end."];
        let finder = ManyKeys::new(&keys);
        for (text, expected) in [
            ("new", &["new"][..]),
            ("new-menu new_menu news", &["new-menu"]),
            ("\"billing.v2\", 'billing.v3'", &["billing.v2", "billing"]),
            ("billing.v22", &["billing"]),
            ("x.a b c/d", &["a b", "c/d"]),
            ("xa b", &[]),
            ("$x y$x new", &["$x", "new"]),
            ("k\u{e4}se new", &["käse", "new"]),
            ("end. new", &["end.", "new"]),
            ("new new", &["new", "new"]),
            ("(new,new)", &["new", "new"]),
            ("", &[]),
        ] {
            let found = finder.find(text);
            let shown: Vec<&str> = found.iter().map(|(key, _)| *key).collect();
            assert_eq!(shown, expected, "{text}");
            assert!(found.iter().all(|(key, span)| &text[span.clone()] == *key), "{text}");
        }
    }
}
