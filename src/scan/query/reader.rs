//! Reads query files. Owns the part of tree-sitter's query language that is understood; `query` says which that is.

use super::{Child, Kind, Pattern, Test};
use crate::scan::Capture;

/// Reads the text of queries.
pub(super) struct Reader<'run> {
    pub(super) grammar: &'run tree_sitter::Language,
    pub(super) rest: &'static str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix(';') {
                Some(comment) => self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest),
                None => return,
            }
        }
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.skip();
        self.rest.is_empty()
    }

    fn take(&mut self, sign: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(format!("`{sign}` is missing before `{}`", self.near())) }
    }

    fn near(&self) -> &'static str {
        self.rest.lines().next().unwrap_or("")
    }

    fn word(&mut self) -> Result<&'static str, String> {
        self.skip();
        let end = self.rest.find(|at: char| !at.is_alphanumeric() && !"_.-".contains(at)).unwrap_or(self.rest.len());
        // The dot behind a name is an anchor.
        let (word, rest) = self.rest.split_at(self.rest[..end].trim_end_matches('.').len());
        if word.is_empty() {
            return Err(format!("a name is missing before `{}`", self.near()));
        }
        self.rest = rest;
        Ok(word)
    }

    fn rest_begins(&mut self, sign: char) -> bool {
        self.skip();
        self.rest.starts_with(sign)
    }

    fn capture(&mut self) -> Result<Capture, String> {
        self.expect("@")?;
        let name = self.word()?;
        Capture::named(name).ok_or_else(|| format!("nobody knows the capture `@{name}`"))
    }

    fn quoted(&mut self) -> Result<&'static str, String> {
        self.expect("\"")?;
        let (text, rest) = self.rest.split_once('"').ok_or("a quote is not closed")?;
        if text.contains('\\') {
            return Err(format!("the text `{text}` has an escape"));
        }
        self.rest = rest;
        Ok(text)
    }

    /// A pattern, or one with its conditions in parentheses; one for each alternative.
    pub(super) fn pattern(&mut self) -> Result<Vec<Pattern>, String> {
        self.skip();
        let mut equal = Vec::new();
        let grouped = self.rest.strip_prefix('(').is_some_and(|rest| rest.trim_start().starts_with(['(', '[']));
        if grouped {
            self.expect("(")?;
        }
        let roots = self.tests()?;
        while grouped && !self.take(")") {
            self.expect("(")?;
            let several = self.take("#any-of?");
            if !several {
                self.expect("#eq?")?;
            }
            let (name, mut texts) = (self.capture()?, vec![self.quoted()?]);
            while !self.take(")") {
                if !several {
                    return Err(format!("`#eq?` takes one text, before `{}`", self.near()));
                }
                texts.push(self.quoted()?);
            }
            equal.push((name, texts));
        }
        let above = |root: &Test| root.captures.iter().any(|at| matches!(at, Capture::Call));
        Ok(roots.into_iter().map(|root| Pattern { above: above(&root), root, equal: equal.clone() }).collect())
    }

    /// A node, or alternatives, with captures behind.
    fn tests(&mut self) -> Result<Vec<Test>, String> {
        let mut tests = Vec::new();
        if self.take("[") {
            while !self.take("]") {
                tests.extend(self.tests()?);
            }
        } else {
            tests.push(self.test()?);
        }
        while self.rest_begins('@') {
            let capture = self.capture()?;
            tests.iter_mut().for_each(|test| test.captures.push(capture));
        }
        Ok(tests)
    }

    fn test(&mut self) -> Result<Test, String> {
        let mut test =
            Test { kind: Kind::Named, captures: Vec::new(), children: Vec::new(), absent: Vec::new(), closed: false };
        self.skip();
        if self.rest.starts_with('"') {
            test.kind = Kind::Is(self.kind(self.quoted_at()?, false)?);
            self.quoted()?;
            return Ok(test);
        }
        self.expect("(")?;
        let name = self.word()?;
        if name != "_" {
            test.kind = Kind::Is(self.kind(name, true)?);
        }
        let mut anchored = false;
        while !self.take(")") {
            if self.take(".") {
                anchored = true;
            } else if self.take("!") {
                let name = self.word()?;
                test.absent.push(self.field(name)?);
            } else {
                let child = self.child(std::mem::take(&mut anchored))?;
                test.children.push(child);
            }
        }
        test.closed = anchored;
        Ok(test)
    }

    fn quoted_at(&self) -> Result<&'static str, String> {
        Reader { grammar: self.grammar, rest: self.rest }.quoted()
    }

    fn child(&mut self, anchored: bool) -> Result<Child, String> {
        self.skip();
        let mut field = None;
        if !self.rest.starts_with(['(', '[', '"']) {
            let name = self.word()?;
            self.expect(":")?;
            field = Some(self.field(name)?);
        }
        let mut alternatives = self.tests()?;
        let optional = self.take("?");
        while self.rest_begins('@') {
            let capture = self.capture()?;
            alternatives.iter_mut().for_each(|test| test.captures.push(capture));
        }
        Ok(Child { field, optional, anchored, alternatives })
    }

    fn kind(&self, name: &str, named: bool) -> Result<u16, String> {
        match self.grammar.id_for_node_kind(name, named) {
            0 => Err(format!("the grammar has no kind of node `{name}`")),
            id if self.grammar.node_kind_is_supertype(id) => Err(format!("`{name}` stands for several kinds of node")),
            id => Ok(id),
        }
    }

    fn field(&self, name: &str) -> Result<u16, String> {
        self.grammar.field_id_for_name(name).map(u16::from).ok_or_else(|| format!("the grammar has no field `{name}`"))
    }
}
