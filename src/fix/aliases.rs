//! Names that only chose what is called: `const View = on ? NewView : OldView` is `const View = NewView` now, and its one use
//! can say `NewView`. Owns that decision. Values keep their names, which say what a value is for, however short it has become.

use super::evaluate::{Evaluation, Outcome};
use super::file::File;
use super::names::{Binding, Variable};
use super::residue::is_in;
use super::tree::NodeId;
use crate::diagnostic::Applicability;
use crate::source::Span;
use crate::source::edit::Edit;

/// What becomes of such names.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    /// Their statements.
    pub(super) statements: Vec<NodeId>,
    /// The other name where they were used.
    pub(super) edits: Vec<Edit>,
    /// Where the other name stood.
    pub(super) moved: Vec<NodeId>,
    /// What goes with review: where, and what to look at.
    pub(super) said: Vec<(Span, String)>,
}

impl File<'_> {
    /// Finds names that became another name for a function, class or component. `removed` is sorted and disjoint.
    pub(super) fn aliases(&self, evaluation: &Evaluation, removed: &[Span], level: Applicability) -> Aliases {
        let mut found = Aliases::default();
        for variable in &self.names.variables {
            let [(name, definition)] = variable.definitions.as_slice() else { continue };
            let simple = definition.binding == Binding::Simple && !definition.shared && !variable.unclear;
            if !simple || is_in(removed, &self.tree.span(*name)) {
                continue;
            }
            let function = self.syntax().function_of(self.tree, *name);
            if self.names.are_read_at_runtime(self.tree, function) {
                continue;
            }
            let Some(around) = self.tree.parent(*name) else { continue };
            let value = ["right", "value"].into_iter().find_map(|field| self.tree.field(around, field));
            let Some(Outcome::Node(other)) = value.and_then(|value| evaluation.outcomes.get(&value)) else { continue };
            let typed = self.tree.field(around, "type").is_some();
            if typed || !self.is_used_once(variable, removed, definition.statement) || !self.holds(*other) {
                continue;
            }
            let text = self.tree.text_of(*other);
            let shown =
                |node: &NodeId| self.tree.parent(*node).is_some_and(|tag| self.tree.kind(tag).starts_with("jsx_"));
            // A small letter would make it an element of HTML.
            if variable.references.iter().any(shown) && !text.starts_with(char::is_uppercase) {
                continue;
            }
            // In Python, anybody can put something else behind the name of a module.
            if !self.syntax().has_constants() {
                if level < Applicability::Unsafe {
                    continue;
                }
                let (old, new) = (&variable.name, self.tree.text_of(*other));
                let reason = format!("`{old}` was only another name for `{new}`, which is called in its place");
                found.said.push((self.tree.span(*name), reason));
            }
            let uses = variable.references.iter().map(|reference| self.tree.span(*reference));
            found.edits.extend(uses.map(|span| Edit { span, replacement: text.to_owned() }));
            found.statements.push(definition.statement);
            found.moved.push(*other);
        }
        found
    }

    /// Whether a variable is called once, behind the statement that binds it and in its block, and otherwise not read.
    fn is_used_once(&self, variable: &Variable, removed: &[Span], statement: NodeId) -> bool {
        let function = self.syntax().function_of(self.tree, statement);
        let Some(block) = self.tree.parent(statement) else { return false };
        let fits = |reference: &NodeId| {
            !is_in(removed, &self.tree.span(*reference))
                && self.tree.text_of(*reference) == variable.name
                && *reference > statement
                && self.tree.contains(block, *reference)
                && self.syntax().function_of(self.tree, *reference) == function
                && self.syntax().is_called(self.tree, *reference)
        };
        match variable.references.as_slice() {
            [only] => fits(only),
            // Where one of two is a tag that opens an element, the other one closes it.
            [tag, _] => {
                let opens = |tag: NodeId| self.tree.kind(tag) == "jsx_opening_element";
                fits(tag) && self.tree.parent(*tag).is_some_and(opens)
            }
            _ => false,
        }
    }

    /// Whether a name means one thing wherever it stands in the file, and nothing assigns to it.
    fn holds(&self, other: NodeId) -> bool {
        let name = self.tree.text_of(other);
        let mut same = self.names.variables.iter().filter(|variable| variable.name == name);
        let Some(variable) = same.next().filter(|_| same.next().is_none()) else { return false };
        let [(_, definition)] = variable.definitions.as_slice() else { return false };
        !variable.unclear
            && variable.references.contains(&other)
            && self.is_top(definition.statement)
            && match definition.binding {
                Binding::Import | Binding::Item => true,
                Binding::Simple => self.tree.text_of(definition.statement).starts_with("const "),
                _ => false,
            }
    }

    /// Whether a statement stands at the top of its file, where what it binds is there for all of it.
    fn is_top(&self, statement: NodeId) -> bool {
        self.tree.parent(statement).is_some_and(|parent| {
            parent == 0 || self.tree.kind(parent) == "export_statement" && self.tree.parent(parent) == Some(0)
        })
    }
}
