//! What scanning needs to know about Python.

use compact_str::CompactString;
use tree_sitter::Node;

use super::quiet::{BODIES, QUIET, STATEMENT_MARKS, STATEMENTS};
use crate::language::Unparsed;
use crate::scan::definitions::Around;
use crate::scan::facts::{Expr, ExprKind, Import, Member, Parameter};
use crate::scan::outline::Bodies;
use crate::scan::{
    Above, ArgumentNode, Field as _, MAX_DEPTH, Syntax, Target, Uses, deeper, named_children, text_of, unescape,
};
use crate::source::Span;
use crate::value::Value;

/// Scanning of Python.
pub struct Python;

/// Calls that keep the value of their only argument, as far as keys and conditions go.
const TRANSPARENT: &[&str] = &["str", "bool", "cast"];
/// Types whose argument is what matters.
const WRAPPERS: &[&str] = &["Optional", "Annotated", "Final", "ClassVar", "Type", "type", "Awaitable"];

impl Syntax for Python {
    fn queries(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("calls.scm", include_str!("../../../queries/python/calls.scm")),
            ("definitions.scm", include_str!("../../../queries/python/definitions.scm")),
            ("imports.scm", include_str!("../../../queries/python/imports.scm")),
        ]
    }

    fn expression(&self, node: Node<'_>, text: &str) -> Expr {
        expression(node, text, MAX_DEPTH)
    }

    fn type_name(&self, node: Node<'_>, text: &str) -> Option<Expr> {
        type_name(node, text, MAX_DEPTH)
    }

    fn arguments<'tree>(&self, list: Node<'tree>, text: &'tree str) -> Vec<ArgumentNode<'tree>> {
        arguments(list, text)
    }

    fn imports(&self, node: Node<'_>, text: &str) -> Vec<Import> {
        imports(node, text)
    }

    fn parameters(&self, list: Node<'_>, text: &str) -> Vec<Parameter> {
        parameters(list, text)
    }

    fn target<'text>(&self, node: Node<'_>, text: &'text str) -> Target<'text> {
        match node.kind() {
            "identifier" => Target::Name(text_of(node, text)),
            "attribute" => {
                let object = node.field("object").map(|object| text_of(object, text));
                match (object, node.field("attribute")) {
                    (Some("self" | "cls"), Some(name)) => Target::Member(text_of(name, text)),
                    _ => Target::Pattern,
                }
            }
            _ => Target::Pattern,
        }
    }

    fn binds(&self, leaf: Node<'_>, parent: Option<Node<'_>>, _text: &str) -> bool {
        let plain =
            |parent: Node<'_>| !matches!(parent.kind(), "attribute" | "subscript" | "call" | "keyword_argument");
        leaf.kind() == "identifier" && parent.is_none_or(plain)
    }

    fn scope_name<'text>(&self, node: Node<'_>, text: &'text str) -> &'text str {
        text_of(node, text)
    }

    fn tail<'tree>(&self, function: Node<'tree>) -> Option<Node<'tree>> {
        (function.kind() == "lambda").then(|| function.field("body")).flatten()
    }

    fn variant(&self, node: Node<'_>, text: &str) -> String {
        text_of(node, text).to_owned()
    }

    fn accessor<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, text: &str) -> Option<(String, Span)> {
        let outer = outside(call, above);
        let parent = above.parent(outer)?;
        match parent.kind() {
            "attribute" if parent.field("object") == Some(outer) => {
                let name = text_of(parent.field("attribute")?, text);
                Some((name.to_owned(), parent.byte_range()))
            }
            "subscript" if parent.field("value") == Some(outer) => match string(parent.field("subscript")?, text)? {
                Value::String(name) => Some((name, parent.byte_range())),
                _ => None,
            },
            _ => None,
        }
    }

    fn decorator<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, text: &str) -> Option<Span> {
        let parent = above.parent(call)?;
        match parent.kind() {
            "decorator" => Some(parent.byte_range()),
            // `@method_decorator(waffle_flag("x"), name="dispatch")`
            "argument_list" => {
                let outer = above.parent(parent)?;
                let decorator = above.parent(outer)?;
                let adapts = self.callee_name(outer.field("function")?, text)? == "method_decorator";
                (adapts && decorator.kind() == "decorator").then(|| decorator.byte_range())
            }
            _ => None,
        }
    }

    fn is_test(&self, _node: Node<'_>, _text: &str) -> bool {
        false
    }

    fn is_test_file(&self, path: &str, text: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.split('.').next().unwrap_or(name);
        // `test_connection.py` may well be a command of the application: then it defines no tests.
        let named = stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "tests" | "test");
        stem == "conftest"
            || folders.split('/').any(|folder| matches!(folder, "tests" | "test" | "testing"))
            || (named && ["def test", "class Test", "import pytest", "unittest"].iter().any(|sign| text.contains(sign)))
    }

    fn separator(&self) -> &'static str {
        "."
    }

    fn callee_name<'text>(&self, function: Node<'_>, text: &'text str) -> Option<&'text str> {
        match function.kind() {
            "identifier" => Some(text_of(function, text)),
            "attribute" => Some(text_of(function.field("attribute")?, text)),
            _ => None,
        }
    }

    fn is_read(&self, node: Node<'_>) -> bool {
        let Some(parent) = node.parent() else { return true };
        match parent.kind() {
            "assignment" | "augmented_assignment" => parent.field("left") != Some(node),
            "call" => parent.field("function") != Some(node),
            "for_statement" | "for_in_clause" => parent.field("left") != Some(node),
            "delete_statement" | "pattern_list" | "tuple_pattern" | "list_pattern" | "as_pattern_target" => false,
            _ => true,
        }
    }

    fn literal(&self, node: Node<'_>, text: &str) -> Option<Value> {
        match expression(node, text, MAX_DEPTH).kind {
            ExprKind::Literal(value) => Some(value),
            _ => None,
        }
    }

    fn is_gate<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, text: &str) -> bool {
        let mut node = call;
        // `.lower()`, `.strip()`, parentheses and an enclosing `bool(…)` at most.
        for _ in 0..8 {
            let Some(parent) = above.parent(node) else { return false };
            match parent.kind() {
                "comparison_operator" | "not_operator" | "boolean_operator" => return true,
                "if_statement" | "elif_clause" | "while_statement" => {
                    return parent.field("condition") == Some(node);
                }
                "conditional_expression" => return named(parent).get(1) == Some(&node),
                "attribute" | "parenthesized_expression" => {}
                "call" => {
                    let function = parent.field("function");
                    if function != Some(node) {
                        return false;
                    }
                }
                "argument_list" => {
                    let outer = above.parent(parent).and_then(|call| call.field("function"));
                    let name = outer.and_then(|function| self.callee_name(function, text)).unwrap_or("");
                    return name.to_ascii_lowercase().contains("bool");
                }
                _ => return false,
            }
            node = parent;
        }
        false
    }

    fn taken<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, uses: &Uses<'_>) -> (Vec<Member>, bool) {
        (super::members::taken(call, above, uses), true)
    }

    fn around<'text>(&self, node: Node<'_>, parent: Node<'_>, text: &'text str) -> Around<'text> {
        super::definitions::around(node, parent, text)
    }

    /// The decorators stand on the lines above.
    fn is_property(&self, before: &str) -> bool {
        let lines = before.trim_end_matches([' ', '\t']).lines().rev();
        let mut decorators = lines.map(str::trim).take_while(|line| line.starts_with('@'));
        decorators.any(|line| {
            let name = line[1..].split(['#', '(']).next().unwrap_or("").trim();
            matches!(name.rsplit('.').next(), Some("property" | "cached_property" | "lazy_property" | "classproperty"))
        })
    }

    fn quiet(&self) -> &'static [&'static str] {
        QUIET
    }

    fn marks(&self) -> &'static [&'static str] {
        // What a comprehension binds is known around it.
        &["for", ":="]
    }

    fn statements(&self) -> &'static [&'static str] {
        STATEMENTS
    }

    fn statement_marks(&self) -> &'static [&'static str] {
        STATEMENT_MARKS
    }

    fn receivers(&self) -> &'static [&'static str] {
        &["self", "cls"]
    }

    fn bodies(&self) -> Option<&'static Bodies> {
        Some(&BODIES)
    }

    fn unparsable(&self, text: &str) -> Option<Unparsed> {
        let indentations = || super::indentation::too_many(text).map(Unparsed::Indentations);
        super::comments::too_long(text).map(Unparsed::Comments).or_else(indentations)
    }

    fn snippet(&self) -> (&'static str, &'static str) {
        ("", "\n")
    }
}

/// The node with the parentheses and `await` around it.
pub(super) fn outside<'tree>(mut node: Node<'tree>, above: Above<'_, 'tree>) -> Node<'tree> {
    while let Some(parent) = above.parent(node)
        && matches!(parent.kind(), "parenthesized_expression" | "await")
    {
        node = parent;
    }
    node
}

fn expression(node: Node<'_>, text: &str, depth: usize) -> Expr {
    let span = node.byte_range();
    let Some(depth) = deeper(depth) else { return Expr::other(span) };
    let own = |kind| Expr { span: span.clone(), kind };
    let field = |name: &'static str| node.field(name);
    match node.kind() {
        "string" => own(interpolated(node, text, depth)),
        "concatenated_string" => {
            let parts = named(node).into_iter().map(|part| expression(part, text, depth)).collect();
            own(joined(parts))
        }
        "true" => own(ExprKind::Literal(Value::Bool(true))),
        "false" => own(ExprKind::Literal(Value::Bool(false))),
        "none" => own(ExprKind::Literal(Value::Null)),
        "integer" => own(integer(text_of(node, text)).map_or(ExprKind::Other, |at| ExprKind::Literal(Value::Int(at)))),
        "float" => {
            let number = text_of(node, text).replace('_', "").parse();
            own(number.map_or(ExprKind::Other, |at| ExprKind::Literal(Value::Float(at))))
        }
        "unary_operator" => match field("argument").map(|inner| expression(inner, text, depth).kind) {
            Some(ExprKind::Literal(Value::Int(at))) if text_of(node, text).starts_with('-') => {
                own(at.checked_neg().map_or(ExprKind::Other, |at| ExprKind::Literal(Value::Int(at))))
            }
            Some(ExprKind::Literal(Value::Float(at))) if text_of(node, text).starts_with('-') => {
                own(ExprKind::Literal(Value::Float(-at)))
            }
            _ => Expr::other(span),
        },
        "identifier" => own(ExprKind::Name(text_of(node, text).into())),
        "attribute" => match (field("object"), field("attribute")) {
            (Some(object), Some(name)) => {
                own(ExprKind::Member(Box::new(expression(object, text, depth)), text_of(name, text).into()))
            }
            _ => Expr::other(span),
        },
        "subscript" => match (field("value"), field("subscript").and_then(|at| string(at, text))) {
            (Some(object), Some(Value::String(name))) => {
                own(ExprKind::Member(Box::new(expression(object, text, depth)), name.into()))
            }
            _ => Expr::other(span),
        },
        "parenthesized_expression" | "await" | "expression_statement" => match named(node).as_slice() {
            [inner] => expression(*inner, text, depth),
            _ => Expr::other(span),
        },
        "assignment" | "named_expression" => {
            let value = field("right").or_else(|| field("value"));
            value.map_or_else(|| Expr::other(span), |value| expression(value, text, depth))
        }
        "not_operator" => match field("argument") {
            Some(inner) => own(ExprKind::Not(Box::new(expression(inner, text, depth)))),
            None => Expr::other(span),
        },
        "binary_operator" => match (field("left"), field("operator").map(|at| at.kind()), field("right")) {
            (Some(left), Some("+"), Some(right)) => {
                own(joined(vec![expression(left, text, depth), expression(right, text, depth)]))
            }
            _ => Expr::other(span),
        },
        "call" => match (field("function"), field("arguments")) {
            (Some(function), Some(list)) if list.kind() == "argument_list" => {
                let values = arguments(list, text);
                if function.kind() == "identifier"
                    && TRANSPARENT.contains(&text_of(function, text))
                    && let Some(last) = values.last()
                    && last.keyword.is_none()
                    && !last.spread
                    && (values.len() == 1 || text_of(function, text) == "cast")
                {
                    return expression(last.value, text, depth);
                }
                let callee = expression(function, text, depth);
                let values = values.iter().map(|at| at.with(expression(at.value, text, depth))).collect();
                own(ExprKind::Call(Box::new(callee), values))
            }
            _ => Expr::other(span),
        },
        "dictionary" => own(ExprKind::Map(
            named(node)
                .into_iter()
                .filter(|pair| pair.kind() == "pair")
                .filter_map(|pair| {
                    let key = string(pair.field("key")?, text)?;
                    let Value::String(key) = key else { return None };
                    Some((key.into(), expression(pair.field("value")?, text, depth)))
                })
                .collect(),
        )),
        _ => Expr::other(span),
    }
}

/// Children that are neither punctuation nor comments.
fn named(node: Node<'_>) -> Vec<Node<'_>> {
    named_children(node)
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

/// A literal without interpolation.
fn string(node: Node<'_>, text: &str) -> Option<Value> {
    match expression(node, text, 4).kind {
        ExprKind::Literal(value @ Value::String(_)) => Some(value),
        _ => None,
    }
}

fn interpolated(node: Node<'_>, text: &str, depth: usize) -> ExprKind {
    let mut parts = Vec::new();
    let mut raw = false;
    let mut formatted = false;
    for child in node.children(&mut node.walk()) {
        match child.kind() {
            "string_start" => {
                let prefix = text_of(child, text).to_ascii_lowercase();
                if prefix.contains('b') {
                    return ExprKind::Other;
                }
                raw = prefix.contains('r');
                formatted = prefix.contains(['f', 't']);
            }
            "string_content" => {
                let mut content = text_of(child, text).to_owned();
                if formatted {
                    content = content.replace("{{", "{").replace("}}", "}");
                }
                let decoded = if raw { Some(content) } else { unescape(&content, false) };
                parts.push(match decoded {
                    Some(decoded) => Expr { span: child.byte_range(), kind: ExprKind::Literal(Value::String(decoded)) },
                    None => Expr::other(child.byte_range()),
                });
            }
            "interpolation" => {
                let plain = child.field("format_specifier").or(child.field("type_conversion"));
                parts.push(match (plain, child.field("expression")) {
                    (None, Some(inner)) => expression(inner, text, depth),
                    _ => Expr::other(child.byte_range()),
                });
            }
            _ => {}
        }
    }
    joined(parts)
}

fn integer(text: &str) -> Option<i64> {
    let digits = text.replace('_', "").to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            return i64::from_str_radix(rest, radix).ok();
        }
    }
    digits.parse().ok()
}

fn arguments<'tree>(list: Node<'tree>, text: &'tree str) -> Vec<ArgumentNode<'tree>> {
    named(list)
        .into_iter()
        .map(|node| match node.kind() {
            "keyword_argument" => ArgumentNode {
                node,
                value: node.field("value").unwrap_or(node),
                keyword: node.field("name").map(|name| text_of(name, text)),
                spread: false,
            },
            "list_splat" | "dictionary_splat" | "parenthesized_list_splat" => {
                ArgumentNode { node, value: node, keyword: None, spread: true }
            }
            _ => ArgumentNode { node, value: node, keyword: None, spread: false },
        })
        .collect()
}

fn type_name(node: Node<'_>, text: &str, depth: usize) -> Option<Expr> {
    let depth = depth.checked_sub(1)?;
    match node.kind() {
        "type" | "parenthesized_expression" => named(node).first().and_then(|inner| type_name(*inner, text, depth)),
        "identifier" | "attribute" => Some(expression(node, text, depth)),
        "generic_type" | "subscript" => {
            let parts = named(node);
            let name = text_of(*parts.first()?, text);
            if !WRAPPERS.contains(&name.rsplit('.').next().unwrap_or(name)) {
                return type_name(parts[0], text, depth);
            }
            let inner = *parts.get(1)?;
            match inner.kind() {
                "type_parameter" => named(inner).first().and_then(|inner| type_name(*inner, text, depth)),
                _ => type_name(inner, text, depth),
            }
        }
        "member_type" => {
            let span = node.byte_range();
            let mut names = text_of(node, text).split('.').map(str::trim);
            let first = Expr { span: span.clone(), kind: ExprKind::Name(names.next()?.into()) };
            Some(names.fold(first, |object, name| Expr {
                span: span.clone(),
                kind: ExprKind::Member(Box::new(object), name.into()),
            }))
        }
        "union_type" | "binary_operator" => named(node)
            .into_iter()
            .filter(|part| text_of(*part, text) != "None")
            .find_map(|part| type_name(part, text, depth)),
        "string" => {
            let Some(Value::String(name)) = string(node, text) else { return None };
            let plain = !name.is_empty() && name.chars().all(|at| at.is_alphanumeric() || at == '_');
            plain.then(|| Expr { span: node.byte_range(), kind: ExprKind::Name(name.into()) })
        }
        _ => None,
    }
}

fn parameters(list: Node<'_>, text: &str) -> Vec<Parameter> {
    let mut result: Vec<Parameter> = Vec::new();
    for node in named(list) {
        let named_by = match node.kind() {
            "identifier" => Some(node),
            "default_parameter" | "typed_default_parameter" => node.field("name"),
            "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => node.named_child(0),
            "keyword_separator" | "positional_separator" => continue,
            _ => None,
        };
        let spread = |node: Node<'_>| matches!(node.kind(), "list_splat_pattern" | "dictionary_splat_pattern");
        let name = named_by.map_or("", |name| text_of(name, text)).trim_start_matches('*');
        result.push(Parameter {
            receiver: result.is_empty() && matches!(name, "self" | "cls"),
            name: name.into(),
            kind: node.field("type").and_then(|kind| type_name(kind, text, MAX_DEPTH)).map(Box::new),
            spread: spread(node) || named_by.is_some_and(spread),
            span: named_by.unwrap_or(node).byte_range(),
        });
    }
    result
}

fn imports(node: Node<'_>, text: &str) -> Vec<Import> {
    let dotted = |node: Node<'_>| -> Vec<CompactString> {
        let whole = text_of(node, text);
        // Blanks and comments may stand around a dot.
        if whole.bytes().all(|at| !at.is_ascii_whitespace() && at != b'\\') {
            return whole.split('.').filter(|name| !name.is_empty()).map(Into::into).collect();
        }
        named(node).into_iter().map(|name| text_of(name, text).into()).collect()
    };
    let made = |local: Option<CompactString>, path: Vec<CompactString>, level: usize, at: Node<'_>| Import {
        local,
        path,
        level,
        span: at.byte_range(),
        scope: 0,
    };
    let mut module = Vec::new();
    let mut level = 0;
    if let Some(from) = node.field("module_name") {
        if from.kind() == "relative_import" {
            for part in named(from) {
                match part.kind() {
                    "import_prefix" => level = text_of(part, text).bytes().filter(|byte| *byte == b'.').count(),
                    _ => module = dotted(part),
                }
            }
        } else {
            module = dotted(from);
        }
    }
    let from = node.kind() == "import_from_statement";
    let mut result = Vec::new();
    for name in node.children_by_field_name("name", &mut node.walk()) {
        let (path, alias) = match name.kind() {
            "aliased_import" => (
                name.field("name").map(dotted).unwrap_or_default(),
                name.field("alias").map(|alias| text_of(alias, text).into()),
            ),
            _ => (dotted(name), None),
        };
        let Some(first) = path.first().cloned() else { continue };
        match (from, alias) {
            (true, alias) => {
                let local = alias.unwrap_or(first);
                result.push(made(Some(local), module.iter().cloned().chain(path).collect(), level, name));
            }
            (false, Some(alias)) => result.push(made(Some(alias), path, 0, name)),
            // `import a.b` binds `a`.
            (false, None) => result.push(made(Some(first.clone()), vec![first], 0, name)),
        }
    }
    if result.is_empty() && node.named_children(&mut node.walk()).any(|child| child.kind() == "wildcard_import") {
        result.push(made(None, module, level, node));
    }
    result
}
