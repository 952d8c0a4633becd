//! From outcomes to edits. Owns the walk and expressions; how statements and blocks are taken apart is in `indented` and
//! `braced`. Surviving text stays where it is: deletions go around it, nothing is printed from the tree.

mod braced;
mod gates;
mod indented;
mod statements;
mod tagged;
mod tuples;

use std::collections::HashMap;
use std::iter;

use super::evaluate::{ChainPlan, Evaluation, Outcome};
use super::layout::Sheet;
use super::syntax::{Arm, Construct, Layout, Syntax};
use super::tree::{NodeId, Tree};
use crate::diagnostic::Applicability;
use crate::source::Span;
use crate::source::edit::Edit;
use crate::value::Value;

/// What emitting yields.
#[derive(Debug)]
pub struct Emitted {
    /// Sorted, disjoint edits.
    pub edits: Vec<Edit>,
    /// Spans that vanish from the text.
    pub removed: Vec<Span>,
    /// Outcomes that could not be written: decisions and why. The caller drops them and evaluates again.
    pub refused: Vec<(Vec<usize>, String)>,
    /// What is done only because review was asked for: where, and what it changes.
    pub reviewed: Vec<(Span, String)>,
}

/// Writes the outcomes of an evaluation as edits.
pub struct Emitter<'e> {
    tree: &'e Tree<'e>,
    syntax: &'e dyn Syntax,
    evaluation: &'e Evaluation,
    level: Applicability,
    sheet: Sheet<'e>,
    refused: Vec<(Vec<usize>, String)>,
    reviewed: Vec<(Span, String)>,
    /// Touched children by parent.
    touched: HashMap<NodeId, Vec<NodeId>>,
}

impl<'e> Emitter<'e> {
    /// Starts with an empty sheet.
    pub fn new(tree: &'e Tree<'e>, syntax: &'e dyn Syntax, evaluation: &'e Evaluation, level: Applicability) -> Self {
        let verbatim = tree
            .all()
            .filter(|node| syntax.is_verbatim(tree.kind(*node)) && tree.text_of(*node).contains('\n'))
            .map(|node| tree.span(node))
            .collect();
        let mut touched: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        let mut nodes: Vec<NodeId> = evaluation.outcomes.keys().copied().collect();
        nodes.sort_unstable();
        for node in nodes {
            if let Some(parent) = tree.parent(node) {
                touched.entry(parent).or_default().push(node);
            }
        }
        let sheet = Sheet::new(tree.text, super::layout::merge(verbatim));
        Self { tree, syntax, evaluation, level, sheet, refused: Vec::new(), reviewed: Vec::new(), touched }
    }

    /// Walks from the root and collects the edits; `parts` go as well, wherever they stand, and `edits` are made.
    pub fn run<'s>(mut self, parts: impl IntoIterator<Item = &'s Span>, edits: &[Edit]) -> Emitted {
        let mut open = vec![0];
        while let Some(node) = open.pop() {
            self.emit(node, &mut open);
        }
        for span in parts {
            self.sheet.delete(span.clone());
        }
        for edit in edits {
            if edit.replacement.is_empty() {
                self.sheet.delete(edit.span.clone());
            } else {
                self.sheet.replace(edit.span.clone(), edit.replacement.clone());
            }
        }
        let removed = self.sheet.removed();
        Emitted { edits: self.sheet.finish(), removed, refused: self.refused, reviewed: self.reviewed }
    }

    fn outcome(&self, node: NodeId) -> Option<&'e Outcome> {
        self.evaluation.outcomes.get(&node)
    }

    /// Writes one node; what is left to do inside it goes on the list.
    fn emit(&mut self, node: NodeId, open: &mut Vec<NodeId>) {
        let Some(outcome) = self.outcome(node) else { return };
        match outcome {
            Outcome::Kept => self.keep(node, open),
            Outcome::Value(value) => match self.syntax.spell(self.tree, node, value) {
                Some(text) if matches!(self.syntax.construct(self.tree, node), Construct::Interpolation(_)) => {
                    self.sheet.replace(self.tree.span(node), text);
                    self.unmark(node);
                }
                Some(text) => {
                    let text = self.fit(node, text);
                    self.sheet.replace(self.tree.span(node), text);
                }
                None => self.refuse(node, format!("the value {value} cannot be written here")),
            },
            Outcome::Empty => match self.syntax.empty(self.tree, node) {
                Some(text) => self.sheet.replace(self.tree.span(node), text),
                None => self.refuse(node, "the empty collection cannot be written here".into()),
            },
            Outcome::Parts(gone) => self.drop_parts(node, gone, open),
            Outcome::Node(survivor) => {
                let survivor = self.without_parentheses(node, *survivor);
                self.keep_only(node, survivor);
                if self.syntax.layout() == Layout::Statements {
                    self.start_statement(node, survivor);
                }
                open.push(survivor);
            }
            Outcome::Operands(gone) => {
                let is_list = match self.syntax.construct(self.tree, node) {
                    Construct::All { .. } | Construct::Any { .. } => true,
                    _ => gone.first().is_some_and(|item| self.tree.parent(*item) == Some(node)),
                };
                if is_list {
                    if self.tree.kind(node).starts_with("jsx_") {
                        gone.iter().for_each(|attribute| self.delete_with_space(*attribute));
                    } else {
                        self.delete_items(gone);
                    }
                } else {
                    for operand in gone {
                        self.delete_operand(*operand);
                    }
                }
                let kept = self.touched.get(&node).into_iter().flatten();
                open.extend(kept.filter(|child| !gone.contains(child)));
            }
            Outcome::Gone => match self.syntax.construct(self.tree, node) {
                Construct::Slot { .. } => self.remove_slot(node),
                Construct::Spread(_) => self.delete_items(&[node]),
                Construct::Gate { .. } | Construct::GatedAttributes { .. } => self.remove_attribute(node),
                _ if self.evaluation.gated.contains(&node) && self.syntax.is_option(self.tree.kind(node)) => {
                    self.remove_gated(node);
                }
                _ if self.syntax.is_option(self.tree.kind(node)) => self.delete_option(node),
                _ => match self.syntax.layout() {
                    Layout::Indented => self.remove_statement(node),
                    Layout::Braced => self.remove_braced_statement(node),
                    Layout::Statements => self.remove_plain_statement(node),
                    Layout::Tagged => self.remove_tagged(node),
                },
            },
            Outcome::Lift(condition)
                if matches!(self.syntax.construct(self.tree, node), Construct::GatedAttributes { .. }) =>
            {
                self.lift_attributes(node, *condition);
            }
            Outcome::Lift(list) if matches!(self.syntax.construct(self.tree, node), Construct::Spread(_)) => {
                self.lift_members(node, *list);
                self.keep_parts([*list], open);
            }
            Outcome::Lift(body) => match self.syntax.layout() {
                Layout::Indented => self.lift(node, *body, open),
                Layout::Braced => self.lift_braced(node, *body, open),
                Layout::Statements => self.lift_statements(node, *body, open),
                Layout::Tagged => self.lift_tagged(node, *body, open),
            },
            Outcome::Chain(plan) => {
                let Construct::Chain { arms, otherwise } = self.syntax.construct(self.tree, node) else { return };
                match self.syntax.layout() {
                    Layout::Indented => self.prune(node, &arms, otherwise, plan, open),
                    Layout::Braced | Layout::Statements => self.prune_braced(&arms, otherwise, plan, open),
                    Layout::Tagged => self.prune_tagged(&arms, otherwise, plan, open),
                }
            }
            Outcome::Block { empty, cut } => {
                if let Some(cut) = cut {
                    self.cut(node, *cut);
                }
                let has_comment = self.tree.children(node).any(|child| self.tree.get(child).extra);
                match self.syntax.layout() {
                    Layout::Indented if *empty => self.leave_placeholder(node),
                    // The statements of a `case` have no braces around them.
                    Layout::Braced | Layout::Statements
                        if *empty && !has_comment && self.tree.text_of(node).starts_with('{') =>
                    {
                        self.sheet.delete(self.inside_braces(node));
                    }
                    _ => self.keep(node, open),
                }
            }
        }
    }

    /// A text that no value is put into any more loses its mark.
    fn unmark(&mut self, interpolation: NodeId) {
        let Some(text) = self.tree.parent(interpolation) else { return };
        let stays = |child: NodeId| {
            matches!(self.syntax.construct(self.tree, child), Construct::Interpolation(_))
                && !matches!(self.outcome(child), Some(Outcome::Value(_)))
                || self.tree.kind(child) == "interpolation" && self.outcome(child).is_none()
        };
        if !self.tree.named_children(text).any(stays)
            && let Some(mark) = self.syntax.text_mark(self.tree, text)
        {
            self.sheet.delete(mark);
        }
    }

    fn keep(&mut self, node: NodeId, open: &mut Vec<NodeId>) {
        if let Construct::For { condition, .. } = self.syntax.construct(self.tree, node)
            && self.outcome(condition) == Some(&Outcome::Value(Value::Bool(true)))
        {
            // A loop without a condition runs for ever.
            let span = self.tree.span(condition);
            let start = self.tree.text[..span.start].trim_end().len();
            let behind = self.tree.text[span.end..].strip_prefix(';').unwrap_or_default();
            let blanks = behind.len() - behind.trim_start().len();
            self.sheet.delete(start..span.end);
            if behind[blanks..].starts_with(')') {
                self.sheet.delete(span.end + 1..span.end + 1 + blanks);
            }
            open.extend(self.touched.get(&node).into_iter().flatten().filter(|child| **child != condition));
            return;
        }
        if let Construct::While { condition, .. } = self.syntax.construct(self.tree, node)
            && self.outcome(condition) == Some(&Outcome::Value(Value::Bool(true)))
            && let Some(endless) = self.syntax.endless_loop()
            && let Some(word) = self.tree.children(node).find(|child| self.tree.kind(*child) == "while")
        {
            self.sheet.replace(self.tree.span(word).start..self.tree.span(condition).end, endless);
            open.extend(self.touched.get(&node).into_iter().flatten().filter(|child| **child != condition));
            return;
        }
        open.extend(self.touched.get(&node).into_iter().flatten());
    }

    /// What is left to do in the parts of a chain or match that stay.
    fn keep_parts(&self, parts: impl IntoIterator<Item = NodeId>, open: &mut Vec<NodeId>) {
        open.extend(parts.into_iter().filter(|part| self.outcome(*part).is_some()));
    }

    /// Deletes everything of a node but one descendant, in parentheses where it would bind too loosely.
    fn keep_only(&mut self, node: NodeId, survivor: NodeId) {
        let (outer, inner) = (self.tree.span(node), self.tree.span(survivor));
        self.sheet.delete(outer.start..inner.start);
        self.sheet.delete(inner.end..outer.end);
        // The lines of what is left follow its first one; what closes it stands below what opens it.
        let last = self.sheet.indentation(inner.end);
        let closes =
            self.tree.text[self.sheet.line_start(inner.end) + last.len()..].starts_with([')', ']', '}', '/', '<']);
        let from = if closes { last.len() } else { self.sheet.indentation(inner.start).len() };
        let to = self.sheet.indentation(outer.start).len();
        if from > to && self.sheet.line_start(inner.start) != self.sheet.line_start(outer.start) {
            self.sheet.dedent(inner.clone(), from - to);
        }
        // A brace on a line of its own marks the end of a long condition, unless it opens the next statement.
        let ending = iter::once(node).chain(self.tree.ancestors(node));
        let ends_statement =
            ending.take_while(|around| self.tree.span(*around).end == outer.end).any(|around| self.is_listed(around));
        let behind = &self.tree.text[outer.end..];
        let space = behind.len() - behind.trim_start().len();
        if !ends_statement
            && behind[space..].starts_with('{')
            && behind[..space].contains('\n')
            && self.tree.text[outer.clone()].contains('\n')
            && !self.tree.text[inner.clone()].contains('\n')
        {
            self.sheet.replace(outer.end..outer.end + space, " ");
        }
        if self.syntax.needs_parentheses(self.tree, node, survivor) {
            self.sheet.replace(inner.start..inner.start, "(");
            self.sheet.replace(inner.end..inner.end, ")");
        } else {
            let (joins_before, joins_behind) = self.joins(&outer, self.tree.text_of(survivor));
            if joins_before {
                self.sheet.replace(inner.start..inner.start, " ");
            }
            if joins_behind {
                self.sheet.replace(inner.end..inner.end, " ");
            }
        }
    }

    /// What is left in parentheses loses them where it can do without and they did not hold a layout, or others do.
    fn without_parentheses(&self, node: NodeId, survivor: NodeId) -> NodeId {
        let mut survivor = survivor;
        let around = self.tree.parent(node).map(|around| self.syntax.construct(self.tree, around));
        let doubled = matches!(around, Some(Construct::Paren(_)));
        while let Construct::Paren(inner) = self.syntax.construct(self.tree, survivor) {
            let fits = !self.syntax.needs_parentheses(self.tree, node, inner);
            if !fits || !doubled && self.tree.text_of(survivor).contains('\n') {
                break;
            }
            survivor = inner;
        }
        survivor
    }

    /// A word must not run into the word before it: `not(x)` where `(x)` becomes `True`.
    fn fit(&self, node: NodeId, text: String) -> String {
        let (before, behind) = self.joins(&self.tree.span(node), &text);
        format!("{}{text}{}", if before { " " } else { "" }, if behind { " " } else { "" })
    }

    /// Whether a text in a place would run into the word or sign before it, and into the word behind it.
    fn joins(&self, place: &Span, text: &str) -> (bool, bool) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let before = self.tree.text[..place.start].ends_with(is_word) && text.starts_with(is_word);
        let behind = self.tree.text[place.end..].starts_with(is_word) && text.ends_with(is_word);
        (before || self.is_sign_doubled(place.start, text), behind)
    }

    /// Whether a sign would join the one before it: `-` and `-1` are two operators, `--1` is another one.
    fn is_sign_doubled(&self, at: usize, text: &str) -> bool {
        let before = self.tree.text[..at].chars().next_back();
        self.syntax.layout() == Layout::Statements && text.starts_with(['+', '-']) && before == text.chars().next()
    }

    /// Deletes an entry of a list with the comma that belongs to it; one alone on its line takes the line.
    fn delete_option(&mut self, node: NodeId) {
        let span = self.tree.span(node);
        let next = self.tree.next_named_sibling(node).map(|next| self.tree.span(next).start);
        let before = self.tree.previous_named_sibling(node).map(|before| self.tree.span(before).end);
        let text = self.tree.text;
        let comma = text[span.end..].trim_start().starts_with(',');
        let end = if comma { span.end + text[span.end..].find(',').unwrap_or(0) + 1 } else { span.end };
        if self.sheet.starts_line(span.start) && self.sheet.ends_line(end, self.comment_marker()) && comma {
            self.sheet.delete(self.sheet.line_start(span.start)..self.sheet.line_end(end));
            return;
        }
        match (next, before) {
            (Some(next), _) => self.sheet.delete(span.start..next),
            (None, Some(before)) => self.sheet.delete(before..span.end),
            (None, None) => self.sheet.delete(span.start..end),
        }
    }

    /// Deletes a statement that shares its line, with the white space that keeps it apart from its neighbour.
    fn delete_within_line(&mut self, span: Span) {
        let text = self.tree.text;
        let behind = text[span.end..].trim_start_matches([' ', '\t']);
        let before = text[..span.start].trim_end_matches([' ', '\t']);
        let is_last = behind.starts_with(['\r', '\n']);
        let start = if is_last { before.len() } else { span.start };
        self.sheet.delete(start..text.len() - behind.len());
    }

    fn delete_with_space(&mut self, node: NodeId) {
        let span = self.tree.span(node);
        let start = self.tree.text[..span.start].trim_end().len();
        self.sheet.delete(start..span.end);
    }

    /// Deletes an operand with the operator that ties it to its neighbour, or a guard with its keyword.
    fn delete_operand(&mut self, operand: NodeId) {
        let span = self.tree.span(operand);
        let Some(parent) = self.tree.parent(operand) else { return };
        let previous = self
            .tree
            .children(parent)
            .take_while(|sibling| *sibling < operand)
            .filter(|sibling| self.tree.get(*sibling).named)
            .last();
        let next = self.tree.next_named_sibling(operand);
        match (previous, next) {
            (Some(previous), _) => self.sheet.delete(self.tree.span(previous).end..span.end),
            (None, Some(next)) => self.sheet.delete(span.start..self.tree.span(next).start),
            (None, None) => self.sheet.delete(span),
        }
    }

    fn refuse(&mut self, node: NodeId, reason: String) {
        let causes = self.evaluation.causes.get(&node).cloned().unwrap_or_default();
        self.refused.push((causes, reason));
    }

    /// Deletes a block from a statement on: nothing reaches it.
    fn cut(&mut self, block: NodeId, first: NodeId) {
        let Some(last) = self.tree.named_children(block).last() else { return };
        let start = self.tree.span(first).start;
        let end = self.tree.span(last).end;
        if self.sheet.starts_line(start) {
            let start = self.comments_above(first).unwrap_or_else(|| self.sheet.line_start(start));
            let end = if self.sheet.ends_line(end, self.comment_marker()) { self.sheet.line_end(end) } else { end };
            self.sheet.delete(start..end);
        } else {
            let start = self.tree.text[..start].trim_end_matches([' ', '\t', ';']).len();
            self.sheet.delete(start..end);
        }
    }

    fn comment_marker(&self) -> &'static str {
        match self.syntax.layout() {
            Layout::Indented => "#",
            Layout::Tagged => "{#",
            Layout::Braced | Layout::Statements => "//",
        }
    }

    /// Where the comment lines directly above a statement start: they speak of it.
    fn comments_above(&self, node: NodeId) -> Option<usize> {
        let indentation = self.sheet.indentation(self.tree.span(node).start);
        let mut start = self.sheet.line_start(self.tree.span(node).start);
        let first = start;
        while start > 0 {
            let above = self.sheet.line_start(start - 1);
            let line = &self.tree.text[above..start];
            if self.sheet.indentation(above) != indentation || !line.trim_start().starts_with(self.comment_marker()) {
                break;
            }
            start = above;
        }
        (start < first).then_some(start)
    }
}

/// The chain's surviving parts, in order of the text.
fn surviving(arms: &[Arm], otherwise: Option<NodeId>, plan: &ChainPlan) -> Vec<NodeId> {
    let mut parts = Vec::new();
    for (index, (arm, kept)) in arms.iter().zip(&plan.kept).enumerate() {
        if *kept {
            if plan.becomes_else != Some(index) {
                parts.push(arm.condition);
            }
            parts.push(arm.body);
        }
    }
    parts.extend(otherwise.filter(|_| plan.keeps_else));
    parts
}
