//! Planned rollouts: a first day and, by days since then, the percentage that is due. Owns reading one and what is due on a
//! day; whether that is what is served is judged by the rule `stuck-rollout`.

use jiff::ToSpan;
use jiff::civil::Date;

use super::error::Problem;
use super::tree::{Kind, Node};

/// More steps than this are a typing mistake.
const MAX_STEPS: usize = 1000;

/// A later day than this is a typing mistake: a hundred years.
const MAX_DAYS: u32 = 36_525;

/// A gradual rollout as it was planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The day of the first step, when steps are counted from zero.
    pub start: Date,
    /// Days since the start and the percentage from then on, in the order of the days.
    pub steps: Vec<(u32, f64)>,
}

/// A step of a schedule on its day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due {
    /// The day.
    pub day: Date,
    /// The percentage from then on.
    pub percentage: f64,
}

impl Schedule {
    /// The last step that is due on a day, if any is.
    pub fn due(&self, today: Date) -> Option<Due> {
        self.steps().take_while(|step| step.day <= today).last()
    }

    /// The first step to reach more than a percentage.
    pub fn first_above(&self, percentage: f64) -> Option<Due> {
        self.steps().find(|step| step.percentage > percentage)
    }

    /// The steps on their days.
    pub fn steps(&self) -> impl Iterator<Item = Due> + '_ {
        self.steps.iter().filter_map(|(days, percentage)| {
            let day = self.start.checked_add(i64::from(*days).days()).ok()?;
            Some(Due { day, percentage: *percentage })
        })
    }
}

/// Reads `{start: 2026-09-01, steps: {0: 1%, 3: 5%, 21: 100%}}`; steps may also be a list of pairs.
pub(super) fn read(node: Node<'_>) -> Result<Schedule, Problem> {
    let wrong = |node: Node<'_>, message: &str, here: &str| {
        Problem::new(message, node.span(), here)
            .help("a schedule is `{start: 2026-09-01, steps: {0: 1%, 7: 25%, 21: 100%}}`")
    };
    let Kind::Map(fields) = node.kind() else {
        return Err(wrong(node, "a schedule is a mapping", "expected `start` and `steps`"));
    };
    let mut start = None;
    let mut steps = None;
    for field in fields.iter() {
        match (field.key, field.value.kind()) {
            ("start", Kind::Text(text)) => start = text.get(..10).and_then(|day| day.parse::<Date>().ok()),
            ("steps", Kind::Map(entries)) => {
                let pairs = entries.iter().map(|entry| (entry.key.parse::<u32>().ok(), entry.value));
                steps = Some(pairs.collect::<Vec<_>>());
            }
            ("steps", Kind::List(items)) => {
                let pairs = items.iter().map(|item| match item.kind() {
                    Kind::List(pair) if pair.len() == 2 => (pair.get(0).and_then(whole), pair.get(1).unwrap_or(item)),
                    _ => (None, item),
                });
                steps = Some(pairs.collect::<Vec<_>>());
            }
            ("start" | "steps", _) => {}
            _ => {
                let message = format!("unknown key `{}` in a schedule", field.key);
                return Err(Problem::new(message, field.key_span.clone(), "expected `start` or `steps`"));
            }
        }
    }
    let Some(start) = start else {
        return Err(wrong(node, "a schedule without a first day", "expected `start: YYYY-MM-DD`"));
    };
    let steps = steps.filter(|steps| !steps.is_empty() && steps.len() <= MAX_STEPS);
    let Some(steps) = steps else {
        return Err(wrong(node, "a schedule without steps", "expected `steps`, by days since the start"));
    };
    let mut read: Vec<(u32, f64)> = Vec::new();
    for (days, value) in steps {
        let Some(days) = days.filter(|days| *days <= MAX_DAYS) else {
            return Err(wrong(value, "a step without its day", "expected whole days since the start"));
        };
        let Some(percentage) = percentage(value) else {
            return Err(wrong(value, "a step without a percentage", "expected 0% to 100%"));
        };
        if let Some((last, before)) = read.last()
            && (*last >= days || *before > percentage)
        {
            return Err(wrong(
                value,
                "a schedule that goes back",
                "each step is later, and not less than the one before",
            ));
        }
        read.push((days, percentage));
    }
    Ok(Schedule { start, steps: read })
}

fn whole(node: Node<'_>) -> Option<u32> {
    match node.kind() {
        Kind::Int(number) => u32::try_from(number).ok(),
        _ => None,
    }
}

fn percentage(node: Node<'_>) -> Option<f64> {
    let number = match node.kind() {
        Kind::Int(number) => Some(number as f64),
        Kind::Float(number) => Some(number),
        Kind::Text(text) => text.strip_suffix('%').and_then(|digits| digits.trim().parse().ok()),
        _ => None,
    };
    number.filter(|share| (0.0..=100.0).contains(share))
}

#[cfg(test)]
mod tests {
    use super::super::tree::{self, Notation};
    use super::{Schedule, read};

    fn parse(text: &str) -> Result<Schedule, String> {
        let root = tree::parse(text, Notation::Yaml).expect("it is YAML");
        read(root.node()).map_err(|problem| problem.one_line("x", text))
    }

    #[test]
    fn the_last_step_whose_day_has_come_is_due() {
        let plan = parse("{start: 2026-09-01, steps: {0: 1%, 3: 5%, 7: 25%, 21: 100%}}").expect("it is a schedule");
        let day = |text: &str| text.parse().expect("it is a date");
        for (today, due) in
            [("2026-08-31", None), ("2026-09-01", Some(1.0)), ("2026-09-07", Some(5.0)), ("2026-12-01", Some(100.0))]
        {
            assert_eq!(plan.due(day(today)).map(|step| step.percentage), due, "{today}");
        }
        assert_eq!(plan.first_above(5.0).map(|step| step.day.to_string()).as_deref(), Some("2026-09-08"));
        assert_eq!(parse("{start: 2026-09-01, steps: [[0, 1], [3, 5], [7, 25], [21, 100]]}"), Ok(plan));
    }

    #[test]
    fn what_is_no_schedule_says_why() {
        for (text, message) in [
            ("{steps: {0: 1%}}", "without a first day"),
            ("{start: 2026-09-01}", "without steps"),
            ("{start: 2026-09-01, steps: {0: 50%, 7: 25%}}", "goes back"),
            ("{start: 2026-09-01, steps: {7: 5%, 3: 25%}}", "goes back"),
            ("{start: 2026-09-01, steps: {soon: 5%}}", "without its day"),
            ("{start: 2026-09-01, steps: {0: 500%}}", "without a percentage"),
            ("{start: 2026-09-01, steps: {0: 5%}, more: 1}", "unknown key"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(message), "{error}");
        }
    }
}
