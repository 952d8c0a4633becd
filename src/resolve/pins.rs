//! From matches of override patterns to what they pin. Owns which of them count: built-in ones in tests, for keys that
//! somebody names; and the flag of a predicate that a test replaces.

use std::collections::BTreeSet;

use super::calls::{Pin, key};
use super::keys::{Part, Parts, location};
use super::sites::Resolver;
use super::wrappers::Wrappers;
use super::{Confidence, FlagOverride};
use crate::scan::facts::{PatternKey, PatternMatch};
use crate::value::Value;

impl Resolver<'_> {
    pub(super) fn pattern_pin(&self, file: usize, found: &PatternMatch) -> Option<Pin> {
        let entry = &self.world.checks[found.pattern];
        let built_in = found.pattern >= self.world.first_built_in;
        if built_in && !self.in_test(file, found.scope) {
            return None;
        }
        let mut parts = self.pattern_key(file, found)?;
        // What is pinned is the thing that is declared with the key.
        if let PatternKey::Expression(object) = &found.key
            && parts.known().is_none()
            && !entry.target
        {
            parts = self.keys.declared(file, found.scope, object);
        }
        let target = if entry.target { Some(parts.known()?) } else { None };
        if target.is_none() && built_in {
            let key = parts.known()?;
            let known = self.world.keys.contains(&key) || self.world.named.contains(&key);
            if !known {
                parts.parts = vec![Part::Text(self.spelled(&key)?)];
            }
        }
        Some(Pin {
            file,
            scope: found.scope,
            span: found.decorator.clone().unwrap_or_else(|| found.span.clone()),
            call: found.span.clone(),
            decorator: found.decorator.is_some(),
            key_span: found.key_span.clone(),
            parts,
            target,
            provider: match entry.provider {
                Some(name) => name.to_owned(),
                None => format!("overrides[{}]", found.pattern - self.world.first_override + 1),
            },
            value: found.value.clone(),
            pins: entry.pins,
            evidence: match entry.provider {
                Some(_) => format!("`{}` is how tests pin flags", entry.pattern),
                None => format!("matches the override pattern at {}", entry.origin),
            },
            confidence: if built_in { Confidence::Medium } else { Confidence::High },
        })
    }

    /// The flag of the predicates of a name, when they agree on one.
    pub(super) fn predicate(&self, found: &Wrappers, path: &str) -> Option<Parts> {
        let name = path.rsplit(['.', ':', '/']).next()?;
        let flags: BTreeSet<String> = found
            .predicates()
            .filter(|wrapper| wrapper.name == name)
            .filter_map(|wrapper| wrapper.parts.known())
            .collect();
        let mut flags = flags.into_iter();
        match (flags.next(), flags.next()) {
            (Some(flag), None) => Some(Parts::text(&flag)),
            (None, _) => {
                // A predicate whose name is the flag.
                let known = self.world.keys.contains(name) || self.world.named.contains(name);
                known.then(|| Parts::text(name))
            }
            _ => None,
        }
    }

    pub(super) fn pin(&self, pin: Pin) -> FlagOverride {
        let (value_span, value) = match pin.value {
            Some((span, expr)) => (Some(span), self.keys.value(pin.file, pin.scope, &expr)),
            None => (None, pin.pins.map(Value::Bool)),
        };
        FlagOverride {
            in_test: self.in_test(pin.file, pin.scope),
            at: location(pin.file, &pin.span),
            key_span: pin.key_span,
            key: key(&pin.parts),
            provider: pin.provider,
            value_span,
            value,
            decorator: pin.decorator,
            evidence: pin.evidence,
            confidence: pin.confidence,
        }
    }
}
