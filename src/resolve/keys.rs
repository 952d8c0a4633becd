//! The text of a key: literals, constants, members, imports, text put together from them. Owns what is known and what is not.

use std::cell::RefCell;

use compact_str::CompactString;

use super::names::{Names, Symbol};
use crate::scan::facts::{Argument, Binding, Bound, Expr, ExprKind};
use crate::source::{Location, SourceId, Span};
use crate::value::Value;

/// How deep constants may refer to constants.
const MAX_DEPTH: usize = 32;

/// A part of a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Known text.
    Text(String),
    /// What a parameter holds.
    Parameter { file: usize, function: usize, index: usize },
    /// Not known.
    Unknown,
    /// Known, and no text.
    NotText,
}

/// A key as parts, and the places that were passed on the way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parts {
    pub(super) parts: Vec<Part>,
    pub(super) via: Vec<Location>,
}

impl Parts {
    /// A known key.
    pub(super) fn text(text: &str) -> Self {
        Self { parts: vec![Part::Text(text.to_owned())], via: Vec::new() }
    }

    fn single(part: Part) -> Self {
        Self { parts: vec![part], via: Vec::new() }
    }

    /// The whole text, when all of it is known.
    pub(super) fn known(&self) -> Option<String> {
        self.parts.iter().map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None }).collect()
    }

    /// The known beginning and end.
    pub(super) fn affixes(&self) -> (String, String) {
        let text = |part: &Part| if let Part::Text(text) = part { Some(text.clone()) } else { None };
        let prefix: Vec<String> = self.parts.iter().map_while(text).collect();
        let mut suffix: Vec<String> = self.parts.iter().rev().map_while(text).collect();
        if prefix.len() == self.parts.len() {
            return (prefix.concat(), String::new());
        }
        suffix.reverse();
        (prefix.concat(), suffix.concat())
    }

    /// Whether it is certainly no text: a number, `None`.
    pub(super) fn is_no_text(&self) -> bool {
        self.parts.contains(&Part::NotText)
    }

    /// The parameter of that function, when the rest of the key is known.
    pub(super) fn parameter_of(&self, file: usize, function: usize) -> Option<usize> {
        let mut found = None;
        for part in &self.parts {
            match part {
                Part::Text(_) => {}
                Part::Parameter { file: at, function: of, index } if (*at, *of) == (file, function) => {
                    if found.replace(*index).is_some_and(|before| before != *index) {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        found
    }

    /// The same key with a parameter replaced.
    pub(super) fn substitute(&self, replacement: &Self) -> Self {
        let mut parts = Vec::new();
        let mut via = self.via.clone();
        for part in &self.parts {
            match part {
                Part::Parameter { .. } => parts.extend(replacement.parts.iter().cloned()),
                other => parts.push(other.clone()),
            }
        }
        via.extend(replacement.via.iter().cloned());
        Self { parts, via }
    }
}

/// The call that something is declared with.
pub(super) struct Declaration<'expr> {
    pub(super) file: usize,
    pub(super) scope: usize,
    pub(super) callee: &'expr Expr,
    pub(super) arguments: &'expr [Argument],
    pub(super) span: &'expr Span,
}

/// The file and scope of a mapping, and its entries.
type Entries<'run> = (usize, usize, &'run [(CompactString, Expr)]);

/// Evaluates expressions to texts.
pub(super) struct Keys<'names, 'run> {
    pub(super) names: &'names Names<'run>,
    active: RefCell<Vec<(usize, Span)>>,
}

impl<'names, 'run> Keys<'names, 'run> {
    pub(super) fn new(names: &'names Names<'run>) -> Self {
        Self { names, active: RefCell::default() }
    }

    /// The key that an expression in a scope is.
    pub(super) fn evaluate(&self, file: usize, scope: usize, expr: &Expr) -> Parts {
        self.names.start();
        self.at(file, scope, expr)
    }

    fn at(&self, file: usize, scope: usize, expr: &Expr) -> Parts {
        self.guarded((file, expr.span.clone()), || self.inner(file, scope, expr))
    }

    /// Runs a look-up unless the same one is under way, or too many are.
    fn guarded(&self, place: (usize, Span), run: impl FnOnce() -> Parts) -> Parts {
        if self.active.borrow().contains(&place) || !self.names.step() {
            return Parts::single(Part::Unknown);
        }
        if self.active.borrow().len() >= MAX_DEPTH {
            self.names.cut.set(true);
            return Parts::single(Part::Unknown);
        }
        self.active.borrow_mut().push(place);
        let result = run();
        self.active.borrow_mut().pop();
        result
    }

    fn inner(&self, file: usize, scope: usize, expr: &Expr) -> Parts {
        match &expr.kind {
            ExprKind::Literal(Value::String(text)) => Parts::text(text),
            ExprKind::Literal(_) | ExprKind::Map(_) | ExprKind::Not(_) => Parts::single(Part::NotText),
            ExprKind::Join(parts) => {
                let mut whole = Parts { parts: Vec::new(), via: Vec::new() };
                for part in parts {
                    let mut part = self.at(file, scope, part);
                    if part.is_no_text() {
                        part = Parts::single(Part::Unknown);
                    }
                    whole.parts.append(&mut part.parts);
                    whole.via.append(&mut part.via);
                }
                whole
            }
            ExprKind::Name(name) => match self.names.bindings(file, scope, name) {
                Some((home, bindings)) => self.of_bindings(home, bindings),
                None => self.wildcard(file, name),
            },
            ExprKind::Member(object, name) => self.member(file, scope, object, name),
            ExprKind::Call(..) | ExprKind::Other => Parts::single(Part::Unknown),
        }
    }

    fn wildcard(&self, file: usize, name: &str) -> Parts {
        match self.names.members_or_wildcards(file, 0, name) {
            Some((home, bindings)) => self.of_bindings(home, bindings),
            None => Parts::single(Part::Unknown),
        }
    }

    fn member(&self, file: usize, scope: usize, object: &Expr, name: &str) -> Parts {
        if let Symbol::Scope { file: home, scope: of, .. } = self.names.resolve(file, scope, object) {
            return match self.names.members_or_wildcards(home, of, name) {
                Some((home, bindings)) => self.of_bindings(home, bindings),
                None => Parts::single(Part::Unknown),
            };
        }
        if let Some((home, from, entries)) = self.map(file, scope, object, MAX_DEPTH) {
            let mut entries = entries.iter().filter(|(key, _)| key == name);
            if let (Some((_, value)), None) = (entries.next(), entries.next()) {
                return self.passed(home, from, value);
            }
            return Parts::single(Part::Unknown);
        }
        // The value of an enum member is what was assigned to it.
        if name == "value" { self.at(file, scope, object) } else { Parts::single(Part::Unknown) }
    }

    /// The mapping that an expression is: written there, or the only thing that a name or member is bound to.
    fn map(&self, file: usize, scope: usize, object: &'run Expr, depth: usize) -> Option<Entries<'run>> {
        let Some(depth) = depth.checked_sub(1) else {
            self.names.cut.set(true);
            return None;
        };
        match &object.kind {
            ExprKind::Map(entries) => Some((file, scope, entries)),
            ExprKind::Name(name) => {
                let (home, bindings) = self.names.bindings(file, scope, name)?;
                self.map_of_bindings(home, bindings, depth)
            }
            ExprKind::Member(of, name) => {
                if let Symbol::Scope { file: home, scope: of, .. } = self.names.resolve(file, scope, of) {
                    let (home, bindings) = self.names.members_or_wildcards(home, of, name)?;
                    return self.map_of_bindings(home, bindings, depth);
                }
                let (home, from, entries) = self.map(file, scope, of, depth)?;
                let mut entries = entries.iter().filter(|(key, _)| key == name);
                match (entries.next(), entries.next()) {
                    (Some((_, value)), None) => self.map(home, from, value, depth),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn map_of_bindings(&self, file: usize, bindings: &'run [Binding], depth: usize) -> Option<Entries<'run>> {
        let (mut home, mut bindings) = (file, bindings);
        for _ in 0..MAX_DEPTH {
            let [binding] = bindings else { return None };
            match &binding.value {
                Bound::Value(value, _) => return self.map(home, binding.home, value, depth),
                Bound::Import(import) => (home, bindings) = self.names.imported(home, *import)?,
                _ => return None,
            }
        }
        self.names.cut.set(true);
        None
    }

    fn passed(&self, file: usize, scope: usize, value: &Expr) -> Parts {
        let mut parts = self.at(file, scope, value);
        parts.via.insert(0, location(file, &value.span));
        parts
    }

    /// Every binding has to agree: a name that is bound twice to different texts is not known.
    fn of_bindings(&self, file: usize, bindings: &[Binding]) -> Parts {
        let mut result: Option<Parts> = None;
        for binding in bindings {
            let parts = self.of_binding(file, binding);
            match &result {
                None => result = Some(parts),
                Some(before) if before.parts == parts.parts => {}
                Some(_) => return Parts::single(Part::Unknown),
            }
        }
        result.unwrap_or_else(|| Parts::single(Part::Unknown))
    }

    fn of_binding(&self, file: usize, binding: &Binding) -> Parts {
        match &binding.value {
            Bound::Value(value, _) => self.passed(file, binding.home, value),
            Bound::Import(import) => {
                self.guarded((file, binding.span.clone()), || match self.names.imported(file, *import) {
                    Some((home, bindings)) => self.of_bindings(home, bindings),
                    None => Parts::single(Part::Unknown),
                })
            }
            Bound::Parameter(function, index) => {
                Parts::single(Part::Parameter { file, function: *function, index: *index })
            }
            Bound::Variant(text) => {
                Parts { parts: vec![Part::Text(text.clone().into())], via: vec![location(file, &binding.span)] }
            }
            Bound::Typed(_) | Bound::Function(_) | Bound::Scope(_) | Bound::Opaque => Parts::single(Part::Unknown),
        }
    }

    /// The key of something that is declared with it: `FLAG = WaffleFlag("key", __name__)`, `FLAG.is_enabled()`.
    pub(super) fn declared(&self, file: usize, scope: usize, object: &Expr) -> Parts {
        let direct = self.evaluate(file, scope, object);
        if direct.known().is_some() || direct.is_no_text() {
            return direct;
        }
        let Some(found) = self.declaration(file, scope, object) else { return direct };
        let text = |argument: &Argument| {
            let parts = self.at(found.file, found.scope, &argument.value);
            parts.known().is_some().then_some(parts)
        };
        let Some(mut parts) = found.arguments.iter().find_map(text) else { return direct };
        parts.via.insert(0, location(found.file, found.span));
        parts
    }

    /// The only call that a name, or a member of something of the project, is bound to; or the call that it is itself.
    pub(super) fn declaration<'expr>(
        &self,
        file: usize,
        scope: usize,
        object: &'expr Expr,
    ) -> Option<Declaration<'expr>>
    where
        'run: 'expr,
    {
        let (mut home, mut bindings) = match &object.kind {
            ExprKind::Call(callee, arguments) => {
                return Some(Declaration { file, scope, callee, arguments, span: &object.span });
            }
            ExprKind::Name(name) => self.names.bindings(file, scope, name)?,
            ExprKind::Member(of, name) => match self.names.resolve(file, scope, of) {
                Symbol::Scope { file, scope, .. } => self.names.members_or_wildcards(file, scope, name)?,
                _ => return None,
            },
            _ => return None,
        };
        for _ in 0..MAX_DEPTH {
            let [binding] = bindings else { return None };
            match &binding.value {
                Bound::Import(import) => (home, bindings) = self.names.imported(home, *import)?,
                Bound::Value(value, _) => {
                    let Expr { kind: ExprKind::Call(callee, arguments), span } = &**value else { return None };
                    return Some(Declaration { file: home, scope: binding.home, callee, arguments, span });
                }
                _ => return None,
            }
        }
        self.names.cut.set(true);
        None
    }

    /// Whether a member of something is a constant text.
    pub(super) fn is_text(&self, file: usize, scope: usize, object: &'run Expr, name: &str) -> bool {
        self.names.start();
        self.member(file, scope, object, name).known().is_some()
    }

    /// The value of an expression, when it is a literal or a constant.
    pub(super) fn value(&self, file: usize, scope: usize, expr: &Expr) -> Option<Value> {
        let mut at = (file, scope, expr);
        for _ in 0..MAX_DEPTH {
            match &at.2.kind {
                ExprKind::Literal(value) => return Some(value.clone()),
                ExprKind::Name(name) => {
                    let (mut home, mut bindings) = self.names.bindings(at.0, at.1, name)?;
                    for _ in 0..MAX_DEPTH {
                        let [Binding { value: Bound::Import(import), .. }] = bindings else { break };
                        (home, bindings) = self.names.imported(home, *import)?;
                    }
                    let [binding] = bindings else { return None };
                    let Bound::Value(value, _) = &binding.value else { return None };
                    at = (home, binding.home, value);
                }
                _ => return self.evaluate(at.0, at.1, at.2).known().map(Value::String),
            }
        }
        None
    }
}

/// A place in a file of the walked list; the loader maps the number to the source's.
pub(super) fn location(file: usize, span: &Span) -> Location {
    Location { source: SourceId(u32::try_from(file).unwrap_or(u32::MAX)), span: span.clone() }
}
