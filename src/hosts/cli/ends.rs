//! Requests to end: Ctrl-C of a user, SIGTERM of a supervisor.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// All of them, one after the other.
pub(super) struct Ends {
    #[cfg(unix)]
    terminate: Signal,
}

impl Ends {
    /// Begins to listen. From then on a request ends nothing by itself.
    pub(super) fn new() -> io::Result<Ends> {
        Ok(Ends {
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next.
    pub(super) async fn next(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = self.terminate.recv() => Ok(()),
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    }
}
