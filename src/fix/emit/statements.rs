//! Taking statements apart where braces make blocks that a single statement can do without, and elements and members out of
//! what surrounds them. Owns braces, semicolons that were implied, and slots; does not decide what goes.

use super::Emitter;
use crate::fix::evaluate::Outcome;
use crate::fix::residue::item_spans;
use crate::fix::residue::lists::List;
use crate::fix::syntax::Construct;
use crate::fix::tree::NodeId;
use crate::source::Span;

/// What would continue the statement of the line before.
const CONTINUES: [char; 8] = ['(', '[', '`', '+', '-', '/', '*', '.'];

impl Emitter<'_> {
    /// Whether a node stands in a list of statements, so that none or several can take its place.
    pub(super) fn is_listed(&self, node: NodeId) -> bool {
        self.tree.parent(node).is_some_and(|parent| self.syntax.construct(self.tree, parent) == Construct::Block)
    }

    /// Deletes a statement with the comment lines directly above it and the comment behind it. Where one statement has to
    /// stand, an empty block does.
    pub(super) fn remove_plain_statement(&mut self, node: NodeId) {
        let span = self.tree.span(node);
        if !self.is_listed(node) {
            self.sheet.replace(span, "{}");
            return;
        }
        if self.sheet.starts_line(span.start) && self.sheet.ends_line(span.end, "//") {
            let start = self.sheet.line_start(span.start);
            let owns_comment = matches!(
                self.syntax.construct(self.tree, node),
                Construct::Chain { .. } | Construct::Match { .. } | Construct::While { .. }
            );
            let start = if owns_comment { self.comments_above(node).unwrap_or(start) } else { start };
            self.sheet.delete(start..self.sheet.line_end(span.end));
        } else {
            self.delete_within_line(span);
        }
        self.end_statement_before(node, self.tree.next_named_sibling(node));
    }

    /// Puts `body` in the place of the whole `node`: statements, one statement, an element or the members of a literal.
    pub(super) fn lift_statements(&mut self, node: NodeId, body: NodeId, open: &mut Vec<NodeId>) {
        match self.syntax.construct(self.tree, node) {
            Construct::Slot { .. } => self.lift_element(node, body),
            Construct::Fragment => self.lift_in_place(node, body),
            _ => {
                let contents = self.syntax.statements(self.tree, body);
                // `{ a: {} }` may be read as an object where only a block can stand: it keeps its braces.
                let has_braces = self.tree.text_of(body).starts_with('{');
                let is_list = self.syntax.construct(self.tree, body) == Construct::Block;
                let (is_block, is_case) = (has_braces && is_list, is_list && !has_braces);
                let comments = self.tree.children(body).any(|child| self.tree.get(child).extra);
                if !is_block && !is_case {
                    self.lift_in_place(node, body);
                    self.end_statement_before(node, Some(body));
                    self.end_last(node, body);
                } else if contents.is_empty() && !comments && self.is_listed(node) {
                    self.remove_plain_statement(node);
                    return;
                } else if self.is_listed(node) && self.may_unwrap(node, &contents) && !contents.is_empty() {
                    self.unwrap(node, body, &contents);
                } else if is_case {
                    self.refuse(node, "the statements of the case declare names that are used elsewhere".into());
                    return;
                } else {
                    let (outer, inner) = (self.tree.span(node), self.tree.span(body));
                    self.sheet.delete(outer.start..inner.start);
                    self.sheet.delete(inner.end..outer.end);
                }
            }
        }
        self.keep_parts([body], open);
    }

    /// An element takes the place of its slot; a fragment there needs no tags of its own.
    fn lift_element(&mut self, node: NodeId, element: NodeId) {
        if self.syntax.construct(self.tree, element) != Construct::Fragment {
            return self.lift_in_place(node, element);
        }
        let tag = |last: bool| {
            let mut tags = self.tree.children(element).filter(|child| self.tree.kind(*child).ends_with("ing_element"));
            let tag = if last { tags.last() } else { tags.next() };
            tag.map_or(self.tree.span(element), |tag| self.tree.span(tag))
        };
        let (open, close) = (tag(false).end, tag(true).start);
        let inside = &self.tree.text[open..close];
        let first = open + (inside.len() - inside.trim_start().len());
        let last = open + inside.trim_end().len();
        let lines = |text: &str| text.is_empty() || text.contains('\n');
        // White space on the line of a tag is shown.
        if first >= last || !lines(&self.tree.text[open..first]) || !lines(&self.tree.text[last..close]) {
            return self.lift_in_place(node, element);
        }
        let outer = self.tree.span(node);
        self.sheet.move_to(first..last, outer.start);
        self.sheet.delete(outer.start..first);
        self.sheet.delete(last..outer.end);
    }

    /// A part takes the place of the whole, dedented to where it now starts.
    fn lift_in_place(&mut self, node: NodeId, part: NodeId) {
        let (outer, inner) = (self.tree.span(node), self.tree.span(part));
        self.sheet.move_to(inner.clone(), outer.start);
        self.sheet.delete(outer.start..inner.start);
        self.sheet.delete(inner.end..outer.end);
    }

    /// The members of a literal take the place of the spread of it.
    pub(super) fn lift_members(&mut self, node: NodeId, list: NodeId) {
        let (outer, members) =
            (self.tree.span(node), self.tree.children(list).filter(|child| self.tree.get(*child).named));
        let (mut start, mut end) = (outer.end, outer.end);
        for member in members {
            let span = self.tree.span(member);
            start = start.min(span.start);
            end = span.end;
        }
        self.sheet.move_to(start..end, outer.start);
        self.sheet.delete(outer.start..start);
        self.sheet.delete(end..outer.end);
        if self.tree.parent(node).is_some_and(|around| self.tree.kind(around).ends_with("ing_element")) {
            self.write_properties(list);
        }
    }

    /// Members of an object become properties of an element: `a: 1, b` are `a={1} b={b}`.
    fn write_properties(&mut self, list: NodeId) {
        for comma in self.tree.children(list).filter(|child| self.tree.kind(*child) == ",") {
            self.sheet.delete(self.tree.span(comma));
        }
        for member in self.tree.named_children(list) {
            let end = self.tree.span(member).end;
            match (self.tree.field(member, "key"), self.tree.field(member, "value")) {
                (Some(key), Some(value)) => {
                    let is_text = self.tree.kind(value) == "string" && !self.tree.text_of(value).contains(['\\', '&']);
                    let (open, close) = if is_text { ("=", "") } else { ("={", "}") };
                    self.sheet.replace(self.tree.span(key).end..self.tree.span(value).start, open);
                    self.sheet.replace(end..end, close);
                }
                _ => self.sheet.replace(end..end, format!("={{{}}}", self.tree.text_of(member))),
            }
        }
    }

    /// Whether statements may stand in the list around `node`: no name that they declare is written anywhere else there.
    fn may_unwrap(&self, node: NodeId, contents: &[NodeId]) -> bool {
        if contents.iter().any(|content| self.syntax.leaks(self.tree, *content, node)) {
            return false;
        }
        // What stands in statements that are taken apart as well comes along.
        let (mut names, mut open): (Vec<&str>, Vec<NodeId>) = (Vec::new(), contents.to_vec());
        while let Some(content) = open.pop() {
            names.extend(self.syntax.declared(self.tree, content));
            if let Some(Outcome::Lift(body)) = self.outcome(content) {
                open.extend(self.syntax.statements(self.tree, *body));
            }
        }
        if names.is_empty() {
            return true;
        }
        let Some(block) = self.tree.parent(node) else { return false };
        // The parameters of a function are declared beside its block.
        let around = self.tree.parent(block).unwrap_or(0);
        let inside = self.tree.subtree(node);
        !self.tree.subtree(around).any(|other| {
            !inside.contains(&other)
                && self.tree.kind(other).contains("identifier")
                && names.contains(&self.tree.text_of(other))
        })
    }

    /// Puts statements in the place of the statement around them.
    fn unwrap(&mut self, node: NodeId, body: NodeId, contents: &[NodeId]) {
        let (outer, inner) = (self.tree.span(node), self.tree.span(body));
        let (Some(first), Some(last)) = (contents.first(), contents.last()) else { return };
        let mut stays = contents.iter().rev().filter(|content| self.stays(**content));
        let ends_in = stays.find_map(|content| self.last_of(*content));
        let holder = self.tree.parent(*first).unwrap_or(body);
        let holder = if self.tree.text_of(holder).starts_with('{') { holder } else { body };
        let inside = if self.tree.text_of(holder).starts_with('{') {
            self.inside_braces(holder)
        } else {
            let colon = self.tree.children(body).find(|child| self.tree.kind(*child) == ":");
            colon.map_or(inner.start, |colon| self.tree.span(colon).end)..inner.end
        };
        // Comments around the statements stay with them; those behind a `break` that goes do not.
        let text = &self.tree.text[inside.clone()];
        // A comment behind the brace speaks of the condition, and goes with it.
        let (behind_brace, below) = text.split_once('\n').unwrap_or(("", text));
        let spoken = behind_brace.trim_start().starts_with("//");
        let text = if spoken { below } else { text };
        let start = inside.end - text.len() + (text.len() - text.trim_start().len());
        let next = self.tree.next_named_sibling(*last).filter(|next| self.tree.span(*next).start < inside.end);
        let end = next.map_or(inside.end, |next| self.tree.span(next).start);
        let end = inside.start + self.tree.text[inside.start..end].trim_end().len();
        self.lift_lines(outer, inside.start, start..end);
        self.end_statement_before(node, Some(*first));
        if let Some(last) = ends_in {
            self.end_last(node, last);
        }
    }

    /// What is between the braces of a block. A comment behind the last one may be taken for a part of it.
    pub(super) fn inside_braces(&self, block: NodeId) -> Span {
        let span = self.tree.span(block);
        let close = self.tree.children(block).filter(|child| self.tree.kind(*child) == "}").last();
        span.start + 1..close.map_or(span.end, |close| self.tree.span(close).start)
    }

    /// A statement whose end was implied by the brace behind it needs a semicolon when the next line would continue it.
    fn end_last(&mut self, node: NodeId, last: NodeId) {
        // Next to every statement does: what follows is looked for only behind one that does not.
        if self.ends_itself(last) {
            return;
        }
        let end = self.end_of_code(last);
        let behind = self.tree.parent(node).into_iter().flat_map(|parent| self.tree.named_children(parent));
        let follows = behind.skip_while(|sibling| *sibling <= node).find(|sibling| self.stays(*sibling));
        let follows = follows.map_or("", |next| self.tree.text_of(next));
        if follows.starts_with(CONTINUES) {
            self.sheet.replace(end..end, ";");
        }
    }

    /// Whether nothing that follows can continue a statement: it has a semicolon, or ends in a block rather than in an object.
    fn ends_itself(&self, statement: NodeId) -> bool {
        let ends_in_value = matches!(
            self.tree.kind(statement),
            "expression_statement"
                | "lexical_declaration"
                | "variable_declaration"
                | "return_statement"
                | "throw_statement"
        );
        match self.tree.text.as_bytes().get(self.end_of_code(statement).wrapping_sub(1)) {
            Some(b';') => true,
            Some(b'}') => !ends_in_value,
            _ => false,
        }
    }

    /// Where a statement ends. The parser counts a comment behind it in, where the end of the line ends the statement.
    fn end_of_code(&self, statement: NodeId) -> usize {
        let mut last = statement;
        while let Some(child) = self.tree.children(last).filter(|child| !self.tree.get(*child).extra).last() {
            last = child;
        }
        self.tree.span(last).end
    }

    /// An expression that now starts its statement must not continue the one before.
    pub(super) fn start_statement(&mut self, node: NodeId, survivor: NodeId) {
        let start = self.tree.span(node).start;
        let around = self.tree.ancestors(node).take_while(|outer| self.tree.span(*outer).start == start);
        let mut statements =
            around.filter(|outer| matches!(self.syntax.construct(self.tree, *outer), Construct::Statement(_)));
        if let Some(statement) = statements.next() {
            self.end_statement_before(statement, Some(survivor));
        }
    }

    /// The statement before a node needs a semicolon when what now follows it would continue it.
    fn end_statement_before(&mut self, node: NodeId, follows: Option<NodeId>) {
        let follows = follows.map_or("", |follows| self.tree.text_of(follows));
        let Some(mut parent) = self.tree.parent(node) else { return };
        let mut node = node;
        // What stands before the only statement of an `if` is none, unless the `if` around it goes as well.
        while self.syntax.construct(self.tree, parent) != Construct::Block {
            let (lifted, around) = (self.outcome(parent), self.tree.parent(parent));
            let (true, Some(around)) = (matches!(lifted, Some(Outcome::Lift(_))), around) else { return };
            (node, parent) = (parent, around);
        }
        // An object at the start of a statement gets parentheses.
        let is_object = follows.starts_with('{') && self.tree.kind(node) == "expression_statement";
        // Next to no statement can continue another: what stands before is looked for only in front of one that can.
        if !follows.starts_with(CONTINUES) && !is_object {
            return;
        }
        let kept = |sibling: &NodeId| {
            self.stays(*sibling) && !matches!(self.tree.field_of(*sibling), Some("value" | "name" | "label"))
        };
        let before: Vec<NodeId> =
            self.tree.named_children(parent).take_while(|sibling| *sibling < node).filter(kept).collect();
        let Some(before) = before.into_iter().rev().find_map(|statement| self.last_of(statement)) else { return };
        if !self.ends_itself(before) {
            let end = self.end_of_code(before);
            self.sheet.replace(end..end, ";");
        }
    }

    /// Whether a node is code that no fold takes away.
    fn stays(&self, node: NodeId) -> bool {
        !self.tree.get(node).extra && self.outcome(node) != Some(&Outcome::Gone)
    }

    /// What a statement ends in once the folds in it are done; `None` when nothing of it is left.
    fn last_of(&self, statement: NodeId) -> Option<NodeId> {
        let mut last = statement;
        while let Some(Outcome::Lift(body)) = self.outcome(last) {
            last = match self.syntax.construct(self.tree, *body) {
                Construct::Block => {
                    let mut contents = self.syntax.statements(self.tree, *body).into_iter();
                    contents.rfind(|content| self.stays(*content))?
                }
                _ => *body,
            };
        }
        Some(last)
    }

    /// Deletes a slot that shows nothing, with its line when it is alone on it. White space between it and its neighbour is
    /// shown, which at the edge of a line it would not be: there it becomes a slot of its own. Slots beside it that show
    /// nothing either go with the first of them.
    pub(super) fn remove_slot(&mut self, node: NodeId) {
        let text = self.tree.text;
        let goes = |slot: &NodeId| {
            self.outcome(*slot) == Some(&Outcome::Gone)
                && matches!(self.syntax.construct(self.tree, *slot), Construct::Slot { .. })
        };
        let siblings = self.tree.parent(node).into_iter().flat_map(|element| self.tree.named_children(element));
        let gone: Vec<Span> = siblings.filter(goes).map(|slot| self.tree.span(slot)).collect();
        let Some(at) = gone.iter().position(|slot| *slot == self.tree.span(node)) else { return };
        let beside = |before: &Span, behind: &Span| text[before.end..behind.start].trim_matches([' ', '\t']).is_empty();
        if at > 0 && beside(&gone[at - 1], &gone[at]) {
            return;
        }
        let last = gone[at..].windows(2).take_while(|pair| beside(&pair[0], &pair[1])).count();
        let span = gone[at].start..gone[at + last].end;
        let line = self.sheet.line_start(span.start)..self.sheet.line_end(span.end);
        let (before, behind) = (&text[line.start..span.start], &text[span.end..line.end]);
        let start = line.start + before.trim_end().len();
        let end = line.end - behind.trim_start().len();
        match (before.trim().is_empty(), behind.trim().is_empty()) {
            (true, true) => self.sheet.delete(line),
            (true, false) if span.end < end => self.sheet.replace(span.start..end, "{\" \"}"),
            (false, true) if start < span.start => self.sheet.replace(start..span.end, "{\" \"}"),
            _ => self.sheet.delete(span),
        }
    }

    /// Deletes items of one list with the commas that tie them to the others.
    pub(super) fn delete_items(&mut self, gone: &[NodeId]) {
        let Some(list) = gone.first().and_then(|item| self.tree.parent(*item)) else { return };
        if self.tree.kind(list) == "object_type" {
            // Members have comments of their own.
            let members = List { tree: self.tree, list, word: "" };
            members.without(gone).into_iter().for_each(|edit| self.sheet.delete(edit.span));
            return;
        }
        let items: Vec<NodeId> = self.tree.named_children(list).collect();
        for span in item_spans(self.tree, &items, gone) {
            self.sheet.delete(span);
        }
    }
}
