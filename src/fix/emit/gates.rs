//! Deleting attributes, and what is not compiled because of one. Owns lines, commas and comments of both; does not decide
//! what goes.

use super::Emitter;
use crate::fix::tree::NodeId;

impl Emitter<'_> {
    /// Deletes an attribute, with its line when it is alone on it.
    pub(super) fn remove_attribute(&mut self, node: NodeId) {
        let span = self.tree.span(node);
        let alone = self.sheet.starts_line(span.start)
            && self.tree.text[span.end..self.sheet.line_end(span.end)].trim().is_empty();
        if alone {
            self.sheet.delete(self.sheet.line_start(span.start)..self.sheet.line_end(span.end));
        } else {
            self.sheet.delete(span.start..self.behind_blanks(span.end));
        }
    }

    /// `#[cfg_attr(x, a, b)]` becomes `#[a, b]`, one attribute each.
    pub(super) fn lift_attributes(&mut self, node: NodeId, condition: NodeId) {
        let Some(list) = self.tree.parent(condition) else { return };
        let attributes: Vec<NodeId> = self.tree.named_children(list).filter(|each| *each != condition).collect();
        let (Some(first), Some(last)) = (attributes.first(), attributes.last()) else {
            self.remove_attribute(node);
            return;
        };
        let outer = self.tree.span(node);
        let opens = self.tree.text[outer.clone()].find('[').map_or(outer.start, |at| outer.start + at + 1);
        self.sheet.delete(opens..self.tree.span(*first).start);
        let end = if self.tree.text.contains("\r\n") { "\r\n" } else { "\n" };
        let line = format!("]{end}{}#[", self.sheet.indentation(outer.start));
        for pair in attributes.windows(2) {
            self.sheet.replace(self.tree.span(pair[0]).end..self.tree.span(pair[1]).start, line.clone());
        }
        self.sheet.delete(self.tree.span(*last).end..outer.end - 1);
    }

    /// Deletes an entry of a list that is not compiled: with its attributes, its comma and the comments above it.
    pub(super) fn remove_gated(&mut self, node: NodeId) {
        let first = self.first_attribute(node);
        let span = self.tree.span(first).start..self.tree.span(node).end;
        let behind = &self.tree.text[span.end..];
        let comma = behind.trim_start().starts_with(',').then(|| behind.find(',').unwrap_or(0) + 1);
        let end = span.end + comma.unwrap_or(0);
        if self.sheet.starts_line(span.start) && self.sheet.ends_line(end, self.comment_marker()) {
            let start = self.comments_above(first).unwrap_or_else(|| self.sheet.line_start(span.start));
            self.sheet.delete(start..self.sheet.line_end(end));
        } else if comma.is_some() {
            self.sheet.delete(span.start..self.behind_blanks(end));
        } else {
            let before = self.tree.text[..span.start].trim_end();
            self.sheet.delete(before.strip_suffix(',').unwrap_or(before).len()..span.end);
        }
    }

    /// The first of the attributes in front of a node, or the node.
    pub(super) fn first_attribute(&self, node: NodeId) -> NodeId {
        let mut first = node;
        while let Some(attribute) =
            self.tree.previous_named_sibling(first).filter(|sibling| self.tree.kind(*sibling) == "attribute_item")
        {
            first = attribute;
        }
        first
    }

    fn behind_blanks(&self, offset: usize) -> usize {
        self.tree.text.len() - self.tree.text[offset..].trim_start_matches([' ', '\t']).len()
    }
}
