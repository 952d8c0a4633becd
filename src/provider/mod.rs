//! Providers as data: what each SDK calls its methods and where the key stands. Owns the embedded table and its lookup;
//! does not decide whether a call is a check (see `resolve`). To add a provider, add a file to `providers/`.

mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::language;
use crate::settings::CheckPattern;

pub use schema::{
    Accessor, Callee, Globs, KeyForm, Method, Outcome, Override, Position, Provider, ProviderLanguage, Role,
};

/// Every provider file: name and text, sorted by name. `build.rs` lists them.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// A method of a provider in a language.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// Provider name.
    pub provider: &'static str,
    /// Whether it counts for keys only that the registry knows or the user names.
    pub asked: bool,
    /// Whether it is an idiom of code around no SDK.
    pub idiom: bool,
    /// What its file says about the language.
    pub language: &'static ProviderLanguage,
    /// The method.
    pub method: &'static Method,
}

/// The providers that a run knows.
#[derive(Debug, Default)]
pub struct Providers {
    all: Vec<&'static Provider>,
    catalogues: BTreeMap<&'static str, Catalogue>,
}

/// All providers of one language, indexed by method name.
#[derive(Debug, Default)]
pub struct Catalogue {
    by_method: BTreeMap<&'static str, Vec<Signature>>,
    made_by: BTreeMap<&'static str, Vec<Signature>>,
    languages: Vec<(&'static str, &'static ProviderLanguage)>,
    /// The modules of providers, by what they begin with up to a sign.
    modules: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl Catalogue {
    /// The signatures of that method name, in order of provider name.
    pub fn methods(&self, name: &str) -> &[Signature] {
        self.by_method.get(name).map_or(&[], Vec::as_slice)
    }

    /// The signatures of functions that something of that name makes, in order of provider name.
    pub fn made_by(&self, name: &str) -> &[Signature] {
        self.made_by.get(name).map_or(&[], Vec::as_slice)
    }

    /// The signatures of functions that something makes.
    pub fn makers(&self) -> impl Iterator<Item = Signature> {
        self.made_by.values().flatten().copied()
    }

    /// Whether anything makes functions that evaluate a flag.
    pub fn makes(&self) -> bool {
        !self.made_by.is_empty()
    }

    /// Every signature with its name, sorted by name.
    pub fn signatures(&self) -> impl Iterator<Item = (&'static str, Signature)> {
        self.by_method.iter().flat_map(|(name, signatures)| signatures.iter().map(|signature| (*name, *signature)))
    }

    /// The modules of providers that begin as a name does: a path that starts with the name lies in none of the others.
    pub fn modules_like(&self, name: &str) -> impl Iterator<Item = &'static str> {
        self.modules.get(head(name)).into_iter().flatten().copied()
    }

    /// What each provider's file says about the language, in order of provider name.
    pub fn providers(&self) -> &[(&'static str, &'static ProviderLanguage)] {
        &self.languages
    }
}

/// The first part of a module's name, or of one of its segments.
fn head(name: &str) -> &str {
    name.split(['.', '/']).next().unwrap_or(name)
}

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(name, text)| {
            Provider::parse(text)
                .unwrap_or_else(|error| panic!("the embedded file providers/{name}.toml is valid: {error}"))
        })
        .collect()
});

static EMBEDDED: LazyLock<Providers> = LazyLock::new(|| Providers::new(PROVIDERS.iter().collect()));

/// The providers that come with flag-sweep.
pub fn embedded() -> &'static Providers {
    &EMBEDDED
}

/// Those, and more that a user describes, which win over one of the same name. They live as long as the process, as the
/// embedded ones do: a run reads its configuration once.
pub fn embedded_and(more: Vec<Provider>) -> &'static Providers {
    if more.is_empty() {
        return embedded();
    }
    let more: &'static [Provider] = Box::leak(more.into_boxed_slice());
    let replaced = |provider: &&Provider| more.iter().any(|other| other.name == provider.name);
    let mut all: Vec<&'static Provider> = PROVIDERS.iter().filter(|at| !replaced(at)).chain(more).collect();
    all.sort_by(|left, right| left.name.cmp(&right.name));
    Box::leak(Box::new(Providers::new(all)))
}

impl Providers {
    fn new(all: Vec<&'static Provider>) -> Self {
        let mut catalogues: BTreeMap<&'static str, Catalogue> = BTreeMap::new();
        for provider in &all {
            for (name, language) in &provider.languages {
                let catalogue = catalogues.entry(name).or_default();
                for language in &language.0 {
                    catalogue.languages.push((&provider.name, language));
                    for module in &language.modules {
                        catalogue.modules.entry(head(module)).or_default().insert(module);
                    }
                    for method in &language.methods {
                        for name in &method.names {
                            let (asked, idiom) = (provider.asked, provider.idiom);
                            let signature = Signature { provider: &provider.name, asked, idiom, language, method };
                            let table = match method.callee {
                                Callee::Made => &mut catalogue.made_by,
                                _ => &mut catalogue.by_method,
                            };
                            table.entry(name).or_default().push(signature);
                        }
                    }
                }
            }
        }
        Self { all, catalogues }
    }

    /// The providers of a language; `None` when no file describes one.
    pub fn catalogue(&self, language: &str) -> Option<&Catalogue> {
        self.catalogues.get(language::by_name(language)?.family)
    }

    /// The override patterns of all providers, as if a user had given them.
    pub fn overrides(&self) -> Vec<CheckPattern> {
        let mut result = Vec::new();
        for provider in &self.all {
            for (name, described) in &provider.languages {
                // "typescript" covers both of its grammars.
                let languages: Vec<String> = match name.as_str() {
                    "javascript" => vec!["javascript".to_owned(), "typescript".to_owned()],
                    other => vec![other.to_owned()],
                };
                for entry in described.0.iter().flat_map(|language| &language.overrides) {
                    result.extend(entry.patterns.iter().map(|pattern| CheckPattern {
                        languages: languages.clone(),
                        pattern: pattern.clone(),
                        loose: entry.loose,
                        pins: entry.pins,
                        target: entry.target,
                        entered: entry.entered,
                        provider: Some(&provider.name),
                        origin: format!("providers/{}.toml", provider.name),
                        ..CheckPattern::default()
                    }));
                }
            }
        }
        result
    }

    /// Whether a provider of that name describes idioms of code around no SDK.
    pub fn is_idiom(&self, name: &str) -> bool {
        self.all.iter().any(|provider| provider.idiom && provider.name == name)
    }

    /// Every provider, sorted by name.
    pub fn all(&self) -> &[&'static Provider] {
        &self.all
    }
}

#[cfg(test)]
mod tests {
    use super::{FILES, Provider};

    #[test]
    fn every_provider_file_is_listed_and_parses() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("providers");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder is part of the repository")
            .map(|entry| entry.expect("the folder can be listed").file_name().to_string_lossy().into_owned())
            .collect();
        found.sort();
        let listed: Vec<String> = FILES.iter().map(|(name, _)| format!("{name}.toml")).collect();
        assert_eq!(found, listed, "build.rs lists every file in providers/, sorted");
        for (name, text) in FILES {
            let provider = Provider::parse(text).unwrap_or_else(|error| panic!("providers/{name}.toml: {error}"));
            assert_eq!(&provider.name, name);
        }
    }

    #[test]
    fn unknown_settings_and_languages_are_errors() {
        for text in [
            "name = \"x\"\n[python]\nmodules = [\"x\"]\nfactory = [\"get\"]\n",
            "name = \"x\"\n[cobol]\nmodules = [\"x\"]\n",
            "name = \"x\"\n[python]\nmodules = [\"x\"]\n[[python.methods]]\nnames = [\"f\"]\nreturns = \"boolean\"\nkey = { index = 0 }\n",
            "name = \"x\"\n[python]\nmodules = [\"x\"]\n[[python.methods]]\nnames = [\"f\"]\nreturns = \"bool\"\n",
        ] {
            assert!(Provider::parse(text).is_err(), "{text}");
        }
    }
}
