//! Indentation that the grammar has no room for. Its scanner keeps the open levels in a buffer of fixed size and, inside a string,
//! writes a byte behind the end of it when there are more than 510. Owns which files are not parsed for that.

/// Levels that fit into the buffer whatever else is in it, of which there is a byte for each string that is open. Python itself
/// takes no more than a hundred.
const MOST: usize = 380;

/// How many different indentations a text has, where there are more than fit. Each open level has another one.
pub(super) fn too_many(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut known = Vec::new();
    let mut start = 0;
    loop {
        let (width, end) = indentation(bytes, start);
        if known.len() <= usize::from(width) {
            known.resize(usize::from(width) + 1, false);
        }
        known[usize::from(width)] = true;
        let Some(next) = memchr::memchr(b'\n', &bytes[end..]) else { break };
        start = end + next + 1;
    }
    let count = known.into_iter().filter(|known| *known).count();
    (count > MOST).then_some(count)
}

/// The indentation of a line as the scanner counts it, and where it ends: a backslash at the end of a line goes on with it, and
/// sixteen bits are all that it has.
fn indentation(bytes: &[u8], start: usize) -> (u16, usize) {
    let (mut width, mut at) = (0_u16, start);
    loop {
        match bytes.get(at) {
            Some(b' ') => width = width.wrapping_add(1),
            Some(b'\t') => width = width.wrapping_add(8),
            Some(b'\r' | b'\x0c') => width = 0,
            Some(b'\\') if bytes[at + 1..].starts_with(b"\n") => at += 1,
            Some(b'\\') if bytes[at + 1..].starts_with(b"\r\n") => at += 2,
            _ => return (width, at),
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::too_many;
    use crate::language;

    fn nested(levels: usize) -> String {
        let line = |level: usize| format!("{}if a(\"x\"):\n", " ".repeat(level));
        (0..levels).map(line).collect::<String>() + &" ".repeat(levels) + "b()\n"
    }

    #[test]
    fn only_more_levels_than_fit_are_too_many() {
        assert_eq!(too_many(&nested(379)), None);
        assert_eq!(too_many(&nested(600)), Some(601));
        assert_eq!(too_many(&"    a()\nb()\n".repeat(10_000)), None);
        // Tabs count eight, and a line that goes on keeps what it has.
        let tabs = |level: usize| format!("{}if a:\n", "\t".repeat(level));
        assert_eq!(too_many(&(0..400).map(tabs).collect::<String>()), Some(400));
        let continued = |level: usize| format!("{}a()\n", " \\\n".repeat(level));
        assert_eq!(too_many(&(0..400).map(continued).collect::<String>()), Some(400));
    }

    #[test]
    fn what_is_nested_deeper_is_not_parsed() {
        for (levels, is_read) in [(379, true), (600, false), (2_000, false)] {
            let text = nested(levels);
            let code = language::python::LANGUAGE.read(&text);
            assert_eq!(code.unparsed.is_none(), is_read, "{levels}");
            assert_eq!(code.broken().is_none(), is_read, "{levels}");
        }
    }
}
