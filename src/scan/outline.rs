//! What of a text need not be parsed: bodies of functions in which nothing of interest stands. Owns how they are found by their
//! lines before there is a tree, the text in which they are blank, and the proof that nothing else is; how they look is the
//! languages' ([`Bodies`]).

use std::cmp::Reverse;
use std::iter;

use tree_sitter::TreeCursor;

use super::queries::QUERIES;
use super::query::Query;
use crate::language::{Code, Language, Reread, ranges};
use crate::source::Span;

/// A body of fewer bytes costs little to parse, and is the most likely to be asked what it returns. Unit tests leave all out.
const LEAST: usize = if cfg!(test) { 1 } else { 120 };

/// The parser passes blanks one by one, and more than once. So many parts are hidden from it; it asks at each token in which
/// part that is.
const MOST_HIDDEN: usize = 16;

/// Functions inside so many others are not looked for.
const MOST_OPEN: usize = 64;

/// How the bodies of functions look, by lines. Text that is laid out by hand may hide some, which are parsed then.
#[derive(Debug)]
pub struct Bodies {
    /// Whether a line, without the blanks around it, may begin a function, or parameters that do.
    pub heads: fn(&str) -> bool,
    /// Whether the body begins behind a line.
    pub carries: fn(&str) -> bool,
    /// Whether a line ends parameters that began on one of the same indentation, or belongs to what follows them.
    pub continues: fn(&str) -> bool,
    /// The sign behind a body, on a line of the same indentation as the first; `None` where the indentation ends it.
    pub closes: Option<char>,
    /// A statement that does nothing, where a body must hold one.
    pub nothing: &'static str,
    /// What a line begins with that is a comment.
    pub comment: &'static str,
    /// The kind of node that a body is.
    pub block: &'static str,
    /// Kinds of node whose parts are not told apart: what is blank in one matters to nobody.
    pub tokens: &'static [&'static str],
    /// Signs that stand an even number of times in a body which ends where its lines do: text of several lines has them.
    pub pairs: &'static [&'static str],
    /// Signs of which as many open something as close it.
    pub comments: &'static [(&'static str, &'static str)],
    /// Words that make a body hold more than what only it sees.
    pub marks: &'static [&'static str],
    /// The same, where only words stand before them on their line.
    pub first: &'static [&'static str],
}

impl Bodies {
    /// Whether text of several lines, and every comment, ends where it begins, as far as their signs tell.
    fn is_even(&self, text: &[u8]) -> bool {
        let count = |sign: &str| memchr::memmem::find_iter(text, sign).count();
        self.pairs.iter().all(|pair| count(pair) % 2 == 0)
            && self.comments.iter().all(|(open, close)| count(open) == count(close))
    }
}

/// A text without some bodies.
#[derive(Debug)]
pub(super) struct Outline {
    /// As long as the whole text.
    pub(super) text: String,
    /// What of it is to be parsed.
    pub(super) parts: Vec<Span>,
    /// What is blank, in order.
    pub(super) bodies: Vec<Body>,
}

/// A body that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Body {
    /// Its lines, from behind the end of the first line of the function.
    pub(super) lines: Span,
    /// Where the function ends.
    pub(super) end: usize,
    /// Where the indentation of its function stands.
    indentation: Span,
}

/// A function whose end was not seen.
struct Open {
    indentation: Span,
    /// Where its body begins; `None` among the parameters.
    body: Option<usize>,
    /// How many bodies were found before.
    before: usize,
}

impl Outline {
    /// The outline of a text without the bodies that are not `wanted`; `None` when all of it has to be parsed.
    pub(super) fn new(language: &Language, text: &str, wanted: impl Fn(&Span) -> bool) -> Option<Self> {
        let look = language.scan.bodies().filter(|_| language.mask.is_none())?;
        let mut bodies = found(look, text, wanted);
        // Stands where the body ended, on a line of its own.
        let nothing = |body: &Body| match look.nothing {
            "" => String::new(),
            nothing => format!("\n{} {nothing}", &text[body.indentation.clone()]),
        };
        bodies.retain(|body| {
            let bytes = &text.as_bytes()[body.lines.clone()];
            nothing(body).len() <= bytes.len() && look.is_even(bytes) && is_balanced(bytes)
        });
        if bodies.is_empty() {
            return None;
        }
        let mut blank = text.as_bytes().to_vec();
        let mut hidden = Vec::new();
        for body in &bodies {
            let (lines, nothing) = (body.lines.clone(), nothing(body));
            let end = lines.end - nothing.len();
            blank[lines.clone()].fill(b' ');
            blank[end..lines.end].copy_from_slice(nothing.as_bytes());
            hidden.push(lines.start..end);
        }
        Some(Self { text: String::from_utf8(blank).ok()?, parts: rest(hidden, text.len()), bodies })
    }

    /// Whether a place is left out.
    pub(super) fn hides(&self, place: usize) -> bool {
        let at = self.bodies.partition_point(|body| body.lines.end <= place);
        self.bodies.get(at).is_some_and(|body| body.lines.start <= place)
    }

    /// Reads it, or what of it lies within some parts. `None` when something else than bodies of functions is left out, or when
    /// syntax errors may come from that: the language has another way to read them, or a comment may end in what is left out.
    pub(super) fn read(&self, language: &Language, within: Option<&[Span]>) -> Option<Code<'static>> {
        let look = language.scan.bodies()?;
        let parts = within.map_or_else(|| self.parts.clone(), |within| common(&self.parts, within));
        let code = language.read_parts(&self.text, &ranges(&self.text, &parts));
        let lies_within = |body: &&Body| {
            within.is_none_or(|parts| {
                let at = parts.partition_point(|part| part.end < body.end);
                parts.get(at).is_some_and(|part| part.start <= body.lines.start)
            })
        };
        let query = &QUERIES[language.name];
        let mut cursor = code.tree.root_node().walk();
        let is_misread = |reread: Reread| reread(&self.text, &code.tree).is_some();
        let may_be_whole = || look.is_even(self.text.as_bytes()) && !language.reread.is_some_and(is_misread);
        let is_sound = code.unparsed.is_none()
            && (code.broken().is_none() || may_be_whole())
            && self.bodies.iter().filter(lies_within).all(|body| is_body(body, look, query, &mut cursor));
        drop(cursor);
        is_sound.then_some(code)
    }
}

/// What two lists of parts have in common.
fn common(one: &[Span], other: &[Span]) -> Vec<Span> {
    let both = |left: &Span, right: &Span| left.start.max(right.start)..left.end.min(right.end);
    let parts = one.iter().flat_map(|left| other.iter().map(move |right| both(left, right)));
    parts.filter(|part| part.start < part.end).collect()
}

/// Whether as many brackets are closed as are opened, of each kind, and no brace before it is opened: a function that ends
/// where its indentation does not say so has another one behind it.
fn is_balanced(text: &[u8]) -> bool {
    let mut counts = [0i32; 256];
    text.iter().for_each(|at| counts[usize::from(*at)] += 1);
    let mut depth = 0usize;
    let mut braces = memchr::memchr2_iter(b'{', b'}', text);
    [(b'(', b')'), (b'[', b']'), (b'{', b'}')]
        .iter()
        .all(|(open, close)| counts[usize::from(*open)] == counts[usize::from(*close)])
        && braces.all(|at| {
            let next = if text[at] == b'{' { Some(depth + 1) } else { depth.checked_sub(1) };
            next.is_some_and(|next| {
                depth = next;
                true
            })
        })
}

/// What the largest hidden parts of a text leave.
fn rest(mut hidden: Vec<Span>, length: usize) -> Vec<Span> {
    if hidden.len() > MOST_HIDDEN {
        hidden.sort_unstable_by_key(|part| Reverse(part.len()));
        hidden.truncate(MOST_HIDDEN);
        hidden.sort_unstable_by_key(|part| part.start);
    }
    let starts = iter::once(0).chain(hidden.iter().map(|part| part.end));
    starts.zip(hidden.iter().map(|part| part.start).chain([length])).map(|(start, end)| start..end).collect()
}

/// The bodies that are not wanted, of the outermost functions only, in order.
fn found(look: &Bodies, text: &str, wanted: impl Fn(&Span) -> bool) -> Vec<Body> {
    let mut bodies: Vec<Body> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // Where the next line begins, and where the last one ends that holds something.
    let (mut next, mut last) = (0, 0);
    // Where the last line ends that is no comment: a body holds one.
    let mut code = 0;
    let mut close = |Open { indentation, body, before }: Open, (code, last): (usize, usize), end: usize| {
        let Some(start) = body.filter(|start| *start < code && start + LEAST <= last) else { return before };
        let lines = start..last;
        if !wanted(&lines) {
            bodies.truncate(before);
            bodies.push(Body { lines, end, indentation });
        }
        bodies.len()
    };
    let mut count = 0;
    for line in text.split_inclusive('\n') {
        let at = next;
        next += line.len();
        let content = line.trim_ascii();
        if content.is_empty() {
            continue;
        }
        let start = at + line.len() - line.trim_ascii_start().len();
        let indentation = at..start;
        // What was commented out may stand anywhere.
        let is_comment = content.starts_with(look.comment);
        if is_comment {
            if open.last().is_some_and(|top| top.indentation.len() < indentation.len()) {
                last = at + line.trim_ascii_end().len();
            }
            continue;
        }
        let content = content.split_once(look.comment).map_or(content, |(code, _)| code.trim_ascii_end());
        let carries = (look.carries)(content);
        let mut begins = (look.heads)(content);
        while let Some(top) = open.pop_if(|top| indentation.len() <= top.indentation.len()) {
            let same = top.indentation.len() == indentation.len();
            if top.body.is_none() && same && (look.continues)(content) {
                if !carries {
                    open.push(top);
                    break;
                }
                begins = true;
            } else {
                let end = match look.closes {
                    None => Some(last),
                    Some(sign) => (same && content.starts_with(sign)).then_some(start + sign.len_utf8()),
                };
                if let Some(end) = end {
                    count = close(top, (code, last), end);
                }
            }
        }
        last = at + line.trim_ascii_end().len();
        code = last;
        if let Some(top) = open.last_mut().filter(|top| top.body.is_none() && look.closes.is_none()) {
            // The parameters may end on a line of their own indentation.
            if carries && content.contains(')') && indentation.len() > top.indentation.len() {
                top.body = Some(next);
                continue;
            }
        }
        if begins && open.len() < MOST_OPEN && open.last().is_none_or(|top| top.indentation.len() < indentation.len()) {
            open.push(Open { indentation, body: carries.then_some(next), before: count });
        }
    }
    if look.closes.is_none() {
        while let Some(top) = open.pop() {
            close(top, (code, last), last);
        }
    }
    bodies
}

/// Whether a blank part is all of the body of a function. The cursor stands before it or around it, and is left there.
fn is_body(body: &Body, look: &Bodies, query: &Query, cursor: &mut TreeCursor<'_>) -> bool {
    let Body { lines, end, .. } = body;
    // On from what was left behind: a look at all children of what is around would be quadratic.
    while cursor.node().end_byte() < *end {
        if !cursor.goto_next_sibling() && !cursor.goto_parent() {
            return false;
        }
    }
    let mut function = None;
    loop {
        let node = cursor.node();
        if node.kind() == look.block && node.end_byte() == *end && function == Some(node.end_byte()) {
            // Nothing else stands in it.
            let is_nothing = if look.nothing.is_empty() {
                node.start_byte() < lines.start && node.named_child_count() == 0
            } else {
                node.start_byte() >= lines.start && node.named_child_count() == 1
            };
            if is_nothing {
                return true;
            }
        }
        // What the parser does not take apart is text.
        let is_around = node.start_byte() < lines.start;
        if is_around && look.tokens.contains(&node.kind()) {
            return true;
        }
        function = query.is_function(node.kind_id()).then(|| node.end_byte());
        if !cursor.goto_first_child() {
            return is_around;
        }
        while cursor.node().end_byte() < *end {
            if !cursor.goto_next_sibling() {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests;
