//! What is known about files by what they hold, so that the same text is not looked at again in the next commit of a
//! history. Owns the keys under which that is kept; files without an identity are looked at each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cache::Cache;
use crate::project::SkipReason;
use crate::resolve::KeySet;
use crate::scan::Interest;
use crate::scan::facts::FileFacts;
use crate::scan::vocabulary::Vocabulary;
use crate::source::read::BlobId;

/// What one look at a text says.
#[derive(Clone, Debug, Default)]
pub(super) struct Glance {
    /// The bytes of a line on average, when it is the output of a bundler.
    pub(super) minified: Option<usize>,
    /// Signs of providers.
    pub(super) signs: Vec<usize>,
    /// Literals of the prefilter, by their positions.
    pub(super) literals: Vec<usize>,
    /// The text, when it may be worth a parse.
    pub(super) text: Option<Arc<str>>,
    /// Its words, unless nothing is looked for in its language.
    pub(super) vocabulary: Option<Vocabulary>,
}

type Facts = HashMap<(BlobId, &'static str, usize, bool), Arc<FileFacts>>;
type Glances = HashMap<(BlobId, &'static str), Result<Glance, SkipReason>>;

/// What earlier loads found out. One memo belongs to one set of settings, of which only the day may change.
#[derive(Debug, Default)]
pub struct Memo {
    glances: Mutex<Glances>,
    /// The keys under which these were taken.
    keys: Mutex<(KeySet, KeySet)>,
    facts: Mutex<Facts>,
    /// Interests by number: few differ.
    interests: Mutex<Vec<Interest>>,
    /// What earlier runs found.
    cache: Cache,
}

/// What a thread that panicked left is still true: entries are put in whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memo {
    /// One that begins with what earlier runs found.
    pub fn with(cache: &Cache) -> Self {
        Self { cache: cache.clone(), ..Self::default() }
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Tells for which keys files are looked at next: other keys make other files worth a parse.
    pub(super) fn expect(&self, keys: &KeySet, named: &KeySet) {
        let mut before = lock(&self.keys);
        if (&before.0, &before.1) != (keys, named) {
            *before = (keys.clone(), named.clone());
            lock(&self.glances).clear();
        }
    }

    /// The look at a text, taken when there was none.
    pub(super) fn glance(
        &self,
        id: Option<BlobId>,
        language: &'static str,
        take: impl FnOnce() -> Result<Glance, SkipReason>,
    ) -> Result<Glance, SkipReason> {
        let Some(id) = id else { return take() };
        if let Some(known) = lock(&self.glances).get(&(id, language)) {
            return known.clone();
        }
        let taken = take();
        lock(&self.glances).insert((id, language), taken.clone());
        taken
    }

    /// The facts of a text, scanned when they are not known for that interest, or not of the whole text where that is wanted.
    pub(super) fn facts(
        &self,
        id: Option<BlobId>,
        language: &'static str,
        (interest, whole): (&Interest, bool),
        scan: impl FnOnce() -> FileFacts,
    ) -> Arc<FileFacts> {
        let Some(id) = id else { return Arc::new(scan()) };
        let number = self.number(interest);
        if let Some(known) = lock(&self.facts).get(&(id, language, number, whole)) {
            return Arc::clone(known);
        }
        let facts = Arc::new(scan());
        lock(&self.facts).insert((id, language, number, whole), Arc::clone(&facts));
        facts
    }

    fn number(&self, interest: &Interest) -> usize {
        let mut interests = lock(&self.interests);
        // The last ones are those of this load.
        if let Some(number) = interests.iter().rposition(|known| known == interest) {
            return number;
        }
        interests.push(interest.clone());
        interests.len() - 1
    }
}
