//! LaunchDarkly: flags as the REST API lists them, and the data that SDKs, the relay and file sources hold. Owns the shapes
//! of the documents and the metadata; what targeting comes to is read in `targeting`, statuses in `statuses`.

mod statuses;
mod targeting;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::super::model::{EnvironmentState, Flag, FlagKind, RolloutState};
use super::super::tree::Entry;
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, cautious_kind, common_type, day};
use super::steps::order;
use crate::value::Value;
use targeting::{Evaluated, Parents};

pub(super) const FORMAT: Format = Format { name: "launchdarkly", title: "LaunchDarkly", recognises, read };

/// The environment of `flagValues`, which stand in test data only.
const LOCAL: &str = "local";

const ENVIRONMENT: [&str; 21] = [
    "on",
    "archived",
    "salt",
    "sel",
    "lastModified",
    "version",
    "targets",
    "contextTargets",
    "rules",
    "fallthrough",
    "offVariation",
    "prerequisites",
    "trackEvents",
    "trackEventsFallthrough",
    "evaluation",
    "_site",
    "_access",
    "_environmentName",
    "_debugEventsUntilDate",
    "_summary",
    "_maintainer",
];
const DATA: [&str; 19] = [
    "key",
    "version",
    "on",
    "variations",
    "fallthrough",
    "offVariation",
    "targets",
    "contextTargets",
    "rules",
    "prerequisites",
    "salt",
    "sel",
    "clientSide",
    "clientSideAvailability",
    "trackEvents",
    "trackEventsFallthrough",
    "debugEventsUntilDate",
    "excludeFromSummaries",
    "samplingRatio",
];

/// Targeting of a flag in one environment.
struct Place<'a> {
    environment: String,
    /// Its fields, where no other may be.
    known: &'static [&'static str],
    /// Lists of the REST API leave parts out; SDKs take what is left out for empty.
    rest: bool,
    since: Option<Date>,
    at: At<'a>,
}

struct Listed<'a> {
    flag: Box<Flag>,
    variations: Vec<Option<Value>>,
    places: Vec<Place<'a>>,
    deleted: bool,
}

/// `{"path": "/", "data": {...}}` of a stream is taken off.
fn data<'a>(root: &At<'a>) -> At<'a> {
    if root.has("path") { root.near("data") } else { root.clone() }
}

fn recognises(root: &At<'_>) -> bool {
    let data = data(root);
    let targeted = |at: &At<'_>| {
        matches!(at.field("variations").map(|node| node.kind()), Some(super::super::tree::Kind::List(_)))
            && (at.has("fallthrough") || at.has("offVariation") || at.has("on"))
    };
    let listed = |at: &At<'_>| {
        at.has("key") && at.has("variations") && (at.has("environments") || at.has("_version") || at.has("kind"))
    };
    data.get("flagValues").is_some_and(|values| values.is_map())
        || data.get("flags").is_some_and(|flags| flags.entries().iter().take(20).any(|(_, at)| targeted(at)))
        || root.list("items").first().is_some_and(listed)
        || listed(root)
        || statuses::recognises(root)
}

fn read(reading: &mut Reading, root: &At<'_>) {
    let root = &data(root);
    if statuses::recognises(root) {
        statuses::read(reading, root);
    } else if root.has("items") || root.has("variations") {
        rest(reading, root);
    } else {
        sdk(reading, root);
    }
}

fn rest(reading: &mut Reading, root: &At<'_>) {
    let items = if root.has("items") { root.list("items") } else { vec![root.clone()] };
    if root.get("_links").is_some_and(|links| links.has("next")) {
        reading.incomplete(root.near("_links").node, "`_links.next` leads to a further page");
    } else {
        reading.counted(root, "totalCount", items.len());
    }
    let mut flags = Vec::with_capacity(items.len());
    for at in items {
        let Some(key) = at.text("key") else {
            reading.keyless(&at, "key");
            continue;
        };
        let mut flag = reading.flag(key, at.field("key").unwrap_or(at.node));
        flag.permanent = at.truth("temporary").map(|temporary| !temporary);
        flag.tags = at.texts("tags");
        flag.kind = match at.text("purpose") {
            Some("migration") => FlagKind::Migration,
            _ if at.field("migrationSettings").is_some() => FlagKind::Migration,
            _ => cautious_kind(&flag.tags).unwrap_or_default(),
        };
        flag.created = day(at.field("creationDate"));
        flag.archived = at.truth("archived") == Some(true);
        flag.description = at.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
        let person = at.get("_maintainer").and_then(|person| person.text("email"));
        flag.owners = person.into_iter().chain(at.text("maintainerTeamKey")).map(str::to_owned).collect();
        let variations = at.list("variations").iter().map(|one| one.get("value").and_then(|at| at.value())).collect();
        flag.fit();
        let entries = at.get("environments").map(|environments| environments.entries()).unwrap_or_default();
        let mut places = Vec::with_capacity(entries.len());
        for (entry, place) in entries {
            let since = day(place.field("lastModified"));
            let environment = entry.key.to_owned();
            places.push(Place { environment, known: &ENVIRONMENT, rest: true, since, at: place });
        }
        flags.push(Listed { flag: Box::new(flag), variations, places, deleted: false });
    }
    evaluate(reading, flags, &BTreeSet::new());
}

fn sdk(reading: &mut Reading, root: &At<'_>) {
    let mut flags = Vec::new();
    for (entry, at) in root.get("flags").map(|flags| flags.entries()).unwrap_or_default() {
        let flag = keyed(reading, &entry);
        let variations = at.list("variations").iter().map(At::value).collect();
        let deleted = at.truth("deleted") == Some(true);
        let place = Place { environment: EVERY.to_owned(), known: &DATA, rest: false, since: None, at };
        flags.push(Listed { flag: Box::new(flag), variations, places: vec![place], deleted });
    }
    evaluate(reading, flags, &targeting::segments(root));
    for (entry, at) in root.get("flagValues").map(|values| values.entries()).unwrap_or_default() {
        let mut flag = keyed(reading, &entry);
        let state = match at.value() {
            Some(value) => {
                flag.value_type = value.value_type();
                RolloutState::Constant { value, premises: Vec::new(), why: at.because("one value for everyone") }
            }
            None => RolloutState::Unknown { why: at.because("a value that cannot be held") },
        };
        reading.informational.insert(LOCAL.to_owned());
        flag.environments.insert(LOCAL.to_owned(), reading.state(state, None, at.node));
        reading.add(flag);
    }
}

fn keyed(reading: &Reading, entry: &Entry<'_>) -> Flag {
    reading.flag_at(entry.key, entry.key_span.clone())
}

/// Flags in an order in which prerequisites come first, each with its states.
fn evaluate(reading: &mut Reading, mut flags: Vec<Listed<'_>>, segments: &BTreeSet<String>) {
    let mut named: Vec<Vec<usize>> = Vec::with_capacity(flags.len());
    let positions: BTreeMap<&str, usize> =
        flags.iter().enumerate().map(|(position, listed)| (listed.flag.key.as_str(), position)).collect();
    for listed in &flags {
        let mut parents = BTreeSet::new();
        for prerequisite in listed.places.iter().flat_map(|place| place.at.list("prerequisites")) {
            parents.extend(prerequisite.text("key").and_then(|key| positions.get(key)));
        }
        named.push(parents.into_iter().collect());
    }
    drop(positions);
    for (child, parents) in named.iter().enumerate() {
        let key = flags[child].flag.key.clone();
        for parent in parents {
            flags[*parent].flag.children.push(key.clone());
        }
    }
    let ordered = order(&named);
    let mut circular: BTreeSet<usize> = (0..flags.len()).collect();
    let mut done: BTreeMap<(String, String), Evaluated> = BTreeMap::new();
    for position in ordered {
        circular.remove(&position);
        let listed = &mut flags[position];
        let mut states = Vec::new();
        for place in &listed.places {
            let parents = Parents { complete: !place.rest, environment: &place.environment, done: &done, segments };
            let (state, since, evaluated) = state(listed, place, &parents);
            // Most flags are above no other.
            if let Some(evaluated) = evaluated.filter(|_| !listed.flag.children.is_empty()) {
                done.insert((listed.flag.key.clone(), place.environment.clone()), evaluated);
            }
            let mut state = reading.state(state, since, place.at.node);
            state.summary = place.rest && is_summary(&place.at);
            states.push((place.environment.clone(), state));
        }
        put(listed, states);
    }
    for position in circular {
        let listed = &mut flags[position];
        let why = "its prerequisites go in a circle, or hang on one".to_owned();
        let unknown = |place: &Place<'_>| {
            let state = RolloutState::Unknown { why: why.clone() };
            (place.environment.clone(), reading.state(state, None, place.at.node))
        };
        let states = listed.places.iter().map(unknown).collect();
        put(listed, states);
    }
    reading.flags.reserve(flags.len());
    flags.into_iter().for_each(|listed| reading.add(listed.flag));
}

fn put(listed: &mut Listed<'_>, states: Vec<(String, EnvironmentState)>) {
    let flag = &mut listed.flag;
    let values = listed.variations.iter().flatten();
    flag.value_type = common_type(values.clone());
    flag.variations = values.cloned().collect();
    if listed.deleted {
        flag.archived = true;
    }
    flag.environments.extend(states);
    // What is read is given back at once: there may be fifty thousand.
    (listed.places, listed.variations) = Default::default();
    if flag.environments.is_empty() {
        let why = "the document has no `environments`; ask for them with `env=...&summary=0`".to_owned();
        let mut state = EnvironmentState::plain(RolloutState::Unknown { why }, None, flag.at.clone());
        state.summary = true;
        flag.environments.insert(EVERY.to_owned(), state);
    }
    flag.fit();
}

/// Lists leave these out unless they are asked for.
fn is_summary(at: &At<'_>) -> bool {
    ["targets", "rules", "prerequisites", "fallthrough"].iter().any(|part| !at.has(part))
}

/// What the flag serves, since when, and what that is for flags that need it.
fn state(
    listed: &Listed<'_>,
    place: &Place<'_>,
    parents: &Parents<'_>,
) -> (RolloutState, Option<Date>, Option<Evaluated>) {
    let at = &place.at;
    if listed.deleted || at.truth("archived") == Some(true) {
        let why = at.because("SDKs no longer get the flag");
        return (RolloutState::CallDefault { why }, None, None);
    }
    if place.rest && is_summary(at) {
        let why = at.because("a summary without rules, targets or prerequisites; ask for it with `summary=0`");
        return (RolloutState::Unknown { why }, place.since, None);
    }
    if let Some(why) = at.stray(place.known) {
        return (RolloutState::Unknown { why }, None, None);
    }
    let (state, evaluated) = targeting::evaluate(at, &listed.variations, parents, place.since);
    (state, evaluated.since, Some(evaluated))
}
