//! What must hold when all is healed and quiet: C1 to C6 and C8 of the plan of tests, and of C7 what there is (one row of
//! `events` a version, refusals kept). Each violation names its checker; C0 and C9 are seen while the chains are played.

mod content;
pub mod left;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::Context as _;
use play::database;
use sqlx::{AssertSqlSafe, PgConnection};
use tests::rebuilt;
use tonic::{Code, transport::Endpoint};
use uuid::Uuid;
use xianjie::house::ROOMS;

use crate::{
    history::{History, Operation, Outcome, room},
    house::House,
    load::{Ended, Load, Path},
    nemesis::Ground,
    wire,
};

/// About so many operations are repeated.
const REPEATS: usize = 200;

/// Counts as RabbitMQ's own Jepsen suite names them.
#[derive(Debug, Default)]
pub struct Counts {
    /// Operations sent.
    pub attempt: usize,
    /// Operations whose caller was told that they are done.
    pub acknowledged: usize,
    /// Acknowledged, and kept.
    pub ok: usize,
    /// Acknowledged, and not kept.
    pub lost: usize,
    /// Kept, but nobody sent them.
    pub unexpected: usize,
    /// Payments and assets beyond one a project.
    pub duplicated: i64,
    /// Unknown at first, answered later.
    pub recovered: usize,
    /// Refused.
    pub refused: usize,
    /// Applications compared word for word.
    pub contents: usize,
    /// What is set aside at the end, by room and reason: the drill's own planting.
    pub parked: Vec<(String, i64)>,
}

/// Reads every table.
///
/// # Errors
/// When the database does not answer.
pub async fn run(ground: &Ground) -> anyhow::Result<Counts> {
    let Ground { house, history, load, post, .. } = ground;
    let mut connection = house.database.connect().await?;
    left::check(&mut connection, house, history, &post.planted()).await?;
    let operations = history.operations();
    let mut counts = receipts(&mut connection, history, &operations).await?;
    counts.contents = content::check(ground, history, &operations).await?;
    gaps(&mut connection, history).await?;
    refusals(&mut connection, history, &operations).await?;
    repeats(house, history, &operations).await?;
    ends(&mut connection, history, load).await?;
    counts.duplicated = money_and_assets(&mut connection, house, history, load).await?;
    counts.parked = left::reasons(&mut connection).await?;
    for difference in rebuilt::differences(&house.database.url).await.context("C8 can't be checked")? {
        history.violation(format!("C8 {difference} are not what the events say"));
    }
    Ok(counts)
}

/// C2: every acknowledged operation is in its room once, and nothing is there that nobody sent.
async fn receipts(
    connection: &mut PgConnection,
    history: &History,
    operations: &[Operation],
) -> anyhow::Result<Counts> {
    let mut kept: BTreeMap<&str, HashSet<(String, Uuid)>> = BTreeMap::new();
    for name in ROOMS {
        let all = format!("select scope, id from {name}.receipts where scope <> 'message'");
        let rows: Vec<(String, Uuid)> = sqlx::query_as(AssertSqlSafe(all)).fetch_all(&mut *connection).await?;
        kept.insert(name, rows.into_iter().collect());
    }
    let mut counts = Counts { attempt: operations.len(), ..Counts::default() };
    let mut sent = HashSet::new();
    for operation in operations {
        let key = (operation.person.clone(), operation.request_id);
        match &operation.outcome {
            Outcome::Ok(_) => {
                counts.acknowledged += 1;
                counts.recovered += usize::from(operation.unknown > 0);
                if kept.get(room(&operation.path)).is_some_and(|kept| kept.contains(&key)) {
                    counts.ok += 1;
                } else {
                    counts.lost += 1;
                    history.violation(format!("C2 {} {} was acknowledged and is lost", operation.path, key.1));
                }
            }
            Outcome::Refused { .. } => counts.refused += 1,
            Outcome::Pending => {}
        }
        sent.insert(key);
    }
    for (name, kept) in &kept {
        for (person, id) in kept.difference(&sent) {
            counts.unexpected += 1;
            history.violation(format!("C1 {name} keeps {id} of {person}, which nobody sent"));
        }
    }
    Ok(counts)
}

/// C2: the same key gets the same answer, byte for byte; with another request it is refused.
async fn repeats(house: &House, history: &History, operations: &[Operation]) -> anyhow::Result<()> {
    /// Field 2 once more, as a text: the later one counts.
    const OTHER: &[u8] = b"\x12\x05other";
    let addresses = house.addresses();
    let acknowledged: Vec<&Operation> =
        operations.iter().filter(|operation| matches!(operation.outcome, Outcome::Ok(_))).collect();
    for operation in acknowledged.iter().step_by((acknowledged.len() / REPEATS).max(1)) {
        let Outcome::Ok(before) = &operation.outcome else { continue };
        let address = addresses.get(room(&operation.path)).and_then(|found| found.first()).context("an address")?;
        let wire = wire::open(Endpoint::from_shared(address.clone())?);
        match wire.repeat(operation, b"").await {
            Ok((_, again)) if again == *before => {}
            other => {
                history.violation(format!("C2 {} repeated: {:?}", operation.path, other.map(|(status, _)| status)))
            }
        }
        if operation.path.ends_with("/SubmitApplication") || operation.path.ends_with("/ClaimTask") {
            match wire.repeat(operation, OTHER).await {
                // A claim of something that is no task is refused before its key is looked at.
                Ok((status, _)) if matches!(status.code(), Code::AlreadyExists | Code::InvalidArgument) => {}
                other => {
                    history.violation(format!("C2 {} altered: {:?}", operation.path, other.map(|(status, _)| status)))
                }
            }
        }
    }
    Ok(())
}

/// C3: every chain ended in its state, and nothing follows a rejection.
async fn ends(connection: &mut PgConnection, history: &History, load: &Load) -> anyhow::Result<()> {
    for Ended { project, path } in load.ended() {
        let (state, cases, money): (String, i64, i64) = sqlx::query_as(
            "select (select state from intake.applications where project_id = $1),
                    (select count(*) from review.cases where project_id = $1),
                    (select count(*) from disbursement.projects where project_id = $1)
                  + (select count(*) from assets.projects where project_id = $1)",
        )
        .bind(Uuid::parse_str(&project)?)
        .fetch_one(&mut *connection)
        .await?;
        let sound = match path {
            Path::Straight | Path::TownshipReturns | Path::DepartmentReturns => {
                (state.as_str(), cases, money) == ("IN_POOL", 1, 2)
            }
            Path::TownshipRejects => (state.as_str(), cases, money) == ("REJECTED", 0, 0),
            Path::GroupRejects => (state.as_str(), cases, money) == ("REJECTED", 1, 0),
            Path::Withdrawn => (state.as_str(), cases, money) == ("WITHDRAWN", 1, 0),
            Path::Forgotten => (cases, money) == (0, 0),
            Path::Leaves => (state.as_str(), cases, money) == ("OUT_OF_POOL", 1, 1),
        };
        if !sound {
            history.violation(format!(
                "C3 {project} went {path:?} and is {state} with {cases} cases, {money} in money and assets"
            ));
        }
    }
    Ok(())
}

/// C3, C7: versions have no gaps.
async fn gaps(connection: &mut PgConnection, history: &History) -> anyhow::Result<()> {
    for name in ROOMS {
        let gaps = format!(
            "select count(*) from (select from {name}.events group by stream_id having max(version) <> count(*)) as gaps"
        );
        let gaps: i64 = sqlx::query_scalar(AssertSqlSafe(gaps)).fetch_one(&mut *connection).await?;
        if gaps > 0 {
            history.violation(format!("C3 {gaps} streams of {name} have gaps in their versions"));
        }
    }
    Ok(())
}

/// C7: what a machine refused is kept.
async fn refusals(connection: &mut PgConnection, history: &History, operations: &[Operation]) -> anyhow::Result<()> {
    let mut kept: BTreeSet<Uuid> = BTreeSet::new();
    for name in ROOMS {
        let all = format!("select request_id from {name}.refusals where request_id is not null");
        kept.extend(sqlx::query_scalar::<_, Uuid>(AssertSqlSafe(all)).fetch_all(&mut *connection).await?);
    }
    for operation in operations {
        if let Outcome::Refused { code: Code::FailedPrecondition | Code::PermissionDenied | Code::Aborted, message } =
            &operation.outcome
            && !kept.contains(&operation.request_id)
        {
            history.violation(format!("C7 {} was refused ({message}) and the attempt is not kept", operation.path));
        }
    }
    Ok(())
}

/// C4, C5: one payment and one asset for every chain that ended so, none for others; the books balance.
async fn money_and_assets(
    connection: &mut PgConnection,
    house: &House,
    history: &History,
    load: &Load,
) -> anyhow::Result<i64> {
    let settled = i64::try_from(load.ended().iter().filter(|ended| ended.path.settles()).count())?;
    let unended = load.broken();
    let (have, want) = (database::records(connection).await?, database::Records::of(settled));
    if have != want && unended == 0 {
        history.violation(format!("C4/C5 have {have:?}, want {want:?}"));
    }
    let uneven: i64 = sqlx::query_scalar(
        "select count(*) from (select from disbursement.entries group by transfer_id having sum(amount_fen) <> 0) as uneven",
    )
    .fetch_one(&mut *connection)
    .await?;
    let unbalanced: i64 = sqlx::query_scalar(
        "select count(*) from disbursement.accounts a
          where a.debits_posted - a.credits_posted
             <> (select coalesce(sum(amount_fen), 0) from disbursement.entries e where e.account = a.code)",
    )
    .fetch_one(&mut *connection)
    .await?;
    if have.sum_fen != 0 || uneven + unbalanced > 0 {
        history.violation(format!("C4 sum {}, {uneven} uneven transfers, {unbalanced} wrong balances", have.sum_fen));
    }
    let twice: i64 = sqlx::query_scalar(
        "select (select count(*) from (select from disbursement.transfers where cause = 'PAY' and state = 'POSTED'
                  group by project_id having count(*) > 1) as paid)
              + (select count(*) from (select from assets.assets group by project_id having count(*) > 1) as registered)",
    )
    .fetch_one(&mut *connection)
    .await?;
    if twice > 0 {
        history.violation(format!("C4/C5 {twice} projects were paid or registered more than once"));
    }
    let orders = i64::try_from(house.treasury.orders().len())?;
    if orders != have.settled && unended == 0 {
        history.violation(format!("C4 the treasury has {orders} orders, {} are settled", have.settled));
    }
    Ok(twice)
}
