//! `flag-sweep pull sql`: the tables that the configuration describes, as one snapshot. Owns which of them are fetched and what
//! the snapshot says about itself; databases are asked in `registry::table`.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use super::args::{GlobalArgs, PullArgs, ScanArgs};
use super::check::Ending;
use super::pull::{path, write};
use super::settings;
use super::terminal::Terminal;
use crate::registry;
use crate::registry::input::{Input, Place};
use crate::registry::snapshot::{Part, Snapshot};
use crate::report::escape;
use crate::report::summary::plural;
use crate::source::display_path;

/// What the command line calls it.
pub(super) const NAME: &str = "sql";

/// The reader of its documents, as its page in `docs/registries` is called.
const READER: &str = "table";

/// Fetches every table whose database is named, or nothing.
///
/// # Errors
/// When none is described, a database is not named or cannot be read, or a table holds no flags. Then no file is written.
pub(super) fn pull(global: &GlobalArgs, options: &PullArgs, terminal: &Terminal) -> Result<Ending> {
    let server = &options.server;
    if server.url.is_some() || server.project.is_some() || server.token_env.is_some() || !options.environment.is_empty()
    {
        bail!("--url, --project, --token-env and --environment belong to providers; name the database with --database");
    }
    let scan = ScanArgs { databases: options.databases.clone(), ..ScanArgs::default() };
    let inputs = settings::prepare(global, &scan, &[])?.settings.declared;
    let tables = inputs.iter().filter_map(|input| match &input.place {
        Place::Database(connection, database, table) => Some(Ok((input, connection, database, table))),
        Place::Pulled(_, database, table) => Some(Err((input, database, table))),
        Place::File(..) => None,
    });
    let mut found = Vec::new();
    for table in tables {
        match table {
            Ok(table) => found.push(table),
            Err((input, database, table)) => {
                let option = if database.is_empty() { String::new() } else { format!("{database}=") };
                bail!(
                    "{}: nobody names the database of the table `{}`; pass --database {}ADDRESS",
                    escape::line(&input.origin),
                    escape::line(&table.name),
                    escape::line(&option)
                );
            }
        }
    }
    if found.is_empty() {
        bail!(
            "no `[[registries]]` describes a table of a database (`table = \"feature_flags\"`), so there is nothing to pull"
        );
    }
    let path = path(global, options)?;
    let now = Timestamp::now();
    let (mut parts, mut kinds, mut pulled) = (Vec::new(), Vec::new(), Vec::new());
    {
        let _progress = terminal.progress("fetching flags");
        for (input, connection, database, table) in &found {
            let document = connection.pull(table, database).map_err(|why| {
                let (origin, table) = (escape::line(&input.origin), escape::line(&table.name));
                anyhow::anyhow!("table `{table}` of {} ({origin}): {}", connection.kind(), escape::line(&why))
            })?;
            parts.push(Part { environment: None, document });
            kinds.push(connection.kind());
            pulled.push(Input {
                place: Place::Pulled(path.clone(), (*database).clone(), (*table).clone()),
                ..(*input).clone()
            });
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    let snapshot = Snapshot {
        provider: READER.to_owned(),
        project: None,
        source: kinds.join(", "),
        fetched_at: now,
        environments: Vec::new(),
        missing: Vec::new(),
        tool: concat!("flag-sweep ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    let text = snapshot.write(&parts);
    let flags = registry::check_tables(&text, &pulled)
        .map_err(|error| anyhow::anyhow!("what the tables hold is not understood: {}", escape::line(&error.message)))?;
    let shown = escape::line(&display_path(&path)).into_owned();
    write(&path, text.as_bytes()).with_context(|| format!("cannot write {shown}"))?;
    terminal.say(&format!("wrote {shown}: {} of {}\n", plural(flags, "flag"), plural(found.len(), "table")));
    Ok(Ending::Clean)
}
