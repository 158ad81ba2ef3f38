//! Delivery by the batch endpoint: up to 1,000 events a request, and no word about any one of them.
//!
//! See [`crate::plan::batch`] for the request and what it is. One request is under way at a time, so that events are
//! taken in their order. Attio answers before it has done anything, so an event ends as
//! [`Accepted`](Outcome::Accepted): nothing is known to be written, no ledger is kept, nothing is compared with what is
//! written, and a reference to a record that does not exist is Attio's to deal with.
//!
//! What is kept: the limit, a batch counting as one write; the token that stops everything; and attempts after what
//! failed in passing, without an end but the age that the budget names, since one batch at a time does nothing but find
//! out whether Attio is back. A batch that is refused as a whole is halved until the event at fault is alone.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument;

use super::engine::{Clock, Ended, Inlet, reason, told_to_stop};
use super::error::ApiError;
use super::ledger::Ledger;
use super::limiter::{Limiter, parse_retry_after};
use super::outcome::{Outcome, Report, Summary, WriteReport, WriteResult};
use super::retry::{Failure, Random, Verdict, verdict};
use super::scheduler::Settings;
use super::transport::{Response, Transport, TransportError};
use crate::event::EventTime;
use crate::plan::batch::{Batch, MOST_ASSERTIONS};
use crate::plan::{self, Plan, Request};

/// How long a batch that is not full waits for more events.
const LINGER: Duration = Duration::from_millis(250);

type Events = Vec<(u64, Plan)>;

/// What a request came to.
enum Settled {
    Accepted,
    Refused(ApiError),
    GaveUp(Failure),
    Stopped,
}

/// Takes plans, sends batches, reports.
pub(super) struct Batches<T, L, F> {
    transport: Arc<T>,
    settings: Settings,
    ledger: L,
    inlet: Inlet,
    on_report: F,
    clock: Clock,
    limiter: Limiter,
    random: Random,
    summary: Summary,
    first_request: Option<Duration>,
    /// Taken, and not sent yet.
    waiting: VecDeque<(u64, Plan)>,
    is_open: bool,
}

impl<T: Transport, L: Ledger, F: FnMut(Report) + Send> Batches<T, L, F> {
    pub(super) fn new(
        transport: T,
        settings: Settings,
        ledger: L,
        inlet: Inlet,
        on_report: F,
    ) -> Self {
        Batches {
            transport: Arc::new(transport),
            limiter: Limiter::new(settings.writes),
            random: Random::new(settings.seed),
            settings,
            ledger,
            inlet,
            on_report,
            clock: Clock::new(),
            summary: Summary::default(),
            first_request: None,
            waiting: VecDeque::new(),
            is_open: true,
        }
    }

    pub(super) async fn run(mut self) -> Ended<L> {
        while self.gather().await {
            let mut batch = Batch::new();
            let mut events = Events::new();
            let now = self.received_at();
            while let Some((_, plan)) = self.waiting.front()
                && batch.push(plan, now)
            {
                events.extend(self.waiting.pop_front());
            }
            if !self.deliver(events, batch).await {
                break;
            }
        }
        self.end().await
    }

    /// Waits until there is a batch to send; `false` when there is none to come.
    async fn gather(&mut self) -> bool {
        let mut sends_at: Option<Instant> = None;
        loop {
            let is_full = self.waiting.len() >= MOST_ASSERTIONS;
            if !self.waiting.is_empty() && (is_full || !self.is_open) {
                return true;
            }
            if !self.is_open {
                return false;
            }
            let linger = async {
                match sends_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = told_to_stop(&mut self.inlet.stopped) => return false,
                Some(flush) = self.inlet.flushes.recv() => {
                    // OK to ignore, because whoever asked may have gone.
                    let _ = flush.send(self.ledger.flush());
                }
                plan = self.inlet.plans.recv() => match plan {
                    Some((seq, plan)) => self.take(seq, *plan),
                    None => self.is_open = false,
                },
                () = linger => return true,
            }
            if !self.waiting.is_empty() {
                sends_at.get_or_insert_with(|| Instant::now() + LINGER);
            }
        }
    }

    fn take(&mut self, seq: u64, plan: Plan) {
        self.summary.events += 1;
        self.summary.pending += 1;
        let outcome = match &plan.outcome {
            plan::Outcome::Filtered { reason } => Outcome::Filtered {
                reason: reason.clone(),
            },
            plan::Outcome::Rejected => Outcome::Rejected,
            plan::Outcome::Planned if plan.writes.is_empty() => Outcome::Unchanged,
            plan::Outcome::Planned => return self.waiting.push_back((seq, plan)),
        };
        self.report(seq, plan, outcome);
    }

    /// Sends a batch, and if it is refused its halves; `false` when delivery stops.
    async fn deliver(&mut self, events: Events, batch: Batch) -> bool {
        let mut left = vec![(events, batch.into_request())];
        while let Some((mut events, request)) = left.pop() {
            match self.settle(&events, request).await {
                Settled::Accepted => self.report_all(events, &Outcome::Accepted),
                Settled::Refused(_) if events.len() > 1 => {
                    let second = events.split_off(events.len() / 2);
                    for half in [second, events] {
                        let request = self.request(&half);
                        left.push((half, request));
                    }
                }
                Settled::Refused(error) => {
                    let failure = Failure::Api(error);
                    self.report_all(events, &Outcome::Failed { failure });
                }
                Settled::GaveUp(failure) => {
                    self.report_all(events, &Outcome::Failed { failure });
                }
                Settled::Stopped => {
                    // In their order: first what was tried, then what was still to be.
                    let others = left.into_iter().rev().flat_map(|(events, _)| events);
                    let all: Events = events.into_iter().chain(others).collect();
                    all.into_iter()
                        .rev()
                        .for_each(|event| self.waiting.push_front(event));
                    return false;
                }
            }
        }
        true
    }

    fn request(&self, events: &Events) -> Request {
        let mut batch = Batch::new();
        for (_, plan) in events {
            // OK to ignore, because a part of what had room has room.
            batch.push(plan, self.received_at());
        }
        batch.into_request()
    }

    /// Sends a request until it is accepted, refused or given up.
    async fn settle(&mut self, events: &Events, request: Request) -> Settled {
        let budget = self.settings.budget;
        let (mut attempts, mut first_attempt) = (0u32, None);
        loop {
            let now = self.clock.now();
            let opens_at = self.limiter.next_at(now);
            if !self.wait_until(opens_at).await {
                return Settled::Stopped;
            }
            let now = self.clock.now();
            self.limiter.sent(now);
            let since = *first_attempt.get_or_insert(now);
            let first = *self.first_request.get_or_insert(now);
            self.summary.requests += 1;
            let took = now.saturating_sub(first);
            self.summary
                .took(took, Duration::ZERO, self.settings.writes);
            let answer = self.send(events, attempts, request.clone()).await;
            let now = self.clock.now();
            let is_old = now.saturating_sub(since) >= budget.age;
            let retry_after = answer.as_ref().ok().and_then(|r| r.retry_after.clone());
            match verdict(answer) {
                Verdict::Done(_) => {
                    self.limiter.accepted();
                    return Settled::Accepted;
                }
                Verdict::Refused(error) => {
                    self.limiter.accepted();
                    return Settled::Refused(error);
                }
                Verdict::Unauthorized(error) => {
                    self.summary.stopped_by.get_or_insert(error);
                    return Settled::Stopped;
                }
                Verdict::Limited { retry_after, error } => {
                    self.summary.limited += 1;
                    self.limiter.refused(now, retry_after.as_deref());
                    if is_old {
                        return Settled::GaveUp(Failure::Api(error));
                    }
                }
                Verdict::Passing(failure) if is_old => return Settled::GaveUp(failure),
                Verdict::Passing(_) => {
                    attempts += 1;
                    self.summary.retries += 1;
                    let wait = now + budget.wait(attempts, &mut self.random);
                    let asked = retry_after.and_then(|text| parse_retry_after(&text, now));
                    let asked = asked.unwrap_or_default().min(now + budget.age);
                    if !self.wait_until(wait.max(asked)).await {
                        return Settled::Stopped;
                    }
                }
            }
        }
    }

    /// Waits; `false` when delivery is told to stop meanwhile.
    async fn wait_until(&mut self, at: Duration) -> bool {
        let until = self.clock.instant(at);
        loop {
            tokio::select! {
                biased;
                () = told_to_stop(&mut self.inlet.stopped) => return false,
                Some(flush) = self.inlet.flushes.recv() => {
                    // OK to ignore, because whoever asked may have gone.
                    let _ = flush.send(self.ledger.flush());
                }
                () = tokio::time::sleep_until(until) => return true,
            }
        }
    }

    /// Sends, in a task of its own: a transport that panics breaks one attempt.
    async fn send(
        &mut self,
        events: &Events,
        attempts: u32,
        request: Request,
    ) -> Result<Response, TransportError> {
        let event = events.first().map_or(0, |(seq, _)| *seq);
        let (carries, attempt) = (events.len(), attempts + 1);
        let span = tracing::debug_span!("batch", event, carries, attempt);
        if self.settings.logs_values {
            tracing::trace!(parent: &span, body = request.body.as_deref(), "values");
        }
        let transport = self.transport.clone();
        let flight = async move {
            let started = Instant::now();
            let answer = transport.send(request).await;
            let took_ms = started.elapsed().as_millis() as u64;
            match &answer {
                Ok(response) => tracing::debug!(status = response.status, took_ms, "answered"),
                Err(error) => tracing::debug!(%error, took_ms, "not answered"),
            }
            answer
        };
        let mut flight = tokio::spawn(flight.instrument(span));
        loop {
            tokio::select! {
                joined = &mut flight => {
                    let panicked = |_| Err(TransportError::Broken("the transport panicked".to_owned()));
                    return joined.unwrap_or_else(panicked);
                }
                Some(flush) = self.inlet.flushes.recv() => {
                    // OK to ignore, because whoever asked may have gone.
                    let _ = flush.send(self.ledger.flush());
                }
            }
        }
    }

    /// What Attio is told about events that have no time of their own.
    fn received_at(&self) -> EventTime {
        let nanos = self.clock.now().as_nanos();
        EventTime::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
    }

    fn report_all(&mut self, events: Events, outcome: &Outcome) {
        for (seq, plan) in events {
            self.report(seq, plan, outcome.clone());
        }
    }

    fn report(&mut self, seq: u64, plan: Plan, outcome: Outcome) {
        let result = match &outcome {
            Outcome::Accepted => Some(WriteResult::Accepted),
            Outcome::Failed { .. } => Some(WriteResult::Failed),
            Outcome::Held { .. } => Some(WriteResult::Held),
            _ => None,
        };
        let writes = plan.writes.iter().filter_map(|write| {
            Some(WriteReport {
                id: write.id.clone(),
                object: write.object.clone(),
                result: result?,
                record_id: None,
            })
        });
        let writes = writes.collect();
        self.summary.count(&outcome);
        (self.on_report)(Report {
            seq,
            plan,
            outcome,
            writes,
            diagnostics: Vec::new(),
        });
        self.inlet.show(&self.summary);
    }

    async fn end(mut self) -> Ended<L> {
        self.inlet.plans.close();
        while let Some((seq, plan)) = self.inlet.plans.recv().await {
            self.take(seq, *plan);
        }
        let held = self.summary.stopped_by.as_ref().map(reason);
        let held = held.unwrap_or_else(|| "delivery was stopped before it was done".to_owned());
        for (seq, plan) in std::mem::take(&mut self.waiting) {
            let reason = held.clone();
            self.report(seq, plan, Outcome::Held { reason });
        }
        let unstored = self.ledger.flush().err();
        assert!(
            self.summary.is_balanced(),
            "every event is accounted for exactly once"
        );
        self.inlet.show(&self.summary);
        Ended {
            summary: self.summary,
            ledger: self.ledger,
            unstored,
        }
    }
}
