//! flagd, the reference provider of OpenFeature: flag sets in JSON or YAML. Owns the shape of the documents; what targeting
//! comes to is read in `targeting`.

mod targeting;

use super::super::model::{FlagKind, RolloutState};
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, common_type, day};
use super::steps::{Outcome, Step, When, settle};
use targeting::Set;

pub(super) const FORMAT: Format = Format { name: "flagd", title: "flagd (OpenFeature)", recognises, read };

const FLAG: [&str; 7] = ["key", "state", "variants", "defaultVariant", "targeting", "metadata", "$comment"];

fn recognises(root: &At<'_>) -> bool {
    let flag = |at: &At<'_>| at.has("variants") && at.text("state").is_some();
    let Some(flags) = root.get("flags") else { return false };
    flags.entries().iter().map(|(_, at)| at).chain(flags.items().iter()).take(20).any(flag)
}

fn read(reading: &mut Reading, root: &At<'_>) {
    let flags = root.near("flags");
    let evaluators = root.get("$evaluators");
    for (entry, at) in flags.entries() {
        let mut flag = reading.flag(entry.key, at.node);
        flag.at.span = entry.key_span.clone();
        one(reading, flag, &at, evaluators.as_ref());
    }
    for at in flags.items() {
        match at.text("key") {
            Some(key) => one(reading, reading.flag(key, at.field("key").unwrap_or(at.node)), &at, evaluators.as_ref()),
            None => reading.keyless(&at, "key"),
        }
    }
}

fn one(reading: &mut Reading, mut flag: super::super::model::Flag, at: &At<'_>, evaluators: Option<&At<'_>>) {
    let values: Vec<_> = at.near("variants").entries().into_iter().filter_map(|(_, at)| at.value()).collect();
    flag.value_type = common_type(values.iter());
    flag.variations = values;
    if let Some(metadata) = at.get("metadata") {
        if let Some(kind) = metadata.text("kind") {
            let known = FlagKind::ALL.map(|kind| (kind.name(), kind));
            flag.kind = reading.kind(kind, metadata.field("kind").unwrap_or(at.node), &known);
            flag.kind_given = true;
        }
        flag.created = day(metadata.field("created"));
        flag.expires = day(metadata.field("expires"));
        flag.permanent = metadata.truth("permanent");
        flag.description = metadata.text("description").map(str::to_owned);
        flag.owners = metadata.text("owner").into_iter().map(str::to_owned).collect();
        let tags = metadata.text("tags").unwrap_or_default();
        flag.tags = tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    }
    let state = state(at, evaluators);
    flag.environments.insert(EVERY.to_owned(), reading.state(state, None, at.node));
    reading.add(flag);
}

fn state(at: &At<'_>, evaluators: Option<&At<'_>>) -> RolloutState {
    if let Some(why) = at.stray(&FLAG) {
        return RolloutState::Unknown { why };
    }
    match at.text("state") {
        Some("ENABLED") => {}
        Some("DISABLED") => return RolloutState::CallDefault { why: at.because("`state` is DISABLED") },
        _ => return RolloutState::Unknown { why: at.because("`state` is neither ENABLED nor DISABLED") },
    }
    let variants = at.near("variants");
    let default = match (at.field("defaultVariant"), at.text("defaultVariant")) {
        (None, _) => Outcome::Fallback,
        (Some(_), Some(name)) if variants.has(name) => targeting::variant(&variants, name),
        _ => return RolloutState::Unknown { why: at.because("`defaultVariant` is none of the variants") },
    };
    let mut steps = Vec::new();
    if !at.is_empty("targeting") {
        let set = Set { variants: &variants, default: &default, evaluators };
        targeting::branch(&at.near("targeting"), When::Always, &set, &mut steps);
    }
    steps.push(Step::one(When::Always, default.clone(), at.because("there is no targeting, so the default variant")));
    settle(&steps)
}
