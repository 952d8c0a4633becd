//! The native registry file: what its keys mean. Works on the tree, so that YAML, JSON and TOML mean the same.
//! Owns the top level and the reading of simple values; flags are read in `flag`, states in `state`. Merging several
//! files is done by the parent module.

pub(super) mod flag;
mod state;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::error::Problem;
use super::model::{Flag, FlagKind};
use super::nearest::nearest;
use super::tree::{Entry, Kind, Node};
use crate::source::{SourceId, Span};
use crate::value::{Value, ValueType};

const TOP_KEYS: [&str; 7] = ["$schema", "version", "project", "environments", "lifetimes", "min-stable", "flags"];
const ENVIRONMENT_KEYS: [&str; 2] = ["required", "informational"];
const STATE_KEYS: [&str; 9] = ["is", "value", "split", "by", "targeted", "since", "reason", "needs", "schedule"];
const FLAG_KEYS: [&str; 20] = [
    "type",
    "kind",
    "owner",
    "created",
    "expires",
    "description",
    "tags",
    "aliases",
    "permanent",
    "archived",
    "requires",
    "values",
    "state",
    "note",
    "reason",
    "since",
    "needs",
    "by",
    "schedule",
    "override",
];
/// A longer period is a typing mistake: a hundred years.
const MAX_DAYS: u32 = 36_525;

/// Longer lists of names are refused: environments, owners, tags and aliases are few.
const MAX_LIST: usize = 1000;

/// What a file says besides its flags.
#[derive(Debug, Default)]
pub(super) struct Header<'d> {
    /// Environments that must agree, with their places.
    pub(super) required: Vec<(String, Span)>,
    /// Environments that are only mentioned.
    pub(super) informational: Vec<(String, Span)>,
    /// Lifetimes by kind; `None` is never.
    pub(super) lifetimes: BTreeMap<FlagKind, (Option<u32>, Span)>,
    /// Quiet time before a constant counts.
    pub(super) min_stable: Option<(u32, Span)>,
    /// The entries below `flags`.
    pub(super) flags: Vec<Entry<'d>>,
}

/// Which fields a file declares, where the default cannot be told from a declaration.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// `type`.
    pub(super) value_type: bool,
    /// `kind`.
    pub(super) kind: bool,
    /// Any state, `unknown` included.
    pub(super) state: bool,
    /// The reason of `override: true`.
    pub(super) overrides: Option<String>,
}

/// A flag as one file declares it.
#[derive(Debug)]
pub(super) struct Declared<'d> {
    /// The flag, without what depends on other flags.
    pub(super) flag: Flag,
    /// Which of its fields are declared rather than defaults.
    pub(super) given: Given,
    /// Its parents, whose values are read once their types are known.
    pub(super) requires: Vec<Entry<'d>>,
    /// Where its aliases stand, in their order.
    pub(super) alias_spans: Vec<Span>,
}

/// Reads one document and collects everything that is wrong with it.
#[derive(Debug)]
pub(super) struct Reader {
    source: SourceId,
    /// Errors, in the order found.
    pub(super) problems: Vec<Problem>,
    /// Things that are accepted with a warning.
    pub(super) warnings: Vec<Problem>,
    json_budget: usize,
}

impl Reader {
    pub(super) fn new(source: SourceId) -> Self {
        Self { source, problems: Vec::new(), warnings: Vec::new(), json_budget: MAX_JSON_NODES }
    }

    /// Reads everything but the flags.
    pub(super) fn header<'d>(&mut self, root: Node<'d>) -> Header<'d> {
        let mut header = Header::default();
        let Kind::Map(entries) = root.kind() else {
            let (message, here) = match root.kind() {
                Kind::Null => ("the registry is empty".to_owned(), "nothing is written here"),
                _ => {
                    (format!("a registry is a mapping with the key `flags`, but this is {}", root.type_name()), "here")
                }
            };
            self.problems.push(
                Problem::new(message, root.span(), here)
                    .help("the shortest registry is:\n  flags:\n    my-flag: on")
                    .help(format!("documents of these providers are read as well: {}", super::readers::known())),
            );
            return header;
        };
        self.known_keys(entries.iter(), &TOP_KEYS, "at the top of a registry");
        let mut flags = None;
        for Entry { key, key_span, value } in entries.iter() {
            match key {
                "version" if !matches!(value.kind(), Kind::Int(1)) => {
                    let problem = Problem::new("this version of the format is not known", value.span(), "not `1`");
                    self.problems
                        .push(problem.help("this flag-sweep reads version 1; a newer file needs a newer flag-sweep"));
                }
                "project" => drop(self.text(value, "the project's name")),
                "environments" => self.environments(value, &mut header),
                "lifetimes" => self.lifetimes(value, &mut header),
                "min-stable" => {
                    header.min_stable = self.days(value, false).flatten().map(|days| (days, key_span.clone()));
                }
                "flags" => flags = Some((key_span, value)),
                _ => {}
            }
        }
        match flags {
            None => self.problems.push(
                Problem::new(
                    "no flags are declared",
                    root.span().start..root.span().start,
                    "this mapping has no key `flags`",
                )
                .help("an empty registry would make every flag unknown, so it is refused")
                .help(format!("documents of these providers are read as well: {}", super::readers::known())),
            ),
            Some((key_span, value)) => match value.kind() {
                Kind::Map(flags) if !flags.is_empty() => header.flags = flags.iter().collect(),
                Kind::Map(_) | Kind::Null => self.problems.push(
                    Problem::new("no flags are declared", key_span.clone(), "nothing is listed here")
                        .help("an empty registry would make every flag unknown, so it is refused"),
                ),
                _ => self.mismatch(value, "`flags`", "a mapping from key to state"),
            },
        }
        header
    }

    fn environments(&mut self, node: Node<'_>, header: &mut Header<'_>) {
        let Kind::Map(entries) = node.kind() else {
            return self.mismatch(node, "`environments`", "a mapping with `required` and `informational`");
        };
        self.known_keys(entries.iter(), &ENVIRONMENT_KEYS, "below `environments`");
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        for entry in entries.iter() {
            let list = match entry.key {
                "required" => &mut header.required,
                "informational" => &mut header.informational,
                _ => continue,
            };
            for (name, span) in self.texts(entry.value, "a list of environment names") {
                if STATE_KEYS.contains(&name.as_str()) || name.is_empty() || name == "*" {
                    let problem =
                        Problem::new(format!("an environment cannot be called `{name}`"), span, "a reserved word");
                    self.problems.push(problem);
                } else if let Some(first) = seen.get(&name) {
                    let problem =
                        Problem::new(format!("environment `{name}` is declared twice"), span, "declared again");
                    self.problems.push(problem.label(first.clone(), "first declared here"));
                } else {
                    seen.insert(name.clone(), span.clone());
                    list.push((name, span));
                }
            }
        }
    }

    fn lifetimes(&mut self, node: Node<'_>, header: &mut Header<'_>) {
        let Kind::Map(entries) = node.kind() else {
            return self.mismatch(node, "`lifetimes`", "a mapping from kind to period");
        };
        for entry in entries.iter() {
            if let Some(kind) = self.kind(entry.key, &entry.key_span)
                && let Some(days) = self.days(entry.value, true)
            {
                header.lifetimes.insert(kind, (days, entry.key_span.clone()));
            }
        }
    }

    fn kind(&mut self, name: &str, span: &Span) -> Option<FlagKind> {
        let kind = FlagKind::ALL.into_iter().find(|kind| kind.name() == name);
        if kind.is_none() {
            let names = FlagKind::ALL.map(FlagKind::name);
            self.unknown_name("kind of flag", name, span, &names);
        }
        kind
    }

    /// Reports each key that is not in the list.
    fn known_keys<'d>(&mut self, entries: impl Iterator<Item = Entry<'d>>, known: &[&str], place: &str) {
        for entry in entries {
            if !known.contains(&entry.key) {
                let here = suggestion(entry.key, known).unwrap_or_else(|| "not a key of the format".to_owned());
                let problem =
                    Problem::new(format!("unknown key `{}` {place}", entry.key), entry.key_span.clone(), here);
                let help = if entry.key.contains(' ') && matches!(entry.value.kind(), Kind::Null) {
                    "text that holds a comma needs quotes inside {...}".to_owned()
                } else {
                    format!("known here: {}", list(known))
                };
                self.problems.push(problem.help(help));
            }
        }
    }

    fn unknown_name(&mut self, what: &str, name: &str, span: &Span, known: &[&str]) {
        let here = suggestion(name, known).unwrap_or_else(|| "not one of those below".to_owned());
        let problem = Problem::new(format!("unknown {what} `{name}`"), span.clone(), here);
        self.problems.push(problem.help(format!("known: {}", list(known))));
    }

    fn mismatch(&mut self, node: Node<'_>, what: &str, wanted: &str) {
        let message = format!("{what} must be {wanted}, not {}", node.type_name());
        self.problems.push(Problem::new(message, node.span(), format!("expected {wanted}")));
    }

    fn text(&mut self, node: Node<'_>, what: &str) -> Option<String> {
        match node.kind() {
            Kind::Text(text) => Some(text.to_owned()),
            _ => {
                self.mismatch(node, what, "text");
                None
            }
        }
    }

    /// A text or a list of texts, with their places.
    fn texts(&mut self, node: Node<'_>, what: &str) -> Vec<(String, Span)> {
        let one = |reader: &mut Self, node: Node<'_>| match node.kind() {
            Kind::Text(text) => Some((text.to_owned(), node.span())),
            _ => {
                reader.mismatch(node, "each of these", "text");
                None
            }
        };
        match node.kind() {
            Kind::List(items) if items.len() > MAX_LIST => {
                let message = format!("a list of {} names, the limit is {MAX_LIST}", items.len());
                self.problems.push(Problem::new(message, node.span(), "too many"));
                Vec::new()
            }
            Kind::List(items) => items.iter().filter_map(|item| one(self, item)).collect(),
            Kind::Text(_) => one(self, node).into_iter().collect(),
            _ => {
                self.mismatch(node, "this", what);
                Vec::new()
            }
        }
    }

    fn truth(&mut self, node: Node<'_>, what: &str) -> Option<bool> {
        let on = truth(node.kind());
        if on.is_none() {
            self.mismatch(node, what, "true or false");
        }
        on
    }

    /// `YYYY-MM-DD` and nothing else.
    fn date(&mut self, node: Node<'_>, what: &str) -> Option<Date> {
        let Kind::Text(text) = node.kind() else {
            self.mismatch(node, what, "a date written YYYY-MM-DD");
            return None;
        };
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
        match text.parse::<Date>() {
            Ok(date) if shaped => Some(date),
            _ => {
                let here = if shaped { "there is no such day" } else { "not written YYYY-MM-DD" };
                let problem = Problem::new(format!("{what} is not a date: `{text}`"), node.span(), here);
                self.problems.push(problem.help("dates are UTC days, for example 2026-05-04"));
                None
            }
        }
    }

    /// `30d`, `2w` or, where allowed, `never` (the inner `None`).
    fn days(&mut self, node: Node<'_>, may_be_never: bool) -> Option<Option<u32>> {
        let words = if may_be_never { "30d, 6w or never" } else { "14d or 2w" };
        let text = match node.kind() {
            Kind::Text(text) => text.to_owned(),
            Kind::Int(number) => number.to_string(),
            _ => {
                self.mismatch(node, "a period", &format!("written like {words}"));
                return None;
            }
        };
        if may_be_never && text == "never" {
            return Some(None);
        }
        let period = [("d", 1), ("w", 7)].into_iter().find_map(|(unit, factor)| {
            let digits = text.strip_suffix(unit).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            digits.parse::<u32>().ok()?.checked_mul(factor).filter(|days| *days <= MAX_DAYS)
        });
        if period.is_none() {
            let here = format!("expected a period like {words}");
            let problem = Problem::new(format!("`{text}` is not a period"), node.span(), here);
            self.problems
                .push(problem.help("days (d) and weeks (w) are understood; months and years differ in length"));
        }
        period.map(Some)
    }

    /// A value of a type; `what` names it in messages.
    pub(super) fn value(&mut self, node: Node<'_>, wanted: ValueType, what: &str) -> Option<Value> {
        self.value_of(node.kind(), &node.span(), wanted, what)
    }

    fn value_of(&mut self, kind: Kind<'_>, span: &Span, wanted: ValueType, what: &str) -> Option<Value> {
        if wanted == ValueType::Json && matches!(kind, Kind::List(_) | Kind::Map(_)) {
            let value = json(kind, &mut self.json_budget);
            if value.is_none() {
                let message = format!("{what} cannot be held as JSON");
                let here = format!("more than {MAX_JSON_NODES} values so far, or a number beyond 64 bits");
                self.problems.push(Problem::new(message, span.clone(), here));
            }
            return value.map(|json| Value::Json(json.to_string()));
        }
        // Of a flag whose values differ in type, it is what it looks like, as documents of providers are read.
        let wanted = if wanted == ValueType::Any { fitting_type(kind).unwrap_or(wanted) } else { wanted };
        let value = match (wanted, kind) {
            (ValueType::Bool, _) => truth(kind).map(Value::Bool),
            (ValueType::String, Kind::Text(text)) => Some(Value::String(text.to_owned())),
            (ValueType::Int, Kind::Int(number)) => Some(Value::Int(number)),
            (ValueType::Float, Kind::Int(number)) => Some(Value::Float(number as f64)),
            (ValueType::Float, Kind::Float(number)) => Some(Value::Float(number)),
            (ValueType::Json | ValueType::Any, _) => {
                json(kind, &mut self.json_budget).map(|json| Value::Json(json.to_string()))
            }
            _ => None,
        };
        if value.is_none() {
            let message = format!("{what} is {}, but the flag is of type {}", kind.type_name(), wanted.name());
            let mut problem = Problem::new(message, span.clone(), format!("not of type {}", wanted.name()));
            let scalar = !matches!(kind, Kind::List(_) | Kind::Map(_));
            if wanted == ValueType::String && scalar {
                problem = problem.help("put it in quotes if the flag serves this as text");
            } else if let Some(fitting) = fitting_type(kind).filter(|fitting| *fitting != wanted) {
                problem = problem.help(format!("if the value is right, declare `type: {}`", fitting.name()));
            }
            self.problems.push(problem);
        }
        value
    }

    /// A value of a type, written as the key of a mapping.
    fn value_of_key(&mut self, key: &str, span: &Span, wanted: ValueType, what: &str) -> Option<Value> {
        let kind = match wanted {
            ValueType::Int => key.parse().map(Kind::Int).unwrap_or(Kind::Text(key)),
            ValueType::Float => key.parse().map(Kind::Float).unwrap_or(Kind::Text(key)),
            _ => Kind::Text(key),
        };
        self.value_of(kind, span, wanted, what)
    }
}

/// Truth values as registries write them; YAML 1.1 words and `"on"` in JSON and TOML are accepted.
fn truth(kind: Kind<'_>) -> Option<bool> {
    match kind {
        Kind::Bool(on) => Some(on),
        Kind::Text(text) => match text.to_ascii_lowercase().as_str() {
            "on" | "yes" | "true" => Some(true),
            "off" | "no" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn fitting_type(kind: Kind<'_>) -> Option<ValueType> {
    match kind {
        Kind::Bool(_) => Some(ValueType::Bool),
        Kind::Int(_) => Some(ValueType::Int),
        Kind::Float(_) => Some(ValueType::Float),
        Kind::Text(_) => Some(ValueType::String),
        Kind::List(_) | Kind::Map(_) => Some(ValueType::Json),
        Kind::Null | Kind::Huge | Kind::Code(_) => None,
    }
}

/// How many values all values of type json of a file may hold together. Aliases share nodes, so a short text may stand for
/// more than fits.
const MAX_JSON_NODES: usize = 1_000_000;

/// The value as JSON with sorted keys, so that equal objects are equal texts. `None` for what JSON cannot hold exactly.
pub(super) fn json(kind: Kind<'_>, budget: &mut usize) -> Option<serde_json::Value> {
    *budget = budget.checked_sub(1)?;
    Some(match kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(on) => on.into(),
        Kind::Int(number) => number.into(),
        Kind::Float(number) => serde_json::Number::from_f64(number)?.into(),
        Kind::Huge | Kind::Code(_) => return None,
        Kind::Text(text) => text.into(),
        // The tree is at most `tree::MAX_DEPTH` deep.
        Kind::List(items) => items.iter().map(|item| json(item.kind(), budget)).collect::<Option<Vec<_>>>()?.into(),
        Kind::Map(entries) => {
            let mut sorted: Vec<Entry<'_>> = entries.iter().collect();
            sorted.sort_by_key(|entry| entry.key);
            let object =
                sorted.into_iter().map(|entry| Some((entry.key.to_owned(), json(entry.value.kind(), budget)?)));
            serde_json::Value::Object(object.collect::<Option<_>>()?)
        }
    })
}

fn suggestion(name: &str, known: &[&str]) -> Option<String> {
    nearest(name, known.iter().copied()).map(|known| format!("did you mean `{known}`?"))
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The document's `flags` mapping, if it looks like a native registry.
pub(super) fn looks_native(root: Node<'_>) -> bool {
    let Kind::Map(entries) = root.kind() else { return false };
    entries.find("flags").is_some_and(|entry| matches!(entry.value.kind(), Kind::Map(_)))
}
