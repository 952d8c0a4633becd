//! From a call, with the evidence for what it is, to the site it makes, or to what it pins. Owns what a provider's file says
//! about the call's result; does not judge whether the call counts.

use super::evidence::{Evidence, find, given};
use super::keys::{Part, Parts};
use super::sites::Site;
use super::{Confidence, Effect, Key};
use crate::provider::{Callee, KeyForm, Outcome as Yields};
use crate::scan::facts::{Binding, Bound, Call, CallKind, Expr, ExprKind};
use crate::source::Span;
use crate::value::Value;

/// A place that pins a flag.
pub(super) struct Pin {
    pub(super) file: usize,
    pub(super) scope: usize,
    pub(super) span: Span,
    /// The call or assignment that pins.
    pub(super) call: Span,
    pub(super) decorator: bool,
    pub(super) key_span: Span,
    pub(super) parts: Parts,
    pub(super) provider: String,
    pub(super) value: Option<(Span, Expr)>,
    /// What it pins the flag to where that is not written.
    pub(super) pins: Option<bool>,
    /// The path of the predicate whose flag it is.
    pub(super) target: Option<String>,
    pub(super) evidence: String,
    pub(super) confidence: Confidence,
}

pub(super) fn provider_site(file: usize, call: &Call, evidence: &Evidence) -> Site {
    let method = evidence.signature.method;
    let mut parts = evidence.parts.clone();
    let mut negated = method.negated;
    let mut caveats = Vec::new();
    if let Some(position) = &method.state
        && let Some(index) = find(&call.arguments, position)
    {
        match &call.arguments[index].value.kind {
            ExprKind::Literal(Value::Bool(on)) => negated = negated == *on,
            _ => caveats.push("whether the flag has to be on is decided at run time".to_owned()),
        }
    }
    if let (Some(sign), Some(key)) = (&method.negation, parts.known())
        && let Some(rest) = key.strip_prefix(sign.as_str())
    {
        negated = !negated;
        parts.parts = vec![Part::Text(rest.to_owned())];
    }
    let mut span = call.span.clone();
    let (mut returns, mut projection) = (method.returns, method.projection);
    let mut effect = match method.result {
        Yields::Value | Yields::Fallible => Effect::Value,
        Yields::Object => Effect::Object,
        Yields::Text => Effect::Text,
        Yields::Presence => Effect::Presence,
        Yields::Component => Effect::Component,
    };
    if let Some((name, whole)) = &call.accessor
        && let Some(accessor) = method.accessors.get(name)
    {
        (span, returns, projection, effect) = (whole.clone(), accessor.returns, accessor.projection, Effect::Value);
        negated = negated != accessor.negated;
    }
    if method.callee == Callee::Decorator || (method.callee == Callee::Condition && call.decorator.is_some()) {
        effect = Effect::Guard;
        span = call.decorator.clone().unwrap_or(span);
    }
    let fallback = method.fallback.as_ref().and_then(|position| given(&call.arguments, position));
    let lacks_fallback = method.fallback.is_some() && fallback.is_none();
    Site {
        file,
        scope: call.scope,
        span,
        call: call.span.clone(),
        key_span: evidence.key.as_ref().map_or_else(|| call.name_span.clone(), |key| key.1.clone()),
        parts,
        provider: evidence.signature.provider.to_owned(),
        returns,
        projection,
        negated,
        fallback: fallback.map(|(value, span)| (span, value.clone())),
        lacks_fallback,
        arguments: call.arguments.iter().map(|argument| argument.span.clone()).collect(),
        builders: evidence.signature.language.builders.clone(),
        evidence: evidence.phrase.clone(),
        confidence: evidence.confidence,
        in_macro: call.in_macro,
        effect,
        awaited: method.awaited || call.awaited,
        fallible: method.result == Yields::Fallible,
        caveats,
        label: call.name.clone().into(),
        through: None,
        choice: None,
        idiom: evidence.signature.idiom,
    }
}

/// An attribute of a class guards the whole class.
pub(super) fn attribute_site(file: usize, binding: &Binding, evidence: Evidence) -> Site {
    let value = match &binding.value {
        Bound::Value(value, _) => value.span.clone(),
        _ => binding.span.clone(),
    };
    let span = binding.span.start..value.end;
    let callee = Expr::other(binding.span.clone());
    let call =
        Call { scope: binding.scope, ..Call::plain(CallKind::Subscript, span, binding.name.clone(), value, callee) };
    Site { effect: Effect::Guard, ..provider_site(file, &call, &evidence) }
}

/// What a call pins: one flag, or one per keyword argument.
pub(super) fn provider_pins(file: usize, call: &Call, evidence: Evidence) -> Vec<Pin> {
    let method = evidence.signature.method;
    let make = |key_span: Span, parts: Parts, value: Option<(Span, Expr)>| Pin {
        file,
        scope: call.scope,
        span: call.decorator.clone().unwrap_or_else(|| call.span.clone()),
        call: call.span.clone(),
        decorator: call.decorator.is_some(),
        key_span,
        parts,
        provider: evidence.signature.provider.to_owned(),
        value,
        pins: method.pins,
        target: None,
        evidence: evidence.phrase.clone(),
        confidence: evidence.confidence,
    };
    let written = |index: usize| (call.arguments[index].value_span.clone(), call.arguments[index].value.clone());
    if method.key.form == KeyForm::Keywords {
        let named = call.arguments.iter().enumerate();
        let named = named.filter_map(|(at, argument)| Some((at, argument.keyword.as_deref()?, &argument.span)));
        return named
            .map(|(at, name, span)| make(span.start..span.start + name.len(), Parts::text(name), Some(written(at))))
            .collect();
    }
    let key_span = evidence.key.as_ref().map_or_else(|| call.name_span.clone(), |key| key.1.clone());
    let value = method.value.as_ref().and_then(|position| find(&call.arguments, position));
    vec![make(key_span, evidence.parts.clone(), value.map(written))]
}

pub(super) fn key(parts: &Parts) -> Key {
    match parts.known() {
        Some(flag) => Key::Known { flag, via: parts.via.clone() },
        None => {
            let (prefix, suffix) = parts.affixes();
            Key::Dynamic { prefix, suffix }
        }
    }
}

/// A key without what separates its words, in lower case.
pub(super) fn loose(key: &str) -> String {
    key.chars().filter(|at| at.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
