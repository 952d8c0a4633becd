//! Members of things that hold flags by name: `settings.feature_flags.new_page`. Owns how they are found in a text; which names
//! hold flags is in the providers. Properties of the project that stand for a check are found the same way.

use tree_sitter::Node;

use super::Above;
use super::collect::{Region, plain_argument};
use super::facts::{Bound, Call, CallKind, Expr, ExprKind, FileFacts};
use crate::source::Span;
use crate::value::Value;

impl Region<'_> {
    /// Members of what holds flags. They are looked for in the text: most members of most things are of no interest.
    pub(super) fn add_fields(&self, facts: &mut FileFacts, root: Node<'_>, part: Span) {
        let text = self.text.get(part.clone()).unwrap_or("");
        for name in &self.interest.fields {
            let wanted = format!("{name}.");
            for at in memchr::memmem::find_iter(text.as_bytes(), &wanted) {
                let dot = part.start + at + name.len();
                let Some(leaf) = root.descendant_for_byte_range(dot, dot + 1) else { continue };
                // The dot is a child of the member expression.
                let Some(node) = (if leaf.start_byte() == dot { leaf.parent() } else { Some(leaf) }) else { continue };
                self.add_field(facts, node, name, dot);
            }
        }
    }

    /// Members that a pattern takes out of a mapping: `const { newMenu } = flags`.
    pub(super) fn add_taken(&self, facts: &mut FileFacts) {
        let mut taken = Vec::new();
        for binding in &facts.bindings {
            let Bound::Value(value, _) = &binding.value else { continue };
            let Expr { span, kind: ExprKind::Member(object, key) } = &**value else { continue };
            let Some(name) = object.last_name().filter(|_| *span == binding.span) else { continue };
            if !self.interest.mappings.contains(name) {
                continue;
            }
            let value = Expr { span: span.clone(), kind: ExprKind::Literal(Value::String(key.clone().into())) };
            let callee = (**object).clone();
            taken.push(Call {
                arguments: vec![plain_argument(value, span.clone())],
                scope: binding.home,
                in_macro: self.in_macro,
                ..Call::plain(CallKind::Subscript, span.clone(), name.into(), span.clone(), callee)
            });
        }
        facts.calls.append(&mut taken);
    }

    /// Reads of properties of the project, looked for in the text as well.
    pub(super) fn add_reads(&self, facts: &mut FileFacts, root: Node<'_>) {
        let syntax = self.language.scan;
        for name in &self.interest.properties {
            let wanted = format!(".{name}");
            for dot in memchr::memmem::find_iter(self.text.as_bytes(), &wanted) {
                let (start, end) = (dot + 1, dot + wanted.len());
                let Some(leaf) = root.descendant_for_byte_range(start, end) else { continue };
                // A longer name begins the same.
                if leaf.byte_range() != (start..end) {
                    continue;
                }
                let Some(node) = leaf.parent() else { continue };
                let callee = syntax.expression(node, self.text);
                let ExprKind::Member(object, member) = &callee.kind else { continue };
                if member != name || callee.span.end != end || !syntax.is_read(node) || node.has_error() {
                    continue;
                }
                let object = (**object).clone();
                let span = object.span.clone();
                facts.calls.push(Call {
                    arguments: vec![plain_argument(object, span)],
                    scope: facts.scope_at(node.start_byte()),
                    in_macro: self.in_macro,
                    gate: syntax.is_gate(node, Above::default(), self.text),
                    ..Call::plain(CallKind::Read, node.byte_range(), name.clone().into(), start..end, callee)
                });
            }
        }
    }

    fn add_field(&self, facts: &mut FileFacts, node: Node<'_>, name: &str, dot: usize) {
        let syntax = self.language.scan;
        let callee = syntax.expression(node, self.text);
        let ExprKind::Member(object, member) = callee.kind else { return };
        let written = if name.ends_with("()") {
            matches!(&object.kind, ExprKind::Call(of, _) if of.last_name() == name.strip_suffix("()"))
        } else {
            object.last_name() == Some(name)
        };
        if !written || object.span.end > dot || !syntax.is_read(node) || node.has_error() {
            return;
        }
        let span = node.end_byte() - member.len()..node.end_byte();
        let value = Expr { span: span.clone(), kind: ExprKind::Literal(Value::String(member.into())) };
        facts.calls.push(Call {
            arguments: vec![plain_argument(value, span.clone())],
            scope: facts.scope_at(node.start_byte()),
            in_macro: self.in_macro,
            gate: syntax.is_gate(node, Above::default(), self.text),
            ..Call::plain(CallKind::Field, node.byte_range(), name.into(), span, *object)
        });
    }
}
