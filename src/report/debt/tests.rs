//! Tests of the document and its formats: what they show of a made-up run, and that no text from the repository becomes markup,
//! a further row or a formula.

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::test_runner::{Config, TestRunner};

use super::{Document, Earlier, Known, csv, html, json, make, markdown, merge};
use crate::history::weeks::{Debt, Series, Week};
use crate::report::json::tests::check_schema;
use crate::report::rows::rows;
use crate::report::testing::{outcome, settings};

fn document() -> Document {
    let (outcome, settings) = (outcome(), settings());
    let week = |at: usize| Week {
        day: format!("2026-04-{:02}", 1 + 7 * at),
        commit: "0123456789ab".into(),
        debt: Debt { flags: 2 + at, debt: 1 + at, checks: 2, dead_lines: 3 },
    };
    let known = Known {
        series: Series { weeks: (0..4).map(week).collect(), ..Series::default() },
        notes: vec!["a note".into()],
        ..Known::default()
    };
    make(&rows(&outcome, &settings), &outcome, &settings, known)
}

/// The document with a text in every place that text from the repository can take.
fn hostile(text: &str) -> Document {
    let mut document = document();
    let put = |place: &mut String| text.clone_into(place);
    document.run.registries.iter_mut().for_each(put);
    document.weeks.iter_mut().for_each(|week| put(&mut week.commit));
    for removal in &mut document.removals {
        put(&mut removal.flag);
        put(&mut removal.command);
        removal.owners = vec![text.to_owned()];
        removal.reasons = vec![text.to_owned()];
        removal.files.iter_mut().for_each(|file| put(&mut file.path));
    }
    document.owners.iter_mut().for_each(|owner| put(&mut owner.name));
    for orphan in document.orphans.unused.iter_mut().chain(&mut document.orphans.unknown) {
        put(&mut orphan.flag);
        put(&mut orphan.at);
        orphan.near = Some(text.to_owned());
    }
    document.nested = vec![super::Nested { outer: text.into(), inner: text.into(), at: text.into(), how: "inside" }];
    document.stuck = vec![super::Stuck { flag: text.into(), state: text.into(), clock: text.into() }];
    document.slipped =
        vec![super::Slipped { flag: text.into(), first: "2026-01-01".into(), now: "2026-02-01".into(), times: 1 }];
    document.suppressions = vec![crate::report::json::SuppressionItem {
        path: text.into(),
        line: 1,
        names: vec![text.into()],
        until: None,
        reason: text.into(),
        expired: false,
        hides: 1,
    }];
    for flag in &mut document.flags {
        for place in [&mut flag.key, &mut flag.serves, &mut flag.why] {
            put(place);
        }
        flag.owners = vec![text.to_owned()];
        flag.at = Some(text.to_owned());
    }
    for file in &mut document.gaps.skipped {
        put(&mut file.path);
        put(&mut file.reason);
    }
    for dynamic in &mut document.gaps.dynamic {
        put(&mut dynamic.key);
        put(&mut dynamic.at);
    }
    document.gaps.broken = vec![text.to_owned()];
    document.gaps.notes = vec![text.to_owned()];
    document
}

/// The tags of a page, which hostile text must not change, and its text, which must be there.
fn tags(page: &str) -> Vec<&str> {
    let mut rest = page;
    let mut tags = Vec::new();
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').expect("every tag ends") + start;
        tags.push(&rest[start..=end]);
        rest = &rest[end + 1..];
        if tags.last().is_some_and(|tag| *tag == "<script>" || *tag == "<style>") {
            rest = &rest[rest.find("</").expect("they end")..];
        }
    }
    tags
}

/// Records and cells of a CSV text, as RFC 4180 reads it.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            _ => cell.push(character),
        }
    }
    assert!(!quoted && cell.is_empty() && record.is_empty());
    records
}

fn unescaped_pipes(line: &str) -> usize {
    let escaped = |at: usize| line[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    line.match_indices('|').filter(|(at, _)| !escaped(*at)).count()
}

fn check_hostile(text: &str) {
    let (plain, document) = (hostile("x"), hostile(text));
    let (page, expected) = (html(&document), html(&plain));
    assert_eq!(tags(&page), tags(&expected), "{text:?}");
    let whole =
        |text: &str| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    if !text.chars().any(crate::report::escape::is_control) {
        let back = whole(&page).replace("&#96;", "`").replace("&amp;", "&");
        assert!(back.contains(text), "{text:?}");
    }
    let found = records(&csv(&document));
    assert_eq!(found.len(), records(&csv(&plain)).len(), "{text:?}");
    for record in found {
        assert_eq!(record.len(), 20, "{text:?}");
        for cell in record {
            assert!(
                !cell.trim_start().starts_with(['=', '+', '-', '@']) && !cell.contains(['\t', '\n', '\r']),
                "{cell:?}"
            );
        }
    }
    let (lines, expected) = (markdown(&document), markdown(&plain));
    assert_eq!(lines.lines().count(), expected.lines().count(), "{text:?}");
    for (line, expected) in lines.lines().zip(expected.lines()) {
        assert_eq!(unescaped_pipes(line), unescaped_pipes(expected), "{line:?}");
        // Markup in code is text.
        let outside: String = line.split('`').step_by(2).collect();
        assert!(text.contains('`') || !outside.contains('<'), "{line:?}");
    }
    let back: serde_json::Value = serde_json::from_str(&json(&document)).expect("it is JSON");
    assert_eq!(back["flags"][0]["key"], text);
}

#[test]
fn text_of_the_repository_stays_text() {
    for text in [
        "</script><script>alert(1)</script>",
        "\" onmouseover=\"alert(1)",
        "'><img src=x onerror=alert(1)>",
        "--><!--",
        "=HYPERLINK(\"http://example.com\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r\n=1,2",
        " =1",
        "a|b\nc",
        "`` `x` ``",
        "[x](javascript:alert(1))",
        "&lt;b&gt;",
        "\u{202e}\u{1b}[31m",
        "\\|",
        "a\\",
    ] {
        check_hostile(text);
    }
}

#[test]
fn any_text_stays_text() {
    let part = prop_oneof![
        Just("<".to_owned()),
        Just("</script>".to_owned()),
        Just("\"".to_owned()),
        Just("|".to_owned()),
        Just("\n".to_owned()),
        Just("=".to_owned()),
        Just("`".to_owned()),
        Just("&".to_owned()),
        Just("\\".to_owned()),
        ".{0,8}",
    ];
    let text = proptest::collection::vec(part, 1..8).prop_map(|parts| parts.concat());
    // Without a name there is other markup.
    let text = text.prop_filter("there is a text", |text| !text.is_empty());
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let result = runner.run(&text, |text| {
        check_hostile(&text);
        Ok(())
    });
    result.expect("no text changes the structure");
}

#[test]
fn the_document_fits_its_published_schema() {
    let document = document();
    check_schema("debt.schema.json", &schemars::schema_for!(Document), &json(&document));
    insta::assert_snapshot!("json", json(&document));
}

#[test]
fn markdown_and_csv_say_the_same() {
    insta::assert_snapshot!("markdown", markdown(&document()));
    insta::assert_snapshot!("csv", csv(&document()));
}

#[test]
fn html_asks_for_nothing() {
    let page = html(&document());
    assert_eq!(page, html(&document()), "the same input gives the same bytes");
    for word in ["http:", "https:", "//", "src=", "url(", "@import", " style=", " onclick"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn long_tables_are_cut_to_fit_a_comment() {
    let mut document = document();
    let removal = document.removals[0].clone();
    document.removals = vec![removal; 2000];
    let text = markdown(&document);
    assert!(text.len() <= 60_000 && text.contains(" more."), "{}", text.len());
}

#[test]
fn an_earlier_report_is_compared() {
    let (outcome, settings) = (outcome(), settings());
    let mut then: serde_json::Value = serde_json::from_str(&json(&document())).expect("it is JSON");
    then["flags"][0]["key"] = "gone".into();
    then["flags"][1]["debt"] = false.into();
    then["totals"]["checks"] = 7.into();
    let earlier = Earlier::read(&then.to_string()).expect("it is a report");
    let known = Known { since: Some(&earlier), ..Known::default() };
    let change = make(&rows(&outcome, &settings), &outcome, &settings, known).since.expect("it was compared");
    assert_eq!((change.checks, change.score), (-5, Some(0)));
    assert_eq!((change.added, change.removed), (vec!["new-ui".to_owned()], vec!["gone".to_owned()]));
    assert_eq!(change.became_debt, ["unused"]);
    assert!(Earlier::read("{}").is_err());
    then["schema_version"] = 99.into();
    let error = Earlier::read(&then.to_string()).expect_err("the version is not known").to_string();
    assert_eq!(error, "it has version 99, and version 1 is read");
}

fn named(name: &str) -> Document {
    let mut document = document();
    document.run.project = Some(name.to_owned());
    document
}

#[test]
fn reports_of_projects_are_joined() {
    let one = document();
    let back = |document: &Document| serde_json::from_str::<Document>(&json(document)).expect("it reads its own JSON");
    assert_eq!(json(&back(&one)), json(&one));
    assert_eq!(json(&merge(vec![back(&one)]).expect("it may stand alone")), json(&one));
    let both = merge(vec![named("web"), named("api")]).expect("they have names");
    assert_eq!(json(&both), json(&merge(vec![named("api"), named("web")]).expect("they have names")));
    let twice = |of: fn(&Document) -> usize| assert_eq!(of(&both), 2 * of(&one));
    twice(|document| document.totals.flags);
    twice(|document| document.totals.dead_lines);
    twice(|document| document.flags.len());
    twice(|document| document.removals.len());
    twice(|document| document.weeks[0].debt.debt);
    twice(|document| document.owners.iter().map(|owner| owner.flags).sum());
    assert_eq!(both.owners.len(), one.owners.len());
    assert_eq!(both.score.map(|score| score.value), one.score.map(|score| score.value));
    assert!(
        both.flags[0].key.starts_with("api/") && both.flags[0].at.as_ref().is_some_and(|at| at.starts_with("api/"))
    );
    assert_eq!(both.removals[0].command, one.removals[0].command);
}

#[test]
fn reports_that_do_not_fit_are_refused() {
    let told = |documents: Vec<Document>| merge(documents).expect_err("they do not fit");
    assert!(told(vec![document(), named("web")]).starts_with("reports of several projects are joined by name"));
    assert!(told(vec![named("web"), named("web")]).starts_with("reports of several projects are joined by name"));
    let mut later = named("api");
    later.run.today = "2027-01-01".to_owned();
    assert!(told(vec![named("web"), later]).contains("are of several days: "));
    assert_eq!(told(Vec::new()), "no report was given");
    // What is printed as markup or as a part of a sentence is one of our own words.
    let text = json(&document()).replacen("\"registry\"", "\"<script>\"", 1);
    let error = serde_json::from_str::<Document>(&text).expect_err("it is not ours").to_string();
    assert!(error.contains("`<script>` is no word of such a report"), "{error}");
}
