//! Retiring a flag at its provider: which request does it, and making it. Owns nothing of whether that is right to do.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use serde_json::Value;

use super::client::{Call, Client, Secret};
use super::provider::{Provider, Retire};
use super::template::Names;

/// The request that retires a flag, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does, as a verb.
    pub what: String,
    /// Its method.
    pub method: String,
    /// Its path below the provider's address.
    pub path: String,
    /// Its body and what kind that is.
    pub body: Option<(String, String)>,
    /// Its headers with `$VARIABLE` for the token.
    pub headers: Vec<(String, String)>,
    /// The variable of the token.
    pub variable: String,
}

/// The request for a flag. `documents` are those of the snapshot, where some providers' ids are.
///
/// # Errors
/// When the project or the flag's id is not known.
pub fn step(
    provider: &Provider,
    retire: &Retire,
    project: Option<&str>,
    key: &str,
    documents: &[Value],
) -> Result<Step> {
    let mut names = Names::default();
    names.set("key", key);
    if let Some(project) = project {
        names.set("project", project);
    } else if retire.path.contains("{project}") {
        return Err(anyhow!("its project is not known; name it with --project"));
    }
    if let Some(pointer) = &retire.id {
        let id = documents.iter().find_map(|document| id(provider, document, key, pointer));
        let id = id.ok_or_else(|| anyhow!("its id at {} is not known; pull a snapshot first", provider.title))?;
        names.set("id", &id);
    }
    let variable = provider.tokens.first().cloned().unwrap_or_default();
    let headers =
        provider.headers.iter().map(|(name, value)| (name.clone(), value.replace("{token}", &format!("${variable}"))));
    let kind = retire.content_type.clone().unwrap_or_else(|| "application/json".to_owned());
    Ok(Step {
        what: retire.what.clone(),
        method: retire.method.clone(),
        path: names.path(&retire.path),
        body: retire.body.as_ref().map(|body| (names.body(body).to_string(), kind)),
        headers: headers.collect(),
        variable,
    })
}

fn id(provider: &Provider, document: &Value, key: &str, pointer: &str) -> Option<String> {
    let lists = provider.documents.iter().filter_map(|one| Some((document.pointer(&one.items)?, one.key.as_ref()?)));
    for (items, name) in lists {
        for item in items.as_array().into_iter().flatten() {
            if item.pointer(name).and_then(Value::as_str) == Some(key) {
                match item.pointer(pointer) {
                    Some(Value::Number(number)) => return Some(number.to_string()),
                    Some(Value::String(text)) => return Some(text.clone()),
                    _ => {}
                }
            }
        }
    }
    None
}

/// Makes the request.
///
/// # Errors
/// When the server does not do it. Nothing in the message is a token.
pub fn apply(client: &Client<'_>, step: &Step, tokens: &BTreeMap<String, Secret>) -> Result<()> {
    let Some((variable, token)) = tokens.iter().next() else { return Err(anyhow!("no token: set ${}", step.variable)) };
    let shown = client.origin.below(&step.path);
    let place = format!("${}", step.variable);
    let mut headers: Vec<(String, String)> =
        step.headers.iter().map(|(name, value)| (name.clone(), value.replace(&place, token.expose()))).collect();
    if let Some((_, kind)) = &step.body {
        headers.push(("Content-Type".to_owned(), kind.clone()));
    }
    let call = Call {
        method: step.method.clone(),
        path: shown.clone(),
        shown,
        headers,
        body: step.body.as_ref().map(|(body, _)| body.clone()),
        variable: variable.clone(),
    };
    match client.call(&call) {
        Ok(_) => Ok(()),
        Err(error) => Err(anyhow!(token.redact(&format!("{error:#}")))),
    }
}
