//! What becomes of expressions. Owns parentheses, junctions and comparisons, and what each of their folds costs.

use super::{Evaluation, Evaluator, Outcome, Want, demote, derive};
use crate::diagnostic::Applicability;
use crate::fix::syntax::Comparison;
use crate::fix::tree::NodeId;
use crate::value::Value;

impl Evaluator<'_> {
    pub(super) fn paren(&self, node: NodeId, inner: NodeId, state: &mut Evaluation) -> Outcome {
        match state.outcomes.get(&inner).cloned() {
            Some(Outcome::Value(value)) => self.settle(node, &[inner], Outcome::Value(value), state),
            Some(Outcome::Node(survivor)) => {
                let fits = !self.syntax.needs_parentheses(self.tree, node, survivor);
                let one_line = !self.tree.text_of(survivor).contains('\n');
                if fits && one_line {
                    self.settle(node, &[inner], Outcome::Node(survivor), state)
                } else {
                    Outcome::Kept
                }
            }
            Some(Outcome::Lift(body)) => {
                let mut contents = self.tree.named_children(body);
                let only = contents.next().filter(|_| contents.next().is_none()).unwrap_or(body);
                let fits =
                    !self.syntax.needs_parentheses(self.tree, node, only) && !self.tree.text_of(only).contains('\n');
                if fits { self.settle(node, &[inner], Outcome::Lift(body), state) } else { Outcome::Kept }
            }
            _ => Outcome::Kept,
        }
    }

    /// A conjunction (`neutral` is true) or disjunction of any number of operands, which may bind names for those behind
    /// them. `eager` ones are all evaluated before any is looked at, and the last one left cannot stand alone where more
    /// than its truth is `want`ed.
    pub(super) fn all(
        &self,
        node: NodeId,
        operands: &[NodeId],
        (neutral, eager): (bool, bool),
        want: Want,
        state: &mut Evaluation,
    ) -> Outcome {
        let known: Vec<Option<bool>> = operands.iter().map(|operand| self.truth(*operand, state)).collect();
        if let Some(index) = known.iter().position(|truth| *truth == Some(!neutral)) {
            let causes = self.causes(operands[index], state);
            let evaluated = if eager { operands.len() } else { index };
            for (operand, known) in operands[..evaluated].iter().zip(&known) {
                if known.is_none() && !self.is_inert(*operand, state) {
                    let operand = self.quote(*operand);
                    demote(state, &causes, Applicability::Unsafe, format!("{operand} would no longer be evaluated"));
                }
            }
            return self.settle(node, &[operands[index]], Outcome::Value(Value::Bool(!neutral)), state);
        }
        let (gone, kept): (Vec<NodeId>, Vec<NodeId>) =
            operands.iter().copied().partition(|operand| self.truth(*operand, state) == Some(neutral));
        match (gone.as_slice(), kept.as_slice()) {
            ([], _) => Outcome::Kept,
            (_, []) => self.settle(node, &gone, Outcome::Value(Value::Bool(neutral)), state),
            (_, [only]) if !eager || want == Want::Truth => {
                let outcome = self.resolved(*only, state);
                self.settle(node, operands, outcome, state)
            }
            _ => self.settle(node, &gone, Outcome::Operands(gone.clone()), state),
        }
    }

    /// `and` where `neutral` is true, `or` where it is false.
    pub(super) fn junction(
        &self,
        node: NodeId,
        left: NodeId,
        right: NodeId,
        neutral: bool,
        want: Want,
        state: &mut Evaluation,
    ) -> Outcome {
        if let Some(value) = self.value(left, state) {
            let Some(truth) = self.syntax.truthy(&value) else { return Outcome::Kept };
            if truth == neutral {
                if self.syntax.outlives(self.tree, node, right) {
                    let reason = format!("temporary values of {} would live longer than before", self.quote(right));
                    demote(state, &self.causes(left, state), Applicability::Unsafe, reason);
                }
                let outcome = self.resolved(right, state);
                return self.settle(node, &[left, right], outcome, state);
            }
            let causes = self.causes(left, state);
            state.dead.push((right, causes));
            return self.settle(node, &[left], Outcome::Value(value), state);
        }
        let Some(value) = self.value(right, state) else { return Outcome::Kept };
        let Some(truth) = self.syntax.truthy(&value) else { return Outcome::Kept };
        let causes = self.causes(right, state);
        let is_boolean = self.syntax.booleans_are_exact() || self.syntax.is_boolean(self.tree, left);
        if truth == neutral {
            // `x and True` yields `x` where it is false, and the value where `x` is true; `or` the other way round.
            let looked_at = if neutral { Want::FalseValue } else { Want::TrueValue };
            let same = matches!(value, Value::Bool(_)) && is_boolean;
            if !(want == Want::Truth || want == looked_at || same) {
                let (left, word) = (self.quote(left), if neutral { "and" } else { "or" });
                let reason =
                    format!("`{word}` yields {value} here, and {left} alone may be another value of that truth");
                demote(state, &causes, Applicability::Unsafe, reason);
            }
            let outcome = self.resolved(left, state);
            return self.settle(node, &[left, right], outcome, state);
        }
        // `x and False` is false whatever `x` is, but `x` is evaluated first.
        let ignored = if neutral { Want::TrueValue } else { Want::FalseValue };
        if !(want == Want::Truth || want == ignored || (matches!(value, Value::Bool(_)) && is_boolean)) {
            let left = self.quote(left);
            let reason = format!("the expression may yield the value of {left}, not {value}");
            demote(state, &causes, Applicability::Unsafe, reason);
        }
        if !self.is_inert(left, state) {
            let left = self.quote(left);
            demote(state, &causes, Applicability::Unsafe, format!("{left} would no longer be evaluated"));
        }
        state.dead.push((left, causes));
        self.settle(node, &[right], Outcome::Value(value), state)
    }

    pub(super) fn compare(
        &self,
        node: NodeId,
        left: NodeId,
        comparison: Comparison,
        right: NodeId,
        state: &mut Evaluation,
    ) -> Outcome {
        let known = self.value(left, state).is_some() || self.value(right, state).is_some();
        if known && matches!(comparison, Comparison::Object) {
            let causes = [self.causes(left, state), self.causes(right, state)].concat();
            let reason = "`is` asks for one object, and of equal values there may be several";
            demote(state, &causes, Applicability::Manual, reason.into());
            return Outcome::Kept;
        }
        let one = |side: NodeId| {
            self.value(side, state).or_else(|| self.syntax.literal(self.tree, side)).map(|value| vec![value])
        };
        let rights = match comparison {
            // A text that is looked for in a text is no matter of equality.
            Comparison::In | Comparison::NotIn => self.syntax.literals(self.tree, right),
            _ => one(right),
        };
        let (true, Some(lefts), Some(rights)) = (known, one(left), rights) else {
            return Outcome::Kept;
        };
        let [value] = lefts.as_slice() else { return Outcome::Kept };
        if matches!(comparison, Comparison::Alike | Comparison::Unalike) {
            let Some(alike) = rights.first().and_then(|right| alike(value, right)) else { return Outcome::Kept };
            let result = Value::Bool(alike == (comparison == Comparison::Alike));
            return self.settle(node, &[left, right], Outcome::Value(result), state);
        }
        if matches!(comparison, Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast) {
            let [other] = rights.as_slice() else { return Outcome::Kept };
            return match derive::order(value, comparison, other) {
                Some(holds) => self.settle(node, &[left, right], Outcome::Value(Value::Bool(holds)), state),
                None => Outcome::Kept,
            };
        }
        let holds = rights.iter().any(|right| match comparison {
            Comparison::Identical | Comparison::NotIdentical => right == value,
            _ => self.syntax.are_equal(right, value),
        });
        let result = match comparison {
            Comparison::In => holds,
            Comparison::NotIn => !holds,
            _ if rights.len() != 1 => return Outcome::Kept,
            Comparison::Equal | Comparison::Identical | Comparison::Alike => holds,
            Comparison::NotEqual | Comparison::NotIdentical | Comparison::Unalike => !holds,
            Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast | Comparison::Object => {
                return Outcome::Kept;
            }
        };
        self.settle(node, &[left, right], Outcome::Value(Value::Bool(result)), state)
    }
}

/// Equality that converts, where the conversion needs no rules for the spelling of numbers.
fn alike(left: &Value, right: &Value) -> Option<bool> {
    let number = |value: &Value| match value {
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    };
    match (left, right) {
        (Value::Json(_), _) | (_, Value::Json(_)) => None,
        (Value::Null, other) | (other, Value::Null) => Some(*other == Value::Null),
        (Value::String(left), Value::String(right)) => Some(left == right),
        // Text that starts with a letter is no number (`Infinity` is one).
        (Value::String(text), _) | (_, Value::String(text)) => {
            (text.starts_with(char::is_alphabetic) && !text.starts_with('I')).then_some(false)
        }
        _ => Some(number(left)? == number(right)?),
    }
}
