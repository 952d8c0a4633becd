//! The demo service end to end, through the binary: what `check` finds, and that the service still compiles and passes
//! its own tests after `--fix`. Owns the list of what the demo is meant to show; needs `python3`, `rustc` and `git`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The day on which the demo's registry is read.
const TODAY: &str = "2026-11-21";

/// Flags that a safe fix removes from the code.
const REMOVED: [&str; 8] = [
    "eta-model",
    "carrier-lookup",
    "late-refunds",
    "compact-label",
    "tracking-map",
    "batch-notices",
    "ai_recommendations",
    "share_parcel",
];

/// Flags that no fix touches: switches and permissions that are meant to stay, values that are still moving.
const KEPT: [&str; 10] = [
    "priority_lane_banner",
    "stop-label-printing",
    "stop-notices",
    "retry-limit",
    "sms-updates",
    "priority-lane",
    "address-parser",
    "pickup-slots",
    "bulk-import",
    "new-greeting",
];

/// Rule and flag of diagnostics that the demo exists to show.
const SHOWN: [(&str, &str); 11] = [
    ("stale-flag", "ai_recommendations"),
    ("stale-flag", "share_parcel"),
    ("stale-flag", "eta-model"),
    ("stale-flag", "carrier-lookup"),
    ("stale-flag", "late-refunds"),
    ("stale-flag", "compact-label"),
    ("stale-flag", "tracking-map"),
    ("stale-flag", "batch-notices"),
    ("expired-flag", "address-parser"),
    ("unknown-flag", "weekend-delivry"),
    ("unused-flag", "old-dashboard"),
];

#[test]
fn check_shows_what_the_demo_is_about() {
    let demo = Demo::copy();
    let output = demo.flag_sweep(&["check", ".", "--today", TODAY, "--output-format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("--output-format json prints JSON");
    let diagnostics = report["diagnostics"].as_array().expect("the report lists diagnostics");
    for (rule, flag) in SHOWN {
        assert!(
            diagnostics.iter().any(|diagnostic| diagnostic["rule"] == rule && diagnostic["flag"] == flag),
            "{rule} of {flag} is not among:\n{diagnostics:#?}"
        );
    }
    for flag in ["stop-label-printing", "stop-notices", "retry-limit", "pickup-slots"] {
        assert!(
            !diagnostics.iter().any(|diagnostic| diagnostic["flag"] == flag),
            "{flag} is meant to stay, so nothing is to be said about it"
        );
    }
}

#[test]
fn fixed_service_compiles_and_passes_its_tests() {
    let demo = Demo::copy();
    demo.fix();
    demo.run("python3", &["-W", "error", "-m", "compileall", "-q", "-f", "service", "tests"]);
    demo.run("python3", &["-B", "-m", "unittest", "--quiet"]);
}

#[test]
fn fixed_worker_compiles_and_passes_its_tests() {
    let demo = Demo::copy();
    demo.fix();
    let worker = demo.root().join("worker");
    let out = demo.root().join("out");
    fs::create_dir(&out).expect("the scratch directory is writable");
    let out = out.to_str().expect("scratch paths are UTF-8");
    let build = |arguments: &[&str]| {
        let externs = [
            "--extern=launchdarkly_server_sdk",
            "--extern=open_feature",
            "--edition=2021",
            "-L",
            out,
            "--out-dir",
            out,
        ];
        // The stand-ins do not need themselves.
        let skip = if arguments[0].starts_with("fakes/") { 2 } else { 0 };
        let output = Command::new("rustc").args(&externs[skip..]).args(arguments).current_dir(&worker).output();
        let output = output.expect("rustc can be started");
        assert!(output.status.success(), "rustc {arguments:?}:\n{}", told(&output));
    };
    build(&["fakes/launchdarkly_server_sdk.rs", "--crate-type=rlib"]);
    build(&["fakes/open_feature.rs", "--crate-type=rlib"]);
    build(&["src/lib.rs", "--crate-type=rlib", "--crate-name=arrivals_worker"]);
    build(&["tests/worker.rs", "--test", "--extern=arrivals_worker"]);
    demo.run(&format!("{out}/worker"), &["--quiet"]);
}

#[test]
fn fixed_front_end_parses_and_shows_the_winning_component() {
    let demo = Demo::copy();
    demo.fix();
    let code = demo.code();
    for (path, text) in code.iter().filter(|(path, _)| path.starts_with("web/")) {
        let language = flag_sweep::language::by_path(Path::new(path)).expect("the front end is TypeScript");
        assert!(!language.parse(text).root_node().has_error(), "{path} does not parse:\n{text}");
    }
    let chooser = &code["web/src/Recommendations.tsx"];
    assert!(chooser.contains("<AiRecommendations userId={userId} />"), "{chooser}");
    assert!(!chooser.contains("TopSellers") && !chooser.contains("featureFlags"), "{chooser}");
    let page = &code["web/src/Parcel.tsx"];
    assert!(page.contains("<button type=\"button\">Share</button>") && !page.contains("share_parcel &&"), "{page}");
    assert!(page.contains("{banner && <aside>"), "an experiment that runs stays:\n{page}");
}

#[test]
fn fixed_page_keeps_the_winning_tags() {
    let demo = Demo::copy();
    demo.fix();
    let code = demo.code();
    let page = &code["service/pages/parcel.html"];
    let expected = [
        "{% block content %}",
        "  <h1>Parcel {{ parcel.number }}</h1>",
        "  <div class=\"map\" data-number=\"{{ parcel.number }}\"></div>",
        "  {% if parcel.is_late %}",
        "    <p>We are looking for it.</p>",
        "  {% endif %}",
        "{% endblock %}",
    ];
    assert!(page.ends_with(&format!("{}\n", expected.join("\n"))), "{page}");
}

#[test]
fn fix_removes_stale_flags_and_leaves_the_others() {
    let demo = Demo::copy();
    let before = demo.code();
    demo.fix();
    let after = demo.code();
    // The dictionaries that define flags at run time are for a human to clear.
    let definitions = ["service/flags/memory.py", "service/flags/strategies.py"];
    for flag in REMOVED {
        let quoted = format!("\"{flag}\"");
        for (path, text) in after.iter().filter(|(path, _)| !definitions.contains(&path.as_str())) {
            assert!(!text.contains(&quoted), "{path} still names {flag}:\n{text}");
        }
    }
    for flag in KEPT {
        let lines = |code: &BTreeMap<String, String>| {
            code.values().flat_map(|text| text.lines()).filter(|line| line.contains(flag)).count()
        };
        assert_eq!(lines(&before), lines(&after), "a fix touched {flag}");
    }
    let printers = |code: &BTreeMap<String, String>| {
        let text = &code["service/carriers.py"];
        text.split_once("def can_print").map(|(_, rest)| rest.to_owned())
    };
    assert_eq!(printers(&before), printers(&after), "a fix touched the kill switch");
}

#[test]
fn second_fix_changes_nothing() {
    let demo = Demo::copy();
    demo.fix();
    let once = demo.code();
    demo.fix();
    assert_eq!(once, demo.code());
}

#[test]
fn diff_applies_with_git_and_equals_the_fix() {
    let demo = Demo::copy();
    let diff = demo.flag_sweep(&["check", ".", "--today", TODAY, "--diff"]);
    assert!(!diff.stdout.is_empty(), "no diff: {}", told(&diff));
    let patch = demo.root().join("fix.patch");
    fs::write(&patch, &diff.stdout).expect("the scratch directory is writable");
    demo.run("git", &["apply", "--check", "fix.patch"]);
    demo.run("git", &["apply", "fix.patch"]);
    let applied = demo.code();

    let fixed = Demo::copy();
    fixed.fix();
    assert_eq!(applied, fixed.code());
}

/// A copy of `fixtures/demo` that may be changed.
struct Demo {
    directory: tempfile::TempDir,
}

impl Demo {
    fn copy() -> Self {
        let demo = Self { directory: tempfile::tempdir().expect("a scratch directory can be made") };
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
        for path in files(&from) {
            let to = demo.root().join(&path);
            let parent = to.parent().expect("a file lies in a directory");
            fs::create_dir_all(parent).expect("the scratch directory is writable");
            fs::copy(from.join(&path), to).expect("fixtures are readable");
        }
        demo
    }

    fn root(&self) -> &Path {
        self.directory.path()
    }

    fn flag_sweep(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flag-sweep"));
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command.args(arguments).current_dir(self.root()).output().expect("the binary was built")
    }

    /// Applies the safe fixes. What no fix can do keeps the exit code at 1.
    fn fix(&self) {
        let output = self.flag_sweep(&["check", ".", "--today", TODAY, "--fix", "--allow-dirty"]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = Command::new(program).args(arguments).current_dir(self.root()).output();
        let output = output.unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
        assert!(output.status.success(), "{program} {arguments:?}:\n{}", told(&output));
    }

    /// The text of every code file outside the tests, by path.
    fn code(&self) -> BTreeMap<String, String> {
        let is_code = |path: &PathBuf| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("html" | "py" | "rs" | "ts" | "tsx"))
                && !path.starts_with("tests")
                && !path.starts_with("worker/tests")
        };
        let read = |path: PathBuf| {
            let text = fs::read_to_string(self.root().join(&path)).expect("code files are UTF-8");
            (path.to_string_lossy().into_owned(), text)
        };
        files(self.root()).into_iter().filter(is_code).map(read).collect()
    }
}

/// Files below a directory, relative to it, but for what Python and the tests leave behind.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).expect("fixtures are readable").flatten() {
            let path = entry.path();
            if !path.is_dir() {
                found.push(path.strip_prefix(root).expect("the entry lies below the root").to_owned());
            } else if entry.file_name() != "__pycache__" {
                pending.push(path);
            }
        }
    }
    found.sort();
    found
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("exit {:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}
