//! How tests are written: the vocabulary between pins and the languages. Owns what goes together with a test.

use super::{Cases, Change};
use crate::fix::tree::{NodeId, Tree};
use crate::source::line_start;

/// What a piece of test code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It runs as a test.
    Test,
    /// It holds tests: a class, `describe`, a module.
    Group,
    /// It runs around every test of its group.
    Hook,
    /// Tests ask for it by its name.
    Fixture,
    /// A function that tests call.
    Helper,
}

/// A piece of test code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is for.
    pub role: Role,
    /// All of it, as a statement, decorators included.
    pub whole: NodeId,
    /// How people call it.
    pub name: String,
}

/// What pins ask of a language. Functions get the tree and an index and answer about that node alone.
pub trait TestSyntax: Sync {
    /// What a node is for tests.
    fn part(&self, tree: &Tree<'_>, node: NodeId) -> Option<Part>;

    /// The statement that a call or assignment is alone in; `None` where its value is used.
    fn statement(&self, tree: &Tree<'_>, node: NodeId) -> Option<NodeId>;

    /// What starts a comment that takes the rest of its line.
    fn comment(&self) -> &'static str;

    /// The list of values that a name takes one after the other, where the name is bound there; why it cannot be read, where
    /// there is one.
    fn cases(&self, _tree: &Tree<'_>, _name: NodeId) -> Option<Result<Cases, String>> {
        None
    }

    /// What goes for a fixture to go, in the tests of its file that ask for it; `None` where one of them uses what it gives,
    /// or names it in another way.
    fn requests(&self, _tree: &Tree<'_>, _function: NodeId, _live: &dyn Fn(NodeId) -> bool) -> Option<Vec<Change>> {
        None
    }

    /// The parameter that a decorator hands to the function under it.
    fn injected(&self, _tree: &Tree<'_>, _decorator: NodeId) -> Option<Injected> {
        None
    }
}

/// A parameter that goes with a decorator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    /// The list that holds it.
    pub list: NodeId,
    /// It.
    pub parameter: NodeId,
    /// Its name.
    pub name: NodeId,
}

/// What goes with a piece of test code: itself and the comment lines directly above it.
pub fn removal(tree: &Tree<'_>, syntax: &dyn TestSyntax, part: &Part) -> Vec<Change> {
    let mut changes = vec![Change::Remove(part.whole)];
    let text = tree.text;
    let first = line_start(text, tree.span(part.whole).start);
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let own = indentation(&text[first..]);
    let mut start = first;
    while start > 0 {
        let above = line_start(text, start - 1);
        let line = &text[above..start];
        if indentation(line) != own || !line.trim_start().starts_with(syntax.comment()) {
            break;
        }
        start = above;
    }
    if start < first {
        changes.push(Change::Cut(start..first));
    }
    changes
}
