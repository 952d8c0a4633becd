//! Providers as data: where each lists its flags, how it pages, what its token is called, and how a flag is retired there.
//! Owns the format of `pulls/*.toml` and its table; sends nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// Every provider's file: name and text.
const FILES: [(&str, &str); 7] = [
    ("configcat", include_str!("../../pulls/configcat.toml")),
    ("flagsmith", include_str!("../../pulls/flagsmith.toml")),
    ("growthbook", include_str!("../../pulls/growthbook.toml")),
    ("launchdarkly", include_str!("../../pulls/launchdarkly.toml")),
    ("posthog", include_str!("../../pulls/posthog.toml")),
    ("statsig", include_str!("../../pulls/statsig.toml")),
    ("unleash", include_str!("../../pulls/unleash.toml")),
];

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let read = |(name, text): (&str, &str)| {
        let provider: Provider = toml::from_str(text).expect("a test reads every embedded file");
        debug_assert_eq!(provider.name, name);
        provider
    };
    FILES.into_iter().map(read).collect()
});

/// How a provider is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Provider {
    /// As its page in `docs/registries` is called.
    pub name: String,
    /// As it calls itself.
    pub title: String,
    /// Its public server; `None` for what everybody runs themselves.
    pub url: Option<String>,
    /// Environment variables that may hold the token; the first that is set counts.
    pub tokens: Vec<String>,
    /// Headers of every request, `{token}` in them.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What it calls a project; `None` where the token decides.
    pub project: Option<Project>,
    /// How its environments are listed; `None` where the token is of one.
    pub environments: Option<Environments>,
    /// What makes a snapshot.
    pub documents: Vec<Document>,
    /// How a flag is retired; `None` where its page has to be used.
    pub retire: Option<Retire>,
}

/// A provider's projects.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// The one that every server has.
    pub default: Option<String>,
    /// What names one.
    pub what: String,
}

/// A list of environments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environments {
    /// Where it is.
    pub path: String,
    /// JSON pointer to the list.
    pub items: String,
    /// JSON pointer to the name in an element.
    pub name: String,
    /// JSON pointer to what requests call it, when that is not the name.
    pub id: Option<String>,
    /// JSON pointer to the address of the next page.
    pub next: Option<String>,
    /// JSON pointer to how many there are.
    pub total: Option<String>,
}

/// A document, in one or several pages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Document {
    /// Where it is: `{project}`, `{environment}`, `{environment-id}`, `{token}`, and `{offset}` or `{page}` with `{size}`.
    pub path: String,
    /// What is posted; without it, it is a GET.
    pub body: Option<serde_json::Value>,
    /// How many flags a page is asked to have.
    #[serde(default)]
    pub size: usize,
    /// JSON pointer to the flags, a list or a mapping.
    pub items: String,
    /// JSON pointer to the key in an element, by which it is known that none came twice.
    pub key: Option<String>,
    /// JSON pointer to how many flags there are.
    pub total: Option<String>,
    /// JSON pointer to the address of the next page.
    pub next: Option<String>,
    /// JSON pointers to what is only true of one page.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Whether it does not name the environment that it is of.
    #[serde(default)]
    pub of_environment: bool,
    /// Variables of a token of its own.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// Headers instead of the provider's.
    pub headers: Option<BTreeMap<String, String>>,
    /// Whether a pull without its token goes on without it.
    #[serde(default)]
    pub optional: bool,
    /// What is asked for each flag.
    pub detail: Option<Detail>,
}

impl Document {
    /// Whether it is asked for once per environment.
    pub fn per_environment(&self) -> bool {
        let body = self.body.as_ref().map(ToString::to_string).unwrap_or_default();
        self.path.contains("{environment") || body.contains("{environment")
    }
}

/// What is asked for each flag, and put below a key of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// Where it is, `{key}` in it.
    pub path: String,
    /// JSON pointer to what counts.
    pub take: String,
    /// The key.
    pub into: String,
}

/// The request that retires a flag.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retire {
    /// What it does, as a verb.
    pub what: String,
    /// Its method.
    pub method: String,
    /// Its path: `{project}`, `{key}`, `{id}`.
    pub path: String,
    /// What kind of body it has, when that is not plain JSON.
    pub content_type: Option<String>,
    /// Its body.
    pub body: Option<serde_json::Value>,
    /// JSON pointer to the id in an element of the list, when the key is not enough.
    pub id: Option<String>,
}

/// Every provider that can be asked, sorted by name.
pub fn all() -> &'static [Provider] {
    &PROVIDERS
}

/// The provider of that name.
pub fn by_name(name: &str) -> Option<&'static Provider> {
    all().iter().find(|provider| provider.name == name)
}

#[cfg(test)]
mod tests {
    use super::{FILES, Provider, all};

    #[test]
    fn every_file_is_in_the_table_and_reads() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/pulls");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder is part of the repository")
            .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, FILES.map(|(name, _)| format!("{name}.toml")));
        for (name, text) in FILES {
            let provider: Provider = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(provider.name, name);
            assert!(!provider.tokens.is_empty(), "{name} has no token");
            let used = provider.headers.values().chain(provider.documents.iter().map(|document| &document.path));
            assert!(used.clone().any(|text| text.contains("{token}")), "{name} does not use its token");
        }
        assert_eq!(all().len(), FILES.len());
    }
}
