//! What a fix does to tests, in words: which tests it deletes, which overrides it takes away from tests that relied on them,
//! and how many wait for review. Owns the words; the plan says what and why.

use crate::fix::PinSite;
use crate::report::escape;
use crate::report::paths::Base;
use crate::report::summary::plural;
use crate::run::Outcome;

/// One line per test that goes, and per override whose going wants a look; `did` says whether it is done.
pub fn text(outcome: &Outcome, base: &Base) -> String {
    let wants_a_look = |site: &&PinSite| site.applied && site.reasons.iter().any(|reason| reason != PinSite::PLAIN);
    let line = |site: &PinSite| {
        let at = &outcome.project.overrides[site.pin].at;
        let (line, column) = outcome.project.sources.line_column(at);
        let path = base.show(&outcome.project.sources.get(at.source).path);
        let (title, reasons) = (escape::line(&site.title), site.reasons.join("; "));
        format!("{path}:{line}:{column}: {title}: {}\n", escape::line(&reasons))
    };
    outcome.plan.pins.iter().filter(wants_a_look).map(line).collect()
}

/// "2 overrides in tests" that the plan takes away, for the line that says how many checks it removes; empty when none.
pub fn applied(outcome: &Outcome) -> String {
    match outcome.plan.pins.iter().filter(|site| site.applied).count() {
        0 => String::new(),
        count => format!(" and {} in tests", plural(count, "override")),
    }
}

/// One line about the overrides that only a fix with review takes away; empty when there are none.
pub fn waiting(outcome: &Outcome) -> String {
    let waits = |site: &&PinSite| !site.applied && site.applicability < crate::diagnostic::Applicability::Manual;
    match outcome.plan.pins.iter().filter(waits).count() {
        0 => String::new(),
        count => format!("{} of these flags in tests: `--unsafe-fixes` removes them too\n", plural(count, "override")),
    }
}
