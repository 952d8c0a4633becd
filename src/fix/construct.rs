//! What nodes are to the evaluator, in words that languages share: the constructs that it folds. Owns the types; which node is
//! which is for the languages.

use super::tree::NodeId;
use crate::value::Value;

/// What a node is to the evaluator.
#[derive(Clone, Debug, PartialEq)]
pub enum Construct {
    /// Parentheses around an expression.
    Paren(NodeId),
    /// Negation of a truth value.
    Not(NodeId),
    /// Short-circuit conjunction.
    And(NodeId, NodeId),
    /// Short-circuit disjunction.
    Or(NodeId, NodeId),
    /// A comparison of two operands.
    Compare(NodeId, Comparison, NodeId),
    /// A conjunction of any number of operands, some of which may bind names: `let Some(x) = y && z`.
    All {
        /// The operands in order.
        operands: Vec<NodeId>,
        /// Whether all are evaluated before any is looked at, and the result is a truth value: `all([x, y])`.
        eager: bool,
    },
    /// A disjunction of any number of operands: `any(x, y)` of a condition of compilation.
    Any {
        /// The operands in order.
        operands: Vec<NodeId>,
        /// As for `All`.
        eager: bool,
    },
    /// A condition of compilation on what stands behind it: `#[cfg(x)]`.
    Gate {
        /// The condition.
        condition: NodeId,
        /// What is there only while it holds; `None` for the whole file.
        owner: Option<NodeId>,
    },
    /// Attributes under a condition of compilation: `#[cfg_attr(x, a, b)]`.
    GatedAttributes {
        /// The condition.
        condition: NodeId,
        /// The node that lists the condition and the attributes.
        list: NodeId,
    },
    /// The left operand unless it is null: `a ?? b`.
    Coalesce(NodeId, NodeId),
    /// A place for an expression in an element: `<p class={x}>{y}</p>`.
    Slot {
        /// The expression.
        inner: NodeId,
        /// Whether truth values and null show nothing there.
        shows: bool,
    },
    /// The elements or members of an expression, put into the collection around it: `...x`.
    Spread(NodeId),
    /// A list of values that are only compared with those of the run before: what never changes need not be in it.
    Dependencies,
    /// A choice between two expressions.
    Ternary {
        /// What decides.
        condition: NodeId,
        /// The value when it holds.
        then: NodeId,
        /// The value when it does not.
        otherwise: NodeId,
    },
    /// An expression that has the value of its operand, once there is one: `await x`, `x?`, `x.unwrap_or(y)`.
    Same {
        /// The operand.
        operand: NodeId,
        /// What the wrapper takes off the operand's type.
        unwraps: Unwraps,
        /// Arguments that were evaluated for the wrapper and would no longer be.
        arguments: Vec<NodeId>,
    },
    /// A call that yields what a function yields which it is given, by its name: `useSelector((state) => x)`.
    Selected {
        /// What the function yields.
        value: NodeId,
        /// The name of what is called.
        by: NodeId,
    },
    /// A conversion to a truth value: `bool(x)`.
    Truth(NodeId),
    /// An expression whose value follows from its operand's: `int(x)`, `x.lower()`.
    Derived {
        /// The operand.
        operand: NodeId,
        /// How.
        by: Derivation,
    },
    /// A value put into a text: `${x}`.
    Interpolation(NodeId),
    /// The members of a collection that a condition lets through: `filter(lambda x: c, xs)`.
    Filter {
        /// The condition, for each member.
        condition: NodeId,
        /// The collection.
        collection: NodeId,
        /// Why the collection cannot stand in its place without a look, if so.
        differs: Option<&'static str>,
    },
    /// A collection that is built member by member: `[x for y in z if c]`.
    Comprehension {
        /// Its loops and filters in order.
        clauses: Vec<NodeId>,
    },
    /// Elements without a parent of their own: `<>…</>`.
    Fragment,
    /// `if` with its `else if` arms, flattened.
    Chain {
        /// The conditional arms, at least one.
        arms: Vec<Arm>,
        /// The block of the last `else`.
        otherwise: Option<NodeId>,
    },
    /// A choice by pattern.
    Match {
        /// What is matched.
        subject: NodeId,
        /// The arms in order.
        arms: Vec<MatchArm>,
    },
    /// A choice by pattern among the parts of a tuple that is written there.
    MatchParts {
        /// The parts of the tuple.
        subjects: Vec<NodeId>,
        /// The arms in order.
        arms: Vec<PartsArm>,
        /// Whether the language wants arms for every value that the tuple could have.
        exhaustive: bool,
    },
    /// A condition that holds when a tuple that is written there fits a pattern: `let (true, Some(x)) = (a, b)`.
    LetParts {
        /// The parts of the tuple.
        subjects: Vec<NodeId>,
        /// What they are compared with.
        arm: PartsArm,
    },
    /// A loop that runs once, and again while its condition holds.
    DoWhile {
        /// The condition.
        condition: NodeId,
        /// What runs.
        body: NodeId,
        /// Whether a jump in the body belongs to the loop.
        jumps: bool,
    },
    /// A loop with a statement before it, a condition and a step.
    For {
        /// What runs before the loop.
        first: Option<NodeId>,
        /// The condition.
        condition: NodeId,
    },
    /// A loop that runs while its condition holds.
    While {
        /// The condition.
        condition: NodeId,
        /// The block of the loop's `else`, which runs when the condition fails.
        otherwise: Option<NodeId>,
    },
    /// An arm of a match with a guard.
    Guarded {
        /// The guard's condition.
        condition: NodeId,
        /// The guard with its keyword, where it is a node of its own.
        guard: NodeId,
        /// Whether the language refuses arms behind this one once the guard is gone.
        shadows_rest: bool,
        /// Names that the pattern binds for the function around, whatever the guard says.
        leaks: Vec<NodeId>,
    },
    /// An expression that also binds its value to a name.
    Walrus(NodeId),
    /// A filter: `if x` in a comprehension.
    Guard(NodeId),
    /// A statement that fails unless its condition holds.
    Assert(NodeId),
    /// A statement that binds a value to one name: `x = v`, `let x = v;`.
    Bind {
        /// The name.
        name: NodeId,
        /// The value.
        value: NodeId,
    },
    /// A statement that is an expression whose value nobody uses.
    Statement(NodeId),
    /// A list of statements.
    Block,
    /// Anything else.
    Other,
}

/// One `if` or `else if` arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The node that starts at the arm's `if` (or `elif`).
    pub node: NodeId,
    /// Its condition.
    pub condition: NodeId,
    /// Its block.
    pub body: NodeId,
}

/// One arm of a match.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchArm {
    /// The whole arm.
    pub node: NodeId,
    /// What it matches, its guard left out.
    pub pattern: Pattern,
    /// Whether a guard also has to hold.
    pub guarded: bool,
    /// What runs: a block or an expression.
    pub body: NodeId,
}

/// One arm of a match of a tuple.
#[derive(Clone, Debug, PartialEq)]
pub struct PartsArm {
    /// The whole arm.
    pub node: NodeId,
    /// The pattern of each part; `None` when the pattern is for the tuple as a whole.
    pub parts: Option<Vec<PartPattern>>,
    /// Whether it takes everything: `_`.
    pub anything: bool,
    /// Whether a guard also has to hold.
    pub guarded: bool,
    /// What runs.
    pub body: NodeId,
}

/// The pattern of one part of a tuple.
#[derive(Clone, Debug, PartialEq)]
pub struct PartPattern {
    /// The pattern.
    pub node: NodeId,
    /// What it matches.
    pub pattern: Pattern,
    /// Whether it matches every value and binds at most a name.
    pub irrefutable: bool,
}

/// What a pattern matches, as far as it can be told.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// Exactly these values.
    Values(Vec<Value>),
    /// Everything.
    Anything,
    /// It binds names or is of a form that is not read: nothing is concluded.
    Unclear,
}

/// What a comparison asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The operands are equal.
    Equal,
    /// They are not.
    NotEqual,
    /// The operands are equal once they are converted to each other's type.
    Alike,
    /// They are not.
    Unalike,
    /// The operands are the same object; asked only of values that there is one object of.
    Identical,
    /// They are not.
    NotIdentical,
    /// The operands are, or are not, the same object, of values that there may be several objects of.
    Object,
    /// The right one, a literal collection, holds the left one.
    In,
    /// It does not.
    NotIn,
    /// The left number is smaller.
    Less,
    /// It is not greater.
    AtMost,
    /// It is greater.
    Greater,
    /// It is not smaller.
    AtLeast,
}

/// How a value follows from another one, in terms that languages share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// As a whole number.
    Number,
    /// As text.
    Text,
    /// In lower case.
    Lower,
    /// In upper case.
    Upper,
    /// Without white space around it.
    Trimmed,
    /// Whether it starts with a text.
    StartsWith(String),
    /// Whether it ends with a text.
    EndsWith(String),
    /// Whether it contains a text.
    Contains(String),
    /// Whether it is a text but for the case of its letters.
    EqualsIgnoringCase(String),
    /// How many characters it has.
    Length,
    /// Whether it has none.
    IsEmpty,
}

/// What a wrapper around a check takes off its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwraps {
    /// Nothing: a conversion between spellings of the same value (`.as_str()`).
    Nothing,
    /// A future: `await`.
    Future,
    /// A `Result` or `Option`.
    Result,
}
