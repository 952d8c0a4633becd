//! A repository that somebody else wrote: its settings name programs, places and tokens, and its names lead away. Nothing of it
//! runs, nothing outside is read into a result or written, and no run hangs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Run, run, support};

/// In the environment of every run; it must turn up nowhere.
const TOKEN: &str = "canary-token-5f3a9c";
const CODE: &str = "if enabled(\"new-ui\"):\n    print(\"new\")\nelse:\n    print(\"old\")\n";
const FIXED: &str = "print(\"new\")\n";

struct Trap {
    _guard: tempfile::TempDir,
    /// The repository.
    root: PathBuf,
    /// What must stay as it is.
    outside: PathBuf,
    /// Made by any program that runs.
    canary: PathBuf,
}

impl Trap {
    fn new() -> Self {
        let guard = tempfile::tempdir().expect("a scratch directory can be made");
        let base = guard.path().canonicalize().expect("it exists");
        let (root, outside) = (base.join("repository"), base.join("outside"));
        let trap = Self { _guard: guard, canary: base.join("ran"), root, outside };
        for directory in [&trap.root, &trap.outside] {
            fs::create_dir(directory).expect("it is writable");
        }
        fs::write(trap.outside.join("b.py"), CODE).expect("it is writable");
        fs::write(trap.outside.join("secret.txt"), "canary-secret-77d1\n").expect("it is writable");
        trap.put("a.py", CODE);
        trap
    }

    fn put(&self, name: &str, text: &str) {
        support::put(&self.root, name, text);
    }

    fn git(&self, arguments: &[&str]) {
        support::git(&self.root, None, arguments);
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let environment = [
            ("UNLEASH_API_TOKEN", TOKEN),
            ("LAUNCHDARKLY_API_TOKEN", TOKEN),
            ("LD_ACCESS_TOKEN", TOKEN),
            ("GITHUB_TOKEN", TOKEN),
            ("HOME", self.root.to_str().expect("scratch paths are UTF-8")),
        ];
        run(&self.root, arguments, &environment).expect("the binary was built")
    }

    /// What holds after every run, whatever its result.
    fn holds(&self, run: &Run, what: &str) {
        assert!(run.code.is_some(), "{what}: ended by a signal\n{}", run.told);
        assert!(run.busy < Duration::from_secs(30), "{what}: took {:?}", run.busy);
        assert!(run.memory < 600, "{what}: took {} MiB", run.memory);
        assert!(!self.canary.exists(), "{what}: a program of the repository ran");
        assert!(!run.told.contains(TOKEN), "{what}: the token was told\n{}", run.told);
        assert!(!run.told.contains("canary-secret"), "{what}: a file outside was told\n{}", run.told);
        let now = |name: &str| fs::read_to_string(self.outside.join(name)).expect("it is still there");
        assert_eq!(now("b.py"), CODE, "{what}: a file outside was written");
        assert_eq!(now("secret.txt"), "canary-secret-77d1\n", "{what}");
        assert_eq!(
            fs::read_dir(&self.outside).expect("it can be listed").count(),
            2,
            "{what}: a file was made outside"
        );
        for path in every_file(&self.root) {
            let bytes = fs::read(&path).unwrap_or_default();
            let holds = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
            assert!(!holds, "{what}: {} holds the token", path.display());
        }
    }
}

fn every_file(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![root.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}

const FIX: [&str; 8] =
    ["check", ".", "--check", "python: enabled($KEY)", "--flag", "new-ui=true", "--fix", "--unsafe-fixes"];
const COMMANDS: [&[&str]; 5] = [
    &["check", "."],
    &["flags"],
    &["report"],
    &["init", "--stdout"],
    &["check", ".", "--diff", "--output-format", "json"],
];

#[test]
fn settings_of_git_run_nothing() {
    let trap = Trap::new();
    trap.git(&["init", "-q"]);
    trap.put("lib.py", CODE);
    trap.git(&["add", "-A"]);
    trap.git(&["commit", "-qm", "x"]);
    let program = trap.root.join("program.sh");
    trap.put("program.sh", &format!("#!/bin/sh\ntouch '{}'\ncat\n", trap.canary.display()));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let program = program.to_str().expect("scratch paths are UTF-8").to_owned();
    let mut config = fs::read_to_string(trap.root.join(".git/config")).expect("it exists");
    for key in ["fsmonitor", "pager", "editor", "sshCommand", "askPass", "gitProxy", "hooksPath"] {
        config.push_str(&format!("[core]\n\t{key} = {program}\n"));
    }
    config.push_str(&format!(
        "[core]\n\tattributesFile = {0}\n\texcludesFile = {0}\n[filter \"x\"]\n\tclean = {program}\n\tsmudge = {program}\n\
         \tprocess = {program}\n\trequired = true\n[diff]\n\texternal = {program}\n[diff \"x\"]\n\ttextconv = {program}\n\
         \tcommand = {program}\n[credential]\n\thelper = !{program}\n[gpg]\n\tprogram = {program}\n\
         [alias]\n\tstatus = !{program}\n[include]\n\tpath = {0}\n[uploadpack]\n\tpackObjectsHook = {program}\n\
         [remote \"origin\"]\n\turl = ext::{program}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n\
         [extensions]\n\tpartialClone = origin\n",
        trap.outside.join("secret.txt").display()
    ));
    fs::write(trap.root.join(".git/config"), config).expect("it is writable");
    trap.put(".gitattributes", "*.py filter=x diff=x merge=x text eol=lf\n");
    trap.put(".git/info/attributes", "*.py filter=x diff=x\n");
    for hook in ["pre-commit", "post-checkout", "fsmonitor-watchman", "post-index-change", "reference-transaction"] {
        fs::copy(trap.root.join("program.sh"), trap.root.join(".git/hooks").join(hook)).expect("it is writable");
    }
    for arguments in COMMANDS {
        trap.holds(&trap.run(arguments), &format!("{arguments:?}"));
    }
    let fixed = trap.run(&FIX);
    trap.holds(&fixed, "--fix");
    trap.holds(&trap.run(&["undo"]), "undo");
}

#[test]
fn configuration_runs_nothing_and_sends_nothing() {
    for (name, text) in [
        ("flag-sweep.toml", "verify-cmd = \"touch ran\"\n"),
        ("flag-sweep.toml", "[pull]\nurl = \"http://127.0.0.1:9/\"\ntoken-env = \"GITHUB_TOKEN\"\n"),
        ("flag-sweep.toml", "registry = \"http://127.0.0.1:9/flags.json\"\n"),
        ("flag-sweep.toml", "registry = \"$GITHUB_TOKEN.yaml\"\n"),
        ("flag-sweep.toml", "registry = \"| touch ran\"\n"),
        ("flag-sweep.toml", "exclude = [\"${GITHUB_TOKEN}\", \"[\"]\n"),
        ("flag-sweep.toml", "registry = \"../outside/secret.txt\"\n"),
        ("flag-sweep.toml", "providers = \"../outside/secret.txt\"\n"),
        ("flag-sweep.toml", "providers = \"/dev/zero\"\n"),
        ("flag-sweep.toml", "registry = \"/dev/zero\"\n"),
        ("flag-sweep.toml", "registry = \"/dev/stdin\"\n"),
        ("pyproject.toml", "[tool.flag-sweep]\nregistry = \"/proc/self/environ\"\n"),
    ] {
        let trap = Trap::new();
        trap.put(name, text);
        for arguments in COMMANDS {
            trap.holds(&trap.run(arguments), &format!("{text:?} with {arguments:?}"));
        }
        trap.holds(&trap.run(&[&FIX[..], &["--allow-dirty"]].concat()), &format!("{text:?} with --fix"));
    }
}

#[test]
fn names_that_lead_away_are_not_followed() {
    for name in [
        ".gitignore",
        ".ignore",
        ".flagsweepignore",
        ".gitattributes",
        "flags.yaml",
        "flags.json",
        "flag-sweep.toml",
        "pyproject.toml",
        "tsconfig.json",
        "package.json",
        "Cargo.toml",
        "src/.gitignore",
        "config/features.yaml",
        "c.py",
        ".git",
        ".flag-sweep",
        ".flag-sweep-undo",
        ".flag-sweep-cache",
    ] {
        for to in ["/dev/zero", "outside", "outside/secret.txt", "outside/b.py", "fifo"] {
            let trap = Trap::new();
            let target = match to {
                "fifo" => trap.root.join("fifo"),
                _ if to.starts_with('/') => PathBuf::from(to),
                _ => trap.outside.with_file_name(to),
            };
            if to == "fifo" {
                let made = Command::new("mkfifo").arg(&target).status().expect("mkfifo runs");
                assert!(made.success());
            }
            let link = trap.root.join(name);
            fs::create_dir_all(link.parent().expect("it lies below the root")).expect("it is writable");
            symlink(&target, &link).expect("links can be made");
            trap.put("src/d.py", CODE);
            let what = format!("{name} -> {to}");
            trap.holds(&trap.run(&["check", "."]), &what);
            let fixed = trap.run(&[&FIX[..], &["--allow-dirty"]].concat());
            trap.holds(&fixed, &format!("{what} with --fix"));
            trap.holds(&trap.run(&["undo"]), &format!("{what} with undo"));
            // What was fixed was fixed inside.
            let now = fs::read_to_string(trap.root.join("a.py")).expect("it is still there");
            assert!([CODE, FIXED].contains(&now.as_str()), "{what}: {now}");
        }
    }
}
