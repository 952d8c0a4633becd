//! Places in a text that may matter to a fact, so that a walk over the tree can leave out the expressions that hold none.
//! Owns the search; which kinds of node are left out is the languages' (`Syntax::quiet`).

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;
use tree_sitter::Node;

use super::lexicon::{Lexicon, is_in_word, words};
use super::pattern::Pattern;
use super::prefilter::{automaton, is_word};
use super::{Interest, Syntax};
use crate::language::Language;
use crate::source::Span;

/// Up to so many texts that are no words, each is looked for by itself: that is faster than one search for all of them.
const FEW: usize = 12;

/// What is looked for in every text of a language: names of interest, the user's patterns, and what makes an expression hold
/// more than itself.
#[derive(Debug)]
pub struct Words {
    /// `None` when nothing is left out: there are too many texts, or a pattern that no word tells of.
    texts: Option<Texts>,
    whole: Lexicon<Word>,
}

/// Texts that may stand anywhere, or hold more than letters.
#[derive(Debug)]
enum Texts {
    Few(Vec<(Finder<'static>, Word)>),
    Many(AhoCorasick, Vec<Word>),
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
    kinds: Kinds,
}

/// What a word may be the name of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kinds {
    pub(super) mapping: bool,
    pub(super) field: bool,
    pub(super) property: bool,
}

impl Words {
    /// The words of a language.
    pub fn new(language: &Language, interest: &Interest, patterns: &[Pattern]) -> Self {
        let mut words: BTreeMap<&str, Word> = BTreeMap::new();
        let mut name = |name, set: fn(&mut Kinds)| {
            let word: &mut Word = words.entry(name).or_default();
            (word.whole, word.expression, word.statement) = (true, true, true);
            set(&mut word.kinds);
        };
        interest.names.iter().chain(interest.restricted.keys()).for_each(|at| name(at, |_| {}));
        interest.mappings.iter().for_each(|at| name(at, |kinds| kinds.mapping = true));
        interest.properties.iter().for_each(|at| name(at, |kinds| kinds.property = true));
        // A field may be what a call yields: `flags()`.
        interest.fields.iter().for_each(|at| name(at.trim_end_matches("()"), |kinds| kinds.field = true));
        let is_name = |mark: &str| mark.starts_with(char::is_alphabetic);
        for mark in language.scan.marks() {
            words.entry(mark).or_insert(Word { whole: is_name(mark), ..Word::default() }).expression = true;
        }
        for mark in language.scan.statement_marks() {
            words.entry(mark).or_insert(Word { whole: is_name(mark), ..Word::default() }).statement = true;
        }
        let everything = || Self { texts: None, whole: Lexicon::default() };
        for pattern in patterns.iter().filter(|pattern| pattern.language == language) {
            let Some(literal) = pattern.literal() else { return everything() };
            let word = words.entry(literal).or_default();
            (word.whole, word.expression, word.statement) = (false, true, true);
        }
        if words.contains_key("") {
            return everything();
        }
        let (whole, rest): (Vec<_>, Vec<_>) =
            words.into_iter().partition(|(text, word)| word.whole && text.bytes().all(is_in_word));
        let texts = if rest.len() <= FEW {
            Some(Texts::Few(rest.into_iter().map(|(text, word)| (Finder::new(text).into_owned(), word)).collect()))
        } else {
            let (texts, words): (Vec<&str>, Vec<Word>) = rest.into_iter().unzip();
            automaton(&texts).map(|automaton| Texts::Many(automaton, words))
        };
        Self { texts, whole: Lexicon::new(whole) }
    }

    /// Where they stand in a text, and where it assigns in the middle of an expression.
    pub(super) fn find(&self, syntax: &dyn Syntax, text: &str) -> Hits {
        let Some(texts) = &self.texts else { return Hits::everywhere() };
        let (mut expressions, mut statements, mut kinds) = (Vec::new(), Vec::new(), Kinds::default());
        let mut add = |word: &Word, start: usize| {
            if word.expression {
                expressions.push(start);
            }
            if word.statement {
                statements.push(start);
            }
            kinds.mapping |= word.kinds.mapping;
            kinds.field |= word.kinds.field;
            kinds.property |= word.kinds.property;
        };
        words(text, |start, end| {
            if let Some(word) = self.whole.get(&text.as_bytes()[start..end]) {
                add(word, start);
            }
        });
        match texts {
            Texts::Few(few) => {
                for (finder, word) in few {
                    let mut from = 0;
                    while let Some(at) = text.as_bytes().get(from..).and_then(|rest| finder.find(rest)) {
                        let start = from + at;
                        if !word.whole || is_word(text, start, start + finder.needle().len()) {
                            add(word, start);
                        }
                        from = start + 1;
                    }
                }
            }
            Texts::Many(automaton, words) => {
                for at in automaton.find_overlapping_iter(text) {
                    let word = &words[at.pattern().as_usize()];
                    if !word.whole || is_word(text, at.start(), at.end()) {
                        add(word, at.start());
                    }
                }
            }
        }
        if syntax.assigns() {
            expressions.extend(assignments(text.as_bytes()));
        }
        statements.extend(syntax.statement_places(text));
        Hits { kinds, ..Hits::at(expressions, statements) }
    }
}

/// Sorted places; all of them when there is no list.
#[derive(Debug)]
pub(super) struct Hits {
    places: Option<Places>,
    /// Whether a node with a syntax error is a hit: where the parser had to guess, anything may lie in anything.
    errors: bool,
    /// What the text may name.
    kinds: Kinds,
}

#[derive(Debug)]
struct Places {
    /// Where an expression is looked into.
    expressions: Vec<usize>,
    /// Where a statement of a function is.
    statements: Vec<usize>,
}

impl Hits {
    pub(super) fn everywhere() -> Self {
        let kinds = Kinds { mapping: true, field: true, property: true };
        Self { places: None, errors: false, kinds }
    }

    fn at(mut expressions: Vec<usize>, mut statements: Vec<usize>) -> Self {
        expressions.sort_unstable();
        statements.sort_unstable();
        Self { places: Some(Places { expressions, statements }), errors: false, kinds: Kinds::default() }
    }

    /// The same, and every node with a syntax error where the tree has some.
    pub(super) fn and_errors(self, errors: bool) -> Self {
        Self { errors, ..self }
    }

    /// What the text may name, as far as its words tell.
    pub(super) fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// The same, and the places of some names.
    pub(super) fn and_names<'names>(&self, text: &str, names: impl Iterator<Item = &'names str>) -> Self {
        let Some(Places { expressions, statements }) = &self.places else { return Self::everywhere() };
        let (mut expressions, mut statements) = (expressions.clone(), statements.clone());
        for name in names {
            for at in memchr::memmem::find_iter(text.as_bytes(), name) {
                expressions.push(at);
                statements.push(at);
            }
        }
        Self { errors: self.errors, kinds: self.kinds, ..Self::at(expressions, statements) }
    }

    /// Whether nothing is left out.
    pub(super) fn is_everywhere(&self) -> bool {
        self.places.is_none()
    }

    /// Whether there is one for expressions in a range, whatever was asked before.
    pub(super) fn hold(&self, span: &Span) -> bool {
        self.places.as_ref().is_none_or(|places| {
            let list = &places.expressions;
            list.get(list.partition_point(|at| *at < span.start)).is_some_and(|at| *at < span.end)
        })
    }

    /// The hits from a place on, for a walk that asks for ranges in order of their start.
    pub(super) fn from(&self, start: usize) -> Ahead<'_> {
        let ahead = |list: &[usize]| list.partition_point(|at| *at < start);
        let (expressions, statements) =
            self.places.as_ref().map_or((0, 0), |places| (ahead(&places.expressions), ahead(&places.statements)));
        Ahead { hits: self, expressions, statements }
    }
}

/// Hits that a walk has not passed.
pub(super) struct Ahead<'hits> {
    hits: &'hits Hits,
    expressions: usize,
    statements: usize,
}

impl Ahead<'_> {
    /// Whether there is one for expressions in a node.
    pub(super) fn any_in(&mut self, node: Node<'_>) -> bool {
        let Some(places) = &self.hits.places else { return true };
        self.hits.errors && node.has_error() || any_in(&places.expressions, &mut self.expressions, node)
    }

    /// Whether there is one for statements in a node.
    pub(super) fn any_for_statement_in(&mut self, node: Node<'_>) -> bool {
        let Some(places) = &self.hits.places else { return true };
        self.hits.errors && node.has_error() || any_in(&places.statements, &mut self.statements, node)
    }
}

fn any_in(places: &[usize], next: &mut usize, node: Node<'_>) -> bool {
    let start = node.start_byte();
    while places.get(*next).is_some_and(|at| *at < start) {
        *next += 1;
    }
    places.get(*next).is_some_and(|at| *at < node.end_byte())
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
