//! Actions: what is written for an event, as data.
//!
//! An action is a JSON file: fields with their defaults, and writes over those fields. The three of Segment's and
//! Customer.io's Attio destinations are built in; a folder of your own is read by the same [`Definition::parse`] with the
//! same checks.

mod builtin;
mod check;
mod definition;

pub use builtin::{BUILT_IN, built_in, built_in_file};
pub use definition::{
    Definition, Example, Field, FieldType, Name, Source, WriteDefinition, WriteTo,
};
