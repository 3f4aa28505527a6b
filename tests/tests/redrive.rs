//! A broker that confirms every message and loses it (its directory was wiped): only what `xianjie redrive` says again
//! arrives, the chain ends the same, and one more redrive changes nothing.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::future::BoxFuture;
use messaging::{InProcess, Message, PublishError, SubscribeError, Subscriber, Transport};
use runtime::Redriven;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tests::{
    house::{TestHouse, leftovers},
    pack_folder, rebuilt,
};
use time::OffsetDateTime;
use uuid::Uuid;
use xianjie::{
    demo::story,
    house::{ROOMS, room},
};

/// Confirms and loses the first copy of each message.
#[derive(Default)]
struct Wiped {
    wire: InProcess,
    lost: Mutex<HashSet<Uuid>>,
}

impl Transport for Wiped {
    fn publish<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), PublishError>> {
        let first = self.lost.lock().expect("nobody panics").insert(message.id);
        if first { Box::pin(async { Ok(()) }) } else { self.wire.publish(message) }
    }
    fn subscribe(&self, subscriber: Subscriber) -> BoxFuture<'_, Result<(), SubscribeError>> {
        self.wire.subscribe(subscriber)
    }
    fn close(&self) -> BoxFuture<'_, ()> {
        self.wire.close()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_broker_lost_is_said_again_and_has_one_effect() {
    let wiped = Arc::new(Wiped::default());
    let house = TestHouse::open_on(wiped.clone()).await;
    let url = house.database.url.clone();
    let told = Arc::new(AtomicBool::new(false));
    let operator = tokio::spawn({
        let (url, told) = (url.clone(), told.clone());
        async move {
            while !told.load(Ordering::SeqCst) {
                redrive(&url, OffsetDateTime::UNIX_EPOCH, false).await;
            }
        }
    });
    let mut stage = house.stage().await;
    let summary = story::tell(&mut stage, &pack_folder().join("applications")).await.expect("the story ends");
    told.store(true, Ordering::SeqCst);
    operator.await.expect("the operator ends");
    house.settle().await;
    assert_eq!((summary.state.as_str(), summary.balanced), ("ASSET_REGISTERED", true));
    assert_eq!(house.treasury.orders().len(), 3, "each order reached the treasury once");

    let before = effects(&url).await;
    let since = OffsetDateTime::UNIX_EPOCH;
    let dry = redrive(&url, since, true).await;
    let lost = wiped.lost.lock().expect("nobody panics").len();
    assert_eq!((dry.said, dry.enqueued), (u64::try_from(lost).expect("few"), 0), "all that was ever said, and no more");
    assert_eq!(redrive(&url, house.clock.now() + time::Duration::SECOND, false).await, Redriven::default());
    let again = redrive(&url, since, false).await;
    assert_eq!((again.said, again.enqueued), (dry.said, dry.said));
    house.settle().await;
    assert_eq!(effects(&url).await, before, "a message too many does nothing");
    assert!(leftovers(&url).await.is_empty(), "nothing waits, nothing is set aside");
    let differences = rebuilt::differences(&url).await.expect("the read tables can be written again");
    assert!(differences.is_empty(), "read tables are what the events say: {differences:?}");
}

async fn redrive(url: &str, since: OffsetDateTime, dry_run: bool) -> Redriven {
    let mut sum = Redriven::default();
    for name in ROOMS {
        let redriven = room(name).expect("a room").redrive(url, since, dry_run).await.expect("it is said again");
        sum.said += redriven.said;
        sum.enqueued += redriven.enqueued;
    }
    sum
}

/// Events, receipts and refusals by room.
async fn effects(url: &str) -> BTreeMap<&'static str, (i64, i64, i64)> {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    let mut effects = BTreeMap::new();
    for name in ROOMS {
        // A room's name is one of ours: an identifier can't be bound.
        let counts = format!(
            "select (select count(*) from {name}.events), (select count(*) from {name}.receipts),
                    (select count(*) from {name}.refusals)"
        );
        let counts = sqlx::query_as(AssertSqlSafe(counts)).fetch_one(&mut connection).await.expect("a room's tables");
        effects.insert(name, counts);
    }
    effects
}
