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
    }

    /// All of them, names first.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.names.iter().chain(&self.parts).map(AsRef::as_ref)
    }

    /// A filter for them, and for signs.
    pub(super) fn filter<'run>(&'run self, signs: impl IntoIterator<Item = (&'run str, bool)>) -> Prefilter {
        Prefilter::with_signs(self.names.iter().map(AsRef::as_ref), self.parts.iter().map(AsRef::as_ref), signs)
    }

    /// For each literal of a filter, whether it is one of these.
    pub(super) fn among(&self, filter: &Prefilter) -> Vec<bool> {
        filter.among(|name| self.names.contains(name), |part| self.parts.contains(part))
    }

    fn add(&mut self, name: &'static str, Signature { method, .. }: Signature, is_present: bool) {
        let whole = |name: &'static String| Cow::Borrowed(name.as_str());
        if !method.literals.is_empty() {
            self.parts.extend(method.literals.iter().map(whole));
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

/// What every file of a language is looked through for.
pub(super) struct Sight {
    pub(super) filter: Prefilter,
    /// Providers and their signs, in the order of the filter.
    pub(super) signs: Vec<(&'static str, Sign)>,
    /// For each literal of the filter, whether it makes a file worth a parse in any project.
    pub(super) certain: Vec<bool>,
    /// For each literal of the filter, whether it is one of the provider's.
    pub(super) own: BTreeMap<&'static str, Vec<bool>>,
}

impl Sight {
    /// Whether a file that holds those literals is worth a parse, whatever providers the project uses.
    pub(super) fn is_certain(&self, literals: &[usize]) -> bool {
        self.filter.is_open() || literals.iter().any(|literal| self.certain[*literal])
    }

    /// The providers that a file says may be in use, by the positions of the signs and literals that it holds.
    pub(super) fn present(&self, signs: &[usize], literals: &[usize]) -> impl Iterator<Item = &'static str> {
        // An open filter looks for no literals, and some providers have none.
        let is_seen = |provider: &str| match self.own.get(provider) {
            Some(own) if !self.filter.is_open() && own.contains(&true) => literals.iter().any(|literal| own[*literal]),
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
            let own = Literals { names: BTreeSet::from(["is_active".into()]), ..Literals::default() }.among(&filter);
            Sight { certain: own.clone(), filter, signs: signs.clone(), own: BTreeMap::from([("flask", own)]) }
        };
        let present = |sight: &Sight, text: &str| {
            let Found { signs, literals } = sight.filter.find(text);
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
}
