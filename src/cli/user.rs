//! The user's own configuration: `flag-sweep/config.toml` in the user's configuration directory. Owns which servers `pull` and
//! `retire` ask; a project's flag-sweep.toml cannot name one, so that a repository never decides where a token goes.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use crate::pull::provider;
use crate::report::escape;
use crate::source::display_path;

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UserConfig {
    /// By provider.
    pub pull: BTreeMap<String, Server>,
}

/// A provider as the user has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Server {
    /// The address of its API.
    pub url: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The environments; none means all.
    pub environments: Vec<String>,
    /// The variable that holds the token.
    pub token_env: Option<String>,
    /// Whether the token may go over a connection that is not encrypted.
    pub allow_http: bool,
}

/// Where the file is, if there can be one. Relative directories do not count, as the specification of them says.
fn path() -> Option<PathBuf> {
    let directory = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = directory("XDG_CONFIG_HOME")
        .or_else(|| directory("APPDATA").filter(|_| cfg!(windows)))
        .or_else(|| directory("HOME").map(|home| home.join(".config")))?;
    Some(config.join("flag-sweep").join("config.toml"))
}

/// Reads it. A file that is not there says nothing.
///
/// # Errors
/// When it cannot be read, or says something that means nothing.
pub fn read() -> Result<UserConfig> {
    let Some(path) = path() else { return Ok(UserConfig::default()) };
    let shown = escape::line(&display_path(&path)).into_owned();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(UserConfig::default()),
        Err(error) => return Err(error).with_context(|| format!("cannot read the user's configuration {shown}")),
    };
    let config: UserConfig =
        toml::from_str(&text).map_err(|error| anyhow!("{shown}: {}", error.to_string().trim_end()))?;
    if let Some(name) = config.pull.keys().find(|name| provider::by_name(name).is_none()) {
        let known: Vec<&str> = provider::all().iter().map(|provider| provider.name.as_str()).collect();
        return Err(anyhow!("{shown}: nothing is known of `{name}`; known: {}", known.join(", ")));
    }
    Ok(config)
}
