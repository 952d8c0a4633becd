//! The verdict as tables: a registry in a few words, and what is concluded about its flag `f` on 2026-06-01.

use std::sync::Arc;

use jiff::civil::date;

use super::super::merge::{Document, merge};
use super::super::model::{FlagKind, Registry, RolloutState};
use super::super::tree::{Notation, parse};
use super::{Conclusion, Verdict, verdict};
use crate::resolve::Projection;
use crate::settings::Policy;
use crate::source::SourceId;
use crate::value::Value;

/// Production must agree, staging is only mentioned.
const ONE: &str = "environments: {required: [production], informational: [staging]}";
/// Two environments must agree.
const TWO: &str = "environments: {required: [eu, us]}";
/// Nothing is declared: every environment that a flag names must agree.
const ANY: &str = "version: 1";

fn registry(head: &str, flags: &str) -> Registry {
    let flags: String = flags.split('\n').map(|line| format!("  {}\n", line.trim())).collect();
    let text = format!("{head}\nflags:\n{flags}");
    let root = parse(text.as_str(), Notation::Yaml).expect("the table holds valid YAML");
    let document = Document::plain("flags.yaml".into(), Arc::from(text), SourceId(0), root);
    match merge(&[document]) {
        Ok((registry, _)) => registry,
        Err(error) => panic!("the table holds valid registries:\n{error}"),
    }
}

fn judge(registry: &Registry, projection: Projection, policy: &Policy) -> Verdict {
    verdict(registry, &registry.flags["f"], projection, policy, date(2026, 6, 1))
}

/// "remove true, one-value 151": the conclusion, then the clock that fired and its days.
fn show(verdict: &Verdict) -> String {
    let conclusion = match &verdict.conclusion {
        Conclusion::Remove { value } => format!("remove {value}"),
        Conclusion::Report { .. } => "report".to_owned(),
        Conclusion::Keep { .. } => "keep".to_owned(),
    };
    match &verdict.staleness {
        Some(clock) => {
            let days = clock.days.map_or_else(String::new, |days| format!(" {days}"));
            let review = if clock.review { " review" } else { "" };
            format!("{conclusion}, {}{days}{review}", clock.clock.name())
        }
        None => conclusion,
    }
}

fn check(policy: &Policy, rows: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (head, flags, expected) in rows {
        let registry = registry(head, flags);
        let projection = super::natural(&registry.flags["f"]);
        let verdict = judge(&registry, projection, policy);
        if show(&verdict) != *expected {
            wrong
                .push(format!("{head}\n{flags}\n  expected {expected}\n  got {} because {verdict:#?}", show(&verdict)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn constants_are_removed_when_dated_and_quiet() {
    check(
        &Policy::default(),
        &[
            (ONE, "f: {state: {production: {is: on, since: 2026-01-01}}}", "remove true, one-value 151"),
            (ONE, "f: {state: {is: on, since: 2026-01-01}}", "remove true, one-value 151"),
            (ANY, "f: {state: {is: on, since: 2026-01-01}}", "remove true, one-value 151"),
            (ANY, "f: {state: on, since: 2026-01-01}", "remove true, one-value 151"),
            // Thirty days to the day.
            (ONE, "f: {state: {is: on, since: 2026-05-02}}", "remove true, one-value 30"),
            (ONE, "f: {state: {is: on, since: 2026-05-03}}", "remove true"),
            // Stable for fourteen days, and for thirteen.
            (ONE, "f: {state: {is: on, since: 2026-05-18}}", "remove true"),
            (ONE, "f: {state: {is: on, since: 2026-05-19}}", "keep"),
            (ONE, "f: {state: {is: on, since: 2026-06-01}}", "keep"),
            // The file's `min-stable` and the policy's: the longer one.
            ("min-stable: 20w", "f: {state: {is: on, since: 2026-01-01}}", "remove true, one-value 151"),
            ("min-stable: 22w", "f: {state: {is: on, since: 2026-01-01}}", "report, one-value 151"),
            ("min-stable: 1d", "f: {state: {is: on, since: 2026-05-25}}", "keep"),
            // Other types.
            (ONE, "f: {type: string, state: {value: v2, since: 2026-01-01}}", "remove \"v2\", one-value 151"),
            (ONE, "f: {type: int, state: {value: 0, since: 2026-01-01}}", "remove 0, one-value 151"),
            (ONE, "f: {kind: experiment, state: {is: on, since: 2026-01-01}}", "remove true, one-value 151"),
            (ONE, "f: {permanent: false, state: {is: on, since: 2026-01-01}}", "remove true, one-value 151"),
        ],
    );
}

#[test]
fn undated_constants_are_reported_and_removed_only_on_trust() {
    let rows = [
        (ONE, "f: on", "report, undated"),
        (ONE, "f: {state: {production: on}}", "report, undated"),
        // A young flag cannot have been at one value for long.
        (ONE, "f: {state: on, created: 2026-05-20}", "keep"),
        (ONE, "f: {state: on, created: 2026-04-01}", "report, undated"),
        // Thirty days to the day.
        (ONE, "f: {state: on, created: 2026-05-02}", "report, undated"),
        (ONE, "f: {state: on, created: 2026-05-03}", "keep"),
        (ONE, "f: {state: on, created: 2026-01-01}", "report, age 151"),
        (TWO, "f: {state: {eu: {is: on, since: 2026-01-01}, us: on}}", "report, undated"),
    ];
    check(&Policy::default(), &rows);
    // Code is a clock beside the registry's, and knows how young a flag is that nobody dated.
    let in_code = |day| Policy { code_since: [("f".to_owned(), day)].into(), ..Policy::default() };
    let rows = [
        (ONE, "f: on", "report, code-age 151"),
        (ONE, "f: 50%", "report, code-age 151"),
        (ONE, "f: {state: on, created: 2026-05-20}", "report, code-age 151"),
        (ONE, "f: {state: on, created: 2026-01-02}", "report, age 150"),
        (ONE, "f: {state: {is: on, since: 2026-05-10}}", "remove true, code-age 151"),
        (ONE, "f: {state: {is: on, since: 2026-05-25}}", "report, code-age 151"),
        (ONE, "f: {kind: ops, state: 50%}", "keep"),
        (ONE, "f: {permanent: true, state: on}", "keep"),
    ];
    check(&in_code(date(2026, 1, 1)), &rows);
    check(&in_code(date(2026, 5, 20)), &[(ONE, "f: on", "keep"), (ONE, "f: 50%", "keep")]);
    check(&in_code(date(2026, 4, 1)), &[(ONE, "f: on", "report, undated"), (ONE, "f: 50%", "keep")]);
    let trusting = Policy { trust_undated: true, ..Policy::default() };
    check(
        &trusting,
        &[
            (ONE, "f: on", "remove true, undated"),
            (ONE, "f: {state: on, created: 2026-05-20}", "remove true"),
            // Trust concerns dates only.
            (ONE, "f: {state: {is: on, since: 2026-05-25}}", "keep"),
            (ONE, "f: {state: on, needs: [userId]}", "keep"),
            (ONE, "f: off", "report, undated"),
            (ONE, "f: 100%", "keep"),
        ],
    );
}

#[test]
fn off_needs_a_policy_of_its_own() {
    let rows = [
        (ONE, "f: {state: {is: off, since: 2026-01-01}}", "report, one-value 151"),
        (ONE, "f: {state: {value: false, since: 2026-01-01}}", "report, one-value 151"),
        (ONE, "f: {state: {is: off, since: 2026-05-20}}", "keep"),
        (ONE, "f: {state: {is: 0%, since: 2026-01-01}}", "report, one-value 151"),
        (ONE, "f: {type: string, state: {is: off, value: v1, since: 2026-01-01}}", "report, one-value 151"),
        // Off in one of two environments, whichever.
        (
            TWO,
            "f: {type: string, state: {eu: {value: v1, since: 2026-01-01}, us: {is: off, value: v1, since: 2026-01-01}}}",
            "report, one-value 151",
        ),
        (
            TWO,
            "f: {type: string, state: {eu: {is: off, value: v1, since: 2026-01-01}, us: {value: v1, since: 2026-01-01}}}",
            "report, one-value 151",
        ),
    ];
    check(&Policy::default(), &rows);
    let removing = Policy { remove_off: true, ..Policy::default() };
    check(
        &removing,
        &[
            (ONE, "f: {state: {is: off, since: 2026-01-01}}", "remove false, one-value 151"),
            (ONE, "f: {state: {is: off, since: 2026-05-25}}", "keep"),
            (ONE, "f: off", "report, undated"),
            (ONE, "f: {type: string, state: {is: off, value: v1, since: 2026-01-01}}", "remove \"v1\", one-value 151"),
            (ONE, "f: {kind: kill-switch, state: {is: off, since: 2026-01-01}}", "keep"),
        ],
    );
}

#[test]
fn what_is_not_for_everybody_is_never_removed() {
    let everything = Policy { remove_off: true, trust_undated: true, min_stable: 0, ..Policy::default() };
    check(
        &everything,
        &[
            (ONE, "f: 25%", "keep"),
            (ONE, "f: {state: {is: 25%, since: 2025-01-01}}", "keep"),
            (ONE, "f: {state: {is: 100%, since: 2025-01-01}}", "keep"),
            (ONE, "f: {state: {is: 100%, since: 2025-01-01, by: userId}}", "keep"),
            (ONE, "f: {state: {is: on, since: 2025-01-01, needs: [userId]}}", "keep"),
            (ONE, "f: {state: {is: off, since: 2025-01-01, needs: [userId]}}", "keep"),
            (ONE, "f: {state: {targeted: partners, since: 2025-01-01}}", "keep"),
            (ONE, "f: {type: string, state: {split: {a: 100%, b: 0%}, since: 2025-01-01}}", "keep"),
            (ONE, "f: {state: code-default}", "keep"),
            (ONE, "f: {state: unknown}", "keep"),
            (ONE, "f: {owner: web}", "keep"),
            // One of two environments is not for everybody, whichever.
            (TWO, "f: {state: {eu: {is: on, since: 2025-01-01}, us: 99%}}", "keep"),
            (TWO, "f: {state: {eu: 99%, us: {is: on, since: 2025-01-01}}}", "keep"),
            (TWO, "f: {state: {eu: {is: on, since: 2025-01-01}, us: unknown}}", "keep"),
            (TWO, "f: {state: {eu: {is: on, since: 2025-01-01}, us: {is: on, since: 2025-01-01, needs: x}}}", "keep"),
        ],
    );
}

#[test]
fn environments_must_all_be_known_and_agree() {
    check(
        &Policy { trust_undated: true, ..Policy::default() },
        &[
            // The later date counts.
            (
                TWO,
                "f: {state: {eu: {is: on, since: 2025-01-01}, us: {is: on, since: 2026-04-01}}}",
                "remove true, one-value 61",
            ),
            (TWO, "f: {state: {eu: {is: on, since: 2025-01-01}, us: {is: on, since: 2026-05-30}}}", "keep"),
            // Divergent: reported whatever the clocks say.
            (TWO, "f: {state: {eu: on, us: off}}", "report"),
            (TWO, "f: {type: int, state: {eu: {value: 1}, us: {value: 2}}}", "report"),
            (TWO, "f: {state: {eu: on, us: code-default}}", "report"),
            // A required environment without data is unknown, not skipped.
            (TWO, "f: {state: {eu: {is: on, since: 2025-01-01}}}", "keep"),
            (ONE, "f: {state: {staging: {is: on, since: 2025-01-01}}}", "keep"),
            ("environments: {informational: [staging]}", "f: {state: {staging: {is: on, since: 2025-01-01}}}", "keep"),
            // Nothing declared: all that the flag names.
            (ANY, "f: {state: {eu: {is: on, since: 2025-01-01}, us: off}}", "report"),
            (
                ANY,
                "f: {state: {eu: {is: on, since: 2025-01-01}, us: {is: on, since: 2025-01-01}}}",
                "remove true, one-value 516",
            ),
            // What is only mentioned does not decide.
            (ONE, "f: {state: {production: {is: on, since: 2025-01-01}, staging: off}}", "remove true, one-value 516"),
            (ONE, "f: {state: {production: 50%, staging: {is: on, since: 2025-01-01}}}", "keep"),
            // A date to come: until then nobody knows.
            (ONE, "f: {state: {production: {is: on, since: 2026-06-02}}}", "keep"),
            (TWO, "f: {state: {eu: {is: on, since: 2025-01-01}, us: {is: on, since: 2027-01-01}}}", "keep"),
        ],
    );
}

#[test]
fn what_begins_today_has_begun() {
    check(
        &Policy { min_stable: 0, ..Policy::default() },
        &[
            (ONE, "f: {state: {is: on, since: 2026-06-01}}", "remove true"),
            (ONE, "f: {state: {is: on, since: 2026-06-02}}", "keep"),
            (
                ONE,
                "f: {state: {is: on, since: 2026-01-01}, requires: {p: on}}\np: {state: {is: on, since: 2026-06-01}}",
                "remove true",
            ),
            (
                ONE,
                "f: {state: {is: on, since: 2026-01-01}, requires: {p: on}}\np: {state: {is: on, since: 2026-06-02}}",
                "keep",
            ),
        ],
    );
}

#[test]
fn the_policy_may_name_the_environments() {
    let flags = "f: {state: {production: {is: on, since: 2025-01-01}, staging: {is: off, since: 2025-01-01}}}";
    let policy = |names: &[&str]| Policy {
        required: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Policy::default()
    };
    check(&policy(&["production"]), &[(ANY, flags, "remove true, one-value 516")]);
    check(&policy(&["production", "staging"]), &[(ONE, flags, "report")]);
    check(&policy(&["staging"]), &[(ONE, flags, "report, one-value 516")]);
    check(&policy(&["production", "elsewhere"]), &[(ONE, flags, "keep")]);
    check(&policy(&["elsewhere"]), &[(ONE, "f: {state: {is: on, since: 2025-01-01}}", "remove true, one-value 516")]);
}

#[test]
fn kinds_and_marks_that_stay_are_never_removed() {
    let everything = Policy { remove_off: true, trust_undated: true, min_stable: 0, ..Policy::default() };
    check(
        &everything,
        &[
            (ONE, "f: {kind: kill-switch, state: {is: on, since: 2020-01-01}, created: 2020-01-01}", "keep"),
            (ONE, "f: {kind: permission, state: {is: on, since: 2020-01-01}, created: 2020-01-01}", "keep"),
            (ONE, "f: {kind: config, state: {is: on, since: 2020-01-01}, created: 2020-01-01}", "keep"),
            (ONE, "f: {kind: migration, state: {is: on, since: 2020-01-01}, created: 2020-01-01}", "keep"),
            (ONE, "f: {kind: kill-switch, permanent: false, state: {is: on, since: 2020-01-01}}", "keep"),
            (ONE, "f: {permanent: true, state: {is: on, since: 2020-01-01}, created: 2020-01-01}", "keep"),
            (ONE, "f: {archived: true, state: {is: on, since: 2020-01-01}, created: 2020-01-01}", "report"),
            // Ops flags are to be looked at again after ninety days.
            (ONE, "f: {kind: ops, state: {is: on, since: 2026-03-03}}", "report, one-value 90 review"),
            (ONE, "f: {kind: ops, state: {is: on, since: 2026-03-04}}", "keep"),
            (ONE, "f: {kind: ops, state: {is: off, since: 2020-01-01}}", "report, one-value 2343 review"),
            (ONE, "f: {kind: ops, state: on}", "report, undated review"),
            (ONE, "f: {kind: ops, state: 5%, created: 2020-01-01}", "keep"),
        ],
    );
}

#[test]
fn a_flag_past_the_cap_is_stale_whatever_it_serves() {
    check(
        &Policy::default(),
        &[
            (ONE, "f: {state: 25%, created: 2026-03-03}", "report, age 90"),
            (ONE, "f: {state: 25%, created: 2026-03-04}", "keep"),
            (ONE, "f: {state: unknown, created: 2025-06-01}", "report, age 365"),
            (ONE, "f: {state: code-default, created: 2025-06-01}", "report, age 365"),
            (ONE, "f: {state: on, needs: x, created: 2025-06-01}", "report, age 365"),
            (ONE, "f: {state: {is: on, since: 2026-05-17}, created: 2025-06-01}", "remove true, age 365"),
            (ONE, "f: {state: {is: on, since: 2026-05-30}, created: 2025-06-01}", "report, age 365"),
            (TWO, "f: {state: {eu: on, us: off}, created: 2025-06-01}", "report, age 365"),
            (ONE, "f: {state: 25%, created: 2027-01-01}", "keep"),
        ],
    );
}

#[test]
fn lifetimes_of_the_file_override() {
    check(
        &Policy::default(),
        &[
            ("lifetimes: {release: 10d}", "f: {state: 25%, created: 2026-05-20}", "report, lifetime 12"),
            ("lifetimes: {release: 52w}", "f: {state: 25%, created: 2026-01-01}", "keep"),
            (
                "lifetimes: {release: never}",
                "f: {state: {is: on, since: 2025-01-01}, created: 2025-01-01}",
                "remove true",
            ),
            ("lifetimes: {experiment: 10d}", "f: {state: 25%, created: 2026-05-20}", "keep"),
            ("lifetimes: {ops: never}", "f: {kind: ops, state: {is: on, since: 2025-01-01}}", "keep"),
            (
                "lifetimes: {migration: 30d}",
                "f: {kind: migration, state: 5%, created: 2026-01-01}",
                "report, lifetime 151 review",
            ),
            (
                "lifetimes: {kill-switch: 30d}",
                "f: {kind: kill-switch, state: on, created: 2026-01-01}",
                "report, lifetime 151 review",
            ),
            // Permanent is stronger.
            ("lifetimes: {release: 1d}", "f: {permanent: true, state: on, created: 2025-01-01}", "keep"),
        ],
    );
}

#[test]
fn parents_must_hold_in_the_same_environments() {
    let child = "f: {state: {is: on, since: 2026-01-01}, requires: {p: on}}";
    let with = |parent: &str| format!("{child}\n{parent}");
    let rows: Vec<(&str, String, &str)> = vec![
        (ONE, with("p: {state: {is: on, since: 2025-01-01}}"), "remove true, one-value 151"),
        // The parent's date counts too.
        (ONE, with("p: {state: {is: on, since: 2026-04-01}}"), "remove true, one-value 61"),
        (ONE, with("p: {state: {is: on, since: 2026-05-30}}"), "keep"),
        (ONE, with("p: on"), "report, undated"),
        (ONE, with("p: off"), "keep"),
        (ONE, with("p: 50%"), "keep"),
        (ONE, with("p: unknown"), "keep"),
        (ONE, with("p: {state: on, needs: userId}"), "keep"),
        (ONE, with("p: {state: {is: on, since: 2026-12-01}}"), "keep"),
        (ONE, with("p: {archived: true, state: {is: on, since: 2025-01-01}}"), "keep"),
        (ONE, with("p: {state: {production: {is: on, since: 2025-01-01}, staging: off}}"), "remove true, one-value 151"),
        (ONE, with("p: {state: {staging: {is: on, since: 2025-01-01}}}"), "keep"),
        (TWO, with("p: {state: {eu: {is: on, since: 2025-01-01}, us: off}}"), "keep"),
        (ANY, with("p: {state: {eu: {is: on, since: 2025-01-01}, us: off}}"), "keep"),
        (ANY, with("p: {state: {eu: {is: on, since: 2025-01-01}}}"), "remove true, one-value 151"),
        // Grandparents, circles.
        (ONE, with("p: {state: {is: on, since: 2025-01-01}, requires: {g: on}}\ng: {state: {is: on, since: 2025-01-01}}"), "remove true, one-value 151"),
        (ONE, with("p: {state: {is: on, since: 2025-01-01}, requires: {g: on}}\ng: 50%"), "keep"),
        // What is only mentioned proves nothing.
        ("environments: {informational: [staging]}", with("p: {state: {staging: {is: on, since: 2025-01-01}}}"), "keep"),
        (ONE, with("p: {state: {is: on, since: 2025-01-01}, requires: {f: on}}"), "keep"),
        (
            ONE,
            with("p: {state: {is: on, since: 2025-01-01}, requires: {g: on}}\ng: {state: {is: on, since: 2025-01-01}, requires: {p: on}}"),
            "keep",
        ),
        // Two ways up to the same parent are no circle.
        (
            ONE,
            "f: {state: {is: on, since: 2026-01-01}, requires: {p: on, q: on}}\np: {state: {is: on, since: 2025-01-01}, requires: {g: on}}\nq: {state: {is: on, since: 2025-01-01}, requires: {g: on}}\ng: {state: {is: on, since: 2025-01-01}}".to_owned(),
            "remove true, one-value 151",
        ),
        // Needed off, or a text.
        (
            ONE,
            "f: {state: {is: on, since: 2026-01-01}, requires: {p: off}}\np: {state: {is: off, since: 2025-01-01}}".to_owned(),
            "remove true, one-value 151",
        ),
        (
            ONE,
            "f: {state: {is: on, since: 2026-01-01}, requires: {p: v2}}\np: {type: string, state: {value: v1, since: 2025-01-01}}".to_owned(),
            "keep",
        ),
    ];
    let rows: Vec<(&str, &str, &str)> =
        rows.iter().map(|(head, flags, expected)| (*head, flags.as_str(), *expected)).collect();
    check(&Policy::default(), &rows);
}

#[test]
fn a_long_chain_of_parents_ends_in_unknown() {
    let mut flags = String::from("f: {state: {is: on, since: 2026-01-01}, requires: {p0: on}}");
    for number in 0..5000 {
        flags += &format!("\np{number}: {{state: {{is: on, since: 2025-01-01}}, requires: {{p{}: on}}}}", number + 1);
    }
    flags += "\np5000: {state: {is: on, since: 2025-01-01}}";
    let registry = registry(ONE, &flags);
    let verdict = judge(&registry, Projection::Enabled, &Policy::default());
    assert!(
        matches!(&verdict.conclusion, Conclusion::Keep { why } if why.contains("more than 200 flags")),
        "{verdict:?}"
    );
}

#[test]
fn a_projection_that_is_not_declared_is_unknown() {
    let policy = Policy::default();
    let text = registry(ONE, "f: {type: string, state: {value: v2, since: 2026-01-01}}");
    assert_eq!(show(&judge(&text, Projection::Value, &policy)), "remove \"v2\", one-value 151");
    assert_eq!(show(&judge(&text, Projection::Variant, &policy)), "remove \"v2\", one-value 151");
    assert_eq!(show(&judge(&text, Projection::Enabled, &policy)), "keep");
    let truth = registry(ONE, "f: {state: {is: on, since: 2026-01-01}}");
    assert_eq!(show(&judge(&truth, Projection::Value, &policy)), "remove true, one-value 151");
    assert_eq!(show(&judge(&truth, Projection::Variant, &policy)), "keep");
    let number = registry(ONE, "f: {type: int, state: {value: 3, since: 2026-01-01}}");
    assert_eq!(show(&judge(&number, Projection::Variant, &policy)), "keep");
}

#[test]
fn evidence_names_each_environment_and_its_place() {
    let registry = registry(ONE, "f: {state: {production: {is: on, since: 2026-01-01}, staging: off}}");
    let verdict = judge(&registry, Projection::Enabled, &Policy::default());
    assert_eq!(verdict.summary, "serves `true` to everyone in production");
    assert_eq!(verdict.since, Some(date(2026, 1, 1)));
    let shown: Vec<(&str, bool, &str, bool)> = verdict
        .evidence
        .iter()
        .map(|one| (one.environment.as_str(), one.required, one.text.as_str(), one.at.is_some()))
        .collect();
    assert_eq!(
        shown,
        [
            ("production", true, "`true` to everyone (declared `on`)", true),
            ("staging", false, "off, `false` to everyone (declared `off`)", true),
        ]
    );
    assert_eq!(
        verdict.mentions,
        ["staging serves off, `false` to everyone (declared `off`); removal makes it `true` there"]
    );
    let clock = verdict.staleness.expect("151 days at one value");
    assert_eq!(clock.describe(), "has served one value since 2026-01-01 (151 days, stale after 30)");
    assert_eq!(*clock.environments, ["production"]);
}

#[test]
fn environments_that_serve_something_else_are_mentioned() {
    for (staging, mentioned) in [
        ("{value: v2}", false),
        ("{is: off, value: v2}", false),
        ("{value: v1}", true),
        ("{is: off, value: v1}", true),
        ("{value: v2, needs: [userId]}", true),
        ("unknown", true),
    ] {
        let states = format!("production: {{value: v2, since: 2026-01-01}}, staging: {staging}");
        let registry = registry(ONE, &format!("f: {{type: string, state: {{{states}}}}}"));
        let verdict = judge(&registry, Projection::Value, &Policy::default());
        assert_eq!(!verdict.mentions.is_empty(), mentioned, "{staging}");
    }
}

#[test]
fn the_summary_names_what_it_depends_on() {
    let registry = registry(ONE, "f: {state: {is: on, since: 2026-01-01, needs: [userId]}}");
    let verdict = judge(&registry, Projection::Enabled, &Policy::default());
    assert_eq!(verdict.summary, "serves `true` in production, provided that the context has `userId`");
}

#[test]
fn a_constant_with_a_premise_from_any_source_is_not_removed() {
    let mut registry = registry(ONE, "f: {state: {is: on, since: 2026-01-01}}");
    let flag = registry.flags.get_mut("f").expect("declared above");
    assert_eq!(flag.kind, FlagKind::Release);
    for state in flag.environments.values_mut() {
        state.state = RolloutState::Constant {
            value: Value::Bool(true),
            premises: vec![crate::registry::model::Premise::ContextKey("userId".to_owned())],
            why: "rule 1".to_owned(),
        };
    }
    let verdict = judge(&registry, Projection::Enabled, &Policy::default());
    assert_eq!(verdict.removal(), None);
    assert_eq!(verdict.constant(), None);
}

#[test]
fn accepted_premises_are_no_obstacle_and_are_named() {
    let flags = "f: {state: {is: on, since: 2026-01-01, needs: [userId, orgId]}}";
    let accepting = |names: &[&str]| {
        let accepted = names.iter().map(|name| ((*name).to_owned(), "every call has it".to_owned())).collect();
        Policy { accepted, ..Policy::default() }
    };
    check(&accepting(&[]), &[(ONE, flags, "keep")]);
    check(&accepting(&["userId"]), &[(ONE, flags, "keep")]);
    check(&accepting(&["identity", "kind:userId"]), &[(ONE, flags, "keep")]);
    check(&accepting(&["userId", "orgId"]), &[(ONE, flags, "remove true, one-value 151")]);
    let verdict = judge(&registry(ONE, flags), Projection::Enabled, &accepting(&["userId", "orgId"]));
    let text = &verdict.evidence[0].text;
    assert!(text.contains("accepted that the context has `userId`: every call has it"), "{text}");
}

#[test]
fn what_is_decided_by_hand_is_removed() {
    let verdict = Verdict::decided("f", Value::String("v2".into()));
    assert_eq!(verdict.removal(), Some(&Value::String("v2".into())));
    assert!(verdict.decided && verdict.staleness.is_none());
    assert_eq!(verdict.evidence[0].text, "`\"v2\"`, decided on the command line");
}

mod soundness {
    //! Whatever a registry says, a removal rests on every environment that must agree. Restated independently of the join.

    use proptest::prelude::{ProptestConfig, Strategy, prop, proptest};

    use super::{Policy, judge, registry};
    use crate::resolve::Projection;

    /// A state as text, and whether it is unconditionally one value: `Some(on)`, dated early enough.
    fn states() -> impl Strategy<Value = (&'static str, Option<bool>)> {
        prop::sample::select(vec![
            ("{is: on, since: 2026-01-01}", Some(true)),
            ("{value: true, since: 2026-05-18}", Some(true)),
            ("{is: off, since: 2026-01-01}", Some(false)),
            ("{is: on, since: 2026-05-19}", None),
            ("{is: on, since: 2026-06-02}", None),
            ("on", None),
            ("off", None),
            ("{is: on, since: 2026-01-01, needs: [userId]}", None),
            ("{is: 100%, since: 2026-01-01}", None),
            ("99%", None),
            ("{targeted: somebody, since: 2026-01-01}", None),
            ("code-default", None),
            ("unknown", None),
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn a_removal_rests_on_every_environment(
            eu in prop::option::weighted(0.9, states()),
            us in prop::option::weighted(0.9, states()),
            parent in prop::option::of(states()),
            marks in prop::sample::select(vec!["", "kind: ops", "kind: kill-switch", "permanent: true", "archived: true"]),
            remove_off in prop::bool::ANY,
        ) {
            let of = |name: &str, state: Option<(&str, Option<bool>)>| state.map(|(text, _)| format!("{name}: {text}"));
            let named: Vec<String> = of("eu", eu).into_iter().chain(of("us", us)).collect();
            let mut fields: Vec<String> = Vec::new();
            if !named.is_empty() {
                fields.push(format!("state: {{{}}}", named.join(", ")));
            }
            fields.extend((!marks.is_empty()).then(|| marks.to_owned()));
            fields.extend(parent.map(|_| "requires: {p: on}".to_owned()));
            let parent_entry = parent.map_or_else(String::new, |(text, _)| format!("\np: {{state: {text}}}"));
            let registry = registry(super::TWO, &format!("f: {{{}}}{parent_entry}", fields.join(", ")));
            let policy = Policy { remove_off, ..Policy::default() };
            let verdict = judge(&registry, Projection::Enabled, &policy);

            let served = eu.and_then(|(_, on)| on).zip(us.and_then(|(_, on)| on));
            let allowed = served.filter(|(eu, us)| eu == us && (*eu || remove_off)).map(|(on, _)| on);
            let holds = parent.is_none_or(|(_, on)| on == Some(true));
            let expected = allowed.filter(|_| holds && marks.is_empty()).map(crate::value::Value::Bool);
            assert_eq!(verdict.removal().cloned(), expected, "{registry:#?}");
        }
    }
}
