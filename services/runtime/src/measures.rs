//! What somebody who watches the rooms should see, measured now and then: that each room is there, and what waits in it for
//! a person. A room measures what is its own by a worker of its own ([`worker`]).

use std::{sync::Arc, time::Duration};

use messaging::parked;
use opentelemetry::{KeyValue, global, metrics::Gauge};
use tokio::sync::Notify;

use crate::{Context, Worker};

/// How often, where nothing speaks against it.
pub const EVERY: Duration = Duration::from_secs(30);

/// A measure of whole numbers.
#[derive(Clone)]
pub struct Measure {
    gauge: Gauge<i64>,
    room: KeyValue,
}

impl Measure {
    /// A measure of this room.
    #[must_use]
    pub fn new(context: &Context, name: &'static str, description: &'static str) -> Self {
        let gauge = global::meter("xianjie").i64_gauge(name).with_description(description).build();
        Self { gauge, room: KeyValue::new("room", context.room) }
    }

    /// It reads so now.
    pub fn record(&self, value: i64) {
        self.gauge.record(value, std::slice::from_ref(&self.room));
    }

    /// Of what is in this state, it reads so now.
    pub fn record_in(&self, state: &'static str, value: i64) {
        self.gauge.record(value, &[self.room.clone(), KeyValue::new("state", state)]);
    }
}

/// Work that only measures, each time with what it needs for that.
pub fn worker<N, F>(name: &'static str, every: Duration, needs: N, read: fn(N) -> F) -> Worker
where
    N: Clone + Send + Sync + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let run = move || {
        let read = read(needs.clone());
        async move { read.await.map(|()| false) }
    };
    Worker::new(name, Arc::new(Notify::new()), every, run).only_looking()
}

/// Measures every room alike.
pub(crate) fn of_room(context: &Context) -> Worker {
    let up = Measure::new(context, "xianjie.room.up", "1 while the room serves and reaches its store.");
    let waiting = Measure::new(context, "xianjie.messages.waiting", "Messages set aside that wait for a person.");
    worker("measures", EVERY, (context.pool.clone(), up, waiting), |(pool, up, waiting)| async move {
        let found = parked::waiting(&pool).await;
        // What is not said again is told as it was.
        up.record(found.is_ok().into());
        waiting.record(found?);
        Ok(())
    })
}
