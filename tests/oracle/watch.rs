//! Ends the process when planning one program takes too long, with what repeats it: a fix that never ends would otherwise
//! hang the tests without a word. Owns the clock; what a program does when it runs has limits of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Far more than a fix of a generated program takes on a busy machine: it takes milliseconds.
const LONGEST: Duration = Duration::from_secs(60);

/// What is planned right now.
static PLANNED: Mutex<Planned> = Mutex::new(Planned { last: 0, since: BTreeMap::new() });

struct Planned {
    last: u64,
    since: BTreeMap<u64, (Instant, String)>,
}

/// Does something that has to end; `what` says how it can be done again.
pub(crate) fn ends<T>(what: impl FnOnce() -> String, planning: impl FnOnce() -> T) -> T {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        thread::spawn(watch);
    });
    let number = {
        let mut planned = planned();
        planned.last += 1;
        let number = planned.last;
        planned.since.insert(number, (Instant::now(), what()));
        number
    };
    let done = planning();
    planned().since.remove(&number);
    done
}

fn planned() -> MutexGuard<'static, Planned> {
    PLANNED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "only time tells whether something ends")]
fn watch() {
    loop {
        thread::sleep(Duration::from_secs(1));
        if let Some(what) = overdue(&planned(), Instant::now()) {
            crate::say(&format!("\na fix is not planned after {} s: {what}\n", LONGEST.as_secs()));
            std::process::abort();
        }
    }
}

fn overdue(planned: &Planned, now: Instant) -> Option<&str> {
    planned.since.values().find(|(since, _)| now.duration_since(*since) > LONGEST).map(|(_, what)| what.as_str())
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, Duration, Instant, LONGEST, Planned, ends, overdue};

    #[test]
    fn only_what_takes_too_long_is_named() {
        let start = Instant::now();
        let planned = Planned { last: 1, since: BTreeMap::from([(1, (start, "program 7".to_owned()))]) };
        assert_eq!(overdue(&planned, start + LONGEST), None);
        assert_eq!(overdue(&planned, start + LONGEST + Duration::from_secs(1)), Some("program 7"));
        assert_eq!(ends(|| "nothing".to_owned(), || 3), 3);
    }
}
