//! What folding needs to know about JavaScript and TypeScript: the roles of nodes, literals, effects. Names are in `names`,
//! how tightly operators bind is in `precedence`.

use super::literal::{number, unescape, unquoted};
use super::names::{self, FUNCTIONS};
use super::pins::Tests;
use super::{construct, entries, precedence, supers};
use crate::fix::member::{Holder, Member};
use crate::fix::names::{Definition, Occurrence};
use crate::fix::pins::TestSyntax;
use crate::fix::syntax::{Assignment, Construct, Effect, Folded, ImportPart, Item, Layout, Syntax, is_inert};
use crate::fix::tree::{NodeId, Tree};
use crate::value::Value;

/// Folding of JavaScript, TypeScript and TSX.
pub struct EcmaScript;

/// Functions without effects.
const PURE_CALLS: &[&str] =
    &["Boolean", "Number", "String", "require", "useCallback", "useContext", "useMemo", "useRef"];

impl Syntax for EcmaScript {
    fn layout(&self) -> Layout {
        Layout::Statements
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
        let mut at = node;
        while tree.kind(at) == "parenthesized_expression"
            && let Some(inner) = tree.named_children(at).next()
        {
            at = inner;
        }
        match tree.kind(at) {
            "true" | "false" => true,
            "unary_expression" => matches!(operator(tree, at), Some("!" | "delete")),
            "binary_expression" => matches!(
                operator(tree, at),
                Some("===" | "!==" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "in" | "instanceof")
            ),
            "call_expression" => tree.field(at, "function").is_some_and(|name| tree.text_of(name) == "Boolean"),
            _ => false,
        }
    }

    fn truthy(&self, value: &Value) -> Option<bool> {
        Some(match value {
            Value::Null => false,
            Value::Bool(on) => *on,
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0 && !number.is_nan(),
            Value::String(text) => !text.is_empty(),
            Value::Json(_) => true,
        })
    }

    fn literal(&self, tree: &Tree<'_>, node: NodeId) -> Option<Value> {
        // `<Page wide />`
        if tree.kind(node) == "jsx_attribute" && tree.named_children(node).count() == 1 {
            return Some(Value::Bool(true));
        }
        literal(tree, node)
    }

    fn literals(&self, tree: &Tree<'_>, node: NodeId) -> Option<Vec<Value>> {
        match tree.kind(bare(tree, node)) {
            "array" => tree.named_children(bare(tree, node)).map(|each| literal(tree, each)).collect(),
            _ => None,
        }
    }

    fn spell(&self, tree: &Tree<'_>, node: NodeId, value: &Value) -> Option<String> {
        if tree.kind(node) == "template_substitution" {
            let text = match value {
                Value::Bool(on) => on.to_string(),
                Value::Int(number) => number.to_string(),
                Value::String(text) => text.clone(),
                _ => return None,
            };
            return (!text.contains(['`', '\\', '$', '{', '\r'])).then_some(text);
        }
        let spelled = match value {
            Value::Bool(on) => on.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Null => "null".to_owned(),
            Value::String(text) => spell_text(tree, node, text)?,
            Value::Json(_) => return None,
        };
        let parent = tree.parent(node).unwrap_or(0);
        if tree.kind(node) == "shorthand_property_identifier" {
            return Some(format!("{}: {spelled}", tree.text_of(node)));
        }
        let is_object = tree.kind(parent) == "member_expression" && tree.field_of(node) == Some("object");
        let is_number = matches!(value, Value::Int(_) | Value::Float(_));
        let parenthesised = precedence::is_condition(tree, node) || (is_number && is_object);
        Some(if parenthesised { format!("({spelled})") } else { spelled })
    }

    fn effect(&self, tree: &Tree<'_>, node: NodeId, builders: &[String]) -> Effect {
        match tree.kind(node) {
            "call_expression" | "new_expression" => {
                let function = tree.field(node, "function").or_else(|| tree.field(node, "constructor"));
                let pure = function.is_some_and(|function| {
                    let mut names = tree
                        .subtree(function)
                        .filter(|inner| matches!(tree.kind(*inner), "identifier" | "property_identifier"))
                        .map(|inner| tree.text_of(inner));
                    (tree.kind(function) == "identifier" && PURE_CALLS.contains(&tree.text_of(function)))
                        || names.any(|name| builders.iter().any(|builder| builder == name))
                });
                if pure { Effect::None } else { Effect::Possible }
            }
            "await_expression"
            | "yield_expression"
            | "assignment_expression"
            | "augmented_assignment_expression"
            | "update_expression" => Effect::Possible,
            "unary_expression" if operator(tree, node) == Some("delete") => Effect::Possible,
            // The body of a class may run, in parts.
            "class" => Effect::Possible,
            "arrow_function" | "function_expression" | "generator_function" | "method_definition" => Effect::Deferred,
            _ => Effect::None,
        }
    }

    fn precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8 {
        precedence::of(tree, node)
    }

    fn required_precedence(&self, tree: &Tree<'_>, node: NodeId) -> u8 {
        precedence::required(tree, node)
    }

    fn needs_parentheses(&self, tree: &Tree<'_>, place: NodeId, expression: NodeId) -> bool {
        precedence::needs_parentheses(tree, place, expression)
    }

    fn refuses_alone(&self, tree: &Tree<'_>, node: NodeId, survivor: NodeId) -> Option<&'static str> {
        precedence::refuses_alone(tree, node, survivor)
    }

    fn is_hoisted(&self, tree: &Tree<'_>, statement: NodeId) -> bool {
        matches!(tree.kind(statement), "function_declaration" | "generator_function_declaration")
    }

    fn element(&self, tree: &Tree<'_>, slot: NodeId, expression: NodeId) -> Option<NodeId> {
        let inner = bare(tree, expression);
        let is_element = if is_child_of_element(tree, slot) {
            matches!(tree.kind(inner), "jsx_element" | "jsx_self_closing_element")
        } else {
            // Text of an attribute knows entities, and no escapes.
            tree.kind(inner) == "string" && !tree.text_of(inner).contains(['\\', '&', '\n'])
        };
        // A comment beside it would become text.
        let comments = tree.subtree(expression).take_while(|node| *node < inner).any(|node| tree.get(node).extra);
        (is_element && !comments).then_some(inner)
    }

    fn collection(&self, tree: &Tree<'_>, spread: NodeId, expression: NodeId) -> Option<NodeId> {
        let inner = bare(tree, expression);
        let around = tree.parent(spread)?;
        let fits = match (tree.kind(inner), tree.kind(around)) {
            ("object", "object") | ("array", "array" | "arguments") => true,
            // Members become properties of the element.
            ("object", "jsx_opening_element" | "jsx_self_closing_element") => {
                tree.named_children(inner).all(|member| match tree.kind(member) {
                    "pair" => tree.field(member, "key").is_some_and(|key| tree.kind(key) == "property_identifier"),
                    kind => kind == "shorthand_property_identifier",
                })
            }
            _ => false,
        };
        fits.then_some(inner)
    }

    fn spreads_nothing(&self, tree: &Tree<'_>, spread: NodeId, value: &Value) -> bool {
        // Only objects take anything for a collection.
        matches!(value, Value::Bool(_) | Value::Null)
            && tree
                .parent(spread)
                .is_some_and(|around| tree.kind(around) == "object" || tree.kind(around).ends_with("ing_element"))
    }

    fn is_element(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        match tree.kind(node) {
            "jsx_self_closing_element" => true,
            "jsx_element" => construct::read(tree, node) != Some(Construct::Fragment),
            _ => false,
        }
    }

    fn is_blank(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        match tree.kind(node) {
            "jsx_opening_element" | "jsx_closing_element" => true,
            "jsx_text" => {
                let text = tree.text_of(node);
                text.trim().is_empty() && text.contains('\n')
            }
            _ => false,
        }
    }

    fn statements(&self, tree: &Tree<'_>, body: NodeId) -> Vec<NodeId> {
        let mut statements: Vec<NodeId> = match tree.kind(body) {
            "switch_case" | "switch_default" => construct::statements_of(tree, body).collect(),
            _ => return tree.named_children(body).collect(),
        };
        let is_break = |node: &NodeId| tree.kind(*node) == "break_statement";
        statements.pop_if(|last| is_break(last));
        if let [only] = statements.as_slice()
            && tree.kind(*only) == "statement_block"
        {
            statements = tree.named_children(*only).collect();
            statements.pop_if(|last| is_break(last));
        }
        statements
    }

    fn declared<'t>(&self, tree: &Tree<'t>, statement: NodeId) -> Vec<&'t str> {
        match tree.kind(statement) {
            "lexical_declaration" | "using_declaration" => tree
                .named_children(statement)
                .filter_map(|declarator| tree.field(declarator, "name"))
                .flat_map(|name| tree.subtree(name))
                .filter(|node| matches!(tree.kind(*node), "identifier" | "shorthand_property_identifier_pattern"))
                .map(|node| tree.text_of(node))
                .collect(),
            "class_declaration"
            | "abstract_class_declaration"
            | "function_declaration"
            | "generator_function_declaration"
            | "enum_declaration"
            | "interface_declaration"
            | "type_alias_declaration" => {
                tree.field(statement, "name").map(|name| tree.text_of(name)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Plain functions are variables of the function around them all the same where code is not strict, these are not.
    fn leaks(&self, tree: &Tree<'_>, statement: NodeId, outer: NodeId) -> bool {
        let is_special = |node: NodeId| match tree.kind(node) {
            "generator_function_declaration" => true,
            "function_declaration" => names::is_strict(tree) || tree.text_of(node).starts_with("async"),
            _ => false,
        };
        let in_function = |node: NodeId| {
            tree.ancestors(node)
                .take_while(|around| *around != outer)
                .any(|around| FUNCTIONS.contains(&tree.kind(around)))
        };
        tree.parent(outer) == Some(0)
            && tree.subtree(statement).any(|node| is_special(node) && !in_function(node))
            && !names::is_module(tree)
    }

    fn endless_loop(&self) -> Option<&'static str> {
        None
    }

    fn is_jump(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        match tree.kind(node) {
            "return_statement" | "throw_statement" | "continue_statement" => true,
            // One that only ends its case goes with the `switch`.
            "break_statement" => {
                let parent = tree.parent(node).unwrap_or(0);
                let block =
                    if tree.kind(parent) == "statement_block" { tree.parent(parent).unwrap_or(0) } else { parent };
                !matches!(tree.kind(block), "switch_case" | "switch_default")
            }
            _ => false,
        }
    }

    fn occurrence(&self, tree: &Tree<'_>, node: NodeId) -> Occurrence {
        names::occurrence(tree, node)
    }

    fn is_verbatim(&self, kind: &str) -> bool {
        matches!(kind, "template_string" | "string")
    }

    fn mentions<'t>(&self, _tree: &Tree<'t>, _node: NodeId) -> Vec<&'t str> {
        Vec::new()
    }

    fn anchor(&self, _tree: &Tree<'_>, _node: NodeId) -> Option<&'static str> {
        None
    }

    fn function_of(&self, tree: &Tree<'_>, node: NodeId) -> NodeId {
        tree.ancestors(node).find(|outer| FUNCTIONS.contains(&tree.kind(*outer))).unwrap_or(0)
    }

    fn reads_names_at_runtime(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        tree.kind(node) == "with_statement"
            || (tree.kind(node) == "call_expression"
                && tree.field(node, "function").is_some_and(|name| tree.text_of(name) == "eval"))
    }

    fn item(&self, tree: &Tree<'_>, name: NodeId, definition: &Definition) -> Option<Item> {
        let statement = definition.statement;
        let inert = match tree.kind(statement) {
            "function_declaration"
            | "generator_function_declaration"
            | "interface_declaration"
            | "type_alias_declaration" => true,
            "lexical_declaration" => tree
                .named_children(statement)
                .filter_map(|declarator| tree.field(declarator, "value"))
                .all(|value| is_inert(self, tree, value, &[], &|_| Folded::Stays)),
            _ => false,
        };
        let around = tree.parent(statement)?;
        match tree.kind(around) {
            "export_statement" => {
                let default = tree.children(around).any(|child| tree.kind(child) == "default");
                let at_top = tree.parent(around) == Some(0);
                (inert && !default && at_top).then_some(Item { statement: around, private: false })
            }
            _ => (inert && !definition.shared && tree.kind(name) != "default")
                .then_some(Item { statement, private: true }),
        }
    }

    fn passes_on(&self, tree: &Tree<'_>, method: NodeId, statement: NodeId) -> Option<NodeId> {
        supers::passes_on(tree, method, statement)
    }

    fn is_preamble(&self, tree: &Tree<'_>, statement: NodeId) -> bool {
        // An import of nothing runs a module for its effects.
        tree.kind(statement) == "import_statement" && tree.child_of_kind(statement, "import_clause").is_some()
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

    fn asked_for(&self, tree: &Tree<'_>, expression: NodeId) -> Vec<NodeId> {
        if !tree.text_of(expression).contains("?.") {
            return Vec::new();
        }
        let signs = tree.subtree(expression).filter(|node| tree.kind(*node) == "optional_chain");
        let around = signs.filter_map(|sign| tree.parent(sign));
        around.filter_map(|chain| tree.field(chain, "object").or_else(|| tree.field(chain, "function"))).collect()
    }

    fn needed(&self, tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
        let takes = matches!(tree.kind(node), "member_expression" | "subscript_expression");
        let object = tree.field(node, "object").filter(|_| takes)?;
        tree.child_of_kind(node, "optional_chain").is_none().then_some(object)
    }

    fn import_part(&self, tree: &Tree<'_>, name: NodeId) -> Option<ImportPart> {
        names::import_part(tree, name)
    }

    fn is_path_of_import(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        // What is said of a component beside it is no use of it.
        let described = tree.parent(node).is_some_and(|parent| {
            tree.kind(parent) == "member_expression"
                && tree.field_of(node) == Some("object")
                && tree.field(parent, "property").is_some_and(|property| {
                    matches!(tree.text_of(property), "defaultProps" | "displayName" | "propTypes")
                })
        });
        described
            || tree.ancestors(node).any(|outer| matches!(tree.kind(outer), "import_statement" | "jsx_closing_element"))
    }

    fn is_called(&self, tree: &Tree<'_>, name: NodeId) -> bool {
        let Some(around) = tree.parent(name) else { return false };
        match tree.kind(around) {
            "call_expression" => tree.field(around, "function") == Some(name),
            "new_expression" => tree.field(around, "constructor") == Some(name),
            // A small letter would make it an element of HTML.
            "jsx_opening_element" | "jsx_closing_element" | "jsx_self_closing_element" => {
                tree.field(around, "name") == Some(name) && tree.text_of(name).starts_with(char::is_uppercase)
            }
            _ => false,
        }
    }

    fn injects(&self, tree: &Tree<'_>, function: NodeId, _parameter: NodeId) -> bool {
        let statement = match tree.parent(function).filter(|parent| tree.kind(*parent) == "export_statement") {
            Some(export) => export,
            None => function,
        };
        let list = tree.parent(statement).unwrap_or(0);
        let before = tree.children(list).take_while(|sibling| *sibling < statement).last();
        before.is_some_and(|before| tree.get(before).extra && tree.text_of(before).contains("@ngInject"))
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

/// An expression without the parentheses around it.
pub(super) fn bare(tree: &Tree<'_>, expression: NodeId) -> NodeId {
    let mut inner = expression;
    while tree.kind(inner) == "parenthesized_expression"
        && let Some(next) = tree.named_children(inner).next()
    {
        inner = next;
    }
    inner
}

pub(super) fn operator<'t>(tree: &Tree<'t>, node: NodeId) -> Option<&'t str> {
    tree.field(node, "operator").map(|operator| tree.text_of(operator))
}

/// The value of a plain literal.
pub(super) fn literal(tree: &Tree<'_>, node: NodeId) -> Option<Value> {
    let text = tree.text_of(node);
    match tree.kind(node) {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" | "undefined" => Some(Value::Null),
        "number" => number(text),
        "string" => unquoted(text).and_then(unescape).map(Value::String),
        "template_string" if !text.contains("${") => unquoted(text).and_then(unescape).map(Value::String),
        "unary_expression" if operator(tree, node) == Some("-") => {
            match number(tree.text_of(tree.field(node, "argument")?))? {
                Value::Int(number) => number.checked_neg().map(Value::Int),
                Value::Float(number) => Some(Value::Float(-number)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Text in the quotes that the check itself uses, else those that the file uses first.
fn spell_text(tree: &Tree<'_>, node: NodeId, text: &str) -> Option<String> {
    if text.chars().any(|c| c.is_control() || matches!(c, '\\' | '\u{2028}' | '\u{2029}')) {
        return None;
    }
    let is_text = |inner: &NodeId| tree.kind(*inner) == "string" && !tree.text_of(*inner).contains('\n');
    let within = tree.subtree(node).find(is_text);
    let quote = within.or_else(|| tree.all().find(is_text)).and_then(|string| tree.text_of(string).chars().next());
    let quote = quote.unwrap_or('"');
    let other = if quote == '"' { '\'' } else { '"' };
    let quote = if text.contains(quote) { other } else { quote };
    (!text.contains(quote)).then(|| format!("{quote}{text}{quote}"))
}

/// Whether a slot is a child of an element, not a value of an attribute.
pub(super) fn is_child_of_element(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.parent(node).is_some_and(|parent| tree.kind(parent) == "jsx_element")
        && !tree.named_children(node).any(|inner| tree.kind(inner) == "spread_element")
}
