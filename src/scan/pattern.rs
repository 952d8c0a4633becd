//! The user's own checks: a line of code with placeholders, parsed with the language's grammar into a shape. Owns the
//! placeholders and what makes a pattern malformed; see `matching` for where it fits.

use anyhow::{Result, bail};
use globset::GlobMatcher;
use tree_sitter::Node;

use super::{MAX_DEPTH, Syntax, text_of};
use crate::language::{self, Language};
use crate::settings::CheckPattern;
use crate::value::Value;

const KEY: &str = "flag_sweep_key_";
const FALLBACK: &str = "flag_sweep_fallback_";
const ANY: &str = "flag_sweep_any_";
const REST: &str = "flag_sweep_rest_";
const VALUE: &str = "flag_sweep_value_";
const ON: &str = "flag_sweep_on_";
const OFF: &str = "flag_sweep_off_";

/// A pattern of one language.
#[derive(Debug)]
pub struct Pattern {
    /// Index into the settings' checks.
    pub index: usize,
    /// Its language.
    pub language: &'static Language,
    pub(super) root: Shape,
    keys: Option<GlobMatcher>,
    /// Whether it counts only where the call is what a `with` statement enters.
    pub(super) entered: bool,
    /// Whether it came with a provider file: then it makes no file worth a parse.
    pub built_in: bool,
    /// Texts of which a file holds every one when the pattern fits somewhere in it.
    literals: Vec<String>,
}

/// The shape of a node that fits.
#[derive(Debug)]
pub(super) enum Shape {
    /// `$_`.
    Any,
    /// `$FALLBACK`.
    Fallback,
    /// `$VALUE`.
    Value,
    /// `$ON`.
    On,
    /// `$OFF`.
    Off,
    /// A call with the key in it that something is called on: what fits is such a call, or a name that is declared with one.
    Declared { call: Box<Shape>, by: String, index: usize, keyword: Option<String> },
    /// `$KEY` in the place of an expression.
    Key,
    /// `$KEY` that something is called on.
    Receiver,
    /// `$KEY` as a name, or as a part of one.
    KeyName { kind: u16, prefix: String, suffix: String },
    /// `$KEY` inside a string.
    KeyText { prefix: String, suffix: String },
    /// `$KEY` as a member that a pattern takes out of an object: any of them fits.
    Member { kind: u16, prefix: String, suffix: String },
    /// A literal mapping with `$KEY` as its only key, or a list of `$KEY` alone: any entry fits.
    Entries { kind: u16, value: Option<Box<Shape>> },
    /// A name or keyword.
    Leaf { kind: u16, text: String },
    /// A literal: quotes and digits' spelling do not matter.
    Literal(Value),
    /// The arguments of a call.
    Arguments { kind: u16, list: Vec<ArgumentShape> },
    /// Anything else, by its parts without commas and comments.
    Node { kind: u16, parts: Vec<Shape> },
}

/// An argument in a pattern.
#[derive(Debug)]
pub(super) struct ArgumentShape {
    pub(super) keyword: Option<String>,
    /// Whether the keyword is the key.
    pub(super) any_keyword: bool,
    /// `None` for `$$$`.
    pub(super) value: Option<Shape>,
}

impl Pattern {
    /// Reads a check of the settings, once per language it applies to. Languages that are not read yet are left out.
    ///
    /// # Errors
    /// What is wrong with the pattern, with its text and origin.
    pub fn compile(index: usize, check: &CheckPattern) -> Result<Vec<Self>> {
        let mut result = Vec::new();
        for name in &check.languages {
            if language::by_name(name).is_none() {
                if language::KNOWN_BUT_NOT_READ.contains(&name.as_str()) {
                    continue;
                }
                let known: Vec<&str> = language::LANGUAGES.iter().map(|language| language.name).collect();
                bail!("check at {}: unknown language `{name}`, there are {}", check.origin, known.join(", "));
            }
            for language in language::covered_by(name) {
                let root = match shape_of(&check.pattern, language) {
                    Ok(root) => root,
                    Err(why) => bail!("check pattern `{}` at {}: {why}", check.pattern, check.origin),
                };
                let mut literals = Vec::new();
                root.literals(&mut literals);
                let keys = match &check.keys {
                    None => None,
                    Some(glob) => match globset::Glob::new(glob) {
                        Ok(glob) => Some(glob.compile_matcher()),
                        Err(error) => {
                            bail!("check at {}: the glob `{glob}` in `keys` is malformed: {error}", check.origin)
                        }
                    },
                };
                if literals.is_empty() && keys.is_none() {
                    bail!(
                        "check pattern `{}` at {}: it has no fixed name, so it would fit any code; name a function or member, \
                         or restrict the keys with `keys`",
                        check.pattern,
                        check.origin
                    );
                }
                literals.extend(check.keys.as_deref().and_then(longest_literal).filter(|_| root.names_key()));
                literals.sort();
                literals.dedup();
                result.push(Self {
                    index,
                    language,
                    root,
                    keys,
                    entered: check.entered,
                    built_in: check.provider.is_some(),
                    literals,
                });
            }
        }
        Ok(result)
    }

    /// Whether the pattern accepts a key.
    pub fn accepts(&self, key: &str) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.is_match(key))
    }

    /// The longest text that a file must hold for the pattern to fit; `None` when every file has to be looked at.
    pub fn literal(&self) -> Option<&str> {
        self.literals.iter().max_by_key(|literal| literal.len()).map(String::as_str)
    }

    /// The names in the pattern.
    pub fn names(&self) -> &[String] {
        &self.literals
    }

    /// Whether a text holds all the names that the pattern needs.
    pub fn may_match(&self, text: &str) -> bool {
        self.literals.iter().all(|literal| text.contains(literal.as_str()))
    }

    /// The kind of node that the whole pattern is.
    pub(super) fn root_kind(&self) -> Option<u16> {
        match &self.root {
            Shape::Node { kind, .. } | Shape::Arguments { kind, .. } | Shape::KeyName { kind, .. } => Some(*kind),
            _ => None,
        }
    }
}

/// The longest part of a glob that every match holds literally.
fn longest_literal(glob: &str) -> Option<String> {
    let mut best = "";
    let mut depth = 0usize;
    let mut start = 0;
    for (at, character) in glob.char_indices().chain([(glob.len(), '*')]) {
        if "*?[]{}\\".contains(character) {
            if depth == 0 && at - start > best.len() {
                best = &glob[start..at];
            }
            match character {
                '{' | '[' => depth += 1,
                '}' | ']' => depth = depth.saturating_sub(1),
                // What follows is taken literally, but not by this.
                '\\' => return None,
                _ => {}
            }
            start = at + character.len_utf8();
        }
    }
    (!best.is_empty()).then(|| best.to_owned())
}

fn shape_of(pattern: &str, language: &'static Language) -> Result<Shape, String> {
    let code = substitute(pattern)?;
    let code = code.trim().trim_end_matches(';').trim_end();
    match code.matches(KEY).count() {
        0 => return Err("it has no `$KEY`; put `$KEY` where the flag's key stands".to_owned()),
        1 => {}
        count => return Err(format!("it has `$KEY` {count} times; one place names the key")),
    }
    for (placeholder, shown) in [(FALLBACK, "$FALLBACK"), (VALUE, "$VALUE"), (ON, "$ON"), (OFF, "$OFF")] {
        if code.matches(placeholder).count() > 1 {
            return Err(format!("it has `{shown}` more than once"));
        }
    }
    if code.contains(ON) != code.contains(OFF) {
        return Err("it has one of `$ON` and `$OFF`; the call yields one or the other".to_owned());
    }
    let (before, after) = language.scan.snippet();
    let text = format!("{before}{code}{after}");
    let tree = language.parse(&text);
    let root = tree.root_node();
    if root.has_error() {
        let near = first_error(root).map_or(code, |node| text_of(node, &text)).trim();
        let near = if near.is_empty() { String::new() } else { format!(" near `{}`", restore(near)) };
        return Err(format!("it is not valid {}{near}", language.name));
    }
    let span = before.len()..before.len() + code.len();
    let node = root
        .descendant_for_byte_range(span.start, span.end)
        .filter(|node| node.byte_range() == span && node.parent().is_some())
        .ok_or_else(|| format!("it is not one expression or statement of {}", language.name))?;
    shape(node, &text, language.scan, MAX_DEPTH)
}

fn substitute(pattern: &str) -> Result<String, String> {
    let mut result = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix("$$") {
            result.push_str(REST);
            rest = after;
            continue;
        }
        let braced = rest.strip_prefix('{');
        let body = braced.unwrap_or(rest);
        let length = body.find(|at: char| !at.is_ascii_alphanumeric() && at != '_').unwrap_or(body.len());
        result.push_str(match &body[..length] {
            "KEY" => KEY,
            "FALLBACK" => FALLBACK,
            "VALUE" => VALUE,
            "ON" => ON,
            "OFF" => OFF,
            "_" => ANY,
            other => {
                return Err(format!(
                    "unknown placeholder `${other}`, there are `$KEY`, `$FALLBACK`, `$VALUE`, `$ON`, `$OFF`, `$_` (one node) \
                     and `$$$` (any arguments)"
                ));
            }
        });
        rest = &body[length..];
        if braced.is_some() {
            rest = rest.strip_prefix('}').ok_or("a `${` without its `}`")?;
        }
    }
    result.push_str(rest);
    Ok(result)
}

/// Placeholders as the user wrote them, for messages.
fn restore(code: &str) -> String {
    let placeholders = [
        (KEY, "$KEY"),
        (FALLBACK, "$FALLBACK"),
        (VALUE, "$VALUE"),
        (ON, "$ON"),
        (OFF, "$OFF"),
        (ANY, "$_"),
        (REST, "$$$"),
    ];
    placeholders.iter().fold(code.to_owned(), |code, (own, shown)| code.replace(own, shown))
}

fn first_error(root: Node<'_>) -> Option<Node<'_>> {
    let mut found = None;
    super::walk(&mut root.walk(), |node| {
        if found.is_none() && (node.is_error() || node.is_missing()) {
            found = Some(node);
        }
        if found.is_none() && node.has_error() {
            std::ops::ControlFlow::Continue(())
        } else {
            std::ops::ControlFlow::Break(())
        }
    });
    found
}

fn shape(node: Node<'_>, text: &str, syntax: &dyn Syntax, depth: usize) -> Result<Shape, String> {
    let depth = depth.checked_sub(1).ok_or("it is nested too deep")?;
    let own = text_of(node, text);
    match own {
        ANY => return Ok(Shape::Any),
        FALLBACK => return Ok(Shape::Fallback),
        VALUE => return Ok(Shape::Value),
        ON => return Ok(Shape::On),
        OFF => return Ok(Shape::Off),
        REST => return Err("`$$$` stands for arguments; use `$_` for one node".to_owned()),
        _ => {}
    }
    if let Some(value) = syntax.literal(node, text) {
        return match &value {
            Value::String(content) if content.contains(KEY) => {
                let (prefix, suffix) = content.split_once(KEY).unwrap_or_default();
                Ok(Shape::KeyText { prefix: prefix.to_owned(), suffix: suffix.to_owned() })
            }
            _ => Ok(Shape::Literal(value)),
        };
    }
    if node.child_count() == 0 {
        let Some((prefix, suffix)) = own.split_once(KEY) else {
            return Ok(Shape::Leaf { kind: node.kind_id(), text: own.to_owned() });
        };
        let is_field = |name: &str| node.parent().and_then(|parent| parent.child_by_field_name(name)) == Some(node);
        let names = ["attribute", "field", "name", "function", "macro", "property"].into_iter().any(is_field);
        if names || own != KEY || matches!(node.kind(), "type_identifier" | "shorthand_property_identifier_pattern") {
            return Ok(Shape::KeyName { kind: node.kind_id(), prefix: prefix.to_owned(), suffix: suffix.to_owned() });
        }
        let called_on = node.parent().is_some_and(|parent| {
            ["object", "value"].into_iter().any(is_field)
                && parent.parent().is_some_and(|call| call.child_by_field_name("function") == Some(parent))
        });
        return Ok(if called_on { Shape::Receiver } else { Shape::Key });
    }
    if let [(name, _)] = syntax.members(node).as_slice()
        && let Some((prefix, suffix)) = text_of(*name, text).split_once(KEY)
    {
        return Ok(Shape::Member { kind: node.kind_id(), prefix: prefix.to_owned(), suffix: suffix.to_owned() });
    }
    if let Some(value) = entries(node, text, syntax) {
        let value = value.map(|value| shape(value, text, syntax, depth)).transpose()?;
        return Ok(Shape::Entries { kind: node.kind_id(), value: value.map(Box::new) });
    }
    let is_arguments = node.parent().and_then(|parent| parent.child_by_field_name("arguments")) == Some(node);
    if is_arguments {
        let mut list = Vec::new();
        for argument in syntax.arguments(node, text) {
            let rest = text_of(argument.value, text) == REST;
            list.push(ArgumentShape {
                keyword: argument.keyword.map(str::to_owned),
                any_keyword: argument.keyword == Some(KEY),
                value: if rest { None } else { Some(shape(argument.value, text, syntax, depth)?) },
            });
        }
        return Ok(Shape::Arguments { kind: node.kind_id(), list });
    }
    let mut parts = Vec::new();
    for child in node.children(&mut node.walk()) {
        if !syntax.is_decoration(child) {
            parts.push(shape(child, text, syntax, depth)?);
        }
    }
    let own = Shape::Node { kind: node.kind_id(), parts };
    Ok(match declaration(node, text, syntax) {
        Some((by, index, keyword)) => Shape::Declared { call: Box::new(own), by, index, keyword },
        None => own,
    })
}

/// For a mapping or list whose only entry is `$KEY`: the value of that entry, if it has one.
fn entries<'tree>(node: Node<'tree>, text: &str, syntax: &dyn Syntax) -> Option<Option<Node<'tree>>> {
    match syntax.entries(node).as_slice() {
        [entry] if text_of(entry.key, text) == KEY => Some(entry.value),
        _ => None,
    }
}

/// For a call that something is called on and that has the whole key as an argument: its name, and where the key stands.
fn declaration(node: Node<'_>, text: &str, syntax: &dyn Syntax) -> Option<(String, usize, Option<String>)> {
    let (function, list) = (node.child_by_field_name("function")?, node.child_by_field_name("arguments")?);
    let member = node.parent()?;
    let called_on = ["object", "value"].into_iter().any(|name| member.child_by_field_name(name) == Some(node))
        && member.parent()?.child_by_field_name("function") == Some(member);
    let arguments = syntax.arguments(list, text);
    let index = arguments.iter().position(|argument| text_of(argument.value, text) == KEY)?;
    let keyword = arguments[index].keyword.map(str::to_owned);
    called_on.then(|| Some((syntax.callee_name(function, text)?.to_owned(), index, keyword))).flatten()
}

impl Shape {
    fn literals(&self, result: &mut Vec<String>) {
        match self {
            Self::Leaf { text, .. }
                if text.len() > 1 && text.starts_with(|at: char| at.is_alphabetic() || at == '_') =>
            {
                result.push(text.clone());
            }
            Self::KeyName { prefix, suffix, .. } | Self::Member { prefix, suffix, .. } => {
                result.extend([prefix, suffix].into_iter().filter(|part| part.len() > 1).cloned());
            }
            Self::Arguments { list, .. } => {
                for argument in list {
                    // An argument that the pattern gives by keyword is given so in the code.
                    result.extend(argument.keyword.clone().filter(|_| !argument.any_keyword));
                    argument.value.iter().for_each(|value| value.literals(result));
                }
            }
            Self::Entries { value, .. } => value.iter().for_each(|value| value.literals(result)),
            // The declaration may stand in another file: only what is called on it is here.
            Self::Declared { .. } => {}
            Self::Node { parts, .. } => parts.iter().for_each(|part| part.literals(result)),
            _ => {}
        }
    }

    /// Whether the key is written as a name, so that the text of the key stands in the file.
    fn names_key(&self) -> bool {
        match self {
            Self::KeyName { prefix, suffix, .. } => prefix.is_empty() && suffix.is_empty(),
            Self::Arguments { list, .. } => list.iter().filter_map(|at| at.value.as_ref()).any(Self::names_key),
            Self::Node { parts, .. } => parts.iter().any(Self::names_key),
            Self::Declared { call, .. } => call.names_key(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, longest_literal};
    use crate::settings::CheckPattern;
    use crate::value::ValueType;

    fn compile(language: &str, pattern: &str, keys: Option<&str>) -> Result<Vec<Pattern>, String> {
        let check = CheckPattern {
            languages: vec![language.to_owned()],
            pattern: pattern.to_owned(),
            keys: keys.map(str::to_owned),
            returns: ValueType::Bool,
            origin: "flag-sweep.toml:3".to_owned(),
            ..CheckPattern::default()
        };
        Pattern::compile(0, &check).map_err(|error| error.to_string())
    }

    #[test]
    fn well_formed_patterns_need_their_names() {
        for (language, pattern, keys, literal) in [
            ("python", "state.get_config($KEY, $FALLBACK)", None, Some("get_config")),
            ("python", "is_on($KEY,)", None, Some("is_on")),
            ("rust", "$_.cli_unstable().$KEY", None, Some("cli_unstable")),
            ("rust", "$_.check_${KEY}($$$)?", None, Some("check_")),
            ("rust", "$KEY($$$)", Some("{is,has}_*_enabled"), Some("_enabled")),
            ("python", "$KEY()", Some("*"), None),
            ("python", "$_($$$, has_feature_flag=$KEY, $$$)", None, Some("has_feature_flag")),
            ("python", "Feature($KEY, $$$).check_value($$$)", None, Some("check_value")),
            ("python", "choose($KEY, $ON, $OFF)", None, Some("choose")),
            ("rust", "Feature::new($KEY).is_on()", None, Some("is_on")),
        ] {
            let compiled = compile(language, pattern, keys).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(compiled[0].literal(), literal, "{pattern}");
        }
    }

    #[test]
    fn malformed_patterns_say_what_is_wrong_and_where() {
        for (language, pattern, keys, expected) in [
            ("python", "f(x)", None, "it has no `$KEY`; put `$KEY` where the flag's key stands"),
            ("python", "f($KEY, $KEY)", None, "it has `$KEY` 2 times; one place names the key"),
            ("python", "f($KEY", None, "it is not valid python"),
            ("rust", "f($NAME)", None, "unknown placeholder `$NAME`"),
            ("python", "$_.f(${KEY)", None, "a `${` without its `}`"),
            ("python", "$_($KEY)", None, "it has no fixed name"),
            ("python", "a; f($KEY)", None, "it is not one expression or statement of python"),
            ("python", "f($KEY, $ON)", None, "it has one of `$ON` and `$OFF`"),
            ("python", "f($KEY) + $$$", None, "`$$$` stands for arguments"),
        ] {
            let error = compile(language, pattern, keys).expect_err(pattern);
            assert!(error.contains(expected), "{pattern}: {error}");
            assert!(error.contains(pattern) && error.contains("flag-sweep.toml:3"), "{pattern}: {error}");
        }
        assert!(compile("python", "$KEY()", Some("{a")).expect_err("glob").contains("malformed"));
        assert!(compile("cobol", "f($KEY)", None).expect_err("language").contains("unknown language `cobol`"));
        assert!(compile("kotlin", "f($KEY)", None).expect("known, not read").is_empty());
        assert_eq!(compile("typescript", "isOn($KEY)", None).expect("both grammars, and components").len(), 4);
    }

    #[test]
    fn globs_filter_keys() {
        let pattern = &compile("rust", "$KEY($$$)", Some("{is,has}_*_enabled")).expect("valid")[0];
        assert!(pattern.accepts("is_x_enabled") && pattern.accepts("has_new_ui_enabled"));
        assert!(!pattern.accepts("was_x_enabled") && !pattern.accepts("is_x_enabled_now"));
        assert_eq!(longest_literal("{is,has}_*_enabled").as_deref(), Some("_enabled"));
        assert_eq!(longest_literal("*"), None);
    }
}
