//! A syntax tree as a flat list in source order, with parents. Owns navigation; folding visits ancestors of checks all
//! the time, and asking tree-sitter for a parent costs a descent from the root. Knows no language.

use std::sync::{Mutex, OnceLock, PoisonError};

use crate::language::Code;
use crate::language::template::{self, Part};
use crate::scan::MAX_LEVELS;
use crate::source::Span;

/// Numbers of kinds from here on are those of parts around the code; no grammar has that many, and the last is tree-sitter's.
const FIRST_OUTER: u16 = 0xF000;

/// Index of a node in a [`Tree`].
pub type NodeId = u32;

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The grammar's number of its kind.
    kind: u16,
    /// Its bytes.
    pub span: Span,
    /// Its parent; the root is its own.
    pub parent: NodeId,
    /// The field of the parent that it fills, as an index into the grammar's fields; 0 when it fills none.
    field: u16,
    /// False for keywords and punctuation.
    pub named: bool,
    /// True for comments and the like, which may stand anywhere.
    pub extra: bool,
    /// Whether a child fills a field: thousands of statements need not be asked.
    has_fields: bool,
    /// The first index behind its subtree: descendants are `id + 1 .. end`.
    pub end: NodeId,
}

/// Parses what a node holds only as tokens, at its place in the text.
pub type Reparse<'p> = &'p dyn Fn(tree_sitter::Node<'_>) -> Option<tree_sitter::Tree>;

/// How deep parts within parts are looked into; deeper ones stay tokens, which nothing is folded in.
const MOST_NESTED: u8 = 8;

/// Appends a node with all that it holds. Iterative but for parts, so that no nesting can exhaust the stack.
fn append(nodes: &mut Vec<Node>, root: tree_sitter::Node<'_>, parent: Option<NodeId>, part: Reparse<'_>, depth: u8) {
    let mut cursor = root.walk();
    let mut open: Vec<NodeId> = Vec::new();
    loop {
        let node = cursor.node();
        let id = nodes.len() as NodeId;
        nodes.push(Node {
            kind: node.kind_id(),
            span: node.byte_range(),
            parent: open.last().copied().or(parent).unwrap_or(0),
            field: cursor.field_id().map_or(0, |field| field.get()),
            named: node.is_named(),
            extra: node.is_extra(),
            has_fields: false,
            end: id + 1,
        });
        let inside = if depth > 0 { part(node) } else { None };
        match inside.as_ref().and_then(|inside| holder(inside, node)) {
            Some(holder) => {
                for child in holder.children(&mut holder.walk()) {
                    append(nodes, child, Some(id), part, depth - 1);
                }
                nodes[id as usize].end = nodes.len() as NodeId;
            }
            None if cursor.goto_first_child() => {
                open.push(id);
                continue;
            }
            None => {}
        }
        while !cursor.goto_next_sibling() {
            let Some(closed) = open.pop() else { return };
            nodes[closed as usize].end = nodes.len() as NodeId;
            cursor.goto_parent();
        }
    }
}

/// The innermost node of a part that is all of the node it was parsed for. Where the parser can make no sense of the inside,
/// nothing in it is an expression.
fn holder<'p>(part: &'p tree_sitter::Tree, node: tree_sitter::Node<'_>) -> Option<tree_sitter::Node<'p>> {
    let range = node.byte_range();
    part.root_node().descendant_for_byte_range(range.start, range.start).and_then(|first| {
        std::iter::successors(Some(first), |inner| inner.parent())
            .find(|outer| outer.byte_range() == range)
            .filter(|found| !found.has_error())
    })
}

/// Names by number. tree-sitter measures and checks a name each time that it is asked for one, which is all the time here.
#[derive(Debug)]
struct Grammar {
    kinds: Vec<&'static str>,
    fields: Vec<&'static str>,
}

impl Grammar {
    /// The names of a language, read once per process.
    fn of(language: &tree_sitter::Language) -> &'static Self {
        static KNOWN: Mutex<Vec<(&tree_sitter::Language, &Grammar)>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, grammar)) = known.iter().find(|(each, _)| *each == language) {
            return grammar;
        }
        let language: &'static tree_sitter::Language = Box::leak(Box::new(language.clone()));
        let kinds = 0..u16::try_from(language.node_kind_count()).unwrap_or(FIRST_OUTER);
        let fields = 0..=u16::try_from(language.field_count()).unwrap_or(FIRST_OUTER);
        let grammar: &'static Self = Box::leak(Box::new(Self {
            kinds: kinds.map(|kind| language.node_kind_for_id(kind).unwrap_or_default()).collect(),
            fields: fields.map(|field| language.field_name_for_id(field).unwrap_or_default()).collect(),
        }));
        known.push((language, grammar));
        grammar
    }
}

/// All nodes of a file in source order: a node comes before its children, and they before its next sibling.
#[derive(Debug)]
pub struct Tree<'t> {
    /// The text that was parsed.
    pub text: &'t str,
    nodes: Vec<Node>,
    grammar: &'static Grammar,
    /// Names of kinds that are not the grammar's, by number from [`FIRST_OUTER`] on.
    outer: &'static [&'static str],
    is_module: OnceLock<bool>,
}

impl<'t> Tree<'t> {
    /// The tree of a file, with what is around the code where that is not all of it.
    pub fn of(text: &'t str, code: &Code<'_>, part: Reparse<'_>) -> Self {
        let tree = Self::with_parts(text, &code.tree, part);
        match &code.masked {
            Some(masked) if masked.hidden.is_empty() => tree.within(&masked.parts, template::KINDS),
            _ => tree,
        }
    }

    /// Flattens a parsed tree.
    pub fn new(text: &'t str, tree: &tree_sitter::Tree) -> Self {
        Self::with_parts(text, tree, &|_| None)
    }

    /// Flattens a parsed tree in which some nodes are leaves of tokens to the grammar, and `part` parses those again: what
    /// they hold then takes the place of their tokens.
    pub fn with_parts(text: &'t str, tree: &tree_sitter::Tree, part: Reparse<'_>) -> Self {
        let mut nodes: Vec<Node> = Vec::with_capacity(tree.root_node().descendant_count());
        append(&mut nodes, tree.root_node(), None, part, MOST_NESTED);
        for id in 0..nodes.len() {
            if nodes[id].field != 0 {
                let parent = nodes[id].parent as usize;
                nodes[parent].has_fields = true;
            }
        }
        Self { text, nodes, grammar: Grammar::of(&tree.language()), outer: &[], is_module: OnceLock::new() }
    }

    /// Puts what a tree holds into the parts of the file around it: a part that holds a statement has the expression that
    /// the statement consists of as its child, unless the part is opaque. `kinds` are the names of the parts' kinds.
    fn within(self, parts: &[Part], kinds: &'static [&'static str]) -> Self {
        let statements: Vec<NodeId> = self.children(0).collect();
        let mut statements = statements.into_iter().peekable();
        let root = Node { span: 0..self.text.len(), ..self.nodes[0].clone() };
        let mut nodes = vec![root];
        let mut open: Vec<NodeId> = vec![0];
        for (index, part) in parts.iter().enumerate() {
            for closed in open.drain(part.depth + 1..).rev() {
                nodes[closed as usize].end = nodes.len() as NodeId;
            }
            let id = nodes.len() as NodeId;
            nodes.push(Node {
                kind: FIRST_OUTER + part.kind,
                span: part.span.clone(),
                parent: open[part.depth],
                field: 0,
                named: true,
                extra: false,
                has_fields: false,
                // Known once it is closed.
                end: id,
            });
            open.push(id);
            if parts.get(index + 1).is_some_and(|next| next.depth > part.depth) {
                continue;
            }
            while let Some(statement) = statements.next_if(|statement| self.get(*statement).span.start < part.span.end)
            {
                if part.is_opaque() || self.get(statement).span.start < part.span.start {
                    continue;
                }
                for inner in self.named_children(statement) {
                    self.graft(inner, id, &mut nodes);
                }
            }
        }
        for closed in open.into_iter().rev() {
            nodes[closed as usize].end = nodes.len() as NodeId;
        }
        Self { text: self.text, nodes, grammar: self.grammar, outer: kinds, is_module: OnceLock::new() }
    }

    /// Copies a subtree below another parent.
    fn graft(&self, from: NodeId, parent: NodeId, nodes: &mut Vec<Node>) {
        let offset = |id: NodeId, first: NodeId| id - from + first;
        let first = nodes.len() as NodeId;
        for id in self.subtree(from) {
            let node = self.get(id).clone();
            let parent = if id == from { parent } else { offset(node.parent, first) };
            let field = if id == from { 0 } else { node.field };
            nodes.push(Node { parent, field, end: offset(node.end, first), ..node });
        }
    }

    /// Whether it has more levels than scanning looks into: then nothing in it was looked at.
    pub fn is_deep(&self) -> bool {
        let mut levels: Vec<u32> = Vec::with_capacity(self.nodes.len());
        self.nodes.iter().any(|node| {
            // A parent comes before its children; the root is its own.
            let level = levels.get(node.parent as usize).map_or(0, |above| above + 1);
            levels.push(level);
            level as usize > MAX_LEVELS
        })
    }

    /// The node of that index.
    pub fn get(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// The grammar's name of a node.
    pub fn kind(&self, id: NodeId) -> &str {
        let kind = self.get(id).kind;
        let outer = kind.checked_sub(FIRST_OUTER).and_then(|index| self.outer.get(usize::from(index)));
        // tree-sitter numbers what it could not read behind all kinds.
        outer.or_else(|| self.grammar.kinds.get(usize::from(kind))).copied().unwrap_or("ERROR")
    }

    /// The field of the parent that it fills.
    pub fn field_of(&self, id: NodeId) -> Option<&str> {
        match self.get(id).field {
            0 => None,
            field => self.grammar.fields.get(usize::from(field)).copied(),
        }
    }

    /// Its bytes.
    pub fn span(&self, id: NodeId) -> Span {
        self.get(id).span.clone()
    }

    /// Its text.
    pub fn text_of(&self, id: NodeId) -> &'t str {
        &self.text[self.span(id)]
    }

    /// Its parent, `None` for the root.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        (id != 0).then(|| self.get(id).parent)
    }

    /// Its ancestors, nearest first, itself not included.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.parent(id), |id| self.parent(*id))
    }

    /// Its children, keywords and comments included.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let end = self.get(id).end;
        let first = (id + 1 < end).then_some(id + 1);
        std::iter::successors(first, move |child| {
            let next = self.get(*child).end;
            (next < end).then_some(next)
        })
    }

    /// Its named children without comments.
    pub fn named_children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.children(id).filter(|child| self.get(*child).named && !self.get(*child).extra)
    }

    /// Its first child in that field.
    pub fn field(&self, id: NodeId, field: &str) -> Option<NodeId> {
        if !self.get(id).has_fields {
            return None;
        }
        self.children(id).find(|child| self.field_of(*child) == Some(field))
    }

    /// Whether the names of the file are its own; the language is asked once.
    pub fn is_module(&self, ask: impl FnOnce(&Self) -> bool) -> bool {
        *self.is_module.get_or_init(|| ask(self))
    }

    /// Its first child of that kind.
    pub fn child_of_kind(&self, id: NodeId, kind: &str) -> Option<NodeId> {
        self.children(id).find(|child| self.kind(*child) == kind)
    }

    /// Itself and all its descendants, in source order.
    pub fn subtree(&self, id: NodeId) -> std::ops::Range<NodeId> {
        id..self.get(id).end
    }

    /// Whether `inner` is `outer` or lies in it.
    pub fn contains(&self, outer: NodeId, inner: NodeId) -> bool {
        self.subtree(outer).contains(&inner)
    }

    /// Every node.
    pub fn all(&self) -> std::ops::Range<NodeId> {
        0..self.nodes.len() as NodeId
    }

    /// The innermost named node with exactly that span: the expression, not the statement that consists of it. Nodes
    /// are in source order, so this bisects.
    pub fn at_span(&self, span: &Span) -> Option<NodeId> {
        let first = self.nodes.partition_point(|node| node.span.start < span.start);
        let starting = self.nodes[first..].iter().take_while(|node| node.span.start == span.start).enumerate();
        let fitting = starting.filter(|(_, node)| node.span == *span && node.named);
        fitting.last().map(|(offset, _)| (first + offset) as NodeId)
    }

    /// The innermost node around an offset.
    pub fn leaf_at(&self, offset: usize) -> NodeId {
        let last = self.nodes.partition_point(|node| node.span.start <= offset).saturating_sub(1) as NodeId;
        let around = |node: &NodeId| self.get(*node).span.contains(&offset);
        std::iter::once(last).chain(self.ancestors(last)).find(around).unwrap_or(0)
    }

    /// The next named node behind a node within the same parent, comments left out.
    pub fn next_named_sibling(&self, id: NodeId) -> Option<NodeId> {
        let end = self.get(self.parent(id)?).end;
        let mut next = self.get(id).end;
        while next < end {
            if self.get(next).named && !self.get(next).extra {
                return Some(next);
            }
            next = self.get(next).end;
        }
        None
    }

    /// The named node before a node within the same parent, comments left out.
    pub fn previous_named_sibling(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.parent(id)?;
        let mut at = id;
        while at > parent + 1 {
            // The node before is the last one inside the sibling before.
            at -= 1;
            while self.get(at).parent != parent {
                at = self.get(at).parent;
            }
            if self.get(at).named && !self.get(at).extra {
                return Some(at);
            }
        }
        None
    }
}
