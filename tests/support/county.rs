//! A desk's way on from the township: to the county's departments, into the pool; and what is decided about a project on the way.

use kernel::{Post, Role};
use proto::{
    common::v1::{Answer, Decision, QuestionKind},
    inbox::v1::{ListTasksRequest, Task, TaskState},
    intake::v1::{
        Application, ApplicationState, Content, EnterPoolRequest, NoticeLevel, ResumeApplicationRequest,
        SuspendApplicationRequest, WithdrawApplicationRequest,
    },
    review::v1::{Case, GetCaseRequest},
};
use tonic::Status;
use xianjie::demo::stage::Player;

use crate::desk::{BUREAU, Desk, TOWNSHIP, approval, key};

/// The county itself: its leading group sits there.
pub const COUNTY: &str = "430921000000";
/// The discipline inspection commission's people (纪检监察).
const INSPECTOR: Role = Role::Discipline;

impl Desk {
    /// Indicators that cover the public money asked for, so that the finance bureau may agree.
    ///
    /// # Panics
    /// When one is refused.
    pub async fn guarantee(&mut self, content: &Content) {
        for line in &content.budget {
            if self.house.pack.source_kind(&line.source).is_some_and(|kind| kind.public) {
                self.issue(&line.source, &format!("南财农指〔2022〕{}号", key()), line.amount_fen).await;
            }
        }
    }

    /// An application that lies with the county's departments.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn forwarded(&mut self, content: Content) -> Application {
        let checked = self.checked(content).await;
        let head = self.player(Role::TownshipHead, TOWNSHIP).await;
        self.stage.decide(&head, &checked.project_id, "TOWNSHIP_REVIEW", approval).await.expect("approved");
        let approved = self.reaches(&checked.project_id, ApplicationState::TownshipNotice).await;
        let forwarded = self.notice(Role::TownshipClerk, TOWNSHIP, &approved, NoticeLevel::Township).await;
        self.house.settle().await;
        forwarded
    }

    /// A project that all departments agree to, the money for it being there: it waits for the leading group.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn agreed(&mut self, content: Content) -> String {
        self.guarantee(&content).await;
        let departments = self.departments(&content);
        let project = self.forwarded(content).await.project_id;
        for post in departments {
            let reviewer = self.stage.judge(&post).await.expect("the pack has one who can sign in");
            self.stage.decide(&reviewer, &project, "DEPARTMENT_REVIEW", approval).await.expect("agreed");
        }
        project
    }

    /// A project that stands in the pool, and disbursement knows it.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn pooled(&mut self, content: Content) -> Application {
        let project = self.agreed(content).await;
        let closed = self.county_noticed(&project).await;
        self.enter_pool(&closed).await
    }

    /// The bureau takes it into the pool, and disbursement knows it.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn enter_pool(&mut self, closed: &Application) -> Application {
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        let Application { project_id, etag, .. } = closed.clone();
        let enter = EnterPoolRequest { request_id: key(), project_id, etag, ..EnterPoolRequest::default() };
        let pooled = bureau.intake.enter_pool(enter).await.expect("pooled").into_inner();
        self.house.settle().await;
        pooled
    }

    /// The leading group's yes, with a resolution of today.
    #[must_use]
    pub fn resolution(&self, task: &Task) -> Decision {
        resolution(task, &self.stage.today())
    }

    /// A project to which all departments agree, once the leading group has resolved on it and the county's notice is closed.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn county_noticed(&mut self, project: &str) -> Application {
        let group = self.player(Role::LeadingGroup, COUNTY).await;
        let today = self.stage.today();
        let resolved = |task: &Task| resolution(task, &today);
        self.stage.decide(&group, project, "LEADING_GROUP_DECISION", resolved).await.expect("resolved");
        let decided = self.reaches(project, ApplicationState::CountyNotice).await;
        self.notice(Role::RevitalizationBureau, BUREAU, &decided, NoticeLevel::County).await
    }

    /// A notice that hung its days.
    ///
    /// # Panics
    /// When it is not posted or closed.
    pub async fn notice(&mut self, role: Role, org: &str, known: &Application, level: NoticeLevel) -> Application {
        let who = self.player(role, org).await;
        let posted = self.post(&who, known, level).await.expect("posted");
        self.wait_for_notice(&posted);
        let who = self.player(role, org).await;
        self.close(&who, &posted, level).await.expect("closed")
    }

    /// The departments that the pack names for this content.
    #[must_use]
    pub fn departments(&self, content: &Content) -> Vec<Post> {
        let sources: Vec<&str> = content.budget.iter().map(|line| line.source.as_str()).collect();
        let reviews = self.house.pack.reviews(&content.category, &content.sub_type, &sources);
        reviews.into_iter().map(|review| review.post.clone()).collect()
    }

    /// What the application is once it has heard all that other rooms have said.
    async fn settled(&mut self, project_id: &str) -> Application {
        self.house.settle().await;
        self.read(project_id).await
    }

    /// Gives the application up.
    ///
    /// # Errors
    /// The refusal.
    pub async fn withdraw(&mut self, project_id: &str) -> Result<Application, Status> {
        let Application { project_id, etag, .. } = self.settled(project_id).await;
        let reason = "用地条件变化".to_owned();
        let request = WithdrawApplicationRequest { request_id: key(), project_id, etag, reason };
        let answer = self.secretary().await.intake.withdraw_application(request).await?;
        self.house.settle().await;
        Ok(answer.into_inner())
    }

    /// Suspends the project, until all rooms have heard it.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn suspend(&mut self, project_id: &str) -> Application {
        self.house.settle().await;
        let inspector = self.inspector().await;
        let suspended = self.suspend_by(&inspector, project_id).await.expect("suspended");
        self.house.settle().await;
        suspended
    }

    /// Lets the project go on, until all rooms have heard it.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn resume(&mut self, project_id: &str) -> Application {
        self.house.settle().await;
        let inspector = self.inspector().await;
        let resumed = self.resume_by(&inspector, project_id).await.expect("resumed");
        self.house.settle().await;
        resumed
    }

    /// That person suspends the project.
    ///
    /// # Errors
    /// The refusal.
    pub async fn suspend_by(&mut self, who: &Player, project_id: &str) -> Result<Application, Status> {
        let Application { project_id, etag, .. } = self.read(project_id).await;
        let reason = "群众举报,立案核查".to_owned();
        let request = SuspendApplicationRequest { request_id: key(), project_id, etag, reason };
        Ok(who.intake.clone().suspend_application(request).await?.into_inner())
    }

    /// That person lets it go on.
    ///
    /// # Errors
    /// The refusal.
    pub async fn resume_by(&mut self, who: &Player, project_id: &str) -> Result<Application, Status> {
        let Application { project_id, etag, .. } = self.read(project_id).await;
        let request = ResumeApplicationRequest { request_id: key(), project_id, etag };
        Ok(who.intake.clone().resume_application(request).await?.into_inner())
    }

    /// Somebody of discipline inspection.
    ///
    /// # Panics
    /// When the pack has none who can sign in.
    pub async fn inspector(&mut self) -> Player {
        let holds = |post: &&Post| post.role == INSPECTOR;
        let mut posts = self.house.pack.persons.iter().flat_map(|person| &person.posts);
        let org = posts.find(holds).expect("the county has one").org.to_string();
        self.player(INSPECTOR, &org).await
    }

    /// The tasks of a project that this person sees in these states; in the open ones when none is named.
    ///
    /// # Panics
    /// When they can't be listed.
    pub async fn tasks(&self, who: &Player, project_id: &str, states: &[TaskState]) -> Vec<Task> {
        let states = states.iter().map(|state| (*state).into()).collect();
        let list = ListTasksRequest { project_id: project_id.to_owned(), states, ..ListTasksRequest::default() };
        who.inbox.clone().list_tasks(list).await.expect("a list").into_inner().tasks
    }

    /// The county's case.
    ///
    /// # Panics
    /// When it can't be read.
    pub async fn case(&mut self, project_id: &str) -> Case {
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        let request = GetCaseRequest { project_id: project_id.to_owned() };
        bureau.review.get_case(request).await.expect("the county reads").into_inner()
    }
}

/// The leading group's approval, under the number of that day's meeting, by all its members.
#[must_use]
pub fn resolution(task: &Task, today: &str) -> Decision {
    let answer = |question: &proto::common::v1::Question| {
        let (text, number) = match question.kind() {
            _ if question.question_id == "present" => (crate::members().to_owned(), 0),
            QuestionKind::Date => (today.to_owned(), 0),
            QuestionKind::Number => (String::new(), 0),
            QuestionKind::Text => (format!("南乡振领纪〔2022〕{}号", today.replace('-', "")), 0),
            QuestionKind::YesNo | QuestionKind::Amount | QuestionKind::Unspecified => (String::new(), 0),
        };
        Answer { question_id: question.question_id.clone(), yes: true, text, number }
    };
    Decision { answers: task.questions.iter().map(answer).collect(), ..approval(task) }
}
