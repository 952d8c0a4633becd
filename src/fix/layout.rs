//! Turns deletions, replacements and dedents into one sorted list of edits that leaves the text as a person would. Owns
//! lines, indentation and blank lines; knows no syntax beyond spans that must stay verbatim.

use crate::source::edit::Edit;
use crate::source::{LineIndex, Span};

/// Collects what is to be done to a text.
#[derive(Debug)]
pub struct Sheet<'t> {
    text: &'t str,
    lines: LineIndex,
    deletions: Vec<Span>,
    replacements: Vec<Edit>,
    /// By line: how many bytes of indentation to take off, as a difference to the line before.
    dedents: Vec<isize>,
    /// Insides of multi-line strings, sorted: lines that start in one keep their indentation.
    verbatim: Vec<Span>,
}

impl<'t> Sheet<'t> {
    /// An empty sheet over a text.
    pub fn new(text: &'t str, verbatim: Vec<Span>) -> Self {
        let lines = LineIndex::new(text);
        let dedents = vec![0; lines.len() + 1];
        Self { text, lines, deletions: Vec::new(), replacements: Vec::new(), dedents, verbatim }
    }

    /// Deletes exactly these bytes.
    pub fn delete(&mut self, span: Span) {
        if !span.is_empty() {
            self.deletions.push(span);
        }
    }

    /// Replaces exactly these bytes. Lost when a deletion covers them.
    pub fn replace(&mut self, span: Span, replacement: impl Into<String>) {
        self.replacements.push(Edit { span, replacement: replacement.into() });
    }

    /// Takes `bytes` of indentation off every line that starts in the span.
    pub fn dedent(&mut self, span: Span, bytes: usize) {
        let first = self.lines.line(span.start) + usize::from(!self.starts_line(span.start));
        let last = self.lines.line(span.end.saturating_sub(1).max(span.start));
        if first <= last {
            self.dedents[first] += bytes as isize;
            self.dedents[last + 1] -= bytes as isize;
        }
    }

    /// Dedents a part to the line of an offset, whose place it takes.
    pub fn move_to(&mut self, part: Span, offset: usize) {
        let (from, to) = (self.indentation(part.start).len(), self.indentation(offset).len());
        self.dedent(part, from.saturating_sub(to));
    }

    /// The spans that vanish: deleted or replaced.
    pub fn removed(&self) -> Vec<Span> {
        merge(self.deletions.iter().cloned().chain(self.replacements.iter().map(|edit| edit.span.clone())).collect())
    }

    /// Whether only white space stands before an offset on its line.
    pub fn starts_line(&self, offset: usize) -> bool {
        self.text[self.line_start(offset)..offset].bytes().all(|byte| byte == b' ' || byte == b'\t')
    }

    /// Whether nothing but white space and a comment marker's comment stands behind an offset on its line.
    pub fn ends_line(&self, offset: usize, comment: &str) -> bool {
        let rest = self.text[offset..self.line_end(offset)].trim();
        rest.is_empty() || rest.starts_with(comment)
    }

    /// Where the line of an offset starts.
    pub fn line_start(&self, offset: usize) -> usize {
        let start = self.lines.start(self.lines.line(offset)).expect("the line of an offset exists");
        // A byte order mark stays in front of whatever comes first.
        if start == 0 && self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { start }
    }

    /// Where the line of an offset ends, its line end included.
    pub fn line_end(&self, offset: usize) -> usize {
        self.lines.start(self.lines.line(offset) + 1).unwrap_or(self.text.len())
    }

    /// How many bytes of white space the line of an offset starts with.
    pub fn indentation(&self, offset: usize) -> &'t str {
        let line = &self.text[self.line_start(offset)..self.line_end(offset)];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    fn is_blank(&self, line: usize) -> bool {
        self.lines.start(line).is_some_and(|start| self.text[start..self.line_end(start)].trim().is_empty())
    }

    /// The edits, sorted and disjoint.
    pub fn finish(mut self) -> Vec<Edit> {
        let overlapping = merge_overlapping(std::mem::take(&mut self.deletions));
        let deletions = merge(overlapping.clone());
        let deletions = merge(self.join_over_blank_lines(deletions));
        let deletions: Vec<Span> = merge(deletions.iter().map(|span| self.tidy(span)).collect());
        let covered = |span: &Span| {
            let index = deletions.partition_point(|deletion| deletion.end < span.end);
            deletions.get(index).is_some_and(|deletion| {
                deletion.start <= span.start
                    && span.end <= deletion.end
                    && (!span.is_empty() || (deletion.start < span.start && span.end < deletion.end))
            })
        };
        // What is put between two deletions that only touch stays between them.
        let between = |at: usize| {
            let index = overlapping.partition_point(|deletion| deletion.end < at);
            matches!(overlapping.get(index..index + 2), Some([before, behind]) if before.end == at && behind.start == at)
        };
        let covered = |edit: &Edit| covered(&edit.span) && !(edit.span.is_empty() && between(edit.span.start));
        let cuts = self.replacements.iter().filter(|edit| edit.span.is_empty() && between(edit.span.start));
        let pieces = cut(deletions.clone(), cuts.map(|edit| edit.span.start).collect());
        let mut edits: Vec<Edit> =
            pieces.iter().map(|span| Edit { span: span.clone(), replacement: String::new() }).collect();
        edits.extend(self.replacements.iter().filter(|edit| !covered(edit)).cloned());
        edits.extend(self.dedent_edits(&deletions));
        // The end of a statement stands behind the parentheses around what it consists of.
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end, edit.span.is_empty() && edit.replacement == ";"));
        // A statement may need its end for two reasons.
        edits.dedup_by(|one, other| one == other && one.span.is_empty() && one.replacement == ";");
        edits
    }

    fn dedent_edits(&self, deletions: &[Span]) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut bytes = 0;
        let inside = merge(self.replacements.iter().map(|edit| edit.span.clone()).collect());
        for (line, change) in self.dedents.iter().enumerate() {
            bytes += change;
            let Some(start) = self.lines.start(line).filter(|_| bytes > 0) else { continue };
            let index = deletions.partition_point(|deletion| deletion.end <= start);
            let deleted = deletions.get(index).is_some_and(|deletion| deletion.start <= start);
            let index = self.verbatim.partition_point(|span| span.end <= start);
            let verbatim = self.verbatim.get(index).is_some_and(|span| span.start < start);
            let width = self.indentation(start).len().min(bytes as usize);
            // A deletion that starts within the indentation takes the rest of it along.
            let width = match deletions.get(deletions.partition_point(|deletion| deletion.start < start)) {
                Some(next) => width.min(next.start - start),
                None => width,
            };
            // What replaces several lines brings none of their indentation.
            let replaced = inside.partition_point(|span| span.end <= start);
            let replaced = inside.get(replaced).is_some_and(|span| span.start < start);
            if !deleted && !verbatim && !replaced && width > 0 {
                edits.push(Edit { span: start..start + width, replacement: String::new() });
            }
        }
        edits
    }

    /// Whole lines that go with only blank lines between them go as one.
    fn join_over_blank_lines(&self, deletions: Vec<Span>) -> Vec<Span> {
        let mut joined: Vec<Span> = Vec::new();
        for span in deletions {
            if let Some(last) = joined.last_mut()
                && self.is_whole_lines(last)
                && self.is_whole_lines(&span)
                && self.text[last.end..span.start].trim().is_empty()
                && !self.separates(last, &span)
            {
                last.end = span.end;
            } else {
                joined.push(span);
            }
        }
        joined
    }

    /// Whether the blank lines between two deletions are all that keeps what is before the one and behind the other apart.
    fn separates(&self, before: &Span, behind: &Span) -> bool {
        let first = self.lines.line(before.start);
        let next = self.lines.line(behind.end);
        let indentation = |line: usize| self.lines.start(line).map_or(0, |start| self.indentation(start).len());
        first > 0
            && behind.end < self.text.len()
            && !self.is_blank(first - 1)
            && !self.is_blank(next)
            && indentation(first - 1) == indentation(first)
            && indentation(next) == indentation(first)
    }

    fn is_whole_lines(&self, span: &Span) -> bool {
        self.line_start(span.start) == span.start
            && (span.end == self.text.len() || self.line_start(span.end) == span.end)
    }

    /// Extends a deletion of whole lines over the blank lines that it would leave doubled, or at the edge of a block.
    fn tidy(&self, span: &Span) -> Span {
        if !self.is_whole_lines(span) {
            return span.clone();
        }
        let first = self.lines.line(span.start);
        let ends_text = span.end == self.text.len() && !self.text.ends_with('\n');
        let last = if ends_text { self.lines.len() } else { self.lines.line(span.end) };
        let mut above = first;
        while above > 0 && self.is_blank(above - 1) {
            above -= 1;
        }
        let mut below = last;
        while self.is_blank(below) {
            below += 1;
        }
        let start_of = |line: usize| self.lines.start(line).unwrap_or(self.text.len());
        let indentation = |line: usize| self.indentation(start_of(line)).len();
        let own = indentation(first);
        let at_end = start_of(below) >= self.text.len();
        let opens = above == 0 || indentation(above - 1) < own;
        let closes = at_end || indentation(below) < own;
        let (before, after) = (first - above, below - last);
        let mut result = if opens {
            span.start..start_of(below).min(self.text.len())
        } else if closes {
            start_of(above)..span.end
        } else {
            span.start..start_of(last + before.min(after))
        };
        if result.end >= self.text.len() && !self.text.ends_with('\n') {
            // The text had no final line end, so the line before must not keep one.
            let kept = &self.text[..result.start];
            let kept = kept.strip_suffix('\n').unwrap_or(kept);
            result.start = kept.strip_suffix('\r').unwrap_or(kept).len();
        }
        result
    }
}

/// Spans in order, those that overlap as one; those that only touch stay two.
fn merge_overlapping(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// Sorted spans, cut in two where an offset lies inside of one.
fn cut(spans: Vec<Span>, mut at: Vec<usize>) -> Vec<Span> {
    at.sort_unstable();
    at.dedup();
    let mut result = Vec::new();
    for mut span in spans {
        let first = at.partition_point(|offset| *offset <= span.start);
        for offset in at[first..].iter().take_while(|offset| **offset < span.end) {
            result.push(span.start..*offset);
            span.start = *offset;
        }
        result.push(span);
    }
    result
}

/// Sorted, disjoint spans that cover the same bytes; touching ones become one.
pub fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::Sheet;
    use crate::source::edit::{self, Edit};

    fn check(text: &str, deleted: &[&str], expected: &str) {
        let mut sheet = Sheet::new(text, Vec::new());
        for part in deleted {
            let start = text.find(part).expect("the part occurs");
            sheet.delete(start..start + part.len());
        }
        assert_eq!(edit::apply(text, &sheet.finish()), expected);
    }

    #[test]
    fn blank_lines_are_not_doubled() {
        check("a\n\nb\n\nc\n", &["b\n"], "a\n\nc\n");
        check("a\n\n\nb\nc\n", &["b\n"], "a\n\n\nc\n");
        check("def f():\n    x\n\n    y\n\n\nz\n", &["    y\n"], "def f():\n    x\n\n\nz\n");
        check("def f():\n    x\n\n    y\n", &["    x\n"], "def f():\n    y\n");
        check("x\n\na\n", &["x\n"], "a\n");
        check("a\n\nx\n", &["x\n"], "a\n");
        check("a\n\nx", &["x"], "a");
        check("a\nb\n\nc\n\nd\n", &["b\n", "c\n"], "a\n\nd\n");
        check("a\nb\n\n\nc\nd\n", &["b\n", "c\n"], "a\n\n\nd\n");
        check("f {\n  b\n\n  c\n}\n", &["  b\n", "  c\n"], "f {\n}\n");
    }

    #[test]
    fn dedents_add_up_and_spare_strings() {
        let text = "if a:\n    if b:\n        x = '''\n        y\n'''\n        z\n";
        let string = text.find("'''").expect("a string")..text.rfind("'''").expect("a string") + 3;
        let mut sheet = Sheet::new(text, vec![string]);
        sheet.delete(0..6);
        sheet.delete(6..16);
        sheet.dedent(6..text.len(), 4);
        sheet.dedent(16..text.len(), 4);
        assert_eq!(edit::apply(text, &sheet.finish()), "x = '''\n        y\n'''\nz\n");
    }

    #[test]
    fn what_overlaps_is_deleted_once() {
        check("abcdef", &["abcd", "bc", "cde"], "f");
        check("a b c d", &["b c ", "b "], "a d");
        check("a\nb\nc\n", &["a\nb\n", "b\n", "b"], "c\n");
    }

    #[test]
    fn a_replacement_goes_with_what_is_deleted_around_it() {
        let text = "one two three four five\n";
        let part = |word: &str| {
            let start = text.find(word).expect("the word occurs");
            start..start + word.len()
        };
        let mut sheet = Sheet::new(text, Vec::new());
        sheet.delete(part("one "));
        sheet.delete(part("three four "));
        sheet.replace(part("two"), "2");
        sheet.replace(part("three"), "3");
        sheet.replace(part("four"), "4");
        let inside = part("four").start;
        sheet.replace(inside..inside, ";");
        let edges = part("one").start;
        sheet.replace(edges..edges, "(");
        assert_eq!(edit::apply(text, &sheet.finish()), "(2 five\n");
    }

    #[test]
    fn what_is_put_between_deletions_goes_with_one_around_both() {
        let mut sheet = Sheet::new("abcdefghijkl\n", Vec::new());
        for span in [0..10, 1..3, 3..6, 6..9] {
            sheet.delete(span);
        }
        sheet.replace(6..6, ";");
        assert_eq!(sheet.finish(), [Edit { span: 0..10, replacement: String::new() }]);
        let mut sheet = Sheet::new("abcdefghijkl\n", Vec::new());
        sheet.delete(3..6);
        sheet.delete(6..9);
        sheet.replace(6..6, ";");
        assert_eq!(edit::apply("abcdefghijkl\n", &sheet.finish()), "abc;jkl\n");
    }

    #[test]
    fn a_mark_at_the_beginning_stays() {
        check("\u{feff}a\nb\n", &["a\n"], "\u{feff}b\n");
        let sheet = Sheet::new("\u{feff}a\nb\n", Vec::new());
        assert_eq!((sheet.line_start(4), sheet.line_start(5)), (3, 5));
        assert!(sheet.starts_line(3) && sheet.starts_line(5) && !sheet.starts_line(4));
    }

    #[test]
    fn what_a_dedent_takes_is_white_space_only() {
        let text = "    a\n  b\n        c\nd\n";
        let mut sheet = Sheet::new(text, Vec::new());
        sheet.dedent(0..text.len(), 4);
        assert_eq!(edit::apply(text, &sheet.finish()), "a\nb\n    c\nd\n");
        // Lines of what replaces several have their own indentation, and a deletion takes the rest of it.
        let mut sheet = Sheet::new(text, Vec::new());
        let second = text.find("  b").expect("it occurs");
        sheet.replace(4..second + 3, "x\n    y");
        sheet.delete(text.find("      c").expect("it occurs")..text.find('c').expect("it occurs"));
        sheet.dedent(0..text.len(), 4);
        assert_eq!(edit::apply(text, &sheet.finish()), "x\n    y\nc\nd\n");
    }

    #[test]
    fn blank_lines_between_what_stays_are_kept_apart() {
        check("a\nx\n\ny\nb\n", &["x\n", "y\n"], "a\n\nb\n");
        check("a\n\nx\n\ny\nb\n", &["x\n", "y\n"], "a\n\nb\n");
        check("a\nx\n\ny\n\nb\n", &["x\n", "y\n"], "a\n\nb\n");
        check("  a\nx\n\ny\nb\n", &["x\n", "y\n"], "  a\nb\n");
        check("a\nx\n\ny\n  b\n", &["x\n", "y\n"], "a\n  b\n");
        check("x\n\ny\nb\n", &["x\n", "y\n"], "b\n");
        check("a\nx\n\ny\n", &["x\n", "y\n"], "a\n");
    }
}
