//! Who acts: persons of the county, signed in with their passwords, each with clients of every room.
//!
//! One village a township takes part, so that chains spread over villages as a county's do; the county's own posts are
//! few, and shared by all chains. A connection to a room carries several drivers.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail, ensure};
use kernel::{OrgCode, Pack, PersonId, Post, Role};
use proto::{
    assets::v1::{ListAssetsRequest, asset_service_client::AssetServiceClient},
    directory::v1::{SignInRequest, session_service_client::SessionServiceClient},
    disbursement::v1::{ListIndicatorsRequest, disbursement_service_client::DisbursementServiceClient},
    inbox::v1::{ListTasksRequest, task_service_client::TaskServiceClient},
    intake::v1::{ListApplicationsRequest, application_service_client::ApplicationServiceClient},
    review::v1::{ListCasesRequest, review_service_client::ReviewServiceClient},
};
use runtime::Clock;
use tonic::{
    Request, Status,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Endpoint,
};
use xianjie::{
    demo::{
        PASSWORD,
        stage::{Bearer, judge_of},
    },
    house::ROOMS,
};

use crate::{
    county::CATEGORY,
    wire::{Venue, Wire},
};

/// Adds a person's token to each call, and counts the calls.
#[derive(Clone)]
pub struct Counted {
    bearer: Bearer,
    calls: Arc<AtomicU64>,
}

impl Interceptor for Counted {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.bearer.call(request)
    }
}

type Signed = InterceptedService<Wire, Counted>;

/// A signed-in person with a client of every room.
#[derive(Clone)]
pub struct Player {
    /// Who.
    pub id: String,
    /// As what.
    pub post: String,
    /// Intake.
    pub intake: ApplicationServiceClient<Signed>,
    /// Inbox.
    pub inbox: TaskServiceClient<Signed>,
    /// Disbursement.
    pub disbursement: DisbursementServiceClient<Signed>,
    /// Assets.
    pub assets: AssetServiceClient<Signed>,
    /// Review.
    pub review: ReviewServiceClient<Signed>,
}

/// Who acts for a village.
#[derive(Clone)]
pub struct Village {
    /// Its division code.
    pub code: String,
    /// The village committee.
    pub secretary: Player,
    /// The village collective.
    pub collective: Player,
    /// The township's clerk.
    pub clerk: Player,
    /// Another one, who goes along to the site.
    pub second_clerk: Player,
    /// The township's finance office, which goes to the site with the second clerk.
    pub township_finance: Player,
    /// The township's head.
    pub head: Player,
}

/// Everyone, over one set of connections.
#[derive(Clone)]
pub struct Cast {
    /// The rooms' clock, by which requests are dated.
    pub clock: Clock,
    /// Villages.
    pub villages: Vec<Village>,
    /// The departments that judge the bench's category.
    pub departments: [Player; 3],
    /// The revitalization bureau.
    pub bureau: Player,
    /// The finance bureau.
    pub finance: Player,
    /// Another of it, who confirms what the first enters.
    pub second_finance: Player,
    /// The leading group.
    pub group: Player,
    /// Reviews payments.
    pub payment_reviewer: Player,
    /// Releases payments.
    pub payment_releaser: Player,
    /// Accepts works: another person of the sector's department.
    pub acceptor: Player,
    /// Audits final accounts.
    pub auditor: Player,
}

/// Signs people in and gives them connections.
pub struct Office {
    pack: Arc<Pack>,
    clock: Clock,
    addresses: HashMap<String, Vec<String>>,
    wire: fn(Endpoint) -> Wire,
    /// Sets of connections so far: each goes to the next replica.
    sets: usize,
    tokens: HashMap<PersonId, Bearer>,
    calls: Arc<AtomicU64>,
}

impl Office {
    /// Waits until the rooms answer.
    ///
    /// # Errors
    /// When they do not within a minute.
    pub async fn open<V: Venue>(pack: Arc<Pack>, clock: Clock, mut venue: V) -> anyhow::Result<Self> {
        let (addresses, tokens) = (venue.addresses(), HashMap::new());
        let mut office = Self { pack, clock, addresses, wire: V::wire, sets: 0, tokens, calls: Arc::default() };
        let started = Instant::now();
        loop {
            venue.check()?;
            match office.try_all_rooms().await {
                Ok(()) => return Ok(office),
                Err(error) if started.elapsed() > Duration::from_secs(60) => {
                    return Err(
                        error.context(format!("the rooms do not answer; logs are in {}", venue.logs().display()))
                    );
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// How many calls were made so far, by everyone.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Forgets all tokens: they live for half an hour, a run should begin with fresh ones.
    pub fn sign_out(&mut self) {
        self.tokens.clear();
    }

    /// The first holders of that many different posts, signed in, two connections for every eight of them.
    ///
    /// # Errors
    /// When the pack has fewer, or a sign-in fails.
    pub async fn desks(&mut self, number: usize) -> anyhow::Result<Vec<Player>> {
        let pack = self.pack.clone();
        let mut posts: Vec<&Post> = Vec::new();
        for post in pack.persons.iter().flat_map(|person| &person.posts) {
            if post.role != Role::Administrator && !posts.contains(&post) {
                posts.push(post);
            }
        }
        ensure!(posts.len() >= number, "the pack has {} posts, not {number}", posts.len());
        let mut desks = Vec::new();
        for posts in posts[..number].chunks(4) {
            let channels = self.channels()?;
            for post in posts {
                desks.push(self.player(&channels, (*post).clone(), 0).await?);
            }
        }
        Ok(desks)
    }

    /// Everyone, signed in, over connections of their own.
    ///
    /// # Errors
    /// When a post is vacant or a sign-in fails.
    pub async fn cast(&mut self) -> anyhow::Result<Arc<Cast>> {
        let channels = self.channels()?;
        let county = self.pack.county.division;
        let category = self.pack.category(CATEGORY.0).context("the pack knows the bench's category")?;
        let posts: Vec<Post> = category.reviews.iter().map(|review| review.post.clone()).collect();
        let Ok([first, second, third]) = <[Post; 3]>::try_from(posts) else {
            bail!("the category has three departments")
        };
        let bureau = |short: &str| OrgCode::department_of(county, short);
        let sector = third.clone();
        let departments = [
            self.judge(&channels, first).await?,
            self.judge(&channels, second).await?,
            self.judge(&channels, third).await?,
        ];
        Ok(Arc::new(Cast {
            clock: self.clock.clone(),
            villages: self.villages(&channels).await?,
            departments,
            bureau: self.player(&channels, Post::new(Role::RevitalizationBureau, bureau("RRB")), 0).await?,
            finance: self.player(&channels, Post::new(Role::FinanceBureau, bureau("FIN")), 0).await?,
            second_finance: self.player(&channels, Post::new(Role::FinanceBureau, bureau("FIN")), 2).await?,
            group: self.player(&channels, Post::new(Role::LeadingGroup, OrgCode::of(county)), 0).await?,
            payment_reviewer: self.player(&channels, Post::new(Role::PaymentReviewer, bureau("FIN")), 0).await?,
            payment_releaser: self.player(&channels, Post::new(Role::PaymentReleaser, bureau("FIN")), 0).await?,
            acceptor: self.player(&channels, sector, 1).await?,
            auditor: self.player(&channels, Post::new(Role::Audit, bureau("AUD")), 0).await?,
        }))
    }

    async fn villages(&mut self, channels: &HashMap<String, Wire>) -> anyhow::Result<Vec<Village>> {
        let pack = self.pack.clone();
        let posts = pack.persons.iter().flat_map(|person| &person.posts);
        let mut villages: Vec<Village> = Vec::new();
        let mut townships = Vec::new();
        for post in posts.filter(|post| post.role == Role::VillageCommittee) {
            let (village, township) = (post.org.division(), post.org.division().township());
            if townships.contains(&township) {
                continue;
            }
            townships.push(township);
            let clerks = Post::new(Role::TownshipClerk, OrgCode::of(township));
            villages.push(Village {
                code: village.to_string(),
                secretary: self.player(channels, post.clone(), 0).await?,
                collective: self
                    .player(channels, Post::new(Role::VillageCollective, OrgCode::department_of(village, "COL")), 0)
                    .await?,
                clerk: self.player(channels, clerks.clone(), 0).await?,
                second_clerk: self.player(channels, clerks, 1).await?,
                township_finance: self
                    .player(channels, Post::new(Role::TownshipFinance, OrgCode::of(township)), 0)
                    .await?,
                head: self.player(channels, Post::new(Role::TownshipHead, OrgCode::of(township)), 0).await?,
            });
        }
        Ok(villages)
    }

    /// Who judges for a department, and has no other duty.
    async fn judge(&mut self, channels: &HashMap<String, Wire>, post: Post) -> anyhow::Result<Player> {
        let nth = judge_of(post.role);
        self.player(channels, post, nth).await
    }

    /// The nth person who holds this post.
    async fn player(&mut self, channels: &HashMap<String, Wire>, post: Post, nth: usize) -> anyhow::Result<Player> {
        let mut holders = self.pack.persons.iter().filter(|person| person.posts.contains(&post));
        let person =
            holders.nth(nth).with_context(|| format!("the pack has no person {} for {post}", nth + 1))?.clone();
        let bearer = match self.tokens.get(&person.id) {
            Some(bearer) => bearer.clone(),
            None => {
                let request = SignInRequest {
                    account: person.account.clone(),
                    password: PASSWORD.into(),
                    on_behalf_of: String::new(),
                };
                let answer = SessionServiceClient::new(channel_of(channels, "directory")?).sign_in(request).await;
                let answer =
                    answer.map_err(|status| anyhow!("{} can't sign in: {status}", person.account))?.into_inner();
                let bearer = Bearer::of(&answer.access_token)?;
                self.tokens.insert(person.id.clone(), bearer.clone());
                bearer
            }
        };
        let counted = Counted { bearer, calls: self.calls.clone() };
        let signed = |room: &str| anyhow::Ok(InterceptedService::new(channel_of(channels, room)?, counted.clone()));
        Ok(Player {
            id: person.id.to_string(),
            post: post.to_string(),
            intake: ApplicationServiceClient::new(signed("intake")?),
            inbox: TaskServiceClient::new(signed("inbox")?),
            disbursement: DisbursementServiceClient::new(signed("disbursement")?),
            assets: AssetServiceClient::new(signed("assets")?),
            review: ReviewServiceClient::new(signed("review")?),
        })
    }

    /// One call to each room, and to each replica.
    async fn try_all_rooms(&mut self) -> anyhow::Result<()> {
        for _ in 0..self.addresses.values().map(Vec::len).max().unwrap_or(1) {
            let channels = self.channels()?;
            let group = Post::new(Role::LeadingGroup, OrgCode::of(self.pack.county.division));
            let mut anyone = self.player(&channels, group, 0).await?;
            anyone.intake.list_applications(ListApplicationsRequest::default()).await?;
            anyone.review.list_cases(ListCasesRequest::default()).await?;
            anyone.inbox.list_tasks(ListTasksRequest::default()).await?;
            anyone.disbursement.list_indicators(ListIndicatorsRequest::default()).await?;
            anyone.assets.list_assets(ListAssetsRequest::default()).await?;
        }
        Ok(())
    }

    /// A connection to each room; where a room has replicas, to the one whose turn it is.
    fn channels(&mut self) -> anyhow::Result<HashMap<String, Wire>> {
        let mut by_address: HashMap<&str, Wire> = HashMap::new();
        let mut by_room = HashMap::new();
        for room in ROOMS {
            let replicas = self.addresses.get(room).map_or(&[][..], Vec::as_slice);
            let nth = self.sets.checked_rem(replicas.len()).unwrap_or_default();
            let address = replicas.get(nth).with_context(|| format!("no address for room {room}"))?;
            if !by_address.contains_key(address.as_str()) {
                let endpoint =
                    Endpoint::from_shared(address.clone())?.tcp_nodelay(true).timeout(Duration::from_secs(30));
                by_address.insert(address, (self.wire)(endpoint));
            }
            by_room.insert(room.to_owned(), by_address[address.as_str()].clone());
        }
        self.sets += 1;
        Ok(by_room)
    }
}

fn channel_of(channels: &HashMap<String, Wire>, room: &str) -> anyhow::Result<Wire> {
    channels.get(room).cloned().with_context(|| format!("no address for room {room}"))
}
