//! The rpcs of the room: open the call, read the request, gather what other streams say, decide, answer.
//!
//! Nothing is decided here. What a command must know besides the request is gathered in `grpc/facts.rs`; the inbox's completions
//! come in through `grpc/tasks.rs`, what intake asks through `grpc/pool.rs`.

mod facts;
mod pool;
mod tasks;

use std::sync::Arc;

use kernel::{Actor, duty::Exclusions, refusal::Common};
use proto::disbursement::v1::{
    ApproveFundingRequest, ApprovePlanRequest, ClosePlanNoticeRequest, ConfirmIndicatorRequest,
    DiscardIndicatorRequest, FixFinalAccountRequest, GetIndicatorBalancesRequest, GetPlanRequest, GetProjectRequest,
    GetTrialBalanceRequest, Indicator as IndicatorMessage, IndicatorBalances, IssueIndicatorRequest,
    ListIndicatorsRequest, ListIndicatorsResponse, ListPlansRequest, ListPlansResponse, ListProjectsRequest,
    ListProjectsResponse, Plan as PlanMessage, PostPlanNoticeRequest, Project as ProjectMessage, ProposePlanRequest,
    RequestPaymentRequest, SignContractRequest, SourceBalance, TrialBalance, WithdrawPlanRequest,
    disbursement_service_server::DisbursementService,
};
use runtime::{Call, Context, Snapshot, acts, paging, scope::narrowed, status};
use tokio::sync::Notify;
use tonic::{Request, Response, Status};
use translation::{act, field::only_uuid};
use uuid::Uuid;

use crate::{
    convert::{self, listing, request},
    domain::{
        Indicator, Plan, Project, TaskKind, indicator,
        plan::{self, Step},
        project::{
            self,
            command::{FixFinalAccount, RequestPayment, SignContract},
        },
    },
    store,
};

/// The room that accepts the works, and enters what they became.
const ASSETS: &str = "assets";

type Answer<T> = Result<Response<T>, Status>;

/// The service.
#[derive(Clone)]
pub struct Disbursement {
    context: Context,
    instructed: Arc<Notify>,
}

impl Disbursement {
    /// The service; `instructed` wakes the cashier.
    pub fn new(context: Context, instructed: Arc<Notify>) -> Self {
        Self { context, instructed }
    }

    async fn step_indicator(&self, call: &Call, id: Uuid, step: indicator::Step) -> Answer<IndicatorMessage> {
        let (county, actor, at) = (self.context.pack.county.division, call.actor.clone(), self.context.clock.now());
        let command = indicator::Command { step, county, actor, at };
        let reply = |after: &Snapshot<Indicator>| convert::new_indicator(after.stream, &after.state);
        self.context.journal.answer::<Indicator, _>(call, id, command, reply).await.map(Response::new)
    }

    async fn step_plan(&self, call: &Call, id: Uuid, step: Step, year: i32) -> Answer<PlanMessage> {
        let rules = self.rules(call, year).await?;
        let (actor, exclusions, at) = (call.actor.clone(), self.exclusions(), self.context.clock.now());
        let command = plan::Command { step, actor, exclusions, rules, at };
        let reply = |after: &Snapshot<Plan>| convert::plan(after.stream, after.version, &after.state);
        self.context.journal.answer::<Plan, _>(call, id, command, reply).await.map(Response::new)
    }

    async fn step_existing_plan(&self, call: &Call, plan_id: &str, step: Step) -> Answer<PlanMessage> {
        let id = self.context.journal.accept(call, None, only_uuid(plan_id, "plan_id")).await?;
        let year = self.plan(call, id).await?.state.proposal().map_or(0, |proposal| proposal.fiscal_year);
        self.step_plan(call, id, step, year).await
    }

    async fn step_project(&self, call: &Call, id: Uuid, command: project::Command) -> Answer<ProjectMessage> {
        // Whatever a person does here comes with the funding or after it, which names the plan.
        let reply = |after: &Snapshot<Project>| project_message(after, None, &call.actor);
        self.context.journal.answer::<Project, _>(call, id, command, reply).await.map(Response::new)
    }

    /// Which duties exclude each other.
    fn exclusions(&self) -> Arc<Exclusions> {
        Arc::clone(&self.context.pack.exclusions)
    }

    /// What is of the whole county is for those who read all of it.
    async fn require_county(&self, call: &Call) -> Result<(), Status> {
        self.context.journal.accept(call, None, self.reads_county(call)).await
    }

    fn reads_county(&self, call: &Call) -> Result<(), Common> {
        call.actor.require_county(self.context.pack.county.division)
    }

    /// What is public in the county is for whoever works there.
    async fn require_work_here(&self, call: &Call) -> Result<(), Status> {
        let works_here = if call.actor.reach().is_empty() { Err(call.actor.out_of_reach()) } else { Ok(()) };
        self.context.journal.accept(call, None, works_here).await
    }
}

fn project_message(snapshot: &Snapshot<Project>, planned: Option<Uuid>, reader: &Actor) -> ProjectMessage {
    let money = snapshot.state.money();
    money
        .map(|money| convert::project(money, snapshot.version, snapshot.changed_at, planned, reader))
        .unwrap_or_default()
}

#[tonic::async_trait]
impl DisbursementService for Disbursement {
    async fn issue_indicator(&self, request: Request<IssueIndicatorRequest>) -> Answer<IndicatorMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, ""))?;
        let issue = self.context.journal.accept(&call, None, request::issue(asked, &self.context.pack)).await?;
        let rules = self.rules(&call, issue.fiscal_year).await?;
        self.step_indicator(&call, Uuid::now_v7(), indicator::Step::Enter { issue, rules }).await
    }

    async fn confirm_indicator(&self, request: Request<ConfirmIndicatorRequest>) -> Answer<IndicatorMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, ""))?;
        let id = self.context.journal.accept(&call, None, only_uuid(&asked.indicator_id, "indicator_id")).await?;
        self.step_indicator(&call, id, indicator::Step::Confirm).await
    }

    async fn discard_indicator(&self, request: Request<DiscardIndicatorRequest>) -> Answer<IndicatorMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, ""))?;
        let id = self.context.journal.accept(&call, None, only_uuid(&asked.indicator_id, "indicator_id")).await?;
        self.step_indicator(&call, id, indicator::Step::Discard).await
    }

    async fn list_indicators(&self, request: Request<ListIndicatorsRequest>) -> Answer<ListIndicatorsResponse> {
        let (call, asked) = Call::read(request)?;
        self.require_county(&call).await?;
        let (size, filter) = (paging::size(asked.page_size)?, format!("year={}", asked.fiscal_year));
        let after = facts::last_id(&asked.page_token, &filter)?;
        let year = Some(asked.fiscal_year).filter(|year| *year != 0);
        let rows = store::indicators(&self.context.pool, year, after, size).await.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, &filter, |row| row.id.to_string());
        let indicators = rows.iter().map(convert::listed_indicator).collect();
        Ok(Response::new(ListIndicatorsResponse { indicators, next_page_token }))
    }

    async fn get_indicator_balances(&self, request: Request<GetIndicatorBalancesRequest>) -> Answer<IndicatorBalances> {
        let (call, asked) = Call::read(request)?;
        self.require_county(&call).await?;
        let left = store::balances(&self.context.pool, asked.fiscal_year).await.map_err(status::store)?;
        let sources = left.into_iter().map(|(source, available_fen)| SourceBalance { source, available_fen });
        Ok(Response::new(IndicatorBalances { sources: sources.collect() }))
    }

    async fn propose_plan(&self, request: Request<ProposePlanRequest>) -> Answer<PlanMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, ""))?;
        let year = asked.fiscal_year;
        let (title, projects) = self.context.journal.accept(&call, None, request::plan(asked)).await?;
        let pooled = store::pooled_projects(&self.context.pool, &projects).await.map_err(status::store)?;
        let step = Step::ProposePlan { county: self.context.pack.county.division, title, projects, pooled };
        self.step_plan(&call, Uuid::now_v7(), step, year).await
    }

    async fn approve_plan(&self, request: Request<ApprovePlanRequest>) -> Answer<PlanMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, &asked.etag))?;
        let id = self.context.journal.accept(&call, None, only_uuid(&asked.plan_id, "plan_id")).await?;
        let known = self.plan(&call, id).await?.state;
        let projects = known.proposal().map(|proposal| proposal.projects.as_slice()).unwrap_or_default();
        let pooled = store::pooled_projects(&self.context.pool, projects).await.map_err(status::store)?;
        let step = Step::ApprovePlan { resolution_no: asked.resolution_no, plan: id, pooled };
        self.step_existing_plan(&call, &asked.plan_id, step).await
    }

    async fn withdraw_plan(&self, request: Request<WithdrawPlanRequest>) -> Answer<PlanMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, &asked.etag))?;
        self.step_existing_plan(&call, &asked.plan_id, Step::WithdrawPlan).await
    }

    async fn post_plan_notice(&self, request: Request<PostPlanNoticeRequest>) -> Answer<PlanMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, &asked.etag))?;
        let step = Step::PostPlanNotice { calendar: self.context.pack.calendar.clone() };
        self.step_existing_plan(&call, &asked.plan_id, step).await
    }

    async fn close_plan_notice(&self, request: Request<ClosePlanNoticeRequest>) -> Answer<PlanMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, &asked.etag))?;
        self.step_existing_plan(&call, &asked.plan_id, Step::ClosePlanNotice).await
    }

    // Once its notice hangs, a plan is a public document: whoever works in the county may read it.
    async fn get_plan(&self, request: Request<GetPlanRequest>) -> Answer<PlanMessage> {
        let (call, asked) = Call::read(request)?;
        let id = self.context.journal.accept(&call, None, only_uuid(&asked.plan_id, "plan_id")).await?;
        self.require_work_here(&call).await?;
        let plan = self.plan(&call, id).await?;
        if !plan.state.is_public() {
            self.require_county(&call).await?;
        }
        Ok(Response::new(convert::plan(plan.stream, plan.version, &plan.state)))
    }

    async fn list_plans(&self, request: Request<ListPlansRequest>) -> Answer<ListPlansResponse> {
        let (call, asked) = Call::read(request)?;
        self.require_work_here(&call).await?;
        let public_only = self.reads_county(&call).is_err();
        let filter = self.context.journal.accept(&call, None, listing::plans(&asked, public_only)).await?;
        let (size, key) = (paging::size(asked.page_size)?, filter.key());
        let before = facts::last_id(&asked.page_token, &key)?;
        let rows = store::plans(&self.context.pool, &filter, before, size).await.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, &key, |row| row.plan_id.to_string());
        let plans = self.plans(&rows).await.map_err(status::store)?;
        Ok(Response::new(ListPlansResponse { plans, next_page_token }))
    }

    async fn approve_funding(&self, request: Request<ApproveFundingRequest>) -> Answer<ProjectMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, &asked.etag))?;
        let asked = self.context.journal.accept(&call, None, request::funding(asked)).await?;
        let id = asked.project;
        let command = self.approve_funding_with_facts(&call, asked).await?;
        self.step_project(&call, id, project::Command::ApproveFunding(command)).await
    }

    async fn sign_contract(&self, request: Request<SignContractRequest>) -> Answer<ProjectMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, &asked.etag))?;
        let id = self.context.journal.accept(&call, None, only_uuid(&asked.project_id, "project_id")).await?;
        let contract = self.context.journal.accept(&call, Some(id), request::contract(asked.contract)).await?;
        let rules = self.rules_of(&call, id).await?;
        let (actor, exclusions, at) = (call.actor.clone(), self.exclusions(), self.context.clock.now());
        let command = SignContract { contract, actor, exclusions, rules, at };
        self.step_project(&call, id, project::Command::SignContract(command)).await
    }

    async fn request_payment(&self, request: Request<RequestPaymentRequest>) -> Answer<ProjectMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, &asked.etag))?;
        let (id, request) = self.context.journal.accept(&call, None, request::payment(asked)).await?;
        let (rules, notice_closed) = self.payment_facts(&call, id).await?;
        let at = self.context.clock.now();
        let review = self.assignment(&call, TaskKind::PaymentReview, &rules, at).await?;
        let (payment, actor, exclusions) = (Uuid::now_v7(), call.actor.clone(), self.exclusions());
        let command = RequestPayment { payment, request, notice_closed, review, actor, exclusions, rules, at };
        self.step_project(&call, id, project::Command::RequestPayment(command)).await
    }

    async fn fix_final_account(&self, request: Request<FixFinalAccountRequest>) -> Answer<ProjectMessage> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, &asked.etag))?;
        let (id, account) = self.context.journal.accept(&call, None, request::final_account(asked)).await?;
        let (actor, exclusions, at) = (call.actor.clone(), self.exclusions(), self.context.clock.now());
        let elsewhere = acts::elsewhere(&self.context, &call, id, &[ASSETS], act::from_messages).await?;
        let command = FixFinalAccount { account, actor, elsewhere, exclusions, at };
        self.step_project(&call, id, project::Command::FixFinalAccount(command)).await
    }

    async fn get_project(&self, request: Request<GetProjectRequest>) -> Answer<ProjectMessage> {
        let (call, asked) = Call::read(request)?;
        let id = self.context.journal.accept(&call, None, only_uuid(&asked.project_id, "project_id")).await?;
        let (snapshot, village) = self.project(&call, id).await?;
        let asked = snapshot.state.money().map(|money| money.pooled.seats()).unwrap_or_default();
        self.context.journal.accept(&call, Some(id), call.actor.require_reach(village, &asked)).await?;
        let planned = self.planned(&snapshot).await.map_err(status::store)?;
        Ok(Response::new(project_message(&snapshot, planned, &call.actor)))
    }

    async fn list_projects(&self, request: Request<ListProjectsRequest>) -> Answer<ListProjectsResponse> {
        let (call, asked) = Call::read(request)?;
        let filter = self.context.journal.accept(&call, None, listing::projects(&asked)).await?;
        let (size, key) = (paging::size(asked.page_size)?, filter.key());
        let before = facts::last_id(&asked.page_token, &key)?;
        let reach = narrowed(call.actor.reach(), &filter.division);
        let rows = store::projects(&self.context.pool, &reach, &filter, before, size).await.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, &key, |row| row.money.pooled.project.to_string());
        let projects = rows.iter().map(|row| convert::listed_project(row, &call.actor)).collect();
        Ok(Response::new(ListProjectsResponse { projects, next_page_token }))
    }

    async fn get_trial_balance(&self, request: Request<GetTrialBalanceRequest>) -> Answer<TrialBalance> {
        let (call, _) = Call::read(request)?;
        self.require_county(&call).await?;
        let accounts = store::books(&self.context.pool).await.map_err(status::store)?;
        Ok(Response::new(convert::trial_balance(accounts)))
    }
}
