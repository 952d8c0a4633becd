//! Escape sequences in string literals. Owns the sequences that Python and Rust share and where they differ; does not find
//! the literals.

/// Decodes backslash sequences. `None` when one is not understood (`\N{...}`): then the text is not known.
///
/// `braced` says whether `\u{1F600}` is written with braces (Rust), which also drops line ends after a backslash together with
/// the blanks that follow; else `\u1F60`, octal and `\U` sequences are read (Python).
pub fn unescape(text: &str, braced: bool) -> Option<String> {
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
            '\\' => result.push('\\'),
            '\'' => result.push('\''),
            '"' => result.push('"'),
            'x' => result.push(hexadecimal(&mut rest, 2)?),
            'u' if braced => {
                if rest.next()? != '{' {
                    return None;
                }
                let digits: String = rest.by_ref().take_while(|at| *at != '}').filter(|at| *at != '_').collect();
                result.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
            }
            '\n' if braced => rest = rest.as_str().trim_start().chars(),
            '\n' => {}
            '0' if braced => result.push('\0'),
            _ if braced => return None,
            'u' => result.push(hexadecimal(&mut rest, 4)?),
            'U' => result.push(hexadecimal(&mut rest, 8)?),
            'a' => result.push('\u{7}'),
            'b' => result.push('\u{8}'),
            'f' => result.push('\u{c}'),
            'v' => result.push('\u{b}'),
            'N' => return None,
            digit @ '0'..='7' => {
                let mut code = digit.to_digit(8)?;
                for _ in 0..2 {
                    let Some(next) = rest.as_str().chars().next().and_then(|at| at.to_digit(8)) else { break };
                    code = code * 8 + next;
                    rest.next();
                }
                result.push(char::from_u32(code)?);
            }
            other => {
                result.push('\\');
                result.push(other);
            }
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

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn sequences_are_decoded_as_the_language_does() {
        for (text, braced, expected) in [
            ("plain", false, Some("plain")),
            (r"a\x2db", false, Some("a-b")),
            (r"\u0041\101\q", false, Some("AA\\q")),
            (r"\N{BULLET}", false, None),
            ("a\\\nb", false, Some("ab")),
            (r"\u{41}-\x41", true, Some("A-A")),
            ("a\\\n   b", true, Some("ab")),
            (r"\q", true, None),
            ("\\", true, None),
            (r"\x4", false, None),
            ("\\xé9", false, None),
        ] {
            assert_eq!(unescape(text, braced).as_deref(), expected, "{text}");
        }
    }
}
