//! Every rule firing and silent, on projects in memory. Inline snapshots hold the whole diagnostic.

use insta::assert_snapshot;

use super::testing::Run;
use crate::diagnostic::Severity;
use crate::resolve::{Confidence, Projection};
use crate::value::{Value, ValueType};

const FLAGS: &str = "\
environments: {required: [production], informational: [staging]}
flags:
  on-long:
    owner: team-web
    aliases: [onLong]
    created: 2026-01-01
    state:
      production: {is: on, since: 2026-03-01}
      staging: off
  on-recently: {state: {is: on, since: 2026-05-25}}
  undated: on
  off-long: {state: {is: off, since: 2026-01-01}}
  partial-old: {state: 25%, created: 2026-01-01}
  ops-long: {kind: ops, state: {is: on, since: 2026-01-01}}
  breaker: {kind: kill-switch, state: {is: on, since: 2020-01-01}}
  expired: {state: {is: on, since: 2026-05-10}, expires: 2026-05-31}
  due-today: {state: {is: on, since: 2026-05-10}, expires: 2026-06-01}
  archived: {archived: true, state: on}
  model: {type: string, values: [v1, v2], state: {value: v2, since: 2026-01-01}}
";

fn all() -> Run {
    Run::new(FLAGS)
}

#[test]
fn stale_flag_fires_on_a_constant() {
    assert_snapshot!(all().file("a.py", "if <on-long>: x").show("stale-flag"), @r##"
    a.py:1:5 warning: flag `on-long` serves `true` to everyone in production since 2026-03-01 (92 days); this check is always `true`
      flags.yaml:8:7 `true` to everyone (declared `on`)
      a.py:1:13 never runs
      note: clock: 92 of 30 days at one value in production, since 2026-03-01 (flags.yaml:8)
      note: staging serves off, `false` to everyone (declared `off`); removal makes it `true` there
      fix: keep the first branch (safe)
    "##);
}

#[test]
fn stale_flag_says_what_a_negated_check_yields() {
    assert_snapshot!(all().file("a.py", "if <on-long>: x").checks(|check| check.negated = true).show("stale-flag"), @r##"
    a.py:1:5 warning: flag `on-long` serves `true` to everyone in production since 2026-03-01 (92 days); this check is always `false`
      flags.yaml:8:7 `true` to everyone (declared `on`)
      a.py:1:13 never runs
      note: clock: 92 of 30 days at one value in production, since 2026-03-01 (flags.yaml:8)
      note: staging serves off, `false` to everyone (declared `off`); removal makes it `true` there
      note: this check is negated: it is true while the flag is off
      fix: keep the first branch (safe)
    "##);
}

#[test]
fn stale_flag_reports_what_it_does_not_remove() {
    let run = all().file("a.py", "<undated>\n<off-long>\n<partial-old>\n<ops-long>\n");
    assert_snapshot!(run.show("stale-flag"), @r##"
    a.py:1:2 warning: flag `undated` serves `true` to everyone in production since an unknown date; this check is always `true`
      flags.yaml:11:3 `true` to everyone (declared `on`)
      note: clock: at one value in production for an unknown time, the limit is 30 days (flags.yaml:11)
      note: not removed: the registry does not say since when; add `since`, or allow it with `--trust-undated`
    a.py:2:2 warning: flag `off-long` is off and serves `false` to everyone in production since 2026-01-01 (151 days); this check is always `false`
      flags.yaml:12:14 off, `false` to everyone (declared `off`)
      note: clock: 151 of 30 days at one value in production, since 2026-01-01 (flags.yaml:12)
      note: not removed: it is off, and removing it deletes the code for *on*; `remove-off` allows that
    a.py:3:2 warning: flag `partial-old` was created on 2026-01-01 (151 days ago) and still serves `true` to 25%, `false` to 75% in production
      flags.yaml:13:17 `true` to 25%, `false` to 75%
      note: clock: 151 of 90 days since its creation on 2026-01-01 (flags.yaml:13)
      note: not removed: it is still splitting
    a.py:4:2 note: ops flag `ops-long` serves `true` to everyone in production since 2026-01-01 (151 days), see whether it is still needed; this check is always `true`
      flags.yaml:14:25 `true` to everyone (declared `on`)
      note: clock: 151 of 90 days at one value in production, since 2026-01-01 (flags.yaml:14)
      note: not removed: ops flags are never removed
    "##);
    assert_eq!(run.decided(), []);
}

#[test]
fn stale_flag_follows_aliases_and_looks_into_tests() {
    let run = all().file("tests/test_a.py", "<onLong>");
    assert_snapshot!(run.show("stale-flag"), @r##"
    tests/test_a.py:1:2 warning: flag `on-long` serves `true` to everyone in production since 2026-03-01 (92 days); this check is always `true`
      flags.yaml:8:7 `true` to everyone (declared `on`)
      tests/test_a.py:1:9 never runs
      note: clock: 92 of 30 days at one value in production, since 2026-03-01 (flags.yaml:8)
      note: staging serves off, `false` to everyone (declared `off`); removal makes it `true` there
      fix: keep the first branch (safe)
    "##);
    assert_eq!(run.decided(), [("onLong".to_owned(), Value::Bool(true))]);
}

#[test]
fn a_mere_hint_is_neither_removed_nor_unknown() {
    let run = all().file("a.py", "<on-long> <zebra>").checks(|check| check.confidence = Confidence::Low);
    assert!(run.show("stale-flag").contains("not removed: it is not certain that this is a check"));
    assert_eq!(run.show("unknown-flag"), "");
    assert_eq!(run.decided(), []);
}

#[test]
fn stale_flag_points_to_keys_that_could_name_the_flag() {
    let run = all().file("a.py", "<on-long>\n<on-*>\n<*>\n<off-*>\n");
    let found = run.show("stale-flag");
    assert!(
        found.contains("possibly also used at a.py:2, a.py:3, where the key is put together at run time"),
        "{found}"
    );
}

#[test]
fn stale_flag_fires_on_values_of_other_types() {
    let run = all().file("a.py", "<model>").checks(|check| {
        check.returns = ValueType::String;
        check.projection = Projection::Value;
    });
    assert_snapshot!(run.show("stale-flag"), @r##"
    a.py:1:2 warning: flag `model` serves `"v2"` to everyone in production since 2026-01-01 (151 days); this check is always `"v2"`
      flags.yaml:19:43 `"v2"` to everyone (declared value "v2")
      a.py:1:8 never runs
      note: clock: 151 of 30 days at one value in production, since 2026-01-01 (flags.yaml:19)
      fix: keep the first branch (safe)
    "##);
}

#[test]
fn stale_flag_does_not_fold_a_check_that_cannot_hold_the_value() {
    let run = all().file("a.py", "<model>");
    assert_snapshot!(run.show("stale-flag"), @r##"
    a.py:1:2 warning: flag `model` serves `"v2"` to everyone in production since 2026-01-01 (151 days)
      flags.yaml:19:43 `"v2"` to everyone (declared value "v2")
      note: clock: 151 of 30 days at one value in production, since 2026-01-01 (flags.yaml:19)
      note: not removed: the registry declares which string it serves, not whether it is enabled
    "##);
    assert_eq!(run.decided(), []);
    let run = run.checks(|check| check.returns = ValueType::Int);
    assert_snapshot!(run.show("stale-flag"), @r##"
    a.py:1:2 warning: flag `model` serves `"v2"` to everyone in production since 2026-01-01 (151 days)
      flags.yaml:19:43 `"v2"` to everyone (declared value "v2")
      note: clock: 151 of 30 days at one value in production, since 2026-01-01 (flags.yaml:19)
      note: not removed: the flag's value `"v2"` does not fit a check that returns int
    "##);
    assert_eq!(run.decided(), []);
}

#[test]
fn stale_flag_is_silent_on_what_is_young_kept_or_unknown() {
    let run = all().file("a.py", "<on-recently>\n<breaker>\n<archived>\n<nobody-knows>\n<on-*>\n<due-today>\n");
    assert_snapshot!(run.show("stale-flag"), @"");
    assert_eq!(run.decided(), []);
}

#[test]
fn stale_flag_fires_on_flags_decided_by_hand_without_a_registry() {
    let run = Run::new("").file("a.py", "<one> <two>").settings(|settings| {
        settings.decided.insert("one".into(), Value::Bool(false));
    });
    assert_snapshot!(run.show("stale-flag"), @r##"
    a.py:1:2 warning: flag `one` is decided to be `false` on the command line; this check is always `false`
      a.py:1:6 never runs
      fix: keep the first branch (safe)
    "##);
    assert_eq!(run.decided(), [("one".to_owned(), Value::Bool(false))]);
}

#[test]
fn a_removable_flag_is_removed_before_its_time_when_it_is_named() {
    let run = all().file("a.py", "<due-today> <on-long>").settings(|settings| settings.only.push("due-today".into()));
    assert_snapshot!(run.show("stale-flag"), @r##"
    a.py:1:2 warning: flag `due-today` serves `true` to everyone in production; this check is always `true`
      flags.yaml:17:15 `true` to everyone (declared `on`)
      a.py:1:12 never runs
      fix: keep the first branch (safe)
    "##);
    assert_eq!(run.decided(), [("due-today".to_owned(), Value::Bool(true))]);
}

#[test]
fn a_rule_that_is_off_decides_nothing() {
    let run = all().file("a.py", "<on-long>").settings(|settings| {
        settings.severities.insert("stale-flag".into(), None);
    });
    assert_eq!(run.show("stale-flag"), "");
    assert_eq!(run.decided(), []);
}

#[test]
fn the_configured_severity_holds_but_a_review_note_stays_one() {
    let run = all().file("a.py", "<on-long> <ops-long>").settings(|settings| {
        settings.severities.insert("stale-flag".into(), Some(Severity::Error));
    });
    let severities: Vec<Severity> = run.diagnostics("stale-flag").into_iter().map(|found| found.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Note]);
}

#[test]
fn expired_flag_fires_the_day_after() {
    let run = all().file("a.py", "<expired> <due-today> <on-long>");
    assert_snapshot!(run.show("expired-flag"), @r##"
    a.py:1:2 error: flag `expired` was to be removed by 2026-05-31, 1 day ago
      flags.yaml:16:3 expires 2026-05-31
      a.py:1:10 never runs
      note: it serves `true` to everyone in production
      fix: keep the first branch (safe)
    "##);
    assert_eq!(run.decided(), [("expired".to_owned(), Value::Bool(true)), ("on-long".to_owned(), Value::Bool(true))]);
}

#[test]
fn archived_flag_fires() {
    assert_snapshot!(all().file("a.py", "<archived> <on-long>").show("archived-flag"), @r##"
    a.py:1:2 warning: flag `archived` is archived, so this check most likely gets the SDK's default
      flags.yaml:18:3 archived
      note: not removed: what an archived flag serves depends on the provider; `--flag archived=VALUE` decides it by hand
    "##);
    let run = all().file("a.py", "<archived>").fallback(Value::Bool(false));
    assert!(run.show("archived-flag").contains("gets its fallback `false`"));
}

#[test]
fn unknown_flag_offers_the_nearest() {
    assert_snapshot!(all().file("a.py", "<on-lnog> <zebra> <ON_LONG> <on-long> <onLong>").show("unknown-flag"), @r##"
    a.py:1:2 warning: flag `on-lnog` is not in the registry; did you mean `on-long`?
      flags.yaml:3:3 the nearest one
      note: looked in flags.yaml
      note: detected because the test says so
    a.py:1:12 warning: flag `zebra` is not in the registry
      note: looked in flags.yaml
      note: detected because the test says so
    a.py:1:20 warning: flag `ON_LONG` is not in the registry; did you mean `on-long`?
      flags.yaml:3:3 the nearest one
      note: looked in flags.yaml
      note: detected because the test says so
    "##);
}

#[test]
fn unknown_flag_is_silent_without_a_registry() {
    assert_eq!(Run::new("").file("a.py", "<anything>").show("unknown-flag"), "");
    let run = all().file("a.py", "<zebra>").settings(|settings| {
        settings.decided.insert("one".into(), Value::Bool(true));
    });
    assert_eq!(run.show("unknown-flag"), "");
}

const FEW: &str = "flags:\n  used: on\n  tested: on\n  maybe-one: on\n  nowhere: {state: on, owner: ana}\n  child: {state: on, requires: {nowhere: on}}\n  aliased: {state: on, aliases: [other]}\n";

#[test]
fn unused_flag_fires_on_what_no_code_names() {
    let run = Run::new(FEW).file("a.py", "<used> <child> <other> <maybe-*>").file("tests/test_a.py", "<tested>");
    assert_snapshot!(run.show("unused-flag"), @r##"
    flags.yaml:3:3 warning: flag `tested` is in the registry, but only tests check it
      tests/test_a.py:1:2 checked in a test
    flags.yaml:5:3 warning: flag `nowhere` is in the registry, but no code checks it
      note: owned by ana
      note: `child` requires it, so the registry still needs it
    "##);
}

#[test]
fn unused_flag_is_silent_while_a_key_may_be_anything() {
    assert_eq!(Run::new(FEW).file("a.py", "<*>").show("unused-flag"), "");
    assert_eq!(Run::new("").file("a.py", "").show("unused-flag"), "");
}

#[test]
fn dynamic_key_names_what_is_constant() {
    let run = Run::new(FEW).file("a.py", "<maybe-*> <*ed> <*> <a*b> <used>");
    assert_snapshot!(run.show("dynamic-key"), @r##"
    a.py:1:2 note: the key of this check is put together at run time, so its flag is not known; only its beginning `maybe-` is constant
      note: it could name `maybe-one`
    a.py:1:12 note: the key of this check is put together at run time, so its flag is not known; only its end `ed` is constant
      note: it could name `aliased`, `tested`, `used`
    a.py:1:18 note: the key of this check is put together at run time, so its flag is not known; nothing of it is constant
      note: it could name any flag, so none is reported as unused
    a.py:1:22 note: the key of this check is put together at run time, so its flag is not known; only its beginning `a` and its end `b` are constant
    "##);
}

#[test]
fn dynamic_key_is_silent_when_other_flags_are_asked_for() {
    let run = Run::new(FEW).file("a.py", "<maybe-*>").settings(|settings| settings.only.push("used".into()));
    assert_eq!(run.show("dynamic-key"), "");
    let run = Run::new(FEW).file("a.py", "<maybe-*>").settings(|settings| settings.only.push("maybe-one".into()));
    assert_ne!(run.show("dynamic-key"), "");
    let run = Run::new("").file("a.py", "<maybe-*>").settings(|settings| {
        settings.decided.insert("maybe-one".into(), Value::Bool(true));
    });
    assert_ne!(run.show("dynamic-key"), "");
}

#[test]
fn fallback_mismatch_fires_on_a_constant_with_another_fallback() {
    let run = all().file("a.py", "<on-long>").fallback(Value::Bool(false));
    assert_snapshot!(run.show("fallback-mismatch"), @r##"
    a.py:1:2 note: the fallback `false` differs from `true`, which flag `on-long` serves to everyone; in an outage the program behaves differently
      flags.yaml:8:7 `true` to everyone (declared `on`)
      note: flag `on-long` serves `true` to everyone in production
      note: removing the check makes the outage behave like normal operation
    "##);
}

#[test]
fn fallback_mismatch_is_silent_where_values_agree_or_nothing_is_constant() {
    assert_eq!(all().file("a.py", "<on-long>").fallback(Value::Bool(true)).show("fallback-mismatch"), "");
    assert_eq!(all().file("a.py", "<on-long>").show("fallback-mismatch"), "");
    let run = all().file("a.py", "<partial-old> <archived> <nobody-knows>").fallback(Value::Bool(false));
    assert_eq!(run.show("fallback-mismatch"), "");
    let negated = all().file("a.py", "<on-long>").checks(|check| check.negated = true).fallback(Value::Bool(false));
    assert_eq!(negated.show("fallback-mismatch"), "");
}

#[test]
fn diagnostics_are_sorted_by_path_place_and_rule() {
    let run = all().file("b.py", "<zebra> <on-long>").file("a.py", "<expired> <on-long>");
    let verdicts = crate::registry::verdict::verdicts(&run.registry, &run.settings);
    let context = super::Context::new(&run.project, &run.registry, &verdicts, &run.settings, None);
    let found = super::judge(&context);
    let keys: Vec<(String, usize, &str)> = found
        .iter()
        .map(|one| (run.project.sources.get(one.at.source).display_path(), one.at.span.start, one.rule.code))
        .collect();
    let mut sorted = keys.clone();
    sorted.sort();
    assert_eq!(keys, sorted);
    assert!(keys.iter().any(|(path, ..)| path == "flags.yaml") && keys.iter().any(|(path, ..)| path == "a.py"));
}

#[test]
fn explain_flag_prints_verdict_evidence_sites_and_what_stays() {
    let run = all().file("a.py", "if <on-long>: x").file("tests/test_a.py", "<onLong> <on-*>");
    assert_snapshot!(run.explain("onLong").unwrap_or_default(), @r##"
    flag `on-long` (`onLong` is an alias)
      declared at flags.yaml:3
      release flag of type bool
      owner: team-web
      aliases: onLong
      created: 2026-01-01

    verdict: remove, checks become `true`
      it serves `true` to everyone in production
      clock `one-value` ran out: it has served one value since 2026-03-01 (92 days, stale after 30)
      clock `age` ran out: it was created on 2026-01-01 (151 days ago, stale after 90)

    evidence:
      production: `true` to everyone (declared `on`), since 2026-03-01 [flags.yaml:8]
      staging (informational): off, `false` to everyone (declared `off`) [flags.yaml:9]
      staging serves off, `false` to everyone (declared `off`); removal makes it `true` there

    checks: 2
      a.py:1:5 by test: the test says so
      tests/test_a.py:1:2 by test, in a test: the test says so

    for a human:
      the key at tests/test_a.py:1 is put together at run time and could name it
      the entry at flags.yaml:3 stays until someone deletes it, as does the flag at its provider
    "##);
}

#[test]
fn explain_flag_says_why_nothing_is_done() {
    let run = all().file("a.py", "<partial-old>");
    assert_snapshot!(run.explain("partial-old").unwrap_or_default(), @r##"
    flag `partial-old`
      declared at flags.yaml:13
      release flag of type bool
      created: 2026-01-01

    verdict: report, not removed: it is still splitting
      it serves `true` to 25%, `false` to 75% in production
      clock `age` ran out: it was created on 2026-01-01 (151 days ago, stale after 90)

    evidence:
      production: `true` to 25%, `false` to 75% [flags.yaml:13]
      staging (informational): `true` to 25%, `false` to 75% [flags.yaml:13]

    checks: 1
      a.py:1:2 by test: the test says so
        stays: it is still splitting
    "##);
    assert_snapshot!(run.explain("breaker").unwrap_or_default(), @r##"
    flag `breaker`
      declared at flags.yaml:15
      kill-switch flag of type bool

    verdict: keep: kill-switch flags are never removed
      it serves `true` to everyone in production
      no clock applies, so it never becomes stale

    evidence:
      production: `true` to everyone (declared `on`), since 2020-01-01 [flags.yaml:15]
      staging (informational): `true` to everyone (declared `on`), since 2020-01-01 [flags.yaml:15]

    checks: none
    "##);
    assert_eq!(run.explain("nobody-knows"), None);
}

#[test]
fn every_rule_has_a_page_that_names_it_and_is_sorted() {
    let codes: Vec<&str> = super::RULES.iter().map(|rule| rule.code).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    assert_eq!(codes, sorted);
    for rule in super::RULES {
        assert!(rule.explain.starts_with(&format!("# {}\n", rule.code)), "{}", rule.code);
        for heading in ["## What it does", "## Why it is bad", "## Example", "## Fix", "## Configuration"] {
            assert!(rule.explain.contains(heading), "docs/rules/{}.md has no `{heading}`", rule.code);
        }
    }
}

#[test]
fn every_file_of_a_rule_is_in_the_table() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let stems = |path: &str| -> Vec<String> {
        let entries = std::fs::read_dir(folder.join(path)).expect("the sources are at hand");
        entries
            .map(|entry| entry.expect("an entry").path().file_stem().unwrap_or_default().to_string_lossy().into_owned())
            .collect()
    };
    for page in stems("docs/rules") {
        assert!(super::by_code(&page).is_some(), "docs/rules/{page}.md has no rule");
    }
    for file in stems("src/rules") {
        let other = ["mod", "context", "explain", "testing", "tests"].contains(&file.as_str());
        assert!(other || super::by_code(&file.replace('_', "-")).is_some(), "src/rules/{file}.rs is in no table");
    }
}

#[test]
fn stuck_rollout_fires_behind_its_schedule_and_when_it_stands_still() {
    let plan = "schedule: {start: 2026-05-01, steps: {0: 5%, 14: 50%}}";
    let run = Run::new(&format!(
        "flags:\n  late: {{state: {{is: 5%, since: 2026-05-02, {plan}}}}}\n  still: {{state: 10%, since: 2026-04-01}}\n"
    ));
    let shown = run.show("stuck-rollout");
    assert!(
        shown.contains("`late` is behind its schedule in every environment: 50% were due on 2026-05-15"),
        "{shown}"
    );
    assert!(
        shown.contains("`still` has not moved in every environment since 2026-04-01 (61 days, at most 30)"),
        "{shown}"
    );
}

#[test]
fn stuck_rollout_is_silent_on_time_and_where_shares_are_meant_to_stay() {
    let plan = "schedule: {start: 2026-05-01, steps: {0: 5%, 14: 50%, 60: 100%}}";
    let run = Run::new(&format!(
        "flags:\n  on-time: {{state: {{is: 50%, since: 2026-04-02, {plan}}}}}\n  rights: {{kind: permission, state: 10%, since: 2026-01-01}}\n  undated: 10%\n"
    ));
    assert_eq!(run.show("stuck-rollout"), "");
}
