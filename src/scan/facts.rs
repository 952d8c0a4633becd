//! The facts that scanning takes from a file: language-independent, owned, without the tree. Owns the types and lookups in
//! them; holds no opinions.

use std::collections::HashSet;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::Set;
use super::lexicon::{is_in_word, words};
use super::prefilter::is_word;
use crate::language::Unparsed;
use crate::source::Span;
use crate::value::Value;

/// An expression, reduced to what resolution can use. Parentheses, `await`, `?`, references and conversions that keep the
/// value (`str(x)`, `x.to_string()`) are gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExprKind {
    /// A literal.
    Literal(Value),
    /// A name.
    Name(CompactString),
    /// A member of something: `a.b`, `A::B`, `d["k"]`.
    Member(Box<Expr>, CompactString),
    /// A call.
    Call(Box<Expr>, Vec<Argument>),
    /// Text put together from parts.
    Join(Vec<Expr>),
    /// A logical negation.
    Not(Box<Expr>),
    /// A mapping whose keys are texts.
    Map(Vec<(CompactString, Expr)>),
    /// Anything else.
    Other,
}

impl Expr {
    /// An expression that says nothing.
    pub fn other(span: Span) -> Self {
        Self { span, kind: ExprKind::Other }
    }

    /// The last name of a name or member.
    pub fn last_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) => Some(name),
            _ => None,
        }
    }

    /// The last name of what it is another name for: a name, a member, or either with some of its arguments given already
    /// (`partial(f, "x")`, `f.bind(null, "x")`).
    pub fn alias(&self) -> Option<&str> {
        let ExprKind::Call(callee, arguments) = &self.kind else { return self.last_name() };
        match &callee.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) if name == "partial" => {
                arguments.first().and_then(|function| function.value.last_name())
            }
            ExprKind::Member(function, name) if name == "bind" => function.last_name(),
            _ => None,
        }
    }

    /// Whether it is a literal that says "nothing yet": `None`, `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, ExprKind::Literal(Value::Null))
    }
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// The whole argument, keyword included.
    pub span: Span,
    /// Its keyword.
    pub keyword: Option<CompactString>,
    /// Whether it stands for any number of arguments (`*rest`, `**options`).
    pub spread: bool,
    /// Its value; its span is that of the node as written.
    pub value: Expr,
    /// Where the value is written, parentheses and conversions included.
    pub value_span: Span,
}

/// A name that an import brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The name in this file; `None` for a wildcard.
    pub local: Option<CompactString>,
    /// What it stands for: modules, then perhaps a name in the last.
    pub path: Vec<CompactString>,
    /// Leading dots of a relative import.
    pub level: usize,
    /// Where.
    pub span: Span,
    /// Innermost scope it is written in.
    pub scope: usize,
}

/// What a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScopeKind {
    /// A module: the file, or one written inside it.
    Module,
    /// A class, enum, struct, or an implementation of one.
    Class,
    /// A function.
    Function,
}

/// A region with its own names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scope {
    /// What it is.
    pub kind: ScopeKind,
    /// Its name; empty for the file and for functions without one.
    pub name: CompactString,
    /// The scope around it; the file's own scope has itself.
    pub parent: usize,
    /// Its bytes.
    pub span: Span,
    /// Index into [`FileFacts::functions`].
    pub function: Option<usize>,
    /// Base classes.
    pub bases: Vec<Expr>,
    /// Whether it holds tests only.
    pub test: bool,
}

/// A name and what it is bound to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// The name.
    pub name: CompactString,
    /// The scope in which the name is known.
    pub scope: usize,
    /// The scope in which the value is to be read.
    pub home: usize,
    /// Where the name is written.
    pub span: Span,
    /// What it is bound to.
    pub value: Bound,
}

/// What a name is bound to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Bound {
    /// An expression, and its declared type.
    Value(Box<Expr>, Option<Box<Expr>>),
    /// Something of a declared type.
    Typed(Box<Expr>),
    /// Index into [`FileFacts::imports`].
    Import(usize),
    /// Index into [`FileFacts::functions`].
    Function(usize),
    /// Index into [`FileFacts::scopes`].
    Scope(usize),
    /// Function and parameter index.
    Parameter(usize, usize),
    /// An enum variant, by the text that names it.
    Variant(CompactString),
    /// Something that is not known.
    Opaque,
}

/// A function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Function {
    /// Its name; empty when it has none.
    pub name: CompactString,
    /// Where the name is written.
    pub name_span: Span,
    /// Its own scope.
    pub scope: usize,
    /// Its parameters, the receiver included.
    pub parameters: Vec<Parameter>,
    /// What it returns, once per place.
    pub returns: Vec<Expr>,
    /// Its declared return type.
    pub return_type: Option<Box<Expr>>,
    /// Whether that type is a result or an option.
    pub fallible: bool,
    /// Whether a call yields a future.
    pub awaited: bool,
    /// Whether it is read like a member: a property, a getter.
    pub property: bool,
    /// Whether a decorator that is not known to keep it may change what a call yields.
    pub decorated: bool,
    /// Whether its body was left out, so that nothing is known of what it returns.
    pub unread: bool,
}

impl Function {
    /// How many leading parameters are the receiver: 0 or 1.
    pub fn receivers(&self) -> usize {
        usize::from(self.parameters.first().is_some_and(|parameter| parameter.receiver))
    }
}

/// A parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name; empty for a pattern.
    pub name: CompactString,
    /// Its declared type.
    pub kind: Option<Box<Expr>>,
    /// Whether it is the receiver (`self`).
    pub receiver: bool,
    /// Whether it takes any number of arguments.
    pub spread: bool,
    /// Where the name is written.
    pub span: Span,
}

/// A member that is read from what a call yields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its name; the position in an array.
    pub name: CompactString,
    /// Where the name is written.
    pub name_span: Span,
    /// The expression or name that holds its value.
    pub span: Span,
    /// The members that are read from it.
    pub inner: Vec<Member>,
    /// Whether it may be used in other ways than by reading these.
    pub rest: bool,
}

/// What a [`Call`] is in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallKind {
    /// A call.
    #[default]
    Call,
    /// A member of a mapping: the mapping is the callee, the key the only argument.
    Subscript,
    /// A member of something that holds flags: that is the callee, the member's name the only argument.
    Field,
    /// A condition of compilation: the key is the only argument.
    Condition,
    /// An element of markup: the component is the callee, attributes are named arguments.
    Element,
    /// A property that is read: the whole member is the callee, the object the only argument.
    Read,
}

/// A call that may be a check.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// What it is.
    pub kind: CallKind,
    /// The whole call.
    pub span: Span,
    /// What is called.
    pub callee: Expr,
    /// Last name of the callee.
    pub name: CompactString,
    /// Where that name is written.
    pub name_span: Span,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// Innermost scope.
    pub scope: usize,
    /// The member of the result that is read at once, and the whole expression: `call.value`, `call["name"]`.
    pub accessor: Option<(String, Span)>,
    /// The members that are read from the result.
    pub members: Vec<Member>,
    /// Whether the result may be used in other ways than by reading these members.
    pub rest: bool,
    /// The decorator that the call is.
    pub decorator: Option<Span>,
    /// Whether it stands inside a macro's arguments.
    pub in_macro: bool,
    /// Whether a truth value is made of its result.
    pub gate: bool,
    /// Whether its result is awaited at once.
    pub awaited: bool,
}

impl Call {
    /// One of which nothing more is known: in the scope of the file, without arguments, its result free to go anywhere.
    pub(crate) fn plain(kind: CallKind, span: Span, name: CompactString, name_span: Span, callee: Expr) -> Self {
        Self {
            kind,
            span,
            callee,
            name,
            name_span,
            arguments: Vec::new(),
            scope: 0,
            accessor: None,
            members: Vec::new(),
            rest: true,
            decorator: None,
            in_macro: false,
            gate: false,
            awaited: false,
        }
    }
}

/// A match of a user pattern.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PatternMatch {
    /// Index into the patterns.
    pub pattern: usize,
    /// The whole match.
    pub span: Span,
    /// The key as an expression, or as a name.
    pub key: PatternKey,
    /// Where the key is written.
    pub key_span: Span,
    /// The fallback as written, and as an expression.
    pub fallback: Option<(Span, Expr)>,
    /// What an override pins the flag to, as written, and as an expression.
    pub value: Option<(Span, Expr)>,
    /// What the call yields while the flag is on, and while it is off.
    pub choice: Option<(Span, Span)>,
    /// The arguments of the call that the match is.
    pub arguments: Vec<Span>,
    /// The decorator that the match is.
    pub decorator: Option<Span>,
    /// Names of calls around it that have no effect besides.
    pub builders: Vec<String>,
    /// Innermost scope.
    pub scope: usize,
    /// Whether it stands inside a macro's arguments.
    pub in_macro: bool,
}

/// How a pattern found the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PatternKey {
    /// An expression that has to be resolved.
    Expression(Expr),
    /// The thing that a method is called on: its declaration names the key.
    Receiver(Expr),
    /// Something that is declared with a call of that name; the key is an argument of it.
    Declared {
        /// The thing.
        object: Expr,
        /// Last name of what declares it.
        by: String,
        /// Position of the key in the declaration.
        index: usize,
        /// Keyword of the key in the declaration.
        keyword: Option<String>,
    },
    /// The text of a name or of a part of it.
    Name(String),
}

/// Everything taken from a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FileFacts {
    /// Scopes; the first is the file.
    pub scopes: Vec<Scope>,
    /// Imports.
    pub imports: Vec<Import>,
    /// Bindings, sorted by scope and name.
    pub bindings: Vec<Binding>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Calls that may be checks, in order.
    pub calls: Vec<Call>,
    /// Matches of user patterns, in order.
    pub matches: Vec<PatternMatch>,
    /// Whether the tree holds errors.
    pub broken: bool,
    /// Whether the tree is deeper than is looked into: then nothing else is known.
    pub too_deep: bool,
    /// Why there is no tree: then nothing else is known either.
    pub unparsed: Option<Unparsed>,
    /// Bounds that scanning hit, one sentence each.
    pub limits: Vec<String>,
    /// Whether names that only their function sees were left out: nobody asked for them.
    pub unread: bool,
    /// Names that hold what calls yield which may be objects of flags. Known to who scans only.
    #[serde(skip)]
    pub(super) results: Vec<CompactString>,
    /// What stands on the top level, each with the attributes and comments before it; empty when parts of the file cannot be
    /// parsed on their own.
    pub items: Vec<Span>,
}

/// Whether a text may call something of that name, as far as words tell.
pub fn may_call(text: &str, name: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), name).any(|start| {
        let end = start + name.len();
        is_word(text, start, end) && calls(text, end)
    })
}

/// What a text may call, for many names.
pub(super) struct Called<'text> {
    text: &'text str,
    /// The words that something follows which calls them, once somebody asks.
    words: Option<Set<&'text str>>,
}

impl<'text> Called<'text> {
    pub(super) fn new(text: &'text str) -> Self {
        Self { text, words: None }
    }

    /// As [`may_call`].
    pub(super) fn holds(&mut self, name: &str) -> bool {
        let text = self.text;
        if !name.bytes().all(is_in_word) {
            return may_call(text, name);
        }
        let words = self.words.get_or_insert_with(|| {
            let mut called = Set::default();
            words(text, |start, end| {
                if calls(text, end) {
                    called.insert(&text[start..end]);
                }
            });
            called
        });
        words.contains(name)
    }
}

/// Whether what follows a name may call it.
fn calls(text: &str, end: usize) -> bool {
    let next = text.as_bytes()[end..].iter().find(|at| !at.is_ascii_whitespace() && **at != b'\\');
    next.is_some_and(|next| b"(:<?!/#".contains(next))
}

impl FileFacts {
    /// Whether the file, of that text, may call something of one of those names, under another name too. A file that does not
    /// has no further facts once the names are of interest.
    pub fn may_call(&self, text: &str, names: &HashSet<&str>) -> bool {
        let one = |name: Option<&str>| name.is_some_and(|name| names.contains(name));
        names.iter().any(|name| may_call(text, name))
            || self.imports.iter().any(|import| one(import.path.last().map(CompactString::as_str)))
            || self
                .bindings
                .iter()
                .any(|binding| matches!(&binding.value, Bound::Value(value, _) if one(value.alias())))
            || self.unread && names.iter().any(|name| self.may_rename(text, name))
    }

    /// Whether a text may give something another name, as far as words tell: it stands somewhere else than in an import or where
    /// a function gets that name.
    fn may_rename(&self, text: &str, name: &str) -> bool {
        memchr::memmem::find_iter(text.as_bytes(), name).any(|start| {
            let end = start + name.len();
            let imports = || self.imports.iter().any(|import| import.span.start <= start && end <= import.span.end);
            let defines = || self.functions.iter().any(|function| function.name_span.start == start);
            is_word(text, start, end) && !imports() && !defines()
        })
    }

    /// The innermost scope that holds an offset.
    pub fn scope_at(&self, offset: usize) -> usize {
        scope_at(&self.scopes, offset)
    }

    /// What a name is bound to in a scope itself, in order of place.
    pub fn bound(&self, scope: usize, name: &str) -> &[Binding] {
        let start = self.bindings.partition_point(|at| (at.scope, at.name.as_str()) < (scope, name));
        let count = self.bindings[start..].partition_point(|at| at.scope == scope && at.name == name);
        &self.bindings[start..start + count]
    }

    /// Everything that is bound in a scope itself.
    pub fn names_in(&self, scope: usize) -> &[Binding] {
        let start = self.bindings.partition_point(|at| at.scope < scope);
        let count = self.bindings[start..].partition_point(|at| at.scope == scope);
        &self.bindings[start..start + count]
    }

    /// All scopes that hold members of the class that a scope belongs to (a struct and its implementations).
    pub fn class_scopes(&self, scope: usize) -> impl Iterator<Item = usize> {
        let wanted = &self.scopes[scope];
        self.scopes.iter().enumerate().filter_map(move |(index, other)| {
            let same = index == scope
                || (other.kind == ScopeKind::Class && other.name == wanted.name && other.parent == wanted.parent);
            same.then_some(index)
        })
    }

    /// The class around a scope, when there is one.
    pub fn class_around(&self, mut scope: usize) -> Option<usize> {
        loop {
            if self.scopes[scope].kind == ScopeKind::Class {
                return Some(scope);
            }
            if scope == 0 {
                return None;
            }
            scope = self.scopes[scope].parent;
        }
    }

    /// The function around a scope, the scope itself included.
    pub fn function_around(&self, mut scope: usize) -> Option<usize> {
        loop {
            if let Some(function) = self.scopes[scope].function {
                return Some(function);
            }
            if scope == 0 {
                return None;
            }
            scope = self.scopes[scope].parent;
        }
    }

    /// Whether a scope lies in one that holds tests only.
    pub fn in_test(&self, mut scope: usize) -> bool {
        loop {
            if self.scopes[scope].test {
                return true;
            }
            if scope == 0 {
                return false;
            }
            scope = self.scopes[scope].parent;
        }
    }
}

/// The innermost of scopes sorted by start that holds an offset.
pub fn scope_at(scopes: &[Scope], offset: usize) -> usize {
    let mut at = scopes.partition_point(|scope| scope.span.start <= offset).saturating_sub(1);
    while at != 0 && scopes[at].span.end <= offset {
        at = scopes[at].parent;
    }
    at
}
