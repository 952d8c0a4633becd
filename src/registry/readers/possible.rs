//! Conditions on an attribute that contradict each other: nobody meets them all. Owns the search for a value that does.

use std::collections::BTreeMap;

/// Whether a value meets a condition. `None` when that is not known.
type Meets<'a> = Box<dyn Fn(&str) -> Option<bool> + 'a>;

/// A condition on one attribute.
pub(super) struct Condition<'a> {
    /// The attribute; conditions on different ones never contradict each other.
    pub(super) attribute: String,
    /// The only values that meet it, exactly as written. `None` when there may be others.
    pub(super) only: Option<Vec<&'a str>>,
    /// Whether a value meets it. `None` when that is not known.
    pub(super) meets: Meets<'a>,
}

/// Whether some context may meet all conditions: no attribute is asked for values of which none meets all.
pub(super) fn possible(conditions: &[Condition<'_>]) -> bool {
    let mut by_attribute: BTreeMap<&str, Vec<&Condition<'_>>> = BTreeMap::new();
    for condition in conditions {
        by_attribute.entry(&condition.attribute).or_default().push(condition);
    }
    by_attribute.values().all(|together| {
        let Some(values) = together.iter().find_map(|condition| condition.only.as_ref()) else { return true };
        values.iter().any(|value| together.iter().all(|condition| (condition.meets)(value) != Some(false)))
    })
}

#[cfg(test)]
mod tests {
    use super::{Condition, possible};

    fn one_of<'a>(attribute: &str, values: &'a [&'a str], wanted: bool) -> Condition<'a> {
        Condition {
            attribute: attribute.to_owned(),
            only: wanted.then(|| values.to_vec()),
            meets: Box::new(move |value| Some(values.contains(&value) == wanted)),
        }
    }

    #[test]
    fn what_is_asked_for_has_to_be_left() {
        for (conditions, expected) in [
            (vec![], true),
            (vec![one_of("a", &["x"], true)], true),
            (vec![one_of("a", &[], true)], false),
            (vec![one_of("a", &["x"], true), one_of("a", &["x", "y"], false)], false),
            (vec![one_of("a", &["x", "z"], true), one_of("a", &["x", "y"], false)], true),
            (vec![one_of("a", &["x"], true), one_of("b", &["x"], false)], true),
            (vec![one_of("a", &["x"], true), one_of("a", &["y"], true)], false),
            (vec![one_of("a", &["x"], false), one_of("a", &["y"], false)], true),
        ] {
            assert_eq!(possible(&conditions), expected);
        }
        let open = Condition { attribute: "a".to_owned(), only: None, meets: Box::new(|_| None) };
        assert!(possible(&[one_of("a", &["x"], true), open]));
    }
}
