//! One entry below `flags`: shorthand and long form. States are read in `state`.

use std::collections::BTreeMap;

use super::super::error::Problem;
use super::super::model::{EnvironmentState, Environments, Flag, FlagKind, RolloutState};
use super::super::schedule;
use super::super::tree::{Entry, Kind, Map, Node};
use super::state::Extras;
use super::{Declared, FLAG_KEYS, Given, Reader, STATE_KEYS};
use crate::source::Location;
use crate::value::ValueType;

/// What may stand beside a state that is one for all environments.
const BESIDE: [&str; 5] = ["since", "reason", "needs", "by", "schedule"];

/// Names of the types that the format declares.
const TYPES: [&str; 5] = ["bool", "string", "int", "float", "json"];

impl Reader {
    /// Reads a flag. `environments` are the declared ones; empty means that any name is accepted.
    pub(in super::super) fn flag<'d>(&mut self, entry: &Entry<'d>, environments: &[String]) -> Declared<'d> {
        let at = Location { source: self.source, span: entry.key_span.clone() };
        let flag = empty(entry.key, at);
        let given = match entry.value.kind() {
            Kind::Map(fields) => Given {
                value_type: find(fields, "type").is_some(),
                kind: find(fields, "kind").is_some(),
                state: find(fields, "state").is_some(),
                overrides: overriding(fields),
            },
            _ => Given { state: true, ..Given::default() },
        };
        let mut declared = Declared { flag, given, requires: Vec::new(), alias_spans: Vec::new() };
        if entry.key.trim().is_empty() {
            self.problems.push(Problem::new("a flag without a name", entry.key_span.clone(), "the key is empty"));
        }
        match entry.value.kind() {
            Kind::Map(fields) => self.long_form(fields, &mut declared, environments),
            Kind::Null => {
                let problem = Problem::new(
                    format!("flag `{}` says nothing", entry.key),
                    entry.key_span.clone(),
                    "no state follows",
                );
                self.problems
                    .push(problem.help("say `on`, `off`, `25%`, `code-default` or `unknown`, or use the long form"));
            }
            _ => {
                let extras = Extras::default();
                if let Some(state) = self.scalar_state(entry.value, entry.key, &declared.flag, &extras) {
                    let at = declared.flag.at.clone();
                    declared.flag.environments.insert("*".to_owned(), EnvironmentState::plain(state, None, at));
                }
            }
        }
        declared
    }

    fn long_form<'d>(&mut self, fields: Map<'d>, declared: &mut Declared<'d>, environments: &[String]) {
        let flag = &mut declared.flag;
        let key = flag.key.clone();
        if let Some(stray) = stray_state_key(fields) {
            let problem = Problem::new(
                format!("`{}` stands outside `state`", stray.key),
                stray.key_span.clone(),
                "a state's key",
            );
            self.problems.push(problem.help(format!("write it below `state:` of flag `{key}`")));
        }
        let others = fields.iter().filter(|field| !STATE_KEYS.contains(&field.key));
        self.known_keys(others, &FLAG_KEYS, &format!("in flag `{key}`"));
        // The type first: values and states are read by it, wherever it stands.
        if let Some(field) = find(fields, "type")
            && let Some(name) = self.text(field.value, "`type`")
        {
            match ValueType::from_name(&name).filter(|_| TYPES.contains(&name.as_str())) {
                Some(value_type) => flag.value_type = value_type,
                None => self.unknown_name("type", &name, &field.value.span(), &TYPES),
            }
        }
        if let Some(field) = find(fields, "values") {
            match field.value.kind() {
                Kind::List(items) => {
                    let values = items.iter().filter_map(|item| self.value(item, flag.value_type, "a value"));
                    flag.variations = values.collect();
                }
                _ => self.mismatch(field.value, "`values`", "a list of the values that the flag can serve"),
            }
        }
        for field in fields.iter() {
            let value = field.value;
            match field.key {
                "kind" => {
                    if let Some(name) = self.text(value, "`kind`")
                        && let Some(kind) = self.kind(&name, &value.span())
                    {
                        (flag.kind, flag.kind_given) = (kind, true);
                    }
                }
                "owner" => flag.owners = names(self.texts(value, "an owner or a list of owners")),
                "tags" => flag.tags = names(self.texts(value, "a list of tags")),
                "aliases" => {
                    let aliases = self.texts(value, "a list of names seen in code");
                    (flag.aliases, declared.alias_spans) = aliases.into_iter().unzip();
                }
                "created" => flag.created = self.date(value, "`created`"),
                "expires" => flag.expires = self.date(value, "`expires`"),
                "description" => flag.description = self.text(value, "`description`"),
                "note" => drop(self.text(value, "`note`")),
                "permanent" => flag.permanent = self.truth(value, "`permanent`"),
                "override" => {
                    let given = self.truth(value, "`override`") == Some(true);
                    if given && (find(fields, "reason").is_none() || find(fields, "state").is_none()) {
                        let message = format!("flag `{key}` overrides a provider without a state and a `reason`");
                        let problem = Problem::new(message, field.key_span.clone(), "on whose word?");
                        self.problems
                            .push(problem.help("say `state:` and, beside it, why the provider is wrong: `reason:`"));
                    }
                }
                "archived" => flag.archived = self.truth(value, "`archived`").unwrap_or(false),
                "requires" => match value.kind() {
                    Kind::Map(parents) => declared.requires = parents.iter().collect(),
                    _ => self.mismatch(value, "`requires`", "a mapping from a flag to the value it must have"),
                },
                _ => {}
            }
        }
        if let (Some(created), Some(expires)) = (flag.created, flag.expires)
            && expires < created
            && let Some(field) = find(fields, "expires")
        {
            let message = format!("flag `{key}` expires before it was created");
            self.warnings.push(Problem::new(message, field.value.span(), "before `created`"));
        }
        self.states(fields, flag, environments);
    }

    fn states(&mut self, fields: Map<'_>, flag: &mut Flag, environments: &[String]) {
        let beside: Vec<Entry<'_>> = fields.iter().filter(|field| BESIDE.contains(&field.key)).collect();
        let Some(field) = find(fields, "state") else {
            let at = flag.at.clone();
            // A plan says nothing of what is served, and may be laid over the document of a provider.
            let (plans, beside): (Vec<Entry<'_>>, Vec<Entry<'_>>) =
                beside.into_iter().partition(|extra| extra.key == "schedule");
            let planned = plans.first().map(|plan| schedule::read(plan.value));
            let planned = planned.transpose().map_err(|problem| self.problems.push(problem)).unwrap_or_default();
            if let Some(extra) = beside.first() {
                let message = format!("`{}` says something about a state, but flag `{}` has none", extra.key, flag.key);
                self.problems.push(Problem::new(message, extra.key_span.clone(), "there is no `state` beside it"));
            }
            let state = RolloutState::Unknown { why: "no state is declared".to_owned() };
            let state = EnvironmentState { schedule: planned, ..EnvironmentState::plain(state, None, at) };
            flag.environments.insert("*".to_owned(), state);
            return;
        };
        let at = Location { source: self.source, span: field.key_span.clone() };
        match field.value.kind() {
            Kind::Map(entries) if !is_state(entries) => {
                // The reason of an override is one for all.
                let overrides = find(fields, "override").is_some();
                if let Some(extra) = beside.iter().find(|extra| !overrides || extra.key != "reason") {
                    let message = format!("`{}` beside a state per environment is ambiguous", extra.key);
                    let problem = Problem::new(message, extra.key_span.clone(), "which environment is meant?");
                    self.problems.push(
                        problem.help("write it inside the environment's state, as in {is: on, since: 2026-05-04}"),
                    );
                }
                if entries.is_empty() {
                    self.mismatch(field.value, "`state`", "a state or a mapping from environment to state");
                }
                for entry in entries.iter() {
                    if environments.is_empty() || environments.iter().any(|name| name == entry.key) {
                        let at = Location { source: self.source, span: entry.key_span.clone() };
                        self.environment(flag, entry.key, entry.value, &[], at);
                    } else {
                        self.unknown_environment(&entry, environments);
                    }
                }
            }
            _ => self.environment(flag, "*", field.value, &beside, at),
        }
    }

    fn unknown_environment(&mut self, entry: &Entry<'_>, environments: &[String]) {
        let known: Vec<&str> = environments.iter().map(String::as_str).collect();
        let here = super::suggestion(entry.key, &known).unwrap_or_else(|| "not declared".to_owned());
        let problem = Problem::new(format!("unknown environment `{}`", entry.key), entry.key_span.clone(), here);
        self.problems.push(problem.help(format!("declared below `environments`: {}", super::list(&known))));
    }

    fn environment(&mut self, flag: &mut Flag, name: &str, node: Node<'_>, beside: &[Entry<'_>], at: Location) {
        if let Some((state, since, schedule)) = self.state(node, flag, beside) {
            let state = EnvironmentState { schedule, ..EnvironmentState::plain(state, since, at) };
            flag.environments.insert(name.to_owned(), state);
        }
    }
}

/// A flag of which only the key is known.
pub(in super::super) fn empty(key: &str, at: Location) -> Flag {
    Flag {
        key: key.to_owned(),
        aliases: Vec::new(),
        value_type: ValueType::Bool,
        variations: Vec::new(),
        kind: FlagKind::Release,
        kind_given: false,
        permanent: None,
        archived: false,
        created: None,
        expires: None,
        owners: Vec::new(),
        tags: Vec::new(),
        description: None,
        requires: BTreeMap::new(),
        children: Vec::new(),
        environments: Environments::default(),
        provider: None,
        snapshots: Vec::new(),
        at,
    }
}

/// Why the state counts although a provider says otherwise; `None` when it does not.
fn overriding(fields: Map<'_>) -> Option<String> {
    find(fields, "override").filter(|field| super::truth(field.value.kind()) == Some(true))?;
    match find(fields, "reason")?.value.kind() {
        Kind::Text(reason) => Some(reason.to_owned()),
        _ => None,
    }
}

fn find<'d>(fields: Map<'d>, key: &str) -> Option<Entry<'d>> {
    fields.find(key)
}

/// `is`, `value`, `split` and `targeted` directly in a flag.
fn stray_state_key(fields: Map<'_>) -> Option<Entry<'_>> {
    fields.iter().find(|field| ["is", "value", "split", "targeted"].contains(&field.key))
}

/// Whether the mapping is one state for every environment rather than a state per environment: environments cannot
/// have the names of a state's keys.
fn is_state(entries: Map<'_>) -> bool {
    entries.iter().any(|entry| STATE_KEYS.contains(&entry.key))
}

fn names(found: Vec<(String, crate::source::Span)>) -> Vec<String> {
    found.into_iter().map(|(name, _)| name).collect()
}
