//! What the targeting of a LaunchDarkly flag comes to: off, prerequisites, targets, rules, fallthrough, in this order, as
//! the vendor's SDKs walk them. Owns their meaning; knows nothing of the documents' shapes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::super::super::model::RolloutState;
use super::super::at::{At, number};
use super::super::steps::{Outcome, Step, When, holds, settle};
use crate::value::Value;

/// The sum of weights that covers everybody.
const ALL: f64 = 100_000.0;

/// A flag with more flags above it is not concluded upon.
const MAX_CHAINED: usize = 200;

const RULE: [&str; 9] =
    ["_id", "id", "ref", "description", "clauses", "variation", "rollout", "trackEvents", "_generation"];
const CLAUSE: [&str; 6] = ["_id", "attribute", "op", "values", "contextKind", "negate"];
const TARGET: [&str; 3] = ["values", "variation", "contextKind"];
const FALLTHROUGH: [&str; 2] = ["variation", "rollout"];
const ROLLOUT: [&str; 6] = ["contextKind", "bucketBy", "variations", "kind", "seed", "experimentAllocation"];
const WEIGHTED: [&str; 4] = ["variation", "weight", "untracked", "_untracked"];
const SEGMENT: [&str; 9] =
    ["key", "version", "included", "excluded", "includedContexts", "excludedContexts", "rules", "salt", "generation"];
const SEGMENT_LISTS: [&str; 5] = ["included", "excluded", "includedContexts", "excludedContexts", "rules"];
const SEGMENT_RULE: [&str; 2] = ["id", "clauses"];
const PREREQUISITE: [&str; 2] = ["key", "variation"];

/// A flag as those that need it see it: by the number of its variation.
#[derive(Debug)]
pub(super) struct Evaluated {
    on: bool,
    /// A number as value.
    number: RolloutState,
    /// It may be malformed, which makes the flags that need it fail too.
    sound: bool,
    /// The flags above it, itself included, whose own prerequisites may fail: an SDK that comes to one of them a second time
    /// takes that for a circle.
    chained: BTreeSet<String>,
    /// Since when all of it has been as it is.
    pub(super) since: Option<Date>,
}

/// Flags that were evaluated before.
pub(super) struct Parents<'s> {
    /// A flag that is not in the document does not exist.
    pub(super) complete: bool,
    /// Where they are asked.
    pub(super) environment: &'s str,
    /// By key and environment.
    pub(super) done: &'s BTreeMap<(String, String), Evaluated>,
    /// Segments that are in the document and can be evaluated.
    pub(super) segments: &'s BTreeSet<String>,
}

/// Evaluates a flag.
pub(super) fn evaluate(
    at: &At<'_>,
    variations: &[Option<Value>],
    parents: &Parents<'_>,
    since: Option<Date>,
) -> (RolloutState, Evaluated) {
    let mut since = since;
    let off = match at.field("offVariation") {
        None => Outcome::Fallback,
        Some(_) => numbered(at, "offVariation"),
    };
    let Some(on) = at.truth("on") else {
        let why = at.because("`on` is not true or false");
        let state = RolloutState::Unknown { why: why.clone() };
        return (
            state,
            Evaluated {
                on: false,
                number: RolloutState::Unknown { why },
                sound: false,
                chained: BTreeSet::new(),
                since: None,
            },
        );
    };
    if !on {
        let why = at.because("`on` is false");
        let state = match served(&off, variations) {
            Outcome::Value(value) => RolloutState::Off { value, why: why.clone() },
            Outcome::Fallback => RolloutState::CallDefault { why: format!("{why}, and there is no off variation") },
            Outcome::Unclear(why) => RolloutState::Unknown { why },
        };
        let sound = at.field("offVariation").is_none() || matches!(state, RolloutState::Off { .. });
        return (
            state,
            Evaluated { on, number: RolloutState::CallDefault { why }, sound, chained: BTreeSet::new(), since },
        );
    }
    let mut chained = BTreeSet::new();
    let mut steps = prerequisites(at, &off, parents, (&mut since, &mut chained));
    if !at.is_empty("prerequisites") && chained.len() <= MAX_CHAINED {
        chained.insert(at.pointer());
    }
    if matches!(off, Outcome::Unclear(_)) {
        steps.push(unclear(at.near("offVariation").because("`offVariation` is no whole number")));
    }
    steps.extend(targets(at));
    steps.extend(rules(at, parents.segments));
    let fallthrough = at.near("fallthrough");
    let gives = match (at.has("fallthrough"), fallthrough.stray(&FALLTHROUGH)) {
        (false, _) => vec![(Outcome::Fallback, None)],
        (true, Some(stray)) => vec![(Outcome::Unclear(stray), None)],
        (true, None) => result(&fallthrough),
    };
    steps.push(Step { when: When::Always, gives, why: fallthrough.because("no targets or rules are left, so this") });
    let number = settle(&steps);
    let malformed = |outcome: &Outcome| !matches!(served(outcome, variations), Outcome::Value(_));
    let sound = !steps
        .iter()
        .any(|step| step.when != When::Never && (step.gives.iter().any(|(outcome, _)| malformed(outcome))));
    for step in &mut steps {
        for (outcome, _) in &mut step.gives {
            *outcome = served(outcome, variations);
        }
    }
    (settle(&steps), Evaluated { on, number, sound, chained, since })
}

/// The number of a variation as an outcome.
fn numbered(at: &At<'_>, key: &str) -> Outcome {
    match at.whole(key) {
        Some(number) => Outcome::Value(Value::Int(number)),
        None => Outcome::Unclear(at.because(&format!("`{key}` is no whole number"))),
    }
}

/// The value of a numbered variation. A number that is none makes the flag malformed: every call gets its fallback.
fn served(outcome: &Outcome, variations: &[Option<Value>]) -> Outcome {
    let Outcome::Value(Value::Int(number)) = outcome else { return outcome.clone() };
    match usize::try_from(*number).ok().and_then(|number| variations.get(number)) {
        None | Some(Some(Value::Null)) => Outcome::Fallback,
        Some(None) => Outcome::Unclear(format!("variation {number} has a value that cannot be held")),
        Some(Some(value)) => Outcome::Value(value.clone()),
    }
}

fn prerequisites(
    at: &At<'_>,
    off: &Outcome,
    parents: &Parents<'_>,
    (since, chained): (&mut Option<Date>, &mut BTreeSet<String>),
) -> Vec<Step> {
    let mut steps = Vec::new();
    if !at.is_list_or_absent("prerequisites") {
        return vec![unclear(at.because("`prerequisites` is no list"))];
    }
    for one in at.list("prerequisites") {
        if let Some(stray) = one.stray(&PREREQUISITE) {
            steps.push(unclear(stray));
            continue;
        }
        let (Some(key), Some(wanted)) = (one.text("key"), one.whole("variation")) else {
            steps.push(unclear(one.because("a prerequisite without key or variation")));
            continue;
        };
        let parent = parents.done.get(&(key.to_owned(), parents.environment.to_owned()));
        let failed = |when| Step::one(when, off.clone(), one.because(&format!("prerequisite `{key}` fails")));
        match parent {
            None if parents.complete => steps.push(failed(When::Always)),
            None => {
                let why = one.because(&format!("its prerequisite `{key}` is not in the document"));
                steps.push(failed(When::Unclear(why)));
            }
            Some(parent) => {
                *since = since.zip(parent.since).map(|(own, parent)| own.max(parent));
                let again = parent.chained.iter().any(|key| chained.contains(key));
                chained.extend(parent.chained.iter().cloned());
                if again || chained.len() > MAX_CHAINED {
                    steps.push(unclear(one.because(&format!("prerequisites that `{key}` and others share"))));
                }
                if !parent.sound {
                    steps.push(unclear(one.because(&format!("its prerequisite `{key}` may be malformed"))));
                }
                let holds = if parent.on {
                    holds(&parent.number, |value| *value == Value::Int(wanted), key)
                } else {
                    When::Never
                };
                steps.push(failed(holds.not()));
            }
        }
    }
    steps
}

fn targets(at: &At<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for list in ["targets", "contextTargets"] {
        if !at.is_list_or_absent(list) {
            steps.push(unclear(at.because(&format!("`{list}` is no list"))));
        }
        for target in at.list(list) {
            if let Some(stray) = target.stray(&TARGET) {
                steps.push(unclear(stray));
            } else if !target.is_empty("values") {
                let why = target.because("targets by key");
                steps.push(Step::one(When::Sometimes(why.clone()), numbered(&target, "variation"), why));
            }
        }
    }
    steps
}

fn rules(at: &At<'_>, segments: &BTreeSet<String>) -> Vec<Step> {
    let mut steps = Vec::new();
    if !at.is_list_or_absent("rules") {
        return vec![unclear(at.because("`rules` is no list"))];
    }
    for rule in at.list("rules") {
        if let Some(stray) = rule.stray(&RULE) {
            steps.push(unclear(stray));
            continue;
        }
        let clauses = rule.list("clauses");
        if !rule.is_list("clauses") {
            steps.push(unclear(rule.because("a rule without a list of clauses")));
            continue;
        }
        let why = rule.because("a rule");
        if let Some(why) = clauses.iter().find_map(|clause| doubtful(clause, segments)) {
            // A clause that is malformed fails the whole flag, for those who come to it.
            steps.push(unclear(why));
        }
        let when = match clauses.as_slice() {
            [] => When::Always,
            clauses if impossible(clauses) => When::Never,
            _ => When::Sometimes(why.clone()),
        };
        steps.push(Step { when, gives: result(&rule), why });
    }
    steps
}

/// Whether nobody meets all clauses: one wants any of no values, or two want the opposite of each other.
fn impossible(clauses: &[At<'_>]) -> bool {
    let negated = |clause: &At<'_>| match clause.field("negate") {
        None => Some(false),
        Some(_) => clause.truth("negate"),
    };
    let asks = |clause: &At<'_>| clause.is_list("values");
    let values = |clause: &At<'_>| clause.list("values").iter().map(At::value).collect::<Vec<_>>();
    clauses.iter().filter(|clause| negated(clause) == Some(false) && asks(clause)).any(|wanted| {
        let own = values(wanted);
        own.is_empty()
            || clauses.iter().any(|other| {
                let same = |field: &str| wanted.text(field) == other.text(field);
                let excluded = values(other);
                negated(other) == Some(true)
                    && ["attribute", "op", "contextKind"].into_iter().all(same)
                    && own.iter().all(|value| value.is_some() && excluded.contains(value))
            })
    })
}

/// The segments that are in the document and can be evaluated: they hold no others, and nothing that is malformed.
pub(super) fn segments(root: &At<'_>) -> BTreeSet<String> {
    let listed = root.get("segments").map(|segments| segments.entries()).unwrap_or_default();
    let sound = listed.into_iter().filter(|(_, at)| {
        at.stray(&SEGMENT).is_none()
            && SEGMENT_LISTS.iter().all(|list| at.is_list_or_absent(list))
            && at.list("rules").iter().all(|rule| {
                rule.stray(&SEGMENT_RULE).is_none()
                    && rule.is_list("clauses")
                    && rule.list("clauses").iter().all(|clause| doubtful(clause, &BTreeSet::new()).is_none())
            })
    });
    sound.map(|(entry, _)| entry.key.to_owned()).collect()
}

/// Why a clause may be malformed.
fn doubtful(clause: &At<'_>, segments: &BTreeSet<String>) -> Option<String> {
    if let Some(stray) = clause.stray(&CLAUSE) {
        return Some(stray);
    }
    match clause.text("op") {
        None => Some(clause.because("a clause without `op`")),
        // Segments may be malformed, or contain themselves.
        Some("segmentMatch") => {
            let known =
                clause.list("values").iter().all(|name| name.word().is_some_and(|name| segments.contains(name)));
            (!known || !clause.is_list_or_absent("values")).then(|| clause.because("a segment"))
        }
        Some(_) => match clause.text("attribute") {
            Some(attribute) if is_reference(attribute) => None,
            _ => Some(clause.because("a clause without a proper `attribute`")),
        },
    }
}

/// Whether an attribute reference is well-formed.
fn is_reference(text: &str) -> bool {
    match text.strip_prefix('/') {
        None => !text.is_empty(),
        Some(path) => path.split('/').all(|part| !part.is_empty() && !part.contains('~')),
    }
}

fn unclear(why: String) -> Step {
    Step::one(When::Unclear(why.clone()), Outcome::Unclear(why.clone()), why)
}

/// What a rule or the fallthrough gives: a variation, or a rollout of some.
fn result(at: &At<'_>) -> Vec<(Outcome, Option<f64>)> {
    let unclear = |why: String| vec![(Outcome::Unclear(why), None)];
    match (at.field("variation"), at.get("rollout")) {
        (Some(_), Some(_)) => unclear(at.because("both a variation and a rollout")),
        (Some(_), None) => vec![(numbered(at, "variation"), None)],
        (None, None) => vec![(Outcome::Fallback, None)],
        (None, Some(rollout)) => {
            if let Some(stray) = rollout.stray(&ROLLOUT) {
                return unclear(stray);
            }
            if rollout.field("bucketBy").is_some() && !rollout.text("bucketBy").is_some_and(is_reference) {
                return unclear(rollout.because("`bucketBy` is no proper attribute"));
            }
            weighted(&rollout).unwrap_or_else(unclear)
        }
    }
}

/// The variations that some context can get: those that weigh something, and the last one if the weights do not add up.
fn weighted(rollout: &At<'_>) -> Result<Vec<(Outcome, Option<f64>)>, String> {
    let entries = rollout.list("variations");
    let mut gives = Vec::new();
    let mut sum = 0.0;
    for (position, entry) in entries.iter().enumerate() {
        if let Some(stray) = entry.stray(&WEIGHTED) {
            return Err(stray);
        }
        let weight = entry.field("weight").and_then(number).filter(|weight| *weight >= 0.0);
        let Some(weight) = weight else { return Err(entry.because("`weight` is no weight")) };
        sum += weight;
        let rest = if position + 1 == entries.len() { (ALL - sum).max(0.0) } else { 0.0 };
        // Beyond a sum that covers everybody there is nobody left; one that only adds up to it may fall short when rounded.
        let before = sum - weight;
        if before > ALL || before == ALL && position == 1 {
            continue;
        }
        if weight + rest > 0.0 {
            gives.push((numbered(entry, "variation"), Some((weight + rest) / 1000.0)));
        }
    }
    if entries.is_empty() {
        return Ok(vec![(Outcome::Fallback, None)]);
    }
    Ok(gives)
}
