//! The command line as a user meets it: exit codes, both streams, and what happens to files. Cases that are plain trees
//! are folders below `fixtures/cli` (`args`, `input/`, `expected.txt`; `UPDATE_EXPECTED=1` rewrites the last); cases that need links,
//! a repository or a closed pipe are functions here.

#[path = "cli/cache.rs"]
mod cache;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};
use support::Scratch;

/// A check that no provider needs to know, and what decides it.
const DECIDED: [&str; 6] = ["check", ".", "--check", "python: enabled($KEY)", "--flag", "new-ui=true"];
const CODE: &str = "if enabled(\"new-ui\"):\n    print(\"new\")\nelse:\n    print(\"old\")\n";
const FIXED: &str = "print(\"new\")\n";

type Case = (&'static str, fn() -> Result<(), Failed>);

/// Cases that need nothing but options and files.
const CASES: &[Case] = &[
    ("closed-pipe-is-no-error", closed_pipe_is_no_error),
    ("colour-follows-option-and-environment", colour_follows_option_and_environment),
    ("completions-for-every-shell", completions_for_every_shell),
    ("configurations-of-others-load", configurations_of_others_load),
    ("hostile-names-are-escaped", hostile_names_are_escaped),
    ("init-writes-what-finds-the-checks", init_writes_what_finds_the_checks),
    ("json-has-no-escape-sequences", json_has_no_escape_sequences),
    ("output-does-not-depend-on-threads", output_does_not_depend_on_threads),
    ("paths-outside-the-root-are-refused", paths_outside_the_root_are_refused),
    ("part-of-a-project-makes-no-flag-unused", part_of_a_project_makes_no_flag_unused),
    ("unreadable-directory-is-an-error", unreadable_directory_is_an_error),
];

/// Cases that need checks to be found and folded.
const FIX_CASES: &[Case] = &[
    ("fix-allow-dirty-writes", fix_allow_dirty_writes),
    ("fix-counts-decide-the-exit-code", fix_counts_decide_the_exit_code),
    ("fix-diff-fits-the-directory-it-is-made-in", fix_diff_fits_the_directory_it_is_made_in),
    ("fix-diff-is-taken-by-git", fix_diff_is_taken_by_git),
    ("fix-edits-below-the-given-paths-only", fix_edits_below_the_given_paths_only),
    ("fix-in-a-clean-repository", fix_in_a_clean_repository),
    ("fix-needs-a-repository", fix_needs_a_repository),
    ("fix-puts-back-what-it-wrote", fix_puts_back_what_it_wrote),
    ("fix-refuses-dirty-files", fix_refuses_dirty_files),
    ("fix-refuses-hard-links", fix_refuses_hard_links),
    ("fix-skips-symbolic-links", fix_skips_symbolic_links),
    ("fix-within-a-file-size-limit", fix_within_a_file_size_limit),
    ("undo-brings-back-the-last-fix", undo_brings_back_the_last_fix),
    ("undo-brings-back-an-interrupted-fix", undo_brings_back_an_interrupted_fix),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> =
        CASES.iter().chain(FIX_CASES).chain(cache::CASES).map(|(name, run)| Trial::test(*name, *run)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cli");
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the fixtures are part of the repository")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    cases.sort();
    for case in cases {
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trials.push(Trial::test(name, move || folder_case(&case)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

impl Scratch {
    fn with(files: &[(&str, &str)]) -> Self {
        let scratch = Self::new();
        for (name, text) in files {
            scratch.put(name, text);
        }
        scratch
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flag-sweep"));
        command.args(arguments).current_dir(&self.root).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary was built")
    }

    fn fix(&self, more: &[&str]) -> Output {
        self.run(&[&DECIDED[..], &["--fix"], more].concat())
    }
}

/// Exit code and both streams.
fn told(output: &Output) -> String {
    let exit = output.status.code().map_or("signal".to_owned(), |code| code.to_string());
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("exit: {exit}\n-- stdout\n{out}-- stderr\n{err}")
}

fn expect(output: &Output, code: i32, part: &str) -> Result<(), Failed> {
    let told = told(output);
    if output.status.code() == Some(code) && told.contains(part) {
        return Ok(());
    }
    Err(format!("expected exit {code} and `{part}`, got\n{told}").into())
}

/// Runs one folder below `fixtures/cli`, in a copy of its input.
fn folder_case(case: &Path) -> Result<(), Failed> {
    let scratch = Scratch::new();
    copy(&case.join("input"), &scratch.root)?;
    let arguments = fs::read_to_string(case.join("args"))?;
    let output = scratch.run(&arguments.lines().collect::<Vec<_>>());
    let root = scratch.root.to_string_lossy();
    let actual = told(&output).replace(&*root, "[ROOT]").replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
    let path = case.join("expected.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, &actual)?;
    }
    let expected = fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}; run with UPDATE_EXPECTED=1", path.display()))?;
    if actual == expected {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(&expected, &actual);
    let diff = diff.unified_diff().header("expected", "actual").to_string();
    Err(format!("{diff}\nif that is right, run with UPDATE_EXPECTED=1").into())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), target));
            } else {
                fs::copy(entry.path(), target)?;
            }
        }
    }
    Ok(())
}

/// What is written is valid, finds what it says, and is never written over.
fn init_writes_what_finds_the_checks() -> Result<(), Failed> {
    let code = "def f(request):\n    return request.has_feature_flag(\"a_b\"), request.has_feature_flag(\"c_d\")\n";
    let scratch = Scratch::with(&[("a.py", code)]);
    let before = scratch.run(&["check", "--show-checks", "."]);
    expect(&before, 0, "no check was found")?;
    expect(&scratch.run(&["init", "."]), 0, "wrote flag-sweep.toml")?;
    let written = fs::read_to_string(scratch.root.join("flag-sweep.toml"))?;
    expect(&scratch.run(&["check", "--show-checks", "."]), 0, "2 checks")?;
    expect(&scratch.run(&["init", "."]), 2, "exists already")?;
    expect(&scratch.run(&["init", "--stdout", "."]), 0, ".has_feature_flag($KEY)")?;
    if fs::read_to_string(scratch.root.join("flag-sweep.toml"))? != written {
        return Err("the configuration was written over".into());
    }
    Ok(())
}

fn closed_pipe_is_no_error() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("a.py", "x = 1\n")]);
    for arguments in [&["completions", "bash"][..], &["check", "."], &["--help"], &["flags", "--output-format", "json"]]
    {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let output = scratch.command(arguments).stdout(writer).stderr(Stdio::piped()).output()?;
        expect(&output, 0, "")?;
        if !output.stderr.is_empty() {
            return Err(format!("{arguments:?}: {}", told(&output)).into());
        }
    }
    Ok(())
}

fn colour_follows_option_and_environment() -> Result<(), Failed> {
    // A flag that no code checks is reported in colour.
    let scratch = Scratch::with(&[("a.py", "x = 1\n"), ("flags.yaml", "flags:\n  lonely: on\n")]);
    for (option, environment, coloured) in [
        ("auto", &[][..], false),
        ("auto", &[("CLICOLOR_FORCE", "1")], true),
        ("auto", &[("CLICOLOR_FORCE", "0")], false),
        ("auto", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        ("always", &[("NO_COLOR", "1")], true),
        ("never", &[("CLICOLOR_FORCE", "1")], false),
    ] {
        let mut command = scratch.command(&["check", ".", "--color", option]);
        let output = command.envs(environment.iter().copied()).output()?;
        if output.stdout.contains(&0x1b) != coloured {
            return Err(format!("--color {option} with {environment:?}: {}", told(&output)).into());
        }
    }
    Ok(())
}

fn completions_for_every_shell() -> Result<(), Failed> {
    let scratch = Scratch::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        expect(&scratch.run(&["completions", shell]), 0, "unsafe-fixes")?;
    }
    Ok(())
}

fn configurations_of_others_load() -> Result<(), Failed> {
    // Every construct that the format has, also those that this version only accepts.
    let scratch = Scratch::with(&[
        ("a.py", "x = 1\n"),
        (
            "flag-sweep.toml",
            "[[checks]]\nlanguage = [\"javascript\", \"typescript\"]\npattern = \"const { $KEY } = useFlags($$$)\"\n\
             [[checks]]\nlanguage = \"go\"\npattern = \"$_.FeatureFlags.$KEY\"\nspelling = \"loose\"\n\
             [[checks]]\nlanguage = \"rust\"\npattern = \"$_.check_${KEY}($$$)?\"\neffect = \"guard\"\n\
             [[checks]]\nlanguage = \"python\"\npattern = \"on($KEY)\"\nkeys = \"{is,has}_*_enabled\"\nnegated = true\n\
             [[overrides]]\nlanguage = \"typescript\"\npattern = \"mockFlags({ $KEY: $VALUE })\"\n",
        ),
    ]);
    let output = scratch.run(&["check", "."]);
    expect(&output, 0, "entries for go are skipped")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if text.contains("this check is skipped") {
        return Err(format!("every construct is read: {text}").into());
    }
    Ok(())
}

fn hostile_names_are_escaped() -> Result<(), Failed> {
    if cfg!(windows) {
        return Ok(());
    }
    let scratch = Scratch::new();
    scratch.put("a\n::warning::PWNED\u{1b}[31m.py", b"x = 1 \xff\n");
    let output = scratch.run(&["check", ".", "-v"]);
    expect(&output, 0, "skipped a\\n::warning::PWNED\\u{1b}[31m.py: not UTF-8")?;
    let told = told(&output);
    if told.contains('\u{1b}') || told.lines().any(|line| line.starts_with("::")) { Err(told.into()) } else { Ok(()) }
}

fn json_has_no_escape_sequences() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("flags.yaml", "flags:\n  \"a\\u202eb\\u009b\": on\n"), ("a.py", "x = 1\n")]);
    let output = scratch.run(&["check", ".", "--output-format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema)?)?;
    jsonschema::validate(&schema, &report).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains(['\u{202e}', '\u{9b}']) || report["diagnostics"][0]["flag"] != "a\u{202e}b\u{9b}" {
        return Err(text.into_owned().into());
    }
    Ok(())
}

fn output_does_not_depend_on_threads() -> Result<(), Failed> {
    let scratch = Scratch::new();
    for number in 0..40 {
        scratch.put(format!("p{}/m{number}.py", number % 7), format!("enabled(\"flag-{number}\")\n").as_bytes());
    }
    scratch.put("flags.yaml", "flags:\n  flag-1: on\n  lonely: on\n");
    for format in ["text", "concise", "json"] {
        let arguments = ["check", ".", "--check", "python: enabled($KEY)", "--output-format", format];
        let one = scratch.run(&[&arguments[..], &["-j", "1"]].concat());
        let many = scratch.run(&[&arguments[..], &["-j", "8"]].concat());
        if told(&one) != told(&many) {
            return Err(format!("{}\n---\n{}", told(&one), told(&many)).into());
        }
    }
    Ok(())
}

fn part_of_a_project_makes_no_flag_unused() -> Result<(), Failed> {
    let scratch = Scratch::with(&[
        ("in/a.py", "x = 1\n"),
        ("out/b.py", "x = 1\n"),
        ("flags.yaml", "flags:\n  lonely: on\n"),
        ("flag-sweep.toml", ""),
    ]);
    expect(&scratch.run(&["check", "in"]), 0, "all checks passed")?;
    expect(&scratch.run(&["check", "in", "."]), 1, "unused-flag")?;
    // Who asks for the rule gets it.
    scratch.put("flag-sweep.toml", "[rules]\nunused-flag = \"error\"\n");
    expect(&scratch.run(&["check", "in"]), 1, "error[unused-flag]")
}

fn paths_outside_the_root_are_refused() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("in/a.py", "x = 1\n"), ("out/b.py", "x = 1\n")]);
    let output = scratch.run(&["check", "out", "--root", "in"]);
    expect(&output, 2, "lies outside the project root")
}

fn unreadable_directory_is_an_error() -> Result<(), Failed> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let scratch = Scratch::with(&[("a.py", "x = 1\n"), ("closed/b.py", "x = 1\n"), ("c.py", "x = 1\n")]);
        let closed = scratch.root.join("closed");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000))?;
        let allowed = fs::read_dir(&closed).is_ok();
        let output = scratch.run(&["check", "."]);
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o755))?;
        // Nothing is closed to the superuser.
        if !allowed {
            expect(&output, 2, "error: skipped closed: cannot be read")?;
        }
    }
    Ok(())
}

fn fix_allow_dirty_writes() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("a.py", CODE), ("b.py", "x = 1\n")]);
    expect(&scratch.fix(&["--allow-dirty"]), 0, "removed 1 check in 1 file")?;
    assert_eq!((scratch.text("a.py"), scratch.text("b.py")), (FIXED.to_owned(), "x = 1\n".to_owned()));
    expect(&scratch.fix(&["--allow-dirty"]), 0, "all checks passed")
}

fn fix_counts_decide_the_exit_code() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("a.py", CODE)]);
    expect(&scratch.run(&DECIDED), 1, "[*] 1 fixable with `--fix`")?;
    expect(&scratch.run(&[&DECIDED[..], &["--exit-zero"]].concat()), 0, "[*] 1 fixable with `--fix`")?;
    expect(&scratch.run(&[&DECIDED[..], &["--fail-on", "error"]].concat()), 0, "[*] 1 fixable with `--fix`")?;
    expect(&scratch.run(&[&DECIDED[..], &["--diff"]].concat()), 1, "diff --git a/a.py b/a.py")?;
    expect(&scratch.fix(&["--allow-dirty"]), 0, "")?;
    expect(&scratch.run(&[&DECIDED[..], &["--diff"]].concat()), 0, "would remove 0 checks in 0 files")
}

fn fix_diff_is_taken_by_git() -> Result<(), Failed> {
    let crlf = CODE.replace('\n', "\r\n");
    let scratch = Scratch::with(&[
        ("a.py", CODE),
        ("dir with space/b c.py", CODE),
        ("crlf.py", &crlf),
        ("no-end.py", CODE.trim_end()),
        ("ü.py", CODE),
    ]);
    let output = scratch.run(&[&DECIDED[..], &["--diff"]].concat());
    expect(&output, 1, "would remove 5 checks in 5 files")?;
    assert_eq!(scratch.text("a.py"), CODE, "--diff writes nothing");
    scratch.put("x.diff", &output.stdout);
    scratch.git(&["apply", "--check", "x.diff"]);
    scratch.git(&["apply", "--whitespace=nowarn", "x.diff"]);
    assert_eq!(scratch.text("a.py"), FIXED);
    assert_eq!(scratch.text("crlf.py"), FIXED.replace('\n', "\r\n"));
    Ok(())
}

fn fix_diff_fits_the_directory_it_is_made_in() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("sub/deep/a.py", CODE), ("other/b.py", CODE), ("flag-sweep.toml", "")]);
    scratch.git(&["init", "-q"]);
    let from = |directory: &str, more: &[&str]| {
        let mut command = scratch.command(&[&DECIDED[..], &["--diff"], more].concat());
        command.current_dir(scratch.root.join(directory)).output()
    };
    // Below the root, only what lies there is looked at, and named from there.
    let output = from("sub", &[])?;
    expect(&output, 1, "diff --git a/deep/a.py b/deep/a.py")?;
    scratch.put("x.diff", &output.stdout);
    let apply =
        Command::new("git").args(["apply", "--check", "../x.diff"]).current_dir(scratch.root.join("sub")).output()?;
    expect(&apply, 0, "")?;
    expect(&from("sub", &["../other"])?, 1, "diff --git a/other/b.py b/other/b.py")
}

/// In every language: what stands beside the given directory stays as it is, be it that it asks for the same flag.
fn fix_edits_below_the_given_paths_only() -> Result<(), Failed> {
    let languages = [
        ("python", "py", "def on():\n    return enabled(\"new-ui\")\n\n\ndef page():\n    return 1 if on() else 2\n"),
        (
            "javascript",
            "js",
            "export const on = () => enabled(\"new-ui\");\nexport const page = () => (on() ? 1 : 2);\n",
        ),
        (
            "typescript",
            "ts",
            "export const on = () => enabled(\"new-ui\");\nexport const page = () => (on() ? 1 : 2);\n",
        ),
        (
            "typescript",
            "tsx",
            "export const on = () => enabled(\"new-ui\");\nexport const Page = () => on() && <b />;\n",
        ),
        (
            "rust",
            "rs",
            "fn on() -> bool {\n    enabled(\"new-ui\")\n}\n\nfn page() -> u8 {\n    if on() { 1 } else { 2 }\n}\n",
        ),
    ];
    for (language, ending, code) in languages {
        let (inside, beside) = (format!("given/page.{ending}"), format!("beside/page.{ending}"));
        let scratch = Scratch::with(&[(&inside, code), (&beside, code), (&format!("top.{ending}"), code)]);
        let pattern = format!("{language}: enabled($KEY)");
        let fix = ["--fix", "--unsafe-fixes", "--allow-dirty", "--flag", "new-ui=true"];
        let output = scratch.run(&[&["check", "given", "--check", &pattern], &fix[..]].concat());
        expect(&output, 0, "removed ")?;
        assert_ne!(scratch.text(&inside), code, "{language}: {}", told(&output));
        assert!(!scratch.text(&inside).contains("new-ui"), "{language}: {}", scratch.text(&inside));
        assert_eq!(scratch.text(&beside), code, "{language}");
        assert_eq!(scratch.text(&format!("top.{ending}")), code, "{language}");
    }
    Ok(())
}

fn fix_in_a_clean_repository() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("a.py", CODE), ("sub/b.py", CODE), ("c.py", "x = 1\n")]);
    scratch.commit();
    // A change elsewhere does not matter.
    scratch.put("c.py", "x = 2\n");
    expect(&scratch.fix(&[]), 0, "removed 2 checks in 2 files")?;
    assert_eq!((scratch.text("a.py"), scratch.text("sub/b.py")), (FIXED.to_owned(), FIXED.to_owned()));
    Ok(())
}

fn fix_needs_a_repository() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("a.py", CODE)]);
    expect(
        &scratch.fix(&[]),
        2,
        "a.py (in no git repository)\nput the project under git first, or pass --allow-dirty",
    )?;
    assert_eq!(scratch.text("a.py"), CODE);
    Ok(())
}

fn fix_puts_back_what_it_wrote() -> Result<(), Failed> {
    // A directory of the name that the journal needs: it cannot be replaced by a file, when all else is done.
    let scratch = Scratch::with(&[("a.py", CODE), ("b.py", CODE), (".flag-sweep-undo/unfinished.json/x", "")]);
    expect(&scratch.fix(&["--allow-dirty"]), 2, "no file was changed: a flag is removed everywhere or nowhere")?;
    assert_eq!((scratch.text("a.py"), scratch.text("b.py")), (CODE.to_owned(), CODE.to_owned()));
    Ok(())
}

fn fix_within_a_file_size_limit() -> Result<(), Failed> {
    if !cfg!(unix) {
        return Ok(());
    }
    // Larger than what a file may grow to, once for the journal and once for the new text.
    let long = format!("{CODE}{}", "value = 1  # \n".repeat(4000));
    let scratch = Scratch::with(&[("a.py", CODE), ("long.py", &long)]);
    let line = format!(
        "ulimit -f 16; exec '{}' check . --check 'python: enabled($KEY)' --flag new-ui=true --fix --allow-dirty",
        env!("CARGO_BIN_EXE_flag-sweep")
    );
    let output = Command::new("bash").args(["-c", &line]).current_dir(&scratch.root).output()?;
    expect(&output, 2, "File too large")?;
    assert_eq!((scratch.text("a.py"), scratch.text("long.py")), (CODE.to_owned(), long));
    expect(&scratch.run(&["undo"]), 2, "there is nothing to undo")
}

fn undo_brings_back_the_last_fix() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("a.py", CODE), ("src/b.py", CODE)]);
    scratch.commit();
    expect(&scratch.run(&["undo"]), 2, "there is nothing to undo in this project")?;
    expect(&scratch.fix(&[]), 0, "removed 2 checks in 2 files")?;
    assert_eq!((scratch.text("a.py"), scratch.text("src/b.py")), (FIXED.to_owned(), FIXED.to_owned()));
    let status = scratch.git(&["status", "--porcelain", "--untracked-files=all"]);
    assert_eq!(String::from_utf8_lossy(&status.stdout), " M a.py\n M src/b.py\n", "the journal is in nobody's way");
    expect(&scratch.run(&["undo"]), 0, "brought back 2 files of the last removal")?;
    assert_eq!((scratch.text("a.py"), scratch.text("src/b.py")), (CODE.to_owned(), CODE.to_owned()));
    expect(&scratch.run(&["undo"]), 0, "brought back 2 files")?;
    assert_eq!(scratch.text("a.py"), FIXED);
    scratch.put("a.py", "mine\n");
    expect(&scratch.run(&["undo"]), 2, "a.py: was changed by somebody else; what it holds now stays")?;
    assert_eq!((scratch.text("a.py"), scratch.text("src/b.py")), ("mine\n".to_owned(), FIXED.to_owned()));
    expect(&scratch.run(&["undo", "--forget"]), 0, "forgot what could be undone")?;
    expect(&scratch.run(&["undo"]), 2, "there is nothing to undo")
}

fn undo_brings_back_an_interrupted_fix() -> Result<(), Failed> {
    // What a run leaves that was killed between its two files.
    let entry = |path: &str| {
        format!(
            "{{\"path\":\"{path}\",\"staged\":\".flag-sweep-1-{path}.tmp\",\"before\":{CODE:?},\"after\":{FIXED:?},\"mode\":420}}"
        )
    };
    let journal = format!("{{\"version\":1,\"entries\":[{},{}]}}", entry("a.py"), entry("b.py"));
    let scratch = Scratch::with(&[
        ("a.py", FIXED),
        (".flag-sweep-1-a.py.tmp", CODE),
        ("b.py", CODE),
        (".flag-sweep-1-b.py.tmp", FIXED),
        (".flag-sweep-undo/unfinished.json", &journal),
    ]);
    expect(&scratch.run(&["check"]), 0, "an earlier removal was interrupted; `flag-sweep undo` brings its files back")?;
    expect(&scratch.fix(&["--allow-dirty"]), 2, "tells of an earlier removal that was interrupted")?;
    expect(&scratch.run(&["undo"]), 0, "brought back 1 file of a removal that was interrupted")?;
    assert_eq!((scratch.text("a.py"), scratch.text("b.py")), (CODE.to_owned(), CODE.to_owned()));
    assert!(
        !scratch.root.join(".flag-sweep-1-a.py.tmp").exists() && !scratch.root.join(".flag-sweep-1-b.py.tmp").exists()
    );
    expect(&scratch.fix(&["--allow-dirty"]), 0, "removed 2 checks in 2 files")
}

fn fix_refuses_dirty_files() -> Result<(), Failed> {
    let scratch = Scratch::with(&[("a.py", "x = 1\n"), ("b.py", CODE)]);
    scratch.commit();
    scratch.put("a.py", CODE);
    scratch.put("new.py", CODE);
    let output = scratch.fix(&[]);
    expect(
        &output,
        2,
        "  a.py (modified)\n  new.py (not tracked by git)\ncommit or stash them, or pass --allow-dirty",
    )?;
    assert_eq!(scratch.text("b.py"), CODE, "a flag is removed everywhere or nowhere");
    Ok(())
}

fn fix_refuses_hard_links() -> Result<(), Failed> {
    if cfg!(windows) {
        return Ok(());
    }
    let scratch = Scratch::with(&[("a.py", CODE), ("b.py", CODE)]);
    fs::hard_link(scratch.root.join("a.py"), scratch.root.join("twin.py"))?;
    expect(&scratch.fix(&["--allow-dirty"]), 2, "a.py: has 2 names (hard links)")?;
    for name in ["a.py", "b.py", "twin.py"] {
        assert_eq!(scratch.text(name), CODE, "{name}");
    }
    Ok(())
}

fn fix_skips_symbolic_links() -> Result<(), Failed> {
    #[cfg(unix)]
    {
        let outside = Scratch::with(&[("target.py", CODE), ("dir/b.py", CODE)]);
        let scratch = Scratch::with(&[("a.py", CODE)]);
        std::os::unix::fs::symlink(outside.root.join("target.py"), scratch.root.join("link.py"))?;
        std::os::unix::fs::symlink(outside.root.join("dir"), scratch.root.join("dir"))?;
        expect(&scratch.fix(&["--allow-dirty"]), 0, "removed 1 check in 1 file")?;
        assert_eq!((outside.text("target.py"), outside.text("dir/b.py")), (CODE.to_owned(), CODE.to_owned()));
        let mut explicit = scratch.command(&DECIDED);
        let output = explicit.args(["link.py", "--fix", "--allow-dirty"]).output()?;
        expect(&output, 2, "lies outside the project root")?;
    }
    Ok(())
}
