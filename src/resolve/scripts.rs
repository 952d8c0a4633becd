//! Which file a module specifier of JavaScript names: relative paths with extensions and index files left out, `paths` and
//! `baseUrl` of `tsconfig.json`, packages of the workspace. Does no I/O: the loader hands over what the manifests say.

use std::collections::BTreeMap;

use super::modules::{Modules, base, join, parent};

/// Endings that a specifier leaves out, in the order in which they are tried.
const ENDINGS: &[&str] = &["ts", "tsx", "d.ts", "js", "jsx", "mts", "cts", "mjs", "cjs"];

/// How many configurations may extend one another.
const MAX_EXTENDS: usize = 8;

/// What the manifests of a tree say about module specifiers. Folders are relative to the root, without a slash at the end.
#[derive(Clone, Debug, Default)]
pub struct ScriptRoots {
    /// Folder of each package of the tree, by name.
    pub packages: BTreeMap<String, String>,
    /// Per folder with a `tsconfig.json` that says something about paths.
    pub mappings: BTreeMap<String, Mapping>,
}

/// `compilerOptions` of a `tsconfig.json`, as far as they concern paths.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// Where specifiers that are not relative start, as a folder below the root.
    pub base: Option<String>,
    /// Patterns with at most one `*`, and the paths that stand for them, below `base` or the folder itself.
    pub paths: Vec<(String, Vec<String>)>,
}

impl Mapping {
    /// Reads what a configuration of the compiler in a folder says: JSON with comments and trailing commas. What it extends
    /// is asked for by path below the root, and so are the configurations it refers to when it says nothing itself.
    pub fn read(folder: &str, text: &str, load: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let (mapping, referred) = Self::of(folder, text, load, MAX_EXTENDS)?;
        let says = |mapping: &Self| mapping.base.is_some() || !mapping.paths.is_empty();
        if says(&mapping) {
            return Some(mapping);
        }
        referred
            .iter()
            .filter_map(|path| Self::of(parent(path), &load(path)?, load, MAX_EXTENDS))
            .map(|(mapping, _)| mapping)
            .find(says)
    }

    /// The mapping, and the paths of the configurations that it refers to.
    fn of(
        folder: &str,
        text: &str,
        load: &dyn Fn(&str) -> Option<String>,
        depth: usize,
    ) -> Option<(Self, Vec<String>)> {
        let config: serde_json::Value = serde_json::from_str(&without_comments(text)).ok()?;
        let texts = |value: Option<&serde_json::Value>| -> Vec<String> {
            match value {
                Some(serde_json::Value::String(one)) => vec![one.clone()],
                Some(serde_json::Value::Array(all)) => all
                    .iter()
                    .filter_map(|one| one.as_str().or_else(|| one.get("path")?.as_str()))
                    .map(str::to_owned)
                    .collect(),
                _ => Vec::new(),
            }
        };
        let mut result = Self::default();
        for extended in texts(config.get("extends")) {
            let Some(depth) = depth.checked_sub(1) else { break };
            let found = resolve(folder, &extended).filter(|_| extended.starts_with('.'));
            let files = found.iter().flat_map(|path| [path.clone(), format!("{path}.json")]);
            let above = files
                .filter(|path| path.ends_with(".json"))
                .find_map(|path| Self::of(parent(&path), &load(&path)?, load, depth));
            if let Some((above, _)) = above {
                result.base = above.base.or(result.base);
                result.paths = if above.paths.is_empty() { result.paths } else { above.paths };
            }
        }
        let options = config.get("compilerOptions");
        let own = |name: &str| options.and_then(|options| options.get(name));
        if let Some(base) = own("baseUrl").and_then(|base| base.as_str()).and_then(|base| resolve(folder, base)) {
            result.base = Some(base);
        }
        if let Some(paths) = own("paths").and_then(|paths| paths.as_object()) {
            let from = result.base.as_deref().unwrap_or(folder);
            let read = |(pattern, targets): (&String, &serde_json::Value)| {
                let targets = targets.as_array().into_iter().flatten().filter_map(|target| target.as_str());
                (pattern.clone(), targets.filter_map(|target| resolve(from, target)).collect())
            };
            result.paths = paths.iter().map(read).collect();
        }
        let referred = texts(config.get("references"));
        let referred = referred
            .iter()
            .filter_map(|path| resolve(folder, path))
            .map(|path| if path.ends_with(".json") { path } else { join(&path, "tsconfig.json") });
        Some((result, referred.collect()))
    }
}

impl Modules {
    /// The file that a specifier in a file names.
    pub fn script(&self, importer: usize, specifier: &str) -> Option<usize> {
        let own = parent(self.path(importer));
        if specifier.starts_with('.') {
            return self.script_at(&resolve(own, specifier)?);
        }
        let mut folder = own;
        loop {
            if let Some(mapping) = self.scripts.mappings.get(folder) {
                let mapped = mapping.paths.iter().find_map(|(pattern, targets)| {
                    let rest = matched(pattern, specifier)?;
                    targets.iter().find_map(|target| self.script_at(&target.replacen('*', rest, 1)))
                });
                let below = || mapping.base.as_ref().and_then(|base| self.script_at(&join(base, specifier)));
                if let Some(found) = mapped.or_else(below) {
                    return Some(found);
                }
            }
            if folder.is_empty() {
                break;
            }
            folder = parent(folder);
        }
        self.script_of_package(specifier)
    }

    /// A package of the workspace, or a path in it.
    fn script_of_package(&self, specifier: &str) -> Option<usize> {
        let mut name = specifier;
        loop {
            if let Some(folder) = self.scripts.packages.get(name) {
                let rest = specifier[name.len()..].trim_start_matches('/');
                let places = [join(folder, rest), join(&join(folder, "src"), rest), join(&join(folder, "lib"), rest)];
                return places.iter().find_map(|place| self.script_at(place));
            }
            name = name.rsplit_once('/')?.0;
        }
    }

    /// The file at a path that may lack its ending, or be a folder, or end in what the file is compiled to.
    fn script_at(&self, path: &str) -> Option<usize> {
        let file = |path: &str| self.by_path.get(path).copied();
        let ended = |stem: &str| ENDINGS.iter().find_map(|ending| file(&format!("{stem}.{ending}")));
        let compiled = || {
            let (stem, ending) = path.rsplit_once('.')?;
            matches!(ending, "js" | "jsx" | "mjs" | "cjs").then(|| ended(stem)).flatten()
        };
        let named = if base(path).is_empty() { None } else { file(path).or_else(|| ended(path)).or_else(compiled) };
        named.or_else(|| ended(&join(path, "index")))
    }
}

/// What the `*` of a pattern stands for in a specifier.
fn matched<'text>(pattern: &str, specifier: &'text str) -> Option<&'text str> {
    match pattern.split_once('*') {
        None => (pattern == specifier).then_some(""),
        Some((before, after)) => specifier.strip_prefix(before)?.strip_suffix(after),
    }
}

/// A path relative to a folder, without dots; `None` when it leaves the root.
fn resolve(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// JSON with comments and trailing commas as plain JSON.
fn without_comments(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            0
        };
        if skipped > 0 {
            rest = &rest[skipped..];
            continue;
        }
        let taken = if first == '"' {
            let bytes = rest.as_bytes();
            let mut end = 1;
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            (end + 1).min(rest.len())
        } else {
            if matches!(first, '}' | ']') {
                let kept = result.trim_end();
                if kept.ends_with(',') {
                    result.truncate(kept.len() - 1);
                }
            }
            first.len_utf8()
        };
        let Some(part) = rest.get(..taken) else { break };
        result.push_str(part);
        rest = &rest[taken..];
    }
    result
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Mapping, ScriptRoots};
    use crate::project::CodeFile;
    use crate::resolve::modules::Modules;

    const TSCONFIG: &str = r#"{
        // "paths": {}
        "compilerOptions": { /* where */ "baseUrl": "./src", "paths": { "@/*": ["./*"], "flags": ["config/flags.ts",] }, },
    }"#;

    #[test]
    fn configurations_extend_and_refer_to_others() {
        let load = |path: &str| match path {
            "base.json" => {
                Some(r#"{ "extends": "./root", "compilerOptions": { "paths": { "~/*": ["src/*"] } } }"#.to_owned())
            }
            "root.json" => Some(r#"{ "compilerOptions": { "baseUrl": "code" } }"#.to_owned()),
            "web/app.json" => Some(r#"{ "compilerOptions": { "paths": { "@/*": ["./lib/*"] } } }"#.to_owned()),
            "circle.json" => Some(r#"{ "extends": ["./circle.json"] }"#.to_owned()),
            _ => None,
        };
        let read = |text: &str| Mapping::read("web", text, &load).map(|mapping| (mapping.base, mapping.paths));
        let paths = |pattern: &str, target: &str| vec![(pattern.to_owned(), vec![target.to_owned()])];
        assert_eq!(read(r#"{ "extends": "../base" }"#), Some((Some("code".to_owned()), paths("~/*", "code/src/*"))));
        assert_eq!(read(r#"{ "references": [{ "path": "./app.json" }] }"#), Some((None, paths("@/*", "web/lib/*"))));
        assert_eq!(read(r#"{ "extends": "../circle.json" }"#), None);
        assert_eq!(read(r#"{ "extends": "@acme/config" }"#), None);
    }

    #[test]
    fn specifiers_find_their_files() {
        let paths = [
            "web/src/app.tsx",
            "web/src/config/flags.ts",
            "web/src/hooks/index.ts",
            "web/src/util.d.ts",
            "libs/flags/src/index.ts",
        ];
        let files: Vec<CodeFile> =
            paths.iter().map(|path| CodeFile { path: path.into(), language: "typescript" }).collect();
        let mapping = Mapping::read("web", TSCONFIG, &|_| None).expect("it says something about paths");
        let modules = Modules::new(&files, &BTreeMap::new()).with_scripts(ScriptRoots {
            packages: BTreeMap::from([("@acme/flags".to_owned(), "libs/flags".to_owned())]),
            mappings: BTreeMap::from([("web".to_owned(), mapping)]),
        });
        for (specifier, expected) in [
            ("./config/flags", Some(1)),
            ("./config/flags.js", Some(1)),
            ("./hooks", Some(2)),
            ("./hooks/", Some(2)),
            ("../src/util", Some(3)),
            ("@/hooks", Some(2)),
            ("flags", Some(1)),
            ("config/flags", Some(1)),
            ("@acme/flags", Some(4)),
            ("@acme/flags/other", None),
            ("react", None),
            ("../../../outside", None),
        ] {
            assert_eq!(modules.script(0, specifier), expected, "{specifier}");
        }
    }
}
