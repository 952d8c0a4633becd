//! The files in `queries/` over a tree: every pattern is tried where its outermost kind of node stands, in one walk. Owns the
//! part of tree-sitter's query language that they are written in; does not know what captures mean.
//!
//! tree-sitter's own matcher keeps the state of every pattern at every node and costs more than the parse (see
//! docs/performance.md). Here a node whose kind begins no pattern costs one look into a table. To add a shape, add a pattern
//! to a query file: kinds, fields, `!field`, `(_)`, `"token"`, `[…]`, `?`, the anchor `.`, captures, `#eq?` and `#any-of?` with
//! texts are understood; a unit test says so when something else is used.

mod reader;

use std::cell::Cell;

use tree_sitter::{Node, TreeCursor};

use super::above::{Above, LEVELS};
use super::hits::Hits;
use super::{Capture, Syntax, text_of};
use reader::Reader;

/// The queries of a language, by the kind of node that they begin with.
#[derive(Debug)]
pub(super) struct Query {
    patterns: Vec<Pattern>,
    /// Per kind of node, what is to be done with one.
    kinds: Vec<KindOf>,
    order: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct KindOf {
    /// The patterns that begin with it: a range of `order`.
    patterns: (u32, u32),
    /// Whether what is below is left out where nothing of interest stands.
    quiet: bool,
    /// Whether the same goes for it in a function, by the hits for statements.
    statement: bool,
    /// What it makes of what is below: a function, or something else with names of its own.
    scope: Option<Scope>,
    /// Whether it is punctuation or a word of the language that no pattern names: there is no node with a name below.
    token: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Function,
    Other,
}

#[derive(Debug)]
struct Pattern {
    root: Test,
    /// Texts of which captured nodes must have one.
    equal: Vec<(Capture, Vec<&'static str>)>,
    /// Whether it matters what is around a match.
    above: bool,
}

/// What a node must be.
#[derive(Clone, Debug)]
struct Test {
    kind: Kind,
    captures: Vec<Capture>,
    children: Vec<Child>,
    /// Fields that must be empty.
    absent: Vec<u16>,
    /// Whether no named child may follow the last that a pattern takes.
    closed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `(_)`
    Named,
    Is(u16),
}

#[derive(Clone, Debug)]
struct Child {
    field: Option<u16>,
    optional: bool,
    /// Whether no named child may stand before it.
    anchored: bool,
    alternatives: Vec<Test>,
}

/// The nodes that a match captured.
#[derive(Default)]
pub(super) struct Captured<'tree> {
    list: Vec<(Capture, Node<'tree>)>,
    /// What is around the match, outermost first, and the match itself, where the pattern asks for that.
    above: Vec<Node<'tree>>,
    /// For looks at children: a new one is allocated.
    cursor: Option<TreeCursor<'tree>>,
}

impl<'tree> Captured<'tree> {
    /// The node that was captured as something; the last when there are several.
    pub(super) fn get(&self, wanted: Capture) -> Option<Node<'tree>> {
        self.list.iter().rev().find(|(known, _)| *known == wanted).map(|(_, node)| *node)
    }

    /// What is around the match.
    pub(super) fn above(&self) -> Above<'_, 'tree> {
        Above::new(&self.above)
    }

    /// The children of a node with their fields.
    fn children_of(&mut self, node: Node<'tree>) -> Vec<ChildNode<'tree>> {
        let cursor = self.cursor.get_or_insert_with(|| node.walk());
        cursor.reset(node);
        let mut children = Vec::new();
        if cursor.goto_first_child() {
            loop {
                children.push((cursor.field_id().map(u16::from), cursor.node()));
                if !cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        children
    }
}

type Emit<'emit, 'tree> = &'emit mut dyn FnMut(&mut Captured<'tree>) -> bool;

impl Query {
    /// Reads query files.
    ///
    /// # Errors
    /// What is not understood, or unknown to the grammar.
    pub(super) fn new(
        grammar: &tree_sitter::Language,
        texts: impl IntoIterator<Item = &'static str>,
        syntax: &dyn Syntax,
    ) -> Result<Self, String> {
        let mut patterns = Vec::new();
        for text in texts {
            let mut reader = Reader { grammar, rest: text };
            while !reader.at_end() {
                patterns.extend(reader.pattern()?);
            }
        }
        let (mut kinds, mut order) = (vec![KindOf::default(); grammar.node_kind_count()], Vec::new());
        for (kind, what) in kinds.iter_mut().enumerate() {
            let start = order.len() as u32;
            let begins = patterns.iter().enumerate().filter(|(_, at)| at.root.kind == Kind::Is(kind as u16));
            order.extend(begins.map(|(index, _)| index as u32));
            what.patterns = (start, order.len() as u32);
            what.token = !grammar.node_kind_is_named(kind as u16);
        }
        for pattern in &patterns {
            pattern.root.each_kind(&mut |kind| kinds[usize::from(kind)].token = false);
        }
        if patterns.iter().any(|pattern| pattern.root.kind == Kind::Named) {
            return Err("a pattern begins with a kind of node, not with `(_)`".to_owned());
        }
        for pattern in &patterns {
            if let Kind::Is(kind) = pattern.root.kind {
                let scope = pattern.root.captures.iter().find_map(|capture| match capture {
                    Capture::ScopeFunction => Some(Scope::Function),
                    Capture::ScopeClass | Capture::ScopeModule => Some(Scope::Other),
                    _ => None,
                });
                let known = &mut kinds[usize::from(kind)].scope;
                *known = known.or(scope);
            }
        }
        let id = |kind: &str| match grammar.id_for_node_kind(kind, true) {
            0 => Err(format!("the grammar has no kind of node `{kind}`")),
            id => Ok(usize::from(id)),
        };
        for kind in syntax.quiet() {
            kinds[id(kind)?].quiet = true;
        }
        for kind in syntax.statements() {
            kinds[id(kind)?].statement = true;
        }
        Ok(Self { patterns, kinds, order })
    }

    /// Whether a kind of node is a function.
    pub(super) fn is_function(&self, kind: u16) -> bool {
        self.kinds.get(usize::from(kind)).is_some_and(|kind| kind.scope == Some(Scope::Function))
    }

    /// Every match at a node and below, those of an inner node first. False, and not all of them, when the tree is deeper than
    /// [`super::MAX_LEVELS`].
    pub(super) fn run<'tree>(&self, root: Node<'tree>, text: &str, each: impl FnMut(&Captured<'tree>)) -> bool {
        self.run_and_visit(root, text, &Hits::everywhere(), &mut Vec::new(), |_| {}, each)
    }

    /// The same where there are hits, and visits every node on the way but tokens, in no order that means anything. Below a quiet
    /// node without a hit there is no match; statements of functions that were left out are `skipped`.
    ///
    /// One step of a cursor costs about as much as all that is done with most nodes, so each node is stepped on once, and no
    /// step is tried that leads nowhere: the children that a pattern looks at are those that were passed, and are matched when
    /// their parent is left.
    pub(super) fn run_and_visit<'tree>(
        &self,
        root: Node<'tree>,
        text: &str,
        hits: &Hits,
        skipped: &mut Vec<Node<'tree>>,
        mut visit: impl FnMut(Node<'tree>),
        mut each: impl FnMut(&Captured<'tree>),
    ) -> bool {
        let mut cursor = root.walk();
        let mut hits = hits.from(root.start_byte());
        let Room { open, children } = ROOM.take();
        let (mut open, mut children): (Vec<Open<'tree>>, Vec<ChildNode<'tree>>) = (emptied(open), emptied(children));
        let mut captured = Captured::default();
        let is_whole = loop {
            let node = cursor.node();
            // Error nodes have a kind beyond the table.
            let kind = self.kinds.get(usize::from(node.kind_id())).copied().unwrap_or_default();
            if !kind.token {
                visit(node);
                if open.last().is_some_and(|parent| parent.is_root) {
                    children.push((cursor.field_id().map(u16::from), node));
                }
                let is_root = kind.patterns.0 != kind.patterns.1;
                let runs = open.last().is_some_and(|parent| parent.runs);
                let count = node.child_count();
                let here = Open {
                    node,
                    patterns: kind.patterns,
                    is_root,
                    first: children.len(),
                    left: count,
                    runs: kind.scope.map_or(runs, |scope| scope == Scope::Function),
                };
                let mut enters = || {
                    let is_statement = kind.statement && runs;
                    // What is left out adds no more levels than it has nodes.
                    if !kind.quiet && !is_statement || node.descendant_count() > super::MAX_LEVELS {
                        return true;
                    }
                    if kind.quiet {
                        return hits.any_in(node);
                    }
                    let enters = hits.any_for_statement_in(node);
                    if !enters {
                        skipped.push(node);
                    }
                    enters
                };
                // A leaf that was skipped may bind a name as well.
                if enters() && count != 0 && cursor.goto_first_child() {
                    open.push(here);
                    if open.len() > super::MAX_LEVELS {
                        break false;
                    }
                    continue;
                }
                if is_root {
                    self.at_node(&here, &[], &open, text, &mut captured, &mut each);
                }
            }
            let is_next = loop {
                let Some(parent) = open.last_mut() else { break false };
                parent.left -= 1;
                if parent.left != 0 && cursor.goto_next_sibling() {
                    break true;
                }
                cursor.goto_parent();
                if let Some(done) = open.pop()
                    && done.is_root
                {
                    self.at_node(&done, &children[done.first..], &open, text, &mut captured, &mut each);
                    children.truncate(done.first);
                }
            };
            if !is_next {
                break true;
            }
        };
        ROOM.set(Room { open: emptied(open), children: emptied(children) });
        is_whole
    }

    fn at_node<'tree>(
        &self,
        at: &Open<'tree>,
        children: &[ChildNode<'tree>],
        open: &[Open<'tree>],
        text: &str,
        captured: &mut Captured<'tree>,
        each: &mut impl FnMut(&Captured<'tree>),
    ) {
        for index in &self.order[at.patterns.0 as usize..at.patterns.1 as usize] {
            let pattern = &self.patterns[*index as usize];
            captured.above.clear();
            if pattern.above {
                captured.above.extend(open[open.len().saturating_sub(LEVELS)..].iter().map(|open| open.node));
                captured.above.push(at.node);
            }
            pattern.root.fits_with(at.node, children, captured, &mut |captured| {
                let equal = |(capture, wanted): &(Capture, Vec<&str>)| {
                    captured.get(*capture).is_some_and(|node| wanted.contains(&text_of(node, text)))
                };
                let fits = pattern.equal.iter().all(equal);
                if fits {
                    each(captured);
                }
                fits
            });
        }
    }
}

thread_local! {
    /// Lists that one walk leaves to the next: memory that is asked for again is cleared again.
    static ROOM: Cell<Room> = Cell::default();
}

/// Empty lists.
#[derive(Default)]
struct Room {
    open: Vec<Open<'static>>,
    children: Vec<ChildNode<'static>>,
}

/// The same memory for nodes of another tree: a list that is taken apart is collected where it is.
fn emptied<A, B>(mut list: Vec<A>) -> Vec<B> {
    list.clear();
    list.into_iter().filter_map(|_| None).collect()
}

/// A node whose children are being passed.
struct Open<'tree> {
    node: Node<'tree>,
    /// The patterns that begin with its kind.
    patterns: (u32, u32),
    is_root: bool,
    /// Where its children begin.
    first: usize,
    /// How many of its children are not passed yet.
    left: u32,
    /// Whether what is below belongs to a function.
    runs: bool,
}

type ChildNode<'tree> = (Option<u16>, Node<'tree>);

impl Test {
    fn each_kind(&self, see: &mut impl FnMut(u16)) {
        if let Kind::Is(kind) = self.kind {
            see(kind);
        }
        self.children.iter().flat_map(|child| &child.alternatives).for_each(|test| test.each_kind(see));
    }

    /// Hands every way in which the node and those below it fit to `emit`. Whether one was taken.
    fn fits<'tree>(&self, node: Node<'tree>, captured: &mut Captured<'tree>, emit: Emit<'_, 'tree>) -> bool {
        let is_kind = match self.kind {
            Kind::Named => node.is_named() && !node.is_error(),
            Kind::Is(kind) => node.kind_id() == kind,
        };
        if !is_kind {
            return false;
        }
        let looks_below = !self.children.is_empty() || !self.absent.is_empty() || self.closed;
        let children = if looks_below { captured.children_of(node) } else { Vec::new() };
        self.fits_with(node, &children, captured, emit)
    }

    /// The same for a node of the right kind whose children are known.
    fn fits_with<'tree>(
        &self,
        node: Node<'tree>,
        children: &[ChildNode<'tree>],
        captured: &mut Captured<'tree>,
        emit: Emit<'_, 'tree>,
    ) -> bool {
        if self.absent.iter().any(|absent| children.iter().any(|(field, _)| *field == Some(*absent))) {
            return false;
        }
        let before = captured.list.len();
        captured.list.extend(self.captures.iter().map(|name| (*name, node)));
        let found = self.children_fit(&self.children, children, captured, emit);
        captured.list.truncate(before);
        found
    }

    /// Goes as deep as the pattern does.
    fn children_fit<'tree>(
        &self,
        wanted: &[Child],
        children: &[ChildNode<'tree>],
        captured: &mut Captured<'tree>,
        emit: Emit<'_, 'tree>,
    ) -> bool {
        let Some((first, rest)) = wanted.split_first() else {
            let open = !self.closed || !children.iter().any(|(_, child)| child.is_named());
            return open && emit(captured);
        };
        let mut found = false;
        for (index, (field, child)) in children.iter().enumerate() {
            if first.field.is_none() || first.field == *field {
                for test in &first.alternatives {
                    found |= test.fits(*child, captured, &mut |captured| {
                        self.children_fit(rest, &children[index + 1..], captured, emit)
                    });
                }
            }
            if first.anchored && child.is_named() {
                break;
            }
        }
        // What may be missing counts as missing only where it is.
        found || (first.optional && self.children_fit(rest, children, captured, emit))
    }
}
