//! The shape of a provider file. Owns its validation: unknown settings, languages and types are errors.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use crate::language;
use crate::resolve::Projection;
use crate::value::ValueType;

/// An SDK, as its file in `providers/` describes it.
#[derive(Debug, Deserialize)]
pub struct Provider {
    /// The name that reports write.
    pub name: String,
    /// Whether it is looked for without being asked: a provider that is off counts for keys that the registry knows, or that
    /// the user names, and for no other.
    #[serde(default)]
    pub asked: bool,
    /// Whether it describes idioms of code around no SDK: they have no module, projects define them themselves, and their keys
    /// need not be in any registry.
    #[serde(default)]
    pub idiom: bool,
    /// Per language name; a language that is not described has no such SDK.
    #[serde(flatten)]
    pub languages: BTreeMap<String, Described>,
}

/// What a file says about a language: one table, or one per package where they differ.
#[derive(Debug)]
pub struct Described(pub Vec<ProviderLanguage>);

impl<'de> Deserialize<'de> for Described {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Described;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a table, or a list of tables")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Described, A::Error> {
                let one = ProviderLanguage::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Described(vec![one]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Described, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                Ok(Described(all))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// An SDK in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderLanguage {
    /// Modules (packages, crates) that the SDK is imported from, with dots between segments; submodules included.
    pub modules: Vec<String>,
    /// Functions, methods and types whose result is a client.
    #[serde(default)]
    pub factories: Vec<String>,
    /// Names of variables that conventionally hold a client of this SDK.
    #[serde(default)]
    pub receivers: Vec<String>,
    /// Names that often hold one, but other things too: they count with further evidence only.
    #[serde(default)]
    pub generic_receivers: Vec<String>,
    /// Names of parameters that hold a key: a function of the project that has one, and whose own name asks for a flag, is a
    /// check API.
    #[serde(default)]
    pub key_parameters: Vec<String>,
    /// First names of calls that build contexts without effects.
    #[serde(default)]
    pub builders: Vec<String>,
    /// What evaluates flags.
    #[serde(default)]
    pub methods: Vec<Method>,
    /// How tests pin flags, where a pattern says it better than a method.
    #[serde(default)]
    pub overrides: Vec<Override>,
}

/// A way of pinning flags in tests, as a pattern. It counts in test code, for keys that the registry or the user names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Lines of code with `$KEY`, and `$VALUE` where they say what the flag is pinned to.
    pub patterns: Vec<String>,
    /// What the flag is pinned to where the patterns do not say.
    #[serde(default)]
    pub pins: Option<bool>,
    /// Whether the key is the path of a predicate of the project.
    #[serde(default)]
    pub target: bool,
    /// Whether it counts only where the call is what a `with` statement enters.
    #[serde(default)]
    pub entered: bool,
    /// Whether keys are the same that differ in case and in what separates their words.
    #[serde(default)]
    pub loose: bool,
}

/// Methods that share a signature.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Their names.
    pub names: Vec<String>,
    /// How they are called.
    #[serde(default)]
    pub callee: Callee,
    /// What they return.
    #[serde(deserialize_with = "value_type")]
    pub returns: ValueType,
    /// Which projection of the flag they read.
    #[serde(default, deserialize_with = "projection")]
    pub projection: Projection,
    /// Where the key stands.
    pub key: Position,
    /// Where the fallback stands; none where there is none, or where it is a function.
    #[serde(default)]
    pub fallback: Option<Position>,
    /// Least and greatest number of arguments.
    #[serde(default)]
    pub arguments: Option<(usize, usize)>,
    /// Whether the name alone, with a key in its place, makes a call a check.
    #[serde(default)]
    pub distinctive: bool,
    /// Whether the name, a literal key and the right number of arguments make a call on a generic receiver a check.
    #[serde(default)]
    pub shape: bool,
    /// Whether the value is reached through `await`.
    #[serde(default)]
    pub awaited: bool,
    /// What the call yields: the value, a result to unwrap, or an object that holds the value.
    #[serde(default)]
    pub result: Outcome,
    /// Members of the object that hold a value.
    #[serde(default)]
    pub accessors: BTreeMap<String, Accessor>,
    /// A beginning of the key that negates the check and is not part of the key.
    #[serde(default)]
    pub negation: Option<String>,
    /// Whether it yields true while the flag is off.
    #[serde(default)]
    pub negated: bool,
    /// An argument that negates the check when it is false.
    #[serde(default)]
    pub state: Option<Position>,
    /// Whether it evaluates a flag, or pins one in a test.
    #[serde(default)]
    pub role: Role,
    /// Where an override says what the flag is pinned to.
    #[serde(default)]
    pub value: Option<Position>,
    /// What an override pins the flag to, when it does not say.
    #[serde(default)]
    pub pins: Option<bool>,
    /// Names of what it is called on, without which a call by this name means nothing: the dictionary of `FEATURES.get(…)`.
    #[serde(default)]
    pub receivers: Vec<String>,
    /// Last names of what these receivers belong to, where they say too little: the organization of its features.
    #[serde(default)]
    pub of: Vec<String>,
    /// Globs of which the last name of the first argument has to fit one: the context of `useContext(…)`.
    #[serde(default, deserialize_with = "globs")]
    pub given: Option<Globs>,
    /// Names of which the file has to import one from the SDK's module, where the name itself says nothing.
    #[serde(default)]
    pub with: Vec<String>,
    /// Globs over keys that are no flag's: members of an object of flags, variables that switch a developer's tool.
    #[serde(default, deserialize_with = "globs")]
    pub except: Option<Globs>,
    /// Members of an object of flags that hold the flags in turn.
    #[serde(default)]
    pub containers: Vec<String>,
    /// What declares the thing that it is called on; the key stands in the declaration.
    #[serde(default)]
    pub declared_by: Vec<String>,
    /// Base classes of the class whose attribute names the flag.
    #[serde(default)]
    pub bases: Vec<String>,
    /// Globs of which the key has to fit one; a key that is not known fits none.
    #[serde(default, deserialize_with = "globs")]
    pub keys: Option<Globs>,
    /// Whether only a receiver that is traced to its making counts, no name and no key.
    #[serde(default)]
    pub traced: bool,
    /// Whether a call counts only where a truth value is made of its result.
    #[serde(default)]
    pub gate: bool,
    /// Texts of which a file holds one when it is worth a parse because of this method; else its names.
    #[serde(default)]
    pub literals: Vec<String>,
    /// Words of which it holds one as well, where any are given.
    #[serde(default)]
    pub beside: Vec<String>,
}

/// Whether a method evaluates a flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It does.
    #[default]
    Check,
    /// It pins the flag in a test.
    Override,
}

/// Globs over keys, compiled.
#[derive(Clone, Debug)]
pub struct Globs(globset::GlobSet);

impl Globs {
    /// Whether a key fits one of them.
    pub fn accept(&self, key: &str) -> bool {
        self.0.is_match(key)
    }
}

/// How a method is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Callee {
    /// On a client.
    #[default]
    Method,
    /// As a function of the SDK's module.
    Function,
    /// As a decorator from the SDK's module, with arguments.
    Decorator,
    /// As a function of the SDK's module that yields an object whose members are flags, named by their keys.
    Members,
    /// On a client, or as a function of the SDK's module.
    Either,
    /// On something whose declaration names the key: `NAME = WaffleFlag("key")`, `NAME.is_enabled()`.
    Declared,
    /// As a function that was made with the key: `const showBanner = flag({ key: "banner" })`, `showBanner()`. The names are
    /// those of what makes it.
    Made,
    /// As an element of markup whose attribute is the key: `<Feature flag="key">`.
    Element,
    /// Not at all: an attribute in the body of a class, whose value is the key.
    Attribute,
    /// Not at all: the key stands in brackets behind the name, or is its member.
    Subscript,
    /// Not at all: the key is the name of a member of something of the method's name, `()` included when it is a call.
    Field,
    /// As a tag of a template that loads the SDK's library: `{% flag "x" %}`.
    Tag,
    /// As a condition of compilation: `cfg!(feature = "x")`.
    Condition,
}

/// What a call yields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The value.
    #[default]
    Value,
    /// A result or option: the value is inside.
    Fallible,
    /// An object that holds the value in a member.
    Object,
    /// Text; what of it counts as on is for its reader to say.
    Text,
    /// Something that exists only while the flag is on: an entry of a list of routes.
    Presence,
    /// A component that shows one thing or another.
    Component,
}

/// Where an argument stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// 0-based, without the receiver.
    pub index: usize,
    /// Its name, in languages with named arguments.
    #[serde(default)]
    pub keyword: Option<String>,
    /// How a key is written.
    #[serde(default)]
    pub form: KeyForm,
    /// Position of a name that stands before the key, with a dot between.
    #[serde(default)]
    pub within: Option<usize>,
    /// The entry of the argument that it is, where the argument is an object.
    #[serde(default)]
    pub entry: Option<String>,
}

impl Position {
    /// The argument of that index.
    pub fn at(index: usize) -> Self {
        Self { index, keyword: None, form: KeyForm::Text, within: None, entry: None }
    }
}

/// How a key is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyForm {
    /// An expression whose value is the key.
    #[default]
    Text,
    /// An enum variant whose name, or declared other name, is the key.
    Variant,
    /// A name that is the key in camel case.
    Camel,
    /// Something whose declaration names the key.
    Declared,
    /// The names of the keyword arguments are the keys, and their values what the flags are pinned to.
    Keywords,
}

/// A member of a result object that holds a value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accessor {
    /// Its type.
    #[serde(deserialize_with = "value_type")]
    pub returns: ValueType,
    /// Which projection it is.
    #[serde(default, deserialize_with = "projection")]
    pub projection: Projection,
    /// Whether it is true while the flag is off.
    #[serde(default)]
    pub negated: bool,
}

impl Provider {
    /// Reads a provider file.
    ///
    /// # Errors
    /// What is wrong with it, and where: unknown settings, languages, types, missing key positions.
    pub fn parse(text: &str) -> Result<Self, String> {
        let provider: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for (name, described) in &provider.languages {
            if language::by_name(name).is_none() && !language::KNOWN_BUT_NOT_READ.contains(&name.as_str()) {
                return Err(format!("unknown setting or language `{name}`"));
            }
            if language::by_name(name).is_some_and(|language| language.family != name) {
                return Err(format!("`{name}` is described together with others of its family"));
            }
            for method in described.0.iter().flat_map(|described| &described.methods) {
                if method.names.is_empty() {
                    return Err("a method without names".to_owned());
                }
                if let Some((least, most)) = method.arguments
                    && method.callee != Callee::Declared
                    && (least > most || method.key.index >= most)
                {
                    return Err(format!("`{}`: the number of arguments leaves no place for the key", method.names[0]));
                }
                if (method.callee == Callee::Declared) == method.declared_by.is_empty() {
                    return Err(format!("`{}`: `declared_by` goes with `callee = \"declared\"`", method.names[0]));
                }
                if (method.callee == Callee::Attribute) == method.bases.is_empty() {
                    return Err(format!("`{}`: `bases` goes with `callee = \"attribute\"`", method.names[0]));
                }
            }
        }
        Ok(provider)
    }
}

fn value_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ValueType, D::Error> {
    let name = String::deserialize(deserializer)?;
    ValueType::from_name(&name).ok_or_else(|| de::Error::custom(format!("unknown type `{name}`")))
}

fn globs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Globs>, D::Error> {
    let mut builder = globset::GlobSetBuilder::new();
    for glob in Vec::<String>::deserialize(deserializer)? {
        builder.add(globset::Glob::new(&glob).map_err(de::Error::custom)?);
    }
    Ok(Some(Globs(builder.build().map_err(de::Error::custom)?)))
}

fn projection<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Projection, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "enabled" => Ok(Projection::Enabled),
        "value" => Ok(Projection::Value),
        "variant" => Ok(Projection::Variant),
        other => Err(de::Error::custom(format!("unknown projection `{other}`, there are enabled, value, variant"))),
    }
}
