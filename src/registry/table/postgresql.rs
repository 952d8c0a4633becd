//! Tables of flags in PostgreSQL. Owns the connections, of which only that of `delete` can write, and questions whose answers
//! are JSON already.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Config, IsolationLevel, NoTls, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::authority;
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

/// The address as PostgreSQL's own programs read it. Certificates are checked whenever there is TLS, so that all that
/// `verify-full` adds is that there has to be.
fn address(url: &str) -> Result<Config, String> {
    for option in ["sslcert", "sslkey", "sslcrl", "passfile", "service"] {
        let starts = |at: usize| url[..at].ends_with(['?', '&', ' ']) || at == 0;
        if url.match_indices(&format!("{option}=")).any(|(at, _)| starts(at)) {
            return Err(format!("the address has `{option}`, which is not supported"));
        }
    }
    let url = ["verify-full", "verify-ca"]
        .iter()
        .fold(url.to_owned(), |url, mode| url.replace(&format!("sslmode={mode}"), "sslmode=require"));
    let url = url.replace("sslmode=allow", "sslmode=prefer");
    // What the parser says may hold a part of the address.
    url.parse().map_err(|_| "the address is not understood; expected postgres://user@host/database".to_owned())
}

fn connect(url: &str, also: &str) -> Result<Client, String> {
    let (url, authority) = authority::take(url)?;
    let mut config = address(&url)?;
    let options = format!("{} {LIMITS} {also}", config.get_options().unwrap_or_default());
    config.options(&options).connect_timeout(PATIENCE).application_name("flag-sweep");
    let connected = if config.get_ssl_mode() == SslMode::Disable {
        config.connect(NoTls)
    } else {
        config.connect(match authority {
            Some(file) => MakeRustlsConnect::new(authority::trusting(&file)?),
            None => MakeRustlsConnect::with_webpki_roots(),
        })
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

#[cfg(test)]
mod tests {
    use postgres::config::SslMode;

    use super::address;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, mode) in [
            ("postgres://me@db/app", SslMode::Prefer),
            ("postgres://me@db/app?sslmode=allow", SslMode::Prefer),
            ("postgres://me@db/app?sslmode=require", SslMode::Require),
            ("postgres://me@db/app?connect_timeout=3&sslmode=verify-full", SslMode::Require),
            ("host=db user=me sslmode=verify-ca", SslMode::Require),
            ("host=db user=me sslmode=disable", SslMode::Disable),
        ] {
            assert_eq!(address(text).expect(text).get_ssl_mode(), mode, "{text}");
        }
        for text in ["postgres://me@db/app?sslcert=me.pem", "host=db sslkey=me.key user=me"] {
            let why = address(text).expect_err(text);
            assert!(why.ends_with("which is not supported"), "{why}");
        }
        let why = address("postgres://me:canary@[broken/app").expect_err("it is no address");
        assert!(!why.contains("canary"), "{why}");
    }
}
