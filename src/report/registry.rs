//! A first registry of a project's own: every flag that code checks and no registry knows, in the native format, with what git
//! and CODEOWNERS say. Owns the layout; what a flag serves is for its team to fill in, so that nothing is concluded from a file
//! that nobody has looked at.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;

use crate::report::escape;
use crate::report::rows::Row;
use crate::report::summary::plural;
use crate::run::Outcome;
use crate::source::owners::CodeOwners;

const HEAD: &str = "\
# Flags that the code checks and no registry knows, written by flag-sweep.
# `state` is what everybody gets: on, off, 25%, code-default, or unknown. What has been on for a while is to be removed:
#   state: {is: on, since: 2026-01-31}
version: 1
flags:
";

/// The text; `None` when no such flag is checked outside of tests.
pub fn registry(
    rows: &[Row],
    outcome: &Outcome,
    code_owners: &CodeOwners,
    in_code_since: &BTreeMap<String, Date>,
) -> Option<String> {
    let mut text = String::from(HEAD);
    let missing = rows.iter().filter(|row| row.kind.is_none() && row.checks > 0);
    for row in missing {
        let _ = write!(text, "  {}:", quoted(&row.key));
        if let Some(first) = &row.first {
            let source = outcome.project.sources.get(first.source);
            let (line, _) = outcome.project.sources.line_column(first);
            let place = format!("{}:{line}", source.display_path());
            let _ = write!(
                text,
                "    # {}, first at {}",
                plural(row.checks + row.test_checks, "check"),
                escape::line(&place)
            );
            text.push('\n');
            text.push_str("    state: unknown\n");
            let owners: Vec<String> = code_owners.of(&source.path).iter().map(|owner| quoted(owner)).collect();
            match owners.as_slice() {
                [] => {}
                [owner] => {
                    let _ = writeln!(text, "    owner: {owner}");
                }
                owners => {
                    let _ = writeln!(text, "    owner: [{}]", owners.join(", "));
                }
            }
        } else {
            text.push_str("\n    state: unknown\n");
        }
        if let Some(day) = in_code_since.get(&row.key) {
            let _ = writeln!(text, "    created: {day}");
        }
    }
    (text != HEAD).then_some(text)
}

/// A text as YAML: plain where no reader takes it for anything else.
fn quoted(text: &str) -> String {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let word = text.to_ascii_lowercase();
    let means_something = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"];
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(letters);
    if plain && !means_something.contains(&word.as_str()) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            // Every plane has room in eight digits.
            _ if character.is_control() || !character.is_ascii() => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;

    use super::{quoted, registry};
    use crate::registry::load;
    use crate::report::rows::rows;
    use crate::report::testing::{outcome, settings};
    use crate::source::Sources;
    use crate::source::owners::CodeOwners;

    #[test]
    fn what_is_written_is_read_back() {
        let (mut outcome, settings) = (outcome(), settings());
        outcome.registry.flags.clear();
        outcome.verdicts.clear();
        let mut rows = rows(&outcome, &settings);
        let hostile = ["off", "a b", "x: {y}", "\"q\" \\", "ü\u{85}\n# no", "- 1", "1.5", "nul\u{0}"];
        let like = rows.iter().find(|row| row.checks > 0).expect("something is checked").clone();
        rows.extend(hostile.map(|key| crate::report::rows::Row { key: key.to_owned(), ..like.clone() }));
        let owners = CodeOwners::parse("* @org/all b@example.com\n");
        let days = BTreeMap::from([("off".to_owned(), date(2024, 2, 3))]);
        let text = registry(&rows, &outcome, &owners, &days).expect("there are flags");
        let folder = tempfile::tempdir().expect("a scratch directory can be made");
        std::fs::write(folder.path().join("flags.yaml"), &text).expect("it is writable");
        let (read, warnings) = load(&["flags.yaml".into()], folder.path(), &mut Sources::default()).expect(&text);
        assert_eq!(warnings, Vec::<String>::new());
        for key in hostile {
            let flag = read.flags.get(key).unwrap_or_else(|| panic!("{key:?} is in {text}"));
            assert_eq!(flag.owners, ["@org/all", "b@example.com"]);
        }
        assert_eq!(read.flags["off"].created, Some(date(2024, 2, 3)));
        rows.retain(|row| row.kind.is_some());
        assert_eq!(registry(&rows, &outcome, &owners, &days), None);
    }

    #[test]
    fn words_that_mean_something_are_quoted() {
        for (text, expected) in [("new-ui", "new-ui"), ("Off", "\"Off\""), ("7", "\"7\""), ("@a", "\"@a\"")] {
            assert_eq!(quoted(text), expected);
        }
    }
}
