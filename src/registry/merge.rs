//! Several registry documents become one registry. Owns what depends on more than one flag or file: declared
//! environments, flags in two files, parents, aliases. Contradictions are errors, and metadata only adds caution.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::{Problem, RegistryError};
use super::freshness::Dated;
use super::input::Input;
use super::model::{Environments, Flag, Registry};
use super::native::{Declared, Given, Header, Reader};
use super::nearest::nearest;
use super::overlay;
use super::readers::{self, Format};
use super::tree::{Entry, Root};
use super::{MAX_FLAGS, too_many_flags};
use crate::source::{LineIndex, SourceId, Span};

/// Problems of a file for which the nearest flag is looked up.
const MAX_SUGGESTIONS: usize = 20;

/// A registry file that was parsed, or a document out of a snapshot.
#[derive(Clone)]
pub(super) struct Document {
    /// Display path.
    pub(super) name: String,
    /// Its text.
    pub(super) text: Arc<str>,
    /// Its source.
    pub(super) source: SourceId,
    /// Its content.
    pub(super) root: Root,
    /// What it is a part of, when it is one of a snapshot.
    pub(super) part: Option<Part>,
    /// The environment that all of it is about, where the configuration says so.
    pub(super) environment: Option<String>,
    /// How the configuration describes it.
    pub(super) input: Option<Arc<Input>>,
    /// Of a literal in a program: what else changes it, and whether it may have more entries.
    pub(super) program: Option<(Vec<String>, bool)>,
    /// Where its lines start, once an error asks.
    pub(super) lines: OnceCell<LineIndex>,
}

impl Document {
    /// A file whose content speaks for itself.
    pub(super) fn plain(name: String, text: Arc<str>, source: SourceId, root: Root) -> Self {
        let lines = OnceCell::new();
        Self { name, text, source, root, part: None, environment: None, input: None, program: None, lines }
    }

    /// `path:line` of a place in it. Only errors need it, and there may be one for each flag.
    fn shown(&self, place: &Span) -> String {
        let lines = self.lines.get_or_init(|| LineIndex::new(&self.text));
        format!("{}:{}", self.name, lines.line(place.start) + 1)
    }

    /// The JSON pointer that leads to its content.
    pub(super) fn pointer(&self) -> &str {
        self.part.as_ref().map_or("", |part| &part.pointer)
    }
}

/// A document's place in a snapshot.
#[derive(Clone)]
pub(super) struct Part {
    /// The snapshot.
    pub(super) snapshot: Arc<Dated>,
    /// The JSON pointer that leads to it.
    pub(super) pointer: String,
    /// The environment that it is of, where it does not say so itself.
    pub(super) environment: Option<String>,
}

/// A parent that a flag names, to be looked up once all flags are known.
struct Parent<'d> {
    document: usize,
    flag: String,
    entry: Entry<'d>,
}

/// Gives the documents their meaning, together.
pub(super) fn merge(documents: &[Document]) -> Result<(Registry, Vec<String>), RegistryError> {
    let mut readers: Vec<Reader> = documents.iter().map(|document| Reader::new(document.source)).collect();
    let mut vendors = Vendors::default();
    let mut headers: Vec<Header<'_>> = Vec::new();
    let mut formats = Vec::new();
    for (document, reader) in documents.iter().zip(&mut readers) {
        let in_house = document.input.as_ref().is_some_and(|input| input.is_in_house());
        let format = match &document.part {
            _ if in_house => Ok(Some(readers::in_house())),
            None => readers::recognise(document.root.node()),
            Some(part) => readers::of_part(document.root.node(), part),
        };
        let format = format.unwrap_or_else(|problem| {
            reader.problems.push(problem);
            None
        });
        formats.push(format);
        let mut header = match format {
            None if reader.problems.is_empty() => reader.header(document.root.node()),
            _ => Header::default(),
        };
        if let Some(first) = header.flags.get(MAX_FLAGS) {
            reader.problems.push(too_many_flags(first.key_span.clone()));
            header.flags.clear();
        }
        headers.push(header);
    }
    let mut registry = Registry { origins: origins(documents), snapshots: snapshots(documents), ..Registry::default() };
    registry.open = documents.iter().any(|document| document.program.as_ref().is_some_and(|(_, more)| *more));
    settle(&mut registry, &headers, &mut readers);
    let environments: Vec<String> = registry.required.iter().chain(&registry.informational).cloned().collect();

    // Vendors' documents first: a native file is laid over them.
    for (at, format) in formats.iter().enumerate() {
        if let Some(format) = format {
            vendors.read(&mut registry, (at, format), documents, &mut readers[at]);
        }
    }
    for (at, document) in documents.iter().enumerate() {
        if let (Some(part), Some(format)) = (&document.part, formats[at])
            && !vendors.filled.contains(&part.snapshot)
            && readers.iter().all(|reader| reader.problems.is_empty())
        {
            readers[at].problems.push(readers::empty(format, document.root.node()));
        }
    }
    let mut parents = Vec::new();
    let mut known = BTreeMap::new();
    for (at, header) in headers.iter().enumerate() {
        for entry in &header.flags {
            let declared = readers[at].flag(entry, &environments);
            let Declared { mut flag, given, requires, alias_spans } = declared;
            flag.fit();
            parents.extend(requires.into_iter().map(|entry| Parent { document: at, flag: flag.key.clone(), entry }));
            let aliases = flag.aliases.iter().cloned().zip(alias_spans).collect();
            let key = flag.key.clone();
            match (registry.flags.get_mut(&key), vendors.documents.get(&key)) {
                (Some(first), Some(origin)) => {
                    let origin = &documents[origin.document].name;
                    overlay::declare(first, flag, given, origin, &mut readers[at]);
                }
                _ => add_flag(&mut registry, &mut known, (flag, given), documents, &mut readers[at]),
            }
            add_aliases(&mut registry, &key, aliases, &mut readers[at]);
        }
    }
    check_aliases(&registry, &headers, &mut readers);
    for Parent { document, flag, entry } in parents {
        add_parent(&mut registry, &flag, &entry, &mut readers[document]);
    }

    for (document, reader) in documents.iter().zip(&mut readers) {
        if !reader.problems.is_empty() {
            return Err(RegistryError::at(&document.name, &document.text, std::mem::take(&mut reader.problems)));
        }
    }
    if !vendors.documents.is_empty() {
        overlay::settle(&mut registry, &vendors.production, &vendors.informational);
    }
    let warnings = documents.iter().zip(&readers).flat_map(|(document, reader)| {
        reader.warnings.iter().map(|warning| warning.one_line(&document.name, &document.text))
    });
    Ok((registry, warnings.collect()))
}

/// Where a flag was first read.
struct Origin {
    /// The position of the document.
    document: usize,
    /// The name of its format.
    format: &'static str,
    /// It says nothing of what the flag serves.
    describes: bool,
    /// Another provider has a flag of this key as well.
    contested: bool,
}

/// The files that documents came from, each once.
fn origins(documents: &[Document]) -> Vec<String> {
    let mut origins: Vec<String> = documents.iter().map(|document| document.name.clone()).collect();
    origins.dedup();
    origins
}

fn snapshots(documents: &[Document]) -> Vec<Arc<Dated>> {
    let mut snapshots: Vec<Arc<Dated>> =
        documents.iter().filter_map(|one| Some(Arc::clone(&one.part.as_ref()?.snapshot))).collect();
    snapshots.dedup();
    snapshots
}

/// What came from vendors' documents.
#[derive(Default)]
struct Vendors {
    /// The first document that has each key, and its provider.
    documents: BTreeMap<String, Origin>,
    /// Environments that a document calls production.
    production: BTreeSet<String>,
    /// Environments that never count unless somebody asks for them.
    informational: BTreeSet<String>,
    /// Snapshots that hold a flag.
    filled: Vec<Arc<Dated>>,
}

impl Vendors {
    fn read(
        &mut self,
        registry: &mut Registry,
        (at, format): (usize, &'static Format),
        documents: &[Document],
        reader: &mut Reader,
    ) {
        let document = &documents[at];
        let mut reading = match &document.input {
            Some(input) if input.is_in_house() => readers::read_in_house(document, input),
            _ => readers::read(format, document.root.node(), document.pointer(), document.source),
        };
        // A provider may well have an environment, or a page, without flags: only all of a snapshot must not be empty.
        // A program that declares none declares none.
        let may_be_empty = document.part.is_some() || document.program.is_some();
        if reading.flags.is_empty() && reading.problems.is_empty() && !may_be_empty {
            reader.problems.push(readers::empty(format, document.root.node()));
        }
        if let Some(part) = &document.part
            && !reading.flags.is_empty()
        {
            self.filled.push(Arc::clone(&part.snapshot));
        }
        reader.problems.append(&mut reading.problems);
        reader.warnings.append(&mut reading.warnings);
        self.production.append(&mut reading.production);
        self.informational.append(&mut reading.informational);
        let describes = reading.describes;
        for mut flag in reading.into_flags() {
            flag.provider = (format.name != readers::in_house().name).then_some(format.title);
            flag.snapshots.extend(document.part.as_ref().map(|part| Arc::clone(&part.snapshot)));
            let of_part = document.part.as_ref().and_then(|part| part.environment.as_ref());
            if let Some(environment) = of_part.or(document.environment.as_ref()) {
                overlay::place(&mut flag, environment);
            }
            let own = Origin { document: at, format: format.name, describes, contested: false };
            match (self.documents.get_mut(&flag.key), registry.flags.get_mut(&flag.key)) {
                (Some(origin), Some(first)) if origin.describes && !own.describes => {
                    *origin = own;
                    let description = std::mem::replace(first, flag);
                    overlay::annotate(first, *description);
                }
                (Some(origin), Some(first)) if own.describes && !origin.describes => overlay::annotate(first, *flag),
                (Some(origin), Some(first)) => {
                    origin.contested |= origin.format != own.format;
                    overlay::add(first, *flag, !origin.contested, &documents[origin.document].name);
                }
                _ => {
                    self.documents.insert(flag.key.clone(), own);
                    registry.flags.insert(flag.key.clone(), flag);
                }
            }
        }
    }
}

/// Environments, lifetimes and `min-stable` of all documents.
fn settle(registry: &mut Registry, headers: &[Header<'_>], readers: &mut [Reader]) {
    for (header, reader) in headers.iter().zip(readers) {
        for (name, span) in &header.required {
            if registry.informational.contains(name) {
                reader.problems.push(contradiction(
                    &format!("environment `{name}` is required here"),
                    span,
                    "informational in another file",
                ));
            } else if !registry.required.contains(name) {
                registry.required.push(name.clone());
            }
        }
        for (name, span) in &header.informational {
            if registry.required.contains(name) {
                reader.problems.push(contradiction(
                    &format!("environment `{name}` is informational here"),
                    span,
                    "required in another file",
                ));
            } else if !registry.informational.contains(name) {
                registry.informational.push(name.clone());
            }
        }
        for (kind, (days, span)) in &header.lifetimes {
            let first = registry.lifetimes.by_kind.insert(*kind, *days);
            if first.is_some_and(|first| first != *days) {
                reader.problems.push(contradiction(
                    &format!("another lifetime for `{}`", kind.name()),
                    span,
                    "different in another file",
                ));
            }
        }
        if let Some((days, span)) = &header.min_stable {
            let first = registry.lifetimes.min_stable.replace(*days);
            if first.is_some_and(|first| first != *days) {
                reader.problems.push(contradiction("another `min-stable`", span, "different in another file"));
            }
        }
    }
}

fn contradiction(message: &str, span: &Span, here: &str) -> Problem {
    Problem::new(message, span.clone(), here).help("state it in one file, or the same in both")
}

/// Adds a flag, or what a second file says about it. `known` holds what is declared about each flag so far.
fn add_flag(
    registry: &mut Registry,
    known: &mut BTreeMap<String, Given>,
    (flag, given): (Flag, Given),
    documents: &[Document],
    reader: &mut Reader,
) {
    let before = known.entry(flag.key.clone()).or_default();
    let Some(first) = registry.flags.get_mut(&flag.key) else {
        *before = given;
        registry.flags.insert(flag.key.clone(), Box::new(flag));
        return;
    };
    let (key, at, first_at) = (flag.key.clone(), flag.at.span.clone(), first.at.clone());
    let differs = |what: &str| {
        let document = documents.iter().find(|document| document.source == first_at.source);
        let place = document.map_or_else(String::new, |document| document.shown(&first_at.span));
        contradiction(&format!("flag `{key}` has a different {what} in {place}"), &at, "declared again")
    };
    if flag.value_type != first.value_type {
        // A file without `type` has read its state and values as those of a bool.
        let first_may_change = !before.value_type && !before.state && first.variations.is_empty();
        let second_may_change = !given.value_type && !given.state && flag.variations.is_empty();
        if given.value_type && first_may_change {
            first.value_type = flag.value_type;
        } else if !second_may_change {
            return reader.problems.push(differs("type"));
        }
    }
    if given.kind && before.kind && flag.kind != first.kind {
        return reader.problems.push(differs("kind"));
    }
    if given.kind {
        (first.kind, first.kind_given) = (flag.kind, true);
    }
    if contradicts(first.created, flag.created) || contradicts(first.expires, flag.expires) {
        return reader.problems.push(differs("date"));
    }
    match (!before.state, !given.state) {
        (true, false) => {
            first.environments = flag.environments;
            first.at = flag.at;
        }
        (_, true) => {}
        (false, false) if same_states(&first.environments, &flag.environments) => {
            for (name, state) in flag.environments {
                if let Some(known) = first.environments.get_mut(&name) {
                    // The later date, or none, is the more cautious one.
                    known.since = known.since.zip(state.since).map(|(left, right)| left.max(right));
                }
            }
        }
        (false, false) => return reader.problems.push(differs("state")),
    }
    *before = Given {
        value_type: before.value_type || given.value_type,
        kind: before.kind || given.kind,
        state: before.state || given.state,
        overrides: before.overrides.take().or(given.overrides),
    };
    first.created = first.created.or(flag.created);
    first.expires = first.expires.or(flag.expires);
    first.permanent = if flag.permanent == Some(true) { Some(true) } else { first.permanent.or(flag.permanent) };
    first.archived |= flag.archived;
    first.description = first.description.take().or(flag.description);
    for (known, added) in
        [(&mut first.owners, flag.owners), (&mut first.tags, flag.tags), (&mut first.aliases, flag.aliases)]
    {
        for name in added {
            if !known.contains(&name) {
                known.push(name);
            }
        }
    }
    for value in flag.variations {
        if !first.variations.contains(&value) {
            first.variations.push(value);
        }
    }
}

fn contradicts<T: PartialEq>(left: Option<T>, right: Option<T>) -> bool {
    matches!((left, right), (Some(left), Some(right)) if left != right)
}

fn same_states(left: &Environments, right: &Environments) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|((left_name, left), (right_name, right))| left_name == right_name && left.state == right.state)
}

fn add_aliases(registry: &mut Registry, key: &str, aliases: Vec<(String, Span)>, reader: &mut Reader) {
    for (alias, span) in aliases {
        if alias == key {
            continue;
        }
        let first = registry.aliases.insert(alias.clone(), key.to_owned());
        if let Some(first) = first.filter(|first| first != key) {
            let message = format!("alias `{alias}` belongs to flag `{first}` already");
            reader.problems.push(Problem::new(message, span, "one name cannot mean two flags"));
        }
    }
}

fn check_aliases(registry: &Registry, headers: &[Header<'_>], readers: &mut [Reader]) {
    for (header, reader) in headers.iter().zip(readers) {
        for entry in &header.flags {
            if let Some(owner) = registry.aliases.get(entry.key) {
                let message = format!("`{}` is a flag, and an alias of flag `{owner}`", entry.key);
                reader.problems.push(Problem::new(message, entry.key_span.clone(), "one name cannot mean two flags"));
            }
        }
    }
}

fn add_parent(registry: &mut Registry, key: &str, entry: &Entry<'_>, reader: &mut Reader) {
    let Some(parent) = registry.flags.get(entry.key) else {
        let meant = registry.aliases.get(entry.key).map(String::as_str);
        let names = registry.flags.keys().map(String::as_str).filter(|name| *name != key);
        // Looking through all names is dear, and nobody reads the hundredth suggestion.
        let look = reader.problems.len() < MAX_SUGGESTIONS;
        let here = match meant.or_else(|| if look { nearest(entry.key, names) } else { None }) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "not declared".to_owned(),
        };
        let message = format!("flag `{key}` requires `{}`, which is not in the registry", entry.key);
        return reader.problems.push(Problem::new(message, entry.key_span.clone(), here));
    };
    if entry.key == key {
        let message = format!("flag `{key}` requires itself");
        return reader.problems.push(Problem::new(message, entry.key_span.clone(), "its own key"));
    }
    let wanted = parent.value_type;
    let what = format!("the value required of `{}`", entry.key);
    if let Some(value) = reader.value(entry.value, wanted, &what)
        && let Some(flag) = registry.flags.get_mut(key)
    {
        let first = flag.requires.insert(entry.key.to_owned(), value.clone());
        if first.is_some_and(|first| first != value) {
            let message = format!("flag `{key}` requires another value of `{}` in another file", entry.key);
            reader.problems.push(Problem::new(message, entry.key_span.clone(), "required again"));
        }
    }
}
