//! A ledger that survives the process: a file of the embedded store redb.

use std::collections::HashSet;
use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};

use super::{Entry, Ledger, LedgerError, MemoryLedger};
use crate::delivery::identity::RecordKey;

const RECORDS: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("records");
const STATE: TableDefinition<'_, &str, u64> = TableDefinition::new("state");
/// Raised whenever the meaning of the bytes changes; an older file is begun anew.
const VERSION: u64 = 1;
/// So many changed records are written together at the latest.
const MOST_CHANGED: usize = 2_000;

/// A ledger in a file, with a ledger in memory in front of it.
///
/// The file says whether it was closed in order. When it was not, a request may have been done whose answer never came:
/// values are then not trusted (they are written again once), while record ids and event times are.
#[derive(Debug)]
pub struct DiskLedger {
    database: Database,
    front: MemoryLedger,
    changed: HashSet<RecordKey>,
    most: u64,
    /// Raised each time the file was not closed in order; entries of an earlier epoch are distrusted.
    epoch: u64,
}

impl DiskLedger {
    /// Opens or creates the file, for at most `records` records.
    ///
    /// `target` is what the workspace is recognised by, where that is known: what one workspace has says nothing of
    /// another.
    ///
    /// # Errors
    /// When the file cannot be opened, is in use by another process, is no ledger, or is that of another workspace.
    pub fn open(path: &Path, target: Option<u64>, records: u64) -> Result<DiskLedger, LedgerError> {
        let database = Database::create(path).map_err(|cause| LedgerError::new("opened", cause))?;
        let mut ledger = DiskLedger {
            database,
            front: MemoryLedger::new(usize::try_from(records.min(100_000)).unwrap_or(100_000)),
            changed: HashSet::new(),
            most: records.max(1),
            epoch: 0,
        };
        match ledger.begin(target) {
            Ok(true) => Ok(ledger),
            Ok(false) => Err(LedgerError::new(
                "opened",
                "it belongs to another workspace",
            )),
            Err(cause) => Err(LedgerError::new("opened", cause)),
        }
    }

    /// Whether the file is that of the workspace.
    fn begin(&mut self, target: Option<u64>) -> Result<bool, redb::Error> {
        let transaction = self.database.begin_write()?;
        {
            let mut state = transaction.open_table(STATE)?;
            let read = |state: &redb::Table<'_, &str, u64>, key| -> Result<u64, redb::Error> {
                Ok(state.get(key)?.map_or(0, |value| value.value()))
            };
            if read(&state, "version")? != VERSION {
                transaction.delete_table(RECORDS)?;
                state.insert("version", VERSION)?;
                state.remove("target")?;
            }
            if let Some(target) = target {
                let known = state.get("target")?.map(|known| known.value());
                if known.is_some_and(|known| known != target) {
                    return Ok(false);
                }
                state.insert("target", target)?;
            }
            self.epoch = read(&state, "epoch")? + read(&state, "open")?;
            state.insert("epoch", self.epoch)?;
            state.insert("open", 1)?;
            transaction.open_table(RECORDS)?;
        }
        transaction.commit()?;
        Ok(true)
    }

    fn load(&self, record: RecordKey) -> Result<Option<Entry>, redb::Error> {
        let transaction = self.database.begin_read()?;
        let table = transaction.open_table(RECORDS)?;
        let Some(stored) = table.get(record.0)? else {
            return Ok(None);
        };
        let Some((epoch, bytes)) = stored.value().split_first_chunk::<8>() else {
            return Ok(None);
        };
        let mut entry = Entry::decode(bytes);
        if let Some(entry) = &mut entry
            && u64::from_le_bytes(*epoch) != self.epoch
        {
            let id = entry.record_id.take();
            entry.distrust();
            entry.record_id = id;
        }
        Ok(entry)
    }

    fn store(&mut self, open: u64) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        {
            let mut table = transaction.open_table(RECORDS)?;
            for record in &self.changed {
                if let Some(entry) = self.front.get(*record) {
                    let mut bytes = self.epoch.to_le_bytes().to_vec();
                    bytes.extend(entry.encode());
                    table.insert(record.0, bytes.as_slice())?;
                }
            }
            if table.len()? > self.most {
                forget_oldest(&mut table, self.most)?;
            }
            transaction.open_table(STATE)?.insert("open", open)?;
        }
        transaction.commit()?;
        self.changed.clear();
        Ok(())
    }
}

/// Removes the records that were written longest ago, a tenth more than must go so that it is not done every time.
fn forget_oldest(table: &mut redb::Table<'_, u128, &[u8]>, most: u64) -> Result<(), redb::Error> {
    let mut written: Vec<u32> = Vec::new();
    let last_written = |bytes: &[u8]| {
        let entry = bytes.get(8..).and_then(Entry::decode);
        entry.map_or(0, |entry| entry.written)
    };
    for row in table.iter()? {
        written.push(last_written(row?.1.value()));
    }
    let surplus = (written.len() as u64).saturating_sub(most - most / 10);
    written.sort_unstable();
    let Some(last) = usize::try_from(surplus)
        .ok()
        .and_then(|surplus| written.get(surplus.checked_sub(1)?))
    else {
        return Ok(());
    };
    let mut left = surplus;
    table.retain(|_, bytes| {
        let goes = left > 0 && last_written(bytes) <= *last;
        left -= u64::from(goes);
        !goes
    })?;
    Ok(())
}

impl DiskLedger {
    /// Brings a record to the front. One that cannot be read is not known; at worst it is written again.
    fn fetch(&mut self, record: RecordKey) {
        if self.front.get(record).is_some() {
            return;
        }
        match self.load(record) {
            Ok(Some(entry)) => self.front.put(record, entry),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a record of the ledger could not be read"),
        }
    }
}

impl Ledger for DiskLedger {
    fn get(&mut self, record: RecordKey) -> Option<&Entry> {
        self.fetch(record);
        self.front.get(record)
    }

    fn entry(&mut self, record: RecordKey) -> &mut Entry {
        if self.changed.len() >= MOST_CHANGED
            && let Err(error) = self.store(1)
        {
            tracing::warn!(%error, "the ledger could not be stored");
        }
        self.fetch(record);
        self.changed.insert(record);
        self.front.entry(record)
    }

    fn flush(&mut self) -> Result<(), LedgerError> {
        self.store(1)
            .map_err(|cause| LedgerError::new("stored", cause))
    }
}

impl Drop for DiskLedger {
    /// Closes the file in order.
    fn drop(&mut self) {
        if let Err(error) = self.store(0) {
            tracing::warn!(%error, "the ledger could not be stored");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, written: u32) -> Entry {
        let mut entry = Entry {
            record_id: Some(id.into()),
            written,
            ..Entry::default()
        };
        entry.get_mut(1).value = Some(5);
        entry.get_mut(1).time = Some(crate::event::EventTime::from_nanos(77));
        entry.get_mut(1).hold(9, written);
        entry
    }

    #[test]
    fn what_was_known_is_known_after_a_close() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let mut ledger = DiskLedger::open(&path, None, 1000).unwrap();
        *ledger.entry(RecordKey(1)) = entry("a", 10);
        drop(ledger);
        let mut ledger = DiskLedger::open(&path, None, 1000).unwrap();
        assert_eq!(ledger.get(RecordKey(1)), Some(&entry("a", 10)));
        assert_eq!(ledger.get(RecordKey(2)), None);
    }

    #[test]
    fn after_a_crash_ids_and_times_are_trusted_and_values_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("ledger"), folder.path().join("copy"));
        let mut ledger = DiskLedger::open(&path, None, 1000).unwrap();
        *ledger.entry(RecordKey(1)) = entry("a", 10);
        ledger.flush().unwrap();
        // The file as it would be found after a crash.
        std::fs::copy(&path, &copy).unwrap();
        drop(ledger);
        for opened_again in 0..2 {
            let mut ledger = DiskLedger::open(&copy, None, 1000).unwrap();
            let known = ledger.get(RecordKey(1)).unwrap();
            assert_eq!(known.record_id.as_deref(), Some("a"));
            assert_eq!(
                known.get(1).unwrap().time,
                entry("a", 10).get(1).unwrap().time
            );
            assert_eq!(known.get(1).unwrap().value, None, "{opened_again}");
            assert!(known.get(1).unwrap().members.is_empty());
        }
    }

    #[test]
    fn the_records_written_longest_ago_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let mut ledger = DiskLedger::open(&path, None, 100).unwrap();
        for key in 0..250u32 {
            *ledger.entry(RecordKey(key.into())) = entry("a", 1000 + key);
            if key % 50 == 49 {
                ledger.flush().unwrap();
            }
        }
        drop(ledger);
        let mut ledger = DiskLedger::open(&path, None, 100).unwrap();
        assert!(ledger.get(RecordKey(249)).is_some());
        assert!(ledger.get(RecordKey(0)).is_none());
        let known = (0..250).filter(|key| ledger.get(RecordKey(*key)).is_some());
        assert!((80..=100).contains(&known.count()));
    }

    #[test]
    fn a_file_that_is_no_ledger_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "not a ledger ".repeat(1000)).unwrap();
        let error = DiskLedger::open(&path, None, 10).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the ledger could not be opened: "),
            "{error}"
        );
        assert!(
            std::fs::read_to_string(&path)
                .unwrap()
                .starts_with("not a ledger")
        );
    }
}
