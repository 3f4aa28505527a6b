//! S5 to S9: three departments judge at the same time, the leading group decides, the county posts, the pool takes it in.

use proto::intake::v1::{Application, ApplicationState, EnterPoolRequest, NoticeLevel};

use super::{Chain, key};

impl Chain<'_> {
    pub(super) async fn department_decisions(&mut self) -> anyhow::Result<()> {
        const KIND: &str = "DEPARTMENT_REVIEW";
        let [first, second, third] = &self.cast.departments;
        let all = tokio::try_join!(self.decide(first, KIND), self.decide(second, KIND), self.decide(third, KIND))?;
        for took in [all.0, all.1, all.2] {
            self.decided(took);
        }
        Ok(())
    }

    pub(super) async fn leading_group_decision(&mut self) -> anyhow::Result<()> {
        let took = self.decide(&self.cast.group, "LEADING_GROUP_DECISION").await?;
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
