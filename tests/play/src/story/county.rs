//! S5 to S9: three departments judge at the same time, the leading group decides, the county posts, the pool takes it in.

use proto::{
    common::v1::Decision,
    inbox::v1::{ListTasksRequest, Task},
    intake::v1::{Application, ApplicationState, EnterPoolRequest, NoticeLevel},
};

use super::{Chain, until};
use crate::{cast::Cast, papers::key};

const KIND: &str = "DEPARTMENT_REVIEW";
const GROUP_KIND: &str = "LEADING_GROUP_DECISION";

/// A department's task that waits, with the decision that will be made.
pub struct DepartmentTask {
    /// Which of the cast's departments.
    pub department: usize,
    /// The task as it was seen.
    pub task: Task,
    /// The decision.
    pub decision: Decision,
}

impl Chain<'_> {
    /// The three departments' tasks, seen by each in its inbox.
    ///
    /// # Errors
    /// When they are not there in time.
    pub async fn department_tasks(&self) -> anyhow::Result<Vec<DepartmentTask>> {
        let mut tasks = Vec::new();
        for (department, player) in self.cast.departments.iter().enumerate() {
            let task = self.see(player, KIND).await?;
            let decision = self.approval(&task);
            tasks.push(DepartmentTask { department, task, decision });
        }
        Ok(tasks)
    }

    /// Waits until the leading group is asked about a project.
    ///
    /// # Errors
    /// When it is not asked in time.
    pub async fn leading_group_is_asked(cast: &Cast, project: &str) -> anyhow::Result<()> {
        let list =
            ListTasksRequest { project_id: project.into(), kind: GROUP_KIND.into(), ..ListTasksRequest::default() };
        let read = || {
            let (mut inbox, list) = (cast.group.inbox.clone(), list.clone());
            async move { inbox.list_tasks(list).await }
        };
        until(GROUP_KIND, read, |list| !list.tasks.is_empty()).await?;
        Ok(())
    }

    pub(super) async fn department_decisions(&mut self) -> anyhow::Result<()> {
        let [first, second, third] = &self.cast.departments;
        let all = tokio::try_join!(self.decide(first, KIND), self.decide(second, KIND), self.decide(third, KIND))?;
        for took in [all.0, all.1, all.2] {
            self.decided(took);
        }
        Ok(())
    }

    pub(super) async fn leading_group_decision(&mut self) -> anyhow::Result<()> {
        let took = self.decide(&self.cast.group, GROUP_KIND).await?;
        // The step before was a decision, and its answer was just had.
        self.timings.record("next_inbox", took[0]);
        self.decided(took);
        self.reread(&self.cast.bureau, ApplicationState::CountyNotice).await
    }

    pub(super) async fn county_post(&mut self) -> anyhow::Result<()> {
        self.post(&self.cast.bureau, NoticeLevel::County).await
    }

    pub(super) async fn county_close(&mut self) -> anyhow::Result<()> {
        self.close(&self.cast.bureau, NoticeLevel::County).await
    }

    pub(super) async fn pool(&mut self) -> anyhow::Result<()> {
        let Application { project_id, etag, .. } = self.application.clone();
        let request = EnterPoolRequest { request_id: key(), project_id, etag, ..EnterPoolRequest::default() };
        self.application = self.cast.bureau.intake.clone().enter_pool(request).await?.into_inner();
        Ok(())
    }
}
