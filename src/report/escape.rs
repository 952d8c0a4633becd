//! Makes text from the repository (paths, keys, owners, messages, source lines) safe for what it is printed into. Owns
//! which characters are dangerous; every format calls it.

use std::borrow::Cow;

/// Characters that steer a terminal or reorder a line: C0, DEL, C1, bidirectional controls, line and paragraph
/// separators.
pub(super) fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

/// A text on one line of a terminal: control characters are written as escapes.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_control(character) { escaped.extend(character.escape_default()) } else { escaped.push(character) }
    }
    Cow::Owned(escaped)
}

/// Several lines for a terminal: line ends and tabs stay, other control characters are written as escapes.
pub fn lines(text: &str) -> Cow<'_, str> {
    let dangerous = |character: char| is_control(character) && !matches!(character, '\n' | '\t');
    if !text.chars().any(dangerous) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if dangerous(character) { escaped.extend(character.escape_default()) } else { escaped.push(character) }
    }
    Cow::Owned(escaped)
}

/// A source text for frames: line ends and tabs stay, other control characters are replaced by printable ones with the
/// same number of bytes, so that spans still fit.
pub fn source(text: &str) -> Cow<'_, str> {
    let dangerous = |character: char| is_control(character) && !matches!(character, '\n' | '\r' | '\t');
    if !text.chars().any(dangerous) {
        return Cow::Borrowed(text);
    }
    let safe = |character: char| match character.len_utf8() {
        _ if !dangerous(character) => character,
        1 => '?',
        2 => '\u{B7}',
        _ => char::REPLACEMENT_CHARACTER,
    };
    Cow::Owned(text.chars().map(safe).collect())
}

/// A text inside a line or a table cell of Markdown, with nothing in it read as markup.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A mention would notify people, an issue number would link.
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '+' | '|' | '~' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ if is_control(character) => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A text as inline code in Markdown, fit for a table cell: the fence is longer than any run of backquotes in it.
pub fn markdown_code(text: &str) -> String {
    let clean: String = text.chars().map(|character| if is_control(character) { ' ' } else { character }).collect();
    // A pipe ends a table cell even inside code, and only the escape of tables is read there.
    // A backslash before one would escape the escape.
    let clean = clean.replace("\\|", "\\ |").replace('|', "\\|");
    let longest = clean.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 || clean.starts_with(' ') || clean.is_empty() { " " } else { "" };
    format!("{fence}{pad}{clean}{pad}{fence}")
}

/// A word for a POSIX shell, quoted only where needed.
pub fn shell(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{line, lines, markdown, markdown_code, shell, source};

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(line("a\nb\u{1b}[31m\u{202e}c"), "a\\nb\\u{1b}[31m\\u{202e}c");
        assert_eq!(lines("a\n\tb\r\u{9b}"), "a\n\tb\\r\\u{9b}");
        assert_eq!(line("plain ü"), "plain ü");
    }

    #[test]
    fn sources_keep_their_offsets() {
        let text = "a\u{1b}b\u{9b}c\u{202e}d\r\n\te";
        assert_eq!(source(text).len(), text.len());
        assert!(!source(text).contains(['\u{1b}', '\u{9b}', '\u{202e}']));
        assert!(source(text).ends_with("d\r\n\te"));
    }

    #[test]
    fn markdown_is_text() {
        assert_eq!(markdown("a|b <script> *x* @me #1"), "a\\|b &lt;script&gt; \\*x\\* &#64;me \\#1");
        assert_eq!(markdown_code("new`ui"), "`` new`ui ``");
        assert_eq!(markdown_code("a|b\nc"), "`a\\|b c`");
    }

    #[test]
    fn shell_words_are_quoted_where_needed() {
        assert_eq!(shell("new-ui=true"), "new-ui=true");
        assert_eq!(shell("a b'c"), "'a b'\\''c'");
    }
}
