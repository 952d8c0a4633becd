//! Other names for checks and for functions around them: re-exports, functions with some of their arguments given already, and
//! functions that a function yields. Owns what a call by such a name stands for; does not judge whether that is a check.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::provider_site;
use super::evidence::Ladder;
use super::names::Symbol;
use super::sites::{Resolver, Site};
use super::wrappers::Wrappers;
use crate::language;
use crate::scan::facts::{Argument, Bound, Call, CallKind, Expr, ExprKind};
use crate::source::Span;
use crate::value::Value;

/// Where the text of arguments that were given elsewhere stands: nowhere in the file of the call.
const ELSEWHERE: Span = 0..0;

/// A call by another name, as the call that it stands for.
struct Applied {
    /// Where the function with some arguments is made.
    file: usize,
    at: usize,
    /// The call that makes it, which has no effect.
    by: String,
    /// The call, in the scope there.
    call: Call,
}

impl Resolver<'_> {
    /// The languages that see what a file offers.
    pub(super) fn family(&self, file: usize) -> &'static str {
        language::by_name(self.world.code[file].language).map_or("", |language| language.family)
    }

    /// Other names under which a module offers something of interest.
    pub(super) fn aliases(&self, found: &Wrappers, names: &mut BTreeSet<String>) {
        for (file, facts) in self.scanned() {
            let catalogue = self.world.providers.catalogue(self.world.code[file].language);
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
                    Bound::Value(value, _) => {
                        // What a provider makes is called by the name that it is given.
                        let is_maker = |by: &str| {
                            catalogue.is_some_and(|catalogue| !catalogue.made_by(by).is_empty()) || found.makes(by)
                        };
                        if let ExprKind::Call(callee, _) = &value.kind
                            && callee.last_name().is_some_and(is_maker)
                        {
                            names.insert(binding.name.clone().into());
                        }
                        add.extend(value.alias().map(|last| (binding.name.as_str(), last)));
                    }
                    _ => {}
                }
            }
            for (alias, of) in add {
                // The letters of a bundle stand in every file; such a name is followed where it is imported only.
                if alias != of && alias.len() > 2 && interesting(of, names) {
                    names.insert(alias.to_owned());
                }
            }
        }
    }

    /// The check that a call is of what partial application made of an SDK's method.
    pub(super) fn applied_site(&self, ladder: &Ladder<'_>, file: usize, call: &Call) -> Option<Site> {
        let Applied { file: home, at, by, call: meant } = self.applied(file, call)?;
        let constant = |argument: &Argument| Argument {
            value: self.constant(file, call.scope, &argument.value),
            ..argument.clone()
        };
        let near = home == file && self.is_around(file, meant.scope, call.scope);
        let arguments =
            meant.arguments.iter().map(|at| if near || at.span == ELSEWHERE { at.clone() } else { constant(at) });
        // What the scope of the call sees, it sees as the scope around the declaration does.
        let scope = if near { call.scope } else { meant.scope };
        let meant = Call { arguments: arguments.collect(), scope, ..meant.clone() };
        let evidence = ladder.judge(home, self.names.facts(home)?, &meant)?;
        let mut site = provider_site(file, &meant, &evidence);
        if let Some(key) = call.arguments.iter().find(|argument| argument.value_span == site.key_span)
            && site.parts.known().is_none()
        {
            site.parts = self.keys.evaluate(file, call.scope, &key.value);
        }
        let place = format!("{}:{}", self.names.modules.path(home), self.line(home, at));
        site.evidence =
            format!("`{}` ({place}) is `{}` with arguments given: {}", call.name, meant.name, site.evidence);
        Some(as_written(site, call, Some(by)))
    }

    /// The check that a call is of what partial application made of a wrapper, or of what a wrapper yields.
    pub(super) fn made_site(&self, found: &Wrappers, file: usize, call: &Call) -> Option<Site> {
        if let Some(Applied { file: home, by, call: meant, .. }) = self.applied(file, call) {
            let Symbol::Function { file: of, function } = self.names.resolve(home, meant.scope, &meant.callee) else {
                return None;
            };
            let wrapper = found.get(of, function).filter(|wrapper| !wrapper.curried && !wrapper.property)?;
            // Arguments that are not given elsewhere are read where the call stands.
            let meant = Call { scope: call.scope, ..meant };
            return Some(as_written(self.wrapper_site(file, &meant, wrapper, false)?, call, Some(by)));
        }
        if !matches!(call.callee.kind, ExprKind::Name(_) | ExprKind::Member(..)) {
            return None;
        }
        self.names.start();
        let made = self.keys.declaration(file, call.scope, &call.callee)?;
        let Symbol::Function { file: of, function } = self.names.resolve(made.file, made.scope, made.callee) else {
            return None;
        };
        let wrapper = found.get(of, function).filter(|wrapper| wrapper.curried)?;
        let arguments = made.arguments.iter().map(|argument| self.given(made.file, made.scope, argument)).collect();
        let meant = Call { arguments, ..call.clone() };
        Some(as_written(self.wrapper_site(file, &meant, wrapper, false)?, call, None))
    }

    /// The call of the function itself, when what is called is one with some arguments given already.
    fn applied(&self, file: usize, call: &Call) -> Option<Applied> {
        if call.kind != CallKind::Call || !matches!(call.callee.kind, ExprKind::Name(_) | ExprKind::Member(..)) {
            return None;
        }
        self.names.start();
        let made = self.keys.declaration(file, call.scope, &call.callee)?;
        let (function, given) = match &made.callee.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) if name == "partial" => {
                let (function, given) = made.arguments.split_first()?;
                (&function.value, given)
            }
            // The first argument is the object.
            ExprKind::Member(function, name) if name == "bind" => {
                (function.as_ref(), made.arguments.get(1..).unwrap_or_default())
            }
            _ => return None,
        };
        let given: Vec<Argument> = given.iter().map(|argument| self.given(made.file, made.scope, argument)).collect();
        let (named, plain): (Vec<Argument>, Vec<Argument>) =
            given.into_iter().partition(|argument| argument.keyword.is_some());
        let arguments = plain.into_iter().chain(call.arguments.iter().cloned()).chain(named).collect();
        let name = function.last_name()?.to_owned();
        Some(Applied {
            file: made.file,
            at: made.span.start,
            by: made.callee.last_name()?.to_owned(),
            call: Call { callee: function.clone(), name: name.into(), arguments, scope: made.scope, ..call.clone() },
        })
    }

    fn is_around(&self, file: usize, outer: usize, mut scope: usize) -> bool {
        let Some(facts) = self.names.facts(file) else { return false };
        while scope != outer && scope != 0 {
            scope = facts.scopes[scope].parent;
        }
        scope == outer
    }

    /// An argument that is written somewhere else.
    fn given(&self, file: usize, scope: usize, argument: &Argument) -> Argument {
        let value = Expr { span: ELSEWHERE, ..self.constant(file, scope, &argument.value) };
        Argument { span: ELSEWHERE, value_span: ELSEWHERE, value, ..argument.clone() }
    }

    /// An expression as what it is wherever it is read.
    fn constant(&self, file: usize, scope: usize, expr: &Expr) -> Expr {
        let kind = match self.keys.evaluate(file, scope, expr).known() {
            Some(text) => ExprKind::Literal(Value::String(text)),
            None if matches!(expr.kind, ExprKind::Literal(_)) => expr.kind.clone(),
            None => ExprKind::Other,
        };
        Expr { span: expr.span.clone(), kind }
    }
}

/// A site with nothing in it that is written somewhere else.
fn as_written(mut site: Site, call: &Call, by: Option<String>) -> Site {
    site.builders.extend(by);
    if site.key_span == ELSEWHERE {
        site.key_span = call.name_span.clone();
    }
    site.fallback = site.fallback.filter(|(span, _)| *span != ELSEWHERE);
    site.arguments = call.arguments.iter().map(|argument| argument.span.clone()).collect();
    site.scope = call.scope;
    site
}
