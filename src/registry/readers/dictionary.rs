//! In-house registries: a mapping from key to what is served, or rows of a table. Owns the states that follow from the
//! semantics which the configuration declares; without a declaration the flags are known, and what they serve is not.

mod fields;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use super::super::error::Problem;
use super::super::input::Input;
use super::super::merge::Document;
use super::super::model::{EnvironmentState, Flag, FlagKind, Premise, RolloutState};
use super::super::schedule;
use super::super::semantics::{Anonymous, Role, Semantics, Strategy, TextMeans};
use super::super::table::{self, Decision};
use super::super::tree::{Entry, Kind};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::Reading;
use super::steps::{Outcome, Step, When, settle};
use crate::resolve::Projection;
use crate::source::Span;
use crate::value::Value;
use fields::{list, moment, share, text, texts, truth, word};

/// Rows of a table, which nothing describes: the flags are known, and what they serve is not.
pub(super) const FORMAT: Format = Format { name: "table", title: "the table of flags", recognises, read: read_rows };

/// What the evaluator asks, in this order unless the configuration says otherwise.
const PRECEDENCE: [Role; 4] = [Role::Enabled, Role::Strategy, Role::Users, Role::Percentage];

/// Roles that one field of an entry has: which of two the evaluator reads, nobody knows.
const SINGLE: [Role; 6] = [Role::Enabled, Role::Strategy, Role::Users, Role::Percentage, Role::Value, Role::OffValue];

/// Nesting of metadata that is looked into.
const MAX_METADATA: usize = 4;

/// What is known of the whole registry before its entries are read.
struct Whole<'a> {
    /// The declared semantics.
    semantics: &'a Semantics,
    /// Why nothing can be concluded from any entry.
    doubt: Option<String>,
    /// The file and what it does to entries after it has written them: a premise of each.
    writes: Option<(String, String)>,
    /// Per key, why nothing can be concluded from it: rows of an override table, decisions that differ.
    doubts: BTreeMap<String, String>,
    /// Per key, what the project wrote down that it decided.
    decisions: BTreeMap<String, Vec<Decision>>,
    /// Roles of the fields met so far: a table repeats its few columns in every row.
    roles: RefCell<HashMap<String, Option<Role>>>,
}

impl<'a> Whole<'a> {
    /// A registry that nothing speaks against.
    fn new(semantics: &'a Semantics) -> Self {
        let (doubts, decisions) = (BTreeMap::new(), BTreeMap::new());
        Self { semantics, doubt: None, writes: None, doubts, decisions, roles: RefCell::default() }
    }

    fn role(&self, field: &str) -> Option<Role> {
        if let Some(known) = self.roles.borrow().get(field) {
            return *known;
        }
        let role = self.semantics.role(field);
        self.roles.borrow_mut().insert(field.to_owned(), role);
        role
    }
}

fn recognises(root: &At<'_>) -> bool {
    table::is_rows(root)
}

fn read_rows(reading: &mut Reading, root: &At<'_>) {
    let semantics = Semantics::default();
    read(reading, &root.near("rows"), &Whole::new(&semantics));
}

/// Reads a registry as the configuration describes it: rows of a table, a literal of a program, or a data file.
pub(super) fn read_described(reading: &mut Reading, root: &At<'_>, document: &Document, input: &Input) {
    let mut semantics = input.semantics.clone().unwrap_or_default();
    if table::is_rows(root) {
        semantics.ignored.extend(table::NUMBERING.map(str::to_owned));
        let mut whole = Whole::new(&semantics);
        let beside = table::beside(root, |row| field(row, Role::Key, &whole).and_then(|at| text(&at)));
        (whole.doubt, whole.doubts, whole.decisions) = (beside.doubt, beside.doubts, beside.decisions);
        return read(reading, &root.near("rows"), &whole);
    }
    let mut whole = Whole::new(&semantics);
    if let Some((writes, _)) = &document.program {
        if !writes.is_empty() {
            whole.writes = Some((document.name.clone(), writes.join("; ")));
        }
        return read(reading, root, &whole);
    }
    let mut at = root.clone();
    for key in input.mapping.iter().flat_map(|path| path.split('.')) {
        let Some(below) = at.get(key) else {
            let message = format!("there is no mapping `{key}` in it");
            let problem = Problem::new(message, at.node.span(), "looked for it here");
            return reading.problems.push(problem.help("`mapping` is the path of keys to the flags, joined by dots"));
        };
        at = below;
    }
    if !matches!(at.node.kind(), Kind::Map(_) | Kind::List(_)) {
        let message = format!("a registry is a mapping or a list, and this is {}", at.node.type_name());
        return reading.problems.push(Problem::new(message, at.node.span(), "here"));
    }
    read(reading, &at, &whole);
}

/// Reads a mapping from key to entry, or a list of entries that name their key.
fn read(reading: &mut Reading, root: &At<'_>, whole: &Whole<'_>) {
    let entries: Vec<(String, Span, At<'_>)> = match root.node.kind() {
        Kind::Map(_) => {
            root.entries().into_iter().map(|(entry, at)| (entry.key.to_owned(), entry.key_span, at)).collect()
        }
        _ => {
            let mut rows = Vec::new();
            for row in root.items() {
                let key = field(&row, Role::Key, whole).and_then(|at| text(&at));
                match key {
                    Some(key) => rows.push((key, row.node.span(), row)),
                    None => reading.keyless(&row, "key"),
                }
            }
            rows
        }
    };
    let has_percentage = entries.iter().any(|(_, _, at)| field(at, Role::Percentage, whole).is_some());
    let mut flags: BTreeMap<String, Flag> = BTreeMap::new();
    let mut order = Vec::new();
    let mut again = Vec::new();
    for (key, place, at) in entries {
        let environment = field(&at, Role::Environment, whole).and_then(|at| text(&at));
        let flag = entry(reading, &key, &place, &at, environment.as_deref(), whole, has_percentage);
        match flags.get_mut(&key) {
            // One row per environment.
            Some(first) if environment.as_ref().is_some_and(|name| !first.environments.contains_key(name)) => {
                first.environments.extend(flag.environments);
                first.created = first.created.or(flag.created);
                // What makes a flag stay does so in whichever row it stands.
                first.permanent = first.permanent.max(flag.permanent);
                if flag.kind_given && matches!(first.kind, FlagKind::Release | FlagKind::Experiment) {
                    (first.kind, first.kind_given) = (flag.kind, true);
                }
            }
            Some(_) => again.push(flag),
            None => {
                order.push(key.clone());
                flags.insert(key, flag);
            }
        }
    }
    for key in order {
        if let Some(flag) = flags.remove(&key) {
            reading.add(flag);
        }
    }
    again.into_iter().for_each(|flag| reading.add(flag));
}

fn entry(
    reading: &Reading,
    key: &str,
    place: &Span,
    at: &At<'_>,
    environment: Option<&str>,
    whole: &Whole<'_>,
    has_percentage: bool,
) -> Flag {
    let mut flag = reading.flag_at(key, place.clone());
    describe(&mut flag, at, whole, MAX_METADATA);
    let changed = field(at, Role::Changed, whole).and_then(|at| moment(at.node));
    let (mut state, value) = judge(at, whole, has_percentage);
    if let Some(why) = whole.doubts.get(key).or(whole.doubt.as_ref()) {
        state = unknown(why.clone());
    }
    if let Some(decisions) = whole.decisions.get(key) {
        compare(&mut state, decisions, changed, value.as_ref());
    }
    let mut placed = reading.state_at(state.clone(), changed, place.clone());
    if let Some(served) = value {
        flag.value_type = served.value_type();
        let on = matches!(state, RolloutState::Constant { value: Value::Bool(true), .. });
        let seen = match &state {
            RolloutState::Constant { premises, why, .. } if on => {
                RolloutState::Constant { value: served, premises: premises.clone(), why: why.clone() }
            }
            _ => match (off_value(at, whole), &state) {
                (Some(value), RolloutState::Off { why, .. }) => RolloutState::Off { value, why: why.clone() },
                (_, RolloutState::Constant { why, .. } | RolloutState::Off { why, .. }) => {
                    unknown(format!("what it serves while it is off is not known: {why}"))
                }
                (_, other) => other.clone(),
            },
        };
        placed = EnvironmentState { state: seen, seen: vec![(Projection::Enabled, state)], ..placed };
    }
    if let Some(plan) = field(at, Role::Schedule, whole) {
        placed.schedule = schedule::read(plan.node).ok();
    }
    flag.environments.insert(environment.unwrap_or(EVERY).to_owned(), placed);
    flag
}

/// What was decided can refute a constant, never prove one. Decisions of the day of the change and of the day after it
/// may still be those of before: caches.
fn compare(state: &mut RolloutState, decisions: &[Decision], changed: Option<Date>, served: Option<&Value>) {
    let (on, why) = match &*state {
        RolloutState::Constant { value, why, .. } | RolloutState::Off { value, why } => {
            (*value == Value::Bool(true), why.clone())
        }
        _ => return,
    };
    let wanted = match served {
        Some(served) if on => served.clone(),
        Some(_) => return,
        None => Value::Bool(on),
    };
    let current = |decision: &&Decision| match (changed, decision.last) {
        (Some(changed), Some(last)) => (last - changed).get_days() > 1,
        _ => true,
    };
    let last = |decision: &Decision| decision.last.map_or_else(String::new, |day| format!(", last on {day}"));
    let mut agreeing = None;
    for decision in decisions.iter().filter(current) {
        let times = if decision.count == 1 { "once".to_owned() } else { format!("{} times", decision.count) };
        let said = format!("`{}` {times}{}", decision.result, last(decision));
        if !says(&decision.result, &wanted) {
            *state = unknown(format!("the log of decisions has {said}, which contradicts this: {why}"));
            return;
        }
        agreeing = Some(said);
    }
    if let (Some(said), RolloutState::Constant { why, .. } | RolloutState::Off { why, .. }) = (agreeing, state) {
        why.push_str(&format!("; the log of decisions has {said}, and nothing else"));
    }
}

/// Whether a result as it was written down is a value.
fn says(result: &str, value: &Value) -> bool {
    match (value, result.to_ascii_lowercase().as_str()) {
        (Value::Bool(true), "true" | "t" | "1" | "on" | "enabled") => true,
        (Value::Bool(false), "false" | "f" | "0" | "off" | "disabled") => true,
        (Value::String(text), _) => text == result,
        (Value::Bool(_), _) => false,
        (other, _) => other.to_string() == result,
    }
}

fn unknown(why: String) -> RolloutState {
    RolloutState::Unknown { why }
}

/// What an entry serves, and the value that it has while it is on, if that is no truth value.
fn judge(at: &At<'_>, whole: &Whole<'_>, has_percentage: bool) -> (RolloutState, Option<Value>) {
    let semantics = whole.semantics;
    if !semantics.declared {
        let why =
            "no semantics are declared for this registry in `[[registries]]`, so what its entries mean is not known";
        return (unknown(at.because(why)), None);
    }
    match at.node.kind() {
        Kind::Bool(on) => {
            let why = at.because(&format!("it is {on}"));
            (overridden(constant(on, why), whole), None)
        }
        Kind::Text(_) if semantics.text == TextMeans::Description => {
            (unknown(at.because("the text is a description, which does not say what is served")), None)
        }
        Kind::Int(_) | Kind::Float(_) if semantics.number_is_percentage => {
            let share = super::at::number(at.node).unwrap_or(f64::NAN);
            let mut steps = Vec::new();
            percentage(&mut steps, share, at, semantics);
            steps.push(off(at, "the percentage lets nobody else in"));
            (overridden(settle(&steps), whole), None)
        }
        Kind::Map(_) => judge_fields(at, whole, has_percentage),
        Kind::Code(code) => (unknown(at.because(&format!("it is an expression: {code}"))), None),
        _ => (unknown(at.because(&format!("it is {}, whose meaning is not declared", at.node.type_name()))), None),
    }
}

fn judge_fields(at: &At<'_>, whole: &Whole<'_>, has_percentage: bool) -> (RolloutState, Option<Value>) {
    let semantics = whole.semantics;
    if let Some(why) = stray(at, whole) {
        return (unknown(why), None);
    }
    let mut steps = Vec::new();
    let mut only_users = false;
    let mut no_percentage = false;
    let mut lists_users = false;
    let order: &[Role] = if semantics.precedence.is_empty() { &PRECEDENCE } else { &semantics.precedence };
    for role in PRECEDENCE.iter().filter(|role| !order.contains(role)) {
        if let Some(place) = field(at, *role, whole) {
            steps.push(unclear(&place, "`precedence` does not say when this is asked"));
        }
    }
    for role in order {
        let place = field(at, *role, whole);
        match (role, place) {
            (Role::Enabled, Some(place)) => match truth(&place) {
                Some(true) => {}
                Some(false) => steps.push(off(&place, "it is switched off")),
                None => steps.push(unclear(&place, "the switch is neither true nor false")),
            },
            (Role::Enabled, None) => match semantics.enabled_absent {
                Some(true) => {}
                Some(false) => steps.push(off(at, "`enabled-absent` is false")),
                None => steps.push(unclear(at, "it has no switch, and `enabled-absent` is not declared")),
            },
            (Role::Strategy, Some(place)) => match word(&place).map(|word| semantics.strategy(&word)) {
                Some(Some(Strategy::All)) => steps.push(on(When::Always, &place, "its strategy is everybody")),
                Some(Some(Strategy::Nobody)) => steps.push(off(&place, "its strategy is nobody")),
                Some(Some(Strategy::Percentage)) => {}
                Some(Some(Strategy::Users)) => (only_users, no_percentage) = (true, true),
                _ => steps.push(unclear(&place, "a strategy whose meaning is not declared")),
            },
            (Role::Users, Some(place)) => match list(&place) {
                Some(0) => match semantics.users_empty {
                    Some(true) => steps.push(on(When::Always, &place, "an empty list of users is everybody")),
                    Some(false) => {}
                    None => {
                        steps.push(unclear(&place, "a list of users that is empty, and `users-empty` is not declared"))
                    }
                },
                Some(_) => {
                    lists_users = true;
                    steps.push(on(When::Sometimes(place.because("a list of users")), &place, "a list of users"));
                }
                None => steps.push(unclear(&place, "no list of users")),
            },
            (Role::Percentage, _) if no_percentage => {}
            (Role::Percentage, Some(place)) => match share(&place) {
                Some(share) => {
                    percentage(&mut steps, share, &place, semantics);
                    steps.push(off(&place, "the percentage lets nobody else in"));
                }
                None => steps.push(unclear(&place, "no percentage")),
            },
            (Role::Percentage, None) => match semantics.percentage_absent {
                Some(share) => {
                    percentage(&mut steps, share, at, semantics);
                    steps.push(off(at, "`percentage-absent` lets nobody else in"));
                }
                None if has_percentage || field(at, Role::Strategy, whole).is_some() => {
                    steps.push(unclear(at, "it has no percentage, and `percentage-absent` is not declared"));
                }
                // Whether those who are not on the list get it too, the list does not say.
                None if lists_users => only_users = true,
                None => {}
            },
            _ => {}
        }
    }
    steps.push(if only_users { off(at, "nobody else is listed") } else { on(When::Always, at, "nothing limits it") });
    let state = match settle(&steps) {
        RolloutState::Constant { value: Value::Bool(false), premises, why } if premises.is_empty() => {
            RolloutState::Off { value: Value::Bool(false), why }
        }
        state => state,
    };
    let written = field(at, Role::Value, whole).map(|place| place.value().ok_or(place)).transpose();
    let value = match written {
        Ok(value) => value,
        Err(place) => return (unknown(place.because("its value is an expression, or too large a number")), None),
    };
    let unlike = field(at, Role::OffValue, whole).filter(|place| truth(place) != Some(false));
    match (value, unlike) {
        // Which of the two a check asks for is not known.
        (Some(Value::Bool(false)), _) => (unknown(at.because("it is on or off, and its value is `false`")), None),
        (Some(Value::Bool(true)) | None, Some(place)) => {
            (unknown(place.because("it is on or off, and its value while it is off is not `false`")), None)
        }
        (Some(Value::Bool(true)) | None, None) => (overridden(state, whole), None),
        (value, _) => (overridden(state, whole), value),
    }
}

/// What a percentage lets in, and what becomes of those without an identity.
fn percentage(steps: &mut Vec<Step>, percentage: f64, at: &At<'_>, semantics: &Semantics) {
    let why = format!("a percentage of {percentage}");
    let Some(buckets) = semantics.buckets else {
        // Whatever the buckets are, something between is a share.
        if percentage > 1.0 && percentage < 99.0 {
            return steps.push(on(When::Share(percentage, None), at, &why));
        }
        return steps.push(unclear(at, &format!("{why}, and `bucket` and `compare` are not declared")));
    };
    let share = buckets.share(percentage);
    let user = || vec![Premise::UserObject];
    match (share, semantics.anonymous) {
        (share, _) if share.is_nan() => steps.push(unclear(at, "no percentage")),
        (1.0, Some(Anonymous::On)) => steps.push(on(When::Always, at, &format!("{why} covers every bucket"))),
        (1.0, _) => steps.push(on(When::Given(user()), at, &format!("{why} covers every bucket"))),
        (0.0, Some(Anonymous::Off)) => {}
        (0.0, _) => steps.push(on(When::Unless(user()), at, &why)),
        (share, anonymous) => {
            if anonymous == Some(Anonymous::On) {
                steps.push(on(When::Sometimes(at.because("nobody given")), at, "nobody is given"));
            }
            steps.push(on(When::Share(share * 100.0, None), at, &why));
        }
    }
}

fn on(when: When, at: &At<'_>, why: &str) -> Step {
    Step::one(when, Outcome::truth(true), at.because(why))
}

fn off(at: &At<'_>, why: &str) -> Step {
    Step::one(When::Always, Outcome::truth(false), at.because(why))
}

/// Whether this decides, and what, is not known: both can come out.
fn unclear(at: &At<'_>, why: &str) -> Step {
    let why = at.because(why);
    Step::one(When::Unclear(why.clone()), Outcome::Unclear(why.clone()), why)
}

fn constant(on: bool, why: String) -> RolloutState {
    if on {
        RolloutState::Constant { value: Value::Bool(true), premises: Vec::new(), why }
    } else {
        RolloutState::Off { value: Value::Bool(false), why }
    }
}

/// A constant holds as long as nothing overrides it: what may is a premise, and so is that nobody said.
fn overridden(state: RolloutState, whole: &Whole<'_>) -> RolloutState {
    let declared = match &whole.semantics.overrides {
        None => vec![Premise::NoOverride(None)],
        Some(names) => names.iter().cloned().map(|name| Premise::NoOverride(Some(name))).collect(),
    };
    let writes = whole.writes.iter().map(|(file, what)| Premise::NoWrite(file.clone(), what.clone()));
    let mut more: Vec<Premise> = declared.into_iter().chain(writes).collect();
    if more.is_empty() {
        return state;
    }
    match state {
        RolloutState::Constant { value, mut premises, why } => {
            premises.append(&mut more);
            RolloutState::Constant { value, premises, why }
        }
        RolloutState::Off { value, why } => RolloutState::Constant { value, premises: more, why },
        other => other,
    }
}

fn off_value(at: &At<'_>, whole: &Whole<'_>) -> Option<Value> {
    field(at, Role::OffValue, whole).and_then(|place| place.value())
}

/// The place of the field that has a role. What is ignored has none, but for what numbers the rows: that may be the key.
fn field<'a>(at: &At<'a>, role: Role, whole: &Whole<'_>) -> Option<At<'a>> {
    let is_it = |entry: &Entry<'_>| {
        !matches!(entry.value.kind(), Kind::Null)
            && whole.role(entry.key) == Some(role)
            && (role == Role::Key || !whole.semantics.ignored.contains(entry.key))
    };
    at.get(at.map().find(is_it)?.key)
}

/// The first field whose meaning nobody knows, in metadata too.
fn stray(at: &At<'_>, whole: &Whole<'_>) -> Option<String> {
    let semantics = whole.semantics;
    let mut met = BTreeSet::new();
    for (entry, place) in at.entries() {
        if semantics.ignored.contains(entry.key) {
            continue;
        }
        let says = !matches!(entry.value.kind(), Kind::Null);
        match whole.role(entry.key) {
            None => {
                let what = "a field whose meaning is not declared (`fields` and `ignore` in `[[registries]]`)";
                return Some(place.because(what));
            }
            Some(Role::Metadata) => match entry.value.kind() {
                Kind::Map(_) => {
                    if let Some(why) = metadata_stray(&place, semantics) {
                        return Some(why);
                    }
                }
                Kind::Null => {}
                Kind::Text(text) if matches!(text.trim(), "" | "{}" | "null") => {}
                Kind::Text(text) => match metadata_keys(text) {
                    Some(keys) => {
                        if let Some(key) = keys.iter().find(|key| !is_harmless(key, semantics)) {
                            return Some(place.because(&format!("metadata with `{key}`, which may decide")));
                        }
                    }
                    None => return Some(place.because("metadata that is no JSON object")),
                },
                _ => return Some(place.because("metadata that is no mapping")),
            },
            // What is no plan of days and shares may be what the evaluator goes by.
            Some(Role::Schedule) if says && schedule::read(entry.value).is_err() => {
                return Some(place.because("a schedule that cannot be read (`ignore` in `[[registries]]`)"));
            }
            Some(role) if says && SINGLE.contains(&role) && !met.insert(role) => {
                return Some(place.because("a second field of one role (`fields` and `ignore` in `[[registries]]`)"));
            }
            Some(_) => {}
        }
    }
    None
}

fn metadata_stray(at: &At<'_>, semantics: &Semantics) -> Option<String> {
    let stray = at.entries().into_iter().find(|(entry, _)| !is_harmless(entry.key, semantics));
    stray.map(|(entry, place)| place.because(&format!("metadata with `{}`, which may decide", entry.key)))
}

/// Whether a field of the metadata decides nothing: what is usual about owners and days, or declared to be ignored.
fn is_harmless(key: &str, semantics: &Semantics) -> bool {
    let deciding = [
        Role::Key,
        Role::Enabled,
        Role::Percentage,
        Role::Users,
        Role::Strategy,
        Role::Value,
        Role::OffValue,
        Role::Environment,
        Role::Schedule,
        Role::Archived,
    ];
    semantics.ignored.contains(key) || semantics.role(key).is_some_and(|role| !deciding.contains(&role))
}

fn metadata_keys(text: &str) -> Option<Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(value.as_object()?.keys().cloned().collect())
}

/// What an entry says about its flag besides what it serves.
fn describe(flag: &mut Flag, at: &At<'_>, whole: &Whole<'_>, depth: usize) {
    for (entry, place) in at.entries() {
        match whole.role(entry.key) {
            Some(Role::Created) => flag.created = flag.created.or(moment(place.node)),
            Some(Role::Expires) => flag.expires = flag.expires.or(moment(place.node)),
            Some(Role::Description) => flag.description = flag.description.take().or_else(|| text(&place)),
            Some(Role::Owner) => flag.owners.extend(texts(&place)),
            Some(Role::Tags) => flag.tags.extend(texts(&place)),
            Some(Role::Permanent) => flag.permanent = truth(&place).or(flag.permanent),
            // A day on which it was archived, or that it was.
            Some(Role::Archived) => {
                let says_no = matches!(place.node.kind(), Kind::Null) || truth(&place) == Some(false);
                flag.archived |= !says_no;
            }
            Some(Role::Kind) if !matches!(place.node.kind(), Kind::Null) => {
                let kind = text(&place).and_then(|name| {
                    let name = name.to_ascii_lowercase().replace('_', "-");
                    FlagKind::ALL.into_iter().find(|kind| kind.name() == name)
                });
                // A kind that is not known makes a flag that is never removed.
                flag.kind = kind.unwrap_or(FlagKind::Permission);
                flag.kind_given = true;
            }
            Some(Role::Metadata) if depth > 0 => describe(flag, &place, whole, depth - 1),
            _ => {}
        }
    }
    if let (Kind::Text(text), TextMeans::Description) = (at.node.kind(), whole.semantics.text) {
        flag.description = Some(text.to_owned());
    }
}
