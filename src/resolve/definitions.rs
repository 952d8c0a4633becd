//! Where flags are declared in code and in data files next to it. Owns which places that hold a key count as a definition of
//! the flag; finding them is `scan::definitions` and `registry::data`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::modules::base;
use crate::scan::definitions::{Defined, DefinitionKind};
use crate::scan::places::Places;
use crate::source::{Location, Span, display_path};

/// A place that declares a flag: no check, but nothing else than the flag's either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagDefinition {
    /// The whole entry, statement or member, without the comma, line end or comment around it.
    pub at: Location,
    /// Where the key is written.
    pub key_span: Span,
    /// The key, byte for byte.
    pub flag: String,
    /// What kind of code it is.
    pub kind: DefinitionKind,
    /// The name that code uses for it: of the constant, the member, the entry. `None` where that is the key itself.
    pub name: Option<String>,
    /// The innermost name around it: of the mapping, the class, what is called.
    pub container: Option<String>,
    /// Why it counts: one phrase.
    pub evidence: String,
    /// The day on which an annotation says the flag was made.
    pub created: Option<Date>,
    /// The day by which an annotation says the flag should go.
    pub removal: Option<Date>,
    /// Places outside of tests that mention the key or the name and are neither check nor definition: none, or at least so
    /// many.
    pub mentions: usize,
}

/// What names that speak of flags hold.
const WORDS: &[&str] = &[
    "flag",
    "feature",
    "toggle",
    "experiment",
    "rollout",
    "waffle",
    "switch",
    "gatekeeper",
    "killswitch",
    "kill_switch",
    "unstable",
];

/// Whether a name speaks of flags.
fn speaks(name: &str) -> bool {
    let plain = name.to_ascii_lowercase();
    WORDS.iter().any(|word| plain.contains(word))
}

/// Which of the places where keys stand in a file may be judged to declare their flags, as far as the text tells: what is
/// denied here is denied by [`judge`] once the tree is known.
pub(crate) fn may_judge<'places>(
    by_file: bool,
    text: &Places<'_>,
    places: &'places [(&str, Span)],
    via: &[Span],
) -> Vec<&'places Span> {
    let inside = |span: &Span| via.iter().any(|via| via.start <= span.start && span.end <= via.end);
    let tells = |key: &str, span: &Span| text.is_quoted(span) || key.contains(['_', '-', '.']);
    let mut may: Vec<&(&str, Span)> = places.iter().filter(|(_, span)| text.may_define(span)).collect();
    let siblings: BTreeSet<&str> = may.iter().filter(|(key, span)| tells(key, span)).map(|(key, _)| *key).collect();
    let several = by_file || siblings.len() > 1;
    may.retain(|(key, span)| several && tells(key, span) || inside(span) || text.around(span).any(speaks));
    may.into_iter().map(|(_, span)| span).collect()
}

/// Whether the name of a file, or of its folder, speaks of flags.
pub(crate) fn by_path(path: &std::path::Path) -> bool {
    let shown = display_path(path);
    let (folder, file) = shown.rsplit_once('/').unwrap_or(("", shown.as_str()));
    speaks(file) || speaks(base(folder))
}

/// Why the places of one file that declare keys declare flags. `via` are the places that checks took their keys from.
pub(crate) fn judge(by_file: bool, text: &str, found: Vec<Defined>, via: &[Span]) -> Vec<Judged> {
    // A thing that holds several keys holds flags.
    let mut siblings: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for one in &found {
        siblings.entry(one.around.clone()).or_default().insert(one.key.clone());
    }
    let many = |one: &Defined| !one.around.is_empty() && siblings[&one.around].len() > 1;
    let judged = |one: Defined| {
        let speaking = one.around.iter().chain(&one.name).find(|name| speaks(name));
        let evidence = if via.contains(&one.key_span) || via.contains(&one.span) {
            "a check takes its key from here".to_owned()
        } else if let Some(name) = speaking {
            format!("`{name}` speaks of flags")
        } else if one.is_name && !one.key.contains(['_', '-', '.']) {
            // `groups` is a name like any other.
            return None;
        } else if by_file {
            "the file's name speaks of flags".to_owned()
        } else if many(&one) {
            "it stands among other keys of flags".to_owned()
        } else {
            return None;
        };
        let (created, removal) = annotation(text, one.span.start);
        Some(Judged { evidence, created, removal, defined: one })
    };
    found.into_iter().filter_map(judged).collect()
}

/// A definition with why it is one, before its file has a number.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) defined: Defined,
    pub(crate) evidence: String,
    pub(crate) created: Option<Date>,
    pub(crate) removal: Option<Date>,
}

impl Judged {
    pub(crate) fn place(self, source: crate::source::SourceId) -> FlagDefinition {
        let Defined { key, key_span, span, kind, name, around, is_name: _ } = self.defined;
        FlagDefinition {
            at: Location { source, span },
            key_span,
            flag: key,
            kind,
            name,
            container: around.into_iter().next(),
            evidence: self.evidence,
            created: self.created,
            removal: self.removal,
            mentions: 0,
        }
    }
}

/// Days of creation and planned removal in comments directly above: `# .. toggle_creation_date: 2020-07-01`.
fn annotation(text: &str, start: usize) -> (Option<Date>, Option<Date>) {
    let (mut created, mut removal) = (None, None);
    let above = text[..start].rfind('\n').map_or("", |end| &text[..end]);
    for line in above.split('\n').rev() {
        let line = line.trim();
        let Some(comment) = ["#", "//", "*"].iter().find_map(|sign| line.strip_prefix(sign)) else { break };
        let Some((name, value)) = comment.trim_start_matches(['.', ' ', '/']).split_once(':') else { continue };
        let date = || value.split_whitespace().next().and_then(|word| word.parse::<Date>().ok());
        match name.trim() {
            "toggle_creation_date" => created = date(),
            "toggle_target_removal_date" => removal = date(),
            _ => {}
        }
    }
    (created, removal)
}

#[cfg(test)]
mod tests {
    use super::{annotation, speaks};

    #[test]
    fn days_are_read_from_annotations() {
        let text = "# .. toggle_name: x\n# .. toggle_creation_date: 2020-07-01\n# .. toggle_target_removal_date: 2021-01-31\nX = 1\n";
        let at = text.find("X = 1").expect("it is there");
        let (created, removal) = annotation(text, at);
        assert_eq!(created.map(|day| day.to_string()).as_deref(), Some("2020-07-01"));
        assert_eq!(removal.map(|day| day.to_string()).as_deref(), Some("2021-01-31"));
        let apart = "# .. toggle_creation_date: 2020-07-01\n\nY = 1";
        assert_eq!(annotation(apart, apart.len() - 5), (None, None));
    }

    #[test]
    fn names_speak_of_flags() {
        assert!(speaks("FeatureFlags") && speaks("WAFFLE_SWITCHES") && !speaks("EVENTS"));
    }
}
