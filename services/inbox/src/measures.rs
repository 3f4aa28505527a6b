//! How many tasks wait, and how many wait too long, for whoever watches the rooms.

use runtime::{
    Context, Worker,
    measures::{self, EVERY, Measure},
};

use crate::store;

/// The room's own measures.
pub fn worker(context: &Context) -> Worker {
    let open = Measure::new(context, "xianjie.tasks.open", "Tasks that wait for a decision.");
    let overdue = Measure::new(context, "xianjie.tasks.overdue", "Of these, those that are past their due time.");
    let needs = (context.pool.clone(), context.clock.clone(), open, overdue);
    measures::worker("tasks", EVERY, needs, |(pool, clock, open, overdue)| async move {
        let waiting = store::waiting(&pool, clock.now()).await?;
        open.record(waiting.open);
        overdue.record(waiting.overdue);
        Ok(())
    })
}
