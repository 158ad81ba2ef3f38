//! Plans on their way to Attio.

pub mod error;
pub mod identity;
pub mod ledger;
pub mod limiter;
pub mod relation;
pub mod retry;
pub mod transport;

pub use error::ApiError;
pub use ledger::{DiskLedger, Ledger, MemoryLedger};
pub use transport::{Response, Transport, TransportError};
