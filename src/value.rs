//! Values that a flag can serve, and their types. Owns equality between typed values and parsing of `KEY=VALUE`;
//! does not know how a language spells a value (see `language`) or how a vendor stores one (see `registry`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that a flag serves, as a check returns it.
///
/// Equality is typed: `true` is not `"true"`, and `1` is not `1.0`; use [`Value::matches`] where numbers compare by value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// No value: Python `None`, JSON `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text, unescaped.
    String(String),
    /// A JSON object or array, as its text. It can be compared and shown, never written into code.
    Json(String),
}

/// The type that a check returns, as its provider or pattern declares it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueType {
    /// A truth value.
    #[default]
    Bool,
    /// Text.
    String,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Float,
    /// An object or array.
    Json,
    /// Whatever the flag holds: the SDK does not say.
    Any,
}

impl ValueType {
    /// The name used in configuration, provider files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Json => "json",
            Self::Any => "any",
        }
    }

    /// The type of that name, `None` when there is none.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Bool, Self::String, Self::Int, Self::Float, Self::Json, Self::Any]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

impl Value {
    /// Reads a value as the command line writes it: `true`, `false`, `on`, `off`, `null`, a number, or text
    /// (quotes keep text that looks like one of the others).
    pub fn from_argument(text: &str) -> Self {
        match text {
            "true" | "on" | "True" => return Self::Bool(true),
            "false" | "off" | "False" => return Self::Bool(false),
            "null" | "None" => return Self::Null,
            _ => {}
        }
        if let Ok(number) = text.parse::<i64>() {
            return Self::Int(number);
        }
        if text.bytes().any(|byte| byte.is_ascii_digit())
            && let Ok(number) = text.parse::<f64>()
            && number.is_finite()
        {
            return Self::Float(number);
        }
        for quote in ['"', '\''] {
            if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
                return Self::String(inner.to_owned());
            }
        }
        if text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok() {
            return Self::Json(text.to_owned());
        }
        Self::String(text.to_owned())
    }

    /// The type of the value; `Any` for `Null`, which fits every type.
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::Null => ValueType::Any,
            Self::Bool(_) => ValueType::Bool,
            Self::Int(_) => ValueType::Int,
            Self::Float(_) => ValueType::Float,
            Self::String(_) => ValueType::String,
            Self::Json(_) => ValueType::Json,
        }
    }

    /// Whether two values are the same where numbers compare by value, as `==` does in the languages read here.
    pub fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(left), Self::Float(right)) | (Self::Float(right), Self::Int(left)) => *left as f64 == *right,
            _ => self == other,
        }
    }

    /// The value as a check of type `wanted` returns it: a truth value decided for an int, float or string check
    /// means 1/0, 1.0/0.0, "true"/"false". `None` when the value cannot be of that type.
    pub fn coerce(&self, wanted: ValueType) -> Option<Self> {
        match (self, wanted) {
            (_, ValueType::Any) | (Self::Null, _) => Some(self.clone()),
            (Self::Bool(on), ValueType::Int) => Some(Self::Int(i64::from(*on))),
            (Self::Bool(on), ValueType::Float) => Some(Self::Float(if *on { 1.0 } else { 0.0 })),
            (Self::Bool(on), ValueType::String) => Some(Self::String(on.to_string())),
            (Self::Int(number), ValueType::Float) => Some(Self::Float(*number as f64)),
            (Self::Int(number), ValueType::String) => Some(Self::String(number.to_string())),
            (value, wanted) => (value.value_type() == wanted).then(|| value.clone()),
        }
    }
}

impl fmt::Display for Value {
    /// Writes the value as messages show it: text in double quotes, the rest bare.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(on) => write!(formatter, "{on}"),
            Self::Int(number) => write!(formatter, "{number}"),
            Self::Float(number) => write!(formatter, "{number:?}"),
            Self::String(text) => write!(formatter, "{text:?}"),
            Self::Json(text) => formatter.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, ValueType};

    #[test]
    fn arguments_are_read_as_typed_values() {
        for (text, expected) in [
            ("true", Value::Bool(true)),
            ("off", Value::Bool(false)),
            ("10", Value::Int(10)),
            ("1.5", Value::Float(1.5)),
            ("v2", Value::String("v2".into())),
            ("\"10\"", Value::String("10".into())),
            ("inf", Value::String("inf".into())),
            ("{\"a\":1}", Value::Json("{\"a\":1}".into())),
        ] {
            assert_eq!(Value::from_argument(text), expected, "{text}");
        }
    }

    #[test]
    fn truth_values_coerce_to_the_type_of_the_check() {
        assert_eq!(Value::Bool(true).coerce(ValueType::Int), Some(Value::Int(1)));
        assert_eq!(Value::Bool(false).coerce(ValueType::String), Some(Value::String("false".into())));
        assert_eq!(Value::String("v2".into()).coerce(ValueType::Bool), None);
        assert!(Value::Int(1).matches(&Value::Float(1.0)));
        assert!(!Value::Bool(true).matches(&Value::String("true".into())));
    }
}
