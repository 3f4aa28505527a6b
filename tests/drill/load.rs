//! Drivers: closed loops that play chains, most of them to the end, some on side paths, until told to stop.
//!
//! What a path must leave is known beforehand: its [`Path::settles`] says whether money and an asset follow.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use kernel::calendar::civil_date;
use play::{
    cast::{Cast, Player},
    papers::key,
    say,
    story::{Chain, STEPS},
};
use proto::{
    common::v1::{CorrectionItem, Decision, Outcome, RejectReason},
    inbox::v1::{ClaimTaskRequest, ListTasksRequest, TaskState},
    intake::v1::{ApplicationState, CorrectionAnswer, GetApplicationRequest, ResubmitApplicationRequest},
};
use time::{Duration as Span, OffsetDateTime};

use crate::{dice::Dice, history::History};

/// Refusals that are right while the rooms' clock jumps: a claim has run out, a notice hangs from a later hour on.
const BY_THE_CLOCK: [&str; 2] = ["LEASE_LOST", "NOTICE_SHORT"];

/// Refusals that are right where the rooms' clock has passed midnight, either way, since the request was dated.
const BY_THE_DATE: [&str; 2] = ["BAD_DATE", "SITE_CHECK"];

/// So near midnight a jump back may have passed it twice.
const NEAR: Span = Span::minutes(1);

/// How long such a refusal is met with another attempt: the clock jumps back by seconds only.
const CLOCK_PATIENCE: Duration = Duration::from_secs(60);

/// What departments are asked.
const DEPARTMENT: &str = "DEPARTMENT_REVIEW";

/// How a chain goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// To the end.
    Straight,
    /// The township returns it once; the village answers; to the end.
    TownshipReturns,
    /// The township rejects it.
    TownshipRejects,
    /// A department returns it once; the village answers; to the end.
    DepartmentReturns,
    /// The leading group rejects it.
    GroupRejects,
    /// The village never submits it.
    Forgotten,
    /// It leaves the pool before it is planned.
    Leaves,
    /// The village gives it up while the county has it.
    Withdrawn,
}

impl Path {
    /// One by chance: seven of twelve go straight.
    pub fn by(dice: &mut Dice) -> Self {
        match dice.below(12) {
            0 => Self::TownshipReturns,
            1 => Self::TownshipRejects,
            2 => Self::DepartmentReturns,
            3 => Self::GroupRejects,
            4 => Self::Forgotten,
            _ => Self::Straight,
        }
    }

    /// Whether it ends with a payment and an asset.
    pub fn settles(self) -> bool {
        matches!(self, Self::Straight | Self::TownshipReturns | Self::DepartmentReturns)
    }
}

/// A chain that ended as it should.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its project.
    pub project: String,
    /// Its way.
    pub path: Path,
}

/// What all drivers share.
pub struct Load {
    history: Arc<History>,
    indicators: Vec<String>,
    next: AtomicU64,
    stop: AtomicBool,
    ended: Mutex<Vec<Ended>>,
    broken: AtomicU64,
}

impl Load {
    /// A load that charges these indicators.
    pub fn new(history: Arc<History>, indicators: Vec<String>) -> Arc<Self> {
        let (next, broken) = (AtomicU64::new(1), AtomicU64::new(0));
        Arc::new(Self { history, indicators, next, stop: AtomicBool::new(false), ended: Mutex::default(), broken })
    }

    /// Starts so many drivers.
    pub fn start(self: &Arc<Self>, casts: &[Arc<Cast>], drivers: usize, dice: &mut Dice) -> tokio::task::JoinSet<()> {
        let mut running = tokio::task::JoinSet::new();
        for (cast, number) in casts.iter().cycle().take(drivers).zip(0..) {
            running.spawn(self.clone().drive(cast.clone(), dice.fork(number)));
        }
        running
    }

    /// Lets the drivers end their chains and begin no others.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// Chains that ended so far.
    pub fn ended(&self) -> Vec<Ended> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A chain of nobody else.
    pub fn next(&self) -> u64 {
        self.next.fetch_add(1, Ordering::SeqCst)
    }

    /// The indicators that chains charge.
    pub fn indicators(&self) -> &[String] {
        &self.indicators
    }

    /// A chain ended as it should.
    pub fn end(&self, project: String, path: Path) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(Ended { project, path });
    }

    /// A chain broke off.
    pub fn broke_off(&self, what: String) {
        self.broken.fetch_add(1, Ordering::SeqCst);
        self.history.violation(what);
    }

    /// Chains that broke off: each is a violation of its own, and leaves who knows what.
    pub fn broken(&self) -> u64 {
        self.broken.load(Ordering::SeqCst)
    }

    async fn drive(self: Arc<Self>, cast: Arc<Cast>, mut dice: Dice) {
        while !self.stop.load(Ordering::SeqCst) {
            let (number, path) = (self.next(), Path::by(&mut dice));
            match self.play(&cast, number, path).await {
                Ok(project) => self.end(project, path),
                Err(error) => {
                    self.broke_off(format!("C3 chain {number} ({path:?}) broke off: {error:#}"));
                    // Many drivers before one fault would fill the report with it.
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
            }
        }
    }

    async fn play(&self, cast: &Cast, number: u64, path: Path) -> anyhow::Result<String> {
        let mut chain = Chain::new(cast, number, &self.indicators)?;
        for step in STEPS {
            match (path, step) {
                (Path::Forgotten, "submit") => return Ok(chain.application.project_id),
                (Path::TownshipRejects, "township_decision") => {
                    decide(&self.history, &chain, &chain.village.head, "TOWNSHIP_REVIEW", reject).await?;
                    chain.reread(&chain.village.clerk.clone(), ApplicationState::Rejected).await?;
                    return Ok(chain.application.project_id);
                }
                (Path::GroupRejects, "leading_group_decision") => {
                    decide(&self.history, &chain, &cast.group, "LEADING_GROUP_DECISION", reject_plainly).await?;
                    chain.reread(&cast.bureau, ApplicationState::Rejected).await?;
                    return Ok(chain.application.project_id);
                }
                (Path::TownshipReturns, "township_decision") => {
                    decide(&self.history, &chain, &chain.village.head, "TOWNSHIP_REVIEW", send_back).await?;
                    resubmit(&mut chain).await?;
                }
                (Path::DepartmentReturns, "department_decisions") => {
                    self.one_department_returns(&mut chain, cast).await?;
                    // Only the department that returned it judges again.
                    decide(&self.history, &chain, &cast.departments[0], DEPARTMENT, |said| said).await?;
                    continue;
                }
                _ => {}
            }
            self.step(&mut chain, step).await.with_context(|| format!("step {step}"))?;
        }
        Ok(chain.application.project_id)
    }

    /// A step; once more when the clock's jump is what stood in its way.
    pub async fn step(&self, chain: &mut Chain<'_>, step: &'static str) -> anyhow::Result<()> {
        if step == "department_decisions" {
            // Each for itself: once more for all three would wait in vain for the tasks of those who had decided.
            let [first, second, third] = &chain.cast.departments;
            let decide = |player| decide(&self.history, chain, player, DEPARTMENT, |said| said);
            return tokio::try_join!(decide(first), decide(second), decide(third)).map(drop);
        }
        let began = Instant::now();
        loop {
            let dated = chain.cast.clock.now();
            match chain.step(step, Instant::now()).await {
                Err(error) if began.elapsed() < CLOCK_PATIENCE && by_the_clock(&error, dated, chain.cast) => {
                    say(format_args!("once more: {step}: {error:#}"));
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                done => return done,
            }
        }
    }

    async fn one_department_returns(&self, chain: &mut Chain<'_>, cast: &Cast) -> anyhow::Result<()> {
        let [first, second, third] = &cast.departments;
        tokio::try_join!(
            decide(&self.history, chain, first, DEPARTMENT, send_back),
            decide(&self.history, chain, second, DEPARTMENT, |said| said),
            decide(&self.history, chain, third, DEPARTMENT, |said| said),
        )?;
        resubmit(chain).await
    }
}

/// Whether the rooms' clock is what stood in the way of something that was dated then.
fn by_the_clock(error: &anyhow::Error, dated: OffsetDateTime, cast: &Cast) -> bool {
    let (text, now) = (format!("{error:#}"), cast.clock.now());
    let is_one = |codes: &[&str]| codes.iter().any(|code| text.contains(code));
    let over_midnight = civil_date(dated) != civil_date(now) || civil_date(now - NEAR) != civil_date(now + NEAR);
    is_one(&BY_THE_CLOCK) || (over_midnight && is_one(&BY_THE_DATE))
}

/// Decides a task, and looks at once whether the decider's next list shows it (C9).
async fn decide(
    history: &History,
    chain: &Chain<'_>,
    player: &Player,
    kind: &str,
    change: fn(Decision) -> Decision,
) -> anyhow::Result<()> {
    loop {
        let dated = chain.cast.clock.now();
        match claim_and_decide(chain, player, kind, change).await {
            Ok(()) => break,
            Err(error) if by_the_clock(&error, dated, chain.cast) => {}
            Err(error) => return Err(error.context(format!("decision {kind}"))),
        }
    }
    let project_id = chain.application.project_id.clone();
    let list = ListTasksRequest { project_id: project_id.clone(), kind: kind.into(), ..ListTasksRequest::default() };
    let open = player.inbox.clone().list_tasks(list).await?.into_inner().tasks;
    let own = |task: &&proto::inbox::v1::Task| task.candidate == player.post && task.state() != TaskState::Completed;
    // A returned project may have come again by now, with a task of the next round.
    if let Some(task) = open.iter().find(own).filter(|task| task.round == 1) {
        history.violation(format!("C9 {kind} of {project_id} is {:?} to who just decided it", task.state()));
    }
    Ok(())
}

async fn claim_and_decide(
    chain: &Chain<'_>,
    player: &Player,
    kind: &str,
    change: fn(Decision) -> Decision,
) -> anyhow::Result<()> {
    let task_id = chain.see(player, kind).await?.task_id;
    let claim = ClaimTaskRequest { request_id: key(), task_id };
    let task = player.inbox.clone().claim_task(claim).await?.into_inner();
    let decision = change(chain.approval(&task));
    Chain::complete(player, task, decision).await
}

fn reject(decision: Decision) -> Decision {
    Decision { reject_reason: RejectReason::NotNecessary.into(), ..reject_plainly(decision) }
}

fn reject_plainly(decision: Decision) -> Decision {
    let opinion = "该项目必要性论证不充分,不予通过,请另行谋划".into();
    Decision { outcome: Outcome::Reject.into(), opinion, ..decision }
}

fn send_back(decision: Decision) -> Decision {
    let correction = CorrectionItem {
        field: "land_note".into(),
        text: "补充用地说明及权属证明材料".into(),
        ..CorrectionItem::default()
    };
    let opinion = "用地说明不够完整,请补充后再行申报".into();
    Decision { outcome: Outcome::Return.into(), opinion, corrections: vec![correction], ..decision }
}

/// The village answers every item and submits again.
async fn resubmit(chain: &mut Chain<'_>) -> anyhow::Result<()> {
    let secretary = chain.village.secretary.clone();
    chain.reread(&secretary, ApplicationState::Returned).await?;
    let proto::intake::v1::Application { project_id, etag, .. } = chain.application.clone();
    let whole = GetApplicationRequest { project_id: project_id.clone() };
    let whole = secretary.intake.clone().get_application(whole).await?.into_inner();
    let items = whole.returns.last().map(|last| last.items.clone()).unwrap_or_default();
    let answer = |item: proto::common::v1::CorrectionItem| CorrectionAnswer {
        item_id: item.item_id,
        text: "已补充完整".into(),
    };
    let answers = items.into_iter().map(answer).collect();
    let request = ResubmitApplicationRequest { request_id: key(), project_id, etag, answers };
    chain.application = secretary.intake.clone().resubmit_application(request).await?.into_inner();
    Ok(())
}
