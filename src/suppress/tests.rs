//! Tests of what comments say, which line they are about, and that only comments speak.

use super::{Scope, in_text};
use crate::language;
use crate::source::SourceId;

/// Names, line (from 1, 0 for the file) and reason or problem of each.
fn read(language: &str, text: &str) -> Vec<String> {
    let language = language::by_name(language).expect("the language exists");
    let shown = |one: super::Suppression| {
        let line = match one.scope {
            Scope::File => 0,
            Scope::Line(line) => line + 1,
        };
        let until = one.until.map(|day| format!(" until {day}")).unwrap_or_default();
        let rest = one.problem.map_or(one.reason, |problem| format!("! {problem}"));
        format!("{line} [{}]{until} {rest}", one.names.join("|")).trim_end().to_owned()
    };
    in_text(SourceId(0), text, language).into_iter().map(shown).collect()
}

#[test]
fn a_comment_is_about_its_line_or_the_next() {
    let text = "x = on('a')  # flag-sweep: ignore[stale-flag] until=2027-01-31 the app, still\n\n\
                # flag-sweep: ignore[stale-flag, my.key]\n# and more\n\nif on('b'):\n    pass\n\
                # flag-sweep: ignore-file[dynamic-key] all of it\n";
    assert_eq!(
        read("python", text),
        ["1 [stale-flag] until 2027-01-31 the app, still", "6 [stale-flag|my.key]", "0 [dynamic-key] all of it",]
    );
}

#[test]
fn every_kind_of_comment_speaks() {
    assert_eq!(
        read("rust", "a(); /* flag-sweep: ignore[x] why */\n// flag-sweep: ignore[y]\nb();\n"),
        ["1 [x] why", "3 [y]"]
    );
    let jsx = "const a = (\n  <div>\n    {/* flag-sweep: ignore[x] later */}\n    {on('x') && <b/>}\n  </div>\n);\n";
    assert_eq!(read("tsx", jsx), ["4 [x] later"]);
    assert_eq!(read("jinja", "<p>{# flag-sweep: ignore[x] why #}\n{% if on('x') %}{% endif %}\n"), ["1 [x] why"]);
    assert_eq!(read("typescript", "/**\n * flag-sweep: ignore[x] why\n */\nf();\n"), ["4 [x] why"]);
}

#[test]
fn what_is_no_comment_or_no_order_is_silent() {
    assert!(read("python", "x = '# flag-sweep: ignore[stale-flag]'\n").is_empty());
    assert!(read("typescript", "const x = `// flag-sweep: ignore[stale-flag]`;\n").is_empty());
    assert!(read("tsx", "const a = <p>// flag-sweep: ignore[stale-flag]</p>;\n").is_empty());
    assert!(read("python", "# see flag-sweep: it is a tool\n# flag-sweep: ignored-by-us\n").is_empty());
}

#[test]
fn mistakes_are_told() {
    for (text, problem) in [
        ("# flag-sweep: ignore\n", "! it does not say what it ignores"),
        ("# flag-sweep: ignore[stale-flag\n", "! it does not say what it ignores"),
        ("# flag-sweep: ignore[]\n", "! its brackets are empty"),
        ("# flag-sweep: ignore[x] until=soon\n", "! its `until=` is no day"),
    ] {
        let found = read("python", text);
        assert!(found.len() == 1 && found[0].contains(problem), "{found:?}");
    }
}
