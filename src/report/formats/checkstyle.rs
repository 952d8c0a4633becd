//! Checkstyle: what many build servers and review tools read.

use std::collections::BTreeMap;

use super::xml::Xml;
use super::{Format, Page, story};
use crate::report::json::{Item, Severity};

pub(super) static FORMAT: Format = Format { name: "checkstyle", about: "Checkstyle XML", edits: false, render };

fn render(page: &Page<'_>) -> String {
    let mut files: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
    for item in &page.report.diagnostics {
        files.entry(page.path(&item.path)).or_default().push(item);
    }
    let mut xml = Xml::new();
    xml.open("checkstyle", &[("version", "4.3")]);
    for (path, items) in files {
        xml.open("file", &[("name", &path)]);
        for item in items {
            let severity = match item.severity {
                Severity::Note => "info",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let attributes = [
                ("line", item.start.line.to_string()),
                ("column", item.start.column.to_string()),
                ("severity", severity.to_owned()),
                ("message", story(item).join("; ")),
                ("source", format!("flag-sweep.{}", item.rule)),
            ];
            xml.empty("error", &attributes.each_ref().map(|(name, value)| (*name, value.as_str())));
        }
        xml.close("file");
    }
    xml.close("checkstyle");
    xml.finish()
}
