//! What this room's store tests share: persons of the county pack, a project of its own per test, requests with an actor.

pub mod house;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use disbursement::domain::{
    BudgetLine, Indicator, Issue, Pooled, Project,
    indicator::{self, Step},
    project::Command,
};
use kernel::{Actor, Duties, Fen, PersonId, Post, ProjectId, Refusal as _, Role, refusal::Common};
use proto::{
    intake::v1::{
        GetStandingRequest, Standing,
        standing_service_server::{StandingService, StandingServiceServer},
    },
    treasury::v1::{
        GetOrderRequest, Order, OrderState, PayRequest,
        treasury_service_server::{TreasuryService, TreasuryServiceServer},
    },
};
use runtime::{Context, Peer};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// A village of the pack's county.
pub const VILLAGE: &str = "430921129201";

/// A person with one post.
pub fn actor(person: &str, role: Role, org: &str) -> Actor {
    let post = Post::new(role, org.parse().expect("an organisation code"));
    Actor { person: PersonId(person.to_owned()), name: person.to_owned(), posts: vec![post], on_behalf_of: None }
}

pub fn finance() -> Actor {
    actor("fin", Role::FinanceBureau, "430921000000-FIN")
}

pub fn reviewer() -> Actor {
    actor("rev", Role::PaymentReviewer, "430921000000-FIN")
}

pub fn releaser() -> Actor {
    actor("rel", Role::PaymentReleaser, "430921000000-FIN")
}

pub fn bureau() -> Actor {
    actor("rrb", Role::RevitalizationBureau, "430921000000-RRB")
}

pub fn leading_group() -> Actor {
    actor("lg", Role::LeadingGroup, "430921000000")
}

pub fn collective() -> Actor {
    actor("col", Role::VillageCollective, "430921129201-COL")
}

/// A request of this person, as the shell hands it on.
pub fn by<T>(actor: Actor, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(actor);
    request
}

/// A new attempt's key.
pub fn key() -> String {
    Uuid::now_v7().to_string()
}

/// Another of finance.
pub fn second_finance() -> Actor {
    actor("fin2", Role::FinanceBureau, "430921000000-FIN")
}

/// An indicator of 2022 from LINK, entered and confirmed; a refusal as its code.
pub async fn issue(context: &Context, document_no: &str, fen: i64) -> Result<Uuid, String> {
    let id = Uuid::now_v7();
    let issue = Issue {
        document_no: document_no.to_owned(),
        fiscal_year: 2022,
        source: "LINK".to_owned(),
        sub_level: Some("CENTRAL".to_owned()),
        amount: Fen::new(fen),
    };
    let rules = context.pack.rules(2022).expect("the pack serves 2022").clone();
    step_indicator(context, id, Step::Enter { issue, rules }, finance()).await?;
    step_indicator(context, id, Step::Confirm, second_finance()).await?;
    Ok(id)
}

/// One step of an indicator; a refusal as its code.
pub async fn step_indicator(context: &Context, id: Uuid, step: Step, actor: Actor) -> Result<(), String> {
    let (county, at) = (context.pack.county.division, context.clock.now());
    let command = indicator::Command { step, county, actor, at };
    context.journal.advance::<Indicator>(id, command).await.map(drop).map_err(code)
}

/// An intake that says how every project stands.
#[derive(Clone, Default)]
pub struct Intake {
    /// Whether it is suspended there.
    pub suspended: Arc<AtomicBool>,
}

impl Intake {
    /// Starts one, and makes it the room's peer.
    pub async fn start(context: &mut Context) -> Self {
        let intake = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tonic::transport::Server::builder().add_service(StandingServiceServer::new(intake.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        let peer = Peer::at(address.parse().expect("an address"));
        context.peers = context.peers.with("intake", peer);
        intake
    }
}

#[tonic::async_trait]
impl StandingService for Intake {
    async fn get_standing(&self, _: Request<GetStandingRequest>) -> Result<Response<Standing>, Status> {
        let suspended = self.suspended.load(Ordering::SeqCst);
        Ok(Response::new(Standing { in_pool: true, suspended, plan_year: 2022 }))
    }
}

/// The stable code of a refusal.
pub fn code(error: anyhow::Error) -> String {
    let refusal = error.downcast_ref::<disbursement::domain::Refusal>().map(|refusal| refusal.explain().code);
    let common = error.downcast_ref::<Common>().map(|refusal| refusal.explain().code);
    refusal.or(common).map_or_else(|| format!("{error:#}"), str::to_owned)
}

/// A project of public money from LINK.
pub fn pooled(public_fen: i64) -> Pooled {
    Pooled {
        project: ProjectId(Uuid::now_v7()),
        pool_no: "2022-001".to_owned(),
        title: "稻虾加工厂".to_owned(),
        village: VILLAGE.parse().expect("a village"),
        category: "INDUSTRY".to_owned(),
        fiscal_year: 2022,
        budget: vec![BudgetLine { source: "LINK".to_owned(), public: true, amount: Fen::new(public_fen) }],
        total: Fen::new(public_fen),
        suspensions: 0,
        asked: Vec::new(),
    }
}

/// Puts it into the pool.
pub async fn pool(context: &Context, pooled: Pooled) -> Uuid {
    let project = pooled.project.0;
    let command = Command::RecordPooled { pooled, acts: Duties::default() };
    context.journal.advance::<Project>(project, command).await.expect("a project is pooled");
    project
}

/// Puts a project of public money from LINK into the pool.
pub async fn pool_project(context: &Context, public_fen: i64) -> Uuid {
    pool(context, pooled(public_fen)).await
}

/// How the treasury of the tests behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Pays at once.
    Pay,
    /// Refuses.
    Refuse,
    /// Pays, but its answer is lost.
    PayInSilence,
    /// The order is lost on its way.
    Lose,
    /// Takes the order and pays later.
    Wait,
}

/// A treasury in this process that keeps its orders.
#[derive(Clone)]
pub struct Treasury {
    pub behaviour: Arc<Mutex<Behaviour>>,
    pub orders: Arc<Mutex<Vec<Order>>>,
    pub calls_to_pay: Arc<AtomicI64>,
}

impl Treasury {
    /// Starts one; gives its address.
    pub async fn start(behaviour: Behaviour) -> (Self, String) {
        let treasury =
            Self { behaviour: Arc::new(Mutex::new(behaviour)), orders: Arc::default(), calls_to_pay: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tonic::transport::Server::builder().add_service(TreasuryServiceServer::new(treasury.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        (treasury, address)
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().expect("no test panicked here") = behaviour;
    }

    /// All orders become paid.
    pub fn pay_all(&self) {
        for order in self.orders.lock().expect("no test panicked here").iter_mut() {
            order.state = OrderState::Paid.into();
        }
    }

    fn take(&self, asked: &PayRequest, state: OrderState) -> Order {
        let mut orders = self.orders.lock().expect("no test panicked here");
        if let Some(order) = orders.iter().find(|order| order.payment_id == asked.payment_id) {
            return order.clone();
        }
        let order = Order {
            payment_id: asked.payment_id.clone(),
            state: state.into(),
            treasury_ref: format!("ZF-{}", orders.len() + 1),
            reason: if state == OrderState::Failed { "账户已销户".to_owned() } else { String::new() },
            amount_fen: asked.amount_fen,
        };
        orders.push(order.clone());
        order
    }
}

#[tonic::async_trait]
impl TreasuryService for Treasury {
    async fn pay(&self, request: Request<PayRequest>) -> Result<Response<Order>, Status> {
        self.calls_to_pay.fetch_add(1, Ordering::SeqCst);
        let asked = request.into_inner();
        let behaviour = *self.behaviour.lock().expect("no test panicked here");
        match behaviour {
            Behaviour::Pay => Ok(Response::new(self.take(&asked, OrderState::Paid))),
            Behaviour::Refuse => Ok(Response::new(self.take(&asked, OrderState::Failed))),
            Behaviour::Wait => Ok(Response::new(self.take(&asked, OrderState::Pending))),
            Behaviour::PayInSilence => {
                self.take(&asked, OrderState::Paid);
                Err(Status::unavailable("the line was cut after the order"))
            }
            Behaviour::Lose => Err(Status::unavailable("the line was cut before the order")),
        }
    }

    async fn get_order(&self, request: Request<GetOrderRequest>) -> Result<Response<Order>, Status> {
        let id = request.into_inner().payment_id;
        let orders = self.orders.lock().expect("no test panicked here");
        let order = orders.iter().find(|order| order.payment_id == id);
        order.cloned().map(Response::new).ok_or_else(|| Status::not_found("no such order"))
    }
}
