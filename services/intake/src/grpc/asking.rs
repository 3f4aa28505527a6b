//! A step before which other rooms are asked what the caller did there: one that may come at any time of a project's life, when the
//! rooms after this one have seen people act on it, too.

use kernel::refusal::Violations;
use runtime::{Call, acts};
use translation::act;

use super::{Applications, Reply, occasion};
use crate::{
    convert::on_project,
    domain::{Command, Occasion},
};

/// The rooms that a project comes to after this one.
pub const OTHERS: [&str; 3] = ["review", "disbursement", "assets"];

impl Applications {
    /// One step on the project that a request names, once these rooms were asked.
    pub(super) async fn act_asking<T>(
        &self,
        call: &Call,
        project_id: &str,
        rooms: &[&'static str],
        rest: impl FnOnce(&mut Violations) -> Option<T>,
        command: impl FnOnce(T, Occasion) -> Command,
    ) -> Reply {
        let (project, rest) = self.context.journal.accept(call, None, on_project(project_id, rest)).await?;
        let elsewhere = acts::elsewhere(&self.context, call, project.0, rooms, act::from_messages).await?;
        let by = Occasion { elsewhere, ..occasion(&self.context, call) };
        self.step(call, project.0, command(rest, by)).await
    }
}
