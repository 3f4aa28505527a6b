//! The stored tasks: one open and one closed task a desk by the room itself, the others copies of their rows.

use std::time::{Duration, Instant};

use anyhow::ensure;
use prost::Message as _;
use proto::inbox::v1::ClaimTaskRequest;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{completion, source};
use play::{
    cast::Player,
    clones::{Mark, Template},
    database::{self, Database},
    say,
};

/// See the module.
pub struct Stored {
    connection: PgConnection,
    url: String,
    open: Kind,
    closed: Kind,
    desks: u64,
    /// Bytes on the disk before the first copy.
    empty: i64,
    kb_per_task: Option<f64>,
}

/// Tasks of one kind.
struct Kind {
    template: Template,
    /// Copies so far of the template, which has a task for each desk.
    copies: i64,
    /// Tasks there are.
    tasks: u64,
}

impl Stored {
    /// Has the room make the first ones.
    ///
    /// # Errors
    /// When the room does not.
    pub async fn begin(database: &Database, desks: &[Player]) -> anyhow::Result<Self> {
        let mut connection = database.connect().await?;
        let number = u64::try_from(desks.len())?;
        let kind = |template| Kind { template, copies: 0, tasks: number };
        let mark = Mark::set(&mut connection).await?;
        raise(&mut connection, desks).await?;
        let open = kind(mark.since(&mut connection).await?);
        let mark = Mark::set(&mut connection).await?;
        for (desk, task_id) in desks.iter().zip(raise(&mut connection, desks).await?) {
            let mut inbox = desk.inbox.clone();
            let claim = ClaimTaskRequest { request_id: Uuid::now_v7().to_string(), task_id: task_id.clone() };
            let task = inbox.claim_task(claim).await?.into_inner();
            inbox.complete_task(completion(task_id, task.fencing_token)).await?;
        }
        let closed = kind(mark.since(&mut connection).await?);
        let empty = database::size(&mut connection).await?;
        Ok(Self { connection, url: database.url.clone(), open, closed, desks: number, empty, kb_per_task: None })
    }

    /// Adds copies until there are so many.
    ///
    /// # Errors
    /// When the database refuses them.
    pub async fn fill(&mut self, closed: u64, open: u64) -> anyhow::Result<()> {
        for (kind, wanted) in [(&mut self.closed, closed), (&mut self.open, open)] {
            let missing = i64::try_from(wanted.saturating_sub(kind.tasks).div_ceil(self.desks))?;
            kind.template.copy(&self.url, kind.copies + 1, kind.copies + missing).await?;
            kind.copies += missing;
            kind.tasks += u64::try_from(missing)? * self.desks;
        }
        let vacuum = "vacuum (analyze) inbox.tasks, inbox.events, inbox.receipts";
        sqlx::raw_sql(vacuum).execute(&mut self.connection).await?;
        sqlx::query("checkpoint").execute(&mut self.connection).await?;
        let counted: i64 = sqlx::query_scalar("select count(*) from inbox.tasks where state in ('READY', 'RESERVED')")
            .fetch_one(&mut self.connection)
            .await?;
        ensure!(u64::try_from(counted)? == self.open.tasks, "{counted} tasks are open, not {}", self.open.tasks);
        let now = database::size(&mut self.connection).await?;
        let copies = u64::try_from(self.open.copies + self.closed.copies)? * self.desks;
        self.kb_per_task = (copies > 0).then(|| (now - self.empty) as f64 / 1024.0 / copies as f64);
        say(format_args!("{} tasks are stored, {counted} of them open, {} MB", self.tasks(), now / 1_048_576));
        Ok(())
    }

    /// So many open ones were closed by a run.
    ///
    /// # Errors
    /// When there are not so many.
    pub fn worked(&mut self, tasks: usize) -> anyhow::Result<()> {
        let tasks = u64::try_from(tasks)?;
        ensure!(self.open.tasks >= tasks, "more was done than there was");
        self.open.tasks -= tasks;
        self.closed.tasks += tasks;
        Ok(())
    }

    /// How many there are.
    pub fn tasks(&self) -> u64 {
        self.open.tasks + self.closed.tasks
    }

    /// What a copy takes on the disk; none before there is one.
    pub fn kb_per_task(&self) -> Option<f64> {
        self.kb_per_task
    }

    /// How many are open.
    pub fn open(&self) -> u64 {
        self.open.tasks
    }
}

/// Says through intake's outbox that each desk is needed, and waits until the inbox has heard it. Gives the tasks.
async fn raise(connection: &mut PgConnection, desks: &[Player]) -> anyhow::Result<Vec<String>> {
    let mut tasks = Vec::new();
    for desk in desks {
        let request = source::request(desk);
        sqlx::query(
            "insert into intake.outbox (id, kind, stream, version, payload, occurred_at)
             values ($1, 'xianjie.inbox.v1.TaskRequested', $2::uuid, 1, $3, now())",
        )
        .bind(Uuid::now_v7())
        .bind(&request.project_id)
        .bind(request.encode_to_vec())
        .execute(&mut *connection)
        .await?;
        tasks.push(request.task_id);
    }
    let began = Instant::now();
    loop {
        let heard: i64 = sqlx::query_scalar("select count(*) from inbox.tasks where task_id = any ($1::uuid[])")
            .bind(&tasks)
            .fetch_one(&mut *connection)
            .await?;
        if usize::try_from(heard)? == tasks.len() {
            return Ok(tasks);
        }
        ensure!(began.elapsed() < Duration::from_secs(30), "the inbox has heard of {heard} of {} tasks", tasks.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
