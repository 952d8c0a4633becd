//! One document of a provider, all pages of it. Owns paging, and that no flag is missing or twice: a list that changed
//! between two pages is no list.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

use super::client::{Call, Client, Event, Secret};
use super::provider::Document;
use super::template::Names;

/// More pages than any provider has; a server that always has a next one would be asked forever.
const MAX_PAGES: usize = 10_000;

/// How a document is asked for.
pub(super) struct Listing<'a> {
    /// What stands for the names in paths and bodies.
    pub(super) names: &'a Names,
    pub(super) headers: &'a BTreeMap<String, String>,
    pub(super) token: &'a Secret,
    /// The variable that the token is from.
    pub(super) variable: &'a str,
    /// Flags that earlier documents had, for progress.
    pub(super) known: usize,
}

/// A document without its paging.
pub(super) struct Fetched {
    pub(super) document: Value,
    pub(super) keys: BTreeSet<String>,
    pub(super) count: usize,
}

impl Listing<'_> {
    /// The request for a path with its names in braces.
    pub(super) fn call(&self, client: &Client<'_>, template: &str, names: &Names, body: Option<&Value>) -> Call {
        let shown = client.origin.below(&names.path(template));
        // The one place where a provider wants its key as a part of the path, slashes included.
        let key: String = self.token.expose().chars().filter(|c| !matches!(c, '?' | '#' | '\\' | '%')).collect();
        let headers =
            self.headers.iter().map(|(name, value)| (name.clone(), value.replace("{token}", self.token.expose())));
        let mut headers: Vec<(String, String)> = headers.collect();
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        Call {
            method: if body.is_some() { "POST" } else { "GET" }.to_owned(),
            path: shown.replace("{token}", &key),
            shown,
            headers,
            body: body.map(|body| names.body(body).to_string()),
            variable: self.variable.to_owned(),
        }
    }
}

/// Fetches a document with all its pages.
pub(super) fn pages(client: &Client<'_>, document: &Document, listing: &Listing<'_>) -> Result<Fetched> {
    let counts = document.path.contains("{offset}") || document.path.contains("{page}");
    let mut whole: Option<Value> = None;
    let mut keys = BTreeSet::new();
    let (mut count, mut total) = (0, None);
    let mut link: Option<String> = None;
    for page in 1..=MAX_PAGES {
        let size = document.size.to_string();
        let names = listing.names.with("size", &size).with("page", &page.to_string());
        let names = names.with("offset", &count.to_string());
        let mut call = listing.call(client, &document.path, &names, document.body.as_ref());
        if let Some(path) = link.take() {
            call.shown = format!("{} (page {page})", call.shown);
            call.path = path;
        }
        let mut answer = client.call(&call)?;
        let failed = |why: &str| client.failed(&call, why);
        let Some(items) = answer.pointer(&document.items) else {
            return Err(failed(&format!("the answer has no `{}`; is this the address of the API?", document.items)));
        };
        let found = match items {
            Value::Array(items) => items.len(),
            Value::Object(entries) => entries.len(),
            _ => return Err(failed(&format!("`{}` is not a list", document.items))),
        };
        for item in items.as_array().into_iter().flatten() {
            let Some(pointer) = &document.key else { break };
            let Some(key) = item.pointer(pointer).and_then(Value::as_str) else {
                return Err(failed(&format!("an element of `{}` has no `{pointer}`", document.items)));
            };
            if !keys.insert(key.to_owned()) {
                return Err(failed("the list changed while it was fetched, since an element came twice; pull again"));
            }
        }
        count += found;
        (client.notify)(Event::Flags(listing.known.max(count)));
        let says = document.total.as_ref().and_then(|pointer| answer.pointer(pointer)).and_then(Value::as_u64);
        let says = says.and_then(|says| usize::try_from(says).ok());
        if total.is_some() && says.is_some() && says != total {
            return Err(failed("the list changed while it was fetched; pull again"));
        }
        total = total.or(says);
        let next = document.next.as_ref().and_then(|pointer| answer.pointer(pointer)).and_then(Value::as_str);
        if let Some(next) = next.filter(|next| !next.is_empty()) {
            let Some(path) = client.origin.path_of(next) else {
                return Err(failed("its next page is on another server, which was not named; nothing was sent there"));
            };
            link = Some(path);
        }
        match &mut whole {
            None => whole = Some(answer),
            Some(whole) => append(whole, &mut answer, &document.items),
        }
        let more = if counts {
            found > 0 && total.map_or(found >= document.size, |total| count < total)
        } else {
            link.is_some()
        };
        if more {
            continue;
        }
        if let Some(total) = total.filter(|total| *total != count) {
            return Err(failed(&format!("it lists {count} of {total}; pull again")));
        }
        let mut whole = whole.unwrap_or_default();
        for pointer in &document.drop {
            remove(&mut whole, pointer);
        }
        details(client, document, listing, &mut whole)?;
        return Ok(Fetched { document: whole, keys, count });
    }
    let names = listing.names;
    let call = listing.call(client, &document.path, names, None);
    Err(client.failed(&call, &format!("more than {MAX_PAGES} pages")))
}

/// Adds the elements of a further page.
fn append(whole: &mut Value, page: &mut Value, items: &str) {
    let more = page.pointer_mut(items).map(Value::take);
    if let (Some(Value::Array(all)), Some(Value::Array(more))) = (whole.pointer_mut(items), more) {
        all.extend(more);
    }
}

/// Takes out what a pointer leads to.
fn remove(document: &mut Value, pointer: &str) {
    if let Some((parent, key)) = pointer.rsplit_once('/')
        && let Some(Value::Object(entries)) = document.pointer_mut(parent)
    {
        entries.shift_remove(key);
    }
}

/// Asks for what each flag has a request of its own for.
fn details(client: &Client<'_>, document: &Document, listing: &Listing<'_>, whole: &mut Value) -> Result<()> {
    let (Some(detail), Some(pointer)) = (&document.detail, &document.key) else { return Ok(()) };
    let Some(Value::Array(items)) = whole.pointer_mut(&document.items) else { return Ok(()) };
    for item in items {
        let Some(key) = item.pointer(pointer).and_then(Value::as_str).map(str::to_owned) else { continue };
        let call = listing.call(client, &detail.path, &listing.names.with("key", &key), None);
        let mut answer = client.call(&call)?;
        let Some(taken) = answer.pointer_mut(&detail.take).map(Value::take) else {
            return Err(client.failed(&call, &format!("the answer has no `{}`", detail.take)));
        };
        if let Value::Object(entries) = item {
            entries.insert(detail.into.clone(), taken);
        }
    }
    Ok(())
}
