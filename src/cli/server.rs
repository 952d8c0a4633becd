//! From options, the user's configuration and the environment to a server that may be asked. Owns which of them wins, and
//! that nothing a repository holds has a say in it.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use ureq::Proxy;

use super::args::ServerArgs;
use super::user::{self, Server};
use crate::pull::client::{Client, Event, Patience, Secret};
use crate::pull::origin::Origin;
use crate::pull::provider::{self, Provider};
use crate::registry::nearest;
use crate::report::escape;

/// The provider of that name.
///
/// # Errors
/// When there is none.
pub fn provider(name: &str) -> Result<&'static Provider> {
    provider::by_name(name).ok_or_else(|| {
        let known: Vec<&str> = provider::all().iter().map(|provider| provider.name.as_str()).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("these can be pulled: {}", known.join(", ")),
        };
        anyhow!("nothing is known of the provider `{}`; {hint}", escape::line(name))
    })
}

/// What the user says about a provider: options, then the user's configuration.
///
/// # Errors
/// When the user's configuration cannot be read.
pub fn settings(provider: &Provider, options: &ServerArgs) -> Result<Server> {
    let own = user::read()?.pull.remove(&provider.name).unwrap_or_default();
    // A token that is meant for the configured server does not follow an address of the command line.
    let elsewhere = options.url.is_some() && options.url != own.url;
    Ok(Server {
        url: options.url.clone().or(own.url),
        project: options.project.clone().or(own.project),
        environments: own.environments,
        token_env: options.token_env.clone().or(own.token_env.filter(|_| !elsewhere)),
        allow_http: options.allow_http || own.allow_http && !elsewhere,
    })
}

/// The tokens that are set, by variable, and whether there is one that the provider cannot do without.
///
/// # Errors
/// When a variable holds what no token is.
pub fn tokens(provider: &Provider, server: &Server) -> Result<BTreeMap<String, Secret>> {
    let mut tokens = BTreeMap::new();
    let secret = |variable: &str| match env::var_os(variable).filter(|value| !value.is_empty()) {
        None => Ok(None),
        Some(value) => {
            let value = value.to_str().ok_or_else(|| anyhow!("the value of ${variable} is not text"))?;
            Secret::new(value, variable).map(Some)
        }
    };
    if let Some(variable) = &server.token_env {
        let Some(token) = secret(variable)? else { bail!("no token: ${} is not set", escape::line(variable)) };
        // Requests look for it under its usual name.
        if let Some(usual) = provider.tokens.first() {
            tokens.insert(usual.clone(), token);
        }
    } else {
        for variable in &provider.tokens {
            if let Some(token) = secret(variable)? {
                tokens.insert(variable.clone(), token);
                break;
            }
        }
        if tokens.is_empty() {
            bail!("no token: set ${}", provider.tokens.join(" or $"));
        }
    }
    for variable in provider.documents.iter().flat_map(|document| &document.tokens) {
        if let Some(token) = secret(variable)? {
            tokens.insert(variable.clone(), token);
        }
    }
    Ok(tokens)
}

/// The server that the user named, or the provider's own.
///
/// # Errors
/// When there is none, or its address makes no sense.
pub fn origin(provider: &Provider, server: &Server) -> Result<Origin> {
    let Some(address) = server.url.as_ref().or(provider.url.as_ref()) else {
        bail!("name the server of {} with --url https://host, or in the user's configuration", provider.title);
    };
    Origin::parse(address, server.allow_http)
}

/// A client for a server.
///
/// # Errors
/// When the file of certificates cannot be read.
pub fn client<'a>(origin: Origin, options: &ServerArgs, notify: &'a dyn Fn(Event)) -> Result<Client<'a>> {
    let certificates = match env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
        Some(path) => Some(fs::read(&path).context("cannot read the certificates in $SSL_CERT_FILE")?),
        None => None,
    };
    let patience = Patience { timeout: Duration::from_secs(options.timeout.into()), retries: options.retries };
    // What stays on this machine may be unencrypted, and must not leave it through a proxy.
    let proxy = if origin.is_loopback() { None } else { Proxy::try_from_env() };
    Client::new(origin, patience, proxy, certificates.as_deref(), notify)
}
