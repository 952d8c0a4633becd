//! CONTRIBUTING.md says how a provider is added: this does it, in an empty folder, with the files that stand there and
//! nothing else. Owns no provider.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What a fenced block begins with when it is a file, its path behind; or what a command prints, the command behind.
const FENCE: &str = "```";
const PRINTS: &str = "<!-- prints: flag-sweep ";

#[test]
fn a_provider_is_one_file_and_its_fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("CONTRIBUTING.md")).expect("CONTRIBUTING.md is readable");
    let scratch = tempfile::tempdir().expect("a scratch directory can be made");
    let (files, commands) = steps(&text);
    let ending = |ending: &str| files.iter().filter(|(path, _)| path.ends_with(ending)).count();
    assert_eq!(ending(".toml"), 1, "one provider file: {files:?}");
    assert_eq!(files.len() - 1, ending(".py"), "everything else is a fixture: {files:?}");
    for (path, content) in &files {
        assert!(!root.join(path).exists(), "{path} is an example: it is no part of the repository");
        let path = scratch.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders can be made");
        fs::write(path, content).expect("files can be written");
    }
    // One that finds the check, one that finds nothing.
    assert_eq!(commands.len(), 2, "{commands:?}");
    for (arguments, shown) in &commands {
        assert_eq!(&print(scratch.path(), arguments), shown, "flag-sweep {arguments}");
    }
    // The same without the file: it is the file that makes the difference.
    let (arguments, shown) = &commands[0];
    let without = arguments.split_once("--provider ").expect("the command names the file").0;
    let path = arguments.rsplit(' ').next().expect("the command names a folder");
    assert_ne!(&print(scratch.path(), &format!("{without}{path}")), shown);
    // And as a setting of a project.
    let provider = &files.iter().find(|(path, _)| path.ends_with(".toml")).expect("counted above").0;
    fs::write(scratch.path().join("flag-sweep.toml"), format!("providers = [\"{provider}\"]\n"))
        .expect("it can be written");
    assert_eq!(&print(scratch.path(), &format!("{without}{path}")), shown);
}

type Steps = Vec<(String, String)>;

/// The files that the text shows, and the commands with what they print.
fn steps(text: &str) -> (Steps, Steps) {
    let (mut files, mut commands) = (Vec::new(), Vec::new());
    let mut command = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(arguments) = line.strip_prefix(PRINTS) {
            command = arguments.strip_suffix(" -->").map(str::to_owned);
            continue;
        }
        let Some(info) = line.strip_prefix(FENCE) else { continue };
        let block: String = lines.by_ref().take_while(|line| *line != FENCE).map(|line| format!("{line}\n")).collect();
        if let Some(arguments) = command.take() {
            commands.push((arguments, block));
        } else if let Some((_, path)) = info.split_once(' ') {
            files.push((path.to_owned(), block));
        }
    }
    (files, commands)
}

fn print(folder: &Path, arguments: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flag-sweep"));
    command.args(arguments.split_ascii_whitespace()).current_dir(folder).env("NO_COLOR", "1");
    let output = command.output().expect("the binary was built");
    assert!(output.status.success(), "flag-sweep {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("flag-sweep prints UTF-8")
}
