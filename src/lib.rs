//! Events in, an ordered plan of Attio writes out.

pub mod attribute;
#[cfg(feature = "delivery")]
pub mod delivery;
pub mod diagnostic;
pub mod event;
pub mod json;
pub mod plan;
pub mod schema;
