//! What a name stands for, across files. Owns scopes, imports, members and declared types; does not decide what is a check.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;

use super::modules::Modules;
use crate::language;
use crate::project::CodeFile;
use crate::provider::Providers;
use crate::scan::facts::{Binding, Bound, Expr, ExprKind, FileFacts, Function, ScopeKind};
use crate::source::Span;

/// How many steps one look-up may take.
const MAX_STEPS: usize = 4000;
/// How many names may be looked up for the sake of one another.
const MAX_DEPTH: usize = 48;

/// What an expression stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Symbol {
    /// Something outside the project, by its path; `called` when it is what calling that yields.
    External { path: Vec<CompactString>, called: bool, imported: Option<(usize, Span)> },
    /// A module or class of the project, or an instance of the class.
    Scope { file: usize, scope: usize, instance: bool },
    /// A function of the project.
    Function { file: usize, function: usize },
    /// A parameter whose type is not declared.
    Parameter,
    /// A constant.
    Literal,
    /// A name that nothing in the file binds.
    Unbound(String),
    /// Anything else.
    Unknown,
}

/// The facts that names are looked up in, and what turned out to be missing.
pub(super) struct Names<'run> {
    pub(super) files: &'run [Option<Arc<FileFacts>>],
    pub(super) code: &'run [CodeFile],
    pub(super) modules: &'run Modules,
    pub(super) providers: &'static Providers,
    /// Files that a look-up needed and that are not loaded.
    pub(super) wanted: RefCell<BTreeSet<usize>>,
    /// Files in which a function was asked what it returns whose body was left out.
    pub(super) whole: RefCell<BTreeSet<usize>>,
    steps: Cell<usize>,
    /// Whether a look-up was cut short.
    pub(super) cut: Cell<bool>,
    active: RefCell<Vec<(usize, usize, String)>>,
    /// Functions, by file, that the look-up met under a name which may stand for something else.
    contested: RefCell<Vec<(usize, usize)>>,
}

impl<'run> Names<'run> {
    pub(super) fn new(
        files: &'run [Option<Arc<FileFacts>>],
        code: &'run [CodeFile],
        modules: &'run Modules,
        providers: &'static Providers,
    ) -> Self {
        Self {
            files,
            code,
            modules,
            providers,
            wanted: RefCell::default(),
            whole: RefCell::default(),
            steps: Cell::new(0),
            cut: Cell::new(false),
            active: RefCell::default(),
            contested: RefCell::default(),
        }
    }

    /// Starts a new look-up with its own bound.
    pub(super) fn start(&self) {
        self.steps.set(0);
        self.contested.borrow_mut().clear();
    }

    /// Whether the look-up met a function under a name that is bound to something else as well: by a condition, or later.
    pub(super) fn is_contested(&self, file: usize, function: usize) -> bool {
        self.contested.borrow().contains(&(file, function))
    }

    /// Counts a step; false when there have been too many.
    pub(super) fn step(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        let within = self.steps.get() <= MAX_STEPS;
        if !within {
            self.cut.set(true);
        }
        within
    }

    /// The facts of a file; notes that they are needed when it is not loaded.
    pub(super) fn facts(&self, file: usize) -> Option<&'run FileFacts> {
        let facts = self.files[file].as_deref();
        if facts.is_none() {
            self.wanted.borrow_mut().insert(file);
        }
        facts
    }

    /// What a function returns; notes that its body is needed when it was left out.
    pub(super) fn returns(&self, file: usize, function: &'run Function) -> &'run [Expr] {
        if function.unread {
            self.whole.borrow_mut().insert(file);
        }
        &function.returns
    }

    fn is_rust(&self, file: usize) -> bool {
        self.code[file].language == "rust"
    }

    fn is_script(&self, file: usize) -> bool {
        language::by_name(self.code[file].language).is_some_and(|language| language.family == "javascript")
    }

    /// What an expression in a scope stands for.
    pub(super) fn resolve(&self, file: usize, scope: usize, expr: &Expr) -> Symbol {
        if !self.step() {
            return Symbol::Unknown;
        }
        match &expr.kind {
            ExprKind::Name(name) => self.name(file, scope, name),
            ExprKind::Member(object, name) => self.member(&self.resolve(file, scope, object), name),
            ExprKind::Call(callee, _) => self.call(self.resolve(file, scope, callee)),
            ExprKind::Literal(_) | ExprKind::Join(_) | ExprKind::Map(_) => Symbol::Literal,
            ExprKind::Not(_) | ExprKind::Other => Symbol::Unknown,
        }
    }

    fn name(&self, file: usize, scope: usize, name: &str) -> Symbol {
        if let Some((home, bindings)) = self.bindings(file, scope, name) {
            return self.guarded(home, usize::MAX, name, || self.of_bindings(home, bindings));
        }
        let Some(facts) = self.facts(file) else { return Symbol::Unknown };
        let module = |file| Symbol::Scope { file, scope: 0, instance: false };
        match name {
            "Self" | "this" => {
                let instance = name == "this";
                let class = facts.class_around(scope);
                return class.map_or(Symbol::Unknown, |scope| Symbol::Scope { file, scope, instance });
            }
            "crate" => return self.modules.rust_root(file).map_or(Symbol::Unknown, module),
            "self" if self.is_rust(file) => {
                return Symbol::Scope { file, scope: module_around(facts, scope), instance: false };
            }
            "super" => return self.above(file, facts, scope),
            _ => {}
        }
        for import in facts.imports.iter().filter(|import| import.local.is_none()) {
            let mut at = scope;
            while at != import.scope && at != 0 {
                at = facts.scopes[at].parent;
            }
            if at != import.scope {
                continue;
            }
            let target = self.path(file, import.scope, &import.path, import.level, &import.span);
            if let Symbol::Scope { .. } = target {
                let found = self.guarded(file, import.scope, name, || self.member(&target, name));
                if found != Symbol::Unknown {
                    return found;
                }
            }
        }
        if self.is_rust(file) {
            if let Some(child) = self.modules.child(file, name).filter(|_| module_around(facts, scope) == 0) {
                return module(child);
            }
            // As in imports: a provider's crate that lies in the workspace is the provider's.
            let is_provider = || is_provider_path(self.providers, self.code[file].language, &[name.into()]);
            if let Some(root) = self.modules.rust_crate(name).filter(|_| !is_provider()) {
                return module(root);
            }
            if name.starts_with(char::is_lowercase) {
                return Symbol::External { path: vec![name.into()], called: false, imported: None };
            }
        }
        Symbol::Unbound(name.to_owned())
    }

    fn above(&self, file: usize, facts: &FileFacts, scope: usize) -> Symbol {
        let own = module_around(facts, scope);
        if own != 0 {
            let scope = module_around(facts, facts.scopes[own].parent);
            return Symbol::Scope { file, scope, instance: false };
        }
        let above = self.modules.rust_parent(file);
        above.map_or(Symbol::Unknown, |file| Symbol::Scope { file, scope: 0, instance: false })
    }

    /// Runs a look-up unless the same one is under way: names may refer to each other in circles.
    fn guarded(&self, file: usize, scope: usize, name: &str, run: impl FnOnce() -> Symbol) -> Symbol {
        let key = (file, scope, name.to_owned());
        if self.active.borrow().contains(&key) || !self.step() {
            return Symbol::Unknown;
        }
        if self.active.borrow().len() >= MAX_DEPTH {
            self.cut.set(true);
            return Symbol::Unknown;
        }
        self.active.borrow_mut().push(key);
        let result = run();
        self.active.borrow_mut().pop();
        result
    }

    /// The bindings of a name as seen from a scope, and their file. Class members are not seen from methods.
    pub(super) fn bindings(&self, file: usize, scope: usize, name: &str) -> Option<(usize, &'run [Binding])> {
        let facts = self.facts(file)?;
        let mut at = scope;
        loop {
            if facts.scopes[at].kind != ScopeKind::Class || at == scope {
                let bindings = facts.bound(at, name);
                if !bindings.is_empty() {
                    return Some((file, bindings));
                }
            }
            if at == 0 || facts.scopes[at].kind == ScopeKind::Module {
                return None;
            }
            at = facts.scopes[at].parent;
        }
    }

    /// The first binding that says something: `client = None` and `client = get()` are both there in lazy code.
    fn of_bindings(&self, file: usize, bindings: &[Binding]) -> Symbol {
        let mut result = Symbol::Unknown;
        for binding in bindings {
            match self.of_binding(file, binding) {
                Symbol::Unknown => {}
                Symbol::Literal | Symbol::Parameter if result != Symbol::Unknown => {}
                weak @ (Symbol::Literal | Symbol::Parameter) => result = weak,
                found => {
                    if let Symbol::Function { file: home, function } = found
                        && bindings.iter().any(|other| self.differs(file, other, (binding, &found)))
                    {
                        self.contested.borrow_mut().push((home, function));
                    }
                    return found;
                }
            }
        }
        result
    }

    /// Whether a name may stand for something else than a function by another binding. Declarations, `None`, and functions that
    /// yield nothing (setters, overloads) are nothing else.
    fn differs(&self, file: usize, other: &Binding, (binding, found): (&Binding, &Symbol)) -> bool {
        if other.span == binding.span {
            return false;
        }
        match &other.value {
            Bound::Typed(_) => false,
            Bound::Value(value, _) => !value.is_null(),
            Bound::Function(function) => {
                self.facts(file).is_some_and(|facts| !self.returns(file, &facts.functions[*function]).is_empty())
            }
            Bound::Import(_) => self.of_binding(file, other) != *found,
            Bound::Scope(_) | Bound::Parameter(..) | Bound::Variant(_) | Bound::Opaque => true,
        }
    }

    fn of_binding(&self, file: usize, binding: &Binding) -> Symbol {
        let Some(facts) = self.facts(file) else { return Symbol::Unknown };
        let typed = |kind: &Expr| self.instance(self.resolve(file, binding.home, kind));
        match &binding.value {
            Bound::Value(value, kind) => {
                let found = self.resolve(file, binding.home, value);
                let found = if value.is_null() && kind.is_some() { Symbol::Unknown } else { found };
                self.better(file, found, || kind.as_deref().map_or(Symbol::Unknown, typed))
            }
            Bound::Typed(kind) => typed(kind),
            Bound::Import(index) => {
                let import = &facts.imports[*index];
                self.path(file, import.scope, &import.path, import.level, &import.span)
            }
            Bound::Function(function) => Symbol::Function { file, function: *function },
            Bound::Scope(scope) => Symbol::Scope { file, scope: *scope, instance: false },
            Bound::Parameter(function, index) => {
                let function = &facts.functions[*function];
                let parameter = &function.parameters[*index];
                match &parameter.kind {
                    Some(kind) => typed(kind),
                    None if parameter.receiver => match facts.class_around(function.scope) {
                        Some(scope) => Symbol::Scope { file, scope, instance: true },
                        None => Symbol::Parameter,
                    },
                    None => Symbol::Parameter,
                }
            }
            Bound::Variant(_) => Symbol::Literal,
            Bound::Opaque => Symbol::Unknown,
        }
    }

    /// What a value of a type stands for.
    fn instance(&self, kind: Symbol) -> Symbol {
        match kind {
            Symbol::External { path, imported, .. } => Symbol::External { path, called: true, imported },
            Symbol::Scope { file, scope, .. } => Symbol::Scope { file, scope, instance: true },
            _ => Symbol::Unknown,
        }
    }

    fn call(&self, callee: Symbol) -> Symbol {
        let Symbol::Function { file, function } = callee else { return self.instance(callee) };
        let Some(facts) = self.facts(file) else { return Symbol::Unknown };
        let function = &facts.functions[function];
        let declared = function.return_type.as_deref();
        let declared = declared.map_or(Symbol::Unknown, |kind| self.instance(self.resolve(file, function.scope, kind)));
        let known = |expr: &Expr| match self.resolve(file, function.scope, expr) {
            Symbol::Unknown | Symbol::Literal | Symbol::Parameter | Symbol::Unbound(_) => None,
            found => Some(found),
        };
        self.better(file, declared, || {
            self.guarded(file, function.scope, "()", || {
                self.returns(file, function).iter().find_map(known).unwrap_or(Symbol::Unknown)
            })
        })
    }

    /// Of what a value and its declared type say, the one that leads to a provider; else the first that says something:
    /// neither `Lazy::new(…)` nor `Any` tells what is inside.
    fn better(&self, file: usize, first: Symbol, second: impl FnOnce() -> Symbol) -> Symbol {
        let language = self.code[file].language;
        let leads = |symbol: &Symbol| matches!(symbol, Symbol::External { path, .. } if is_provider_path(self.providers, language, path));
        if leads(&first) {
            return first;
        }
        match second() {
            second if leads(&second) => second,
            second if matches!(first, Symbol::Unknown | Symbol::Unbound(_)) => second,
            _ => first,
        }
    }

    /// A member of what a symbol stands for.
    pub(super) fn member(&self, object: &Symbol, name: &str) -> Symbol {
        match object {
            Symbol::External { path, imported, .. } => {
                let path: Vec<CompactString> = path.iter().cloned().chain([name.into()]).collect();
                // `import app.flags` binds `app`, which is no module by itself when it has no `__init__.py`.
                if let Some((importer, _)) = imported
                    && self.code[*importer].language == "python"
                    && !is_provider_path(self.providers, self.code[*importer].language, &path)
                    && let Some((file, used)) = self.modules.python(*importer, &path, 0)
                    && used == path.len()
                {
                    return Symbol::Scope { file, scope: 0, instance: false };
                }
                Symbol::External { path, called: false, imported: imported.clone() }
            }
            Symbol::Scope { file, scope, .. } => {
                if let Some((home, bindings)) = self.members(*file, *scope, name) {
                    return self.guarded(home, *scope, name, || self.of_bindings(home, bindings));
                }
                let Some(facts) = self.facts(*file) else { return Symbol::Unknown };
                if facts.scopes[*scope].kind != ScopeKind::Module {
                    return Symbol::Unknown;
                }
                if name == "super" {
                    return self.above(*file, facts, *scope);
                }
                if *scope == 0
                    && let Some(file) = self.modules.child(*file, name)
                {
                    return Symbol::Scope { file, scope: 0, instance: false };
                }
                for import in facts.imports.iter().filter(|at| at.local.is_none() && at.scope == *scope) {
                    let target = self.path(*file, *scope, &import.path, import.level, &import.span);
                    if matches!(target, Symbol::Scope { .. }) && target != *object {
                        let found = self.guarded(*file, *scope, name, || self.member(&target, name));
                        if found != Symbol::Unknown {
                            return found;
                        }
                    }
                }
                Symbol::Unknown
            }
            _ => Symbol::Unknown,
        }
    }

    /// The bindings of a member in a module, or in a class and its bases.
    pub(super) fn members(&self, file: usize, scope: usize, name: &str) -> Option<(usize, &'run [Binding])> {
        let mut queue = vec![(file, scope)];
        let mut seen = BTreeSet::new();
        while let Some((file, scope)) = queue.pop() {
            if !seen.insert((file, scope)) || !self.step() {
                continue;
            }
            let Some(facts) = self.facts(file) else { continue };
            if facts.scopes[scope].kind != ScopeKind::Class {
                let bindings = facts.bound(scope, name);
                return (!bindings.is_empty()).then_some((file, bindings));
            }
            for part in facts.class_scopes(scope) {
                let bindings = facts.bound(part, name);
                if !bindings.is_empty() {
                    return Some((file, bindings));
                }
            }
            for base in facts.scopes[scope].bases.iter().rev() {
                if let Symbol::Scope { file, scope, .. } = self.resolve(file, facts.scopes[scope].parent, base) {
                    queue.push((file, scope));
                }
            }
        }
        None
    }

    /// What an import path stands for. Modules of known providers are theirs, whatever the project calls its own files.
    fn path(&self, file: usize, scope: usize, path: &[CompactString], level: usize, span: &Span) -> Symbol {
        let external = || Symbol::External { path: path.to_vec(), called: false, imported: Some((file, span.clone())) };
        if level == 0 && is_provider_path(self.providers, self.code[file].language, path) {
            return external();
        }
        let module = |file| Symbol::Scope { file, scope: 0, instance: false };
        let (mut symbol, used) = if self.is_rust(file) {
            let Some(first) = path.first() else { return Symbol::Unknown };
            let found = match first.as_str() {
                "crate" | "self" | "super" => self.name(file, scope, first),
                _ => {
                    let child = self.modules.child(file, first).or_else(|| self.modules.rust_crate(first)).map(module);
                    // `use Enum::Variant`, `use inline_module::name`.
                    let local = || {
                        let (home, bindings) = self.bindings(file, scope, first)?;
                        let scopes = bindings.iter().find(|at| matches!(at.value, Bound::Scope(_)))?;
                        Some(self.of_binding(home, scopes))
                    };
                    child.or_else(local).unwrap_or_else(external)
                }
            };
            if matches!(found, Symbol::External { .. }) {
                return external();
            }
            (found, 1)
        } else if self.is_script(file) {
            match path.first().and_then(|specifier| self.modules.script(file, specifier)) {
                Some(file) => (module(file), 1),
                None => return external(),
            }
        } else {
            match self.modules.python(file, path, level) {
                Some((file, used)) => (module(file), used),
                None if level > 0 => return Symbol::Unknown,
                None => return external(),
            }
        };
        for name in &path[used..] {
            symbol = self.member(&symbol, name);
        }
        symbol
    }

    /// Where the bindings of an imported name are: follows one import.
    pub(super) fn imported(&self, file: usize, import: usize) -> Option<(usize, &'run [Binding])> {
        let import = &self.facts(file)?.imports[import];
        let (last, before) = import.path.split_last()?;
        let target = match self.path(file, import.scope, before, import.level, &import.span) {
            Symbol::Scope { file, scope, .. } => (file, scope),
            _ => return None,
        };
        self.members_or_wildcards(target.0, target.1, last)
    }

    /// Members of a module, its wildcard imports included.
    pub(super) fn members_or_wildcards(
        &self,
        file: usize,
        scope: usize,
        name: &str,
    ) -> Option<(usize, &'run [Binding])> {
        let mut queue = vec![(file, scope)];
        let mut seen = BTreeSet::new();
        while let Some((file, scope)) = queue.pop() {
            if !seen.insert((file, scope)) || !self.step() {
                continue;
            }
            if let Some(found) = self.members(file, scope, name) {
                return Some(found);
            }
            let Some(facts) = self.facts(file) else { continue };
            for import in facts.imports.iter().filter(|at| at.local.is_none() && at.scope == scope) {
                if let Symbol::Scope { file, scope, .. } =
                    self.path(file, scope, &import.path, import.level, &import.span)
                {
                    queue.push((file, scope));
                }
            }
        }
        None
    }
}

fn module_around(facts: &FileFacts, mut scope: usize) -> usize {
    while scope != 0 && facts.scopes[scope].kind != ScopeKind::Module {
        scope = facts.scopes[scope].parent;
    }
    scope
}

/// Whether a segment is a module, or a path below it: `posthog-js/react`.
fn lies_in(segment: &str, module: &str) -> bool {
    segment.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path starts with a module of a provider.
pub(super) fn is_provider_path(providers: &Providers, language: &str, path: &[CompactString]) -> bool {
    let Some(catalogue) = providers.catalogue(language) else { return false };
    path.first().is_some_and(|first| catalogue.modules_like(first).any(|module| lies_below(path, module)))
}

/// Whether a path lies in one of the modules.
pub(super) fn starts_with_module(path: &[CompactString], modules: &[String]) -> bool {
    modules.iter().any(|module| lies_below(path, module))
}

fn lies_below(path: &[CompactString], module: &str) -> bool {
    let mut segments = path.iter();
    module.split('.').all(|wanted| segments.next().is_some_and(|segment| lies_in(segment, wanted)))
}
