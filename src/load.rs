//! From settings to a project: walk, read, prefilter, scan, resolve, in rounds until nothing new is of interest. Owns the
//! order and the I/O of it; `scan` and `resolve` do none.

mod definitions;
mod kept;
mod literals;
mod manifests;
mod memo;
mod stage;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use anyhow::Result;
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::cache::Name;
use crate::language::{self, Language};
use crate::project::{CodeFile, Project, SkipReason, Skipped};
use crate::provider::{self, Callee};
use crate::resolve::members::camel_case;
use crate::resolve::modules::Modules;
use crate::resolve::{FlagCheck, FlagDefinition, FlagOverride, Key, KeySet, Outcome, World, resolve};
use crate::scan::facts::FileFacts;
use crate::scan::pattern::Pattern;
use crate::scan::prefilter::{Found, Prefilter};
use crate::scan::vocabulary::{Terms, Vocabulary};
use crate::scan::{self, Interest};
use crate::settings::{CheckPattern, Settings};
use crate::source::read::{self, Below, Files};
use crate::source::{Location, Source, SourceId, Sources, display_path};
use crate::suppress;
use definitions::{DataFile, Definitions};
use literals::{Literals, Sight, Sign, Worth, literals, signs};
use manifests::{crate_names, script_roots};
use memo::Glance;
pub use memo::Memo;
pub use stage::Stage;

/// Rounds of looking for what the round before found of interest.
const MAX_ROUNDS: usize = 12;

/// Reads and scans the code of a project and finds its checks. `registry_keys` are the keys that a registry knows, each with
/// its aliases; none is fine.
///
/// # Errors
/// When a path cannot be walked, or a check pattern is malformed. Files that cannot be read are listed in the project.
pub fn load(settings: &Settings, registry_keys: &[(String, Vec<String>)]) -> Result<Project> {
    load_from(settings, registry_keys, &Below(settings.near()), &Memo::default())
}

/// As [`load`], and tells when a stage is over.
///
/// # Errors
/// As [`load`].
pub fn load_watched(
    settings: &Settings,
    registry_keys: &[(String, Vec<String>)],
    watch: &dyn Fn(Stage),
) -> Result<Project> {
    run(settings, registry_keys, &Below(settings.near()), &Memo::default(), watch)
}

/// As [`load`], from any place that has files. What the memo knows about them from earlier loads with the same settings is
/// not found out again.
///
/// # Errors
/// As [`load`].
pub fn load_from(
    settings: &Settings,
    registry_keys: &[(String, Vec<String>)],
    from: &dyn Files,
    memo: &Memo,
) -> Result<Project> {
    run(settings, registry_keys, from, memo, &|_| {})
}

fn run(
    settings: &Settings,
    registry_keys: &[(String, Vec<String>)],
    from: &dyn Files,
    memo: &Memo,
    watch: &dyn Fn(Stage),
) -> Result<Project> {
    let mut patterns = Vec::new();
    let mut checks: Vec<CheckPattern> = settings.checks.iter().chain(&settings.overrides).cloned().collect();
    let first_built_in = checks.len();
    // A flag is pinned somewhere only if somebody names it.
    if !registry_keys.is_empty() || !settings.decided.is_empty() || !settings.only.is_empty() {
        checks.extend(settings.providers.overrides());
    }
    for (index, check) in checks.iter().enumerate() {
        patterns.extend(Pattern::compile(index, check)?);
    }
    let walked = from.walk(settings)?;
    let keys: KeySet =
        registry_keys.iter().flat_map(|(key, aliases)| [key].into_iter().chain(aliases)).cloned().collect();
    let named: KeySet = settings.decided.keys().chain(&settings.only).cloned().collect();
    let modules = Modules::new(&walked.files, &crate_names(settings, from, &walked.files)).with_scripts(script_roots(
        settings,
        from,
        &walked.files,
    ));
    memo.expect(&keys, &named);
    let mut loader = Loader {
        settings,
        of_patterns: kept::of_patterns(&checks),
        from,
        memo,
        patterns,
        keys,
        named,
        facts: (0..walked.files.len()).map(|_| None).collect(),
        texts: vec![None; walked.files.len()],
        vocabularies: vec![None; walked.files.len()],
        skipped: walked.skipped.into_iter().collect(),
        unread: vec![false; walked.files.len()],
        whole: vec![false; walked.files.len()],
        interests: language::LANGUAGES
            .iter()
            .map(|language| (language.name, base_interest(settings, language.name)))
            .collect(),
        files: walked.files,
        sought: BTreeMap::new(),
    };
    loader.first_round(watch);

    let mut limits = BTreeSet::new();
    for check in &checks {
        for name in check.languages.iter().filter(|name| language::KNOWN_BUT_NOT_READ.contains(&name.as_str())) {
            limits.insert(format!("the check pattern at {} has no effect on {name}: it is not read yet", check.origin));
        }
    }
    for round in 0.. {
        let mut outcome = resolve(&World {
            providers: settings.providers,
            code: &loader.files,
            files: &loader.facts,
            texts: &loader.texts,
            modules: &modules,
            checks: &checks,
            first_override: settings.checks.len(),
            first_built_in,
            patterns: &loader.patterns,
            keys: &loader.keys,
            named: &loader.named,
        });
        watch(Stage::Resolve);
        limits.append(&mut outcome.limits);
        let more = round < MAX_ROUNDS && loader.next_round(&outcome);
        watch(Stage::Scan);
        if round == MAX_ROUNDS && loader.would_continue(&outcome) {
            limits.insert(format!("imports and wrapping functions are followed for {MAX_ROUNDS} rounds"));
        }
        if !more {
            let definitions = loader.definitions(&walked.data, &outcome.checks, &outcome.overrides, watch);
            watch(Stage::Definitions);
            return Ok(Project {
                modules,
                unread: walked.unread,
                ..loader.finish(outcome.checks, outcome.overrides, definitions, limits)
            });
        }
    }
    unreachable!("the loop above ends by returning")
}

struct Loader<'run> {
    settings: &'run Settings,
    from: &'run dyn Files,
    memo: &'run Memo,
    patterns: Vec<Pattern>,
    /// The name of these in the cache.
    of_patterns: Name,
    keys: KeySet,
    named: KeySet,
    files: Vec<CodeFile>,
    facts: Vec<Option<Arc<FileFacts>>>,
    texts: Vec<Option<Arc<str>>>,
    /// The words of each text, asked where it is not kept: what turns out to matter later is looked for in all files.
    vocabularies: Vec<Option<Vocabulary>>,
    skipped: BTreeSet<Skipped>,
    /// Whether a walked file is among these.
    unread: Vec<bool>,
    /// Whether nothing of a walked file may be left out.
    whole: Vec<bool>,
    /// Per language.
    interests: BTreeMap<&'static str, Interest>,
    /// Names that files were picked by so far, per language: those of providers without a sign in the project are of
    /// interest and were not.
    sought: BTreeMap<&'static str, BTreeSet<String>>,
}

type Loaded = (usize, Result<Option<(Arc<str>, Arc<FileFacts>)>, Skipped>);

/// What the providers of a language make worth a fact.
fn base_interest(settings: &Settings, language: &str) -> Interest {
    let mut interest = Interest::default();
    for (_, described) in settings.providers.catalogue(language).map_or(&[][..], provider::Catalogue::providers) {
        interest.parameters.extend(described.key_parameters.iter().cloned());
    }
    for (name, signature) in
        settings.providers.catalogue(language).into_iter().flat_map(provider::Catalogue::signatures)
    {
        let method = signature.method;
        match method.callee {
            Callee::Attribute | Callee::Condition => {}
            Callee::Subscript => {
                interest.mappings.insert(name.to_owned());
            }
            Callee::Field => {
                interest.fields.insert(name.to_owned());
            }
            _ if !method.receivers.is_empty() => {
                interest.restricted.entry(name.to_owned()).or_default().extend(method.receivers.iter().cloned());
            }
            _ => {
                if method.callee == Callee::Members || !method.accessors.is_empty() {
                    interest.objects.insert(name.to_owned());
                }
                interest.names.insert(name.to_owned());
            }
        }
    }
    interest
}

impl Loader<'_> {
    /// Reads everything, and tells which providers have a sign of themselves somewhere in the project, per language, and which
    /// files are worth a parse. The names of the methods of providers without a sign (`active`, `variable`) are too common: texts
    /// that hold nothing else are not kept.
    fn read_all(&mut self) -> (BTreeMap<&'static str, BTreeSet<&'static str>>, Vec<usize>) {
        let languages: BTreeSet<&'static str> = self.files.iter().map(|file| file.language).collect();
        let sights: BTreeMap<&'static str, Sight> = languages
            .into_iter()
            .filter_map(language::by_name)
            .map(|language| (language.name, self.sight(language.name)))
            .collect();
        type Read = (usize, Result<Glance, Skipped>);
        let read: Vec<Read> = (0..self.files.len())
            .into_par_iter()
            .map_init(String::new, |buffer, index| {
                let file = &self.files[index];
                let id = self.from.id(&file.path);
                let glance = self.memo.glance(id, file.language, || {
                    self.from.read_into(&file.path, self.settings.max_file_size, buffer)?;
                    let text: &str = buffer;
                    let language = language::by_name(file.language);
                    let is_script = language.is_some_and(|language| language.family == "javascript");
                    let minified = if is_script { read::minified(text) } else { None };
                    let Some(sight) = sights.get(file.language) else {
                        return Ok(Glance::default());
                    };
                    let (Found { signs, literals }, vocabulary) = sight.filter.look(text);
                    // What a memo keeps need not be read in the next commit.
                    let is_kept = sight.is_certain(&literals) || (id.is_some() && sight.is_possible(&literals));
                    let text = is_kept.then(|| Arc::from(text));
                    Ok(Glance { minified, signs, literals, text, vocabulary: Some(vocabulary) })
                });
                let is_given = || self.settings.paths.iter().any(|path| path.ends_with(&file.path));
                match glance {
                    Err(reason) => (index, Err(Skipped { path: file.path.clone(), reason })),
                    Ok(Glance { minified: Some(line), .. }) if !is_given() => {
                        (index, Err(Skipped { path: file.path.clone(), reason: SkipReason::Minified(line) }))
                    }
                    Ok(glance) => (index, Ok(glance)),
                }
            })
            .collect();
        let mut present: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
        let mut held: Vec<(usize, Vec<usize>)> = Vec::new();
        for (index, read) in read {
            match read {
                Ok(Glance { signs, literals, text, vocabulary, .. }) => {
                    let language = self.files[index].language;
                    if let Some(sight) = sights.get(language) {
                        present.entry(language).or_default().extend(sight.present(&signs, &literals));
                        if sight.filter.is_open() || !literals.is_empty() {
                            held.push((index, literals));
                        }
                    }
                    self.texts[index] = text;
                    self.vocabularies[index] = vocabulary;
                }
                Err(skipped) => {
                    self.unread[index] = true;
                    self.skipped.insert(skipped);
                }
            }
        }
        // What is in use in one language of a family is in use in all of them.
        let mut families: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
        for language in language::LANGUAGES {
            let found = present.get(language.name).into_iter().flatten().copied();
            families.entry(language.family).or_default().extend(found);
        }
        let present: BTreeMap<&'static str, BTreeSet<&'static str>> =
            language::LANGUAGES.iter().map(|language| (language.name, families[language.family].clone())).collect();
        let counts: BTreeMap<&str, Worth> = sights
            .iter()
            .filter(|(_, sight)| !sight.filter.is_open())
            .map(|(language, sight)| (*language, self.literals(language, &present[language]).among(&sight.filter)))
            .collect();
        let mut worth = Vec::new();
        for (index, literals) in held {
            let counts = counts.get(self.files[index].language);
            if counts.is_none_or(|counts| counts.counts(&literals)) {
                worth.push(index);
            } else {
                self.texts[index] = None;
            }
        }
        (present, worth)
    }

    /// What every file of a language is looked through for.
    fn sight(&self, language: &str) -> Sight {
        let described = self.settings.providers.catalogue(language).map_or(&[][..], provider::Catalogue::providers);
        let everyone = described.iter().map(|(name, _)| *name).collect();
        let mut all = self.literals(language, &everyone);
        let certain = self.literals(language, &BTreeSet::new());
        all.extend(&certain);
        let signs: Vec<(&'static str, Sign)> =
            described.iter().flat_map(|(name, described)| signs(described).map(|sign| (*name, sign))).collect();
        let filter = all.filter(signs.iter().map(|(_, sign)| (sign.word, sign.is_object)));
        let own = literals::of_each(self.settings.providers, language);
        let own = own.into_iter().map(|(name, literals)| (name, literals.among(&filter))).collect();
        Sight { certain: certain.among(&filter), filter, signs, own }
    }

    /// What makes a file of a language worth a parse when those providers are present.
    fn literals(&self, language: &str, present: &BTreeSet<&str>) -> Literals {
        let patterns = self.patterns.iter().filter(|pattern| pattern.language.name == language && !pattern.built_in);
        let mut literals = literals(self.settings.providers, language, present);
        let keys = || self.keys.iter().chain(&self.named);
        literals.names.extend(keys().cloned().map(Cow::Owned));
        // Objects of flags name them in camel case.
        if language::by_name(language).is_some_and(|language| language.family == "javascript") {
            literals.names.extend(keys().map(|key| Cow::Owned(camel_case(key))));
        }
        literals.names.remove("");
        // A comment that hides nothing is reported, so that its file is looked at.
        literals.parts.insert(Cow::Borrowed(suppress::MARKER));
        // Without a literal, a pattern may fit anywhere.
        literals.parts.extend(patterns.map(|pattern| Cow::Owned(pattern.literal().unwrap_or("").to_owned())));
        literals
    }

    /// Reads everything and scans what may hold a check.
    fn first_round(&mut self, watch: &dyn Fn(Stage)) {
        let (present, worth) = self.read_all();
        watch(Stage::Read);
        for language in language::LANGUAGES {
            let literals = literals(self.settings.providers, language.name, &present[language.name]);
            self.sought.insert(language.name, literals.texts().map(str::to_owned).collect());
        }
        self.scan(worth, &BTreeSet::new(), |_, _| true);
        watch(Stage::Scan);
    }

    fn new_names(&self, language: &str, names: &BTreeSet<String>) -> Vec<String> {
        let sought = self.sought.get(language);
        names.iter().filter(|name| sought.is_none_or(|sought| !sought.contains(*name))).cloned().collect()
    }

    /// Properties that are of interest in a language for the first time.
    fn new_properties(&self, language: &Language, found: &Outcome) -> Vec<String> {
        let known = self.interests.get(language.name).map(|interest| &interest.properties);
        let same = found.properties.iter().filter(|(family, _)| *family == language.family);
        let new = same.filter(|(_, name)| known.is_none_or(|known| !known.contains(name)));
        new.map(|(_, name)| name.clone()).collect()
    }

    fn would_continue(&self, found: &Outcome) -> bool {
        let unread = found.wanted.iter().any(|file| self.facts[*file].is_none() && !self.is_skipped(*file));
        unread
            || self.asked(found).next().is_some()
            || language::LANGUAGES.iter().any(|language| {
                !self.new_names(language.name, &found.names).is_empty()
                    || !self.new_properties(language, found).is_empty()
            })
    }

    /// Files that were scanned without something that is asked for.
    fn asked<'found>(&'found self, found: &'found Outcome) -> impl Iterator<Item = usize> + use<'found> {
        found.whole.iter().copied().filter(|file| !self.whole[*file] && !self.is_skipped(*file))
    }

    fn is_skipped(&self, file: usize) -> bool {
        self.unread[file]
    }

    /// Whether a file is worth a look for one of those.
    fn may_hold(&self, file: usize, terms: &Terms) -> bool {
        self.vocabularies[file].as_ref().is_none_or(|words| words.may_hold(terms))
    }

    /// Scans the files that were wanted, and all that hold a new name. Whether there was anything to do.
    fn next_round(&mut self, found: &Outcome) -> bool {
        let mut todo: BTreeSet<usize> = found
            .wanted
            .iter()
            .copied()
            .filter(|file| self.facts[*file].is_none() && !self.is_skipped(*file))
            .collect();
        let asked: Vec<usize> = self.asked(found).collect();
        asked.iter().for_each(|file| self.whole[*file] = true);
        todo.extend(asked);
        let wanted = todo.clone();
        let mut filters = BTreeMap::new();
        for language in language::LANGUAGES {
            let new = self.new_names(language.name, &found.names);
            let read: Vec<String> = self.new_properties(language, found);
            if new.is_empty() && read.is_empty() {
                continue;
            }
            let dotted: Vec<String> = read.iter().map(|name| format!(".{name}")).collect();
            let reads = Prefilter::new([], dotted.iter().map(String::as_str));
            filters.insert(language.name, Prefilter::new(new.iter().chain(&dotted).map(String::as_str), []));
            self.sought.entry(language.name).or_default().extend(new.iter().cloned());
            let same = self.files.iter().enumerate().filter(|(_, file)| file.language == language.name);
            // A file that was scanned and calls nothing of the new names has nothing to add.
            let names: HashSet<&str> = new.iter().map(String::as_str).collect();
            let terms = Terms::new(new.iter().chain(&dotted).map(String::as_str));
            let adds = |index: &usize| match &self.facts[*index] {
                Some(facts) => {
                    let text = self.texts[*index].as_deref().unwrap_or("");
                    facts.may_call(text, &names) || reads.accepts(text)
                }
                None => self.may_hold(*index, &terms),
            };
            todo.extend(same.map(|(index, _)| index).filter(adds));
            let interest = self.interests.entry(language.name).or_default();
            interest.objects.extend(new.iter().cloned());
            interest.names.extend(new);
            interest.properties.extend(read);
        }
        if todo.is_empty() {
            return false;
        }
        let todo = todo.into_iter().filter(|file| !self.is_skipped(*file)).collect();
        self.scan(todo, &wanted, |language, text| filters.get(language).is_some_and(|filter| filter.accepts(text)));
        true
    }

    /// Reads and scans those of the files that are accepted, and all of `always`.
    fn scan(&mut self, files: Vec<usize>, always: &BTreeSet<usize>, accepts: impl Fn(&str, &str) -> bool + Sync) {
        let words = self.words(&files);
        let loaded: Vec<Loaded> = files
            .into_par_iter()
            .map(|index| {
                let file = &self.files[index];
                let kept = self.texts[index].as_ref();
                let text = match kept {
                    Some(text) => Cow::Borrowed(&**text),
                    None => match self.from.read(&file.path, self.settings.max_file_size) {
                        Ok(text) => Cow::Owned(text),
                        Err(reason) => return (index, Err(Skipped { path: file.path.clone(), reason })),
                    },
                };
                if !always.contains(&index) && !accepts(file.language, &text) {
                    return (index, Ok(None));
                }
                let text = kept.map_or_else(|| Arc::from(text), Arc::clone);
                let Some(language) = language::by_name(file.language) else { return (index, Ok(None)) };
                let interest = &self.interests[file.language];
                let (words, of_interest) = &words[file.language];
                let whole = self.whole[index];
                let facts = self.memo.facts(self.from.id(&file.path), file.language, (interest, whole), || {
                    let name = || kept::facts(language, of_interest, &text, whole);
                    let scan = || scan::scan(language, &text, interest, &self.patterns, words, whole);
                    self.memo.cache().get_or(name, text.len(), scan)
                });
                let too_deep = facts.too_deep.then_some(SkipReason::TooDeep);
                if let Some(reason) = facts.unparsed.map(SkipReason::Unparsed).or(too_deep) {
                    return (index, Err(Skipped { path: file.path.clone(), reason }));
                }
                (index, Ok(Some((text, facts))))
            })
            .collect();
        for (index, loaded) in loaded {
            match loaded {
                Ok(Some((text, facts))) => {
                    self.texts[index] = Some(text);
                    self.facts[index] = Some(facts);
                }
                // The text of a file that is not scanned is not kept.
                Ok(None) if self.facts[index].is_none() => self.texts[index] = None,
                Ok(None) => {}
                Err(skipped) => {
                    self.unread[index] = true;
                    self.skipped.insert(skipped);
                }
            }
        }
    }

    /// Gives the scanned files their ids, in order of path.
    fn finish(
        self,
        checks: Vec<FlagCheck>,
        mut overrides: Vec<FlagOverride>,
        found: Definitions,
        mut limits: BTreeSet<String>,
    ) -> Project {
        let Definitions { code: mut defined, data, mentions } = found;
        let mut definitions: Vec<FlagDefinition> = Vec::new();
        let mut sources = Sources::default();
        let mut broken = Vec::new();
        let mut ids = BTreeMap::new();
        for (index, (file, facts)) in self.files.iter().zip(&self.facts).enumerate() {
            let declares = defined.remove(&index);
            let text = match (facts, &declares) {
                (Some(_), _) => self.texts[index].clone(),
                (None, declares) => declares.as_ref().map(|at| Arc::clone(&at.text)),
            };
            let Some(text) = text else { continue };
            let language = language::by_name(file.language);
            let id = sources.add(Source { path: file.path.clone(), text: Arc::clone(&text), language });
            ids.insert(SourceId(u32::try_from(index).unwrap_or(u32::MAX)), id);
            let declares_broken = declares.as_ref().is_some_and(|at| at.broken);
            definitions.extend(declares.into_iter().flat_map(|at| at.found).map(|one| one.place(id)));
            let Some(facts) = facts else {
                if declares_broken {
                    broken.push(id);
                }
                continue;
            };
            if facts.broken {
                broken.push(id);
            }
            limits.extend(facts.limits.iter().map(|limit| format!("{}: {limit}", display_path(&file.path))));
        }
        for DataFile { path, text, found } in data {
            let id = sources.add(Source { path, text, language: None });
            definitions.extend(found.into_iter().map(|one| one.place(id)));
        }
        for definition in &mut definitions {
            definition.mentions = mentions.get(&definition.flag).copied().unwrap_or(0);
        }
        definitions.sort_by(|left, right| left.at.cmp(&right.at));
        let place = |at: &Location| {
            let source = *ids.get(&at.source).expect("checks and constants are found in scanned files only");
            Location { source, span: at.span.clone() }
        };
        let key = |key: &mut Key| {
            if let Key::Known { via, .. } = key {
                *via = via.iter().map(place).collect();
            }
        };
        for pin in &mut overrides {
            pin.at = place(&pin.at);
            key(&mut pin.key);
        }
        overrides.sort_by(|left, right| left.at.cmp(&right.at));
        let mut checks: Vec<FlagCheck> = checks
            .into_iter()
            .map(|mut check| {
                check.at = place(&check.at);
                key(&mut check.key);
                let source = sources.get(check.at.source);
                check
                    .caveats
                    .extend(source.language.and_then(|language| (language.caveat)(&source.path)).map(str::to_owned));
                check
            })
            .collect();
        checks.sort_by(|left, right| left.at.cmp(&right.at));
        Project {
            root: self.settings.root.clone(),
            sources,
            files: self.files,
            modules: Modules::default(),
            unread: BTreeMap::new(),
            checks,
            overrides,
            definitions,
            skipped: self.skipped.into_iter().collect(),
            broken,
            limits: limits.into_iter().collect(),
        }
    }
}
