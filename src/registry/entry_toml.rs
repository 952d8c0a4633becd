//! How a flag's entry leaves a TOML file: its line, or its tables with the comments above them. Owns the lines only; that
//! the result is right is checked by whoever asks.

use crate::source::Span;

/// The text without the entry, as far as lines can tell.
pub(super) fn without(text: &str, below: &[String], names: &[String], key: &Span, value: &Span) -> String {
    let lines = lines(text);
    let headers: Vec<usize> = (0..lines.len()).filter(|line| header(&text[lines[*line].clone()]).is_some()).collect();
    let is_own = |line: usize| {
        let path = header(&text[lines[line].clone()]).unwrap_or_default();
        path.starts_with(below) && path.get(below.len()).is_some_and(|name| names.contains(name))
    };
    let mut gone: Vec<Span> = Vec::new();
    for (index, line) in headers.iter().enumerate().filter(|(_, line)| is_own(**line)) {
        let next = headers.get(index + 1).map_or(lines.len(), |next| above(text, &lines, *next));
        gone.push(above(text, &lines, *line)..next);
    }
    let gone: Vec<Span> = if gone.is_empty() {
        let on = |offset: usize| lines.partition_point(|line| line.end <= offset);
        let first = on(key.start);
        let last = on(value.end.max(key.end).saturating_sub(1));
        std::iter::once(above(text, &lines, first)..last + 1).collect()
    } else {
        gone
    };
    let keeps = |line: &usize| !gone.iter().any(|span| span.contains(line));
    (0..lines.len()).filter(keeps).map(|line| &text[lines[line].clone()]).collect()
}

fn lines(text: &str) -> Vec<Span> {
    let mut start = 0;
    let line = |line: &str| {
        let span = start..start + line.len();
        start = span.end;
        span
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The first of the comment lines that stand right above a line.
fn above(text: &str, lines: &[Span], line: usize) -> usize {
    let is_comment = |line: usize| text[lines[line].clone()].trim_start().starts_with('#');
    let mut first = line;
    while first > 0 && is_comment(first - 1) {
        first -= 1;
    }
    // What stands at the very top speaks of the file.
    if first == 0 { line } else { first }
}

/// The path that a table's header names.
fn header(line: &str) -> Option<Vec<String>> {
    let inner = line.trim_start().strip_prefix('[')?;
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    let inner = &inner[..inner.rfind(']')?];
    let inner = inner.strip_suffix(']').unwrap_or(inner);
    let mut table: toml::Table = toml::from_str(&format!("{inner} = 0")).ok()?;
    let mut path = Vec::new();
    loop {
        let (key, value) = table.into_iter().next()?;
        path.push(key);
        match value {
            toml::Value::Table(inner) => table = inner,
            _ => return Some(path),
        }
    }
}
