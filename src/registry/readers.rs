//! The documents of vendors: one table, one file per provider. Owns which format a document is in, decided by its content;
//! what its fields mean is in the files beside, shared semantics are in `steps`.

mod appconfig;
mod at;
mod azure;
mod chromium;
mod configcat;
mod devcycle;
mod dictionary;
mod firebase;
mod flagd;
mod flagpole;
mod flagsmith;
mod flipper;
mod gitlab;
mod gofeatureflag;
mod growthbook;
mod launchdarkly;
mod openedx;
mod optimizely;
mod possible;
mod posthog;
mod reading;
mod split;
mod statsig;
mod steps;
mod unleash;
mod waffle;

use super::error::Problem;
use super::input::Input;
use super::merge::{Document, Part};
use super::tree::Node;
use crate::source::SourceId;

pub(super) use at::At;
pub(super) use reading::Reading;

/// A provider's documents.
pub(super) struct Format {
    /// The provider, as its page in `docs/registries` is called.
    pub(super) name: &'static str,
    /// The provider, as it calls itself.
    pub(super) title: &'static str,
    /// Whether a document is one of these. No document is one of two providers.
    recognises: fn(&At<'_>) -> bool,
    /// Reads all flags of it.
    read: fn(&mut Reading, &At<'_>),
}

/// Every provider whose documents are read.
static FORMATS: [Format; 22] = [
    unleash::FORMAT,
    launchdarkly::FORMAT,
    flagsmith::FORMAT,
    flagd::FORMAT,
    growthbook::FORMAT,
    configcat::FORMAT,
    azure::FORMAT,
    waffle::FORMAT,
    posthog::FORMAT,
    gofeatureflag::FORMAT,
    appconfig::FORMAT,
    firebase::FORMAT,
    flagpole::FORMAT,
    flipper::FORMAT,
    statsig::FORMAT,
    split::FORMAT,
    devcycle::FORMAT,
    optimizely::FORMAT,
    gitlab::FORMAT,
    openedx::FORMAT,
    chromium::FORMAT,
    dictionary::FORMAT,
];

/// The format that a document is in; `None` for the native one, and for what is no registry at all.
pub(super) fn recognise(root: Node<'_>) -> Result<Option<&'static Format>, Problem> {
    let at = At::root(root);
    let mut found = FORMATS.iter().filter(|format| (format.recognises)(&at));
    let (first, second) = (found.next(), found.next());
    if let (Some(first), Some(second)) = (first, second) {
        let message = format!("the document could be one of {} or of {}", first.title, second.title);
        return Err(Problem::new(message, root.span(), "which of them is meant?"));
    }
    Ok(first)
}

/// The format of a part of a snapshot, which has to be one of the provider that was asked.
pub(super) fn of_part(root: Node<'_>, part: &Part) -> Result<Option<&'static Format>, Problem> {
    let asked = part.snapshot.provider.as_str();
    let found = FORMATS.iter().find(|format| format.name == asked);
    match found.filter(|format| (format.recognises)(&At::root(root))) {
        Some(format) => Ok(Some(format)),
        None => {
            let provider = found.map_or(asked, |format| format.title);
            let message = format!("this is no document of {provider} that is known");
            let problem = Problem::new(message, root.span(), format!("`{}`", part.pointer));
            Err(problem.help("another version of the server may answer otherwise; nothing is concluded from it"))
        }
    }
}

/// The provider of a document that holds one of these flags.
pub(super) fn holds(root: Node<'_>, names: &[String]) -> Option<&'static str> {
    let format = recognise(root).ok()??;
    let reading = read(format, root, "", SourceId(0));
    reading.flags.iter().any(|flag| names.contains(&flag.key)).then_some(format.name)
}

/// Reads a document of a vendor, which stands below `pointer` in its file.
pub(super) fn read<'a>(format: &Format, root: Node<'a>, pointer: &'a str, source: SourceId) -> Reading {
    let mut reading = Reading::new(source);
    (format.read)(&mut reading, &At::part(root, pointer));
    reading
}

/// The format of in-house registries, whatever they look like.
pub(super) fn in_house() -> &'static Format {
    static IN_HOUSE: Format = dictionary::FORMAT;
    &IN_HOUSE
}

/// Reads an in-house registry as the configuration describes it.
pub(super) fn read_in_house(document: &Document, input: &Input) -> Reading {
    let mut reading = Reading::new(document.source);
    let root = At::part(document.root.node(), document.pointer());
    dictionary::read_described(&mut reading, &root, document, input);
    reading
}

/// What is wrong with a document, or with all of a snapshot, that holds no flag.
pub(super) fn empty(format: &Format, root: Node<'_>) -> Problem {
    Problem::new(format!("the document of {} holds no flags", format.title), root.span(), "here")
        .help("an empty registry would make every flag unknown, so it is refused")
}

/// "Unleash, LaunchDarkly", for messages.
pub(super) fn known() -> String {
    FORMATS.iter().map(|format| format.title).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::tree::{self, Notation};
    use super::recognise;

    #[test]
    fn a_document_with_half_of_a_shape_is_nobodys() {
        for document in [
            r#"{"p": {"u": "https://cdn.example.test"}, "f": {}}"#,
            r#"{"key": "x", "_project": "p", "variables": [{"key": "x"}]}"#,
            r#"{"features": {"x": {"enabled": true, "owner": "web"}}}"#,
            r#"[{"enabled": true, "name": "x"}]"#,
            r#"{"features": {"x": {"boolean": true, "percentage_of_actors": 25}}}"#,
            r#"{"name": "x", "type": "ops"}"#,
            r#"[{"name": "x", "gates": []}]"#,
            r#"{"x": {"defaultRule": {"variation": "on"}}}"#,
            r#"{"flags": {"x": {"on": true}}}"#,
            r#"{"key": "x", "kind": "boolean"}"#,
            r#"{"rollouts": [], "featureFlags": [{"key": "x"}]}"#,
            r#"{"splits": [{"conditions": []}]}"#,
            r#"{"name": "x", "treatments": []}"#,
            r#"{"id": "x", "rules": []}"#,
            r#"{"name": "x", "type": "release", "stale": false}"#,
            r#"{"features": [{"name": "x", "enabled": true}]}"#,
            r#"[{"model": "waffle.switch", "pk": 1}]"#,
            r#"[{"model": "shop.order", "pk": 1, "fields": {"name": "x"}}]"#,
            r#"{"items": [{"name": "new"}]}"#,
            r#"{"items": [{"name": "other", "_links": {"self": {"href": "/api/v2/flag-statuses/p/e/x"}}}]}"#,
            r#"{"environments": {"production": {"name": "active"}}}"#,
            r#"{"key": "x", "environments": {"production": {"name": "other"}}}"#,
        ] {
            let root = tree::parse(document, Notation::Json).expect("it is JSON");
            let found = recognise(root.node()).expect("it is of one at most");
            assert_eq!(found.map(|format| format.name), None, "{document}");
        }
    }
}
