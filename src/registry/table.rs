//! Tables of flags in a database. Owns which tables are asked for, and the document that their rows become, which is the
//! same whether it is read live or pulled into a snapshot; each database is asked in a file of its own, read-only but for
//! what `retire --apply` deletes.

mod authority;
mod postgresql;
mod rows;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use super::readers::At;
use super::tree::{Kind, Node};
pub use rows::Rows;
pub(super) use rows::rows_of;

/// The key that makes a document one of rows, and holds the version of the format.
pub const MARK: &str = "flag-sweep-table";

/// More rows than this are no table of flags.
pub(super) const MAX_ROWS: usize = 200_000;

/// Columns that number the rows of a table.
pub(super) const NUMBERING: [&str; 3] = ["id", "pk", "uuid"];

/// A table of flags, and the tables that say more about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name, with the schema if need be.
    pub name: String,
    /// Tables in which a row changes what a flag serves to somebody, and the column that names the flag.
    pub overrides: Vec<(String, String)>,
    /// Tables that look as if they were such, and are none.
    pub ignored: BTreeSet<String>,
    /// A table of decisions.
    pub log: Option<Log>,
}

impl Table {
    /// What is asked for besides the rows, as a text to compare: a snapshot that was pulled when other tables were declared
    /// does not say what these hold.
    pub fn asked(&self) -> String {
        let overrides: BTreeSet<String> =
            self.overrides.iter().map(|(table, flag)| format!("{table}.{flag}")).collect();
        let log = self.log.iter().map(|log| format!("{}.{}.{}.{}", log.table, log.flag, log.result, log.at));
        let list = |words: Vec<String>| words.join(", ");
        format!(
            "override-tables [{}], ignore-tables [{}], log [{}]",
            list(overrides.into_iter().collect()),
            list(self.ignored.iter().cloned().collect()),
            list(log.collect())
        )
    }
}

/// A table in which the project writes down what it decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its name.
    pub table: String,
    /// The column that names the flag.
    pub flag: String,
    /// The column with the result.
    pub result: String,
    /// The column with the time.
    pub at: String,
}

/// A database as the command line or the environment names it. Never shown: it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection(Where);

#[derive(Clone, PartialEq, Eq)]
enum Where {
    Sqlite(PathBuf),
    Postgresql(String),
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind())
    }
}

impl Connection {
    /// A file of SQLite.
    pub fn file(path: &Path) -> Self {
        Self(Where::Sqlite(path.to_owned()))
    }

    /// `postgres://…`, `host=… user=…`, or a file of SQLite, with or without `sqlite:` before it. Relative files are
    /// taken from `here`.
    pub fn parse(text: &str, here: &Path) -> Self {
        let is_postgresql = ["postgres://", "postgresql://"].iter().any(|start| text.starts_with(start))
            || text.split_whitespace().any(|word| word.starts_with("host="));
        if is_postgresql {
            return Self(Where::Postgresql(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").or(text.strip_prefix("sqlite:")).unwrap_or(text);
        Self(Where::Sqlite(here.join(path)))
    }

    /// What a snapshot holds of a table: what is read of it, the name of its database in the configuration, and what was
    /// asked for.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub fn pull(&self, table: &Table, database: &str) -> Result<Json, String> {
        let mut document: Map<String, Json> =
            serde_json::from_str(&self.fetch(table)?).map_err(|_| "it holds a value that is no JSON".to_owned())?;
        document.insert("database".to_owned(), database.into());
        document.insert("asked".to_owned(), table.asked().into());
        Ok(document.into())
    }

    /// Deletes rows, all of them or none: each statement has to delete as many as were seen.
    ///
    /// # Errors
    /// When that cannot be done, in words that hold neither password nor address. Then nothing was changed.
    pub fn delete(&self, rows: &[Rows]) -> Result<(), String> {
        match &self.0 {
            Where::Sqlite(path) => sqlite::delete(path, rows),
            Where::Postgresql(url) => postgresql::delete(url, rows),
        }
    }

    /// Which database it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.0 {
            Where::Sqlite(_) => "SQLite",
            Where::Postgresql(_) => "PostgreSQL",
        }
    }

    /// Reads a table with all that belongs to it, as the text of a document. Opens the database for reading only.
    ///
    /// # Errors
    /// When it cannot be opened or read, in words that hold neither password nor address.
    pub fn fetch(&self, table: &Table) -> Result<String, String> {
        let fetched = match &self.0 {
            Where::Sqlite(path) => sqlite::fetch(path, table),
            Where::Postgresql(url) => postgresql::fetch(url, table),
        }?;
        if fetched.rows.len() > MAX_ROWS {
            return Err(format!("it has more than {MAX_ROWS} rows, so it is no table of flags"));
        }
        Ok(fetched.render(table))
    }
}

/// What a database answered.
#[derive(Debug, Default)]
struct Fetched {
    /// Rows of the table, each an object.
    rows: Vec<String>,
    /// Table, flag and number of rows of overrides.
    overrides: Vec<(String, String, i64)>,
    /// Flag, result, how often, and last when (as JSON).
    decisions: Vec<(String, String, i64, Json)>,
    /// All tables of the database.
    tables: Vec<String>,
}

impl Fetched {
    /// The document, one row to a line, in an order that does not depend on the database.
    fn render(mut self, table: &Table) -> String {
        self.rows.sort();
        self.overrides.sort();
        self.decisions.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
        let overrides = self
            .overrides
            .into_iter()
            .map(|(table, flag, rows)| serde_json::json!({"table": table, "flag": flag, "rows": rows}).to_string());
        let decisions = self.decisions.into_iter().map(|(flag, result, count, last)| {
            serde_json::json!({"flag": flag, "result": result, "count": count, "last": last}).to_string()
        });
        let unread = unread(&self.tables, table).into_iter().map(|name| Json::from(name).to_string());
        let list = |lines: Vec<String>| match lines.as_slice() {
            [] => "[]".to_owned(),
            lines => format!("[\n{}\n]", lines.join(",\n")),
        };
        format!(
            "{{\n\"{MARK}\": 1,\n\"table\": {},\n\"rows\": {},\n\"overrides\": {},\n\"decisions\": {},\n\"unread\": {}\n}}\n",
            Json::from(table.name.as_str()),
            list(self.rows),
            list(overrides.collect()),
            list(decisions.collect()),
            list(unread.collect()),
        )
    }
}

/// Tables that look as if they changed what flags serve, and that nobody declared.
fn unread(tables: &[String], own: &Table) -> Vec<String> {
    let about = ["flag", "feature", "toggle", "switch"];
    let changing =
        ["override", "user", "tenant", "account", "org", "group", "segment", "target", "rule", "audience", "customer"];
    let base = |name: &str| name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    let declared: BTreeSet<String> = own
        .overrides
        .iter()
        .map(|(name, _)| name)
        .chain(own.log.iter().map(|log| &log.table))
        .chain(&own.ignored)
        .chain([&own.name])
        .map(|name| base(name))
        .collect();
    let mut found: Vec<String> = tables
        .iter()
        .filter(|name| {
            let name = base(name);
            !declared.contains(&name)
                && about.iter().any(|word| name.contains(word))
                && changing.iter().any(|word| name.contains(word))
        })
        .cloned()
        .collect();
    found.sort();
    found
}

/// An identifier as SQL quotes it, the parts of a qualified one apart.
fn quoted(name: &str) -> String {
    name.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect::<Vec<_>>().join(".")
}

/// A decision that the project wrote down.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decision {
    /// What came out.
    pub(super) result: String,
    /// How often.
    pub(super) count: i64,
    /// The last day.
    pub(super) last: Option<Date>,
}

/// What a document of rows says besides its rows.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Per flag, why nothing can be concluded.
    pub(super) doubts: BTreeMap<String, String>,
    /// Why nothing can be concluded about any flag.
    pub(super) doubt: Option<String>,
    /// Per flag, what was decided.
    pub(super) decisions: BTreeMap<String, Vec<Decision>>,
}

/// Whether a document is one of rows.
pub(super) fn is_rows(root: &At<'_>) -> bool {
    root.has(MARK) && root.has("rows")
}

/// Reads what a document of rows says besides its rows. `key` finds the flag of a row.
pub(super) fn beside(root: &At<'_>, key: impl Fn(&At<'_>) -> Option<String>) -> Beside {
    let mut beside = Beside::default();
    let unread = root.texts("unread");
    if !unread.is_empty() {
        beside.doubt = Some(format!(
            "the database has {}, which may change what flags serve: declare it in `override-tables` or `ignore-tables`",
            unread.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
        ));
    }
    for row in root.list("overrides") {
        if let (Some(table), Some(flag), Some(rows)) = (row.text("table"), row.text("flag"), row.whole("rows")) {
            let what = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
            beside.doubts.insert(flag.to_owned(), format!("`{table}` has {what} for it"));
        }
    }
    for row in root.list("decisions") {
        if let (Some(flag), Some(result), Some(count)) = (row.text("flag"), row.text("result"), row.whole("count")) {
            let decision = Decision { result: result.to_owned(), count, last: row.field("last").and_then(day) };
            beside.decisions.entry(flag.to_owned()).or_default().push(decision);
        }
    }
    // Other tables may name a flag by the number of its row.
    let mut named: BTreeSet<String> = BTreeSet::new();
    for row in root.list("rows") {
        let Some(key) = key(&row) else { continue };
        for name in NUMBERING {
            let number = row.whole(name).map(|number| number.to_string());
            let Some(number) = number.or(row.text(name).map(str::to_owned)).filter(|number| *number != key) else {
                continue;
            };
            if let Some(why) = beside.doubts.get(&number).cloned() {
                beside.doubts.insert(key.clone(), why);
            }
            if let Some(decisions) = beside.decisions.get(&number).cloned() {
                beside.decisions.entry(key.clone()).or_default().extend(decisions);
            }
            named.insert(number);
        }
        named.insert(key);
    }
    let mut strangers: BTreeMap<&str, bool> = BTreeMap::new();
    for row in root.list("overrides") {
        if let (Some(table), Some(flag)) = (row.text("table"), row.text("flag")) {
            *strangers.entry(table).or_insert(true) &= !named.contains(flag);
        }
    }
    if let Some((table, _)) = strangers.into_iter().find(|(_, strange)| *strange) {
        let why = format!("no row of `{table}` names a flag, by its name or number (`flag` in `override-tables`)");
        beside.doubt.get_or_insert(why);
    }
    beside
}

/// The day (UTC) of a moment as databases print it, which is in UTC where it does not say.
pub(super) fn day(node: Node<'_>) -> Option<Date> {
    match node.kind() {
        Kind::Text(text) => {
            if let Ok(moment) = text.parse::<Timestamp>() {
                return Some(moment.to_zoned(TimeZone::UTC).date());
            }
            text.parse::<DateTime>().ok().map(|moment| moment.date())
        }
        Kind::Int(number) if number >= 100_000_000_000 => {
            Timestamp::from_millisecond(number).ok().map(|moment| moment.to_zoned(TimeZone::UTC).date())
        }
        Kind::Int(number) if number > 0 => {
            Timestamp::from_second(number).ok().map(|moment| moment.to_zoned(TimeZone::UTC).date())
        }
        _ => None,
    }
}

/// Whether bytes are the beginning of a file of SQLite.
pub(super) fn is_database(beginning: &[u8]) -> bool {
    sqlite::is_database(beginning)
}

/// A row as one line.
fn row(fields: Map<String, Json>) -> String {
    Json::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::tree::{self, Notation};
    use super::{Connection, MAX_ROWS, Table, day, quoted, unread};

    #[test]
    fn days_are_read_as_databases_print_them() {
        for (moment, shown) in [
            ("\"2026-03-04T23:30:00-02:00\"", Some("2026-03-05")),
            ("\"2026-03-04 10:00:00\"", Some("2026-03-04")),
            ("1772582400", Some("2026-03-04")),
            ("1772582400000", Some("2026-03-04")),
            ("1", Some("1970-01-01")),
            ("0", None),
            ("-1", None),
            ("\"soon\"", None),
            ("true", None),
        ] {
            let root = tree::parse(moment, Notation::Json).expect("it is JSON");
            assert_eq!(day(root.node()).map(|day| day.to_string()).as_deref(), shown, "{moment}");
        }
    }

    #[test]
    fn a_connection_shows_nothing_of_itself() {
        let secret = "postgres://me:canary@db.example.test/app";
        for text in [secret, "host=db.example.test password=canary", "sqlite:/srv/canary.db", "canary.db"] {
            let connection = Connection::parse(text, Path::new("/somewhere"));
            assert_eq!(format!("{connection:?}"), connection.kind(), "{text}");
        }
        assert_eq!(Connection::parse(secret, Path::new("/")).kind(), "PostgreSQL");
        assert_eq!(Connection::parse("flags.db", Path::new("/")).kind(), "SQLite");
    }

    #[test]
    fn a_table_of_too_many_rows_is_refused_and_never_cut_off() {
        let folder = tempfile::tempdir().expect("a temporary directory can be made");
        let path = folder.path().join("app.sqlite3");
        let database = rusqlite::Connection::open(&path).expect("a database can be made");
        let fill = format!(
            "CREATE TABLE flags (name TEXT);
             WITH RECURSIVE counted(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM counted WHERE at < {MAX_ROWS})
             INSERT INTO flags SELECT 'flag-' || at FROM counted;"
        );
        database.execute_batch(&fill).expect("it can be filled");
        let table = Table { name: "flags".to_owned(), ..Table::default() };
        assert!(Connection::file(&path).fetch(&table).is_ok());
        database.execute_batch("INSERT INTO flags VALUES ('one-more')").expect("it has room");
        let why = Connection::file(&path).fetch(&table).expect_err("it has one more");
        assert!(why.contains("more than 200000 rows"), "{why}");
    }

    #[test]
    fn names_cannot_end_their_quotes() {
        assert_eq!(quoted("public.feature_flags"), "\"public\".\"feature_flags\"");
        assert_eq!(quoted("a\"; DROP TABLE x"), "\"a\"\"; DROP TABLE x\"");
    }

    #[test]
    fn tables_that_may_override_are_noticed() {
        let tables: Vec<String> =
            ["feature_flags", "users", "flag_overrides", "feature_flag_users", "orders"].map(str::to_owned).into();
        let mut own = Table { name: "feature_flags".to_owned(), ..Table::default() };
        assert_eq!(unread(&tables, &own), ["feature_flag_users", "flag_overrides"]);
        own.overrides = vec![("public.flag_overrides".to_owned(), "flag".to_owned())];
        own.ignored.insert("feature_flag_users".to_owned());
        assert!(unread(&tables, &own).is_empty());
    }
}
