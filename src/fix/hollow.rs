//! Functions that do nothing any more because of this fix: a helper or a fixture that only pinned a flag for tests, a function
//! whose every statement went. Owns the decision that they go with their calls; how tests ask for a fixture is the
//! language's answer.

use super::elsewhere::{Candidate, Kind};
use super::evaluate::{Evaluation, Outcome};
use super::file::File;
use super::pins::{Change, Part, Role, TestSyntax, removal};
use super::residue::is_in;
use super::syntax::is_inert;
use super::tree::NodeId;
use crate::diagnostic::Applicability;
use crate::source::Span;

/// What becomes of such functions.
#[derive(Debug, Default)]
pub(super) struct Hollow {
    /// They and their calls.
    pub(super) changes: Vec<Change>,
    /// Names that other files may need.
    pub(super) candidates: Vec<Candidate>,
    /// What goes with review: where, and what to look at.
    pub(super) said: Vec<(Span, String)>,
}

impl File<'_> {
    /// Finds functions that lost all that they did. `removed` is sorted and disjoint.
    pub(super) fn hollow(&self, evaluation: &Evaluation, removed: &[Span], level: Applicability) -> Hollow {
        let mut found = Hollow::default();
        let Some(tests) = self.syntax().tests().filter(|_| level >= Applicability::Unsafe) else { return found };
        for function in self.touched(evaluation, removed) {
            let Some(body) = self.tree.field(function, "body") else { continue };
            let Some(left) = self.left_of(body, evaluation, removed) else { continue };
            if left.is_empty()
                && let Some(hook) = self.hook(tests, function)
            {
                found.changes.extend(removal(self.tree, tests, &hook));
                continue;
            }
            let Some(name) = self.syntax().function_name(self.tree, function) else { continue };
            let declarator =
                self.tree.parent(function).filter(|parent| self.tree.kind(*parent) == "variable_declarator");
            let Some(part) = tests.part(self.tree, declarator.unwrap_or(function)) else { continue };
            let word = self.tree.text_of(name);
            let uses = match part.role {
                Role::Helper if left.is_empty() => self.calls_of(tests, function, name, &part, removed, evaluation),
                Role::Fixture if left.iter().all(|statement| self.hands_nothing(*statement)) => {
                    let live = |node: NodeId| !is_in(removed, &self.tree.span(node));
                    tests.requests(self.tree, function, &live)
                }
                _ => None,
            };
            let Some(uses) = uses.filter(|_| !self.task.needed.iter().any(|needed| needed.name == word)) else {
                continue;
            };
            // Tests ask for a fixture by the name of a parameter of their own.
            let kind = if part.role == Role::Fixture { Kind::Member } else { Kind::Item };
            found.candidates.push(Candidate { name: word.to_owned(), kind, lost: false });
            found.changes.extend(removal(self.tree, tests, &part));
            found.changes.extend(uses);
            found.said.push((self.tree.span(name), format!("`{word}` does nothing any more, and goes with its uses")));
        }
        found
    }

    /// The hook that a function is: by its name, or because one is called with it.
    fn hook(&self, tests: &dyn TestSyntax, function: NodeId) -> Option<Part> {
        let called = self.tree.parent(function).filter(|list| self.tree.kind(*list) == "arguments");
        let node = called.and_then(|list| self.tree.parent(list)).unwrap_or(function);
        tests.part(self.tree, node).filter(|part| part.role == Role::Hook)
    }

    /// The statements that are left of a body which lost some, documentation left out; `None` where it lost none, or where
    /// what is left changes otherwise.
    fn left_of(&self, body: NodeId, evaluation: &Evaluation, removed: &[Span]) -> Option<Vec<NodeId>> {
        let mut left = Vec::new();
        let mut lost = false;
        let mut blocks = vec![body];
        while let Some(block) = blocks.pop() {
            for child in self.tree.children(block).filter(|child| self.tree.get(*child).named) {
                if is_in(removed, &self.tree.span(child)) {
                    lost = true;
                    continue;
                }
                match evaluation.outcomes.get(&child) {
                    Some(Outcome::Lift(inner)) if *inner > child => {
                        lost = true;
                        blocks.push(*inner);
                    }
                    None if self.tree.kind(child) == "pass_statement" => {}
                    None if self.syntax().documents(self.tree, child) => {}
                    None => left.push(child),
                    Some(_) => return None,
                }
            }
        }
        lost.then_some(left)
    }

    /// Whether a statement of a fixture gives nothing to those who ask for it: `yield`, `return`.
    fn hands_nothing(&self, statement: NodeId) -> bool {
        let inner = self.tree.named_children(statement).next();
        match self.tree.kind(statement) {
            "return_statement" => inner.is_none(),
            "expression_statement" => inner.is_some_and(|inner| {
                self.tree.kind(inner) == "yield" && self.tree.named_children(inner).next().is_none()
            }),
            _ => false,
        }
    }

    /// What goes with a function: its calls, where they are all of a statement, and nothing else names it.
    fn calls_of(
        &self,
        tests: &dyn TestSyntax,
        function: NodeId,
        name: NodeId,
        part: &Part,
        removed: &[Span],
        evaluation: &Evaluation,
    ) -> Option<Vec<Change>> {
        let tree = self.tree;
        let declares_one = || tree.named_children(part.whole).count() == 1;
        let exported = tree.parent(part.whole).is_some_and(|outer| tree.kind(outer) == "export_statement");
        let plain = !exported && (part.whole == function || tree.field_of(function) == Some("value") && declares_one());
        let variable = self.names.by_definition.get(&name).map(|index| &self.names.variables[*index])?;
        if !plain || variable.unclear || variable.definitions.len() != 1 {
            return None;
        }
        let word = tree.text_of(name);
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
        let live = |node: NodeId| !is_in(removed, &tree.span(node));
        let mut calls = Vec::new();
        // Any other mention keeps it: a namesake, a string, a member.
        for (start, _) in tree.text.match_indices(word) {
            let span = start..start + word.len();
            let longer = tree.text[..span.start].ends_with(is_word) || tree.text[span.end..].starts_with(is_word);
            if longer || is_in(removed, &span) || span == tree.span(name) {
                continue;
            }
            let node = tree.at_span(&span).filter(|node| variable.references.contains(node))?;
            let call = tree.parent(node).filter(|call| tree.field(*call, "function") == Some(node))?;
            let arguments = tree.field(call, "arguments")?;
            let folded = |node| evaluation.folded(node);
            let inert = is_inert(self.syntax(), tree, arguments, &self.builders, &folded);
            if tree.contains(function, node) || !inert {
                return None;
            }
            calls.push(Change::Remove(tests.statement(tree, call).filter(|statement| live(*statement))?));
        }
        (!calls.is_empty()).then_some(calls)
    }
}
