//! What a reason for review admits, and whether what a program does differently is of that kind. Owns the reading of
//! reasons and of observations; a reason that it does not know admits nothing.

/// In what a program may differ after a fix with review.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Kinds {
    /// Something is no longer evaluated: its calls are missing, and failures of it.
    pub(crate) evaluations: bool,
    /// Values differ, and with them whatever follows.
    pub(crate) values: bool,
    /// Names of the module are gone.
    pub(crate) names: bool,
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
        kinds.names |= reason.contains("it can be used from outside");
        kinds.drops |= reason.contains("drop");
    }
    kinds
}

/// Whether what a program does differently is of these kinds.
pub(crate) fn admit(kinds: Kinds, before: &str, after: &str) -> bool {
    if kinds.values {
        return true;
    }
    let entries = |did: &str| -> Vec<String> {
        did.lines()
            .map(|line| line.trim().trim_end_matches(',').to_owned())
            .filter(|line| !(kinds.drops && line.starts_with("drop ")))
            .collect()
    };
    let (mut before, mut after) = (entries(before), entries(after));
    if kinds.names {
        // What is left of the names is as it was.
        let names = |entries: &mut Vec<String>| {
            let at = entries.iter().position(|line| line.starts_with("\"names\"")).unwrap_or(entries.len());
            entries.split_off(at)
        };
        let (had, has) = (names(&mut before), names(&mut after));
        if !has.iter().all(|line| had.contains(line) || line.ends_with("{}")) {
            return false;
        }
    }
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
    rest.next().is_none()
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
        assert!(admit(kinds, "1\n2\nended", "2\nended"));
        assert!(!admit(kinds, "1\n2\nended", "1\n2\n3\nended"));
        assert!(admit(kinds, "1\nraised Boom", "1\n3\nended"));
        assert!(!admit(Kinds::default(), "1\nended", "ended"));
        assert_eq!(of_reasons(&["no such sentence"]), Kinds::default());
        assert!(of_reasons(&["`x = 1` would no longer be evaluated"]).values);
        assert!(!of_reasons(&["`x == 1` would no longer be evaluated"]).values);
    }
}
