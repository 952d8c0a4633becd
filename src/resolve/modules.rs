//! Which file a module path names, in Python and Rust trees. Owns the layout rules of both; does no I/O: it knows the paths
//! that the walk found.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use super::scripts::ScriptRoots;
use crate::project::CodeFile;
use crate::source::display_path;

/// The code files of a project as modules. File numbers are positions in the walked list.
#[derive(Debug, Default)]
pub struct Modules {
    paths: Vec<String>,
    pub(super) by_path: BTreeMap<String, usize>,
    /// Per first segment of an absolute Python import: folders that it can start from, sorted.
    roots: BTreeMap<String, BTreeSet<String>>,
    /// Per crate name as code writes it: its root file.
    crates: BTreeMap<String, usize>,
    /// What the manifests say about module specifiers of JavaScript.
    pub(super) scripts: ScriptRoots,
}

impl Modules {
    /// Indexes the walked files. `crate_names` maps the folder of a `Cargo.toml` to its package name.
    pub fn new(files: &[CodeFile], crate_names: &BTreeMap<String, String>) -> Self {
        let paths: Vec<String> = files.iter().map(|file| display_path(&file.path)).collect();
        let by_path: BTreeMap<String, usize> = paths.iter().cloned().zip(0..).collect();
        let mut result = Self { by_path, ..Self::default() };
        for (index, file) in files.iter().enumerate() {
            let path = paths[index].as_str();
            match file.language {
                "python" => result.add_python(path),
                "rust" => {
                    if let Some(folder) = path.strip_suffix("src/lib.rs") {
                        let folder = folder.trim_end_matches('/');
                        let name = crate_names.get(folder).map_or_else(|| base(folder), String::as_str);
                        result.crates.entry(name.replace('-', "_")).or_insert(index);
                    }
                }
                _ => {}
            }
        }
        result.paths = paths;
        result
    }

    /// The same, with what the manifests say about module specifiers of JavaScript.
    #[must_use]
    pub fn with_scripts(mut self, scripts: ScriptRoots) -> Self {
        self.scripts = scripts;
        self
    }

    /// Registers every folder above a Python file that is no package itself as a place that imports can start from.
    fn add_python(&mut self, path: &str) {
        let mut below = path;
        let mut name = base(path).rsplit_once('.').map_or("", |(stem, _)| stem);
        while name != "__init__" || !below.is_empty() {
            let above = parent(below);
            if name != "__init__" && !self.by_path.contains_key(&join(above, "__init__.py")) {
                self.roots.entry(name.to_owned()).or_default().insert(above.to_owned());
            }
            if above.is_empty() {
                break;
            }
            below = above;
            name = base(below);
        }
    }

    /// Whether no file is known.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The path of a file.
    pub fn path(&self, file: usize) -> &str {
        &self.paths[file]
    }

    /// The module that an import in a Python file names: its file, and how many segments of the path lead to it.
    pub fn python(&self, importer: usize, path: &[impl Borrow<str>], level: usize) -> Option<(usize, usize)> {
        if level > 0 {
            let mut folder = parent(&self.paths[importer]);
            for _ in 1..level {
                if folder.is_empty() {
                    return None;
                }
                folder = parent(folder);
            }
            return self.python_below(folder, path);
        }
        let roots = self.roots.get(path.first()?.borrow())?;
        let own = parent(&self.paths[importer]);
        let above = |root: &&String| root.is_empty() || own == root.as_str() || own.starts_with(&format!("{root}/"));
        let ancestors = roots.iter().filter(above).rev();
        let common = |root: &String| own.bytes().zip(root.bytes()).take_while(|(left, right)| left == right).count();
        let mut others: Vec<&String> = roots.iter().filter(|root| !above(root)).collect();
        others.sort_by_key(|root| (std::cmp::Reverse(common(root)), root.len()));
        ancestors.chain(others).find_map(|root| self.python_below(root, path).filter(|(_, used)| *used > 0))
    }

    /// The longest part of the path that is a module below a folder. No segment at all is the folder's own package.
    fn python_below(&self, folder: &str, path: &[impl Borrow<str>]) -> Option<(usize, usize)> {
        (0..=path.len()).rev().find_map(|used| {
            let stem = join(folder, &path[..used].join("/"));
            let file = if used == 0 { None } else { self.by_path.get(&format!("{stem}.py")) };
            let file = file.or_else(|| self.by_path.get(&join(&stem, "__init__.py")));
            file.map(|file| (*file, used))
        })
    }

    /// The file of a submodule.
    pub fn child(&self, file: usize, name: &str) -> Option<usize> {
        let path = &self.paths[file];
        let folder = parent(path);
        if path.ends_with(".py") {
            if base(path) != "__init__.py" {
                return None;
            }
            return self.python_below(folder, &[name]).filter(|(_, used)| *used == 1).map(|(file, _)| file);
        }
        let stem = base(path).strip_suffix(".rs")?;
        let folder = if matches!(stem, "lib" | "main" | "mod") { folder.to_owned() } else { join(folder, stem) };
        let file = self.by_path.get(&join(&folder, &format!("{name}.rs")));
        file.or_else(|| self.by_path.get(&join(&folder, &format!("{name}/mod.rs")))).copied()
    }

    /// The file of the module above a Rust file.
    pub fn rust_parent(&self, file: usize) -> Option<usize> {
        let path = &self.paths[file];
        let folder = if base(path) == "mod.rs" { parent(parent(path)) } else { parent(path) };
        let beside = [join(folder, "mod.rs"), format!("{folder}.rs"), join(folder, "lib.rs"), join(folder, "main.rs")];
        beside.iter().find_map(|path| self.by_path.get(path)).copied().filter(|above| *above != file)
    }

    /// The root file of the crate that a Rust file belongs to.
    pub fn rust_root(&self, file: usize) -> Option<usize> {
        let path = &self.paths[file];
        if matches!(base(path), "lib.rs" | "main.rs") {
            return Some(file);
        }
        let mut folder = parent(path);
        loop {
            for name in ["lib.rs", "main.rs"] {
                if let Some(root) = self.by_path.get(&join(folder, name)) {
                    return Some(*root);
                }
            }
            if folder.is_empty() {
                return None;
            }
            folder = parent(folder);
        }
    }

    /// The root file of a crate of the tree.
    pub fn rust_crate(&self, name: &str) -> Option<usize> {
        self.crates.get(name).copied()
    }
}

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

pub(super) fn base(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

pub(super) fn join(folder: &str, name: &str) -> String {
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Modules;
    use crate::project::CodeFile;

    fn modules(paths: &[&str]) -> Modules {
        let files: Vec<CodeFile> = paths
            .iter()
            .map(|path| CodeFile { path: path.into(), language: if path.ends_with(".rs") { "rust" } else { "python" } })
            .collect();
        Modules::new(&files, &BTreeMap::from([("crates/one".to_owned(), "first-crate".to_owned())]))
    }

    fn words(path: &str) -> Vec<String> {
        path.split('.').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn python_imports_find_their_files() {
        let paths = ["app/__init__.py", "app/flags/__init__.py", "app/flags/keys.py", "app/views.py", "tools/run.py"];
        let index = modules(&paths);
        for (importer, path, level, expected) in [
            (3, "app.flags.keys", 0, Some((2, 3))),
            (3, "app.flags.keys.NAME", 0, Some((2, 3))),
            (3, "flags.keys", 1, Some((2, 2))),
            (2, "", 1, Some((1, 0))),
            (2, "", 2, Some((0, 0))),
            (4, "app.views", 0, Some((3, 2))),
            (3, "flags", 0, None),
            (3, "ldclient", 0, None),
        ] {
            assert_eq!(index.python(importer, &words(path), level), expected, "{path} from {}", paths[importer]);
        }
    }

    #[test]
    fn rust_modules_find_their_files() {
        let index = modules(&[
            "crates/one/src/lib.rs",
            "crates/one/src/a.rs",
            "crates/one/src/a/b.rs",
            "crates/one/src/c/mod.rs",
        ]);
        assert_eq!(index.child(0, "a"), Some(1));
        assert_eq!(index.child(1, "b"), Some(2));
        assert_eq!(index.child(0, "c"), Some(3));
        assert_eq!(index.rust_parent(2), Some(1));
        assert_eq!(index.rust_parent(3), Some(0));
        assert_eq!(index.rust_root(2), Some(0));
        assert_eq!(index.rust_crate("first_crate"), Some(0));
        assert_eq!(index.rust_parent(0), None);
    }
}
