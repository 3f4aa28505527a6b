//! The worker that finds what time has brought: due dates whose calendar is known now are counted again, objections whose days
//! are over go one level up, corrections whose days are over are overdue, and lapse in the end.
//!
//! Nothing is decided here; an application that has moved meanwhile answers that nothing is overdue. One that can't be
//! decided, as when the pack has no calendar for its year, stands in nobody else's way.

use runtime::{Context, calendar};
use uuid::Uuid;

use crate::{
    domain::{Application, Command},
    store,
};

/// Applications taken at a time.
const BATCH: i64 = 100;

/// Does what is due; whether anything moved.
pub async fn run(context: Context) -> anyhow::Result<bool> {
    let Context { pool, pack, clock, .. } = &context;
    let at = clock.now();
    let recounted =
        calendar::recount::<Application, _>(&context, store::provisional, |pack| Command::RecountDues { pack });
    let recounted = recounted.await?;
    let escalated = store::late_objections(pool, at, BATCH).await?;
    let escalated = each(&context, &escalated, || Command::EscalateObjections { pack: pack.clone(), at }).await;
    let enforced = store::late_corrections(pool, at, BATCH).await?;
    let enforced = each(&context, &enforced, || Command::EnforceCorrection { pack: pack.clone(), at }).await;
    Ok(recounted || escalated || enforced)
}

async fn each(context: &Context, applications: &[Uuid], command: impl Fn() -> Command) -> bool {
    let mut moved = false;
    for application in applications {
        match context.journal.advance::<Application>(*application, command()).await {
            Ok(_) => moved = true,
            Err(error) => {
                tracing::warn!(%application, error = format!("{error:#}"), "what is overdue can't be decided")
            }
        }
    }
    moved
}
