//! What a reason for review admits, and whether what a program does differently is of that kind. Owns the reading of
//! reasons and of observations; a reason that it does not know admits nothing.

/// In what a program may differ after a fix with review.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kinds {
    /// Something is no longer evaluated: its calls are missing, and failures of it.
    pub(crate) evaluations: bool,
    /// Values differ, and with them whatever follows.
    pub(crate) values: bool,
    /// These names of the module, or members of what is shown, are gone.
    pub(crate) names: Vec<String>,
    /// Values are dropped later.
    pub(crate) drops: bool,
}

/// What some reasons admit together.
pub(crate) fn of_reasons<S: AsRef<str>>(reasons: &[S]) -> Kinds {
    let mut kinds = Kinds::default();
    for reason in reasons.iter().map(AsRef::as_ref) {
        kinds.evaluations |= ["would no longer be evaluated", "its value may have an effect", "may have an effect"]
            .iter()
            .any(|part| reason.contains(part));
        // What is assigned on the way is missing as well.
        let code: String = reason.split('`').skip(1).step_by(2).collect::<Vec<_>>().join(" ");
        let plain = ["==", "!=", "<=", ">=", "=>"].iter().fold(code, |code, word| code.replace(word, ""));
        kinds.values |= kinds.evaluations && (plain.contains('=') || plain.contains('…') || plain.contains("..."));
        kinds.values |= reason.contains("may be another value of that truth") || reason.contains("may yield the value");
        if reason.contains("used from outside") || reason.contains("derived for its type shows") {
            kinds.names.extend(reason.split('`').nth(1).map(str::to_owned));
        }
        kinds.drops |= reason.contains("drop");
    }
    kinds
}

/// Whether what a program does differently is of these kinds.
pub(crate) fn admit(kinds: &Kinds, before: &str, after: &str) -> bool {
    if kinds.values {
        return true;
    }
    let entries = |did: &str| -> Vec<String> {
        did.lines()
            .map(|line| line.trim().trim_end_matches(',').to_owned())
            .filter(|line| !(kinds.drops && line.starts_with("drop ")))
            .collect()
    };
    let without = |entries: Vec<String>| -> Vec<String> {
        let names = |entry: String| kinds.names.iter().fold(entry, |entry, name| without_member(&entry, name));
        entries.into_iter().map(names).filter(|entry| !entry.is_empty()).collect()
    };
    let (before, after) = (without(entries(before)), without(entries(after)));
    if !kinds.evaluations {
        return before == after;
    }
    let mut rest = after.iter().peekable();
    for entry in &before {
        if rest.peek() == Some(&entry) {
            rest.next();
        } else if fails(entry) {
            // The failure was that of what is no longer evaluated: what follows was never reached.
            return true;
        }
    }
    // A loop that does less in each turn gets further before it is stopped.
    let stopped = |entries: &[String]| {
        entries.iter().any(|entry| entry.contains("StepLimit") || entry.contains("too many steps"))
    };
    rest.next().is_none() || stopped(&before) && stopped(&after)
}

/// An entry without a name and what is shown of it: a line of its own, or a member between braces.
fn without_member(entry: &str, name: &str) -> String {
    if entry.starts_with(&format!("\"{name}\":")) {
        return String::new();
    }
    let mut rest = entry.to_owned();
    for start in [format!("{name}: "), format!("'{name}': ")] {
        while let Some(at) = rest.find(&start) {
            let end = rest[at..].find([',', '}', ')']).map_or(rest.len(), |end| at + end);
            let end = if rest[end..].starts_with(',') { end + 1 } else { end };
            rest.replace_range(at..end, "");
        }
    }
    rest.replace(", }", "}").replace("{ ", "{").replace(" }", "}")
}

fn fails(entry: &str) -> bool {
    ["raised", "Error", "StepLimit", "Boom", "panicked", "too many steps"].iter().any(|word| entry.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{Kinds, admit, of_reasons};

    #[test]
    fn reasons_admit_what_they_name_and_nothing_else() {
        let kinds = of_reasons(&["`log(1)` would no longer be evaluated"]);
        assert_eq!(kinds, Kinds { evaluations: true, ..Kinds::default() });
        assert!(admit(&kinds, "1\n2\nended", "2\nended"));
        assert!(!admit(&kinds, "1\n2\nended", "1\n2\n3\nended"));
        assert!(admit(&kinds, "1\nraised Boom", "1\n3\nended"));
        assert!(admit(&kinds, "too many steps\n1\n2\n1", "too many steps\n2\n2"));
        assert!(!admit(&kinds, "ended\n1\n2\n1", "ended\n2\n2"));
        assert!(!admit(&Kinds::default(), "1\nended", "ended"));
        assert_eq!(of_reasons(&["no such sentence"]), Kinds::default());
        assert!(of_reasons(&["`x = 1` would no longer be evaluated"]).values);
        assert!(!of_reasons(&["`x == 1` would no longer be evaluated"]).values);
    }
}
