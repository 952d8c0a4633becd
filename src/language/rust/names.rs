//! What an identifier does in Rust: binds, reads or neither; and what a `use` brings in.

use crate::fix::names::{Binding, Definition, Occurrence};
use crate::fix::syntax::{Assignment, ImportPart, Keyword};
use crate::fix::tree::{NodeId, Tree};
use crate::source::Span;

/// What an identifier does where it stands.
pub(super) fn occurrence(tree: &Tree<'_>, node: NodeId) -> Occurrence {
    if !matches!(tree.kind(node), "identifier" | "type_identifier" | "shorthand_field_identifier") {
        return Occurrence::None;
    }
    let Some(parent) = tree.parent(node) else { return Occurrence::None };
    if let Some(statement) = tree.ancestors(node).find(|outer| tree.kind(*outer) == "use_declaration") {
        return used(tree, node, statement);
    }
    match (tree.kind(parent), tree.field_of(node)) {
        ("scoped_identifier" | "scoped_type_identifier", Some("name")) => Occurrence::None,
        ("tuple_struct_pattern" | "struct_pattern", Some("type")) => Occurrence::Reference,
        (
            "function_item"
            | "struct_item"
            | "enum_item"
            | "union_item"
            | "trait_item"
            | "type_item"
            | "const_item"
            | "static_item"
            | "mod_item"
            | "macro_definition"
            | "function_signature_item",
            Some("name"),
        ) => item(tree, parent),
        ("enum_variant", Some("name")) | ("lifetime", _) | ("label", _) => Occurrence::None,
        ("type_parameter" | "const_parameter", Some("name")) => Occurrence::Unclear,
        _ => binding(tree, node).unwrap_or(Occurrence::Reference),
    }
}

fn define(binding: Binding, visible: Span, scope: NodeId, shared: bool, statement: NodeId) -> Occurrence {
    Occurrence::Definition(Definition {
        binding,
        visible,
        scope,
        hoisted: false,
        direct_only: false,
        shared,
        statement,
    })
}

fn item(tree: &Tree<'_>, node: NodeId) -> Occurrence {
    let scope = tree.parent(node).unwrap_or(0);
    define(Binding::Item, tree.span(scope), scope, true, node)
}

/// The innermost block around a node, or the root.
fn block_of(tree: &Tree<'_>, node: NodeId) -> NodeId {
    tree.ancestors(node).find(|outer| matches!(tree.kind(*outer), "block" | "declaration_list")).unwrap_or(0)
}

/// An identifier in a pattern binds, from where the pattern's owner says.
fn binding(tree: &Tree<'_>, node: NodeId) -> Option<Occurrence> {
    let mut inner = node;
    for outer in tree.ancestors(node) {
        let field = tree.field_of(inner);
        let span = tree.span(outer);
        match (tree.kind(outer), field) {
            ("let_declaration", Some("pattern")) => {
                let block = block_of(tree, outer);
                let mutable = tree.children(outer).any(|child| tree.kind(child) == "mutable_specifier");
                let simple = inner == node && !mutable && tree.field(outer, "alternative").is_none();
                let kind = if simple { Binding::Simple } else { Binding::Other };
                return Some(define(kind, span.end..tree.span(block).end, block, false, outer));
            }
            ("let_condition", Some("pattern")) => {
                let owner = tree
                    .ancestors(outer)
                    .find(|each| matches!(tree.kind(*each), "if_expression" | "while_expression" | "match_arm"));
                let end = owner
                    .and_then(|owner| {
                        tree.field(owner, "consequence").or(tree.field(owner, "body")).or(tree.field(owner, "value"))
                    })
                    .map_or(span.end, |body| tree.span(body).end);
                return Some(define(Binding::Other, span.end..end, outer, false, outer));
            }
            ("parameter", Some("pattern")) | ("closure_parameters", _) => {
                let owner = tree.ancestors(outer).find(|each| {
                    matches!(tree.kind(*each), "function_item" | "closure_expression" | "function_signature_item")
                })?;
                let visible = tree.field(owner, "body").map_or(tree.span(owner), |body| tree.span(body));
                return Some(define(Binding::Parameter, visible, owner, false, owner));
            }
            ("for_expression", Some("pattern")) => {
                let body = tree.field(outer, "body").map_or(span.clone(), |body| tree.span(body));
                return Some(define(Binding::Other, body, outer, false, outer));
            }
            ("match_arm", Some("pattern")) => {
                // A name in a pattern may be a constant: such names are in capitals.
                if tree.text_of(node).starts_with(|c: char| c.is_uppercase()) {
                    return Some(Occurrence::Reference);
                }
                return Some(define(Binding::Other, tree.span(inner).start..span.end, outer, false, outer));
            }
            ("match_pattern", Some("condition")) => return None,
            (kind, _) if kind.ends_with("_pattern") || matches!(kind, "match_pattern" | "parameter") => inner = outer,
            _ => return None,
        }
    }
    None
}

/// An identifier in a `use`: the last segment (or its alias) binds, the first one reads, others do neither.
fn used(tree: &Tree<'_>, node: NodeId, statement: NodeId) -> Occurrence {
    let Some(parent) = tree.parent(node) else { return Occurrence::None };
    let field = tree.field_of(node);
    let binds = match (tree.kind(parent), field) {
        ("use_as_clause", Some("alias")) => tree.text_of(node) != "_",
        ("use_declaration", Some("argument")) | ("use_list", _) => true,
        ("scoped_identifier", Some("name")) => {
            let grandparent = tree.parent(parent).map_or("", |grandparent| tree.kind(grandparent));
            matches!(grandparent, "use_declaration" | "use_list")
        }
        _ => false,
    };
    if binds {
        let scope = block_of(tree, statement);
        return define(Binding::Import, tree.span(scope), scope, true, statement);
    }
    let first = tree.span(node).start == tree.span(tree.field(statement, "argument").unwrap_or(node)).start;
    if first { Occurrence::Reference } else { Occurrence::None }
}

/// Names in format strings: `"{name}"`, `"{name:?}"` inside a macro.
pub(super) fn mentions<'t>(tree: &Tree<'t>, node: NodeId) -> Vec<&'t str> {
    let in_macro = tree.kind(node) == "string_literal"
        && tree.parent(node).is_some_and(|parent| tree.kind(parent) == "token_tree");
    if !in_macro {
        return Vec::new();
    }
    let text = tree.text_of(node);
    text.split('{')
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let name = &rest[..end];
            (rest[end..].starts_with(['}', ':']) && name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
                .then_some(name)
        })
        .collect()
}

/// Fields, methods, labels and the names of arguments in types: a module's names are reached by paths.
pub(super) fn is_key(tree: &Tree<'_>, node: NodeId) -> bool {
    matches!(tree.kind(node), "field_identifier" | "shorthand_field_identifier")
        || tree.parent(node).is_some_and(|parent| matches!(tree.kind(parent), "lifetime" | "label" | "enum_variant"))
}

/// What the member that an identifier names is taken out of.
pub(super) fn object_of(tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
    let parent = tree.parent(node).filter(|parent| tree.kind(*parent) == "field_expression")?;
    tree.field(parent, "value").filter(|value| *value != node)
}

/// The part of a `use` that brings in a name. Re-exports and glob imports are not touched.
pub(super) fn import_part(tree: &Tree<'_>, name: NodeId) -> Option<ImportPart> {
    let statement = tree.ancestors(name).find(|outer| tree.kind(*outer) == "use_declaration")?;
    if tree.children(statement).any(|child| tree.kind(child) == "visibility_modifier") {
        return None;
    }
    if tree.parent(statement).is_some_and(|parent| {
        tree.named_children(parent)
            .take_while(|sibling| *sibling < statement)
            .last()
            .is_some_and(|before| tree.kind(before) == "attribute_item")
    }) {
        return None;
    }
    let item = std::iter::once(name)
        .chain(tree.ancestors(name))
        .take_while(|node| !matches!(tree.kind(*node), "use_list" | "use_declaration"))
        .last()?;
    let list = tree.parent(item).filter(|parent| tree.kind(*parent) == "use_list");
    let whole = list.is_none_or(|list| {
        tree.named_children(list).count() == 1
            && !tree.ancestors(list).take_while(|outer| *outer != statement).any(|outer| tree.kind(outer) == "use_list")
    });
    let original = match tree.kind(item) {
        "use_as_clause" => tree.field(item, "path").map_or("", |path| tree.text_of(path)),
        _ => tree.text_of(item),
    };
    let module: Vec<&str> = tree
        .ancestors(item)
        .take_while(|outer| *outer != statement)
        .filter(|outer| tree.kind(*outer) == "scoped_use_list")
        .filter_map(|outer| tree.field(outer, "path").map(|path| tree.text_of(path)))
        .collect();
    let module: Vec<&str> = module.into_iter().rev().collect();
    Some(ImportPart {
        statement,
        item,
        list: list.filter(|_| !whole),
        module: module.join("::"),
        original: original.to_owned(),
        member: false,
    })
}

/// Methods of the standard library's types that change nothing.
const READING_METHODS: &[&str] = &[
    "as_bytes",
    "as_deref",
    "as_ref",
    "as_slice",
    "as_str",
    "clone",
    "cloned",
    "contains",
    "contains_key",
    "copied",
    "ends_with",
    "first",
    "get",
    "into_iter",
    "is_empty",
    "is_none",
    "is_some",
    "iter",
    "join",
    "keys",
    "last",
    "len",
    "lines",
    "split",
    "starts_with",
    "to_owned",
    "to_string",
    "to_vec",
    "trim",
    "unwrap",
    "values",
];

/// Macros that only look at what they are given.
const READING_MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "eprint",
    "eprintln",
    "error",
    "format",
    "info",
    "panic",
    "print",
    "println",
    "trace",
    "vec",
    "warn",
];

/// The statement `let name = value;`, `let mut name = value;` or `name = value;`.
pub(super) fn assignment(tree: &Tree<'_>, name: NodeId) -> Option<Assignment> {
    let at = tree.parent(name)?;
    match (tree.kind(at), tree.field_of(name)) {
        ("let_declaration", Some("pattern")) if tree.field(at, "alternative").is_none() => {
            let word = tree.children(at).find(|child| tree.kind(*child) == "let")?;
            let mutable = tree.children(at).find(|child| tree.kind(*child) == "mutable_specifier");
            let span = tree.span(word).start..tree.span(mutable.unwrap_or(word)).end;
            let keyword = Some(Keyword { span, constant: mutable.map(|_| "let") });
            let declared_type = tree.field(at, "type").map(|declared| format!(": {}", tree.text_of(declared)));
            Some(Assignment { statement: at, value: tree.field(at, "value"), keyword, declared_type })
        }
        ("assignment_expression", Some("left")) => {
            let statement = tree.parent(at).filter(|parent| tree.kind(*parent) == "expression_statement")?;
            let value = tree.field(at, "right");
            Some(Assignment { statement, value, keyword: None, declared_type: None })
        }
        _ => None,
    }
}

/// Whether a name is copied, moved or borrowed where it stands, and not changed. Methods may change what they are called on.
pub(super) fn only_reads(tree: &Tree<'_>, name: NodeId) -> bool {
    let Some(parent) = tree.parent(name) else { return false };
    match tree.kind(parent) {
        "arguments"
        | "array_expression"
        | "binary_expression"
        | "block"
        | "return_expression"
        | "shorthand_field_initializer"
        | "tuple_expression"
        | "unary_expression" => true,
        "field_initializer" | "let_declaration" | "match_arm" => tree.field_of(name) == Some("value"),
        "if_expression" | "while_expression" => tree.field_of(name) == Some("condition"),
        "field_expression" => {
            let method = tree.field(parent, "field").map_or("", |method| tree.text_of(method));
            let is_called = tree.parent(parent).is_some_and(|call| tree.kind(call) == "call_expression");
            is_called && tree.field(parent, "value") == Some(name) && READING_METHODS.contains(&method)
        }
        "reference_expression" => tree.child_of_kind(parent, "mutable_specifier").is_none(),
        "token_tree" => {
            tree.ancestors(name).find(|outer| tree.kind(*outer) == "macro_invocation").is_some_and(|call| {
                let word = tree.field(call, "macro").map_or("", |word| tree.text_of(word));
                // `format!("{}", x)` looks; what stands behind `&mut`, or is called, may be changed.
                let before = tree.text[..tree.span(name).start].trim_end();
                let behind = &tree.text[tree.span(name).end..];
                let method = behind.strip_prefix('.').map(|behind| behind.split('(').next().unwrap_or_default());
                READING_MACROS.contains(&word)
                    && !before.ends_with("mut")
                    && method.is_none_or(|method| READING_METHODS.contains(&method))
            })
        }
        _ => false,
    }
}
