//! Tables of flags in PostgreSQL. Owns the connections, of which only that of `delete` can write, and questions whose answers
//! are JSON already.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Config, IsolationLevel, NoTls, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Fetched, MAX_ROWS, Rows, Table, quoted, rows};

/// How long the server may take to accept the connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long all of it may take: a server may stop to answer.
const WHOLE: Duration = Duration::from_secs(120);

/// Said by the server itself, whatever is asked: it does not work for long.
const LIMITS: &str = "-c statement_timeout=60000 -c lock_timeout=5000";

/// Said by the server itself: it changes nothing.
const READ_ONLY: &str = "-c default_transaction_read_only=on";

pub(super) fn fetch(url: &str, table: &Table) -> Result<Fetched, String> {
    let (url, table) = (url.to_owned(), table.clone());
    in_time(move || {
        let mut client = connect(&url, READ_ONLY)?;
        read(&mut client, &table).map_err(|error| words(&error))
    })
}

pub(super) fn delete(url: &str, rows: &[Rows]) -> Result<(), String> {
    let (url, rows) = (url.to_owned(), rows.to_vec());
    in_time(move || {
        let mut client = connect(&url, "")?;
        let mut change = client.transaction().map_err(|error| words(&error))?;
        for one in &rows {
            // Columns may be of a type of their own, and compare as they like; names of flags are the same or not.
            let sql = format!("DELETE FROM {} WHERE {}::text = $1", quoted(&one.table), quoted(&one.column));
            let deleted = change.execute(&sql, &[&one.key]).map_err(|error| words(&error))?;
            if deleted != one.count {
                // What is dropped without a commit is rolled back.
                return Err(rows::miscounted(one, deleted));
            }
        }
        change.commit().map_err(|error| words(&error))
    })
}

/// Does it beside, and waits no longer than that.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    let (done, result) = mpsc::channel();
    // Nobody listens any more to what comes too late.
    thread::spawn(move || done.send(work()));
    result.recv_timeout(WHOLE).unwrap_or_else(|_| Err(format!("no answer in {} seconds", WHOLE.as_secs())))
}

fn connect(url: &str, also: &str) -> Result<Client, String> {
    // What the parser says may hold a part of the address.
    let mut config: Config =
        url.parse().map_err(|_| "the address is not understood; expected postgres://user@host/database".to_owned())?;
    let options = format!("{} {LIMITS} {also}", config.get_options().unwrap_or_default());
    config.options(&options).connect_timeout(PATIENCE).application_name("flag-sweep");
    let connected = if config.get_ssl_mode() == SslMode::Disable {
        config.connect(NoTls)
    } else {
        config.connect(MakeRustlsConnect::with_webpki_roots())
    };
    connected.map_err(|error| words(&error))
}

/// What went wrong without what was sent: the server's own words, or the kind of failure.
fn words(error: &postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let mut text = error.to_string();
    if let Some(cause) = std::error::Error::source(error) {
        text = format!("{text}: {cause}");
    }
    text
}

fn read(client: &mut Client, table: &Table) -> Result<Fetched, postgres::Error> {
    // One snapshot for all questions, so that all tables are of one moment.
    let mut at = client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead).start()?;
    let mut fetched = Fetched {
        rows: texts(
            &mut at,
            &format!("SELECT row_to_json(t)::text FROM {} t LIMIT {}", quoted(&table.name), MAX_ROWS + 1),
        )?,
        ..Fetched::default()
    };
    for (name, key) in &table.overrides {
        let (key, from) = (quoted(key), quoted(name));
        let sql = format!("SELECT {key}::text, count(*) FROM {from} WHERE {key} IS NOT NULL GROUP BY 1");
        for row in at.query(&sql, &[])? {
            fetched.overrides.push((name.clone(), row.try_get(0)?, row.try_get(1)?));
        }
    }
    if let Some(log) = &table.log {
        let (flag, result, when) = (quoted(&log.flag), quoted(&log.result), quoted(&log.at));
        let sql = format!(
            "SELECT {flag}::text, {result}::text, count(*), to_json(max({when}))::text FROM {} \
             WHERE {flag} IS NOT NULL AND {result} IS NOT NULL GROUP BY 1, 2",
            quoted(&log.table)
        );
        for row in at.query(&sql, &[])? {
            let last: Option<String> = row.try_get(3)?;
            let last = last.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            fetched.decisions.push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, last));
        }
    }
    fetched.tables = texts(
        &mut at,
        "SELECT table_schema || '.' || table_name FROM information_schema.tables \
         WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
    )?;
    Ok(fetched)
}

fn texts(at: &mut Transaction<'_>, sql: &str) -> Result<Vec<String>, postgres::Error> {
    at.query(sql, &[])?.iter().map(|row| row.try_get(0)).collect()
}
