//! Azure App Configuration: feature management as files and providers hold it, in the schema of Microsoft and in that of
//! older .NET applications. Owns the meaning of filters; filters of your own are not known.

use super::super::model::{Flag, RolloutState};
use super::super::tree::{Kind, Node};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, cautious_kind};
use super::steps::{Outcome, Step, When, settle};
use crate::resolve::Projection;
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "azure", title: "Azure App Configuration", recognises, read };

const FLAG: [&str; 9] =
    ["id", "description", "display_name", "enabled", "conditions", "variants", "allocation", "telemetry", "tags"];
const CONDITIONS: [&str; 2] = ["requirement_type", "client_filters"];
const AUDIENCE: [&str; 4] = ["Users", "Groups", "DefaultRolloutPercentage", "Exclusion"];
const ALLOCATION: [&str; 6] = ["default_when_enabled", "default_when_disabled", "percentile", "user", "group", "seed"];

fn recognises(root: &At<'_>) -> bool {
    root.get("feature_management").is_some_and(|management| management.is_map())
        || root.get("FeatureManagement").is_some_and(|management| management.is_map())
}

fn read(reading: &mut Reading, root: &At<'_>) {
    if let Some(management) = root.get("feature_management") {
        for at in management.list("feature_flags") {
            let Some(id) = at.text("id") else {
                reading.keyless(&at, "id");
                continue;
            };
            let mut flag = reading.flag(id, at.field("id").unwrap_or(at.node));
            flag.description = at.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
            let tags = at.near("tags").entries().into_iter().filter(|_| at.has("tags"));
            flag.tags = tags.map(|(entry, _)| entry.key.to_owned()).collect();
            flag.kind = cautious_kind(&flag.tags).unwrap_or_default();
            let enabled = microsoft(&at);
            let variant = variant(&at, &enabled);
            put(reading, flag, enabled, Some(variant), at.node);
        }
    }
    for (entry, at) in root.get("FeatureManagement").map(|management| management.entries()).unwrap_or_default() {
        let mut flag = reading.flag(entry.key, at.node);
        flag.at.span = entry.key_span.clone();
        let enabled = dotnet(&at);
        put(reading, flag, enabled, None, at.node);
    }
}

fn put(reading: &mut Reading, mut flag: Flag, enabled: RolloutState, variant: Option<RolloutState>, node: Node<'_>) {
    let mut state = reading.state(enabled, None, node);
    state.seen.extend(variant.map(|variant| (Projection::Variant, variant)));
    flag.environments.insert(EVERY.to_owned(), state);
    reading.add(flag);
}

fn microsoft(at: &At<'_>) -> RolloutState {
    let unknown = |why: String| RolloutState::Unknown { why };
    if let Some(why) = at.stray(&FLAG) {
        return unknown(why);
    }
    match (at.truth("enabled"), at.field("enabled")) {
        (Some(true), _) => {}
        (Some(false), _) | (None, None) => {
            return RolloutState::Off { value: Value::Bool(false), why: at.because("`enabled` is not true") };
        }
        (None, Some(_)) => return unknown(at.because("`enabled` is not true or false")),
    }
    if !at.is_list_or_absent("variants") {
        return unknown(at.because("`variants` is no list"));
    }
    let overrides = at.list("variants").iter().any(|one| one.text("status_override").is_some_and(|one| one != "None"));
    if overrides {
        return unknown(at.near("variants").because("a variant overrides whether it is on"));
    }
    let conditions = at.near("conditions");
    if !at.has("conditions") || at.field("conditions").is_none() {
        return filters(at, "Any", &[], ["name", "parameters"]);
    }
    if let Some(why) = conditions.stray(&CONDITIONS) {
        return unknown(why);
    }
    if !conditions.is_list_or_absent("client_filters") {
        return unknown(conditions.because("`client_filters` is no list"));
    }
    let requirement = match conditions.field("requirement_type") {
        None => "Any",
        Some(_) => conditions.text("requirement_type").unwrap_or_default(),
    };
    filters(&conditions, requirement, &conditions.list("client_filters"), ["name", "parameters"])
}

fn dotnet(at: &At<'_>) -> RolloutState {
    let unknown = |what: &str| RolloutState::Unknown { why: at.because(what) };
    match at.node.kind() {
        Kind::Bool(true) => {
            let why = at.because("true for everyone");
            RolloutState::Constant { value: Value::Bool(true), premises: Vec::new(), why }
        }
        Kind::Bool(false) => RolloutState::Off { value: Value::Bool(false), why: at.because("false") },
        Kind::Map(_) => match at.stray(&["EnabledFor", "RequirementType"]) {
            Some(why) => RolloutState::Unknown { why },
            None if at.list("EnabledFor").is_empty() => unknown("no `EnabledFor`"),
            None => {
                let requirement =
                    if at.has("RequirementType") { at.text("RequirementType").unwrap_or_default() } else { "Any" };
                filters(at, requirement, &at.list("EnabledFor"), ["Name", "Parameters"])
            }
        },
        _ => unknown("neither a truth value nor filters"),
    }
}

/// Filters of which any, or all, have to let a context in. Without any filter all are let in.
fn filters(at: &At<'_>, requirement: &str, list: &[At<'_>], fields: [&str; 2]) -> RolloutState {
    let on = |when, why| Step::one(when, Outcome::truth(true), why);
    let mut steps = Vec::new();
    match requirement {
        _ if list.is_empty() => steps.push(on(When::Always, at.because("enabled, without filters"))),
        "Any" => {
            for one in list {
                steps.push(on(lets_in(one, fields), one.because("a filter lets everyone in")));
            }
        }
        "All" => {
            let all = list.iter().map(|one| lets_in(one, fields)).fold(When::Always, When::and);
            steps.push(on(all, at.because("all filters let everyone in")));
        }
        _ => return RolloutState::Unknown { why: at.because("a requirement that is neither Any nor All") },
    }
    steps.push(Step::one(When::Always, Outcome::truth(false), at.because("no filter lets everyone in")));
    settle(&steps)
}

fn lets_in(filter: &At<'_>, [name, parameters]: [&str; 2]) -> When {
    if let Some(why) = filter.stray(&[name, parameters]) {
        return When::Unclear(why);
    }
    match filter.text(name) {
        Some("AlwaysOn" | "Microsoft.AlwaysOn") => When::Always,
        Some("Microsoft.Targeting" | "Targeting") => {
            let audience = filter.get(parameters).and_then(|parameters| parameters.get("Audience"));
            let Some(audience) = audience else { return When::Unclear(filter.because("targeting without `Audience`")) };
            if let Some(why) = audience.stray(&AUDIENCE) {
                return When::Unclear(why);
            }
            let excluded = audience.get("Exclusion").is_some_and(|exclusion| {
                let known = exclusion.stray(&["Users", "Groups"]).is_none();
                !known || !exclusion.is_empty("Users") || !exclusion.is_empty("Groups")
            });
            if audience.number("DefaultRolloutPercentage") == Some(100.0) && !excluded {
                When::Always
            } else {
                When::Sometimes(audience.because("an audience"))
            }
        }
        Some("Microsoft.Percentage" | "Percentage") => {
            let share = filter.get(parameters).and_then(|parameters| parameters.number("Value"));
            match share.filter(|share| (0.0..=100.0).contains(share)) {
                Some(share) => When::Share(share, None),
                None => When::Unclear(filter.because("a percentage without `Value`")),
            }
        }
        Some("Microsoft.TimeWindow" | "TimeWindow") => When::Unclear(filter.because("a time window")),
        Some(other) => When::Unclear(filter.because(&format!("`{other}` is a filter of your own"))),
        None => When::Unclear(filter.because("a filter without a name")),
    }
}

/// The name of the variant that is allocated.
fn variant(at: &At<'_>, enabled: &RolloutState) -> RolloutState {
    let allocation = at.near("allocation");
    let unknown = |why: String| RolloutState::Unknown { why };
    if !at.has("allocation") {
        return unknown(at.because("no `allocation`"));
    }
    if let Some(why) = allocation.stray(&ALLOCATION) {
        return unknown(why);
    }
    let named = |key: &str| match allocation.text(key) {
        Some(name) => Outcome::Value(Value::String(name.to_owned())),
        None => Outcome::Fallback,
    };
    match enabled {
        RolloutState::Off { why, .. } => match named("default_when_disabled") {
            Outcome::Value(value) => RolloutState::Off { value, why: why.clone() },
            _ => RolloutState::CallDefault { why: why.clone() },
        },
        RolloutState::Constant { value: Value::Bool(true), premises, .. } if premises.is_empty() => {
            let mut steps = Vec::new();
            for list in ["user", "group", "percentile"] {
                if !allocation.is_list_or_absent(list) {
                    return unknown(allocation.because(&format!("`{list}` is no list")));
                }
                for one in allocation.list(list) {
                    let outcome = match one.text("variant") {
                        Some(name) => Outcome::Value(Value::String(name.to_owned())),
                        None => Outcome::Unclear(one.because("an allocation without `variant`")),
                    };
                    let why = one.because("an allocation");
                    steps.push(Step::one(When::Sometimes(why.clone()), outcome, why));
                }
            }
            let why = allocation.because("`default_when_enabled`");
            steps.push(Step::one(When::Always, named("default_when_enabled"), why));
            settle(&steps)
        }
        _ => unknown(at.because("it is not on for everyone")),
    }
}
