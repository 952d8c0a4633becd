//! One line per diagnostic, as compilers print them.

use super::github::harmless;
use super::{Format, Page, severity};
use crate::report::escape;
use crate::report::json::{Applicability, Item};

pub(super) static FORMAT: Format = Format { name: "concise", about: "one line per diagnostic", edits: false, render };

fn render(page: &Page<'_>) -> String {
    page.report.diagnostics.iter().map(|item| line(item, page)).collect()
}

/// `path:line:column: severity[rule]: message`, with `[*]` before those that `--fix` fixes.
fn line(item: &Item, page: &Page<'_>) -> String {
    let is_safe = item.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Safe);
    let path = page.shown(&item.path);
    // In the log of GitHub Actions, a line that starts so is a command, whoever prints it.
    let here = if path.trim_start().starts_with(':') { "./" } else { "" };
    let line = format!(
        "{here}{path}:{}:{}: {}[{}]: {}{}\n",
        item.start.line,
        item.start.column,
        severity(item.severity),
        escape::line(&item.rule),
        if is_safe { "[*] " } else { "" },
        escape::line(&item.message)
    );
    harmless(&line)
}
