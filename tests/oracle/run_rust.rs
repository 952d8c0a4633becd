//! Runs Rust programs, many per compilation. Owns the crate they are put in and who is to blame when it does not compile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use flag_sweep::value::Value;

use crate::{Job, Observation};

/// Compilations until the programs that do not compile are told: errors of types hide those of borrows.
const MOST_ROUNDS: usize = 8;

/// What every text of every program does.
///
/// # Panics
/// When there is no compiler, or a program cannot be told to be at fault.
pub(crate) fn run(jobs: &[Job<'_>]) -> Vec<Vec<Observation>> {
    // The module of every different text.
    let mut modules: BTreeMap<(usize, &str), String> = BTreeMap::new();
    for (index, (_, texts)) in jobs.iter().enumerate() {
        for (which, text) in texts.iter().enumerate() {
            modules.entry((index, *text)).or_insert_with(|| format!("p{index}_{which}"));
        }
    }
    let directory = tempfile::tempdir().expect("a scratch directory can be made");
    let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/rust/support.rs");
    fs::copy(support, directory.path().join("support.rs")).expect("the scratch directory can be written");
    for ((_, text), module) in &modules {
        fs::write(directory.path().join(format!("{module}.rs")), text).expect("the scratch directory can be written");
    }
    let mut observed: BTreeMap<String, Observation> = BTreeMap::new();
    let rust = flag_sweep::language::by_name("rust").expect("Rust is in the table");
    for ((_, text), module) in &modules {
        // One file with a syntax error hides the errors of all others.
        if rust.parse(text).root_node().has_error() || !text.contains("pub fn run(client: &Client)") {
            observed.insert(module.clone(), Err("syntax error".to_owned()));
        }
    }
    for _ in 0..MOST_ROUNDS {
        let blamed = compile(directory.path(), jobs, &modules, &observed);
        if blamed.is_empty() {
            break;
        }
        observed.extend(blamed.into_iter().map(|(module, why)| (module, Err(why))));
    }
    let output = Command::new(directory.path().join("program")).output();
    let output = output.expect("the programs compile once those that do not are left out");
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Some((module, did)) = line.split_once('\t') {
            observed.insert(module.to_owned(), Ok(did.replace('\t', "\n")));
        }
    }
    let did = |index: usize, text: &str| {
        let missing = || Err("the program ended the process".to_owned());
        observed.get(&modules[&(index, text)]).cloned().unwrap_or_else(missing)
    };
    jobs.iter().enumerate().map(|(index, (_, texts))| texts.iter().map(|text| did(index, text)).collect()).collect()
}

/// Compiles the programs that are not at fault yet; says who is now, and why.
fn compile(
    directory: &Path,
    jobs: &[Job<'_>],
    modules: &BTreeMap<(usize, &str), String>,
    left_out: &BTreeMap<String, Observation>,
) -> BTreeMap<String, String> {
    let mut main = "mod support;\n".to_owned();
    let mut calls = String::new();
    for ((index, _), module) in modules.iter().filter(|(_, module)| !left_out.contains_key(*module)) {
        main.push_str(&format!("mod {module};\n"));
        let flags: Vec<String> =
            jobs[*index].0.flags.iter().map(|(flag, value)| format!("({flag:?}, {})", served(value))).collect();
        calls.push_str(&format!(
            "    support::observe({module:?}, support::Client {{ flags: vec![{}] }}, {module}::run);\n",
            flags.join(", ")
        ));
    }
    main.push_str(&format!("fn main() {{\n    std::panic::set_hook(Box::new(|_| {{}}));\n{calls}}}\n"));
    fs::write(directory.join("main.rs"), main).expect("the scratch directory can be written");
    let output = Command::new("rustc")
        .args(["--edition", "2024", "--cap-lints", "allow", "-C", "debuginfo=0", "--error-format", "json", "main.rs"])
        .args(["-o", "program"])
        .current_dir(directory)
        .output()
        .expect("rustc is on the path");
    let mut blamed: BTreeMap<String, String> = BTreeMap::new();
    if output.status.success() {
        return blamed;
    }
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        if message["level"] != "error" {
            continue;
        }
        let files = message["spans"].as_array().into_iter().flatten().filter_map(|span| span["file_name"].as_str());
        let files: BTreeSet<&str> = files.filter_map(|file| file.strip_suffix(".rs")).collect();
        for file in files.into_iter().filter(|file| file.starts_with('p')) {
            blamed
                .entry(file.to_owned())
                .or_insert_with(|| message["rendered"].as_str().unwrap_or_default().to_owned());
        }
    }
    assert!(!blamed.is_empty(), "nobody is to blame: {:.2000}", String::from_utf8_lossy(&output.stderr));
    blamed
}

fn served(value: &Value) -> String {
    match value {
        Value::Bool(on) => format!("support::Served::Bool({on})"),
        Value::Int(number) => format!("support::Served::Int({number})"),
        Value::String(text) => format!("support::Served::Text({text:?})"),
        other => unreachable!("no Rust program has the value {other}"),
    }
}
