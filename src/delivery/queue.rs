//! What waits: events, their writes, and the records that the writes are about.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::coalesce::Body;
use super::identity::{RecordKey, Reference};
use super::outcome::{WriteReport, WriteResult};
use super::retry::Failure;
use crate::diagnostic::Diagnostic;
use crate::event::EventTime;
use crate::plan::{Plan, Values};

/// The place of a write among all writes of the run: what came first has the lower one.
pub(super) type Order = u64;

/// An event that has not ended yet.
#[derive(Debug)]
pub(super) struct Event {
    /// The caller's number; `None` for one of our own.
    pub(super) seq: Option<u64>,
    pub(super) plan: Plan,
    /// Where each write waits; `None` once it has ended.
    pub(super) waits: Vec<Option<(RecordKey, Order)>>,
    pub(super) writes: Vec<WriteReport>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) failure: Option<Failure>,
    /// Whether it has waited for a record that did not exist.
    pub(super) was_held: bool,
}

impl Event {
    pub(super) fn is_done(&self) -> bool {
        self.waits.iter().all(Option::is_none)
    }

    pub(super) fn was_written(&self) -> bool {
        self.writes
            .iter()
            .any(|write| matches!(write.result, WriteResult::Written | WriteResult::Merged))
    }
}

/// One write of an event that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) order: Order,
    /// The event's place in the queue.
    pub(super) event: u64,
    /// The write's place in the plan.
    pub(super) write: usize,
    pub(super) is_append: bool,
    pub(super) time: Option<EventTime>,
    /// The attributes that it touches but for the matching one, as [`Record::attributes`] has them.
    pub(super) touches: u64,
    /// What must have been done before.
    pub(super) after: Vec<After>,
    pub(super) references: Vec<Reference>,
    /// References that are left out because their records do not exist.
    pub(super) dropped: Vec<RecordKey>,
    /// Since when it waits for a record that it refers to.
    pub(super) held_since: Option<Duration>,
    pub(super) first_attempt: Option<Duration>,
    pub(super) attempts: u32,
    /// It was part of a request that was refused, and may be what is wrong with it.
    pub(super) is_suspect: bool,
    /// It goes even if a record that it refers to is still to be written.
    pub(super) is_forced: bool,
}

/// What a write must come after.
#[derive(Clone, Copy, Debug)]
pub(super) struct After {
    pub(super) record: RecordKey,
    pub(super) order: Order,
    pub(super) why: Why,
}

/// Why a write must come after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It depends on just that write.
    DependsOn,
    /// All writes of the record up to that one give a record the same unique value.
    SameValue,
    /// Writes of the record up to that one touch the other side of a relation. They cannot before the write's own
    /// record exists, so what makes the record does not wait for them.
    OtherSide,
}

/// A record that writes wait for.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) object: Arc<str>,
    pub(super) matching_attribute: Arc<str>,
    /// In ascending order.
    pub(super) open: Vec<Waiting>,
    pub(super) flight: Option<Flight>,
    pub(super) retry_at: Duration,
    /// Failures in passing, in a row.
    pub(super) failed: u32,
    /// After a refusal of several writes together: how many suspects go at once.
    pub(super) most_suspects: Option<usize>,
    /// Appends wait for each other up to this one, so that one request carries them.
    pub(super) gathers: Option<Order>,
    /// Records that look again when something of this one is done.
    pub(super) waiters: Vec<RecordKey>,
    /// The first of the records that this one waits for, when it can do nothing before.
    pub(super) blocked_on: Option<RecordKey>,
    /// That a request must be sent and can go, and the place that it has in line.
    pub(super) ready: Option<Order>,
    pub(super) is_noted: bool,
    /// Other keys that this record is registered under while it waits.
    pub(super) aliases: Vec<RecordKey>,
    /// The other sides of its relations, as it is registered while it waits.
    pub(super) inverses: Vec<Side>,
    /// Its own relation attributes that waiting writes touch.
    pub(super) touched: HashMap<u64, Touch>,
    /// The slugs that its writes touch: each has a bit, by its place; those beyond the last bit share that.
    slugs: Vec<Box<str>>,
}

/// An attribute of a record, as one side of a relation.
pub(super) type Side = (RecordKey, u64);

/// How waiting writes touch an attribute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Touch {
    pub(super) sets: bool,
    pub(super) appends: bool,
}

impl Touch {
    pub(super) fn add(&mut self, is_append: bool) {
        self.sets |= !is_append;
        self.appends |= is_append;
    }

    /// Whether the order of a further write and these matters. Two appends may change places.
    pub(super) fn conflicts_with(self, is_append: bool) -> bool {
        self.sets || (self.appends && !is_append)
    }
}

/// A request of a record that is under way.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) number: u64,
    pub(super) writes: Vec<Waiting>,
    pub(super) body: Body,
    /// Writes that lost a value to a newer one in the same request.
    pub(super) lost: Vec<Order>,
}

impl Record {
    pub(super) fn new(object: Arc<str>, matching_attribute: Arc<str>) -> Self {
        Record {
            object,
            matching_attribute,
            open: Vec::new(),
            flight: None,
            retry_at: Duration::ZERO,
            failed: 0,
            most_suspects: None,
            gathers: None,
            waiters: Vec::new(),
            blocked_on: None,
            ready: None,
            is_noted: false,
            aliases: Vec::new(),
            inverses: Vec::new(),
            touched: HashMap::new(),
            slugs: Vec::new(),
        }
    }

    /// The attributes that values touch but for the matching one, a bit each.
    pub(super) fn attributes(&mut self, values: &Values) -> u64 {
        let mut bits = 0;
        for (slug, _) in values
            .iter()
            .filter(|(slug, _)| **slug != *self.matching_attribute)
        {
            let known = self.slugs.iter().position(|known| **known == *slug);
            let place = known.unwrap_or_else(|| {
                self.slugs.push(slug.into());
                self.slugs.len() - 1
            });
            bits |= 1 << place.min(63);
        }
        bits
    }

    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty() && self.flight.is_none()
    }

    /// All writes that wait or are under way.
    pub(super) fn writes(&self) -> impl Iterator<Item = &Waiting> {
        let flying = self.flight.iter().flat_map(|flight| &flight.writes);
        flying.chain(&self.open)
    }

    pub(super) fn holds(&self, order: Order) -> bool {
        self.open
            .binary_search_by_key(&order, |write| write.order)
            .is_ok()
            || self
                .flight
                .as_ref()
                .is_some_and(|flight| flight.writes.iter().any(|write| write.order == order))
    }

    pub(super) fn first(&self) -> Option<Order> {
        let flying = self.flight.iter().flat_map(|flight| &flight.writes);
        let first = flying.map(|write| write.order).min();
        let open = self.open.first().map(|write| write.order);
        match (first, open) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Puts writes back where they were.
    pub(super) fn put_back(&mut self, writes: Vec<Waiting>) {
        self.open.extend(writes);
        self.open.sort_by_key(|write| write.order);
    }

    /// Whether an assert of the record waits or is under way.
    pub(super) fn will_be_asserted(&self) -> bool {
        self.writes().any(|write| !write.is_append)
    }
}
