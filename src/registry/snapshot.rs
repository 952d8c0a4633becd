//! A snapshot: what `flag-sweep pull` wrote of a provider, one or several of its documents and when they were fetched. Owns
//! the format, both ways; what the documents mean is in `readers`.
//!
//! ```json
//! {"flag-sweep-snapshot": 1, "provider": "unleash", "project": "default", "source": "unleash.example.org",
//!  "fetched_at": "2026-11-21T16:00:00Z", "environments": ["production"], "completeness": {"full": true, "missing": []},
//!  "tool": "flag-sweep 0.1.0", "documents": [{"environment": "production", "document": {}}]}
//! ```

use jiff::Timestamp;
use serde_json::{Value, json};

use super::error::Problem;
use super::tree::{Kind, Map, Node, Root};

/// The key that makes a document a snapshot; its value is the version of the format.
const MARK: &str = "flag-sweep-snapshot";
const VERSION: i64 = 1;

/// How the name of a snapshot ends that is found without being named.
pub const SUFFIX: &str = ".snapshot.json";

/// What a snapshot says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The provider, as its page in `docs/registries` is called.
    pub provider: String,
    /// The project at the provider, where it has projects.
    pub project: Option<String>,
    /// The host that was asked. For readers only: nothing is ever sent there because of it.
    pub source: String,
    /// When fetching began.
    pub fetched_at: Timestamp,
    /// The environments it holds, sorted as the provider lists them.
    pub environments: Vec<String>,
    /// What was not fetched and may decide what a flag serves, one phrase each; a full snapshot has none.
    pub missing: Vec<String>,
    /// What wrote it, with its version.
    pub tool: String,
}

/// One document of a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The environment it is of, where the document itself does not say so.
    pub environment: Option<String>,
    /// The provider's answer, all pages of it.
    pub document: Value,
}

/// A document of a snapshot that was read.
pub(super) struct Read {
    pub(super) environment: Option<String>,
    /// The JSON pointer that leads to it.
    pub(super) pointer: String,
    pub(super) document: Root,
}

impl Snapshot {
    /// Whether everything was fetched that decides what a flag serves.
    pub fn is_full(&self) -> bool {
        self.missing.is_empty()
    }

    /// The text of the file.
    pub fn write(&self, parts: &[Part]) -> String {
        let part = |part: &Part| json!({"environment": part.environment, "document": part.document});
        let whole = json!({
            MARK: VERSION,
            "provider": self.provider,
            "project": self.project,
            "source": self.source,
            "fetched_at": self.fetched_at.to_string(),
            "environments": self.environments,
            "completeness": {"full": self.is_full(), "missing": self.missing},
            "tool": self.tool,
            "documents": parts.iter().map(part).collect::<Vec<_>>(),
        });
        format!("{whole:#}\n")
    }
}

/// The parts of a snapshot; `None` when the document is something else.
///
/// # Errors
/// When it is a snapshot of another version, or damaged.
pub(super) fn read(whole: &Root) -> Result<Option<(Snapshot, Vec<Read>)>, Problem> {
    let root = whole.node();
    let Kind::Map(entries) = root.kind() else { return Ok(None) };
    let Some(mark) = entries.find(MARK) else { return Ok(None) };
    if !matches!(mark.value.kind(), Kind::Int(VERSION)) {
        let message = "the snapshot is of another version of the format";
        return Err(Problem::new(message, mark.key_span.clone(), format!("version {VERSION} is read"))
            .help("pull it again with this version of flag-sweep"));
    }
    let fields = Fields { root, entries };
    let fetched = fields.text("fetched_at")?;
    let fetched_at =
        fetched.parse().map_err(|_| fields.damaged("fetched_at", "a time such as 2026-11-21T16:00:00Z"))?;
    let completeness = fields.get("completeness")?;
    let Kind::Map(inner) = completeness.kind() else { return Err(fields.damaged("completeness", "a mapping")) };
    let completeness = Fields { root: completeness, entries: inner };
    let mut missing = completeness.texts("missing")?;
    if !matches!(completeness.get("full")?.kind(), Kind::Bool(true)) && missing.is_empty() {
        missing.push("it does not say what".to_owned());
    }
    let snapshot = Snapshot {
        provider: fields.text("provider")?,
        project: fields.optional("project")?,
        source: fields.text("source")?,
        fetched_at,
        environments: fields.texts("environments")?,
        missing,
        tool: fields.text("tool")?,
    };
    let Kind::List(documents) = fields.get("documents")?.kind() else {
        return Err(fields.damaged("documents", "a list"));
    };
    let mut parts = Vec::new();
    for (index, item) in documents.iter().enumerate() {
        let Kind::Map(entries) = item.kind() else { return Err(fields.damaged("documents", "a list of mappings")) };
        let fields = Fields { root: item, entries };
        let Some(document) = entries.find("document") else {
            return Err(fields.damaged("document", "a document of the provider"));
        };
        parts.push(Read {
            environment: fields.optional("environment")?,
            pointer: format!("/documents/{index}/document"),
            document: whole.part(document.value),
        });
    }
    if parts.is_empty() {
        return Err(fields.damaged("documents", "at least one document"));
    }
    Ok(Some((snapshot, parts)))
}

/// Fields of a mapping of the snapshot itself.
struct Fields<'a> {
    root: Node<'a>,
    entries: Map<'a>,
}

impl<'a> Fields<'a> {
    fn damaged(&self, key: &str, expected: &str) -> Problem {
        let at = self.entries.find(key);
        let span = at.map_or_else(|| self.root.span(), |entry| entry.value.span());
        let message = format!("the snapshot is damaged: `{key}` is missing or wrong");
        Problem::new(message, span, format!("expected {expected}"))
            .help("pull it again, a snapshot is not edited by hand")
    }

    fn get(&self, key: &str) -> Result<Node<'a>, Problem> {
        let entry = self.entries.find(key);
        entry.map(|entry| entry.value).ok_or_else(|| self.damaged(key, "something"))
    }

    fn text(&self, key: &str) -> Result<String, Problem> {
        match self.get(key)?.kind() {
            Kind::Text(text) => Ok(text.to_owned()),
            _ => Err(self.damaged(key, "text")),
        }
    }

    fn optional(&self, key: &str) -> Result<Option<String>, Problem> {
        match self.get(key)?.kind() {
            Kind::Text(text) => Ok(Some(text.to_owned())),
            Kind::Null => Ok(None),
            _ => Err(self.damaged(key, "text or nothing")),
        }
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, Problem> {
        let Kind::List(items) = self.get(key)?.kind() else { return Err(self.damaged(key, "a list of texts")) };
        let text = |item: Node<'_>| match item.kind() {
            Kind::Text(text) => Ok(text.to_owned()),
            _ => Err(self.damaged(key, "a list of texts")),
        };
        items.iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::super::tree::{self, Notation};
    use super::{Part, Snapshot, read};

    fn snapshot() -> Snapshot {
        Snapshot {
            provider: "unleash".into(),
            project: Some("default".into()),
            source: "unleash.example.org".into(),
            fetched_at: "2026-11-21T16:00:00Z".parse().expect("it is a time"),
            environments: vec!["production".into()],
            missing: vec![],
            tool: "flag-sweep 0.1.0".into(),
        }
    }

    fn reads(text: &str) -> Result<Option<Snapshot>, String> {
        let root = tree::parse(text, Notation::of(Path::new("a.json"), text)).expect("it is JSON");
        read(&root).map(|found| found.map(|(snapshot, _)| snapshot)).map_err(|problem| problem.one_line("a", text))
    }

    #[test]
    fn what_is_written_is_read() {
        let parts = [Part { environment: None, document: json!({"features": []}) }];
        assert_eq!(reads(&snapshot().write(&parts)), Ok(Some(snapshot())));
        let partial = Snapshot { missing: vec!["overrides".into()], ..snapshot() };
        assert_eq!(reads(&partial.write(&parts)), Ok(Some(partial)));
        assert_eq!(reads("{\"flags\": {}}"), Ok(None));
    }

    #[test]
    fn damage_is_an_error() {
        let text = snapshot().write(&[Part { environment: None, document: json!({}) }]);
        for (from, to) in [
            ("\"flag-sweep-snapshot\": 1", "\"flag-sweep-snapshot\": 2"),
            ("\"fetched_at\": \"2026", "\"fetched_at\": \"soon"),
            ("\"provider\": \"unleash\"", "\"provider\": 3"),
            ("\"document\"", "\"other\""),
            ("\"documents\"", "\"pages\""),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(reads(&text.replace(from, to)).is_err(), "{to}");
        }
        assert!(reads(&snapshot().write(&[])).is_err());
    }
}
