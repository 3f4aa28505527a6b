//! Live streams: what is there, then each change, for as long as the client stays.
//!
//! A stream looks when this process says what changed, and once a second all the same, since another replica may have
//! written, and time alone changes some things. Invariant: a connection is held while it looks and never while it waits
//! for a slow client. What it looks at, and how nothing is missed, is its [`Watching`]'s question.

mod places;

use std::{future::Future, time::Duration};

use tokio::{
    sync::{
        broadcast::{
            self,
            error::{RecvError, TryRecvError},
        },
        mpsc,
    },
    time::{Instant, MissedTickBehavior},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use uuid::Uuid;

pub use self::places::{Place, Watchers};
use crate::{Context, status};

/// How often to look when nobody says that anything changed.
const POLL: Duration = Duration::from_secs(1);
/// Changes come in bursts: one look answers for all that come within this time.
const GATHER: Duration = Duration::from_millis(20);
/// Items that wait for a slow client; then the stream waits, too.
const BACKLOG: usize = 32;
/// After so long without an item a stream says that it is alive.
const SILENCE: Duration = Duration::from_secs(15);

/// What a live stream watches.
pub trait Watching: Send + 'static {
    /// What it sends.
    type Item: Send + 'static;

    /// What is to be said now. `heard` are the streams that this process says have changed; with none, any may have.
    ///
    /// # Errors
    /// What the stream ends with.
    fn look(&mut self, heard: Option<&[Uuid]>) -> impl Future<Output = Result<Look<Self::Item>, Status>> + Send;

    /// What is said when all is told for the first time, and after every silence; nothing, where a client needs no such sign.
    fn alive(&self) -> Option<Self::Item> {
        None
    }
}

/// What a look has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look<T> {
    /// What is to be said, in this order.
    pub items: Vec<T>,
    /// Whether there is more to see at once.
    pub more: bool,
}

/// Starts a live stream; it ends when the client goes or the process stops.
pub fn start<W: Watching>(context: &Context, place: Place, watching: W) -> ReceiverStream<Result<W::Item, Status>> {
    let (sender, receiver) = mpsc::channel(BACKLOG);
    // Heard from before the first look, so that nothing falls in between.
    let changes = context.journal.changes();
    let live = Live { watching, changes, sender: sender.clone(), spoke: None };
    let shutdown = context.shutdown.clone();
    tokio::spawn(async move {
        let _place = place;
        let last = match shutdown.run_until_cancelled(live.run()).await {
            Some(Ok(())) => return,
            Some(Err(failure)) => failure,
            None => stopping(),
        };
        // A client that doesn't read, or is gone, doesn't keep the process from stopping.
        if sender.try_send(Err(last)).is_err() {
            tracing::debug!("a live stream ended without its last word");
        }
    });
    ReceiverStream::new(receiver)
}

struct Live<W: Watching> {
    watching: W,
    changes: broadcast::Receiver<Uuid>,
    sender: mpsc::Sender<Result<W::Item, Status>>,
    /// When it said something last, since all was told for the first time.
    spoke: Option<Instant>,
}

impl<W: Watching> Live<W> {
    /// Ends when the client is gone; fails when the look does.
    async fn run(mut self) -> Result<(), Status> {
        let mut look_at_all = tokio::time::interval(POLL);
        look_at_all.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut heard = tokio::select! {
                () = self.sender.closed() => return Ok(()),
                _ = look_at_all.tick() => None,
                first = self.changes.recv() => self.gather(first).await,
            };
            loop {
                let Look { items, more } = self.watching.look(heard.as_deref()).await?;
                for item in items {
                    if !self.say(item).await {
                        return Ok(());
                    }
                }
                if !more {
                    break;
                }
                heard = None;
            }
            if !self.show_life().await {
                return Ok(());
            }
        }
    }

    /// The streams that changed within a moment; none when so many did that some were not heard: then any may have.
    async fn gather(&mut self, first: Result<Uuid, RecvError>) -> Option<Vec<Uuid>> {
        let mut heard = vec![first.ok()?];
        tokio::time::sleep(GATHER).await;
        loop {
            match self.changes.try_recv() {
                Ok(stream) => heard.push(stream),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(heard),
                Err(TryRecvError::Lagged(_)) => {
                    self.changes = self.changes.resubscribe();
                    return None;
                }
            }
        }
    }

    /// Whether the client is still there.
    async fn say(&mut self, item: W::Item) -> bool {
        let there = self.sender.send(Ok(item)).await.is_ok();
        self.spoke = self.spoke.map(|_| Instant::now());
        there
    }

    /// Whether the client is still there; it is told that the stream is, where that is due.
    async fn show_life(&mut self) -> bool {
        if self.spoke.is_some_and(|at| at.elapsed() < SILENCE) {
            return true;
        }
        let Some(sign) = self.watching.alive() else { return true };
        self.spoke = Some(Instant::now());
        self.say(sign).await
    }
}

fn stopping() -> Status {
    status::plain(Code::Unavailable, "STOPPING", "服务正在停止,请重新连接", "the server is stopping; watch again")
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt as _;

    use super::*;

    /// Three numbers, two at a time, then nothing; and how often it was asked to look.
    struct Numbers {
        left: Vec<u32>,
        signs: bool,
    }

    impl Watching for Numbers {
        type Item = Option<u32>;

        async fn look(&mut self, _: Option<&[Uuid]>) -> Result<Look<Self::Item>, Status> {
            let rest = self.left.split_off(self.left.len().min(2));
            let items = std::mem::replace(&mut self.left, rest).into_iter().map(Some).collect();
            Ok(Look { items, more: !self.left.is_empty() })
        }

        fn alive(&self) -> Option<Self::Item> {
            self.signs.then_some(None)
        }
    }

    type Heard = ReceiverStream<Result<Option<u32>, Status>>;

    fn live(signs: bool) -> (Live<Numbers>, Heard, broadcast::Sender<Uuid>) {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        let (said, changes) = broadcast::channel(4);
        let watching = Numbers { left: vec![1, 2, 3], signs };
        (Live { watching, changes, sender, spoke: None }, ReceiverStream::new(receiver), said)
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_of_life_comes_when_all_is_told_and_after_each_silence() {
        let (live, mut heard, _said) = live(true);
        let began = Instant::now();
        let running = tokio::spawn(live.run());
        let mut came = Vec::new();
        while came.len() < 6 {
            came.push((heard.next().await.expect("it goes on").expect("no failure"), began.elapsed().as_secs()));
        }
        assert_eq!(came, [(Some(1), 0), (Some(2), 0), (Some(3), 0), (None, 0), (None, 15), (None, 30)]);
        drop(heard);
        running.await.expect("no panic").expect("it ends with its client");
    }

    #[tokio::test(start_paused = true)]
    async fn where_no_sign_is_needed_none_is_given() {
        let (live, mut heard, _said) = live(false);
        let running = tokio::spawn(live.run());
        for number in 1..=3 {
            assert_eq!(heard.next().await.expect("it goes on").expect("no failure"), Some(number));
        }
        assert!(tokio::time::timeout(SILENCE * 4, heard.next()).await.is_err(), "nothing more is said");
        running.abort();
    }
}
