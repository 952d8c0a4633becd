//! SARIF 2.1.0 as GitHub's code scanning reads it. A result is one line, the check, since an annotation over more appears only
//! when all its lines changed; the dead branch is a related place. Owns the escapes of URIs and of links in messages.

use serde_json::{Value, json};

use super::{Format, Page, severity, story};
use crate::report::fingerprint::digest;
use crate::report::json::{self, Applicability, Item, Position};
use crate::rules::RULES;

pub(super) static FORMAT: Format =
    Format { name: "sarif", about: "SARIF 2.1.0, for code scanning", edits: true, render };

/// GitHub keeps as many related places of a result.
const MOST_PLACES: usize = 100;

fn render(page: &Page<'_>) -> String {
    let report = page.report;
    let results: Vec<Value> = report.diagnostics.iter().map(|item| result(item, page)).collect();
    let skipped = report.skipped.iter().map(|file| (&file.path, format!("skipped: {}", file.reason)));
    let broken = report.broken.iter().map(|path| (path, "has syntax errors and will not be edited".to_owned()));
    let mut notifications: Vec<Value> = skipped
        .chain(broken)
        .map(|(path, reason)| {
            json!({
                "level": "warning",
                "message": {"text": text(&reason)},
                "locations": [{"physicalLocation": {"artifactLocation": artifact(&page.path(path))}}],
            })
        })
        .collect();
    for sentence in report.limits.iter().chain(&report.warnings) {
        notifications.push(json!({"level": "note", "message": {"text": text(sentence)}}));
    }
    json::to_text(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": report.tool.name,
                "semanticVersion": report.tool.version,
                "rules": rules(),
            }},
            "automationDetails": {"id": "flag-sweep/"},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notifications}],
            "results": results,
        }],
    }))
}

fn rules() -> Vec<Value> {
    RULES
        .into_iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "name": rule.code,
                "shortDescription": {"text": rule.summary},
                "fullDescription": {"text": rule.summary},
                "help": {"text": rule.explain, "markdown": rule.explain},
                "defaultConfiguration": {"level": rule.severity.name()},
                "properties": {
                    "tags": ["feature-flags", "maintainability"],
                    "precision": "high",
                    "problem.severity": match rule.severity {
                        crate::diagnostic::Severity::Note => "recommendation",
                        crate::diagnostic::Severity::Warning => "warning",
                        crate::diagnostic::Severity::Error => "error",
                    },
                },
            })
        })
        .collect()
}

fn result(item: &Item, page: &Page<'_>) -> Value {
    let path = page.path(&item.path);
    let related: Vec<Value> = item
        .labels
        .iter()
        .take(MOST_PLACES)
        .enumerate()
        .map(|(id, label)| {
            json!({
                "id": id,
                "message": {"text": text(&label.message)},
                "physicalLocation": place(&page.path(&label.path), &label.start, &label.end),
            })
        })
        .collect();
    let mut story = story(item);
    if item.labels.len() > MOST_PLACES {
        story.push(format!("{} more places are left out", item.labels.len() - MOST_PLACES));
    }
    let mut result = json!({
        "ruleId": item.rule,
        "level": severity(item.severity),
        "message": {"text": text(&story.join("\n"))},
        "locations": [{"physicalLocation": place(&path, &item.start, &item.end)}],
        "relatedLocations": related,
        "partialFingerprints": {
            "primaryLocationLineHash": item.fingerprint,
            "flagSweep/v1": digest(&[&item.fingerprint, &path]),
        },
        "properties": {"flag": item.flag, "owners": item.owners},
    });
    if let Some(index) = RULES.iter().position(|rule| rule.code == item.rule) {
        result["ruleIndex"] = json!(index);
    }
    if let Some(fix) = item.fix.as_ref().filter(|fix| !fix.edits.is_empty()) {
        result["fixes"] = json!([changes(fix, page)]);
    }
    result
}

fn changes(fix: &json::Fix, page: &Page<'_>) -> Value {
    let mut files: Vec<(String, Vec<Value>)> = Vec::new();
    for edit in &fix.edits {
        let path = page.path(&edit.path);
        let replacement = json!({
            "deletedRegion": region(&edit.start, &edit.end),
            "insertedContent": {"text": edit.replacement},
        });
        match files.last_mut() {
            Some((last, replacements)) if *last == path => replacements.push(replacement),
            _ => files.push((path, vec![replacement])),
        }
    }
    let review = if fix.applicability == Applicability::Safe { "" } else { " (to be reviewed)" };
    let files: Vec<Value> = files
        .into_iter()
        .map(|(path, replacements)| json!({"artifactLocation": artifact(&path), "replacements": replacements}))
        .collect();
    json!({
        "description": {"text": text(&format!("remove the flag: {}{review}", fix.title))},
        "artifactChanges": files,
    })
}

fn place(path: &str, start: &Position, end: &Position) -> Value {
    json!({"artifactLocation": artifact(path), "region": region(start, end)})
}

fn region(start: &Position, end: &Position) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// A path as a URI: relative to the repository, or a file elsewhere.
fn artifact(path: &str) -> Value {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    match path.starts_with('/') {
        true => json!({"uri": format!("file://{uri}")}),
        false => json!({"uri": uri, "uriBaseId": "%SRCROOT%"}),
    }
}

/// A text in which nothing is a link: `[text](id)` would be one. Required texts must not be empty.
fn text(text: &str) -> String {
    match text {
        "" => "-".to_owned(),
        _ if text.contains("](") => text.replace('[', "\\[").replace(']', "\\]"),
        _ => text.to_owned(),
    }
}
