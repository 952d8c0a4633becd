//! Literals of JavaScript: escape sequences and numbers. Owns what a text means; does not find literals.

use crate::value::Value;

/// Decodes backslash sequences. `None` when one is malformed.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            result.push(character);
            continue;
        }
        match rest.next()? {
            'n' => result.push('\n'),
            't' => result.push('\t'),
            'r' => result.push('\r'),
            'b' => result.push('\u{8}'),
            'f' => result.push('\u{c}'),
            'v' => result.push('\u{b}'),
            'x' => result.push(hexadecimal(&mut rest, 2)?),
            'u' if rest.as_str().starts_with('{') => {
                let (digits, behind) = rest.as_str()[1..].split_once('}')?;
                result.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                rest = behind.chars();
            }
            'u' => result.push(hexadecimal(&mut rest, 4)?),
            '\r' => rest = rest.as_str().strip_prefix('\n').unwrap_or(rest.as_str()).chars(),
            '\n' | '\u{2028}' | '\u{2029}' => {}
            '0' if !rest.as_str().starts_with(|next: char| next.is_ascii_digit()) => result.push('\0'),
            '0'..='9' => return None,
            other => result.push(other),
        }
    }
    Some(result)
}

fn hexadecimal(rest: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let text = rest.as_str().get(..digits)?;
    let code = u32::from_str_radix(text, 16).ok()?;
    *rest = rest.as_str()[digits..].chars();
    char::from_u32(code)
}

/// The value of a number; `None` for what is none of the two kinds (`1n`).
pub(super) fn number(text: &str) -> Option<Value> {
    let digits = text.replace('_', "").to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            return i64::from_str_radix(rest, radix).ok().map(Value::Int);
        }
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // `017` is octal, and nobody means it.
        let octal = digits.len() > 1 && digits.starts_with('0');
        return if octal { None } else { digits.parse().ok().map(Value::Int) };
    }
    let number: f64 = digits.parse().ok()?;
    (number.is_finite() && digits.starts_with(|at: char| at.is_ascii_digit() || at == '.'))
        .then_some(Value::Float(number))
}

/// A quoted text without the quotes.
pub(super) fn unquoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    text.strip_prefix(quote)?.strip_suffix(quote)
}

#[cfg(test)]
mod tests {
    use super::{number, unescape};
    use crate::value::Value;

    #[test]
    fn sequences_are_decoded_as_the_language_does() {
        for (text, expected) in [
            ("plain", Some("plain")),
            (r"a\x2db\u0041\u{1F600}\q", Some("a-bA\u{1F600}q")),
            ("a\\\nb\\\r\nc", Some("abc")),
            (r"\0", Some("\0")),
            (r"\01", None),
            (r"\u{110000}", None),
            (r"\xé", None),
            ("\\", None),
        ] {
            assert_eq!(unescape(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_read_by_their_spelling() {
        for (text, expected) in [
            ("1_000", Some(Value::Int(1000))),
            ("0xff", Some(Value::Int(255))),
            ("1.50", Some(Value::Float(1.5))),
            (".5e1", Some(Value::Float(5.0))),
            ("1n", None),
            ("017", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
