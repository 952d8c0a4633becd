//! Conditions of ConfigCat's rules: on users, segments and other settings. Owns which of them an SDK can evaluate at all, since
//! one that it cannot makes every call get its fallback, and which of them contradict each other.

use std::collections::BTreeMap;

use super::super::super::model::RolloutState;
use super::super::super::tree::Kind;
use super::super::at::At;
use super::super::possible::{Condition, possible};
use super::super::steps::{Outcome, When, holds};
use super::value;

const USER: [&str; 5] = ["a", "c", "s", "d", "l"];

/// A setting that others may need.
pub(super) struct Parent {
    pub(super) kind: Option<i64>,
    pub(super) state: RolloutState,
    /// Its evaluation cannot fail.
    pub(super) sound: bool,
}

/// What conditions may refer to.
pub(super) struct Known<'a> {
    /// Whether each segment can be evaluated.
    pub(super) segments: Vec<bool>,
    /// Settings that were read before.
    pub(super) settings: BTreeMap<&'a str, Parent>,
}

/// Whether each segment of the document can be evaluated.
pub(super) fn segments(root: &At<'_>) -> Vec<bool> {
    let sound = |segment: &At<'_>| {
        let conditions = segment.list("r");
        segment.stray(&["n", "r"]).is_none() && !conditions.is_empty() && conditions.iter().all(is_proper)
    };
    root.list("s").iter().map(sound).collect()
}

/// For whom all conditions of a rule hold; an error when one of them may fail.
pub(super) fn met(rule: &At<'_>, known: &Known<'_>) -> Result<When, String> {
    let list = rule.list("c");
    if list.is_empty() {
        return Err(rule.because("a rule without conditions"));
    }
    let mut when = When::Always;
    let mut users = Vec::new();
    for condition in &list {
        when = when.and(if let Some(user) = condition.get("u") {
            if condition.stray(&["u"]).is_some() || !is_proper(&user) {
                return Err(condition.because("a condition that is not known"));
            }
            users.push(user);
            When::Sometimes(rule.because("a rule"))
        } else if let Some(segment) = condition.get("s") {
            let index = segment.whole("s").and_then(|index| usize::try_from(index).ok());
            let sound = index.and_then(|index| known.segments.get(index)) == Some(&true);
            if !sound || condition.stray(&["s"]).is_some() || !is_binary(&segment, &["s", "c"]) {
                return Err(condition.because("a segment that is not known"));
            }
            When::Sometimes(rule.because("a rule"))
        } else {
            prerequisite(condition, known)?
        });
    }
    let conditions: Vec<Condition<'_>> = users.iter().filter_map(compared).collect();
    Ok(if possible(&conditions) { when } else { When::Never })
}

/// Whether the fields are those, and `c` is one of the two comparators of segments and prerequisites.
fn is_binary(at: &At<'_>, fields: &[&str]) -> bool {
    at.stray(fields).is_none() && matches!(at.whole("c"), Some(0 | 1))
}

fn prerequisite(condition: &At<'_>, known: &Known<'_>) -> Result<When, String> {
    let unknown = |why: &str| condition.because(why);
    let needed = condition.get("p").ok_or_else(|| unknown("a condition that is not known"))?;
    if condition.stray(&["p"]).is_some() || !is_binary(&needed, &["f", "c", "v"]) {
        return Err(unknown("a condition that is not known"));
    }
    let key = needed.text("f").unwrap_or_default();
    let parent = known.settings.get(key).filter(|parent| parent.sound);
    let parent = parent.ok_or_else(|| unknown(&format!("prerequisite `{key}` may fail")))?;
    // A value of another type is an error.
    let Outcome::Value(wanted) = value(&needed, parent.kind) else {
        return Err(unknown(&format!("what prerequisite `{key}` has to be is not of its type")));
    };
    let when = holds(&parent.state, |value| *value == wanted, key);
    Ok(if needed.whole("c") == Some(0) { when } else { when.not() })
}

/// Whether every SDK can evaluate a condition on a user: the comparator is known and has its operand.
fn is_proper(user: &At<'_>) -> bool {
    let operand = match user.whole("c") {
        Some(0..=5 | 16 | 17 | 22..=27 | 30..=35) => {
            let list = user.list("l");
            !list.is_empty() && list.iter().all(|item| matches!(item.node.kind(), Kind::Text(_)))
        }
        Some(6..=9 | 20 | 21 | 28 | 29) => user.text("s").is_some(),
        Some(10..=15 | 18 | 19) => user.number("d").is_some(),
        _ => false,
    };
    let given = ["s", "d", "l"].iter().filter(|operand| user.has(operand)).count();
    operand && given == 1 && user.text("a").is_some() && user.stray(&USER).is_none()
}

/// A condition as one that others may contradict. `None` when nothing can be said of it.
fn compared<'a>(user: &At<'a>) -> Option<Condition<'a>> {
    let list: Vec<&'a str> = user.list("l").into_iter().filter_map(|item| item.word()).collect();
    let text = user.text("s");
    let comparator = user.whole("c")?;
    let only = match comparator {
        0 => Some(list.clone()),
        28 => Some(text.into_iter().collect()),
        _ => None,
    };
    let meets = move |value: &str| match comparator {
        0 => Some(list.contains(&value)),
        1 => Some(!list.contains(&value)),
        2 => Some(list.iter().any(|part| value.contains(part))),
        3 => Some(!list.iter().any(|part| value.contains(part))),
        28 => Some(text == Some(value)),
        29 => Some(text != Some(value)),
        // What is no number and no version is never compared.
        4..=15 if !value.bytes().any(|byte| byte.is_ascii_digit()) && !is_named_number(value) => Some(false),
        _ => None,
    };
    Some(Condition { attribute: user.text("a")?.to_owned(), only, meets: Box::new(meets) })
}

/// `Infinity` and the like, which are numbers without digits.
fn is_named_number(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("inf") || text.contains("nan")
}
