//! The vocabulary between the shared evaluator and the languages: what a node is, as far as folding cares. Owns the
//! [`Syntax`] trait and its types; a language says which of its nodes play which role, the evaluator does the rest.

use super::calls::Calls;
pub use super::construct::{Arm, Comparison, Construct, Derivation, MatchArm, PartPattern, PartsArm, Pattern, Unwraps};
use super::elsewhere::Import;
use super::member::{Holder, Member};
use super::names::{Definition, Occurrence};
use super::pins::TestSyntax;
use super::tree::{NodeId, Tree};
use crate::source::Span;
use crate::source::edit::Edit;
use crate::value::Value;

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

/// A statement that assigns to one name.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The whole statement.
    pub statement: NodeId,
    /// What is assigned; none where the name is only declared.
    pub value: Option<NodeId>,
    /// What declares the name, where the statement does.
    pub keyword: Option<Keyword>,
    /// The declared type with what ties it to the name.
    pub declared_type: Option<String>,
}

/// What declares a variable.
#[derive(Clone, Debug)]
pub struct Keyword {
    /// Where it stands.
    pub span: Span,
    /// What it is where nothing assigns to the name again; none when that is what it is already.
    pub constant: Option<&'static str>,
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

    /// How the language shows a truth value as text.
    fn shown(&self, on: bool) -> &'static str {
        if on { "true" } else { "false" }
    }

    /// How a collection without members is written in the place of one that is built or filtered.
    fn empty(&self, _tree: &Tree<'_>, _node: NodeId) -> Option<&'static str> {
        None
    }

    /// Whether going through a collection does nothing but yield its members, by its form.
    fn is_plain_collection(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        false
    }

    /// Whether a spread of that value adds nothing.
    fn spreads_nothing(&self, _tree: &Tree<'_>, _spread: NodeId, _value: &Value) -> bool {
        false
    }

    /// Whether the language takes two values for equal.
    fn are_equal(&self, left: &Value, right: &Value) -> bool {
        left.matches(right)
    }

    /// Whether a literal pattern matches a value.
    fn selects(&self, pattern: &Value, value: &Value) -> bool {
        self.are_equal(pattern, value)
    }

    /// The value of a literal that is one value; `None` for anything else, collections among them.
    fn literal(&self, tree: &Tree<'_>, node: NodeId) -> Option<Value>;

    /// The values of a literal collection, or the alternatives of a pattern, for `In`; those of a single literal where
    /// that is a collection of one.
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

    /// Parses what the grammar leaves as tokens, where it can be read: the arguments of a macro.
    fn part(&self, _text: &str, _node: tree_sitter::Node<'_>) -> Option<tree_sitter::Tree> {
        None
    }

    /// The node of a condition of compilation that a flag's key stands in.
    fn condition_of_compilation(&self, _tree: &Tree<'_>, _key: NodeId) -> Option<NodeId> {
        None
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

    /// Whether an expression names a place whose value moves where it is used.
    fn is_place(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        false
    }

    /// Why the right operand of a junction may not take its place without a look: temporaries of it live longer there.
    fn outlives(&self, _tree: &Tree<'_>, _node: NodeId, _survivor: NodeId) -> bool {
        false
    }

    /// What marks a text as one that values are put into, where it needs no mark without them: `f`.
    fn text_mark(&self, _tree: &Tree<'_>, _text: NodeId) -> Option<Span> {
        None
    }

    /// Whether a node is an element that can stand without the fragment around it.
    fn is_element(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        false
    }

    /// Whether a child of an element shows nothing, and stands for none: its tags, and white space between lines.
    fn is_blank(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        false
    }

    /// The literal collection that a spread expression is, without parentheses, when its members can stand in the place of
    /// the spread.
    fn collection(&self, _tree: &Tree<'_>, _spread: NodeId, _expression: NodeId) -> Option<NodeId> {
        None
    }

    /// The statement that assigns to a name and does nothing else, when the name stands in the place of what is assigned to.
    fn assignment(&self, _tree: &Tree<'_>, _name: NodeId) -> Option<Assignment> {
        None
    }

    /// Whether an identifier that means a variable cannot change it where it stands.
    fn only_reads(&self, _tree: &Tree<'_>, _name: NodeId) -> bool {
        true
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

    /// Whether a declaration in a block would become visible to other files without the braces around it.
    fn leaks(&self, _tree: &Tree<'_>, _statement: NodeId, _outer: NodeId) -> bool {
        false
    }

    /// How an endless loop starts, where `while true` is not how people write it.
    fn endless_loop(&self) -> Option<&'static str>;

    /// Whether the last statement of a block is the block's value.
    fn is_tail(&self, _tree: &Tree<'_>, _statement: NodeId) -> bool {
        false
    }

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

    /// Whether a node reads names by other means: `locals()`, `eval`, `exec`.
    fn reads_names_at_runtime(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        false
    }

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

    /// Whether a statement only documents what it stands in.
    fn documents(&self, _tree: &Tree<'_>, _statement: NodeId) -> bool {
        false
    }

    /// The name of a method that would do the same without being there, were that statement all of its body: the call of
    /// the method that it overrides, with its own parameters as they are.
    fn passes_on(&self, _tree: &Tree<'_>, _method: NodeId, _statement: NodeId) -> Option<NodeId> {
        None
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

    /// The objects that an expression asks to be there, and yields nothing without.
    fn asked_for(&self, _tree: &Tree<'_>, _expression: NodeId) -> Vec<NodeId> {
        Vec::new()
    }

    /// The object that a node takes a member of, and fails without.
    fn needed(&self, _tree: &Tree<'_>, _node: NodeId) -> Option<NodeId> {
        None
    }

    /// Whether a framework fills that parameter of a function by its name, so that it can go alone.
    fn injects(&self, _tree: &Tree<'_>, _function: NodeId, _parameter: NodeId) -> bool {
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

    /// Whether a declared field is shown or compared by what is derived for its type.
    fn derives_from(&self, _tree: &Tree<'_>, _member: &Member) -> bool {
        false
    }

    /// What goes of statements that load something for others of the file, none of which is left; `live` says what is.
    fn unused_loads(&self, _tree: &Tree<'_>, _live: &dyn Fn(&Span) -> bool) -> Vec<Edit> {
        Vec::new()
    }

    /// Whether nobody outside of a module can put something else behind what it imports or defines as a constant.
    fn has_constants(&self) -> bool {
        true
    }

    /// Whether the value of a name is called, or shown as an element, where the name stands.
    fn is_called(&self, _tree: &Tree<'_>, _name: NodeId) -> bool {
        false
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
