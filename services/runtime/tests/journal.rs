//! The only writer, on a real PostgreSQL: one effect a key, one winner a version, all or nothing, refusals kept.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside test functions")]

use kernel::{Actor, Decider, Explanation, Kind, PersonId, Refusal};
use messaging::{Message, consumer::HandleError};
use prost_types::{Duration as Said, Timestamp};
use runtime::{Call, Change, Context, Machine, Outgoing, Room, Service, Snapshot, Statement, testing::TestDatabase};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Row};
use time::OffsetDateTime;
use tokio::runtime::Handle;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

/// Adds numbers up to ten at a time; the store allows a hundred in all.
#[derive(Debug, Clone, Default)]
struct Counter(i64);

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(tag = "kind")]
enum Event {
    Added { by: i64 },
}

#[derive(Debug, Clone)]
enum Command {
    Add(i64),
    /// Adds one, where there is none yet: as a rule the first of a stream.
    Begin,
    Nothing,
    Later,
    /// Adds one, while somebody else always writes to the stream before it.
    Outrun(PgPool, Uuid),
}

#[derive(Debug, thiserror::Error)]
enum No {
    #[error("too much at once")]
    TooMuch(i64),
    #[error("more than a hundred in all")]
    Full,
    #[error("not yet")]
    Early,
}

impl Refusal for No {
    fn kind(&self) -> Kind {
        if matches!(self, Self::Early) { Kind::TooEarly } else { Kind::Conflict }
    }
    fn explain(&self) -> Explanation {
        match self {
            Self::TooMuch(by) => Explanation::new("TOO_MUCH", "一次最多十", "ten at a time").figures(by, 10),
            Self::Full => Explanation::new("FULL", "总数最多一百", "a hundred in all"),
            Self::Early => Explanation::new("TOO_EARLY", "尚早", "not yet"),
        }
    }
}

impl Decider for Counter {
    type Command = Command;
    type Event = Event;
    type Refusal = No;
    fn decide(&self, command: Command) -> Result<Vec<Event>, No> {
        match command {
            Command::Add(by) if by > 10 => Err(No::TooMuch(by)),
            Command::Add(by) => Ok(vec![Event::Added { by }]),
            Command::Begin if self.0 == 0 => Ok(vec![Event::Added { by: 1 }]),
            Command::Begin | Command::Nothing => Ok(Vec::new()),
            Command::Later => Err(No::Early),
            Command::Outrun(pool, stream) => {
                tokio::task::block_in_place(|| Handle::current().block_on(write_first(&pool, stream)));
                Ok(vec![Event::Added { by: 1 }])
            }
        }
    }
    fn evolve(self, Event::Added { by }: &Event) -> Self {
        Self(self.0 + by)
    }
}

impl Machine for Counter {
    const NAME: &'static str = "counter";
    fn begins(command: &Command) -> bool {
        matches!(command, Command::Begin)
    }
    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        let upsert = sqlx::query(
            "insert into counters (id, total) values ($1, $2) on conflict (id) do update set total = excluded.total",
        )
        .bind(change.stream)
        .bind(change.state.0);
        vec![upsert]
    }
    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        vec![Outgoing::of(&Said { seconds: change.state.0, nanos: 0 })]
    }
    fn refused_by(constraint: &str, _: &Command) -> Option<No> {
        (constraint == "counters_total_check").then_some(No::Full)
    }
}

/// An event of somebody else, at the next place of the stream.
async fn write_first(pool: &PgPool, stream: Uuid) {
    let insert = "insert into events (stream_id, version, step, machine, payload, recorded_at)
                  select $1, coalesce(max(version), 0) + 1, coalesce(max(version), 0) + 1, 'counter', $2, now()
                    from events where stream_id = $1";
    let event = serde_json::json!({ "kind": "Added", "by": 1 });
    sqlx::query(insert).bind(stream).bind(event).execute(pool).await.unwrap();
}

async fn counters() -> Context {
    TestDatabase::create().await.room(service()).await
}

/// Two processes of one room on one database.
async fn replicas() -> (Context, Context) {
    let database = TestDatabase::create().await;
    (database.room(service()).await, database.room(service()).await)
}

fn service() -> Service {
    Service::new("counters", runtime::migrations!["../tests/migrations/1000_counter.sql"], |_| async {
        Ok(Room::new())
    })
}

fn call(body: u8) -> Call {
    Call {
        actor: Actor { person: PersonId("p1".into()), name: "甲".into(), posts: Vec::new(), on_behalf_of: None },
        method: "/test/Add".into(),
        request_id: Some(Uuid::now_v7()),
        body_hash: vec![body],
        expected_version: None,
        validate_only: false,
        bearer: None,
    }
}

fn total(snapshot: &Snapshot<Counter>) -> Timestamp {
    Timestamp { seconds: snapshot.state.0, nanos: 0 }
}

async fn add(room: &Context, call: &Call, stream: Uuid, by: i64) -> Result<Timestamp, Status> {
    room.journal.answer::<Counter, _>(call, stream, Command::Add(by), total).await
}

async fn count(room: &Context, table: &'static str) -> i64 {
    let query = match table {
        "events" => "select count(*) from events",
        "outbox" => "select count(*) from outbox",
        "receipts" => "select count(*) from receipts",
        _ => "select count(*) from refusals",
    };
    sqlx::query_scalar(query).fetch_one(&room.pool).await.unwrap()
}

fn message() -> Message {
    Message {
        id: Uuid::now_v7(),
        kind: "test.Message".into(),
        stream: Uuid::now_v7(),
        version: 1,
        payload: Vec::new().into(),
        occurred_at: OffsetDateTime::now_utc(),
        traceparent: None,
    }
}

#[tokio::test]
async fn the_same_key_gets_the_same_answer_and_one_effect() {
    let (room, stream, once) = (counters().await, Uuid::now_v7(), call(1));
    assert_eq!(add(&room, &once, stream, 3).await.unwrap().seconds, 3);
    add(&room, &call(1), stream, 4).await.unwrap();
    assert_eq!(add(&room, &once, stream, 3).await.unwrap().seconds, 3, "the answer of then, not of now");
    assert_eq!((count(&room, "events").await, count(&room, "outbox").await, count(&room, "receipts").await), (2, 2, 2));

    let other_body = Call { body_hash: vec![2], ..once };
    let refused = add(&room, &other_body, stream, 5).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert_eq!(count(&room, "events").await, 2);
}

#[tokio::test]
async fn a_stream_that_is_begun_unread_is_begun_once() {
    let ((room, other), stream, once, message) = (replicas().await, Uuid::now_v7(), call(1), message());
    let begin = async |room: &Context, call: &Call| {
        room.journal.answer::<Counter, _>(call, stream, Command::Begin, total).await.unwrap().seconds
    };
    assert_eq!(begin(&room, &once).await, 1);
    assert_eq!(begin(&other, &once).await, 1, "a process that has not read it, and the same call");
    room.journal.absorb::<Counter>(&message, stream, Command::Add(4)).await.unwrap();
    assert_eq!(begin(&other, &call(1)).await, 5, "another call finds what stands");
    for room in [&room, &other] {
        room.journal.absorb::<Counter>(&message, stream, Command::Begin).await.unwrap();
    }
    assert_eq!((count(&room, "events").await, count(&room, "outbox").await, count(&room, "receipts").await), (2, 2, 3));
}

#[tokio::test]
async fn a_list_sees_each_stream_at_the_version_of_its_row() {
    let ((room, other), stream, nowhere) = (replicas().await, Uuid::now_v7(), Uuid::now_v7());
    let look = async |room: &Context, version: i64| {
        let seen = room.journal.look_at(&[(stream, version), (nowhere, 0)], |counter: &Counter| counter.0).await;
        seen.unwrap().into_iter().collect::<Vec<_>>()
    };
    add(&room, &call(1), stream, 3).await.unwrap();
    assert_eq!(look(&other, 1).await, [(stream, 3)], "read, and what never was is left out");
    add(&room, &call(1), stream, 4).await.unwrap();
    assert_eq!(look(&other, 2).await, [(stream, 7)], "what it saw before is too old");
    sqlx::query("delete from events").execute(&room.pool).await.unwrap();
    assert_eq!(look(&other, 2).await, [(stream, 7)], "not read again");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_on_one_stream_leave_no_gap_and_lose_nothing() {
    let (room, stream) = (counters().await, Uuid::now_v7());
    let writers = (0..8).map(|_| {
        let room = room.clone();
        tokio::spawn(async move { add(&room, &call(1), stream, 1).await.unwrap() })
    });
    let mut answers: Vec<i64> = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        answers.push(writer.await.unwrap().seconds);
    }
    answers.sort_unstable();
    assert_eq!(answers, [1, 2, 3, 4, 5, 6, 7, 8], "each saw its own state");
    let versions: Vec<i64> =
        sqlx::query_scalar("select version from events order by version").fetch_all(&room.pool).await.unwrap();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_used_at_once_by_many_has_one_effect() {
    let (room, stream, once) = (counters().await, Uuid::now_v7(), call(1));
    let tries = (0..8).map(|_| {
        let (room, once) = (room.clone(), once.clone());
        tokio::spawn(async move { add(&room, &once, stream, 1).await.unwrap() })
    });
    for answer in tries.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap().seconds, 1);
    }
    assert_eq!(count(&room, "events").await, 1);
}

#[tokio::test]
async fn a_step_that_is_only_tried_is_answered_and_leaves_nothing() {
    let (room, stream) = (counters().await, Uuid::now_v7());
    add(&room, &call(1), stream, 3).await.unwrap();
    let only = |call: Call| Call { validate_only: true, ..call };
    assert_eq!(add(&room, &only(call(2)), stream, 4).await.unwrap().seconds, 7, "as it would be");
    let refused = add(&room, &only(call(3)), stream, 11).await.unwrap_err();
    assert_eq!(refused.get_error_details().error_info().unwrap().metadata["TOO_MUCH.limit"], "10");
    let stale = only(Call { expected_version: Some(9), ..call(4) });
    assert_eq!(add(&room, &stale, stream, 1).await.unwrap_err().code(), Code::Aborted);
    for (table, rows) in [("events", 1), ("outbox", 1), ("receipts", 1), ("refusals", 0)] {
        assert_eq!(count(&room, table).await, rows, "{table}");
    }
}

#[tokio::test]
async fn a_refusal_is_said_with_its_figures_and_kept() {
    let (room, stream) = (counters().await, Uuid::now_v7());
    let refused = add(&room, &call(1), stream, 11).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let info = refused.get_error_details().error_info().cloned().unwrap();
    assert_eq!(
        (info.reason.as_str(), info.metadata["actual"].as_str(), info.metadata["limit"].as_str()),
        ("TOO_MUCH", "11", "10")
    );
    let kept = sqlx::query("select actor_id, code, actual, limit_value, method, stream_id from refusals")
        .fetch_one(&room.pool)
        .await
        .unwrap();
    assert_eq!(kept.get::<&str, _>("actor_id"), "p1");
    assert_eq!(kept.get::<&str, _>("code"), "TOO_MUCH");
    assert_eq!(kept.get::<&str, _>("method"), "/test/Add");
    assert_eq!(kept.get::<Uuid, _>("stream_id"), stream);
    assert_eq!(count(&room, "events").await, 0);
}

#[tokio::test]
async fn the_store_s_constraint_is_a_refusal_and_leaves_nothing_behind() {
    let (room, stream) = (counters().await, Uuid::now_v7());
    for _ in 0..10 {
        add(&room, &call(1), stream, 10).await.unwrap();
    }
    let refused = add(&room, &call(1), stream, 1).await.unwrap_err();
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "FULL");
    assert_eq!(
        (count(&room, "events").await, count(&room, "outbox").await, count(&room, "receipts").await),
        (10, 10, 10)
    );
}

#[tokio::test]
async fn an_older_version_is_stale() {
    let (room, stream) = (counters().await, Uuid::now_v7());
    add(&room, &call(1), stream, 1).await.unwrap();
    let stale = Call { expected_version: Some(0), ..call(1) };
    let refused = add(&room, &stale, stream, 1).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "STALE_VERSION");
    let fresh = Call { expected_version: Some(1), ..call(1) };
    assert_eq!(add(&room, &fresh, stream, 1).await.unwrap().seconds, 2);
}

#[tokio::test]
async fn a_message_has_one_effect_and_an_early_one_comes_again() {
    let (room, stream, message) = (counters().await, Uuid::now_v7(), message());
    for _ in 0..3 {
        room.journal.absorb::<Counter>(&message, stream, Command::Add(2)).await.unwrap();
    }
    assert_eq!(room.journal.load::<Counter>(stream).await.unwrap().unwrap().state.0, 2);
    let early = room.journal.absorb::<Counter>(&self::message(), stream, Command::Later).await;
    assert!(matches!(early, Err(HandleError::TooEarly(_))), "{early:?}");
    let never = room.journal.absorb::<Counter>(&self::message(), stream, Command::Add(11)).await;
    assert!(matches!(never, Err(HandleError::Refused(_))), "{never:?}");
}

#[tokio::test]
async fn nothing_to_do_is_answered_and_writes_no_event() {
    let (room, stream) = (counters().await, Uuid::now_v7());
    add(&room, &call(1), stream, 1).await.unwrap();
    let answer = room.journal.answer::<Counter, _>(&call(1), stream, Command::Nothing, total).await.unwrap();
    assert_eq!((answer.seconds, count(&room, "events").await), (1, 1));
    assert!(room.journal.load::<Counter>(Uuid::now_v7()).await.unwrap().is_none());
}

/// Where the server dies in the commit itself, the same key must find nothing done.
#[tokio::test]
async fn a_commit_that_fails_leaves_neither_effect_nor_receipt() {
    let (room, stream, once) = (counters().await, Uuid::now_v7(), call(1));
    for statement in [
        "create function at_commit() returns trigger language plpgsql as $$ begin raise 'the commit fails'; end $$",
        "create constraint trigger at_commit after insert on events deferrable initially deferred
             for each row execute function at_commit()",
    ] {
        sqlx::query(statement).execute(&room.pool).await.unwrap();
    }
    add(&room, &once, stream, 3).await.unwrap_err();
    assert_eq!((count(&room, "events").await, count(&room, "outbox").await, count(&room, "receipts").await), (0, 0, 0));
    sqlx::query("drop trigger at_commit on events").execute(&room.pool).await.unwrap();
    assert_eq!(add(&room, &once, stream, 3).await.unwrap().seconds, 3);
    assert_eq!((count(&room, "events").await, count(&room, "outbox").await, count(&room, "receipts").await), (1, 1, 1));
}

#[tokio::test]
async fn what_another_process_wrote_is_never_overlooked() {
    let ((here, there), stream) = (replicas().await, Uuid::now_v7());
    let once = call(1);
    add(&here, &once, stream, 1).await.unwrap();
    assert_eq!(add(&there, &call(1), stream, 2).await.unwrap().seconds, 3);
    assert_eq!(add(&here, &call(1), stream, 3).await.unwrap().seconds, 6, "remembered 1, found 3");
    assert_eq!(add(&there, &once, stream, 1).await.unwrap().seconds, 1, "the answer that was given here");

    let stale = Call { expected_version: Some(2), ..call(1) };
    let refused = add(&there, &stale, stream, 1).await.unwrap_err();
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "STALE_VERSION", "it remembers version 2");
    let fresh = Call { expected_version: Some(3), ..call(1) };
    assert_eq!(add(&there, &fresh, stream, 4).await.unwrap().seconds, 10, "no refusal is said from memory");
    assert_eq!(here.journal.load::<Counter>(stream).await.unwrap().unwrap().version, 4);
}

/// A server that came back from an older copy, say, has forgotten what this process remembers.
#[tokio::test]
async fn no_step_is_written_behind_a_gap() {
    let (room, stream) = (counters().await, Uuid::now_v7());
    add(&room, &call(1), stream, 1).await.unwrap();
    add(&room, &call(1), stream, 2).await.unwrap();
    sqlx::query("delete from events where version = 2").execute(&room.pool).await.unwrap();
    assert_eq!(add(&room, &call(1), stream, 5).await.unwrap().seconds, 6);
    let versions: Vec<i64> =
        sqlx::query_scalar("select version from events order by version").fetch_all(&room.pool).await.unwrap();
    assert_eq!(versions, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_outrun_each_time_may_come_again() {
    let room = counters().await;
    let stream = Uuid::now_v7();
    let command = || Command::Outrun(room.pool.clone(), stream);
    let called = room.journal.answer::<Counter, _>(&call(1), stream, command(), total).await.unwrap_err();
    assert_eq!(called.code(), Code::Unavailable, "{called:?}");
    assert_eq!(called.get_error_details().error_info().unwrap().reason, "CONTENDED");
    let heard = room.journal.absorb::<Counter>(&message(), stream, command()).await.unwrap_err();
    assert!(matches!(heard, HandleError::Transient(_)), "{heard:?}");
    assert_eq!(count(&room, "receipts").await, 0);
    assert_eq!(count(&room, "outbox").await, 0);
}
