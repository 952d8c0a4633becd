//! Places in a text that may matter to a fact, so that a walk over the tree can leave out the expressions that hold none, and a
//! parse the bodies of functions. Owns the search; what is left out is the languages' (`Syntax::quiet`, `Syntax::bodies`).

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;
use tree_sitter::Node;

use super::lexicon::{Lexicon, is_in_word, words};
use super::outline::Bodies;
use super::pattern::Pattern;
use super::prefilter::{automaton, is_word};
use super::{Interest, Set, Syntax};
use crate::language::Language;
use crate::source::{Span, line_start};

/// Up to so many texts that are no words, each is looked for by itself: that is faster than one search for all of them.
const FEW: usize = 12;

/// A pattern that binds names has at most so many bytes.
const MOST_PATTERN: usize = 4000;

/// What stands before a call on its line is looked at as far as so many bytes: a file may be one line.
const MOST_BEFORE: usize = 400;

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
#[derive(Clone, Debug, Default)]
struct Word {
    /// Whether it is no part of a longer name.
    whole: bool,
    /// Whether an expression that holds it is looked into.
    expression: bool,
    /// Whether a statement of a function is.
    statement: bool,
    /// Whether the body of a function is parsed.
    body: Option<Body>,
    /// What it is a member of where it counts at all; anything when there is none.
    receivers: Option<BTreeSet<String>>,
    /// Whether what a call of it yields may be an object of flags: it matters what is read of it, wherever that is.
    object: bool,
    kinds: Kinds,
}

/// Where a word makes the body of a function worth a parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Anywhere,
    /// Where only words stand before it on its line.
    First,
}

impl Word {
    /// Something that counts for everything.
    fn of_interest(whole: bool) -> Self {
        Self { whole, expression: true, statement: true, body: Some(Body::Anywhere), ..Self::default() }
    }
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
            set(&mut words.entry(name).or_insert_with(|| Word::of_interest(true)).kinds);
        };
        interest.names.iter().for_each(|at| name(at, |_| {}));
        interest.mappings.iter().for_each(|at| name(at, |kinds| kinds.mapping = true));
        interest.properties.iter().for_each(|at| name(at, |kinds| kinds.property = true));
        // A field may be what a call yields: `flags()`.
        interest.fields.iter().for_each(|at| name(at.trim_end_matches("()"), |kinds| kinds.field = true));
        for (name, receivers) in &interest.restricted {
            let held = || Word { receivers: Some(receivers.clone()), ..Word::of_interest(true) };
            words.entry(name).or_insert_with(held);
        }
        for name in &interest.objects {
            if let Some(word) = words.get_mut(name.as_str()) {
                word.object = true;
            }
        }
        let mut mark = |mark, set: fn(&mut Word)| {
            let whole = str::starts_with(mark, char::is_alphabetic);
            let word = words.entry(mark).or_insert_with(|| Word { whole, ..Word::default() });
            // A mark counts whatever it is a member of.
            word.receivers = None;
            set(word);
        };
        language.scan.marks().iter().for_each(|at| mark(at, |word| word.expression = true));
        language.scan.statement_marks().iter().for_each(|at| mark(at, |word| word.statement = true));
        if let Some(Bodies { marks, first, .. }) = language.scan.bodies() {
            first.iter().for_each(|at| mark(at, |word| word.body = word.body.or(Some(Body::First))));
            marks.iter().for_each(|at| mark(at, |word| word.body = Some(Body::Anywhere)));
        }
        let everything = || Self { texts: None, whole: Lexicon::default() };
        for pattern in patterns.iter().filter(|pattern| pattern.language == language) {
            let Some(literal) = pattern.literal() else { return everything() };
            let kinds = words.get(literal).map(|word| word.kinds).unwrap_or_default();
            words.insert(literal, Word { kinds, ..Word::of_interest(false) });
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
        let (mut places, mut kinds, mut results) = (Places::default(), Kinds::default(), BTreeSet::new());
        let mut add = |word: &Word, start: usize| {
            if word.receivers.as_ref().is_some_and(|receivers| !may_be_member(text, start, receivers)) {
                return;
            }
            if word.expression {
                places.expressions.push(start);
            }
            if word.statement {
                places.statements.push(start);
            }
            if word.body.is_some_and(|at| at == Body::Anywhere || is_first(text, start)) {
                places.bodies.push(start);
            }
            if word.object {
                results.extend(results_of(text, start));
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
            places.expressions.extend(assignments(text.as_bytes()));
        }
        places.statements.extend(syntax.statement_places(text));
        for receiver in syntax.receivers() {
            for at in member_assignments(text, receiver) {
                places.statements.push(at);
                places.bodies.push(at);
            }
        }
        places.add_results(text, results);
        Hits { kinds, ..Hits::at(places) }
    }
}

/// Sorted places; all of them when there is no list.
#[derive(Clone, Debug)]
pub(super) struct Hits {
    places: Option<Places>,
    /// Whether a node with a syntax error is a hit: where the parser had to guess, anything may lie in anything.
    errors: bool,
    /// What the text may name.
    kinds: Kinds,
}

#[derive(Clone, Debug, Default)]
struct Places {
    /// Where an expression is looked into.
    expressions: Vec<usize>,
    /// Where a statement of a function is.
    statements: Vec<usize>,
    /// Where the body of a function is parsed.
    bodies: Vec<usize>,
}

impl Places {
    /// Adds the places of names that hold what calls yield.
    fn add_results<'text>(&mut self, text: &str, names: impl IntoIterator<Item = &'text str>) {
        each_place(text, names, |start, _| self.bodies.push(start));
    }
}

impl Hits {
    pub(super) fn everywhere() -> Self {
        let kinds = Kinds { mapping: true, field: true, property: true };
        Self { places: None, errors: false, kinds }
    }

    fn at(mut places: Places) -> Self {
        for list in [&mut places.expressions, &mut places.statements, &mut places.bodies] {
            list.sort_unstable();
        }
        Self { places: Some(places), errors: false, kinds: Kinds::default() }
    }

    /// Makes every node with a syntax error one where the tree has some.
    pub(super) fn note_errors(&mut self, errors: bool) {
        self.errors = errors;
    }

    /// What the text may name, as far as its words tell.
    pub(super) fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// The same, and the places of some names.
    pub(super) fn and_names<'names>(&self, text: &str, names: impl Iterator<Item = &'names str>) -> Self {
        let Some(mut places) = self.places.clone() else { return Self::everywhere() };
        let mut results = BTreeSet::new();
        each_place(text, names, |start, end| {
            places.expressions.push(start);
            places.statements.push(start);
            // What a body calls otherwise than by that name, only it knows.
            if is_called(text, start, end) {
                places.bodies.push(start);
                results.extend(results_of(text, start));
            }
        });
        places.add_results(text, results);
        Self { errors: self.errors, kinds: self.kinds, ..Self::at(places) }
    }

    /// Whether nothing is left out.
    pub(super) fn is_everywhere(&self) -> bool {
        self.places.is_none()
    }

    /// Whether there is one for expressions in a range, whatever was asked before.
    pub(super) fn hold(&self, span: &Span) -> bool {
        self.places.as_ref().is_none_or(|places| hold(&places.expressions, span))
    }

    /// Whether there is one for bodies of functions in a range.
    pub(super) fn hold_for_body(&self, span: &Span) -> bool {
        self.places.as_ref().is_none_or(|places| hold(&places.bodies, span))
    }

    /// The same, and a body of a function is parsed where one of those names stands.
    pub(super) fn and_results<'names>(mut self, text: &str, names: impl Iterator<Item = &'names str>) -> Self {
        if let Some(places) = &mut self.places {
            places.add_results(text, names);
            places.bodies.sort_unstable();
        }
        self
    }

    /// The hits from a place on, for a walk that asks for ranges in order of their start.
    pub(super) fn from(&self, start: usize) -> Ahead<'_> {
        let ahead = |list: &[usize]| list.partition_point(|at| *at < start);
        let (expressions, statements) =
            self.places.as_ref().map_or((0, 0), |places| (ahead(&places.expressions), ahead(&places.statements)));
        Ahead { hits: self, expressions, statements }
    }
}

fn hold(places: &[usize], span: &Span) -> bool {
    places.get(places.partition_point(|at| *at < span.start)).is_some_and(|at| *at < span.end)
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

/// Whether a word may be a member of one of those names, as far as the text before it tells.
fn may_be_member(text: &str, start: usize, receivers: &BTreeSet<String>) -> bool {
    let before = text[..start].trim_ascii_end();
    let Some(object) = before.strip_suffix('.').or_else(|| before.strip_suffix("::")) else { return false };
    let object = object.trim_ascii_end().trim_end_matches(['?', '!']).trim_ascii_end();
    let bytes = object.as_bytes();
    let length = bytes.iter().rev().take_while(|at| is_in_word(**at)).count();
    let (rest, name) = object.split_at(object.len() - length);
    // Brackets may hold anything, and a word may be the end of a name that has other letters as well.
    let is_whole = length > 0 && !rest.ends_with(|at: char| at == '$' || !at.is_ascii());
    !is_whole || receivers.contains(name)
}

/// Whether a name at a place may be called, or be an element of markup: `on(`, `on?.(`, `on::<T>(`, `<On`.
fn is_called(text: &str, start: usize, end: usize) -> bool {
    let rest = &text[end..];
    let rest = ["?.", "!", "::"].iter().find_map(|sign| rest.strip_prefix(sign)).unwrap_or(rest).trim_ascii_start();
    rest.starts_with(['(', '<', '/', '#', '\\']) || text[..start].ends_with(['<', '/'])
}

/// Hands over where names start and end in a text, and some other places; all in one search where they are many.
fn each_place<'names>(text: &str, names: impl IntoIterator<Item = &'names str>, mut each: impl FnMut(usize, usize)) {
    let mut names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    if names.len() > FEW {
        let whole: Set<&str> = names.extract_if(.., |name| name.bytes().all(is_in_word)).collect();
        words(text, |start, end| {
            if whole.contains(&text[start..end]) {
                each(start, end);
            }
        });
    }
    if names.len() > FEW
        && let Some(all) = automaton(&names)
    {
        return all.find_overlapping_iter(text).for_each(|at| each(at.start(), at.end()));
    }
    for name in names {
        memchr::memmem::find_iter(text.as_bytes(), name).for_each(|at| each(at, at + name.len()));
    }
}

/// The names that what is called at a place may be bound to, as far as the text before it tells, and some others. None where that
/// is far on the same line: what is bound then shows in the tree.
fn results_of(text: &str, start: usize) -> Vec<&str> {
    if start > MOST_BEFORE && !text.as_bytes()[start - MOST_BEFORE..start].contains(&b'\n') {
        return Vec::new();
    }
    let mut line = line_start(text, start);
    let before = text[..line].trim_ascii_end();
    if before.ends_with(['=', '(']) {
        line = line_start(text, before.len());
    }
    let Some(sign) = text[line..start].rfind('=') else { return Vec::new() };
    let left = text[..line + sign].trim_ascii_end();
    // A pattern may have lines.
    let from = if left.ends_with(['}', ']']) { opening(left) } else { Some(line) };
    let names = left[from.unwrap_or(line).min(left.len())..]
        .split(|at: char| !at.is_alphanumeric() && !matches!(at, '_' | '$'));
    let is_name =
        |name: &&str| !name.is_empty() && !["await", "const", "export", "let", "self", "this", "var"].contains(name);
    names.filter(is_name).collect()
}

/// Where the bracket was opened that a text ends with, as far as its brackets tell.
fn opening(text: &str) -> Option<usize> {
    let mut open = 0usize;
    let at = text.bytes().rev().take(MOST_PATTERN).position(|at| {
        open += usize::from(matches!(at, b'}' | b']'));
        open -= usize::from(matches!(at, b'{' | b'['));
        open == 0
    })?;
    Some(text.len() - 1 - at)
}

/// Whether only words stand before a place on its line: `pub(crate) mod`, `export default class`.
fn is_first(text: &str, start: usize) -> bool {
    let mut before = text[..start].bytes().rev().take_while(|at| *at != b'\n');
    before.all(|at| at.is_ascii_alphabetic() || b" \t()".contains(&at))
}

/// Where a member of an object is assigned to by the name that its methods have for it: `self.x = …`, `this.x += …`,
/// `self.x: T = …`, `self.x++`, `for self.x in …`. More than that may be among them.
fn member_assignments<'run>(text: &'run str, receiver: &'run str) -> impl Iterator<Item = usize> + use<'run> {
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
        let steps = |sign: &[u8]| rest.starts_with(sign) || bytes[..*start].ends_with(sign);
        if rest.starts_with(b"in ") || rest.starts_with(b"of ") || steps(b"++") || steps(b"--") {
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
    use super::{assignments, each_place, member_assignments, results_of};

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
            "a = self.x++ + 1",
            "--self.x",
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

    #[test]
    fn names_are_found_however_many_they_are() {
        let text = "a.flags = $b(flags, x0, x$1) // größe, $größe";
        let found = |more: usize| {
            let others: Vec<String> = (0..more).map(|number| format!("none{number}")).collect();
            let names = ["flags", "x0", "x$1", "größe", ""].into_iter().chain(others.iter().map(String::as_str));
            let mut places = Vec::new();
            each_place(text, names, |start, end| places.push(&text[start..end]));
            places.sort_unstable();
            places
        };
        let all = ["flags", "flags", "größe", "größe", "x$1", "x0"];
        assert_eq!((found(0), found(100)), (all.to_vec(), all.to_vec()));
    }

    #[test]
    fn what_a_call_yields_has_the_names_before_it() {
        let names = |text: &str| results_of(text, text.find("all(").expect("it calls")).join(" ");
        for (text, expected) in [
            ("flags = client.all()", "flags"),
            ("const { a, b: c } = await all()", "a b c"),
            ("const {\n  a,\n  b,\n} = all()", "a b"),
            ("self.flags =\n    all()", "flags"),
            ("all()", ""),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
        assert_eq!(names(&format!("flags = {} || all()", "x".repeat(1000))), "");
    }
}
