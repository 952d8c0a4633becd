//! What a vendor's document is read into. Owns the flags found so far, and the shared reading of metadata: dates, kinds,
//! tags. States are made in `steps`, formats are read beside this file.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::error::Problem;
use super::super::model::{EnvironmentState, Flag, FlagKind, RolloutState};
use super::super::native::flag::empty;
use super::super::tree::{Kind, Node};
use super::super::verdict::EVERY;
use super::super::{MAX_FLAGS, too_many_flags};
use super::at::At;
use crate::source::{Location, SourceId, Span};
use crate::value::{Value, ValueType};

/// Numbers from here on are milliseconds since 1970, below they are seconds.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// One document's flags, and what is wrong with it.
#[derive(Debug)]
pub(in super::super) struct Reading {
    source: SourceId,
    /// The flags, in the order of the document.
    #[expect(clippy::vec_box, reason = "a flag is large, and goes through several lists: it is moved once")]
    pub(in super::super) flags: Vec<Box<Flag>>,
    /// Environments that the document calls production.
    pub(in super::super) production: BTreeSet<String>,
    /// Environments that never count unless somebody asks for them.
    pub(in super::super) informational: BTreeSet<String>,
    /// The document says what flags are for, and nothing of what they serve.
    pub(in super::super) describes: bool,
    /// Errors.
    pub(in super::super) problems: Vec<Problem>,
    /// Things that are accepted with a warning.
    pub(in super::super) warnings: Vec<Problem>,
    keys: BTreeMap<String, Span>,
    odd_kinds: BTreeSet<String>,
}

impl Reading {
    pub(super) fn new(source: SourceId) -> Self {
        Self {
            source,
            flags: Vec::new(),
            production: BTreeSet::new(),
            informational: BTreeSet::new(),
            describes: false,
            problems: Vec::new(),
            warnings: Vec::new(),
            keys: BTreeMap::new(),
            odd_kinds: BTreeSet::new(),
        }
    }

    /// A flag of which only the key is known, at the place that names it.
    pub(super) fn flag(&self, key: &str, at: Node<'_>) -> Flag {
        empty(key, self.location(at))
    }

    /// The same, with the place of a key.
    pub(super) fn flag_at(&self, key: &str, span: Span) -> Flag {
        empty(key, Location { source: self.source, span })
    }

    pub(super) fn location(&self, node: Node<'_>) -> Location {
        Location { source: self.source, span: node.span() }
    }

    /// A state of an environment, whatever the projection.
    pub(super) fn state(&self, state: RolloutState, since: Option<Date>, at: Node<'_>) -> EnvironmentState {
        EnvironmentState::plain(state, since, self.location(at))
    }

    /// The same, at the place of a key or a row.
    pub(super) fn state_at(&self, state: RolloutState, since: Option<Date>, span: Span) -> EnvironmentState {
        EnvironmentState::plain(state, since, Location { source: self.source, span })
    }

    /// Adds a flag. A key that the document has twice is an error: only one of the two can be meant. So is a flag that is too
    /// much, once.
    pub(super) fn add(&mut self, flag: impl Into<Box<Flag>>) {
        if self.flags.len() > MAX_FLAGS {
            return;
        }
        let mut flag = flag.into();
        flag.fit();
        let span = flag.at.span.clone();
        if self.flags.len() == MAX_FLAGS {
            self.problems.push(too_many_flags(span));
            self.flags.push(flag);
        } else if flag.key.is_empty() {
            self.problems.push(Problem::new("a flag without a key", span, "the key is empty"));
        } else if let Some(first) = self.keys.insert(flag.key.clone(), span.clone()) {
            let message = format!("flag `{}` is listed twice", flag.key);
            self.problems.push(
                Problem::new(message, span, "listed again")
                    .label(first, "first listed here")
                    .help("keep the entry that is in force: which of the two is cannot be known"),
            );
        } else {
            self.flags.push(flag);
        }
    }

    /// The flags; what was kept to add them goes.
    #[expect(clippy::vec_box, reason = "as they are kept")]
    pub(in super::super) fn into_flags(self) -> Vec<Box<Flag>> {
        self.flags
    }

    /// Adds a flag of a document that leaves its state open, and why.
    pub(super) fn describe(&mut self, mut flag: Flag, at: &At<'_>, why: String) {
        self.describes = true;
        let mut state = self.state(RolloutState::Unknown { why }, None, at.node);
        state.summary = true;
        flag.value_type = ValueType::Any;
        flag.environments.insert(EVERY.to_owned(), state);
        self.add(flag);
    }

    /// An element that has no key where the format wants one.
    pub(super) fn keyless(&mut self, at: &At<'_>, field: &str) {
        let message = format!("a flag without `{field}`");
        let problem = Problem::new(message, at.node.span(), "the document is damaged or not what it seems");
        self.problems.push(problem);
    }

    /// A document that is one of several pages, or otherwise not the whole list.
    pub(super) fn incomplete(&mut self, at: Node<'_>, why: &str) {
        let problem = Problem::new(format!("the document does not hold all flags: {why}"), at.span(), "here");
        self.problems
            .push(problem.help("flags that are left out would look as if they did not exist; fetch all pages"));
    }

    /// A document that tells how many flags there are, and lists fewer.
    pub(super) fn counted(&mut self, root: &At<'_>, field: &str, listed: usize) {
        if let Some(total) = root.whole(field)
            && usize::try_from(total).is_ok_and(|total| total > listed)
        {
            self.incomplete(root.near(field).node, &format!("`{field}` is {total}, and {listed} are listed"));
        }
    }

    /// The kind that a vendor's word means. A word that is not known makes a flag that is never removed.
    pub(super) fn kind(&mut self, word: &str, at: Node<'_>, known: &[(&str, FlagKind)]) -> FlagKind {
        if let Some((_, kind)) = known.iter().find(|(name, _)| *name == word) {
            return *kind;
        }
        if self.odd_kinds.insert(word.to_owned()) {
            let message = format!("`{word}` is no kind of flag that is known, so flags of it are never removed");
            self.warnings.push(Problem::new(message, at.span(), "taken for `permission`"));
        }
        FlagKind::Permission
    }
}

/// A kind that tags or names state: only those that make a flag stay, since a word may mean many things.
pub(super) fn cautious_kind(tags: &[String]) -> Option<FlagKind> {
    tags.iter().find_map(|tag| {
        let word: String = tag.to_ascii_lowercase().replace([' ', '_'], "-");
        match word.as_str() {
            "kill-switch" | "killswitch" | "circuit-breaker" => Some(FlagKind::KillSwitch),
            "permission" | "entitlement" => Some(FlagKind::Permission),
            "ops" | "operational" => Some(FlagKind::Ops),
            "migration" => Some(FlagKind::Migration),
            _ => None,
        }
    })
}

/// The day (UTC) of a timestamp: RFC 3339, a plain day, or a number since 1970 in seconds or milliseconds.
pub(super) fn day(node: Option<Node<'_>>) -> Option<Date> {
    let timestamp = match node?.kind() {
        Kind::Text(text) => match text.parse::<Timestamp>() {
            Ok(timestamp) => timestamp,
            Err(_) => return text.parse::<Date>().ok().filter(|_| text.len() == 10),
        },
        Kind::Int(number) if number >= MILLISECONDS_FROM => Timestamp::from_millisecond(number).ok()?,
        Kind::Int(number) if number > 0 => Timestamp::from_second(number).ok()?,
        _ => return None,
    };
    Some(timestamp.to_zoned(TimeZone::UTC).date())
}

/// The type that all values have; `Any` when they differ or there are none.
pub(super) fn common_type<'v>(values: impl Iterator<Item = &'v Value>) -> ValueType {
    let mut common = None;
    for value in values {
        let own = value.value_type();
        match common {
            None => common = Some(own),
            Some(ValueType::Int) if own == ValueType::Float => common = Some(ValueType::Float),
            Some(ValueType::Float) if own == ValueType::Int => {}
            Some(known) if known == own => {}
            Some(_) => return ValueType::Any,
        }
    }
    common.unwrap_or(ValueType::Any)
}
