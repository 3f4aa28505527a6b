//! The room alone on a real PostgreSQL: who calls, and an application walked from draft to pool through its own rpcs.

use intake::{
    domain::{
        Application, Command,
        record::county::{CountyDecision, Resolution},
    },
    grpc::{Applications, Tasks},
};
use kernel::{Actor, Division, Duties, Pack, PersonId, ProjectId, Role, TaskId, pack::Question};
use proto::{
    common::v1::{Answer, Attachment, Decision, Outcome},
    inbox::v1::{CompleteRequest, task_source_server::TaskSource},
    intake::v1::{
        Application as Answered, BenefitLinkage, BudgetLine, BudgetUse, CloseNoticeRequest, ConfirmSiteCheckRequest,
        Content, Coordinates, CreateApplicationRequest, EnterPoolRequest, Item, NoticeLevel, OperatingMode,
        PerformanceTarget, PostNoticeRequest, ProjectNature, ProposeApplicationRequest, RecordSiteCheckRequest,
        RecordVoteRequest, SiteCheck, SubmitApplicationRequest, Vote, application_service_server::ApplicationService,
    },
};
use runtime::{Context, testing::TestDatabase};
use time::Duration;
use tonic::{Request, Status};
use uuid::Uuid;

/// A village of 麻河口镇.
pub const VILLAGE: &str = "430921129201";
/// A village of 茅草街镇.
pub const OTHER_VILLAGE: &str = "430921127201";

/// The room and its rpcs.
pub struct House {
    pub context: Context,
    pub applications: Applications,
    pub tasks: Tasks,
}

impl House {
    pub async fn open() -> Self {
        let context = TestDatabase::create().await.room(intake::service()).await;
        let (applications, tasks) = (Applications::new(context.clone()), Tasks::new(context.clone()));
        Self { context, applications, tasks }
    }

    /// The nth person of the pack who holds that role over that place.
    pub fn holder(&self, role: Role, place: &str, nth: usize) -> Actor {
        let place: Division = place.parse().expect("a code");
        let pack: &Pack = &self.context.pack;
        let mut holders = pack
            .persons
            .iter()
            .filter(|person| person.posts.iter().any(|post| post.role == role && post.org.division().contains(place)));
        let person = holders.nth(nth).expect("the pack has one");
        Actor { person: person.id.clone(), name: person.name.clone(), posts: person.posts.clone(), on_behalf_of: None }
    }

    pub fn secretary(&self) -> Actor {
        self.holder(Role::VillageCommittee, VILLAGE, 0)
    }

    pub fn clerk(&self) -> Actor {
        self.holder(Role::TownshipClerk, VILLAGE, 0)
    }

    pub fn head(&self) -> Actor {
        self.holder(Role::TownshipHead, VILLAGE, 0)
    }

    pub fn bureau(&self) -> Actor {
        self.holder(Role::RevitalizationBureau, VILLAGE, 0)
    }

    fn today(&self) -> String {
        kernel::calendar::civil_date(self.context.clock.now()).to_string()
    }

    pub async fn create(&self, content: Content) -> Result<Answered, Status> {
        let request = CreateApplicationRequest { request_id: key(), content: Some(content) };
        Ok(self.applications.create_application(asking(&self.secretary(), request)).await?.into_inner())
    }

    pub async fn propose(&self, known: &Answered) -> Result<Answered, Status> {
        let (project_id, etag) = (known.project_id.clone(), known.etag.clone());
        let request = ProposeApplicationRequest { request_id: key(), project_id, etag, validate_only: false };
        Ok(self.applications.propose_application(asking(&self.secretary(), request)).await?.into_inner())
    }

    pub async fn vote(&self, known: &Answered) -> Answered {
        let vote = Vote {
            meeting_date: self.today(),
            entitled: 30,
            present: 26,
            yes: 25,
            no: 1,
            minutes: Some(document()),
            ..Vote::default()
        };
        let (project_id, etag) = (known.project_id.clone(), known.etag.clone());
        let request = RecordVoteRequest { request_id: key(), project_id, etag, vote: Some(vote) };
        self.applications.record_vote(asking(&self.secretary(), request)).await.expect("voted").into_inner()
    }

    /// Posts the notice, waits its days, and closes it.
    pub async fn notice(&self, known: &Answered, level: NoticeLevel, who: &Actor) -> Answered {
        let post = PostNoticeRequest {
            request_id: key(),
            project_id: known.project_id.clone(),
            etag: known.etag.clone(),
            level: level.into(),
            places: vec!["公示栏".into()],
            photo: Some(document()),
        };
        let posted = self.applications.post_notice(asking(who, post)).await.expect("posted").into_inner();
        self.context.clock.advance(Duration::days(11));
        let close = CloseNoticeRequest {
            request_id: key(),
            project_id: posted.project_id,
            etag: posted.etag,
            level: level.into(),
            photo: Some(document()),
        };
        self.applications.close_notice(asking(who, close)).await.expect("closed").into_inner()
    }

    /// Submits; the township's clerk finds the file complete.
    pub async fn submit(&self, known: &Answered) -> Answered {
        let (project_id, etag) = (known.project_id.clone(), known.etag.clone());
        let request = SubmitApplicationRequest { request_id: key(), project_id, etag };
        let submitted = self.applications.submit_application(asking(&self.secretary(), request)).await;
        let submitted = submitted.expect("submitted").into_inner();
        let complete = self.approval_of(&submitted.project_id, "TOWNSHIP_COMPLETENESS", "township:completeness-1", &[]);
        self.complete(&self.clerk(), complete).await.expect("the file is complete");
        Answered { etag: String::new(), ..submitted }
    }

    pub async fn check_site(&self, known: &Answered) -> Answered {
        let second = self.holder(Role::TownshipClerk, VILLAGE, 1);
        let finance = self.holder(Role::TownshipFinance, VILLAGE, 0);
        let site_check = SiteCheck {
            date: self.today(),
            checker_ids: vec![second.person.0.clone(), finance.person.0.clone()],
            place: "村部东侧".into(),
            photo: Some(document()),
            findings: "与申报内容一致".into(),
            coordinates: Some(Coordinates { latitude_micro: 29_371_000, longitude_micro: 112_403_500 }),
            ..SiteCheck::default()
        };
        let (project_id, etag) = (known.project_id.clone(), known.etag.clone());
        let request = RecordSiteCheckRequest { request_id: key(), project_id, etag, site_check: Some(site_check) };
        let recorded = self.applications.record_site_check(asking(&second, request)).await.expect("recorded");
        let Answered { project_id, etag, .. } = recorded.into_inner();
        let request = ConfirmSiteCheckRequest { request_id: key(), project_id, etag };
        self.applications.confirm_site_check(asking(&finance, request)).await.expect("checked").into_inner()
    }

    /// The township's approval, as the inbox would bring it.
    pub fn approval(&self, project_id: &str) -> CompleteRequest {
        let questions = &self.context.pack.township.questions;
        self.approval_of(project_id, "TOWNSHIP_REVIEW", "township:round-1", questions)
    }

    fn approval_of(&self, project_id: &str, kind: &str, task: &str, questions: &[Question]) -> CompleteRequest {
        let answer = |id: &str| Answer { question_id: id.into(), yes: true, ..Answer::default() };
        let project: ProjectId = project_id.parse().expect("an id");
        CompleteRequest {
            request_id: key(),
            task_id: TaskId::derive("intake", project.0, task).to_string(),
            project_id: project_id.to_owned(),
            kind: kind.into(),
            decision: Some(Decision {
                outcome: Outcome::Approve.into(),
                opinion: "同意上报".into(),
                answers: questions.iter().map(|question| answer(&question.id)).collect(),
                subject_revision: 1,
                ..Decision::default()
            }),
            validate_only: false,
        }
    }

    pub async fn complete(&self, who: &Actor, request: CompleteRequest) -> Result<(), Status> {
        self.tasks.complete(asking(who, request)).await.map(drop)
    }

    /// What the room `review` would say.
    pub async fn county_approves(&self, project_id: &str) {
        let project: ProjectId = project_id.parse().expect("an id");
        let mut acts = Duties::default();
        acts.record_person(&PersonId("decider".into()), kernel::Duty::Decider);
        let resolution = Resolution { number: "南乡振领纪〔2022〕3号".into(), meeting_date: self.today() };
        let heard = CountyDecision { resolution: Some(resolution), opinion: "同意".into(), acts };
        let command = Command::ConcludeAtCounty(heard);
        self.context.journal.advance::<Application>(project.0, command).await.expect("concluded");
    }

    pub async fn enter_pool(&self, project_id: &str) -> Result<Answered, Status> {
        let request =
            EnterPoolRequest { request_id: key(), project_id: project_id.to_owned(), ..EnterPoolRequest::default() };
        Ok(self.applications.enter_pool(asking(&self.bureau(), request)).await?.into_inner())
    }
}

/// A request of this actor, as the server's shell hands it on.
pub fn asking<R>(actor: &Actor, message: R) -> Request<R> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(actor.clone());
    request
}

/// A fresh request id.
pub fn key() -> String {
    Uuid::now_v7().to_string()
}

/// A document or photograph of its own.
pub fn document() -> Attachment {
    Attachment { sha256: kernel::id::sha256_hex(key().as_bytes()), title: "照片".into() }
}

/// A collective's own new industry; the village pays so many fen of 1,500,000 yuan.
pub fn content(village_fen: i64) -> Content {
    let item = |title: &str, amount_fen| Item {
        title: title.into(),
        quantity_milli: 1_000,
        unit: "座".into(),
        amount_fen,
        unit_price_fen: amount_fen,
    };
    let line = |source: &str, usage: BudgetUse, amount_fen| BudgetLine {
        source: source.into(),
        r#use: usage.into(),
        amount_fen,
    };
    Content {
        fiscal_year: 2022,
        title: "稻虾加工车间".into(),
        category: "INDUSTRY".into(),
        sub_type: "COLLECTIVE_NEW".into(),
        village: VILLAGE.into(),
        place: "村部东侧".into(),
        responsible_person: "村支部书记".into(),
        operator: "村股份经济合作社自营".into(),
        items: vec![item("加工车间", 150_000_000), item("进场道路", 20_000_000)],
        budget: vec![
            line("VILLAGE", BudgetUse::Construction, village_fen),
            line("LINK", BudgetUse::Construction, 150_000_000 - village_fen),
            line("ROAD", BudgetUse::Ancillary, 20_000_000),
        ],
        total_fen: 170_000_000,
        linkage: Some(BenefitLinkage {
            households: 120,
            persons: 386,
            ways: vec!["务工".into()],
            ..BenefitLinkage::default()
        }),
        performance_targets: vec![PerformanceTarget {
            indicator: "村集体年增收".into(), target: "≥ 120000 元".into()
        }],
        land_note: "村集体存量建设用地".into(),
        environment_note: "废水沉淀后回用".into(),
        schedule: "2022年4月至9月".into(),
        nature: ProjectNature::New.into(),
        responsible_unit: "村民委员会".into(),
        operating_mode: OperatingMode::Own.into(),
        ..Content::default()
    }
}
