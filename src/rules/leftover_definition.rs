//! `leftover-definition`: constants, members and entries that declare a flag which no code checks any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::resolve::{FlagCheck, FlagDefinition, Key};
use crate::scan::definitions::DefinitionKind;
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "leftover-definition",
    severity: Severity::Warning,
    summary: "a flag that is declared in code, but checked nowhere",
    explain: include_str!("../../docs/rules/leftover-definition.md"),
    run,
};

/// Further definitions that are labelled; more are counted.
const SHOWN: usize = 5;

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let name = |key: &str| context.registry.resolve(key).map_or_else(|| key.to_owned(), |flag| flag.key.clone());
    let live = |check: &&FlagCheck| !check.in_test;
    let used: BTreeSet<String> =
        context.project.checks.iter().filter(live).filter_map(FlagCheck::flag).map(name).collect();
    let dynamic: Vec<&Key> =
        context.project.checks.iter().filter(live).map(|check| &check.key).filter(|key| key.flag().is_none()).collect();
    let mut flags: BTreeMap<String, Vec<&FlagDefinition>> = BTreeMap::new();
    for definition in &context.project.definitions {
        flags.entry(name(&definition.flag)).or_default().push(definition);
    }
    for (flag, definitions) in flags {
        let mentioned = definitions.iter().any(|definition| definition.mentions > 0);
        let possible = dynamic.iter().any(|key| definitions.iter().any(|one| key.could_name(&one.flag)));
        if used.contains(&flag) || mentioned || possible {
            continue;
        }
        let Some(first) = definitions.iter().find(|one| one.kind != DefinitionKind::Data).or(definitions.first())
        else {
            continue;
        };
        let others: Vec<&&FlagDefinition> = definitions.iter().filter(|one| one.at != first.at).collect();
        let mut notes = Vec::new();
        notes.extend(first.created.map(|day| format!("its annotation says that it was made on {day}")));
        notes.extend(first.removal.map(|day| format!("its annotation says that it should be gone by {day}")));
        if others.len() > SHOWN {
            notes.push(format!("declared in {} more places", others.len() - SHOWN));
        }
        // A data file may be read by something that is not part of this code.
        let only_data = first.kind == DefinitionKind::Data;
        if only_data {
            notes.push("only a data file names it; see whether something else reads that file".to_owned());
        }
        let label = |one: &&&FlagDefinition| Label {
            at: Location { source: one.at.source, span: one.key_span.clone() },
            message: "declared here too".to_owned(),
        };
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: if only_data { Severity::Note } else { RULE.severity },
            flag: Some(flag.clone()),
            at: Location { source: first.at.source, span: first.key_span.clone() },
            message: format!("this {} declares flag `{flag}`, but no code checks it", first.kind.name()),
            labels: others.iter().take(SHOWN).map(label).collect(),
            notes,
            fix: None,
        });
    }
}
