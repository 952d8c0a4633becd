//! What a flag's rules can come to, with every question about the context open. Owns the walk over an ordered list of
//! steps and the state that follows from the outcomes reached; every provider's semantics is put into such steps.
//!
//! Too many outcomes only make a flag look less constant than it is, so whatever is not understood adds some.

use super::super::model::{Premise, RolloutState};
use crate::value::Value;

/// What a call may get.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// A value.
    Value(Value),
    /// The call's own fallback.
    Fallback,
    /// Nobody knows, and why.
    Unclear(String),
}

impl Outcome {
    /// `true` or `false`.
    pub(super) fn truth(on: bool) -> Self {
        Self::Value(Value::Bool(on))
    }
}

/// For which contexts a step decides; the others go on to the next one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum When {
    /// For all.
    Always,
    /// For none.
    Never,
    /// For all for which the premises hold, and for none of the others.
    Given(Vec<Premise>),
    /// For none for which the premises hold; for others perhaps.
    Unless(Vec<Premise>),
    /// For a percentage of them.
    Share(f64, Option<String>),
    /// For those that a rule, list or segment names, and which.
    Sometimes(String),
    /// For some, all or none: what decides is not understood.
    Unclear(String),
}

impl When {
    /// Both must hold.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Always, other) => other,
            (own, Self::Always) => own,
            (Self::Unclear(why), _) | (_, Self::Unclear(why)) => Self::Unclear(why),
            (Self::Sometimes(why), _) | (_, Self::Sometimes(why)) => Self::Sometimes(why),
            (Self::Given(mut own), Self::Given(more)) => {
                own.extend(more);
                Self::Given(own)
            }
            (Self::Share(percent, by), _) | (_, Self::Share(percent, by)) => Self::Share(percent, by),
            (Self::Unless(_), _) | (_, Self::Unless(_)) => {
                Self::Sometimes("conditions that depend on each other".into())
            }
        }
    }

    /// It must not hold.
    pub(super) fn not(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Given(premises) => Self::Unless(premises),
            Self::Unless(premises) => Self::Given(premises),
            Self::Share(percent, by) => Self::Share(100.0 - percent, by),
            open => open,
        }
    }
}

/// Whether a state has a value, as a condition on another flag.
pub(super) fn holds(parent: &RolloutState, wanted: impl Fn(&Value) -> bool, name: &str) -> When {
    match parent {
        RolloutState::Constant { value, premises, .. } if premises.is_empty() => certain(wanted(value)),
        RolloutState::Off { value, .. } => certain(wanted(value)),
        RolloutState::Constant { value, premises, .. } if wanted(value) => When::Given(premises.clone()),
        RolloutState::Unknown { why } => When::Unclear(format!("it depends on `{name}`: {why}")),
        RolloutState::Partial { lanes, by } => {
            let shares = lanes.iter().filter(|(value, _)| wanted(value)).map(|(_, share)| *share);
            match shares.sum::<Option<f64>>() {
                Some(share) => When::Share(share, by.clone()),
                None => When::Sometimes(format!("what `{name}` serves")),
            }
        }
        _ => When::Sometimes(format!("what `{name}` serves")),
    }
}

fn certain(holds: bool) -> When {
    if holds { When::Always } else { When::Never }
}

/// One rule: for whom, what with which percentage, and why, with the pointer.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) when: When,
    pub(super) gives: Vec<(Outcome, Option<f64>)>,
    pub(super) why: String,
}

impl Step {
    /// A step with one outcome.
    pub(super) fn one(when: When, outcome: Outcome, why: String) -> Self {
        Self { when, gives: vec![(outcome, None)], why }
    }

    /// Whether it has a part that is not understood.
    pub(super) fn is_unclear(&self) -> bool {
        matches!(self.when, When::Unclear(_))
            || self.gives.iter().any(|(outcome, _)| matches!(outcome, Outcome::Unclear(_)))
    }
}

/// The state that follows from the steps. The last one has to be for everybody: else what comes after it is not known.
pub(super) fn settle(steps: &[Step]) -> RolloutState {
    let (open, _) = reach(steps, false);
    if let Some(only) = single(&open) {
        return certain_state(only, &open, Vec::new());
    }
    let (given, premises) = reach(steps, true);
    if let Some(only @ Outcome::Value(_)) = single(&given) {
        return certain_state(only, &given, premises);
    }
    if let Some(why) = open.iter().find_map(|reached| match reached.outcome {
        Outcome::Unclear(why) => Some(why),
        _ => None,
    }) {
        return RolloutState::Unknown { why: why.clone() };
    }
    let reached_steps = steps.iter().take(open.last().map_or(0, |last| last.step + 1));
    if let Some(why) = reached_steps.clone().find_map(|step| match &step.when {
        When::Unclear(why) => Some(why),
        _ => None,
    }) {
        return RolloutState::Unknown { why: why.clone() };
    }
    if let Some(why) = reached_steps.clone().find_map(|step| match &step.when {
        When::Sometimes(why) => Some(why),
        _ => None,
    }) {
        return RolloutState::Targeted { why: why.clone() };
    }
    partial(steps, &open)
}

struct Reached<'a> {
    outcome: &'a Outcome,
    percent: Option<f64>,
    step: usize,
    why: &'a str,
}

/// What can come out; with the premises taken for true, also which of them that needed.
fn reach(steps: &[Step], premises_hold: bool) -> (Vec<Reached<'_>>, Vec<Premise>) {
    let mut reached = Vec::new();
    let mut needed: Vec<Premise> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let ends = match &step.when {
            When::Never => continue,
            When::Unless(premises) if premises_hold => {
                needed.extend(premises.iter().cloned());
                continue;
            }
            When::Given(premises) if premises_hold => {
                needed.extend(premises.iter().cloned());
                true
            }
            When::Always => true,
            _ => false,
        };
        let gives = step.gives.iter();
        reached.extend(gives.map(|(outcome, percent)| Reached {
            outcome,
            percent: *percent,
            step: index,
            why: &step.why,
        }));
        if ends {
            needed.sort();
            needed.dedup();
            return (reached, needed);
        }
    }
    reached.push(Reached { outcome: &NOTHING, percent: None, step: steps.len().saturating_sub(1), why: "" });
    (reached, needed)
}

/// Beyond the last step, which a reader has to make one for everybody.
static NOTHING: Outcome = Outcome::Unclear(String::new());

fn single<'a>(reached: &[Reached<'a>]) -> Option<&'a Outcome> {
    let first = reached.first()?.outcome;
    reached.iter().all(|one| one.outcome == first).then_some(first)
}

fn certain_state(only: &Outcome, reached: &[Reached<'_>], premises: Vec<Premise>) -> RolloutState {
    let last = reached.last().map_or("", |last| last.why);
    let first = reached.first().map_or("", |first| first.why);
    let why = if first == last { last.to_owned() } else { format!("all that can come out is equal, up to: {last}") };
    match only {
        Outcome::Value(value) => RolloutState::Constant { value: value.clone(), premises, why },
        Outcome::Fallback => RolloutState::CallDefault { why },
        Outcome::Unclear(why) => RolloutState::Unknown { why: why.clone() },
    }
}

fn partial(steps: &[Step], reached: &[Reached<'_>]) -> RolloutState {
    let mut by = None;
    let mut share = None;
    let mut shares = 0;
    for step in steps {
        if let When::Share(percent, attribute) = &step.when {
            shares += 1;
            share = Some(*percent);
            by = by.or_else(|| attribute.clone());
        }
    }
    let simple = shares == 1 && reached.len() == 2;
    let mut lanes: Vec<(Value, Option<f64>)> = Vec::new();
    for (position, one) in reached.iter().enumerate() {
        let value = match one.outcome {
            Outcome::Value(value) => value.clone(),
            _ => Value::String("the call's own fallback".to_owned()),
        };
        let percent = match (simple, position) {
            (true, 0) => share,
            (true, _) => share.map(|share| 100.0 - share),
            _ if shares == 0 && reached.iter().all(|other| other.step == one.step) => one.percent,
            _ => None,
        };
        match lanes.iter_mut().find(|(known, _)| *known == value) {
            Some((_, known)) => *known = known.zip(percent).map(|(known, more)| known + more),
            None => lanes.push((value, percent)),
        }
    }
    RolloutState::Partial { lanes, by }
}

/// An order in which every flag comes after those it depends on; those of a circle, and those below one, are left out.
/// `parents` has the positions of each flag's parents.
pub(super) fn order(parents: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = parents.iter().map(Vec::len).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    for (child, list) in parents.iter().enumerate() {
        for parent in list {
            children[*parent].push(child);
        }
    }
    let mut order: Vec<usize> = (0..parents.len()).filter(|flag| open[*flag] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for child in &children[order[next]] {
            open[*child] -= 1;
            if open[*child] == 0 {
                order.push(*child);
            }
        }
        next += 1;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Premise, RolloutState, Step, Value, When, order, settle};

    fn on(when: When) -> Step {
        Step::one(when, Outcome::truth(true), "on".to_owned())
    }

    fn off(when: When) -> Step {
        Step::one(when, Outcome::truth(false), "off".to_owned())
    }

    fn user() -> Vec<Premise> {
        vec![Premise::ContextKey("userId".to_owned())]
    }

    fn show(state: &RolloutState) -> String {
        match state {
            RolloutState::Constant { value, premises, .. } if premises.is_empty() => format!("constant {value}"),
            RolloutState::Constant { value, premises, .. } => format!("constant {value} given {}", premises[0].name()),
            RolloutState::Partial { lanes, .. } => format!("partial {lanes:?}"),
            RolloutState::Targeted { .. } => "targeted".to_owned(),
            RolloutState::Unknown { why } => format!("unknown {why}"),
            RolloutState::CallDefault { .. } => "fallback".to_owned(),
            RolloutState::Off { .. } => "off".to_owned(),
        }
    }

    #[test]
    fn one_outcome_is_a_constant_and_two_are_not() {
        let some = || When::Sometimes("rule".to_owned());
        let odd = || When::Unclear("odd".to_owned());
        for (steps, expected) in [
            (vec![on(When::Always)], "constant true"),
            (vec![on(some()), on(When::Always)], "constant true"),
            (vec![on(odd()), on(When::Always)], "constant true"),
            (vec![off(When::Never), on(When::Always)], "constant true"),
            (vec![on(When::Always), off(some())], "constant true"),
            (vec![on(some()), off(When::Always)], "targeted"),
            (vec![on(odd()), off(When::Always)], "unknown odd"),
            (vec![on(some())], "unknown "),
            (vec![], "unknown "),
            (vec![on(When::Given(user())), off(When::Always)], "constant true given userId"),
            (vec![off(When::Unless(user())), on(When::Always)], "constant true given userId"),
            (vec![off(some()), on(When::Given(user())), off(When::Always)], "targeted"),
            (
                vec![on(When::Share(25.0, None)), off(When::Always)],
                "partial [(Bool(true), Some(25.0)), (Bool(false), Some(75.0))]",
            ),
            (vec![Step::one(When::Always, Outcome::Fallback, String::new())], "fallback"),
        ] {
            assert_eq!(show(&settle(&steps)), expected, "{steps:?}");
        }
    }

    #[test]
    fn an_outcome_that_nobody_knows_is_no_constant() {
        let unclear = Outcome::Unclear("odd".to_owned());
        let step = Step {
            when: When::Always,
            gives: vec![(Outcome::Value(Value::Int(1)), None), (unclear, None)],
            why: String::new(),
        };
        assert_eq!(show(&settle(&[step])), "unknown odd");
    }

    #[test]
    fn parents_come_first_and_circles_not_at_all() {
        assert_eq!(order(&[vec![1], vec![2], vec![]]), [2, 1, 0]);
        assert_eq!(order(&[vec![1], vec![0], vec![], vec![0]]), [2]);
    }
}
