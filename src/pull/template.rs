//! Paths and bodies with places in braces. Owns what is put there and how it is escaped; a token is put into headers and,
//! where a provider wants that, into a path, and never shown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// What stands for each name in braces.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeMap<&'static str, String>);

impl Names {
    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        self.0.insert(name, value.to_owned());
    }

    pub(super) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut names = self.clone();
        names.set(name, value);
        names
    }

    /// A path with every name replaced, as part of an address.
    pub(super) fn path(&self, template: &str) -> String {
        self.fill(template, percent)
    }

    /// A body with every name in its texts replaced.
    pub(super) fn body(&self, template: &Value) -> Value {
        match template {
            Value::String(text) => Value::String(self.fill(text, str::to_owned)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.body(item)).collect()),
            Value::Object(entries) => {
                Value::Object(entries.iter().map(|(key, value)| (key.clone(), self.body(value))).collect())
            }
            other => other.clone(),
        }
    }

    fn fill(&self, template: &str, escape: fn(&str) -> String) -> String {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let known = after.split_once('}').and_then(|(name, more)| Some((self.0.get(name)?, more)));
            match known {
                Some((value, more)) => {
                    filled.push_str(&escape(value));
                    rest = more;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }
}

/// Everything but letters, digits and `-._~` is escaped; a value of dots alone would be a step in the path.
fn percent(text: &str) -> String {
    let mut escaped = String::new();
    let dots = text.bytes().all(|byte| byte == b'.');
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') || byte == b'.' && !dots {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Names;

    #[test]
    fn names_are_replaced_and_escaped() {
        let mut names = Names::default();
        names.set("project", "a/../b?c=d&e");
        names.set("key", "..");
        assert_eq!(names.path("/p/{project}/f/{key}"), "/p/a%2F..%2Fb%3Fc%3Dd%26e/f/%2E%2E");
        assert_eq!(names.path("/{other}/{"), "/{other}/{");
        assert_eq!(names.body(&json!({"p": ["{project}"], "n": 1})), json!({"p": ["a/../b?c=d&e"], "n": 1}));
        // What is put in is not looked at again.
        assert_eq!(names.with("key", "{project}").path("{key}"), "%7Bproject%7D");
    }
}
