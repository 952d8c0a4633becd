//! Places in a text that may matter to a fact, so that a walk over the tree can leave out the expressions that hold none.
//! Owns the search; which kinds of node are left out is the languages' (`Syntax::quiet`).

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::pattern::Pattern;
use super::prefilter::{automaton, is_word};
use super::{Interest, Syntax};
use crate::language::Language;
use crate::source::Span;

/// What is looked for in every text of a language: names of interest, the user's patterns, and what makes an expression hold
/// more than itself.
#[derive(Debug)]
pub struct Words {
    /// `None` when nothing is left out: there are too many words, or a pattern that no word tells of.
    automaton: Option<AhoCorasick>,
    words: Vec<Word>,
}

/// How a word counts.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    /// Whether it is no part of a longer name.
    whole: bool,
    /// Whether an expression that holds it is looked into.
    expression: bool,
    /// Whether a statement of a function is.
    statement: bool,
}

impl Words {
    /// The words of a language.
    pub fn new(language: &Language, interest: &Interest, patterns: &[Pattern]) -> Self {
        let names = interest.names.iter().chain(interest.restricted.keys()).chain(&interest.mappings);
        let names = names.chain(&interest.properties).map(String::as_str);
        // A field may be what a call yields: `flags()`.
        let names = names.chain(interest.fields.iter().map(|name| name.trim_end_matches("()")));
        let mut words: BTreeMap<&str, Word> =
            names.map(|name| (name, Word { whole: true, expression: true, statement: true })).collect();
        let is_name = |mark: &str| mark.starts_with(char::is_alphabetic);
        for mark in language.scan.marks() {
            words.entry(mark).or_insert(Word { whole: is_name(mark), ..Word::default() }).expression = true;
        }
        for mark in language.scan.statement_marks() {
            words.entry(mark).or_insert(Word { whole: is_name(mark), ..Word::default() }).statement = true;
        }
        for pattern in patterns.iter().filter(|pattern| pattern.language == language) {
            match pattern.literal() {
                Some(literal) => {
                    words.insert(literal, Word { whole: false, expression: true, statement: true });
                }
                None => return Self { automaton: None, words: Vec::new() },
            }
        }
        if words.contains_key("") {
            return Self { automaton: None, words: Vec::new() };
        }
        let texts: Vec<&str> = words.keys().copied().collect();
        Self { automaton: automaton(&texts, false), words: words.into_values().collect() }
    }

    /// Where they stand in a text, and where it assigns in the middle of an expression.
    pub(super) fn find(&self, syntax: &dyn Syntax, text: &str) -> Hits {
        let Some(automaton) = &self.automaton else { return Hits::everywhere() };
        let (mut expressions, mut statements) = (Vec::new(), Vec::new());
        for at in automaton.find_overlapping_iter(text) {
            let word = self.words[at.pattern().as_usize()];
            if word.whole && !is_word(text, at.start(), at.end()) {
                continue;
            }
            if word.expression {
                expressions.push(at.start());
            }
            if word.statement {
                statements.push(at.start());
            }
        }
        if syntax.assigns() {
            expressions.extend(assignments(text.as_bytes()));
        }
        statements.extend(syntax.statement_places(text));
        Hits::at(expressions, statements)
    }
}

/// Sorted places; all of them when there is no list.
#[derive(Clone, Debug)]
pub(super) struct Hits {
    places: Option<Places>,
}

#[derive(Clone, Debug)]
struct Places {
    /// Where an expression is looked into.
    expressions: List,
    /// Where a statement of a function is.
    statements: List,
}

#[derive(Clone, Debug)]
struct List {
    places: Vec<usize>,
    next: usize,
}

impl List {
    fn new(mut places: Vec<usize>) -> Self {
        places.sort_unstable();
        Self { places, next: 0 }
    }

    fn any_in(&mut self, start: usize, end: usize) -> bool {
        while self.places.get(self.next).is_some_and(|at| *at < start) {
            self.next += 1;
        }
        self.places.get(self.next).is_some_and(|at| *at < end)
    }
}

impl Hits {
    pub(super) fn everywhere() -> Self {
        Self { places: None }
    }

    fn at(expressions: Vec<usize>, statements: Vec<usize>) -> Self {
        Self { places: Some(Places { expressions: List::new(expressions), statements: List::new(statements) }) }
    }

    /// The same, and the places of some names.
    pub(super) fn and_names<'names>(self, text: &str, names: impl Iterator<Item = &'names str>) -> Self {
        let Some(Places { mut expressions, mut statements }) = self.places else { return Self::everywhere() };
        for name in names {
            for at in memchr::memmem::find_iter(text.as_bytes(), name) {
                expressions.places.push(at);
                statements.places.push(at);
            }
        }
        Self::at(expressions.places, statements.places)
    }

    /// Whether nothing is left out.
    pub(super) fn is_everywhere(&self) -> bool {
        self.places.is_none()
    }

    /// Whether there is one for expressions in a range, whatever was asked before.
    pub(super) fn hold(&self, span: &Span) -> bool {
        self.places.as_ref().is_none_or(|places| {
            let list = &places.expressions.places;
            list.get(list.partition_point(|at| *at < span.start)).is_some_and(|at| *at < span.end)
        })
    }

    /// Whether there is one for expressions in a range. Ranges are asked for in order of their start.
    pub(super) fn any_in(&mut self, start: usize, end: usize) -> bool {
        self.places.as_mut().is_none_or(|places| places.expressions.any_in(start, end))
    }

    /// Whether there is one for statements in a range, asked for in the same order.
    pub(super) fn any_for_statement_in(&mut self, start: usize, end: usize) -> bool {
        self.places.as_mut().is_none_or(|places| places.statements.any_in(start, end))
    }
}

/// Where a member of an object is assigned to by the name that its methods have for it: `self.x = …`, `this.x += …`,
/// `self.x: T = …`, `for self.x in …`. More than that may be among them.
pub fn member_assignments<'run>(text: &'run str, receiver: &'run str) -> impl Iterator<Item = usize> + use<'run> {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, receiver).filter(move |start| {
        let dot = start + receiver.len();
        let Some(rest) = bytes.get(dot..).and_then(|rest| rest.strip_prefix(b".")) else { return false };
        if !is_word(text, *start, dot) {
            return false;
        }
        let in_name = |at: &u8| at.is_ascii_alphanumeric() || b"_$#".contains(at) || *at >= 0x80;
        let rest = rest.trim_ascii_start();
        let rest = &rest[rest.iter().position(|at| !in_name(at)).unwrap_or(rest.len())..];
        let rest = rest.trim_ascii_start();
        if rest.starts_with(b"in ") || rest.starts_with(b"of ") {
            return true;
        }
        if let Some(kind) = rest.strip_prefix(b":") {
            return !kind.trim_ascii_start().is_empty() && !kind.starts_with(b"\n") && !kind.starts_with(b"\r");
        }
        let signs = rest.iter().take(4).position(|at| !b"+-*/%&|^@<>?".contains(at)).unwrap_or(0);
        rest.get(signs) == Some(&b'=') && (signs > 0 || rest.get(1) != Some(&b'='))
    })
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
    use super::{assignments, member_assignments};

    #[test]
    fn assignments_to_members_are_found() {
        let found = |text: &str| member_assignments(text, "self").count();
        for text in [
            "self.x = 1",
            "self.x: int = 1",
            "self.x += 1",
            "self.x //= 2",
            "for self.x in y:",
            "a = self.x = 1",
            "self . x=1",
        ] {
            assert_eq!(found(text), usize::from(!text.contains(" . ")), "{text}");
        }
        for text in ["self.x == 1", "self.x()", "if self.x:\n    pass", "myself.x = 1", "self.x.y = 1", "self.x[0] = 1"]
        {
            assert_eq!(found(text), 0, "{text}");
        }
    }

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
