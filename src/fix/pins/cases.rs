//! Tests that run once for each of a list of values, of which one column is what a flag is pinned to: the losing cases go,
//! and the column with them. Owns that decision; how a language writes such lists is its `TestSyntax`.

use super::place;
use super::{Change, PinSite, Pinned, Reader, matches};
use crate::diagnostic::Applicability;
use crate::fix::names::Variable;
use crate::fix::residue::item_spans;
use crate::fix::start::{Becomes, Known, Start};
use crate::fix::tree::NodeId;
use crate::value::Value;

/// A list of values, by the one parameter (or loop variable) that is asked about.
#[derive(Clone, Debug, Default)]
pub struct Cases {
    /// The parameter's value in each row.
    pub cells: Vec<NodeId>,
    /// Lists with one entry for each row: the rows, their names.
    pub lists: Vec<Vec<NodeId>>,
    /// What goes with the parameter, whatever the rows.
    pub header: Vec<Change>,
    /// What goes with the parameter in each row; empty where the rows consist of it.
    pub columns: Vec<Vec<Change>>,
    /// What in the header stands for the value, and has to be written out: a part of a title.
    pub shown: Vec<crate::source::Span>,
    /// What goes where every case is one of the losing value.
    pub whole: Vec<Change>,
    /// The same in words.
    pub title: String,
    /// Where the parameter can be read.
    pub scope: NodeId,
}

impl Reader<'_> {
    /// What becomes of a pin whose value is one of a list of cases; `None` where it is none.
    pub(super) fn cases(&self, index: usize) -> Option<Start> {
        let variable = self.variable(index)?;
        let cases = self.table(variable)?;
        Some(cases.and_then(|cases| self.sorted(index, variable, &cases)))
    }

    /// The variable that holds what a flag is pinned to.
    pub(super) fn variable(&self, index: usize) -> Option<&Variable> {
        let value = self.tree.at_span(self.pins[index].pin.value_span.as_ref()?)?;
        let mut variables = self.file.names.variables.iter();
        variables.find(|variable| !variable.unclear && variable.references.contains(&value))
    }

    fn table(&self, variable: &Variable) -> Option<Result<Cases, String>> {
        let [(name, _)] = variable.definitions.as_slice() else { return None };
        self.syntax.cases(self.tree, *name)
    }

    /// Whether each case pins the flag to the value that it has anyway.
    fn verdicts(&self, pinned: &Pinned<'_>, cases: &Cases) -> Option<Vec<bool>> {
        let literal = |cell: &NodeId| self.file.syntax().literal(self.tree, *cell);
        cases.cells.iter().map(|cell| matches(&literal(cell)?, pinned.value)).collect()
    }

    fn sorted(&self, index: usize, variable: &Variable, cases: &Cases) -> Start {
        let pinned = &self.pins[index];
        let place = self.places[index].as_ref().map_err(Clone::clone)?;
        let unknown = "not every case says what it pins the flag to";
        let verdicts = self.verdicts(pinned, cases).ok_or(unknown)?;
        let known = |changes: Vec<Change>, title: String, reason: String| {
            let becomes = Becomes::Changed { changes, title };
            Ok(Known { node: place.at, becomes, costs: vec![(Applicability::Unsafe, reason)] })
        };
        if !verdicts.contains(&true) {
            let reason = "every case of it pins the flag to another value".to_owned();
            return known(cases.whole.clone(), cases.title.clone(), reason);
        }
        let others = (0..self.pins.len()).filter(|other| *other != index);
        for (other, parameter) in others.filter_map(|other| Some((other, self.variable(other)?))) {
            let differ = if parameter.name == variable.name {
                let at = self.places[other].as_ref().map_or(0, |place| place.at);
                self.tree.contains(cases.scope, at)
                    && self.verdicts(&self.pins[other], cases).as_ref() != Some(&verdicts)
            } else {
                // Two columns of one list are not taken out at once.
                matches!(self.table(parameter), Some(Ok(table)) if table.lists == cases.lists)
            };
            if differ {
                return Err("its cases pin another flag as well".into());
            }
        }
        let value = self.decided(place, variable, cases, &verdicts)?;
        let mut changes = place::changes(self.tree, self.syntax, place, &self.gone)?;
        let (name, _) = &variable.definitions[0];
        changes.push(Change::Decide(*name, value.clone()));
        changes.extend(cases.header.iter().cloned());
        let text = self.file.syntax().spell(self.tree, *name, &value).unwrap_or_default();
        changes.extend(cases.shown.iter().map(|span| Change::Replace(span.clone(), text.clone())));
        let lost: Vec<usize> = (0..verdicts.len()).filter(|row| !verdicts[*row]).collect();
        if !cases.columns.is_empty() {
            for list in cases.lists.iter().filter(|_| !lost.is_empty()) {
                let going: Vec<NodeId> = lost.iter().filter_map(|row| list.get(*row).copied()).collect();
                changes.extend(item_spans(self.tree, list, &going).into_iter().map(Change::Cut));
            }
            let kept = cases.columns.iter().zip(&verdicts).filter(|(_, wins)| **wins);
            changes.extend(kept.flat_map(|(column, _)| column.iter().cloned()));
        }
        let reason = match lost.first().and_then(|row| cases.cells.get(*row)) {
            Some(cell) => format!("the cases with `{}` at `{}` go", variable.name, self.tree.text_of(*cell)),
            None => PinSite::PLAIN.into(),
        };
        known(changes, "remove the override and its cases".into(), reason)
    }

    /// The value that the parameter has in the cases that stay.
    fn decided(
        &self,
        place: &place::Place,
        variable: &Variable,
        cases: &Cases,
        verdicts: &[bool],
    ) -> Result<Value, String> {
        let file = self.file;
        let (name, _) = &variable.definitions[0];
        let winners = cases.cells.iter().zip(verdicts).filter(|(_, wins)| **wins);
        let mut values: Vec<Value> = winners.filter_map(|(cell, _)| file.syntax().literal(self.tree, *cell)).collect();
        values.dedup();
        let [value] = values.as_slice() else {
            return Err("its cases spell the value in different ways".into());
        };
        let outside = |reference: &NodeId| !self.tree.contains(place.at, *reference);
        if !matches!(value, Value::Bool(_)) && variable.references.iter().any(outside) {
            return Err(format!("the test uses `{}` for other things as well", variable.name));
        }
        if variable.references.iter().any(|reference| !self.tree.contains(cases.scope, *reference)) {
            return Err(format!("`{}` is read behind its cases", variable.name));
        }
        if file.names.are_read_at_runtime(self.tree, file.syntax().function_of(self.tree, place.at)) {
            return Err("the test reads its names while it runs".into());
        }
        file.start_of_name(*name, value)?;
        Ok(value.clone())
    }
}
