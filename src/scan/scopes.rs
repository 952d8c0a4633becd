//! Functions, classes and modules as facts. Owns what is said of each; which nodes they are is told by `collect`.

use compact_str::CompactString;
use tree_sitter::Node;

use super::facts::{Binding, Bound, FileFacts, Function, Scope, ScopeKind};
use super::{Syntax, text_of};

type ScopeNodes<'tree> = (Option<Node<'tree>>, Option<Node<'tree>>, Option<Node<'tree>>);

/// Adds a scope, and the function that it is.
pub(super) fn add_scope(
    facts: &mut FileFacts,
    syntax: &dyn Syntax,
    text: &str,
    node: Node<'_>,
    (name, kind_node, bases): ScopeNodes<'_>,
    (parameters, kind): (Option<Node<'_>>, ScopeKind),
) {
    let index = facts.scopes.len();
    let parent = if index == 0 { 0 } else { facts.scope_at(node.start_byte()) };
    let name_text = CompactString::from(name.map_or("", |name| syntax.scope_name(name, text)));
    let name_span = name.map_or(node.start_byte()..node.start_byte(), |name| name.byte_range());
    // The name of a function that is bound to one stands before it: then its parameters end what may be said of it.
    let header_end = [name, parameters].into_iter().flatten().map(|part| part.start_byte());
    let header_end = header_end.filter(|at| *at >= node.start_byte()).min().unwrap_or(node.start_byte());
    let function = (kind == ScopeKind::Function).then_some(facts.functions.len());
    let bases = bases.map(|list| {
        let arguments = syntax.arguments(list, text);
        arguments.iter().filter(|at| at.keyword.is_none()).map(|at| syntax.expression(at.value, text)).collect()
    });
    // The file's scope covers leading and trailing blanks too, which its node does not.
    let span = if index == 0 { 0..text.len() } else { node.byte_range() };
    let test = index != 0 && syntax.is_test(node, text);
    facts.scopes.push(Scope {
        kind,
        name: name_text.clone(),
        parent,
        span,
        function,
        bases: bases.unwrap_or_default(),
        test,
    });
    if function.is_some() {
        let returned = kind_node.map_or("", |kind| text_of(kind, text));
        facts.functions.push(Function {
            name: name_text.clone(),
            name_span: name_span.clone(),
            scope: index,
            parameters: Vec::new(),
            returns: syntax.tail(node).map(|tail| syntax.expression(tail, text)).into_iter().collect(),
            return_type: kind_node.and_then(|kind| syntax.type_name(kind, text)).map(Box::new),
            fallible: returned.contains("Result") || returned.starts_with("Option<"),
            awaited: text[node.start_byte()..header_end].split_whitespace().any(|word| word == "async"),
            property: text[node.start_byte()..header_end].split_whitespace().any(|word| word == "get")
                || syntax.is_property(&text[..node.start_byte()]),
            decorated: is_decorated(node, text),
            unread: false,
        });
    }
    if name.is_some() {
        let value = function.map_or(Bound::Scope(index), Bound::Function);
        facts.bindings.push(Binding { name: name_text, scope: parent, home: parent, span: name_span, value });
    }
}

/// Whether a decorator stands before a function that may change what calling it yields. Those that keep, bind or mark it are
/// known by a part of their names.
fn is_decorated(node: Node<'_>, text: &str) -> bool {
    let before = text[..node.start_byte()].trim_end();
    let line = before.rsplit('\n').next().unwrap_or("");
    let word = line.rsplit([' ', '\t']).next().unwrap_or("");
    // Few functions have some, and asking for what is around a node is slow.
    if !line.trim_start().starts_with('@') && !word.starts_with('@') && !line.ends_with([')', ']']) {
        return false;
    }
    let keeps = |decorator: &Node<'_>| {
        let name =
            text_of(*decorator, text).trim_start_matches(['@', ' ']).split(['(', '#', '\n']).next().unwrap_or("");
        let name = name.trim().to_ascii_lowercase();
        ["cache", "memo", "property", "method", "override", "overload", "final", "computed", "bind", "bound", "wraps"]
            .iter()
            .any(|part| name.contains(part))
    };
    let before = std::iter::successors(node.prev_sibling(), Node::prev_sibling);
    before.take_while(|at| at.kind() == "decorator" || at.is_extra()).any(|at| at.kind() == "decorator" && !keeps(&at))
}

/// Adds the parameters of a function.
pub(super) fn add_parameters(facts: &mut FileFacts, syntax: &dyn Syntax, text: &str, function: usize, list: Node<'_>) {
    let scope = facts.functions[function].scope;
    let parameters = syntax.parameters(list, text);
    facts.bindings.extend(parameters.iter().enumerate().map(|(position, parameter)| Binding {
        name: parameter.name.clone(),
        scope,
        home: scope,
        span: parameter.span.clone(),
        value: Bound::Parameter(function, position),
    }));
    facts.functions[function].parameters = parameters;
}
