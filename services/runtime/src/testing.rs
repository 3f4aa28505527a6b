//! A room alone on a fresh database: for store tests.
//!
//! The house with all rooms stands in the crate `tests`; this one says nothing, and its neighbours have seen nobody act.

use std::{
    path::Path,
    sync::{Arc, LazyLock, OnceLock},
};

use kernel::{Calendar, Pack};
use messaging::express;
use proto::common::v1::{
    ListActsRequest, ListActsResponse,
    act_service_server::{ActService, ActServiceServer},
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use time::macros::datetime;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, service::Routes};
use uuid::Uuid;

use crate::{
    Clock, Context, Journal, Peer, Peers, Service,
    options::{CONNECTIONS, load_pack},
    postgres,
};

/// The county pack that the tests use: that of Nan County.
///
/// # Panics
/// When the pack has faults.
#[must_use]
pub fn pack() -> Arc<Pack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/county/nanxian");
    load_pack(&folder).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The same pack as it was while no year after 2021 was published: whatever is due in 2022 is provisional (暂定).
#[must_use]
pub fn unpublished(pack: &Pack) -> Arc<Pack> {
    let known = Calendar::try_new([2021], [], []).unwrap_or_default();
    Arc::new(Pack { calendar: known.with_provisional([], 90), ..pack.clone() })
}

/// Closes a room's connections, each of which says what it counted in PostgreSQL's statistics at the latest when it ends,
/// and waits until none is left; gives a new one, to read there.
///
/// # Panics
/// When the database doesn't answer.
pub async fn counted(pool: &PgPool) -> PgConnection {
    let options = pool.connect_options();
    pool.close().await;
    let mut connection = PgConnection::connect_with(&options).await.expect("the database answers");
    let others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
                     and backend_type = 'client backend'";
    while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut connection).await.expect("PostgreSQL knows") > 0 {
        tokio::task::yield_now().await;
    }
    connection
}

/// Rooms that know of no act in any project, and nothing else.
fn neighbours() -> Peers {
    static ROUTES: LazyLock<Arc<OnceLock<Routes>>> =
        LazyLock::new(|| Arc::new(OnceLock::from(Routes::new(ActServiceServer::new(SawNobody)))));
    let peer = |room: &str| (room.to_owned(), Peer::Neighbour(Arc::downgrade(&ROUTES)));
    Peers::new(["review", "disbursement", "assets"].map(peer).into())
}

struct SawNobody;

#[tonic::async_trait]
impl ActService for SawNobody {
    async fn list_acts(&self, _: Request<ListActsRequest>) -> Result<Response<ListActsResponse>, Status> {
        Ok(Response::new(ListActsResponse::default()))
    }
}

/// A database of its own on the server at `DATABASE_URL`.
pub struct TestDatabase {
    /// Its URL.
    pub url: String,
}

impl TestDatabase {
    /// Makes one.
    ///
    /// # Panics
    /// When `DATABASE_URL` is not set or its server doesn't answer.
    pub async fn create() -> Self {
        let server = std::env::var("DATABASE_URL").expect("DATABASE_URL is not set: run tests/run");
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&server).await.expect("DATABASE_URL answers: run tests/run");
        // The name is our own hexadecimal number: an identifier can't be bound.
        sqlx::query(AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await
            .expect("a database can be made");
        connection.close().await.expect("the connection ends");
        let (base, _) = server.rsplit_once('/').expect("DATABASE_URL names a database");
        Self { url: format!("{base}/{name}") }
    }

    /// A room on this database, with an offset clock that shows 2022-01-04 09:00 in China.
    ///
    /// # Panics
    /// When its migrations fail.
    pub async fn room(&self, service: Service) -> Context {
        let pool = postgres::open(&self.url, CONNECTIONS, service.name, service.migrations)
            .await
            .expect("the room's migrations run");
        let clock = Clock::starting_at(datetime!(2022-01-04 09:00 +8));
        Context {
            room: service.name,
            journal: Journal::new(service.name, pool.clone(), clock.clone(), express::channel().0),
            pool,
            clock,
            pack: pack(),
            peers: neighbours(),
            treasury: None,
            shutdown: CancellationToken::new(),
        }
    }
}
