//! Plans are taken apart into writes that wait with the others of their records.

use super::Scheduler;
use crate::delivery::identity::{RecordKey, Reference, fingerprint, scalars};
use crate::delivery::ledger::{Ledger, REFERENCED_BY};
use crate::delivery::outcome::{Outcome, WriteReport, WriteResult};
use crate::delivery::queue::{After, Event, Order, Record, Waiting, Why};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{self, Plan, Write, WriteKind};

/// The record of every write of a plan, or what is wrong with the plan.
pub(super) fn records(plan: &Plan) -> Result<Vec<RecordKey>, Diagnostic> {
    let wrong = |at: usize, what: &str| {
        let id = &plan.writes[at].id;
        Diagnostic::error(
            Code::DeliveryPlan,
            format!("/writes/{at}"),
            format!("the write `{id}` {what}"),
        )
        .help("build the plan anew from the event")
    };
    let mut keys: Vec<RecordKey> = Vec::with_capacity(plan.writes.len());
    for (at, write) in plan.writes.iter().enumerate() {
        if write.depends_on.iter().any(|&before| before >= at) {
            return Err(wrong(at, "depends on a write that does not come before it"));
        }
        keys.push(match &write.kind {
            WriteKind::Assert { matching_attribute } => {
                let value = write.values.get(matching_attribute);
                let mut found = scalars(matching_attribute, value.unwrap_or("null"));
                found.sort();
                if found.is_empty() {
                    return Err(wrong(at, "has no value of its matching attribute"));
                }
                RecordKey::new(&write.object, matching_attribute, &found.join("\u{1f}"))
            }
            WriteKind::Append { record } => match plan.writes.get(*record) {
                Some(Write {
                    kind: WriteKind::Assert { .. },
                    ..
                }) if *record < at => keys[*record],
                _ => {
                    return Err(wrong(
                        at,
                        "appends to a record that no write before it asserts",
                    ));
                }
            },
        });
    }
    Ok(keys)
}

/// Every record that the delivery of a plan may write to or learn something of: those that it writes, those that these
/// refer to, and the other names of both. Nothing of a plan that cannot be delivered.
pub fn touched(plan: &Plan) -> Vec<RecordKey> {
    let Ok(mut touched) = records(plan) else {
        return Vec::new();
    };
    for write in &plan.writes {
        for (slug, json) in write.values.iter() {
            touched.extend(Reference::all(json).iter().map(|reference| reference.key));
            if REFERENCED_BY.contains(&(&*write.object, slug)) {
                let named = scalars(slug, json);
                touched.extend(
                    named
                        .iter()
                        .map(|name| RecordKey::new(&write.object, slug, name)),
                );
            }
        }
    }
    touched.sort_unstable();
    touched.dedup();
    touched
}

impl<L: Ledger> Scheduler<L> {
    /// Takes an event. `seq` is the caller's number for it.
    pub fn submit(&mut self, seq: u64, plan: Plan) {
        self.summary.events += 1;
        self.summary.pending += 1;
        let outcome = match &plan.outcome {
            plan::Outcome::Planned => None,
            plan::Outcome::Filtered { reason } => Some(Outcome::Filtered {
                reason: reason.clone(),
            }),
            plan::Outcome::Rejected => Some(Outcome::Rejected),
        };
        self.take(Some(seq), plan, outcome);
    }

    /// Takes an event of our own, which is not reported.
    pub(super) fn submit_own(&mut self, plan: Plan) {
        self.take(None, plan, None);
    }

    fn take(&mut self, seq: Option<u64>, plan: Plan, outcome: Option<Outcome>) {
        let mut event = Event {
            seq,
            waits: vec![None; plan.writes.len()],
            writes: plan
                .writes
                .iter()
                .map(|write| WriteReport {
                    id: write.id.clone(),
                    object: write.object.clone(),
                    result: WriteResult::NotAttempted,
                    record_id: None,
                })
                .collect(),
            plan,
            diagnostics: Vec::new(),
            failure: None,
            was_held: false,
        };
        if outcome.is_some() {
            event.writes.clear();
            return self.end(event, outcome);
        }
        match records(&event.plan) {
            Ok(keys) if keys.is_empty() => self.end(event, None),
            Ok(keys) => self.enqueue(event, &keys),
            Err(diagnostic) => {
                event.diagnostics.push(diagnostic);
                self.end(event, Some(Outcome::Rejected));
            }
        }
    }

    fn enqueue(&mut self, mut event: Event, keys: &[RecordKey]) {
        let number = self.next_event;
        self.next_event += 1;
        for (at, write) in event.plan.writes.iter().enumerate() {
            let key = keys[at];
            let order = self.next_order;
            self.next_order += 1;
            event.waits[at] = Some((key, order));
            let mut after: Vec<After> = write
                .depends_on
                .iter()
                .chain(match &write.kind {
                    WriteKind::Append { record } => Some(record),
                    WriteKind::Assert { .. } => None,
                })
                .filter_map(|&before| {
                    let (record, order) = event.waits[before]?;
                    Some(After {
                        record,
                        order,
                        why: Why::DependsOn,
                    })
                })
                .collect();
            self.register(key, &event.plan, write);
            let references = self.order_by_values(key, write, &mut after);
            let record = self.queue.get_mut(&key);
            let touches = record.map_or(0, |record| record.attributes(&write.values));
            let waiting = Waiting {
                order,
                event: number,
                write: at,
                is_append: matches!(write.kind, WriteKind::Append { .. }),
                time: event.plan.event_time,
                touches,
                after,
                references,
                dropped: Vec::new(),
                held_since: None,
                first_attempt: None,
                attempts: 0,
                is_suspect: false,
                is_forced: false,
            };
            self.wait(key, waiting);
        }
        self.events.insert(number, event);
    }

    /// Makes sure that the record of a write is in the queue.
    fn register(&mut self, key: RecordKey, plan: &Plan, write: &Write) {
        let assert = match &write.kind {
            WriteKind::Assert { .. } => write,
            WriteKind::Append { record } => &plan.writes[*record],
        };
        if let WriteKind::Assert { matching_attribute } = &assert.kind {
            self.queue
                .entry(key)
                .or_insert_with(|| Record::new(assert.object.clone(), matching_attribute.clone()));
        }
    }

    fn wait(&mut self, key: RecordKey, waiting: Waiting) {
        // A write that must come after others that are not done cannot change what the record can do now.
        let blocker = waiting
            .after
            .iter()
            .find(|after| after.record != key && !self.is_past(after, true))
            .map(|after| after.record);
        if let Some(record) = self.queue.get_mut(&key) {
            record.open.push(waiting);
        }
        match blocker {
            Some(blocker) => self.wake_after(blocker, key),
            None => self.note(key),
        }
    }

    /// Whether what a write must come after is done; `exists` tells whether the write's record does.
    pub(super) fn is_past(&self, after: &After, exists: bool) -> bool {
        match self.queue.get(&after.record) {
            None => true,
            Some(record) => match after.why {
                Why::DependsOn => !record.holds(after.order),
                Why::OtherSide if !exists => true,
                Why::OtherSide | Why::SameValue => {
                    record.first().is_none_or(|first| first > after.order)
                }
            },
        }
    }

    /// Has `waiter` looked at when something of `record` is done.
    pub(super) fn wake_after(&mut self, record: RecordKey, waiter: RecordKey) {
        if let Some(record) = self.queue.get_mut(&record)
            && !record.waiters.contains(&waiter)
        {
            record.waiters.push(waiter);
        }
    }

    /// Finds what a write must come after because of its values: writes of other records that touch the same unique
    /// value, or the other side of the same relation. Gives the references among the values.
    fn order_by_values(
        &mut self,
        key: RecordKey,
        write: &Write,
        after: &mut Vec<After>,
    ) -> Vec<Reference> {
        let mut all = Vec::new();
        let matching = match &write.kind {
            WriteKind::Assert { matching_attribute } => Some(matching_attribute.clone()),
            WriteKind::Append { .. } => None,
        };
        if matching.is_some() {
            self.come_after_namesakes(key, key, after);
        }
        for (slug, json) in write.values.iter() {
            let references = Reference::all(json);
            let facts = self.records.relations().get(&write.object, slug);
            let is_unique = facts.is_some_and(|facts| facts.is_unique);
            let inverse = facts.and_then(|facts| facts.inverse.as_ref());
            let inverse = inverse.map(|inverse| fingerprint(&inverse.slug));
            // A single value of the matching attribute is the record's own key.
            if is_unique {
                for scalar in scalars(slug, json) {
                    let alias = RecordKey::new(&write.object, slug, &scalar);
                    if alias != key {
                        self.come_after_namesakes(key, alias, after);
                        self.add_alias(key, alias);
                    }
                }
            }
            if let Some(inverse) = inverse {
                let is_append = matching.is_none();
                self.order_by_relation(
                    key,
                    fingerprint(slug),
                    inverse,
                    is_append,
                    &references,
                    after,
                );
            }
            all.extend(references);
        }
        all
    }

    /// Other records that waiting writes give the value `alias` to, or that are asserted by it.
    fn come_after_namesakes(&self, key: RecordKey, alias: RecordKey, after: &mut Vec<After>) {
        let others = self.aliases.get(&alias).into_iter().flatten().copied();
        for other in others.chain([alias]).filter(|other| *other != key) {
            self.come_after(other, Why::SameValue, after);
        }
    }

    fn come_after(&self, other: RecordKey, why: Why, after: &mut Vec<After>) {
        let last: Option<Order> = self
            .queue
            .get(&other)
            .and_then(|record| record.writes().map(|write| write.order).max());
        if let Some(order) = last {
            after.push(After {
                record: other,
                order,
                why,
            });
        }
    }

    fn add_alias(&mut self, key: RecordKey, alias: RecordKey) {
        let known = self.aliases.entry(alias).or_default();
        if !known.contains(&key) {
            known.push(key);
            if let Some(record) = self.queue.get_mut(&key) {
                record.aliases.push(alias);
            }
        }
    }

    fn order_by_relation(
        &mut self,
        key: RecordKey,
        slug: u64,
        inverse: u64,
        is_append: bool,
        references: &[Reference],
        after: &mut Vec<After>,
    ) {
        // Others that refer to this record from the other side.
        for (other, touch) in self.inverses.get(&(key, slug)).into_iter().flatten() {
            if *other != key && touch.conflicts_with(is_append) {
                self.come_after(*other, Why::OtherSide, after);
            }
        }
        // The other side itself.
        for reference in references.iter().filter(|reference| reference.key != key) {
            let touch = self
                .queue
                .get(&reference.key)
                .and_then(|other| other.touched.get(&inverse));
            if touch.is_some_and(|touch| touch.conflicts_with(is_append)) {
                self.come_after(reference.key, Why::OtherSide, after);
            }
        }
        let Some(record) = self.queue.get_mut(&key) else {
            return;
        };
        record.touched.entry(slug).or_default().add(is_append);
        for reference in references {
            let side = (reference.key, inverse);
            let known = self.inverses.entry(side).or_default();
            match known.iter_mut().find(|(other, _)| *other == key) {
                Some((_, touch)) => touch.add(is_append),
                None => {
                    let mut touch = crate::delivery::queue::Touch::default();
                    touch.add(is_append);
                    known.push((key, touch));
                    record.inverses.push(side);
                }
            }
        }
    }

    /// Takes a record out of the queue once nothing of it waits.
    pub(super) fn tidy(&mut self, key: RecordKey) {
        if !self.queue.get(&key).is_some_and(Record::is_idle) {
            return;
        }
        let Some(record) = self.queue.remove(&key) else {
            return;
        };
        for alias in record.aliases {
            if let Some(known) = self.aliases.get_mut(&alias) {
                known.retain(|other| *other != key);
                if known.is_empty() {
                    self.aliases.remove(&alias);
                }
            }
        }
        for side in record.inverses {
            if let Some(known) = self.inverses.get_mut(&side) {
                known.retain(|(other, _)| *other != key);
                if known.is_empty() {
                    self.inverses.remove(&side);
                }
            }
        }
        record
            .waiters
            .into_iter()
            .for_each(|waiter| self.note(waiter));
    }
}
