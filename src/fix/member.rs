//! The vocabulary of members: what a name, or a text that is one, does in a class, an object, a list or a type. Owns the
//! types; a language says which of its nodes play which role, `residue/members` and `residue/entries` do the rest.

use super::tree::{NodeId, Tree};

/// What a name does where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its role.
    pub role: Role,
    /// The whole entry: what goes when the member goes.
    pub item: NodeId,
    /// What holds the entry.
    pub list: NodeId,
    /// What is evaluated for it.
    pub value: Option<NodeId>,
}

/// Roles of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It declares a member: a method, a field, a variant, a member of a type.
    Declares(Declared),
    /// It gives a member its value, in an object of the type with that name (if it is known).
    Fills(Option<String>),
    /// It assigns the member of the object that the method belongs to: `this.x = v;`.
    Assigns,
    /// It reads a member; of the object that the method belongs to, or of the type with that name.
    Reads(Receiver),
    /// It calls a function of a type, where a field of the same name would be told apart from it.
    Calls(Receiver),
    /// It is an element of a list, or an alternative of a type.
    Element,
    /// It is what an arm of a match is for.
    Arm,
}

/// What is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// What kind of member it is.
    pub kind: Kind,
    /// Whether nothing outside of the type (or the file) can use it by the language's rules or by custom.
    pub private: bool,
}

/// Kinds of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function of a class or type.
    Method,
    /// A field of a class or struct.
    Field,
    /// One of the values of an enumeration.
    Variant,
    /// A member of an interface or an object type.
    TypeMember,
}

/// Of what a member is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// Of the object that the method belongs to.
    Own,
    /// Of what has that name.
    Named(String),
    /// Of anything else.
    Other,
}

/// The type that a declared member belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The class, struct, enumeration or type.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Whether a member of that name that is read of anything may be this one, and nothing but such a read uses it: no
    /// framework calls it by its name.
    pub apart: bool,
    /// Whether what it derives from may use the member.
    pub derived: bool,
}

/// The first ancestor of one of these kinds.
pub fn around(tree: &Tree<'_>, node: NodeId, kinds: &[&str]) -> Option<NodeId> {
    tree.ancestors(node).find(|outer| kinds.contains(&tree.kind(*outer)))
}
