//! flag-sweep as a lint step that stays switched on: comments that ignore, baselines, what a change adds, shares, and output
//! for other tools, each through the program itself.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use support::Scratch as Project;

/// A flag that is stale in 2026, one that is not, and nothing that a provider has to know.
const REGISTRY: &str =
    "version: 1\nflags:\n  old:\n    owner: team-web\n    state:\n      production: {is: on, since: 2025-01-01}\n";
const CONFIG: &str = "registry = \"flags.yaml\"\n[[checks]]\nlanguage = \"python\"\npattern = \"on($KEY)\"\n";
const CHECK: &str = "if on(\"old\"):\n    print(1)\nelse:\n    print(2)\n";

impl Project {
    fn with(files: &[(&str, &str)]) -> Self {
        let project = Self::new();
        project.put("flags.yaml", REGISTRY);
        project.put("flag-sweep.toml", CONFIG);
        for (name, text) in files {
            project.put(name, text);
        }
        project
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flag-sweep"));
        command
            .args(arguments)
            .args(["--today", "2026-11-21"])
            .current_dir(&self.root)
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .env_remove("GITHUB_STEP_SUMMARY");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary was built")
    }

    /// Runs, and fails when the exit code or a part of what is said is another.
    #[track_caller]
    fn expect(&self, arguments: &[&str], code: i32, part: &str) -> String {
        let output = self.run(arguments);
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(part), "{arguments:?}: {told}");
        told
    }
}

#[test]
fn comments_ignore_until_their_day() {
    let ignored =
        CHECK.replace(":\n    print(1)", ":  # flag-sweep: ignore[stale-flag] until=2026-12-31 soon\n    print(1)");
    let project = Project::with(&[("a.py", &ignored), ("b.py", CHECK)]);
    let told = project.expect(&["check", "."], 1, "b.py:1:7");
    assert!(!told.contains("a.py:1") && told.contains("not shown: 1 ignored by comments"), "{told}");
    // What is ignored is not fixed either.
    project.expect(&["check", ".", "--fix", "--allow-dirty"], 0, "removed 1 check in 1 file");
    assert_eq!((project.text("a.py"), project.text("b.py")), (ignored.clone(), "print(1)\n".to_owned()));
    project.put("a.py", ignored.replace("2026-12-31", "2026-11-20"));
    let told =
        project.expect(&["check", "."], 1, "warning[expired-suppression]: `ignore[stale-flag]` expired on 2026-11-20");
    assert!(told.contains("warning[stale-flag]") && told.contains("the reason was: soon"), "{told}");
    // By key, above a call over several lines, and for a file.
    project.put("a.py", "# flag-sweep: ignore[old]\nif on(\n    \"old\",\n):\n    print(1)\n");
    project.expect(&["check", "."], 0, "all checks passed");
    project.put("a.py", format!("# flag-sweep: ignore-file[stale-flag] legacy\n\n{CHECK}{CHECK}"));
    project.expect(&["check", "."], 0, "not shown: 2 ignored by comments");
}

#[test]
fn comments_that_hide_nothing_are_reported() {
    let project = Project::with(&[("a.py", "x = 1  # flag-sweep: ignore[stale-flag]\n")]);
    project.expect(
        &["check", ".", "--output-format", "concise"],
        1,
        "a.py:1:10: warning[unused-suppression]: nothing is left that `ignore[stale-flag]` hides",
    );
    project.put("a.py", "on(\"old\")  # flag-sweep: ignore[stal-flag]\n");
    let told =
        project.expect(&["check", "."], 1, "`stal-flag` is neither a rule nor a flag; did you mean `stale-flag`?");
    assert!(told.contains("warning[stale-flag]"), "{told}");
    // Nobody knows while the rule is off, or other flags are looked at.
    project.put("flags.yaml", format!("{REGISTRY}  young: 20%\n"));
    project.put("a.py", "x = 1  # flag-sweep: ignore[stale-flag]\non(\"young\")\non(\"old\")\n");
    project.put("flag-sweep.toml", format!("{CONFIG}[rules]\nstale-flag = \"off\"\n"));
    project.expect(&["check", "."], 0, "");
    project.put("flag-sweep.toml", CONFIG);
    project.expect(&["check", ".", "--flag", "young"], 0, "");
    project.put("flags.yaml", REGISTRY);
    project.put("a.py", "x = \"flag-sweep: ignore[stale-flag]\"\non(\"old\")\n");
    project.expect(&["check", "."], 1, "1 warning;");
}

#[test]
fn ignoring_comments_are_written() {
    let project = Project::with(&[("a.py", CHECK), ("sub/b.py", "x = [\n    on(\"old\"),\n]\n")]);
    project.expect(&["check", ".", "--add-ignore=until=2027-01-31 not now"], 2, "in no git repository");
    project.git(&["init", "-q"]);
    project.commit();
    project.expect(&["check", ".", "--add-ignore=until=2027-01-31 not now"], 0, "added 2 comments in 2 files");
    assert!(
        project
            .text("a.py")
            .starts_with("if on(\"old\"):  # flag-sweep: ignore[stale-flag] until=2027-01-31 not now\n")
    );
    project.expect(&["check", "."], 0, "not shown: 2 ignored by comments");
    project.expect(&["check", ".", "--add-ignore"], 0, "added 0 comments in 0 files");
}

#[test]
fn a_baseline_survives_moves_and_shows_what_is_new() {
    let files: Vec<(String, String)> = (0..60)
        .map(|number| {
            (format!("pkg/p{}/m{number}.py", number % 7), format!("{}x = {number}\n", CHECK.repeat(1 + number % 3)))
        })
        .collect();
    let project = Project::with(&files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
    project.expect(&["baseline", "create"], 0, "120 diagnostics known");
    project.expect(&["baseline", "create"], 2, "exists already");
    project.expect(&["check", "."], 0, "not shown: 120 in the baseline");
    // Fifty files get other names and folders, some of them names that others had.
    for (number, (name, _)) in files.iter().take(50).enumerate() {
        let (from, to) = (project.root.join(name), format!("pkg/q{}/m{}.py", number * 7 % 11, (number * 13 + 5) % 50));
        project.put(&to, fs::read_to_string(&from).expect("it exists"));
        fs::remove_file(from).expect("it is there");
    }
    project.expect(&["check", "."], 0, "not shown: 120 in the baseline");
    let moved = "pkg/q0/m5.py";
    project.put(moved, format!("{}{CHECK}", project.text(moved)));
    project.expect(&["check", "."], 1, "1 warning;");
    // Less of it is fine, and said.
    project.put(moved, "x = 1\n");
    project.expect(&["check", "."], 0, "`flag-sweep baseline prune` takes them out");
    project.expect(&["check", ".", "--strict-baseline"], 1, "");
    project.expect(&["baseline", "prune"], 0, "119 diagnostics known");
    let told = project.expect(&["check", ".", "--strict-baseline"], 0, "not shown: 119");
    assert!(!told.contains("no longer found"), "{told}");
    project.put(moved, CHECK);
    project.expect(&["check", "."], 1, "1 warning;");
    project.expect(&["baseline", "update"], 0, "120 diagnostics known");
    project.expect(&["check", "pkg/q0"], 0, "in the baseline");
    project.expect(&["check", ".", "--no-baseline"], 1, "120 warnings;");
    project.put("flag-sweep-baseline.json", "{}");
    project.expect(&["check", "."], 2, "is no baseline");
}

#[test]
fn age_in_code_is_a_clock_where_it_is_asked_for() {
    let project = Project::with(&[("a.py", CHECK)]);
    let commit = |day: &str| {
        project.git(&["add", "-A"]);
        let committed = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "x"])
            .envs(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"].map(|name| (name, format!("{day}T12:00:00Z"))))
            .current_dir(&project.root)
            .status();
        assert!(committed.expect("git runs").success());
    };
    project.git(&["init", "-q", "-b", "main"]);
    commit("2026-03-01");
    project.put("b.py", "on('young')\non('undated')\n");
    commit("2026-11-10");
    project.put("flags.yaml", "flags:\n  old: {state: 50%}\n  young: {state: 50%}\n  undated: {state: on}\n");
    let told = project.expect(&["check", "."], 1, "flag `undated` serves `true` to everyone");
    assert!(!told.contains("flag `old`"), "{told}");
    let told =
        project.expect(&["check", ".", "--code-age"], 1, "flag `old` came into code on 2026-03-01 (265 days ago)");
    assert!(told.contains("clock: 265 of 90 days since code first mentioned it on 2026-03-01 (git)"), "{told}");
    assert!(!told.contains("`young`") && !told.contains("`undated`"), "what came this month is young: {told}");
    project.put("flag-sweep.toml", format!("{CONFIG}[staleness]\ncode-age = true\n"));
    project.expect(&["check", "."], 1, "flag `old` came into code on 2026-03-01");
    project.expect(&["explain", "old"], 0, "clock `code-age` ran out: it came into code on 2026-03-01 (265 days ago");
    // Without a history nothing is older than the registry says.
    fs::remove_dir_all(project.root.join(".git")).expect("it is there");
    let told = project.expect(&["check", "."], 1, "nothing is known of when flags came into code");
    assert!(told.contains("`undated`") && !told.contains("flag `old`"), "{told}");
}

#[test]
fn only_what_a_change_adds_is_reported() {
    let project = Project::with(&[("a.py", CHECK), ("b.py", CHECK)]);
    project.expect(&["check", ".", "--new-from", "main"], 2, "there is no git repository here");
    project.git(&["init", "-q", "-b", "main"]);
    project.commit();
    project.git(&["checkout", "-qb", "topic"]);
    project.git(&["mv", "b.py", "c.py"]);
    project.commit();
    project.expect(&["check", ".", "--new-from", "main"], 0, "not shown: 2 in the baseline or there before");
    project.put("a.py", format!("y = on(\"old\")\n{CHECK}"));
    let told = project.expect(&["check", ".", "--new-from", "main", "--output-format", "concise"], 1, "a.py:1:8");
    assert!(!told.contains("a.py:2"), "the line that was there is not the new one: {told}");
    // What main has meanwhile is not held against the branch.
    project.commit();
    project.git(&["checkout", "-q", "main"]);
    project.put("a.py", "x = 1\n");
    project.commit();
    project.git(&["checkout", "-q", "topic"]);
    project.expect(&["check", ".", "--new-from", "main"], 1, "1 warning;");
    project.expect(
        &["check", ".", "--new-from", "nowhere"],
        2,
        "cannot compare with `nowhere`: git knows no commit by that name",
    );
}

#[test]
fn policies_hold_what_a_change_adds() {
    let policy = "[policy]\nrequire = [\"kind\"]\nrequire-fallback = true\nmax-date-moves = 1\n[rules]\nunknown-flag = \"error\"\n";
    let flags = |day: &str, more: &str| format!("flags:\n  old: {{kind: release, expires: {day}, state: 20%}}\n{more}");
    let project = Project::with(&[
        ("flag-sweep.toml", &CONFIG.replacen("[[checks]]", &format!("{policy}[[checks]]"), 1)),
        ("flags.yaml", &flags("2027-01-01", "  bare: 20%\n")),
        ("a.py", "on(\"old\"), on(\"bare\")\n"),
        ("web.js", "import * as LD from \"launchdarkly-js-client-sdk\";\nconst client = LD.initialize(\"k\", {});\n"),
    ]);
    project.expect(&["check", "."], 1, "`max-date-moves` is not checked");
    project.git(&["init", "-q", "-b", "main"]);
    project.commit();
    project.put("flags.yaml", flags("2027-02-01", "  bare: 20%\n"));
    project.commit();
    project.expect(&["check", "."], 1, "flag `bare` has no kind");
    project.expect(&["check", ".", "--new-from", "main"], 0, "not shown: 1 in the baseline or there before");
    project.git(&["checkout", "-qb", "topic"]);
    project.put("flags.yaml", flags("2027-03-01", "  bare: 20%\n  young: 20%\n"));
    project.put("a.py", "on(\"old\"), on(\"bare\"), on(\"young\"), on(\"never-declared\")\n");
    let code = "client.variation(\"young\");\nclient.variation(\"young\", false);\nclient.variation(...rest);\n";
    project.put("web.js", format!("{}{code}", project.text("web.js")));
    let told = project.expect(&["check", ".", "--new-from", "main", "--output-format", "concise"], 1, "");
    for part in [
        "moved-removal-date",
        "was moved twice, from 2027-01-01 to 2027-03-01",
        "flag `young` has no kind",
        "flag `never-declared` is not in the registry",
        "this check of flag `young` has no fallback",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!((told.matches("has no fallback").count(), told.matches("`bare`").count()), (1, 0), "{told}");
}

#[test]
fn a_first_registry_is_written_and_read() {
    let project = Project::with(&[("a.py", CHECK), ("b.py", "on(\"off\")\n"), ("CODEOWNERS", "a.py @org/a\n")]);
    fs::remove_file(project.root.join("flags.yaml")).expect("it was there");
    let first = ["flags", "--output-format", "yaml", "--output", "flags.yaml", "--no-registry"];
    project.expect(&first, 0, "");
    let text = project.text("flags.yaml");
    assert!(text.contains("  \"off\":    # 1 check, first at b.py:1\n    state: unknown\n"), "{text}");
    assert!(
        text.contains("  old:    # 1 check, first at a.py:1\n    state: unknown\n    owner: \"@org/a\"\n"),
        "{text}"
    );
    project.expect(&["check", "."], 0, "all checks passed: 2 flags");
    // What somebody may have filled in stays, and what the registry has is not listed again.
    project.expect(&first, 2, "cannot write flags.yaml");
    project.put("c.py", "on(\"young\")\n");
    let told = project.expect(&["flags", "--output-format", "yaml"], 0, "  young:    # 1 check, first at c.py:1");
    assert!(!told.contains("old"), "{told}");
    // The baseline speaks of flags and declares none.
    project.put("flags.yaml", REGISTRY);
    project.expect(&["baseline", "create"], 0, "");
    let before = project.text("flag-sweep-baseline.json");
    let told = project.expect(&["check", ".", "--unsafe-fixes", "--fix", "--no-baseline", "--allow-dirty"], 1, "");
    assert!(!told.contains("flag-sweep-baseline.json"), "{told}");
    assert_eq!(project.text("flag-sweep-baseline.json"), before);
}

#[test]
fn reports_of_projects_make_one() {
    let mut files = Vec::new();
    let project = Project::with(&[("a.py", CHECK)]);
    for name in ["web", "api"] {
        let path = project.root.join(format!("{name}.json"));
        let path = path.to_str().expect("the path is UTF-8").to_owned();
        project.expect(&["report", "--format", "json", "--project", name, "--output", &path], 0, "");
        files.push(path);
    }
    for (format, part) in [("html", "web/old"), ("markdown", "web/old"), ("csv", "web/old"), ("json", "\"api/old\"")] {
        project.expect(&["report", "--merge", &files[0], &files[1], "--format", format], 0, part);
    }
    project.expect(&["report", "--merge", &files[0], &files[0]], 2, "reports of several projects are joined by name");
    // A number that cannot be calculated with is the document's mistake, alone, joined or compared with.
    let text = project.text("web.json");
    project.put("huge.json", text.replace("\"checks\": 1", "\"checks\": 18446744073709551615"));
    assert_ne!(project.text("huge.json"), text);
    for arguments in [&["report", "--merge", "huge.json", &files[1]][..], &["report", "--merge", "huge.json"]] {
        let told = project.expect(arguments, 2, "huge.json cannot be joined: `");
        assert!(told.contains("checks` is 18446744073709551615"), "{told}");
    }
    let told = project.expect(&["report", "--since", "huge.json"], 2, "cannot compare with huge.json");
    assert!(told.contains("checks` is 18446744073709551615"), "{told}");
    project.put("odd.json", "{\"totals\": 1}");
    project.expect(
        &["report", "--merge", "odd.json"],
        2,
        "odd.json is not what `flag-sweep report --format json` writes",
    );
}

#[test]
fn shares_are_the_whole_byte_for_byte() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let project = Project::with(&[]);
    let demo = demo.to_str().expect("the path is UTF-8");
    let whole = project.run(&["check", demo, "--output-format", "json"]);
    for count in [1, 3, 8] {
        let mut files = Vec::new();
        for index in (1..=count).rev() {
            let name = format!("part-{count}-{index}.json");
            let output = project.run(&[
                "check",
                demo,
                "--shard",
                &format!("{index}/{count}"),
                "--output",
                &format!("json={name}"),
            ]);
            assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
            files.push(name);
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_flag-sweep"));
        let merged =
            command.current_dir(&project.root).args(["report", "--merge"]).args(&files).output().expect("it runs");
        assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
        assert!(merged.stdout == whole.stdout, "{count} shares differ from the whole");
    }
    project.expect(&["check", ".", "--shard", "4/3"], 2, "expected a share such as 1/4");
}

#[test]
fn one_run_writes_many_formats() {
    let project = Project::with(&[("a.py", CHECK), ("sub/b.py", CHECK)]);
    let names = [
        "concise",
        "json",
        "json-lines",
        "sarif",
        "github",
        "gitlab",
        "rdjson",
        "junit",
        "checkstyle",
        "markdown",
        "text",
    ];
    let outputs: Vec<String> =
        names.iter().flat_map(|name| ["--output".to_owned(), format!("{name}=out.{name}")]).collect();
    let mut arguments = vec!["check", "."];
    arguments.extend(outputs.iter().map(String::as_str));
    project.expect(&arguments, 1, "warning[stale-flag]");
    for name in names {
        assert!(project.text(&format!("out.{name}")).contains("stale-flag"), "{name}");
    }
    // What GitHub reads: the check on one line, the dead branch beside it, and edits that make the file what --fix makes it.
    let sarif: serde_json::Value = serde_json::from_str(&project.text("out.sarif")).expect("it is JSON");
    let results = &sarif["runs"][0]["results"];
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["endLine"]), (&1.into(), &1.into()));
    let related = results[0]["relatedLocations"].as_array().expect("it is a list");
    assert!(related.iter().any(|place| place["message"]["text"] == "never runs"), "{results}");
    let changes = results[0]["fixes"][0]["artifactChanges"].as_array().expect("the first of a flag has its edits");
    assert!(changes.len() == 2 && results[1]["fixes"].is_null(), "{results}");
    project.expect(&["check", ".", "--output", "nonsense=x"], 2, "`nonsense` is no format; formats: text, concise");
    // In GitHub Actions the summary of the step has everything.
    let output =
        project.command(&["check", ".", "--output-format", "github"]).env("GITHUB_STEP_SUMMARY", "summary.md").output();
    let output = output.expect("it runs");
    assert!(
        output
            .stdout
            .starts_with(b"::warning file=a.py,line=1,endLine=1,col=7,endColumn=12,title=flag-sweep%3A stale-flag::")
    );
    assert!(project.text("summary.md").starts_with("## flag-sweep\n\n2 warnings;"));
}

#[test]
fn fingerprints_outlive_moved_lines() {
    let project = Project::with(&[("a.py", CHECK)]);
    let prints = || {
        let output = project.run(&["check", ".", "--output-format", "sarif"]);
        let sarif: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        sarif["runs"][0]["results"][0]["partialFingerprints"].clone()
    };
    let before = prints();
    project.put("a.py", format!("import os\n\n\nx = os.name\n{}", CHECK.replace("print(2)", "print(3)")));
    assert_eq!(prints(), before);
    project.put("a.py", CHECK.replace("if on(\"old\")", "if not on(\"old\")"));
    assert_ne!(prints(), before);
}

#[test]
fn findings_are_counted_and_tolerated() {
    let project = Project::with(&[("a.py", CHECK), ("sub/b.py", CHECK)]);
    project.expect(&["check", ".", "--statistics"], 1, "     2  stale-flag  [*] 2\n");
    project.expect(&["check", ".", "--statistics=owner"], 1, "     2  team-web  [*] 2\n");
    project.expect(&["check", ".", "--statistics=path"], 1, "     1  sub/b.py  [*] 1\n");
    project.expect(&["check", ".", "--max-findings", "2"], 0, "2 warnings;");
    project.expect(&["check", ".", "--max-findings", "1"], 1, "2 warnings;");
    project.expect(&["check", ".", "--exit-zero"], 0, "2 warnings;");
}

#[test]
fn every_flag_gets_a_branch_and_nothing_else_changes() {
    let registry = format!(
        "{REGISTRY}{}",
        REGISTRY
            .split_once("flags:\n")
            .expect("it has flags")
            .1
            .replace("old:", "\"Ne w/..x\":")
            .replace("    owner: team-web\n", "")
    );
    let other = CHECK.replace("old", "Ne w/..x");
    let project =
        Project::with(&[("a.py", CHECK), ("sub/b.py", CHECK), ("sub/c.py", &other), ("flags.yaml", &registry)]);
    project.put("CODEOWNERS", "* @org/all\nsub/ @org/sub\n");
    project.expect(&["fix", "--branch-per-flag"], 2, "there is no git repository here");
    project.git(&["init", "-q", "-b", "main"]);
    project.git(&["config", "user.name", "t"]);
    project.git(&["config", "user.email", "t@example.com"]);
    project.commit();
    let output = project.run(&["fix", "--branch-per-flag"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let made = String::from_utf8_lossy(&output.stdout).into_owned();
    let branches: Vec<&str> = made.lines().collect();
    assert!(
        branches.len() == 2 && branches.contains(&"flag-sweep/old") && told.contains("2 branches made"),
        "{made}{told}"
    );
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(&project.root).output().expect("git runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    // The work tree, the index and the branch are as they were.
    assert_eq!(
        (git(&["status", "--porcelain"]), git(&["branch", "--show-current"])),
        (String::new(), "main\n".to_owned())
    );
    assert_eq!(git(&["log", "--format=%s", "main..flag-sweep/old"]), "Remove the flag old\n");
    // Whom the registry does not name, CODEOWNERS does.
    let other = branches.iter().find(|name| **name != "flag-sweep/old").expect("there are two");
    assert!(git(&["log", "-1", "--format=%b", other]).contains("Suggested reviewer: @org/sub"));
    let body = git(&["log", "-1", "--format=%b", "flag-sweep/old"]);
    assert!(body.contains("serves `true` to everyone") && body.contains("Suggested reviewer: team-web"), "{body}");
    assert_eq!(git(&["diff", "--name-only", "main", "flag-sweep/old"]), "a.py\nsub/b.py\n");
    assert_eq!(git(&["show", "flag-sweep/old:sub/b.py"]), "print(1)\n");
    assert_eq!(git(&["fsck", "--strict", "--no-dangling"]), "");
    project.expect(&["fix", "--branch-per-flag"], 0, "0 branches made, 2 there already");
    // What is not committed could not be a part of the commit.
    project.git(&["branch", "-qD", "flag-sweep/old"]);
    project.put("a.py", format!("x = 1\n{CHECK}"));
    project.expect(&["fix", "--branch-per-flag"], 2, "a.py (modified)");
}
