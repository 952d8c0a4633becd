//! A cache that came with a repository and lies: it would have an effect where the user's own is, and has none where a repository
//! can put it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::store::{Store, write};
use super::{Cache, Namer, files};
use crate::cli::args::CacheArgs;
use crate::cli::caching;
use crate::diagnostic::Applicability;
use crate::report::testing;
use crate::run;
use crate::scan::facts::{ExprKind, FileFacts};
use crate::settings::Settings;
use crate::value::Value;

const CODE: &str = "import waffle\n\nif waffle.switch_is_active(\"new-nav\"):\n    show()\nprint(\"old-nav\")\n";

/// The flags that the checks of a project name.
fn flags(settings: &Settings, cache: &Cache) -> Vec<String> {
    let outcome = run::run_with(settings, Applicability::Safe, cache).expect("the project is fine");
    outcome.project.checks.iter().filter_map(|check| check.flag().map(str::to_owned)).collect()
}

/// Makes a true cache name another flag, with all digests as they have to be.
fn forge(file: &Path) {
    let bytes = fs::read(file).expect("it was written");
    let mut tool = [0; 32];
    tool.copy_from_slice(&bytes[20..52]);
    let store = Store::parse(bytes, &tool).expect("it is whole");
    let mut entries = Vec::new();
    for (name, _, age, entry) in store.rows() {
        let mut facts: FileFacts = postcard::from_bytes(entry).expect("it is whole");
        for argument in facts.calls.iter_mut().flat_map(|call| &mut call.arguments) {
            argument.value.kind = ExprKind::Literal(Value::String("old-nav".to_owned()));
        }
        entries.push((age, *name, postcard::to_allocvec(&facts).expect("facts are bytes")));
    }
    let rows = entries.iter().map(|(age, name, entry)| (*age, name, entry.as_slice())).collect();
    fs::write(file, write(&tool, rows)).expect("it is ours");
}

#[test]
fn a_cache_that_came_with_a_repository_is_not_believed() {
    let scratch = tempfile::tempdir().expect("a scratch directory can be made");
    let base = scratch.path().canonicalize().expect("it exists");
    let (root, home) = (base.join("project"), base.join("home"));
    fs::create_dir_all(root.join("app")).expect("it is new");
    fs::create_dir(root.join(".git")).expect("it is new");
    fs::write(root.join("app/a.py"), CODE).expect("it is new");
    let mut settings = testing::settings();
    (settings.root, settings.paths, settings.registries) = (root.clone(), vec![root.clone()], Vec::new());
    // A run whose cache directories are where the environment says.
    let look = |caches: &Path, given: Option<&Path>| {
        let options = CacheArgs { no_cache: false, cache_dir: given.map(Path::to_owned) };
        let directory = |name: &str| (name == "XDG_CACHE_HOME").then(|| OsString::from(caches));
        let cache = caching::of(&options, &root, &root, &directory)?.cache.eager();
        let found = flags(&settings, &cache);
        cache.save().expect("the directory can be written");
        anyhow::Ok(found)
    };
    assert_eq!(look(&home, None).expect("the options are fine"), ["new-nav"]);
    let (_, file) = files(&home.join("flag-sweep")).pop().expect("it was written");
    forge(&file);
    assert_eq!(look(&home, None).expect("the options are fine"), ["old-nav"], "the lie is none");
    // Now it lies wherever a repository may put it.
    let name = file.file_name().expect("it has one");
    for folder in [".flag-sweep-cache", ".cache/flag-sweep", "flag-sweep", "app/flag-sweep", "app/.flag-sweep-cache"] {
        fs::create_dir_all(root.join(folder)).expect("it can be made");
        fs::copy(&file, root.join(folder).join(name)).expect("it can be copied");
    }
    fs::remove_dir_all(&home).expect("it is ours");
    for caches in [&home, &root, &root.join(".cache"), &root.join("app"), &root.join("../project/app")] {
        assert_eq!(look(caches, None).expect("the options are fine"), ["new-nav"], "{}", caches.display());
    }
    for given in
        [".flag-sweep-cache", "app/.flag-sweep-cache", "./app/../.flag-sweep-cache", ".flag-sweep-cache/none/yet"]
    {
        let error = look(&home, Some(Path::new(given))).expect_err(given).to_string();
        assert!(error.contains("so a repository could bring its own"), "{error}");
    }
}

#[test]
fn names_of_texts_are_not_confused() {
    let one = Namer::new("facts").and("python").and("text");
    assert_ne!(one.clone().name(), Namer::new("facts").and("rust").and("text").name());
    assert_ne!(one.clone().name(), one.and("").name());
}
