//! S5 to S9: the departments judge in parallel, the leading group decides, the county posts, the pool takes it in.

use anyhow::Context as _;
use kernel::{Post, Role};
use prost_types::FieldMask;
use proto::{
    common::v1::{CorrectionItem, Decision, Outcome},
    inbox::v1::Task,
    intake::v1::{
        Application, ApplicationState, Content, CorrectionAnswer, EnterPoolRequest, NoticeLevel,
        ResubmitApplicationRequest, UpdateApplicationRequest,
    },
    review::v1::GetCaseRequest,
};
use review::domain::members;

use super::{NOTICE, Places, approve as agree, ask, await_state, ok, village};
use crate::demo::stage::{Stage, until};

/// The departments that the pack names for this application.
fn departments(stage: &Stage, application: &Application) -> anyhow::Result<Vec<Post>> {
    let content = application.content.as_ref().context("an application has content")?;
    let sources: Vec<&str> = content.budget.iter().map(|line| line.source.as_str()).collect();
    let reviews = stage.pack().reviews(&content.category, &content.sub_type, &sources);
    Ok(reviews.into_iter().map(|review| review.post.clone()).collect())
}

/// All departments asked agree, then the leading group. In `round` 2 only those are asked who had not agreed or whose sections
/// changed.
pub(super) async fn approve(
    stage: &mut Stage,
    places: &Places,
    application: Application,
    round: Option<i32>,
    key: &str,
) -> anyhow::Result<Application> {
    let project = application.project_id.clone();
    let asked = match round {
        None => departments(stage, &application)?,
        Some(round) => asked_in(stage, places, &project, round).await?,
    };
    for post in &asked {
        let reviewer = stage.judge(post).await?;
        stage.decide(&reviewer, &project, "DEPARTMENT_REVIEW", |task| agree(task, "经审核,符合规定,同意", &[])).await?;
        stage.did(&reviewer, ok("部门审核同意", "the department agrees"));
    }
    let group = stage.player(Role::LeadingGroup, &places.county).await?;
    let resolution = format!("南乡振领纪〔2022〕{}号", if key == "a" { 3 } else { 4 });
    let (today, present) = (stage.today(), members::line(members::of(stage.pack())));
    stage
        .decide(&group, &project, "LEADING_GROUP_DECISION", |task| {
            let minutes = [("resolution_no", &*resolution), ("meeting_date", &today), ("present", &present)];
            agree(task, "会议审定,同意入库", &minutes)
        })
        .await?;
    stage.did(
        &group,
        ok(format!("领导小组审定同意,纪要文号 {resolution}"), format!("the leading group approves, {resolution}")),
    );
    let secretary = stage.player(Role::VillageCommittee, &places.village).await?;
    await_state(&secretary, &project, ApplicationState::CountyNotice).await
}

/// County notice and pool entry.
pub(super) async fn enter_pool(
    stage: &mut Stage,
    places: &Places,
    application: Application,
    key: &str,
) -> anyhow::Result<Application> {
    let bureau = stage.nth(Role::RevitalizationBureau, &places.department("RRB"), 0).await?;
    let posted = village::post(stage, &bureau, &application, NoticeLevel::County, key).await?;
    stage.wait(NOTICE)?;
    let bureau = stage.nth(Role::RevitalizationBureau, &places.department("RRB"), 0).await?;
    let closed = village::close(stage, &bureau, &posted, NoticeLevel::County, key).await?;
    let enter = EnterPoolRequest {
        request_id: stage.key(&format!("{key}:pool")),
        project_id: closed.project_id.clone(),
        etag: closed.etag.clone(),
        duplicate_explanation: String::new(),
    };
    let pooled = ask!(bureau, intake.enter_pool, enter)?;
    stage.did(&bureau, ok(format!("入库,编号 {}", pooled.pool_no), format!("enters the pool as {}", pooled.pool_no)));
    Ok(pooled)
}

/// Project (c): one department returns it, the others agree; the village corrects and submits again.
pub(super) async fn return_and_correct(
    stage: &mut Stage,
    places: &Places,
    application: Application,
) -> anyhow::Result<Application> {
    let project = application.project_id.clone();
    let asked = departments(stage, &application)?;
    let returning =
        asked.iter().find(|post| post.role == Role::SectorDepartment).cloned().context("no sector department")?;
    for post in &asked {
        let reviewer = stage.judge(post).await?;
        if *post == returning {
            let opinion = "环境影响说明不完整,请补充污水去向";
            stage.decide(&reviewer, &project, "DEPARTMENT_REVIEW", |task| returned(task, opinion)).await?;
            stage.did(
                &reviewer,
                ok(format!("退回补正:{opinion}"), "returns it: the environment note lacks where the sewage goes"),
            );
        } else {
            stage
                .decide(&reviewer, &project, "DEPARTMENT_REVIEW", |task| agree(task, "经审核,符合规定,同意", &[]))
                .await?;
            stage.did(&reviewer, ok("部门审核同意", "the department agrees"));
        }
    }
    let secretary = stage.player(Role::VillageCommittee, &places.village).await?;
    let returned = await_state(&secretary, &project, ApplicationState::Returned).await?;
    let known = returned.content.clone().context("an application has content")?;
    let environment_note = format!("{};生活污水经三格化粪池处理后接入村级污水管网", known.environment_note);
    let update = UpdateApplicationRequest {
        request_id: stage.key("c:update"),
        project_id: project.clone(),
        etag: returned.etag.clone(),
        content: Some(Content { environment_note, ..Content::default() }),
        update_mask: Some(FieldMask { paths: vec!["environment_note".to_owned()] }),
        validate_only: false,
    };
    let updated = ask!(secretary, intake.update_application, update)?;
    stage.did(&secretary, ok("按退回意见补充环境影响说明", "adds to the environment note as asked"));
    let items = updated.returns.last().map(|last| last.items.clone()).unwrap_or_default();
    let answers =
        items.into_iter().map(|item| CorrectionAnswer { item_id: item.item_id, text: "已补充污水去向".into() });
    let resubmit = ResubmitApplicationRequest {
        request_id: stage.key("c:resubmit"),
        project_id: project,
        etag: updated.etag,
        answers: answers.collect(),
    };
    let resubmitted = ask!(secretary, intake.resubmit_application, resubmit)?;
    stage.did(
        &secretary,
        ok(
            "逐项答复并重新上报,只由退回部门再审",
            "answers each item and submits again; only who returned it judges again",
        ),
    );
    Ok(resubmitted)
}

fn returned(task: &Task, opinion: &str) -> Decision {
    Decision {
        outcome: Outcome::Return.into(),
        corrections: vec![CorrectionItem {
            field: "environment_note".into(),
            text: "补充生活污水去向".into(),
            ..CorrectionItem::default()
        }],
        ..agree(task, opinion, &[])
    }
}

/// The posts that a round of the case asked, once the case has reached it.
async fn asked_in(stage: &mut Stage, places: &Places, project_id: &str, round: i32) -> anyhow::Result<Vec<Post>> {
    let bureau = stage.player(Role::RevitalizationBureau, &places.department("RRB")).await?;
    let read = || {
        let (mut review, project_id) = (bureau.review.clone(), project_id.to_owned());
        async move { review.get_case(GetCaseRequest { project_id }).await.map(tonic::Response::into_inner) }
    };
    let case = until(&format!("round {round} of the case"), read, |case| case.round == round).await?;
    let asked = case.opinions.iter().filter(|opinion| opinion.round == round);
    asked.map(|opinion| Ok(opinion.post.parse()?)).collect()
}
