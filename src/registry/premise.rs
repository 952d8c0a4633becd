//! What must be true of every context for a constant to hold: a bucketing key that is always given, a kind of context that
//! is always there. Owns their words and the names by which the configuration accepts them.

use std::fmt;

/// A condition on contexts that no document can prove.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Premise {
    /// The context has this attribute.
    ContextKey(String),
    /// The context has a part of this kind.
    ContextKind(String),
    /// The context has what a percentage buckets by, whatever that is.
    Bucket,
    /// The flag is asked for an identity, not for the environment as such.
    Identity,
    /// No identity has a state of its own.
    NoIdentityOverrides,
    /// A user object is passed.
    UserObject,
    /// An actor is passed.
    Actor,
    /// The group of this type is passed.
    Group(String),
    /// Nothing changes what is written, and what could (nothing is named when nobody declared that).
    NoOverride(Option<String>),
    /// What a file does to its own mapping changes nothing: the file, and what it does.
    NoWrite(String, String),
}

impl Premise {
    /// The name by which `accept-premises` refers to it.
    pub fn name(&self) -> String {
        match self {
            Self::ContextKey(key) => key.clone(),
            Self::ContextKind(kind) => format!("kind:{kind}"),
            Self::Bucket => "bucket".to_owned(),
            Self::Identity => "identity".to_owned(),
            Self::NoIdentityOverrides => "no-identity-overrides".to_owned(),
            Self::UserObject => "user".to_owned(),
            Self::Actor => "actor".to_owned(),
            Self::Group(group) => format!("group:{group}"),
            Self::NoOverride(None) => "no-overrides".to_owned(),
            Self::NoOverride(Some(by)) | Self::NoWrite(by, _) => format!("no-override:{by}"),
        }
    }
}

impl fmt::Display for Premise {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContextKey(key) => write!(formatter, "the context has `{key}`"),
            Self::ContextKind(kind) => write!(formatter, "the context has a part of kind `{kind}`"),
            Self::Bucket => formatter.write_str("the context has what the percentage buckets by"),
            Self::Identity => formatter.write_str("an identity is given"),
            Self::NoIdentityOverrides => formatter.write_str("no identity has a state of its own"),
            Self::UserObject => formatter.write_str("a user is given"),
            Self::Actor => formatter.write_str("an actor is given"),
            Self::Group(group) => write!(formatter, "the group `{group}` is given"),
            Self::NoOverride(None) => formatter.write_str("nothing else overrides what is written there"),
            Self::NoWrite(file, what) => write!(formatter, "{file} does not override it ({what})"),
            Self::NoOverride(Some(by)) => write!(formatter, "`{by}` does not override it"),
        }
    }
}

/// "the context has `userId` and an identity is given".
pub(super) fn together(premises: &[Premise]) -> String {
    premises.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}
