//! Unleash: client features, admin details, lists and exports. Owns the shapes of the documents and the metadata; what
//! strategies come to is read in `strategies`.

mod strategies;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::model::{Flag, FlagKind, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, day};
use super::steps::order;
use crate::resolve::Projection;
use crate::source::Location;

pub(super) const FORMAT: Format = Format { name: "unleash", title: "Unleash", recognises, read };

const KINDS: [(&str, FlagKind); 6] = [
    ("release", FlagKind::Release),
    ("experiment", FlagKind::Experiment),
    ("operational", FlagKind::Ops),
    ("kill-switch", FlagKind::KillSwitch),
    ("permission", FlagKind::Permission),
    ("sunset", FlagKind::Release),
];

/// Fields of a feature in the document that clients get.
const CLIENT: [&str; 15] = [
    "name",
    "type",
    "description",
    "enabled",
    "project",
    "stale",
    "strategies",
    "variants",
    "dependencies",
    "impressionData",
    "archived",
    "createdAt",
    "lastSeenAt",
    "archivedAt",
    "tags",
];

/// A feature in one environment.
struct Place<'a> {
    environment: String,
    enabled: Option<bool>,
    /// `None` in lists, which leave strategies out.
    strategies: Option<Vec<At<'a>>>,
    /// Variants of the feature, which those of strategies beat.
    variants: Vec<At<'a>>,
    /// A client document without strategies is on for everybody; an administrator's document proves nothing.
    client: bool,
    /// How often it was on and off lately.
    observed: Option<(i64, i64)>,
    at: At<'a>,
}

struct Feature<'a> {
    flag: Box<Flag>,
    places: Vec<Place<'a>>,
    dependencies: Vec<At<'a>>,
    /// Lists do not name the parents.
    unread_parents: bool,
}

fn recognises(root: &At<'_>) -> bool {
    let detail = |at: &At<'_>| at.has("environments") && at.has("type") && at.has("name") && at.has("stale");
    if root.has("featureStrategies") && root.has("featureEnvironments") {
        return true;
    }
    let features = root.list("features");
    match features.first() {
        Some(first) => detail(first) || first.has("strategies") && first.has("name") && first.has("enabled"),
        None => detail(root) || root.items().first().is_some_and(detail),
    }
}

fn read(reading: &mut Reading, root: &At<'_>) {
    reading.counted(root, "total", root.list("features").len());
    let features = if root.has("featureStrategies") {
        export(reading, root)
    } else if root.has("features") {
        let environment = root.get("query").and_then(|query| query.text("environment")).unwrap_or(EVERY).to_owned();
        root.list("features").iter().filter_map(|at| feature(reading, at, &environment)).collect()
    } else if root.is_map() {
        feature(reading, root, EVERY).into_iter().collect()
    } else {
        root.items().iter().filter_map(|at| feature(reading, at, EVERY)).collect()
    };
    // Client documents have the segments beside the features, others leave them to the server.
    let proper = |segment: &At<'_>| segment.list("constraints").iter().all(strategies::is_proper);
    let segments: Vec<i64> =
        root.list("segments").iter().filter(|at| proper(at)).filter_map(|segment| segment.whole("id")).collect();
    evaluate(reading, features, &segments);
}

/// A feature of any document but an export.
fn feature<'a>(reading: &mut Reading, at: &At<'a>, environment: &str) -> Option<Feature<'a>> {
    let flag = metadata(reading, at)?;
    // Most features are in one environment, and there may be fifty thousand of them.
    let listed = at.list("environments");
    let mut places = Vec::with_capacity(listed.len().max(1));
    if at.has("environments") {
        for place in listed {
            let Some(name) = place.text("name") else { continue };
            if place.text("type") == Some("production") {
                reading.production.insert(name.to_owned());
            }
            let variants = if place.is_empty("variants") { at.list("variants") } else { place.list("variants") };
            places.push(Place {
                environment: name.to_owned(),
                enabled: place.truth("enabled"),
                strategies: place.get("strategies").map(|list| list.items()),
                variants,
                client: false,
                observed: place.whole("yes").zip(place.whole("no")),
                at: place,
            });
        }
    } else {
        places.push(Place {
            environment: environment.to_owned(),
            enabled: at.truth("enabled"),
            strategies: at.get("strategies").map(|list| list.items()),
            variants: at.list("variants"),
            client: true,
            observed: None,
            at: at.clone(),
        });
    }
    let unread_parents = at.has("dependencyType") || at.has("environments") && !at.has("dependencies");
    Some(Feature { flag: Box::new(flag), places, dependencies: at.list("dependencies"), unread_parents })
}

fn metadata(reading: &mut Reading, at: &At<'_>) -> Option<Flag> {
    let Some(name) = at.text("name") else {
        reading.keyless(at, "name");
        return None;
    };
    let mut flag = reading.flag(name, at.field("name").unwrap_or(at.node));
    if let (Some(kind), Some(node)) = (at.text("type"), at.field("type")) {
        flag.kind = reading.kind(kind, node, &KINDS);
        flag.kind_given = true;
    }
    flag.created = day(at.field("createdAt"));
    flag.archived = at.truth("archived") == Some(true) || at.field("archivedAt").is_some();
    flag.description = at.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
    let tags = at.list("tags");
    flag.tags = tags.iter().filter_map(|tag| tag.text("value")).map(str::to_owned).collect();
    flag.children = at.texts("children");
    flag.fit();
    Some(flag)
}

/// The parts of an export, put together.
fn export<'a>(reading: &mut Reading, root: &At<'a>) -> Vec<Feature<'a>> {
    let mut strategies: HashMap<(&str, &str), Vec<At<'a>>> = HashMap::new();
    let places = root.list("featureEnvironments");
    // An export is of one environment; strategies may name theirs all the same.
    let only: BTreeSet<&str> = places.iter().filter_map(|place| place.text("environment")).collect();
    for strategy in root.list("featureStrategies") {
        let named = strategy.text("environment").map(|name| vec![name]);
        for environment in named.unwrap_or_else(|| only.iter().copied().collect()) {
            let Some(feature) = strategy.text("featureName") else { continue };
            strategies.entry((feature, environment)).or_default().push(strategy.clone());
        }
    }
    let mut dependencies: HashMap<&str, Vec<At<'a>>> = HashMap::new();
    for entry in root.list("dependencies") {
        if let Some(feature) = entry.text("feature") {
            dependencies.entry(feature).or_default().extend(entry.list("dependencies"));
        }
    }
    let mut tags: HashMap<&str, Vec<String>> = HashMap::new();
    for tag in root.list("featureTags") {
        if let (Some(feature), Some(value)) = (tag.text("featureName"), tag.text("tagValue")) {
            tags.entry(feature).or_default().push(value.to_owned());
        }
    }
    let mut by_feature: HashMap<&str, Vec<Place<'a>>> = HashMap::new();
    for place in places {
        let (Some(feature), Some(environment)) = (place.text("featureName"), place.text("environment")) else {
            continue;
        };
        by_feature.entry(feature).or_default().push(Place {
            environment: environment.to_owned(),
            enabled: place.truth("enabled"),
            strategies: Some(strategies.remove(&(feature, environment)).unwrap_or_default()),
            variants: place.list("variants"),
            client: false,
            observed: None,
            at: place,
        });
    }
    let mut features = Vec::new();
    for at in root.list("features") {
        let Some(mut flag) = metadata(reading, &at) else { continue };
        let name = at.text("name").unwrap_or_default();
        flag.tags.extend(tags.remove(name).unwrap_or_default());
        features.push(Feature {
            flag: Box::new(flag),
            places: by_feature.remove(name).unwrap_or_default(),
            dependencies: dependencies.remove(name).unwrap_or_default(),
            unread_parents: false,
        });
    }
    features
}

/// What parents serve, by environment.
type Served = HashMap<(usize, String), Parent>;

/// What is known of a flag that another one depends on.
struct Parent {
    enabled: RolloutState,
    variant: RolloutState,
    /// It depends on a flag itself, or is archived: SDKs do not evaluate such a parent alike.
    odd: Option<&'static str>,
}

/// Flags in an order in which parents come first, each with its states.
fn evaluate(reading: &mut Reading, mut features: Vec<Feature<'_>>, segments: &[i64]) {
    let positions: BTreeMap<String, usize> =
        features.iter().enumerate().map(|(position, feature)| (feature.flag.key.clone(), position)).collect();
    let named: Vec<Vec<usize>> = features
        .iter()
        .map(|feature| {
            let names = feature.dependencies.iter().filter_map(|one| one.text("feature"));
            names.filter_map(|name| positions.get(name).copied()).collect()
        })
        .collect();
    for (child, parents) in named.iter().enumerate() {
        let key = features[child].flag.key.clone();
        for parent in parents {
            features[*parent].flag.children.push(key.clone());
        }
    }
    // Some documents name the children as well, and a child may name its parent twice.
    for feature in &mut features {
        let mut told = BTreeSet::new();
        feature.flag.children.retain(|child| told.insert(child.clone()));
    }
    let ordered = order(&named);
    let mut circular: BTreeSet<usize> = (0..features.len()).collect();
    let mut served: Served = HashMap::new();
    for position in ordered {
        circular.remove(&position);
        let feature = &features[position];
        let mut states = Vec::new();
        for place in &feature.places {
            let evaluated = state(feature, place, &positions, &served, Some(segments));
            // Most flags are above no other.
            if feature.flag.children.is_empty() {
                states.push(evaluated);
                continue;
            }
            let odd = if feature.flag.archived {
                Some("it is archived")
            } else if feature.dependencies.is_empty() && !feature.unread_parents {
                None
            } else {
                Some("it depends on a flag itself")
            };
            let parent = Parent { enabled: evaluated.0.clone(), variant: evaluated.1.clone(), odd };
            served.insert((position, place.environment.clone()), parent);
            states.push(evaluated);
        }
        put(reading, &mut features[position], states);
    }
    for position in circular {
        let feature = &mut features[position];
        let why = "its dependencies go in a circle, or hang on one".to_owned();
        let state = || (RolloutState::Unknown { why: why.clone() }, RolloutState::Unknown { why: why.clone() });
        let states = feature.places.iter().map(|_| state()).collect();
        put(reading, feature, states);
    }
    reading.flags.reserve(features.len());
    features.into_iter().for_each(|feature| reading.add(feature.flag));
}

fn put(reading: &Reading, feature: &mut Feature<'_>, states: Vec<(RolloutState, RolloutState)>) {
    // What is read is given back at once: there may be fifty thousand.
    feature.dependencies = Vec::new();
    for (place, (enabled, variant)) in std::mem::take(&mut feature.places).into_iter().zip(states) {
        let mut state = reading.state(enabled, None, place.at.node);
        state.seen = vec![(Projection::Variant, variant)];
        state.summary = place.strategies.is_none();
        feature.flag.environments.insert(place.environment, state);
    }
    if feature.flag.environments.is_empty() {
        let at: Location = feature.flag.at.clone();
        let why = "the document names no environment of it".to_owned();
        let mut state = super::super::model::EnvironmentState::plain(RolloutState::Unknown { why }, None, at);
        state.summary = true;
        feature.flag.environments.insert(EVERY.to_owned(), state);
    }
    feature.flag.fit();
}

/// `enabled` and `variant` of a feature in one environment.
fn state(
    feature: &Feature<'_>,
    place: &Place<'_>,
    positions: &BTreeMap<String, usize>,
    served: &Served,
    segments: Option<&[i64]>,
) -> (RolloutState, RolloutState) {
    let unknown = |why: String| (RolloutState::Unknown { why: why.clone() }, RolloutState::Unknown { why });
    let Some(listed) = &place.strategies else {
        return unknown(place.at.because("the document is a list that leaves the strategies out"));
    };
    for list in ["strategies", "variants", "dependencies"] {
        if !place.at.is_list_or_absent(list) {
            return unknown(place.at.near(list).because(&format!("`{list}` is no list")));
        }
    }
    if let Some(why) = place.client.then(|| place.at.stray(&CLIENT)).flatten() {
        return unknown(why);
    }
    if feature.unread_parents {
        return unknown(place.at.because("the document does not name the parents"));
    }
    match place.enabled {
        Some(true) => {}
        Some(false) => {
            let why = place.at.because("`enabled` is false");
            let off = |value| RolloutState::Off { value, why: why.clone() };
            return (off(crate::value::Value::Bool(false)), off(crate::value::Value::String("disabled".to_owned())));
        }
        None => return unknown(place.at.because("`enabled` is missing")),
    }
    let strategies: Vec<&At<'_>> = listed.iter().filter(|strategy| strategy.truth("disabled") != Some(true)).collect();
    if strategies.is_empty() && !place.client {
        return unknown(place.at.because("it is enabled without a strategy, which servers treat differently"));
    }
    if let Some(why) = strategies::doubts(&strategies, segments.filter(|_| place.client)) {
        return unknown(why);
    }
    let gates: Vec<_> = feature
        .dependencies
        .iter()
        .map(|dependency| {
            strategies::gate(dependency, |name| {
                positions.get(name).and_then(|position| served.get(&(*position, place.environment.clone())))
            })
        })
        .collect();
    let enabled = strategies::enabled(&gates, &strategies, &place.at);
    let variant = strategies::variant(&gates, &strategies, &place.variants, &place.at);
    if let Some(why) = contradicted(&enabled, place) {
        return unknown(why);
    }
    (enabled, variant)
}

/// What was observed lately may refute a constant; it never proves one.
fn contradicted(enabled: &RolloutState, place: &Place<'_>) -> Option<String> {
    let (yes, no) = place.observed?;
    let RolloutState::Constant { value: crate::value::Value::Bool(on), premises, .. } = enabled else { return None };
    let against = if *on { no } else { yes };
    (premises.is_empty() && against > 0).then(|| {
        let other = !*on;
        place
            .at
            .because(&format!("its rules say `{on}` for everyone, but `{other}` was counted {against} times lately"))
    })
}
