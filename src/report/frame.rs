//! One place in a file with a caret below it, for errors about configuration, where no run and no sources exist yet.
//! Owns plain text only; diagnostics have frames of their own (see `text`).

use std::fmt::Write;
use std::ops::Range;

use crate::report::escape;
use crate::source::LineIndex;

/// Lines are cut to this many characters around the place.
const WIDTH: usize = 160;

/// `path:line:column: message`, the line, and carets below the span with a hint behind them.
pub fn frame(path: &str, text: &str, span: &Range<usize>, message: &str, hint: &str) -> String {
    let start = floor_boundary(text, span.start);
    let end = floor_boundary(text, span.end).max(start);
    let index = LineIndex::new(text);
    let (line, column) = index.line_column(text, start);
    let line_start = index.start(line - 1).unwrap_or(0);
    let content = text[line_start..].lines().next().unwrap_or_default();
    let safe = escape::source(content).replace('\t', " ");
    let from = column.saturating_sub(WIDTH / 2);
    let shown: String = safe.chars().skip(from).take(WIDTH).collect();
    let width = text[start..end].lines().next().map_or(0, |part| part.chars().count());
    let carets = "^".repeat(width.clamp(1, WIDTH / 2));
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let indent = " ".repeat(column - 1 - from.min(column - 1));
    let mut frame = format!("{}:{line}:{column}: {}", escape::line(path), escape::lines(message));
    let _ = write!(frame, "\n {gutter} |\n {number} | {shown}\n {gutter} | {indent}{carets}");
    if !hint.is_empty() {
        let _ = write!(frame, " {}", escape::line(hint));
    }
    frame
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::frame;

    #[test]
    fn a_frame_points_at_the_place() {
        let shown =
            frame("a.toml", "x = 1\nregistri = 2\n", &(6..14), "unknown key `registri`", "did you mean `registry`?");
        let expected =
            "a.toml:2:1: unknown key `registri`\n   |\n 2 | registri = 2\n   | ^^^^^^^^ did you mean `registry`?";
        assert_eq!(shown, expected);
        // Spans beyond the text, and inside a character, are no reason to panic.
        assert!(frame("a", "ü", &(1..99), "m", "").ends_with("| ^"));
        assert!(frame("a", "", &(0..0), "m", "").starts_with("a:1:1: m"));
    }
}
