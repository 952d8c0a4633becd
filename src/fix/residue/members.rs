//! Members that only removed code read: methods, fields with what fills them, variants with their arms. Owns which members of
//! a file that are; a member is known by its name, so every place that could mean it counts, whatever it is a member of.

use std::collections::BTreeMap;

use super::lists::List;
use super::{Residue, Superfluous, is_in};
use crate::diagnostic::Applicability;
use crate::fix::elsewhere::{self, Candidate};
use crate::fix::member::{Declared, Holder, Kind, Member, Receiver, Role};
use crate::fix::syntax::{Construct, Syntax, is_inert};
use crate::fix::tree::{NodeId, Tree};
use crate::resolve::FlagDefinition;
use crate::source::Span;

/// The names of members that a file declares, and every place that could mean one of them.
#[derive(Debug, Default)]
pub struct Members {
    /// By name, in order.
    groups: BTreeMap<String, Group>,
    /// Fields that are assigned once, where their objects are made, and otherwise only read there.
    once: Vec<Once>,
}

/// A field that has one value.
#[derive(Debug)]
pub struct Once {
    /// Its name.
    pub name: String,
    /// What it is assigned.
    pub value: NodeId,
    /// The expressions that read it.
    pub reads: Vec<NodeId>,
}

/// Functions that run before any other one of the object reads what they assign.
const MAKERS: &[&str] =
    &["UNSAFE_componentWillMount", "__init__", "componentWillMount", "constructor", "getInitialState", "initialize"];

/// One name.
#[derive(Debug, Default)]
struct Group {
    /// What declares it.
    declared: Vec<(NodeId, Member)>,
    /// Where else it is mentioned, with its role.
    others: Vec<(NodeId, Option<Member>)>,
    /// Whether a text mentions it.
    in_text: Vec<NodeId>,
}

impl Members {
    /// Looks through a tree.
    pub fn new(tree: &Tree<'_>, syntax: &dyn Syntax) -> Self {
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        let mut assigned: Vec<(NodeId, Member)> = Vec::new();
        let leaves: Vec<NodeId> = tree.all().filter(|node| is_name(tree, *node)).collect();
        for node in &leaves {
            let Some(member) = syntax.member(tree, *node) else { continue };
            match member.role {
                Role::Declares(_) => {
                    groups.entry(plain(tree.text_of(*node)).to_owned()).or_default().declared.push((*node, member));
                }
                Role::Assigns => assigned.push((*node, member)),
                _ => {}
            }
        }
        // A field that nothing declares is declared where it is assigned.
        let mut undeclared: BTreeMap<&str, Vec<(NodeId, Member)>> = BTreeMap::new();
        for (node, member) in assigned {
            let name = tree.text_of(node);
            if !groups.contains_key(name) {
                let private = name.starts_with(['_', '#']);
                let role = Role::Declares(Declared { kind: Kind::Field, private });
                undeclared.entry(name).or_default().push((node, Member { role, ..member }));
            }
        }
        for (name, declared) in undeclared {
            groups.insert(name.to_owned(), Group { declared, ..Group::default() });
        }
        if groups.is_empty() {
            return Self::default();
        }
        for node in leaves {
            let Some(group) = groups.get_mut(plain(tree.text_of(node))) else { continue };
            if group.declared.iter().any(|(declared, _)| *declared == node) {
                continue;
            }
            let is_text = tree.kind(node).contains("string");
            match syntax.member(tree, node) {
                None if is_text => group.in_text.push(node),
                member => group.others.push((node, member)),
            }
        }
        let once = groups.iter().filter_map(|(name, group)| once(tree, syntax, name, group)).collect();
        Self { groups, once }
    }

    /// Fields that are assigned once, where their objects are made, and otherwise only read there.
    pub fn once(&self) -> &[Once] {
        &self.once
    }
}

fn once(tree: &Tree<'_>, syntax: &dyn Syntax, name: &str, group: &Group) -> Option<Once> {
    let [(_, declared)] = group.declared.as_slice() else { return None };
    let holder = syntax.holder(tree, declared)?;
    let is_assigned = tree.kind(declared.item) == "expression_statement" && declared.list != holder.node;
    let mut assigned = is_assigned.then_some(declared);
    let mut reads = Vec::new();
    for (node, other) in &group.others {
        let other = other.as_ref().filter(|_| tree.contains(holder.node, *node))?;
        match &other.role {
            Role::Reads(Receiver::Own) => reads.push(other.list),
            Role::Assigns if assigned.is_none() && declared.value.is_none() => assigned = Some(other),
            _ => return None,
        }
    }
    let assigned = assigned.filter(|_| group.in_text.is_empty() && !reads.is_empty())?;
    // In the body of the function itself, so that nothing decides whether it happens.
    let function = tree.parent(assigned.list)?;
    let maker = tree.field(function, "name").or_else(|| tree.field(tree.parent(function)?, "key"))?;
    (MAKERS.contains(&tree.text_of(maker))).then_some(Once { name: name.to_owned(), value: assigned.value?, reads })
}

fn is_name(tree: &Tree<'_>, node: NodeId) -> bool {
    let kind = tree.kind(node);
    tree.get(node).named && (kind.contains("identifier") || matches!(kind, "string" | "string_literal"))
}

/// A name without quotes.
fn plain(text: &str) -> &str {
    text.trim_matches(['"', '\'', '`'])
}

/// A part of what goes with a member: an entry of a list, or a statement.
#[derive(Clone, Copy, Debug)]
struct Part {
    item: NodeId,
    list: NodeId,
    value: Option<NodeId>,
}

impl Part {
    fn of(member: &Member) -> Self {
        Self { item: member.item, list: member.list, value: member.value }
    }
}

/// How a member goes.
struct Removal {
    name: NodeId,
    declared: Declared,
    holder: Holder,
    /// Whether only code that goes in other files used it.
    lost: bool,
    /// Its declaration, and what fills or assigns it or is an arm for it.
    parts: Vec<Part>,
}

impl Residue<'_> {
    /// Finds the members that only removed code read. `removed` is sorted and disjoint.
    pub(super) fn members_of_types(&self, removed: &[Span], found: &mut Superfluous) {
        let mut lists: BTreeMap<NodeId, (Vec<NodeId>, &str)> = BTreeMap::new();
        for (name, group) in &self.types.groups {
            for (at, member) in &group.declared {
                let Some(removal) = self.removal(name, group, *at, member, removed) else { continue };
                let candidate = Candidate { name: name.clone(), kind: elsewhere::Kind::Member, lost: removal.lost };
                let at = self.tree.span(removal.name);
                if let Some(needed) = self.needed.iter().find(|needed| needed.name == *name) {
                    // That other files use what this one did not is no news.
                    if !removal.lost {
                        found.left.push((at, needed.reason.clone()));
                    }
                    continue;
                }
                if let Some(reason) = self.refusal(name, member, &removal) {
                    found.spared.push((at, candidate, reason));
                    continue;
                }
                let doubts = self.doubts(member, &removal);
                if !doubts.is_empty() {
                    let reason = format!("nothing reads `{name}` any more, though {}", doubts.join(", and "));
                    found.reviewed.push((at, reason));
                }
                found.candidates.push(candidate);
                for part in removal.parts {
                    let body = self.tree.parent(part.item);
                    if body.is_some_and(|body| self.syntax.construct(self.tree, body) == Construct::Block) {
                        found.statements.insert(part.item);
                    } else {
                        lists.entry(part.list).or_insert_with(|| (Vec::new(), name)).0.push(part.item);
                    }
                }
            }
        }
        for (list, (mut items, word)) in lists {
            items.sort_unstable();
            items.dedup();
            let list = List { tree: self.tree, list, word };
            match self.whole(&list, &items) {
                Some(whole) => {
                    found.statements.insert(whole);
                }
                None => found.parts.extend(list.without(&items)),
            }
        }
    }

    /// An `impl` without functions goes, and so does a statement that describes nothing.
    fn whole(&self, list: &List<'_>, items: &[NodeId]) -> Option<NodeId> {
        let owner = self.tree.parent(list.list)?;
        let owner = match self.tree.kind(owner) {
            "impl_item" => owner,
            "assignment_expression" => {
                self.tree.parent(owner).filter(|statement| self.tree.kind(*statement) == "expression_statement")?
            }
            _ => return None,
        };
        let comments = self.tree.children(list.list).any(|child| self.tree.get(child).extra);
        (!comments && list.items().iter().all(|item| items.contains(item))).then_some(owner)
    }

    /// A member that this fix made unused, with what goes along; `None` when something uses it, or nothing ever did.
    fn removal(&self, name: &str, group: &Group, at: NodeId, member: &Member, removed: &[Span]) -> Option<Removal> {
        let gone = |node: NodeId| is_in(removed, &self.tree.span(node));
        let Role::Declares(declared) = member.role else { return None };
        if gone(at) {
            return None;
        }
        // A field and a function of one name are told apart by the call; two functions are not.
        let holder = self.syntax.holder(self.tree, member)?;
        // What a property is and what it is by default are said in two places of one thing.
        let same = |twin: &Member| {
            declared.kind == Kind::TypeMember
                && holder.name.contains('.')
                && self.syntax.holder(self.tree, twin).is_some_and(|other| other.name == holder.name)
        };
        let twins: Vec<Kind> = group
            .declared
            .iter()
            .filter(|(node, twin)| *node != at && !gone(*node) && !same(twin))
            .map(|(_, twin)| if let Role::Declares(twin) = twin.role { twin.kind } else { declared.kind })
            .collect();
        let told_apart = |twin: &Kind| {
            holder.apart && matches!((declared.kind, twin), (Kind::Field, Kind::Method) | (Kind::Method, Kind::Field))
        };
        if !twins.iter().all(told_apart) {
            return None;
        }
        // What stands for a flag that nothing checks any more was used by the checks.
        let of_a_flag =
            |one: &&FlagDefinition| one.name.as_deref().is_some_and(|it| it.rsplit(['.', ':']).next() == Some(name));
        let mut was_read = self.definitions.iter().any(of_a_flag);
        let mut parts = vec![Part::of(member)];
        for (node, other) in &group.others {
            if self.tree.contains(member.item, *node) || !twins.is_empty() && is_twins(declared.kind, other.as_ref()) {
                continue;
            }
            if gone(*node) {
                was_read |= other.as_ref().is_some_and(|other| self.reads(other, &holder, *node));
                continue;
            }
            let other = other.as_ref()?;
            let belongs = match &other.role {
                Role::Fills(of) => of.as_ref() == Some(&holder.name),
                Role::Assigns => declared.kind == Kind::Field && self.tree.contains(holder.node, *node),
                _ => false,
            };
            if belongs {
                parts.push(Part::of(other));
            } else if declared.kind == Kind::Variant {
                parts.push(self.arm(*node)?);
            } else {
                return None;
            }
        }
        let mentioned = group.in_text.iter().any(|text| !gone(*text) && !self.is_documentation(*text));
        let lost = !was_read && !holder.derived && self.lost_members.contains(name);
        ((was_read || lost) && !mentioned).then_some(Removal { name: at, declared, holder, lost, parts })
    }

    /// Whether a removed place read this member, and could not mean one of another type.
    fn reads(&self, other: &Member, holder: &Holder, node: NodeId) -> bool {
        match &other.role {
            Role::Reads(receiver) | Role::Calls(receiver) => match receiver {
                Receiver::Own => holder.apart || self.tree.contains(holder.node, node),
                Receiver::Named(name) => holder.apart || *name == holder.name,
                Receiver::Other => holder.apart,
            },
            _ => false,
        }
    }

    /// The arm of a match whose whole pattern is the variant of that name.
    fn arm(&self, name: NodeId) -> Option<Part> {
        let pattern = self.tree.ancestors(name).find(|outer| self.tree.kind(*outer) == "match_pattern")?;
        let item = self.tree.parent(pattern).filter(|arm| self.tree.kind(*arm) == "match_arm")?;
        let mut inside = self.tree.subtree(pattern);
        let alone = self.tree.named_children(pattern).count() == 1
            && !inside.any(|inner| matches!(self.tree.kind(inner), "or_pattern" | "tuple_pattern" | "let_condition"));
        alone.then_some(Part { item, list: self.tree.parent(item)?, value: None })
    }

    /// Why an unused member stays.
    fn refusal(&self, name: &str, member: &Member, removal: &Removal) -> Option<String> {
        if let Some(reason) = self.syntax.uses_members(self.tree, member) {
            return Some(format!("nothing in this file reads `{name}` any more, but {reason}"));
        }
        let facts = self.doubts(member, removal);
        let reads = format!("nothing in this file reads `{name}` any more, but {}", facts.join(", and "));
        (self.level < Applicability::Unsafe && !facts.is_empty()).then_some(reads)
    }

    /// Why an unused member goes with review only.
    fn doubts(&self, member: &Member, removal: &Removal) -> Vec<&'static str> {
        let folded = |node: NodeId| self.evaluation.folded(node);
        let inert = |value: NodeId| is_inert(self.syntax, self.tree, value, self.builders, &folded);
        let effects = removal.parts.iter().filter_map(|part| part.value).any(|value| !inert(value));
        let mut facts = Vec::new();
        if !removal.declared.private || removal.holder.derived {
            facts.push("it can be used from outside");
        }
        if effects {
            facts.push("its value may have an effect");
        }
        if self.syntax.derives_from(self.tree, member) {
            facts.push("what is derived for its type shows or compares it");
        }
        facts
    }

    fn is_documentation(&self, node: NodeId) -> bool {
        self.tree.parent(node).is_some_and(|outer| self.tree.kind(outer) == "expression_statement")
    }
}

/// Whether a place can only mean the field, or the function, of the same name.
fn is_twins(kind: Kind, other: Option<&Member>) -> bool {
    match other.map(|other| &other.role) {
        Some(Role::Calls(_)) => kind == Kind::Field,
        Some(Role::Fills(_)) => kind == Kind::Method,
        Some(Role::Reads(_)) => kind == Kind::Method,
        _ => false,
    }
}
