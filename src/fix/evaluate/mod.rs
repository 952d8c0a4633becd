//! Partial evaluation: given the values of some nodes, what becomes of the nodes around them. Owns the truth tables and
//! what each of them costs in applicability; knows no language, no text layout and no names.
//!
//! | fold | applicability |
//! |---|---|
//! | an operand that is never reached goes | safe |
//! | an operand that was evaluated first goes, and is a name, attribute, literal or built from such | safe |
//! | ... and may have an effect | unsafe |
//! | `x and true` becomes `x` where a truth value is wanted, or `x` can only be one | safe |
//! | ... anywhere else, where `and` yields its operands | unsafe |
//! | what a comprehension went through is no longer evaluated | unsafe, unless it is a literal |

mod collections;
mod derive;
mod expressions;
mod gates;
mod statements;
mod tuples;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::syntax::{Construct, Folded, Syntax, is_inert};
use super::tree::{NodeId, Tree};
use crate::diagnostic::Applicability;
use crate::value::Value;

/// A node whose value is known from the start.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Its value, or the descendant that it is.
    pub outcome: Outcome,
    /// The decisions (indexes) that made it so: one for a check, those of the binding for a name.
    pub decisions: Vec<usize>,
}

/// What becomes of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It stays; something in it may change.
    Kept,
    /// It is that value.
    Value(Value),
    /// It is what that descendant is.
    Node(NodeId),
    /// A statement, an arm or a clause that does nothing any more.
    Gone,
    /// It is a collection without members.
    Empty,
    /// A match of a tuple that loses these parts, by their place.
    Parts(Vec<usize>),
    /// The statements of that block (or that expression) take its place.
    Lift(NodeId),
    /// An `if` that loses some of its arms.
    Chain(ChainPlan),
    /// A conjunction that loses these operands.
    Operands(Vec<NodeId>),
    /// A list of statements.
    Block {
        /// Whether nothing is left.
        empty: bool,
        /// The first statement that can no longer be reached.
        cut: Option<NodeId>,
    },
}

/// Which arms of an `if` stay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChainPlan {
    /// By arm: whether it stays.
    pub kept: Vec<bool>,
    /// The arm whose condition always holds and that becomes the `else`.
    pub becomes_else: Option<usize>,
    /// Whether the written `else` stays.
    pub keeps_else: bool,
}

/// Which part of an expression's value its surroundings look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Only whether it is true.
    Truth,
    /// The value where it is false; where it is true, only that.
    FalseValue,
    /// The value where it is true; where it is false, only that.
    TrueValue,
    /// The value.
    Value,
}

/// The result of an evaluation.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// What becomes of every node on the way from a seed to the root.
    pub outcomes: HashMap<NodeId, Outcome>,
    /// Decisions that a fold depended on, by the node that it happened at.
    pub causes: HashMap<NodeId, Vec<usize>>,
    /// Decisions that are not safe, why, and how bad it is.
    pub demotions: Vec<(usize, Applicability, String)>,
    /// Nodes that can no longer run.
    pub dead: Vec<(NodeId, Vec<usize>)>,
    /// Statements `x = v` whose value became known: name, value, decisions.
    pub bound: Vec<(NodeId, NodeId, Value, Vec<usize>)>,
    /// Nodes that control no longer goes past, because of a fold.
    pub newly_left: HashSet<NodeId>,
    /// What is not compiled.
    pub gated: HashSet<NodeId>,
    /// The node by whose fold a decision's check finally went: what the site's title speaks of.
    pub tops: HashMap<usize, NodeId>,
}

impl Evaluation {
    /// What is left of an expression.
    pub fn folded(&self, node: NodeId) -> Folded {
        match self.outcomes.get(&node) {
            Some(Outcome::Value(_) | Outcome::Empty | Outcome::Gone) => Folded::Nothing,
            Some(Outcome::Node(only)) => Folded::Only(*only),
            _ => Folded::Stays,
        }
    }
}

/// What an evaluation may use.
pub struct Evaluator<'e> {
    /// The tree.
    pub tree: &'e Tree<'e>,
    /// Its language.
    pub syntax: &'e dyn Syntax,
    /// Known values.
    pub seeds: &'e HashMap<NodeId, Seed>,
    /// Statements that residue found to be superfluous.
    pub superfluous: &'e HashSet<NodeId>,
    /// Lists of arguments and parameters that lose entries.
    pub dropped: &'e BTreeMap<NodeId, Vec<NodeId>>,
    /// First names of calls without effects.
    pub builders: &'e [String],
    /// Up to what folds may go.
    pub level: Applicability,
}

impl Evaluator<'_> {
    /// Evaluates everything between the seeds and the root, innermost first.
    pub fn run(&self) -> Evaluation {
        let mut touched = BTreeSet::new();
        for start in self.seeds.keys().chain(self.superfluous).chain(self.dropped.keys()) {
            touched.insert(*start);
            for ancestor in self.tree.ancestors(*start) {
                if !touched.insert(ancestor) {
                    break;
                }
            }
        }
        let constructs: HashMap<NodeId, Construct> =
            touched.iter().map(|node| (*node, self.syntax.construct(self.tree, *node))).collect();
        let mut wants = HashMap::new();
        for node in &touched {
            let want = self.want(*node, &constructs, &wants);
            wants.insert(*node, want);
        }
        let mut state = Evaluation::default();
        // An index is larger than its ancestors', so the reverse order is innermost first.
        for node in touched.into_iter().rev() {
            let outcome = self.outcome(node, &constructs[&node], wants[&node], &mut state);
            if let Outcome::Lift(survivor) | Outcome::Node(survivor) = &outcome
                && let Some(reason) = self.syntax.refuses_alone(self.tree, node, *survivor)
            {
                let causes = self.causes(node, &state);
                demote(&mut state, &causes, Applicability::Manual, reason.to_owned());
            }
            if self.newly_left(node, &constructs[&node], &outcome, &state) {
                state.newly_left.insert(node);
            }
            // A condition of compilation in front of it has decided already.
            if !state.gated.contains(&node) {
                state.outcomes.insert(node, outcome);
            }
        }
        state
    }

    fn want(&self, node: NodeId, constructs: &HashMap<NodeId, Construct>, wants: &HashMap<NodeId, Want>) -> Want {
        if self.syntax.booleans_are_exact() {
            return Want::Truth;
        }
        let Some(parent) = self.tree.parent(node) else { return Want::Value };
        let outer = wants[&parent];
        match &constructs[&parent] {
            Construct::Not(_) | Construct::Truth(_) | Construct::Statement(_) | Construct::Guard(_) => Want::Truth,
            Construct::Assert(condition) | Construct::While { condition, .. } if *condition == node => Want::Truth,
            Construct::Chain { arms, .. } if arms.iter().any(|arm| arm.condition == node) => Want::Truth,
            Construct::Other if self.is_arm_condition(parent, node) => Want::Truth,
            Construct::Paren(_) => outer,
            Construct::Ternary { condition, .. } => {
                if *condition == node {
                    Want::Truth
                } else {
                    outer
                }
            }
            Construct::And(left, _) if *left == node => match outer {
                Want::Truth | Want::TrueValue => Want::Truth,
                Want::FalseValue | Want::Value => Want::FalseValue,
            },
            Construct::Or(left, _) if *left == node => match outer {
                Want::Truth | Want::FalseValue => Want::Truth,
                Want::TrueValue | Want::Value => Want::TrueValue,
            },
            Construct::And(..) | Construct::Or(..) => outer,
            Construct::Coalesce(_, right) if *right == node => outer,
            _ => Want::Value,
        }
    }

    /// An expression without the parentheses around it.
    fn bare(&self, expression: NodeId) -> NodeId {
        let mut inner = expression;
        while let Construct::Paren(next) = self.syntax.construct(self.tree, inner) {
            inner = next;
        }
        inner
    }

    /// Whether a node is the condition of what is around its parent: of a chain, whose arm the parent is, or of an arm,
    /// whose guard it is.
    fn is_arm_condition(&self, parent: NodeId, node: NodeId) -> bool {
        let Some(around) = self.tree.parent(parent) else { return false };
        match self.syntax.construct(self.tree, around) {
            Construct::Chain { arms, .. } => arms.iter().any(|arm| arm.condition == node),
            Construct::Guarded { condition, .. } => condition == node,
            _ => false,
        }
    }

    fn outcome(&self, node: NodeId, construct: &Construct, want: Want, state: &mut Evaluation) -> Outcome {
        if self.superfluous.contains(&node) {
            return Outcome::Gone;
        }
        if let Some(gone) = self.dropped.get(&node) {
            return Outcome::Operands(gone.clone());
        }
        if let Some(seed) = self.seeds.get(&node) {
            for decision in &seed.decisions {
                state.tops.insert(*decision, node);
            }
            state.causes.insert(node, seed.decisions.clone());
            return match &seed.outcome {
                Outcome::Node(chosen) => self.resolved(*chosen, state),
                outcome => outcome.clone(),
            };
        }
        match construct {
            Construct::Paren(inner) => self.paren(node, *inner, state),
            Construct::Not(operand) => match self.value(*operand, state) {
                Some(value) => match self.syntax.truthy(&value) {
                    Some(truth) => self.settle(node, &[*operand], Outcome::Value(Value::Bool(!truth)), state),
                    None => Outcome::Kept,
                },
                None => Outcome::Kept,
            },
            Construct::Truth(operand) => match self.value(*operand, state).and_then(|value| self.syntax.truthy(&value))
            {
                Some(truth) => self.settle(node, &[*operand], Outcome::Value(Value::Bool(truth)), state),
                None => Outcome::Kept,
            },
            Construct::And(left, right) => self.junction(node, *left, *right, true, want, state),
            Construct::Or(left, right) => self.junction(node, *left, *right, false, want, state),
            Construct::Coalesce(left, right) => match self.value(*left, state) {
                Some(Value::Null) => {
                    let outcome = self.resolved(*right, state);
                    self.settle(node, &[*left, *right], outcome, state)
                }
                Some(value) => {
                    let causes = self.causes(*left, state);
                    state.dead.push((*right, causes));
                    self.settle(node, &[*left], Outcome::Value(value), state)
                }
                None => Outcome::Kept,
            },
            Construct::Slot { inner, shows } => match state.outcomes.get(&self.bare(*inner)) {
                Some(Outcome::Value(Value::Bool(_) | Value::Null)) if *shows => {
                    self.settle(node, &[*inner], Outcome::Gone, state)
                }
                Some(Outcome::Node(survivor)) if *shows && self.shows_nothing(*survivor) => {
                    self.settle(node, &[*inner], Outcome::Gone, state)
                }
                Some(Outcome::Node(survivor)) => match self.syntax.element(self.tree, node, *survivor) {
                    Some(element) => self.settle(node, &[*inner], Outcome::Lift(element), state),
                    None => Outcome::Kept,
                },
                _ => Outcome::Kept,
            },
            Construct::Spread(inner) => self.spread(node, *inner, state),
            Construct::Derived { operand, by } => {
                match self.value(*operand, state).and_then(|value| derive::derive(by, &value, self.syntax)) {
                    Some(value) => self.settle(node, &[*operand], Outcome::Value(value), state),
                    None => Outcome::Kept,
                }
            }
            Construct::Interpolation(inner) => self.interpolation(node, *inner, state),
            Construct::Filter { condition, collection, differs } => {
                self.filter(node, (*condition, *collection), *differs, state)
            }
            Construct::Comprehension { clauses } => self.comprehension(node, clauses, state),
            Construct::Fragment => self.fragment(node, state),
            Construct::Dependencies => {
                let goes =
                    |child: &NodeId| matches!(state.outcomes.get(child), Some(Outcome::Value(_) | Outcome::Gone));
                let gone: Vec<NodeId> = self.tree.named_children(node).filter(goes).collect();
                if gone.is_empty() {
                    return Outcome::Kept;
                }
                self.settle(node, &gone.clone(), Outcome::Operands(gone), state)
            }
            Construct::Compare(left, comparison, right) => self.compare(node, *left, *comparison, *right, state),
            Construct::Ternary { condition, then, otherwise } => {
                let Some(truth) = self.truth(*condition, state) else { return Outcome::Kept };
                let (chosen, other) = if truth { (*then, *otherwise) } else { (*otherwise, *then) };
                let causes = self.causes(*condition, state);
                state.dead.push((other, causes));
                let outcome = self.resolved(chosen, state);
                self.settle(node, &[*condition], outcome, state)
            }
            Construct::Same { operand, arguments, .. } => match self.value(*operand, state) {
                Some(value) => {
                    let causes = self.causes(*operand, state);
                    for argument in arguments {
                        if !self.is_inert(*argument, state) {
                            let text = self.quote(*argument);
                            demote(
                                state,
                                &causes,
                                Applicability::Unsafe,
                                format!("{text} would no longer be evaluated"),
                            );
                        }
                    }
                    self.settle(node, &[*operand], Outcome::Value(value), state)
                }
                None => Outcome::Kept,
            },
            Construct::Selected { value, by } => match self.value(*value, state) {
                Some(known) => {
                    let causes = self.causes(*value, state);
                    let reason = format!("what {} makes of its function's value is not known", self.quote(*by));
                    demote(state, &causes, Applicability::Unsafe, reason);
                    self.settle(node, &[*value], Outcome::Value(known), state)
                }
                None => Outcome::Kept,
            },
            Construct::Chain { arms, otherwise } => self.chain(node, arms, *otherwise, state),
            Construct::MatchParts { subjects, arms, exhaustive } => {
                self.match_parts(node, subjects, arms, *exhaustive, state)
            }
            Construct::LetParts { subjects, arm } => self.let_parts(node, subjects, arm, state),
            Construct::DoWhile { condition, body, jumps } => match self.truth(*condition, state) {
                Some(false) if !jumps => self.settle(node, &[*condition], Outcome::Lift(*body), state),
                _ => Outcome::Kept,
            },
            Construct::For { first, condition } => match self.truth(*condition, state) {
                Some(false) => {
                    let causes = self.causes(*condition, state);
                    if let Some(first) = first.filter(|first| !self.is_inert(*first, state)) {
                        let reason = format!("{} would no longer be evaluated", self.quote(first));
                        demote(state, &causes, Applicability::Unsafe, reason);
                    }
                    state.dead.push((node, causes));
                    self.settle(node, &[*condition], Outcome::Gone, state)
                }
                _ => Outcome::Kept,
            },
            Construct::Match { subject, arms } => self.choose(node, *subject, arms, state),
            Construct::All { operands, eager } => self.all(node, operands, (true, *eager), want, state),
            Construct::Any { operands, eager } => self.all(node, operands, (false, *eager), want, state),
            Construct::Gate { condition, owner } => self.gate(node, *condition, *owner, state),
            Construct::GatedAttributes { condition, .. } => match self.truth(*condition, state) {
                Some(true) => self.settle(node, &[*condition], Outcome::Lift(*condition), state),
                Some(false) => self.settle(node, &[*condition], Outcome::Gone, state),
                None => Outcome::Kept,
            },
            Construct::Walrus(value) => {
                if self.value(*value, state).is_some() {
                    let causes = self.causes(*value, state);
                    let reason = "the value is bound to a name inside an expression";
                    demote(state, &causes, Applicability::Manual, reason.into());
                }
                Outcome::Kept
            }
            Construct::Guarded { condition, guard, shadows_rest, leaks } => match self.truth(*condition, state) {
                Some(true) if *shadows_rest => {
                    let causes = self.causes(*condition, state);
                    let reason = "without its guard the arm would shadow those behind it";
                    demote(state, &causes, Applicability::Manual, reason.into());
                    Outcome::Kept
                }
                Some(true) => self.settle(node, &[*condition], Outcome::Operands(vec![*guard]), state),
                Some(false) => {
                    let causes = self.causes(*condition, state);
                    if let Some((applicability, reason)) = self.leak(node, leaks) {
                        demote(state, &causes, applicability, reason);
                        if applicability == Applicability::Manual {
                            return Outcome::Kept;
                        }
                    }
                    state.dead.push((node, causes));
                    self.settle(node, &[*condition], Outcome::Gone, state)
                }
                None => Outcome::Kept,
            },
            Construct::While { condition, otherwise } => match self.truth(*condition, state) {
                Some(false) => {
                    let causes = self.causes(*condition, state);
                    state.dead.push((node, causes));
                    let outcome = otherwise.map_or(Outcome::Gone, Outcome::Lift);
                    self.settle(node, &[*condition], outcome, state)
                }
                _ => Outcome::Kept,
            },
            Construct::Guard(condition) => match self.truth(*condition, state) {
                Some(true) => self.settle(node, &[*condition], Outcome::Gone, state),
                // The comprehension around it is for the comprehension to judge.
                Some(false) => self.settle(node, &[*condition], Outcome::Value(Value::Bool(false)), state),
                None => Outcome::Kept,
            },
            Construct::Assert(condition) => match self.truth(*condition, state) {
                Some(true) => self.settle(node, &[*condition], Outcome::Gone, state),
                _ => Outcome::Kept,
            },
            Construct::Bind { name, value } => {
                if let Some(known) = self.value(*value, state) {
                    let causes = self.causes(*value, state);
                    state.bound.push((*name, node, known, causes));
                }
                Outcome::Kept
            }
            Construct::Statement(expression) => match state.outcomes.get(expression) {
                Some(Outcome::Value(_)) => self.settle(node, &[*expression], Outcome::Gone, state),
                Some(Outcome::Node(inner)) if self.is_inert(*inner, state) => {
                    self.settle(node, &[*expression], Outcome::Gone, state)
                }
                Some(Outcome::Gone) => Outcome::Gone,
                _ => Outcome::Kept,
            },
            Construct::Block => self.block(node, state),
            Construct::Other => Outcome::Kept,
        }
    }

    pub(super) fn causes_within(&self, statement: NodeId, state: &Evaluation) -> Vec<usize> {
        let mut causes: Vec<usize> =
            self.tree.subtree(statement).filter_map(|node| state.causes.get(&node)).flatten().copied().collect();
        causes.sort_unstable();
        causes.dedup();
        causes
    }

    pub(super) fn is_statement(&self, node: NodeId) -> bool {
        self.tree.parent(node).is_some_and(|parent| {
            matches!(self.syntax.construct(self.tree, parent), Construct::Block | Construct::Statement(_))
        })
    }

    pub(super) fn value(&self, node: NodeId, state: &Evaluation) -> Option<Value> {
        match state.outcomes.get(&node) {
            Some(Outcome::Value(value)) => Some(value.clone()),
            _ => None,
        }
    }

    pub(super) fn truth(&self, node: NodeId, state: &Evaluation) -> Option<bool> {
        self.value(node, state).and_then(|value| self.syntax.truthy(&value))
    }

    /// What a node is once it is the only one left: its own outcome where that says more than that it stays.
    pub(super) fn resolved(&self, node: NodeId, state: &Evaluation) -> Outcome {
        match state.outcomes.get(&node) {
            Some(outcome @ (Outcome::Value(_) | Outcome::Node(_))) => outcome.clone(),
            _ => Outcome::Node(node),
        }
    }

    /// Whether an expression is a literal that an element does not show.
    fn shows_nothing(&self, expression: NodeId) -> bool {
        matches!(self.syntax.literal(self.tree, self.bare(expression)), Some(Value::Bool(_) | Value::Null))
    }

    /// Whether evaluating what is left of an expression has no effect.
    fn is_inert(&self, node: NodeId, state: &Evaluation) -> bool {
        is_inert(self.syntax, self.tree, node, self.builders, &|node| state.folded(node))
    }

    pub(super) fn causes(&self, node: NodeId, state: &Evaluation) -> Vec<usize> {
        state.causes.get(&node).cloned().unwrap_or_default()
    }

    pub(super) fn settle(
        &self,
        node: NodeId,
        operands: &[NodeId],
        outcome: Outcome,
        state: &mut Evaluation,
    ) -> Outcome {
        let mut causes: Vec<usize> = operands.iter().flat_map(|operand| self.causes(*operand, state)).collect();
        causes.sort_unstable();
        causes.dedup();
        for cause in &causes {
            state.tops.insert(*cause, node);
        }
        state.causes.insert(node, causes);
        outcome
    }

    pub(super) fn quote(&self, node: NodeId) -> String {
        quote(self.tree.text_of(node))
    }

    pub(super) fn quote_line(&self, node: NodeId) -> String {
        quote(self.tree.text_of(node).lines().next().unwrap_or_default())
    }
}

/// A piece of code for a message: on one line and not too long.
pub fn quote(code: &str) -> String {
    let flat = code.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= 40 {
        return format!("`{flat}`");
    }
    let start: String = flat.chars().take(37).collect();
    format!("`{start}...`")
}

pub(super) fn demote(state: &mut Evaluation, decisions: &[usize], applicability: Applicability, reason: String) {
    state.demotions.extend(decisions.iter().map(|decision| (*decision, applicability, reason.clone())));
}
