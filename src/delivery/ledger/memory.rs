//! A ledger that lives as long as the process.

use std::collections::HashMap;

use super::{Entry, Ledger, LedgerError};
use crate::delivery::identity::RecordKey;

/// A ledger in memory. Two generations bound it: when the young one is full, the old one is forgotten and the young
/// one becomes the old; what is asked for moves to the young.
#[derive(Clone, Debug)]
pub struct MemoryLedger {
    young: HashMap<RecordKey, Entry>,
    old: HashMap<RecordKey, Entry>,
    generation: usize,
}

impl MemoryLedger {
    /// A ledger of at most `records` records.
    pub fn new(records: usize) -> Self {
        MemoryLedger {
            young: HashMap::new(),
            old: HashMap::new(),
            generation: (records / 2).max(1),
        }
    }

    /// The number of records that are known.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether no record is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for MemoryLedger {
    /// At most 200,000 records, about 100 MB.
    fn default() -> Self {
        MemoryLedger::new(200_000)
    }
}

impl MemoryLedger {
    /// Moves a record to the young generation.
    fn keep(&mut self, record: RecordKey, entry: Entry) {
        if self.young.len() >= self.generation {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(record, entry);
    }

    /// Adds what was read from elsewhere.
    pub(super) fn put(&mut self, record: RecordKey, entry: Entry) {
        self.old.remove(&record);
        match self.young.get_mut(&record) {
            Some(known) => *known = entry,
            None => self.keep(record, entry),
        }
    }
}

impl Ledger for MemoryLedger {
    fn get(&mut self, record: RecordKey) -> Option<&Entry> {
        if let Some(entry) = self.old.remove(&record) {
            self.keep(record, entry);
        }
        self.young.get(&record)
    }

    fn entry(&mut self, record: RecordKey) -> &mut Entry {
        if self.get(record).is_none() {
            self.keep(record, Entry::default());
        }
        self.young.entry(record).or_default()
    }

    fn flush(&mut self) -> Result<(), LedgerError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_bounded() {
        let mut ledger = MemoryLedger::new(100);
        for key in 0..10_000u128 {
            ledger.entry(RecordKey(key)).written = 1;
            assert!(ledger.get(RecordKey(0)).is_some(), "after {key}");
        }
        assert!(ledger.len() <= 100);
        assert!(ledger.get(RecordKey(1)).is_none());
        assert!(ledger.get(RecordKey(9_999)).is_some());
    }
}
