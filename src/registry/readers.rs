//! The documents of vendors: one table, one file per provider. Owns which format a document is in, decided by its content;
//! what its fields mean is in the files beside, shared semantics are in `steps`.

mod appconfig;
mod at;
mod azure;
mod configcat;
mod firebase;
mod flagd;
mod flagpole;
mod flagsmith;
mod flipper;
mod gofeatureflag;
mod growthbook;
mod launchdarkly;
mod posthog;
mod reading;
mod steps;
mod unleash;
mod waffle;

use super::error::Problem;
use super::merge::Part;
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
static FORMATS: [Format; 14] = [
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
];

/// The format that a document is in; `None` for the native one, and for what is no registry at all.
pub(super) fn recognise(root: &Node) -> Result<Option<&'static Format>, Problem> {
    let at = At::root(root);
    let mut found = FORMATS.iter().filter(|format| (format.recognises)(&at));
    let (first, second) = (found.next(), found.next());
    if let (Some(first), Some(second)) = (first, second) {
        let message = format!("the document could be one of {} or of {}", first.title, second.title);
        return Err(Problem::new(message, root.span.clone(), "which of them is meant?"));
    }
    Ok(first)
}

/// The format of a part of a snapshot, which has to be one of the provider that was asked.
pub(super) fn of_part(root: &Node, part: &Part) -> Result<Option<&'static Format>, Problem> {
    let found = FORMATS.iter().find(|format| format.name == part.provider);
    match found.filter(|format| (format.recognises)(&At::root(root))) {
        Some(format) => Ok(Some(format)),
        None => {
            let provider = found.map_or(part.provider.as_str(), |format| format.title);
            let message = format!("this is no document of {provider} that is known");
            let problem = Problem::new(message, root.span.clone(), format!("`{}`", part.pointer));
            Err(problem.help("another version of the server may answer otherwise; nothing is concluded from it"))
        }
    }
}

/// The provider of a document that holds one of these flags.
pub(super) fn holds(root: &Node, names: &[String]) -> Option<&'static str> {
    let format = recognise(root).ok()??;
    let reading = read(format, root, SourceId(0), None);
    reading.flags.iter().any(|flag| names.contains(&flag.key)).then_some(format.name)
}

/// Reads a document of a vendor.
pub(super) fn read(format: &Format, root: &Node, source: SourceId, part: Option<&Part>) -> Reading {
    let mut reading = Reading::new(source);
    (format.read)(&mut reading, &At::part(root, part.map_or("", |part| &part.pointer)));
    if reading.flags.is_empty() && reading.problems.is_empty() {
        let problem =
            Problem::new(format!("the document of {} holds no flags", format.title), root.span.clone(), "here");
        reading.problems.push(problem.help("an empty registry would make every flag unknown, so it is refused"));
    }
    reading
}

/// "Unleash, LaunchDarkly", for messages.
pub(super) fn known() -> String {
    FORMATS.iter().map(|format| format.title).collect::<Vec<_>>().join(", ")
}
