//! What a name does as a member in JavaScript and TypeScript: of a class, an object, an interface, an enumeration, an
//! element. Owns the table of node kinds; what becomes of members is decided in `fix/residue`.

use crate::fix::member::{Declared, Holder, Kind, Member, Receiver, Role, around};
use crate::fix::tree::{NodeId, Tree};

/// The role of a property name, or of a text that stands for one.
pub(super) fn member(tree: &Tree<'_>, node: NodeId) -> Option<Member> {
    let parent = tree.parent(node)?;
    let list = tree.parent(parent)?;
    let field = tree.field_of(node);
    let declares = |kind, private| Role::Declares(Declared { kind, private });
    let value = |name: &str| tree.field(parent, name);
    Some(match (tree.kind(node), tree.kind(parent), field) {
        ("property_identifier" | "private_property_identifier", "method_definition", Some("name")) => {
            let role = match tree.kind(list) {
                "class_body" => declares(Kind::Method, is_private(tree, node, parent)),
                _ => Role::Fills(owner(tree, list)),
            };
            Member { role, item: parent, list, value: None }
        }
        ("property_identifier" | "private_property_identifier", "public_field_definition", Some("name")) => Member {
            role: declares(Kind::Field, is_private(tree, node, parent)),
            item: parent,
            list,
            value: value("value"),
        },
        ("property_identifier" | "string", "property_signature" | "method_signature", Some("name")) => {
            Member { role: declares(Kind::TypeMember, !is_exported(tree, parent)), item: parent, list, value: None }
        }
        ("property_identifier" | "string", "enum_assignment", Some("name")) => Member {
            role: declares(Kind::Variant, !is_exported(tree, parent)),
            item: parent,
            list,
            value: value("value"),
        },
        ("property_identifier" | "string", "enum_body", Some("name")) => {
            Member { role: declares(Kind::Variant, !is_exported(tree, parent)), item: node, list: parent, value: None }
        }
        ("property_identifier" | "string", "pair", Some("key")) if describes_props(tree, list) => {
            Member { role: declares(Kind::TypeMember, false), item: parent, list, value: value("value") }
        }
        ("property_identifier" | "string", "pair", Some("key")) => {
            Member { role: Role::Fills(owner(tree, list)), item: parent, list, value: value("value") }
        }
        ("shorthand_property_identifier", "object", _) => {
            Member { role: Role::Fills(owner(tree, parent)), item: node, list: parent, value: None }
        }
        ("property_identifier", "jsx_attribute", _) => {
            let element = tree.field(list, "name").map(|name| tree.text_of(name).to_owned());
            Member { role: Role::Fills(element), item: parent, list, value: tree.named_children(parent).nth(1) }
        }
        ("property_identifier" | "private_property_identifier", "member_expression", Some("property")) => {
            read(tree, node, parent)?
        }
        ("string", "subscript_expression", Some("index")) => read(tree, node, parent)?,
        ("property_identifier", "pair_pattern", Some("key")) => {
            Member { role: Role::Reads(Receiver::Other), item: parent, list, value: None }
        }
        ("shorthand_property_identifier_pattern", _, _) => {
            Member { role: Role::Reads(Receiver::Other), item: node, list: parent, value: None }
        }
        ("string", "array", _) => Member { role: Role::Element, item: node, list: parent, value: None },
        ("string", "literal_type", _) => Member { role: Role::Element, item: parent, list, value: None },
        ("string", "switch_case", Some("value")) => Member { role: Role::Arm, item: parent, list, value: None },
        _ => return None,
    })
}

/// A member that is read or assigned.
fn read(tree: &Tree<'_>, node: NodeId, access: NodeId) -> Option<Member> {
    let object = tree.field(access, "object")?;
    let receiver = match tree.kind(object) {
        "this" => Receiver::Own,
        "identifier" => Receiver::Named(tree.text_of(object).to_owned()),
        _ => Receiver::Other,
    };
    let outer = tree.parent(access)?;
    let statement = tree.parent(outer).filter(|statement| tree.kind(*statement) == "expression_statement");
    if tree.kind(outer) == "assignment_expression"
        && tree.field_of(access) == Some("left")
        && receiver == Receiver::Own
        && let Some(statement) = statement
    {
        let list = tree.parent(statement)?;
        return Some(Member { role: Role::Assigns, item: statement, list, value: tree.field(outer, "right") });
    }
    Some(Member { role: Role::Reads(receiver), item: node, list: access, value: None })
}

/// Whether a member of a class cannot be used from outside: `#x`, `private x`, and `_x` by custom.
fn is_private(tree: &Tree<'_>, name: NodeId, item: NodeId) -> bool {
    tree.kind(name) == "private_property_identifier"
        || tree.text_of(name).starts_with('_')
        || tree
            .children(item)
            .any(|child| tree.kind(child) == "accessibility_modifier" && tree.text_of(child) == "private")
}

/// Whether an object says what the properties of a component are, or what they are where they are not given:
/// `X.propTypes = { … }`, `static defaultProps = { … }`.
fn describes_props(tree: &Tree<'_>, object: NodeId) -> bool {
    let Some(parent) = tree.parent(object) else { return false };
    let name = match tree.kind(parent) {
        "assignment_expression" => tree.field(parent, "left").and_then(|left| tree.field(left, "property")),
        "public_field_definition" => tree.field(parent, "name"),
        _ => None,
    };
    name.is_some_and(|name| matches!(tree.text_of(name), "defaultProps" | "propTypes"))
}

/// What the objects that describe one component have in common, as no name of a type can be.
fn described(tree: &Tree<'_>, object: NodeId) -> Option<String> {
    let parent = tree.parent(object).filter(|_| describes_props(tree, object))?;
    let component = match tree.kind(parent) {
        "assignment_expression" => tree.field(tree.field(parent, "left")?, "object")?,
        _ => tree.field(tree.ancestors(parent).nth(1)?, "name")?,
    };
    Some(format!("{}.props", tree.text_of(component)))
}

/// Whether a declaration can be used by other files.
fn is_exported(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.ancestors(node).any(|outer| matches!(tree.kind(outer), "export_statement" | "ambient_declaration"))
}

/// The type that an object is said to have: `const x: T = { … }`, `{ … } as T`, `{ … } satisfies T`.
fn owner(tree: &Tree<'_>, object: NodeId) -> Option<String> {
    let parent = tree.parent(object)?;
    let stated = match tree.kind(parent) {
        "variable_declarator" => {
            tree.field(parent, "type").and_then(|annotation| tree.named_children(annotation).next())
        }
        "as_expression" | "satisfies_expression" => tree.named_children(parent).nth(1),
        _ => None,
    }?;
    (tree.kind(stated) == "type_identifier").then(|| tree.text_of(stated).to_owned())
}

/// Names that the language or a framework calls functions of classes by.
const HOOKS: &[&str] = &[
    "componentDidCatch",
    "componentDidMount",
    "componentDidUpdate",
    "componentWillMount",
    "componentWillReceiveProps",
    "componentWillUnmount",
    "componentWillUpdate",
    "connectedCallback",
    "constructor",
    "contextType",
    "contextTypes",
    "defaultProps",
    "disconnectedCallback",
    "displayName",
    "firstUpdated",
    "getChildContext",
    "getDefaultProps",
    "getDerivedStateFromError",
    "getDerivedStateFromProps",
    "getInitialState",
    "getSnapshotBeforeUpdate",
    "handleEvent",
    "next",
    "observedAttributes",
    "propTypes",
    "render",
    "return",
    "shouldComponentUpdate",
    "state",
    "statics",
    "then",
    "toJSON",
    "toString",
    "updated",
    "valueOf",
];

/// Classes to derive from that call nothing but what is in the list of names above.
const KNOWN_BASES: &[&str] = &["Component", "Error", "EventEmitter", "PureComponent"];

/// The type of a declared member. Members that the language or a framework calls by their name are left alone.
pub(super) fn holder(tree: &Tree<'_>, member: &Member) -> Option<Holder> {
    if tree.kind(member.item) == "expression_statement" {
        let node = around(tree, member.item, &["abstract_class_declaration", "class", "class_declaration", "object"])?;
        return Some(Holder { node, name: String::new(), apart: false, derived: is_derived(tree, node) });
    }
    let node = tree.parent(member.list)?;
    let decorated = tree.previous_named_sibling(member.item).is_some_and(|before| tree.kind(before) == "decorator")
        || tree.named_children(member.item).any(|child| tree.kind(child) == "decorator");
    let own = tree.field(member.item, "name").map_or("", |name| tree.text_of(name));
    if decorated || HOOKS.contains(&own) || own.starts_with("UNSAFE_") {
        return None;
    }
    let name = described(tree, member.list)
        .unwrap_or_else(|| tree.field(node, "name").map_or("", |name| tree.text_of(name)).to_owned());
    let apart = matches!(tree.kind(member.list), "interface_body" | "object" | "object_type");
    let derived = is_derived(tree, node);
    let is_type = matches!(
        tree.kind(node),
        "class_declaration"
            | "abstract_class_declaration"
            | "class"
            | "assignment_expression"
            | "enum_declaration"
            | "interface_declaration"
            | "public_field_definition"
            | "type_alias_declaration"
    );
    is_type.then_some(Holder { node, name, apart, derived })
}

/// Whether a class derives from one that may use its members.
fn is_derived(tree: &Tree<'_>, class: NodeId) -> bool {
    tree.child_of_kind(class, "class_heritage").is_some_and(|heritage| {
        tree.named_children(heritage).filter(|clause| tree.kind(*clause) == "extends_clause").any(|clause| {
            let base = tree.field(clause, "value").map_or("", |base| tree.text_of(base));
            !KNOWN_BASES.contains(&base.rsplit('.').next().unwrap_or_default())
        })
    })
}

/// Why a member may be used without being named.
pub(super) fn uses_members(tree: &Tree<'_>, member: &Member) -> Option<&'static str> {
    let Role::Declares(declared) = &member.role else { return None };
    if declared.kind != Kind::Variant {
        return None;
    }
    let node = tree.parent(member.list)?;
    let name = tree.field(node, "name").map_or("", |name| tree.text_of(name));
    let whole = tree.all().any(|other| {
        tree.kind(other) == "identifier"
            && tree.text_of(other) == name
            && !tree.contains(node, other)
            && tree.parent(other).is_some_and(|parent| {
                !(tree.kind(parent) == "member_expression" && tree.field_of(other) == Some("object"))
                    && tree.kind(parent) != "export_specifier"
            })
    });
    if whole {
        return Some("its enumeration is used as a whole");
    }
    let numbered = tree.named_children(member.list).any(|variant| tree.kind(variant) == "property_identifier");
    numbered.then_some("the members of its enumeration are numbered")
}
