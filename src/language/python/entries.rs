//! What a name does as a member in Python: of a class, a dictionary, a list. Owns the table of node kinds; what becomes of
//! members is decided in `fix/residue`.

use crate::fix::member::{Declared, Holder, Kind, Member, Receiver, Role, around};
use crate::fix::tree::{NodeId, Tree};

/// The role of an attribute, a keyword or a text that stands for one.
pub(super) fn member(tree: &Tree<'_>, node: NodeId) -> Option<Member> {
    let parent = tree.parent(node)?;
    let list = tree.parent(parent)?;
    let field = tree.field_of(node);
    let private = tree.text_of(node).starts_with('_') && !tree.text_of(node).starts_with("__");
    match (tree.kind(node), tree.kind(parent), field) {
        ("identifier", "function_definition", Some("name")) => {
            let item = if tree.kind(list) == "decorated_definition" { list } else { parent };
            let class = class_of(tree, item)?;
            let role = Role::Declares(Declared { kind: Kind::Method, private });
            Some(Member { role, item, list: class, value: None })
        }
        ("identifier", "assignment", Some("left")) => {
            let class = class_of(tree, list)?;
            let kind = if is_enumeration(tree, class) { Kind::Variant } else { Kind::Field };
            let role = Role::Declares(Declared { kind, private });
            Some(Member { role, item: list, list: class, value: tree.field(parent, "right") })
        }
        ("identifier", "attribute", Some("attribute")) => read(tree, node, parent),
        ("identifier", "keyword_argument", Some("name")) => {
            let call = tree.parent(list)?;
            let owner = tree.field(call, "function").map(|function| tree.text_of(function).to_owned());
            Some(Member { role: Role::Fills(owner), item: parent, list, value: tree.field(parent, "value") })
        }
        ("string", "pair", Some("key")) => {
            Some(Member { role: Role::Fills(None), item: parent, list, value: tree.field(parent, "value") })
        }
        ("string", "subscript", Some("subscript")) => {
            let receiver = tree.field(parent, "value").map_or(Receiver::Other, |object| receiver(tree, object));
            Some(Member { role: Role::Reads(receiver), item: node, list: parent, value: None })
        }
        ("string", "list" | "tuple" | "set", _) => {
            Some(Member { role: Role::Element, item: node, list: parent, value: None })
        }
        _ => None,
    }
}

/// The class whose body a statement stands in.
fn class_of(tree: &Tree<'_>, statement: NodeId) -> Option<NodeId> {
    let block = tree.parent(statement).filter(|block| tree.kind(*block) == "block")?;
    tree.parent(block).filter(|class| tree.kind(*class) == "class_definition")
}

/// Whether a class is an enumeration, by the names of what it derives from.
pub(super) fn is_enumeration(tree: &Tree<'_>, class: NodeId) -> bool {
    let bases = tree.field(class, "superclasses");
    bases.is_some_and(|bases| {
        tree.named_children(bases).any(|base| {
            let name = tree.text_of(base).rsplit('.').next().unwrap_or_default();
            name.ends_with("Enum") || name.ends_with("Choices") || name.ends_with("Flag")
        })
    })
}

fn receiver(tree: &Tree<'_>, object: NodeId) -> Receiver {
    match (tree.kind(object), tree.text_of(object)) {
        ("identifier", "self" | "cls") => Receiver::Own,
        ("identifier", name) => Receiver::Named(name.to_owned()),
        _ => Receiver::Other,
    }
}

fn read(tree: &Tree<'_>, node: NodeId, access: NodeId) -> Option<Member> {
    let receiver = receiver(tree, tree.field(access, "object")?);
    let outer = tree.parent(access)?;
    let statement = tree.parent(outer).filter(|statement| tree.kind(*statement) == "expression_statement");
    if tree.kind(outer) == "assignment"
        && tree.field_of(access) == Some("left")
        && receiver == Receiver::Own
        && let Some(statement) = statement
    {
        let list = tree.parent(statement)?;
        return Some(Member { role: Role::Assigns, item: statement, list, value: tree.field(outer, "right") });
    }
    Some(Member { role: Role::Reads(receiver), item: node, list: access, value: None })
}

/// Decorators that say how a function of a class is called, and nothing else.
const PLAIN_DECORATORS: &[&str] =
    &["cached_property", "classmethod", "functools.cached_property", "property", "staticmethod"];

/// Beginnings of names by which frameworks call functions of classes that derive from theirs.
const HOOKS: &[&str] = &[
    "clean", "delete", "dispatch", "filter_", "form_", "from_", "get", "handle", "has_", "on_", "perform_", "post",
    "pre_", "process", "put", "render", "run", "save", "set", "tear", "test", "to_", "validate", "visit_",
];

/// The class of a declared member. Members that the language or a framework calls by their name are left alone.
pub(super) fn holder(tree: &Tree<'_>, member: &Member) -> Option<Holder> {
    if tree.kind(member.list) != "class_definition" {
        let node = around(tree, member.item, &["class_definition"])?;
        return Some(Holder { node, name: String::new(), apart: false, derived: is_derived(tree, node) });
    }
    let class = member.list;
    let name = tree.text_of(tree.field(class, "name")?).to_owned();
    let definition = tree.field(member.item, "definition").unwrap_or(member.item);
    let own = match tree.kind(definition) {
        "function_definition" => tree.text_of(tree.field(definition, "name")?),
        _ => tree.named_children(definition).next().map_or("", |assignment| tree.text_of(assignment)),
    };
    let decorators = tree.named_children(member.item).filter(|child| tree.kind(*child) == "decorator");
    let plain = |decorator: NodeId| PLAIN_DECORATORS.contains(&tree.text_of(decorator).trim_start_matches('@').trim());
    if own.starts_with("__") || !decorators.into_iter().all(plain) {
        return None;
    }
    let derived = is_derived(tree, class);
    let hook = derived && !own.starts_with('_') && HOOKS.iter().any(|start| own.starts_with(start));
    (!hook).then_some(Holder { node: class, name, apart: false, derived })
}

/// Whether a class derives from one that may use its members.
fn is_derived(tree: &Tree<'_>, class: NodeId) -> bool {
    tree.field(class, "superclasses").is_some_and(|bases| {
        tree.named_children(bases).any(|base| !matches!(tree.text_of(base), "object" | "Enum" | "IntEnum" | "StrEnum"))
    })
}

/// Why a member may be used without being named.
pub(super) fn uses_members(tree: &Tree<'_>, member: &Member) -> Option<&'static str> {
    let Role::Declares(declared) = &member.role else { return None };
    let class = member.list;
    if declared.kind == Kind::Method || tree.kind(class) != "class_definition" {
        return None;
    }
    let decorated = tree.parent(class).is_some_and(|outer| tree.kind(outer) == "decorated_definition");
    if decorated {
        return Some("a decorator of its class may use it");
    }
    if declared.kind == Kind::Variant {
        let name = tree.field(class, "name").map_or("", |name| tree.text_of(name));
        let is_object = |node: NodeId| {
            let parent = tree.parent(node).unwrap_or(0);
            tree.kind(parent) == "attribute" && tree.field_of(node) == Some("object")
        };
        let is_stated = |node: NodeId| {
            tree.ancestors(node).any(|outer| matches!(tree.kind(outer), "type" | "import_from_statement"))
        };
        let mut all = tree.all().filter(|node| tree.kind(*node) == "identifier" && tree.text_of(*node) == name);
        let whole = all.any(|node| !(tree.contains(class, node) || is_object(node) || is_stated(node)));
        return whole.then_some("its enumeration is used as a whole");
    }
    tree.field(class, "superclasses").map(|_| "what its class derives from may use it")
}
