//! The worker that counts due dates again whose calendar is known now, finds what is overdue and tells the case, which tells
//! the office.
//!
//! Nothing is decided here; a case that has moved meanwhile answers that nothing is overdue.

use runtime::{Context, calendar};

use crate::{
    domain::{Case, Command, Escalate},
    store,
};

/// Cases taken at a time.
const BATCH: i64 = 100;

/// Tells the cases in which something is overdue; whether there were any.
pub async fn run(context: Context) -> anyhow::Result<bool> {
    let Context { journal, pool, pack, clock, .. } = &context;
    let at = clock.now();
    let recounted =
        calendar::recount::<Case, _>(&context, store::cases::provisional, |pack| Command::RecountDues { pack }).await?;
    let cases = store::cases::overdue(pool, at, BATCH).await?;
    for case in &cases {
        let command = Command::EscalateOverdue(Escalate { pack: pack.clone(), at });
        journal.advance::<Case>(*case, command).await?;
    }
    Ok(recounted || !cases.is_empty())
}
