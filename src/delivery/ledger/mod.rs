//! What is known of the records that were written: the ledger.
//!
//! It saves writes: a record whose asserted values have not changed is not written again, a membership that is linked
//! is not linked again, and a record's id is known for appends. And it keeps the event time of every attribute, so that
//! an event that comes late does not overwrite what a later event wrote.
//!
//! It holds hashes, not values: no personal data, and a record takes a few hundred bytes. Forgetting is harmless (a
//! write is repeated), so every ledger is bounded.

mod disk;
mod entry;
mod learn;
mod memory;

pub use disk::DiskLedger;
pub use entry::{Attribute, Entry};
pub(super) use learn::{REFERENCED_BY, Records, SetValue};
pub use memory::MemoryLedger;

use super::identity::RecordKey;

/// A memory of what was written.
pub trait Ledger: Send + 'static {
    /// What is known of a record.
    fn get(&mut self, record: RecordKey) -> Option<&Entry>;

    /// What is known of a record, to be changed; made empty when nothing is known.
    fn entry(&mut self, record: RecordKey) -> &mut Entry;

    /// Makes sure that what was put survives the process, where the ledger is of that kind.
    ///
    /// # Errors
    /// When it could not be stored.
    fn flush(&mut self) -> Result<(), LedgerError>;
}

/// Why a ledger could not be opened or stored.
#[derive(Debug)]
pub struct LedgerError {
    what: &'static str,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl LedgerError {
    fn new(
        what: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> LedgerError {
        LedgerError {
            what,
            cause: cause.into(),
        }
    }
}

impl std::fmt::Display for LedgerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the ledger could not be {}: {}", self.what, self.cause)
    }
}

impl std::error::Error for LedgerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.cause)
    }
}
