//! GitLab: definitions of its feature flags, one file each, and the list that an instance's API gives. Owns metadata only: the
//! default of a definition says nothing of what an instance has set.

use super::super::model::FlagKind;
use super::Format;
use super::at::At;
use super::reading::Reading;

pub(super) const FORMAT: Format = Format { name: "gitlab", title: "GitLab", recognises, read };

const KINDS: [(&str, FlagKind); 8] = [
    ("gitlab_com_derisk", FlagKind::Release),
    ("wip", FlagKind::Release),
    ("beta", FlagKind::Release),
    ("development", FlagKind::Release),
    ("undefined", FlagKind::Release),
    ("experiment", FlagKind::Experiment),
    ("ops", FlagKind::Ops),
    ("worker", FlagKind::Ops),
];

fn is_definition(at: &At<'_>) -> bool {
    at.has("name") && at.has("default_enabled") && (at.has("type") || at.has("milestone"))
}

fn is_feature(at: &At<'_>) -> bool {
    at.has("name") && at.has("state") && at.has("gates")
}

fn recognises(root: &At<'_>) -> bool {
    is_definition(root) || root.items().first().is_some_and(|at| is_definition(at) || is_feature(at))
}

fn read(reading: &mut Reading, root: &At<'_>) {
    let listed = if root.is_map() { vec![root.clone()] } else { root.items() };
    for at in listed {
        let Some(name) = at.text("name") else {
            reading.keyless(&at, "name");
            continue;
        };
        let mut flag = reading.flag(name, at.field("name").unwrap_or(at.node));
        let (definition, why) = if is_feature(&at) {
            let why = at.near("state").because("one instance has set this; others are not known");
            (at.get("definition"), why)
        } else {
            (
                Some(at.clone()),
                at.near("default_enabled").because("the default only; an instance may set another state"),
            )
        };
        if let Some(definition) = definition {
            if let (Some(word), Some(node)) = (definition.text("type"), definition.field("type")) {
                flag.kind = reading.kind(word, node, &KINDS);
                flag.kind_given = true;
            }
            flag.owners = definition.text("group").into_iter().map(str::to_owned).collect();
            flag.tags = definition.text("milestone").into_iter().map(|name| format!("milestone {name}")).collect();
            flag.description = definition.text("rollout_issue_url").map(|url| format!("rolled out in {url}"));
        }
        reading.describe(flag, &at, why);
    }
}
