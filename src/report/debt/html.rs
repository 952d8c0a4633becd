//! `report --format html`: one file that opens from disk. Owns its sections and their order; asks for nothing over a network,
//! works without its script, and takes markup from this program alone (see `page`).

use super::charts::{self, Curve};
use super::page::Page;
use super::{Document, FlagItem, Removal};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// What the browser may do: run this script and apply this style, which it knows by their hashes, and nothing else.
/// `tests/report_browser.py` fails when a hash is not that of its file, and says which it is.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
                      style-src 'sha256-vfPgDxVOzp/TsmcOqVf1t+5nnfsh1/vwtq9pqUvKzZY='; \
                      script-src 'sha256-3irVbbQRTOdg2LggN4ACOoAidPZq64fVtSME7YlnKGk='";

/// The file.
pub fn html(document: &Document) -> String {
    let mut page = Page::default();
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"").raw(POLICY).raw("\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>Feature flag debt, ");
    page.text(&document.run.today).raw("</title>\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n");
    head(&mut page, document);
    page.raw("<main>\n");
    score(&mut page, document);
    trend(&mut page, document);
    ages(&mut page, document);
    removals(&mut page, document);
    owners(&mut page, document);
    rollouts(&mut page, document);
    ignored(&mut page, document);
    orphans(&mut page, document);
    nested(&mut page, document);
    flags(&mut page, document);
    gaps(&mut page, document);
    page.raw("</main>\n<footer>Written by flag-sweep ").text(&document.tool.version);
    page.raw(" on ").text(&document.run.today).raw(". The same code, registry and day give the same file.</footer>\n");
    page.raw("<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    page.finish()
}

fn head(page: &mut Page, document: &Document) {
    page.raw("<header><h1>Feature flag debt</h1><p class=\"dim\">As of ").text(&document.run.today);
    if document.run.registries.is_empty() {
        page.raw(", without a registry: nothing is known of rollout and age, and nothing can be judged");
    } else {
        page.raw(", from ");
        for (index, registry) in document.run.registries.iter().enumerate() {
            page.raw(if index == 0 { "" } else { ", " }).raw("<code>").text(registry).raw("</code>");
        }
    }
    page.raw(".</p></header>\n<nav aria-label=\"Sections\"><ul>");
    let all = [
        ("#score", "Overview", true),
        ("#trend", "Trend", document.weeks.len() > 1),
        ("#age", "Age", true),
        ("#removals", "Removals", true),
        ("#owners", "Owners", true),
        ("#rollouts", "Rollouts", !(document.stuck.is_empty() && document.slipped.is_empty())),
        ("#ignored", "Ignored", !document.suppressions.is_empty()),
        ("#orphans", "Orphans", !document.run.registries.is_empty()),
        ("#nested", "Nested flags", !document.nested.is_empty()),
        ("#flags", "All flags", true),
        ("#gaps", "Not seen", true),
    ];
    for (link, name, _) in all.into_iter().filter(|(.., shown)| *shown) {
        page.raw("<li><a href=\"").raw(link).raw("\">").raw(name).raw("</a></li>");
    }
    page.raw("</ul></nav>\n");
}

/// A number of the overview, with how it changed.
fn tile(page: &mut Page, name: &'static str, count: usize, change: Option<i64>) {
    page.raw("<div><dt>").raw(name).raw("</dt><dd>").count(count);
    if let Some(change) = change {
        page.raw(" <small>").raw(if change > 0 { "+" } else { "" }).number(change).raw("</small>");
    }
    page.raw("</dd></div>");
}

fn score(page: &mut Page, document: &Document) {
    let (totals, since) = (&document.totals, document.since.as_ref());
    page.raw("<section id=\"score\"><div class=\"top\">");
    if let Some(score) = &document.score {
        charts::ring(page, score.value);
    }
    page.raw("<div><h2>");
    page.raw(document.score.as_ref().map_or("Without a registry", |score| charts::grade(score.value).1));
    page.raw("</h2><dl class=\"tiles\">");
    tile(page, "Flags", totals.flags, since.map(|since| since.flags));
    tile(page, "Debt", totals.debt, since.map(|since| since.debt));
    tile(page, "Removable now", totals.removable, None);
    tile(page, "Dead lines", totals.dead_lines, since.map(|since| since.dead_lines));
    tile(page, "Checks", totals.checks, since.map(|since| since.checks));
    page.raw("</dl></div></div>");
    if totals.removable > 0 {
        page.raw("<p>Removing all that can be removed now deletes ").count(totals.deleted_lines);
        page.raw(" lines and writes ").count(totals.inserted_lines).raw(".</p>");
    }
    if let Some(since) = since {
        page.raw("<p>Compared with ").text(&since.day).raw(": ");
        if let Some(score) = since.score {
            page.raw("score ").raw(if score > 0 { "+" } else { "" }).number(score).raw("; ");
        }
        page.count(since.added.len()).raw(" flags are new, ").count(since.removed.len()).raw(" are gone, ");
        page.count(since.became_debt.len()).raw(" became debt.</p>");
        for (name, flags) in
            [("New: ", &since.added), ("Gone: ", &since.removed), ("Became debt: ", &since.became_debt)]
        {
            if !flags.is_empty() {
                page.raw("<p class=\"dim\">").raw(name);
                for (index, flag) in flags.iter().enumerate() {
                    page.raw(if index == 0 { "" } else { ", " }).raw("<code>").text(flag).raw("</code>");
                }
                page.raw("</p>");
            }
        }
    }
    if let Some(score) = &document.score {
        page.raw("<details><summary>How the score is computed</summary><p>").raw(score.formula).raw(".</p>");
        page.raw(
            "<div class=\"wrap\"><table><caption>Deductions</caption><thead><tr><th>Taken off for flags that are</th>",
        );
        page.raw(
            "<th class=\"n\">Flags</th><th class=\"n\">Weight</th><th class=\"n\">Points</th></tr></thead><tbody>",
        );
        let links = ["#removals", "#flags", "#owners", "#orphans"];
        for (part, link) in score.deductions.iter().zip(links) {
            page.raw("<tr><td><a href=\"").raw(link).raw("\">").raw(part.what).raw("</a></td><td class=\"n\">");
            page.count(part.flags).raw(" of ").count(part.of).raw("</td><td class=\"n\">").number(part.weight);
            page.raw("</td><td class=\"n\">−").number(part.tenths / 10).raw(".").number(part.tenths % 10);
            page.raw("</td></tr>");
        }
        page.raw("</tbody></table></div></details>");
    }
    page.raw("</section>\n");
}

fn trend(page: &mut Page, document: &Document) {
    // One point is no curve.
    if document.weeks.len() < 2 {
        return;
    }
    page.raw("<section id=\"trend\"><h2>Trend</h2>");
    if let Some(forecast) = &document.forecast {
        page.raw("<p>Over the last ").count(forecast.weeks).raw(" weeks ").text(&forecast.words).raw(".</p>");
    }
    let flags = Curve { class: "c0", name: "flags", of: |week| week.debt.flags, area: true };
    let debt = Curve { class: "c1", name: "debt", of: |week| week.debt.debt, area: true };
    let checks = Curve { class: "c0", name: "checks", of: |week| week.debt.checks, area: false };
    let dead = Curve { class: "c2", name: "dead lines", of: |week| week.debt.dead_lines, area: true };
    page.raw("<h3>Flags, and those that are debt</h3>");
    charts::weeks(page, "flags and debt by week", &document.weeks, &[flags, debt], document.forecast.as_ref());
    page.raw("<h3>Checks in code</h3>");
    charts::weeks(page, "checks by week", &document.weeks, &[checks], None);
    page.raw("<h3>Lines that can no longer run</h3>");
    charts::weeks(page, "dead lines by week", &document.weeks, &[dead], None);
    page.raw("<details><summary>The numbers</summary>");
    table(
        page,
        "Weeks",
        "<th>Week</th><th>Commit</th><th class=\"n\">Flags</th><th class=\"n\">Debt</th><th class=\"n\">Checks</th><th class=\"n\">Dead lines</th>",
    );
    for week in document.weeks.iter().rev() {
        page.raw("<tr><td>").text(&week.day).raw("</td><td><code>").text(&week.commit).raw("</code></td>");
        for number in [week.debt.flags, week.debt.debt, week.debt.checks, week.debt.dead_lines] {
            cell(page, number);
        }
        page.raw("</tr>");
    }
    end(page);
    page.raw("</details></section>\n");
}

fn ages(page: &mut Page, document: &Document) {
    page.raw("<section id=\"age\"><h2>Age</h2><p>Flags by the time since they were created, or since when they have ");
    page.raw("served one value, and by what they serve.</p>");
    charts::ages(page, &document.ages);
    page.raw("<details><summary>The numbers</summary>");
    table(
        page,
        "Age",
        "<th data-plain>Age</th><th class=\"n\">Rolling out</th><th class=\"n\">One value</th><th class=\"n\">Off</th><th class=\"n\">Archived</th><th class=\"n\">Unknown</th>",
    );
    for group in &document.ages {
        page.raw("<tr><td>").text(group.age).raw("</td>");
        for (_, count) in group.states() {
            cell(page, count);
        }
        page.raw("</tr>");
    }
    end(page);
    page.raw("</details></section>\n");
}

fn removals(page: &mut Page, document: &Document) {
    page.raw("<section id=\"removals\"><h2>Removals, the most worthwhile first</h2>");
    if document.removals.is_empty() {
        page.raw("<p>None: no check can be replaced by a value now.</p></section>\n");
        return;
    }
    page.raw(
        "<p>Worth is the dead lines, and five for each check. Minutes are 5, 1 for a check, 2 for a file and 3 for ",
    );
    page.raw("a place in tests; twice that with review, four times where a part is left to you. Ordered by worth for ");
    page.raw("minutes.</p>");
    table(
        page,
        "Removals",
        "<th>Flag</th><th class=\"n\">Dead lines</th><th class=\"n\">Checks</th><th class=\"n\">Files</th><th class=\"n\">Tests</th><th class=\"n\">Age</th><th>Fix</th><th class=\"n\">Worth</th><th class=\"n\">Minutes</th><th>Owner</th><th data-plain>Where and how</th>",
    );
    for removal in &document.removals {
        page.raw("<tr><td class=\"key\">").text(&removal.flag).raw("</td>");
        for number in [removal.dead_lines, removal.sites, removal.files.len(), removal.tests] {
            cell(page, number);
        }
        days(page, removal.age_days);
        level(page, removal.level);
        cell(page, removal.value);
        cell(page, removal.effort);
        page.raw("<td>");
        names(page, &removal.owners);
        page.raw("</td><td class=\"how\"><code class=\"run\">").text(&removal.command).raw("</code>");
        places(page, removal);
        page.raw("</td></tr>\n");
    }
    end(page);
    page.raw("</section>\n");
}

fn level(page: &mut Page, level: &str) {
    page.raw(match level {
        "safe" => "<td><span class=\"tag safe\">safe</span></td>",
        "unsafe" => "<td><span class=\"tag unsafe\">review</span></td>",
        _ => "<td><span class=\"tag manual\">partly by hand</span></td>",
    });
}

fn places(page: &mut Page, removal: &Removal) {
    page.raw("<details><summary>");
    page.raw(if removal.dead_lines > 0 { "Dead lines" } else { "Places" }).raw("</summary><ul>");
    for file in &removal.files {
        page.raw("<li><code>").text(&file.path).raw("</code>");
        for (index, (first, last)) in file.dead.iter().enumerate() {
            page.raw(if index == 0 { ": " } else { ", " }).count(*first);
            if last > first {
                page.raw("–").count(*last);
            }
        }
        page.raw("</li>");
    }
    for reason in &removal.reasons {
        page.raw("<li>to be reviewed: ").text(reason).raw("</li>");
    }
    page.raw("</ul></details>");
}

fn owners(page: &mut Page, document: &Document) {
    page.raw(
        "<section id=\"owners\"><h2>Owners</h2><p>As the registry names them, else CODEOWNERS, else who last changed ",
    );
    page.raw("the file of the first check.</p>");
    table(
        page,
        "Owners",
        "<th>Owner</th><th>According to</th><th class=\"n\">Flags</th><th class=\"n\">Debt</th><th class=\"n\">Dead lines</th><th class=\"n\">Oldest</th>",
    );
    for owner in &document.owners {
        page.raw("<tr><td class=\"key\">");
        if owner.name.is_empty() {
            page.raw("<i>nobody</i>");
        } else {
            page.text(&owner.name);
        }
        page.raw("</td><td>").text(owner.source).raw("</td>");
        for number in [owner.flags, owner.debt, owner.dead_lines] {
            cell(page, number);
        }
        days(page, owner.oldest_days);
        page.raw("</tr>");
    }
    end(page);
    page.raw("</section>\n");
}

fn rollouts(page: &mut Page, document: &Document) {
    if document.stuck.is_empty() && document.slipped.is_empty() {
        return;
    }
    page.raw("<section id=\"rollouts\"><h2>Rollouts and dates</h2>");
    if !document.stuck.is_empty() {
        page.raw("<h3>Rollouts that stand still</h3>");
        table(page, "Rollouts that stand still", "<th>Flag</th><th>Serves</th><th>Clock</th>");
        for stuck in &document.stuck {
            page.raw("<tr><td class=\"key\">").text(&stuck.flag).raw("</td><td>").text(&stuck.state);
            page.raw("</td><td>").text(&stuck.clock).raw("</td></tr>");
        }
        end(page);
    }
    if !document.slipped.is_empty() {
        page.raw("<h3>Removal dates that were moved</h3>");
        table(
            page,
            "Removal dates that were moved",
            "<th>Flag</th><th>First date</th><th>Date now</th><th class=\"n\">Times</th>",
        );
        for slipped in &document.slipped {
            page.raw("<tr><td class=\"key\">").text(&slipped.flag).raw("</td><td>").text(&slipped.first);
            page.raw("</td><td>").text(&slipped.now).raw("</td>");
            cell(page, slipped.times);
            page.raw("</tr>");
        }
        end(page);
    }
    page.raw("</section>\n");
}

/// Comments that hide diagnostics.
fn ignored(page: &mut Page, document: &Document) {
    if document.suppressions.is_empty() {
        return;
    }
    page.raw("<section id=\"ignored\"><h2>Ignored by comments</h2>");
    let columns = "<th>Where</th><th>What</th><th>Until</th><th>Reason</th><th class=\"n\">Hides</th>";
    table(page, "Comments that hide diagnostics", columns);
    for comment in &document.suppressions {
        page.raw("<tr><td><code>").text(&comment.path).raw(":").count(comment.line);
        page.raw("</code></td><td>").text(&comment.names.join(", ")).raw("</td><td>");
        page.text(comment.until.as_deref().unwrap_or("")).raw(if comment.expired { " (over)" } else { "" });
        page.raw("</td><td>").text(&comment.reason).raw("</td>");
        cell(page, comment.hides);
        page.raw("</tr>");
    }
    end(page);
    page.raw("</section>\n");
}

fn orphans(page: &mut Page, document: &Document) {
    if document.run.registries.is_empty() {
        return;
    }
    page.raw("<section id=\"orphans\"><h2>Orphans</h2>");
    let sides = [
        ("In code, but not in the registry", "In code only", &document.orphans.unknown),
        ("In the registry, but in no code that was looked at", "In the registry only", &document.orphans.unused),
    ];
    for (title, caption, orphans) in sides {
        page.raw("<h3>").raw(title).raw(": ").count(orphans.len()).raw("</h3>");
        if orphans.is_empty() {
            continue;
        }
        table(page, caption, "<th>Flag</th><th>Where</th><th>Did you mean</th>");
        for orphan in orphans {
            page.raw("<tr><td class=\"key\">").text(&orphan.flag).raw("</td><td><code>").text(&orphan.at);
            page.raw("</code></td><td>").text(orphan.near.as_deref().unwrap_or("")).raw("</td></tr>");
        }
        end(page);
    }
    page.raw("</section>\n");
}

fn nested(page: &mut Page, document: &Document) {
    if document.nested.is_empty() {
        return;
    }
    page.raw(
        "<section id=\"nested\"><h2>Flags nested in flags</h2><p>Each pair makes four programs out of one place, few ",
    );
    page.raw("of which anybody tests.</p>");
    table(page, "Nested flags", "<th>Outer flag</th><th>Inner flag</th><th>How</th><th>Where</th>");
    for nested in &document.nested {
        page.raw("<tr><td class=\"key\">").text(&nested.outer).raw("</td><td class=\"key\">").text(&nested.inner);
        page.raw("</td><td>").text(nested.how).raw("</td><td><code>").text(&nested.at).raw("</code></td></tr>");
    }
    end(page);
    page.raw("</section>\n");
}

fn flags(page: &mut Page, document: &Document) {
    page.raw("<section id=\"flags\"><h2>All flags</h2>");
    let with_code = document.flags.iter().any(|flag| flag.in_code_since.is_some());
    table(page, "All flags", "<th>Flag</th><th>Kind</th><th>State</th><th class=\"n\">Age</th>");
    if with_code {
        page.raw("<th>In code since</th>");
    }
    page.raw(
        "<th class=\"n\">Checks</th><th class=\"n\">Files</th><th>Verdict</th><th>Owner</th></tr></thead><tbody>\n",
    );
    for flag in &document.flags {
        one_flag(page, flag, with_code);
    }
    end(page);
    page.raw("</section>\n");
}

fn one_flag(page: &mut Page, flag: &FlagItem, with_code: bool) {
    page.raw("<tr><td class=\"key\">").text(&flag.key).raw("</td><td class=\"w\">").text(flag.kind.unwrap_or("–"));
    page.raw("</td><td class=\"w\">").text(flag.state).raw("</td>");
    days(page, flag.age_days);
    if with_code {
        page.raw("<td>").text(flag.in_code_since.as_deref().unwrap_or("–")).raw("</td>");
    }
    page.raw("<td class=\"n\" data-v=\"").count(flag.checks + flag.test_checks).raw("\">").count(flag.checks);
    if flag.test_checks > 0 {
        page.raw(" +").count(flag.test_checks).raw(" test");
    }
    page.raw("</td>");
    cell(page, flag.files);
    page.raw("<td>");
    if flag.debt {
        page.raw("<span class=\"tag debt\">debt</span> ");
    }
    page.text(flag.verdict);
    if !flag.why.is_empty() {
        page.raw("<span class=\"dim\">: ").text(&flag.why).raw("</span>");
    }
    page.raw("</td><td>");
    names(page, &flag.owners);
    page.raw("</td></tr>\n");
}

fn gaps(page: &mut Page, document: &Document) {
    let gaps = &document.gaps;
    page.raw("<section id=\"gaps\"><h2>What the scan did not see</h2><p>").count(document.totals.files);
    page.raw(" files were looked at.</p><ul class=\"plain\">");
    for language in &gaps.languages {
        page.raw("<li>")
            .count(language.files)
            .raw(" files in ")
            .text(&language.language)
            .raw(", which is not read</li>");
    }
    for note in &gaps.notes {
        page.raw("<li>").text(note).raw("</li>");
    }
    page.raw("</ul>");
    if !gaps.skipped.is_empty() || !gaps.broken.is_empty() {
        page.raw("<h3>Files</h3>");
        table(page, "Files that were not looked at", "<th>File</th><th>Why</th>");
        for skipped in &gaps.skipped {
            page.raw("<tr><td><code>")
                .text(&skipped.path)
                .raw("</code></td><td>")
                .text(&skipped.reason)
                .raw("</td></tr>");
        }
        for path in &gaps.broken {
            page.raw("<tr><td><code>")
                .text(path)
                .raw("</code></td><td>syntax errors: reported on, never edited</td></tr>");
        }
        end(page);
    }
    if !gaps.dynamic.is_empty() {
        page.raw("<h3>Keys that are put together at run time</h3>");
        table(page, "Dynamic keys", "<th>Key</th><th>Where</th>");
        for dynamic in &gaps.dynamic {
            page.raw("<tr><td><code>").text(&dynamic.key).raw("</code></td><td><code>").text(&dynamic.at);
            page.raw("</code></td></tr>");
        }
        end(page);
    }
    page.raw("</section>\n");
}

/// The start of a table; header cells that are not closed here are closed by whoever adds more.
fn table(page: &mut Page, caption: &'static str, head: &'static str) {
    page.raw("<div class=\"wrap\"><table class=\"data\"><caption>").raw(caption).raw("</caption><thead><tr>").raw(head);
    if caption != "All flags" {
        page.raw("</tr></thead><tbody>\n");
    }
}

fn end(page: &mut Page) {
    page.raw("</tbody></table></div>");
}

fn cell(page: &mut Page, number: usize) {
    page.raw("<td class=\"n\" data-v=\"").count(number).raw("\">").count(number).raw("</td>");
}

fn days(page: &mut Page, days: Option<i64>) {
    page.raw("<td class=\"n\" data-v=\"").number(days.unwrap_or(-1)).raw("\">");
    match days {
        Some(days) => page.number(days).raw(" d</td>"),
        None => page.raw("?</td>"),
    };
}

fn names(page: &mut Page, names: &[String]) {
    if names.is_empty() {
        page.raw("–");
    }
    for (index, name) in names.iter().enumerate() {
        page.raw(if index == 0 { "" } else { ", " }).text(name);
    }
}
