//! JUnit: a suite per file, a failed case per warning and error. There is no standard; this is the intersection of the two
//! schemas in use. Notes fail no build, so they are what the suite printed.

use std::collections::BTreeMap;

use super::xml::Xml;
use super::{Format, Page, severity, story};
use crate::report::json::{Item, Severity};

pub(super) static FORMAT: Format = Format { name: "junit", about: "JUnit XML", edits: false, render };

fn render(page: &Page<'_>) -> String {
    let mut files: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
    for item in &page.report.diagnostics {
        files.entry(page.path(&item.path)).or_default().push(item);
    }
    if files.is_empty() {
        files.insert("flag-sweep".to_owned(), Vec::new());
    }
    let timestamp = format!("{}T00:00:00", page.report.run.today);
    let mut xml = Xml::new();
    xml.open("testsuites", &[]);
    for (number, (path, items)) in files.into_iter().enumerate() {
        let (notes, failed): (Vec<&Item>, Vec<&Item>) =
            items.into_iter().partition(|item| item.severity == Severity::Note);
        let attributes = [
            ("name", path.clone()),
            ("package", "flag-sweep".to_owned()),
            ("id", number.to_string()),
            ("tests", failed.len().max(1).to_string()),
            ("failures", failed.len().to_string()),
            ("errors", "0".to_owned()),
            ("time", "0".to_owned()),
            ("timestamp", timestamp.clone()),
            ("hostname", "localhost".to_owned()),
        ];
        xml.open("testsuite", &attributes.each_ref().map(|(name, value)| (*name, value.as_str())));
        xml.empty("properties", &[]);
        for item in &failed {
            let name = format!("{} {}:{}:{}", item.rule, path, item.start.line, item.start.column);
            xml.open("testcase", &[("name", &name), ("classname", &path), ("time", "0")]);
            let kind = format!("{} {}", severity(item.severity), item.rule);
            xml.text("failure", &[("message", &item.message), ("type", &kind)], &story(item).join("\n"));
            xml.close("testcase");
        }
        if failed.is_empty() {
            // A suite without a case counts as one that did not run.
            xml.empty("testcase", &[("name", "flag-sweep"), ("classname", &path), ("time", "0")]);
        }
        let printed: Vec<String> = notes
            .iter()
            .map(|item| format!("{}:{}: note[{}]: {}", item.start.line, item.start.column, item.rule, item.message))
            .collect();
        xml.text("system-out", &[], &printed.join("\n"));
        xml.empty("system-err", &[]);
        xml.close("testsuite");
    }
    xml.close("testsuites");
    xml.finish()
}
