//! What is known about flags. Owns reading registry files and the verdict; knows nothing of code.

pub mod data;
mod entry_toml;
mod environments;
mod error;
pub mod freshness;
pub mod holders;
pub mod input;
mod literal;
mod merge;
pub mod model;
mod native;
mod nearest;
mod overlay;
mod premise;
mod projects;
mod readers;
pub mod schedule;
pub mod semantics;
pub mod snapshot;
pub mod table;
mod tree;
pub mod verdict;

use error::Problem;
pub use error::RegistryError;
pub use nearest::nearest;
pub use overlay::is_production;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::language;
use crate::project::SkipReason;
use crate::source::read;
use crate::source::{Source, Sources, Span, display_path};
use freshness::Dated;
use input::{Input, Place};
use model::Registry;
use readers::At;
use tree::{Notation, Root};

/// Larger registry files are refused, in bytes.
const MAX_FILE_SIZE: u64 = 256 * 1024 * 1024;

/// Documents of more flags are refused: with so many, a run takes two seconds and 300 MB, and no project has them.
const MAX_FLAGS: usize = 100_000;

/// Where a registry is looked for when none is named.
const DISCOVERED: [&str; 8] = [
    "flags.yaml",
    "flags.yml",
    "flags.json",
    "flags.toml",
    ".flag-sweep/flags.yaml",
    ".flag-sweep/flags.yml",
    ".flag-sweep/flags.json",
    ".flag-sweep/flags.toml",
];

/// The text of a registry, as it was read.
#[derive(Debug)]
struct Text {
    /// Where it was read from, relative to the root where it lies inside.
    shown: PathBuf,
    text: Arc<str>,
    notation: Notation,
    /// How the configuration describes it.
    input: Option<Arc<Input>>,
}

impl Text {
    fn of(input: &Input, root: &Path, reader: Reader<'_>) -> Result<Self, RegistryError> {
        let described = Some(Arc::new(input.clone()));
        let from_database = |connection: &table::Connection, table: &table::Table, shown: PathBuf| {
            let text = connection.fetch(table).map_err(|why| {
                let what = format!("table `{}` of {} ({})", table.name, connection.kind(), input.origin);
                RegistryError::unreadable(&what, &why, "check the connection and the names of tables and columns")
            })?;
            Ok(Self { shown, text: text.into(), notation: Notation::Json, input: described.clone() })
        };
        match &input.place {
            Place::Database(connection, _, table) => {
                from_database(connection, table, PathBuf::from(format!("{} ({})", table.name, connection.kind())))
            }
            Place::Pulled(path, ..) => {
                let full = root.join(path);
                let shown = full.strip_prefix(root).unwrap_or(path).to_owned();
                let text = reader(&full).map_err(|why| unreadable(&display_path(&shown), &why))?;
                Ok(Self { shown, text: text.into(), notation: Notation::Json, input: described })
            }
            Place::File(path, table) => {
                let full = root.join(path);
                let shown = full.strip_prefix(root).unwrap_or(path).to_owned();
                if let Some(table) = table
                    && begins_as_database(&full)
                {
                    return from_database(&table::Connection::file(&full), table, shown);
                }
                let text = reader(&full).map_err(|why| unreadable(&display_path(&shown), &why))?;
                let notation = Notation::of(&full, &text);
                Ok(Self { shown, text: text.into(), notation, input: described })
            }
        }
    }
}

fn begins_as_database(path: &Path) -> bool {
    let mut beginning = [0; 16];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut beginning)).is_ok()
        && table::is_database(&beginning)
}

/// The mapping in a program, for a registry that is one.
fn literal(input: &Input, path: &Path, text: &str) -> Option<Result<literal::Literal, Problem>> {
    let language = language::by_path(path)?;
    if !matches!(language.family, "python" | "javascript") || language.mask.is_some() {
        let problem = Problem::new(format!("registries in {} are not read", language.name), 0..0, "this file");
        return Some(Err(problem.help("Python dictionaries and objects of JavaScript or TypeScript are")));
    }
    let none = || Problem::new("a registry in a program needs the name of its mapping", 0..0, "which one?");
    Some(match &input.mapping {
        Some(name) => literal::read(language, text, name),
        None => Err(none().help("say `mapping = \"FLAGS\"`, the variable or call that holds the literal")),
    })
}

/// The texts of all registries of a run, read once.
#[derive(Debug, Default)]
pub struct Texts(Vec<Text>);

impl Texts {
    /// Reads registry files, and the registries that the configuration describes. Relative paths are taken from the root.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn read(paths: &[PathBuf], inputs: &[Input], root: &Path, reader: Reader<'_>) -> Result<Self, RegistryError> {
        let mut texts = Vec::new();
        let mut seen = Vec::new();
        for path in paths {
            let full = root.join(path);
            let canonical = full.canonicalize().unwrap_or_else(|_| full.clone());
            let shown = canonical.strip_prefix(root).or(full.strip_prefix(root)).unwrap_or(path).to_owned();
            if seen.contains(&canonical) {
                continue;
            }
            let text = reader(&full).map_err(|why| unreadable(&display_path(&shown), &why))?;
            let notation = Notation::of(&full, &text);
            texts.push(Text { shown, text: text.into(), notation, input: None });
            seen.push(canonical);
        }
        for input in inputs {
            texts.push(Text::of(input, root, reader)?);
        }
        Ok(Self(texts))
    }

    /// Gives the texts their meaning, together. Each becomes a source, so that diagnostics can point into it; without any
    /// the registry counts as not loaded. Yields the registry and the warnings, each as `path:line:column: message`.
    ///
    /// # Errors
    /// When a text is no registry, declares no flag, or contradicts itself or another one.
    pub fn load(&self, sources: &mut Sources) -> Result<(Registry, Vec<String>), RegistryError> {
        let mut documents = Vec::new();
        for Text { shown, text, notation, input } in &self.0 {
            let name = display_path(shown);
            let wrong = |problems| RegistryError::at(&name, text, problems);
            let literal = input.as_ref().and_then(|input| literal(input, shown, text));
            let (root, program) = match literal.transpose().map_err(|problem| wrong(vec![problem]))? {
                Some(found) => (found.root, Some((found.writes, found.more))),
                None => (tree::parse(Arc::clone(text), *notation).map_err(|problem| wrong(vec![problem]))?, None),
            };
            let source = sources.add(Source { path: shown.clone(), text: Arc::clone(text), language: None });
            let environment = input.as_ref().and_then(|input| input.environment.clone());
            let plain = merge::Document::plain(name.clone(), Arc::clone(text), source, root);
            let whole = merge::Document { environment, input: input.clone(), program, ..plain };
            add(&mut documents, whole).map_err(|problem| wrong(vec![problem]))?;
        }
        projects::merge(&documents)
    }
}

/// Reads registry files and merges them. Each becomes a source, so that diagnostics can point into it. Relative paths
/// are taken from the root; without any path the registry counts as not loaded. Yields the registry and the warnings, each as `path:line:column: message`.
///
/// # Errors
/// When a file cannot be read, is not a registry, declares no flag, or contradicts itself or another one.
pub fn load(paths: &[PathBuf], root: &Path, sources: &mut Sources) -> Result<(Registry, Vec<String>), RegistryError> {
    load_with(paths, root, sources, &on_disk)
}

/// Reads a registry file, by its absolute path.
pub type Reader<'r> = &'r dyn Fn(&Path) -> Result<String, SkipReason>;

/// The reader of what lies on disk.
///
/// # Errors
/// As [`read::read`].
pub fn on_disk(full: &Path) -> Result<String, SkipReason> {
    read::read(full, MAX_FILE_SIZE)
}

/// As [`load`], with somebody else to read the files: the registry as it was in a commit.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    paths: &[PathBuf],
    root: &Path,
    sources: &mut Sources,
    reader: Reader<'_>,
) -> Result<(Registry, Vec<String>), RegistryError> {
    Texts::read(paths, &[], root, reader)?.load(sources)
}

/// The table that an input is about, in a snapshot of several.
fn pulled_table(parts: &[snapshot::Read], input: &Input, whole: &Root) -> Result<Root, Problem> {
    let (database, table) = match &input.place {
        Place::Pulled(_, database, table) => (Some(database.as_str()), table),
        Place::File(_, Some(table)) => (None, table),
        _ => return Err(Problem::new("a snapshot stands where a table is expected", whole.node().span(), "here")),
    };
    let is_it = |root: &At<'_>| {
        root.text("table") == Some(&table.name) && (database.is_none() || root.text("database") == database)
    };
    let Some(part) = parts.iter().find(|part| is_it(&At::root(part.document.node()))) else {
        let message = format!("the snapshot does not hold the table `{}`", table.name);
        let problem = Problem::new(message, whole.node().span(), "here");
        return Err(problem.help("pull it again: `flag-sweep pull sql` takes every table of the configuration"));
    };
    if At::root(part.document.node()).text("asked") != Some(&table.asked()) {
        let message = format!("`{}` was pulled when the configuration declared other tables beside it", table.name);
        let problem = Problem::new(message, part.document.node().span(), "what those hold is not known");
        return Err(problem.help("pull it again: `flag-sweep pull sql`"));
    }
    Ok(part.document.clone())
}

/// Adds a file's document, or all those of a snapshot.
fn add(documents: &mut Vec<merge::Document>, whole: merge::Document) -> Result<(), Problem> {
    let Some((snapshot, mut parts)) = snapshot::read(&whole.root)? else {
        documents.push(whole);
        return Ok(());
    };
    let has_table = |input: &&Arc<Input>| matches!(input.place, Place::Pulled(..) | Place::File(_, Some(_)));
    if let Some(input) = whole.input.as_ref().filter(has_table) {
        let own = pulled_table(&parts, input, &whole.root)?;
        parts.retain(|part| part.document.is(&own));
    }
    let snapshot = Arc::new(Dated { origin: whole.name.clone(), snapshot });
    for part in parts {
        let (root, snapshot) = (part.document, Arc::clone(&snapshot));
        let part = merge::Part { snapshot, pointer: part.pointer, environment: part.environment };
        documents.push(merge::Document { root, part: Some(part), ..whole.clone() });
    }
    Ok(())
}

/// Reads a snapshot that is about to be written, so that none is kept that cannot be used.
///
/// # Errors
/// When it is none, or its documents are not what the provider is known to send.
pub fn check(text: &str) -> Result<Registry, RegistryError> {
    let name = "the answer";
    let wrong = |problem| RegistryError::at(name, text, vec![problem]);
    let parsed: Arc<str> = text.into();
    let root = tree::parse(Arc::clone(&parsed), Notation::Json).map_err(wrong)?;
    let source = Sources::default().add(Source { path: PathBuf::new(), text: Arc::clone(&parsed), language: None });
    let mut documents = Vec::new();
    add(&mut documents, merge::Document::plain(name.to_owned(), parsed, source, root)).map_err(wrong)?;
    merge::merge(&documents).map(|(registry, _)| registry)
}

/// Reads a snapshot of tables that is about to be written, as the configuration describes each of them. Yields the number of
/// flags.
///
/// # Errors
/// When a table holds no flag, or its rows are not those of flags.
pub fn check_tables(text: &str, inputs: &[Input]) -> Result<usize, RegistryError> {
    let name = "the database";
    let wrong = |problem| RegistryError::at(name, text, vec![problem]);
    let parsed: Arc<str> = text.into();
    let root = tree::parse(Arc::clone(&parsed), Notation::Json).map_err(wrong)?;
    let source = Sources::default().add(Source { path: PathBuf::new(), text: Arc::clone(&parsed), language: None });
    let mut count = 0;
    for input in inputs {
        let mut documents = Vec::new();
        let plain = merge::Document::plain(name.to_owned(), Arc::clone(&parsed), source, root.clone());
        add(&mut documents, merge::Document { input: Some(Arc::new(input.clone())), ..plain }).map_err(wrong)?;
        count += merge::merge(&documents)?.0.flags.len();
    }
    Ok(count)
}

/// The problem with a document of more than `MAX_FLAGS` flags, at the first that is too much.
fn too_many_flags(span: Span) -> Problem {
    Problem::new(format!("more than {MAX_FLAGS} flags"), span, "this one is too much")
        .help("name a registry of the flags of this project only, or split the file")
}

fn unreadable(name: &str, reason: &SkipReason) -> RegistryError {
    let advice = "check `--registry` and `registries` in the configuration";
    match reason {
        SkipReason::Unreadable(why) => RegistryError::unreadable(name, why, advice),
        SkipReason::Binary => RegistryError::unreadable(name, "it holds NUL bytes, so it is not text", advice),
        SkipReason::NotUtf8(at) => {
            RegistryError::unreadable(name, &format!("byte {at} is not UTF-8"), "save the file as UTF-8")
        }
        SkipReason::TooDeep => RegistryError::unreadable(name, "it is nested too deep", advice),
        SkipReason::Unparsed(why) => RegistryError::unreadable(name, &why.to_string(), advice),
        SkipReason::Minified(_) => RegistryError::unreadable(name, "it is minified code", advice),
        SkipReason::TooLarge(size) => RegistryError::unreadable(
            name,
            &format!("it has {size} bytes, the limit is {MAX_FILE_SIZE}"),
            "split it into several files",
        ),
    }
}

/// Registry files at their usual places below the root, those whose content looks like one: a mapping below `flags`.
/// A file that cannot be parsed counts when a line of it begins the way `flags` does, so that loading reports it
/// instead of nobody noticing.
pub fn discover(root: &Path) -> Vec<PathBuf> {
    let candidates = DISCOVERED.iter().map(|name| root.join(name));
    let mut found: Vec<PathBuf> = candidates.filter(|path| path.is_file() && looks_native(path)).collect();
    // What `pull` wrote comes last: a native file is laid over it whatever the order.
    let pulled = std::fs::read_dir(root.join(FOLDER)).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut pulled: Vec<PathBuf> = pulled.filter(|path| path.is_file() && is_snapshot_name(path)).collect();
    pulled.sort();
    found.extend(pulled);
    found
}

/// The folder in the root for what concerns flags only.
pub const FOLDER: &str = ".flag-sweep";

fn is_snapshot_name(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(snapshot::SUFFIX))
}

fn looks_native(path: &Path) -> bool {
    let Ok(text) = read::read(path, MAX_FILE_SIZE) else { return false };
    match tree::parse(&*text, Notation::of(path, &text)) {
        Ok(root) => native::looks_native(root.node()) && matches!(readers::recognise(root.node()), Ok(None)),
        Err(_) => text
            .lines()
            .map(str::trim_start)
            .any(|line| ["flags:", "\"flags\"", "[flags", "flags."].iter().any(|start| line.starts_with(start))),
    }
}
