//! Ending well: the first Ctrl-C (or SIGTERM) drains, the second kills.

use tokio_util::sync::CancellationToken;

/// A token that the first signal cancels. A second signal ends the process at once, with the shell's code for it.
#[must_use]
pub fn on_signal() -> CancellationToken {
    let token = CancellationToken::new();
    let signalled = token.clone();
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping: finishing what is under way; signal again to stop at once");
        signalled.cancel();
        signal().await;
        tracing::warn!("stopped at once; what was under way is taken up at the next start");
        std::process::exit(130);
    });
    token
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("a handler for SIGTERM can be set");
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome.expect("a handler for Ctrl-C can be set"),
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    tokio::signal::ctrl_c().await.expect("a handler for Ctrl-C can be set");
}
