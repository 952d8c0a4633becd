//! In-house registries against what they claim: tables in real databases, and random entries against an evaluator that does
//! what the declared semantics say. PostgreSQL is asked when `FLAG_SWEEP_TEST_POSTGRESQL` names a server.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flag_sweep::registry::input::{Input, Place};
use flag_sweep::registry::model::RolloutState;
use flag_sweep::registry::semantics::{Anonymous, Buckets, Role, Semantics};
use flag_sweep::registry::table::{Connection, Rows};
use flag_sweep::registry::{Texts, model::Registry, on_disk};
use flag_sweep::source::Sources;
use flag_sweep::value::Value;
use serde_json::{Value as Json, json};

const CONFIGURATION: &str = r#"
[[checks]]
language = "python"
pattern = "flags.is_on($KEY)"

[[registries]]
table = "feature_flags"
log = {table = "flag_decisions", flag = "flag_name", result = "result", at = "decided_at"}
override-tables = [{table = "tenant_flags", flag = "flag"}]

[registries.semantics]
overrides = []
bucket = "0..99"
compare = "lt"
user-none = "off"
percentage-absent = 100
users-empty = "nobody"
"#;

/// Name, what stands in its row, and how its state begins.
const ROWS: [(&str, &str, &str); 11] = [
    ("all-on", "true, 100, NULL, NULL", "`true` provided that a user is given"),
    ("no-percentage", "true, NULL, NULL, NULL", "`true` provided that a user is given"),
    ("switched-off", "false, 100, NULL, NULL", "off, `false` to everyone"),
    ("a-quarter", "true, 25, NULL, NULL", "`true` to 25%, `false` to 75%"),
    ("nobody", "true, 0, NULL, NULL", "off, `false` to everyone"),
    ("listed", "true, 0, '[\"ana\"]', NULL", "different values by a list of users"),
    ("empty-list", "true, 0, '[]', NULL", "off, `false` to everyone"),
    ("deciding-metadata", "true, 100, NULL, '{\"segments\": [1]}'", "unknown: metadata with `segments`"),
    ("harmless-metadata", "false, 100, NULL, '{\"owner\": \"web\"}'", "off, `false` to everyone"),
    ("overridden", "true, 100, NULL, NULL", "unknown: `tenant_flags` has 2 rows for it"),
    ("refuted", "true, 100, NULL, NULL", "unknown: the log of decisions has `false` 3 times, last on 2026-05-20"),
];

fn statements(text: &str, time: &str) -> String {
    let mut sql = format!(
        "CREATE TABLE feature_flags (id INTEGER PRIMARY KEY, name {text} UNIQUE NOT NULL, enabled BOOLEAN NOT NULL,
           rollout_percentage INTEGER, allowed_users {text}, metadata {text}, created_at {time}, updated_at {time});
         CREATE TABLE tenant_flags (tenant INTEGER, flag {text});
         CREATE TABLE flag_decisions (flag_name {text}, result {text}, decided_at {time});
         INSERT INTO tenant_flags VALUES (1, 'overridden'), (2, 'overridden');
         INSERT INTO flag_decisions VALUES
           ('refuted', 'true', '2026-05-21 10:00:00'), ('refuted', 'false', '2026-05-18 10:00:00'),
           ('refuted', 'false', '2026-05-19 10:00:00'), ('refuted', 'false', '2026-05-20 10:00:00'),
           ('switched-off', 'true', '2026-05-04 10:00:00'), ('switched-off', 'false', '2026-05-30 10:00:00');\n"
    );
    for (id, (name, row, _)) in ROWS.iter().enumerate() {
        sql.push_str(&format!(
            "INSERT INTO feature_flags VALUES ({id}, '{name}', {row}, '2026-01-01 09:00:00', '2026-05-04 09:00:00');\n"
        ));
    }
    sql
}

fn project(folder: &Path) {
    let checks: String = ROWS.iter().map(|(name, ..)| format!("        flags.is_on(\"{name}\"),\n")).collect();
    fs::write(folder.join("app.py"), format!("def run(flags):\n    return [\n{checks}    ]\n"))
        .expect("it can be written");
    fs::write(folder.join("flag-sweep.toml"), CONFIGURATION).expect("it can be written");
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flag-sweep"))
        .args(arguments)
        .args(["--today", "2026-06-01"])
        .current_dir(folder)
        .env_remove("FLAG_SWEEP_DATABASE")
        .output()
        .expect("the binary runs")
}

/// Every flag's state in words.
fn states(output: &Output) -> BTreeMap<String, String> {
    let shown = String::from_utf8_lossy(&output.stdout);
    let list: Json = serde_json::from_str(&shown)
        .unwrap_or_else(|error| panic!("{error}: {shown}{}", String::from_utf8_lossy(&output.stderr)));
    let flags = list["flags"].as_array().expect("there is a list of flags");
    let state = |flag: &Json| flag["states"][0]["serves"].as_str().unwrap_or_default().to_owned();
    flags.iter().map(|flag| (flag["key"].as_str().unwrap_or_default().to_owned(), state(flag))).collect()
}

fn compare(found: &BTreeMap<String, String>) {
    for (name, _, begins) in ROWS {
        let state = found.get(name).unwrap_or_else(|| panic!("`{name}` is missing in {found:?}"));
        assert!(state.starts_with(begins), "{name}: {state}");
    }
    assert_eq!(found.len(), ROWS.len());
    let agreeing = &found["switched-off"];
    assert!(agreeing.contains("`false` once, last on 2026-05-30, and nothing else"), "{agreeing}");
}

fn sqlite(folder: &Path) -> PathBuf {
    let path = folder.join("app.sqlite3");
    let database = rusqlite::Connection::open(&path).expect("a database can be made");
    database.execute_batch(&statements("TEXT", "TIMESTAMP")).expect("the tables can be made");
    path
}

#[test]
fn a_table_in_sqlite_is_read_and_left_alone() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    project(folder.path());
    let path = sqlite(folder.path());
    let before = fs::read(&path).expect("it is there");
    let output = run(folder.path(), &["flags", "--output-format", "json", "--database", "app.sqlite3"]);
    compare(&states(&output));
    assert_eq!(fs::read(&path).expect("it is there"), before);
    // The same by the environment.
    let output = Command::new(env!("CARGO_BIN_EXE_flag-sweep"))
        .args(["flags", "--output-format", "json", "--today", "2026-06-01"])
        .current_dir(folder.path())
        .env("FLAG_SWEEP_DATABASE", format!("sqlite:{}", path.display()))
        .output()
        .expect("the binary runs");
    compare(&states(&output));
}

#[test]
fn a_row_that_is_off_for_everybody_leads_to_a_removal() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    project(folder.path());
    sqlite(folder.path());
    fs::write(
        folder.path().join("app.py"),
        "def run(flags):\n    if flags.is_on(\"switched-off\"):\n        return 1\n    return 2\n",
    )
    .expect("it can be written");
    let output = run(
        folder.path(),
        &["check", "--fix", "--allow-dirty", "--remove-off", "--database", "app.sqlite3", "--exit-zero"],
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(
        fs::read_to_string(folder.path().join("app.py")).expect("it is there"),
        "def run(flags):\n    return 2\n"
    );
}

#[test]
fn what_cannot_be_read_is_an_error_that_tells_no_secret() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    project(folder.path());
    fs::write(folder.path().join("text.db"), "this is no database, whatever its name says").expect("it can be written");
    for address in [
        "missing.sqlite3",
        "text.db",
        "postgres://me:canary@127.0.0.1:1/app",
        "postgres://me:canary@[broken/app",
        "host=127.0.0.1 port=1 user=me password=canary",
    ] {
        let output = run(folder.path(), &["check", "--fix", "--allow-dirty", "--database", address]);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
        assert_eq!(output.status.code(), Some(2), "{address}: {said}");
        assert!(said.contains("cannot read the registry table `feature_flags`"), "{address}: {said}");
        assert!(!said.contains("canary"), "{address}: {said}");
    }
    assert!(!folder.path().join("missing.sqlite3").exists(), "reading makes no file");
}

#[test]
fn an_empty_table_and_an_unread_table_conclude_nothing() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    project(folder.path());
    let path = sqlite(folder.path());
    let database = rusqlite::Connection::open(&path).expect("it opens");
    database.execute_batch("CREATE TABLE feature_flag_users (flag TEXT, user TEXT)").expect("it can be made");
    let found = states(&run(folder.path(), &["flags", "--output-format", "json", "--database", "app.sqlite3"]));
    assert!(found.values().all(|state| state.starts_with("unknown")), "{found:?}");
    assert!(found["all-on"].contains("`feature_flag_users`"), "{found:?}");
    database.execute_batch("DELETE FROM feature_flags").expect("it can be emptied");
    let output = run(folder.path(), &["check", "--fix", "--allow-dirty", "--database", "app.sqlite3"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds no flags"));
}

#[test]
fn a_table_in_postgresql_is_read_and_left_alone() {
    // Tests that need a server say so instead of failing where there is none.
    let Ok(url) = std::env::var("FLAG_SWEEP_TEST_POSTGRESQL") else { return };
    let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("the server answers");
    let drop = "DROP TABLE IF EXISTS feature_flags, tenant_flags, flag_decisions";
    client.batch_execute(drop).expect("old tables can be dropped");
    client.batch_execute(&statements("TEXT", "TIMESTAMPTZ")).expect("the tables can be made");
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    project(folder.path());
    compare(&states(&run(folder.path(), &["flags", "--output-format", "json", "--database", &url])));
    let count = |client: &mut postgres::Client, table: &str| {
        client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).expect("it is there").get::<_, i64>(0)
    };
    is_pulled_and_retired(folder.path(), &url, |table| count(&mut client, table));
    client.batch_execute(drop).expect("the tables can be dropped");
}

/// A table is pulled, judged from the snapshot alone, and loses the rows of a flag that nothing checks.
fn is_pulled_and_retired(folder: &Path, address: &str, mut count: impl FnMut(&str) -> i64) {
    let sweep = |arguments: &[&str], code: i32| {
        let output = Command::new(env!("CARGO_BIN_EXE_flag-sweep"))
            .args(arguments)
            .current_dir(folder)
            .env_remove("FLAG_SWEEP_DATABASE")
            .output()
            .expect("the binary runs");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("canary"), "{said}");
        said
    };
    fs::create_dir_all(folder.join(".git")).expect("it can be made");
    let said = sweep(&["flags"], 2);
    assert!(said.contains("no snapshot of it was pulled"), "{said}");
    let said = sweep(&["pull", "sql", "--database", address], 0);
    assert!(said.contains("11 flags of 1 table"), "{said}");
    let snapshot = folder.join(".flag-sweep/sql.snapshot.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&snapshot).expect("it is there").permissions().mode() & 0o777, 0o600);
    }
    let text = fs::read_to_string(&snapshot).expect("it is there");
    assert!(text.contains("fetched_at") && !text.contains("canary"), "{text}");
    compare(&states(&run(folder, &["flags", "--output-format", "json"])));
    let said = sweep(&["explain", "a-quarter"], 0);
    assert!(said.contains("sql.snapshot.json: fetched from table on"), "{said}");

    // What is checked, or may be, stays.
    let said = sweep(&["retire", "overridden", "--apply", "--database", address], 2);
    assert!(said.contains("`overridden` is still in use (1 place)"), "{said}");
    let own = "def run(flags):\n    return flags.is_on(\"a-quarter\")\n";
    fs::write(
        folder.join("app.py"),
        format!("{own}\n\ndef ask(flags, name):\n    return flags.is_on(f\"over{{name}}\")\n"),
    )
    .expect("it can be written");
    let said = sweep(&["retire", "overridden", "--apply", "--database", address], 2);
    assert!(said.contains("put together at run time"), "{said}");
    assert_eq!((count("feature_flags"), count("tenant_flags")), (11, 2));

    fs::write(folder.join("app.py"), own).expect("it can be written");
    let said = sweep(&["retire", "overridden", "--database", address], 0);
    assert!(said.contains("delete it from") && said.contains("(3 rows)"), "{said}");
    assert!(said.contains("DELETE FROM \"feature_flags\" WHERE \"name\" = 'overridden';"), "{said}");
    // The snapshot knows the rows as well, and not where they are.
    let said = sweep(&["retire", "overridden"], 0);
    assert!(said.contains("DELETE FROM \"tenant_flags\" WHERE \"flag\" = 'overridden';"), "{said}");
    let said = sweep(&["retire", "overridden", "--apply"], 2);
    assert!(said.contains("name the database with --database"), "{said}");
    assert_eq!((count("feature_flags"), count("tenant_flags")), (11, 2));
    let said = sweep(&["retire", "overridden", "--apply", "--database", address], 0);
    assert!(said.contains("done: its rows in"), "{said}");
    assert_eq!((count("feature_flags"), count("tenant_flags")), (10, 0));
    sweep(&["retire", "overridden", "--apply", "--database", address], 2);

    // A snapshot does not say what tables hold that were declared later.
    let configuration =
        CONFIGURATION.replace("override-tables = [{", "override-tables = [{table = \"more\", flag = \"flag\"}, {");
    fs::write(folder.join("flag-sweep.toml"), configuration).expect("it can be written");
    let said = sweep(&["flags"], 2);
    assert!(said.contains("declared other tables beside it"), "{said}");
}

#[test]
fn a_table_in_sqlite_is_pulled_and_retired() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let outside = tempfile::tempdir().expect("a scratch directory can be made");
    project(folder.path());
    let path = sqlite(outside.path());
    let database = rusqlite::Connection::open(&path).expect("it opens");
    is_pulled_and_retired(folder.path(), &path.display().to_string(), |table| {
        database.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).expect("it is there")
    });
}

#[test]
fn a_table_in_a_file_of_the_project_needs_no_name() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    project(folder.path());
    sqlite(folder.path());
    let named = CONFIGURATION.replace("table = \"feature_flags\"", "file = \"app.sqlite3\"\ntable = \"feature_flags\"");
    fs::write(folder.path().join("flag-sweep.toml"), named).expect("it can be written");
    compare(&states(&run(folder.path(), &["flags", "--output-format", "json"])));
    fs::create_dir_all(folder.path().join(".git")).expect("it can be made");
    fs::write(folder.path().join("app.py"), "def run(flags):\n    return flags.is_on(\"a-quarter\")\n")
        .expect("it can be written");
    let output = Command::new(env!("CARGO_BIN_EXE_flag-sweep"))
        .args(["retire", "overridden"])
        .current_dir(folder.path())
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("delete it from SQLite (3 rows)"), "{said}");
}

/// Bytes are never taken for a text that a flag serves, and code is not rewritten to it.
#[test]
fn bytes_are_no_text_that_a_flag_serves() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let database = rusqlite::Connection::open(folder.path().join("app.sqlite3")).expect("a database can be made");
    let sql = "CREATE TABLE gates (name TEXT, enabled INTEGER, value BLOB);
        INSERT INTO gates VALUES ('theme', 1, x'0102ff'), ('colour', 1, 'blue')";
    database.execute_batch(sql).expect("the table can be made");
    let configuration = "[[checks]]\nlanguage = \"python\"\npattern = \"gates.text($KEY)\"\nreturns = \"string\"\n\n\
        [[registries]]\nfile = \"app.sqlite3\"\ntable = \"gates\"\n\n[registries.semantics]\noverrides = []\n";
    fs::write(folder.path().join("flag-sweep.toml"), configuration).expect("it can be written");
    let code = "print(gates.text(\"theme\"))\nprint(gates.text(\"colour\"))\n";
    fs::write(folder.path().join("app.py"), code).expect("it can be written");
    let output = run(folder.path(), &["check", "--fix", "--allow-dirty", "--trust-undated", "--exit-zero"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        fs::read_to_string(folder.path().join("app.py")).expect("it is there"),
        "print(gates.text(\"theme\"))\nprint(\"blue\")\n"
    );
}

/// What is pulled is checked as the configuration reads it: each table alone, and by its own columns.
#[test]
fn tables_are_pulled_together_and_counted_apart() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    project(folder.path());
    let path = sqlite(folder.path());
    let database = rusqlite::Connection::open(&path).expect("it opens");
    database
        .execute_batch(
            "CREATE TABLE gates (code TEXT, active BOOLEAN); INSERT INTO gates VALUES ('beta', 1), ('alpha', 0)",
        )
        .expect("it can be made");
    let both = format!("{CONFIGURATION}\n[[registries]]\ntable = \"gates\"\nfields = {{key = \"code\"}}\n");
    fs::write(folder.path().join("flag-sweep.toml"), both).expect("it can be written");
    fs::create_dir_all(folder.path().join(".git")).expect("it can be made");
    let output = Command::new(env!("CARGO_BIN_EXE_flag-sweep"))
        .args(["pull", "sql", "--database", "app.sqlite3"])
        .current_dir(folder.path())
        .output()
        .expect("the binary runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("13 flags of 2 tables"), "{said}");
}

#[test]
fn rows_that_changed_meanwhile_are_not_deleted() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let path = sqlite(folder.path());
    let rows = |table: &str, column: &str, count| Rows {
        table: table.to_owned(),
        column: column.to_owned(),
        key: "overridden".to_owned(),
        count,
    };
    let connection = Connection::file(&path);
    let both = |count| [rows("tenant_flags", "flag", 2), rows("feature_flags", "name", count)];
    let why = connection.delete(&both(2)).expect_err("there is one");
    assert!(why.contains("had 2 rows") && why.contains("1 would have been deleted"), "{why}");
    let why = connection.delete(&[rows("feature_flags", "nothing", 1)]).expect_err("there is no such column");
    assert!(why.contains("nothing"), "{why}");
    let count = || -> i64 {
        let database = rusqlite::Connection::open(&path).expect("it opens");
        database.query_row("SELECT COUNT(*) FROM tenant_flags", [], |row| row.get(0)).expect("it is there")
    };
    assert_eq!(count(), 2, "nothing was changed");
    // A row that something else refers to stays.
    let database = rusqlite::Connection::open(&path).expect("it opens");
    database
        .execute_batch(
            "CREATE TABLE audit (flag TEXT REFERENCES feature_flags (name)); INSERT INTO audit VALUES ('overridden')",
        )
        .expect("it can be made");
    assert!(connection.delete(&both(1)).is_err());
    database.execute_batch("DROP TABLE audit").expect("it can be dropped");
    connection.delete(&both(1)).expect("they are as they were seen");
    assert_eq!(count(), 0);
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).expect("lists are short")]
    }
}

/// Semantics where everything is declared, so that an evaluator can be written.
fn semantics(random: &mut Random) -> Semantics {
    let (first, count, scale) = random.pick(&[(0.0, 100.0, 1.0), (1.0, 100.0, 1.0), (0.0, 1000.0, 10.0)]);
    let orders = [
        vec![],
        vec![Role::Users, Role::Enabled, Role::Strategy, Role::Percentage],
        vec![Role::Enabled, Role::Percentage, Role::Users, Role::Strategy],
    ];
    Semantics {
        precedence: orders[usize::try_from(random.below(3)).expect("it is small")].clone(),
        enabled_absent: Some(random.below(2) == 0),
        percentage_absent: Some(random.pick(&[0.0, 100.0])),
        users_empty: Some(random.below(2) == 0),
        anonymous: Some(random.pick(&[Anonymous::On, Anonymous::Off])),
        buckets: Some(Buckets { first, count, inclusive: random.below(2) == 0, scale }),
        overrides: Some(Vec::new()),
        declared: true,
        ..Semantics::default()
    }
}

fn entry(random: &mut Random) -> Json {
    if random.below(8) == 0 {
        return json!(random.below(2) == 0);
    }
    let mut fields = serde_json::Map::new();
    if random.below(4) > 0 {
        fields.insert("enabled".into(), json!(random.below(3) > 0));
    }
    if random.below(2) == 0 {
        fields.insert("strategy".into(), json!(random.pick(&["all", "none", "percentage", "users"])));
    }
    if random.below(3) == 0 {
        fields.insert("users".into(), random.pick(&[0, 1]).eq(&0).then(|| json!([])).unwrap_or(json!(["ana"])));
    }
    if random.below(2) == 0 {
        fields.insert("percentage".into(), json!(random.pick(&[0, 1, 50, 99, 100])));
    }
    Json::Object(fields)
}

/// What the declared semantics say, for a user in a bucket or nobody.
fn evaluate(entry: &Json, semantics: &Semantics, user: Option<(&str, f64)>) -> bool {
    if let Some(on) = entry.as_bool() {
        return on;
    }
    let default = [Role::Enabled, Role::Strategy, Role::Users, Role::Percentage];
    let order: &[Role] = if semantics.precedence.is_empty() { &default } else { &semantics.precedence };
    let (mut only_users, mut no_percentage) = (false, false);
    for role in order {
        match role {
            Role::Enabled if !entry["enabled"].as_bool().or(semantics.enabled_absent).unwrap_or(true) => {
                return false;
            }
            Role::Strategy => match entry["strategy"].as_str() {
                Some("all") => return true,
                Some("none") => return false,
                Some("users") => (only_users, no_percentage) = (true, true),
                _ => {}
            },
            Role::Users => {
                if let Some(users) = entry["users"].as_array() {
                    if users.is_empty() && semantics.users_empty == Some(true) {
                        return true;
                    }
                    if user.is_some_and(|(name, _)| users.iter().any(|listed| listed == name)) {
                        return true;
                    }
                }
            }
            Role::Percentage if !no_percentage => {
                let share = entry["percentage"].as_f64().or(semantics.percentage_absent).unwrap_or(100.0);
                let buckets = semantics.buckets.expect("they are declared");
                let limit = share * buckets.scale;
                return match user {
                    None => semantics.anonymous == Some(Anonymous::On),
                    Some((_, bucket)) if buckets.inclusive => bucket <= limit,
                    Some((_, bucket)) => bucket < limit,
                };
            }
            _ => {}
        }
    }
    !only_users
}

fn read(semantics: &Semantics, entries: &BTreeMap<String, Json>, folder: &Path) -> Registry {
    fs::write(folder.join("flags.json"), json!(entries).to_string()).expect("it can be written");
    let input = Input {
        place: Place::File("flags.json".into(), None),
        mapping: None,
        environment: None,
        applies: Vec::new(),
        semantics: Some(semantics.clone()),
        origin: "flag-sweep.toml:1".to_owned(),
    };
    let texts = Texts::read(&[], &[input], folder, &on_disk).expect("it can be read");
    texts.load(&mut Sources::default()).unwrap_or_else(|error| panic!("{error}")).0
}

/// Whenever an entry is called constant without premises, every context gets that value; and most that are constant are
/// called so.
#[test]
fn constants_are_what_every_context_gets() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let mut random = Random(5);
    let (mut truly, mut called) = (0, 0);
    for _ in 0..200 {
        let semantics = semantics(&mut random);
        let entries: BTreeMap<String, Json> =
            (0..50).map(|number| (format!("flag-{number}"), entry(&mut random))).collect();
        let registry = read(&semantics, &entries, folder.path());
        let buckets = semantics.buckets.expect("they are declared");
        for (key, entry) in &entries {
            let count = u32::try_from(buckets.count as u64).expect("there are few");
            let users =
                (0..count).flat_map(|at| ["ana", "bob"].map(|name| Some((name, f64::from(at) + buckets.first))));
            let results: Vec<bool> = users.chain([None]).map(|user| evaluate(entry, &semantics, user)).collect();
            let one = results.iter().all(|result| *result == results[0]);
            truly += i32::from(one);
            let state = &registry.flags[key].environments["*"].state;
            let claimed = match state {
                RolloutState::Constant { value: Value::Bool(on), premises, .. } if premises.is_empty() => *on,
                RolloutState::Off { value: Value::Bool(on), .. } => *on,
                _ => continue,
            };
            assert!(one && results[0] == claimed, "{entry} is called {state:?} under {semantics:?}");
            called += 1;
        }
    }
    assert!(f64::from(called) >= 0.95 * f64::from(truly), "{called} of {truly} constant entries are called constant");
}
