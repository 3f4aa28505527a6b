//! The steps of a year, level by level: village to township, township to county, county to pool.

use std::collections::BTreeMap;

use anyhow::Context as _;
use kernel::{Division, Post, Role};
use play::{county::CATEGORY, papers, story::TOTAL};
use proto::{
    common::v1::{Answer, Decision},
    inbox::v1::Task,
    intake::v1::{
        Application, ApplicationState, EnterPoolRequest, GetApplicationRequest, NoticeLevel, ProposeApplicationRequest,
        RecordSiteCheckRequest, RecordVoteRequest, SubmitApplicationRequest,
    },
};
use xianjie::demo::stage::{Player, until};

use super::{NOTICE, Under};
use crate::desk::{BUREAU, approval, document, key};

/// Who acts for a township: the clerk who looks through files, two who go to the sites, and the head.
struct Township {
    clerk: Player,
    checkers: [Player; 2],
    head: Player,
}

impl Under<'_> {
    /// S0 to S2: proposed, voted, posted, closed after its days, submitted.
    pub(super) async fn village(&mut self) -> anyhow::Result<()> {
        let secretary = self.desk.secretary().await;
        let today = self.desk.stage.today();
        self.each("village", async |desk, draft| {
            let Application { project_id, etag, .. } = draft;
            let request = ProposeApplicationRequest { request_id: key(), project_id, etag, validate_only: false };
            let proposed = secretary.intake.clone().propose_application(request).await?.into_inner();
            let Application { project_id, etag, .. } = proposed;
            let request = RecordVoteRequest {
                request_id: key(),
                project_id,
                etag,
                vote: Some(papers::vote(today.clone(), document("村民代表会议记录"))),
            };
            let voted = secretary.intake.clone().record_vote(request).await?.into_inner();
            Ok(desk.post(&secretary, &voted, NoticeLevel::Village).await?)
        })
        .await?;
        self.desk.wait(NOTICE);
        let secretary = self.desk.secretary().await;
        self.each("submission", async |desk, posted| {
            let closed = desk.close(&secretary, &posted, NoticeLevel::Village).await?;
            let Application { project_id, etag, .. } = closed;
            let request = SubmitApplicationRequest { request_id: key(), project_id, etag };
            Ok(secretary.intake.clone().submit_application(request).await?.into_inner())
        })
        .await
    }

    /// S3 and S4: the file found complete, the site checked by two, approved by the head, posted, closed after its days.
    pub(super) async fn township(&mut self) -> anyhow::Result<()> {
        let townships = self.townships().await?;
        let today = self.desk.stage.today();
        self.each("township", async |desk, submitted| {
            let Township { clerk, checkers: [first, second], head } = of(&townships, &submitted)?;
            desk.stage.decide(clerk, &submitted.project_id, "TOWNSHIP_COMPLETENESS", approval).await?;
            let checkers = [first, second].map(|checker| checker.person.id.to_string()).to_vec();
            let site_check = Some(papers::site_check(today.clone(), checkers, &submitted.project_id));
            // Whatever version that has made of it.
            let (project_id, etag) = (submitted.project_id, String::new());
            let request = RecordSiteCheckRequest { request_id: key(), project_id, etag, site_check };
            let recorded = first.intake.clone().record_site_check(request).await?.into_inner();
            let checked = desk.confirm_site(&recorded, second).await?;
            desk.stage.decide(head, &checked.project_id, "TOWNSHIP_REVIEW", approval).await?;
            let approved = reach(clerk, checked, ApplicationState::TownshipNotice).await?;
            Ok(desk.post(clerk, &approved, NoticeLevel::Township).await?)
        })
        .await?;
        self.desk.wait(NOTICE);
        let townships = self.townships().await?;
        self.each("township's notice", async |desk, posted| {
            let clerk = &of(&townships, &posted)?.clerk;
            Ok(desk.close(clerk, &posted, NoticeLevel::Township).await?)
        })
        .await
    }

    /// S5 to S9: the departments agree, the leading group decides, the bureau posts, closes and takes into the pool.
    pub(super) async fn county(&mut self) -> anyhow::Result<()> {
        let posts: Vec<Post> = {
            let reviews = self.desk.house.pack.reviews(CATEGORY.0, CATEGORY.1, &["LINK"]);
            reviews.into_iter().map(|review| review.post.clone()).collect()
        };
        let amount = i64::try_from(self.applications.len())? * TOTAL.fen();
        self.desk.issue("LINK", "南财农指〔2022〕1号", amount).await;
        let mut departments = Vec::new();
        for post in posts {
            departments.push(self.desk.stage.judge(&post).await?);
        }
        let county = self.desk.house.pack.county.division.to_string();
        let group = self.desk.player(Role::LeadingGroup, &county).await;
        let bureau = self.desk.player(Role::RevitalizationBureau, BUREAU).await;
        let today = self.desk.stage.today();
        self.each("county", async |desk, forwarded| {
            for department in &departments {
                desk.stage.decide(department, &forwarded.project_id, "DEPARTMENT_REVIEW", approval).await?;
            }
            let resolve = |task: &Task| resolution(task, &today);
            desk.stage.decide(&group, &forwarded.project_id, "LEADING_GROUP_DECISION", resolve).await?;
            let approved = reach(&bureau, forwarded, ApplicationState::CountyNotice).await?;
            Ok(desk.post(&bureau, &approved, NoticeLevel::County).await?)
        })
        .await?;
        self.desk.wait(NOTICE);
        let bureau = self.desk.player(Role::RevitalizationBureau, BUREAU).await;
        self.each("pool", async |desk, posted| {
            let closed = desk.close(&bureau, &posted, NoticeLevel::County).await?;
            let Application { project_id, etag, .. } = closed;
            let enter = EnterPoolRequest { request_id: key(), project_id, etag, ..EnterPoolRequest::default() };
            Ok(bureau.intake.clone().enter_pool(enter).await?.into_inner())
        })
        .await
    }

    async fn townships(&mut self) -> anyhow::Result<BTreeMap<Division, Township>> {
        let mut found = BTreeMap::new();
        for application in &self.applications {
            let township = township(application)?;
            if found.contains_key(&township) {
                continue;
            }
            let (code, stage) = (township.to_string(), &mut self.desk.stage);
            let clerk = stage.nth(Role::TownshipClerk, &code, 0).await?;
            let second = stage.nth(Role::TownshipClerk, &code, 1).await?;
            let checkers = [second, stage.player(Role::TownshipFinance, &code).await?];
            let head = stage.player(Role::TownshipHead, &code).await?;
            found.insert(township, Township { clerk, checkers, head });
        }
        Ok(found)
    }
}

fn township(application: &Application) -> anyhow::Result<Division> {
    let content = application.content.as_ref().context("an application has content")?;
    Ok(content.village.parse::<Division>()?.township())
}

fn of<'a>(townships: &'a BTreeMap<Division, Township>, application: &Application) -> anyhow::Result<&'a Township> {
    townships.get(&township(application)?).context("the township's people are here")
}

/// Yes, with the resolution and its meeting.
fn resolution(task: &Task, today: &str) -> Decision {
    let mut decision = approval(task);
    for Answer { question_id, text, number, .. } in &mut decision.answers {
        match question_id.as_str() {
            "resolution_no" => "南乡振领纪〔2022〕1号".clone_into(text),
            "meeting_date" => today.clone_into(text),
            "present" => crate::members().clone_into(text),
            _ => *number = 0,
        }
    }
    decision
}

/// Reads the application until it has come so far.
async fn reach(who: &Player, application: Application, state: ApplicationState) -> anyhow::Result<Application> {
    let request = GetApplicationRequest { project_id: application.project_id };
    let read = || {
        let (mut intake, request) = (who.intake.clone(), request.clone());
        async move { intake.get_application(request).await.map(tonic::Response::into_inner) }
    };
    until(state.as_str_name(), read, |application: &Application| application.state() == state).await
}
