//! What a suspension and its end say: the township's task rests and goes on, and the other rooms stop and go on. Pure.

use proto::{
    inbox::v1::{TaskResumed, TaskSuspended},
    intake::v1::{ProjectResumed, ProjectSuspended},
};
use runtime::Outgoing;

use super::acts;
use crate::{
    convert::{number, timestamp},
    domain::{File, township_review::Round},
};

/// A task rests.
pub fn rests(round: &Round, reason: &str) -> TaskSuspended {
    TaskSuspended { task_id: round.asked.task.to_string(), number: number(round.suspended), reason: reason.to_owned() }
}

/// The township's task rests, and other rooms stop, too.
pub fn suspended(file: &File, reason: &str) -> Vec<Outgoing> {
    let open = file.township.iter().filter(|round| round.is_open());
    let tasks = open.map(|round| Outgoing::of(&rests(round, reason)));
    let told = Outgoing::of(&ProjectSuspended {
        project_id: file.project.to_string(),
        number: number(file.suspensions),
        reason: reason.to_owned(),
        county_round: number(file.county_rounds),
        pooled: file.pool.is_some(),
        acts: acts(file),
    });
    tasks.chain([told]).collect()
}

/// The township's task goes on, if it was kept, and other rooms do.
pub fn resumed(file: &File, days: i64, known: impl Fn(&Round) -> bool) -> Vec<Outgoing> {
    let tasks = file.township.iter().filter(|round| round.is_open() && known(round)).map(|round| {
        Outgoing::of(&TaskResumed {
            task_id: round.asked.task.to_string(),
            number: number(round.suspended),
            due_time: Some(timestamp(round.asked.due)),
        })
    });
    let told = Outgoing::of(&ProjectResumed {
        project_id: file.project.to_string(),
        number: number(file.suspensions),
        days: i32::try_from(days).unwrap_or(i32::MAX),
        county_round: number(file.county_rounds),
        pooled: file.pool.is_some(),
        acts: acts(file),
    });
    tasks.chain([told]).collect()
}
