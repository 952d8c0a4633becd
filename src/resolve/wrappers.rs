//! Functions around checks: one whose parameter is the key and that returns the check is a check API itself; one that returns
//! a check of a fixed key is a predicate for that flag. Owns what counts as returning it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::keys::{Keys, Part, Parts};
use super::names::Names;
use super::sites::Site;
use super::{Confidence, Effect, Projection};
use crate::language;
use crate::provider::Position;
use crate::scan::facts::{Binding, Bound, Expr, ExprKind, FileFacts, Function, ScopeKind};
use crate::source::Span;
use crate::value::ValueType;

/// How many negations and local variables may stand between a check and the `return`.
const MAX_STEPS: usize = 16;

/// A function around a check.
#[derive(Clone, Debug)]
pub(super) struct Wrapper {
    pub(super) file: usize,
    pub(super) function: usize,
    pub(super) name: String,
    pub(super) name_span: Span,
    pub(super) line: usize,
    /// The key, with the parameter in it.
    pub(super) parts: Parts,
    /// Where a call of the wrapper names the key; `None` for a predicate.
    pub(super) key: Option<Position>,
    pub(super) fallback: Option<Position>,
    /// Whether the call inside leaves the place for a fallback empty.
    pub(super) lacks_fallback: bool,
    pub(super) provider: String,
    pub(super) returns: ValueType,
    pub(super) projection: Projection,
    pub(super) negated: bool,
    pub(super) builders: Vec<String>,
    pub(super) awaited: bool,
    pub(super) fallible: bool,
    pub(super) confidence: Confidence,
    pub(super) caveats: Vec<String>,
    pub(super) label: String,
    pub(super) idiom: bool,
    is_method: bool,
    /// Whether it is read like a member.
    pub(super) property: bool,
    /// Whether a call of it yields a function, and calling that is the check.
    pub(super) curried: bool,
}

/// All wrappers, by file and function.
#[derive(Clone, Debug, Default)]
pub(super) struct Wrappers {
    by_function: BTreeMap<(usize, usize), Wrapper>,
    /// File and span of the calls inside wrappers whose callers name the key, and the function that is the wrapper.
    inside: BTreeMap<(usize, usize, usize), usize>,
}

impl Wrappers {
    pub(super) fn is_empty(&self) -> bool {
        self.by_function.is_empty()
    }

    pub(super) fn get(&self, file: usize, function: usize) -> Option<&Wrapper> {
        self.by_function.get(&(file, function))
    }

    pub(super) fn names(&self) -> BTreeSet<String> {
        self.by_function.values().filter(|wrapper| !wrapper.property).map(|wrapper| wrapper.name.clone()).collect()
    }

    /// Files and names of those that are read like a member.
    pub(super) fn properties(&self) -> impl Iterator<Item = (usize, &str)> {
        let read = self.by_function.values().filter(|wrapper| wrapper.property);
        read.map(|wrapper| (wrapper.file, wrapper.name.as_str()))
    }

    /// Whether a function of that name yields a function that is a check.
    pub(super) fn makes(&self, name: &str) -> bool {
        self.by_function.values().any(|wrapper| wrapper.curried && wrapper.name == name)
    }

    pub(super) fn same_functions(&self, other: &Self) -> bool {
        self.by_function.keys().eq(other.by_function.keys())
    }

    /// Functions that return the check of a fixed key as it is.
    pub(super) fn predicates(&self) -> impl Iterator<Item = &Wrapper> {
        self.by_function.values().filter(|wrapper| wrapper.key.is_none() && !wrapper.negated && !wrapper.curried)
    }

    /// The method of that name, when there is exactly one.
    pub(super) fn only_method(&self, name: &str) -> Option<&Wrapper> {
        let mut found = self.by_function.values().filter(|at| at.name == name && at.is_method && !at.property);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The wrapper whose inside a site is, so that its callers name the key.
    pub(super) fn around(&self, site: &Site) -> Option<(usize, usize)> {
        let function = self.inside.get(&(site.file, site.call.start, site.call.end))?;
        Some((site.file, *function))
    }
}

/// The wrappers that a list of sites makes.
pub(super) fn of_sites(
    sites: &[Site],
    names: &Names<'_>,
    keys: &Keys<'_, '_>,
    line: &dyn Fn(usize, usize) -> usize,
) -> Wrappers {
    let mut result = Wrappers::default();
    let mut held = Held::default();
    let families = Families::default();
    for site in sites.iter().filter(|site| site.effect == Effect::Value && !site.in_macro) {
        let Some(facts) = names.facts(site.file) else { continue };
        held.note(facts, site);
        let Some(form) = form(names, facts, site) else { continue };
        let function = &facts.functions[form.function];
        let fallback = site.fallback.as_ref().and_then(|(_, expr)| {
            let parts = keys.evaluate(site.file, site.scope, expr);
            match parts.parts.as_slice() {
                [Part::Parameter { file, function, index: at }] if (*file, *function) == (site.file, form.function) => {
                    Some(*at)
                }
                _ => None,
            }
        });
        let path = names.modules.path(site.file);
        let mut caveats = site.caveats.clone();
        caveats.extend(other_returns(names, facts, &facts.functions[form.inner], &site.span, fallback).map(|at| {
            let line = line(site.file, at.start);
            format!("`{}` also returns something else ({path}:{line})", function.name)
        }));
        for at in [form.function, form.inner].into_iter().filter(|at| facts.functions[*at].decorated).take(1) {
            let line = line(site.file, facts.functions[at].name_span.start);
            caveats.push(format!("a decorator may change what `{}` returns ({path}:{line})", facts.functions[at].name));
        }
        caveats.extend(families.replaced(names, (site.file, form.function)).map(|(at, class)| {
            let line = line(at.file, at.span.start);
            format!("`{class}` has another `{}` ({}:{line})", function.name, names.modules.path(at.file))
        }));
        if form.parameter.is_some() {
            result.inside.insert((site.file, site.call.start, site.call.end), form.function);
        }
        let wrapper = make(facts, site, &form, fallback, caveats, line);
        result.by_function.entry((site.file, form.function)).or_insert(wrapper);
    }
    held.methods(&mut result, names, line);
    result
}

/// Where a function stands.
struct Place {
    file: usize,
    span: Span,
}

/// Classes by the names of their bases.
#[derive(Default)]
struct Families(OnceCell<BTreeMap<CompactString, Vec<(usize, usize)>>>);

impl Families {
    /// The method that takes the place of another one in a class that is made from its class; and the name of that class. Those
    /// of tests stand in for it there alone.
    fn replaced(&self, names: &Names<'_>, (file, function): (usize, usize)) -> Option<(Place, CompactString)> {
        let facts = names.facts(file)?;
        let method = &facts.functions[function];
        let class = &facts.scopes[facts.scopes[method.scope].parent];
        if class.kind != ScopeKind::Class || class.name.is_empty() {
            return None;
        }
        let derived = self.0.get_or_init(|| {
            let mut derived: BTreeMap<CompactString, Vec<(usize, usize)>> = BTreeMap::new();
            for (file, facts) in
                names.files.iter().enumerate().filter_map(|(file, facts)| Some((file, facts.as_ref()?)))
            {
                for (scope, class) in facts.scopes.iter().enumerate() {
                    for base in class.bases.iter().filter_map(Expr::last_name) {
                        derived.entry(base.into()).or_default().push((file, scope));
                    }
                }
            }
            derived
        });
        let mut open = vec![class.name.clone()];
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let own = |at: &&(usize, usize)| **at != (file, facts.scopes[method.scope].parent);
            for (file, scope) in derived.get(&name).into_iter().flatten().filter(own) {
                let facts = names.facts(*file)?;
                let class = &facts.scopes[*scope];
                let is_test = || {
                    let syntax = language::by_name(names.code[*file].language).map(|language| language.scan);
                    facts.in_test(*scope) || syntax.is_some_and(|at| at.is_test_file(names.modules.path(*file), ""))
                };
                let yields = |binding: &&Binding| match binding.value {
                    Bound::Function(other) => !names.returns(*file, &facts.functions[other]).is_empty(),
                    _ => false,
                };
                let other = facts.bound(*scope, &method.name).iter().find(yields);
                if let Some(other) = other.filter(|_| !is_test()) {
                    return Some((Place { file: *file, span: other.span.clone() }, class.name.clone()));
                }
                open.push(class.name.clone());
            }
        }
        None
    }
}

/// How a function yields a check.
struct Form {
    /// The function that is called.
    function: usize,
    /// The function that returns the check: another one where the first yields it.
    inner: usize,
    /// The parameter that is the key.
    parameter: Option<usize>,
    negated: bool,
}

/// The function that a check makes a wrapper: the one around it that returns it, or one that returns that one.
fn form(names: &Names<'_>, facts: &FileFacts, site: &Site) -> Option<Form> {
    let function = named_function_around(facts, site.scope)?;
    let returned = |function: usize| {
        let function = &facts.functions[function];
        function.returns.iter().find_map(|expr| is_check(names, facts, function, expr, &site.span))
    };
    let parameter = site.parts.parameter_of(site.file, function);
    if (parameter.is_some() || site.parts.known().is_some())
        && let Some(negated) = returned(function)
    {
        return Some(Form { function, inner: function, parameter, negated });
    }
    let inner = facts.function_around(site.scope)?;
    let own = facts.functions[inner].scope;
    let outer = facts.function_around(facts.scopes[own].parent).filter(|_| own != 0)?;
    let parameter = Some(site.parts.parameter_of(site.file, outer)?);
    let (name, span) = (&facts.functions[inner].name, &facts.scopes[own].span);
    let yields = facts.functions[outer].returns.iter().all(|expr| match &expr.kind {
        ExprKind::Name(at) => at == name,
        _ => expr.span == *span,
    });
    let negated = returned(inner).filter(|_| yields && !facts.functions[outer].name.is_empty())?;
    Some(Form { function: outer, inner, parameter, negated })
}

fn make(
    facts: &FileFacts,
    site: &Site,
    form: &Form,
    fallback: Option<usize>,
    caveats: Vec<String>,
    line: &dyn Fn(usize, usize) -> usize,
) -> Wrapper {
    let function = &facts.functions[form.function];
    let receivers = function.receivers();
    let position = |at: usize| Position {
        keyword: Some(function.parameters[at].name.clone().into()),
        ..Position::at(at.saturating_sub(receivers))
    };
    Wrapper {
        file: site.file,
        function: form.function,
        name: function.name.clone().into(),
        name_span: function.name_span.clone(),
        line: line(site.file, function.name_span.start),
        parts: site.parts.clone(),
        key: form.parameter.map(position),
        fallback: fallback.map(position),
        lacks_fallback: site.lacks_fallback,
        provider: site.provider.clone(),
        returns: site.returns,
        projection: site.projection,
        negated: site.negated != form.negated,
        builders: site.builders.clone(),
        awaited: function.awaited || facts.functions[form.inner].awaited,
        fallible: site.fallible && function.fallible,
        confidence: if caveats.is_empty() { site.confidence } else { site.confidence.min(Confidence::Medium) },
        caveats,
        label: if form.parameter.is_some() { site.label.clone() } else { site.parts.known().unwrap_or_default() },
        idiom: site.idiom,
        is_method: facts.scopes[facts.scopes[function.scope].parent].kind == ScopeKind::Class,
        property: function.property,
        curried: form.inner != form.function,
    }
}

/// Checks that a member of an object keeps, by file, class and member: methods that return the member are predicates.
#[derive(Default)]
struct Held<'sites>(BTreeMap<(usize, usize, CompactString), (&'sites Site, bool)>);

impl<'sites> Held<'sites> {
    /// Notes the member that a check is assigned to, when nothing else in the class is.
    fn note(&mut self, facts: &FileFacts, site: &'sites Site) {
        let Some(class) = facts.class_around(site.scope).filter(|_| site.parts.known().is_some()) else { return };
        let assigned = |binding: &&Binding| {
            matches!(&binding.value, Bound::Value(value, _) if value.span.start <= site.span.start
                && site.span.end <= value.span.end)
        };
        // Members are few; names of a class stand next to each other.
        for scope in facts.class_scopes(class) {
            for binding in facts.names_in(scope).iter().filter(assigned) {
                let Bound::Value(value, _) = &binding.value else { continue };
                let negated = match &value.kind {
                    ExprKind::Not(inner) if inner.span == site.span => true,
                    _ if value.span == site.span => false,
                    _ => continue,
                };
                // A declaration in the body of the class sets nothing.
                let set = |at: &&Binding| match at.value {
                    Bound::Typed(_) => false,
                    Bound::Opaque => at.home != at.scope,
                    _ => true,
                };
                if facts.class_scopes(class).flat_map(|scope| facts.bound(scope, &binding.name)).filter(set).count()
                    == 1
                {
                    self.0.insert((site.file, class, binding.name.clone()), (site, negated));
                }
            }
        }
    }

    /// Makes the methods that return such a member predicates.
    fn methods(&self, found: &mut Wrappers, names: &Names<'_>, line: &dyn Fn(usize, usize) -> usize) {
        let files: BTreeSet<usize> = self.0.keys().map(|(file, ..)| *file).collect();
        for file in files {
            let Some(facts) = names.facts(file) else { continue };
            for (index, function) in facts.functions.iter().enumerate() {
                let Some(class) = facts.class_around(function.scope).filter(|_| !function.name.is_empty()) else {
                    continue;
                };
                let [returned] = names.returns(file, function) else { continue };
                let (member, turned) = match &returned.kind {
                    ExprKind::Not(inner) => (inner.as_ref(), true),
                    _ => (returned, false),
                };
                let ExprKind::Member(object, name) = &member.kind else { continue };
                let ExprKind::Name(object) = &object.kind else { continue };
                let receiver = function.parameters.first().filter(|parameter| parameter.receiver);
                if object != "this" && receiver.is_none_or(|receiver| receiver.name != *object) {
                    continue;
                }
                let kept = facts.class_scopes(class).find_map(|scope| self.0.get(&(file, scope, name.clone())));
                let Some((site, negated)) = kept else { continue };
                let form = Form { function: index, inner: index, parameter: None, negated: *negated != turned };
                let place = format!("{}:{}", names.modules.path(file), line(file, site.span.start));
                let mut caveats = site.caveats.clone();
                caveats.push(format!("`{object}.{name}` keeps what the check yields ({place})"));
                let wrapper = make(facts, site, &form, None, caveats, line);
                found.by_function.entry((file, index)).or_insert(wrapper);
            }
        }
    }
}

/// Adds functions of the project that ask for a flag by their name and take its key, when no check inside explains them.
pub(super) fn by_name(found: &mut Wrappers, names: &Names<'_>, line: &dyn Fn(usize, usize) -> usize) {
    for (file, facts) in names.files.iter().enumerate().filter_map(|(file, facts)| Some((file, facts.as_ref()?))) {
        let Some(catalogue) = names.providers.catalogue(names.code[file].language) else { continue };
        let is_key =
            |name: &str| catalogue.providers().iter().any(|(_, at)| at.key_parameters.iter().any(|key| key == name));
        for (index, function) in facts.functions.iter().enumerate() {
            let Some(at) =
                function.parameters.iter().position(|parameter| is_key(&parameter.name) && !parameter.spread)
            else {
                continue;
            };
            // What is an idiom by itself needs no explanation.
            if !asks_for_flag(&function.name) || !catalogue.methods(&function.name).is_empty() {
                continue;
            }
            if names.returns(file, function).is_empty() {
                continue;
            }
            let caveat = format!(
                "`{}` is taken for a check by its name ({}:{})",
                function.name,
                names.modules.path(file),
                line(file, function.name_span.start)
            );
            found.by_function.entry((file, index)).or_insert_with(|| Wrapper {
                file,
                function: index,
                name: function.name.clone().into(),
                name_span: function.name_span.clone(),
                line: line(file, function.name_span.start),
                parts: Parts { parts: vec![Part::Parameter { file, function: index, index: at }], via: Vec::new() },
                key: Some(Position {
                    keyword: Some(function.parameters[at].name.clone().into()),
                    ..Position::at(at.saturating_sub(function.receivers()))
                }),
                fallback: None,
                lacks_fallback: false,
                provider: "in-house".to_owned(),
                returns: ValueType::Bool,
                projection: Projection::Enabled,
                negated: false,
                builders: Vec::new(),
                awaited: function.awaited,
                fallible: function.fallible,
                confidence: Confidence::Medium,
                caveats: vec![caveat],
                label: String::new(),
                idiom: true,
                is_method: facts.scopes[facts.scopes[function.scope].parent].kind == ScopeKind::Class,
                property: false,
                curried: false,
            });
        }
    }
}

/// Whether the name of a function asks whether a flag is on: `flag_is_active_in_task`, `isFeatureEnabled`.
fn asks_for_flag(name: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for at in name.chars() {
        if at == '_' || (at.is_uppercase() && !before.is_uppercase()) || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| at != '_') {
            word.extend(at.to_lowercase());
        }
        before = at;
    }
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&["flag", "feature", "toggle", "experiment", "switch"])
        && has(&["enabled", "active", "on"])
        && !has(&[
            "set", "add", "register", "create", "update", "delete", "remove", "override", "assert", "require", "test",
        ])
}

/// The innermost function with a name: those without one hand their value to whoever calls them, as in `useMemo(() => …)`.
fn named_function_around(facts: &FileFacts, scope: usize) -> Option<usize> {
    let mut index = facts.function_around(scope)?;
    while facts.functions[index].name.is_empty() {
        let own = facts.functions[index].scope;
        index = (own != 0).then(|| facts.function_around(facts.scopes[own].parent)).flatten()?;
    }
    Some(index)
}

/// Whether a result of the function is the expression at a span: then, whether it is negated on the way.
fn is_check(names: &Names<'_>, facts: &FileFacts, function: &Function, expr: &Expr, span: &Span) -> Option<bool> {
    let mut negated = false;
    let mut at = expr;
    // Negations and one local variable at a time; each step goes to another expression of the same function.
    for _ in 0..MAX_STEPS {
        if at.span == *span {
            return Some(negated);
        }
        match &at.kind {
            ExprKind::Not(inner) => {
                negated = !negated;
                at = inner;
            }
            ExprKind::Name(name) => {
                let bindings = facts.bound(function.scope, name);
                // A name that a pattern takes out of what a call yields is the check itself.
                if let [only] = bindings
                    && only.span == *span
                {
                    return Some(negated);
                }
                let mut values = bindings.iter().filter_map(|binding| match &binding.value {
                    Bound::Value(value, _) => Some(value),
                    _ => None,
                });
                at = values.find(|value| value.span == *span || matches!(value.kind, ExprKind::Not(_)))?;
            }
            _ => return None,
        }
    }
    names.cut.set(true);
    None
}

/// Where the function returns something that is neither the check nor the fallback it was given.
fn other_returns(
    names: &Names<'_>,
    facts: &FileFacts,
    function: &Function,
    span: &Span,
    fallback: Option<usize>,
) -> Option<Span> {
    let given = fallback.map(|at| function.parameters[at].name.as_str());
    function
        .returns
        .iter()
        .find(|expr| {
            let is_fallback = matches!(&expr.kind, ExprKind::Name(name) if Some(name.as_str()) == given);
            !is_fallback && is_check(names, facts, function, expr, span).is_none()
        })
        .map(|expr| expr.span.clone())
}
