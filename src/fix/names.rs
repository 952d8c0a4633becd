//! Who binds a name and who reads it, within one file. Owns resolution by visibility ranges, which serves languages with
//! hoisted scopes and with lexical ones alike; what an identifier does is the language's answer. Does not look into other
//! files.

use std::collections::HashMap;

use super::syntax::Syntax;
use super::tree::{NodeId, Tree};
use crate::source::Span;

/// What an identifier does where it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Occurrence {
    /// It is no name of its own: a member, a keyword of a call, a path segment.
    None,
    /// It reads a name.
    Reference,
    /// It binds a name.
    Definition(Definition),
    /// It does something that resolution does not model (`global`, `del`): the name is left alone in the whole file.
    Unclear,
}

/// How a name is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// By a statement that does nothing else, and that binds nothing else: `x = v`, `let x = v;`.
    Simple,
    /// As a member that a declaration takes out of an object, and that can go without the others: `const { a, b } = v`.
    Member,
    /// Inside an expression that has the same value without the name: `(x := v)`.
    Inline,
    /// By any other assignment, pattern, loop or `with`.
    Other,
    /// As a parameter.
    Parameter,
    /// By an import.
    Import,
    /// As a function, class, type, constant or module.
    Item,
}

/// A place that binds a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// How.
    pub binding: Binding,
    /// Where the name means this.
    pub visible: Span,
    /// The scope (function, block, class, module). Bindings of one name in one scope are one variable where `hoisted`.
    pub scope: NodeId,
    /// Whether the scope shares its variables between bindings (Python) or each binding is its own variable (Rust).
    pub hoisted: bool,
    /// Visible only to code directly in the scope, not in functions nested in it (class bodies of Python).
    pub direct_only: bool,
    /// Whether the name can be reached from outside the file or the function: module and class level names.
    pub shared: bool,
    /// The statement that binds.
    pub statement: NodeId,
}

/// A variable with everything that binds and reads it.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What binds it: identifier and how.
    pub definitions: Vec<(NodeId, Definition)>,
    /// What reads it: identifiers, and strings or macros that mention it.
    pub references: Vec<NodeId>,
    /// Whether resolution gave up on it.
    pub unclear: bool,
}

/// All names of a file.
#[derive(Debug, Default)]
pub struct Names {
    /// The variables, in order of their first binding.
    pub variables: Vec<Variable>,
    /// Variables by the identifiers that bind them.
    pub by_definition: HashMap<NodeId, usize>,
    /// What reads names by other means, in order.
    readers: Vec<NodeId>,
}

impl Names {
    /// Resolves every identifier of a tree.
    pub fn new(tree: &Tree<'_>, syntax: &dyn Syntax) -> Self {
        let mut variables: Vec<Variable> = Vec::new();
        let mut by_scope: HashMap<(NodeId, &str), usize> = HashMap::new();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut reads: Vec<(NodeId, &str)> = Vec::new();
        let mut unclear: Vec<&str> = Vec::new();
        let mut readers: Vec<NodeId> = Vec::new();
        for node in tree.all() {
            if tree.get(node).named {
                readers.extend(syntax.reads_names_at_runtime(tree, node).then_some(node));
                reads.extend(syntax.mentions(tree, node).into_iter().map(|name| (node, name)));
            }
            if !tree.kind(node).contains("identifier") {
                continue;
            }
            let name = tree.text_of(node);
            match syntax.occurrence(tree, node) {
                Occurrence::None => {}
                Occurrence::Reference => reads.push((node, name)),
                Occurrence::Unclear => {
                    unclear.push(name);
                    reads.push((node, name));
                }
                Occurrence::Definition(definition) => {
                    let known = definition.hoisted.then(|| by_scope.get(&(definition.scope, name))).flatten();
                    let index = *known.unwrap_or(&variables.len());
                    if index == variables.len() {
                        by_scope.insert((definition.scope, name), index);
                        by_name.entry(name).or_default().push(index);
                        variables.push(Variable {
                            name: name.to_owned(),
                            definitions: Vec::new(),
                            references: Vec::new(),
                            unclear: false,
                        });
                    }
                    variables[index].definitions.push((node, definition));
                }
            }
        }
        for (node, name) in reads {
            if let Some(index) = by_name.get(name).and_then(|known| resolve(tree, syntax, &variables, known, node)) {
                variables[index].references.push(node);
            }
        }
        for name in unclear {
            for index in by_name.get(name).into_iter().flatten() {
                variables[*index].unclear = true;
            }
        }
        let by_definition = variables
            .iter()
            .enumerate()
            .flat_map(|(index, variable)| variable.definitions.iter().map(move |(node, _)| (*node, index)))
            .collect();
        Self { variables, by_definition, readers }
    }

    /// Whether code in a function can read its names by other means.
    pub fn are_read_at_runtime(&self, tree: &Tree<'_>, function: NodeId) -> bool {
        let within = tree.subtree(function);
        let next = self.readers.partition_point(|reader| *reader < within.start);
        self.readers.get(next).is_some_and(|reader| within.contains(reader))
    }

    /// Whether a name that is a check itself (`const { flag } = useFlags()`) is bound there and nowhere else; else why it
    /// cannot be decided.
    pub fn settles(&self, tree: &Tree<'_>, syntax: &dyn Syntax, node: NodeId) -> Result<(), String> {
        let Some(variable) = self.by_definition.get(&node).map(|index| &self.variables[*index]) else {
            return Ok(());
        };
        let alone = matches!(variable.definitions.as_slice(), [(_, definition)]
            if definition.binding == Binding::Member && !definition.shared);
        if alone && !variable.unclear && !self.are_read_at_runtime(tree, syntax.function_of(tree, node)) {
            return Ok(());
        }
        Err(format!("`{}` is assigned, exported or bound in another way as well", variable.name))
    }
}

/// The variable that a name means at a node: the one whose visibility starts last. All bindings of one variable are
/// visible in the same range, so its first one speaks for it.
fn resolve(
    tree: &Tree<'_>,
    syntax: &dyn Syntax,
    variables: &[Variable],
    known: &[usize],
    node: NodeId,
) -> Option<usize> {
    let at = tree.span(node).start;
    let mut best: Option<(usize, usize)> = None;
    for index in known.iter().rev() {
        let (_, definition) = &variables[*index].definitions[0];
        let starts_later = best.is_none_or(|(start, _)| definition.visible.start > start);
        if starts_later
            && definition.visible.contains(&at)
            && (!definition.direct_only || syntax.function_of(tree, node) == syntax.function_of(tree, definition.scope))
        {
            best = Some((definition.visible.start, *index));
        }
    }
    best.map(|(_, index)| index)
}
