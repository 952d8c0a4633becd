//! Methods that only call what they override: `return super().get(request, *args, **kwargs)`. Owns which parameters are
//! handed on as they are; when such a method goes is not decided here.

use crate::fix::tree::{NodeId, Tree};

/// The name of a method whose body is that statement and which does what the method of the base would do in its place.
pub(super) fn passes_on(tree: &Tree<'_>, method: NodeId, statement: NodeId) -> Option<NodeId> {
    if tree.kind(method) != "function_definition" {
        return None;
    }
    let body = tree.parent(method).filter(|body| tree.kind(*body) == "block")?;
    let class = tree.parent(body).filter(|class| tree.kind(*class) == "class_definition")?;
    tree.field(class, "superclasses").filter(|bases| tree.named_children(*bases).next().is_some())?;
    let name = tree.field(method, "name")?;
    let text = tree.text_of(name);
    // Python looks at whether a class has some of its special methods.
    if text.starts_with("__") && text != "__init__" {
        return None;
    }
    let call = called(tree, method, statement)?;
    let function = tree.field(call, "function").filter(|function| tree.kind(*function) == "attribute")?;
    let object = tree.field(function, "object").filter(|object| tree.kind(*object) == "call")?;
    let parameters: Vec<NodeId> = tree.named_children(tree.field(method, "parameters")?).collect();
    let (own, rest) = parameters.split_first()?;
    let is_super = tree.field(object, "function").is_some_and(|name| tree.text_of(name) == "super");
    let given: Vec<&str> =
        tree.named_children(tree.field(object, "arguments")?).map(|argument| tree.text_of(argument)).collect();
    let own_class = || Some(tree.text_of(tree.field(class, "name")?));
    let plain = given.is_empty() || given.len() == 2 && Some(given[0]) == own_class() && given[1] == tree.text_of(*own);
    if !is_super || !plain || tree.field(function, "attribute").is_none_or(|called| tree.text_of(called) != text) {
        return None;
    }
    let arguments: Vec<NodeId> = tree.named_children(tree.field(call, "arguments")?).collect();
    if arguments.len() != rest.len() || !rest.iter().zip(arguments).all(|(each, given)| hands_on(tree, *each, given)) {
        return None;
    }
    // `post = get`, `get.allowed = True`: the class itself uses it.
    let used = tree.subtree(body).any(|node| {
        tree.kind(node) == "identifier" && tree.text_of(node) == text && node != name && !tree.contains(method, node)
    });
    (!used).then_some(name)
}

/// The call that a statement consists of, where it yields what the method of the base yields.
fn called(tree: &Tree<'_>, method: NodeId, statement: NodeId) -> Option<NodeId> {
    let mut value = tree.named_children(statement).next()?;
    let is_async = tree.children(method).any(|child| tree.kind(child) == "async");
    match (tree.kind(value), is_async) {
        ("await", true) => value = tree.named_children(value).next()?,
        (_, false) => {}
        _ => return None,
    }
    let returns = tree.kind(statement) == "return_statement";
    // What yields nothing by custom.
    let name = tree.text_of(tree.field(method, "name")?);
    let nothing = matches!(name, "__init__" | "setUp" | "tearDown" | "asyncSetUp" | "asyncTearDown" | "ready");
    let fits = returns || tree.kind(statement) == "expression_statement" && nothing;
    (fits && tree.kind(value) == "call").then_some(value)
}

/// Whether an argument is a parameter, in its place and unchanged.
fn hands_on(tree: &Tree<'_>, parameter: NodeId, argument: NodeId) -> bool {
    let inner = |node: NodeId| tree.named_children(node).next().map(|inner| tree.text_of(inner));
    match tree.kind(parameter) {
        "identifier" => tree.kind(argument) == "identifier" && tree.text_of(argument) == tree.text_of(parameter),
        "typed_parameter" => match tree.named_children(parameter).next() {
            Some(name) if tree.kind(name) != "type" => hands_on(tree, name, argument),
            _ => false,
        },
        "list_splat_pattern" => tree.kind(argument) == "list_splat" && inner(parameter) == inner(argument),
        "dictionary_splat_pattern" => tree.kind(argument) == "dictionary_splat" && inner(parameter) == inner(argument),
        _ => false,
    }
}
