//! Where a decision starts in the tree: the node that it settles, what becomes of it, and what that costs. Owns what makes
//! a check one that cannot be folded; what follows from a start is evaluated elsewhere.

use super::Decision;
use super::evaluate::quote;
use super::file::File;
use super::pins::Change;
use super::syntax::{Construct, Folded, Unwraps, is_inert};
use super::tree::NodeId;
use crate::diagnostic::Applicability;
use crate::resolve::{Effect, FlagCheck, Projection};
use crate::value::{Value, ValueType};

const SHOWS_SOURCE: &str = "`=` in a format string shows the text of the expression";

/// Where a decision starts, or why it has no start.
pub(super) type Start = Result<Known, String>;

/// A node that a decision settles.
pub(super) struct Known {
    pub(super) node: NodeId,
    /// What becomes of it.
    pub(super) becomes: Becomes,
    /// What makes the decision less than safe.
    pub(super) costs: Vec<(Applicability, String)>,
}

/// What becomes of a node that a decision settles.
pub(super) enum Becomes {
    /// Its value is known.
    Value(Value),
    /// It is what that descendant is.
    Node(NodeId),
    /// It goes: a guard that lets everything through, an option that always holds.
    Nothing,
    /// Test code goes, with what is said about it.
    Changed { changes: Vec<Change>, title: String },
}

impl File<'_> {
    /// Where a name starts that has a value from elsewhere.
    pub(super) fn start_of_name(&self, name: NodeId, value: &Value) -> Start {
        let references = self.names.by_definition.get(&name).map(|index| &self.names.variables[*index].references);
        let mut references = references.into_iter().flatten();
        if references.clone().any(|reference| self.syntax().shows_source(self.tree, *reference)) {
            return Err(SHOWS_SOURCE.into());
        }
        // A string that names it cannot be replaced by the value.
        if references.any(|reference| self.tree.text_of(*reference) != self.tree.text_of(name)) {
            return Err(format!("a text takes `{}` by its name", self.tree.text_of(name)));
        }
        Ok(Known { node: name, becomes: Becomes::Value(value.clone()), costs: Vec::new() })
    }

    /// The node and value that a decision starts from.
    pub(super) fn start(&self, decision: &Decision, check: &FlagCheck) -> Start {
        let key = self.tree.at_span(&check.key_span);
        if let Some(node) = key.and_then(|key| self.syntax().condition_of_compilation(self.tree, key)) {
            return match self.syntax().truthy(&decision.value) {
                Some(on) => Ok(Known { node, becomes: Becomes::Value(Value::Bool(on)), costs: Vec::new() }),
                None => Err(format!("the flag serves {}, and a condition of compilation is on or off", decision.value)),
            };
        }
        // `true` is the name of no variation; what is compared with is `"on"` as often as not.
        if let (Projection::Variant, ValueType::String, Value::Bool(on)) =
            (check.projection, check.returns, &decision.value)
        {
            return Err(format!(
                "the flag serves {on}, and the check returns the name of a variation: decide it by that, quoted when it is `on` or `off`"
            ));
        }
        let Some(mut value) = decision.value.coerce(check.returns) else {
            let (kind, value) = (check.returns.name(), &decision.value);
            return Err(format!("the flag serves {value}, and the check returns a value of type {kind}"));
        };
        if check.negated {
            value = match value {
                Value::Bool(on) => Value::Bool(!on),
                other => return Err(format!("the check is negated, and the flag serves {other}")),
            };
        }
        match check.effect {
            Effect::Value => {}
            Effect::Guard if self.tree.text[check.at.span.clone()].starts_with('#') => {
                return Err("the check decides here what is compiled: remove the attribute by hand".into());
            }
            Effect::Guard => return self.guard(&value, check),
            Effect::Object => return Err("the check yields an object whose value is read somewhere else".into()),
            Effect::Component => return Err("a component decides what is shown: take it apart by hand".into()),
            Effect::Presence => return self.presence(&value, check),
            Effect::Choice => return self.choice(&value, check),
            Effect::Text => {
                return Err("the check yields text, and what of it counts as on is for its reader to say".into());
            }
        }
        let Some(mut node) = self.tree.at_span(&check.at.span) else {
            return Err("the check stands where no expression can be read, e.g. in a macro".into());
        };
        if self.syntax().shows_source(self.tree, node) {
            return Err(SHOWS_SOURCE.into());
        }
        let mut demotions: Vec<(Applicability, String)> =
            check.caveats.iter().map(|caveat| (Applicability::Unsafe, caveat.clone())).collect();
        for argument in &check.arguments {
            let inert = self
                .tree
                .at_span(argument)
                .is_some_and(|node| is_inert(self.syntax(), self.tree, node, &self.builders, &|_| Folded::Stays));
            if !inert {
                let argument = quote(&self.tree.text[argument.clone()]);
                demotions
                    .push((Applicability::Unsafe, format!("the argument {argument} would no longer be evaluated")));
            }
        }
        for wanted in check.wraps() {
            // A method call wraps its receiver's grandparent: the member access stands between.
            let around =
                self.tree.ancestors(node).take(2).find_map(|outer| match self.syntax().construct(self.tree, outer) {
                    Construct::Same { operand, unwraps, arguments } if operand == node => {
                        Some((outer, unwraps, arguments))
                    }
                    _ => None,
                });
            match around {
                Some((outer, unwraps, arguments)) if unwraps == wanted => {
                    for argument in arguments {
                        if !is_inert(self.syntax(), self.tree, argument, &self.builders, &|_| Folded::Stays) {
                            let argument = quote(self.tree.text_of(argument));
                            demotions.push((Applicability::Unsafe, format!("{argument} would no longer be evaluated")));
                        }
                    }
                    node = outer;
                }
                _ if wanted == Unwraps::Future => return Err("the check is not awaited where it stands".into()),
                _ => return Err("the check's result is not unwrapped where it stands".into()),
            }
        }
        self.names.settles(self.tree, self.syntax(), node)?;
        Ok(Known { node, becomes: Becomes::Value(value), costs: demotions })
    }

    /// An option that makes something exist only while the flag is on goes; one that is off would take all of it along.
    fn presence(&self, value: &Value, check: &FlagCheck) -> Start {
        if self.syntax().truthy(value) != Some(true) {
            return Err("what exists only while the flag is on has to go by hand".into());
        }
        let key = self.tree.at_span(&check.key_span).ok_or("the key stands where it cannot be read")?;
        let option = self
            .tree
            .ancestors(key)
            .take_while(|outer| check.at.span.start <= self.tree.span(*outer).start)
            .find(|outer| self.syntax().is_option(self.tree.kind(*outer)));
        match option {
            Some(node) => Ok(Known { node, becomes: Becomes::Nothing, costs: Vec::new() }),
            None => Err("whether something exists is decided here: remove the flag from it by hand".into()),
        }
    }

    /// A call that yields one of its arguments is that argument; the other one is no longer evaluated.
    fn choice(&self, value: &Value, check: &FlagCheck) -> Start {
        let choice = check.choice.as_ref().ok_or("the arguments of the choice are not known")?;
        let truth = self.syntax().truthy(value).ok_or("the flag's value is neither true nor false")?;
        let (chosen, other) = if truth { (&choice.on, &choice.off) } else { (&choice.off, &choice.on) };
        let unreadable = "the choice stands where no expression can be read";
        let node = self.tree.at_span(&check.at.span).ok_or(unreadable)?;
        let chosen = self.tree.at_span(chosen).ok_or(unreadable)?;
        let mut costs = Vec::new();
        for argument in check.arguments.iter().chain([other]) {
            let Some(argument) = self.tree.at_span(argument).filter(|each| !self.tree.contains(*each, chosen)) else {
                continue;
            };
            if !is_inert(self.syntax(), self.tree, argument, &self.builders, &|_| Folded::Stays) {
                let argument = quote(self.tree.text_of(argument));
                costs.push((Applicability::Unsafe, format!("{argument} would no longer be evaluated")));
            }
        }
        Ok(Known { node, becomes: Becomes::Node(chosen), costs })
    }

    /// A guard that always lets through goes; one that never does would take what it guards along.
    fn guard(&self, value: &Value, check: &FlagCheck) -> Start {
        if self.syntax().truthy(value) != Some(true) {
            return Err("the guard never lets through: what it guards has to go by hand".into());
        }
        let Some(mut node) = self.tree.at_span(&check.at.span) else {
            return Err("the guard stands where it cannot be read".into());
        };
        let wraps = |outer: NodeId, inner: NodeId| match self.syntax().construct(self.tree, outer) {
            Construct::Same { operand, .. } | Construct::Statement(operand) => operand == inner,
            _ => false,
        };
        while let Some(outer) = self.tree.parent(node).filter(|outer| wraps(*outer, node)) {
            node = outer;
        }
        let alone = matches!(self.syntax().construct(self.tree, node), Construct::Statement(_));
        if alone || self.tree.kind(node) == "decorator" {
            return Ok(Known { node, becomes: Becomes::Nothing, costs: Vec::new() });
        }
        Err("the guard is part of an expression".into())
    }
}
