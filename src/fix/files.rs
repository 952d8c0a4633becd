//! The files that a plan may look into, by their position in [`Project::files`]: texts, trees and names, made when they are
//! first asked for and kept. Owns which file an import names; reads bytes through whoever runs the plan and does no I/O.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use super::elsewhere::Import;
use super::names::{Binding, Names, Variable};
use super::residue::members::Members;
use super::texts::Texts;
use super::tree::{NodeId, Tree};
use crate::language::{self, Language};
use crate::project::Project;
use crate::source::read::Bytes;
use crate::source::{SourceId, Span};

/// The code files of a project.
pub struct Files<'p> {
    /// The project.
    pub project: &'p Project,
    bytes: &'p dyn Bytes,
    texts: Vec<OnceLock<Option<String>>>,
    sources: HashMap<&'p Path, SourceId>,
    by_path: HashMap<&'p Path, usize>,
}

/// A file that was parsed.
pub struct Parsed<'f> {
    /// Its text.
    pub text: &'f str,
    /// Its language.
    pub language: &'static Language,
    /// Its tree.
    pub tree: Tree<'f>,
    /// Its names.
    pub names: Names,
    /// Variables by the identifiers that bind or read them.
    pub variables: HashMap<NodeId, usize>,
    /// Why it must not be edited: then nothing is known about its names.
    pub problem: Option<&'static str>,
    /// What the tree does not show although it is code, each with the end of what it belongs to.
    pub hidden: Vec<(Span, usize)>,
    /// Names in its text and its strings.
    pub texts: Texts,
    types: OnceLock<Members>,
}

/// The parsed files of a plan.
pub struct Trees<'f> {
    /// Their texts.
    pub files: &'f Files<'f>,
    parsed: Vec<OnceLock<Option<Parsed<'f>>>>,
}

impl<'p> Files<'p> {
    /// The files of a project; those that it has no source of are read when they are needed.
    pub fn new(project: &'p Project, bytes: &'p dyn Bytes) -> Self {
        Self {
            project,
            bytes,
            texts: project.files.iter().map(|_| OnceLock::new()).collect(),
            sources: project
                .sources
                .iter()
                .filter(|(_, source)| source.language.is_some())
                .map(|(id, source)| (source.path.as_path(), id))
                .collect(),
            by_path: project.files.iter().zip(0..).map(|(file, index)| (file.path.as_path(), index)).collect(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The path of a file, relative to the root.
    pub fn path(&self, file: usize) -> &'p Path {
        &self.project.files[file].path
    }

    /// The language family of a file.
    pub fn family(&self, file: usize) -> &'static str {
        language::by_name(self.project.files[file].language).map_or("", |language| language.family)
    }

    /// The file that a source was read from.
    pub fn of_source(&self, source: SourceId) -> Option<usize> {
        self.by_path.get(self.project.sources.get(source).path.as_path()).copied()
    }

    /// The source of a file that was parsed when flags were looked for.
    pub fn source(&self, file: usize) -> Option<SourceId> {
        self.sources.get(self.path(file)).copied()
    }

    /// The text of a file; `None` when it is not readable as text.
    pub fn text(&self, file: usize) -> Option<&str> {
        if let Some(source) = self.source(file) {
            return Some(&self.project.sources.get(source).text);
        }
        let read = || self.bytes.of(self.path(file)).and_then(|bytes| String::from_utf8(bytes).ok());
        self.texts[file].get_or_init(read).as_deref()
    }

    /// Shows the bytes of a file to a function without keeping them. What cannot be read is empty.
    pub fn with_bytes<T>(&self, file: usize, look: impl FnOnce(&[u8]) -> T) -> T {
        match (self.source(file), self.texts[file].get()) {
            (Some(source), _) => look(self.project.sources.get(source).text.as_bytes()),
            (None, Some(Some(text))) => look(text.as_bytes()),
            (None, _) => look(&self.bytes.of(self.path(file)).unwrap_or_default()),
        }
    }

    /// The file that an import names, where that can be told from the paths and manifests alone.
    pub fn module(&self, importer: usize, import: &Import) -> Option<usize> {
        let modules = &self.project.modules;
        if modules.is_empty() {
            return None;
        }
        match self.family(importer) {
            "python" => {
                let level = import.module.len() - import.module.trim_start_matches('.').len();
                let words = import.module.split('.').filter(|word| !word.is_empty());
                let path: Vec<&str> = words.map(str::trim).collect();
                modules.python(importer, &path, level).filter(|(_, used)| *used == path.len()).map(|(file, _)| file)
            }
            "javascript" => modules.script(importer, import.module.trim_matches(['"', '\'', '`'])),
            _ => None,
        }
    }
}

impl<'f> Trees<'f> {
    /// No file is parsed yet.
    pub fn new(files: &'f Files<'f>) -> Self {
        Self { files, parsed: (0..files.len()).map(|_| OnceLock::new()).collect() }
    }

    /// A file with its tree; `None` when it cannot be read or its language is not known.
    pub fn get(&self, file: usize) -> Option<&Parsed<'f>> {
        let parse = || {
            let project = self.files.project;
            let language = language::by_name(project.files[file].language)?;
            // To read again what has errors would only tell that it has.
            let is_broken = |source| project.broken.binary_search(&source).is_ok();
            let known = language.mask.is_none() && self.files.source(file).is_some_and(is_broken);
            let text = self.files.text(file)?;
            Some(if known { Parsed::broken(text, language) } else { Parsed::new(text, language) })
        };
        self.parsed[file].get_or_init(parse).as_ref()
    }
}

impl<'f> Parsed<'f> {
    /// Parses a text and resolves its names.
    pub fn new(text: &'f str, language: &'static Language) -> Self {
        let code = language.read(text);
        let tree = Tree::of(text, &code, &|node| language.fold.part(text, node));
        let problem = if tree.is_deep() { Some("the file is nested too deep") } else { code.problem() };
        let names = if problem.is_some() { Names::default() } else { Names::new(&tree, language.fold) };
        let mut variables = HashMap::new();
        for (index, variable) in names.variables.iter().enumerate() {
            variables.extend(variable.definitions.iter().map(|(name, _)| (*name, index)));
            variables.extend(variable.references.iter().map(|reference| (*reference, index)));
        }
        let hidden = code.hidden().to_vec();
        Self {
            text,
            language,
            tree,
            names,
            variables,
            problem,
            hidden,
            texts: Texts::default(),
            types: OnceLock::new(),
        }
    }

    /// A text that is known to have errors.
    fn broken(text: &'f str, language: &'static Language) -> Self {
        Self { text, problem: Some(language::SYNTAX_ERRORS), ..Self::new("", language) }
    }

    /// The members that its types declare.
    pub fn types(&self) -> &Members {
        self.types.get_or_init(|| Members::new(&self.tree, self.language.fold))
    }

    /// Where a variable is imported from, and the name of it there.
    pub fn import(&self, variable: usize) -> Option<Import> {
        let (name, _) = self.names.variables[variable]
            .definitions
            .iter()
            .find(|(_, definition)| definition.binding == Binding::Import)?;
        self.language.fold.imported(&self.tree, *name)
    }

    /// For a variable that an import binds: where it comes from, if that can be told.
    pub fn imported(&self, variable: usize) -> Option<Option<Import>> {
        let mut definitions = self.names.variables[variable].definitions.iter();
        definitions.any(|(_, definition)| definition.binding == Binding::Import).then(|| self.import(variable))
    }

    /// Whether the file defines a name at its top itself, other than by an import.
    pub fn defines(&self, name: &str) -> bool {
        self.names.variables.iter().filter(|variable| variable.name == name).any(|variable| {
            variable
                .definitions
                .iter()
                .any(|(_, definition)| definition.scope == 0 && definition.binding != Binding::Import)
        })
    }

    /// The identifier that binds a name at the top of the file, when it is the only one.
    pub fn top_level(&self, name: &str) -> Option<NodeId> {
        let at_top = |variable: &&Variable| variable.name == name && variable.definitions[0].1.scope == 0;
        let variable = self.names.variables.iter().find(at_top)?;
        let [(name, _)] = variable.definitions.as_slice() else { return None };
        Some(*name)
    }

    /// Whether an identifier reads a name, where the other ones bind it.
    pub fn is_read(&self, node: NodeId) -> bool {
        self.variables.get(&node).is_some_and(|variable| self.names.variables[*variable].references.contains(&node))
    }

    /// Whether an identifier binds a name, and by something else than an import.
    pub fn rebinds(&self, node: NodeId) -> bool {
        self.variables.get(&node).is_some_and(|variable| {
            let definitions = &self.names.variables[*variable].definitions;
            definitions.iter().any(|(name, definition)| *name == node && definition.binding != Binding::Import)
        })
    }

    /// The identifiers that lie in spans, which are sorted and disjoint.
    pub fn identifiers_in(&self, spans: &[Span]) -> impl Iterator<Item = NodeId> {
        self.tree
            .all()
            .filter(|node| self.tree.kind(*node).contains("identifier"))
            .filter(|node| super::residue::is_in(spans, &self.tree.span(*node)))
    }
}
