//! What README.md shows is what flag-sweep prints: each `<!-- output: flag-sweep … -->` is run in the repository, and the
//! fenced block below it has to equal the output. `UPDATE_EXPECTED=1` rewrites the blocks. Owns no wording.

use std::fs;
use std::path::Path;
use std::process::Command;

const MARKER: &str = "<!-- output: flag-sweep ";

#[test]
fn commands_print_what_the_readme_shows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let shown = fs::read_to_string(&path).expect("README.md is readable");
    let printed = with_outputs(&shown);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, printed).expect("README.md is writable");
        return;
    }
    let diff = similar::TextDiff::from_lines(shown.as_str(), printed.as_str());
    let diff = diff.unified_diff().header("README.md", "what is printed").to_string();
    assert!(diff.is_empty(), "UPDATE_EXPECTED=1 cargo test --test readme accepts this:\n{diff}");
}

#[test]
fn readme_shows_a_report_and_the_diff_it_leads_to() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md is readable");
    let commands: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix(MARKER)).collect();
    assert!(commands.iter().any(|command| !command.contains("--diff")), "no report among {commands:?}");
    assert!(commands.iter().any(|command| command.contains("--diff")), "no diff among {commands:?}");
}

/// The text with the content of every marked block replaced by what its command prints.
fn with_outputs(text: &str) -> String {
    let mut result = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        result.push_str(line);
        result.push('\n');
        let Some(arguments) = line.strip_prefix(MARKER).and_then(|rest| rest.strip_suffix(" -->")) else { continue };
        let fence = lines.next().unwrap_or_default();
        assert!(fence.starts_with("```"), "the line below `{line}` opens a fenced block");
        let closed = lines.by_ref().any(|line| line == "```");
        assert!(closed, "the block below `{line}` is closed");
        result.push_str(&format!("{fence}\n{}```\n", output(arguments)));
    }
    result
}

/// What a command prints on a terminal, without colour: results, then the summary. A diff is shown as it is piped on.
fn output(arguments: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flag-sweep"));
    command.args(arguments.split_ascii_whitespace()).current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1");
    let output = command.output().expect("the binary was built");
    let summary = if arguments.contains("--diff") { Vec::new() } else { output.stderr };
    let printed = [output.stdout, summary].concat();
    let printed = String::from_utf8(printed).expect("flag-sweep prints UTF-8");
    if printed.is_empty() || printed.ends_with('\n') { printed } else { printed + "\n" }
}
