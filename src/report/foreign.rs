//! Documents of reports that come from somewhere else. Owns which of their numbers may be calculated with; what the documents
//! mean is read elsewhere.

use serde_json::Value;

use crate::report::escape;

/// More of anything than a project has. Products of two such numbers, and sums of thousands, are far from the largest number.
const LARGEST: i64 = 1_000_000_000;

/// Refuses a JSON document with a number that no report has; a text that is no JSON is for its reader to refuse.
///
/// # Errors
/// When there is such a number: where, and which.
pub fn plausible(text: &str) -> Result<(), String> {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return Ok(()) };
    let mut open = vec![(String::new(), &document)];
    while let Some((place, value)) = open.pop() {
        let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        match value {
            Value::Object(members) => open.extend(members.iter().map(|(name, member)| (below(name), member))),
            Value::Array(items) => {
                open.extend(items.iter().enumerate().map(|(at, item)| (format!("{place}[{at}]"), item)));
            }
            Value::Number(number) if !is_plausible(number) => {
                let place = escape::line(&place);
                return Err(format!("`{place}` is {number}, and no report has a number beyond {LARGEST}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_plausible(number: &serde_json::Number) -> bool {
    match number.as_i64() {
        Some(whole) => (-LARGEST..=LARGEST).contains(&whole),
        None => number.as_f64().is_some_and(|number| number.abs() <= LARGEST as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_no_report_has_are_named() {
        let why = |text: &str| plausible(text).err().unwrap_or_default();
        assert_eq!(why(r#"{"totals": {"flags": 1000000000, "score": -1.5}, "weeks": []}"#), "");
        assert_eq!(
            why(r#"{"weeks": [{}, {"debt": {"flags": 18446744073709551615}}]}"#),
            "`weeks[1].debt.flags` is 18446744073709551615, and no report has a number beyond 1000000000"
        );
        for number in ["1000000001", "-1000000001", "1e300", "-9223372036854775808", "1e10"] {
            assert!(why(&format!("[{number}]")).starts_with("`[0]` is "), "{number}");
        }
        assert_eq!(why("{"), "", "the reader says what is wrong");
    }
}
