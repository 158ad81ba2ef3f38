//! Plans on their way to Attio.

mod coalesce;
pub mod error;
pub mod identity;
pub mod ledger;
pub mod limiter;
#[cfg(test)]
mod model;
pub mod outcome;
mod queue;
pub mod relation;
pub mod retry;
pub mod scheduler;
pub mod transport;

pub use error::ApiError;
pub use ledger::{DiskLedger, Ledger, MemoryLedger};
pub use limiter::Limit;
pub use outcome::{Outcome, Report, Summary, WriteReport, WriteResult};
pub use retry::{Budget, Failure};
pub use scheduler::{OnMissingReference, Scheduler, Settings};
pub use transport::{Response, Transport, TransportError};
