//! House rules that no compiler checks: sizes and openings of files, tables that must list every file of a folder, and
//! where the environment may be read. Each failure says what to do. Owns no behaviour of flag-sweep.

use std::fs;
use std::path::{Path, PathBuf};

use flag_sweep::language::LANGUAGES;

const LONGEST: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files of the repository below a folder, sorted, relative to the root: hidden and ignored ones are left out.
fn files(folder: &str) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(root().join(folder)).require_git(false).sort_by_file_path(Ord::cmp).build();
    let found = walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    found.map(|entry| relative(entry.path())).collect()
}

fn relative(path: &Path) -> PathBuf {
    path.strip_prefix(root()).expect("the walk starts in the root").to_owned()
}

/// Rust sources of flag-sweep itself; fixtures are other people's code.
fn sources() -> Vec<PathBuf> {
    let all = ["src", "tests", "benches"].into_iter().filter(|folder| root().join(folder).is_dir()).flat_map(files);
    all.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn is_kebab_case(name: &str) -> bool {
    let word =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.split('-').all(word)
}

/// Fails with all complaints at once.
#[track_caller]
fn settle(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn sources_are_short_and_say_what_they_own() {
    let mut complaints = Vec::new();
    for path in sources() {
        let text = read(&path);
        let lines = text.lines().count();
        if lines > LONGEST {
            complaints.push(format!("{} has {lines} lines; split it at {LONGEST}", path.display()));
        }
        if !text.starts_with("//! ") {
            complaints.push(format!("{} does not open with `//!`: say what it owns and what not", path.display()));
        }
    }
    settle(complaints);
}

/// Whether the file is a module that its parent declares for tests only.
fn is_test_module(path: &Path) -> bool {
    let folder = path.parent().unwrap_or(path);
    let parents = [folder.join("mod.rs"), folder.with_extension("rs")];
    let declaration = format!("mod {};", stem(path));
    let is_declared = |text: String| {
        let before = text.split(&declaration).next().filter(|before| before.len() < text.len()).unwrap_or_default();
        let attributes = before.lines().rev().take_while(|line| line.starts_with("#["));
        attributes.into_iter().any(|line| line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test,"))
    };
    parents.iter().any(|parent| fs::read_to_string(root().join(parent)).is_ok_and(is_declared))
}

#[test]
fn environment_is_read_by_the_command_line_layer_only() {
    let reads = ["env::var", "env::current_dir", "SystemTime::now", "Timestamp::now", "Zoned::now"];
    let mut complaints = Vec::new();
    for path in sources().into_iter().filter(|path| path.starts_with("src") && !path.starts_with("src/cli")) {
        if is_test_module(&path) {
            continue;
        }
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (line, text) in code.lines().enumerate() {
            if let Some(call) = reads.iter().find(|call| text.contains(*call)) {
                complaints.push(format!(
                    "{}:{}: {call} belongs into src/cli, as a field of Settings",
                    path.display(),
                    line + 1
                ));
            }
        }
    }
    settle(complaints);
}

#[test]
fn providers_are_in_the_readme() {
    let readme = read(Path::new("README.md")).to_lowercase();
    let mut complaints = Vec::new();
    for path in files("providers") {
        let name = stem(&path);
        if !readme.contains(&name) {
            complaints.push(format!("{} is not mentioned in README.md", path.display()));
        }
    }
    settle(complaints);
}

#[test]
fn rules_have_a_page_and_a_line_in_the_readme() {
    let readme = read(Path::new("README.md"));
    let mut complaints = Vec::new();
    let mut codes = Vec::new();
    for path in files("src/rules") {
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let Some(code) = code.split("code: \"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
        if !is_kebab_case(code) || stem(&path) != code.replace('-', "_") {
            complaints.push(format!("{}: rule `{code}` and its file differ in name", path.display()));
        }
        if !root().join("docs/rules").join(format!("{code}.md")).is_file() {
            complaints.push(format!("{}: docs/rules/{code}.md is missing", path.display()));
        }
        if !readme.contains(&format!("`{code}`")) {
            complaints.push(format!("{}: `{code}` is not in the table of README.md", path.display()));
        }
        codes.push(code.to_owned());
    }
    for page in files("docs/rules") {
        if !codes.contains(&stem(&page)) {
            complaints.push(format!("{} describes a rule that does not exist", page.display()));
        }
    }
    settle(complaints);
}

#[test]
fn readers_of_registries_are_in_the_table_and_have_a_page() {
    let table = read(Path::new("src/registry/readers.rs"));
    let mut complaints = Vec::new();
    for path in files("src/registry/readers") {
        let text = read(&path);
        let Some(name) = text.split("    name: \"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
        if path.parent() != Some(Path::new("src/registry/readers")) || !text.contains("const FORMAT: Format") {
            continue;
        }
        if !table.contains(&format!("{}::FORMAT", stem(&path))) {
            complaints.push(format!("{} is not in the table FORMATS", path.display()));
        }
        if !root().join("docs/registries").join(format!("{name}.md")).is_file() {
            complaints.push(format!("{}: docs/registries/{name}.md is missing", path.display()));
        }
    }
    settle(complaints);
}

#[test]
fn queries_compile() {
    let mut complaints = Vec::new();
    for path in files("queries") {
        let name = path.parent().map(stem).unwrap_or_default();
        let Some(language) = LANGUAGES.into_iter().find(|language| language.name == name) else {
            complaints.push(format!("{}: there is no language `{name}`", path.display()));
            continue;
        };
        if let Err(error) = tree_sitter::Query::new(&(language.grammar)(), &read(&path)) {
            complaints.push(format!("{}:{}: {}", path.display(), error.row + 1, error.message));
        }
    }
    settle(complaints);
}

#[test]
fn fixture_folders_state_a_behaviour() {
    let mut complaints = Vec::new();
    for path in files("fixtures") {
        let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let [_, kind, _, case, ..] = parts.as_slice() else { continue };
        if kind != "demo" && parts.len() > 4 && !is_kebab_case(case) {
            complaints.push(format!("{}: `{case}` is no kebab-case name", path.display()));
        }
    }
    settle(complaints);
}

#[test]
fn fix_fixtures_are_complete() {
    let mut complaints = Vec::new();
    for language in LANGUAGES {
        let folder = root().join("fixtures/fix").join(language.name);
        let cases = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{} has no fixtures: {error}", language.name));
        for case in cases.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
            for part in ["input", "expected", "flags.toml"] {
                if !case.join(part).exists() {
                    complaints.push(format!("{}: {part} is missing", relative(&case).display()));
                }
            }
        }
    }
    settle(complaints);
}

#[test]
fn no_file_names_a_machine() {
    // Put together, so that this file does not name them either.
    let places = [["/wo", "rk/"].concat(), ["/tmp", "/wt"].concat(), ["/ho", "me/"].concat(), ["/ro", "ot/"].concat()];
    let mut complaints = Vec::new();
    // These tables hold paths inside other repositories, which may have folders of these names.
    let foreign = Path::new("benches").join("precision");
    for path in files(".").into_iter().filter(|path| !path.starts_with(&foreign)) {
        let Ok(text) = String::from_utf8(fs::read(root().join(&path)).unwrap_or_default()) else { continue };
        for (line, text) in text.lines().enumerate() {
            if let Some(place) = places.iter().find(|place| text.contains(place.as_str())) {
                complaints.push(format!(
                    "{}:{}: names {place}, a place on somebody's machine",
                    path.display(),
                    line + 1
                ));
            }
        }
    }
    settle(complaints);
}

#[test]
fn every_language_of_a_provider_has_a_fixture_that_fires_and_one_that_is_silent() {
    // JavaScript and TypeScript are read alike, and have their fixtures together.
    let mut complaints = Vec::new();
    for path in files("providers") {
        let (provider, text) = (stem(&path), read(&path));
        for (language, folders) in [
            ("python", &["python"][..]),
            ("rust", &["rust"]),
            ("jinja", &["jinja"]),
            ("javascript", &["javascript", "typescript"]),
        ] {
            // One that only knows how tests pin flags finds no checks.
            if !text.contains(&format!("[[{language}.methods]]")) {
                continue;
            }
            let (mut fires, mut silent) = (false, false);
            for folder in folders {
                for case in files(&format!("fixtures/detect/{folder}")) {
                    if case.file_name().is_none_or(|name| name != "expected.txt") {
                        continue;
                    }
                    let (found, name) = (read(&case), case.parent().map(stem).unwrap_or_default());
                    let finds = found.contains(&format!(" {provider} "));
                    fires |= finds;
                    silent |= !finds && name.starts_with(&provider) && name.ends_with("-silent");
                }
            }
            for (is, what) in [(fires, "that finds a check of it"), (silent, "PROVIDER-silent that finds none")] {
                if !is {
                    complaints.push(format!("{provider} in {language} has no case in fixtures/detect {what}"));
                }
            }
        }
    }
    settle(complaints);
}
