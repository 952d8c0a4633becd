//! What folding needs to know about Rust: the roles of nodes, literals, effects and precedence. Names are in `names`.

use super::pins::Tests;
use super::{construct, entries, macros, names, temporaries};
use crate::fix::member::{Holder, Member};
use crate::fix::names::{Definition, Occurrence};
use crate::fix::pins::TestSyntax;
use crate::fix::syntax::{Assignment, Construct, Effect, ImportPart, Item, Layout, Syntax};
use crate::fix::tree::{NodeId, Tree};
use crate::value::Value;

/// Folding of Rust.
pub struct Rust;

/// Methods that respell text without changing it.
pub(super) const RESPELLING: &[&str] = &["as_deref", "as_ref", "as_str", "borrow", "clone", "into", "to_owned"];

/// Methods that take the value out of a `Result` or `Option`.
pub(super) const UNWRAPPING: &[&str] = &["expect", "unwrap", "unwrap_or", "unwrap_or_default", "unwrap_or_else"];

/// Macros that evaluate nothing but what is written in them, as expressions.
const PLAIN_MACROS: &[&str] = &["format", "matches", "vec"];

impl Syntax for Rust {
    fn layout(&self) -> Layout {
        Layout::Braced
    }

    fn assignment(&self, tree: &Tree<'_>, name: NodeId) -> Option<Assignment> {
        names::assignment(tree, name)
    }

    fn only_reads(&self, tree: &Tree<'_>, name: NodeId) -> bool {
        names::only_reads(tree, name)
    }

    fn construct(&self, tree: &Tree<'_>, node: NodeId) -> Construct {
        construct::read(tree, node).unwrap_or(Construct::Other)
    }

    fn booleans_are_exact(&self) -> bool {
        true
    }

    fn is_boolean(&self, _tree: &Tree<'_>, _node: NodeId) -> bool {
        true
    }

    fn truthy(&self, value: &Value) -> Option<bool> {
        match value {
            Value::Bool(on) => Some(*on),
            _ => None,
        }
    }

    fn literal(&self, tree: &Tree<'_>, node: NodeId) -> Option<Value> {
        match tree.kind(node) {
            "reference_expression" => literal(tree, tree.field(node, "value")?),
            "call_expression" => {
                let (value, method) = method(tree, node)?;
                (RESPELLING.contains(&method) || method == "to_string").then(|| literal(tree, value)).flatten()
            }
            _ => literal(tree, node),
        }
    }

    fn literals(&self, tree: &Tree<'_>, node: NodeId) -> Option<Vec<Value>> {
        match tree.kind(node) {
            "array_expression" => tree.named_children(node).map(|each| literal(tree, each)).collect(),
            // The patterns of `matches!`.
            "binary_expression" if operator(tree, node) == Some("|") => {
                let mut values = Vec::new();
                let mut open = vec![node];
                while let Some(part) = open.pop() {
                    match tree.kind(part) {
                        "binary_expression" if operator(tree, part) == Some("|") => {
                            open.extend([tree.field(part, "left")?, tree.field(part, "right")?]);
                        }
                        _ => values.push(literal(tree, part)?),
                    }
                }
                Some(values)
            }
            // A pattern without alternatives.
            _ => self.literal(tree, node).map(|value| vec![value]),
        }
    }

    fn spell(&self, tree: &Tree<'_>, node: NodeId, value: &Value) -> Option<String> {
        let parent = tree.parent(node).unwrap_or(0);
        if tree.kind(parent) == "shorthand_field_initializer" {
            return self.spell(tree, parent, value).map(|spelled| format!("{}: {spelled}", tree.text_of(node)));
        }
        // A borrowed value stays borrowed; text in quotes is.
        if tree.kind(node) == "reference_expression" && !matches!(value, Value::String(_)) {
            return self.spell(tree, tree.field(node, "value")?, value).map(|spelled| format!("&{spelled}"));
        }
        // `1.abs()` does not say which number it is.
        if matches!(value, Value::Int(_) | Value::Float(_)) && tree.kind(parent) == "field_expression" {
            return None;
        }
        Some(match value {
            Value::Bool(on) => on.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::String(text) => {
                if text.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
                    return None;
                }
                let borrowed = match tree.kind(node) {
                    "reference_expression" => true,
                    "call_expression" => method(tree, node)
                        .is_some_and(|(_, name)| matches!(name, "as_str" | "as_ref" | "as_deref" | "borrow" | "trim")),
                    _ => false,
                };
                if borrowed { format!("\"{text}\"") } else { owned(tree, node, text) }
            }
            Value::Null | Value::Json(_) => return None,
        })
    }

    fn part(&self, text: &str, node: tree_sitter::Node<'_>) -> Option<tree_sitter::Tree> {
        macros::part(text, node)
    }

    fn condition_of_compilation(&self, tree: &Tree<'_>, key: NodeId) -> Option<NodeId> {
        macros::condition(tree, key)
    }

    fn is_option(&self, kind: &str) -> bool {
        matches!(
            kind,
            "field_initializer"
                | "shorthand_field_initializer"
                | "field_declaration"
                | "enum_variant"
                | "parameter"
                | "self_parameter"
        )
    }

    fn outlives(&self, tree: &Tree<'_>, node: NodeId, survivor: NodeId) -> bool {
        temporaries::outlive(tree, node, survivor)
    }

    fn is_place(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        matches!(tree.kind(node), "identifier" | "field_expression" | "self")
    }

    fn effect(&self, tree: &Tree<'_>, node: NodeId, builders: &[String]) -> Effect {
        match tree.kind(node) {
            "assignment_expression" | "call_expression" if macros::in_condition(tree, node) => {}
            "call_expression" => {
                let function = tree.field(node, "function");
                if method(tree, node).is_some_and(|(_, name)| matches!(name, "expect" | "unwrap")) {
                    return Effect::Possible;
                }
                let built = function.is_some_and(|function| {
                    let mut names = tree
                        .subtree(function)
                        .filter(|inner| tree.kind(*inner) == "identifier")
                        .map(|inner| tree.text_of(inner));
                    names.any(|name| builders.iter().any(|builder| builder == name))
                });
                let respelled = method(tree, node).is_some_and(|(_, name)| {
                    RESPELLING.contains(&name)
                        || matches!(name, "to_string" | "is_empty" | "is_none" | "is_some" | "len")
                });
                let variant = function
                    .is_some_and(|function| matches!(tree.text_of(function), "Some" | "Ok" | "Err" | "String::from"));
                if !built && !respelled && !variant {
                    return Effect::Possible;
                }
            }
            "macro_invocation" => {
                let plain = tree.field(node, "macro").is_some_and(|name| PLAIN_MACROS.contains(&tree.text_of(name)));
                // What a macro evaluates is not parsed: parentheses inside may be a call.
                let inner = tree.child_of_kind(node, "token_tree");
                if !plain
                    || inner
                        .is_some_and(|inner| tree.subtree(inner).skip(1).any(|token| tree.kind(token) == "token_tree"))
                {
                    return Effect::Possible;
                }
            }
            "await_expression"
            | "assignment_expression"
            | "compound_assignment_expr"
            | "try_expression"
            | "return_expression"
            | "break_expression"
            | "continue_expression"
            | "loop_expression"
            | "while_expression"
            | "for_expression" => return Effect::Possible,
            "closure_expression" => return Effect::Deferred,
            _ => {}
        }
        Effect::None
    }

    fn refuses_alone(&self, tree: &Tree<'_>, node: NodeId, survivor: NodeId) -> Option<&'static str> {
        let binding = tree.ancestors(node).find(|outer| tree.kind(*outer) != "parenthesized_expression")?;
        let untyped = tree.kind(binding) == "let_declaration" && tree.field(binding, "type").is_none();
        let mut value = survivor;
        while tree.kind(value) == "block" {
            value = tree.named_children(value).last()?;
        }
        let text = tree.text_of(value);
        let open = match tree.kind(value) {
            "identifier" => text == "None",
            "macro_invocation" => matches!(text, "vec![]" | "vec!()"),
            "call_expression" => match method(tree, value) {
                Some((_, name)) => matches!(name, "collect" | "into" | "parse" | "sum" | "product" | "try_into"),
                None => {
                    let called = tree.field(value, "function").map_or("", |function| tree.text_of(function));
                    matches!(called, "Ok" | "Err")
                        || (["::new", "::default"].iter().any(|end| called.ends_with(end))
                            && tree.named_children(tree.field(value, "arguments")?).next().is_none())
                }
            },
            _ => false,
        };
        (untyped && open).then_some("the type of the value was inferred from the branch that goes")
    }

    fn precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8 {
        match tree.kind(node) {
            "closure_expression" | "return_expression" | "break_expression" => 1,
            "assignment_expression" | "compound_assignment_expr" => 2,
            "range_expression" => 3,
            "let_condition" | "let_chain" => 4,
            "binary_expression" => binary_precedence(operator(tree, node)),
            "type_cast_expression" => 14,
            "unary_expression" | "reference_expression" => 15,
            // A block at the start of an operand would end the statement.
            "if_expression" | "match_expression" | "block" | "unsafe_block" => 4,
            _ => 17,
        }
    }

    fn required_precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8 {
        let Some(parent) = tree.parent(node) else { return 0 };
        match (tree.kind(parent), tree.field_of(node)) {
            ("binary_expression", field) => {
                let precedence = binary_precedence(operator(tree, parent));
                // Comparisons do not chain.
                precedence + u8::from(field == Some("right") || precedence == binary_precedence(Some("==")))
            }
            ("let_chain", _) => 6,
            ("unary_expression" | "reference_expression", _) => 15,
            ("type_cast_expression", Some("value")) => 14,
            ("try_expression" | "await_expression", _)
            | ("field_expression", Some("value"))
            | ("call_expression", Some("function"))
            | ("index_expression", _) => 16,
            ("range_expression", _) => 4,
            _ => 0,
        }
    }

    fn needs_parentheses(&self, tree: &Tree<'_>, place: NodeId, expression: NodeId) -> bool {
        // `a as usize < b` would start the arguments of a type.
        let behind = tree.text[tree.span(place).end..].trim_start();
        let opens_type = behind.starts_with('<') && !behind.starts_with("<=");
        let end = tree.span(expression).end;
        let is_cast = |inner: NodeId| tree.kind(inner) == "type_cast_expression" && tree.span(inner).end == end;
        self.precedence(tree, expression) < self.required_precedence(tree, place)
            || opens_type && tree.subtree(expression).any(is_cast)
    }

    fn is_tail(&self, tree: &Tree<'_>, statement: NodeId) -> bool {
        match tree.kind(statement) {
            // One that has braces of its own needs no semicolon.
            "expression_statement" => !tree.text_of(statement).ends_with(';'),
            kind => !(kind.ends_with("_declaration") || kind.ends_with("_item") || kind.ends_with("_definition")),
        }
    }

    fn is_jump(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        let expression = match tree.kind(node) {
            "expression_statement" => match tree.named_children(node).next() {
                Some(expression) => expression,
                None => return false,
            },
            _ => node,
        };
        matches!(tree.kind(expression), "return_expression" | "break_expression" | "continue_expression")
    }

    fn occurrence(&self, tree: &Tree<'_>, node: NodeId) -> Occurrence {
        names::occurrence(tree, node)
    }

    fn is_verbatim(&self, kind: &str) -> bool {
        matches!(kind, "string_literal" | "raw_string_literal" | "block_comment")
    }

    fn mentions<'t>(&self, tree: &Tree<'t>, node: NodeId) -> Vec<&'t str> {
        names::mentions(tree, node)
    }

    fn anchor(&self, tree: &Tree<'_>, node: NodeId) -> Option<&'static str> {
        // A function states its error type, a closure or async block takes it from its `?`s.
        let in_closure = tree.kind(node) == "try_expression" && {
            let around = tree
                .ancestors(node)
                .find(|outer| matches!(tree.kind(*outer), "function_item" | "closure_expression" | "async_block"));
            around
                .is_some_and(|outer| tree.kind(outer) != "function_item" && tree.field(outer, "return_type").is_none())
        };
        in_closure.then_some("without its last `?` the closure's error type could not be inferred")
    }

    fn endless_loop(&self) -> Option<&'static str> {
        Some("loop")
    }

    fn function_of(&self, tree: &Tree<'_>, node: NodeId) -> NodeId {
        tree.ancestors(node)
            .find(|outer| matches!(tree.kind(*outer), "function_item" | "closure_expression" | "async_block"))
            .unwrap_or(0)
    }

    fn item(&self, tree: &Tree<'_>, name: NodeId, definition: &Definition) -> Option<Item> {
        let statement = definition.statement;
        let parent = tree.parent(statement)?;
        let in_module = tree.kind(parent) == "source_file"
            || tree.parent(parent).is_some_and(|owner| tree.kind(owner) == "mod_item");
        if !in_module || !matches!(tree.kind(statement), "function_item" | "const_item") || tree.text_of(name) == "main"
        {
            return None;
        }
        // Attributes can make a function an entry point, a test or an export.
        let mut above = tree.previous_named_sibling(statement);
        while let Some(attribute) = above.filter(|above| tree.kind(*above) == "attribute_item") {
            let harmless = ["#[inline", "#[must_use", "#[allow(", "#[cold", "#[expect(", "#[doc"];
            if !harmless.iter().any(|start| tree.text_of(attribute).starts_with(start)) {
                return None;
            }
            above = tree.previous_named_sibling(attribute);
        }
        match tree.child_of_kind(statement, "visibility_modifier").map(|visibility| tree.text_of(visibility)) {
            None => Some(Item { statement, private: true }),
            Some("pub(crate)" | "pub(super)") => Some(Item { statement, private: false }),
            Some(_) => None,
        }
    }

    fn tests(&self) -> Option<&'static dyn TestSyntax> {
        Some(&Tests)
    }

    fn is_method(&self, tree: &Tree<'_>, function: NodeId) -> bool {
        tree.ancestors(function).nth(1).is_some_and(|outer| matches!(tree.kind(outer), "impl_item" | "trait_item"))
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

    fn member(&self, tree: &Tree<'_>, name: NodeId) -> Option<Member> {
        entries::member(tree, name)
    }

    fn holder(&self, tree: &Tree<'_>, member: &Member) -> Option<Holder> {
        entries::holder(tree, member)
    }

    fn derives_from(&self, tree: &Tree<'_>, member: &Member) -> bool {
        entries::derives_from(tree, member)
    }

    fn uses_members(&self, tree: &Tree<'_>, member: &Member) -> Option<&'static str> {
        entries::uses_members(tree, member)
    }
}

/// Owned text, in the form that the expression uses already.
fn owned(tree: &Tree<'_>, node: NodeId, text: &str) -> String {
    let form = tree.subtree(node).filter(|inner| tree.kind(*inner) == "call_expression").find_map(|call| {
        if tree.field(call, "function").is_some_and(|function| tree.text_of(function) == "String::from") {
            return Some(format!("String::from(\"{text}\")"));
        }
        let (receiver, name) = method(tree, call)?;
        let owned = tree.kind(receiver) == "string_literal" && matches!(name, "to_owned" | "to_string");
        owned.then(|| format!("\"{text}\".{name}()"))
    });
    form.unwrap_or_else(|| format!("\"{text}\".to_string()"))
}

pub(super) fn operator<'t>(tree: &Tree<'t>, node: NodeId) -> Option<&'t str> {
    tree.field(node, "operator").map(|operator| tree.text_of(operator))
}

/// The receiver and the name of a method call.
pub(super) fn method<'t>(tree: &Tree<'t>, call: NodeId) -> Option<(NodeId, &'t str)> {
    let function = tree.field(call, "function").filter(|function| tree.kind(*function) == "field_expression")?;
    Some((tree.field(function, "value")?, tree.text_of(tree.field(function, "field")?)))
}

fn binary_precedence(operator: Option<&str>) -> u8 {
    match operator.unwrap_or_default() {
        "||" => 5,
        "&&" => 6,
        "==" | "!=" | "<" | ">" | "<=" | ">=" => 7,
        "|" => 8,
        "^" => 9,
        "&" => 10,
        "<<" | ">>" => 11,
        "+" | "-" => 12,
        _ => 13,
    }
}

pub(super) fn literal(tree: &Tree<'_>, node: NodeId) -> Option<Value> {
    let text = tree.text_of(node);
    match tree.kind(node) {
        "boolean_literal" => Some(Value::Bool(text == "true")),
        "integer_literal" => {
            let digits: String = text.chars().filter(|c| *c != '_').collect();
            let digits = digits.trim_end_matches(|c: char| !c.is_ascii_digit());
            let suffix = digits.find(['i', 'u']).unwrap_or(digits.len());
            digits[..suffix].parse().ok().map(Value::Int)
        }
        "float_literal" => {
            text.replace('_', "").trim_end_matches("f64").trim_end_matches("f32").parse().ok().map(Value::Float)
        }
        "string_literal" => {
            let inner = text.strip_prefix('"')?.strip_suffix('"')?;
            (!inner.contains('\\')).then(|| Value::String(inner.to_owned()))
        }
        _ => None,
    }
}
