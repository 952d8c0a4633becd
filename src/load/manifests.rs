//! What manifests say about the names of modules: crates, packages, mappings of module specifiers. Owns which files are read
//! for it; what a specifier leads to is decided in `resolve`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::language;
use crate::project::CodeFile;
use crate::resolve::scripts::{Mapping, ScriptRoots};
use crate::settings::Settings;
use crate::source::display_path;
use crate::source::read::Files;

/// The package name of each crate in the tree, by folder. A manifest that cannot be read leaves the folder's name in charge.
pub(super) fn crate_names(settings: &Settings, from: &dyn Files, files: &[CodeFile]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.ends_with("src/lib.rs")) {
        let Some(folder) = file.path.parent().and_then(Path::parent) else { continue };
        let Ok(text) = from.read(&folder.join("Cargo.toml"), settings.max_file_size) else { continue };
        let Ok(table) = text.parse::<toml::Table>() else { continue };
        let name = table.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str());
        if let Some(name) = name {
            names.insert(display_path(folder), name.to_owned());
        }
    }
    names
}

/// What `package.json` and `tsconfig.json` in the folders above the code say about module specifiers. What cannot be read
/// says nothing.
pub(super) fn script_roots(settings: &Settings, from: &dyn Files, files: &[CodeFile]) -> ScriptRoots {
    let mut folders = BTreeSet::new();
    let is_script = |file: &&CodeFile| language::by_name(file.language).is_some_and(|at| at.family == "javascript");
    for file in files.iter().filter(is_script) {
        for folder in file.path.ancestors().skip(1) {
            if !folders.insert(folder.to_path_buf()) {
                break;
            }
        }
    }
    let mut roots = ScriptRoots::default();
    for folder in folders {
        let shown = display_path(&folder);
        let shown = if shown == "." { String::new() } else { shown };
        let manifest = |name: &str| from.read(&folder.join(name), settings.max_file_size).ok();
        let package = manifest("package.json").and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        if let Some(name) = package.as_ref().and_then(|package| package.get("name")).and_then(|name| name.as_str()) {
            roots.packages.entry(name.to_owned()).or_insert_with(|| shown.clone());
        }
        let config = manifest("tsconfig.json").or_else(|| manifest("jsconfig.json"));
        let other = |path: &str| from.read(Path::new(path), settings.max_file_size).ok();
        if let Some(mapping) = config.and_then(|text| Mapping::read(&shown, &text, &other)) {
            roots.mappings.insert(shown, mapping);
        }
    }
    roots
}
