//! Whether a call is a provider's check: the evidence ladder. The first step that decides wins.

use super::keys::{Keys, Parts};
use super::names::{Names, Symbol, starts_with_module};
use super::{Confidence, KeySet};
use crate::provider::{Callee, Catalogue, KeyForm, Method, Position, Signature};
use crate::scan::facts::{Argument, Call, Expr, ExprKind, FileFacts};

/// Why a call is a check of a provider.
pub(super) struct Evidence {
    pub(super) signature: Signature,
    pub(super) confidence: Confidence,
    pub(super) phrase: String,
    /// Position on the ladder: less is stronger.
    step: u8,
    pub(super) key: Option<usize>,
    pub(super) parts: Parts,
}

/// What the ladder looks things up in.
pub(super) struct Ladder<'run> {
    pub(super) names: &'run Names<'run>,
    pub(super) keys: &'run Keys<'run, 'run>,
    pub(super) catalogue: &'run Catalogue,
    pub(super) known: &'run KeySet,
    pub(super) line: &'run dyn Fn(usize, usize) -> usize,
    /// What stands between the segments of a path in messages.
    pub(super) separator: &'static str,
}

impl Ladder<'_> {
    /// The strongest evidence that a call is a check.
    pub(super) fn judge(&self, file: usize, facts: &FileFacts, call: &Call) -> Option<Evidence> {
        self.names.start();
        let callee = self.names.resolve(file, call.scope, &call.callee);
        let name = match &callee {
            Symbol::External { path, .. } => path.last().map_or(call.name.as_str(), String::as_str),
            _ => call.name.as_str(),
        };
        let receiver = match &call.callee.kind {
            ExprKind::Member(object, _) => Some((object.as_ref(), self.names.resolve(file, call.scope, object))),
            _ => None,
        };
        let mut best: Option<Evidence> = None;
        for signature in self.catalogue.methods(name) {
            let found = self.one(file, facts, call, *signature, &callee, receiver.as_ref());
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| found.step < best.step)
            {
                best = Some(found);
            }
        }
        best
    }

    fn one(
        &self,
        file: usize,
        facts: &FileFacts,
        call: &Call,
        signature: Signature,
        callee: &Symbol,
        receiver: Option<&(&Expr, Symbol)>,
    ) -> Option<Evidence> {
        let Signature { provider, language, method } = signature;
        if (method.callee == Callee::Decorator) != call.decorator.is_some() && method.callee == Callee::Decorator {
            return None;
        }
        let by_members = method.callee == Callee::Members;
        let key = if by_members { None } else { find(&call.arguments, &method.key) };
        if key.is_none() && !by_members && !call.arguments.iter().any(|argument| argument.spread) {
            return None;
        }
        let parts = match key {
            Some(index) => self.key(file, call, method, &call.arguments[index].value),
            None => Parts { parts: vec![super::keys::Part::Unknown], via: Vec::new() },
        };
        if parts.is_no_text() {
            return None;
        }
        let evidence = |step: u8, confidence: Confidence, phrase: String| {
            Some(Evidence { signature, confidence, phrase, step, key, parts: parts.clone() })
        };
        let from = |imported: &Option<(usize, crate::source::Span)>| match imported {
            Some((home, span)) if *home == file => format!(" (line {})", (self.line)(*home, span.start)),
            Some((home, span)) => {
                format!(" ({}:{})", self.names.modules.path(*home), (self.line)(*home, span.start))
            }
            None => String::new(),
        };

        // 1: the function itself comes from the provider's module.
        if method.callee != Callee::Method {
            match callee {
                Symbol::External { path, called: false, imported } if starts_with_module(path, &language.modules) => {
                    let module = path[..path.len() - 1].join(self.separator);
                    return evidence(
                        1,
                        Confidence::High,
                        format!("`{}` is imported from `{module}`{}", method_name(path), from(imported)),
                    );
                }
                Symbol::Function { .. } | Symbol::Scope { .. } => return None,
                _ => {}
            }
        }
        // 2: the receiver is made by the provider's factory.
        let (mut foreign, mut made_elsewhere) = (false, false);
        match receiver.map(|(_, symbol)| symbol) {
            Some(Symbol::External { path, called, imported }) if starts_with_module(path, &language.modules) => {
                let made = path.last().is_some_and(|last| language.factories.contains(last));
                if *called && made && method.callee == Callee::Method {
                    let shown = receiver.and_then(|(expr, _)| expr.last_name()).map_or_else(
                        || format!("the receiver is `{}()`", path.join(self.separator)),
                        |name| format!("`{name}` comes from `{}`", path.join(self.separator)),
                    );
                    return evidence(2, Confidence::High, format!("{shown}{}", from(imported)));
                }
                return None;
            }
            Some(Symbol::Literal) => return None,
            // Something that another module makes is no client, whatever its name; the registry may know better.
            Some(Symbol::External { called: true, .. }) => made_elsewhere = true,
            Some(Symbol::External { called: false, .. }) => foreign = true,
            Some(Symbol::Scope { file, scope, .. }) if self.names.members(*file, *scope, &call.name).is_some() => {
                return None;
            }
            Some(Symbol::Function { .. }) => return None,
            _ => {}
        }
        if matches!(callee, Symbol::Function { .. }) {
            return None;
        }

        let fits = method.arguments.is_none_or(|(least, most)| (least..=most).contains(&call.arguments.len()));
        if !fits || !key_like(&parts) {
            return None;
        }
        let is_method = method.callee == Callee::Method;
        let receiver_name = receiver.and_then(|(expr, _)| expr.last_name());
        // 3: the receiver has a conventional name.
        if let Some(name) = receiver_name.filter(|_| !made_elsewhere) {
            // An import under another name keeps the name that it has at home.
            let home = match receiver {
                Some((_, Symbol::External { path, .. })) => path.last().map_or(name, String::as_str),
                _ => name,
            };
            let same = |wanted: &String| wanted.eq_ignore_ascii_case(name) || wanted.eq_ignore_ascii_case(home);
            if language.receivers.iter().any(same) {
                return evidence(
                    3,
                    Confidence::Medium,
                    format!("`{name}` is a conventional name for a client of {provider}"),
                );
            }
            if is_method && !foreign && language.generic_receivers.iter().any(same) {
                let import = facts.imports.iter().find(|import| starts_with_module(&import.path, &language.modules));
                if let Some(import) = import {
                    let line = (self.line)(file, import.span.start);
                    return evidence(
                        3,
                        Confidence::Medium,
                        format!("`{name}` in a file that imports `{}` (line {line})", import.path.join(self.separator)),
                    );
                }
            }
        }
        // 4: the registry knows the key.
        if let Some(key) = parts.known()
            && self.known.contains(&key)
            && is_method == receiver.is_some()
        {
            return evidence(4, Confidence::High, format!("the registry knows `{key}`"));
        }
        if made_elsewhere {
            return None;
        }
        // 5: the name says it.
        // A function may be called through a module that is not part of the project, not on an object.
        let through_module = receiver.is_none() || foreign || matches!(receiver, Some((_, Symbol::Unbound(_))));
        if method.distinctive && (if is_method { receiver.is_some() } else { through_module }) {
            return evidence(5, Confidence::Medium, format!("`{}` is a distinctive name of {provider}", call.name));
        }
        if method.shape
            && parts.known().is_some()
            && let Some(name) = receiver_name
            && !foreign
            && language.generic_receivers.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
        {
            return evidence(
                6,
                Confidence::Medium,
                format!("`{name}.{}` with a key and its other arguments is how {provider} is called", call.name),
            );
        }
        None
    }

    fn key(&self, file: usize, call: &Call, method: &Method, expr: &Expr) -> Parts {
        let parts = self.keys.evaluate(file, call.scope, expr);
        if method.key.form == KeyForm::Variant
            && parts.known().is_none()
            && let ExprKind::Member(_, name) = &expr.kind
            && name.starts_with(char::is_uppercase)
        {
            return Parts::text(name);
        }
        parts
    }
}

fn method_name(path: &[String]) -> &str {
    path.last().map_or("", String::as_str)
}

/// The argument in a position: by keyword, else by index as long as nothing before it stands for several.
pub(super) fn find(arguments: &[Argument], position: &Position) -> Option<usize> {
    if let Some(keyword) = &position.keyword
        && let Some(found) = arguments.iter().position(|argument| argument.keyword.as_ref() == Some(keyword))
    {
        return Some(found);
    }
    let plain = arguments.iter().take_while(|argument| argument.keyword.is_none() && !argument.spread).count();
    (position.index < plain).then_some(position.index)
}

/// Whether a known text looks like a key; what is not known may be one.
fn key_like(parts: &Parts) -> bool {
    parts.known().is_none_or(|text| {
        !text.is_empty() && !text.contains(char::is_whitespace) && !text.contains("://") && !text.starts_with('/')
    })
}
