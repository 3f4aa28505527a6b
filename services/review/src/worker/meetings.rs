//! What a meeting decided is brought to its cases: by the call that concludes it, and by a worker should that one die.
//!
//! Each case is a step of its own, so that one case's refusal undoes nothing of the others. The decision follows from the
//! meeting's facts, so that two who bring it at once bring the same: the second finds that the case bears it.

use kernel::{ProjectId, Refusal as _};
use runtime::Context;
use uuid::Uuid;

use crate::{
    domain::{
        Case, Command, Complete, Meeting, Refusal,
        meeting::{
            self, ItemRefusal, ItemResult,
            carry_out::{bears, pending},
        },
    },
    store,
};

/// Meetings taken at a time.
const BATCH: i64 = 10;
/// The attempt, as it stands in the record of refusals.
const METHOD: &str = "/xianjie.review.v1.MeetingService/ConcludeMeeting";
/// Cases whose answers are recorded in one step.
const TOGETHER: usize = 50;

/// Brings outcomes that were left pending to their cases; whether there were any.
pub async fn run(context: Context) -> anyhow::Result<bool> {
    let meetings = store::meetings::pending(&context.pool, BATCH).await?;
    for meeting in &meetings {
        carry_out(&context, *meeting).await?;
    }
    Ok(!meetings.is_empty())
}

/// Brings this meeting's pending outcomes to their cases and records what they answer.
pub async fn carry_out(context: &Context, meeting: Uuid) -> anyhow::Result<()> {
    let found = context.journal.load::<Meeting>(meeting).await?;
    let pending = match found.map(|found| found.state) {
        Some(Meeting::Convened(state)) => pending(&state, &context.pack),
        Some(Meeting::NotConvened) | None => Vec::new(),
    };
    for together in pending.chunks(TOGETHER) {
        let mut results = Vec::new();
        for (project, complete) in together {
            let refusal = decide(context, *project, complete).await?;
            results.push(ItemResult { project: *project, refusal });
        }
        let command = meeting::Command::RecordResults { results };
        context.journal.advance::<Meeting>(meeting, command).await?;
    }
    Ok(())
}

/// The case takes the decision, has taken it before, or says why not.
async fn decide(context: &Context, project: ProjectId, complete: &Complete) -> anyhow::Result<Option<ItemRefusal>> {
    let journal = &context.journal;
    let Err(error) = journal.advance::<Case>(project.0, Command::CompleteTask(complete.clone())).await else {
        return Ok(None);
    };
    let refusal = error.downcast::<Refusal>()?;
    let case = journal.load::<Case>(project.0).await?;
    if case.is_some_and(|found| bears(&found.state, complete)) {
        return Ok(None);
    }
    journal.keep_refusal(METHOD, Some(&complete.actor), None, Some(project.0), &refusal.explain()).await?;
    Ok(Some(ItemRefusal::from(&refusal)))
}
