//! Flagsmith: environment documents, the flags API and the administrator's list of features. Owns the two projections:
//! whether a feature is enabled, and its value, which it has even while it is disabled.

use std::collections::BTreeMap;

use super::super::model::{Premise, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, common_type, day};
use super::steps::{Outcome, Step, When, settle};
use crate::resolve::Projection;
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "flagsmith", title: "Flagsmith", recognises, read };

const STATE: [&str; 9] = [
    "id",
    "django_id",
    "feature",
    "enabled",
    "feature_state_value",
    "featurestate_uuid",
    "feature_segment",
    "multivariate_feature_state_values",
    "segment",
];

fn recognises(root: &At<'_>) -> bool {
    let state = |at: &At<'_>| at.has("enabled") && at.get("feature").is_some_and(|feature| feature.has("name"));
    root.has("feature_states") && root.has("project")
        || root.items().first().is_some_and(state)
        || root.list("results").first().is_some_and(|at| at.has("environment_feature_state") && at.has("name"))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    if root.has("feature_states") {
        environment(reading, root);
    } else if root.has("results") {
        administrator(reading, root);
    } else {
        for at in root.items() {
            let Some(name) = at.get("feature").and_then(|feature| feature.text("name")) else {
                reading.keyless(&at, "name");
                continue;
            };
            let mut flag = reading.flag(name, at.node);
            let why = at.because("the flags API shows the environment's defaults, not segments and identities");
            let mut state = reading.state(RolloutState::Unknown { why: why.clone() }, None, at.node);
            state.seen.push((Projection::Value, RolloutState::Unknown { why }));
            state.summary = true;
            flag.environments.insert(EVERY.to_owned(), state);
            reading.add(flag);
        }
    }
}

/// Where a feature gets another state than the environment's.
#[derive(Default)]
struct Overrides<'a> {
    identities: Vec<At<'a>>,
    segments: Vec<At<'a>>,
}

fn environment(reading: &mut Reading, root: &At<'_>) {
    let name = root.text("name").unwrap_or(EVERY).to_owned();
    let mut overrides: BTreeMap<&str, Overrides<'_>> = BTreeMap::new();
    let mut nameless = None;
    let project = root.near("project");
    for segment in project.list("segments") {
        // A segment without rules matches nobody.
        let inert = segment.is_list("rules") && segment.list("rules").is_empty();
        for state in segment.list("feature_states").into_iter().filter(|_| !inert) {
            match feature_name(&state) {
                Some(feature) => overrides.entry(feature).or_default().segments.push(state),
                None => nameless = Some(state.because("a state of its own that does not name its feature")),
            }
        }
    }
    for identity in root.list("identity_overrides") {
        for state in identity.list("identity_features") {
            match feature_name(&state) {
                Some(feature) => overrides.entry(feature).or_default().identities.push(state),
                None => nameless = Some(state.because("a state of its own that does not name its feature")),
            }
        }
    }
    let read_identities = root.truth("use_identity_overrides_in_local_eval") == Some(true);
    let stopped = project.get("organisation").is_some_and(|owner| owner.truth("stop_serving_flags") == Some(true));
    let hides = project.truth("hide_disabled_flags") != Some(false) || root.truth("hide_disabled_flags") == Some(true);
    let none = Overrides::default();
    // What is no list could hide states of segments and identities.
    let lists = root.is_list_or_absent("identity_overrides")
        && project.is_list_or_absent("segments")
        && root.get("project").is_some_and(|project| project.is_map())
        && project.list("segments").iter().all(|segment| segment.is_list_or_absent("feature_states"))
        && root.list("identity_overrides").iter().all(|identity| identity.is_list_or_absent("identity_features"));
    for at in root.list("feature_states") {
        let Some(key) = feature_name(&at) else {
            reading.keyless(&at, "name");
            continue;
        };
        let mut flag = reading.flag(key, at.near("feature").field("name").unwrap_or(at.node));
        let of_flag = overrides.get(key).unwrap_or(&none);
        let strange = of_flag.identities.iter().chain(&of_flag.segments).chain([&at]).find_map(|at| at.stray(&STATE));
        let strange = strange.or_else(|| (!lists).then(|| root.because("segments or identities that are no list")));
        let strange = strange.or_else(|| nameless.clone());
        let why = match (strange, stopped) {
            (Some(why), _) => Some(why),
            (None, true) => Some(project.because("the organisation's flags are no longer served")),
            (None, false) => None,
        };
        let (enabled, value) = match why {
            Some(why) => (RolloutState::Unknown { why: why.clone() }, RolloutState::Unknown { why }),
            None => {
                let enabled = settle(&steps(&at, of_flag, read_identities, enabled));
                let value = match at.truth("enabled") {
                    Some(true) => settle(&steps(&at, of_flag, read_identities, value)),
                    _ if hides => RolloutState::Unknown { why: at.because("disabled features may be hidden") },
                    _ => settle(&steps(&at, of_flag, read_identities, value)),
                };
                (off(enabled), value)
            }
        };
        let values = value_of(&at);
        flag.variations.extend(values.clone());
        let mut state = reading.state(enabled, None, at.node);
        state.seen = vec![(Projection::Value, value)];
        flag.environments.insert(name.clone(), state);
        // What it is asked for first is whether it is enabled; the value has a type of its own.
        flag.value_type = crate::value::ValueType::Bool;
        if common_type(values.iter()) != crate::value::ValueType::Bool {
            flag.variations.clear();
        }
        reading.add(flag);
    }
}

fn feature_name<'a>(state: &At<'a>) -> Option<&'a str> {
    state.get("feature")?.text("name")
}

/// A feature that is disabled for everybody is switched off.
fn off(state: RolloutState) -> RolloutState {
    match state {
        RolloutState::Constant { value: value @ Value::Bool(false), premises, why } if premises.is_empty() => {
            RolloutState::Off { value, why }
        }
        state => state,
    }
}

/// Identities first, then segments, then the environment's own state.
fn steps(
    at: &At<'_>,
    overrides: &Overrides<'_>,
    read_identities: bool,
    of: fn(&At<'_>, When, &mut Vec<Step>),
) -> Vec<Step> {
    let mut steps = Vec::new();
    for state in &overrides.identities {
        of(state, When::Sometimes(state.because("an identity's own state")), &mut steps);
    }
    if !read_identities {
        let why = at.because("the document may leave out what identities get of their own");
        let when = When::Unless(vec![Premise::NoIdentityOverrides]);
        steps.push(Step::one(when, Outcome::Unclear(why.clone()), why));
    }
    for state in &overrides.segments {
        of(state, When::Sometimes(state.because("a segment's own state")), &mut steps);
    }
    of(at, When::Always, &mut steps);
    steps
}

fn enabled(at: &At<'_>, when: When, steps: &mut Vec<Step>) {
    let outcome = match at.truth("enabled") {
        Some(on) => Outcome::truth(on),
        None => Outcome::Unclear(at.because("`enabled` is not true or false")),
    };
    steps.push(Step::one(when, outcome, at.because("`enabled`")));
}

fn value_of(at: &At<'_>) -> Option<Value> {
    match at.get("feature_state_value") {
        None => Some(Value::Null),
        Some(at) => at.value(),
    }
}

/// The value: identities may get one of several, everybody else the control value.
fn value(at: &At<'_>, when: When, steps: &mut Vec<Step>) {
    let unclear = |why: &str| Outcome::Unclear(at.because(why));
    let control = value_of(at).map_or_else(|| unclear("a value that cannot be held"), Outcome::Value);
    if !at.is_list_or_absent("multivariate_feature_state_values") {
        steps.push(Step::one(when.clone(), unclear("variants that are no list"), at.because("variants")));
    }
    let mut gives = Vec::new();
    let mut sum = 0.0;
    for option in at.list("multivariate_feature_state_values") {
        match option.number("percentage_allocation") {
            Some(share) if share >= 0.0 => {
                sum += share;
                let served = option.get("multivariate_feature_option").and_then(|option| match option.get("value") {
                    Some(value) => value.value(),
                    None => Some(Value::Null),
                });
                if share > 0.0 {
                    gives.push((
                        served.map_or_else(|| unclear("a variant without a value"), Outcome::Value),
                        Some(share),
                    ));
                }
            }
            _ => gives.push((unclear("a variant without `percentage_allocation`"), None)),
        }
    }
    if !gives.is_empty() {
        if sum < 100.0 {
            gives.push((control.clone(), Some(100.0 - sum)));
        }
        let when = when.clone().and(When::Given(vec![Premise::Identity]));
        steps.push(Step { when, gives, why: at.because("variants by percentage") });
    }
    steps.push(Step::one(when, control, at.because("`feature_state_value`")));
}

/// The administrator's list counts overrides, and so can tell that there are none.
fn administrator(reading: &mut Reading, root: &At<'_>) {
    if root.field("next").is_some() {
        reading.incomplete(root.near("next").node, "`next` leads to a further page");
    } else {
        reading.counted(root, "count", root.list("results").len());
    }
    for at in root.list("results") {
        let Some(name) = at.text("name") else {
            reading.keyless(&at, "name");
            continue;
        };
        let mut flag = reading.flag(name, at.field("name").unwrap_or(at.node));
        flag.created = day(at.field("created_date"));
        flag.archived = at.truth("is_archived") == Some(true);
        flag.description = at.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
        flag.owners = at.list("owners").iter().filter_map(|owner| owner.text("email")).map(str::to_owned).collect();
        let since = day(at.field("last_modified_in_current_environment"));
        let (enabled, value) = listed(&at);
        let mut state = reading.state(enabled, since, at.node);
        state.summary = matches!(state.state, RolloutState::Unknown { .. });
        state.seen = vec![(Projection::Value, value)];
        flag.environments.insert(EVERY.to_owned(), state);
        reading.add(flag);
    }
}

fn listed(at: &At<'_>) -> (RolloutState, RolloutState) {
    let both = |why: String| (RolloutState::Unknown { why: why.clone() }, RolloutState::Unknown { why });
    let Some(own) = at.get("environment_feature_state") else {
        return both(at.because("no state; ask for one with `?environment=`"));
    };
    let none = |key: &str| at.whole(key) == Some(0);
    if !none("num_segment_overrides") {
        return both(at.because("segments may get a state of their own"));
    }
    if !none("num_identity_overrides") || at.truth("is_num_identity_overrides_complete") != Some(true) {
        return both(at.because("identities may get a state of their own"));
    }
    let nobody = Overrides::default();
    let on = off(settle(&steps(&own, &nobody, true, enabled)));
    let plain = at.text("type") == Some("STANDARD") && at.is_empty("multivariate_options");
    if !plain || own.truth("enabled") != Some(true) {
        let why = at.because("several values, or one that is hidden while it is disabled");
        return (on, RolloutState::Unknown { why });
    }
    (on, settle(&steps(&own, &nobody, true, value)))
}
