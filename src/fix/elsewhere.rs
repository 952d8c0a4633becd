//! Whether another file needs an import that a fix would remove where it was used. Owns one pass over the text of the
//! project's files for all candidates together; answers conservatively, since it reads text and not syntax. Definitions,
//! and imports that only pass a name on, are decided in `across`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use aho_corasick::AhoCorasick;
use rayon::prelude::*;

use super::files::Files;
use crate::diagnostic::Applicability;
use crate::language;

/// An imported or defined name that nothing in its own file reads any more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// The name that the file uses.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Whether only code that goes in other files used it.
    pub lost: bool,
}

/// What a name is that a file would lose.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An import. One that is `lost` passed the name on to others.
    Import(Import),
    /// A function, class or constant of the module.
    Item,
    /// A member of a class, an object or a type.
    Member,
}

/// Where an imported name comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    /// The module, as written.
    pub module: String,
    /// The name there.
    pub original: String,
}

/// Traits of the standard library: importing one brings in its methods, so it may be used without being named.
const STANDARD_TRAITS: &[&str] = &[
    "Add",
    "Any",
    "AsFd",
    "AsRawFd",
    "AsRef",
    "AsMut",
    "Borrow",
    "BorrowMut",
    "BufRead",
    "BuildHasher",
    "CommandExt",
    "Debug",
    "Deref",
    "DerefMut",
    "Display",
    "Error",
    "FileExt",
    "FileTypeExt",
    "FromIterator",
    "FromStr",
    "Future",
    "Hash",
    "Hasher",
    "Index",
    "IndexMut",
    "Iterator",
    "MetadataExt",
    "OpenOptionsExt",
    "OsStrExt",
    "OsStringExt",
    "PermissionsExt",
    "Pattern",
    "Read",
    "Seek",
    "SliceIndex",
    "ToOwned",
    "ToSocketAddrs",
    "ToString",
    "TryFrom",
    "TryInto",
    "Wake",
    "Write",
];

/// A name that must stay, because another file needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The name.
    pub name: String,
    /// Why: one phrase.
    pub reason: String,
}

/// For every file with imports that must stay, although the file itself would not use them any more: their names, each
/// with the reason. `after` holds the texts as the plan would leave them.
pub fn search(
    files: &Files<'_>,
    candidates: &[(usize, &[Candidate])],
    after: &HashMap<usize, &str>,
    level: Applicability,
) -> HashMap<usize, Vec<Needed>> {
    let mut needed: HashMap<usize, Vec<Needed>> = HashMap::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    for (file, list) in candidates {
        let path = files.path(*file);
        let language = files.project.files[*file].language;
        for candidate in *list {
            let (Kind::Import(import), false) = (&candidate.kind, candidate.lost) else { continue };
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if is_script(language) {
                // Other files see exports only, and an export is a read.
                continue;
            }
            let name = &candidate.name;
            if stem == "__init__" {
                let reason = format!("`{name}` may be re-exported by the package");
                needed.entry(*file).or_default().push(Needed { name: name.clone(), reason });
            } else {
                open.push(Open { file: *file, path, stem, language, name, import });
            }
        }
    }
    if open.is_empty() {
        return needed;
    }
    let literals: BTreeMap<String, Vec<usize>> =
        open.iter().enumerate().fold(BTreeMap::new(), |mut all, (index, each)| {
            for literal in each.literals() {
                all.entry(literal).or_insert_with(Vec::new).push(index);
            }
            all
        });
    let found = scan(files, &open, &literals, after);
    for (index, each) in open.iter().enumerate() {
        if let Some(reason) = each.reason(found.get(&index), level) {
            needed.entry(each.file).or_default().push(Needed { name: each.name.to_owned(), reason });
        }
    }
    needed
}

fn is_script(language: &str) -> bool {
    language::by_name(language).is_some_and(|language| language.family == "javascript")
}

/// A candidate that the text of other files decides.
struct Open<'c> {
    file: usize,
    path: &'c Path,
    stem: &'c str,
    language: &'static str,
    name: &'c str,
    import: &'c Import,
}

/// What the files say about a candidate: the literals that were found, with the file.
type Found = HashMap<usize, HashSet<String>>;

impl Open<'_> {
    /// What to look for.
    fn literals(&self) -> Vec<String> {
        let (name, import) = (self.name, self.import);
        match self.language {
            "python" => vec![format!("{}.{name}", self.stem), format!("{} import", self.stem)],
            _ => {
                let last = import.original.rsplit("::").next().unwrap_or(name);
                let mut literals = vec!["super::*".to_owned(), "super::{".to_owned(), format!("super::{name}")];
                literals.extend(["trait", "struct", "enum", "type", "union"].map(|word| format!("{word} {last}")));
                literals
            }
        }
    }

    /// Why the import must stay, given the literals that were found.
    fn reason(&self, found: Option<&HashSet<String>>, level: Applicability) -> Option<String> {
        let (name, import) = (self.name, self.import);
        let has = |literal: &str| found.is_some_and(|found| found.contains(literal));
        if self.language == "python" {
            let used = has(&format!("{}.{name}", self.stem)) || has(&format!("{} import", self.stem));
            return used.then(|| format!("another file takes `{name}` from this module"));
        }
        if has("super::*") || has("super::{") || has(&format!("super::{name}")) {
            return Some(format!("a child module may use `{name}` through `super`"));
        }
        let original = &import.original;
        let last = original.rsplit("::").next().unwrap_or(name);
        let is_type_like = last.starts_with(|c: char| c.is_uppercase()) && last.chars().any(|c| c.is_lowercase());
        if !is_type_like {
            return None;
        }
        let may_be_trait = format!("`{name}` may be a trait whose methods are used");
        if has(&format!("trait {last}")) {
            return Some(may_be_trait);
        }
        let full = format!("{}::{original}", import.module);
        let standard = ["std::", "core::", "alloc::", "::std::"]
            .iter()
            .any(|prefix| full.trim_start_matches("::").starts_with(prefix));
        if standard {
            return STANDARD_TRAITS.contains(&last).then_some(may_be_trait);
        }
        let known_type = ["struct", "enum", "type", "union"].iter().any(|word| has(&format!("{word} {last}")));
        (!known_type && level < Applicability::Unsafe).then_some(may_be_trait)
    }
}

/// One pass over all files of the candidates' languages.
fn scan(
    files: &Files<'_>,
    open: &[Open<'_>],
    literals: &BTreeMap<String, Vec<usize>>,
    after: &HashMap<usize, &str>,
) -> Found {
    let patterns: Vec<&String> = literals.keys().collect();
    let Ok(automaton) = AhoCorasick::new(&patterns) else { return Found::new() };
    let families: HashSet<&str> = open.iter().map(|each| files.family(each.file)).collect();
    let look = |file: usize, text: &str| {
        let mut hits = HashSet::new();
        for found in automaton.find_overlapping_iter(text) {
            let literal = patterns[found.pattern().as_usize()];
            for index in &literals[literal] {
                if concerns(&open[*index], literal, files.path(file), text, found.start()..found.end()) {
                    hits.insert((*index, literal.clone()));
                }
            }
        }
        hits
    };
    let hits: Vec<(usize, String)> = (0..files.len())
        .into_par_iter()
        .filter(|file| families.contains(files.family(*file)))
        .flat_map_iter(|file| match after.get(&file) {
            Some(text) => look(file, text),
            None => files.with_bytes(file, |bytes| look(file, &String::from_utf8_lossy(bytes))),
        })
        .collect();
    let mut found = Found::new();
    for (index, literal) in hits {
        found.entry(index).or_default().insert(literal);
    }
    found
}

/// Whether a hit in a file says something about a candidate.
fn concerns(open: &Open<'_>, literal: &str, path: &Path, text: &str, hit: std::ops::Range<usize>) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let in_braces = literal.ends_with('{');
    let whole_word = !text[..hit.start].chars().next_back().is_some_and(is_word)
        && (in_braces || !text[hit.end..].chars().next().is_some_and(is_word));
    if !whole_word {
        return false;
    }
    let own = path == open.path;
    if open.language == "python" {
        return !own
            && is_module(open, literal, path, &text[..hit.start])
            && (!literal.ends_with(" import") || {
                // `from stem import (a, name)`: the names follow up to the line end, or the closing parenthesis.
                let names = text[hit.end..].trim_start_matches([' ', '\t']);
                let list = match names.strip_prefix('(') {
                    Some(rest) => rest.split(')').next(),
                    None => names.lines().next(),
                };
                list.is_some_and(|list| list.split(|c| !is_word(c)).any(|word| word == open.name) || list.trim() == "*")
            });
    }
    if literal.starts_with("super::") {
        // Child modules lie in the folder of that name; the file's own `mod` blocks are resolved with it.
        let folder = match open.stem {
            "mod" | "lib" | "main" => open.path.parent().map(Path::to_path_buf),
            stem => open.path.parent().map(|parent| parent.join(stem)),
        };
        let names = match literal {
            "super::*" => text,
            "super::{" => text[hit.end..].split(';').next().unwrap_or_default(),
            _ => &text[hit],
        };
        let named = names.split(|c: char| !is_word(c)).any(|word| word == open.name);
        return !own && named && folder.is_some_and(|folder| path.starts_with(folder));
    }
    true
}

/// Whether what stands before a module's name in another file can lead to the candidate's module: the package it lies in,
/// or as many dots as the other file is away.
fn is_module(open: &Open<'_>, literal: &str, path: &Path, before: &str) -> bool {
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let package = open.path.parent();
    let Some(prefix) = before[start..].strip_suffix('.') else {
        // A bare name: a module at the root or beside the other file, or one imported from somewhere.
        let top = package.is_none_or(|package| package.components().count() <= 1);
        return !literal.ends_with(" import") || top || path.parent() == package;
    };
    let named = prefix.trim_start_matches('.');
    if named.is_empty() {
        let up = path.parent().and_then(|folder| folder.ancestors().nth(prefix.len()));
        return up == package;
    }
    package.and_then(Path::file_name).is_none_or(|folder| folder.to_str() == named.rsplit('.').next())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Import, Open, is_module};

    #[test]
    fn what_stands_before_the_name_of_a_module_has_to_lead_to_its_package() {
        let leads = |candidate: &str, literal: &str, other: &str, before: &str| {
            let import = Import { module: String::new(), original: String::new() };
            let (path, stem) = (Path::new(candidate), "cart");
            let open = Open { file: 0, path, stem, language: "python", name: "total", import: &import };
            is_module(&open, literal, Path::new(other), before)
        };
        let import = "cart import";
        // By the package, whatever is around it.
        assert!(leads("app/shop/cart.py", import, "tools/look.py", "from app.shop."));
        assert!(leads("app/my_shop/cart.py", import, "tools/look.py", "from app.my_shop."));
        assert!(!leads("app/shop/cart.py", import, "tools/look.py", "from app.house."));
        assert!(!leads("app/shop/cart.py", "cart", "tools/look.py", "(app.house."));
        assert!(leads("app/shop/cart.py", "cart", "tools/look.py", "\u{e9}\u{201c}shop."));
        // By as many dots as it is away.
        assert!(leads("app/shop/cart.py", import, "app/shop/look.py", "from ."));
        assert!(leads("app/shop/cart.py", import, "app/shop/tests/look.py", "from .."));
        assert!(!leads("app/shop/cart.py", import, "app/shop/tests/look.py", "from ."));
        // By its bare name at the root, beside it, or where it was imported from somewhere.
        assert!(leads("cart.py", import, "tools/deep/look.py", "from "));
        assert!(leads("app/shop/cart.py", import, "app/shop/look.py", "from "));
        assert!(!leads("app/shop/cart.py", import, "tools/look.py", "from "));
        assert!(leads("app/shop/cart.py", "cart.total", "tools/look.py", "print("));
    }
}
