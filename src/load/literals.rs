//! What is looked for in a text to tell whether its file is worth a parse, and which providers a project may use. Owns the choice
//! of literals from the descriptions of providers; `scan/prefilter` looks for them.

use std::collections::BTreeSet;

use crate::provider::{self, Callee};
use crate::settings::Settings;

/// Texts of which a file holds one when it is worth a parse: whole names, and parts of a text.
#[derive(Default)]
pub(super) struct Literals {
    pub(super) names: BTreeSet<&'static str>,
    pub(super) parts: BTreeSet<&'static str>,
}

/// Those of the providers that are `present`, and of all what is theirs alone.
pub(super) fn literals(settings: &Settings, language: &str, present: &BTreeSet<&str>) -> Literals {
    let Literals { mut names, mut parts } = Literals::default();
    for (_, described) in settings.providers.catalogue(language).map_or(&[][..], provider::Catalogue::providers) {
        names.extend(described.key_parameters.iter().map(String::as_str));
    }
    for (name, signature) in
        settings.providers.catalogue(language).into_iter().flat_map(provider::Catalogue::signatures)
    {
        let method = signature.method;
        let speaks = method.distinctive || method.shape || signature.idiom || !method.receivers.is_empty();
        if signature.asked || !(speaks || present.contains(signature.provider)) {
            continue;
        }
        if !method.literals.is_empty() {
            parts.extend(method.literals.iter().map(String::as_str));
        } else if !method.declared_by.is_empty() {
            names.extend(method.declared_by.iter().map(String::as_str));
        } else if method.callee == Callee::Field || method.receivers.is_empty() {
            names.insert(name);
        } else {
            names.extend(method.receivers.iter().map(String::as_str));
        }
    }
    // What such a provider makes has any name: the files that make it are found by their import.
    for signature in settings.providers.catalogue(language).into_iter().flat_map(provider::Catalogue::makers) {
        if present.contains(signature.provider) {
            parts.extend(signature.language.modules.iter().map(String::as_str));
        }
    }
    Literals { names, parts }
}

/// What says that a project may use a provider: a part of a module's name, or a conventional receiver, with whether only a
/// member of it says so. The shortest of them, `gb`, are units and abbreviations of everything.
pub(super) fn signs(described: &'static provider::ProviderLanguage) -> impl Iterator<Item = (&'static str, bool)> {
    let modules = described.modules.iter().filter_map(|module| module.split('.').next());
    let declared_by = described.methods.iter().flat_map(|method| &method.declared_by);
    let receivers = described.receivers.iter().map(|receiver| (receiver.as_str(), receiver.len() <= 3));
    modules.chain(declared_by.map(String::as_str)).map(|word| (word, false)).chain(receivers)
}
