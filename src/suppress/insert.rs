//! Puts comments beside diagnostics. Owns where they can stand, and the proof that each is one: the tokens of the file stay
//! the same, and the comment is found again, about its line.

use crate::language::Language;
use crate::source::{LineIndex, SourceId};

use super::{MARKER, Scope, in_text};

/// Adds a comment for each line (from 0) that names what it ignores. Returns the text, and the lines for which there is no
/// place.
pub fn insert(text: &str, language: &Language, lines: &[(usize, Vec<String>)], reason: &str) -> (String, Vec<usize>) {
    let reason: String = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut current = text.to_owned();
    let mut without = Vec::new();
    // From the bottom, so that the lines above keep their numbers.
    for (line, names) in lines.iter().rev() {
        let behind = if reason.is_empty() { String::new() } else { format!(" {reason}") };
        let body = format!("{MARKER} ignore[{}]{behind}", names.join(", "));
        match candidates(&current, language, *line, &body)
            .into_iter()
            .find(|(text, at)| fits(&current, text, language, *at))
        {
            Some((text, _)) => current = text,
            None => without.push(*line),
        }
    }
    without.reverse();
    (current, without)
}

/// The text with the comment behind the line, or above it; and the line that the comment is to be about.
fn candidates(text: &str, language: &Language, line: usize, body: &str) -> Vec<(String, usize)> {
    let index = LineIndex::new(text);
    let Some(start) = index.start(line) else { return Vec::new() };
    let end = index.start(line + 1).unwrap_or(text.len());
    let content = text[start..end].trim_end_matches(['\n', '\r']);
    let at = start + content.len();
    let (open, close) = match language.name {
        "python" => ("# ", ""),
        "jinja" => ("{# ", " #}"),
        _ => ("// ", ""),
    };
    let gap = if content.ends_with(char::is_whitespace) { "" } else { "  " };
    let indent = &content[..content.len() - content.trim_start().len()];
    let line_end = match &text[at..end] {
        "" => "\n",
        found => found,
    };
    let behind = format!("{}{gap}{open}{body}{close}{}", &text[..at], &text[at..]);
    let above = format!("{}{indent}{open}{body}{close}{line_end}{}", &text[..start], &text[start..]);
    // A line of its own may be seen in what a template puts out.
    if language.name == "jinja" { vec![(behind, line)] } else { vec![(behind, line), (above, line + 1)] }
}

fn fits(before: &str, after: &str, language: &Language, line: usize) -> bool {
    let of = |text: &str| in_text(SourceId(0), text, language);
    let old = of(before).len();
    let new = of(after);
    let about = new.iter().filter(|one| one.scope == Scope::Line(line) && one.problem.is_none()).count();
    new.len() == old + 1 && about > 0 && tokens(before, language) == tokens(after, language)
}

/// The leaves of the tree that are no comments, and whether it holds errors.
fn tokens(text: &str, language: &Language) -> (Vec<String>, bool) {
    let code = language.read(text);
    let masked = code.masked.as_ref().map_or(text, |masked| &masked.text);
    let mut cursor = code.tree.walk();
    let mut found = Vec::new();
    loop {
        let node = cursor.node();
        let is_comment = node.is_extra() && node.kind().contains("comment");
        if !is_comment && cursor.goto_first_child() {
            continue;
        }
        if !is_comment && node.child_count() == 0 {
            found.push(masked[node.byte_range()].trim().to_owned());
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return (found, code.broken().is_some());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::insert;
    use crate::language;

    fn check(name: &str, text: &str, line: usize, expected: &str, without: &[usize]) {
        let language = language::by_name(name).expect("the language exists");
        let (written, missing) = insert(text, language, &[(line, vec!["stale-flag".into()])], "later\nplease");
        assert_eq!((written.as_str(), missing.as_slice()), (expected, without));
    }

    #[test]
    fn comments_stand_where_they_are_comments() {
        check(
            "python",
            "x = on('a')\r\ny = 1\n",
            0,
            "x = on('a')  # flag-sweep: ignore[stale-flag] later please\r\ny = 1\n",
            &[],
        );
        check(
            "rust",
            "fn f() { on(\"a\"); }",
            0,
            "fn f() { on(\"a\"); }  // flag-sweep: ignore[stale-flag] later please",
            &[],
        );
        check(
            "jinja",
            "{% if on('a') %}x{% endif %}\n",
            0,
            "{% if on('a') %}x{% endif %}  {# flag-sweep: ignore[stale-flag] later please #}\n",
            &[],
        );
        // Behind the line it would be a part of the text that goes on.
        let text = "f(on('a'), '''\n''')\n";
        check("python", text, 0, "# flag-sweep: ignore[stale-flag] later please\nf(on('a'), '''\n''')\n", &[]);
        let text = "const a = <p>\n  {on('a') && <b/>} words\n</p>;\n";
        check("tsx", text, 1, text, &[1]);
    }
}
