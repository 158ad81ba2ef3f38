//! What a record can do now: nothing, end writes that need no request, or send one.

use std::collections::HashSet;
use std::time::Duration;

use super::reference::Standing;
use super::{Scheduler, Sending};
use crate::delivery::coalesce::{self, Body, Confirmed, Item, Subject, Todo};
use crate::delivery::identity::RecordKey;
use crate::delivery::ledger::Ledger;
use crate::delivery::outcome::WriteResult;
use crate::delivery::queue::{Event, Flight, Order, Record, Waiting};
use crate::plan::{Method, Request, Write, WriteKind, request};

/// The most appended writes in one request.
const MOST_APPENDS: usize = 250;
/// The longest chain of records waiting for each other that is followed.
const LONGEST_CHAIN: usize = 16;

/// What the writes that can go come to.
struct Prepared {
    todo: Todo,
    lost: Vec<Order>,
}

/// How a write touches its attributes. Of two writes that do it in the same way the same one wins, whichever goes
/// first: appends unite, and of sets the newer event is told by its time, or without times by its place.
#[derive(Clone, Copy)]
enum Way {
    Append,
    SetAtATime,
    SetAtNoTime,
}

impl Way {
    const ALL: usize = 3;

    fn of(write: &Waiting) -> Way {
        match (write.is_append, write.time) {
            (true, _) => Way::Append,
            (false, Some(_)) => Way::SetAtATime,
            (false, None) => Way::SetAtNoTime,
        }
    }
}

impl<L: Ledger> Scheduler<L> {
    /// Looks at a record: ends what needs no request, and notes whether a request can go.
    pub(super) fn examine(&mut self, key: RecordKey, now: Duration) {
        if let Some(record) = self.queue.get_mut(&key) {
            record.is_noted = false;
        }
        while let Some(taken) = self.takeable(key, now) {
            let Some(prepared) = self.prepare(key, &taken, now) else {
                return;
            };
            match prepared.todo {
                Todo::Nothing(confirmed) => {
                    self.end_without_request(key, &taken, &prepared.lost, &confirmed);
                }
                Todo::Send(_) | Todo::NeedsId => {
                    if let Some(record) = self.queue.get_mut(&key)
                        && let Some(first) = taken.first()
                    {
                        let place = record.open[*first].order;
                        record.ready = Some(place);
                        self.ready.insert((place, key));
                    }
                    return;
                }
            }
        }
        self.tidy(key);
    }

    /// The places of the writes that may go now; `None` when there are none.
    fn takeable(&mut self, key: RecordKey, now: Duration) -> Option<Vec<usize>> {
        let record = self.queue.get(&key)?;
        if record.flight.is_some() || record.open.is_empty() {
            return None;
        }
        if record.retry_at > now {
            self.timers.insert((record.retry_at, key));
            return None;
        }
        let exists = self.records.id(key).is_some();
        let referred = record.open.iter().flat_map(|write| &write.references);
        let mut existing: HashSet<RecordKey> = referred.map(|reference| reference.key).collect();
        existing.retain(|target| self.records.id(*target).is_some());
        let mut taken: Vec<usize> = Vec::new();
        // The attributes that writes which stay touch, by the way they do it.
        let mut blocked = [0u64; Way::ALL];
        let mut waits: Vec<RecordKey> = Vec::new();
        let mut late: Option<Order> = None;
        let mut dropped: Vec<(usize, RecordKey)> = Vec::new();
        let mut held: Vec<(usize, RecordKey)> = Vec::new();
        let mut probed: Option<RecordKey> = None;
        // After a refusal only its suspects go, few at a time; but what they wait for must be able to go before them.
        let is_suspect = |order| {
            let mut open = record.open.iter();
            open.any(|write| write.order == order && write.is_suspect)
        };
        let can_go = |write: &Waiting| {
            let mut after = write.after.iter();
            after.all(|after| {
                self.is_past(after, exists) || after.record == key && is_suspect(after.order)
            })
        };
        let suspects_wait = !record
            .open
            .iter()
            .any(|write| write.is_suspect && can_go(write));
        let mut suspects_left = record.most_suspects;
        let mut appends_left = MOST_APPENDS;
        for (at, write) in record.open.iter().enumerate() {
            let mut may_go = true;
            let mut probes: Vec<RecordKey> = Vec::new();
            for after in &write.after {
                let is_taken_too = after.record == key
                    && taken
                        .iter()
                        .any(|&other| record.open[other].order == after.order);
                if !is_taken_too && !self.is_past(after, exists || !taken.is_empty()) {
                    may_go = false;
                    waits.push(after.record);
                    break;
                }
            }
            if may_go {
                for reference in &write.references {
                    if reference.key == key || write.dropped.contains(&reference.key) {
                        continue;
                    }
                    match self.standing(key, write, reference, &existing, now) {
                        Standing::Fine => {}
                        Standing::Probe(target) => probes.push(target),
                        Standing::Without => dropped.push((at, reference.key)),
                        Standing::Held => {
                            may_go = false;
                            held.push((at, reference.key));
                        }
                        Standing::Pending(other) => {
                            may_go = false;
                            waits.push(other);
                            if write.is_append && self.is_moving(other) {
                                late = late.or(Some(write.order));
                            }
                        }
                    }
                }
            }
            // One missing record at a time is tried, and nothing else with it, so that a refusal tells which it is.
            may_go &= match probed {
                Some(target) => probes == [target],
                None => probes.is_empty() || taken.is_empty(),
            };
            match &mut suspects_left {
                Some(_) if suspects_wait => may_go &= !write.is_suspect,
                Some(_) if write.is_forced => {}
                Some(0) => may_go = false,
                Some(left) if write.is_suspect => *left -= usize::from(may_go),
                Some(_) => may_go = false,
                None => {}
            }
            if write.is_append && may_go {
                may_go = appends_left > 0;
                appends_left = appends_left.saturating_sub(1);
            }
            // Writes that touch an attribute in the same way may change places, others must not.
            let way = Way::of(write) as usize;
            let others = (0..Way::ALL).filter(|other| *other != way);
            may_go &= others.fold(0, |all, other| all | blocked[other]) & write.touches == 0;
            if may_go {
                taken.push(at);
                probed = probed.or(probes.first().copied());
            } else {
                blocked[way] |= write.touches;
            }
        }
        let blocker = waits.first().copied();
        for other in waits {
            self.wake_after(other, key);
        }
        self.hold(key, &held, now);
        self.leave_out(key, &dropped);
        let record = self.queue.get_mut(&key)?;
        // Members that can be linked already wait for those whose records are being asserted, so that one request
        // links them all; but not for ones that came after the first could go.
        let last = record.open.last().map(|write| write.order);
        if !taken.is_empty() && taken.iter().all(|&at| record.open[at].is_append) {
            let until = *record.gathers.get_or_insert(last.unwrap_or_default());
            if late.is_some_and(|late| late <= until) {
                taken.clear();
            }
        }
        record.blocked_on = if taken.is_empty() { blocker } else { None };
        (!taken.is_empty()).then_some(taken)
    }

    /// Whether `key` waits for itself in the end, should it wait for `other`.
    pub(super) fn is_circle(&self, key: RecordKey, other: RecordKey) -> bool {
        let mut at = other;
        for _ in 0..LONGEST_CHAIN {
            if at == key {
                return true;
            }
            match self.queue.get(&at).and_then(|record| record.blocked_on) {
                Some(next) => at = next,
                None => return false,
            }
        }
        true
    }

    /// Whether a request of a record, or of what it waits for, is in line or under way.
    fn is_moving(&self, key: RecordKey) -> bool {
        let mut at = key;
        for _ in 0..LONGEST_CHAIN {
            match self.queue.get(&at) {
                Some(record) if record.ready.is_some() || record.flight.is_some() => return true,
                Some(Record {
                    blocked_on: Some(next),
                    ..
                }) => at = *next,
                _ => return false,
            }
        }
        false
    }

    fn prepare(&mut self, key: RecordKey, taken: &[usize], now: Duration) -> Option<Prepared> {
        let fresh = fresh_since(self.settings.skip_unchanged_for, now);
        let record = self.queue.get(&key)?;
        let subject = Subject {
            record: key,
            object: &record.object,
            matching_attribute: &record.matching_attribute,
        };
        let mut items: Vec<Item<'_>> = taken
            .iter()
            .map(|&at| item(&self.events, &record.open[at]))
            .collect();
        let matching = subject.matching_attribute;
        let mut folded = coalesce::fold(&items, matching, self.records.get(key));
        let mut todo = coalesce::resolve(&folded, subject, &mut self.records, fresh);
        if matches!(todo, Todo::NeedsId) {
            // The asserts of the same plans tell how to find the record.
            let asserts: Vec<Item<'_>> = taken
                .iter()
                .filter_map(|&at| assert_of(&self.events, &record.open[at]))
                .collect();
            items.splice(0..0, asserts);
            folded = coalesce::fold(&items, matching, self.records.get(key));
            todo = coalesce::resolve(&folded, subject, &mut self.records, fresh);
        }
        let lost = coalesce::lost(&folded);
        Some(Prepared { todo, lost })
    }

    fn end_without_request(
        &mut self,
        key: RecordKey,
        taken: &[usize],
        lost: &[Order],
        confirmed: &[Confirmed],
    ) {
        for Confirmed { slug, time, order } in confirmed {
            self.records.confirm(key, *slug, *time, *order);
        }
        let Some(record) = self.queue.get_mut(&key) else {
            return;
        };
        let mut place = 0;
        let mut ended = Vec::new();
        record.open.retain(|write| {
            let goes = taken.binary_search(&place).is_ok();
            place += 1;
            if goes {
                ended.push((write.event, write.write, write.order));
            }
            !goes
        });
        if !record.open.iter().any(|write| write.is_suspect) {
            record.most_suspects = None;
        }
        let waiters = std::mem::take(&mut record.waiters);
        let id = self.records.id(key).map(str::to_owned);
        for (event, write, order) in ended {
            let result = if lost.contains(&order) {
                WriteResult::Superseded
            } else {
                WriteResult::Unchanged
            };
            self.end_write(event, write, result, id.as_deref());
        }
        waiters.into_iter().for_each(|waiter| self.note(waiter));
    }

    /// Sends a request for a record, if after all there is one to send.
    pub(super) fn launch(&mut self, key: RecordKey, now: Duration) -> Option<Sending> {
        if let Some(record) = self.queue.get_mut(&key)
            && let Some(place) = record.ready.take()
        {
            self.ready.remove(&(place, key));
        }
        let taken = self.takeable(key, now)?;
        let prepared = self.prepare(key, &taken, now)?;
        let body = match prepared.todo {
            Todo::Send(body) => body,
            Todo::Nothing(confirmed) => {
                self.end_without_request(key, &taken, &prepared.lost, &confirmed);
                self.note(key);
                return None;
            }
            // OK because `prepare` added the asserts; a plan without one was refused when it came.
            Todo::NeedsId => return None,
        };
        let id = self.records.id(key).map(str::to_owned);
        let record = self.queue.get_mut(&key)?;
        let mut writes = Vec::with_capacity(taken.len());
        for (place, write) in std::mem::take(&mut record.open).into_iter().enumerate() {
            if taken.binary_search(&place).is_ok() {
                writes.push(write);
            } else {
                record.open.push(write);
            }
        }
        for write in &mut writes {
            write.first_attempt.get_or_insert(now);
        }
        let object = record.object.clone();
        let request = render(&object, &record.matching_attribute, id.as_deref(), &body);
        self.records
            .distrust(key, &object, &body.sets, &body.appends);
        self.limiter.sent(now);
        self.first_request.get_or_insert(now);
        self.last_request = now;
        self.summary.requests += 1;
        self.in_flight += 1;
        let number = self.next_number;
        self.next_number += 1;
        // OK because `takeable` gives at least one place, and every waiting write has its event.
        let first = writes.first()?;
        let gathered = writes.iter().any(|write| write.is_append);
        let event = self.events.get(&first.event)?;
        let sending = Sending {
            record: key,
            number,
            event: event.seq.unwrap_or_default(),
            write: event.plan.writes[first.write].id.clone(),
            carries: writes.len(),
            attempt: first.attempts + 1,
            request,
        };
        let record = self.queue.get_mut(&key)?;
        if gathered {
            record.gathers = None;
        }
        record.flight = Some(Flight {
            number,
            writes,
            body,
            lost: prepared.lost,
        });
        Some(sending)
    }
}

/// Since when a written value counts as written, in seconds since 1970.
fn fresh_since(skip_unchanged_for: Duration, now: Duration) -> Option<u32> {
    if skip_unchanged_for.is_zero() {
        return None;
    }
    let since = now.saturating_sub(skip_unchanged_for).as_secs();
    Some(u32::try_from(since).unwrap_or(u32::MAX))
}

pub(super) fn item<'e>(
    events: &'e std::collections::HashMap<u64, Event>,
    write: &'e Waiting,
) -> Item<'e> {
    Item {
        order: write.order,
        time: write.time,
        is_append: write.is_append,
        // OK because an event stays until its last write has ended.
        values: &events[&write.event].plan.writes[write.write].values,
        dropped: &write.dropped,
    }
}

/// The assert that an append depends on, in its place.
fn assert_of<'e>(
    events: &'e std::collections::HashMap<u64, Event>,
    write: &'e Waiting,
) -> Option<Item<'e>> {
    let plan = &events[&write.event].plan;
    let WriteKind::Append { record } = plan.writes[write.write].kind else {
        return None;
    };
    Some(Item {
        is_append: false,
        values: &plan.writes[record].values,
        ..item(events, write)
    })
}

fn render(
    object: &std::sync::Arc<str>,
    matching_attribute: &std::sync::Arc<str>,
    id: Option<&str>,
    body: &Body,
) -> Request {
    let kind = if body.is_assert {
        WriteKind::Assert {
            matching_attribute: matching_attribute.clone(),
        }
    } else {
        WriteKind::Append { record: 0 }
    };
    let write = Write {
        id: object.clone(),
        object: object.clone(),
        kind,
        values: body.values.clone(),
        depends_on: Vec::new(),
    };
    let request = request::request(&write, id);
    debug_assert!(matches!(request.method, Method::Put | Method::Patch));
    request
}
