//! Places where keys stand in a text, as far as the text alone tells: whether one may declare something, and whether one is
//! certainly no comment. Owns what is worth a parse for the sake of definitions; what a place is, the tree says
//! (`scan::definitions`).

use std::cell::OnceCell;

use super::facts::FileFacts;
use crate::language::Language;
use crate::source::Span;

/// A line, and the line that it is inside of.
struct Line {
    start: usize,
    indentation: usize,
    outer: Option<usize>,
}

/// A text as it is looked at without a tree.
pub struct Places<'run> {
    language: &'static Language,
    text: &'run str,
    facts: Option<&'run FileFacts>,
    /// Where a comment may begin that holds several lines, and where none is open; sorted.
    comments: OnceCell<Vec<(usize, bool)>>,
    lines: OnceCell<Vec<Line>>,
}

impl<'run> Places<'run> {
    /// Looks at a text, with its facts when it was scanned.
    pub fn new(language: &'static Language, text: &'run str, facts: Option<&'run FileFacts>) -> Self {
        Self { language, text, facts, comments: OnceCell::new(), lines: OnceCell::new() }
    }

    /// Whether the key is all that stands between quotes.
    pub fn is_quoted(&self, span: &Span) -> bool {
        let quote = |at: Option<&u8>| at.is_some_and(|at| b"\"'`".contains(at));
        let bytes = self.text.as_bytes();
        quote(span.start.checked_sub(1).and_then(|before| bytes.get(before))) && quote(bytes.get(span.end))
    }

    /// Whether a key at a place may declare a flag: it is a whole text, or a name that is neither called nor read from, and
    /// stands in no function, for what runs declares nothing. A line that is a comment declares nothing either.
    pub fn may_define(&self, span: &Span) -> bool {
        let sign = if self.language.family == "python" { "#" } else { "//" };
        let is_comment = || self.language.mask.is_none() && self.line_before(span).trim_start().starts_with(sign);
        (self.is_quoted(span) || self.may_be_name(span)) && !is_comment() && !self.runs(span)
    }

    /// The lines that a place is inside of by their indentation, its own first, and without the place itself: what is around it
    /// has its names there. Code that is laid out by no tool may have them elsewhere.
    pub fn around(&self, span: &Span) -> impl Iterator<Item = &'run str> {
        let lines = self.lines.get_or_init(|| outline(self.text));
        let text = self.text;
        let line = |at: usize| {
            let end = lines.get(at + 1).map_or(text.len(), |next| next.start);
            text.get(lines[at].start..end).unwrap_or("")
        };
        let own = lines.partition_point(|line| line.start <= span.start).checked_sub(1);
        let own_end = own.map_or(0, |at| lines[at].start + line(at).len());
        let parts = [own.map_or(0, |at| lines[at].start)..span.start, span.end..own_end];
        let outer = std::iter::successors(own.and_then(|at| lines[at].outer), |at| lines[*at].outer);
        parts.into_iter().filter_map(|part| text.get(part)).chain(outer.map(line))
    }

    /// Whether a place is certainly not in a comment.
    pub fn is_code(&self, span: &Span) -> bool {
        if self.language.mask.is_some() {
            return false;
        }
        let line = self.line_before(span);
        match self.language.family {
            "python" => !line.contains('#'),
            _ => !line.contains("//") && !self.may_be_in_comment(span.start),
        }
    }

    fn may_be_in_comment(&self, place: usize) -> bool {
        let comments = self.comments.get_or_init(|| comments(self.text.as_bytes()));
        let before = comments.partition_point(|(at, _)| *at < place);
        before.checked_sub(1).is_some_and(|last| comments[last].1)
    }

    fn line_before(&self, span: &Span) -> &'run str {
        let before = self.text.get(..span.start).unwrap_or("");
        let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
        &before[start..]
    }

    /// Whether a name may stand there that declares something, by what stands before and behind it.
    fn may_be_name(&self, span: &Span) -> bool {
        let name = self.text.get(span.clone()).unwrap_or("");
        if !name.chars().all(|at| at.is_alphanumeric() || matches!(at, '_' | '$')) {
            return false;
        }
        let line = self.line_before(span);
        // The tokens of an attribute are no expression.
        if line.contains("#[") {
            return true;
        }
        if line.trim_end().ends_with('.') {
            return false;
        }
        let behind = self.text.get(span.end..).unwrap_or("").trim_start_matches([' ', '\t']);
        let mut next = behind.bytes();
        match (next.next(), next.next()) {
            (Some(b':'), second) => second != Some(b':'),
            (Some(b'='), second) => !matches!(second, Some(b'=' | b'>')),
            (Some(b'/'), second) => matches!(second, Some(b'/' | b'*')),
            (Some(b'?' | b'!'), second) => matches!(second, Some(b':' | b';' | b',' | b')' | b'\n')),
            (Some(first), _) => {
                b",;)]}|#\\\r\n".contains(&first) || behind.starts_with("as ") || behind.starts_with("satisfies ")
            }
            (None, _) => true,
        }
    }

    /// Whether a place lies in a function, as the facts tell, or else the indentation. The arms of a `match` in Rust are asked
    /// for what they yield.
    fn runs(&self, span: &Span) -> bool {
        let known = self.facts.map(|facts| facts.function_around(facts.scope_at(span.start)).is_some());
        if known == Some(false) {
            return false;
        }
        let is_rust = self.language.family == "rust";
        let begins_function = |line: &str| match self.language.family {
            "python" => line.starts_with("def ") || line.starts_with("async def "),
            "rust" => line.split_whitespace().take_while(|word| !word.contains('=')).any(|word| word == "fn"),
            _ => false,
        };
        let is_arm = |line: &str| is_rust && line.contains("=>");
        for line in self.around(span) {
            if is_arm(line) {
                return false;
            }
            if known.is_none() && begins_function(line.trim_start()) {
                return true;
            }
        }
        known == Some(true)
    }
}

/// Where signs of comments stand that may hold several lines, and whether one may be open behind each. What looks like such a
/// sign may be part of a text: none is open for sure where, however many of the signs before are left out at the front, as many
/// close a comment as open one.
fn comments(text: &[u8]) -> Vec<(usize, bool)> {
    let mut found = Vec::new();
    let (mut open, mut least) = (0_isize, 0);
    for at in memchr::memchr_iter(b'*', text) {
        // `/*/` opens.
        if at > 0 && text[at - 1] == b'/' {
            least = least.min(open);
            open += 1;
        } else if text.get(at + 1) == Some(&b'/') {
            open -= 1;
        } else {
            continue;
        }
        found.push((at, open > least));
    }
    found
}

/// The lines of a text that are not blank.
fn outline(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    // Those that the next line may be inside of, outermost first.
    let mut open: Vec<usize> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        if !code.is_empty() {
            let indentation = line.len() - code.len();
            // What closes a bracket goes on with the line that opened it.
            let goes_on = code.starts_with([')', ']', '}', '{']) || code.starts_with("where");
            let is_outside = |at: &usize| match goes_on {
                true => lines[*at].indentation > indentation,
                false => lines[*at].indentation >= indentation,
            };
            while open.last().is_some_and(is_outside) {
                open.pop();
            }
            lines.push(Line { start, indentation, outer: open.last().copied() });
            open.push(lines.len() - 1);
        }
        start += line.len();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::language;

    #[test]
    fn names_that_are_called_or_read_from_declare_nothing() {
        let language = language::by_name("typescript").expect("it is a language");
        let cases = [
            ("const a = { KEY: true }", true),
            ("const a = [\"KEY\"]", true),
            ("type A = KEY | B", true),
            ("enum A {\n  KEY\n}", true),
            ("interface A { KEY?: boolean }", true),
            ("KEY(1)", false),
            ("a.KEY = 1", false),
            ("KEY.on()", false),
            ("KEY === 1", false),
            ("\"a KEY\"", false),
        ];
        for (text, expected) in cases {
            let at = text.find("KEY").expect("it is there");
            assert_eq!(Places::new(language, text, None).may_define(&(at..at + 3)), expected, "{text}");
        }
    }

    #[test]
    fn what_stands_in_a_function_declares_nothing() {
        let may = |name: &str, text: &str| {
            let at = text.find("KEY").expect("it is there");
            let language = language::by_name(name).expect("it is a language");
            Places::new(language, text, None).may_define(&(at..at + 3))
        };
        assert!(!may("python", "def f():\n    if a:\n        x = \"KEY\"\n"));
        assert!(may("python", "def f():\n    pass\n\nclass A:\n    x = \"KEY\"\n"));
        assert!(!may("rust", "pub fn f() {\n    let a = [\n        \"KEY\",\n    ];\n}\n"));
        assert!(may("rust", "fn f() -> A {\n    match a {\n        A::B => \"KEY\",\n    }\n}\n"));
        assert!(may("rust", "fn f() {\n}\n\nconst A: &[&str] = &[\n    \"KEY\",\n];\n"));
    }

    #[test]
    fn a_place_behind_a_sign_of_a_comment_may_be_one() {
        let is_code = |name: &str, text: &str| {
            let at = text.find("KEY").expect("it is there");
            let language = language::by_name(name).expect("it is a language");
            Places::new(language, text, None).is_code(&(at..at + 3))
        };
        assert!(is_code("python", "# a\nKEY = 1") && !is_code("python", "a = 1  # KEY"));
        assert!(is_code("rust", "// a\nlet a = KEY;") && !is_code("rust", "/* a\n KEY */"));
        for text in
            ["/* a */\nKEY", "a/**/b\nKEY", "/** a\n */\nf();\nKEY", "\"*/\"\n/* a */\nKEY", "/* a */ /* b */ KEY"]
        {
            assert!(is_code("typescript", text), "{text}");
        }
        for text in
            ["/* /* a */\nKEY */", "/*/\nKEY */", "\"*/\" /* a\nKEY */", "a **/* b\n KEY */", "/* a */ /*\nKEY */"]
        {
            assert!(!is_code("rust", text), "{text}");
        }
        assert!(!is_code("javascript", "a() // KEY") && !is_code("jinja", "{{ KEY }}"));
    }
}
