//! The state of a flag in one environment, as a word or as a mapping. Declarations that look constant but are not for
//! everybody (`100%`, `needs`) become constants with premises, which never lead to a removal.

use jiff::civil::Date;

use super::super::error::Problem;
use super::super::model::{Flag, Premise, RolloutState, Schedule};
use super::super::premise::together;
use super::super::schedule;
use super::super::tree::{Entry, Kind, Map, Node};
use super::{Reader, STATE_KEYS, list, suggestion, truth};
use crate::value::{Value, ValueType};

/// The words that are states.
const WORDS: [&str; 5] = ["on", "off", "25%", "code-default", "unknown"];
/// The keys of which a state has one.
const MAIN_KEYS: [&str; 4] = ["is", "value", "split", "targeted"];

/// What stands beside a state.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) since: Option<Date>,
    pub(super) reason: Option<String>,
    pub(super) needs: Vec<String>,
    pub(super) by: Option<String>,
}

impl Reader {
    /// Reads a state; `beside` are the flag's own `since`, `reason`, `needs` and `by` when it has one state for all.
    pub(super) fn state(
        &mut self,
        node: Node<'_>,
        flag: &Flag,
        beside: &[Entry<'_>],
    ) -> Option<(RolloutState, Option<Date>, Option<Schedule>)> {
        let mut extras = Extras::default();
        let mut planned = None;
        let fields = if let Kind::Map(fields) = node.kind() { Some(fields) } else { None };
        for field in beside.iter().cloned().chain(fields.into_iter().flat_map(Map::iter)) {
            let value = field.value;
            match field.key {
                "schedule" => match schedule::read(value) {
                    Ok(read) => planned = Some(read),
                    Err(problem) => self.problems.push(problem),
                },
                "since" => extras.since = self.date(value, "`since`"),
                "reason" => extras.reason = self.text(value, "`reason`"),
                "by" => extras.by = self.text(value, "`by`"),
                "needs" => {
                    extras.needs = self.texts(value, "a list of attributes").into_iter().map(|(name, _)| name).collect()
                }
                _ => {}
            }
        }
        let state = match node.kind() {
            Kind::Map(fields) => self.mapped_state(node, fields, flag, &extras),
            Kind::Null => {
                let message = format!("flag `{}` has an empty state", flag.key);
                self.problems.push(Problem::new(message, node.span(), format!("say one of {}", list(&WORDS))));
                None
            }
            _ => self.scalar_state(node, &flag.key, flag, &extras),
        }?;
        Some((state, extras.since, planned))
    }

    /// `on`, `off`, `25%`, `code-default`, `unknown`.
    pub(super) fn scalar_state(
        &mut self,
        node: Node<'_>,
        key: &str,
        flag: &Flag,
        extras: &Extras,
    ) -> Option<RolloutState> {
        if let Some(on) = truth(node.kind()) {
            let word = if on { "on" } else { "off" };
            if flag.value_type != ValueType::Bool {
                let message = format!(
                    "flag `{key}` is of type {}, so `{word}` does not say what it serves",
                    flag.value_type.name()
                );
                let problem = Problem::new(message, node.span(), "no value");
                self.problems
                    .push(problem.help("say `{value: ...}`, or `{is: off, value: ...}` for what it serves while off"));
                return None;
            }
            return Some(constant(Value::Bool(on), on, format!("declared `{word}`"), extras));
        }
        let text = match node.kind() {
            Kind::Text(text) => text,
            _ => "",
        };
        match text {
            "code-default" => {
                return Some(RolloutState::CallDefault { why: because("declared `code-default`", extras) });
            }
            "unknown" => return Some(RolloutState::Unknown { why: because("declared `unknown`", extras) }),
            _ => {}
        }
        if text.ends_with('%') {
            let share = self.percentage(node)?;
            return self.share(node, share, flag, extras);
        }
        let shown = match node.kind() {
            Kind::Text(text) => format!("`{text}`"),
            _ => node.type_name().to_owned(),
        };
        let here = if text.is_empty() { None } else { suggestion(text, &WORDS) };
        let here = here.unwrap_or_else(|| "not a state".to_owned());
        let problem = Problem::new(format!("flag `{key}` has the state {shown}, which is none"), node.span(), here);
        let value = if flag.value_type == ValueType::Bool { "" } else { "; a value is declared as `{value: ...}`" };
        self.problems.push(problem.help(format!("a state is one of {}, or a mapping{value}", list(&WORDS))));
        None
    }

    fn share(&mut self, node: Node<'_>, share: f64, flag: &Flag, extras: &Extras) -> Option<RolloutState> {
        if flag.value_type != ValueType::Bool {
            let message = format!(
                "flag `{}` is of type {}, so a percentage does not say of what",
                flag.key,
                flag.value_type.name()
            );
            let problem = Problem::new(message, node.span(), "of which value?");
            self.problems.push(problem.help("say `{split: {first: 25%, second: 75%}}`"));
            return None;
        }
        if share > 0.0 && share < 100.0 {
            let lanes = vec![(Value::Bool(true), Some(share)), (Value::Bool(false), Some(100.0 - share))];
            return Some(RolloutState::Partial { lanes, by: extras.by.clone() });
        }
        let all = share >= 100.0;
        let word = if all { "on" } else { "off" };
        let declared = if all { "100%" } else { "0%" };
        if extras.needs.is_empty() {
            let whom = if all { "everybody" } else { "nobody" };
            let message = format!("flag `{}` is declared `{declared}`, which does not always mean {whom}", flag.key);
            let problem = Problem::new(message, node.span(), "a percentage needs something to bucket by");
            self.warnings.push(
                problem.help(format!("say `{word}` if it does, or add `needs:` with the attribute it buckets by")),
            );
        }
        let mut state = constant(Value::Bool(all), all, format!("declared `{declared}`"), extras);
        if let RolloutState::Constant { premises, .. } = &mut state
            && premises.is_empty()
        {
            premises.push(match &extras.by {
                Some(attribute) => Premise::ContextKey(attribute.clone()),
                None => Premise::Bucket,
            });
        }
        Some(state)
    }

    fn mapped_state(&mut self, node: Node<'_>, fields: Map<'_>, flag: &Flag, extras: &Extras) -> Option<RolloutState> {
        self.known_keys(fields.iter(), &STATE_KEYS, &format!("in a state of flag `{}`", flag.key));
        let main: Vec<Entry<'_>> = fields.iter().filter(|field| MAIN_KEYS.contains(&field.key)).collect();
        let find = |key: &str| fields.find(key);
        let off_with_value = find("is").is_some_and(|field| truth(field.value.kind()) == Some(false));
        match main.as_slice() {
            [] => {
                let message = format!("a state of flag `{}` does not say what is served", flag.key);
                let problem = Problem::new(message, node.span(), "one key is missing");
                self.problems.push(problem.help(format!("give one of {}", list(&MAIN_KEYS))));
                None
            }
            [only] => match only.key {
                "is" => self.scalar_state(only.value, &flag.key, flag, extras),
                "value" => {
                    let value = self.served(only.value, flag)?;
                    let on = value != Value::Bool(false);
                    let why = format!("declared value {value}");
                    Some(constant(value, on, why, extras))
                }
                "split" => self.split(only.value, flag, extras),
                _ => {
                    let by_what = self.text(only.value, "`targeted`")?;
                    Some(RolloutState::Targeted { why: because(&by_what, extras) })
                }
            },
            [_, _] if off_with_value && flag.value_type != ValueType::Bool && find("value").is_some() => {
                let value = self.served(find("value")?.value, flag)?;
                Some(constant(value, false, "declared `off`".to_owned(), extras))
            }
            [first, second, ..] => {
                let message = format!("`{}` and `{}` contradict each other", first.key, second.key);
                let problem = Problem::new(message, second.key_span.clone(), "a second answer");
                self.problems.push(problem.label(first.key_span.clone(), "the first answer"));
                None
            }
        }
    }

    /// A value that is of the flag's type and among its listed values.
    fn served(&mut self, node: Node<'_>, flag: &Flag) -> Option<Value> {
        let value = self.value(node, flag.value_type, "the value")?;
        self.listed(&value, &node.span(), flag).then_some(value)
    }

    fn listed(&mut self, value: &Value, span: &crate::source::Span, flag: &Flag) -> bool {
        if flag.variations.is_empty() || flag.variations.contains(value) {
            return true;
        }
        let known: Vec<String> = flag.variations.iter().map(|value| value.to_string()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let here = suggestion(&value.to_string(), &known).unwrap_or_else(|| "not listed".to_owned());
        let problem =
            Problem::new(format!("{value} is not among the `values` of flag `{}`", flag.key), span.clone(), here);
        self.problems.push(problem.help(format!("listed: {}", known.join(", "))));
        false
    }

    fn split(&mut self, node: Node<'_>, flag: &Flag, extras: &Extras) -> Option<RolloutState> {
        let Kind::Map(shares) = node.kind() else {
            self.mismatch(node, "`split`", "a mapping from value to percentage");
            return None;
        };
        let before = self.problems.len();
        let mut lanes = Vec::new();
        for share in shares.iter() {
            let value = self.value_of_key(share.key, &share.key_span, flag.value_type, "a value of the split");
            let percentage = self.percentage(share.value);
            if let (Some(value), Some(percentage)) = (value, percentage)
                && self.listed(&value, &share.key_span, flag)
            {
                lanes.push((value, Some(percentage)));
            }
        }
        if self.problems.len() > before {
            return None;
        }
        let sum: f64 = lanes.iter().filter_map(|(_, share)| *share).sum();
        // Thirds are written 33.3%, and their sum is a little less than 99.9.
        if !(99.899_999..=100.100_001).contains(&sum) {
            let message = format!("the shares of flag `{}` add up to {sum}%, not to 100%", flag.key);
            self.problems.push(Problem::new(message, node.span(), "some contexts are missing or counted twice"));
            return None;
        }
        Some(RolloutState::Partial { lanes, by: extras.by.clone() })
    }

    /// `12.5%`, from 0 to 100.
    fn percentage(&mut self, node: Node<'_>) -> Option<f64> {
        let share = match node.kind() {
            Kind::Text(text) => text
                .strip_suffix('%')
                .map(str::trim)
                .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')),
            _ => None,
        };
        let share = share.and_then(|digits| digits.parse::<f64>().ok()).filter(|share| (0.0..=100.0).contains(share));
        if share.is_none() {
            let problem = Problem::new("not a percentage", node.span(), "expected 0% to 100%, with the sign");
            self.problems.push(problem);
        }
        share
    }
}

/// A constant, or off: `false` declared by any word is off, since acting on it deletes the branch for *on*. Nothing is off
/// provided that something holds; of `false` a constant says the same.
fn constant(value: Value, on: bool, why: String, extras: &Extras) -> RolloutState {
    let why = because(&why, extras);
    let premises: Vec<Premise> = extras.needs.iter().cloned().map(Premise::ContextKey).collect();
    if !on && premises.is_empty() {
        RolloutState::Off { value, why }
    } else if on || value == Value::Bool(false) {
        RolloutState::Constant { value, premises, why }
    } else {
        RolloutState::Unknown { why: format!("{why}, provided that {}", together(&premises)) }
    }
}

fn because(what: &str, extras: &Extras) -> String {
    match &extras.reason {
        Some(reason) => format!("{what}: {reason}"),
        None => what.to_owned(),
    }
}
