//! Looks for the places that declare the flags which are known once the checks are. Owns which files are read for that and
//! what else mentions a flag; what counts is judged in `resolve::definitions`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::{Loader, Stage};
use crate::baseline::Baseline;
use crate::language;
use crate::registry;
use crate::registry::input::Input;
use crate::resolve::definitions::{Judged, by_path, judge, may_judge};
use crate::resolve::{FlagCheck, FlagOverride, Key};
use crate::scan::definitions::{self, Defined, Parsed};
use crate::scan::keys::KeyFinder;
use crate::scan::places::Places;
use crate::scan::vocabulary::Terms;
use crate::source::{SourceId, Span, display_path};

/// Definitions in a file that is not code.
#[derive(Debug)]
pub(super) struct DataFile {
    pub(super) path: PathBuf,
    pub(super) text: Arc<str>,
    pub(super) found: Vec<Judged>,
}

/// Definitions in a file of code.
#[derive(Debug)]
pub(super) struct Declaring {
    pub(super) text: Arc<str>,
    pub(super) found: Vec<Judged>,
    /// Whether it has syntax errors, for a file that was not scanned.
    pub(super) broken: bool,
}

/// Everything that declares flags.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    /// Per number of a walked file.
    pub(super) code: BTreeMap<usize, Declaring>,
    pub(super) data: Vec<DataFile>,
    /// Per key: how often code mentions it, or a name that declares it, besides checks and definitions.
    pub(super) mentions: BTreeMap<String, usize>,
}

/// What checks and overrides say about a file.
#[derive(Default)]
struct Known {
    covered: Vec<Span>,
    via: Vec<Span>,
    /// Where keys are put together or declared, outermost place only, and the whole key.
    made: BTreeSet<(usize, usize, String)>,
}

impl Known {
    /// Sorts what is covered, and joins what overlaps: a file may hold thousands of checks.
    fn settle(&mut self) {
        self.covered.sort_by_key(|span| (span.start, span.end));
        self.covered.dedup_by(|next, before| {
            let overlaps = next.start < before.end;
            if overlaps {
                before.end = before.end.max(next.end);
            }
            overlaps
        });
    }

    fn covers(&self, span: &Span) -> bool {
        let next = self.covered.partition_point(|outer| outer.start <= span.start);
        self.covered[..next].last().is_some_and(|outer| span.end <= outer.end)
    }
}

/// What one file of code says about keys.
struct InFile {
    index: usize,
    text: Arc<str>,
    found: Vec<Judged>,
    broken: bool,
    mentioned: Vec<String>,
    /// Places that mention a key unless they are comments, which only a tree tells.
    undecided: Vec<(String, Span)>,
}

/// A file in which keys stand, but for those of checks.
struct Sought<'run> {
    index: usize,
    text: Cow<'run, str>,
    places: Vec<(&'run str, Span)>,
}

/// A file with places that mention keys unless they are comments.
type Undecided = (usize, Arc<str>, Vec<(String, Span)>);

impl Loader<'_> {
    /// The definitions of all flags that the registry, the command line or a check names. Sources of checks are numbers in
    /// the walked list.
    pub(super) fn definitions(
        &self,
        data: &[PathBuf],
        checks: &[FlagCheck],
        overrides: &[FlagOverride],
        watch: &dyn Fn(Stage),
    ) -> Definitions {
        let known_before: BTreeSet<String> = self.keys.union(&self.named).cloned().collect();
        let mut keys = known_before.clone();
        let mut known: BTreeMap<usize, Known> = BTreeMap::new();
        let index = |id: SourceId| id.0 as usize;
        let places = checks.iter().map(|check| (&check.at, &check.key_span, &check.key));
        for (at, key_span, key) in places.chain(overrides.iter().map(|pin| (&pin.at, &pin.key_span, &pin.key))) {
            known.entry(index(at.source)).or_default().covered.extend([at.span.clone(), key_span.clone()]);
            let Key::Known { flag, via } = key else { continue };
            keys.insert(flag.clone());
            // `FLAG`, not `PREFIX + "x"`: then the place that is named holds the whole key.
            let shown =
                self.texts[index(at.source)].as_deref().and_then(|text| text.get(key_span.clone())).unwrap_or("");
            let by_name = shown.chars().all(|at| at.is_alphanumeric() || matches!(at, '_' | '.' | ':'));
            if let Some(first) = via.first().filter(|_| by_name) {
                let made = (first.span.start, first.span.end, flag.clone());
                known.entry(index(first.source)).or_default().made.insert(made);
            }
            for place in via {
                known.entry(index(place.source)).or_default().via.push(place.span.clone());
            }
        }
        if keys.is_empty() {
            return Definitions::default();
        }
        known.values_mut().for_each(Known::settle);
        let finder = KeyFinder::new(&keys);
        // What was known before made a file worth its text; what the code itself names may stand in any file.
        let new = Terms::new(keys.difference(&known_before).map(String::as_str));
        let none = Known::default();
        let sought: Vec<Sought<'_>> = (0..self.files.len())
            .into_par_iter()
            .map_init(String::new, |buffer, index| {
                let known = known.get(&index).unwrap_or(&none);
                self.sought_in(index, &finder, known, &new, buffer)
            })
            .flatten()
            .collect();
        watch(Stage::Search);
        let found: Vec<InFile> = sought
            .into_par_iter()
            .filter_map(|sought| {
                let known = known.get(&sought.index).unwrap_or(&none);
                self.in_file(sought, known)
            })
            .collect();
        let mut result = Definitions::default();
        let mut undecided = Vec::new();
        for InFile { index, text, found, broken, mentioned, undecided: places } in found {
            for key in mentioned {
                *result.mentions.entry(key).or_insert(0) += 1;
            }
            if !places.is_empty() {
                undecided.push((index, Arc::clone(&text), places));
            }
            if !found.is_empty() {
                result.code.insert(index, Declaring { text, found, broken });
            }
        }
        let registries: BTreeSet<PathBuf> = self
            .settings
            .registries
            .iter()
            .chain(self.settings.declared.iter().filter(|input| !input.is_in_house()).filter_map(Input::file))
            .filter_map(|path| self.settings.root.join(path).canonicalize().ok())
            .collect();
        result.data = data
            .par_iter()
            .filter(|path| !registries.contains(&self.settings.root.join(path)))
            .filter_map(|path| self.in_data(path, &keys, &finder))
            .collect();
        self.decide(&mut result, undecided);
        self.mentioned_names(&mut result, checks);
        result
    }

    /// Parses files for the sake of keys that something declares and nothing is known to mention.
    fn decide(&self, result: &mut Definitions, undecided: Vec<Undecided>) {
        let judged = result.code.values().flat_map(|at| &at.found).chain(result.data.iter().flat_map(|at| &at.found));
        let open: BTreeSet<&str> =
            judged.map(|one| one.defined.key.as_str()).filter(|key| !result.mentions.contains_key(*key)).collect();
        let found: Vec<String> = undecided
            .into_par_iter()
            .flat_map_iter(|(index, text, places)| {
                let places: Vec<_> = places.into_iter().filter(|(key, _)| open.contains(key.as_str())).collect();
                let language = language::by_name(self.files[index].language).filter(|_| !places.is_empty());
                let items = self.facts[index].as_deref().map_or(&[][..], |facts| &facts.items);
                language.map_or_else(Vec::new, |language| definitions::outside_comments(language, &text, items, places))
            })
            .collect();
        for key in found {
            *result.mentions.entry(key).or_insert(0) += 1;
        }
    }

    /// The keys in one file, unless it has nothing to say. Files that are read for it are read into the buffer.
    fn sought_in<'run>(
        &'run self,
        index: usize,
        finder: &KeyFinder<'run>,
        known: &Known,
        new: &Terms,
        buffer: &mut String,
    ) -> Option<Sought<'run>> {
        let kept = self.texts[index].as_deref();
        if kept.is_none() {
            if !self.is_skipped(index) && !self.may_hold(index, new) {
                return None;
            }
            self.from.read_into(&self.files[index].path, self.settings.max_file_size, buffer).ok()?;
        }
        let mut places = finder.find(kept.unwrap_or(buffer));
        if !self.is_skipped(index) {
            places.retain(|(_, span)| !known.covers(span));
        }
        if places.is_empty() && known.made.is_empty() {
            return None;
        }
        let text = kept.map_or_else(|| Cow::Owned(std::mem::take(buffer)), Cow::Borrowed);
        Some(Sought { index, text, places })
    }

    fn in_file(&self, Sought { index, text, mut places }: Sought<'_>, known: &Known) -> Option<InFile> {
        let file = &self.files[index];
        let language = language::by_name(file.language)?;
        let kept = self.texts[index].as_ref();
        // Most files hold nothing, and are not copied.
        let shared = |text: &str| kept.map_or_else(|| Arc::from(text), Arc::clone);
        let nothing = |text: &str, mentioned, undecided| InFile {
            index,
            text: shared(text),
            found: Vec::new(),
            broken: false,
            mentioned,
            undecided,
        };
        // Nobody reads a bundle, but what it names is in use.
        if self.is_skipped(index) {
            let mentioned = places.into_iter().map(|(key, _)| key.to_owned()).collect();
            return Some(nothing("", mentioned, Vec::new()));
        }
        if language.scan.is_test_file(&display_path(&file.path), &text) {
            return None;
        }
        let facts = self.facts[index].as_deref();
        if let Some(facts) = facts {
            places.retain(|(_, span)| !facts.in_test(facts.scope_at(span.start)));
        }
        // Most places are read, called or run, and most files do not speak of flags: they are not parsed again for it.
        let glance = Places::new(language, &text, facts);
        let items = facts.map_or(&[][..], |facts| &facts.items);
        let judged = may_judge(self.holds_flags(&file.path), &glance, &places, &known.via);
        let starts = judged.into_iter().map(|span| span.start).chain(known.made.iter().map(|(start, ..)| *start));
        let parsed = Parsed::new(language, &text, items, starts);
        let (places, rest): (Vec<_>, Vec<_>) = places.into_iter().partition(|(_, span)| parsed.holds(span));
        let (code, undecided): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(_, span)| glance.is_code(span));
        let mut mentioned: Vec<String> = code.into_iter().map(|(key, _)| key.to_owned()).collect();
        let undecided = undecided.into_iter().map(|(key, span)| (key.to_owned(), span)).collect();
        if parsed.is_nothing() {
            return Some(nothing(&text, mentioned, undecided));
        }
        let definitions::Found { defined, others, broken } = definitions::find(&places, &known.made, &parsed);
        mentioned.extend(others.into_iter().map(str::to_owned));
        let keys: Vec<(String, Span)> = defined.iter().map(|one| (one.key.clone(), one.key_span.clone())).collect();
        let judged = judge(self.holds_flags(&file.path), &text, defined, &known.via);
        let counted: BTreeSet<usize> = judged.iter().map(|one| one.defined.key_span.start).collect();
        mentioned.extend(keys.into_iter().filter(|(_, span)| !counted.contains(&span.start)).map(|(key, _)| key));
        Some(InFile { broken, found: judged, ..nothing(&text, mentioned, undecided) })
    }

    fn in_data(&self, path: &Path, keys: &BTreeSet<String>, finder: &KeyFinder<'_>) -> Option<DataFile> {
        let text = self.from.read(path, self.settings.max_file_size).ok()?;
        if finder.find(&text).is_empty() || is_ours(&text) {
            return None;
        }
        let found: Vec<Defined> = registry::data::definitions(path, &text, |key| keys.contains(key));
        let found = judge(self.holds_flags(path), &text, found, &[]);
        (!found.is_empty()).then(|| DataFile { path: path.to_owned(), text: text.into(), found })
    }

    /// Whether a file declares flags whatever stands around them: by its name, or because the configuration reads them there.
    fn holds_flags(&self, path: &Path) -> bool {
        let is_it = |input: &Input| input.file().is_some_and(|file| self.settings.root.join(file).ends_with(path));
        by_path(path) || self.settings.declared.iter().filter(|input| input.is_in_house()).any(is_it)
    }

    /// Counts where names of definitions are mentioned, for flags that no live code checks: something that is not understood
    /// may well use them.
    fn mentioned_names(&self, result: &mut Definitions, checks: &[FlagCheck]) {
        let live: BTreeSet<&str> = checks.iter().filter(|check| !check.in_test).filter_map(FlagCheck::flag).collect();
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut own: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
        for (index, declaring) in &result.code {
            for one in declaring.found.iter().map(|one| &one.defined).filter(|one| !live.contains(one.key.as_str())) {
                own.entry(*index).or_default().push(one.span.clone());
                let name = one.name.as_deref().and_then(|name| name.rsplit(['.', ':']).next());
                let plain = |name: &&str| name.chars().all(|at| at.is_alphanumeric() || at == '_') && !name.is_empty();
                if let Some(name) = name.filter(plain) {
                    names.entry(name.to_owned()).or_default().insert(one.key.clone());
                }
            }
        }
        if names.is_empty() {
            return;
        }
        let words: BTreeSet<String> = names.keys().cloned().collect();
        let finder = KeyFinder::new(&words);
        let terms = Terms::new(words.iter().map(String::as_str));
        let found: Vec<BTreeSet<&str>> = (0..self.files.len())
            .into_par_iter()
            .map(|index| {
                let file = &self.files[index];
                let text = match &self.texts[index] {
                    Some(text) => Cow::Borrowed(&**text),
                    None if !self.may_hold(index, &terms) => return BTreeSet::new(),
                    None => self.from.read(&file.path, self.settings.max_file_size).unwrap_or_default().into(),
                };
                let tests = language::by_name(file.language)
                    .is_some_and(|language| language.scan.is_test_file(&display_path(&file.path), &text));
                let found = |text: &str| finder.find(text).into_iter().map(|(word, _)| word).collect();
                if tests {
                    return BTreeSet::new();
                }
                let Some(spans) = own.get(&index) else { return found(&text) };
                // What is left of the file without the definitions.
                let mut rest = text.to_string();
                for span in spans {
                    let blank = " ".repeat(span.len());
                    rest.replace_range(span.clone(), &blank);
                }
                found(&rest)
            })
            .collect();
        for word in found.into_iter().flatten() {
            for key in &names[word] {
                *result.mentions.entry(key.clone()).or_insert(0) += 1;
            }
        }
    }
}

/// Whether a text is a document that flag-sweep wrote: a baseline, or a report of its own. These speak of flags and declare none.
fn is_ours(text: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Head {
        tool: Tool,
    }
    #[derive(serde::Deserialize)]
    struct Tool {
        name: String,
    }
    let is_report = || serde_json::from_str::<Head>(text).is_ok_and(|head| head.tool.name == "flag-sweep");
    text.starts_with('{') && (is_report() || Baseline::parse(text).is_ok())
}
