//! What a fold leaves unused within a file: locals and imports that were only read by what went. Owns the decision that a
//! binding is superfluous *because of this fix*; what was unused before stays. Whether other files need an import is found
//! out before the whole plan is made, in `elsewhere`.

pub mod entries;
pub mod lists;
pub mod members;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use self::lists::List;
use self::members::Members;
use super::elsewhere::{Candidate, Import, Kind, Needed};
use super::evaluate::{Evaluation, Outcome, quote};
use super::names::{Binding, Definition, Names, Variable};
use super::syntax::{Construct, ImportPart, Syntax, is_inert};
use super::texts::Texts;
use super::tree::{NodeId, Tree};
use crate::diagnostic::Applicability;
use crate::resolve::FlagDefinition;
use crate::source::edit::Edit;
use crate::source::{Span, line_end, line_start};

/// An import statement that loses one of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportEdit {
    /// What goes, with its comma.
    pub span: Span,
}

/// What became superfluous.
#[derive(Debug, Default)]
pub struct Superfluous {
    /// Whole statements.
    pub statements: HashSet<NodeId>,
    /// Names that an expression binds on the way, with their operator.
    pub names: Vec<Span>,
    /// Parts of imports.
    pub imports: Vec<ImportEdit>,
    /// The imported names that go: whether others need them is for the caller to find out.
    pub candidates: Vec<Candidate>,
    /// Members, entries and elements, with their separators.
    pub parts: Vec<Edit>,
    /// What stays although nothing reads it any more: where, and why.
    pub left: Vec<(Span, String)>,
    /// What goes only because review was asked for: where, and what to look at.
    pub reviewed: Vec<(Span, String)>,
    /// What stays although nothing in this file reads it, to be said when no other file does either.
    pub spared: Vec<(Span, Candidate, String)>,
}

/// The surroundings that residue needs.
pub struct Residue<'r> {
    /// The tree.
    pub tree: &'r Tree<'r>,
    /// Its language.
    pub syntax: &'r dyn Syntax,
    /// Its names.
    pub names: &'r Names,
    /// First names of calls without effects.
    pub builders: &'r [String],
    /// Up to what removals may go.
    pub level: Applicability,
    /// What became of the nodes: a binding whose value is decided may go.
    pub evaluation: &'r Evaluation,
    /// Names that must stay, with the reason.
    pub needed: &'r [Needed],
    /// Names that code which goes in other files mentioned: what only it used may go here.
    pub lost: &'r BTreeSet<String>,
    /// Members that code which goes in other files mentioned, of whatever object: those that nothing uses may go here.
    /// A member is a candidate of its kind, and stays when any file still mentions a member of that name.
    pub lost_members: &'r BTreeSet<String>,
    /// What declares flags that nothing checks any more.
    pub definitions: &'r [&'r FlagDefinition],
    /// The members that the file's types declare.
    pub types: &'r Members,
    /// Names in the file's text and strings.
    pub texts: &'r Texts,
    /// Names that are checks themselves: they go with their last reader, and when they never had one.
    pub bound: &'r HashSet<NodeId>,
    /// Names that are written somewhere else instead: what they mean is still read.
    pub moved: &'r HashSet<NodeId>,
}

impl Residue<'_> {
    /// Finds the bindings that only removed code read. `removed` is sorted and disjoint.
    /// `gone` holds the imported names and members that earlier rounds found, and gets those of this one.
    pub fn find(&self, removed: &[Span], gone: &mut BTreeMap<NodeId, ImportPart>) -> Superfluous {
        let mut found = Superfluous::default();
        for variable in &self.names.variables {
            let is_check = || variable.definitions.iter().any(|(name, _)| self.bound.contains(name));
            if variable.unclear || (variable.references.is_empty() && !is_check() && !self.is_lost(variable)) {
                continue;
            }
            if self.is_item(variable) {
                self.item(variable, removed, &mut found);
                continue;
            }
            let is_gone = |node: &NodeId| !self.moved.contains(node) && is_in(removed, &self.tree.span(*node));
            let all_gone = variable.references.iter().all(is_gone);
            let binding_gone = variable.definitions.iter().all(|(name, _)| is_in(removed, &self.tree.span(*name)));
            if !all_gone || binding_gone {
                continue;
            }
            match variable.definitions[0].1.binding {
                Binding::Simple => self.local(variable, &mut found),
                Binding::Member => self.member(variable, &mut found, gone),
                Binding::Inline => self.inline(variable, &mut found),
                Binding::Item => self.item(variable, removed, &mut found),
                Binding::Parameter => self.injected(variable, &mut found),
                Binding::Import => self.import(variable, removed, &mut found, gone),
                _ => {}
            }
        }
        let (members, imports): (Vec<_>, Vec<_>) =
            gone.iter().map(|(name, part)| (*name, part.clone())).partition(|(_, part)| part.member);
        self.imports(&imports, &mut found);
        self.members(&members, &mut found);
        self.members_of_types(removed, &mut found);
        self.definitions(removed, &mut found);
        found
    }

    /// A parameter that a framework fills by its name.
    fn injected(&self, variable: &Variable, found: &mut Superfluous) {
        let [(name, definition)] = variable.definitions.as_slice() else { return };
        let is_list = |node: &NodeId| matches!(self.tree.kind(*node), "formal_parameters" | "parameters");
        let Some(list) = self.tree.ancestors(*name).take(3).find(is_list) else { return };
        let Some(item) = self.tree.named_children(list).find(|item| self.tree.contains(*item, *name)) else { return };
        if !self.syntax.injects(self.tree, definition.statement, item) {
            return;
        }
        if self.level < Applicability::Unsafe {
            let reason = format!(
                "nothing reads `{}` any more, but its function may be called without a framework",
                variable.name
            );
            found.left.push((self.tree.span(*name), reason));
            return;
        }
        let reason = format!("nothing reads `{}` any more, so its function no longer asks for it", variable.name);
        found.reviewed.push((self.tree.span(*name), reason));
        found.parts.extend(lists::List { tree: self.tree, list, word: "" }.without(&[item]));
    }

    /// A member that a declaration takes out of an object.
    fn member(&self, variable: &Variable, found: &mut Superfluous, gone: &mut BTreeMap<NodeId, ImportPart>) {
        let [(name, definition)] = variable.definitions.as_slice() else { return };
        let function = self.syntax.function_of(self.tree, *name);
        if !definition.shared
            && !self.names.are_read_at_runtime(self.tree, function)
            && let Some(part) = self.syntax.import_part(self.tree, *name)
        {
            // A default is evaluated, and so is a name that is computed.
            let folded = |node| self.evaluation.folded(node);
            let inert = is_inert(self.syntax, self.tree, part.item, self.builders, &folded);
            if inert || self.level >= Applicability::Unsafe {
                gone.insert(*name, part);
            } else {
                let reason = format!("nothing reads `{}` any more, but taking it may have an effect", variable.name);
                found.left.push((self.tree.span(*name), reason));
            }
        }
    }

    /// Members go one by one; with the last one the whole declaration goes, when what it takes them from has no effect.
    fn members(&self, gone: &[(NodeId, ImportPart)], found: &mut Superfluous) {
        let mut by_list: BTreeMap<NodeId, Vec<&(NodeId, ImportPart)>> = BTreeMap::new();
        for each in gone {
            by_list.entry(each.1.list.unwrap_or(each.1.statement)).or_default().push(each);
        }
        for (list, parts) in by_list {
            let items: Vec<NodeId> = self.tree.named_children(list).collect();
            let going: Vec<NodeId> = parts.iter().map(|(_, part)| part.item).collect();
            if items.iter().any(|item| !going.contains(item)) {
                let spans = item_spans(self.tree, &items, &going);
                found.imports.extend(spans.into_iter().map(|span| ImportEdit { span }));
                continue;
            }
            let statement = parts[0].1.statement;
            let value = self.tree.parent(list).and_then(|declarator| self.tree.field(declarator, "value"));
            let folded = |node| self.evaluation.folded(node);
            let is_inert = |value| is_inert(self.syntax, self.tree, value, self.builders, &folded);
            // What only checks are taken from is the call that asks for them, and goes with them.
            let asks = |value| {
                let parts = ["function", "arguments"].map(|part| self.tree.field(value, part));
                parts.iter().all(|part| part.is_some_and(is_inert))
                    && gone
                        .iter()
                        .filter(|(_, part)| part.statement == statement)
                        .all(|(name, _)| self.bound.contains(name))
            };
            let inert = value.is_none_or(|value| is_inert(value) || asks(value));
            if inert || self.level >= Applicability::Unsafe {
                if let Some(value) = value.filter(|_| !inert) {
                    let value = quote(self.tree.text_of(value));
                    let reason = format!("nothing reads what it declares any more, and {value} is no longer evaluated");
                    found.reviewed.push((self.tree.span(list), reason));
                }
                found.statements.insert(statement);
            } else {
                // The checks among them are decided, whatever becomes of the rest.
                let is_check = |(name, _): &&&(NodeId, ImportPart)| self.bound.contains(name);
                let checks: Vec<NodeId> = parts.iter().filter(is_check).map(|(_, part)| part.item).collect();
                if checks.len() < items.len() {
                    let spans = item_spans(self.tree, &items, &checks);
                    found.imports.extend(spans.into_iter().map(|span| ImportEdit { span }));
                } else if let Some(call) = value.filter(|value| self.may_stand_alone(statement, *value)) {
                    let span = self.tree.span(statement).start..self.tree.span(call).start;
                    found.imports.push(ImportEdit { span });
                }
                let reason = "nothing reads what it declares any more, but its value may have an effect";
                found.left.push((self.tree.span(list), reason.to_owned()));
            }
        }
    }

    /// Whether a call can be a statement in the place of the one that takes members out of it.
    fn may_stand_alone(&self, statement: NodeId, call: NodeId) -> bool {
        let is_in_block = |outer| self.syntax.construct(self.tree, outer) == Construct::Block;
        self.tree.field(call, "arguments").is_some()
            && self.tree.text_of(call).starts_with(|first: char| first.is_alphabetic())
            && self.tree.named_children(statement).count() == 1
            && self.tree.parent(statement).is_some_and(is_in_block)
    }

    /// Whether a variable is defined at the level of its module by a statement of its own.
    fn is_item(&self, variable: &Variable) -> bool {
        matches!(variable.definitions.as_slice(), [(_, definition)]
            if definition.shared && matches!(definition.binding, Binding::Item | Binding::Simple))
    }

    /// A function or constant that only removed code used.
    fn item(&self, variable: &Variable, removed: &[Span], found: &mut Superfluous) {
        let (name, definition) = &variable.definitions[0];
        let Some(item) = self.syntax.item(self.tree, *name, definition) else { return };
        let statement = self.tree.span(item.statement);
        let gone = |node: &NodeId| !self.moved.contains(node) && is_in(removed, &self.tree.span(*node));
        let mut others =
            variable.references.iter().filter(|each| !self.tree.contains(item.statement, **each)).peekable();
        let lost = others.peek().is_none();
        if is_in(removed, &self.tree.span(*name)) || lost && !self.is_lost(variable) || !others.all(gone) {
            return;
        }
        // Paths and strings are no references of their own: any other mention keeps it.
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let text = self.tree.text;
        let mentioned = self.texts.places(text, &variable.name, is_word).any(|start| {
            let span = start..start + variable.name.len();
            let inside = statement.start <= span.start && span.end <= statement.end;
            !(inside || is_in(removed, &span))
        });
        if mentioned {
            return;
        }
        if self.is_needed(*name, &variable.name, lost, found) {
            return;
        }
        // What no other file can see needs no look at them.
        let candidate = Candidate { name: variable.name.clone(), kind: Kind::Item, lost };
        if !item.private && self.level < Applicability::Unsafe {
            let reason = if lost {
                format!("nothing uses `{}` any more, but it can be used from outside", variable.name)
            } else {
                format!("nothing in this file uses `{}` any more, but it can be used from outside", variable.name)
            };
            if lost {
                found.spared.push((self.tree.span(*name), candidate, reason));
            } else {
                found.left.push((self.tree.span(*name), reason));
            }
            return;
        }
        if definition.shared {
            found.candidates.push(candidate);
        }
        if !item.private {
            let reason = format!("nothing uses `{}` any more, though it could be used from outside", variable.name);
            found.reviewed.push((self.tree.span(*name), reason));
        }
        found.statements.insert(item.statement);
    }

    /// Whether only removed code of other files can have used a name: nothing in this one does, or ever did.
    fn is_lost(&self, variable: &Variable) -> bool {
        let shared =
            |(_, definition): &(NodeId, Definition)| definition.shared || definition.binding == Binding::Import;
        self.lost.contains(&variable.name) && variable.definitions.iter().all(shared)
    }

    /// Whether a name must stay. That is said where this file used it; what other files use is no news.
    fn is_needed(&self, at: NodeId, name: &str, lost: bool, found: &mut Superfluous) -> bool {
        let Some(needed) = self.needed.iter().find(|needed| needed.name == name) else { return false };
        if !lost {
            found.left.push((self.tree.span(at), needed.reason.clone()));
        }
        true
    }

    fn local(&self, variable: &Variable, found: &mut Superfluous) {
        let simple = variable.definitions.iter().all(|(_, definition)| definition.binding == Binding::Simple);
        let (name, first) = &variable.definitions[0];
        let function = self.syntax.function_of(self.tree, *name);
        if !simple || first.shared || self.names.are_read_at_runtime(self.tree, function) {
            return;
        }
        let mut reviewed = Vec::new();
        for (name, definition) in &variable.definitions {
            let value = self
                .tree
                .subtree(definition.statement)
                .find(|node| matches!(self.tree.field_of(*node), Some("right" | "value")) && *node > *name);
            let Some(value) = value else { return };
            let decided = matches!(self.evaluation.outcomes.get(&value), Some(Outcome::Value(_)));
            let folded = |node| self.evaluation.folded(node);
            if decided || is_inert(self.syntax, self.tree, value, self.builders, &folded) {
                continue;
            }
            if self.level < Applicability::Unsafe {
                let reason = format!("nothing reads `{}` any more, but its value may have an effect", variable.name);
                found.left.push((self.tree.span(*name), reason));
                return;
            }
            let value = quote(self.tree.text_of(value));
            let reason = format!("nothing reads `{}` any more, and {value} is no longer evaluated", variable.name);
            reviewed.push((self.tree.span(*name), reason));
        }
        found.reviewed.extend(reviewed);
        found.statements.extend(variable.definitions.iter().map(|(_, definition)| definition.statement));
    }

    /// `(x := v)` is `v` once nothing reads `x`.
    fn inline(&self, variable: &Variable, found: &mut Superfluous) {
        let [(name, definition)] = variable.definitions.as_slice() else { return };
        let function = self.syntax.function_of(self.tree, *name);
        let value = self.tree.field(definition.statement, "value");
        if let Some(value) = value
            && !definition.shared
            && !self.names.are_read_at_runtime(self.tree, function)
        {
            found.names.push(self.tree.span(*name).start..self.tree.span(value).start);
        }
    }

    fn import(
        &self,
        variable: &Variable,
        removed: &[Span],
        found: &mut Superfluous,
        gone: &mut BTreeMap<NodeId, ImportPart>,
    ) {
        let [(name, _)] = variable.definitions.as_slice() else { return };
        let Some(part) = self.syntax.import_part(self.tree, *name) else { return };
        let lost = variable.references.is_empty();
        if self.is_needed(*name, &variable.name, lost, found) {
            return;
        }
        if self.mentioned_in_strings(&variable.name, removed) {
            found.left.push((self.tree.span(*name), format!("a string mentions `{}`", variable.name)));
            return;
        }
        let import = Import { module: part.module.clone(), original: part.original.clone() };
        found.candidates.push(Candidate { name: variable.name.clone(), kind: Kind::Import(import), lost });
        gone.insert(*name, part);
    }

    /// Names in strings can be exports, forward references and patch targets.
    fn mentioned_in_strings(&self, name: &str, removed: &[Span]) -> bool {
        self.texts.strings(self.tree, name).iter().any(|node| !is_in(removed, &self.tree.span(*node)))
    }

    /// Groups the names that go by statement: all of them go as a statement, some of them with their commas.
    fn imports(&self, gone: &[(NodeId, ImportPart)], found: &mut Superfluous) {
        let mut items: HashSet<NodeId> = gone.iter().map(|(_, part)| part.item).collect();
        let mut lists: BTreeMap<NodeId, NodeId> = BTreeMap::new();
        for (_, part) in gone {
            match part.list {
                Some(list) => lists.insert(list, part.statement),
                None => {
                    found.statements.insert(part.statement);
                    continue;
                }
            };
        }
        // Inner lists come behind the outer ones: one that is emptied is an entry of its outer list that goes.
        let mut open: Vec<(NodeId, NodeId)> = lists.into_iter().collect();
        while let Some((list, statement)) = open.pop() {
            let siblings: Vec<NodeId> = self
                .tree
                .named_children(list)
                .filter(|child| self.tree.field_of(*child) != Some("module_name"))
                .collect();
            let kept: Vec<NodeId> = siblings.iter().copied().filter(|sibling| !items.contains(sibling)).collect();
            let comments = self.tree.children(list).any(|child| self.tree.get(child).extra);
            match kept.as_slice() {
                [] if self.is_only_list(list, statement) => {
                    found.statements.insert(statement);
                }
                [] => {
                    let Some((entry, outer)) = self.outer_list(list) else { continue };
                    items.insert(entry);
                    if !open.iter().any(|(each, _)| *each == outer) {
                        open.push((outer, statement));
                        open.sort_unstable();
                    }
                }
                [only] if self.tree.kind(list) == "use_list" && self.tree.text_of(*only) != "self" && !comments => {
                    // One name needs no braces, but for comments.
                    let (outer, inner) = (self.tree.span(list), self.tree.span(*only));
                    let around = [outer.start..inner.start, inner.end..outer.end];
                    found.imports.extend(around.map(|span| ImportEdit { span }));
                }
                _ => {
                    let going: Vec<NodeId> = siblings.iter().copied().filter(|item| items.contains(item)).collect();
                    let spans = match self.tree.kind(list) {
                        "use_list" => {
                            let edits = List { tree: self.tree, list, word: "" }.without(&going);
                            edits.into_iter().map(|edit| edit.span).collect()
                        }
                        _ => item_spans(self.tree, &siblings, &going),
                    };
                    found.imports.extend(spans.into_iter().map(|span| ImportEdit { span }));
                }
            }
        }
    }

    /// The entry of the list around a list of imports that consists of it, and that list.
    fn outer_list(&self, list: NodeId) -> Option<(NodeId, NodeId)> {
        let entry = self.tree.parent(list).filter(|entry| self.tree.kind(*entry) == "scoped_use_list")?;
        let outer = self.tree.parent(entry).filter(|outer| self.tree.kind(*outer) == "use_list")?;
        Some((entry, outer))
    }

    fn is_only_list(&self, list: NodeId, statement: NodeId) -> bool {
        list == statement
            || !self
                .tree
                .ancestors(list)
                .take_while(|outer| *outer != statement)
                .any(|outer| self.tree.kind(outer) == "use_list")
    }
}

/// What is deleted for some items of a list to go, commas included. `gone` is sorted.
pub fn item_spans(tree: &Tree<'_>, items: &[NodeId], gone: &[NodeId]) -> Vec<Span> {
    let text = tree.text;
    let is_gone = |item: &NodeId| gone.contains(item);
    let first_kept = items.iter().position(|item| !is_gone(item));
    // Whether nothing that stays stands before the item on its line.
    let mut leads = false;
    let mut spans = Vec::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| is_gone(item)) {
        let span = tree.span(*item);
        let behind = text[span.end..].trim_start();
        let comma = behind.starts_with(',').then(|| text.len() - behind.len() + 1);
        let item_end = comma.unwrap_or(span.end);
        let line_start = line_start(text, span.start);
        let line_end = line_end(text, item_end);
        let behind_one_that_goes =
            |previous: usize| leads && is_gone(&items[previous]) && tree.span(items[previous]).start >= line_start;
        leads =
            text[line_start..span.start].trim().is_empty() || index.checked_sub(1).is_some_and(behind_one_that_goes);
        // A comment behind the one before stays with it; what stands on lines of its own between the two goes along.
        let start = match index.checked_sub(1).map(|previous| tree.span(items[previous]).end) {
            Some(end) => text[end..].find('\n').map(|at| end + at + 1),
            None => first_line(tree, *item, line_start..line_end),
        };
        spans.push(match first_kept {
            _ if leads && start.is_some() && lists::ends_line(&text[item_end..line_end]) => {
                start.map_or(line_start, |start| start.min(line_start))..line_end
            }
            None => match items.get(index + 1) {
                Some(next) => span.start..tree.span(*next).start,
                None => span.start..item_end,
            },
            Some(kept) if index < kept => match items.get(index + 1) {
                // A comment in front of the next one stays with it, and one in front of this one goes.
                Some(next) if behind.strip_prefix(',').is_some_and(|rest| rest.trim_start().starts_with("/*")) => {
                    let rest = text[item_end..tree.span(*next).start].trim_start();
                    let before = text[..span.start].trim_end_matches([' ', '\t']);
                    let comment = before.ends_with("*/").then(|| before.rfind("/*")).flatten();
                    comment.unwrap_or(span.start)..tree.span(*next).start - rest.len()
                }
                Some(next) => span.start..tree.span(*next).start,
                None => span,
            },
            // What stands before its line is not of it.
            Some(_) if leads && comma.is_some() && index + 1 < items.len() => {
                span.start..tree.span(items[index + 1]).start
            }
            Some(_) => tree.span(items[index - 1]).end..span.end,
        });
    }
    spans
}

/// Where the lines of the first item of a list start, with the comments above that speak of it alone; `None` where no
/// bracket opens the list.
fn first_line(tree: &Tree<'_>, item: NodeId, line: Span) -> Option<usize> {
    let text = tree.text;
    let before: Vec<NodeId> = tree.children(tree.parent(item)?).take_while(|child| *child < item).collect();
    let code = before.iter().rposition(|child| !tree.get(*child).extra).map_or(0, |at| at + 1);
    let comments = &before[code..];
    let opens = tree.span(*comments.first().unwrap_or(&item)).start;
    if !text[..opens].trim_end().ends_with(['{', '[', '(']) {
        return None;
    }
    let next = text[line.end..].lines().next().unwrap_or_default().trim();
    let heads_others = !(next.is_empty() || lists::is_comment(next) || next.starts_with([')', ']', '}']));
    let mut start = line.start;
    for comment in comments.iter().rev().filter(|_| !heads_others) {
        let span = tree.span(*comment);
        let own = line_start(text, span.start);
        if !text[own..span.start].trim().is_empty() || lists::blank_between(text, &span, start) {
            break;
        }
        start = own;
    }
    Some(start)
}

/// Whether sorted, disjoint spans cover a span.
pub fn is_in(spans: &[Span], span: &Span) -> bool {
    let index = spans.partition_point(|each| each.end < span.end);
    spans.get(index).is_some_and(|each| each.start <= span.start && span.end <= each.end)
}
