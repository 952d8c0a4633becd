//! Switches of tests/mutants.py; exists in its copy of the sources only.
#![allow(missing_docs, unreachable_pub)]

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Replaced by how many there are.
const COUNT: usize = 1;
const UNKNOWN: u32 = u32::MAX;
const RECORDING: u32 = u32::MAX - 1;
static ACTIVE: AtomicU32 = AtomicU32::new(UNKNOWN);
static HIT: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];
static RECORD: Mutex<Option<std::fs::File>> = Mutex::new(None);

/// Whether the mutant is the one that is on.
#[inline]
pub fn on(mutant: u32) -> bool {
    let active = ACTIVE.load(Ordering::Relaxed);
    if active < RECORDING { active == mutant } else { look(mutant) }
}

#[cold]
fn look(mutant: u32) -> bool {
    if ACTIVE.load(Ordering::Relaxed) == UNKNOWN {
        let mut record = RECORD.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(path) = std::env::var_os("MUTANTS_RECORD") {
            *record = std::fs::OpenOptions::new().append(true).create(true).open(path).ok();
            ACTIVE.store(RECORDING, Ordering::Relaxed);
        } else {
            let on = std::env::var("MUTANT").ok().and_then(|number| number.parse().ok());
            ACTIVE.store(on.unwrap_or(RECORDING - 1), Ordering::Relaxed);
        }
    }
    let active = ACTIVE.load(Ordering::Relaxed);
    if active == RECORDING && !HIT[mutant as usize].swap(true, Ordering::Relaxed) {
        let record = RECORD.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(mut file) = record.as_ref() {
            let _ = file.write_all(format!("{mutant}\n").as_bytes());
        }
    }
    active == mutant
}
