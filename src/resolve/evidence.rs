//! Whether a call is a provider's check: the evidence ladder. The first step that decides wins.

use compact_str::CompactString;

use super::keys::{Keys, Part, Parts};
use super::names::{Names, Symbol, is_provider_path, starts_with_module};
use super::{Confidence, KeySet};
use crate::provider::{Callee, Catalogue, Globs, KeyForm, Method, Position, Signature};
use crate::scan::facts::{Argument, Binding, Bound, Call, CallKind, Expr, ExprKind, FileFacts, Import, ScopeKind};
use crate::source::Span;

/// Why a call is a check of a provider.
pub(super) struct Evidence {
    pub(super) signature: Signature,
    pub(super) confidence: Confidence,
    pub(super) phrase: String,
    /// Position on the ladder: less is stronger.
    step: u8,
    /// Whether the signature takes as many arguments.
    fits: bool,
    /// Index of the argument that is the key or holds it, and where the key is written.
    pub(super) key: Option<(usize, Span)>,
    pub(super) parts: Parts,
}

impl Evidence {
    /// Less is better: the step on the ladder; then a signature that takes so many arguments, and one that reads the key.
    fn rank(&self) -> (u8, bool, bool) {
        (self.step, !self.fits, self.parts.known().is_none())
    }
}

/// What the ladder looks things up in.
pub(super) struct Ladder<'run> {
    pub(super) names: &'run Names<'run>,
    pub(super) keys: &'run Keys<'run, 'run>,
    pub(super) catalogue: &'run Catalogue,
    pub(super) known: &'run KeySet,
    pub(super) line: &'run dyn Fn(usize, usize) -> usize,
    /// Keys that the user names on the command line.
    pub(super) named: &'run KeySet,
    /// What stands between the segments of a path in messages.
    pub(super) separator: &'static str,
}

impl Ladder<'_> {
    /// The strongest evidence that a call is a check.
    pub(super) fn judge(&self, file: usize, facts: &FileFacts, call: &Call) -> Option<Evidence> {
        self.names.start();
        let callee = self.names.resolve(file, call.scope, &call.callee);
        let name = match &callee {
            Symbol::External { path, .. } => path.last().map_or(call.name.as_str(), CompactString::as_str),
            _ => call.name.as_str(),
        };
        let receiver = match &call.callee.kind {
            ExprKind::Member(object, _) => Some((object.as_ref(), self.names.resolve(file, call.scope, object))),
            _ => None,
        };
        // What a module exports by default has no name of its own.
        let name = if name == "default" { call.name.as_str() } else { name };
        let mut best: Option<Evidence> = None;
        for signature in self.catalogue.methods(name) {
            let found = self.one(file, facts, call, *signature, &callee, receiver.as_ref());
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| found.rank() < best.rank())
            {
                best = Some(found);
            }
        }
        best.or_else(|| self.made(file, call))
    }

    /// The function that is called was made with the key.
    fn made(&self, file: usize, call: &Call) -> Option<Evidence> {
        if !self.catalogue.makes() || call.kind != CallKind::Call {
            return None;
        }
        // A method of what was made evaluates it too: `showBanner.run(…)`.
        let made = match &call.callee.kind {
            ExprKind::Member(object, name) if name == "run" => object,
            _ => &call.callee,
        };
        let by = self.keys.declaration(file, call.scope, made)?.callee.last_name()?.to_owned();
        let mut signatures = self.catalogue.made_by(&by).iter();
        signatures.find_map(|signature| self.declared(file, call, made, *signature))
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
        let Signature { provider, language, method, .. } = signature;
        let kind = match method.callee {
            Callee::Attribute => return None,
            Callee::Subscript => CallKind::Subscript,
            Callee::Field => CallKind::Field,
            Callee::Element => CallKind::Element,
            Callee::Condition => CallKind::Condition,
            _ => CallKind::Call,
        };
        let undecorated = method.callee == Callee::Decorator && call.decorator.is_none();
        if kind != call.kind || undecorated || (method.gate && !call.gate) {
            return None;
        }
        if method.callee == Callee::Declared {
            let ExprKind::Member(object, _) = &call.callee.kind else { return None };
            return self.declared(file, call, object, signature);
        }
        // What an SDK brings is never an idiom around none.
        let brought = || {
            matches!(callee, Symbol::External { path, .. }
                if is_provider_path(self.names.providers, self.names.code[file].language, path))
        };
        if signature.idiom && brought() {
            return None;
        }
        if let Some(globs) = &method.given {
            let name = call.arguments.first().and_then(|argument| argument.value.last_name())?;
            if !globs.accept(name) {
                return None;
            }
        }
        // What a module offers is no flag.
        let module = match callee {
            Symbol::External { called, .. } => !called && matches!(call.callee.kind, ExprKind::Name(_)),
            Symbol::Scope { instance, .. } => !instance,
            _ => false,
        };
        if method.callee == Callee::Field && module {
            return None;
        }
        let by_members = method.callee == Callee::Members;
        let key = if by_members { None } else { given(&call.arguments, &method.key) };
        let keywords = method.key.form == KeyForm::Keywords;
        let keyword = call.arguments.iter().find_map(|argument| argument.keyword.as_deref());
        let anyway = by_members || (keywords && keyword.is_some());
        if key.is_none() && !anyway && !call.arguments.iter().any(|argument| argument.spread) {
            return None;
        }
        let parts = match key {
            _ if keywords => Parts::text(keyword?),
            Some((value, _)) => self.key(file, call, method, value),
            None => Parts { parts: vec![Part::Unknown], via: Vec::new() },
        };
        if parts.is_no_text() || !accepts(method, &parts) {
            return None;
        }
        let key = find(&call.arguments, &method.key).zip(key.map(|(_, span)| span));
        let fits = method.arguments.is_none_or(|(least, most)| (least..=most).contains(&call.arguments.len()));
        let evidence = |step: u8, confidence: Confidence, phrase: String| {
            Some(Evidence { signature, confidence, phrase, step, fits, key: key.clone(), parts: parts.clone() })
        };
        if !method.with.is_empty() {
            let from = |import: &&Import| starts_with_module(&import.path, &language.modules);
            let wanted =
                |import: &Import| import.path.last().is_some_and(|last| method.with.iter().any(|with| with == last));
            let import = facts.imports.iter().filter(from).find(|import| wanted(import))?;
            let (name, line) = (method_name(&import.path), (self.line)(file, import.span.start));
            return evidence(1, Confidence::High, format!("`{name}` hands it in (line {line})"));
        }
        let from = |imported: &Option<(usize, crate::source::Span)>| match imported {
            Some((home, span)) if *home == file => format!(" (line {})", (self.line)(*home, span.start)),
            Some((home, span)) => {
                format!(" ({}:{})", self.names.modules.path(*home), (self.line)(*home, span.start))
            }
            None => String::new(),
        };

        if signature.asked {
            let key = parts.known()?;
            let why = if self.known.contains(&key) {
                format!("the registry knows `{key}`")
            } else if self.named.contains(&key) {
                format!("`{key}` is asked for by name")
            } else {
                return None;
            };
            return evidence(1, Confidence::High, why);
        }
        // 1: a tag comes from a library that the template loads.
        if method.callee == Callee::Tag {
            if receiver.is_some() {
                return None;
            }
            let import = facts.imports.iter().find(|import| starts_with_module(&import.path, &language.modules))?;
            let line = (self.line)(file, import.span.start);
            let phrase = format!("the template loads `{}` (line {line})", import.path.join(self.separator));
            return evidence(1, Confidence::High, phrase);
        }
        // 1: the function itself comes from the provider's module.
        if method.callee != Callee::Method {
            match callee {
                Symbol::External { path, called: false, imported } if starts_with_module(path, &language.modules) => {
                    let module = path[..path.len() - 1].join(self.separator);
                    return evidence(
                        1,
                        Confidence::High,
                        format!("`{}` is imported from `{module}`{}", shown(path, call), from(imported)),
                    );
                }
                Symbol::Function { .. } | Symbol::Scope { .. } if !signature.idiom => return None,
                _ => {}
            }
        }
        // 2: a method of what the provider's factory makes, under a name of its own.
        if matches!(method.callee, Callee::Method | Callee::Either)
            && receiver.is_none()
            && let Symbol::External { path, called: false, imported } = callee
            && starts_with_module(path, &language.modules)
            && let [.., maker, own] = path.as_slice()
            && language.factories.iter().any(|factory| factory == maker)
            && method.names.iter().any(|name| name == own)
        {
            let made =
                format!("`{}` is `{own}` of what `{}` makes", call.name, path[..path.len() - 1].join(self.separator));
            return evidence(2, Confidence::High, format!("{made}{}", from(imported)));
        }
        // 2: the receiver is made by the provider's factory.
        let (mut foreign, mut made_elsewhere) = (false, false);
        match receiver.map(|(_, symbol)| symbol) {
            Some(Symbol::External { path, called, imported }) if starts_with_module(path, &language.modules) => {
                let made = path.last().is_some_and(|last| language.factories.iter().any(|factory| factory == last));
                if *called && made && matches!(method.callee, Callee::Method | Callee::Either | Callee::Members) {
                    let shown = receiver.and_then(|(expr, _)| expr.last_name()).map_or_else(
                        || format!("the receiver is `{}()`", path.join(self.separator)),
                        |name| format!("`{name}` comes from `{}`", path.join(self.separator)),
                    );
                    return evidence(2, Confidence::High, format!("{shown}{}", from(imported)));
                }
                return None;
            }
            // A project may well write the object that evaluates its flags as a literal.
            Some(Symbol::Literal) if !signature.idiom => return None,
            // Something that another module makes is no client, whatever its name; the registry may know better.
            Some(Symbol::External { called: true, .. }) => made_elsewhere = true,
            Some(Symbol::External { called: false, .. }) => foreign = true,
            Some(Symbol::Scope { file, scope, .. })
                if !signature.idiom && self.names.members(*file, *scope, &call.name).is_some() =>
            {
                return None;
            }
            Some(Symbol::Function { .. }) if !signature.idiom => return None,
            _ => {}
        }
        if matches!(callee, Symbol::Function { .. }) && !signature.idiom {
            return None;
        }

        if !fits || method.traced || !key_like(&parts) {
            return None;
        }
        let is_method = method.callee == Callee::Method || (method.callee == Callee::Either && receiver.is_some());
        let receiver_name = match method.callee {
            Callee::Subscript | Callee::Field => Some(call.name.as_str()),
            _ => receiver.and_then(|(expr, _)| expr.last_name()),
        };
        if !method.receivers.is_empty() || matches!(method.callee, Callee::Subscript | Callee::Field) {
            let name = receiver_name?;
            // What a mapping is a member of, and a receiver too.
            let (held, holder) = match (method.callee, &call.callee.kind) {
                (Callee::Subscript, ExprKind::Member(object, _)) => (object.last_name(), None),
                (Callee::Subscript | Callee::Field, _) => (None, None),
                (_, _) => (Some(name), receiver.and_then(|(expr, _)| member_holder(expr))),
            };
            let among = |names: &[String], name: Option<&str>| {
                names.is_empty() || name.is_some_and(|name| names.iter().any(|wanted| wanted == name))
            };
            if !among(&method.receivers, held) || !among(&method.of, holder) {
                return None;
            }
            // A member that is the text of a key names a flag and is none.
            if method.callee == Callee::Subscript
                && let Some(key) = parts.known()
                && self.keys.is_text(file, call.scope, &call.callee, &key)
            {
                return None;
            }
            // What such a mapping holds under a name that is put together is as often no flag.
            if parts.known().is_none() && parts.parts.len() != 1 {
                return None;
            }
            let what = match (method.callee, provider) {
                (Callee::Subscript, _) => format!("`{name}[…]` is how flags in a mapping are read"),
                (Callee::Field, _) => format!("`{name}` holds flags by its name"),
                _ => format!("`{name}.{}` is how {provider} flags are read", call.name),
            };
            return evidence(3, Confidence::Medium, what);
        }
        // 3: the receiver has a conventional name.
        if let Some(name) = receiver_name.filter(|_| !made_elsewhere) {
            // An import under another name keeps the name that it has at home.
            let home = match receiver {
                Some((_, Symbol::External { path, .. })) => path.last().map_or(name, CompactString::as_str),
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
            && !signature.idiom
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

    /// The key stands where the thing that is called on is declared.
    fn declared(&self, file: usize, call: &Call, object: &Expr, signature: Signature) -> Option<Evidence> {
        let Signature { provider, method, .. } = signature;
        let found = self.keys.declaration(file, call.scope, object)?;
        let by = found.callee.last_name()?;
        let symbol = self.names.resolve(found.file, found.scope, found.callee);
        let place = format!("{}:{}", self.names.modules.path(found.file), (self.line)(found.file, found.span.start));
        let made = self.ancestor(&symbol, by, signature)?;
        let (key, _) = given(found.arguments, &method.key)?;
        let mut parts = self.keys.evaluate(found.file, found.scope, key);
        if parts.is_no_text() || !accepts(method, &parts) {
            return None;
        }
        if let Some(within) = &method.key.within {
            // The key is there in two parts only when the second is text too.
            parts.known()?;
            let outer = &found.arguments[find(found.arguments, &Position::at(*within))?].value;
            let outer = self.keys.declared(found.file, found.scope, outer);
            let dot = Parts::text(".");
            let unknown = Parts { parts: vec![Part::Unknown], via: Vec::new() };
            let outer = if outer.is_no_text() { unknown } else { outer };
            parts.parts = [outer.parts, dot.parts, parts.parts].concat();
        }
        parts.via.insert(0, super::keys::location(found.file, found.span));
        let (confidence, what) = match made {
            Some(module) => (Confidence::High, format!("`{by}` of `{module}`")),
            None if method.callee == Callee::Made => return None,
            None => (Confidence::Medium, format!("`{by}`, a name of {provider}")),
        };
        let shown = object.last_name().unwrap_or(by);
        let phrase = format!("`{shown}` is declared with {what} ({place})");
        Some(Evidence { signature, confidence, phrase, step: 1, fits: true, key: None, parts })
    }

    /// Whether something is a class that declares flags: `Some(Some(module))` when it leads to the provider, `Some(None)` when
    /// only its name says so.
    fn ancestor(&self, symbol: &Symbol, by: &str, signature: Signature) -> Option<Option<String>> {
        let Signature { language, method, .. } = signature;
        let names = if method.callee == Callee::Made { &method.names } else { &method.declared_by };
        let named = |name: &str| names.iter().any(|wanted| wanted == name);
        let mut queue = vec![(symbol.clone(), by.to_owned())];
        let mut by_name = false;
        for _ in 0..MAX_BASES {
            let Some((symbol, name)) = queue.pop() else { break };
            match symbol {
                Symbol::External { path, .. } => {
                    let own = path.last().is_some_and(|last| named(last));
                    if own && starts_with_module(&path, &language.modules) {
                        return Some(Some(path[..path.len() - 1].join(self.separator)));
                    }
                    by_name |= own;
                }
                Symbol::Scope { file, scope, .. } => {
                    by_name |= named(&name);
                    let Some(facts) = self.names.facts(file) else { continue };
                    for base in &facts.scopes[scope].bases {
                        let symbol = self.names.resolve(file, facts.scopes[scope].parent, base);
                        queue.push((symbol, base.last_name().unwrap_or("").to_owned()));
                    }
                }
                _ => by_name |= named(&name),
            }
        }
        if !queue.is_empty() {
            self.names.cut.set(true);
        }
        by_name.then_some(None)
    }

    /// Class attributes whose value is a key, in classes with a base of the provider.
    pub(super) fn attributes<'facts>(&self, file: usize, facts: &'facts FileFacts) -> Vec<(&'facts Binding, Evidence)> {
        let mut result = Vec::new();
        for binding in facts.bindings.iter().filter(|at| facts.scopes[at.scope].kind == ScopeKind::Class) {
            let Bound::Value(value, _) = &binding.value else { continue };
            let methods = self.catalogue.methods(&binding.name).iter();
            for signature in methods.filter(|signature| signature.method.callee == Callee::Attribute) {
                if binding.home != binding.scope {
                    continue;
                }
                self.names.start();
                let scope = &facts.scopes[binding.scope];
                let wanted = |name: &str| signature.method.bases.iter().any(|base| base == name);
                let Some(base) = scope.bases.iter().find(|base| base.last_name().is_some_and(wanted)) else { continue };
                let symbol = self.names.resolve(file, scope.parent, base);
                let name = base.last_name().unwrap_or("");
                let (confidence, phrase) = match symbol {
                    Symbol::External { path, .. } if starts_with_module(&path, &signature.language.modules) => {
                        let module = path[..path.len() - 1].join(self.separator);
                        (Confidence::High, format!("the class extends `{name}` of `{module}`"))
                    }
                    _ => (Confidence::Medium, format!("the class extends `{name}`, a name of {}", signature.provider)),
                };
                let parts = self.keys.evaluate(file, binding.home, value);
                if parts.is_no_text() || !key_like(&parts) {
                    continue;
                }
                result.push((
                    binding,
                    Evidence { signature: *signature, confidence, phrase, step: 1, fits: true, key: None, parts },
                ));
                break;
            }
        }
        result
    }

    fn key(&self, file: usize, call: &Call, method: &Method, expr: &Expr) -> Parts {
        let parts = match method.key.form {
            KeyForm::Declared => self.keys.declared(file, call.scope, expr),
            _ => self.keys.evaluate(file, call.scope, expr),
        };
        if method.key.form == KeyForm::Camel
            && let Some(name) = parts.known()
        {
            return Parts::text(&super::members::key_of_member(&name, KeyForm::Camel, self.known));
        }
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

/// How many base classes are looked at.
const MAX_BASES: usize = 16;

/// Whether the method is for that key.
fn accepts(method: &Method, parts: &Parts) -> bool {
    let key = parts.known();
    let fits = |globs: &Globs| key.as_ref().is_some_and(|key| globs.accept(key));
    method.keys.as_ref().is_none_or(fits) && !method.except.as_ref().is_some_and(fits)
}

/// The last name of what something is a member of.
fn member_holder(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Member(object, _) => object.last_name(),
        _ => None,
    }
}

/// The name that an import has in the code: what a module exports by default has none at home.
fn shown<'call>(path: &'call [CompactString], call: &'call Call) -> &'call str {
    match method_name(path) {
        "default" => &call.name,
        name => name,
    }
}

fn method_name(path: &[CompactString]) -> &str {
    path.last().map_or("", CompactString::as_str)
}

/// The argument in a position: by keyword, else by index as long as nothing before it stands for several.
pub(super) fn find(arguments: &[Argument], position: &Position) -> Option<usize> {
    if let Some(keyword) = &position.keyword
        && let Some(found) = arguments.iter().position(|argument| argument.keyword.as_deref() == Some(keyword))
    {
        return Some(found);
    }
    let plain = arguments.iter().take_while(|argument| argument.keyword.is_none() && !argument.spread).count();
    (position.index < plain).then_some(position.index)
}

/// What stands in a position, and where it is written: an argument, or an entry of one.
pub(super) fn given<'call>(arguments: &'call [Argument], position: &Position) -> Option<(&'call Expr, Span)> {
    let argument = &arguments[find(arguments, position)?];
    let Some(wanted) = &position.entry else { return Some((&argument.value, argument.value_span.clone())) };
    let ExprKind::Map(entries) = &argument.value.kind else { return None };
    let (_, value) = entries.iter().find(|(name, _)| name == wanted)?;
    Some((value, value.span.clone()))
}

/// Whether a known text looks like a key; what is not known may be one.
fn key_like(parts: &Parts) -> bool {
    parts.known().is_none_or(|text| {
        !text.is_empty() && !text.contains(char::is_whitespace) && !text.contains("://") && !text.starts_with('/')
    })
}
