//! A plan or money and the project's leaving the pool at the same moment: one wins, and the other hears why, a hundred times.

use disbursement::{
    domain::{
        Plan, Project,
        plan::{self, Step},
        project::{
            Command,
            command::{PostponeProject, ReleaseProject},
        },
    },
    service, store,
};
use kernel::ProjectId;
use runtime::{Context, testing::TestDatabase};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{bureau, code, pool_project};

const TRIES: usize = 100;

async fn propose(context: &Context, project: Uuid) -> Result<Uuid, String> {
    let projects = vec![ProjectId(project)];
    let step = Step::ProposePlan {
        county: context.pack.county.division,
        title: "2022年度实施计划".to_owned(),
        pooled: store::pooled_projects(&context.pool, &projects).await.expect("asked"),
        projects,
    };
    let plan = Uuid::now_v7();
    step_plan(context, plan, step).await.map(|()| plan)
}

async fn step_plan(context: &Context, plan: Uuid, step: Step) -> Result<(), String> {
    let rules = context.pack.rules(2022).expect("2022").clone();
    let command = plan::Command {
        step,
        actor: bureau(),
        exclusions: context.pack.exclusions.clone(),
        rules,
        at: context.clock.now(),
    };
    context.journal.advance::<Plan>(plan, command).await.map(drop).map_err(code)
}

async fn release(context: &Context, project: Uuid) -> Result<(), String> {
    let plan = store::plan_of(&context.pool, project).await.expect("asked");
    let (reason, text, at) = ("POLICY".to_owned(), "政策调整".to_owned(), context.clock.now());
    let command = Command::ReleaseProject(ReleaseProject {
        reason,
        text,
        plan,
        actor: bureau(),
        exclusions: context.pack.exclusions.clone(),
        at,
    });
    context.journal.advance::<Project>(project, command).await.map(drop).map_err(code)
}

async fn postpone(context: &Context, project: Uuid) -> Result<(), String> {
    let plan = store::plan_of(&context.pool, project).await.expect("asked");
    let command = PostponeProject {
        year: 2023,
        plan,
        actor: bureau(),
        exclusions: context.pack.exclusions.clone(),
        at: context.clock.now(),
    };
    context.journal.advance::<Project>(project, Command::PostponeProject(command)).await.map(drop).map_err(code)
}

#[tokio::test(flavor = "multi_thread")]
async fn c27_of_a_plan_and_a_leaving_one_wins_a_hundred_times() {
    let context = TestDatabase::create().await.room(service()).await;
    let mut races = JoinSet::new();
    for nth in 0..TRIES {
        let project = pool_project(&context, 100).await;
        let context = context.clone();
        races.spawn(async move {
            let leaves = async {
                if nth % 2 == 0 { release(&context, project).await } else { postpone(&context, project).await }
            };
            let (planned, left) = tokio::join!(propose(&context, project), leaves);
            (nth, planned, left)
        });
    }
    let (mut won_by_plan, mut races_won) = (0, 0);
    while let Some(race) = races.join_next().await {
        let (nth, planned, left) = race.expect("no panic");
        match (&planned, left.as_ref().map_err(String::as_str)) {
            (Ok(_), Err("PLANNED")) => won_by_plan += 1,
            (Err(lost), Ok(())) if nth % 2 == 0 => assert_eq!(lost, "NOT_IN_POOL"),
            (Err(lost), Ok(())) => assert!(["NOT_IN_POOL", "PLAN_YEAR"].contains(&lost.as_str()), "{lost}"),
            _ => panic!("exactly one wins: {planned:?}, {left:?}"),
        }
        races_won += 1;
    }
    assert_eq!(races_won, TRIES);
    assert!(won_by_plan > 0 && won_by_plan < TRIES, "the plan won {won_by_plan} times: no race");
    let broken = "select count(*) from planned_projects planned join projects p using (project_id)
                   where p.unpooled or p.fiscal_year <> planned.fiscal_year";
    let broken: i64 = sqlx::query_scalar(broken).fetch_one(&context.pool).await.expect("PostgreSQL counts");
    assert_eq!(broken, 0);
}

#[tokio::test]
async fn c28_a_plan_that_is_taken_back_lets_its_projects_go() {
    let context = TestDatabase::create().await.room(service()).await;
    let project = pool_project(&context, 100).await;
    let plan = propose(&context, project).await.expect("proposed");
    assert_eq!(propose(&context, project).await, Err("IN_OTHER_PLAN".to_owned()));
    assert_eq!(release(&context, project).await, Err("PLANNED".to_owned()));
    step_plan(&context, plan, Step::WithdrawPlan).await.expect("taken back");
    postpone(&context, project).await.expect("it waits");
    assert_eq!(propose(&context, project).await, Err("PLAN_YEAR".to_owned()));
    release(&context, project).await.expect("it leaves");
    assert_eq!(propose(&context, project).await, Err("NOT_IN_POOL".to_owned()));
}
