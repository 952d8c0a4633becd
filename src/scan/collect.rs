//! From a text to its facts: runs the language's queries over the tree, and again over macro arguments. Owns which captures
//! make which fact; what differs between languages is asked of `Syntax`.

use std::cmp::Reverse;

use compact_str::format_compact;
use tree_sitter::{Node, Tree};

use super::asked::{Left, is_in_function};
use super::facts::{Argument, Binding, Bound, Call, CallKind, Called, Expr, ExprKind, FileFacts, Scope, ScopeKind};
use super::hits::{Hits, Words};
use super::macros::MAX_MACROS;
use super::matching::Candidates;
use super::pattern::Pattern;
use super::queries::{MAPPING_QUERIES, QUERIES};
use super::scopes::{add_parameters, add_scope};
use super::walk::leaves;
use super::{Above, Capture, Field as _, Interest, Map, Set, Syntax, Target, Uses, text_of};
use crate::language::Language;
use crate::source::Span;
use crate::value::Value;

/// Takes the facts of a text. Calls are kept when their name is of interest, or an alias of one that is; what holds none of
/// the words is not looked into. Bodies of functions that hold none are not even parsed, unless the `whole` text is wanted.
pub fn scan(
    language: &'static Language,
    text: &str,
    interest: &Interest,
    patterns: &[Pattern],
    words: &Words,
    whole: bool,
) -> FileFacts {
    let region = Region { language, text, interest, patterns, in_macro: false, uses: &Uses::new(text) };
    // Of some files only parts are code, whose text is another one.
    let mut hits = language.mask.is_none().then(|| words.find(language.scan, text));
    if let Some(facts) = hits.as_mut().filter(|_| !whole).and_then(|hits| region.take_outline(hits)) {
        return facts;
    }
    let code = language.read(text);
    if code.unparsed.is_some() {
        return FileFacts { unparsed: code.unparsed, ..FileFacts::default() };
    }
    let broken = code.broken().is_some();
    let is_other = code.masked.is_some();
    let text = code.text(text);
    let region = Region { text, uses: &Uses::new(text), ..region };
    let unread = language.parse_hidden(text, &code);
    let mut hits = hits.filter(|_| !is_other).unwrap_or_else(|| words.find(language.scan, text));
    hits.note_errors(broken);
    let root = code.tree.root_node();
    let facts = region.take((root, unread.as_ref()), &hits, false).or_else(|wanted| {
        let hits = hits.and_names(text, wanted.iter().map(String::as_str));
        region.take((root, unread.as_ref()), &hits, true)
    });
    let items = if broken || is_other { Vec::new() } else { items(root) };
    FileFacts { broken, items, ..facts.unwrap_or_default() }
}

impl Region<'_> {
    /// The facts at the hits; an error with the aliases whose places are hits too, unless they were among them.
    /// `unread` is what the tree does not show.
    pub(super) fn take(
        &self,
        (root, unread): (Node<'_>, Option<&Tree>),
        hits: &Hits,
        is_again: bool,
    ) -> Result<FileFacts, Set<String>> {
        let Region { language, text, interest, patterns, .. } = *self;
        let mut facts = FileFacts::default();
        let syntax = language.scan;
        let region = self;

        let mut scopes = vec![(root, None, None, None, None, ScopeKind::Module)];
        let mut bindings = Vec::new();
        let mut variants = Vec::new();
        let mut globals = Vec::new();
        let mut returns = Vec::new();
        let (mut calls, mut above) = (Vec::new(), Vec::new());
        let mut macros = Vec::new();
        let mut subscripts = Vec::new();
        let mut conditions = Vec::new();
        let mut elements = Vec::new();
        let mut candidates = Candidates::new(region, text);
        let visit = |node| candidates.see(node);
        let mut imports = Vec::new();
        let mut left = Left::default();
        let statements = &mut left.statements;
        let is_whole = QUERIES[language.name].run_and_visit(root, text, hits, statements, visit, |found| {
            if let Some(node) = found.get(Capture::Call) {
                if let (Some(function), Some(list)) =
                    (found.get(Capture::CallFunction), found.get(Capture::CallArguments))
                {
                    let first = above.len();
                    above.extend_from_slice(found.above().nodes());
                    calls.push((node, function, list, first..above.len()));
                }
            } else if let Some(name) = found.get(Capture::BindingName) {
                bindings.push((name, found.get(Capture::BindingType), found.get(Capture::BindingValue), false));
            } else if let Some(name) = found.get(Capture::BindingMember) {
                bindings.push((name, found.get(Capture::BindingType), found.get(Capture::BindingValue), true));
            } else if let Some(node) = found.get(Capture::Import) {
                imports.push(node);
            } else if let Some(node) = found.get(Capture::Return) {
                returns.push(node);
            } else if let Some(node) = found.get(Capture::MacroArguments) {
                macros.push(node);
            } else if let Some(node) = found.get(Capture::Subscript) {
                subscripts.push((node, found.get(Capture::SubscriptObject), found.get(Capture::SubscriptKey)));
            } else if let Some(node) = found.get(Capture::Condition) {
                conditions.push((node, found.get(Capture::ConditionArguments)));
            } else if let Some(node) = found.get(Capture::Element) {
                elements.push((node, found.get(Capture::ElementName)));
            } else if let Some(node) = found.get(Capture::Variant) {
                variants.push(node);
            } else if let Some(node) = found.get(Capture::GlobalName) {
                globals.push(node);
            } else {
                let kinds = [
                    (Capture::ScopeFunction, ScopeKind::Function),
                    (Capture::ScopeClass, ScopeKind::Class),
                    (Capture::ScopeModule, ScopeKind::Module),
                ];
                for (capture, kind) in kinds {
                    if let Some(node) = found.get(capture) {
                        let name = found.get(Capture::ScopeName);
                        let bases = found.get(Capture::ScopeBases);
                        scopes.push((
                            node,
                            name,
                            found.get(Capture::ScopeParameters),
                            found.get(Capture::ScopeType),
                            bases,
                            kind,
                        ));
                    }
                }
            }
        });

        if !is_whole {
            return Ok(FileFacts { too_deep: true, ..FileFacts::default() });
        }
        imports.sort_by_key(Node::start_byte);
        facts.imports.extend(imports.into_iter().flat_map(|node| syntax.imports(node, text)));
        if let Some(unread) = unread {
            QUERIES[language.name].run(unread.root_node(), text, |found| {
                conditions
                    .extend(found.get(Capture::Condition).map(|node| (node, found.get(Capture::ConditionArguments))));
            });
        }

        // A function may match with the name it is bound to and without: the match that names it counts.
        // A class that is all of a file takes as much of it as the file: what is around holds more nodes.
        scopes.sort_by_key(|(node, name, ..)| {
            let size = (Reverse(node.end_byte()), Reverse(node.descendant_count()));
            (node.start_byte(), size, node.id(), name.is_none())
        });
        scopes.dedup_by_key(|(node, ..)| node.id());
        for (node, name, parameters, kind_node, bases, kind) in scopes {
            let function = facts.functions.len();
            add_scope(&mut facts, syntax, text, node, (name, kind_node, bases), (parameters, kind));
            if let Some(list) = parameters.filter(|_| kind == ScopeKind::Function) {
                if hits.is_everywhere() {
                    add_parameters(&mut facts, syntax, text, function, list);
                } else {
                    left.parameters.push((function, list));
                }
            }
        }
        // A file binds many names, and a list that grows is copied.
        facts.bindings.reserve(bindings.len() + bindings.len() / 4 + facts.imports.len() + variants.len());
        for import in &mut facts.imports {
            import.scope = super::facts::scope_at(&facts.scopes, import.span.start);
        }
        for index in 0..facts.imports.len() {
            let import = &facts.imports[index];
            if let Some(name) = import.local.clone() {
                let (scope, span) = (import.scope, import.span.clone());
                facts.bindings.push(Binding { name, scope, home: scope, span, value: Bound::Import(index) });
            }
        }
        let imported: Set<(usize, usize)> =
            facts.imports.iter().map(|import| (import.span.start, import.span.end)).collect();
        let mut valued: Vec<(Node<'_>, Node<'_>)> = Vec::new();
        for (name, kind, value, is_member) in bindings {
            valued.extend(value.filter(|value| hits.hold(&value.byte_range())).map(|value| (name, value)));
            let target = if is_member { Target::Member(text_of(name, text)) } else { syntax.target(name, text) };
            if let Target::Name(shown) = target
                && !hits.is_everywhere()
                && is_in_function(&facts, facts.scope_at(name.start_byte()))
            {
                let written = Written { name: shown, node: name, kind, value };
                // What may be another name for something of interest is known at once.
                if !value.is_some_and(|value| hits.hold(&value.byte_range())) {
                    left.written.push(written);
                    continue;
                }
            }
            add_binding(&mut facts, syntax, text, &imported, (name, target), kind, value);
        }
        for node in variants {
            let scope = facts.scope_at(node.start_byte());
            let name = node.field("name").map_or("", |name| text_of(name, text));
            let value = Bound::Variant(syntax.variant(node, text).into());
            facts.bindings.push(Binding { name: name.into(), scope, home: scope, span: node.byte_range(), value });
        }
        for node in returns {
            let scope = facts.scope_at(node.start_byte());
            if let (Some(value), Some(function)) = (node.named_child(0), facts.function_around(scope)) {
                let value = syntax.expression(value, text);
                facts.functions[function].returns.push(value);
            }
        }
        let mut called = Called::new(text);
        let mut wanted: Vec<&str> = Vec::new();
        for import in &facts.imports {
            if let (Some(local), Some(last)) = (&import.local, import.path.last())
                && interest.names.contains(last.as_str())
            {
                wanted.push(local);
            }
        }
        for binding in &facts.bindings {
            let Bound::Value(value, _) = &binding.value else { continue };
            let of_interest = |name: Option<&str>| name.is_some_and(|name| interest.names.contains(name));
            // What a call yields may be a function: then the file calls it.
            let mut made = || match &value.kind {
                ExprKind::Call(callee, _) => of_interest(callee.last_name()) && called.holds(&binding.name),
                _ => false,
            };
            if of_interest(value.alias()) || made() {
                wanted.push(&binding.name);
            }
        }
        let wanted: Set<String> = wanted.into_iter().map(str::to_owned).collect();
        let is_new = |name: &&String| !interest.names.contains(*name);
        if !is_again && wanted.iter().any(|name| is_new(&name)) {
            return Err(wanted.into_iter().filter(|name| is_new(&name)).collect());
        }
        let yields = |function: &Node<'_>| {
            let name = syntax.callee_name(*function, text);
            name.is_some_and(|name| interest.objects.contains(name) || wanted.contains(name))
        };
        let objects: Set<usize> =
            calls.iter().filter(|(_, function, ..)| yields(function)).map(|(node, ..)| node.start_byte()).collect();
        // `await f()`, `(f())`.
        let plain = |value: &Node<'_>| {
            let inner = text_of(*value, text).trim_start_matches(|at: char| at.is_whitespace() || at == '(');
            let inner = inner.strip_prefix("await").map_or(inner, str::trim_start);
            value.end_byte() - inner.len()
        };
        let holders = valued.iter().filter(|(_, value)| objects.contains(&plain(value))).map(|(name, _)| *name);
        for name in holders {
            leaves(name, |leaf, _| facts.results.push(text_of(leaf, text).into()));
        }
        super::limit_was_hit();
        for (node, function, arguments, around) in calls {
            region.add_call(&mut facts, &wanted, Above::new(&above[around]), (node, function, arguments));
        }
        if super::limit_was_hit() {
            facts.limits.push(format!("an argument nested more than {} levels deep is not followed", super::MAX_DEPTH));
        }
        for (node, name) in elements {
            if let Some(name) = name {
                region.add_element(&mut facts, &wanted, node, name);
            }
        }
        let kinds = hits.kinds();
        if kinds.mapping && names_mapping(interest, text) {
            MAPPING_QUERIES[language.name].run_and_visit(
                root,
                text,
                hits,
                &mut Vec::new(),
                |_| {},
                |found| {
                    if let Some(node) = found.get(Capture::Subscript) {
                        subscripts.push((node, found.get(Capture::SubscriptObject), found.get(Capture::SubscriptKey)));
                    }
                },
            );
        }
        region.add_taken(&mut facts);
        for (node, object, key) in subscripts {
            if let (Some(object), Some(key)) = (object, key) {
                region.add_subscript(&mut facts, node, object, key);
            }
        }
        if kinds.field {
            region.add_fields(&mut facts, root, 0..text.len());
        }
        if kinds.property {
            region.add_reads(&mut facts, root);
        }
        for (node, arguments) in conditions {
            if let Some(arguments) = arguments {
                region.add_conditions(&mut facts, node, arguments);
            }
        }
        candidates.fit(region, &mut facts);
        if !macros.is_empty() {
            // Names and aliases are one there.
            let names = || interest.names.iter().chain(&wanted).cloned().collect();
            let both = wanted.iter().any(|name| is_new(&name)).then(|| Interest { names: names(), ..interest.clone() });
            let patterns: Vec<&Pattern> = patterns.iter().filter(|pattern| pattern.may_match(text)).collect();
            let region = Region { interest: both.as_ref().unwrap_or(interest), in_macro: true, ..*region };
            for node in macros {
                region.add_macro(&mut facts, &patterns, node, MAX_MACROS);
            }
        }
        let globals: Set<(usize, &str)> =
            globals.into_iter().map(|node| (facts.scope_at(node.start_byte()), text_of(node, text))).collect();
        region.add_asked(&mut facts, left, hits, &globals);
        if !globals.is_empty() {
            for binding in facts.bindings.iter_mut().filter(|at| globals.contains(&(at.scope, at.name.as_str()))) {
                binding.scope = 0;
            }
        }
        facts.bindings.sort_by(|left, right| {
            (left.scope, &left.name, left.span.start).cmp(&(right.scope, &right.name, right.span.start))
        });
        facts.calls.sort_by_key(|call| (call.span.start, call.span.end));
        facts.calls.dedup_by(|left, right| left.span == right.span);
        facts.matches.sort_by_key(|found| (found.span.start, found.span.end, found.pattern, found.key_span.start));
        facts.matches.dedup_by(|left, right| {
            left.span == right.span && left.pattern == right.pattern && left.key_span == right.key_span
        });
        Ok(facts)
    }
}

/// What stands on the top level.
pub(super) fn items(root: Node<'_>) -> Vec<Span> {
    let mut items = Vec::new();
    let mut start = None;
    for item in root.children(&mut root.walk()) {
        let start_here = *start.get_or_insert(item.start_byte());
        if !item.is_extra() && !item.kind().ends_with("attribute_item") {
            items.push(start_here..item.end_byte());
            start = None;
        }
    }
    items
}

/// A name, and what binds it.
pub(super) struct Written<'tree> {
    pub(super) name: &'tree str,
    pub(super) node: Node<'tree>,
    pub(super) kind: Option<Node<'tree>>,
    pub(super) value: Option<Node<'tree>>,
}

pub(super) fn add_binding(
    facts: &mut FileFacts,
    syntax: &dyn Syntax,
    text: &str,
    imported: &Set<(usize, usize)>,
    (name, target): (Node<'_>, Target<'_>),
    kind: Option<Node<'_>>,
    value: Option<Node<'_>>,
) {
    let home = facts.scope_at(name.start_byte());
    let bound = || {
        let kind = kind.and_then(|kind| syntax.type_name(kind, text)).map(Box::new);
        match (value, kind) {
            (Some(value), kind) => Bound::Value(Box::new(syntax.expression(value, text)), kind),
            (None, Some(kind)) => Bound::Typed(kind),
            (None, None) => Bound::Opaque,
        }
    };
    let is_import = |node: Node<'_>| imported.contains(&(node.start_byte(), node.end_byte()));
    let mut push = |name: &str, scope: usize, span: Span, value: Bound| {
        facts.bindings.push(Binding { name: name.into(), scope, home, span, value });
    };
    match target {
        // What a module is imported as says more than the expression that does it.
        Target::Name(_) if is_import(name) => {}
        Target::Name(text) => push(text, home, name.byte_range(), bound()),
        Target::Member(text) => {
            if let Some(class) = class_of(&facts.scopes, home) {
                facts.bindings.push(Binding {
                    name: text.into(),
                    scope: class,
                    home,
                    span: name.byte_range(),
                    value: bound(),
                });
            }
        }
        Target::Pattern => {
            // A name that is taken out of something is that member of it.
            let keys: Map<usize, Node<'_>> = match value {
                Some(_) => syntax.members(name).into_iter().map(|(key, local)| (local.start_byte(), key)).collect(),
                None => Map::default(),
            };
            let object = value.filter(|_| !keys.is_empty()).map(|value| syntax.expression(value, text));
            let held: Map<usize, (Node<'_>, Node<'_>)> =
                syntax.held(name).into_iter().map(|(holder, key, local)| (local.start_byte(), (holder, key))).collect();
            let member = |leaf: Node<'_>| {
                if let Some((holder, key)) = held.get(&leaf.start_byte()) {
                    // Of what the holder is a member is not known.
                    let whole = Box::new(Expr::other(holder.byte_range()));
                    let holder = ExprKind::Member(whole, text_of(*holder, text).into());
                    let holder = Box::new(Expr { span: leaf.byte_range(), kind: holder });
                    let kind = ExprKind::Member(holder, text_of(*key, text).trim_matches(['"', '\'']).into());
                    return Some(Bound::Value(Box::new(Expr { span: leaf.byte_range(), kind }), None));
                }
                let key = text_of(*keys.get(&leaf.start_byte())?, text).trim_matches(['"', '\'']);
                let kind = ExprKind::Member(Box::new(object.clone()?), key.into());
                Some(Bound::Value(Box::new(Expr { span: leaf.byte_range(), kind }), None))
            };
            leaves(name, |leaf, parent| {
                if syntax.binds(leaf, parent, text) && !is_import(leaf) {
                    push(text_of(leaf, text), home, leaf.byte_range(), member(leaf).unwrap_or(Bound::Opaque));
                }
            });
        }
    }
}

fn class_of(scopes: &[Scope], mut scope: usize) -> Option<usize> {
    while scope != 0 {
        if scopes[scope].kind == ScopeKind::Class {
            return Some(scope);
        }
        scope = scopes[scope].parent;
    }
    None
}

/// A part of a file that is looked at with one tree.
pub(super) struct Region<'run> {
    pub(super) language: &'static Language,
    pub(super) text: &'run str,
    pub(super) interest: &'run Interest,
    pub(super) patterns: &'run [Pattern],
    pub(super) in_macro: bool,
    pub(super) uses: &'run Uses<'run>,
}

impl Region<'_> {
    pub(super) fn add_call<'tree>(
        &self,
        facts: &mut FileFacts,
        aliases: &Set<String>,
        above: Above<'_, 'tree>,
        (node, function, list): (Node<'tree>, Node<'tree>, Node<'tree>),
    ) {
        let syntax = self.language.scan;
        let Some(name) = syntax.callee_name(function, self.text) else { return };
        let named = self.interest.names.contains(name) || aliases.contains(name);
        let receivers = self.interest.restricted.get(name).filter(|_| !named);
        if !named && receivers.is_none() {
            return;
        }
        // Where the parser had to guess inside a call, its arguments are not what they seem.
        if node.has_error() {
            return;
        }
        let callee = syntax.expression(function, self.text);
        if let Some(receivers) = receivers
            && !matches!(&callee.kind, ExprKind::Member(object, _)
                if object.last_name().is_some_and(|name| receivers.contains(name)))
        {
            return;
        }
        let end = callee.span.end;
        let name_span = end.saturating_sub(name.len())..end;
        let arguments = syntax.arguments(list, self.text);
        let arguments = arguments.iter().map(|at| at.with(syntax.expression(at.value, self.text))).collect();
        let yields_object = self.interest.objects.contains(name) || aliases.contains(name);
        let (members, rest) = if yields_object { syntax.taken(node, above, self.uses) } else { (Vec::new(), true) };
        facts.calls.push(Call {
            members,
            rest,
            span: node.byte_range(),
            name: name.into(),
            name_span,
            arguments,
            scope: facts.scope_at(node.start_byte()),
            accessor: syntax.accessor(node, above, self.text),
            decorator: syntax.decorator(node, above, self.text),
            in_macro: self.in_macro,
            gate: syntax.is_gate(node, above, self.text),
            awaited: above.parent(node).is_some_and(|parent| parent.kind().starts_with("await")),
            kind: CallKind::Call,
            callee,
        });
    }

    /// An element of markup is a call of its component with named arguments.
    fn add_element(&self, facts: &mut FileFacts, aliases: &Set<String>, node: Node<'_>, component: Node<'_>) {
        let syntax = self.language.scan;
        let Some(name) = syntax.callee_name(component, self.text) else { return };
        let named = self.interest.names.contains(name) || aliases.contains(name);
        if !named || node.has_error() {
            return;
        }
        let arguments = syntax.arguments(node, self.text);
        let arguments = arguments.iter().map(|at| at.with(syntax.expression(at.value, self.text))).collect();
        let span = syntax.element(node).byte_range();
        let callee = syntax.expression(component, self.text);
        facts.calls.push(Call {
            arguments,
            scope: facts.scope_at(node.start_byte()),
            in_macro: self.in_macro,
            ..Call::plain(CallKind::Element, span, name.into(), component.byte_range(), callee)
        });
    }

    pub(super) fn add_subscript(&self, facts: &mut FileFacts, node: Node<'_>, object: Node<'_>, key: Node<'_>) {
        let syntax = self.language.scan;
        let Some(name) = syntax.callee_name(object, self.text) else { return };
        if !self.interest.mappings.contains(name) || !syntax.is_read(node) || node.has_error() {
            return;
        }
        let callee = syntax.expression(object, self.text);
        let name_span = object.end_byte().saturating_sub(name.len())..object.end_byte();
        facts.calls.push(Call {
            arguments: vec![plain_argument(syntax.mapping_key(key, self.text), key.byte_range())],
            scope: facts.scope_at(node.start_byte()),
            accessor: syntax.accessor(node, Above::default(), self.text),
            in_macro: self.in_macro,
            gate: syntax.is_gate(node, Above::default(), self.text),
            ..Call::plain(CallKind::Subscript, node.byte_range(), name.into(), name_span, callee)
        });
    }

    pub(super) fn add_conditions(&self, facts: &mut FileFacts, node: Node<'_>, arguments: Node<'_>) {
        let is_macro = node.kind() == "macro_invocation";
        let sign = if is_macro { "cfg!" } else { "#[cfg]" };
        for (how, key, span) in self.language.scan.conditions(arguments, self.text) {
            let value = Expr { span: span.clone(), kind: ExprKind::Literal(Value::String(key)) };
            // Several flags of one condition are apart by where they stand.
            let whole = if how == "…" { span.clone() } else { node.byte_range() };
            let callee = Expr { span: node.byte_range(), kind: ExprKind::Name(sign.into()) };
            facts.calls.push(Call {
                arguments: vec![plain_argument(value, span.clone())],
                scope: facts.scope_at(node.start_byte()),
                decorator: (!is_macro).then(|| node.byte_range()),
                in_macro: self.in_macro,
                gate: true,
                ..Call::plain(CallKind::Condition, whole, format_compact!("{sign}{how}"), span, callee)
            });
        }
    }
}

/// Whether a text reads a member of a mapping of interest, as far as words tell.
fn names_mapping(interest: &Interest, text: &str) -> bool {
    let follows = |name: &String| {
        let found = memchr::memmem::find_iter(text.as_bytes(), name.as_bytes());
        found.map(|at| at + name.len()).any(|end| matches!(text.as_bytes().get(end), Some(b'.' | b'[' | b'?' | b'!')))
    };
    interest.mappings.iter().any(follows)
}

pub(super) fn plain_argument(value: Expr, span: Span) -> Argument {
    Argument { span: span.clone(), keyword: None, spread: false, value, value_span: span }
}
