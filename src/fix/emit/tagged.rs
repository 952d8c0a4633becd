//! Taking choices apart where tags stand in a text: `{% if x %}…{% endif %}`. Owns the lines that tags stand on and the white
//! space that a `-` in them takes away; does not decide what goes.

use super::Emitter;
use crate::fix::evaluate::ChainPlan;
use crate::fix::syntax::Arm;
use crate::fix::tree::NodeId;
use crate::source::Span;

/// Elements whose white space is shown as it stands.
const PREFORMATTED: [&str; 2] = ["<pre", "<textarea"];

impl Emitter<'_> {
    /// Deletes a choice with everything in it.
    pub(super) fn remove_tagged(&mut self, node: NodeId) {
        self.delete_tags(self.tree.span(node));
    }

    /// Leaves only one body of a choice.
    pub(super) fn lift_tagged(&mut self, node: NodeId, body: NodeId, open: &mut Vec<NodeId>) {
        let (outer, inner) = (self.tree.span(node), self.tree.span(body));
        let lines = self.delete_tags(outer.start..inner.start);
        self.delete_tags(inner.end..outer.end);
        if lines {
            self.dedent_body(outer.start, &inner);
        }
        self.keep_parts([body], open);
    }

    /// Removes the bodies of a choice that never show, and the condition of one that always does when it comes up.
    pub(super) fn prune_tagged(
        &mut self,
        arms: &[Arm],
        otherwise: Option<NodeId>,
        plan: &ChainPlan,
        open: &mut Vec<NodeId>,
    ) {
        let mut first = true;
        for (index, arm) in arms.iter().enumerate() {
            let tag = self.tree.span(arm.node);
            if plan.becomes_else == Some(index) {
                self.sheet.replace(tag, "{% else %}");
            } else if !plan.kept[index] {
                self.delete_tags(tag.start..self.tree.span(arm.body).end);
                continue;
            } else if first && index > 0 {
                let offset = self.tree.text[tag.clone()].find("elif").unwrap_or(0);
                self.sheet.replace(tag.start + offset..tag.start + offset + "elif".len(), "if");
            }
            first = false;
            self.keep_parts(
                (plan.becomes_else != Some(index)).then_some(arm.condition).into_iter().chain([arm.body]),
                open,
            );
        }
        let Some(body) = otherwise else { return };
        if plan.keeps_else {
            self.keep_parts([body], open);
        } else if let Some(tag) = self.tree.previous_named_sibling(body) {
            self.delete_tags(self.tree.span(tag).start..self.tree.span(body).end);
        }
    }

    /// Deletes from the start of a tag to the end of another, with the lines they stand on alone, or with the white space
    /// that they take away themselves. Whether it was lines.
    fn delete_tags(&mut self, span: Span) -> bool {
        let text = self.tree.text;
        if text[span.clone()].starts_with("{%-") || text[span.clone()].ends_with("-%}") {
            let start =
                if text[span.clone()].starts_with("{%-") { text[..span.start].trim_end().len() } else { span.start };
            let behind = &text[span.end..];
            let after = if text[span.clone()].ends_with("-%}") { behind.len() - behind.trim_start().len() } else { 0 };
            self.sheet.delete(start..span.end + after);
            return false;
        }
        let alone =
            self.sheet.starts_line(span.start) && text[span.end..self.sheet.line_end(span.end)].trim().is_empty();
        // A span that ends at the start of a line has no line end of its own to take.
        let ends_before_tag = self.sheet.starts_line(span.end) && text[span.end..].starts_with('{');
        if alone {
            self.sheet.delete(self.sheet.line_start(span.start)..self.sheet.line_end(span.end));
        } else if self.sheet.starts_line(span.start) && ends_before_tag {
            self.sheet.delete(self.sheet.line_start(span.start)..self.sheet.line_start(span.end));
        } else {
            self.sheet.delete(span);
        }
        alone
    }

    /// Takes the indentation off that a body had within its tags, where each of its lines has it and nothing shows it.
    fn dedent_body(&mut self, outer: usize, body: &Span) {
        let text = &self.tree.text[body.clone()];
        if PREFORMATTED.iter().any(|element| text.contains(element)) {
            return;
        }
        let base = self.sheet.indentation(outer);
        let lines = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
        let extra = |line: &str| {
            let deeper = line.strip_prefix(base)?;
            Some(deeper.len() - deeper.trim_start_matches([' ', '\t']).len())
        };
        // The last line is that of the closing tag.
        let ends_on_tag = text.rsplit('\n').next().is_some_and(|last| last.trim().is_empty());
        if let Some(Some(width)) = lines().map(extra).min()
            && width > 0
            && ends_on_tag
        {
            self.sheet.dedent(body.start..body.end, width);
        }
    }
}
