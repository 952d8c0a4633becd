//! Registries that are a literal in a program: a Python dictionary, an object of JavaScript or TypeScript. Owns finding it by
//! its name, turning it into the tree that registry files have, and what else in the file changes it; gives it no meaning.

use std::collections::HashMap;

use tree_sitter::Node as Syntax;

use super::error::Problem;
use super::nearest::nearest;
use super::tree::build::Builder;
use super::tree::{MAX_DEPTH, RawKind, RawNode, Root};
use crate::language::Language;
use crate::source::{LineIndex, Span};
use crate::value::Value;

/// Expressions are shown up to this many characters.
const SHOWN: usize = 60;

/// Methods that change a mapping.
const CHANGES: [&str; 10] =
    ["update", "setdefault", "pop", "popitem", "clear", "__setitem__", "set", "delete", "assign", "register"];

/// Functions that put more into the mapping that they get first: `Object.assign(flags, more)`.
const MERGES: [&str; 8] =
    ["assign", "merge", "mergeWith", "deepmerge", "deep_merge", "extend", "defineProperty", "defineProperties"];

/// A literal in a program as a tree, and what the tree does not show.
#[derive(Debug)]
pub(super) struct Literal {
    /// The mapping.
    pub(super) root: Root,
    /// Places that change it after it was written, as "line 591: `FLAGS.update(…)`".
    pub(super) writes: Vec<String>,
    /// Whether it may have more entries than the tree.
    pub(super) more: bool,
}

/// The mapping of that name: a variable, an attribute of a class (`Settings.FEATURES`), an entry of another mapping, or what
/// is passed to what has the name (`FeatureFlags({…})`).
pub(super) fn read(language: &Language, text: &str, name: &str) -> Result<Literal, Problem> {
    let code = language.read(text);
    if let Some(why) = code.unparsed {
        return Err(Problem::new(format!("the registry in it is not read: {why}"), 0..0, "this file"));
    }
    let text_seen = code.masked.as_ref().map_or(text, |masked| &masked.text);
    if code.tree.root_node().has_error() {
        let at = broken(code.tree.root_node());
        return Err(Problem::new("the file has syntax errors, so the registry in it is not read", at, "here"));
    }
    let reader = Reader { language, text: text_seen, constants: constants(language, code.tree.root_node(), text_seen) };
    reader.find(code.tree.root_node(), name)
}

fn broken(root: Syntax<'_>) -> Span {
    let found = nodes(root).find(|node| node.is_error() || node.is_missing());
    found.map_or(0..0, |node| node.byte_range())
}

/// Every node below one, in the order of the text.
fn nodes(root: Syntax<'_>) -> impl Iterator<Item = Syntax<'_>> {
    let mut stack = vec![root];
    std::iter::from_fn(move || {
        let node = stack.pop()?;
        let first = stack.len();
        stack.extend(node.children(&mut node.walk()));
        stack[first..].reverse();
        Some(node)
    })
}

fn named(node: Syntax<'_>) -> Vec<Syntax<'_>> {
    node.named_children(&mut node.walk()).filter(|child| !child.is_extra()).collect()
}

/// Texts by the names that stand for them in the file: `NEW_UI = "new-ui"`, and `Flags.NEW_UI` where a class has that.
fn constants(language: &Language, root: Syntax<'_>, text: &str) -> HashMap<String, Option<String>> {
    let mut found: HashMap<String, Option<String>> = HashMap::new();
    for node in nodes(root) {
        let Some((name, value)) = binding(node) else { continue };
        let Some(Value::String(value)) = language.scan.literal(value, text) else {
            continue;
        };
        let mut path = last_name(name, text).to_owned();
        if let Some(scope) = scope(node, text) {
            path = format!("{scope}.{path}");
        }
        // A name with two values says nothing.
        let known = found.entry(path).or_insert_with(|| Some(value.clone()));
        if known.as_ref() != Some(&value) {
            *known = None;
        }
    }
    found
}

/// The name and the value of an assignment, a declaration, a member.
fn binding(node: Syntax<'_>) -> Option<(Syntax<'_>, Syntax<'_>)> {
    let field = |name: &str| node.child_by_field_name(name);
    match node.kind() {
        "assignment" | "assignment_expression" => Some((field("left")?, field("right")?)),
        "variable_declarator" | "public_field_definition" | "enum_assignment" | "keyword_argument" => {
            Some((field("name")?, field("value")?))
        }
        _ => None,
    }
}

/// The class, enum or variable that a member stands in.
fn scope<'t>(node: Syntax<'_>, text: &'t str) -> Option<&'t str> {
    let mut at = node.parent();
    while let Some(parent) = at {
        if matches!(parent.kind(), "class_definition" | "class_declaration" | "enum_declaration") {
            return parent.child_by_field_name("name").map(|name| &text[name.byte_range()]);
        }
        if matches!(parent.kind(), "function_definition" | "function_declaration" | "method_definition") {
            return None;
        }
        at = parent.parent();
    }
    None
}

/// `FEATURES` of `FEATURES`, `self.FEATURES`, `config["FEATURES"]`.
fn last_name<'t>(node: Syntax<'_>, text: &'t str) -> &'t str {
    let part = ["attribute", "property", "subscript", "index"].iter().find_map(|field| node.child_by_field_name(field));
    text[part.unwrap_or(node).byte_range()].trim_matches(['"', '\'', '`'])
}

struct Reader<'a> {
    language: &'a Language,
    text: &'a str,
    constants: HashMap<String, Option<String>>,
}

impl Reader<'_> {
    fn find(&self, whole: Syntax<'_>, name: &str) -> Result<Literal, Problem> {
        let parts: Vec<&str> = name.split('.').collect();
        let mut found: Vec<(Syntax<'_>, Syntax<'_>, usize)> = Vec::new();
        let mut bound: Vec<(Syntax<'_>, Syntax<'_>, &str)> = Vec::new();
        for node in nodes(whole) {
            if let Some((target, value)) = binding(node) {
                let own = last_name(target, self.text);
                if let Some(mapping) = self.mapping(value) {
                    bound.push((target, mapping, own));
                    let used = match (parts.as_slice(), scope(node, self.text)) {
                        ([class, member, ..], Some(scope)) if *class == scope && *member == own => 2,
                        ([first, ..], _) if *first == own => 1,
                        _ => continue,
                    };
                    found.push((target, mapping, used));
                }
            } else if let Some(callee) = callee(node) {
                let own = last_name(callee, self.text);
                if parts == [own]
                    && let Some(mapping) = self.argument(node)
                {
                    found.push((callee, mapping, 1));
                }
            }
        }
        // What is called by the name and what is assigned to it may be one: `flags = FeatureFlags({…})`.
        found.dedup_by_key(|(_, mapping, _)| mapping.id());
        let Some((target, mapping, used)) = found.first().copied() else {
            let near = nearest(name, bound.iter().map(|(.., own)| *own));
            let here = near.map_or_else(|| "nothing of that name".to_owned(), |near| format!("did you mean `{near}`?"));
            let problem = Problem::new(format!("no mapping `{name}` is written in this file"), 0..0, here);
            return Err(problem.help("`mapping` names the variable, class attribute or call that holds the literal"));
        };
        if let Some((_, second, _)) = found.iter().find(|(_, other, _)| other.id() != mapping.id()) {
            let problem = Problem::new(format!("`{name}` is written twice"), second.byte_range(), "written again");
            return Err(problem
                .label(mapping.byte_range(), "first written here")
                .help("name the class as well, `Settings.FEATURES`: which of the two is meant cannot be known"));
        }
        let mut at = mapping;
        for part in &parts[used..] {
            let inside = self.pairs(at).into_iter().find(|(key, _)| self.key(*key).as_deref() == Some(*part));
            match inside.and_then(|(_, value)| self.mapping(value)) {
                Some(inside) => at = inside,
                None => {
                    let message = format!("`{name}`: there is no mapping `{part}` in it");
                    return Err(Problem::new(message, at.start_byte()..at.start_byte() + 1, "looked for it here"));
                }
            }
        }
        let mut tree = Builder::new(self.text.into());
        let wrong = |span| {
            Problem::new(format!("nested deeper than {MAX_DEPTH} levels, or a key that is there twice"), span, "here")
        };
        let (node, more) = self.convert(&mut tree, at, 0).map_err(wrong)?;
        let root = tree.finish(node.ok_or_else(|| wrong(at.byte_range()))?);
        let last = if used == 2 { parts[1] } else { parts[0] };
        let mut writes = self.writes(whole, last, target);
        // `flags = FeatureFlags({…})` is changed by its own name.
        for (target, _, own) in bound.iter().filter(|(_, other, own)| other.id() == mapping.id() && *own != last) {
            let further = self.writes(whole, own, *target);
            writes.extend(further.into_iter().filter(|change| !writes.contains(change)).collect::<Vec<_>>());
        }
        let merged = self.merged(mapping).or_else(|| self.merged(at));
        let more = more || merged.is_some();
        writes.extend(merged);
        Ok(Literal { root, writes, more })
    }

    /// The call that puts more into the mapping as soon as it is written: `Object.assign({…}, more)`.
    fn merged(&self, mapping: Syntax<'_>) -> Option<String> {
        let arguments = mapping.parent()?;
        let call = arguments.parent()?;
        let merges = MERGES.contains(&last_name(callee(call)?, self.text));
        (merges && named(arguments).len() > 1).then(|| {
            let line = LineIndex::new(self.text).line(call.start_byte()) + 1;
            format!("line {line}: {}", self.code(call))
        })
    }

    /// The mapping that an expression yields, through conversions and calls that take it as their first argument.
    fn mapping<'t>(&self, value: Syntax<'t>) -> Option<Syntax<'t>> {
        let mut at = value;
        for _ in 0..MAX_DEPTH {
            at = match at.kind() {
                "dictionary" | "object" => return Some(at),
                "call" if callee(at).is_some_and(|name| &self.text[name.byte_range()] == "dict") => {
                    return at.child_by_field_name("arguments");
                }
                "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" => {
                    *named(at).first()?
                }
                _ => return self.argument(at),
            };
        }
        None
    }

    /// The mapping that a call gets as its first argument.
    fn argument<'t>(&self, call: Syntax<'t>) -> Option<Syntax<'t>> {
        callee(call)?;
        let first = *named(call.child_by_field_name("arguments")?).first()?;
        matches!(first.kind(), "dictionary" | "object").then_some(first)
    }

    /// Keys and values; a spread is a pair of itself with itself.
    fn pairs<'t>(&self, mapping: Syntax<'t>) -> Vec<(Syntax<'t>, Syntax<'t>)> {
        let pair = |node: Syntax<'t>| match node.kind() {
            "pair" => Some((node.child_by_field_name("key")?, node.child_by_field_name("value")?)),
            "keyword_argument" => Some((node.child_by_field_name("name")?, node.child_by_field_name("value")?)),
            "method_definition" => Some((node.child_by_field_name("name")?, node)),
            _ => Some((node, node)),
        };
        named(mapping).into_iter().filter_map(pair).collect()
    }

    /// The text of a key: a literal, a plain name where that is one, or a constant of the file.
    fn key(&self, key: Syntax<'_>) -> Option<String> {
        match key.kind() {
            "property_identifier" | "shorthand_property_identifier" => Some(self.text[key.byte_range()].to_owned()),
            "identifier" if key.parent().is_some_and(|parent| parent.kind() == "keyword_argument") => {
                Some(self.text[key.byte_range()].to_owned())
            }
            "computed_property_name" => self.key(*named(key).first()?),
            _ => match self.language.scan.literal(key, self.text) {
                Some(Value::String(text)) => Some(text),
                Some(_) => None,
                None => {
                    let name = &self.text[key.byte_range()];
                    let name = name.strip_suffix(".value").unwrap_or(name);
                    self.constants.get(name).cloned().flatten()
                }
            },
        }
    }

    /// Puts a literal into the tree; the root once it is complete, and whether it may hold more than that. Recursion is bounded
    /// by `MAX_DEPTH`. An error is where it goes too deep, or a key that is there twice.
    fn convert(&self, tree: &mut Builder, node: Syntax<'_>, depth: usize) -> Result<(Option<RawNode>, bool), Span> {
        let span = node.byte_range();
        if depth >= MAX_DEPTH {
            return Err(span);
        }
        let kind = match node.kind() {
            "dictionary" | "object" | "argument_list" => {
                tree.open_map(span.clone()).map_err(|_| span.clone())?;
                let more = self.entries(tree, node, depth)?;
                let root = tree.end(span.end).map_err(|_| span)?;
                return Ok((root, more));
            }
            "list" | "array" | "tuple" | "set" => {
                tree.open_list(span.clone()).map_err(|_| span.clone())?;
                for item in named(node) {
                    self.convert(tree, item, depth + 1)?;
                }
                return Ok((tree.end(span.end).map_err(|_| span)?, false));
            }
            "none" | "null" | "undefined" => RawKind::Null,
            "parenthesized_expression" | "as_expression" | "satisfies_expression" => match named(node).first() {
                Some(inner) => return self.convert(tree, *inner, depth + 1),
                None => RawKind::Code(tree.words(&self.code(node), &span)),
            },
            _ => match self.language.scan.literal(node, self.text) {
                Some(Value::Bool(on)) => RawKind::Bool(on),
                Some(Value::Int(number)) => RawKind::int(number),
                Some(Value::Float(number)) => RawKind::float(number),
                Some(Value::String(text)) => RawKind::Text(tree.words(&text, &span)),
                _ => RawKind::Code(tree.words(&self.code(node), &span)),
            },
        };
        Ok((tree.value(kind, &span).map_err(|_| span)?, false))
    }

    /// Puts the entries of a mapping into the tree, and yields whether it may have more.
    fn entries(&self, tree: &mut Builder, mapping: Syntax<'_>, depth: usize) -> Result<bool, Span> {
        let mut more = false;
        for (key, value) in self.pairs(mapping) {
            let at = key.byte_range();
            let is_spread = key.id() == value.id();
            let name = if is_spread && key.kind() != "shorthand_property_identifier" { None } else { self.key(key) };
            let Some(name) = name else {
                let shown = self.code(key);
                more = true;
                if is_spread {
                    // What is spread replaces entries before it.
                    tree.replace_values(&format!("unless {shown} replaces it"));
                }
                if depth > 0 {
                    let words = tree.words(&format!("({shown})"), &at);
                    tree.key(words, &at);
                    let words = tree.words(&shown, &at);
                    tree.value(RawKind::Code(words), &at).map_err(|_| at)?;
                }
                continue;
            };
            if tree.has(&name) {
                return Err(at);
            }
            let words = tree.words(&name, &at);
            tree.key(words, &at);
            self.convert(tree, value, depth + 1)?;
        }
        Ok(more)
    }

    /// The beginning of an expression, on one line.
    fn code(&self, node: Syntax<'_>) -> String {
        let words = self.text[node.byte_range()].split_whitespace().collect::<Vec<_>>().join(" ");
        match words.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &words[..end]),
            None => words,
        }
    }

    /// Places that change what has the name, other than where it is written.
    fn writes(&self, root: Syntax<'_>, name: &str, written: Syntax<'_>) -> Vec<String> {
        let lines = LineIndex::new(self.text);
        let mut found = Vec::new();
        let mut add = |change: Syntax<'_>| {
            found.push(format!("line {}: {}", lines.line(change.start_byte()) + 1, self.code(change)));
        };
        // An import before it is replaced by it, if it is written at all.
        let is_certain = !std::iter::successors(written.parent(), Syntax::parent)
            .any(|around| matches!(around.kind(), "if_statement" | "try_statement" | "match_statement"));
        for node in nodes(root) {
            let may_replace = !is_certain || node.start_byte() > written.start_byte();
            if node.kind() == "wildcard_import" && may_replace {
                // What it brings may have the name.
                add(node.parent().unwrap_or(node));
            }
            let is_name =
                matches!(node.kind(), "identifier" | "property_identifier" | "string_content" | "string_fragment");
            if !is_name || &self.text[node.byte_range()] != name {
                continue;
            }
            let inside =
                |outer: Syntax<'_>| outer.start_byte() <= node.start_byte() && node.end_byte() <= outer.end_byte();
            if !inside(written)
                && let Some(change) = self.change(node)
                && (may_replace || !matches!(change.kind(), "import_from_statement" | "aliased_import"))
            {
                add(change);
            }
        }
        found
    }

    /// The statement or call that changes what a name means, if the name stands where that is so.
    fn change<'t>(&self, name: Syntax<'t>) -> Option<Syntax<'t>> {
        let mut at = name;
        // `self.FLAGS`, `config["FLAGS"]`, `FLAGS["x"]`: the way out to what is done with it.
        for _ in 0..MAX_DEPTH {
            let parent = at.parent()?;
            let is = |field: &str| parent.child_by_field_name(field) == Some(at);
            match parent.kind() {
                "string" => {}
                // Brackets, casts, and others that are assigned to or deleted with it.
                "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" => {}
                "pattern_list" | "tuple_pattern" | "list_pattern" | "expression_list" => {}
                "array_pattern" | "object_pattern" | "pair_pattern" => {}
                "attribute" | "member_expression" if is("object") => {
                    let method = parent.child_by_field_name("attribute").or(parent.child_by_field_name("property"))?;
                    let call = parent.parent().filter(|call| callee(*call) == Some(parent));
                    if let Some(call) = call {
                        return CHANGES.contains(&&self.text[method.byte_range()]).then_some(call);
                    }
                }
                "attribute" | "member_expression" | "subscript" | "subscript_expression" => {}
                "assignment" | "assignment_expression" if is("left") => return Some(parent),
                "augmented_assignment" | "augmented_assignment_expression" if is("left") => return Some(parent),
                "for_statement" | "for_in_statement" if is("left") => return Some(parent),
                "named_expression" if is("name") => return Some(parent),
                "delete_statement" => return Some(parent),
                "dotted_name" => {}
                "import_from_statement" if !is("module_name") => return Some(parent),
                "aliased_import" if is("alias") => return Some(parent),
                "unary_expression" if self.text[parent.byte_range()].starts_with("delete") => return Some(parent),
                "arguments" | "argument_list" => {
                    let call = parent.parent()?;
                    let called = last_name(callee(call)?, self.text);
                    let arguments = named(parent);
                    let changed = match called {
                        "setattr" => arguments.get(1),
                        _ => arguments.first().filter(|_| MERGES.contains(&called) && arguments.len() > 1),
                    };
                    return (changed == Some(&at)).then_some(call);
                }
                _ => return None,
            }
            at = parent;
        }
        None
    }
}

/// What a call calls, or what is made by `new`.
fn callee(call: Syntax<'_>) -> Option<Syntax<'_>> {
    match call.kind() {
        "call" | "call_expression" => call.child_by_field_name("function"),
        "new_expression" => call.child_by_field_name("constructor"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::Kind;
    use super::{Literal, read};
    use crate::language;

    fn literal(language: &str, text: &str, name: &str) -> Result<Literal, String> {
        let language = language::by_name(language).expect("it is a language");
        read(language, text, name).map_err(|problem| problem.one_line("file", text))
    }

    fn keys(language: &str, text: &str, name: &str) -> Vec<String> {
        let literal = literal(language, text, name).expect("it is there");
        let Kind::Map(entries) = literal.root.node().kind() else { panic!("not a mapping") };
        entries.iter().map(|entry| format!("{}: {:?}", entry.key, entry.value.kind())).collect()
    }

    #[test]
    fn mappings_are_found_by_their_names() {
        for (language, text, name) in [
            ("python", "FLAGS = {\"a\": True}", "FLAGS"),
            ("python", "FLAGS: dict[str, bool] = {\"a\": True}", "FLAGS"),
            ("python", "flags = FeatureFlags({\"a\": True})", "flags"),
            ("python", "flags = FeatureFlags({\"a\": True})", "FeatureFlags"),
            ("python", "FLAGS = dict(a=True)", "FLAGS"),
            ("python", "class Settings:\n    FLAGS = {\"a\": True}", "Settings.FLAGS"),
            ("python", "class Settings:\n    FLAGS = {\"a\": True}", "FLAGS"),
            ("python", "CONFIG = {\"features\": {\"a\": True}}", "CONFIG.features"),
            ("python", "A = \"a\"\nFLAGS = {A: True}", "FLAGS"),
            ("python", "class F:\n    A = \"a\"\nFLAGS = {F.A: True}", "FLAGS"),
            ("typescript", "export const flags = { a: true } as const;", "flags"),
            ("typescript", "export const flags: Flags = { \"a\": true };", "flags"),
            ("typescript", "const flags = Object.freeze({ a: true } );", "flags"),
            ("typescript", "const flags = new FeatureFlags({ a: true });", "FeatureFlags"),
            ("typescript", "class A { static flags = { a: true }; }", "A.flags"),
            ("javascript", "class A { static flags = { a: true }; }", "A.flags"),
            (
                "javascript",
                "class B { static flags = { b: true }; }\nclass A { static flags = { a: true }; }",
                "A.flags",
            ),
            ("typescript", "class A { static more = { b: true }; static flags = { a: true }; }", "A.flags"),
            ("typescript", "enum F { A = \"a\" }\nconst flags = { [F.A]: true };", "flags"),
            ("javascript", "module.exports.flags = { a: true };", "flags"),
        ] {
            assert_eq!(keys(language, text, name), ["a: Bool(true)"], "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_stays_code() {
        let text = "FLAGS = {\"a\": os.environ.get(\"A\"), \"b\": {\"strategy\": Strategy.ALL, \"percentage\": 20}}";
        assert_eq!(keys("python", text, "FLAGS")[0], "a: Code(\"os.environ.get(\\\"A\\\")\")");
        let literal = literal("python", "FLAGS = {\"a\": True, **MORE, \"b\": True}", "FLAGS").expect("it is there");
        assert!(literal.more);
        let Kind::Map(entries) = literal.root.node().kind() else { panic!("not a mapping") };
        assert!(
            matches!(entries.find("a").map(|entry| entry.value.kind()), Some(Kind::Code(_))),
            "what is spread may replace it"
        );
        assert!(matches!(entries.find("b").map(|entry| entry.value.kind()), Some(Kind::Bool(true))));
    }

    #[test]
    fn changes_elsewhere_are_seen() {
        for (language, text, count) in [
            ("python", "FLAGS = {\"a\": True}\nFLAGS.update(more)", 1),
            ("python", "FLAGS = {\"a\": True}\nFLAGS[\"a\"] = False", 1),
            ("python", "FLAGS = {\"a\": True}\ndel FLAGS[\"a\"]", 1),
            ("python", "FLAGS = {\"a\": True}\nFLAGS |= more", 1),
            ("python", "FLAGS = {\"a\": 1}\ntotal += FLAGS[\"a\"]", 0),
            ("python", "FLAGS = {\"a\": True}\nconfig[\"FLAGS\"][\"a\"] = False", 1),
            ("python", "FLAGS = {\"a\": True}\nFLAGS = load()", 1),
            ("python", "FLAGS = {\"a\": True}\nx = FLAGS[\"a\"]\ny = FLAGS.get(\"a\")\nf(FLAGS)", 0),
            ("typescript", "const flags = { a: true };\nflags.a = false;", 1),
            ("typescript", "const flags = { a: true };\nObject.assign(flags, more);", 1),
            ("typescript", "const flags = { a: { on: true } };\nObject.assign(flags.a, more);", 1),
            ("typescript", "const flags = { a: { on: true } };\nObject.assign(flags['a'], more);", 1),
            ("typescript", "const flags = { a: true };\nObject.assign(more, flags);\nObject.assign(more, flags.a);", 0),
            ("python", "FLAGS = {\"a\": True, \"b\": True}\nFLAGS[\"a\"], FLAGS[\"b\"] = load()", 2),
            ("python", "FLAGS = {\"a\": True, \"b\": True}\ndel FLAGS[\"a\"], FLAGS[\"b\"]", 2),
            ("python", "FLAGS = {\"a\": True}\nfor FLAGS[\"a\"] in load():\n    pass", 1),
            ("python", "FLAGS = merge({\"a\": True}, load())", 1),
            (
                "python",
                "FLAGS = {\"a\": True}\ntry:\n    from local import other, FLAGS\nexcept ImportError:\n    pass",
                1,
            ),
            ("python", "FLAGS = {\"a\": True}\nfrom local import *\nfrom local import loaded as FLAGS", 2),
            ("python", "from base import *\nfrom base import FLAGS\nFLAGS = {\"a\": True}", 0),
            ("python", "from base import *\nfrom base import FLAGS\nif DEBUG:\n    FLAGS = {\"a\": True}", 2),
            ("python", "FLAGS = {\"a\": True}\nif FLAGS := load():\n    pass", 1),
            ("python", "FLAGS = {\"a\": True}\nsetattr(settings, \"FLAGS\", load())\nsetattr(FLAGS, \"b\", x)", 1),
            ("python", "FLAGS = {\"a\": True}\nmerge(FLAGS, load())\nmerge(load(), FLAGS)\nnames.extend(FLAGS)", 1),
            ("python", "FLAGS = {\"a\": True}\nfrom FLAGS import x\nfrom more import FLAGS as known", 0),
            ("python", "FLAGS = {\"a\": True}\nx = FLAGS[\"a\"], 1\nfor y in FLAGS[\"a\"], 1:\n    pass", 0),
            ("typescript", "const flags: any = { a: true };\n(flags as any).a = false;\nflags!.a = false;", 2),
            ("typescript", "const flags = { a: true };\n[flags.a] = load();\n({ a: flags.a } = load());", 2),
            ("typescript", "const flags = Object.assign({ a: true }, load());", 1),
            ("typescript", "const flags = { a: true };\nmerge(flags, more);\n_.extend(flags as any, more);", 2),
            ("typescript", "const flags = Object.assign({ a: true });\nuse((flags as any).a, flags.a);", 0),
            ("typescript", "const flags = { a: true };\ndelete flags.a;", 1),
            ("typescript", "const flags = { a: true };\nif (flags.a) { run(flags); }", 0),
            ("typescript", "const flags = { a: true };\nif (!flags.a) { run(typeof flags); }", 0),
        ] {
            let name = if language == "python" { "FLAGS" } else { "flags" };
            let literal = literal(language, text, name).expect("it is there");
            assert_eq!(literal.writes.len(), count, "{text}: {:?}", literal.writes);
        }
    }

    #[test]
    fn changes_by_the_name_of_what_holds_the_mapping_are_seen() {
        let writes = |language, text, name| literal(language, text, name).expect("it is there").writes;
        let held = "flags = FeatureFlags({\"a\": True})\nflags[\"a\"] = False\nflags.register(\"b\", True)";
        assert_eq!(
            writes("python", held, "FeatureFlags"),
            ["line 2: flags[\"a\"] = False", "line 3: flags.register(\"b\", True)"]
        );
        let merged = "\nconst flags = Object.assign({ a: true }, load());";
        assert!(literal("typescript", merged, "flags").expect("it is there").more);
        assert_eq!(writes("typescript", merged, "flags"), ["line 2: Object.assign({ a: true }, load())"]);
    }

    #[test]
    fn what_is_called_like_a_mapping_does_not_change_it() {
        let text = "const register = { a: true };\nsignals.register(listener);";
        let literal = literal("typescript", text, "register").expect("it is there");
        assert!(literal.writes.is_empty(), "{:?}", literal.writes);
    }

    #[test]
    fn brackets_are_looked_through_up_to_a_depth() {
        for (open, close, levels, is_read) in
            [("(", ")", 10, true), ("(", ")", 100, false), ("[(", ")]", 10, true), ("[(", ")]", 40, false)]
        {
            let text = format!("FLAGS = {{\"a\": {}1{}}}", open.repeat(levels), close.repeat(levels));
            assert_eq!(literal("python", &text, "FLAGS").is_ok(), is_read, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_an_error() {
        for (text, name, message) in [
            ("FLAG = {\"a\": True}", "FLAGS", "did you mean `FLAG`?"),
            ("FLAGS = {\"a\": True}\nclass A:\n    FLAGS = {\"a\": False}", "FLAGS", "written twice"),
            ("FLAGS = {\"a\": True, \"a\": False}", "FLAGS", "there twice"),
            ("FLAGS = {", "FLAGS", "syntax errors"),
            ("x = 1\nFLAGS = {\"a\": }", "FLAGS", "at: 18..19"),
            ("FLAGS = load()", "FLAGS", "no mapping `FLAGS`"),
            ("CONFIG = {\"x\": 1}", "CONFIG.features", "no mapping `features`"),
        ] {
            let language = language::by_name("python").expect("it is a language");
            let problem = read(language, text, name).expect_err(text);
            let shown = format!("{problem:?}");
            assert!(shown.contains(message), "{shown}");
        }
    }
}
