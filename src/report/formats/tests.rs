//! Every format against its consumer's rules: on the made-up run, and on a thousand documents whose texts try to break out.
//! What was written is read back by a reader of the format's own kind.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};

use super::{FORMATS, Page, by_name, fix_line};
use crate::report::escape;
use crate::report::json::tests::check_schema;
use crate::report::json::{
    Applicability, Change, Fix, Fixed, Item, ItemLabel, Position, Report, Severity, SkippedFile, document,
};
use crate::report::summary::count;
use crate::report::testing::{outcome, settings};
use crate::rules::RULES;

/// The document of the made-up run.
pub(in crate::report) fn report() -> Report {
    let (outcome, settings) = (outcome(), settings());
    let counts = count(&outcome.project, &outcome.registry, &outcome.diagnostics);
    document(&settings, &outcome, &counts, &[], &Fixed::default())
}

fn render(name: &str, report: &Report) -> String {
    (by_name(name).expect("the format is in the table").render)(&Page { report, base: None })
}

/// Texts that mean something to one format or another.
const HOSTILE: &[&str] = &[
    "\n::error file=x::PWNED",
    "\r\n##[error]PWNED",
    "%0A::warning::x",
    "::stop-commands::t",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}]8;;http://x\u{7}",
    "\u{9b}2J",
    "\u{202e}gnp.exe",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=y>",
    "]]><!--",
    "&lt;&amp;&#0;",
    "\u{0}\u{1}\u{8}\u{b}\u{c}\u{1f}\u{7f}",
    "\u{fffe}\u{ffff}",
    "\u{2028}\u{2029}\u{85}",
    "[click](http://x)",
    "[x](0)",
    "|a|b|\n|-|-|",
    "`code` ``",
    "@team #1 !2",
    "# heading\n> quote",
    "\"quoted\" 'x' \\",
    "a,b:c;d=e",
    "{\"rule\":\"x\"}",
    "\t",
    "",
    " ",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\x",
    "ü日本語🎉",
    "%s%n$(id)`id`",
    "-->",
    "<!DOCTYPE x [",
];

fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => proptest::sample::select(HOSTILE).prop_map(str::to_owned),
        2 => proptest::string::string_regex("[a-z/._-]{1,12}").expect("it is a regex"),
        1 => any::<char>().prop_map(String::from),
    ];
    vec(part, 0..4).prop_map(|parts| parts.concat())
}

fn position() -> impl Strategy<Value = Position> {
    (1usize..5000, 1usize..300, 0usize..100_000).prop_map(|(line, column, offset)| Position {
        line,
        column,
        offset,
        byte_column: column,
    })
}

fn span() -> impl Strategy<Value = (Position, Position)> {
    (position(), 0usize..3, 1usize..40).prop_map(|(start, lines, columns)| {
        let end = Position {
            line: start.line + lines,
            column: start.column + columns,
            byte_column: start.byte_column + columns,
            offset: start.offset + columns,
        };
        (start, end)
    })
}

fn item() -> impl Strategy<Value = Item> {
    let severity = proptest::sample::select(&[Severity::Note, Severity::Warning, Severity::Error]);
    let rule = (0..RULES.len()).prop_map(|index| RULES[index].code.to_owned());
    let label =
        (text(), text(), span()).prop_map(|(message, path, (start, end))| ItemLabel { message, path, start, end });
    let edit =
        (text(), text(), span()).prop_map(|(path, replacement, (start, end))| Change { path, start, end, replacement });
    let applicability = proptest::sample::select(&[Applicability::Safe, Applicability::Unsafe, Applicability::Manual]);
    let fix = (applicability, text(), vec(text(), 0..2), vec(edit, 0..3))
        .prop_map(|(applicability, title, reasons, edits)| Fix { applicability, title, reasons, edits });
    let about = (rule, severity, proptest::option::of(text()), text(), text(), span());
    (about, vec(label, 0..3), vec(text(), 0..2), proptest::option::of(fix), vec(text(), 0..2), "[0-9a-f]{40}").prop_map(
        |((rule, severity, flag, message, path, (start, end)), labels, notes, fix, owners, fingerprint)| Item {
            rule,
            severity,
            flag,
            message,
            path,
            start,
            end,
            labels,
            notes,
            fix,
            owners,
            fingerprint,
        },
    )
}

fn hostile() -> impl Strategy<Value = Report> {
    (vec(item(), 0..5), vec(text(), 0..2), vec(text(), 0..2)).prop_map(|(diagnostics, skipped, limits)| {
        let mut report = report();
        report.diagnostics = diagnostics;
        report.skipped =
            skipped.into_iter().map(|path| SkippedFile { kind: "binary".into(), reason: path.clone(), path }).collect();
        report.limits = limits;
        report
    })
}

/// Nothing that steers a terminal, and no line that is none of ours.
fn is_quiet(text: &str) -> bool {
    let steers = |character: char| {
        character.is_control() && !matches!(character, '\n' | '\t')
            || matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    !text.chars().any(steers)
}

fn parsed(name: &str, report: &Report) -> Value {
    serde_json::from_str(&render(name, report)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What the runner of GitHub Actions makes of the output: level, properties and message of each command.
fn commands(text: &str) -> Vec<(String, BTreeMap<String, String>, String)> {
    let decode = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    let property = |text: &str| {
        let text = text.replace("%3A", ":").replace("%2C", ",").replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%25", "%")
    };
    let mut found = Vec::new();
    for line in text.split(['\n', '\r']) {
        assert!(!line.contains("##["), "an older kind of command: {line}");
        let Some(rest) = line.trim_start().strip_prefix("::") else { continue };
        let (head, message) = rest.split_once("::").expect("a command has two pairs of colons");
        let (level, list) = head.split_once(' ').expect("ours have properties");
        let properties = list.split(',').map(|pair| {
            let (name, value) = pair.split_once('=').expect("a property has a value");
            (name.to_owned(), property(value))
        });
        found.push((level.to_owned(), properties.collect(), decode(message)));
    }
    found
}

fn check_github(report: &Report) {
    let text = render("github", report);
    assert!(is_quiet(&text), "{text:?}");
    let found = commands(&text);
    let of = |severity| report.diagnostics.iter().filter(|item| item.severity == severity).count().min(10);
    assert_eq!(found.len(), of(Severity::Error) + of(Severity::Warning) + of(Severity::Note), "{text}");
    let ours = ["file", "line", "endLine", "col", "endColumn", "title"];
    for (level, properties, _) in &found {
        assert!(["error", "warning", "notice"].contains(&level.as_str()), "{text}");
        assert!(properties.keys().all(|name| ours.contains(&name.as_str())), "{text}");
        let rule = properties["title"].strip_prefix("flag-sweep: ").expect("the title says who speaks");
        assert!(RULES.iter().any(|known| known.code == rule), "{text}");
    }
}

/// Elements with their attributes, and texts, of a document that has to be well-formed.
fn elements(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    assert!(text.chars().all(legal), "{text:?}");
    assert!(is_quiet(text), "{text:?}");
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut found, mut depth) = (Vec::new(), 0i32);
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error}: {text}"));
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                depth += i32::from(matches!(event, Event::Start(_)));
                let name = String::from_utf8(start.name().as_ref().to_vec()).expect("names are ours");
                let attribute = |attribute: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
                    let attribute = attribute.expect("attributes are well-formed and given once");
                    let name = String::from_utf8(attribute.key.as_ref().to_vec()).expect("names are ours");
                    let raw = String::from_utf8(attribute.value.to_vec()).expect("it is UTF-8");
                    (name, quick_xml::escape::unescape(&raw).expect("entities are known").into_owned())
                };
                found.push((name, start.attributes().map(attribute).collect()));
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            Event::Comment(_) | Event::CData(_) | Event::DocType(_) | Event::PI(_) => panic!("none is ours: {text}"),
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{text}");
    found
}

fn check_checkstyle(report: &Report) {
    let found = elements(&render("checkstyle", report));
    assert_eq!((found[0].0.as_str(), found[0].1["version"].as_str()), ("checkstyle", "4.3"));
    let errors: Vec<_> = found.iter().filter(|(name, _)| name == "error").collect();
    assert_eq!(errors.len(), report.diagnostics.len());
    for (_, attributes) in errors {
        assert!(attributes["line"].parse::<usize>().is_ok_and(|line| line > 0));
        assert!(["error", "warning", "info"].contains(&attributes["severity"].as_str()));
        assert!(attributes["source"].starts_with("flag-sweep."));
        assert!(attributes.contains_key("message") && attributes.contains_key("column"));
    }
    assert!(found.iter().all(|(name, _)| ["checkstyle", "file", "error"].contains(&name.as_str())));
}

fn check_junit(report: &Report) {
    let found = elements(&render("junit", report));
    let failed = report.diagnostics.iter().filter(|item| item.severity > Severity::Note).count();
    assert_eq!(found.iter().filter(|(name, _)| name == "failure").count(), failed);
    for (_, attributes) in found.iter().filter(|(name, _)| name == "testsuite") {
        for name in ["name", "package", "id", "tests", "failures", "errors", "time", "timestamp", "hostname"] {
            assert!(attributes.contains_key(name), "{name}");
        }
    }
    let known = ["testsuites", "testsuite", "properties", "testcase", "failure", "system-out", "system-err"];
    assert!(found.iter().all(|(name, _)| known.contains(&name.as_str())));
}

/// The path that readers get: never an empty one.
fn shown(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

fn check_gitlab(report: &Report) {
    let entries = parsed("gitlab", report);
    let entries = entries.as_array().expect("it is a list");
    assert_eq!(entries.len(), report.diagnostics.len());
    for (entry, item) in entries.iter().zip(&report.diagnostics) {
        let description = entry["description"].as_str().expect("it is a text");
        assert!(!description.is_empty() && !description.chars().any(char::is_control), "{description:?}");
        assert!(item.message.is_empty() || description == escape::line(&item.message));
        assert_eq!(entry["location"]["path"], shown(&item.path));
        assert_eq!(entry["location"]["lines"]["begin"], item.start.line);
        assert!(["info", "minor", "major"].contains(&entry["severity"].as_str().expect("it is a text")));
        assert_eq!(entry["fingerprint"].as_str().map(str::len), Some(40));
    }
}

fn check_rdjson(report: &Report) {
    let found = parsed("rdjson", report);
    let entries = found["diagnostics"].as_array().expect("it is a list");
    assert_eq!((entries.len(), &found["source"]["name"]), (report.diagnostics.len(), &json!("flag-sweep")));
    for (entry, item) in entries.iter().zip(&report.diagnostics) {
        assert_eq!(entry["location"]["path"], shown(&item.path));
        assert_eq!(entry["location"]["range"]["start"]["column"], item.start.byte_column);
        assert!(["INFO", "WARNING", "ERROR"].contains(&entry["severity"].as_str().expect("it is a text")));
        let message = entry["message"].as_str().expect("it is a text");
        assert!(!message.is_empty() && message.starts_with(&item.message));
        assert_eq!(entry["code"]["value"], item.rule.as_str());
    }
}

fn check_sarif(report: &Report) {
    let found = parsed("sarif", report);
    assert_eq!(found["version"], "2.1.0");
    let run = &found["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("it is a list");
    for rule in rules {
        for pointer in ["/id", "/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
            assert!(rule.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty()), "{pointer}");
        }
        assert!(["error", "warning", "note"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap_or("")));
    }
    let results = run["results"].as_array().expect("it is a list");
    assert_eq!(results.len(), report.diagnostics.len());
    for (result, item) in results.iter().zip(&report.diagnostics) {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("the rule is listed")).expect("it is small");
        assert_eq!((&rules[index]["id"], result["ruleId"].as_str()), (&json!(item.rule), Some(item.rule.as_str())));
        let message = result["message"]["text"].as_str().expect("it is a text");
        assert!(!message.is_empty() && !has_link(message), "{message}");
        let place = &result["locations"][0]["physicalLocation"];
        check_uri(&place["artifactLocation"], &item.path);
        assert_eq!(place["region"]["startLine"], item.start.line);
        assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"], item.fingerprint.as_str());
        for (related, label) in result["relatedLocations"].as_array().expect("a list").iter().zip(&item.labels) {
            check_uri(&related["physicalLocation"]["artifactLocation"], &label.path);
            assert!(!has_link(related["message"]["text"].as_str().expect("it is a text")));
        }
    }
}

/// Whether a reader of SARIF would see a link: brackets that are not escaped, with a target behind them.
fn has_link(text: &str) -> bool {
    text.match_indices("](").any(|(at, _)| !text[..at].ends_with('\\'))
}

/// A relative reference, or the URI of a file, that stands for this path.
fn check_uri(artifact: &Value, path: &str) {
    let uri = artifact["uri"].as_str().expect("it is a text");
    assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%:".contains(&byte)), "{uri}");
    let uri = uri.strip_prefix("file://").unwrap_or(uri);
    assert!(!uri.contains(':'), "{uri}");
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next(), rest.next()].map(|digit| char::from(digit.expect("two digits follow")));
            bytes.push(u8::from_str_radix(&digits.iter().collect::<String>(), 16).expect("they are hexadecimal"));
        } else {
            bytes.push(byte);
        }
    }
    assert_eq!(String::from_utf8(bytes).expect("it is UTF-8"), shown(path));
}

fn check_lines(report: &Report) {
    let text = render("json-lines", report);
    let lines: Vec<Value> =
        text.split_terminator('\n').map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    assert_eq!((of("run"), of("diagnostic"), of("summary")), (1, report.diagnostics.len(), 1));
    assert_eq!(lines.len(), 2 + report.diagnostics.len() + report.skipped.len());
}

fn check_markdown(report: &Report) {
    let text = render("markdown", report);
    assert!(is_quiet(&text), "{text:?}");
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| | Rule")).count();
    assert_eq!(rows, report.diagnostics.len(), "{text}");
    // Outside of code, nothing is a tag, a link or a mention; seven cells are eight bars.
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| | Rule")) {
        let bars = line.char_indices().filter(|(at, c)| *c == '|' && !escaped(line, *at)).count();
        assert_eq!(bars, 8, "{line}");
    }
}

fn escaped(line: &str, at: usize) -> bool {
    line[..at].chars().rev().take_while(|character| *character == '\\').count() % 2 == 1
}

fn check_all(report: &Report) {
    check_github(report);
    check_checkstyle(report);
    check_junit(report);
    check_gitlab(report);
    check_rdjson(report);
    check_sarif(report);
    check_lines(report);
    check_markdown(report);
    let concise = render("concise", report);
    assert!(is_quiet(&concise) && concise.split_terminator('\n').count() == report.diagnostics.len(), "{concise:?}");
    assert!(commands(&concise).is_empty(), "{concise:?}");
    let back: Report = serde_json::from_str(&render("json", report)).expect("the document reads its own JSON");
    assert_eq!(&back, report);
    for format in FORMATS {
        let text = render(format.name, report);
        assert!(is_quiet(&text), "{}: {text:?}", format.name);
        assert!(text.is_empty() || text.ends_with('\n'), "{}", format.name);
    }
}

#[test]
fn formats_of_the_made_up_run() {
    let mut report = report();
    check_all(&report);
    for format in FORMATS.into_iter().filter(|format| !["json", "sarif"].contains(&format.name)) {
        let text = render(format.name, &report).replace(env!("CARGO_PKG_VERSION"), "VERSION");
        insta::assert_snapshot!(format!("format-{}", format.name), text);
    }
    // The pages of the rules are not what is looked at here.
    let mut sarif = parsed("sarif", &report);
    sarif["runs"][0]["tool"] = Value::Null;
    sarif["runs"][0]["results"]
        .as_array_mut()
        .expect("a list")
        .iter_mut()
        .for_each(|one| one["ruleIndex"] = Value::Null);
    insta::assert_snapshot!("format-sarif", format!("{sarif:#}"));
    report.diagnostics.clear();
    check_all(&report);
}

#[test]
fn hostile_texts_break_out_of_no_format() {
    let schema = schemars::schema_for!(Report);
    let validator = jsonschema::validator_for(schema.as_value()).expect("it is a schema");
    let cases = Config::default().cases.max(1000);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let result = runner.run(&hostile(), |report| {
        check_all(&report);
        assert!(validator.is_valid(&parsed("json", &report)));
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn lines_fit_their_published_schema() {
    for line in render("json-lines", &report()).lines() {
        check_schema("report-lines.schema.json", &super::line_schema(), line);
    }
}

#[test]
fn annotations_are_capped_aloud() {
    let mut report = report();
    let first = report.diagnostics[0].clone();
    report.diagnostics = vec![first; 13];
    let text = render("github", &report);
    assert_eq!(commands(&text).len(), 10);
    assert!(
        text.ends_with("3 diagnostics not annotated: GitHub shows 10 of each level; the summary of the step has all\n")
    );
}

#[test]
fn fixes_are_told_with_their_reasons() {
    let report = report();
    let fix = report.diagnostics[0].fix.as_ref().expect("it has one");
    assert_eq!(fix_line(fix), "unsafe fix: keep the first branch because `legacy()` may have effects");
}
