//! How far a snapshot can be trusted: its age on a day, and whether it is all there. Owns these, and the file that a snapshot
//! came from; its format is in `snapshot`.

use std::ops::Deref;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::snapshot::Snapshot;
use crate::settings::Policy;

/// A snapshot that was read from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The file, for messages.
    pub origin: String,
    /// What the snapshot says about itself.
    pub snapshot: Snapshot,
}

impl Deref for Dated {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl Dated {
    /// Whole days since it was fetched; none when that is still to come.
    pub fn age(&self, today: Date) -> u32 {
        let days = (today - self.fetched_at.to_zoned(TimeZone::UTC).date()).get_days();
        u32::try_from(days).unwrap_or(0)
    }

    /// "flags.json: fetched from unleash on 2026-11-20T08:00:00Z (1 day old), complete".
    pub fn describe(&self, today: Date) -> String {
        let age = match self.age(today) {
            0 => "less than a day old".to_owned(),
            1 => "1 day old".to_owned(),
            days => format!("{days} days old"),
        };
        let complete = match self.missing.as_slice() {
            [] => "complete".to_owned(),
            missing => format!("without {}", missing.join(", ")),
        };
        format!("{}: fetched from {} on {} ({age}), {complete}", self.origin, self.provider, self.fetched_at)
    }

    /// Why nothing is removed on its word; `None` when that is no reason not to.
    pub fn untrusted(&self, policy: &Policy, today: Date) -> Option<String> {
        let (origin, limit) = (&self.origin, policy.max_snapshot_age);
        if !self.is_full() {
            let missing = self.missing.join(", ");
            return Some(format!("the snapshot {origin} is not complete ({missing} is missing); pull again"));
        }
        let age = self.age(today);
        (age > limit).then(|| {
            format!(
                "the snapshot {origin} is {age} days old, and what it says may have changed after {limit}; pull again, or \
                 raise `max-snapshot-age`"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::{Dated, Policy, Snapshot};

    fn dated(missing: &[&str]) -> Dated {
        let snapshot = Snapshot {
            provider: "unleash".into(),
            project: None,
            source: "unleash.example.org".into(),
            fetched_at: "2026-11-01T23:30:00Z".parse().expect("it is a time"),
            environments: vec!["production".into()],
            missing: missing.iter().map(|what| (*what).to_owned()).collect(),
            tool: "flag-sweep 0.1.0".into(),
        };
        Dated { origin: "unleash.snapshot.json".into(), snapshot }
    }

    fn day(text: &str) -> Date {
        text.parse().expect("it is a date")
    }

    #[test]
    fn days_are_counted_from_the_day_it_was_fetched() {
        assert_eq!(dated(&[]).age(day("2026-11-02")), 1);
        assert_eq!(dated(&[]).age(day("2026-11-01")), 0);
        assert_eq!(dated(&[]).age(day("2026-10-01")), 0, "a clock that is behind makes nothing old");
    }

    #[test]
    fn what_is_old_or_not_all_there_is_not_trusted() {
        let policy = Policy { max_snapshot_age: 14, ..Policy::default() };
        assert_eq!(dated(&[]).untrusted(&policy, day("2026-11-15")), None);
        let old = dated(&[]).untrusted(&policy, day("2026-11-16")).expect("it is too old");
        assert!(old.contains("15 days old"), "{old}");
        let partial = dated(&["segments"]).untrusted(&policy, day("2026-11-01")).expect("it is not complete");
        assert!(partial.contains("segments is missing"), "{partial}");
    }
}
