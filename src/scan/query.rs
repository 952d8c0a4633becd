//! The files in `queries/` over a tree: every pattern is tried where its outermost kind of node stands, in one walk. Owns the
//! part of tree-sitter's query language that they are written in; does not know what captures mean.
//!
//! tree-sitter's own matcher keeps the state of every pattern at every node and costs more than the parse (see
//! docs/performance.md). Here a node whose kind begins no pattern costs one look into a table. To add a shape, add a pattern
//! to a query file: kinds, fields, `!field`, `(_)`, `"token"`, `[…]`, `?`, the anchor `.`, captures, `#eq?` and `#any-of?` with
//! texts are understood; a unit test says so when something else is used.

use tree_sitter::{Node, TreeCursor};

use super::above::{Above, LEVELS};
use super::hits::Hits;
use super::{Capture, text_of};

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
    /// Whether it is punctuation or a word of the language that no pattern names: there is no node with a name below.
    token: bool,
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
        quiet: &[&str],
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
        for kind in quiet {
            match grammar.id_for_node_kind(kind, true) {
                0 => return Err(format!("the grammar has no kind of node `{kind}`")),
                id => kinds[usize::from(id)].quiet = true,
            }
        }
        Ok(Self { patterns, kinds, order })
    }

    /// Every match at a node and below, those of an outer node first.
    pub(super) fn run<'tree>(&self, root: Node<'tree>, text: &str, each: impl FnMut(&Captured<'tree>)) {
        self.run_and_visit(root, text, Hits::everywhere(), |_| {}, each);
    }

    /// The same where there are hits, and visits every node on the way but tokens, in no order that means anything. Below a quiet node
    /// without a hit there is no match. False, with nothing found, when the tree is deeper than [`super::MAX_LEVELS`].
    ///
    /// One step of a cursor costs about as much as all that is done with most nodes, so each node is stepped on once: the
    /// children that a pattern looks at are those that were passed, and are matched when their parent is left.
    pub(super) fn run_and_visit<'tree>(
        &self,
        root: Node<'tree>,
        text: &str,
        mut hits: Hits,
        mut visit: impl FnMut(Node<'tree>),
        mut each: impl FnMut(&Captured<'tree>),
    ) -> bool {
        let mut cursor = root.walk();
        // Lists that grow are copied: code has about so many matches.
        let expected = if hits.is_everywhere() { 0 } else { text.len() / 48 };
        let mut found = Matches::default();
        found.captures.reserve(2 * expected);
        found.list.reserve(expected);
        let mut captured = Captured::default();
        let mut open: Vec<Open<'tree>> = Vec::new();
        let mut children: Vec<ChildNode<'tree>> = Vec::new();
        let mut count = 0u32;
        loop {
            let node = cursor.node();
            // Error nodes have a kind beyond the table.
            let kind = self.kinds.get(usize::from(node.kind_id())).copied().unwrap_or_default();
            if kind.token && cursor.goto_next_sibling() {
                continue;
            }
            visit(node);
            if open.last().is_some_and(|parent| parent.is_root) {
                children.push((cursor.field_id().map(u16::from), node));
            }
            let is_root = kind.patterns.0 != kind.patterns.1;
            let here = Open { node, patterns: kind.patterns, is_root, number: count, first: children.len() };
            count += 1;
            let mut enters = || {
                let span = node.byte_range();
                // What is left out adds no more levels than it has bytes.
                !kind.quiet || span.len() > super::MAX_LEVELS || hits.any_in(span.start, span.end)
            };
            if !kind.token && enters() && cursor.goto_first_child() {
                open.push(here);
                if open.len() > super::MAX_LEVELS {
                    return false;
                }
                continue;
            }
            if is_root {
                self.at_node(&here, &[], &open, text, &mut captured, &mut found);
            }
            while open.is_empty() || !cursor.goto_next_sibling() {
                let Some(done) = open.pop() else {
                    found.each_in_order(&mut each);
                    return true;
                };
                cursor.goto_parent();
                if done.is_root {
                    self.at_node(&done, &children[done.first..], &open, text, &mut captured, &mut found);
                    children.truncate(done.first);
                }
            }
        }
    }

    fn at_node<'tree>(
        &self,
        at: &Open<'tree>,
        children: &[ChildNode<'tree>],
        open: &[Open<'tree>],
        text: &str,
        captured: &mut Captured<'tree>,
        found: &mut Matches<'tree>,
    ) {
        for index in &self.order[at.patterns.0 as usize..at.patterns.1 as usize] {
            let pattern = &self.patterns[*index as usize];
            pattern.root.fits_with(at.node, children, captured, &mut |captured| {
                let equal = |(capture, wanted): &(Capture, Vec<&str>)| {
                    captured.get(*capture).is_some_and(|node| wanted.contains(&text_of(node, text)))
                };
                let fits = pattern.equal.iter().all(equal);
                if fits {
                    let above = if pattern.above { &open[open.len().saturating_sub(LEVELS)..] } else { &[] };
                    found.add(at, captured, above);
                }
                fits
            });
        }
    }
}

/// A node whose children are being passed.
struct Open<'tree> {
    node: Node<'tree>,
    /// The patterns that begin with its kind.
    patterns: (u32, u32),
    is_root: bool,
    /// Its position among all nodes, outer ones first.
    number: u32,
    /// Where its children begin.
    first: usize,
}

/// Matches, as they are found: those inside a node before its own.
#[derive(Default)]
struct Matches<'tree> {
    captures: Vec<(Capture, Node<'tree>)>,
    above: Vec<Node<'tree>>,
    list: Vec<Match>,
}

/// Where the parts of a match are.
struct Match {
    /// The number of its node.
    number: u32,
    captures: (u32, u32),
    above: (u32, u32),
}

impl<'tree> Matches<'tree> {
    fn add(&mut self, at: &Open<'tree>, captured: &Captured<'tree>, above: &[Open<'tree>]) {
        let (first, first_above) = (self.captures.len() as u32, self.above.len() as u32);
        self.captures.extend_from_slice(&captured.list);
        if !above.is_empty() {
            self.above.extend(above.iter().map(|open| open.node));
            self.above.push(at.node);
        }
        let captures = (first, self.captures.len() as u32);
        self.list.push(Match { number: at.number, captures, above: (first_above, self.above.len() as u32) });
    }

    fn each_in_order(mut self, each: &mut impl FnMut(&Captured<'tree>)) {
        self.list.sort_by_key(|one| one.number);
        let mut one = Captured::default();
        for Match { captures, above, .. } in self.list {
            one.list.clear();
            one.list.extend_from_slice(&self.captures[captures.0 as usize..captures.1 as usize]);
            one.above.clear();
            one.above.extend_from_slice(&self.above[above.0 as usize..above.1 as usize]);
            each(&one);
        }
    }
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

/// Reads the text of queries.
struct Reader<'run> {
    grammar: &'run tree_sitter::Language,
    rest: &'static str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix(';') {
                Some(comment) => self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest),
                None => return,
            }
        }
    }

    fn at_end(&mut self) -> bool {
        self.skip();
        self.rest.is_empty()
    }

    fn take(&mut self, sign: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(format!("`{sign}` is missing before `{}`", self.near())) }
    }

    fn near(&self) -> &'static str {
        self.rest.lines().next().unwrap_or("")
    }

    fn word(&mut self) -> Result<&'static str, String> {
        self.skip();
        let end = self.rest.find(|at: char| !at.is_alphanumeric() && !"_.-".contains(at)).unwrap_or(self.rest.len());
        // The dot behind a name is an anchor.
        let (word, rest) = self.rest.split_at(self.rest[..end].trim_end_matches('.').len());
        if word.is_empty() {
            return Err(format!("a name is missing before `{}`", self.near()));
        }
        self.rest = rest;
        Ok(word)
    }

    fn rest_begins(&mut self, sign: char) -> bool {
        self.skip();
        self.rest.starts_with(sign)
    }

    fn capture(&mut self) -> Result<Capture, String> {
        self.expect("@")?;
        let name = self.word()?;
        Capture::named(name).ok_or_else(|| format!("nobody knows the capture `@{name}`"))
    }

    fn quoted(&mut self) -> Result<&'static str, String> {
        self.expect("\"")?;
        let (text, rest) = self.rest.split_once('"').ok_or("a quote is not closed")?;
        if text.contains('\\') {
            return Err(format!("the text `{text}` has an escape"));
        }
        self.rest = rest;
        Ok(text)
    }

    /// A pattern, or one with its conditions in parentheses; one for each alternative.
    fn pattern(&mut self) -> Result<Vec<Pattern>, String> {
        self.skip();
        let mut equal = Vec::new();
        let grouped = self.rest.strip_prefix('(').is_some_and(|rest| rest.trim_start().starts_with(['(', '[']));
        if grouped {
            self.expect("(")?;
        }
        let roots = self.tests()?;
        while grouped && !self.take(")") {
            self.expect("(")?;
            let several = self.take("#any-of?");
            if !several {
                self.expect("#eq?")?;
            }
            let (name, mut texts) = (self.capture()?, vec![self.quoted()?]);
            while !self.take(")") {
                if !several {
                    return Err(format!("`#eq?` takes one text, before `{}`", self.near()));
                }
                texts.push(self.quoted()?);
            }
            equal.push((name, texts));
        }
        let above = |root: &Test| root.captures.iter().any(|at| matches!(at, Capture::Call));
        Ok(roots.into_iter().map(|root| Pattern { above: above(&root), root, equal: equal.clone() }).collect())
    }

    /// A node, or alternatives, with captures behind.
    fn tests(&mut self) -> Result<Vec<Test>, String> {
        let mut tests = Vec::new();
        if self.take("[") {
            while !self.take("]") {
                tests.extend(self.tests()?);
            }
        } else {
            tests.push(self.test()?);
        }
        while self.rest_begins('@') {
            let capture = self.capture()?;
            tests.iter_mut().for_each(|test| test.captures.push(capture));
        }
        Ok(tests)
    }

    fn test(&mut self) -> Result<Test, String> {
        let mut test =
            Test { kind: Kind::Named, captures: Vec::new(), children: Vec::new(), absent: Vec::new(), closed: false };
        self.skip();
        if self.rest.starts_with('"') {
            test.kind = Kind::Is(self.kind(self.quoted_at()?, false)?);
            self.quoted()?;
            return Ok(test);
        }
        self.expect("(")?;
        let name = self.word()?;
        if name != "_" {
            test.kind = Kind::Is(self.kind(name, true)?);
        }
        let mut anchored = false;
        while !self.take(")") {
            if self.take(".") {
                anchored = true;
            } else if self.take("!") {
                let name = self.word()?;
                test.absent.push(self.field(name)?);
            } else {
                let child = self.child(std::mem::take(&mut anchored))?;
                test.children.push(child);
            }
        }
        test.closed = anchored;
        Ok(test)
    }

    fn quoted_at(&self) -> Result<&'static str, String> {
        Reader { grammar: self.grammar, rest: self.rest }.quoted()
    }

    fn child(&mut self, anchored: bool) -> Result<Child, String> {
        self.skip();
        let mut field = None;
        if !self.rest.starts_with(['(', '[', '"']) {
            let name = self.word()?;
            self.expect(":")?;
            field = Some(self.field(name)?);
        }
        let mut alternatives = self.tests()?;
        let optional = self.take("?");
        while self.rest_begins('@') {
            let capture = self.capture()?;
            alternatives.iter_mut().for_each(|test| test.captures.push(capture));
        }
        Ok(Child { field, optional, anchored, alternatives })
    }

    fn kind(&self, name: &str, named: bool) -> Result<u16, String> {
        match self.grammar.id_for_node_kind(name, named) {
            0 => Err(format!("the grammar has no kind of node `{name}`")),
            id if self.grammar.node_kind_is_supertype(id) => Err(format!("`{name}` stands for several kinds of node")),
            id => Ok(id),
        }
    }

    fn field(&self, name: &str) -> Result<u16, String> {
        self.grammar.field_id_for_name(name).map(u16::from).ok_or_else(|| format!("the grammar has no field `{name}`"))
    }
}
