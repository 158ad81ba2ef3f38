//! Events in, an ordered plan of Attio writes out.

pub mod action;
pub mod attribute;
pub mod catalog;
pub mod config;
#[cfg(feature = "delivery")]
#[allow(
    clippy::disallowed_methods,
    reason = "delivery is a shell: it has a clock and a network"
)]
pub mod delivery;
pub mod diagnostic;
pub mod event;
#[allow(
    clippy::disallowed_methods,
    reason = "hosts are shells: they have a clock, files and an environment"
)]
pub mod hosts;
pub mod json;
pub mod mapping;
pub mod plan;
#[cfg(feature = "sandbox")]
#[allow(
    clippy::disallowed_methods,
    reason = "the sandbox is a shell: it has a clock and a network"
)]
pub mod sandbox;
pub mod schema;
mod shape;
pub mod subscription;
