//! Functions that yield an object of all flags: each member that is read is a check. Owns how members spell keys.

use super::evidence::Evidence;
use super::keys::Parts;
use super::sites::Site;
use super::{Effect, KeySet};
use crate::provider::KeyForm;
use crate::scan::facts::Call;
use crate::source::Span;

/// The flags that a call of a function that yields them all is read for.
pub(super) fn sites(file: usize, call: &Call, evidence: &Evidence, keys: &KeySet) -> Vec<Site> {
    let method = evidence.signature.method;
    let mut builders = evidence.signature.language.builders.clone();
    builders.push(call.name.clone());
    let site = |(name, key_span, span): &(String, Span, Span)| Site {
        file,
        scope: call.scope,
        span: span.clone(),
        call: span.clone(),
        key_span: key_span.clone(),
        parts: Parts::text(&key_of_member(name, method.key.form, keys)),
        provider: evidence.signature.provider.to_owned(),
        returns: method.returns,
        projection: method.projection,
        negated: false,
        fallback: None,
        arguments: Vec::new(),
        builders: builders.clone(),
        evidence: evidence.phrase.clone(),
        confidence: evidence.confidence,
        in_macro: call.in_macro,
        effect: Effect::Value,
        awaited: false,
        fallible: false,
        caveats: Vec::new(),
        label: call.name.clone(),
        through: None,
        choice: None,
        idiom: evidence.signature.idiom,
    };
    call.members.iter().map(site).collect()
}

/// The key that a member is named by: the only one that the registry knows in that spelling, else the name itself.
fn key_of_member(name: &str, form: KeyForm, keys: &KeySet) -> String {
    if form != KeyForm::Camel || keys.contains(name) {
        return name.to_owned();
    }
    let mut known = keys.iter().filter(|key| camel_case(key) == name);
    match (known.next(), known.next()) {
        (Some(key), None) => key.clone(),
        _ => name.to_owned(),
    }
}

/// A key in camel case, as lodash spells it: `HTTPProxyV2` is `httpProxyV2`, `2fa-enabled` is `2FaEnabled`.
pub fn camel_case(key: &str) -> String {
    let characters: Vec<char> = key.chars().collect();
    let mut result = String::new();
    for (index, at) in characters.iter().enumerate().filter(|(_, at)| at.is_alphanumeric()) {
        let before = index.checked_sub(1).map(|before| characters[before]);
        let starts = before.is_none_or(|before| {
            !before.is_alphanumeric()
                || before.is_ascii_digit() != at.is_ascii_digit()
                || (before.is_lowercase() && at.is_uppercase())
                || (before.is_uppercase()
                    && at.is_uppercase()
                    && characters.get(index + 1).is_some_and(|next| next.is_lowercase()))
        });
        if starts && !result.is_empty() {
            result.extend(at.to_uppercase());
        } else {
            result.extend(at.to_lowercase());
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::camel_case;

    #[test]
    fn keys_are_spelled_as_lodash_does() {
        for (key, expected) in [
            ("dev-flag-test", "devFlagTest"),
            ("my.flag.key", "myFlagKey"),
            ("2fa-enabled", "2FaEnabled"),
            ("HTTPProxyV2", "httpProxyV2"),
            ("newUI", "newUi"),
            ("UPPER_SNAKE", "upperSnake"),
            ("v2-api", "v2Api"),
            ("a-b-2-c", "aB2C"),
        ] {
            assert_eq!(camel_case(key), expected, "{key}");
        }
    }
}
