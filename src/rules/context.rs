//! What rules read, and which checks are decided. Owns the join of checks with verdicts.

use std::borrow::Cow;
use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::diagnostic::{Diagnostic, FixSummary, Label};
use crate::fix::{Decision, Plan, Site};
use crate::project::Project;
use crate::registry::model::{Flag, Registry};
use crate::registry::verdict::{Conclusion, Verdict, natural, verdict as registry_verdict};
use crate::resolve::{Confidence, FlagCheck, Key, Projection};
use crate::settings::Settings;
use crate::source::{LineIndex, Location};
use crate::suppress::{self, Suppression};
use crate::value::{Value, ValueType};

/// Everything that rules may read.
pub struct Context<'a> {
    /// The code.
    pub project: &'a Project,
    /// The flags.
    pub registry: &'a Registry,
    /// What is concluded about each flag.
    pub verdicts: &'a BTreeMap<String, Box<Verdict>>,
    /// What the run is asked to do.
    pub settings: &'a Settings,
    /// What a fix would do, when it was planned.
    pub plan: Option<&'a Plan>,
    sites: BTreeMap<usize, &'a Site>,
    /// Line starts of each source, made when first needed: a large registry is labelled many times.
    lines: Vec<OnceLock<LineIndex>>,
    /// Comments that hide diagnostics, with what they hide once that is known.
    suppressions: RefCell<Vec<Suppression>>,
}

impl<'a> Context<'a> {
    /// Puts together what rules read.
    pub fn new(
        project: &'a Project,
        registry: &'a Registry,
        verdicts: &'a BTreeMap<String, Box<Verdict>>,
        settings: &'a Settings,
        plan: Option<&'a Plan>,
    ) -> Self {
        let sites = plan.map(|plan| plan.sites.iter().map(|site| (site.check, site)).collect()).unwrap_or_default();
        let lines = project.sources.iter().map(|_| OnceLock::new()).collect();
        Self { project, registry, verdicts, settings, plan, sites, lines, suppressions: RefCell::default() }
    }

    /// With comments that hide diagnostics.
    pub fn with_suppressions(self, suppressions: Vec<Suppression>) -> Self {
        Self { suppressions: suppressions.into(), ..self }
    }

    /// The comments that hide diagnostics, each with the number of those that it hides.
    pub fn suppressions(&self) -> Ref<'_, Vec<Suppression>> {
        self.suppressions.borrow()
    }

    /// Leaves out what comments hide, and counts it there.
    pub(super) fn hide(&self, diagnostics: &mut Vec<Diagnostic>) {
        let mut list = self.suppressions.borrow_mut();
        let index = suppress::Index::new(self.project, self.registry, &list, self.settings.today);
        diagnostics.retain(|diagnostic| {
            let hiding = index.hiding(&list, diagnostic);
            hiding.iter().for_each(|one| list[*one].hides += 1);
            hiding.is_empty()
        });
    }

    /// What a fix would do about a check.
    pub fn site(&self, check: usize) -> Option<&'a Site> {
        self.sites.get(&check).copied()
    }

    /// The summary of what a fix would do about a check; adds a label for each piece of code that never runs.
    pub(super) fn fix(&self, check: usize, labels: &mut Vec<Label>) -> Option<FixSummary> {
        let site = self.site(check)?;
        let source = self.project.checks[check].at.source;
        labels.extend(
            site.dead
                .iter()
                .map(|span| Label { at: Location { source, span: span.clone() }, message: "never runs".to_owned() }),
        );
        Some(FixSummary { title: site.title.clone(), applicability: site.applicability, reasons: site.reasons.clone() })
    }

    /// Whether flags come from a registry rather than from the command line.
    pub fn has_registry(&self) -> bool {
        self.registry.is_loaded() && self.settings.decided.is_empty()
    }

    /// "flags.yaml:12".
    pub(super) fn line(&self, at: &Location) -> String {
        format!("{}:{}", self.project.sources.get(at.source).display_path(), self.line_column(at).0)
    }

    /// 1-based line and column, as [`crate::source::Sources::line_column`] has them.
    pub(super) fn line_column(&self, at: &Location) -> (usize, usize) {
        let text = &self.project.sources.get(at.source).text;
        let index = self.lines[at.source.0 as usize].get_or_init(|| LineIndex::new(text));
        index.line_column(text, at.span.start)
    }

    /// Whether the run is restricted to other flags than the diagnostic's.
    pub(super) fn is_asked_for(&self, diagnostic: &Diagnostic) -> bool {
        match &diagnostic.flag {
            Some(flag) => is_asked_for(self.settings, self.registry, flag),
            None => true,
        }
    }

    /// The verdict that holds for a check, and the flag's key.
    pub(super) fn judged(&self, check: &FlagCheck) -> Option<(&'a str, Cow<'a, Verdict>)> {
        judged(check, self.project, self.registry, self.verdicts, self.settings)
    }

    /// The flag that a check asks for, in the registry of the code that it is in.
    pub(super) fn flag_of(&self, check: &FlagCheck) -> Option<&'a Flag> {
        let path = &self.project.sources.get(check.at.source).path;
        self.registry.asked(check.flag()?, path).map(|(_, flag)| flag)
    }

    /// The verdict on the flag of a check, whatever the check's projection: the flag's own, or that of the project that the
    /// check is in.
    pub(super) fn flag_verdict(&self, check: &FlagCheck, key: &str) -> Option<Cow<'a, Verdict>> {
        let verdict = self.verdicts.get(key)?;
        if verdict.decided || self.registry.projects.is_empty() {
            return Some(Cow::Borrowed(verdict));
        }
        let path = &self.project.sources.get(check.at.source).path;
        let (home, flag) = self.registry.asked(check.flag()?, path)?;
        Some(Cow::Owned(registry_verdict(home, flag, natural(flag), &self.settings.policy, self.settings.today)))
    }
}

/// Whether the run looks at a flag: all of them unless some are named, by key or alias.
pub(super) fn is_asked_for(settings: &Settings, registry: &Registry, flag: &str) -> bool {
    let same = |name: &String| name == flag || registry.resolve(name).is_some_and(|found| found.key == flag);
    if !settings.decided.is_empty() {
        return settings.decided.contains_key(flag);
    }
    settings.only.is_empty() || settings.only.iter().any(same)
}

/// The checks whose value is decided, with that value: known flag, verdict of removal under the check's own projection,
/// a value of the type that the check returns, and more than a hint that it is a check. A removable flag that is not stale yet is left alone unless it is named.
pub fn decisions(
    project: &Project,
    verdicts: &BTreeMap<String, Box<Verdict>>,
    registry: &Registry,
    settings: &Settings,
) -> Vec<Decision> {
    let decide = |(index, check): (usize, &FlagCheck)| {
        let (flag, verdict) = judged(check, project, registry, verdicts, settings)?;
        let value = verdict.removal()?;
        let due = is_due(&verdict, settings) && is_asked_for(settings, registry, flag);
        (due && is_certain(check) && yields(check, value).is_some())
            .then(|| Decision { check: index, value: value.clone() })
    };
    project.checks.iter().enumerate().filter_map(decide).collect()
}

/// Whether it is certain enough that a call is a check to act on it.
pub(super) fn is_certain(check: &FlagCheck) -> bool {
    check.confidence > Confidence::Low
}

/// Whether the flag is one for `stale-flag`: a clock has run out, or it can go and was named.
pub(super) fn is_stale(verdict: &Verdict, settings: &Settings) -> bool {
    verdict.staleness.is_some() || verdict.removal().is_some() && (verdict.decided || !settings.only.is_empty())
}

/// Whether a removable flag is to be removed now: a rule that is not off reports it.
fn is_due(verdict: &Verdict, settings: &Settings) -> bool {
    let is_on = |code: &str| settings.severities.get(code) != Some(&None);
    is_on("stale-flag") && is_stale(verdict, settings) || is_on("expired-flag") && verdict.expired
}

/// What a check yields when its flag has a value: of the check's type, and negated if the check is. `None` when the
/// value does not fit the check.
pub(super) fn yields(check: &FlagCheck, value: &Value) -> Option<Value> {
    match (value.coerce(check.returns)?, check.negated) {
        (value, false) => Some(value),
        (Value::Bool(on), true) => Some(Value::Bool(!on)),
        (_, true) => None,
    }
}

fn judged<'a>(
    check: &FlagCheck,
    project: &Project,
    registry: &'a Registry,
    verdicts: &'a BTreeMap<String, Box<Verdict>>,
    settings: &Settings,
) -> Option<(&'a str, Cow<'a, Verdict>)> {
    let Key::Known { flag: key, .. } = &check.key else { return None };
    if let Some((key, decided)) = verdicts.get_key_value(key).filter(|(_, verdict)| verdict.decided) {
        return Some((key, Cow::Borrowed(&**decided)));
    }
    let (home, flag) = registry.asked(key, &project.sources.get(check.at.source).path)?;
    let projection = projection(check, flag);
    let verdict = if projection == natural(flag) && registry.projects.is_empty() {
        Cow::Borrowed(&**verdicts.get(&flag.key)?)
    } else {
        Cow::Owned(registry_verdict(home, flag, projection, &settings.policy, settings.today))
    };
    Some((&flag.key, typed(check, flag, verdict)))
}

/// SDKs answer a call that asks for another type than the flag has with the call's own fallback.
fn typed<'a>(check: &FlagCheck, flag: &Flag, verdict: Cow<'a, Verdict>) -> Cow<'a, Verdict> {
    let (Some(provider), Some(value)) = (flag.provider, verdict.removal()) else { return verdict };
    let (served, asked) = (value.value_type(), check.returns);
    if served == asked
        || matches!((served, asked), (_, ValueType::Any) | (ValueType::Any, _) | (ValueType::Int, ValueType::Float))
    {
        return verdict;
    }
    let (served, asked) = (served.name(), asked.name());
    let why = format!("it serves a {served}, and {provider} answers a call that asks for {asked} with its fallback");
    Cow::Owned(Verdict { conclusion: Conclusion::Report { why }, ..verdict.into_owned() })
}

/// A check that returns something else than a truth value does not ask whether the flag is enabled, and a flag that holds
/// only a truth value answers with it either way.
fn projection(check: &FlagCheck, flag: &Flag) -> Projection {
    match (check.projection, check.returns) {
        (Projection::Enabled, ValueType::Bool) => Projection::Enabled,
        (Projection::Value, _) if flag.tells_apart(Projection::Value) => Projection::Value,
        (Projection::Enabled, _) | (Projection::Value, _) => natural(flag),
        (Projection::Variant, _) => Projection::Variant,
    }
}
