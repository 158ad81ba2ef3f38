//! The program before its judge, the sandbox.
//!
//! Neither the coercer nor the planner knows the sandbox's validators; both sides are written from Attio's
//! documentation. So where they disagree, one of them is wrong.

#![cfg(feature = "sandbox")]

mod plans;
mod values;
