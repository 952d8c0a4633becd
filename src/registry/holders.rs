//! Which registries hold a flag: files that people write, documents that were fetched, tables. Owns finding them; how an entry
//! leaves a file is in `entry`, how rows leave a table in `table`.

mod entry;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Problem, RegistryError};
use super::input::{Input, Place};
use super::literal;
use super::semantics::{Role, Semantics};
use super::snapshot::{self, Snapshot};
use super::table::{Connection, Rows, Table};
use super::tree::{self, Kind, Map, Node, Notation, Root};
use super::{MAX_FILE_SIZE, Text, begins_as_database, on_disk, readers, unreadable};
use crate::language::{self, Language};
use crate::source::{display_path, read};

/// A registry that holds a flag.
#[derive(Debug)]
pub enum Holder {
    /// People write it: the flag is an entry.
    Written(Written),
    /// It was fetched from a provider.
    Fetched(Fetched),
    /// Rows of a database.
    Table(InTable),
}

/// A file that people write.
#[derive(Debug)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// How it is shown.
    pub shown: String,
    /// Its text.
    pub text: Arc<str>,
    /// Where in it the flags are.
    place: Entries,
}

/// A document of a provider.
#[derive(Debug)]
pub struct Fetched {
    /// The provider, as its page in `docs/registries` is called.
    pub provider: &'static str,
    /// What the snapshot says about itself, if it is one.
    pub snapshot: Option<Box<Snapshot>>,
    /// How the file is shown.
    pub shown: String,
    /// Its text.
    pub text: Arc<str>,
}

/// Rows of a flag.
#[derive(Debug)]
pub struct InTable {
    /// Where they are; `None` when all that is known is a snapshot of them.
    pub connection: Option<Connection>,
    /// The database, for messages.
    pub shown: String,
    /// The rows, overrides first.
    pub rows: Vec<Rows>,
}

/// Where the flags of a file are.
#[derive(Clone, Debug)]
enum Entries {
    /// Below this path of keys, as a mapping or as a list of mappings with a field that names the flag.
    Data(Vec<String>, Box<Semantics>),
    /// In the literal of that name.
    Program(&'static Language, String),
}

/// Providers whose documents are written by people, and the key below which flags are.
const WRITTEN: [(&str, Option<&str>); 2] = [("flagd", Some("flags")), ("gofeatureflag", None)];

/// The registries that hold one of the names of a flag.
///
/// # Errors
/// When one cannot be read.
pub fn holders(
    paths: &[PathBuf],
    inputs: &[Input],
    root: &Path,
    names: &[String],
) -> Result<Vec<Holder>, RegistryError> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(in_file(path, None, root, names)?);
    }
    for input in inputs {
        match &input.place {
            Place::File(path, Some(table)) => {
                let full = root.join(path);
                let connection = begins_as_database(&full).then(|| Connection::file(&full));
                found.extend(in_table(input, table, connection.as_ref(), root, names)?);
            }
            Place::File(path, None) => found.extend(in_file(path, Some(input), root, names)?),
            Place::Database(connection, _, table) => {
                found.extend(in_table(input, table, Some(connection), root, names)?)
            }
            Place::Pulled(_, _, table) => found.extend(in_table(input, table, None, root, names)?),
        }
    }
    Ok(found)
}

fn in_file(path: &Path, input: Option<&Input>, root: &Path, names: &[String]) -> Result<Option<Holder>, RegistryError> {
    let full = root.join(path);
    let shown = display_path(full.strip_prefix(root).unwrap_or(path));
    let text = read::read(&full, MAX_FILE_SIZE).map_err(|reason| unreadable(&shown, &reason))?;
    let text: Arc<str> = text.into();
    let damaged = |problem: Problem| RegistryError::at(&shown, &text, vec![problem]);
    let written = |place: Entries| {
        let (path, shown, text) = (full.clone(), shown.clone(), Arc::clone(&text));
        Holder::Written(Written { path, shown, text, place })
    };
    if let Some(input) = input.filter(|input| input.is_in_house()) {
        let place = match (&input.mapping, language::by_path(&full)) {
            (Some(mapping), Some(language)) => Entries::Program(language, mapping.clone()),
            (mapping, _) => {
                let keys = mapping.iter().flat_map(|path| path.split('.')).map(str::to_owned).collect();
                Entries::Data(keys, Box::new(input.semantics.clone().unwrap_or_default()))
            }
        };
        let document = place.read(&full, &text).map_err(damaged)?;
        return Ok(entry::find(document.node(), &place, names).is_some().then(|| written(place)));
    }
    let document = tree::parse(Arc::clone(&text), Notation::of(&full, &text)).map_err(damaged)?;
    let fetched = |provider, snapshot: Option<Snapshot>| {
        let (shown, text) = (shown.clone(), Arc::clone(&text));
        Holder::Fetched(Fetched { provider, snapshot: snapshot.map(Box::new), shown, text })
    };
    if let Some((snapshot, parts)) = snapshot::read(&document).map_err(damaged)? {
        let provider = parts.iter().find_map(|part| readers::holds(part.document.node(), names));
        return Ok(provider.map(|provider| fetched(provider, Some(snapshot))));
    }
    let format = readers::recognise(document.node()).map_err(damaged)?.map(|format| format.name);
    let below = match format {
        None => Some(Some("flags")),
        Some(name) => WRITTEN.iter().find(|(known, _)| *known == name).map(|(_, below)| *below),
    };
    if let Some(below) = below {
        let keys = below.map(str::to_owned).into_iter().collect();
        let place = Entries::Data(keys, Box::default());
        if entry::find(document.node(), &place, names).is_some() {
            return Ok(Some(written(place)));
        }
    }
    Ok(readers::holds(document.node(), names).map(|provider| fetched(provider, None)))
}

impl Entries {
    /// The document in which the entries are.
    fn read(&self, path: &Path, text: &str) -> Result<Root, Problem> {
        match self {
            Self::Data(..) => tree::parse(text, Notation::of(path, text)),
            Self::Program(language, mapping) => literal::read(language, text, mapping).map(|literal| literal.root),
        }
    }
}

/// The flag that an element of a list is about.
fn named<'n>(item: Node<'n>, semantics: &Semantics) -> Option<&'n str> {
    let Kind::Map(fields) = item.kind() else { return None };
    let (_, key) = key_field(fields, semantics)?;
    Some(key)
}

/// The field that names the flag, and what it says.
fn key_field<'n>(fields: Map<'n>, semantics: &Semantics) -> Option<(&'n str, &'n str)> {
    fields.iter().find_map(|field| match field.value.kind() {
        Kind::Text(text) if semantics.role(field.key) == Some(Role::Key) => Some((field.key, text)),
        _ => None,
    })
}

fn in_table(
    input: &Input,
    table: &Table,
    connection: Option<&Connection>,
    root: &Path,
    names: &[String],
) -> Result<Option<Holder>, RegistryError> {
    let text = Text::of(input, root, &on_disk)?;
    let damaged = |problem: Problem| RegistryError::at(&display_path(&text.shown), &text.text, vec![problem]);
    let mut document = tree::parse(Arc::clone(&text.text), text.notation).map_err(damaged)?;
    if let Some((_, parts)) = snapshot::read(&document).map_err(damaged)? {
        document = super::pulled_table(&parts, input, &document).map_err(damaged)?;
    }
    let default = Semantics::default();
    let semantics = input.semantics.as_ref().unwrap_or(&default);
    let rows = super::table::rows_of(document.node(), table, names, |fields| key_field(fields, semantics));
    let shown = connection.map_or_else(|| "its database".to_owned(), |connection| connection.kind().to_owned());
    Ok((!rows.is_empty()).then(|| Holder::Table(InTable { connection: connection.cloned(), shown, rows })))
}
