//! From facts to checks. Owns the order of things: provider calls, user patterns and calls of wrappers become sites; sites
//! whose key is a parameter make wrappers; until nothing new turns up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::evidence::{Evidence, Ladder, find};
use super::keys::{Keys, Part, Parts, location};
use super::modules::Modules;
use super::names::{Names, Symbol};
use super::wrappers::{self, Wrapper, Wrappers};
use super::{Confidence, Effect, Fallback, FlagCheck, Key, KeySet, Projection};
use crate::language;
use crate::project::CodeFile;
use crate::provider::{self, Callee, KeyForm, Outcome as Yields};
use crate::scan::facts::{Bound, Call, Expr, FileFacts, PatternKey, PatternMatch};
use crate::scan::pattern::Pattern;
use crate::settings::CheckPattern;
use crate::source::Span;
use crate::value::ValueType;

/// Wrappers of wrappers are followed this far.
const MAX_ROUNDS: usize = 8;

/// What resolution works on.
pub struct World<'run> {
    /// The walked files.
    pub code: &'run [CodeFile],
    /// Their facts, for those that were scanned.
    pub files: &'run [Option<FileFacts>],
    /// Their texts, for the same ones.
    pub texts: &'run [Option<Arc<str>>],
    /// The files as modules.
    pub modules: &'run Modules,
    /// The user's checks as given.
    pub checks: &'run [CheckPattern],
    /// The same, compiled.
    pub patterns: &'run [Pattern],
    /// What the registry knows.
    pub keys: &'run KeySet,
}

/// What resolution found, and what it needs to find more.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The checks; sources are numbers in the walked list.
    pub checks: Vec<FlagCheck>,
    /// Files that were needed and not scanned.
    pub wanted: BTreeSet<usize>,
    /// Names of wrappers and aliases: calls of them are worth a fact.
    pub names: BTreeSet<String>,
    /// Bounds that were hit.
    pub limits: BTreeSet<String>,
}

/// A place that evaluates a flag, before it is known whether a wrapper explains it.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) file: usize,
    pub(super) scope: usize,
    /// The expression that yields the value.
    pub(super) span: Span,
    /// The call, without a member of the result.
    pub(super) call: Span,
    pub(super) key_span: Span,
    pub(super) parts: Parts,
    pub(super) provider: String,
    pub(super) returns: ValueType,
    pub(super) projection: Projection,
    pub(super) negated: bool,
    pub(super) fallback: Option<(Span, Expr)>,
    pub(super) arguments: Vec<Span>,
    pub(super) builders: Vec<String>,
    pub(super) evidence: String,
    pub(super) confidence: Confidence,
    pub(super) in_macro: bool,
    pub(super) effect: Effect,
    pub(super) awaited: bool,
    pub(super) fallible: bool,
    pub(super) caveats: Vec<String>,
    /// What is called, for the evidence of a wrapper around it.
    pub(super) label: String,
    /// The wrapper that is called, by file and function.
    pub(super) through: Option<(usize, usize)>,
}

struct Resolver<'run> {
    world: &'run World<'run>,
    names: &'run Names<'run>,
    keys: &'run Keys<'run, 'run>,
    /// How many functions have a name.
    functions: BTreeMap<&'run str, usize>,
}

/// Finds the checks of all scanned files.
pub fn resolve(world: &World<'_>) -> Outcome {
    let names = Names::new(world.files, world.code, world.modules);
    let keys = Keys::new(&names);
    let mut functions = BTreeMap::new();
    for function in world.files.iter().flatten().flat_map(|facts| &facts.functions) {
        *functions.entry(function.name.as_str()).or_insert(0) += 1;
    }
    let resolver = Resolver { world, names: &names, keys: &keys, functions };
    let mut outcome = Outcome::default();
    let fixed = resolver.fixed_sites();
    let mut found = Wrappers::default();
    let mut sites = Vec::new();
    for round in 0..=MAX_ROUNDS {
        sites = fixed.clone();
        resolver.wrapped_sites(&found, &mut sites);
        let next = wrappers::of_sites(&sites, resolver.names, resolver.keys, &|file, at| resolver.line(file, at));
        let same = next.same_functions(&found);
        found = next;
        if same {
            break;
        }
        if round == MAX_ROUNDS {
            outcome.limits.insert(format!("functions around functions around checks are followed {MAX_ROUNDS} deep"));
        }
    }
    outcome.names = found.names();
    resolver.aliases(&mut outcome.names);
    // The inside of a wrapper is explained by its callers. When no live code calls it, it stands for itself: somebody outside
    // of what was scanned names the key.
    let called: BTreeSet<(usize, usize)> =
        sites.iter().filter(|site| !resolver.in_test(site)).filter_map(|site| site.through).collect();
    let explained = |site: &Site| found.around(site).is_some_and(|wrapper| called.contains(&wrapper));
    let mut checks: Vec<FlagCheck> =
        sites.into_iter().filter(|site| !explained(site)).map(|site| resolver.check(site)).collect();
    checks.sort_by(|left, right| left.at.cmp(&right.at));
    outcome.checks = checks;
    outcome.wanted = names.wanted.take();
    if names.cut.get() {
        outcome.limits.insert("a name was looked up through too many others and is taken as unknown".to_owned());
    }
    outcome
}

impl<'run> Resolver<'run> {
    fn line(&self, file: usize, offset: usize) -> usize {
        let text = self.world.texts[file].as_deref().unwrap_or("");
        memchr::memchr_iter(b'\n', &text.as_bytes()[..offset.min(text.len())]).count() + 1
    }

    fn scanned(&self) -> impl Iterator<Item = (usize, &'run FileFacts)> {
        let files: &'run [Option<FileFacts>] = self.world.files;
        files.iter().enumerate().filter_map(|(file, facts)| Some((file, facts.as_ref()?)))
    }

    /// Provider calls and user patterns. A pattern wins over a provider for the same expression, the first pattern over the
    /// next.
    fn fixed_sites(&self) -> Vec<Site> {
        let mut sites = Vec::new();
        let line = |file: usize, at: usize| self.line(file, at);
        for (file, facts) in self.scanned() {
            let mut taken: BTreeSet<(usize, usize)> = BTreeSet::new();
            for found in &facts.matches {
                if let Some(site) = self.pattern_site(file, found)
                    && taken.insert((site.call.start, site.call.end))
                {
                    sites.push(site);
                }
            }
            let name = self.world.code[file].language;
            let (Some(language), Some(catalogue)) = (language::by_name(name), provider::catalogue(name)) else {
                continue;
            };
            let ladder = Ladder {
                names: self.names,
                keys: self.keys,
                catalogue,
                known: self.world.keys,
                line: &line,
                separator: language.scan.separator(),
            };
            for call in &facts.calls {
                if taken.contains(&(call.span.start, call.span.end)) {
                    continue;
                }
                if let Some(evidence) = ladder.judge(file, facts, call) {
                    if evidence.signature.method.callee == Callee::Members {
                        sites.extend(member_sites(file, call, &evidence, self.world.keys));
                        continue;
                    }
                    let mut site = provider_site(file, call, evidence);
                    // An SDK that returns whatever the flag holds returns what its fallback is of.
                    if site.returns == ValueType::Any
                        && site.effect == Effect::Value
                        && let Some((_, fallback)) = &site.fallback
                        && let Some(value) = self.keys.value(file, site.scope, fallback)
                    {
                        site.returns = value.value_type();
                    }
                    sites.push(site);
                }
            }
        }
        sites
    }

    fn pattern_site(&self, file: usize, found: &PatternMatch) -> Option<Site> {
        let check = &self.world.checks[found.pattern];
        let parts = match &found.key {
            PatternKey::Name(name) => Parts::text(name),
            PatternKey::Expression(expr) => self.keys.evaluate(file, found.scope, expr),
            PatternKey::Receiver(expr) => self.keys.declared(file, found.scope, expr),
        };
        if parts.is_no_text() {
            return None;
        }
        if let Some(key) = parts.known() {
            let pattern = self.world.patterns.iter().find(|pattern| pattern.index == found.pattern)?;
            if !pattern.accepts(&key) {
                return None;
            }
        }
        Some(Site {
            file,
            scope: found.scope,
            span: found.decorator.clone().unwrap_or_else(|| found.span.clone()),
            call: found.span.clone(),
            key_span: found.key_span.clone(),
            parts,
            provider: format!("checks[{}]", found.pattern + 1),
            returns: check.returns,
            projection: if check.returns == ValueType::Bool { Projection::Enabled } else { Projection::Value },
            negated: check.negated,
            fallback: found.fallback.clone(),
            arguments: found.arguments.clone(),
            builders: found.builders.clone(),
            evidence: format!("matches the check pattern at {}", check.origin),
            confidence: Confidence::High,
            in_macro: found.in_macro,
            effect: if found.decorator.is_some() { Effect::Guard } else { Effect::Value },
            awaited: false,
            fallible: false,
            caveats: Vec::new(),
            label: format!("checks[{}]", found.pattern + 1),
            through: None,
        })
    }

    /// Calls of functions that are known to wrap a check.
    fn wrapped_sites(&self, found: &Wrappers, sites: &mut Vec<Site>) {
        if found.is_empty() {
            return;
        }
        let taken: BTreeSet<(usize, usize, usize)> =
            sites.iter().map(|site| (site.file, site.call.start, site.call.end)).collect();
        for (file, facts) in self.scanned() {
            for call in &facts.calls {
                if taken.contains(&(file, call.span.start, call.span.end)) || call.decorator.is_some() {
                    continue;
                }
                self.names.start();
                let target = self.names.resolve(file, call.scope, &call.callee);
                let (wrapper, guessed) = match target {
                    Symbol::Function { file, function } => match found.get(file, function) {
                        Some(wrapper) => (wrapper, false),
                        None => continue,
                    },
                    Symbol::Unknown | Symbol::Unbound(_) | Symbol::Parameter => match self.guess(found, file, call) {
                        Some(wrapper) => (wrapper, true),
                        None => continue,
                    },
                    _ => continue,
                };
                if let Some(site) = self.wrapper_site(file, call, wrapper, guessed) {
                    sites.push(site);
                }
            }
        }
    }

    /// A method that cannot be traced is taken for a wrapper when no other function of the project has its name, the name
    /// speaks of flags, and the key is known.
    fn guess<'found>(&self, found: &'found Wrappers, file: usize, call: &Call) -> Option<&'found Wrapper> {
        let speaks = ["flag", "feature", "toggle", "experiment", "variation", "rollout"];
        let name = call.name.to_ascii_lowercase();
        let wrapper = found.only_method(&call.name)?;
        let same_language = self.world.code[wrapper.file].language == self.world.code[file].language;
        let only = self.functions.get(call.name.as_str()) == Some(&1);
        (same_language && only && speaks.iter().any(|word| name.contains(word))).then_some(wrapper)
    }

    fn wrapper_site(&self, file: usize, call: &Call, wrapper: &Wrapper, guessed: bool) -> Option<Site> {
        let key = wrapper.key.as_ref().map(|position| find(&call.arguments, position));
        let (parts, key_span) = match key {
            None => (wrapper.parts.clone(), call.name_span.clone()),
            Some(Some(index)) => {
                let argument = &call.arguments[index];
                let parts = self.keys.evaluate(file, call.scope, &argument.value);
                if parts.is_no_text() {
                    return None;
                }
                (wrapper.parts.substitute(&parts), argument.value_span.clone())
            }
            Some(None) => (Parts { parts: vec![Part::Unknown], via: Vec::new() }, call.name_span.clone()),
        };
        if guessed && (wrapper.key.is_none() || parts.known().is_none()) {
            return None;
        }
        let fallback = wrapper.fallback.as_ref().and_then(|position| find(&call.arguments, position));
        let mut via = parts.via.clone();
        via.push(location(wrapper.file, &wrapper.name_span));
        let place = format!("{}:{}", self.names.modules.path(wrapper.file), wrapper.line);
        let verb = if wrapper.key.is_some() { "passes its argument to" } else { "returns" };
        Some(Site {
            file,
            scope: call.scope,
            span: call.span.clone(),
            call: call.span.clone(),
            key_span,
            parts: Parts { parts: parts.parts, via },
            provider: wrapper.provider.clone(),
            returns: wrapper.returns,
            projection: wrapper.projection,
            negated: wrapper.negated,
            fallback: fallback.map(|index| {
                let argument = &call.arguments[index];
                (argument.value_span.clone(), argument.value.clone())
            }),
            arguments: call.arguments.iter().map(|argument| argument.span.clone()).collect(),
            builders: wrapper.builders.clone(),
            evidence: format!("`{}` ({place}) {verb} `{}`", wrapper.name, wrapper.label),
            confidence: if guessed { Confidence::Medium } else { wrapper.confidence },
            in_macro: call.in_macro,
            effect: Effect::Value,
            awaited: wrapper.awaited,
            fallible: wrapper.fallible,
            caveats: wrapper.caveats.clone(),
            label: wrapper.name.clone(),
            through: Some((wrapper.file, wrapper.function)),
        })
    }

    /// Other names under which a module offers something of interest.
    fn aliases(&self, names: &mut BTreeSet<String>) {
        for (file, facts) in self.scanned() {
            let catalogue = provider::catalogue(self.world.code[file].language);
            let interesting = |name: &str, names: &BTreeSet<String>| {
                names.contains(name) || catalogue.is_some_and(|catalogue| !catalogue.methods(name).is_empty())
            };
            let mut add: BTreeMap<&str, &str> = BTreeMap::new();
            for binding in facts.bindings.iter().filter(|binding| binding.scope == 0) {
                match &binding.value {
                    Bound::Import(import) => {
                        add.extend(
                            facts.imports[*import].path.last().map(|last| (binding.name.as_str(), last.as_str())),
                        );
                    }
                    Bound::Value(value, _) => add.extend(value.last_name().map(|last| (binding.name.as_str(), last))),
                    _ => {}
                }
            }
            for (alias, of) in add {
                if alias != of && interesting(of, names) {
                    names.insert(alias.to_owned());
                }
            }
        }
    }

    fn in_test(&self, site: &Site) -> bool {
        let path = self.names.modules.path(site.file);
        let syntax = language::by_name(self.world.code[site.file].language).map(|language| language.scan);
        let text = self.world.texts[site.file].as_deref().unwrap_or("");
        syntax.is_some_and(|syntax| syntax.is_test_file(path, text))
            || self.world.files[site.file].as_ref().is_some_and(|facts| facts.in_test(site.scope))
    }

    fn check(&self, site: Site) -> FlagCheck {
        let key = match site.parts.known() {
            Some(flag) => Key::Known { flag, via: site.parts.via.clone() },
            None => {
                let (prefix, suffix) = site.parts.affixes();
                Key::Dynamic { prefix, suffix }
            }
        };
        let in_test = self.in_test(&site);
        let fallback =
            site.fallback.map(|(span, expr)| Fallback { span, value: self.keys.value(site.file, site.scope, &expr) });
        FlagCheck {
            at: location(site.file, &site.span),
            key_span: site.key_span,
            key,
            provider: site.provider,
            returns: site.returns,
            projection: site.projection,
            negated: site.negated,
            fallback,
            arguments: site.arguments,
            builders: site.builders,
            evidence: site.evidence,
            confidence: site.confidence,
            in_test,
            in_macro: site.in_macro,
            effect: site.effect,
            awaited: site.awaited,
            fallible: site.fallible,
            caveats: site.caveats,
        }
    }
}

/// The flags that a call of a function that yields them all is read for.
fn member_sites(file: usize, call: &Call, evidence: &Evidence, keys: &KeySet) -> Vec<Site> {
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
fn camel_case(key: &str) -> String {
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

fn provider_site(file: usize, call: &Call, evidence: Evidence) -> Site {
    let method = evidence.signature.method;
    let mut parts = evidence.parts;
    let mut negated = method.negated;
    if let (Some(sign), Some(key)) = (&method.negation, parts.known())
        && let Some(rest) = key.strip_prefix(sign.as_str())
    {
        negated = !negated;
        parts.parts = vec![Part::Text(rest.to_owned())];
    }
    let mut span = call.span.clone();
    let (mut returns, mut projection) = (method.returns, method.projection);
    let mut effect = if method.result == Yields::Object { Effect::Object } else { Effect::Value };
    if let Some((name, whole)) = &call.accessor
        && let Some(accessor) = method.accessors.get(name)
    {
        (span, returns, projection, effect) = (whole.clone(), accessor.returns, accessor.projection, Effect::Value);
    }
    if method.callee == Callee::Decorator {
        effect = Effect::Guard;
        span = call.decorator.clone().unwrap_or(span);
    }
    let fallback = method.fallback.as_ref().and_then(|position| find(&call.arguments, position));
    Site {
        file,
        scope: call.scope,
        span,
        call: call.span.clone(),
        key_span: evidence.key.map_or_else(|| call.name_span.clone(), |key| call.arguments[key].value_span.clone()),
        parts,
        provider: evidence.signature.provider.to_owned(),
        returns,
        projection,
        negated,
        fallback: fallback.map(|index| (call.arguments[index].value_span.clone(), call.arguments[index].value.clone())),
        arguments: call.arguments.iter().map(|argument| argument.span.clone()).collect(),
        builders: evidence.signature.language.builders.clone(),
        evidence: evidence.phrase,
        confidence: evidence.confidence,
        in_macro: call.in_macro,
        effect,
        awaited: method.awaited,
        fallible: method.result == Yields::Fallible,
        caveats: Vec::new(),
        label: call.name.clone(),
        through: None,
    }
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
