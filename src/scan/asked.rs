//! Names that only their function sees are reduced to facts when somebody asks for them: a call that may be a check, what a function
//! returns, another name's value. Owns which names are asked for and where the statements stand that may bind one; what a
//! binding says is in `collect`.

use std::collections::hash_map::Entry;
use std::iter;

use compact_str::CompactString;
use tree_sitter::Node;

use super::collect::{Region, Written, add_binding};
use super::facts::{Binding, Bound, Expr, ExprKind, FileFacts, PatternKey, ScopeKind};
use super::hits::Hits;
use super::queries::QUERIES;
use super::scopes::add_parameters;
use super::{Capture, Map, Set, Target};
use crate::source::Span;

/// What was left for later.
#[derive(Default)]
pub(super) struct Left<'tree> {
    /// Statements and blocks that were not looked into, in order.
    pub(super) statements: Vec<Node<'tree>>,
    /// Names of functions that were seen, and what binds them.
    pub(super) written: Vec<Written<'tree>>,
    /// Functions, and the lists of their parameters.
    pub(super) parameters: Vec<(usize, Node<'tree>)>,
}

/// Names that somebody asks for.
#[derive(Default)]
struct Asked {
    known: Set<CompactString>,
    new: Vec<CompactString>,
}

impl Asked {
    fn name(&mut self, name: &str) {
        // A raw name of Rust is the name behind its sign.
        if let Some(plain) = name.strip_prefix("r#") {
            self.name(plain);
        }
        if !self.known.contains(name) {
            self.known.insert(name.into());
            self.new.push(name.into());
        }
    }

    /// Goes as deep as the expression was looked into.
    fn expression(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::Member(object, _) => self.expression(object),
            ExprKind::Call(callee, arguments) => {
                self.expression(callee);
                arguments.iter().for_each(|argument| self.expression(&argument.value));
            }
            ExprKind::Join(parts) => parts.iter().for_each(|part| self.expression(part)),
            ExprKind::Not(inner) => self.expression(inner),
            ExprKind::Map(entries) => entries.iter().for_each(|(_, value)| self.expression(value)),
            ExprKind::Literal(_) | ExprKind::Other => {}
        }
    }

    fn binding(&mut self, facts: &FileFacts, binding: &Binding) {
        match &binding.value {
            Bound::Parameter(function, index) => {
                let kind = &facts.functions[*function].parameters[*index].kind;
                kind.iter().for_each(|kind| self.expression(kind));
            }
            Bound::Value(value, kind) => {
                self.expression(value);
                kind.iter().for_each(|kind| self.expression(kind));
            }
            Bound::Typed(kind) => self.expression(kind),
            _ => {}
        }
    }

    fn facts(&mut self, facts: &FileFacts) {
        for call in &facts.calls {
            self.expression(&call.callee);
            call.arguments.iter().for_each(|argument| self.expression(&argument.value));
        }
        for found in &facts.matches {
            match &found.key {
                PatternKey::Expression(expr) | PatternKey::Receiver(expr) => self.expression(expr),
                PatternKey::Declared { object, .. } => self.expression(object),
                PatternKey::Name(_) => {}
            }
            let written = found.fallback.iter().chain(&found.value);
            written.for_each(|(_, expr)| self.expression(expr));
        }
        for function in &facts.functions {
            function.returns.iter().chain(function.return_type.as_deref()).for_each(|expr| self.expression(expr));
        }
        for import in facts.imports.iter().filter(|import| facts.function_around(import.scope).is_some()) {
            import.path.first().into_iter().for_each(|first| self.name(first));
        }
        for scope in facts.scopes.iter().filter(|scope| scope.parent != 0) {
            scope.bases.iter().for_each(|base| self.expression(base));
        }
        for binding in facts.bindings.iter().filter(|binding| is_in_function(facts, binding.home)) {
            self.binding(facts, binding);
        }
    }
}

/// Whether what is bound in a scope is seen in a function only.
pub(super) fn is_in_function(facts: &FileFacts, scope: usize) -> bool {
    facts.scopes[scope].kind == ScopeKind::Function
}

impl<'run> Region<'run> {
    /// Adds the bindings of names that the facts ask for, until there is no further one. `globals` are names of functions that are
    /// names of the file.
    pub(super) fn add_asked<'tree>(
        &self,
        facts: &mut FileFacts,
        left: Left<'tree>,
        hits: &Hits,
        globals: &Set<(usize, &str)>,
    ) {
        let Left { statements, written, parameters } = left;
        if statements.is_empty() && written.is_empty() && parameters.is_empty() {
            return;
        }
        let mut lists = Places::default();
        for (index, (_, list)) in parameters.iter().enumerate() {
            bindable(self.text, list.byte_range()).for_each(|word| lists.add(word, index));
        }
        let mut parameters: Vec<_> = parameters.into_iter().map(Some).collect();
        let mut read = |facts: &mut FileFacts, index: usize| {
            if let Some((function, list)) = parameters[index].take() {
                add_parameters(facts, self.language.scan, self.text, function, list);
            }
        };
        lists.of(&self.interest.parameters).into_iter().for_each(|index| read(facts, index));
        let mut asked = Asked::default();
        asked.facts(facts);
        globals.iter().for_each(|(_, name)| asked.name(name));
        // No import is among what was left.
        let imported = Set::default();
        let mut names = Places::default();
        written.iter().enumerate().for_each(|(index, one)| names.add(one.name, index));
        let mut words = Places::default();
        for (index, statement) in statements.iter().enumerate() {
            bindable(self.text, statement.byte_range()).for_each(|word| words.add(word, index));
        }
        let (mut written, mut statements): (Vec<_>, Vec<_>) =
            (written.into_iter().map(Some).collect(), statements.into_iter().map(Some).collect());
        while !asked.new.is_empty() {
            let new = std::mem::take(&mut asked.new);
            let first = facts.bindings.len();
            lists.of(&new).into_iter().for_each(|index| read(facts, index));
            for index in names.of(&new) {
                let Some(Written { name, node, kind, value }) = written[index].take() else { continue };
                let target = (node, Target::Name(name));
                add_binding(facts, self.language.scan, self.text, &imported, target, kind, value);
            }
            for index in words.of(&new) {
                let Some(statement) = statements[index].take() else { continue };
                self.add_bindings(facts, statement, hits);
            }
            for binding in &facts.bindings[first..] {
                asked.binding(facts, binding);
            }
        }
        facts.unread = statements.iter().any(Option::is_some) || written.iter().any(Option::is_some);
    }

    /// Everything that is bound in a statement.
    fn add_bindings<'tree>(&self, facts: &mut FileFacts, statement: Node<'tree>, hits: &Hits) {
        let mut found: Vec<Written<'tree>> = Vec::new();
        let imported = Set::default();
        QUERIES[self.language.name].run_and_visit(
            statement,
            self.text,
            hits,
            &mut Vec::new(),
            |_| {},
            |at| {
                if let Some(node) = at.get(Capture::BindingName) {
                    let (kind, value) = (at.get(Capture::BindingType), at.get(Capture::BindingValue));
                    found.push(Written { name: "", node, kind, value });
                }
            },
        );
        for Written { node, kind, value, .. } in found {
            let target = self.language.scan.target(node, self.text);
            add_binding(facts, self.language.scan, self.text, &imported, (node, target), kind, value);
        }
    }
}

/// Where names stand, by what they are in: every round asks for some names, and what holds none of them is not looked at.
#[derive(Default)]
struct Places<'text> {
    /// The last of a name's places in `links`.
    last: Map<&'text str, usize>,
    /// A place, and the one before it of the same name.
    links: Vec<(usize, Option<usize>)>,
}

impl<'text> Places<'text> {
    fn add(&mut self, name: &'text str, place: usize) {
        let next = self.links.len();
        let before = match self.last.entry(name) {
            // Most words stand more than once where they stand.
            Entry::Occupied(last) if self.links[*last.get()].0 == place => return,
            Entry::Occupied(mut last) => Some(last.insert(next)),
            Entry::Vacant(last) => {
                last.insert(next);
                None
            }
        };
        self.links.push((place, before));
    }

    /// The places of some names, in order.
    fn of<'name, Name: AsRef<str> + 'name>(&self, names: impl IntoIterator<Item = &'name Name>) -> Vec<usize> {
        let link = |at: Option<usize>| at.map(|at| self.links[at]);
        let last = |name: &Name| link(self.last.get(name.as_ref()).copied());
        let places = |name| iter::successors(last(name), move |(_, at)| link(*at));
        let mut places: Vec<usize> = names.into_iter().flat_map(places).map(|(place, _)| place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// The words in a part of a text that may be bound there: those that are neither members, nor read from or called.
fn bindable(text: &str, part: Span) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let in_word = |at: u8| at.is_ascii_alphanumeric() || matches!(at, b'_' | b'$') || at >= 0x80;
    let mut at = part.start;
    iter::from_fn(move || {
        while at < part.end {
            if !in_word(bytes[at]) {
                at += 1;
                continue;
            }
            let start = at;
            while at < part.end && in_word(bytes[at]) {
                at += 1;
            }
            let before = &bytes[..start];
            // `...x` binds the rest of a pattern, `exports.x = …` the name.
            let is_member = before.ends_with(b".") && !before.ends_with(b"..") && !before.ends_with(b"exports.");
            if is_member {
                continue;
            }
            let mut next = at;
            while bytes.get(next).is_some_and(|at| matches!(at, b' ' | b'\t')) {
                next += 1;
            }
            if !matches!(bytes.get(next), Some(b'.' | b'(' | b'[')) {
                return text.get(start..at);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::bindable;

    #[test]
    fn names_are_bound_where_they_are_not_read_from() {
        let may = |text: &str| bindable(text, 0..text.len()).any(|word| word == "key");
        for text in [
            "key = 1",
            "for key in x:",
            "const { key } = x",
            "[a, key] = x",
            "exports.key = 1",
            "[...key] = x",
            "x as key:",
            "key: T = 1",
        ] {
            assert!(may(text), "{text}");
        }
        for text in ["key.x = 1", "x.key = 1", "key(1)", "key[0] = 1", "keys = 1", "a_key = 1"] {
            assert!(!may(text), "{text}");
        }
    }
}
