//! The vocabulary between the shared evaluator and the languages: what a node is, as far as folding cares. Owns the
//! [`Syntax`] trait and its types; a language says which of its nodes play which role, the evaluator does the rest.

use super::calls::Calls;
use super::elsewhere::Import;
use super::member::{Holder, Member};
use super::names::{Definition, Occurrence};
use super::pins::TestSyntax;
use super::tree::{NodeId, Tree};
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
    All(Vec<NodeId>),
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
    /// A conversion to a truth value: `bool(x)`.
    Truth(NodeId),
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
    /// The operands are the same object; asked only of values that there is one object of.
    Identical,
    /// They are not.
    NotIdentical,
    /// The right one, a literal collection, holds the left one.
    In,
    /// It does not.
    NotIn,
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

/// What folding leaves of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    /// The node, perhaps with changes inside.
    Stays,
    /// Nothing that is evaluated.
    Nothing,
    /// Only that descendant.
    Only(NodeId),
}

/// What evaluating a node, its children left aside, can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that the program would miss.
    None,
    /// Something.
    Possible,
    /// Nothing now: the children run later, if ever.
    Deferred,
}

/// How blocks are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// By indentation.
    Indented,
    /// By braces.
    Braced,
    /// By braces that a single statement can do without.
    Statements,
    /// By tags in a text.
    Tagged,
}

/// What folding asks of a language. Functions get the tree and an index and answer about that node alone.
pub trait Syntax: Calls + Sync {
    /// How blocks are laid out.
    fn layout(&self) -> Layout;

    /// What a node is to the evaluator.
    fn construct(&self, tree: &Tree<'_>, node: NodeId) -> Construct;

    /// Whether `and` and `or` yield truth values only, so that `x and true` is `x` everywhere.
    fn booleans_are_exact(&self) -> bool;

    /// Whether an expression can only be a truth value, by its form.
    fn is_boolean(&self, tree: &Tree<'_>, node: NodeId) -> bool;

    /// Whether the language takes a value for true; `None` where it has no such rule.
    fn truthy(&self, value: &Value) -> Option<bool>;

    /// Whether the language takes two values for equal.
    fn are_equal(&self, left: &Value, right: &Value) -> bool {
        left.matches(right)
    }

    /// Whether a literal pattern matches a value.
    fn selects(&self, pattern: &Value, value: &Value) -> bool {
        self.are_equal(pattern, value)
    }

    /// The values of a literal, or of a literal collection for `In`; `None` for anything else.
    fn literals(&self, tree: &Tree<'_>, node: NodeId) -> Option<Vec<Value>>;

    /// How the language spells a value at a node; `None` when it cannot. What it yields has the
    /// type of the node: owned text where the check yielded that.
    fn spell(&self, tree: &Tree<'_>, node: NodeId, value: &Value) -> Option<String>;

    /// Whether evaluating a node, its children left aside, can have an effect that the program would miss. Calls count as
    /// effects unless their first name is one of `builders`.
    fn effect(&self, tree: &Tree<'_>, node: NodeId, builders: &[String]) -> Effect;

    /// Why `survivor` may not be alone in the place of `node`, a choice of which it was one branch: `let x = None` does
    /// not say of what.
    fn refuses_alone(&self, _tree: &Tree<'_>, _node: NodeId, _survivor: NodeId) -> Option<&'static str> {
        None
    }

    /// Whether the text of an expression is itself part of what the program does: `f"{x=}"`.
    fn shows_source(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        false
    }

    /// Whether nodes of a kind are one option of several, which can go with its comma: a named argument, an entry.
    fn is_option(&self, kind: &str) -> bool {
        matches!(kind, "keyword_argument" | "pair" | "field_initializer")
    }

    /// How tightly an expression binds: higher binds tighter.
    fn precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8;

    /// How tightly an expression must bind to stand where `node` stands without parentheses.
    fn required_precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8;

    /// Whether an expression needs parentheses to stand in the place of a node.
    fn needs_parentheses(&self, tree: &Tree<'_>, place: NodeId, expression: NodeId) -> bool {
        self.precedence(tree, expression) < self.required_precedence(tree, place)
    }

    /// What an expression in a slot is, without parentheses, when it can stand there without the slot.
    fn element(&self, _tree: &Tree<'_>, _slot: NodeId, _expression: NodeId) -> Option<NodeId> {
        None
    }

    /// The literal collection that a spread expression is, without parentheses, when its members can stand in the place of
    /// the spread.
    fn collection(&self, _tree: &Tree<'_>, _spread: NodeId, _expression: NodeId) -> Option<NodeId> {
        None
    }

    /// Whether a statement takes effect where control never gets: a function that is known in the whole block.
    fn is_hoisted(&self, _tree: &Tree<'_>, _statement: NodeId) -> bool {
        false
    }

    /// The statements that take the place of a construct when its part `body` is all that is left.
    fn statements(&self, tree: &Tree<'_>, body: NodeId) -> Vec<NodeId> {
        tree.named_children(body).collect()
    }

    /// The names that a statement declares for the block it stands in.
    fn declared<'t>(&self, _tree: &Tree<'t>, _statement: NodeId) -> Vec<&'t str> {
        Vec::new()
    }

    /// How an endless loop starts, where `while true` is not how people write it.
    fn endless_loop(&self) -> Option<&'static str>;

    /// Whether control never goes past a statement, by its form: `return`, `raise`, `break`, `continue`.
    fn is_jump(&self, tree: &Tree<'_>, node: NodeId) -> bool;

    /// What an identifier does where it stands.
    fn occurrence(&self, tree: &Tree<'_>, node: NodeId) -> Occurrence;

    /// Spans whose inside must stay byte for byte when the block around them is dedented: multi-line strings.
    fn is_verbatim(&self, kind: &str) -> bool;

    /// Names that a node mentions without an identifier of their own: `"{name}"` in a format string.
    fn mentions<'t>(&self, tree: &Tree<'t>, node: NodeId) -> Vec<&'t str>;

    /// Why the last node of this kind must not vanish from its function: `yield` makes it a generator.
    fn anchor(&self, tree: &Tree<'_>, node: NodeId) -> Option<&'static str>;

    /// The nearest function around a node, or the root.
    fn function_of(&self, tree: &Tree<'_>, node: NodeId) -> NodeId;

    /// Whether code in a function can read its names by other means: `locals()`, `eval`, `exec`.
    fn reads_names_at_runtime(&self, tree: &Tree<'_>, function: NodeId) -> bool;

    /// What a definition at the level of the module consists of, where it may go once nothing uses it. `None` for what a
    /// framework, a macro or another file may use without a name in this one: decorated functions, classes, entry points.
    fn item(&self, tree: &Tree<'_>, name: NodeId, definition: &Definition) -> Option<Item>;

    /// How tests are written; `None` where that is not known.
    fn tests(&self) -> Option<&'static dyn TestSyntax> {
        None
    }

    /// Where an imported name comes from, also where the import may not be touched.
    fn imported(&self, tree: &Tree<'_>, name: NodeId) -> Option<Import> {
        self.import_part(tree, name).map(|part| Import { module: part.module, original: part.original })
    }

    /// Whether an identifier that neither binds nor reads a name can mean no function or constant of a module: a key, a
    /// keyword of a call, a member of the object itself.
    fn is_key(&self, tree: &Tree<'_>, node: NodeId) -> bool;

    /// Whether a function belongs to a class, an object or a type.
    fn is_method(&self, _tree: &Tree<'_>, _function: NodeId) -> bool {
        false
    }

    /// Whether a statement at the top of a file is nothing without others: an import, documentation.
    fn is_preamble(&self, _tree: &Tree<'_>, _statement: NodeId) -> bool {
        false
    }

    /// Whether an identifier stands in an import.
    fn is_path_of_import(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        tree.ancestors(node)
            .any(|outer| matches!(tree.kind(outer), "import_statement" | "import_from_statement" | "use_declaration"))
    }

    /// What a member is taken out of, where an identifier names a member.
    fn object_of(&self, tree: &Tree<'_>, node: NodeId) -> Option<NodeId>;

    /// Whether a framework fills the parameters of a function by their names, so that one can go alone.
    fn injects(&self, _tree: &Tree<'_>, _function: NodeId) -> bool {
        false
    }

    /// What a name, or a text that is one, does as a member of a class, an object, a list or a type.
    fn member(&self, _tree: &Tree<'_>, _name: NodeId) -> Option<Member> {
        None
    }

    /// The type that a declared member belongs to; `None` for members that the language or a framework calls by their name.
    fn holder(&self, _tree: &Tree<'_>, _member: &Member) -> Option<Holder> {
        None
    }

    /// Why a declared member may be used without being named: its type is serialised, or used as a whole.
    fn uses_members(&self, _tree: &Tree<'_>, _member: &Member) -> Option<&'static str> {
        None
    }

    /// The part of an import statement that brings in one name, and whether it is the only one. `None` when the import
    /// may not be touched (re-exports, wildcards).
    fn import_part(&self, tree: &Tree<'_>, name: NodeId) -> Option<ImportPart>;
}

/// A definition at the level of its module that may go once nothing uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The whole statement.
    pub statement: NodeId,
    /// Whether nothing outside the file can use it by the language's rules or by custom.
    pub private: bool,
}

/// One name of an import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportPart {
    /// The whole statement.
    pub statement: NodeId,
    /// The node of the name with its alias.
    pub item: NodeId,
    /// Innermost list that holds the item; `None` when the statement imports one thing.
    pub list: Option<NodeId>,
    /// Where the name comes from, as written: the module path.
    pub module: String,
    /// The name as the module calls it.
    pub original: String,
    /// Whether the statement takes it out of an object: then its value may have effects.
    pub member: bool,
}

/// `if` with its `else if`s, where the grammar nests them to the right as `kind` in the `else`.
pub fn right_nested_chain(tree: &Tree<'_>, node: NodeId, kind: &str) -> Option<Construct> {
    let mut arms = Vec::new();
    let mut at = node;
    loop {
        arms.push(Arm { node: at, condition: tree.field(at, "condition")?, body: tree.field(at, "consequence")? });
        let Some(clause) = tree.field(at, "alternative") else {
            return Some(Construct::Chain { arms, otherwise: None });
        };
        let next = tree.named_children(clause).next()?;
        if tree.kind(next) != kind {
            return Some(Construct::Chain { arms, otherwise: Some(next) });
        }
        at = next;
    }
}

/// Whether evaluating what folding leaves of an expression has no effect that the program would miss.
pub fn is_inert(
    syntax: &dyn Syntax,
    tree: &Tree<'_>,
    node: NodeId,
    builders: &[String],
    folded: &dyn Fn(NodeId) -> Folded,
) -> bool {
    // Ranges of nodes in source order that are still to be looked at.
    let mut open = vec![(node, tree.get(node).end)];
    while let Some((at, end)) = open.pop() {
        if at >= end {
            continue;
        }
        let behind = (tree.get(at).end, end);
        match folded(at) {
            Folded::Stays => match syntax.effect(tree, at, builders) {
                Effect::None => open.push((at + 1, end)),
                Effect::Possible => return false,
                Effect::Deferred => open.push(behind),
            },
            Folded::Nothing => open.push(behind),
            Folded::Only(only) => open.extend([behind, (only, tree.get(only).end)]),
        }
    }
    true
}
