//! What scanning needs to know about Rust.

use compact_str::CompactString;
use tree_sitter::Node;

use super::quiet::{BODIES, QUIET, STATEMENT_MARKS, STATEMENTS};
use crate::scan::definitions::Around;
use crate::scan::facts::{Expr, ExprKind, Import, Parameter};
use crate::scan::outline::Bodies;
use crate::scan::{
    Above, ArgumentNode, Field as _, MAX_DEPTH, Syntax, Target, deeper, named_children, text_of, unescape,
};
use crate::source::Span;
use crate::value::Value;

/// Scanning of Rust.
pub struct Rust;

/// Methods that keep the value of what they are called on, as far as keys, clients and conditions go.
const TRANSPARENT: &[&str] = &[
    "as_deref",
    "as_mut",
    "as_ref",
    "as_str",
    "borrow",
    "clone",
    "expect",
    "get_or_init",
    "into",
    "load",
    "load_full",
    "lock",
    "read",
    "to_owned",
    "to_string",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "write",
];
/// Functions that keep the value of their only argument.
const CONVERSIONS: &[&str] =
    &["String::from", "Arc::new", "Rc::new", "Box::new", "Arc::clone", "Some", "Ok", "Mutex::new"];
/// Types whose argument is what matters.
const WRAPPERS: &[&str] = &[
    "Arc", "Rc", "Box", "Option", "Mutex", "RwLock", "RefCell", "OnceCell", "OnceLock", "LazyLock", "Lazy", "Cow",
    "Result",
];

impl Syntax for Rust {
    fn queries(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("calls.scm", include_str!("../../../queries/rust/calls.scm")),
            ("definitions.scm", include_str!("../../../queries/rust/definitions.scm")),
            ("imports.scm", include_str!("../../../queries/rust/imports.scm")),
        ]
    }

    fn expression(&self, node: Node<'_>, text: &str) -> Expr {
        expression(node, text, MAX_DEPTH)
    }

    fn type_name(&self, node: Node<'_>, text: &str) -> Option<Expr> {
        type_name(node, text, MAX_DEPTH)
    }

    fn arguments<'tree>(&self, list: Node<'tree>, _text: &'tree str) -> Vec<ArgumentNode<'tree>> {
        arguments(list)
    }

    fn imports(&self, node: Node<'_>, text: &str) -> Vec<Import> {
        let mut result = Vec::new();
        if let Some(argument) = node.field("argument") {
            uses(argument, &[], text, MAX_DEPTH, &mut result);
        }
        result
    }

    fn parameters(&self, list: Node<'_>, text: &str) -> Vec<Parameter> {
        named(list)
            .into_iter()
            .filter(|node| node.kind() != "attribute_item")
            .map(|node| {
                let pattern = node.field("pattern").unwrap_or(node);
                let receiver = node.kind() == "self_parameter" || text_of(pattern, text) == "self";
                let name = match pattern.kind() {
                    "identifier" => text_of(pattern, text),
                    _ if receiver => "self",
                    _ => "",
                };
                let kind = node.field("type").and_then(|kind| type_name(kind, text, MAX_DEPTH)).map(Box::new);
                Parameter { name: name.into(), kind, receiver, spread: false, span: pattern.byte_range() }
            })
            .collect()
    }

    fn target<'text>(&self, node: Node<'_>, text: &'text str) -> Target<'text> {
        match node.kind() {
            "identifier" | "field_identifier" => Target::Name(text_of(node, text)),
            _ => Target::Pattern,
        }
    }

    fn binds(&self, leaf: Node<'_>, parent: Option<Node<'_>>, text: &str) -> bool {
        let is_name = matches!(leaf.kind(), "identifier" | "shorthand_field_identifier");
        let in_path = parent.is_some_and(|parent| {
            matches!(parent.kind(), "scoped_identifier" | "scoped_type_identifier")
                || (parent.kind() == "tuple_struct_pattern" && parent.field("type") == Some(leaf))
        });
        // A constant in a pattern is compared with, not bound.
        is_name && !in_path && !text_of(leaf, text).starts_with(char::is_uppercase)
    }

    fn scope_name<'text>(&self, node: Node<'_>, text: &'text str) -> &'text str {
        let node = if node.kind() == "generic_type" { node.field("type").unwrap_or(node) } else { node };
        let name = text_of(node, text);
        name.rsplit("::").next().unwrap_or(name)
    }

    fn tail<'tree>(&self, function: Node<'tree>) -> Option<Node<'tree>> {
        let body = function.field("body")?;
        if body.kind() != "block" {
            return Some(body);
        }
        // One by one from the end, each would cost a walk from the start.
        let last = body.named_children(&mut body.walk()).filter(|child| !child.is_extra()).last()?;
        let statement = last.kind().ends_with("_item") || matches!(last.kind(), "let_declaration" | "empty_statement");
        let ended = last.kind() == "expression_statement" && text_ends_with_semicolon(last);
        (!statement && !ended).then_some(last)
    }

    fn variant(&self, node: Node<'_>, text: &str) -> String {
        let mut before = node.prev_named_sibling();
        while let Some(attribute) = before
            && (attribute.is_extra() || attribute.kind() == "attribute_item")
        {
            if let Some(name) = renamed(text_of(attribute, text)) {
                return name;
            }
            before = attribute.prev_named_sibling();
        }
        node.field("name").map_or("", |name| text_of(name, text)).to_owned()
    }

    fn accessor<'tree>(&self, call: Node<'tree>, above: Above<'_, 'tree>, text: &str) -> Option<(String, Span)> {
        let outer = outside(call, above);
        let parent = above.parent(outer)?;
        let member = parent.kind() == "field_expression" && parent.field("value") == Some(outer);
        let called = above.parent(parent).is_some_and(|at| at.field("function") == Some(parent));
        if !member || called {
            return None;
        }
        Some((text_of(parent.field("field")?, text).to_owned(), parent.byte_range()))
    }

    fn decorator<'tree>(&self, _call: Node<'tree>, _above: Above<'_, 'tree>, _text: &str) -> Option<Span> {
        None
    }

    fn is_test(&self, node: Node<'_>, text: &str) -> bool {
        if !super::quiet::may_have_attribute(&text[..node.start_byte()]) {
            return false;
        }
        let mut before = node.prev_named_sibling();
        while let Some(attribute) = before
            && (attribute.is_extra() || attribute.kind() == "attribute_item")
        {
            let plain: String = text_of(attribute, text).split_whitespace().collect();
            if attribute.kind() == "attribute_item"
                && (plain.starts_with("#[cfg(test)") || plain.starts_with("#[test]") || plain.ends_with("::test]"))
            {
                return true;
            }
            before = attribute.prev_named_sibling();
        }
        false
    }

    fn is_test_file(&self, path: &str, _text: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        matches!(name, "tests.rs" | "test.rs")
            || name.ends_with("_test.rs")
            || name.ends_with("_tests.rs")
            || folders.split('/').any(|folder| matches!(folder, "tests" | "benches" | "testsuite"))
    }

    fn separator(&self) -> &'static str {
        "::"
    }

    fn callee_name<'text>(&self, function: Node<'_>, text: &'text str) -> Option<&'text str> {
        match function.kind() {
            "identifier" => Some(text_of(function, text)),
            "field_expression" => Some(text_of(function.field("field")?, text)),
            "scoped_identifier" => Some(text_of(function.field("name")?, text)),
            "generic_function" => self.callee_name(function.field("function")?, text),
            _ => None,
        }
    }

    fn is_read(&self, node: Node<'_>) -> bool {
        let Some(parent) = node.parent() else { return true };
        match parent.kind() {
            "assignment_expression" | "compound_assignment_expr" => parent.field("left") != Some(node),
            "call_expression" | "generic_function" => parent.field("function") != Some(node),
            "reference_expression" => !named(parent).iter().any(|child| child.kind() == "mutable_specifier"),
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
        // `.ok()`, `.unwrap_or_default()`, `.to_lowercase()`, references and parentheses at most.
        for _ in 0..12 {
            let Some(parent) = above.parent(node) else { return false };
            match parent.kind() {
                "binary_expression" => return true,
                "unary_expression" => return text_of(parent, text).starts_with('!'),
                "if_expression" | "while_expression" => return parent.field("condition") == Some(node),
                "field_expression" => {
                    let name = parent.field("field").map_or("", |name| text_of(name, text));
                    if matches!(
                        name,
                        "is_ok" | "is_err" | "is_ok_and" | "is_some" | "is_some_and" | "is_none" | "map_or"
                    ) {
                        return true;
                    }
                }
                "generic_function" => {
                    let types = parent.field("type_arguments").map_or("", |list| text_of(list, text));
                    if types.contains("bool") {
                        return true;
                    }
                }
                "call_expression" if parent.field("function") != Some(node) => return false,
                "call_expression" | "parenthesized_expression" | "reference_expression" | "try_expression" => {}
                "macro_invocation" => return text_of(parent, text).starts_with("matches!"),
                _ => return false,
            }
            node = parent;
        }
        false
    }

    fn conditions(&self, arguments: Node<'_>, text: &str) -> Vec<(&'static str, String, Span)> {
        let mut keys = Vec::new();
        let mut words = Vec::new();
        let mut stack = vec![arguments];
        let mut nested = false;
        while let Some(list) = stack.pop() {
            let tokens = named(list);
            for (at, token) in tokens.iter().enumerate() {
                match token.kind() {
                    "token_tree" => {
                        nested |= list != arguments || tokens.len() != 2;
                        stack.push(*token);
                    }
                    "identifier" => words.push(text_of(*token, text)),
                    "string_literal" if at > 0 && text_of(tokens[at - 1], text) == "feature" => {
                        if let ExprKind::Literal(Value::String(key)) = expression(*token, text, 2).kind {
                            keys.push((key, token.byte_range()));
                        }
                    }
                    _ => {}
                }
            }
        }
        let how = match words.as_slice() {
            ["feature"] => "",
            ["not", "feature"] if !nested => "not",
            _ => "…",
        };
        keys.into_iter().map(|(key, span)| (how, key, span)).collect()
    }

    fn around<'text>(&self, node: Node<'_>, parent: Node<'_>, text: &'text str) -> Around<'text> {
        super::definitions::around(node, parent, text)
    }

    fn quiet(&self) -> &'static [&'static str] {
        QUIET
    }

    fn marks(&self) -> &'static [&'static str] {
        &[
            "cfg", "cfg_attr", "const", "enum", "fn", "for", "impl", "let", "match", "mod", "return", "static",
            "struct", "trait", "use",
        ]
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
        super::quiet::named_closures(text).collect()
    }

    fn bodies(&self) -> Option<&'static Bodies> {
        Some(&BODIES)
    }

    fn snippet(&self) -> (&'static str, &'static str) {
        ("fn snippet() { ", " }")
    }
}

/// `#[feature_name("x")]`, `#[serde(rename = "x")]`, `#[strum(serialize = "x")]`.
fn renamed(attribute: &str) -> Option<String> {
    let known = ["feature_name", "rename", "serialize"];
    let at = known.iter().find_map(|name| attribute.find(name).map(|at| at + name.len()))?;
    let (_, rest) = attribute[at..].split_once('"')?;
    let (name, _) = rest.split_once('"')?;
    unescape(name, true)
}

fn text_ends_with_semicolon(statement: Node<'_>) -> bool {
    statement.child_count().checked_sub(1).and_then(|last| statement.child(last)).is_some_and(|last| last.kind() == ";")
}

/// The node with the parentheses, `.await`, `?` and unwrapping around it.
fn outside<'tree>(mut node: Node<'tree>, above: Above<'_, 'tree>) -> Node<'tree> {
    while let Some(parent) = above.parent(node)
        && matches!(parent.kind(), "parenthesized_expression" | "await_expression" | "try_expression")
    {
        node = parent;
    }
    node
}

/// Children that are neither punctuation nor comments.
fn named(node: Node<'_>) -> Vec<Node<'_>> {
    named_children(node)
}

fn arguments(list: Node<'_>) -> Vec<ArgumentNode<'_>> {
    named(list)
        .into_iter()
        .filter(|node| node.kind() != "attribute_item")
        .map(|node| ArgumentNode { node, value: node, keyword: None, spread: false })
        .collect()
}

fn expression(node: Node<'_>, text: &str, depth: usize) -> Expr {
    let span = node.byte_range();
    let Some(depth) = deeper(depth) else { return Expr::other(span) };
    let own = |kind| Expr { span: span.clone(), kind };
    let field = |name: &'static str| node.field(name);
    let literal = |value: Option<Value>| own(value.map_or(ExprKind::Other, ExprKind::Literal));
    match node.kind() {
        "string_literal" => {
            let inner = text_of(node, text).strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            literal(inner.and_then(|inner| unescape(inner, true)).map(Value::String))
        }
        "raw_string_literal" => {
            let inner = text_of(node, text).strip_prefix('r').map(|rest| rest.trim_matches('#'));
            let inner = inner.and_then(|rest| rest.strip_prefix('"')).and_then(|rest| rest.strip_suffix('"'));
            literal(inner.map(|inner| Value::String(inner.to_owned())))
        }
        "boolean_literal" => literal(Some(Value::Bool(text_of(node, text) == "true"))),
        "integer_literal" => literal(integer(text_of(node, text)).map(Value::Int)),
        "float_literal" => literal(float(text_of(node, text)).map(Value::Float)),
        "unary_expression" => match (text_of(node, text).chars().next(), named(node).as_slice()) {
            (Some('!'), [inner]) => own(ExprKind::Not(Box::new(expression(*inner, text, depth)))),
            (Some('*'), [inner]) => expression(*inner, text, depth),
            (Some('-'), [inner]) => literal(match expression(*inner, text, depth).kind {
                ExprKind::Literal(Value::Int(at)) => at.checked_neg().map(Value::Int),
                ExprKind::Literal(Value::Float(at)) => Some(Value::Float(-at)),
                _ => None,
            }),
            _ => Expr::other(span),
        },
        "identifier" | "type_identifier" | "self" | "crate" | "super" | "metavariable" => {
            own(ExprKind::Name(text_of(node, text).into()))
        }
        "field_expression" => match (field("value"), field("field")) {
            (Some(object), Some(name)) => {
                own(ExprKind::Member(Box::new(expression(object, text, depth)), text_of(name, text).into()))
            }
            _ => Expr::other(span),
        },
        "scoped_identifier" | "scoped_type_identifier" => match (field("path"), field("name")) {
            (Some(path), Some(name)) => {
                own(ExprKind::Member(Box::new(expression(path, text, depth)), text_of(name, text).into()))
            }
            (None, Some(name)) => own(ExprKind::Name(text_of(name, text).into())),
            _ => Expr::other(span),
        },
        "generic_function" | "generic_type" | "generic_type_with_turbofish" => {
            let inner = field("function").or_else(|| field("type"));
            inner.map_or_else(|| Expr::other(span), |inner| expression(inner, text, depth))
        }
        "reference_expression" => {
            let inner = field("value");
            inner.map_or_else(|| Expr::other(span), |inner| expression(inner, text, depth))
        }
        "parenthesized_expression"
        | "await_expression"
        | "try_expression"
        | "expression_statement"
        | "return_expression" => match named(node).as_slice() {
            [inner] => expression(*inner, text, depth),
            _ => Expr::other(span),
        },
        "call_expression" => match (field("function"), field("arguments")) {
            (Some(function), Some(list)) => call(node, function, list, text, depth),
            _ => Expr::other(span),
        },
        "macro_invocation" => match field("macro").map(|name| text_of(name, text)) {
            Some("format" | "concat") => own(formatted(node, text)),
            _ => Expr::other(span),
        },
        _ => Expr::other(span),
    }
}

fn call(node: Node<'_>, function: Node<'_>, list: Node<'_>, text: &str, depth: usize) -> Expr {
    let values = arguments(list);
    if function.kind() == "field_expression"
        && let (Some(object), Some(name)) = (function.field("value"), function.field("field"))
        && (TRANSPARENT.contains(&text_of(name, text)) && values.len() <= 1
            // `OnceLock::get`, not the `get` of a map.
            || text_of(name, text) == "get" && values.is_empty())
    {
        return expression(object, text, depth);
    }
    if let [only] = values.as_slice()
        && CONVERSIONS.contains(&text_of(function, text))
    {
        return expression(only.value, text, depth);
    }
    let arguments = values.iter().map(|at| at.with(expression(at.value, text, depth))).collect();
    let callee = expression(function, text, depth);
    Expr { span: node.byte_range(), kind: ExprKind::Call(Box::new(callee), arguments) }
}

/// `format!("ff-{name}")` with inline names or one placeholder per following name, and `concat!` of literals.
fn formatted(node: Node<'_>, text: &str) -> ExprKind {
    let Some(tree) = named(node).into_iter().find(|child| child.kind() == "token_tree") else { return ExprKind::Other };
    let tokens = named(tree);
    let Some((first, rest)) = tokens.split_first() else { return ExprKind::Other };
    let literal = |node: &Node<'_>| match expression(*node, text, 2).kind {
        ExprKind::Literal(Value::String(content)) => Some(content),
        _ => None,
    };
    if node.field("macro").is_some_and(|name| text_of(name, text) == "concat") {
        return match tokens.iter().map(literal).collect::<Option<Vec<_>>>() {
            Some(parts) => ExprKind::Literal(Value::String(parts.concat())),
            None => ExprKind::Other,
        };
    }
    let Some(template) = literal(first) else { return ExprKind::Other };
    // Only plain names as arguments: one token each.
    let plain = rest.iter().all(|token| token.kind() == "identifier");
    let mut positional = rest.iter();
    let mut parts = Vec::new();
    let text_part =
        |content: &str| Expr { span: first.byte_range(), kind: ExprKind::Literal(Value::String(content.to_owned())) };
    let mut remaining = template.as_str();
    while let Some(open) = remaining.find(['{', '}']) {
        parts.push(text_part(&remaining[..open]));
        let tail = &remaining[open..];
        if tail.starts_with("{{") || tail.starts_with("}}") {
            parts.push(text_part(&tail[..1]));
            remaining = &tail[2..];
            continue;
        }
        let Some(close) = tail.find('}') else { return ExprKind::Other };
        let inside = if close == 0 { "" } else { &tail[1..close] };
        parts.push(match inside {
            "" => match positional.next() {
                Some(token) if plain => expression(*token, text, 2),
                _ => Expr::other(first.byte_range()),
            },
            name if name.chars().all(|at| at.is_alphanumeric() || at == '_')
                && !name.starts_with(|at: char| at.is_ascii_digit()) =>
            {
                Expr { span: first.byte_range(), kind: ExprKind::Name(name.into()) }
            }
            _ => Expr::other(first.byte_range()),
        });
        remaining = &tail[close + 1..];
    }
    parts.push(text_part(remaining));
    ExprKind::Join(parts)
}

fn integer(text: &str) -> Option<i64> {
    let mut digits = text.replace('_', "");
    for suffix in ["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"] {
        if let Some(rest) = digits.strip_suffix(suffix) {
            digits = rest.to_owned();
            break;
        }
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            return i64::from_str_radix(rest, radix).ok();
        }
    }
    digits.parse().ok()
}

fn float(text: &str) -> Option<f64> {
    let digits = text.replace('_', "");
    digits.trim_end_matches("f64").trim_end_matches("f32").parse().ok()
}

fn type_name(node: Node<'_>, text: &str, depth: usize) -> Option<Expr> {
    let depth = depth.checked_sub(1)?;
    match node.kind() {
        "type_identifier" | "identifier" | "scoped_type_identifier" | "scoped_identifier" => {
            Some(expression(node, text, depth))
        }
        "reference_type" | "pointer_type" => type_name(node.field("type")?, text, depth),
        "dynamic_type" | "abstract_type" => type_name(node.field("trait")?, text, depth),
        "generic_type" => {
            let outer = node.field("type")?;
            let name = text_of(outer, text);
            if !WRAPPERS.contains(&name.rsplit("::").next().unwrap_or(name)) {
                return type_name(outer, text, depth);
            }
            let inner = node.field("type_arguments")?;
            named(inner).into_iter().find_map(|inner| type_name(inner, text, depth))
        }
        _ => None,
    }
}

/// The names that a `use` tree brings.
fn uses(node: Node<'_>, before: &[CompactString], text: &str, depth: usize, result: &mut Vec<Import>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let path = |node: Node<'_>| -> Vec<CompactString> {
        let segments = text_of(node, text).split("::").map(|segment| CompactString::from(segment.trim()));
        before.iter().cloned().chain(segments.filter(|segment| !segment.is_empty())).collect()
    };
    let mut add = |local: Option<CompactString>, path: Vec<CompactString>| {
        result.push(Import { local, path, level: 0, span: node.byte_range(), scope: 0 });
    };
    match node.kind() {
        "use_as_clause" => {
            let alias = node.field("alias").map(|alias| text_of(alias, text).into());
            let mut full = node.field("path").map(path).unwrap_or_default();
            if full.last().is_some_and(|last| last == "self") {
                full.pop();
            }
            add(alias, full);
        }
        "use_wildcard" => {
            let inner = named(node).first().map(|inner| path(*inner));
            add(None, inner.unwrap_or_else(|| before.to_vec()));
        }
        "scoped_use_list" => {
            let inner = node.field("path").map_or_else(|| before.to_vec(), path);
            if let Some(list) = node.field("list") {
                uses(list, &inner, text, depth, result);
            }
        }
        "use_list" => {
            for child in named(node) {
                uses(child, before, text, depth, result);
            }
        }
        "self" if !before.is_empty() => add(before.last().cloned(), before.to_vec()),
        _ => {
            let full = path(node);
            add(full.last().cloned(), full);
        }
    }
}
