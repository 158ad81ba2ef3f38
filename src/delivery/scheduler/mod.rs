//! What is sent when: the pure heart of delivery. Time is an argument, answers are arguments, and what it decides comes
//! back as a value, so that every schedule can be tested.
//!
//! Plans are taken apart into writes, and each write waits with the others of its record. Whenever a request may go
//! out, the oldest record that can go is looked at: all its waiting writes that may go now become one request (see
//! `coalesce`). So the longer writes wait for the limit, the more of them one request carries.
//!
//! Order:
//! - of a record only one request is under way at a time;
//! - a write waits for the writes of its plan that it depends on;
//! - a write that refers to a record which is not known to exist, and which waits to be asserted, waits for that;
//! - writes that touch the two sides of one relation, or the same unique value, from different records keep the order
//!   in which they arrived;
//! - everything else goes in parallel.
//!
//! A write only ever waits for writes that arrived before it, or softly for the record that it refers to; so something
//! can always go.

mod answer;
mod enqueue;
mod examine;
mod reference;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use super::error::ApiError;
use super::identity::RecordKey;
use super::ledger::{Ledger, LedgerError, Records};
use super::limiter::{Limit, Limiter};
use super::outcome::{Outcome, Report, Summary, WriteResult};
use super::queue::{Event, Order, Record, Side, Touch};
use super::relation::Relations;
use super::retry::{Budget, Gate, Random};
use crate::plan::Request;
use enqueue::records;
pub use enqueue::touched;
use reference::Missing;

/// How delivery goes about it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The limit on writes; it is shared with the workspace's other apps.
    pub writes: Limit,
    /// How often and how long a write is tried.
    pub budget: Budget,
    /// The most requests under way at once.
    pub max_in_flight: usize,
    /// The most events that wait at once: what bounds the memory, and what there is to merge.
    pub max_pending_events: usize,
    /// The most events more that wait for records which do not exist yet.
    pub max_held_events: usize,
    /// How long a value counts as written; zero writes every value of every event.
    pub skip_unchanged_for: Duration,
    /// What is done about a reference to a record that does not exist.
    pub on_missing_reference: OnMissingReference,
    /// How long a write waits before it tries again whether the record exists; it grows each time.
    pub hold_delay: Duration,
    /// How long a write waits for the record at most, before it goes without the reference.
    pub hold_for: Duration,
    /// What the schema says about attributes.
    pub relations: Relations,
    /// Whether request bodies are logged, at the level `trace`. They hold personal data.
    pub logs_values: bool,
    /// The seed of the waits between attempts.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            writes: Limit::WRITES,
            budget: Budget::default(),
            max_in_flight: 64,
            max_pending_events: 10_000,
            max_held_events: 10_000,
            skip_unchanged_for: Duration::from_secs(24 * 3600),
            on_missing_reference: OnMissingReference::Hold,
            hold_delay: Duration::from_secs(5),
            hold_for: Duration::from_secs(15 * 60),
            relations: Relations::of(crate::schema::Schema::standard()),
            logs_values: false,
            seed: 0,
        }
    }
}

/// What is done about a reference to a record that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnMissingReference {
    /// The write waits until the record is asserted, tries again from time to time, and in the end goes without the
    /// reference.
    #[default]
    Hold,
    /// The write goes without the reference.
    Drop,
    /// The event fails.
    Fail,
    /// The record is created with nothing but the value it is referred to by; if Attio wants more, the write goes
    /// without the reference.
    Create,
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send a request and pass its answer to [`Scheduler::answered`].
    Send(Sending),
    /// Wait until then, or for an answer or another event, whatever comes first.
    Wait(Option<Duration>),
    /// Nothing will be sent any more.
    Stopped,
}

/// A request that goes out.
#[derive(Debug)]
pub struct Sending {
    /// The record that it writes.
    pub record: RecordKey,
    /// The number of the request.
    pub number: u64,
    /// The number of the first event that it carries something of.
    pub event: u64,
    /// The name of that event's write within its plan.
    pub write: std::sync::Arc<str>,
    /// How many writes it carries.
    pub carries: usize,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The request.
    pub request: Request,
}

/// Decides what is sent when. Moments are durations since 1970-01-01T00:00:00Z.
#[derive(Debug)]
pub struct Scheduler<L> {
    settings: Settings,
    records: Records<L>,
    limiter: Limiter,
    gate: Gate,
    random: Random,
    events: HashMap<u64, Event>,
    next_event: u64,
    next_order: Order,
    queue: HashMap<RecordKey, Record>,
    /// Records that waiting writes give a unique value to.
    aliases: HashMap<RecordKey, Vec<RecordKey>>,
    /// Records whose waiting writes touch the other side of a relation.
    inverses: HashMap<Side, Vec<(RecordKey, Touch)>>,
    missing: HashMap<RecordKey, Missing>,
    /// Records to look at.
    noted: VecDeque<RecordKey>,
    /// Records of which a request can go, by the first write that waits.
    ready: BTreeSet<(Order, RecordKey)>,
    timers: BTreeSet<(Duration, RecordKey)>,
    in_flight: usize,
    /// Events that wait, or have waited, for a record that did not exist.
    held: usize,
    next_number: u64,
    reports: VecDeque<Report>,
    summary: Summary,
    first_request: Option<Duration>,
    last_request: Duration,
    /// Since when something could have been sent, had there been anything, and for how long that was so before.
    idle_since: Option<Duration>,
    idle: Duration,
    has_answered: bool,
    is_draining: bool,
    /// Nothing but references is waited for, and no more events come.
    is_last_chance: bool,
}

impl<L: Ledger> Scheduler<L> {
    /// A scheduler that knows what `ledger` knows.
    pub fn new(settings: Settings, ledger: L) -> Self {
        Scheduler {
            records: Records::new(ledger, settings.relations.clone()),
            limiter: Limiter::new(settings.writes),
            gate: Gate::default(),
            random: Random::new(settings.seed),
            settings,
            events: HashMap::new(),
            next_event: 0,
            next_order: 1,
            queue: HashMap::new(),
            aliases: HashMap::new(),
            inverses: HashMap::new(),
            missing: HashMap::new(),
            noted: VecDeque::new(),
            ready: BTreeSet::new(),
            timers: BTreeSet::new(),
            in_flight: 0,
            held: 0,
            next_number: 1,
            reports: VecDeque::new(),
            summary: Summary::default(),
            first_request: None,
            last_request: Duration::ZERO,
            idle_since: None,
            idle: Duration::ZERO,
            has_answered: false,
            is_draining: false,
            is_last_chance: false,
        }
    }

    /// The next event that has ended, in the order in which they end.
    pub fn report(&mut self) -> Option<Report> {
        self.reports.pop_front()
    }

    /// Whether every event has ended.
    pub fn is_idle(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether another event may be submitted.
    pub fn has_room(&self) -> bool {
        let waiting = self.events.len() - self.held.min(self.settings.max_held_events);
        waiting < self.settings.max_pending_events.max(1)
    }

    /// Requests whose answers have not come yet.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Why delivery stopped before the end.
    pub fn stopped_by(&self) -> Option<&ApiError> {
        self.summary.stopped_by.as_ref()
    }

    /// No more events will come: what waits for a record that another event might assert waits no longer than needed.
    pub fn drain(&mut self) {
        self.is_draining = true;
    }

    /// The counts so far.
    pub fn summary(&self) -> Summary {
        let mut summary = self.summary.clone();
        summary.waiting_for_reference = self
            .missing
            .values()
            .map(|missing| missing.waiters.len() as u64)
            .sum();
        if let Some(first) = self.first_request {
            let took = self.last_request.saturating_sub(first);
            summary.took(took, self.idle, self.settings.writes);
        }
        summary
    }

    /// Gives back every event that has not ended, as held.
    pub fn give_back(&mut self, reason: &str) {
        let mut left: Vec<u64> = self.events.keys().copied().collect();
        left.sort_unstable();
        for event in left {
            let Some(mut event) = self.events.remove(&event) else {
                continue;
            };
            for (write, waits) in event.writes.iter_mut().zip(&event.waits) {
                if waits.is_some() {
                    write.result = WriteResult::Held;
                }
            }
            self.end(
                event,
                Some(Outcome::Held {
                    reason: reason.to_owned(),
                }),
            );
        }
        self.queue.clear();
        self.ready.clear();
        self.timers.clear();
        self.noted.clear();
        self.missing.clear();
        self.aliases.clear();
        self.inverses.clear();
    }

    /// Stores the ledger.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn flush(&mut self) -> Result<(), LedgerError> {
        self.records.ledger_mut().flush()
    }

    /// Gives the ledger back.
    pub fn into_ledger(self) -> L {
        self.into_parts().0
    }

    /// Gives the ledger and the limiter back, for another scheduler to go on with.
    pub fn into_parts(self) -> (L, Limiter) {
        (self.records.into_ledger(), self.limiter)
    }

    /// The same with a limiter that knows what was sent before.
    #[must_use]
    pub fn with_limiter(mut self, limiter: Limiter) -> Self {
        self.limiter = limiter;
        self
    }

    /// What to do next.
    pub fn next(&mut self, now: Duration) -> Step {
        if self.summary.stopped_by.is_some() {
            return Step::Stopped;
        }
        while let Some(&(at, record)) = self.timers.first()
            && at <= now
        {
            self.timers.pop_first();
            self.note(record);
        }
        loop {
            while let Some(record) = self.noted.pop_front() {
                self.examine(record, now);
            }
            let Some(record) = self.next_in_line() else {
                if self.nudge(now) {
                    continue;
                }
                if self.idle_since.is_none() {
                    self.idle_since = Some(self.limiter.opens_at(now).max(now));
                }
                return Step::Wait(self.timers.first().map(|(at, _)| *at));
            };
            if let Some(since) = self.idle_since.take()
                && self.first_request.is_some()
            {
                self.idle += now.saturating_sub(since);
            }
            // The first request goes alone: it shows whether the token works before many are sent.
            let most = if self.has_answered {
                self.settings.max_in_flight.max(1)
            } else {
                1
            };
            let opens_at = match self.gate.opens_at(self.in_flight) {
                Some(at) if self.in_flight < most => at.max(self.limiter.next_at(now)),
                _ => return Step::Wait(self.timers.first().map(|(at, _)| *at)),
            };
            if opens_at > now {
                let timer = self.timers.first().map_or(opens_at, |(at, _)| *at);
                return Step::Wait(Some(opens_at.min(timer)));
            }
            if let Some(sending) = self.launch(record, now) {
                return Step::Send(sending);
            }
        }
    }

    /// The record that has waited longest. In an outage the one that failed least, so that no budget is used up by
    /// finding out whether Attio is back.
    fn next_in_line(&self) -> Option<RecordKey> {
        let first = if self.gate.is_outage() {
            self.ready.iter().min_by_key(|(place, key)| {
                (
                    self.queue.get(key).map_or(0, |record| record.failed),
                    *place,
                )
            })
        } else {
            self.ready.first()
        };
        first.map(|(_, key)| *key)
    }

    /// When nothing can go, nothing is under way and no more events come: what waits for records that do not exist
    /// gets its last chance. And should writes ever wait for each other, the oldest goes.
    fn nudge(&mut self, now: Duration) -> bool {
        if self.in_flight > 0 || self.queue.is_empty() {
            return false;
        }
        let waits_for_time = self
            .queue
            .values()
            .any(|record| record.retry_at > now && !record.open.is_empty());
        if self.is_draining && !self.is_last_chance && !waits_for_time && !self.missing.is_empty() {
            self.is_last_chance = true;
            let soon = now + self.settings.hold_delay;
            let waiters: Vec<_> = self
                .missing
                .values_mut()
                .flat_map(|missing| {
                    missing.next_try = missing.next_try.min(soon);
                    missing.waiters.iter().copied()
                })
                .collect();
            waiters.into_iter().for_each(|record| self.note(record));
            return !self.noted.is_empty();
        }
        if self.timers.is_empty()
            && let Some(record) = self
                .queue
                .iter()
                .min_by_key(|(_, record)| record.first())
                .map(|(key, _)| *key)
        {
            let first = self.queue.get_mut(&record).and_then(|r| r.open.first_mut());
            if let Some(first) = first
                && !first.is_forced
            {
                first.is_forced = true;
                self.note(record);
                return true;
            }
        }
        false
    }

    /// Has a record looked at, unless it is known already that a request must be sent.
    fn note(&mut self, key: RecordKey) {
        if let Some(record) = self.queue.get_mut(&key)
            && !record.is_noted
            && record.ready.is_none()
        {
            record.is_noted = true;
            self.noted.push_back(key);
        }
    }

    /// Ends an event: with what happened, or with `outcome`.
    fn end(&mut self, event: Event, outcome: Option<Outcome>) {
        let outcome = outcome.unwrap_or_else(|| match event.failure.clone() {
            Some(failure) => Outcome::Failed { failure },
            None if event.was_written() => Outcome::Delivered,
            None => Outcome::Unchanged,
        });
        self.held -= usize::from(event.was_held);
        let Some(seq) = event.seq else {
            // One of our own creates the record that its only write is about.
            if let (Outcome::Failed { failure }, Ok(keys)) = (&outcome, records(&event.plan)) {
                keys.iter().for_each(|key| self.not_created(*key, failure));
            }
            return;
        };
        self.summary.count(&outcome);
        self.reports.push_back(Report {
            seq,
            plan: event.plan,
            outcome,
            writes: event.writes,
            diagnostics: event.diagnostics,
        });
    }
}
