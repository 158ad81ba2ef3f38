//! Plans on their way to Attio: nothing lost, nothing wasted, within its limits.
//!
//! [`Engine`] is the shell: it takes plans, sends requests through a [`Transport`], and reports every event once. What
//! is sent when is decided by the [`Scheduler`], which is pure: time, answers and seeds are its arguments. It keeps
//! Attio's [limits](limiter), [tries again](retry) what failed in passing, makes one request of many waiting writes,
//! and leaves out what a [`Ledger`] knows to be written. `http::HttpTransport` reaches the real Attio.
//!
//! # Why a lost answer is safe
//!
//! A connection can break after Attio has done a request and before its answer is here. Then the request is sent
//! again, and does nothing that was not done already:
//! - an assert finds the record that it made, by its matching attribute, and sets the same values;
//! - an append adds values to multi-select attributes. Values are a set: a reference to a record that is linked, or an
//!   option that is chosen, is there already and is not added twice. Appends are only ever sent to the record id that
//!   an assert was answered with, so they make no records either.
//!
//! A write that comes between the two does not change that: while an answer is awaited, nothing else is sent for the
//! record, and when newer values arrive meanwhile, the second request carries those.
//!
//! # What is deliberately not done
//!
//! - No transaction: the writes of one event become visible one after the other.
//! - No reading before writing. The ledger knows what this destination wrote, not what people changed since in Attio;
//!   that is overwritten when the value is sent again, at the latest `skip_unchanged_for` later.
//! - A record that is asserted by two different attributes is recognised as one only while its writes wait, by the
//!   unique values they share, or by what a reference may name it by.

mod batch;
mod coalesce;
pub mod engine;
pub mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod identity;
pub mod ledger;
pub mod limiter;
#[cfg(test)]
mod model;
#[cfg(feature = "http")]
pub mod oauth;
pub mod outcome;
mod queue;
pub mod relation;
pub mod retry;
pub mod scheduler;
pub mod transport;
pub mod workspace;

pub use engine::{Ended, Engine, Handle, Stopped};
pub use error::ApiError;
#[cfg(feature = "http")]
pub use http::{HttpSettings, HttpTransport};
pub use ledger::{DiskLedger, Ledger, MemoryLedger};
pub use limiter::Limit;
pub use outcome::{Outcome, Report, Summary, WriteReport, WriteResult};
pub use retry::{Budget, Failure};
pub use scheduler::{OnMissingReference, Scheduler, Settings};
pub use transport::{Response, Transport, TransportError};
pub use workspace::{Workspace, WorkspaceError};
