//! From facts to checks. Owns the order of things: provider calls, user patterns and calls of wrappers become sites; sites
//! whose key is a parameter make wrappers; until nothing new turns up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::calls::{Pin, attribute_site, key, loose, provider_pins, provider_site};
use super::evidence::{Ladder, find};
use super::keys::{Keys, Part, Parts, location};
use super::members;
use super::modules::Modules;
use super::names::{Names, Symbol};
use super::wrappers::{self, Wrapper, Wrappers};
use super::{Choice, Confidence, Effect, Fallback, FlagCheck, FlagOverride, KeySet, Projection};
use crate::language;
use crate::project::CodeFile;
use crate::provider::{Callee, Position, Providers, Role};
use crate::scan::facts::{Call, CallKind, Expr, FileFacts, PatternKey, PatternMatch};
use crate::scan::pattern::Pattern;
use crate::settings::CheckPattern;
use crate::source::Span;
use crate::value::ValueType;

/// Wrappers of wrappers are followed this far.
const MAX_ROUNDS: usize = 8;

/// What resolution works on.
pub struct World<'run> {
    /// The providers that are looked for.
    pub providers: &'static Providers,
    /// The walked files.
    pub code: &'run [CodeFile],
    /// Their facts, for those that were scanned.
    pub files: &'run [Option<Arc<FileFacts>>],
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
    /// What the user names.
    pub named: &'run KeySet,
    /// How many of `checks` are checks; the others are overrides.
    pub first_override: usize,
    /// How many of `checks` the user gave; the others come with the providers.
    pub first_built_in: usize,
}

/// What resolution found, and what it needs to find more.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The checks; sources are numbers in the walked list.
    pub checks: Vec<FlagCheck>,
    /// What pins flags in tests; sources are numbers in the walked list.
    pub overrides: Vec<FlagOverride>,
    /// Files that were needed and not scanned.
    pub wanted: BTreeSet<usize>,
    /// Files that were scanned without a body that is needed.
    pub whole: BTreeSet<usize>,
    /// Names of wrappers and aliases: calls of them are worth a fact.
    pub names: BTreeSet<String>,
    /// Properties that stand for a check, each with the family of languages it is of: reading one is worth a fact.
    pub properties: BTreeSet<(&'static str, String)>,
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
    /// Whether the call has a place for a fallback and leaves it empty.
    pub(super) lacks_fallback: bool,
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
    /// What the call yields while the flag is on, and while it is off.
    pub(super) choice: Option<Choice>,
    /// Whether it is an idiom around no SDK: better evidence for the same call replaces it.
    pub(super) idiom: bool,
}

pub(super) struct Resolver<'run> {
    pub(super) world: &'run World<'run>,
    pub(super) names: &'run Names<'run>,
    pub(super) keys: &'run Keys<'run, 'run>,
    /// How many functions have a name.
    functions: BTreeMap<&'run str, usize>,
}

/// Finds the checks of all scanned files.
pub fn resolve(world: &World<'_>) -> Outcome {
    let names = Names::new(world.files, world.code, world.modules, world.providers);
    let keys = Keys::new(&names);
    let mut functions = BTreeMap::new();
    for function in world.files.iter().flatten().flat_map(|facts| &facts.functions) {
        *functions.entry(function.name.as_str()).or_insert(0) += 1;
    }
    let resolver = Resolver { world, names: &names, keys: &keys, functions };
    let mut outcome = Outcome::default();
    let (fixed, pins) = resolver.fixed_sites();
    let line = |file: usize, at: usize| resolver.line(file, at);
    let mut found = Wrappers::default();
    wrappers::by_name(&mut found, resolver.names, &line);
    let mut sites = Vec::new();
    for round in 0..=MAX_ROUNDS {
        sites = fixed.clone();
        resolver.wrapped_sites(&found, &mut sites);
        let mut next = wrappers::of_sites(&sites, resolver.names, resolver.keys, &line);
        wrappers::by_name(&mut next, resolver.names, &line);
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
    resolver.aliases(&found, &mut outcome.names);
    outcome.properties = found.properties().map(|(file, name)| (resolver.family(file), name.to_owned())).collect();
    // The inside of a wrapper is explained by its callers. When no live code calls it, it stands for itself: somebody outside
    // of what was scanned names the key.
    let called: BTreeSet<(usize, usize)> =
        sites.iter().filter(|site| !resolver.in_test(site.file, site.scope)).filter_map(|site| site.through).collect();
    let explained = |site: &Site| {
        // What a mapping or a function of the project holds under a key that is not known is as often no flag.
        site.idiom && site.parts.known().is_none()
            || found.around(site).is_some_and(|wrapper| called.contains(&wrapper))
    };
    let mut checks: Vec<FlagCheck> =
        sites.into_iter().filter(|site| !explained(site)).map(|site| resolver.check(site)).collect();
    checks.sort_by(|left, right| left.at.cmp(&right.at));
    outcome.checks = checks;
    let aimed = pins.into_iter().filter_map(|mut pin| {
        if let Some(path) = &pin.target {
            pin.parts = resolver.predicate(&found, path)?;
        }
        Some(pin)
    });
    outcome.overrides = aimed.map(|pin| resolver.pin(pin)).collect();
    outcome.overrides.sort_by(|left, right| left.at.cmp(&right.at));
    outcome.wanted = names.wanted.take();
    outcome.whole = names.whole.take();
    if names.cut.get() {
        outcome.limits.insert("a name was looked up through too many others and is taken as unknown".to_owned());
    }
    outcome
}

impl<'run> Resolver<'run> {
    pub(super) fn line(&self, file: usize, offset: usize) -> usize {
        let text = self.world.texts[file].as_deref().unwrap_or("");
        memchr::memchr_iter(b'\n', &text.as_bytes()[..offset.min(text.len())]).count() + 1
    }

    pub(super) fn scanned(&self) -> impl Iterator<Item = (usize, &'run FileFacts)> {
        let files: &'run [Option<Arc<FileFacts>>] = self.world.files;
        files.iter().enumerate().filter_map(|(file, facts)| Some((file, facts.as_deref()?)))
    }

    /// Provider calls and user patterns. A pattern wins over a provider for the same expression, the first pattern over the
    /// next.
    fn fixed_sites(&self) -> (Vec<Site>, Vec<Pin>) {
        let mut sites: Vec<Site> = Vec::new();
        let mut pins = Vec::new();
        let line = |file: usize, at: usize| self.line(file, at);
        for (file, facts) in self.scanned() {
            let mut taken: BTreeSet<(usize, usize)> = BTreeSet::new();
            let first = sites.len();
            let mut late = Vec::new();
            for found in &facts.matches {
                if found.pattern >= self.world.first_override {
                    late.push(found);
                    continue;
                }
                let Some(site) = self.pattern_site(file, found) else { continue };
                if taken.insert((site.call.start, site.call.end)) {
                    sites.push(site);
                } else if site.parts.known().is_some()
                    && let Some(before) = sites[first..].iter_mut().find(|before| before.call == site.call)
                    && before.parts.known().is_none()
                {
                    // A pattern that reads the key wins over one that only sees that there is one.
                    *before = site;
                }
            }
            // A place that a check pattern is for pins nothing; the first pattern that fits an entry wins.
            let mut entries = BTreeSet::new();
            let first_pin = pins.len();
            for found in late {
                if taken.contains(&(found.span.start, found.span.end)) {
                    continue;
                }
                if let Some(pin) = self.pattern_pin(file, found)
                    && entries.insert((found.key_span.start, found.key_span.end))
                {
                    pins.push(pin);
                }
            }
            taken.extend(pins[first_pin..].iter().map(|pin| (pin.call.start, pin.call.end)));
            let name = self.world.code[file].language;
            let (Some(language), Some(catalogue)) = (language::by_name(name), self.world.providers.catalogue(name))
            else {
                continue;
            };
            let ladder = Ladder {
                names: self.names,
                keys: self.keys,
                catalogue,
                known: self.world.keys,
                named: self.world.named,
                line: &line,
                separator: language.scan.separator(),
            };
            for call in &facts.calls {
                if taken.contains(&(call.span.start, call.span.end)) {
                    continue;
                }
                if let Some(evidence) = ladder.judge(file, facts, call) {
                    if evidence.signature.method.callee == Callee::Members {
                        let members = members::sites(file, call, &evidence, self.world.keys);
                        let own = |site: &Site| !taken.contains(&(site.call.start, site.call.end));
                        sites.extend(members.into_iter().filter(own));
                        continue;
                    }
                    if evidence.signature.method.role == Role::Override {
                        let key = |pin: &Pin| (pin.key_span.start, pin.key_span.end);
                        pins.extend(
                            provider_pins(file, call, evidence).into_iter().filter(|pin| !entries.contains(&key(pin))),
                        );
                        continue;
                    }
                    let mut site = provider_site(file, call, &evidence);
                    // An SDK that returns whatever the flag holds returns what its fallback is of.
                    if site.returns == ValueType::Any
                        && site.effect == Effect::Value
                        && let Some((_, fallback)) = &site.fallback
                        && let Some(value) = self.keys.value(file, site.scope, fallback)
                    {
                        site.returns = value.value_type();
                    }
                    let own = |site: &Site| !taken.contains(&(site.call.start, site.call.end));
                    sites.extend(members::of_object(file, call, &evidence, site).into_iter().filter(own));
                } else if let Some(site) = self.applied_site(&ladder, file, call) {
                    sites.push(site);
                }
            }
            sites.extend(ladder.attributes(file, facts).into_iter().map(|(at, found)| attribute_site(file, at, found)));
        }
        (sites, pins)
    }

    /// The key of a pattern's match, unless the pattern is not for it.
    pub(super) fn pattern_key(&self, file: usize, found: &PatternMatch) -> Option<Parts> {
        let check = &self.world.checks[found.pattern];
        let mut parts = match &found.key {
            PatternKey::Name(name) => Parts::text(name),
            PatternKey::Expression(expr) => self.keys.evaluate(file, found.scope, expr),
            PatternKey::Receiver(expr) => self.keys.declared(file, found.scope, expr),
            PatternKey::Declared { object, by, index, keyword } => {
                self.names.start();
                let declaration = self.keys.declaration(file, found.scope, object)?;
                if declaration.callee.last_name() != Some(by) {
                    return None;
                }
                let position = Position { keyword: keyword.clone(), ..Position::at(*index) };
                let key = &declaration.arguments[find(declaration.arguments, &position)?];
                let mut parts = self.keys.evaluate(declaration.file, declaration.scope, &key.value);
                parts.via.insert(0, location(declaration.file, declaration.span));
                parts
            }
        };
        if parts.is_no_text() {
            return None;
        }
        if let Some(key) = parts.known() {
            let pattern = self.world.patterns.iter().find(|pattern| pattern.index == found.pattern)?;
            let meant = check.loose.then(|| self.spelled(&key)).flatten();
            if !pattern.accepts(&key) && !meant.as_ref().is_some_and(|meant| pattern.accepts(meant)) {
                return None;
            }
            if let Some(meant) = meant {
                parts.parts = vec![Part::Text(meant)];
            }
        }
        Some(parts)
    }

    /// The one key of the registry or the command line that is the same but for case and what separates its words.
    pub(super) fn spelled(&self, key: &str) -> Option<String> {
        let keys = || self.world.keys.iter().chain(self.world.named);
        if keys().any(|known| known == key) {
            return None;
        }
        let plain = loose(key);
        let same: BTreeSet<&String> = keys().filter(|known| loose(known) == plain).collect();
        let mut same = same.into_iter();
        match (same.next(), same.next()) {
            (Some(only), None) => Some(only.clone()),
            _ => None,
        }
    }

    fn pattern_site(&self, file: usize, found: &PatternMatch) -> Option<Site> {
        let check = &self.world.checks[found.pattern];
        let parts = self.pattern_key(file, found)?;
        let guards = found.decorator.is_some() && check.effect == Effect::Value;
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
            lacks_fallback: false,
            arguments: found.arguments.clone(),
            builders: found.builders.clone(),
            evidence: format!("matches the check pattern at {}", check.origin),
            confidence: Confidence::High,
            in_macro: found.in_macro,
            effect: match &found.choice {
                Some(_) => Effect::Choice,
                None if guards => Effect::Guard,
                None => check.effect,
            },
            choice: found.choice.clone().map(|(on, off)| Choice { on, off }),
            idiom: false,
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
        let place = |site: &Site| (site.file, site.call.start, site.call.end);
        let taken: BTreeSet<(usize, usize, usize)> = sites.iter().filter(|site| !site.idiom).map(place).collect();
        let first = sites.len();
        for (file, facts) in self.scanned() {
            for call in &facts.calls {
                if taken.contains(&(file, call.span.start, call.span.end)) || call.decorator.is_some() {
                    continue;
                }
                self.names.start();
                let target = self.names.resolve(file, call.scope, &call.callee);
                let fits = |wrapper: &&Wrapper| !wrapper.curried && wrapper.property == (call.kind == CallKind::Read);
                let (wrapper, guessed) = match target {
                    Symbol::Function { file, function }
                        if let Some(wrapper) = found.get(file, function).filter(fits)
                            && !self.names.is_contested(file, function) =>
                    {
                        (wrapper, false)
                    }
                    _ if call.kind == CallKind::Read => continue,
                    _ if let Some(site) = self.made_site(found, file, call) => {
                        sites.push(site);
                        continue;
                    }
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
        let better: BTreeSet<(usize, usize, usize)> = sites[first..].iter().map(place).collect();
        sites.retain(|site| !site.idiom || site.through.is_some() || !better.contains(&place(site)));
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

    pub(super) fn wrapper_site(&self, file: usize, call: &Call, wrapper: &Wrapper, guessed: bool) -> Option<Site> {
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
        let (name, label) = (&wrapper.name, &wrapper.label);
        let evidence = match &wrapper.key {
            _ if label.is_empty() => format!("`{name}` ({place}) asks for a flag by its name"),
            Some(_) => format!("`{name}` ({place}) passes its argument to `{label}`"),
            None => format!("`{name}` ({place}) returns `{label}`"),
        };
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
            lacks_fallback: wrapper.lacks_fallback,
            arguments: call.arguments.iter().map(|argument| argument.span.clone()).collect(),
            builders: wrapper.builders.clone(),
            evidence,
            confidence: if guessed { Confidence::Medium } else { wrapper.confidence },
            in_macro: call.in_macro,
            effect: Effect::Value,
            awaited: wrapper.awaited || call.awaited,
            fallible: wrapper.fallible,
            caveats: wrapper.caveats.clone(),
            label: wrapper.name.clone(),
            through: Some((wrapper.file, wrapper.function)),
            choice: None,
            idiom: wrapper.idiom,
        })
    }

    pub(super) fn in_test(&self, file: usize, scope: usize) -> bool {
        let path = self.names.modules.path(file);
        let syntax = language::by_name(self.world.code[file].language).map(|language| language.scan);
        let text = self.world.texts[file].as_deref().unwrap_or("");
        syntax.is_some_and(|syntax| syntax.is_test_file(path, text))
            || self.world.files[file].as_ref().is_some_and(|facts| facts.in_test(scope))
    }

    fn check(&self, site: Site) -> FlagCheck {
        let key = key(&site.parts);
        let in_test = self.in_test(site.file, site.scope);
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
            lacks_fallback: site.lacks_fallback,
            arguments: site.arguments,
            builders: site.builders,
            evidence: site.evidence,
            confidence: site.confidence,
            in_test,
            in_macro: site.in_macro,
            effect: site.effect,
            choice: site.choice,
            awaited: site.awaited,
            fallible: site.fallible,
            caveats: site.caveats,
        }
    }
}
