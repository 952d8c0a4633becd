//! Flagpole of Sentry: features with segments, in JSON or YAML. Owns its segments, the first matching one of which decides.

use super::super::model::RolloutState;
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, day};
use super::steps::{Outcome, Step, When, settle};
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "flagpole", title: "Sentry Flagpole", recognises, read };

const FEATURE: [&str; 5] = ["enabled", "owner", "created_at", "segments", "name"];
const SEGMENT: [&str; 3] = ["name", "rollout", "conditions"];

fn recognises(root: &At<'_>) -> bool {
    let feature = |at: &At<'_>| at.has("segments") && (at.has("owner") || at.has("enabled"));
    root.get("features").is_some_and(|features| features.entries().iter().take(20).any(|(_, at)| feature(at)))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    for (entry, at) in root.near("features").entries() {
        // Code asks for `organizations:x`; options call it `feature.organizations:x`.
        let key = entry.key.strip_prefix("feature.").unwrap_or(entry.key);
        let mut flag = reading.flag(key, at.node);
        flag.at.span = entry.key_span.clone();
        flag.created = day(at.field("created_at"));
        let owner = at.near("owner");
        flag.owners = ["team", "email"].iter().filter_map(|key| owner.text(key)).map(str::to_owned).collect();
        let state = state(&at);
        flag.environments.insert(EVERY.to_owned(), reading.state(state, None, at.node));
        reading.add(flag);
    }
}

fn state(at: &At<'_>) -> RolloutState {
    if let Some(why) = at.stray(&FEATURE) {
        return RolloutState::Unknown { why };
    }
    match at.truth("enabled") {
        Some(true) => {}
        Some(false) => return RolloutState::Off { value: Value::Bool(false), why: at.because("`enabled` is false") },
        None => return RolloutState::Unknown { why: at.because("`enabled` is not true or false") },
    }
    if !at.is_list("segments") {
        return RolloutState::Unknown { why: at.because("no list of `segments`") };
    }
    let mut steps = Vec::new();
    for segment in at.list("segments") {
        let why = segment.because("a segment");
        let when = if let Some(why) = segment.stray(&SEGMENT) {
            When::Unclear(why)
        } else if !segment.is_list_or_absent("conditions") {
            When::Unclear(segment.because("`conditions` is no list"))
        } else if segment.is_empty("conditions") {
            When::Always
        } else {
            When::Sometimes(segment.because("conditions"))
        };
        let gives = match segment.number("rollout") {
            Some(0.0) => vec![(Outcome::truth(false), None)],
            Some(100.0) => vec![(Outcome::truth(true), None)],
            Some(share) => vec![(Outcome::truth(true), Some(share)), (Outcome::truth(false), Some(100.0 - share))],
            // The schema says 0, the code says 100.
            None => vec![(Outcome::Unclear(segment.because("no `rollout`")), None)],
        };
        steps.push(Step { when, gives, why });
    }
    steps.push(Step::one(When::Always, Outcome::truth(false), at.because("no segment is for everyone")));
    settle(&steps)
}
