//! Lists of cases in Python's tests: `pytest.mark.parametrize`, `ddt.data`, `parameterized.expand`, and loops over literals.
//! Owns how such a list is written; which cases go is decided in `fix/pins`.

use super::fold::literal;
use super::pins::{Tests, decorators};
use crate::fix::pins::{Cases, Change, Role, TestSyntax, removal};
use crate::fix::residue::item_spans;
use crate::fix::tree::{NodeId, Tree};
use crate::value::Value;

const ELSEWHERE: &str = "its cases are not written where the test is";

/// The list of values that a name takes: of a parameter, or of the variable of a loop.
pub(super) fn cases(tree: &Tree<'_>, name: NodeId) -> Option<Result<Cases, String>> {
    let around = tree.parent(name)?;
    if tree.kind(around) == "for_statement" && tree.field_of(name) == Some("left") {
        return of_loop(tree, around);
    }
    let list = tree.ancestors(name).find(|outer| tree.kind(*outer) == "parameters")?;
    let function = tree.parent(list)?;
    let part = Tests.part(tree, function).filter(|part| part.role == Role::Test)?;
    let parameters: Vec<NodeId> = tree.named_children(list).collect();
    let own = parameters.iter().position(|parameter| tree.contains(*parameter, name))?;
    let receiver = parameters.first().is_some_and(|first| matches!(tree.text_of(*first), "self" | "cls"));
    let mut found = None;
    for decorator in decorators(tree, function) {
        let Some(call) = tree.named_children(decorator).next().filter(|call| tree.kind(*call) == "call") else {
            continue;
        };
        let called = tree.field(call, "function").map_or("", |function| tree.text_of(function));
        let column = own.checked_sub(usize::from(receiver));
        let read = match called.rsplit('.').next() {
            Some("parametrize") => parametrize(tree, decorator, call, tree.text_of(name)),
            Some("data") => column.map(|column| data(tree, function, (decorator, call), column)),
            Some("expand") if called.ends_with("parameterized.expand") => {
                column.map(|column| expand(tree, decorator, call, column))
            }
            _ => None,
        };
        if let Some(read) = read {
            // Two lists are multiplied with each other; of one name there can be one only.
            if found.is_some() {
                return Some(Err("its cases come from two lists".into()));
            }
            found = Some(read);
        }
    }
    let mut found = match found? {
        Ok(cases) => cases,
        Err(reason) => return Some(Err(reason)),
    };
    found.header.extend(item_spans(tree, &parameters, &[parameters[own]]).into_iter().map(Change::Cut));
    found.whole = removal(tree, &Tests, &part);
    found.title = format!("delete the test `{}`", part.name);
    found.scope = part.whole;
    Some(Ok(found))
}

/// `for enabled in (True, False):`, of which one round is left.
fn of_loop(tree: &Tree<'_>, statement: NodeId) -> Option<Result<Cases, String>> {
    let body = tree.field(statement, "body")?;
    let values = tree.field(statement, "right")?;
    if !matches!(tree.kind(values), "list" | "tuple") {
        return None;
    }
    let leaves = |node: NodeId| {
        let inner = tree
            .ancestors(node)
            .take_while(|outer| *outer != body)
            .any(|outer| matches!(tree.kind(outer), "for_statement" | "while_statement" | "function_definition"));
        matches!(tree.kind(node), "break_statement" | "continue_statement") && !inner
    };
    if tree.field(statement, "alternative").is_some() || tree.subtree(body).any(leaves) {
        return Some(Err("the loop over its cases can be left early".into()));
    }
    Some(Ok(Cases {
        cells: tree.named_children(values).filter(|child| !tree.get(*child).extra).collect(),
        header: vec![Change::Lift(statement, body)],
        whole: vec![Change::Remove(statement)],
        title: "remove the loop over the cases".into(),
        scope: statement,
        ..Cases::default()
    }))
}

/// `@pytest.mark.parametrize("enabled, expected", [(True, 1), (False, 2)])`
fn parametrize(tree: &Tree<'_>, decorator: NodeId, call: NodeId, name: &str) -> Option<Result<Cases, String>> {
    let arguments = Arguments::of(tree, call)?;
    let header = arguments.get(tree, 0, "argnames")?;
    let values = arguments.get(tree, 1, "argvalues");
    let text = |node: NodeId| match literal(tree, node) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let listed: Vec<NodeId> = match tree.kind(header) {
        "list" | "tuple" => tree.named_children(header).collect(),
        _ => Vec::new(),
    };
    let names: Vec<String> = if listed.is_empty() {
        text(header)?.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    } else {
        listed.iter().map(|each| text(*each)).collect::<Option<_>>()?
    };
    let column = names.iter().position(|each| each == name)?;
    if arguments.named(tree, "indirect").is_some() {
        return Some(Err("its cases go through a fixture".into()));
    }
    let Some(rows) = values.and_then(|values| rows(tree, values)) else { return Some(Err(ELSEWHERE.into())) };
    let bare = names.len() == 1 && listed.is_empty();
    let mut found = match table(tree, &rows, column, names.len(), bare) {
        Ok(found) => found,
        Err(reason) => return Some(Err(reason)),
    };
    if let Some(ids) = arguments.named(tree, "ids") {
        match rows_of(tree, ids) {
            Some(ids) if ids.len() == rows.len() => found.lists.push(ids),
            Some(_) => return Some(Err("its cases have another number of names".into())),
            // A function of the values, which are fewer or shorter.
            None if names.len() == 1 => {}
            None => return Some(Err("the names of its cases are computed".into())),
        }
    }
    if names.len() == 1 {
        found.header.push(Change::Remove(decorator));
        return Some(Ok(found));
    }
    if !listed.is_empty() && names.len() == 2 {
        // One name in a list would still ask for tuples.
        let other = listed.get(1 - column).copied()?;
        found.header.extend(unwrap(tree, header, other));
    } else if !listed.is_empty() {
        found.header.extend(item_spans(tree, &listed, &[listed[column]]).into_iter().map(Change::Cut));
    } else {
        let span = tree.span(tree.child_of_kind(header, "string_content")?);
        let comma = if tree.text[span.clone()].contains(", ") { ", " } else { "," };
        let left: Vec<&str> = names.iter().map(String::as_str).filter(|each| *each != name).collect();
        found.header.push(Change::Replace(span, left.join(comma)));
    }
    Some(Ok(found))
}

/// `@ddt.data(True, False)`, with `@ddt.unpack` for rows of several values.
fn data(
    tree: &Tree<'_>,
    function: NodeId,
    (decorator, call): (NodeId, NodeId),
    column: usize,
) -> Result<Cases, String> {
    let arguments = Arguments::of(tree, call).ok_or(ELSEWHERE)?;
    let spread = |row: &NodeId| matches!(tree.kind(*row), "list_splat" | "dictionary_splat");
    if !arguments.by_name.is_empty() || arguments.rows.iter().any(spread) {
        return Err(ELSEWHERE.into());
    }
    let unpack = decorators(tree, function).find(|decorator| {
        let name = tree.named_children(*decorator).next().map_or("", |name| tree.text_of(name));
        name.rsplit('.').next() == Some("unpack")
    });
    let Some(unpack) = unpack else {
        if column > 0 {
            return Err("its cases do not say which parameter they fill".into());
        }
        let mut found = table(tree, &arguments.rows, 0, 1, true)?;
        found.header.push(Change::Remove(decorator));
        return Ok(found);
    };
    let first = arguments.rows.first().map_or(0, |row| tree.named_children(*row).count());
    let mut found = table(tree, &arguments.rows, column, first, false)?;
    match first {
        1 => found.header.extend([Change::Remove(decorator), Change::Remove(unpack)]),
        2 => found.header.push(Change::Remove(unpack)),
        _ => {}
    }
    Ok(found)
}

/// `@parameterized.expand([(True, 1), (False, 2)])`
fn expand(tree: &Tree<'_>, decorator: NodeId, call: NodeId, column: usize) -> Result<Cases, String> {
    let arguments = Arguments::of(tree, call).ok_or(ELSEWHERE)?;
    let rows = arguments.get(tree, 0, "input").and_then(|values| rows(tree, values)).ok_or(ELSEWHERE)?;
    let is_row = |row: &NodeId| matches!(tree.kind(*row), "tuple" | "list");
    let width = rows.first().filter(|row| is_row(row)).map_or(1, |row| tree.named_children(*row).count());
    let bare = rows.iter().all(|row| !is_row(row));
    let mut found = table(tree, &rows, column, width, bare)?;
    if width == 2 {
        // Rows have to be tuples, those of one value as well.
        let cells = rows.iter().zip(&found.cells).map(|(row, cell)| alone(tree, *row, *cell));
        found.columns = cells.collect();
    }
    if width == 1 {
        found.header.push(Change::Remove(decorator));
    }
    Ok(found)
}

/// The entries of a literal list.
fn rows(tree: &Tree<'_>, values: NodeId) -> Option<Vec<NodeId>> {
    let rows = rows_of(tree, values)?;
    (!rows.iter().any(|row| tree.kind(*row) == "list_splat")).then_some(rows)
}

fn rows_of(tree: &Tree<'_>, values: NodeId) -> Option<Vec<NodeId>> {
    let entries = || tree.named_children(values).filter(|child| !tree.get(*child).extra);
    matches!(tree.kind(values), "list" | "tuple").then(|| entries().collect())
}

/// Reads one column of rows; a bare row is the value itself.
fn table(tree: &Tree<'_>, rows: &[NodeId], column: usize, width: usize, bare: bool) -> Result<Cases, String> {
    let mut found = Cases { lists: vec![rows.to_vec()], ..Cases::default() };
    for row in rows {
        let called = tree.field(*row, "function").map_or("", |function| tree.text_of(function));
        let is_param = called.rsplit('.').next() == Some("param");
        let values = match tree.kind(*row) {
            "call" if is_param => {
                let arguments = Arguments::of(tree, *row).ok_or(ELSEWHERE)?;
                if width == 1 && arguments.named(tree, "marks").is_some() {
                    return Err("one of its cases is marked".into());
                }
                arguments.rows
            }
            _ if bare => vec![*row],
            "tuple" | "list" => tree.named_children(*row).filter(|child| !tree.get(*child).extra).collect(),
            _ => return Err(ELSEWHERE.into()),
        };
        if values.len() != width || values.iter().any(|value| tree.kind(*value).ends_with("splat")) {
            return Err(ELSEWHERE.into());
        }
        let cell = *values.get(column).ok_or(ELSEWHERE)?;
        found.cells.push(cell);
        if width > 1 {
            let going = match (values.as_slice(), is_param) {
                ([first, second], false) => unwrap(tree, *row, if *first == cell { *second } else { *first }),
                _ => item_spans(tree, &values, &[cell]).into_iter().map(Change::Cut).collect(),
            };
            found.columns.push(going);
        }
    }
    Ok(found)
}

/// What goes for one of two entries to stand alone, without what is around them.
fn unwrap(tree: &Tree<'_>, row: NodeId, left: NodeId) -> Vec<Change> {
    let (outer, inner) = (tree.span(row), tree.span(left));
    vec![Change::Cut(outer.start..inner.start), Change::Cut(inner.end..outer.end)]
}

/// What goes for one of two entries to go, where the other one stays in a tuple.
fn alone(tree: &Tree<'_>, row: NodeId, cell: NodeId) -> Vec<Change> {
    let others = tree.named_children(row).filter(|child| *child != cell && !tree.get(*child).extra);
    let Some(other) = others.last() else { return Vec::new() };
    let (span, left) = (tree.span(cell), tree.span(other));
    let comma = if tree.kind(row) == "tuple" { "," } else { "" };
    if cell < other {
        let open = tree.text[left.end..].trim_start().starts_with(',');
        let comma = Change::Replace(left.end..left.end, if open { "" } else { comma }.to_owned());
        return vec![Change::Cut(span.start..left.start), comma];
    }
    let behind = tree.text[span.end..tree.span(row).end].find(',').map_or(span.end, |at| span.end + at + 1);
    vec![Change::Replace(left.end..behind, comma.to_owned())]
}

/// The arguments of a call, comments left out.
struct Arguments {
    rows: Vec<NodeId>,
    by_name: Vec<NodeId>,
}

impl Arguments {
    fn of(tree: &Tree<'_>, call: NodeId) -> Option<Self> {
        let list = tree.field(call, "arguments")?;
        let given = tree.named_children(list).filter(|child| !tree.get(*child).extra);
        let (by_name, rows) = given.partition(|argument| tree.kind(*argument) == "keyword_argument");
        Some(Self { rows, by_name })
    }

    fn named(&self, tree: &Tree<'_>, name: &str) -> Option<NodeId> {
        let is_it = |argument: &&NodeId| tree.field(**argument, "name").is_some_and(|at| tree.text_of(at) == name);
        self.by_name.iter().find(is_it).and_then(|argument| tree.field(*argument, "value"))
    }

    fn get(&self, tree: &Tree<'_>, index: usize, name: &str) -> Option<NodeId> {
        self.rows.get(index).copied().or_else(|| self.named(tree, name))
    }
}
