//! The ordered plan of Attio writes that an event asks for.
//!
//! [`Plan`] is the core's output: what to write, in which order, what each write depends on, and everything there is
//! to say about the event. [`request`] renders a write as Attio's HTTP request, [`batch`] whole plans as one. A plan is the same for the same input,
//! byte for byte.

pub mod batch;
mod build;
mod common;
mod compile;
mod explain;
mod infer;
mod merge;
mod missing;
mod preflight;
pub mod reference;
pub mod request;
mod sample;
pub mod write;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::diagnostic::Diagnostic;
use crate::event::EventTime;
pub use common::Frequent;
pub use compile::Planner;
pub use explain::Step;
pub use missing::{Missing, MissingAttribute, MissingOption, Origin};
pub use request::{Method, Request};
pub use sample::{AttributeSample, Finding, Sample};
pub use write::{Values, Write, WriteKind};

/// What one event asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The event's `messageId`.
    pub message_id: Option<String>,
    /// When the event happened, corrected for the sender's clock.
    pub event_time: Option<EventTime>,
    /// Whether there is anything to write, and if not, why.
    pub outcome: Outcome,
    /// The writes, in order.
    pub writes: Vec<Write>,
    /// All there is to say about the event, in the order it was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether an event has anything to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At least one write.
    Planned,
    /// Nothing to write, as it should be: no subscription takes the event, or it was kept out.
    Filtered {
        /// Why, in a sentence.
        reason: String,
    },
    /// The event could not be planned; the diagnostics say why.
    Rejected,
}

impl Plan {
    /// The plan of an event that could not be planned.
    pub fn rejected(message_id: Option<String>, diagnostics: Vec<Diagnostic>) -> Plan {
        Plan {
            message_id,
            event_time: None,
            outcome: Outcome::Rejected,
            writes: Vec::new(),
            diagnostics,
        }
    }
}

/// The documented JSON form: `message_id`, `event_time` (RFC 3339 in UTC, nine decimals), `outcome`, `reason`,
/// `writes` and `diagnostics`. Writes name each other by `id`.
impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(id) = &self.message_id {
            map.serialize_entry("message_id", id)?;
        }
        if let Some(time) = self.event_time {
            map.serialize_entry("event_time", &time.to_string())?;
        }
        match &self.outcome {
            Outcome::Planned => map.serialize_entry("outcome", "planned")?,
            Outcome::Filtered { reason } => {
                map.serialize_entry("outcome", "filtered")?;
                map.serialize_entry("reason", reason)?;
            }
            Outcome::Rejected => map.serialize_entry("outcome", "rejected")?,
        }
        let writes: Vec<_> = self
            .writes
            .iter()
            .map(|write| Named { plan: self, write })
            .collect();
        map.serialize_entry("writes", &writes)?;
        map.serialize_entry("diagnostics", &self.diagnostics)?;
        map.end()
    }
}

/// A write whose references to others are by id.
struct Named<'p> {
    plan: &'p Plan,
    write: &'p Write,
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let id = |at: usize| self.plan.writes.get(at).map(|write| write.id.as_ref());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", self.write.id.as_ref())?;
        match &self.write.kind {
            WriteKind::Assert { matching_attribute } => {
                map.serialize_entry("kind", "assert")?;
                map.serialize_entry("object", self.write.object.as_ref())?;
                map.serialize_entry("matching_attribute", matching_attribute.as_ref())?;
            }
            WriteKind::Append { record } => {
                map.serialize_entry("kind", "append")?;
                map.serialize_entry("object", self.write.object.as_ref())?;
                map.serialize_entry("record", &id(*record))?;
            }
        }
        map.serialize_entry("values", &self.write.values)?;
        let depends_on: Vec<_> = self
            .write
            .depends_on
            .iter()
            .filter_map(|&at| id(at))
            .collect();
        map.serialize_entry("depends_on", &depends_on)?;
        map.end()
    }
}
