//! PostHog: the list of feature flags and the document of local evaluation. Owns its release conditions and variants.

use super::super::model::{FlagKind, Premise, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, cautious_kind, day};
use super::steps::{Outcome, Step, When, settle};
use crate::resolve::Projection;
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "posthog", title: "PostHog", recognises, read };

/// Fields of a flag that do not decide what it serves.
const METADATA: [&str; 30] = [
    "id",
    "team_id",
    "key",
    "name",
    "tags",
    "created_at",
    "updated_at",
    "created_by",
    "last_modified_by",
    "last_called_at",
    "version",
    "status",
    "is_simple_flag",
    "rollout_percentage",
    "rollback_conditions",
    "performed_rollback",
    "can_edit",
    "user_access_level",
    "usage_dashboard",
    "analytics_dashboards",
    "has_enriched_analytics",
    "surveys",
    "features",
    "evaluation_tags",
    "evaluation_runtime",
    "creation_context",
    "active",
    "deleted",
    "filters",
    "experiment_set",
];
/// Fields that decide, but only when they are set.
const DECIDING: [&str; 4] =
    ["ensure_experience_continuity", "bucketing_identifier", "is_remote_configuration", "has_encrypted_payloads"];
const FILTERS: [&str; 4] = ["groups", "multivariate", "payloads", "aggregation_group_type_index"];
const GROUP: [&str; 6] = ["properties", "rollout_percentage", "variant", "sort_key", "description", "users_affected"];

fn flags<'a>(root: &At<'a>) -> Vec<At<'a>> {
    if root.has("results") { root.list("results") } else { root.list("flags") }
}

fn recognises(root: &At<'_>) -> bool {
    flags(root).first().is_some_and(|at| at.has("filters") && at.has("key") && at.has("active"))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    if root.field("next").is_some() {
        reading.incomplete(root.near("next").node, "`next` leads to a further page");
    } else {
        reading.counted(root, "count", flags(root).len());
    }
    for at in flags(root) {
        let Some(key) = at.text("key") else {
            reading.keyless(&at, "key");
            continue;
        };
        let mut flag = reading.flag(key, at.field("key").unwrap_or(at.node));
        flag.tags = at.texts("tags");
        flag.kind = if at.is_empty("experiment_set") { FlagKind::Release } else { FlagKind::Experiment };
        flag.kind = cautious_kind(&flag.tags).unwrap_or(flag.kind);
        flag.created = day(at.field("created_at"));
        flag.archived = at.truth("deleted") == Some(true);
        flag.description = at.text("name").filter(|text| !text.is_empty()).map(str::to_owned);
        let (enabled, value) = states(&at);
        let mut state = reading.state(enabled, day(at.field("updated_at")), at.node);
        state.seen = vec![(Projection::Value, value)];
        flag.environments.insert(EVERY.to_owned(), state);
        reading.add(flag);
    }
}

/// Whether it is on, and its value: `true`, `false`, or the name of a variant.
fn states(at: &At<'_>) -> (RolloutState, RolloutState) {
    let both = |state: RolloutState| (state.clone(), state);
    let unknown = |why: String| both(RolloutState::Unknown { why });
    let known: Vec<&str> = METADATA.into_iter().chain(DECIDING).collect();
    if let Some(why) = at.stray(&known) {
        return unknown(why);
    }
    let is_set = |name: &&&str| at.field(name).is_some() && at.truth(name) != Some(false);
    if let Some(name) = DECIDING.iter().find(is_set) {
        return unknown(at.near(name).because(&format!("`{name}`")));
    }
    match at.truth("active") {
        Some(true) => {}
        Some(false) => {
            return both(RolloutState::Off { value: Value::Bool(false), why: at.because("`active` is false") });
        }
        None => return unknown(at.because("`active` is not true or false")),
    }
    let filters = at.near("filters");
    let odd = filters.map().find(|entry| {
        !FILTERS.contains(&entry.key) && !filters.is_empty(entry.key) && filters.truth(entry.key) != Some(false)
    });
    if let Some(entry) = odd {
        return unknown(filters.because(&format!("`{}`", entry.key)));
    }
    if !filters.is_map() || !filters.is_list("groups") {
        return unknown(filters.because("no list of `groups`"));
    }
    let all = match filters.field("aggregation_group_type_index") {
        None => When::Always,
        Some(_) => match filters.whole("aggregation_group_type_index") {
            Some(group) => When::Given(vec![Premise::Group(group.to_string())]),
            None => return unknown(filters.because("`aggregation_group_type_index` is no number")),
        },
    };
    let groups = filters.list("groups");
    // Conditions with a variant of their own are looked at first, wherever they stand.
    let forced = groups.iter().any(|group| group.field("variant").is_some());
    let variants = variants(&filters);
    let (mut enabled, mut value) = (Vec::new(), Vec::new());
    for group in groups {
        let why = group.because("a condition");
        let when = all.clone().and(released(&group));
        enabled.push(Step::one(when.clone(), Outcome::truth(true), why.clone()));
        let when = if forced { when.and(When::Sometimes(why.clone())) } else { when };
        let mut gives = variants.clone();
        if group.field("variant").is_some() {
            gives.extend(group.text("variant").map(|name| (Outcome::Value(Value::String(name.to_owned())), None)));
        }
        value.push(Step { when, gives, why });
    }
    let nobody = Step::one(When::Always, Outcome::truth(false), filters.because("no condition lets everyone in"));
    enabled.push(nobody.clone());
    value.push(nobody);
    (settle(&enabled), settle(&value))
}

fn released(group: &At<'_>) -> When {
    if let Some(why) = group.stray(&GROUP) {
        return When::Unclear(why);
    }
    if !group.is_list_or_absent("properties") {
        return When::Unclear(group.because("`properties` is no list"));
    }
    let matched =
        if group.is_empty("properties") { When::Always } else { When::Sometimes(group.because("properties")) };
    matched.and(match (group.field("rollout_percentage"), group.number("rollout_percentage")) {
        (None, _) => When::Always,
        (_, Some(0.0)) => When::Never,
        (_, Some(100.0)) => When::Always,
        (_, Some(share)) if share > 0.0 && share < 100.0 => When::Share(share, None),
        _ => When::Unclear(group.because("`rollout_percentage` is no percentage")),
    })
}

/// What somebody who is let in gets: `true`, or a variant.
fn variants(filters: &At<'_>) -> Vec<(Outcome, Option<f64>)> {
    let Some(multivariate) = filters.get("multivariate") else { return vec![(Outcome::truth(true), None)] };
    let variants = multivariate.list("variants");
    if variants.is_empty() && multivariate.is_list_or_absent("variants") && multivariate.stray(&["variants"]).is_none()
    {
        return vec![(Outcome::truth(true), None)];
    }
    let mut gives = Vec::new();
    let mut sum = 0.0;
    for variant in variants {
        match (variant.text("key"), variant.number("rollout_percentage")) {
            (Some(key), Some(share)) if share >= 0.0 => {
                sum += share;
                if share > 0.0 {
                    gives.push((Outcome::Value(Value::String(key.to_owned())), Some(share)));
                }
            }
            _ => gives.push((Outcome::Unclear(variant.because("a variant without key or percentage")), None)),
        }
    }
    if sum != 100.0 {
        gives.push((Outcome::Unclear(multivariate.because("variants that do not add up to 100")), None));
    }
    gives
}
