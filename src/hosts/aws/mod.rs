//! The few AWS operations that the Lambda functions and `dead-letters` need.
//!
//! Requests are signed by `aws-sigv4`, AWS's own, and sent by the same reqwest that talks to Attio: five services of
//! the full SDK would triple the size of the function and its cold start for a dozen operations whose JSON protocols
//! have not changed in ten years.

mod client;
mod credentials;
pub mod dead_letter;
mod error;
#[cfg(test)]
pub(crate) mod simulated;
mod source;
pub mod sqs;

pub use client::{Aws, Service};
pub use credentials::{Found, find};
pub use error::AwsError;
pub use source::{Source, SourceError};
