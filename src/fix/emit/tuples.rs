//! Taking known parts out of a tuple that is matched, and out of the patterns. Owns commas and the parentheses around the
//! last part; does not decide what goes.

use super::Emitter;
use crate::fix::residue::item_spans;
use crate::fix::syntax::{Construct, PartsArm};
use crate::fix::tree::NodeId;

impl Emitter<'_> {
    pub(super) fn drop_parts(&mut self, node: NodeId, gone: &[usize], open: &mut Vec<NodeId>) {
        let (subjects, arms): (Vec<NodeId>, Vec<PartsArm>) = match self.syntax.construct(self.tree, node) {
            Construct::MatchParts { subjects, arms, .. } => (subjects, arms),
            Construct::LetParts { subjects, arm } => (subjects, vec![arm]),
            _ => return,
        };
        self.drop_of(&subjects, gone);
        for arm in &arms {
            let patterns: Vec<NodeId> = arm.parts.iter().flatten().map(|part| part.node).collect();
            self.drop_of(&patterns, gone);
            if arm.node != node {
                open.extend(self.outcome(arm.node).map(|_| arm.node));
            }
        }
        let kept = subjects.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, subject)| *subject);
        self.keep_parts(kept.collect::<Vec<_>>(), open);
    }

    fn drop_of(&mut self, items: &[NodeId], gone: &[usize]) {
        let going: Vec<NodeId> =
            items.iter().enumerate().filter(|(at, _)| gone.contains(at)).map(|(_, item)| *item).collect();
        let kept: Vec<NodeId> = items.iter().copied().filter(|item| !going.contains(item)).collect();
        let Some(list) = items.first().and_then(|item| self.tree.parent(*item)) else { return };
        let text = self.tree.text_of(list);
        match kept.as_slice() {
            [only] if text.starts_with(['(', '[']) => {
                let (outer, inner) = (self.tree.span(list), self.tree.span(*only));
                self.sheet.delete(outer.start..inner.start);
                self.sheet.delete(inner.end..outer.end);
            }
            _ => {
                for span in item_spans(self.tree, items, &going) {
                    self.sheet.delete(span);
                }
            }
        }
    }
}
