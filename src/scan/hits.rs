//! Places in a text that may matter to a fact, so that a walk over the tree can leave out the expressions that hold none.
//! Owns the search; which kinds of node are left out is the languages' (`Syntax::quiet`).

use aho_corasick::AhoCorasick;

use super::pattern::Pattern;
use super::prefilter::{automaton, is_word};
use super::{Interest, Syntax};
use crate::language::Language;

/// What is looked for in every text of a language: names of interest, the user's patterns, and what makes an expression hold
/// more than itself.
#[derive(Debug)]
pub struct Words {
    /// `None` when nothing is left out: there are too many words, or a pattern that no word tells of.
    automaton: Option<AhoCorasick>,
    /// Per word, whether it is no part of a longer name.
    whole: Vec<bool>,
}

impl Words {
    /// The words of a language.
    pub fn new(language: &Language, interest: &Interest, patterns: &[Pattern]) -> Self {
        let names = interest.names.iter().chain(interest.restricted.keys()).chain(&interest.mappings);
        let names = names.chain(&interest.properties).map(String::as_str);
        // A field may be what a call yields: `flags()`.
        let names = names.chain(interest.fields.iter().map(|name| name.trim_end_matches("()")));
        let mut words: Vec<(&str, bool)> = names.map(|name| (name, true)).collect();
        words.extend(language.scan.marks().iter().map(|mark| (*mark, mark.starts_with(char::is_alphabetic))));
        for pattern in patterns.iter().filter(|pattern| pattern.language == language) {
            match pattern.literal() {
                Some(literal) => words.push((literal, false)),
                None => return Self { automaton: None, whole: Vec::new() },
            }
        }
        words.sort_unstable();
        words.dedup();
        if words.iter().any(|(word, _)| word.is_empty()) {
            return Self { automaton: None, whole: Vec::new() };
        }
        let texts: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Self { automaton: automaton(&texts, false), whole: words.iter().map(|(_, whole)| *whole).collect() }
    }

    /// Where they stand in a text, and where it assigns in the middle of an expression.
    pub(super) fn find(&self, syntax: &dyn Syntax, text: &str) -> Hits {
        let Some(automaton) = &self.automaton else { return Hits::everywhere() };
        let found = automaton.find_overlapping_iter(text);
        let found = found.filter(|at| !self.whole[at.pattern().as_usize()] || is_word(text, at.start(), at.end()));
        let mut places: Vec<usize> = found.map(|at| at.start()).collect();
        if syntax.assigns() {
            places.extend(assignments(text.as_bytes()));
        }
        Hits::at(places)
    }
}

/// Sorted places; all of them when there is no list.
#[derive(Clone, Debug)]
pub(super) struct Hits {
    places: Option<Vec<usize>>,
    next: usize,
}

impl Hits {
    pub(super) fn everywhere() -> Self {
        Self { places: None, next: 0 }
    }

    fn at(mut places: Vec<usize>) -> Self {
        places.sort_unstable();
        Self { places: Some(places), next: 0 }
    }

    /// The same, and the places of some names.
    pub(super) fn and_names<'names>(self, text: &str, names: impl Iterator<Item = &'names str>) -> Self {
        let Some(mut places) = self.places else { return Self::everywhere() };
        for name in names {
            places.extend(memchr::memmem::find_iter(text.as_bytes(), name));
        }
        Self::at(places)
    }

    /// Whether nothing is left out.
    pub(super) fn is_everywhere(&self) -> bool {
        self.places.is_none()
    }

    /// Whether there is one in a range. Ranges are asked for in order of their start.
    pub(super) fn any_in(&mut self, start: usize, end: usize) -> bool {
        let Some(places) = &self.places else { return true };
        while places.get(self.next).is_some_and(|at| *at < start) {
            self.next += 1;
        }
        places.get(self.next).is_some_and(|at| *at < end)
    }
}

/// The signs `=` that assign within an expression, or to a member of `this`: `(a = b)`, `f(x, y = z)`, `this.x ??= y`. Statements
/// that assign are none of these, and are looked at anyway.
fn assignments(text: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(b'=', text).filter(|sign| {
        if matches!(text.get(sign + 1), Some(b'=' | b'>')) {
            return false;
        }
        let end =
            |text: &[u8], skipped: fn(u8) -> bool| text.iter().rposition(|at| !skipped(*at)).map_or(0, |last| last + 1);
        let before = &text[..*sign];
        if matches!(before, [.., b'=' | b'!'] | [.., b'<' | b'>'])
            && !before.ends_with(b"<<")
            && !before.ends_with(b">>")
        {
            return false;
        }
        let before = &before[..end(before, |at| b"+-*/%&|^?<>".contains(&at))];
        let before = &before[..end(before, |at| at.is_ascii_whitespace())];
        let name = end(before, |at| at.is_ascii_alphanumeric() || b"_$.#?!".contains(&at) || at >= 0x80);
        if before[name..].starts_with(b"this.") {
            return true;
        }
        // What ends in a bracket is a member, or a pattern: too many things may stand before it.
        let before = &before[..name];
        let last = before[..end(before, |at| at.is_ascii_whitespace())].last();
        matches!(last, Some(b'(' | b',' | b'?' | b':' | b'[' | b']' | b'}' | b')'))
    })
}

#[cfg(test)]
mod tests {
    use super::assignments;

    #[test]
    fn assignments_within_expressions_are_found() {
        let found = |text: &str| assignments(text.as_bytes()).count();
        for text in
            ["a || (a = b)", "f(x, y = z)", "this.x = y", "this.x ??= y", "x ? (a.b += 1) : 2", "([a, b] = c)", "(a=b)"]
        {
            assert_eq!(found(text), 1, "{text}");
        }
        for text in ["a == b", "a => b", "(a === b)", "(a <= b)", "<A b=\"c\" d={e}/>", "const a = b", "(a != b)"] {
            assert_eq!(found(text), 0, "{text}");
        }
    }
}
