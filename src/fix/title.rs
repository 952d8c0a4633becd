//! What happens to a site, in a few words. Owns the wording; what happens is decided elsewhere.

use super::Site;
use super::evaluate::{Evaluation, Outcome, quote};
use super::file::File;
use super::layout::merge;
use super::solve::{Demotions, Solved};
use super::start::{Becomes, Known};
use super::syntax::Construct;
use super::tree::NodeId;
use crate::diagnostic::Applicability;
use crate::source::Span;
use crate::value::Value;

impl File<'_> {
    /// What is said about a decision, of which `dead` can no longer run.
    pub(super) fn site(
        &self,
        (index, check): (usize, usize),
        dead: Vec<Span>,
        solved: &Solved,
        demotions: &Demotions,
    ) -> Site {
        let (applicability, reasons) = match demotions.get(&index) {
            Some((applicability, reasons)) => (*applicability, reasons.iter().cloned().collect()),
            None => (Applicability::Safe, Vec::new()),
        };
        let title = match solved.evaluation.tops.get(&index) {
            _ if let Ok(Known { becomes: Becomes::Changed { title, .. }, .. }) = &self.starts[index] => title.clone(),
            _ if matches!(self.starts[index], Ok(Known { becomes: Becomes::Nothing, .. })) => "remove the guard".into(),
            Some(top) if solved.active.contains(&index) => self.title(*top, &solved.evaluation),
            _ => "left alone".into(),
        };
        Site { check, title, applicability, reasons, dead: merge(dead), applied: false }
    }

    /// What becomes of the outermost node that a decision folded.
    fn title(&self, top: NodeId, evaluation: &Evaluation) -> String {
        let construct = self.syntax().construct(self.tree, top);
        match evaluation.outcomes.get(&top) {
            Some(Outcome::Lift(body)) => self.lifted(*body, &construct).into(),
            Some(Outcome::Gone) => gone(&construct, evaluation).into(),
            Some(Outcome::Chain(_)) => "remove the branches that never run".into(),
            Some(Outcome::Parts(_)) => "match only what is not known".into(),
            Some(Outcome::Empty) => "write the empty collection".into(),
            Some(Outcome::Node(survivor)) => format!("keep only {}", quote(self.tree.text_of(*survivor))),
            Some(Outcome::Value(value)) => self.value_title(top, value, evaluation),
            _ => "remove the check".into(),
        }
    }

    fn lifted(&self, body: NodeId, construct: &Construct) -> &'static str {
        match construct {
            Construct::Chain { arms, .. } => match arms.iter().position(|arm| arm.body == body) {
                Some(0) => "keep the first branch",
                Some(_) => "keep the `else if` branch that always runs",
                None => "keep the `else` branch",
            },
            Construct::Spread(_) => "write the members out",
            Construct::Fragment | Construct::Slot { .. } => "keep only the element",
            Construct::DoWhile { .. } => "run the body of the loop once",
            Construct::GatedAttributes { .. } => "remove the condition of compilation",
            _ => "keep the matching arm",
        }
    }

    /// A value that has a name takes the place of the name.
    fn value_title(&self, top: NodeId, value: &Value, evaluation: &Evaluation) -> String {
        let text = self.syntax().spell(self.tree, top, value).unwrap_or_else(|| value.to_string());
        let binding =
            self.tree.ancestors(top).take(2).find_map(|outer| match self.syntax().construct(self.tree, outer) {
                Construct::Bind { name, value } if value == top => Some((outer, name)),
                _ => None,
            });
        let Some((statement, name)) = binding else { return format!("replace it by `{text}`") };
        let goes = |node: NodeId| evaluation.outcomes.get(&node) == Some(&Outcome::Gone);
        let name = self.tree.text_of(name);
        if goes(statement) || self.tree.parent(statement).is_some_and(goes) {
            format!("fold what reads `{name}`, and remove `{name}`")
        } else {
            format!("replace it by `{text}`, and fold what reads `{name}`")
        }
    }
}

fn gone(construct: &Construct, evaluation: &Evaluation) -> &'static str {
    match construct {
        Construct::Gate { owner: Some(owner), .. } if evaluation.gated.contains(owner) => {
            "remove what is never compiled"
        }
        Construct::Gate { .. } | Construct::GatedAttributes { .. } => "remove the condition of compilation",
        Construct::Spread(_) => "remove the spread of nothing",
        Construct::Statement(_) => "remove the statement that does nothing",
        Construct::Guard(_) => "remove the filter that always holds",
        Construct::Assert(_) => "remove the assertion that always holds",
        _ => "remove the branch that never runs",
    }
}
