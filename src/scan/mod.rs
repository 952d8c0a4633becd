//! Per-file facts: calls that may be checks, constants, functions, imports. States facts and holds no opinions; does no I/O
//! and cannot fail: broken syntax is a fact too.

mod above;
mod asked;
pub mod candidates;
mod captures;
mod collect;
pub mod definitions;
pub mod facts;
mod field;
mod fields;
pub mod hits;
pub mod keys;
mod lexicon;
mod literal;
mod macros;
mod matching;
pub mod outline;
mod outlined;
pub mod pattern;
pub mod places;
pub mod prefilter;
mod queries;
mod query;
mod scopes;
mod uses;
pub mod vocabulary;
mod walk;
mod word_index;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use crate::language::Unparsed;
use crate::source::Span;
use crate::value::Value;
use definitions::Around;
use facts::{Argument, Expr, Import, Member, Parameter};
use outline::Bodies;

pub use above::Above;
pub use captures::{CAPTURES, Capture};
pub use collect::scan;
pub use field::Field;
pub use literal::unescape;
pub use uses::{Role, Uses};
pub use walk::walk;
pub use word_index::WordIndex;

/// A set that lives as long as a scan: it is asked many times, and a scan has no time for a hash that resists attacks.
type Set<Item> = std::collections::HashSet<Item, foldhash::fast::RandomState>;
/// A map like that.
type Map<Key, Value> = std::collections::HashMap<Key, Value, foldhash::fast::RandomState>;

/// What makes a file worth a parse, and a call worth a fact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Names of functions and methods.
    pub names: BTreeSet<String>,
    /// Names of methods that mean something on certain receivers only, and the last names of these.
    pub restricted: BTreeMap<String, BTreeSet<String>>,
    /// Of these, the ones whose result may be an object of flags, so that it matters what is taken out of it.
    pub objects: BTreeSet<String>,
    /// Names of mappings whose members are worth a fact.
    pub mappings: BTreeSet<String>,
    /// Names of things whose members are worth a fact, with `()` when it is what a call yields.
    pub fields: BTreeSet<String>,
    /// Names of properties of the project: reading one is a call.
    pub properties: BTreeSet<String>,
    /// Names of parameters that take a key in functions that nothing else explains.
    pub parameters: BTreeSet<String>,
}

/// An argument as it stands in the tree.
#[derive(Clone, Debug)]
pub struct ArgumentNode<'tree> {
    /// The whole argument.
    pub node: Node<'tree>,
    /// Its value.
    pub value: Node<'tree>,
    /// Its keyword.
    pub keyword: Option<&'tree str>,
    /// Whether it stands for any number of arguments.
    pub spread: bool,
}

impl ArgumentNode<'_> {
    /// The argument as a fact, with what its value is.
    pub fn with(&self, value: Expr) -> Argument {
        Argument {
            span: self.node.byte_range(),
            keyword: self.keyword.map(Into::into),
            spread: self.spread,
            value,
            value_span: self.value.byte_range(),
        }
    }
}

/// An entry of a literal mapping or list.
#[derive(Clone, Copy, Debug)]
pub struct EntryNode<'tree> {
    /// Its key, or the element.
    pub key: Node<'tree>,
    /// Its value; none for an element.
    pub value: Option<Node<'tree>>,
}

/// What a name node binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'text> {
    /// A name in the scope around.
    Name(&'text str),
    /// A member of the object whose method this is: `self.name`.
    Member(&'text str),
    /// Names inside a pattern.
    Pattern,
}

/// What scanning asks of a language. Nodes are of its own grammar.
pub trait Syntax: Sync {
    /// The query files: name and text. Captures are those of [`CAPTURES`].
    fn queries(&self) -> &'static [(&'static str, &'static str)];

    /// Reduces an expression. Must not go deeper than [`MAX_DEPTH`] levels.
    fn expression(&self, node: Node<'_>, text: &str) -> Expr;

    /// Reduces a type to the name of what it holds: `Optional[Client]` and `Arc<Client>` are `Client`.
    fn type_name(&self, node: Node<'_>, text: &str) -> Option<Expr>;

    /// The arguments of a list, comments left out.
    fn arguments<'tree>(&self, list: Node<'tree>, text: &'tree str) -> Vec<ArgumentNode<'tree>>;

    /// The names that an import statement brings; scope and order are filled in by the caller.
    fn imports(&self, node: Node<'_>, text: &str) -> Vec<Import>;

    /// The parameters of a list.
    fn parameters(&self, list: Node<'_>, text: &str) -> Vec<Parameter>;

    /// What an assignment's left side, or a pattern, binds.
    fn target<'text>(&self, node: Node<'_>, text: &'text str) -> Target<'text>;

    /// Whether a leaf inside a pattern is a name that the pattern binds. Its parent is given: asking a node for it costs a
    /// walk from the root.
    fn binds(&self, leaf: Node<'_>, parent: Option<Node<'_>>, text: &str) -> bool;

    /// The name in a scope's name node (`Store<T>` is `Store`).
    fn scope_name<'text>(&self, node: Node<'_>, text: &'text str) -> &'text str;

    /// The expression that a function yields at its end.
    fn tail<'tree>(&self, function: Node<'tree>) -> Option<Node<'tree>>;

    /// The text that names an enum variant: its own name, or another that is declared on it.
    fn variant(&self, node: Node<'_>, text: &str) -> String;

    /// The member of the result that is read at once: its name and the whole expression.
    fn accessor<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, text: &str) -> Option<(String, Span)>;

    /// The decorator that a call is.
    fn decorator<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, text: &str) -> Option<Span>;

    /// Whether a scope node holds tests only.
    fn is_test(&self, node: Node<'_>, text: &str) -> bool;

    /// Whether a file is a test file: by its relative path with `/`, or by its name and what it holds.
    fn is_test_file(&self, path: &str, text: &str) -> bool;

    /// What stands between the segments of a path.
    fn separator(&self) -> &'static str;

    /// The last name of what is called, without looking at the rest.
    fn callee_name<'text>(&self, function: Node<'_>, text: &'text str) -> Option<&'text str>;

    /// Whether a member or name is written to, or called, so that it is not a read.
    fn is_read(&self, node: Node<'_>) -> bool;

    /// The value of a literal node.
    fn literal(&self, node: Node<'_>, text: &str) -> Option<Value>;

    /// A node without what only tells the compiler something: `(x as T)`, `x!`.
    fn plain<'tree>(&self, node: Node<'tree>) -> Node<'tree> {
        node
    }

    /// Whether a child of a node does not matter when it is compared with a pattern: commas, type arguments.
    fn is_decoration(&self, child: Node<'_>) -> bool {
        child.is_extra() || child.kind() == ","
    }

    /// The members that a pattern takes out of an object: the node that names each, and the one it is bound to.
    fn members<'tree>(&self, _pattern: Node<'tree>) -> Vec<(Node<'tree>, Node<'tree>)> {
        Vec::new()
    }

    /// The members that a pattern takes out of what an entry of it holds: the nodes of the entry's name, the member's name, and
    /// the one it is bound to.
    fn held<'tree>(&self, _pattern: Node<'tree>) -> Vec<(Node<'tree>, Node<'tree>, Node<'tree>)> {
        Vec::new()
    }

    /// The entries of a literal mapping, or the elements of a literal list; empty for anything else.
    fn entries<'tree>(&self, node: Node<'tree>) -> Vec<EntryNode<'tree>> {
        let mut cursor = node.walk();
        let children: Vec<Node<'tree>> = node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
        match node.kind() {
            "array" | "list" | "array_expression" => {
                children.into_iter().map(|key| EntryNode { key, value: None }).collect()
            }
            "dictionary" | "object" => children
                .into_iter()
                .filter_map(|child| match child.kind() {
                    "pair" => Some(EntryNode { key: child.field("key")?, value: child.field("value") }),
                    "shorthand_property_identifier" => Some(EntryNode { key: child, value: Some(child) }),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The members that are taken from what a call yields: by a pattern, at once, or through the name it is bound to; and
    /// whether it may be used in other ways.
    fn taken<'tree>(&self, _call: Node<'tree>, _above: Above<'_, 'tree>, _uses: &Uses<'_>) -> (Vec<Member>, bool) {
        (Vec::new(), true)
    }

    /// The whole element of markup that an opening tag begins.
    fn element<'tree>(&self, tag: Node<'tree>) -> Node<'tree> {
        tag
    }

    /// The key of a member of a mapping, when it stands behind a dot or in brackets.
    fn mapping_key(&self, key: Node<'_>, text: &str) -> Expr {
        self.expression(key, text)
    }

    /// Queries that are run only on a text that names a mapping of interest: they match at every member.
    fn mapping_queries(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Kinds of expression below which nothing is looked for unless a name of interest or one of the marks stands there: what
    /// they hold binds no name that is known outside.
    fn quiet(&self) -> &'static [&'static str] {
        &[]
    }

    /// Words and signs that make such an expression worth a look all the same: it binds a name, returns, imports.
    fn marks(&self) -> &'static [&'static str] {
        &[]
    }

    /// Kinds of statement and block that are not looked into either when they stand in a function and no name of interest or mark
    /// of [`Syntax::statement_marks`] stands there: what they bind is looked for once somebody asks for the name.
    fn statements(&self) -> &'static [&'static str] {
        &[]
    }

    /// Words and signs that make such a statement hold more than names of its function: it returns, imports, or holds a function
    /// or a class.
    fn statement_marks(&self) -> &'static [&'static str] {
        &[]
    }

    /// Places that do the same and that no word tells of: a function gets a name.
    fn statement_places(&self, _text: &str) -> Vec<usize> {
        Vec::new()
    }

    /// What methods call the object that they are of, where its members are assigned to: such a place makes a statement hold more,
    /// too, and the body of a function.
    fn receivers(&self) -> &'static [&'static str] {
        &[]
    }

    /// How bodies of functions look that need no parse; `None` where all of a text is parsed.
    fn bodies(&self) -> Option<&'static Bodies> {
        None
    }

    /// Why a text must not be given to the grammar: it would take too long for it, or has no room for it.
    fn unparsable(&self, _text: &str) -> Option<Unparsed> {
        None
    }

    /// Whether an expression may assign with `=`.
    fn assigns(&self) -> bool {
        false
    }

    /// Whether a truth value is made of a call's result: it is compared, negated, or a condition.
    fn is_gate<'tree>(&self, _call: Node<'tree>, _above: Above<'_, 'tree>, _text: &str) -> bool {
        false
    }

    /// The conditions of compilation that the tokens of `cfg(…)` hold: how the flag stands there (`""`, `"not"`, or `"…"` among
    /// others), the key, and where.
    fn conditions(&self, _arguments: Node<'_>, _text: &str) -> Vec<(&'static str, String, Span)> {
        Vec::new()
    }

    /// What the parent of a node is to the definition of a flag that the node may belong to.
    fn around<'text>(&self, node: Node<'_>, parent: Node<'_>, text: &'text str) -> Around<'text>;

    /// Whether the text before a function makes it one that is read like a member.
    fn is_property(&self, _before: &str) -> bool {
        false
    }

    /// What surrounds an expression so that it parses on its own: before, after.
    fn snippet(&self) -> (&'static str, &'static str);
}

/// How deep expressions are looked into.
pub const MAX_DEPTH: usize = 64;

/// How many levels a tree may have. People write some dozens; asking a node for its parent costs as many steps as it is deep, so
/// what a program wrote with thousands would take minutes.
pub const MAX_LEVELS: usize = 1000;

thread_local! {
    static TOO_DEEP: Cell<bool> = const { Cell::new(false) };
}

/// One level down in an expression; `None` at the bound, which [`limit_was_hit`] tells of.
pub fn deeper(depth: usize) -> Option<usize> {
    let below = depth.checked_sub(1);
    if below.is_none() {
        TOO_DEEP.set(true);
    }
    below
}

/// Whether [`deeper`] came to the bound on this thread since this was asked last.
pub fn limit_was_hit() -> bool {
    TOO_DEEP.replace(false)
}

/// The named children of a node, comments left out.
pub fn named_children(node: Node<'_>) -> Vec<Node<'_>> {
    // Few are asked for one by one: a cursor is allocated.
    let count = node.named_child_count();
    if count <= 4 {
        return (0..count as u32).filter_map(|at| node.named_child(at)).filter(|child| !child.is_extra()).collect();
    }
    node.named_children(&mut node.walk()).filter(|child| !child.is_extra()).collect()
}

/// The text of a node; empty when it does not lie in the text.
pub fn text_of<'text>(node: Node<'_>, text: &'text str) -> &'text str {
    text.get(node.byte_range()).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::{CAPTURES, Capture, query};
    use crate::language::{self, LANGUAGES};

    /// A walk does not look below a word or sign of the language: `is not` has its words there.
    #[test]
    fn tokens_hold_no_nodes() {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let files = ignore::Walk::new(fixtures).filter_map(Result::ok);
        let mut seen = 0;
        for path in files.map(ignore::DirEntry::into_path) {
            let Some(language) = language::by_path(&path) else { continue };
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let tree = language.parse(&text);
            super::walk(&mut tree.walk(), |node| {
                seen += usize::from(!node.is_named());
                assert!(node.is_named() || node.named_child_count() == 0, "{}: {node:?}", path.display());
                std::ops::ControlFlow::Continue(())
            });
        }
        assert!(seen > 10_000, "only {seen} tokens were seen");
    }

    #[test]
    fn every_query_compiles_and_uses_known_captures() {
        for language in LANGUAGES {
            for (name, text) in language.scan.queries().iter().chain(language.scan.mapping_queries()) {
                let query = tree_sitter::Query::new(&(language.grammar)(), text)
                    .unwrap_or_else(|error| panic!("queries/{}/{name}: {error}", language.name));
                if let Err(why) = query::Query::new(&(language.grammar)(), [*text], language.scan) {
                    panic!("queries/{}/{name}: {why}; src/scan/query.rs says what a query may use", language.name);
                }
                for capture in query.capture_names() {
                    assert!(
                        Capture::named(capture).is_some(),
                        "queries/{}/{name}: unknown capture @{capture}, there are {CAPTURES:?}",
                        language.name
                    );
                }
            }
        }
        assert!(CAPTURES.is_sorted_by_key(|(name, _)| *name));
    }
}
