//! Lists of cases in tests of JavaScript and TypeScript: `it.each([...])("title", (value) => …)` with values, rows or objects,
//! and loops over literals. Owns how such a list is written; which cases go is decided in `fix/pins`.

use super::pins::{Tests, call};
use crate::fix::pins::{Cases, Change, removal};
use crate::fix::residue::item_spans;
use crate::fix::tree::{NodeId, Tree};
use crate::source::Span;

const ELSEWHERE: &str = "its cases are not written where the test is";

/// The list of values that a name takes: of a parameter, a member of one, or the variable of a loop.
pub(super) fn cases(tree: &Tree<'_>, name: NodeId) -> Option<Result<Cases, String>> {
    let around = tree.parent(name)?;
    if tree.kind(around) == "for_in_statement" && tree.field_of(name) == Some("left") {
        return of_loop(tree, around);
    }
    let function =
        tree.ancestors(name).find(|outer| matches!(tree.kind(*outer), "arrow_function" | "function_expression"))?;
    let arguments = tree.parent(function).filter(|list| tree.kind(*list) == "arguments")?;
    let test = tree.parent(arguments)?;
    let lister = tree.field(test, "function").filter(|lister| tree.kind(*lister) == "call_expression")?;
    let each = tree.field(lister, "function").filter(|each| tree.kind(*each) == "member_expression")?;
    if tree.field(each, "property").is_none_or(|property| tree.text_of(property) != "each") {
        return None;
    }
    let part = call(tree, test)?;
    let mut found = match of_each(tree, name, (test, function), (lister, each)) {
        Ok(found) => found,
        Err(reason) => return Some(Err(reason)),
    };
    found.whole = removal(tree, &Tests, &part);
    found.title = format!("delete the test `{}`", part.name);
    found.scope = part.whole;
    Some(Ok(found))
}

fn of_each(
    tree: &Tree<'_>,
    name: NodeId,
    (test, function): (NodeId, NodeId),
    (lister, each): (NodeId, NodeId),
) -> Result<Cases, String> {
    let given = tree.field(lister, "arguments").ok_or(ELSEWHERE)?;
    if tree.kind(given) == "template_string" {
        return Err("its cases are the lines of a text".into());
    }
    let values: Vec<NodeId> = entries(tree, given);
    let [values] = values.as_slice() else { return Err(ELSEWHERE.into()) };
    // `as const` only says what the type checker makes of them.
    let values = match tree.kind(*values) {
        "as_expression" => tree.named_children(*values).next().unwrap_or(*values),
        _ => *values,
    };
    let rows = entries(tree, values);
    let spread = |row: &NodeId| tree.kind(*row) == "spread_element";
    if tree.kind(values) != "array" || rows.is_empty() || rows.iter().any(spread) {
        return Err(ELSEWHERE.into());
    }
    let list = tree.field(function, "parameters");
    let parameters = match list {
        Some(list) => entries(tree, list),
        None => tree.field(function, "parameter").into_iter().collect(),
    };
    let own = parameters.iter().position(|parameter| tree.contains(*parameter, name)).ok_or(ELSEWHERE)?;
    let title = tree.field(test, "arguments").and_then(|list| tree.named_children(list).next());
    let title = title.filter(|title| matches!(tree.kind(*title), "string" | "template_string"));
    // `.each([...])` with what stands before it.
    let listing = Change::Cut(tree.span(tree.field(each, "object").ok_or(ELSEWHERE)?).end..tree.span(lister).end);
    let typed = tree.child_of_kind(lister, "type_arguments").is_some();
    let mut found = Cases { lists: vec![rows.clone()], ..Cases::default() };
    let parameter = || -> Vec<Change> {
        match list {
            Some(_) => item_spans(tree, &parameters, &[parameters[own]]).into_iter().map(Change::Cut).collect(),
            None => vec![Change::Replace(tree.span(parameters[own]), "()".to_owned())],
        }
    };
    if let Some(pattern) = tree.subtree(parameters[own]).find(|inner| tree.kind(*inner) == "object_pattern") {
        let members = entries(tree, pattern);
        let taken = members.iter().copied().find(|member| tree.contains(*member, name)).ok_or(ELSEWHERE)?;
        let key = match tree.kind(taken) {
            "shorthand_property_identifier_pattern" => taken,
            "pair_pattern" if tree.field(taken, "value") == Some(name) => tree.field(taken, "key").ok_or(ELSEWHERE)?,
            _ => return Err("its cases have defaults".into()),
        };
        let key = tree.text_of(key);
        let mut alone = true;
        for row in &rows {
            let pairs = entries(tree, *row);
            let is_it = |pair: &&NodeId| tree.field(**pair, "key").is_some_and(|at| tree.text_of(at) == key);
            let plain = |pair: &NodeId| tree.kind(*pair) == "pair";
            if tree.kind(*row) != "object" || !pairs.iter().all(plain) || parameters.len() > 1 {
                return Err(ELSEWHERE.into());
            }
            let pair = *pairs.iter().find(is_it).ok_or(ELSEWHERE)?;
            found.cells.push(tree.field(pair, "value").ok_or(ELSEWHERE)?);
            found.columns.push(item_spans(tree, &pairs, &[pair]).into_iter().map(Change::Cut).collect());
            alone &= pairs.len() == 1;
        }
        if members.len() == 1 {
            found.header.extend(parameter());
        } else {
            found.header.extend(item_spans(tree, &members, &[taken]).into_iter().map(Change::Cut));
        }
        if alone {
            found.columns.clear();
            found.header.push(listing);
        } else if typed {
            return Err("the types of its cases are written out".into());
        }
        found.shown = title.map(|title| placeholders(tree, title, &format!("${key}"))).unwrap_or_default();
        return Ok(found);
    }
    let bare = parameters.len() == 1 && rows.iter().all(|row| tree.kind(*row) != "array");
    let mut width = 1;
    for (index, row) in rows.iter().enumerate() {
        let values = if bare { vec![*row] } else { entries(tree, *row) };
        let fits = index == 0 || values.len() == width;
        if !fits || !bare && tree.kind(*row) != "array" || values.iter().any(spread) {
            return Err(ELSEWHERE.into());
        }
        width = values.len();
        let cell = *values.get(own).ok_or(ELSEWHERE)?;
        found.cells.push(cell);
        if width > 1 {
            found.columns.push(item_spans(tree, &values, &[cell]).into_iter().map(Change::Cut).collect());
        }
    }
    if width == 1 {
        found.header.push(listing);
    } else if typed {
        return Err("the types of its cases are written out".into());
    }
    found.header.extend(parameter());
    found.shown = title.and_then(|title| placeholder(tree, title, own)).into_iter().collect();
    Ok(found)
}

/// `for (const enabled of [true, false]) { … }`, of which one round is left.
fn of_loop(tree: &Tree<'_>, statement: NodeId) -> Option<Result<Cases, String>> {
    let body = tree.field(statement, "body").filter(|body| tree.kind(*body) == "statement_block")?;
    let values = tree.field(statement, "right").filter(|values| tree.kind(*values) == "array")?;
    let declares = tree.field(statement, "kind").is_some_and(|kind| matches!(tree.text_of(kind), "const" | "let"));
    let is_of = tree.field(statement, "operator").is_some_and(|operator| tree.text_of(operator) == "of");
    if !declares || !is_of || tree.children(statement).any(|child| tree.kind(child) == "await") {
        return None;
    }
    if tree.subtree(body).any(|node| matches!(tree.kind(node), "break_statement" | "continue_statement")) {
        return Some(Err("the loop over its cases can be left early".into()));
    }
    Some(Ok(Cases {
        cells: entries(tree, values),
        header: vec![Change::Lift(statement, body)],
        whole: vec![Change::Remove(statement)],
        title: "remove the loop over the cases".into(),
        scope: statement,
        ..Cases::default()
    }))
}

fn entries(tree: &Tree<'_>, list: NodeId) -> Vec<NodeId> {
    tree.named_children(list).filter(|child| !tree.get(*child).extra).collect()
}

/// Where a title names a value: `$enabled`.
fn placeholders(tree: &Tree<'_>, title: NodeId, word: &str) -> Vec<Span> {
    let start = tree.span(title).start;
    let text = tree.text_of(title);
    let goes_on = |end: usize| text[end..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
    let found = text.match_indices(word).map(|(at, found)| at..at + found.len());
    found.filter(|span| !goes_on(span.end)).map(|span| start + span.start..start + span.end).collect()
}

/// Where a title shows the value at a position: the second `%s` shows the second one.
fn placeholder(tree: &Tree<'_>, title: NodeId, position: usize) -> Option<Span> {
    let start = tree.span(title).start;
    let bytes = tree.text_of(title).as_bytes();
    let (mut at, mut shown) = (0, 0);
    while at + 1 < bytes.len() {
        if bytes[at] != b'%' {
            at += 1;
            continue;
        }
        if b"psdifjoO".contains(&bytes[at + 1]) {
            if shown == position {
                return Some(start + at..start + at + 2);
            }
            shown += 1;
        }
        at += 2;
    }
    None
}
