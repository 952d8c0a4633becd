//! Parameters that go with the arguments that fill them: those that every call fills with the value of a decided check, and
//! those that only removed code read. Owns the proof that every call is known; what follows in the function and in its
//! callers is planned in `file` like everything else.

use std::collections::{BTreeMap, BTreeSet};

use super::across::Across;
use super::calls::{Call, Signature};
use super::file::{File, FilePlan, Task};
use super::files::Parsed;
use super::mentions::{Mention, nodes};
use super::names::Binding;
use super::residue::is_in;
use super::syntax::{Folded, is_inert};
use super::tree::NodeId;
use crate::diagnostic::Applicability;
use crate::source::{Span, display_path};
use crate::value::Value;

/// A parameter: the file and the name in the list of parameters.
pub(super) type Place = (usize, NodeId);

/// What goes with a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// The value that every call passes; `None` for one that is not read.
    value: Option<Value>,
    /// The list that the parameter stands in.
    list: NodeId,
    /// Entries of lists, by file and list: the parameter, and the arguments that fill it.
    dropped: BTreeSet<(usize, NodeId, NodeId)>,
}

/// What became of the parameters that were looked at.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    changes: BTreeMap<Place, Change>,
    /// Those that stay as things are, and why.
    stay: BTreeMap<Place, String>,
    /// Those that stay whatever happens, since they went and had to come back.
    undone: BTreeMap<Place, String>,
}

/// One call, or a mention that is none.
struct Use<'c> {
    file: usize,
    parsed: &'c Parsed<'c>,
    call: Call,
}

impl Across<'_, '_> {
    /// Looks for parameters that can go now. The files that have to be planned again.
    pub(super) fn drop_parameters(&mut self) -> BTreeSet<usize> {
        let mut changed = self.undo();
        if !changed.is_empty() {
            return changed;
        }
        self.look_up_callees();
        let found = self.superfluous();
        self.look_up_functions(found.keys().copied());
        self.parameters.stay.clear();
        for (place, value) in found {
            if self.parameters.changes.contains_key(&place) || self.parameters.undone.contains_key(&place) {
                continue;
            }
            match self.change(place, value.is_some()) {
                Ok(change) => {
                    changed.extend(change.dropped.iter().map(|(file, ..)| *file));
                    self.parameters.changes.insert(place, change);
                }
                Err(reason) => {
                    self.parameters.stay.insert(place, reason);
                }
            }
        }
        self.set_tasks();
        changed
    }

    /// Takes back what no longer holds, or what a file could not do.
    fn undo(&mut self) -> BTreeSet<usize> {
        let mut changed = BTreeSet::new();
        let places: Vec<Place> = self.parameters.changes.keys().copied().collect();
        self.look_up_functions(places.iter().copied());
        for place in places {
            let known = self.parameters.changes[&place].clone();
            let refused = known.dropped.iter().any(|(file, _, entry)| {
                let (Some(planned), Some(parsed)) = (self.results.get(file), self.trees.get(*file)) else {
                    return false;
                };
                planned.refused.iter().any(|refused| parsed.tree.contains(*refused, *entry))
                    || *file == place.0 && planned.refused.contains(&place.1)
            });
            let now = if refused {
                Err("its value cannot be carried into the function".to_owned())
            } else {
                self.change(place, known.value.is_some())
            };
            let reason = match now {
                Ok(now) if now == known => continue,
                Ok(_) => "its calls change in another way as well".to_owned(),
                Err(reason) => reason,
            };
            changed.extend(known.dropped.iter().map(|(file, ..)| *file));
            self.parameters.changes.remove(&place);
            self.parameters.undone.insert(place, reason);
        }
        self.set_tasks();
        changed
    }

    /// What is to be said of parameters that stay: where, and why.
    pub(super) fn kept_parameters(&self) -> Vec<(usize, Span, String)> {
        // Of what came back, the reason to go may have gone as well.
        let superfluous = self.superfluous();
        let undone = self.parameters.undone.iter().filter(|(place, _)| superfluous.contains_key(*place));
        let said = self.parameters.stay.iter().chain(undone).filter_map(|((file, parameter), reason)| {
            let parsed = self.trees.get(*file)?;
            let name = parsed.tree.text_of(*parameter);
            let known = self.results.get(file).is_some_and(|planned| planned.unused.contains(parameter));
            let fact = if known { "nothing reads it any more" } else { "a call passes a decided value" };
            Some((
                *file,
                parsed.tree.span(*parameter),
                format!("the parameter `{name}` stays although {fact}: {reason}"),
            ))
        });
        said.collect()
    }

    fn set_tasks(&mut self) {
        for task in self.tasks.values_mut() {
            task.facts.clear();
            task.dropped.clear();
        }
        for ((file, name), change) in &self.parameters.changes {
            if let Some(value) = &change.value {
                self.tasks.entry(*file).or_default().facts.insert(*name, value.clone());
            }
            for (file, list, entry) in &change.dropped {
                let entries = self.tasks.entry(*file).or_default().dropped.entry(*list).or_default();
                if !entries.contains(entry) {
                    entries.push(*entry);
                }
            }
        }
        self.drop_emptied();
        for (file, task) in &mut self.tasks {
            let Some(parsed) = self.trees.get(*file) else { continue };
            for (list, entries) in &mut task.dropped {
                entries.extend(parsed.language.fold.stranded(&parsed.tree, *list, entries));
                entries.sort_unstable();
            }
        }
    }

    /// Where a function takes nothing of an object any more, it takes none, and what its calls have left of theirs goes.
    fn drop_emptied(&mut self) {
        let emptied = |tasks: &BTreeMap<usize, Task<'_>>, file: usize, list: NodeId| {
            let parsed = self.trees.get(file)?;
            let outer = parsed.language.fold.emptied(&parsed.tree, list)?;
            let gone = tasks.get(&file)?.dropped.get(&list)?;
            parsed.tree.named_children(list).all(|entry| gone.contains(&entry)).then_some(outer)
        };
        let mut moved = BTreeSet::new();
        for ((file, _), change) in &self.parameters.changes {
            if emptied(&self.tasks, *file, change.list).is_some() {
                let lists = change.dropped.iter().map(|(file, list, _)| (*file, *list));
                moved.extend(lists.filter_map(|(file, list)| Some((file, list, emptied(&self.tasks, file, list)?))));
            }
        }
        for (file, list, (outer, entry)) in moved {
            if let Some(task) = self.tasks.get_mut(&file) {
                task.dropped.remove(&list);
                task.dropped.entry(outer).or_default().push(entry);
            }
        }
    }

    /// Has the index know the names that are called with values that became known.
    fn look_up_callees(&mut self) {
        let names: BTreeSet<String> = self
            .results
            .iter()
            .filter_map(|(file, planned)| Some((planned, self.trees.get(*file)?)))
            .flat_map(|(planned, parsed)| {
                let syntax = parsed.language.fold;
                let callees = planned.values.keys().filter_map(|node| syntax.callee_of(&parsed.tree, *node));
                callees.map(|callee| parsed.tree.text_of(callee).to_owned()).collect::<Vec<_>>()
            })
            .collect();
        self.index.look_up(self.files, names.iter().map(String::as_str));
    }

    /// Has the index know the names of the functions of parameters.
    fn look_up_functions(&mut self, places: impl Iterator<Item = Place>) {
        let name = |(file, parameter): Place| {
            let parsed = self.trees.get(file)?;
            let variable = &parsed.names.variables[*parsed.variables.get(&parameter)?];
            let name = parsed.language.fold.function_name(&parsed.tree, variable.definitions.first()?.1.statement)?;
            Some(parsed.tree.text_of(name).to_owned())
        };
        let names: BTreeSet<String> = places.filter_map(name).collect();
        self.index.look_up(self.files, names.iter().map(String::as_str));
    }

    /// Parameters that the plan made superfluous: those that it gives a value to in some call, and those that nothing
    /// reads any more.
    fn superfluous(&self) -> BTreeMap<Place, Option<Value>> {
        let mut found: BTreeMap<Place, Option<Value>> = BTreeMap::new();
        for (file, planned) in &self.results {
            let Some(parsed) = self.trees.get(*file) else { continue };
            found.extend(planned.unused.iter().map(|name| ((*file, *name), None)));
            for (node, value) in &planned.values {
                if let Some(place) = self.filled(*file, parsed, *node) {
                    found.insert(place, Some(value.clone()));
                }
            }
        }
        found
    }

    /// The parameter that an expression fills as an argument.
    fn filled(&self, file: usize, parsed: &Parsed<'_>, value: NodeId) -> Option<Place> {
        let syntax = parsed.language.fold;
        let callee = syntax.callee_of(&parsed.tree, value)?;
        let call = syntax.call_of(&parsed.tree, callee)??;
        let bound = parsed.variables.get(&callee).map(|variable| parsed.imported(*variable));
        let (owner, name) = match bound {
            None => {
                let object = syntax.object_of(&parsed.tree, callee)?;
                let module = parsed.import(*parsed.variables.get(&object)?)?;
                let owner = self.submodule(file, &module)?;
                (owner, self.trees.get(owner)?.top_level(parsed.tree.text_of(callee))?)
            }
            Some(None) => (file, parsed.names.variables[parsed.variables[&callee]].definitions.first()?.0),
            Some(Some(import)) => {
                let name = parsed.tree.text_of(callee).to_owned();
                let owner = match import.as_ref().and_then(|import| self.place(file, import)) {
                    Some((owner, _)) => owner,
                    None => self.only_owner(file, &name)?,
                };
                (owner, self.trees.get(owner)?.top_level(&name)?)
            }
        };
        let target = self.trees.get(owner)?;
        let (_, signature) = function_of(target, name)?;
        let signature = signature.ok()?;
        let at = call.arguments.iter().position(|argument| argument.value == value)?;
        let index = match call.arguments[at].name {
            Some(keyword) => named(target, &signature, parsed.tree.text_of(keyword))?,
            None => at,
        };
        Some((owner, signature.parameters.get(index)?.name?))
    }

    /// The one file that defines a name, for languages whose paths are not followed.
    fn only_owner(&self, file: usize, name: &str) -> Option<usize> {
        let mut defining = self.others(file, name).filter(|hit| hit.defines);
        let only = defining.next()?.file;
        defining.next().is_none().then_some(only)
    }

    /// What goes with a parameter, or why it stays.
    fn change(&self, (file, parameter): Place, decided: bool) -> Result<Change, String> {
        let trees = self.trees;
        let target = trees.get(file).ok_or("its file cannot be read")?;
        let variable = &target.names.variables[*target.variables.get(&parameter).ok_or("it is no name")?];
        let [(_, definition)] = variable.definitions.as_slice() else {
            return Err("it is assigned as well".into());
        };
        let syntax = target.language.fold;
        let function = definition.statement;
        if variable.unclear || target.names.are_read_at_runtime(&target.tree, function) {
            return Err("it is assigned or read in other ways as well".into());
        }
        let name = syntax.function_name(&target.tree, function).ok_or("its function has no name of its own")?;
        let (owner, signature) = function_of(target, name).ok_or("its function is bound in several ways")?;
        let signature = signature?;
        if owner.scope == 0 {
            let item = syntax.item(&target.tree, name, owner);
            let item = item.ok_or("its function may be called by a framework")?;
            if !item.private && self.level < Applicability::Unsafe {
                return Err("its function can be called from outside".into());
            }
        } else if owner.direct_only || syntax.is_method(&target.tree, function) {
            return Err("its function is a method".into());
        }
        let at = signature.parameters.iter().position(|each| each.name == Some(parameter));
        let index = at.ok_or("it is part of a pattern")?;
        let default = signature.parameters[index].default;
        let inert = |parsed: &Parsed<'_>, planned: Option<&FilePlan>, node: NodeId| {
            let folded = |node: NodeId| match planned.is_some_and(|planned| planned.values.contains_key(&node)) {
                true => Folded::Nothing,
                false => Folded::Stays,
            };
            is_inert(parsed.language.fold, &parsed.tree, node, &[], &folded)
        };
        if default.is_some_and(|default| !inert(target, None, default)) {
            return Err("its default may have an effect".into());
        }
        let literal = |parsed: &Parsed<'_>, node: NodeId| parsed.language.fold.literal(&parsed.tree, node);
        let mut value: Option<Value> = None;
        let mut dropped = BTreeSet::from([(file, signature.list, signature.parameters[index].node)]);
        let declared = syntax.written_type(&target.tree, signature.list, parameter);
        dropped.extend(declared.map(|(list, member)| (file, list, member)));
        let uses = self.uses(file, name, owner.scope == 0)?;
        if uses.is_empty() {
            return Err("nothing calls its function".into());
        }
        let by_name = !signature.parameters.is_empty() && signature.parameters.iter().all(|each| each.named_only);
        let fallback = signature.fallback.clone().map(|call| Use { file, parsed: target, call });
        for Use { file: caller, parsed, call } in uses.into_iter().chain(fallback) {
            if signature.fallback.is_some() && call.arguments.is_empty() {
                continue;
            }
            let call = match by_name {
                true => syntax.by_name(&parsed.tree, &call).unwrap_or(call),
                false => call,
            };
            let keyword = |argument: &super::calls::Argument| {
                argument.name.is_some_and(|name| parsed.tree.text_of(name) == variable.name)
            };
            let positional = call.arguments.iter().take_while(|argument| argument.name.is_none()).count();
            if positional > 0 && by_name {
                return Err(format!("{} calls it with an object", place(self, caller, parsed, call.list)));
            }
            let by_position = index < positional && !signature.parameters[index].named_only;
            let argument = match call.arguments.iter().find(|argument| keyword(argument)) {
                Some(argument) => Some(argument),
                None if by_position => call.arguments.get(index),
                None => None,
            };
            let planned = self.results.get(&caller);
            let passed = match argument {
                Some(argument) => {
                    let same =
                        parsed.variables.get(&argument.value) == target.variables.get(&parameter) && caller == file;
                    if !same && !inert(parsed, planned, argument.value) {
                        return Err(format!(
                            "the argument in {} may have an effect",
                            place(self, caller, parsed, argument.value)
                        ));
                    }
                    dropped.insert((caller, call.list, argument.node));
                    if same {
                        continue;
                    }
                    let known = planned.and_then(|planned| planned.values.get(&argument.value).cloned());
                    known.or_else(|| literal(parsed, argument.value))
                }
                None => default.and_then(|default| literal(target, default)),
            };
            if !decided {
                continue;
            }
            match (passed, &value) {
                (Some(passed), None) => value = Some(passed),
                (Some(passed), Some(known)) if passed == *known => {}
                _ => {
                    return Err(format!("the call in {} passes another value", place(self, caller, parsed, call.list)));
                }
            }
        }
        Ok(Change { value, list: signature.list, dropped })
    }

    /// Every call of a function, where there are only calls.
    fn uses(&self, file: usize, name: NodeId, shared: bool) -> Result<Vec<Use<'_>>, String> {
        let trees = self.trees;
        let target = trees.get(file).ok_or("its file cannot be read")?;
        let text = target.tree.text_of(name);
        let mut files: BTreeSet<usize> = BTreeSet::from([file]);
        if shared {
            files.extend(self.others(file, text).map(|hit| hit.file));
        }
        let own = target.variables.get(&name);
        let mut uses = Vec::new();
        for other in files {
            let unread = || format!("{} mentions its function", display_path(self.files.path(other)));
            let parsed = trees.get(other).ok_or_else(unread)?;
            let removed: &[Span] = self.results.get(&other).map_or(&[], |planned| &planned.removed);
            for (mention, node) in nodes(parsed, text, removed) {
                let Some(node) = node.filter(|_| parsed.problem.is_none()) else {
                    return Err(unread());
                };
                let means = match &mention {
                    Mention::Own => other == file && parsed.variables.get(&node) == own && node != name,
                    Mention::Imported(import) => {
                        let there = match self.place(other, import) {
                            Some((from, original)) => {
                                let there = from == file && original == text;
                                let elsewhere = trees.get(from).is_some_and(|from| from.defines(&original));
                                if !there && (from == file || !elsewhere) {
                                    return Err(format!(
                                        "{} takes its function along several files",
                                        display_path(self.files.path(other))
                                    ));
                                }
                                there
                            }
                            None => true,
                        };
                        // What stands in where the import fails is called with the same arguments.
                        if there && parsed.rebinds(node) {
                            let path = display_path(self.files.path(other));
                            return Err(format!("{path} binds its name in another way as well"));
                        }
                        there && parsed.is_read(node)
                    }
                    Mention::Key => false,
                    Mention::Member => {
                        let object = parsed.language.fold.object_of(&parsed.tree, node);
                        let module =
                            object.and_then(|object| parsed.variables.get(&object)).and_then(|at| parsed.import(*at));
                        match module.and_then(|module| self.submodule(other, &module)) {
                            Some(module) if module == file => true,
                            Some(_) => false,
                            None if object.is_none() => true,
                            None => {
                                return Err(format!(
                                    "a member in {} has its function's name",
                                    place(self, other, parsed, node)
                                ));
                            }
                        }
                    }
                    Mention::Unresolved | Mention::Text => return Err(unread()),
                };
                if !means {
                    continue;
                }
                match parsed.language.fold.call_of(&parsed.tree, node) {
                    Some(Some(call)) => uses.push(Use { file: other, parsed, call }),
                    Some(None) => {
                        return Err(format!(
                            "the arguments in {} cannot be told apart",
                            place(self, other, parsed, node)
                        ));
                    }
                    None if parsed.variables.contains_key(&node)
                        && parsed.language.fold.is_path_of_import(&parsed.tree, node) => {}
                    None => return Err(format!("its function is a value in {}", place(self, other, parsed, node))),
                }
            }
        }
        uses.retain(|each| {
            let removed: &[Span] = self.results.get(&each.file).map_or(&[], |planned| &planned.removed);
            !is_in(removed, &each.parsed.tree.span(each.call.list))
        });
        Ok(uses)
    }
}

impl File<'_> {
    /// The names of parameters that only removed code read.
    pub(super) fn unused_parameters(&self, removed: &[Span]) -> Vec<NodeId> {
        let unused = self.names.variables.iter().filter_map(|variable| {
            let [(name, definition)] = variable.definitions.as_slice() else { return None };
            let gone = |node: &NodeId| is_in(removed, &self.tree.span(*node));
            let was_used = !variable.references.is_empty() && variable.references.iter().all(gone);
            let is_parameter = definition.binding == Binding::Parameter && !variable.unclear;
            (is_parameter && was_used && !gone(name)).then_some(*name)
        });
        unused.collect()
    }
}

/// The definition that binds a function's name, when it is the only one, and the function's parameters.
fn function_of<'p>(
    parsed: &'p Parsed<'_>,
    name: NodeId,
) -> Option<(&'p super::names::Definition, Result<Signature, &'static str>)> {
    let variable = &parsed.names.variables[*parsed.variables.get(&name)?];
    let [(bound, definition)] = variable.definitions.as_slice() else { return None };
    if variable.unclear || *bound != name {
        return None;
    }
    let syntax = parsed.language.fold;
    let mut outer = parsed.tree.subtree(definition.statement);
    let function = outer.find(|node| syntax.function_name(&parsed.tree, *node) == Some(name))?;
    Some((definition, syntax.signature(&parsed.tree, function)))
}

/// The position of a parameter by its name.
fn named(parsed: &Parsed<'_>, signature: &Signature, name: &str) -> Option<usize> {
    signature.parameters.iter().position(|each| each.name.is_some_and(|each| parsed.tree.text_of(each) == name))
}

/// A place for a message.
fn place(across: &Across<'_, '_>, file: usize, parsed: &Parsed<'_>, node: NodeId) -> String {
    let line = parsed.text[..parsed.tree.span(node).start].matches('\n').count() + 1;
    format!("{}:{line}", display_path(across.files.path(file)))
}
