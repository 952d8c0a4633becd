//! Tables of flags in SQLite. Owns opening the file so that nothing in it runs or changes, and the types of its values.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde_json::{Map, Value as Json};

use super::{Fetched, MAX_ROWS, Rows, Table, quoted, row, rows};

/// How long another process may hold a lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a file of SQLite begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Whether bytes are the beginning of a file of SQLite.
pub(in super::super) fn is_database(beginning: &[u8]) -> bool {
    beginning.starts_with(MAGIC)
}

pub(super) fn fetch(path: &Path, table: &Table) -> Result<Fetched, String> {
    open(path).and_then(|database| read(&database, table)).map_err(words)
}

fn words(error: rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => message.unwrap_or_else(|| code.to_string()),
        other => other.to_string(),
    }
}

pub(super) fn delete(path: &Path, rows: &[Rows]) -> Result<(), String> {
    // Never made anew: a wrong path is an error, not an empty database.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut database = Connection::open_with_flags(path, flags).map_err(words)?;
    let prepare = |database: &Connection| {
        database.busy_timeout(PATIENCE)?;
        database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        database.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        // What refers to a row that goes is an error, as it is to the project.
        database.pragma_update(None, "foreign_keys", true)
    };
    prepare(&database).map_err(words)?;
    let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(words)?;
    for one in rows {
        let sql = format!("DELETE FROM {} WHERE {} = ?1 COLLATE BINARY", quoted(&one.table), quoted(&one.column));
        let deleted = change.execute(&sql, [&one.key]).map_err(words)?;
        if u64::try_from(deleted) != Ok(one.count) {
            // What is dropped without a commit is rolled back.
            return Err(rows::miscounted(one, deleted as u64));
        }
    }
    change.commit().map_err(words)
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Newer rows may be in the `-wal` file beside it, which a file opened as immutable would not show.
    let database =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    database.busy_timeout(PATIENCE)?;
    // The file may be anybody's: its schema runs nothing, and its damage is found.
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // A column that does not exist is an error, not a text of that name.
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    database.pragma_update(None, "query_only", true)?;
    database.pragma_update(None, "cell_size_check", true)?;
    Ok(database)
}

fn read(database: &Connection, table: &Table) -> rusqlite::Result<Fetched> {
    let mut fetched = Fetched::default();
    // One transaction, so that all tables are of one moment.
    database.execute_batch("BEGIN")?;
    let mut statement = database.prepare(&format!("SELECT * FROM {} LIMIT {}", quoted(&table.name), MAX_ROWS + 1))?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    while let Some(found) = rows.next()? {
        let mut fields = Map::new();
        for (at, name) in names.iter().enumerate() {
            fields.insert(name.clone(), json(found.get_ref(at)?));
        }
        fetched.rows.push(row(fields));
    }
    for (name, key) in &table.overrides {
        let (key, from) = (quoted(key), quoted(name));
        let sql = format!("SELECT CAST({key} AS TEXT), COUNT(*) FROM {from} WHERE {key} IS NOT NULL GROUP BY 1");
        let mut statement = database.prepare(&sql)?;
        let found = statement.query_map([], |row| Ok((name.clone(), row.get(0)?, row.get(1)?)))?;
        fetched.overrides.extend(found.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    if let Some(log) = &table.log {
        let (flag, result, at) = (quoted(&log.flag), quoted(&log.result), quoted(&log.at));
        let sql = format!(
            "SELECT CAST({flag} AS TEXT), CAST({result} AS TEXT), COUNT(*), MAX({at}) FROM {} \
             WHERE {flag} IS NOT NULL AND {result} IS NOT NULL GROUP BY 1, 2",
            quoted(&log.table)
        );
        let mut statement = database.prepare(&sql)?;
        let found =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, json(row.get_ref(3)?))))?;
        fetched.decisions = found.collect::<rusqlite::Result<Vec<_>>>()?;
    }
    let mut statement = database.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")?;
    let found = statement.query_map([], |row| row.get(0))?;
    fetched.tables = found.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(fetched)
}

/// A value as the document holds it. SQLite has no truth values and no times: a column declared so holds a number or text.
fn json(value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned().into(),
        // A text would be taken for what a flag serves.
        ValueRef::Blob(bytes) => serde_json::json!({"bytes that are no text": bytes.len()}),
    }
}
