//! Values that follow from known ones. Owns what derivations yield; which code is one of them is for the language.

use crate::fix::syntax::{Comparison, Derivation, Syntax};
use crate::value::Value;

/// The value that follows; `None` where languages, or their versions, differ.
pub(super) fn derive(by: &Derivation, value: &Value, syntax: &dyn Syntax) -> Option<Value> {
    match (by, value) {
        (Derivation::Number, Value::Bool(on)) => Some(Value::Int(i64::from(*on))),
        (Derivation::Number, Value::Int(_)) => Some(value.clone()),
        (Derivation::Text, Value::Bool(on)) => Some(Value::String(syntax.shown(*on).to_owned())),
        (Derivation::Text, Value::Int(number)) => Some(Value::String(number.to_string())),
        (Derivation::Text, Value::String(_)) => Some(value.clone()),
        // Letters beyond ASCII have lengths and cases that languages do not agree on.
        (_, Value::String(text)) if text.is_ascii() => of_text(by, text),
        _ => None,
    }
}

fn of_text(by: &Derivation, text: &str) -> Option<Value> {
    Some(match by {
        Derivation::Lower => Value::String(text.to_ascii_lowercase()),
        Derivation::Upper => Value::String(text.to_ascii_uppercase()),
        Derivation::Trimmed => Value::String(text.trim_matches([' ', '\t', '\n', '\r']).to_owned()),
        Derivation::StartsWith(part) => Value::Bool(text.starts_with(part.as_str())),
        Derivation::EndsWith(part) => Value::Bool(text.ends_with(part.as_str())),
        Derivation::Contains(part) => Value::Bool(text.contains(part.as_str())),
        Derivation::EqualsIgnoringCase(other) => Value::Bool(text.eq_ignore_ascii_case(other)),
        Derivation::Length => Value::Int(i64::try_from(text.len()).ok()?),
        Derivation::IsEmpty => Value::Bool(text.is_empty()),
        Derivation::Number | Derivation::Text => return None,
    })
}

/// How two numbers compare; `None` for anything else.
pub(super) fn order(left: &Value, comparison: Comparison, right: &Value) -> Option<bool> {
    let ordering = match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            number(left)?.partial_cmp(&number(right)?)?
        }
        _ => return None,
    };
    Some(match comparison {
        Comparison::Less => ordering.is_lt(),
        Comparison::AtMost => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::AtLeast => ordering.is_ge(),
        _ => return None,
    })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        // Larger ones are not exact.
        Value::Int(number) => i32::try_from(*number).ok().map(f64::from),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{derive, order};
    use crate::fix::syntax::{Comparison, Derivation};
    use crate::language;
    use crate::value::Value;

    #[test]
    fn values_follow_from_values() {
        let python = language::by_name("python").expect("Python is a language").fold;
        let rust = language::by_name("rust").expect("Rust is a language").fold;
        let text = |text: &str| Value::String(text.to_owned());
        assert_eq!(derive(&Derivation::Number, &Value::Bool(true), python), Some(Value::Int(1)));
        assert_eq!(derive(&Derivation::Text, &Value::Bool(true), python), Some(text("True")));
        assert_eq!(derive(&Derivation::Text, &Value::Bool(true), rust), Some(text("true")));
        assert_eq!(derive(&Derivation::Lower, &text("Blue"), python), Some(text("blue")));
        assert_eq!(derive(&Derivation::Contains("l".to_owned()), &text("blue"), python), Some(Value::Bool(true)));
        assert_eq!(derive(&Derivation::Lower, &text("İ"), python), None);
        assert_eq!(derive(&Derivation::Length, &Value::Bool(true), python), None);
    }

    #[test]
    fn only_numbers_have_an_order() {
        assert_eq!(order(&Value::Int(1), Comparison::Greater, &Value::Int(0)), Some(true));
        assert_eq!(order(&Value::Int(1), Comparison::AtLeast, &Value::Float(1.5)), Some(false));
        assert_eq!(order(&Value::Bool(true), Comparison::Greater, &Value::Int(0)), None);
        assert_eq!(order(&Value::Float(f64::NAN), Comparison::Less, &Value::Float(1.0)), None);
    }
}
