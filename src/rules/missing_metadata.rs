//! `missing-metadata`: a flag of the registry that does not say what the team's policy wants every flag to say.

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::registry::model::{Flag, FlagKind};
use crate::settings::Metadata;

pub(super) static RULE: Rule = Rule {
    code: "missing-metadata",
    severity: Severity::Warning,
    summary: "a flag of the registry that does not say what the policy asks for",
    explain: include_str!("../../docs/rules/missing-metadata.md"),
    run,
};

fn run(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let wanted = &context.settings.policy.limits.metadata;
    if !context.has_registry() || wanted.is_empty() {
        return;
    }
    for flag in context.registry.flags.values().filter(|flag| !flag.archived) {
        let missing: Vec<&str> = wanted.iter().filter(|one| is_missing(flag, **one)).map(|one| one.name()).collect();
        if missing.is_empty() {
            continue;
        }
        diagnostics.push(Diagnostic {
            rule: &RULE,
            severity: RULE.severity,
            flag: Some(flag.key.clone()),
            at: flag.at.clone(),
            message: format!("flag `{}` has no {}, which the policy asks for", flag.key, missing.join(", no ")),
            labels: Vec::new(),
            notes: Vec::new(),
            fix: None,
        });
    }
}

fn is_missing(flag: &Flag, wanted: Metadata) -> bool {
    let blank = |text: &str| text.trim().is_empty();
    match wanted {
        Metadata::Owner => flag.owners.iter().all(|owner| blank(owner)),
        Metadata::Description => flag.description.as_deref().is_none_or(blank),
        // Whatever says that a flag is for something else than a release says what it is for.
        Metadata::Kind => !flag.kind_given && flag.kind == FlagKind::default(),
        Metadata::Created => flag.created.is_none(),
        // What is meant to stay has no day on which it goes.
        Metadata::RemovalDate => {
            let goes = matches!(flag.kind, FlagKind::Release | FlagKind::Experiment | FlagKind::Migration);
            goes && flag.permanent != Some(true) && flag.expires.is_none()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Run;
    use crate::settings::Metadata;

    const FLAGS: &str = "flags:\n  bare: on\n  full: {owner: a, description: b, kind: release, created: 2026-01-01, expires: 2026-09-01, state: on}\n  \
                         stays: {kind: kill-switch, owner: a, description: b, created: 2026-01-01, state: on}\n  old: {archived: true, state: on}\n";

    #[test]
    fn what_the_policy_asks_for_is_missed() {
        let mut run = Run::new(FLAGS);
        assert_eq!(run.show("missing-metadata"), "");
        run.settings.policy.limits.metadata = Metadata::ALL.to_vec();
        assert_eq!(
            run.show("missing-metadata"),
            "flags.yaml:2:3 warning: flag `bare` has no owner, no description, no kind, no created, no removal-date, which the policy asks for"
        );
    }
}
