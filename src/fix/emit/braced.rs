//! Taking statements and blocks apart where braces make blocks. Owns when braces may go (names and drop order) and the
//! semicolon of what was a tail expression; does not decide what goes.

use super::{Emitter, surviving};
use crate::diagnostic::Applicability;
use crate::fix::evaluate::{ChainPlan, Outcome};
use crate::fix::residue::lists::is_comment;
use crate::fix::syntax::{Arm, Construct};
use crate::fix::tree::NodeId;
use crate::source::Span;

/// Where a construct with a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// A statement with others behind it.
    Statement,
    /// The last thing in a block: its value is the block's.
    Tail,
    /// In an expression.
    Value,
}

impl Emitter<'_> {
    /// Deletes a statement with its attributes, the comment lines directly above it and the comment behind it. In an
    /// expression the unit value takes its place.
    pub(super) fn remove_braced_statement(&mut self, node: NodeId) {
        let (position, statement) = self.position(node);
        if position == Position::Value {
            self.sheet.replace(self.tree.span(node), if self.is_arm_body(node) { "{}" } else { "()" });
            return;
        }
        let first = self.first_attribute(statement);
        let span = self.tree.span(first).start..self.tree.span(statement).end;
        if self.sheet.starts_line(span.start) && self.sheet.ends_line(span.end, "//") {
            let start = self.sheet.line_start(span.start);
            let start = if self.owns_comment(node) { self.comments_above(first).unwrap_or(start) } else { start };
            self.sheet.delete(start..self.sheet.line_end(span.end));
        } else {
            self.delete_within_line(span);
        }
    }

    fn owns_comment(&self, node: NodeId) -> bool {
        self.tree.kind(node).ends_with("_item")
            || matches!(
                self.syntax.construct(self.tree, node),
                Construct::Chain { .. } | Construct::Match { .. } | Construct::While { .. }
            )
            || self
                .tree
                .named_children(node)
                .any(|inner| self.tree.kind(inner).ends_with("_expression") && self.owns_block(inner))
    }

    fn owns_block(&self, node: NodeId) -> bool {
        matches!(
            self.syntax.construct(self.tree, node),
            Construct::Chain { .. } | Construct::Match { .. } | Construct::While { .. }
        )
    }

    fn is_arm_body(&self, node: NodeId) -> bool {
        self.tree.parent(node).is_some_and(|parent| self.tree.kind(parent) == "match_arm")
    }

    /// Where a node stands, and the statement that consists of it.
    fn position(&self, node: NodeId) -> (Position, NodeId) {
        let Some(parent) = self.tree.parent(node) else { return (Position::Value, node) };
        let (statement, block) = match self.syntax.construct(self.tree, parent) {
            Construct::Statement(_) => (parent, self.tree.parent(parent)),
            _ => (node, Some(parent)),
        };
        let is_let = matches!(self.syntax.construct(self.tree, node), Construct::Bind { .. });
        match block {
            Some(block) if self.syntax.construct(self.tree, block) == Construct::Block => {
                if self.tree.next_named_sibling(statement).is_some() || is_let {
                    (Position::Statement, statement)
                } else {
                    (Position::Tail, statement)
                }
            }
            _ if is_let
                || matches!(self.tree.kind(node), "use_declaration" | "match_arm")
                || self.tree.kind(node).ends_with("_item") =>
            {
                (Position::Statement, node)
            }
            _ => (Position::Value, node),
        }
    }

    /// Puts `body` in the place of the whole `node`.
    pub(super) fn lift_braced(&mut self, node: NodeId, body: NodeId, open: &mut Vec<NodeId>) {
        let (position, statement) = self.position(node);
        if position != Position::Value
            && self.tree.previous_named_sibling(statement).is_some_and(|sibling| {
                self.tree.kind(sibling) == "attribute_item" && self.outcome(sibling) != Some(&Outcome::Gone)
            })
        {
            self.refuse(node, "the statement carries an attribute".into());
            return;
        }
        let (outer, inner) = (self.tree.span(node), self.tree.span(body));
        if self.tree.kind(body) != "block" {
            self.lift_expression(node, body, position);
            self.keep_parts([body], open);
            return;
        }
        let contents: Vec<NodeId> = self.tree.named_children(body).collect();
        let has_comment = self.tree.children(body).any(|child| self.tree.get(child).extra);
        let single = match contents.as_slice() {
            [only] if !has_comment && self.is_expression(*only) => Some(*only),
            _ => None,
        };
        if contents.is_empty() && !has_comment && position != Position::Value {
            self.remove_braced_statement(node);
            return;
        }
        match (position, single) {
            (Position::Value, Some(expression)) => {
                self.lift_expression(node, expression, position);
                self.keep_parts([expression], open);
            }
            _ if position != Position::Value && self.may_splice(statement, body, position) => {
                if position == Position::Statement && !self.lets(body).is_empty() {
                    let reason =
                        "without its braces, what the block binds is dropped at the end of the block around it";
                    self.reviewed.push((outer.clone(), reason.to_owned()));
                }
                self.splice(node, statement, body, position);
                self.keep_parts([body], open);
            }
            _ => {
                self.sheet.move_to(inner.clone(), outer.start);
                self.sheet.delete(outer.start..inner.start);
                self.sheet.delete(inner.end..outer.end);
                self.keep_parts([body], open);
            }
        }
    }

    /// Puts an expression in the place of a node, dedented to where it now starts.
    fn lift_expression(&mut self, node: NodeId, expression: NodeId, position: Position) {
        let (outer, inner) = (self.tree.span(node), self.tree.span(expression));
        self.sheet.delete(outer.start..inner.start);
        self.sheet.move_to(inner.clone(), outer.start);
        self.sheet.delete(inner.end..outer.end);
        if position == Position::Value && self.syntax.needs_parentheses(self.tree, node, expression) {
            self.sheet.replace(inner.start..inner.start, "(");
            self.sheet.replace(inner.end..inner.end, ")");
        }
        if position == Position::Statement
            && !self.tree.text[outer.end..].trim_start().starts_with(';')
            && !self.is_block_like(expression)
        {
            self.sheet.replace(inner.end..inner.end, ";");
        }
    }

    fn is_expression(&self, node: NodeId) -> bool {
        let kind = self.tree.kind(node);
        !(kind.ends_with("_statement")
            || kind.ends_with("_declaration")
            || kind.ends_with("_item")
            || kind.ends_with("_definition"))
    }

    fn is_block_like(&self, node: NodeId) -> bool {
        matches!(
            self.tree.kind(node),
            "if_expression"
                | "match_expression"
                | "while_expression"
                | "loop_expression"
                | "for_expression"
                | "block"
                | "unsafe_block"
        )
    }

    /// Whether the statements of a block may stand in the block around it: nothing that follows may see other names, and
    /// values must not live longer than they did.
    fn may_splice(&self, statement: NodeId, body: NodeId, position: Position) -> bool {
        let contents: Vec<NodeId> = self.tree.named_children(body).collect();
        let declares = |kind: &str| {
            kind.ends_with("_item")
                || kind.ends_with("_declaration") && kind != "let_declaration"
                || kind.ends_with("_definition")
        };
        if contents
            .iter()
            .any(|content| declares(self.tree.kind(*content)) && self.tree.kind(*content) != "attribute_item")
        {
            return false;
        }
        if self.tree.children(body).any(|child| self.tree.kind(child) == "label")
            || self.tree.parent(statement).is_none()
        {
            return false;
        }
        if position == Position::Tail {
            return true;
        }
        let lets = self.lets(body);
        if lets.is_empty() {
            return true;
        }
        if self.level < Applicability::Unsafe {
            return false;
        }
        // A name bound in the block must not be one that the code behind it reads from further out.
        let names: Vec<&str> = lets
            .iter()
            .filter_map(|binding| self.tree.field(*binding, "pattern"))
            .flat_map(|pattern| self.tree.subtree(pattern))
            .filter(|inner| self.tree.kind(*inner) == "identifier")
            .map(|inner| self.tree.text_of(inner))
            .collect();
        let Some(block) = self.tree.parent(statement) else { return false };
        let behind = self.tree.get(statement).end..self.tree.get(block).end;
        !behind.into_iter().any(|later| {
            self.tree.kind(later) == "identifier" && names.contains(&self.tree.text_of(later))
                || self.tree.kind(later) == "string_content"
                    && names.iter().any(|name| self.tree.text_of(later).contains(name))
        })
    }

    /// The bindings of a block once the folds in it are done: what ends it may lose its own braces to it, and with review
    /// any statement in it.
    fn lets(&self, body: NodeId) -> Vec<NodeId> {
        let mut lets = Vec::new();
        let mut blocks = vec![body];
        while let Some(block) = blocks.pop() {
            let last = self.tree.named_children(block).last();
            for content in self.tree.named_children(block) {
                if self.tree.kind(content) == "let_declaration" {
                    lets.push(content);
                }
                let inner = match self.tree.kind(content) {
                    "expression_statement" => self.tree.named_children(content).next().unwrap_or(content),
                    _ => content,
                };
                if let Some(Outcome::Lift(lifted)) = self.outcome(inner)
                    && self.tree.kind(*lifted) == "block"
                    && (Some(content) == last || self.level >= Applicability::Unsafe)
                {
                    blocks.push(*lifted);
                }
            }
        }
        lets
    }

    /// Puts the statements of a block in the place of the statement around it.
    fn splice(&mut self, node: NodeId, statement: NodeId, body: NodeId, position: Position) {
        let outer = self.tree.span(node);
        let inner = self.tree.span(body);
        let inside = inner.start + 1..inner.end - 1;
        let text = &self.tree.text[inside.clone()];
        let first = inside.start + (text.len() - text.trim_start().len());
        let last = inside.start + text.trim_end().len();
        let whole_end = self.tree.span(statement).end;
        self.lift_lines(outer.start..whole_end, inside.start, first..last);
        if position == Position::Statement
            && !self.tree.text[whole_end..].trim_start().starts_with(';')
            && let Some(tail) =
                self.final_tail(body).filter(|tail| self.is_expression(*tail) && !self.is_block_like(*tail))
            && !self.is_macro_with_braces(tail)
        {
            let end = self.tree.span(tail).end;
            self.sheet.replace(end..end, ";");
        }
    }

    /// What ends a block once the folds in it are done: they leave their own tails alone.
    fn final_tail(&self, body: NodeId) -> Option<NodeId> {
        let mut tail = self.tree.named_children(body).last()?;
        loop {
            if self.tree.kind(tail) == "expression_statement" && !self.tree.text_of(tail).ends_with(';') {
                tail = self.tree.named_children(tail).next()?;
            }
            tail = match self.outcome(tail) {
                Some(Outcome::Lift(inner)) if self.tree.kind(*inner) == "block" => {
                    self.tree.named_children(*inner).last()?
                }
                Some(Outcome::Lift(inner)) => *inner,
                Some(Outcome::Gone) => return None,
                _ => return Some(tail),
            };
        }
    }

    fn is_macro_with_braces(&self, node: NodeId) -> bool {
        self.tree.kind(node) == "macro_invocation" && self.tree.text_of(node).ends_with('}')
    }

    /// What is kept of a block takes the place of all of the statement around it, in lines of its own where it has them. The block
    /// begins at `inside`.
    pub(super) fn lift_lines(&mut self, outer: Span, inside: usize, kept: Span) {
        let text = self.tree.text;
        if !text[inside..kept.start].contains('\n') || !self.sheet.starts_line(outer.start) {
            self.sheet.delete(outer.start..kept.start);
            self.sheet.delete(kept.end..outer.end);
            return;
        }
        let first = self.sheet.line_end(inside);
        self.sheet.delete(self.sheet.line_start(outer.start)..first);
        let line = self.sheet.line_end(kept.end);
        // The brace may stand behind the last statement.
        let is_shared = !text[kept.end..line.min(outer.end)].trim().is_empty();
        let last = if is_shared { kept.end } else { line };
        let (from, to) = (self.sheet.indentation(kept.start).len(), self.sheet.indentation(outer.start).len());
        self.sheet.dedent(first..last, from.saturating_sub(to));
        if last < outer.end {
            let takes_line = !is_shared && self.sheet.ends_line(outer.end, "//");
            self.sheet.delete(last..if takes_line { self.sheet.line_end(outer.end) } else { outer.end });
        }
    }

    /// Takes arms out of an `if` that stays.
    pub(super) fn prune_braced(
        &mut self,
        arms: &[Arm],
        otherwise: Option<NodeId>,
        plan: &ChainPlan,
        open: &mut Vec<NodeId>,
    ) {
        // The written parts in order: where each starts (its `if`, or the block of the `else`) and where it ends.
        let mut parts: Vec<(Span, usize, bool)> = arms
            .iter()
            .enumerate()
            .map(|(index, arm)| {
                let start = self.tree.span(arm.node).start;
                let body = self.tree.span(arm.body);
                let becomes_else = plan.becomes_else == Some(index);
                (start..body.start, body.end, plan.kept[index] || becomes_else)
            })
            .collect();
        if let Some(body) = otherwise {
            let span = self.tree.span(body);
            parts.push((span.start..span.start, span.end, plan.keeps_else));
        }
        let mut last_kept_end = None;
        for (index, (header, end, kept)) in parts.iter().enumerate() {
            if *kept {
                if plan.becomes_else == Some(index) {
                    self.sheet.delete(header.clone());
                }
                last_kept_end = Some(*end);
                continue;
            }
            match (parts.get(index + 1), last_kept_end) {
                (_, Some(before)) => self.sheet.delete(before..*end),
                (Some((next, _, _)), None) => {
                    let between = &self.tree.text[*end..next.start];
                    let rest = between.trim_start();
                    let comment = between.len() - rest.len();
                    let word = between.trim_end().strip_suffix("else").map(str::len);
                    match word.filter(|_| is_comment(rest) && between[..comment].contains('\n')) {
                        // A comment above the `else` of what stays speaks of it.
                        Some(word) => {
                            self.sheet.delete(header.start..*end + comment);
                            self.sheet.delete(*end + word..next.start);
                        }
                        None => self.sheet.delete(header.start..next.start),
                    }
                }
                (None, None) => {}
            }
        }
        self.keep_parts(surviving(arms, otherwise, plan), open);
    }
}
