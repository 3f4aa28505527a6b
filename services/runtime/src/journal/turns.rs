//! Writers of one stream in this process take turns, so that they need not collide in the database.
//!
//! Invariant: a courtesy that saves work, not a lock that anything relies on. Whoever has waited for [`PATIENCE`] goes on
//! without, and other processes know nothing of it: the version that each write names is the judge.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Mutex as Line, OwnedMutexGuard};
use uuid::Uuid;

/// So long a writer waits for the one before it: longer than a step takes, shorter than anyone's deadline.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines before the streams of one room that are being written.
#[derive(Default)]
pub(super) struct Turns {
    lines: Mutex<HashMap<Uuid, Arc<Line<()>>>>,
}

/// Someone's turn to write a stream; it ends when this is dropped.
pub struct Turn {
    stream: Uuid,
    turns: Arc<Turns>,
    /// None for one who did not want to wait any longer.
    place: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for the turn to write a stream: first come, first served.
    pub(super) async fn take(self: &Arc<Self>, stream: Uuid) -> Turn {
        let line = self.lines().entry(stream).or_default().clone();
        // Made before the wait, so that one who gives up in it still clears the line away.
        let mut turn = Turn { stream, turns: self.clone(), place: None };
        turn.place = tokio::time::timeout(PATIENCE, line.lock_owned()).await.ok();
        turn
    }

    // Nothing panics while it is held.
    fn lines(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Line<()>>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.place = None;
        let mut lines = self.turns.lines();
        // Whoever waits holds the line, too, and took it under this very lock.
        if lines.get(&self.stream).is_some_and(|line| Arc::strong_count(line) == 1) {
            lines.remove(&self.stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_after_the_other_and_no_line_is_left() {
        let turns = Arc::new(Turns::default());
        let first = turns.take(Uuid::nil()).await;
        let (turns_too, told) = (turns.clone(), Arc::new(Mutex::new(Vec::new())));
        let tell = told.clone();
        let second = tokio::spawn(async move {
            let turn = turns_too.take(Uuid::nil()).await;
            tell.lock().expect("nobody panics").push(turn.place.is_some());
        });
        let other = turns.take(Uuid::max()).await;
        assert!(other.place.is_some(), "another stream's line is another");
        tokio::task::yield_now().await;
        assert!(told.lock().expect("nobody panics").is_empty(), "it waits");
        drop(first);
        second.await.expect("it ends");
        assert_eq!(*told.lock().expect("nobody panics"), [true]);
        drop(other);
        assert!(turns.lines().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let turns = Arc::new(Turns::default());
        let first = turns.take(Uuid::nil()).await;
        let second = turns.take(Uuid::nil()).await;
        assert!(first.place.is_some() && second.place.is_none(), "it goes on without");
        drop((first, second));
        assert!(turns.lines().is_empty());
    }
}
