//! References to records that do not exist (yet).

use std::collections::HashSet;
use std::time::Duration;

use super::{OnMissingReference, Scheduler};
use crate::delivery::error::ApiError;
use crate::delivery::identity::{RecordKey, Reference};
use crate::delivery::ledger::Ledger;
use crate::delivery::queue::{Flight, Waiting};
use crate::delivery::retry::Failure;
use crate::diagnostic::{Code, Diagnostic, pointer};
use crate::json::write_string;
use crate::plan::{self, Plan, Values, Write, WriteKind};

/// A record that Attio said does not exist.
#[derive(Debug)]
pub(super) struct Missing {
    /// When it may be tried again.
    pub(super) next_try: Duration,
    /// How often it was found missing.
    tries: u32,
    /// Whether we tried to create it.
    was_created: bool,
    /// Why it could not be created.
    refusal: Option<String>,
    /// It was missing still when no more events came: what refers to it goes without it.
    is_given_up: bool,
    /// Records of which writes refer to it.
    pub(super) waiters: Vec<RecordKey>,
}

/// By how much the time between two tries grows.
const PATIENCE: u32 = 4;
/// The longest time between two tries.
const LONGEST_DELAY: Duration = Duration::from_secs(300);

/// Whether a write may go with one of its references.
pub(super) enum Standing {
    /// It may.
    Fine,
    /// It may, to find out whether the record exists by now.
    Probe(RecordKey),
    /// The record is missing: not now.
    Held,
    /// The record is still to be asserted.
    Pending(RecordKey),
    /// The record is missing: it goes without the reference.
    Without,
}

impl<L: Ledger> Scheduler<L> {
    /// How a reference of a waiting write of `key` stands, given which records are known to exist.
    pub(super) fn standing(
        &self,
        key: RecordKey,
        write: &Waiting,
        reference: &Reference,
        existing: &HashSet<RecordKey>,
        now: Duration,
    ) -> Standing {
        if let Some(missing) = self.missing.get(&reference.key) {
            let is_over = write
                .held_since
                .is_some_and(|since| now.saturating_sub(since) >= self.settings.hold_for);
            let gives_up = match self.settings.on_missing_reference {
                OnMissingReference::Hold => is_over && !self.will_exist(reference.key),
                OnMissingReference::Drop => now < missing.next_try,
                OnMissingReference::Fail => false,
                OnMissingReference::Create => is_over || missing.was_created && missing.tries > 1,
            };
            if gives_up || missing.is_given_up && !self.will_exist(reference.key) {
                return Standing::Without;
            }
            if now < missing.next_try && !self.will_exist(reference.key) {
                return Standing::Held;
            }
        }
        if write.is_forced || existing.contains(&reference.key) {
            return Standing::Fine;
        }
        match self.asserting(reference.key) {
            Some(other) if other != key && !self.is_circle(key, other) => Standing::Pending(other),
            _ if self.missing.contains_key(&reference.key) => Standing::Probe(reference.key),
            _ => Standing::Fine,
        }
    }

    fn will_exist(&self, record: RecordKey) -> bool {
        self.asserting(record).is_some()
    }

    /// The record in the queue that will be asserted and that a reference means.
    fn asserting(&self, record: RecordKey) -> Option<RecordKey> {
        let aliases = self.aliases.get(&record).into_iter().flatten().copied();
        [record].into_iter().chain(aliases).find(|key| {
            self.queue
                .get(key)
                .is_some_and(|record| record.will_be_asserted())
        })
    }

    /// Notes that writes wait for missing records.
    pub(super) fn hold(&mut self, key: RecordKey, held: &[(usize, RecordKey)], now: Duration) {
        for &(at, target) in held {
            if let Some(write) = self.queue.get_mut(&key).and_then(|r| r.open.get_mut(at)) {
                write.held_since.get_or_insert(now);
                if let Some(event) = self.events.get_mut(&write.event)
                    && !event.was_held
                {
                    event.was_held = true;
                    self.held += 1;
                }
            }
            if let Some(missing) = self.missing.get_mut(&target) {
                if !missing.waiters.contains(&key) {
                    missing.waiters.push(key);
                }
                self.timers.insert((missing.next_try, key));
            }
        }
    }

    /// Takes references out of writes for good.
    pub(super) fn leave_out(&mut self, key: RecordKey, dropped: &[(usize, RecordKey)]) {
        for &(at, target) in dropped {
            if let Some(write) = self.queue.get_mut(&key).and_then(|r| r.open.get_mut(at)) {
                let diagnostic = left_out(write, target, self.missing.get(&target));
                write.dropped.push(target);
                if let Some(event) = self.events.get_mut(&write.event) {
                    event.diagnostics.extend(diagnostic);
                }
            }
        }
    }

    /// A record exists now: what waited for it can go.
    pub(super) fn found(&mut self, record: RecordKey) {
        if let Some(missing) = self.missing.remove(&record) {
            for waiter in missing.waiters {
                self.note(waiter);
            }
        }
    }

    /// Attio refused a request because a record that it refers to does not exist.
    pub(super) fn missing_reference(
        &mut self,
        key: RecordKey,
        mut flight: Flight,
        error: ApiError,
        now: Duration,
    ) {
        let mut targets: Vec<Reference> = Vec::new();
        for write in &flight.writes {
            for reference in &write.references {
                let is_new = !targets.iter().any(|known| known.key == reference.key);
                if is_new && reference.key != key && !write.dropped.contains(&reference.key) {
                    targets.push(reference.clone());
                }
            }
        }
        let named: Vec<_> = targets
            .iter()
            .filter(|target| names(&error.message, &target.scalar))
            .cloned()
            .collect();
        let unknown: Vec<_> = targets
            .iter()
            .filter(|target| self.records.id(target.key).is_none())
            .cloned()
            .collect();
        let suspects = match (named.is_empty(), unknown.is_empty()) {
            (false, _) => named,
            (true, false) => unknown,
            (true, true) => targets,
        };
        let refers = |write: &Waiting| {
            let mut keys = write.references.iter().map(|reference| reference.key);
            keys.any(|key| suspects.iter().any(|suspect| suspect.key == key))
        };
        let referring = flight.writes.iter().filter(|write| refers(write)).count();
        if suspects.is_empty() {
            return self.refuse(key, flight, error);
        }
        if suspects.len() > 1 && referring > 1 {
            for write in &mut flight.writes {
                write.is_suspect = refers(write);
            }
            return self.divide(key, flight, referring);
        }
        for suspect in &suspects {
            // What the ledger believed to exist does not.
            self.records.forget(suspect.key);
        }
        if self.settings.on_missing_reference == OnMissingReference::Fail {
            let (failing, others) = flight.writes.into_iter().partition(|write| refers(write));
            self.put_back(key, others);
            return self.fail_writes(key, failing, &Failure::Api(error));
        }
        let mut dropped = Vec::new();
        for suspect in &suspects {
            if self.goes_without(suspect, now) {
                dropped.push(suspect.key);
            }
        }
        for write in &mut flight.writes {
            let own = write.references.iter().map(|reference| reference.key);
            let own: Vec<RecordKey> = own.filter(|key| dropped.contains(key)).collect();
            for target in own {
                let diagnostic = left_out(write, target, self.missing.get(&target));
                write.dropped.push(target);
                if let Some(event) = self.events.get_mut(&write.event) {
                    event.diagnostics.extend(diagnostic);
                }
            }
            write.is_suspect = false;
            if refers(write) {
                write.held_since.get_or_insert(now);
            }
        }
        self.put_back(key, flight.writes);
        self.note(key);
    }

    /// A record that was missing could not be created.
    pub(super) fn not_created(&mut self, record: RecordKey, failure: &Failure) {
        if let Some(missing) = self.missing.get_mut(&record) {
            missing.refusal = Some(failure.to_string());
        }
    }

    /// Notes that a record is missing; whether writes go without it from now on.
    fn goes_without(&mut self, reference: &Reference, now: Duration) -> bool {
        let delay = self.settings.hold_delay;
        let missing = self.missing.entry(reference.key).or_insert(Missing {
            next_try: now,
            tries: 0,
            was_created: false,
            refusal: None,
            is_given_up: false,
            waiters: Vec::new(),
        });
        missing.tries += 1;
        let longer = delay.saturating_mul(PATIENCE.saturating_pow(missing.tries - 1));
        missing.next_try = now + longer.min(LONGEST_DELAY.max(delay));
        match self.settings.on_missing_reference {
            OnMissingReference::Hold if !self.is_last_chance => false,
            OnMissingReference::Hold => {
                missing.is_given_up = true;
                let waiters = std::mem::take(&mut missing.waiters);
                waiters.into_iter().for_each(|waiter| self.note(waiter));
                true
            }
            OnMissingReference::Drop => true,
            OnMissingReference::Fail => false,
            OnMissingReference::Create if missing.was_created => true,
            OnMissingReference::Create if reference.attribute == RECORD_ID => {
                missing.was_created = true;
                let reason = "a record that is named by its id cannot be created anew";
                missing.refusal = Some(reason.to_owned());
                true
            }
            OnMissingReference::Create => {
                missing.was_created = true;
                missing.next_try = now;
                let facts = (self.settings.relations).get(&reference.object, &reference.attribute);
                let is_multiselect = facts.is_some_and(|facts| facts.is_multiselect);
                self.submit_own(creation(reference, is_multiselect));
                false
            }
        }
    }
}

/// What [`Reference`] calls the attribute of a record that is named by its id.
const RECORD_ID: &str = "record_id";

/// Whether a sentence names a value, as a word of its own.
fn names(sentence: &str, scalar: &str) -> bool {
    let sentence = sentence.to_lowercase();
    let scalar = scalar.to_lowercase();
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    !scalar.is_empty()
        && sentence.match_indices(&scalar).any(|(at, _)| {
            !is_part(sentence[..at].chars().next_back())
                && !is_part(sentence[at + scalar.len()..].chars().next())
        })
}

/// What there is to say about a reference that is left out of a write.
fn left_out(write: &Waiting, target: RecordKey, missing: Option<&Missing>) -> Option<Diagnostic> {
    let reference = write
        .references
        .iter()
        .find(|reference| reference.key == target)?;
    let Reference {
        object,
        attribute,
        scalar,
        ..
    } = reference;
    let scalar = crate::diagnostic::excerpt(scalar);
    let refusal = missing.and_then(|missing| missing.refusal.as_deref());
    let state = match refusal {
        Some(refusal) => format!("does not exist and could not be created ({refusal})"),
        None => "does not exist".to_owned(),
    };
    let help = match refusal {
        _ if attribute == RECORD_ID => {
            "give the id of a record that exists, or refer to it by a unique attribute"
        }
        Some(_) => "send the event that creates the record, with all that Attio requires of it",
        None => "send the event that creates the record before this one, or soon after it",
    };
    let message = format!(
        "the record of `{object}` with `{attribute}` `{scalar}` {state}; the write went without the reference to it"
    );
    let at = pointer("/writes", write.write);
    Some(Diagnostic::warning(Code::DeliveryMissingReference, at, message).help(help))
}

/// The plan that creates a record with nothing but the value it is referred to by, as a list where the attribute holds
/// several.
fn creation(reference: &Reference, is_multiselect: bool) -> Plan {
    let mut values = Values::default();
    values.push_with(&reference.attribute, |out| {
        if is_multiselect {
            out.push('[');
        }
        write_string(&reference.scalar, out);
        if is_multiselect {
            out.push(']');
        }
        Some(())
    });
    let kind = WriteKind::Assert {
        matching_attribute: reference.attribute.as_str().into(),
    };
    Plan {
        message_id: None,
        event_time: None,
        outcome: plan::Outcome::Planned,
        writes: vec![Write {
            id: "reference".into(),
            object: reference.object.as_str().into(),
            kind,
            values,
            depends_on: Vec::new(),
        }],
        diagnostics: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_sentence_names_a_value_only_as_a_word_of_its_own() {
        assert!(names("no record in \"users\" with user_id \"u1\"", "u1"));
        assert!(names("no record with a@b.co.", "A@b.co"));
        assert!(!names("no record with \"u12\"", "u1"));
        assert!(!names("no record with \"u-1\"", "1"));
        assert!(!names("no record", ""));
    }
}
