//! `missing-fallback`: a call that could say what happens without the provider, and does not.

use super::context::is_certain;
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Location;

pub(super) static RULE: Rule = Rule {
    code: "missing-fallback",
    severity: Severity::Warning,
    summary: "a check that leaves open what it yields without the provider",
    explain: include_str!("../../docs/rules/missing-fallback.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if !context.settings.policy.limits.fallbacks {
        return;
    }
    for check in &context.project.checks {
        let source = context.project.sources.get(check.at.source);
        // A lookup in a mapping of the project's own has nobody who could fail to answer.
        let asks = is_certain(check) && !context.settings.providers.is_idiom(&check.provider);
        // What is handed on as a whole may hold one.
        let hands_on = |span: &crate::source::Span| {
            source.text.get(span.clone()).is_some_and(|text| text.starts_with('*') || text.starts_with("..."))
        };
        if !asks || !check.lacks_fallback || check.in_test || check.arguments.iter().any(hands_on) {
            continue;
        }
        let flag = check.flag();
        let named = flag.map_or_else(|| "this check".to_owned(), |flag| format!("this check of flag `{flag}`"));
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: flag.map(str::to_owned),
            at: Location { source: check.at.source, span: check.key_span.clone() },
            message: format!("{named} has no fallback; what it yields in an outage is left to the SDK"),
            labels: Vec::new(),
            notes: vec![format!("detected because {}", check.evidence)],
            fix: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Run;

    fn check(text: &str, asked: bool, lacks: bool, expected: &str) {
        let run = Run::new("").file("a.py", text).checks(|check| check.lacks_fallback = lacks);
        let run = run.settings(|settings| settings.policy.limits.fallbacks = asked);
        assert_eq!(run.show("missing-fallback"), expected);
    }

    #[test]
    fn a_place_that_is_left_empty_is_reported_when_the_policy_asks() {
        check("if <new>: pass\n", false, true, "");
        check("if <new>: pass\n", true, false, "");
        check(
            "if <new>: pass\n",
            true,
            true,
            "a.py:1:5 warning: this check of flag `new` has no fallback; what it yields in an outage is left to the SDK\n  \
             note: detected because the test says so",
        );
    }

    #[test]
    fn tests_and_arguments_that_are_handed_on_are_left_alone() {
        let run = |path: &str| {
            Run::new("").file(path, "<new>, *rest").settings(|settings| settings.policy.limits.fallbacks = true)
        };
        assert_eq!(run("test_a.py").checks(|check| check.lacks_fallback = true).show("missing-fallback"), "");
        let handed = run("a.py").checks(|check| {
            check.lacks_fallback = true;
            check.arguments = vec![0..5, 7..12];
        });
        assert_eq!(handed.show("missing-fallback"), "");
    }
}
