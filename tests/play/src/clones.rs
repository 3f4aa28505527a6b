//! Many copies of what something real has left in the tables: the honest way to a database that is full.
//!
//! Rows that came since a [`Mark`] are a [`Template`]. A copy has the same rows with other ids: every UUID of the template,
//! wherever it stands (keys, JSON, account codes, encoded answers), becomes another, the same one in every room. Numbers
//! that must be unique begin with the copy's own. Triggers rest while copies are written: what they would test was tested
//! when the template was made. Sums over copies (accounts that the template shares with others) are the caller's.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use xianjie::house::ROOMS;

use crate::say;

/// Tables that hold nothing of a project, or nothing for long.
const LEFT_OUT: [&str; 4] = ["_sqlx_migrations", "outbox", "parked", "refusals"];

/// Connections that write copies.
const WRITERS: usize = 2;

/// A copy's own id for an id of the template: a time-ordered one becomes a little older with each copy, so that lists
/// and indexes find copies in the order of time; any other is a hash. Without a `from`, so that PostgreSQL can take it
/// into the statements that call it.
const NEW_ID: &str = "
create or replace function public.copy_of(id text, copy bigint) returns text language sql immutable parallel safe as $$
    select overlay(case when substr(id, 15, 1) = '7'
                        then lpad(to_hex(('x' || substr(id, 1, 8) || substr(id, 10, 4))::bit(48)::bigint - copy), 12, '0')
                        else substr(md5(id || copy::text), 21, 12) end placing '-' from 9 for 0)
           || '-' || substr(id, 15, 1)
           || overlay(overlay(substr(md5(id || copy::text), 1, 18) placing '-' from 7 for 0) placing '-a' from 4 for 0)
$$";

/// A table of a room.
struct Table {
    /// `room.table`.
    name: String,
    /// Columns that a copy fills, with their types.
    columns: Vec<(String, String)>,
    /// Columns of the primary key.
    key: Vec<String>,
    /// Columns of text that alone must be unique.
    unique: Vec<String>,
}

/// Tables (`room.table`) with a row for all projects of a year together: a copy has none of its own.
const SUMS: [&str; 1] = ["review.guarantees"];

/// What the tables held at some moment.
pub struct Mark {
    keys: BTreeMap<String, BTreeSet<String>>,
}

/// Rows to be copied.
pub struct Template {
    rows: Vec<TemplateRow>,
    /// Its ids: each copy has its own.
    ids: BTreeSet<String>,
    /// Its numbers that must be unique.
    numbers: BTreeSet<String>,
}

struct TemplateRow {
    table: String,
    columns: Vec<(String, String)>,
    values: Vec<Option<String>>,
}

impl Mark {
    /// Remembers which rows there are now. For small tables.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set(connection: &mut PgConnection) -> anyhow::Result<Self> {
        let mut keys = BTreeMap::new();
        for table in tables(connection).await? {
            keys.insert(table.name.clone(), keys_of(connection, &table).await?.into_iter().collect());
        }
        Ok(Self { keys })
    }

    /// The rows that came since.
    ///
    /// # Errors
    /// When the database does not answer, or a number can't be made unique.
    pub async fn since(&self, connection: &mut PgConnection) -> anyhow::Result<Template> {
        let known: BTreeSet<String> = self.keys.values().flatten().flat_map(|key| uuids(key)).collect();
        let mut template = Template { rows: Vec::new(), ids: BTreeSet::new(), numbers: BTreeSet::new() };
        for table in tables(connection).await?.into_iter().filter(|table| !SUMS.contains(&table.name.as_str())) {
            let old = self.keys.get(&table.name).context("a table that was not there")?;
            let columns: Vec<String> = table.columns.iter().map(|(name, _)| format!("{name}::text")).collect();
            let select =
                format!("select array[{}]::text[], {} from {}", columns.join(", "), key_text(&table), table.name);
            for row in sqlx::query(AssertSqlSafe(select)).fetch_all(&mut *connection).await? {
                let (values, key): (Vec<Option<String>>, String) = (row.try_get(0)?, row.try_get(1)?);
                if !old.contains(&key) {
                    let ids = values.iter().flatten().flat_map(|value| uuids(value));
                    template.ids.extend(ids.filter(|id| !known.contains(id)));
                    let unique = |name: &String| table.unique.contains(name);
                    let named = table.columns.iter().zip(&values).filter(|((name, _), _)| unique(name));
                    template.numbers.extend(named.filter_map(|(_, value)| value.clone()));
                    let (table, columns) = (table.name.clone(), table.columns.clone());
                    template.rows.push(TemplateRow { table, columns, values });
                }
            }
        }
        template.numbers.retain(|number| uuids(number).next().is_none());
        let ends: BTreeSet<&str> = template.numbers.iter().filter_map(|number| end_of(number)).collect();
        ensure!(ends.len() == template.numbers.len(), "numbers that differ in their beginnings can't be copied");
        Ok(template)
    }
}

/// So many characters at the beginning of a unique number become the copy's.
const NUMBER: usize = 7;

/// What follows them; a number may be of Chinese letters.
fn end_of(number: &str) -> Option<&str> {
    number.char_indices().nth(NUMBER).map(|(at, _)| &number[at..])
}

impl Template {
    /// The same without the rows of a table (`room.table`) that are the county's, not a project's.
    #[must_use]
    pub fn without(mut self, table: &str) -> Self {
        self.rows.retain(|row| row.table != table);
        self
    }

    /// Writes the copies with these numbers (each from 1 to 9,999,999, and once only).
    ///
    /// # Errors
    /// When the database refuses them.
    pub async fn copy(&self, url: &str, from: i64, to: i64) -> anyhow::Result<()> {
        if from > to {
            return Ok(());
        }
        say(format_args!("writing {} copies of {} rows", to - from + 1, self.rows.len()));
        let mut connection = PgConnection::connect(url).await?;
        sqlx::raw_sql(NEW_ID).execute(&mut connection).await?;
        connection.close().await?;
        let mut shares: [Vec<(String, Vec<Option<String>>)>; WRITERS] = Default::default();
        for (nth, row) in self.rows.iter().enumerate() {
            shares[nth % WRITERS].push((self.statement(row), row.values.clone()));
        }
        let writers = shares.map(|share| tokio::spawn(write(url.to_owned(), share, from, to)));
        for writer in writers {
            writer.await??;
        }
        Ok(())
    }

    /// Writes the copies from $1 to $2 of one row, whose values are $3 and on.
    fn statement(&self, row: &TemplateRow) -> String {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for (nth, ((name, kind), value)) in row.columns.iter().zip(&row.values).enumerate() {
            let mut new = format!("${}::text", nth + 3);
            let bytes = kind == "bytea";
            let has = |text: &str| value.as_ref().is_some_and(|value| value.contains(text));
            for id in &self.ids {
                if bytes && has(&hex(id)) {
                    new = format!("replace({new}, '{}', encode(copy_of('{id}', n)::bytea, 'hex'))", hex(id));
                } else if has(id) {
                    new = format!("replace({new}, '{id}', copy_of('{id}', n))");
                }
            }
            for number in &self.numbers {
                // Numbers are letters, digits and dashes: nothing to quote.
                let end = end_of(number).unwrap_or_default();
                let (old, own) = (number, format!("lpad(n::text, {NUMBER}, '0') || '{end}'"));
                if bytes && has(&hex(old)) {
                    new = format!("replace({new}, '{}', encode(({own})::bytea, 'hex'))", hex(old));
                } else if has(old) {
                    new = format!("replace({new}, '{old}', {own})");
                }
            }
            names.push(name.as_str());
            values.push(format!("({new})::{kind}"));
        }
        let (table, names, values) = (&row.table, names.join(", "), values.join(", "));
        format!("insert into {table} ({names}) select {values} from generate_series($1::bigint, $2::bigint) as n")
    }
}

async fn write(url: String, share: Vec<(String, Vec<Option<String>>)>, from: i64, to: i64) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&url).await?;
    // No triggers, and no flush for each statement: a crash would begin the run anew anyway.
    sqlx::raw_sql("set session_replication_role = replica; set synchronous_commit = off")
        .execute(&mut connection)
        .await?;
    for (statement, values) in share {
        let query = sqlx::query(AssertSqlSafe(statement)).persistent(false).bind(from).bind(to);
        values.into_iter().fold(query, sqlx::query::Query::bind).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

/// All tables of the rooms that may hold something of a project.
async fn tables(connection: &mut PgConnection) -> anyhow::Result<Vec<Table>> {
    let rows = sqlx::query(
        "select format('%I.%I', n.nspname, c.relname) as name,
                array(select quote_ident(attname)::text from pg_attribute
                       where attrelid = c.oid and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''
                       order by attnum) as columns,
                array(select format_type(atttypid, atttypmod)::text from pg_attribute
                       where attrelid = c.oid and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''
                       order by attnum) as kinds,
                array(select quote_ident(a.attname)::text from pg_index i join pg_attribute a
                          on a.attrelid = c.oid and a.attnum = any (i.indkey)
                       where i.indrelid = c.oid and i.indisprimary order by a.attnum) as key,
                array(select quote_ident(a.attname)::text from pg_index i join pg_attribute a
                          on a.attrelid = c.oid and a.attnum = i.indkey[0]
                       where i.indrelid = c.oid and i.indisunique and i.indnkeyatts = 1 and a.atttypid = 'text'::regtype)
                     as uniques
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = any ($1) and n.nspname <> 'directory' and c.relkind = 'r' and c.relname <> all ($2)
          order by 1",
    )
    .bind(ROOMS.as_slice())
    .bind(LEFT_OUT.as_slice())
    .fetch_all(connection)
    .await?;
    let table = |row: &sqlx::postgres::PgRow| {
        let (names, kinds): (Vec<String>, Vec<String>) = (row.try_get("columns")?, row.try_get("kinds")?);
        let columns = names.into_iter().zip(kinds).collect();
        sqlx::Result::Ok(Table {
            name: row.try_get("name")?,
            columns,
            key: row.try_get("key")?,
            unique: row.try_get("uniques")?,
        })
    };
    Ok(rows.iter().map(table).collect::<sqlx::Result<_>>()?)
}

async fn keys_of(connection: &mut PgConnection, table: &Table) -> anyhow::Result<Vec<String>> {
    let select = format!("select {} from {}", key_text(table), table.name);
    Ok(sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(connection).await?)
}

fn key_text(table: &Table) -> String {
    let key: Vec<String> = table.key.iter().map(|column| format!("{column}::text")).collect();
    format!("concat_ws('|', {})", key.join(", "))
}

/// The UUIDs in a text; of bytes, which PostgreSQL writes as hexadecimal digits, those that stand in them as text.
fn uuids(text: &str) -> impl Iterator<Item = String> {
    let text = text.strip_prefix("\\x").and_then(from_hex).unwrap_or_else(|| text.as_bytes().to_vec());
    let found: Vec<String> = text
        .windows(36)
        .filter_map(|window| std::str::from_utf8(window).ok())
        .filter(|window| window.as_bytes()[8] == b'-' && uuid::Uuid::try_parse(window).is_ok())
        .map(str::to_owned)
        .collect();
    found.into_iter()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}
