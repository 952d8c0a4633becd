//! Functions that yield an object of all flags: each member that is read is a check. Owns how members spell keys.

use super::evidence::Evidence;
use super::keys::Parts;
use super::sites::Site;
use super::{Effect, KeySet};
use crate::provider::{KeyForm, Method};
use crate::scan::facts::{Call, Member};
use crate::source::Span;

/// The flags that a call of a function that yields them all is read for.
pub(super) fn sites(file: usize, call: &Call, evidence: &Evidence, keys: &KeySet) -> Vec<Site> {
    let method = evidence.signature.method;
    let (mut flags, _) = contained(call, method);
    flags.retain(|member| !method.except.as_ref().is_some_and(|except| except.accept(&member.name)));
    let mut result = Vec::new();
    for member in flags {
        let parts = Parts::text(&key_of_member(&member.name, method.key.form, keys));
        let site = of_member(file, call, evidence, member, member.name_span.clone(), parts);
        if method.accessors.is_empty() {
            result.push(site);
        } else {
            result.extend(values(site, evidence, &member.inner.iter().collect::<Vec<_>>(), member.rest));
        }
    }
    result
}

/// The members, with those of containers in their place; and whether anything else may be done with them.
fn contained<'call>(call: &'call Call, method: &Method) -> (Vec<&'call Member>, bool) {
    let (mut members, mut rest) = (Vec::new(), call.rest);
    for member in &call.members {
        if method.containers.iter().any(|name| *name == member.name) {
            members.extend(&member.inner);
            rest |= member.rest;
        } else {
            members.push(member);
        }
    }
    (members, rest)
}

/// The value of a check that yields an object is in its members; what else the object is used for is a site of its own.
pub(super) fn of_object(file: usize, call: &Call, evidence: &Evidence, site: Site) -> Vec<Site> {
    let method = evidence.signature.method;
    let (members, rest) = contained(call, method);
    let taken = members.iter().any(|member| method.accessors.contains_key(member.name.as_str()));
    // Functions of some projects yield the value, those of others an object that holds it.
    let may_hold = match site.effect {
        Effect::Object => !members.is_empty(),
        Effect::Value => taken && site.span == call.span,
        _ => false,
    };
    if !may_hold || method.accessors.is_empty() {
        return vec![site];
    }
    let mut result = values(site.clone(), evidence, &members, rest);
    for value in result.iter_mut().filter(|value| value.effect == Effect::Value) {
        let mut builders = site.builders.clone();
        builders.push(call.name.clone().into());
        *value = Site { builders, arguments: Vec::new(), awaited: false, file, ..value.clone() };
    }
    result
}

/// A site per member that holds a value, and the object itself when it is used otherwise.
fn values(object: Site, evidence: &Evidence, members: &[&Member], rest: bool) -> Vec<Site> {
    let accessors = &evidence.signature.method.accessors;
    let mut result: Vec<Site> = Vec::new();
    for member in members {
        if let Some(accessor) = accessors.get(member.name.as_str()) {
            result.push(Site {
                span: member.span.clone(),
                call: member.span.clone(),
                returns: accessor.returns,
                projection: accessor.projection,
                negated: object.negated != accessor.negated,
                effect: Effect::Value,
                ..object.clone()
            });
        }
    }
    if rest || result.len() < members.len() || result.is_empty() {
        result.insert(0, Site { effect: Effect::Object, ..object });
    }
    result
}

fn of_member(file: usize, call: &Call, evidence: &Evidence, member: &Member, key_span: Span, parts: Parts) -> Site {
    let method = evidence.signature.method;
    let mut builders = evidence.signature.language.builders.clone();
    builders.push(call.name.clone().into());
    Site {
        file,
        scope: call.scope,
        span: member.span.clone(),
        call: member.span.clone(),
        key_span,
        parts,
        provider: evidence.signature.provider.to_owned(),
        returns: method.returns,
        projection: method.projection,
        negated: false,
        fallback: None,
        lacks_fallback: false,
        arguments: Vec::new(),
        builders,
        evidence: evidence.phrase.clone(),
        confidence: evidence.confidence,
        in_macro: call.in_macro,
        effect: Effect::Value,
        awaited: false,
        fallible: false,
        caveats: Vec::new(),
        label: call.name.clone().into(),
        through: None,
        choice: None,
        idiom: evidence.signature.idiom,
    }
}

/// The key that a member is named by: the only one that the registry knows in that spelling, else the name itself.
pub(super) fn key_of_member(name: &str, form: KeyForm, keys: &KeySet) -> String {
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
