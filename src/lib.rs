//! Events in, an ordered plan of Attio writes out.

pub mod diagnostic;
pub mod event;
pub mod json;
