//! The facts of a text of which some bodies of functions are not parsed. Owns what of these turns out to matter once the rest is
//! known; which are left out at first is told by `hits`.

use std::borrow::Cow;

use compact_str::CompactString;

use super::collect::{Region, items};
use super::facts::FileFacts;
use super::hits::Hits;
use super::outline::Outline;
use crate::language::Code;

/// How often what was found may make something matter that was left out.
const MOST_LOOKS: usize = 4;

impl Region<'_> {
    /// The facts of a text without the bodies of functions that hold no hit; `None` when all of it has to be parsed.
    pub(super) fn take_outline(&self, hits: &mut Hits) -> Option<FileFacts> {
        let language = self.language;
        let read = |hits: &Hits| {
            let outline = Outline::new(language, self.text, |body| hits.hold_for_body(body))?;
            let code = outline.read(language, None)?;
            Some((outline, code))
        };
        let (mut outline, mut code) = read(hits)?;
        hits.note_errors(code.broken().is_some());
        let mut hits = Cow::Borrowed(&*hits);
        let mut is_again = false;
        for _ in 0..MOST_LOOKS {
            let more = match self.take((code.tree.root_node(), None), &hits, is_again) {
                Ok(facts) if facts.results.is_empty() => return Some(outlined(facts, &outline, &code)),
                Ok(facts) => {
                    let names = facts.results.iter().map(CompactString::as_str);
                    let more = hits.clone().into_owned().and_results(self.text, names);
                    if !outline.bodies.iter().any(|body| more.hold_for_body(&body.lines)) {
                        return Some(outlined(facts, &outline, &code));
                    }
                    more
                }
                Err(wanted) => {
                    is_again = true;
                    hits.and_names(self.text, wanted.iter().map(String::as_str))
                }
            };
            if outline.bodies.iter().any(|body| more.hold_for_body(&body.lines)) {
                (outline, code) = read(&more)?;
            }
            hits = Cow::Owned(more);
            hits.to_mut().note_errors(code.broken().is_some());
        }
        None
    }
}

/// The facts of an outline.
fn outlined(facts: FileFacts, outline: &Outline, code: &Code<'_>) -> FileFacts {
    let broken = code.broken().is_some();
    let items = if broken { Vec::new() } else { items(code.tree.root_node()) };
    let mut facts = FileFacts { broken, items, unread: true, ..facts };
    for body in &outline.bodies {
        let scope = &facts.scopes[facts.scope_at(body.lines.start)];
        if let Some(function) = scope.function.filter(|_| scope.span.end == body.end) {
            facts.functions[function].unread = true;
        }
    }
    facts
}
