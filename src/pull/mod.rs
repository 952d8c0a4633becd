//! Fetching what a provider knows of its flags, as one snapshot, and retiring a flag there. Owns what a snapshot is made of,
//! and that it is whole or not made at all; reads no environment and writes no file.

pub mod client;
mod list;
pub mod origin;
pub mod provider;
pub mod retire;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;
use serde_json::Value;

use crate::registry;
use crate::registry::snapshot::{Part, Snapshot};
use client::{Client, Secret};
use list::{Listing, pages};
use provider::{Document, Provider};
use template::Names;

/// The environment of a token that does not say which it is of.
const UNNAMED: &str = "production";

/// What to fetch.
#[derive(Debug)]
pub struct Request<'a> {
    /// From whom.
    pub provider: &'a Provider,
    /// The project, where the provider has projects.
    pub project: Option<String>,
    /// The environments; none means all.
    pub environments: Vec<String>,
    /// Tokens by the variable that they are from.
    pub tokens: BTreeMap<String, Secret>,
    /// When it is.
    pub now: Timestamp,
}

/// What was fetched.
#[derive(Debug)]
pub struct Pulled {
    /// What the snapshot says about itself.
    pub snapshot: Snapshot,
    /// The file.
    pub text: String,
    /// How many flags it holds.
    pub flags: usize,
}

/// An environment as the provider names it, and as requests do.
#[derive(Clone)]
struct Environment {
    name: String,
    id: String,
}

/// Fetches everything, or fails.
///
/// # Errors
/// When any request fails for good, a list changes while it is fetched, or the answers are not what the provider is known
/// to send. Nothing in the message is a token.
pub fn pull(request: &Request<'_>, client: &Client<'_>) -> Result<Pulled> {
    fetch(request, client).map_err(|error| {
        let text = request.tokens.values().fold(format!("{error:#}"), |text, token| token.redact(&text));
        anyhow!(text)
    })
}

fn fetch(request: &Request<'_>, client: &Client<'_>) -> Result<Pulled> {
    let provider = request.provider;
    let mut names = Names::default();
    if let Some(project) = &request.project {
        names.set("project", project);
    }
    let (environments, missing) = environments(request, client, &names)?;
    let mut parts = Vec::new();
    let mut keys = BTreeSet::new();
    let mut count = 0;
    for document in &provider.documents {
        let Some((variable, token)) = token(request, &document.tokens) else {
            if document.optional {
                // What it would decide is unknown flag by flag.
                continue;
            }
            bail!("no token: set ${}", provider.tokens.join(" or $"));
        };
        let once = [None];
        let each: Vec<Option<&Environment>> = environments.iter().map(Some).collect();
        for environment in if document.per_environment() { &each[..] } else { &once[..] } {
            let mut names = names.clone();
            if let Some(environment) = environment {
                names.set("environment", &environment.name);
                names.set("environment-id", &environment.id);
            }
            let listing = Listing {
                names: &names,
                headers: document.headers.as_ref().unwrap_or(&provider.headers),
                token,
                variable,
                known: keys.len().max(count),
            };
            let fetched = pages(client, document, &listing)?;
            count = count.max(fetched.count);
            keys.extend(fetched.keys);
            // An empty part says nothing, and no reader knows whose it is.
            if fetched.count > 0 {
                parts.push(Part {
                    environment: part_environment(document, *environment, &environments),
                    document: fetched.document,
                });
            }
        }
    }
    let flags = keys.len().max(count);
    if flags == 0 {
        bail!(
            "{} has no flags there; an empty snapshot would make every flag unknown, so none is written",
            provider.title
        );
    }
    let snapshot = Snapshot {
        provider: provider.name.clone(),
        project: request.project.clone(),
        source: client.origin.shown(),
        fetched_at: request.now,
        environments: environments.into_iter().map(|environment| environment.name).collect(),
        missing,
        tool: concat!("flag-sweep ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    // Nothing that was sent is kept, even if the server sends it back.
    let mut text = snapshot.write(&parts);
    for token in request.tokens.values() {
        text = token.redact(&text);
    }
    if let Err(error) = registry::check(&text) {
        bail!("the answers of {} are not understood: {}", provider.title, error.message);
    }
    Ok(Pulled { snapshot, text, flags })
}

/// The first token that is set.
fn token<'r>(request: &'r Request<'_>, own: &'r [String]) -> Option<(&'r str, &'r Secret)> {
    let variables = if own.is_empty() { &request.provider.tokens[..] } else { own };
    variables.iter().find_map(|variable| Some((variable.as_str(), request.tokens.get(variable)?)))
}

/// The environments to ask about, and what is missed by asking about no other. Those that were named, if any were; without
/// one that is production by its name, what the others serve does not say that a flag is done.
fn environments(request: &Request<'_>, client: &Client<'_>, names: &Names) -> Result<(Vec<Environment>, Vec<String>)> {
    let Some(list) = &request.provider.environments else {
        let name = match request.environments.as_slice() {
            [] => UNNAMED.to_owned(),
            [name] => name.clone(),
            _ => bail!(
                "a token of {} is of one environment: name one, and pull the others apart",
                request.provider.title
            ),
        };
        return Ok((vec![Environment { id: name.clone(), name }], Vec::new()));
    };
    let Some((variable, token)) = token(request, &[]) else {
        bail!("no token: set ${}", request.provider.tokens.join(" or $"));
    };
    let document = Document {
        path: list.path.clone(),
        items: list.items.clone(),
        key: Some(list.name.clone()),
        next: list.next.clone(),
        total: list.total.clone(),
        body: None,
        size: 0,
        drop: Vec::new(),
        of_environment: false,
        tokens: Vec::new(),
        headers: None,
        optional: false,
        detail: None,
    };
    let listing = Listing { names, headers: &request.provider.headers, token, variable, known: 0 };
    let fetched = pages(client, &document, &listing)?;
    let mut all = Vec::new();
    for item in fetched.document.pointer(&list.items).and_then(Value::as_array).into_iter().flatten() {
        let text = |pointer: &str| match item.pointer(pointer) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if let Some(name) = text(&list.name) {
            let id = list.id.as_deref().map_or_else(|| Some(name.clone()), text);
            let id = id.ok_or_else(|| {
                anyhow!("the environment `{name}` has no id in the list of {}", request.provider.title)
            })?;
            all.push(Environment { name, id });
        }
    }
    if request.environments.is_empty() {
        return Ok((all, Vec::new()));
    }
    let find = |name: &String| {
        let found = all.iter().find(|environment| environment.name == *name);
        found.cloned().ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|environment| environment.name.as_str()).collect();
            anyhow!("{} has no environment `{name}`; it has {}", request.provider.title, known.join(", "))
        })
    };
    let chosen: Vec<Environment> = request.environments.iter().map(find).collect::<Result<_>>()?;
    let left_out = |one: &&Environment| !request.environments.contains(&one.name) && registry::is_production(&one.name);
    let missing = all.iter().filter(left_out).map(|one| format!("the environment `{}`", one.name)).collect();
    Ok((chosen, missing))
}

/// The environment of a document that does not name it.
fn part_environment(document: &Document, asked: Option<&Environment>, all: &[Environment]) -> Option<String> {
    let only = || if let [only] = all { Some(only) } else { None };
    let environment = asked.or_else(only).filter(|_| document.of_environment)?;
    Some(environment.name.clone())
}
