//! What scanning needs to know about JavaScript and TypeScript.

use compact_str::CompactString;
use tree_sitter::Node;

use super::members::{members, taken};
use super::quiet::{BODIES, MARKUP, QUIET, STATEMENT_MARKS, STATEMENTS};
use super::{elements, imports, literal};
use crate::scan::definitions::Around;
use crate::scan::facts::{Expr, ExprKind, Import, Member, Parameter};
use crate::scan::outline::Bodies;
use crate::scan::{Above, ArgumentNode, Field as _, MAX_DEPTH, Syntax, Target, Uses, deeper, named_children, text_of};
use crate::source::Span;
use crate::value::Value;

/// Scanning of JavaScript, TypeScript and TSX.
pub struct EcmaScript {
    /// The queries that the grammar understands: without JSX, those for elements do not compile.
    pub queries: &'static [(&'static str, &'static str)],
}

const CALLS: (&str, &str) = ("calls.scm", include_str!("../../../queries/javascript/calls.scm"));
const DEFINITIONS: (&str, &str) = ("definitions.scm", include_str!("../../../queries/javascript/definitions.scm"));
const ELEMENTS: (&str, &str) = ("elements.scm", include_str!("../../../queries/javascript/elements.scm"));
const IMPORTS: (&str, &str) = ("imports.scm", include_str!("../../../queries/javascript/imports.scm"));
const MAPPINGS: (&str, &str) = ("mappings.scm", include_str!("../../../queries/javascript/mappings.scm"));

/// With JSX.
pub static WITH_ELEMENTS: EcmaScript = EcmaScript { queries: &[CALLS, DEFINITIONS, ELEMENTS, IMPORTS] };
/// Without.
pub static WITHOUT_ELEMENTS: EcmaScript = EcmaScript { queries: &[CALLS, DEFINITIONS, IMPORTS] };

/// Functions that keep the value of their only argument, as far as keys and conditions go.
const TRANSPARENT: &[&str] = &["String", "Boolean", "Object.freeze", "String.raw"];
/// Types whose argument is what matters.
const WRAPPERS: &[&str] = &["Promise", "Awaited", "Readonly", "Partial", "Required", "NonNullable", "Ref", "RefObject"];

impl Syntax for EcmaScript {
    fn queries(&self) -> &'static [(&'static str, &'static str)] {
        self.queries
    }

    fn mapping_queries(&self) -> &'static [(&'static str, &'static str)] {
        &[MAPPINGS]
    }

    fn expression(&self, node: Node<'_>, text: &str) -> Expr {
        expression(node, text, MAX_DEPTH)
    }

    fn type_name(&self, node: Node<'_>, text: &str) -> Option<Expr> {
        type_name(node, text, MAX_DEPTH)
    }

    fn arguments<'tree>(&self, list: Node<'tree>, text: &'tree str) -> Vec<ArgumentNode<'tree>> {
        if elements::is_tag(list) { elements::attributes(list, text) } else { arguments(list) }
    }

    fn element<'tree>(&self, tag: Node<'tree>) -> Node<'tree> {
        elements::whole(tag)
    }

    fn mapping_key(&self, key: Node<'_>, text: &str) -> Expr {
        match key.kind() {
            "property_identifier" => {
                Expr { span: key.byte_range(), kind: ExprKind::Literal(Value::String(text_of(key, text).to_owned())) }
            }
            _ => self.expression(key, text),
        }
    }

    fn is_gate<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, _text: &str) -> bool {
        is_gate(call, above)
    }

    fn imports(&self, node: Node<'_>, text: &str) -> Vec<Import> {
        imports::imports(node, text)
    }

    fn parameters(&self, list: Node<'_>, text: &str) -> Vec<Parameter> {
        parameters(list, text)
    }

    fn target<'text>(&self, node: Node<'_>, text: &'text str) -> Target<'text> {
        match node.kind() {
            "identifier" | "property_identifier" | "type_identifier" | "default" => Target::Name(text_of(node, text)),
            "member_expression" => {
                let object = node.field("object").map(|object| text_of(object, text));
                match (object, node.field("property")) {
                    (Some("this"), Some(name)) => Target::Member(text_of(name, text)),
                    (Some("exports" | "module.exports"), Some(name)) => Target::Name(text_of(name, text)),
                    (Some("module"), Some(name)) if text_of(name, text) == "exports" => Target::Name("default"),
                    _ => Target::Pattern,
                }
            }
            _ => Target::Pattern,
        }
    }

    fn binds(&self, leaf: Node<'_>, parent: Option<Node<'_>>, _text: &str) -> bool {
        let Some(parent) = parent else { return false };
        match leaf.kind() {
            "shorthand_property_identifier_pattern" => true,
            "identifier" => match parent.kind() {
                "pair_pattern" => parent.field("value") == Some(leaf),
                "assignment_pattern" => parent.field("left") == Some(leaf),
                "array_pattern" | "rest_pattern" => true,
                _ => false,
            },
            _ => false,
        }
    }

    fn scope_name<'text>(&self, node: Node<'_>, text: &'text str) -> &'text str {
        text_of(node, text)
    }

    fn tail<'tree>(&self, function: Node<'tree>) -> Option<Node<'tree>> {
        let body = function.field("body")?;
        (function.kind() == "arrow_function" && body.kind() != "statement_block").then_some(body)
    }

    fn variant(&self, node: Node<'_>, text: &str) -> String {
        text_of(node, text).to_owned()
    }

    fn accessor<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, text: &str) -> Option<(String, Span)> {
        let outer = outside(call, above);
        let parent = above.parent(outer)?;
        if parent.field("object") != Some(outer) {
            return None;
        }
        let called = above.parent(parent).is_some_and(|at| at.field("function") == Some(parent));
        match parent.kind() {
            "member_expression" if !called => {
                let name = text_of(parent.field("property")?, text);
                Some((name.to_owned(), parent.byte_range()))
            }
            "subscript_expression" => match expression(parent.field("index")?, text, 4).kind {
                ExprKind::Literal(Value::String(name)) => Some((name, parent.byte_range())),
                ExprKind::Literal(Value::Int(index)) => Some((index.to_string(), parent.byte_range())),
                _ => None,
            },
            _ => None,
        }
    }

    fn decorator<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, _text: &str) -> Option<Span> {
        let parent = above.parent(call)?;
        (parent.kind() == "decorator").then(|| parent.byte_range())
    }

    fn is_test(&self, _node: Node<'_>, _text: &str) -> bool {
        false
    }

    fn is_test_file(&self, path: &str, _text: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let marked = name.split('.').rev().skip(1).any(|part| matches!(part, "test" | "spec" | "cy" | "e2e"));
        let folder =
            |at: &str| matches!(at, "__tests__" | "__mocks__" | "test" | "tests" | "e2e" | "cypress" | "playwright");
        marked || folders.split('/').any(folder)
    }

    fn separator(&self) -> &'static str {
        "."
    }

    fn callee_name<'text>(&self, function: Node<'_>, text: &'text str) -> Option<&'text str> {
        let mut at = function;
        for _ in 0..MAX_DEPTH {
            match at.kind() {
                "identifier" => return Some(text_of(at, text)),
                "member_expression" => return Some(text_of(at.field("property")?, text)),
                "parenthesized_expression" | "non_null_expression" | "as_expression" => at = at.named_child(0)?,
                _ => return None,
            }
        }
        None
    }

    fn is_read(&self, node: Node<'_>) -> bool {
        let Some(parent) = node.parent() else { return true };
        match parent.kind() {
            "assignment_expression" | "augmented_assignment_expression" | "for_in_statement" => {
                parent.field("left") != Some(node)
            }
            "variable_declarator" => parent.field("name") != Some(node),
            "call_expression" => parent.field("function") != Some(node),
            "update_expression" => false,
            "unary_expression" => parent.field("operator").is_none_or(|operator| operator.kind() != "delete"),
            _ => true,
        }
    }

    fn literal(&self, node: Node<'_>, text: &str) -> Option<Value> {
        match node.kind() {
            // A name is no literal, although `undefined` has a value.
            "undefined" => None,
            _ => match expression(node, text, MAX_DEPTH).kind {
                ExprKind::Literal(value) => Some(value),
                _ => None,
            },
        }
    }

    fn held<'tree>(&self, pattern: Node<'tree>) -> Vec<(Node<'tree>, Node<'tree>, Node<'tree>)> {
        super::members::held(pattern)
    }

    fn members<'tree>(&self, pattern: Node<'tree>) -> Vec<(Node<'tree>, Node<'tree>)> {
        if pattern.kind() == "object_pattern" { members(pattern) } else { Vec::new() }
    }

    fn taken<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, uses: &Uses<'_>) -> (Vec<Member>, bool) {
        taken(call, above, uses)
    }

    fn plain<'tree>(&self, node: Node<'tree>) -> Node<'tree> {
        let mut inner = node;
        while matches!(
            inner.kind(),
            "parenthesized_expression" | "non_null_expression" | "as_expression" | "satisfies_expression"
        ) && let Some(next) = inner.named_child(0)
        {
            inner = next;
        }
        inner
    }

    fn is_decoration(&self, child: Node<'_>) -> bool {
        child.is_extra()
            || matches!(child.kind(), "," | ";" | "type_arguments" | "type_annotation")
            // `f?.(x)`; that of a member is a named node.
            || (child.kind() == "?." && child.parent().is_some_and(|parent| parent.kind() == "call_expression"))
    }

    fn around<'text>(&self, node: Node<'_>, parent: Node<'_>, text: &'text str) -> Around<'text> {
        super::definitions::around(node, parent, text)
    }

    fn quiet(&self) -> &'static [&'static str] {
        if self.queries.iter().any(|(name, _)| *name == ELEMENTS.0) { &QUIET } else { QUIET.split_at(MARKUP).1 }
    }

    fn marks(&self) -> &'static [&'static str] {
        // A class in an expression has members as any other.
        &["++", "--", "class", "enum", "namespace", "module", "require"]
    }

    fn assigns(&self) -> bool {
        true
    }

    fn statements(&self) -> &'static [&'static str] {
        STATEMENTS
    }

    fn statement_marks(&self) -> &'static [&'static str] {
        STATEMENT_MARKS
    }

    fn statement_places(&self, text: &str) -> Vec<usize> {
        super::quiet::named_functions(text).collect()
    }

    fn receivers(&self) -> &'static [&'static str] {
        &["this"]
    }

    fn bodies(&self) -> Option<&'static Bodies> {
        Some(&BODIES)
    }

    fn snippet(&self) -> (&'static str, &'static str) {
        ("", "\n")
    }
}

/// The node with the parentheses, `await`, `!` and casts around it.
pub(super) fn outside<'tree>(mut node: Node<'tree>, above: Above<'_, 'tree>) -> Node<'tree> {
    while let Some(parent) = above.parent(node)
        && matches!(
            parent.kind(),
            "parenthesized_expression"
                | "await_expression"
                | "non_null_expression"
                | "as_expression"
                | "satisfies_expression"
        )
    {
        node = parent;
    }
    node
}

/// Children that are neither punctuation nor comments.
pub(super) fn named(node: Node<'_>) -> Vec<Node<'_>> {
    named_children(node)
}

fn expression(node: Node<'_>, text: &str, depth: usize) -> Expr {
    let span = node.byte_range();
    let Some(depth) = deeper(depth) else { return Expr::other(span) };
    let own = |kind| Expr { span: span.clone(), kind };
    let field = |name: &'static str| node.field(name);
    let literal = |value: Option<Value>| own(value.map_or(ExprKind::Other, ExprKind::Literal));
    let first = || match named(node).first() {
        Some(inner) => expression(*inner, text, depth),
        None => Expr::other(span.clone()),
    };
    match node.kind() {
        "string" => literal(literal::unquoted(text_of(node, text)).and_then(literal::unescape).map(Value::String)),
        "template_string" => own(template(node, text, depth)),
        "number" => literal(literal::number(text_of(node, text))),
        "true" => literal(Some(Value::Bool(true))),
        "false" => literal(Some(Value::Bool(false))),
        "null" | "undefined" => literal(Some(Value::Null)),
        // `import.meta`
        "meta_property" => own(ExprKind::Name(text_of(node, text).into())),
        "identifier"
        | "property_identifier"
        | "type_identifier"
        | "shorthand_property_identifier"
        | "this"
        | "super" => own(ExprKind::Name(text_of(node, text).into())),
        "member_expression" => match (field("object"), field("property")) {
            (Some(object), Some(name)) => {
                own(ExprKind::Member(Box::new(expression(object, text, depth)), text_of(name, text).into()))
            }
            _ => Expr::other(span),
        },
        "nested_type_identifier" => match (field("module"), field("name")) {
            (Some(object), Some(name)) => {
                own(ExprKind::Member(Box::new(expression(object, text, depth)), text_of(name, text).into()))
            }
            _ => Expr::other(span),
        },
        "subscript_expression" => {
            let index = field("index").map(|index| expression(index, text, depth).kind);
            match (field("object"), index) {
                (Some(object), Some(ExprKind::Literal(Value::String(name)))) => {
                    own(ExprKind::Member(Box::new(expression(object, text, depth)), name.into()))
                }
                _ => Expr::other(span),
            }
        }
        "parenthesized_expression"
        | "await_expression"
        | "as_expression"
        | "satisfies_expression"
        | "non_null_expression"
        | "instantiation_expression"
        | "jsx_expression"
        | "expression_statement" => first(),
        "type_assertion" => match named(node).last() {
            Some(inner) => expression(*inner, text, depth),
            None => Expr::other(span),
        },
        "unary_expression" => {
            let inner = field("argument").map(|inner| expression(inner, text, depth));
            match (field("operator").map(|operator| operator.kind()), inner) {
                (Some("!"), Some(inner)) => own(ExprKind::Not(Box::new(inner))),
                (Some("-"), Some(inner)) => literal(match inner.kind {
                    ExprKind::Literal(Value::Int(at)) => at.checked_neg().map(Value::Int),
                    ExprKind::Literal(Value::Float(at)) => Some(Value::Float(-at)),
                    _ => None,
                }),
                _ => Expr::other(span),
            }
        }
        "binary_expression" => match (field("left"), field("operator").map(|at| at.kind()), field("right")) {
            (Some(left), Some("+"), Some(right)) => {
                own(joined(vec![expression(left, text, depth), expression(right, text, depth)]))
            }
            // A flag that is off when it cannot be told.
            (Some(left), Some("??" | "||"), Some(right)) if right.kind() == "false" => expression(left, text, depth),
            _ => Expr::other(span),
        },
        "assignment_expression" => {
            field("right").map_or_else(|| Expr::other(span), |value| expression(value, text, depth))
        }
        "call_expression" => match (field("function"), field("arguments")) {
            (Some(function), Some(list)) if list.kind() == "arguments" => {
                let values = arguments(list);
                if let Some(value) = memoized(function, &values, text) {
                    return expression(value, text, depth);
                }
                if let [only] = values.as_slice()
                    && !only.spread
                    && TRANSPARENT.contains(&text_of(function, text))
                {
                    return expression(only.value, text, depth);
                }
                call(function, &values, text, depth, span)
            }
            _ => Expr::other(span),
        },
        "new_expression" => match field("constructor") {
            Some(function) => {
                let values = field("arguments").map(arguments).unwrap_or_default();
                call(function, &values, text, depth, span)
            }
            None => Expr::other(span),
        },
        "object" => {
            own(ExprKind::Map(named(node).into_iter().filter_map(|entry| object_entry(entry, text, depth)).collect()))
        }
        _ => Expr::other(span),
    }
}

/// Functions that call their first argument and yield what it yields.
const MEMOIZING: &[&str] = &["useMemo", "React.useMemo", "computed"];

/// The value that `useMemo(() => value, [])` yields.
fn memoized<'tree>(function: Node<'tree>, values: &[ArgumentNode<'tree>], text: &str) -> Option<Node<'tree>> {
    if !MEMOIZING.contains(&text_of(function, text)) {
        return None;
    }
    let made = values.first()?.value;
    if !matches!(made.kind(), "arrow_function" | "function_expression") {
        return None;
    }
    let body = made.field("body")?;
    if body.kind() != "statement_block" {
        return Some(body);
    }
    match named(body).as_slice() {
        [only] if only.kind() == "return_statement" => named(*only).first().copied(),
        _ => None,
    }
}

/// Whether a truth value is made of an expression: it is a condition, negated, compared, or an operand of a choice.
fn is_gate<'tree>(node: Node<'tree>, above: Above<'_, 'tree>) -> bool {
    let outer = outside(node, above);
    let Some(parent) = above.parent(outer) else { return false };
    let is = |field: &'static str| parent.field(field) == Some(outer);
    match parent.kind() {
        "if_statement" | "while_statement" | "do_statement" | "ternary_expression" => is("condition"),
        "for_statement" => is("condition"),
        "unary_expression" => parent.field("operator").is_some_and(|at| at.kind() == "!"),
        "binary_expression" => match parent.field("operator").map(|at| at.kind()) {
            Some("==" | "===" | "!=" | "!==") => true,
            Some("&&") => is("left") || is_gate(parent, above),
            Some("||" | "??") => is_gate(parent, above),
            _ => false,
        },
        _ => false,
    }
}

fn call(function: Node<'_>, values: &[ArgumentNode<'_>], text: &str, depth: usize, span: Span) -> Expr {
    let arguments = values.iter().map(|at| at.with(expression(at.value, text, depth))).collect();
    Expr { span, kind: ExprKind::Call(Box::new(expression(function, text, depth)), arguments) }
}

fn object_entry(entry: Node<'_>, text: &str, depth: usize) -> Option<(CompactString, Expr)> {
    match entry.kind() {
        "pair" => {
            let key = property_name(entry.field("key")?, text)?;
            Some((key, expression(entry.field("value")?, text, depth)))
        }
        "shorthand_property_identifier" => Some((text_of(entry, text).into(), expression(entry, text, depth))),
        _ => None,
    }
}

/// The name that a key of an object or of a pattern stands for.
pub(super) fn property_name(key: Node<'_>, text: &str) -> Option<CompactString> {
    match key.kind() {
        "property_identifier" | "identifier" => Some(text_of(key, text).into()),
        "string" => literal::unquoted(text_of(key, text)).and_then(literal::unescape).map(Into::into),
        _ => None,
    }
}

fn joined(parts: Vec<Expr>) -> ExprKind {
    let mut whole = String::new();
    for part in &parts {
        match &part.kind {
            ExprKind::Literal(Value::String(text)) => whole.push_str(text),
            _ => return ExprKind::Join(parts),
        }
    }
    ExprKind::Literal(Value::String(whole))
}

fn template(node: Node<'_>, text: &str, depth: usize) -> ExprKind {
    let mut parts = Vec::new();
    for child in named(node) {
        match child.kind() {
            "template_substitution" => parts.push(match named(child).as_slice() {
                [inner] => expression(*inner, text, depth),
                _ => Expr::other(child.byte_range()),
            }),
            _ => {
                let span = child.byte_range();
                parts.push(match literal::unescape(text_of(child, text)) {
                    Some(content) => Expr { span, kind: ExprKind::Literal(Value::String(content)) },
                    None => Expr::other(span),
                });
            }
        }
    }
    joined(parts)
}

/// The arguments of a call, or the classes that one extends.
pub(super) fn arguments(list: Node<'_>) -> Vec<ArgumentNode<'_>> {
    let plain = |node| ArgumentNode { node, value: node, keyword: None, spread: false };
    if list.kind() == "class_heritage" {
        let clauses = named(list).into_iter().filter(|clause| clause.kind() == "extends_clause");
        return clauses.filter_map(|clause| clause.field("value")).map(plain).collect();
    }
    named(list)
        .into_iter()
        .map(|node| match node.kind() {
            "spread_element" => ArgumentNode { node, value: node, keyword: None, spread: true },
            _ => plain(node),
        })
        .collect()
}

fn type_name(node: Node<'_>, text: &str, depth: usize) -> Option<Expr> {
    let depth = depth.checked_sub(1)?;
    match node.kind() {
        "type_annotation" | "parenthesized_type" | "readonly_type" => {
            named(node).first().and_then(|inner| type_name(*inner, text, depth))
        }
        "type_identifier" | "identifier" | "nested_type_identifier" => Some(expression(node, text, depth)),
        "generic_type" => {
            let outer = node.field("name")?;
            if !WRAPPERS.contains(&text_of(outer, text)) {
                return type_name(outer, text, depth);
            }
            let inner = node.field("type_arguments")?;
            named(inner).first().and_then(|inner| type_name(*inner, text, depth))
        }
        "union_type" => named(node).into_iter().find_map(|part| type_name(part, text, depth)),
        _ => None,
    }
}

fn parameters(list: Node<'_>, text: &str) -> Vec<Parameter> {
    if list.kind() == "identifier" {
        let name = text_of(list, text);
        return vec![Parameter {
            name: name.into(),
            kind: None,
            receiver: false,
            spread: false,
            span: list.byte_range(),
        }];
    }
    let mut result = Vec::new();
    for node in named(list) {
        let Some(pattern) = node.field("pattern") else { continue };
        // The type of `this` is declared as a parameter that nobody passes.
        if pattern.kind() == "this" {
            continue;
        }
        let spread = pattern.kind() == "rest_pattern";
        let named_by = if spread { named(pattern).first().copied() } else { Some(pattern) };
        let name = named_by.filter(|name| name.kind() == "identifier").map_or("", |name| text_of(name, text));
        result.push(Parameter {
            name: name.into(),
            kind: node.field("type").and_then(|kind| type_name(kind, text, MAX_DEPTH)).map(Box::new),
            receiver: false,
            spread,
            span: named_by.unwrap_or(node).byte_range(),
        });
    }
    result
}
