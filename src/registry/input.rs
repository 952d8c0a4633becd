//! A registry as the configuration describes it: where it is, which environment and which code it is about, and how the
//! project reads it. Owns the description; reading is done by the parent module.

use std::path::PathBuf;

use super::semantics::Semantics;
use super::table::{Connection, Table};

/// A registry that the configuration describes, beyond a path whose content speaks for itself.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where it is.
    pub place: Place,
    /// The name of the mapping in a program, or the path of keys to it in a data file.
    pub mapping: Option<String>,
    /// The environment that all of it is about.
    pub environment: Option<String>,
    /// Globs of the code that asks this registry; empty means all code.
    pub applies: Vec<String>,
    /// What its fields mean; `None` for documents of a provider.
    pub semantics: Option<Semantics>,
    /// Where it was described, for messages: "flag-sweep.toml:12".
    pub origin: String,
}

/// Where a registry is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A file; of SQLite if there is a table.
    File(PathBuf, Option<Table>),
    /// A table of the database of that name, which the command line or the environment says where it is.
    Database(Connection, String, Table),
    /// A table of the database of that name, as `flag-sweep pull sql` wrote it into a snapshot.
    Pulled(PathBuf, String, Table),
}

impl Input {
    /// Whether it is an in-house registry, rather than a document of a provider or a native file.
    pub fn is_in_house(&self) -> bool {
        self.semantics.is_some() || self.mapping.is_some() || !matches!(self.place, Place::File(_, None))
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&PathBuf> {
        match &self.place {
            Place::File(path, _) => Some(path),
            Place::Database(..) | Place::Pulled(..) => None,
        }
    }
}
