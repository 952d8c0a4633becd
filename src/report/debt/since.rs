//! Comparing with an earlier report. Owns what of it is read: documents of other versions that still have it are fine.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

use super::{Change, Document, SCHEMA_VERSION};
use crate::report::foreign::plausible;

/// What of an earlier report counts.
#[derive(Debug, Deserialize)]
pub struct Earlier {
    schema_version: u32,
    run: EarlierRun,
    totals: EarlierTotals,
    score: Option<EarlierScore>,
    flags: Vec<EarlierFlag>,
}

#[derive(Debug, Deserialize)]
struct EarlierRun {
    today: String,
}

#[derive(Debug, Deserialize)]
struct EarlierTotals {
    flags: i64,
    debt: i64,
    checks: i64,
    dead_lines: i64,
}

#[derive(Debug, Deserialize)]
struct EarlierScore {
    value: i64,
}

#[derive(Debug, Deserialize)]
struct EarlierFlag {
    key: String,
    debt: bool,
}

impl Earlier {
    /// Reads what `report --format json` wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read(text: &str) -> Result<Self> {
        plausible(text).map_err(|why| anyhow!(why))?;
        let earlier: Self = serde_json::from_str(text).context("it is not what `report --format json` writes")?;
        if earlier.schema_version != SCHEMA_VERSION {
            bail!("it has version {}, and version {SCHEMA_VERSION} is read", earlier.schema_version);
        }
        Ok(earlier)
    }

    /// What changed since.
    pub fn change(&self, now: &Document) -> Change {
        let more = |now: usize, then: i64| i64::try_from(now).unwrap_or(i64::MAX).saturating_sub(then);
        let then: BTreeMap<&str, bool> = self.flags.iter().map(|flag| (flag.key.as_str(), flag.debt)).collect();
        let keys: BTreeSet<&str> = now.flags.iter().map(|flag| flag.key.as_str()).collect();
        let named = |keys: Vec<&str>| keys.into_iter().map(str::to_owned).collect();
        let became = now.flags.iter().filter(|flag| flag.debt && then.get(flag.key.as_str()) == Some(&false));
        Change {
            day: self.run.today.clone(),
            score: self.score.as_ref().zip(now.score.as_ref()).map(|(then, now)| i64::from(now.value) - then.value),
            flags: more(now.totals.flags, self.totals.flags),
            debt: more(now.totals.debt, self.totals.debt),
            checks: more(now.totals.checks, self.totals.checks),
            dead_lines: more(now.totals.dead_lines, self.totals.dead_lines),
            added: named(keys.iter().filter(|key| !then.contains_key(*key)).copied().collect()),
            removed: named(then.keys().filter(|key| !keys.contains(*key)).copied().collect()),
            became_debt: named(became.map(|flag| flag.key.as_str()).collect()),
        }
    }
}
