//! How requests reach an Attio: over HTTP, or the embedded sandbox in memory.

use std::fmt;
use std::future::Future;

use crate::plan::Request;

/// An answer of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header: seconds, or an HTTP date.
    pub retry_after: Option<String>,
    /// The body; of an error Attio's `{"status_code", "type", "code", "message"}`.
    pub body: String,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// No connection could be made; the request was not sent.
    Connect(String),
    /// The connection broke, or the answer could not be read; the request may have been done.
    Broken(String),
    /// No answer in time; the request may have been done.
    Timeout,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportError::Connect(why) => {
                write!(f, "no connection to Attio could be made: {why}")
            }
            TransportError::Broken(why) => write!(f, "the connection to Attio broke: {why}"),
            TransportError::Timeout => f.write_str("Attio did not answer in time"),
        }
    }
}

impl std::error::Error for TransportError {}

/// Sends requests to an Attio.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and waits for its answer.
    ///
    /// # Errors
    /// A [`TransportError`] when there is no answer; an answer of any status is no error here.
    fn send(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, TransportError>> + Send;

    /// Whose token is sent where, for people.
    fn token_from(&self) -> Option<String> {
        None
    }
}
