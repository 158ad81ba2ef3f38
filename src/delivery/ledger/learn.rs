//! What a request teaches about records, on both sides of a relation.

use super::{Entry, Ledger};
use crate::delivery::identity::{RecordKey, Reference, elements, fingerprint, member};
use crate::delivery::relation::Relations;
use crate::event::EventTime;

/// The attributes that Attio's documentation lets a reference name its record by, by object.
pub(in crate::delivery) const REFERENCED_BY: [(&str, &str); 4] = [
    ("people", "email_addresses"),
    ("companies", "domains"),
    ("users", "user_id"),
    ("workspaces", "workspace_id"),
];

/// A ledger, seen through the relations of a schema.
#[derive(Debug)]
pub(in crate::delivery) struct Records<L> {
    ledger: L,
    relations: Relations,
}

/// A value that a request set.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct SetValue {
    pub(in crate::delivery) slug: String,
    pub(in crate::delivery) json: String,
    pub(in crate::delivery) time: Option<EventTime>,
    pub(in crate::delivery) order: u64,
}

impl<L: Ledger> Records<L> {
    pub(in crate::delivery) fn new(ledger: L, relations: Relations) -> Self {
        Records { ledger, relations }
    }

    pub(in crate::delivery) fn relations(&self) -> &Relations {
        &self.relations
    }

    pub(in crate::delivery) fn ledger_mut(&mut self) -> &mut L {
        &mut self.ledger
    }

    pub(in crate::delivery) fn into_ledger(self) -> L {
        self.ledger
    }

    /// The key that a record's entry is kept under.
    fn resolve(&mut self, record: RecordKey) -> RecordKey {
        let same_as = self.ledger.get(record).and_then(|entry| entry.same_as);
        same_as.unwrap_or(record)
    }

    pub(in crate::delivery) fn get(&mut self, record: RecordKey) -> Option<&Entry> {
        let record = self.resolve(record);
        self.ledger.get(record)
    }

    /// The id of a record that is known to exist.
    pub(in crate::delivery) fn id(&mut self, record: RecordKey) -> Option<&str> {
        self.get(record)?.record_id.as_deref()
    }

    /// Whether a record's reference attribute is known to be linked to another record, on both sides where there are
    /// two.
    pub(in crate::delivery) fn is_linked(
        &mut self,
        record: RecordKey,
        object: &str,
        slug: &str,
        to: &Reference,
        fresh_since: u32,
    ) -> bool {
        let record = self.resolve(record);
        let target = self.resolve(to.key);
        let holds = |entry: Option<&Entry>, slug: &str, other: RecordKey| {
            entry
                .and_then(|entry| entry.get(fingerprint(slug)))
                .is_some_and(|attribute| attribute.holds(other.member(), fresh_since))
        };
        if !holds(self.ledger.get(record), slug, to.key) {
            return false;
        }
        match self
            .relations
            .get(object, slug)
            .and_then(|facts| facts.inverse.as_ref())
        {
            Some(inverse) => holds(self.ledger.get(target), &inverse.slug, record),
            None => true,
        }
    }

    /// A request that sets `sets` and appends `appends` goes out: until its answer is here, nobody knows which values
    /// hold.
    pub(in crate::delivery) fn distrust(
        &mut self,
        record: RecordKey,
        object: &str,
        sets: &[SetValue],
        appends: &[(String, String)],
    ) {
        let record = self.resolve(record);
        let all = sets
            .iter()
            .map(|set| (&set.slug, &set.json, true))
            .chain(appends.iter().map(|(slug, json)| (slug, json, false)));
        for (slug, json, is_set) in all {
            let attribute = self.ledger.entry(record).get_mut(fingerprint(slug));
            attribute.distrust();
            if is_set {
                attribute.members.clear();
            }
            let Some(inverse) = self
                .relations
                .get(object, slug)
                .and_then(|f| f.inverse.clone())
            else {
                continue;
            };
            for reference in Reference::all(json) {
                let target = self.resolve(reference.key);
                let other = self
                    .ledger
                    .entry(target)
                    .get_mut(fingerprint(&inverse.slug));
                other.distrust();
                if !inverse.is_multiselect {
                    other.members.clear();
                }
            }
        }
    }

    /// A record was answered with its id.
    pub(in crate::delivery) fn learn_id(&mut self, record: RecordKey, id: &str, now: u32) {
        let entry = self.ledger.entry(record);
        if entry.record_id.as_deref().is_some_and(|known| known != id) {
            entry.distrust();
        }
        entry.same_as = None;
        entry.record_id = Some(id.to_owned());
        entry.written = now;
    }

    /// A record is also found by other values: what else may name it in a reference.
    pub(in crate::delivery) fn learn_aliases(
        &mut self,
        record: RecordKey,
        object: &str,
        matching_attribute: &str,
        sets: &[SetValue],
    ) {
        let Some((_, slug)) = REFERENCED_BY
            .iter()
            .find(|(of, slug)| *of == object && *slug != matching_attribute)
        else {
            return;
        };
        for set in sets.iter().filter(|set| set.slug == *slug) {
            for scalar in crate::delivery::identity::scalars(slug, &set.json) {
                let alias = RecordKey::new(object, slug, &scalar);
                *self.ledger.entry(alias) = Entry {
                    same_as: Some(record),
                    ..Entry::default()
                };
            }
        }
    }

    /// A value was set.
    pub(in crate::delivery) fn learn_set(
        &mut self,
        record: RecordKey,
        object: &str,
        set: &SetValue,
        now: u32,
    ) {
        let facts = self.relations.get(object, &set.slug);
        let has_members = facts.map_or(set.json.starts_with('['), |facts| {
            facts.is_multiselect || facts.is_reference
        });
        let inverse = facts.and_then(|facts| facts.inverse.clone());
        let attribute = self.ledger.entry(record).get_mut(fingerprint(&set.slug));
        attribute.value = Some(fingerprint(&set.json));
        attribute.written = now;
        attribute.order = set.order;
        attribute.time = set.time.or(attribute.time);
        attribute.members.clear();
        if has_members && set.json != "null" {
            for element in elements(&set.json) {
                attribute.hold(member(element), now);
            }
        }
        if let Some(inverse) = inverse {
            for reference in Reference::all(&set.json) {
                self.learn_inverse(record, &reference, &inverse, now);
            }
        }
    }

    /// An attribute was set to the value that it has, and no request was needed.
    pub(in crate::delivery) fn confirm(
        &mut self,
        record: RecordKey,
        slug: u64,
        time: Option<EventTime>,
        order: u64,
    ) {
        let record = self.resolve(record);
        let attribute = self.ledger.entry(record).get_mut(slug);
        attribute.order = order;
        attribute.time = time.or(attribute.time);
    }

    /// Elements of the array `json` were added to a multi-select attribute.
    pub(in crate::delivery) fn learn_append(
        &mut self,
        record: RecordKey,
        object: &str,
        slug: &str,
        json: &str,
        now: u32,
    ) {
        let record = self.resolve(record);
        let facts = self.relations.get(object, slug);
        let is_multiselect = facts.is_none_or(|facts| facts.is_multiselect);
        let inverse = facts.and_then(|facts| facts.inverse.clone());
        let attribute = self.ledger.entry(record).get_mut(fingerprint(slug));
        attribute.value = None;
        for element in elements(json) {
            if !is_multiselect {
                attribute.members.clear();
            }
            attribute.hold(member(element), now);
        }
        if let Some(inverse) = inverse {
            for reference in Reference::all(json) {
                self.learn_inverse(record, &reference, &inverse, now);
            }
        }
    }

    /// The other side of a link: Attio keeps both.
    fn learn_inverse(
        &mut self,
        record: RecordKey,
        reference: &Reference,
        inverse: &crate::delivery::relation::Inverse,
        now: u32,
    ) {
        let target = self.resolve(reference.key);
        let attribute = self
            .ledger
            .entry(target)
            .get_mut(fingerprint(&inverse.slug));
        attribute.value = None;
        if !inverse.is_multiselect {
            attribute.members.clear();
        }
        attribute.hold(record.member(), now);
    }

    /// Nothing is known of a record any more but its event times.
    pub(in crate::delivery) fn forget(&mut self, record: RecordKey) {
        let record = self.resolve(record);
        self.ledger.entry(record).distrust();
    }
}
