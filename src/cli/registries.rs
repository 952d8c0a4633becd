//! `[[registries]]` of flag-sweep.toml: in-house registries, tables, and files with an environment or code of their own. Owns
//! the format and its errors. A file of a repository says which tables are read and what they mean, never where: the
//! connection comes from the command line or from the environment of the user.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde::Deserialize;
use toml::Spanned;

use super::settings::within;
use crate::registry::FOLDER;
use crate::registry::input::{Input, Place};
use crate::registry::semantics::{Anonymous, Buckets, Role, Semantics, Strategy, TextMeans};
use crate::registry::table::{Connection, Log, Table};
use crate::report::escape;

/// The variable of the environment that names the database.
pub const DATABASE: &str = "FLAG_SWEEP_DATABASE";

/// The snapshot that `flag-sweep pull sql` writes, and that is read where nobody names the database.
pub(super) const PULLED: &str = "sql.snapshot.json";

/// One `[[registries]]`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Entry {
    file: Option<Spanned<String>>,
    table: Option<Spanned<String>>,
    database: Option<Spanned<String>>,
    mapping: Option<String>,
    environment: Option<String>,
    #[serde(default)]
    paths: OneOrMany,
    #[serde(default)]
    fields: BTreeMap<Spanned<String>, OneOrMany>,
    #[serde(default)]
    ignore: OneOrMany,
    semantics: Option<Meaning>,
    log: Option<LogEntry>,
    #[serde(default)]
    override_tables: Vec<OverrideEntry>,
    #[serde(default)]
    ignore_tables: OneOrMany,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Meaning {
    #[serde(default)]
    strategies: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    precedence: Vec<Spanned<String>>,
    enabled_absent: Option<bool>,
    percentage_absent: Option<f64>,
    users_empty: Option<Spanned<String>>,
    user_none: Option<Spanned<String>>,
    bucket: Option<Spanned<String>>,
    compare: Option<Spanned<String>>,
    overrides: Option<Vec<String>>,
    text: Option<Spanned<String>>,
    number: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogEntry {
    table: String,
    flag: String,
    result: String,
    at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideEntry {
    table: String,
    flag: String,
}

/// A string, or a list of strings.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    fn to_vec(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::Many(many) => many.clone(),
        }
    }
}

/// A registry as the file describes it, before anybody said where its database is.
#[derive(Clone, Debug)]
pub struct Described {
    file: Option<PathBuf>,
    table: Option<Table>,
    database: Option<String>,
    input: Input,
}

/// Makes an error of a place, a message and a hint.
pub(super) type Frame<'a> = &'a dyn Fn(Range<usize>, &str, &str) -> anyhow::Error;

/// Checks an entry. `origin` is its place, for messages.
pub(super) fn check(entry: &Spanned<Entry>, origin: String, frame: Frame<'_>) -> Result<Described> {
    let whole = entry.span().start..entry.span().start;
    let described = entry.get_ref();
    if described.file.is_none() && described.table.is_none() {
        return Err(frame(whole, "a registry without `file` and without `table`", "which of the two is it?"));
    }
    if let (Some(database), Some(_)) = (&described.database, &described.file) {
        return Err(frame(database.span(), "`database` and `file` contradict each other", "a second place"));
    }
    let belongs_to_table =
        described.log.is_some() || !described.override_tables.is_empty() || described.database.is_some();
    if described.table.is_none() && belongs_to_table {
        return Err(frame(whole, "`database`, `log` and `override-tables` belong to a `table`", "there is no `table`"));
    }
    let table = described.table.as_ref().map(|name| Table {
        name: name.get_ref().clone(),
        overrides: described.override_tables.iter().map(|one| (one.table.clone(), one.flag.clone())).collect(),
        ignored: described.ignore_tables.to_vec().into_iter().collect(),
        log: described.log.as_ref().map(|log| Log {
            table: log.table.clone(),
            flag: log.flag.clone(),
            result: log.result.clone(),
            at: log.at.clone(),
        }),
    });
    for glob in described.paths.to_vec() {
        if let Err(error) = globset::Glob::new(&glob) {
            return Err(frame(whole, &format!("`{glob}` in `paths` is no glob: {}", error.kind()), ""));
        }
    }
    let in_house =
        table.is_some() || described.mapping.is_some() || described.semantics.is_some() || !described.fields.is_empty();
    let semantics = if in_house { Some(semantics(described, frame)?) } else { None };
    let file = described.file.as_ref().map(|file| PathBuf::from(file.get_ref()));
    let place = Place::File(file.clone().unwrap_or_default(), None);
    let input = Input {
        place,
        mapping: described.mapping.clone(),
        environment: described.environment.clone(),
        applies: described.paths.to_vec(),
        semantics,
        origin,
    };
    let database = described.database.as_ref().map(|name| name.get_ref().clone());
    Ok(Described { file, table, database, input })
}

fn semantics(entry: &Entry, frame: Frame<'_>) -> Result<Semantics> {
    let mut semantics = Semantics { ignored: entry.ignore.to_vec().into_iter().collect(), ..Semantics::default() };
    for (name, fields) in &entry.fields {
        let Some(role) = Role::from_name(name.get_ref()) else {
            let known: Vec<&str> = Role::ALL.iter().map(|(_, name, _)| *name).collect();
            return Err(unknown(frame, "role of a field", name, &known));
        };
        semantics.fields.insert(role, fields.to_vec());
    }
    let Some(meaning) = &entry.semantics else { return Ok(semantics) };
    semantics.declared = true;
    for (word, meaning) in &meaning.strategies {
        let strategy = one_of(
            frame,
            "strategy",
            meaning,
            &[
                ("all", Strategy::All),
                ("nobody", Strategy::Nobody),
                ("percentage", Strategy::Percentage),
                ("users", Strategy::Users),
            ],
        )?;
        semantics.strategies.insert(word.to_ascii_lowercase(), strategy);
    }
    for name in &meaning.precedence {
        semantics.precedence.push(one_of(
            frame,
            "step of the evaluation",
            name,
            &[
                ("enabled", Role::Enabled),
                ("strategy", Role::Strategy),
                ("users", Role::Users),
                ("percentage", Role::Percentage),
            ],
        )?);
    }
    semantics.enabled_absent = meaning.enabled_absent;
    semantics.percentage_absent = meaning.percentage_absent;
    semantics.overrides.clone_from(&meaning.overrides);
    if let Some(name) = &meaning.users_empty {
        let everybody = one_of(frame, "meaning of an empty list", name, &[("everybody", true), ("nobody", false)])?;
        semantics.users_empty = Some(everybody);
    }
    if let Some(name) = &meaning.user_none {
        let known = [("on", Anonymous::On), ("off", Anonymous::Off)];
        semantics.anonymous = Some(one_of(frame, "result without a user", name, &known)?);
    }
    if let Some(name) = &meaning.text {
        let known = [("description", TextMeans::Description), ("unknown", TextMeans::Unknown)];
        semantics.text = one_of(frame, "meaning of text", name, &known)?;
    }
    if let Some(name) = &meaning.number {
        semantics.number_is_percentage =
            one_of(frame, "meaning of numbers", name, &[("percentage", true), ("unknown", false)])?;
    }
    semantics.buckets = match (&meaning.bucket, &meaning.compare) {
        (None, None) => None,
        (Some(bucket), Some(compare)) => {
            let (first, count, scale) = one_of(
                frame,
                "range of buckets",
                bucket,
                &[
                    ("0..99", (0.0, 100.0, 1.0)),
                    ("1..100", (1.0, 100.0, 1.0)),
                    ("0..999", (0.0, 1000.0, 10.0)),
                    ("0..9999", (0.0, 10_000.0, 100.0)),
                    ("0..1", (0.0, f64::INFINITY, 1.0)),
                    ("0..100", (0.0, f64::INFINITY, 0.01)),
                ],
            )?;
            let inclusive = one_of(frame, "comparison", compare, &[("lt", false), ("le", true)])?;
            Some(Buckets { first, count, inclusive, scale })
        }
        (Some(bucket), None) => {
            return Err(frame(bucket.span(), "`bucket` without `compare`", "say whether a bucket is `lt` or `le`"));
        }
        (None, Some(compare)) => {
            return Err(frame(compare.span(), "`compare` without `bucket`", "say which buckets there are, `0..99`"));
        }
    };
    Ok(semantics)
}

fn one_of<T: Copy>(frame: Frame<'_>, what: &str, name: &Spanned<String>, known: &[(&str, T)]) -> Result<T> {
    match known.iter().find(|(known, _)| known == name.get_ref()) {
        Some((_, meaning)) => Ok(*meaning),
        None => {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            Err(unknown(frame, what, name, &names))
        }
    }
}

fn unknown(frame: Frame<'_>, what: &str, name: &Spanned<String>, known: &[&str]) -> anyhow::Error {
    let hint = format!("known: {}", known.join(", "));
    frame(name.span(), &format!("unknown {what} `{}`", name.get_ref()), &hint)
}

/// The databases that `--database [NAME=]ADDRESS` names; without a name, the one that registries without `database` mean.
pub(super) fn databases(given: &[String], here: &Path) -> Result<BTreeMap<String, Connection>> {
    let mut databases = BTreeMap::new();
    for text in given {
        let named = text.split_once('=').filter(|(name, _)| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
                && *name != "host"
        });
        // `host=db user=me` is an address of PostgreSQL as well.
        let (name, address) = match named {
            Some((name, address)) if !text.contains(' ') => (name.to_owned(), address),
            _ => (String::new(), text.as_str()),
        };
        if address.trim().is_empty() {
            bail!("--database names no address; write --database postgres://user@host/name");
        }
        if databases.insert(name, Connection::parse(address, here)).is_some() {
            bail!("--database is given twice for one name; write --database NAME=ADDRESS");
        }
    }
    Ok(databases)
}

/// Puts what the file describes and what the user connects to together. `base` is the directory of the file.
pub(super) fn connect(
    described: Vec<Described>,
    base: &Path,
    databases: &BTreeMap<String, Connection>,
    environment: impl Fn(&str) -> Option<String>,
    (root, here): (&Path, &Path),
) -> Result<Vec<Input>> {
    let mut unused: BTreeSet<&str> = databases.keys().map(String::as_str).collect();
    let mut inputs = Vec::new();
    for Described { file, table, database, input } in described {
        let place = match (file, table) {
            (Some(file), table) => Place::File(within(root, base.join(file), here)?, table),
            (None, Some(table)) => {
                let name = database.unwrap_or_default();
                unused.remove(name.as_str());
                let variable = match name.as_str() {
                    "" => DATABASE.to_owned(),
                    name => format!("{DATABASE}_{}", name.to_ascii_uppercase().replace('-', "_")),
                };
                let from_environment = || {
                    environment(&variable).filter(|text| !text.is_empty()).map(|text| Connection::parse(&text, here))
                };
                let pulled = root.join(FOLDER).join(PULLED);
                match databases.get(&name).cloned().or_else(from_environment) {
                    Some(connection) => Place::Database(connection, name, table),
                    None if pulled.is_file() => Place::Pulled(within(root, pulled, here)?, name, table),
                    None => {
                        let option = if name.is_empty() { String::new() } else { format!("{name}=") };
                        bail!(
                            "{}: the table `{}` is in a database that nobody named, and no snapshot of it was pulled; pass --database {}ADDRESS, set {}, or leave registries out with --no-registry",
                            escape::line(&input.origin),
                            escape::line(&table.name),
                            escape::line(&option),
                            escape::line(&variable)
                        );
                    }
                }
            }
            (None, None) => continue,
        };
        inputs.push(Input { place, ..input });
    }
    if let Some(name) = unused.first() {
        let shown =
            if name.is_empty() { "--database".to_owned() } else { format!("--database {}=", escape::line(name)) };
        bail!("{shown} is given, and no `[[registries]]` has a table in it");
    }
    Ok(inputs)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::databases;

    #[test]
    fn databases_have_names_or_none() {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let read =
            |list: &[&str]| databases(&words(list), Path::new("/")).map(|read| read.into_keys().collect::<Vec<_>>());
        assert_eq!(read(&["postgres://me@host/app?sslmode=disable"]).expect("one"), [""]);
        assert_eq!(read(&["host=/run/postgresql user=me"]).expect("one"), [""]);
        assert_eq!(read(&["main=postgres://me@host/app", "flags.db"]).expect("two"), ["", "main"]);
        assert!(read(&["flags.db", "other.db"]).is_err());
        assert!(read(&["main="]).is_err());
    }
}
