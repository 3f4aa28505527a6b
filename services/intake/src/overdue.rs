//! The worker that finds objections whose days are over and sends each one level up.
//!
//! Nothing is decided here; an application that has moved meanwhile answers that nothing is overdue.

use runtime::Context;

use crate::{
    domain::{Application, Command},
    store,
};

/// Applications taken at a time.
const BATCH: i64 = 100;

/// Escalates; whether there was anything to escalate.
pub async fn run(context: Context) -> anyhow::Result<bool> {
    let Context { journal, pool, pack, clock, .. } = &context;
    let at = clock.now();
    let applications = store::late_objections(pool, at, BATCH).await?;
    for application in &applications {
        let command = Command::EscalateObjections { pack: pack.clone(), at };
        journal.advance::<Application>(*application, command).await?;
    }
    Ok(!applications.is_empty())
}
