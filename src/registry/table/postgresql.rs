//! Tables of flags in PostgreSQL. Owns the connection, which can only read, and questions whose answers are JSON already.

use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Config, IsolationLevel, NoTls, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Fetched, MAX_ROWS, Table, quoted};

/// How long the server may take to accept the connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Said by the server itself, whatever is asked: it changes nothing, and it does not work for long.
const OPTIONS: &str = "-c default_transaction_read_only=on -c statement_timeout=60000 -c lock_timeout=5000";

pub(super) fn fetch(url: &str, table: &Table) -> Result<Fetched, String> {
    let mut client = connect(url)?;
    read(&mut client, table).map_err(|error| words(&error))
}

fn connect(url: &str) -> Result<Client, String> {
    // What the parser says may hold a part of the address.
    let mut config: Config =
        url.parse().map_err(|_| "the address is not understood; expected postgres://user@host/database".to_owned())?;
    let options = config.get_options().map_or_else(|| OPTIONS.to_owned(), |own| format!("{own} {OPTIONS}"));
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
