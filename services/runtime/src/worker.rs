//! Work that no request waits for: run when woken, and now and then in case a wake-up was lost.
//!
//! A run that found something to do is followed by another at once; one that failed, by the poll interval.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::BoxFuture;

type Run = Box<dyn Fn() -> BoxFuture<'static, anyhow::Result<bool>> + Send + Sync>;

/// Background work of a room.
pub struct Worker {
    name: &'static str,
    wake: Arc<Notify>,
    every: Duration,
    run: Run,
    only_looks: bool,
}

impl Worker {
    /// Work called `name`, run when `wake` is notified and at least every so often; `run` tells whether it did anything.
    pub fn new<F>(
        name: &'static str,
        wake: Arc<Notify>,
        every: Duration,
        run: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = anyhow::Result<bool>> + Send + 'static,
    {
        Self { name, wake, every, run: Box::new(move || Box::pin(run())), only_looks: false }
    }

    /// The same, which never changes anything: whoever waits until all is done need not wait for it.
    #[must_use]
    pub(crate) fn only_looking(self) -> Self {
        Self { only_looks: true, ..self }
    }

    /// Whether it may change something.
    pub(crate) fn does_something(&self) -> bool {
        !self.only_looks
    }

    /// Runs once; whether there was anything to do.
    pub(crate) async fn run_once(&self) -> anyhow::Result<bool> {
        (self.run)().await
    }

    pub(crate) async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            match self.run_once().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(worker = self.name, error = format!("{error:#}"), "work failed, trying again")
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }
}
