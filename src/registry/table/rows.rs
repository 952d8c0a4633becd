//! Rows of a flag that is retired: where they are, and the statement that takes them out. Owns what goes; each database does
//! it in its own file, in one transaction that counts.

use super::super::readers::At;
use super::super::tree::{Kind, Map, Node};
use super::{Table, quoted};

/// Rows of one table that name a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The table.
    pub table: String,
    /// The column that names the flag.
    pub column: String,
    /// The name.
    pub key: String,
    /// How many there are.
    pub count: u64,
}

impl Rows {
    /// The statement that deletes them, as a person would write it.
    pub fn statement(&self) -> String {
        let (table, column) = (quoted(&self.table), quoted(&self.column));
        format!("DELETE FROM {table} WHERE {column} = '{}';", self.key.replace('\'', "''"))
    }
}

/// The rows of one of the names of a flag in a document of rows: those of override tables first, since they may refer to
/// the others. `key` finds the column that names the flag.
pub(in super::super) fn rows_of<'n>(
    document: Node<'n>,
    table: &Table,
    names: &[String],
    key: impl Fn(Map<'n>) -> Option<(&'n str, &'n str)>,
) -> Vec<Rows> {
    let root = At::root(document);
    let mut found: Vec<Rows> = Vec::new();
    for row in root.list("overrides") {
        let (Some(name), Some(flag), Some(rows)) = (row.text("table"), row.text("flag"), row.whole("rows")) else {
            continue;
        };
        let column = table.overrides.iter().find(|(table, _)| table == name).map(|(_, column)| column.clone());
        if let (true, Some(column), Ok(count)) = (names.iter().any(|own| own == flag), column, u64::try_from(rows)) {
            found.push(Rows { table: name.to_owned(), column, key: flag.to_owned(), count });
        }
    }
    let Some(Kind::List(rows)) = root.field("rows").map(Node::kind) else { return found };
    let own = found.len();
    for row in rows.iter() {
        let Kind::Map(fields) = row.kind() else { continue };
        let Some((column, name)) = key(fields).filter(|(_, name)| names.iter().any(|own| own == name)) else {
            continue;
        };
        match found[own..].iter_mut().find(|rows| rows.key == name && rows.column == column) {
            Some(rows) => rows.count += 1,
            None => found.push(Rows {
                table: table.name.clone(),
                column: column.to_owned(),
                key: name.to_owned(),
                count: 1,
            }),
        }
    }
    found
}

/// What is wrong when a statement would delete another number of rows than were seen.
pub(super) fn miscounted(rows: &Rows, deleted: u64) -> String {
    format!(
        "`{}` had {} for it when it was looked at, and {deleted} would have been deleted; nothing was changed",
        rows.table,
        if rows.count == 1 { "1 row".to_owned() } else { format!("{} rows", rows.count) }
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::{self, Notation};
    use super::{Rows, Table, rows_of};

    #[test]
    fn rows_are_found_and_overrides_come_first() {
        let text = r#"{"flag-sweep-table": 1, "table": "flags", "rows": [{"id": 1, "name": "x", "env": "a"}, {"id": 2, "name": "x"},
            {"id": 3, "name": "y"}], "overrides": [{"table": "tenants", "flag": "x", "rows": 3}, {"table": "other", "flag": "x",
            "rows": 1}], "decisions": [], "unread": []}"#;
        let root = tree::parse(text, Notation::Json).expect("it is JSON");
        let overrides = vec![("tenants".to_owned(), "flag".to_owned())];
        let table = Table { name: "flags".to_owned(), overrides, ..Table::default() };
        let found = rows_of(root.node(), &table, &["x".to_owned()], |fields| match fields.find("name")?.value.kind() {
            tree::Kind::Text(text) => Some(("name", text)),
            _ => None,
        });
        let statements: Vec<String> = found.iter().map(Rows::statement).collect();
        assert_eq!(
            statements,
            ["DELETE FROM \"tenants\" WHERE \"flag\" = 'x';", "DELETE FROM \"flags\" WHERE \"name\" = 'x';"]
        );
        assert_eq!(found.iter().map(|rows| rows.count).collect::<Vec<_>>(), [3, 2]);
    }

    #[test]
    fn rows_are_counted_by_column_and_flag() {
        let text = r#"{"flag-sweep-table": 1, "table": "flags", "rows": [{"name": "x"}, {"name": "y"}, {"key": "x"}, {"name": "x"},
            {"name": "z"}], "overrides": [], "decisions": [], "unread": []}"#;
        let root = tree::parse(text, Notation::Json).expect("it is JSON");
        let table = Table { name: "flags".to_owned(), ..Table::default() };
        let found = rows_of(root.node(), &table, &["x".to_owned(), "y".to_owned()], |fields| {
            fields.iter().find_map(|field| match field.value.kind() {
                tree::Kind::Text(text) => Some((field.key, text)),
                _ => None,
            })
        });
        let counts: Vec<(&str, &str, u64)> =
            found.iter().map(|rows| (rows.column.as_str(), rows.key.as_str(), rows.count)).collect();
        assert_eq!(counts, [("name", "x", 2), ("name", "y", 1), ("key", "x", 1)]);
    }

    #[test]
    fn keys_cannot_end_their_quotes() {
        let rows = Rows { table: "t".into(), column: "c".into(), key: "x'; DROP TABLE t; --".into(), count: 1 };
        assert_eq!(rows.statement(), "DELETE FROM \"t\" WHERE \"c\" = 'x''; DROP TABLE t; --';");
    }
}
