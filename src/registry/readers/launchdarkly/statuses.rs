//! Flag statuses of LaunchDarkly: the vendor's own opinion, by what SDKs ask for. Owns reading them. A status proves nothing;
//! `active` refutes a constant, since it means several variations, or a change within the last days.

use std::collections::BTreeMap;

use super::super::super::model::{Flag, RolloutState};
use super::super::at::At;
use super::super::reading::Reading;

/// The statuses there are.
const STATUSES: [&str; 4] = ["new", "active", "inactive", "launched"];

fn is_status(at: &At<'_>) -> bool {
    at.text("name").is_some_and(|name| STATUSES.contains(&name))
}

/// The last two parts of `/api/v2/flag-statuses/PROJECT/ENVIRONMENT/FLAG`.
fn link<'a>(at: &At<'a>) -> Option<(&'a str, &'a str)> {
    let href = at.get("_links")?.get("self")?.text("href")?;
    let mut parts = href.split('?').next()?.rsplit('/');
    let (key, environment) = (parts.next()?, parts.next()?);
    href.contains("/flag-statuses/").then_some((environment, key))
}

/// Whether the document is a list of statuses in an environment, or the statuses of one flag.
pub(super) fn recognises(root: &At<'_>) -> bool {
    root.list("items").first().is_some_and(|at| is_status(at) && link(at).is_some())
        || root.has("key")
            && !root.has("variations")
            && root.get("environments").is_some_and(|all| all.entries().first().is_some_and(|(_, at)| is_status(at)))
}

pub(super) fn read(reading: &mut Reading, root: &At<'_>) {
    let mut flags: BTreeMap<String, Flag> = BTreeMap::new();
    let mut add = |reading: &mut Reading, key: &str, environment: &str, at: &At<'_>| {
        let flag = flags.entry(key.to_owned()).or_insert_with(|| reading.flag(key, at.node));
        let name = at.text("name").unwrap_or_default();
        let why = at.because(&format!("LaunchDarkly calls it `{name}`, which does not say what it serves"));
        let mut state = reading.state(RolloutState::Unknown { why }, None, at.node);
        state.summary = true;
        state.refuted = (name == "active").then(|| {
            at.because("LaunchDarkly calls it `active`: it serves several variations, or changed within seven days")
        });
        flag.environments.insert(environment.to_owned(), state);
    };
    for at in root.list("items") {
        match link(&at) {
            Some((environment, key)) => add(reading, key, environment, &at),
            None => reading.keyless(&at, "_links.self"),
        }
    }
    if let Some(key) = root.text("key") {
        for (entry, at) in root.get("environments").map(|all| all.entries()).unwrap_or_default() {
            add(reading, key, entry.key, &at);
        }
    }
    flags.into_values().for_each(|flag| reading.add(flag));
}
