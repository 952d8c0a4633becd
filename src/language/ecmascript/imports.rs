//! What imports bring in: of modules, of CommonJS, and re-exports. Owns the names; which file a specifier names is found out
//! by the resolver.

use compact_str::CompactString;
use tree_sitter::Node;

use super::members::members;
use super::scan::{arguments, named, property_name};
use crate::scan::facts::Import;
use crate::scan::{Field as _, text_of};

/// The names that a statement, or a declarator whose value is a `require`, brings.
pub(super) fn imports(node: Node<'_>, text: &str) -> Vec<Import> {
    let mut result = Vec::new();
    let mut add = |local: Option<CompactString>, path: Vec<CompactString>, at: Node<'_>| {
        result.push(Import { local, path, level: 0, span: at.byte_range(), scope: 0 });
    };
    let owned = |node: Node<'_>| CompactString::from(text_of(node, text));
    if node.kind() == "variable_declarator" {
        let (Some(name), Some(value)) = (node.field("name"), node.field("value")) else {
            return result;
        };
        let Some(module) = required(value, text) else { return result };
        match name.kind() {
            "identifier" => add(Some(owned(name)), module, name),
            "object_pattern" => {
                for (member, local) in members(name) {
                    let member = property_name(member, text).unwrap_or_else(|| owned(member));
                    add(Some(owned(local)), module.iter().cloned().chain([member]).collect(), local);
                }
            }
            _ => {}
        }
        return result;
    }
    let source = node.field("source").and_then(|source| property_name(source, text));
    let clause = named(node).into_iter().find(|child| {
        matches!(child.kind(), "import_clause" | "import_require_clause" | "export_clause" | "namespace_export")
    });
    if let Some(clause) = clause.filter(|clause| clause.kind() == "import_require_clause") {
        let source = clause.field("source").and_then(|source| property_name(source, text));
        if let (Some(source), Some(name)) = (source, named(clause).first()) {
            add(Some(owned(*name)), vec![source], *name);
        }
        return result;
    }
    let Some(source) = source else { return result };
    let Some(clause) = clause else {
        if node.kind() == "export_statement" {
            add(None, vec![source], node);
        }
        return result;
    };
    let mut specifiers = Vec::new();
    match clause.kind() {
        "export_clause" => specifiers = named(clause),
        "namespace_export" => {
            if let Some(name) = named(clause).first().and_then(|name| property_name(*name, text)) {
                add(Some(name), vec![source], clause);
            }
            return result;
        }
        _ => {
            for part in named(clause) {
                match part.kind() {
                    "identifier" => add(Some(owned(part)), vec![source.clone(), "default".into()], part),
                    "namespace_import" => {
                        if let Some(name) = named(part).first() {
                            add(Some(owned(*name)), vec![source.clone()], *name);
                        }
                    }
                    "named_imports" => specifiers = named(part),
                    _ => {}
                }
            }
        }
    }
    for specifier in specifiers {
        let Some(name) = specifier.field("name") else { continue };
        let name = property_name(name, text).unwrap_or_else(|| owned(name));
        let alias = specifier.field("alias");
        let local =
            alias.map_or_else(|| name.clone(), |alias| property_name(alias, text).unwrap_or_else(|| owned(alias)));
        add(Some(local), vec![source.clone(), name], specifier);
    }
    result
}

/// The path that a `require` names, with a member that is taken from it at once.
fn required(value: Node<'_>, text: &str) -> Option<Vec<CompactString>> {
    if value.kind() == "member_expression" {
        let mut path = required_module(value.field("object")?, text)?;
        path.push(text_of(value.field("property")?, text).into());
        return Some(path);
    }
    required_module(value, text)
}

fn required_module(value: Node<'_>, text: &str) -> Option<Vec<CompactString>> {
    let function = value.field("function")?;
    if function.kind() != "identifier" || text_of(function, text) != "require" {
        return None;
    }
    match arguments(value.field("arguments")?).as_slice() {
        [only] if only.value.kind() == "string" => Some(vec![property_name(only.value, text)?]),
        _ => None,
    }
}
