//! Which definitions of flags go: those of flags whose every check goes with this fix. Owns that decision and the reasons of
//! those that stay; how an entry is taken out is in `residue/entries`.

use std::collections::{BTreeMap, BTreeSet};

use super::Decision;
use crate::diagnostic::Applicability;
use crate::project::Project;
use crate::resolve::{FlagCheck, FlagDefinition, Key};
use crate::source::{Location, SourceId};

/// What becomes of the definitions of the decided flags.
#[derive(Debug, Default)]
pub struct Definitions<'p> {
    /// Those that go, by source.
    pub going: BTreeMap<SourceId, Vec<&'p FlagDefinition>>,
    /// Those that stay, with the reason.
    pub left: Vec<(Location, String)>,
}

/// Sorts the definitions of the decided flags. `applied` holds the decisions that are part of the plan.
pub fn sort<'p>(
    project: &'p Project,
    decisions: &[Decision],
    applied: &BTreeSet<usize>,
    level: Applicability,
) -> Definitions<'p> {
    let mut result = Definitions::default();
    let going: BTreeSet<usize> =
        decisions.iter().enumerate().filter(|(index, _)| applied.contains(index)).map(|(_, one)| one.check).collect();
    let decided: BTreeSet<&str> = decisions.iter().filter_map(|one| project.checks[one.check].flag()).collect();
    let mut staying: BTreeSet<&str> = BTreeSet::new();
    for (index, check) in project.checks.iter().enumerate() {
        staying.extend(check.flag().filter(|_| !going.contains(&index)));
    }
    for definition in &project.definitions {
        let flag = definition.flag.as_str();
        if !decided.contains(flag) || staying.contains(flag) {
            continue;
        }
        let what = definition.kind.name();
        let at = Location { source: definition.at.source, span: definition.key_span.clone() };
        if let Some(reason) = obstacle(project, definition) {
            result.left.push((at, format!("this {what} declares `{flag}`, which {reason}")));
        } else if level < Applicability::Unsafe {
            result.left.push((at, format!("this {what} declares `{flag}`, which nothing checks any more")));
        } else {
            result.going.entry(definition.at.source).or_default().push(definition);
        }
    }
    result
}

/// What may still need a definition.
fn obstacle(project: &Project, definition: &FlagDefinition) -> Option<String> {
    if definition.mentions > 0 {
        return Some("other code still mentions".to_owned());
    }
    // A key of which nothing is known could be any, and says nothing about this one.
    let possible = |check: &&FlagCheck| match &check.key {
        Key::Dynamic { prefix, suffix } => {
            !(prefix.is_empty() && suffix.is_empty()) && check.key.could_name(&definition.flag)
        }
        Key::Known { .. } => false,
    };
    let dynamic = project.checks.iter().find(possible)?;
    let (line, _) = project.sources.line_column(&dynamic.at);
    let path = project.sources.get(dynamic.at.source).display_path();
    Some(format!("the key that {path} puts together on line {line} could name"))
}
