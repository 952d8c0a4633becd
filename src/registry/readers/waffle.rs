//! django-waffle: what `manage.py dumpdata waffle` prints. Owns the meaning of flags, switches and samples.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::RolloutState;
use super::super::verdict::EVERY;
use super::Format;
use super::at::At;
use super::reading::{Reading, day};
use super::steps::{Outcome, Step, When, settle};
use crate::value::Value;

pub(super) const FORMAT: Format = Format { name: "waffle", title: "django-waffle", recognises, read };

const FLAG: [&str; 14] = [
    "name",
    "everyone",
    "percent",
    "testing",
    "superusers",
    "staff",
    "authenticated",
    "languages",
    "rollout",
    "note",
    "created",
    "modified",
    "groups",
    "users",
];
const SWITCH: [&str; 5] = ["name", "active", "note", "created", "modified"];
const SAMPLE: [&str; 5] = ["name", "percent", "note", "created", "modified"];

/// Of a row: `waffle.flag`, `waffle.switch`, `waffle.sample`, or a flag model of the project.
fn model<'a>(row: &At<'a>) -> Option<&'a str> {
    let model = row.text("model")?;
    let own = || row.get("fields").is_some_and(|fields| fields.has("everyone") && fields.has("superusers"));
    (matches!(model, "waffle.flag" | "waffle.switch" | "waffle.sample") || own()).then_some(model)
}

fn recognises(root: &At<'_>) -> bool {
    root.items().iter().any(|row| row.has("fields") && model(row).is_some())
}

fn read(reading: &mut Reading, root: &At<'_>) {
    let rows: Vec<(&str, At<'_>)> =
        root.items().into_iter().filter_map(|row| Some((model(&row)?, row.get("fields")?))).collect();
    let mut models: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (model, fields) in &rows {
        if let Some(name) = fields.text("name") {
            models.entry(name).or_default().insert(model);
        }
    }
    let mut shared = BTreeSet::new();
    for (model, fields) in rows {
        let Some(name) = fields.text("name") else {
            reading.keyless(&fields, "name");
            continue;
        };
        let several = models.get(name).is_some_and(|models| models.len() > 1);
        if several && !shared.insert(name) {
            continue;
        }
        let mut flag = reading.flag(name, fields.field("name").unwrap_or(fields.node));
        flag.created = day(fields.field("created"));
        flag.description = fields.text("note").filter(|note| !note.is_empty()).map(str::to_owned);
        let state = match model {
            _ if several => RolloutState::Unknown {
                why: fields.because("there is a flag and a switch or sample of this name, which code asks for apart"),
            },
            "waffle.flag" => waffle_flag(&fields),
            "waffle.switch" => switch(&fields),
            "waffle.sample" => sample(&fields),
            _ => RolloutState::Unknown { why: fields.because("a flag model of your own may let others in") },
        };
        let state = reading.state(state, day(fields.field("modified")), fields.node);
        flag.environments.insert(EVERY.to_owned(), state);
        reading.add(flag);
    }
}

fn unknown(why: String) -> RolloutState {
    RolloutState::Unknown { why }
}

fn certain(on: bool, why: String) -> RolloutState {
    if on {
        RolloutState::Constant { value: Value::Bool(true), premises: Vec::new(), why }
    } else {
        RolloutState::Off { value: Value::Bool(false), why }
    }
}

fn waffle_flag(fields: &At<'_>) -> RolloutState {
    if let Some(why) = fields.stray(&FLAG) {
        return unknown(why);
    }
    match (fields.truth("everyone"), fields.field("everyone")) {
        (Some(on), _) => return certain(on, fields.because(&format!("`everyone` is {on}"))),
        (None, Some(_)) => return unknown(fields.because("`everyone` is neither a truth value nor null")),
        (None, None) if !fields.has("everyone") => return unknown(fields.because("`everyone` is missing")),
        (None, None) => {}
    }
    let on = |when| Step::one(when, Outcome::truth(true), fields.because("somebody"));
    let mut steps = Vec::new();
    for group in ["testing", "superusers", "staff", "authenticated"] {
        match fields.truth(group) {
            Some(false) => {}
            Some(true) => steps.push(on(When::Sometimes(fields.because(&format!("`{group}`"))))),
            None => return unknown(fields.because(&format!("`{group}` is not true or false"))),
        }
    }
    for list in ["groups", "users"] {
        if !fields.is_list(list) {
            return unknown(fields.because(&format!("`{list}` is no list")));
        }
        if !fields.is_empty(list) {
            steps.push(on(When::Sometimes(fields.because(&format!("`{list}`")))));
        }
    }
    match fields.text("languages") {
        Some("") => {}
        Some(_) => steps.push(on(When::Sometimes(fields.because("`languages`")))),
        None => return unknown(fields.because("`languages` is no text")),
    }
    match percent(fields) {
        Ok(None | Some(0.0)) => {}
        Ok(Some(share)) => steps.push(on(When::Share(share, None))),
        Err(why) => return unknown(why),
    }
    if steps.is_empty() {
        return certain(false, fields.because("nobody is let in"));
    }
    steps.push(Step::one(When::Always, Outcome::truth(false), fields.because("nobody else")));
    settle(&steps)
}

fn switch(fields: &At<'_>) -> RolloutState {
    match (fields.stray(&SWITCH), fields.truth("active")) {
        (Some(why), _) => unknown(why),
        (None, Some(on)) => certain(on, fields.because(&format!("`active` is {on}"))),
        (None, None) => unknown(fields.because("`active` is not true or false")),
    }
}

/// A sample is drawn at every call.
fn sample(fields: &At<'_>) -> RolloutState {
    if let Some(why) = fields.stray(&SAMPLE) {
        return unknown(why);
    }
    match percent(fields) {
        Ok(Some(100.0)) => certain(true, fields.because("`percent` is 100")),
        Ok(Some(0.0)) => certain(false, fields.because("`percent` is 0")),
        Ok(Some(share)) => {
            let step = Step::one(When::Share(share, None), Outcome::truth(true), fields.because("a sample"));
            let rest = Step::one(When::Always, Outcome::truth(false), fields.because("a sample"));
            settle(&[step, rest])
        }
        Ok(None) => unknown(fields.because("`percent` is missing")),
        Err(why) => unknown(why),
    }
}

/// `percent`, which is text in a dump.
fn percent(fields: &At<'_>) -> Result<Option<f64>, String> {
    if fields.field("percent").is_none() {
        return Ok(None);
    }
    let number = fields.number("percent").or_else(|| fields.text("percent").and_then(|text| text.parse().ok()));
    match number.filter(|share| (0.0..=100.0).contains(share)) {
        Some(share) => Ok(Some(share)),
        None => Err(fields.because("`percent` is no percentage")),
    }
}
