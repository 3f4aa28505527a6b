//! A house with a stage on it, and the steps that bring an application to where a scenario begins.

use std::{path::Path, sync::Arc};

use kernel::Role;
use messaging::InProcess;
pub use play::papers::{document, key};
use proto::{
    common::v1::{Answer, Decision, Outcome},
    disbursement::v1::SubLevel,
    inbox::v1::Task,
    intake::v1::{
        Application, ApplicationState, CloseNoticeRequest, Content, CreateApplicationRequest, GetApplicationRequest,
        NoticeLevel, PostNoticeRequest, ProposeApplicationRequest, RecordVoteRequest, SubmitApplicationRequest,
        UpdateApplicationRequest, Vote,
    },
};
use runtime::testing::TestDatabase;
use time::Duration;
use tonic::Status;
use tonic_types::StatusExt as _;
use xianjie::demo::{
    application_file,
    stage::{Player, Stage, until},
};

use crate::{house::TestHouse, pack_folder};

/// A village of 麻河口镇, and that town.
pub const VILLAGE: &str = "430921129201";
/// 麻河口镇.
pub const TOWNSHIP: &str = "430921129000";
/// 县乡村振兴局.
pub const BUREAU: &str = "430921000000-RRB";

/// 县财政局.
pub const FINANCE: &str = "430921000000-FIN";

/// Ten days of a notice; the day of posting does not count.
const NOTICE: Duration = Duration::days(11);

/// See the module.
pub struct Desk {
    /// The rooms.
    pub house: TestHouse,
    /// Who signs in.
    pub stage: Stage,
}

/// A refusal's code, its figures (actual, limit), and the fields that it names.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stable code.
    pub code: String,
    /// What was found.
    pub actual: String,
    /// What is allowed.
    pub limit: String,
    /// Paths of the wrong fields.
    pub fields: Vec<String>,
    /// What the clerk reads.
    pub zh: String,
}

/// What a call was refused with.
///
/// # Panics
/// When it was not refused, or has no code.
#[must_use]
pub fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> Refused {
    let status = answer.expect_err("refused");
    let details = status.get_error_details();
    let info = details.error_info().expect("a code").clone();
    let figure = |name: &str| info.metadata.get(name).cloned().unwrap_or_default();
    let wrong = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    Refused {
        actual: figure("actual"),
        limit: figure("limit"),
        fields: wrong.into_iter().map(|violation| violation.field).collect(),
        zh: status.message().to_owned(),
        code: info.reason,
    }
}

/// The code that a call was refused with, or what it gave.
#[must_use]
pub fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    match answer {
        Ok(given) => format!("accepted: {given:?}"),
        Err(status) => refused(Err::<T, _>(status)).code,
    }
}

impl Desk {
    /// Opens a house of Nan County.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn open() -> Self {
        Self::open_in(&pack_folder()).await
    }

    /// Opens a house of the county in this pack.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn open_in(pack: &Path) -> Self {
        Self::of(TestHouse::open_in(pack).await).await
    }

    /// Opens a house of the county in this pack, on a database that there is.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn open_at(database: TestDatabase, pack: &Path) -> Self {
        Self::of(TestHouse::open_at(database, Arc::new(InProcess::new()), pack).await).await
    }

    async fn of(house: TestHouse) -> Self {
        let stage = house.stage().await;
        Self { house, stage }
    }

    /// A sound application: a collective's own new industry, 1,500,000 yuan of construction, 20 percent the village's.
    ///
    /// # Panics
    /// When the pack's example can't be read.
    #[must_use]
    pub fn content(&self) -> Content {
        let example = pack_folder().join("applications/a-collective-new-industry.toml");
        application_file::read(&example).expect("the example is sound")
    }

    /// Someone who holds this post, signed in.
    ///
    /// # Panics
    /// When nobody does.
    pub async fn player(&mut self, role: Role, org: &str) -> Player {
        self.stage.player(role, org).await.expect("the pack has one who can sign in")
    }

    /// The village's secretary.
    ///
    /// # Panics
    /// When nobody can sign in.
    pub async fn secretary(&mut self) -> Player {
        self.player(Role::VillageCommittee, VILLAGE).await
    }

    /// Lets days go by.
    ///
    /// # Panics
    /// When the clock can't be moved.
    pub fn wait(&mut self, by: Duration) {
        self.stage.wait(by).expect("the clock moves");
    }

    /// An indicator of 2022 (of the central level, where the source has levels), entered and confirmed by the finance bureau.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn issue(&mut self, source: &str, document_no: &str, amount_fen: i64) {
        let sub_level = if source == "LINK" { SubLevel::Central } else { SubLevel::Unspecified };
        let entered = self.enter_indicator((source, sub_level), 2022, document_no, amount_fen).await;
        self.confirm_indicator(&entered.expect("entered").indicator_id).await.expect("confirmed");
    }

    /// A draft.
    ///
    /// # Errors
    /// The refusal.
    pub async fn create(&mut self, content: Content) -> Result<Application, Status> {
        let request = CreateApplicationRequest { request_id: key(), content: Some(content) };
        Ok(self.secretary().await.intake.create_application(request).await?.into_inner())
    }

    /// A draft that was put to the village.
    ///
    /// # Errors
    /// The refusal.
    pub async fn propose(&mut self, content: Content) -> Result<Application, Status> {
        let Application { project_id, etag, .. } = self.create(content).await?;
        let request = ProposeApplicationRequest { request_id: key(), project_id, etag, validate_only: false };
        Ok(self.secretary().await.intake.propose_application(request).await?.into_inner())
    }

    /// Another content.
    ///
    /// # Errors
    /// The refusal.
    pub async fn update(&mut self, known: &Application, content: Content) -> Result<Application, Status> {
        let Application { project_id, etag, .. } = known.clone();
        let content = Some(content);
        let request = UpdateApplicationRequest {
            request_id: key(),
            project_id,
            etag,
            content,
            update_mask: None,
            validate_only: false,
        };
        Ok(self.secretary().await.intake.update_application(request).await?.into_inner())
    }

    /// A vote of 30 representatives.
    ///
    /// # Errors
    /// The refusal.
    pub async fn vote(
        &mut self,
        proposed: &Application,
        present: i32,
        (yes, no, abstain): (i32, i32, i32),
    ) -> Result<Application, Status> {
        let vote = Vote {
            meeting_date: self.stage.today(),
            entitled: 30,
            present,
            yes,
            no,
            abstain,
            minutes: Some(document(&format!(
                "{} 第{}次村民代表会议记录",
                proposed.project_id,
                proposed.votes.len() + 1
            ))),
            passed: false,
        };
        let Application { project_id, etag, .. } = proposed.clone();
        let request = RecordVoteRequest { request_id: key(), project_id, etag, vote: Some(vote) };
        Ok(self.secretary().await.intake.record_vote(request).await?.into_inner())
    }

    /// Posts a notice.
    ///
    /// # Errors
    /// The refusal.
    pub async fn post(&self, who: &Player, known: &Application, level: NoticeLevel) -> Result<Application, Status> {
        let photo = document(&format!("{} 第{}次张贴照片", known.project_id, known.notices.len() + 1));
        let Application { project_id, etag, .. } = known.clone();
        let (places, photo) = (vec!["公示栏".to_owned()], Some(photo));
        let request = PostNoticeRequest { request_id: key(), project_id, etag, level: level.into(), places, photo };
        Ok(who.intake.clone().post_notice(request).await?.into_inner())
    }

    /// Closes a notice.
    ///
    /// # Errors
    /// The refusal.
    pub async fn close(&self, who: &Player, known: &Application, level: NoticeLevel) -> Result<Application, Status> {
        let photo = Some(document(&format!("{} 第{}次期满照片", known.project_id, known.notices.len())));
        let Application { project_id, etag, .. } = known.clone();
        let request = CloseNoticeRequest { request_id: key(), project_id, etag, level: level.into(), photo };
        Ok(who.intake.clone().close_notice(request).await?.into_inner())
    }

    /// An application that hangs on the village's board.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn posted(&mut self, content: Content) -> Application {
        let proposed = self.propose(content).await.expect("proposed");
        let voted = self.vote(&proposed, 26, (25, 1, 0)).await.expect("voted");
        let secretary = self.secretary().await;
        self.post(&secretary, &voted, NoticeLevel::Village).await.expect("posted")
    }

    /// An application that lies with the township.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn submitted(&mut self, content: Content) -> Application {
        let posted = self.posted(content).await;
        let handed_in = self.submit(posted).await;
        self.complete_papers(&handed_in.project_id).await
    }

    /// Lets the days of the notice go by that was posted last: where the county extends notices over days off, more than ten.
    ///
    /// # Panics
    /// When none was posted.
    pub fn wait_for_notice(&mut self, posted: &Application) {
        let closable = posted.notices.last().and_then(|notice| notice.closable_time).expect("a notice hangs");
        let left = closable.seconds - self.house.clock.now().unix_timestamp();
        // A second is cut off here.
        self.wait(if left < 0 { Duration::ZERO } else { NOTICE.max(Duration::seconds(left + 1)) });
    }

    /// The village's notice is closed when its days are over, and the application lies with the township's clerk.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn submit(&mut self, posted: Application) -> Application {
        self.wait_for_notice(&posted);
        let mut secretary = self.secretary().await;
        let closed = self.close(&secretary, &posted, NoticeLevel::Village).await.expect("closed");
        let Application { project_id, etag, .. } = closed;
        let request = SubmitApplicationRequest { request_id: key(), project_id, etag };
        secretary.intake.submit_application(request).await.expect("submitted").into_inner()
    }

    /// The township's clerk finds the file complete; what the application is then.
    ///
    /// # Panics
    /// When nobody is asked, or the clerk may not.
    pub async fn complete_papers(&mut self, project_id: &str) -> Application {
        let clerk = self.player(Role::TownshipClerk, TOWNSHIP).await;
        self.stage.decide(&clerk, project_id, "TOWNSHIP_COMPLETENESS", approval).await.expect("complete");
        self.read(project_id).await
    }

    /// What the application is now, to someone of the county.
    ///
    /// # Panics
    /// When it can't be read.
    pub async fn read(&mut self, project_id: &str) -> Application {
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        let request = GetApplicationRequest { project_id: project_id.to_owned() };
        bureau.intake.get_application(request).await.expect("the county reads").into_inner()
    }

    /// Waits until the application has come to this state: other rooms hear of a step a moment later.
    ///
    /// # Panics
    /// When it does not.
    pub async fn reaches(&mut self, project_id: &str, state: ApplicationState) -> Application {
        let bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        let request = GetApplicationRequest { project_id: project_id.to_owned() };
        let read = || {
            let (mut intake, request) = (bureau.intake.clone(), request.clone());
            async move { intake.get_application(request).await.map(tonic::Response::into_inner) }
        };
        until(state.as_str_name(), read, |application: &Application| application.state() == state)
            .await
            .expect("it comes there")
    }
}

/// Yes to every question.
#[must_use]
pub fn approval(task: &Task) -> Decision {
    let answer = |question: &proto::common::v1::Question| Answer {
        question_id: question.question_id.clone(),
        yes: true,
        text: "属实,同意".into(),
        number: 0,
    };
    Decision {
        outcome: Outcome::Approve.into(),
        opinion: "经审核,内容属实,同意".into(),
        answers: task.questions.iter().map(answer).collect(),
        subject_revision: task.subject_revision,
        ..Decision::default()
    }
}

/// The code that the cause of a failed step was refused with.
///
/// # Panics
/// When it was no refusal.
#[must_use]
pub fn code_of(failure: &anyhow::Error) -> String {
    let status = failure.downcast_ref::<Status>().unwrap_or_else(|| panic!("no refusal: {failure:#}"));
    status.get_error_details().error_info().expect("a code").reason.clone()
}
