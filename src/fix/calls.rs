//! The vocabulary for functions and calls: what a language says about parameters and the arguments that fill them. Owns the
//! [`Calls`] trait and its types; which parameters go is decided in `parameters`.

use super::tree::{NodeId, Tree};

/// The parameters of a function, receivers left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The list that they stand in.
    pub list: NodeId,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// What fills them where a call passes nothing at all.
    pub fallback: Option<Call>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The whole entry of the list.
    pub node: NodeId,
    /// Its name; `None` for a pattern.
    pub name: Option<NodeId>,
    /// What it is where no argument is given.
    pub default: Option<NodeId>,
    /// Whether only a named argument can fill it.
    pub named_only: bool,
}

/// A call whose arguments can be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The list of arguments.
    pub list: NodeId,
    /// In order.
    pub arguments: Vec<Argument>,
}

/// One argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The whole entry of the list.
    pub node: NodeId,
    /// Its name, where it is given by name.
    pub name: Option<NodeId>,
    /// Its value.
    pub value: NodeId,
}

/// How functions and calls are written.
pub trait Calls {
    /// The name that a function is defined with, where it is defined with one.
    fn function_name(&self, tree: &Tree<'_>, function: NodeId) -> Option<NodeId>;

    /// The parameters of a function.
    ///
    /// # Errors
    /// Why they have to stay as they are.
    fn signature(&self, tree: &Tree<'_>, function: NodeId) -> Result<Signature, &'static str>;

    /// The call that calls a name. `None` where the name is not called; an inner `None` where the arguments cannot be told
    /// apart.
    fn call_of(&self, tree: &Tree<'_>, callee: NodeId) -> Option<Option<Call>>;

    /// The entries of the one object that a call passes, as arguments that are given by name.
    fn by_name(&self, _tree: &Tree<'_>, _call: &Call) -> Option<Call> {
        None
    }

    /// The entry of an outer list that a list without entries leaves behind, with that list.
    fn emptied(&self, _tree: &Tree<'_>, _list: NodeId) -> Option<(NodeId, NodeId)> {
        None
    }

    /// The entry of a list of parameters that must not stay alone behind those that go.
    fn stranded(&self, _tree: &Tree<'_>, _list: NodeId, _gone: &[NodeId]) -> Option<NodeId> {
        None
    }

    /// The member that declares a parameter in a type which is written out beside the list, and what holds it.
    fn written_type(&self, _tree: &Tree<'_>, _list: NodeId, _name: NodeId) -> Option<(NodeId, NodeId)> {
        None
    }

    /// The name that is called with an expression as an argument.
    fn callee_of(&self, tree: &Tree<'_>, value: NodeId) -> Option<NodeId>;
}

/// The parameters of a language without functions.
pub const NO_FUNCTION: &str = "it is no function";
