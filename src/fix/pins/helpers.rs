//! Helpers of tests that take what a flag is pinned to as a parameter: tests that ask for another value go. Owns which those
//! are; the parameter and its arguments go like any that nothing reads, in `parameters`.

use std::iter;

use super::{Part, PinSite, Reader, Role, matches, place, tests};
use crate::diagnostic::Applicability;
use crate::fix::calls::Call;
use crate::fix::names::{Binding, Variable};
use crate::fix::start::{Becomes, Known, Start};
use crate::fix::tree::NodeId;
use crate::value::Value;

/// Names of tests in a reason, at most.
const MOST_NAMED: usize = 3;

/// What the calls of a helper ask for.
#[derive(Default)]
struct Asked {
    /// Tests and groups that ask for another value.
    losing: Vec<Part>,
    /// Calls that ask for the value that the flag has.
    winning: Vec<NodeId>,
    /// Whether anything calls them.
    called: bool,
    /// How another value is spelled.
    shown: Option<String>,
    /// What the calls that leave it out ask for, where that is another value.
    default: Option<String>,
    /// The helpers that were looked at.
    seen: Vec<NodeId>,
}

impl Reader<'_> {
    /// What becomes of a pin whose value is a parameter of a helper; `None` where it is none.
    pub(super) fn helped(&self, index: usize) -> Option<Start> {
        let variable = self.variable(index)?;
        self.parameter(variable)?;
        Some(self.without_losers(index, variable))
    }

    fn without_losers(&self, index: usize, variable: &Variable) -> Start {
        let pinned = &self.pins[index];
        let place = self.places[index].as_ref().map_err(Clone::clone)?;
        let mut asked = Asked::default();
        self.ask(variable, pinned.value, &mut asked)?;
        if !asked.called {
            return Err(format!("nothing here says what `{}` is", variable.name));
        }
        // What else the parameter is in the pin holds another flag, which may stay or win with another value.
        let with_it = |read: &&NodeId| self.tree.contains(place.at, **read);
        let pins_this = |read: &NodeId| {
            let span = self.tree.span(*read);
            let same = self.pins.iter().find(|other| other.pin.value_span.as_ref() == Some(&span));
            same.is_some_and(|other| other.value == pinned.value)
        };
        if !asked.losing.is_empty() && !variable.references.iter().filter(with_it).all(pins_this) {
            return Err(format!("`{}` pins another flag as well", variable.name));
        }
        if asked.losing.iter().any(|part| asked.winning.iter().any(|call| self.tree.contains(part.whole, *call))) {
            return Err("a test asks for both values: take apart by hand what belongs to which".into());
        }
        let mut changes = place::changes(self.tree, self.syntax, place, &self.gone)?;
        for part in &asked.losing {
            changes.extend(tests::removal(self.tree, self.syntax, part));
        }
        let mut reasons = Vec::new();
        let title = match asked.shown {
            Some(shown) => {
                reasons.push(format!("they pass `{shown}` for `{}`: {}", variable.name, named(&asked.losing)));
                "remove the override and the tests that ask for another value"
            }
            None => "remove the override",
        };
        if let Some(default) = asked.default {
            let name = &variable.name;
            reasons.push(format!("tests that leave `{name}` out ran with `{default}`, see whether they still hold"));
        }
        if reasons.is_empty() {
            reasons.push(PinSite::PLAIN.to_owned());
        }
        let costs = reasons.into_iter().map(|reason| (Applicability::Unsafe, reason)).collect();
        Ok(Known { node: place.at, becomes: Becomes::Changed { changes, title: title.to_owned() }, costs })
    }

    /// The parameter of a helper that a variable is, and the helper's function.
    fn parameter(&self, variable: &Variable) -> Option<(NodeId, NodeId)> {
        let [(name, definition)] = variable.definitions.as_slice() else { return None };
        let function = definition.statement;
        let mut around = iter::once(function).chain(self.tree.parent(function));
        let part = around.find_map(|node| self.syntax.part(self.tree, node))?;
        (definition.binding == Binding::Parameter && !variable.unclear && part.role == Role::Helper)
            .then_some((*name, function))
    }

    /// Goes through the calls of the function that a parameter belongs to, and of those that hand one of their own to it.
    fn ask(&self, variable: &Variable, value: &Value, asked: &mut Asked) -> Result<(), String> {
        let unknown = || format!("what the tests pass for `{}` is not known", variable.name);
        let (name, function) = self.parameter(variable).ok_or_else(unknown)?;
        let syntax = self.file.syntax();
        let helper = syntax.function_name(self.tree, function).ok_or_else(unknown)?;
        if asked.seen.contains(&name) {
            return Ok(());
        }
        asked.seen.push(name);
        let signature = syntax.signature(self.tree, function)?;
        let index = signature.parameters.iter().position(|each| each.name == Some(name)).ok_or_else(unknown)?;
        let (by_name, default) = (signature.parameters[index].named_only, signature.parameters[index].default);
        let only_names = signature.parameters.iter().all(|each| each.named_only);
        let loses = |passed: NodeId| Some(!matches(&syntax.literal(self.tree, passed)?, value)?);
        let Some(bound) = self.file.names.by_definition.get(&helper) else { return Err(unknown()) };
        for reference in &self.file.names.variables[*bound].references {
            let Some(Some(call)) = syntax.call_of(self.tree, *reference) else { continue };
            asked.called = true;
            let call = syntax.by_name(self.tree, &call).filter(|_| by_name).unwrap_or(call);
            // What an object from elsewhere holds is not known.
            if only_names && call.arguments.iter().any(|argument| argument.name.is_none()) {
                return Err(unknown());
            }
            let Some(passed) = self.passed(&call, &variable.name, index) else {
                let default = default.filter(|default| loses(*default) != Some(false));
                asked.default = asked.default.take().or_else(|| Some(self.tree.text_of(default?).to_owned()));
                continue;
            };
            match loses(passed) {
                Some(false) => asked.winning.push(*reference),
                Some(true) => {
                    asked.losing.push(self.asking(*reference, &call)?);
                    asked.shown.get_or_insert_with(|| self.tree.text_of(passed).to_owned());
                }
                None => {
                    let outer = self.file.names.variables.iter().find(|outer| outer.references.contains(&passed));
                    self.ask(outer.ok_or_else(unknown)?, value, asked)?;
                }
            }
        }
        Ok(())
    }

    /// What a call passes for a parameter.
    fn passed(&self, call: &Call, name: &str, index: usize) -> Option<NodeId> {
        let named = |argument: NodeId| self.tree.text_of(argument) == name;
        let mut arguments = call.arguments.iter();
        match arguments.find(|argument| argument.name.is_some_and(named)) {
            Some(argument) => Some(argument.value),
            None => call.arguments.get(index).filter(|argument| argument.name.is_none()).map(|argument| argument.value),
        }
    }

    /// The test that a call belongs to, or the group that it sets up.
    fn asking(&self, callee: NodeId, call: &Call) -> Result<Part, String> {
        let part = self.part_around(callee).ok_or("a test asks for another value outside of tests")?;
        let call = self.tree.ancestors(call.list).find(|outer| self.tree.contains(*outer, callee));
        match part.role {
            Role::Test => Ok(part),
            Role::Hook => {
                let statement = call.and_then(|call| self.syntax.statement(self.tree, call));
                let group = statement.and_then(|statement| self.group_of(statement, &part));
                group.ok_or_else(|| format!("`{}` asks for another value among other things", part.name))
            }
            _ => Err(format!("`{}` asks for another value", part.name)),
        }
    }
}

/// A few tests by name.
fn named(parts: &[Part]) -> String {
    let mut names: Vec<String> = parts.iter().take(MOST_NAMED).map(|part| format!("`{}`", part.name)).collect();
    if parts.len() > MOST_NAMED {
        names.push(format!("{} more", parts.len() - MOST_NAMED));
    }
    names.join(", ")
}
