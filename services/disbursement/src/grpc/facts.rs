//! What a command must know besides its request: the project's year, its plan, its indicators, whose task comes next.

use std::sync::Arc;

use kernel::{Division, Post, YearRules, refusal::Common};
use proto::disbursement::v1::Plan as PlanMessage;
use runtime::{Call, Snapshot, paging, status};
use time::OffsetDateTime;
use tonic::{Code, Status};
use uuid::Uuid;

use super::Disbursement;
use crate::{
    convert::{self, request},
    domain::{Assignment, Plan, Project, Refusal, TaskKind, listing::ListedPlan, project::command::ApproveFunding},
    store,
};

/// The id that a page token names.
pub fn last_id(token: &str, filter: &str) -> Result<Option<Uuid>, Status> {
    let Some(key) = paging::last_key(token, filter)? else { return Ok(None) };
    let id = Uuid::parse_str(&key);
    id.map(Some)
        .map_err(|_| status::plain(Code::InvalidArgument, "PAGE_TOKEN", "page_token 无效", "page_token is malformed"))
}

impl Disbursement {
    /// A project that is known here, with its village.
    pub(super) async fn project(&self, call: &Call, id: Uuid) -> Result<(Snapshot<Project>, Division), Status> {
        let found = self.context.journal.load::<Project>(id).await.map_err(status::store)?;
        let found = found.and_then(|snapshot| {
            let village = snapshot.state.money()?.pooled.village;
            Some((snapshot, village))
        });
        self.context.journal.accept(call, Some(id), found.ok_or(Common::NotFound { what: "项目 project" })).await
    }

    /// The living plan that a project is in, where the project itself does not know it yet.
    pub(super) async fn planned(&self, project: &Snapshot<Project>) -> sqlx::Result<Option<Uuid>> {
        match project.state.money().and_then(|money| money.stage.funding()) {
            Some(funding) => Ok(Some(funding.plan)),
            None => store::plan_of(&self.context.pool, project.stream).await,
        }
    }

    /// A plan that was proposed.
    pub(super) async fn plan(&self, call: &Call, id: Uuid) -> Result<Snapshot<Plan>, Status> {
        let found = self.context.journal.load::<Plan>(id).await.map_err(status::store)?;
        let found = found.filter(|plan| plan.state.proposal().is_some());
        self.context.journal.accept(call, Some(id), found.ok_or(Common::NotFound { what: "年度计划 plan" })).await
    }

    /// These plans as they stand, in this order.
    pub(super) async fn plans(&self, rows: &[ListedPlan]) -> sqlx::Result<Vec<PlanMessage>> {
        let versions: Vec<(Uuid, i64)> = rows.iter().map(|row| (row.plan_id, row.version)).collect();
        let mut states = self.context.journal.look_at(&versions, Plan::clone).await?;
        let plan = |(id, version)| Some(convert::plan(id, version, &states.remove(&id)?));
        Ok(versions.into_iter().filter_map(plan).collect())
    }

    /// The rules of a fiscal year.
    pub(super) async fn rules(&self, call: &Call, year: i32) -> Result<Arc<YearRules>, Status> {
        self.context.journal.accept(call, None, self.context.pack.rules_of(year).cloned()).await
    }

    /// The rules that judge a project.
    pub(super) async fn rules_of(&self, call: &Call, project: Uuid) -> Result<Arc<YearRules>, Status> {
        let (snapshot, _) = self.project(call, project).await?;
        let year = snapshot.state.money().map_or(0, |money| money.pooled.fiscal_year);
        self.rules(call, year).await
    }

    /// The rules that judge a project, and whether its plan's notice was closed (G1). No funding yet means no plan.
    pub(super) async fn payment_facts(&self, call: &Call, project: Uuid) -> Result<(Arc<YearRules>, bool), Status> {
        let (snapshot, _) = self.project(call, project).await?;
        let money = snapshot.state.money();
        let rules = self.rules(call, money.map_or(0, |money| money.pooled.fiscal_year)).await?;
        let Some(funding) = money.and_then(|money| money.stage.funding()) else { return Ok((rules, false)) };
        let plan = self.context.journal.load::<Plan>(funding.plan).await.map_err(status::store)?;
        Ok((rules, plan.is_some_and(|plan| plan.state.is_effective())))
    }

    /// Whose task a step is, and by when: the pack says who holds the post.
    pub(super) async fn assignment(
        &self,
        call: &Call,
        task_kind: TaskKind,
        rules: &YearRules,
        at: OffsetDateTime,
    ) -> Result<Assignment, Status> {
        let assignment = assignment(&self.context.pack, task_kind, rules, at);
        self.context.journal.accept(call, None, assignment).await
    }

    /// The command to fund a project, with its plan and its indicators as they stand.
    pub(super) async fn approve_funding_with_facts(
        &self,
        call: &Call,
        asked: request::Funding,
    ) -> Result<ApproveFunding, Status> {
        let request::Funding { plan: plan_id, document_no, charges, .. } = asked;
        let plan = self.plan(call, plan_id).await?.state;
        let ids: Vec<Uuid> = charges.iter().map(|charge| charge.indicator).collect();
        let indicators = store::indicator_facts(&self.context.pool, &ids).await.map_err(status::store)?;
        let (actor, at) = (call.actor.clone(), self.context.clock.now());
        let exclusions = self.exclusions();
        Ok(ApproveFunding { plan_id, plan, document_no, charges, indicators, actor, exclusions, at })
    }
}

fn assignment(
    pack: &kernel::Pack,
    task_kind: TaskKind,
    rules: &YearRules,
    at: OffsetDateTime,
) -> Result<Assignment, Refusal> {
    let role = task_kind.role();
    let posts = pack.persons.iter().flat_map(|person| &person.posts);
    let post: Option<&Post> = posts.into_iter().find(|post| post.role == role);
    let post = post.cloned().ok_or(Refusal::NoPost(role))?;
    let due = rules.due(kernel::RuleCode::PaymentReviewDays, at, &pack.calendar).map_err(Common::from)?;
    Ok(Assignment { post, due })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_pack_says_who_reviews_and_by_when() {
        let pack = runtime::testing::pack();
        let rules = pack.rules(2022).expect("2022 has rules");
        let assignment =
            |kind| assignment(&pack, kind, rules, datetime!(2022-04-01 09:00 +8)).expect("a post and a due date");
        assert_eq!(assignment(TaskKind::PaymentReview).post.to_string(), "C-FIN-REV@430921000000-FIN");
        assert_eq!(assignment(TaskKind::PaymentRelease).post.to_string(), "C-FIN-REL@430921000000-FIN");
        // Friday; Saturday the 2nd is worked, then Qingming until Tuesday: the 2nd, the 6th and the 7th.
        assert_eq!(assignment(TaskKind::PaymentReview).due.at, datetime!(2022-04-08 00:00 +8));
    }
}
