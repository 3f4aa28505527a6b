//! What one step writes: events, read tables, outbox, receipt. All or nothing, and as a rule in one statement.
//!
//! One statement is one round trip, and a transaction of its own: the room's first statement carries the shell's inserts
//! along as common table expressions. A room that needs several gets a transaction around them.

use kernel::Actor;
use messaging::{crash, outbox, receipts};
use sqlx::{Arguments as _, AssertSqlSafe, Execute as _, postgres::PgArguments, types::Json};

use super::{Change, Journal, Key, Machine, Snapshot, Statement, step::messages};
use crate::BoxFuture;

/// How many arguments the events take.
const EVENTS: usize = 8;

impl Journal {
    /// Writes a step and says what follows from it. An error that names a constraint wrote nothing.
    pub(super) async fn write<M: Machine>(
        &self,
        key: Option<&Key<'_>>,
        actor: Option<&Actor>,
        before: &Snapshot<M>,
        after: &Snapshot<M>,
        events: &[M::Event],
        reply: &[u8],
    ) -> sqlx::Result<()> {
        if events.is_empty() {
            return self.write_receipt(key, reply).await;
        }
        let traceparent = messaging::current_traceparent();
        let change = Change::between(before, after, events);
        let said = messages(self.room, &change, traceparent.as_deref());
        let mut statements = M::project(&change).into_iter();
        // A zero-column select is the smallest statement that can carry others.
        let first = statements.next().unwrap_or_else(|| sqlx::query("select"));
        let (sql, arguments) = taken_apart(first)?;
        let sql = carrying(&sql, arguments.len() + 1, !said.is_empty(), key.is_some());
        let versions: Vec<i64> = (before.version + 1..=after.version).collect();
        let payloads: Vec<Json<&M::Event>> = events.iter().map(Json).collect();
        let mut first = sqlx::query_with(AssertSqlSafe(sql), arguments)
            .bind(change.stream)
            .bind(change.version)
            .bind(M::NAME)
            .bind(actor.map(|actor| actor.person.0.as_str()))
            .bind(change.at)
            .bind(&traceparent)
            .bind(&versions)
            .bind(&payloads);
        if !said.is_empty() {
            first = outbox::bind(first, &said, outbox::GRACE);
        }
        if let Some(key) = key {
            first = receipts::bind(first, key.scope, key.id, key.body_hash, reply);
        }
        self.execute(first, statements.collect()).await?;
        crash::at(crash::AFTER_COMMIT);
        self.outlet.say(said);
        Ok(())
    }

    /// Boxed, as is all that a step asks of the database: compiled here, and not once more for each machine.
    fn execute(&self, first: Statement, rest: Vec<Statement>) -> BoxFuture<'_, sqlx::Result<()>> {
        Box::pin(async move {
            if rest.is_empty() {
                crash::at(crash::BEFORE_COMMIT);
                first.execute(&self.pool).await?;
                return Ok(());
            }
            let mut transaction = self.pool.begin().await?;
            first.execute(&mut *transaction).await?;
            for statement in rest {
                statement.execute(&mut *transaction).await?;
            }
            crash::at(crash::BEFORE_COMMIT);
            transaction.commit().await
        })
    }

    /// Of a step that changed nothing only the answer is kept. A message gets none: it is for nobody, and a repeat that
    /// finds work to do after all is no other than a message that came late.
    async fn write_receipt(&self, key: Option<&Key<'_>>, reply: &[u8]) -> sqlx::Result<()> {
        let Some(key) = key.filter(|key| key.scope != receipts::MESSAGE) else { return Ok(()) };
        let insert = sqlx::query(AssertSqlSafe(receipts::insert_sql(1)));
        self.execute(receipts::bind(insert, key.scope, key.id, key.body_hash, reply), Vec::new()).await
    }
}

fn taken_apart(mut statement: Statement) -> sqlx::Result<(String, PgArguments)> {
    let arguments = statement.take_arguments().map_err(sqlx::Error::Encode)?.unwrap_or_default();
    Ok((statement.sql().as_str().to_owned(), arguments))
}

/// The room's statement with the shell's inserts, whose arguments begin at `$first`: the events, what is `said` and whether
/// it is `answered`. A part that inserts nothing is left out, for the server opens its table and all its indexes all the same.
///
/// Events that do not follow on the stream's last one get version 0, which the table refuses.
fn carrying(statement: &str, first: usize, said: bool, answered: bool) -> String {
    let [stream, step, machine, actor, at, traceparent, versions, payloads] =
        std::array::from_fn(|place| first + place);
    let mut next = first + EVENTS;
    let mut more = String::new();
    if said {
        more += &format!(", shell_outbox as ({})", outbox::insert_sql(next));
        next += outbox::ARGUMENTS;
    }
    if answered {
        more += &format!(", shell_receipt as ({})", receipts::insert_sql(next));
    }
    // A statement with common table expressions of its own shares the one `with`.
    let own = statement.trim_start();
    let own = own.strip_prefix("with ").map_or_else(|| format!(" {own}"), |more| format!(", {more}"));
    format!(
        "with shell_events as (
             insert into events (stream_id, version, step, machine, payload, actor_id, recorded_at, traceparent)
             select ${stream}, version * follows, ${step}, ${machine}, payload, ${actor}, ${at}, ${traceparent}
               from unnest(${versions}::bigint[], ${payloads}::jsonb[]) as t (version, payload),
                    (select (coalesce(max(version), 0) = (${versions}::bigint[])[1] - 1)::int as follows
                       from events where stream_id = ${stream}) as last
         ){more}{own}"
    )
}
