//! The languages: one table, one folder per language that holds only what differs. Owns the choice of a language for a
//! file; scanning and folding are shared code that asks the two `Syntax` traits.

pub mod component;
pub mod ecmascript;
pub mod python;
pub mod rust;
pub mod template;

use std::cell::RefCell;
use std::fmt;
use std::path::Path;

use crate::source::Span;

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

/// A file as its language reads it.
#[derive(Debug)]
pub struct Code<'t> {
    /// The syntax tree of what is code.
    pub tree: tree_sitter::Tree,
    /// What of the file is code, where that is not all of it.
    pub masked: Option<template::Masked<'t>>,
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
        if self.tree.root_node().has_error() {
            return Some("the file has syntax errors");
        }
        let is_whole = self.masked.as_ref().is_none_or(|masked| masked.is_whole);
        (!is_whole).then_some("the tags of the template do not match each other")
    }
}

impl Language {
    /// Reads a file: all of it, or what of it is code.
    pub fn read<'t>(&self, text: &'t str) -> Code<'t> {
        let masked = self.mask.map(|mask| mask(text));
        let tree = self.parse(masked.as_ref().map_or(text, |masked| &masked.text));
        if tree.root_node().has_error()
            && let Some(masked) = self.reread.and_then(|reread| reread(text, &tree))
        {
            let tree = self.parse(&masked.text);
            if !tree.root_node().has_error() {
                return Code { tree, masked: Some(masked) };
            }
        }
        Code { tree, masked }
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

    /// Parses a text. A tree always results; broken syntax shows as error nodes in it.
    pub fn parse(&self, text: &str) -> tree_sitter::Tree {
        self.parse_parts(text, &[])
    }

    /// Parses parts of a text as if there were nothing else, all of it when there are none. They are in order; places are those
    /// in the whole text.
    pub fn parse_parts(&self, text: &str, parts: &[tree_sitter::Range]) -> tree_sitter::Tree {
        thread_local! {
            // What a parser allocates serves the next file as well.
            static PARSER: RefCell<tree_sitter::Parser> = RefCell::new(tree_sitter::Parser::new());
        }
        PARSER.with_borrow_mut(|parser| {
            parser.set_language(&(self.grammar)()).expect("the grammar fits the linked tree-sitter version");
            parser.set_included_ranges(parts).expect("parts are in order and do not overlap");
            parser.parse(text, None).expect("a parser with a language and without a cancel callback yields a tree")
        })
    }
}
