//! What the fields of an in-house registry mean to the evaluator of the project, as the configuration declares it. Owns the
//! terms and their defaults; states are drawn from them in `readers::dictionary`.

use std::collections::{BTreeMap, BTreeSet};

/// What a field of an entry, or a column of a row, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The flag's key.
    Key,
    /// The master switch.
    Enabled,
    /// The share of contexts that get it.
    Percentage,
    /// A list of those who get it.
    Users,
    /// A word that says which of the others count.
    Strategy,
    /// What it serves when it is on, if that is no truth value.
    Value,
    /// What it serves when it is off.
    OffValue,
    /// The environment that the row is about.
    Environment,
    /// The planned rollout.
    Schedule,
    /// When it was created.
    Created,
    /// When what it serves last changed.
    Changed,
    /// When it is to be removed.
    Expires,
    /// Who owns it.
    Owner,
    /// What it is about.
    Description,
    /// What it is for.
    Kind,
    /// Words about it.
    Tags,
    /// Whether it is meant to stay.
    Permanent,
    /// Whether it is archived, or when that was.
    Archived,
    /// A mapping (or JSON text) with more fields.
    Metadata,
}

impl Role {
    /// Every role with its name in the configuration and the names of fields that have it unless the configuration says
    /// otherwise.
    pub const ALL: [(Self, &'static str, &'static [&'static str]); 19] = [
        (Self::Key, "key", &["key", "name", "flag", "flag_name", "flag_key", "slug"]),
        (Self::Enabled, "enabled", &["enabled", "is_enabled", "isEnabled", "active", "is_active", "isActive"]),
        (
            Self::Percentage,
            "percentage",
            &["percentage", "percent", "rollout", "rollout_percentage", "rolloutPercentage", "rollout_percent"],
        ),
        (
            Self::Users,
            "users",
            &["users", "allowed_users", "allowedUsers", "allowlist", "whitelist", "user_ids", "userIds"],
        ),
        (Self::Strategy, "strategy", &["strategy", "rollout_strategy", "rolloutStrategy"]),
        (Self::Value, "value", &["value"]),
        (Self::OffValue, "off-value", &["off_value", "offValue"]),
        (Self::Environment, "environment", &["environment", "env"]),
        (Self::Schedule, "schedule", &["schedule"]),
        (Self::Created, "created", &["created", "created_at", "createdAt", "created_on"]),
        (Self::Changed, "changed", &["updated", "updated_at", "updatedAt", "modified", "modified_at", "since"]),
        (Self::Expires, "expires", &["expires", "expires_at", "expiresAt", "expires_on", "expiry", "remove_by"]),
        (Self::Owner, "owner", &["owner", "owners", "team", "maintainer"]),
        (Self::Description, "description", &["description", "desc", "note", "notes", "comment", "title", "label"]),
        (Self::Kind, "kind", &["kind", "flag_type", "flagType"]),
        (Self::Tags, "tags", &["tags", "labels"]),
        (Self::Permanent, "permanent", &["permanent"]),
        (Self::Archived, "archived", &["archived", "archived_at", "deleted", "deleted_at", "is_archived"]),
        (Self::Metadata, "metadata", &["metadata", "meta"]),
    ];

    /// The role of that name in the configuration.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(role, ..)| *role)
    }
}

/// What a strategy lets decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// It is on for everybody.
    All,
    /// It is on for nobody.
    Nobody,
    /// The percentage decides, after the list of users.
    Percentage,
    /// The list of users decides alone.
    Users,
}

/// What somebody without an identity gets where a percentage decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// It is on.
    On,
    /// It is off.
    Off,
}

/// The numbers that contexts are hashed to, and how they are compared with a percentage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Buckets {
    /// The first bucket.
    pub first: f64,
    /// How many there are; infinitely many for `0..1`.
    pub count: f64,
    /// Whether a bucket equal to the percentage gets it (`le`, not `lt`).
    pub inclusive: bool,
    /// What a percentage is multiplied with before it is compared.
    pub scale: f64,
}

impl Buckets {
    /// Which share of the contexts a percentage lets in, from 0 to 1.
    pub fn share(&self, percentage: f64) -> f64 {
        let limit = percentage * self.scale;
        if self.count.is_infinite() {
            // The chance of exactly the limit is nothing, and `le` at 0 is for exactly 0.
            return limit.clamp(0.0, 1.0);
        }
        let below = if self.inclusive { (limit - self.first).floor() + 1.0 } else { (limit - self.first).ceil() };
        (below / self.count).clamp(0.0, 1.0)
    }
}

/// What text in place of an entry means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextMeans {
    /// Nobody knows.
    #[default]
    Unknown,
    /// A description; the registry does not say what is served.
    Description,
}

/// How the project's evaluator reads its registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Semantics {
    /// Fields by role, where they are not called what is usual.
    pub fields: BTreeMap<Role, Vec<String>>,
    /// Fields that the evaluator does not read.
    pub ignored: BTreeSet<String>,
    /// What the words of the strategy mean, in lower case, on top of those that are usual.
    pub strategies: BTreeMap<String, Strategy>,
    /// What is asked first; empty is `enabled`, `strategy`, `users`, `percentage`.
    pub precedence: Vec<Role>,
    /// What an entry without the master switch counts as.
    pub enabled_absent: Option<bool>,
    /// What an entry without a percentage counts as.
    pub percentage_absent: Option<f64>,
    /// Whether an empty list of users is everybody.
    pub users_empty: Option<bool>,
    /// What somebody without an identity gets.
    pub anonymous: Option<Anonymous>,
    /// How contexts are hashed.
    pub buckets: Option<Buckets>,
    /// What else may change the result; `None` when nobody declared that there is nothing.
    pub overrides: Option<Vec<String>>,
    /// What text in place of an entry means.
    pub text: TextMeans,
    /// Whether a number in place of an entry is a percentage.
    pub number_is_percentage: bool,
    /// Whether the configuration declares all this, rather than names of fields at most.
    pub declared: bool,
}

impl Semantics {
    /// The role of a field.
    pub fn role(&self, field: &str) -> Option<Role> {
        if let Some((role, _)) = self.fields.iter().find(|(_, names)| names.iter().any(|name| name == field)) {
            return Some(*role);
        }
        Role::ALL
            .iter()
            .find(|(role, _, names)| !self.fields.contains_key(role) && names.contains(&field))
            .map(|(role, ..)| *role)
    }

    /// What a word of the strategy means.
    pub fn strategy(&self, word: &str) -> Option<Strategy> {
        let word = word.rsplit(['.', ':']).next().unwrap_or(word).to_ascii_lowercase();
        self.strategies.get(&word).copied().or(match word.as_str() {
            "all" | "everyone" | "everybody" | "full" => Some(Strategy::All),
            "none" | "nobody" | "disabled" | "off" => Some(Strategy::Nobody),
            "percentage" | "percent" => Some(Strategy::Percentage),
            "users" | "user_list" | "allowlist" | "whitelist" => Some(Strategy::Users),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, Role, Semantics};

    #[test]
    fn a_percentage_covers_what_the_comparison_lets_through() {
        let buckets = |first, count, inclusive| Buckets { first, count, inclusive, scale: 1.0 };
        for (buckets, percentage, share) in [
            (buckets(0.0, 100.0, false), 100.0, 1.0),
            (buckets(0.0, 100.0, false), 0.0, 0.0),
            (buckets(1.0, 100.0, false), 100.0, 0.99),
            (buckets(0.0, 100.0, true), 0.0, 0.01),
            (buckets(0.0, 100.0, true), 99.0, 1.0),
            (buckets(1.0, 100.0, true), 100.0, 1.0),
            (buckets(1.0, 100.0, true), 0.0, 0.0),
            (Buckets { scale: 100.0, ..buckets(0.0, 10_000.0, false) }, 25.0, 0.25),
            (Buckets { scale: 0.01, ..buckets(0.0, f64::INFINITY, false) }, 100.0, 1.0),
        ] {
            assert!((buckets.share(percentage) - share).abs() < 1e-9, "{buckets:?} {percentage}");
        }
    }

    #[test]
    fn a_field_that_is_mapped_takes_the_place_of_the_usual_names() {
        let mut semantics = Semantics::default();
        assert_eq!(semantics.role("rollout"), Some(Role::Percentage));
        semantics.fields.insert(Role::Percentage, vec!["share".to_owned()]);
        assert_eq!(semantics.role("share"), Some(Role::Percentage));
        assert_eq!(semantics.role("rollout"), None, "it is no percentage any more, and what it is nobody knows");
    }
}
