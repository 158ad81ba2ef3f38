//! Submitting plans: those that are read, and those of events that are planned once more.

use std::future::pending;
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};

use super::feed::{Fed, Signals};
use super::live::Live;
use super::lock;
use super::tally::Tally;
use crate::delivery::{Ended, Engine, Handle, Ledger, Report, Summary, Transport};

/// The delivery that goes on, and what came before it.
pub(super) struct Current {
    pub(super) handle: Handle,
    /// The counts of the deliveries before this one.
    before: Summary,
}

impl Current {
    /// The first delivery of a run.
    pub(super) fn first(handle: Handle) -> Current {
        Current {
            handle,
            before: Summary::default(),
        }
    }

    /// The counts of the whole run so far, of whose failures so many were taken back.
    pub(super) fn progress(&self, taken_back: u64) -> Summary {
        let mut summary = self.before.clone().and(self.handle.progress());
        summary.take_back(taken_back);
        summary
    }
}

/// What is submitted, and by what.
pub(super) struct Submission<L, T, S> {
    pub(super) engine: Engine<L>,
    /// Starts a delivery that goes on with the ledger of one that has ended.
    pub(super) start: S,
    pub(super) live: Option<Live<T>>,
    pub(super) signals: Arc<Signals>,
    pub(super) tally: Arc<Mutex<Tally>>,
    pub(super) current: watch::Sender<Current>,
}

impl<L: Ledger, T: Transport, S: Fn(L) -> Engine<L>> Submission<L, T, S> {
    /// Submits what is received until that ends or is stopped, and waits for the end of all of it.
    pub(super) async fn run(mut self, mut received: mpsc::Receiver<Fed>) -> Ended<L> {
        loop {
            let (seq, plan) = tokio::select! {
                fed = received.recv() => {
                    let Some(mut fed) = fed else { break };
                    if let Some(live) = &self.live {
                        live.renew(&mut fed);
                    }
                    lock(&self.tally).begin(&mut fed);
                    (fed.index, fed.plan)
                }
                report = failed(&mut self.live) => {
                    let seq = report.seq;
                    let Some(live) = &mut self.live else { continue };
                    let Some(plan) = live.replan(report, &self.tally).await else { continue };
                    (seq, plan)
                }
                () = self.signals.stopped.notified() => break,
                // Nothing may come any more from an input that stays open.
                () = self.engine.stopped() => break,
            };
            if self.engine.submit(seq, plan).await.is_err() {
                break;
            }
        }
        let mut summary = Summary::default();
        let mut ended = self.engine.drain().await;
        loop {
            summary = summary.and(std::mem::take(&mut ended.summary));
            let mut plans = Vec::new();
            while let Some(live) = &mut self.live
                && let Some(report) = live.failed_already()
            {
                let seq = report.seq;
                if summary.stopped_by.is_some() {
                    lock(&self.tally).end(&report);
                } else if let Some(plan) = live.replan(report, &self.tally).await {
                    plans.push((seq, plan));
                }
            }
            if plans.is_empty() {
                break;
            }
            let engine = (self.start)(ended.ledger);
            self.current.send_replace(Current {
                handle: engine.handle(),
                before: summary.clone(),
            });
            for (seq, plan) in plans {
                if engine.submit(seq, plan).await.is_err() {
                    break;
                }
            }
            ended = engine.drain().await;
        }
        summary.take_back(lock(&self.tally).taken_back);
        ended.summary = summary;
        ended
    }
}

/// The next event that failed for its schema, where that matters.
async fn failed<T: Transport>(live: &mut Option<Live<T>>) -> Report {
    match live {
        Some(live) => match live.stale.recv().await {
            Some(report) => report,
            None => pending().await,
        },
        None => pending().await,
    }
}
