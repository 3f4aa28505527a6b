//! S0 to S4: the village drafts, votes, posts and submits; the township checks, decides and posts.

use anyhow::{Context as _, bail};
use kernel::{Fen, Role, RuleCode, rules::Rule};
use proto::intake::v1::{
    Application, ApplicationState, BudgetUse, CloseNoticeRequest, ConfirmSiteCheckRequest, Content, Coordinates,
    CreateApplicationRequest, GetApplicationRequest, NoticeLevel, PostNoticeRequest, ProposeApplicationRequest,
    RecordSiteCheckRequest, RecordVoteRequest, SiteCheck, SubmitApplicationRequest, Vote,
};

use super::{NOTICE, Places, approve, ask, await_state, document, ok};
use crate::demo::{
    stage::{Player, Stage},
    telling::Told,
};

/// Draft to submission.
pub(super) async fn apply(
    stage: &mut Stage,
    places: &Places,
    content: Content,
    key: &str,
) -> anyhow::Result<Application> {
    let secretary = stage.player(Role::VillageCommittee, &places.village).await?;
    let draft = create(stage, &secretary, content.clone(), key).await?;
    let etag = draft.etag.clone();
    let propose = ProposeApplicationRequest {
        request_id: stage.key(&format!("{key}:propose")),
        project_id: draft.project_id.clone(),
        etag,
        validate_only: false,
    };
    let proposed = ask!(secretary, intake.propose_application, propose)?;
    stage.did(&secretary, share_told(stage, &content));
    let voted = vote(stage, &secretary, &proposed, key).await?;
    let posted = post(stage, &secretary, &voted, NoticeLevel::Village, key).await?;
    if key == "a" {
        close_too_early(stage, &secretary, &posted).await?;
    }
    stage.wait(NOTICE)?;
    let secretary = stage.player(Role::VillageCommittee, &places.village).await?;
    let closed = close(stage, &secretary, &posted, NoticeLevel::Village, key).await?;
    let submit = SubmitApplicationRequest {
        request_id: stage.key(&format!("{key}:submit")),
        project_id: closed.project_id.clone(),
        etag: closed.etag.clone(),
    };
    let submitted = ask!(secretary, intake.submit_application, submit)?;
    stage.did(&secretary, ok("上报乡镇审核", "submits it to the township"));
    Ok(submitted)
}

/// Completeness check, site check, decision, township notice; after it the application is the county's.
pub(super) async fn township(
    stage: &mut Stage,
    places: &Places,
    application: Application,
    key: &str,
) -> anyhow::Result<Application> {
    let clerk = stage.nth(Role::TownshipClerk, &places.township, 0).await?;
    let second = stage.nth(Role::TownshipClerk, &places.township, 1).await?;
    let third = stage.player(Role::TownshipFinance, &places.township).await?;
    let head = stage.player(Role::TownshipHead, &places.township).await?;
    let project = application.project_id.clone();
    stage.decide(&clerk, &project, "TOWNSHIP_COMPLETENESS", |task| approve(task, "申报材料齐全,程序完备", &[])).await?;
    let checks = rule(stage, &application, RuleCode::CompletenessChecks)?;
    stage.did(
        &clerk,
        ok("材料齐全性审查:齐全", "completeness check: nothing is missing").under(&checks, 1, checks.value),
    );
    let complete = ask!(clerk, intake.get_application, GetApplicationRequest { project_id: project.clone() })?;
    let check = RecordSiteCheckRequest {
        request_id: stage.key(&format!("{key}:site-check")),
        project_id: project,
        etag: complete.etag,
        site_check: Some(SiteCheck {
            date: stage.today(),
            checker_ids: vec![second.person.id.to_string(), third.person.id.to_string()],
            place: "N29°22′ E112°24′".into(),
            photo: Some(document(&format!("{key} 实地核查照片"))),
            findings: "现场与申报内容一致,用地落实,群众知晓".into(),
            coordinates: Some(Coordinates { latitude_micro: 29_371_000, longitude_micro: 112_403_500 }),
            ..SiteCheck::default()
        }),
    };
    let recorded = ask!(second, intake.record_site_check, check)?;
    let confirm = ConfirmSiteCheckRequest {
        request_id: stage.key(&format!("{key}:site-check-confirmed")),
        project_id: recorded.project_id,
        etag: recorded.etag,
    };
    let checked = ask!(third, intake.confirm_site_check, confirm)?;
    let rule = rule(stage, &application, RuleCode::SiteCheckers)?;
    stage.did(
        &second,
        ok("实地核查:两人到场并各自确认、照片、位置", "site check: two persons, each confirms; photograph, place")
            .under(&rule, 2, rule.value),
    );

    stage
        .decide(&head, &checked.project_id, "TOWNSHIP_REVIEW", |task| {
            approve(task, "项目真实、必要,内容完整,同意上报", &[])
        })
        .await?;
    stage.did(&head, ok("乡镇审核同意", "the township approves"));
    let approved = await_state(&clerk, &checked.project_id, ApplicationState::TownshipNotice).await?;
    let posted = post(stage, &clerk, &approved, NoticeLevel::Township, key).await?;
    stage.wait(NOTICE)?;
    let clerk = stage.nth(Role::TownshipClerk, &places.township, 0).await?;
    close(stage, &clerk, &posted, NoticeLevel::Township, key).await
}

/// Project (b): the same village tries with 19.9 percent.
pub(super) async fn refuse_short_share(stage: &mut Stage, places: &Places, content: Content) -> anyhow::Result<()> {
    let secretary = stage.player(Role::VillageCommittee, &places.village).await?;
    let draft = create(stage, &secretary, content, "b").await?;
    let propose = ProposeApplicationRequest {
        request_id: stage.key("b:propose"),
        project_id: draft.project_id,
        etag: draft.etag,
        validate_only: false,
    };
    match ask!(secretary, intake.propose_application, propose) {
        Err(status) => {
            stage.did(&secretary, Told::refused("提请村级议事", "puts it to the village's deliberation", &status))
        }
        Ok(_) => bail!("an application with too small a village share was let through"),
    }
    Ok(())
}

async fn create(stage: &mut Stage, secretary: &Player, content: Content, key: &str) -> anyhow::Result<Application> {
    let request =
        CreateApplicationRequest { request_id: stage.key(&format!("{key}:create")), content: Some(content.clone()) };
    let draft = ask!(secretary, intake.create_application, request)?;
    let total = Fen::new(content.total_fen).grouped();
    stage.did(
        secretary,
        ok(
            format!("起草项目申报书《{}》,总投资 {total} 元", content.title),
            format!("drafts an application, total {total} yuan"),
        ),
    );
    Ok(draft)
}

async fn vote(
    stage: &mut Stage,
    secretary: &Player,
    application: &Application,
    key: &str,
) -> anyhow::Result<Application> {
    let vote = Vote {
        meeting_date: stage.today(),
        entitled: 30,
        present: 26,
        yes: 25,
        no: 1,
        abstain: 0,
        minutes: Some(document(&format!("{key} 村民代表会议记录"))),
        passed: false,
    };
    let request = RecordVoteRequest {
        request_id: stage.key(&format!("{key}:vote")),
        project_id: application.project_id.clone(),
        etag: application.etag.clone(),
        vote: Some(vote),
    };
    let voted = ask!(secretary, intake.record_vote, request)?;
    let rule = rule(stage, application, RuleCode::QuorumPresent)?;
    stage.did(
        secretary,
        ok(
            "村民代表会议表决通过:应到 30、实到 26、赞成 25",
            "the villagers' representatives vote: 26 of 30 present, 25 yes",
        )
        .under(&rule, "26/30", rule.value),
    );
    Ok(voted)
}

/// Posts the notice of a level.
pub(super) async fn post(
    stage: &mut Stage,
    player: &Player,
    application: &Application,
    level: NoticeLevel,
    key: &str,
) -> anyhow::Result<Application> {
    let (zh, en) = level_words(level);
    let request = PostNoticeRequest {
        request_id: stage.key(&format!("{key}:post:{en}")),
        project_id: application.project_id.clone(),
        etag: application.etag.clone(),
        level: level.into(),
        places: vec![format!("{zh}公示栏")],
        photo: Some(document(&format!("{key} {zh}公示张贴照片"))),
    };
    let posted = ask!(player, intake.post_notice, request)?;
    stage.did(player, ok(format!("张贴{zh}公示"), format!("posts the {en} notice")));
    Ok(posted)
}

async fn close_too_early(stage: &mut Stage, player: &Player, application: &Application) -> anyhow::Result<()> {
    let request = close_request(stage, application, NoticeLevel::Village, "a:early");
    match ask!(player, intake.close_notice, request) {
        Err(status) => {
            stage.did(player, Told::refused("当天就想结束公示", "tries to close the notice the same day", &status))
        }
        Ok(_) => bail!("a notice was closed on the day of its posting"),
    }
    Ok(())
}

/// Closes the notice of a level.
pub(super) async fn close(
    stage: &mut Stage,
    player: &Player,
    application: &Application,
    level: NoticeLevel,
    key: &str,
) -> anyhow::Result<Application> {
    let (zh, en) = level_words(level);
    let request = close_request(stage, application, level, key);
    let closed = ask!(player, intake.close_notice, request)?;
    let rule = rule(stage, application, RuleCode::NoticeDays)?;
    stage.did(
        player,
        ok(format!("{zh}公示期满,无异议,结束公示"), format!("closes the {en} notice after its days")).under(
            &rule,
            format!("{} days", NOTICE.whole_days()),
            rule.value,
        ),
    );
    Ok(closed)
}

fn close_request(stage: &Stage, application: &Application, level: NoticeLevel, key: &str) -> CloseNoticeRequest {
    let (zh, en) = level_words(level);
    CloseNoticeRequest {
        request_id: stage.key(&format!("{key}:close:{en}")),
        project_id: application.project_id.clone(),
        etag: application.etag.clone(),
        level: level.into(),
        photo: Some(document(&format!("{key} {zh}公示期满照片"))),
    }
}

fn level_words(level: NoticeLevel) -> (&'static str, &'static str) {
    match level {
        NoticeLevel::Township => ("乡镇", "township"),
        NoticeLevel::County => ("县级", "county"),
        NoticeLevel::Village | NoticeLevel::Unspecified => ("村级", "village"),
    }
}

fn share_told(stage: &Stage, content: &Content) -> Told {
    let told = ok("内容审查通过,提请村级议事", "its content holds; puts it to the village's deliberation");
    let construction = |village: bool| -> Fen {
        let lines = content.budget.iter().filter(|line| line.r#use() == BudgetUse::Construction);
        lines.filter(|line| !village || line.source == "VILLAGE").map(|line| Fen::new(line.amount_fen)).sum()
    };
    match stage.pack().rules(content.fiscal_year) {
        Some(rules) if construction(true).is_positive() => {
            let rule = rules.rule(RuleCode::VillageShare);
            told.under(rule, construction(true), construction(false).share_ceil(rules.share(RuleCode::VillageShare)))
        }
        _ => told,
    }
}

fn rule(stage: &Stage, application: &Application, code: RuleCode) -> anyhow::Result<Rule> {
    let year = application.content.as_ref().context("an application has content")?.fiscal_year;
    Ok(stage.pack().rules(year).with_context(|| format!("no rules for {year}"))?.rule(code).clone())
}
