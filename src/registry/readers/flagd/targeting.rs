//! What a JsonLogic tree of flagd comes to: the names of variants that can come out of it. Owns folding of literals,
//! `if`, `fractional` and `$ref`; everything else about a context stays open.

use super::super::super::model::Premise;
use super::super::super::tree::Kind;
use super::super::at::{At, number};
use super::super::steps::{Outcome, Step, When};

/// Deeper trees are not followed.
const MAX_DEPTH: usize = 30;

/// What a targeting rule refers to.
pub(super) struct Set<'s> {
    pub(super) variants: &'s At<'s>,
    pub(super) default: &'s Outcome,
    pub(super) evaluators: Option<&'s At<'s>>,
}

/// The value of a variant. A name that is none is an error, upon which a call gets its fallback.
pub(super) fn variant(variants: &At<'_>, name: &str) -> Outcome {
    match variants.get(name).map(|at| at.value()) {
        Some(Some(value)) => Outcome::Value(value),
        Some(None) => Outcome::Unclear(variants.because(&format!("variant `{name}` cannot be held"))),
        None if variants.has(name) => Outcome::Unclear(variants.because(&format!("variant `{name}` is null"))),
        None => Outcome::Fallback,
    }
}

/// The operators of JsonLogic and flagd, <https://flagd.dev/reference/flag-definitions/#operations>.
const OPERATORS: [&str; 38] = [
    "!",
    "!!",
    "!=",
    "!==",
    "%",
    "*",
    "+",
    "-",
    "/",
    "<",
    "<=",
    "==",
    "===",
    ">",
    ">=",
    "?:",
    "all",
    "and",
    "cat",
    "ends_with",
    "filter",
    "fractional",
    "if",
    "in",
    "log",
    "map",
    "max",
    "merge",
    "min",
    "missing",
    "missing_some",
    "none",
    "or",
    "reduce",
    "sem_ver",
    "some",
    "starts_with",
    "var",
];

/// Adds what the expression comes to for those contexts.
pub(super) fn branch(at: &At<'_>, when: When, set: &Set<'_>, steps: &mut Vec<Step>) {
    // Engines compile a rule whole: what they do not know makes it fail for everyone, even where no context leads.
    if let Some(why) = unread(at, set, 0) {
        return steps.push(Step::one(when, Outcome::Unclear(why), at.because("targeting")));
    }
    expression(at, when, set, steps, 0, false);
}

/// What some engine may not know in a rule, wherever it stands.
fn unread(at: &At<'_>, set: &Set<'_>, depth: usize) -> Option<String> {
    if depth > 2 * MAX_DEPTH {
        return Some(at.because("targeting that is nested too deeply"));
    }
    if !at.is_map() {
        return at.items().iter().find_map(|item| unread(item, set, depth + 1));
    }
    let Some((operator, arguments)) = operation(at) else {
        return Some(at.because("an expression that is not known"));
    };
    match operator {
        "$ref" => match evaluator(&arguments, set) {
            Some(evaluator) => unread(&evaluator, &Set { evaluators: None, ..*set }, depth + 1),
            None => Some(at.because("a `$ref` that leads nowhere")),
        },
        _ if OPERATORS.contains(&operator) => arguments.iter().find_map(|argument| unread(argument, set, depth + 1)),
        _ => Some(at.because(&format!("the operator `{operator}`, which is not known"))),
    }
}

/// The operator of an expression and its arguments; one argument may stand without a list.
fn operation<'a>(at: &At<'a>) -> Option<(&'a str, Vec<At<'a>>)> {
    let [(entry, argument)] = <[_; 1]>::try_from(at.entries()).ok()?;
    let arguments = if matches!(argument.node.kind(), Kind::List(_)) { argument.items() } else { vec![argument] };
    Some((entry.key, arguments))
}

fn expression(at: &At<'_>, when: When, set: &Set<'_>, steps: &mut Vec<Step>, depth: usize, referred: bool) {
    let give = |when: When, outcome: Outcome, why: &str| Step::one(when, outcome, at.because(why));
    match at.node.kind() {
        Kind::Null => return steps.push(give(when, set.default.clone(), "no variant, so the default one")),
        Kind::Text(name) => return steps.push(give(when, variant(set.variants, name), "a variant")),
        Kind::Bool(on) => return steps.push(give(when, variant(set.variants, &on.to_string()), "a variant")),
        _ => {}
    }
    let unclear = |why: &str| Outcome::Unclear(at.because(why));
    let Some((operator, arguments)) = operation(at).filter(|_| depth < MAX_DEPTH) else {
        return steps.push(give(when, unclear("an expression that is not known"), "targeting"));
    };
    match operator {
        "if" => {
            let mut rest = arguments.as_slice();
            while let [condition, then, others @ ..] = rest {
                if let Some(why) = doubtful(condition, set, depth + 1) {
                    return steps.push(give(when, Outcome::Unclear(why), "a condition"));
                }
                let holds = truth(condition, set, 0);
                expression(then, when.clone().and(holds.clone()), set, steps, depth + 1, referred);
                if holds == When::Always {
                    return;
                }
                rest = others;
            }
            match rest {
                [otherwise] => expression(otherwise, when, set, steps, depth + 1, referred),
                _ => steps.push(Step::one(when, set.default.clone(), at.because("no branch, so the default variant"))),
            }
        }
        "fractional" => {
            match fractional(at, &arguments, set) {
                Ok((bucketed, gives)) => {
                    let when = when.clone().and(bucketed);
                    steps.push(Step { when, gives, why: at.because("buckets") });
                }
                Err(why) => steps.push(Step::one(when.clone(), Outcome::Unclear(why), at.because("buckets"))),
            }
            let why = at.because("nothing to bucket by, so the default variant");
            steps.push(Step::one(when, set.default.clone(), why));
        }
        "$ref" => match evaluator(&arguments, set).filter(|_| !referred) {
            Some(evaluator) => expression(&evaluator, when, set, steps, depth + 1, true),
            None => steps.push(give(when, unclear("a `$ref` that leads nowhere"), "targeting")),
        },
        "==" | "===" | "!=" | "!==" | "!" | "!!" | "in" | "starts_with" | "ends_with" => match doubtful(at, set, depth)
        {
            Some(why) => steps.push(give(when, Outcome::Unclear(why), "a condition")),
            None => {
                let mut gives: Vec<_> =
                    ["true", "false"].map(|name| (variant(set.variants, name), None)).into_iter().collect();
                gives.push((set.default.clone(), None));
                let when = when.and(When::Always);
                steps.push(Step { when, gives, why: at.because("a condition") });
            }
        },
        _ => steps.push(give(when, unclear("an expression whose result is not known"), "targeting")),
    }
}

/// What a `$ref` refers to.
fn evaluator<'a>(arguments: &[At<'a>], set: &Set<'a>) -> Option<At<'a>> {
    set.evaluators?.get(arguments.first()?.word()?)
}

/// For whom a condition holds: literals are folded, and what has only one result; everything else is open.
fn truth(condition: &At<'_>, set: &Set<'_>, depth: usize) -> When {
    let open = || When::Sometimes(condition.because("a condition"));
    if let (Kind::Map(_), true) = (condition.node.kind(), depth < MAX_DEPTH) {
        let Some((operator, arguments)) = operation(condition) else { return open() };
        let mut each = arguments.iter().map(|argument| truth(argument, set, depth + 1));
        return match (operator, arguments.as_slice()) {
            ("and", _) => each.fold(When::Always, When::and),
            ("or", _) => each.map(When::not).fold(When::Always, When::and).not(),
            ("!", [_]) => each.next().map_or_else(open, When::not),
            ("!!", [_]) => each.next().unwrap_or_else(open),
            ("in", [_, list]) if matches!(list.node.kind(), Kind::List(items) if items.is_empty()) => When::Never,
            ("$ref", _) => match evaluator(&arguments, set) {
                Some(evaluator) => truth(&evaluator, set, depth + MAX_DEPTH / 2),
                None => open(),
            },
            _ => open(),
        };
    }
    let holds = match condition.node.kind() {
        Kind::Null => false,
        Kind::Bool(on) => on,
        Kind::Int(number) => number != 0,
        Kind::Float(number) => number != 0.0,
        Kind::Text(text) => !text.is_empty(),
        Kind::List(_) | Kind::Map(_) | Kind::Huge | Kind::Code(_) => return open(),
    };
    if holds { When::Always } else { When::Never }
}

/// Why a condition may fail, upon which a call gets its fallback: what is not known to be evaluated by every engine.
fn doubtful(condition: &At<'_>, set: &Set<'_>, depth: usize) -> Option<String> {
    if depth > MAX_DEPTH {
        return Some(condition.because("targeting that is nested too deeply"));
    }
    if !condition.is_map() {
        return condition.items().iter().find_map(|item| doubtful(item, set, depth + 1));
    }
    let Some((operator, arguments)) = operation(condition) else {
        return Some(condition.because("an expression that is not known"));
    };
    if operator == "$ref" {
        // One evaluator does not refer to another.
        let Some(evaluator) = evaluator(&arguments, set) else {
            return Some(condition.because("a `$ref` that leads nowhere"));
        };
        let alone = Set { evaluators: None, ..*set };
        return doubtful(&evaluator, &alone, depth + 1);
    }
    let count = arguments.len();
    let known = match operator {
        "var" => count == 1 && matches!(arguments[0].node.kind(), Kind::Text(_)),
        "==" | "===" | "!=" | "!==" | "in" | "starts_with" | "ends_with" => count == 2,
        "!" | "!!" => count == 1,
        "and" | "or" => count > 0,
        "cat" => true,
        _ => false,
    };
    if !known {
        return Some(condition.because(&format!("`{operator}` may fail")));
    }
    arguments.iter().find_map(|argument| doubtful(argument, set, depth + 1))
}

type Gives = Vec<(Outcome, Option<f64>)>;

/// The buckets that can be met, and for whom there is something to bucket by.
fn fractional(at: &At<'_>, arguments: &[At<'_>], set: &Set<'_>) -> Result<(When, Gives), String> {
    let (by, buckets) = match arguments {
        [first, rest @ ..] if !matches!(first.node.kind(), Kind::List(_)) => (Some(first), rest),
        all => (None, all),
    };
    let given = |key: &str| When::Given(vec![Premise::ContextKey(key.to_owned())]);
    let when = match by.map(operation) {
        None => given("targetingKey"),
        Some(Some(("var", name))) => match name.first().map(|name| name.node.kind()) {
            Some(Kind::Text("$flagd.flagKey")) => When::Always,
            Some(Kind::Text(name)) => given(name),
            _ => return Err(at.because("nothing known to bucket by")),
        },
        Some(Some(("cat", parts))) if parts.iter().all(|part| doubtful(part, set, 0).is_none()) => When::Always,
        _ => return Err(at.because("nothing known to bucket by")),
    };
    let mut gives = Vec::new();
    let mut total = 0.0;
    for bucket in buckets {
        let parts = bucket.items();
        let (name, weight) = match parts.as_slice() {
            [name] => (name, Some(1.0)),
            [name, weight] => (name, number(weight.node)),
            _ => return Err(bucket.because("a bucket that is not known")),
        };
        let name = match name.node.kind() {
            Kind::Text(name) => name.to_owned(),
            Kind::Bool(on) => on.to_string(),
            _ => return Err(bucket.because("a bucket without a variant")),
        };
        let Some(weight) = weight.filter(|weight| *weight >= 0.0 && weight.fract() == 0.0) else {
            return Err(bucket.because("a weight that is not known"));
        };
        if weight > 0.0 {
            total += weight;
            gives.push((variant(set.variants, &name), Some(weight)));
        }
    }
    if gives.is_empty() {
        return Err(at.because("no bucket weighs anything"));
    }
    gives.iter_mut().for_each(|(_, share)| *share = share.map(|weight| 100.0 * weight / total));
    Ok((when, gives))
}
