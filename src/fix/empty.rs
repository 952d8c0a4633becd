//! Files that a plan leaves with nothing but imports and documentation. Owns the proof that no other file imports one; at
//! the safe level none goes, since a module can be imported from outside.

use std::collections::BTreeSet;

use super::across::Across;
use super::elsewhere::Import;
use super::file::FilePlan;
use super::files::Parsed;
use super::mentions::{Mention, nodes};
use super::names::Binding;
use super::residue::is_in;
use crate::diagnostic::Applicability;
use crate::source::Span;
use crate::source::edit::Edit;

impl Across<'_, '_> {
    /// Files that would be empty and that nothing imports: they are marked, to be planned again.
    pub(super) fn find_empty_files(&mut self) -> BTreeSet<usize> {
        if self.level < Applicability::Unsafe {
            return BTreeSet::new();
        }
        let empty: Vec<usize> = self
            .results
            .iter()
            .filter(|(file, planned)| !planned.deleted && self.is_empty(**file, planned))
            .map(|(file, _)| *file)
            .filter(|file| !self.tasks.get(file).is_some_and(|task| task.may_vanish))
            .collect();
        let stems: Vec<String> = empty.iter().filter_map(|file| self.module_name(*file)).collect();
        self.index.look_up(self.files, stems.iter().map(|stem| longest_word(stem)));
        let free: BTreeSet<usize> = empty.into_iter().filter(|file| !self.is_imported(*file)).collect();
        for file in &free {
            self.tasks.entry(*file).or_default().may_vanish = true;
        }
        free
    }

    /// Makes the plans of files that may vanish, and still hold nothing, ones that delete them.
    pub(super) fn empty_files(&mut self) {
        let marked: Vec<usize> = self.tasks.iter().filter(|(_, task)| task.may_vanish).map(|(file, _)| *file).collect();
        for file in marked {
            let goes = self.results.get(&file).is_some_and(|planned| planned.deleted || self.is_empty(file, planned));
            let Some(text) = self.files.text(file).filter(|_| goes) else { continue };
            let all: Span = 0..text.len();
            if let Some(planned) = self.results.get_mut(&file) {
                planned.deleted = true;
                planned.edits = vec![Edit { span: all.clone(), replacement: String::new() }];
                planned.removed = vec![all];
                planned.after.clear();
            }
        }
    }

    /// Whether a plan leaves nothing that does anything, and what was there went because of it.
    fn is_empty(&self, file: usize, planned: &FilePlan) -> bool {
        let Some(parsed) = self.trees.get(file) else { return false };
        let tree = &parsed.tree;
        let gone = |node: u32| is_in(&planned.removed, &tree.span(node));
        let mut statements = tree.named_children(0).peekable();
        let preamble = |node: u32| parsed.language.fold.is_preamble(tree, node);
        statements.peek().is_some()
            && tree.named_children(0).any(|node| gone(node) && !preamble(node))
            && tree.named_children(0).all(|node| gone(node) || preamble(node))
    }

    /// What imports call a file; `None` for files that stand for more than themselves.
    fn module_name(&self, file: usize) -> Option<String> {
        let stem = self.files.path(file).file_stem()?.to_str()?;
        (!matches!(stem, "__init__" | "__main__" | "conftest" | "index" | "lib" | "main" | "mod" | "setup"))
            .then(|| stem.to_owned())
    }

    /// Whether code that stays may import a file.
    fn is_imported(&self, file: usize) -> bool {
        let Some(name) = self.module_name(file) else { return true };
        self.others(file, longest_word(&name)).filter(|hit| hit.file != file).any(|hit| {
            let Some(parsed) = self.trees.get(hit.file).filter(|parsed| parsed.problem.is_none()) else { return true };
            let removed: &[Span] = self.results.get(&hit.file).map_or(&[], |planned| &planned.removed);
            self.imports(hit.file, parsed, removed, file)
                || nodes(parsed, &name, removed).into_iter().any(|(mention, node)| match (mention, node) {
                    (Mention::Text, _) => {
                        self.files.family(file) != "javascript"
                            || self.names_by_text(hit.file, parsed, removed, file, &name)
                    }
                    (Mention::Member | Mention::Unresolved, Some(node)) => {
                        self.files.family(file) != "javascript"
                            && parsed.language.fold.object_of(&parsed.tree, node).is_none()
                    }
                    // `mod file;` declares it.
                    (Mention::Own, _) => self.files.family(file) == "rust",
                    _ => false,
                })
        })
    }

    /// Whether an import that stays binds a name of a file, or the file itself, or all its names.
    fn imports(&self, importer: usize, parsed: &Parsed<'_>, removed: &[Span], file: usize) -> bool {
        let bound = parsed.names.variables.iter().enumerate().any(|(index, variable)| {
            let mut stays = variable.definitions.iter().filter(|(name, definition)| {
                definition.binding == Binding::Import && !is_in(removed, &parsed.tree.span(*name))
            });
            stays.next().is_some()
                && parsed.import(index).is_some_and(|import| {
                    self.files.module(importer, &import) == Some(file)
                        || self.submodule(importer, &import) == Some(file)
                })
        });
        let all = parsed
            .tree
            .all()
            .any(|node| parsed.tree.kind(node) == "wildcard_import" && !is_in(removed, &parsed.tree.span(node)));
        bound || all
    }

    /// Whether a string that stays is a specifier of a file: `require("./file")`, `jest.mock("./file")`.
    fn names_by_text(&self, importer: usize, parsed: &Parsed<'_>, removed: &[Span], file: usize, name: &str) -> bool {
        parsed.tree.all().any(|node| {
            parsed.tree.kind(node) == "string_fragment"
                && parsed.tree.text_of(node).contains(name)
                && !is_in(removed, &parsed.tree.span(node))
                && {
                    let module = parsed.tree.text_of(node).to_owned();
                    self.files.module(importer, &Import { original: String::new(), module }) == Some(file)
                }
        })
    }
}

/// The part of a file's name by which the index finds what names the file: `prices` of `old-prices`.
fn longest_word(stem: &str) -> &str {
    let parts = stem.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '_' | '$'));
    parts.max_by_key(|part| part.len()).unwrap_or(stem)
}
