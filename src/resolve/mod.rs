//! From facts to checks: which call evaluates which flag. Owns keys, constants, imports and wrappers across files;
//! knows nothing of registries beyond the list of keys it is given.

mod aliases;
mod calls;
pub mod definitions;
mod evidence;
mod keys;
pub mod members;
pub mod modules;
mod names;
mod pins;
pub mod scripts;
mod sites;
mod wrappers;

use std::collections::BTreeSet;

use crate::fix::syntax::Unwraps;
use crate::source::{Location, Span};
use crate::value::{Value, ValueType};

pub use definitions::FlagDefinition;
pub use sites::{Outcome, World, resolve};

/// The keys that a registry knows, aliases included.
pub type KeySet = BTreeSet<String>;

/// Which flag a check names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The key is known.
    Known {
        /// The key, byte for byte.
        flag: String,
        /// Where it was found on the way: the literal, the constant's definition, the wrapper.
        via: Vec<Location>,
    },
    /// The key is put together at run time.
    Dynamic {
        /// Its constant beginning; empty when there is none.
        prefix: String,
        /// Its constant end; empty when there is none.
        suffix: String,
    },
}

impl Key {
    /// The key, when it is known.
    pub fn flag(&self) -> Option<&str> {
        match self {
            Self::Known { flag, .. } => Some(flag),
            Self::Dynamic { .. } => None,
        }
    }

    /// Whether it is put together at run time and could be this flag's.
    pub fn could_name(&self, flag: &str) -> bool {
        match self {
            Self::Known { .. } => false,
            Self::Dynamic { prefix, suffix } => {
                flag.len() >= prefix.len() + suffix.len() && flag.starts_with(prefix) && flag.ends_with(suffix)
            }
        }
    }
}

/// Which projection of the flag a check reads (registries differ by projection).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Projection {
    /// Is it on?
    #[default]
    Enabled,
    /// What is its value?
    Value,
    /// Which variation is served?
    Variant,
}

/// How sure detection is that a call is a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A hint only.
    Low,
    /// A conventional name and a key-like argument.
    Medium,
    /// Import, traced receiver, user pattern, or a key that the registry knows.
    High,
}

/// What a check does with the flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Effect {
    /// The expression yields the flag's value.
    #[default]
    Value,
    /// Guards what it stands on, and yields nothing: a decorator. [`FlagCheck::at`] is the whole decorator.
    Guard,
    /// The expression yields an object that holds the value in a member which is read somewhere else.
    Object,
    /// Something exists only while the flag is on: an option, an entry of a list of routes.
    Presence,
    /// The call yields one of its arguments: see [`FlagCheck::choice`].
    Choice,
    /// The expression yields text, and what of it counts as on is for its reader to say.
    Text,
    /// A component that shows one thing while the flag is on, and another or nothing while it is off.
    Component,
}

/// The arguments of which a call yields one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Yielded while the flag is on.
    pub on: Span,
    /// Yielded while the flag is off.
    pub off: Span,
}

/// A place in test code that pins a flag to a value. It is no check: it never counts as use of the flag.
#[derive(Clone, Debug, PartialEq)]
pub struct FlagOverride {
    /// The whole call, or the decorator that it is.
    pub at: Location,
    /// The node that names the key.
    pub key_span: Span,
    /// Which flag.
    pub key: Key,
    /// Provider name, or `overrides[2]` for the second user pattern.
    pub provider: String,
    /// Where the value is written.
    pub value_span: Option<Span>,
    /// The value, when it is a literal or a constant.
    pub value: Option<Value>,
    /// Whether it stands over a definition.
    pub decorator: bool,
    /// Whether it is test code.
    pub in_test: bool,
    /// Why it counts: one phrase.
    pub evidence: String,
    /// How sure that is.
    pub confidence: Confidence,
}

impl FlagOverride {
    /// The key, when it is known.
    pub fn flag(&self) -> Option<&str> {
        match &self.key {
            Key::Known { flag, .. } => Some(flag),
            Key::Dynamic { .. } => None,
        }
    }
}

/// What a check returns when the flag cannot be evaluated, as written in the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Fallback {
    /// The argument.
    pub span: Span,
    /// Its value, when it is a literal or a constant.
    pub value: Option<Value>,
}

/// A place in code that evaluates a flag.
#[derive(Clone, Debug, PartialEq)]
pub struct FlagCheck {
    /// The whole expression that yields the value, without `await`, `?` or `.unwrap()` around it.
    pub at: Location,
    /// The node that names the key at this site (an argument, or the field or function name); reports point here.
    pub key_span: Span,
    /// Which flag.
    pub key: Key,
    /// Provider name (`launchdarkly`), or `checks[2]` for the second user pattern, or `wrapper`.
    pub provider: String,
    /// What the call returns.
    pub returns: ValueType,
    /// Which projection it reads.
    pub projection: Projection,
    /// True when the check is true while the flag is off.
    pub negated: bool,
    /// The fallback in the call.
    pub fallback: Option<Fallback>,
    /// Whether the call has a place for a fallback and leaves it empty.
    pub lacks_fallback: bool,
    /// The call's arguments; folding judges whether dropping one may drop an effect.
    pub arguments: Vec<Span>,
    /// First names of calls that build contexts without effects, from the provider file (`Context`, `EvaluationContext`).
    pub builders: Vec<String>,
    /// Why it counts as a check: one phrase, e.g. "`ldclient` is imported on line 3".
    pub evidence: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether it is test code: by the file's path, or inside a module of tests.
    pub in_test: bool,
    /// Whether the call yields a future, so that the value is there only once it is awaited.
    pub awaited: bool,
    /// Whether it stands inside a macro's arguments, which the grammar leaves as tokens.
    pub in_macro: bool,
    /// What it does with the flag. Only [`Effect::Value`] can be replaced by the value.
    pub effect: Effect,
    /// The arguments of which it yields one, for [`Effect::Choice`].
    pub choice: Option<Choice>,
    /// Whether the value comes in a result or option: `?`, `.unwrap()`, `if let Ok(…)` reach it.
    pub fallible: bool,
    /// Why the value may differ from the flag's all the same, one phrase each: a wrapper that also returns something else.
    pub caveats: Vec<String>,
}

impl FlagCheck {
    /// What has to be taken off the call's type before the flag's value is there, outermost last.
    pub fn wraps(&self) -> Vec<Unwraps> {
        let future = self.awaited.then_some(Unwraps::Future);
        future.into_iter().chain(self.fallible.then_some(Unwraps::Result)).collect()
    }

    /// The key, when it is known.
    pub fn flag(&self) -> Option<&str> {
        self.key.flag()
    }
}
