//! Reading and planning, on a thread of its own, so that neither waits for delivery.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::mpsc::Sender;
use tokio::sync::watch;

use super::checkpoint::digest;
use crate::hosts::input::Events;
use crate::plan::{Plan, Planner};

/// One event on its way to delivery.
pub(super) struct Fed {
    /// Its number in the input, the first is 0.
    pub(super) index: u64,
    /// The line it begins in.
    pub(super) line: u64,
    /// What it is recognised by.
    pub(super) digest: u64,
    /// Its bytes, where somebody may want them back.
    pub(super) bytes: Option<Box<[u8]>>,
    pub(super) plan: Plan,
    /// What planned it.
    pub(super) planner: Arc<Planner>,
}

/// What reading and delivery tell each other.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// Bytes of the input that were read.
    pub(super) bytes_read: AtomicU64,
    /// Nothing more is to be read.
    pub(super) stop: AtomicBool,
    /// Wakes who waits for what is read.
    pub(super) stopped: tokio::sync::Notify,
}

/// Why reading ended before the input did.
pub(super) enum FeedError {
    /// The input cannot be read.
    Read(io::Error),
    /// The events that the checkpoint says are done are not those of this input.
    OtherInput,
}

/// What is done with each event.
pub(super) struct Feed {
    /// The planner of the moment.
    pub(super) planner: watch::Receiver<Arc<Planner>>,
    pub(super) signals: Arc<Signals>,
    /// How many events were done in an earlier run, and what the last of them is recognised by.
    pub(super) done: Option<(u64, u64)>,
    /// Whether events are kept with their plans.
    pub(super) keeps_bytes: bool,
}

impl Feed {
    /// Sends a plan for each event that is not done yet.
    pub(super) fn run(
        &self,
        mut events: Events<impl Read>,
        sender: &Sender<Fed>,
    ) -> Result<(), FeedError> {
        let (done, last_done) = self.done.unwrap_or_default();
        let mut read = 0;
        while !self.signals.stop.load(Ordering::Relaxed) {
            let Some(item) = events.next_event().map_err(FeedError::Read)? else {
                break;
            };
            let place = item.place;
            read = place.index + 1;
            self.signals
                .bytes_read
                .store(place.offset, Ordering::Relaxed);
            let digest = digest(item.bytes.as_deref().unwrap_or_default());
            if read <= done {
                if read == done && digest != last_done {
                    return Err(FeedError::OtherInput);
                }
                continue;
            }
            let planner = self.planner.borrow().clone();
            let (plan, bytes) = match item.bytes {
                Ok(bytes) => (planner.plan(&bytes), self.keeps_bytes.then(|| bytes.into())),
                Err(diagnostic) => (Plan::rejected(None, vec![diagnostic]), None),
            };
            let fed = Fed {
                index: place.index,
                line: place.line,
                digest,
                bytes,
                plan,
                planner,
            };
            if sender.blocking_send(fed).is_err() {
                return Ok(());
            }
        }
        if read < done && !self.signals.stop.load(Ordering::Relaxed) {
            return Err(FeedError::OtherInput);
        }
        Ok(())
    }
}
