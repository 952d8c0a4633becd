//! The languages: one table, one folder per language that holds only what differs. Owns the choice of a language for a
//! file; scanning and folding are shared code that asks the two `Syntax` traits.

pub mod component;
pub mod ecmascript;
pub mod python;
pub mod rust;
pub mod template;

use std::cell::RefCell;
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tree_sitter::{ParseOptions, ParseState, Point, Range};

use crate::source::{Span, line_start};

/// What of a text is code, given the tree of all of it, which has errors; `None` where nothing else can be told.
pub type Reread = for<'text> fn(&'text str, &tree_sitter::Tree) -> Option<template::Masked<'text>>;

/// What the shared code needs to know about a language.
pub struct Language {
    /// Lower-case name, as configuration and reports write it.
    pub name: &'static str,
    /// What provider files call it: languages of a family share one description of an SDK.
    pub family: &'static str,
    /// File name endings without the dot.
    pub extensions: &'static [&'static str],
    /// Interpreters named in a `#!` line, without version digits.
    pub interpreters: &'static [&'static str],
    /// The tree-sitter grammar.
    pub grammar: fn() -> tree_sitter::Language,
    /// What of a file is code, where that is not all of it.
    pub mask: Option<fn(&str) -> template::Masked<'_>>,
    /// What of a file that seems to have syntax errors the grammar can read all the same.
    pub reread: Option<Reread>,
    /// What a reviewer has to know about a fix in a file of that name, whatever the fix.
    pub caveat: fn(&Path) -> Option<&'static str>,
    /// What scanning asks of the language.
    pub scan: &'static dyn crate::scan::Syntax,
    /// What folding asks of the language.
    pub fold: &'static dyn crate::fix::Syntax,
}

impl fmt::Debug for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Language {}

/// Every language, sorted by name.
pub static LANGUAGES: [&Language; 8] = [
    &ecmascript::JAVASCRIPT,
    &template::LANGUAGE,
    &python::LANGUAGE,
    &rust::LANGUAGE,
    &component::SVELTE,
    &ecmascript::TSX,
    &ecmascript::TYPESCRIPT,
    &component::VUE,
];

/// Languages that configuration may name although this version does not read them.
pub const KNOWN_BUT_NOT_READ: &[&str] = &["go", "java", "kotlin", "ruby", "swift"];

/// The language of that name; templates are one language whatever they are called.
pub fn by_name(name: &str) -> Option<&'static Language> {
    let name = if matches!(name, "django" | "html") { "jinja" } else { name };
    LANGUAGES.into_iter().find(|language| language.name == name)
}

/// The languages that a name in configuration stands for: "typescript" covers TSX, and the scripts of components are
/// covered by either. Empty when there is none.
pub fn covered_by(name: &str) -> impl Iterator<Item = &'static Language> {
    let with_elements = (name == "typescript").then_some(&ecmascript::TSX);
    let is_script = matches!(name, "javascript" | "typescript");
    let components = [&component::SVELTE, &component::VUE].into_iter().filter(move |_| is_script);
    by_name(name).into_iter().chain(with_elements).chain(components)
}

/// The language of a file by its extension; `None` also for names without one (see [`by_first_line`]).
pub fn by_path(path: &Path) -> Option<&'static Language> {
    let extension = path.extension()?.to_str()?;
    LANGUAGES.into_iter().find(|language| language.extensions.contains(&extension))
}

/// The language of a file that this version knows of and does not read, by its extension.
pub fn unread(path: &Path) -> Option<&'static str> {
    const EXTENSIONS: [(&str, &str); 16] = [
        ("c", "C"),
        ("cc", "C++"),
        ("cpp", "C++"),
        ("cs", "C#"),
        ("dart", "Dart"),
        ("erb", "Ruby"),
        ("ex", "Elixir"),
        ("go", "Go"),
        ("java", "Java"),
        ("kt", "Kotlin"),
        ("kts", "Kotlin"),
        ("m", "Objective-C"),
        ("php", "PHP"),
        ("rb", "Ruby"),
        ("scala", "Scala"),
        ("swift", "Swift"),
    ];
    let extension = path.extension()?.to_str()?;
    EXTENSIONS.iter().find(|(known, _)| *known == extension).map(|(_, language)| *language)
}

/// The language that a `#!` line names: `#!/usr/bin/env -S python3.11 -u`, `#!/usr/bin/python`.
pub fn by_first_line(text: &str) -> Option<&'static Language> {
    let line = text.strip_prefix("#!")?.lines().next()?;
    line.split_ascii_whitespace().find_map(|word| {
        let name = word.rsplit('/').next()?.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        LANGUAGES.into_iter().find(|language| language.interpreters.contains(&name))
    })
}

/// What is wrong with a file that does not parse.
pub const SYNTAX_ERRORS: &str = "the file has syntax errors";

/// Why a text is not parsed. The same text is refused on every machine.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Unparsed {
    /// So many lines of comments in a row that it would take minutes.
    Comments(usize),
    /// So many different indentations that the grammar has no room to remember the levels they may be.
    Indentations(usize),
    /// The parser took 2.5 million steps without coming to the end.
    Work,
}

impl Unparsed {
    /// What is wrong with the file, in a sentence of its own.
    pub fn problem(self) -> &'static str {
        match self {
            Self::Comments(_) => "the file has too many comments in a row",
            Self::Indentations(_) => "the file has too many different indentations",
            Self::Work => "the file takes too long to parse",
        }
    }
}

impl fmt::Display for Unparsed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comments(lines) => write!(formatter, "{lines} lines of comments in a row take too long to parse"),
            Self::Indentations(count) => {
                write!(formatter, "{count} different indentations are more than the parser can keep")
            }
            Self::Work => write!(formatter, "it takes more than {MOST_WORK} steps to parse"),
        }
    }
}

/// Steps of the parser, of which a node takes three to five: 500,000 to 900,000 nodes, or 350 kB of brackets that close nothing.
/// Either takes up to two seconds with all that follows. What is written by hand is far below: 2 MB of Python take half a million.
const MOST_WORK: usize = 2_500_000;

/// Steps between two calls of what the parser reports to.
const STEPS: usize = 100;

/// A file as its language reads it.
#[derive(Debug)]
pub struct Code<'t> {
    /// The syntax tree of what is code.
    pub tree: tree_sitter::Tree,
    /// What of the file is code, where that is not all of it.
    pub masked: Option<template::Masked<'t>>,
    /// Why the tree is that of an empty file.
    pub unparsed: Option<Unparsed>,
}

impl Code<'_> {
    /// What the spans of the tree are taken from.
    pub fn text<'s>(&'s self, whole: &'s str) -> &'s str {
        self.masked.as_ref().filter(|masked| masked.hidden.is_empty()).map_or(whole, |masked| &masked.text)
    }

    /// What the tree does not show although it is code, each with the end of what it belongs to.
    pub fn hidden(&self) -> &[(Span, usize)] {
        self.masked.as_ref().map_or(&[], |masked| &masked.hidden)
    }

    /// Why the file must not be edited; `None` when it may.
    pub fn problem(&self) -> Option<&'static str> {
        self.broken().or_else(|| self.masked.as_ref().and_then(|masked| masked.kept))
    }

    /// What is wrong with the file.
    pub fn broken(&self) -> Option<&'static str> {
        if let Some(unparsed) = self.unparsed {
            return Some(unparsed.problem());
        }
        if self.tree.root_node().has_error() {
            return Some(SYNTAX_ERRORS);
        }
        let is_whole = self.masked.as_ref().is_none_or(|masked| masked.is_whole);
        (!is_whole).then_some("the tags of the template do not match each other")
    }
}

impl Language {
    /// Reads a file: all of it, or what of it is code.
    pub fn read<'t>(&self, text: &'t str) -> Code<'t> {
        let masked = self.mask.map(|mask| mask(text));
        let Code { tree, unparsed, .. } = self.read_parts(masked.as_ref().map_or(text, |masked| &masked.text), &[]);
        if tree.root_node().has_error()
            && let Some(masked) = self.reread.and_then(|reread| reread(text, &tree))
        {
            let Code { tree, unparsed, .. } = self.read_parts(&masked.text, &[]);
            if unparsed.is_none() && !tree.root_node().has_error() {
                return Code { tree, masked: Some(masked), unparsed };
            }
        }
        Code { tree, masked, unparsed }
    }

    /// Reads parts of a text as if there were nothing else, all of it when there are none. They are in order; places are those
    /// in the whole text.
    pub fn read_parts(&self, text: &str, parts: &[Range]) -> Code<'static> {
        let read = match self.scan.unparsable(text) {
            Some(why) => Err(why),
            None => self.attempt(text, parts).ok_or(Unparsed::Work),
        };
        match read {
            Ok(tree) => Code { tree, masked: None, unparsed: None },
            Err(why) => {
                let tree = self.attempt("", &[]).expect("an empty text takes next to no work");
                Code { tree, masked: None, unparsed: Some(why) }
            }
        }
    }

    /// What the tree of a file does not show, as code of its own and at its place; `None` where it shows everything.
    pub fn parse_hidden(&self, text: &str, code: &Code<'_>) -> Option<tree_sitter::Tree> {
        if code.hidden().is_empty() {
            return None;
        }
        let mut bytes = vec![b' '; text.len()];
        for (span, _) in code.hidden() {
            bytes[span.clone()].copy_from_slice(&text.as_bytes()[span.clone()]);
        }
        Some(self.parse(&String::from_utf8(bytes).unwrap_or_default()))
    }

    /// Parses a text. A tree always results: broken syntax shows as error nodes in it, and that of a text that is not parsed is
    /// empty.
    pub fn parse(&self, text: &str) -> tree_sitter::Tree {
        self.read_parts(text, &[]).tree
    }

    /// The tree of parts of a text, unless it takes too much work.
    fn attempt(&self, text: &str, parts: &[Range]) -> Option<tree_sitter::Tree> {
        thread_local! {
            // What a parser allocates serves the next file as well.
            static PARSER: RefCell<tree_sitter::Parser> = RefCell::new(tree_sitter::Parser::new());
        }
        let bytes = text.as_bytes();
        let mut work = 0;
        // Steps are counted, not time, so that the same files are read on every machine.
        let mut within = |_: &ParseState| {
            work += STEPS;
            if work < MOST_WORK { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        PARSER.with_borrow_mut(|parser| {
            parser.set_language(&(self.grammar)()).expect("the grammar fits the linked tree-sitter version");
            parser.set_included_ranges(parts).expect("parts are in order and do not overlap");
            let options = ParseOptions::new().progress_callback(&mut within);
            let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
            let tree = parser.parse_with_options(&mut read, None, Some(options));
            if tree.is_none() {
                // It would go on where it stopped.
                parser.reset();
            }
            tree
        })
    }
}

/// Parts of a text as [`Language::read_parts`] takes them.
pub fn ranges(text: &str, parts: &[Span]) -> Vec<Range> {
    let (mut row, mut counted) = (0, 0);
    let mut point = |at: usize| {
        row += memchr::memchr_iter(b'\n', &text.as_bytes()[counted..at]).count();
        counted = at;
        Point { row, column: at - line_start(text, at) }
    };
    let range = |part: &Span| Range {
        start_byte: part.start,
        end_byte: part.end,
        start_point: point(part.start),
        end_point: point(part.end),
    };
    parts.iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::{Unparsed, python};

    #[test]
    fn too_much_work_is_refused_and_what_follows_is_read() {
        let list = |numbers: usize| format!("v = [{}1]\n", "1, ".repeat(numbers));
        let (short, long) = (list(100_000), list(400_000));
        assert_eq!(python::LANGUAGE.read(&short).problem(), None);
        let refused = python::LANGUAGE.read(&long);
        assert_eq!(refused.unparsed, Some(Unparsed::Work));
        assert!(refused.problem().is_some());
        assert_eq!(refused.tree.root_node().child_count(), 0);
        let next = python::LANGUAGE.read("a()\n");
        assert_eq!(next.problem(), None);
        assert_eq!(next.tree.root_node().to_sexp(), python::LANGUAGE.parse("b()\n").root_node().to_sexp());
    }
}
