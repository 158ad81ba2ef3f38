//! The records: made, changed, found by unique value, linked on both sides.
//!
//! Nothing here refuses a write: what is wrong with one is found before (`validate`, `records`), so that a write is
//! done as a whole or not at all.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::moment::Moment;
use super::tables::Tables;
use super::value::{Actor, Cell, Key, Stored};

/// One record.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) created: Moment,
    pub(super) by: Actor,
    /// The values by the place of their attribute; no entry is empty.
    pub(super) values: BTreeMap<usize, VecDeque<Stored>>,
}

/// The records of one object, by number; a deleted one leaves a gap.
#[derive(Clone, Debug, Default)]
struct Shelf {
    records: Vec<Option<Record>>,
    /// By unique attribute: the record of a value.
    unique: HashMap<usize, HashMap<Box<str>, usize>>,
}

/// All records.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    shelves: Vec<Shelf>,
}

/// How the values of an attribute change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The values become exactly these.
    Replace,
    /// These come before those that are there.
    Prepend,
}

/// New values of one attribute.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) attribute: usize,
    pub(super) cells: Vec<Cell>,
    pub(super) change: Change,
}

/// Who writes, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    pub(super) now: Moment,
    pub(super) by: Actor,
}

impl Stamp {
    fn store(self, cell: Cell) -> Stored {
        Stored {
            cell,
            since: self.now,
            by: self.by,
        }
    }
}

impl Store {
    /// No records of any of the objects.
    pub(super) fn new(tables: &Tables) -> Store {
        Store {
            shelves: tables.objects.iter().map(|_| Shelf::default()).collect(),
        }
    }

    /// A record that was not deleted.
    pub(super) fn get(&self, key: Key) -> Option<&Record> {
        self.shelves
            .get(key.object)?
            .records
            .get(key.record)?
            .as_ref()
    }

    /// All records of an object, in the order they were made.
    pub(super) fn iter(&self, object: usize) -> impl DoubleEndedIterator<Item = (Key, &Record)> {
        let records = self.shelves[object].records.iter().enumerate();
        records.filter_map(move |(record, slot)| Some((Key { object, record }, slot.as_ref()?)))
    }

    /// The record that holds a value of a unique attribute.
    pub(super) fn find(&self, object: usize, attribute: usize, cell: &Cell) -> Option<Key> {
        let index = self.shelves[object].unique.get(&attribute)?;
        let record = *index.get(cell.text().as_str())?;
        Some(Key { object, record })
    }

    /// The values of an attribute.
    pub(super) fn values(
        &self,
        key: Key,
        attribute: usize,
    ) -> impl DoubleEndedIterator<Item = &Stored> {
        let values = self
            .get(key)
            .and_then(|record| record.values.get(&attribute));
        values.into_iter().flatten()
    }

    /// Makes a record with its values.
    pub(super) fn create(
        &mut self,
        tables: &Tables,
        object: usize,
        drafts: Vec<Draft>,
        stamp: Stamp,
    ) -> Key {
        let shelf = &mut self.shelves[object];
        let key = Key {
            object,
            record: shelf.records.len(),
        };
        shelf.records.push(Some(Record {
            created: stamp.now,
            by: stamp.by,
            values: BTreeMap::new(),
        }));
        self.update(tables, key, drafts, stamp);
        key
    }

    /// Changes the values of a record that exists.
    pub(super) fn update(&mut self, tables: &Tables, key: Key, drafts: Vec<Draft>, stamp: Stamp) {
        for draft in drafts {
            let at = Slot {
                key,
                attribute: draft.attribute,
            };
            if draft.change == Change::Replace {
                let gone: Vec<Cell> = self
                    .values(key, draft.attribute)
                    .filter(|old| !draft.cells.iter().any(|new| new.is_same(&old.cell)))
                    .map(|old| old.cell.clone())
                    .collect();
                for cell in gone {
                    self.remove(tables, at, &cell);
                }
            }
            // The last goes in first, since each is put before those that are there.
            for cell in draft.cells.iter().rev() {
                if !self.holds(tables, at, cell) {
                    self.add(tables, at, cell.clone(), stamp);
                }
            }
            if draft.change == Change::Replace {
                self.order(at, &draft.cells);
            }
        }
    }

    /// Deletes a record and every link to it.
    pub(super) fn delete(&mut self, tables: &Tables, key: Key) {
        let Some(record) = self.get(key) else { return };
        let all: Vec<(usize, Cell)> = record
            .values
            .iter()
            .flat_map(|(&attribute, values)| {
                values.iter().map(move |v| (attribute, v.cell.clone()))
            })
            .collect();
        for (attribute, cell) in all {
            self.remove(tables, Slot { key, attribute }, &cell);
        }
        self.shelves[key.object].records[key.record] = None;
    }

    /// Puts the values of an attribute in the order of `cells`.
    fn order(&mut self, at: Slot, cells: &[Cell]) {
        if cells.len() < 2 {
            return;
        }
        if let Some(values) = self.slot(at) {
            let place = |stored: &Stored| cells.iter().position(|cell| cell.is_same(&stored.cell));
            values.make_contiguous().sort_by_key(place);
        }
    }

    fn slot(&mut self, at: Slot) -> Option<&mut VecDeque<Stored>> {
        let record = self.shelves[at.key.object].records[at.key.record].as_mut()?;
        record.values.get_mut(&at.attribute)
    }

    /// Whether a record has a value. Of a relationship the shorter side is looked at, since both say the same.
    fn holds(&self, tables: &Tables, at: Slot, cell: &Cell) -> bool {
        let len = |key, attribute| {
            let record: Option<&Record> = self.get(key);
            record
                .and_then(|record| record.values.get(&attribute))
                .map_or(0, VecDeque::len)
        };
        let here = len(at.key, at.attribute);
        if let (Cell::Reference(target), Some((_, back))) =
            (cell, tables.attribute(at.key.object, at.attribute).inverse)
            && len(*target, back) < here
        {
            let me = Cell::Reference(at.key);
            return self.values(*target, back).any(|value| value.cell == me);
        }
        self.values(at.key, at.attribute)
            .any(|value| value.cell.is_same(cell))
    }

    /// Adds a value that the record does not have, and the link back.
    fn add(&mut self, tables: &Tables, at: Slot, cell: Cell, stamp: Stamp) {
        let attribute = tables.attribute(at.key.object, at.attribute);
        if let (Cell::Reference(target), Some((_, back))) = (&cell, attribute.inverse) {
            let there = Slot {
                key: *target,
                attribute: back,
            };
            if there != at {
                if !tables.attribute(target.object, back).is_multiselect {
                    // The link moves: whoever held it loses it.
                    let old = self
                        .values(*target, back)
                        .next()
                        .map(|old| old.cell.clone());
                    if let Some(old) = old {
                        self.remove(tables, there, &old);
                    }
                }
                self.put(tables, there, stamp.store(Cell::Reference(at.key)));
            }
        }
        self.put(tables, at, stamp.store(cell));
    }

    /// Removes a value that the record has, and the link back.
    fn remove(&mut self, tables: &Tables, at: Slot, cell: &Cell) {
        self.take(tables, at, cell);
        let inverse = tables.attribute(at.key.object, at.attribute).inverse;
        if let (Cell::Reference(target), Some((_, back))) = (cell, inverse) {
            let there = Slot {
                key: *target,
                attribute: back,
            };
            self.take(tables, there, &Cell::Reference(at.key));
        }
    }

    fn put(&mut self, tables: &Tables, at: Slot, stored: Stored) {
        let shelf = &mut self.shelves[at.key.object];
        if tables.attribute(at.key.object, at.attribute).is_unique {
            let index = shelf.unique.entry(at.attribute).or_default();
            index.insert(stored.cell.text().into(), at.key.record);
        }
        if let Some(record) = shelf.records[at.key.record].as_mut() {
            record
                .values
                .entry(at.attribute)
                .or_default()
                .push_front(stored);
        }
    }

    fn take(&mut self, tables: &Tables, at: Slot, cell: &Cell) {
        let shelf = &mut self.shelves[at.key.object];
        let Some(record) = shelf.records[at.key.record].as_mut() else {
            return;
        };
        let Some(values) = record.values.get_mut(&at.attribute) else {
            return;
        };
        let Some(place) = values.iter().position(|value| value.cell.is_same(cell)) else {
            return;
        };
        values.remove(place);
        if values.is_empty() {
            record.values.remove(&at.attribute);
        }
        if tables.attribute(at.key.object, at.attribute).is_unique
            && let Some(index) = shelf.unique.get_mut(&at.attribute)
        {
            index.remove(cell.text().as_str());
        }
    }
}

/// The values of one attribute of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    key: Key,
    attribute: usize,
}
