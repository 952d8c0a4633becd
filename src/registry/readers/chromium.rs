//! Chromium: `flag-metadata.json`. Owns metadata only: what a feature is set to is in the code and in field trials.

use super::Format;
use super::at::At;
use super::reading::Reading;

pub(super) const FORMAT: Format = Format { name: "chromium", title: "Chromium", recognises, read };

/// The milestone of a flag that never expires.
const NEVER: i64 = -1;

fn recognises(root: &At<'_>) -> bool {
    root.items().first().is_some_and(|at| at.has("name") && at.has("expiry_milestone"))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    for at in root.items() {
        let Some(name) = at.text("name") else {
            reading.keyless(&at, "name");
            continue;
        };
        let mut flag = reading.flag(name, at.field("name").unwrap_or(at.node));
        flag.owners = at.texts("owners");
        match at.whole("expiry_milestone") {
            Some(NEVER) => flag.permanent = Some(true),
            Some(milestone) => flag.tags = vec![format!("expires in M{milestone}")],
            None => {}
        }
        reading.describe(flag, &at, at.because("the state of a feature is in the code and in field trials"));
    }
}
