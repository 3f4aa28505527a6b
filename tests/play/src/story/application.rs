//! S0 to S4: the village drafts, votes, posts and submits; the township checks the site, decides and posts.

use anyhow::Context as _;
use proto::{
    common::v1::Attachment,
    intake::v1::{
        Application, ApplicationState, BenefitLinkage, BudgetLine, BudgetUse, CloseNoticeRequest,
        ConfirmSiteCheckRequest, Content, CreateApplicationRequest, GetApplicationRequest, Item, NoticeLevel,
        OperatingMode, PerformanceTarget, PostNoticeRequest, ProjectNature, ProposeApplicationRequest,
        RecordSiteCheckRequest, RecordVoteRequest, SubmitApplicationRequest,
    },
};

use super::{Chain, TOTAL, until};
use crate::{
    cast::Player,
    county::{CATEGORY, FISCAL_YEAR},
    indicators::SOURCE,
    papers::{self, document, key},
};

impl Chain<'_> {
    pub(super) async fn create(&mut self) -> anyhow::Result<()> {
        let request =
            CreateApplicationRequest { request_id: key(), content: Some(content(&self.village.code, self.number)) };
        self.application = self.village.secretary.intake.clone().create_application(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn propose(&mut self) -> anyhow::Result<()> {
        let Application { project_id, etag, .. } = self.application.clone();
        let request = ProposeApplicationRequest { request_id: key(), project_id, etag, validate_only: false };
        self.application = self.village.secretary.intake.clone().propose_application(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn vote(&mut self) -> anyhow::Result<()> {
        let Application { project_id, etag, .. } = self.application.clone();
        let vote = papers::vote(self.today(), document("村民代表会议记录"));
        let request = RecordVoteRequest { request_id: key(), project_id, etag, vote: Some(vote) };
        self.application = self.village.secretary.intake.clone().record_vote(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn village_post(&mut self) -> anyhow::Result<()> {
        self.post(&self.village.secretary, NoticeLevel::Village).await
    }

    pub(super) async fn village_close(&mut self) -> anyhow::Result<()> {
        self.close(&self.village.secretary, NoticeLevel::Village).await
    }

    pub(super) async fn submit(&mut self) -> anyhow::Result<()> {
        let Application { project_id, etag, .. } = self.application.clone();
        let request = SubmitApplicationRequest { request_id: key(), project_id, etag };
        self.application = self.village.secretary.intake.clone().submit_application(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn site_check(&mut self) -> anyhow::Result<()> {
        let Application { project_id, etag, .. } = self.application.clone();
        let checkers = vec![self.village.second_clerk.id.clone(), self.village.township_finance.id.clone()];
        let site_check = papers::site_check(self.today(), checkers, &project_id);
        let request = RecordSiteCheckRequest { request_id: key(), project_id, etag, site_check: Some(site_check) };
        let recorded = self.village.second_clerk.intake.clone().record_site_check(request).await?.into_inner();
        let Application { project_id, etag, .. } = recorded;
        let request = ConfirmSiteCheckRequest { request_id: key(), project_id, etag };
        self.application = self.village.township_finance.intake.clone().confirm_site_check(request).await?.into_inner();
        Ok(())
    }

    /// The reply to a decision is the task; the application's new version is read.
    pub(super) async fn township_decision(&mut self) -> anyhow::Result<()> {
        let took = self.decide(&self.village.head, "TOWNSHIP_REVIEW").await?;
        self.decided(took);
        self.reread(&self.village.clerk, ApplicationState::TownshipNotice).await
    }

    pub(super) async fn township_post(&mut self) -> anyhow::Result<()> {
        self.post(&self.village.clerk, NoticeLevel::Township).await
    }

    pub(super) async fn township_close(&mut self) -> anyhow::Result<()> {
        self.close(&self.village.clerk, NoticeLevel::Township).await
    }

    pub(super) async fn post(&mut self, player: &Player, level: NoticeLevel) -> anyhow::Result<()> {
        let Application { project_id, etag, .. } = self.application.clone();
        let (places, photo) = (vec!["公示栏".to_owned()], photo(&project_id, level, "张贴"));
        let request = PostNoticeRequest { request_id: key(), project_id, etag, level: level.into(), places, photo };
        self.application = player.intake.clone().post_notice(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn close(&mut self, player: &Player, level: NoticeLevel) -> anyhow::Result<()> {
        let Application { project_id, etag, .. } = self.application.clone();
        let photo = photo(&project_id, level, "期满");
        let request = CloseNoticeRequest { request_id: key(), project_id, etag, level: level.into(), photo };
        self.application = player.intake.clone().close_notice(request).await?.into_inner();
        Ok(())
    }

    /// Reads the application until it has come so far.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn reread(&mut self, player: &Player, state: ApplicationState) -> anyhow::Result<()> {
        let read = || {
            let (mut intake, project_id) = (player.intake.clone(), self.application.project_id.clone());
            async move { intake.get_application(GetApplicationRequest { project_id }).await }
        };
        let found = until(state.as_str_name(), read, |application| application.state() == state).await;
        self.application = found.context("the application")?;
        Ok(())
    }
}

fn photo(project_id: &str, level: NoticeLevel, when: &str) -> Option<Attachment> {
    Some(document(&format!("{project_id} {}公示{when}照片", level.as_str_name())))
}

/// An application of about 2 KB on the wire.
#[must_use]
pub fn content(village: &str, number: u64) -> Content {
    let fen = TOTAL.fen();
    let item = |title: &str, unit: &str, amount_fen| Item {
        title: title.into(),
        quantity_milli: 1_200_000,
        unit: unit.into(),
        amount_fen,
        unit_price_fen: (amount_fen + 600) / 1_200,
    };
    let target =
        |indicator: &str, target: &str| PerformanceTarget { indicator: indicator.into(), target: target.into() };
    Content {
        fiscal_year: FISCAL_YEAR,
        title: format!("机耕路以工代赈项目第{number}号"),
        category: CATEGORY.0.into(),
        sub_type: CATEGORY.1.into(),
        village: village.into(),
        place: format!("第{number}号田块至三组、五组、七组农田之间的田间道路及其两侧排水沟"),
        responsible_person: "村支部书记".into(),
        operator: "村股份经济合作社自营".into(),
        items: vec![
            item(&format!("{number}号机耕路路基整修及碎石垫层铺设"), "米", fen / 2),
            item(&format!("{number}号机耕路两侧排水沟清淤及护砌"), "米", fen / 4),
            item(&format!("{number}号机耕路涵管安装及错车道修建"), "处", fen - fen / 2 - fen / 4),
        ],
        budget: vec![BudgetLine { source: SOURCE.into(), r#use: BudgetUse::Construction.into(), amount_fen: fen }],
        total_fen: fen,
        linkage: Some(BenefitLinkage {
            households: 120,
            persons: 386,
            lifted_out_persons: 64,
            monitored_persons: 9,
            ways: vec!["务工".into(), "分红".into(), "订单收购".into()],
            ..BenefitLinkage::default()
        }),
        performance_targets: vec![
            target("吸纳本村劳动力务工人数", "≥ 30 人,其中脱贫人口和监测对象 ≥ 15 人"),
            target("发放劳务报酬占财政资金的比例", "≥ 30 %,按月足额发放到本人银行账户"),
            target("受益农田面积", "≥ 800 亩,农机通行时间缩短一半"),
        ],
        land_note: "利用既有田间道路,不新占耕地和永久基本农田,不涉及生态保护红线。".repeat(3),
        environment_note: "施工期洒水降尘,弃土就近用于路肩培土,不向沟渠倾倒,完工后清理现场。".repeat(3),
        schedule: "三月组织务工人员报名和培训,四月开工,六月完成路基,八月完成排水沟,九月竣工验收。".repeat(3),
        attachments: ["村民代表会议决议", "预算书", "施工图"].map(document).to_vec(),
        nature: ProjectNature::New.into(),
        responsible_unit: "村民委员会".into(),
        operating_mode: OperatingMode::Own.into(),
        jobs: 30,
        temporary_jobs: 30,
        ..Content::default()
    }
}
