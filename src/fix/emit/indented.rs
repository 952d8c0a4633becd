//! Taking statements apart where indentation makes blocks. Owns dedents, `pass`, `elif` and statements that share a line;
//! does not decide what goes.

use super::{Emitter, surviving};
use crate::fix::evaluate::ChainPlan;
use crate::fix::syntax::Arm;
use crate::fix::tree::NodeId;
use crate::source::Span;

impl Emitter<'_> {
    /// Deletes a statement with the comment lines directly above it and the comment behind it.
    pub(super) fn remove_statement(&mut self, node: NodeId) {
        let node = self.whole_statement(node);
        let span = self.tree.span(node);
        let starts = self.sheet.starts_line(span.start);
        let extent = self.extent_end(node);
        if starts && self.sheet.ends_line(extent, "#") {
            let start = self.sheet.line_start(span.start);
            let start = if self.takes_comments(node) { self.comments_above(node).unwrap_or(start) } else { start };
            self.sheet.delete(start..self.sheet.line_end(extent));
            return;
        }
        // Statements on one line, with `;` between them.
        let behind = &self.tree.text[span.end..];
        let next = behind.trim_start_matches([' ', '\t']);
        if let Some(rest) = next.strip_prefix(';') {
            let rest = rest.trim_start_matches([' ', '\t']);
            self.sheet.delete(span.start..self.tree.text.len() - rest.len());
        } else {
            let before = self.tree.text[..span.start].trim_end_matches([' ', '\t']);
            let before = before.strip_suffix(';').unwrap_or(before).trim_end_matches([' ', '\t']);
            self.sheet.delete(before.len()..span.end);
        }
    }

    /// Compound statements own the comment above them; one above a binding or an import may head a whole group.
    fn takes_comments(&self, node: NodeId) -> bool {
        self.tree.children(node).any(|child| self.tree.kind(child) == "block")
    }

    /// The statement of an assignment is the node around it.
    fn whole_statement(&self, node: NodeId) -> NodeId {
        match self.tree.parent(node) {
            Some(parent) if self.tree.kind(parent) == "expression_statement" => parent,
            _ => node,
        }
    }

    /// The end of a statement with the comments that are indented as deep as the block it ends in.
    fn extent_end(&self, node: NodeId) -> usize {
        let last_block =
            self.tree.subtree(node).filter(|inner| self.tree.kind(*inner) == "block").max_by_key(|inner| {
                let span = self.tree.span(*inner);
                (span.end, std::cmp::Reverse(span.start))
            });
        match last_block {
            Some(block) if self.tree.span(block).end == self.tree.span(node).end => {
                let own = self.sheet.indentation(self.tree.span(node).start).len();
                self.comments_behind(block, own)
            }
            _ => self.tree.span(node).end,
        }
    }

    /// The end of a block with the comment lines behind it that are indented deeper than `outer`.
    fn comments_behind(&self, block: NodeId, outer: usize) -> usize {
        let mut end = self.tree.span(block).end;
        let mut next = self.sheet.line_end(end);
        while next < self.tree.text.len() {
            let line_end = self.sheet.line_end(next);
            let line = &self.tree.text[next..line_end];
            let is_comment = line.trim_start().starts_with('#') && self.sheet.indentation(next).len() > outer;
            if is_comment {
                end = next + line.trim_end().len();
            } else if !line.trim().is_empty() {
                break;
            }
            next = line_end;
        }
        end
    }

    /// Where the lines of a block start: behind the line of its header, so that comments above the first statement count.
    fn body_start(&self, owner: NodeId, body: NodeId) -> usize {
        let header_end = self
            .tree
            .children(owner)
            .take_while(|child| *child != body)
            .filter(|child| self.tree.kind(*child) == ":")
            .last()
            .map_or(self.tree.span(owner).start, |colon| self.tree.span(colon).end);
        let first_line = self.sheet.line_end(header_end);
        if first_line <= self.tree.span(body).start { first_line } else { self.tree.span(body).start }
    }

    /// Puts the statements of `body` in the place of the whole statement `node`.
    pub(super) fn lift(&mut self, node: NodeId, body: NodeId, open: &mut Vec<NodeId>) {
        let Some(owner) = self.tree.parent(body) else { return };
        let span = self.tree.span(node);
        let outer = self.sheet.indentation(span.start);
        let start = self.body_start(owner, body);
        // On the line of its header, a body starts behind the colon.
        if !self.sheet.starts_line(start) {
            self.lift_one_line(node, body);
        } else {
            let inner = self.sheet.indentation(self.tree.span(body).start);
            let Some(extra) = inner.strip_prefix(outer) else {
                self.refuse(node, "the block mixes tabs and spaces".into());
                return;
            };
            let end = self.sheet.line_end(self.comments_behind(body, outer.len()));
            self.delete_header(node, owner, start, outer);
            self.sheet.dedent(start..end, extra.len());
            let node_end = self.sheet.line_end(self.extent_end(node));
            if end < node_end {
                self.sheet.delete(end..node_end);
            }
        }
        self.keep_parts([body], open);
    }

    fn lift_one_line(&mut self, node: NodeId, body: NodeId) {
        let (span, kept) = (self.tree.span(node), self.tree.span(body));
        let outer = self.sheet.indentation(span.start);
        let Some(owner) = self.tree.parent(body) else { return };
        let line = self.sheet.line_start(kept.start);
        // A header over several lines may end at the margin: the line of the statement has the indentation then.
        if owner == node || self.sheet.indentation(line) != outer {
            self.sheet.delete(span.start..kept.start);
        } else {
            self.delete_header(node, owner, line, outer);
            self.sheet.delete(line + outer.len()..kept.start);
        }
        let end = self.extent_end(node);
        let kept_end = self.sheet.line_end(kept.end);
        if kept_end < end {
            self.sheet.delete(kept_end..self.sheet.line_end(end));
        }
    }

    /// Deletes from the start of a statement to where the body of one of its arms starts. The comments directly above
    /// that arm speak of it and stay.
    fn delete_header(&mut self, node: NodeId, arm: NodeId, end: usize, outer: &str) {
        let start = self.sheet.line_start(self.tree.span(node).start);
        let before = self.tree.subtree(node).filter(|inner| {
            self.tree.kind(*inner) == "block" && self.tree.span(*inner).end <= self.tree.span(arm).start
        });
        match before.max_by_key(|block| self.tree.span(*block).end) {
            Some(block) => {
                let between = self.sheet.line_end(self.comments_behind(block, outer.len())).min(end);
                self.sheet.delete(start..between);
                self.delete_but_comments(between..end, outer);
            }
            None => self.sheet.delete(start..end),
        }
    }

    /// Deletes lines, but not the comments at the indentation of the statement itself.
    fn delete_but_comments(&mut self, span: Span, outer: &str) {
        let mut start = span.start;
        let mut line = span.start;
        while line < span.end {
            let end = self.sheet.line_end(line).min(span.end);
            let text = &self.tree.text[line..end];
            let between = self.sheet.indentation(line) == outer
                && self.sheet.line_start(line) == line
                && text.trim_start().starts_with('#');
            if between {
                self.sheet.delete(start..line);
                start = end;
            }
            line = end;
        }
        self.sheet.delete(start..span.end);
    }

    /// Takes arms out of an `if` that stays.
    pub(super) fn prune(
        &mut self,
        node: NodeId,
        arms: &[Arm],
        otherwise: Option<NodeId>,
        plan: &ChainPlan,
        open: &mut Vec<NodeId>,
    ) {
        let outer = self.sheet.indentation(self.tree.span(node).start);
        let first_kept = plan.kept.iter().position(|kept| *kept);
        for (index, (arm, kept)) in arms.iter().zip(&plan.kept).enumerate() {
            let start = self.tree.span(arm.node).start;
            let condition_end = self.tree.span(arm.condition).end;
            if !kept {
                let end = self.sheet.line_end(self.comments_behind(arm.body, outer.len()));
                let start = match index {
                    0 => self.sheet.line_start(start),
                    // The comments directly above an arm go with it.
                    _ => self.sheet.line_end(self.comments_behind(arms[index - 1].body, outer.len())),
                };
                self.sheet.delete(start..end);
            } else if plan.becomes_else == Some(index) {
                self.sheet.replace(start..condition_end, "else");
            } else if first_kept == Some(index) && index > 0 {
                self.sheet.replace(start..start + "elif".len(), "if");
            }
        }
        if let Some(body) = otherwise
            && !plan.keeps_else
            && let Some(last) = arms.last()
        {
            let start = self.sheet.line_end(self.comments_behind(last.body, outer.len()));
            let end = self.sheet.line_end(self.comments_behind(body, outer.len()));
            self.sheet.delete(start..end);
        }
        self.keep_parts(surviving(arms, otherwise, plan), open);
    }

    /// A block must hold a statement: the last one of those that go becomes `pass`.
    pub(super) fn leave_placeholder(&mut self, block: NodeId) {
        let statements: Vec<NodeId> = self.tree.named_children(block).collect();
        let Some((last, others)) = statements.split_last() else { return };
        if self.tree.parent(block).is_none() {
            for statement in statements {
                self.remove_statement(statement);
            }
            return;
        }
        for statement in others {
            self.remove_statement(*statement);
        }
        self.sheet.replace(self.tree.span(*last).start..self.extent_end(*last), "pass");
    }
}
