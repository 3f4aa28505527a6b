//! How a person of the pack acts: sign in, call, wait for a task, decide it. One person a step, through the public API.
//!
//! Every attempt has a key derived from the story and the step, so that a step repeated after a crash has one effect.
//! An answer that is unknown (the server died) is asked for again with the same key.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration as Patience, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use kernel::{Pack, PersonId, Post, Role, pack::Person};
use proto::{
    assets::v1::asset_service_client::AssetServiceClient,
    common::v1::Decision,
    directory::v1::{SignInRequest, session_service_client::SessionServiceClient},
    disbursement::v1::disbursement_service_client::DisbursementServiceClient,
    inbox::v1::{
        ClaimTaskRequest, CompleteTaskRequest, ListTasksRequest, Task, task_service_client::TaskServiceClient,
    },
    intake::v1::application_service_client::ApplicationServiceClient,
    review::v1::{meeting_service_client::MeetingServiceClient, review_service_client::ReviewServiceClient},
};
use time::{Duration, OffsetDateTime, UtcOffset, macros::format_description};
use tonic::{
    Code, Status,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

use super::{
    PASSWORD,
    telling::{Telling, Told},
};

pub use super::bearer::{Bearer, Signed};

/// How long something may take that other rooms must hear of first.
const PATIENCE: Patience = Patience::from_secs(60);

/// Moves the clock of the rooms forward.
pub type Advance = Box<dyn FnMut(Duration) -> anyhow::Result<()> + Send>;

/// A signed-in person with a client of every room.
#[derive(Clone)]
pub struct Player {
    /// Who.
    pub person: Person,
    /// As what.
    pub post: Post,
    /// Intake.
    pub intake: ApplicationServiceClient<Signed>,
    /// Review.
    pub review: ReviewServiceClient<Signed>,
    /// Meetings of the leading group.
    pub meetings: MeetingServiceClient<Signed>,
    /// Inbox.
    pub inbox: TaskServiceClient<Signed>,
    /// Disbursement.
    pub disbursement: DisbursementServiceClient<Signed>,
    /// Assets.
    pub assets: AssetServiceClient<Signed>,
}

/// Addresses of the rooms: one for all, or one each.
#[derive(Clone)]
pub struct Rooms(HashMap<String, Channel>);

impl Rooms {
    /// All rooms at one address.
    ///
    /// # Errors
    /// When the address is none.
    pub fn at(address: &str) -> anyhow::Result<Self> {
        let channel = channel(address)?;
        Ok(Self(crate::house::ROOMS.iter().map(|room| ((*room).to_owned(), channel.clone())).collect()))
    }

    /// Each room at its own address.
    ///
    /// # Errors
    /// When an address is none.
    pub fn each(addresses: &HashMap<String, String>) -> anyhow::Result<Self> {
        let channels = addresses.iter().map(|(room, address)| Ok((room.clone(), channel(address)?)));
        Ok(Self(channels.collect::<anyhow::Result<_>>()?))
    }

    fn get(&self, room: &str) -> anyhow::Result<Channel> {
        self.0.get(room).cloned().with_context(|| format!("no address for room {room}"))
    }
}

fn channel(address: &str) -> anyhow::Result<Channel> {
    let endpoint = Endpoint::from_shared(address.to_owned())?;
    Ok(endpoint
        .connect_timeout(Patience::from_secs(2))
        .timeout(Patience::from_secs(20))
        .tcp_nodelay(true)
        .connect_lazy())
}

/// Where the story is played.
pub struct Stage {
    rooms: Rooms,
    pack: Arc<Pack>,
    advance: Advance,
    now: OffsetDateTime,
    /// When that was so: the rooms' clock runs on as the machine's does.
    read: Instant,
    telling: Telling,
    tokens: HashMap<PersonId, (Bearer, OffsetDateTime)>,
    namespace: Uuid,
    after_step: Box<dyn FnMut(u32) + Send>,
}

/// Which holder of a department's post judges. Whoever keeps the pool and proposes the plan, or issues the money, has a duty
/// that excludes judging the same projects: in both bureaus that is the first.
#[must_use]
pub fn judge_of(role: Role) -> usize {
    usize::from(matches!(role, Role::RevitalizationBureau | Role::FinanceBureau))
}

impl Stage {
    /// A stage on rooms that share one address. `advance` moves their clock.
    ///
    /// # Errors
    /// When the address is none.
    pub async fn open(address: &str, pack: Arc<Pack>, advance: Advance, telling: Telling) -> anyhow::Result<Self> {
        Self::on(Rooms::at(address)?, pack, advance, telling).await
    }

    /// A stage on rooms wherever they are.
    ///
    /// # Errors
    /// When nobody can sign in.
    pub async fn on(rooms: Rooms, pack: Arc<Pack>, advance: Advance, telling: Telling) -> anyhow::Result<Self> {
        let mut stage = Self {
            rooms,
            pack,
            advance,
            now: OffsetDateTime::UNIX_EPOCH,
            read: Instant::now(),
            telling,
            tokens: HashMap::new(),
            namespace: Uuid::now_v7(),
            after_step: Box::new(|_| ()),
        };
        // The rooms' time is known from the first token.
        let anyone = stage.pack.persons.first().context("the pack has no persons")?.clone();
        stage.sign_in(&anyone).await?;
        Ok(stage)
    }

    /// The county pack.
    #[must_use]
    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }

    /// How it is told.
    #[must_use]
    pub fn telling(&mut self) -> &mut Telling {
        &mut self.telling
    }

    /// Calls back after each step, with its number: a test makes trouble there.
    pub fn after_each_step(&mut self, callback: Box<dyn FnMut(u32) + Send>) {
        self.after_step = callback;
    }

    /// The rooms' time, roughly.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.now + self.read.elapsed()
    }

    /// Today in China, `2022-03-01`.
    #[must_use]
    pub fn today(&self) -> String {
        kernel::calendar::civil_date(self.now()).to_string()
    }

    /// Moves the rooms' clock; everyone must sign in again.
    ///
    /// # Errors
    /// When the clock can't be moved.
    pub fn wait(&mut self, by: Duration) -> anyhow::Result<()> {
        (self.advance)(by)?;
        self.now += by;
        self.tokens.clear();
        Ok(())
    }

    /// The key of an attempt: the same step has the same key however often it is tried.
    #[must_use]
    pub fn key(&self, step: &str) -> String {
        Uuid::new_v5(&self.namespace, step.as_bytes()).to_string()
    }

    /// The nth person of the pack who holds this post, signed in.
    ///
    /// # Errors
    /// When nobody holds it, or sign-in fails.
    pub async fn nth(&mut self, role: Role, org: &str, nth: usize) -> anyhow::Result<Player> {
        let post = Post::new(role, org.parse()?);
        let mut holders = self.pack.persons.iter().filter(|person| person.posts.contains(&post));
        let person =
            holders.nth(nth).with_context(|| format!("the pack has no person {} for {post}", nth + 1))?.clone();
        let bearer = match self.tokens.get(&person.id) {
            Some((bearer, until)) if *until > self.now() + Duration::minutes(5) => bearer.clone(),
            _ => self.sign_in(&person).await?,
        };
        let signed = |room: &str| anyhow::Ok(InterceptedService::new(self.rooms.get(room)?, bearer.clone()));
        Ok(Player {
            intake: ApplicationServiceClient::new(signed("intake")?),
            review: ReviewServiceClient::new(signed("review")?),
            meetings: MeetingServiceClient::new(signed("review")?),
            inbox: TaskServiceClient::new(signed("inbox")?),
            disbursement: DisbursementServiceClient::new(signed("disbursement")?),
            assets: AssetServiceClient::new(signed("assets")?),
            person,
            post,
        })
    }

    /// The person of the pack who judges for this department, signed in: see [`judge_of`].
    ///
    /// # Errors
    /// As [`Stage::nth`].
    pub async fn judge(&mut self, post: &Post) -> anyhow::Result<Player> {
        self.nth(post.role, &post.org.to_string(), judge_of(post.role)).await
    }

    /// The first person of the pack who holds this post, signed in.
    ///
    /// # Errors
    /// As [`Stage::nth`].
    pub async fn player(&mut self, role: Role, org: &str) -> anyhow::Result<Player> {
        self.nth(role, org, 0).await
    }

    async fn sign_in(&mut self, person: &Person) -> anyhow::Result<Bearer> {
        let session = SessionServiceClient::new(self.rooms.get("directory")?);
        let request =
            SignInRequest { account: person.account.clone(), password: PASSWORD.into(), on_behalf_of: String::new() };
        let answer = insist(|| {
            let (mut session, request) = (session.clone(), request.clone());
            async move { session.sign_in(request).await }
        })
        .await
        .map_err(|status| anyhow!("{} can't sign in: {}", person.account, status.message()))?
        .into_inner();
        let until = answer.expire_time.context("a token ends some time")?;
        let until = OffsetDateTime::from_unix_timestamp(until.seconds)?;
        (self.now, self.read) = (until - Duration::minutes(30), Instant::now());
        let bearer = Bearer::of(&answer.access_token)?;
        self.tokens.insert(person.id.clone(), (bearer.clone(), until));
        Ok(bearer)
    }

    /// Tells that someone did something.
    pub fn did(&mut self, player: &Player, mut told: Told) {
        let china = self.now.to_offset(UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC));
        told.at = china
            .format(format_description!("[year]-[month]-[day] [hour]:[minute]"))
            .unwrap_or_else(|_| china.to_string());
        told.who.clone_from(&player.person.name);
        told.post = player.post.to_string();
        let organisation = self.pack.organisation(&player.post.org).map_or("", |found| found.name.as_str());
        told.duty = format!("{} {organisation}", player.post.role.zh());
        self.telling.step(told);
        (self.after_step)(self.telling.steps());
    }

    /// Waits for a person's task of this kind about this project, claims it and decides it.
    ///
    /// # Errors
    /// When it does not come in time, or the decision is refused (then the status is the cause).
    pub async fn decide(
        &self,
        player: &Player,
        project: &str,
        kind: &str,
        decision: impl Fn(&Task) -> Decision,
    ) -> anyhow::Result<()> {
        let task = self.await_task(player, project, kind).await?;
        let step = format!("{kind}:{}:{}", task.task_id, player.person.id);
        let claim = ClaimTaskRequest { request_id: self.key(&format!("claim:{step}")), task_id: task.task_id.clone() };
        let task = insist(|| {
            let (mut inbox, claim) = (player.inbox.clone(), claim.clone());
            async move { inbox.claim_task(claim).await }
        })
        .await?
        .into_inner();
        let complete = CompleteTaskRequest {
            request_id: self.key(&format!("complete:{step}")),
            task_id: task.task_id.clone(),
            fencing_token: task.fencing_token,
            decision: Some(decision(&task)),
            validate_only: false,
        };
        insist(|| {
            let (mut inbox, complete) = (player.inbox.clone(), complete.clone());
            async move { inbox.complete_task(complete).await }
        })
        .await?;
        Ok(())
    }

    /// Waits for a person's open task of this kind about this project.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn await_task(&self, player: &Player, project: &str, kind: &str) -> anyhow::Result<Task> {
        let list = ListTasksRequest { project_id: project.into(), kind: kind.into(), ..ListTasksRequest::default() };
        let candidate = player.post.to_string();
        // What a duty bars, or somebody else is asked, stands in the list too.
        let theirs = |task: &Task| task.candidate == candidate && task.barred.is_none();
        let found = until(
            &format!("task {kind} for {candidate}"),
            || {
                let (mut inbox, list) = (player.inbox.clone(), list.clone());
                async move { inbox.list_tasks(list).await.map(tonic::Response::into_inner) }
            },
            |list| list.tasks.iter().any(theirs),
        )
        .await?;
        found.tasks.into_iter().find(theirs).context("it was just there")
    }
}

/// Calls until there is an answer: an unknown one is asked for again, with the same key.
///
/// # Errors
/// The answer, when it is a refusal; the last fault, when there was no answer in a minute.
pub async fn insist<T, F>(call: impl Fn() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>>,
{
    let started = Instant::now();
    loop {
        match call().await {
            Err(status) if is_unknown(&status) && started.elapsed() < PATIENCE => {
                tokio::time::sleep(Patience::from_millis(50)).await;
            }
            answer => return answer,
        }
    }
}

/// Reads until the answer is as it must become, for other rooms hear of a step a moment later.
///
/// # Errors
/// When it does not become so in a minute, or is refused.
pub async fn until<T: std::fmt::Debug, F>(
    what: &str,
    call: impl Fn() -> F,
    is: impl Fn(&T) -> bool,
) -> anyhow::Result<T>
where
    F: Future<Output = Result<T, Status>>,
{
    let started = Instant::now();
    let mut last = None;
    while started.elapsed() < PATIENCE {
        match call().await {
            Ok(answer) if is(&answer) => return Ok(answer),
            Ok(answer) => last = Some(format!("{answer:?}")),
            // What another room has yet to hear of is not there yet.
            Err(status) if is_unknown(&status) || status.code() == Code::NotFound => last = Some(status.to_string()),
            Err(status) => return Err(status.into()),
        }
        tokio::time::sleep(Patience::from_millis(10)).await;
    }
    bail!("waited {PATIENCE:?} in vain for {what}; last seen: {}", last.unwrap_or_default())
}

fn is_unknown(status: &Status) -> bool {
    // Without a code of ours it is the transport that speaks: the connection broke.
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled)
        || (status.code() == Code::Unknown && status.details().is_empty())
}
