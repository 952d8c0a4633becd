//! Methods that only call what they override: `return super.render(props)`. Owns which parameters are handed on as they are;
//! when such a method goes is not decided here.

use crate::fix::tree::{NodeId, Tree};

/// The name of a method whose body is that statement and which does what the method of the base would do in its place.
pub(super) fn passes_on(tree: &Tree<'_>, method: NodeId, statement: NodeId) -> Option<NodeId> {
    if tree.kind(method) != "method_definition" {
        return None;
    }
    let body = tree.parent(method).filter(|body| tree.kind(*body) == "class_body")?;
    let class = tree.parent(body)?;
    tree.child_of_kind(class, "class_heritage").filter(|heritage| {
        let clause = |child: NodeId| tree.kind(child) != "implements_clause";
        tree.named_children(*heritage).any(clause)
    })?;
    let name = tree.field(method, "name").filter(|name| tree.kind(*name) == "property_identifier")?;
    let text = tree.text_of(name);
    let plain = |child: NodeId| {
        matches!(tree.kind(child), "property_identifier" | "formal_parameters" | "statement_block" | "type_annotation")
            || matches!(tree.text_of(child), "async" | "override" | "public")
    };
    // A decorator stands before what it decorates.
    let before = tree.children(body).take_while(|child| *child < method).last();
    if !tree.children(method).all(plain) || before.is_some_and(|before| tree.kind(before) == "decorator") {
        return None;
    }
    let call = called(tree, method, statement, text)?;
    let parameters: Vec<NodeId> = tree.named_children(tree.field(method, "parameters")?).collect();
    let arguments: Vec<NodeId> = tree.named_children(tree.field(call, "arguments")?).collect();
    let same = parameters.len() == arguments.len()
        && parameters.iter().zip(arguments).all(|(each, given)| hands_on(tree, *each, given));
    same.then_some(name)
}

/// The call that a statement consists of, where it yields what the method of the base yields.
fn called(tree: &Tree<'_>, method: NodeId, statement: NodeId, name: &str) -> Option<NodeId> {
    let mut value = tree.named_children(statement).next()?;
    let is_async = tree.children(method).any(|child| tree.text_of(child) == "async");
    if tree.kind(value) == "await_expression" && is_async {
        value = tree.named_children(value).next()?;
    }
    let call = Some(value).filter(|call| tree.kind(*call) == "call_expression")?;
    let function = tree.field(call, "function")?;
    if name == "constructor" {
        return (tree.kind(statement) == "expression_statement" && tree.kind(function) == "super").then_some(call);
    }
    let object = tree.field(function, "object").filter(|object| tree.kind(*object) == "super");
    let called = tree.field(function, "property").is_some_and(|called| tree.text_of(called) == name);
    // What yields nothing by custom.
    let nothing = matches!(
        name,
        "componentDidMount" | "componentDidUpdate" | "componentWillUnmount" | "connectedCallback" | "ngOnInit"
    );
    let fits = match tree.kind(statement) {
        "return_statement" => true,
        "expression_statement" => nothing && !is_async,
        _ => false,
    };
    (fits && called && object.is_some()).then_some(call)
}

/// Whether an argument is a parameter, in its place and unchanged.
fn hands_on(tree: &Tree<'_>, parameter: NodeId, argument: NodeId) -> bool {
    let inner = |node: NodeId| tree.named_children(node).next().map(|inner| tree.text_of(inner));
    match tree.kind(parameter) {
        "identifier" => tree.kind(argument) == "identifier" && tree.text_of(argument) == tree.text_of(parameter),
        // `private name: string` is a field of its own, and a default is what the base may have none of.
        "required_parameter" => {
            let pattern = tree.field(parameter, "pattern");
            let bare = |child: NodeId| Some(child) == pattern || tree.kind(child) == "type_annotation";
            tree.children(parameter).all(bare) && pattern.is_some_and(|pattern| hands_on(tree, pattern, argument))
        }
        "rest_pattern" => tree.kind(argument) == "spread_element" && inner(parameter) == inner(argument),
        _ => false,
    }
}
