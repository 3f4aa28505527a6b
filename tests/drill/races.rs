//! Races: many want the same thing at the same moment. Exactly one may win, and the others must be told why not.
//!
//! Each race is run inside chains of its own, which then go on to the end: what a race leaves is in the books too.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use futures::future::{join_all, try_join_all};
use play::{
    cast::Player,
    county::FISCAL_YEAR,
    indicators::{self, SOURCE},
    papers::key,
    story::{Chain, STEPS, TOTAL},
};
use proto::{
    common::v1::{Decision, LeaveReason},
    disbursement::v1::{IssueIndicatorRequest, SubLevel},
    inbox::v1::{ClaimTaskRequest, CompleteTaskRequest, ListTasksRequest, ReleaseTaskRequest, Task},
    intake::v1::{
        Application, ApplicationState, LeavePoolRequest, ResumeApplicationRequest, SubmitApplicationRequest,
        SuspendApplicationRequest, WithdrawApplicationRequest,
    },
    review::v1::{CaseState, GetCaseRequest},
};
use tonic::{Code, Response, Status};

use crate::{
    dice::Dice,
    load::{Load, Path},
    nemesis::Ground,
};

/// So often an impatient village clicks.
const CLICKS: usize = 50;

/// So many projects want money that is there for two.
const CONTENDERS: usize = 5;
const WINNERS: usize = 2;

/// Runs one race; a wrong end is a violation.
pub async fn run(ground: &Ground, dice: &mut Dice) -> String {
    let (what, ran) = match dice.below(5) {
        0 => ("clicks, reviewers, departments and clerks race", one_chain(ground).await),
        1 => ("a plan and leaving the pool race", plan_or_leave(ground).await),
        2 => ("a village withdraws what the county goes on with", withdrawal(ground).await),
        3 => ("a suspension and a payment's release race", suspend_or_release(ground).await),
        _ => ("projects race for an indicator's last money", last_money(ground).await),
    };
    if let Err(error) = ran {
        ground.load.broke_off(format!("C2 race ({what}) broke off: {error:#}"));
    }
    what.to_owned()
}

/// Fifty equal submissions; two reviewers at one task; one reviewer's two minds; three departments at the same moment; a
/// payment released twice.
async fn one_chain(ground: &Ground) -> anyhow::Result<()> {
    let Ground { cast, load, .. } = ground;
    let mut chain = Chain::new(cast, load.next(), load.indicators())?;
    for step in STEPS {
        match step {
            "submit" => double_click(ground, &mut chain).await?,
            "department_decisions" => departments(ground, &chain).await?,
            "payment_release" => {
                let task = claimed(&chain, &cast.payment_releaser, "PAYMENT_RELEASE").await?;
                two_minds(ground, &chain, &cast.payment_releaser, &task).await?;
            }
            _ => load.step(&mut chain, step).await.with_context(|| format!("step {step}"))?,
        }
    }
    load.end(chain.application.project_id, Path::Straight);
    Ok(())
}

async fn double_click(ground: &Ground, chain: &mut Chain<'_>) -> anyhow::Result<()> {
    let Application { project_id, etag, .. } = chain.application.clone();
    let request = SubmitApplicationRequest { request_id: key(), project_id: project_id.clone(), etag };
    let click = || {
        let (mut intake, request) = (chain.village.secretary.intake.clone(), request.clone());
        async move { intake.submit_application(request).await.map(Response::into_inner) }
    };
    let answers = try_join_all((0..CLICKS).map(|_| click())).await.context("a click of fifty was refused")?;
    if answers.iter().any(|answer| *answer != answers[0]) {
        ground.history.violation(format!("C2 {CLICKS} equal submissions of {project_id} got different answers"));
    }
    chain.application = answers.into_iter().next().context("there were clicks")?;
    Ok(())
}

async fn departments(ground: &Ground, chain: &Chain<'_>) -> anyhow::Result<()> {
    const KIND: &str = "DEPARTMENT_REVIEW";
    let [first, second, third] = &ground.cast.departments;
    two_reviewers(ground, chain, third, &ground.cast.acceptor, KIND).await?;
    let tasks =
        tokio::try_join!(claimed(chain, first, KIND), claimed(chain, second, KIND), claimed(chain, third, KIND));
    let tasks = tasks?;
    let (one, two, three) = tokio::join!(
        complete(chain, first, &tasks.0, "同意"),
        complete(chain, second, &tasks.1, "同意"),
        two_minds(ground, chain, third, &tasks.2),
    );
    one.context("the first department")?;
    two.context("the second department")?;
    three?;
    let group = &ground.cast.group;
    chain.see(group, "LEADING_GROUP_DECISION").await?;
    let list = ListTasksRequest {
        project_id: chain.application.project_id.clone(),
        kind: "LEADING_GROUP_DECISION".into(),
        ..ListTasksRequest::default()
    };
    let asked = group.inbox.clone().list_tasks(list).await?.into_inner().tasks.len();
    if asked != 1 {
        ground
            .history
            .violation(format!("C3 {asked} tasks ask the leading group about {}", chain.application.project_id));
    }
    Ok(())
}

/// The village gives its project up at the moment in which the last department agrees: one of them wins in both rooms.
async fn withdrawal(ground: &Ground) -> anyhow::Result<()> {
    let Ground { cast, load, history, .. } = ground;
    let mut chain = Chain::new(cast, load.next(), load.indicators())?;
    let at = STEPS.iter().position(|step| *step == "department_decisions").context("departments")?;
    steps(load, &mut chain, &STEPS[..at]).await?;
    let [first, second, last] = &cast.departments;
    for department in [first, second] {
        let task = claimed(&chain, department, "DEPARTMENT_REVIEW").await?;
        complete(&chain, department, &task, "同意").await?;
    }
    let task = claimed(&chain, last, "DEPARTMENT_REVIEW").await?;
    let project_id = chain.application.project_id.clone();
    let request = WithdrawApplicationRequest {
        request_id: key(),
        project_id: project_id.clone(),
        etag: String::new(),
        reason: "用地条件变化".into(),
    };
    let mut village = chain.village.secretary.intake.clone();
    let (decided, withdrawn) =
        tokio::join!(complete(&chain, last, &task, "同意"), village.withdraw_application(request));
    let mut review = cast.bureau.review.clone();
    let case = review.get_case(GetCaseRequest { project_id: project_id.clone() }).await?.into_inner().state();
    match (&decided, withdrawn.map(|answer| answer.into_inner().state())) {
        (Ok(()), Err(refused)) if is_refusal(&refused) && case == CaseState::LeadingGroup => {
            steps(load, &mut chain, &STEPS[at + 1..]).await?;
            load.end(project_id, Path::Straight);
        }
        (Err(refused), Ok(ApplicationState::Withdrawn)) if is_refusal(refused) && case == CaseState::Withdrawn => {
            load.end(project_id, Path::Withdrawn);
        }
        (decided, withdrawn) => history.violation(format!(
            "C2 of a withdrawal and a decision on {project_id} one must win in both rooms: {withdrawn:?}, {decided:?}, {case:?}"
        )),
    }
    Ok(())
}

/// Two persons of one post claim a task; whoever gets it gives it back.
async fn two_reviewers(
    ground: &Ground,
    chain: &Chain<'_>,
    one: &Player,
    other: &Player,
    kind: &str,
) -> anyhow::Result<()> {
    let task = chain.see(one, kind).await?;
    let (first, second) = tokio::join!(claim(one, &task), claim(other, &task));
    let (winner, task) = match (&first, &second) {
        (Ok(task), Err(refused)) if is_refusal(refused) => (one, task),
        (Err(refused), Ok(task)) if is_refusal(refused) => (other, task),
        _ => {
            let outcomes = [first, second].map(|outcome| outcome.map(|task| task.holder_id));
            anyhow::bail!("of two reviewers exactly one must get the task {}: {outcomes:?}", task.task_id)
        }
    };
    let (task_id, fencing_token) = (task.task_id.clone(), task.fencing_token);
    winner.inbox.clone().release_task(ReleaseTaskRequest { request_id: key(), task_id, fencing_token }).await?;
    ground.history.fault(&format!("two reviewers raced for {}", task.task_id));
    Ok(())
}

/// One reviewer sends two different decisions at once: one stands, the other is refused.
async fn two_minds(ground: &Ground, chain: &Chain<'_>, player: &Player, task: &Task) -> anyhow::Result<()> {
    let (first, second) =
        tokio::join!(complete(chain, player, task, "同意"), complete(chain, player, task, "原则同意"));
    match (&first, &second) {
        (Ok(()), Err(refused)) | (Err(refused), Ok(())) if is_refusal(refused) => {}
        _ => {
            let what = format!("C2 of two decisions on {} exactly one must stand: {first:?}, {second:?}", task.task_id);
            ground.history.violation(what);
        }
    }
    ensure!(first.is_ok() || second.is_ok(), "neither decision stands: {first:?}, {second:?}");
    Ok(())
}

async fn claim(player: &Player, task: &Task) -> Result<Task, Status> {
    let request = ClaimTaskRequest { request_id: key(), task_id: task.task_id.clone() };
    player.inbox.clone().claim_task(request).await.map(Response::into_inner)
}

async fn claimed(chain: &Chain<'_>, player: &Player, kind: &str) -> anyhow::Result<Task> {
    let task = chain.see(player, kind).await?;
    Ok(claim(player, &task).await?)
}

async fn complete(chain: &Chain<'_>, player: &Player, task: &Task, opinion: &str) -> Result<(), Status> {
    let decision = Decision { opinion: format!("经审核,{opinion}"), ..chain.approval(task) };
    let request = CompleteTaskRequest {
        request_id: key(),
        task_id: task.task_id.clone(),
        fencing_token: task.fencing_token,
        decision: Some(decision),
        validate_only: false,
    };
    player.inbox.clone().complete_task(request).await.map(drop)
}

/// Whether it says no with a reason, and not that something is broken.
fn is_refusal(status: &Status) -> bool {
    matches!(status.code(), Code::FailedPrecondition | Code::Aborted | Code::PermissionDenied)
}

/// Projects come as far as their funding, and then all charge an indicator that has enough for two. The others are
/// refused, take another indicator and go on.
async fn last_money(ground: &Ground) -> anyhow::Result<()> {
    let Ground { cast, load, .. } = ground;
    let numbers: Vec<u64> = (0..CONTENDERS).map(|_| load.next()).collect();
    let scarce = [scarce_indicator(ground, numbers[0]).await?];
    let mut chains =
        numbers.iter().map(|number| Chain::new(cast, *number, &scarce)).collect::<anyhow::Result<Vec<_>>>()?;
    let (before, after) = STEPS.split_at(STEPS.iter().position(|step| *step == "funding").context("a funding")?);
    try_join_all(chains.iter_mut().map(|chain| steps(load, chain, before))).await?;
    let funded = join_all(chains.iter_mut().map(|chain| chain.step("funding", Instant::now()))).await;
    let won = funded.iter().filter(|outcome| outcome.is_ok()).count();
    let lost = |outcome: &anyhow::Result<()>| {
        outcome.as_ref().is_err_and(|error| format!("{error:#}").contains("INDICATOR_BALANCE"))
    };
    if won != WINNERS || funded.iter().filter(|outcome| lost(outcome)).count() != CONTENDERS - WINNERS {
        ground.history.violation(format!("C4 money for {WINNERS} was given to {won}: {funded:?}"));
    }
    let regular = load.indicators().first().context("an indicator")?;
    let rest = chains.iter_mut().zip(funded).map(|(chain, outcome)| async move {
        if outcome.is_err() {
            chain.indicator = regular;
        }
        steps(load, chain, if outcome.is_ok() { &after[1..] } else { after }).await
    });
    try_join_all(rest).await?;
    for chain in chains {
        load.end(chain.application.project_id, Path::Straight);
    }
    Ok(())
}

/// The bureau plans a project and takes it out of the pool at the same moment: one wins in both rooms.
async fn plan_or_leave(ground: &Ground) -> anyhow::Result<()> {
    let Ground { cast, load, history, .. } = ground;
    let mut chain = Chain::new(cast, load.next(), load.indicators())?;
    let plan = STEPS.iter().position(|step| *step == "plan_propose").context("a plan")?;
    let (before, after) = STEPS.split_at(plan);
    steps(load, &mut chain, before).await?;
    let project_id = chain.application.project_id.clone();
    let leave = LeavePoolRequest {
        request_id: key(),
        project_id: project_id.clone(),
        reason: LeaveReason::Policy.into(),
        text: "政策调整,不再安排".into(),
        ..LeavePoolRequest::default()
    };
    let mut intake = cast.bureau.intake.clone();
    let (planned, left) = tokio::join!(chain.step("plan_propose", Instant::now()), intake.leave_pool(leave));
    let told = planned.as_ref().err().map(|error| format!("{error:#}")).unwrap_or_default();
    match (&planned, &left) {
        (Ok(()), Err(refused)) if is_refusal(refused) => {
            steps(load, &mut chain, &after[1..]).await?;
            load.end(project_id, Path::Straight);
        }
        (Err(_), Ok(_)) if told.contains("NOT_IN_POOL") => load.end(project_id, Path::Leaves),
        _ => {
            history.violation(format!(
                "C27 of a plan of {project_id} and its leaving exactly one must win: {planned:?}, {left:?}"
            ));
            ensure!(planned.is_ok() || left.is_ok(), "neither was done");
        }
    }
    Ok(())
}

/// A project is suspended at the moment of its payment's release: the order is held, or ends; after the suspension it is paid
/// once, as the chain's end and the checkers see.
async fn suspend_or_release(ground: &Ground) -> anyhow::Result<()> {
    let Ground { cast, load, history, .. } = ground;
    let mut chain = Chain::new(cast, load.next(), load.indicators())?;
    let release = STEPS.iter().position(|step| *step == "payment_release").context("a release")?;
    let (before, after) = STEPS.split_at(release);
    steps(load, &mut chain, before).await?;
    let (project_id, releaser) = (chain.application.project_id.clone(), &cast.payment_releaser);
    let task = chain.see(releaser, "PAYMENT_RELEASE").await?;
    let mut intake = cast.bureau.intake.clone();
    let suspend = SuspendApplicationRequest {
        request_id: key(),
        project_id: project_id.clone(),
        reason: "群众举报,立案核查".into(),
        ..SuspendApplicationRequest::default()
    };
    let (released, suspended) =
        tokio::join!(complete(&chain, releaser, &task, "同意"), intake.suspend_application(suspend));
    suspended.context("a suspension was refused")?;
    let resume = ResumeApplicationRequest { request_id: key(), project_id: project_id.clone(), etag: String::new() };
    intake.resume_application(resume).await.context("the end of a suspension was refused")?;
    match &released {
        Ok(()) => steps(load, &mut chain, &after[1..]).await?,
        Err(refused) if is_refusal(refused) => steps(load, &mut chain, after).await?,
        Err(other) => history.violation(format!("C27 the release of {project_id} was answered {other:?}")),
    }
    load.end(project_id, Path::Straight);
    Ok(())
}

async fn steps(load: &Load, chain: &mut Chain<'_>, steps: &[&'static str]) -> anyhow::Result<()> {
    for step in steps {
        load.step(chain, step).await.with_context(|| format!("step {step}"))?;
    }
    Ok(())
}

async fn scarce_indicator(ground: &Ground, number: u64) -> anyhow::Result<String> {
    let request = IssueIndicatorRequest {
        request_id: key(),
        document_no: format!("测财农指〔{FISCAL_YEAR}〕竞{number}号"),
        fiscal_year: FISCAL_YEAR,
        source: SOURCE.into(),
        sub_level: SubLevel::County.into(),
        amount_fen: TOTAL.fen() * i64::try_from(WINNERS)? + TOTAL.fen() / 2,
    };
    indicators::issue_one(&ground.cast, request).await
}
