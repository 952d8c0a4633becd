//! Checks and overrides as the JSON report lists them, with the evidence for each. The types here are a part of the published
//! format; see `json` for the rest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::project::Project;
use crate::report::json::{Position, positions};
use crate::resolve::{Confidence, Effect, Key};

/// A place that evaluates a flag.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CheckItem {
    /// The key; null when it is put together at run time.
    pub flag: Option<String>,
    /// Constant beginning of a key that is put together at run time.
    pub prefix: Option<String>,
    /// Constant end of a key that is put together at run time.
    pub suffix: Option<String>,
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends (exclusive).
    pub end: Position,
    /// The SDK, or `checks[2]` for the second check pattern of the configuration.
    pub provider: String,
    /// What it does with the flag: `value`, `guard`, `object`, `presence`, `choice` or `text`.
    pub effect: String,
    /// True when it is true while the flag is off.
    pub negated: bool,
    /// Whether it is test code.
    pub in_test: bool,
    /// Why it counts as a check.
    pub evidence: String,
    /// How sure that is: `low`, `medium` or `high`.
    pub confidence: String,
}

/// A place that pins a flag in a test. It never counts as a check.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct OverrideItem {
    /// The key; null when it is put together at run time.
    pub flag: Option<String>,
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends (exclusive).
    pub end: Position,
    /// The SDK, or `overrides[2]` for the second override pattern of the configuration.
    pub provider: String,
    /// What the flag is pinned to, as text; null when that is not known.
    pub value: Option<String>,
    /// Why it counts as an override.
    pub evidence: String,
    /// How sure that is: `low`, `medium` or `high`.
    pub confidence: String,
}

/// A place that declares a flag. It never counts as a check.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct DefinitionItem {
    /// The key.
    pub flag: String,
    /// File, relative to the project root, with `/`.
    pub path: String,
    /// Where the entry, member or statement begins.
    pub start: Position,
    /// Where it ends (exclusive).
    pub end: Position,
    /// `constant`, `class attribute`, `enum member`, `field`, `entry`, `list element`, `type member`, `declaration`,
    /// `match arm` or `data entry`.
    pub kind: String,
    /// The name that code uses for it; null where that is the key.
    pub name: Option<String>,
    /// The day on which an annotation says the flag was made, as YYYY-MM-DD.
    pub created: Option<String>,
    /// The day by which an annotation says the flag should go, as YYYY-MM-DD.
    pub removal: Option<String>,
    /// Why it counts as a definition.
    pub evidence: String,
}

/// Every definition of a project.
pub fn definitions(project: &Project) -> Vec<DefinitionItem> {
    let sources = &project.sources;
    let item = |definition: &crate::resolve::FlagDefinition| {
        let (start, end) = positions(&definition.at, sources);
        DefinitionItem {
            flag: definition.flag.clone(),
            path: sources.get(definition.at.source).display_path(),
            start,
            end,
            kind: definition.kind.name().to_owned(),
            name: definition.name.clone(),
            created: definition.created.map(|day| day.to_string()),
            removal: definition.removal.map(|day| day.to_string()),
            evidence: definition.evidence.clone(),
        }
    };
    project.definitions.iter().map(item).collect()
}

/// Every check of a project.
pub fn checks(project: &Project) -> Vec<CheckItem> {
    let sources = &project.sources;
    let item = |check: &crate::resolve::FlagCheck| {
        let (flag, prefix, suffix) = parts(&check.key);
        let (start, end) = positions(&check.at, sources);
        CheckItem {
            flag,
            prefix,
            suffix,
            path: sources.get(check.at.source).display_path(),
            start,
            end,
            provider: check.provider.clone(),
            effect: effect(check.effect).to_owned(),
            negated: check.negated,
            in_test: check.in_test,
            evidence: check.evidence.clone(),
            confidence: confidence(check.confidence).to_owned(),
        }
    };
    project.checks.iter().map(item).collect()
}

/// Every override of a project.
pub fn overrides(project: &Project) -> Vec<OverrideItem> {
    let sources = &project.sources;
    let item = |pin: &crate::resolve::FlagOverride| {
        let (start, end) = positions(&pin.at, sources);
        OverrideItem {
            flag: parts(&pin.key).0,
            path: sources.get(pin.at.source).display_path(),
            start,
            end,
            provider: pin.provider.clone(),
            value: pin.value.as_ref().map(ToString::to_string),
            evidence: pin.evidence.clone(),
            confidence: confidence(pin.confidence).to_owned(),
        }
    };
    project.overrides.iter().map(item).collect()
}

fn parts(key: &Key) -> (Option<String>, Option<String>, Option<String>) {
    match key {
        Key::Known { flag, .. } => (Some(flag.clone()), None, None),
        Key::Dynamic { prefix, suffix } => (None, Some(prefix.clone()), Some(suffix.clone())),
    }
}

/// The word for a confidence.
pub fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Value => "value",
        Effect::Guard => "guard",
        Effect::Object => "object",
        Effect::Presence => "presence",
        Effect::Choice => "choice",
        Effect::Text => "text",
        Effect::Component => "component",
    }
}
