//! What became of the events, counted as they end.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::failed::FailedEvents;
use super::feed::Fed;
use crate::delivery::{Outcome, Report};
use crate::diagnostic::{Code, Severity};
use crate::plan::{self, Finding, Planner};

/// How many reasons and failures are told apart; an event must not fill the memory with texts of its own.
const MAX_KINDS: usize = 50;

/// What is remembered of an event until it ends.
#[derive(Debug)]
struct Pending {
    line: u64,
    digest: u64,
    bytes: Option<Box<[u8]>>,
    planner: Arc<Planner>,
}

/// The counts, and what is kept of each event.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pending: HashMap<u64, Pending>,
    /// Why events were filtered.
    pub(super) filtered: BTreeMap<String, u64>,
    /// What was found wrong, by code.
    pub(super) findings: BTreeMap<Code, Finding>,
    /// Why writes failed.
    pub(super) failures: BTreeMap<String, Finding>,
    pub(super) failed_events: Option<FailedEvents>,
    pub(super) checkpoint: Option<Checkpoint>,
    /// Why an event could not be kept.
    pub(super) unkept: Option<io::Error>,
    /// How many failures were no end, since the event was planned once more.
    pub(super) taken_back: u64,
}

impl Tally {
    /// Nothing counted yet.
    pub(super) fn new(checkpoint: Option<Checkpoint>, failed_events: Option<FailedEvents>) -> Self {
        Tally {
            checkpoint,
            failed_events,
            ..Tally::default()
        }
    }

    /// Notes that an event is on its way.
    pub(super) fn begin(&mut self, fed: &mut Fed) {
        let pending = Pending {
            line: fed.line,
            digest: fed.digest,
            bytes: fed.bytes.take(),
            planner: fed.planner.clone(),
        };
        self.pending.insert(fed.index, pending);
    }

    /// Plans an event that failed by another planner than before: its failure was no end then. `None` where it was
    /// planned by that one already.
    pub(super) fn take_back(&mut self, seq: u64, planner: &Arc<Planner>) -> Option<plan::Plan> {
        let pending = self.pending.get_mut(&seq)?;
        let bytes = pending.bytes.as_deref()?;
        if Arc::ptr_eq(&pending.planner, planner) {
            return None;
        }
        let plan = planner.plan(bytes);
        pending.planner = planner.clone();
        self.taken_back += 1;
        Some(plan)
    }

    /// Notes what became of an event.
    pub(super) fn end(&mut self, report: &Report) {
        let Some(pending) = self.pending.remove(&report.seq) else {
            return;
        };
        let line = pending.line;
        for diagnostic in report.plan.diagnostics.iter().chain(&report.diagnostics) {
            Finding::add(&mut self.findings, line, diagnostic);
        }
        match &report.outcome {
            Outcome::Filtered { reason } => self.was_filtered(reason),
            Outcome::Failed { failure } => {
                let message = failure.to_string();
                if self.failures.len() < MAX_KINDS || self.failures.contains_key(&message) {
                    let failure =
                        self.failures
                            .entry(message)
                            .or_insert_with_key(|message| Finding {
                                severity: Severity::Error,
                                count: 0,
                                line,
                                message: message.clone(),
                            });
                    failure.count += 1;
                }
            }
            Outcome::Delivered
            | Outcome::Unchanged
            | Outcome::Accepted
            | Outcome::Rejected
            | Outcome::Held { .. } => {}
        }
        let needs_a_person = matches!(report.outcome, Outcome::Failed { .. } | Outcome::Rejected);
        if let (true, Some(file)) = (needs_a_person, &mut self.failed_events) {
            let bytes = pending.bytes.as_deref().unwrap_or_default();
            if let Err(error) = file.keep(bytes, line, report) {
                // Then the event is not done.
                self.unkept.get_or_insert(error);
                return;
            }
        }
        if let (true, Some(checkpoint)) = (report.outcome.is_final(), &mut self.checkpoint) {
            checkpoint.event_done(report.seq, pending.digest);
        }
    }

    /// Notes an event that is only planned.
    pub(super) fn planned(&mut self, plan: &plan::Plan, line: u64) {
        for diagnostic in &plan.diagnostics {
            Finding::add(&mut self.findings, line, diagnostic);
        }
        if let plan::Outcome::Filtered { reason } = &plan.outcome {
            self.was_filtered(reason);
        }
    }

    fn was_filtered(&mut self, reason: &str) {
        if self.filtered.len() < MAX_KINDS || self.filtered.contains_key(reason) {
            *self.filtered.entry(reason.to_owned()).or_default() += 1;
        }
    }
}
