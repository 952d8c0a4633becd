//! Where code declares a flag: constants, members, entries and elements whose text is a flag's key. Owns how a definition is
//! found around a key; which nodes mean what is asked of the language, and whether the place speaks of flags of `resolve`.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::outline::Outline;
use super::{MAX_DEPTH, text_of};
use crate::language::{Code, Language, ranges};
use crate::source::{Span, line_end, line_start};
use crate::value::Value;

/// What kind of code a definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefinitionKind {
    /// A constant of a module, the whole statement.
    Constant,
    /// A member of a class that is no enum.
    ClassAttribute,
    /// A member of an enum, with the attributes that name it.
    EnumMember,
    /// A field of a struct or an interface whose name is the key.
    Field,
    /// An entry of a dictionary or an object.
    Entry,
    /// An element of a list, a tuple or a set.
    Element,
    /// An alternative of a type.
    TypeMember,
    /// A statement that declares the flag with a call.
    Declaration,
    /// An arm of a `match` that yields the key.
    Arm,
    /// An entry of a data file.
    Data,
}

impl DefinitionKind {
    /// What messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::ClassAttribute => "class attribute",
            Self::EnumMember => "enum member",
            Self::Field => "field",
            Self::Entry => "entry",
            Self::Element => "list element",
            Self::TypeMember => "type member",
            Self::Declaration => "declaration",
            Self::Arm => "match arm",
            Self::Data => "data entry",
        }
    }
}

/// What the parent of a node is to the definition that the node may belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Around<'text> {
    /// Nothing of interest: parentheses, bodies.
    Nothing,
    /// An entry of a mapping; its name when the key stands on the other side.
    Entry(Option<&'text str>),
    /// A list: the node is one of its elements.
    Elements,
    /// Alternatives of a type: the node is one of them.
    Alternatives,
    /// A call of that function, or a value of that type.
    Call(&'text str),
    /// A declaration that may be one of the key, with the name that it gives.
    Statement {
        /// What it is when the key is its value, not an argument.
        kind: DefinitionKind,
        /// The whole of it.
        span: Span,
        /// The name that it gives, unless that is the key itself.
        name: Option<&'text str>,
    },
    /// A class, a type, a module: its name.
    Scope(&'text str),
    /// A function: what it holds runs, and declares nothing, but for the arms of a `match`.
    Function(&'text str),
    /// The file.
    Top,
    /// Something that declares nothing.
    Stop,
}

/// A key in a place that may declare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defined {
    /// The key.
    pub key: String,
    /// Where it is written.
    pub key_span: Span,
    /// The entry, statement or member.
    pub span: Span,
    /// What it is.
    pub kind: DefinitionKind,
    /// The name that code uses for it.
    pub name: Option<String>,
    /// Whether the key is a name in code, not a text.
    pub is_name: bool,
    /// Names around it, innermost first: of what is called, of mappings, classes.
    pub around: Vec<String>,
}

/// What a text says about keys.
#[derive(Debug, Default)]
pub struct Found<'keys> {
    /// The definitions.
    pub defined: Vec<Defined>,
    /// The keys of other places but for comments.
    pub others: Vec<&'keys str>,
    /// Whether the text has syntax errors.
    pub broken: bool,
}

/// What of a text is parsed for the sake of its definitions.
#[derive(Debug)]
pub struct Parsed<'text> {
    language: &'static Language,
    text: &'text str,
    /// Those of its top-level items, in order; `None` for all of it.
    items: Option<Vec<&'text Span>>,
    /// The same without bodies of functions.
    outline: Option<Outline>,
}

impl<'text> Parsed<'text> {
    /// The items that hold those places; the whole text where its items are not known, or a place is in none. Functions are left
    /// out that hold no place.
    pub fn new(
        language: &'static Language,
        text: &'text str,
        items: &'text [Span],
        starts: impl Iterator<Item = usize>,
    ) -> Self {
        let starts: BTreeSet<usize> = starts.collect();
        let item_at = |start: &usize| {
            let at = items.partition_point(|item| item.end <= *start);
            items.get(at).is_some_and(|item| item.start <= *start).then_some(at)
        };
        let wanted: Option<BTreeSet<usize>> = starts.iter().map(item_at).collect();
        let items = wanted.map(|wanted| wanted.into_iter().map(|at| &items[at]).collect());
        let wanted = |body: &Span| starts.range(body.clone()).next().is_some();
        let outline = if starts.is_empty() { None } else { Outline::new(language, text, wanted) };
        Self { language, text, items, outline }
    }

    /// Whether there is nothing to parse.
    pub fn is_nothing(&self) -> bool {
        self.items.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether a place is in it.
    pub fn holds(&self, span: &Span) -> bool {
        let is_in_item = self.items.as_ref().is_none_or(|items| {
            let at = items.partition_point(|item| item.end <= span.start);
            items.get(at).is_some_and(|item| item.start <= span.start)
        });
        is_in_item && !self.outline.as_ref().is_some_and(|outline| outline.hides(span.start))
    }

    /// Reads it. What does not parse on its own is read with what is around it.
    fn read(&self) -> Code<'text> {
        let Self { language, text, .. } = *self;
        let parts = self.items.as_ref().and_then(|items| parts(text, items));
        let code = match (&self.outline, &parts) {
            (Some(outline), _) => outline.read(language, parts.as_deref()),
            (None, Some(parts)) => Some(language.read_parts(text, &ranges(text, parts))),
            (None, None) => None,
        };
        let is_sound = |code: &Code<'_>| parts.is_none() || code.broken().is_none();
        code.filter(is_sound).unwrap_or_else(|| language.read(text))
    }
}

/// The definitions among places where keys stand in what is `parsed` of a text. `made` are the expressions that keys are known
/// to come from though their text is not the key: f-strings, calls that declare.
pub fn find<'keys>(
    places: &[(&'keys str, Span)],
    made: &BTreeSet<(usize, usize, String)>,
    parsed: &Parsed<'_>,
) -> Found<'keys> {
    let language = parsed.language;
    let code = parsed.read();
    let (mut found, mut others) = (Vec::new(), Vec::new());
    let (tree, text) = (&code.tree, code.text(parsed.text));
    let root = tree.root_node();
    for (key, span) in places {
        match defined(language, text, root, key, span) {
            Some(defined) => found.push(defined),
            None if root.descendant_for_byte_range(span.start, span.end).is_some_and(|node| node.is_extra()) => {}
            None => others.push(*key),
        }
    }
    for (start, end, key) in made {
        let node = root.descendant_for_byte_range(*start, *end).filter(|node| node.byte_range() == (*start..*end));
        if let Some(node) = node.filter(|node| !node.is_extra() && language.scan.literal(*node, text).is_none())
            && let Some(one) = around(language, text, node, key)
            && !found.iter().any(|other: &Defined| other.span == one.span)
        {
            found.push(one);
        }
    }
    found.sort_by_key(|one| (one.span.start, one.span.end, one.key_span.start));
    Found { defined: found, others, broken: code.broken().is_some() }
}

/// The lines of those items, as parts to be parsed; `None` when little would be left out.
fn parts(text: &str, items: &[&Span]) -> Option<Vec<Span>> {
    let mut parts: Vec<Span> = Vec::new();
    for item in items {
        let (start, end) = (line_start(text, item.start), line_end(text, item.end));
        match parts.last_mut().filter(|last| last.end >= start) {
            Some(last) => last.end = last.end.max(end),
            None => parts.push(start..end),
        }
    }
    if parts.iter().map(Span::len).sum::<usize>() * 4 > text.len() * 3 {
        return None;
    }
    Some(parts)
}

/// The keys whose places are in no comment, in a text with those top-level items, as far as they are known.
pub fn outside_comments(
    language: &'static Language,
    text: &str,
    items: &[Span],
    places: Vec<(String, Span)>,
) -> Vec<String> {
    let code = Parsed::new(language, text, items, places.iter().map(|(_, span)| span.start)).read();
    let node = |span: &Span| code.tree.root_node().descendant_for_byte_range(span.start, span.end);
    let is_comment = |span: &Span| node(span).is_some_and(|node| node.is_extra());
    places.into_iter().filter(|(_, span)| !is_comment(span)).map(|(key, _)| key).collect()
}

fn defined(language: &Language, text: &str, root: Node<'_>, key: &str, span: &Span) -> Option<Defined> {
    let syntax = language.scan;
    let mut node = root.descendant_for_byte_range(span.start, span.end)?;
    // The leaf is a name, or the inside of a string.
    for _ in 0..3 {
        let is_name = node.byte_range() == *span && node.child_count() == 0 && !node.kind().contains("content");
        let is_text = || matches!(syntax.literal(node, text), Some(Value::String(value)) if value == key);
        if is_name && !node.kind().contains("fragment") || is_text() {
            return around(language, text, node, key).map(|found| Defined { is_name, ..found });
        }
        node = node.parent()?;
    }
    None
}

fn around(language: &Language, text: &str, leaf: Node<'_>, key: &str) -> Option<Defined> {
    let mut at = leaf;
    let mut entry: Option<(DefinitionKind, Span)> = None;
    let mut name = None;
    let mut words = Vec::new();
    let mut called = leaf.kind().contains("call");
    for _ in 0..MAX_DEPTH {
        let Some(parent) = at.parent() else { break };
        match language.scan.around(at, parent, text) {
            Around::Nothing => {}
            Around::Entry(given) if entry.is_none() => {
                entry = Some((DefinitionKind::Entry, parent.byte_range()));
                name = given;
            }
            Around::Entry(given) => words.extend(given),
            Around::Elements if entry.is_none() => entry = Some((DefinitionKind::Element, at.byte_range())),
            Around::Alternatives if entry.is_none() => entry = Some((DefinitionKind::TypeMember, at.byte_range())),
            Around::Elements | Around::Alternatives => {}
            Around::Call(callee) => {
                words.push(callee);
                called = true;
            }
            Around::Statement { kind, span, name: given } if entry.is_none() => {
                match (called, kind) {
                    (false, DefinitionKind::Declaration) => return None,
                    (true, kind) if kind != DefinitionKind::EnumMember => {
                        entry = Some((DefinitionKind::Declaration, span));
                    }
                    _ => entry = Some((kind, span)),
                }
                name = given;
            }
            Around::Statement { name: given, .. } => words.extend(given),
            Around::Scope(given) => words.push(given),
            Around::Function(given) => match entry {
                Some((DefinitionKind::Arm, _)) => words.push(given),
                _ => return None,
            },
            Around::Top => break,
            Around::Stop => return None,
        }
        at = parent;
    }
    let (kind, span) = entry?;
    Some(Defined {
        key: key.to_owned(),
        key_span: leaf.byte_range(),
        span,
        kind,
        name: name.map(str::to_owned),
        is_name: false,
        around: words.into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect(),
    })
}

/// Whether an entry of that name says what the thing around it is called: `{"name": "new-checkout", "default": false}`.
pub fn is_label(name: &str) -> bool {
    let labels = ["key", "name", "id", "slug", "flag", "flag_key", "flagkey", "flag_name", "feature", "toggle"];
    labels.contains(&name.trim_matches(['"', '\'']).to_ascii_lowercase().as_str())
}

/// The text of a node without quotes.
pub fn unquoted<'text>(node: Node<'_>, text: &'text str) -> &'text str {
    text_of(node, text).trim_matches(['"', '\'', '`'])
}
