//! What an answer changes.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Scheduler;
use super::examine::item;
use crate::delivery::coalesce::{self, Confirmed};
use crate::delivery::error::ApiError;
use crate::delivery::identity::{RecordKey, scalars};
use crate::delivery::ledger::Ledger;
use crate::delivery::limiter::parse_retry_after;
use crate::delivery::outcome::WriteResult;
use crate::delivery::queue::{Flight, Waiting};
use crate::delivery::retry::{Failure, Verdict, verdict};
use crate::delivery::transport::{Response, TransportError};
use crate::plan::WriteKind;

/// The part of an answer that is needed: `{"data": {"id": {"record_id": "..."}}}`.
#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    id: Id,
}

#[derive(Deserialize)]
struct Id {
    record_id: String,
}

/// Whether a body is a JSON object, as all of Attio's answers are.
fn is_object(body: &str) -> bool {
    body.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(body).is_ok()
}

fn record_id(body: &str) -> Option<String> {
    let answer: Answer = serde_json::from_str(body).ok()?;
    Some(answer.data.id.record_id).filter(|id| !id.is_empty())
}

impl<L: Ledger> Scheduler<L> {
    /// The answer to the request of that number, which was sent for a record.
    pub fn answered(
        &mut self,
        key: RecordKey,
        number: u64,
        answer: Result<Response, TransportError>,
        now: Duration,
    ) {
        let flight = self
            .queue
            .get_mut(&key)
            .and_then(|record| record.flight.take_if(|flight| flight.number == number));
        let Some(flight) = flight else {
            return;
        };
        self.in_flight = self.in_flight.saturating_sub(1);
        let retry_after = answer.as_ref().ok().and_then(|r| r.retry_after.clone());
        let verdict = verdict(answer);
        match &verdict {
            Verdict::Limited { .. } => {}
            Verdict::Passing(_) => self
                .gate
                .failed(now, &self.settings.budget, &mut self.random),
            Verdict::Done(_) | Verdict::Unauthorized(_) | Verdict::Refused(_) => {
                self.gate.answered();
                self.limiter.accepted();
                self.has_answered = true;
            }
        }
        match verdict {
            Verdict::Done(response) => match record_id(&response.body) {
                Some(id) => self.done(key, flight, &id, now),
                // An update needs nothing of its answer but that it is Attio's; the id of an assert is needed.
                None if !flight.body.is_assert && is_object(&response.body) => {
                    let id = self.records.id(key).unwrap_or_default().to_owned();
                    self.done(key, flight, &id, now);
                }
                None => self.try_again(key, flight, Failure::Unreadable, None, now),
            },
            Verdict::Limited { retry_after, error } => {
                self.summary.limited += 1;
                self.limiter.refused(now, retry_after.as_deref());
                self.limited(key, flight, error, now);
            }
            Verdict::Passing(failure) => {
                let asked = retry_after.and_then(|text| parse_retry_after(&text, now));
                self.try_again(key, flight, failure, asked, now);
            }
            Verdict::Unauthorized(error) => {
                self.put_back(key, flight.writes);
                self.summary.stopped_by.get_or_insert(error);
            }
            Verdict::Refused(error) if error.is_missing_record() && !flight.body.is_assert => {
                // The record was deleted or merged: it is asserted anew.
                self.records.forget(key);
                let failure = Failure::Api(error);
                let (mut left, spent) = self.charge(flight.writes, now);
                left.iter_mut().for_each(|write| write.is_suspect = false);
                self.put_back(key, left);
                self.fail_writes(key, spent, &failure);
                self.note(key);
            }
            Verdict::Refused(error) if error.is_missing_reference() => {
                self.missing_reference(key, flight, error, now);
            }
            Verdict::Refused(error) => self.refuse(key, flight, error),
        }
    }

    /// Attio did it.
    fn done(&mut self, key: RecordKey, flight: Flight, id: &str, now: Duration) {
        let Some(record) = self.queue.get_mut(&key) else {
            return;
        };
        record.failed = 0;
        record.retry_at = Duration::ZERO;
        let (object, attribute) = (record.object.clone(), record.matching_attribute.clone());
        let waiters = std::mem::take(&mut record.waiters);
        *self.summary.writes.entry(object.clone()).or_insert(0) += 1;
        let Flight {
            writes, body, lost, ..
        } = flight;
        let seconds = u32::try_from(now.as_secs()).unwrap_or(u32::MAX);
        if body.is_assert {
            self.records.learn_id(key, id, seconds);
            self.records
                .learn_aliases(key, &object, &attribute, &body.sets);
        }
        for Confirmed { slug, time, order } in &body.confirmed {
            self.records.confirm(key, *slug, *time, *order);
        }
        for set in &body.sets {
            self.records.learn_set(key, &object, set, seconds);
        }
        for (slug, json) in &body.appends {
            self.records.learn_append(key, &object, slug, json, seconds);
        }
        if body.is_assert {
            self.found(key);
            for set in &body.sets {
                for scalar in scalars(&set.slug, &set.json) {
                    self.found(RecordKey::new(&object, &set.slug, &scalar));
                }
            }
        }
        let mut left = Vec::new();
        for mut write in writes {
            if !coalesce::covers(&body, &item(&self.events, &write)) {
                write.is_suspect = false;
                left.push(write);
                continue;
            }
            let result = if body.carried.contains(&write.order) {
                WriteResult::Written
            } else if lost.contains(&write.order) {
                WriteResult::Merged
            } else {
                WriteResult::Unchanged
            };
            self.end_write(write.event, write.write, result, Some(id));
        }
        self.put_back(key, left);
        waiters.into_iter().for_each(|waiter| self.note(waiter));
        self.note(key);
        self.tidy(key);
    }

    /// Too many requests: not done, and not the write's fault.
    fn limited(&mut self, key: RecordKey, flight: Flight, error: ApiError, now: Duration) {
        let age = self.settings.budget.age;
        let (spent, left) = flight.writes.into_iter().partition(|write: &Waiting| {
            let since = write.first_attempt.unwrap_or(now);
            now.saturating_sub(since) >= age
        });
        self.put_back(key, left);
        self.fail_writes(key, spent, &Failure::Api(error));
        self.note(key);
    }

    /// It failed in passing.
    fn try_again(
        &mut self,
        key: RecordKey,
        flight: Flight,
        failure: Failure,
        asked: Option<Duration>,
        now: Duration,
    ) {
        let (left, spent) = self.charge(flight.writes, now);
        if !left.is_empty() {
            self.summary.retries += 1;
        }
        if let Some(record) = self.queue.get_mut(&key) {
            record.failed = record.failed.saturating_add(1);
            let wait = self.settings.budget.wait(record.failed, &mut self.random);
            let asked = asked.unwrap_or_default();
            record.retry_at =
                (now + wait).max(asked.min(now.saturating_add(self.settings.budget.age)));
            self.timers.insert((record.retry_at, key));
        }
        self.put_back(key, left);
        self.fail_writes(key, spent, &failure);
        self.note(key);
    }

    /// Charges a failed attempt: which writes may be tried again, and whose budget is spent.
    fn charge(&self, writes: Vec<Waiting>, now: Duration) -> (Vec<Waiting>, Vec<Waiting>) {
        let budget = self.settings.budget;
        let charged = writes.into_iter().map(|mut write| {
            write.attempts += 1;
            write
        });
        charged.partition(|write| {
            let since = write.first_attempt.unwrap_or(now);
            write.attempts < budget.attempts && now.saturating_sub(since) < budget.age
        })
    }

    /// Attio will not do it. When the request carried several writes, it is found out whose fault it is.
    pub(super) fn refuse(&mut self, key: RecordKey, mut flight: Flight, error: ApiError) {
        let count = flight.writes.len();
        if count > 1 {
            flight
                .writes
                .iter_mut()
                .for_each(|write| write.is_suspect = true);
            return self.divide(key, flight, count);
        }
        self.fail_writes(key, flight.writes, &Failure::Api(error));
        self.note(key);
    }

    /// Sends half of the suspects next.
    pub(super) fn divide(&mut self, key: RecordKey, flight: Flight, suspects: usize) {
        if let Some(record) = self.queue.get_mut(&key) {
            record.most_suspects = Some((suspects / 2).max(1));
        }
        self.put_back(key, flight.writes);
        self.note(key);
    }

    pub(super) fn put_back(&mut self, key: RecordKey, writes: Vec<Waiting>) {
        if let Some(record) = self.queue.get_mut(&key) {
            record.put_back(writes);
            if !record.open.iter().any(|write| write.is_suspect) {
                record.most_suspects = None;
            }
        }
    }

    /// Writes failed for good, and with them what depends on them.
    pub(super) fn fail_writes(&mut self, key: RecordKey, writes: Vec<Waiting>, failure: &Failure) {
        if writes.is_empty() {
            return;
        }
        for write in writes {
            if let Some(event) = self.events.get_mut(&write.event) {
                event.failure = Some(failure.clone());
            }
            self.give_up_dependents(write.event, write.write);
            self.end_write(write.event, write.write, WriteResult::Failed, None);
        }
        if let Some(record) = self.queue.get_mut(&key) {
            if !record.open.iter().any(|write| write.is_suspect) {
                record.most_suspects = None;
            }
            let waiters = std::mem::take(&mut record.waiters);
            waiters.into_iter().for_each(|waiter| self.note(waiter));
        }
        self.tidy(key);
    }

    fn give_up_dependents(&mut self, event: u64, write: usize) {
        let Some(waiting) = self.events.get(&event) else {
            return;
        };
        let dependents: Vec<usize> = waiting
            .plan
            .writes
            .iter()
            .enumerate()
            .filter(|(_, other)| {
                other.depends_on.contains(&write)
                    || matches!(other.kind, WriteKind::Append { record } if record == write)
            })
            .map(|(at, _)| at)
            .collect();
        for dependent in dependents {
            let Some((key, order)) = self.events.get(&event).and_then(|e| e.waits[dependent])
            else {
                continue;
            };
            let Some(record) = self.queue.get_mut(&key) else {
                continue;
            };
            let waiting = record.open.len();
            record.open.retain(|write| write.order != order);
            if record.open.len() == waiting {
                continue;
            }
            self.give_up_dependents(event, dependent);
            self.end_write(event, dependent, WriteResult::NotAttempted, None);
            self.note(key);
            self.tidy_if_empty(key);
        }
    }

    fn tidy_if_empty(&mut self, key: RecordKey) {
        if let Some(record) = self.queue.get_mut(&key)
            && record.open.is_empty()
            && let Some(place) = record.ready.take()
        {
            self.ready.remove(&(place, key));
        }
        self.tidy(key);
    }

    /// One write of an event has ended.
    pub(super) fn end_write(
        &mut self,
        event: u64,
        write: usize,
        result: WriteResult,
        id: Option<&str>,
    ) {
        let Some(waiting) = self.events.get_mut(&event) else {
            return;
        };
        waiting.waits[write] = None;
        waiting.writes[write].result = result;
        waiting.writes[write].record_id = id.map(str::to_owned);
        if waiting.is_done()
            && let Some(done) = self.events.remove(&event)
        {
            self.end(done, None);
        }
    }
}
