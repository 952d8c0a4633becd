//! What folding needs to know about Python: the roles of nodes, literals, effects and precedence. Names are in `names`.

use super::pins::Tests;
use super::{construct, entries, names, pins, supers};
use crate::fix::member::{Holder, Member};
use crate::fix::names::{Definition, Occurrence};
use crate::fix::pins::TestSyntax;
use crate::fix::syntax::{Assignment, Construct, Effect, Folded, ImportPart, Item, Layout, Syntax, is_inert};
use crate::fix::tree::{NodeId, Tree};
use crate::source::Span;
use crate::value::Value;

/// Folding of Python.
pub struct Python;

/// Functions that only look at their arguments: they refuse none and do not exhaust an iterator.
const PURE_CALLS: &[&str] =
    &["bool", "dict", "getattr", "hasattr", "isinstance", "issubclass", "len", "repr", "str", "type"];

/// Calls that yield a truth value.
const BOOLEAN_CALLS: &[&str] = &["all", "any", "bool", "callable", "hasattr", "isinstance", "issubclass"];

impl Syntax for Python {
    fn layout(&self) -> Layout {
        Layout::Indented
    }

    fn assignment(&self, tree: &Tree<'_>, name: NodeId) -> Option<Assignment> {
        names::assignment(tree, name)
    }

    fn only_reads(&self, tree: &Tree<'_>, name: NodeId) -> bool {
        names::occurrence(tree, name) == Occurrence::Reference
    }

    fn construct(&self, tree: &Tree<'_>, node: NodeId) -> Construct {
        construct::read(tree, node).unwrap_or(Construct::Other)
    }

    fn booleans_are_exact(&self) -> bool {
        false
    }

    fn is_boolean(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        match tree.kind(node) {
            "not_operator" | "true" | "false" => true,
            // Comparison operators can be overloaded; identity and membership cannot yield anything else.
            "comparison_operator" => tree
                .children(node)
                .filter(|child| !tree.get(*child).named)
                .all(|operator| matches!(tree.kind(operator), "is" | "is not" | "in" | "not in" | "not")),
            "call" => tree.field(node, "function").is_some_and(|name| BOOLEAN_CALLS.contains(&tree.text_of(name))),
            "boolean_operator" => tree.named_children(node).all(|operand| self.is_boolean_leaf(tree, operand)),
            "parenthesized_expression" => tree.named_children(node).all(|inner| self.is_boolean_leaf(tree, inner)),
            _ => false,
        }
    }

    fn truthy(&self, value: &Value) -> Option<bool> {
        Some(match value {
            Value::Null => false,
            Value::Bool(on) => *on,
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::String(text) => !text.is_empty(),
            Value::Json(text) => !matches!(text.split_whitespace().collect::<String>().as_str(), "{}" | "[]"),
        })
    }

    fn shown(&self, on: bool) -> &'static str {
        if on { "True" } else { "False" }
    }

    fn empty(&self, tree: &Tree<'_>, node: NodeId) -> Option<&'static str> {
        let called = || {
            let call =
                tree.parent(node).filter(|call| tree.field_of(node) == Some("arguments") && tree.kind(*call) == "call");
            call.and_then(|call| tree.field(call, "function")).map(|function| tree.text_of(function))
        };
        match tree.kind(node) {
            "list_comprehension" => Some("[]"),
            "dictionary_comprehension" => Some("{}"),
            "set_comprehension" => Some("set()"),
            "generator_expression" => {
                matches!(called(), Some("dict" | "frozenset" | "list" | "set" | "tuple")).then_some("()")
            }
            _ => None,
        }
    }

    fn is_plain_collection(&self, tree: &Tree<'_>, clause: NodeId) -> bool {
        let source = match tree.kind(clause) {
            "for_in_clause" => match tree.field(clause, "right") {
                Some(source) if !tree.children(clause).any(|child| tree.kind(child) == "async") => source,
                _ => return false,
            },
            _ => return false,
        };
        matches!(tree.kind(source), "list" | "tuple" | "set" | "string" | "list_comprehension")
            && is_inert(self, tree, source, &[], &|_| Folded::Stays)
    }

    fn text_mark(&self, tree: &Tree<'_>, text: NodeId) -> Option<Span> {
        // A statement that is a plain text can be the documentation of what it is in.
        let statement = tree
            .ancestors(text)
            .find(|outer| !matches!(tree.kind(*outer), "concatenated_string" | "parenthesized_expression"));
        if statement.is_some_and(|outer| tree.kind(outer) == "expression_statement") {
            return None;
        }
        let start = tree.child_of_kind(text, "string_start")?;
        let mark = tree.text_of(start).find(['f', 'F'])? + tree.span(start).start;
        // Doubled braces are single ones only in such a text.
        (!tree.text_of(text).contains(['\\'])
            && !tree.text_of(text).contains("{{")
            && !tree.text_of(text).contains("}}"))
        .then_some(mark..mark + 1)
    }

    fn collection(&self, tree: &Tree<'_>, spread: NodeId, expression: NodeId) -> Option<NodeId> {
        let mut inner = expression;
        while tree.kind(inner) == "parenthesized_expression" {
            inner = tree.named_children(inner).next()?;
        }
        let around = tree.parent(spread)?;
        let is_empty = tree.named_children(inner).next().is_none();
        let fits = match (tree.kind(spread), tree.kind(around), tree.kind(inner)) {
            ("list_splat", "list" | "set" | "argument_list", "list" | "tuple") => true,
            // A set has no order and no doubles, and a tuple of one needs its comma.
            ("list_splat", "set", "set") => true,
            ("list_splat", "tuple", "list" | "tuple") => {
                tree.named_children(around).count() + tree.named_children(inner).count() > 3
            }
            ("dictionary_splat", "dictionary", "dictionary") => true,
            ("dictionary_splat", "argument_list", "dictionary") => is_empty,
            _ => false,
        };
        // Behind a spread or a name, the last of two equal keys counts: members stay in their order, so that holds.
        fits.then_some(inner)
    }

    fn are_equal(&self, left: &Value, right: &Value) -> bool {
        // `True == 1`: a truth value is a number.
        let number = |value: &Value| match value {
            Value::Bool(on) => Value::Int(i64::from(*on)),
            other => other.clone(),
        };
        number(left).matches(&number(right))
    }

    fn selects(&self, pattern: &Value, value: &Value) -> bool {
        // `case True` asks for identity, `case 1` for equality.
        match pattern {
            Value::Bool(_) | Value::Null => pattern == value,
            _ => self.are_equal(pattern, value),
        }
    }

    fn literal(&self, tree: &Tree<'_>, node: NodeId) -> Option<Value> {
        let inner = match tree.kind(node) {
            "parenthesized_expression" => tree.named_children(node).next()?,
            _ => node,
        };
        literal(tree, inner)
    }

    fn literals(&self, tree: &Tree<'_>, node: NodeId) -> Option<Vec<Value>> {
        match tree.kind(node) {
            "tuple" | "list" | "set" => tree.named_children(node).map(|each| self.literal(tree, each)).collect(),
            _ => None,
        }
    }

    fn spell(&self, tree: &Tree<'_>, node: NodeId, value: &Value) -> Option<String> {
        Some(match value {
            _ if tree.kind(node) == "interpolation" => return within_text(tree, node, value, self),
            Value::Null => "None".into(),
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            Value::Int(number) => spell_number(tree, node, number.to_string()),
            Value::Float(number) => spell_number(tree, node, format!("{number:?}")),
            Value::String(text) => spell_string(text, quote_at(tree, node)?)?,
            Value::Json(_) => return None,
        })
    }

    fn effect(&self, tree: &Tree<'_>, node: NodeId, builders: &[String]) -> Effect {
        match tree.kind(node) {
            "call" => {
                let pure = tree.field(node, "function").is_some_and(|function| {
                    let first = tree.subtree(function).find(|inner| tree.kind(*inner) == "identifier");
                    first.is_some_and(|name| {
                        let name = tree.text_of(name);
                        builders.iter().any(|builder| builder == name)
                            || (tree.kind(function) == "identifier" && PURE_CALLS.contains(&name))
                    })
                });
                if !pure {
                    return Effect::Possible;
                }
            }
            // An item may be missing, and operators of numbers refuse other operands.
            "await" | "yield" | "named_expression" | "subscript" | "binary_operator" | "unary_operator" => {
                return Effect::Possible;
            }
            // What a call yields may lack it, be the call one that is known.
            "attribute" => {
                let mut object = tree.field(node, "object");
                while let Some(inner) = object.filter(|inner| tree.kind(*inner) == "parenthesized_expression") {
                    object = tree.named_children(inner).next();
                }
                let built = |call: NodeId| {
                    let first = tree.subtree(call).find(|inner| tree.kind(*inner) == "identifier");
                    first.is_some_and(|name| builders.iter().any(|builder| builder == tree.text_of(name)))
                };
                if object.is_some_and(|object| tree.kind(object) == "call" && !built(object)) {
                    return Effect::Possible;
                }
            }
            // The body of a lambda does not run.
            "lambda" => return Effect::Deferred,
            _ => {}
        }
        Effect::None
    }

    fn shows_source(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        tree.ancestors(node).any(|outer| {
            tree.kind(outer) == "interpolation" && tree.children(outer).any(|child| tree.kind(child) == "=")
        })
    }

    fn precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8 {
        match tree.kind(node) {
            "named_expression" => 1,
            "lambda" => 2,
            "conditional_expression" => 3,
            "boolean_operator" if operator(tree, node) == Some("or") => 4,
            "boolean_operator" => 5,
            "not_operator" => 6,
            "comparison_operator" => 7,
            "binary_operator" => 8,
            "unary_operator" => 9,
            "await" => 10,
            "yield" | "generator_expression" if !tree.text_of(node).starts_with('(') => 0,
            "expression_list" => 0,
            // `1.real` would be a number with a fraction.
            "integer" => 12,
            _ => 13,
        }
    }

    fn required_precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8 {
        let Some(parent) = tree.parent(node) else { return 0 };
        let first = tree.named_children(parent).next() == Some(node);
        match tree.kind(parent) {
            "boolean_operator" if operator(tree, parent) == Some("or") => 4 + u8::from(!first),
            "boolean_operator" => 5 + u8::from(!first),
            "not_operator" => 6,
            "comparison_operator" => 8,
            // `-a ** 2` is `-(a ** 2)`.
            "binary_operator" if first && operator(tree, parent) == Some("**") => 10,
            "binary_operator" => 9,
            "unary_operator" => 9,
            "await" => 11,
            "attribute" if first => 13,
            "subscript" if first => 12,
            "call" if tree.field_of(node) == Some("function") => 12,
            "conditional_expression" => {
                if tree.named_children(parent).last() == Some(node) {
                    3
                } else {
                    4
                }
            }
            "lambda" => 2,
            "list_splat" | "dictionary_splat" => 8,
            "if_clause" | "for_in_clause" => 4,
            "interpolation" => 2,
            "argument_list" | "list" | "set" | "tuple" | "subscript" | "parenthesized_expression" => 1,
            "if_statement" | "elif_clause" | "while_statement" | "match_statement" => 1,
            // Elsewhere an assignment in an expression needs its parentheses.
            _ => 2,
        }
    }

    fn is_jump(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        matches!(tree.kind(node), "return_statement" | "raise_statement" | "break_statement" | "continue_statement")
    }

    fn occurrence(&self, tree: &Tree<'_>, node: NodeId) -> Occurrence {
        names::occurrence(tree, node)
    }

    fn is_verbatim(&self, kind: &str) -> bool {
        kind == "string"
    }

    fn mentions<'t>(&self, _tree: &Tree<'t>, _node: NodeId) -> Vec<&'t str> {
        Vec::new()
    }

    fn anchor(&self, tree: &Tree<'_>, node: NodeId) -> Option<&'static str> {
        (tree.kind(node) == "yield").then_some("without its last `yield` the generator would become a function")
    }

    fn endless_loop(&self) -> Option<&'static str> {
        None
    }

    fn function_of(&self, tree: &Tree<'_>, node: NodeId) -> NodeId {
        tree.ancestors(node).find(|outer| matches!(tree.kind(*outer), "function_definition" | "lambda")).unwrap_or(0)
    }

    fn reads_names_at_runtime(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        tree.kind(node) == "call"
            && tree.field(node, "function").is_some_and(|name| {
                matches!(tree.text_of(name), "locals" | "vars" | "eval" | "exec" | "globals" | "dir")
            })
    }

    fn item(&self, tree: &Tree<'_>, name: NodeId, definition: &Definition) -> Option<Item> {
        let statement = definition.statement;
        let at_top = tree.parent(statement).is_some_and(|parent| tree.kind(parent) == "module");
        let text = tree.text_of(name);
        if !at_top || text.starts_with("__") || text.starts_with("test") {
            return None;
        }
        match tree.kind(statement) {
            "function_definition" => {}
            // A constant: building it may have effects.
            "expression_statement" => {
                let value = tree.field(tree.named_children(statement).next()?, "right")?;
                if !is_inert(self, tree, value, &[], &|_| Folded::Stays) {
                    return None;
                }
            }
            _ => return None,
        }
        Some(Item { statement, private: text.starts_with('_') })
    }

    fn documents(&self, tree: &Tree<'_>, statement: NodeId) -> bool {
        tree.kind(statement) == "expression_statement"
            && tree.named_children(statement).all(|only| tree.kind(only) == "string")
    }

    fn passes_on(&self, tree: &Tree<'_>, method: NodeId, statement: NodeId) -> Option<NodeId> {
        supers::passes_on(tree, method, statement)
    }

    fn is_preamble(&self, tree: &Tree<'_>, statement: NodeId) -> bool {
        match tree.kind(statement) {
            "import_statement" | "import_from_statement" | "future_import_statement" => true,
            "expression_statement" => tree.named_children(statement).all(|only| tree.kind(only) == "string"),
            _ => false,
        }
    }

    fn tests(&self) -> Option<&'static dyn TestSyntax> {
        Some(&Tests)
    }

    fn is_key(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        names::is_key(tree, node)
    }

    fn object_of(&self, tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
        names::object_of(tree, node)
    }

    fn import_part(&self, tree: &Tree<'_>, name: NodeId) -> Option<ImportPart> {
        names::import_part(tree, name)
    }

    fn has_constants(&self) -> bool {
        false
    }

    fn is_called(&self, tree: &Tree<'_>, name: NodeId) -> bool {
        tree.parent(name).is_some_and(|call| tree.kind(call) == "call" && tree.field(call, "function") == Some(name))
    }

    fn injects(&self, tree: &Tree<'_>, function: NodeId, parameter: NodeId) -> bool {
        pins::injects(tree, function, parameter)
    }

    fn member(&self, tree: &Tree<'_>, name: NodeId) -> Option<Member> {
        entries::member(tree, name)
    }

    fn holder(&self, tree: &Tree<'_>, member: &Member) -> Option<Holder> {
        entries::holder(tree, member)
    }

    fn uses_members(&self, tree: &Tree<'_>, member: &Member) -> Option<&'static str> {
        entries::uses_members(tree, member)
    }
}

impl Python {
    /// Operands of operands would need recursion: one level is enough for what people write.
    fn is_boolean_leaf(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        !matches!(tree.kind(node), "boolean_operator" | "parenthesized_expression") && self.is_boolean(tree, node)
    }
}

pub(super) fn operator<'t>(tree: &Tree<'t>, node: NodeId) -> Option<&'t str> {
    tree.field(node, "operator").map(|operator| tree.text_of(operator))
}

/// The value of a plain literal: no f-strings, no bytes, no escapes beyond the usual ones.
pub(super) fn literal(tree: &Tree<'_>, node: NodeId) -> Option<Value> {
    let text = tree.text_of(node);
    match tree.kind(node) {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "none" => Some(Value::Null),
        "integer" => text.replace('_', "").parse().ok().map(Value::Int),
        "float" => text.replace('_', "").parse().ok().map(Value::Float),
        "unary_operator" if text.starts_with('-') => {
            match literal(tree, tree.field(node, "argument").filter(|inner| tree.kind(*inner) != "unary_operator")?)? {
                Value::Int(number) => number.checked_neg().map(Value::Int),
                Value::Float(number) => Some(Value::Float(-number)),
                _ => None,
            }
        }
        "string" => {
            let start = tree.text_of(tree.child_of_kind(node, "string_start")?);
            if !start.trim_start_matches(['r', 'R', 'u', 'U']).starts_with(['"', '\'']) {
                return None;
            }
            let contents: Vec<NodeId> =
                tree.named_children(node).filter(|child| tree.kind(*child) == "string_content").collect();
            let text: String = contents.iter().map(|content| tree.text_of(*content)).collect();
            (!text.contains('\\')).then_some(Value::String(text))
        }
        _ => None,
    }
}

/// A number, in parentheses where it would be read as something else: `1.real`, `-1 ** 2`.
fn spell_number(tree: &Tree<'_>, node: NodeId, number: String) -> String {
    let Some(parent) = tree.parent(node) else { return number };
    let first = tree.named_children(parent).next() == Some(node);
    let binds = match tree.kind(parent) {
        "attribute" | "subscript" | "call" => true,
        "binary_operator" => number.starts_with('-') && operator(tree, parent) == Some("**"),
        "await" => true,
        _ => false,
    };
    if first && binds { format!("({number})") } else { number }
}

/// The quote that fits at a node: not one of the f-strings around it, else the one of a string inside it, else `"`; and
/// whether the other one fits too.
fn quote_at(tree: &Tree<'_>, node: NodeId) -> Option<(char, bool)> {
    let quote_of = |string: NodeId| {
        tree.child_of_kind(string, "string_start").and_then(|start| tree.text_of(start).chars().last())
    };
    let around: Vec<char> =
        tree.ancestors(node).filter(|outer| tree.kind(*outer) == "string").filter_map(quote_of).collect();
    if !around.is_empty() {
        return ['"', '\''].into_iter().find(|quote| !around.contains(quote)).map(|quote| (quote, false));
    }
    let quote = tree
        .subtree(node)
        .filter(|inner| tree.kind(*inner) == "string")
        .find_map(quote_of)
        .or_else(|| first_quote(tree))
        .unwrap_or('"');
    Some((quote, true))
}

/// The quote that the file uses first, outside of documentation strings.
fn first_quote(tree: &Tree<'_>) -> Option<char> {
    tree.all()
        .filter(|node| {
            tree.kind(*node) == "string_start"
                && !tree.text_of(*node).ends_with("\"\"\"")
                && !tree.text_of(*node).ends_with("'''")
        })
        .find_map(|start| tree.text_of(start).chars().last())
}

fn spell_string(text: &str, (quote, either): (char, bool)) -> Option<String> {
    if text.chars().any(|c| c.is_control() || c == '\\') {
        return None;
    }
    let other = if quote == '"' { '\'' } else { '"' };
    if !either && text.contains(['"', '\'']) {
        return None;
    }
    let quote = if text.contains(quote) { other } else { quote };
    (!text.contains(quote)).then(|| format!("{quote}{text}{quote}"))
}

/// A value as a part of the text around it: `f"{'a'} b"` is `f"a b"`.
fn within_text(tree: &Tree<'_>, node: NodeId, value: &Value, python: &Python) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Bool(on) => python.shown(*on).to_owned(),
        _ => return None,
    };
    let string = tree.parent(node).filter(|string| tree.kind(*string) == "string")?;
    let start = tree.text_of(tree.child_of_kind(string, "string_start")?);
    let plain = start.trim_start_matches(['f', 'F']).starts_with(['"', '\'']);
    let special = |c: char| c.is_control() || matches!(c, '"' | '\'' | '\\' | '{' | '}');
    (plain && !text.contains(special)).then_some(text)
}
