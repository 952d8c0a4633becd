//! What is looked for in a text to tell whether its file is worth a parse, and which providers a project may use. Owns the choice
//! of literals from the descriptions of providers; `scan/prefilter` looks for them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::provider::{self, Callee, Providers, Signature};
use crate::scan::prefilter::Prefilter;

/// Texts of which a file holds one when it is worth a parse: whole names, and parts of a text. A name may end in a sign.
#[derive(Default)]
pub(super) struct Literals {
    pub(super) names: BTreeSet<Cow<'static, str>>,
    pub(super) parts: BTreeSet<Cow<'static, str>>,
    /// Parts that count beside one of those words.
    beside: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

/// Those of the providers that are `present`, and of all what is theirs alone.
pub(super) fn literals(providers: &'static Providers, language: &str, present: &BTreeSet<&str>) -> Literals {
    let mut literals = Literals::default();
    for (_, described) in providers.catalogue(language).map_or(&[][..], provider::Catalogue::providers) {
        literals.names.extend(described.key_parameters.iter().map(|name| Cow::Borrowed(name.as_str())));
    }
    for (name, signature) in providers.catalogue(language).into_iter().flat_map(provider::Catalogue::signatures) {
        let method = signature.method;
        let speaks = method.distinctive || method.shape || signature.idiom || !method.receivers.is_empty();
        let is_present = present.contains(signature.provider);
        if !signature.asked && (speaks || is_present) {
            literals.add(name, signature, is_present);
        }
    }
    // What such a provider makes has any name: the files that make it are found by their import.
    for signature in providers.catalogue(language).into_iter().flat_map(provider::Catalogue::makers) {
        if present.contains(signature.provider) {
            literals.parts.extend(signature.language.modules.iter().map(|module| Cow::Borrowed(module.as_str())));
        }
    }
    literals
}

/// What each provider of a language makes worth a parse by its methods, as [`literals`] has it when the provider is present.
pub(super) fn of_each(providers: &'static Providers, language: &str) -> BTreeMap<&'static str, Literals> {
    let mut of_each: BTreeMap<&'static str, Literals> = BTreeMap::new();
    for (name, signature) in providers.catalogue(language).into_iter().flat_map(provider::Catalogue::signatures) {
        of_each.entry(signature.provider).or_default().add(name, signature, true);
    }
    of_each
}

impl Literals {
    /// Joins others to these.
    pub(super) fn extend(&mut self, more: &Self) {
        self.names.extend(more.names.iter().cloned());
        self.parts.extend(more.parts.iter().cloned());
        for (part, words) in &more.beside {
            self.beside.entry(part).or_default().extend(words);
        }
    }

    /// All that count alone, names first.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.names.iter().chain(&self.parts).map(AsRef::as_ref)
    }

    /// A filter for them, and for signs.
    pub(super) fn filter<'run>(&'run self, signs: impl IntoIterator<Item = (&'run str, bool)>) -> Prefilter {
        let names = self.names.iter().map(AsRef::as_ref).chain(self.beside.values().flatten().copied());
        let parts = self.parts.iter().map(AsRef::as_ref).chain(self.beside.keys().copied());
        Prefilter::with_signs(names, parts, signs)
    }

    /// Which literals of a filter are these.
    pub(super) fn among(&self, filter: &Prefilter) -> Worth {
        let places = |found: Vec<bool>| (0..found.len()).filter(|at| found[*at]).collect::<Vec<usize>>();
        let beside = self.beside.iter().flat_map(|(part, words)| {
            let words = places(filter.among(|name| words.contains(name), |_| false));
            places(filter.among(|_| false, |other| other == *part)).into_iter().map(move |at| (at, words.clone()))
        });
        Worth {
            alone: filter.among(|name| self.names.contains(name), |part| self.parts.contains(part)),
            beside: beside.collect(),
        }
    }

    fn add(&mut self, name: &'static str, Signature { method, .. }: Signature, is_present: bool) {
        let whole = |name: &'static String| Cow::Borrowed(name.as_str());
        if !method.literals.is_empty() && method.beside.is_empty() {
            self.parts.extend(method.literals.iter().map(whole));
        } else if !method.literals.is_empty() {
            for part in &method.literals {
                self.beside.entry(part).or_default().extend(method.beside.iter().map(String::as_str));
            }
        } else if !method.declared_by.is_empty() {
            // Called, extended, imported with others or under another name: `Feature` and `Toggle` are words of any text.
            let uses = ["(", " (", ")", ",", " as "];
            let written = |name: &'static String| uses.map(|sign| Cow::Owned(format!("{name}{sign}")));
            self.names.extend(method.declared_by.iter().flat_map(written));
        } else if method.callee == Callee::Field || method.receivers.is_empty() {
            if method.shape && !method.distinctive && !is_present {
                // Called, or a member of something: nobody calls it by another name, but `variation` is a word of any text.
                let uses = ["(", " (", "<", " as "].map(|sign| format!("{name}{sign}"));
                self.names.extend(uses.into_iter().chain([format!(".{name}")]).map(Cow::Owned));
            } else {
                self.names.insert(Cow::Borrowed(name));
            }
        } else {
            self.names.extend(method.receivers.iter().map(whole));
        }
    }
}

/// A word that says that a project may use a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) word: &'static str,
    /// Whether it only says so where a member of it is taken: the shortest receivers, `gb`, are units and abbreviations of
    /// everything.
    pub(super) is_object: bool,
    /// Whether it only says so in a file that holds a literal of the provider: people call many things `feature_flags`, and what
    /// counts by such a name is a method that is called on it.
    pub(super) is_receiver: bool,
}

/// The signs of a provider: parts of modules' names, what declares flags, conventional receivers.
pub(super) fn signs(described: &'static provider::ProviderLanguage) -> impl Iterator<Item = Sign> {
    let modules = described.modules.iter().filter_map(|module| module.split('.').next());
    let declared_by = described.methods.iter().flat_map(|method| &method.declared_by);
    let words = modules.chain(declared_by.map(String::as_str));
    let receivers = described.receivers.iter();
    words.map(|word| Sign { word, is_object: false, is_receiver: false }).chain(receivers.map(|word| Sign {
        word,
        is_object: word.len() <= 3,
        is_receiver: true,
    }))
}

/// Which literals of a filter make a file worth a parse.
pub(super) struct Worth {
    /// For each literal, whether it does.
    alone: Vec<bool>,
    /// Literals that do beside one of others.
    beside: BTreeMap<usize, Vec<usize>>,
}

impl Worth {
    /// Whether a file that holds those literals is worth it.
    pub(super) fn counts(&self, literals: &[usize]) -> bool {
        let any = |words: &Vec<usize>| words.iter().any(|word| literals.contains(word));
        literals.iter().any(|literal| self.alone[*literal] || self.beside.get(literal).is_some_and(any))
    }

    fn is_nothing(&self) -> bool {
        self.beside.is_empty() && !self.alone.contains(&true)
    }
}

/// What every file of a language is looked through for.
pub(super) struct Sight {
    pub(super) filter: Prefilter,
    /// Providers and their signs, in the order of the filter.
    pub(super) signs: Vec<(&'static str, Sign)>,
    /// The literals that make a file worth a parse in any project.
    pub(super) certain: Worth,
    /// Those of each provider.
    pub(super) own: BTreeMap<&'static str, Worth>,
}

impl Sight {
    /// Whether a file that holds those literals is worth a parse, whatever providers the project uses.
    pub(super) fn is_certain(&self, literals: &[usize]) -> bool {
        self.filter.is_open() || self.certain.counts(literals)
    }

    /// Whether a file that holds those literals is worth one in a project that uses some provider.
    pub(super) fn is_possible(&self, literals: &[usize]) -> bool {
        self.own.values().any(|own| own.counts(literals))
    }

    /// The providers that a file says may be in use, by the positions of the signs and literals that it holds.
    pub(super) fn present(&self, signs: &[usize], literals: &[usize]) -> impl Iterator<Item = &'static str> {
        // An open filter looks for no literals, and some providers have none.
        let is_seen = |provider: &str| match self.own.get(provider) {
            Some(own) if !self.filter.is_open() && !own.is_nothing() => own.counts(literals),
            _ => true,
        };
        let signs = signs.iter().map(|sign| self.signs[*sign]);
        signs.filter(move |(provider, sign)| !sign.is_receiver || is_seen(provider)).map(|(provider, _)| provider)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Literals, Sight, Sign, literals};
    use crate::provider;
    use crate::scan::prefilter::{Found, Prefilter};

    #[test]
    fn a_receiver_counts_beside_a_method_of_its_provider() {
        let sign = |word, is_receiver| ("flask", Sign { word, is_object: false, is_receiver });
        let signs = vec![sign("flask_featureflags", false), sign("feature_flags", true)];
        let words = signs.iter().map(|(_, sign)| (sign.word, sign.is_object));
        let sight = |filter: Prefilter| {
            let own = || Literals { names: BTreeSet::from(["is_active".into()]), ..Literals::default() }.among(&filter);
            let (certain, own) = (own(), BTreeMap::from([("flask", own())]));
            Sight { certain, filter, signs: signs.clone(), own }
        };
        let present = |sight: &Sight, text: &str| {
            let Found { signs, literals } = sight.filter.look(text).0;
            sight.present(&signs, &literals).count() > 0
        };
        let narrow = sight(Prefilter::with_signs(["is_active", "variation"], [], words.clone()));
        assert!(present(&narrow, "import flask_featureflags"));
        assert!(present(&narrow, "feature_flags.is_active(key)"));
        assert!(!present(&narrow, "camera.feature_flags.has_speaker"));
        assert!(!present(&narrow, "feature_flags, variation, is_active_user"));
        // What lets every file through tells of no method.
        let open = sight(Prefilter::with_signs([], [""], words));
        assert!(present(&open, "camera.feature_flags.has_speaker"));
    }

    #[test]
    fn words_of_any_text_count_where_they_are_used() {
        let accepts = |language: &str, present: &[&str], text: &str| {
            literals(provider::embedded(), language, &present.iter().copied().collect()).filter([]).accepts(text)
        };
        for text in ["client.variation(key)", "check = self.client.variation", "variation (key)", "variation as check"]
        {
            assert!(accepts("python", &[], text), "{text}");
        }
        for text in ["x = Toggle(key)", "class Beta(Base, Feature):", "import Feature, x", "import Feature as F"] {
            assert!(accepts("python", &[], text), "{text}");
        }
        for text in ["a variation of it", "my_variation(x)", "Toggle the light", "ClimateFeature(1)"] {
            assert!(!accepts("python", &[], text), "{text}");
        }
        assert!(accepts("python", &["launchdarkly"], "a variation of it"));
        assert!(accepts("typescript", &[], "getObjectValue<T>(key)"));
    }

    #[test]
    fn keys_of_the_environment_count_in_files_that_read_it() {
        let read = literals(provider::embedded(), "python", &BTreeSet::new());
        let filter = read.filter([]);
        let worth = read.among(&filter);
        let counts = |text: &str| worth.counts(&filter.look(text).0.literals);
        assert!(counts("if os.environ.get(\n    'ENABLE_X'"));
        assert!(counts("getenv(KEY) # \"FF_X\""));
        assert!(!counts("choices = ['ENABLE_X']") && !counts("os.environ['HOME']") && !counts("getenvs('FF_X')"));
    }
}
