//! Plans on their way to Attio.

pub mod transport;

pub use transport::{Response, Transport, TransportError};
