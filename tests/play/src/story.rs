//! One chain, as the outside world plays it: each step by the person whose step it is, each decision only after its task
//! was seen in that person's inbox.
//!
//! It is the shortest legal way from a draft to an asset: nothing that the rooms demand is left out, and nothing is done
//! that they don't demand. The parts: [`application`], [`county`], [`money`], [`works`]. Dates are those of the rooms' clock.

mod application;
mod county;
mod money;
mod works;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use kernel::Fen;
use proto::{
    common::v1::{Answer, Decision, Outcome, QuestionKind},
    inbox::v1::{CompleteTaskRequest, ListTasksRequest, Task},
};
use tonic::{Code, Response, Status};

pub use application::content;
pub use county::DepartmentTask;

use crate::{
    cast::{Cast, Player, Village},
    papers::key,
    timings::Timings,
};

/// What a chain's project costs: 300,000 yuan, one funding line.
pub const TOTAL: Fen = Fen::new(30_000_000);

/// Longest pause between two looks; the first is a millisecond, then twice as long each time.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// How long something is waited for: longer than a chain of the bench may take, and than the drill keeps anything broken.
const PATIENCE: Duration = Duration::from_secs(240);

/// Decisions of a chain: township, three departments, leading group, payment review, payment release.
pub const DECISIONS: u32 = 7;

/// Steps of a chain, in order, with their names in results; what happens in one is [`Chain::step`].
pub const STEPS: [&str; 28] = [
    "create",
    "propose",
    "vote",
    "village_post",
    "village_close",
    "submit",
    "site_check",
    "township_decision",
    "township_post",
    "township_close",
    "department_decisions",
    "leading_group_decision",
    "county_post",
    "county_close",
    "pool",
    "plan_propose",
    "plan_approve",
    "plan_post",
    "plan_close",
    "funding",
    "contract",
    "payment_request",
    "payment_review",
    "payment_release",
    "completion_and_check",
    "acceptance",
    "final_account",
    "register_and_end",
];

/// A chain under way.
pub struct Chain<'a> {
    /// Who plays.
    pub cast: &'a Cast,
    /// Whose project it is.
    pub village: &'a Village,
    number: u64,
    /// The indicator that pays.
    pub indicator: &'a str,
    /// The application as it was last seen.
    pub application: proto::intake::v1::Application,
    plan: proto::disbursement::v1::Plan,
    project: proto::disbursement::v1::Project,
    works: proto::assets::v1::Project,
    /// How long its steps took.
    pub timings: Timings,
}

impl<'a> Chain<'a> {
    /// The chain of that number.
    ///
    /// # Errors
    /// When the county has no villages or no money.
    pub fn new(cast: &'a Cast, number: u64, indicators: &'a [String]) -> anyhow::Result<Self> {
        let nth = |length: usize| usize::try_from(number).unwrap_or_default().checked_rem(length).unwrap_or_default();
        Ok(Self {
            cast,
            village: cast.villages.get(nth(cast.villages.len())).context("the county has no villages")?,
            number,
            indicator: indicators.get(nth(indicators.len())).context("no indicator was issued")?,
            application: proto::intake::v1::Application::default(),
            plan: proto::disbursement::v1::Plan::default(),
            project: proto::disbursement::v1::Project::default(),
            works: proto::assets::v1::Project::default(),
            timings: Timings::default(),
        })
    }

    /// Plays it whole. Its first step's time, and its own, count from when it was due.
    ///
    /// # Errors
    /// When a step is refused, or what must follow does not.
    pub async fn play(&mut self, due: Instant) -> anyhow::Result<()> {
        let mut began = due;
        for step in STEPS {
            self.step(step, began).await.with_context(|| format!("chain {}, step {step}", self.number))?;
            began = Instant::now();
        }
        self.timings.since("chain", due);
        Ok(())
    }

    /// Plays one step that was due then.
    ///
    /// # Errors
    /// As [`Chain::play`].
    pub async fn step(&mut self, step: &'static str, began: Instant) -> anyhow::Result<()> {
        match step {
            "create" => self.create().await?,
            "propose" => self.propose().await?,
            "vote" => self.vote().await?,
            "village_post" => self.village_post().await?,
            "village_close" => self.village_close().await?,
            "submit" => self.submit().await?,
            "site_check" => self.site_check().await?,
            "township_decision" => self.township_decision().await?,
            "township_post" => self.township_post().await?,
            "township_close" => self.township_close().await?,
            "department_decisions" => self.department_decisions().await?,
            "leading_group_decision" => self.leading_group_decision().await?,
            "county_post" => self.county_post().await?,
            "county_close" => self.county_close().await?,
            "pool" => self.pool().await?,
            "plan_propose" => self.plan_propose().await?,
            "plan_approve" => self.plan_approve().await?,
            "plan_post" => self.plan_post().await?,
            "plan_close" => self.plan_close().await?,
            "funding" => self.funding().await?,
            "contract" => self.contract().await?,
            "payment_request" => self.payment_request().await?,
            "payment_review" => self.payment_review().await?,
            "payment_release" => self.payment_release().await?,
            "completion_and_check" => self.completion_and_check().await?,
            "acceptance" => self.acceptance().await?,
            "final_account" => self.final_account().await?,
            "register_and_end" => self.register_and_end().await?,
            unknown => bail!("there is no step {unknown}"),
        }
        self.timings.since(step, began);
        Ok(())
    }

    /// Sees the task and approves it without a claim, for nobody else decides in this chain: `bench inbox` measures claims.
    /// Gives how long each took, in this order.
    async fn decide(&self, player: &Player, kind: &str) -> anyhow::Result<[Duration; 2]> {
        let began = Instant::now();
        let task = self.see(player, kind).await?;
        let seen = Instant::now();
        let decision = self.approval(&task);
        Self::complete(player, task, decision).await?;
        Ok([seen - began, seen.elapsed()])
    }

    /// Sends a decision under the token that the task shows.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn complete(player: &Player, task: Task, decision: Decision) -> anyhow::Result<()> {
        let Task { task_id, fencing_token, .. } = task;
        let complete = CompleteTaskRequest {
            request_id: key(),
            task_id,
            fencing_token,
            decision: Some(decision),
            validate_only: false,
        };
        player.inbox.clone().complete_task(complete).await?;
        Ok(())
    }

    fn decided(&mut self, [see, decide]: [Duration; 2]) {
        self.timings.record("see_task", see);
        self.timings.record("decide", decide);
    }

    /// That person's task of this kind about this project, as soon as it stands in the inbox.
    ///
    /// # Errors
    /// When it is not there in time.
    pub async fn see(&self, player: &Player, kind: &str) -> anyhow::Result<Task> {
        let list = ListTasksRequest {
            project_id: self.application.project_id.clone(),
            kind: kind.into(),
            ..Default::default()
        };
        let read = || {
            let (mut inbox, list) = (player.inbox.clone(), list.clone());
            async move { inbox.list_tasks(list).await }
        };
        let found = until(kind, read, |list| list.tasks.iter().any(|task| task.candidate == player.post)).await?;
        found.tasks.into_iter().find(|task| task.candidate == player.post).context("it was just there")
    }

    /// Today in China by the rooms' clock, `2022-03-01`.
    #[must_use]
    pub fn today(&self) -> String {
        kernel::calendar::civil_date(self.cast.clock.now()).to_string()
    }

    /// Yes to every question; the leading group also names its resolution and its meeting.
    #[must_use]
    pub fn approval(&self, task: &Task) -> Decision {
        let answer = |question: &proto::common::v1::Question| {
            let text = match question.question_id.as_str() {
                "resolution_no" => format!("测乡振领纪〔2022〕{}号", self.number),
                "meeting_date" => self.today(),
                "present" => crate::members().to_owned(),
                _ => "属实,同意".to_owned(),
            };
            let number = if question.kind() == QuestionKind::Number { 9 } else { 0 };
            Answer { question_id: question.question_id.clone(), yes: true, text, number }
        };
        Decision {
            outcome: Outcome::Approve.into(),
            opinion: "经审核,内容属实,符合规定,同意".into(),
            answers: task.questions.iter().map(answer).collect(),
            subject_revision: task.subject_revision,
            ..Decision::default()
        }
    }
}

/// Reads until the answer is as it must become: other rooms hear of a step a moment later.
async fn until<T, F>(what: &str, read: impl Fn() -> F, is: impl Fn(&T) -> bool) -> anyhow::Result<T>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let (began, mut pause) = (Instant::now(), Duration::from_millis(1));
    while began.elapsed() < PATIENCE {
        match read().await {
            Ok(answer) if is(answer.get_ref()) => return Ok(answer.into_inner()),
            Ok(_) => {}
            // What another room has yet to hear of is not there yet.
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(status.into()),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    bail!("waited {PATIENCE:?} in vain for {what}")
}
